//! `coaching`: what was kept of the user's own calls, the newest period first. What an
//! erased person left empty says nothing and is left out.

use serde_json::Value;
use skillhost_engine::context::{MAX_COACHING, MAX_COACHING_BYTES, MAX_COACHING_SINCE};
use skillhost_engine::store::StoreError;

use super::Reader;
use crate::ask::Ask;
use crate::kept;

impl<D: Ask> Reader<'_, D> {
    /// As many whole analyses as fit, of all there are or of periods that ended since a day.
    pub(super) async fn coaching(&self) -> Result<Option<Value>, StoreError> {
        let Some(user) = self.user else { return Ok(None) };
        let since = self.param("since");
        let most = if since.is_some() { MAX_COACHING_SINCE } else { MAX_COACHING };
        let kept = kept::coaching(self.db, self.org, user, since.unwrap_or_default(), most).await?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for one in kept.into_iter().filter(|one| one.analysis.as_object().is_some_and(|fields| !fields.is_empty())) {
            let row = serde_json::to_value(one)
                .map_err(|error| StoreError::Corrupt { what: "an analysis".to_owned(), message: error.to_string() })?;
            bytes += row.to_string().len();
            if bytes > MAX_COACHING_BYTES {
                break;
            }
            rows.push(row);
        }
        Ok(Some(Value::Array(rows)))
    }
}

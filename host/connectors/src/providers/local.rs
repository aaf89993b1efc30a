//! What the host has itself: rows of its database, and a folder of templates.

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::{ReadErrorKind, shape};
use skillhost_engine::provider::{Answer, Billing, Lookup, Provider, ProviderError};
use skillhost_engine::store::Store;

use super::TemplateFolder;

/// What answers name it by.
pub const NAME: &str = "local";

/// Answers every source of tier 3 from what was loaded, and templates from a folder too.
pub struct LocalProvider {
    store: Arc<dyn Store>,
    templates: Option<TemplateFolder>,
}

impl LocalProvider {
    /// Over a store, with a folder of templates where there is one.
    pub fn new(store: Arc<dyn Store>, templates: Option<TemplateFolder>) -> Self {
        Self { store, templates }
    }

    /// The templates of the folder that are asked for, and what is asked for of each.
    async fn folder(&self, lookup: &Lookup) -> Result<Vec<Value>, ProviderError> {
        let Some(folder) = self.templates.clone() else { return Ok(Vec::new()) };
        let org = lookup.org.clone();
        let read = tokio::task::spawn_blocking(move || folder.templates(&org)).await;
        let (mut templates, errors) = read
            .map_err(|_| ProviderError::free(ReadErrorKind::Unavailable, "the folder of templates cannot be read"))?;
        for error in errors {
            tracing::warn!(%error, "a template is left out");
        }
        let said = |name: &str| lookup.params.get(name).and_then(Value::as_str);
        if let Some(kind) = said("kind") {
            templates.retain(|one| one["kind"] == kind);
        }
        if let Some(id) = said("id") {
            templates.retain(|one| one["id"] == id);
        }
        Ok(templates)
    }
}

#[async_trait::async_trait]
impl Provider for LocalProvider {
    fn name(&self) -> &str {
        NAME
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Answer, ProviderError> {
        let mut params = lookup.params.clone();
        params["now"] = json!(lookup.now.0);
        let found = self.store.source(&lookup.org, &lookup.user, lookup.source, &params).await.map_err(|error| {
            tracing::warn!(source = lookup.source, %error, "a source cannot be read");
            let retry_after_ms = error.is_transient().then_some(1000);
            let message = format!("the source {} cannot be read now", lookup.source);
            ProviderError { retry_after_ms, ..ProviderError::free(ReadErrorKind::Unavailable, message) }
        })?;
        let mut value = found.unwrap_or_default();
        if lookup.source == "templates" {
            let more = self.folder(lookup).await?;
            value = if lookup.params.get("id").is_some() {
                // A row of the org's own is meant before a file of everybody's.
                if value.is_null() { more.into_iter().next().unwrap_or_default() } else { value }
            } else {
                merged(value, more)
            };
        }
        Ok(Answer { value, billing: Billing::Free })
    }
}

/// Rows and files by kind, name and id; a row hides a file of its id.
fn merged(rows: Value, files: Vec<Value>) -> Value {
    let mut all = match rows {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    let held: std::collections::BTreeSet<String> = all.iter().map(|row| row["id"].to_string()).collect();
    all.extend(files.into_iter().filter(|file| !held.contains(&file["id"].to_string())));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    all.sort_by_cached_key(|one| (text(one, "kind"), text(one, "name"), text(one, "id")));
    all.truncate(shape::MAX_TEMPLATES);
    Value::Array(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_hides_a_file_of_its_id() {
        let row = |id: &str, name: &str| json!({"id": id, "kind": "email", "name": name});
        let rows = json!([row("b", "row")]);
        let all = merged(rows, vec![row("b", "file"), row("a", "file")]);
        assert_eq!(all, json!([row("a", "file"), row("b", "row")]));
        assert_eq!(merged(Value::Null, vec![row("a", "x")]), json!([row("a", "x")]));
    }
}

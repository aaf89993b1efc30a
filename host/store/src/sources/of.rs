//! The contact of a deal or of a meeting.

use serde_json::{Value, json};
use skillhost_engine::store::StoreError;

use super::{Reader, contact_object};
use crate::ask::{self, Ask};

/// Of the contacts whose id or address is in the list `$3`, the first that the user may see.
const VISIBLE: &str = "c.org_id = $1 AND ($2 IS NULL OR c.owner_id IS NULL OR c.owner_id = $2)";

impl<D: Ask> Reader<'_, D> {
    /// Of a deal its main contact, which is the first one that the user may see; of a
    /// meeting, recorded or in the user's calendar, the first who is no rep: by the record,
    /// else by address.
    pub(super) async fn contact_of(&self) -> Result<Option<Value>, StoreError> {
        let (ids, addresses) = if let Some(deal) = self.param("deal_id") {
            let visible = "($2 IS NULL OR d.owner_id IS NULL OR d.owner_id = $2)";
            let sql = format!("SELECT d.contact_ids FROM deals d WHERE d.org_id = $1 AND d.id = $3 AND {visible}");
            (self.object(sql, deal).await?.unwrap_or_default(), Vec::new())
        } else if let Some(meeting) = self.param("meeting_id") {
            let visible = "($2 IS NULL OR r.owner_id IS NULL OR r.owner_id = $2)";
            let sql = format!(
                "SELECT json_object('contact_ids', json(r.contact_ids), 'attendees', json(r.attendees))
                 FROM meetings r WHERE r.org_id = $1 AND r.id = $3 AND {visible}"
            );
            // An event of the calendar is a meeting that nobody has recorded yet.
            let found = match self.object(sql, meeting).await? {
                Some(recorded) => recorded,
                None => self.event(meeting).await?.unwrap_or_default(),
            };
            (found.get("contact_ids").cloned().unwrap_or_default(), outside(found.get("attendees")))
        } else {
            return Ok(None);
        };
        let found = self.first("id", &ids).await?;
        if found.is_some() || addresses.is_empty() {
            return Ok(found);
        }
        self.first("email", &json!(addresses)).await
    }

    /// The first of a list, by this column.
    async fn first(&self, column: &str, list: &Value) -> Result<Option<Value>, StoreError> {
        if list.as_array().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        let (shape, words) = (contact_object(D::DIALECT), D::DIALECT.words("$3", "a"));
        let sql = format!(
            "SELECT {shape} FROM {words} JOIN contacts c ON {VISIBLE} AND c.{column} = a.value
             ORDER BY a.key, c.id LIMIT 1"
        );
        ask::one(self.db, Some(self.org), "of the contacts", sql, self.bind(&list.to_string())).await
    }
}

/// Addresses of those attendees who are not of the org; those known to be the other side's
/// go before those of whom nobody said.
fn outside(attendees: Option<&Value>) -> Vec<String> {
    let attendees = || attendees.and_then(Value::as_array).into_iter().flatten();
    let of = |sides: &'static [Option<&'static str>]| {
        attendees()
            .filter(move |attendee| sides.contains(&attendee.get("side").and_then(Value::as_str)))
            .filter_map(|attendee| attendee.get("email")?.as_str())
            .map(str::to_lowercase)
    };
    of(&[Some("prospect")]).chain(of(&[Some("unknown"), None])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colleague_is_not_who_a_meeting_is_with() {
        let attendees = json!([
            { "name": "Rep", "email": "ada@acme.test", "side": "rep" },
            { "name": "Guest", "email": "Who@Globex.test", "side": "unknown" },
            { "name": "Other", "email": "other@globex.test" },
            { "name": "Buyer", "email": "mira@globex.test", "side": "prospect" },
            { "name": "On the phone", "side": "prospect" },
        ]);
        assert_eq!(outside(Some(&attendees)), ["mira@globex.test", "who@globex.test", "other@globex.test"]);
        assert_eq!(outside(None), Vec::<String>::new());
    }
}

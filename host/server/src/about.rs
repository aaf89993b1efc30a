//! Whom and what an event is about, where its sender named only a part of it: a deal, a
//! meeting, or people by their addresses.
//!
//! Invariants: what the payload says stays as it is; who is found is a contact of the org;
//! the event is told from others by what was sent, not by what was found (see
//! [`crate::receive`]). To look somewhere else: one more step in [`complete`].

use serde_json::{Map, Value, json};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{Store, StoreError};

/// What a payload is completed with.
const FOUND: [&str; 3] = ["contact_id", "company_id", "deal_id"];
/// Lists of people of whom one may be the contact.
const PEOPLE: [&str; 2] = ["attendees", "participants"];
/// Fields that hold the address of the one it is from.
const SENDERS: [&str; 3] = ["from", "sender", "email"];
/// Most people of an event that are looked at: a large meeting is with nobody in particular.
const MAX_PEOPLE: usize = 100;

/// The payload with the ids of contact, company and deal that it does not say itself.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn complete(
    store: &dyn Store,
    org: &OrgId,
    user: &UserId,
    payload: Value,
) -> Result<Value, StoreError> {
    let Value::Object(mut fields) = payload else { return Ok(payload) };
    if said(&fields, "contact_id").is_some() {
        return Ok(Value::Object(fields));
    }
    let mut found = Map::new();
    if let Some(deal) = said(&fields, "deal_id") {
        take(&mut found, store.source(org, user, "contact", &json!({ "deal_id": deal })).await?);
        let deal = store.source(org, user, "deal", &json!({ "deal_id": deal })).await?.unwrap_or_default();
        add(&mut found, "company_id", deal.get("company_id"));
    }
    if let Some(meeting) = said(&fields, "meeting_id").filter(|_| !found.contains_key("contact_id")) {
        let params = json!({ "meeting_id": meeting });
        take(&mut found, store.source(org, user, "contact", &params).await?);
        for (source, params) in [("meetings", params), ("calendar.events", json!({ "id": meeting }))] {
            let meetings = store.source(org, user, source, &params).await?.unwrap_or_default();
            for name in ["company_id", "deal_id"] {
                add(&mut found, name, meetings.pointer(&format!("/0/{name}")));
            }
        }
    }
    if !found.contains_key("contact_id") {
        let addresses = addresses(&fields);
        if !addresses.is_empty() {
            let settings = store.org(org).await?.unwrap_or_default();
            let own = store.user(org, user).await?.map(|user| user.email).unwrap_or_default();
            let outside = outside(&addresses, &own, &settings);
            if let Some(Value::Object(of_contact)) = store.match_contact(org, &outside).await? {
                for name in FOUND {
                    add(&mut found, name, of_contact.get(name));
                }
            }
        }
    }
    for (name, id) in found {
        if said(&fields, &name).is_none() {
            fields.insert(name, id);
        }
    }
    Ok(Value::Object(fields))
}

fn said<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|id| !id.is_empty())
}

/// What a contact as a source shows them says.
fn take(found: &mut Map<String, Value>, contact: Option<Value>) {
    let contact = contact.unwrap_or_default();
    add(found, "contact_id", contact.get("id"));
    add(found, "company_id", contact.get("company_id"));
}

/// What was found first stands.
fn add(found: &mut Map<String, Value>, name: &str, id: Option<&Value>) {
    if let Some(id) = id.filter(|id| id.is_string()) {
        found.entry(name).or_insert_with(|| id.clone());
    }
}

/// Addresses that a payload names, in its order.
fn addresses(fields: &Map<String, Value>) -> Vec<String> {
    let of = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("email")?.as_str());
        text.filter(|text| text.contains('@')).map(str::to_owned)
    };
    let people = PEOPLE.iter().filter_map(|name| fields.get(*name)?.as_array()).flatten();
    let senders = SENDERS.iter().filter_map(|name| fields.get(*name));
    people.chain(senders).filter_map(of).take(MAX_PEOPLE).collect()
}

/// Addresses that are neither the rep's nor at one of the org's own domains, in lower case.
pub(crate) fn outside(addresses: &[String], rep: &str, org: &Value) -> Vec<String> {
    let domains = org.get("domains").and_then(Value::as_array);
    let own = |domain: &str| {
        domains.into_iter().flatten().filter_map(Value::as_str).any(|own| own.eq_ignore_ascii_case(domain))
    };
    addresses
        .iter()
        .map(|address| address.to_ascii_lowercase())
        .filter(|address| !address.eq_ignore_ascii_case(rep))
        .filter(|address| address.rsplit_once('@').is_some_and(|(_, domain)| !own(domain)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colleagues_are_not_the_contact() {
        let addresses =
            ["Rep@mail.example", "col@Acme.example", "Buyer@globex.example", "free@mail.example"].map(str::to_owned);
        let org = json!({ "domains": ["acme.example"] });
        assert_eq!(outside(&addresses, "rep@mail.example", &org), ["buyer@globex.example", "free@mail.example"]);
        assert!(outside(&[], "rep@mail.example", &Value::Null).is_empty());
    }

    #[test]
    fn people_are_named_by_lists_and_by_who_sent_it() {
        let payload = json!({ "from": "mira@globex.example", "email": 7, "title": "a@b",
            "attendees": [{ "name": "Jo", "email": "jo@globex.example" }, "ines@x.example", { "name": "Nobody" }, 3] });
        let Value::Object(fields) = payload else { return };
        assert_eq!(addresses(&fields), ["jo@globex.example", "ines@x.example", "mira@globex.example"]);
    }
}

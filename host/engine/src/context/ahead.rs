//! What is read of tiers 1 and 2 before anybody asks: as a job begins to run, everything
//! that the skills of its coming steps may read of their org and user and of the records
//! that its event names, at the same time, so that no step waits for one source after the
//! other.
//!
//! What nobody may read is not loaded, and neither is tier 3, which costs. What a skill
//! asks otherwise is loaded when it asks.

use serde_json::{Value, json};

use super::{Query, SOURCES, Tier};

/// Most reads ahead of a run: every source of tier 1, and of tier 2 those of a contact and
/// of their deal.
pub const MAX_AHEAD: usize = 22;
/// Loads at the same time: what leaves others of the database's connections.
pub const AHEAD_AT_ONCE: usize = 4;

/// Parameters that name a record, in the order in which they are asked for.
const IDS: [&str; 4] = ["contact_id", "deal_id", "meeting_id", "company_id"];

/// How a source of tier 1 is asked.
pub fn tier_1_query(source: &str) -> Query {
    Query { source: source.to_owned(), params: json!({}), max_bytes: None, cursor: None }
}

/// The reads, for sources that `may_read` allows and the records that an event's payload
/// names.
pub fn reads(may_read: impl Fn(&str) -> bool, payload: &Value) -> Vec<Query> {
    let named = |name: &str| payload.get(name).and_then(Value::as_str).filter(|id| !id.is_empty());
    let of_org = SOURCES.iter().filter(|source| source.tier == Tier::Org && may_read(source.name));
    let mut reads: Vec<Query> = of_org.map(|source| tier_1_query(source.name)).collect();
    for source in SOURCES.iter().filter(|source| source.tier == Tier::Contact && may_read(source.name)) {
        let own = format!("{}_id", source.name);
        let takes = |id: &&str| source.param_names().any(|name| name == *id) && named(id).is_some();
        let asked: Vec<&str> = if source.paging.is_some() {
            IDS.into_iter().filter(takes).collect()
        } else {
            // One record: by its own id, else through whom or what it belongs to.
            let mut ids: Vec<&str> = IDS.into_iter().filter(takes).collect();
            ids.sort_by_key(|id| *id != own);
            ids.truncate(1);
            ids
        };
        for id in asked {
            let params = json!({ id: named(id) });
            reads.push(Query { source: source.name.to_owned(), params, max_bytes: None, cursor: None });
        }
    }
    reads.truncate(MAX_AHEAD);
    reads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(may_read: &[&str], payload: &Value) -> Vec<String> {
        let reads = reads(|name| may_read.contains(&name), payload);
        reads.iter().map(|read| format!("{} {}", read.source, read.params)).collect()
    }

    #[test]
    fn what_is_granted_is_read_of_what_the_event_names() {
        let call = json!({ "contact_id": "c1", "deal_id": "d1", "meeting_id": "m1", "bot_id": "b" });
        assert_eq!(
            told(&["contact", "deal", "emails", "meetings", "org", "apollo", "transcript"], &call),
            [
                "org {}",
                r#"contact {"contact_id":"c1"}"#,
                r#"deal {"deal_id":"d1"}"#,
                r#"meetings {"contact_id":"c1"}"#,
                r#"meetings {"deal_id":"d1"}"#,
                r#"meetings {"meeting_id":"m1"}"#,
                r#"emails {"contact_id":"c1"}"#,
                r#"emails {"deal_id":"d1"}"#,
            ]
        );
        assert_eq!(told(&["deal", "company"], &json!({ "contact_id": "c1" })).len(), 2, "those of the contact");
        assert_eq!(told(&["contact"], &json!({ "deal_id": "d1" })), [r#"contact {"deal_id":"d1"}"#]);
        assert_eq!(told(&["contact", "deal"], &json!({ "contact_id": "", "deal_id": null })), Vec::<String>::new());
        assert_eq!(told(&["user", "budget", "deal"], &json!({})), ["user {}", "budget {}"], "whatever happened");
        assert_eq!(told(&[], &call), Vec::<String>::new());
    }

    #[test]
    fn it_is_bounded() {
        let all = json!({ "contact_id": "c", "deal_id": "d", "meeting_id": "m", "company_id": "y" });
        assert!(reads(|_| true, &all).len() <= MAX_AHEAD);
    }
}

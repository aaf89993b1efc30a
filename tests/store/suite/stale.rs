//! Which deals nothing has happened on: a drawn history, and a look at every row of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use skillhost_engine::time::Timestamp;
use skillhost_tests::dice::Dice;

use super::made::{Bench, FAR, NOW};

const DAY: i64 = 24 * 3600 * 1000;
/// Deals, contacts, and what happened with them.
const DEALS: usize = 80;
const CONTACTS: usize = 60;
const ACTIVITIES: usize = 2_000;

fn at(ms: i64) -> String {
    NOW.plus_ms(ms).rfc3339()
}

struct Deal {
    owner: &'static str,
    is_open: bool,
    contacts: BTreeSet<usize>,
    created: Option<i64>,
    updated: i64,
}

struct Activity {
    at: i64,
    kind: &'static str,
    deal: Option<usize>,
    contact: Option<usize>,
}

/// An org's deals and their history. No two activities are at one instant.
fn drawn(dice: &Dice) -> (Vec<Deal>, Vec<Activity>) {
    let ago = |days: usize| -i64::try_from(dice.below(days * 24)).unwrap() * 3_600_000;
    let deals = (0..DEALS)
        .map(|_| Deal {
            owner: ["u1", "u2"][dice.below(2)],
            is_open: dice.percent(85),
            contacts: (0..dice.below(4)).map(|_| dice.below(CONTACTS)).collect(),
            created: dice.percent(50).then(|| ago(200)),
            updated: ago(60),
        })
        .collect();
    let history = (0..ACTIVITIES)
        .map(|n| Activity {
            // Some are still to come.
            at: ago(120) + i64::try_from(n).unwrap() + if dice.percent(10) { 130 * DAY } else { 0 },
            kind: ["call", "email", "meeting", "note"][dice.below(4)],
            // A tenth of the deals and contacts has all of it, and some have nothing.
            deal: dice.percent(60).then(|| dice.below(if dice.percent(50) { DEALS / 10 } else { DEALS / 2 })),
            contact: dice
                .percent(70)
                .then(|| dice.below(if dice.percent(50) { CONTACTS / 10 } else { CONTACTS * 3 / 4 })),
        })
        .collect();
    (deals, history)
}

fn document(org: &str, deals: &[Deal], history: &[Activity]) -> Value {
    let user = |id: &str| json!({"id": id, "org_id": org, "name": id, "email": format!("{id}@{org}.test")});
    let contacts: Vec<Value> =
        (0..CONTACTS).map(|n| json!({"id": format!("c{n}"), "org_id": org, "name": format!("C{n}")})).collect();
    let deals: Vec<Value> = deals
        .iter()
        .enumerate()
        .map(|(n, deal)| {
            let contacts: Vec<String> = deal.contacts.iter().map(|contact| format!("c{contact}")).collect();
            json!({"id": format!("d{n}"), "org_id": org, "name": "n", "stage": if deal.is_open { "lead" } else { "closed_lost" },
                "owner_id": deal.owner, "contact_ids": contacts, "created_at": deal.created.map(at),
                "updated_at": at(deal.updated)})
        })
        .collect();
    let history: Vec<Value> = history
        .iter()
        .enumerate()
        .map(|(n, one)| {
            json!({"id": format!("a{n}"), "org_id": org, "kind": one.kind, "subject": "s", "at": at(one.at),
                "deal_id": one.deal.map(|deal| format!("d{deal}")),
                "contact_id": one.contact.map(|contact| format!("c{contact}"))})
        })
        .collect();
    json!({"orgs": [{"id": org, "name": org}], "users": [user("u1"), user("u2")], "contacts": contacts, "deals": deals,
        "activities": history})
}

/// The open deals of a user with the newest activity of each, that for which nothing has
/// happened for longest first.
fn slow(owner: Option<&str>, deals: &[Deal], history: &[Activity]) -> Vec<(String, Option<(String, String)>)> {
    let mut found = BTreeMap::new();
    for (n, deal) in deals.iter().enumerate() {
        if !deal.is_open || owner.is_some_and(|owner| owner != deal.owner) {
            continue;
        }
        let is_about = |one: &&Activity| match (one.deal, one.contact) {
            (Some(about), _) => about == n,
            (None, Some(contact)) => deal.contacts.contains(&contact),
            (None, None) => false,
        };
        let newest = history.iter().filter(is_about).filter(|one| one.at <= 0).max_by_key(|one| one.at);
        let idle = newest.map(|one| one.at).or(deal.created).unwrap_or(deal.updated);
        let shown = newest.map(|one| (at(one.at), one.kind.to_owned()));
        found.insert((idle, format!("d{n}")), shown);
    }
    found.into_iter().map(|((_, id), shown)| (id, shown)).collect()
}

fn shown(pipeline: &Value) -> Vec<(String, Option<(String, String)>)> {
    let deals = pipeline["deals"].as_array().unwrap().iter();
    deals
        .map(|deal| {
            let text = |name: &str| deal[name].as_str().map(str::to_owned);
            (text("id").unwrap(), text("last_activity_at").zip(text("last_activity_kind")))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_the_newest_activity_is_what_a_look_at_every_row_finds() {
    let bench = Bench::open().await;
    let dice = Dice::new(23);
    let orgs: Vec<(&str, Vec<Deal>, Vec<Activity>)> = ["acme", "rival"]
        .map(|org| {
            let (deals, history) = drawn(&dice);
            (org, deals, history)
        })
        .into();
    for (org, deals, history) in &orgs {
        // The same ids in both: no row of one org tells of another's deal.
        bench.store.load_data(&document(org, deals, history), FAR).await.unwrap();
    }
    let mut quiet = BTreeSet::new();
    for days in [0, 14, 45] {
        let now = NOW.plus_ms(-days * DAY);
        for (org, deals, history) in &orgs {
            // As seen at another time: what came after had not happened.
            let seen: Vec<Activity> = history.iter().map(|one| Activity { at: one.at + days * DAY, ..*one }).collect();
            let moved = |list: Vec<(String, Option<(String, String)>)>| {
                let back = |at: String| {
                    let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond() - days * DAY;
                    Timestamp(at).rfc3339()
                };
                list.into_iter().map(|(id, one)| (id, one.map(|(at, kind)| (back(at), kind)))).collect::<Vec<_>>()
            };
            let then: Vec<Deal> = deals
                .iter()
                .map(|deal| Deal {
                    contacts: deal.contacts.clone(),
                    created: deal.created.map(|at| at + days * DAY),
                    updated: deal.updated + days * DAY,
                    ..*deal
                })
                .collect();
            for user in ["u1", "u2"] {
                let params = json!({"now": now.0});
                let found =
                    bench.store.source(&(*org).into(), &user.into(), "pipeline", &params).await.unwrap().unwrap();
                assert_eq!(shown(&found), moved(slow(Some(user), &then, &seen)), "{org} {user} {days} days ago");
                let limit = now.plus_ms(-14 * DAY).rfc3339();
                let newest =
                    |(_, one): &(String, Option<(String, String)>)| one.clone().is_none_or(|(at, _)| at < limit);
                quiet.insert((shown(&found).iter().filter(|one| newest(one)).count(), shown(&found).len()));
            }
            let params = json!({"now": now.0});
            let all = bench.store.org_source(&(*org).into(), "pipeline", &params).await.unwrap().unwrap();
            assert_eq!(shown(&all), moved(slow(None, &then, &seen)), "all of {org} {days} days ago");
        }
    }
    // Some are stale and some are not, or the test is none.
    assert!(quiet.iter().all(|(quiet, all)| 0 < *quiet && quiet < all), "{quiet:?}");
}

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::limits::CallLimits;
use crate::skill::WORLD;

fn digest(mark: &str) -> String {
    format!("sha256:{}", mark.repeat(64 / mark.len()))
}

fn row(mark: &str, version: &str, at: i64) -> ModuleRow {
    ModuleRow {
        digest: digest(mark),
        name: "echo".into(),
        version: version.to_owned(),
        manifest: manifest(&["context:contact"]),
        bytes: 1,
        state: ModuleState::Installed,
        installed_at: Timestamp(at),
        installed_by: "client:test".to_owned(),
    }
}

pub(crate) fn manifest(rights: &[&str]) -> Manifest {
    Manifest {
        name: "echo".into(),
        version: "1.0.0".to_owned(),
        world: WORLD.to_owned(),
        description: "d".to_owned(),
        input_schema: json!({}),
        output_schema: json!({}),
        rights: rights.iter().map(|right| (*right).to_owned()).collect(),
        limits: CallLimits::default(),
        criticality: None,
        skill_md_digest: String::new(),
    }
}

fn history(steps: &[(Why, &str)]) -> Vec<SkillChange> {
    steps
        .iter()
        .enumerate()
        .map(|(place, (why, active))| SkillChange {
            skill: "echo".into(),
            seq: u64::try_from(place).unwrap() + 1,
            why: *why,
            digest: (*active).to_owned(),
            by: "client:test".to_owned(),
            at: Timestamp(0),
            note: None,
            active: Some((*active).to_owned()).filter(|digest| !digest.is_empty()),
            canary: None,
        })
        .collect()
}

#[test]
fn each_rollback_goes_one_further_back() {
    let none = |_: &str| false;
    let mut past = vec![(Why::Install, "a"), (Why::Install, "b"), (Why::Activate, "c")];
    assert_eq!(rollback_target(&history(&past), none), Some("b"));
    past.push((Why::Rollback, "b"));
    assert_eq!(rollback_target(&history(&past), none), Some("a"));
    past.push((Why::Rollback, "a"));
    assert_eq!(rollback_target(&history(&past), none), None, "there is nothing before the first");
    past.push((Why::Activate, "c"));
    assert_eq!(rollback_target(&history(&past), none), Some("a"));
}

#[test]
fn a_rollback_passes_over_what_is_revoked() {
    let past = history(&[(Why::Install, "a"), (Why::Install, "b"), (Why::Install, "c")]);
    assert_eq!(rollback_target(&past, |digest| digest == "b"), Some("a"));
    assert_eq!(rollback_target(&past, |_| true), None);
    // After a revocation that left nothing, the way back is to what served before.
    let past = history(&[(Why::Install, "a"), (Why::Install, "b"), (Why::Revoke, "")]);
    assert_eq!(rollback_target(&past, |digest| digest == "b"), Some("a"));
    assert_eq!(last_served(&past), Some("b"));
}

#[test]
fn more_is_shown_and_less_is_not_in_the_way() {
    let old = manifest(&["context:contact", "context:deal"]);
    let less = Difference::between(Some(&old), &manifest(&["context:contact"]));
    assert!(!less.asks_for_more());
    assert_eq!(less.to_string(), "- context:deal");
    let more = Difference::between(Some(&old), &manifest(&["context:contact", "effect:email.send"]));
    assert!(more.asks_for_more());
    assert_eq!(more.to_string(), "+ effect:email.send\n- context:deal");
    assert!(!Difference::between(None, &old).asks_for_more(), "the first version replaces nothing");
    let mut hungry = old.clone();
    hungry.limits.fuel = Some(9_000_000_000);
    let difference = Difference::between(Some(&old), &hungry);
    assert_eq!(difference.added, ["limits.fuel 9000000000 (was 5000000000)"]);
    assert!(!Difference::between(Some(&hungry), &old).asks_for_more());
}

#[test]
fn a_module_is_named_by_version_or_digest() {
    let skill: SkillName = "echo".into();
    let rows = [row("ab", "1.0.0", 1), row("cd", "1.0.0", 2), row("ae", "2.0.0", 3)];
    let find = |which: &str| named(rows.iter(), &skill, which).map(|row| row.digest.clone());
    assert_eq!(find("1.0.0").unwrap(), digest("cd"), "the newest build of a version");
    assert_eq!(find(&digest("ab")).unwrap(), digest("ab"));
    assert_eq!(find("abababab").unwrap(), digest("ab"));
    assert!(matches!(find("ab"), Err(Unnamed::NoSuch { .. })), "too short to name one");
    assert!(matches!(find("9.9.9"), Err(Unnamed::NoSuch { .. })));
    let mut twins = rows.to_vec();
    twins.push(row("ab", "3.0.0", 4));
    assert!(matches!(named(twins.iter(), &skill, "abababab"), Err(Unnamed::Several { count: 2, .. })));
    let mut revoked = rows.to_vec();
    revoked[1].state = ModuleState::Revoked;
    assert_eq!(named(revoked.iter(), &skill, "1.0.0").unwrap().digest, digest("ab"));
}

#[test]
fn an_effect_is_void_when_what_it_stands_on_is_gone() {
    let module = row("ab", "1.0.0", 1).skill_ref();
    let all = Grant::Unrestricted;
    let only = |right: &str| Grant::Only([right.parse().unwrap()].into());
    let sends = only("effect:*");
    let mail = released("email.send", json!({}), Some(&module));
    assert_eq!(void(&mail, false, &sends, &all), Ok(()));
    assert!(matches!(void(&mail, true, &sends, &all), Err(Void::Revoked { .. })));
    for (operator, org, by) in
        [(only("effect:task.create"), all.clone(), "operator"), (all.clone(), only("context:*"), "org")]
    {
        let Err(Void::RightTaken { by: found, .. }) = void(&mail, false, &operator, &org) else {
            panic!("the right was taken by the {by}")
        };
        assert_eq!(found, by);
    }
    let own = released("chat.post", json!({}), None);
    assert_eq!(void(&own, false, &only("context:*"), &all), Ok(()), "the host's own steps");
}

#[test]
fn a_request_is_void_when_its_place_was_taken_back() {
    let module = row("ab", "1.0.0", 1).skill_ref();
    let all = Grant::Unrestricted;
    let only = |rights: &[&str]| Grant::Only(rights.iter().map(|right| right.parse().unwrap()).collect());
    let payload = json!({"method": "POST", "url": "https://api.example.com/v1/tickets"});
    let request = released("http.request", payload, Some(&module));
    assert_eq!(void(&request, false, &only(&["effect:*", "http:*.example.com/"]), &all), Ok(()));
    for place in ["http:api.example.com/v2", "http:example.com/"] {
        let Err(Void::RightTaken { right, by }) = void(&request, false, &all, &only(&["effect:*", place])) else {
            panic!("{place} holds the address")
        };
        assert_eq!((right.to_string().as_str(), by), ("http:api.example.com/v1", "org"));
    }
}

/// A row that left an answer; the rights are those of a skill that sends requests.
fn released(kind: &str, payload: Value, module: Option<&SkillRef>) -> OutboxRow {
    serde_json::from_value(json!({
        "key": "eff_1", "org": "acme", "user": "u-dana", "job": "job_1", "step": "s", "local_id": "e",
        "kind": kind, "payload": payload, "after": [], "module": module,
        "rights": ["effect:http.request", "http:api.example.com/v1"],
        "digest": "", "approval": null, "release": null, "state": "ready", "revision": 0, "attempt": 0,
        "not_before": 0, "last_error": null, "receipt": null, "created_at": 0, "updated_at": 0,
    }))
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened, a rollback never goes to what serves, to what is
    /// revoked, or to what never served.
    #[test]
    fn a_rollback_goes_to_something_that_served(
        steps in prop::collection::vec((0_usize..5, 0_usize..4), 1..30),
        revoked in 0_usize..5,
    ) {
        let names = ["a", "b", "c", "d"];
        let whys = [Why::Install, Why::Activate, Why::Rollback, Why::Canary, Why::Revoke];
        let past: Vec<(Why, &str)> = steps.iter().map(|(why, name)| (whys[*why], names[*name])).collect();
        let past = history(&past);
        let is_revoked = |digest: &str| names.get(revoked) == Some(&digest);
        if let Some(target) = rollback_target(&past, is_revoked) {
            prop_assert!(!is_revoked(target));
            prop_assert_ne!(Some(target), past.last().unwrap().active.as_deref());
            prop_assert!(past.iter().any(|change| change.active.as_deref() == Some(target)));
        }
    }
}

#[test]
fn a_name_of_a_module_is_a_version_or_a_whole_digest_as_the_schema_has_it() {
    let validator = jsonschema::draft202012::new(&json!({ "pattern": MODULE_NAME })).unwrap();
    let whole = digest("ab");
    for good in ["1.0.0", "10.20.30", "1.0.0-rc.1", "1.0.0+build-5", whole.as_str()] {
        assert!(is_module_name(good) && validator.is_valid(&json!(good)), "{good}");
    }
    for bad in ["", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "1.0.0-", "1.0.0 ", "latest", "sha256:ab", "sha256:", "1..0"] {
        assert!(!is_module_name(bad) && !validator.is_valid(&json!(bad)), "{bad}");
    }
    let upper = whole.to_uppercase();
    assert!(!is_module_name(&upper) && !is_module_name(&whole.replace('a', "A")));
}

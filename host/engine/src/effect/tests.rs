#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

fn mail(change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = json!({
        "from": "Dana Reyes <dana@acme.test>", "to": ["Sam <sam@example.test>"], "cc": ["lee@example.test"], "bcc": [],
        "subject": "Next steps", "body": "Hi Sam,\nthanks.", "in_reply_to": "<a@b>", "references": ["<a@b>"],
        "attachments": [{"artifact": "artifact:plan", "name": "plan.pdf"}],
    });
    change(&mut payload);
    payload
}

#[test]
fn every_schema_compiles_and_closes() {
    for kind in registry() {
        assert!(kind.validator.is_some(), "{}", kind.name);
        assert_eq!(kind.schema["additionalProperties"], false, "{}", kind.name);
        assert!(kind.validate(&json!({})).is_err(), "{}", kind.name);
    }
}

#[test]
fn the_protected_kinds_are_the_laws() {
    let protected: Vec<_> = registry().iter().filter(|kind| kind.protected).map(|kind| kind.name).collect();
    assert_eq!(
        protected,
        ["calendar.invite", "crm.set_stage", "email.send", "http.request", "proposal.share", "task.create"]
    );
}

#[test]
fn a_kind_that_nobody_knows_is_refused_by_name() {
    assert!(validate("email.sent", &json!({})).unwrap_err().message.contains("no such kind"));
}

#[test]
fn every_field_of_a_schema_has_its_line() {
    for kind in registry() {
        for name in kind.schema["properties"].as_object().unwrap().keys() {
            let mut payload = json!({"to": "x"});
            payload[name] = json!({"inner": "marker"});
            let shown = kind.lines(&payload);
            assert!(
                shown.iter().any(|line| format!("{} {:?}", line.value, line.was).contains("marker")),
                "{}: {name}",
                kind.name
            );
        }
    }
}

#[test]
fn headers_cannot_be_injected() {
    let email = kind("email.send").unwrap();
    email.validate(&mail(|_| ())).unwrap();
    for (pointer, value) in [
        ("/subject", json!("Hi\r\nBcc: x@evil.test")),
        ("/subject", json!("Hi\nX: y")),
        ("/to/0", json!("sam@example.test\r\nBcc: x@evil.test")),
        ("/to/0", json!("sam@example.test, x@evil.test")),
        ("/to/0", json!("Sam\n <sam@example.test>")),
        ("/to/0", json!("sam")),
        ("/from", json!("a@b\n")),
        ("/in_reply_to", json!("<a@b>\r\nBcc: x@evil.test")),
        ("/references/0", json!("a b")),
        ("/body", json!("a\u{0}b")),
        ("/attachments/0/name", json!("a\nb")),
    ] {
        let payload = mail(|payload| *payload.pointer_mut(pointer).unwrap() = value.clone());
        let error = email.validate(&payload).unwrap_err();
        assert_eq!(error.pointer, pointer, "{value}");
        assert!(!error.message.contains("evil"), "content in the message: {error}");
    }
    assert!(email.validate(&mail(|payload| payload["to"] = json!([]))).is_err());
    assert!(email.validate(&mail(|payload| payload["html"] = json!("x"))).is_err());
}

#[test]
fn the_stage_cannot_be_smuggled() {
    let update = kind("crm.update_fields").unwrap();
    update.validate(&json!({"entity": "deal", "id": "d1", "fields": {"next_step": "call"}})).unwrap();
    for name in ["stage", "dealstage", "Stage", "deal_stage", "stage_id", "org_id", "a b"] {
        let payload = json!({"entity": "deal", "id": "d1", "fields": {name: "won"}});
        assert!(update.validate(&payload).is_err(), "{name}");
    }
}

#[test]
fn numbers_that_would_share_a_digest_are_refused() {
    let update = kind("crm.update_fields").unwrap();
    let payload = json!({"entity": "deal", "id": "d1", "fields": {"amount": 9_007_199_254_740_993_i64}});
    assert_eq!(update.validate(&payload).unwrap_err().pointer, "/fields/amount");
}

#[test]
fn a_change_shows_what_was() {
    let lines = kind("crm.set_stage").unwrap().lines(&json!({"deal_id": "d1", "from": "demo", "to": "proposal"}));
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[1].value.as_str(), lines[1].was.as_deref()), ("proposal", Some("demo")));
}

#[test]
fn recipients_are_bare_and_each_once() {
    let payload =
        json!({"to": ["Sam <Sam@Example.test>", "lee@example.test"], "cc": ["sam@example.test"], "bcc": ["x@y.test"]});
    let recipients = kind("email.send").unwrap().recipients(&payload).unwrap();
    assert_eq!(recipients, ["sam@example.test", "lee@example.test", "x@y.test"]);
    assert_eq!(kind("task.create").unwrap().recipients(&payload), None);
}

#[test]
fn what_writes_to_people_is_in_somebodys_name_and_can_be_taken_back() {
    let writing: Vec<_> = registry().iter().filter(|kind| kind.recipients.is_some()).collect();
    assert_eq!(writing.iter().map(|kind| kind.name).collect::<Vec<_>>(), ["calendar.invite", "email.send"]);
    assert!(writing.iter().all(|kind| kind.protected && kind.undo && kind.sender().is_some()));
}

#[test]
fn the_small_kinds_take_what_they_are_for_and_nothing_else() {
    for (name, good, bad) in [
        (
            "crm.suppress",
            json!({"address": "Mira@Globex.example", "reason": "asked to be left alone"}),
            vec![("address", json!("Mira <mira@globex.example>")), ("address", json!("mira")), ("reason", json!(""))],
        ),
        (
            "crm.create_contact",
            json!({"name": "Jonas Beck", "email": "jonas@globex.example", "company_id": "co1", "title": "CTO",
                "phone": "+41 44 000 00 00", "zone": "Europe/Zurich"}),
            vec![
                ("email", json!("a@b, c@d")),
                ("zone", json!("Nowhere/Land")),
                ("name", json!("a\nb")),
                ("owner_id", json!("x")),
            ],
        ),
        (
            "coaching.store",
            json!({"period_start": "2026-11-16", "period_end": "2026-11-22", "meeting_id": "m1", "analysis": {"bullets": []}}),
            vec![
                ("period_end", json!("2026-11-15")),
                ("period_end", json!("2026-02-30")),
                ("analysis", json!("text")),
                ("analysis", json!({})),
                ("analysis", json!({"long": "x".repeat(200_000)})),
            ],
        ),
        (
            "email.classify",
            json!({"email_id": "e1", "class": "out_of_office", "reason": "Auto-Submitted"}),
            vec![("class", json!("Out of office")), ("email_id", json!("a b")), ("score", json!(1))],
        ),
        (
            "followups.postpone",
            json!({"contact_id": "c1", "until": "2026-12-01"}),
            vec![("until", json!("soon")), ("until", json!("2026-12-01T09:00:00")), ("job_id", json!("job_1"))],
        ),
    ] {
        let kind = kind(name).unwrap();
        kind.validate(&good).unwrap();
        assert!(!kind.protected && kind.is_local(), "{name}");
        for (field, value) in bad {
            let mut payload = good.clone();
            payload[field] = value.clone();
            assert!(kind.validate(&payload).is_err(), "{name}: {field} {value}");
        }
    }
}

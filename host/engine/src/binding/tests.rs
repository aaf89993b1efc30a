#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::outbox::EffectState;

fn binder() -> Binder {
    Binder::new(HostKey::new([3; 32]))
}

fn row(binder: &Binder) -> OutboxRow {
    let key = binder.effect_key(&"job_1".into(), &"send".into(), 0, "mail");
    let mut row = OutboxRow {
        key: key.clone(),
        org: "acme".into(),
        user: "dana".into(),
        job: "job_1".into(),
        step: "send".into(),
        local_id: "mail".into(),
        kind: "email.send".into(),
        payload: json!({"to": ["sam@example.test"], "subject": "Hi", "body": "Text"}),
        after: vec!["eff_1".into()],
        module: Some(SkillRef { name: "s".into(), version: "1.0.0".into(), digest: "sha256:00".into() }),
        rights: vec!["effect:email.send".into()],
        digest: String::new(),
        approval: Some("act_1".into()),
        release: None,
        state: EffectState::Ready,
        revision: 1,
        attempt: 0,
        not_before: Timestamp(0),
        last_error: None,
        receipt: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    row.digest = binder.digest(&(&row).into());
    row.release = Some(binder.release(&row.digest, &"act_1".into(), &"dana".into(), Timestamp(5), &key));
    row
}

#[test]
fn an_honest_row_verifies() {
    let binder = binder();
    binder.verify(&row(&binder), true).unwrap();
    binder.verify_for_sending(&row(&binder)).unwrap();
}

#[test]
fn a_digest_binds_its_own_effect_and_no_other() {
    let binder = binder();
    let row = row(&binder);
    let mut other = row.clone();
    other.payload = json!({ "to": ["eve@evil.example"] });
    assert!(binder.is_bound(&(&row).into(), &row.digest));
    assert!(!binder.is_bound(&(&other).into(), &row.digest));
    for digest in ["", "hmac-sha256:", &row.digest[..row.digest.len() - 2], &row.digest.to_uppercase()] {
        assert!(!binder.is_bound(&(&row).into(), digest), "{digest}");
    }
}

#[test]
fn any_change_voids_it() {
    let binder = binder();
    type Change = fn(&mut OutboxRow);
    let changes: [Change; 17] = [
        |row| row.org = "other".into(),
        |row| row.user = "eve".into(),
        |row| row.job = "job_2".into(),
        |row| row.step = "other".into(),
        |row| row.key = "eff_other".into(),
        |row| row.local_id = "other".into(),
        |row| row.kind = "task.create".into(),
        |row| row.payload["body"] = json!("text"),
        |row| row.after.clear(),
        |row| row.module = None,
        |row| row.module.as_mut().unwrap().digest = "sha256:01".into(),
        |row| row.rights.push("effect:task.create".into()),
        |row| row.approval = Some("act_2".into()),
        |row| row.release.as_mut().unwrap().by = "eve".into(),
        |row| row.release.as_mut().unwrap().at = Timestamp(6),
        |row| row.release = None,
        |row| row.approval = None,
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut row = row(&binder);
        change(&mut row);
        assert!(binder.verify(&row, true).is_err(), "change {at}");
    }
}

#[test]
fn a_row_forged_without_the_key_fails() {
    let forger = Binder::new(HostKey::new([4; 32]));
    let forged = row(&forger);
    assert!(matches!(binder().verify(&forged, true), Err(BindingError::Changed { .. })));
    // A genuine digest with a forged release, and one mac in place of the other.
    let binder = binder();
    let mut half = row(&binder);
    half.release = forged.release;
    assert!(matches!(binder.verify(&half, true), Err(BindingError::ReleaseForged { .. })));
    half.release.as_mut().unwrap().mac.clone_from(&half.digest);
    assert!(matches!(binder.verify(&half, true), Err(BindingError::ReleaseForged { .. })));
}

#[test]
fn protection_is_the_kinds_and_not_the_rows() {
    let binder = binder();
    let mut bare = row(&binder);
    (bare.approval, bare.release) = (None, None);
    assert!(matches!(binder.verify_for_sending(&bare), Err(BindingError::NotReleased { .. })));
    bare.kind = "http.requests".into();
    assert!(matches!(binder.verify_for_sending(&bare), Err(BindingError::UnknownKind { .. })));
}

#[test]
fn the_key_does_not_show() {
    let shown = format!("{:?} {:?}", HostKey::new([171; 32]), binder());
    assert!(shown.contains("redacted") && !shown.contains("171") && !shown.contains("ab"), "{shown}");
}

#[test]
fn keys_depend_on_all_four() {
    let key = |job: &str, step: &str, round, id: &str| binder().effect_key(&job.into(), &step.into(), round, id);
    let base = key("j", "s", 0, "e");
    assert_eq!(base, key("j", "s", 0, "e"));
    for other in [
        key("k", "s", 0, "e"),
        key("j", "t", 0, "e"),
        key("j", "s", 1, "e"),
        key("j", "s", 0, "f"),
        key("js", "", 0, "e"),
    ] {
        assert_ne!(base, other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_byte_is_another_digest(body in "\\PC{1,40}", at in any::<prop::sample::Index>(), with in any::<char>()) {
        let binder = binder();
        let mut row = row(&binder);
        row.payload = json!({"to": ["a@b.test"], "subject": "s", "body": body});
        row.digest = binder.digest(&(&row).into());
        prop_assert!(binder.verify(&row, false).is_ok());
        let mut chars: Vec<char> = body.chars().collect();
        let at = at.index(chars.len());
        prop_assume!(chars[at] != with);
        chars[at] = with;
        row.payload["body"] = json!(chars.into_iter().collect::<String>());
        prop_assert!(binder.verify(&row, false).is_err());
    }

    #[test]
    fn a_changed_mac_never_verifies(at in 0_usize..64, with in 0_u8..16) {
        let binder = binder();
        let mut row = row(&binder);
        let mac = &mut row.release.as_mut().unwrap().mac;
        let start = mac.len() - 64;
        let fresh = char::from_digit(u32::from(with), 16).unwrap();
        prop_assume!(mac.as_bytes()[start + at] != fresh as u8);
        mac.replace_range(start + at..=start + at, &fresh.to_string());
        let forged = matches!(binder.verify(&row, true), Err(BindingError::ReleaseForged { .. }));
        prop_assert!(forged);
    }
}

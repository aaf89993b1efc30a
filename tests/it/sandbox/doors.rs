//! The doors: rights at every call, counts, evidence.

use serde_json::{Value, json};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::CallError;

use super::setting::Setting;

async fn output(setting: &Setting, input: Value) -> Value {
    setting.call("hostile", input, &CallLimits::default()).await.result.unwrap().output
}

#[tokio::test]
async fn a_read_without_its_right_is_denied_and_recorded() {
    let setting = Setting::new().await;
    let report = setting.hostile("ungranted").await;
    assert_eq!(report.result.unwrap().output, json!({"kind": "ReadErrorKind::Denied"}));
    assert_eq!(report.denials, ["context:secrets"]);
    assert_eq!(report.reads[0].refusal.as_deref(), Some("denied"));
    assert_eq!((report.reads[0].digest.clone(), report.reads[0].bytes), (None, 0));
}

#[tokio::test]
async fn a_step_may_take_a_right_that_the_manifest_asks() {
    let setting = Setting::new().await;
    let none = RightSet::default();
    let report = setting.call_as("echo", "c", json!({"text": "x"}), &none, &CallLimits::default()).await;
    let Err(CallError::Failed { failure }) = report.result else { panic!("the guest says it was refused") };
    assert_eq!(failure.code, "read-refused");
    assert_eq!(report.denials, ["context:notes"]);
}

#[tokio::test]
async fn reads_asked_together_are_answered_in_order() {
    let setting = Setting::new().await;
    let report = setting.hostile("readall").await;
    assert_eq!(report.result.unwrap().output, json!(["r1", "ReadErrorKind::Denied", "r3"]));
    assert_eq!(report.spend.host_calls, 3);
    assert_eq!(report.reads.iter().map(|read| read.read_id.as_str()).collect::<Vec<_>>(), ["r1", "r2", "r3"]);
}

#[tokio::test]
async fn host_calls_and_bytes_are_bounded() {
    let setting = Setting::new().await;
    let ask = json!({"mode": "manyreads"});
    let calls = CallLimits { host_calls: Some(5), ..CallLimits::default() };
    let report = setting.call("hostile", ask.clone(), &calls).await;
    assert_eq!(report.result.unwrap().output, json!({"refusal": "ReadErrorKind::Limit at 5"}));
    assert_eq!(report.spend.host_calls, 5);
    let bytes = CallLimits { read_bytes: Some(100), ..CallLimits::default() };
    let report = setting.call("hostile", ask, &bytes).await;
    let refusal = report.result.unwrap().output;
    assert!(refusal["refusal"].as_str().unwrap().starts_with("ReadErrorKind::Limit"), "{refusal}");
    assert!(report.spend.read_bytes <= 100);
}

#[tokio::test]
async fn host_calls_have_a_price_in_fuel() {
    let setting = Setting::new().await;
    let many = CallLimits { fuel: Some(600_000), ..CallLimits::default() };
    let report = setting.call("hostile", json!({"mode": "manyreads"}), &many).await;
    assert_eq!(report.result, Err(CallError::OutOfFuel { limit: 600_000 }));
    assert_eq!(report.spend.fuel, 600_000);
}

#[tokio::test]
async fn a_model_is_denied_or_not_configured() {
    let setting = Setting::new().await;
    let granted = output(&setting, json!({"mode": "model", "class": "fast"})).await;
    assert_eq!(granted, json!({"kind": "LlmErrorKind::NotConfigured"}));
    let report = setting.call("hostile", json!({"mode": "model", "class": "deep"}), &CallLimits::default()).await;
    assert_eq!(report.result.unwrap().output, json!({"kind": "LlmErrorKind::Denied"}));
    assert_eq!(report.denials, ["llm:deep"]);
}

#[tokio::test]
async fn a_guest_sees_its_own_allowance_and_what_waits_for_a_person() {
    let setting = Setting::new().await;
    let left = output(&setting, json!({"mode": "budget"})).await;
    assert_eq!(left, json!({"calls": 256, "bytes": 8 * 1024 * 1024, "fuel": true}));
    let check = output(&setting, json!({"mode": "check"})).await;
    assert_eq!(check, json!({"protected": true, "permitted": false}));
}

#[tokio::test]
async fn effects_need_a_known_kind_and_a_right() {
    let setting = Setting::new().await;
    for (kind, words) in [("email.send", "no right"), ("world.end", "knows no such kind")] {
        let report = setting.call("hostile", json!({"mode": "effect", "kind": kind}), &CallLimits::default()).await;
        let Err(CallError::InvalidOutcome { pointer, message }) = report.result else { panic!("{kind} is refused") };
        assert_eq!(pointer, "/effects/0/kind");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn quotes_are_exact() {
    let setting = Setting::new().await;
    for (quote, stands) in
        [("We agreed on \"the pilot\"", true), ("for March.", true), ("We agreed to the pilot", false), (" ", false)]
    {
        let report = setting.call("echo", json!({"text": "x", "quote": quote}), &CallLimits::default()).await;
        match report.result {
            Ok(_) => assert!(stands, "{quote} was never said"),
            Err(CallError::InvalidOutcome { pointer, .. }) => {
                assert!(!stands, "{quote} was said");
                assert_eq!(pointer, "/evidence/0");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

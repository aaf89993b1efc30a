//! How calls end: each hostile guest in its own typed error, while another call
//! completes.

use serde_json::{Value, json};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::FailureKind;
use skillhost_engine::skill::{CallError, CallReport};

use super::setting::{NOW, Setting};

fn code(report: &CallReport) -> &str {
    report.result.as_ref().err().map_or("ok", CallError::code)
}

fn output(report: &CallReport) -> &Value {
    &report.result.as_ref().unwrap().output
}

#[tokio::test]
async fn a_good_guest_answers_and_everything_is_counted() {
    let setting = Setting::new().await;
    let report = setting.call("echo", json!({"text": "hello"}), &CallLimits::default()).await;
    let outcome = report.result.unwrap();
    assert_eq!(outcome.output["text"], "hello");
    assert_eq!(outcome.output["org"], "org_1");
    assert_eq!(outcome.evidence.len(), 1);
    assert_eq!(report.reads.len(), 1);
    assert_eq!(report.reads[0].read_id, "r1");
    assert_eq!(report.reads[0].source, "notes");
    assert!(report.reads[0].digest.as_ref().unwrap().starts_with("sha256:"));
    assert!(report.spend.fuel > 5_000 && report.spend.peak_memory >= 65_536, "{:?}", report.spend);
    assert_eq!(report.spend.host_calls, 1);
    assert_eq!(report.spend.read_bytes, i64::try_from(super::setting::NOTE.len()).unwrap());
    assert!(report.denials.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_guest_ends_in_its_own_error_while_another_call_completes() {
    let setting = Setting::new().await;
    let short = CallLimits { wall_ms: Some(200), fuel: Some(u64::MAX / 4), ..CallLimits::default() };
    let little_fuel = CallLimits { fuel: Some(50_000_000), ..CallLimits::default() };
    let roomy = CallLimits { memory_bytes: Some(512 << 20), wall_ms: Some(60_000), ..CallLimits::default() };
    let plain = CallLimits::default();
    for (mode, limits, wanted) in [
        ("spin", &short, "timeout"),
        ("spin", &little_fuel, "out-of-fuel"),
        ("stdoutforever", &short, "timeout"),
        ("stdoutforever", &little_fuel, "out-of-fuel"),
        ("allocate", &plain, "out-of-memory"),
        ("recurse", &plain, "trap"),
        ("trap", &plain, "trap"),
        ("panic", &plain, "trap"),
        ("exit", &plain, "trap"),
        ("hundredmb", &roomy, "outcome-too-large"),
        ("deep", &plain, "invalid-outcome"),
        ("notjson", &plain, "invalid-outcome"),
        ("wrongoutput", &plain, "invalid-outcome"),
        ("misquote", &plain, "invalid-outcome"),
        ("twins", &plain, "invalid-outcome"),
        ("astray", &plain, "invalid-outcome"),
        ("fail", &plain, "failed"),
    ] {
        let (hostile, good) = tokio::join!(
            setting.call("hostile", json!({ "mode": mode }), limits),
            setting.call("echo", json!({"text": "beside it"}), &plain),
        );
        assert_eq!(code(&hostile), wanted, "{mode}: {:?}", hostile.result);
        assert_eq!(output(&good)["text"], "beside it", "beside {mode}");
        assert!(hostile.spend.fuel > 0, "{mode} burned something");
    }
}

#[tokio::test]
async fn a_killed_spinner_pays_for_what_it_burned() {
    let setting = Setting::new().await;
    let limits = CallLimits { wall_ms: Some(100), fuel: Some(u64::MAX / 4), ..CallLimits::default() };
    let report = setting.call("hostile", json!({"mode": "spin"}), &limits).await;
    assert_eq!(report.result, Err(CallError::Timeout { limit_ms: 100 }));
    // A hundred times the yield interval would be too much to ask of a busy
    // machine; what epoch yields alone report is under ten thousand.
    assert!(report.spend.fuel >= 1_000_000, "{}", report.spend.fuel);
}

#[tokio::test]
async fn one_thread_serves_others_while_a_guest_spins() {
    let setting = Setting::new().await;
    let limits = CallLimits { wall_ms: Some(300), fuel: Some(u64::MAX / 4), ..CallLimits::default() };
    let mut order = Vec::new();
    let spin = setting.call("hostile", json!({"mode": "spin"}), &limits);
    let good = setting.call("echo", json!({"text": "x"}), &limits);
    tokio::pin!(spin, good);
    // Polled first, the spinner would keep the only thread if it did not yield.
    while order.len() < 2 {
        tokio::select! {
            biased;
            report = &mut spin, if !order.contains(&"spin") => { assert_eq!(code(&report), "timeout"); order.push("spin"); }
            report = &mut good, if !order.contains(&"good") => { assert_eq!(code(&report), "ok"); order.push("good"); }
        }
    }
    assert_eq!(order, ["good", "spin"]);
}

#[tokio::test]
async fn out_of_memory_is_typed_and_its_peak_is_within_the_limit() {
    let setting = Setting::new().await;
    let limits = CallLimits { memory_bytes: Some(8 << 20), ..CallLimits::default() };
    let report = setting.call("hostile", json!({"mode": "allocate"}), &limits).await;
    assert_eq!(report.result, Err(CallError::OutOfMemory { limit_bytes: 8 << 20 }));
    assert!(report.spend.peak_memory > 4 << 20 && report.spend.peak_memory <= 8 << 20, "{:?}", report.spend);
}

#[tokio::test]
async fn typed_ends_say_what_happened() {
    let setting = Setting::new().await;
    let message = |report: CallReport| report.result.unwrap_err().to_string();
    assert!(message(setting.hostile("recurse").await).contains("call stack exhausted"));
    assert!(message(setting.hostile("trap").await).contains("unreachable"));
    // WASI p2 tells success from failure and no more.
    assert!(message(setting.hostile("exit").await).contains("exited with code 1"));
    let Err(CallError::Failed { failure }) = setting.hostile("fail").await.result else { panic!("a failure") };
    assert_eq!(
        (failure.kind, failure.code.as_str(), failure.retry_after_ms),
        (FailureKind::Transient, "try-later", Some(5))
    );
    let panicked = setting.hostile("panic").await;
    assert!(panicked.logs.iter().any(|line| line.level == "error" && line.message.contains("a guest's own panic")));
}

#[tokio::test]
async fn floods_are_dropped_past_their_bound() {
    let setting = Setting::new().await;
    for mode in ["logflood", "stdoutflood"] {
        let report = setting.hostile(mode).await;
        assert_eq!(code(&report), "ok", "{mode}: {:?}", report.result);
        let kept: usize = report.logs.iter().map(|line| line.message.len()).sum();
        assert!(kept > 0 && kept <= 16 * 1024, "{mode} kept {kept} bytes");
    }
}

#[tokio::test]
async fn wrong_input_never_reaches_the_module() {
    let setting = Setting::new().await;
    let report = setting.call("echo", json!({"text": 7}), &CallLimits::default()).await;
    let Err(CallError::InvalidInput { pointer, .. }) = &report.result else { panic!("{:?}", report.result) };
    assert_eq!(pointer, "/text");
    assert_eq!((report.spend.fuel, report.reads.len()), (0, 0));
    let large = json!({"text": "x".repeat(2 << 20)});
    assert_eq!(code(&setting.call("echo", large, &CallLimits::default()).await), "invalid-input");
}

#[tokio::test]
async fn the_same_call_burns_the_same_fuel() {
    let setting = Setting::new().await;
    let first = setting.hostile("hashmap").await;
    assert_eq!(code(&first), "ok");
    for _ in 0..50 {
        let again = setting.hostile("hashmap").await;
        assert_eq!(again.result, first.result);
        assert_eq!(again.spend.fuel, first.spend.fuel);
    }
    let limits = CallLimits::default();
    let other = setting.call_as("hostile", "call_2", json!({"mode": "hashmap"}), &setting.rights, &limits).await;
    assert_ne!(output(&other), output(&first), "another call draws other numbers");
}

#[tokio::test]
async fn time_stands_still_and_sleep_takes_none() {
    let setting = Setting::new().await;
    // The deadline would end a real sleep of an hour.
    let slept = setting.hostile("sleeper").await;
    assert_eq!(output(&slept), &json!({"slept": 3600}));
    assert_eq!(output(&setting.hostile("clock").await), &json!({"ms": NOW.0}));
}

#[tokio::test]
async fn there_is_nothing_around_a_guest() {
    let setting = Setting::new().await;
    let report = setting.hostile("surroundings").await;
    assert_eq!(output(&report), &json!({"env": 0, "args": 0, "root": false, "write": false, "stdin": ""}));
}

#[tokio::test]
async fn slots_come_back_whatever_happens() {
    let setting = Setting::new().await;
    // Three times the pool, so that one leaked slot would stop the last calls.
    for round in 0..24 {
        let mode = ["trap", "recurse", "allocate"][round % 3];
        assert_ne!(code(&setting.hostile(mode).await), "ok");
    }
    let short = CallLimits { wall_ms: Some(20), fuel: Some(u64::MAX / 4), ..CallLimits::default() };
    for _ in 0..9 {
        assert_eq!(code(&setting.call("hostile", json!({"mode": "spin"}), &short).await), "timeout");
    }
    let report = setting.call("echo", json!({"text": "still here"}), &CallLimits::default()).await;
    assert_eq!(code(&report), "ok");
}

#[tokio::test]
async fn a_module_that_is_gone_is_said_to_be() {
    let setting = Setting::new().await;
    let mut skill = setting.skill("echo");
    skill.digest = "sha256:0".into();
    let call = super::setting::call("c", json!({"text": "x"}));
    use skillhost_engine::skill::SkillRunner;
    let doors = std::sync::Arc::new(super::setting::Notes);
    let report = setting.runner.call(&skill, call, &setting.rights, &CallLimits::default(), doors).await;
    assert_eq!(code(&report), "unavailable");
}

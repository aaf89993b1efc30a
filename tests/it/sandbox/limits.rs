//! One test runs into each limit of a call that no other test does; `docs/limits.md`
//! lists them all.

use serde_json::json;
use skillhost_engine::limits::{CallLimits, DEFAULT_INPUT_BYTES, DEFAULT_LOG_BYTES};
use skillhost_engine::skill::CallError;

use super::setting::Setting;

#[tokio::test]
async fn input_past_its_bytes_never_reaches_the_module() {
    let setting = Setting::new().await;
    let most = usize::try_from(DEFAULT_INPUT_BYTES).unwrap();
    let frame = json!({ "mode": "", "pad": "" }).to_string().len();
    let fits =
        setting.call("hostile", json!({ "mode": "", "pad": "x".repeat(most - frame) }), &CallLimits::default()).await;
    assert!(fits.result.is_ok(), "{:?}", fits.result);
    let over = setting
        .call("hostile", json!({ "mode": "", "pad": "x".repeat(most - frame + 1) }), &CallLimits::default())
        .await;
    let Err(CallError::InvalidInput { message, .. }) = over.result else { panic!("{:?}", over.result) };
    assert!(message.contains(&DEFAULT_INPUT_BYTES.to_string()), "{message}");
    assert_eq!(over.spend.fuel, 0);
}

#[tokio::test]
async fn an_outcome_past_its_bytes_is_a_typed_end() {
    let setting = Setting::new().await;
    let roomy = CallLimits { memory_bytes: Some(512 << 20), outcome_bytes: Some(1 << 20), ..CallLimits::default() };
    let report = setting.call("hostile", json!({ "mode": "hundredmb" }), &roomy).await;
    assert_eq!(report.result, Err(CallError::OutcomeTooLarge { limit_bytes: 1 << 20 }));
}

#[tokio::test]
async fn log_lines_past_their_bytes_are_dropped_at_a_tighter_bound_too() {
    let setting = Setting::new().await;
    for bound in [DEFAULT_LOG_BYTES, 2048, 0] {
        let limits = CallLimits { log_bytes: Some(bound), ..CallLimits::default() };
        let report = setting.call("hostile", json!({ "mode": "logflood" }), &limits).await;
        assert!(report.result.is_ok(), "{:?}", report.result);
        let kept: usize = report.logs.iter().map(|line| line.message.len()).sum();
        assert!(kept <= usize::try_from(bound).unwrap(), "{kept} of {bound}");
        assert_eq!(kept > 0, bound > 0);
    }
}

#[tokio::test]
async fn the_stack_ends_before_the_process_does() {
    let setting = Setting::new().await;
    let report = setting.hostile("recurse").await;
    let Err(CallError::Trap { message }) = report.result else { panic!("{:?}", report.result) };
    assert!(message.contains("call stack exhausted"), "{message}");
}

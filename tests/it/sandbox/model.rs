//! The model door: what it costs in fuel and money, what it bounds, what it records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::limits::{CallLimits, MAX_ASK_BYTES};
use skillhost_engine::model::{Finish, ModelAnswer, ModelAsk, ModelError, ModelErrorKind, ModelUsage};
use skillhost_engine::skill::{CallError, CallReport, Door, SkillRunner};
use skillhost_engine::time::MicroUsd;

use super::setting::{Setting, call};

/// A model that says the same after more and more turns of the executor.
#[derive(Default)]
struct Slow {
    asked: AtomicU32,
    refuses: Option<ModelErrorKind>,
}

#[async_trait::async_trait]
impl Doors for Slow {
    async fn read(&self, _: Query) -> Result<Snapshot, ReadError> {
        Err(ReadError::new(ReadErrorKind::NotFound, "nothing"))
    }

    async fn generate(&self, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let turns = self.asked.fetch_add(1, Ordering::SeqCst) * 500;
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        if let Some(kind) = self.refuses {
            let cost = MicroUsd(70);
            return Err(ModelError { kind, message: "no".into(), retry_after_ms: Some(9), cost });
        }
        assert_eq!(ask.messages.len(), 2);
        let usage = ModelUsage { input_tokens: 12, cached_input_tokens: 0, output_tokens: 3, cost: MicroUsd(1_500) };
        Ok(ModelAnswer { text: "yes".into(), model: "small-1".into(), finish: Finish::Complete, usage })
    }
}

async fn ask(setting: &Setting, doors: &Arc<Slow>, input: Value, limits: &CallLimits) -> CallReport {
    let doors: Arc<dyn Doors> = Arc::clone(doors) as Arc<dyn Doors>;
    setting.runner.call(&setting.skill("asks"), call("call_1", input), &setting.rights, limits, doors).await
}

#[tokio::test]
async fn the_same_answers_burn_the_same_fuel_however_long_they_took() {
    let setting = Setting::new().await;
    let doors = Arc::new(Slow::default());
    let first = ask(&setting, &doors, json!({ "times": 2 }), &CallLimits::default()).await;
    let heard = first.result.as_ref().unwrap().output["heard"].clone();
    assert_eq!(heard[0]["text"], "yes");
    for _ in 0..10 {
        let again = ask(&setting, &doors, json!({ "times": 2 }), &CallLimits::default()).await;
        assert_eq!((again.spend.fuel, &again.result), (first.spend.fuel, &first.result));
        assert_eq!(again.reads, first.reads);
    }
    assert_eq!(doors.asked.load(Ordering::SeqCst), 22);
}

#[tokio::test]
async fn an_ask_leaves_its_record_its_answer_and_its_money() {
    let setting = Setting::new().await;
    let doors = Arc::new(Slow::default());
    let report = ask(&setting, &doors, json!({ "times": 2 }), &CallLimits::default()).await;
    let heard = report.result.unwrap().output["heard"].clone();
    assert_eq!((&heard[0]["left_before"], &heard[0]["left_after"]), (&json!(200_000), &json!(198_500)));
    assert_eq!(heard[1]["left_after"], 197_000);
    assert_eq!((report.spend.money, report.spend.host_calls), (MicroUsd(3_000), 2));
    assert_eq!(report.reads.len(), 2);
    for (nth, (record, answer)) in report.reads.iter().zip(&report.answers).enumerate() {
        assert_eq!((record.door, record.source.as_str()), (Door::Llm, "fast"));
        assert_eq!((record.model.as_deref(), record.cost), (Some("small-1"), MicroUsd(1_500)));
        assert_eq!((&record.read_id, &answer.read_id), (&format!("r{}", nth + 1), &record.read_id));
        assert_eq!(record.digest.as_deref(), Some(sha256(answer.body.as_bytes()).as_str()));
        let said: ModelAnswer = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(said.text, "yes");
    }
}

#[tokio::test]
async fn a_refused_ask_costs_what_was_settled_and_is_recorded() {
    let setting = Setting::new().await;
    let doors = Arc::new(Slow { refuses: Some(ModelErrorKind::Unavailable), ..Slow::default() });
    let report = ask(&setting, &doors, json!({}), &CallLimits::default()).await;
    let Err(CallError::Failed { failure }) = &report.result else { panic!("{:?}", report.result) };
    assert_eq!((failure.code.as_str(), failure.retry_after_ms), ("unavailable", Some(9)));
    assert_eq!(report.spend.money, MicroUsd(70));
    assert_eq!((report.reads[0].refusal.as_deref(), report.reads[0].cost), (Some("unavailable"), MicroUsd(70)));
    assert!(report.answers.is_empty());
}

#[tokio::test]
async fn fuel_that_does_not_cover_the_longest_answer_ends_the_call_before_it_costs_money() {
    let setting = Setting::new().await;
    let doors = Arc::new(Slow::default());
    let limits = CallLimits { fuel: Some(1_000_000), ..CallLimits::default() };
    let cheap = ask(&setting, &doors, json!({ "most": 100 }), &limits).await;
    assert!(cheap.result.is_ok(), "{:?}", cheap.result);
    let dear = ask(&setting, &doors, json!({ "most": 32_768 }), &limits).await;
    assert_eq!(dear.result, Err(CallError::OutOfFuel { limit: 1_000_000 }));
    assert_eq!((doors.asked.load(Ordering::SeqCst), dear.spend.money), (1, MicroUsd(0)), "it was not asked");
}

#[tokio::test]
async fn asks_are_bounded_before_they_are_put() {
    let setting = Setting::new().await;
    let doors = Arc::new(Slow::default());
    for (input, code) in [
        (json!({ "question": "x".repeat(MAX_ASK_BYTES) }), "invalid-request"),
        (json!({ "question": "" }), "invalid-request"),
        (json!({ "most": 0 }), "invalid-request"),
        (json!({ "most": 32_769 }), "invalid-request"),
        (json!({ "class": "deep" }), "denied"),
    ] {
        let report = ask(&setting, &doors, input, &CallLimits::default()).await;
        let Err(CallError::Failed { failure }) = &report.result else { panic!("{:?}", report.result) };
        assert_eq!(failure.code, code);
        assert_eq!(report.reads[0].refusal.as_deref(), Some(code));
    }
    let few = CallLimits { host_calls: Some(1), ..CallLimits::default() };
    let report = ask(&setting, &doors, json!({ "times": 2 }), &few).await;
    let Err(CallError::Failed { failure }) = &report.result else { panic!("{:?}", report.result) };
    assert_eq!((failure.code.as_str(), report.spend.host_calls), ("limit", 1));
    let tight = CallLimits { read_bytes: Some(10), ..CallLimits::default() };
    let report = ask(&setting, &doors, json!({}), &tight).await;
    let Err(CallError::Failed { failure }) = &report.result else { panic!("{:?}", report.result) };
    assert_eq!((failure.code.as_str(), report.spend.money), ("limit", MicroUsd(1_500)), "it was paid for all the same");
}

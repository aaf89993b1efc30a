//! A call whose models nothing is left for: what the skills say by themselves stands.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::json;
use skillhost_connectors::models::{Provider, Target};
use skillhost_engine::job::JobStatus;
use skillhost_engine::price::Price;
use skillhost_engine::purse::{Budget, Period, Scope};
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{Batch, Write};
use skillhost_engine::time::MicroUsd;
use skillhost_server::demo_data::ORG;
use skillhost_tests::model_double::{MODEL_KEY, ModelDouble, Reply};
use skillhost_tests::setting::turn::{course, open, state};
use skillhost_tests::setting::{Setting, demo};
use skillhost_tests::slack_rep;

/// A tenth of a cent a thousand tokens.
const PRICE: Price = Price { input: 1_000_000, cached_input: 1_000_000, cache_write: None, output: 1_000_000 };
/// The steps of a call that may ask a model.
const MAY_ASK: [&str; 4] = ["action_items", "intents", "draft", "coaching"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_worked_on_by_rules_where_no_budget_covers_a_model() {
    let double = ModelDouble::start().await;
    double.only(Reply::Says("{}", 50, 10, 7));
    let target = |model: &str| Target {
        provider: Provider::OpenaiCompatible,
        model: model.to_owned(),
        endpoint: format!("{}/v1", double.base).parse().unwrap(),
        key: Some(SecretString::from(MODEL_KEY.to_owned())),
        max_output_tokens: 4096,
    };
    let models: BTreeMap<String, Target> =
        ["fast", "balanced"].map(|class| (class.to_owned(), target(class))).into_iter().collect();
    let document = demo(&json!({ "coaching": "per_meeting" }));
    let setting = Setting::start_with("2026-11-20T15:00:00Z", &document, |config| {
        config.models = models;
        let prices = ["fast", "balanced"].map(|model| (model.to_owned(), PRICE));
        config.prices.models.insert("openai-compatible".to_owned(), BTreeMap::from(prices));
        config.default_grant = Grant::Unrestricted;
    })
    .await;
    let nothing = Budget {
        org: ORG.into(),
        scope: Scope::Org,
        period: Period::Day,
        limit: Some(MicroUsd(0)),
        at: setting.host.app.clock.now(),
    };
    setting.host.app.store.commit(Batch { writes: vec![Write::Budget(nothing)] }).await.unwrap();

    let job = setting.deliver_call().await;
    let view = setting.rested(&job).await;
    assert_ne!(view.status, JobStatus::AwaitingBudget, "{:?}", view.reason);
    for step in MAY_ASK {
        assert_eq!(state(&view, step), "settled", "{step}: {}", course(&view));
    }
    assert!(view.outputs["intents"]["commitments"].as_array().is_some_and(|found| !found.is_empty()));
    assert!(open(&view).any(|question| question.step == "send"), "{}", course(&view));
    assert_eq!(double.asked().len(), 0, "nothing is asked that nobody pays for");
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    setting.stop().await;
}

//! A morning on which the step that says which meetings are prepared does not run: the
//! meetings themselves are in the brief all the same.

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::ApiKey;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::test_host::{digest, key};

use skillhost_tests::setting::{Setting, demo};

const STEP: &str = "check-meeting-prep-status";
const OPERATOR: &str = "operator-of-ways";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brief_has_the_meetings_also_where_nobody_knows_which_are_prepared() {
    let setting = Setting::start("2026-11-20T08:35:00Z", &demo(&json!({}))).await;
    let operator = ApiKey {
        digest: digest(&key(OPERATOR)),
        org: ORG.into(),
        user: REP.into(),
        client: OPERATOR.to_owned(),
        operator: true,
        scopes: Vec::new(),
    };
    setting.host.app.store.put_api_key(&operator).await.unwrap();
    let (_, skill) = setting.host.get(OPERATOR, &format!("/v1/skills/{STEP}")).await;
    let module = skill["active"].as_str().unwrap_or_else(|| panic!("{skill:#}"));
    let revoke = format!("/v1/modules/{module}/revoke");
    let (status, said) = setting.host.post(OPERATOR, &revoke, &json!({ "reason": "a test" })).await;
    assert_eq!(status, 200, "{said}");

    let brief = setting.raise("morning_brief", &json!({})).await;
    setting.rest().await;
    let view = setting.view(&brief).await;
    assert_eq!(view.status, JobStatus::Completed, "{:?}", view.reason);
    let failed: Vec<&str> =
        view.steps.iter().filter(|step| step.state == "failed").map(|step| step.name.as_str()).collect();
    assert_eq!(failed, ["meetings"]);
    let said = view.outputs["brief"]["text"].as_str().unwrap();
    assert!(said.contains("**Meetings today (") && said.contains("10:00"), "{said}");
    assert!(said.contains("_Not available: which meetings are prepared"), "{said}");
    setting.stop().await;
}

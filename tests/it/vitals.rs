//! What tells trouble early, and what happens at the bounds.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_tests::test_host::{ADMIN, REP, TestHost, key};

async fn metrics(host: &TestHost, user: &str) -> (u16, String, String) {
    let answer = host.http.get(host.url("/metrics")).bearer_auth(key(user)).send().await.unwrap();
    let media = answer.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
    (answer.status().as_u16(), media, answer.text().await.unwrap())
}

fn value(text: &str, metric: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {metric} in\n{text}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_say_what_waits_and_how_calls_ended_to_an_operator_only() {
    let host = TestHost::start(|_| {}).await;
    let (status, _, _) = metrics(&host, REP).await;
    assert_eq!(status, 403, "figures of every org are no org's");
    assert_eq!(host.http.get(host.url("/metrics")).send().await.unwrap().status(), 401);

    host.ask("email", "m1").await;
    host.clock.advance(90_000);
    let (status, media, text) = metrics(&host, ADMIN).await;
    assert_eq!(status, 200);
    assert!(media.starts_with("application/openmetrics-text"), "{media}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert_eq!(value(&text, "skillhost_jobs{state=\"awaiting_approval\"}"), 1.0);
    assert_eq!(value(&text, "skillhost_open_approvals"), 1.0);
    assert_eq!(value(&text, "skillhost_oldest_open_approval_seconds"), 90.0);
    assert_eq!(value(&text, "skillhost_oldest_runnable_job_seconds"), 0.0);
    assert_eq!(value(&text, "skillhost_purse_drift_micro_usd"), 0.0);
    assert_eq!(value(&text, "skillhost_calls_total{skill=\"propose\",end=\"ok\"}"), 1.0);
    let commits = value(&text, "skillhost_commit_seconds_count");
    assert!(commits >= 2.0, "the event and the question");
    assert_eq!(value(&text, "skillhost_commit_seconds_bucket{le=\"+Inf\"}"), commits);
    host.stop().await;
}

/// What a status finds wrong; how fast this machine's disk is says nothing of the host.
fn findings(body: &Value) -> Vec<Value> {
    let mut found = body["findings"].as_array().unwrap().clone();
    found.retain(|finding| finding["figure"] != "commits");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_has_a_hint_at_each_figure_that_is_out_of_range() {
    let host = TestHost::start(|_| {}).await;
    host.ask("email", "m1").await;
    let (status, body) = host.get(ADMIN, "/v1/status").await;
    assert_eq!((status, findings(&body)), (200, vec![]), "{body}");
    host.clock.advance(13 * 3_600_000);
    let (_, body) = host.get(ADMIN, "/v1/status").await;
    let found = findings(&body);
    assert_eq!((found.len(), &found[0]["figure"]), (1, &json!("asked_since")), "{body}");
    assert!(found[0]["hint"].as_str().unwrap().contains("approvals"), "{body}");
    assert_eq!(host.get(REP, "/v1/status").await.0, 403);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_bound_of_open_jobs_nothing_is_accepted_until_one_ends() {
    let host = TestHost::start(|config| config.open_jobs = 2).await;
    let (first, _) = host.ask("email", "m1").await;
    host.ask("email", "m2").await;
    let event = json!({ "type": "email_received", "payload": { "message_id": "m3", "ask": "email" } });
    let refused = host.http.post(host.url("/v1/events")).bearer_auth(key(REP)).json(&event).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!((&problem["type"], &problem["bound"]), (&json!("urn:skillhost:problem:too-many-open-jobs"), &json!(2)));
    let (_, jobs) = host.get(REP, "/v1/jobs").await;
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 2, "nothing of it was stored: {jobs}");

    // Who did not hear that it was taken is told so.
    let again = json!({ "type": "email_received", "payload": { "message_id": "m1", "ask": "email" } });
    let (status, taken) = host.post(REP, "/v1/events", &again).await;
    assert_eq!((status, &taken["duplicate"], &taken["job_id"]), (200, &json!(true), &json!(first)), "{taken}");

    let (status, _) = host.post(REP, &format!("/v1/jobs/{first}/cancel"), &json!({})).await;
    assert_eq!(status, 200);
    // The door is counted anew a second later.
    host.clock.advance(1000);
    let (status, taken) = host.post(REP, "/v1/events", &event).await;
    assert_eq!((status, &taken["duplicate"]), (202, &json!(false)), "the same event, and it is no duplicate: {taken}");
    host.stop().await;
}

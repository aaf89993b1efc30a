//! What people tell jobs, through the real server: pause and resume, retry from a
//! step, another output, an effect once more, the job anew, and many at once.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::approval::MAX_UNDO_MS;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::Timestamp;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, TestHost};

fn kind(answer: &Value) -> &str {
    answer["type"].as_str().unwrap_or_default().trim_start_matches("urn:skillhost:problem:")
}

/// The reasons that a job's audit has for an action.
async fn reasons(host: &TestHost, job: &str, action: &str) -> Vec<(Value, Value)> {
    let (_, audit) = host.get(REP, &format!("/v1/jobs/{job}/audit")).await;
    let rows = audit["audit"].as_array().unwrap().iter().filter(|row| row["action"] == action);
    rows.map(|row| (row["actor"].clone(), row["detail"]["reason"].clone())).collect()
}

#[tokio::test]
async fn a_paused_job_takes_answers_and_acts_on_them_when_resumed_and_a_retry_repeats_nothing() {
    let host = TestHost::start(|_| {}).await;
    let (job, question) = host.ask("tasks", "m-1").await;
    let at = |verb: &str| format!("/v1/jobs/{job}/{verb}");
    let (status, refused) = host.post(OTHER, &at("pause"), &json!({})).await;
    assert_eq!(status, 404, "{refused}");
    let (status, view) = host.post(ADMIN, &at("pause"), &json!({"reason": "wrong list"})).await;
    assert_eq!((status, &view["status"]), (200, &json!("paused")), "{view}");
    assert_eq!(reasons(&host, &job, "job.pause").await, [(json!("user:eve"), json!("wrong list"))]);
    let (status, again) = host.post(REP, &at("pause"), &json!({})).await;
    assert_eq!((status, kind(&again)), (409, "wrong-state"), "{again}");
    assert!(again["hint"].is_string() && again["job_status"] == "paused", "{again}");

    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, answered) =
        host.post(REP, &path, &json!({"answer": "items", "items": [{"item": "one", "approve": true}]})).await;
    assert_eq!(status, 200, "{answered}");
    let (_, held) = host.get(REP, &format!("/v1/jobs/{job}")).await;
    assert_eq!((&held["status"], &held["effects"][0]["state"]), (&json!("paused"), &json!("ready")), "{held}");
    assert_eq!(host.app.store.due_effects(host.app.clock.now(), 10).await.unwrap(), [], "nothing of it is due");

    let (status, _) = host.post(REP, &at("resume"), &json!({})).await;
    assert_eq!(status, 200);
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    assert_eq!(done.effects[0].state, EffectState::Sent);

    // From the step: the task that was made is not asked about again, the other one is.
    let (status, nowhere) = host.post(REP, &at("retry"), &json!({"from": "asc"})).await;
    assert_eq!((status, kind(&nowhere)), (422, "no-such-step"), "{nowhere}");
    assert_eq!(nowhere["hint"], "Its steps are ask.");
    let (status, back) = host.post(REP, &at("retry"), &json!({"from": "ask", "reason": "once more"})).await;
    assert_eq!(status, 200, "{back}");
    let asked = host.until(&job, |view| view.approvals.len() == 2).await;
    let open = serde_json::to_string(&asked.approvals[1].card).unwrap();
    assert!(open.contains("Book the room") && !open.contains("Send the questionnaire"), "{open}");
    assert_eq!(reasons(&host, &job, "effect.not_repeated").await.len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn an_output_is_replaced_and_a_job_runs_anew() {
    let host = TestHost::start(|_| {}).await;
    let (job, question) = host.ask("tasks", "m-1").await;
    let output = format!("/v1/jobs/{job}/steps/ask/output");
    let (status, view) =
        host.post(REP, &output, &json!({"output": {"asked": "by hand"}, "reason": "it was wrong"})).await;
    assert_eq!((status, &view["outputs"]["asked"]), (200, &json!({"asked": "by hand"})), "{view}");
    assert_eq!(view["steps"][0]["edited_by"], REP);
    let (_, origin) = host.get(REP, &format!("/v1/jobs/{job}/provenance")).await;
    let edit = &origin["edits"][0];
    assert_eq!((&edit["by"], &edit["before"]), (&json!(REP), &origin["outputs"][0]["output"]), "{edit}");
    assert_ne!(edit["before"], edit["after"]);
    assert_eq!(reasons(&host, &job, "output.edited").await, [(json!("user:ada"), json!("it was wrong"))]);
    // A schema that it does not match is named with the place.
    let (status, refused) = host.post(REP, &output, &json!({"output": {"asked": 7}})).await;
    assert_eq!((status, kind(&refused), &refused["pointer"]), (422, "invalid-output", &json!("/asked")), "{refused}");

    let anew = format!("/v1/jobs/{job}/anew");
    let (status, open) = host.post(REP, &anew, &json!({})).await;
    assert_eq!((status, kind(&open)), (409, "wrong-state"), "{open}");
    let (status, _) = host.post(REP, &format!("/v1/jobs/{job}/cancel"), &json!({"reason": "enough"})).await;
    assert_eq!(status, 200);
    let (status, fresh) = host.post(REP, &anew, &json!({"reason": "after all"})).await;
    assert_eq!((status, &fresh["anew_of"]), (200, &json!(job)), "{fresh}");
    let id = fresh["id"].as_str().unwrap();
    let (_, old) = host.get(REP, &format!("/v1/jobs/{job}")).await;
    assert_eq!(
        (&old["anew"], &old["status"], &old["reason"]),
        (&json!([id]), &json!("cancelled"), &json!("cancelled by ada: enough"))
    );
    let asked = host.until(id, |view| !view.approvals.is_empty()).await;
    assert_ne!(json!(asked.approvals[0].id), question["id"], "it asks for itself");
    let (status, late) = host
        .post(REP, &format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap()), &json!({"answer": "approve"}))
        .await;
    assert_eq!((status, kind(&late)), (409, "already-settled"), "the old question is void: {late}");
    host.stop().await;
}

#[tokio::test]
async fn an_effect_that_was_given_up_is_listed_and_sent_again_by_its_person() {
    let host = TestHost::start(|_| {}).await;
    let suppressed = json!({ "suppressions": [{ "org_id": ORG, "address": "mira@globex.example", "reason": "said so", "at": "2026-01-01T00:00:00Z" }] });
    host.app.store.load_data(&suppressed, Timestamp(i64::MAX)).await.unwrap();
    let (job, question) = host.ask("email", "m-1").await;
    let path = format!("/v1/approvals/{}/answer", question["id"].as_str().unwrap());
    let (status, _) = host.post(REP, &path, &json!({"answer": "approve"})).await;
    assert_eq!(status, 200);
    host.clock.advance(MAX_UNDO_MS);
    host.until(&job, |view| view.status == JobStatus::Completed).await;
    let (_, failed) = host.get(REP, "/v1/effects/failed").await;
    let entry = &failed["effects"][0];
    assert_eq!((&entry["job_id"], &entry["effect"]["state"]), (&json!(job), &json!("dead")), "{failed}");
    let (_, others) = host.get(OTHER, "/v1/effects/failed").await;
    assert_eq!(others["effects"], json!([]));

    let requeue = format!("/v1/effects/{}/requeue", entry["effect"]["key"].as_str().unwrap());
    for (user, body, status, problem) in [
        (OTHER, json!({}), 404, "not-found"),
        (ADMIN, json!({}), 403, "not-yours"),
        (REP, json!({"decision": "sent"}), 409, "not-dead"),
    ] {
        let (got, answer) = host.post(user, &requeue, &body).await;
        assert_eq!((got, kind(&answer)), (status, problem), "{user} {answer}");
        assert!(problem == "not-found" || answer["hint"].is_string(), "{answer}");
    }
    let (status, row) = host.post(REP, &requeue, &json!({"reason": "she asked for it"})).await;
    assert_eq!((status, &row["state"], &row["key"]), (200, &json!("ready"), &entry["effect"]["key"]), "{row}");
    assert_eq!(reasons(&host, &job, "effect.requeued").await, [(json!("user:ada"), json!("she asked for it"))]);
    host.stop().await;
}

#[tokio::test]
async fn many_jobs_are_told_by_a_filter_and_only_when_it_is_meant() {
    let host = TestHost::start(|_| {}).await;
    let (first, _) = host.ask("tasks", "m-1").await;
    host.clock.advance(3_600_000);
    let (second, _) = host.ask("tasks", "m-2").await;
    let bulk = |fields: Value| {
        let mut body = json!({"order": "pause"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    for wrong in [json!({}), json!({"status": ["failed"], "limit": 0}), json!({"older_than_ms": -1})] {
        let (status, refused) = host.post(ADMIN, "/v1/jobs/bulk", &bulk(wrong.clone())).await;
        assert_eq!((status, kind(&refused)), (422, "invalid-field"), "{wrong} {refused}");
    }
    let state = async |job: &str| host.get(REP, &format!("/v1/jobs/{job}")).await.1["status"].clone();
    // Nothing is done by leaving `dry_run` out.
    let old = bulk(json!({"sequence": "asked", "older_than_ms": 1_800_000}));
    let (status, would) = host.post(ADMIN, "/v1/jobs/bulk", &old).await;
    assert_eq!((status, &would["dry_run"], would["jobs"].as_array().unwrap().len()), (200, &json!(true), 1), "{would}");
    assert_eq!((&would["jobs"][0]["job_id"], state(&first).await), (&json!(first), json!("awaiting_approval")));
    let (_, none) = host.post(OTHER, "/v1/jobs/bulk", &bulk(json!({"sequence": "asked"}))).await;
    assert_eq!(none["jobs"], json!([]), "another's jobs are not found");
    let mut meant = old;
    meant["dry_run"] = json!(false);
    let (_, done) = host.post(ADMIN, "/v1/jobs/bulk", &meant).await;
    assert_eq!(done["jobs"][0]["status"], "paused", "{done}");
    assert_eq!((state(&first).await, state(&second).await), (json!("paused"), json!("awaiting_approval")));
    // What a single job refuses is on its line, and the page says where to go on.
    let every = bulk(json!({"event_type": "email_received", "dry_run": false, "limit": 2}));
    let (_, done) = host.post(ADMIN, "/v1/jobs/bulk", &every).await;
    let line = |job: &str| done["jobs"].as_array().unwrap().iter().find(|line| line["job_id"] == job).unwrap().clone();
    assert!(line(&first)["refused"].is_string() && line(&first)["hint"].is_string(), "{done}");
    assert_eq!((&line(&second)["status"], &done["next_before"]), (&json!("paused"), &json!(first)), "{done}");
    host.stop().await;
}

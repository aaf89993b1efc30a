//! What became of suggestions, as people ask for it.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::Arc;

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use skillhost_engine::job::JobStatus;
use skillhost_engine::store::JobFilter;
use skillhost_engine::time::Timestamp;
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::process::binary;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestClock, TestHost, key};

async fn answer(host: &TestHost, approval: &Value, body: Value) {
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, said) = host.post(REP, &path, &body).await;
    assert_eq!(status, 200, "{said}");
}

/// Marks are set in the background; a report has them a moment later.
async fn until(host: &TestHost, user: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let (status, report) = host.get(user, "/v1/report").await;
        assert_eq!(status, 200, "{report}");
        if wanted(&report) {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the report does not come to it: {}", host.get(user, "/v1/report").await.1);
}

fn measure<'r>(report: &'r Value, key: &str) -> &'r Value {
    report["measures"].as_array().unwrap().iter().find(|measure| measure["key"] == key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_what_was_seen_pressed_taken_and_irrelevant() {
    let host = TestHost::start(|_| {}).await;
    let mut asked = Vec::new();
    for n in 0..4 {
        asked.push(host.ask("email", &format!("m-{n}")).await.1);
    }
    // Somebody else's look is none of the person's.
    let first = format!("/v1/approvals/{}", asked[0]["id"].as_str().unwrap());
    assert_eq!(host.get(ADMIN, &first).await.0, 200);
    host.clock.advance(60_000);
    let report = until(&host, REP, |_| true).await;
    assert_eq!((&report["suggestions"]["asked"], &report["suggestions"]["viewed"]), (&json!(4), &json!(0)));

    assert_eq!(host.get(REP, &first).await.0, 200);
    until(&host, REP, |report| report["suggestions"]["viewed"] == 1).await;
    answer(&host, &asked[1], json!({ "answer": "approve" })).await;
    answer(&host, &asked[2], json!({ "answer": "skip", "irrelevant": true })).await;
    answer(&host, &asked[3], json!({ "answer": "skip" })).await;
    // Taken and of no use at once is no answer.
    let path = format!("/v1/approvals/{}/answer", asked[0]["id"].as_str().unwrap());
    let (status, said) = host.post(REP, &path, &json!({ "answer": "approve", "irrelevant": true })).await;
    assert_eq!(status, 422, "{said}");
    let report = until(&host, REP, |report| report["suggestions"]["dismissed"] == 2).await;
    let counts = &report["suggestions"];
    for (name, count) in [("asked", 4), ("viewed", 4), ("clicked", 3), ("accepted", 1), ("irrelevant", 1), ("open", 1)]
    {
        assert_eq!(counts[name], count, "{name}: {counts}");
    }
    assert_eq!(report["measures"][0]["key"], "false_positives");
    assert_eq!(
        (&measure(&report, "false_positives")["cases"], &measure(&report, "false_positives")["met"]),
        (&json!([1, 3]), &json!(false))
    );
    assert_eq!(
        (&report["by_skill"][0]["skill"], &report["by_skill"][0]["version"]),
        (&json!("propose"), &json!("1.0.0"))
    );
    assert_eq!(report["by_skill"][0]["irrelevant"], 1);
    assert_eq!(report["by_sequence"][0]["irrelevant"], 1);

    // Everybody reads their own, an admin the org's.
    assert_eq!(host.get(OTHER, "/v1/report").await.1["suggestions"]["asked"], 0);
    let all = host.get(ADMIN, "/v1/report").await.1;
    assert_eq!((&all["suggestions"]["asked"], &all["user"]), (&json!(4), &Value::Null));
    assert_eq!(report["user"], REP);
    let before = format!("/v1/report?until={}", START.0);
    assert_eq!(host.get(REP, &before).await.1["suggestions"]["asked"], 0);
    for query in ["since=yesterday", "since=2026-11-04&until=2026-11-03", "since=2020-01-01&until=2026-01-01"] {
        assert_eq!(host.get(REP, &format!("/v1/report?{query}")).await.0, 400, "{query}");
    }

    // The inbox shows whole questions.
    let sign_in = issue_sign_in(&host.app, &ORG.into(), &REP.into()).await.unwrap();
    let response = host.http.get(host.url(&sign_in)).send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    host.ask("tasks", "m-5").await;
    host.clock.advance(1_000);
    assert_eq!(host.http.get(host.url("/inbox")).header(COOKIE, &cookie).send().await.unwrap().status(), 200);
    until(&host, REP, |report| report["suggestions"]["viewed"] == 5).await;

    let key_file = host.folder().path().join("key");
    std::fs::write(&key_file, key(REP)).unwrap();
    let cli = |more: &[&str]| {
        let mut command = Command::new(binary());
        command.arg("report").args(more).args(["--url", &host.base, "--key-file"]).arg(&key_file);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let words = cli(&["--since", "2026-11-01"]);
    let at = |word: &str| words.find(word).unwrap_or_else(|| panic!("{word} is not in {words}"));
    assert!(
        at("Irrelevant suggestions\t33.3 %\tbelow 15.0 %\tno\t1 of 3\tmeasured") < at("Suggestions accepted"),
        "{words}"
    );
    assert!(at("propose\t1.0.0\t1 (33.3 %)") > at("Hours saved"), "{words}");
    let json: Value = serde_json::from_str(&cli(&["--json"])).unwrap();
    assert_eq!(json["measures"].as_array().unwrap().len(), 10);
    host.stop().await;
}

/// Waits until so many briefs have been told, and nothing of them is left to do.
async fn briefed(host: &TestHost, count: usize) {
    let filter = JobFilter { event_type: Some("pre_meeting_90min".to_owned()), limit: 50, ..JobFilter::default() };
    for _ in 0..400 {
        let jobs = host.app.store.jobs(&ORG.into(), &filter).await.unwrap();
        if jobs.len() == count && jobs.iter().all(|job| job.status == JobStatus::Completed) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{count} briefs do not come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_without_a_brief_counts_whether_the_records_or_a_calendar_know_of_it() {
    const MINUTE: i64 = 60_000;
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let sequence = "sequence: pre_meeting_90min\nversion: 1\nevent: pre_meeting_90min\nquiet_hours: ignore\n\
                    schedule: { before_meeting_minutes: 90 }\nsteps:\n  tell:\n    action: card\n    \
                    with: { title: \"'Soon'\", text: \"'Your meeting'\" }\n";
    std::fs::write(folder.path().join("sequences/brief.yaml"), sequence).unwrap();
    let host = TestHost::on_modules(Arc::new(folder), TestClock::new(), |_| {}).await.unwrap();
    let at = |minutes: i64| START.plus_ms(minutes * MINUTE).rfc3339();
    let put = async |document: Value| {
        host.app.store.load_data(&document, Timestamp(i64::MAX)).await.unwrap();
        host.app.wake.schedules_moved();
    };
    let event = |id: &str, minutes: i64| {
        json!({ "id": id, "org_id": ORG, "calendar_id": "k", "title": id, "starts": at(minutes),
            "ends": at(minutes + 30), "updated_at": at(0), "attendees": [{ "name": "Mira", "email": "mira@globex.example" }] })
    };
    let meeting = |id: &str, owner: &str, minutes: i64| {
        json!({ "id": id, "org_id": ORG, "title": id, "started_at": at(minutes), "owner_id": owner,
            "attendees": [{ "name": "Mira", "email": "mira@globex.example" }] })
    };
    // What was before the host began to work for the org is not its to prepare.
    put(json!({
        "calendars": [{ "id": "k", "org_id": ORG, "user_id": REP, "name": "k" }],
        "calendar_events": [event("k/1", 120), event("k/past", -300)],
        "meetings": [meeting("m9", REP, 180), meeting("old", REP, -200)],
    }))
    .await;
    let cases = async |user: &str| {
        let (_, report) = host.get(user, "/v1/report").await;
        measure(&report, "briefs_on_time")["cases"].clone()
    };
    for _ in 0..400 {
        if host.app.store.schedules(&ORG.into(), &REP.into()).await.unwrap().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    host.clock.advance(31 * MINUTE);
    briefed(&host, 1).await;
    assert_eq!(cases(REP).await, json!([0, 0]), "it has not begun yet");
    host.clock.advance(60 * MINUTE);
    briefed(&host, 2).await;
    host.clock.advance(30 * MINUTE);
    assert_eq!(cases(REP).await, json!([1, 1]), "the calendar's");
    host.clock.advance(60 * MINUTE);
    assert_eq!(cases(REP).await, json!([2, 2]), "and that of the records");

    // One that nobody prepared, because it came up after its time; and one of somebody else.
    assert_eq!(host.app.clock.now(), START.plus_ms(181 * MINUTE));
    put(json!({ "calendar_events": [event("k/2", 100)], "meetings": [meeting("m8", OTHER, 110)] })).await;
    assert_eq!(cases(REP).await, json!([2, 3]));
    assert_eq!(cases(OTHER).await, json!([0, 1]));
    let (_, report) = host.get(ADMIN, "/v1/report").await;
    let briefs = measure(&report, "briefs_on_time");
    assert_eq!((&briefs["cases"], &briefs["met"]), (&json!([2, 4]), &json!(false)));
    // Whoever wants no briefs misses none.
    let bob = json!({ "id": OTHER, "org_id": ORG, "name": "Bob Lund", "email": "bob@acme.example",
        "zone": "Europe/Zurich", "preferences": { "disabled_events": ["pre_meeting_90min"] } });
    put(json!({ "users": [bob] })).await;
    assert_eq!(cases(OTHER).await, json!([0, 0]));
    host.stop().await;
}

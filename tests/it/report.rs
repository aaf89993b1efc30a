//! What became of suggestions, as people ask for it.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::process::binary;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestHost, key};

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

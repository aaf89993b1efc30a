//! A user in a zone that nobody knows: no data set brings one in, and of one that is in the
//! database already whoever runs the host is told.

#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_tests::process::binary;
use skillhost_tests::test_host::{ADMIN, ORG, REP, TestClock, TestHost};
use sqlx::{Connection as _, SqliteConnection};

/// Looks a moment apart; nothing tells of a look of the host at its users.
const PATIENCE: u32 = 400;
const MOMENT: std::time::Duration = std::time::Duration::from_millis(25);

#[test]
fn a_data_set_with_an_unknown_zone_is_refused_whole_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("data_dir = \"{}\"\n", folder.path().join("data").display());
    std::fs::write(folder.path().join("skillhost.toml"), settings).unwrap();
    let load = |zone: &str| {
        let text = format!(
            "{{\n  \"orgs\": [{{ \"id\": \"acme\", \"name\": \"Acme\" }}],\n  \"users\": [\n    {{ \"id\": \"ada\", \
             \"org_id\": \"acme\",\n      \"name\": \"Ada\", \"email\": \"ada@acme.example\",\n      \"zone\": \
             \"{zone}\" }}\n  ]\n}}\n"
        );
        std::fs::write(folder.path().join("org.json"), text).unwrap();
        let done =
            Command::new(binary()).args(["data", "load", "org.json"]).current_dir(folder.path()).output().unwrap();
        (
            done.status.code() == Some(0),
            String::from_utf8_lossy(&[&done.stdout[..], &done.stderr[..]].concat()).into_owned(),
        )
    };
    for (zone, hint) in [("Mars/Olympus", "write an IANA name"), ("Europe/Zurch", "did you mean `Europe/Zurich`?")] {
        let (is_loaded, said) = load(zone);
        let place = format!("org.json:6: users[0].zone: `{zone}` is no time zone");
        assert!(!is_loaded && said.contains(&place) && said.contains(hint), "{said}");
    }
    assert!(load("Europe/Zurich").0);
}

async fn status(host: &TestHost, wanted: u64) -> Value {
    for _ in 0..PATIENCE {
        let (code, status) = host.get(ADMIN, "/v1/status").await;
        assert_eq!(code, 200, "{status}");
        if status["unknown_zones"] == wanted {
            return status;
        }
        tokio::time::sleep(MOMENT).await;
    }
    panic!("the status does not say that {wanted} zones are unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_zone_that_is_in_the_database_already_the_operator_is_told_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["skills", "sequences"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let sequence = "sequence: morning_brief\nversion: 1\nevent: morning_brief\nschedule: { cron: \"0 8 * * *\" }\nsteps:\n  \
                    tell:\n    action: card\n    with: { title: \"'Hello'\", text: \"'hello'\" }\n";
    std::fs::write(folder.path().join("sequences/brief.yaml"), sequence).unwrap();
    let host = TestHost::on_modules(Arc::new(folder), TestClock::new(), |_| {}).await.unwrap();
    let is_told = |status: &Value| {
        status["findings"].as_array().unwrap().iter().any(|finding| finding["figure"] == "unknown_zones")
    };
    assert!(!is_told(&status(&host, 0).await));

    let path = host.folder().path().join("data/skillhost.db");
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let sql = "UPDATE users SET zone = 'Mars/Olympus' WHERE id = 'ada'";
    assert_eq!(sqlx::query(sql).execute(&mut database).await.unwrap().rows_affected(), 1);
    host.app.wake.schedules_moved();
    assert!(is_told(&status(&host, 1).await));
    let (_, list) = host.get(REP, "/v1/schedules").await;
    let what = list["schedules"][0]["what"].as_str().unwrap();
    assert!(what.contains("UTC; `Mars/Olympus` is no time zone"), "{list}");

    let user = json!({ "id": REP, "org_id": ORG, "name": "Ada", "email": "ada@acme.example", "zone": "Europe/Zurich" });
    host.app.store.load_data(&json!({ "users": [user] }), skillhost_engine::time::Timestamp(i64::MAX)).await.unwrap();
    host.app.wake.schedules_moved();
    assert!(!is_told(&status(&host, 0).await));
    host.stop().await;
}

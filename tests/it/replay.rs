//! What a call was told is kept, and the call can be run again: the same module
//! gives the same, another one shows what it does differently, and a text that
//! is gone is named.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use skillhost_engine::job::JobStatus;
use skillhost_tests::process::{Host, binary, skills};
use skillhost_tests::rep;

/// Steps of the demo's sequence that call a module.
const SKILL_STEPS: usize = 8;

/// A data folder whose host ran the demo's call to its end and has stopped.
async fn finished(data: &Path) -> String {
    let host = Host::start(data, &[], &[]);
    let job = rep::deliver(&host, "msg-1").await.unwrap();
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!(ended.status, JobStatus::Completed, "{:?}", ended.reason);
    host.stop();
    job
}

fn skillhost(data: &Path, arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).args(["--json", "--data"]).arg(data).current_dir(data).output().unwrap()
}

fn replay(data: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let folder = skills();
    let mut all = vec!["replay"];
    all.extend(arguments);
    all.extend(["--skills", folder.to_str().unwrap()]);
    let output = skillhost(data, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said)))
}

fn verdicts(replay: &Value) -> Vec<(String, String)> {
    let word = |call: &Value, field: &str| call[field].as_str().unwrap_or_default().to_owned();
    let calls = replay["calls"].as_array().unwrap_or_else(|| panic!("{replay}"));
    calls.iter().map(|call| (word(call, "step"), word(call, "verdict"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_modules_give_the_same_for_every_step_of_the_demo() {
    let data = tempfile::tempdir().unwrap();
    let job = finished(data.path()).await;
    let (code, replayed) = replay(data.path(), &[&job]);
    let all = verdicts(&replayed);
    assert!(all.len() >= SKILL_STEPS, "{all:?}");
    assert!(all.iter().all(|(_, verdict)| verdict == "identical"), "{replayed:#}");
    assert_eq!((code, &replayed["identical"]), (Some(0), &Value::Bool(true)));
    for call in replayed["calls"].as_array().unwrap() {
        assert_eq!(call["fuel"]["before"], call["fuel"]["after"], "{call:#}");
        assert!(call["fuel"]["before"].as_i64().unwrap() > 0);
        assert_eq!(call["outcome"]["before"], call["outcome"]["after"]);
        assert!(call["engine"]["before"].as_str().unwrap().starts_with("wasmtime-"), "{call:#}");
    }

    let step = all[0].0.as_str();
    let (code, one) = replay(data.path(), &[&job, "--step", step]);
    assert_eq!(code, Some(0));
    assert!(verdicts(&one).iter().all(|(name, _)| name == step));
    assert_eq!(replay(data.path(), &["job_none"]).0, Some(3));
    assert_eq!(replay(data.path(), &[&job, "--step", "none"]).0, Some(3));
}

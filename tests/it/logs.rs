//! No text, address, name or token of the whole path is in any log line, at the
//! noisiest level the host has.

#![allow(clippy::unwrap_used)]

use skillhost_tests::process::Host;
use skillhost_tests::rep;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_path_logs_ids_only() {
    let data = tempfile::tempdir().unwrap();
    let host = Host::start(
        data.path(),
        &[],
        &[(
            "RUST_LOG",
            "trace,hyper=info,h2=info,sqlx=info,wasmtime=info,cranelift=info,cranelift_codegen=info,regalloc2=info,mio=info,polling=info",
        )],
    );
    let job = rep::deliver(&host, "msg-1").await.unwrap();
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    let key = host.key.clone();
    let logs = host.logs();
    host.stop();
    assert!(logs.contains(&job), "the job is named by its id");
    let mail = ended.effects.iter().find(|effect| effect.kind == "email.send").unwrap();
    let mut secrets: Vec<String> = ["subject", "body", "from"]
        .iter()
        .filter_map(|field| mail.payload[*field].as_str())
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.split_whitespace().count() > 1 || line.contains('@'))
        .collect();
    secrets.extend(
        ["Helen", "Marsh", "Priya Nair", "castlereed.example", "quillmere.example", "proposal by Friday"]
            .map(str::to_owned),
    );
    secrets.push(key);
    for secret in secrets {
        let line = logs.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "a log line holds {secret:?}: {line:?}");
    }
}

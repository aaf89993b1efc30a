//! A guest that reaches out: over HTTP, into directories, for other records. It
//! asks for some of what it tries; each attempt ends in an answer of its own
//! that says what it got. To add one: a mode in `run`.

wit_bindgen::generate!({
    path: "../../../wit/skillhost-skill-0.1.0",
    world: "skill",
});

use std::fs;
use std::io::Write;
use std::path::Path;

use exports::skillhost::skill::{manifest, work};
use serde_json::{Value, json};
use skillhost::skill::context::{Query, read};
use skillhost::skill::outcomes::Outcome;
use skillhost::skill::types::{Call, Evidence, Failure};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};

struct Reach;

fn fetch(input: &Value) -> Value {
    let word = |name: &str| input[name].as_str().unwrap_or_default();
    let headers = Fields::new();
    for (name, value) in input["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().as_bytes().to_vec();
        if let Err(error) = headers.append(name, &value) {
            return json!({ "error": format!("header {error:?}") });
        }
    }
    let request = OutgoingRequest::new(headers);
    let method = match input["method"].as_str().unwrap_or("GET") {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        other => Method::Other(other.to_owned()),
    };
    let scheme = if word("scheme") == "https" { Scheme::Https } else { Scheme::Http };
    if request.set_method(&method).is_err()
        || request.set_scheme(Some(&scheme)).is_err()
        || request.set_authority(Some(word("authority"))).is_err()
        || request.set_path_with_query(Some(input["path"].as_str().unwrap_or("/"))).is_err()
    {
        return json!({ "error": "not settable" });
    }
    if let Some(body) = input["body"].as_str() {
        let Ok(out) = request.body() else { return json!({ "error": "no body" }) };
        let written = out.write().map(|stream| stream.blocking_write_and_flush(body.as_bytes()).is_ok());
        let _ = OutgoingBody::finish(out, None);
        if written != Ok(true) {
            return json!({ "error": "the body was not taken" });
        }
    }
    let future = match handle(request, None) {
        Ok(future) => future,
        Err(code) => return json!({ "error": format!("{code:?}") }),
    };
    future.subscribe().block();
    let response = match future.get() {
        Some(Ok(Ok(response))) => response,
        other => return json!({ "error": format!("{other:?}") }),
    };
    let mut answered = serde_json::Map::new();
    for (name, value) in response.headers().entries() {
        answered.insert(name, String::from_utf8_lossy(&value).into_owned().into());
    }
    let mut bytes = Vec::new();
    if let Ok(body) = response.consume()
        && let Ok(stream) = body.stream()
    {
        while let Ok(chunk) = stream.blocking_read(64 * 1024) {
            bytes.extend(chunk);
        }
    }
    json!({ "status": response.status(), "headers": answered, "body": String::from_utf8_lossy(&bytes) })
}

fn word<T>(result: std::io::Result<T>) -> Value {
    match result {
        Ok(_) => json!("done"),
        Err(error) => json!(format!("{:?}", error.kind())),
    }
}

fn names(path: &str) -> Value {
    match fs::read_dir(path) {
        Ok(found) => found.filter_map(|entry| Some(entry.ok()?.file_name().into_string().ok()?)).collect(),
        Err(error) => json!(format!("{:?}", error.kind())),
    }
}

fn symlink(root: &str, name: &str, target: &str) -> Value {
    let directories = wasip2::filesystem::preopens::get_directories();
    let Some((directory, _)) = directories.iter().find(|(_, path)| path == root) else { return json!("no directory") };
    match directory.symlink_at(target, name) {
        Ok(()) => json!("done"),
        Err(code) => json!(format!("{code:?}")),
    }
}

/// Many ways out of a directory.
fn escapes(root: &str) -> Value {
    let tries = [
        format!("{root}/../outside.txt"),
        format!("{root}/./../outside.txt"),
        format!("{root}/inner/../../outside.txt"),
        format!("{root}/link.txt"),
        format!("{root}/linked/outside.txt"),
        format!("{root}/up/outside.txt"),
        "/outside.txt".to_owned(),
        "../outside.txt".to_owned(),
        "/etc/passwd".to_owned(),
    ];
    tries.into_iter().filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, Value::from(text)))).collect()
}

impl work::Guest for Reach {
    fn run(call: Call) -> Result<Outcome, Failure> {
        let input: Value = serde_json::from_str(&call.input).unwrap_or_default();
        let mut evidence = vec![];
        let output = match input["mode"].as_str().unwrap_or_default() {
            "fetch" => {
                let answer = fetch(&input);
                if let (Some(quote), Some(read_id)) =
                    (input["quote"].as_str(), answer["headers"]["skillhost-read-id"].as_str())
                {
                    evidence.push(Evidence { read_id: read_id.into(), quote: quote.into(), supports: "".into() });
                }
                answer
            }
            "fetches" => {
                let answers: Vec<_> = (0..input["times"].as_u64().unwrap_or(1)).map(|_| fetch(&input)).collect();
                json!({ "answered": answers.iter().filter(|answer| answer["status"] == 200).count(), "last": answers.last() })
            }
            "read" => match read(&Query {
                source: input["source"].as_str().unwrap_or_default().into(),
                params: input["params"].to_string(),
                max_bytes: None,
                cursor: None,
            }) {
                Ok(snapshot) => json!({ "body": snapshot.body }),
                Err(error) => json!({ "error": format!("{:?}", error.kind) }),
            },
            "scratch" => {
                let before = names("/scratch");
                let made = word(fs::create_dir("/scratch/b").and_then(|()| fs::create_dir("/scratch/a")));
                let written = word(fs::write("/scratch/a/note.txt", "kept for a moment"));
                let stat = fs::metadata("/scratch/a/note.txt");
                json!({
                    "before": before,
                    "made": made,
                    "written": written,
                    "read": fs::read_to_string("/scratch/a/note.txt").unwrap_or_default(),
                    "names": names("/scratch"),
                    "length": stat.as_ref().map(|stat| stat.len()).unwrap_or(0),
                    "modified": stat.and_then(|stat| stat.modified()).ok()
                        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).map(|at| at.as_secs()),
                    "symlink": symlink("/scratch", "out", "../outside.txt"),
                    "hardlink": word(fs::hard_link("/scratch/a/note.txt", "/scratch/again")),
                    "above": word(fs::write("/scratch/../above.txt", "x")),
                    "renamed_out": word(fs::rename("/scratch/a/note.txt", "/scratch/../above.txt")),
                })
            }
            "fill" => {
                let mut written = 0u64;
                let block = vec![7u8; 1 << 20];
                let ended = fs::File::create("/scratch/big").and_then(|mut file| {
                    loop {
                        file.write_all(&block)?;
                        written += 1;
                    }
                });
                let grown = fs::File::create("/scratch/sparse").and_then(|file| file.set_len(1 << 40));
                json!({ "mebibytes": written, "ended": word::<()>(ended), "grown": word(grown) })
            }
            "many" => {
                let mut made = 0u32;
                while made < 100_000 && fs::write(format!("/scratch/{made}"), "").is_ok() {
                    made += 1;
                }
                json!({ "made": made })
            }
            "named" => {
                let root = format!("/{}", input["name"].as_str().unwrap_or_default());
                json!({
                    "names": names(&root),
                    "offer": fs::read_to_string(Path::new(&root).join("offer.txt")).unwrap_or_default(),
                    "write": word(fs::write(format!("{root}/new.txt"), "x")),
                    "change": word(fs::write(format!("{root}/offer.txt"), "x")),
                    "remove": word(fs::remove_file(format!("{root}/offer.txt"))),
                    "make": word(fs::create_dir(format!("{root}/folder"))),
                    "escapes": escapes(&root),
                })
            }
            other => json!({ "unknown": other }),
        };
        Ok(Outcome {
            output: output.to_string(),
            summary: None,
            effects: vec![],
            approvals: vec![],
            follow_ups: vec![],
            artifacts: vec![],
            evidence,
        })
    }
}

impl manifest::Guest for Reach {
    fn describe() -> String {
        json!({
            "name": "reach",
            "version": "0.1.0",
            "world": "skillhost:skill@0.1.0",
            "description": "Reaches out as told.",
            "input_schema": { "type": "object", "required": ["mode"] },
            "output_schema": { "type": "object" },
            "rights": [
                "context:deal", "context:deal@org", "fs:scratch", "fs:templates", "secret:crm", "http:example.com/"
            ],
            "skill_md_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
        })
        .to_string()
    }
}

export!(Reach);

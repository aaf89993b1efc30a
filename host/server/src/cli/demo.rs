//! `skillhost demo`: a real server process, a signed delivery of a real call,
//! and a rep who answers through the public API.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use futures::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::host_api::HostApi;
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::time::{Clock as _, Ids as _};

use super::client::{ClientError, KEY_FILE};
use super::exit::hinted;
use super::{Exit, Global, approvals, jobs, render};
use crate::boot::{CACHE_DIR, MAIL_DIR};
use crate::clock::{RandomIds, SystemClock};
use crate::demo_data;
use crate::view::{ApprovalView, JobView};

/// Where compiled modules are kept between demos, beside the skills; and how many files at
/// most: what several builds of all skills leave.
const KEPT_COMPILED: &str = ".compiled";
const MAX_KEPT: usize = 400;

/// The least undo window, so that the demo shows it without boring anybody.
const UNDO_SECONDS: &str = "10";
/// The whole demo; a job of nine small skills needs a second of it.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave the server up when the job is done, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Folder of built skills.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    skills: PathBuf,
}

/// The server of the demo; stopped when dropped.
struct Server {
    child: Child,
    listening: String,
    sign_in: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(0));
        if pid.as_raw() > 0 {
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}

/// Copies compiled modules and the key they are authentic under, which saves the next demo
/// from compiling again. A cache is never needed, so a failure is none.
fn take_over(from: &Path, to: &Path) {
    let Ok(entries) = std::fs::read_dir(from) else { return };
    let entries: Vec<_> = entries.flatten().take(MAX_KEPT).collect();
    if std::fs::read_dir(to).is_ok_and(|there| there.count() >= MAX_KEPT) {
        let _gone = std::fs::remove_dir_all(to);
    }
    if std::fs::DirBuilder::new().recursive(true).mode(0o700).create(to).is_err() {
        return;
    }
    for entry in entries {
        let target = to.join(entry.file_name());
        if !target.exists() {
            let _copied = std::fs::copy(entry.path(), target);
        }
    }
}

pub(crate) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    if !args.skills.is_dir() {
        return Err(hinted(
            format!("there are no built skills in {}", args.skills.display()),
            "build them with `skillhost build all`, or use `make demo`",
        ));
    }
    if global.data.is_some() {
        return Err(hinted(
            "the demo keeps its data in a folder of its own",
            "leave --data out; --keep leaves the host up",
        ));
    }
    let folder = tempfile::Builder::new().prefix("skillhost-demo-").tempdir().context("cannot make a data folder")?;
    let data = folder.path();
    let ids = RandomIds::default();
    let account_secret = ids.secret();
    let say = Screen { json: global.json };

    say.head("1. The host starts, on a database file of its own")?;
    let kept = args.skills.join(KEPT_COMPILED);
    take_over(&kept, &data.join(CACHE_DIR));
    let server = start(data, &args.skills, &account_secret)?;
    take_over(&data.join(CACHE_DIR), &kept);
    say.text(&format!("{} (pid {})", server.listening, server.child.id()))?;
    let key = std::fs::read_to_string(data.join(KEY_FILE)).context("the server wrote no API key")?;
    let host = HostApi::new(&server.listening, SecretString::from(key.trim().to_owned())).map_err(ClientError::from)?;

    say.head("2. A meeting ends: its bot delivers the call, signed")?;
    let body = serde_json::to_vec(&demo_data::delivery())?;
    let headers = sign(&account_secret, &ids.fresh("msg"), SystemClock::new().now().0 / 1000, &body);
    say.text(&format!("POST /hooks/meetingbaas, {} bytes of transcript", body.len()))?;
    let headers: Vec<(&str, String)> = headers.iter().map(|(name, value)| (*name, value.clone())).collect();
    let received = host.deliver("/hooks/meetingbaas", &headers, body).await.map_err(ClientError::from)?;
    let job = received
        .get("job_id")
        .and_then(Value::as_str)
        .ok_or_else(|| anyhow::anyhow!("the delivery was not taken: {received}"))?
        .to_owned();

    say.head("3. Its sequence of sandboxed skills runs; the rep answers what it asks")?;
    let answered = tokio::time::timeout(PATIENCE, follow(&host, &job, &say))
        .await
        .map_err(|_| anyhow::anyhow!("the job did not end within {} s", PATIENCE.as_secs()))??;

    let job: JobView = host.get(&format!("/v1/jobs/{job}")).await.map_err(ClientError::from)?;
    let mails = mails(data)?;
    if global.json {
        render::json(&json!({
            "job": { "id": job.id, "status": job.status, "reason": job.reason, "execution_metadata": job.execution_metadata },
            "steps": job.steps,
            "approvals": job.approvals.iter().map(|approval| json!({
                "id": approval.id, "step": approval.step, "status": approval.status, "heading": approval.card.heading,
                "answer": answered.iter().find(|(id, _)| *id == approval.id.as_str()).map(|(_, how)| how),
                "resolution": approval.resolution,
            })).collect::<Vec<_>>(),
            "effects": job.effects,
            "follow_ups": job.follow_ups,
            "mails": mails.iter().map(|(name, text)| json!({ "file": name, "text": text })).collect::<Vec<_>>(),
        }))?;
    } else {
        outcome(&job, &mails)?;
    }
    let done = job.status == skillhost_engine::job::JobStatus::Completed;
    if args.keep {
        say.head("The server stays up")?;
        say.text(&format!("sign in once: {}\nCtrl-C stops it", server.sign_in))?;
        tokio::signal::ctrl_c().await?;
    }
    drop(server);
    Ok(if done { Exit::Done } else { Exit::Failed })
}

fn start(data: &Path, skills: &Path, account_secret: &[u8]) -> anyhow::Result<Server> {
    let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(account_secret));
    let skills = std::path::absolute(skills)?;
    let mut child = Command::new(std::env::current_exe()?)
        // Away from the operator's settings, which may name a database of theirs.
        .current_dir(data)
        .args(["serve", "--demo", "--json", "--listen", "127.0.0.1:0", "--undo-seconds", UNDO_SECONDS])
        .arg("--data")
        .arg(data)
        .arg("--skills")
        .arg(skills)
        .env("SKILLHOST_MEETINGBAAS_SECRET", secret)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the server")?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let said: Value = serde_json::from_str(&line).map_err(|_| anyhow::anyhow!("the server did not start"))?;
    let word = |field: &str| said.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Server { child, listening: word("listening"), sign_in: word("sign_in") })
}

/// The headers of a delivery signed as MeetingBaaS accounts sign.
fn sign(secret: &[u8], id: &str, seconds: i64, body: &[u8]) -> [(&'static str, String); 4] {
    let mut signature = String::new();
    if let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(secret) {
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    }
    [
        ("content-type", "application/json".to_owned()),
        ("svix-id", id.to_owned()),
        ("svix-timestamp", seconds.to_string()),
        ("svix-signature", format!("v1,{signature}")),
    ]
}

/// Shows the job as it changes and answers its questions, until it has ended.
async fn follow(host: &HostApi, job: &str, say: &Screen) -> anyhow::Result<Vec<(String, String)>> {
    let mut views = host.watch::<JobView>(&format!("/v1/jobs/{job}/watch")).await.map_err(ClientError::from)?;
    let mut shown = Live::default();
    let mut answered: Vec<(String, String)> = Vec::new();
    let mut told_undo = false;
    while let Some(view) = views.next().await {
        let view = view.map_err(ClientError::from)?;
        shown.show(say, &view)?;
        let settling = view.steps.iter().any(|step| matches!(step.state.as_str(), "waiting" | "running" | "retrying"));
        if view.status.is_ended() {
            break;
        }
        if settling {
            continue;
        }
        let open: Vec<&ApprovalView> = view
            .approvals
            .iter()
            .filter(|approval| {
                approval.status == ActionStatus::Pending && !answered.iter().any(|(id, _)| id == approval.id.as_str())
            })
            .collect();
        if open.is_empty() {
            if !told_undo && !answered.is_empty() {
                told_undo = true;
                say.head(&format!(
                    "4. The undo window: the mail waits {UNDO_SECONDS} s in which the rep may take it back"
                ))?;
            }
            continue;
        }
        for approval in open {
            let how = answer(host, approval, say).await?;
            answered.push((approval.id.to_string(), how.to_owned()));
        }
    }
    Ok(answered)
}

/// Answers as a rep would: the mail with another subject, the tasks as they
/// are, and no to moving the deal.
async fn answer(host: &HostApi, approval: &ApprovalView, say: &Screen) -> anyhow::Result<&'static str> {
    say.card(approval)?;
    let kinds: BTreeSet<&str> =
        approval.card.parts.iter().flat_map(|part| &part.effects).map(|effect| effect.kind.as_str()).collect();
    let (body, how, words) = if kinds.contains("email.send") {
        let subject = approval.card.parts.iter().flat_map(|part| &part.effects).find_map(|effect| {
            effect.editable.iter().find(|place| place.pointer == "/subject").map(|place| (effect, place))
        });
        let (effect, place) = subject.ok_or_else(|| anyhow::anyhow!("the mail's subject cannot be edited"))?;
        let value = format!("{}, as discussed", place.value.as_str().unwrap_or_default());
        let body =
            json!({ "answer": "approve", "edits": [{ "effect": effect.id, "pointer": "/subject", "value": value }] });
        (body, "edited", format!("edits the subject to “{value}” and approves; the edit has a digest of its own"))
    } else if kinds.contains("crm.set_stage") {
        let body = json!({ "answer": "skip", "note": "not before the security review" });
        (body, "skipped", "skips it: “not before the security review”".to_owned())
    } else if approval.pattern == "batch" {
        let items: Vec<Value> =
            approval.card.parts.iter().map(|part| json!({ "item": part.id, "approve": true })).collect();
        (json!({ "answer": "items", "items": items }), "approved", "approves all of them".to_owned())
    } else {
        (json!({ "answer": "approve" }), "approved", "approves it".to_owned())
    };
    let path = format!("/v1/approvals/{}/answer", approval.id);
    let _: Value = host.post(&path, &body).await.map_err(ClientError::from)?;
    say.text(&format!("{} the rep {words}", render::strong("→")))?;
    Ok(how)
}

fn mails(data: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(data.join(MAIL_DIR))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ext| ext == "eml") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            mails.push((name, String::from_utf8_lossy(&std::fs::read(&path)?).into_owned()));
        }
    }
    mails.sort();
    Ok(mails)
}

fn outcome(job: &JobView, mails: &[(String, String)]) -> anyhow::Result<()> {
    render::line("")?;
    render::line(render::strong("5. What happened, once"))?;
    for (name, text) in mails {
        render::line(format!("\n  {}", render::strong(&format!("sent-mail/{name}"))))?;
        for line in text.lines() {
            render::line(format!("  │ {line}"))?;
        }
    }
    for (title, prefix) in [("CRM", "crm."), ("Flags", "flag."), ("Tasks", "task."), ("Messages", "chat.")] {
        let rows: Vec<_> = job.effects.iter().filter(|effect| effect.kind.starts_with(prefix)).collect();
        if rows.is_empty() {
            continue;
        }
        render::line(format!("\n  {}", render::strong(title)))?;
        for effect in rows {
            let state = render::state(effect.state.as_str());
            render::line(format!("  {state} {} {}", effect.kind, render::faint(&brief(&effect.payload))))?;
        }
    }
    render::line(format!("\n  {}", render::strong("Follow-up events")))?;
    for follow_up in &job.follow_ups {
        render::line(format!(
            "  {} {} {}",
            follow_up.event_type,
            render::state(follow_up.status.as_str()),
            render::faint(follow_up.reason.as_deref().unwrap_or_default())
        ))?;
    }
    render::line("")?;
    jobs::tree(job)
}

/// A payload on one line, cut for the screen; the whole is in `--json`.
fn brief(payload: &Value) -> String {
    const WIDTH: usize = 110;
    let text = match payload.as_object() {
        Some(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}: {}", text.lines().next().unwrap_or_default()),
                value => format!("{name}: {value}"),
            })
            .collect::<Vec<_>>()
            .join(", "),
        None => payload.to_string(),
    };
    match text.char_indices().nth(WIDTH) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// The job's tree, redrawn in place on a terminal, and one line a change where
/// no person looks.
#[derive(Default)]
struct Live {
    lines: usize,
    told: BTreeSet<String>,
}

impl Live {
    fn show(&mut self, say: &Screen, job: &JobView) -> anyhow::Result<()> {
        if say.json {
            return Ok(());
        }
        for step in &job.steps {
            let news = format!("{} {}", step.name, step.state);
            if step.state != "waiting" && self.told.insert(news) {
                let version = step.version.as_deref().map(|version| format!("@{version}")).unwrap_or_default();
                let used = match step.started_at {
                    Some(_) => format!(
                        "{:>9} fuel {:>9} {}",
                        render::amount(step.fuel),
                        render::micros(step.wall_us),
                        render::money(step.money)
                    ),
                    None => String::new(),
                };
                let note = step.reason.as_deref().or(step.summary.as_deref()).unwrap_or_default();
                render::line(format!(
                    "  ├─ {:<34} {:<10} {} {}",
                    format!("{}{version}", step.skill),
                    render::state(&step.state),
                    used,
                    render::faint(note)
                ))?;
                self.lines += 1;
            }
        }
        std::io::stdout().flush()?;
        Ok(())
    }
}

/// Where the demo speaks: nowhere with `--json`.
struct Screen {
    json: bool,
}

impl Screen {
    fn head(&self, text: &str) -> anyhow::Result<()> {
        self.text(&format!("\n{}", render::strong(text)))
    }

    fn text(&self, text: &str) -> anyhow::Result<()> {
        if self.json {
            // Progress is for a person who waits, not for the program that reads.
            if std::io::stderr().is_terminal() {
                eprintln!("{text}");
            }
            return Ok(());
        }
        render::line(text)
    }

    fn card(&self, approval: &ApprovalView) -> anyhow::Result<()> {
        if self.json {
            return Ok(());
        }
        render::line("")?;
        approvals::card(&approval.card)
    }
}

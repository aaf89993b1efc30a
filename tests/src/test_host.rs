//! A whole host in this process: real store, engine, driver and HTTP door on a
//! free port; its skill is native, so that a test decides what is proposed, and
//! its clock moves only when told.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use skillhost_engine::context::Doors;
use skillhost_engine::ids::{JobId, SkillName};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{
    ApprovalRequest, Ask, Call, Editable, Effect, Failure, FailureKind, Field, Item, Outcome, Spend,
};
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::sequence::Sequence;
use skillhost_engine::skill::{CallError, CallReport, Manifest, Mismatch, ReadRecord, SkillRef, SkillRunner, WORLD};
use skillhost_engine::store::{ApiKey, Scope};
use skillhost_engine::time::{Clock, Timestamp};
use skillhost_server::app::App;
use skillhost_server::boot::{self, Parts, Skills};
use skillhost_server::config::{Config, Overrides};
use skillhost_server::http::ConnectionLimits;
use skillhost_server::sequences::Sequences;
use skillhost_server::view::JobView;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The tenant.
pub const ORG: &str = "acme";
/// The rep; not an admin.
pub const REP: &str = "ada";
/// A colleague; not an admin.
pub const OTHER: &str = "bob";
/// May stop, never approve for others.
pub const ADMIN: &str = "eve";
/// A bot with a connection to [`REP`] and a secret of its own.
pub const BOT: &str = "bot-1";
/// That secret.
pub const BOT_SECRET: &str = "per-bot-secret";
/// Slack's team and user of [`REP`].
pub const SLACK: (&str, &str) = ("T1", "U1");
/// When every test begins: a Tuesday at 09:00 UTC.
pub const START: Timestamp = Timestamp(1_793_696_400_000);

/// A job about which nothing changes for so long has hung; only a failed run waits for it.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);
const SKILL: &str = "propose";
const SEQUENCE: &str = "\
sequence: asked
version: 1
event: email_received
steps:
  ask:
    skill: propose
    with:
      ask: event.payload.ask
    on_failure: stop
    output: asked
";

/// A clock that a test moves.
pub struct TestClock(watch::Sender<i64>);

impl TestClock {
    /// At [`START`].
    pub fn new() -> Arc<Self> {
        Self::at(START)
    }

    /// At an instant.
    pub fn at(instant: Timestamp) -> Arc<Self> {
        Arc::new(Self(watch::channel(instant.0).0))
    }

    /// Moves it and wakes whoever sleeps.
    pub fn advance(&self, ms: i64) {
        self.0.send_modify(|now| *now += ms);
    }
}

#[async_trait::async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(*self.0.borrow())
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut now = self.0.subscribe();
        // The sender lives as long as the clock that is borrowed here.
        let _ = now.wait_for(|now| *now >= at.0).await;
    }
}

/// A skill that proposes what its input asks for.
struct Proposer(Arc<Manifest>);

impl Proposer {
    fn new() -> Self {
        Self(Arc::new(Manifest {
            name: SKILL.into(),
            version: "1.0.0".to_owned(),
            world: WORLD.to_owned(),
            description: "Proposes what a test asks for.".to_owned(),
            input_schema: json!({}),
            output_schema: json!({ "properties": { "asked": { "type": "string" } } }),
            rights: ["email.send", "task.create", "chat.post"].map(|kind| format!("effect:{kind}")).to_vec(),
            limits: CallLimits::default(),
            criticality: None,
            skill_md_digest: String::new(),
        }))
    }
}

#[async_trait::async_trait]
impl SkillRunner for Proposer {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        (self.0.name == *skill).then(|| SkillRef {
            name: self.0.name.clone(),
            version: self.0.version.clone(),
            digest: format!("sha256:{}", "1".repeat(64)),
        })
    }

    fn manifest(&self, _: &SkillRef) -> Option<Arc<Manifest>> {
        Some(Arc::clone(&self.0))
    }

    fn check_output(&self, _: &SkillRef, output: &Value) -> Option<Result<(), Mismatch>> {
        let fits = output.get("asked").is_none_or(Value::is_string);
        let wrong = || Mismatch { pointer: "/asked".to_owned(), message: "it is not a string".to_owned() };
        Some(if fits { Ok(()) } else { Err(wrong()) })
    }

    async fn call(&self, _: &SkillRef, call: Call, _: &RightSet, _: &CallLimits, _: Arc<dyn Doors>) -> CallReport {
        let ask = call.input.value().get("ask").and_then(Value::as_str).unwrap_or("email");
        let spend = Spend { fuel: 1_240_000, wall_us: 18_300, ..Spend::default() };
        let request = match ask {
            // As a guest that gives up where a door refuses.
            "denied" => {
                let failure = Failure {
                    kind: FailureKind::Denied,
                    code: "denied".to_owned(),
                    message: "refused".to_owned(),
                    retry_after_ms: None,
                };
                let mut report = CallReport::of(Err(CallError::Failed { failure }), spend);
                report.denials.push("context:deal@org".to_owned());
                return report;
            }
            "org-wide" => {
                let mut report = CallReport::of(Ok(Outcome::default()), spend);
                let digest = Some(digest("a deal"));
                report.reads.push(ReadRecord { source: "deal@org".to_owned(), digest, ..ReadRecord::default() });
                return report;
            }
            "tasks" => tasks(),
            "long" => long(),
            ask if ask.starts_with("email-to:") => email_to(ask.trim_start_matches("email-to:")),
            ask if ask.starts_with("posts-") => {
                return CallReport::of(Ok(posts(ask.trim_start_matches("posts-").parse().unwrap())), spend);
            }
            _ => email(),
        };
        let outcome = Outcome {
            output: json!({ "asked": ask }),
            summary: Some("One thing needs you.".to_owned()),
            approvals: vec![request],
            ..Outcome::default()
        };
        CallReport::of(Ok(outcome), spend)
    }
}

/// The body of the mail that [`email`] proposes.
pub const BODY: &str = "Hi Mira,\n\nthank you for the time this morning. As agreed:\n\n\
- I send you the security questionnaire by Friday\n- you check the rollout dates with Jonas\n\n\
Shall we speak again on Thursday?\n\nBest\nAda";

fn email() -> ApprovalRequest {
    email_of(json!({
        "to": ["mira@globex.example"], "cc": ["jonas@globex.example"],
        "subject": "Next steps after this morning", "body": BODY,
    }))
}

/// More than a message of Slack holds.
fn long() -> ApprovalRequest {
    const WORDS: usize = 99_000;
    email_of(json!({ "to": ["mira@globex.example"], "subject": "All of it", "body": "&".repeat(WORDS) }))
}

/// To one address, in answer to a mail.
fn email_to(address: &str) -> ApprovalRequest {
    email_of(json!({
        "to": [address], "subject": "Re: Rollout", "body": BODY,
        "in_reply_to": "<rollout-1@globex.example>", "references": ["<rollout-0@globex.example>"],
    }))
}

fn email_of(payload: Value) -> ApprovalRequest {
    let place = |pointer: &str, label: &str, multiline| Editable {
        effect: "mail".to_owned(),
        pointer: pointer.to_owned(),
        label: label.to_owned(),
        multiline,
    };
    ApprovalRequest {
        id: "ask".to_owned(),
        title: "Follow-up to the Globex call".to_owned(),
        summary: "Both next steps were said plainly in the call.".to_owned(),
        fields: vec![Field { label: "Call".to_owned(), value: "Globex discovery, 32 min".to_owned() }],
        ask: Ask::Review {
            effects: vec![Effect { id: "mail".to_owned(), kind: "email.send".to_owned(), payload, after: vec![] }],
            editable: vec![place("/subject", "Subject", false), place("/body", "Body", true)],
            deferrable: true,
        },
        expires: None,
        tell_skill: false,
    }
}

/// Messages that need nobody's approval.
fn posts(count: usize) -> Outcome {
    let post = |n: usize| Effect {
        id: format!("post-{n:02}"),
        kind: "chat.post".to_owned(),
        payload: json!({ "text": format!("message {n}") }),
        after: vec![],
    };
    Outcome { output: json!({ "asked": "posts" }), effects: (0..count).map(post).collect(), ..Outcome::default() }
}

fn tasks() -> ApprovalRequest {
    let item = |id: &str, title: &str| Item {
        id: id.to_owned(),
        label: title.to_owned(),
        detail: None,
        preselected: id == "one",
        effects: vec![Effect {
            id: format!("task-{id}"),
            kind: "task.create".to_owned(),
            payload: json!({ "title": title }),
            after: vec![],
        }],
        editable: vec![],
    };
    ApprovalRequest {
        id: "ask".to_owned(),
        title: "Two promises".to_owned(),
        summary: String::new(),
        fields: vec![],
        ask: Ask::Batch { items: vec![item("one", "Send the questionnaire"), item("two", "Book the room")] },
        expires: None,
        tell_skill: false,
    }
}

/// `sha256:<hex>`, as keys and secrets are kept.
pub fn digest(secret: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(secret.as_bytes())))
}

fn organisation() -> Value {
    let user = |id: &str, name: &str, admin: bool| {
        json!({ "id": id, "org_id": ORG, "name": name, "email": format!("{id}@acme.example"),
                "zone": "Europe/Zurich", "admin": admin })
    };
    json!({
        "orgs": [{ "id": ORG, "name": "Acme", "domains": ["acme.example"] }, { "id": "rival", "name": "Rival" }],
        "users": [
            user(REP, "Ada Reed", false), user(OTHER, "Bob Lund", false), user(ADMIN, "Eve Moss", true),
            { "id": "rex", "org_id": "rival", "name": "Rex", "email": "rex@rival.example", "zone": "UTC", "admin": true },
        ],
        "companies": [{ "id": "co1", "org_id": ORG, "name": "Globex", "domain": "globex.example" }],
        "contacts": [{ "id": "c1", "org_id": ORG, "name": "Mira Holt", "email": "mira@globex.example", "company_id": "co1" }],
        "connections": [
            { "kind": "meetingbaas-bot", "external_id": BOT, "org_id": ORG, "user_id": REP, "detail": {
                "secret_digest": digest(BOT_SECRET),
                "meeting": { "id": "m1", "title": "Globex discovery", "started_at": "2026-11-03T08:00:00Z",
                    "attendees": [{ "name": "Ada Reed", "email": "ada@acme.example" },
                                  { "name": "Mira Holt", "email": "mira@globex.example" }] } } },
            { "kind": "slack-user", "external_id": format!("{}/{}", SLACK.0, SLACK.1), "org_id": ORG, "user_id": REP,
              "detail": { "channel": "D1" } },
            { "kind": "mailbox", "external_id": format!("{REP}@acme.example"), "org_id": ORG, "user_id": REP },
        ],
    })
}

/// The host.
pub struct TestHost {
    /// Its inside.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    /// A client that follows no redirect.
    pub http: reqwest::Client,
    server: JoinHandle<()>,
    folder: Arc<tempfile::TempDir>,
}

/// The skill that proposes what its event asks for, and its sequence.
pub fn proposing() -> Skills {
    let names: BTreeSet<SkillName> = [SKILL.into()].into();
    let sequence = Arc::new(Sequence::parse("asked.yaml", SEQUENCE).unwrap());
    Skills { runner: Arc::new(Proposer::new()), names, sequences: Sequences::of([sequence]), modules: None }
}

impl TestHost {
    /// Starts one; `adjust` changes its settings first.
    pub async fn start(adjust: impl FnOnce(&mut Config)) -> Self {
        Self::with(adjust, proposing()).await
    }

    /// Starts one that runs these skills.
    pub async fn with(adjust: impl FnOnce(&mut Config), skills: Skills) -> Self {
        Self::prepared(adjust, skills, async |_: &App| {}).await
    }

    /// Starts one that runs these skills, on a store that `prepare` has put something into
    /// before anything looks at it.
    pub async fn prepared(adjust: impl FnOnce(&mut Config), skills: Skills, prepare: impl AsyncFnOnce(&App)) -> Self {
        skillhost_connectors::egress::install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let mut config = settings(folder.path());
        adjust(&mut config);
        let clock = TestClock::new();
        let parts = Parts { clock: clock.clone(), ..Parts::default() };
        let app = boot::assemble(config, parts, skills).await.unwrap();
        app.store.load_data(&organisation(), Timestamp(i64::MAX)).await.unwrap();
        prepare(&app).await;
        Self::launch(app, clock, Arc::new(folder)).await
    }

    /// Starts one that runs the modules of `<folder>/skills` by the sequences of
    /// `<folder>/sequences`, on whatever an earlier one left in the folder.
    pub async fn on_modules(
        folder: Arc<tempfile::TempDir>,
        clock: Arc<TestClock>,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<Self, boot::BootError> {
        skillhost_connectors::egress::install_crypto();
        let mut config = settings(folder.path());
        config.skills_dir = folder.path().join("skills");
        config.sequences_dir = Some(folder.path().join("sequences"));
        config.default_grant = Grant::Unrestricted;
        adjust(&mut config);
        let parts = Parts { clock: clock.clone(), ..Parts::default() };
        let app = boot::build(config, parts).await?;
        if app.store.org(&ORG.into()).await.unwrap().is_none() {
            app.store.load_data(&organisation(), Timestamp(i64::MAX)).await.unwrap();
        }
        Ok(Self::launch(app, clock, folder).await)
    }

    /// Starts one on a data folder, with an organisation of the test's own.
    pub async fn on_data(
        folder: Arc<tempfile::TempDir>,
        clock: Arc<TestClock>,
        document: &Value,
        adjust: impl FnOnce(&mut Config),
    ) -> Result<Self, boot::BootError> {
        skillhost_connectors::egress::install_crypto();
        let mut config = settings(folder.path());
        adjust(&mut config);
        let parts = Parts { clock: clock.clone(), ..Parts::default() };
        let app = boot::build(config, parts).await?;
        app.store.load_data(document, Timestamp(i64::MAX)).await.unwrap();
        Ok(Self::launch(app, clock, folder).await)
    }

    async fn launch(app: Arc<App>, clock: Arc<TestClock>, folder: Arc<tempfile::TempDir>) -> Self {
        for user in [REP, OTHER, ADMIN] {
            let key = ApiKey {
                digest: digest(&key(user)),
                org: ORG.into(),
                user: user.into(),
                client: format!("test-{user}"),
                operator: user == ADMIN,
                scopes: vec![Scope::AnswerApprovals],
            };
            app.store.put_api_key(&key).await.unwrap();
        }
        skillhost_server::driver::start(&app).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = skillhost_server::http::router(Arc::clone(&app));
        let stopping = app.wake.draining().clone();
        let server = tokio::spawn(async move {
            skillhost_server::http::serve(listener, router, stopping, ConnectionLimits::of_this_process()).await;
        });
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, clock, base, http, server, folder }
    }

    /// An address of the host.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The clock's instant, as skills read it.
    pub fn clock_now(&self) -> String {
        self.app.clock.now().rfc3339()
    }

    /// `GET` as a person.
    pub async fn get(&self, user: &str, path: &str) -> (u16, Value) {
        taken(self.http.get(self.url(path)).bearer_auth(key(user)).send().await.unwrap()).await
    }

    /// `POST` as a person.
    pub async fn post(&self, user: &str, path: &str, body: &Value) -> (u16, Value) {
        taken(self.http.post(self.url(path)).bearer_auth(key(user)).json(body).send().await.unwrap()).await
    }

    /// Raises an event that leads to a question for [`REP`], and waits for it:
    /// the job and the question.
    pub async fn ask(&self, what: &str, id: &str) -> (String, Value) {
        let event = json!({ "type": "email_received", "payload": { "message_id": id, "ask": what } });
        let (status, received) = self.post(REP, "/v1/events", &event).await;
        assert_eq!(status, 202, "{received}");
        let job = received["job_id"].as_str().unwrap().to_owned();
        let view = self.until(&job, |view| !view.approvals.is_empty()).await;
        (job, serde_json::to_value(&view.approvals[0]).unwrap())
    }

    /// Waits, by the host's own signals, until a job is as wanted.
    pub async fn until(&self, job: &str, wanted: impl Fn(&JobView) -> bool) -> JobView {
        let mut changes = self.app.wake.watch();
        loop {
            let view = self.app.job_view(&ORG.into(), &JobId::from(job)).await.unwrap().unwrap();
            if wanted(&view) {
                return view;
            }
            assert!(!view.status.is_ended(), "job {job} ended otherwise: {:?} {:?}", view.status, view.reason);
            let next = tokio::time::timeout(LONG, changes.recv()).await;
            assert!(next.is_ok(), "job {job} stays {:?}: {:?}", view.status, view.reason);
        }
    }

    /// `POST` of bytes as a person.
    pub async fn upload(&self, user: &str, path: &str, bytes: &[u8]) -> (u16, Value) {
        let request = self.http.post(self.url(path)).bearer_auth(key(user));
        taken(request.header("content-type", "application/wasm").body(bytes.to_vec()).send().await.unwrap()).await
    }

    /// Raises an `email_received` event as [`REP`]; its job.
    pub async fn raise(&self, payload: &Value) -> String {
        let (status, received) =
            self.post(REP, "/v1/events", &json!({ "type": "email_received", "payload": payload })).await;
        assert_eq!(status, 202, "{received}");
        received["job_id"].as_str().unwrap().to_owned()
    }

    /// What it stands on.
    pub fn folder(&self) -> Arc<tempfile::TempDir> {
        Arc::clone(&self.folder)
    }

    /// Changes the org's settings, as `data load` does.
    pub async fn set_org(&self, settings: Value) {
        let org = json!({ "orgs": [{ "id": ORG, "name": "Acme", "domains": ["acme.example"], "settings": settings }] });
        self.app.store.load_data(&org, Timestamp(i64::MAX)).await.unwrap();
    }

    /// Stops it as `serve` does.
    pub async fn stop(self) {
        self.app.wake.draining().cancel();
        self.server.await.unwrap();
        skillhost_server::driver::drain(&self.app).await;
    }
}

/// A person's API key.
pub fn key(user: &str) -> String {
    format!("key-of-{user}")
}

/// Status and JSON of an answer; text where it is not JSON.
pub async fn taken(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn settings(folder: &Path) -> Config {
    let overrides = Overrides { data_dir: Some(folder.join("data")), undo_seconds: Some(10), ..Overrides::default() };
    let mut config = Config::load(None, overrides).unwrap();
    // Whatever the machine's environment holds is not this test's.
    config.slack = None;
    config.meetingbaas_secret = None;
    config.grants.insert(SKILL.to_owned(), Grant::Unrestricted);
    config
}

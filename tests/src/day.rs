//! A day in the life: a rep of the demo organisation, from the morning brief to the quiet
//! hours, on a whole host with every skill and sequence that ships, a mailbox on real mail
//! servers, and a clock that is moved.
//!
//! [`run`] tells the day as it goes and returns what happened, for a test to look at. To
//! add to the day: a row of `fixtures/day.json`, and a line of [`Day::live`] at its hour.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{ImapSession, ImapSettings, Security};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{ApiKey, ChatMessage};
use skillhost_engine::time::Timestamp;
use skillhost_server::config::{MailConfig, MailboxConfig};
use skillhost_server::demo_data::{self, ORG, REP};
use skillhost_server::view::{ApprovalView, JobView};

use crate::mail_server::{MailServer, PASSWORD};
use crate::test_host::{TestClock, TestHost, digest, key};
use crate::{process, rep};

/// What the day needs beside the demo organisation.
const WORLD: &str = include_str!("../fixtures/day.json");
/// The second call of the day.
const SECOND_CALL: &str = include_str!("../fixtures/second-call.txt");
/// The rep's mailbox.
pub const MAILBOX: &str = "priya.nair@quillmere.example";
/// Midnight in London, where the rep lives.
const MIDNIGHT: &str = "2026-11-20T00:00:00Z";
/// Between two looks whether the host has come to rest, and how many there are.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: usize = 3000;
/// Characters of a reason, and lines of a message, that are printed.
const MAX_REASON: usize = 90;
const MAX_TOLD: usize = 14;
/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

/// What the day was.
pub struct Day {
    /// Every job of the rep, oldest first.
    pub jobs: Vec<JobView>,
    /// What the rep was told, oldest first.
    pub told: Vec<ChatMessage>,
    /// How many mails are in the mailbox's folder of what was sent.
    pub sent: usize,
    /// What the rep's own report says of the day.
    pub report: Value,
    /// The day as it is printed.
    pub timeline: String,
}

struct Rep {
    host: TestHost,
    server: MailServer,
    midnight: Timestamp,
    lines: String,
    seen_jobs: BTreeSet<String>,
    seen_ends: BTreeSet<String>,
    seen_told: BTreeSet<String>,
    seen_asked: BTreeSet<String>,
    seen_effects: BTreeSet<String>,
    says: fn(&str),
}

/// Lives the day; every line of it goes to `says` as it happens.
pub async fn run(says: fn(&str)) -> Day {
    let mut rep = Rep::wake(says).await;
    rep.live().await;
    rep.sleep().await
}

impl Rep {
    async fn wake(says: fn(&str)) -> Self {
        let server = MailServer::with_smtp().unwrap();
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        process::seed(&data).unwrap();
        let midnight = at(MIDNIGHT);
        let clock = TestClock::at(midnight.plus_ms(7 * 60 * MINUTE_MS));
        let imap = imap(&server);
        let roots = imap.roots.clone();
        let (port, shipped) = (server.smtp, process::skills());
        let host = TestHost::on_data(folder, clock, &world(), move |config| {
            config.skills_dir = shipped;
            config.sequences_dir = None;
            config.default_grant = Grant::Only(BTreeSet::new());
            config.meetingbaas_secret = Some(SecretString::from(process::account_secret()));
            config.outside.fetch.roots = roots;
            config.mailboxes = vec![Arc::new(MailboxConfig {
                name: "priya".to_owned(),
                address: MAILBOX.to_owned(),
                imap,
                first_days: 14,
                files_sent: true,
            })];
            config.mail = MailConfig::Smtp {
                host: "localhost".to_owned(),
                port,
                security: "starttls".to_owned(),
                user: Some(MAILBOX.to_owned()),
                password: Some(SecretString::from(PASSWORD)),
            };
        })
        .await
        .unwrap();
        let key = ApiKey {
            digest: digest(&key(REP)),
            org: ORG.into(),
            user: REP.into(),
            client: "day".to_owned(),
            operator: false,
        };
        host.app.store.put_api_key(&key).await.unwrap();
        let seen = BTreeSet::new;
        Self {
            host,
            server,
            midnight,
            lines: String::new(),
            seen_jobs: seen(),
            seen_ends: seen(),
            seen_told: seen(),
            seen_asked: seen(),
            seen_effects: seen(),
            says,
        }
    }

    /// The day, hour by hour.
    async fn live(&mut self) {
        self.heading("Priya Nair, Friday 20 November 2026, London");
        self.until(8, 5).await;
        self.until(8, 35).await;
        self.until(9, 0).await;
        self.say("Priya goes through what the morning asks");
        self.answer_all().await;
        self.until(9, 5).await;
        self.until(10, 5).await;
        self.until(10, 35).await;
        self.say("the call with Castlereed has ended: the bot delivers its transcript");
        self.deliver_first_call().await;
        self.until(10, 36).await;
        self.say("Priya reads the cards of the call");
        self.answer_all().await;
        self.until(10, 40).await;
        self.answer_all().await;
        self.until(11, 20).await;
        self.say("five mails come in");
        self.mails().await;
        self.until(11, 25).await;
        self.answer_all().await;
        self.until(11, 30).await;
        self.answer_all().await;
        self.until(12, 35).await;
        self.until(14, 25).await;
        self.say("the call with Pellanby has ended: its transcript is uploaded");
        self.upload_second_call().await;
        self.until(14, 26).await;
        self.answer_all().await;
        self.until(14, 30).await;
        self.answer_all().await;
        self.until(16, 30).await;
        self.say("Priya asks for the look back at her week");
        self.raise("coaching_digest", json!({ "after": "2026-11-21" })).await;
        self.until(16, 31).await;
        self.until(20, 0).await;
        self.say("a mail comes in after hours");
        self.mail("late", "Amara Quist <amara.quist@harrowgate.example>", "Inspections", "", LATE).await;
        self.until(20, 5).await;
        self.until(31, 35).await;
        self.say("the next morning Priya has no use for the answer that was drafted to it");
        self.dismiss("email_received").await;
    }

    /// Moves the clock minute by minute to an hour of the day, and says what happened.
    async fn until(&mut self, hour: i64, minute: i64) {
        let then = self.midnight.plus_ms((hour * 60 + minute) * MINUTE_MS);
        loop {
            self.rest().await;
            self.tell().await;
            let now = self.host.app.clock.now();
            if now >= then {
                return;
            }
            // Nothing is due within a few minutes that a quarter of an hour later is lost.
            let step = (then.0 - now.0).min(5 * MINUTE_MS);
            self.host.clock.advance(step);
        }
    }

    /// Waits until no job has anything to do before the clock moves.
    async fn rest(&self) {
        let mut quiet = 0;
        for _ in 0..PATIENCE {
            let busy = self.jobs().await.iter().any(|job| {
                matches!(job.status, JobStatus::Pending | JobStatus::InProgress)
                    || job.effects.iter().any(|effect| {
                        matches!(effect.state, EffectState::Ready | EffectState::Sending)
                            && effect.not_before <= self.host.app.clock.now()
                    })
            });
            quiet = if busy { 0 } else { quiet + 1 };
            if quiet >= 3 {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("the host does not come to rest:\n{}", self.lines);
    }

    async fn jobs(&self) -> Vec<JobView> {
        let (status, list) = self.host.get(REP, "/v1/jobs?limit=200").await;
        assert_eq!(status, 200, "{list}");
        let mut all = Vec::new();
        for job in list["jobs"].as_array().unwrap() {
            let id = job["id"].as_str().unwrap().into();
            all.extend(self.host.app.job_view(&ORG.into(), &id).await.unwrap());
        }
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        all
    }

    /// Says what is new since the last time.
    async fn tell(&mut self) {
        let jobs = self.jobs().await;
        for job in &jobs {
            if self.seen_jobs.insert(job.id.to_string()) {
                let why = job.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
                let from =
                    if job.depth > 1 { format!(", follow-up of depth {}", job.depth - 1) } else { String::new() };
                let waits = if job.status == JobStatus::Deferred { format!(" waits{why}") } else { String::new() };
                self.line(&format!("  {} begins, from {}{from}{waits}", job.event_type, job.event_source));
            }
            for approval in &job.approvals {
                if self.seen_asked.insert(approval.id.to_string()) {
                    self.line(&format!(
                        "  ? {} [{}] {}",
                        job.event_type, approval.pattern, approval.card.comment_title
                    ));
                }
            }
            for effect in &job.effects {
                let state = effect.state.as_str();
                let now = format!("{} {state}", effect.key);
                if matches!(state, "sent" | "dead" | "cancelled" | "unknown") && self.seen_effects.insert(now) {
                    let why = effect.last_error.as_deref().filter(|_| state != "sent");
                    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                    self.line(&format!("  > {} {state}{why}", effect.kind));
                }
            }
            if job.status.is_ended() && self.seen_ends.insert(job.id.to_string()) {
                let skipped: Vec<String> = job
                    .steps
                    .iter()
                    .filter(|step| matches!(step.state.as_str(), "skipped" | "failed"))
                    .map(|step| {
                        let why: String =
                            step.reason.as_deref().unwrap_or("no reason").chars().take(MAX_REASON).collect();
                        format!("{} {}: {why}", step.name, step.state)
                    })
                    .collect();
                let left = if skipped.is_empty() { String::new() } else { format!(" ({})", skipped.join("; ")) };
                self.line(&format!("  = {} {}{left}", job.event_type, job.status.as_str()));
            }
        }
        let mut told = self.told().await;
        told.retain(|message| self.seen_told.insert(message.id.clone()));
        for message in told {
            let mut lines = message.text.lines().filter(|line| !line.trim().is_empty());
            self.line(&format!("  ! {}", lines.next().unwrap_or_default()));
            let rest: Vec<&str> = lines.collect();
            for line in rest.iter().take(MAX_TOLD) {
                self.put(&format!("               {line}"));
            }
            if rest.len() > MAX_TOLD {
                self.put(&format!("               … {} more lines", rest.len() - MAX_TOLD));
            }
        }
    }

    async fn told(&self) -> Vec<ChatMessage> {
        let mut told = self.host.app.store.feed(&ORG.into(), &REP.into(), 200).await.unwrap();
        told.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        told
    }

    /// Says yes to everything that is open, and waits out the time to take it back.
    async fn answer_all(&mut self) {
        for job in self.jobs().await {
            for approval in job.approvals.iter().filter(|one| one.status == ActionStatus::Pending) {
                let path = format!("/v1/approvals/{}/answer", approval.id);
                let (status, said) = self.host.post(REP, &path, &yes(approval)).await;
                assert!(status == 200 || status == 409, "{}: {said}", approval.card.comment_title);
                self.line(&format!("  + yes: {}", approval.card.comment_title));
            }
        }
        self.rest().await;
        self.host.clock.advance(11_000);
    }

    /// Says of all that is open of these jobs that it is of no use.
    async fn dismiss(&mut self, event: &str) {
        for job in self.jobs().await.iter().filter(|job| job.event_type == event) {
            for approval in job.approvals.iter().filter(|one| one.status == ActionStatus::Pending) {
                let path = format!("/v1/approvals/{}/answer", approval.id);
                let no = json!({ "answer": "skip", "irrelevant": true });
                let (status, said) = self.host.post(REP, &path, &no).await;
                assert_eq!(status, 200, "{said}");
                self.line(&format!("  - irrelevant: {}", approval.card.comment_title));
            }
        }
        self.rest().await;
    }

    async fn raise(&self, event: &str, payload: Value) {
        let (status, said) = self.host.post(REP, "/v1/events", &json!({ "type": event, "payload": payload })).await;
        assert_eq!(status, 202, "{said}");
    }

    async fn deliver_first_call(&self) {
        let body = serde_json::to_vec(&demo_data::delivery()).unwrap();
        let mut request = self.host.http.post(self.host.url("/hooks/meetingbaas"));
        for (name, value) in process::signed_at("call-1", self.host.app.clock.now().0 / 1000, &body) {
            request = request.header(name, value);
        }
        let status = request.body(body).send().await.unwrap().status();
        assert_eq!(status, 202);
    }

    async fn upload_second_call(&self) {
        let request = self.host.http.post(self.host.url("/v1/transcripts?meeting_id=m-pellanby-2"));
        let response = request.bearer_auth(key(REP)).body(SECOND_CALL).send().await.unwrap();
        assert_eq!(response.status(), 202, "{:?}", response.text().await);
    }

    async fn mails(&self) {
        for (id, from, subject, headers, body) in MAILS {
            self.mail(id, from, subject, headers, body).await;
        }
    }

    /// A mail arrives and its event is taken.
    async fn mail(&self, id: &str, from: &str, subject: &str, headers: &str, body: &str) {
        let now = self.host.app.clock.now();
        let date = now.rfc3339();
        let head = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
        let date =
            jiff::fmt::rfc2822::to_string(&date.parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC))
                .unwrap();
        let text = format!(
            "From: {from}\r\nTo: Priya Nair <{MAILBOX}>\r\nMessage-ID: <{id}@outside.example>\r\nDate: {date}\r\n\
             Subject: {subject}\r\n{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
            body.replace('\n', "\r\n")
        );
        let mut session = ImapSession::open(&imap(&self.server)).await.unwrap();
        session.append("INBOX", now, text.as_bytes()).await.unwrap();
        session.close().await;
        let known = format!("{id}@outside.example");
        for _ in 0..PATIENCE {
            let here =
                self.host.app.store.mails_by_message_id(&ORG.into(), &REP.into(), std::slice::from_ref(&known)).await;
            if !here.unwrap().is_empty() {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("{id} does not arrive");
    }

    fn heading(&mut self, text: &str) {
        self.put(&format!("\n{text}\n"));
    }

    fn say(&mut self, text: &str) {
        self.line(&format!("* {text}"));
    }

    fn line(&mut self, text: &str) {
        let minutes = (self.host.app.clock.now().0 - self.midnight.0) / MINUTE_MS;
        let day = if minutes >= 24 * 60 { "+1 " } else { "   " };
        self.put(&format!("{day}{:02}:{:02} {text}", minutes / 60 % 24, minutes % 60));
    }

    fn put(&mut self, line: &str) {
        (self.says)(line);
        let _written = writeln!(self.lines, "{line}");
    }

    async fn sleep(self) -> Day {
        let (jobs, told) = (self.jobs().await, self.told().await);
        let mut session = ImapSession::open(&imap(&self.server)).await.unwrap();
        let folder = session.sent_folder().await.unwrap().unwrap_or_else(|| "Sent".to_owned());
        let mails = jobs.iter().flat_map(|job| &job.effects);
        let mails = mails.filter(|effect| effect.kind == "email.send" && effect.state.as_str() == "sent").count();
        let mut sent = 0;
        // The last ones are filed beside everything else.
        for _ in 0..PATIENCE {
            sent = session.examine(&folder).await.map_or(0, |standing| usize::try_from(standing.exists).unwrap());
            if sent >= mails {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        session.close().await;
        let (status, report) = self.host.get(REP, "/v1/report").await;
        assert_eq!(status, 200, "{report}");
        self.host.stop().await;
        Day { jobs, told, sent, report, timeline: self.lines }
    }
}

/// Of several choices the first, and yes to everything else.
fn yes(approval: &ApprovalView) -> Value {
    match approval.pattern.as_str() {
        "choose" => {
            json!({ "answer": "choose", "choice": approval.card.parts.first().map(|part| part.id.clone()) })
        }
        _ => rep::agree(approval),
    }
}

/// An instant.
///
/// # Panics
/// It is none.
pub fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// How the rep's mailbox is read.
///
/// # Panics
/// The server's authority is none.
pub fn imap(server: &MailServer) -> ImapSettings {
    ImapSettings {
        host: "localhost".to_owned(),
        port: server.imaps,
        security: Security::Tls,
        login: MAILBOX.to_owned(),
        password: SecretString::from(PASSWORD),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    }
}

/// The demo organisation, with the day's own rows beside its own.
///
/// # Panics
/// A fixture is no document.
pub fn world() -> Value {
    let mut document: Value = serde_json::from_str(demo_data::ORGANISATION).unwrap();
    let more: Value = serde_json::from_str(WORLD).unwrap();
    for (table, rows) in more.as_object().unwrap() {
        let into = document.as_object_mut().unwrap().entry(table).or_insert_with(|| json!([]));
        into.as_array_mut().unwrap().extend(rows.as_array().unwrap().iter().cloned());
    }
    document["users"][0]["preferences"]["quiet_hours"] = json!({ "from": "19:00", "to": "07:30" });
    document["users"][0]["preferences"]["max_notifications_per_hour"] = json!(60);
    document
}

const LATE: &str = "Hi Priya,\n\nsorry for the silence, we were busy with the tender. Does the engineers' app keep what \
they enter where there is no signal?\n\nAmara";

/// `(id, from, subject, headers, text)`.
const MAILS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "helen-1",
        "Helen Marsh <helen.marsh@castlereed.example>",
        "Re: Morning replanning at Castlereed",
        "In-Reply-To: <20261109.0930.planning@quillmere.example>",
        "Hi Priya,\n\nthanks for this morning. Could we set up half an hour next week to go through it with Graham? \
Tuesday after two or Wednesday morning would work for us.\n\nBest\nHelen",
    ),
    (
        "yusuf-1",
        "Yusuf Brandt <yusuf.brandt@northmoor.example>",
        "Re: Two more depots",
        "In-Reply-To: <20261117.1100.depots@quillmere.example>",
        "Hi Priya,\n\nit is nineteen engineers in Wigan and Bolton together. Could you send us a proposal for the two \
depots, please?\n\nYusuf",
    ),
    (
        "ines-1",
        "Ines Calloway <ines.calloway@pellanby.example>",
        "Re: Pilot after the winter peak",
        "In-Reply-To: <c0ffee17@pellanby.example>",
        "Hi Priya,\n\nbefore this afternoon: does the phone app work without signal inside a cold store? Our people \
lose the network the moment the door shuts.\n\nInes",
    ),
    (
        "daniel-away",
        "Daniel Ostrowski <daniel.ostrowski@castlereed.example>",
        "Automatic reply: Morning replanning at Castlereed",
        "Auto-Submitted: auto-replied",
        "I am out of the office until Tuesday 24 November.\n\nDaniel",
    ),
    (
        "letter-1",
        "Trade Wire <news@tradewire.example>",
        "Ten field service trends for 2027",
        "List-Id: <weekly.tradewire.example>\r\nList-Unsubscribe: <https://tradewire.example/u>\r\nPrecedence: bulk",
        "This week: ten trends that every service manager should know. Read more on our site.",
    ),
];

//! A whole host with every skill and sequence that ships, between real peers: mail on Postfix
//! and Dovecot, a calendar on Radicale, a Slack that is as strict as Slack, and a clock that
//! is moved.
//!
//! | file | has |
//! |---|---|
//! | `answer` | how a question is answered in Slack |
//! | `turn` | what is looked at between two answers |

#![allow(clippy::unwrap_used)]

pub mod answer;
pub mod turn;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::calendar::caldav::{CaldavClient, CaldavSettings, SignIn};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::mail::imap::{ImapSession, ImapSettings, Security};
use skillhost_connectors::mail::read::read;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::mailbox::ReadMail;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::rights::Grant;
use skillhost_engine::store::{ApiKey, JobFilter, Scope};
use skillhost_engine::time::{Clock as _, Timestamp};
use skillhost_server::config::{CaldavConfig, Config, Database, MailConfig, MailboxConfig, SlackConfig};
use skillhost_server::demo_data::{self, ORG, REP};
use skillhost_server::view::JobView;

use crate::mail_server::{MailServer, PASSWORD as MAIL_PASSWORD};
use crate::process;
use crate::radicale::{PASSWORD, Radicale, USER, make_calendar};
use crate::slack_double::{Message, SlackDouble};
use crate::slack_rep::{SECRET, SlackRep, TOKEN, buttons};
use crate::test_host::{TestClock, TestHost, digest, key, taken};

/// What the copilot has to do beside the demo organisation's own rows.
const WORLD: &str = include_str!("../../fixtures/day.json");
/// The rep's mailbox.
pub const MAILBOX: &str = "priya.nair@quillmere.example";
/// The rep in Slack, as the demo organisation connects them, and their channel.
const WHO: (&str, &str) = ("T0QUILLMERE", "U0PRIYA");
const CHANNEL: &str = "D0PRIYA";
/// The calendar's name in the settings, and on its server.
const CALENDAR: &str = "priya-work";
/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(15);
const PATIENCE: usize = 4000;
/// Looks in a row that find nothing to do: what an effect's end leads to is there by then.
const QUIET_LOOKS: usize = 3;

/// The host and its peers.
pub struct Setting {
    /// The host.
    pub host: TestHost,
    /// Where the rep reads and presses.
    pub slack: SlackDouble,
    /// Where everybody's mail is.
    pub mail: MailServer,
    radicale: Radicale,
}

/// The demo organisation, with the rep's calendar on a server and these preferences over
/// their own.
pub fn demo(preferences: &Value) -> Value {
    let mut document = world();
    let own = document["users"][0]["preferences"].as_object_mut().unwrap();
    // A test's rep is busier than a person would like.
    own.insert("max_notifications_per_hour".to_owned(), json!(1000));
    own.remove("quiet_hours");
    own.extend(preferences.as_object().unwrap().clone());
    document["connections"].as_array_mut().unwrap().push(json!({ "kind": "calendar", "external_id": CALENDAR,
        "org_id": ORG, "user_id": REP, "detail": { "caldav": true } }));
    document
}

impl Setting {
    /// Starts all of it at an instant, on this organisation.
    pub async fn start(now: &str, document: &Value) -> Self {
        Self::start_on(now, document, None).await
    }

    /// The same on a Postgres, where one is named.
    pub async fn start_on(now: &str, document: &Value, database: Option<String>) -> Self {
        Self::start_with(now, document, |config| {
            if let Some(url) = database {
                config.database = Database::Postgres(SecretString::from(url));
            }
        })
        .await
    }

    /// The same; `adjust` changes the host's settings first.
    pub async fn start_with(now: &str, document: &Value, adjust: impl FnOnce(&mut Config)) -> Self {
        let mail = MailServer::with_smtp().unwrap();
        let radicale = Radicale::start_with(|user| make_calendar(user, CALENDAR).map(drop)).unwrap();
        let clock = TestClock::at(at(now));
        let times = Arc::clone(&clock);
        let slack = SlackDouble::start(TOKEN, Arc::new(move || times.now().0)).await.unwrap();
        slack.add_user(WHO.1, MAILBOX);
        slack.add_channel(CHANNEL);

        let folder = Arc::new(tempfile::tempdir().unwrap());
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        process::seed(&data).unwrap();
        let calendar = CaldavClient::new(&CaldavSettings {
            url: format!("http://127.0.0.1:{}/", radicale.port).parse().unwrap(),
            sign_in: SignIn::Password(USER.to_owned(), SecretString::from(PASSWORD)),
            roots: ExtraRoots::default(),
        })
        .unwrap();
        let (imap, port, base_url) = (imap(&mail), mail.smtp, slack.base_url());
        let host = TestHost::on_data(folder, clock, document, move |config| {
            config.skills_dir = process::skills();
            config.sequences_dir = None;
            config.default_grant = Grant::Only([].into());
            config.public_url = Some("https://host.example".to_owned());
            config.meetingbaas_secret = Some(SecretString::from(process::account_secret()));
            config.outside.fetch.roots = imap.roots.clone();
            config.mailboxes = vec![Arc::new(MailboxConfig {
                name: "priya".to_owned(),
                address: MAILBOX.to_owned(),
                imap,
                first_days: 14,
                files_sent: true,
                smtp: None,
            })];
            config.mail = MailConfig::Smtp {
                host: "localhost".to_owned(),
                port,
                security: "starttls".to_owned(),
                user: Some(MAILBOX.to_owned()),
                password: Some(SecretString::from(MAIL_PASSWORD)),
            };
            config.caldav = vec![Arc::new(CaldavConfig {
                name: CALENDAR.to_owned(),
                client: calendar,
                calendar: None,
                invites: true,
            })];
            config.slack = Some(SlackConfig {
                base_url,
                token: SecretString::from(TOKEN),
                signing_secret: SecretString::from(SECRET),
            });
            adjust(config);
        })
        .await
        .unwrap();
        let key = ApiKey {
            digest: digest(&key(REP)),
            org: ORG.into(),
            user: REP.into(),
            client: "ways".to_owned(),
            operator: false,
            scopes: vec![Scope::AnswerApprovals],
        };
        host.app.store.put_api_key(&key).await.unwrap();
        Self { host, slack, mail, radicale }
    }

    /// The rep in Slack.
    pub fn rep(&self) -> SlackRep<'_> {
        SlackRep {
            double: &self.slack,
            base: &self.host.base,
            http: &self.host.http,
            clock: &self.host.clock,
            who: WHO,
        }
    }

    /// Ends the host, then its peers.
    pub async fn stop(self) {
        self.host.stop().await;
    }

    // What begins a way.

    /// Moves the clock to an instant that is ahead; what is due there has come to rest.
    pub async fn until(&self, then: Timestamp) {
        self.rest().await;
        let now = self.host.app.clock.now();
        assert!(then >= now, "{} is over at {}", then.rfc3339(), now.rfc3339());
        self.host.clock.advance(then.0 - now.0);
        self.rest().await;
    }

    /// The bot delivers the call with Castlereed; its job.
    pub async fn deliver_call(&self) -> JobId {
        let body = serde_json::to_vec(&demo_data::delivery()).unwrap();
        let mut request = self.host.http.post(self.host.url("/hooks/meetingbaas"));
        for (name, value) in process::signed_at("call-1", self.host.app.clock.now().0 / 1000, &body) {
            request = request.header(name, value);
        }
        let (status, said) = taken(request.body(body).send().await.unwrap()).await;
        assert_eq!(status, 202, "{said}");
        said["job_id"].as_str().unwrap().into()
    }

    /// Raises an event by the API; its job.
    pub async fn raise(&self, event: &str, payload: &Value) -> JobId {
        let (status, said) = self.host.post(REP, "/v1/events", &json!({ "type": event, "payload": payload })).await;
        assert_eq!(status, 202, "{said}");
        said["job_id"].as_str().unwrap().into()
    }

    /// Puts a mail into the real mailbox and waits until its event is taken; its job.
    pub async fn mail(&self, id: &str, from: &str, subject: &str, headers: &str, body: &str) -> JobId {
        let head = format!("From: {from}\r\nMessage-ID: <{id}@outside.example>\r\nSubject: {subject}\r\n{headers}");
        self.letter(&format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{}", body.replace('\n', "\r\n")))
            .await
    }

    /// The same of a mail with a head of its own; to whom and when is put before it.
    pub async fn letter(&self, text: &str) -> JobId {
        let now = self.host.app.clock.now();
        let zoned = now.rfc3339().parse::<jiff::Timestamp>().unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let date = jiff::fmt::rfc2822::to_string(&zoned).unwrap();
        let text = format!("To: Priya Nair <{MAILBOX}>\r\nDate: {date}\r\n{text}\r\n");
        let before: Vec<JobId> = self.rows("email_received").await.into_iter().map(|row| row.id).collect();
        let mut session = ImapSession::open(&imap(&self.mail)).await.unwrap();
        session.append("INBOX", now, text.as_bytes()).await.unwrap();
        session.close().await;
        for _ in 0..PATIENCE {
            let rows = self.rows("email_received").await;
            if let Some(row) = rows.into_iter().find(|row| !before.contains(&row.id)) {
                return row.id;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let stands = self.host.app.mailbox_views(&ORG.into(), None).await;
        panic!("the mail does not arrive:\n{stands:?}\n{}\n{text}", self.mail.logs());
    }

    /// Presses the button, under the newest message that has one whose label begins so, once
    /// there is one.
    pub async fn press(&self, label: &str) {
        let drawn = |button: &Value| button["text"]["text"].as_str().is_some_and(|text| text.starts_with(label));
        for _ in 0..PATIENCE {
            if let Some(button) = self.posts().iter().rev().flat_map(|post| buttons(&post.body)).find(drawn) {
                let (message, place) = (button["value"].as_str().unwrap(), button["action_id"].as_str().unwrap());
                self.rep().press(message, place).await;
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("no button {label}: {:#?}", self.posts());
    }

    // What the host holds.

    /// The rep's jobs, the oldest first.
    pub async fn jobs(&self) -> Vec<JobRow> {
        self.found(None).await
    }

    /// Those of this kind.
    pub async fn rows(&self, event: &str) -> Vec<JobRow> {
        self.found(Some(event.to_owned())).await
    }

    async fn found(&self, event_type: Option<String>) -> Vec<JobRow> {
        let filter = JobFilter { event_type, limit: 500, ..JobFilter::default() };
        let mut rows = self.host.app.store.jobs(&ORG.into(), &filter).await.unwrap();
        rows.retain(|row| row.user == REP.into());
        rows.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        rows
    }

    /// A job.
    pub async fn row(&self, job: &JobId) -> JobRow {
        self.host.app.store.job(&ORG.into(), job).await.unwrap().unwrap().row
    }

    /// A job as the API shows it.
    pub async fn view(&self, job: &JobId) -> JobView {
        self.host.app.job_view(&ORG.into(), job).await.unwrap().unwrap()
    }

    /// Waits until no job has anything to do before the clock moves.
    pub async fn rest(&self) {
        let mut quiet = 0;
        let mut busy = Vec::new();
        for _ in 0..PATIENCE {
            busy = self.busy().await;
            quiet = if busy.is_empty() { quiet + 1 } else { 0 };
            if quiet >= QUIET_LOOKS {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("the host does not come to rest: {busy:?}");
    }

    async fn busy(&self) -> Vec<String> {
        let now = self.host.app.clock.now();
        let mut busy = Vec::new();
        for row in self.jobs().await.into_iter().filter(|row| !row.status.is_ended()) {
            let is_due = row.wake_at.is_some_and(|at| at <= now);
            let mut why = match row.status {
                JobStatus::Pending | JobStatus::InProgress => Some("runs".to_owned()),
                JobStatus::Deferred if is_due => Some("is due".to_owned()),
                _ => None,
            };
            for effect in self.view(&row.id).await.effects {
                let is_open = matches!(effect.state, EffectState::Ready | EffectState::Sending);
                if is_open && effect.not_before <= now {
                    why = Some(format!("{} {:?} {:?}", effect.kind, effect.state, effect.last_error));
                }
            }
            busy.extend(why.map(|why| format!("{} {} {why}", row.event_type, row.id)));
        }
        busy
    }

    /// When a job that waits for a time goes on: the end of an undo window, the end of
    /// quiet hours, the time that somebody chose.
    pub async fn due(&self, job: &JobId) -> Option<Timestamp> {
        let now = self.host.app.clock.now();
        let row = self.row(job).await;
        let effects = self.view(job).await.effects;
        let open = effects.iter().filter(|effect| effect.state == EffectState::Ready).map(|effect| effect.not_before);
        let parked = row.wake_at.filter(|_| row.status == JobStatus::Deferred);
        open.chain(parked).filter(|at| *at > now).min()
    }

    // What has left.

    /// Mails in the mailboxes of those whom they were sent to, with who they are.
    pub fn mails(&self) -> Vec<(Vec<String>, ReadMail)> {
        let received = self.mail.received().unwrap().into_iter();
        received.map(|mail| (mail.to, read(mail.text.as_bytes(), false))).collect()
    }

    /// How many mails are in the folder of what the rep has sent.
    pub async fn filed(&self) -> usize {
        let mut session = ImapSession::open(&imap(&self.mail)).await.unwrap();
        let folder = session.sent_folder().await.unwrap().unwrap_or_else(|| "Sent".to_owned());
        let filed = session.examine(&folder).await.map_or(0, |standing| usize::try_from(standing.exists).unwrap());
        session.close().await;
        filed
    }

    /// Messages that tell the rep something and ask nothing.
    pub fn posts(&self) -> Vec<Message> {
        self.slack.messages().into_iter().filter(is_told).collect()
    }

    /// Messages that asked something.
    pub fn cards(&self) -> Vec<Message> {
        self.slack.messages().into_iter().filter(|message| !is_told(message)).collect()
    }

    /// Events on the calendar's server.
    pub fn events(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.radicale.collections().join(CALENDAR)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|it| it == "ics")).map(unfolded).collect()
    }

    /// Type and bytes behind the one link that jobs of this kind made, as anybody opens it.
    pub async fn open_link(&self, event: &str) -> (String, Vec<u8>) {
        let app = &self.host.app;
        let rep = app.store.user(&ORG.into(), &REP.into()).await.unwrap().unwrap();
        let mut urls = Vec::new();
        for row in self.rows(event).await {
            urls.extend(app.artifacts(&rep, &row.id).await.unwrap().shares.into_iter().filter_map(|share| share.url));
        }
        let [url] = &urls[..] else { panic!("{event}: links {urls:?}") };
        let way = url.strip_prefix("https://host.example").unwrap();
        let response = self.host.http.get(self.host.url(way)).send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, response.bytes().await.unwrap().to_vec())
    }

    /// What a source says to the rep.
    pub async fn source(&self, source: &str, params: &Value) -> Value {
        self.host.app.store.source(&ORG.into(), &REP.into(), source, params).await.unwrap().unwrap_or_default()
    }
}

/// Whether a message tells something; the words of one that asks are literal.
fn is_told(message: &Message) -> bool {
    message.body["blocks"].as_array().unwrap().iter().any(|block| block["type"] == "rich_text")
}

/// A calendar object whose long lines are whole again.
fn unfolded(path: std::path::PathBuf) -> String {
    std::fs::read_to_string(path).unwrap().replace("\r\n ", "")
}

/// An instant.
///
/// # Panics
/// It is none.
pub fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// How the rep's mailbox is read.
fn imap(server: &MailServer) -> ImapSettings {
    ImapSettings {
        host: "localhost".to_owned(),
        port: server.imaps,
        security: Security::Tls,
        login: MAILBOX.to_owned(),
        password: SecretString::from(MAIL_PASSWORD),
        folder: "INBOX".to_owned(),
        sent: None,
        roots: ExtraRoots::from_pem(server.authority.as_bytes()).unwrap(),
    }
}

/// The demo organisation, with more of it for the copilot to do.
fn world() -> Value {
    let mut document: Value = serde_json::from_str(demo_data::ORGANISATION).unwrap();
    let more: Value = serde_json::from_str(WORLD).unwrap();
    for (table, rows) in more.as_object().unwrap() {
        let into = document.as_object_mut().unwrap().entry(table).or_insert_with(|| json!([]));
        into.as_array_mut().unwrap().extend(rows.as_array().unwrap().iter().cloned());
    }
    document
}

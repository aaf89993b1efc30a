//! A day in the life: a rep of the demo organisation, from the morning brief to the quiet
//! hours, on a whole host with every skill and sequence that ships, between real peers.
//!
//! [`run`] tells the day as it goes and returns what happened, for a test to look at. To
//! add to the day: a row of `fixtures/day.json`, a line of [`Living::live`] at its hour, and
//! in [`ANSWERS`] how the rep answers.
//!
//! | file | has |
//! |---|---|
//! | `timeline` | what is told of it |

#![allow(clippy::unwrap_used)]

pub mod timeline;

use std::time::Duration;

use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobRow;
use skillhost_engine::mailbox::ReadMail;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::time::Timestamp;
use skillhost_server::demo_data::REP;
use skillhost_server::view::{ApprovalView, EffectRowView, JobView};

use crate::rep;
use crate::setting::answer::{How, answer};
use crate::setting::{Setting, at, demo};
use crate::slack_double::Message;
use crate::slack_rep;
use crate::test_host::{key, taken};
use timeline::{Kind, Line, Timeline};

/// The second call of the day.
const SECOND_CALL: &str = include_str!("../../fixtures/second-call.txt");
/// Midnight in London, where the rep lives.
const MIDNIGHT: &str = "2026-11-20T00:00:00Z";
const ZONE: &str = "Europe/London";
/// Between two looks whether the last copies are filed, and how many there are.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const PATIENCE: usize = 3000;
/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// The clock goes on by so much: nothing is due within a few minutes that is lost then.
const STEP_MS: i64 = 5 * MINUTE_MS;
/// A little longer than an approved mail can be taken back.
const UNDO_MS: i64 = 11_000;

/// How the rep answers, by words of the question, the first time that each is asked. What
/// stands here no more is answered with yes, or with the first of several.
const ANSWERS: &[(&str, How)] = &[
    ("Send this mail to Amara?", How::Edit("Subject", "Certificates before the budget round")),
    ("Which of these answers should go out?", How::Ticks(&[0, 0])),
    ("Add these tasks to your list?", How::Ticks(&[0])),
    ("Send this mail to Helen and Daniel?", How::Edit("Subject", "What we agreed this morning")),
    // Of the two mails to Helen one goes in the afternoon, when she has time to read it.
    ("Send this mail to Helen?", How::Later),
    // Of the times that the call led to the first one will do; of those that her mail asks
    // for none of the first ones.
    ("When to meet Helen Marsh?", How::Choose(0)),
    ("When to meet Helen Marsh?", How::More),
    ("Send this mail to Ines?", How::Edit("Text", "Hi Ines,\n\nit does: the day is on the phone.\n\nPriya")),
    // The proposal for Yusuf is read, and goes as a link instead.
    ("Send this mail to Yusuf?", How::Skip),
];

/// What the day was.
pub struct Day {
    /// Every job of the rep, oldest first.
    pub jobs: Vec<JobView>,
    /// What the rep was told in Slack, oldest first, as JSON.
    pub told: Vec<String>,
    /// Mails in the mailboxes of those whom they were sent to.
    pub received: Vec<(Vec<String>, ReadMail)>,
    /// How many mails are in the mailbox's folder of what was sent.
    pub filed: usize,
    /// Events on the calendar's server.
    pub events: Vec<String>,
    /// What the rep's own report says of the day.
    pub report: Value,
    /// What Slack refused.
    pub refused: Vec<(String, String, Option<String>)>,
    /// The day as it is printed.
    pub timeline: Timeline,
}

struct Living {
    setting: Setting,
    midnight: Timestamp,
    timeline: Timeline,
    left: Vec<&'static (&'static str, How)>,
}

/// Lives the day; every line of it goes to `says` as it happens.
pub async fn run(says: fn(&Line)) -> Day {
    let preferences = json!({ "quiet_hours": { "from": "19:00", "to": "07:30" }, "max_notifications_per_hour": 60 });
    let mut day = Living {
        setting: Setting::start("2026-11-20T07:00:00Z", &demo(&preferences)).await,
        midnight: at(MIDNIGHT),
        timeline: Timeline::new(ZONE, says),
        left: ANSWERS.iter().collect(),
    };
    day.live().await;
    day.sleep().await
}

impl Living {
    /// The day, hour by hour.
    async fn live(&mut self) {
        self.timeline.heading("Priya Nair, Friday 20 November 2026, London");
        self.until(9, 0).await;
        self.happens("Priya goes through what the morning asks");
        self.answer_all().await;
        self.until(10, 5).await;
        self.happens("the campaign was checked; Priya answers");
        self.answer_all().await;
        self.until(10, 35).await;
        self.happens("the call with Castlereed has ended: the bot delivers its transcript");
        self.setting.deliver_call().await;
        self.until(10, 36).await;
        self.happens("Priya reads the cards of the call");
        self.answer_all().await;
        self.until(10, 40).await;
        self.happens("and what followed from it");
        self.answer_all().await;
        self.until(11, 20).await;
        self.happens("five mails come in");
        for (id, from, subject, headers, body) in MAILS {
            self.setting.mail(id, from, subject, headers, body).await;
        }
        self.until(11, 25).await;
        self.happens("Priya answers");
        self.answer_all().await;
        self.until(11, 30).await;
        self.answer_all().await;
        self.until(12, 35).await;
        self.until(14, 25).await;
        self.happens("the call with Pellanby has ended: its transcript is uploaded");
        self.upload_second_call().await;
        self.until(14, 26).await;
        self.happens("Priya answers, on the page instead of in Slack");
        self.answer_on_the_page().await;
        self.until(14, 30).await;
        self.answer_all().await;
        self.until(16, 30).await;
        self.happens("Priya asks for the look back at her week");
        self.setting.raise("coaching_digest", &json!({ "after": "2026-11-21" })).await;
        self.until(16, 31).await;
        self.until(20, 0).await;
        self.happens("a mail comes in after hours");
        let amara = "Amara Quist <amara.quist@harrowgate.example>";
        self.setting.mail("late", amara, "Inspections", "", LATE).await;
        self.until(20, 5).await;
        // Until the quiet hours end nothing is due.
        self.pass((11 * 60 + 20) * MINUTE_MS).await;
        self.until(31, 35).await;
        self.happens("the next morning Priya has no use for the answer that was drafted to it");
        self.dismiss("email_received").await;
    }

    fn now(&self) -> Timestamp {
        self.setting.host.app.clock.now()
    }

    /// Moves the clock to an hour of the day, and says what happened.
    async fn until(&mut self, hour: i64, minute: i64) {
        let then = self.midnight.plus_ms((hour * 60 + minute) * MINUTE_MS);
        while self.now() < then {
            let step = (then.0 - self.now().0).min(STEP_MS);
            self.pass(step).await;
        }
    }

    async fn pass(&mut self, ms: i64) {
        self.setting.host.clock.advance(ms);
        self.tell().await;
    }

    async fn jobs(&self) -> Vec<(JobRow, JobView)> {
        let mut all = Vec::new();
        for row in self.setting.jobs().await {
            let view = self.setting.view(&row.id).await;
            all.push((row, view));
        }
        all
    }

    /// Says what is new since the last time, once all of it has come to rest.
    async fn tell(&mut self) {
        self.setting.rest().await;
        let jobs = self.jobs().await;
        self.timeline.tell(self.now(), &jobs);
    }

    fn happens(&mut self, text: &str) {
        self.timeline.line(self.now(), Kind::Happens, "", text);
    }

    async fn open(&self) -> Vec<ApprovalView> {
        let jobs = self.jobs().await;
        let questions = jobs.into_iter().flat_map(|(_, job)| job.approvals);
        questions.filter(|question| question.status == ActionStatus::Pending).collect()
    }

    /// Answers what is open in Slack, and waits out the time to take it back.
    async fn answer_all(&mut self) {
        self.tell().await;
        for question in self.open().await {
            let title = &question.card.comment_title;
            let place = self.left.iter().position(|(words, _)| title.contains(words));
            match place.map(|place| &self.left.remove(place).1) {
                Some(how) => answer(&self.setting, &question, how).await,
                None => answer(&self.setting, &question, &yes(&question)).await,
            }
        }
        self.tell().await;
        self.pass(UNDO_MS).await;
    }

    /// The same without Slack.
    async fn answer_on_the_page(&mut self) {
        self.tell().await;
        for question in self.open().await {
            let path = format!("/v1/approvals/{}/answer", question.id);
            let (status, said) = self.setting.host.post(REP, &path, &agreed(&question)).await;
            assert_eq!(status, 200, "{}: {said}", question.card.comment_title);
        }
        self.tell().await;
        self.pass(UNDO_MS).await;
    }

    /// Says of all that is open of these jobs that it is of no use.
    async fn dismiss(&mut self, event: &str) {
        let jobs: Vec<JobId> = self.setting.rows(event).await.into_iter().map(|row| row.id).collect();
        for question in self.open().await.iter().filter(|question| jobs.contains(&question.job_id)) {
            answer(&self.setting, question, &How::Irrelevant("I have called her")).await;
        }
        self.tell().await;
    }

    async fn upload_second_call(&self) {
        let host = &self.setting.host;
        let request = host.http.post(host.url("/v1/transcripts?meeting_id=m-pellanby-2"));
        let (status, said) = taken(request.bearer_auth(key(REP)).body(SECOND_CALL).send().await.unwrap()).await;
        assert_eq!(status, 202, "{said}");
    }

    async fn sleep(mut self) -> Day {
        let jobs = self.jobs().await;
        self.timeline.open(self.now(), &jobs);
        let mut received = self.setting.mails();
        received.sort_by_key(|(_, mail)| mail.date);
        self.timeline.heading("In the mailboxes of those who were written to");
        for (to, mail) in &received {
            // What a calendar reads of an invitation has no name.
            let files = mail.attachments.iter().map(|file| file.name.as_str()).filter(|name| !name.is_empty());
            let files: Vec<&str> = files.collect();
            let files = if files.is_empty() { String::new() } else { format!(" with {}", files.join(", ")) };
            let text = format!("{}: “{}”{files}", to.join(", "), mail.subject);
            self.timeline.line(mail.date.unwrap_or(self.now()), Kind::Sent, "", &text);
        }
        // The last copies are filed beside everything else.
        let sent = jobs.iter().flat_map(|(_, job)| &job.effects).filter(|one| is_mailed(one)).count();
        let mut filed = 0;
        for _ in 0..PATIENCE {
            filed = self.setting.filed().await;
            if filed >= sent {
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let (status, report) = self.setting.host.get(REP, "/v1/report").await;
        assert_eq!(status, 200, "{report}");
        let told = self.setting.posts().into_iter().map(|post: Message| post.body["blocks"].to_string()).collect();
        let (events, refused) = (self.setting.events(), slack_rep::refusals(&self.setting.slack));
        self.setting.stop().await;
        let jobs = jobs.into_iter().map(|(_, view)| view).collect();
        Day { jobs, told, received, filed, events, report, refused, timeline: self.timeline }
    }
}

/// Whether an effect left as a mail: one of its own, or an invitation whose calendar asks
/// nobody by itself.
pub fn is_mailed(effect: &EffectRowView) -> bool {
    let has_id = effect.receipt.as_ref().is_some_and(|receipt| receipt["message_id"].is_string());
    effect.state == EffectState::Sent && has_id && ["email.send", "calendar.invite"].contains(&effect.kind.as_str())
}

/// The same as [`yes`], as the API takes it.
fn agreed(question: &ApprovalView) -> Value {
    match question.pattern.as_str() {
        "choose" => json!({ "answer": "choose", "choice": question.card.parts[0].id }),
        _ => rep::agree(question),
    }
}

/// Of several choices the first, and yes to everything else.
fn yes(question: &ApprovalView) -> How {
    match question.pattern.as_str() {
        "choose" => How::Choose(0),
        "batch" => How::All,
        _ => How::Approve,
    }
}

const LATE: &str = "Hi Priya,\n\nsorry for the silence, we were busy with the tender. Does the engineers' app keep what \
they enter where there is no signal?\n\nAmara";

/// `(id, from, subject, headers, text)`.
const MAILS: [(&str, &str, &str, &str, &str); 5] = [
    (
        "helen-1",
        "Helen Marsh <helen.marsh@castlereed.example>",
        "Re: Morning replanning at Castlereed",
        "In-Reply-To: <20261109.0930.planning@quillmere.example>\r\n",
        "Hi Priya,\n\nthanks for this morning. Could we set up half an hour next week to go through it with Graham? \
Tuesday after two or Wednesday morning would work for us.\n\nBest\nHelen",
    ),
    (
        "yusuf-1",
        "Yusuf Brandt <yusuf.brandt@northmoor.example>",
        "Re: Two more depots",
        "In-Reply-To: <20261117.1100.depots@quillmere.example>\r\n",
        "Hi Priya,\n\nit is nineteen engineers in Wigan and Bolton together. Could you send us a proposal for the two \
depots, please?\n\nYusuf",
    ),
    (
        "ines-1",
        "Ines Calloway <ines.calloway@pellanby.example>",
        "Re: Pilot after the winter peak",
        "In-Reply-To: <c0ffee17@pellanby.example>\r\n",
        "Hi Priya,\n\nbefore this afternoon: does the phone app work without signal inside a cold store? Our people \
lose the network the moment the door shuts.\n\nInes",
    ),
    (
        "daniel-away",
        "Daniel Ostrowski <daniel.ostrowski@castlereed.example>",
        "Automatic reply: Morning replanning at Castlereed",
        "Auto-Submitted: auto-replied\r\n",
        "I am out of the office until Tuesday 24 November.\n\nDaniel",
    ),
    (
        "letter-1",
        "Trade Wire <news@tradewire.example>",
        "Ten field service trends for 2027",
        "List-Id: <weekly.tradewire.example>\r\nList-Unsubscribe: <https://tradewire.example/u>\r\nPrecedence: bulk\r\n",
        "This week: ten trends that every service manager should know. Read more on our site.",
    ),
];

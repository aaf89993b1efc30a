//! A way: what begins it, what the rep answers, and what is there at its end.
//!
//! To look somewhere else: a case of [`Expect`].

use std::collections::BTreeMap;

use serde_json::Value;
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::CoachingAnalysis;
use skillhost_server::demo_data::{ORG, REP};

use skillhost_tests::setting::answer::{How, answer};
use skillhost_tests::setting::{Setting, at};

/// Turns of answering and waiting before a way is one that does not end.
const MAX_TURNS: usize = 20;

/// One sequence from end to end.
pub(super) struct Way {
    pub(super) sequence: &'static str,
    pub(super) start: Start,
    /// The rep's answers: which question, by words of its title, and how.
    pub(super) answers: &'static [(&'static str, How)],
    pub(super) expect: &'static [Expect],
}

/// How the event comes.
pub(super) enum Start {
    /// By the clock, at this instant.
    Clock(&'static str),
    /// The bot delivers a call at this instant.
    Delivery(&'static str),
    /// In the rep's mailbox: sender, subject, headers, text.
    Mail(&'static str, &'static str, &'static str, &'static str),
    /// By the app's slash command.
    Command(&'static str),
    /// By a button under a message, by the beginning of its label.
    Pressed(&'static str),
    /// By the API.
    Api(&'static str),
    /// What the way of another sequence led to; it is waited for until it is due.
    Led(&'static str),
}

/// What is there at the end and was not at the beginning.
pub(super) enum Expect {
    /// A mail to this address, with these words in its subject or text.
    Mail(&'static str, &'static str),
    /// One to this address, with a file whose name ends so.
    File(&'static str, &'static str),
    /// A message in Slack with these words.
    Post(&'static str),
    /// An event on the calendar's server with this in it.
    Event(&'static str),
    /// This source, asked so, says this.
    Kept(&'static str, &'static str, &'static str),
    /// Nobody writes to this address any more.
    Suppressed(&'static str),
    /// Analyses of the rep's calls: of one by itself, and of a week.
    Coached,
    /// A link of the rep's that opens a file of this type for anybody, and no mail.
    Link(&'static str),
    /// Nothing left that anybody outside sees.
    NothingLeft,
}

/// What had left when a way began.
struct Before {
    mails: usize,
    posts: usize,
    events: usize,
}

/// Goes a way to its end. `gone` are the jobs of those before it.
pub(super) async fn go(setting: &Setting, way: &Way, gone: &mut BTreeMap<&'static str, JobId>) {
    setting.rest().await;
    let before = Before { mails: setting.mails().len(), posts: setting.posts().len(), events: setting.events().len() };
    let job = begin(setting, way, gone).await;
    gone.entry(way.sequence).or_insert_with(|| job.clone());
    let mut left: Vec<&(&str, How)> = way.answers.iter().collect();
    for _ in 0..MAX_TURNS {
        setting.rest().await;
        let view = setting.view(&job).await;
        let open = view.approvals.iter().find(|approval| approval.status == ActionStatus::Pending);
        if let Some(question) = open {
            let title = &question.card.comment_title;
            let place = left.iter().position(|(words, _)| title.contains(words));
            let place = place.unwrap_or_else(|| panic!("{}: nobody answers “{title}”", way.sequence));
            answer(setting, question, &left.remove(place).1).await;
        } else if view.status.is_ended() {
            break;
        } else {
            let due = setting.due(&job).await;
            let due = due.unwrap_or_else(|| panic!("{}: {:?} {:?}", way.sequence, view.status, view.reason));
            setting.until(due).await;
        }
    }
    let view = setting.view(&job).await;
    let unasked: Vec<&str> = left.iter().map(|(words, _)| *words).collect();
    assert!(unasked.is_empty(), "{}: never asked {unasked:?}", way.sequence);
    assert_eq!(view.status, JobStatus::Completed, "{}: {:?}", way.sequence, view.reason);
    for step in &view.steps {
        assert_ne!(step.state, "failed", "{}: {}: {:?}", way.sequence, step.name, step.reason);
    }
    for effect in &view.effects {
        let is_well = matches!(effect.state, EffectState::Sent | EffectState::Cancelled);
        assert!(is_well, "{}: {} {:?} {:?}", way.sequence, effect.kind, effect.state, effect.last_error);
    }
    for expect in way.expect {
        look(setting, way.sequence, expect, &before).await;
    }
}

async fn begin(setting: &Setting, way: &Way, gone: &BTreeMap<&'static str, JobId>) -> JobId {
    match way.start {
        Start::Clock(instant) => {
            let then = at(instant);
            if then > setting.host.app.clock.now() {
                setting.until(then).await;
            }
            for _ in 0..MAX_TURNS {
                let rows = setting.rows(way.sequence).await;
                let due = |row: &&skillhost_engine::job::JobRow| {
                    row.event_source.starts_with("cron:") && row.created_at >= then
                };
                if let Some(row) = rows.iter().find(due) {
                    return row.id.clone();
                }
                setting.rest().await;
            }
            panic!("the clock does not raise {}", way.sequence);
        }
        Start::Delivery(instant) => {
            setting.until(at(instant)).await;
            setting.deliver_call().await
        }
        Start::Mail(from, subject, headers, text) => setting.mail("way-1", from, subject, headers, text).await,
        Start::Command(words) => {
            let before = setting.rows(way.sequence).await.len();
            let said = setting.rep().command(words).await;
            assert_eq!(said["response_type"], "ephemeral", "{said}");
            let rows = setting.rows(way.sequence).await;
            assert_eq!(rows.len(), before + 1, "{said}");
            let row = rows.into_iter().find(|row| row.event_source == "slack:command");
            row.unwrap().id
        }
        Start::Pressed(label) => {
            let before: Vec<JobId> = setting.rows(way.sequence).await.into_iter().map(|row| row.id).collect();
            setting.press(label).await;
            setting.rest().await;
            let rows = setting.rows(way.sequence).await;
            let row = rows.into_iter().find(|row| !before.contains(&row.id) && row.event_source.starts_with("slack:"));
            row.unwrap_or_else(|| panic!("{label} does not raise {}", way.sequence)).id
        }
        Start::Api(payload) => setting.raise(way.sequence, &serde_json::from_str(payload).unwrap()).await,
        Start::Led(from) => {
            let parent = gone.get(from).unwrap_or_else(|| panic!("{from} has no way before {}", way.sequence));
            let rows = setting.rows(way.sequence).await;
            let led = rows.into_iter().find(|row| row.parent.as_ref() == Some(parent));
            led.unwrap_or_else(|| panic!("{from} did not lead to {}", way.sequence)).id
        }
    }
}

async fn look(setting: &Setting, way: &str, expect: &Expect, before: &Before) {
    let mails: Vec<_> = setting.mails().split_off(before.mails);
    let posts: Vec<String> =
        setting.posts().split_off(before.posts).iter().map(|post| post.body["blocks"].to_string()).collect();
    match expect {
        Expect::Mail(to, words) => assert!(
            mails.iter().any(|(whom, mail)| whom.iter().any(|one| one == to)
                && (mail.subject.contains(words) || mail.body.contains(words))),
            "{way}: no mail to {to} says “{words}”: {mails:#?}"
        ),
        Expect::File(to, end) => assert!(
            mails.iter().any(|(whom, mail)| whom.iter().any(|one| one == to)
                && mail.attachments.iter().any(|file| file.name.ends_with(end) && file.bytes > 0)),
            "{way}: no mail to {to} has a file {end}: {mails:#?}"
        ),
        Expect::Post(words) => {
            assert!(posts.iter().any(|post| post.contains(words)), "{way}: no message says “{words}”: {posts:#?}");
        }
        Expect::Event(part) => {
            let events = setting.events();
            let is_new = events.len() > before.events;
            assert!(is_new && events.iter().any(|event| event.contains(part)), "{way}: no event {part}: {events:#?}");
        }
        Expect::Kept(source, params, words) => {
            let said: Value = setting.source(source, &serde_json::from_str(params).unwrap()).await;
            assert!(said.to_string().contains(words), "{way}: {source} does not say {words}: {said:#}");
        }
        Expect::Suppressed(address) => {
            assert!(setting.host.app.store.is_suppressed(&ORG.into(), address).await.unwrap(), "{way}: {address}");
        }
        Expect::Coached => {
            let kept = setting.host.app.store.coaching(&ORG.into(), &REP.into(), 10).await.unwrap();
            let of_week = |one: &&CoachingAnalysis| one.meeting_id.is_none();
            assert!(kept.iter().any(|one| !of_week(&one)), "{way}: no call is kept by itself");
            let week = kept.iter().find(of_week).unwrap_or_else(|| panic!("{way}: no week is kept"));
            assert!(week.analysis["calls"].as_u64() > Some(0), "{way}: {}", week.analysis);
        }
        Expect::Link(media_type) => {
            assert!(mails.is_empty(), "{way}: a mail left: {mails:#?}");
            let (opened, found) = setting.open_link(way).await;
            assert_eq!(opened, *media_type, "{way}");
            assert!(found.starts_with(b"%PDF"), "{way}");
        }
        Expect::NothingLeft => {
            assert!(mails.is_empty(), "{way}: a mail left: {mails:#?}");
            assert_eq!(setting.events().len(), before.events, "{way}: an event was put into the calendar");
        }
    }
}

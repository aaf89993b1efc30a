//! The pace of the copilot on this machine: how long a card of a call takes, and whether
//! the briefs of a thousand people come in time. `make bench-copilot` prints it.
//!
//! The host, its database, its skills and Slack's stand-in are those of the tests; the
//! clock stands still while work goes on, so that what is measured is the work.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::rights::Grant;
use skillhost_engine::schedule::ScheduleRow;
use skillhost_engine::store::{ApiKey, JobFilter, Scope};
use skillhost_engine::time::Timestamp;
use skillhost_server::config::SlackConfig;
use skillhost_server::demo_data::{self, ORG, REP};

use crate::process;
use crate::slack_double::{Call, SlackDouble};
use crate::test_host::{TestClock, TestHost, digest, key};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// Calls of an hour that end, one after the other.
const CALLS: usize = 20;
/// The first ones warm caches and are not counted.
const WARM: usize = 4;
/// People with a morning brief and a meeting each.
const PEOPLE: usize = 1000;
/// Minutes between the meetings' beginnings.
const SLOT_MINUTES: i64 = 5;
/// Beginnings that the meetings are spread over, from ten o'clock on.
const SLOTS: usize = 72;
/// A Friday in London, where clocks show UTC in November.
const MIDNIGHT: &str = "2026-11-20T00:00:00Z";
/// The step that tells of a call, the turn of a channel with room to spare, and how often is
/// looked whether it has come.
const SUMMARY: &str = "summary";
const TURN_MS: i64 = 1_100;
const TURN_LOOK: Duration = Duration::from_millis(2);
/// What the first card of a call should take at most, p50, and what its skills may compute.
const CARD_TARGET_MS: f64 = 150.0;
const COMPUTE_TARGET_MS: f64 = 300.0;
/// Between two looks at what has come.
const LOOK: Duration = Duration::from_millis(100);
/// The host's Slack.
const TOKEN: &str = "xoxb-pace";
const CHANNEL: &str = "D0PACE";
const POST: &str = "chat.postMessage";

/// What was measured; times are milliseconds of the wall.
#[derive(Debug, Serialize)]
pub struct Pace {
    /// Of calls of an hour that ended.
    pub meeting_ended: MeetingEnded,
    /// Of briefs before meetings.
    pub before_meetings: Briefs,
    /// Of morning briefs, all due in one minute.
    pub mornings: Briefs,
}

/// From the event to the cards.
#[derive(Debug, Serialize)]
pub struct MeetingEnded {
    /// Calls counted.
    pub calls: usize,
    /// Words of each.
    pub words: usize,
    /// From the accepted event to the first card at Slack.
    pub first_card_p50_ms: f64,
    /// The same, p95.
    pub first_card_p95_ms: f64,
    /// From the accepted event to the summary at Slack, p50. The turns of the channel, which
    /// takes a message a second, are left out.
    pub summary_p50_ms: f64,
    /// The same, p95.
    pub summary_p95_ms: f64,
    /// What all skills compute together until the job rests, their waits left out, p50: its own,
    /// and those of the jobs that follow from it and run meanwhile.
    pub compute_p50_ms: f64,
    /// Wall time of all of them together, p50; those of one wave share processors.
    pub skills_p50_ms: f64,
    /// The same by step.
    pub steps_p50_ms: BTreeMap<String, f64>,
}

/// Many at once.
#[derive(Debug, Serialize)]
pub struct Briefs {
    /// How many were due.
    pub due: usize,
    /// How many stood in Slack when their minute ended.
    pub in_time: usize,
    /// Most that were due in one minute.
    pub most_at_once: usize,
    /// The longest that a minute's briefs took, all of them.
    pub slowest_minute_ms: f64,
}

impl Pace {
    /// What misses its target, in words.
    pub fn misses(&self) -> Vec<String> {
        let MeetingEnded { first_card_p50_ms, compute_p50_ms, .. } = self.meeting_ended;
        let above =
            |what: &str, is: f64, most: f64| (is > most).then(|| format!("{what}: {is:.0} ms, above {most:.0}"));
        let late = |what: &str, briefs: &Briefs| {
            (briefs.in_time < briefs.due).then(|| format!("{what}: {} of {} in time", briefs.in_time, briefs.due))
        };
        [
            above("first card p50", first_card_p50_ms, CARD_TARGET_MS),
            above("compute p50", compute_p50_ms, COMPUTE_TARGET_MS),
            late("before meetings", &self.before_meetings),
            late("mornings", &self.mornings),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Measures everything; each finished part goes to `says`.
pub async fn run(says: fn(&str)) -> Pace {
    skillhost_connectors::egress::install_crypto();
    let meeting_ended = meetings().await;
    says(&format!("{meeting_ended:?}"));
    let mut crowd = Crowd::gather().await;
    let mornings = crowd.mornings().await;
    says(&format!("mornings {mornings:?}"));
    let before_meetings = crowd.before_meetings().await;
    says(&format!("before meetings {before_meetings:?}"));
    crowd.host.stop().await;
    Pace { meeting_ended, before_meetings, mornings }
}

/// A host with every skill that ships, and this Slack.
async fn start(document: &Value, at: Timestamp, base_url: String) -> TestHost {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    process::seed(&data).unwrap();
    let shipped = process::skills();
    TestHost::on_data(folder, TestClock::at(at), document, |config| {
        config.skills_dir = shipped;
        config.sequences_dir = None;
        config.default_grant = Grant::Only(std::collections::BTreeSet::new());
        config.slack = Some(SlackConfig {
            base_url,
            token: SecretString::from(TOKEN),
            signing_secret: SecretString::from("pace"),
        });
    })
    .await
    .unwrap()
}

/// The demo call twice, the second half an hour later: as long as an hour's call.
fn call() -> String {
    let later = |line: &str| {
        let (minutes, rest) = line.split_once(':').unwrap();
        format!("{}:{rest}", minutes.parse::<u32>().unwrap() + 30)
    };
    let once = demo_data::call_text().lines();
    once.clone().map(str::to_owned).chain(once.map(later)).collect::<Vec<_>>().join("\n")
}

async fn meetings() -> MeetingEnded {
    let now: Timestamp = Timestamp(MIDNIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond() + 10 * 60 * MINUTE_MS);
    let double = SlackDouble::start(TOKEN, Arc::new(move || now.0 / 1000)).await.unwrap();
    double.add_user("U0PACE", "priya.nair@quillmere.example");
    double.add_channel(CHANNEL);
    let base_url = double.base_url();
    let mut document = demo_data::organisation(now, None);
    let slack = json!({ "kind": "slack-user", "external_id": "T0PACE/U0PACE", "org_id": ORG, "user_id": REP,
        "detail": { "channel": CHANNEL } });
    let connections = document["connections"].as_array_mut().unwrap();
    connections.retain(|one| one["kind"] != "slack-user");
    connections.push(slack);
    // They end one after the other, which no hour of a person has room for.
    for user in document["users"].as_array_mut().unwrap() {
        user["preferences"]["max_notifications_per_hour"] = Value::Null;
    }
    let host = start(&document, now, base_url).await;
    let api_key = ApiKey {
        digest: digest(&key(REP)),
        org: ORG.into(),
        user: REP.into(),
        client: "pace".to_owned(),
        operator: false,
        scopes: vec![Scope::AnswerApprovals],
    };
    host.app.store.put_api_key(&api_key).await.unwrap();
    let call = call();
    let (mut first, mut summary, mut skills, mut compute) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let computed = || host.app.modules.as_ref().unwrap().runner().sandbox().computed();
    let mut steps: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for index in 0..CALLS + WARM {
        let id = format!("tr-pace-{index}");
        let meeting = format!("m-pace-{index}");
        let attendees = json!([{ "name": "Priya Nair", "email": "priya.nair@quillmere.example" },
            { "name": "Helen Marsh", "email": "helen.marsh@castlereed.example" },
            { "name": "Daniel Ostrowski", "email": "daniel.ostrowski@castlereed.example" }]);
        let transcript = json!({
            "meetings": [{ "id": meeting, "org_id": ORG, "title": "Castlereed", "started_at": host.clock_now(),
                "attendees": attendees, "deal_id": "d-castlereed", "owner_id": REP }],
            "transcripts": [{ "id": id, "org_id": ORG, "meeting_id": meeting, "format": "text", "body": call,
                "at": host.clock_now() }],
        });
        host.app.store.load_data(&transcript, Timestamp(i64::MAX)).await.unwrap();
        let posted = double.taken(POST).len();
        let payload = json!({ "meeting_id": meeting, "transcript_id": id, "contact_id": "c-helen",
            "attendees": attendees, "deal_id": "d-castlereed", "company_id": "co-castlereed", "title": "Castlereed" });
        let before = computed();
        let begun = Instant::now();
        let (status, said) =
            host.post(REP, "/v1/events", &json!({ "type": "meeting_ended", "payload": payload })).await;
        assert_eq!(status, 202, "{said}");
        let is_card = |call: &&Call| call.method == POST && call.refused.is_none();
        double.until(|calls| calls.iter().filter(is_card).count() > posted).await;
        let card = begun.elapsed();
        let job = said["job_id"].as_str().unwrap();
        let summarised = told(&host, job, begun).await;
        let view = settled(&host, job).await;
        if index >= WARM {
            first.push(card.as_secs_f64() * 1e3);
            summary.push(summarised.as_secs_f64() * 1e3);
            compute.push(computed().saturating_sub(before).as_secs_f64() * 1e3);
            for step in view.steps.iter().filter(|step| step.wall_us > 0) {
                steps.entry(step.name.clone()).or_default().push(step.wall_us as f64 / 1e3);
            }
            skills.push(view.steps.iter().map(|step| step.wall_us).sum::<i64>() as f64 / 1e3);
        }
        at_rest(&host).await;
    }
    host.stop().await;
    MeetingEnded {
        calls: CALLS,
        words: call.split_whitespace().count(),
        first_card_p50_ms: percentile(&mut first, 50),
        first_card_p95_ms: percentile(&mut first, 95),
        summary_p50_ms: percentile(&mut summary, 50),
        summary_p95_ms: percentile(&mut summary, 95),
        compute_p50_ms: percentile(&mut compute, 50),
        skills_p50_ms: percentile(&mut skills, 50),
        steps_p50_ms: steps.into_iter().map(|(step, mut took)| (step, percentile(&mut took, 50))).collect(),
    }
}

/// Waits for what a call led to. Slack takes a message a second and channel, so the clock
/// moves on until nothing is left that would come in the next call's stead.
async fn at_rest(host: &TestHost) {
    let status = vec![JobStatus::Pending, JobStatus::InProgress];
    let open = JobFilter { status, limit: 200, ..JobFilter::default() };
    loop {
        host.clock.advance(MINUTE_MS);
        tokio::time::sleep(LOOK).await;
        let store = &host.app.store;
        // One that waits for another's end waits for a person.
        let runs = |job: &JobRow| job.status == JobStatus::InProgress || job.concurrency.is_none();
        let unposted = store.open_actions(&ORG.into(), None).await.unwrap().iter().any(|one| one.message_ts.is_none());
        let busy = store.jobs(&ORG.into(), &open).await.unwrap().iter().any(runs)
            || unposted
            || !store.due_effects(host.app.clock.now(), 1).await.unwrap().is_empty();
        if !busy {
            // The channel's turn is free again.
            host.clock.advance(2_000);
            return;
        }
    }
}

/// How long it took until the summary of a call left.
async fn told(host: &TestHost, job: &str, begun: Instant) -> Duration {
    let mut changes = host.app.wake.watch();
    loop {
        let view = host.app.job_view(&ORG.into(), &job.into()).await.unwrap().unwrap();
        match view.effects.iter().find(|effect| effect.step == SUMMARY).map(|effect| effect.state) {
            Some(EffectState::Sent) => return begun.elapsed(),
            // It waits for its turn: the channel's clock is the test's.
            Some(EffectState::Ready) => host.clock.advance(TURN_MS),
            _ => {}
        }
        let _changed_or_not = tokio::time::timeout(TURN_LOOK, changes.recv()).await;
    }
}

/// The job once no step of it runs any more.
async fn settled(host: &TestHost, job: &str) -> skillhost_server::view::JobView {
    let mut changes = host.app.wake.watch();
    loop {
        let view = host.app.job_view(&ORG.into(), &job.into()).await.unwrap().unwrap();
        let runs = |state: &str| matches!(state, "waiting" | "running" | "retrying");
        if !view.steps.iter().any(|step| runs(&step.state)) || view.status.is_ended() {
            return view;
        }
        changes.recv().await.unwrap();
    }
}

fn is_brief(row: &ScheduleRow) -> bool {
    row.event_type == "pre_meeting_90min"
}

/// A thousand people of one org and zone, each with a channel of their own in Slack, which
/// the first message to them opens.
struct Crowd {
    host: TestHost,
    slack: SlackDouble,
    midnight: i64,
}

impl Crowd {
    async fn gather() -> Self {
        let midnight = MIDNIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let slack = SlackDouble::start(TOKEN, Arc::new(move || midnight)).await.unwrap();
        for person in 0..PEOPLE {
            slack.add_user(&in_slack(person), &format!("{}@quillmere.example", name(person)));
        }
        let host = start(&crowd(midnight), Timestamp(midnight + 7 * 60 * MINUTE_MS), slack.base_url()).await;
        host.app.wake.schedules_moved();
        // Users come in the order of their ids: the last one's rows are the last.
        let last = name(PEOPLE - 1);
        while !host.app.store.schedules(&ORG.into(), &last.as_str().into()).await.unwrap().iter().any(is_brief) {
            tokio::time::sleep(LOOK).await;
        }
        Self { host, slack, midnight }
    }

    /// Half past seven, when everybody's brief is due.
    async fn mornings(&mut self) -> Briefs {
        let due: Vec<usize> = (0..PEOPLE).collect();
        let took = self.minute(450, &due, |person| format!("Good morning, Rep-{person}.")).await;
        self.summed(&[(due.len(), took)])
    }

    /// The briefs before each of the meetings, as the clock comes to them.
    async fn before_meetings(&mut self) -> Briefs {
        let mut minutes = Vec::new();
        for slot in 0..SLOTS {
            let due: Vec<usize> = (slot..PEOPLE).step_by(SLOTS).collect();
            let minute = 510 + SLOT_MINUTES * i64::try_from(slot).unwrap();
            let took = self.minute(minute, &due, |person| format!("Customer {person}: rollout")).await;
            minutes.push((due.len(), took));
        }
        self.summed(&minutes)
    }

    /// Moves the clock to a minute of the day and waits for what is due then, by words of each
    /// person's message: how many stood in their channels within a minute of the wall, and
    /// after which time the last of them.
    async fn minute(&mut self, minute: i64, due: &[usize], words: fn(usize) -> String) -> (usize, Duration) {
        let ahead = self.midnight + minute * MINUTE_MS - self.host.app.clock.now().0;
        let begun = Instant::now();
        self.host.clock.advance(ahead);
        let mut waiting: BTreeMap<String, String> =
            due.iter().map(|person| (format!("D{}", in_slack(*person)), words(*person))).collect();
        loop {
            for call in self.slack.drain().into_iter().filter(|call| call.method == POST && call.refused.is_none()) {
                let channel = call.body["channel"].as_str().unwrap();
                let is_it = |words: &String| call.body["blocks"].to_string().contains(words.as_str());
                if waiting.get(channel).is_some_and(is_it) {
                    waiting.remove(channel);
                }
            }
            let took = begun.elapsed();
            if waiting.is_empty() || took >= Duration::from_millis(MINUTE_MS.unsigned_abs()) {
                return (due.len() - waiting.len(), took);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn summed(&self, minutes: &[(usize, (usize, Duration))]) -> Briefs {
        Briefs {
            due: minutes.iter().map(|(due, _)| due).sum(),
            in_time: minutes.iter().map(|(_, (came, _))| came).sum(),
            most_at_once: minutes.iter().map(|(due, _)| *due).max().unwrap_or_default(),
            slowest_minute_ms: minutes.iter().map(|(_, (_, took))| took.as_secs_f64() * 1e3).fold(0.0, f64::max),
        }
    }
}

fn name(person: usize) -> String {
    format!("u-{person:04}")
}

fn in_slack(person: usize) -> String {
    format!("U{person:04}")
}

/// Everybody has a customer, three deals, a day of two meetings and five mails.
fn crowd(midnight: i64) -> Value {
    let at = |minutes: i64| Timestamp(midnight + minutes * MINUTE_MS).rfc3339();
    let mut rows: [Vec<Value>; 8] = Default::default();
    let [users, connections, companies, contacts, deals, emails, calendars, events] = &mut rows;
    for person in 0..PEOPLE {
        let user = name(person);
        let mail = format!("contact-{person:04}@customer-{person:04}.example");
        let slot = i64::try_from(person % SLOTS).unwrap();
        users.push(json!({ "id": user, "org_id": ORG, "name": format!("Rep-{person} Vale"),
            "email": format!("{user}@quillmere.example"), "zone": "Europe/London" }));
        connections.push(json!({ "kind": "slack-user", "external_id": format!("T0PACE/{}", in_slack(person)),
            "org_id": ORG, "user_id": user, "detail": {} }));
        companies.push(json!({ "id": format!("co-{person}"), "org_id": ORG, "name": format!("Customer {person}"),
            "domain": format!("customer-{person:04}.example"), "owner_id": user }));
        contacts.push(json!({ "id": format!("c-{person}"), "org_id": ORG, "name": format!("Buyer {person}"),
            "email": mail, "company_id": format!("co-{person}"), "owner_id": user }));
        for deal in 0..3_i64 {
            deals.push(json!({ "id": format!("d-{person}-{deal}"), "org_id": ORG, "name": format!("Deal {deal}"),
                "stage": "evaluation", "amount_cents": 500_000 * (deal + 1), "currency": "GBP",
                "company_id": format!("co-{person}"), "contact_ids": [format!("c-{person}")], "owner_id": user,
                "created_at": at(-60 * 24 * 60), "stage_since": at(-30 * 24 * 60), "updated_at": at(-24 * 60 * (deal + 1)) }));
        }
        for mail_of in 0..5_i64 {
            emails.push(json!({ "id": format!("e-{person}-{mail_of}"), "org_id": ORG, "owner_id": user,
                "thread_id": format!("t-{person}-{mail_of}"), "direction": "in", "from": mail,
                "to": [format!("{user}@quillmere.example")], "subject": "The rollout", "unread": true,
                "body": "Could you send me the price of ten more seats? Thank you.",
                "at": at(-60 * (mail_of + 1)), "contact_id": format!("c-{person}") }));
        }
        calendars.push(json!({ "id": format!("k-{person}"), "org_id": ORG, "user_id": user, "name": "Work",
            "zone": "Europe/London", "as_of": at(6 * 60), "covers_from": at(-24 * 60), "covers_until": at(30 * 24 * 60) }));
        let starts = 600 + SLOT_MINUTES * slot;
        events.push(json!({ "id": format!("m-{person}"), "org_id": ORG, "calendar_id": format!("k-{person}"),
            "title": format!("Customer {person}: rollout"), "starts": at(starts), "ends": at(starts + 30),
            "attendees": [{ "name": format!("Buyer {person}"), "email": mail }], "updated_at": at(0) }));
    }
    let [users, connections, companies, contacts, deals, emails, calendars, events] = rows;
    json!({
        "orgs": [{ "id": ORG, "name": "Quillmere", "domains": ["quillmere.example"] }],
        "users": users, "connections": connections, "companies": companies, "contacts": contacts, "deals": deals, "emails": emails,
        "calendars": calendars, "calendar_events": events,
    })
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent / 100).min(values.len().saturating_sub(1))).copied().unwrap_or_default()
}

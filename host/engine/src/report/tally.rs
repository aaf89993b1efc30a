//! Suggestions and jobs, counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::briefs::Briefs;
use super::saved::minutes;
use super::{
    AnsweredMessages, BRIEF, Basis, ButtonFacts, Counts, Done, JobFact, Measure, Report, SequenceCounts, SkillCounts,
    Span, Suggestion,
};
use crate::approval::{ActionStatus, Answer};
use crate::checkpoint::resend_of;
use crate::ids::{JobId, OrgId, UserId};
use crate::job::JobStatus;
use crate::outbox::EffectState;
use crate::skill::SkillRef;
use crate::time::Timestamp;

/// Milliseconds of a week.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// Event types that a detected intent leads to, where one did.
const BY_INTENT: [&str; 6] = [
    "calendar_find_times",
    "competitive_research",
    "content_retrieval",
    "followup_reminder",
    "pricing_retrieval",
    "proposal_generation",
];
/// The jobs in which intents are detected: of a call, and of a mail.
const DETECTING: [&str; 2] = ["email_received", "meeting_ended"];

/// What is known of one suggestion, however often it was asked.
#[derive(Clone, Debug)]
struct Fate {
    n: i64,
    status: ActionStatus,
    event_type: String,
    /// Raised by what was detected in a call or a mail.
    by_intent: bool,
    made_by: Vec<SkillRef>,
    delivered: bool,
    viewed: bool,
    clicked: bool,
    edited: bool,
    irrelevant: bool,
}

/// Takes in what there is, page by page.
#[derive(Debug, Default)]
pub struct Tally {
    fates: BTreeMap<(JobId, String, String), Fate>,
    minutes_to_mail: Vec<f64>,
    /// Meetings after which no mail left.
    unmailed: u64,
    briefs: Briefs,
    fields: (u64, u64),
    revived: u64,
    scheduled: (u64, u64),
    saved_minutes: f64,
    users: BTreeSet<UserId>,
    buttons: ButtonFacts,
}

impl Tally {
    /// Takes in a question. One that the host asks about its own work is no suggestion.
    pub fn suggestion(&mut self, one: &Suggestion) {
        if resend_of(&one.request).is_some() {
            return;
        }
        self.users.insert(one.user.clone());
        let answered = one.answer.is_some();
        let edited = match &one.answer {
            Some(Answer::Approve { edits, .. }) => !edits.is_empty(),
            Some(Answer::Items { items }) => items.iter().any(|item| !item.edits.is_empty()),
            _ => false,
        };
        let fate = Fate {
            n: one.n,
            status: one.status,
            event_type: one.event_type.clone(),
            by_intent: BY_INTENT.contains(&one.event_type.as_str())
                && one.raised_from.iter().any(|event_type| DETECTING.contains(&event_type.as_str())),
            // One of an earlier host is known by who asked.
            made_by: if one.made_by.is_empty() { one.module.iter().cloned().collect() } else { one.made_by.clone() },
            delivered: one.delivered_at.is_some(),
            // Whoever pressed it saw it, and whoever answered pressed.
            viewed: one.viewed_at.is_some() || one.clicked_at.is_some() || answered,
            clicked: one.clicked_at.is_some() || answered,
            edited,
            // What was taken had a use, whatever else an earlier host let one say of it.
            irrelevant: one.irrelevant && one.status != ActionStatus::Approved,
        };
        let place = (one.job.clone(), one.step.clone(), one.request.clone());
        let known = self.fates.entry(place).or_insert_with(|| fate.clone());
        let (earlier, later) = if known.n <= fate.n { (known.clone(), fate) } else { (fate, known.clone()) };
        *known = Fate {
            delivered: earlier.delivered || later.delivered,
            viewed: earlier.viewed || later.viewed,
            clicked: earlier.clicked || later.clicked,
            edited: earlier.edited || later.edited,
            irrelevant: earlier.irrelevant || later.irrelevant,
            ..later
        };
    }

    /// Takes in a job.
    pub fn job(&mut self, job: &JobFact) {
        if job.status == JobStatus::Skipped {
            return;
        }
        self.users.insert(job.user.clone());
        match job.event_type.as_str() {
            "meeting_ended" => {
                match job.sent(&["email.send"]) {
                    Some(sent) => {
                        let ms = sent.0.saturating_sub(job.meeting_ended_at().0);
                        self.minutes_to_mail.push(ms as f64 / 60_000.0);
                    }
                    None => self.unmailed += 1,
                }
                for effect in job.effects.iter().filter(|effect| effect.kind == "crm.update_fields") {
                    let fields = u64::from(effect.fields);
                    self.fields.1 += fields;
                    self.fields.0 += if effect.state == EffectState::Sent { fields } else { 0 };
                }
            }
            BRIEF => self.brief(job),
            "stale_deal_revival" => self.revived += u64::from(job.sent(&["email.send"]).is_some()),
            "calendar_find_times" if job.status.is_ended() => {
                self.scheduled.1 += 1;
                self.scheduled.0 += u64::from(job.sent(&["calendar.invite", "email.send"]).is_some());
            }
            _ => {}
        }
    }

    /// Takes in what became of buttons.
    pub fn buttons(&mut self, facts: ButtonFacts) {
        self.buttons = facts;
    }

    /// Takes in a job that was made before the time of the report, for the brief of a
    /// meeting that began within it.
    pub fn earlier(&mut self, job: &JobFact) {
        if job.event_type == BRIEF && job.status != JobStatus::Skipped {
            self.brief(job);
        }
    }

    fn brief(&mut self, job: &JobFact) {
        let begins = job.meeting_at.as_ref().and_then(|at| instant(&Value::String(at.clone())));
        self.briefs.job(job, begins, job.sent(&["chat.post"]));
    }

    /// Takes in a meeting that should have a brief, whether it got a job or not.
    pub fn meeting(&mut self, user: &UserId, id: &str, begins: Timestamp) {
        self.briefs.meeting(user, id, begins);
    }

    /// Takes in what left for a user.
    pub fn done(&mut self, done: &Done) {
        self.users.insert(done.user.clone());
        self.saved_minutes += minutes(done);
    }

    /// The report of all that was taken in, as it is known at `now`.
    pub fn report(self, org: OrgId, user: Option<UserId>, span: Span, now: Timestamp) -> Report {
        let mut all = Counts::default();
        let mut by_intent = Counts::default();
        let mut by_skill: BTreeMap<(String, String), Counts> = BTreeMap::new();
        let mut by_sequence: BTreeMap<String, Counts> = BTreeMap::new();
        // Two modules of one version are one version.
        let name = |module: &SkillRef| (module.name.to_string(), module.version.clone());
        for fate in self.fates.values() {
            all.add(fate);
            by_sequence.entry(fate.event_type.clone()).or_default().add(fate);
            if fate.by_intent {
                by_intent.add(fate);
            }
            let mut makers: BTreeSet<_> = fate.made_by.iter().map(name).collect();
            if makers.is_empty() {
                makers.insert(("skillhost".to_owned(), String::new()));
            }
            for maker in makers {
                by_skill.entry(maker).or_default().add(fate);
            }
        }
        for answered in &self.buttons.answered {
            by_sequence.entry(answered.event_type.clone()).or_default().add_messages(answered);
            let makers: BTreeSet<_> = answered.made_by.iter().map(name).collect();
            for maker in makers {
                by_skill.entry(maker).or_default().add_messages(answered);
            }
        }
        let mut by_skill: Vec<SkillCounts> = by_skill
            .into_iter()
            .map(|((skill, version), counts)| SkillCounts {
                skill,
                version,
                irrelevant_rate: ratio(counts.irrelevant, counts.settled()),
                counts,
            })
            .collect();
        let mut by_sequence: Vec<SequenceCounts> = by_sequence
            .into_iter()
            .map(|(event_type, counts)| SequenceCounts {
                event_type,
                irrelevant_rate: ratio(counts.irrelevant, counts.settled()),
                counts,
            })
            .collect();
        // Stable, so that those that are alike stand by name.
        let worse = |a: (Option<f64>, &Counts), b: (Option<f64>, &Counts)| {
            b.0.unwrap_or(-1.0).total_cmp(&a.0.unwrap_or(-1.0)).then(b.1.irrelevant.cmp(&a.1.irrelevant))
        };
        by_skill.sort_by(|a, b| worse((a.irrelevant_rate, &a.counts), (b.irrelevant_rate, &b.counts)));
        by_sequence.sort_by(|a, b| worse((a.irrelevant_rate, &a.counts), (b.irrelevant_rate, &b.counts)));
        let Span { since, until } = span;
        let buttons = self.buttons.clone();
        let measures = self.measures(&all, &by_intent, span, now);
        Report { org, user, since, until, suggestions: all, measures, by_skill, by_sequence, buttons }
    }

    fn measures(mut self, all: &Counts, by_intent: &Counts, span: Span, now: Timestamp) -> Vec<Measure> {
        let span_ms = span.until.0.saturating_sub(span.since.0);
        // What has not begun yet may still get its brief.
        let briefs = self.briefs.on_time(Span { until: span.until.min(now), ..span });
        let weeks = (span_ms as f64 / WEEK_MS as f64).max(f64::MIN_POSITIVE);
        let reps = self.users.len();
        let each_week = |sum: f64| (reps > 0).then(|| sum / weeks / reps as f64);
        let judged = by_intent.accepted + by_intent.dismissed;
        let mailed = u64::try_from(self.minutes_to_mail.len()).unwrap_or(u64::MAX);
        let quick = self.minutes_to_mail.iter().filter(|minutes| **minutes < 10.0).count();
        let quick = u64::try_from(quick).unwrap_or(u64::MAX);
        let messages = &self.buttons.messages;
        let pressed = (all.clicked + messages.clicked, all.asked - all.withdrawn + messages.delivered);
        let share = |(part, of): (u64, u64)| ratio(part, of);
        let irrelevant = (all.irrelevant + messages.irrelevant, all.settled() + messages.clicked);
        vec![
            Measure::new("false_positives", "Irrelevant suggestions", (share(irrelevant), "ratio"))
                .below(0.15)
                .of(irrelevant)
                .how("dismissed as irrelevant, of the questions that were answered or expired and the messages one of whose buttons was pressed"),
            Measure::new("acceptance", "Suggestions accepted", (share((all.accepted, all.settled())), "ratio"))
                .above(0.40)
                .of((all.accepted, all.settled()))
                .how("approved, with or without changes, of those that were answered or expired"),
            Measure::new("engagement", "Suggestions that were pressed", (share(pressed), "ratio"))
                .above(0.60)
                .of(pressed)
                .how("a button or a form of it was used, of the questions in somebody's inbox and the messages with buttons"),
            Measure::new("follow_up_time", "Meeting end to follow-up sent", (median(&mut self.minutes_to_mail), "minutes"))
                .below(10.0)
                .of((quick, mailed.saturating_add(self.unmailed)))
                .without(self.unmailed)
                .how("median over meetings after which a mail left; cases: within ten minutes, of all meetings"),
            Measure::new("briefs_on_time", "Briefs before their meeting", (share(briefs), "ratio"))
                .above(0.95)
                .of(briefs)
                .how("the message left before the meeting began, of all external meetings that began"),
            Measure::new("crm_completeness", "CRM fields filled after meetings", (share(self.fields), "ratio"))
                .above(0.90)
                .of(self.fields)
                .basis(Basis::Proxy)
                .how("fields written, of those that skills proposed after meetings; what a person finds missing in the CRM is the measure"),
            Measure::new("stale_deals", "Stale deals re-engaged, a rep", (each_week(self.revived as f64), "a_week"))
                .above(3.0)
                .of((self.revived, u64::try_from(reps).unwrap_or(u64::MAX)))
                .how("revivals that led to a mail, a week and rep; cases: revivals, reps"),
            Measure::new("scheduling", "Scheduling requests handled", (share(self.scheduled), "ratio"))
                .above(0.70)
                .of(self.scheduled)
                .how("led to an invitation or a mail, of those that ended"),
            Measure::new("intent_accuracy", "Detected intents that were right", (share((judged - by_intent.irrelevant.min(judged), judged)), "ratio"))
                .above(0.80)
                .of((judged - by_intent.irrelevant.min(judged), judged))
                .basis(Basis::Proxy)
                .how("not called irrelevant, of the answered suggestions that what was detected in calls and mails led to; a reviewed sample is the measure"),
            Measure::new("time_saved", "Hours saved, a rep", (each_week(self.saved_minutes / 60.0), "hours_a_week"))
                .above(5.0)
                .of((0, u64::try_from(reps).unwrap_or(u64::MAX)))
                .basis(Basis::Estimate)
                .how("what left for the reps, times the minutes that each takes by hand; a survey is the measure"),
        ]
    }
}

impl Measure {
    fn new(key: &str, name: &str, (value, unit): (Option<f64>, &str)) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            target: 0.0,
            above: true,
            met: None,
            cases: (0, 0),
            without: 0,
            basis: Basis::Measured,
            how: String::new(),
        }
    }

    fn above(mut self, target: f64) -> Self {
        (self.target, self.above) = (target, true);
        self.met = self.value.map(|value| value > target);
        self
    }

    fn below(mut self, target: f64) -> Self {
        (self.target, self.above) = (target, false);
        self.met = self.value.map(|value| value < target);
        self
    }

    fn of(mut self, cases: (u64, u64)) -> Self {
        self.cases = cases;
        self
    }

    fn without(mut self, cases: u64) -> Self {
        self.without = cases;
        self
    }

    fn basis(mut self, basis: Basis) -> Self {
        self.basis = basis;
        self
    }

    fn how(mut self, how: &str) -> Self {
        self.how = how.to_owned();
        self
    }
}

fn ratio(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied();
    if values.len().is_multiple_of(2) { Some((at(middle.checked_sub(1)?)? + at(middle)?) / 2.0) } else { at(middle) }
}

impl Counts {
    fn add(&mut self, one: &Fate) {
        let mut count = |counter: fn(&mut Self) -> &mut u64, holds: bool| *counter(self) += u64::from(holds);
        count(|all| &mut all.asked, true);
        if one.status == ActionStatus::Withdrawn {
            count(|all| &mut all.withdrawn, true);
            return;
        }
        let dismissed = matches!(one.status, ActionStatus::Skipped | ActionStatus::Cancelled);
        count(|all| &mut all.delivered, one.delivered);
        count(|all| &mut all.viewed, one.viewed);
        count(|all| &mut all.clicked, one.clicked);
        count(|all| &mut all.accepted, one.status == ActionStatus::Approved);
        count(|all| &mut all.edited, one.edited);
        count(|all| &mut all.dismissed, dismissed);
        count(|all| &mut all.irrelevant, one.irrelevant);
        count(|all| &mut all.expired, one.status == ActionStatus::Expired);
        count(|all| &mut all.open, one.status == ActionStatus::Pending);
    }

    /// A message that was answered was brought and seen.
    fn add_messages(&mut self, answered: &AnsweredMessages) {
        let mut count = |counter: fn(&mut Self) -> &mut u64, holds: bool| {
            *counter(self) += if holds { answered.messages } else { 0 };
        };
        count(|all| &mut all.asked, true);
        count(|all| &mut all.delivered, true);
        count(|all| &mut all.viewed, true);
        count(|all| &mut all.clicked, true);
        // Who made use of one and then called it irrelevant has said the last word.
        count(|all| &mut all.accepted, answered.used && !answered.irrelevant);
        count(|all| &mut all.dismissed, !answered.used || answered.irrelevant);
        count(|all| &mut all.irrelevant, answered.irrelevant);
    }
}

impl JobFact {
    fn sent(&self, kinds: &[&str]) -> Option<Timestamp> {
        let sent = self.effects.iter().filter(|effect| effect.state == EffectState::Sent);
        sent.filter(|effect| kinds.contains(&effect.kind.as_str())).map(|effect| effect.at).min()
    }

    /// When its meeting ended; a bot that does not say so delivers right after it.
    fn meeting_ended_at(&self) -> Timestamp {
        let started = self.started_at.as_ref().and_then(instant);
        let lasted = self.duration_ms.as_ref().and_then(Value::as_i64);
        match (started, lasted) {
            (Some(started), Some(lasted)) => started.plus_ms(lasted).min(self.created_at),
            _ => self.created_at,
        }
    }
}

/// RFC 3339, or epoch milliseconds.
fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond())),
        other => other.as_i64().map(Timestamp),
    }
}

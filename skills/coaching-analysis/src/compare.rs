//! The numbers against targets and against the rep's own past.

use coaching_record::Behaviour;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::round;
use crate::output::{Objection, Questions, Talk};

/// Discovery questions to aim for.
pub(crate) const DISCOVERY_QUESTIONS: usize = 6;
/// Faster than this, words a minute, listeners lose the thread.
pub(crate) const PACE_HIGH: f64 = 180.0;
/// An earlier call counts only with at least this many beside it: one is no habit.
const PAST_NEEDED: usize = 2;
/// Earlier calls that count, newest first.
const PAST_COUNTED: usize = 10;
/// A change of the pace smaller than this, words a minute, is chance.
const PACE_CHANGE: f64 = 10.0;
/// A change of the longest listen smaller than this, seconds, is chance.
const LISTEN_CHANGE: f64 = 15.0;

/// The numbers of an earlier call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Past {
    /// The rep side's share, 0 to 1.
    pub rep_share: Option<f64>,
    /// Questions asked.
    pub questions: Option<f64>,
    /// Discovery questions asked.
    pub discovery_questions: Option<f64>,
    /// Monologues held.
    pub monologues: Option<f64>,
    /// Mean level of objection handling.
    pub objection_level: Option<f64>,
    /// Open questions, of the open and closed.
    pub open_part: Option<f64>,
    /// Questions of theirs left open.
    pub unanswered: Option<f64>,
    /// Our side's pace.
    pub words_per_minute: Option<f64>,
    /// The longest stretch of listening.
    pub longest_listen_seconds: Option<f64>,
}

/// One number against its target and past.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measure {
    /// What.
    pub name: String,
    /// In this call.
    pub value: f64,
    /// The target in words.
    pub target: String,
    /// `ok`, `high` or `low`.
    pub verdict: String,
    /// Mean of the earlier calls, where there are enough.
    pub usual: Option<f64>,
    /// `better`, `worse` or `same`, against the earlier calls.
    pub trend: Option<String>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// In a fixed order.
    pub measures: Vec<Measure>,
    /// Earlier calls that were counted.
    pub past_calls: usize,
}

impl Comparison {
    /// A measure by name.
    pub(crate) fn get(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }
}

/// Mean level of the objections, if there were any.
fn mean_level(objections: &[Objection]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "objections of one call")]
    let count = objections.len() as f64;
    let sum: f64 = objections.iter().map(|objection| f64::from(objection.level)).sum();
    (!objections.is_empty()).then(|| round(sum / count, 10.0))
}

/// A value and the mean of the earlier calls', as a measure.
fn measure(behaviour: Behaviour, value: f64, target: &str, verdict: &str, usual: Option<f64>) -> Measure {
    Measure {
        name: behaviour.name().to_owned(),
        value,
        target: target.to_owned(),
        verdict: verdict.to_owned(),
        trend: usual.map(|usual| behaviour.trend(value, usual).to_owned()),
        usual,
    }
}

/// `better` where a number that should be larger is so by more than chance.
fn more(value: f64, usual: f64, noise: f64) -> &'static str {
    match value - usual {
        gain if gain > noise => "better",
        gain if gain < -noise => "worse",
        _ => "same",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of one call")]
pub(crate) fn compare(
    talk: &Talk,
    questions: &Questions,
    objections: &[Objection],
    history: &[Past],
    discovery: bool,
) -> Comparison {
    let past = &history[..history.len().min(PAST_COUNTED)];
    let usual = |pick: fn(&Past) -> Option<f64>| {
        let values: Vec<f64> = past.iter().filter_map(pick).collect();
        (values.len() >= PAST_NEEDED).then(|| round(values.iter().sum::<f64>() / values.len() as f64, 100.0))
    };
    let own = |behaviour: Behaviour, value: f64, pick: fn(&Past) -> Option<f64>| {
        measure(behaviour, value, behaviour.target(), behaviour.verdict(value), usual(pick))
    };
    let mut measures = Vec::new();
    if let Some(share) = talk.rep_share {
        measures.push(own(Behaviour::RepShare, share, |past| past.rep_share));
    }
    measures.push(own(Behaviour::Questions, questions.asked as f64, |past| past.questions));
    let mut learned = own(Behaviour::DiscoveryQuestions, questions.discovery as f64, |past| past.discovery_questions);
    if !discovery {
        learned.verdict = "ok".to_owned();
    }
    measures.push(learned);
    let told = questions.open + questions.closed;
    if told > 0 {
        let part = round(questions.open as f64 / told as f64, 1000.0);
        measures.push(own(Behaviour::OpenPart, part, |past| past.open_part));
    }
    let mut held = own(Behaviour::Monologues, talk.monologues.len() as f64, |past| past.monologues);
    held.target = "none longer than 76 seconds".to_owned();
    measures.push(held);
    measures.push(own(Behaviour::Unanswered, questions.unanswered.len() as f64, |past| past.unanswered));
    if let Some(level) = mean_level(objections) {
        measures.push(own(Behaviour::ObjectionLevel, level, |past| past.objection_level));
    }
    if let Some(pace) = talk.words_per_minute {
        let mean = usual(|past| past.words_per_minute);
        // Only what is too fast is worth slowing down.
        let over = |pace: f64| (pace - PACE_HIGH).max(0.0);
        measures.push(Measure {
            name: "words_per_minute".to_owned(),
            value: pace,
            target: "180 or less".to_owned(),
            verdict: if pace > PACE_HIGH { "high" } else { "ok" }.to_owned(),
            trend: mean.map(|usual| more(-over(pace), -over(usual), PACE_CHANGE).to_owned()),
            usual: mean,
        });
    }
    if let Some(listened) = talk.longest_listen_seconds {
        let mean = usual(|past| past.longest_listen_seconds);
        measures.push(Measure {
            name: "longest_listen_seconds".to_owned(),
            value: listened,
            target: "none; longer is better".to_owned(),
            verdict: "ok".to_owned(),
            trend: mean.map(|usual| more(listened, usual, LISTEN_CHANGE).to_owned()),
            usual: mean,
        });
    }
    Comparison { measures, past_calls: past.len() }
}

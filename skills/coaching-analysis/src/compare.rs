//! The numbers against targets and against the rep's own past.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measure::round;
use crate::output::{Objection, Questions, Talk};

/// The rep's share of the talk to aim for.
pub(crate) const TARGET_SHARE: f64 = 0.40;
/// Above this the rep talks too much.
pub(crate) const SHARE_HIGH: f64 = 0.60;
/// Below this the rep hardly leads.
pub(crate) const SHARE_LOW: f64 = 0.30;
/// Discovery questions to aim for.
pub(crate) const DISCOVERY_QUESTIONS: usize = 6;
/// Questions in all to aim for.
pub(crate) const QUESTIONS: std::ops::RangeInclusive<usize> = 11..=14;
/// Faster than this, words a minute, listeners lose the thread.
pub(crate) const PACE_HIGH: f64 = 180.0;
/// An earlier call counts only with at least this many beside it: one is no habit.
const PAST_NEEDED: usize = 2;
/// Earlier calls that count, newest first.
const PAST_COUNTED: usize = 10;
/// A change of the share smaller than this is chance.
const SHARE_CHANGE: f64 = 0.05;
/// A change of the questions smaller than this is chance.
const QUESTION_CHANGE: f64 = 2.0;

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
    // Nearer to the target is better.
    let trend = |value: f64, usual: Option<f64>, target: f64, noise: f64| {
        usual.map(|usual| {
            let gain = (usual - target).abs() - (value - target).abs();
            if gain > noise {
                "better"
            } else if gain < -noise {
                "worse"
            } else {
                "same"
            }
            .to_owned()
        })
    };
    let mut measures = Vec::new();
    if let Some(share) = talk.rep_share {
        let verdict = if share > SHARE_HIGH {
            "high"
        } else if share < SHARE_LOW {
            "low"
        } else {
            "ok"
        };
        let mean = usual(|past| past.rep_share);
        measures.push(Measure {
            name: "rep_share".to_owned(),
            value: share,
            target: "0.40, between 0.30 and 0.60".to_owned(),
            verdict: verdict.to_owned(),
            trend: trend(share, mean, TARGET_SHARE, SHARE_CHANGE),
            usual: mean,
        });
    }
    let asked = questions.asked as f64;
    let mean = usual(|past| past.questions);
    let middle = (*QUESTIONS.start() + *QUESTIONS.end()) as f64 / 2.0;
    let verdict = if questions.asked < *QUESTIONS.start() {
        "low"
    } else if questions.asked > *QUESTIONS.end() {
        "high"
    } else {
        "ok"
    };
    measures.push(Measure {
        name: "questions".to_owned(),
        value: asked,
        target: "11 to 14".to_owned(),
        verdict: verdict.to_owned(),
        trend: trend(asked, mean, middle, QUESTION_CHANGE),
        usual: mean,
    });
    let mean = usual(|past| past.discovery_questions);
    let learned = questions.discovery as f64;
    let verdict = if discovery && questions.discovery < DISCOVERY_QUESTIONS { "low" } else { "ok" };
    measures.push(Measure {
        name: "discovery_questions".to_owned(),
        value: learned,
        target: "6 or more in a discovery call".to_owned(),
        verdict: verdict.to_owned(),
        trend: mean.map(|usual| {
            if learned > usual + 1.0 {
                "better"
            } else if learned < usual - 1.0 {
                "worse"
            } else {
                "same"
            }
            .to_owned()
        }),
        usual: mean,
    });
    let mean = usual(|past| past.monologues);
    let held = talk.monologues.len() as f64;
    measures.push(Measure {
        name: "monologues".to_owned(),
        value: held,
        target: "none longer than 76 seconds".to_owned(),
        verdict: if held > 0.0 { "high" } else { "ok" }.to_owned(),
        trend: mean.map(|usual| {
            if held < usual - 0.5 {
                "better"
            } else if held > usual + 0.5 {
                "worse"
            } else {
                "same"
            }
            .to_owned()
        }),
        usual: mean,
    });
    if let Some(level) = mean_level(objections) {
        let mean = usual(|past| past.objection_level);
        measures.push(Measure {
            name: "objection_level".to_owned(),
            value: level,
            target: "4 or 5".to_owned(),
            verdict: if level < 3.0 { "low" } else { "ok" }.to_owned(),
            trend: mean.map(|usual| {
                if level > usual + 0.5 {
                    "better"
                } else if level < usual - 0.5 {
                    "worse"
                } else {
                    "same"
                }
                .to_owned()
            }),
            usual: mean,
        });
    }
    Comparison { measures, past_calls: past.len() }
}

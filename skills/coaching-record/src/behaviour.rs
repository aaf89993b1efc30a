//! What is measured of a call, and which way is better.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, Asked};

/// A question in the first five minutes is early.
pub const EARLY_SECONDS: u32 = 300;

/// The type of call that learns what a customer needs.
pub const DISCOVERY: &str = "discovery";

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// The nearer to this, the better.
    Near(f64),
    /// More.
    More,
    /// Less.
    Less,
}

/// One of the things measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Our side's part of the talk.
    RepShare,
    /// Questions of ours.
    Questions,
    /// Questions of ours that learn something.
    DiscoveryQuestions,
    /// Open ones, of the open and closed.
    OpenPart,
    /// Stretches of ours that are too long.
    Monologues,
    /// Questions of theirs that got no answer.
    Unanswered,
    /// How doubts were met, 1 to 5.
    ObjectionLevel,
    /// A learning question in the first five minutes: 1 or 0.
    EarlyDiscovery,
}

impl Behaviour {
    /// All of them, in the order they are told.
    pub const ALL: [Self; 8] = [
        Self::RepShare,
        Self::DiscoveryQuestions,
        Self::Questions,
        Self::OpenPart,
        Self::Monologues,
        Self::Unanswered,
        Self::ObjectionLevel,
        Self::EarlyDiscovery,
    ];

    /// As it is written where numbers are kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::RepShare => "rep_share",
            Self::Questions => "questions",
            Self::DiscoveryQuestions => "discovery_questions",
            Self::OpenPart => "open_part",
            Self::Monologues => "monologues",
            Self::Unanswered => "unanswered",
            Self::ObjectionLevel => "objection_level",
            Self::EarlyDiscovery => "early_discovery",
        }
    }

    /// In words.
    pub fn told(self) -> &'static str {
        match self {
            Self::RepShare => "your share of the talk",
            Self::Questions => "questions a call",
            Self::DiscoveryQuestions => "discovery questions a call",
            Self::OpenPart => "open questions, of the open and closed",
            Self::Monologues => "stretches over 76 seconds a call",
            Self::Unanswered => "questions of theirs left open a call",
            Self::ObjectionLevel => "how doubts were met (1 to 5)",
            Self::EarlyDiscovery => "calls with a discovery question in the first five minutes",
        }
    }

    /// What to aim for, in words.
    pub fn target(self) -> &'static str {
        match self {
            Self::RepShare => "0.40, between 0.30 and 0.60",
            Self::Questions => "11 to 14",
            Self::DiscoveryQuestions => "6 or more in a discovery call",
            Self::OpenPart => "half or more",
            Self::Monologues | Self::Unanswered => "none",
            Self::ObjectionLevel => "4 or 5",
            Self::EarlyDiscovery => "every call",
        }
    }

    /// Which way is better.
    pub fn aim(self) -> Aim {
        match self {
            Self::RepShare => Aim::Near(0.40),
            Self::Questions => Aim::Near(12.5),
            Self::Monologues | Self::Unanswered => Aim::Less,
            Self::DiscoveryQuestions | Self::OpenPart | Self::ObjectionLevel | Self::EarlyDiscovery => Aim::More,
        }
    }

    /// A change smaller than this is not worth a word.
    pub fn noise(self) -> f64 {
        match self {
            Self::RepShare => 0.05,
            Self::Questions => 2.0,
            Self::DiscoveryQuestions => 1.0,
            Self::OpenPart | Self::EarlyDiscovery => 0.15,
            Self::Monologues | Self::Unanswered | Self::ObjectionLevel => 0.5,
        }
    }

    /// `better`, `worse` or `same`: what came nearer to what is aimed for, by more than noise.
    pub fn trend(self, value: f64, usual: f64) -> &'static str {
        let gain = match self.aim() {
            Aim::More => value - usual,
            Aim::Less => usual - value,
            // As far on the other side is no step forward.
            Aim::Near(target) => (usual - target).abs() - (value - target).abs(),
        };
        if gain > self.noise() {
            "better"
        } else if gain < -self.noise() {
            "worse"
        } else {
            "same"
        }
    }

    /// Whether a call of this type is held to it: what a call is not for, it is not told to
    /// lack. A call of a type that nobody knows is held to what all calls are.
    pub fn is_asked_of(self, call_type: Option<&str>) -> bool {
        self != Self::DiscoveryQuestions || call_type == Some(DISCOVERY)
    }

    /// Whether it is a share, to be told in per cent.
    pub fn is_share(self) -> bool {
        matches!(self, Self::RepShare | Self::OpenPart | Self::EarlyDiscovery)
    }

    /// `ok`, `high` or `low`, against the target.
    pub fn verdict(self, value: f64) -> &'static str {
        match self {
            Self::RepShare if value > 0.60 => "high",
            Self::RepShare if value < 0.30 => "low",
            Self::Questions if value < 11.0 => "low",
            Self::Questions if value > 14.0 => "high",
            Self::DiscoveryQuestions if value < 6.0 => "low",
            Self::OpenPart if value < 0.5 => "low",
            Self::ObjectionLevel if value < 3.0 => "low",
            Self::EarlyDiscovery if value < 1.0 => "low",
            Self::Monologues | Self::Unanswered if value > 0.0 => "high",
            _ => "ok",
        }
    }

    /// Its value in one call; none where it cannot be measured there.
    pub fn of(self, analysis: &Analysis) -> Option<f64> {
        let questions = &analysis.questions;
        #[expect(clippy::cast_precision_loss, reason = "counts of one call")]
        let count = |n: usize| n as f64;
        match self {
            Self::RepShare => analysis.talk.rep_share.filter(|share| (0.0..=1.0).contains(share)),
            Self::Questions => Some(count(questions.asked)),
            Self::DiscoveryQuestions => Some(count(questions.discovery)),
            Self::OpenPart => {
                let told = questions.open + questions.closed;
                (told > 0).then(|| count(questions.open) / count(told))
            }
            Self::Monologues => Some(count(analysis.talk.monologues.len())),
            Self::Unanswered => Some(count(questions.unanswered.len())),
            Self::ObjectionLevel => {
                let levels: Vec<f64> = analysis.objections.iter().map(|doubt| f64::from(doubt.level)).collect();
                (!levels.is_empty()).then(|| levels.iter().sum::<f64>() / count(levels.len()))
            }
            Self::EarlyDiscovery => {
                // Without times nobody knows what was early.
                let timed = questions.list.iter().all(|asked| asked.time.is_some());
                let early = questions.list.iter().any(|asked| learns(asked) && is_early(asked));
                timed.then_some(if early { 1.0 } else { 0.0 })
            }
        }
    }
}

/// `2 min 10 s`, as a length of talk is told.
pub fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    let rest = seconds - minutes * 60.0;
    if minutes >= 1.0 { format!("{minutes:.0} min {rest:.0} s") } else { format!("{seconds:.0} s") }
}

fn learns(asked: &Asked) -> bool {
    asked.form != "leading" && (asked.form == "open" || asked.spin.is_some())
}

fn is_early(asked: &Asked) -> bool {
    asked.time.as_deref().and_then(seconds).is_some_and(|at| at < EARLY_SECONDS)
}

/// `m:ss` as seconds.
fn seconds(time: &str) -> Option<u32> {
    let (minutes, rest) = time.split_once(':')?;
    minutes.parse::<u32>().ok()?.checked_mul(60)?.checked_add(rest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(time: Option<&str>, form: &str) -> Asked {
        Asked { time: time.map(str::to_owned), form: form.to_owned(), spin: None }
    }

    #[test]
    fn the_name_is_what_is_written() {
        for behaviour in Behaviour::ALL {
            assert_eq!(serde_json::to_value(behaviour).ok(), Some(behaviour.name().into()));
        }
    }

    #[test]
    fn values_are_read_from_a_call() {
        let mut analysis = Analysis::default();
        analysis.questions.open = 3;
        analysis.questions.closed = 1;
        analysis.questions.list = vec![asked(Some("4:59"), "open")];
        assert_eq!(Behaviour::OpenPart.of(&analysis), Some(0.75));
        assert_eq!(Behaviour::EarlyDiscovery.of(&analysis), Some(1.0));
        analysis.questions.list = vec![asked(Some("5:00"), "open"), asked(Some("1:00"), "closed")];
        assert_eq!(Behaviour::EarlyDiscovery.of(&analysis), Some(0.0));
        analysis.questions.list = vec![asked(None, "open")];
        assert_eq!(Behaviour::EarlyDiscovery.of(&analysis), None);
        assert_eq!(Behaviour::ObjectionLevel.of(&analysis), None);
        assert_eq!(Behaviour::RepShare.of(&analysis), None);
    }
}

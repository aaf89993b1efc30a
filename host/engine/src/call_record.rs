//! What the journal keeps of a call, beside what a step's line says anyway, so
//! that it can be run again: names, digests and limits. The texts behind the
//! digests are [`crate::body`]'s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{digest_json, sha256, sha256_of, text};
use crate::input::Input;
use crate::limits::CallLimits;
use crate::outcome::{ApprovalRequest, Effect, Evidence, FollowUp, Outcome};
use crate::skill::CallError;

/// The contract version that a line without one means.
const USUAL_WORLD: &str = "skillhost:skill@0.1.0";
/// The limits that a line without them means: those of most calls. Never changes,
/// whatever the host's defaults become, because lines of old mean it too.
const USUAL_LIMITS: CallLimits = CallLimits {
    fuel: Some(5_000_000_000),
    memory_bytes: Some(67_108_864),
    wall_ms: Some(10_000),
    host_calls: Some(256),
    read_bytes: Some(8_388_608),
    outcome_bytes: Some(4_194_304),
    log_bytes: Some(16_384),
    money_micro_usd: Some(200_000),
};

/// A call as it was made. With the bodies it names, and the module, it gives
/// the same outcome and the same fuel again. A line is written of every call, so
/// what is usual is left out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its id, which seeds the guest's randomness.
    pub call: String,
    /// [`Input::digest`] of what it was handed.
    #[serde(default = "Input::empty_digest", skip_serializing_if = "usual::is_input")]
    pub input: String,
    /// IANA zone it was told.
    pub zone: String,
    /// Extra facts it was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<(String, String)>,
    /// Limits it ran with, each stated.
    #[serde(default = "usual::limits", with = "usual", skip_serializing_if = "usual::are_limits")]
    pub limits: CallLimits,
    /// Contract version of its module.
    #[serde(default = "usual::world", skip_serializing_if = "usual::is_world")]
    pub world: String,
    /// What ran it: fuel is comparable between calls of one engine only.
    pub engine: String,
    /// [`outcome_digest`] of what it returned.
    pub outcome: String,
}

/// What a line leaves out.
mod usual {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{CallLimits, Input, USUAL_LIMITS, USUAL_WORLD};

    pub(super) fn is_input(digest: &str) -> bool {
        Input::is_empty_digest(digest)
    }

    pub(super) fn world() -> String {
        USUAL_WORLD.to_owned()
    }

    pub(super) fn is_world(world: &str) -> bool {
        world == USUAL_WORLD
    }

    pub(super) fn limits() -> CallLimits {
        USUAL_LIMITS
    }

    pub(super) fn are_limits(limits: &CallLimits) -> bool {
        *limits == USUAL_LIMITS
    }

    pub(super) fn serialize<S: Serializer>(limits: &CallLimits, serializer: S) -> Result<S::Ok, S::Error> {
        limits.beyond(&USUAL_LIMITS).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallLimits, D::Error> {
        Ok(CallLimits::deserialize(deserializer)?.or(&USUAL_LIMITS))
    }
}

/// An outcome with its artifacts by digest.
#[derive(Serialize)]
struct Digested<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Value>,
    summary: &'a Option<String>,
    effects: &'a [Effect],
    approvals: &'a [ApprovalRequest],
    follow_ups: &'a [FollowUp],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    artifacts: Vec<(&'a str, &'a str, String)>,
    evidence: &'a [Evidence],
}

impl Digested<'_> {
    /// Whether nothing is in it.
    fn is_empty(&self) -> bool {
        let Self { output, summary, effects, approvals, follow_ups, artifacts, evidence } = self;
        output.is_none()
            && summary.is_none()
            && effects.is_empty()
            && approvals.is_empty()
            && follow_ups.is_empty()
            && artifacts.is_empty()
            && evidence.is_empty()
    }
}

impl<'a> From<&'a Outcome> for Digested<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        Self {
            output: Some(&outcome.output),
            summary: &outcome.summary,
            effects: &outcome.effects,
            approvals: &outcome.approvals,
            follow_ups: &outcome.follow_ups,
            artifacts: outcome
                .artifacts
                .iter()
                .map(|artifact| (artifact.name.as_str(), artifact.media_type.as_str(), sha256(&artifact.content)))
                .collect(),
            evidence: &outcome.evidence,
        }
    }
}

/// `sha256:<hex>` of everything a call returned: its output's compact JSON, the
/// keys of every map in order, a line break, and all else in the same way. Two
/// outcomes share it exactly when [`outcome_json`] of both is the same. It is taken
/// of every call, and RFC 8785 takes ten times as long to tell no more.
pub fn outcome_digest(result: &Result<Outcome, CallError>) -> String {
    // Writing fails only for what is no JSON, which none of these holds.
    match result {
        Ok(outcome) => {
            let rest = Digested { output: None, ..Digested::from(outcome) };
            // Most calls bring an output and nothing else.
            let rest = if rest.is_empty() { Vec::new() } else { serde_json::to_vec(&rest).unwrap_or_default() };
            sha256_of(&[text(&outcome.output).as_bytes(), b"\n", &rest])
        }
        Err(error) => sha256(&serde_json::to_vec(error).unwrap_or_default()),
    }
}

/// The same things as JSON, to point at what differs.
pub fn outcome_json(result: &Result<Outcome, CallError>) -> Value {
    let json = match result {
        Ok(outcome) => serde_json::to_value(Digested::from(outcome)),
        Err(error) => serde_json::to_value(error),
    };
    json.unwrap_or(Value::Null)
}

/// Digest of a question through a door, as its record has it.
pub fn ask_digest(ask: &impl Serialize) -> String {
    digest_json(&serde_json::to_value(ask).unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::outcome::Artifact;

    fn outcome() -> Outcome {
        Outcome {
            output: serde_json::from_str(r#"{"a":"x","b":1}"#).unwrap(),
            summary: Some("s".to_owned()),
            ..Outcome::default()
        }
    }

    #[test]
    fn the_digest_follows_everything_returned() {
        let base = outcome_digest(&Ok(outcome()));
        let other_order = serde_json::from_str(r#"{"b":1,"a":"x"}"#).unwrap();
        assert_eq!(base, outcome_digest(&Ok(Outcome { output: other_order, ..outcome() })));
        let artifact = |content: &[u8]| Artifact {
            name: "a".to_owned(),
            media_type: "text/plain".to_owned(),
            content: content.to_vec(),
        };
        let others = [
            Outcome { output: json!({ "a": "y", "b": 1 }), ..outcome() },
            Outcome { output: json!({ "a": "x", "b": 1.5 }), ..outcome() },
            Outcome { summary: None, ..outcome() },
            Outcome {
                effects: vec![Effect {
                    id: "e".to_owned(),
                    kind: "flag.add".to_owned(),
                    payload: json!({}),
                    after: vec![],
                }],
                ..outcome()
            },
            Outcome {
                evidence: vec![Evidence { read_id: "r1".to_owned(), quote: "q".to_owned(), supports: String::new() }],
                ..outcome()
            },
            Outcome { artifacts: vec![artifact(b"one")], ..outcome() },
            Outcome { artifacts: vec![artifact(b"two")], ..outcome() },
        ];
        let mut seen = vec![base];
        for other in others {
            let digest = outcome_digest(&Ok(other));
            assert!(!seen.contains(&digest));
            seen.push(digest);
        }
        let trap = Err(CallError::Trap { message: "unreachable".to_owned() });
        assert!(!seen.contains(&outcome_digest(&trap)));
    }

    #[test]
    fn a_line_leaves_out_what_is_usual_and_reads_back_whole() {
        let usual = CallRecord {
            call: "call_1".to_owned(),
            input: Input::empty_digest(),
            zone: "UTC".to_owned(),
            extra: Vec::new(),
            limits: USUAL_LIMITS,
            world: USUAL_WORLD.to_owned(),
            engine: "native".to_owned(),
            outcome: "sha256:0a".to_owned(),
        };
        let line = serde_json::to_string(&usual).unwrap();
        assert_eq!(line, r#"{"call":"call_1","zone":"UTC","engine":"native","outcome":"sha256:0a"}"#);
        assert_eq!(serde_json::from_str::<CallRecord>(&line).unwrap(), usual);
        let limits = CallLimits { fuel: Some(7), wall_ms: Some(60_000), ..USUAL_LIMITS };
        let other = CallRecord {
            input: "sha256:in".to_owned(),
            extra: vec![("k".to_owned(), "v".to_owned())],
            limits,
            world: "skillhost:skill@0.2.0".to_owned(),
            ..usual
        };
        let line = serde_json::to_value(&other).unwrap();
        assert_eq!(line["limits"], json!({ "fuel": 7, "wall_ms": 60_000 }));
        assert_eq!(serde_json::from_value::<CallRecord>(line).unwrap(), other);
    }

    #[test]
    fn what_is_usual_now_is_what_lines_leave_out() {
        assert_eq!(CallLimits::default().under(&crate::limits::CEILING), USUAL_LIMITS);
        assert_eq!(crate::skill::WORLD, USUAL_WORLD);
    }
}

//! A native skill whose outcome a test gives: for what a host does with one, whatever made it.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::context::Doors;
use skillhost_engine::ids::SkillName;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{ApprovalRequest, Artifact, Ask, Call, Effect, Outcome, Spend};
use skillhost_engine::rights::RightSet;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::skill::{CallReport, Manifest, Mismatch, SkillRef, SkillRunner, WORLD};
use skillhost_server::boot::Skills;
use skillhost_server::sequences::Sequences;

const SKILL: &str = "propose";
const SEQUENCE: &str = "\
sequence: given
version: 1
event: email_received
steps:
  ask:
    skill: propose
    with:
      ask: event.payload.ask
    on_failure: stop
    output: given
";

/// An outcome, of the word that the event asks with.
pub type Answer = fn(&str) -> Outcome;

struct Given {
    manifest: Arc<Manifest>,
    answer: Answer,
}

/// Skills of a host whose one skill answers so, with the right to these kinds of effects;
/// what is written as a right is that right.
pub fn given(kinds: &[&str], answer: Answer) -> Skills {
    let right = |kind: &&str| if kind.contains(':') { (*kind).to_owned() } else { format!("effect:{kind}") };
    let manifest = Manifest {
        name: SKILL.into(),
        version: "1.0.0".to_owned(),
        world: WORLD.to_owned(),
        description: "Proposes what a test gives it.".to_owned(),
        input_schema: json!({}),
        output_schema: json!({}),
        rights: kinds.iter().map(right).collect(),
        limits: CallLimits::default(),
        criticality: None,
        skill_md_digest: String::new(),
    };
    let sequence = Arc::new(Sequence::parse("given.yaml", SEQUENCE).unwrap());
    Skills {
        runner: Arc::new(Given { manifest: Arc::new(manifest), answer }),
        names: [SKILL.into()].into(),
        sequences: Sequences::of([sequence]),
        modules: None,
    }
}

/// A file.
pub fn file(name: &str, media_type: &str, content: &[u8]) -> Artifact {
    Artifact { name: name.to_owned(), media_type: media_type.to_owned(), content: content.to_vec() }
}

/// An effect whose id is its kind without the dot.
pub fn effect(kind: &str, payload: Value) -> Effect {
    Effect { id: kind.replace(['.', '_'], "-"), kind: kind.to_owned(), payload, after: vec![] }
}

/// A question about these effects.
pub fn question(effects: Vec<Effect>) -> ApprovalRequest {
    ApprovalRequest {
        id: "ask".to_owned(),
        title: "Shall this happen?".to_owned(),
        summary: String::new(),
        fields: vec![],
        ask: Ask::Review { effects, editable: vec![], deferrable: false },
        expires: None,
        tell_skill: false,
    }
}

#[async_trait::async_trait]
impl SkillRunner for Given {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        (self.manifest.name == *skill).then(|| SkillRef {
            name: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            digest: format!("sha256:{}", "2".repeat(64)),
        })
    }

    fn manifest(&self, _: &SkillRef) -> Option<Arc<Manifest>> {
        Some(Arc::clone(&self.manifest))
    }

    fn check_output(&self, _: &SkillRef, _: &Value) -> Option<Result<(), Mismatch>> {
        Some(Ok(()))
    }

    async fn call(&self, _: &SkillRef, call: Call, _: &RightSet, _: &CallLimits, _: Arc<dyn Doors>) -> CallReport {
        let ask = call.input.value().get("ask").and_then(Value::as_str).unwrap_or_default();
        CallReport::of(Ok((self.answer)(ask)), Spend { fuel: 1, wall_us: 1, ..Spend::default() })
    }
}

//! Skills without a sandbox, so that a bench of the engine and the store
//! measures these alone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skillhost_engine::context::Doors;
use skillhost_engine::ids::SkillName;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{ApprovalRequest, Ask, Call, Choice, Effect, Outcome, Spend};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallReport, Manifest, Mismatch, SkillRef, SkillRunner, WORLD};

/// Answers with about a kilobyte.
pub(super) const NOOP: &str = "noop";
/// The same, with one free effect.
pub(super) const PROPOSE: &str = "propose";
/// Answers with a question, whose answer is only that.
pub(super) const GATE: &str = "gate";
/// Answers with a question, whose answer is an effect as well.
pub(super) const REVIEW: &str = "review";
/// What the gate offers.
pub(super) const CHOICE: &str = "on";
/// Bytes of the padding in an output.
const PADDING: usize = 900;

/// Runs [`NOOP`], [`PROPOSE`], [`GATE`] and [`REVIEW`].
pub(super) struct NativeSkills {
    manifests: [Arc<Manifest>; 4],
    /// How long a [`NOOP`] waits, as a step does that asks somebody.
    wait: Duration,
}

impl NativeSkills {
    pub(super) fn new(wait: Duration) -> Self {
        let task = "effect:task.create";
        let manifests = [(NOOP, task), (PROPOSE, "effect:flag.add"), (GATE, task), (REVIEW, task)];
        Self { manifests: manifests.map(|(name, right)| manifest(name, right)), wait }
    }
}

fn manifest(name: &str, right: &str) -> Arc<Manifest> {
    Arc::new(Manifest {
        name: name.into(),
        version: "1.0.0".to_owned(),
        world: WORLD.to_owned(),
        description: "A step of the bench.".to_owned(),
        input_schema: json!({}),
        output_schema: json!({}),
        rights: vec![right.to_owned()],
        limits: CallLimits::default(),
        criticality: None,
        skill_md_digest: String::new(),
    })
}

#[async_trait::async_trait]
impl SkillRunner for NativeSkills {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        self.manifests.iter().find(|manifest| manifest.name == *skill).map(|manifest| SkillRef {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            digest: format!("sha256:{}", "0".repeat(64)),
        })
    }

    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>> {
        self.manifests.iter().find(|manifest| manifest.name == skill.name).cloned()
    }

    fn check_output(&self, skill: &SkillRef, _: &Value) -> Option<Result<(), Mismatch>> {
        self.manifest(skill).map(|_| Ok(()))
    }

    async fn call(&self, skill: &SkillRef, _: Call, _: &RightSet, _: &CallLimits, _: Arc<dyn Doors>) -> CallReport {
        let outcome = match skill.name.as_str() {
            GATE => question(Ask::Choose { choices: vec![choice()], offer_more: false, offer_manual: false }),
            REVIEW => question(Ask::Review {
                effects: vec![effect("task.create", json!({ "title": "bench" }))],
                editable: Vec::new(),
                deferrable: false,
            }),
            _ => {
                if !self.wait.is_zero() {
                    tokio::time::sleep(self.wait).await;
                }
                noop(skill.name.as_str() == PROPOSE)
            }
        };
        CallReport::of(Ok(outcome), Spend::default())
    }
}

fn noop(proposes: bool) -> Outcome {
    let flag = || effect("flag.add", json!({ "entity": "deal", "id": "d1", "flag": "bench", "reason": "bench" }));
    Outcome {
        output: json!({ "padding": "x".repeat(PADDING) }),
        effects: proposes.then(flag).into_iter().collect(),
        ..Outcome::default()
    }
}

fn question(ask: Ask) -> Outcome {
    Outcome {
        output: json!({}),
        approvals: vec![ApprovalRequest {
            id: "ask".to_owned(),
            title: "Bench".to_owned(),
            summary: String::new(),
            fields: Vec::new(),
            ask,
            expires: None,
            tell_skill: false,
        }],
        ..Outcome::default()
    }
}

fn choice() -> Choice {
    Choice { id: CHOICE.to_owned(), label: "Go on".to_owned(), detail: None, recommended: true, effects: Vec::new() }
}

fn effect(kind: &str, payload: Value) -> Effect {
    Effect { id: "e".to_owned(), kind: kind.to_owned(), payload, after: Vec::new() }
}

/// Native skills beside sandboxed ones.
pub(super) struct Mixed {
    native: NativeSkills,
    sandbox: skillhost_sandbox::SandboxRunner,
}

impl Mixed {
    pub(super) fn new(native: NativeSkills, sandbox: skillhost_sandbox::SandboxRunner) -> Self {
        Self { native, sandbox }
    }
}

#[async_trait::async_trait]
impl SkillRunner for Mixed {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        self.native.resolve(skill).or_else(|| self.sandbox.resolve(skill))
    }

    fn manifest(&self, skill: &SkillRef) -> Option<Arc<Manifest>> {
        self.native.manifest(skill).or_else(|| self.sandbox.manifest(skill))
    }

    fn check_output(&self, skill: &SkillRef, output: &Value) -> Option<Result<(), Mismatch>> {
        self.native.check_output(skill, output).or_else(|| self.sandbox.check_output(skill, output))
    }

    async fn call(
        &self,
        skill: &SkillRef,
        call: Call,
        rights: &RightSet,
        limits: &CallLimits,
        doors: Arc<dyn Doors>,
    ) -> CallReport {
        match self.native.manifest(skill) {
            Some(_) => self.native.call(skill, call, rights, limits, doors).await,
            None => self.sandbox.call(skill, call, rights, limits, doors).await,
        }
    }
}

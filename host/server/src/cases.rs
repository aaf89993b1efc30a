//! A skill's own cases in the real sandbox: what an author sees natively holds as a
//! module, with fuel, limits and doors as the host has them.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::limits::{CEILING, CallLimits};
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::{CallError, CallReport, SkillRef, SkillRunner as _};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_sandbox::{Module, Registry, Sandbox, SandboxRunner};
use skillhost_sdk::harness::{Answer, Case, CaseContext};

/// Answers what a case's `context.json` says.
struct CaseDoors(CaseContext);

#[async_trait::async_trait]
impl Doors for CaseDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        match self.0.answer(&query.source, &query.params) {
            Answer::Body(body) => {
                let body = body.to_string();
                let digest = sha256(body.as_bytes()).into();
                Ok(Snapshot { body: body.into(), digest, as_of: Timestamp(self.0.now), next: None, cost: MicroUsd(0) })
            }
            Answer::Refused(kind) => {
                let kind = ReadErrorKind::parse(kind.as_str()).unwrap_or(ReadErrorKind::Unavailable);
                Err(ReadError::new(kind, ""))
            }
        }
    }
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseRun {
    /// Its name.
    pub case: String,
    /// What is not as expected, by JSON Pointer; empty when it holds.
    pub wrong: Vec<String>,
    /// Units.
    pub fuel: i64,
    /// Microseconds.
    pub wall_us: i64,
}

/// Runs cases on one module.
pub struct CaseRunner {
    runner: SandboxRunner,
    module: SkillRef,
    rights: RightSet,
}

impl CaseRunner {
    /// On a module of this sandbox, with every right it asks.
    pub fn new(sandbox: &Arc<Sandbox>, module: Arc<Module>) -> Self {
        let rights = RightSet::meet(&module.manifest.asked(), &[&Grant::Unrestricted]);
        let skill = module.skill_ref.clone();
        let registry = Arc::new(Registry::new());
        registry.activate(module);
        Self { runner: SandboxRunner::new(Arc::clone(sandbox), registry), module: skill, rights }
    }

    /// Name, version and digest.
    pub fn module(&self) -> &SkillRef {
        &self.module
    }

    /// The call of a case, as it ended.
    pub async fn report(&self, case: &Case) -> CallReport {
        let context = &case.context;
        let call = Call {
            call_id: format!("call-{}", case.name),
            job: format!("job-{}", case.name).as_str().into(),
            step: "step".into(),
            round: 0,
            org: context.org.as_str().into(),
            user: context.user.as_str().into(),
            event_type: context.event_type.clone(),
            now: Timestamp(context.now),
            zone: context.zone.clone(),
            input: case.input.clone().into(),
            extra: vec![],
        };
        let limits = CallLimits::default().tighten(&CEILING);
        let doors = Arc::new(CaseDoors(context.clone()));
        self.runner.call(&self.module, call, &self.rights, &limits, doors).await
    }

    /// Runs a case and holds its outcome against what is expected.
    pub async fn run(&self, case: &Case) -> CaseRun {
        let report = self.report(case).await;
        let wrong = match report.result {
            Ok(outcome) => case.check(&json!(outcome)),
            Err(CallError::Failed { failure }) => case.check(&json!({ "failure": failure })),
            Err(error) => return CaseRun::of(case, vec![error.to_string()], &report.spend),
        };
        CaseRun::of(case, wrong.iter().map(ToString::to_string).collect(), &report.spend)
    }
}

impl CaseRun {
    fn of(case: &Case, wrong: Vec<String>, spend: &skillhost_engine::outcome::Spend) -> Self {
        Self { case: case.name.clone(), wrong, fuel: spend.fuel, wall_us: spend.wall_us }
    }
}

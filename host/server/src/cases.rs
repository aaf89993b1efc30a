//! A skill's own cases in the real sandbox: what an author sees natively holds as a
//! module, with fuel, limits and doors as the host has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::limits::{CEILING, CallLimits};
use skillhost_engine::model::{Finish, ModelAnswer, ModelAsk, ModelError, ModelErrorKind, ModelUsage};
use skillhost_engine::outcome::{Call, Outcome};
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::{CallError, CallReport, SkillRef, SkillRunner as _};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_sandbox::{Module, Registry, Sandbox, SandboxRunner};
use skillhost_sdk::harness::{Answer, Case, CaseContext, Script};

/// Answers what a case's `context.json` says, and its `model.json` where one is asked.
struct CaseDoors {
    context: CaseContext,
    script: Option<Script>,
    asked: AtomicUsize,
}

/// What a read gets in a case.
///
/// # Errors
/// The case has nothing there, or says that it is refused.
pub fn read(context: &CaseContext, query: &Query) -> Result<Snapshot, ReadError> {
    match context.answer(&query.source, &query.params) {
        Answer::Body(body) => {
            let body = body.to_string();
            let digest = sha256(body.as_bytes()).into();
            let as_of = Timestamp(context.now);
            Ok(Snapshot { body: body.into(), digest, as_of, next: None, cost: MicroUsd(0) })
        }
        Answer::Refused(kind) => {
            let kind = ReadErrorKind::parse(kind.as_str()).unwrap_or(ReadErrorKind::Unavailable);
            Err(ReadError::new(kind, ""))
        }
    }
}

#[async_trait::async_trait]
impl Doors for CaseDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        read(&self.context, &query)
    }

    async fn generate(&self, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let refused = |kind, message: String| ModelError { kind, message, retry_after_ms: None, cost: MicroUsd(0) };
        let Some(script) = &self.script else {
            return Err(refused(ModelErrorKind::NotConfigured, format!("no model stands behind `{}` here", ask.class)));
        };
        self.asked.fetch_add(1, Ordering::Relaxed);
        match script.refused {
            Some(kind) => {
                let kind = serde_json::from_value(json!(kind.as_str())).unwrap_or(ModelErrorKind::Unavailable);
                Err(refused(kind, "the case says so".to_owned()))
            }
            None => Ok(ModelAnswer {
                text: script.text(),
                model: "scripted".to_owned(),
                finish: if script.cut_off { Finish::Length } else { Finish::Complete },
                usage: ModelUsage { cost: MicroUsd(1), ..ModelUsage::default() },
            }),
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

    /// The call of a case without a model, as it ended.
    pub async fn report(&self, case: &Case) -> CallReport {
        self.call(case, None).await.0
    }

    /// The call of a case, as it ended, and how often a model was asked.
    async fn call(&self, case: &Case, script: Option<&Script>) -> (CallReport, usize) {
        let context = &case.context;
        let call = call(case);
        let limits = CallLimits::default().tighten(&CEILING);
        let asked = AtomicUsize::new(0);
        let doors = Arc::new(CaseDoors { context: context.clone(), script: script.cloned(), asked });
        let report = self.runner.call(&self.module, call, &self.rights, &limits, Arc::clone(&doors) as _).await;
        (report, doors.asked.load(Ordering::Relaxed))
    }

    /// Runs a case and holds its outcome against what is expected; one with a script of a
    /// model a second time, with it.
    pub async fn run(&self, case: &Case) -> CaseRun {
        let report = self.report(case).await;
        let wrong = match outcome(report.result) {
            Ok(plain) => {
                let mut wrong: Vec<String> = case.check(&plain).iter().map(ToString::to_string).collect();
                wrong.extend(self.with_its_model(case, &plain).await.unwrap_or_else(|error| vec![error]));
                wrong
            }
            Err(error) => vec![error],
        };
        CaseRun::of(case, wrong, &report.spend)
    }

    async fn with_its_model(&self, case: &Case, plain: &Value) -> Result<Vec<String>, String> {
        let Some(script) = Script::of(case).map_err(|error| error.to_string())? else { return Ok(Vec::new()) };
        let (report, asked) = self.call(case, Some(&script)).await;
        let wrong = script.check(case, &outcome(report.result)?, plain, asked).map_err(|error| error.to_string())?;
        Ok(wrong.into_iter().map(|line| format!("with its model: {line}")).collect())
    }
}

/// What a skill is called with in a case.
pub fn call(case: &Case) -> Call {
    let context = &case.context;
    Call {
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
    }
}

/// An outcome as cases describe it, or why there is none.
///
/// # Errors
/// The call ended without one.
pub fn outcome(result: Result<Outcome, CallError>) -> Result<Value, String> {
    match result {
        Ok(outcome) => Ok(json!(outcome)),
        Err(CallError::Failed { failure }) => Ok(json!({ "failure": failure })),
        Err(error) => Err(error.to_string()),
    }
}

impl CaseRun {
    fn of(case: &Case, wrong: Vec<String>, spend: &skillhost_engine::outcome::Spend) -> Self {
        Self { case: case.name.clone(), wrong, fuel: spend.fuel, wall_us: spend.wall_us }
    }
}

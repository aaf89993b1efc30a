//! What the host adds to a call: the same module, input and read through bare
//! wasmtime and through [`SandboxRunner`], interleaved in one run.
//!
//! The bare leg is the fastest wasmtime known here: the host's own engine
//! (pooled, kept resident, pagemap scan), `InstancePre`, a typed function, one
//! raw `context.read` and the WASI that the guest's standard library starts with;
//! no limiter, no deadline, no yields, no check of anything. The host leg is the
//! very function that jobs call, from the input's value to the event that the
//! journal gets. To write that event down is the step's commit and timed apart.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use skillhost_engine::call_record::{CallRecord, outcome_digest};
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError as Refused, Snapshot};
use skillhost_engine::ids::JobId;
use skillhost_engine::job::JobEvent;
use skillhost_engine::journal;
use skillhost_engine::limits::{CallLimits, ResolvedLimits};
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::skill::{CallReport, SkillRef, SkillRunner, WORLD};
use skillhost_engine::time::{MicroUsd, Timestamp};
use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use crate::contract::context::{Query as AskedQuery, ReadError};
use crate::contract::{self, CallParam, SnapshotAnswer};
use crate::doors;
use crate::engine::EngineReport;
use crate::error::LoadError;
use crate::module::Module;
use crate::registry::Registry;
use crate::runner::SandboxRunner;
use crate::sandbox::{Sandbox, SandboxConfig, SandboxError};
use crate::state::CallState;
use crate::wasi;

/// Calls of each leg before the first is measured: pools and caches get warm.
const WARM_UP: u32 = 200;
/// Bytes of text in the input and in what is read.
const TEXT_BYTES: usize = 1000;
/// The instant every call is told.
const NOW: Timestamp = Timestamp(1_760_000_000_000);
/// Less than any module starts with.
const TOO_LITTLE_MEMORY: u64 = 4096;

/// Middle and tail, microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half are faster.
    pub p50: f64,
    /// One in a hundred is slower.
    pub p99: f64,
}

/// How the bare leg was set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BareSettings {
    /// The engine, shared by both legs.
    pub engine: EngineReport,
    /// Linked once.
    pub instance_pre: bool,
    /// Called through a typed function.
    pub typed_function: bool,
    /// Metered, because both legs run the same machine code.
    pub fuel: bool,
    /// Interruptible, likewise.
    pub epoch: bool,
    /// What the guest's WASI imports meet.
    pub wasi: &'static str,
}

/// That rights, limits and journal were on, seen in the same run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchProofs {
    /// A read without its right was denied and reported.
    pub denied_import: bool,
    /// How a call ended that had too little memory.
    pub memory_bomb: String,
    /// Journal lines with a record of their call; one a measured host call.
    pub journal_records: u64,
}

/// The result of [`bench_call`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchCallReport {
    /// Calls of each leg.
    pub calls: u32,
    /// Bare wasmtime.
    pub bare_us: Quantiles,
    /// The host's full path.
    pub host_us: Quantiles,
    /// Host over bare, p50.
    pub ratio_p50: f64,
    /// To write the call's journal line, which is part of the step's commit.
    pub journal_us: Quantiles,
    /// Another host at the same work, where one took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_us: Option<Quantiles>,
    /// Fuel of a host call.
    pub fuel: i64,
    /// Settings of the bare leg.
    pub settings: BareSettings,
    /// What was on.
    pub proofs: BenchProofs,
}

/// Another host that does the same work: it is handed the input and the body that
/// the one read answers, and its call is over when it has the outcome's text.
pub type Peer<'a> = &'a mut (dyn FnMut(&str, &str) -> Result<(), String> + Send);

/// The bench could not run.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No sandbox here.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The component is refused.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A call did not end as it must.
    #[error("the {leg} leg failed: {message}")]
    Call {
        /// `bare`, `host` or `peer`.
        leg: &'static str,
        /// How.
        message: String,
    },
}

fn failed(leg: &'static str, message: impl ToString) -> BenchError {
    BenchError::Call { leg, message: message.to_string() }
}

struct OneNote(Snapshot);

#[async_trait::async_trait]
impl Doors for OneNote {
    async fn read(&self, _: Query) -> Result<Snapshot, Refused> {
        Ok(self.0.clone())
    }
}

struct Bare {
    sandbox: Arc<Sandbox>,
    pre: InstancePre<CallState>,
    run: ComponentExportIndex,
    limits: ResolvedLimits,
}

impl Bare {
    fn new(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        module: &Module,
        note: &Snapshot,
    ) -> Result<Self, wasmtime::Error> {
        let component = Component::from_binary(&sandbox.engine, component)?;
        let mut linker: Linker<CallState> = Linker::new(&sandbox.engine);
        wasi::link(&mut linker)?;
        let answer = note.clone();
        linker.instance(doors::CONTEXT)?.func_wrap("read", move |_, (_query,): (AskedQuery,)| {
            let note = &answer;
            Ok((Ok::<_, ReadError>(SnapshotAnswer {
                read_id: "r1".to_owned(),
                body: Arc::clone(&note.body),
                digest: Arc::clone(&note.digest),
                as_of: 0,
                next: None,
            }),))
        })?;
        let pre = linker.instantiate_pre(&component)?;
        let run = pre
            .component()
            .get_export_index(None, contract::WORK)
            .and_then(|work| pre.component().get_export_index(Some(&work), "run"))
            .ok_or_else(|| wasmtime::Error::msg(format!("{} does not export run", module.skill_ref.name)))?;
        Ok(Self { sandbox: Arc::clone(sandbox), pre, run, limits: CallLimits::default().resolved() })
    }

    async fn call(&self, input: &str) -> Result<usize, wasmtime::Error> {
        let state = CallState::closed("bare", &self.limits);
        let mut store = Store::new(&self.sandbox.engine, state);
        store.set_fuel(u64::MAX)?;
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.pre.instantiate_async(&mut store).await?;
        let run = instance.get_typed_func::<(CallParam<'_>,), (Result<contract::Outcome, contract::Failure>,)>(
            &mut store, &self.run,
        )?;
        let param = CallParam {
            call_id: "call_bench",
            job_id: "job_bench",
            step: "echo",
            round: 0,
            org_id: "org",
            user_id: "user",
            event_type: "bench",
            now: 0,
            zone: "UTC",
            input,
            extra: &[],
        };
        match run.call_async(&mut store, (param,)).await? {
            (Ok(outcome),) => Ok(outcome.output.len()),
            (Err(failure),) => Err(wasmtime::Error::msg(failure.message)),
        }
    }
}

struct Host {
    runner: SandboxRunner,
    skill: SkillRef,
    rights: RightSet,
    limits: CallLimits,
    doors: Arc<dyn Doors>,
}

impl Host {
    fn ask(input: Value) -> Call {
        Call {
            call_id: "call_bench".to_owned(),
            job: "job_bench".into(),
            step: "echo".into(),
            round: 0,
            org: "org".into(),
            user: "user".into(),
            event_type: "bench".to_owned(),
            now: NOW,
            zone: "UTC".to_owned(),
            input: input.into(),
            extra: Vec::new(),
        }
    }

    async fn call(&self, call: Call, rights: &RightSet, limits: &CallLimits) -> CallReport {
        self.runner.call(&self.skill, call, rights, limits, Arc::clone(&self.doors)).await
    }

    /// The call and what the journal gets of it.
    async fn call_and_record(&self, input: Value) -> Result<JobEvent, BenchError> {
        let call = Self::ask(input);
        let step = call.step.clone();
        let (call_id, input) = (call.call_id.clone(), call.input.digest());
        let report = self.call(call, &self.rights, &self.limits).await;
        let record = CallRecord {
            call: call_id,
            input,
            zone: "UTC".to_owned(),
            extra: Vec::new(),
            limits: self.limits.clone(),
            world: WORLD.to_owned(),
            engine: self.runner.engine().to_owned(),
            outcome: outcome_digest(&report.result),
        };
        let outcome = report.result.map_err(|error| failed("host", error))?;
        Ok(JobEvent::StepProposed {
            step,
            attempt: 1,
            round: 0,
            skill: Some(self.skill.clone()),
            output: outcome.output,
            summary: outcome.summary,
            rights: self.rights.iter().map(ToString::to_string).collect(),
            spend: report.spend,
            reads: report.reads,
            denials: report.denials,
            effects: Vec::new(),
            approvals: Vec::new(),
            suggested: outcome.follow_ups,
            artifacts: Vec::new(),
            started_at: NOW,
            call: Some(Box::new(record)),
        })
    }
}

fn quantiles(mut spans: Vec<Duration>) -> Quantiles {
    spans.sort_unstable();
    let at = |part: f64| {
        // An index below the length, which fits both ways.
        let index = (spans.len().saturating_sub(1) as f64 * part).round() as usize;
        spans.get(index).map_or(0.0, |span| span.as_nanos() as f64 / 1000.0)
    };
    Quantiles { p50: at(0.5), p99: at(0.99) }
}

/// Measures `calls` calls of each leg. The component must be the echo skill that
/// ships: it takes `text` and `contact_id`, and reads that contact.
pub async fn bench_call(component: &[u8], calls: u32) -> Result<BenchCallReport, BenchError> {
    bench_call_beside(component, calls, None).await
}

/// The same with a third leg, interleaved with the other two.
pub async fn bench_call_beside(
    component: &[u8],
    calls: u32,
    mut peer: Option<Peer<'_>>,
) -> Result<BenchCallReport, BenchError> {
    let sandbox = Arc::new(Sandbox::new(SandboxConfig::default())?);
    let module = sandbox.load(component)?;
    let text = "The quarterly numbers look fine. ".repeat(TEXT_BYTES / 33 + 1);
    let text = &text[..TEXT_BYTES];
    let body = json!({
        "id": "c1", "name": "Echo", "deal_ids": [], "suppressed": false, "fields": { "notes": text }, "flags": [],
    })
    .to_string();
    let note = Snapshot {
        digest: sha256(body.as_bytes()).into(),
        body: body.as_str().into(),
        as_of: NOW,
        next: None,
        cost: MicroUsd(0),
    };

    let bare = Bare::new(&sandbox, component, &module, &note).map_err(|error| failed("bare", format!("{error:#}")))?;
    let registry = Arc::new(Registry::new());
    registry.activate(Arc::clone(&module));
    let host = Host {
        runner: SandboxRunner::new(Arc::clone(&sandbox), registry),
        skill: module.skill_ref.clone(),
        rights: RightSet::meet(&module.rights, &[&Grant::Unrestricted]),
        limits: CallLimits::default(),
        doors: Arc::new(OneNote(note)),
    };

    let question = json!({ "text": text, "contact_id": "c1" });
    let input = question.to_string();
    let (mut bare_spans, mut host_spans, mut peer_spans) = (Vec::new(), Vec::new(), Vec::new());
    let (mut journal_spans, mut fuel, mut records) = (Vec::new(), 0, 0u64);
    let job = JobId::from("job_bench");
    for turn in 0..WARM_UP.saturating_add(calls) {
        let started = Instant::now();
        bare.call(&input).await.map_err(|error| failed("bare", format!("{error:#}")))?;
        let bare_span = started.elapsed();

        let question = question.clone();
        let started = Instant::now();
        let event = host.call_and_record(question).await?;
        let host_span = started.elapsed();
        let started = Instant::now();
        let line = journal::encode(&job, u64::from(turn) + 1, &event, NOW).map_err(|error| failed("host", error))?;
        let journal_span = started.elapsed();
        if let Some(peer) = peer.as_deref_mut() {
            let started = Instant::now();
            peer(&input, &body).map_err(|error| failed("peer", error))?;
            peer_spans.push(started.elapsed());
        }
        if turn >= WARM_UP {
            bare_spans.push(bare_span);
            host_spans.push(host_span);
            journal_spans.push(journal_span);
            if let JobEvent::StepProposed { spend, call: Some(_), .. } = &event {
                fuel = spend.fuel;
                records += u64::from(line.body.len() > TEXT_BYTES);
            }
        }
    }

    let denied = host.call(Host::ask(question.clone()), &RightSet::default(), &host.limits).await;
    let little = CallLimits { memory_bytes: Some(TOO_LITTLE_MEMORY), ..CallLimits::default() };
    let bomb = host.call(Host::ask(question), &host.rights, &little).await;
    let (bare_us, host_us) = (quantiles(bare_spans), quantiles(host_spans));
    Ok(BenchCallReport {
        calls,
        bare_us,
        host_us,
        peer_us: peer.is_some().then(|| quantiles(peer_spans.split_off(usize::try_from(WARM_UP).unwrap_or_default()))),
        ratio_p50: if bare_us.p50 > 0.0 { host_us.p50 / bare_us.p50 } else { 0.0 },
        journal_us: quantiles(journal_spans),
        fuel,
        settings: BareSettings {
            engine: sandbox.report().clone(),
            instance_pre: true,
            typed_function: true,
            fuel: true,
            epoch: true,
            wasi: "the host's own, linked once",
        },
        proofs: BenchProofs {
            denied_import: denied.result.is_err() && denied.denials == ["context:contact"],
            memory_bomb: bomb.result.err().map_or_else(|| "none".to_owned(), |error| error.code().to_owned()),
            journal_records: records,
        },
    })
}

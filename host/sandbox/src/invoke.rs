//! One call: a fresh store, the two clocks, and every end as a value.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use skillhost_engine::canonical::depth;
use skillhost_engine::context::Doors;
use skillhost_engine::input::Input;
use skillhost_engine::limits::{CallLimits, MAX_JSON_DEPTH, ResolvedLimits};
use skillhost_engine::outcome::{Call, Outcome, Spend};
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallError, CallReport};
use skillhost_engine::time::MicroUsd;
use tokio::sync::SemaphorePermit;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::accept::{self, Bounds};
use crate::contract::{self, CallParam};
use crate::doors::DoorState;
use crate::engine::FUEL_YIELD_INTERVAL;
use crate::files::{CallFiles, NoDirectory};
use crate::module::Module;
use crate::sandbox::Sandbox;
use crate::schema::bounded;
use crate::state::CallState;

/// Characters of a trap's message.
const MAX_TRAP_CHARS: usize = 300;
/// How wasmtime words the end of its transfer allowance; the type is private,
/// so a test pins the words.
const TRANSFER_EXHAUSTED: &str = "fuel allocated for hostcalls has been exhausted";

/// A store ready to run one export, with a slot of the pool to run it in. It is
/// used once; a trapped store is never used again.
pub(crate) struct Prepared<'a> {
    store: Store<CallState>,
    wall: Duration,
    sandbox: &'a Sandbox,
    _slot: SemaphorePermit<'a>,
}

/// The wall deadline passed.
#[derive(Debug, thiserror::Error)]
#[error("deadline")]
struct DeadlinePassed;

impl<'a> Prepared<'a> {
    /// Waits for a slot and sets the limits; the wait is not the call's time. `wall` is
    /// what is left of that.
    pub(crate) async fn new(
        sandbox: &'a Sandbox,
        state: CallState,
        limits: &ResolvedLimits,
        wall: Duration,
    ) -> Result<Self, CallError> {
        let host = |message: String| CallError::Host { message };
        let slot = sandbox.slots.acquire().await.map_err(|_| host("the sandbox is closed".to_owned()))?;
        let mut store = Store::new(&sandbox.engine, state);
        store.limiter(|state| &mut state.meter);
        store
            .set_fuel(limits.fuel)
            .and_then(|()| store.fuel_async_yield_interval(Some(FUEL_YIELD_INTERVAL)))
            .map_err(|error| host(format!("fuel: {error:#}")))?;
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        store.set_hostcall_fuel(usize::try_from(limits.outcome_bytes).unwrap_or(usize::MAX));
        Ok(Self { store, wall, sandbox, _slot: slot })
    }

    /// Instantiates and runs an export under the deadline. What it computes, waiting left
    /// out, is added to [`Sandbox::computed`].
    pub(crate) async fn run<P, R>(
        &mut self,
        pre: &InstancePre<CallState>,
        export: &ComponentExportIndex,
        params: P,
    ) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let (store, sandbox) = (&mut self.store, self.sandbox);
        let mut work = pin!(async {
            let instance = pre.instantiate_async(&mut *store).await?;
            let function = instance.get_typed_func::<P, R>(&mut *store, export)?;
            function.call_async(&mut *store, params).await
        });
        let mut computing = pin!(poll_fn(|context| {
            let began = Instant::now();
            let polled = work.as_mut().poll(context);
            sandbox.compute(began.elapsed());
            polled
        }));
        // Most calls end at the first look, which is bounded by the fuel between two
        // yields, and need no timer.
        if let Poll::Ready(ended) = futures::poll!(computing.as_mut()) {
            return ended;
        }
        match tokio::time::timeout(self.wall, computing).await {
            Ok(ended) => ended,
            Err(_) => Err(DeadlinePassed.into()),
        }
    }

    fn fuel_left(&self) -> u64 {
        self.store.get_fuel().unwrap_or(0)
    }
}

/// Which of the typed ends an error is.
pub(crate) fn classify(error: &wasmtime::Error, prepared: &Prepared<'_>, limits: &ResolvedLimits) -> CallError {
    if error.is::<DeadlinePassed>() {
        return CallError::Timeout { limit_ms: limits.wall_ms };
    }
    if matches!(error.downcast_ref::<Trap>(), Some(Trap::OutOfFuel)) {
        return CallError::OutOfFuel { limit: limits.fuel };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return CallError::Host { message: "no free slot in the pool".to_owned() };
    }
    let root = error.root_cause().to_string();
    if root.contains(TRANSFER_EXHAUSTED) {
        // A guest's frames are on the stack while it calls a door, and gone when
        // its result is read.
        return if error.is::<WasmBacktrace>() {
            CallError::Trap { message: format!("more than {} bytes handed to a door", limits.outcome_bytes) }
        } else {
            CallError::OutcomeTooLarge { limit_bytes: limits.outcome_bytes }
        };
    }
    // The guest aborts after a refused growth like any panicking one; only the
    // meter knows why.
    if prepared.store.data().meter.refused() {
        return CallError::OutOfMemory { limit_bytes: limits.memory_bytes };
    }
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        return CallError::Trap { message: format!("the module exited with code {code}") };
    }
    let message = error.downcast_ref::<Trap>().map_or(root, ToString::to_string);
    CallError::Trap { message: bounded(&message, MAX_TRAP_CHARS) }
}

/// The end of a call whose module did not run.
fn refused(error: CallError) -> CallReport {
    CallReport::of(Err(error), Spend::default())
}

fn micros(wall: Duration) -> i64 {
    i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Whether the module takes this input.
fn admit(module: &Module, input: &Input, limits: &ResolvedLimits) -> Result<(), CallError> {
    let invalid = |pointer: String, message: String| Err(CallError::InvalidInput { pointer, message });
    let bytes = input.text().len();
    if u64::try_from(bytes).unwrap_or(u64::MAX) > limits.input_bytes {
        return invalid(String::new(), format!("{bytes} bytes, at most {}", limits.input_bytes));
    }
    if depth(input.value()) > MAX_JSON_DEPTH {
        return invalid(String::new(), format!("nested deeper than {MAX_JSON_DEPTH}"));
    }
    module.input.check(input.value()).or_else(|mismatch| invalid(mismatch.pointer, mismatch.message))
}

/// Why a call's directories are not there.
enum Unopened {
    Refused(NoDirectory),
    Late(Duration),
}

/// A call's directories, and how long it took to open them.
async fn directories(sandbox: &Sandbox, rights: &RightSet, wall: Duration) -> Result<(CallFiles, Duration), Unopened> {
    if rights.directories().next().is_none() {
        return Ok((CallFiles::none(), Duration::ZERO));
    }
    let opening = Instant::now();
    match tokio::time::timeout(wall, CallFiles::open(&sandbox.files, rights)).await {
        Ok(Ok(files)) => Ok((files, opening.elapsed())),
        Ok(Err(error)) => Err(Unopened::Refused(error)),
        Err(_) => Err(Unopened::Late(opening.elapsed())),
    }
}

/// Calls `run`. Never panics on what a guest does; every end is in the report.
pub(crate) async fn call(
    sandbox: &Sandbox,
    module: &Module,
    call: Call,
    rights: &RightSet,
    limits: &CallLimits,
    doors: Arc<dyn Doors>,
) -> CallReport {
    let limits = limits.tighten(&module.manifest.limits).resolved();
    if let Err(error) = admit(module, &call.input, &limits) {
        return refused(error);
    }
    let wall = Duration::from_millis(limits.wall_ms);
    let (files, opened) = match directories(sandbox, rights, wall).await {
        Ok(opened) => opened,
        Err(Unopened::Refused(error)) => return refused(CallError::Host { message: error.to_string() }),
        Err(Unopened::Late(after)) => {
            let spend = Spend { wall_us: micros(after), ..Spend::default() };
            return CallReport::of(Err(CallError::Timeout { limit_ms: limits.wall_ms }), spend);
        }
    };
    let mut doors = DoorState::new(rights.clone(), &limits, Some(doors));
    for (source, digest) in &files.named {
        doors.handed_over(source, digest);
    }
    let state = CallState::new(&call.call_id, call.now.0, doors, files, &limits);
    let mut prepared = match Prepared::new(sandbox, state, &limits, wall.saturating_sub(opened)).await {
        Ok(prepared) => prepared,
        Err(error) => return refused(error),
    };
    let started = Instant::now();
    let param = CallParam {
        call_id: &call.call_id,
        job_id: call.job.as_str(),
        step: call.step.as_str(),
        round: call.round,
        org_id: call.org.as_str(),
        user_id: call.user.as_str(),
        event_type: &call.event_type,
        now: u64::try_from(call.now.0).unwrap_or(0),
        zone: &call.zone,
        input: call.input.text(),
        extra: &call.extra,
    };
    let ended = prepared
        .run::<_, (Result<contract::Outcome, contract::Failure>,)>(&module.pre, &module.run, (param,))
        .await
        .map_err(|error| classify(&error, &prepared, &limits));
    let result = ended.and_then(|(answer,)| accept(answer, module, &prepared));
    report(result, prepared, &limits, opened + started.elapsed())
}

fn accept(
    answer: Result<contract::Outcome, contract::Failure>,
    module: &Module,
    prepared: &Prepared<'_>,
) -> Result<Outcome, CallError> {
    let doors = &prepared.store.data().doors;
    match answer {
        Ok(outcome) => {
            let bounds = Bounds { output: &module.output, rights: &doors.rights, answers: &doors.answers };
            accept::outcome(outcome, &bounds)
        }
        Err(failure) => Err(CallError::Failed { failure: accept::failure(failure) }),
    }
}

fn report(
    result: Result<Outcome, CallError>,
    prepared: Prepared<'_>,
    limits: &ResolvedLimits,
    wall: Duration,
) -> CallReport {
    let fuel = limits.fuel.saturating_sub(prepared.fuel_left());
    let state = prepared.store.into_data();
    let spend = Spend {
        fuel: signed(fuel),
        wall_us: micros(wall),
        money: MicroUsd(signed(state.doors.money)),
        host_calls: i64::from(state.doors.calls),
        read_bytes: signed(state.doors.read_bytes),
        peak_memory: signed(state.meter.peak()),
    };
    let mut logs = state.doors.logs;
    logs.extend(state.output.lines());
    CallReport {
        result,
        spend,
        reads: state.doors.reads,
        answers: state.doors.answers,
        denials: state.doors.denials,
        logs,
    }
}

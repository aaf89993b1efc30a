//! A skill's call as a task of its own: what steps that run at once compute, they compute on
//! several processors, and not in turns on the one that drives their job.

use std::sync::Arc;
use std::task::Poll;

use skillhost_engine::context::Doors;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::Call;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{CallReport, SkillRef, SkillRunner};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// Calls a skill. The task ends with this future: a call that nobody waits for any more
/// goes on to its next yield at the most, and what the host panics at is the caller's panic.
pub(super) async fn call(
    runner: &Arc<dyn SkillRunner>,
    skill: &SkillRef,
    call: Call,
    rights: &RightSet,
    limits: &CallLimits,
    doors: Arc<dyn Doors>,
) -> CallReport {
    let (runner, skill, rights, limits) = (Arc::clone(runner), skill.clone(), rights.clone(), limits.clone());
    let called = async move { runner.call(&skill, call, &rights, &limits, doors).await };
    let mut called = Box::pin(called.in_current_span());
    // Most calls are short and end at the first look, which costs no task.
    if let Poll::Ready(report) = futures::poll!(called.as_mut()) {
        return report;
    }
    match AbortOnDropHandle::new(tokio::spawn(called)).await {
        Ok(report) => report,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends under the call, which has no end then: its job is taken up again.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    use serde_json::{Value, json};
    use skillhost_engine::context::{Query, ReadError, Snapshot};
    use skillhost_engine::ids::SkillName;
    use skillhost_engine::outcome::Spend;
    use skillhost_engine::skill::{CallError, Manifest, Mismatch};
    use skillhost_engine::time::Timestamp;
    use tokio::sync::oneshot;

    use super::*;

    /// Only so that a host which computes in turns fails instead of hanging.
    const PATIENCE: Duration = Duration::from_secs(60);

    struct NoDoors;

    #[async_trait::async_trait]
    impl Doors for NoDoors {
        async fn read(&self, _query: Query) -> Result<Snapshot, ReadError> {
            unreachable!("these skills read nothing")
        }
    }

    /// Holds its thread until a second call holds another one, or waits for ever.
    #[derive(Default)]
    struct Threads {
        held: Mutex<u32>,
        more: Condvar,
        /// Dropped with the call that waits.
        waits: Mutex<Option<oneshot::Sender<()>>>,
        panics: bool,
    }

    #[async_trait::async_trait]
    impl SkillRunner for Threads {
        fn resolve(&self, _skill: &SkillName) -> Option<SkillRef> {
            None
        }

        fn manifest(&self, _skill: &SkillRef) -> Option<Arc<Manifest>> {
            None
        }

        fn check_output(&self, _skill: &SkillRef, _output: &Value) -> Option<Result<(), Mismatch>> {
            None
        }

        async fn call(&self, _: &SkillRef, _: Call, _: &RightSet, _: &CallLimits, _: Arc<dyn Doors>) -> CallReport {
            let waits = self.waits.lock().unwrap().take();
            tokio::task::yield_now().await;
            if waits.is_some() {
                std::future::pending::<()>().await;
            }
            assert!(!self.panics, "the host's own fault");
            let mut held = self.held.lock().unwrap();
            *held += 1;
            self.more.notify_all();
            let (_held, alone) = self.more.wait_timeout_while(held, PATIENCE, |held| *held < 2).unwrap();
            assert!(!alone.timed_out(), "no second call came beside this one");
            CallReport::of(Err(CallError::JobOutOfFuel { limit: 0 }), Spend::default())
        }
    }

    fn made() -> (SkillRef, Call) {
        let skill = SkillRef { name: "threads".into(), version: "1.0.0".to_owned(), digest: "sha256:0".to_owned() };
        let call = Call {
            call_id: "call-1".to_owned(),
            job: "job-1".into(),
            step: "step".into(),
            round: 0,
            org: "org".into(),
            user: "user".into(),
            event_type: "test".to_owned(),
            now: Timestamp(0),
            zone: "UTC".to_owned(),
            input: json!({}).into(),
            extra: Vec::new(),
        };
        (skill, call)
    }

    async fn called(runner: &Arc<dyn SkillRunner>) -> CallReport {
        let (skill, of) = made();
        call(runner, &skill, of, &RightSet::default(), &CallLimits::default(), Arc::new(NoDoors)).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_calls_of_one_task_compute_at_once() {
        let runner: Arc<dyn SkillRunner> = Arc::new(Threads::default());
        let both = tokio::spawn(async move { tokio::join!(called(&runner), called(&runner)) }).await.unwrap();
        for report in [both.0, both.1] {
            assert!(matches!(report.result, Err(CallError::JobOutOfFuel { .. })), "{:?}", report.result);
        }
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_any_more_ends() {
        let (waits, mut ended) = oneshot::channel();
        let runner: Arc<dyn SkillRunner> = Arc::new(Threads { waits: Mutex::new(Some(waits)), ..Threads::default() });
        let mut waiting = Box::pin(called(&runner));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        tokio::task::yield_now().await;
        assert!(ended.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        drop(waiting);
        assert!(ended.await.is_err(), "the call goes on");
    }

    #[tokio::test]
    async fn what_the_host_panics_at_is_no_failure_of_the_skill() {
        let runner: Arc<dyn SkillRunner> = Arc::new(Threads { panics: true, ..Threads::default() });
        let ended = tokio::spawn(async move { called(&runner).await }).await;
        assert!(ended.is_err_and(|error| error.is_panic()));
    }
}

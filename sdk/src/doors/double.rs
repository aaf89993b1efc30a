//! The doors of a native run: a double that answers from a case and keeps what
//! was asked. It holds to the host's rules that a skill can run into: rights,
//! read ids, "nothing there".

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use crate::approval::Requirement;
use crate::budget::Remaining;
use crate::context::{Query, ReadError, ReadErrorKind};
use crate::harness::{Answer, CaseContext};
use crate::llm::{LlmError, LlmErrorKind, Request, Response};
use crate::log::Level;

/// Kinds that wait for a person in every host.
const PROTECTED: [&str; 6] =
    ["email.send", "crm.set_stage", "task.create", "calendar.invite", "proposal.share", "http.request"];
/// The host's default allowances, so that a skill that looks sees real numbers.
const FUEL: u64 = 5_000_000_000;
const HOST_CALLS: u32 = 256;
const READ_BYTES: u64 = 8 * 1024 * 1024;

/// State of one native run.
#[derive(Debug, Default)]
pub(crate) struct Double {
    pub(crate) context: CaseContext,
    pub(crate) rights: BTreeSet<String>,
    /// Bodies handed out, by read id.
    pub(crate) reads: BTreeMap<String, String>,
    pub(crate) calls: u32,
    pub(crate) bytes: u64,
}

thread_local! {
    static OPEN: RefCell<Option<Double>> = const { RefCell::new(None) };
}

/// Runs `work` with these doors open on this thread; gives back the double.
pub(crate) fn with<T>(double: Double, work: impl FnOnce() -> T) -> (T, Double) {
    /// Closes the doors when a skill panics too.
    struct Close;
    impl Drop for Close {
        fn drop(&mut self) {
            OPEN.with_borrow_mut(|open| *open = None);
        }
    }
    OPEN.with_borrow_mut(|open| *open = Some(double));
    let close = Close;
    let value = work();
    let double = OPEN.with_borrow_mut(Option::take).unwrap_or_default();
    drop(close);
    (value, double)
}

fn refused(source: &str, kind: ReadErrorKind, message: &str) -> ReadError {
    ReadError { kind, source_name: source.to_owned(), message: message.to_owned(), retry_after_ms: None }
}

impl Double {
    fn read(&mut self, query: &Query) -> Result<Snapshot, ReadError> {
        self.calls += 1;
        let source = &query.source;
        if !self.rights.contains(&format!("context:{source}")) {
            return Err(refused(source, ReadErrorKind::Denied, "skill.toml does not ask for it"));
        }
        if self.calls > HOST_CALLS {
            return Err(refused(source, ReadErrorKind::Limit, "too many host calls"));
        }
        match self.context.answer(source, &query.params) {
            Answer::Body(body) => {
                let body = body.to_string();
                if query.max_bytes.is_some_and(|max| body.len() > max as usize) {
                    return Err(refused(source, ReadErrorKind::Limit, "larger than max_bytes"));
                }
                self.bytes += body.len() as u64;
                if self.bytes > READ_BYTES {
                    return Err(refused(source, ReadErrorKind::Limit, "too many bytes"));
                }
                let read_id = format!("r{}", self.calls);
                self.reads.insert(read_id.clone(), body.clone());
                Ok(Snapshot { read_id, body, as_of: self.context.now, next: None })
            }
            Answer::Refused(kind) => Err(refused(source, kind, "the case says so")),
        }
    }
}

fn with_open<T>(f: impl FnOnce(&mut Double) -> T) -> Option<T> {
    OPEN.with_borrow_mut(|open| open.as_mut().map(f))
}

pub(super) fn read(query: &Query) -> Result<Snapshot, ReadError> {
    with_open(|double| double.read(query)).unwrap_or_else(|| {
        Err(refused(
            &query.source,
            ReadErrorKind::Unavailable,
            "no doors are open: run the skill through harness::NativeSkill::run",
        ))
    })
}

pub(super) fn read_all(queries: &[Query]) -> Vec<Result<Snapshot, ReadError>> {
    queries.iter().map(read).collect()
}

pub(super) fn generate(_request: &Request) -> Result<Response, LlmError> {
    // Skills are judged without a model: what they say must stand on its own.
    Err(LlmError {
        kind: LlmErrorKind::NotConfigured,
        message: "native runs have no model".to_owned(),
        retry_after_ms: None,
    })
}

pub(super) fn left() -> Remaining {
    with_open(|double| Remaining {
        fuel: FUEL,
        money_micro_usd: 0,
        host_calls: HOST_CALLS.saturating_sub(double.calls),
        read_bytes: READ_BYTES.saturating_sub(double.bytes),
    })
    .unwrap_or(Remaining { fuel: 0, money_micro_usd: 0, host_calls: 0, read_bytes: 0 })
}

pub(super) fn emit(_level: Level, _message: &str) {}

pub(super) fn check(effect_kind: &str) -> Requirement {
    Requirement {
        protected: PROTECTED.contains(&effect_kind),
        permitted: with_open(|double| double.rights.contains(&format!("effect:{effect_kind}"))).unwrap_or(false),
    }
}

//! The doors: the only functions of the host that a skill can call.
//!
//! Every door checks its right, counts, and takes its price in fuel before it
//! works; a refusal is an answer to the guest and an entry in the report. To
//! add one: a file here, a line in [`INTERFACES`] and in [`link`].

mod approvals;
mod budget;
mod context;
pub(crate) mod http;
mod llm;
mod log;

use std::sync::Arc;

use skillhost_engine::context::Doors;
use skillhost_engine::limits::ResolvedLimits;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{AnswerBody, Door, LogLine, ReadRecord};
use wasmtime::component::Linker;
use wasmtime::{StoreContextMut, Trap};

use crate::schema::bounded;
use crate::state::CallState;

/// Interface of the context door.
pub(crate) const CONTEXT: &str = "skillhost:skill/context@0.1.0";
/// Interface of the model door.
pub(crate) const LLM: &str = "skillhost:skill/llm@0.1.0";
const BUDGET: &str = "skillhost:skill/budget@0.1.0";
const LOG: &str = "skillhost:skill/log@0.1.0";
const APPROVALS: &str = "skillhost:skill/approvals@0.1.0";

/// Every door and its functions.
pub(crate) const INTERFACES: [(&str, &[&str]); 5] = [
    (CONTEXT, &["read", "read-all"]),
    (LLM, &["generate"]),
    (BUDGET, &["left"]),
    (LOG, &["emit"]),
    (APPROVALS, &["check"]),
];

/// Fuel a call of any door costs: about what the host spends on one, in
/// instructions.
const CALL_FUEL: u64 = 5_000;
/// Fuel a byte that a door hands over costs: it is copied and hashed.
const BYTE_FUEL: u64 = 2;
/// Characters of a source, a model class or a model's name kept in a record.
const MAX_NAME_CHARS: usize = 64;
/// Characters of a refusal's words, to the guest and in the record.
const MAX_MESSAGE_CHARS: usize = 300;

/// Digest of no bytes at all: of a question that was refused before it was read.
const NOTHING_ASKED: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Where a question's record is among those of its call.
#[derive(Clone, Copy, Debug)]
struct Place(usize);

/// A refusal of any door, on its way to the guest and the journal.
struct Refusal<K> {
    kind: K,
    message: String,
    retry_after_ms: Option<u32>,
}

impl<K> Refusal<K> {
    fn new(kind: K, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_ms: None }
    }
}

/// What the doors know of their call.
pub(crate) struct DoorState {
    pub(crate) rights: RightSet,
    pub(crate) calls: u32,
    call_limit: u32,
    fetches: u32,
    pub(crate) read_bytes: u64,
    read_limit: u64,
    /// Settled for this call's asks, micro-dollars.
    pub(crate) money: u64,
    money_limit: u64,
    log_left: usize,
    pub(crate) reads: Vec<ReadRecord>,
    /// The record of a question that has no place any more; never reported.
    unplaced: ReadRecord,
    /// Also what evidence is checked against.
    pub(crate) answers: Vec<AnswerBody>,
    pub(crate) denials: Vec<String>,
    pub(crate) logs: Vec<LogLine>,
    doors: Option<Arc<dyn Doors>>,
}

impl DoorState {
    pub(crate) fn new(rights: RightSet, limits: &ResolvedLimits, doors: Option<Arc<dyn Doors>>) -> Self {
        Self {
            rights,
            calls: 0,
            call_limit: limits.host_calls,
            fetches: 0,
            read_bytes: 0,
            read_limit: limits.read_bytes,
            money: 0,
            money_limit: limits.money_micro_usd,
            log_left: usize::try_from(limits.log_bytes).unwrap_or(usize::MAX),
            reads: Vec::new(),
            unplaced: ReadRecord::default(),
            answers: Vec::new(),
            denials: Vec::new(),
            logs: Vec::new(),
            doors,
        }
    }

    /// Counts a host call; false when there are no more.
    fn count(&mut self) -> bool {
        let more = self.calls < self.call_limit;
        self.calls += u32::from(more);
        more
    }

    /// Opens the record of a question. Its place is taken before the answer is
    /// there, so that ids follow the order asked; of the questions past the last
    /// host call, one is kept.
    fn open(&mut self, door: Door, source: String) -> Place {
        let place = self.reads.len();
        let record = ReadRecord {
            read_id: format!("r{}", place + 1),
            door,
            source,
            params_digest: NOTHING_ASKED.to_owned(),
            ..ReadRecord::default()
        };
        if place <= usize::try_from(self.call_limit).unwrap_or(usize::MAX) {
            self.reads.push(record);
        } else {
            self.unplaced = record;
        }
        Place(place)
    }

    /// Records a directory that the call may read, by what is in it.
    pub(crate) fn handed_over(&mut self, source: &str, digest: &str) {
        let place = self.open(Door::Files, source.to_owned());
        self.record(place).digest = Some(digest.to_owned());
    }

    fn record(&mut self, place: Place) -> &mut ReadRecord {
        self.reads.get_mut(place.0).unwrap_or(&mut self.unplaced)
    }

    /// Whether an answer of this size may be handed over, or what the guest hears.
    fn room(&self, bytes: usize) -> Result<u64, String> {
        let (bytes, left) = (u64::try_from(bytes).unwrap_or(u64::MAX), self.read_bytes_left());
        if bytes > left { Err(format!("the answer has {bytes} bytes, {left} may be read")) } else { Ok(bytes) }
    }

    /// Files an answer: what the journal names it by, and the text behind that.
    /// Returns the id by which evidence refers to it.
    fn answered(&mut self, place: Place, body: Arc<str>, digest: String) -> String {
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        self.read_bytes = self.read_bytes.saturating_add(bytes);
        let record = self.record(place);
        record.digest = Some(digest);
        record.bytes = bytes;
        let read_id = record.read_id.clone();
        self.answers.push(AnswerBody { read_id: read_id.clone(), body });
        read_id
    }

    /// Files a refusal and bounds its words: the guest is told what the record says.
    fn refused<K>(&mut self, place: Place, word: &str, refusal: &mut Refusal<K>) {
        refusal.message = bounded(&refusal.message, MAX_MESSAGE_CHARS);
        let record = self.record(place);
        record.refusal = Some(word.to_owned());
        record.message = Some(refusal.message.clone());
        record.retry_after_ms = refusal.retry_after_ms;
    }

    fn money_left(&self) -> u64 {
        self.money_limit.saturating_sub(self.money)
    }

    fn read_bytes_left(&self) -> u64 {
        self.read_limit.saturating_sub(self.read_bytes)
    }
}

/// Takes `price` from the call's fuel, or ends the call.
fn charge(store: &mut StoreContextMut<'_, CallState>, price: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    if let Some(rest) = left.checked_sub(price) {
        store.set_fuel(rest)
    } else {
        store.set_fuel(0)?;
        Err(Trap::OutOfFuel.into())
    }
}

/// Ends the call unless its fuel covers `price`, before work whose real price is
/// known only after.
fn covers(store: &mut StoreContextMut<'_, CallState>, price: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    charge(store, price)?;
    store.set_fuel(left)
}

/// Links all doors.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    context::link(linker)?;
    http::link(linker)?;
    llm::link(linker)?;
    budget::link(linker)?;
    log::link(linker)?;
    approvals::link(linker)
}

#[cfg(test)]
mod tests {
    use skillhost_engine::canonical::sha256;

    use super::*;

    #[test]
    fn the_digest_of_nothing_is_known() {
        assert_eq!(sha256(b""), NOTHING_ASKED);
    }

    #[test]
    fn ids_follow_the_order_asked_and_one_refusal_past_the_last_is_kept() {
        let limits = skillhost_engine::limits::CallLimits { host_calls: Some(2), ..Default::default() }.resolved();
        let mut doors = DoorState::new(RightSet::default(), &limits, None);
        let places: Vec<Place> = (0..6).map(|_| doors.open(Door::Context, "deal".to_owned())).collect();
        for place in places.iter().rev() {
            let mut refusal = Refusal::new((), "x".repeat(1000));
            doors.refused(*place, "limit", &mut refusal);
            assert_eq!(refusal.message.chars().count(), MAX_MESSAGE_CHARS + 1);
            assert_eq!(doors.record(*place).message.as_ref(), Some(&refusal.message));
        }
        let ids: Vec<&str> = doors.reads.iter().map(|read| read.read_id.as_str()).collect();
        assert_eq!(ids, ["r1", "r2", "r3"]);
    }
}

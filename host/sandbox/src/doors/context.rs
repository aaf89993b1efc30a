//! The context door: reads, each recorded by name and digest.

use std::sync::Arc;

use futures::future::join_all;
use skillhost_engine::canonical::{digest_json, sha256};
use skillhost_engine::context::{Doors, Query, ReadErrorKind, Snapshot, scope};
use skillhost_engine::rights::Right;
use skillhost_engine::skill::{AnswerBody, ReadRecord};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::{BYTE_FUEL, CALL_FUEL, CONTEXT, charge};
use crate::contract::SnapshotAnswer;
use crate::contract::context::{Query as AskedQuery, ReadError, ReadErrorKind as AnsweredKind};
use crate::schema::{bounded, parse_json};
use crate::state::CallState;

/// Characters of a message handed to the guest.
const MAX_MESSAGE_CHARS: usize = 300;
/// Characters of a source's name kept in a record.
const MAX_SOURCE_CHARS: usize = 64;

type Answer = Result<SnapshotAnswer, ReadError>;

/// A refusal on its way to the guest and the journal.
struct Refusal {
    kind: ReadErrorKind,
    message: String,
    retry_after_ms: Option<u32>,
}

fn refusal(kind: ReadErrorKind, message: impl Into<String>) -> Refusal {
    Refusal { kind, message: message.into(), retry_after_ms: None }
}

/// A read that passed its checks, with the record it will leave.
struct Admitted {
    record: ReadRecord,
    query: Result<(Query, Arc<dyn Doors>), Refusal>,
}

fn admit(state: &mut CallState, asked: AskedQuery) -> Admitted {
    let doors = &mut state.doors;
    let mut record = ReadRecord {
        read_id: format!("r{}", doors.reads.len() + 1),
        source: bounded(&asked.source, MAX_SOURCE_CHARS),
        params_digest: String::new(),
        ..ReadRecord::default()
    };
    let query = || {
        if !doors.count() {
            return Err(refusal(ReadErrorKind::Limit, format!("no more than {} host calls", doors.call_limit)));
        }
        if !doors.rights.may_read(&asked.source) {
            let right = match scope(&record.source) {
                (stem, true) => Right::ContextOrg(stem.to_owned()),
                (source, false) => Right::Context(source.to_owned()),
            }
            .to_string();
            let message = format!("this call has no right `{right}`");
            doors.denials.push(right);
            return Err(refusal(ReadErrorKind::Denied, message));
        }
        let params = parse_json(&asked.params).map_err(|message| refusal(ReadErrorKind::InvalidParams, message))?;
        record.params_digest = digest_json(&params);
        let left = doors.read_bytes_left();
        if left == 0 {
            return Err(refusal(ReadErrorKind::Limit, "no more bytes may be read"));
        }
        let source = doors.doors.clone().ok_or_else(|| refusal(ReadErrorKind::UnknownSource, "no sources here"))?;
        let cap = u32::try_from(left).unwrap_or(u32::MAX);
        let max_bytes = Some(asked.max_bytes.map_or(cap, |wanted| wanted.min(cap)));
        Ok((Query { source: asked.source, params, max_bytes, cursor: asked.cursor }, source))
    };
    let query = query();
    // The place is taken now, so that ids follow the order asked; of the refusals
    // past the last host call, one is kept.
    if doors.reads.len() <= usize::try_from(doors.call_limit).unwrap_or(usize::MAX) {
        doors.reads.push(record.clone());
    }
    Admitted { record, query }
}

async fn fetch(admitted: Admitted) -> (ReadRecord, Result<Snapshot, Refusal>) {
    let answer = match admitted.query {
        Err(refused) => Err(refused),
        Ok((query, doors)) => doors.read(query).await.map_err(|error| Refusal {
            kind: error.kind,
            message: bounded(&error.message, MAX_MESSAGE_CHARS),
            retry_after_ms: error.retry_after_ms,
        }),
    };
    (admitted.record, answer)
}

/// Takes the price of the bytes and writes the record; the answer is the guest's.
fn settle(
    store: &mut StoreContextMut<'_, CallState>,
    mut record: ReadRecord,
    answer: Result<Snapshot, Refusal>,
) -> wasmtime::Result<Answer> {
    let left = store.data().doors.read_bytes_left();
    let answer = answer.and_then(|snapshot| {
        let bytes = u64::try_from(snapshot.body.len()).unwrap_or(u64::MAX);
        if bytes > left {
            return Err(refusal(ReadErrorKind::Limit, format!("the answer has {bytes} bytes, {left} may be read")));
        }
        Ok((snapshot, bytes))
    });
    let answer = match answer {
        Ok((snapshot, bytes)) => {
            charge(store, bytes.saturating_mul(BYTE_FUEL))?;
            record.digest = Some(snapshot.digest.to_string());
            record.as_of = Some(snapshot.as_of);
            record.bytes = bytes;
            let doors = &mut store.data_mut().doors;
            doors.read_bytes = doors.read_bytes.saturating_add(bytes);
            doors.answers.push(AnswerBody { read_id: record.read_id.clone(), body: Arc::clone(&snapshot.body) });
            Ok(SnapshotAnswer {
                read_id: record.read_id.clone(),
                body: snapshot.body,
                digest: snapshot.digest,
                as_of: u64::try_from(snapshot.as_of.0).unwrap_or(0),
                next: snapshot.next,
            })
        }
        Err(refused) => {
            record.refusal = Some(refused.kind.as_str().to_owned());
            record.message = Some(refused.message.clone());
            record.retry_after_ms = refused.retry_after_ms;
            Err(ReadError {
                kind: kind(refused.kind),
                message: refused.message,
                retry_after_ms: refused.retry_after_ms,
            })
        }
    };
    if record.params_digest.is_empty() {
        record.params_digest = sha256(b"");
    }
    let reads = &mut store.data_mut().doors.reads;
    if let Some(place) = reads.iter_mut().rev().find(|place| place.read_id == record.read_id) {
        *place = record;
    }
    Ok(answer)
}

fn kind(kind: ReadErrorKind) -> AnsweredKind {
    match kind {
        ReadErrorKind::Denied => AnsweredKind::Denied,
        ReadErrorKind::UnknownSource => AnsweredKind::UnknownSource,
        ReadErrorKind::InvalidParams => AnsweredKind::InvalidParams,
        ReadErrorKind::NotFound => AnsweredKind::NotFound,
        ReadErrorKind::Unavailable => AnsweredKind::Unavailable,
        ReadErrorKind::OverBudget => AnsweredKind::OverBudget,
        ReadErrorKind::Limit => AnsweredKind::Limit,
    }
}

async fn read(mut store: StoreContextMut<'_, CallState>, asked: AskedQuery) -> wasmtime::Result<(Answer,)> {
    charge(&mut store, CALL_FUEL)?;
    let admitted = admit(store.data_mut(), asked);
    let (record, answer) = fetch(admitted).await;
    Ok((settle(&mut store, record, answer)?,))
}

async fn read_all(
    mut store: StoreContextMut<'_, CallState>,
    asked: Vec<AskedQuery>,
) -> wasmtime::Result<(Vec<Answer>,)> {
    // Each is priced as if asked alone.
    let each = u64::try_from(asked.len()).unwrap_or(u64::MAX);
    charge(&mut store, CALL_FUEL.saturating_mul(each.max(1)))?;
    let admitted: Vec<_> = asked.into_iter().map(|query| admit(store.data_mut(), query)).collect();
    // Bounded: past the host-call limit nothing is fetched.
    let fetched = join_all(admitted.into_iter().map(fetch)).await;
    let mut answers = Vec::with_capacity(fetched.len());
    for (record, answer) in fetched {
        answers.push(settle(&mut store, record, answer)?);
    }
    Ok((answers,))
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(CONTEXT)?;
    instance.func_wrap_async("read", |store, (query,): (AskedQuery,)| Box::new(read(store, query)))?;
    instance.func_wrap_async("read-all", |store, (queries,): (Vec<AskedQuery>,)| Box::new(read_all(store, queries)))
}

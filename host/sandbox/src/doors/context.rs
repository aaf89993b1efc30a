//! The context door: reads, each recorded by name and digest.

use std::sync::Arc;

use futures::future::join_all;
use skillhost_engine::context::{Doors, Query, ReadError as Unread, ReadErrorKind, Snapshot, scope, weight};
use skillhost_engine::rights::Right;
use skillhost_engine::skill::Door;
use skillhost_engine::time::MicroUsd;
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::{BYTE_FUEL, CALL_FUEL, CONTEXT, DoorState, MAX_NAME_CHARS, Place, Refusal, charge};
use crate::contract::SnapshotAnswer;
use crate::contract::context::{Query as AskedQuery, ReadError, ReadErrorKind as AnsweredKind};
use crate::schema::{bounded, parse_json};
use crate::state::CallState;

type Answer = Result<SnapshotAnswer, ReadError>;
type Refused = Refusal<ReadErrorKind>;
/// What a read brought, and what it cost either way.
type Fetched = (Result<Snapshot, Refused>, MicroUsd);

/// A read at its place, which passed its checks or did not.
struct Admitted {
    place: Place,
    query: Result<(Query, Arc<dyn Doors>), Refused>,
}

fn admit(doors: &mut DoorState, asked: AskedQuery) -> Admitted {
    let place = doors.open(Door::Context, bounded(&asked.source, MAX_NAME_CHARS));
    Admitted { place, query: check(doors, place, asked) }
}

fn check(doors: &mut DoorState, place: Place, asked: AskedQuery) -> Result<(Query, Arc<dyn Doors>), Refused> {
    if !doors.count() {
        return Err(Refusal::new(ReadErrorKind::Limit, format!("no more than {} host calls", doors.call_limit)));
    }
    if !doors.rights.may_read(&asked.source) {
        let right = match scope(&doors.record(place).source) {
            (stem, true) => Right::ContextOrg(stem.to_owned()),
            (source, false) => Right::Context(source.to_owned()),
        }
        .to_string();
        let message = format!("this call has no right `{right}`");
        doors.denials.push(right);
        return Err(Refusal::new(ReadErrorKind::Denied, message));
    }
    let params = parse_json(&asked.params).map_err(|message| Refusal::new(ReadErrorKind::InvalidParams, message))?;
    let query = Query { source: asked.source, params, max_bytes: None, cursor: asked.cursor };
    doors.record(place).params_digest = query.digest();
    let left = doors.read_bytes_left();
    if left == 0 {
        return Err(Refusal::new(ReadErrorKind::Limit, "no more bytes may be read"));
    }
    let behind = doors.doors.clone().ok_or_else(|| Refusal::new(ReadErrorKind::UnknownSource, "no sources here"))?;
    let cap = u32::try_from(left).unwrap_or(u32::MAX);
    let max_bytes = Some(asked.max_bytes.map_or(cap, |wanted| wanted.min(cap)));
    Ok((Query { max_bytes, ..query }, behind))
}

async fn fetch(admitted: Admitted) -> (Place, Fetched) {
    let fetched = match admitted.query {
        Err(refused) => (Err(refused), MicroUsd(0)),
        Ok((query, doors)) => match doors.read(query).await {
            Ok(snapshot) => {
                let cost = snapshot.cost;
                (Ok(snapshot), cost)
            }
            Err(Unread { kind, message, retry_after_ms, cost }) => {
                (Err(Refusal { kind, message, retry_after_ms }), cost)
            }
        },
    };
    (admitted.place, fetched)
}

/// Takes the price of the bytes and files the record; the answer is the guest's.
fn settle(
    store: &mut StoreContextMut<'_, CallState>,
    place: Place,
    (answer, cost): Fetched,
) -> wasmtime::Result<Answer> {
    let doors = &mut store.data_mut().doors;
    doors.record(place).cost = cost;
    doors.money = doors.money.saturating_add(u64::try_from(cost.0).unwrap_or(0));
    let room = |snapshot: Snapshot| match store.data().doors.room(snapshot.body.len()) {
        Ok(bytes) => Ok((snapshot, bytes)),
        Err(message) => Err(Refusal::new(ReadErrorKind::Limit, message)),
    };
    Ok(match answer.and_then(room) {
        Ok((snapshot, bytes)) => {
            charge(store, bytes.saturating_mul(BYTE_FUEL))?;
            let doors = &mut store.data_mut().doors;
            let read_id = doors.answered(place, Arc::clone(&snapshot.body), snapshot.digest.to_string());
            let record = doors.record(place);
            record.as_of = Some(snapshot.as_of);
            record.next.clone_from(&snapshot.next);
            Ok(SnapshotAnswer {
                read_id,
                body: snapshot.body,
                digest: snapshot.digest,
                as_of: u64::try_from(snapshot.as_of.0).unwrap_or(0),
                next: snapshot.next,
            })
        }
        Err(mut refused) => {
            store.data_mut().doors.refused(place, refused.kind.as_str(), &mut refused);
            Err(ReadError {
                kind: kind(refused.kind),
                message: refused.message,
                retry_after_ms: refused.retry_after_ms,
            })
        }
    })
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
    charge(&mut store, CALL_FUEL.saturating_mul(weight(&asked.source)))?;
    let admitted = admit(&mut store.data_mut().doors, asked);
    let (place, answer) = fetch(admitted).await;
    Ok((settle(&mut store, place, answer)?,))
}

async fn read_all(
    mut store: StoreContextMut<'_, CallState>,
    asked: Vec<AskedQuery>,
) -> wasmtime::Result<(Vec<Answer>,)> {
    // Each is priced as if asked alone.
    let each = asked.iter().map(|query| weight(&query.source)).fold(0, u64::saturating_add);
    charge(&mut store, CALL_FUEL.saturating_mul(each.max(1)))?;
    let admitted: Vec<_> = asked.into_iter().map(|query| admit(&mut store.data_mut().doors, query)).collect();
    // Bounded: past the host-call limit nothing is fetched.
    let fetched = join_all(admitted.into_iter().map(fetch)).await;
    let mut answers = Vec::with_capacity(fetched.len());
    for (place, answer) in fetched {
        answers.push(settle(&mut store, place, answer)?);
    }
    Ok((answers,))
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(CONTEXT)?;
    instance.func_wrap_async("read", |store, (query,): (AskedQuery,)| Box::new(read(store, query)))?;
    instance.func_wrap_async("read-all", |store, (queries,): (Vec<AskedQuery>,)| Box::new(read_all(store, queries)))
}

//! The door to the web: `wasi:http` as a skill with an `http:` right sees it.
//!
//! The types of `wasi:http` are wasmtime-wasi-http's; `outgoing-handler.handle`
//! is ours, so that a request is checked, counted, priced and recorded like
//! every other answer, and leaves through the host's one egress client. The
//! answer is whole when `handle` returns: a guest that polls finds it ready, and
//! a replay hands out the same bytes at the same place.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::Doors;
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, FetchMethod, Fetched};
use skillhost_engine::rights::HttpTarget;
use skillhost_engine::skill::Door;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode, Method, Scheme};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{RequestOptions, WasiBody, WasiHttp, WasiHttpCtxView, WasiHttpHooks};
use wasmtime_wasi_io::bytes::Bytes;

use super::{BYTE_FUEL, CALL_FUEL, DoorState, Place, Refusal, charge};
use crate::schema::bounded;
use crate::state::CallState;

/// What a skill may import of `wasi:http`, without versions.
pub(crate) const INTERFACES: [&str; 2] = ["wasi:http/types", "wasi:http/outgoing-handler"];
/// The interface with the one function that reaches out; another 0.2 is the same.
const HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";
/// Fetches of one call: each is a connection of its own to somebody else's server.
pub(crate) const MAX_FETCHES: u32 = 32;
/// Fuel a fetch costs before its bytes: a handshake, in instructions.
const FETCH_FUEL: u64 = 20 * CALL_FUEL;
/// Characters of something kept that is no address.
const MAX_SOURCE_CHARS: usize = 200;
/// Names this answer in evidence, as `read-id` does for a source.
const READ_ID_HEADER: &str = "skillhost-read-id";

type Handle = Resource<HostFutureIncomingResponse>;

/// The hooks that the types need; nothing is sent through them.
#[derive(Debug, Default)]
pub(crate) struct Unused;

impl WasiHttpHooks for Unused {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>,
    ) -> Box<
        dyn Future<
                Output = Result<
                    (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), wasmtime_wasi_http::Error>> + Send>),
                    wasmtime_wasi_http::Error,
                >,
            > + Send,
    > {
        Box::new(std::future::ready(Err(wasmtime_wasi_http::Error::HttpRequestDenied)))
    }
}

fn view(state: &mut CallState) -> WasiHttpCtxView<'_> {
    WasiHttpCtxView { hooks: &mut state.http_hooks, table: &mut state.table, ctx: &mut state.http }
}

fn refusal(kind: FetchErrorKind, message: impl Into<String>) -> FetchError {
    FetchError { kind, message: message.into() }
}

/// The request in the host's words.
fn worded(request: HostOutgoingRequest) -> Result<Fetch, FetchError> {
    let invalid = |message: &str| refusal(FetchErrorKind::InvalidRequest, message);
    let method = match request.method {
        Method::Get => FetchMethod::Get,
        Method::Head => FetchMethod::Head,
        _ => {
            return Err(refusal(
                FetchErrorKind::Denied,
                "a skill fetches with GET and HEAD; propose the effect `http.request` for anything else",
            ));
        }
    };
    let scheme = match request.scheme {
        Some(Scheme::Http) => "http",
        Some(Scheme::Https) | None => "https",
        Some(Scheme::Other(_)) => return Err(invalid("an address begins with https:// or http://")),
    };
    let authority = request.authority.ok_or_else(|| invalid("the request has no authority"))?;
    let path = request.path_with_query.unwrap_or_else(|| "/".to_owned());
    let mut headers = Vec::new();
    for (name, value) in request.headers.iter() {
        let value = value.to_str().map_err(|_| invalid("a header's value is not text"))?;
        // A body that a guest opened and left empty is no body.
        if name == http::header::CONTENT_LENGTH && value == "0" {
            continue;
        }
        headers.push((name.as_str().to_owned(), value.to_owned()));
    }
    Ok(Fetch { method, url: format!("{scheme}://{authority}{path}"), headers })
}

/// The fetch, if it may be made. Its record names the address when it is known.
fn admit(
    doors: &mut DoorState,
    place: Place,
    request: HostOutgoingRequest,
) -> Result<(Fetch, Arc<dyn Doors>), FetchError> {
    let fetch = worded(request).inspect_err(|error| {
        if error.kind == FetchErrorKind::Denied {
            doors.denials.push("effect:http.request".to_owned());
        }
    })?;
    let address = fetch.url.split('?').next().unwrap_or_default();
    let record = doors.record(place);
    record.source = bounded(address, MAX_SOURCE_CHARS);
    record.params_digest = ask_digest(&fetch);
    if !doors.count() || doors.fetches >= MAX_FETCHES {
        let most = doors.call_limit.min(MAX_FETCHES);
        return Err(refusal(FetchErrorKind::Limit, format!("no more than {most} fetches")));
    }
    doors.fetches += 1;
    let target =
        HttpTarget::parse(&fetch.url).map_err(|error| refusal(FetchErrorKind::InvalidRequest, error.to_string()))?;
    // Whole, because a replay finds its record by it; the reader bounds it.
    address.clone_into(&mut doors.record(place).source);
    if !doors.rights.may_fetch(&target) {
        doors.denials.push(target.place());
        return Err(refusal(FetchErrorKind::Denied, format!("this call has no right `{}`", target.place())));
    }
    if doors.read_bytes_left() == 0 {
        return Err(refusal(FetchErrorKind::Limit, "no more bytes may be read"));
    }
    match doors.doors.clone() {
        Some(behind) => Ok((fetch, behind)),
        None => Err(refusal(FetchErrorKind::Unavailable, "nothing is fetched here")),
    }
}

/// Takes the price of the bytes and files the record; with the answer comes the id
/// by which evidence refers to it.
fn settle(
    store: &mut StoreContextMut<'_, CallState>,
    place: Place,
    admitted: bool,
    answer: Result<Fetched, FetchError>,
) -> wasmtime::Result<Result<(Fetched, String), FetchError>> {
    let room = |answer: Fetched| {
        let kept = answer.to_json();
        match store.data().doors.room(kept.len()) {
            Ok(bytes) => Ok((kept, bytes, answer)),
            Err(message) => Err(refusal(FetchErrorKind::Limit, message)),
        }
    };
    Ok(match answer.and_then(room) {
        Ok((kept, bytes, answer)) => {
            charge(store, bytes.saturating_mul(BYTE_FUEL))?;
            let digest = sha256(kept.as_bytes());
            let read_id = store.data_mut().doors.answered(place, kept.into(), digest);
            Ok((answer, read_id))
        }
        Err(error) => {
            let doors = &mut store.data_mut().doors;
            // The door's own denial is written already; this one is of egress: a
            // redirect, or a secret.
            if admitted && error.kind == FetchErrorKind::Denied {
                doors.denials.push(bounded(&error.message, MAX_SOURCE_CHARS));
            }
            doors.refused(place, error.kind.as_str(), &mut Refusal::new(error.kind, error.message.as_str()));
            Err(error)
        }
    })
}

/// What a guest is told; the words are in the report.
fn code(error: &FetchError) -> ErrorCode {
    match error.kind {
        FetchErrorKind::Denied => ErrorCode::HttpRequestDenied,
        FetchErrorKind::Forbidden => ErrorCode::DestinationIpProhibited,
        FetchErrorKind::InvalidRequest => ErrorCode::HttpRequestUriInvalid,
        FetchErrorKind::Unavailable => ErrorCode::DestinationUnavailable,
        FetchErrorKind::Timeout => ErrorCode::HttpResponseTimeout,
        FetchErrorKind::TooLarge => ErrorCode::HttpResponseBodySize(None),
        FetchErrorKind::Limit => ErrorCode::ConnectionLimitReached,
    }
}

fn response(answer: Fetched, read_id: &str) -> Result<http::Response<WasiBody>, http::Error> {
    let mut response = http::Response::builder().status(answer.status).header(READ_ID_HEADER, read_id);
    for (name, value) in &answer.headers {
        // A scrubbed name may be no name any more, and has nothing to say.
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::try_from(name.as_str()), http::HeaderValue::try_from(value.as_str()))
        {
            response = response.header(name, value);
        }
    }
    response.body(Full::new(Bytes::from(answer.body)).map_err(|never| match never {}).boxed_unsync())
}

async fn handle(
    mut store: StoreContextMut<'_, CallState>,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<RequestOptions>>,
) -> wasmtime::Result<(Result<Handle, ErrorCode>,)> {
    charge(&mut store, FETCH_FUEL)?;
    let state = store.data_mut();
    // Timeouts are the host's; a guest may ask for none of its own.
    if let Some(options) = options {
        state.table.delete(options)?;
    }
    let request = state.table.delete(request)?;
    let doors = &mut state.doors;
    let place = doors.open(Door::Http, String::new());
    let (admitted, answer) = match admit(doors, place, request) {
        Ok((fetch, behind)) => {
            let rights = doors.rights.clone();
            (true, behind.fetch(fetch, &rights).await)
        }
        Err(refused) => (false, Err(refused)),
    };
    let (answer, read_id) = match settle(&mut store, place, admitted, answer)? {
        Ok(answered) => answered,
        Err(error) => return Ok((Err(code(&error)),)),
    };
    let Ok(response) = response(answer, &read_id) else { return Ok((Err(ErrorCode::HttpProtocolError),)) };
    let ready = HostFutureIncomingResponse::Ready(Ok((response, wasmtime_wasi::runtime::spawn(async {}))));
    Ok((Ok(store.data_mut().table.push(ready)?),))
}

/// The types, which reach nothing.
pub(crate) fn link_types(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, WasiHttp>(linker, &types::LinkOptions::default(), view)
}

/// The function that does.
pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(HANDLER)?.func_wrap_async(
        "handle",
        |store, (request, options): (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>)| {
            Box::new(handle(store, request, options))
        },
    )
}

/// The same, closed: for `describe`.
pub(crate) fn link_closed(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(HANDLER)?.func_wrap(
        "handle",
        |_, _: (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>)| {
            Err::<(Result<Handle, ErrorCode>,), _>(wasmtime::Error::msg("wasi:http was called and is closed"))
        },
    )
}

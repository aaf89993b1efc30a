//! The library's HTTP client: the host's own, with the key set here.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use rig_core::http_client::{
    Error, HeaderMap, HttpClientExt, LazyBody, MultipartForm, Request, Response, Result, StreamingResponse,
};
use rig_core::wasm_compat::WasmCompatSend;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::egress::{Egress, EgressError, Reply};

/// A key and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Auth {
    pub(super) header: &'static str,
    /// What stands before it, with a space.
    pub(super) scheme: &'static str,
    pub(super) key: SecretString,
}

type Seen = Option<std::result::Result<Reply, EgressError>>;

/// One ask's way out; keeps what came back, for what the library drops.
#[derive(Clone, Debug, Default)]
pub(super) struct Transport {
    way: Option<Arc<(Egress, Option<Auth>)>>,
    // Held only to put or take the reply.
    seen: Arc<Mutex<Seen>>,
}

impl Transport {
    pub(super) fn new(egress: Egress, auth: Option<Auth>) -> Self {
        Self { way: Some(Arc::new((egress, auth))), seen: Arc::default() }
    }

    /// What came back; `None` when nothing was sent.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, reply: std::result::Result<Reply, EgressError>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
    }
}

/// Headers of the library's that are passed on: versions of a protocol.
const PASSED: [&str; 2] = ["anthropic-version", "anthropic-beta"];

fn headers(from: &HeaderMap, auth: Option<&Auth>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for name in PASSED {
        if let Some(value) = from.get(name) {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(auth) = auth {
        let mut value = HeaderValue::try_from(format!("{}{}", auth.scheme, auth.key.expose_secret())).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(auth.header), value);
    }
    Some(headers)
}

fn unused<T>() -> Result<T> {
    Err(Error::Instance("the host asks for whole answers only".into()))
}

impl HttpClientExt for Transport {
    fn send<T, U>(
        &self,
        req: Request<T>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + WasmCompatSend + 'static
    where
        T: Into<Bytes> + WasmCompatSend,
        U: From<Bytes> + WasmCompatSend + 'static,
    {
        let (parts, body) = req.into_parts();
        let body: Bytes = body.into();
        let this = self.clone();
        async move {
            let broken = || Error::Instance("the request has no address".into());
            let way = this.way.clone().ok_or_else(broken)?;
            let mut url = Url::parse(&parts.uri.to_string()).map_err(|_| broken())?;
            // Gemini's key would stand here; it goes into a header.
            url.set_query(None);
            let headers = headers(&parts.headers, way.1.as_ref()).ok_or_else(broken)?;
            let reply = way.0.post(url, headers, body.to_vec()).await;
            let answer = match &reply {
                Ok(reply) => Response::builder()
                    .status(reply.status)
                    .body(Bytes::copy_from_slice(&reply.body))
                    .map_err(Error::Protocol),
                Err(_) => Err(Error::Instance("there is no reply".into())),
            };
            this.keep(reply);
            let answer = answer?;
            if !answer.status().is_success() {
                return Err(Error::InvalidStatusCode(answer.status()));
            }
            Ok(answer.map(|body| -> LazyBody<U> { Box::pin(async move { Ok(U::from(body)) }) }))
        }
    }

    fn send_multipart<U>(
        &self,
        _: Request<MultipartForm>,
    ) -> impl Future<Output = Result<Response<LazyBody<U>>>> + WasmCompatSend + 'static
    where
        U: From<Bytes> + WasmCompatSend + 'static,
    {
        std::future::ready(unused())
    }

    fn send_streaming<T>(&self, _: Request<T>) -> impl Future<Output = Result<StreamingResponse>> + WasmCompatSend
    where
        T: Into<Bytes> + WasmCompatSend,
    {
        std::future::ready(unused())
    }
}

//! What skills have changed elsewhere: one request of an effect that a person released.
//!
//! It is decided about like a fetch ([`super::fetch`]): rights, public addresses, secrets.
//! Unlike a fetch it is not sent on where a redirect leads, because what was approved
//! names one address; and when no answer came it is said whether the request may have
//! been received.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use skillhost_engine::effect::http_request::{HttpRequest, RequestMethod};
use skillhost_engine::fetch::{FetchError, FetchErrorKind};
use skillhost_engine::rights::RightSet;

use super::fetch::{Fetcher, Lost, refuse};
use super::retry_after_ms;

/// Sent with each attempt, the same every time: a server that knows it does nothing twice.
pub const KEY_HEADER: &str = "idempotency-key";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, as milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// Why nobody said anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Why.
    pub error: FetchError,
    /// Whether it is certain that nothing was done.
    pub is_undone: bool,
}

impl From<Lost> for Unanswered {
    fn from(Lost { error, is_undone }: Lost) -> Self {
        Self { error, is_undone }
    }
}

/// A refusal before anything left.
fn undone(error: FetchError) -> Unanswered {
    Unanswered { error, is_undone: true }
}

impl Fetcher {
    /// One attempt, whose body is not read. `key` names what is done, not the attempt.
    ///
    /// # Errors
    /// Why there is no answer; a status of the server is one.
    pub async fn change(&self, request: &HttpRequest, key: &str, rights: &RightSet) -> Result<Answered, Unanswered> {
        let has_left = AtomicBool::new(false);
        let limit = self.config.timeout;
        match tokio::time::timeout(limit, self.attempt(request, key, rights, &has_left)).await {
            Ok(ended) => ended,
            Err(_) => Err(Unanswered {
                error: refuse(FetchErrorKind::Timeout, format!("no answer within {} ms", limit.as_millis())),
                is_undone: !has_left.load(Ordering::Relaxed),
            }),
        }
    }

    async fn attempt(
        &self,
        request: &HttpRequest,
        key: &str,
        rights: &RightSet,
        has_left: &AtomicBool,
    ) -> Result<Answered, Unanswered> {
        let _slot = self.slot().await.map_err(undone)?;
        let (headers, body) = worded(request, key);
        let hop = self.admit(&headers, &request.url, false, rights, &mut Vec::new()).await.map_err(undone)?;
        let method = match request.method {
            RequestMethod::Post => Method::POST,
            RequestMethod::Put => Method::PUT,
            RequestMethod::Patch => Method::PATCH,
            RequestMethod::Delete => Method::DELETE,
        };
        has_left.store(true, Ordering::Relaxed);
        let answer = self.send(method, &hop, body).await?;
        Ok(Answered { status: answer.status().as_u16(), retry_after_ms: retry_after_ms(answer.headers()) })
    }
}

/// Headers and body; what the payload says comes before what it leaves open.
fn worded(request: &HttpRequest, key: &str) -> (Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut else_said = |name: &str, value: &str| {
        if !request.headers.contains_key(name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    else_said(KEY_HEADER, key);
    let body = match (&request.json, &request.text) {
        (Some(json), _) => {
            else_said("content-type", JSON);
            json.to_string().into_bytes()
        }
        (None, Some(text)) => {
            else_said("content-type", TEXT);
            text.clone().into_bytes()
        }
        (None, None) => Vec::new(),
    };
    (headers, body)
}

//! `http.request`: what a person released is sent, once.
//!
//! No server has to know a key, so this performer is not keyed: a request of which
//! nobody knows whether it arrived, or that a server answered with a fault of its own, is
//! for a person to settle. The key is sent all the same.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::json;
use skillhost_engine::effect::http_request::{HttpRequest, KIND};
use skillhost_engine::fetch::FetchErrorKind;
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};
use skillhost_engine::rights::RightSet;

use crate::egress::change::Answered;
use crate::egress::fetch::Fetcher;

/// What has no host of its own to be limited by.
const VENDOR: &str = "http";

/// Sends requests.
#[derive(Debug)]
pub struct HttpRequests {
    fetcher: Arc<Fetcher>,
}

impl HttpRequests {
    /// Over the client that fetches for skills.
    pub fn new(fetcher: Arc<Fetcher>) -> Self {
        Self { fetcher }
    }
}

#[async_trait::async_trait]
impl Performer for HttpRequests {
    fn kinds(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn vendor(&self) -> &'static str {
        VENDOR
    }

    fn gate(&self, effect: &OutboxRow) -> Cow<'static, str> {
        let kind = skillhost_engine::effect::kind(KIND);
        // By the name under which the settings limit fetches; what has no dot could be
        // another vendor's.
        match kind.and_then(|kind| kind.reaches(&effect.payload)) {
            Some(target) if target.host().contains(['.', ':']) => Cow::Owned(target.host().to_owned()),
            _ => Cow::Borrowed(VENDOR),
        }
    }

    fn is_keyed(&self) -> bool {
        false
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        let Ok(request) = HttpRequest::deserialize(&effect.payload) else {
            return Delivery::Permanent { reason: "the payload is no request".to_owned() };
        };
        // Whatever is granted by now: those are what was shown and bound.
        let rights = RightSet::of_texts(&effect.rights);
        match self.fetcher.change(&request, effect.key.as_str(), &rights).await {
            Ok(answered) => judged(&answered),
            Err(unanswered) if !unanswered.is_undone => Delivery::Unknown { reason: unanswered.error.message },
            Err(unanswered) => {
                let reason = unanswered.error.message;
                match unanswered.error.kind {
                    FetchErrorKind::Unavailable | FetchErrorKind::Timeout => {
                        Delivery::Transient { reason, retry_after_ms: None }
                    }
                    _ => Delivery::Permanent { reason },
                }
            }
        }
    }
}

/// What a status says about whether it was done.
fn judged(answered: &Answered) -> Delivery {
    let status = answered.status;
    let reason = format!("the server answered {status}");
    match status {
        200..=299 => Delivery::Sent { receipt: json!({"status": status}) },
        300..=399 => Delivery::Permanent {
            reason: format!("{reason}, which leads elsewhere; only the address that was approved is asked"),
        },
        // Refused for now, so not done.
        425 | 429 | 503 => Delivery::Transient { reason, retry_after_ms: answered.retry_after_ms },
        408 | 500..=599 => Delivery::Unknown { reason: format!("{reason}, and may have done it") },
        _ => Delivery::Permanent { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_it_was_done() {
        let judge = |status| judged(&Answered { status, retry_after_ms: Some(7000) });
        for status in [200, 201, 202, 204] {
            assert!(matches!(judge(status), Delivery::Sent { .. }), "{status}");
        }
        for status in [301, 304, 307, 400, 401, 404, 409, 410, 422] {
            assert!(matches!(judge(status), Delivery::Permanent { .. }), "{status}");
        }
        for status in [425, 429, 503] {
            assert!(matches!(judge(status), Delivery::Transient { retry_after_ms: Some(7000), .. }), "{status}");
        }
        for status in [408, 500, 502, 504] {
            assert!(matches!(judge(status), Delivery::Unknown { .. }), "{status}");
        }
    }
}

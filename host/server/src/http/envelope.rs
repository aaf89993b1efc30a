//! What every answer has: a request id, a span, a bound in time, and headers
//! that keep browsers from guessing.

use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::Http;
use super::problem::Problem;

/// A handler is a few commits and reads; whoever takes this long is stuck, and a
/// client that retries finds what was stored by its key.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);

/// A module is compiled and tried before the answer; the largest takes a minute.
const MODULE_TIMEOUT: Duration = Duration::from_secs(120);
/// Routes that take a module.
const MODULE_ROUTES: [&str; 2] = ["/v1/skills", "/v1/skills/try"];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer that does not set them itself.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Puts the envelope around a router and gives it its state.
pub(crate) fn wrap(router: Router<Http>, http: Http) -> Router {
    router.layer(middleware::from_fn_with_state(http.clone(), envelope)).with_state(http)
}

async fn envelope(State(http): State<Http>, request: Request, next: Next) -> Response {
    let id = http.app.ids.fresh("req");
    // The matched pattern, never the path: paths carry sign-in tokens.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let is_module = request.method() == Method::POST && MODULE_ROUTES.contains(&route.as_str());
    let span = tracing::info_span!("http", request_id = %id, method = %request.method(), route);
    async {
        let started = http.app.clock.now();
        let bound = if is_module { MODULE_TIMEOUT } else { HANDLER_TIMEOUT };
        let mut response = match tokio::time::timeout(bound, next.run(request)).await {
            Ok(response) => response,
            Err(_) => stuck().into_response(),
        };
        let ms = http.app.clock.now().0.saturating_sub(started.0);
        tracing::debug!(status = response.status().as_u16(), ms, "answered");
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(value);
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

fn stuck() -> Problem {
    tracing::error!(code = "http.stuck", "a handler ran into its timeout");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "The host took too long",
        "The request was not answered in time; it may have been carried out.",
    )
    .hint("Send it again with the same idempotency key.")
    .retry_after(1)
}

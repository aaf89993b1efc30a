//! What became of suggestions, and the measures of an org.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::get;
use serde::Deserialize;
use skillhost_engine::report::{Report, Span};
use skillhost_engine::time::Timestamp;

use super::Http;
use super::auth::Caller;
use super::endpoint::{Endpoint, doc};
use super::problem::{Problem, invalid_query, store_problem};
use crate::reports::ReportError;

/// Without a beginning a report is of this long: what the measures are told by.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/report",
        get(report),
        doc("getReport", "What became of suggestions: of the org for an admin, of their own for everybody else")
            .query(
                "since",
                "From this day (UTC) or instant, RFC 3339 or epoch milliseconds; by default a week before `until`",
            )
            .query("until", "Until this day or instant, exclusive; by default now")
            .answers(200, "The measures, and the counts by skill and version", "Report")
            .problems(&[400, 401, 429, 503]),
    )]
}

#[derive(Debug, Deserialize)]
struct ReportQuery {
    since: Option<String>,
    until: Option<String>,
}

fn instant(name: &str, text: &str) -> Result<Timestamp, Problem> {
    let day = if text.len() == "2026-06-01".len() { "T00:00:00Z" } else { "" };
    let exact = format!("{text}{day}");
    let read = text.parse().ok().or_else(|| exact.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond()));
    read.map(Timestamp).ok_or_else(|| {
        invalid_query(format!("`{name}` is no day and no instant, as `2026-06-01` and `2026-06-01T09:00:00Z` are"))
    })
}

async fn report(
    State(http): State<Http>,
    caller: Caller,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let Query(query) = query.map_err(|rejection| invalid_query(rejection.body_text()))?;
    let until = query.until.as_deref().map(|text| instant("until", text)).transpose()?;
    let until = until.unwrap_or_else(|| http.app.clock.now());
    let since = query.since.as_deref().map(|text| instant("since", text)).transpose()?;
    let since = since.unwrap_or_else(|| until.plus_ms(-WEEK_MS));
    match http.app.report(&caller.user, Span { since, until }).await {
        Ok(report) => Ok(Json(report)),
        Err(ReportError::Store(error)) => Err(store_problem(&error)),
        Err(error @ (ReportError::Span(_) | ReportError::TooMuch)) => Err(invalid_query(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_instant_is_told_in_two_ways() {
        for text in ["1780000000000", "2026-05-28T20:26:40Z", "2026-05-28T22:26:40+02:00"] {
            assert_eq!(instant("since", text).unwrap(), Timestamp(1_780_000_000_000), "{text}");
        }
        assert_eq!(instant("since", "2026-05-28").unwrap(), Timestamp(1_779_926_400_000));
        for text in ["", "yesterday", "2026-05-32", "1e3", "2026-05-28T20:26"] {
            assert!(instant("since", text).is_err(), "{text}");
        }
    }
}

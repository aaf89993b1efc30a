//! `POST /v1/transcripts`: the text of a meeting that is over, from a client of the org.
//!
//! It raises `meeting_ended`, with the text kept in the same commit. What the meeting's
//! record says stands where the request says nothing.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::body::Subject;
use skillhost_engine::canonical::digest_json;
use skillhost_engine::context::MAX_TRANSCRIPT_BYTES;
use skillhost_engine::ids::UserId;
use skillhost_engine::store::Transcript;
use skillhost_sdk::transcript::{self, Format};

use super::Http;
use super::auth::Caller;
use super::body::RawBody;
use super::endpoint::{Endpoint, doc};
use super::events::{EventError, answer};
use super::problem::{Problem, invalid_field, invalid_query, store_problem};
use crate::about;
use crate::app::Incoming;

/// What is raised.
const EVENT: &str = "meeting_ended";
/// Most characters of an id or a title in the query.
const MAX_CHARS: usize = 256;
/// Hexadecimal digits of the text's digest in its id: two texts of one meeting never share one.
const DIGEST_DIGITS: usize = 16;
/// Most oddities that a refusal tells.
const MAX_TOLD: usize = 5;

/// This file's routes.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post(
        "/v1/transcripts",
        post(upload),
        doc("uploadTranscript", "Hands in what was said in a meeting that is over; answers once it is durable")
            .query("meeting_id", "Which meeting; its record, where there is one, says the rest")
            .query("title", "What it was called")
            .query("started_at", "When it began, RFC 3339; dates in words are counted from it")
            .query("contact_id", "Whom it was with")
            .query("company_id", "Their company")
            .query("deal_id", "What it was about")
            .query("user_id", "Whose meeting; the key's person by default. Another one's needs an admin's key, or one with the scope events:any-user")
            .query("idempotency_key", "Another one for another text of the same meeting")
            .bodies(&[("text/plain", "TranscriptText"), ("application/json", "Anything")])
            .answers(202, "Stored; its job exists", "Received")
            .answers(200, "A duplicate: the first one's job", "Received")
            .problems(&[400, 401, 403, 404, 409, 413, 422, 429, 503]),
    )]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadQuery {
    meeting_id: String,
    title: Option<String>,
    started_at: Option<String>,
    contact_id: Option<String>,
    company_id: Option<String>,
    deal_id: Option<String>,
    user_id: Option<UserId>,
    idempotency_key: Option<String>,
}

impl UploadQuery {
    /// What the event's payload has of it, by name.
    fn said(&self) -> [(&'static str, Option<&String>); 6] {
        [
            ("meeting_id", Some(&self.meeting_id)),
            ("title", self.title.as_ref()),
            ("started_at", self.started_at.as_ref()),
            ("contact_id", self.contact_id.as_ref()),
            ("company_id", self.company_id.as_ref()),
            ("deal_id", self.deal_id.as_ref()),
        ]
    }

    fn check(&self) -> Result<(), Problem> {
        let all = self.said().into_iter().chain([("idempotency_key", self.idempotency_key.as_ref())]);
        for (name, text) in all {
            if text.is_some_and(|text| text.is_empty() || text.chars().count() > MAX_CHARS) {
                return Err(invalid_query(format!("`{name}` must have 1 to {MAX_CHARS} characters")));
            }
        }
        match self.started_at.as_deref().map(str::parse::<jiff::Timestamp>) {
            Some(Err(_)) => Err(invalid_query("`started_at` is no instant, as `2026-11-20T14:00:00Z` is")),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

async fn upload(
    State(http): State<Http>,
    caller: Caller,
    query: Result<Query<UploadQuery>, QueryRejection>,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| invalid_query(rejection.body_text()))?;
    query.check()?;
    let text = transcript::decode(&body).text;
    let heard = read(&text)?;
    let user = caller.acts_for(query.user_id.clone())?;
    let transcript_id = id_of(&query.meeting_id, &user, &text);
    let payload =
        payload(&http, &caller, &user, &query, &heard, &transcript_id).await.map_err(|error| store_problem(&error))?;
    // Under the key of whom it is about, whoever of them the request names.
    let store = http.app.store.as_ref();
    let about = about::complete(store, &caller.user.org, &user, payload.clone()).await;
    let about = about.map_err(|error| store_problem(&error))?;
    let now = http.app.clock.now();
    let incoming = Incoming {
        event_type: EVENT.to_owned(),
        source: format!("{}:upload", caller.source_for(&user)),
        org: caller.user.org.clone(),
        idempotency_key: query.idempotency_key,
        not_before: None,
        transcript: Some(Transcript {
            id: transcript_id,
            org: caller.user.org.clone(),
            owner: user.clone(),
            meeting: Some(query.meeting_id),
            format: word(heard.format).to_owned(),
            body: text,
            subject: Subject::of_event(&about, &user),
            expires_at: now.plus_ms(http.app.config.retention_ms()),
            at: now,
        }),
        user,
        payload,
    };
    let received = http.app.receive(incoming).await.map_err(EventError::from)?;
    Ok(answer(received))
}

/// The turns of a text in which somebody says something.
fn read(text: &str) -> Result<transcript::Transcript, Problem> {
    if text.len() > MAX_TRANSCRIPT_BYTES {
        let detail = format!("The text has {} bytes.", text.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The text is too large", detail)
            .with("limit_bytes", MAX_TRANSCRIPT_BYTES));
    }
    let heard = transcript::parse(text);
    if heard.turns.iter().any(|turn| turn.word_count() > 0) {
        return Ok(heard);
    }
    let odd = heard.warnings.iter().take(MAX_TOLD);
    let odd: Vec<Value> = odd.map(|odd| json!({ "line": odd.line, "message": odd.message })).collect();
    Err(invalid_field("Nobody says anything in this text.")
        .hint("Send WebVTT, SRT, lines of `Name: words`, or the JSON of MeetingBaaS, Fathom or Fireflies.")
        .with("odd", odd))
}

/// One id a text, meeting and person, so that the same upload is the same event, and one
/// person's text is never another's.
fn id_of(meeting: &str, user: &UserId, text: &str) -> String {
    let digest = digest_json(&json!([meeting, user, text]));
    let digits = digest.rsplit(':').next().unwrap_or_default();
    format!("tr_{}", digits.get(..DIGEST_DIGITS).unwrap_or(digits))
}

/// As the store names formats.
fn word(format: Format) -> &'static str {
    match format {
        Format::WebVtt => "vtt",
        Format::Srt => "srt",
        Format::Plain => "text",
        Format::MeetingBaas => "meetingbaas",
        Format::Fathom => "fathom",
        Format::Fireflies => "fireflies",
    }
}

/// What the request says, then what the meeting's record says, and whoever speaks where
/// nobody is known to have been there.
async fn payload(
    http: &Http,
    caller: &Caller,
    user: &UserId,
    query: &UploadQuery,
    heard: &transcript::Transcript,
    transcript_id: &str,
) -> Result<Value, skillhost_engine::store::StoreError> {
    let params = json!({ "meeting_id": query.meeting_id });
    let known = http.app.store.source(&caller.user.org, user, "meetings", &params).await?;
    let known = known.and_then(|list| list.get(0).cloned()).unwrap_or_default();
    let mut payload = Map::new();
    for (name, text) in query.said() {
        let recorded = if name == "contact_id" { known.pointer("/contact_ids/0") } else { known.get(name) };
        let said = text.map(|text| json!(text)).or_else(|| recorded.filter(|value| value.is_string()).cloned());
        payload.extend(said.map(|said| (name.to_owned(), said)));
    }
    let there = known.get("attendees").and_then(Value::as_array).filter(|list| !list.is_empty());
    let attendees: Vec<Value> = match there {
        Some(list) => list.iter().map(named).collect(),
        None => heard.speakers().into_iter().map(|name| json!({ "name": name })).collect(),
    };
    payload.insert("attendees".to_owned(), attendees.into());
    payload.insert("duration_ms".to_owned(), json!(heard.duration_ms()));
    payload.insert("transcript_id".to_owned(), json!(transcript_id));
    Ok(payload.into())
}

/// Name and address only: which side somebody is on is for a skill to judge.
pub(super) fn named(attendee: &Value) -> Value {
    let fields = ["name", "email"].into_iter().filter_map(|name| {
        let value = attendee.get(name).filter(|value| value.is_string())?;
        Some((name.to_owned(), value.clone()))
    });
    Value::Object(fields.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_text_without_words_is_refused_and_every_format_has_its_word() {
        for nothing in ["", "WEBVTT\n\n", "{\"no\": \"transcript\"}", "1\n00:00:01,000 --> 00:00:02,000\n\n"] {
            assert!(read(nothing).is_err(), "{nothing}");
        }
        assert_eq!(word(read("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hello there\n").unwrap().format), "vtt");
        assert_eq!(word(read("Ada: Hello there\nMira: Good morning\n").unwrap().format), "text");
        assert!(read(&"a".repeat(MAX_TRANSCRIPT_BYTES + 1)).is_err());
    }

    #[test]
    fn the_same_text_of_the_same_meeting_has_one_id() {
        let id = |meeting: &str, user: &str, text: &str| id_of(meeting, &user.into(), text);
        assert_eq!(id("m1", "u1", "a"), id("m1", "u1", "a"));
        for other in [id("m2", "u1", "a"), id("m1", "u2", "a"), id("m1", "u1", "b")] {
            assert_ne!(id("m1", "u1", "a"), other);
        }
        assert_ne!(id("m1a", "u1", "b"), id("m1", "u1", "ab"));
    }
}

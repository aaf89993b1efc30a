//! CloudEvents 1.0 in their two HTTP shapes, as far as the host needs them.
//!
//! `type` is the event type, `id` and `source` together the idempotency key (as
//! the specification has it), the extension `userid` the person. The org is the
//! API key's, whatever the event says.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::{BodyError, parse_json};
use super::problem::Problem;

/// Media type of the structured mode.
pub(crate) const STRUCTURED: &str = "application/cloudevents+json";

/// An event as the sender describes it.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct CloudEvent {
    specversion: String,
    /// Unique within `source`.
    pub(crate) id: String,
    /// URI reference of the sender.
    pub(crate) source: String,
    /// Event type.
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    /// Extension: on whose behalf.
    #[serde(default)]
    pub(crate) userid: Option<String>,
    #[serde(default)]
    datacontenttype: Option<String>,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    data_base64: Option<String>,
    /// `subject`, `time`, `dataschema` and further extensions; accepted, not used.
    #[serde(flatten)]
    _rest: Map<String, Value>,
}

/// Why a CloudEvent was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloudEventError {
    /// The body cannot be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Another version of the specification.
    #[error("specversion is `{0}`, the host speaks 1.0")]
    Version(String),
    /// A required attribute is absent or empty.
    #[error("the required attribute `{0}` is missing")]
    Missing(&'static str),
    /// The data is not JSON.
    #[error("the event's data is not JSON (`{0}`)")]
    NotJson(String),
}

impl From<CloudEventError> for Problem {
    fn from(error: CloudEventError) -> Self {
        let detail = error.to_string();
        match error {
            CloudEventError::Body(error) => error.into(),
            CloudEventError::Version(_) | CloudEventError::Missing(_) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid-cloud-event", "Not a CloudEvent the host can take", detail)
                    .hint("Send CloudEvents 1.0 with specversion, id, source and type.")
            }
            CloudEventError::NotJson(_) => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "data-not-json", "The event's data is not JSON", detail)
                    .hint("Send data with datacontenttype application/json.")
            }
        }
    }
}

impl CloudEvent {
    /// Reads the structured mode: all in one JSON document.
    pub(crate) fn structured(body: &[u8]) -> Result<Self, CloudEventError> {
        let event: Self = parse_json(body)?;
        event.checked()
    }

    /// Reads the binary mode: attributes in `ce-` headers, data in the body.
    pub(crate) fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Self, CloudEventError> {
        let attribute = |name: &'static str| {
            headers.get(format!("ce-{name}")).and_then(|value| value.to_str().ok()).map(percent_decoded)
        };
        let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let event = Self {
            specversion: attribute("specversion").unwrap_or_default(),
            id: attribute("id").unwrap_or_default(),
            source: attribute("source").unwrap_or_default(),
            event_type: attribute("type").unwrap_or_default(),
            userid: attribute("userid"),
            datacontenttype: content,
            data: None,
            data_base64: None,
            _rest: Map::new(),
        };
        let mut event = event.checked()?;
        event.data = if body.is_empty() { None } else { Some(parse_json(body)?) };
        Ok(event)
    }

    fn checked(self) -> Result<Self, CloudEventError> {
        if self.specversion.is_empty() {
            return Err(CloudEventError::Missing("specversion"));
        }
        if self.specversion != "1.0" {
            return Err(CloudEventError::Version(self.specversion));
        }
        for (name, value) in [("id", &self.id), ("source", &self.source), ("type", &self.event_type)] {
            if value.is_empty() {
                return Err(CloudEventError::Missing(name));
            }
        }
        if let Some(media) = &self.datacontenttype
            && !is_json(media)
        {
            return Err(CloudEventError::NotJson(media.clone()));
        }
        Ok(self)
    }

    /// What the sender's `source` and `id` make unique.
    pub(crate) fn idempotency_key(&self) -> String {
        format!("ce:{}#{}", self.source, self.id)
    }

    /// The data as JSON; an event without data has an empty object.
    pub(crate) fn payload(&mut self) -> Result<Value, CloudEventError> {
        match (self.data.take(), self.data_base64.take()) {
            (Some(data), _) => Ok(data),
            (None, Some(text)) => {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .map_err(|_| CloudEventError::NotJson("data_base64".to_owned()))?;
                Ok(parse_json(&bytes)?)
            }
            (None, None) => Ok(Value::Object(Map::new())),
        }
    }
}

/// Whether a media type means JSON.
pub(crate) fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Header values carry what is not printable ASCII as `%XX` (HTTP binding 3.1.3.2).
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let decoded = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
            .flatten();
        out.push(decoded.unwrap_or(*byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn both_modes_carry_the_same_event() {
        let mut structured = CloudEvent::structured(
            json!({"specversion": "1.0", "id": "7", "source": "/crm", "type": "email_received",
                   "userid": "u1", "time": "2026-01-01T00:00:00Z", "data": {"a": 1}})
            .to_string()
            .as_bytes(),
        )
        .unwrap();
        let mut binary = CloudEvent::binary(
            &headers(&[
                ("ce-specversion", "1.0"),
                ("ce-id", "7"),
                ("ce-source", "/crm"),
                ("ce-type", "email_received"),
                ("ce-userid", "u1"),
                ("content-type", "application/json; charset=utf-8"),
            ]),
            b"{\"a\": 1}",
        )
        .unwrap();
        assert_eq!(structured.idempotency_key(), "ce:/crm#7");
        assert_eq!(structured.idempotency_key(), binary.idempotency_key());
        assert_eq!(structured.userid, binary.userid);
        assert_eq!(structured.payload().unwrap(), json!({"a": 1}));
        assert_eq!(binary.payload().unwrap(), json!({"a": 1}));
    }

    #[test]
    fn what_is_missing_is_named() {
        let body = |value: Value| value.to_string().into_bytes();
        let missing =
            CloudEvent::structured(&body(json!({"specversion": "1.0", "id": "", "source": "/", "type": "t"})));
        assert!(matches!(missing, Err(CloudEventError::Missing("id"))));
        let version =
            CloudEvent::structured(&body(json!({"specversion": "0.3", "id": "1", "source": "/", "type": "t"})));
        assert!(matches!(version, Err(CloudEventError::Version(_))));
        let xml = CloudEvent::binary(
            &headers(&[
                ("ce-specversion", "1.0"),
                ("ce-id", "1"),
                ("ce-source", "/"),
                ("ce-type", "t"),
                ("content-type", "text/xml"),
            ]),
            b"<a/>",
        );
        assert!(matches!(xml, Err(CloudEventError::NotJson(_))));
    }

    #[test]
    fn base64_data_and_percent_headers_are_read() {
        let mut event = CloudEvent::structured(
            json!({"specversion": "1.0", "id": "1", "source": "/", "type": "t", "data_base64": "eyJhIjoyfQ=="})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(event.payload().unwrap(), json!({"a": 2}));
        assert_eq!(percent_decoded("Euro%20%E2%82%AC 100%"), "Euro € 100%");
    }
}

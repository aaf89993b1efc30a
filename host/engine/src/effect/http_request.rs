//! `http.request`: one request that changes something elsewhere. Reading is a host call
//! ([`crate::fetch`]); this is what every other method is.
//!
//! It goes where the call that proposed it may read: beside `effect:http.request` it needs
//! an `http:` right to its address, when it is proposed, edited and sent. A secret is a
//! placeholder in a header, as it is for reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schema::{MAX_TEXT, object, one_line, text};
use super::{EffectKind, FieldView, block, line, worded};
use crate::fetch::{MAX_REQUEST_HEADERS, SECRET_PLACEHOLDER, is_credential, is_hop_by_hop, is_host_owned};
use crate::rights::HttpTarget;

/// Its name.
pub const KIND: &str = "http.request";

const FIELDS: &[FieldView] = &[
    line("method", "Method"),
    line("url", "Address"),
    worded(block("headers", "Headers"), headers),
    worded(block("json", "Body"), pretty),
    block("text", "Body"),
];

/// The host adds two: what it is, and its key.
const MAX_HEADERS: usize = MAX_REQUEST_HEADERS - 2;

/// How something is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RequestMethod {
    /// Something is made or set off.
    Post,
    /// It is as the body says.
    Put,
    /// A part of it is.
    Patch,
    /// It is gone.
    Delete,
}

impl RequestMethod {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A payload that was validated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpRequest {
    /// How.
    pub method: RequestMethod,
    /// Absolute, without user name and fragment.
    pub url: String,
    /// Lower-case names; placeholders of secrets are filled in at egress.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, as JSON.
    pub json: Option<Value>,
    /// The body, as it is.
    pub text: Option<String>,
}

pub(super) fn kind() -> EffectKind {
    let names = json!({"pattern": "^[a-z0-9-]{1,64}$"});
    let schema = object(
        &["method", "url"],
        json!({
            "method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]},
            "url": one_line(),
            "headers": {
                "type": "object",
                "propertyNames": names,
                "additionalProperties": one_line(),
                "maxProperties": MAX_HEADERS,
            },
            "json": {"type": ["object", "array", "string", "number", "boolean"]},
            "text": text(),
        }),
    );
    EffectKind::new(KIND, "Send a request", schema, FIELDS).protected().undoable().reaching(target).checked_by(check)
}

/// Where a payload leads; nothing for one that leads nowhere.
fn target(payload: &Value) -> Option<HttpTarget> {
    HttpTarget::parse(payload.get("url")?.as_str()?).ok()
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    let bad = |pointer: String, message: String| Err((pointer, message));
    let Ok(request) = HttpRequest::deserialize(payload) else {
        return bad(String::new(), "this is no request".to_owned());
    };
    if let Err(error) = HttpTarget::parse(&request.url) {
        return bad("/url".to_owned(), error.to_string());
    }
    for (name, value) in &request.headers {
        let pointer = format!("/headers/{name}");
        if is_hop_by_hop(name) || is_host_owned(name) {
            return bad(pointer, "the header is the host's to set".to_owned());
        }
        if is_credential(name) && !value.contains(SECRET_PLACEHOLDER) {
            return bad(pointer, "the header takes a secret's placeholder only".to_owned());
        }
    }
    if request.json.is_some() && request.text.is_some() {
        return bad("/text".to_owned(), "a request has one body".to_owned());
    }
    if request.json.is_some_and(|json| json.to_string().len() > MAX_TEXT) {
        return bad("/json".to_owned(), format!("longer than {MAX_TEXT} bytes"));
    }
    Ok(())
}

/// A header a line.
fn headers(_: &Value, value: &Value) -> Option<String> {
    let headers = BTreeMap::<String, String>::deserialize(value).ok()?;
    Some(headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"))
}

fn pretty(_: &Value, value: &Value) -> Option<String> {
    serde_json::to_string_pretty(value).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rights::RightSet;

    fn payload(change: impl FnOnce(&mut Value)) -> Value {
        let mut payload = json!({
            "method": "POST", "url": "https://api.example.com/v1/tickets",
            "headers": {"authorization": "Bearer {{secret:desk}}", "x-team": "sales"},
            "json": {"title": "Call Mira", "amount": 12},
        });
        change(&mut payload);
        payload
    }

    #[test]
    fn what_cannot_be_sent_as_it_is_is_not_asked_of_a_person() {
        let kind = kind();
        kind.validate(&payload(|_| ())).unwrap();
        kind.validate(&json!({"method": "DELETE", "url": "https://api.example.com/v1/tickets/7"})).unwrap();
        for (pointer, value) in [
            ("/method", json!("GET")),
            ("/method", json!("post")),
            ("/url", json!("https://user:word@api.example.com/")),
            ("/url", json!("https://api.example.com/v1/../admin")),
            ("/url", json!("ftp://api.example.com/")),
            ("/headers/x-team", json!("a\r\nhost: evil.test")),
            ("/headers/authorization", json!("Bearer plain")),
            ("/json", json!("x".repeat(MAX_TEXT))),
            ("/json", json!(null)),
        ] {
            let changed = payload(|payload| *payload.pointer_mut(pointer).unwrap() = value.clone());
            assert_eq!(kind.validate(&changed).unwrap_err().pointer, pointer, "{value}");
        }
        for name in
            ["host", "content-length", "transfer-encoding", "x-forwarded-for", "proxy-authorization", "Host", "a b"]
        {
            let changed = payload(|payload| payload["headers"][name] = json!("x"));
            assert!(kind.validate(&changed).is_err(), "{name}");
        }
        assert!(kind.validate(&payload(|payload| payload["text"] = json!("x"))).is_err(), "one body");
    }

    #[test]
    fn it_needs_a_right_to_its_address_beside_that_to_its_kind() {
        let kind = kind();
        let set = |rights: &[&str]| rights.iter().map(|right| right.parse().unwrap()).collect::<RightSet>();
        let missing = |rights: &[&str]| kind.missing(&payload(|_| ()), &set(rights));
        assert_eq!(missing(&["effect:http.request", "http:api.example.com/v1"]), None);
        assert_eq!(missing(&["http:api.example.com/v1"]).unwrap(), "effect:http.request");
        for other in ["http:api.example.com/v2", "http:example.com/", "http:api.example.com:8443/v1"] {
            assert_eq!(missing(&["effect:http.request", other]).unwrap(), "http:api.example.com/v1");
        }
    }

    #[test]
    fn a_card_shows_all_of_it() {
        let lines = kind().lines(&payload(|_| ()));
        let shown: Vec<_> = lines.iter().map(|line| (line.label.as_str(), line.value.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("Method", "POST"),
                ("Address", "https://api.example.com/v1/tickets"),
                ("Headers", "authorization: Bearer {{secret:desk}}\nx-team: sales"),
                ("Body", "{\n  \"amount\": 12,\n  \"title\": \"Call Mira\"\n}"),
            ]
        );
    }
}

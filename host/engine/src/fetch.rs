//! Reading over HTTP as the host sees it. A skill reads with GET and HEAD only;
//! anything that changes the world is the protected effect `http.request`.

use serde::{Deserialize, Serialize};

/// Headers that a request of a skill may have.
pub const MAX_REQUEST_HEADERS: usize = 32;
/// How a secret's placeholder in a header begins: `{{secret:NAME}}`.
pub const SECRET_PLACEHOLDER: &str = "{{secret:";

/// Headers that belong to one connection, which is the host's. Names are lower-case here.
pub fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade" | "expect" | "http2-settings"
    ) || name.starts_with("proxy-")
}

/// Headers that say what the host alone knows: where it goes, how long and how
/// encoded it is, who sent it on.
pub fn is_host_owned(name: &str) -> bool {
    matches!(name, "host" | "content-length" | "accept-encoding" | "via" | "forwarded" | "x-real-ip")
        || name.starts_with("x-forwarded-")
}

/// Headers that only a secret may fill.
pub fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "cookie")
}

/// The two methods a skill may use by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FetchMethod {
    /// The whole answer.
    Get,
    /// Its headers.
    Head,
}

/// What a skill asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// How.
    pub method: FetchMethod,
    /// Absolute, without user name and fragment.
    pub url: String,
    /// Lower-case names; placeholders of secrets are filled in at egress.
    pub headers: Vec<(String, String)>,
}

/// A whole answer, whatever its status.
///
/// As JSON, which is what the journal keeps and a replay answers with, the body
/// is `{"text": …}` where it is UTF-8 and `{"base64": …}` where it is not: one
/// spelling for the same bytes, and quotes of a text stay findable in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// As sent.
    #[serde(with = "body")]
    pub body: Vec<u8>,
}

impl Fetched {
    /// The JSON that is kept and digested.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

mod body {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kept {
        Text(String),
        Base64(String),
    }

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Kept::Text(text.to_owned()),
            Err(_) => Kept::Base64(STANDARD.encode(bytes)),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        match Kept::deserialize(deserializer)? {
            Kept::Text(text) => Ok(text.into_bytes()),
            Kept::Base64(text) => STANDARD.decode(text).map_err(serde::de::Error::custom),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchErrorKind {
    /// No right to this address, or one a redirect led to.
    Denied,
    /// The address is of this machine or of a private network.
    Forbidden,
    /// The request cannot be made as it is.
    InvalidRequest,
    /// No connection, or it broke.
    Unavailable,
    /// It took too long, dripping included.
    Timeout,
    /// The answer is larger than a skill may read.
    TooLarge,
    /// Host calls or bytes.
    Limit,
}

impl FetchErrorKind {
    /// The word used in journals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Forbidden => "forbidden",
            Self::InvalidRequest => "invalid-request",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::TooLarge => "too-large",
            Self::Limit => "limit",
        }
    }
}

/// No answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct FetchError {
    /// Why.
    pub kind: FetchErrorKind,
    /// For the author of the skill; no content.
    pub message: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_comes_back_from_its_json_as_it_was() {
        for body in [b"We agreed \"x\"\n".to_vec(), vec![0xff, 0, 0x80], Vec::new()] {
            let answer = Fetched { status: 200, headers: vec![("etag".into(), "1".into())], body };
            let json = answer.to_json();
            let back: Fetched = serde_json::from_str(&json).unwrap();
            assert_eq!(back, answer);
            assert_eq!(back.to_json(), json, "the digest is the same");
        }
        assert!(serde_json::from_str::<Fetched>(r#"{"status":200,"headers":[],"body":{"base64":"?"}}"#).is_err());
    }
}

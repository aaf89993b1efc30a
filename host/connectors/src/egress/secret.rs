//! Secrets that a skill may use and never read.
//!
//! A guest writes the placeholder `{{secret:NAME}}` into a header. It is filled
//! in here, in the request that leaves, where the call has `secret:NAME`, the
//! operator bound the secret to this very host and header, and the connection
//! is TLS (or to an address the operator named). What comes back is searched for
//! the secret in its usual spellings, and each is replaced by the placeholder.
//!
//! Invariant: a value is in no `Debug`, no error and no answer.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use skillhost_engine::rights::{HttpTarget, RightSet};

/// Shortest value: a shorter one could not be told from ordinary text in an answer.
pub const MIN_SECRET_BYTES: usize = 8;
/// Longest value: a signed token's size.
pub const MAX_SECRET_BYTES: usize = 8 * 1024;
const OPEN: &str = skillhost_engine::fetch::SECRET_PLACEHOLDER;
const CLOSE: &str = "}}";

/// A value and the one place it may go to.
#[derive(Clone, Debug)]
pub struct BoundSecret {
    /// `host` or `host:port`; without a port it is https on 443.
    pub host: String,
    /// Lower-case header name.
    pub header: String,
    /// What is filled in.
    pub value: SecretString,
}

/// Why a secret cannot be had as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Too short to be found again, too long, or not fit for a header.
    #[error("the value is not {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} printable ASCII characters")]
    Value,
    /// Not a host with an optional port.
    #[error("`{host}` is not a host, or a host and a port")]
    Host {
        /// As written.
        host: String,
    },
    /// Not a header's name.
    #[error("`{header}` is not a header that a request may have")]
    Header {
        /// As written.
        header: String,
    },
}

/// The place a secret goes to.
#[derive(Debug)]
struct Held {
    host: String,
    port: u16,
    header: String,
    value: SecretString,
}

/// All secrets of the host, by name.
#[derive(Debug, Default)]
pub struct Secrets(BTreeMap<String, Held>);

/// A placeholder that is not filled in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// The call has no right to it; there may be no such secret.
    NoRight(String),
    /// Bound to another host or header, or the connection is not safe.
    NotHere,
    /// Not a placeholder as they are written.
    Malformed,
}

impl Secrets {
    /// Takes the operator's secrets.
    ///
    /// # Errors
    /// The first one that cannot be used, with its name.
    pub fn new(all: BTreeMap<String, BoundSecret>) -> Result<Self, (String, SecretError)> {
        let mut held = BTreeMap::new();
        for (name, secret) in all {
            match hold(secret) {
                Ok(secret) => held.insert(name, secret),
                Err(error) => return Err((name, error)),
            };
        }
        Ok(Self(held))
    }

    /// Fills a header's value in, when it has a placeholder: the whole value and
    /// the secret's name.
    pub(super) fn fill(
        &self,
        header: &str,
        text: &str,
        target: &HttpTarget,
        rights: &RightSet,
        safe: bool,
    ) -> Result<Option<(SecretString, String)>, Withheld> {
        let Some(named) = Named::of(text)? else { return Ok(None) };
        // Whether a secret exists is nobody's business who may not use it.
        if !rights.may_use(named.name) {
            return Err(Withheld::NoRight(named.name.chars().take(64).collect()));
        }
        self.put(header, &named, target, safe).map(Some)
    }

    /// The same for a header that the operator worded, who has every secret.
    pub(super) fn fill_worded(
        &self,
        header: &str,
        text: &str,
        target: &HttpTarget,
        safe: bool,
    ) -> Result<Option<(SecretString, String)>, Withheld> {
        let Some(named) = Named::of(text)? else { return Ok(None) };
        self.put(header, &named, target, safe).map(Some)
    }

    fn put(
        &self,
        header: &str,
        named: &Named<'_>,
        target: &HttpTarget,
        safe: bool,
    ) -> Result<(SecretString, String), Withheld> {
        let Named { before, name, after } = named;
        let Some(held) = self.0.get(*name) else { return Err(Withheld::NotHere) };
        let here = held.host == target.host() && held.port == target.port() && held.header == header;
        if !here || !safe {
            return Err(Withheld::NotHere);
        }
        let value = SecretString::from(format!("{before}{}{after}", held.value.expose_secret()));
        Ok((value, (*name).to_owned()))
    }

    /// Takes the named secrets out of an answer.
    pub(super) fn scrub(&self, names: &[String], bytes: &mut Vec<u8>) {
        for name in names {
            let Some(held) = self.0.get(name) else { continue };
            let placeholder = format!("{OPEN}{name}{CLOSE}");
            for spelling in spellings(held.value.expose_secret()) {
                replace(bytes, spelling.as_bytes(), placeholder.as_bytes());
            }
        }
    }
}

/// A value with its placeholder.
struct Named<'a> {
    before: &'a str,
    name: &'a str,
    after: &'a str,
}

impl<'a> Named<'a> {
    /// `None` for a value without one.
    fn of(text: &'a str) -> Result<Option<Self>, Withheld> {
        let Some((before, rest)) = text.split_once(OPEN) else { return Ok(None) };
        match rest.split_once(CLOSE) {
            Some((name, after)) if !after.contains(OPEN) => Ok(Some(Self { before, name, after })),
            _ => Err(Withheld::Malformed),
        }
    }
}

fn hold(secret: BoundSecret) -> Result<Held, SecretError> {
    let BoundSecret { host, header, value } = secret;
    let text = value.expose_secret();
    let fits = (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&text.len());
    if !fits || !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(SecretError::Value);
    }
    let header = header.to_ascii_lowercase();
    let named = reqwest::header::HeaderName::try_from(header.as_str()).is_ok();
    if !named || skillhost_engine::fetch::is_hop_by_hop(&header) || header == "host" {
        return Err(SecretError::Header { header });
    }
    match HttpTarget::parse(&format!("https://{host}/")) {
        Ok(target) if !host.contains(['/', '?']) => {
            Ok(Held { host: target.host().to_owned(), port: target.port(), header, value })
        }
        _ => Err(SecretError::Host { host }),
    }
}

/// How a value may be written in an answer that repeats it. A server that
/// disguises it otherwise is one the operator should not have bound it to.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let escaped = |upper: bool| {
        let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        value.bytes().fold(String::new(), |text, b| match (keep(b), upper) {
            (true, _) => text + &char::from(b).to_string(),
            (false, true) => text + &format!("%{b:02X}"),
            (false, false) => text + &format!("%{b:02x}"),
        })
    };
    let mut all = vec![
        value.to_owned(),
        json[1..json.len() - 1].to_owned(),
        escaped(true),
        escaped(false),
        hex::encode(value),
        value.chars().rev().collect(),
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3_usize {
            // Within a longer text the value starts at one of three places of a
            // group; the characters it shares with its neighbours are left out.
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(value.as_bytes());
            let text = engine.encode(&bytes);
            let start = (before * 8).div_ceil(6);
            let end = bytes.len() * 8 / 6;
            if let Some(inner) = text.get(start..end) {
                all.push(inner.to_owned());
            }
        }
    }
    all.retain(|spelling| spelling.len() >= MIN_SECRET_BYTES);
    all.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    all.dedup();
    all
}

/// Replaces every occurrence, whatever the case of its letters.
fn replace(bytes: &mut Vec<u8>, wanted: &[u8], by: &[u8]) {
    let Some((first, _)) = wanted.split_first() else { return };
    let begins = |b: &u8| b.eq_ignore_ascii_case(first);
    let mut out = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(begins)) {
        at += next;
        let found = bytes.get(at..at + wanted.len()).is_some_and(|there| there.eq_ignore_ascii_case(wanted));
        if found {
            out.extend_from_slice(&bytes[from..at]);
            out.extend_from_slice(by);
            at += wanted.len();
            from = at;
        } else {
            at += 1;
        }
    }
    if from > 0 {
        out.extend_from_slice(&bytes[from..]);
        *bytes = out;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const VALUE: &str = "s3cr3t/\"to+ken=";

    fn secrets() -> Secrets {
        let bound = BoundSecret {
            host: "api.example.com".into(),
            header: "Authorization".into(),
            value: SecretString::from(VALUE),
        };
        Secrets::new([("crm".to_owned(), bound)].into()).unwrap()
    }

    fn rights(texts: &[&str]) -> RightSet {
        texts.iter().map(|text| text.parse::<skillhost_engine::rights::Right>().unwrap()).collect()
    }

    #[test]
    fn it_is_filled_in_at_its_host_and_header_only() {
        let secrets = secrets();
        let may = rights(&["secret:crm"]);
        let here = HttpTarget::parse("https://api.example.com/v1").unwrap();
        let fill = |header: &str, text: &str, target: &HttpTarget, rights: &RightSet, safe: bool| {
            secrets
                .fill(header, text, target, rights, safe)
                .map(|found| found.map(|(value, _)| value.expose_secret().to_owned()))
        };
        let text = "Bearer {{secret:crm}}";
        assert_eq!(fill("authorization", text, &here, &may, true), Ok(Some(format!("Bearer {VALUE}"))));
        assert_eq!(fill("authorization", "plain", &here, &may, true), Ok(None));
        assert_eq!(fill("x-echo", text, &here, &may, true), Err(Withheld::NotHere));
        assert_eq!(fill("authorization", text, &here, &may, false), Err(Withheld::NotHere), "no TLS");
        for other in ["https://api.example.com:8443/", "https://evil.example/", "https://x.api.example.com/"] {
            let other = HttpTarget::parse(other).unwrap();
            assert_eq!(fill("authorization", text, &other, &may, true), Err(Withheld::NotHere));
        }
        assert_eq!(fill("authorization", text, &here, &rights(&[]), true), Err(Withheld::NoRight("crm".into())));
        let unknown = rights(&["secret:other"]);
        assert_eq!(fill("authorization", "{{secret:other}}", &here, &unknown, true), Err(Withheld::NotHere));
        for bad in ["{{secret:crm", "{{secret:crm}}{{secret:crm}}"] {
            assert_eq!(fill("authorization", bad, &here, &may, true), Err(Withheld::Malformed));
        }
    }

    #[test]
    fn an_answer_that_repeats_it_is_scrubbed() {
        let secrets = secrets();
        let mut loud = VALUE.to_uppercase().into_bytes();
        secrets.scrub(&["crm".to_owned()], &mut loud);
        assert_eq!(loud, b"{{secret:crm}}");
        for around in ["", "a", "ab", "abc"] {
            let text = format!("{around}{VALUE}{around}");
            for written in [
                text.clone(),
                serde_json::json!({ "echo": text }).to_string(),
                base64::engine::general_purpose::STANDARD.encode(&text),
                base64::engine::general_purpose::URL_SAFE.encode(&text),
                hex::encode(&text),
                text.replace('/', "%2F").replace('"', "%22").replace('+', "%2B").replace('=', "%3D"),
            ] {
                let mut bytes = written.clone().into_bytes();
                secrets.scrub(&["crm".to_owned()], &mut bytes);
                let clean = String::from_utf8(bytes).unwrap();
                assert!(clean.contains("{{secret:crm}}"), "{written} → {clean}");
                assert!(!clean.contains("s3cr3t"), "{clean}");
            }
        }
        let mut other = b"nothing here, s3cr3 at most".to_vec();
        secrets.scrub(&["crm".to_owned()], &mut other);
        assert_eq!(other, b"nothing here, s3cr3 at most");
    }

    #[test]
    fn nothing_shows_it() {
        assert!(!format!("{:?}", secrets()).contains("s3cr3t"));
        for (host, header, value, wanted) in [
            ("api.example.com", "x-key", "short", "value"),
            ("api.example.com", "x-key", "with\r\nbreak", "value"),
            ("https://api.example.com", "x-key", VALUE, "host"),
            ("api.example.com/v1", "x-key", VALUE, "host"),
            ("api.example.com", "x key", VALUE, "header"),
            ("api.example.com", "Host", VALUE, "header"),
            ("api.example.com", "transfer-encoding", VALUE, "header"),
        ] {
            let bound = BoundSecret { host: host.into(), header: header.into(), value: SecretString::from(value) };
            let (name, error) = Secrets::new([("x".to_owned(), bound)].into()).unwrap_err();
            let said = format!("{name} {error}");
            assert!(said.contains(wanted) && !said.contains(value), "{said}");
        }
    }
}

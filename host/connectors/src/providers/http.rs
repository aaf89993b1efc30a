//! A provider that speaks JSON over HTTP, as an operator describes it: one request for
//! each way in which the source may be asked, and where in the answer each field is.
//!
//! Invariants: only the origin that the description names is called; a parameter is a
//! value in an address, a query or a body and never more; a page is never taken for an
//! answer; an error names the provider and a status, never what was asked or said.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use skillhost_engine::context::{self, ReadErrorKind, Tier, shape};
use skillhost_engine::provider::{Answer, Billing, Lookup, Provider, ProviderError};
use skillhost_engine::retry::BUSY_VENDOR_MS;
use url::Url;

use super::mapping::Mapping;
use super::wording::Wording;
use crate::egress::secret::Secrets;
use crate::egress::{Egress, EgressError, Reply, Worded};

/// Time for a question where nothing is set: half of what a skill's call may take.
pub const DEFAULT_TIMEOUT_MS: u64 = 5_000;
/// Longest that may be set: as long as the longest call by default.
pub const MAX_TIMEOUT_MS: u64 = 10_000;
/// Statuses that say that nothing is known, where nothing else is set.
const NOTHING: [u16; 1] = [404];
/// Statuses with which a server says that it did nothing although it is at fault.
const TURNED_AWAY: [u16; 2] = [503, 529];
/// Requests of one provider: a source has no more ways to be asked.
const MAX_REQUESTS: usize = 8;

/// One request, as an operator describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSettings {
    /// The parameters it is for; the others of the source may be said as well. Empty: any.
    #[serde(default)]
    pub when: Vec<String>,
    /// Address; `{name}` is a parameter.
    pub url: String,
    /// Query, name → text. One whose parameter is not said is left out.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers; `{{secret:NAME}}` is a secret bound to this host and header.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON that is sent with POST; GET without. A text in it may hold `{name}`; a field
    /// whose parameter is not said is left out.
    #[serde(default)]
    pub body: Option<Value>,
    /// Where the answer has what.
    pub answer: Mapping,
    /// JSON Pointer to what is there only when the answer is a failure.
    #[serde(default)]
    pub fails_at: Option<String>,
    /// Statuses that say that nothing is known; `[404]` where it is not said.
    #[serde(default)]
    pub nothing: Option<Vec<u16>>,
}

/// Why a description is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct SettingsError {
    /// `requests[2].answer` and the like.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

struct Request {
    when: Vec<String>,
    /// Of what it answers; a source that is asked in several ways may answer in several.
    shape: &'static Value,
    url: Wording,
    query: Vec<(String, Wording)>,
    headers: Vec<(String, String)>,
    body: Option<Worder>,
    answer: Mapping,
    fails_at: Option<String>,
    nothing: Vec<u16>,
}

/// JSON with wordings in its texts.
enum Worder {
    Plain(Value),
    Text(Wording),
    List(Vec<Worder>),
    Object(Vec<(String, Worder)>),
}

/// A described provider of one source.
pub struct HttpProvider {
    name: String,
    requests: Vec<Request>,
    timeout: Duration,
    egress: Egress,
    secrets: Arc<Secrets>,
}

/// The origins that requests go to, for the client's list.
///
/// # Errors
/// An address that is none.
pub fn origins(requests: &[RequestSettings]) -> Result<Vec<Url>, SettingsError> {
    requests.iter().enumerate().map(|(index, request)| origin(index, &request.url)).collect()
}

fn at(index: usize, field: &str, message: impl Into<String>) -> SettingsError {
    SettingsError { place: format!("requests[{index}].{field}"), message: message.into() }
}

/// Scheme, host and port, which no parameter has a part in.
fn origin(index: usize, address: &str) -> Result<Url, SettingsError> {
    let wrong = |message: &str| at(index, "url", message);
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| wrong("an address begins with https:// or http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains(['{', '}', '@']) {
        return Err(wrong("the host is said as it is, without a parameter or a user name in it"));
    }
    let scheme = &address[..address.len() - rest.len()];
    Url::parse(&format!("{scheme}{host}/")).map_err(|_| wrong("this is no address"))
}

impl Request {
    fn new(index: usize, source: &context::Source, settings: RequestSettings) -> Result<Self, SettingsError> {
        let RequestSettings { when, url, query, headers, body, answer, fails_at, nothing } = settings;
        origin(index, &url)?;
        let known = |name: &str, field: &str| match source.param_names().any(|known| known == name) {
            true => Ok(()),
            false => {
                let names: Vec<&str> = source.param_names().collect();
                Err(at(index, field, format!("`{name}` is no parameter of the source; it takes {}", names.join(", "))))
            }
        };
        for name in &when {
            known(name, "when")?;
        }
        let worded = |text: &str, field: &str| {
            let wording = Wording::parse(text).map_err(|message| at(index, field, message))?;
            wording.params().try_for_each(|name| known(name, field))?;
            Ok(wording)
        };
        let url = worded(&url, "url")?;
        if let Some(name) = url.params().find(|name| !when.iter().any(|sure| sure == name)) {
            let message = format!("`{{{name}}}` is in the address, so it belongs into `when`");
            return Err(at(index, "url", message));
        }
        let query =
            query.into_iter().map(|(name, text)| Ok((name, worded(&text, "query")?))).collect::<Result<_, _>>()?;
        let body = body.map(|body| Worder::new(body, &|text| worded(text, "body"))).transpose()?;
        let headers = headers
            .into_iter()
            .map(|(name, text)| {
                let name = name.to_ascii_lowercase();
                let fits = reqwest::header::HeaderName::try_from(name.as_str()).is_ok()
                    && reqwest::header::HeaderValue::from_str(&text).is_ok();
                if fits { Ok((name, text)) } else { Err(at(index, "headers", format!("`{name}` is no header"))) }
            })
            .collect::<Result<_, _>>()?;
        // Forms of one source differ by what was asked with.
        let asked: Map<String, Value> = when.iter().map(|name| (name.clone(), Value::from("x"))).collect();
        let schema = shape::schema(source.name, &Value::Object(asked));
        let schema = schema.ok_or_else(|| at(index, "answer", "no provider answers this source"))?;
        answer.check(schema, schema).map_err(|message| at(index, "answer", message))?;
        if fails_at.as_ref().is_some_and(|pointer| !pointer.starts_with('/')) {
            return Err(at(index, "fails_at", "a JSON Pointer is written /like/this"));
        }
        Ok(Self {
            when,
            shape: schema,
            url,
            query,
            headers,
            body,
            answer,
            fails_at,
            nothing: nothing.unwrap_or(NOTHING.to_vec()),
        })
    }

    fn is_for(&self, source: &str, params: &Map<String, Value>) -> bool {
        let shape = shape::schema(source, &Value::Object(params.clone()));
        self.when.iter().all(|name| params.contains_key(name))
            && shape.is_some_and(|shape| std::ptr::eq(shape, self.shape))
    }

    fn address(&self, params: &Map<String, Value>) -> Option<Url> {
        let mut url: Url = self.url.put_escaped(params)?.parse().ok()?;
        if !self.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, wording) in &self.query {
                if let Some(value) = wording.put(params) {
                    pairs.append_pair(name, &value);
                }
            }
        }
        Some(url)
    }
}

impl Worder {
    fn new<E>(value: Value, worded: &impl Fn(&str) -> Result<Wording, E>) -> Result<Self, E> {
        Ok(match value {
            Value::String(text) => Self::Text(worded(&text)?),
            Value::Array(items) => {
                Self::List(items.into_iter().map(|item| Self::new(item, worded)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::new(value, worded)?)))
                    .collect::<Result<_, _>>()?,
            ),
            plain => Self::Plain(plain),
        })
    }

    fn put(&self, params: &Map<String, Value>) -> Option<Value> {
        Some(match self {
            Self::Plain(value) => value.clone(),
            Self::Text(wording) => Value::String(wording.put(params)?),
            Self::List(items) => items.iter().filter_map(|item| item.put(params)).collect(),
            Self::Object(fields) => {
                fields.iter().filter_map(|(name, of)| Some((name.clone(), of.put(params)?))).collect()
            }
        })
    }
}

impl HttpProvider {
    /// A provider of this source. `egress` reaches its [`origins`].
    ///
    /// # Errors
    /// What of the description cannot be meant.
    pub fn new(
        name: &str,
        source: &context::Source,
        requests: Vec<RequestSettings>,
        timeout: Duration,
        egress: Egress,
        secrets: Arc<Secrets>,
    ) -> Result<Self, SettingsError> {
        let whole = |message: String| SettingsError { place: "requests".to_owned(), message };
        if source.tier != Tier::Outside {
            return Err(whole(format!("the host itself answers {}", source.name)));
        }
        if requests.is_empty() || requests.len() > MAX_REQUESTS {
            return Err(whole(format!("there are 1 to {MAX_REQUESTS}")));
        }
        let requests = requests
            .into_iter()
            .enumerate()
            .map(|(index, settings)| Request::new(index, source, settings))
            .collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), requests, timeout, egress, secrets })
    }

    /// Whether a request answers a source that is asked with these parameters.
    pub fn answers(&self, source: &str, asked_with: &[&str]) -> bool {
        let params: Map<String, Value> = asked_with.iter().map(|name| ((*name).to_owned(), Value::from("x"))).collect();
        self.requests.iter().any(|request| request.is_for(source, &params))
    }

    fn failed(&self, kind: ReadErrorKind, billing: Billing, message: &str) -> ProviderError {
        ProviderError { kind, message: format!("{} {message}", self.name), retry_after_ms: None, billing }
    }

    /// What a reply says, or why it says nothing.
    fn read(&self, request: &Request, reply: &Reply) -> Result<Answer, ProviderError> {
        let status = reply.status;
        if request.nothing.contains(&status) {
            return Ok(Answer { value: Value::Null, billing: Billing::Free });
        }
        if !(200..300).contains(&status) {
            let is_free = status < 500 || TURNED_AWAY.contains(&status);
            let billing = if is_free { Billing::Free } else { Billing::Unknown };
            let retry_after_ms = match status {
                429 => Some(reply.retry_after_ms.unwrap_or(BUSY_VENDOR_MS)),
                _ => reply.retry_after_ms.filter(|_| TURNED_AWAY.contains(&status)),
            };
            let what = match status {
                429 => "takes no more questions for now (429)".to_owned(),
                401 | 403 => format!("does not accept the host's key ({status})"),
                300..=399 => format!("sends on to another address ({status}), which is not followed"),
                _ => format!("answered {status}"),
            };
            return Err(ProviderError { retry_after_ms, ..self.failed(ReadErrorKind::Unavailable, billing, &what) });
        }
        let unavailable = |message: &str| self.failed(ReadErrorKind::Unavailable, Billing::Unknown, message);
        if is_page(reply) {
            return Err(unavailable(&format!("answered {status} with a page and not with JSON")));
        }
        let answer: Value =
            serde_json::from_slice(&reply.body).map_err(|_| unavailable(&format!("answered {status} without JSON")))?;
        let failure = request.fails_at.as_ref().and_then(|pointer| answer.pointer(pointer));
        if failure.is_some_and(|failure| !matches!(failure, Value::Null | Value::Bool(false))) {
            return Err(unavailable(&format!("answered {status} and says in it that it failed")));
        }
        Ok(Answer { value: request.answer.read(&answer), billing: Billing::Billed })
    }
}

/// Whether it is for people: what a proxy, a sign-in or a mistaken address answers.
fn is_page(reply: &Reply) -> bool {
    let is_said = reply.content_type.as_ref().is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    is_said || reply.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

#[async_trait::async_trait]
impl Provider for HttpProvider {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Answer, ProviderError> {
        let none = Map::new();
        let params = lookup.params.as_object().unwrap_or(&none);
        let Some(request) = self.requests.iter().find(|request| request.is_for(lookup.source, params)) else {
            let message = "is not set up to be asked this way";
            return Err(self.failed(ReadErrorKind::InvalidParams, Billing::Free, message));
        };
        let Some(url) = request.address(params) else {
            let message = "cannot be asked this: a parameter is no part of an address";
            return Err(self.failed(ReadErrorKind::InvalidParams, Billing::Free, message));
        };
        let body = request.body.as_ref().and_then(|body| body.put(params));
        let worded = Worded { url, headers: &request.headers, body: body.as_ref(), timeout: self.timeout };
        match self.egress.call_worded(worded, &self.secrets).await {
            Ok(reply) => self.read(request, &reply),
            Err(error) => {
                let billing = if error.is_certainly_undone() { Billing::Free } else { Billing::Unknown };
                let message = match error {
                    EgressError::Unreachable { .. } => "cannot be reached".to_owned(),
                    EgressError::Unanswered { why, .. } => format!("gave no whole answer ({why})"),
                    error => format!("cannot be asked: {error}"),
                };
                Err(self.failed(ReadErrorKind::Unavailable, billing, &message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::egress::EgressConfig;

    fn provider(source: &str, requests: Value) -> Result<HttpProvider, String> {
        let requests: Vec<RequestSettings> = serde_json::from_value(requests).map_err(|error| error.to_string())?;
        let allow = origins(&requests).map_err(|error| error.to_string())?;
        let egress = Egress::new(&EgressConfig::to(allow)).unwrap();
        let source = context::find(source).unwrap();
        HttpProvider::new("wire", source, requests, Duration::from_secs(1), egress, Arc::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_description_that_cannot_be_meant_is_refused_by_its_place() {
        let request = |more: Value| {
            let mut request = json!({"url": "https://api.test/v1", "answer": {"person": {"name": "/n"}}});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!([request])
        };
        for (source, requests, says) in [
            ("apollo", json!([]), "requests: there are 1 to 8"),
            ("deal", request(json!({})), "the host itself answers deal"),
            ("apollo", request(json!({"url": "ftp://api.test"})), "requests[0].url: an address begins with https://"),
            ("apollo", request(json!({"url": "https://{email}/x", "when": ["email"]})), "the host is said as it is"),
            ("apollo", request(json!({"url": "https://a@api.test/"})), "the host is said as it is"),
            (
                "apollo",
                request(json!({"url": "https://api.test/{email}"})),
                "`{email}` is in the address, so it belongs into `when`",
            ),
            (
                "apollo",
                request(json!({"url": "https://api.test/{phone}"})),
                "`phone` is no parameter of the source; it takes email, domain",
            ),
            ("apollo", request(json!({"when": ["phone"]})), "requests[0].when: `phone` is no parameter"),
            ("apollo", request(json!({"query": {"q": "{emial}"}})), "requests[0].query: `emial` is no parameter"),
            ("apollo", request(json!({"body": {"a": ["{x"]}})), "requests[0].body: `{x`: a placeholder"),
            ("apollo", request(json!({"headers": {"x key": "1"}})), "requests[0].headers: `x key` is no header"),
            ("apollo", request(json!({"answer": {"persona": "/x"}})), "requests[0].answer: `persona` is no field"),
            ("apollo", request(json!({"fails_at": "error"})), "requests[0].fails_at"),
            ("apollo", request(json!({"metod": "post"})), "unknown field `metod`"),
            ("templates", request(json!({"when": ["id"], "answer": {"person": "/x"}})), "`person` is no field"),
        ] {
            let error = provider(source, requests.clone()).err().unwrap();
            assert!(error.contains(says), "{requests}: {error}");
        }
    }

    #[test]
    fn the_first_request_whose_parameters_are_said_is_asked() {
        let provider = provider(
            "news",
            json!([
                {"when": ["domain"], "url": "https://api.test/by/{domain}", "answer": {}},
                {"when": ["company"], "url": "https://api.test/all?v=2", "answer": {},
                 "query": {"q": "\"{company}\"", "from": "{since}", "size": "5"}},
            ]),
        )
        .unwrap();
        let asked = |params: Value| {
            let params = params.as_object().unwrap().clone();
            let request = provider.requests.iter().find(|request| request.is_for("news", &params))?;
            request.address(&params).map(String::from)
        };
        assert_eq!(asked(json!({"domain": "x.test"})).as_deref(), Some("https://api.test/by/x.test"));
        assert_eq!(
            asked(json!({"company": "A&B"})).as_deref(),
            Some("https://api.test/all?v=2&q=%22A%26B%22&size=5"),
            "what is not said is left out"
        );
        assert_eq!(
            asked(json!({"company": "A", "since": "2026-11-01"})).as_deref(),
            Some("https://api.test/all?v=2&from=2026-11-01&q=%22A%22&size=5")
        );
        assert_eq!(asked(json!({})), None);
    }

    #[test]
    fn a_request_answers_what_it_has_the_shape_of() {
        let list = json!({"url": "https://api.test/all", "answer": {"from": "/all", "each": {"id": "/id", "kind": "/kind",
            "name": "/name", "updated_at": "/at"}}});
        let provider = provider("templates", json!([list])).unwrap();
        assert!(provider.answers("templates", &[]) && provider.answers("templates", &["kind"]));
        assert!(!provider.answers("templates", &["id"]), "one in full is no list");
    }
}

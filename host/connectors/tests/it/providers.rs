//! A described provider against a server that is as strict as a vendor's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::secret::{BoundSecret, Secrets};
use skillhost_connectors::egress::{Egress, EgressConfig};
use skillhost_connectors::providers::http::{HttpProvider, RequestSettings, origins};
use skillhost_engine::context::{self, ReadErrorKind, shape};
use skillhost_engine::provider::{Answer, Billing, Lookup, Provider, ProviderError};
use skillhost_engine::time::Timestamp;

const KEY: &str = "key-of-the-vendor-7";

/// What is answered, and what was asked.
#[derive(Clone, Default)]
struct Vendor {
    says: Arc<Mutex<Option<Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Says {
    status: u16,
    kind: &'static str,
    body: String,
    retry_after: Option<&'static str>,
    /// Nothing ever comes.
    hangs: bool,
}

fn says(status: u16, body: &Value) -> Says {
    Says { status, kind: "application/json", body: body.to_string(), retry_after: None, hangs: false }
}

async fn answer(State(vendor): State<Vendor>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let asked = format!("{method} {uri} {}", String::from_utf8_lossy(&body));
    vendor.asked.lock().unwrap().push(asked.trim_end().to_owned());
    if text("x-api-key") != KEY {
        return (StatusCode::UNAUTHORIZED, "no key").into_response();
    }
    if method == Method::POST && text("content-type") != "application/json" {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON only").into_response();
    }
    let says = vendor.says.lock().unwrap().clone().unwrap();
    if says.hangs {
        std::future::pending::<()>().await;
    }
    let mut response = (StatusCode::from_u16(says.status).unwrap(), says.body).into_response();
    response.headers_mut().insert("content-type", says.kind.parse().unwrap());
    if let Some(seconds) = says.retry_after {
        response.headers_mut().insert("retry-after", seconds.parse().unwrap());
    }
    response
}

struct Setting {
    vendor: Vendor,
    provider: HttpProvider,
    port: u16,
}

async fn serve(vendor: Vendor) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(answer).with_state(vendor);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

fn secrets(port: u16) -> Arc<Secrets> {
    let bound = BoundSecret {
        host: format!("127.0.0.1:{port}"),
        header: "x-api-key".to_owned(),
        value: SecretString::from(KEY),
    };
    Arc::new(Secrets::new([("vendor".to_owned(), bound)].into()).unwrap())
}

fn provider(source: &str, requests: Value, secrets: Arc<Secrets>) -> HttpProvider {
    let requests: Vec<RequestSettings> = serde_json::from_value(requests).unwrap();
    let egress = Egress::new(&EgressConfig::to(origins(&requests).unwrap())).unwrap();
    let source = context::find(source).unwrap();
    HttpProvider::new("vendor", source, requests, Duration::from_millis(500), egress, secrets).unwrap()
}

async fn apollo() -> Setting {
    let vendor = Vendor::default();
    let port = serve(vendor.clone()).await;
    let requests = json!([
        {"when": ["email"], "url": format!("http://127.0.0.1:{port}/v1/people/match"),
         "headers": {"X-Api-Key": "{{secret:vendor}}"}, "body": {"email": "{email}", "reveal": false},
         "fails_at": "/error",
         "answer": {"person": {"name": "/person/name", "email": "/person/email", "title": "/person/title"},
                    "company": {"name": "/org/name", "size": "/org/employees",
                                "technologies": {"from": "/org/tech", "each": "/name"}}}},
        {"when": ["domain"], "url": format!("http://127.0.0.1:{port}/v1/org/{{domain}}"), "query": {"full": "1"},
         "headers": {"x-api-key": "{{secret:vendor}}"}, "answer": {"company": {"name": "/name"}}},
    ]);
    Setting { provider: provider("apollo", requests, secrets(port)), vendor, port }
}

impl Setting {
    async fn ask(&self, params: Value) -> Result<Answer, ProviderError> {
        let lookup = Lookup {
            org: "acme".into(),
            user: "ada".into(),
            source: "apollo",
            params,
            now: Timestamp(1_795_186_800_000),
        };
        self.provider.look_up(&lookup).await
    }

    async fn told(&self, says: Says) -> Result<Answer, ProviderError> {
        *self.vendor.says.lock().unwrap() = Some(says);
        self.ask(json!({"email": "mira@globex.test"})).await
    }
}

#[tokio::test]
async fn a_question_is_put_as_described_and_its_answer_has_the_sources_shape() {
    let setting = apollo().await;
    let said = json!({"person": {"name": "Mira Holt", "email": "MIRA@globex.test"},
        "org": {"name": "Globex", "employees": "250", "tech": [{"name": "sql"}, {"other": 1}]}, "error": null});
    let answer = setting.told(says(200, &said)).await.unwrap();
    assert_eq!(answer.billing, Billing::Billed);
    let mut value = answer.value;
    value["as_of"] = json!("2026-11-20T15:00:00Z");
    value["provider"] = json!("vendor");
    let taken = shape::accept("apollo", &json!({"email": "x"}), value).unwrap();
    assert_eq!((&taken["person"]["email"], &taken["person"]["title"]), (&json!("mira@globex.test"), &Value::Null));
    assert_eq!((&taken["company"]["size"], &taken["company"]["technologies"]), (&json!(250), &json!(["sql"])));

    *setting.vendor.says.lock().unwrap() = Some(says(200, &json!({"name": "Globex"})));
    let answer = setting.ask(json!({"domain": "globex.test"})).await.unwrap();
    assert_eq!(answer.value, json!({"company": {"name": "Globex"}}));
    let asked = setting.vendor.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        ["POST /v1/people/match {\"email\":\"mira@globex.test\",\"reveal\":false}", "GET /v1/org/globex.test?full=1"]
    );
}

#[tokio::test]
async fn each_way_to_fail_says_what_it_was_and_what_it_may_cost() {
    let setting = apollo().await;
    let page = Says { kind: "text/html; charset=utf-8", body: "<html>Sign in</html>".into(), ..says(200, &json!({})) };
    let plain_page = Says { kind: "application/json", body: "\n <!doctype html>".into(), ..page.clone() };
    let cut = Says { body: "{\"person\": {".into(), ..says(200, &json!({})) };
    for (said, message, billing) in [
        (says(401, &json!({})), "vendor does not accept the host's key (401)", Billing::Free),
        (says(400, &json!({"secret": "mira"})), "vendor answered 400", Billing::Free),
        (says(500, &json!({})), "vendor answered 500", Billing::Unknown),
        (says(302, &json!({})), "vendor sends on to another address (302), which is not followed", Billing::Free),
        (page, "vendor answered 200 with a page and not with JSON", Billing::Unknown),
        (plain_page, "vendor answered 200 with a page and not with JSON", Billing::Unknown),
        (cut, "vendor answered 200 without JSON", Billing::Unknown),
        (
            says(200, &json!({"error": "quota of mira"})),
            "vendor answered 200 and says in it that it failed",
            Billing::Unknown,
        ),
        (Says { hangs: true, ..says(200, &json!({})) }, "vendor gave no whole answer (timeout)", Billing::Unknown),
    ] {
        let error = setting.told(said).await.unwrap_err();
        assert_eq!((error.message.as_str(), error.billing), (message, billing));
        assert_eq!((error.kind, error.retry_after_ms), (ReadErrorKind::Unavailable, None), "{message}");
    }
    let nothing = setting.told(says(404, &json!({"message": "no match"}))).await.unwrap();
    assert_eq!(nothing, Answer { value: Value::Null, billing: Billing::Free });
    let refused = setting.ask(json!({"name": "Mira"})).await.unwrap_err();
    assert_eq!((refused.kind, refused.billing), (ReadErrorKind::InvalidParams, Billing::Free));
}

#[tokio::test]
async fn a_vendor_that_asks_for_a_pause_is_heard() {
    let setting = apollo().await;
    for status in [429, 503] {
        let said = Says { retry_after: Some("7"), ..says(status, &json!({})) };
        let error = setting.told(said).await.unwrap_err();
        assert_eq!((error.retry_after_ms, error.billing), (Some(7_000), Billing::Free), "{status}");
    }
    let error = setting.told(says(429, &json!({}))).await.unwrap_err();
    assert_eq!(error.message, "vendor takes no more questions for now (429)");
}

#[tokio::test]
async fn a_vendor_that_is_not_there_costs_nothing() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let requests = json!([{"url": format!("http://127.0.0.1:{gone}/"), "answer": {}}]);
    let provider = provider("apollo", requests, Arc::default());
    let lookup = Lookup {
        org: "acme".into(),
        user: "ada".into(),
        source: "apollo",
        params: json!({"email": "a@b.test"}),
        now: Timestamp(0),
    };
    let error = provider.look_up(&lookup).await.unwrap_err();
    assert_eq!((error.message.as_str(), error.billing), ("vendor cannot be reached", Billing::Free));
}

#[tokio::test]
async fn a_key_goes_to_its_host_and_header_only_and_never_comes_back() {
    let setting = apollo().await;
    // An answer that repeats the key is read without it.
    let said = json!({"person": {"name": KEY}});
    let answer = setting.told(says(200, &said)).await.unwrap();
    assert_eq!(answer.value["person"]["name"], "{{secret:vendor}}");
    for (header, value) in [("authorization", "Bearer {{secret:vendor}}"), ("x-api-key", "{{secret:other}}")] {
        let url = format!("http://127.0.0.1:{}/v1", setting.port);
        let requests = json!([{"url": url, "headers": {header: value}, "answer": {}}]);
        let provider = provider("apollo", requests, secrets(setting.port));
        let before = setting.vendor.asked.lock().unwrap().len();
        let params = json!({"email": "a@b.test"});
        let lookup = Lookup { org: "acme".into(), user: "ada".into(), source: "apollo", params, now: Timestamp(0) };
        let error = provider.look_up(&lookup).await.unwrap_err();
        assert!(error.message.contains("names a secret that is not bound to this host and header"), "{error}");
        assert!(error.billing == Billing::Free && !error.message.contains(KEY));
        assert_eq!(setting.vendor.asked.lock().unwrap().len(), before, "nothing was sent");
    }
}

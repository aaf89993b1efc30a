//! What a person released is sent: where the rights lead, once, and with a clear end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::change::KEY_HEADER;
use skillhost_connectors::egress::fetch::{FetchConfig, Fetcher};
use skillhost_connectors::egress::secret::{BoundSecret, Secrets};
use skillhost_connectors::request::HttpRequests;
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer as _};

use super::web::Web;

const TOKEN: &str = "t0ken-of-the-desk-1234567890";

fn row(authority: &str, payload: Value) -> OutboxRow {
    let rights = [format!("http:{authority}/"), "secret:desk".to_owned(), "effect:http.request".to_owned()];
    serde_json::from_value(json!({
        "key": "eff_1", "org": "acme", "user": "u-dana", "job": "job_1", "step": "s", "local_id": "e",
        "kind": "http.request", "payload": payload, "after": [], "module": null, "rights": rights,
        "digest": "", "approval": null, "release": null, "state": "sending", "revision": 1, "attempt": 1,
        "not_before": 0, "last_error": null, "receipt": null, "created_at": 0, "updated_at": 0,
    }))
    .unwrap()
}

fn requests(config: FetchConfig, web: &Web) -> HttpRequests {
    let secret =
        BoundSecret { host: web.authority(), header: "authorization".into(), value: SecretString::from(TOKEN) };
    let secrets = Secrets::new(BTreeMap::from([("desk".to_owned(), secret)])).unwrap();
    HttpRequests::new(Arc::new(Fetcher::new(config, secrets).unwrap()))
}

fn reaching(web: &Web) -> FetchConfig {
    FetchConfig { allow_private: [web.address].into(), ..FetchConfig::default() }
}

async fn performed(web: &Web, payload: Value) -> Delivery {
    requests(reaching(web), web).perform(&row(&web.authority(), payload)).await
}

#[tokio::test]
async fn a_request_arrives_as_it_was_approved_with_its_secret_and_its_key() {
    let web = Web::start().await;
    for (method, said, body, content_type) in [
        ("POST", json!({"json": {"title": "Call Mira"}}), Some("{\"title\":\"Call Mira\"}"), "application/json"),
        ("PUT", json!({"text": "as it is"}), Some("as it is"), "text/plain; charset=utf-8"),
        (
            "PATCH",
            json!({"json": [1], "headers": {"content-type": "application/json-patch+json"}}),
            Some("[1]"),
            "application/json-patch+json",
        ),
        ("DELETE", json!({}), None, ""),
    ] {
        let (heads, bodies) = (web.heads().len(), web.bodies().len());
        let mut payload = said;
        payload["method"] = json!(method);
        payload["url"] = json!(web.url("/v1/tickets"));
        payload["headers"]["authorization"] = json!("Bearer {{secret:desk}}");
        let ended = performed(&web, payload).await;
        assert_eq!(ended, Delivery::Sent { receipt: json!({"status": 200}) }, "{method}");
        let head = web.heads()[heads..].concat();
        assert!(head.starts_with(&format!("{method} /v1/tickets HTTP/1.1\r\n")), "{head}");
        assert!(head.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{head}");
        assert!(head.contains(&format!("{KEY_HEADER}: eff_1\r\n")), "{head}");
        assert_eq!(head.matches("content-type").count(), usize::from(body.is_some()), "{head}");
        assert!(body.is_none() || head.contains(&format!("content-type: {content_type}\r\n")), "{head}");
        assert_eq!(web.bodies()[bodies..].concat(), body.unwrap_or_default());
    }
}

#[tokio::test]
async fn what_the_server_says_decides_how_it_ended() {
    let web = Web::start().await;
    let post = |path: &str| performed(&web, json!({"method": "POST", "url": web.url(path), "json": {}}));
    assert!(matches!(post("/busy").await, Delivery::Transient { retry_after_ms: Some(40_000), .. }));
    assert!(matches!(post("/status").await, Delivery::Permanent { .. }));
    // Nobody knows what a server did that answered so, or not at all.
    assert!(matches!(post("/fault").await, Delivery::Unknown { .. }));
    assert!(matches!(post("/hang-up").await, Delivery::Unknown { .. }));
    assert_eq!(web.heads().len(), 4, "one attempt each");
    // A person approved one address.
    let Delivery::Permanent { reason } = post("/to?/v1/tickets").await else { panic!("a redirect is no success") };
    assert!(reason.contains("leads elsewhere"), "{reason}");
    assert_eq!(web.heads().len(), 5, "and it was not followed");
}

#[tokio::test]
async fn a_server_that_hangs_leaves_it_open_and_one_that_is_not_there_does_not() {
    let web = Web::start().await;
    let slow = json!({"method": "POST", "url": web.url("/slow-head"), "json": {}});
    let config = FetchConfig { timeout: Duration::from_millis(300), ..reaching(&web) };
    let ended = requests(config, &web).perform(&row(&web.authority(), slow)).await;
    assert!(matches!(ended, Delivery::Unknown { .. }), "{ended:?}");
    let (address, row) =
        (web.address, row(&web.authority(), json!({"method": "POST", "url": web.url("/"), "json": {}})));
    let requests = requests(FetchConfig { allow_private: [address].into(), ..FetchConfig::default() }, &web);
    drop(web);
    let ended = requests.perform(&row).await;
    assert!(matches!(ended, Delivery::Transient { retry_after_ms: None, .. }), "{ended:?}");
}

#[tokio::test]
async fn nothing_leaves_for_a_place_or_with_a_secret_that_the_call_had_no_right_to() {
    let (web, other) = (Web::start().await, Web::start().await);
    let send =
        requests(FetchConfig { allow_private: [web.address, other.address].into(), ..FetchConfig::default() }, &web);
    let payload = |url: String| json!({"method": "POST", "url": url, "json": {}});
    let mut secretless = row(&web.authority(), payload(web.url("/v1")));
    secretless.payload["headers"] = json!({"authorization": "{{secret:desk}}"});
    secretless.rights.retain(|right| !right.starts_with("secret:"));
    let elsewhere = row(&web.authority(), payload(other.url("/v1")));
    // The metadata service, and this very host, with a right to both.
    let mut private = row(&web.authority(), payload("http://169.254.169.254/latest".to_owned()));
    private.rights.push("http:169.254.169.254:80/".to_owned());
    for row in [secretless, elsewhere, private] {
        let Delivery::Permanent { reason } = send.perform(&row).await else { panic!("{} left", row.payload) };
        assert!(!reason.contains(TOKEN));
    }
    let unlisted = requests(FetchConfig::default(), &web);
    let ended = unlisted.perform(&row(&web.authority(), payload(web.url("/v1")))).await;
    assert!(matches!(ended, Delivery::Permanent { .. }), "the loopback is not public: {ended:?}");
    assert_eq!((web.heads().len(), other.heads().len()), (0, 0));
}

#[test]
fn a_pause_is_of_one_server_alone() {
    let gate = |url: &str| {
        let row = row("api.example.com", json!({"method": "POST", "url": url}));
        let fetcher = Fetcher::new(FetchConfig::default(), Secrets::default()).unwrap();
        HttpRequests::new(Arc::new(fetcher)).gate(&row).into_owned()
    };
    assert_eq!(gate("https://api.example.com/a"), "api.example.com");
    assert_ne!(gate("https://api.example.com/a"), gate("https://api.example.org/a"));
    assert_eq!((gate("nowhere").as_str(), gate("https://slack/api").as_str()), ("http", "http"));
}

//! `http.request` through the whole host: what a person approved is sent once, and no further
//! than the skill may reach.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::outcome::{Ask, Editable, Outcome};
use skillhost_server::view::JobView;
use skillhost_tests::given::{effect, given, question};
use skillhost_tests::test_host::{REP, TestHost};
use skillhost_tests::web::Web;

/// More than the undo window.
const UNDO_OVER_MS: i64 = 11_000;

/// A question about a request to the address that the event names.
fn answer(ask: &str) -> Outcome {
    let payload = json!({ "method": "POST", "url": ask, "json": { "title": "Call Mira" } });
    let mut asked = question(vec![effect("http.request", payload)]);
    if let Ask::Review { editable, .. } = &mut asked.ask {
        editable.push(Editable {
            effect: "http-request".to_owned(),
            pointer: "/url".to_owned(),
            label: "Address".to_owned(),
            multiline: false,
        });
    }
    Outcome { output: json!({}), approvals: vec![asked], ..Outcome::default() }
}

/// A host whose skill may reach `/v1` of the server.
async fn host(web: &Web) -> TestHost {
    let address = web.address;
    let place = format!("http:{}/v1", web.authority());
    let adjust = move |config: &mut skillhost_server::config::Config| {
        config.outside.fetch.allow_private.insert(address);
    };
    TestHost::with(adjust, given(&["http.request", &place], answer)).await
}

async fn asked(host: &TestHost, url: &str, id: &str) -> JobView {
    let job = host.raise(&json!({ "message_id": id, "ask": url, "contact_id": "c1" })).await;
    host.until(&job, |view| !view.approvals.is_empty() || view.status.is_ended()).await
}

async fn answered(host: &TestHost, view: &JobView, answer: &Value) -> (u16, Value) {
    host.post(REP, &format!("/v1/approvals/{}/answer", view.approvals[0].id), answer).await
}

fn states(view: &JobView) -> Vec<EffectState> {
    view.effects.iter().map(|effect| effect.state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_shown_whole_and_leaves_once_after_its_yes() {
    let web = Web::start().await;
    let host = host(&web).await;
    let view = asked(&host, &web.url("/v1/tickets"), "m-1").await;
    let card = serde_json::to_string(&view.approvals[0].card).unwrap();
    for part in ["POST", &web.url("/v1/tickets"), "Call Mira"] {
        assert!(card.contains(part), "{part} is not on the card: {card}");
    }
    // A person may change what is sent, and not how far the skill reaches.
    let to = |path: &str| json!([{ "effect": "http-request", "pointer": "/url", "value": web.url(path) }]);
    let (status, said) = answered(&host, &view, &json!({ "answer": "approve", "edits": to("/admin") })).await;
    assert_eq!(status, 422, "{said}");
    assert!(said.to_string().contains(&format!("http:{}/admin", web.authority())), "{said}");
    let (status, said) = answered(&host, &view, &json!({ "answer": "approve", "edits": to("/v1/leads") })).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(web.heads(), Vec::<String>::new(), "it can still be taken back");
    host.clock.advance(UNDO_OVER_MS);
    let done = host.until(view.id.as_str(), |view| view.status.is_ended()).await;
    assert_eq!(states(&done), [EffectState::Sent]);
    assert!(web.heads().concat().starts_with("POST /v1/leads HTTP/1.1\r\n"), "{:?}", web.heads());
    assert_eq!(web.bodies(), ["{\"title\":\"Call Mira\"}"]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_the_skill_may_not_reach_is_never_asked_about() {
    let web = Web::start().await;
    let host = host(&web).await;
    for (n, path) in ["/admin", "/v10/tickets", "/v1/../admin"].into_iter().enumerate() {
        let view = asked(&host, &web.url(path), &format!("m-{n}")).await;
        assert!(view.approvals.is_empty() && view.effects.is_empty() && view.status.is_ended(), "{path}: {view:?}");
    }
    assert_eq!(web.heads(), Vec::<String>::new());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_which_nobody_knows_whether_it_was_done_is_not_sent_again() {
    let web = Web::start().await;
    let view = {
        let host = host(&web).await;
        // Below the right, where the server answers with a fault of its own.
        let view = asked(&host, &web.url("/v1/fault"), "m-1").await;
        assert_eq!(answered(&host, &view, &json!({ "answer": "approve" })).await.0, 200);
        host.clock.advance(UNDO_OVER_MS);
        let unknown = |view: &JobView| states(view) == [EffectState::Unknown];
        let view = host.until(view.id.as_str(), unknown).await;
        host.clock.advance(24 * 3_600_000);
        let later = host.until(view.id.as_str(), |view| view.approvals.len() > 1 || unknown(view)).await;
        assert!(unknown(&later), "{later:?}");
        host.stop().await;
        later
    };
    assert_eq!(web.heads().len(), 1, "{view:?}");
}

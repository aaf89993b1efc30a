use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use secrecy::SecretString;
use skillhost_connectors::egress::{Egress, EgressConfig, EgressError, Outgoing, Payload};
use url::Url;

async fn serve() -> Url {
    let routes = Router::new()
        .route("/big", get(|| async { "x".repeat(5000) }))
        .route("/moved", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/big")]) }))
        .route(
            "/echo",
            get(|headers: HeaderMap| async move {
                headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
            }),
        )
        .route("/stuck", get(|| async { std::future::pending::<String>().await }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    // The runtime of the test owns it and ends it.
    tokio::spawn(async move { axum::serve(listener, routes).await });
    base
}

fn get_of(url: Url) -> Outgoing<'static> {
    Outgoing { url, bearer: None, payload: Payload::Get }
}

#[tokio::test]
async fn only_listed_origins_over_http_are_called() {
    let egress = Egress::new(&EgressConfig::to(vec![Url::parse("https://slack.com/api/").unwrap()])).unwrap();
    let admit = |url: &str| egress.admit(&Url::parse(url).unwrap());
    assert!(admit("https://slack.com/api/chat.postMessage").is_ok());
    for url in
        ["http://slack.com/api", "https://slack.com:444/", "https://evil.slack.com/", "https://slack.com.evil.example/"]
    {
        assert!(matches!(admit(url), Err(EgressError::NotAllowed { .. })), "{url}");
    }
    for url in ["file:///etc/passwd", "ftp://slack.com/", "data:text/plain,x"] {
        assert!(matches!(admit(url), Err(EgressError::Scheme { .. })), "{url}");
    }
    assert!(matches!(admit("https://user:pass@slack.com/"), Err(EgressError::Credentials)));
}

#[tokio::test]
async fn redirects_are_answers_and_big_bodies_are_cut() {
    let base = serve().await;
    let config = EgressConfig { max_reply_bytes: 4999, ..EgressConfig::to(vec![base.clone()]) };
    let egress = Egress::new(&config).unwrap();
    let moved = egress.call(get_of(base.join("moved").unwrap())).await.unwrap();
    assert_eq!((moved.status, moved.body.len()), (302, 0));
    let big = egress.call(get_of(base.join("big").unwrap())).await;
    assert!(matches!(big, Err(EgressError::TooLarge { limit: 4999, .. })));
    let agent = egress.call(get_of(base.join("echo").unwrap())).await.unwrap();
    assert!(agent.body.starts_with(b"skillhost/"));
}

#[tokio::test]
async fn errors_tell_not_sent_from_not_known_and_show_no_secret() {
    let base = serve().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = Url::parse(&format!("http://{free}/hook/path-secret?key=query-secret")).unwrap();
    let config = EgressConfig {
        total_timeout: Duration::from_millis(200),
        ..EgressConfig::to(vec![base.clone(), nobody.clone()])
    };
    let egress = Egress::new(&config).unwrap();
    let token = SecretString::from("xoxb-secret");
    let refused = egress.call(Outgoing { url: nobody, bearer: Some(&token), payload: Payload::Get }).await.unwrap_err();
    assert!(matches!(refused, EgressError::Unreachable { .. }) && refused.is_certainly_undone());
    let mut stuck = base.join("stuck").unwrap();
    stuck.set_query(Some("key=query-secret"));
    let stuck = egress.call(Outgoing { url: stuck, bearer: Some(&token), payload: Payload::Get }).await.unwrap_err();
    assert!(matches!(stuck, EgressError::Unanswered { .. }) && !stuck.is_certainly_undone());
    for error in [refused, stuck] {
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

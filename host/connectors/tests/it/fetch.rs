//! Skills' fetches against real servers: every hop is decided anew.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use skillhost_connectors::egress::fetch::{FetchConfig, Fetcher, MAX_REDIRECTS};
use skillhost_connectors::egress::resolve::Resolver;
use skillhost_connectors::egress::secret::{BoundSecret, Secrets};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, FetchMethod, Fetched};
use skillhost_engine::rights::{Right, RightSet};

use super::web::Web;

const TOKEN: &str = "t0ken-of-the-crm-1234567890";

/// Answers each question with the next of these, and the last for ever.
struct Scripted {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl Resolver for Scripted {
    async fn resolve(&self, _: &str, _: u16) -> std::io::Result<Vec<SocketAddr>> {
        let at = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
        Ok(self.answers[at].clone())
    }
}

fn scripted(answers: &[&[&str]]) -> Arc<Scripted> {
    let answers = answers.iter().map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect()).collect();
    Arc::new(Scripted { answers, asked: AtomicUsize::new(0) })
}

fn rights(texts: &[&str]) -> RightSet {
    texts.iter().map(|text| text.parse::<Right>().unwrap()).collect()
}

fn get(url: &str) -> Fetch {
    Fetch { method: FetchMethod::Get, url: url.to_owned(), headers: vec![] }
}

fn config(allowed: &[&Web]) -> FetchConfig {
    FetchConfig { allow_private: allowed.iter().map(|web| web.address).collect(), ..FetchConfig::default() }
}

/// A fetcher that may reach these servers, with a token bound to the first.
fn fetcher(allowed: &[&Web]) -> Fetcher {
    let secret =
        BoundSecret { host: allowed[0].authority(), header: "authorization".into(), value: SecretString::from(TOKEN) };
    let secrets = Secrets::new(BTreeMap::from([("crm".to_owned(), secret)])).unwrap();
    Fetcher::new(config(allowed), secrets).unwrap()
}

fn kind(answer: &Result<Fetched, FetchError>) -> FetchErrorKind {
    answer.as_ref().unwrap_err().kind
}

#[tokio::test]
async fn a_good_server_is_read_whole() {
    let web = Web::start().await;
    let all = rights(&[&format!("http:{}/", web.authority())]);
    let fetcher = fetcher(&[&web]);
    let answer = fetcher.fetch(get(&web.url("/page?q=1")), &all).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"We agreed on \"the pilot\"."[..]));
    assert!(answer.headers.contains(&("etag".to_owned(), "\"1\"".to_owned())));
    assert!(!answer.headers.iter().any(|(name, _)| name == "connection"), "hop by hop");
    let head = Fetch { method: FetchMethod::Head, ..get(&web.url("/page")) };
    assert_eq!(fetcher.fetch(head, &all).await.unwrap().body, b"");
    assert_eq!(fetcher.fetch(get(&web.url("/status")), &all).await.unwrap().status, 404, "an answer is no error");
    let sent = web.heads();
    assert!(
        sent[0].starts_with("GET /page?q=1 HTTP/1.1\r\n") && sent[0].contains("accept-encoding: identity"),
        "{sent:?}"
    );
    assert!(sent[1].starts_with("HEAD "), "{sent:?}");
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling() {
    let web = Web::start().await;
    let port = web.address.port();
    let fetcher = Fetcher::new(FetchConfig::default(), Secrets::default()).unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ] {
        let all = rights(&[&format!("http:{host}:{port}/")]);
        let answer = fetcher.fetch(get(&format!("http://{host}:{port}/")), &all).await;
        assert_eq!(kind(&answer), FetchErrorKind::Forbidden, "{host}: {answer:?}");
    }
    for host in ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "①②⑦.⓪.⓪.①"] {
        let all = rights(&[&format!("http:127.0.0.1:{port}/"), &format!("http:localhost:{port}/")]);
        let answer = fetcher.fetch(get(&format!("http://{host}:{port}/")), &all).await;
        assert_eq!(kind(&answer), FetchErrorKind::InvalidRequest, "{host}: {answer:?}");
    }
    assert_eq!(web.heads(), Vec::<String>::new(), "nothing arrived");
}

#[tokio::test]
async fn a_redirect_to_the_metadata_address_is_refused_with_and_without_a_right_to_it() {
    let web = Web::start().await;
    let own = format!("http:{}/", web.authority());
    let fetcher = fetcher(&[&web]);
    let led = web.url("/to?http://169.254.169.254/latest/meta-data/");
    let answer = fetcher.fetch(get(&led), &rights(&[&own])).await;
    assert_eq!(kind(&answer), FetchErrorKind::Denied);
    assert!(answer.unwrap_err().message.contains("`http:169.254.169.254:80/latest`"));
    let answer = fetcher.fetch(get(&led), &rights(&[&own, "http:169.254.169.254:80/"])).await;
    assert_eq!(kind(&answer), FetchErrorKind::Forbidden, "{answer:?}");
}

#[tokio::test]
async fn a_redirect_to_the_loopback_is_refused_and_one_to_an_allowed_place_is_followed() {
    let (web, other) = (Web::start().await, Web::start().await);
    let all = rights(&[&format!("http:{}/", web.authority()), &format!("http:{}/", other.authority())]);
    let one = fetcher(&[&web]);
    let answer = one.fetch(get(&web.url(&format!("/to?{}", other.url("/")))), &all).await;
    assert_eq!((kind(&answer), other.heads().len()), (FetchErrorKind::Forbidden, 0));
    let answer = one.fetch(get(&web.url("/to?/page")), &all).await.unwrap();
    assert_eq!(answer.status, 200, "relative, and within the right");
    let below = rights(&[&format!("http:{}/to", web.authority())]);
    assert_eq!(kind(&one.fetch(get(&web.url("/to?/page")), &below).await), FetchErrorKind::Denied);
    let both = fetcher(&[&web, &other]);
    let answer = both.fetch(get(&web.url(&format!("/to?{}", other.url("/")))), &all).await.unwrap();
    assert_eq!((answer.status, other.heads().len()), (200, 1));
    for to in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pw@127.0.0.1/"] {
        let answer = both.fetch(get(&web.url(&format!("/to?{to}"))), &all).await;
        assert_eq!(kind(&answer), FetchErrorKind::InvalidRequest, "{to}");
    }
    assert_eq!(kind(&both.fetch(get(&web.url("/loop")), &all).await), FetchErrorKind::Unavailable);
    assert_eq!(web.heads().iter().filter(|head| head.starts_with("GET /loop ")).count(), MAX_REDIRECTS + 1);
}

#[tokio::test]
async fn a_name_that_answers_twice_differently_is_asked_once_a_request() {
    let web = Web::start().await;
    let port = web.address.port();
    let all = rights(&[&format!("http:rebind.example:{port}/")]);
    let resolver = scripted(&[&["127.0.0.1:0"], &["10.0.0.1:0"]]);
    let fetcher = Fetcher::with_resolver(config(&[&web]), Secrets::default(), Arc::clone(&resolver) as _).unwrap();
    let url = format!("http://rebind.example:{port}/");
    let answer = fetcher.fetch(get(&url), &all).await.unwrap();
    assert_eq!((answer.status, resolver.asked.load(Ordering::Relaxed)), (200, 1), "connected to what was judged");
    let answer = fetcher.fetch(get(&url), &all).await;
    assert_eq!((kind(&answer), resolver.asked.load(Ordering::Relaxed)), (FetchErrorKind::Forbidden, 2));
    // A redirect asks again, and is judged again.
    let resolver = scripted(&[&["127.0.0.1:0"], &["169.254.169.254:80"]]);
    let fetcher = Fetcher::with_resolver(config(&[&web]), Secrets::default(), resolver).unwrap();
    let answer = fetcher.fetch(get(&format!("http://rebind.example:{port}/to?/page")), &all).await;
    assert_eq!(kind(&answer), FetchErrorKind::Forbidden);
    // One bad address among good ones refuses them all.
    let resolver = scripted(&[&["1.1.1.1:0", "192.168.0.1:0"]]);
    let fetcher = Fetcher::with_resolver(config(&[&web]), Secrets::default(), resolver).unwrap();
    assert_eq!(kind(&fetcher.fetch(get(&url), &all).await), FetchErrorKind::Forbidden);
    assert_eq!(web.heads().len(), 2);
}

#[tokio::test]
async fn a_request_cannot_be_smuggled_through_headers() {
    let web = Web::start().await;
    let all = rights(&[&format!("http:{}/", web.authority())]);
    let fetcher = fetcher(&[&web]);
    for (name, value) in [
        ("x-a", "1\r\nGET /admin HTTP/1.1\r\nhost: x"),
        ("x-a", "1\nx-b: 2"),
        ("x-a", "1\rx-b: 2"),
        ("x-a", "nul\0"),
        ("x-a", "ü"),
        ("x-a\r\nx-b", "1"),
        ("x a", "1"),
        ("", "1"),
        ("host", "evil.example"),
        ("Host", "evil.example"),
        ("transfer-encoding", "chunked"),
        ("content-length", "5"),
        ("connection", "x-a"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("proxy-authorization", "Basic eA=="),
        ("expect", "100-continue"),
        ("accept-encoding", "gzip"),
        ("x-forwarded-for", "127.0.0.1"),
        ("authorization", "Bearer mine"),
        ("cookie", "session=mine"),
    ] {
        let fetch = Fetch { headers: vec![(name.to_owned(), value.to_owned())], ..get(&web.url("/")) };
        let answer = fetcher.fetch(fetch, &all).await;
        assert_eq!(kind(&answer), FetchErrorKind::InvalidRequest, "{name}: {value}");
    }
    let many = Fetch { headers: vec![("x-a".into(), "1".into()); 33], ..get(&web.url("/")) };
    assert_eq!(kind(&fetcher.fetch(many, &all).await), FetchErrorKind::InvalidRequest);
    for path in ["/a\r\nx-b: 1", "/a HTTP/1.1\r\n\r\nGET /admin", "/../admin", "/%2e%2e/admin", "//admin"] {
        assert_eq!(kind(&fetcher.fetch(get(&web.url(path)), &all).await), FetchErrorKind::InvalidRequest, "{path}");
    }
    assert_eq!(web.heads(), Vec::<String>::new(), "nothing arrived");
    let plain = Fetch { headers: vec![("accept".into(), "text/html".into())], ..get(&web.url("/")) };
    assert_eq!(fetcher.fetch(plain, &all).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_drip_ends_at_the_deadline_and_a_flood_at_its_bound() {
    let web = Web::start().await;
    let all = rights(&[&format!("http:{}/", web.authority())]);
    let config = FetchConfig { timeout: Duration::from_millis(300), max_bytes: 100_000, ..config(&[&web]) };
    let impatient = Fetcher::new(config.clone(), Secrets::default()).unwrap();
    for path in ["/drip", "/slow-head"] {
        assert_eq!(kind(&impatient.fetch(get(&web.url(path)), &all).await), FetchErrorKind::Timeout, "{path}");
    }
    let patient = Fetcher::new(FetchConfig { timeout: Duration::from_secs(30), ..config }, Secrets::default()).unwrap();
    assert_eq!(kind(&patient.fetch(get(&web.url("/flood")), &all).await), FetchErrorKind::TooLarge);
    assert_eq!(kind(&patient.fetch(get(&web.url("/break")), &all).await), FetchErrorKind::Unavailable);
}

#[tokio::test]
async fn tls_is_not_done_without() {
    let web = Web::start().await;
    let all = rights(&[&format!("http:{}/", web.authority())]);
    let answer = fetcher(&[&web]).fetch(get(&web.url("/").replace("http:", "https:")), &all).await;
    assert_eq!((kind(&answer), web.heads().len()), (FetchErrorKind::Unavailable, 0));
    // Without a port, a right is https on 443 alone.
    let fetcher = Fetcher::new(FetchConfig::default(), Secrets::default()).unwrap();
    let answer = fetcher.fetch(get("http://example.com/"), &rights(&["http:example.com/"])).await;
    assert_eq!(kind(&answer), FetchErrorKind::Denied);
}

#[tokio::test]
async fn a_secret_is_used_and_does_not_come_back() {
    let (web, other) = (Web::start().await, Web::start().await);
    let here = format!("http:{}/", web.authority());
    let all = rights(&[&here, &format!("http:{}/", other.authority()), "secret:crm"]);
    let fetcher = fetcher(&[&web, &other]);
    let with = |url: String, name: &str, value: &str| Fetch {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..get(&url)
    };
    let placeholder = "Bearer {{secret:crm}}";
    let answer = fetcher.fetch(with(web.url("/echo"), "authorization", placeholder), &all).await.unwrap();
    assert!(web.heads()[0].contains(&format!("authorization: Bearer {TOKEN}\r\n")), "it was used");
    let shown = format!("{answer:?} {}", String::from_utf8_lossy(&answer.body));
    let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("Bearer {TOKEN}"));
    for spelling in [TOKEN, &hex::encode(TOKEN), &coded[12..40]] {
        assert!(!shown.contains(spelling), "{shown}");
    }
    assert!(answer.headers.contains(&("x-echo".to_owned(), placeholder.to_owned())), "{:?}", answer.headers);
    assert!(String::from_utf8(answer.body).unwrap().contains(placeholder));

    // Elsewhere it is not filled in: another host, another header, without the right.
    for (fetch, rights) in [
        (with(other.url("/echo"), "authorization", placeholder), &all),
        (with(web.url("/echo"), "x-key", placeholder), &all),
        (with(web.url("/echo"), "authorization", placeholder), &rights(&[&here])),
    ] {
        assert_eq!(kind(&fetcher.fetch(fetch, rights).await), FetchErrorKind::Denied);
    }
    let in_url = fetcher.fetch(get(&web.url("/echo?{{secret:crm}}")), &all).await.unwrap();
    assert!(String::from_utf8(in_url.body).unwrap().contains("{{secret:crm}}"), "an address is left as it is");
    assert!(!web.heads()[1].contains(TOKEN));

    // A redirect away leaves it behind.
    let led = web.url(&format!("/to?{}", other.url("/echo")));
    fetcher.fetch(with(led, "authorization", placeholder), &all).await.unwrap();
    assert!(!other.heads()[0].contains(TOKEN) && !other.heads()[0].contains("secret:crm"), "{:?}", other.heads());

    // What cannot be searched is not handed on.
    let answer = fetcher.fetch(with(web.url("/encoded"), "authorization", placeholder), &all).await;
    assert_eq!(kind(&answer), FetchErrorKind::Unavailable);
    let mut pieces = with(web.url("/echo"), "authorization", placeholder);
    pieces.headers.push(("range".into(), "bytes=0-3".into()));
    assert_eq!(kind(&fetcher.fetch(pieces, &all).await), FetchErrorKind::InvalidRequest);
}

#[tokio::test]
async fn no_error_holds_a_secret() {
    let web = Web::start().await;
    let all = rights(&[&format!("http:{}/", web.authority()), "secret:crm"]);
    let secret = |host: String| BoundSecret { host, header: "authorization".into(), value: SecretString::from(TOKEN) };
    let secrets = || Secrets::new([("crm".to_owned(), secret(web.authority()))].into()).unwrap();
    let config = FetchConfig { timeout: Duration::from_millis(300), max_bytes: 1000, ..config(&[&web]) };
    let fetcher = Fetcher::new(config.clone(), secrets()).unwrap();
    assert!(!format!("{fetcher:?}").contains(TOKEN));
    for path in ["/drip", "/flood", "/break", "/loop", "/encoded", "/to?ftp://x/", "/to?http://10.0.0.1/"] {
        let fetch = Fetch { headers: vec![("authorization".into(), "{{secret:crm}}".into())], ..get(&web.url(path)) };
        let error = fetcher.fetch(fetch, &all).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{path}");
    }
    let (name, error) = Secrets::new([("crm".to_owned(), secret("no/host".into()))].into()).unwrap_err();
    assert!(!format!("{name} {error} {error:?}").contains(TOKEN));
}

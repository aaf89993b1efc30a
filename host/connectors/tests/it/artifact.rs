//! Files that a vendor's delivery names, against real servers.

use std::sync::Arc;
use std::time::Duration;

use skillhost_connectors::egress::artifact::{
    ArtifactError, ArtifactRules, MAX_ARTIFACT_REDIRECTS, MAX_ARTIFACTS_AT_ONCE,
};
use skillhost_connectors::egress::fetch::{FetchConfig, Fetcher};
use skillhost_connectors::egress::secret::Secrets;
use url::Url;

use super::web::Web;

const TIMEOUT: Duration = Duration::from_millis(400);

fn fetcher(allowed: &[&Web]) -> Fetcher {
    let allow_private = allowed.iter().map(|web| web.address).collect();
    Fetcher::new(FetchConfig { allow_private, ..FetchConfig::default() }, Secrets::default()).unwrap()
}

fn rules() -> ArtifactRules {
    ArtifactRules { timeout: TIMEOUT, max_bytes: 10_000, ..ArtifactRules::default() }
}

fn only(host: &str) -> ArtifactRules {
    ArtifactRules { hosts: vec![format!("{host}/").parse().unwrap()], ..rules() }
}

async fn fetch(fetcher: &Fetcher, address: &str, rules: &ArtifactRules) -> Result<Vec<u8>, ArtifactError> {
    fetcher.artifact(&Url::parse(address).unwrap(), rules).await.map(|file| file.body)
}

#[tokio::test]
async fn a_file_is_fetched_with_its_whole_address() {
    let web = Web::start().await;
    let address = web.url("/b//a%2Fb/t.json?X-Signature=a%2Fb&X-Expires=14400");
    let body = fetch(&fetcher(&[&web]), &address, &rules()).await.unwrap();
    assert!(body.starts_with(b"We agreed"));
    let heads = web.heads();
    assert!(heads[0].starts_with("GET /b//a%2Fb/t.json?X-Signature=a%2Fb&X-Expires=14400 HTTP/1.1\r\n"), "{heads:?}");
    assert!(!heads[0].contains("authorization") && !heads[0].contains("cookie"), "{heads:?}");
}

#[tokio::test]
async fn each_failure_says_whether_it_may_pass() {
    let web = Web::start().await;
    let fetcher = fetcher(&[&web]);
    for (path, error, may_pass) in [
        ("/status", ArtifactError::Status(404), false),
        ("/fault", ArtifactError::Status(500), true),
        ("/busy", ArtifactError::Status(429), true),
        ("/flood", ArtifactError::TooLarge { limit: 10_000 }, false),
        ("/drip", ArtifactError::TooLarge { limit: 10_000 }, false),
        ("/break", ArtifactError::Unavailable("it broke off"), true),
        ("/hang-up", ArtifactError::Unavailable("nobody answered"), true),
        ("/slow-head", ArtifactError::Unavailable("it took too long"), true),
        ("/loop", ArtifactError::Refused("too many redirects"), false),
    ] {
        let answer = fetch(&fetcher, &web.url(path), &rules()).await;
        assert_eq!(answer, Err(error), "{path}");
        assert_eq!(error.may_pass(), may_pass, "{path}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
    let loops = web.heads().iter().filter(|head| head.starts_with("GET /loop ")).count();
    assert_eq!(loops, MAX_ARTIFACT_REDIRECTS + 1);
    let slow = ArtifactRules { max_bytes: 2_000_000, ..rules() };
    let answer = fetch(&fetcher, &web.url("/drip"), &slow).await;
    assert_eq!(answer, Err(ArtifactError::Unavailable("it took too long")));
    let gone = Web::start().await;
    let (address, closed) = (gone.url("/"), self::fetcher(&[&gone]));
    drop(gone);
    assert_eq!(fetch(&closed, &address, &rules()).await, Err(ArtifactError::Unavailable("nobody answered")));
    for status in [200, 204, 301, 304, 400, 401, 403, 410, 416] {
        assert!(!ArtifactError::Status(status).may_pass(), "{status}");
    }
}

#[tokio::test]
async fn only_public_https_or_a_named_address_is_reached() {
    let (web, other) = (Web::start().await, Web::start().await);
    let (fetcher, port) = (fetcher(&[&web]), other.address.port());
    let private = ArtifactError::Refused("it is not on the public internet");
    for (address, error) in [
        (other.url("/"), private),
        (format!("https://localhost:{port}/"), private),
        (format!("https://[::ffff:127.0.0.1]:{port}/"), private),
        ("https://169.254.169.254/latest/meta-data/".to_owned(), private),
        ("https://10.0.0.1/".to_owned(), private),
        (web.url(&format!("/to?{}", other.url("/"))), private),
        (web.url("/to?http://169.254.169.254/latest/"), private),
        ("http://192.0.1.1/".to_owned(), ArtifactError::Refused("it is not https")),
        (web.url("/to?http://192.0.1.1/"), ArtifactError::Refused("it is not https")),
        ("ftp://files.example/t".to_owned(), ArtifactError::Refused("it is not of the web")),
        ("file:///etc/passwd".to_owned(), ArtifactError::Refused("it is not of the web")),
        (web.url("/to?file:///etc/passwd"), ArtifactError::Refused("it is not of the web")),
        ("https://a:b@files.example/".to_owned(), ArtifactError::Refused("a user name or password in it")),
        ("https://files.example./".to_owned(), ArtifactError::Refused("its host can be read in two ways")),
    ] {
        assert_eq!(fetch(&fetcher, &address, &rules()).await, Err(error), "{address}");
    }
    assert_eq!(other.heads(), Vec::<String>::new(), "nothing arrived");
}

#[tokio::test]
async fn a_list_of_hosts_holds_for_every_hop() {
    let (web, other) = (Web::start().await, Web::start().await);
    let both = fetcher(&[&web, &other]);
    let listed = only(&web.authority());
    assert!(fetch(&both, &web.url("/page"), &listed).await.is_ok());
    assert!(fetch(&both, &web.url("/to?/page"), &listed).await.is_ok());
    for address in [other.url("/page"), web.url(&format!("/to?{}", other.url("/page")))] {
        let answer = fetch(&both, &address, &listed).await;
        assert!(matches!(answer, Err(ArtifactError::Refused(why)) if why.contains("artifact_hosts")), "{answer:?}");
    }
    assert_eq!(other.heads(), Vec::<String>::new(), "nothing arrived");
    let answer = fetch(&both, &web.url("/page"), &only("*.amazonaws.com")).await;
    assert!(matches!(answer, Err(ArtifactError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn few_files_at_once_are_fetched() {
    let web = Web::start().await;
    let fetcher = Arc::new(fetcher(&[&web]));
    let url = Url::parse(&web.url("/page")).unwrap();
    let mut held = Vec::new();
    for _ in 0..MAX_ARTIFACTS_AT_ONCE {
        held.push(fetcher.artifact(&url, &rules()).await.unwrap());
    }
    let waiting = fetcher.artifact(&url, &rules()).await.map(|file| file.body);
    assert_eq!(waiting, Err(ArtifactError::Unavailable("it took too long")));
    assert_eq!(web.heads().len(), MAX_ARTIFACTS_AT_ONCE);
    held.pop();
    assert!(fetcher.artifact(&url, &rules()).await.is_ok());
}

//! Certificates that are not good: nothing is said over such a connection.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use skillhost_connectors::egress::fetch::{FetchConfig, Fetcher};
use skillhost_connectors::egress::resolve::Resolver;
use skillhost_connectors::egress::secret::{BoundSecret, Secrets};
use skillhost_connectors::egress::{Egress, EgressConfig, EgressError, ExtraRoots, Outgoing, Payload};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, FetchMethod, Fetched};
use skillhost_engine::rights::Right;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

const TOKEN: &str = "t0ken-of-the-crm-1234567890";

/// An authority of our own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> ExtraRoots {
        ExtraRoots::from_pem(self.0.pem().as_bytes()).unwrap()
    }

    /// A server of it, for a certificate with these settings.
    async fn serve(&self, params: CertificateParams) -> Server {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&connections), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counts.0.fetch_add(1, Ordering::SeqCst);
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = [0; 4096];
                if !matches!(stream.read(&mut head).await, Ok(1..)) {
                    continue;
                }
                counts.1.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                let _gone = stream.write_all(answer).await;
                let _closed = stream.shutdown().await;
            }
        });
        Server { address, connections, requests, task }
    }
}

/// A TLS server that counts what it is told.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Every name is at the one address.
struct Here(SocketAddr);

#[async_trait::async_trait]
impl Resolver for Here {
    async fn resolve(&self, _: &str, _: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(vec![self.0])
    }
}

impl Server {
    fn authority(&self) -> String {
        format!("crm.test:{}", self.address.port())
    }

    fn counts(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }

    /// A fetch with the token, by a host that trusts these authorities too.
    async fn fetch(&self, roots: ExtraRoots) -> Result<Fetched, FetchError> {
        let authority = self.authority();
        let value = SecretString::from(TOKEN);
        let secret = BoundSecret { host: authority.clone(), header: "authorization".into(), value };
        let config = FetchConfig { allow_private: [self.address].into(), roots, ..FetchConfig::default() };
        let secrets = Secrets::new(BTreeMap::from([("crm".to_owned(), secret)])).unwrap();
        let fetcher = Fetcher::with_resolver(config, secrets, Arc::new(Here(self.address))).unwrap();
        let rights = [format!("http:{authority}/"), "secret:crm".to_owned()];
        let fetch = Fetch {
            method: FetchMethod::Get,
            url: format!("https://{authority}/deals"),
            headers: vec![("authorization".to_owned(), "Bearer {{secret:crm}}".to_owned())],
        };
        fetcher.fetch(fetch, &rights.iter().map(|right| right.parse::<Right>().unwrap()).collect()).await
    }
}

fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn refused(answer: &Result<Fetched, FetchError>) {
    let error = answer.as_ref().unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Unavailable, "{error:?}");
    assert!(!error.message.contains(TOKEN) && !error.message.contains("deals"), "{error:?}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_before_a_word_is_said() {
    let authority = Authority::new();
    let server = authority.serve(named("crm.test")).await;
    refused(&server.fetch(ExtraRoots::default()).await);
    refused(&server.fetch(Authority::new().roots()).await);
    assert_eq!(server.counts(), (2, 0), "connected, and told nothing");
    let answer = server.fetch(authority.roots()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), server.counts()), (200, &b"ok"[..], (3, 1)));
}

#[tokio::test]
async fn a_certificate_for_another_name_or_another_time_is_refused() {
    let authority = Authority::new();
    let mut expired = named("crm.test");
    expired.not_before = rcgen::date_time_ymd(2020, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let mut early = named("crm.test");
    early.not_before = rcgen::date_time_ymd(2999, 1, 1);
    early.not_after = rcgen::date_time_ymd(2999, 2, 1);
    for params in [named("other.test"), named("crm.test.evil.test"), expired, early] {
        let server = authority.serve(params).await;
        refused(&server.fetch(authority.roots()).await);
        assert_eq!(server.counts(), (1, 0));
    }
}

#[tokio::test]
async fn the_host_own_calls_verify_too() {
    let authority = Authority::new();
    let mut params = named("localhost");
    params.subject_alt_names.push(rcgen::SanType::IpAddress("127.0.0.1".parse().unwrap()));
    let server = authority.serve(params).await;
    let url = Url::parse(&format!("https://127.0.0.1:{}/chat.postMessage", server.address.port())).unwrap();
    let call = async |roots: ExtraRoots| {
        let config = EgressConfig { roots, ..EgressConfig::to(vec![url.clone()]) };
        let token = SecretString::from(TOKEN);
        let outgoing = Outgoing { url: url.clone(), bearer: Some(&token), payload: Payload::Get };
        Egress::new(&config).unwrap().call(outgoing).await
    };
    let error = call(ExtraRoots::default()).await.unwrap_err();
    assert!(matches!(error, EgressError::Unreachable { .. }), "{error:?}");
    assert!(error.is_certainly_undone());
    assert_eq!(server.counts(), (1, 0));
    assert_eq!(call(authority.roots()).await.unwrap().status, 200);
}

#[test]
fn a_file_of_authorities_without_one_is_an_error() {
    for bad in ["", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(ExtraRoots::from_pem(bad.as_bytes()), Err(EgressError::Setup { .. })), "{bad}");
    }
}

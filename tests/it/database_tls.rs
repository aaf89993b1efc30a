//! The connection to Postgres, encrypted: whom the host believes to be its database, and
//! what it says where it does not.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use skillhost_tests::postgres::Server;
use skillhost_tests::process::{Host, binary};
use tempfile::TempDir;

const PASSWORD: &str = "hunter2-of-the-database";

fn authority(file: &Path) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(file, issuer.pem()).unwrap();
    issuer
}

fn postgres_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).unwrap();
    let ids: Vec<u32> = line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()).collect();
    (ids[0], ids[1])
}

/// Looks for a line before a test goes on without it.
const PATIENCE: usize = 500;

/// A server whose certificate is for `localhost` alone, and the files of two authorities.
struct Encrypted {
    _server: Server,
    port: u16,
    folder: TempDir,
}

impl Encrypted {
    async fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server is another user where this one is root.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let at = |name: &str| folder.path().join(name);
        let own = authority(&at("ca.pem"));
        authority(&at("other.pem"));
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &own).unwrap();
        std::fs::write(at("server.pem"), certificate.pem()).unwrap();
        std::fs::write(at("server.key"), key.serialize_pem()).unwrap();
        std::fs::set_permissions(at("server.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        // The server refuses to run as root, and is another user's then.
        if std::fs::metadata(at("server.key")).unwrap().uid() == 0 {
            let (user, group) = postgres_user();
            std::os::unix::fs::chown(at("server.key"), Some(user), Some(group)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut all = vec![
            "listen_addresses=0.0.0.0".to_owned(),
            format!("port={port}"),
            format!("ssl_cert_file={}", at("server.pem").display()),
            format!("ssl_key_file={}", at("server.key").display()),
        ];
        all.extend(settings.iter().map(|setting| (*setting).to_owned()));
        let server = Server::with(&all);
        server.database().await;
        Self { _server: server, port, folder }
    }

    fn settings(&self, host: &str, query: &str) -> PathBuf {
        let data = self.folder.path().join("data");
        let settings = self.folder.path().join("skillhost.toml");
        let query = query.replace("FOLDER", &self.folder.path().display().to_string());
        let url = format!("postgres://skillhost_owner@{host}:{}/it0?{query}", self.port);
        std::fs::write(&settings, format!("data_dir = \"{}\"\ndatabase = \"{url}\"\n", data.display())).unwrap();
        settings
    }

    /// What a host logs from its start to its end.
    async fn serve(&self, host: &str, wanted: &str) -> String {
        let data = self.folder.path().join("data");
        let settings = self.settings(host, "sslmode=prefer");
        let arguments = ["--config", settings.to_str().unwrap()];
        let running = Host::start(&data, &arguments, &[("SKILLHOST_DATABASE_PASSWORD", PASSWORD)]);
        // The host is ready, and its last lines are on their way.
        for _ in 0..PATIENCE {
            if running.logs().contains(wanted) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let logs = running.logs();
        running.stop();
        logs
    }

    /// Loads a data set through a URL of this host and query.
    fn load(&self, host: &str, query: &str) -> Output {
        let settings = self.settings(host, query);
        let output = Command::new(binary())
            .args(["--config", settings.to_str().unwrap(), "data", "load", "--demo"])
            .env("SKILLHOST_DATABASE_PASSWORD", PASSWORD)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let said = said(&output);
        assert!(!said.contains(PASSWORD), "{said}");
        output
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_database_that_its_authority_names_is_believed() {
    let server = Encrypted::start(&["ssl=on"]).await;
    for query in [
        "sslmode=verify-full&sslrootcert=FOLDER/ca.pem",
        "sslmode=verify-ca&sslrootcert=FOLDER/ca.pem",
        "sslmode=require&sslrootcert=FOLDER/ca.pem",
        "sslmode=require",
    ] {
        let loaded = server.load("localhost", query);
        assert_eq!(loaded.status.code(), Some(0), "{query}: {}", said(&loaded));
    }
    for query in [
        "sslmode=verify-full&sslrootcert=FOLDER/other.pem",
        "sslmode=verify-ca&sslrootcert=FOLDER/other.pem",
        "sslmode=require&sslrootcert=FOLDER/other.pem",
        // The public authorities know nothing of it.
        "sslmode=verify-full",
    ] {
        let refused = server.load("localhost", query);
        let said = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{query}: {said}");
        assert!(
            said.contains("signed by nobody that this host trusts") && said.contains("hint: name the file"),
            "{said}"
        );
    }
    // The right authority, and another name than the certificate has.
    let refused = server.load("127.0.0.1", "sslmode=verify-full&sslrootcert=FOLDER/ca.pem");
    assert_eq!(refused.status.code(), Some(1));
    let words = said(&refused);
    assert!(
        words.contains("is for another host than 127.0.0.1") && words.contains("hint: connect by the name"),
        "{words}"
    );
    let loaded = server.load("127.0.0.1", "sslmode=verify-ca&sslrootcert=FOLDER/ca.pem");
    assert_eq!(loaded.status.code(), Some(0), "{}", said(&loaded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_encrypted_is_refused_where_it_is_asked_for_and_told_where_it_leaves_the_machine() {
    let server = Encrypted::start(&[]).await;
    let refused = server.load("localhost", "sslmode=verify-full&sslrootcert=FOLDER/ca.pem");
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("offers no encryption"), "{}", said(&refused));
    for (host, is_told) in [("127.0.0.1", false), ("0.0.0.0", true)] {
        // The second one is no address of the loopback, though it leads there.
        let word = "the connection to the database is not encrypted";
        let logs = server.serve(host, if is_told { word } else { "a module " }).await;
        assert_eq!(logs.contains(word), is_told, "{host}: {logs}");
        assert!(!logs.contains(PASSWORD), "{logs}");
    }
}

//! What is known of a connection's protection, and why one could not be protected.

use std::net::IpAddr;

use skillhost_engine::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::error::Fault;

const OWN_SSL: &str = "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";

/// Why the database's TLS was not accepted, and what to do. Names hosts and files, and
/// no password.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TlsRefused {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// The error of a first connection.
pub(crate) fn of_connecting(error: &sqlx::Error, to: &PgConnectOptions) -> StoreError {
    match refused(&error.to_string(), to.get_host()) {
        Some(refused) => StoreError::Unavailable(Box::new(refused)),
        None => Fault::from(error).into(),
    }
}

/// The library below tells these apart by their words alone.
fn refused(said: &str, host: &str) -> Option<TlsRefused> {
    let of = |message: String, hint| Some(TlsRefused { message, hint });
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["server does not support TLS"]) {
        return of(
            format!("the database at {host} offers no encryption, which `sslmode` asks for"),
            "turn on `ssl` in its settings; sslmode=disable goes without, on a network that nobody else is in",
        );
    }
    if !has(&["invalid peer certificate", "certificate"]) {
        return None;
    }
    if has(&["UnknownIssuer", "BadSignature"]) {
        return of(
            format!("the certificate of the database at {host} is signed by nobody that this host trusts"),
            "name the file of its authority: sslrootcert=/path/ca.pem in the URL of `database`",
        );
    }
    if has(&["NotValidForName", "not valid for name"]) {
        return of(
            format!("the certificate of the database is for another host than {host}"),
            "connect by the name that is in the certificate, or have one made for this name",
        );
    }
    if has(&["Expired", "expired", "NotValidYet", "not valid yet"]) {
        return of(
            format!("the certificate of the database at {host} is not valid at this time"),
            "renew it, and see that the clocks of both machines are right",
        );
    }
    of(
        format!("the certificate of the database at {host} is not accepted: {said}"),
        "sslmode and sslrootcert in the URL of `database` say what is; docs/configuration.md describes them",
    )
}

/// Warns where what is said to the database can be read on the way.
pub(crate) async fn tell(connection: &mut PgConnection, to: &PgConnectOptions) -> Result<(), StoreError> {
    if is_local(to.get_socket().is_some(), to.get_host()) {
        return Ok(());
    }
    let is_encrypted: bool =
        sqlx::query_scalar(OWN_SSL).fetch_one(connection).await.map_err(|error| Fault::from(&error))?;
    if !is_encrypted {
        tracing::warn!(
            "the connection to the database is not encrypted, and passwords and texts are readable on the way; add \
             sslmode=verify-full to the URL of `database`"
        );
    }
    Ok(())
}

/// Whether it stays on this machine.
fn is_local(by_socket: bool, host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    by_socket
        || host.is_empty()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_told_from_what_does_not() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.0.1", "::1", "[::1]", "/run/postgresql", ""] {
            assert!(is_local(false, host), "{host}");
        }
        assert!(is_local(true, "db.internal"), "by its socket");
        for host in ["db.internal", "10.0.0.5", "0.0.0.0", "localhost.example", "::ffff:10.0.0.5"] {
            assert!(!is_local(false, host), "{host}");
        }
    }

    #[test]
    fn an_error_that_is_none_of_tls_stays_what_it_is() {
        assert!(refused("password authentication failed for user \"a\"", "h").is_none());
        assert!(refused("Connection refused (os error 111)", "h").is_none());
        let odd = refused("invalid peer certificate: Revoked", "h").unwrap();
        assert!(odd.message.contains("Revoked") && odd.hint.contains("sslmode"));
    }
}

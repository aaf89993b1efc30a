//! Fetches the transcript that a proven delivery names.
//!
//! The fetch is done before the delivery is acknowledged: its address is a secret that works
//! for a few hours and is kept nowhere, so nobody could fetch later what is not fetched now.
//! While the vendor's storage is away the delivery is therefore refused with 503, and the
//! vendor brings the address again: a webhook seven times within three hours, a callback
//! four times within half a minute. What can never succeed (an address that has run out, a
//! file that is no transcript) is acknowledged, and the rep is told, because another
//! delivery would bring the same.

use serde_json::{Value, json};
use skillhost_connectors::egress::artifact::{ArtifactError, ArtifactRules};
use skillhost_connectors::meetingbaas::{Complete, Elsewhere};
use skillhost_engine::store::{Connection, StoreError};
use skillhost_engine::time::Timestamp;

use super::super::super::Http;
use super::super::super::auth::digest_of;
use super::DeliverError;
use super::missed::{Missing, tell};

/// Failed fetches of one transcript after which the rep is told that it may not come: as many
/// as the vendor makes of a callback, after which nothing comes any more.
const TOLD_AFTER: u64 = 4;
/// How long failed fetches are counted: as long as an address works.
const REMEMBER_MS: i64 = 4 * 3600 * 1000;
/// Kind of the note that counts them.
const FAILURES: &str = "meetingbaas-fetch";

/// The meeting with its words, or why it will have none.
pub(super) async fn fetch(
    http: &Http,
    connection: &Connection,
    elsewhere: Elsewhere,
    now: Timestamp,
) -> Result<Result<Complete, Missing>, DeliverError> {
    let rules: &ArtifactRules = &http.app.config.meetingbaas_artifacts;
    let mut file = match http.app.fetcher.artifact(elsewhere.address.url(), rules).await {
        Ok(file) => file,
        Err(why) if why.may_pass() => {
            if failures(http, connection, now).await? >= TOLD_AFTER {
                tell(http, connection, &Missing::NotYet, now).await?;
            }
            return Err(DeliverError::NotYet { bot_id: elsewhere.bot_id, why });
        }
        Err(why) => {
            let (bot_id, host) = (&elsewhere.bot_id, elsewhere.address.host());
            tracing::warn!(code = "meetingbaas.fetch-failed", %bot_id, host, %why, "a transcript cannot be fetched");
            return Ok(Err(match why {
                ArtifactError::Status(status) => Missing::Status(status),
                ArtifactError::TooLarge { .. } => Missing::TooLarge,
                ArtifactError::Refused(_) | ArtifactError::Unavailable(_) => Missing::Refused,
            }));
        }
    };
    // Some megabytes of JSON; the slot is held until they are gone.
    let bytes = std::mem::take(&mut file.body);
    let read = tokio::task::spawn_blocking(move || elsewhere.read(&bytes)).await.map_err(|_| DeliverError::Stopped)?;
    drop(file);
    Ok(read.map_err(|why| {
        let bot_id = &connection.external_id;
        tracing::warn!(code = "meetingbaas.unreadable-file", %bot_id, %why, "a transcript cannot be read");
        Missing::Unreadable
    }))
}

/// Counts a failed fetch; how many there were. Two at once may count as one.
async fn failures(http: &Http, connection: &Connection, now: Timestamp) -> Result<u64, StoreError> {
    let store = &http.app.store;
    let bot = digest_of(&format!("{}:{}", connection.org, connection.external_id));
    let before = store.token(FAILURES, &bot, now, false).await?;
    let failed = before.as_ref().and_then(Value::as_u64).unwrap_or(0).saturating_add(1);
    store.put_token(FAILURES, &bot, &json!(failed), now.plus_ms(REMEMBER_MS)).await?;
    Ok(failed)
}

//! The call that brings something to Slack, at most once.
//!
//! Invariants:
//! * The row says that the call begins before it does, and whoever says so alone makes it:
//!   no other host does, and no later start. After a call whose answer is not known, or a
//!   process that ended in it, it stays so; the inbox and the home tab have what it was about.
//! * What Slack answered is written until it is: a store that is away is asked again, Slack
//!   is not.

use skillhost_connectors::SLACK;
use skillhost_connectors::slack::{Posted, SlackError, SlackMessage};
use skillhost_engine::outbox::Delivery;
use skillhost_engine::retry::RetryPolicy;
use skillhost_engine::store::{Brought, StoreError, Untold};
use skillhost_engine::time::Timestamp;

use super::{CardError, Desk};
use crate::app::App;
use crate::fail_point::FailPoint;

/// What came of it.
pub(super) enum Once {
    /// Slack has it there, of a call that began then.
    There(Posted, Timestamp),
    /// It is somebody else's to bring, or was settled.
    Elsewhere,
    /// Nobody knows whether Slack has it.
    InDoubt,
}

impl Desk {
    /// Posts what stands as given. An error says that it is certainly not there.
    pub(super) async fn post_once(
        &self,
        app: &App,
        what: &Untold,
        channel: &str,
        message: &SlackMessage,
    ) -> Result<Once, CardError> {
        loop {
            if !self.vendors.wait(SLACK, &self.stops).await? {
                return Err(CardError::Stopping);
            }
            let begun = self.clock.now();
            let not_there = || self.store.end_telling(what, Brought::NotYet(begun));
            match self.store.begin_telling(what, begun).await {
                Ok(true) => {}
                Ok(false) => return Ok(Once::Elsewhere),
                Err(error) => {
                    // It may be written all the same.
                    self.written(&what.id, not_there).await?;
                    return Err(error.into());
                }
            }
            app.fail_points.hit(FailPoint::CardBegun);
            let error = match self.slack.post_message(channel, message).await {
                Ok(posted) => {
                    app.fail_points.hit(FailPoint::CardPosted);
                    return Ok(Once::There(posted, begun));
                }
                Err(error) => error,
            };
            if matches!(error.delivery(), Delivery::Unknown { .. }) {
                tracing::warn!(id = %what.id, %error, "it is not known whether Slack has it; the inbox does");
                return Ok(Once::InDoubt);
            }
            self.written(&what.id, not_there).await?;
            match error {
                SlackError::RateLimited { retry_after_ms, .. } => self.vendors.shut(SLACK, retry_after_ms).await?,
                other => return Err(other.into()),
            }
        }
    }

    /// Writes what would be lost otherwise, again while the store is away.
    pub(super) async fn written<F>(&self, id: &str, write: impl Fn() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), StoreError>>,
    {
        let mut attempt = 0;
        loop {
            let Err(error) = write().await else { return Ok(()) };
            attempt += 1;
            let again = RetryPolicy::DELIVERY.again(attempt, self.clock.now(), None, id);
            let Some(again) = again.filter(|_| error.is_transient()) else { return Err(error) };
            tracing::warn!(%id, %error, "what Slack answered cannot be written now; it is tried again");
            tokio::select! {
                () = self.clock.sleep_until(again) => {}
                () = self.stops.cancelled() => return Err(error),
            }
        }
    }
}

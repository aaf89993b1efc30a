//! Which server a mail leaves through: that of its sender's own mailbox where it has one,
//! and the host's otherwise.
//!
//! Providers of mailboxes let a login send under its own address alone, so a host for
//! several people has a login for each. Whose a mailbox is its connection says.

use std::sync::Arc;

use skillhost_connectors::mail::{Mail, Mailer, SmtpMailer};
use skillhost_engine::effect::{self, sender};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};
use skillhost_engine::store::{Store, StoreError};

use super::is_theirs;
use crate::config::MailboxConfig;

/// A mailbox and the server that takes its mails.
pub(crate) struct OwnServer {
    pub(crate) mailbox: Arc<MailboxConfig>,
    pub(crate) smtp: SmtpMailer,
}

/// A way for mails to leave that performs them as well.
pub(crate) trait Way: Mailer + Performer {}

impl<T: Mailer + Performer> Way for T {}

/// Lets every mail leave through the server that takes it.
pub(crate) struct Sending {
    /// In the order of their names.
    pub(crate) own: Vec<OwnServer>,
    /// For whoever has none.
    pub(crate) host: Arc<dyn Way>,
    pub(crate) store: Arc<dyn Store>,
}

impl Sending {
    /// Of several mailboxes that are a person's the one of the address that the mail is from,
    /// else the first.
    async fn way(&self, effect: &OutboxRow) -> Result<&dyn Way, StoreError> {
        let sender = effect::kind(&effect.kind).and_then(|kind| sender::address(kind, &effect.payload));
        let mut first: Option<&dyn Way> = None;
        for own in &self.own {
            if is_theirs(self.store.as_ref(), &own.mailbox, effect).await? {
                if sender.is_some_and(|sender| sender.eq_ignore_ascii_case(&own.mailbox.address)) {
                    return Ok(&own.smtp);
                }
                first.get_or_insert(&own.smtp);
            }
        }
        Ok(first.unwrap_or(self.host.as_ref()))
    }
}

fn later(error: &StoreError) -> Delivery {
    Delivery::Transient { reason: error.to_string(), retry_after_ms: None }
}

#[async_trait::async_trait]
impl Performer for Sending {
    fn kinds(&self) -> &'static [&'static str] {
        self.host.kinds()
    }

    fn vendor(&self) -> &'static str {
        self.host.vendor()
    }

    fn is_keyed(&self) -> bool {
        self.own.is_empty() && Performer::is_keyed(self.host.as_ref())
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        match self.way(effect).await {
            Ok(way) => way.perform(effect).await,
            Err(error) => later(&error),
        }
    }
}

#[async_trait::async_trait]
impl Mailer for Sending {
    fn is_keyed(&self) -> bool {
        self.own.is_empty() && Mailer::is_keyed(self.host.as_ref())
    }

    async fn deliver(&self, effect: &OutboxRow, mail: Mail) -> Delivery {
        match self.way(effect).await {
            Ok(way) => way.deliver(effect, mail).await,
            Err(error) => later(&error),
        }
    }
}

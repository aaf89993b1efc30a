//! Invitations: an event is put into the user's calendar and everybody is asked to come.
//!
//! Two parts, each with a seam of its own. The [`Calendar`] keeps the event; the one that
//! needs nothing is a folder of `.ics` files. Whoever keeps calendars on a server
//! implements it: to put an event twice is to put it once, known by its uid, and a server
//! that asks the attendees by itself says so. Where it does not, the invitation leaves as
//! a mail (iMIP, RFC 6047) through the same [`Mailer`] as every other mail.
//!
//! To add a calendar: a [`Calendar`] in a module of its vendor, chosen where the host is
//! put together.

mod event;
mod folder;
mod message;

use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::effect::EffectError;
use skillhost_engine::effect::calendar_invite::{Invitation, KIND, event_id};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use crate::mail::{ComposeError, Mail, Mailer};

pub use event::{EventError, request};
pub use folder::FolderCalendar;
pub use message::compose_invitation;

/// An event on its way into a calendar.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Tenant.
    pub org: &'a OrgId,
    /// Whose calendar.
    pub user: &'a UserId,
    /// `sha256:<hex>` of org and uid: the name of the event in this host.
    pub id: &'a str,
    /// The event.
    pub invitation: &'a Invitation,
    /// The same as iCalendar, `METHOD:REQUEST`. A server keeps it without the method.
    pub ics: &'a str,
}

/// What became of an event that was put into a calendar.
#[derive(Clone, Debug, PartialEq)]
pub enum Put {
    /// It is there, now or since before.
    There {
        /// Where: a file's name, an address without secrets.
        place: String,
        /// The calendar's server asks the attendees; nobody else must.
        asks: bool,
    },
    /// It is not there; may be later.
    Transient {
        /// Why, without content.
        reason: String,
        /// When at the earliest.
        retry_after_ms: Option<u64>,
    },
    /// It is not there and will not be.
    Permanent {
        /// Why, without content.
        reason: String,
    },
    /// It may be there, and the attendees may have been asked: for a server that asks
    /// them by itself and does not say what became of it.
    Unknown {
        /// What is known.
        reason: String,
    },
}

/// Keeps events.
#[async_trait::async_trait]
pub trait Calendar: Send + Sync + 'static {
    /// What `[vendors]` calls it.
    fn vendor(&self) -> &'static str;
    /// Whether putting an event twice is putting it once and asking once.
    fn is_keyed(&self) -> bool;
    /// Puts an event. The same event again is [`Put::There`]; another one of the same uid
    /// is refused.
    async fn put(&self, entry: Entry<'_>) -> Put;
}

/// An invitation that cannot be made of a row.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The row was changed in the database.
    #[error(transparent)]
    Payload(#[from] EffectError),
    /// The event cannot be written.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The mail cannot be written.
    #[error(transparent)]
    Mail(#[from] ComposeError),
}

/// An invitation in each of its forms.
struct Composed {
    invitation: Invitation,
    ics: String,
    mail: Mail,
}

impl Composed {
    fn of(effect: &OutboxRow) -> Result<Self, InvitationError> {
        let invitation = Invitation::read(effect)?;
        let ics = request(&invitation)?;
        let mail = compose_invitation(effect, &invitation, &ics)?;
        Ok(Self { invitation, ics, mail })
    }
}

/// The mail of a `calendar.invite`; the same row gives the same bytes.
///
/// # Errors
/// See [`InvitationError`].
pub fn invitation_mail(effect: &OutboxRow) -> Result<Mail, InvitationError> {
    Composed::of(effect).map(|composed| composed.mail)
}

/// Performs `calendar.invite`: first the calendar, where to repeat it is harmless, then
/// the mail.
pub struct Inviter {
    calendar: Arc<dyn Calendar>,
    mailer: Arc<dyn Mailer>,
}

impl Inviter {
    /// Puts events into this calendar, and mails through this.
    pub fn new(calendar: Arc<dyn Calendar>, mailer: Arc<dyn Mailer>) -> Self {
        Self { calendar, mailer }
    }
}

#[async_trait::async_trait]
impl Performer for Inviter {
    fn kinds(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn vendor(&self) -> &'static str {
        self.calendar.vendor()
    }

    fn is_keyed(&self) -> bool {
        self.calendar.is_keyed() && self.mailer.is_keyed()
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        // Composed first: an event of which nobody can be told is not put anywhere.
        let Composed { invitation, ics, mail } = match Composed::of(effect) {
            Ok(composed) => composed,
            Err(error) => return Delivery::Permanent { reason: error.to_string() },
        };
        let Some(id) = event_id(effect) else {
            return Delivery::Permanent { reason: "the event has no uid".to_owned() };
        };
        let entry = Entry { org: &effect.org, user: &effect.user, id: &id, invitation: &invitation, ics: &ics };
        let place = match self.calendar.put(entry).await {
            Put::There { place, asks: true } => return Delivery::Sent { receipt: json!({"place": place}) },
            Put::There { place, asks: false } => place,
            Put::Transient { reason, retry_after_ms } => return Delivery::Transient { reason, retry_after_ms },
            Put::Permanent { reason } => return Delivery::Permanent { reason },
            Put::Unknown { reason } => return Delivery::Unknown { reason },
        };
        match self.mailer.deliver(effect, mail).await {
            Delivery::Sent { receipt } => Delivery::Sent { receipt: with_place(receipt, place) },
            // The event stays in the calendar; the next attempt finds it there.
            other => other,
        }
    }
}

fn with_place(mut receipt: Value, place: String) -> Value {
    if let Some(fields) = receipt.as_object_mut() {
        fields.insert("place".to_owned(), json!(place));
    }
    receipt
}

//! Mail: composed once from the recorded effect, sent by SMTP or kept as files.
//!
//! Both ways compose the same bytes from the same row: the message id is made of
//! the effect's key and the date of its release, so that a second attempt is
//! recognisable as the same mail. To add a way (an API of a mailbox vendor): a
//! [`Mailer`], with its own account of when a result is unknown, and a `Performer` for
//! `email.send` over [`compose`] and it. Invitations leave through the same [`Mailer`].
//!
//! Mail that comes in is read over IMAP ([`imap`]) and becomes what is kept of it
//! ([`read`]).

mod compose;
mod folder;
pub mod imap;
pub mod read;
mod smtp;

use std::sync::Arc;

use skillhost_engine::artifact::{self, File, FileError, Files};
use skillhost_engine::outbox::{Delivery, OutboxRow};

pub use compose::{ComposeError, Mail, compose, message_id};
pub(crate) use compose::{Head, boundary, crlf};
pub use folder::FolderMailer;
pub(crate) use folder::{Kept, keep};
pub use smtp::{SmtpError, SmtpMailer, SmtpSettings};

/// A way for a composed mail to leave.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Whether delivering the mail of one effect twice is delivering it once.
    fn is_keyed(&self) -> bool;
    /// One attempt at the mail of an effect. Bounded in time by itself.
    async fn deliver(&self, effect: &OutboxRow, mail: Mail) -> Delivery;
}

/// Composes a row's mail with the files it takes along, and lets it leave.
async fn send(mailer: &dyn Mailer, files: &dyn Files, effect: &OutboxRow) -> Delivery {
    let attached = match artifact::attached(files, effect).await {
        Ok(attached) => attached,
        Err(FileError::Gone { reason }) => return Delivery::Permanent { reason },
        Err(error @ FileError::Away) => {
            return Delivery::Transient { reason: error.to_string(), retry_after_ms: None };
        }
    };
    match compose(effect, &attached) {
        Ok(mail) => mailer.deliver(effect, mail).await,
        Err(error) => Delivery::Permanent { reason: error.to_string() },
    }
}

/// Where there are no files.
#[derive(Debug)]
struct NoFiles;

#[async_trait::async_trait]
impl Files for NoFiles {
    async fn file(&self, _: &OutboxRow, _: &str) -> Result<File, FileError> {
        Err(FileError::Gone { reason: "this mailer has no files to attach".to_owned() })
    }
}

/// Files of nobody, until a mailer is told where they are.
fn no_files() -> Arc<dyn Files> {
    Arc::new(NoFiles)
}

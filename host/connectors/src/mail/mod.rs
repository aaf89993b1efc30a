//! Mail: composed once from the recorded effect, sent by SMTP or kept as files.
//!
//! Both ways compose the same bytes from the same row: the message id is made of
//! the effect's key and the date of its release, so that a second attempt is
//! recognisable as the same mail. To add a way (an API of a mailbox vendor):
//! a `Performer` for `email.send` over [`compose`], with its own account of when
//! a result is unknown.

mod compose;
mod folder;
mod smtp;

pub use compose::{ComposeError, Mail, compose};
pub use folder::FolderMailer;
pub use smtp::{SmtpError, SmtpMailer, SmtpSettings};

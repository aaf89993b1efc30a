//! What came in by mail, understood by rules.
//!
//! A library of the skills of incoming mail, not a skill: it has no `skill.toml`.
//! [`Loaded`] reads a mail through the doors; [`read`] says what it is: first by
//! its headers ([`bounce`], [`away`], [`bulk`]), which a machine writes and a person
//! does not, then by its words ([`stop`], [`refusal`], [`assent`], [`ask`], [`handover`]) in what is new
//! of it; [`verdict`] weighs what was found. The shapes here are also what the
//! skills of a mail hand to each other.
//!
//! Mail in other languages is read by [`tongue`], what stands between quotes by
//! [`answer`], letters that sell to us by [`pitch`], letters of law by [`dispute`].
//!
//! To know one more way to say something, add a row to the table of the module
//! that owns it, and a mail to `tests/eval/emails.jsonl`.

mod answer;
mod ask;
mod assent;
mod away;
mod bounce;
mod bulk;
mod class;
mod cue;
mod dispute;
mod figures;
mod found;
mod handover;
mod learned;
mod loaded;
mod mail;
mod meeting;
mod need;
mod occasion;
mod pending;
mod people;
mod pitch;
mod proposal;
mod refusal;
mod stem;
mod stop;
mod text;
mod times;
mod tongue;
mod verdict;
mod wish;

pub use ask::{Ask, AskKind};
pub use away::{Away, StandIn};
pub use bounce::{Bounce, BounceKind};
pub use class::Class;
pub use learned::told;
pub use loaded::{Loaded, MailInput};
pub use mail::{Mail, bare_subject};
pub use meeting::{MeetingAsk, MeetingKind};
pub use people::Person;
pub use verdict::{Finding, Later, PLAIN_STOP, Reading, Source, read};

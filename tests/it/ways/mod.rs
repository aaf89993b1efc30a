//! Every sequence that ships, from end to end: the event comes the way it really comes, the
//! rep answers in Slack by what is on the cards, and what was decided is looked for where
//! it lands.
//!
//! | file | shows |
//! |---|---|
//! | `setting` | the host and its peers |
//! | `way` | how one way is gone |
//! | `every` | the table of ways, which a sequence without a way fails |
//! | `chains` | how deep events lead to events |
//! | `quiet` | nights, and one on which the clocks change |
//! | `drawn` | the home tab and the forms, by Slack's own models |
//! | `bare` | deals that nothing ever happened on |
//! | `calendars` | calendars that are large, or partly nonsense |
//!
//! A new sequence needs a row in `every`.

#![allow(clippy::unwrap_used)]

mod bare;
mod calendars;
mod chains;
mod drawn;
mod every;
mod quiet;
mod setting;
mod way;

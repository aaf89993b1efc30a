//! Every sequence that ships, from end to end: the event comes the way it really comes, the
//! rep answers in Slack by what is on the cards, and what was decided is looked for where
//! it lands.
//!
//! | file | shows |
//! |---|---|
//! | `way` | how one way is gone |
//! | `every` | the table of ways, which a sequence without a way fails |
//! | `chains` | how deep events lead to events |
//! | `quiet` | nights, and one on which the clocks change |
//! | `drawn` | the home tab and the forms, by Slack's own models |
//! | `bare` | deals that nothing ever happened on |
//! | `calendars` | calendars that are large, or partly nonsense |
//! | `heavy` | a deal with a long history |
//! | `manager` | what a manager hears of a call |
//! | `morning` | a brief of which a part cannot be made |
//! | `offers` | buttons of messages that ask nothing, and what the rep does by themselves |
//! | `paper` | a proposal's PDF, in another reader |
//! | `planted` | that the models find what is wrong |
//! | `calls` | calls that are not the usual one |
//! | `doubts` | peers that fail beside ones that are well |
//! | `gates` | questions that are answered otherwise than by a plain yes |
//! | `mails` | what becomes of a mail, class by class |
//! | `silent` | where there is nothing to send or to prepare |
//! | `times` | times that go out by mail, and the answer to them |
//! | `unpaid` | a call whose models nothing is left for |
//!
//! A new sequence needs a row in `every`.

#![allow(clippy::unwrap_used)]

mod bare;
mod calendars;
mod calls;
mod chains;
mod doubts;
mod drawn;
mod every;
mod gates;
mod heavy;
mod mails;
mod manager;
mod morning;
mod offers;
mod paper;
mod planted;
mod quiet;
mod silent;
mod times;
mod unpaid;
mod way;

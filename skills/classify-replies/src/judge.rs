//! Which class a reply is: what `mail-reading` says of it as a mail, and what a campaign
//! asks beyond that.

use mail_reading::{AskKind, BounceKind, Class, Mail, Reading, Source, read};
use skillhost_language::Anchor;
use skillhost_language::mail::parts;
use skillhost_sdk::sources::CampaignReply;

use crate::by_model::MOST;

/// Longest words that are quoted, bytes.
const MAX_QUOTE: usize = 240;
/// Longest text that is read, bytes: a reply that asks something does so early.
const MAX_READ: usize = 8_000;

/// A refusal this plain is one, whatever a model says.
const PLAIN_NO: f64 = 0.7;

/// A class with its grounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Judged {
    pub(crate) class: Class,
    pub(crate) confidence: f64,
    pub(crate) reason: String,
    pub(crate) quote: Option<String>,
    pub(crate) about: Option<String>,
    pub(crate) back_on: Option<String>,
    /// A person's words, of which a model may know more.
    pub(crate) is_unsure: bool,
}

pub(crate) fn judge(reply: &CampaignReply, anchor: &Anchor) -> Judged {
    let mail = Mail {
        from: &reply.from,
        from_name: &reply.from_name,
        subject: &reply.subject,
        body: cut(&reply.text),
        headers: &reply.headers,
        answers: true,
        own_domains: &[],
        own_names: &[],
    };
    judged(read(&mail, anchor))
}

fn judged(reading: Reading) -> Judged {
    let quote = reading.quote.trim();
    let quote = (!quote.is_empty() && quote.len() <= MAX_QUOTE).then(|| quote.to_owned());
    Judged {
        class: reading.class,
        confidence: reading.confidence,
        reason: reading.reason.clone(),
        quote,
        about: about(&reading).map(str::to_owned),
        back_on: back_on(&reading),
        is_unsure: is_unsure(&reading),
    }
}

/// What the class leaves open.
fn about(reading: &Reading) -> Option<&'static str> {
    let asks = |kind: AskKind| reading.asks.iter().any(|ask| ask.kind == kind);
    match reading.class {
        Class::Bounce => {
            let kind = reading.bounce.as_ref().map(|bounce| bounce.kind).unwrap_or_default();
            Some(if kind == BounceKind::Hard { "hard" } else { "soft" })
        }
        Class::NegativeReply if reading.later.is_some() => Some("later"),
        // A proposal says its prices itself.
        Class::NeedsResponse | Class::PositiveReply | Class::ProposalRequest
            if asks(AskKind::Pricing) && !asks(AskKind::Proposal) =>
        {
            Some("pricing")
        }
        _ => None,
    }
}

/// The day of return, or the day that "later" names.
fn back_on(reading: &Reading) -> Option<String> {
    let away = reading.away.as_ref().and_then(|away| away.return_date.clone());
    away.or_else(|| reading.later.as_ref().and_then(|later| later.date.clone()))
}

/// Whether a second opinion may count. What plainly ends a conversation stays as it was heard.
fn is_unsure(reading: &Reading) -> bool {
    let ends = match reading.class {
        Class::Unsubscribe | Class::OutOfOffice => true,
        Class::NegativeReply => reading.confidence >= PLAIN_NO,
        _ => false,
    };
    reading.decided_by == Source::Words && !ends && reading.confidence < MOST
}

/// What was written now, as much of it as is read.
pub(crate) fn own_words(reply: &CampaignReply) -> String {
    let text = cut(&reply.text);
    parts(text, (!reply.from_name.is_empty()).then_some(reply.from_name.as_str())).own_text(text)
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_READ {
        return text;
    }
    let end = (0..=MAX_READ).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged_of(text: &str) -> Judged {
        // 2026-11-20T15:00:00Z, a Friday.
        let anchor = Anchor::or_utc(1_795_186_800_000, "UTC");
        let (from, subject) = ("jo@globex.test".to_owned(), "Re: Dock doors".to_owned());
        judge(&CampaignReply { text: text.to_owned(), from, subject, ..CampaignReply::default() }, &anchor)
    }

    #[test]
    fn replies_as_people_write_them() {
        for (text, want) in [
            ("Hi Ada,\n\nhappy to talk. Are you free on Tuesday?\n\nJo", Class::MeetingRequest),
            ("Sounds interesting. Could you send me a proposal for two depots?", Class::ProposalRequest),
            ("What does it cost for 40 users?", Class::ProposalRequest),
            ("How much is it?", Class::NeedsResponse),
            ("I don't mind, email me.", Class::NeedsResponse),
            ("Interested, please tell me more.", Class::PositiveReply),
            ("Does it work with Zebra scanners?", Class::NeedsResponse),
            ("Thanks, but we are not interested.", Class::NegativeReply),
            ("Not interested in a demo, but does it read EAN codes?", Class::NeedsResponse),
            ("Please remove me from your list.", Class::Unsubscribe),
            ("Not now. Try me again in March.", Class::NegativeReply),
            ("I'm not the right person, please contact our depot lead.", Class::InternalForward),
            ("I am on holiday until Monday.", Class::OutOfOffice),
            ("I was out of office last week, but yes.", Class::PositiveReply),
            ("Thanks.", Class::InfoOnly),
            ("", Class::InfoOnly),
            ("Fine by me.\n\nOn Mon, 16 Nov 2026 Ada wrote:\n> Are you free for a call?", Class::PositiveReply),
            ("Good day.\n\nTo stop these mails click here to unsubscribe.", Class::InfoOnly),
        ] {
            let found = judged_of(text);
            assert_eq!(found.class, want, "{text}: {found:?}");
        }
    }

    #[test]
    fn what_the_class_leaves_open_is_told() {
        assert_eq!(judged_of("How much is it?").about.as_deref(), Some("pricing"));
        let later = judged_of("Not now. Try me again on 8 March.");
        assert_eq!((later.about.as_deref(), later.back_on.as_deref()), (Some("later"), Some("2027-03-08")));
        assert_eq!(judged_of("No thanks.").about, None);
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = "ü".repeat(MAX_READ);
        assert!(cut(&long).len() <= MAX_READ);
        assert_eq!(cut("short"), "short");
    }
}

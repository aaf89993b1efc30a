//! What a mail wants of the rep.

use briefing_record::{RepClock, Writer, exact_line, own_words, without_greeting};
use skillhost_language::{Anchor, Intent, Meaning, STRONG, deadlines, question, requests, sentences};
use skillhost_sdk::sources::{InboxEntry, instant_ms};

/// Longest quote, characters: two lines of a telephone.
const MAX_QUOTE: usize = 140;

/// What it wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: &'static str,
    pub(crate) why: String,
    pub(crate) quote: Option<String>,
    pub(crate) due: Option<String>,
    /// When it is due, epoch milliseconds.
    pub(crate) due_at: Option<i64>,
    pub(crate) actions: &'static [&'static str],
}

const REPLY: &[&str] = &["draft_reply"];
const MEET: &[&str] = &["draft_reply", "check_calendar"];
const ADDRESS: &[&str] = &["check_address"];

/// What the class of a mail says; none where it needs no answer.
fn of_class(class: &str) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    Some(match class {
        "proposal_request" => ("proposal_request", "asks for a proposal", REPLY),
        "meeting_request" => ("meeting_request", "asks for a meeting", MEET),
        "positive_reply" => ("positive_reply", "answers with interest", REPLY),
        "needs_response" => ("needs_response", "waits for an answer", REPLY),
        "negative_reply" => ("negative_reply", "says no", REPLY),
        "bounce" => ("bounce", "your mail did not arrive", ADDRESS),
        _ => return None,
    })
}

/// What is asked for, in words.
fn of_meaning(meaning: Meaning) -> (&'static str, &'static str, &'static [&'static str]) {
    match meaning {
        Meaning::Intent(Intent::ScheduleMeeting) => ("meeting_request", "asks for a meeting", MEET),
        Meaning::Intent(Intent::SendProposal) => ("proposal_request", "asks for a proposal", REPLY),
        Meaning::Intent(Intent::SendPricing) => ("request", "asks about pricing", REPLY),
        Meaning::Intent(Intent::SendContract) => ("request", "asks for the contract", REPLY),
        Meaning::Intent(Intent::SendContent) => ("request", "asks for material", REPLY),
        Meaning::Intent(Intent::ProvideAccess) => ("request", "asks for access", REPLY),
        Meaning::Intent(Intent::MakeIntroduction) => ("request", "asks for an introduction", REPLY),
        _ => ("request", "asks for something", REPLY),
    }
}

pub(crate) fn of(mail: &InboxEntry, by: Writer, clock: &RepClock) -> Option<Wanted> {
    if by == Writer::Bounce {
        let to = mail.headers.get("x-failed-recipients").map(|to| format!(": {}", to.trim())).unwrap_or_default();
        let why = format!("your mail did not arrive{to}");
        return Some(Wanted { kind: "bounce", why, actions: ADDRESS, ..Wanted::default() });
    }
    let heard = heard(mail, clock);
    match mail.class.as_deref() {
        Some(class) => {
            let (kind, why, actions) = of_class(class)?;
            let heard = heard.unwrap_or_default();
            let quote = heard.quote.or_else(|| {
                let line = exact_line(own_words(&mail.body), MAX_QUOTE);
                (!line.is_empty() && kind != "bounce").then(|| line.to_owned())
            });
            Some(Wanted { kind, why: why.to_owned(), actions, quote, ..heard })
        }
        None => heard.or_else(|| answered(mail)),
    }
}

/// The first request of the sender's own words, else their first question.
fn heard(mail: &InboxEntry, clock: &RepClock) -> Option<Wanted> {
    let text = own_words(&mail.body);
    // "Tomorrow" was said when the mail was written.
    let anchor = Anchor::or_utc(instant_ms(&mail.at)?, &clock.zone());
    let all = sentences(text);
    let mut asked: Option<Wanted> = None;
    for (at, sentence) in all.iter().enumerate() {
        let due = deadlines(sentence, &anchor).into_iter().next();
        let (due, due_at) = (due.as_ref().map(|due| due.when.to_text()), due.map(|due| due.when.epoch_ms(&anchor)));
        if let Some(request) =
            requests(sentence, all.get(at + 1), &anchor).into_iter().find(|request| request.confidence >= STRONG)
        {
            let (kind, why, actions) = of_meaning(request.meaning);
            let words = sentence.words(request.words.start, request.words.end);
            let quote = without_greeting(text, &sentence.quote(&request.words), &words);
            return Some(Wanted { kind, why: why.to_owned(), quote: quote.map(cut), due, due_at, actions });
        }
        let asks = question(sentence).is_some_and(|question| !question.housekeeping)
            && text[sentence.range.clone()].ends_with('?');
        if asks && asked.is_none() {
            let end = sentence.tokens.len();
            let words = sentence.words(0, end);
            let last = sentence.words(end.saturating_sub(1), end);
            let quote = without_greeting(text, &(words.start..sentence.range.end), &last);
            asked = Some(Wanted {
                kind: "question",
                why: "asks a question".to_owned(),
                quote: quote.map(cut),
                due,
                due_at,
                actions: REPLY,
            });
        }
    }
    asked
}

/// An answer to a mail of ours about a deal.
fn answered(mail: &InboxEntry) -> Option<Wanted> {
    let line = exact_line(own_words(&mail.body), MAX_QUOTE);
    let answers = mail.in_reply_to.is_some() && mail.deal_id.is_some() && !line.is_empty();
    answers.then(|| Wanted {
        kind: "reply",
        why: "answered you".to_owned(),
        quote: Some(line.to_owned()),
        actions: REPLY,
        ..Wanted::default()
    })
}

/// A quote that still stands in its source, short enough to show.
fn cut(quote: &str) -> String {
    exact_line(quote, MAX_QUOTE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T08:00:00Z, a Sunday.
    const NOW: i64 = 1_795_334_400_000;

    fn heard_in(body: &str) -> Option<(&'static str, String, Option<String>)> {
        let mail =
            InboxEntry { body: body.to_owned(), at: "2026-11-20T09:00:00.000Z".to_owned(), ..InboxEntry::default() };
        let wanted = of(&mail, Writer::Person, &RepClock::new(NOW, "UTC"))?;
        Some((wanted.kind, wanted.quote?, wanted.due))
    }

    #[test]
    fn what_a_mail_wants() {
        for (body, want) in [
            (
                "Hi Ada,\n\nCould you send us the proposal by Tuesday?\n\nMira",
                Some(("proposal_request", "Could you send us the proposal by Tuesday?", Some("2026-11-24"))),
            ),
            (
                "Hi,\nWhat does the hosting look like?\nBest",
                Some(("question", "What does the hosting look like?", None)),
            ),
            ("Thanks, that is all clear.\n\n> Could you send us the list?", None),
            ("FYI the depot is closed on Monday.", None),
            ("", None),
        ] {
            let got = heard_in(body);
            let got = got.as_ref().map(|(kind, quote, due)| (*kind, quote.as_str(), due.as_deref()));
            assert_eq!(got, want, "{body}");
        }
    }
}

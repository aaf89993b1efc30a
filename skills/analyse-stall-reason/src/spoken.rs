//! What was said that holds a deal up.

use briefing_record::{RepClock, delivers, without_greeting};
use skillhost_language::{
    AUTOMATED, Anchor, Direction, Intent, Meaning, STRONG, Sentence, Topic, When, deadlines, promises, question,
    requests, sentences, signals,
};

use crate::record::{Text, TextKind};

/// A signal less sure than this holds nothing up.
const SURE: f64 = 0.8;
/// What our side wrote down of them is less sure than what they wrote.
const WRITTEN_DOWN: f64 = 0.15;
/// Words that say no for good. A pattern of its own, because a mail may say it
/// without any reason.
const NO_MORE: [&str; 15] = [
    "stop emailing",
    "stop mailing",
    "stop sending",
    "stop writing",
    "stop contacting",
    "do not contact",
    "don't contact",
    "do not email",
    "don't email",
    "remove me",
    "take me off",
    "unsubscribe",
    "not interested",
    "no longer interested",
    "decided not to",
];
/// Words of a request to wait.
const WAIT: [&str; 33] = [
    "not before",
    "not until",
    "not this year",
    "not this quarter",
    "get back to us in",
    "get back to me in",
    "get back to us then",
    "get back to me then",
    "come back in",
    "come back then",
    "come back to us in",
    "come back to me in",
    "come back to us then",
    "come back to me then",
    "reach out in",
    "reach out then",
    "reach out again",
    "try again in",
    "rather look at this in",
    "rather look at it in",
    "rather talk in",
    "look at this again in",
    "look at it again in",
    "revisit",
    "on hold",
    "postpone",
    "postponed",
    "push this to",
    "push it to",
    "pushed to",
    "in the new year",
    "write again in",
    "call again in",
];
/// The reasons of signals, in the order in which one sentence counts.
const OF_SIGNALS: [(Topic, &str, &str); 6] = [
    (Topic::Budget, "budget", "money is a problem"),
    (Topic::Competition, "competition", "another vendor is being looked at"),
    (Topic::Authority, "others_decide", "somebody else decides"),
    (Topic::MultiStakeholder, "others_decide", "more people have a say"),
    (Topic::Objection, "objection", "a doubt was left standing"),
    (Topic::Need, "no_need", "they see no need"),
];

/// Something said, with its exact words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) reason: &'static str,
    pub(crate) why: &'static str,
    pub(crate) quote: String,
    pub(crate) confidence: f64,
    /// The day named with it, `YYYY-MM-DD`.
    pub(crate) day: Option<String>,
}

fn quote(text: &Text, sentence: &Sentence, words: &std::ops::Range<usize>) -> Option<String> {
    let core = sentence.words(words.start, words.end);
    without_greeting(&text.words, &sentence.quote(words), &core).map(str::to_owned)
}

/// Says that they want no more.
pub(crate) fn says_no(text: &Text) -> Option<Said> {
    find(text, &NO_MORE, "said_no", "they said no")
}

/// Asks to wait, perhaps until a day: one in the sentence that asks, else in the one
/// before it ("… in February. Please come back to me then.").
pub(crate) fn asks_to_wait(text: &Text, clock: &RepClock) -> Option<Said> {
    let anchor = Anchor::or_utc(text.at, &clock.zone());
    let all = sentences(&text.words);
    let (at, mut said) = find_at(text, &WAIT, "timing", "they asked to wait")?;
    said.day = [Some(at), at.checked_sub(1)].into_iter().flatten().find_map(|at| {
        let sentence = all.get(at)?;
        let due = deadlines(sentence, &anchor).into_iter().next()?;
        Some(beginning(&text.words[due.range.clone()], &due.when))
    });
    Some(said)
}

/// The first day of what was named: a deadline is its last moment, and whoever says
/// "in February" wants nothing before its first day.
fn beginning(words: &str, when: &When) -> String {
    let day = when.day();
    let lower = words.to_lowercase();
    if lower.chars().any(|c| c.is_ascii_digit()) {
        return day.to_string();
    }
    let has = |word: &str| lower.contains(word);
    let first = if has("year") {
        day.first_of_year()
    } else if has("quarter") {
        let month = (day.month() - 1) / 3 * 3 + 1;
        day.first_of_month().with().month(month).build().unwrap_or(day)
    } else if day == day.last_of_month() {
        day.first_of_month()
    } else {
        day
    };
    first.to_string()
}

/// The sentence with one of these phrases, unless it asks, supposes or denies.
fn find(text: &Text, phrases: &[&str], reason: &'static str, why: &'static str) -> Option<Said> {
    find_at(text, phrases, reason, why).map(|(_, said)| said)
}

fn find_at(text: &Text, phrases: &[&str], reason: &'static str, why: &'static str) -> Option<(usize, Said)> {
    sentences(&text.words).into_iter().enumerate().find_map(|(at, sentence)| {
        let words = sentence.text(&text.words).to_lowercase().replace('’', "'");
        let lower = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
        let phrase = phrases.iter().find(|phrase| holds(&lower, phrase))?;
        // "We would rather" wants; "we would" alone supposes.
        let supposed = lower.replace(" would rather ", " ").replace(" would prefer ", " ").replace(" would like ", " ");
        let doubtful = sentence.question
            || [" if ", " unless ", " not that ", " isn't that "].iter().any(|word| lower.contains(word))
            || supposed.contains(" would ");
        let before = lower.split(phrase).next().unwrap_or_default();
        let denied = !phrase.starts_with("not ") && [" not ", " never ", "n't "].iter().any(|no| before.ends_with(no));
        if doubtful || denied {
            return None;
        }
        let all = 0..sentence.tokens.len();
        Some((at, Said { reason, why, quote: quote(text, &sentence, &all)?, confidence: 0.9, day: None }))
    })
}

/// Whether a phrase stands in a line as words of its own.
fn holds(line: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    line.match_indices(phrase)
        .any(|(at, _)| edge(line[..at].chars().next_back()) && edge(line[at + phrase.len()..].chars().next()))
}

/// A request or question to us; the last one of the mail.
pub(crate) fn asks_us(text: &Text, clock: &RepClock) -> Option<Said> {
    let anchor = Anchor::or_utc(text.at, &clock.zone());
    let all = sentences(&text.words);
    let mut found = None;
    for (at, sentence) in all.iter().enumerate() {
        let request = requests(sentence, all.get(at + 1), &anchor).into_iter().find(|asked| asked.confidence >= STRONG);
        let asked = match &request {
            Some(request) => quote(text, sentence, &request.words).map(|quote| (quote, request.confidence)),
            None => question(sentence)
                .filter(|question| !question.housekeeping && sentence.text(&text.words).ends_with('?'))
                .and_then(|_| quote(text, sentence, &(0..sentence.tokens.len())))
                .map(|quote| (quote, STRONG)),
        };
        if let Some((quote, confidence)) = asked {
            found = Some(Said {
                reason: "waiting_on_us",
                why: "they asked, and nobody answered",
                quote,
                confidence,
                day: None,
            });
        }
    }
    found
}

/// A promise of ours that none of the later mails of ours brings.
pub(crate) fn promised(text: &Text, later: &[&Text], clock: &RepClock) -> Option<Said> {
    let anchor = Anchor::or_utc(text.at, &clock.zone());
    let all = sentences(&text.words);
    all.iter().enumerate().find_map(|(at, sentence)| {
        let promise = promises(sentence, all.get(at + 1), &anchor).into_iter().find(|promise| {
            let names = match promise.meaning {
                // A meeting takes two; that it did not come is not ours alone.
                Meaning::Intent(intent) => intent != Intent::ScheduleMeeting,
                Meaning::Task => promise.deadline.is_some(),
                Meaning::Handover | Meaning::Idle => false,
            };
            names && promise.confidence >= AUTOMATED
        })?;
        let quote = quote(text, sentence, &promise.words)?;
        let brought = later.iter().any(|mail| mail.at > text.at && delivers(&mail.words, &quote));
        (!brought).then(|| Said {
            reason: "we_promised",
            why: "we promised, and no mail brings it",
            quote,
            confidence: promise.confidence,
            day: promise.deadline.map(|deadline| deadline.when.day().to_string()),
        })
    })
}

/// What speaks against going on; of several the one that comes first in
/// [`OF_SIGNALS`].
pub(crate) fn holds_up(text: &Text) -> Option<Said> {
    let less = if text.kind == TextKind::Theirs { 0.0 } else { WRITTEN_DOWN };
    let mut found: Option<(usize, Said)> = None;
    for sentence in sentences(&text.words) {
        if sentence.question {
            continue;
        }
        for signal in signals(&sentence).into_iter().filter(|signal| signal.confidence >= SURE) {
            let neutral_counts = matches!(signal.topic, Topic::MultiStakeholder | Topic::Competition);
            let against =
                signal.direction() == Direction::Negative || neutral_counts && signal.direction() == Direction::Neutral;
            let Some(place) = OF_SIGNALS.iter().position(|(topic, ..)| *topic == signal.topic).filter(|_| against)
            else {
                continue;
            };
            if found.as_ref().is_some_and(|(other, _)| *other <= place) {
                continue;
            }
            let (_, reason, why) = OF_SIGNALS[place];
            let Some(quote) = quote(text, &sentence, &signal.words) else { continue };
            found = Some((place, Said { reason, why, quote, confidence: signal.confidence - less, day: None }));
        }
    }
    found.map(|(_, said)| said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use briefing_record::Source;

    /// 2026-11-22T08:00:00Z, a Sunday.
    const NOW: i64 = 1_795_334_400_000;

    fn text(words: &str) -> Text {
        Text {
            id: "email:e1".to_owned(),
            kind: TextKind::Theirs,
            words: words.to_owned(),
            at: NOW - 10 * 86_400_000,
            source: Source::default(),
            read_id: "r1".to_owned(),
        }
    }

    #[test]
    fn a_no_is_said_and_not_supposed() {
        for (words, no) in [
            ("Please stop emailing me.", true),
            ("We are no longer interested, thank you.", true),
            ("We have decided not to go on.", true),
            ("If we were not interested we would say so.", false),
            ("It's not that we are not interested, we wait for legal.", false),
            ("Are you not interested in our depot?", false),
            ("We did not unsubscribe from anything.", false),
            ("Please stop by our booth.", false),
        ] {
            assert_eq!(says_no(&text(words)).is_some(), no, "{words}");
        }
    }

    #[test]
    fn a_request_to_wait_may_name_a_day() {
        let clock = RepClock::new(NOW, "UTC");
        for (words, day) in [
            ("Please get back to us in January.", Some(Some("2027-01-01"))),
            ("Not before the 15th of December, please.", Some(Some("2026-12-15"))),
            ("Let us push this to next quarter.", Some(Some("2027-01-01"))),
            (
                "We would rather look at this in February, once the peak is behind us. Please come back to me then.",
                Some(Some("2027-02-01")),
            ),
            ("February is fine. Please come back to me then.", Some(None)),
            ("We would come back in January.", None),
            ("This is on hold for now.", Some(None)),
            ("We can do it in January.", None),
            ("Is it on hold?", None),
        ] {
            let said = asks_to_wait(&text(words), &clock);
            assert_eq!(said.as_ref().map(|said| said.day.as_deref()), day, "{words}");
        }
    }

    #[test]
    fn what_holds_up_has_its_words() {
        let said = |words: &str| holds_up(&text(words)).map(|said| (said.reason, said.quote));
        assert_eq!(
            said("Hi Ada,\nwe have no budget left for this year. Best"),
            Some(("budget", "we have no budget left for this year.".to_owned()))
        );
        assert_eq!(said("The budget is approved."), None);
        assert_eq!(said("Do you think the budget is too tight?"), None);
    }
}

//! Promises and requests that no rule heard and that a turn's words are sure of.
//!
//! Rules know their turns of phrase, and people have others. Where no rule heard anything in
//! a turn and the model of [`crate::learned`] is surer of a kind than it has to be beside a
//! rule, the sentence that speaks for it most is reported. What a rule heard and did not
//! report, an attempt or a condition, is not taken up here; nor is what was done already or
//! only asked, which words alone do not tell from a promise. To keep one more of these out, add
//! a row to [`DONE`].

use std::sync::LazyLock;

use meeting_source::Loaded;
use skillhost_language::{Heard, Pattern, Sentence, any, deadlines, table};
use skillhost_sdk::sources::Side;

use crate::findings::{REPEATED_WITHIN_TURNS, rounded};
use crate::learned::{Subject, Told, speaks_for};
use crate::output::{Output, Said};

/// Least chance of a finding without a rule's word for it: on calls that the table had not seen,
/// nine of ten are right.
const LIKELY_PROMISE: f64 = 0.75;
const LIKELY_REQUEST: f64 = 0.85;
/// Which words it was said in is a guess.
const SUREST: f64 = 0.89;
/// What somebody has done.
const DONE: &[&str] = &[
    "i|we|he|she|they already|just|also? sent|emailed|mailed|forwarded|posted|shared|attached|uploaded|texted|gave|told",
    "i|we have already|just|also? sent|emailed|mailed|forwarded|posted|shared|attached|uploaded|texted|given|told",
    "i|we already|just|also? asked|checked|booked|invited|introduced|spoke|talked",
    "i|we have already|just|also? asked|checked|booked|invited|introduced|spoken|talked",
];
/// What says that there is something to come all the same.
const TO_COME: &[&str] = &["will|shall", "going to|gonna", "let me", "am *ing", "have|get it|that|this|them to you"];

struct Tables {
    done: Vec<Pattern>,
    to_come: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables { done: table(DONE), to_come: table(TO_COME) });

/// Adds what the words of turns say.
pub(crate) fn add(meeting: &Loaded, heard: &Heard, output: &mut Output) {
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        let nothing_of = |list: &[skillhost_language::Said]| list.iter().all(|said| said.turn != at);
        let (subject, least, list) = match meeting.side(turn) {
            Side::Rep if nothing_of(&heard.promises) => (Subject::Commitments, LIKELY_PROMISE, &mut output.commitments),
            Side::Prospect if nothing_of(&heard.requests) => (Subject::Requests, LIKELY_REQUEST, &mut output.requests),
            _ => continue,
        };
        if let Some(said) = likely(meeting, heard, at, subject, least)
            && !is_repeated(list, &said)
        {
            list.insert(list.partition_point(|earlier| earlier.turn <= said.turn), said);
        }
    }
}

fn likely(meeting: &Loaded, heard: &Heard, at: usize, subject: Subject, least: f64) -> Option<Said> {
    let read = |at: usize| heard.sentences.get(at).map(Vec::as_slice).unwrap_or_default();
    let said = read(at);
    let told = Told::of(said).after(at.checked_sub(1).map(read).unwrap_or_default());
    let (kind, chance) = told.chances(subject).max_by(|one, other| one.1.total_cmp(&other.1))?;
    if chance < least {
        return None;
    }
    let speaks = |sentence: &&Sentence| speaks_for(sentence, subject, kind);
    let telling = said.iter().max_by(|one, other| speaks(one).total_cmp(&speaks(other)))?;
    if subject == Subject::Commitments && is_no_promise(telling) {
        return None;
    }
    let turn = meeting.transcript.turns.get(at)?;
    // Of two days one is of something else.
    let days = deadlines(telling, &meeting.anchor);
    let day = if let [day] = days.as_slice() { Some(day) } else { None };
    Some(Said {
        speaker: meeting.side(turn),
        speaker_name: turn.speaker.clone(),
        phrase: meeting.quote(at, &telling.range)?,
        intent: kind.to_owned(),
        confidence: rounded(chance.min(SUREST)),
        deadline: day.map(|day| day.when.to_text()),
        deadline_quote: day.and_then(|day| turn.text.get(day.range.clone())).map(str::to_owned),
        turn: turn.index,
        by: None,
    })
}

/// Whether a sentence asks, or tells what was done.
fn is_no_promise(sentence: &Sentence) -> bool {
    let words = &sentence.tokens;
    sentence.question || any(&TABLES.done, words) && !any(&TABLES.to_come, words)
}

/// Whether the same person says it a little before or after.
fn is_repeated(list: &[Said], said: &Said) -> bool {
    list.iter().any(|other| {
        other.intent == said.intent
            && other.speaker == said.speaker
            && other.speaker_name == said.speaker_name
            && other.turn.abs_diff(said.turn) <= REPEATED_WITHIN_TURNS
    })
}

#[cfg(test)]
mod tests {
    use skillhost_language::sentences;

    use super::*;

    #[test]
    fn what_was_done_or_is_asked_is_no_promise_and_what_comes_is() {
        let no_promise = |text: &str| sentences(text).iter().all(is_no_promise);
        for said in [
            "I sent you the sheet with the confirmation mail.",
            "I've already forwarded the deck.",
            "we emailed that over on Monday",
            "Shall I ring you early next week?",
        ] {
            assert!(no_promise(said), "{said}");
        }
        for said in [
            "I sent you the old one, so I'll send the new one tonight.",
            "The deck is coming to you on Friday.",
            "I've asked Ben, and I'm sending you his answer.",
        ] {
            assert!(!no_promise(said), "{said}");
        }
    }
}

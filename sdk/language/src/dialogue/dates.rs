//! The day of a promise where somebody else, or a later turn, says it: "By when?"
//! "Thursday." "Is tomorrow all right?" "Tomorrow is fine." "Monday is a holiday." "Then
//! Tuesday."

use super::hearing::Listener;
use super::{Due, Heard, Said};
use crate::commitment::{REPORTED, bare_day};
use crate::deadline::{Deadline, deadlines};
use crate::sentence::Sentence;

/// What was promised is dated within this many turns, or not at all.
const REACH: usize = 3;
/// A day that settles something stands in one of this many first sentences.
const FIRST_SENTENCES: usize = 3;
/// A sentence with more words says something of its own.
const SHORT: usize = 9;

impl Listener<'_> {
    /// Dates what was promised in this turn and in those just before it.
    pub(super) fn date(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        self.as_asked(turn, first_promise, heard);
        self.said_before(turn, first_promise, heard);
        self.settled(turn, first_promise, heard);
    }

    /// "Could you send it by Friday?" "I'll send it": the day asked for is the day.
    fn as_asked(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        let Heard { promises, requests, .. } = heard;
        for promise in promises[first_promise..].iter_mut().filter(|said| said.due.is_none()) {
            let asked = requests.iter().rev().take_while(|said| turn - said.turn.min(turn) <= 2).find(|said| {
                said.turn < turn
                    && said.meaning == promise.meaning
                    && self.turns[said.turn].speaker != self.turns[turn].speaker
            });
            promise.due = asked.and_then(|said| said.due.clone());
        }
    }

    /// "Today, yes. I'll write you when I know."
    fn said_before(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        for promise in heard.promises[first_promise..].iter_mut().filter(|said| said.due.is_none()) {
            let before = self.read[turn].iter().rposition(|s| s.range.end <= promise.range.start);
            promise.due = before.and_then(|at| self.bare(turn, at));
        }
    }

    fn bare(&self, turn: usize, at: usize) -> Option<Due> {
        let date = bare_day(&self.read[turn][at], &self.anchors[turn][at])?;
        self.due(turn, &date)
    }

    fn due(&self, turn: usize, date: &Deadline) -> Option<Due> {
        let quote = self.turns[turn].text.get(date.range.clone())?;
        Some(Due { quote: quote.to_owned(), when: date.when.clone() })
    }

    /// A day that is said after the promise, by whoever settles it.
    fn settled(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        let Some(before) = turn.checked_sub(1) else { return };
        let own = self.turns[turn].speaker;
        if self.turns[before].speaker == own {
            return;
        }
        let Some((at, date)) = self.day_of(turn) else { return };
        let Some(due) = self.due(turn, &date) else { return };
        let open = |said: &Said| said.confidence >= REPORTED && turn - said.turn <= REACH;
        // What was promised here has its own days.
        let mut lately = heard.promises[..first_promise].iter_mut().rev().filter(|said| open(said));
        let Some(promise) = lately.next() else { return };
        let speaks = promise.owner.as_deref() == own;
        let sentence = &self.read[turn][at];
        let settles = match (&promise.due, speaks) {
            // "By when?" "Thursday.", and what was asked of them for a day they repeat.
            (None, true) => self.asks_when(before) || self.names(before, &date),
            // "Monday is a holiday." "Then Tuesday."
            (Some(known), true) => {
                promise.turn < before && known.when.day() != date.when.day() && self.rejects(before, known)
            }
            // "By Friday, please.", "Is Tuesday all right?" "Tuesday is fine."
            (None, false) => promise.turn == before && (bounds(sentence, &date) || self.offers(before, &date)),
            (Some(_), false) => false,
        };
        if settles {
            promise.due = Some(due);
        }
    }

    /// A day that a short sentence at the beginning of a turn is about.
    fn day_of(&self, turn: usize) -> Option<(usize, Deadline)> {
        let sentences = self.read[turn].iter().zip(&self.anchors[turn]).take(FIRST_SENTENCES).enumerate();
        for (at, (sentence, anchor)) in sentences {
            let refuses = sentence.tokens.iter().any(|t| matches!(t.word.as_str(), "not" | "if" | "was" | "unless"));
            if sentence.question || refuses || sentence.tokens.len() > SHORT {
                continue;
            }
            if let Some(date) = deadlines(sentence, anchor).into_iter().next() {
                return Some((at, date));
            }
        }
        None
    }

    /// "When?", "by when", "when can I have it?"
    fn asks_when(&self, turn: usize) -> bool {
        self.read[turn].iter().any(|sentence| {
            let when = sentence.tokens.iter().position(|t| t.word == "when");
            let soon = sentence.tokens.windows(2).any(|w| w[0].word == "how" && w[1].word == "soon");
            (when.is_some_and(|at| at < 3) || soon) && sentence.tokens.len() <= SHORT
        })
    }

    /// Whether a turn has a day, said as what is wanted.
    fn names(&self, turn: usize, date: &Deadline) -> bool {
        self.each_day(turn, |sentence, day| {
            let soft = sentence.tokens.iter().any(|t| matches!(t.word.as_str(), "possible" | "maybe" | "perhaps"));
            day.when.day() == date.when.day() && !sentence.question && !soft
        })
    }

    /// Whether a question of a turn proposes a day.
    fn offers(&self, turn: usize, date: &Deadline) -> bool {
        self.each_day(turn, |sentence, day| day.when.day() == date.when.day() && sentence.question)
    }

    /// Whether a turn speaks of a day that was promised, as who cannot have it then.
    fn rejects(&self, turn: usize, known: &Due) -> bool {
        const NO: &[&str] = &["holiday", "not", "no", "late", "closed", "off", "earlier", "sooner", "already"];
        self.each_day(turn, |_, day| day.when.day() == known.when.day())
            && self.read[turn].iter().flat_map(|s| &s.tokens).any(|t| NO.contains(&t.word.as_str()))
    }

    fn each_day(&self, turn: usize, fits: impl Fn(&Sentence, &Deadline) -> bool) -> bool {
        self.read[turn]
            .iter()
            .zip(&self.anchors[turn])
            .any(|(sentence, anchor)| deadlines(sentence, anchor).iter().any(|day| fits(sentence, day)))
    }
}

/// "By Friday", "same deadline, Wednesday", "that's for Friday too": a day as a bound.
fn bounds(sentence: &Sentence, date: &Deadline) -> bool {
    let first = sentence.tokens.get(date.words.start).map_or("", |t| t.word.as_str());
    let before = date.words.start.checked_sub(1).map_or("", |at| sentence.tokens[at].word.as_str());
    matches!(first, "by" | "before" | "until") || matches!(before, "for" | "deadline" | "till")
}

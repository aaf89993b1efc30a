//! A question that is asked for an answer: one that the other side has to go and find
//! out. What is answered on the spot is talk.

use super::hearing::Listener;
use super::{Heard, Said};
use crate::action::{Intent, Meaning};
use crate::commitment::REPORTED;
use crate::sentence::Sentence;
use crate::token::Gap;

/// How sure such a request is.
const WONDERED: f64 = 0.8;
/// The question stands in one of this many last sentences of its turn.
const LAST_SENTENCES: usize = 3;
/// Who does not know may say so first; the promise to ask comes at most this much later.
const REACH: usize = 3;

impl Listener<'_> {
    /// Who promises to find out has been asked: "Is it stored here?" "I'll ask."
    pub(super) fn wondered(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        let asks_around = |said: &&Said| {
            said.turn == turn
                && said.confidence >= REPORTED
                && said.answers.is_none()
                && said.meaning == Meaning::Intent(Intent::CheckInternally)
        };
        let Some(promise) = heard.promises[first_promise..].iter().find(asks_around) else { return };
        let Some((before, question)) = self.question(turn) else { return };
        if heard.requests.iter().rev().take_while(|said| said.turn >= before).any(|said| said.turn == before) {
            return;
        }
        let request = Said {
            turn: before,
            range: question.range.clone(),
            meaning: Meaning::Intent(Intent::ProspectFollowup),
            confidence: WONDERED,
            due: None,
            action: promise.action.clone(),
            owner: promise.owner.clone(),
            joint: false,
            answers: None,
        };
        // They stay in the order of the turns.
        let at = heard.requests.iter().rposition(|said| said.turn <= before).map_or(0, |at| at + 1);
        heard.requests.insert(at, request);
    }

    /// The question that is still open, and its turn.
    fn question(&self, turn: usize) -> Option<(usize, &Sentence)> {
        for before in (turn.saturating_sub(REACH)..turn).rev() {
            let same = self.turns[before].speaker == self.turns[turn].speaker
                || self.turns[before].ours.is_some() && self.turns[before].ours == self.turns[turn].ours;
            if same {
                // "I don't know how they do it" leaves it open, anything else answers it.
                let says = |words: &[&str]| {
                    self.read[before].iter().flat_map(|s| &s.tokens).any(|t| words.contains(&t.word.as_str()))
                };
                if says(&["not"]) && says(&["know", "sure"]) {
                    continue;
                }
                return None;
            }
            // What they ask in passing is talk; who wants the answer says what hangs on it.
            let all = &self.read[before];
            let pressing = all.len() > 1
                || all.iter().flat_map(|s| &s.tokens).any(|t| matches!(t.word.as_str(), "because" | "since" | "need"));
            let pressing = pressing && self.turns[before].ours != Some(true);
            let found = all.iter().rev().take(LAST_SENTENCES).find(|s| asks(s)).filter(|_| pressing);
            if let Some(found) = found {
                return Some((before, found));
            }
        }
        None
    }
}

/// A question, also one that keeps the order of a statement: "so it sits where on whose
/// server".
fn asks(sentence: &Sentence) -> bool {
    let late = || {
        sentence.tokens.windows(2).skip(2).any(|pair| {
            matches!(pair[0].word.as_str(), "where" | "whose" | "who")
                && matches!(pair[1].word.as_str(), "is" | "on" | "does" | "are" | "in")
        })
    };
    // "That's two years, right?" tells more than it asks.
    let tag = sentence.tokens.last().is_some_and(|t| {
        t.gap != Gap::None && matches!(t.word.as_str(), "right" | "yes" | "no" | "ja" | "correct" | "okay" | "true")
    });
    (sentence.question || late()) && sentence.tokens.len() > 3 && !tag
}

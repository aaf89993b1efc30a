//! The pass over the turns.

use std::ops::Range;

use super::answer::{REFUSALS, yes};
use super::offer::{offer, stated, wants};
use super::retell::retell;
use super::{Decided, Due, Heard, HeardSignal, Said, Utterance};
use crate::action::{Intent, Meaning, meaning};
use crate::commitment::{Promise, promises};
use crate::deadline::{Anchor, Deadline, deadlines};
use crate::decision::decision;
use crate::lexicon;
use crate::people::{addressed, match_name};
use crate::phrase::phrase_end;
use crate::request::requests;
use crate::sentence::{Sentence, sentences};
use crate::signal::signals;
use crate::token::Gap;

/// "It" is something that was named at most this many turns ago; further back it
/// is anybody's guess.
const TOPIC_REACH: usize = 4;
/// "I'll get you that" answers what was asked at most this many turns ago.
const ASKED_BEFORE: usize = 2;
/// How sure a request is that says yes to an offer.
const ACCEPTED_OFFER: f64 = 0.86;
/// The most that "let's" is worth as a request.
const LETS: f64 = 0.78;
/// "That Wednesday" is in a week that was spoken of at most this many turns ago.
const WEEK_REACH: usize = 12;
/// What a guess at "it" costs.
const GUESSED_OBJECT: f64 = 0.04;
/// An answer comes in one of this many sentences.
const ANSWER_SENTENCES: usize = 2;
/// A request still waits for its answer within this many sentences of the end of its turn.
const ASKED_AT_END: usize = 3;

/// Reads a conversation.
#[must_use]
pub fn listen(turns: &[Utterance<'_>], anchor: &Anchor) -> Heard {
    hear(turns, anchor, true)
}

/// The same without signals, which cost more than all the rest.
#[must_use]
pub fn listen_for_work(turns: &[Utterance<'_>], anchor: &Anchor) -> Heard {
    hear(turns, anchor, false)
}

fn hear(turns: &[Utterance<'_>], anchor: &Anchor, signalled: bool) -> Heard {
    let read: Vec<Vec<Sentence>> = turns.iter().map(|turn| sentences(turn.text)).collect();
    let mut names: Vec<&str> = Vec::new();
    for name in turns.iter().filter_map(|turn| turn.speaker) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let anchors = anchors(&read, anchor);
    let listener = Listener { turns, read: &read, names, anchors, signalled };
    let mut heard = Heard::default();
    for turn in 0..turns.len() {
        listener.turn(turn, &mut heard);
    }
    heard.sentences = read;
    heard
}

/// What each sentence's dates are relative to: the same moment, and the week
/// spoken of before it.
fn anchors(read: &[Vec<Sentence>], anchor: &Anchor) -> Vec<Vec<Anchor>> {
    let mut current = anchor.forgetful();
    let mut spoken_at = 0;
    let mut out = Vec::with_capacity(read.len());
    for (turn, all) in read.iter().enumerate() {
        if turn - spoken_at > WEEK_REACH {
            current = anchor.forgetful();
        }
        let mut of_turn = Vec::with_capacity(all.len());
        for sentence in all {
            let after = current.after(sentence);
            if !after.remembers_like(&current) {
                spoken_at = turn;
            }
            of_turn.push(std::mem::replace(&mut current, after));
        }
        out.push(of_turn);
    }
    out
}

pub(super) struct Listener<'a> {
    pub(super) turns: &'a [Utterance<'a>],
    pub(super) read: &'a [Vec<Sentence>],
    names: Vec<&'a str>,
    /// One for each sentence.
    pub(super) anchors: Vec<Vec<Anchor>>,
    /// Signals are wanted.
    signalled: bool,
}

impl Listener<'_> {
    fn turn(&self, turn: usize, heard: &mut Heard) {
        let first_promise = heard.promises.len();
        for (index, sentence) in self.read[turn].iter().enumerate() {
            let next = self.read[turn].get(index + 1);
            let anchor = &self.anchors[turn][index];
            let found = promises(sentence, next, anchor);
            let asked = requests(sentence, next, anchor);
            for promise in &found {
                // "I'll be there Friday" says once more what is to be brought there on that day.
                let there = sentence.tokens[promise.words.clone()].iter().any(|t| t.word == "there");
                let again = there
                    && heard.promises.iter().rev().take_while(|said| turn - said.turn <= TOPIC_REACH).any(|said| {
                        let day = |due: &Due| promise.deadline.as_ref().is_some_and(|d| d.when.day() == due.when.day());
                        said.owner.as_deref() == self.turns[turn].speaker && said.due.as_ref().is_some_and(day)
                    });
                if again {
                    continue;
                }
                if let Some(said) = self.promise(turn, index, promise, &heard.requests) {
                    // "Let's set up a call" binds both: from the other side it is a wish as well.
                    let together = promise.joint && said.intent() == Some(Intent::ScheduleMeeting);
                    let invites = sentence.tokens.get(promise.words.start).is_some_and(|t| t.word == "let");
                    if together && invites && self.turns[turn].ours == Some(false) {
                        let owner = self.listener(turn, None);
                        let confidence = said.confidence.min(LETS);
                        heard.requests.push(Said { owner, confidence, joint: false, ..said.clone() });
                    }
                    heard.promises.push(said);
                }
            }
            for request in &asked {
                // "Let me know if you can send it": the promise reading wins nothing here.
                let overlaps =
                    found.iter().any(|p| p.words.start < request.words.end && request.words.start < p.words.end);
                if overlaps {
                    continue;
                }
                let owner = addressed(&sentence.tokens, &self.names)
                    .map(|p| self.names[p].to_owned())
                    .or_else(|| self.listener(turn, None));
                let mut said = self.said(
                    turn,
                    sentence,
                    request.words.clone(),
                    request.phrase.clone(),
                    request.meaning,
                    request.confidence,
                    request.deadline.as_ref(),
                    owner,
                );
                self.resolve(turn, index, &mut said, &[]);
                heard.requests.push(said);
            }
            if found.is_empty() {
                self.assigned(turn, index, heard);
            }
            // A seller's words about the deal are no signal of the buyer's.
            let weighed = self.signalled && self.turns[turn].ours != Some(true);
            for signal in weighed.then(|| signals(sentence)).into_iter().flatten() {
                let core = sentence.words(signal.words.start, signal.words.end);
                heard.signals.push(HeardSignal { turn, range: sentence.quote(&signal.words), core, signal });
            }
            if let Some(words) = decision(sentence) {
                heard.decisions.push(Decided { turn, range: sentence.words(words.start, words.end) });
            }
        }
        self.accepted(turn, heard);
        self.answer(turn, first_promise, heard);
        self.wondered(turn, first_promise, heard);
        self.date(turn, first_promise, heard);
    }

    /// "Please do": what was offered at the end of the turn before is now asked for.
    fn accepted(&self, turn: usize, heard: &mut Heard) {
        let Some(before) = turn.checked_sub(1) else { return };
        if self.turns[before].speaker == self.turns[turn].speaker {
            return;
        }
        let Some(yes) = self.read[turn].iter().take(ANSWER_SENTENCES).find(|s| wants(s)) else { return };
        let lately = || self.read[before].iter().rev().take(ANSWER_SENTENCES);
        let asked = lately().find_map(|s| Some((s, offer(s)?)));
        let offered = asked.or_else(|| lately().find_map(|s| Some((s, stated(s)?))));
        let Some((sentence, (phrase, intent))) = offered else { return };
        let meaning = Meaning::Intent(intent);
        if heard.requests.iter().any(|said| said.turn == turn && said.meaning == meaning) {
            return;
        }
        let owner = self.turns[before].speaker.map(str::to_owned);
        let mut said = self.said(before, sentence, phrase.clone(), phrase, meaning, ACCEPTED_OFFER, None, owner);
        said.turn = turn;
        said.range = yes.range.clone();
        heard.requests.push(said);
    }

    fn promise(&self, turn: usize, index: usize, promise: &Promise, asked: &[Said]) -> Option<Said> {
        let sentence = &self.read[turn][index];
        let owner = self.turns[turn].speaker.map(str::to_owned);
        // A meeting "on Wednesday", in talk about another week, is on nobody knows
        // which Wednesday.
        let meets = promise.meaning == Meaning::Intent(Intent::ScheduleMeeting);
        let anchor = &self.anchors[turn][index];
        let due = promise.deadline.as_ref().filter(|due| !(meets && anchor.may_be_of_another_week(due)));
        let mut said = self.said(
            turn,
            sentence,
            promise.words.clone(),
            promise.phrase.clone(),
            promise.meaning,
            promise.confidence,
            due,
            owner,
        );
        said.joint = promise.joint;
        self.resolve(turn, index, &mut said, asked);
        (said.confidence >= crate::commitment::WEAK).then_some(said)
    }

    #[expect(clippy::too_many_arguments, reason = "builds the one record all three kinds of finding share")]
    fn said(
        &self,
        turn: usize,
        sentence: &Sentence,
        words: Range<usize>,
        phrase: Range<usize>,
        meaning: Meaning,
        confidence: f64,
        deadline: Option<&Deadline>,
        owner: Option<String>,
    ) -> Said {
        let text = self.turns[turn].text;
        let listener = self.listener(turn, Some(sentence));
        Said {
            turn,
            range: sentence.words(words.start, words.end),
            meaning,
            confidence,
            due: deadline.and_then(|d| {
                // A date in the next sentence is quoted from there.
                text.get(d.range.clone()).map(|quote| Due { quote: quote.to_owned(), when: d.when.clone() })
            }),
            action: retell(text, sentence, phrase, self.turns[turn].speaker, listener.as_deref()),
            owner,
            joint: false,
            answers: None,
        }
    }

    /// Who is spoken to: whoever is addressed by name, the other one of two, else
    /// whoever spoke just before, of the other side where sides are known.
    fn listener(&self, turn: usize, sentence: Option<&Sentence>) -> Option<String> {
        /// Three of one side in a row are rare; further back it is another topic.
        const SPOKE_LATELY: usize = 4;
        let speaker = self.turns[turn].speaker?;
        let named = sentence.and_then(|s| addressed(&s.tokens, &self.names)).map(|at| self.names[at]);
        if let Some(name) = named.filter(|name| *name != speaker) {
            return Some(name.to_owned());
        }
        if self.names.len() == 2 {
            return self.names.iter().find(|n| **n != speaker).map(|n| (*n).to_owned());
        }
        let other = |t: &&Utterance<'_>| t.ours.is_some() && t.ours == self.turns[turn].ours.map(|ours| !ours);
        let lately = self.turns[..turn].iter().rev().take(SPOKE_LATELY).find(other).and_then(|t| t.speaker);
        let before = || self.turns[..turn].iter().rev().take(2).filter_map(|t| t.speaker).find(|n| *n != speaker);
        lately.or_else(before).map(str::to_owned)
    }

    /// Gives a handover the object that was just asked for, or talked about last.
    fn resolve(&self, turn: usize, index: usize, said: &mut Said, asked: &[Said]) {
        // "I'll revise it": what they asked to have revised.
        let worked_on = said.meaning == Meaning::Task
            && [
                "Prepare it",
                "Prepare that",
                "Draft it",
                "Revise it",
                "Revise that",
                "Update it",
                "Redo it",
                "Rework it",
                "Write it",
            ]
            .iter()
            .any(|work| said.action.starts_with(work));
        if worked_on && let Some(intent) = self.wanted(turn, asked) {
            said.meaning = Meaning::Intent(intent);
            return;
        }
        if said.meaning != Meaning::Handover {
            return;
        }
        let mut earlier = self.read[turn][..index]
            .iter()
            .rev()
            .chain((turn.saturating_sub(TOPIC_REACH)..turn).rev().flat_map(|t| self.read[t].iter().rev()));
        // The sentence itself may name it before the head: "The deck? I'll send it."
        let own = &self.read[turn][index];
        // "Set that up" takes what can be set up, "send it" what can be sent.
        let set_up = ["Set ", "Open ", "Activate ", "Enable "].iter().any(|verb| said.action.starts_with(verb));
        let topic_of = if set_up { set_up_topic } else { topic_of };
        let wanted = || self.wanted(turn, asked);
        let topic = topic_of(own).or_else(wanted).or_else(|| earlier.find_map(topic_of));
        // "I'll write down what we need. You'll get that today": what is written is sent.
        let written = || {
            let made = self.read[turn][..index].last().is_some_and(|before| {
                before.tokens.iter().any(|t| matches!(t.word.as_str(), "write" | "list" | "draw" | "type" | "sketch"))
            });
            made.then_some(Intent::SendContent)
        };
        let topic = topic.or_else(written);
        said.meaning = match topic {
            Some(intent) => {
                said.confidence = (said.confidence - GUESSED_OBJECT).max(0.0);
                Meaning::Intent(intent)
            }
            None => Meaning::Task,
        };
    }

    /// What somebody else asked to be handed over in the turn before, or the one
    /// before that.
    fn wanted(&self, turn: usize, asked: &[Said]) -> Option<Intent> {
        const HANDED_OVER: &[Intent] = &[
            Intent::SendProposal,
            Intent::SendPricing,
            Intent::SendContent,
            Intent::SendContract,
            Intent::ProvideAccess,
            Intent::PreparePlan,
        ];
        let lately = asked.iter().rev().take_while(|said| turn - said.turn <= ASKED_BEFORE);
        let others = lately.filter(|said| self.turns[said.turn].speaker != self.turns[turn].speaker);
        others.filter_map(Said::intent).find(|intent| HANDED_OVER.contains(intent))
    }

    /// "Mira will check the numbers." and "Bob, please review it."
    fn assigned(&self, turn: usize, index: usize, heard: &mut Heard) {
        let sentence = &self.read[turn][index];
        let tokens = &sentence.tokens;
        if sentence.question
            || tokens
                .iter()
                .any(|t| matches!(t.word.as_str(), "if" | "not" | "said" | "told" | "maybe" | "might" | "would"))
        {
            return;
        }
        for at in 0..tokens.len() {
            let Some(person) = tokens[at].capital.then(|| match_name(&tokens[at].word, &self.names)).flatten() else {
                continue;
            };
            let word = |i: usize| tokens.get(i).map_or("", |t| t.word.as_str());
            let (verb, confidence) = match (word(at + 1), word(at + 2), word(at + 3)) {
                ("will", _, _) if tokens[at + 1].gap == Gap::None => (at + 2, 0.85),
                ("is", "going", "to") => (at + 4, 0.85),
                ("is", "to", _) => (at + 3, 0.8),
                ("needs" | "has", "to", _) => (at + 3, 0.75),
                ("to", _, _) => (at + 2, 0.78),
                _ => continue,
            };
            // "Ask Mira to check": still Mira's work, but not yet hers.
            if at > 0 && matches!(word(at - 1), "ask" | "asked" | "tell" | "get" | "want" | "need" | "with" | "for") {
                continue;
            }
            let end = phrase_end(tokens, verb);
            let mut from = verb;
            // "will do a, b and c": one piece of work for each verb.
            for stop in verb + 1..=end {
                let boundary = stop == end
                    || (tokens[stop].gap == Gap::Comma || word(stop - 1) == "and")
                        && lexicon::is("action", word(stop))
                        && stop > from + 1;
                if !boundary || from >= tokens.len() {
                    continue;
                }
                let until = if stop < end && word(stop - 1) == "and" { stop - 1 } else { stop };
                let meant = meaning(&tokens[from..until.max(from + 1).min(tokens.len())]);
                if !matches!(meant, Meaning::Idle) {
                    let dates = deadlines(sentence, &self.anchors[turn][index]);
                    let due = dates.iter().find(|d| d.words.start >= from && d.words.start < until);
                    let owner = Some(self.names[person].to_owned());
                    let start = if from == verb { at } else { from };
                    heard.assignments.push(self.said(
                        turn,
                        sentence,
                        start..until,
                        from..until,
                        meant,
                        confidence,
                        due,
                        owner,
                    ));
                }
                from = stop;
            }
            return;
        }
    }

    /// A yes to what was asked at the end of the turn before.
    fn answer(&self, turn: usize, first_promise: usize, heard: &mut Heard) {
        let Some(before) = turn.checked_sub(1) else { return };
        if self.turns[before].speaker == self.turns[turn].speaker {
            return;
        }
        let Some(sentence) = self.read[turn].iter().take(ANSWER_SENTENCES).find(|s| yes(s).is_some()) else { return };
        let Some(mut confidence) = yes(sentence) else { return };
        if self.read[turn]
            .iter()
            .take(ANSWER_SENTENCES)
            .any(|s| s.tokens.iter().take(8).any(|t| REFUSALS.contains(&t.word.as_str())))
        {
            return;
        }
        let count = self.read[before].len();
        let late = self.read[before].get(count.saturating_sub(ASKED_AT_END)).map_or(0, |s| s.range.start);
        // Requests are in the order of the turns, so those before the last turn end the search.
        let mut lately = heard.requests.iter().rev().take_while(|r| r.turn >= before);
        let Some(request) = lately.find(|r| r.turn == before && r.range.start >= late).cloned() else {
            return;
        };
        // Somebody else was asked by name.
        if request.owner.is_some()
            && self.turns[turn].speaker.is_some()
            && request.owner.as_deref() != self.turns[turn].speaker
        {
            return;
        }
        let said_already = heard.promises[first_promise..].iter().any(|p| {
            // "Can do, I'll ring you to fix a day" is one promise.
            let rings = request.meaning == Meaning::Intent(Intent::ScheduleMeeting)
                && p.meaning == Meaning::Intent(Intent::ProspectFollowup);
            p.turn == turn && (p.meaning == request.meaning || p.meaning == Meaning::Task || rings)
        });
        if said_already || matches!(request.meaning, Meaning::Handover | Meaning::Idle) {
            return;
        }
        // A meeting is agreed by a date, not by a yes.
        if request.meaning == Meaning::Intent(Intent::ScheduleMeeting) {
            confidence = confidence.min(0.79);
        }
        heard.promises.push(Said {
            turn,
            range: sentence.range.clone(),
            meaning: request.meaning,
            confidence,
            due: request.due.clone().or_else(|| {
                self.read[turn]
                    .iter()
                    .take(ANSWER_SENTENCES)
                    .zip(&self.anchors[turn])
                    .find_map(|(s, anchor)| {
                        let days = deadlines(s, anchor);
                        // "Tomorrow I'm away, so Friday."
                        let so = |d: &&Deadline| {
                            d.words
                                .start
                                .checked_sub(1)
                                .is_some_and(|at| matches!(s.tokens[at].word.as_str(), "so" | "then"))
                        };
                        days.iter().find(so).or_else(|| days.first()).cloned()
                    })
                    .map(|d| Due { quote: self.turns[turn].text[d.range.clone()].to_owned(), when: d.when })
            }),
            action: request.action.clone(),
            owner: self.turns[turn].speaker.map(str::to_owned),
            joint: false,
            answers: Some(request.turn),
        });
    }
}

/// What a sentence is about, for the next "it": the last thing named in it.
fn topic_of(sentence: &Sentence) -> Option<Intent> {
    sentence.tokens.iter().enumerate().rev().find_map(|(at, t)| {
        if t.word == "form" && at > 0 && sentence.tokens[at - 1].word == "order" {
            return Some(Intent::SendContract);
        }
        [
            ("proposal", Intent::SendProposal),
            ("contract", Intent::SendContract),
            ("pricing", Intent::SendPricing),
            ("content", Intent::SendContent),
            ("paper", Intent::SendContent),
        ]
        .into_iter()
        .find(|(class, _)| {
            lexicon::is(class, &t.word)
                && !matches!(
                    t.word.as_str(),
                    "terms"
                        | "cost"
                        | "costs"
                        | "data"
                        | "list"
                        | "link"
                        | "details"
                        | "results"
                        | "information"
                        | "info"
                        | "reference"
                        | "offer"
                        | "rates"
                        | "rate"
                        | "fee"
                        | "fees"
                        | "tiers"
                        | "discount"
                        | "discounts"
                )
        })
        .map(|(_, intent)| intent)
    })
}

/// The meeting or the account named last, for "set that up".
fn set_up_topic(sentence: &Sentence) -> Option<Intent> {
    sentence.tokens.iter().rev().find_map(|t| match t.word.as_str() {
        "demo" | "call" | "meeting" | "session" | "workshop" | "walkthrough" | "review" => {
            Some(Intent::ScheduleMeeting)
        }
        "sandbox" | "trial" | "account" | "accounts" | "access" | "environment" | "workspace" => {
            Some(Intent::ProvideAccess)
        }
        _ => None,
    })
}

//! Promises: who says "I will", how firmly, and what takes it back.
//!
//! A promise is a *head* ("I'll", "let me", "I'm going to") followed by a verb
//! phrase that [`crate::action`] understands. Around the head, *guards* look for
//! what makes it none: negation, a condition, somebody else's words, a habit, a
//! question, sarcasm. A guard that doubts lowers the confidence, a guard that is
//! sure drops the finding.
//!
//! To read one more way of promising, add a row to [`heads`]; to keep one more
//! false promise out, add a row to the guard that should have seen it.

mod dated;
mod heads;
mod passive;

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::action::{Intent, Meaning, meaning};
use crate::deadline::{Anchor, Deadline, deadlines};
use crate::guard::{self, Doubt};
use crate::lexicon;
use crate::pattern::Rows;
use crate::phrase::{is_purpose, object_clause, phrase_end};
use crate::sentence::Sentence;
use crate::token::{Gap, Token};
pub(crate) use dated::bare_day;
use heads::{Force, HEADS};

/// At least this is explicit: said in so many words.
pub const EXPLICIT: f64 = 0.9;
/// At least this may be automated behind an approval.
pub const AUTOMATED: f64 = 0.8;
/// At least this is strong: meant, not spelled out.
pub const STRONG: f64 = 0.75;
/// At least this stands among commitments; below it waits for a person's look.
pub const REPORTED: f64 = 0.7;
/// Below this nothing is reported.
pub const WEAK: f64 = 0.5;

/// A promise in one sentence.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Words of the sentence from the head to the end of its verb phrase.
    pub words: Range<usize>,
    /// Words of the verb phrase.
    pub phrase: Range<usize>,
    /// What is to be done.
    pub meaning: Meaning,
    /// How sure that it is a promise.
    pub confidence: f64,
    /// By when.
    pub deadline: Option<Deadline>,
    /// "We" or "let us": not only the speaker.
    pub joint: bool,
}

static HEAD_ROWS: LazyLock<Rows<Force>> = LazyLock::new(|| Rows::new(HEADS.iter().copied()));

/// What a deadline adds: a date is the best sign of a real promise.
const DEADLINE_BONUS: f64 = 0.03;
/// What "definitely" adds.
const EMPHASIS_BONUS: f64 = 0.02;
/// The most that "let me share it" is worth when nothing says later.
const SHOWN_NOW: f64 = 0.68;
/// The most that "I'll look at it" is worth without a day.
const COURTESY: f64 = 0.72;
/// Verbs with which people show good will more often than they take on work.
const COURTEOUS: &[&str] = &[
    "look", "read", "go", "study", "digest", "take", "have", "show", "stay", "be", "come", "think", "mention", "tell",
];
/// What "I'll have to ask" is worth.
const MUST_ASK: f64 = 0.76;
/// "I am sending": present progressive forms that stand for the future.
const PROGRESSIVE: &[&str] =
    &["sending", "sharing", "forwarding", "emailing", "scheduling", "booking", "preparing", "drafting", "putting"];

/// Verbs of coming back with an answer that name no work by themselves.
const COMING_BACK: &[&str] = &["let", "come", "keep", "revert", "tell", "write"];

/// The promises of one sentence. `next` is the following sentence of the same
/// speaker, if any: it may take a promise back or date it.
#[must_use]
pub fn promises(sentence: &Sentence, next: Option<&Sentence>, anchor: &Anchor) -> Vec<Promise> {
    let tokens = &sentence.tokens;
    let mut dates = deadlines(sentence, anchor);
    // "The report from Monday" is an old one.
    let of_a_thing = |d: &Deadline| {
        d.words.start.checked_sub(1).is_some_and(|at| matches!(tokens[at].word.as_str(), "from" | "of" | "since"))
    };
    dates.retain(|d| !of_a_thing(d));
    let mut out: Vec<Promise> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((verb, force)) = head(tokens, at) else {
            at += 1;
            continue;
        };
        let end = phrase_end(tokens, verb);
        match guard::judge(sentence, next, at, verb, end) {
            Doubt::Certain => {}
            doubt => collect(tokens, at, verb, end, force, doubt, &dates, &mut out),
        }
        at = end.max(at + 1);
    }
    passive::add(sentence, next, &dates, &mut out);
    dated::give_today(sentence, anchor, &mut out);
    dated::give(sentence, next, anchor, &dates, &mut out);
    out
}

fn head(tokens: &[Token], at: usize) -> Option<(usize, Force)> {
    let (end, force) = HEAD_ROWS.at(tokens, at)?;
    let verb = tokens.get(end).map_or("", |t| t.word.as_str());
    if verb.is_empty() && force != Force::Present {
        return None;
    }
    let first = tokens[at].word.as_str();
    // "Let me have the contract" asks for it.
    if first == "let" && tokens.get(at + 1).is_some_and(|t| t.word == "me") && matches!(verb, "have" | "know" | "see") {
        return None;
    }
    // "I am" binds only with a progressive verb of handing over.
    let bare_am = matches!(tokens.get(at + 1).map(|t| t.word.as_str()), Some("am" | "are"))
        && force == Force::Strong
        && matches!(first, "i" | "we");
    if bare_am && !PROGRESSIVE.contains(&verb) {
        return None;
    }
    if matches!(first, "sending" | "sharing" | "forwarding" | "emailing") {
        return Some((at, force));
    }
    // These rows end with the verb itself.
    let verb =
        if force == Force::Present || PROGRESSIVE.contains(&tokens[end - 1].word.as_str()) { end - 1 } else { end };
    Some((verb, force))
}

#[expect(clippy::too_many_arguments, reason = "one call site; a struct of these would be read once")]
fn collect(
    tokens: &[Token],
    head_at: usize,
    verb: usize,
    end: usize,
    force: Force,
    doubt: Doubt,
    dates: &[Deadline],
    out: &mut Vec<Promise>,
) {
    let joint = matches!(tokens[head_at].word.as_str(), "we" | "us" | "let" | "our")
        && !matches!(tokens.get(head_at + 1).map(|t| t.word.as_str()), Some("me"));
    // "send the deck and set up a call": one head, several verbs.
    let mut starts = vec![verb];
    let clause = object_clause(tokens, verb, end);
    for at in verb + 2..end {
        let joined = tokens[at - 1].word == "and" || tokens[at - 1].word == "then" || tokens[at].gap == Gap::Comma;
        let after = tokens.get(at + 1).map_or("", |t| t.word.as_str());
        let is_verb = lexicon::is("action", &tokens[at].word)
            && !matches!(after, "and" | "or" | "" | "for" | "of" | "is" | "by")
            && tokens.get(at + 1).is_some_and(|t| t.gap == Gap::None);
        // "Speak to her and let you know": no work by itself, but an answer.
        let answers = COMING_BACK.contains(&tokens[at].word.as_str())
            && meaning(&tokens[at..end]) == Meaning::Intent(Intent::ProspectFollowup);
        // "Rework the quote and send it": what is sent is the quote, so it is one piece.
        let piece = is_verb
            && at < clause
            && match meaning(&tokens[at..end]) {
                Meaning::Idle => false,
                Meaning::Handover => meaning(&tokens[verb..at - 1]) == Meaning::Idle,
                _ => true,
            };
        // "Drop her a line and copy you in" is one thing.
        let copies = matches!(tokens[at].word.as_str(), "copy" | "cc") && after == "you";
        if joined && !copies && (answers || piece) {
            starts.push(at);
        }
    }
    // "I'll ask him and send it if he agrees": the last of them hangs on the condition.
    if starts.len() > 1 && tokens.get(end).is_some_and(|t| t.word == "if" && t.gap == Gap::None) {
        starts.pop();
    }
    let known = out.len();
    let mut earlier: Option<Date> = None;
    let mut carried: Option<Deadline> = None;
    for (index, from) in starts.iter().copied().enumerate() {
        let until =
            starts.get(index + 1).map_or(end, |next| if tokens[next - 1].word == "and" { next - 1 } else { *next });
        // What is done inside an object clause is not what is promised.
        let own = if from < clause { until.min(clause) } else { until };
        let meant = match meaning(&tokens[from..own]) {
            // "send it and circle back": the object may stand in the next verb's reach.
            // "This I send you today": what is sent stands in front.
            Meaning::Idle | Meaning::Task
                if force == Force::Present && head_at == 1 && lexicon::is("send", &tokens[from].word) =>
            {
                Meaning::Handover
            }
            // "The quotation I will mail by Friday."
            Meaning::Idle | Meaning::Task if index == 0 && fronted(tokens, head_at, from, own).is_some() => {
                fronted(tokens, head_at, from, own).map_or(Meaning::Handover, Meaning::Intent)
            }
            Meaning::Idle => {
                // "Drop her a line today and copy you in": the day is of both.
                carried =
                    carried.or_else(|| dates.iter().find(|d| d.words.start >= from && d.words.start < until).cloned());
                continue;
            }
            // "Translate it and send it to you": it is asked for to be sent.
            Meaning::Task if sent_after(&tokens[from..own]) => Meaning::Handover,
            meant => meant,
        };
        // When they use it says nothing about when it comes.
        let stated = (from..until).find(|at| is_purpose(tokens, *at)).unwrap_or(until);
        let deadline = dates
            .iter()
            .find(|d| d.words.start >= from && d.words.start < stated)
            .or_else(|| dates.iter().find(|d| d.words.end <= head_at + 1 && starts.len() == 1))
            .cloned()
            .or_else(|| carried.take());
        // "On Monday, and let you know by Friday": what comes second is due second.
        let deadline = deadline.map(|deadline| match earlier {
            Some(day) => deadline.not_before(day),
            None => deadline,
        });
        earlier = deadline.as_ref().map(|deadline| deadline.when.day()).or(earlier);
        if force == Force::Present && !foreseen(tokens, head_at, from, until, deadline.is_some()) {
            continue;
        }
        let mut confidence = force.base();
        if force == Force::Offer && deadline.is_some() {
            confidence = 0.79;
        }
        if force == Force::Offer && guard::affirms(tokens, head_at) {
            confidence = 0.82;
        }
        if deadline.is_some() {
            confidence += DEADLINE_BONUS;
        }
        if tokens[head_at..verb].iter().any(|t| {
            matches!(
                t.word.as_str(),
                "definitely" | "absolutely" | "certainly" | "promise" | "guarantee" | "personally"
            )
        }) {
            confidence += EMPHASIS_BONUS;
        }
        let need = tokens[head_at..verb].iter().any(|t| matches!(t.word.as_str(), "need" | "have"));
        let mut most = force.most();
        // "I'll have to ask our warehouse": nobody says so of what they will not do.
        if need && force == Force::Weak && meant == Meaning::Intent(Intent::CheckInternally) {
            confidence = confidence.max(MUST_ASK);
            most = MUST_ASK;
        }
        if need && force == Force::Strong && !matches!(meant, Meaning::Intent(Intent::CheckInternally)) {
            confidence = confidence.min(0.76);
        }
        if joint && !matches!(meant, Meaning::Intent(_)) {
            most = most.min(0.72);
        }
        if meant == Meaning::Handover {
            most = most.min(0.84);
        }
        if meant == Meaning::Task && deadline.is_none() && is_courtesy(&tokens[from..until]) {
            most = most.min(COURTESY);
        }
        if shown_now(&tokens[head_at..until]) && deadline.is_none() {
            most = most.min(SHOWN_NOW);
        }
        confidence = confidence.min(most);
        if let Doubt::AtMost(cap) = doubt {
            confidence = confidence.min(cap);
        }
        if confidence < WEAK {
            continue;
        }
        // The head belongs to the first verb that means something.
        let start = if out.len() == known { head_at } else { from };
        out.push(Promise { words: start..until, phrase: from..until, meaning: meant, confidence, deadline, joint });
    }
}

/// "Quotation I will mail": the thing before the one who sends it, where the verb of
/// sending has none of its own.
fn fronted(tokens: &[Token], head_at: usize, from: usize, until: usize) -> Option<Intent> {
    /// "The new price list I will" is about as much as stands in front.
    const REACH: usize = 4;
    let sends = matches!(tokens[from].word.as_str(), "send" | "mail" | "email" | "forward" | "share" | "submit");
    let bare = tokens[from + 1..until].iter().all(|t| {
        matches!(
            t.word.as_str(),
            "you" | "to" | "over" | "by" | "on" | "now" | "today" | "tomorrow" | "tonight" | "this"
        ) || lexicon::is("when", &t.word)
    });
    if !(sends && bare && head_at > 0 && tokens[head_at].gap == Gap::None) {
        return None;
    }
    passive::class_of(&tokens[head_at.saturating_sub(REACH)..head_at])
}

/// Whether what is worked on here is sent by the next words: "and send it to you".
fn sent_after(phrase: &[Token]) -> bool {
    phrase.windows(3).any(|w| {
        w[0].word == "and"
            && matches!(w[1].word.as_str(), "send" | "mail" | "email" | "forward" | "share" | "resend")
            && matches!(w[2].word.as_str(), "it" | "that" | "them" | "you" | "over")
    })
}

/// Whether a present tense speaks of what comes next: it has a day, or it follows from
/// what was said ("then I ask the lab"). What is done each week, and what somebody
/// tells of, has neither.
fn foreseen(tokens: &[Token], head_at: usize, from: usize, until: usize, dated: bool) -> bool {
    const LEADS: &[&str] = &["then", "so", "okay", "and", "but", "good", "yes", "fine", "sure"];
    let phrase = &tokens[from..until];
    let often = phrase
        .iter()
        .any(|t| matches!(t.word.as_str(), "every" | "each" | "per" | "once" | "twice" | "daily" | "weekly"));
    // "The leads I send", "when I call": a clause inside another.
    let opens = head_at == 0
        || tokens[head_at].gap != Gap::None
        || LEADS.contains(&tokens[head_at - 1].word.as_str())
        || guard::clause_start(tokens, head_at) == head_at;
    // "You give me the sales, I give you the list" is a bargain.
    let bargain = (1..head_at).any(|at| {
        tokens[at - 1].word == "you"
            && lexicon::is_base_verb(&tokens[at].word)
            && !matches!(tokens[at].word.as_str(), "have" | "do" | "know" | "see" | "need" | "want" | "like")
    });
    // "I write you when I know": what comes by itself.
    let waits = tokens.get(until).is_some_and(|t| matches!(t.word.as_str(), "when" | "once" | "as"))
        && phrase.get(1).is_some_and(|t| t.word == "you");
    let fronted = head_at == 1 && matches!(tokens[0].word.as_str(), "this" | "that" | "it" | "these");
    let follows = |at: usize| tokens.get(at).is_some_and(|t| matches!(t.word.as_str(), "then" | "so"));
    let follows = follows(head_at) || head_at > 0 && follows(head_at - 1);
    // "I ask our lab whether": the lab is not asked yet.
    let own_side = matches!(tokens[from].word.as_str(), "ask" | "check" | "speak" | "talk" | "take" | "bring")
        && phrase.iter().skip(1).take(3).any(|t| matches!(t.word.as_str(), "my" | "our"));
    let toward =
        phrase.iter().skip(1).take(4).any(|t| matches!(t.word.as_str(), "you" | "my" | "our" | "them" | "the"));
    // "I ring people on Friday" tells of a habit, "I ring you on Friday" promises.
    let habit =
        matches!(tokens[from].word.as_str(), "ring" | "phone" | "text" | "tell" | "take" | "drop" | "mail" | "app")
            && !phrase.get(1).is_some_and(|t| {
                matches!(
                    t.word.as_str(),
                    "you" | "it" | "that" | "this" | "them" | "him" | "her" | "my" | "our" | "the" | "by"
                )
            });
    !often && !bargain && !habit && (opens || fronted) && (dated || own_side || waits || follows && toward)
}

/// "I'll look at it", "I'll have a think".
fn is_courtesy(phrase: &[Token]) -> bool {
    let word = |at: usize| phrase.get(at).map_or("", |t| t.word.as_str());
    // "Have my people export it" and "show the board" are work.
    let works = match word(0) {
        "have" | "take" => !matches!(word(1), "a" | "another"),
        "show" | "tell" => !matches!(word(1), "you" | "it" | "that"),
        _ => false,
    };
    COURTEOUS.contains(&word(0)) && !works
}

/// "Let me share the agenda" mostly happens there and then.
fn shown_now(words: &[Token]) -> bool {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|t| list.contains(&t.word.as_str()));
    is(0, &["let"])
        && is(1, &["me"])
        && words.iter().skip(2).take(3).any(|t| matches!(t.word.as_str(), "share" | "show" | "give" | "bring"))
        && !words.iter().any(|t| matches!(t.word.as_str(), "over" | "after" | "afterwards" | "later"))
}

#[cfg(test)]
mod families;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::action::Intent;
    use crate::pattern::Pattern;
    use crate::sentence::sentences;

    fn read(text: &str) -> Vec<(Option<Intent>, f64, String)> {
        let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
        let all = sentences(text);
        all.iter()
            .enumerate()
            .flat_map(|(i, s)| {
                promises(s, all.get(i + 1), &anchor).into_iter().map(|p| {
                    let intent = match p.meaning {
                        Meaning::Intent(intent) => Some(intent),
                        _ => None,
                    };
                    (intent, p.confidence, text[s.words(p.words.start, p.words.end)].to_owned())
                })
            })
            .collect()
    }

    #[test]
    fn heads_parse_and_tiers_hold() {
        assert!(HEAD_ROWS.patterns().all(Pattern::is_well_formed));
        assert!(passive::rows().chain(dated::rows()).all(Pattern::is_well_formed));
        let explicit = read("I'll send you the proposal by Friday.");
        assert_eq!(explicit[0].0, Some(Intent::SendProposal));
        assert!(explicit[0].1 >= EXPLICIT);
        assert_eq!(explicit[0].2, "I'll send you the proposal by Friday");
        let strong = read("Let me get that over to you.");
        assert!(strong[0].1 >= STRONG && strong[0].1 < EXPLICIT, "{strong:?}");
        let weak = read("I'll try to send the deck.");
        assert!(weak[0].1 >= WEAK && weak[0].1 < REPORTED, "{weak:?}");
    }

    #[test]
    fn one_head_may_carry_two_promises() {
        let both = read("I'll send over the case study and set up a call with our engineer for Tuesday.");
        assert_eq!(
            both.iter().map(|p| p.0).collect::<Vec<_>>(),
            [Some(Intent::SendContent), Some(Intent::ScheduleMeeting)]
        );
        assert_eq!(both[1].2, "set up a call with our engineer for Tuesday");
    }

    #[test]
    fn what_looks_like_a_promise_and_is_none() {
        for text in [
            "I won't send you the proposal.",
            "I can't send the deck before legal agrees.",
            "If we were a bigger team I'd send you a proposal every week.",
            "If you sign today, I'll send the contract.",
            "I sent you the proposal yesterday.",
            "I was going to send you the pricing.",
            "He said I'll send the contract on Monday.",
            "She told me that we will send a proposal.",
            "Should I send you the proposal?",
            "Will I get the proposal by Friday?",
            "Their rep will send you a proposal.",
            "Yeah right, I'll send you the proposal for free.",
            "We usually will send a proposal after the second call.",
            "Imagine I'll send you a quote every day.",
            "Let me share my screen.",
            "I'll be honest with you.",
            "I'll believe it when I see the contract.",
            "You said \u{201c}I'll send the deck by Friday\u{201d} last time.",
            "I'll send you the deck. Just kidding.",
        ] {
            assert!(read(text).is_empty(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn doubt_keeps_it_out_of_automation() {
        for text in [
            "I'll probably send you the proposal.",
            "Maybe I'll set up a call.",
            "I think I'll send the pricing.",
            "I'll send the contract, no promises though.",
            "I'll send you the deck at some point.",
        ] {
            let found = read(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].1 < REPORTED, "{text}: {found:?}");
        }
        let polite = read("I'll send the deck over if that helps.");
        assert!(polite[0].1 >= REPORTED && polite[0].1 < AUTOMATED, "{polite:?}");
    }

    #[test]
    fn a_following_scrap_dates_the_promise() {
        let anchor = Anchor::new(1_795_014_000_000, "America/New_York").unwrap();
        let all = sentences("I'll send the proposal. Probably by Thursday.");
        let promise = &promises(&all[0], all.get(1), &anchor)[0];
        assert_eq!(promise.deadline.as_ref().unwrap().when.to_text(), "2026-11-19");
    }
}

//! From what was heard to a list of work with owners.

use std::collections::BTreeSet;

use meeting_source::Loaded;
use skillhost_language::{Due, Heard, Intent, Meaning, STRONG, Said};
use skillhost_sdk::sources::Side;

use crate::output::ActionItem;
use crate::telling::{Names, Telling, Vocabulary};

/// A request that nobody answered becomes work only when it was this clear.
const CLEAR_REQUEST: f64 = 0.85;
/// Two lines of the same owner that share this many of their words are one item.
pub(crate) const SAME_WORDS: f64 = 0.5;
/// Two findings of one intent and owner within this many turns are one item
/// already when they share fewer words.
const SAME_INTENT_WITHIN: usize = 8;
/// That many fewer.
const SAME_INTENT_WORDS: f64 = 0.2;
/// Due within two days is high priority.
const URGENT_DAYS: i64 = 2;
/// Most items of one meeting: a longer list is minutes, not work. It bounds the
/// search for an equal item too, which else grows with the square of the findings.
pub(crate) const MOST_ITEMS: usize = 60;

/// A finding on its way to an item.
struct Candidate<'a> {
    said: &'a Said,
    owner: Option<String>,
    side: Side,
    confidence: f64,
    /// Somebody else asked for it; the owner has not spoken yet.
    asked: bool,
    /// Said by name of somebody, as who sums up does.
    summed_up: bool,
}

/// An item, and what later findings are compared with.
struct Kept {
    item: ActionItem,
    meaning: Meaning,
    telling: Telling,
}

/// The items so far.
struct Items {
    kept: Vec<Kept>,
    vocabulary: Vocabulary,
    /// How many items findings were compared with, all in all.
    compared: usize,
}

pub(crate) fn gather(meeting: &Loaded, heard: &Heard) -> Vec<ActionItem> {
    merged(meeting, heard)
        .kept
        .into_iter()
        .enumerate()
        .map(|(at, mut kept)| {
            kept.item.id = format!("ai-{}", at + 1);
            kept.item
        })
        .collect()
}

fn merged(meeting: &Loaded, heard: &Heard) -> Items {
    let mut items = Items {
        kept: Vec::new(),
        vocabulary: Vocabulary::of_people(meeting.sides.keys().map(String::as_str)),
        compared: 0,
    };
    for candidate in candidates(meeting, heard) {
        add(meeting, &candidate, &mut items);
    }
    items
}

/// What may become an item, in the order said.
fn candidates<'a>(meeting: &Loaded, heard: &'a Heard) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for said in &heard.promises {
        let plain_we = said.joint && !matches!(said.meaning, Meaning::Intent(_));
        if said.confidence < STRONG || plain_we || coming_back_later(said) {
            continue;
        }
        candidates.push(owned(meeting, said, said.owner.clone(), said.confidence));
    }
    for said in &heard.assignments {
        if said.confidence >= STRONG {
            let owner = said.owner.clone();
            candidates.push(Candidate { summed_up: true, ..owned(meeting, said, owner, said.confidence) });
        }
    }
    let answers: BTreeSet<(usize, &str)> = heard
        .promises
        .iter()
        .filter_map(|promise| promise.answers.map(|turn| (turn, promise.action.as_str())))
        .collect();
    for said in &heard.requests {
        let answered = answers.contains(&(said.turn, said.action.as_str()));
        if said.confidence < CLEAR_REQUEST || answered || declined(meeting, said) {
            continue;
        }
        let asker = meeting.side_of(meeting.transcript.turns.get(said.turn).and_then(|turn| turn.speaker.as_deref()));
        let named = said.owner.is_some() && named_in_words(meeting, said);
        // Our side owes what the prospect clearly asked for; what we ask of them is
        // theirs only once they say yes, or when they were asked by name.
        let ours = asker == Side::Prospect && matches!(said.meaning, Meaning::Intent(_));
        if !(named || ours) {
            continue;
        }
        let mut candidate = owned(meeting, said, said.owner.clone(), if named { said.confidence - 0.08 } else { 0.76 });
        candidate.asked = true;
        if ours && candidate.side != Side::Rep && !named {
            candidate.owner = None;
            candidate.side = Side::Rep;
        }
        candidates.push(candidate);
    }
    candidates.sort_by_key(|candidate| (candidate.said.turn, candidate.said.range.start));
    candidates
}

fn owned<'a>(meeting: &Loaded, said: &'a Said, owner: Option<String>, confidence: f64) -> Candidate<'a> {
    let side = meeting.side_of(owner.as_deref());
    Candidate { said, owner, side, confidence, asked: false, summed_up: false }
}

/// "I'll get back to you" without a day is courtesy, not work.
fn coming_back_later(said: &Said) -> bool {
    said.meaning == Meaning::Intent(Intent::ProspectFollowup) && said.due.is_none() && said.answers.is_none()
}

/// Whether the next turn says no.
fn declined(meeting: &Loaded, said: &Said) -> bool {
    const NO: [&str; 8] = ["no", "not", "can't", "cannot", "unfortunately", "sorry", "won't", "afraid"];
    meeting.transcript.turns.get(said.turn + 1).is_some_and(|turn| {
        turn.text
            .split_whitespace()
            .take(8)
            .map(|word| {
                word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase().replace('\u{2019}', "'")
            })
            .any(|word| NO.contains(&word.as_str()))
    })
}

/// Whether the request names its owner, rather than just going to whoever listens.
fn named_in_words(meeting: &Loaded, said: &Said) -> bool {
    let Some(first) = said.owner.as_deref().and_then(|owner| owner.split_whitespace().next()) else { return false };
    let Some(turn) = meeting.transcript.turns.get(said.turn) else { return false };
    let text = &turn.text;
    let from = text[..said.range.start.min(text.len())].rfind(['.', '?', '!']).map_or(0, |at| at + 1);
    let to = text[said.range.end.min(text.len())..].find(['.', '?', '!']).map_or(text.len(), |at| said.range.end + at);
    text.get(from..to).is_some_and(|sentence| sentence.contains(first))
}

fn add(meeting: &Loaded, candidate: &Candidate<'_>, items: &mut Items) {
    let said = candidate.said;
    let Some(turn) = meeting.transcript.turns.get(said.turn) else { return };
    let Some(quote) = meeting.quote(said.turn, &said.range) else { return };
    if said.action.split_whitespace().count() < 2 {
        return;
    }
    let deadline = said.due.as_ref().map(|due| due.when.to_text());
    // "Send Mira" begins two lines about different things, but who sums up names
    // hardly more than the person.
    let names = if candidate.summed_up { Names::Tell } else { Names::AreNotEnough };
    let telling = items.vocabulary.read(&said.action);
    let (vocabulary, compared) = (&items.vocabulary, &mut items.compared);
    let same = items.kept.iter_mut().find(|Kept { item, meaning, telling: known }| {
        *compared += 1;
        let same_owner = item.owner == candidate.owner || item.owner.is_none() && item.owner_role == candidate.side;
        if !same_owner {
            return false;
        }
        let shared = vocabulary.overlap(known, &telling, names);
        let alike = || *meaning == said.meaning || known.shares_enough(&telling);
        shared >= SAME_WORDS && (candidate.summed_up || alike())
            || *meaning == said.meaning
                && matches!(meaning, Meaning::Intent(_))
                && turn.index.saturating_sub(item.turn) <= SAME_INTENT_WITHIN
                && shared >= SAME_INTENT_WORDS
    });
    if let Some(Kept { item, telling: known, .. }) = same {
        if item.deadline.is_none() {
            item.deadline.clone_from(&deadline);
            item.deadline_quote = said.due.as_ref().map(|due| due.quote.clone());
        }
        if item.owner.is_none() {
            item.owner.clone_from(&candidate.owner);
        }
        // The answer says what will be done in the words of whoever does it, unless
        // it only points at what was asked ("I'll send that over").
        let points = only_points(&said.action);
        if item.asked && !candidate.asked && !points {
            item.text.clone_from(&said.action);
            *known = telling;
            item.quote.clone_from(&quote);
            item.turn = turn.index;
            item.asked = false;
        }
        if priority(meeting, said.due.as_ref(), &quote) == "high" {
            "high".clone_into(&mut item.priority);
        }
        item.confidence = item.confidence.max(rounded(candidate.confidence));
        return;
    }
    // Findings come in the order said, and the first equal item takes them, so an
    // item beyond the last that is reported could take none from those before it.
    if items.kept.len() >= MOST_ITEMS {
        return;
    }
    let item = ActionItem {
        id: String::new(),
        text: said.action.clone(),
        owner: candidate.owner.clone(),
        owner_role: candidate.side,
        priority: priority(meeting, said.due.as_ref(), &quote).to_owned(),
        deadline,
        deadline_quote: said.due.as_ref().map(|due| due.quote.clone()),
        confidence: rounded(candidate.confidence),
        quote,
        turn: turn.index,
        by: None,
        asked: candidate.asked,
    };
    items.kept.push(Kept { item, meaning: said.meaning, telling });
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

pub(crate) fn priority(meeting: &Loaded, due: Option<&Due>, quote: &str) -> &'static str {
    let lower = quote.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["no rush", "whenever", "no hurry", "at some point", "low priority"]) {
        return "low";
    }
    let soon = due.is_some_and(|due| i64::from((due.when.day() - meeting.anchor.today()).get_days()) <= URGENT_DAYS);
    if soon || has(&["urgent", "asap", "as soon as possible", "right away", "immediately", "critical", "top priority"])
    {
        return "high";
    }
    "normal"
}

/// "Send it over": the object is something that was said before.
fn only_points(action: &str) -> bool {
    const POINTING: [&str; 6] = ["it", "that", "this", "those", "these", "them"];
    action.split_whitespace().nth(1).is_some_and(|word| POINTING.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use skillhost_language::Anchor;
    use skillhost_sdk::transcript::parse;

    use super::*;

    fn overlap(one: &str, other: &str, people: &[&str]) -> f64 {
        let mut vocabulary = Vocabulary::of_people(people.iter().copied());
        let (one, other) = (vocabulary.read(one), vocabulary.read(other));
        vocabulary.overlap(&one, &other, Names::AreNotEnough)
    }

    #[test]
    fn lines_about_one_thing_overlap() {
        let people = ["Mira Holt"];
        assert!(overlap("Update the release plan with the new dates", "Update the release plan", &[]) >= SAME_WORDS);
        assert!(overlap("Send Mira the deck", "Send Mira the contract", &people) < SAME_INTENT_WORDS);
        assert!(overlap("Send the deck", "Book the room", &[]) < SAME_INTENT_WORDS);
        assert_eq!(overlap("", "Book the room", &[]), 0.0);
        assert!(only_points("Send it over to Mira") && !only_points("Send Mira the deck"));
    }

    /// A meeting in which every turn promises something else.
    fn dense(turns: usize) -> Loaded {
        let body: String = (0..turns)
            .map(|turn| format!("Speaker {}: I will draft chapter{turn} on depot{turn} and plant{turn}.\n", turn % 4))
            .collect();
        Loaded {
            read_id: "r1".to_owned(),
            transcript_id: "t".to_owned(),
            transcript: parse(&body),
            meeting: None,
            org: None,
            user: None,
            attendees: Vec::new(),
            sides: BTreeMap::new(),
            anchor: Anchor::new(1_795_014_000_000, "UTC").unwrap(),
        }
    }

    #[test]
    fn a_long_meeting_full_of_promises_is_compared_in_proportion() {
        for turns in [250, 1000] {
            let meeting = dense(turns);
            let heard = meeting.heard();
            assert_eq!(heard.promises.len(), turns);
            let items = merged(&meeting, &heard);
            assert_eq!(items.kept.len(), MOST_ITEMS);
            assert!(items.compared <= turns * MOST_ITEMS, "{turns} promises, {} comparisons", items.compared);
            assert_eq!(items.kept[0].item.turn, 0);
        }
    }
}

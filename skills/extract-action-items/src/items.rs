//! From what was heard to a list of work with owners.

use meeting_source::Loaded;
use skillhost_language::{Heard, Intent, Meaning, STRONG, Said, class};
use skillhost_sdk::sources::Side;

use crate::output::ActionItem;

/// A request that nobody answered becomes work only when it was this clear.
const CLEAR_REQUEST: f64 = 0.85;
/// Two lines of the same owner that share this many of their words are one item.
const SAME_WORDS: f64 = 0.5;
/// Two findings of one intent and owner within this many turns are one item
/// already when they share fewer words.
const SAME_INTENT_WITHIN: usize = 8;
/// That many fewer.
const SAME_INTENT_WORDS: f64 = 0.2;
/// Due within two days is high priority.
const URGENT_DAYS: i64 = 2;
/// Most items of one meeting: a longer list is minutes, not work.
const MOST_ITEMS: usize = 60;

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

pub(crate) fn gather(meeting: &Loaded, heard: &Heard) -> Vec<ActionItem> {
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
    for said in &heard.requests {
        let answered =
            heard.promises.iter().any(|promise| promise.answers == Some(said.turn) && promise.action == said.action);
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
    let mut items: Vec<(ActionItem, Meaning)> = Vec::new();
    for candidate in candidates {
        add(meeting, &candidate, &mut items);
    }
    items.truncate(MOST_ITEMS);
    items
        .into_iter()
        .enumerate()
        .map(|(at, (mut item, _))| {
            item.id = format!("ai-{}", at + 1);
            item
        })
        .collect()
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

fn add(meeting: &Loaded, candidate: &Candidate<'_>, items: &mut Vec<(ActionItem, Meaning)>) {
    let said = candidate.said;
    let Some(turn) = meeting.transcript.turns.get(said.turn) else { return };
    let Some(quote) = meeting.quote(said.turn, &said.range) else { return };
    if said.action.split_whitespace().count() < 2 {
        return;
    }
    let deadline = said.due.as_ref().map(|due| due.when.to_text());
    // "Send Mira" begins two lines about different things, but who sums up names
    // hardly more than the person.
    let people: Vec<&str> =
        if candidate.summed_up { Vec::new() } else { meeting.sides.keys().map(String::as_str).collect() };
    let same = items.iter_mut().find(|(item, meaning)| {
        let same_owner = item.owner == candidate.owner || item.owner.is_none() && item.owner_role == candidate.side;
        let shared = overlap(&item.text, &said.action, &people);
        same_owner
            && (shared >= SAME_WORDS && (candidate.summed_up || alike(item, *meaning, said))
                || *meaning == said.meaning
                    && matches!(meaning, Meaning::Intent(_))
                    && turn.index.saturating_sub(item.turn) <= SAME_INTENT_WITHIN
                    && shared >= SAME_INTENT_WORDS)
    });
    if let Some((item, _)) = same {
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
            item.quote.clone_from(&quote);
            item.turn = turn.index;
            item.asked = false;
        }
        if priority(meeting, said, &quote) == "high" {
            "high".clone_into(&mut item.priority);
        }
        item.confidence = item.confidence.max(rounded(candidate.confidence));
        return;
    }
    let item = ActionItem {
        id: String::new(),
        text: said.action.clone(),
        owner: candidate.owner.clone(),
        owner_role: candidate.side,
        priority: priority(meeting, said, &quote).to_owned(),
        deadline,
        deadline_quote: said.due.as_ref().map(|due| due.quote.clone()),
        confidence: rounded(candidate.confidence),
        quote,
        turn: turn.index,
        asked: candidate.asked,
    };
    items.push((item, said.meaning));
}

/// Whether half of the words are enough: "introduce you to Karin" and "talk to
/// Karin on Monday" share half of two and are two things with a date each.
fn alike(item: &ActionItem, meaning: Meaning, said: &Said) -> bool {
    let (one, other) = (telling(&item.text), telling(&said.action));
    let shared = one.iter().filter(|word| other.contains(word)).count();
    meaning == said.meaning || shared > 1 || shared == one.len().min(other.len())
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn priority(meeting: &Loaded, said: &Said, quote: &str) -> &'static str {
    let lower = quote.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["no rush", "whenever", "no hurry", "at some point", "low priority"]) {
        return "low";
    }
    let soon = said
        .due
        .as_ref()
        .is_some_and(|due| i64::from((due.when.day() - meeting.anchor.today()).get_days()) <= URGENT_DAYS);
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

/// Share of the shorter line's telling words that the other has too; nothing when
/// they share only names of these people.
pub(crate) fn overlap(one: &str, other: &str, people: &[&str]) -> f64 {
    let (one, other) = (telling(one), telling(other));
    let shorter = one.len().min(other.len());
    let shared: Vec<&String> = one.iter().filter(|word| other.contains(word)).collect();
    let is_name =
        |word: &str| people.iter().any(|name| name.split_whitespace().any(|part| part.to_lowercase() == word));
    if shorter == 0 || shared.iter().all(|word| is_name(word)) {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "word counts of one line")]
    let share = shared.len() as f64 / shorter as f64;
    share
}

/// Words that tell one piece of work from another, without their endings.
fn telling(line: &str) -> Vec<String> {
    const PLAIN: [&str; 39] = [
        "the", "a", "an", "to", "of", "for", "and", "or", "in", "on", "by", "with", "at", "it", "that", "this",
        "these", "them", "their", "our", "we", "will", "up", "over", "some", "out", "from", "today", "tomorrow",
        "next", "week", "decided", "let", "us", "use", "go", "going", "agreed", "we",
    ];
    let mut out: Vec<String> = Vec::new();
    for word in line.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        if word.len() < 2 || PLAIN.contains(&word.as_str()) || class("send").contains(&word.as_str()) {
            continue;
        }
        let stem = ["ations", "ation", "ing", "es", "s", "ed"]
            .iter()
            .find_map(|end| word.strip_suffix(end))
            .filter(|s| s.len() > 3);
        let stem = stem.unwrap_or(&word).to_owned();
        if !out.contains(&stem) {
            out.push(stem);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_one_thing_overlap() {
        let people = ["Mira Holt"];
        assert!(overlap("Update the release plan with the new dates", "Update the release plan", &[]) >= SAME_WORDS);
        assert!(overlap("Send Mira the deck", "Send Mira the contract", &people) < SAME_INTENT_WORDS);
        assert!(overlap("Send the deck", "Book the room", &[]) < SAME_INTENT_WORDS);
        assert_eq!(overlap("", "Book the room", &[]), 0.0);
        assert!(only_points("Send it over to Mira") && !only_points("Send Mira the deck"));
    }
}

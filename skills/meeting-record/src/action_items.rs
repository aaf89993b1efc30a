//! What `extract-action-items` found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::Side;

use crate::day::{by_when, is_task_due, names_a_day, without_deadline, written};
use crate::intents::{Intents, Said};
use crate::person::same_person;
use crate::wording::{hangs_on_talk, one_line, same_matter, spoken_as_task, without_hanging_end};

/// How far apart, in turns, a request and its promise, or a promise and its
/// repetition, are said.
const SAID_WITHIN: i64 = 4;
/// Fewest words of a quote that tell one matter from another; a source that keeps
/// single words quotes no more than one.
const TELLING_QUOTE: usize = 3;

/// Who does what, and what was decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActionItems {
    /// In the order they were said.
    pub action_items: Vec<ActionItem>,
    /// In the order they were said.
    pub decisions: Vec<Decision>,
}

/// One thing that somebody will do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActionItem {
    /// What.
    pub text: String,
    /// Who, by name.
    pub owner: Option<String>,
    /// On which side.
    pub owner_role: Option<Side>,
    /// `YYYY-MM-DD`, an instant, or the words used.
    pub deadline: Option<String>,
    /// The words of the deadline.
    pub deadline_quote: Option<String>,
    /// `low`, `normal` (or `medium`), `high`.
    pub priority: Option<String>,
    /// The words it comes from.
    pub quote: String,
    /// Turn of the transcript.
    pub turn: Option<i64>,
}

impl ActionItem {
    /// Whether our side owns it.
    pub fn is_ours(&self) -> bool {
        self.owner_role == Some(Side::Rep)
    }

    /// Whether their side owns it.
    pub fn is_theirs(&self) -> bool {
        self.owner_role == Some(Side::Prospect)
    }

    /// The owner's name, if one is known.
    pub fn owner_name(&self) -> Option<&str> {
        self.owner.as_deref().map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whether a promise or request is about this very thing: the same words, or
    /// the same side and day a few turns apart.
    pub fn is_about(&self, said: &Said) -> bool {
        let apart = self.turn.zip(said.turn).map(|(item, said)| (item - said).abs());
        let same_day = self.deadline.is_some() && self.deadline == said.deadline && self.owner_role == said.speaker;
        apart == Some(0)
            || (same_day && apart.is_some_and(|apart| apart <= SAID_WITHIN))
            || (self.quote.split_whitespace().count() >= TELLING_QUOTE && same_matter(&self.quote, &said.phrase))
            || same_matter(&self.text, &said.phrase)
    }

    /// Whether it meets a request: ours, about the same matter or said right after.
    pub fn meets(&self, request: &Said) -> bool {
        let after = self.turn.zip(request.turn).map(|(item, request)| item - request);
        self.is_ours()
            && (after.is_some_and(|after| (0..=SAID_WITHIN).contains(&after))
                || same_matter(&self.text, &request.phrase))
    }

    /// What to do, as it can stand in writing: without the spoken date where there
    /// is a written one, and in the words of the promise where the item itself
    /// only points at something ("send that").
    pub fn wording(&self, intents: &Intents) -> String {
        let text = self.told(intents);
        let text = match self.deadline.as_deref().is_some_and(is_task_due) {
            true => without_deadline(&self.without_quoted_deadline(&text)),
            false => text,
        };
        without_hanging_end(&text)
    }

    /// What to do and by when, in one line: the written date stands where the
    /// spoken one did, else at the end of the first clause. `tomorrow` is wrong
    /// tomorrow, so no resolved date is left as it was spoken.
    pub fn dated(&self, intents: &Intents, now_ms: i64) -> String {
        let spoken = self.deadline_quote.as_deref().map(str::trim).unwrap_or_default();
        let told = self.told(intents);
        let Some(date) = self.deadline.as_deref().and_then(|deadline| written(deadline, spoken, now_ms)) else {
            let text = without_hanging_end(&told);
            let words = self.deadline.as_deref().filter(|words| !is_task_due(words) && !text.contains(words.trim()));
            return match by_when(words, now_ms) {
                Some(when) => format!("{text} {when}"),
                None => text,
            };
        };
        // "For next week" is no day, whatever day it is due by.
        let vague = self.deadline_quote.is_some() && !names_a_day(spoken);
        // "The week of the 7th" is as clear in writing.
        if spoken.to_lowercase().contains("week of") {
            return without_hanging_end(&told);
        }
        if let Some(at) = whole_words(&told, spoken) {
            let (before, after) = (&told[..at], &told[at + spoken.len()..]);
            let last = before.split_whitespace().next_back().unwrap_or_default();
            // "For" stood before the words of the date and stays.
            let date = if LEADING.contains(&last) { date.strip_prefix("by ").unwrap_or(&date) } else { &date };
            if vague && LEADING.contains(&last) && !matches!(last, "by" | "before" | "until") {
                return without_hanging_end(&told);
            }
            return without_hanging_end(&one_line(&format!("{before}{date}{after}")));
        }
        let text = self.wording(intents);
        match text.split_once(", ") {
            Some((clause, rest)) => format!("{clause} {date}, {rest}"),
            None => format!("{text} {date}"),
        }
    }

    /// The line itself, or the promise's words where it only points at something.
    fn told(&self, intents: &Intents) -> String {
        let promise = hangs_on_talk(&self.text)
            .then(|| {
                let about = |said: &&Said| {
                    said.speaker == self.owner_role && said.deadline == self.deadline && self.is_about(said)
                };
                // Two promises of one breath are told apart by their words.
                let own = |said: &&Said| !self.quote.is_empty() && said.phrase == self.quote;
                let mut found: Vec<&Said> = intents.commitments.iter().filter(about).collect();
                found.sort_by_key(|said| !own(said));
                let own_words = found.first().is_some_and(own);
                found
                    .into_iter()
                    .take(if own_words { 1 } else { usize::MAX })
                    .find_map(|said| spoken_as_task(&said.phrase))
            })
            .flatten();
        promise.unwrap_or_else(|| one_line(&self.text))
    }

    /// Cuts the words of the deadline where they stand as a phrase of their own
    /// (`by Wednesday`); without its leading word the rest would not read.
    fn without_quoted_deadline(&self, text: &str) -> String {
        let quote = self.deadline_quote.as_deref().map(str::trim).unwrap_or_default();
        if !["by ", "before ", "on "].iter().any(|lead| quote.to_lowercase().starts_with(lead)) {
            return text.to_owned();
        }
        match text.split_once(quote) {
            Some((before, after)) if after.is_empty() || after.starts_with([',', '.', ' ', ';']) => {
                let before = before.trim_end_matches([',', ' ']);
                one_line(&format!("{before}{after}"))
            }
            _ => text.to_owned(),
        }
    }

    /// Whether this person owns it.
    pub fn is_owned_by(&self, name: &str) -> bool {
        self.owner_name().is_some_and(|owner| same_person(owner, name))
    }
}

/// Words that lead to a date by themselves.
const LEADING: [&str; 10] = ["for", "on", "by", "before", "until", "of", "from", "to", "in", "that"];

/// Where these words stand in a line as words of their own.
fn whole_words(line: &str, words: &str) -> Option<usize> {
    if words.is_empty() {
        return None;
    }
    line.match_indices(words).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back();
        let after = line[at + words.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Something both sides settled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Decision {
    /// What.
    pub text: String,
    /// The words it comes from.
    pub quote: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str, deadline: Option<&str>, quote: Option<&str>) -> ActionItem {
        ActionItem {
            text: text.to_owned(),
            owner_role: Some(Side::Rep),
            deadline: deadline.map(str::to_owned),
            deadline_quote: quote.map(str::to_owned),
            turn: Some(7),
            ..ActionItem::default()
        }
    }

    #[test]
    fn a_written_date_replaces_the_spoken_one() {
        let day = Some("2026-11-25");
        for (text, quote, want) in [
            ("Ship the box by Monday, so Jo can test it", Some("by Monday"), "Ship the box, so Jo can test it"),
            ("Ship the box by Monday", None, "Ship the box"),
            ("Plan for that Monday at two", Some("Monday at two"), "Plan for that Monday at two"),
            ("Check the box with Jo once", None, "Check the box with Jo"),
        ] {
            assert_eq!(item(text, day, quote).wording(&Intents::default()), want);
        }
        assert_eq!(
            item("Ship it by the fair", Some("by the fair"), None).wording(&Intents::default()),
            "Ship it by the fair"
        );
    }

    #[test]
    fn a_line_says_when_in_the_place_where_it_was_said() {
        // 2026-11-20T12:00:00Z
        let now = 1_795_176_000_000;
        let day = Some("2026-11-25");
        for (text, quote, want) in [
            (
                "Ship the box by Wednesday, so Jo can test it",
                "by Wednesday",
                "Ship the box by Wednesday 25 November, so Jo can test it",
            ),
            (
                "Plan a visit for that Wednesday with Jo",
                "for that Wednesday",
                "Plan a visit for Wednesday 25 November with Jo",
            ),
            (
                "Ship the box, and the lid with it",
                "by Wednesday",
                "Ship the box by Wednesday 25 November, and the lid with it",
            ),
            ("Ship the box next week", "next week", "Ship the box by Wednesday 25 November"),
            ("Plan a visit for Wednesday at ten", "Wednesday at ten", "Plan a visit for Wednesday 25 November at ten"),
            ("Plan a visit for next week", "next week", "Plan a visit for next week"),
        ] {
            assert_eq!(item(text, day, Some(quote)).dated(&Intents::default(), now), want);
        }
        let vague = item("Ship the box", Some("before the fair"), None);
        assert_eq!(vague.dated(&Intents::default(), now), "Ship the box before the fair");
        assert_eq!(item("Ship the box", None, None).dated(&Intents::default(), now), "Ship the box");
    }

    #[test]
    fn a_quote_of_one_word_joins_nothing() {
        let monday = ActionItem { quote: "Monday".to_owned(), ..item("Book the room", None, None) };
        let said = Said { phrase: "Monday".to_owned(), turn: Some(60), ..Said::default() };
        assert!(!monday.is_about(&said));
        assert!(monday.is_about(&Said { phrase: "I'll book the room".to_owned(), ..said }));
    }

    #[test]
    fn an_item_that_only_points_takes_the_words_of_its_promise() {
        let said = |phrase: &str, turn: i64| Said {
            speaker: Some(Side::Rep),
            phrase: phrase.to_owned(),
            deadline: Some("2026-11-25".to_owned()),
            turn: Some(turn),
            ..Said::default()
        };
        let pointing = item("Send that over", Some("2026-11-25"), None);
        let near =
            Intents { commitments: vec![said("I'll send you the wiring plan by Monday", 8)], ..Intents::default() };
        assert_eq!(pointing.wording(&near), "Send the wiring plan");
        let far =
            Intents { commitments: vec![said("I'll send you the wiring plan by Monday", 80)], ..Intents::default() };
        assert_eq!(pointing.wording(&far), "Send that over");
    }
}

//! Offers, and the yes that makes a request of them: "Shall I put together a proposal?"
//! "Please do."

use std::ops::Range;
use std::sync::LazyLock;

use crate::action::{Intent, Meaning, meaning};
use crate::pattern::{Pattern, any, find_first, table};
use crate::phrase::phrase_end;
use crate::sentence::Sentence;

/// What an offer begins with; its verb phrase follows.
const OFFERS: &[&str] = &[
    "should|can|could|may i|we @adv?",
    "^ ~1 will i|we @adv?",
    "want|like me|us to",
    "would it help if i|we",
    "how about i|we",
    "what if i|we",
];

/// A thing that would be of use.
const THINGS: &[&str] = &["would|will a|an|the|some ~8 help|useful|use|handy|helpful|interesting"];

/// An offer that is told and not asked.
const STATED: &[&str] = &["^ ~2 i|we can|could @adv?", "so|then|and i|we can|could @adv?"];

/// What is to be found out and said, which "please do" asks for.
const LOOKS: &[&str] = &["^ ~2 i|we will? can? check|ask|verify ~4"];

/// A yes that wants it. A bare "yes" or "sure" may be only polite.
const WANTED: &[&str] = &[
    "^ ~2 please do",
    "^ ~1 yes please",
    "^ ~1 please $",
    "^ ~1 yes ~1 do that ~1 $",
    "^ ~1 go on then",
    "^ ~1 by all means",
    "^ ~5 would be ~1 great|lovely|perfect|brilliant|grand|helpful|useful|good|nice|handy ~1 $",
    "^ ~1 yes ~1 do $",
    "^ ~1 with pleasure $",
    "^ ~1 i would like|love|appreciate that ~2 $",
];

static OFFER_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(OFFERS));
static THING_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(THINGS));
static LOOK_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(LOOKS));
static STATED_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(STATED));
static WANTED_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(WANTED));

/// What a question offers to do or to hand over: its verb phrase and its intent.
pub(super) fn offer(sentence: &Sentence) -> Option<(Range<usize>, Intent)> {
    let tokens = &sentence.tokens;
    if !sentence.question {
        return None;
    }
    if let Some((from, end)) = find_first(&THING_ROWS, tokens) {
        // "Would a one-pager help?": as if it were sent.
        let mut sent = tokens[from..end].to_vec();
        sent[0] = sent[0].saying("send");
        return match meaning(&sent) {
            Meaning::Intent(intent) => Some((from + 1..end, intent)),
            _ => None,
        };
    }
    read(sentence, &OFFER_ROWS)
}

/// What "I can put you in touch with them" offers, which is no question.
pub(super) fn stated(sentence: &Sentence) -> Option<(Range<usize>, Intent)> {
    let doubtful = sentence.question || sentence.tokens.iter().any(|t| matches!(t.word.as_str(), "not" | "but"));
    if doubtful {
        return None;
    }
    let looks = || find_first(&LOOK_ROWS, &sentence.tokens);
    read(sentence, &STATED_ROWS).or_else(|| looks().map(|(from, end)| (from..end, Intent::CheckInternally)))
}

fn read(sentence: &Sentence, rows: &[Pattern]) -> Option<(Range<usize>, Intent)> {
    let tokens = &sentence.tokens;
    let verb = find_first(rows, tokens).map(|(_, end)| end)?;
    let end = phrase_end(tokens, verb).min(tokens.len());
    match meaning(tokens.get(verb..end)?) {
        // What will be found out is nothing that somebody asks for.
        Meaning::Intent(Intent::CheckInternally | Intent::ProspectFollowup) => None,
        Meaning::Intent(intent) => Some((verb..end, intent)),
        _ => None,
    }
}

/// Whether an answer wants what was offered.
pub(super) fn wants(sentence: &Sentence) -> bool {
    !sentence.question && any(&WANTED_ROWS, &sentence.tokens) && !sentence.tokens.iter().any(|t| t.word == "not")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    #[test]
    fn tables_parse() {
        assert!(
            [&OFFER_ROWS, &THING_ROWS, &STATED_ROWS, &LOOK_ROWS, &WANTED_ROWS]
                .into_iter()
                .flat_map(|rows| rows.iter())
                .all(Pattern::is_well_formed)
        );
    }

    #[test]
    fn an_offer_is_a_question_about_oneself() {
        let read = |text: &str| sentences(text).iter().find_map(offer).map(|(_, intent)| intent);
        assert_eq!(read("Should I put together a short proposal, then?"), Some(Intent::SendProposal));
        assert_eq!(read("Would you like me to set up a trial?"), Some(Intent::ProvideAccess));
        assert_eq!(read("Want me to send you the deck?"), Some(Intent::SendContent));
        for text in
            ["I'll send you the deck.", "Should I be worried?", "Did I send you the deck?", "Can I ask you something?"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_yes_that_wants_it_counts() {
        let read = |text: &str| sentences(text).iter().any(wants);
        for text in ["Please do.", "Yes please.", "Yes, please do that.", "That would be great.", "Go on, then."] {
            assert!(read(text), "{text}");
        }
        for text in ["Sure.", "Please don't.", "That would be great if it worked.", "Please wait.", "Yes, do you?"] {
            assert!(!read(text), "{text}");
        }
    }
}

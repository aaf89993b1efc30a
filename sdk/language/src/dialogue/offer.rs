//! Offers, and the yes that makes a request of them: "Shall I put together a proposal?"
//! "Please do."

use std::ops::Range;
use std::sync::LazyLock;

use crate::action::{Intent, Meaning, meaning};
use crate::pattern::{Pattern, any, table};
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

/// A yes that wants it. A bare "yes" or "sure" may be only polite.
const WANTED: &[&str] = &[
    "^ ~2 please do",
    "^ ~1 yes please",
    "^ ~1 please $",
    "^ ~1 yes ~1 do that ~1 $",
    "^ ~1 go on then",
    "^ ~1 by all means",
    "^ ~2 would be great|lovely|perfect|brilliant|grand $",
    "^ ~1 i would like|love|appreciate that ~2 $",
];

static OFFER_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(OFFERS));
static WANTED_ROWS: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(WANTED));

/// What a question offers to do or to hand over: its verb phrase and its intent.
pub(super) fn offer(sentence: &Sentence) -> Option<(Range<usize>, Intent)> {
    let tokens = &sentence.tokens;
    if !sentence.question {
        return None;
    }
    let verb = OFFER_ROWS.iter().find_map(|row| row.find(tokens)).map(|(_, end)| end)?;
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
        assert!(OFFER_ROWS.iter().chain(WANTED_ROWS.iter()).all(Pattern::is_well_formed));
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

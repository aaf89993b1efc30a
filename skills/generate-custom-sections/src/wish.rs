//! Plain statements of what somebody wants or has, beyond the signals of a sale.

use std::sync::LazyLock;

use skillhost_language::{Anchor, Pattern, Sentence, any, deadlines, table};

struct Tables {
    wants: Vec<Pattern>,
    dated: Vec<Pattern>,
    refused: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    wants: table(&[
        "we|i ~1 need|want|require _ _",
        "we|i would ~1 like|love _ _",
        "we are ~1 looking for _",
        "our|the ~1 goal|aim|priority|idea is _",
        "we|it|this|that has|have to _",
        "it|this|that|everything must|needs _",
        "what matters|counts ~3 is _",
        "important ~3 is|that _",
        "we ~1 lose|waste|spend ~2 #",
        "it ~1 costs|takes us ~2 #",
    ]),
    dated: table(&[
        "live|start|starts|ready|done|finished|launch|launches|audit|deadline|opens|open|begin|begins|go|run|running",
    ]),
    // A wish about the talk itself, a doubt, or one that is not their own.
    refused: table(&[
        "need|want|like you|somebody|someone",
        "like|love|want|need to|a thank|ask|hear|know|understand|say|see|think|talk|speak|check|discuss|minute|moment",
        "not|no|never|nothing|none|neither|if|unless|maybe|perhaps|probably|wish|wished|wondering",
        "wanted|needed|used to|had to",
        "they|he|she ~1 need|needs|want|wants",
    ]),
});

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Something they need.
    Need,
    /// Something with a date.
    Date,
}

/// What their sentence states, if it plainly states one of these.
pub(crate) fn of(sentence: &Sentence, anchor: &Anchor) -> Option<Wish> {
    if sentence.question || any(&TABLES.refused, &sentence.tokens) {
        return None;
    }
    let wants = any(&TABLES.wants, &sentence.tokens);
    let dated = !deadlines(sentence, anchor).is_empty();
    match (wants, dated) {
        (_, true) if wants || any(&TABLES.dated, &sentence.tokens) => Some(Wish::Date),
        (true, _) => Some(Wish::Need),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_language::sentences;

    fn wish(text: &str) -> Option<Wish> {
        // 2026-11-20T15:00:00Z
        let anchor = Anchor::or_utc(1_795_186_800_000, "UTC");
        sentences(text).iter().find_map(|sentence| of(sentence, &anchor))
    }

    #[test]
    fn plain_statements_are_wishes() {
        for (text, want) in [
            ("We need one place where all our depots see the same stock.", Wish::Need),
            ("We are looking for a way to plan the doors.", Wish::Need),
            ("We lose about 40 hours a week to phone calls.", Wish::Need),
            ("Our goal is fewer calls between the depots.", Wish::Need),
            ("It has to be live before the end of May.", Wish::Date),
            ("The new depot opens on March 3rd.", Wish::Date),
        ] {
            assert_eq!(wish(text), Some(want), "{text}");
        }
    }

    #[test]
    fn doubts_questions_and_talk_about_talk_are_not() {
        for text in [
            "Do we need one place for all of it?",
            "We don't need that at all.",
            "If we need it we will say so.",
            "We need you to explain that again.",
            "I would like to see that again.",
            "We wanted one place for it last year.",
            "They need a place for it.",
            "Let us talk again on Tuesday.",
            "Sure.",
        ] {
            assert_eq!(wish(text), None, "{text}");
        }
    }
}

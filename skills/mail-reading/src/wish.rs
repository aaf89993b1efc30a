//! How a clause wants something: as a question, a request, an order, a wish; and
//! whether it tells of something that was.
//!
//! What is wanted is looked for by [`crate::meeting`], [`crate::proposal`] and
//! [`crate::need`]; this module knows only the forms.

use std::ops::Range;
use std::sync::LazyLock;

use skillhost_language::{Gap, Pattern, Token, table};

use crate::text::Said;

/// "Could you …", "would it be possible", "can we".
const REQUESTS: &[&str] = &[
    "can|could|would|will|may|might|shall|should not? you|we|i|it|someone|somebody|one|your",
    "would you mind",
    "perhaps|maybe|hopefully ~1 you could|can|might|would",
    "you could|might",
    "if you|someone|somebody could|would|can|might",
    "is it|there possible|any|a|ok|okay|alright|feasible",
    "do|did|have|are you|we",
    "any chance|possibility|way",
    "how|what about|if|does|is|would|are|do",
    "when|where|which|what|who ~2 can|could|would|will|do|does|is|are|should|shall",
    "please|kindly",
    "got|have ~3 minutes|time|minute|moment|min|hour",
];
/// "We would like", "I need", "let us".
const WISHES: &[&str] = &[
    "want|wants|wanted|like|love|prefer|need|needs|require|requires|appreciate|welcome|wish|request|requests|requesting|ask|asks|asked|asking",
    "let us|me",
    "up|keen|open|ready|happy|glad|okay|fine|good|eager|grateful|interested ~1 for|to|on|if",
    "should|ought|suggest|propose|recommend",
    "looking|look forward",
    "waiting|await|awaiting|expecting|expect",
    "would be ~2 best|better|good|great|helpful|nice|useful|ideal|handy|worth|easier|lovely|perfect",
    "makes|make sense",
    "best|better|easier ~1 to|if|we|i|you",
    "feel free",
    "must|due",
    "are|am ~1 after|seeking|looking",
    "why not|do not we|you",
    "it is|would time",
];
/// "Thanks for the call", "we met", "when I was there".
const PAST: &[&str] = &[
    "thanks|thank|thx|cheers ~1 for|you",
    "after|since|during|following the|our|your|that|last|yesterday|this|my",
    "enjoyed|was|were|had|loved|liked|missed|attended",
    "met|spoke|talked|discussed|presented|visited|called|chatted",
    "great|nice|good|lovely|pleasure|pleased ~1 meeting|talking|speaking|seeing|chatting|call|chat|talk|conversation",
    "last|yesterday|earlier",
    "as discussed|agreed|promised|mentioned",
    "see|talk|speak|until ~1 you|then|soon|there",
];

struct Tables {
    requests: Vec<Pattern>,
    wishes: Vec<Pattern>,
    past: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables { requests: table(REQUESTS), wishes: table(WISHES), past: table(PAST) });

/// The form of a clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// It ends in a question mark, or reads as a question.
    pub(crate) question: bool,
    /// "Could you", "please".
    pub(crate) request: bool,
    /// "We would like".
    pub(crate) wish: bool,
    /// It tells of something that was.
    pub(crate) past: bool,
}

impl Form {
    /// The form of a clause up to a word: what stands behind it wants nothing of it.
    pub(crate) fn of(said: &Said, clause: &Range<usize>, upto: usize) -> Self {
        let tokens = &said.tokens()[clause.start..upto.clamp(clause.start, clause.end)];
        let whole = &said.tokens()[clause.clone()];
        let any = |rows: &[Pattern], tokens: &[Token]| rows.iter().any(|row| row.find(tokens).is_some());
        Self {
            question: said.asks(clause.start),
            request: any(&TABLES.requests, tokens),
            wish: any(&TABLES.wishes, tokens),
            past: any(&TABLES.past, whole),
        }
    }

    /// Whether it wants something.
    pub(crate) fn wants(self) -> bool {
        self.question || self.request || self.wish
    }
}

/// Whether a word begins an order: first of its clause, or after "please", "and",
/// "to" and their likes.
pub(crate) fn is_order(tokens: &[Token], clause: &Range<usize>, at: usize) -> bool {
    const BEFORE: [&str; 14] =
        ["please", "kindly", "and", "to", "just", "then", "also", "so", "you", "ok", "okay", "yes", "sure", "pls"];
    at == clause.start || tokens[at].gap != Gap::None || at > 0 && BEFORE.contains(&tokens[at - 1].word.as_str())
}

/// Words of a number.
const NUMBERS: [&str; 16] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen", "twenty", "thirty",
    "fifty", "hundred", "dozen",
];
/// What a number counts that is no scope of a purchase.
const UNITS: [&str; 34] = [
    "year",
    "years",
    "month",
    "months",
    "week",
    "weeks",
    "day",
    "days",
    "hour",
    "hours",
    "minute",
    "minutes",
    "min",
    "mins",
    "percent",
    "pm",
    "am",
    "th",
    "nd",
    "rd",
    "st",
    "euro",
    "euros",
    "dollars",
    "pounds",
    "usd",
    "eur",
    "gbp",
    "questions",
    "times",
    "people",
    "o",
    "k",
    "attempts",
];

/// Whether a clause states how much: `5 kitchens`, `three sets`, `300 seats`.
pub(crate) fn scope(tokens: &[Token]) -> bool {
    (0..tokens.len()).any(|at| {
        let word = tokens[at].word.as_str();
        let digits = word.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.')
            && word.chars().any(|c| c.is_ascii_digit());
        let counts = digits || NUMBERS.contains(&word);
        counts
            && (at + 1..tokens.len().min(at + 4)).any(|next| {
                let thing = tokens[next].word.as_str();
                thing.len() > 3
                    && thing.ends_with('s')
                    && !UNITS.contains(&thing)
                    && tokens[at + 1..=next]
                        .iter()
                        .all(|token| token.gap == Gap::None && !UNITS.contains(&token.word.as_str()))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_language::tokens;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!([&t.requests, &t.wishes, &t.past].iter().all(|table| table.iter().all(Pattern::is_well_formed)));
    }

    #[test]
    fn scopes() {
        let is = |text: &str| scope(&tokens(text, 0, text.len()));
        for text in ["pricing for 40 users", "three heavy sets", "1,500 badges", "5 kitchens with screens"] {
            assert!(is(text), "{text}");
        }
        for text in ["in 2 weeks", "at 5 pm", "20 percent less", "the 3rd of March", "one thing", "by 2027"] {
            assert!(!is(text), "{text}");
        }
    }
}

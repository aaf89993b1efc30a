//! Questions: open, closed or leading, and where they stand in SPIN.
//!
//! To see one more kind of question, add a row to the table of its type; the
//! first SPIN table that matches wins, in the order need-payoff, implication,
//! problem, situation, because the later ones are the more general.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::pattern::{Pattern, any, table};
use crate::sentence::Sentence;
use crate::token::Token;

/// What kind of answer a question allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Invites an account.
    Open,
    /// Yes, no, or a fact.
    Closed,
    /// Puts the answer into the question.
    Leading,
}

/// The stage of a discovery that a question serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spin {
    /// How things are.
    Situation,
    /// What is wrong.
    Problem,
    /// What that leads to.
    Implication,
    /// What a solution would be worth.
    NeedPayoff,
}

/// A question understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its form.
    pub form: Form,
    /// Its stage, if it serves one.
    pub spin: Option<Spin>,
    /// "Can you hear me?", "Does that make sense?": about the call, not the customer.
    pub housekeeping: bool,
}

const LEADING: &[&str] = &[
    "do|would|will not you|we ~1 think|agree|say|want|believe|see|like|love",
    "would you not",
    "is|are|does|do|was not it|that|this|they|you $",
    "you would ~1 agree",
    "would you agree",
    "surely",
    "right|correct|yes $",
    "you ~6 right $",
    "is not it|that ~6",
    "am i right",
    "you must ~6",
    "i assume|guess you ~10 right",
    "do you want to keep losing|wasting",
    "why would anyone|you not",
    "how could you not",
];

const HOUSEKEEPING: &[&str] = &[
    "can|could you|everyone|everybody hear|see me|us|my|the|it|this",
    "does that ~1 make sense",
    "make sense $",
    "am i on mute|muted",
    "how are you|things|everyone",
    "is that okay|clear|alright $",
    "any ~1 questions ~4",
    "are you ready",
    "can i share",
    "shall|should we ~1 start|begin|get|move|dive|jump|wait|wrap",
    "do you mind if i",
    "can i ask|start|share|jump",
    "how is it going",
    "how was your weekend|holiday|day|week|trip",
    "are we waiting",
    "is everyone here",
    "who is joining",
    "you know $",
    "^ what $",
    "^ really $",
    "^ sorry $",
    "^ yes $",
    "^ okay $",
    "^ right $",
    "^ huh $",
    "what did you say",
    "say that again",
    "is this|now a good time",
    "how does that sound",
    "sound|sounds good $",
    "are you there",
    "did you get my|the invite|link",
    "ready to|for",
    "what was that",
];

const OPEN: &[&str] = &[
    "what",
    "how",
    "why",
    "tell me|us ~4",
    "walk me|us through",
    "describe",
    "help me understand",
    "explain",
    "talk me through",
    "in what way",
    "can|could|would you tell|walk|describe|explain|talk|share|give|elaborate|paint|say ~6",
    "curious",
];

/// "What"-questions that ask for one fact.
const FACTS: &[&str] = &[
    "what time|day|date|year|number|percentage|version|company|month",
    "how many|much|long|often|old|big|far|soon",
    "what is your name|title|role|email|budget|number|address|timeline",
    "which",
    "who",
    "when",
    "where",
];

const NEED_PAYOFF: &[&str] = &[
    "how would ~6 help|change|benefit|affect|improve|look|feel",
    "what would ~6 mean|look|be|do|change",
    "would ~6 help|useful|valuable|helpful|worth",
    "if you|we could|had ~12 what|how|would",
    "how much ~5 save|gain",
    "how valuable|useful|important would|is",
    "what would success",
    "what does success|good look",
    "how would you use|benefit|spend",
    "imagine",
    "what benefits",
    "in an ideal world",
    "ideal",
    "magic wand",
];
const IMPLICATION: &[&str] = &[
    "what happens if|when|to",
    "what impact|effect",
    "how does|is|has|did that|this|it ~3 affect|affecting|impact|impacting|influence|hurt|affected|impacted",
    "what does|is that|this|it ~2 cost|costing",
    "how much ~6 lose|losing|cost|costing|waste|wasting|lost",
    "consequence|consequences",
    "what is the impact|effect|cost|risk",
    "who else ~4 affected|suffers|feels|impacted",
    "what if you do not|nothing",
    "what would happen if",
    "how does that|this ~3 team|customers|revenue|business|goals|numbers",
    "does that|this|it ~2 slow|delay|hurt|lead|cause|mean",
    "ripple",
    "knock on",
    "what does that mean for",
];
const PROBLEM: &[&str] = &[
    "challenge|challenges|problem|problems|pain|difficult|difficulty|struggle|struggling|frustrating|frustration|frustrations|bottleneck|bottlenecks|issue|issues|obstacle|obstacles|blockers|blocker",
    "breaking|broken|fails|failing|goes wrong",
    "not working|work|happy|satisfied",
    "satisfied|happy with",
    "hardest|biggest|worst|toughest",
    "what is wrong|missing|holding",
    "concern|concerns|concerned|worried|worry|worries",
    "slow|slows|slowing|delay|delays|causing",
    "keeps you up",
    "fall|falls|falling short|down|through",
    "what prevents|stops|keeps",
    "wish|improve|change about",
    "why did|do you look|looking|want|need",
];
const SITUATION: &[&str] = &[
    "currently|today|existing|present|now",
    "how do|does|are|is you|your|it|that|the ~8",
    "what do|does|is|are you|your|the ~8",
    "how many|big|often|long|large",
    "who ~2 is|are|uses|owns|involved|handles|else|would|makes|decides|responsible|your|manages|signs",
    "walk me|us through",
    "tell me|us ~3 about|more|how|what",
    "which ~3 tool|tools|system|systems|vendor|team|teams",
    "have you ~2 looked|tried|used|considered|evaluated|got|talked|spoken|seen",
    "do you ~2 use|have|work|run|own|already|track|measure|sell",
    "where do|does|are|is",
    "when do|does|did|are",
    "what about",
    "picture|background|overview|process|setup|stack|workflow|structure|budget|timeline",
    "are you ~2 using|evaluating|looking|talking|running|planning|working",
];

struct Tables {
    leading: Vec<Pattern>,
    housekeeping: Vec<Pattern>,
    open: Vec<Pattern>,
    facts: Vec<Pattern>,
    spin: [(Spin, Vec<Pattern>); 4],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    leading: table(LEADING),
    housekeeping: table(HOUSEKEEPING),
    open: table(OPEN),
    facts: table(FACTS),
    spin: [
        (Spin::NeedPayoff, table(NEED_PAYOFF)),
        (Spin::Implication, table(IMPLICATION)),
        (Spin::Problem, table(PROBLEM)),
        (Spin::Situation, table(SITUATION)),
    ],
});

/// Understands a sentence as a question; `None` when it is none. An invitation
/// ("Walk me through your process.") is an open question without a mark.
#[must_use]
pub fn question(sentence: &Sentence) -> Option<Question> {
    let tables = &*TABLES;
    let tokens = asked(&sentence.tokens);
    // A name or "just curious" may come before the question word; "when" further
    // in belongs to a clause of its own.
    let opens_within = |patterns: &[Pattern], words: usize| {
        (0..tokens.len().min(words)).any(|at| patterns.iter().any(|p| p.at(tokens, at).is_some()))
    };
    let opens_at_start = |patterns: &[Pattern]| opens_within(patterns, 4);
    let invitation = tokens.first().is_some_and(|t| matches!(t.word.as_str(), "tell" | "walk" | "describe" | "help"))
        && matches!(tokens.get(1).map(|t| t.word.as_str()), Some("me" | "us"));
    if !sentence.question && !invitation {
        return None;
    }
    let found = |patterns: &[Pattern]| any(patterns, tokens);
    let housekeeping = found(&tables.housekeeping) || tokens.len() < 3 && !invitation && !opens_at_start(&tables.open);
    let form = if found(&tables.leading) {
        Form::Leading
    } else if invitation || opens_at_start(&tables.open) && !opens_within(&tables.facts, 2) {
        Form::Open
    } else {
        Form::Closed
    };
    let spin =
        if housekeeping { None } else { tables.spin.iter().find(|(_, rows)| found(rows)).map(|(spin, _)| *spin) };
    Some(Question { form, spin, housekeeping })
}

/// The words of the question itself: after "and", "so" and a greeting.
fn asked(tokens: &[Token]) -> &[Token] {
    let skip = tokens
        .iter()
        .position(|t| {
            !matches!(
                t.word.as_str(),
                "and"
                    | "so"
                    | "but"
                    | "okay"
                    | "well"
                    | "yes"
                    | "great"
                    | "got"
                    | "perfect"
                    | "alright"
                    | "now"
                    | "then"
            )
        })
        .unwrap_or(0);
    &tokens[skip..]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sentence::sentences;

    fn of(text: &str) -> Option<Question> {
        question(&sentences(text)[0])
    }

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        for group in [&t.leading, &t.housekeeping, &t.open, &t.facts].into_iter().chain(t.spin.iter().map(|(_, g)| g)) {
            assert!(group.iter().all(Pattern::is_well_formed));
        }
    }

    #[test]
    fn forms() {
        for (text, form) in [
            ("How do you handle returns today?", Form::Open),
            ("What made you look at this now?", Form::Open),
            ("Walk me through your onboarding.", Form::Open),
            ("Do you use a CRM?", Form::Closed),
            ("How many reps do you have?", Form::Closed),
            ("Who signs off on this?", Form::Closed),
            ("Don't you think that's too slow?", Form::Leading),
            ("You'd want that automated, right?", Form::Leading),
            ("Wouldn't you agree that speed matters?", Form::Leading),
        ] {
            assert_eq!(of(text).unwrap().form, form, "{text}");
        }
        assert_eq!(of("We use a CRM."), None);
    }

    #[test]
    fn spin_types() {
        for (text, spin) in [
            ("How do you handle returns today?", Spin::Situation),
            ("What's the biggest challenge with that?", Spin::Problem),
            ("What happens when an order is lost?", Spin::Implication),
            ("How does that affect your team?", Spin::Implication),
            ("How would it help if that took an hour?", Spin::NeedPayoff),
            ("If you could cut that in half, what would it mean for you?", Spin::NeedPayoff),
        ] {
            assert_eq!(of(text).unwrap().spin, Some(spin), "{text}");
        }
    }

    #[test]
    fn housekeeping_is_no_discovery() {
        for text in ["Can you hear me?", "Does that make sense?", "How are you?", "Any questions?"] {
            assert!(of(text).unwrap().housekeeping, "{text}");
        }
    }
}

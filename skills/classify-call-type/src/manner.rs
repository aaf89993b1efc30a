//! How each side talks, whatever the trade: who asks, who shows, who tells the other what
//! to press, who names figures.

use std::sync::LazyLock;

use skillhost_language::{Form, Pattern, Sentence, is_base_verb, question};
use skillhost_sdk::sources::Side;

use crate::output::Kind;

/// A question of ours that learns something, and the most that all of them weigh.
const QUESTION: (f64, f64) = (0.7, 4.0);
/// Fewer questions are asked in any call.
const FEWEST_QUESTIONS: u32 = 3;
/// Something that we do while we say it.
const DOING: (f64, f64) = (0.6, 2.4);
/// Something that we tell them to do.
const TELLING: (f64, f64) = (0.5, 2.0);
/// A sentence with a figure that the other side has one against.
const FIGURE: (f64, f64) = (0.5, 2.0);

/// First words of a sentence that are no order to the other side to do something.
const NO_ORDER: [&str; 28] = [
    "tell", "walk", "describe", "help", "watch", "look", "see", "let", "thank", "listen", "imagine", "do", "have",
    "be", "like", "need", "mind", "love", "hope", "print", "show", "give", "make", "like", "please", "place", "point",
    "cost",
];
/// Verbs of what one thinks or has, not of what one does before somebody's eyes.
const NO_DOING: [&str; 36] = [
    "know",
    "think",
    "want",
    "need",
    "like",
    "love",
    "have",
    "see",
    "hear",
    "guess",
    "mean",
    "hope",
    "remember",
    "believe",
    "understand",
    "say",
    "suppose",
    "do",
    "am",
    "agree",
    "wonder",
    "worry",
    "work",
    "live",
    "feel",
    "care",
    "look",
    "get",
    "ask",
    "sleep",
    "promise",
    "come",
    "go",
    "read",
    "doubt",
    "wish",
];
/// Figures in words.
static FIGURES: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|\
         nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|third|quarter|percent|pence|\
         million",
    )
});

/// What was heard of it.
#[derive(Default)]
pub(crate) struct Manner {
    learning: u32,
    doing: u32,
    telling: u32,
    /// Sentences with a figure, ours and theirs.
    figures: (u32, u32),
    turns: u32,
    asking_turns: u32,
    asked: bool,
}

impl Manner {
    pub(crate) fn hear(&mut self, sentence: &Sentence, side: Side) {
        let words: Vec<&str> = sentence.tokens.iter().map(|token| token.word.as_str()).collect();
        let figure = FIGURES.find(&sentence.tokens).is_some()
            || words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        match side {
            Side::Rep => self.figures.0 += u32::from(figure),
            Side::Prospect => self.figures.1 += u32::from(figure),
            Side::Unknown => {}
        }
        if side == Side::Prospect {
            return;
        }
        match question(sentence).filter(|asked| !asked.housekeeping) {
            Some(asked) => {
                self.learning +=
                    u32::from(asked.form == Form::Open || asked.form == Form::Closed && asked.spin.is_some());
                self.asked = true;
            }
            None => {
                self.doing += u32::from(is_doing(&words));
                self.telling += u32::from(is_order(&words));
            }
        }
    }

    pub(crate) fn end_turn(&mut self, side: Side) {
        if side != Side::Prospect {
            self.turns += 1;
            self.asking_turns += u32::from(self.asked);
        }
        self.asked = false;
    }

    /// What it votes for. Who looks after a customer asks as much as who gets to know one.
    pub(crate) fn cues(&self, is_customer: bool) -> Vec<(Kind, f64, &'static str)> {
        let weight = |count: u32, (each, most): (f64, f64)| (f64::from(count) * each).min(most);
        let asks = self.learning >= FEWEST_QUESTIONS && self.asking_turns * 2 >= self.turns;
        let asks = asks.then_some((
            if is_customer { Kind::CheckIn } else { Kind::Discovery },
            weight(self.learning, QUESTION),
            "asks more than it tells",
        ));
        asks.into_iter()
            .chain([
                (Kind::Demo, weight(self.doing, DOING), "does it while it is told"),
                (Kind::Onboarding, weight(self.telling, TELLING), "tells them what to do"),
                (Kind::Negotiation, weight(self.figures.0.min(self.figures.1), FIGURE), "both sides name figures"),
            ])
            .collect()
    }
}

/// `I drag them here`, `now I press it`.
fn is_doing(words: &[&str]) -> bool {
    words.windows(2).any(|pair| pair[0] == "i" && is_base_verb(pair[1]) && !NO_DOING.contains(&pair[1]))
}

/// `Type all of it into the page`, `then drop it in the box`.
fn is_order(words: &[&str]) -> bool {
    let lead = words
        .iter()
        .position(|word| !["and", "then", "so", "now", "okay", "perfect", "lovely", "great", "just"].contains(word));
    lead.and_then(|at| words.get(at))
        .is_some_and(|word| words.len() > 2 && is_base_verb(word) && !NO_ORDER.contains(word))
}

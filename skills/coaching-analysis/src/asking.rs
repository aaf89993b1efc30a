//! Questions: what our side asked, and what the prospect asked in vain.

use std::collections::BTreeMap;

use meeting_source::Loaded;
use skillhost_language::{Form, Question, Spin, class, question, sentences};
use skillhost_sdk::sources::Side;

use crate::measure::time_of;
use crate::output::{AskedQuestion, Questions, Unanswered};

/// An answer is looked for in this many of the other side's turns.
const ANSWER_TURNS: usize = 2;
/// An answer is looked for within this many turns of anybody: that many murmurs
/// in a row are no wait for an answer, and each question would search the rest.
const ANSWER_REACH: usize = 24;
/// An answer that shares no word with its question has at least this many words.
const ANSWER_WORDS: usize = 6;

pub(crate) fn questions(meeting: &Loaded) -> Questions {
    let mut out = Questions::default();
    let ours = OurWords::of(meeting);
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        let side = meeting.side(turn);
        let all = sentences(&turn.text);
        for (index, sentence) in all.iter().enumerate() {
            let Some(asked) = question(sentence).filter(|asked| !asked.housekeeping) else { continue };
            match side {
                Side::Rep => count(&mut out, asked, turn.index, time_of(turn)),
                Side::Prospect if sentence.question => {
                    // A question in mid-turn that the asker goes on from was not put.
                    let last = all.iter().skip(index + 1).all(|later| later.question || later.tokens.len() <= 4);
                    if last
                        && asked.form != Form::Leading
                        && unanswered(
                            meeting,
                            &ours,
                            at,
                            &sentence.tokens.iter().map(|t| t.word.as_str()).collect::<Vec<_>>(),
                        )
                    {
                        let Some(quote) = meeting.quote(at, &sentence.range) else { continue };
                        out.unanswered.push(Unanswered {
                            speaker: turn.speaker.clone().unwrap_or_default(),
                            quote,
                            time: time_of(turn),
                            turn: turn.index,
                        });
                    }
                }
                _ => {}
            }
        }
    }
    out
}

fn count(out: &mut Questions, asked: Question, turn: usize, time: Option<String>) {
    out.asked += 1;
    match asked.form {
        Form::Open => out.open += 1,
        Form::Closed => out.closed += 1,
        Form::Leading => out.leading += 1,
    }
    match asked.spin {
        Some(Spin::Situation) => out.situation += 1,
        Some(Spin::Problem) => out.problem += 1,
        Some(Spin::Implication) => out.implication += 1,
        Some(Spin::NeedPayoff) => out.need_payoff += 1,
        None => {}
    }
    if asked.form == Form::Open || asked.spin.is_some() {
        out.discovery += usize::from(asked.form != Form::Leading);
    }
    out.list.push(AskedQuestion { turn, time, form: asked.form, spin: asked.spin });
}

/// Whether our side went on without an answer: nobody replied, or the reply was
/// a question of its own or shared nothing with what was asked and was short.
fn unanswered(meeting: &Loaded, ours: &OurWords, at: usize, asked: &[&str]) -> bool {
    const DEFERRED: [&str; 9] = [
        "later",
        "get back",
        "come back",
        "come to that",
        "in a minute",
        "in a moment",
        "get to that",
        "hold that",
        "park that",
    ];
    let replies: Vec<_> = meeting
        .transcript
        .turns
        .iter()
        .skip(at + 1)
        .take(ANSWER_REACH)
        .take_while(|turn| meeting.side(turn) == Side::Rep || turn.word_count() <= 3)
        .filter(|turn| meeting.side(turn) == Side::Rep)
        .take(ANSWER_TURNS)
        .collect();
    if replies.is_empty() {
        // The last words of a call, or a colleague on their own side answers.
        return false;
    }
    let text = replies.iter().map(|turn| turn.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let put_off = DEFERRED.iter().any(|words| text.contains(words)) && !ours.take_up_later(at, asked);
    let all = sentences(&text);
    let told: usize = all.iter().filter(|sentence| !sentence.question).map(|sentence| sentence.tokens.len()).sum();
    let yes_or_no = all.first().and_then(|s| s.tokens.first()).is_some_and(|t| {
        matches!(
            t.word.as_str(),
            "yes"
                | "no"
                | "sure"
                | "absolutely"
                | "exactly"
                | "correct"
                | "right"
                | "definitely"
                | "great"
                | "good"
                | "it"
                | "we"
                | "that"
                | "of"
        )
    });
    let shares = shared(asked, &text);
    if asks_for_amount(asked) {
        return put_off || !(shares || yes_or_no || names_amount(&text));
    }
    put_off
        || told < ANSWER_WORDS && !yes_or_no && !shares
        || told >= ANSWER_WORDS && all.first().is_some_and(|s| s.question) && !shares
}

/// "How long", "how many", "when": only a number or a time answers it.
fn asks_for_amount(asked: &[&str]) -> bool {
    asked.windows(2).any(|pair| pair[0] == "how" && matches!(pair[1], "long" | "many" | "much" | "soon" | "often"))
        || asked.iter().take(2).any(|word| *word == "when")
}

fn names_amount(text: &str) -> bool {
    const UNITS: [&str; 22] = [
        "day", "days", "week", "weeks", "month", "months", "hour", "hours", "minutes", "quarter", "year", "years",
        "two", "three", "four", "five", "six", "ten", "dozen", "hundred", "percent", "depends",
    ];
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| UNITS.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a word says what a question is about.
fn tells(word: &str) -> bool {
    word.len() > 3
        && !class("adv").contains(&word)
        && !matches!(
            word,
            "what"
                | "when"
                | "does"
                | "have"
                | "that"
                | "this"
                | "your"
                | "with"
                | "about"
                | "would"
                | "could"
                | "there"
        )
}

/// Words of substance in common.
fn shared(asked: &[&str], text: &str) -> bool {
    asked
        .iter()
        .filter(|word| tells(word))
        .any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|have| have == *word))
}

/// What our side said at length, read once for all questions.
struct OurWords {
    /// Positions of our turns that are long enough for an answer.
    turns: Vec<usize>,
    /// The last of them that has a word.
    last: BTreeMap<String, usize>,
}

impl OurWords {
    fn of(meeting: &Loaded) -> Self {
        let mut own = Self { turns: Vec::new(), last: BTreeMap::new() };
        for (at, turn) in meeting.transcript.turns.iter().enumerate() {
            if meeting.side(turn) != Side::Rep || turn.word_count() < ANSWER_WORDS {
                continue;
            }
            own.turns.push(at);
            for word in turn.text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| tells(word)) {
                own.last.insert(word.to_owned(), at);
            }
        }
        own
    }

    /// "We'll come to that" is kept when a later turn of ours takes it up; the
    /// first one after the putting off goes on with what was said.
    fn take_up_later(&self, at: usize, asked: &[&str]) -> bool {
        let next = self.turns.partition_point(|turn| *turn < at + 2);
        let Some(from) = self.turns.get(next + 1) else { return false };
        asked.iter().any(|word| self.last.get(*word).is_some_and(|last| last >= from))
    }
}

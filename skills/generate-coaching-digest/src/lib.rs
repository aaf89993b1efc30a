//! Writes the weekly digest.
//!
//! [`themes`] finds what came up in the week's calls, [`moments`] looks its words up
//! again, [`lines`] says it. To coach one more theme, add it to `themes::of`.

mod lines;
mod moments;
mod themes;

use coaching_record::{Analysis, Number, Patterns, Rolled, Week};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use skillhost_sdk::{Call, Effect, Failure, Outcome, approval, skill};

/// The kind that keeps the analysis for later weeks.
const STORE: &str = "coaching.store";
/// More than three things are not done.
const MOST_TO_DO: usize = 3;

/// What was found.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `load-week-meetings`.
    pub week: Option<Week>,
    /// Of `coaching-analysis`, one for each call in its order; null where it failed.
    pub analyses: Option<Vec<Option<Analysis>>>,
    /// Of `coaching-week`.
    pub rolled: Option<Rolled>,
    /// Of `correlate-win-loss`; null where it failed.
    pub patterns: Option<Patterns>,
}

/// The digest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// First day.
    pub period_start: String,
    /// Last day.
    pub period_end: String,
    /// One line.
    pub headline: String,
    /// The week's numbers, a line each.
    pub numbers: Vec<String>,
    /// What is better than before, and what is worse.
    pub trends: Vec<String>,
    /// Two or three things to do.
    pub to_do: Vec<ToDo>,
    /// The same as lines.
    pub to_do_lines: Vec<String>,
    /// The best moment.
    pub well_done: Option<ToDo>,
    /// What goes with deals won, or that there are too few.
    pub winning: String,
    /// Calls of the week that are not in it, with the reason.
    pub left_out: Vec<String>,
}

/// Something to do, or done well, with its moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ToDo {
    /// `stretch`, `unanswered`, `objection`, `share`, `discovery`, `strength`.
    pub theme: String,
    /// What happened.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// How often it came up in the week.
    pub times: usize,
    /// The exact words.
    pub quote: String,
    /// `m:ss` from the start of the call.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: usize,
    /// Which call.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// Its day.
    pub day: String,
}

/// Writes it.
#[skill]
pub fn run(_call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let week = input.week.ok_or_else(|| Failure::invalid("no-week", "there is no week"))?;
    let rolled = input.rolled.ok_or_else(|| Failure::invalid("no-numbers", "the week was not added up"))?;
    let analyses = input.analyses.unwrap_or_default();
    if analyses.len() != week.meetings.len() {
        return Err(Failure::invalid(
            "not-aligned",
            format!("{} calls and {} analyses", week.meetings.len(), analyses.len()),
        ));
    }
    let themes = themes::of(&week, &analyses, &rolled);
    let mut book = moments::Book::default();
    let mut to_do: Vec<(ToDo, String)> = Vec::new();
    for theme in &themes {
        if to_do.len() == MOST_TO_DO {
            break;
        }
        to_do.extend(book.first_that_holds(theme, &week)?);
    }
    let well_done = match themes::strengths(&week, &analyses) {
        Some(theme) => book.first_that_holds(&theme, &week)?,
        None => None,
    };
    let patterns = input.patterns.unwrap_or_default();
    let output = Output {
        period_start: week.period_start.clone(),
        period_end: week.period_end.clone(),
        headline: lines::headline(&rolled),
        numbers: lines::numbers(&rolled),
        trends: lines::trends(&rolled),
        to_do_lines: to_do.iter().map(|(one, _)| lines::to_do(one)).collect(),
        to_do: to_do.iter().map(|(one, _)| one.clone()).collect(),
        well_done: well_done.as_ref().map(|(one, _)| one.clone()),
        winning: lines::winning(&patterns),
        left_out: week.left_out.iter().map(|left| format!("{}: {}", left.title, left.reason)).collect(),
    };
    let effect = store(&output, &rolled, &patterns);
    let summary = output.headline.clone();
    let mut outcome = Outcome::new(output).summary(summary);
    for (at, (one, read_id)) in to_do.into_iter().enumerate() {
        outcome = outcome.evidence(read_id, one.quote, format!("/to_do/{at}/quote"));
    }
    if let Some((one, read_id)) = well_done {
        outcome = outcome.evidence(read_id, one.quote, "/well_done/quote");
    }
    // A host that does not know the kind would refuse the whole outcome for it.
    if approval::check(STORE).permitted {
        outcome = outcome.effect(effect);
    }
    Ok(outcome)
}

/// What is kept for later weeks: numbers and places, no words of the calls.
fn store(output: &Output, rolled: &Rolled, patterns: &Patterns) -> Effect {
    let to_do: Vec<_> = output
        .to_do
        .iter()
        .map(|one| json!({"theme": one.theme, "times": one.times, "meeting_id": one.meeting_id, "turn": one.turn, "time": one.time}))
        .collect();
    // The weeks before are kept by themselves.
    let numbers: Vec<Number> =
        rolled.numbers.iter().map(|number| Number { weeks: Vec::new(), ..number.clone() }).collect();
    let analysis = json!({
        "calls": rolled.calls,
        "not_measured": rolled.not_measured,
        "numbers": numbers,
        "per_call": rolled.per_call,
        "before": rolled.before,
        "patterns": patterns.patterns,
        "to_do": to_do,
    });
    Effect::custom(
        "store",
        STORE,
        json!({"period_start": output.period_start, "period_end": output.period_end, "analysis": analysis}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_of_a_call_are_stored() {
        let one = ToDo { quote: "we need it in May".into(), theme: "stretch".into(), ..ToDo::default() };
        let output = Output { to_do: vec![one], period_start: "2026-11-16".into(), ..Output::default() };
        let effect = store(&output, &Rolled::default(), &Patterns::default());
        assert_eq!((effect.kind.as_str(), &effect.payload["period_start"]), (STORE, &json!("2026-11-16")));
        assert_eq!(effect.payload["analysis"]["to_do"][0]["theme"], "stretch");
        assert!(!effect.payload.to_string().contains("May"));
    }
}

skillhost_sdk::cases!();

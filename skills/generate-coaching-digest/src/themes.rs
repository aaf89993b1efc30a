//! What came up in the week's calls.

use coaching_record::{Analysis, Behaviour, Rolled, Week, WeekMeeting, duration};
use meeting_record::first_name;

/// Doubts met at this level or below are something to work on.
const POORLY_MET: u8 = 2;
/// Doubts met at this level or above are worth a word of praise.
const WELL_MET: u8 = 4;
/// The rep's share above which a call was a talk.
const TALKED: f64 = 0.60;
/// Discovery questions to aim for.
const DISCOVERY: usize = 6;
/// Moments of a theme that are tried until one holds.
const MOST_MOMENTS: usize = 6;

/// A theme with its moments, the clearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Theme {
    pub(crate) name: &'static str,
    pub(crate) advice: &'static str,
    pub(crate) times: usize,
    pub(crate) moments: Vec<Moment>,
    /// How much it matters: how often, times how much each time costs.
    pub(crate) weight: f64,
}

/// A moment of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Moment {
    /// Place in the week's calls.
    pub(crate) call: usize,
    pub(crate) what: String,
    pub(crate) quote: String,
    pub(crate) time: Option<String>,
    pub(crate) turn: usize,
    /// How clear it is.
    pub(crate) clear: f64,
}

/// The week's calls that were measured, with their places.
fn calls<'a>(
    week: &'a Week,
    analyses: &'a [Option<Analysis>],
) -> impl Iterator<Item = (usize, &'a WeekMeeting, &'a Analysis)> {
    week.meetings
        .iter()
        .zip(analyses)
        .enumerate()
        .filter(|(_, (meeting, _))| meeting.of_week)
        .filter_map(|(at, (meeting, analysis))| Some((at, meeting, analysis.as_ref()?)))
}

/// What to work on, the weightiest first.
pub(crate) fn of(week: &Week, analyses: &[Option<Analysis>], rolled: &Rolled) -> Vec<Theme> {
    let mut themes = vec![
        Theme {
            name: "unanswered",
            advice: "Answer a question when it is asked, or say when you will, and do.",
            weight: 3.0,
            ..Theme::default()
        },
        Theme {
            name: "objection",
            advice: "Ask what is behind a doubt before you answer it, and ask whether your answer helped.",
            weight: 3.0,
            ..Theme::default()
        },
        Theme {
            name: "stretch",
            advice: "Stop after a minute and ask what it means for them.",
            weight: 2.0,
            ..Theme::default()
        },
        Theme {
            name: "share",
            advice: "Aim for 40 per cent: ask, and wait for the answer.",
            weight: 1.5,
            ..Theme::default()
        },
        Theme {
            name: "discovery",
            advice: "Prepare six questions that begin with how, what or why, and ask the first in the first five minutes.",
            weight: 1.5,
            ..Theme::default()
        },
    ];
    for (at, _, analysis) in calls(week, analyses) {
        for theme in &mut themes {
            moments(theme, at, analysis);
        }
    }
    let low = rolled
        .numbers
        .iter()
        .any(|number| number.behaviour == Behaviour::DiscoveryQuestions && number.verdict == "low");
    themes.retain(|theme| !theme.moments.is_empty() && (theme.name != "discovery" || low));
    for theme in &mut themes {
        #[expect(clippy::cast_precision_loss, reason = "moments of a week")]
        let times = theme.times as f64;
        theme.weight *= times;
        // A stable order of equals: calls come newest first.
        theme.moments.sort_by(|a, b| b.clear.total_cmp(&a.clear).then(a.call.cmp(&b.call)).then(a.turn.cmp(&b.turn)));
        theme.moments.truncate(MOST_MOMENTS);
    }
    themes.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    themes
}

fn moments(theme: &mut Theme, call: usize, analysis: &Analysis) {
    let before = theme.moments.len();
    match theme.name {
        "unanswered" => theme.moments.extend(analysis.questions.unanswered.iter().map(|asked| {
            let who = first_name(&asked.speaker);
            let who = if who.is_empty() { "Somebody" } else { who };
            let words = f64::from(u32::try_from(asked.quote.split_whitespace().count()).unwrap_or(u32::MAX));
            let what = format!("{who} asked something that got no answer");
            Moment { call, what, quote: asked.quote.clone(), time: asked.time.clone(), turn: asked.turn, clear: words }
        })),
        "objection" => {
            let poor = analysis.objections.iter().filter(|doubt| (1..=POORLY_MET).contains(&doubt.level));
            theme.moments.extend(poor.map(|doubt| {
                let what = format!("A doubt was left open: {}", doubt.reason);
                let clear = f64::from(10 - doubt.level);
                Moment { call, what, quote: doubt.quote.clone(), time: doubt.time.clone(), turn: doubt.turn, clear }
            }));
        }
        "stretch" => theme.moments.extend(analysis.talk.monologues.iter().map(|stretch| {
            let what = format!("You spoke for {} at a stretch", duration(stretch.seconds));
            let (quote, time) = (stretch.quote.clone(), stretch.time.clone());
            Moment { call, what, quote, time, turn: stretch.turn, clear: stretch.seconds }
        })),
        "share" => {
            let Some(share) = analysis.talk.rep_share.filter(|share| *share > TALKED) else { return };
            remark(theme, call, analysis, &format!("You talked {:.0} % of the call", share * 100.0), share, "talked");
        }
        _ => {
            let asked = analysis.questions.discovery;
            let is_asked = Behaviour::DiscoveryQuestions.is_asked_of(analysis.call_type.as_deref());
            if !is_asked || asked >= DISCOVERY {
                return;
            }
            #[expect(clippy::cast_precision_loss, reason = "questions of a call")]
            let clear = (DISCOVERY - asked) as f64;
            let questions = if asked == 1 { "question" } else { "questions" };
            remark(theme, call, analysis, &format!("You asked {asked} discovery {questions}"), clear, "question");
        }
    }
    theme.times += theme.moments.len() - before;
}

/// A moment from a remark of the call that speaks of this; its words were chosen
/// where the call was measured.
fn remark(theme: &mut Theme, call: usize, analysis: &Analysis, what: &str, clear: f64, about: &str) {
    let said = analysis.bullets.iter().find(|remark| remark.kind == "focus" && remark.text.contains(about));
    let Some(said) = said.filter(|remark| !remark.quote.is_empty()) else { return };
    let (quote, time) = (said.quote.clone(), said.time.clone());
    theme.moments.push(Moment { call, what: what.to_owned(), quote, time, turn: said.turn, clear });
}

/// What went well: a doubt met well, else a strength that was remarked.
pub(crate) fn strengths(week: &Week, analyses: &[Option<Analysis>]) -> Option<Theme> {
    let mut theme = Theme { name: "strength", advice: "Keep doing this.", ..Theme::default() };
    for (call, _, analysis) in calls(week, analyses) {
        theme.moments.extend(analysis.objections.iter().filter(|doubt| doubt.level >= WELL_MET).map(|doubt| Moment {
            call,
            what: format!("You met a doubt well: {}", doubt.reason),
            quote: doubt.quote.clone(),
            time: doubt.time.clone(),
            turn: doubt.turn,
            clear: 10.0 + f64::from(doubt.level),
        }));
        theme.moments.extend(analysis.bullets.iter().filter(|remark| remark.kind == "strength").map(|remark| Moment {
            call,
            what: remark.text.trim_end_matches('.').to_owned(),
            quote: remark.quote.clone(),
            time: remark.time.clone(),
            turn: remark.turn,
            clear: 1.0,
        }));
    }
    theme.times = theme.moments.len();
    theme.moments.sort_by(|a, b| b.clear.total_cmp(&a.clear).then(a.call.cmp(&b.call)).then(a.turn.cmp(&b.turn)));
    theme.moments.truncate(MOST_MOMENTS);
    (!theme.moments.is_empty()).then_some(theme)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_discovery_call_lacks_discovery_questions() {
        let call = |id: &str, call_type: Option<&str>| {
            let mut analysis = Analysis { call_type: call_type.map(str::to_owned), ..Analysis::default() };
            let remark = json!({"kind": "focus", "text": "You asked 1 question.", "quote": id, "turn": 1});
            analysis.bullets = vec![serde_json::from_value(remark).unwrap()];
            (WeekMeeting { meeting_id: id.to_owned(), of_week: true, ..WeekMeeting::default() }, Some(analysis))
        };
        let calls = [call("a", Some("demo")), call("b", Some("discovery")), call("c", None)];
        let (meetings, analyses): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        let week = Week { meetings, ..Week::default() };
        let low = json!({"behaviour": "discovery_questions", "told": "", "value": 0.0, "calls": 1, "target": "",
            "verdict": "low", "usual": null, "earlier_calls": 0, "trend": "unknown"});
        let rolled = Rolled { numbers: vec![serde_json::from_value(low).unwrap()], ..Rolled::default() };
        let found = of(&week, &analyses, &rolled);
        let theme = found.iter().find(|theme| theme.name == "discovery").unwrap();
        assert_eq!(theme.moments.iter().map(|moment| moment.quote.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}

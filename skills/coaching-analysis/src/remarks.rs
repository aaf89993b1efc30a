//! What to say to the rep: at most three remarks, one of them a strength where
//! there is one, each with its moment and words.

use coaching_record::duration;
use meeting_record::first_name;
use meeting_source::Loaded;
use skillhost_language::Spin;
use skillhost_sdk::sources::Side;

use crate::compare::{Comparison, DISCOVERY_QUESTIONS, PACE_HIGH};
use crate::measure::{opening, time_of};
use crate::output::{Objection, Questions, Remark, Talk};

/// More than three are not read.
pub(crate) const MOST_REMARKS: usize = 3;

/// A remark and how much it matters.
struct Weighed {
    weight: f64,
    remark: Remark,
}

pub(crate) fn choose(
    meeting: &Loaded,
    talk: &Talk,
    questions: &Questions,
    objections: &[Objection],
    comparison: &Comparison,
    discovery: bool,
) -> Vec<Remark> {
    let mut focus: Vec<Weighed> = Vec::new();
    let mut strengths: Vec<Weighed> = Vec::new();
    for objection in objections {
        let list = if objection.level >= 4 { &mut strengths } else { &mut focus };
        let text = if objection.level >= 4 {
            format!("You met a doubt well: {}.", objection.reason)
        } else {
            format!("A doubt was left open: {}. Ask what is behind it before answering.", objection.reason)
        };
        let weight = match objection.level {
            1 => 9.0,
            2 => 7.5,
            3 => 4.0,
            level => 5.0 + f64::from(level),
        };
        list.push(weighed(
            weight,
            objection.level >= 4,
            text,
            objection.time.clone(),
            &objection.quote,
            objection.turn,
        ));
    }
    for missed in &questions.unanswered {
        let text = format!(
            "{} asked something that got no answer. Come back to it in the follow-up.",
            somebody(&missed.speaker)
        );
        focus.push(weighed(8.0, false, text, missed.time.clone(), &missed.quote, missed.turn));
    }
    if let Some(longest) = talk.monologues.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)) {
        let text = format!(
            "You spoke for {} at a stretch. Stop after a minute and ask what it means for them.",
            duration(longest.seconds)
        );
        focus.push(weighed(
            6.0 + longest.seconds / 120.0,
            false,
            text,
            longest.time.clone(),
            &longest.quote,
            longest.turn,
        ));
    }
    share_remarks(meeting, talk, comparison, &mut focus, &mut strengths);
    question_remarks(meeting, questions, discovery, &mut focus, &mut strengths);
    if let (Some(pace), Some((time, quote, turn))) = (talk.words_per_minute, longest_turn(meeting, Side::Rep))
        && pace > PACE_HIGH
    {
        let text = format!("You spoke at {pace:.0} words a minute; under {PACE_HIGH:.0} is easier to follow.");
        focus.push(weighed(3.0, false, text, time, &quote, turn));
    }
    focus.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    strengths.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let strength = strengths.into_iter().next();
    let room = MOST_REMARKS - usize::from(strength.is_some());
    let mut out: Vec<Remark> = strength.into_iter().map(|weighed| weighed.remark).collect();
    for weighed in focus {
        // Two remarks about one moment are one too many.
        if out.len() < room + usize::from(out.first().is_some_and(|r| r.kind == "strength"))
            && !out.iter().any(|remark| remark.turn == weighed.remark.turn && remark.quote == weighed.remark.quote)
        {
            out.push(weighed.remark);
        }
    }
    out
}

fn weighed(weight: f64, strength: bool, text: String, time: Option<String>, quote: &str, turn: usize) -> Weighed {
    let kind = if strength { "strength" } else { "focus" }.to_owned();
    Weighed { weight, remark: Remark { kind, text, time, quote: quote.to_owned(), turn, by: None } }
}

fn share_remarks(
    meeting: &Loaded,
    talk: &Talk,
    comparison: &Comparison,
    focus: &mut Vec<Weighed>,
    strengths: &mut Vec<Weighed>,
) {
    let (Some(share), Some(measure)) = (talk.rep_share, comparison.get("rep_share")) else { return };
    let percent = share * 100.0;
    let past = match (measure.trend.as_deref(), measure.usual) {
        (Some("better"), Some(usual)) => format!(", better than your usual {:.0} %", usual * 100.0),
        (Some("worse"), Some(usual)) => format!(", against your usual {:.0} %", usual * 100.0),
        _ => String::new(),
    };
    let Some((time, quote, turn)) =
        longest_turn(meeting, if measure.verdict == "high" { Side::Rep } else { Side::Prospect })
    else {
        return;
    };
    match measure.verdict.as_str() {
        "high" => {
            let text = format!("You talked {percent:.0} % of the call{past}; aim for 40 %.");
            focus.push(weighed(7.0 + (share - 0.6) * 10.0, false, text, time, &quote, turn));
        }
        "low" => {
            let text = format!("You talked {percent:.0} % of the call{past}; below 30 % it leads itself.");
            focus.push(weighed(3.5, false, text, time, &quote, turn));
        }
        _ => {
            let weight = if measure.trend.as_deref() == Some("better") { 6.5 } else { 4.0 };
            strengths.push(weighed(
                weight,
                true,
                format!("You let them talk: {percent:.0} % was you{past}."),
                time,
                &quote,
                turn,
            ));
        }
    }
}

fn question_remarks(
    meeting: &Loaded,
    questions: &Questions,
    discovery: bool,
    focus: &mut Vec<Weighed>,
    strengths: &mut Vec<Weighed>,
) {
    let moment =
        |turn: usize| meeting.transcript.turns.iter().find(|t| t.index == turn).map(|t| (time_of(t), opening(t)));
    let deep = questions.list.iter().find(|asked| matches!(asked.spin, Some(Spin::Implication | Spin::NeedPayoff)));
    if let Some(asked) = deep
        && let Some((time, quote)) = moment(asked.turn)
    {
        strengths.push(weighed(
            5.5,
            true,
            "You asked what it leads to, not only how things are.".to_owned(),
            time,
            &quote,
            asked.turn,
        ));
    }
    let few = discovery && questions.discovery < DISCOVERY_QUESTIONS || questions.asked < 4;
    if few {
        let last = questions.list.last().map(|asked| asked.turn);
        let at =
            last.or_else(|| meeting.transcript.turns.iter().find(|t| meeting.side(t) == Side::Rep).map(|t| t.index));
        if let Some(turn) = at
            && let Some((time, quote)) = moment(turn)
        {
            let text = if discovery {
                format!("You asked {} discovery questions; aim for {DISCOVERY_QUESTIONS} or more.", questions.discovery)
            } else {
                format!("You asked {} questions in the whole call; 11 to 14 keep it a conversation.", questions.asked)
            };
            focus.push(weighed(5.5, false, text, time, &quote, turn));
        }
    } else if questions.closed > questions.open * 2
        && let Some(asked) = questions.list.iter().find(|asked| asked.form == skillhost_language::Form::Closed)
        && let Some((time, quote)) = moment(asked.turn)
    {
        let text = format!(
            "{} of your {} questions allowed a yes or no. Begin more of them with how or what.",
            questions.closed, questions.asked
        );
        focus.push(weighed(4.5, false, text, time, &quote, asked.turn));
    }
    if discovery
        && questions.discovery >= DISCOVERY_QUESTIONS
        && let Some(asked) = questions.list.first()
        && let Some((time, quote)) = moment(asked.turn)
    {
        strengths.push(weighed(
            5.0,
            true,
            format!("{} discovery questions: you learned before you told.", questions.discovery),
            time,
            &quote,
            asked.turn,
        ));
    }
}

fn longest_turn(meeting: &Loaded, side: Side) -> Option<(Option<String>, String, usize)> {
    let turn = meeting
        .transcript
        .turns
        .iter()
        .filter(|turn| meeting.side(turn) == side)
        .max_by_key(|turn| turn.word_count())?;
    Some((time_of(turn), opening(turn), turn.index))
}

/// As one is spoken of who may have no name.
fn somebody(name: &str) -> &str {
    Some(first_name(name)).filter(|name| !name.is_empty()).unwrap_or("Somebody")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_comma_is_turned() {
        assert_eq!(["Chen, Sarah", "Sarah Chen", " "].map(somebody), ["Sarah", "Sarah", "Somebody"]);
    }
}

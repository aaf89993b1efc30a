//! From what was heard to what is reported.

use meeting_source::Loaded;
use skillhost_language::{
    Direction, Heard, Intent, Meaning, REPORTED, STRONG, Said as HeardSaid, Signal, Topic, WEAK, aggregate,
};
use skillhost_sdk::sources::Side;

use crate::by_model;
use crate::output::{BuyingSignal, FollowUpItem, Output, Said};

/// What one turn says twice is reported once; so is what is repeated within this
/// many turns.
pub(crate) const REPEATED_WITHIN_TURNS: usize = 12;
/// Buying signals below this are noise.
const SIGNAL_FLOOR: f64 = 0.7;

/// The report, the line for people, and its evidence as (quote, pointer).
pub(crate) struct Findings {
    pub(crate) output: Output,
    pub(crate) line: String,
    pub(crate) evidence: Vec<(String, String)>,
}

pub(crate) fn gather(meeting: &Loaded) -> Findings {
    let heard = meeting.heard();
    let mut output = Output::default();
    promises(meeting, &heard, &mut output);
    for request in &heard.requests {
        let Some(intent) = request.intent() else { continue };
        if let Some(said) = said(meeting, request, intent.as_request())
            && said.speaker != Side::Unknown
            && request.confidence >= REPORTED
            && !repeated(&mut output.requests, &said)
        {
            output.requests.push(said);
        }
    }
    output.aggregate_score = signals(meeting, &heard, &mut output);
    // Without a model's word the rules stand alone.
    let heard_by_model = by_model::add(meeting, &mut output).unwrap_or(0);
    output.summary = summary(&output);
    let evidence = evidence(&output);
    let mut line = format!(
        "{} commitments, {} requests, {} signals, score {:+.2}",
        output.commitments.len(),
        output.requests.len(),
        output.buying_signals.len(),
        output.aggregate_score
    );
    if heard_by_model > 0 {
        line.push_str(&format!(", {heard_by_model} by a model"));
    }
    Findings { output, line, evidence }
}

pub(crate) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn said(meeting: &Loaded, heard: &HeardSaid, intent: &str) -> Option<Said> {
    let turn = meeting.transcript.turns.get(heard.turn)?;
    Some(Said {
        speaker: meeting.side(turn),
        speaker_name: turn.speaker.clone(),
        phrase: meeting.quote(heard.turn, &heard.range)?,
        intent: intent.to_owned(),
        confidence: rounded(heard.confidence),
        deadline: heard.due.as_ref().map(|due| due.when.to_text()),
        deadline_quote: heard.due.as_ref().map(|due| due.quote.clone()),
        turn: turn.index,
        by: None,
    })
}

/// The intent as it is reported.
pub(crate) fn intent_of(side: Side, intent: Intent, phrase: &str) -> Option<Intent> {
    if side == Side::Rep { intent.of_rep(phrase) } else { Some(intent) }
}

fn promises(meeting: &Loaded, heard: &Heard, output: &mut Output) {
    for promise in &heard.promises {
        let side = meeting.side_of(meeting.transcript.turns.get(promise.turn).and_then(|turn| turn.speaker.as_deref()));
        let Some(text) = meeting.quote(promise.turn, &promise.range) else { continue };
        let intent = promise.intent().and_then(|intent| intent_of(side, intent, &text));
        let known = side != Side::Unknown;
        if let Some(intent) = intent
            && let Some(said) = said(meeting, promise, intent.as_str())
        {
            let list =
                if known && promise.confidence >= REPORTED { &mut output.commitments } else { &mut output.deferred };
            if promise.confidence < WEAK || repeated(list, &said) {
                continue;
            }
            list.push(said);
        }
        let worth_following =
            promise.confidence >= STRONG && known && promise.meaning != Meaning::Idle && !promise.action.is_empty();
        let plain_we = promise.joint && intent.is_none();
        if worth_following && !plain_we {
            output.follow_up_items.push(FollowUpItem {
                owner: side,
                owner_name: promise.owner.clone(),
                action: promise.action.clone(),
                deadline: promise.due.as_ref().map(|due| due.when.to_text()),
                intent_type: intent.map(|intent| intent.as_str().to_owned()),
            });
        }
    }
}

/// Whether the same person already said it a short while ago; a repetition may
/// still bring the date.
fn repeated(list: &mut [Said], said: &Said) -> bool {
    // What was said is in the order of the turns, so what is too long ago is all in front.
    let lately = list.partition_point(|earlier| said.turn.saturating_sub(earlier.turn) > REPEATED_WITHIN_TURNS);
    let earlier = list[lately..].iter_mut().find(|earlier| {
        earlier.intent == said.intent
            && earlier.speaker == said.speaker
            && earlier.speaker_name == said.speaker_name
            && (earlier.deadline == said.deadline || earlier.deadline.is_none() || said.deadline.is_none())
    });
    let Some(earlier) = earlier else { return false };
    if earlier.deadline.is_none() {
        earlier.deadline.clone_from(&said.deadline);
        earlier.deadline_quote.clone_from(&said.deadline_quote);
    }
    earlier.confidence = earlier.confidence.max(said.confidence);
    true
}

/// The prospect's signals; everybody's at a discount where no side is known.
fn signals(meeting: &Loaded, heard: &Heard, output: &mut Output) -> f64 {
    /// Whose words they are is a guess.
    const UNKNOWN_SIDE: f64 = 0.9;
    let sides_known = meeting.sides.values().any(|side| *side == Side::Prospect);
    let mut counted: Vec<Signal> = Vec::new();
    for found in &heard.signals {
        let Some(turn) = meeting.transcript.turns.get(found.turn) else { continue };
        let factor = match meeting.side(turn) {
            Side::Prospect => 1.0,
            Side::Unknown if !sides_known => UNKNOWN_SIDE,
            _ => continue,
        };
        let mut signal = found.signal.clone();
        signal.confidence *= factor;
        let Some(phrase) = meeting.quote_around(found.turn, &found.range, &found.core) else { continue };
        if signal.confidence < SIGNAL_FLOOR {
            continue;
        }
        output.buying_signals.push(BuyingSignal {
            direction: match signal.direction() {
                Direction::Positive => "positive",
                Direction::Negative => "negative",
                Direction::Neutral => "neutral",
            }
            .to_owned(),
            signal: topic(signal.topic).to_owned(),
            phrase,
            confidence: rounded(signal.confidence),
            strength: signal.strength,
            turn: turn.index,
        });
        counted.push(signal);
    }
    rounded(aggregate(&counted))
}

fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Budget => "budget",
        Topic::Timeline => "timeline",
        Topic::Authority => "authority",
        Topic::Need => "need",
        Topic::Competition => "competition",
        Topic::MultiStakeholder => "multi_stakeholder",
        Topic::Objection => "objection",
    }
}

fn summary(output: &Output) -> String {
    let words = |list: &[Said], side: Side| {
        let mut out: Vec<String> = Vec::new();
        for said in list.iter().filter(|said| said.speaker == side) {
            let name = match said.intent.as_str() {
                "prospect_followup" => "an answer".to_owned(),
                intent => intent.replace('_', " "),
            };
            let text = match &said.deadline {
                Some(deadline) => format!("{name} by {}", deadline.get(..10).unwrap_or(deadline)),
                None => name,
            };
            if !out.contains(&text) {
                out.push(text);
            }
        }
        out.join(", ")
    };
    let mut parts = Vec::new();
    for (lead, list, side) in [
        ("We promised: ", &output.commitments, Side::Rep),
        ("They promised: ", &output.commitments, Side::Prospect),
        ("They asked for: ", &output.requests, Side::Prospect),
    ] {
        let said = words(list, side);
        if !said.is_empty() {
            parts.push(format!("{lead}{said}."));
        }
    }
    let count = |direction: &str| output.buying_signals.iter().filter(|signal| signal.direction == direction).count();
    let (positive, negative) = (count("positive"), count("negative"));
    if positive + negative > 0 {
        parts.push(format!("Signals: {positive} for, {negative} against."));
    }
    if parts.is_empty() {
        parts.push("Nothing was promised or asked for.".to_owned());
    }
    parts.join(" ")
}

fn evidence(output: &Output) -> Vec<(String, String)> {
    let said = |list: &[Said], name: &str| {
        list.iter()
            .enumerate()
            .map(|(at, said)| (said.phrase.clone(), format!("/{name}/{at}/phrase")))
            .collect::<Vec<_>>()
    };
    let mut out = said(&output.commitments, "commitments");
    out.extend(said(&output.requests, "requests"));
    out.extend(said(&output.deferred, "deferred"));
    out.extend(
        output
            .buying_signals
            .iter()
            .enumerate()
            .map(|(at, signal)| (signal.phrase.clone(), format!("/buying_signals/{at}/phrase"))),
    );
    out
}

//! From what was heard to what is reported.

use meeting_source::Loaded;
use skillhost_language::{Heard, Intent, Meaning, REPORTED, STRONG, Said as HeardSaid, WEAK, sentences};
use skillhost_sdk::sources::Side;

use crate::learned::{Subject, Told};
use crate::output::{FollowUpItem, Output, Said};
use crate::signals::signals;
use crate::{by_model, by_words};

/// What one turn says twice is reported once; so is what is repeated within this
/// many turns.
pub(crate) const REPEATED_WITHIN_TURNS: usize = 12;

/// Least chance of a promise and of a request that rules heard: less, and what is added is wrong
/// more often than one in ten, on calls that the table had not seen.
const LIKELY_PROMISE: f64 = 0.65;
const LIKELY_REQUEST: f64 = 0.8;
/// One whose own words are this likely needs none around it.
const PLAIN: f64 = 0.85;
/// What rules heard is of another kind where its words are so likely to say that.
const LIKELY_OTHER: f64 = 0.8;
/// In a turn of so few words there is little beside a request that could speak against it.
const SHORT_TURN: usize = 15;
const LIKELY_SHORT_REQUEST: f64 = 0.6;

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
        let side = meeting.transcript.turns.get(request.turn).map_or(Side::Unknown, |turn| meeting.side(turn));
        let kind = match side {
            Side::Prospect if !is_plain_request(meeting, request, intent) => {
                likely_request(&heard, request.turn, intent.as_request())
            }
            _ => Some(intent.as_request()),
        };
        if let Some(said) = kind.and_then(|kind| said(meeting, request, kind))
            && said.speaker != Side::Unknown
            && request.confidence >= REPORTED
            && !is_among_themselves(meeting, request, said.speaker)
            && !repeated(&mut output.requests, &said)
        {
            output.requests.push(said);
        }
    }
    by_words::add(meeting, &heard, &mut output);
    (output.buying_signals, output.aggregate_score) = signals(meeting, &heard);
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
pub(crate) fn intent_of(side: Side, intent: Intent, phrase: &str, said: &str) -> Option<Intent> {
    if side == Side::Rep { intent.of_rep(phrase, said) } else { Some(intent) }
}

fn promises(meeting: &Loaded, heard: &Heard, output: &mut Output) {
    for promise in &heard.promises {
        let side = meeting.side_of(meeting.transcript.turns.get(promise.turn).and_then(|turn| turn.speaker.as_deref()));
        let Some(text) = meeting.quote(promise.turn, &promise.range) else { continue };
        let whole = meeting.transcript.turns.get(promise.turn).map_or("", |turn| turn.text.as_str());
        let intent = promise.intent().and_then(|intent| intent_of(side, intent, &text, whole));
        let known = side != Side::Unknown;
        let is_plain = |intent: &Intent| side != Side::Rep || is_plain(&text, Subject::Commitments, intent.as_str());
        let plain = intent.filter(is_plain);
        let kind = plain.map(Intent::as_str).or_else(|| likely_promise(meeting, heard, promise.turn, intent?.as_str()));
        if let Some(intent) = intent
            && let Some(said) = said(meeting, promise, kind.unwrap_or(intent.as_str()))
        {
            let is_reported = known && kind.is_some() && promise.confidence >= REPORTED;
            let list = if is_reported { &mut output.commitments } else { &mut output.deferred };
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

/// Whether somebody of the asker's own side is asked: "Tom, can you send me that?"
fn is_among_themselves(meeting: &Loaded, request: &HeardSaid, asker: Side) -> bool {
    request.owner.as_deref().is_some_and(|owner| meeting.side_of(Some(owner)) == asker)
}

fn likely_request(heard: &Heard, turn: usize, kind: &'static str) -> Option<&'static str> {
    let of_turn = heard.requests.iter().filter(|said| said.turn == turn);
    let kinds = of_turn.filter_map(|said| Some((said.intent()?.as_request(), said.confidence)));
    likely_kind(heard, Subject::Requests, turn, kind, kinds.collect())
}

fn likely_promise(meeting: &Loaded, heard: &Heard, turn: usize, kind: &'static str) -> Option<&'static str> {
    let of_turn = heard.promises.iter().filter(|said| said.turn == turn);
    let kinds = of_turn.filter_map(|said| {
        let words = meeting.quote(turn, &said.range)?;
        let whole = &meeting.transcript.turns.get(turn)?.text;
        Some((said.intent()?.of_rep(&words, whole)?.as_str(), said.confidence))
    });
    likely_kind(heard, Subject::Commitments, turn, kind, kinds.collect())
}

/// Whether its own words are enough, whatever else the turn says.
fn is_plain(phrase: &str, subject: Subject, kind: &str) -> bool {
    let told = sentences(phrase);
    surest(&Told::of(&told).heard(kind, REPORTED), subject).is_some_and(|(one, chance)| one == kind && chance >= PLAIN)
}

fn is_plain_request(meeting: &Loaded, request: &HeardSaid, intent: Intent) -> bool {
    let phrase = meeting.quote(request.turn, &request.range);
    phrase.is_some_and(|phrase| is_plain(&phrase, Subject::Requests, intent.as_request()))
}

/// What a finding of the rules is by the words around it and by what else they heard in the
/// turn: what they say, or another kind that the words are sure of; nothing where they speak
/// against it.
fn likely_kind(
    heard: &Heard,
    subject: Subject,
    turn: usize,
    kind: &'static str,
    kinds: Vec<(&'static str, f64)>,
) -> Option<&'static str> {
    let read = |at: usize| heard.sentences.get(at).map(Vec::as_slice).unwrap_or_default();
    let before = turn.checked_sub(1).map(read).unwrap_or_default();
    let said = read(turn);
    let is_short = said.iter().map(|sentence| sentence.tokens.len()).sum::<usize>() < SHORT_TURN;
    let told = kinds.iter().fold(Told::of(said).after(before), |told, (kind, sure)| told.heard(kind, *sure));
    let least = match subject {
        Subject::Requests if is_short => LIKELY_SHORT_REQUEST,
        Subject::Requests => LIKELY_REQUEST,
        _ => LIKELY_PROMISE,
    };
    let stands = told.chance(subject, kind).is_none_or(|chance| chance >= least);
    // Of several things the words do not say which is another one.
    if kinds.len() > 1 {
        return stands.then_some(kind);
    }
    let other = surest(&told, subject).filter(|(_, chance)| *chance >= LIKELY_OTHER).map(|(other, _)| other);
    other.or(stands.then_some(kind))
}

/// The kind that the words are surest of.
fn surest(told: &Told<'_>, subject: Subject) -> Option<(&'static str, f64)> {
    told.chances(subject).max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Whether the same person already said it a short while ago; a repetition may
/// still bring the date.
fn repeated(list: &mut [Said], said: &Said) -> bool {
    if let Some(asked) = list.iter_mut().rfind(|earlier| is_answer_of(said, earlier)) {
        // It is due when the answer is.
        if said.deadline.is_some() {
            asked.deadline.clone_from(&said.deadline);
            asked.deadline_quote.clone_from(&said.deadline_quote);
        }
        asked.confidence = asked.confidence.max(said.confidence);
        return true;
    }
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

/// Whether one comes back with what they ask at home in the same breath: "I'll ask Mira and
/// come back to you on Friday" is one promise.
fn is_answer_of(said: &Said, asked: &Said) -> bool {
    asked.turn == said.turn
        && asked.speaker == said.speaker
        && asked.speaker_name == said.speaker_name
        && asked.intent == Intent::CheckInternally.as_str()
        && [Intent::CheckInternally, Intent::ProspectFollowup].iter().any(|intent| intent.as_str() == said.intent)
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

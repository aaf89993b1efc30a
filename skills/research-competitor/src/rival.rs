//! Who the rival is, and what was said of it.

use deal_record::{Topics, Trigger};
use deal_source::{Talk, Words};
use meeting_record::rival_in;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_language::sentences;
use skillhost_sdk::sources::Side;

/// Turns around the one that led here in which the name may stand.
const NEAR: usize = 3;
/// Most statements; the rest is in the transcript.
const MOST: usize = 6;

/// Something that was said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Statement {
    /// The exact words.
    pub quote: String,
    /// Who.
    pub speaker: Option<String>,
    /// `m:ss` from the start of the meeting.
    pub time: Option<String>,
    /// Turn of the transcript.
    pub turn: Option<usize>,
    /// `meeting` or `mail`.
    pub source: String,
}

impl Statement {
    pub(crate) fn of(words: &Words) -> Self {
        Self {
            quote: words.quote.clone(),
            speaker: words.speaker.clone(),
            time: words.time.clone(),
            turn: words.turn,
            source: words.source.as_str().to_owned(),
        }
    }
}

/// The name, where one was said as a vendor's; `known` are names that are none.
pub(crate) fn named(talk: &Talk, trigger: &Trigger, known: &[&str]) -> Option<String> {
    let attendees: Vec<&str> = talk
        .meeting
        .iter()
        .flat_map(|meeting| {
            let invited = meeting.attendees.iter().map(|attendee| attendee.name.as_str());
            invited.chain(meeting.sides.keys().map(String::as_str))
        })
        .collect();
    let people: Vec<&str> = known.iter().copied().chain(attendees).collect();
    let asking = talk.asking(trigger);
    let here = asking.iter().filter(|words| words.side != Side::Rep).find_map(|words| rival_in(&words.quote, &people));
    here.or_else(|| near(talk, trigger, &people))
}

/// The name in the turns around the one that led here, the nearest first; "it" was
/// said there, and its name before or after.
fn near(talk: &Talk, trigger: &Trigger, people: &[&str]) -> Option<String> {
    let (meeting, turn) = (talk.meeting.as_ref()?, trigger.turn()?);
    let at = meeting.transcript.turns.iter().position(|other| other.index == turn)?;
    let mut found: Option<String> = None;
    for apart in 0..=NEAR {
        let places = [at.checked_sub(apart), Some(at + apart)];
        for turn in places.into_iter().flatten().filter_map(|place| meeting.transcript.turns.get(place)) {
            for sentence in sentences(&turn.text) {
                let Some(name) = rival_in(sentence.text(&turn.text), people) else { continue };
                match &found {
                    // Two names are two rivals, and "it" may be either.
                    Some(other) if !other.eq_ignore_ascii_case(&name) => return None,
                    _ => found = Some(name),
                }
            }
        }
        if found.is_some() {
            break;
        }
    }
    found
}

/// What their side said that names it.
pub(crate) fn statements(talk: &Talk, name: &str, trigger: &Trigger) -> Vec<Words> {
    let mut found: Vec<Words> = Vec::new();
    if let Some(meeting) = &talk.meeting {
        for (at, turn) in meeting.transcript.turns.iter().enumerate() {
            if meeting.side(turn) != Side::Prospect {
                continue;
            }
            for sentence in sentences(&turn.text) {
                if Topics::of(sentence.text(&turn.text)).mention(name) {
                    found.extend(Words::of(meeting, at, &sentence.range));
                }
            }
        }
    }
    let asked = talk.asking(trigger);
    let mailed = asked.into_iter().filter(|words| words.turn.is_none() && words.read_id.is_some());
    found.extend(mailed.filter(|words| Topics::of(&words.quote).mention(name)));
    found.truncate(MOST);
    found
}

//! The meeting and the mail behind an event, and the words in them that led here.

use std::ops::Range;

use deal_record::{Topics, Trigger, newest_part};
use meeting_source::{Loaded, MeetingInput};
use skillhost_language::{Anchor, Utterance, listen, sentences};
use skillhost_sdk::context::{self, Read};
use skillhost_sdk::sources::{Side, ThreadMessage};
use skillhost_sdk::{Call, Failure};

use crate::dealing::maybe;
use crate::words::{Source, Words};

/// A promise answers a request this many turns before it at the most.
const ASKED_BEFORE: usize = 6;
/// Longest sentence that is quoted whole, bytes.
const MAX_SENTENCE: usize = 240;
/// Longest piece that is quoted where no sentence can be told apart, bytes.
const MAX_QUOTE: usize = 600;
/// Most words of a typed request that are read, characters.
const MAX_REQUEST: usize = 2_000;

/// What was said and written.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// The meeting, where there is a transcript of it.
    pub meeting: Option<Loaded>,
    /// The mail that led here, and the read that holds it.
    pub mail: Option<Read<ThreadMessage>>,
    /// What a person typed.
    pub request: Option<String>,
}

impl Talk {
    /// Reads what the event names.
    ///
    /// # Errors
    /// A door failed. That there is no transcript or mail is none.
    pub fn load(call: &Call, trigger: &Trigger) -> Result<Self, Failure> {
        let input = MeetingInput {
            transcript_id: trigger.transcript_id.clone(),
            meeting_id: trigger.meeting_id.clone(),
            contact_id: trigger.contact_id.clone(),
            deal_id: trigger.deal_id.clone(),
            ..MeetingInput::default()
        };
        let meeting = if input.transcript_id.is_some() || input.meeting_id.is_some() {
            match Loaded::load(call, &input) {
                Ok(loaded) => Some(loaded),
                // Old transcripts are deleted, and an empty one says nothing.
                Err(failure)
                    if ["context-not-found", "context-denied", "empty-transcript"].contains(&&*failure.code) =>
                {
                    None
                }
                Err(failure) => return Err(failure),
            }
        } else {
            None
        };
        let mail = match &trigger.thread_id {
            Some(id) => maybe(context::thread(id))?.and_then(|read| newest(read, trigger.email_id.as_deref())),
            None => None,
        };
        let request = trigger.request.as_deref().map(str::trim).filter(|text| !text.is_empty());
        Ok(Self { meeting, mail, request: request.map(|text| text.chars().take(MAX_REQUEST).collect()) })
    }

    /// The words that ask for what this event is about, the nearest first.
    pub fn asking(&self, trigger: &Trigger) -> Vec<Words> {
        let mut found: Vec<Words> = Vec::new();
        if let Some(text) = &self.request {
            found.push(Words {
                quote: text.clone(),
                speaker: None,
                side: Side::Rep,
                source: Source::Request,
                read_id: None,
                turn: None,
                time: None,
            });
        }
        if let (Some(meeting), Some(turn)) = (&self.meeting, trigger.turn()) {
            found.extend(asked_in_meeting(meeting, turn, trigger.intent.as_deref()));
        }
        if let Some(mail) = &self.mail {
            found.extend(asked_in_mail(mail));
        }
        found
    }

    /// What their side said in the meeting and wrote, to be asked about topics.
    pub fn theirs(&self) -> Topics {
        let mut topics = Topics::default();
        if let Some(meeting) = &self.meeting {
            for turn in meeting.transcript.turns.iter().filter(|turn| meeting.side(turn) == Side::Prospect) {
                topics.add(&turn.text);
            }
        }
        for mail in self.mail.iter().filter(|mail| mail.value.direction == "in") {
            topics.add(newest_part(&mail.value.body));
        }
        topics
    }
}

/// The named mail of a thread, else the last that came in.
fn newest(read: Read<skillhost_sdk::sources::Thread>, id: Option<&str>) -> Option<Read<ThreadMessage>> {
    let of = |message: &&ThreadMessage| match id {
        Some(id) => message.id == id,
        None => message.direction == "in",
    };
    let message = read.value.messages.iter().rev().find(of).cloned()?;
    Some(read.map(|_| message))
}

/// What was promised or asked in a turn, and the request that a promise answers.
fn asked_in_meeting(meeting: &Loaded, turn: usize, intent: Option<&str>) -> Vec<Words> {
    let turns = &meeting.transcript.turns;
    let Some(at) = turns.iter().position(|other| other.index == turn) else { return Vec::new() };
    let from = at.saturating_sub(ASKED_BEFORE);
    let window: Vec<Utterance<'_>> = turns[from..=at]
        .iter()
        .map(|turn| Utterance {
            speaker: turn.speaker.as_deref(),
            text: &turn.text,
            ours: match meeting.side(turn) {
                Side::Rep => Some(true),
                Side::Prospect => Some(false),
                Side::Unknown => None,
            },
        })
        .collect();
    let heard = listen(&window, &meeting.anchor);
    let here = at - from;
    let means = |said: &skillhost_language::Said| {
        let own = said.intent();
        own.is_none()
            || intent.is_none_or(|wanted| own.is_some_and(|own| own.as_str() == wanted || own.as_request() == wanted))
    };
    let mut places: Vec<(usize, Range<usize>)> = Vec::new();
    for said in heard.promises.iter().chain(&heard.requests).filter(|said| said.turn == here && means(said)) {
        places.push((said.turn, said.range.clone()));
        let answered = said.answers.and_then(|turn| heard.requests.iter().find(|request| request.turn == turn));
        places.extend(answered.map(|request| (request.turn, request.range.clone())));
    }
    // The last request of theirs about the same thing before it says more than the promise.
    let before = heard.requests.iter().rev().find(|said| {
        said.turn < here && means(said) && said.intent().is_some() && window[said.turn].ours == Some(false)
    });
    places.extend(before.map(|request| (request.turn, request.range.clone())));
    if places.is_empty() {
        // A signal, or words that this reading does not know: the turn itself.
        places.push((here, 0..cut(&turns[at].text)));
    }
    let mut found: Vec<Words> = Vec::new();
    for (turn, range) in places {
        let range = whole_sentence(&turns[from + turn].text, range);
        let Some(words) = Words::of(meeting, from + turn, &range) else { continue };
        if !found.iter().any(|other| other.turn == words.turn && other.quote == words.quote) {
            found.push(words);
        }
    }
    found
}

/// The sentence around a range; the range where that is too long to be quoted.
fn whole_sentence(text: &str, range: Range<usize>) -> Range<usize> {
    let around = |sentence: &skillhost_language::Sentence| {
        sentence.range.start <= range.start && range.end <= sentence.range.end && sentence.range.len() <= MAX_SENTENCE
    };
    sentences(text).into_iter().find(around).map_or(range, |sentence| sentence.range)
}

/// The sentences of a mail that ask; where none does, its beginning.
fn asked_in_mail(mail: &Read<ThreadMessage>) -> Vec<Words> {
    let text = newest_part(&mail.value.body);
    let side = if mail.value.direction == "in" { Side::Prospect } else { Side::Rep };
    let utterance = Utterance { speaker: None, text, ours: Some(side == Side::Rep) };
    let heard = listen(&[utterance], &Anchor::or_utc(mail.as_of, "UTC"));
    let mut ranges: Vec<Range<usize>> = heard.requests.iter().map(|said| said.range.clone()).collect();
    let asked = sentences(text).into_iter().filter(|sentence| sentence.question).map(|sentence| sentence.range);
    for range in asked {
        if !ranges.iter().any(|known| known.start < range.end && range.start < known.end) {
            ranges.push(range);
        }
    }
    if ranges.is_empty() {
        ranges.push(0..cut(text));
    }
    ranges
        .into_iter()
        .filter_map(|range| text.get(range))
        .map(str::trim)
        .filter(|quote| !quote.is_empty())
        .map(|quote| Words {
            quote: quote.to_owned(),
            speaker: Some(mail.value.from.clone()).filter(|from| !from.is_empty()),
            side,
            source: Source::Mail,
            read_id: Some(mail.read_id.clone()),
            turn: None,
            time: None,
        })
        .collect()
}

/// Where a text is cut that is too long for a quote: after a word.
fn cut(text: &str) -> usize {
    if text.len() <= MAX_QUOTE {
        return text.len();
    }
    let end = (0..=MAX_QUOTE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].rfind(char::is_whitespace).unwrap_or(end)
}

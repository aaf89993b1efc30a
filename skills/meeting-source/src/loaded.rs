//! Reading it all.

use std::collections::BTreeMap;
use std::ops::Range;

use skillhost_language::{Anchor, Heard, Utterance, listen, listen_for_work, match_name};
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::sources::{Attendee, Meeting, Org, Side, User};
use skillhost_sdk::transcript::{Transcript, Turn, roles};
use skillhost_sdk::{Call, Failure, ReadError, ReadErrorKind};

use crate::input::MeetingInput;
use crate::quoting;

/// A meeting as it was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Names the transcript in evidence.
    pub read_id: String,
    /// Its id.
    pub transcript_id: String,
    /// The turns.
    pub transcript: Transcript,
    /// The meeting, where it is known.
    pub meeting: Option<Meeting>,
    /// The org, where it may be read.
    pub org: Option<Org>,
    /// The rep, where they may be read.
    pub user: Option<User>,
    /// Who was invited.
    pub attendees: Vec<Attendee>,
    /// Side of each speaker name.
    pub sides: BTreeMap<String, Side>,
    /// When and where "tomorrow" was said.
    pub anchor: Anchor,
}

/// A door that is closed to this skill, or has nothing behind it, is no failure:
/// the answer is just poorer.
fn maybe<T>(answer: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match answer.optional() {
        Err(error) if matches!(error.kind, ReadErrorKind::Denied | ReadErrorKind::UnknownSource) => Ok(None),
        other => other,
    }
}

/// Calls a speaker as the invitation does where the label says more than the name, or
/// less: `Ada Reed (she/her)`, `Ada's iPhone`, `A. Reed`. Of two who fit one invitation
/// nobody knows which is which, so both keep their labels.
fn call_as_invited(transcript: &mut Transcript, attendees: &[Attendee]) {
    let fits: Vec<(String, usize)> = transcript
        .speakers()
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), roles::invited(name, attendees)?)))
        .collect();
    for (label, at) in &fits {
        let alone = fits.iter().filter(|(_, other)| other == at).count() == 1;
        let Some(name) = attendees.get(*at).map(|attendee| attendee.name.trim()).filter(|name| !name.is_empty()) else {
            continue;
        };
        if alone && match_name(label, &[name]).is_none() {
            for turn in transcript.turns.iter_mut().filter(|turn| turn.speaker.as_deref() == Some(label)) {
                turn.speaker = Some(name.to_owned());
            }
        }
    }
}

impl Loaded {
    /// Reads what `input` names.
    ///
    /// # Errors
    /// The transcript is not named, not there, or without words; or a door failed.
    pub fn load(call: &Call, input: &MeetingInput) -> Result<Self, Failure> {
        let read = match (&input.transcript_id, &input.meeting_id) {
            (Some(id), _) => context::transcript(id)?,
            (None, Some(meeting)) => context::transcript_of_meeting(meeting)?,
            (None, None) => {
                return Err(Failure::invalid("no-transcript", "the input names neither a transcript nor a meeting"));
            }
        };
        let meeting = match input.meeting_id.as_ref().or(read.value.meeting_id.as_ref()) {
            Some(id) => maybe(context::meeting(id))?.and_then(|read| read.value.into_iter().next()),
            None => None,
        };
        let org = maybe(context::org())?.map(|read| read.value);
        let user = maybe(context::user())?.map(|read| read.value);
        let attendees = match (&input.attendees, &meeting) {
            (Some(given), _) if !given.is_empty() => given
                .iter()
                .map(|invitee| Attendee {
                    name: invitee.name.clone(),
                    email: invitee.email.clone(),
                    side: invitee.side.unwrap_or(Side::Unknown),
                })
                .collect(),
            (_, Some(meeting)) => meeting.attendees.clone(),
            _ => Vec::new(),
        };
        let mut transcript = read.value.parse_knowing(&attendees);
        if transcript.turns.iter().all(|turn| turn.word_count() == 0) {
            return Err(Failure::invalid("empty-transcript", "the transcript holds no words"));
        }
        call_as_invited(&mut transcript, &attendees);
        let mut sides = roles::assign(
            &transcript,
            &roles::Known {
                attendees: &attendees,
                rep_name: user.as_ref().map(|user| user.name.as_str()),
                rep_email: user.as_ref().map(|user| user.email.as_str()),
                own_domains: org.as_ref().map_or(&[], |org| org.domains.as_slice()),
            },
        );
        for known in input.call_type.iter().flat_map(|call_type| &call_type.speakers) {
            if known.role != Side::Unknown
                && let Some(side) = sides.get_mut(&known.name)
            {
                *side = known.role;
            }
        }
        let now = Anchor::or_utc(call.now_ms(), &call.zone);
        // The words were said when the meeting was, not when it is read.
        let anchor = meeting.as_ref().and_then(|meeting| now.moved_to(&meeting.started_at)).unwrap_or(now);
        Ok(Self {
            read_id: read.read_id,
            transcript_id: read.value.id,
            transcript,
            meeting,
            org,
            user,
            attendees,
            sides,
            anchor,
        })
    }

    /// The side of a speaker.
    pub fn side_of(&self, speaker: Option<&str>) -> Side {
        speaker.and_then(|name| self.sides.get(name)).copied().unwrap_or(Side::Unknown)
    }

    /// The side that spoke a turn.
    pub fn side(&self, turn: &Turn) -> Side {
        self.side_of(turn.speaker.as_deref())
    }

    /// What was promised, asked, signalled and decided. Turns in it are positions
    /// in the transcript's list.
    pub fn heard(&self) -> Heard {
        listen(&self.utterances(), &self.anchor)
    }

    /// The same without signals, at half the price.
    pub fn work_heard(&self) -> Heard {
        listen_for_work(&self.utterances(), &self.anchor)
    }

    fn utterances(&self) -> Vec<Utterance<'_>> {
        self.transcript
            .turns
            .iter()
            .map(|turn| {
                let ours = match self.side(turn) {
                    Side::Rep => Some(true),
                    Side::Prospect => Some(false),
                    Side::Unknown => None,
                };
                Utterance { speaker: turn.speaker.as_deref(), text: &turn.text, ours }
            })
            .collect()
    }

    /// The exact words of a range of a turn, cut where the source does not go on so.
    pub fn quote(&self, turn: usize, range: &Range<usize>) -> Option<String> {
        quoting::whole(self.transcript.turns.get(turn)?, range).map(str::to_owned)
    }

    /// The same, cut around the words of `core` where it has to be cut.
    pub fn quote_around(&self, turn: usize, range: &Range<usize>, core: &Range<usize>) -> Option<String> {
        quoting::around(self.transcript.turns.get(turn)?, range, core).map(str::to_owned)
    }

    /// The address of a speaker, where the invitation had one.
    pub fn email_of(&self, speaker: &str) -> Option<String> {
        let names: Vec<&str> = self.attendees.iter().map(|attendee| attendee.name.as_str()).collect();
        match_name(speaker, &names).and_then(|at| self.attendees.get(at)).and_then(|attendee| attendee.email.clone())
    }

    /// The id of the meeting, from wherever it is known.
    pub fn meeting_id(&self, input: &MeetingInput) -> Option<String> {
        input.meeting_id.clone().or_else(|| self.meeting.as_ref().map(|meeting| meeting.id.clone()))
    }

    /// The deal, from the input or the meeting.
    pub fn deal_id(&self, input: &MeetingInput) -> Option<String> {
        input.deal_id.clone().or_else(|| self.meeting.as_ref().and_then(|meeting| meeting.deal_id.clone()))
    }

    /// The contact, from the input or the meeting.
    pub fn contact_id(&self, input: &MeetingInput) -> Option<String> {
        input
            .contact_id
            .clone()
            .or_else(|| self.meeting.as_ref().and_then(|meeting| meeting.contact_ids.first().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_sdk::transcript::parse;

    fn invited(name: &str) -> Attendee {
        Attendee { name: name.into(), email: None, side: Side::Unknown }
    }

    #[test]
    fn speakers_are_called_as_they_were_invited() {
        let invited = [invited("Ada Reed"), invited("Mira Holt"), invited("Ben Cho")];
        let mut heard = parse(
            "Ada Reed (she/her): Hi.\nMira's iPhone: Hello.\nB. Cho: Hey.\n+49 30 5550 1734: Here.\nAda Reed (she/her): Good.",
        );
        call_as_invited(&mut heard, &invited);
        assert_eq!(heard.speakers(), ["Ada Reed", "Mira Holt", "Ben Cho", "+49 30 5550 1734"]);
    }

    #[test]
    fn two_of_one_name_are_not_made_one() {
        let mut heard = parse("Sam (he/him): Hi.\nSam (she/her): Hello.\nSam (he/him): Good.");
        call_as_invited(&mut heard, &[invited("Sam Lee"), invited("Ada Reed")]);
        assert_eq!(heard.speakers(), ["Sam (he/him)", "Sam (she/her)"]);
    }

    #[test]
    fn a_name_that_is_known_stays_as_written() {
        let mut heard = parse("Ada: Hi.\nmira holt: Hello.\nAda: Good.");
        call_as_invited(&mut heard, &[invited("Ada Reed"), invited("Mira Holt")]);
        assert_eq!(heard.speakers(), ["Ada", "mira holt"]);
    }
}

//! What kind of call it was, and who spoke for whom.
//!
//! Words vote for kinds ([`cues`]), and so does how each side talks ([`manner`]); addresses alone decide that a call was
//! internal. To know one more kind, add rows to `cues::ROWS` and the kind to
//! `output::Kind`.

mod cues;
mod manner;
mod output;

use meeting_source::{Loaded, MeetingInput, SpeakerRole};
use skillhost_sdk::address::is_at;
use skillhost_sdk::sources::{Attendee, Side};
use skillhost_sdk::{Call, Failure, Outcome, skill};

use cues::Verdict;
use output::Kind;

pub use output::Output;

/// How sure the addresses of everybody invited make an internal call.
const BY_ADDRESSES: f64 = 0.98;
/// How sure it is when only the sides of the speakers are known.
const BY_SPEAKERS: f64 = 0.8;

/// Reads the transcript and says what kind of call it was.
#[skill]
pub fn run(call: &Call, input: MeetingInput) -> Result<Outcome<Output>, Failure> {
    let meeting = Loaded::load(call, &input)?;
    let speakers: Vec<SpeakerRole> = meeting
        .transcript
        .speakers()
        .into_iter()
        .map(|name| SpeakerRole {
            name: name.to_owned(),
            role: meeting.side_of(Some(name)),
            email: meeting.email_of(name),
        })
        .collect();
    let own: &[String] = meeting.org.as_ref().map_or(&[], |org| org.domains.as_slice());
    let internal = internal(&meeting.attendees, own, &speakers);
    let verdict = match internal {
        Some((confidence, reason)) => {
            Verdict { kind: Kind::Internal, confidence, reasons: vec![reason.to_owned()], quotes: Vec::new() }
        }
        None => cues::classify(&meeting),
    };
    let output = Output {
        kind: verdict.kind,
        confidence: (verdict.confidence * 100.0).round() / 100.0,
        reasons: verdict.reasons,
        is_internal: verdict.kind == Kind::Internal,
        speakers,
    };
    let line = format!("{} call ({:.0} %)", output.kind.words(), output.confidence * 100.0);
    let mut outcome = Outcome::new(output).summary(line);
    for (reason, quote) in verdict.quotes {
        outcome = outcome.evidence(meeting.read_id.clone(), quote, format!("/reasons/{reason}"));
    }
    Ok(outcome)
}

/// Whether nobody from outside was there.
fn internal(attendees: &[Attendee], own: &[String], speakers: &[SpeakerRole]) -> Option<(f64, &'static str)> {
    let is_own = |email: &str| is_at(email, own);
    let addresses: Vec<&str> = attendees.iter().filter_map(|attendee| attendee.email.as_deref()).collect();
    let outsider = speakers.iter().any(|speaker| speaker.role == Side::Prospect)
        || attendees.iter().any(|attendee| attendee.side == Side::Prospect);
    if outsider {
        return None;
    }
    if addresses.len() == attendees.len() && !addresses.is_empty() && !own.is_empty() {
        return addresses
            .iter()
            .all(|email| is_own(email))
            .then_some((BY_ADDRESSES, "everybody invited is of our own domains"));
    }
    let all_ours = speakers.len() > 1 && speakers.iter().all(|speaker| speaker.role == Side::Rep);
    (all_ours && addresses.iter().all(|email| is_own(email))).then_some((BY_SPEAKERS, "everybody who spoke is ours"))
}

skillhost_sdk::cases!();

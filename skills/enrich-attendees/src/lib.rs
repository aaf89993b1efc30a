//! Says who comes.
//!
//! [`lookup`] asks the sources about one person and keeps what is theirs,
//! [`portrait`] makes a person's facts of it, [`seniority`] reads job titles. To ask
//! one more source: a field of [`lookup::Found`], its check there, its facts in
//! `portrait`.

mod lookup;
mod portrait;
mod seniority;

use briefing_record::tally::listed;
use briefing_record::{
    Appointment, AppointmentInput, AttendeeFacts, Attendees, Kind, Person, Proof, Reading, RepClock, proven,
};
use skillhost_sdk::sources::Side;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Most people who are looked up: each may cost two paid reads.
const MAX_LOOKED_UP: usize = 6;
/// Most names in the summary.
const MAX_NAMES: usize = 3;

/// Says who comes to the meeting.
#[skill]
pub fn run(call: &Call, input: AppointmentInput) -> Result<Outcome<Attendees>, Failure> {
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value);
    let user = reading.optional(context::user()).map(|read| read.value);
    let appointment = Appointment::load(call, &input, org.as_ref(), user.as_ref())?;
    let clock = RepClock::of(call);

    let mut people: Vec<&Person> = appointment.people.iter().collect();
    people.sort_by_key(|person| match person.side {
        Side::Prospect => 0,
        Side::Unknown => 1,
        Side::Rep => 2,
    });
    let worth_it = appointment.kind == Kind::External;
    let mut attendees: Vec<AttendeeFacts> = Vec::new();
    let mut proofs: Vec<Proof> = Vec::new();
    for person in people {
        let looked_up = worth_it && person.side != Side::Rep && attendees.len() < MAX_LOOKED_UP;
        if looked_up {
            let found = lookup::of(person, &mut reading);
            let place = format!("/attendees/{}", attendees.len());
            let (facts, new) = portrait::of(person, &found, &place, &clock);
            attendees.push(facts);
            proofs.extend(new);
        } else {
            attendees.push(portrait::of_invitation(person, "not_looked_up"));
        }
    }

    let unknown: Vec<String> =
        attendees.iter().filter(|facts| facts.standing == "unknown").map(|facts| facts.name.clone()).collect();
    let outside = attendees.iter().filter(|facts| facts.side != Side::Rep).count();
    let summary = match appointment.kind {
        Kind::Internal | Kind::Alone => "nobody from outside comes: nobody was looked up".to_owned(),
        Kind::Off | Kind::Over => "the meeting is off or over: nobody was looked up".to_owned(),
        Kind::External if unknown.is_empty() => format!("{} from outside", people_of(outside)),
        Kind::External => {
            format!("{} from outside; nothing is known of {}", people_of(outside), listed(&unknown, MAX_NAMES))
        }
    };
    let output = Attendees {
        attendees,
        unknown,
        internal: matches!(appointment.kind, Kind::Internal | Kind::Alone),
        missing: reading.into_missing(),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

fn people_of(n: usize) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

skillhost_sdk::cases!();

//! Says what came of what was agreed.
//!
//! [`listed_steps`] finds lists of steps in a text, [`steps`] gathers them from
//! tasks, mails and notes, [`settled`] says what became of each. To read one more
//! kind of record: a function in `steps` that makes [`steps::Step`]s of it.

mod listed_steps;
mod settled;
mod steps;

use briefing_record::tally::counted;
use briefing_record::{
    Appointment, AppointmentInput, Kind, OwedItems, Proof, Reading, RepClock, State, account, proven,
};
use skillhost_sdk::context::About;
use skillhost_sdk::sources::Side;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Most people whose lists are read beside the deal's.
const MAX_LISTS: usize = 2;
/// Most items a list.
const MAX_OPEN: usize = 8;
const MAX_DONE: usize = 5;

/// Says what came of what was agreed with the people of the meeting.
#[skill]
pub fn run(call: &Call, input: AppointmentInput) -> Result<Outcome<OwedItems>, Failure> {
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value);
    let user = reading.optional(context::user()).map(|read| read.value);
    let appointment = Appointment::load(call, &input, org.as_ref(), user.as_ref())?;
    if appointment.kind != Kind::External {
        let output = OwedItems { missing: reading.into_missing(), ..OwedItems::default() };
        return Ok(Outcome::new(output).summary("no meeting with people from outside is ahead: nothing was looked for"));
    }
    let clock = RepClock::of(call);
    let contacts = account::contacts(&appointment, &mut reading);
    let deal = account::deal(&appointment, &contacts, &mut reading);
    let about: Vec<About> = deal
        .iter()
        .map(|read| About::Deal(read.value.id.clone()))
        .chain(contacts.iter().take(MAX_LISTS).map(|read| About::Contact(read.value.id.clone())))
        .collect();
    let names = steps::Names::of(&appointment, &contacts, user.as_ref());
    let gathered = steps::gather(&about, &names, &clock, &mut reading);
    let found = settled::settle(gathered, &clock);

    let mut output = OwedItems { missing: reading.into_missing(), ..OwedItems::default() };
    let mut proofs = Vec::new();
    for step in found {
        let (name, list, most) = match (step.owed.state, step.owed.side) {
            (State::Done, _) => ("done", &mut output.done, MAX_DONE),
            (_, Side::Prospect) => ("they_owe", &mut output.they_owe, MAX_OPEN),
            (_, _) => ("we_owe", &mut output.we_owe, MAX_OPEN),
        };
        if step.owed.state == State::Overdue {
            output.overdue += 1;
        }
        if list.len() < most {
            proofs.push(Proof::new(&step.read_id, &step.owed.text, format!("/{name}/{}/text", list.len())));
            list.push(step.owed);
        }
    }
    let summary = match (output.we_owe.len(), output.they_owe.len()) {
        (0, 0) => "nothing agreed is open".to_owned(),
        (ours, theirs) => format!(
            "we owe {}, they owe {}, {} overdue",
            counted(ours, "step"),
            counted(theirs, "step"),
            output.overdue
        ),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();

//! Says where things stand.
//!
//! [`touches`] merges what happened into one list, [`promises`] reads the newest
//! conversations, [`deal`] says how the deal stands, [`moved`] what changed since
//! the last conversation. To tell one more kind of record: a function in `touches`
//! that makes a [`Touch`](briefing_record::Touch) of it.

mod deal;
mod moved;
mod promises;
mod touches;

use briefing_record::tally::counted;
use briefing_record::{Appointment, AppointmentInput, History, Kind, Proof, Reading, RepClock, account, proven};
use skillhost_sdk::context::About;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Most people whose lists are read beside the deal's.
const MAX_LISTS: usize = 2;

/// Says where things stand with the people of the meeting.
#[skill]
pub fn run(call: &Call, input: AppointmentInput) -> Result<Outcome<History>, Failure> {
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value);
    let user = reading.optional(context::user()).map(|read| read.value);
    let appointment = Appointment::load(call, &input, org.as_ref(), user.as_ref())?;
    if appointment.kind != Kind::External {
        let output = History { missing: reading.into_missing(), ..History::default() };
        return Ok(
            Outcome::new(output).summary("no meeting with people from outside is ahead: there is no history to tell")
        );
    }
    let clock = RepClock::of(call);
    let contacts = account::contacts(&appointment, &mut reading);
    let deal = account::deal(&appointment, &contacts, &mut reading);
    let company = account::company(&appointment, &contacts, deal.as_ref().map(|read| &read.value), &mut reading);
    let about: Vec<About> = deal
        .iter()
        .map(|read| About::Deal(read.value.id.clone()))
        .chain(contacts.iter().take(MAX_LISTS).map(|read| About::Contact(read.value.id.clone())))
        .collect();

    let mut proofs: Vec<Proof> = Vec::new();
    let mut output = History::default();
    let past = touches::read(&about, appointment.id.as_deref(), &clock, &mut reading);
    output.touches_90_days = past.recent(&clock);
    output.last_word = past.last_word(&clock);
    let promises = promises::open(&past, &contacts, user.as_ref(), &clock, &mut reading);
    for (place, promise) in promises.iter().enumerate() {
        proofs.push(Proof::new(&promise.read_id, &promise.told.quote, format!("/open_promises/{place}/quote")));
    }
    output.open_promises = promises.into_iter().map(|promise| promise.told).collect();
    if let Some(read) = &deal {
        let row = deal::pipeline_row(&read.value.id);
        let state = deal::state(&read.value, row.as_ref(), &clock);
        proofs.push(Proof::new(&read.read_id, &state.name, "/deal/name"));
        proofs.push(Proof::new(&read.read_id, &state.stage, "/deal/stage"));
        output.moved = moved::since(past.last_conversation(), &read.value, row.as_ref(), &clock);
        output.deal = Some(state);
    }
    if let Some(read) = &company {
        proofs.push(Proof::new(&read.read_id, &read.value.name, "/company"));
        output.company = Some(read.value.name.clone());
    }
    for (place, touch) in past.newest().enumerate() {
        proofs.push(Proof::new(&touch.read_id, &touch.told.text, format!("/touches/{place}/text")));
        output.touches.push(touch.told.clone());
    }
    output.missing = reading.into_missing();

    let mut said = vec![counted(output.touches.len(), "touch").replace("touchs", "touches")];
    if !output.open_promises.is_empty() {
        said.push(counted(output.open_promises.len(), "open promise"));
    }
    if let Some(deal) = &output.deal {
        said.push(format!("deal in stage “{}”", deal.stage));
    }
    Ok(proven(Outcome::new(output), proofs).summary(said.join(", ")))
}

skillhost_sdk::cases!();

//! Finds times at which a rep and a prospect can meet.
//!
//! [`preferences`] reads the rep's rules, [`their_zone`] where the other side is,
//! [`wish`] what was asked for, [`taken`] what the calendars say and what they could
//! not, [`search`] puts it together with `free-time`. Nothing is lowered without a
//! word: what could not be read or kept is in `warnings`, `relaxed` and `sure`.

mod input;
mod preferences;
mod search;
mod taken;
mod their_zone;
mod wish;

use free_time::record::Found;
use free_time::{Moved, OtherSide};
use jiff::tz::TimeZone;
use skillhost_sdk::sources::instant_ms;
use skillhost_sdk::{Call, Failure, Optional, Outcome, context, skill};

use search::{Search, Sides, plan, usual_week};

pub use input::Input;
pub use preferences::Overrides;

/// Reads rules, zones and calendars, and gives the options.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Found>, Failure> {
    let user = context::user()?.value;
    let contact = match &input.contact_id {
        Some(id) => context::contact(id).optional()?,
        None => None,
    };
    let mut preferences = preferences::read(&user.preferences, &input.rules);
    let request = input.request.clone().unwrap_or_default();
    if let Some(minutes) = input.duration_min.or(request.duration_min) {
        preferences.rules.duration_min = minutes;
    }
    preferences.rules = preferences.rules.bounded();
    let (my_zone, mine) = own_zone(&user.zone, &call.zone, &mut preferences.warnings)?;
    let told = their_zone::find(&input, contact.as_ref())?;
    let theirs = told.as_ref().and_then(|told| Some((TimeZone::get(&told.zone).ok()?, told.zone.clone(), told.from)));
    if input.their_zone.is_some() && told.as_ref().is_none_or(|told| told.from != "input") {
        preferences.warnings.push("`their_zone` is no zone".to_owned());
    }
    let their_week = match &input.their_hours {
        Some(hours) => preferences::week(hours).unwrap_or_else(|| {
            preferences.warnings.push("`their_hours` are no hours; nine to five on weekdays hold".to_owned());
            usual_week()
        }),
        None => usual_week(),
    };
    let sides = Sides { mine, my_zone, theirs, their_week, any_hour_for_them: input.any_hour_for_them };
    let now = call.now_ms();
    let plan = plan(now, &preferences.rules, &sides, &request, input.from.as_deref(), input.until.as_deref());
    let whom = OtherSide {
        address: contact.as_ref().and_then(|contact| contact.value.email.as_deref()),
        contact_id: input.contact_id.as_deref(),
    };
    let moved = Moved::find(&request, whom, now, |span| Ok(context::calendar_events(span)?.value))?;
    let taken = taken::read(plan.read, now, preferences.tentative_is_busy, moved.as_ref())?;
    if !taken.zone.is_empty() && taken.zone != sides.my_zone {
        preferences.warnings.push(format!(
            "the calendar is in {}, your profile in {}; the profile's zone holds",
            taken.zone, sides.my_zone
        ));
    }
    let search = Search {
        now,
        preferences: &preferences,
        sides: &sides,
        request: &request,
        plan: &plan,
        taken: &taken,
        options: input.options,
        all: input.all.then(|| input.after.as_deref().and_then(instant_ms).unwrap_or(i64::MIN)),
    };
    let found = search.run();
    let summary = summary(&found);
    let mut outcome = Outcome::new(found).summary(summary);
    if let Some((read_id, words)) = told.and_then(|told| told.evidence) {
        outcome = outcome.evidence(read_id, words, "/their_zone");
    }
    Ok(outcome)
}

/// The rep's own zone; without one no local hour means anything.
fn own_zone(user: &str, call: &str, warnings: &mut Vec<String>) -> Result<(String, TimeZone), Failure> {
    for (at, name) in [user, call].into_iter().enumerate() {
        if let Ok(zone) = TimeZone::get(name) {
            if at > 0 && !user.is_empty() {
                warnings.push(format!("the zone of your profile is none; {name} holds"));
            }
            return Ok((name.to_owned(), zone));
        }
    }
    Err(Failure::invalid("no-zone", "the rep's zone is none, so local hours mean nothing"))
}

fn summary(found: &Found) -> String {
    let unsure = if found.sure { "" } else { ", but not every calendar could be read" };
    match (found.options.len(), found.total) {
        (0, _) => format!("no time is free{unsure}"),
        (1, _) => format!("one time is free{unsure}"),
        (options, total) => format!("{options} times to offer of {total} that are free{unsure}"),
    }
}

skillhost_sdk::cases!();

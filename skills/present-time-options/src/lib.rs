//! Asks the rep which time to offer or to invite to.
//!
//! [`fresh`] holds every time against the calendars again, [`guests`] says who can
//! be written to, [`invitation`] and [`letter`] compose what a choice releases,
//! [`card`] puts the question. To offer one more way to go, add a choice in `card`.

mod card;
mod fresh;
mod guests;
mod invitation;
mod letter;

use free_time::record::{Found, Kind, Request, Slot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, approval, context, effect, skill};

/// Times of a card when the search gave fewer.
const PAGE: usize = 3;

/// What was found and for whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Of `find-available-slots`.
    pub found: Option<Found>,
    /// Of `parse-scheduling-request`.
    pub request: Option<Request>,
    /// Whom to meet.
    pub contact_id: Option<String>,
    /// Title of the meeting; else the names of both.
    pub title: Option<String>,
}

/// A time that is no option any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dropped {
    /// Of the slot.
    pub id: String,
    /// `busy`, `buffer` or `too_near`.
    pub why: String,
}

/// What is on the card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The times.
    pub shown: Vec<Slot>,
    /// Times that were left out now.
    pub dropped: Vec<Dropped>,
    /// Whether the rep is asked something.
    pub asked: bool,
    /// Whether a choice invites; else it mails.
    pub invites: bool,
    /// Whether the times of the search are used up.
    pub exhausted: bool,
    /// What the rep should look at.
    pub warnings: Vec<String>,
}

/// Checks the times and asks.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let found = input.found.ok_or_else(|| Failure::invalid("nothing-found", "there are no times to present"))?;
    let request = input.request.unwrap_or_default();
    let user = context::user()?.value;
    let org = context::org()?.value;
    let guests = guests::find(input.contact_id.as_deref(), &request, &org)?;
    let mut warnings = found.warnings.clone();
    warnings.extend(guests.warnings.iter().cloned());

    let moved = invitation::moved(call, &guests, &request)?;
    let confirmed = (call.round == 0 && request.kind == Kind::Confirm).then(|| fresh::confirmed(&found)).flatten();
    if let Some(slot) = confirmed {
        let state = fresh::check(std::slice::from_ref(&slot), 0, 0, call.now_ms(), &found, moved.as_ref())?;
        warnings.extend(state.warnings);
        if let Some(slot) = state.kept.into_iter().next() {
            warnings.extend(fresh::soft(&found, &slot));
            let material = card::Material {
                call,
                user: &user,
                org: &org,
                guests: &guests,
                request: &request,
                found: &found,
                moved: moved.as_ref(),
                title: input.title.as_deref(),
            };
            return card::confirm(&material, slot, warnings);
        }
        warnings.insert(0, format!("{}, which they confirmed, is taken by now", slot.yours.text));
    }

    let all: Vec<Slot> = found.options.iter().chain(&found.more).cloned().collect();
    let page = found.options.len().max(PAGE);
    let mut at = page_start(call.round, page);
    let mut dropped = Vec::new();
    let mut shown = Vec::new();
    // A page whose times are all taken makes room for the next one.
    while shown.is_empty() && at < all.len() {
        let slots = all.get(at..at.saturating_add(page).min(all.len())).unwrap_or_default();
        let state = fresh::check(slots, found.buffer_min, found.notice_min, call.now_ms(), &found, moved.as_ref())?;
        for warning in state.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        dropped.extend(state.dropped);
        shown = state.kept;
        at = at.saturating_add(page);
    }
    let exhausted = at >= all.len();
    if shown.is_empty() {
        let text = if all.is_empty() { "No time is free." } else { "There are no other times that are free." };
        let outcome = Outcome::new(Output { dropped, exhausted, warnings, ..Output::default() }).summary(text);
        // Somebody who asked for others waits for an answer; the first card is the sequence's to word.
        return Ok(if call.round > 0 { outcome.effect(effect::chat("no-others", text)) } else { outcome });
    }
    shown.sort_by(|a, b| a.starts.cmp(&b.starts));
    let material = card::Material {
        call,
        user: &user,
        org: &org,
        guests: &guests,
        request: &request,
        found: &found,
        moved: moved.as_ref(),
        title: input.title.as_deref(),
    };
    card::choose(&material, shown, dropped, exhausted, warnings)
}

/// Where the page of a round begins.
fn page_start(round: u32, page: usize) -> usize {
    usize::try_from(round).unwrap_or(usize::MAX).saturating_mul(page)
}

/// Whether this call may propose an effect that this host performs.
fn may(kind: &str) -> bool {
    approval::check(kind).permitted
}

skillhost_sdk::cases!();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_pages() {
        assert_eq!([page_start(0, 3), page_start(1, 3), page_start(4, 5)], [0, 3, 20]);
        assert_eq!(page_start(u32::MAX, usize::MAX), usize::MAX);
    }
}

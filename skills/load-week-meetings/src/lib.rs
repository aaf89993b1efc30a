//! Says which calls the weekly coaching looks at.
//!
//! [`period`] is the week, [`calls`] what counts as a call to look at, [`deals`] which
//! ended deals still want a look.

mod calls;
mod deals;
mod period;

use coaching_record::{ClosedDeal, Week, WeekMeeting};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::context::{self, About, Optional};
use skillhost_sdk::sources::{ClosedDeal as Closed, Meeting, instant_ms};
use skillhost_sdk::{Call, Failure, Outcome, Query, ReadErrorKind, skill};

/// Most calls in all: each is a transcript to be read and measured.
const MOST: usize = 24;
/// Pages of meetings that are turned.
const MOST_PAGES: usize = 5;
/// Most closed deals whose calls are looked up: each is a read. A deal of which a call was
/// kept needs none.
const MOST_DEALS: usize = 20;
/// Most calls of one closed deal: the last ones before it closed.
const MOST_OF_DEAL: usize = 3;

/// Which week.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// A day after the week, `YYYY-MM-DD`; today where none is said.
    pub after: Option<String>,
}

/// Finds them.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Week>, Failure> {
    let (user, org) = (context::user()?.value, context::org()?.value);
    let zone = if user.zone.is_empty() { &call.zone } else { &user.zone };
    let period = period::of(call, zone, input.after.as_deref())?;
    let mut week =
        Week { period_start: period.start.to_string(), period_end: period.end.to_string(), ..Week::default() };

    let (mut of_week, mut earlier): (Vec<WeekMeeting>, Vec<WeekMeeting>) = (Vec::new(), Vec::new());
    for meeting in own_meetings()? {
        let Some(place) = period.place(&meeting.started_at, zone) else { continue };
        match calls::counted(&meeting, &org.domains) {
            Ok(counted) if place == period::Place::Week => of_week.push(WeekMeeting { of_week: true, ..counted }),
            Ok(counted) => earlier.push(counted),
            Err(left) if place == period::Place::Week => week.left_out.push(left),
            Err(_) => {}
        }
    }
    week.closed = closed_deals()?
        .into_iter()
        .map(|deal| ClosedDeal { deal_id: deal.id, name: deal.name, won: deal.won, at: deal.at })
        .collect();
    let kept = coaching_record::calls(&coaching_record::kept_since(&period.kept_since())?);
    let mut of_closed: Vec<Vec<WeekMeeting>> = Vec::new();
    for deal in deals::to_look_up(&week.closed, &kept).into_iter().take(MOST_DEALS) {
        let before = deals::end(deal).unwrap_or(call.now_ms());
        let meetings = context::meetings(&About::Deal(deal.deal_id.clone())).optional()?.map(|read| read.value);
        let counted = meetings
            .unwrap_or_default()
            .into_iter()
            .filter(|meeting| instant_ms(&meeting.started_at).is_some_and(|at| at <= before));
        let counted = counted.filter_map(|meeting| calls::counted(&meeting, &org.domains).ok());
        let counted = counted.take(MOST_OF_DEAL).map(|one| WeekMeeting {
            deal_id: Some(deal.deal_id.clone()),
            closed: true,
            ..one
        });
        of_closed.push(counted.collect());
    }
    let of_closed = deals::in_turn(of_closed);
    week.of_week = of_week.len().min(MOST);
    week.meetings = chosen(of_week, of_closed, earlier, &week.closed);
    let summary = match (week.of_week, week.left_out.len()) {
        (0, 0) => "no calls in this week".to_owned(),
        (n, 0) => format!("{n} calls of the week"),
        (n, left) => format!("{n} calls of the week, {left} left out"),
    };
    Ok(Outcome::new(week).summary(summary))
}

/// The rep's own meetings, newest first, over a few pages.
fn own_meetings() -> Result<Vec<Meeting>, Failure> {
    let mut all: Vec<Meeting> = Vec::new();
    let mut query = Query::new("meetings", serde_json::json!({}));
    for _ in 0..MOST_PAGES {
        let Some(page) = context::ask::<Vec<Meeting>>(&query).optional()? else { break };
        all.extend(page.value);
        let Some(next) = page.next else { break };
        query = Query::new("meetings", serde_json::json!({})).cursor(next);
    }
    Ok(all)
}

/// Deals won and lost; none where the pipeline cannot be read, because the week
/// stands without them.
fn closed_deals() -> Result<Vec<Closed>, Failure> {
    match context::pipeline() {
        Ok(read) => Ok(read.value.closed),
        Err(error)
            if matches!(
                error.kind,
                ReadErrorKind::NotFound
                    | ReadErrorKind::Denied
                    | ReadErrorKind::UnknownSource
                    | ReadErrorKind::Unavailable
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// The week's calls first; what room is left is shared by the other two.
fn chosen(
    of_week: Vec<WeekMeeting>,
    of_closed: Vec<WeekMeeting>,
    earlier: Vec<WeekMeeting>,
    closed: &[ClosedDeal],
) -> Vec<WeekMeeting> {
    let mut all: Vec<WeekMeeting> = Vec::new();
    let mut add = |meeting: WeekMeeting| -> bool {
        if all.len() == MOST {
            return false;
        }
        match all.iter_mut().find(|known| known.meeting_id == meeting.meeting_id) {
            Some(known) => known.closed |= meeting.closed,
            None => all.push(meeting),
        }
        true
    };
    let is_closed = |meeting: &WeekMeeting| {
        meeting.deal_id.as_ref().is_some_and(|id| closed.iter().any(|deal| deal.deal_id == *id))
    };
    let marked = |meeting: WeekMeeting| WeekMeeting { closed: meeting.closed || is_closed(&meeting), ..meeting };
    for meeting in of_week {
        add(marked(meeting));
    }
    let (mut closed_left, mut earlier_left) = (of_closed.into_iter(), earlier.into_iter());
    loop {
        let (one, other) = (closed_left.next(), earlier_left.next());
        if one.is_none() && other.is_none() {
            break;
        }
        if !one.into_iter().chain(other).all(|meeting| add(marked(meeting))) {
            break;
        }
    }
    all
}

skillhost_sdk::cases!();

//! Where things stand.

use briefing_record::tally::counted;
use briefing_record::{DealState, History, Line, RepClock, Source, Touch, money};
use meeting_record::shortened;
use skillhost_sdk::sources::{Deal, Side, is_closed_stage};

use crate::{Facts, MAX_LINE};

/// Most lines.
const MAX_LINES: usize = 6;
/// Most things that moved, and flags, that are told.
const MAX_MOVED: usize = 2;
/// An answer that takes longer than this is told.
const SILENT_DAYS: i64 = 2;
/// A deal that stands so long in one stage says so.
const LONG_IN_STAGE: i64 = 30;

/// How the deal stands by its record alone.
pub(crate) fn from_record(deal: &Deal, clock: &RepClock) -> History {
    let open: Vec<&String> = deal.stages.iter().filter(|stage| !is_closed_stage(stage)).collect();
    let place = open.iter().position(|stage| **stage == deal.stage);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    History {
        deal: Some(DealState {
            id: deal.id.clone(),
            name: deal.name.clone(),
            stage: deal.stage.clone(),
            stage_place: place.map(|at| count(at + 1)),
            stages: place.map(|_| count(open.len())),
            open: deal.open,
            amount_cents: deal.amount_cents,
            amount: deal.amount_cents.map(|cents| money::written(cents, deal.currency.as_deref())),
            close_date: deal.close_date.clone(),
            days_to_close: deal.close_date.as_deref().and_then(|day| clock.days_to(day)),
            contacts: count(deal.contact_ids.len()),
            ..DealState::default()
        }),
        ..History::default()
    }
}

pub(crate) fn lines(facts: &Facts) -> Vec<Line> {
    let Some(history) = &facts.history else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(deal) = &history.deal {
        lines.push(Line::new(shortened(&deal_line(deal, &facts.clock), MAX_LINE), Source::new("deal", &deal.id)));
    }
    for moved in history.moved.iter().take(MAX_MOVED) {
        let when = facts.clock.short_day(&moved.at).map(|day| format!(" on {day}")).unwrap_or_default();
        lines.push(Line::new(
            shortened(&format!("Since you last spoke: {}{when}", moved.text), MAX_LINE),
            moved.source.clone(),
        ));
    }
    if let Some(deal) = &history.deal {
        // A flag that was just told as moved is not told again.
        let told = |flag: &str| {
            let (name, reason) = flag.split_once(": ").unwrap_or((flag, ""));
            history.moved.iter().any(|moved| {
                moved.text.contains(&format!("“{name}”")) && (reason.is_empty() || moved.text.contains(reason))
            })
        };
        for flag in deal.flags.iter().filter(|flag| !told(flag)).take(MAX_MOVED) {
            lines.push(Line::new(shortened(&format!("Flagged {flag}"), MAX_LINE), Source::new("deal", &deal.id)));
        }
    }
    if let Some(last) = &history.last_word {
        let text = match last.by {
            Side::Rep if last.in_a_row > 1 && last.days >= SILENT_DAYS => {
                Some(format!("No answer to our last {} mails, the newest {}", last.in_a_row, ago(facts, &last.at)))
            }
            Side::Rep if last.days >= SILENT_DAYS => {
                Some(format!("No answer to our last mail, {}", ago(facts, &last.at)))
            }
            Side::Prospect => Some(format!("They wrote last, {}", ago(facts, &last.at))),
            Side::Rep | Side::Unknown => None,
        };
        lines.extend(text.map(|text| Line::new(text, last.source.clone())));
    }
    match history.touches.first() {
        Some(touch) => lines.push(Line::new(shortened(&touch_line(touch, facts), MAX_LINE), touch.source.clone())),
        None if facts.history_is_whole && !history.touches_90_days.is_positive() => {
            if let Some(deal) = &history.deal {
                lines.push(Line::new("No contact so far is on record", Source::new("deal", &deal.id)));
            }
        }
        None => {}
    }
    lines.truncate(MAX_LINES);
    lines
}

fn ago(facts: &Facts, at: &str) -> String {
    facts.clock.ago(at).unwrap_or_else(|| at.to_owned())
}

fn deal_line(deal: &DealState, clock: &RepClock) -> String {
    let mut parts = vec![match (deal.stage_place, deal.stages) {
        (Some(place), Some(all)) => format!("stage “{}” ({place} of {all})", deal.stage),
        _ => format!("stage “{}”", deal.stage),
    }];
    if !deal.open {
        parts[0] = format!("closed as “{}”", deal.stage);
    }
    parts.extend(deal.days_in_stage.filter(|days| *days >= LONG_IN_STAGE).map(|days| format!("for {days} days")));
    parts.push(deal.amount.clone().unwrap_or_else(|| "no amount".to_owned()));
    parts.push(match (&deal.close_date, deal.days_to_close) {
        (Some(day), Some(days)) => {
            let when = clock.short_day(day).unwrap_or_else(|| day.clone());
            let n = usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX);
            match days {
                0 => format!("close date {when}, today"),
                days if days < 0 => format!("close date {when}, passed {} ago", counted(n, "day")),
                _ => format!("close date {when}, in {}", counted(n, "day")),
            }
        }
        _ => "no close date".to_owned(),
    });
    format!("{}: {}", deal.name, parts.join(", "))
}

fn touch_line(touch: &Touch, facts: &Facts) -> String {
    let what = match touch.kind.as_str() {
        "meeting" => "meeting",
        "email_in" => "mail from them",
        "email_out" => "mail from us",
        "call" => "call",
        "note" => "note",
        _ => "contact",
    };
    format!("Last: {what} “{}”, {}", touch.text, ago(facts, &touch.at))
}

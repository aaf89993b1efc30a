//! What is owed, by either side.

use briefing_record::{Line, OpenPromise, Owed, RepClock, State};
use meeting_record::{one_line, same_matter, shortened};
use skillhost_sdk::sources::Side;

use crate::{Facts, MAX_LINE};

/// Most lines.
const MAX_LINES: usize = 6;

/// Something open, from a step or a promise.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) text: String,
    pub(crate) side: Side,
    pub(crate) overdue: bool,
    pub(crate) line: Line,
}

/// Everything open, overdue first, ours before theirs; a matter once.
pub(crate) fn points(facts: &Facts) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let owed = facts.owed.iter().flat_map(|owed| owed.we_owe.iter().chain(&owed.they_owe));
    points.extend(owed.map(|owed| of_step(owed, &facts.clock)));
    for promise in facts.history.iter().flat_map(|history| &history.open_promises) {
        let told = |point: &Point| point.side == promise.by && same_matter(&point.text, &promise.quote);
        // What the earlier steps call done is done, though a mail promised it.
        let done = facts.owed.iter().flat_map(|owed| &owed.done);
        let settled = done.into_iter().any(|done| done.side == promise.by && same_matter(&done.text, &promise.quote));
        if !settled && !points.iter().any(told) {
            points.push(of_promise(promise, &facts.clock));
        }
    }
    points.sort_by_key(|point| (!point.overdue, point.side != Side::Rep));
    points
}

pub(crate) fn lines(facts: &Facts) -> Vec<Line> {
    points(facts).into_iter().take(MAX_LINES).map(|point| point.line).collect()
}

fn due(due: Option<&str>, overdue: bool, clock: &RepClock) -> String {
    let Some(due) = due else { return String::new() };
    let day = clock.short_day(due).unwrap_or_else(|| due.to_owned());
    match (overdue, clock.days_to(due)) {
        (true, Some(days)) if days < 0 => {
            let late = -days;
            format!(" (due {day}, {late} {} late)", if late == 1 { "day" } else { "days" })
        }
        (true, _) => format!(" (due {day}, late)"),
        _ => format!(" (due {day})"),
    }
}

fn who(side: Side) -> &'static str {
    if side == Side::Rep { "We owe" } else { "They owe" }
}

fn of_step(owed: &Owed, clock: &RepClock) -> Point {
    let overdue = owed.state == State::Overdue;
    let when = due(owed.due.as_deref(), overdue, clock);
    let text = format!("{}: {}{when}", who(owed.side), shortened(&owed.text, MAX_LINE - 60));
    Point { text: owed.text.clone(), side: owed.side, overdue, line: Line::new(text, owed.source.clone()) }
}

fn of_promise(promise: &OpenPromise, clock: &RepClock) -> Point {
    let when = due(promise.due.as_deref(), promise.overdue, clock);
    let quote = shortened(&one_line(&promise.quote), MAX_LINE - 90);
    let text = format!("{}: “{quote}”{when}, {}", who(promise.by), promise.who);
    Point {
        text: promise.quote.clone(),
        side: promise.by,
        overdue: promise.overdue,
        line: Line::new(shortened(&text, MAX_LINE), promise.source.clone()),
    }
}

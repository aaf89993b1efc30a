//! Goals and questions that follow from the lines.
//!
//! A rule that suggests anything names the record that it follows from. What no
//! record asks for is not suggested: a list of what any meeting has is not read.

use briefing_record::{Line, Source};
use meeting_record::{one_line, shortened};
use skillhost_sdk::sources::Side;

use crate::open_points::{self, Point};
use crate::{Facts, MAX_LINE, who};

/// Most of each.
pub(crate) const MAX_GOALS: usize = 3;
pub(crate) const MAX_QUESTIONS: usize = 4;
/// A close date at most so many days ahead wants settling.
const CLOSING_SOON: i64 = 14;
/// Longest words of a record within a suggestion, characters.
const MAX_QUOTED: usize = 110;

/// A goal; one that must stay stays first, whatever a model suggests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Goal {
    pub(crate) line: Line,
    pub(crate) stays: bool,
}

/// What to achieve and what to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suggested {
    pub(crate) goals: Vec<Goal>,
    pub(crate) questions: Vec<Line>,
}

pub(crate) fn of(facts: &Facts) -> Suggested {
    let points = open_points::points(facts);
    let mut suggested = Suggested { goals: goals(facts, &points), questions: questions(facts, &points) };
    suggested.goals.truncate(MAX_GOALS);
    suggested.questions.truncate(MAX_QUESTIONS);
    suggested
}

fn goals(facts: &Facts, points: &[Point]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut goal = |text: String, source: &Source, stays: bool| {
        goals.push(Goal { line: Line::new(shortened(&text, MAX_LINE), source.clone()), stays });
    };
    let quoted = |point: &Point| shortened(&one_line(&point.text), MAX_QUOTED);
    let overdue =
        |side: Side| points.iter().find(move |point| point.overdue && (point.side == Side::Rep) == (side == Side::Rep));
    if let Some(point) = overdue(Side::Rep) {
        goal(format!("Bring what is late from us, or give a date: {}", quoted(point)), &point.line.source, true);
    }
    if let Some(point) = overdue(Side::Prospect) {
        goal(format!("Get what is late from them: {}", quoted(point)), &point.line.source, true);
    }
    let history = facts.history.as_ref();
    if let Some(deal) = history.and_then(|history| history.deal.as_ref()).filter(|deal| deal.open) {
        let source = Source::new("deal", &deal.id);
        let day = deal.close_date.as_deref().and_then(|day| facts.clock.short_day(day)).unwrap_or_default();
        match deal.days_to_close {
            Some(days) if days < 0 => {
                goal(format!("Agree on a new date: the close date, {day}, has passed"), &source, false)
            }
            Some(days) if days <= CLOSING_SOON => {
                goal(format!("Settle what is missing to close by {day}"), &source, false)
            }
            _ => {}
        }
        if let Some(flag) = deal.flags.iter().find(|flag| flag.starts_with("risk")) {
            goal(format!("Clear up the {flag}"), &source, false);
        }
        if deal.contacts == 1 {
            goal("Learn who else decides: one contact alone is on the deal".to_owned(), &source, false);
        }
        goal(format!("Leave with a date for the step after “{}”", deal.stage), &source, false);
    } else if facts.history_is_whole && history.is_some_and(|history| history.touches.is_empty()) {
        goal(
            "Learn what they need and how they decide: nothing is on record yet".to_owned(),
            &who::source(facts),
            false,
        );
    }
    goals
}

fn questions(facts: &Facts, points: &[Point]) -> Vec<Line> {
    let mut questions = Vec::new();
    let mut ask = |text: String, source: &Source| {
        questions.push(Line::new(shortened(&text, MAX_LINE), source.clone()));
    };
    for item in facts.news.iter().flat_map(|news| &news.items).take(1) {
        let about = match item.kind.as_str() {
            "funding" => "the new money",
            "layoffs" => "the job cuts",
            "acquisition" => "the change of ownership",
            "leadership" => "the change at the top",
            "expansion" => "the growth",
            _ => "that news",
        };
        ask(format!("What does {about} change for this project?"), &item.source);
    }
    let people = facts.attendees.iter().flat_map(|attendees| &attendees.attendees);
    for person in people.filter(|person| person.side != Side::Rep && !person.declined) {
        if let Some(change) = person.changes.iter().find(|change| matches!(change.kind.as_str(), "title" | "promotion"))
        {
            ask(format!("What changes with the new role of {}?", person.name), &change.source);
        } else if person.standing == "unknown" && !person.name.contains('@') {
            ask(format!("What part does {} have in this?", person.name), &who::source(facts));
        }
    }
    if let Some(deal) = facts.history.as_ref().and_then(|history| history.deal.as_ref()).filter(|deal| deal.open) {
        let source = Source::new("deal", &deal.id);
        if deal.amount_cents.is_none() {
            ask("What budget is there for this?".to_owned(), &source);
        }
        if deal.close_date.is_none() {
            ask("By when do you want this in place?".to_owned(), &source);
        }
        if deal.contacts == 1 {
            ask("Who else has a say in this?".to_owned(), &source);
        }
    }
    if let Some(point) = points.iter().find(|point| !point.overdue && point.side == Side::Prospect) {
        let quoted = shortened(&one_line(&point.text), MAX_QUOTED);
        ask(format!("How far is it with “{quoted}”?"), &point.line.source);
    }
    if let Some(last) = facts.history.as_ref().and_then(|history| history.last_word.as_ref())
        && last.by == Side::Rep
        && last.in_a_row > 1
    {
        ask(format!("What is unclear in our last {} mails?", last.in_a_row), &last.source);
    }
    questions
}

//! Days and hours put together: "Tuesday or Wednesday after two" is two items, each
//! with its day and its hours.

use std::ops::Range;

use jiff::civil::Date;

use super::day::{self, Days};
use super::hours::{self, Hours};
use crate::deadline::{Reader, When, monday, of_week, plus};
use crate::token::Gap;

/// A time that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its words.
    pub(super) words: Range<usize>,
    pub(super) days: Option<Days>,
    pub(super) hours: Option<Hours>,
    /// A weekday and nothing more.
    pub(super) alone: bool,
    hours_first: bool,
    /// Its day is that of the item before it, until it names its own.
    borrowed: bool,
    link: Link,
}

/// What stands between an item and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Nothing that matters.
    Join,
    /// A comma or another pause.
    Comma,
    /// "Or", "and".
    List,
    /// Other words.
    Apart,
}

/// Words between a day and its hours.
const FILLERS: &[&str] = &[
    "any",
    "time",
    "anytime",
    "at",
    "on",
    "in",
    "the",
    "of",
    "sometime",
    "say",
    "maybe",
    "ideally",
    "preferably",
    "for",
    "around",
    "about",
    "either",
    "possibly",
    "perhaps",
    "both",
    "like",
    "sharp",
    "also",
    "again",
    "instead",
];

/// The items of a sentence, in order. The reader remembers what was spoken of.
pub(super) fn read(reader: &mut Reader<'_>, source: &str, spoken: &mut Option<Date>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut at = 0;
    while at < reader.tokens.len() {
        if let Some(found) = day::read(reader, source, at, *spoken) {
            remember(reader, at, &found, spoken);
            let new = Item {
                words: at..found.end,
                days: Some(found.days),
                hours: found.hours,
                alone: found.alone,
                hours_first: false,
                borrowed: false,
                link: Link::Apart,
            };
            at = found.end;
            add(reader, &mut items, new);
            continue;
        }
        let bare = expects_hours(reader, &items, at);
        if let Some((end, hours)) = hours::read(reader, source, at, bare) {
            let words = at..end;
            let new = Item {
                words,
                days: None,
                hours: Some(hours),
                alone: false,
                hours_first: true,
                borrowed: false,
                link: Link::Apart,
            };
            at = end;
            add(reader, &mut items, new);
            continue;
        }
        reader.loses_week(at);
        at += 1;
    }
    share(reader, &mut items);
    in_their_week(reader, &mut items);
    items
}

/// How far apart a weekday and its week may stand, words: "Thursday for lunch next week".
const REACH: usize = 4;

/// A weekday alone is one of the week that is named right after or before it, unless
/// the week is another choice ("Thursday or next week") or where it is moved to.
fn in_their_week(reader: &Reader<'_>, items: &mut [Item]) {
    for at in 0..items.len() {
        let Some(Days::Between(first, last)) = items[at].days.filter(|_| items[at].is_week()) else { continue };
        let week = items[at].words.clone();
        for (other, item) in items.iter_mut().enumerate() {
            let between = if other < at { item.words.end..week.start } else { week.end..item.words.start };
            let parted = between.clone().any(|at| reader.is(at, &["or", "to", "until", "till", "from", "but", "than"]));
            if other != at && between.len() <= REACH && !parted {
                item.within_week(first, last);
            }
        }
    }
}

/// What "that week" and "the following Monday" will point back to.
fn remember(reader: &mut Reader<'_>, at: usize, found: &day::Read, spoken: &mut Option<Date>) {
    let day = match found.days {
        Days::Between(_, last) | Days::Until(last, _) => last,
        Days::From(first) => first,
        Days::Every(_) => return,
    };
    *spoken = Some(day);
    reader.note(at, found.end, &When::Day(day));
}

/// A bare number is an hour right after a day, and after "or" where one came before.
fn expects_hours(reader: &Reader<'_>, items: &[Item], at: usize) -> bool {
    let Some(last) = items.last() else { return false };
    let link = link(reader, last.words.end, at);
    // "… 16:00", new line, "2. Monday": the number of a list.
    let new_line = reader.tokens.get(at).is_some_and(|token| token.gap == Gap::Break);
    match (link, &last.days, &last.hours) {
        (Link::Comma, _, Some(_)) if new_line => false,
        (Link::Join, Some(_), None) => true,
        (Link::List | Link::Comma, _, Some(hours)) => hours.exact,
        _ => false,
    }
}

fn link(reader: &Reader<'_>, from: usize, to: usize) -> Link {
    let mut link = Link::Join;
    for at in from..to {
        match reader.word(at) {
            "or" | "and" | "then" => link = Link::List,
            word if FILLERS.contains(&word) => {}
            _ => return Link::Apart,
        }
    }
    let pause = (from..=to).filter_map(|at| reader.tokens.get(at)).any(|token| token.gap != Gap::None);
    if link == Link::Join && pause { Link::Comma } else { link }
}

/// Adds an item, or puts it together with the one before it.
fn add(reader: &Reader<'_>, items: &mut Vec<Item>, new: Item) {
    let Some(last) = items.last_mut() else {
        items.push(new);
        return;
    };
    let link = link(reader, last.words.end, new.words.start);
    if last.borrowed && link == Link::Join && new.hours.is_none() {
        // "… or after 1 on Friday": a day of its own after all.
        (last.days, last.alone, last.borrowed, last.hours_first) = (new.days, new.alone, false, true);
        last.words.end = new.words.end;
        return;
    }
    // "Tuesday afternoon, after one", "Thursday evening, 7 to 10": the second says it closer.
    if let (Some(part), Some(closer), None) = (last.hours, new.hours, new.days)
        && matches!(link, Link::Join | Link::Comma)
        && let Some(hours) = part.closer(closer)
    {
        last.hours = Some(hours);
        last.words.end = new.words.end;
        return;
    }
    let completes = match (&last.days, &last.hours, &new.days, &new.hours) {
        (Some(_), None, None, Some(_)) => matches!(link, Link::Join | Link::Comma),
        (None, Some(_), Some(_), None) => link == Link::Join,
        _ => false,
    };
    if completes {
        last.hours_first = last.days.is_none();
        last.days = last.days.or(new.days);
        last.hours = last.hours.or(new.hours);
        last.alone |= new.alone;
        last.words.end = new.words.end;
        return;
    }
    // "Friday at 10 or 2": the same day twice.
    let same_day = matches!(link, Link::List | Link::Comma) && new.days.is_none() && last.days.is_some();
    let days = if same_day { last.days } else { new.days };
    let hours_first = new.hours_first && !same_day;
    items.push(Item { days, link, hours_first, borrowed: same_day, ..new });
}

/// What is said once of a list holds for all of it: its hours, its week, its month.
fn share(reader: &Reader<'_>, items: &mut [Item]) {
    for at in (1..items.len()).rev() {
        let (before, rest) = items.split_at_mut(at);
        let (Some(one), Some(other)) = (before.last_mut(), rest.first()) else { continue };
        if !matches!(other.link, Link::List | Link::Comma) {
            continue;
        }
        let (Some(Days::Between(first, last)), Some(Days::Between(to, _))) = (one.days, other.days) else { continue };
        if first != last {
            continue;
        }
        if one.hours.is_none() && !other.hours_first {
            one.hours = other.hours;
        }
        let has_week = other.words.clone().any(|at| reader.is(at, &["week"]));
        if one.alone && has_week && !other.alone {
            let day = of_week(monday(to), 0, first.weekday());
            one.days = Some(Days::Between(day, day));
        }
        if let Some(number) = day::ordinal_alone(reader, one.words.start, one.words.end)
            && let Ok(day) = Date::new(to.year(), to.month(), number)
            && day <= to
        {
            one.days = Some(Days::Between(day, day));
        }
    }
    for at in 1..items.len() {
        let (before, rest) = items.split_at_mut(at);
        let (Some(one), Some(other)) = (before.last(), rest.first_mut()) else { continue };
        if other.link == Link::List && one.hours_first && other.days.is_some() && other.hours.is_none() {
            other.hours = one.hours;
            other.hours_first = true;
        }
    }
}

impl Item {
    /// A weekday alone belongs to the week spoken of, when that holds one: "next
    /// week, Tuesday or Thursday".
    pub(super) fn within_week(&mut self, first: Date, last: Date) {
        let Some(day) = self.days.and_then(Days::single).filter(|_| self.alone) else { return };
        let there = of_week(first, 0, day.weekday());
        if (first..=last).contains(&there) && i64::from((last - first).get_days()) < 7 {
            self.days = Some(Days::Between(there, there));
        }
    }

    /// The same item on one day, with its hours or without.
    pub(super) fn on(&self, day: Date, with_hours: bool) -> Self {
        let hours = self.hours.filter(|_| with_hours);
        Self { days: Some(Days::Between(day, day)), hours, ..self.clone() }
    }

    /// Whether it is most of a week, and no more.
    fn is_week(&self) -> bool {
        matches!(self.days, Some(Days::Between(first, last)) if (1..7).contains(&(last - first).get_days()))
    }

    /// The item with what is offered from its day on.
    pub(super) fn days_on(&self) -> Option<Days> {
        match self.days {
            Some(Days::Until(day, None)) => Some(Days::From(day)),
            Some(Days::Until(day, Some(_))) => Some(Days::From(plus(day, 1))),
            _ => None,
        }
    }
}

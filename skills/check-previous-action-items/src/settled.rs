//! What became of each step.

use briefing_record::{RepClock, Source, State, delivers, own_words};
use meeting_record::same_matter;
use skillhost_sdk::sources::{Side, ThreadMessage, instant_ms};

use crate::steps::{Gathered, Step};

/// What is agreed so much later is agreed anew.
const AGAIN_MS: i64 = 3 * 86_400_000;

/// Every matter once, with its state: overdue first, by date, then open ones, then
/// what is done, newest first.
pub(crate) fn settle(gathered: Gathered, clock: &RepClock) -> Vec<Step> {
    let Gathered { steps, mails } = gathered;
    let mut kept: Vec<Step> = Vec::new();
    for mut step in steps {
        if step.owed.state != State::Done
            && let Some(mail) = brought_by(&step, &mails)
        {
            step.owed.state = State::Done;
            step.owed.done_by = Some(Source::new("email", &mail.id).at(&mail.at));
        }
        match kept.iter_mut().find(|other| is_one(other, &step)) {
            Some(other) => merge(other, step),
            None => kept.push(step),
        }
    }
    for step in &mut kept {
        let owed = &mut step.owed;
        owed.days = owed.due.as_deref().and_then(|due| clock.days_to(due));
        if owed.state == State::Open && owed.due.as_deref().is_some_and(|due| has_passed(due, clock)) {
            owed.state = State::Overdue;
        }
    }
    kept.sort_by(|a, b| {
        let key = |step: &Step| {
            let newest_first = if step.owed.state == State::Done { -step.at } else { 0 };
            (step.owed.state, newest_first, step.owed.days.unwrap_or(i64::MAX), -step.at)
        };
        key(a).cmp(&key(b)).then_with(|| a.owed.text.cmp(&b.owed.text))
    });
    kept
}

fn has_passed(due: &str, clock: &RepClock) -> bool {
    match instant_ms(due) {
        Some(at) => at < clock.now_ms(),
        None => clock.days_to(due).is_some_and(|days| days < 0),
    }
}

/// Whether two records keep the same step: the same record, or the same matter of
/// one side.
fn is_one(one: &Step, other: &Step) -> bool {
    one.owed.source == other.owed.source && one.owed.text == other.owed.text
        || one.owed.side == other.owed.side && same_matter(&one.owed.text, &other.owed.text)
}

/// The first record stays; what only the other knows is taken over. Done is done.
fn merge(kept: &mut Step, other: Step) {
    // The same matter agreed days later with a date of its own is open again; a
    // list of the same days tells what a task keeps.
    let anew = kept.owed.state == State::Done
        && other.owed.state != State::Done
        && other.at - kept.at > AGAIN_MS
        && other.owed.due.is_some()
        && other.owed.due != kept.owed.due;
    if anew {
        *kept = other;
        return;
    }
    if other.owed.state == State::Done && other.at >= kept.at {
        kept.owed.state = State::Done;
        kept.owed.done_by = other.owed.done_by;
    }
    kept.owed.due = kept.owed.due.take().or(other.owed.due);
    kept.owed.owner = kept.owed.owner.take().or(other.owed.owner);
}

/// The later mail of that side that brings it.
fn brought_by<'a>(step: &Step, mails: &'a [ThreadMessage]) -> Option<&'a ThreadMessage> {
    let direction = if step.owed.side == Side::Prospect { "in" } else { "out" };
    mails.iter().find(|mail| {
        mail.direction == direction
            && instant_ms(&mail.at).is_some_and(|at| at > step.at)
            && delivers(own_words(&mail.body), &step.owed.text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use briefing_record::Owed;

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;
    const DAY: i64 = 86_400_000;

    fn step(text: &str, side: Side, due: Option<&str>, state: State, days_ago: i64) -> Step {
        Step {
            owed: Owed {
                text: text.to_owned(),
                side,
                state,
                due: due.map(str::to_owned),
                source: Source::new("x", &format!("{side:?} {days_ago}")),
                ..Owed::default()
            },
            read_id: "r".to_owned(),
            at: NOW - days_ago * DAY,
        }
    }

    fn states(steps: Vec<Step>, mails: Vec<ThreadMessage>) -> Vec<(String, State, Option<i64>)> {
        let clock = RepClock::new(NOW, "UTC");
        settle(Gathered { steps, mails }, &clock)
            .into_iter()
            .map(|step| (step.owed.text, step.owed.state, step.owed.days))
            .collect()
    }

    #[test]
    fn overdue_comes_first_and_done_last() {
        let found = states(
            vec![
                step("Send the samples", Side::Rep, None, State::Done, 3),
                step("Book the room", Side::Rep, Some("2026-11-22"), State::Open, 5),
                step("Check the printers", Side::Prospect, Some("2026-11-20"), State::Open, 5),
                step("Ask the lawyer", Side::Prospect, None, State::Open, 5),
            ],
            vec![],
        );
        let told: Vec<(&str, State, Option<i64>)> =
            found.iter().map(|(text, state, days)| (text.as_str(), *state, *days)).collect();
        assert_eq!(
            told,
            [
                ("Check the printers", State::Overdue, Some(-2)),
                ("Book the room", State::Open, Some(0)),
                ("Ask the lawyer", State::Open, None),
                ("Send the samples", State::Done, None),
            ]
        );
    }

    #[test]
    fn a_step_of_two_records_is_one() {
        let found = states(
            vec![
                step("Send the label samples", Side::Rep, None, State::Done, 4),
                step("I’ll send the label samples by Tuesday", Side::Rep, Some("2026-11-17"), State::Open, 6),
                step("Send the label samples", Side::Prospect, None, State::Open, 6),
            ],
            vec![],
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].1, State::Open);
        assert_eq!((found[1].1, found[1].2), (State::Done, Some(-5)));
    }

    #[test]
    fn a_later_mail_of_that_side_brings_it() {
        let mail = |direction: &str, days_ago: i64| ThreadMessage {
            id: "e2".to_owned(),
            direction: direction.to_owned(),
            body: "Here are the label samples.".to_owned(),
            at: RepClock::text(NOW - days_ago * DAY),
            ..ThreadMessage::default()
        };
        let open = || vec![step("Send the label samples", Side::Rep, Some("2026-11-17"), State::Open, 6)];
        assert_eq!(states(open(), vec![mail("out", 2)])[0].1, State::Done);
        assert_eq!(states(open(), vec![mail("in", 2)])[0].1, State::Overdue);
        assert_eq!(states(open(), vec![mail("out", 8)])[0].1, State::Overdue);
    }

    #[test]
    fn what_is_agreed_anew_is_open_again() {
        let found = states(
            vec![
                step("Send the weekly numbers", Side::Rep, None, State::Done, 9),
                step("Send the weekly numbers", Side::Rep, Some("2026-11-25"), State::Open, 2),
            ],
            vec![],
        );
        assert_eq!((found.len(), found[0].1), (1, State::Open));
    }
}

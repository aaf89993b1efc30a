//! What became of a question, in a line.
//!
//! Invariant: it names no instant that the rows do not, so that two who write it write the
//! same.

use jiff::Zoned;
use jiff::tz::TimeZone;
use skillhost_engine::aftermath::{Aftermath, End, EndState};
use skillhost_engine::approval::{ActionStatus, Answer};
use skillhost_engine::card::Card;
use skillhost_engine::time::Timestamp;

/// Longest reason that is repeated.
const MAX_REASON: usize = 200;
/// Kinds that somebody receives; others are done.
const SENT: [&str; 4] = ["email.send", "chat.post", "chat.manager", "calendar.invite"];

/// How a question ended; `name` is who settled it.
pub(super) fn of(of: &Aftermath, card: &Card, name: Option<&str>, zone: &TimeZone) -> String {
    let by = name.map(|name| format!(" by {name}")).unwrap_or_default();
    match (of.status, &of.answer) {
        (ActionStatus::Pending, _) => "Waits for an answer".to_owned(),
        (ActionStatus::Approved, _) => approved(of, card, &by, zone),
        (ActionStatus::Skipped, Some(Answer::More)) => format!("Others were asked for{by}"),
        (ActionStatus::Skipped, Some(Answer::Manual)) => {
            format!("{} takes care of it: nothing was done", name.unwrap_or("Somebody"))
        }
        (ActionStatus::Skipped, _) if of.irrelevant => format!("Skipped{by} as not relevant: nothing was done"),
        (ActionStatus::Skipped, _) => format!("Skipped{by}: nothing was done"),
        (ActionStatus::Cancelled, _) => format!("Cancelled{by}: the job was ended"),
        (ActionStatus::Expired, _) => {
            let then = match (of.asked_again, of.can_ask_again, of.is_over) {
                (true, ..) => ". It was asked again",
                (false, true, _) | (false, false, false) => "",
                (false, false, true) => ". Its job is over: retry the job to be asked again",
            };
            format!("Expired: nobody answered in time, and nothing was done{then}")
        }
        (ActionStatus::Withdrawn, _) => "Withdrawn: nothing was done".to_owned(),
    }
}

fn approved(of: &Aftermath, card: &Card, by: &str, zone: &TimeZone) -> String {
    let mut line = match &of.answer {
        Some(Answer::Choose { choice }) => {
            let label = card.parts.iter().find(|part| part.id == *choice).map_or(choice.as_str(), |part| &part.label);
            format!("Chosen{by}: {label}")
        }
        Some(Answer::Items { items }) => {
            let yes = items.iter().filter(|item| item.approve).count();
            let all = card.parts.len();
            if yes < all { format!("Approved{by}: {yes} of {all}") } else { format!("Approved{by}") }
        }
        _ => format!("Approved{by}"),
    };
    if of.edited {
        line.push_str(", with changes");
    }
    // What ends alike is told once.
    let mut told: Vec<(String, usize)> = Vec::new();
    for end in &of.ends {
        let words = words(end, of.settled_at, zone);
        match told.iter_mut().find(|(known, _)| *known == words) {
            Some((_, count)) => *count += 1,
            None => told.push((words, 1)),
        }
    }
    let many = of.ends.len() > 1;
    for (at, (words, count)) in told.iter().enumerate() {
        line.push_str(if at == 0 { ", " } else { "; " });
        if many {
            line.push_str(&format!("{count} "));
        }
        line.push_str(words);
    }
    line
}

fn words(end: &End, settled_at: Option<Timestamp>, zone: &TimeZone) -> String {
    let verb = if SENT.contains(&end.kind.as_str()) { "sent" } else { "done" };
    match &end.state {
        EndState::Leaves(at) if settled_at.is_none_or(|settled| *at <= settled) => "on its way".to_owned(),
        EndState::Leaves(at) => format!("to be {verb} at {}", clock(*at, settled_at, zone)),
        EndState::Waits => "waiting for what comes before it".to_owned(),
        EndState::Done(at) => format!("{verb} {}", clock(*at, settled_at, zone)),
        EndState::Failed(why) => {
            let why: String = why.chars().take(MAX_REASON).collect();
            format!("not {verb}: {why}")
        }
        EndState::Unknown => format!("not known whether {verb}: there is a question about it"),
        EndState::TakenBack => "taken back".to_owned(),
    }
}

/// `10:42` on the day of the answer, `Wed 4 Nov, 10:42` on another one.
fn clock(at: Timestamp, settled_at: Option<Timestamp>, zone: &TimeZone) -> String {
    let local = |at: Timestamp| -> Option<Zoned> {
        jiff::Timestamp::from_millisecond(at.0).ok().map(|at| at.to_zoned(zone.clone()))
    };
    let (Some(then), settled) = (local(at), settled_at.and_then(local)) else { return String::new() };
    let same_day = settled.is_some_and(|settled| settled.date() == then.date());
    let form = if same_day { "%H:%M" } else { "%a %-d %b, %H:%M" };
    then.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use skillhost_engine::approval::ItemAnswer;
    use skillhost_engine::card::CardPart;

    /// 09:00 in Zurich, on a Tuesday.
    const SETTLED: Timestamp = Timestamp(1_793_692_800_000);

    fn card(parts: &[&str]) -> Card {
        let part = |id: &&str| CardPart {
            id: (*id).to_owned(),
            label: format!("Label of {id}"),
            detail: None,
            marked: false,
            effects: Vec::new(),
        };
        Card {
            heading: "Send an email".to_owned(),
            pattern: "review".to_owned(),
            asked_by: String::new(),
            made_by: Vec::new(),
            raised_by: None,
            seal: String::new(),
            parts: parts.iter().map(part).collect(),
            comment_title: String::new(),
            comment: String::new(),
            comment_fields: Vec::new(),
            deferrable: false,
            offer_more: false,
            offer_manual: false,
        }
    }

    fn settled(status: ActionStatus, answer: Option<Answer>) -> Aftermath {
        Aftermath {
            status,
            by: Some("ada".into()),
            answer,
            edited: false,
            irrelevant: false,
            settled_at: Some(SETTLED),
            ends: Vec::new(),
            can_undo: false,
            can_ask_again: false,
            asked_again: false,
            is_over: false,
        }
    }

    fn mail(state: EndState) -> End {
        End { kind: "email.send".to_owned(), state }
    }

    fn told(of_it: &Aftermath, parts: &[&str]) -> String {
        of(of_it, &card(parts), Some("Ada Reed"), &TimeZone::get("Europe/Zurich").unwrap())
    }

    #[test]
    fn a_line_tells_who_and_what_became_of_it() {
        let yes = || Some(Answer::Approve { edits: Vec::new(), not_before: None });
        let mut approved = settled(ActionStatus::Approved, yes());
        approved.edited = true;
        let minutes = |n: i64| SETTLED.plus_ms(n * 60_000);
        for (state, words) in [
            (EndState::Leaves(minutes(30)), "to be sent at 09:30"),
            (EndState::Leaves(minutes(24 * 60)), "to be sent at Wed 4 Nov, 09:00"),
            (EndState::Leaves(SETTLED), "on its way"),
            (EndState::Done(minutes(102)), "sent 10:42"),
            (EndState::Failed("nobody is there".to_owned()), "not sent: nobody is there"),
            (EndState::TakenBack, "taken back"),
        ] {
            approved.ends = vec![mail(state)];
            assert_eq!(told(&approved, &[""]), format!("Approved by Ada Reed, with changes, {words}"));
        }
        let item = |id: &str, approve| ItemAnswer { item: id.to_owned(), approve, edits: Vec::new() };
        let some = Answer::Items { items: vec![item("a", true), item("b", true), item("c", true), item("d", false)] };
        let mut batch = settled(ActionStatus::Approved, Some(some));
        let task = |state| End { kind: "task.create".to_owned(), state };
        batch.ends = vec![
            task(EndState::Done(minutes(1))),
            task(EndState::Failed("no".to_owned())),
            task(EndState::Done(minutes(1))),
        ];
        assert_eq!(told(&batch, &["a", "b", "c", "d"]), "Approved by Ada Reed: 3 of 4, 2 done 09:01; 1 not done: no");
        let choice = Some(Answer::Choose { choice: "b".to_owned() });
        assert_eq!(told(&settled(ActionStatus::Approved, choice), &["a", "b"]), "Chosen by Ada Reed: Label of b");
    }

    #[test]
    fn a_line_tells_of_what_was_not_done_why() {
        let mut skipped = settled(ActionStatus::Skipped, Some(Answer::Skip));
        assert_eq!(told(&skipped, &[]), "Skipped by Ada Reed: nothing was done");
        skipped.irrelevant = true;
        assert_eq!(told(&skipped, &[]), "Skipped by Ada Reed as not relevant: nothing was done");
        let manual = settled(ActionStatus::Skipped, Some(Answer::Manual));
        assert_eq!(told(&manual, &[]), "Ada Reed takes care of it: nothing was done");
        let more = settled(ActionStatus::Skipped, Some(Answer::More));
        assert_eq!(told(&more, &[]), "Others were asked for by Ada Reed");
        let cancelled = settled(ActionStatus::Cancelled, Some(Answer::Cancel));
        assert_eq!(told(&cancelled, &[]), "Cancelled by Ada Reed: the job was ended");
        let mut expired = settled(ActionStatus::Expired, None);
        expired.can_ask_again = true;
        let start = "Expired: nobody answered in time, and nothing was done";
        assert_eq!(told(&expired, &[]), start);
        (expired.can_ask_again, expired.asked_again) = (false, true);
        assert_eq!(told(&expired, &[]), format!("{start}. It was asked again"));
        (expired.asked_again, expired.is_over) = (false, true);
        assert!(told(&expired, &[]).ends_with("retry the job to be asked again"));
    }
}

//! What the deal itself asks for.

use meeting_record::{days_until, first_name};

use crate::Facts;
use crate::ranking::{Candidate, NextAction, Priority};

/// No next meeting.
const NO_MEETING: i64 = 85;
/// The close date has passed.
const CLOSE_PASSED: i64 = 78;
/// An older task is late.
const LATE_TASK: i64 = 72;
/// A good call without a deal.
const NO_DEAL: i64 = 58;
/// Least aggregate at which a call without a deal deserves one.
const WORTH_A_DEAL: f64 = 0.3;

pub(crate) fn collect(facts: &Facts, into: &mut Vec<Candidate>) {
    let contact = facts.contact.as_ref().map_or("the prospect", |contact| first_name(&contact.name));
    let mut push =
        |weight: i64, days: Option<i64>, priority: Priority, action: String, why: String, due: Option<String>| {
            into.push(Candidate {
                weight,
                days,
                action: NextAction {
                    action,
                    why,
                    owner: facts.user.name.clone(),
                    due,
                    priority,
                    related_intent: None,
                    quote: None,
                },
            });
        };
    let open = facts.deal.as_ref().filter(|deal| deal.open);
    if facts.heard && !facts.has_next_meeting() && open.is_some() {
        let stage = open.map_or("", |deal| deal.stage.as_str());
        push(
            NO_MEETING,
            None,
            Priority::High,
            format!("Offer {contact} times for the next conversation"),
            format!("The call ended without a next meeting, in stage “{stage}”"),
            None,
        );
    }
    if let Some(deal) = open
        && let Some(days) = days_until(deal.close_date.as_deref(), facts.now)
        && days < 0
    {
        let day = deal.close_date.clone().unwrap_or_default();
        push(
            CLOSE_PASSED,
            None,
            Priority::Normal,
            format!("Set a new close date for “{}”", deal.name),
            format!("Its close date, {day}, has passed"),
            None,
        );
    }
    for task in facts.tasks.iter().filter(|task| task.status == "open") {
        let days = days_until(task.due.as_deref(), facts.now);
        if days.is_some_and(|days| days < 0) {
            let due = task.due.clone().unwrap_or_default();
            push(
                LATE_TASK,
                days,
                Priority::High,
                task.title.clone(),
                format!("An open task of this deal was due on {due}"),
                task.due.clone(),
            );
        }
    }
    if facts.deal.is_none()
        && facts.intents.aggregate_score > WORTH_A_DEAL
        && let Some(contact) = &facts.contact
    {
        push(
            NO_DEAL,
            None,
            Priority::Normal,
            format!("Open a deal for {}", contact.name),
            "The signals of the call are good and there is no open deal".to_owned(),
            None,
        );
    }
}

//! What the signals ask for. One action a kind, about the surest words.

use meeting_record::{Signal, first_name, reason};

use crate::Facts;
use crate::ranking::{Candidate, MAX_LINE, NextAction, Priority};

/// A signal less sure than this asks for nothing: a wrong advice costs more
/// than a missed one.
const SURE: f64 = 0.7;
/// A worry about money.
const MONEY: i64 = 90;
/// Another objection.
const OBJECTION: i64 = 80;
/// Another vendor.
const COMPETITOR: i64 = 75;
/// Somebody else decides.
const DECIDER: i64 = 65;
/// A date that drives them.
const TIMELINE: i64 = 55;

pub(crate) fn collect(facts: &Facts, into: &mut Vec<Candidate>) {
    let contact = facts.contact.as_ref().map_or("the prospect", |contact| first_name(&contact.name));
    let surest = |kind: &str, keep: fn(&Signal) -> bool| {
        facts.intents.signals(kind, SURE).into_iter().find(|signal| keep(signal))
    };
    let mut push = |signal: &Signal, weight: i64, priority: Priority, action: String, why: &str| {
        into.push(Candidate {
            weight,
            days: None,
            action: NextAction {
                action,
                why: reason(why, &signal.phrase, MAX_LINE),
                owner: facts.user.name.clone(),
                due: None,
                priority,
                related_intent: Some(signal.signal.clone()),
                quote: Some(signal.phrase.clone()),
            },
        });
    };

    if let Some(signal) = surest("budget", Signal::is_negative) {
        let action = format!("Talk with {contact} about the budget before anything with a price goes out");
        push(signal, MONEY, Priority::High, action, "Money was named as a problem");
    }
    if let Some(signal) = surest("objection", |signal| !signal.is_positive()) {
        let action = format!("Answer {contact}’s worry in the follow-up");
        push(signal, OBJECTION, Priority::High, action, "It was raised as an objection");
    }
    if let Some(signal) = surest("competition", |_| true) {
        let action = format!("Find out what {contact} compares us by, and write the differences down");
        push(signal, COMPETITOR, Priority::Normal, action, &signal.why(&[contact, &facts.user.name]));
    }
    let introduced =
        facts.intents.commitments.iter().any(|said| said.is_theirs() && said.is_about("make_introduction"));
    let decider = surest("multi_stakeholder", |_| true).or_else(|| surest("authority", |signal| !signal.is_negative()));
    if let Some(signal) = decider
        && !introduced
    {
        let action = format!("Ask {contact} for a conversation with the others who decide");
        push(signal, DECIDER, Priority::Normal, action, &signal.why(&[]));
    }
    if let Some(signal) = surest("timeline", |signal| !signal.is_negative()) {
        let close = facts.deal.as_ref().and_then(|deal| deal.close_date.as_deref());
        let action = match close {
            Some(day) => format!("Check the deal’s close date {day} against {contact}’s date"),
            None => format!("Set the deal’s close date by {contact}’s date"),
        };
        if facts.deal.is_some() {
            push(signal, TIMELINE, Priority::Normal, action, "A date drives them");
        }
    }
}

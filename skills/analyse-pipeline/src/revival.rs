//! Which stale deals are revived now.

use briefing_record::RepClock;
use deal_risk::Assessed;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use skillhost_sdk::context::{self, Query};
use skillhost_sdk::sources::Deal;
use skillhost_sdk::{Failure, Optional};

/// A deal that was suggested is left alone for so long: whoever skipped the draft
/// does not want it again tomorrow.
const AGAIN_AFTER_DAYS: i64 = 14;
/// The deal's own field with the day it was last suggested.
const QUEUED_ON: &str = "revival_queued_on";
/// Most records that are looked at: those suggested in the last 14 days, three a
/// day, and some more.
const MAX_LOOKED_AT: usize = 60;
/// Records read at the same time.
const AT_ONCE: usize = 10;
/// Most deals that are named as passed over.
const MAX_PASSED: usize = 25;

/// A stale deal that is not revived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Passed {
    /// The deal.
    pub deal_id: String,
    /// `meeting_ahead`, `no_contact`, `suggested_lately`, `not_readable` or `later`.
    pub why: String,
}

/// What was decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) revived: Vec<Assessed>,
    pub(crate) passed: Vec<Passed>,
}

/// The first `at_most` of the stale deals, which come worst first.
pub(crate) fn choose(stale: &[Assessed], at_most: usize, clock: &RepClock) -> Result<Choice, Failure> {
    let mut choice = Choice::default();
    let pass = |deal: &Assessed, why: &str, passed: &mut Vec<Passed>| {
        if passed.len() < MAX_PASSED {
            passed.push(Passed { deal_id: deal.deal_id.clone(), why: why.to_owned() });
        }
    };
    let mut candidates: Vec<&Assessed> = Vec::new();
    for deal in stale {
        if deal.next_meeting_at.is_some() {
            pass(deal, "meeting_ahead", &mut choice.passed);
        } else if deal.contacts == 0 {
            pass(deal, "no_contact", &mut choice.passed);
        } else {
            candidates.push(deal);
        }
    }
    let mut looked_at = 0;
    for some in candidates.chunks(AT_ONCE) {
        if choice.revived.len() >= at_most || looked_at >= MAX_LOOKED_AT {
            for deal in some {
                pass(deal, "later", &mut choice.passed);
            }
            continue;
        }
        looked_at += some.len();
        let queries: Vec<Query> =
            some.iter().map(|deal| Query::new("deal", json!({"deal_id": deal.deal_id}))).collect();
        for (deal, answer) in some.iter().zip(context::read_all::<Deal>(&queries)) {
            let record = answer.optional()?;
            match record.map(|read| suggested_lately(&read.value, clock)) {
                None => pass(deal, "not_readable", &mut choice.passed),
                Some(true) => pass(deal, "suggested_lately", &mut choice.passed),
                Some(false) if choice.revived.len() >= at_most => pass(deal, "later", &mut choice.passed),
                Some(false) => choice.revived.push((*deal).clone()),
            }
        }
    }
    Ok(choice)
}

fn suggested_lately(deal: &Deal, clock: &RepClock) -> bool {
    deal.fields
        .get(QUEUED_ON)
        .and_then(Value::as_str)
        .and_then(|day| clock.days_to(day))
        .is_some_and(|days| days > -AGAIN_AFTER_DAYS)
}

/// Payload of the event, each number with it.
pub(crate) fn payload(deal: &Assessed) -> Value {
    json!({
        "deal_id": deal.deal_id,
        "deal_name": deal.name,
        "company": deal.company,
        "stage": deal.stage,
        "amount": deal.amount,
        "quiet_days": deal.quiet_days,
        "last_activity_at": deal.last_activity_at,
        "close_date": deal.close_date,
        "days_to_close": deal.days_to_close,
        "points": deal.points,
        "reasons": deal.reasons.iter().map(|reason| format!("{:+} {}", reason.points, reason.text)).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;

    #[test]
    fn a_deal_rests_for_fourteen_days() {
        let clock = RepClock::new(NOW, "UTC");
        for (day, lately) in [
            (json!("2026-11-22"), true),
            (json!("2026-11-09"), true),
            (json!("2026-11-08"), false),
            (json!("2027-01-01"), true),
            (json!("never"), false),
            (json!(7), false),
        ] {
            let fields = [(QUEUED_ON.to_owned(), day.clone())].into_iter().collect();
            assert_eq!(suggested_lately(&Deal { fields, ..Deal::default() }, &clock), lately, "{day}");
        }
        assert!(!suggested_lately(&Deal::default(), &clock));
    }

    #[test]
    fn without_records_to_read_nothing_is_revived() {
        let clock = RepClock::new(NOW, "UTC");
        let deal = |id: &str, contacts, meeting: Option<&str>| Assessed {
            deal_id: id.to_owned(),
            contacts,
            next_meeting_at: meeting.map(str::to_owned),
            ..Assessed::default()
        };
        let stale = [deal("a", 0, None), deal("b", 1, Some("2026-11-25T09:00:00.000Z"))];
        let told = |stale: &[Assessed], at_most| {
            choose(stale, at_most, &clock)
                .map(|choice| choice.passed.into_iter().map(|passed| (passed.deal_id, passed.why)).collect::<Vec<_>>())
        };
        let passed = |id: &str, why: &str| (id.to_owned(), why.to_owned());
        assert_eq!(told(&stale, 3), Ok(vec![passed("a", "no_contact"), passed("b", "meeting_ahead")]));
        assert_eq!(told(&[deal("c", 1, None)], 0), Ok(vec![passed("c", "later")]));
        // No door is open here: what cannot be read for now fails the run, to be tried again.
        assert!(told(&[deal("c", 1, None)], 1).is_err());
    }
}

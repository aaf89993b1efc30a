//! Which events follow from a mail. They are suggestions; the sequence admits them.
//! Payloads name ids, never words.

use mail_reading::{Class, Reading};
use serde_json::{Value, json};
use skillhost_sdk::FollowUp;
use skillhost_sdk::sources::{day_ms, instant_ms};

use crate::input::{Input, Matched};

/// Only what was said plainly starts something.
const PLAIN: f64 = 0.75;

/// The events.
pub(crate) fn of(input: &Input, reading: &Reading, matched: &Matched, now: i64) -> Vec<FollowUp> {
    if reading.confidence < PLAIN {
        return Vec::new();
    }
    let payload = |intent: &str, deadline: Option<&str>| -> Value {
        json!({
            "email_id": input.email_id,
            "thread_id": input.thread_id,
            "contact_id": matched.contact_id,
            "deal_id": matched.deal_id,
            "intent": intent,
            "deadline": deadline,
            "confidence": reading.confidence,
        })
    };
    let first_deadline = reading.asks.iter().find_map(|ask| ask.deadline.as_deref());
    match reading.class {
        Class::MeetingRequest if reading.wants_a_time() => {
            let date = reading.meeting.as_ref().and_then(|ask| ask.date.as_deref());
            vec![FollowUp::new("calendar-find-times", "calendar_find_times", payload("schedule_meeting", date))]
        }
        Class::ProposalRequest => {
            vec![FollowUp::new("proposal-generation", "proposal_generation", payload("send_proposal", first_deadline))]
        }
        Class::NegativeReply => {
            let day = reading.later.as_ref().and_then(|later| later.date.as_deref());
            let at = day.and_then(|day| instant_ms(day).or_else(|| day_ms(day))).filter(|at| *at > now);
            let reminder = |at| {
                FollowUp::new("followup-reminder", "followup_reminder", payload("prospect_followup", day))
                    .not_before(at)
            };
            at.map(reminder).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

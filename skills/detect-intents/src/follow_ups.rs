//! Which events follow from what was found. They are suggestions; the sequence
//! admits them. Payloads name ids and turns, never words.

use meeting_source::{Loaded, MeetingInput};
use serde_json::{Value, json};
use skillhost_language::AUTOMATED;
use skillhost_sdk::FollowUp;
use skillhost_sdk::sources::Side;

use crate::findings::Findings;
use crate::output::Said;

/// The event that a promise or request suggests.
fn event_for(said: &Said, is_request: bool) -> Option<&'static str> {
    match (said.speaker, said.intent.as_str(), is_request) {
        (Side::Rep, "send_proposal", false) => Some("proposal_generation"),
        (_, "schedule_meeting", false) | (_, "meeting", true) => Some("calendar_find_times"),
        (Side::Rep, "send_content", false) | (Side::Prospect, "content", true) => Some("content_retrieval"),
        (Side::Rep, "send_pricing", false) | (Side::Prospect, "pricing", true) => Some("pricing_retrieval"),
        // Whoever asks at home by a day owes the answer by then.
        (Side::Prospect, "prospect_followup" | "check_internally", false) if said.deadline.is_some() => {
            Some("followup_reminder")
        }
        _ => None,
    }
}

/// One event of each type, for the surest finding of it.
pub(crate) fn suggest(meeting: &Loaded, input: &MeetingInput, findings: &Findings) -> Vec<FollowUp> {
    let output = &findings.output;
    let mut found: Vec<(&'static str, &Said)> = Vec::new();
    let candidates =
        output.commitments.iter().map(|said| (said, false)).chain(output.requests.iter().map(|said| (said, true)));
    for (said, is_request) in candidates {
        let Some(event) = event_for(said, is_request).filter(|_| said.confidence >= AUTOMATED) else { continue };
        match found.iter_mut().find(|(known, _)| *known == event) {
            Some((_, earlier)) if earlier.confidence < said.confidence => *earlier = said,
            Some(_) => {}
            None => found.push((event, said)),
        }
    }
    let ids = json!({
        "contact_id": meeting.contact_id(input),
        "deal_id": meeting.deal_id(input),
        "meeting_id": meeting.meeting_id(input),
        "transcript_id": meeting.transcript_id,
    });
    let payload = |extra: Value| {
        let mut payload = ids.clone();
        if let (Some(object), Value::Object(extra)) = (payload.as_object_mut(), extra) {
            object.extend(extra);
        }
        payload
    };
    let mut out: Vec<FollowUp> = Vec::new();
    for (event, said) in found {
        let body = payload(json!({
            "intent": said.intent,
            "phrase_turn": said.turn,
            "deadline": said.deadline,
            "confidence": said.confidence,
        }));
        let mut follow_up = FollowUp::new(event.replace('_', "-"), event, body);
        if event == "followup_reminder"
            && let Some(at) = said.deadline.as_deref().and_then(|deadline| due_ms(meeting, deadline))
        {
            follow_up = follow_up.not_before(at);
        }
        out.push(follow_up);
    }
    if let Some(signal) = output.buying_signals.iter().find(|s| s.signal == "competition" && s.confidence >= AUTOMATED)
    {
        let body = payload(json!({
            "intent": "competition",
            "phrase_turn": signal.turn,
            "confidence": signal.confidence,
        }));
        out.push(FollowUp::new("competitive-research", "competitive_research", body));
    }
    out
}

/// The last moment of a deadline as it is written in the report.
fn due_ms(meeting: &Loaded, deadline: &str) -> Option<i64> {
    match deadline.len() {
        10 => meeting.anchor.end_of_day_ms(deadline),
        _ => skillhost_sdk::sources::instant_ms(deadline),
    }
}

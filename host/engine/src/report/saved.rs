//! Minutes that a person spends on what was done for them: what reps say of doing each by
//! hand, at the low end. An assumption, which `docs/report.md` states; a survey is the
//! measure.

use super::Done;

/// Minutes of an effect, by event type and kind; of any other event where the type is
/// empty. The first that fits counts.
const MINUTES: [(&str, &str, f64); 17] = [
    // A proposal that is chosen, filled in and written, with its cover.
    ("proposal_generation", "email.send", 40.0),
    // Why a deal stands still, what happened there since, and a mail that names it.
    ("stale_deal_revival", "email.send", 15.0),
    // The right document or price, found and sent.
    ("content_retrieval", "email.send", 10.0),
    ("pricing_retrieval", "email.send", 10.0),
    // Two calendars compared, and times written down.
    ("calendar_find_times", "email.send", 10.0),
    // Replies, follow-ups, nudges, answers of campaigns.
    ("", "email.send", 8.0),
    ("", "calendar.invite", 5.0),
    // What is read up before a meeting, a day, a week, or about a rival.
    ("pre_meeting_90min", "chat.post", 15.0),
    ("morning_brief", "chat.post", 10.0),
    ("campaign_check", "chat.post", 10.0),
    ("coaching_digest", "chat.post", 10.0),
    ("competitive_research", "chat.post", 10.0),
    ("meeting_ended", "chat.post", 3.0),
    ("", "crm.log_activity", 2.0),
    ("", "crm.update_fields", 2.0),
    ("", "crm.create_contact", 2.0),
    ("", "task.create", 1.0),
];

/// Minutes of what was done.
pub(super) fn minutes(done: &Done) -> f64 {
    let fits =
        |(event, kind, _): &&(&str, &str, f64)| (event.is_empty() || *event == done.event_type) && *kind == done.kind;
    MINUTES.iter().find(fits).map_or(0.0, |(_, _, each)| each * done.count as f64)
}

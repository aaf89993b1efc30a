//! Mail that was sent to many, or by a machine to nobody in particular.

use crate::mail::Mail;

/// Local parts that nobody reads.
const NOBODY: [&str; 14] = [
    "no-reply",
    "noreply",
    "do-not-reply",
    "donotreply",
    "no_reply",
    "notifications",
    "notification",
    "newsletter",
    "alerts",
    "alert",
    "robot",
    "automailer",
    "calendar-notification",
    "news",
];

/// How calendars name their letters, before the title.
const CALENDAR_ACCEPTED: [&str; 4] = ["accepted:", "tentatively accepted:", "tentative:", "zugesagt:"];
const CALENDAR_DECLINED: [&str; 3] = ["declined:", "canceled event:", "cancelled event:"];

/// Why nobody waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bulk {
    /// A list or a mailing.
    List,
    /// A sender that reads nothing.
    Nobody,
    /// A calendar says yes.
    Accepted,
    /// A calendar says no.
    Declined,
}

/// "We are updating our terms of service": a supplier tells all its customers.
fn is_legal_notice(subject: &str) -> bool {
    const PAPERS: [&str; 7] = [
        "terms of service",
        "terms of use",
        "privacy policy",
        "privacy notice",
        "user agreement",
        "terms & conditions",
        "terms and conditions",
    ];
    const CHANGES: [&str; 5] = ["updating our", "updates to our", "changes to our", "update to our", "changing our"];
    PAPERS.iter().any(|paper| subject.contains(paper)) && CHANGES.iter().any(|change| subject.contains(change))
}

/// Whether a mail is one of many.
pub(crate) fn bulk(mail: &Mail<'_>) -> Option<Bulk> {
    let subject = mail.subject.trim().to_lowercase();
    if CALENDAR_DECLINED.iter().any(|words| subject.starts_with(words)) {
        return Some(Bulk::Declined);
    }
    if CALENDAR_ACCEPTED.iter().any(|words| subject.starts_with(words)) {
        return Some(Bulk::Accepted);
    }
    let local = mail.from.split('@').next().unwrap_or_default().to_lowercase();
    if NOBODY.contains(&local.as_str()) || local.starts_with("no-reply") || local.starts_with("noreply") {
        return Some(Bulk::Nobody);
    }
    // A notice whose answers go to nobody.
    let reply_to = mail.header("reply-to");
    if ["no-reply", "noreply", "do-not-reply", "donotreply", "no_reply"].iter().any(|nobody| reply_to.contains(nobody))
    {
        return Some(Bulk::Nobody);
    }
    if is_legal_notice(&subject) {
        return Some(Bulk::List);
    }
    let listed = ["list-unsubscribe", "list-id", "feedback-id"].iter().any(|name| !mail.header(name).is_empty())
        || matches!(mail.header("precedence").as_str(), "bulk" | "list" | "junk");
    // A person may answer us through a list or a mailing tool.
    (listed && !mail.answers).then_some(Bulk::List)
}

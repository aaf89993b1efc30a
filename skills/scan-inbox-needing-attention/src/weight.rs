//! How urgent a mail is.

use briefing_record::RepClock;
use skillhost_sdk::address::is_at;
use skillhost_sdk::sources::InboxEntry;

use crate::wanted::Wanted;

/// Wanted within so long it is urgent.
const SOON_MS: i64 = 2 * 86_400_000;
/// Waits longer than this.
const WAITS_DAYS: i64 = 1;

/// What the weight looks at beside the mail.
pub(crate) struct About<'a> {
    pub(crate) domains: &'a [String],
    pub(crate) me: &'a str,
    pub(crate) clock: &'a RepClock,
}

/// The score and its points, each with its reason.
pub(crate) fn of(mail: &InboxEntry, wanted: &Wanted, about: &About<'_>) -> (i64, Vec<String>) {
    let mut points: Vec<(i64, &str)> = vec![match wanted.kind {
        "proposal_request" => (50, "asks for a proposal"),
        "meeting_request" => (45, "asks for a meeting"),
        "positive_reply" => (45, "answers with interest"),
        "needs_response" => (40, "waits for an answer"),
        "bounce" => (40, "your mail did not arrive"),
        "request" => (40, "asks for something"),
        "negative_reply" => (35, "says no"),
        "reply" => (35, "answers on a deal"),
        _ => (35, "asks a question"),
    }];
    if mail.deal_id.is_some() && wanted.kind != "reply" {
        points.push((15, "about a deal"));
    }
    if mail.contact_id.is_some() {
        points.push((5, "from a contact"));
    }
    let now = about.clock.now_ms();
    if wanted.due_at.is_some_and(|at| at - now <= SOON_MS) {
        points.push((15, "wanted within two days"));
    }
    if about.clock.whole_days_since(&mail.at).is_some_and(|days| days >= WAITS_DAYS) {
        points.push((5, "waits for more than a day"));
    }
    if is_at(&mail.from, about.domains) && wanted.kind != "bounce" {
        points.push((-15, "from a colleague"));
    }
    let is_me = |address: &String| !about.me.is_empty() && address.eq_ignore_ascii_case(about.me);
    if !mail.to.iter().any(is_me) && mail.cc.iter().any(is_me) {
        points.push((-20, "you are in copy"));
    }
    (points.iter().map(|(points, _)| points).sum(), points.iter().map(|(n, why)| format!("{n:+} {why}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_sum_of_its_points() {
        let clock = RepClock::new(1_795_334_400_000, "UTC");
        let domains = ["acme.test".to_owned()];
        let about = About { domains: &domains, me: "ada@acme.test", clock: &clock };
        let mail = InboxEntry {
            from: "jon@mail.acme.test".to_owned(),
            cc: vec!["Ada@acme.test".to_owned()],
            at: "2026-11-20T09:00:00.000Z".to_owned(),
            deal_id: Some("d1".to_owned()),
            ..InboxEntry::default()
        };
        let (score, points) = of(&mail, &Wanted { kind: "question", ..Wanted::default() }, &about);
        assert_eq!(score, 35 + 15 + 5 - 15 - 20);
        assert_eq!(points.len(), 5);
    }
}

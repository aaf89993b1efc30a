//! The conversation a mail goes on with.

use meeting_record::one_line;
use skillhost_sdk::sources::{EmailEntry, instant_ms};

/// A conversation older than this is over: three weeks.
const GOES_ON_MS: i64 = 21 * 86_400_000;

/// A subject that continues a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// `Re: …`.
    pub subject: String,
    /// The mail it answers.
    pub answers: String,
}

impl Running {
    /// The last conversation with a contact, unless it is over or about another
    /// deal. `emails` are newest first.
    pub fn of(emails: &[EmailEntry], deal_id: Option<&str>, now_ms: i64) -> Option<Self> {
        let mail = emails.first()?;
        let same_deal = mail.deal_id.is_none() || deal_id.is_none() || mail.deal_id.as_deref() == deal_id;
        let recent = instant_ms(&mail.at).is_some_and(|at| (0..=GOES_ON_MS).contains(&(now_ms - at)));
        let subject = one_line(&mail.subject);
        if !(same_deal && recent) || subject.is_empty() {
            return None;
        }
        let is_reply = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        let subject = if is_reply { subject } else { format!("Re: {subject}") };
        Some(Self { subject, answers: mail.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T15:00:00Z.
    const NOW: i64 = 1_795_186_800_000;

    fn subject(at: &str, subject: &str, deal: Option<&str>) -> Option<String> {
        let mail = EmailEntry {
            id: "e1".to_owned(),
            at: at.to_owned(),
            subject: subject.to_owned(),
            deal_id: deal.map(str::to_owned),
            ..EmailEntry::default()
        };
        Running::of(&[mail], Some("d1"), NOW).map(|running| running.subject)
    }

    #[test]
    fn a_recent_conversation_goes_on() {
        let recent = "2026-11-10T09:00:00.000Z";
        assert_eq!(subject(recent, "Plan", None).as_deref(), Some("Re: Plan"));
        assert_eq!(subject(recent, "RE: Plan", Some("d1")).as_deref(), Some("RE: Plan"));
        for (at, text, deal) in [
            (recent, "Plan", Some("d2")),
            (recent, " ", None),
            ("2026-10-01T09:00:00.000Z", "Plan", None),
            ("2026-12-01T09:00:00.000Z", "Plan", None),
            ("soon", "Plan", None),
        ] {
            assert_eq!(subject(at, text, deal), None, "{at} {text}");
        }
        assert_eq!(Running::of(&[], None, NOW), None);
    }
}

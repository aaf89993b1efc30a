//! Mails that no person wrote.
//!
//! Headers come before words: RFC 3834 for answers of machines, RFC 3464 for
//! delivery reports. A report that quotes an absence is a report.

use std::collections::BTreeMap;

use skillhost_sdk::sources::CampaignReply;

/// What a machine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// It did not arrive.
    Bounce {
        /// It never will.
        hard: bool,
        /// Which header or word says so.
        by: String,
    },
    /// They are away, or a robot says thank you.
    Automatic {
        /// Which header or word says so.
        by: String,
        /// Whether it speaks of an absence.
        away: bool,
    },
}

/// Senders of delivery reports.
const POSTMASTERS: [&str; 5] = ["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "bounce"];
/// Subjects of delivery reports, where headers are not known.
const REPORTS: [&str; 10] = [
    "undeliver",
    "delivery status notification",
    "mail delivery failed",
    "failure notice",
    "returned mail",
    "delivery failure",
    "delivery has failed",
    "could not be delivered",
    "message not delivered",
    "unzustellbar",
];
/// Subjects of absences.
const ABSENCES: [&str; 10] = [
    "automatic reply",
    "autoreply",
    "auto-reply",
    "auto reply",
    "out of office",
    "out of the office",
    "ooo:",
    "abwesend",
    "abwesenheit",
    "réponse automatique",
];
/// Words of an absence in a machine's mail.
const AWAY: [&str; 9] = [
    "out of office",
    "out of the office",
    "on vacation",
    "on leave",
    "annual leave",
    "on holiday",
    "currently away",
    "away from",
    "back on",
];
/// Signs that it will never arrive; others are tried again.
const HARD: [&str; 9] = [
    "550",
    "5.1.1",
    "5.1.0",
    "5.4.1",
    "user unknown",
    "does not exist",
    "no such user",
    "unknown recipient",
    "address rejected",
];
/// Signs that it may arrive later.
const SOFT: [&str; 6] = ["4.2.2", "4.4.1", "mailbox full", "quota", "temporarily", "try again later"];

fn header<'a>(headers: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// What a machine says, if one wrote it.
pub(crate) fn of(reply: &CampaignReply) -> Option<Machine> {
    let subject = reply.subject.trim().to_lowercase();
    let text = reply.text.to_lowercase();
    let report = report(reply, &subject);
    if let Some(by) = report {
        let soft = SOFT.iter().any(|sign| text.contains(sign));
        let hard = HARD.iter().any(|sign| text.contains(sign)) && !soft;
        return Some(Machine::Bounce { hard, by });
    }
    let away = AWAY.iter().any(|sign| text.contains(sign) || subject.contains(sign)) || starts(&subject, &ABSENCES);
    let by = automatic(&reply.headers).or_else(|| {
        starts(&subject, &ABSENCES)
            .then(|| format!("the subject begins as an automatic one (“{}”)", reply.subject.trim()))
    })?;
    Some(Machine::Automatic { by, away })
}

fn starts(subject: &str, words: &[&str]) -> bool {
    // "Re:" stands before a person's answer.
    words.iter().any(|word| subject.starts_with(word))
}

fn report(reply: &CampaignReply, subject: &str) -> Option<String> {
    if header(&reply.headers, "x-failed-recipients").is_some() {
        return Some("the header X-Failed-Recipients".to_owned());
    }
    let kind = header(&reply.headers, "content-type").unwrap_or_default().to_lowercase();
    if kind.starts_with("multipart/report") && !kind.contains("disposition-notification") {
        return Some("it is a delivery report by its content type".to_owned());
    }
    let local = reply.from.split('@').next().unwrap_or_default().to_lowercase();
    let names_report = REPORTS.iter().any(|words| subject.contains(words));
    if POSTMASTERS.iter().any(|name| local == *name || local.starts_with(&format!("{name}+"))) {
        return Some(format!("it comes from {local}"));
    }
    let no_path = header(&reply.headers, "return-path") == Some("<>");
    (no_path && names_report).then(|| "its return path is empty, and its subject is a report's".to_owned())
}

fn automatic(headers: &BTreeMap<String, String>) -> Option<String> {
    let is = |name: &str, words: &[&str]| {
        header(headers, name).is_some_and(|value| words.iter().any(|word| value.to_lowercase().starts_with(word)))
    };
    if header(headers, "auto-submitted").is_some_and(|value| !value.to_lowercase().starts_with("no")) {
        return Some("the header Auto-Submitted".to_owned());
    }
    if header(headers, "x-autoreply").is_some_and(|value| !value.eq_ignore_ascii_case("no")) {
        return Some("the header X-Autoreply".to_owned());
    }
    if is("precedence", &["auto_reply", "bulk", "junk"]) {
        return Some("the header Precedence".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(from: &str, subject: &str, text: &str, headers: &[(&str, &str)]) -> CampaignReply {
        CampaignReply {
            from: from.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            headers: headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ..CampaignReply::default()
        }
    }

    #[test]
    fn a_report_is_never_an_absence() {
        let quoted = "550 5.1.1 user unknown. Their reply was: I am out of office until Monday.";
        for found in [
            of(&reply("mailer-daemon@mx.test", "Out of office", quoted, &[("auto-submitted", "auto-replied")])),
            of(&reply("x@y.test", "Hi", quoted, &[("x-failed-recipients", "jo@globex.test")])),
            of(&reply("x@y.test", "Hi", quoted, &[("content-type", "multipart/report; report-type=delivery-status")])),
            of(&reply("x@y.test", "Undeliverable: Hi", quoted, &[("return-path", "<>")])),
        ] {
            assert!(matches!(found, Some(Machine::Bounce { hard: true, .. })), "{found:?}");
        }
        let full = of(&reply("postmaster@y.test", "Undeliverable", "550 mailbox full, try again later", &[]));
        assert!(matches!(full, Some(Machine::Bounce { hard: false, .. })), "{full:?}");
    }

    #[test]
    fn an_absence_is_known_by_its_headers_first() {
        for found in [
            of(&reply("jo@globex.test", "Re: Docks", "I am on vacation.", &[("auto-submitted", "auto-replied")])),
            of(&reply("jo@globex.test", "Automatic reply: Docks", "See you.", &[])),
            of(&reply("jo@globex.test", "Re: Docks", "Out of office until May.", &[("precedence", "auto_reply")])),
        ] {
            assert!(matches!(found, Some(Machine::Automatic { away: true, .. })), "{found:?}");
        }
        let robot =
            of(&reply("help@globex.test", "Ticket 7", "We got your mail.", &[("auto-submitted", "auto-generated")]));
        assert!(matches!(robot, Some(Machine::Automatic { away: false, .. })), "{robot:?}");
    }

    #[test]
    fn a_person_is_no_machine() {
        for found in [
            of(&reply("jo@globex.test", "Re: Docks", "I was out of office last week, but yes.", &[])),
            of(&reply("jo@globex.test", "Re: out of office tools", "Fine.", &[("auto-submitted", "no")])),
            of(&reply("bouncer@globex.test", "Re: Docks", "Fine.", &[])),
        ] {
            assert_eq!(found, None);
        }
    }
}

//! A mail of ours that did not arrive: delivery reports (RFC 3464) and the letters
//! of servers that write none.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::mail::{addresses, domain_of};
use skillhost_language::{Pattern, any, table, tokens};

use crate::mail::Mail;

/// Most addresses that are told; a report has one, a list's perhaps more.
const MAX_FAILED: usize = 20;
/// Longest body that is looked at, bytes: what follows is our own mail.
const MAX_LOOKED_AT: usize = 16 * 1024;

/// Whether it will ever arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BounceKind {
    /// Never: the address is dead or refuses us.
    Hard,
    /// Perhaps later, or in another form.
    #[default]
    #[serde(other)]
    Soft,
}

/// A failed delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Bounce {
    /// The addresses that were not reached, lower case.
    pub addresses: Vec<String>,
    /// Whether they ever will be.
    pub kind: BounceKind,
    /// The enhanced status code, `5.1.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The words that say so.
    pub quote: String,
}

/// Senders that only programs have.
const DAEMONS: [&str; 5] = ["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "microsoftexchange"];

/// Subjects of such letters, in the languages that programs have.
#[rustfmt::skip]
const SUBJECTS: [&str; 22] = [
    "delivery status notification", "undeliverable", "undelivered mail", "returned mail", "failure notice",
    "mail delivery failed", "delivery failure", "mail delivery failure", "message delayed", "delivery delayed",
    "delayed mail", "mail system error", "could not be delivered", "unzustellbar", "nicht zugestellt",
    "non remis", "échec de la remise", "no se puede entregar", "non recapitabile", "onbestelbaar", "kan inte levereras",
    "não entregue",
];

const FAILED: &[&str] = &[
    "not|never be? ~2 delivered|deliver|delivery",
    "delivery ~4 failed|failure|delayed|suspended|impossible",
    "undeliverable|undelivered",
    "permanent ~2 error|failure|errors",
    "fatal errors",
    "able to deliver",
    "could not be delivered|reached|found",
    "delivered to|has not ~3",
    "no such user|recipient|mailbox|address|account",
    "user unknown|unknown user",
    "address not found",
];

/// What makes a failure final, without a code.
const FINAL: &[&str] = &[
    "user|recipient|mailbox|address|account unknown|invalid",
    "unknown|invalid|nonexistent|bad user|recipient|mailbox|address|destination",
    "no such user|recipient|mailbox|address|person|account",
    "does|do not exist",
    "no longer ~1 exists|active|valid|available",
    "not|never be? found",
    "address ~2 not found",
    "account|mailbox ~2 disabled|deactivated|closed|inactive",
    "host unknown|not found",
    "domain ~2 not ~1 found|exist",
    "permanent|permanently",
];
/// And what does not.
const PASSING: &[&str] = &[
    "full|quota",
    "temporarily|temporary|suspended",
    "delay|delayed",
    "timed|time out",
    "try|tried again|later",
    "too large|big",
    "size limit|exceeds|exceeded",
    "greylisted|greylisting|graylisted",
    "connection refused|reset|lost",
    "attempts will continue",
];

/// A refusal of us and not of the address.
const OF_US: &[&str] = &[
    "spam|blocked|blocklisted|blacklisted|blacklist|blocklist|reputation|policy|prohibited|suspicious|throttled|dmarc|spf|dkim|virus",
    "too many|much",
];
/// Replies of a server that say by themselves that there is no such mailbox (RFC 5321).
const NO_MAILBOX: [&str; 3] = ["550", "551", "553"];

struct Tables {
    of_us: Vec<Pattern>,
    failed: Vec<Pattern>,
    last: Vec<Pattern>,
    passing: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    of_us: table(OF_US),
    failed: table(FAILED),
    last: table(FINAL),
    passing: table(PASSING),
});

/// The failed delivery that a mail reports, if it is such a report.
pub(crate) fn bounce(mail: &Mail<'_>) -> Option<Bounce> {
    let content = mail.header("content-type");
    let report = content.contains("report-type=delivery-status") || content.contains("report-type=\"delivery-status\"");
    let failed = mail.header("x-failed-recipients");
    let local = mail.from.split('@').next().unwrap_or_default().to_lowercase();
    let daemon =
        DAEMONS.iter().any(|name| local.starts_with(name)) || mail.from_name.to_lowercase().contains("mail delivery s");
    let subject = mail.subject.to_lowercase();
    let told = SUBJECTS.iter().any(|words| subject.contains(words));
    let text = report_text(mail.body);
    let words = tokens(text, 0, text.len());
    let status = status(text);
    let fails = any(&TABLES.failed, &words) || status.is_some();
    let is_one = report || !failed.is_empty() || daemon && (told || fails);
    if !is_one || succeeded(text) {
        return None;
    }
    let addresses = failed_addresses(mail, &failed, text);
    let delayed = field(text, "action").is_some_and(|action| action == "delayed");
    Some(Bounce {
        kind: kind(status.as_deref(), delayed, &words),
        quote: quote(mail, text, addresses.first().map(String::as_str)),
        addresses,
        status,
    })
}

/// The server's words: what follows is our own mail.
fn report_text(body: &str) -> &str {
    /// What stands above the copy of our mail. Compared without case, so that
    /// lengths stay.
    const COPIES: [&str; 7] = [
        "original message -----",
        "below this line is a copy",
        "content-type: message/rfc822",
        "original message headers",
        "message headers follow",
        "content-type: text/rfc822-headers",
        "this is a copy of the message",
    ];
    let lower = body.to_ascii_lowercase();
    let end = COPIES.iter().filter_map(|mark| lower.find(mark)).min().unwrap_or(body.len()).min(MAX_LOOKED_AT);
    let end = (0..=end).rev().find(|end| body.is_char_boundary(*end)).unwrap_or(0);
    &body[..end]
}

/// A report that says that the mail arrived.
fn succeeded(text: &str) -> bool {
    field(text, "action").is_some_and(|action| matches!(action.as_str(), "delivered" | "relayed" | "expanded"))
}

/// A field of a delivery report, lower case.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_lowercase())
    })
}

fn failed_addresses(mail: &Mail<'_>, header: &str, text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |address: &str| {
        let address = address.to_lowercase();
        if found.len() < MAX_FAILED && !found.contains(&address) && !mail.is_own_address(&address) {
            found.push(address);
        }
    };
    for place in addresses(header) {
        add(&header[place]);
    }
    for line in text.lines().filter(|line| {
        let lower = line.trim_start().to_ascii_lowercase();
        lower.starts_with("final-recipient:") || lower.starts_with("original-recipient:")
    }) {
        for place in addresses(line) {
            add(&line[place]);
        }
    }
    if found.is_empty() {
        // The first address that is not the server's own.
        let server = domain_of(mail.from);
        let all: Vec<&str> = addresses(text).into_iter().map(|place| &text[place]).collect();
        let real = all.iter().find(|address| {
            let local = address.split('@').next().unwrap_or_default().to_lowercase();
            let generated = local.len() > 24 && local.chars().filter(char::is_ascii_digit).count() > 8;
            let server_admin = domain_of(address).eq_ignore_ascii_case(server) && local.contains("admin");
            !mail.is_own_address(address)
                && !DAEMONS.iter().any(|daemon| local.starts_with(daemon))
                && !address.eq_ignore_ascii_case(mail.from)
                && !generated
                && !server_admin
        });
        found.extend(real.map(|address| address.to_lowercase()));
    }
    found
}

/// The first enhanced status code of class 4 or 5 (RFC 3463), as the report has it.
fn status(text: &str) -> Option<String> {
    let by_field = field(text, "status").and_then(|status| code(status.split_whitespace().next()?));
    by_field.or_else(|| text.split(|c: char| c.is_whitespace() || "()[]<>,;'\"#:-".contains(c)).find_map(code))
}

fn code(word: &str) -> Option<String> {
    let word = word.trim_end_matches('.');
    let parts: Vec<&str> = word.split('.').collect();
    let [class, subject, detail] = parts.as_slice() else { return None };
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let known = matches!(*class, "4" | "5") && digits(subject, 1) && digits(detail, 3) && *subject <= "7";
    known.then(|| word.to_owned())
}

fn kind(status: Option<&str>, delayed: bool, words: &[skillhost_language::Token]) -> BounceKind {
    if delayed {
        return BounceKind::Soft;
    }
    match status {
        // A full mailbox, a mail too large: the address lives.
        Some(status) if status.starts_with("5.2.2") || status.starts_with("5.3.4") || status.starts_with("5.2.3") => {
            BounceKind::Soft
        }
        // "5.0.0" says no more than that it failed.
        Some("5.0.0") if any(&TABLES.passing, words) => BounceKind::Soft,
        Some(status) if status.starts_with('5') => BounceKind::Hard,
        Some(_) => BounceKind::Soft,
        None if any(&TABLES.passing, words) => BounceKind::Soft,
        None if any(&TABLES.last, words) => BounceKind::Hard,
        None if replied(words) && !any(&TABLES.of_us, words) => BounceKind::Hard,
        // Not known: an address is not called dead on nothing.
        None => BounceKind::Soft,
    }
}

/// Whether the server's reply is that there is no such mailbox.
fn replied(words: &[skillhost_language::Token]) -> bool {
    words.iter().any(|token| NO_MAILBOX.contains(&token.word.as_str()))
}

/// A line that says it, by preference the one with the address.
fn quote(mail: &Mail<'_>, text: &str, address: Option<&str>) -> String {
    /// Longest line that is quoted, characters.
    const MAX_QUOTE: usize = 300;
    let holds = |line: &&str| address.is_some_and(|address| line.to_lowercase().contains(address));
    let fails = |line: &&str| any(&TABLES.failed, &tokens(line, 0, line.len()));
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines
        .iter()
        .copied()
        .find(|line| holds(line) && fails(line))
        .or_else(|| lines.iter().copied().find(fails))
        .or_else(|| lines.iter().copied().find(holds))
        .unwrap_or(mail.subject.trim());
    line.chars().take(MAX_QUOTE).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.of_us, &t.failed, &t.last, &t.passing].iter().all(|table| table.iter().all(Pattern::is_well_formed))
        );
    }

    #[test]
    fn codes() {
        for (text, want) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("Status: 4.2.2 (full)", Some("4.2.2")),
            ("User's mailbox is disabled. (#5.2.1)", Some("5.2.1")),
            ("5.7.1 - Delivery not authorized", Some("5.7.1")),
            ("version 4.12.1 of 192.0.2.1, 5.9.1", None),
            ("", None),
        ] {
            assert_eq!(status(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn replies_without_an_enhanced_code() {
        for (text, want) in [
            ("550 Invalid Recipient - https://docs.test/1369#550", BounceKind::Hard),
            ("550 no mailbox here by that name", BounceKind::Hard),
            ("553 sorry, that address is not local", BounceKind::Hard),
            ("550 mailbox full", BounceKind::Soft),
            ("550 message blocked by policy, see https://docs.test", BounceKind::Soft),
            ("450 mailbox busy", BounceKind::Soft),
            ("552 quota exceeded", BounceKind::Soft),
            ("Our 5 servers could not say why", BounceKind::Soft),
        ] {
            let words = tokens(text, 0, text.len());
            assert_eq!(kind(None, false, &words), want, "{text}");
        }
    }
}

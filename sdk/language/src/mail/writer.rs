//! Whether a program wrote a mail: by its headers, and by nothing else.

use std::collections::BTreeMap;

/// Beginnings of addresses that nobody reads.
const UNREAD: [&str; 8] =
    ["no-reply", "noreply", "no.reply", "do-not-reply", "donotreply", "notifications", "notification", "mailer-daemon"];

/// Who wrote a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A person, as far as the headers say.
    Person,
    /// A program answers, or mails to many.
    Program,
    /// A mail of ours did not arrive.
    Bounce,
}

/// Whether a program answers for somebody (RFC 3834, and what came before it).
#[must_use]
pub fn answers_itself(headers: &BTreeMap<String, String>) -> bool {
    let value = |name: &str| headers.get(name).map(|value| value.trim().to_lowercase()).unwrap_or_default();
    let says = |value: String| !value.is_empty() && !value.starts_with("no");
    says(value("auto-submitted"))
        || says(value("x-autoreply"))
        || matches!(value("precedence").as_str(), "auto_reply" | "auto-reply" | "autoreply")
}

/// Who wrote it.
#[must_use]
pub fn writer(headers: &BTreeMap<String, String>, from: &str) -> Writer {
    let value = |name: &str| headers.get(name).map(|value| value.trim().to_lowercase());
    let has = |name: &str| headers.contains_key(name);
    let local = from.split('@').next().unwrap_or_default().to_lowercase();
    let report = value("content-type")
        .is_some_and(|value| value.starts_with("multipart/report") && !value.contains("disposition-notification"));
    let daemon = local == "mailer-daemon" || local == "postmaster";
    if has("x-failed-recipients") || report || daemon && value("return-path").is_some_and(|path| path == "<>") {
        return Writer::Bounce;
    }
    let automatic = answers_itself(headers);
    let bulk = value("precedence").is_some_and(|value| matches!(value.as_str(), "bulk" | "junk" | "list"));
    let listed = ["list-id", "list-unsubscribe", "feedback-id"].into_iter().any(has);
    match automatic || bulk || listed || UNREAD.iter().any(|name| local.starts_with(name)) {
        true => Writer::Program,
        false => Writer::Person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_who_wrote() {
        for (headers, from, want) in [
            (vec![], "mira@globex.test", Writer::Person),
            (vec![("auto-submitted", "no")], "mira@globex.test", Writer::Person),
            (vec![("auto-submitted", "auto-replied")], "mira@globex.test", Writer::Program),
            (vec![("x-autoreply", "no"), ("auto-submitted", "no")], "mira@globex.test", Writer::Person),
            (vec![("precedence", "auto-reply")], "mira@globex.test", Writer::Program),
            (vec![("precedence", "Bulk")], "mira@globex.test", Writer::Program),
            (vec![("list-unsubscribe", "<https://x>")], "mira@globex.test", Writer::Program),
            (vec![], "no-reply@globex.test", Writer::Program),
            (vec![("x-failed-recipients", "jo@globex.test")], "mailer-daemon@mail.test", Writer::Bounce),
            (vec![("content-type", "multipart/report; report-type=delivery-status")], "x@mail.test", Writer::Bounce),
            (
                vec![("content-type", "multipart/report; report-type=disposition-notification")],
                "mira@globex.test",
                Writer::Person,
            ),
            (vec![("return-path", "<>"), ("auto-submitted", "auto-replied")], "mira@globex.test", Writer::Program),
            (vec![("return-path", "<>")], "postmaster@mail.test", Writer::Bounce),
        ] {
            let headers: BTreeMap<String, String> =
                headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(writer(&headers, from), want, "{headers:?} {from}");
        }
    }
}

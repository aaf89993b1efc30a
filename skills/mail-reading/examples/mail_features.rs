//! Prints what the model of mails is told of labelled mails, a JSON line each.
#![allow(clippy::print_stdout)]

#[path = "../tests/families/short.rs"]
mod short;
#[path = "../tests/families/strangers.rs"]
mod strangers;

use std::collections::BTreeMap;
use std::error::Error;

use mail_reading::{Mail, read, told};
use serde::Deserialize;
use serde_json::json;
use skillhost_language::Anchor;

/// Sets that rules were written for.
const FITTED: [&str; 4] = ["emails.jsonl", "emails-held.jsonl", "emails-held-2.jsonl", "emails-held-3.jsonl"];

#[derive(Deserialize)]
struct Labelled {
    id: String,
    headers: BTreeMap<String, String>,
    from: String,
    from_name: String,
    at: String,
    subject: String,
    body: String,
    class: String,
    #[serde(default)]
    notes: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let domains = ["fernwell.example".to_owned()];
    let names = ["Fernwell".to_owned(), "Ines Calder".to_owned()];
    for path in std::env::args().skip(1) {
        for line in std::fs::read_to_string(&path)?.lines() {
            let one: Labelled = serde_json::from_str(line)?;
            let at: jiff::Timestamp = one.at.parse()?;
            let anchor = Anchor::or_utc(at.as_millisecond(), "Europe/London");
            let headers: BTreeMap<String, String> =
                one.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
            let mail = Mail {
                from: &one.from.to_lowercase(),
                from_name: &one.from_name,
                subject: &one.subject,
                body: &one.body,
                headers: &headers,
                answers: mail_reading::bare_subject(&one.subject).len() != one.subject.trim().len(),
                own_domains: &domains,
                own_names: &names,
            };
            let reading = read(&mail, &anchor);
            let (words, facts) = told(&mail, &anchor).unzip();
            let fitted = FITTED.iter().any(|name| path.ends_with(name));
            println!(
                "{}",
                json!({ "set": path, "id": one.id, "kind": one.class, "notes": one.notes, "read": reading.class.as_str(),
                        "confidence": reading.confidence, "words": words, "facts": facts, "rules_fitted": fitted })
            );
        }
    }
    let headers = BTreeMap::new();
    let anchor = Anchor::or_utc(1_795_080_600_000, "Europe/London");
    let rows = [short::MAILS, short::ORDERS, short::HALF_SAID, strangers::STRANGERS].concat();
    for (at, (class, subject, body)) in rows.into_iter().enumerate() {
        let mail = Mail {
            from: "jo@globex.example",
            from_name: "Jo Sample",
            subject,
            body,
            headers: &headers,
            answers: true,
            own_domains: &domains,
            own_names: &names,
        };
        let (words, facts) = told(&mail, &anchor).unzip();
        println!(
            "{}",
            json!({ "set": "families", "id": at, "kind": class.as_str(), "words": words, "facts": facts,
                    "rules_fitted": true })
        );
    }
    Ok(())
}

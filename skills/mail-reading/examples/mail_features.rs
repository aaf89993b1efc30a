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

/// A text as it comes to Fernwell's seller.
fn mail<'a>(
    from: (&'a str, &'a str),
    (subject, body): (&'a str, &'a str),
    headers: &'a BTreeMap<String, String>,
    us: &'a (Vec<String>, Vec<String>),
) -> Mail<'a> {
    Mail {
        from: from.0,
        from_name: from.1,
        subject,
        body,
        headers,
        answers: mail_reading::bare_subject(subject).len() != subject.trim().len(),
        own_domains: &us.0,
        own_names: &us.1,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let us = (vec!["fernwell.example".to_owned()], vec!["Fernwell".to_owned(), "Ines Calder".to_owned()]);
    for path in std::env::args().skip(1) {
        for line in std::fs::read_to_string(&path)?.lines() {
            let one: Labelled = serde_json::from_str(line)?;
            let at: jiff::Timestamp = one.at.parse()?;
            let anchor = Anchor::or_utc(at.as_millisecond(), "Europe/London");
            let headers: BTreeMap<String, String> =
                one.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
            let from = one.from.to_lowercase();
            let mail = mail((&from, &one.from_name), (&one.subject, &one.body), &headers, &us);
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
        let answering = mail(("jo@globex.example", "Jo Sample"), (subject, body), &headers, &us);
        let mail = Mail { answers: true, ..answering };
        let (words, facts) = told(&mail, &anchor).unzip();
        println!(
            "{}",
            json!({ "set": "families", "id": at, "kind": class.as_str(), "words": words, "facts": facts,
                    "rules_fitted": true })
        );
    }
    Ok(())
}

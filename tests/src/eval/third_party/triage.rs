//! `triage-*.json`: whole mails with what should be done: `respond`, or nothing but to know.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;

use super::super::call::word;
use super::super::mails::Letter;
use super::super::measure::{Measure, Share};
use super::super::report::{Part, SetReport};
use super::super::shipped::Shipped;
use super::{files, name_of, text};

const AT: &str = "2026-11-18T09:30:00.000Z";
/// Classes after which a reply is drafted, or a calendar looked at.
const ANSWERED: [&str; 4] = ["needs_response", "meeting_request", "proposal_request", "positive_reply"];

#[derive(Deserialize)]
struct Row {
    id: i64,
    email: Mail,
    triage_label: String,
}

#[derive(Deserialize)]
struct Mail {
    author: String,
    subject: String,
    email_thread: String,
}

pub(super) async fn measure(shipped: &Shipped, folder: &Path) -> anyhow::Result<Vec<SetReport>> {
    let mut sets = Vec::new();
    for path in files(folder, ".json")?.into_iter().filter(|path| name_of(path).starts_with("triage-")) {
        let rows: Vec<Row> = serde_json::from_str(&text(&path)?).with_context(|| path.display().to_string())?;
        let mut set = SetReport::new(name_of(&path), Part::ThirdParty);
        let mut right = Share::default();
        for row in &rows {
            let (name, from) = row.email.author.split_once('<').unwrap_or(("", &row.email.author));
            let id = format!("m{}", row.id);
            let letter = Letter {
                id: &id,
                from: from.trim_end_matches('>').trim(),
                from_name: name.trim(),
                at: AT,
                subject: &row.email.subject,
                body: &row.email.email_thread,
                headers: json!({}),
                is_answer: false,
            };
            let output = letter.classified(shipped).await?;
            let class = word(&output, "class");
            let fits = ANSWERED.contains(&class) == (row.triage_label == "respond");
            right.add(fits);
            if !fits {
                set.mistake(
                    &format!("{} taken for another", row.triage_label),
                    format!("{id} as {class}: {:?}, {:?}", row.email.subject, word(&output, "quote")),
                );
            }
        }
        set.count("mails", rows.len());
        set.measures = vec![Measure::share("to be answered or not", right, None)];
        sets.push(set);
    }
    Ok(sets)
}

//! Finds the mails that need the rep.
//!
//! [`wanted`] says what a mail wants, [`weight`] how urgent that is. To see one
//! more kind of mail: an arm in `wanted`, its points in `weight`.

mod wanted;
mod weight;

use briefing_record::tally::counted;
use briefing_record::{Attention, AttentionItem, Proof, Reading, RepClock, Writer, proven, writer};
use meeting_record::one_line;
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::InboxEntry;
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Most mails that are told.
const MAX_TOLD: usize = 8;
/// Least points of a mail that needs attention.
const NEEDS: i64 = 35;
/// As many mails as the source gives.
const SOURCE_GIVES: usize = 50;

/// Since when to look.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// RFC 3339; the beginning of the last working day when null.
    pub since: Option<String>,
}

/// Finds the mails that need the rep.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Attention>, Failure> {
    let clock = RepClock::of(call);
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value).unwrap_or_default();
    let user = reading.optional(context::user()).map(|read| read.value).unwrap_or_default();
    let since = match &input.since {
        Some(since) => since.clone(),
        None => RepClock::text(clock.at(clock.last_working_day(), 0)),
    };
    let read = context::inbox(Some(&since))?;
    let about = weight::About { domains: &org.domains, me: &user.email, clock: &clock };

    let mut seen: Vec<&str> = Vec::new();
    let mut items: Vec<AttentionItem> = Vec::new();
    // Newest first: an older mail of a conversation was overtaken.
    for mail in &read.value {
        if let Some(thread) = mail.thread_id.as_deref() {
            if seen.contains(&thread) {
                continue;
            }
            seen.push(thread);
        }
        let by = writer(&mail.headers, &mail.from);
        if mail.answered || by == Writer::Program {
            continue;
        }
        let Some(wanted) = wanted::of(mail, by, &clock) else { continue };
        let (score, points) = weight::of(mail, &wanted, &about);
        if score >= NEEDS {
            items.push(item(mail, wanted, score, points));
        }
    }
    items.sort_by(|a, b| (b.score, &a.at, &a.email_id).cmp(&(a.score, &b.at, &b.email_id)));

    let mut output = Attention {
        since,
        total: items.len(),
        read: read.value.len(),
        cut: read.value.len() >= SOURCE_GIVES,
        ..Attention::default()
    };
    items.truncate(MAX_TOLD);
    for item in &mut items {
        if let Some(contact) = &item.contact_id {
            item.company = Reading::quietly(context::company_of_contact(contact)).map(|read| read.value.name);
        }
    }
    let mut proofs = Vec::new();
    for (at, item) in items.iter().enumerate() {
        proofs.push(Proof::new(&read.read_id, &item.subject, format!("/items/{at}/subject")));
        proofs.extend(item.quote.iter().map(|quote| Proof::new(&read.read_id, quote, format!("/items/{at}/quote"))));
    }
    output.items = items;
    output.missing = reading.into_missing();
    let summary = match output.items.first() {
        Some(first) => {
            let need = if output.total == 1 { "needs" } else { "need" };
            format!("{} {need} attention, first from {}", counted(output.total, "mail"), one_line(&first.from))
        }
        None => format!("none of {} needs attention", counted(output.read, "mail")),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

fn item(mail: &InboxEntry, wanted: wanted::Wanted, score: i64, points: Vec<String>) -> AttentionItem {
    let from = if mail.from_name.trim().is_empty() { &mail.from } else { &mail.from_name };
    AttentionItem {
        email_id: mail.id.clone(),
        thread_id: mail.thread_id.clone(),
        from: one_line(from),
        subject: mail.subject.trim().to_owned(),
        kind: wanted.kind.to_owned(),
        why: wanted.why,
        quote: wanted.quote,
        due: wanted.due,
        at: mail.at.clone(),
        points,
        score,
        contact_id: mail.contact_id.clone(),
        deal_id: mail.deal_id.clone(),
        actions: wanted.actions.iter().map(|action| (*action).to_owned()).collect(),
        ..AttentionItem::default()
    }
}

skillhost_sdk::cases!();

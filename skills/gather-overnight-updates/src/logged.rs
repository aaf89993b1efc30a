//! What was logged in the CRM.

use briefing_record::tally::counted;
use briefing_record::{Reading, Source};
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::ActivityEntry;

use crate::{Night, Told, told};

/// Kinds that are told; mails are the inbox's matter.
const KINDS: [&str; 3] = ["call", "meeting", "note"];
/// As many rows as the source gives.
const SOURCE_GIVES: usize = 50;

pub(crate) fn updates(night: &Night<'_>, reading: &mut Reading) -> Option<Told> {
    let read = reading.optional(context::activities(&About::Mine))?;
    let new: Vec<&ActivityEntry> = read.value.iter().filter(|entry| night.holds(&entry.at)).collect();
    let parts: Vec<String> = KINDS
        .into_iter()
        .filter_map(|kind| match new.iter().filter(|entry| entry.kind == kind).count() {
            0 => None,
            n => Some(counted(n, kind)),
        })
        .collect();
    let first = new.iter().find(|entry| KINDS.contains(&entry.kind.as_str()))?;
    let count = new.iter().filter(|entry| KINDS.contains(&entry.kind.as_str())).count();
    let cut = read.value.len() >= SOURCE_GIVES && new.len() == read.value.len();
    let more = if cut { " or more" } else { "" };
    let text = format!("Logged: {}{more}", parts.join(", "));
    Some(told("crm", text, count, Source::new("activity", &first.id), &read.read_id, &first.subject))
}

//! How deals went in which the rival was named before: the rep's own, open, won and lost.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::sources::{ActivityEntry, Note, Pipeline};
use skillhost_sdk::{Failure, Query, ReadErrorKind};

use crate::held::sentence_naming;

/// Most deals that are told; all are counted.
const MOST: usize = 5;

/// A deal in which it was named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PastDeal {
    /// Which.
    pub deal_id: String,
    /// Its name.
    pub name: String,
    /// `won`, `lost` or `open`.
    pub outcome: String,
    /// `note`, `call`, `meeting` or `email`: where it was named.
    pub kind: String,
    /// The record's id.
    pub id: String,
    /// Its day.
    pub day: String,
    /// The sentence that names it, exact.
    pub quote: String,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Record {
    /// Deals won in which it was named.
    pub won: usize,
    /// Deals lost.
    pub lost: usize,
    /// Deals that are open, other than this one.
    pub open: usize,
    /// Those that ended first, the newest words of each.
    pub deals: Vec<PastDeal>,
}

/// The record, and the read of each deal's words.
pub(crate) fn search(name: &str, this_deal: Option<&str>) -> Result<(Record, Vec<String>), Failure> {
    let Some(pipeline) = pipeline()? else { return Ok((Record::default(), Vec::new())) };
    let mut outcomes: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    outcomes.extend(pipeline.deals.iter().map(|deal| (deal.id.as_str(), (deal.name.as_str(), "open"))));
    let ended = |won: bool| if won { "won" } else { "lost" };
    outcomes.extend(pipeline.closed.iter().map(|deal| (deal.id.as_str(), (deal.name.as_str(), ended(deal.won)))));

    let mut found: Vec<(PastDeal, String)> = Vec::new();
    let mut add = |read_id: &str, kind: &str, id: &str, at: &str, deal: Option<&str>, text: &str| {
        let Some(deal) = deal.filter(|deal| Some(*deal) != this_deal) else { return };
        let (Some((told, outcome)), Some(quote)) = (outcomes.get(deal), sentence_naming(text, name)) else { return };
        let past = PastDeal {
            deal_id: deal.to_owned(),
            name: (*told).to_owned(),
            outcome: (*outcome).to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            day: at.get(..10).unwrap_or(at).to_owned(),
            quote: quote.to_owned(),
        };
        found.push((past, read_id.to_owned()));
    };
    // The rep's own, of all deals: neither list names one.
    if let Some(read) = context::ask::<Vec<Note>>(&Query::new("notes", json!({}))).optional()? {
        for note in &read.value {
            add(&read.read_id, "note", &note.id, &note.at, note.deal_id.as_deref(), &note.body);
        }
    }
    if let Some(read) = context::ask::<Vec<ActivityEntry>>(&Query::new("activities", json!({}))).optional()? {
        for entry in &read.value {
            add(&read.read_id, &entry.kind, &entry.id, &entry.at, entry.deal_id.as_deref(), &entry.body);
        }
    }
    found.sort_by(|(a, _), (b, _)| {
        (a.outcome == "open").cmp(&(b.outcome == "open")).then(b.day.cmp(&a.day)).then(a.id.cmp(&b.id))
    });
    let mut seen: Vec<String> = Vec::new();
    found.retain(|(past, _)| {
        !seen.contains(&past.deal_id) && {
            seen.push(past.deal_id.clone());
            true
        }
    });
    let count = |outcome: &str| found.iter().filter(|(past, _)| past.outcome == outcome).count();
    let (won, lost, open) = (count("won"), count("lost"), count("open"));
    found.truncate(MOST);
    let (deals, reads) = found.into_iter().unzip();
    Ok((Record { won, lost, open, deals }, reads))
}

/// None where it cannot be read: the rest stands without it.
fn pipeline() -> Result<Option<Pipeline>, Failure> {
    match context::pipeline() {
        Ok(read) => Ok(Some(read.value)),
        Err(error)
            if matches!(
                error.kind,
                ReadErrorKind::NotFound
                    | ReadErrorKind::Denied
                    | ReadErrorKind::UnknownSource
                    | ReadErrorKind::Unavailable
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

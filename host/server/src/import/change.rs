//! What a draft changes in the org: new rows, changed rows, and the document of both.
//!
//! A row that is there says in the document what the file says, and in `keep` everything
//! else. What the file says already is left out, so that importing it again is nothing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::column::Kind;
use super::fault::{Faults, Place};
use super::known::Known;
use super::record::Entry;
use super::{Draft, Options};

/// Records of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Not there before.
    pub new: u64,
    /// Said otherwise by the file.
    pub changed: u64,
    /// As the file says.
    pub unchanged: u64,
}

/// What to load.
#[derive(Debug)]
pub struct Plan {
    /// As `skillhost data load` takes it.
    pub document: Value,
    /// By table.
    pub counts: BTreeMap<&'static str, Counts>,
    /// Where each row of the document stands in the files.
    places: BTreeMap<&'static str, Vec<Place>>,
}

/// Fields that a new row must have.
fn needs(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Companies | Kind::Contacts => &["name"],
        Kind::Deals => &["name", "stage", "updated_at"],
        Kind::Activities => &["kind", "subject", "at"],
        Kind::Tasks => &["title", "created_at"],
        Kind::Notes => &["body", "at"],
        Kind::Meetings => &["title", "started_at"],
    }
}

/// Compares the draft with what is there.
pub(crate) fn plan(draft: &Draft, options: &Options, known: &Known) -> Result<Plan, Faults> {
    let mut faults = Faults::default();
    let mut tables: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    let (mut counts, mut places) = (BTreeMap::new(), BTreeMap::new());
    for entry in &draft.entries {
        let table = entry.kind.table();
        let counted: &mut Counts = counts.entry(table).or_default();
        let row = match known.row(entry.kind, &entry.id) {
            None => {
                counted.new += 1;
                new_row(entry, options, known, &mut faults)
            }
            Some(there) if is_said(entry, there) => {
                counted.unchanged += 1;
                continue;
            }
            Some(there) => {
                counted.changed += 1;
                changed_row(entry, there, options, known)
            }
        };
        tables.entry(table).or_default().push(Value::Object(row));
        places.entry(table).or_insert_with(Vec::new).push(entry.from.clone());
    }
    faults.or(Plan { document: json!(tables), counts, places })
}

/// Whether the row says already what the entry says. Who is in a deal is no order.
fn is_said(entry: &Entry, there: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut ids: Vec<String> =
            value.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        ids.sort_unstable();
        ids
    };
    entry.said.iter().all(|(name, value)| match name.as_str() {
        "contact_ids" => sorted(value) == sorted(&there[name]),
        // A file says some of them.
        "fields" => value.as_object().into_iter().flatten().all(|(name, value)| there["fields"][name] == *value),
        _ => there[name] == *value,
    })
}

fn named(entry: &Entry, options: &Options) -> Map<String, Value> {
    Map::from_iter([("id".to_owned(), json!(entry.id)), ("org_id".to_owned(), json!(options.org))])
}

fn new_row(entry: &Entry, options: &Options, known: &Known, faults: &mut Faults) -> Map<String, Value> {
    let mut row = named(entry, options);
    row.extend(entry.fallback.clone());
    row.extend(entry.said.clone());
    let now = options.now.rfc3339();
    match entry.kind {
        Kind::Deals => {
            row.entry("updated_at").or_insert_with(|| json!(now));
            ended(&mut row, options, known);
        }
        Kind::Tasks => {
            row.entry("created_at").or_insert_with(|| json!(now));
        }
        _ => {}
    }
    for name in needs(entry.kind) {
        if !row.contains_key(*name) {
            let hint = match (entry.kind, *name) {
                (Kind::Activities, "kind") => "; --kind calls or --kind emails says it of a whole file",
                _ => "",
            };
            faults.at(&entry.from, format_args!("a new {} needs its `{name}`{hint}", entry.kind.singular()));
        }
    }
    row
}

fn changed_row(entry: &Entry, there: &Value, options: &Options, known: &Known) -> Map<String, Value> {
    let mut row = named(entry, options);
    row.extend(entry.said.clone());
    if let Some(Value::Object(said)) = entry.said.get("fields") {
        let mut fields = there["fields"].as_object().cloned().unwrap_or_default();
        fields.extend(said.clone());
        row.insert("fields".to_owned(), Value::Object(fields));
    }
    if entry.kind == Kind::Deals {
        row.entry("updated_at").or_insert_with(|| json!(options.now.rfc3339()));
        if row.get("stage").is_some_and(|stage| *stage != there["stage"]) {
            if !row.contains_key("close_date") {
                row.insert("close_date".to_owned(), there["close_date"].clone());
            }
            ended(&mut row, options, known);
            if !entry.said.contains_key("close_date") {
                row.remove("close_date");
            }
        }
    }
    let stays = there.as_object().into_iter().flatten().filter(|(name, _)| !row.contains_key(*name));
    let stays: Vec<(String, Value)> = stays.map(|(name, value)| (name.clone(), value.clone())).collect();
    row.insert("keep".to_owned(), stays.iter().map(|(name, _)| name.as_str()).collect());
    // The loader asks for these of every row, those that stay too.
    let needed = stays.into_iter().filter(|(name, _)| needs(entry.kind).contains(&name.as_str()));
    row.extend(needed);
    row
}

/// A deal that is in a closed stage ended on its closing day, unless the file says since
/// when it is there; a deal that ended long ago did not end just now.
fn ended(row: &mut Map<String, Value>, options: &Options, known: &Known) {
    let is_closed =
        row.get("stage").and_then(Value::as_str).is_some_and(|stage| known.closed.iter().any(|closed| closed == stage));
    if !is_closed || row.contains_key("stage_since") {
        return;
    }
    let day =
        row.get("close_date").and_then(Value::as_str).and_then(|day| day.get(..10)?.parse::<jiff::civil::Date>().ok());
    let zone = options.zone.clone().unwrap_or(TimeZone::UTC);
    let Some(began) = day.and_then(|day| day.to_zoned(zone).ok()) else { return };
    let began = skillhost_engine::time::Timestamp(began.timestamp().as_millisecond());
    if began <= options.now {
        row.insert("stage_since".to_owned(), json!(began.rfc3339()));
    }
}

impl Plan {
    /// How many rows would be written.
    pub fn rows(&self) -> usize {
        self.places.values().map(Vec::len).sum()
    }

    /// What the loader says of a row of the document, said of the line of the file.
    pub fn in_files(&self, message: &str) -> Option<String> {
        self.places.iter().find_map(|(table, places)| {
            let (_, rest) = message.split_once(&format!("{table}["))?;
            let (index, what) = rest.split_once(']')?;
            let place = places.get(index.parse::<usize>().ok()?)?;
            Some(format!("{place}: {}", what.trim_start_matches(['.', ':', ' '])))
        })
    }
}

//! `load_data`: a document of `docs/data.md` as rows, checked.
//!
//! Shapes are checked here, references by the database after all rows are in, so
//! that order within the document does not matter. An error names table, index
//! and field.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use skillhost_engine::body::Body;
use skillhost_engine::context::{MAIL_HEADERS, MAX_HEADER_CHARS, shape};
use skillhost_engine::store::{ApiKey, Scope, StoreError};
use skillhost_engine::time::{Timestamp, zone};

use crate::encode::{NUL, has_nul};
use crate::error::refused;
use crate::lines::Lines;
use crate::proof::Proofs;
use crate::tables::{Absent, Field, Shape, TABLES, Table};
use crate::transcript;

/// Rows of all tables of a document: a large org's CRM in a few hundred megabytes.
const MAX_ROWS: usize = 1_000_000;

/// The names of the fields that stay as they are where the row is already there.
pub(crate) const KEEP: &str = "keep";

/// What a document has for one table.
pub(crate) struct Loaded {
    pub(crate) table: Table,
    pub(crate) lines: Lines,
    pub(crate) flags: Lines,
    /// Whether any row leaves fields as they are. Its line then has an object
    /// [`KEEP`] with a key for each.
    pub(crate) keeps: bool,
}

/// A document whose shapes are right.
pub(crate) struct Checked {
    /// Its rows, in the order they are written.
    pub(crate) rows: Vec<Loaded>,
    /// How many, by table.
    pub(crate) counts: BTreeMap<String, u64>,
    /// The texts of its transcripts, which are kept sealed.
    pub(crate) texts: Vec<Body>,
}

/// Reads a document; its transcripts are kept until `keep_until`.
pub(crate) fn check(data: &Value, keep_until: Timestamp, proofs: &Proofs) -> Result<Checked, StoreError> {
    let Value::Object(document) = data else { return Err(refused("the document is not a JSON object".to_owned())) };
    if let Some(unknown) = document.keys().find(|name| TABLES.iter().all(|table| table.name != *name)) {
        return Err(refused(format!("there is no table `{unknown}`")));
    }
    let meetings = transcript::Meetings::of(document);
    let mut counts = BTreeMap::new();
    let mut loaded = Vec::new();
    let mut texts = Vec::new();
    let mut total = 0;
    for table in TABLES {
        let Some(rows) = document.get(table.name) else { continue };
        let Value::Array(rows) = rows else { return Err(refused(format!("{}: expected a list", table.name))) };
        total += rows.len();
        if total > MAX_ROWS {
            return Err(refused(format!("more than {MAX_ROWS} rows")));
        }
        counts.insert(table.name.to_owned(), rows.len() as u64);
        if rows.is_empty() {
            continue;
        }
        let keeps = rows.iter().any(|row| row.get(KEEP).is_some());
        if keeps {
            named_once(&table, rows)?;
        }
        let (mut lines, mut flags) = (Lines::default(), Lines::default());
        for (index, row) in rows.iter().enumerate() {
            let mut row = normal(&table, index, row, &mut flags)?;
            if table.name == "transcripts" {
                texts.push(transcript::take_text(&mut row, &meetings, keep_until));
            }
            prove(&table, &mut row, proofs)?;
            push(&mut lines, &Value::Object(row), || format!("{}[{index}]", table.name))?;
        }
        loaded.push(Loaded { table, lines, flags, keeps });
    }
    Ok(Checked { rows: loaded, counts, texts })
}

/// A row with every field present and in its kept form; its flags go to `flags`.
fn normal(table: &Table, index: usize, row: &Value, flags: &mut Lines) -> Result<Map<String, Value>, StoreError> {
    let at = |field: &str, message: &str| refused(format!("{}[{index}].{field}: {message}", table.name));
    let Value::Object(given) = row else {
        return Err(refused(format!("{}[{index}]: expected an object", table.name)));
    };
    let is_field = |name: &str| table.fields.iter().any(|field| field.name == name);
    if let Some(unknown) = given.keys().find(|name| *name != KEEP && !is_field(name)) {
        return Err(at(unknown, "there is no such field"));
    }
    let mut out = Map::new();
    for field in table.fields {
        let value = match (given.get(field.name), field.absent) {
            (None | Some(Value::Null), Absent::Refused) => return Err(at(field.name, "is missing")),
            (None | Some(Value::Null), Absent::Null) => Value::Null,
            (None | Some(Value::Null), Absent::Is(default)) => serde_json::from_str(default).unwrap_or_default(),
            (Some(value), _) => shaped(field, value).map_err(|message| at(field.name, &message))?,
        };
        out.insert(field.name.to_owned(), value);
    }
    judged(table, &mut out).map_err(|(field, message)| at(field, &message))?;
    if let Some(keep) = given.get(KEEP) {
        out.insert(KEEP.to_owned(), kept(table, given, keep).map_err(|message| at(KEEP, &message))?);
    }
    if let Some(entity) = table.entity {
        let Some(Value::Array(list)) = out.remove("flags") else { return Ok(out) };
        for flag in list {
            let line = json!([out["org_id"], entity, out["id"], flag["flag"], flag["reason"], flag["at"]]);
            push(flags, &line, || format!("{}[{index}].flags", table.name))?;
        }
    }
    Ok(out)
}

/// The proof of what lets somebody in, or makes them an admin.
fn prove(table: &Table, row: &mut Map<String, Value>, proofs: &Proofs) -> Result<(), StoreError> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match table.name {
        "users" => {
            let is_admin = row.get("admin") == Some(&Value::Bool(true));
            let proof = is_admin.then(|| proofs.of_admin(&text("org_id"), &text("id")));
            row.insert("admin_proof".to_owned(), json!(proof));
        }
        "api_keys" => {
            let scopes = serde_json::from_value(row.get("scopes").cloned().unwrap_or_default());
            let key = ApiKey {
                digest: text("digest"),
                org: text("org_id").into(),
                user: text("user_id").into(),
                client: text("client"),
                operator: false,
                scopes: scopes.map_err(|error| refused(format!("api_keys: {error}")))?,
            };
            row.insert("proof".to_owned(), json!(proofs.of_key(&key)));
        }
        _ => {}
    }
    Ok(())
}

/// Whether rows of the table may leave fields as they are.
fn may_keep(table: &Table) -> bool {
    table.key == ["org_id", "id"].as_slice() && table.name != "transcripts"
}

/// Of two rows with one key the later one counts; which of their fields would stay then
/// is nothing anybody could say.
fn named_once(table: &Table, rows: &[Value]) -> Result<(), StoreError> {
    let mut seen = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        let key = (row.get("org_id").and_then(Value::as_str), row.get("id").and_then(Value::as_str));
        if let Some(first) = seen.insert(key, index) {
            return Err(refused(format!("{}[{index}].id: is that of {}[{first}] too", table.name, table.name)));
        }
    }
    Ok(())
}

/// The fields that stay, as keys of an object.
fn kept(table: &Table, given: &Map<String, Value>, keep: &Value) -> Result<Value, String> {
    if !may_keep(table) {
        return Err("there is no such field".to_owned());
    }
    let list = keep.as_array().ok_or("expected a list of fields")?;
    let mut fields = Map::new();
    for name in list {
        let name = name.as_str().ok_or("expected a list of fields")?;
        if table.key.contains(&name) || table.fields.iter().all(|field| field.name != name) {
            return Err(format!("`{name}` is no field that can stay"));
        }
        if name == "flags" && given.contains_key(name) {
            return Err("`flags` are either said or stay".to_owned());
        }
        fields.insert(name.to_owned(), Value::Bool(true));
        if (table.name, name) == ("users", "admin") {
            fields.insert("admin_proof".to_owned(), Value::Bool(true));
        }
    }
    Ok(Value::Object(fields))
}

/// A value in its kept form, or what was expected instead.
fn shaped(field: &Field, value: &Value) -> Result<Value, String> {
    let texts = |lower: bool| match value {
        Value::Array(list) => list
            .iter()
            .map(|item| match item.as_str() {
                Some(text) => Ok(json!(if lower { text.to_lowercase() } else { text.to_owned() })),
                None => Err("expected a list of text".to_owned()),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        _ => Err("expected a list of text".to_owned()),
    };
    match field.shape {
        Shape::Text => match value {
            Value::String(text) if text.is_empty() && field.absent == Absent::Refused => Err("is empty".to_owned()),
            Value::String(_) => Ok(value.clone()),
            _ => Err("expected text".to_owned()),
        },
        Shape::Word(words) => match value.as_str() {
            Some(word) if words.contains(&word) => Ok(value.clone()),
            _ => Err(format!("expected one of {}", words.join(", "))),
        },
        Shape::Address => value.as_str().map(|text| json!(text.to_lowercase())).ok_or("expected text".to_owned()),
        Shape::Addresses => texts(true),
        Shape::Texts => texts(false),
        Shape::Integer => value.as_i64().map(Value::from).ok_or("expected an integer of 64 bits".to_owned()),
        Shape::Boolean => value.as_bool().map(Value::from).ok_or("expected true or false".to_owned()),
        Shape::Instant => instant(value).map(Value::String),
        Shape::Object if value.is_object() => Ok(value.clone()),
        Shape::Object => Err("expected an object".to_owned()),
        Shape::Objects => match value.as_array() {
            Some(list) if list.iter().all(Value::is_object) => Ok(value.clone()),
            _ => Err("expected a list of objects".to_owned()),
        },
        Shape::Day => match value.as_str() {
            Some(text) if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() => Ok(value.clone()),
            _ => Err("expected a day, YYYY-MM-DD".to_owned()),
        },
        Shape::Zone => match value.as_str() {
            Some(name) => zone::check(name).map(|()| value.clone()),
            None => Err("expected text".to_owned()),
        },
        Shape::Headers => headers(value),
        Shape::Attendees => attendees(value),
        Shape::Flags => flags(value),
    }
}

/// Those of a mail's headers that are kept.
fn headers(value: &Value) -> Result<Value, String> {
    let given = value.as_object().ok_or("expected an object of text")?;
    let mut kept = Map::new();
    for (name, text) in given {
        let text = text.as_str().ok_or("expected an object of text")?;
        let name = name.to_lowercase();
        if MAIL_HEADERS.contains(&name.as_str()) {
            let text: String = text.chars().take(MAX_HEADER_CHARS).collect();
            kept.insert(name, Value::String(text));
        }
    }
    Ok(Value::Object(kept))
}

/// Words of an attendee's answer.
const RESPONSES: [&str; 4] = ["accepted", "tentative", "declined", "needs_action"];

fn attendees(value: &Value) -> Result<Value, String> {
    let list = value.as_array().ok_or("expected a list of attendees")?;
    let mut kept = Vec::with_capacity(list.len());
    for one in list {
        let fields = one.as_object().ok_or("expected a list of attendees")?;
        if let Some(unknown) = fields.keys().find(|name| !["name", "email", "response"].contains(&name.as_str())) {
            return Err(format!("an attendee has no `{unknown}`"));
        }
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("an attendee's `{name}` is text")),
        };
        let response = text("response")?;
        if response.as_ref().is_some_and(|word| !RESPONSES.contains(&word.as_str())) {
            return Err(format!("an attendee's `response` is one of {}", RESPONSES.join(", ")));
        }
        let email = text("email")?.map(|email| email.to_lowercase());
        kept.push(json!({"name": text("name")?.unwrap_or_default(), "email": email, "response": response}));
    }
    Ok(Value::Array(kept))
}

/// What a row says beyond its fields: that it is of the shape in which skills read it.
fn judged(table: &Table, row: &mut Map<String, Value>) -> Result<(), (&'static str, String)> {
    match table.name {
        "api_keys" => scopes(row).map_err(|message| ("scopes", message)),
        "calendar_events" if row["ends"].as_str() < row["starts"].as_str() => {
            Err(("ends", "is before `starts`".to_owned()))
        }
        "templates" => {
            let mut whole = row.clone();
            whole.remove("org_id");
            let asked = json!({ "id": row["id"] });
            let shaped = shape::accept("templates", &asked, Value::Object(whole));
            let shaped = shaped.map_err(|mismatch| ("sections", mismatch.to_string()))?;
            row.extend(["variables", "sections"].map(|name| (name.to_owned(), shaped[name].clone())));
            Ok(())
        }
        "enrichment" => {
            let source = row["source"].as_str().unwrap_or_default().to_owned();
            let mut body = row["body"].as_object().cloned().unwrap_or_default();
            body.insert("as_of".to_owned(), row["as_of"].clone());
            // Who says so is the host where the row says nothing.
            let said = body.contains_key("provider");
            body.entry("provider").or_insert_with(|| json!("local"));
            let mut shaped = shape::accept(&source, &Value::Null, Value::Object(body))
                .map_err(|mismatch| ("body", mismatch.to_string()))?;
            if let Some(fields) = shaped.as_object_mut() {
                fields.retain(|name, _| name != "as_of" && (said || name != "provider"));
            }
            row.insert("body".to_owned(), shaped);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The scopes of a key, in one order and each once.
fn scopes(row: &mut Map<String, Value>) -> Result<(), String> {
    let given = row["scopes"].as_array().cloned().unwrap_or_default();
    let given: Vec<&str> = given.iter().filter_map(Value::as_str).collect();
    let words = || Scope::ALL.map(Scope::as_str).join(", ");
    if let Some(unknown) = given.iter().find(|word| Scope::parse(word).is_none()) {
        return Err(format!("there is no scope `{unknown}`; there are {}", words()));
    }
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| given.contains(&scope.as_str())).collect();
    row.insert("scopes".to_owned(), json!(scopes));
    Ok(())
}

/// RFC 3339 with any offset, or epoch milliseconds.
fn instant(value: &Value) -> Result<String, String> {
    let ms = match value {
        Value::String(text) => match text.parse::<jiff::Timestamp>() {
            Ok(at) => at.as_millisecond(),
            Err(error) => return Err(format!("expected an instant: {error}")),
        },
        _ => value.as_i64().ok_or("expected an instant, RFC 3339 or epoch milliseconds")?,
    };
    Ok(Timestamp(ms).rfc3339())
}

fn flags(value: &Value) -> Result<Value, String> {
    let list = value.as_array().ok_or("expected a list of flags")?;
    let mut out = Vec::with_capacity(list.len());
    for flag in list {
        let name = flag.get("flag").and_then(Value::as_str).ok_or("a flag has no `flag`")?;
        let reason = flag.get("reason").and_then(Value::as_str).unwrap_or_default();
        let at = instant(flag.get("at").unwrap_or(&Value::Null))?;
        out.push(json!({"flag": name, "reason": reason, "at": at}));
    }
    Ok(Value::Array(out))
}

/// The columns of a table that stand in its row.
pub(crate) fn columns(table: &Table) -> Vec<(&'static str, bool)> {
    let mut columns: Vec<_> = table
        .fields
        .iter()
        .filter(|field| field.shape != Shape::Flags)
        .map(|field| (field.name, field.shape.is_json()))
        .collect();
    if table.name == "transcripts" {
        columns.extend([("digest", false), ("subject", false)]);
    }
    match table.name {
        "users" => columns.push(("admin_proof", false)),
        "api_keys" => columns.push(("proof", false)),
        _ => {}
    }
    columns
}

fn push(lines: &mut Lines, value: &Value, place: impl Fn() -> String) -> Result<(), StoreError> {
    let text = value.to_string();
    if has_nul(&text) {
        return Err(refused(format!("{}: {NUL}", place())));
    }
    lines.push(&text);
    Ok(())
}

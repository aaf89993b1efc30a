//! A line as a record: what it says, and what a new record has where it says nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::column::{Field, Headed, Kind, normal};
use super::fault::{Faults, LeftOut, Place, quoted};
use super::known::{Directory, Known};
use super::sheet::{Row, trimmed};
use super::value;
use super::{Options, Remark};

/// Words for what happened, as [`normal`] makes them, and what they mean. HubSpot's
/// kinds of mail are among them.
const HAPPENED: [(&str, &str); 11] = [
    ("call", "call"),
    ("phonecall", "call"),
    ("email", "email"),
    ("mail", "email"),
    ("incomingemail", "email"),
    ("outgoingemail", "email"),
    ("forwardedemail", "email"),
    ("loggedemail", "email"),
    ("meeting", "meeting"),
    ("note", "note"),
    ("notes", "note"),
];
/// Characters of a subject that is taken from a text.
const SUBJECT_CHARS: usize = 80;

/// The beginning of a text.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(SUBJECT_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A word with a capital, as a heading has it.
fn capital(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// A record of a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its table.
    pub kind: Kind,
    /// Stable, so that the next import finds it again.
    pub id: String,
    /// Where it stands.
    pub from: Place,
    /// Fields of the data document that the line says.
    pub said: Map<String, Value>,
    /// Fields of a new record that it does not.
    pub fallback: Map<String, Value>,
}

/// A line and the columns it has.
#[derive(Clone)]
pub(crate) struct Line<'a> {
    pub(crate) headed: &'a Headed,
    pub(crate) row: &'a Row,
    pub(crate) place: Place,
}

impl<'a> Line<'a> {
    /// What the cell says; an empty one says nothing.
    pub(crate) fn text(&self, field: Field) -> Option<&'a str> {
        let cell = trimmed(self.row.cells.get(*self.headed.columns.get(&field)?)?);
        (!cell.is_empty()).then_some(cell)
    }

    /// The header of the field's column.
    pub(crate) fn column(&self, field: Field) -> &'a str {
        let at = self.headed.columns.get(&field);
        at.and_then(|at| self.headed.sheet.header.get(*at)).map_or(field.word(), String::as_str)
    }
}

/// Records as they come, and what is wrong with them.
pub(crate) struct Drafting<'a> {
    pub(crate) options: &'a Options,
    pub(crate) known: &'a Known,
    pub(crate) directory: Directory,
    pub(crate) faults: Faults,
    left: &'a LeftOut,
    entries: Vec<Entry>,
    /// Where a record stands that is in the files.
    seen: HashMap<(Kind, String), Place>,
    remarks: BTreeMap<String, (u64, Place)>,
    /// Labels of stages that the org does not have.
    unmapped: BTreeMap<String, (u64, Place)>,
}

/// What a line says, and what a new record has beside it.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) said: Map<String, Value>,
    pub(crate) fallback: Map<String, Value>,
}

impl Said {
    pub(crate) fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.said.insert(name.to_owned(), value.into());
        }
    }
}

impl<'a> Drafting<'a> {
    pub(crate) fn new(options: &'a Options, known: &'a Known, left: &'a LeftOut, faults: Faults) -> Self {
        let (entries, seen) = (Vec::new(), HashMap::new());
        let (remarks, unmapped) = (BTreeMap::new(), BTreeMap::new());
        Self { options, known, directory: Directory::of(known), faults, left, entries, seen, remarks, unmapped }
    }

    /// Reads every line of a sheet.
    pub(crate) fn sheet(&mut self, headed: &Headed) {
        for row in &headed.sheet.rows {
            let line = Line { headed, row, place: headed.sheet.place(row) };
            if self.left.has(&line.place) {
                continue;
            }
            let said = match headed.kind {
                Kind::Companies => self.company_record(&line),
                Kind::Contacts => self.contact_record(&line),
                Kind::Deals => self.deal_record(&line),
                Kind::Activities => self.activity_record(&line),
                Kind::Tasks => self.task_record(&line),
                Kind::Notes => self.note_record(&line),
                Kind::Meetings => self.meeting_record(&line),
            };
            let Some(id) = self.identity(&line, &said.said) else { continue };
            self.last_activity(&line, &id);
            self.enter(headed.kind, id, line.place, said);
        }
    }

    /// Takes a record up; one that is there already is a fault.
    pub(crate) fn enter(&mut self, kind: Kind, id: String, from: Place, Said { said, fallback }: Said) {
        if let Some(first) = self.seen.get(&(kind, id.clone())) {
            self.faults.at(&from, format_args!("is the same {} as {first}", kind.singular()));
            return;
        }
        self.seen.insert((kind, id.clone()), from.clone());
        self.directory.add(kind, &id, &Value::Object(said.clone()));
        self.entries.push(Entry { kind, id, from, said, fallback });
    }

    pub(crate) fn remark(&mut self, place: &Place, what: String) {
        self.remarks.entry(what).or_insert_with(|| (0, place.clone())).0 += 1;
    }

    /// Everything that was drafted.
    pub(crate) fn end(mut self) -> (Vec<Entry>, Vec<Remark>, Faults) {
        if !self.unmapped.is_empty() {
            let labels = self.unmapped.iter().map(|(label, (lines, first))| match lines {
                1 => format!("{} ({first})", quoted(label)),
                lines => format!("{} ({lines} lines, first {first})", quoted(label)),
            });
            let labels = labels.collect::<Vec<_>>().join(", ");
            let have = self.known.stages.join(", ");
            let what = format!("{labels}; the org has {have}; say which each is with --stage \"LABEL=STAGE\"");
            self.faults.first("stages that the org does not have", what);
        }
        let remarks = self.remarks.into_iter();
        let remarks = remarks.map(|(what, (lines, first))| Remark { what, lines, first }).collect();
        (self.entries, remarks, self.faults)
    }

    /// What a cell means, if it says anything.
    pub(crate) fn parsed<T>(
        &mut self,
        line: &Line<'_>,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(line.text(field)?) {
            Ok(value) => Some(value),
            Err(what) => {
                self.fault(line, field, what);
                None
            }
        }
    }

    pub(crate) fn fault(&mut self, line: &Line<'_>, field: Field, what: impl std::fmt::Display) {
        self.faults.cell(&line.place, line.column(field), what);
    }

    fn instant(&mut self, line: &Line<'_>, field: Field) -> Option<String> {
        let zone = self.options.zone.as_ref();
        self.parsed(line, field, |text| value::instant(text, zone))
    }

    /// A word of a set, whatever its case.
    fn word(&mut self, line: &Line<'_>, field: Field, words: &[(&str, &'static str)]) -> Option<&'static str> {
        self.parsed(line, field, |text| {
            let given = normal(text);
            let found = words.iter().find(|(word, _)| *word == given).map(|(_, means)| *means);
            found.ok_or_else(|| {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("{} is none of {}", quoted(text), words.join(", "))
            })
        })
    }

    fn company_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        said.put("name", line.text(Field::Name));
        said.put("domain", self.parsed(line, Field::Domain, value::domain));
        said.put("industry", line.text(Field::Industry));
        said.put("size", self.parsed(line, Field::Size, value::whole));
        // One without an owner is everybody's.
        if line.text(Field::Owner).is_some() {
            self.owner(line, "owner_id", &mut said);
        }
        said
    }

    fn contact_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        let parts: Vec<&str> =
            [Field::FirstName, Field::LastName].into_iter().filter_map(|part| line.text(part)).collect();
        let name = line.text(Field::Name).map(str::to_owned);
        said.put("name", name.or_else(|| (!parts.is_empty()).then(|| parts.join(" "))));
        let email = self.parsed(line, Field::Email, value::address);
        if let Some(email) = &email {
            // Nobody is without a name; this is how the others know them.
            said.fallback.insert("name".to_owned(), json!(email));
            self.another_with_the_address(line, email);
        }
        said.put("email", email);
        said.put("title", line.text(Field::Title));
        said.put("phone", line.text(Field::Phone));
        let zone = self.parsed(line, Field::Zone, |text| match TimeZone::get(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(format!("{} is no time zone; write Europe/Berlin", quoted(text))),
        });
        said.put("zone", zone);
        said.put("company_id", self.company(line));
        self.owner(line, "owner_id", &mut said);
        said
    }

    /// Whether two records are one person is for a person to say.
    fn another_with_the_address(&mut self, line: &Line<'_>, email: &str) {
        let Some(id) = line.text(Field::RecordId).map(|id| format!("hubspot-{id}")) else { return };
        let others = self.directory.named(Kind::Contacts, "email", email);
        if let Some(other) = others.into_iter().find(|other| *other != id) {
            let what = format!("the address is that of contact {other} too; both are kept");
            self.remark(&line.place, what);
        }
    }

    fn deal_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        said.put("name", line.text(Field::Name));
        let stage = self.stage(line);
        said.put("stage", stage.clone());
        said.put("fields", self.closed(line, stage.as_deref()));
        self.amount(line, &mut said);
        said.put("close_date", self.parsed(line, Field::CloseDate, value::day));
        for (field, name) in
            [(Field::CreatedAt, "created_at"), (Field::UpdatedAt, "updated_at"), (Field::StageSince, "stage_since")]
        {
            said.put(name, self.instant(line, field));
        }
        said.put("company_id", self.company(line));
        said.put("contact_ids", self.contacts(line));
        self.owner(line, "owner_id", &mut said);
        said
    }

    /// What the CRM itself says of how a deal ended, with the stage that it says it of; of
    /// a deal that has not ended it says nothing.
    fn closed(&mut self, line: &Line<'_>, stage: Option<&str>) -> Option<Value> {
        let words = [("true", "won"), ("yes", "won"), ("1", "won"), ("false", ""), ("no", ""), ("0", "")];
        let won = self.word(line, Field::Won, &words)?;
        let stage = stage.filter(|stage| self.known.closed.iter().any(|closed| closed == stage))?;
        Some(json!({"closed": {"stage": stage, "won": !won.is_empty()}}))
    }

    /// The org's stage of a label.
    fn stage(&mut self, line: &Line<'_>) -> Option<String> {
        let label = line.text(Field::Stage)?;
        // HubSpot writes the pipeline behind the stage where there are several.
        let pipeline = line.text(Field::Pipeline).map(|pipeline| format!("({pipeline})"));
        let bare = pipeline.and_then(|pipeline| label.strip_suffix(&pipeline)).map_or(label, trimmed);
        let is = |given: &str| normal(given) == normal(label) || normal(given) == normal(bare);
        let mapped = self.options.stages.iter().find(|(given, _)| is(given)).map(|(_, stage)| stage.as_str());
        if let Some(stage) = mapped.or_else(|| self.known.stage(bare)) {
            return Some(stage.to_owned());
        }
        self.unmapped.entry(bare.to_owned()).or_insert_with(|| (0, line.place.clone())).0 += 1;
        None
    }

    fn amount(&mut self, line: &Line<'_>, said: &mut Said) {
        let column = self.parsed(line, Field::Currency, |text| {
            let code = text.to_uppercase();
            let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
            if is_code { Ok(code) } else { Err(format!("{} is no currency; write EUR", quoted(text))) }
        });
        let Some(money) = self.parsed(line, Field::Amount, value::money) else {
            said.put("currency", column);
            return;
        };
        let named = match (money.currency, &column) {
            (Some(own), Some(column)) if own != *column => {
                self.fault(line, Field::Amount, format_args!("is in {own}, and the currency column says {column}"));
                return;
            }
            (own, _) => own,
        };
        if money.dollars && named.as_ref().or(column.as_ref()).is_some_and(|code| code == "EUR" || code == "GBP") {
            self.fault(line, Field::Amount, "is in two currencies");
        }
        let currency = named.or(column).or_else(|| self.options.currency.clone());
        if currency.is_none() && money.dollars {
            self.fault(
                line,
                Field::Amount,
                "is in dollars of some country; say which with --currency, USD for example",
            );
        } else if currency.is_none() {
            let what = "the amount names no currency and has none now; --currency says one";
            self.remark(&line.place, what.to_owned());
        }
        said.put("amount_cents", Some(money.cents));
        said.put("currency", currency);
    }

    fn activity_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        let kind = self.happened(line);
        said.put("kind", kind);
        said.put("subject", line.text(Field::Name));
        said.put("body", line.text(Field::Body));
        // Calls and mails are often without a title; this is how people tell them apart.
        let begins = line.text(Field::Body).and_then(|body| body.lines().map(trimmed).find(|part| !part.is_empty()));
        let named = begins.map(shortened).or_else(|| kind.map(capital));
        said.fallback.extend(named.map(|name| ("subject".to_owned(), json!(name))));
        said.put("at", self.instant(line, Field::At));
        self.doer(line, "user_id", &mut said);
        self.about(line, &mut said);
        said
    }

    /// What it was: as the line says, or as the file does.
    fn happened(&mut self, line: &Line<'_>) -> Option<&'static str> {
        let Some(text) = line.text(Field::Type) else { return line.headed.happened };
        let given = normal(text);
        let known = HAPPENED.iter().find(|(word, _)| *word == given).map(|(_, means)| *means);
        if known.is_none() {
            let what = format!("{} is no call, email, meeting or note; it is kept as a note", quoted(text));
            self.remark(&line.place, what);
        }
        Some(known.unwrap_or("note"))
    }

    fn task_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        said.put("title", line.text(Field::Name));
        said.put("detail", line.text(Field::Body));
        let zone = self.options.zone.as_ref();
        let due = self.parsed(line, Field::Due, |text| match text.parse::<jiff::civil::Date>() {
            Ok(_) if text.len() == "2024-03-01".len() => value::day(text),
            _ => value::instant(text, zone),
        });
        said.put("due", due);
        let words = [("low", "low"), ("normal", "normal"), ("medium", "normal"), ("none", "normal"), ("high", "high")];
        said.put("priority", self.word(line, Field::Priority, &words));
        let words = [
            ("open", "open"),
            ("notstarted", "open"),
            ("inprogress", "open"),
            ("waiting", "open"),
            ("deferred", "open"),
            ("done", "done"),
            ("completed", "done"),
        ];
        said.put("status", self.word(line, Field::Status, &words));
        said.put("created_at", self.instant(line, Field::CreatedAt));
        self.owner(line, "owner_id", &mut said);
        self.about(line, &mut said);
        said
    }

    fn note_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        said.put("body", line.text(Field::Body));
        said.put("at", self.instant(line, Field::At));
        self.doer(line, "author_id", &mut said);
        self.about(line, &mut said);
        said
    }

    fn meeting_record(&mut self, line: &Line<'_>) -> Said {
        let mut said = Said::default();
        said.put("title", line.text(Field::Name));
        said.put("started_at", self.instant(line, Field::At));
        said.put("duration_min", self.parsed(line, Field::Duration, value::whole));
        said.put("summary", line.text(Field::Body));
        said.put("contact_ids", self.contacts(line));
        said.put("deal_id", self.deal(line));
        said.put("company_id", self.company(line));
        self.owner(line, "owner_id", &mut said);
        said
    }

    /// The one contact and the one deal that something is about.
    fn about(&mut self, line: &Line<'_>, said: &mut Said) {
        said.put("contact_id", self.contact(line));
        said.put("deal_id", self.deal(line));
    }

    /// When something was last done, as something that was done: what tells whether a deal
    /// is stale reads activities.
    fn last_activity(&mut self, line: &Line<'_>, id: &str) {
        let Some(at) = self.instant(line, Field::LastActivity) else { return };
        let kind = line.headed.kind;
        let about = if kind == Kind::Deals { "deal_id" } else { "contact_id" };
        let mut said = Said::default();
        said.put("kind", Some("note"));
        said.put("subject", Some("Last activity (imported)"));
        said.put("body", Some("Dated by the imported file, which does not say what it was."));
        said.put("at", Some(at));
        said.put(about, Some(id));
        self.enter(Kind::Activities, format!("last-activity-{}-{id}", kind.singular()), line.place.clone(), said);
    }
}

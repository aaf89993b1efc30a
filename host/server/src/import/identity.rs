//! The id of a record: its own, or that of what is there already, or one made of what
//! identifies the line, so that a second import finds it and doubles nothing.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::column::{Field, Kind};
use super::fault::quoted;
use super::known::plain;
use super::record::{Drafting, Line};

/// Hexadecimal digits of an id that is made: no two of an org are ever the same.
const MADE_DIGITS: usize = 24;

/// An id of what identifies a record.
pub(crate) fn made(kind: Kind, parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    digest.update(kind.table());
    for part in parts {
        digest.update([0]);
        digest.update(plain(part));
    }
    let mut digits = hex::encode(digest.finalize());
    digits.truncate(MADE_DIGITS);
    format!("csv-{digits}")
}

impl Drafting<'_> {
    /// The id of a line that says this; `None` after a fault.
    pub(crate) fn identity(&mut self, line: &Line<'_>, said: &Map<String, Value>) -> Option<String> {
        if line.headed.is_hubspot() {
            let Some(text) = line.text(Field::RecordId) else {
                self.fault(line, Field::RecordId, "is empty");
                return None;
            };
            return self.own_id(line, Field::RecordId, text);
        }
        if let Some(id) = line.text(Field::Id) {
            return Some(id.to_owned());
        }
        let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        let kind = line.headed.kind;
        match kind {
            Kind::Companies => self.company_identity(line, text("name"), text("domain")),
            Kind::Contacts if text("email").is_empty() => {
                // An address that is none has its fault already.
                if line.text(Field::Email).is_none() {
                    self.faults.at(&line.place, "has neither an id nor an address, and would be doubled next time");
                }
                None
            }
            Kind::Contacts => {
                let email = text("email");
                let found = self.directory.named(kind, "email", email);
                match found.as_slice() {
                    [] => Some(made(kind, &[email])),
                    [only] => Some((*only).to_owned()),
                    several => {
                        let what =
                            format!("{} is the address of {} contacts; write an id", quoted(email), several.len());
                        self.fault(line, Field::Email, what);
                        None
                    }
                }
            }
            Kind::Deals => self.deal_identity(line, text("name"), text("company_id")),
            Kind::Activities => {
                let parts = [text("kind"), text("subject"), text("at"), text("contact_id"), text("deal_id")];
                Some(made(kind, &parts))
            }
            Kind::Tasks => Some(made(kind, &[text("title"), text("contact_id"), text("deal_id")])),
            Kind::Notes => Some(made(kind, &[text("body"), text("at"), text("contact_id"), text("deal_id")])),
            Kind::Meetings => Some(made(kind, &[text("title"), text("started_at")])),
        }
    }

    /// An id of this file's system, as the org knows it.
    pub(crate) fn own_id(&mut self, line: &Line<'_>, field: Field, text: &str) -> Option<String> {
        if !line.headed.is_hubspot() {
            return Some(text.to_owned());
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.fault(line, field, format_args!("{} is no record id of HubSpot", quoted(text)));
            return None;
        }
        Some(format!("hubspot-{text}"))
    }

    /// By domain; one that is known by its name alone is the same where the names are.
    fn company_identity(&mut self, line: &Line<'_>, name: &str, domain: &str) -> Option<String> {
        if domain.is_empty() && name.is_empty() {
            self.faults.at(&line.place, "has neither an id nor a domain nor a name");
            return None;
        }
        let by_domain = self.directory.named(Kind::Companies, "domain", domain);
        let mut found = by_domain;
        if found.is_empty() && !name.is_empty() {
            found = self.directory.named(Kind::Companies, "name", name);
            let has_none = |id: &&str| {
                self.known.row(Kind::Companies, id).is_some_and(|row| row["domain"].is_null()) || domain.is_empty()
            };
            found.retain(has_none);
        }
        match found.as_slice() {
            [] => Some(made(Kind::Companies, &[if domain.is_empty() { name } else { domain }])),
            [only] => Some((*only).to_owned()),
            several => {
                let what = format!("can be any of {} companies that are there; write an id", several.len());
                self.faults.at(&line.place, what);
                None
            }
        }
    }

    /// By name and company; one of the two is known without a company where only the
    /// other has one.
    fn deal_identity(&mut self, line: &Line<'_>, name: &str, company: &str) -> Option<String> {
        if name.is_empty() {
            self.faults.at(&line.place, "has neither an id nor a name");
            return None;
        }
        let named = self.directory.named(Kind::Deals, "name", name);
        let named =
            named.into_iter().filter_map(|id| Some((id, self.known.row(Kind::Deals, id)?["company_id"].as_str())));
        let named: Vec<(&str, Option<&str>)> = named.collect();
        let with = |of: Option<&str>| named.iter().filter(|(_, company)| *company == of).map(|(id, _)| *id).collect();
        let mut found: Vec<&str> =
            if company.is_empty() { named.iter().map(|(id, _)| *id).collect() } else { with(Some(company)) };
        if found.is_empty() {
            found = with(None);
        }
        match found.as_slice() {
            [] => Some(made(Kind::Deals, &[name, company])),
            [only] => Some((*only).to_owned()),
            several => {
                let what = format!("can be any of {} deals that are there; write an id", several.len());
                self.faults.at(&line.place, what);
                None
            }
        }
    }
}

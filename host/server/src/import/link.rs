//! Whom a line names: owners, companies, contacts and deals, by id or by what people
//! know them by. What is not there, or is there twice, is a fault.

use super::column::{Field, Kind};
use super::fault::{Place, quoted};
use super::identity::made;
use super::record::{Drafting, Line, Said};
use super::value;

impl Drafting<'_> {
    /// Whose the record is.
    pub(crate) fn owner(&mut self, line: &Line<'_>, name: &str, said: &mut Said) {
        let fallback = self.options.owner.as_deref();
        match self.user(line) {
            Some(Some(user)) => said.put(name, Some(user)),
            None => {}
            Some(None) if fallback.is_none() && line.text(Field::Owner).is_some() => {
                self.fault(
                    line,
                    Field::Owner,
                    format_args!("is no user of {}; say whose it is with --owner", self.options.org),
                );
            }
            Some(None) => {
                if let (Some(text), Some(owner)) = (line.text(Field::Owner), fallback) {
                    let what =
                        format!("{} is no user of {}; a new record is {owner}'s", quoted(text), self.options.org);
                    self.remark(&line.place, what);
                }
                if let Some(owner) = fallback {
                    said.fallback.insert(name.to_owned(), owner.into());
                }
            }
        }
    }

    /// Who did it. Nobody else is said to have.
    pub(crate) fn doer(&mut self, line: &Line<'_>, name: &str, said: &mut Said) {
        match self.user(line) {
            Some(Some(user)) => said.put(name, Some(user)),
            Some(None) => {
                if let Some(text) = line.text(Field::Owner) {
                    let what = format!("{} is no user of {}; nobody is named", quoted(text), self.options.org);
                    self.remark(&line.place, what);
                }
            }
            None => {}
        }
    }

    /// The user whom the owner's column names, if it names one; `None` after a fault.
    fn user(&mut self, line: &Line<'_>) -> Option<Option<String>> {
        let Some(text) = line.text(Field::Owner) else { return Some(None) };
        match self.known.user(text) {
            Ok(user) => Some(user.map(|user| user.id.clone())),
            Err(several) => {
                let what = format!("{} is the name of {several} users; write an address", quoted(text));
                self.fault(line, Field::Owner, what);
                None
            }
        }
    }

    /// The company that a line names.
    pub(crate) fn company(&mut self, line: &Line<'_>) -> Option<String> {
        if let Some(text) = line.text(Field::CompanyId) {
            return self.company_of_id(line, Field::CompanyId, text);
        }
        if let Some(text) = line.text(Field::CompanyIds) {
            let mut ids = value::list(text);
            return match (ids.next(), ids.next()) {
                (Some(only), None) => self.company_of_id(line, Field::CompanyIds, only),
                (Some(_), Some(_)) => {
                    let column = "Associated Company IDs (Primary)";
                    let what = format!(
                        "several companies, and nothing says which is the main one; none is taken. {column} says it"
                    );
                    self.remark(&line.place, what);
                    None
                }
                (None, _) => None,
            };
        }
        if line.text(Field::CompanyDomain).is_some() {
            let domain = self.parsed(line, Field::CompanyDomain, value::domain)?;
            let found: Vec<String> = self.found(Kind::Companies, "domain", &domain);
            return self.only(line, Field::CompanyDomain, Kind::Companies, found, None);
        }
        let name = line.text(Field::Company)?;
        let found = self.found(Kind::Companies, "name", name);
        if found.is_empty() && self.options.create_companies {
            let id = made(Kind::Companies, &[name]);
            self.create_company(&id, name, &line.place);
            return Some(id);
        }
        let hint = "--create-companies makes those that are only named";
        self.only(line, Field::Company, Kind::Companies, found, Some(hint))
    }

    fn company_of_id(&mut self, line: &Line<'_>, field: Field, text: &str) -> Option<String> {
        let id = self.own_id(line, field, text)?;
        if self.directory.has(Kind::Companies, &id) {
            return Some(id);
        }
        if let (true, Some(name)) = (self.options.create_companies, line.text(Field::Company)) {
            self.create_company(&id, name, &line.place);
            return Some(id);
        }
        self.unknown(line, field, Kind::Companies, text);
        None
    }

    fn create_company(&mut self, id: &str, name: &str, place: &Place) {
        let mut said = Said::default();
        said.put("name", Some(name));
        self.enter(Kind::Companies, id.to_owned(), place.clone(), said);
    }

    /// The contacts that a line names, each once; `None` where it names none.
    pub(crate) fn contacts(&mut self, line: &Line<'_>) -> Option<Vec<String>> {
        let mut all: Vec<String> = Vec::new();
        let mut add = |id: String| {
            if !all.contains(&id) {
                all.push(id);
            }
        };
        for text in line.text(Field::ContactIds).into_iter().flat_map(value::list) {
            let Some(id) = self.own_id(line, Field::ContactIds, text) else { continue };
            if self.directory.has(Kind::Contacts, &id) {
                add(id);
            } else {
                self.unknown(line, Field::ContactIds, Kind::Contacts, text);
            }
        }
        for text in line.text(Field::ContactEmails).into_iter().flat_map(value::list) {
            match value::address(text) {
                Ok(address) => {
                    let found = self.found(Kind::Contacts, "email", &address);
                    if let Some(id) = self.only_of(line, Field::ContactEmails, Kind::Contacts, text, found, None) {
                        add(id);
                    }
                }
                Err(what) => self.fault(line, Field::ContactEmails, what),
            }
        }
        (!all.is_empty()).then_some(all)
    }

    /// The contact that a line is about: of several the first who is there.
    pub(crate) fn contact(&mut self, line: &Line<'_>) -> Option<String> {
        let by_id = line.text(Field::ContactIds).into_iter().flat_map(value::list);
        let by_address = line.text(Field::ContactEmails).into_iter().flat_map(value::list);
        if by_id.clone().count() + by_address.clone().count() > 1 {
            let is_there = |id: &String| self.directory.has(Kind::Contacts, id);
            let of_address = |text: &str| match self.found(Kind::Contacts, "email", &value::address(text).ok()?) {
                found if found.len() == 1 => found.into_iter().next(),
                _ => None,
            };
            let prefix = if line.headed.is_hubspot() { "hubspot-" } else { "" };
            let there =
                by_id.map(|id| format!("{prefix}{id}")).filter(is_there).chain(by_address.filter_map(of_address));
            if let Some(first) = there.into_iter().next() {
                self.remark(
                    &line.place,
                    "names several contacts; it is about the first of them who is there".to_owned(),
                );
                return Some(first);
            }
        }
        self.contacts(line)?.into_iter().next()
    }

    /// The deal that a line names: of several the first that is there.
    pub(crate) fn deal(&mut self, line: &Line<'_>) -> Option<String> {
        if let Some(text) = line.text(Field::DealIds) {
            let ids = value::list(text);
            let first = ids.clone().next()?;
            if ids.clone().count() > 1 {
                let prefix = if line.headed.is_hubspot() { "hubspot-" } else { "" };
                let mut there = ids.map(|id| format!("{prefix}{id}")).filter(|id| self.directory.has(Kind::Deals, id));
                if let Some(first) = there.next() {
                    self.remark(
                        &line.place,
                        "names several deals; it is about the first of them that is there".to_owned(),
                    );
                    return Some(first);
                }
            }
            let id = self.own_id(line, Field::DealIds, first)?;
            if self.directory.has(Kind::Deals, &id) {
                return Some(id);
            }
            self.unknown(line, Field::DealIds, Kind::Deals, first);
            return None;
        }
        let found = self.found(Kind::Deals, "name", line.text(Field::Deal)?);
        self.only(line, Field::Deal, Kind::Deals, found, None)
    }

    fn found(&self, kind: Kind, key: &'static str, text: &str) -> Vec<String> {
        self.directory.named(kind, key, text).into_iter().map(str::to_owned).collect()
    }

    /// The one that was found by what the cell says.
    fn only(
        &mut self,
        line: &Line<'_>,
        field: Field,
        kind: Kind,
        found: Vec<String>,
        hint: Option<&str>,
    ) -> Option<String> {
        let text = line.text(field).unwrap_or_default();
        self.only_of(line, field, kind, text, found, hint)
    }

    fn only_of(
        &mut self,
        line: &Line<'_>,
        field: Field,
        kind: Kind,
        text: &str,
        found: Vec<String>,
        hint: Option<&str>,
    ) -> Option<String> {
        match found.len() {
            0 => {
                let hint = hint.map(|hint| format!(", or {hint}")).unwrap_or_default();
                let (one, all, org) = (kind.singular(), kind.table(), &self.options.org);
                let what = format!("{} is no {one} of the files or of {org}; import the {all} too{hint}", quoted(text));
                self.fault(line, field, what);
                None
            }
            1 => found.into_iter().next(),
            several => {
                let (all, what) = (kind.table(), quoted(text));
                self.fault(line, field, format_args!("{what} can be any of {several} {all}; name it by id"));
                None
            }
        }
    }

    fn unknown(&mut self, line: &Line<'_>, field: Field, kind: Kind, text: &str) {
        let (one, all, org) = (kind.singular(), kind.table(), &self.options.org);
        let column = line.column(field);
        let what = format!(
            "{} is no {one} of the files or of {org}; import the {all} too, or leave the column out with --map \"{column}=\"",
            quoted(text)
        );
        self.fault(line, field, what);
    }
}

//! The org as it is: its people, its stages, and whom a file may name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Records, Store, StoreError};

use super::column::{Kind, normal};

/// Rows that are read at once.
const PAGE: u32 = 2_000;
/// Stages of an org that names none, as `docs/data.md` has them.
const STAGES: [&str; 7] = ["lead", "qualified", "discovery", "proposal", "negotiation", "closed_won", "closed_lost"];
/// Stages in which a deal has ended where the org names none.
const CLOSED: [&str; 2] = ["closed_won", "closed_lost"];

/// A user of the org.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// As people call them.
    pub name: String,
    /// In lower case.
    pub email: String,
    /// Their time zone.
    pub zone: String,
}

/// What an import knows of an org before it reads a file.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who may own records.
    pub users: Vec<Person>,
    /// In order.
    pub stages: Vec<String>,
    /// Those in which a deal has ended.
    pub closed: Vec<String>,
    /// Rows by kind and id, in the form of the data document.
    pub rows: BTreeMap<Kind, BTreeMap<String, Value>>,
}

impl Known {
    /// Reads it; `None` where there is no such org.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn of(store: &dyn Store, org: &OrgId) -> Result<Option<Self>, StoreError> {
        let Some(about) = store.org(org).await? else { return Ok(None) };
        let words = |name: &str, default: &[&str]| match about["settings"][name].as_array() {
            Some(list) => list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect(),
            None => default.iter().map(|word| (*word).to_owned()).collect(),
        };
        let mut known = Self {
            users: Vec::new(),
            stages: words("stages", &STAGES),
            closed: words("closed_stages", &CLOSED),
            rows: BTreeMap::new(),
        };
        for user in pages(store, org, "users").await?.into_values() {
            let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
            known.users.push(Person { id: text("id"), name: text("name"), email: text("email"), zone: text("zone") });
        }
        for kind in [Kind::Companies, Kind::Contacts, Kind::Deals] {
            known.rows.insert(kind, pages(store, org, kind.table()).await?);
        }
        Ok(Some(known))
    }

    /// Reads those rows of the other kinds that an import is about.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look_up(&mut self, store: &dyn Store, org: &OrgId, ids: &[(Kind, String)]) -> Result<(), StoreError> {
        for kind in [Kind::Activities, Kind::Tasks, Kind::Notes, Kind::Meetings] {
            let ids: Vec<String> = ids.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect();
            let rows = self.rows.entry(kind).or_default();
            for some in ids.chunks(PAGE as usize) {
                rows.extend(by_id(store.records(org, kind.table(), Records::Named(some)).await?));
            }
        }
        Ok(())
    }

    /// The row of this id.
    pub(crate) fn row(&self, kind: Kind, id: &str) -> Option<&Value> {
        self.rows.get(&kind)?.get(id)
    }

    /// The user that a cell names, by id, address or name; `Err` where a name is several
    /// people's.
    pub fn user(&self, text: &str) -> Result<Option<&Person>, usize> {
        let lower = text.to_lowercase();
        if let Some(user) = self.users.iter().find(|user| user.id == text || user.email == lower) {
            return Ok(Some(user));
        }
        let wanted = plain(text);
        let named: Vec<&Person> = self.users.iter().filter(|user| plain(&user.name) == wanted).collect();
        match named.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => Err(several.len()),
        }
    }

    /// The org's stage that a label is without case and punctuation.
    pub(crate) fn stage(&self, label: &str) -> Option<&str> {
        let exact = self.stages.iter().find(|stage| *stage == label);
        let wanted = normal(label);
        let similar = || self.stages.iter().find(|stage| normal(stage) == wanted);
        exact.or_else(similar).map(String::as_str)
    }
}

/// A name without case and with single spaces, by which names are compared.
pub(crate) fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

async fn pages(store: &dyn Store, org: &OrgId, table: &str) -> Result<BTreeMap<String, Value>, StoreError> {
    let mut all = BTreeMap::new();
    loop {
        let after = all.last_key_value().map(|(id, _): (&String, &Value)| id.clone());
        let page = store.records(org, table, Records::After { id: after.as_deref(), limit: PAGE }).await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(by_id(page));
        if is_last {
            return Ok(all);
        }
    }
}

fn by_id(rows: Vec<Value>) -> impl Iterator<Item = (String, Value)> {
    rows.into_iter().map(|row| (row["id"].as_str().unwrap_or_default().to_owned(), row))
}

/// What of the org and of the files can be named by something that is no id.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    ids: BTreeMap<Kind, BTreeSet<String>>,
    /// By kind, what is named and how: ids.
    names: BTreeMap<(Kind, &'static str, String), BTreeSet<String>>,
}

impl Directory {
    pub(crate) fn of(known: &Known) -> Self {
        let mut directory = Self::default();
        for (kind, rows) in &known.rows {
            for (id, row) in rows {
                directory.add(*kind, id, row);
            }
        }
        directory
    }

    /// What the row can be found by from now on.
    pub(crate) fn add(&mut self, kind: Kind, id: &str, row: &Value) {
        self.ids.entry(kind).or_default().insert(id.to_owned());
        let keys: &[&'static str] = match kind {
            Kind::Companies => &["name", "domain"],
            Kind::Contacts => &["email"],
            Kind::Deals => &["name"],
            _ => &[],
        };
        for key in keys {
            if let Some(text) = row[*key].as_str() {
                self.names.entry((kind, *key, plain(text))).or_default().insert(id.to_owned());
            }
        }
    }

    pub(crate) fn has(&self, kind: Kind, id: &str) -> bool {
        self.ids.get(&kind).is_some_and(|ids| ids.contains(id))
    }

    /// Ids of the records that are named so.
    pub(crate) fn named(&self, kind: Kind, key: &'static str, text: &str) -> Vec<&str> {
        let found = self.names.get(&(kind, key, plain(text)));
        found.into_iter().flatten().map(String::as_str).collect()
    }
}

//! What is in a calendar, and what changed since it was last read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use skillhost_engine::time::Timestamp;

use super::answer::{Multistatus, Resource};
use super::discover::{Calendar, rendered};
use super::error::CaldavError;
use super::{CaldavClient, ask};

/// Objects that are asked for at once.
const PAGE: usize = 100;
/// Most parts of one list of changes.
const MAX_PARTS: usize = 1_000;
/// Most objects of a calendar: five times what a busy person has in ten years.
const MAX_OBJECTS: usize = 100_000;

/// An object as it is on the server: an event with what replaces occurrences of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its address on the server.
    pub href: String,
    /// A mark that changes with it.
    pub etag: String,
    /// iCalendar, untouched.
    pub ics: String,
}

/// Takes objects in. What an object says, and whether it can be read at all, is its
/// business; one that cannot holds up no other.
pub trait Import: Send {
    /// A new object, or one that changed.
    fn import(&mut self, object: &Object);
    /// One that is gone.
    fn gone(&mut self, href: &str);
}

/// What is known of a calendar from the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// What the server calls that state.
    pub token: Option<String>,
    /// The calendar's mark then.
    pub ctag: Option<String>,
    /// Marks of its objects, by address.
    pub etags: BTreeMap<String, String>,
}

/// What a list says.
#[derive(Default)]
struct Changes {
    present: BTreeMap<String, String>,
    gone: Vec<String>,
    token: Option<String>,
    /// Whether it is all there is.
    is_whole: bool,
}

impl CaldavClient {
    /// Hands on what changed since `known`, and says what is known then. With nothing
    /// known that is everything. An error leaves `known` as it was; what was handed on by
    /// then comes again.
    ///
    /// # Errors
    /// See [`CaldavError`].
    pub async fn pull(&self, calendar: &Calendar, known: &Known, into: &mut dyn Import) -> Result<Known, CaldavError> {
        let same = |mark: &Option<String>| mark.is_some() && *mark == known.ctag;
        if !calendar.can_sync && same(&calendar.ctag) {
            return Ok(known.clone());
        }
        let changes = self.changes(calendar, known.token.as_deref()).await?;
        let mut next = Known { token: changes.token, ctag: calendar.ctag.clone(), etags: known.etags.clone() };
        let wanted: Vec<String> = changes
            .present
            .iter()
            .filter(|(href, etag)| known.etags.get(*href) != Some(*etag))
            .map(|(href, _)| href.clone())
            .collect();
        let mut gone: BTreeSet<String> = changes.gone.into_iter().collect();
        if changes.is_whole {
            gone.extend(known.etags.keys().filter(|href| !changes.present.contains_key(*href)).cloned());
        }
        for page in wanted.chunks(PAGE) {
            let found = self.objects(calendar, page).await?;
            let there: BTreeSet<&str> = found.iter().map(|object| object.href.as_str()).collect();
            // What was listed and is not there any more went in between.
            gone.extend(page.iter().filter(|href| !there.contains(href.as_str())).cloned());
            for object in &found {
                into.import(object);
                next.etags.insert(object.href.clone(), object.etag.clone());
            }
        }
        for href in gone {
            if next.etags.remove(&href).is_some() {
                into.gone(&href);
            }
        }
        Ok(next)
    }

    /// Objects with an occurrence between two instants.
    ///
    /// # Errors
    /// See [`CaldavError`].
    pub async fn between(
        &self,
        calendar: &Calendar,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, CaldavError> {
        let body = rendered(&ask::Between { from: ask::instant(from), until: ask::instant(until) })?;
        let found = self.ask("REPORT", self.at(&calendar.href)?, "1", body).await?;
        self.read(found)
    }

    async fn changes(&self, calendar: &Calendar, since: Option<&str>) -> Result<Changes, CaldavError> {
        if !calendar.can_sync {
            return self.list(calendar).await;
        }
        match self.changed_since(calendar, since).await {
            // The server forgot that state: everything is told anew.
            Err(CaldavError::Expired) if since.is_some() => self.changed_since(calendar, None).await,
            Err(CaldavError::Unsupported) => self.list(calendar).await,
            ended => ended,
        }
    }

    async fn changed_since(&self, calendar: &Calendar, since: Option<&str>) -> Result<Changes, CaldavError> {
        let url = self.at(&calendar.href)?;
        let mut changes = Changes { is_whole: since.is_none(), ..Changes::default() };
        let mut token = since.unwrap_or_default().to_owned();
        for _ in 0..MAX_PARTS {
            let body = rendered(&ask::Changes { token: &token })?;
            let list = self.ask("REPORT", url.clone(), "0", body).await?;
            let next = list.token.clone().ok_or(CaldavError::Unreadable)?;
            let is_part = self.sort(list, &url, &mut changes)?;
            changes.token = Some(next.clone());
            if !is_part {
                return Ok(changes);
            }
            if next == token {
                return Err(CaldavError::Unreadable);
            }
            token = next;
        }
        Err(CaldavError::Unreadable)
    }

    async fn list(&self, calendar: &Calendar) -> Result<Changes, CaldavError> {
        let url = self.at(&calendar.href)?;
        let list = self.ask("PROPFIND", url.clone(), "1", rendered(&ask::Marks)?).await?;
        let mut changes = Changes { is_whole: true, ..Changes::default() };
        self.sort(list, &url, &mut changes)?;
        Ok(changes)
    }

    /// What of a list is there and what is not; whether there is more to come.
    fn sort(&self, list: Multistatus, calendar: &url::Url, changes: &mut Changes) -> Result<bool, CaldavError> {
        let mut is_part = false;
        for Resource { href, status, etag, is_collection, .. } in list.resources {
            let url = self.at(&href)?;
            if url.path() == calendar.path() {
                is_part |= status == 507;
                continue;
            }
            if is_collection {
                continue;
            }
            let href = url.path().to_owned();
            match (status, etag) {
                (200, Some(etag)) => {
                    changes.gone.retain(|gone| *gone != href);
                    changes.present.insert(href, etag);
                }
                (404 | 410, _) => {
                    changes.present.remove(&href);
                    changes.gone.push(href);
                }
                _ => return Err(CaldavError::Unreadable),
            }
            if changes.present.len() > MAX_OBJECTS {
                return Err(CaldavError::Unreadable);
            }
        }
        Ok(is_part)
    }

    async fn objects(&self, calendar: &Calendar, hrefs: &[String]) -> Result<Vec<Object>, CaldavError> {
        let found = self.ask("REPORT", self.at(&calendar.href)?, "1", rendered(&ask::Objects { hrefs })?).await?;
        self.read(found)
    }

    /// The objects of an answer that has them.
    pub(super) fn read(&self, found: Multistatus) -> Result<Vec<Object>, CaldavError> {
        let mut objects = Vec::new();
        for Resource { href, status, etag, data, .. } in found.resources {
            if matches!(status, 404 | 410) {
                continue;
            }
            let (Some(etag), Some(ics)) = (etag, data) else { return Err(CaldavError::Unreadable) };
            objects.push(Object { href: self.at(&href)?.path().to_owned(), etag, ics });
        }
        Ok(objects)
    }
}

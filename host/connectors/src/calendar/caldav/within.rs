//! What is in a calendar within a stretch of time.

use std::collections::BTreeMap;

use skillhost_engine::body::DAY_MS;
use skillhost_engine::time::Timestamp;

use super::answer::{Multistatus, Resource};
use super::discover::{Calendar, rendered};
use super::error::CaldavError;
use super::{CaldavClient, ask};
use crate::egress::EgressError;

/// Most objects of a stretch: five times what a calendar may have of occurrences.
const MAX_OBJECTS: usize = 100_000;
/// Questions for one stretch: enough to have it week by week.
const MAX_QUESTIONS: usize = 128;
/// A stretch that is not divided any more: what is too much of a week stays so.
const SHORTEST_MS: i64 = 7 * DAY_MS;

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

impl CaldavClient {
    /// Objects with an occurrence between two instants, by address. Where an answer would
    /// be too large, halves of the stretch are asked for.
    ///
    /// # Errors
    /// See [`CaldavError`]. Then nothing is known of any part of the stretch.
    pub async fn between(
        &self,
        calendar: &Calendar,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, CaldavError> {
        let mut open = vec![(from, until)];
        let mut found = BTreeMap::new();
        for _ in 0..MAX_QUESTIONS {
            let Some((from, until)) = open.pop() else { return Ok(found.into_values().collect()) };
            match self.within(calendar, from, until).await {
                Ok(objects) => found.extend(objects.into_iter().map(|object| (object.href.clone(), object))),
                Err(error) if is_too_much(&error) && until.0 - from.0 > SHORTEST_MS => {
                    let half = from.plus_ms((until.0 - from.0) / 2);
                    open.extend([(half, until), (from, half)]);
                }
                Err(error) => return Err(error),
            }
            if found.len() > MAX_OBJECTS {
                return Err(CaldavError::Unreadable);
            }
        }
        Err(CaldavError::Unreadable)
    }

    async fn within(&self, calendar: &Calendar, from: Timestamp, until: Timestamp) -> Result<Vec<Object>, CaldavError> {
        let body = rendered(&ask::Between { from: ask::instant(from), until: ask::instant(until) })?;
        let found = self.ask("REPORT", self.at(&calendar.href)?, "1", body).await?;
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

/// Whether less may be had: servers that bound the occurrences of an answer say 507, or 400
/// as Radicale does. One that took too long is not among them: the server may still be at
/// work on it, for the first time, and has it ready the next time.
fn is_too_much(error: &CaldavError) -> bool {
    matches!(error, CaldavError::Egress(EgressError::TooLarge { .. }) | CaldavError::Status { status: 400 | 507 })
}

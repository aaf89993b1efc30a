//! Which calendars there are (RFC 6764): from the address that people know to the
//! calendars of whoever signs in.

use reqwest::header::LOCATION;
use url::Url;

use super::answer::{Multistatus, Resource};
use super::error::CaldavError;
use super::{CaldavClient, Call, XML, ask};

/// Where a server says where its calendars are.
const WELL_KNOWN: &str = "/.well-known/caldav";
/// Most times that a server may send on within itself.
const MAX_HOPS: usize = 5;
/// Most calendars of one person.
const MAX_CALENDARS: usize = 500;

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its address on the server.
    pub href: String,
    /// As people call it.
    pub name: String,
    /// A mark that changes when anything in it does, where the server has one.
    pub mark: Option<String>,
}

impl CaldavClient {
    /// The calendars with events of whoever signs in.
    ///
    /// # Errors
    /// See [`CaldavError`].
    pub async fn calendars(&self) -> Result<Vec<Calendar>, CaldavError> {
        let (mut place, first) = self.first().await?;
        if let Some(calendar) = first.resources.iter().find(|one| one.is_calendar) {
            return Ok(vec![described(calendar, &place)]);
        }
        let principal = first.resources.iter().find_map(|one| one.principal.clone()).ok_or(CaldavError::NotFound)?;
        place = self.at(&principal)?;
        let principal = self.properties(place.clone(), "0").await?;
        let homes: Vec<String> = principal.resources.into_iter().flat_map(|one| one.homes).collect();
        if homes.is_empty() {
            return Err(CaldavError::NotFound);
        }
        let mut calendars = Vec::new();
        for home in homes {
            let home = self.at(&home)?;
            let listed = self.properties(home.clone(), "1").await?;
            let found = listed.resources.iter().filter(|one| one.is_calendar && holds_events(one));
            calendars.extend(found.map(|one| described(one, &home)));
            calendars.truncate(MAX_CALENDARS);
        }
        Ok(calendars)
    }

    /// What the address that is set says of itself, or where the server says to ask.
    async fn first(&self) -> Result<(Url, Multistatus), CaldavError> {
        let mut url = if self.base.path() == "/" { self.at(WELL_KNOWN)? } else { self.base.clone() };
        for _ in 0..MAX_HOPS {
            let body = rendered(&ask::Properties)?;
            let call =
                Call { method: "PROPFIND", url: url.clone(), headers: &[("depth", "0")], body: Some((XML, body)) };
            let (reply, headers) = self.call(call).await?;
            match reply.status {
                301 | 302 | 303 | 307 | 308 => {
                    let next = headers.get(LOCATION).and_then(|next| next.to_str().ok()).ok_or(CaldavError::NotDav)?;
                    let next = url.join(next).map_err(|_| CaldavError::Unreadable)?;
                    url = self.at(next.as_str())?;
                }
                // A server without the well-known address answers at its root.
                404 | 405 if url.path() == WELL_KNOWN => url = self.at("/")?,
                _ => return Ok((url, super::answer::multistatus(&reply, &headers)?)),
            }
        }
        Err(CaldavError::NotDav)
    }

    async fn properties(&self, url: Url, depth: &str) -> Result<Multistatus, CaldavError> {
        self.ask("PROPFIND", url, depth, rendered(&ask::Properties)?).await
    }
}

pub(super) fn rendered(question: &impl askama::Template) -> Result<String, CaldavError> {
    question.render().map_err(|_| CaldavError::Unreadable)
}

/// A calendar that does not say what it holds may hold events.
fn holds_events(found: &Resource) -> bool {
    found.components.is_empty() || found.components.iter().any(|name| name.eq_ignore_ascii_case("VEVENT"))
}

fn described(found: &Resource, place: &Url) -> Calendar {
    let href = place.join(&found.href).map_or_else(|_| found.href.clone(), |url| url.path().to_owned());
    let last = href.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    Calendar {
        name: found.name.clone().unwrap_or(last),
        href,
        mark: found.ctag.clone().or_else(|| found.token.clone()),
    }
}

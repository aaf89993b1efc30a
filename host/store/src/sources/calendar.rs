//! The rep's calendars: events with who is in them, and the times that are taken.
//!
//! Invariant: what is not known of a calendar is said in `calendars`, never left out: one
//! that cannot be read, a time that it is not known of, more than an answer holds. What
//! the host keeps itself is no calendar that anybody connected, and is not among them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::calendar::INVITATIONS;
use skillhost_engine::context::MAX_EVENTS;
use skillhost_engine::store::StoreError;

use super::{Reader, deal_is_open};
use crate::ask::{self, Ask, Params};

/// Busy times in an answer: 92 days of one every twenty minutes of a working day.
const MAX_BUSY: usize = 2_500;
/// Calendars of a user.
const MAX_CALENDARS: usize = 50;
/// What is said where there is none: nothing known is not nothing to do.
const NO_CALENDAR: &str = "no calendar is connected";

/// A row, before it is known who is in it.
#[derive(Deserialize)]
pub(super) struct Event {
    attendees: Vec<Attendee>,
    organizer: Option<String>,
    deal_id: Option<String>,
    shows: String,
    #[serde(flatten)]
    shown: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attendee {
    name: String,
    email: Option<String>,
    response: Option<String>,
}

/// A calendar's state.
#[derive(Deserialize)]
struct State {
    name: String,
    as_of: Option<String>,
    error: Option<String>,
    covers_from: Option<String>,
    covers_until: Option<String>,
}

/// A contact behind an address.
#[derive(Clone, Deserialize)]
pub(super) struct Known {
    email: String,
    pub(super) contact_id: String,
    deal_id: Option<String>,
}

/// Who is who, by address.
pub(super) struct People {
    contacts: BTreeMap<String, Vec<Known>>,
    domains: BTreeSet<String>,
    /// The rep's own address.
    own: Option<String>,
}

impl People {
    fn side(&self, address: Option<&str>) -> &'static str {
        match address.and_then(|address| Some((address, address.rsplit_once('@')?.1))) {
            None => "unknown",
            Some((address, domain)) if self.domains.contains(domain) || self.own.as_deref() == Some(address) => "rep",
            Some(_) => "prospect",
        }
    }

    /// The contact of an address, where it is one's alone.
    pub(super) fn only(&self, address: &str) -> Option<&Known> {
        match self.contacts.get(address).map(Vec::as_slice) {
            Some([one]) => Some(one),
            _ => None,
        }
    }
}

impl<D: Ask> Reader<'_, D> {
    fn span(&self) -> Option<(&str, &str)> {
        Some((self.param("from")?, self.param("until")?))
    }

    /// Events of a time, or, of the host's own asking, the one of an id.
    pub(super) async fn calendar_events(&self) -> Result<Option<Value>, StoreError> {
        if let Some(id) = self.param("id") {
            return Ok(Some(Value::Array(self.event(id).await?.into_iter().collect())));
        }
        let Some((from, until)) = self.span() else { return Ok(None) };
        let events = self.events_between(from, until).await?;
        Ok(Some(Value::Array(events)))
    }

    /// The event of this id in the user's calendars.
    pub(super) async fn event(&self, id: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.events("e.id = $3", self.bind(id)).await?.into_iter().next())
    }

    /// Events of the user's calendars that are not over at `from` and begin before
    /// `until`, by start.
    pub(super) async fn events_between(&self, from: &str, until: &str) -> Result<Vec<Value>, StoreError> {
        self.events("e.ends > $3 AND e.starts < $4", self.bind(from).text(until)).await
    }

    async fn events(&self, which: &str, params: Params) -> Result<Vec<Value>, StoreError> {
        let (all_day, recurring) = (D::DIALECT.truth("e.all_day"), D::DIALECT.truth("e.recurring"));
        let sql = format!(
            "SELECT json_object('id', e.id, 'calendar', c.name, 'title', e.title, 'starts', e.starts, 'ends', e.ends,
                'all_day', {all_day}, 'zone', e.zone, 'status', e.status, 'shows', e.shows, 'response', e.response,
                'organizer', e.organizer, 'attendees', json(e.attendees), 'location', e.location, 'url', e.url,
                'recurring', {recurring}, 'deal_id', e.deal_id, 'updated_at', e.updated_at)
             FROM calendars c JOIN calendar_events e ON e.org_id = c.org_id AND e.calendar_id = c.id
             WHERE c.org_id = $1 AND c.user_id = $2 AND {which}
             ORDER BY e.starts, e.id LIMIT {MAX_EVENTS}"
        );
        let mut rows: Vec<Event> = ask::all(self.db, Some(self.org), "of the calendars", sql, params).await?;
        for address in rows.iter_mut().flat_map(|event| {
            event.attendees.iter_mut().filter_map(|one| one.email.as_mut()).chain(event.organizer.as_mut())
        }) {
            *address = address.to_lowercase();
        }
        let addresses: BTreeSet<String> = rows
            .iter()
            .flat_map(|event| event.attendees.iter().filter_map(|one| one.email.clone()).chain(event.organizer.clone()))
            .collect();
        let people = self.people(&addresses).await?;
        Ok(rows.into_iter().map(|event| shown(event, &people)).collect())
    }

    /// The contacts behind these addresses, as far as the user may see them.
    pub(super) async fn people(&self, addresses: &BTreeSet<String>) -> Result<People, StoreError> {
        let (open, list) = (deal_is_open(D::DIALECT), D::DIALECT.words("$3", "a"));
        let sql = format!(
            "SELECT json_object('email', c.email, 'contact_id', c.id, 'deal_id',
                (SELECT d.id FROM deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
                    JOIN orgs o ON o.id = d.org_id
                 WHERE l.org_id = c.org_id AND l.contact_id = c.id AND {open}
                    AND ($2 IS NULL OR d.owner_id IS NULL OR d.owner_id = $2)
                 ORDER BY d.updated_at DESC, d.id LIMIT 1))
             FROM {list} JOIN contacts c ON c.org_id = $1 AND c.email = a.value
             WHERE $2 IS NULL OR c.owner_id IS NULL OR c.owner_id = $2 ORDER BY c.id"
        );
        let mut contacts: BTreeMap<String, Vec<Known>> = BTreeMap::new();
        if !addresses.is_empty() {
            let params = self.bind(&json!(addresses).to_string());
            let rows: Vec<Known> = ask::all(self.db, Some(self.org), "of the contacts", sql, params).await?;
            for row in rows {
                contacts.entry(row.email.clone()).or_default().push(row);
            }
        }
        let sql = "SELECT json_object('domains', json(o.domains), 'own', (SELECT u.email FROM users u
            WHERE u.org_id = o.id AND u.id = $2)) FROM orgs o WHERE o.id = $1";
        let (org, user) = (self.org.as_str(), self.user.map(|user| user.as_str()));
        let params = Params::new().text(org).maybe(user);
        let found: Option<Value> = ask::one(self.db, Some(self.org), "of the org", sql.to_owned(), params).await?;
        let found = found.unwrap_or_default();
        let domains = found.get("domains").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(People {
            contacts,
            domains: domains.iter().filter_map(|domain| Some(domain.as_str()?.to_lowercase())).collect(),
            own: found.get("own").and_then(Value::as_str).map(str::to_lowercase),
        })
    }

    pub(super) async fn calendar_busy(&self) -> Result<Option<Value>, StoreError> {
        let Some((from, until)) = self.span() else { return Ok(None) };
        let zone = "SELECT json_object('zone', u.zone) FROM users u WHERE u.org_id = $1 AND u.id = $2";
        let Some(zone) = self.object(zone.to_owned(), "").await? else { return Ok(None) };
        let sql = format!(
            "SELECT json_object('name', c.name, 'as_of', c.as_of, 'error', c.error, 'covers_from', c.covers_from,
                'covers_until', c.covers_until)
             FROM calendars c WHERE c.org_id = $1 AND c.user_id = $2 AND c.id <> '{INVITATIONS}' || c.user_id
             ORDER BY c.name, c.id LIMIT {MAX_CALENDARS}"
        );
        let states: Vec<State> = ask::all(self.db, Some(self.org), "of the calendars", sql, self.bind("")).await?;
        let all_day = D::DIALECT.truth("e.all_day");
        let sql = format!(
            "SELECT json_object('starts', e.starts, 'ends', e.ends, 'kind', CASE
                    WHEN e.shows = 'out_of_office' THEN 'out_of_office'
                    WHEN e.shows = 'tentative' OR e.status = 'tentative'
                        OR e.response IN ('tentative', 'needs_action') THEN 'tentative'
                    ELSE 'busy' END, 'all_day', {all_day}, 'calendar', c.name)
             FROM calendars c JOIN calendar_events e ON e.org_id = c.org_id AND e.calendar_id = c.id
             WHERE c.org_id = $1 AND c.user_id = $2 AND e.ends > $3 AND e.starts < $4 AND e.ends > e.starts
                AND e.status <> 'cancelled' AND e.response <> 'declined' AND e.shows <> 'free'
             ORDER BY e.starts, e.ends, c.name, e.id LIMIT {}",
            MAX_BUSY + 1
        );
        let params = self.bind(from).text(until);
        let mut busy: Vec<Value> = ask::all(self.db, Some(self.org), "of the calendars", sql, params).await?;
        // What is left out begins then or later, so the answer is whole until then.
        let cut = busy.get(MAX_BUSY).map(|first| first["starts"].clone());
        busy.truncate(MAX_BUSY);
        // One meeting in two calendars takes its time once.
        let of =
            |one: &Value| [one["starts"].clone(), one["ends"].clone(), one["kind"].clone(), one["all_day"].clone()];
        busy.dedup_by(|one, before| of(one) == of(before));
        let mut calendars: Vec<Value> = states.iter().map(|state| told(state, from, until)).collect();
        if cut.is_some() {
            let error = format!("more than {MAX_BUSY} busy times; ask for a shorter time");
            calendars.push(json!({"name": "all", "as_of": null, "error": error}));
        }
        if calendars.is_empty() {
            calendars.push(json!({"name": "none", "as_of": null, "error": NO_CALENDAR}));
        }
        let until = cut.unwrap_or_else(|| json!(until));
        Ok(Some(json!({"zone": zone["zone"], "from": from, "until": until, "busy": busy, "calendars": calendars})))
    }
}

fn told(state: &State, from: &str, until: &str) -> Value {
    let State { name, as_of, error, covers_from, covers_until } = state;
    let unknown = match (covers_from, covers_until) {
        (Some(known), _) if known.as_str() > from => Some(format!("is not known before {known}")),
        (_, Some(known)) if known.as_str() < until => Some(format!("is not known after {known}")),
        _ => None,
    };
    let unread = || as_of.is_none().then(|| "was not read yet".to_owned());
    json!({"name": name, "as_of": as_of, "error": error.clone().or_else(unread).or(unknown)})
}

fn shown(event: Event, people: &People) -> Value {
    let Event { attendees, organizer, deal_id, shows, mut shown } = event;
    let addresses = attendees.iter().filter_map(|one| one.email.as_deref()).chain(organizer.as_deref());
    let (mut contact_ids, mut deal) = (Vec::new(), deal_id);
    for known in addresses.filter_map(|address| people.only(address)) {
        if !contact_ids.contains(&known.contact_id) {
            contact_ids.push(known.contact_id.clone());
        }
        deal = deal.or_else(|| known.deal_id.clone());
    }
    let attendees: Vec<Value> = attendees
        .iter()
        .map(|Attendee { name, email, response }| {
            let called = if name.is_empty() { email.as_deref().unwrap_or_default() } else { name };
            json!({"name": called, "email": email, "side": people.side(email.as_deref()), "response": response})
        })
        .collect();
    let external = attendees.iter().any(|one| one["side"] == "prospect");
    shown.insert("busy".to_owned(), json!(shows != "free"));
    shown.insert("external".to_owned(), json!(external));
    shown.insert("organizer".to_owned(), json!(organizer));
    shown.insert("attendees".to_owned(), json!(attendees));
    shown.insert("contact_ids".to_owned(), json!(contact_ids));
    shown.insert("deal_id".to_owned(), json!(deal));
    Value::Object(shown)
}

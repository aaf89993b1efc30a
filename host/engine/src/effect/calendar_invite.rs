//! `calendar.invite`: an event in the user's calendar, and an invitation to everybody who
//! is to come. One effect, one event, known by its `uid` for good: an event of a uid is
//! asked for once, whoever proposes it again.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::moment::{self, in_words};
use super::schema::{address, bare_address, object, one_line, text};
use super::sender::{self, bare};
use super::{EffectError, EffectKind, FieldView, block, line, optional, string, worded};
use crate::canonical::sha256;
use crate::outbox::OutboxRow;
use crate::store::CrmWrite;
use crate::time::Timestamp;

/// Its name.
pub const KIND: &str = "calendar.invite";
/// Most people asked: as many as one field of a mail names.
const MAX_ATTENDEES: usize = 20;
/// Longest event: what lasts longer is a stay, which nobody is invited to by a button.
const MAX_EVENT_MS: i64 = 24 * 3_600_000;
/// What a uid is made of: nothing that needs quoting in a calendar, long enough to be one.
const UID: &str = "^[A-Za-z0-9][A-Za-z0-9._@-]{7,199}$";

const FIELDS: &[FieldView] = &[
    line("organizer", "Organizer"),
    line("title", "Title"),
    worded(line("starts", "Starts"), local),
    worded(line("ends", "Ends"), local),
    line("zone", "Time zone"),
    worded(block("attendees", "Attendees"), people),
    line("location", "Location"),
    block("description", "Description"),
    line("uid", "Event id"),
];

pub(super) fn kind() -> EffectKind {
    let attendee = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["email", "name"],
        "properties": {"email": bare_address(), "name": one_line()},
    });
    let schema = object(
        &["title", "starts", "ends", "zone", "attendees", "uid"],
        json!({
            "organizer": address(),
            "title": one_line(),
            "starts": moment::instant(),
            "ends": moment::instant(),
            "zone": moment::zone(),
            "attendees": {"type": "array", "items": attendee, "minItems": 1, "maxItems": MAX_ATTENDEES},
            "description": text(),
            "location": one_line(),
            "uid": {"type": "string", "pattern": UID},
        }),
    );
    EffectKind::new(KIND, "Invite to a meeting", schema, FIELDS)
        .protected()
        .undoable()
        .signed_in("organizer")
        .writing_to(recipients)
        .too_late_from(begins)
        .checked_by(check)
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    let (starts, ends) = (moment::need_instant(payload, "starts")?, moment::need_instant(payload, "ends")?);
    if ends <= starts {
        return Err(("/ends".to_owned(), "the meeting ends before it begins".to_owned()));
    }
    if ends.0.saturating_sub(starts.0) > MAX_EVENT_MS {
        return Err(("/ends".to_owned(), "the meeting is longer than a day".to_owned()));
    }
    moment::need_zone(payload, "zone")?;
    let asked = payload.get("attendees").and_then(Value::as_array).map_or(0, Vec::len);
    if recipients(payload).len() != asked {
        return Err(("/attendees".to_owned(), "somebody is named twice".to_owned()));
    }
    Ok(())
}

fn begins(payload: &Value) -> Option<Timestamp> {
    moment::read_instant(payload.get("starts")?.as_str()?)
}

fn recipients(payload: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for attendee in payload.get("attendees").and_then(Value::as_array).into_iter().flatten() {
        let address = attendee.get("email").and_then(Value::as_str).map(bare).unwrap_or_default().to_lowercase();
        if !address.is_empty() && !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

/// The instant as it is, and what a clock on the wall shows then.
fn local(payload: &Value, instant: &Value) -> Option<String> {
    let text = instant.as_str()?;
    let zone = TimeZone::get(payload.get("zone")?.as_str()?).ok()?;
    Some(format!("{text} ({})", in_words(moment::read_instant(text)?, &zone)?))
}

/// One a line.
fn people(_: &Value, list: &Value) -> Option<String> {
    let lines: Option<Vec<String>> = list
        .as_array()?
        .iter()
        .map(|attendee| {
            let fields = attendee.as_object().filter(|fields| fields.len() == 2)?;
            Some(format!("{} <{}>", fields.get("name")?.as_str()?, fields.get("email")?.as_str()?))
        })
        .collect();
    lines.map(|lines| lines.join("\n"))
}

/// Somebody who asks, or is asked to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// The address alone.
    pub email: String,
    /// As shown; empty where only the address is known.
    pub name: String,
}

/// An event as whoever keeps and sends it needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Known by it in every calendar.
    pub uid: String,
    /// The user.
    pub organizer: Attendee,
    /// One line.
    pub title: String,
    /// When it begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// IANA name.
    pub zone: String,
    /// Who is asked.
    pub attendees: Vec<Attendee>,
    /// More words.
    pub description: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// When the user said yes: the same at every attempt.
    pub released_at: Timestamp,
}

impl Invitation {
    /// From a row of the outbox.
    ///
    /// # Errors
    /// The row was changed in the database.
    pub fn read(row: &OutboxRow) -> Result<Self, EffectError> {
        let kind = super::kind(KIND).ok_or_else(|| EffectError::new(&row.kind, "", "no such kind of effect"))?;
        kind.validate(&row.payload)?;
        let bad = |(pointer, message): (String, String)| EffectError::new(&row.kind, pointer, message);
        let field = |attendee: &Value, name: &str| {
            attendee.get(name).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        };
        let attendees = row.payload.get("attendees").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            uid: string(row, "uid")?,
            organizer: person(&string(row, "organizer")?),
            title: string(row, "title")?,
            starts: moment::need_instant(&row.payload, "starts").map_err(bad)?,
            ends: moment::need_instant(&row.payload, "ends").map_err(bad)?,
            zone: string(row, "zone")?,
            attendees: attendees
                .map(|attendee| Attendee { email: field(attendee, "email"), name: field(attendee, "name") })
                .collect(),
            description: optional(row, "description"),
            location: optional(row, "location"),
            released_at: row.release.as_ref().map_or(row.created_at, |release| release.at),
        })
    }

    /// Who the mail is from.
    pub fn from(&self) -> String {
        match self.organizer.name.as_str() {
            "" => self.organizer.email.clone(),
            name => format!("{name} <{}>", self.organizer.email),
        }
    }

    /// Subject of the mail.
    pub fn subject(&self) -> String {
        format!("Invitation: {}", self.title)
    }

    /// Body of the mail, for whoever reads it without a calendar.
    pub fn words(&self) -> String {
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let (starts, ends) = (in_words(self.starts, &zone), in_words(self.ends, &zone));
        let (starts, ends) = (starts.unwrap_or_default(), ends.unwrap_or_default());
        // Of one day the time alone is enough.
        let ends = match (starts.rsplit_once(", "), ends.rsplit_once(", ")) {
            (Some((day, _)), Some((same, time))) if day == same => time.to_owned(),
            _ => ends,
        };
        let mut lines = vec![self.title.clone(), String::new(), format!("When: {starts} to {ends} ({})", self.zone)];
        lines.extend(self.location.as_ref().map(|location| format!("Where: {location}")));
        let names: Vec<&str> = self.attendees.iter().map(|attendee| attendee.name.as_str()).collect();
        lines.push(format!("With: {}", names.join(", ")));
        if let Some(description) = &self.description {
            lines.extend([String::new(), description.clone()]);
        }
        lines.join("\n")
    }
}

fn person(entry: &str) -> Attendee {
    Attendee { email: bare(entry).to_owned(), name: sender::name(entry).unwrap_or_default().to_owned() }
}

/// What an event is known by in this host: of its org and its uid, and no word of either.
pub fn event_id(row: &OutboxRow) -> Option<String> {
    let uid = row.payload.get("uid").and_then(Value::as_str)?;
    Some(sha256(format!("{}\0{uid}", row.org).as_bytes()))
}

/// Takes the event's id for this effect, in the commit before it leaves: of two effects
/// with one uid the second is refused there.
pub fn reserve(row: &OutboxRow, now: Timestamp) -> Option<CrmWrite> {
    let event = (row.kind == KIND).then(|| event_id(row)).flatten()?;
    Some(CrmWrite::Invite { org: row.org.clone(), event, key: row.key.clone(), at: now })
}

/// The record of an invitation that was mailed, from its row and what the server said, or
/// the person who knows; `None` where the calendar's own server asks the attendees.
pub fn sent_mail(row: &OutboxRow, receipt: &Value, now: Timestamp) -> Option<CrmWrite> {
    let said = receipt.get("said_by").map(|_| row.key.as_str());
    let message_id = receipt.get("message_id").and_then(Value::as_str).or(said)?;
    let invitation = Invitation::read(row).ok()?;
    let body = invitation.words();
    Some(CrmWrite::SentMail {
        org: row.org.clone(),
        user: row.user.clone(),
        key: row.key.clone(),
        message_id: message_id.trim_matches(|c| c == '<' || c == '>').to_owned(),
        to: recipients(&row.payload),
        subject: invitation.subject(),
        body_digest: sha256(body.as_bytes()),
        body,
        at: now,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::effect::kind;

    fn payload(change: impl FnOnce(&mut Value)) -> Value {
        let mut payload = json!({
            "organizer": "ada@acme.example", "title": "Rollout with Globex", "starts": "2026-11-26T14:00:00Z",
            "ends": "2026-11-26T14:30:00Z", "zone": "Europe/Zurich", "location": "https://meet.example/x",
            "attendees": [{"email": "mira@globex.example", "name": "Mira Holt"},
                          {"email": "jonas@globex.example", "name": "Jonas Beck"}],
            "description": "Dates and owners.", "uid": "rollout-d1@acme.example",
        });
        change(&mut payload);
        payload
    }

    #[test]
    fn the_card_shows_the_wall_clock_and_everybody_who_is_asked() {
        let lines = kind(KIND).unwrap().lines(&payload(|_| ()));
        let value = |label: &str| lines.iter().find(|line| line.label == label).unwrap().value.clone();
        assert_eq!(value("Starts"), "2026-11-26T14:00:00Z (Thursday, 26 November 2026, 15:00)");
        assert_eq!(value("Attendees"), "Mira Holt <mira@globex.example>\nJonas Beck <jonas@globex.example>");
        assert_eq!(value("Organizer"), "ada@acme.example");
        assert_eq!(lines.len(), 9);
    }

    #[test]
    fn nobody_is_invited_to_what_has_begun() {
        let (invite, payload) = (kind(KIND).unwrap(), payload(|_| ()));
        let begins = moment::read_instant("2026-11-26T14:00:00Z").unwrap();
        assert!(!invite.is_too_late(&payload, begins.plus_ms(-1)) && invite.is_too_late(&payload, begins));
        assert!(!kind("email.send").unwrap().is_too_late(&json!({"starts": "2026-11-26T14:00:00Z"}), begins));
    }

    #[test]
    fn a_meeting_that_cannot_be_is_refused() {
        let invite = kind(KIND).unwrap();
        invite.validate(&payload(|_| ())).unwrap();
        for (pointer, value) in [
            ("/ends", json!("2026-11-26T14:00:00Z")),
            ("/ends", json!("2026-11-26T13:00:00Z")),
            ("/ends", json!("2026-11-28T14:00:00Z")),
            ("/starts", json!("2026-02-30T14:00:00Z")),
            ("/starts", json!("2026-11-26")),
            ("/zone", json!("Mars/Olympus")),
            ("/uid", json!("short")),
            ("/uid", json!("has a space in it")),
            ("/uid", json!("line\r\nATTENDEE:x")),
            ("/title", json!("a\nb")),
            ("/location", json!("a\r\nb")),
            ("/attendees/0/email", json!("Mira <mira@globex.example>")),
            ("/attendees/0/email", json!("mira@globex.example\nBcc: x@y.example")),
            ("/attendees/0/name", json!("Mira\nHolt")),
            ("/attendees/1/role", json!("chair")),
        ] {
            let changed = payload(|payload| {
                let (parent, field) = pointer.rsplit_once('/').unwrap();
                payload.pointer_mut(parent).unwrap()[field] = value.clone();
            });
            let error = invite.validate(&changed).unwrap_err();
            assert!(pointer.starts_with(&error.pointer), "{pointer} {value}: {error}");
            assert!(!error.pointer.is_empty(), "{pointer} {value}: {error}");
        }
        let twice = payload(|payload| payload["attendees"][1]["email"] = json!("MIRA@globex.example"));
        assert_eq!(invite.validate(&twice).unwrap_err().pointer, "/attendees");
        assert!(invite.validate(&payload(|payload| payload["attendees"] = json!([]))).is_err());
    }

    fn row(payload: Value) -> OutboxRow {
        serde_json::from_value(json!({
            "key": "eff_1", "org": "acme", "user": "ada", "job": "job_1", "step": "s", "local_id": "e", "kind": KIND,
            "payload": payload, "after": [], "module": null, "rights": [], "digest": "d", "approval": null,
            "release": null, "state": "ready", "revision": 1, "attempt": 0, "not_before": 0, "last_error": null,
            "receipt": null, "created_at": 0, "updated_at": 0,
        }))
        .unwrap()
    }

    #[test]
    fn the_words_of_the_mail_tell_when_where_and_with_whom() {
        let invitation = Invitation::read(&row(payload(|_| ()))).unwrap();
        assert_eq!(
            invitation.words(),
            "Rollout with Globex\n\nWhen: Thursday, 26 November 2026, 15:00 to 15:30 (Europe/Zurich)\n\
             Where: https://meet.example/x\nWith: Mira Holt, Jonas Beck\n\nDates and owners."
        );
        let over_night = payload(|payload| {
            payload["starts"] = json!("2026-11-26T22:30:00Z");
            payload["ends"] = json!("2026-11-26T23:30:00Z");
        });
        let words = Invitation::read(&row(over_night)).unwrap().words();
        assert!(words.contains("26 November 2026, 23:30 to Friday, 27 November 2026, 00:30"), "{words}");
    }

    #[test]
    fn an_event_is_known_by_org_and_uid_alone() {
        let one = row(payload(|_| ()));
        let mut other = row(payload(|payload| payload["title"] = json!("Another title")));
        assert_eq!(event_id(&one), event_id(&other));
        other.org = "globex".into();
        assert_ne!(event_id(&one), event_id(&other));
        assert!(!event_id(&one).unwrap().contains("rollout"));
        assert!(sent_mail(&one, &json!({"place": "calendar"}), Timestamp(0)).is_none(), "nothing was mailed");
        let mailed = sent_mail(&one, &json!({"message_id": "<m@acme.example>"}), Timestamp(0)).unwrap();
        let CrmWrite::SentMail { message_id, to, .. } = mailed else { unreachable!() };
        assert_eq!((message_id.as_str(), to.len()), ("m@acme.example", 2));
        assert!(sent_mail(&one, &json!({"said_by": "ada"}), Timestamp(0)).is_some(), "somebody knows that it left");
    }
}

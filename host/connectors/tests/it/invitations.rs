//! Invitations: an event in a calendar, and a mail that calendars and people can read.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarEntry, ICalendarProperty, ICalendarValue};
use serde_json::{Value, json};
use skillhost_connectors::invitation::{Calendar, Entry, FolderCalendar, Inviter, Put, compose_invitation, request};
use skillhost_connectors::mail::{FolderMailer, message_id};
use skillhost_engine::effect::calendar_invite::{Invitation, KIND, event_id};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};

use super::parts::row;

fn payload() -> Value {
    json!({
        "organizer": "Ada Reed <ada@seller.example>",
        "title": "Rollout; dates, owners",
        "starts": "2030-03-20T14:00:00Z",
        "ends": "2030-03-20T14:30:00Z",
        "zone": "Europe/Zurich",
        "attendees": [
            {"email": "mira@buyer.example", "name": "Mira \"Mi\" Höld"},
            {"email": "jonas@buyer.example", "name": "Jonas; Beck: X"},
        ],
        "description": "First line, with a comma\nSecond; line \\n and more words so that it is folded over lines.",
        "location": "https://meet.example/x",
        "uid": "rollout-d1@seller.example",
    })
}

fn invite(key: &str, change: impl FnOnce(&mut Value)) -> OutboxRow {
    let mut payload = payload();
    change(&mut payload);
    row(key, KIND, payload)
}

fn written(row: &OutboxRow) -> String {
    request(&Invitation::read(row).unwrap()).unwrap()
}

fn all<'a>(event: &'a [ICalendarEntry], name: &ICalendarProperty) -> Vec<&'a ICalendarEntry> {
    event.iter().filter(|entry| entry.name == *name).collect()
}

fn text(entries: &[ICalendarEntry], name: &ICalendarProperty) -> String {
    let [one] = all(entries, name)[..] else { panic!("{name:?} is not there once") };
    one.values.first().and_then(ICalendarValue::as_text).unwrap_or_default().to_owned()
}

#[test]
fn a_calendar_reads_back_what_was_approved() {
    let row = invite("eff_1", |_| ());
    let ics = written(&row);
    assert_eq!(ics, written(&row), "the same row gives other bytes");
    assert!(ics.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{ics}");
    let calendar = ICalendar::parse(&ics).unwrap();
    assert_eq!(calendar.components.len(), 2, "{ics}");
    let [whole, event] = &calendar.components[..] else { unreachable!() };
    assert_eq!(event.component_type, ICalendarComponentType::VEvent);
    assert_eq!(text(&event.entries, &ICalendarProperty::Uid), "rollout-d1@seller.example");
    assert_eq!(text(&event.entries, &ICalendarProperty::Summary), "Rollout; dates, owners");
    assert_eq!(text(&event.entries, &ICalendarProperty::Description), payload()["description"]);
    assert_eq!(all(&event.entries, &ICalendarProperty::Attendee).len(), 2);
    assert_eq!(all(&whole.entries, &ICalendarProperty::Method).len(), 1);
    let unfolded = ics.replace("\r\n ", "").replace("\r\n\t", "");
    for line in [
        "METHOD:REQUEST",
        "DTSTART:20300320T140000Z",
        "DTEND:20300320T143000Z",
        "DTSTAMP:20300317T174640Z",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "ORGANIZER;CN=\"Ada Reed\":mailto:ada@seller.example",
    ] {
        assert!(unfolded.lines().any(|written| written == line), "{line} is not in\n{ics}");
    }
    let mira = unfolded.lines().find(|line| line.contains("mira@buyer.example")).unwrap();
    assert!(mira.contains("RSVP=TRUE") && mira.ends_with(":mailto:mira@buyer.example"), "{mira}");
}

#[test]
fn no_word_of_an_event_becomes_a_line_of_it() {
    let evil = "x\nATTENDEE:mailto:eve@else.example\nEND:VEVENT\r\nBEGIN:VALARM";
    let row = invite("eff_1", |payload| payload["description"] = json!(evil));
    let ics = written(&row);
    let calendar = ICalendar::parse(&ics).unwrap();
    assert_eq!(calendar.components.len(), 2, "{ics}");
    assert_eq!(all(&calendar.components[1].entries, &ICalendarProperty::Attendee).len(), 2, "{ics}");
    // What the schema refuses gets no further, whoever wrote it into the database.
    for (field, value) in [
        ("title", json!(evil)),
        ("location", json!(evil)),
        ("uid", json!("uid-12345678\r\nX:y")),
        ("organizer", json!("ada@seller.example\r\nBcc: eve@else.example")),
        ("attendees", json!([{"email": "mira@buyer.example", "name": "M\r\nX:y"}])),
        ("starts", json!("2030-03-20T15:00:00Z")),
    ] {
        let row = invite("eff_1", |payload| payload[field] = value);
        assert!(Invitation::read(&row).is_err(), "{field}");
    }
}

#[test]
fn the_mail_asks_everybody_and_takes_the_event_along() {
    let row = invite("eff_1", |_| ());
    let invitation = Invitation::read(&row).unwrap();
    let ics = written(&row);
    let mail = compose_invitation(&row, &invitation, &ics).unwrap();
    assert_eq!(mail.bytes, compose_invitation(&row, &invitation, &ics).unwrap().bytes);
    let to: Vec<String> = mail.envelope.to().iter().map(ToString::to_string).collect();
    assert_eq!(to, ["mira@buyer.example", "jonas@buyer.example"]);
    assert_eq!(message_id(&row).unwrap(), mail.message_id, "known without composing it");
    let text = String::from_utf8(mail.bytes).unwrap();
    assert!(
        text.contains("From: \"Ada Reed\" <ada@seller.example>") && text.contains("multipart/alternative"),
        "{text}"
    );
    assert!(text.contains("Message-ID: <eff_1@seller.example>"), "{text}");
    assert!(text.contains("Subject: Invitation: Rollout"), "{text}");
    let event = text.split("\r\n\r\n").position(|head| head.contains("text/calendar")).unwrap();
    let head = text.split("\r\n\r\n").nth(event).unwrap();
    assert!(head.contains("method=REQUEST"), "{head}");
    let body = text.split("\r\n\r\n").nth(event + 1).unwrap().split("\r\n--").next().unwrap();
    assert_eq!(decoded(head, body), ics);
}

/// What a part holds, whichever encoding it has.
fn decoded(head: &str, body: &str) -> String {
    if head.contains("base64") {
        return String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap();
    }
    if !head.contains("quoted-printable") {
        return format!("{body}\r\n");
    }
    let mut bytes = Vec::new();
    let mut rest = body.replace("=\r\n", "").into_bytes().into_iter();
    while let Some(byte) = rest.next() {
        let hex = if byte == b'=' { [rest.next().unwrap(), rest.next().unwrap()] } else { [0; 2] };
        bytes.push(if byte == b'=' {
            u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    let text = String::from_utf8(bytes).unwrap();
    if text.ends_with("\r\n") { text } else { format!("{text}\r\n") }
}

fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
    (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
}

fn inviter(calendar: &Path, mail: &Path) -> Inviter {
    let calendar = FolderCalendar::open(calendar).unwrap();
    Inviter::new(Arc::new(calendar), Arc::new(FolderMailer::open(mail).unwrap()))
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_event_is_put_once_however_often_it_is_asked_for() {
    let (calendar, mail) = folders();
    let inviter = inviter(calendar.path(), mail.path());
    assert!(inviter.is_keyed());
    let row = invite("eff_1", |_| ());
    let file = FolderCalendar::file_name(&event_id(&row).unwrap());
    let receipt = json!({"message_id": "<eff_1@seller.example>", "file": "eff_1.eml", "place": file});
    for _ in 0..2 {
        assert_eq!(inviter.perform(&row).await, Delivery::Sent { receipt: receipt.clone() });
    }
    assert_eq!(files(calendar.path()), std::slice::from_ref(&file));
    assert_eq!(files(mail.path()), ["eff_1.eml"]);
    assert_eq!(std::fs::read_to_string(calendar.path().join(&file)).unwrap(), written(&row));
    // Another event under the same uid reaches nobody.
    let other = invite("eff_2", |payload| payload["title"] = json!("Another meeting"));
    assert!(matches!(inviter.perform(&other).await, Delivery::Permanent { .. }));
    assert_eq!(files(mail.path()), ["eff_1.eml"]);
    // Another org has its own uids.
    let mut theirs = invite("eff_3", |_| ());
    theirs.org = "globex".into();
    assert!(matches!(inviter.perform(&theirs).await, Delivery::Sent { .. }));
    assert_eq!(files(calendar.path()).len(), 2);
}

#[tokio::test]
async fn no_uid_leaves_the_folder() {
    let above = tempfile::tempdir().unwrap();
    let (inside, mail) = (above.path().join("calendar"), tempfile::tempdir().unwrap());
    std::fs::create_dir(&inside).unwrap();
    let inviter = inviter(&inside, mail.path());
    for (at, uid) in ["a..............b", "A0000000.ics", "a0000000@x.example"].iter().enumerate() {
        let row = invite(&format!("eff_{at}"), |payload| payload["uid"] = json!(uid));
        assert!(matches!(inviter.perform(&row).await, Delivery::Sent { .. }), "{uid}");
    }
    for uid in ["../../etc/passwd", "/etc/passwd0", "a/b/c/d/e/f", "..........", "a\u{0}bcdefghi"] {
        let row = invite("eff_x", |payload| payload["uid"] = json!(uid));
        assert!(matches!(inviter.perform(&row).await, Delivery::Permanent { .. }), "{uid}");
    }
    assert_eq!((files(above.path()).len(), files(&inside).len()), (1, 3));
}

/// A calendar that answers as told.
struct Told {
    answers: Mutex<VecDeque<Put>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Calendar for Told {
    fn vendor(&self) -> &'static str {
        "told"
    }

    fn is_keyed(&self) -> bool {
        false
    }

    async fn put(&self, entry: Entry<'_>) -> Put {
        self.asked.lock().unwrap().push(format!("{} {} {}", entry.org, entry.user, entry.invitation.uid));
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

#[tokio::test]
async fn a_calendar_decides_who_is_asked_and_when_again() {
    let mail = tempfile::tempdir().unwrap();
    let reason = || "why".to_owned();
    let answers = VecDeque::from([
        Put::Transient { reason: reason(), retry_after_ms: Some(7) },
        Put::Unknown { reason: reason() },
        Put::Permanent { reason: reason() },
        Put::There { place: "/calendar/1".to_owned(), asks: true },
        Put::There { place: "/calendar/1".to_owned(), asks: false },
    ]);
    let told = Arc::new(Told { answers: Mutex::new(answers), asked: Mutex::default() });
    let inviter = Inviter::new(Arc::clone(&told) as _, Arc::new(FolderMailer::open(mail.path()).unwrap()));
    assert_eq!((inviter.vendor(), inviter.is_keyed(), inviter.kinds()), ("told", false, &[KIND][..]));
    let row = invite("eff_1", |_| ());
    assert_eq!(inviter.perform(&row).await, Delivery::Transient { reason: reason(), retry_after_ms: Some(7) });
    assert_eq!(inviter.perform(&row).await, Delivery::Unknown { reason: reason() });
    assert_eq!(inviter.perform(&row).await, Delivery::Permanent { reason: reason() });
    assert_eq!(inviter.perform(&row).await, Delivery::Sent { receipt: json!({"place": "/calendar/1"}) });
    assert!(files(mail.path()).is_empty(), "the server asks already");
    assert!(matches!(inviter.perform(&row).await, Delivery::Sent { .. }));
    assert_eq!(files(mail.path()), ["eff_1.eml"]);
    assert_eq!(told.asked.lock().unwrap()[0], "acme rep rollout-d1@seller.example");
}

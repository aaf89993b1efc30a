//! From a text to a request.

use free_time::record::{Invitee, Kind, Mode, Moment, Quote, Request, Stretch, Urgency, Window};
use jiff::Zoned;
use skillhost_language::scheduling::{self, Correspondence, Days, Scheduling, Wanted, Zone};
use skillhost_language::{Anchor, When, match_name};

use crate::Input;
use crate::source::Found;

/// How sure a wish is that another skill detected and this one's rules do not see,
/// at the most.
const DETECTED: f64 = 0.75;
/// Most people, times and stretches that are kept: a longer list is no request.
const MOST: usize = 20;

/// Who writes, when, where, and to whom.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The moment of writing in the writer's zone.
    pub anchor: Anchor,
    /// Whether it is the rep.
    pub by_rep: bool,
    /// The rep's zone.
    pub rep_zone: String,
    /// The other side's, and what it was told by.
    pub their_zone: Option<(String, &'static str)>,
    /// Times that were offered to the writer, in order, epoch milliseconds.
    pub offered: Vec<i64>,
    /// Names and addresses of the two: they need not be named as attendees.
    pub known: Vec<String>,
}

/// Reads a text whose exact substrings can be quoted.
pub fn read(text: &str, writer: &Writer) -> Request {
    quoting(text, writer, &|range| text.get(range).map(str::to_owned))
}

type Quoting<'a> = &'a dyn Fn(std::ops::Range<usize>) -> Option<String>;

fn quoting(text: &str, writer: &Writer, quote: Quoting<'_>) -> Request {
    let reader_zone = match (&writer.their_zone, writer.by_rep) {
        (Some((zone, _)), true) => zone.as_str(),
        _ => writer.rep_zone.as_str(),
    };
    let mail = Correspondence { anchor: &writer.anchor, reader_zone, offered: &writer.offered };
    let found = scheduling::scheduling(text, &mail);
    let mut request = request(&found, writer, reader_zone);
    if request.kind != Kind::None {
        request.evidence = evidence(&found, quote);
    }
    request
}

/// Reads what was found. Where its first words name no time, the ones after them
/// may; where they ask for nothing although somebody heard a wish in them, the wish
/// stands with its deadline.
pub(crate) fn of(found: &Found, input: &Input) -> Request {
    let writer = Writer {
        anchor: found.anchor.clone(),
        by_rep: found.by_rep,
        rep_zone: found.rep_zone.clone(),
        their_zone: found.their_zone.clone().map(|(zone, by, _)| (zone, by)),
        offered: found.offered.clone(),
        known: found.known.clone(),
    };
    let mut texts = found.texts.iter().enumerate();
    let mut request = match texts.next() {
        Some((at, text)) => quoting(text, &writer, &|range| found.quote(at, range)),
        None => Request::default(),
    };
    let names_time =
        |request: &Request| request.window.is_some() || !request.preferred.is_empty() || !request.proposed.is_empty();
    if request.kind == Kind::None && matches!(input.intent.as_deref(), Some("schedule_meeting" | "meeting")) {
        request.kind = Kind::MeetingRequest;
        request.confidence = input.confidence.unwrap_or(DETECTED).clamp(0.0, DETECTED);
    }
    if request.kind != Kind::None && !names_time(&request) {
        for (at, text) in texts {
            let next = quoting(text, &writer, &|range| found.quote(at, range));
            if names_time(&next) && next.kind != Kind::Cancel {
                request.window = next.window;
                request.preferred = next.preferred;
                request.excluded.extend(next.excluded);
                request.proposed = next.proposed;
                request.duration_min = request.duration_min.or(next.duration_min);
                request.mode = request.mode.or(next.mode);
                request.evidence.extend(next.evidence);
                break;
            }
        }
    }
    let today = || Some(found.anchor.today().to_string());
    if request.kind == Kind::MeetingRequest
        && !names_time(&request)
        && let (Some(until), Some(from)) = (input.deadline.clone(), today())
        && until.get(..10).is_some_and(|day| *day >= *from)
    {
        request.window = Some(Window { from, until: Some(until) });
    }
    if let Some((_, by, Some(words))) = &found.their_zone
        && matches!(*by, "place" | "phone")
        && found.read_id.is_some()
    {
        request.evidence.push(Quote { quote: words.clone(), supports: "/their_zone".to_owned() });
    }
    request
}

fn request(found: &Scheduling, writer: &Writer, reader_zone: &str) -> Request {
    let kind = match found.wanted {
        Wanted::Meeting => Kind::MeetingRequest,
        Wanted::AnotherTime => Kind::Reschedule,
        Wanted::NoMeeting => Kind::Cancel,
        Wanted::Yes => Kind::Confirm,
        Wanted::Nothing => Kind::None,
    };
    let writers = || match (&writer.their_zone, writer.by_rep) {
        (Some((zone, by)), false) => (zone.clone(), *by),
        _ => (writer.rep_zone.clone(), "user"),
    };
    let (zone, zone_from) = match found.zone.as_ref().map(|read| read.value) {
        Some(Zone::Named(name)) => (name.to_owned(), "said"),
        Some(Zone::Readers) => (reader_zone.to_owned(), "said"),
        Some(Zone::Writers) | None => writers(),
    };
    // Somebody who names a zone that is not the other one's names their own.
    let told = match (&writer.their_zone, found.zone.as_ref().map(|read| read.value)) {
        (Some((zone, by)), _) => Some((zone.clone(), (*by).to_owned())),
        (None, Some(Zone::Named(name))) if !writer.by_rep && name != writer.rep_zone => {
            Some((name.to_owned(), "said".to_owned()))
        }
        _ => None,
    };
    Request {
        kind,
        confidence: found.confidence,
        duration_min: found.duration_min.as_ref().map(|read| read.value),
        window: found
            .window
            .as_ref()
            .map(|(from, until)| Window { from: from.to_text(), until: until.as_ref().map(When::to_text) }),
        preferred: found.preferred.iter().take(MOST).map(|read| stretch(&read.value)).collect(),
        excluded: found.excluded.iter().take(MOST).map(|read| stretch(&read.value)).collect(),
        proposed: found.proposed.iter().take(MOST).map(|read| moment(&read.value)).collect(),
        about: found.about.as_ref().map(|read| read.value.to_text()),
        zone: Some(zone),
        zone_from: Some(zone_from.to_owned()),
        their_zone: told.as_ref().map(|(zone, _)| zone.clone()),
        their_zone_from: told.map(|(_, from)| from),
        attendees: attendees(found, writer),
        mode: found.mode.as_ref().map(|read| match read.value {
            scheduling::Mode::Video => Mode::Video,
            scheduling::Mode::Phone => Mode::Phone,
            scheduling::Mode::InPerson => Mode::InPerson,
        }),
        urgency: match found.urgency {
            scheduling::Urgency::High => Urgency::High,
            scheduling::Urgency::Normal => Urgency::Normal,
            scheduling::Urgency::Low => Urgency::Low,
        },
        ..Request::default()
    }
}

fn stretch(found: &scheduling::Stretch) -> Stretch {
    let clock = |time: Option<jiff::civil::Time>| time.map(free_time::clock);
    let mut out = Stretch { from: clock(found.from), until: clock(found.until), ..Stretch::default() };
    match found.days {
        Days::Any => {}
        Days::Every(weekday) => out.weekday = Some(free_time::weekday_name(weekday).to_owned()),
        Days::Between(first, last) => {
            out.day = Some(first.to_string());
            out.last_day = (last > first).then(|| last.to_string());
        }
    }
    out
}

fn moment((starts, ends): &(Zoned, Option<Zoned>)) -> Moment {
    let text = |at: &Zoned| When::Instant(Box::new(at.clone())).to_text();
    Moment { starts: text(starts), ends: ends.as_ref().map(text) }
}

/// People besides the two.
fn attendees(found: &Scheduling, writer: &Writer) -> Vec<Invitee> {
    let mut out: Vec<Invitee> = Vec::new();
    for person in found.attendees.iter().take(MOST) {
        let is_known =
            |name: &String| writer.known.iter().any(|known| match_name(name, std::slice::from_ref(known)).is_some());
        let known = person.email.as_ref().is_some_and(|email| writer.known.contains(email))
            || person.email.is_none() && person.name.as_ref().is_some_and(is_known);
        let invitee = Invitee { name: person.name.clone(), email: person.email.clone() };
        if !known && !out.contains(&invitee) {
            out.push(invitee);
        }
    }
    out
}

/// The words that each field rests on.
fn evidence(found: &Scheduling, quote: Quoting<'_>) -> Vec<Quote> {
    let mut out: Vec<Quote> = Vec::new();
    let mut add = |range: &std::ops::Range<usize>, supports: String| {
        if let Some(quote) = quote(range.clone()).filter(|quote| !quote.trim().is_empty()) {
            out.push(Quote { quote, supports });
        }
    };
    if let Some(said) = &found.said {
        add(said, "/kind".to_owned());
    }
    if let Some(read) = &found.duration_min {
        add(&read.range, "/duration_min".to_owned());
    }
    for (at, read) in found.preferred.iter().take(MOST).enumerate() {
        add(&read.range, format!("/preferred/{at}"));
    }
    for (at, read) in found.excluded.iter().take(MOST).enumerate() {
        add(&read.range, format!("/excluded/{at}"));
    }
    for (at, read) in found.proposed.iter().take(MOST).enumerate() {
        add(&read.range, format!("/proposed/{at}"));
    }
    if let Some(read) = &found.about {
        add(&read.range, "/about".to_owned());
    }
    if let Some(read) = &found.zone {
        add(&read.range, "/zone".to_owned());
    }
    if let Some(read) = &found.mode {
        add(&read.range, "/mode".to_owned());
    }
    if let Some(range) = &found.urgency_said {
        add(range, "/urgency".to_owned());
    }
    out
}

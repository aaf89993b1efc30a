//! Each part in a few lines.

use briefing_record::tally::listed;
use briefing_record::{Attention, AttentionItem, DayAhead, MeetingAhead, Overnight, Pulse, RepClock};
use meeting_record::{capitalised, one_line, shortened};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest line, characters: two lines of a telephone.
const MAX_LINE: usize = 120;
/// Most lines of each section.
const MAX_MEETINGS: usize = 6;
const MAX_MAILS: usize = 5;
const MAX_PULSE: usize = 5;
const MAX_OVERNIGHT: usize = 5;
/// Most people of a meeting that are named.
const MAX_PEOPLE: usize = 2;
/// Longest title, name and quote within a line, characters.
const MAX_TITLE: usize = 40;
const MAX_QUOTED: usize = 60;

/// An event of the day, as the host hands it over.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Event {
    /// Title.
    pub title: String,
    /// RFC 3339.
    pub starts: String,
    /// Whole days.
    pub all_day: bool,
    /// `confirmed`, `tentative` or `cancelled`.
    pub status: String,
    /// The rep's answer.
    pub response: String,
}

/// A section of the brief.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Section {
    /// `meetings`, `attention`, `pipeline` or `overnight`.
    pub name: String,
    /// As it is written.
    pub heading: String,
    /// How many there are, whatever the lines show.
    pub count: usize,
    /// The lines.
    pub lines: Vec<String>,
    /// What stands there when there are none.
    pub nothing: String,
}

impl Section {
    fn new(name: &str, heading: &str, count: usize, mut lines: Vec<String>, most: usize, nothing: &str) -> Self {
        let shown = lines.len().min(most);
        lines.truncate(most);
        for line in &mut lines {
            *line = shortened(line, MAX_LINE);
        }
        if count > shown {
            lines.push(format!("and {} more", count - shown));
        }
        let owned = str::to_owned;
        Self { name: owned(name), heading: owned(heading), count, lines, nothing: owned(nothing) }
    }

    /// For a card.
    pub(crate) fn written(&self) -> String {
        if self.lines.is_empty() {
            return format!("**{}**\n{}", self.heading, self.nothing);
        }
        let lines: Vec<String> = self.lines.iter().map(|line| format!("- {line}")).collect();
        format!("**{} ({})**\n{}", self.heading, self.count, lines.join("\n"))
    }
}

/// From the prepared day, else from the calendar alone.
pub(crate) fn meetings(prep: Option<&DayAhead>, calendar: Option<&[Event]>, clock: &RepClock) -> Option<Section> {
    let lines: Vec<String> = match (prep, calendar) {
        (Some(prep), _) => prep.meetings.iter().map(meeting).collect(),
        (None, Some(events)) => of_calendar(events, clock),
        (None, None) => return None,
    };
    Some(Section::new("meetings", "Meetings today", lines.len(), lines, MAX_MEETINGS, "No meetings today."))
}

/// `17:30 Mira Holt, Globex: depot labels · brief at 16:00 · overlaps with “x”`.
fn meeting(meeting: &MeetingAhead) -> String {
    let title = shortened(&meeting.title, MAX_TITLE);
    let company = meeting.company.as_deref().map(|company| format!(", {}", shortened(company, MAX_TITLE)));
    let who = listed(&meeting.with.iter().map(|name| shortened(name, MAX_TITLE)).collect::<Vec<_>>(), MAX_PEOPLE);
    let what = match (who.is_empty(), title.is_empty()) {
        (true, true) => "Meeting".to_owned(),
        (true, false) => title,
        (false, true) => format!("{who}{}", company.unwrap_or_default()),
        (false, false) => format!("{who}{}: {title}", company.unwrap_or_default()),
    };
    let prep = match (meeting.prep.as_str(), &meeting.brief_at) {
        ("none_needed", _) => Some("no prep needed".to_owned()),
        ("ready", _) => Some("prep ready".to_owned()),
        ("brief_comes", Some(at)) => Some(format!("brief at {at}")),
        ("brief_due", _) => Some("brief due now".to_owned()),
        ("started", _) => Some("under way".to_owned()),
        _ => None,
    };
    let notes = meeting.notes.iter().map(|note| one_line(note));
    let parts: Vec<String> = [format!("{} {what}", meeting.time)].into_iter().chain(prep).chain(notes).collect();
    parts.join(" · ")
}

fn of_calendar(events: &[Event], clock: &RepClock) -> Vec<String> {
    let mut today: Vec<&Event> = events
        .iter()
        .filter(|event| event.status != "cancelled" && event.response != "declined" && !event.all_day)
        .filter(|event| clock.days_to(&event.starts) == Some(0))
        .collect();
    today.sort_by(|a, b| a.starts.cmp(&b.starts));
    today
        .into_iter()
        .map(|event| {
            let time = clock.time_of(&event.starts).unwrap_or_default();
            format!("{time} {}", shortened(&event.title, MAX_TITLE))
        })
        .collect()
}

pub(crate) fn attention(attention: &Attention) -> Section {
    let lines: Vec<String> = attention.items.iter().map(mail).collect();
    let total = attention.total.max(lines.len());
    Section::new("attention", "Needs your attention", total, lines, MAX_MAILS, "No mail needs you.")
}

/// `David Park (Zenith) asks for a meeting: “could we …”`.
fn mail(item: &AttentionItem) -> String {
    let company = item.company.as_deref().map(|company| format!(" ({})", shortened(company, MAX_TITLE)));
    let from = shortened(&item.from, MAX_TITLE);
    let words = item.quote.as_deref().filter(|quote| !quote.trim().is_empty()).unwrap_or(&item.subject);
    let words = shortened(words, MAX_QUOTED);
    let quoted = if words.is_empty() { String::new() } else { format!(": “{words}”") };
    // Who bounced wrote nothing.
    match item.kind.as_str() {
        "bounce" => shortened(&capitalised(&item.why), MAX_LINE),
        _ => format!("{from}{} {}{quoted}", company.unwrap_or_default(), one_line(&item.why)),
    }
}

pub(crate) fn pulse(pulse: &Pulse) -> Section {
    let lines: Vec<String> = pulse.lines.iter().map(|line| line.text.clone()).collect();
    Section::new(
        "pipeline",
        "Pipeline pulse",
        lines.len(),
        lines,
        MAX_PULSE,
        "Nothing in the pipeline asks for anything.",
    )
}

pub(crate) fn overnight(overnight: &Overnight) -> Section {
    let lines: Vec<String> = overnight.updates.iter().map(|update| update.text.clone()).collect();
    let nothing = match overnight.missing.is_empty() {
        true => "Nothing new overnight.",
        false => "Nothing new in what could be read.",
    };
    Section::new("overnight", "Overnight", lines.len(), lines, MAX_OVERNIGHT, nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However much there is, the sections stay short and no number is lost.
        #[test]
        fn a_brief_fits_a_screen_and_counts_all(
            titles in prop::collection::vec(".{0,140}", 0..12),
            total in 0usize..400,
        ) {
            let prep = DayAhead {
                meetings: titles.iter().map(|title| MeetingAhead {
                    title: title.clone(),
                    with: titles.clone(),
                    notes: vec![title.clone()],
                    time: "09:30".to_owned(),
                    prep: "brief_due".to_owned(),
                    ..MeetingAhead::default()
                }).collect(),
                ..DayAhead::default()
            };
            let inbox = Attention {
                items: titles.iter().map(|title| AttentionItem { from: title.clone(), quote: Some(title.clone()), ..AttentionItem::default() }).collect(),
                total,
                ..Attention::default()
            };
            let clock = RepClock::new(0, "UTC");
            for section in meetings(Some(&prep), None, &clock).into_iter().chain([attention(&inbox)]) {
                prop_assert!(section.lines.len() <= MAX_MEETINGS + 1);
                prop_assert!(section.lines.iter().all(|line| line.chars().count() <= MAX_LINE && !line.contains('\n')));
                let rest = section.lines.last().and_then(|line| line.strip_prefix("and ")?.strip_suffix(" more")?.parse().ok());
                let shown = section.lines.len() - usize::from(rest.is_some());
                prop_assert_eq!(shown + rest.unwrap_or(0usize), section.count);
            }
        }
    }
}

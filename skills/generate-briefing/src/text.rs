//! The brief as one text for a card.

use briefing_record::{Appointment, Line, RepClock};
use meeting_record::{one_line, shortened};
use skillhost_sdk::sources::instant_ms;

use crate::{Facts, Sections};

/// Longest title of a meeting, characters.
const MAX_TITLE: usize = 100;
const MINUTE_MS: i64 = 60_000;

/// `Globex and Acme: labels, 17:30`.
pub(crate) fn title(appointment: &Appointment, clock: &RepClock) -> String {
    // Shortening would break the quote that proves it; only a very long one is cut.
    let title = match one_line(&appointment.title) {
        title if title.is_empty() => "Your meeting".to_owned(),
        title => shortened(&title, MAX_TITLE),
    };
    match appointment.starts.as_deref().and_then(|starts| clock.time_of(starts)) {
        Some(time) => format!("{title}, {time}"),
        None => title,
    }
}

/// `Today at 17:30, in 90 minutes`.
fn when(facts: &Facts) -> Option<String> {
    let starts = facts.appointment.starts.as_deref()?;
    let minutes = (instant_ms(starts)? - facts.clock.now_ms()) / MINUTE_MS;
    let time = facts.clock.time_of(starts)?;
    let day = match facts.clock.days_to(starts)? {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        _ => facts.clock.short_day(starts)?,
    };
    Some(match minutes {
        0 => format!("{day} at {time}, now"),
        1..=180 => format!("{day} at {time}, in {minutes} minutes"),
        -720..0 => format!("{day} at {time}, under way for {} minutes", -minutes),
        _ => format!("{day} at {time}"),
    })
}

/// All sections that have lines, in the order they are read.
pub(crate) fn whole(facts: &Facts, sections: &Sections, left_out: &[String]) -> String {
    let mut parts: Vec<String> = when(facts).into_iter().collect();
    for (heading, lines) in [
        ("Who", &sections.who),
        ("Where we stand", &sections.where_we_stand),
        ("Open points", &sections.open_points),
        ("News worth a word", &sections.news),
        ("Goals", &sections.goals),
        ("Questions", &sections.questions),
    ] {
        if !lines.is_empty() {
            parts.push(format!("**{heading}**\n{}", bullets(lines)));
        }
    }
    if !left_out.is_empty() {
        parts.push(format!("_Not available: {}_", left_out.join(", ")));
    }
    parts.join("\n\n")
}

fn bullets(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("- {}", line.text)).collect::<Vec<_>>().join("\n")
}

//! The greeting, and the day in numbers.

use briefing_record::RepClock;
use briefing_record::tally::counted;

use crate::Input;
use crate::sections::Section;

/// Until when it is morning, and afternoon, in hours.
const NOON: &str = "12:00";
const EVENING: &str = "18:00";

/// `Good morning, Ada. Your Friday.`
pub(crate) fn title(name: Option<&str>, clock: &RepClock) -> String {
    let time = clock.time_of(&RepClock::text(clock.now_ms())).unwrap_or_default();
    // Fixed width, so text order is time order.
    let greeting = match time.as_str() {
        time if time < NOON => "Good morning",
        time if time < EVENING => "Good afternoon",
        _ => "Good evening",
    };
    let name = name.map(|name| format!(", {name}")).unwrap_or_default();
    format!("{greeting}{name}. Your {}.", clock.weekday())
}

/// `3 meetings, next 17:30 · 2 mails need you · 1 deal needs action`: what is not
/// known is not counted.
pub(crate) fn numbers(input: &Input, sections: &[Section]) -> Option<String> {
    let count = |name: &str| sections.iter().find(|section| section.name == name).map(|section| section.count);
    let mut parts = Vec::new();
    if let Some(n) = count("meetings") {
        let next =
            input.prep.as_ref().and_then(|prep| prep.meetings.first()).map(|first| format!(", next {}", first.time));
        parts.push(match n {
            0 => "no meetings".to_owned(),
            n => format!("{}{}", counted(n, "meeting"), next.unwrap_or_default()),
        });
    }
    if let Some(n) = count("attention") {
        let more = if input.inbox.as_ref().is_some_and(|inbox| inbox.cut) { " or more" } else { "" };
        parts.push(match n {
            0 => "no mail needs you".to_owned(),
            1 => format!("1 mail{more} needs you"),
            n => format!("{n} mails{more} need you"),
        });
    }
    for (about, one, many) in [("action", "needs action", "need action"), ("risk", "at risk", "at risk")] {
        let line = input.pulse.as_ref().and_then(|pulse| pulse.lines.iter().find(|line| line.about == about));
        if let Some(n) = line.map(|line| line.count).filter(|n| *n > 0) {
            parts.push(format!("{} {}", counted(n, "deal"), if n == 1 { one } else { many }));
        }
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

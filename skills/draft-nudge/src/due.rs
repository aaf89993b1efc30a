//! When their date is over.

use skillhost_language::Anchor;
use skillhost_sdk::Call;
use skillhost_sdk::sources::{day_ms, instant_ms};

/// The end of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Epoch milliseconds.
    pub(crate) at_ms: i64,
    /// As the event had it.
    pub(crate) text: String,
}

/// The last moment of a day in the rep's zone, or the instant itself. Words are no
/// date: who sent the event waited for them.
pub(crate) fn of(deadline: Option<&str>, call: &Call) -> Option<Due> {
    let text = deadline?.trim();
    let at_ms = match text.len() {
        10 if day_ms(text).is_some() => Anchor::or_utc(call.now_ms(), &call.zone).end_of_day_ms(text)?,
        _ => instant_ms(text)?,
    };
    Some(Due { at_ms, text: text.to_owned() })
}

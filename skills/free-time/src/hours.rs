//! Hours by weekday.

use jiff::civil::Weekday;

use crate::local::DaySpan;

/// What somebody's week looks like: for each weekday, Monday first, the spans of
/// the local day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    days: [Vec<DaySpan>; 7],
}

impl Week {
    /// The same spans on these weekdays.
    pub fn on(weekdays: &[Weekday], spans: &[DaySpan]) -> Self {
        weekdays.iter().fold(Self::default(), |week, day| week.with(*day, spans.to_vec()))
    }

    /// The same spans on every day.
    pub fn every_day(spans: &[DaySpan]) -> Self {
        Self { days: std::array::from_fn(|_| spans.to_vec()) }
    }

    /// Monday to Friday.
    pub fn weekdays(spans: &[DaySpan]) -> Self {
        let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
        Self::on(&days, spans)
    }

    /// With these spans on a weekday, in place of what it had.
    #[must_use]
    pub fn with(mut self, weekday: Weekday, spans: Vec<DaySpan>) -> Self {
        if let Some(day) = self.days.get_mut(index(weekday)) {
            *day = spans;
        }
        self
    }

    /// The spans of a weekday.
    pub fn of(&self, weekday: Weekday) -> &[DaySpan] {
        self.days.get(index(weekday)).map_or(&[], Vec::as_slice)
    }

    /// Whether no day has any.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }
}

fn index(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default()
}

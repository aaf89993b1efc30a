//! `[calendars]`: where the files of calendars are, and how often calendars are read.

use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;

/// Minutes between two readings where nothing is set: a meeting made now is known before
/// the next slots are offered.
const DEFAULT_MINUTES: u32 = 15;
/// Most minutes: a day.
const MAX_MINUTES: u32 = 24 * 60;

/// How calendars are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarConfig {
    /// What paths of connections are below; without it there are no files.
    pub folder: Option<PathBuf>,
    /// Minutes between two readings.
    pub every_minutes: u32,
}

impl Default for CalendarConfig {
    fn default() -> Self {
        Self { folder: None, every_minutes: DEFAULT_MINUTES }
    }
}

impl CalendarConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(1..=MAX_MINUTES).contains(&self.every_minutes) {
            let message = format!("is 1 to {MAX_MINUTES}");
            return Err(ConfigError::OutOfRange { field: "calendars.every_minutes", message });
        }
        Ok(())
    }

    /// Milliseconds between two readings.
    pub fn every_ms(&self) -> i64 {
        i64::from(self.every_minutes) * 60_000
    }
}

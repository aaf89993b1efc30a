//! What was kept of earlier calls and weeks.

use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::sources::CoachingEntry;
use skillhost_sdk::{Failure, ReadErrorKind};

/// The entries of the source `coaching`, the newest first. A host that keeps none, or that
/// this skill may not ask, knows none.
///
/// # Errors
/// What the source says, other than that there is nothing.
pub fn kept() -> Result<Vec<CoachingEntry>, Failure> {
    match context::coaching().optional() {
        Ok(read) => Ok(read.map(|read| read.value).unwrap_or_default()),
        Err(error)
            if matches!(
                error.kind,
                ReadErrorKind::Denied | ReadErrorKind::UnknownSource | ReadErrorKind::Unavailable
            ) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

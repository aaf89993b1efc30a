//! What the clock raises, for whom, and what says when somebody may be disturbed.

use serde::{Deserialize, Serialize};

use super::{StoreError, User};
use crate::ids::{OrgId, UserId};
use crate::schedule::ScheduleRow;
use crate::time::Timestamp;

/// A meeting ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpcomingMeeting {
    /// Unique within the org.
    pub id: String,
    /// When it begins.
    pub starts: Timestamp,
}

/// The part of a store that knows when.
#[async_trait::async_trait]
pub trait Schedules: Send + Sync + 'static {
    /// When the user was notified after `since` or will be, newest first: what they were told
    /// ([`super::Told::told`]), questions that wait in the inbox alone, and the times of jobs
    /// that [`crate::quiet::QUIET`] or [`crate::quiet::RATE`] put off.
    async fn notified(
        &self,
        org: &OrgId,
        user: &UserId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>, StoreError>;
    /// Users of any org in the order of org and id, after one of them.
    async fn users_after(&self, after: Option<(&OrgId, &UserId)>, limit: u32) -> Result<Vec<User>, StoreError>;
    /// Schedules of one user.
    async fn schedules(&self, org: &OrgId, user: &UserId) -> Result<Vec<ScheduleRow>, StoreError>;
    /// Schedules of any org whose time has come, the longest overdue first.
    async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<ScheduleRow>, StoreError>;
    /// A user's meetings with somebody outside the org that begin after `from` and no later than
    /// `until`, the next first: those of the records, and those of the user's calendars that are neither
    /// cancelled nor declined, last no whole days and take the user's time. An event that
    /// begins when a recorded meeting does is that meeting.
    async fn external_meetings(
        &self,
        org: &OrgId,
        user: &UserId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<UpcomingMeeting>, StoreError>;
}

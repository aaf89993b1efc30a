//! Users in a zone that this host does not know. No data set brings one in; a database that
//! was written before, or by hand, or under other zone data, may have some. Their times are
//! taken as UTC until that is mended, and whoever runs the host is told: once in the log,
//! and as a finding of `skillhost status` as long as it is so.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use skillhost_engine::ids::{OrgId, UserId};

/// Those of the last look at all users.
#[derive(Debug, Default)]
pub struct UnknownZones(Mutex<BTreeSet<(OrgId, UserId)>>);

impl UnknownZones {
    /// Takes in a look at all users, and says which are new.
    pub(crate) fn found(&self, found: BTreeSet<(OrgId, UserId)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (org, user) in found.difference(&known) {
            tracing::warn!(%org, %user, "the zone of a user is unknown; their times are taken as UTC until it is mended");
        }
        *known = found;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.0.lock().unwrap_or_else(PoisonError::into_inner).len()).unwrap_or(u64::MAX)
    }
}

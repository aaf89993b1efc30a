//! Whether a person may be told something now, asked where it leaves: what was admitted by
//! day may have waited into the night.

use skillhost_engine::admission::{AdmissionFacts, still_disturbs};
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::quiet::Calm;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::answer::restore;
use crate::app::App;

/// What is to be told.
pub(crate) struct Telling<'a> {
    pub(crate) org: &'a OrgId,
    pub(crate) user: &'a UserId,
    /// The job that says it.
    pub(crate) job: Option<&'a JobId>,
    /// The effect that it is, which does not count against itself.
    pub(crate) but: Option<&'a str>,
}

impl App {
    /// When somebody is not to be disturbed.
    pub(crate) async fn calm(&self, org: &OrgId, user: &UserId) -> Result<Calm, StoreError> {
        let (settings, who) = futures::try_join!(self.org_settings(org), self.store.user(org, user))?;
        Ok(AdmissionFacts::of(settings.as_ref(), who.as_ref()).calm)
    }

    /// Until when it waits, and why; nothing where it may be told at once. What has waited
    /// for its turn (`has_turn`) has it, unless it is quiet again by now.
    pub(crate) async fn put_off(
        &self,
        calm: &Calm,
        telling: &Telling<'_>,
        has_turn: bool,
    ) -> Result<Option<(Timestamp, &'static str)>, StoreError> {
        if !calm.is_any() {
            return Ok(None);
        }
        let Telling { org, user, job, but } = telling;
        let now = self.clock.now();
        let told = match calm.counts() {
            Some(count) if !has_turn => self.store.told(org, user, *but, Calm::looks_back(now), count).await?,
            _ => Vec::new(),
        };
        let Some(put_off) = calm.put_off(now, &told) else { return Ok(None) };
        // Only now is it worth to look at the job.
        if let Some(job) = job
            && let Some(stored) = self.store.job(org, job).await?
            && let Some((job, sequence)) = restore(self, stored)
            && !still_disturbs(&job, &sequence, now)
        {
            return Ok(None);
        }
        Ok(Some(put_off))
    }
}

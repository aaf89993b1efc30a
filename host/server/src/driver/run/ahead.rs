//! What a run loads before its steps ask, and loads anew after its effects.
//!
//! A run that begins after a pause has doors of its own and so reads everything anew: what
//! a person was asked about yesterday is judged by what is there today.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::context::{Query, SOURCES, Tier, ahead, change::changed_by};
use skillhost_engine::fold::{Job, StepStatus};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::plan::Next;

use super::{CONTEXT_PREFIX, Run};

impl Run<'_> {
    /// Begins to load tiers 1 and 2 of what the coming steps may read. Nobody waits for it: a step
    /// that asks meanwhile waits for its own read alone.
    pub(super) async fn load_ahead(&self, job: &Job, next: &Next) {
        if next.run.is_empty() && !next.is_to_record() {
            return;
        }
        let reads = self.reads_ahead(job).await;
        if !reads.is_empty() {
            let doors = Arc::clone(&self.doors);
            self.app.tasks.spawn(async move { doors.load_ahead(reads).await });
        }
    }

    async fn reads_ahead(&self, job: &Job) -> Vec<Query> {
        let Ok(org) = self.granted(&job.row.org).await else { return Vec::new() };
        let mut readable = BTreeSet::new();
        for step in &self.sequence.steps {
            let state = job.steps.get(&step.name).map(AsRef::as_ref);
            let is_coming =
                state.is_none_or(|state| matches!(state.status, StepStatus::Waiting | StepStatus::Retrying));
            let Some(name) = step.skill(state).filter(|_| is_coming) else { continue };
            let manifest = self.module(job, step, name).and_then(|module| self.app.skills.manifest(&module));
            let Some(manifest) = manifest else { continue };
            if !manifest.rights.iter().any(|right| right.starts_with(CONTEXT_PREFIX)) {
                continue;
            }
            let rights = self.rights(name, &manifest, step, &org);
            let sources = SOURCES.iter().filter(|source| matches!(source.tier, Tier::Org | Tier::Contact));
            readable.extend(sources.map(|source| source.name).filter(|name| rights.may_read(name)));
        }
        ahead::reads(|name| readable.contains(name), &job.row.trigger_payload)
    }

    /// Lets go of what was read before an effect of the job changed it.
    pub(super) async fn forget_changed(&self, before: &Job, after: &Job) {
        for (key, effect) in &after.effects {
            let was_sent = before.effects.get(key).is_some_and(|effect| effect.state == EffectState::Sent);
            if effect.state == EffectState::Sent && !was_sent {
                self.doors.forget(changed_by(&effect.kind)).await;
            }
        }
    }
}

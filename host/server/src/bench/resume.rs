//! From a person's answer to the commit of the step that waited for it.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use skillhost_engine::approval::Answer;
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::sequence::{Sequence, SequenceError};
use skillhost_engine::store::{StoreError, User};
use tokio::sync::broadcast::Receiver;

use super::jobs::{ORG, PATIENCE, one};
use super::native::{CHOICE, GATE, NOOP, REVIEW};
use crate::answer::Reply;
use crate::app::App;
use crate::wake::Change;

/// Jobs that are answered one by one.
const RESUMED: usize = 100;

/// What the answer is.
#[derive(Clone, Copy)]
pub(super) enum Gate {
    /// A choice, and nothing else.
    Choice,
    /// The approval of an effect, which has happened before the step after it runs.
    Effect,
}

impl Gate {
    pub(super) const ALL: [Self; 2] = [Self::Choice, Self::Effect];

    fn event(self) -> &'static str {
        match self {
            Self::Choice => "morning_brief",
            Self::Effect => "coaching_digest",
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::Choice => Answer::Choose { choice: CHOICE.to_owned() },
            Self::Effect => Answer::Approve { edits: Vec::new(), not_before: None },
        }
    }

    pub(super) fn sequence(self) -> Result<Sequence, SequenceError> {
        let (event, skill) = (self.event(), if matches!(self, Self::Choice) { GATE } else { REVIEW });
        let text = format!(
            "sequence: {skill}\nversion: 1\nevent: {event}\nsteps:\n  ask:\n    skill: {skill}\n  \
             then:\n    skill: {NOOP}\n    needs: [{{ask: settled}}]\n"
        );
        Sequence::parse(skill, &text)
    }
}

/// Milliseconds of each.
pub(super) async fn measure(app: &Arc<App>, gate: Gate) -> anyhow::Result<Vec<f64>> {
    let who = User {
        org: OrgId::new(ORG),
        id: UserId::new("u"),
        name: String::new(),
        email: String::new(),
        zone: "UTC".to_owned(),
        admin: false,
        signature: String::new(),
        preferences: json!({}),
        manager_id: None,
    };
    let mut times = Vec::new();
    let run = app.ids.fresh("gated");
    for place in 0..RESUMED {
        one(app, gate.event(), &format!("{run}-{place}")).await?;
        let open = app.store.open_actions(&who.org, Some(&who.id)).await?;
        let action = open.last().ok_or_else(|| anyhow::anyhow!("the gate asked nothing"))?;
        let mut changes = app.wake.watch();
        let started = Instant::now();
        let reply = Reply { via: "bench".to_owned(), note: None, irrelevant: false };
        app.answer(&who, &action.id, Some(&action.nonce), gate.answer(), reply).await?;
        let ran = tokio::time::timeout(PATIENCE, step_ran(app, &action.job, &mut changes)).await??;
        times.push(ran.saturating_duration_since(started).as_secs_f64() * 1e3);
        // The step's own effect is delivered outside of what is measured.
        tokio::time::timeout(PATIENCE, ended(app, &action.job, &mut changes)).await??;
    }
    Ok(times)
}

/// When the change was told that a look at the store then finds. Looks only when nobody
/// drives the job, so that looking costs the job nothing.
async fn step_ran(app: &App, job: &JobId, changes: &mut Receiver<Change>) -> Result<Instant, StoreError> {
    let mut told = Instant::now();
    loop {
        if !app.running.holds(job) {
            let stored = app.store.job(&OrgId::new(ORG), job).await?;
            let steps = |job: skillhost_engine::store::StoredJob| {
                job.journal.iter().filter(|entry| entry.kind == "step_proposed").count()
            };
            if stored.map_or(0, steps) > 1 {
                return Ok(told);
            }
        }
        changes.recv().await.ok();
        told = Instant::now();
    }
}

async fn ended(app: &App, job: &JobId, changes: &mut Receiver<Change>) -> Result<(), StoreError> {
    while !app.store.job(&OrgId::new(ORG), job).await?.is_some_and(|job| job.row.status.is_ended()) {
        changes.recv().await.ok();
    }
    Ok(())
}

//! Which orgs a batch writes to, for a database that is told before it writes.

use std::collections::BTreeSet;

use skillhost_engine::store::{Batch, CrmWrite, Write};

/// What a batch names: orgs, and jobs and approvals whose org the database knows.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) orgs: BTreeSet<String>,
    pub(crate) jobs: BTreeSet<String>,
    pub(crate) actions: BTreeSet<String>,
}

impl Scope {
    pub(crate) fn of(batch: &Batch) -> Self {
        let mut scope = Self::default();
        for write in &batch.writes {
            scope.add(write);
        }
        scope
    }

    /// Both together, for a transaction of several batches.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.orgs.extend(other.orgs.iter().cloned());
        self.jobs.extend(other.jobs.iter().cloned());
        self.actions.extend(other.actions.iter().cloned());
    }

    fn add(&mut self, write: &Write) {
        let org = match write {
            Write::Event(event) => &event.org,
            Write::NewJob(row) => &row.org,
            Write::NewAction(action) | Write::Action(action) => &action.org,
            Write::NewEffect(effect) | Write::Effect(effect) => &effect.org,
            Write::Audit(row) => &row.org,
            Write::Chat(message) | Write::Notice(message) => &message.org,
            Write::Transcript(transcript) => &transcript.org,
            Write::Paid(answer) => &answer.place.org,
            Write::Reserve(reservation) => &reservation.org,
            Write::Settle(settlement) => &settlement.org,
            Write::Budget(budget) => &budget.org,
            Write::Schedule(row) | Write::Unschedule(row) => &row.org,
            Write::Crm(change) => match change {
                CrmWrite::SetStage { org, .. }
                | CrmWrite::UpdateFields { org, .. }
                | CrmWrite::Activity { org, .. }
                | CrmWrite::Task { org, .. }
                | CrmWrite::Flag { org, .. }
                | CrmWrite::Suppress { org, .. }
                | CrmWrite::SentMail { org, .. }
                | CrmWrite::Contact { org, .. }
                | CrmWrite::Coaching { org, .. }
                | CrmWrite::EmailClass { org, .. }
                | CrmWrite::Invite { org, .. }
                | CrmWrite::Postpone { org, .. } => org,
                CrmWrite::Share(share) => &share.org,
            },
            Write::Bodies(bodies) => {
                self.orgs.extend(bodies.iter().map(|body| body.org.to_string()));
                return;
            }
            Write::Blobs(blobs) => {
                self.orgs.extend(blobs.iter().map(|blob| blob.org.to_string()));
                return;
            }
            Write::Advance(advance) => {
                self.jobs.insert(advance.job.to_string());
                return;
            }
            Write::Journal(entry) => {
                self.jobs.insert(entry.job.to_string());
                return;
            }
            Write::Posted { action, .. } => {
                self.actions.insert(action.to_string());
                return;
            }
            // What the host runs belongs to no org.
            Write::NewModule(_) | Write::RevokeModule(_) | Write::SkillChange(_) => return,
        };
        self.orgs.insert(org.to_string());
    }
}

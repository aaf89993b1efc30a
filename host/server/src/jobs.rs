//! Makes the view of a job that every door shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use skillhost_engine::execution::{ExecutionMetadata, children};
use skillhost_engine::fold::{Job, StepState, StepStatus};
use skillhost_engine::ids::{JobId, OrgId, StepName};
use skillhost_engine::job::JobStatus;
use skillhost_engine::sequence::{Run, Sequence, Step, item_name};
use skillhost_engine::skill::{Manifest, SkillRef};
use skillhost_engine::store::StoreError;

use crate::app::{App, SkillLine};
use crate::view::{ApprovalView, FollowUpView, JobView, StepView};

impl App {
    /// A job with everything that belongs to it; `None` when the org has no such job.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn job_view(&self, org: &OrgId, job: &JobId) -> Result<Option<JobView>, StoreError> {
        let Some(stored) = self.store.job(org, job).await? else { return Ok(None) };
        let raised = self.store.children(org, job).await?;
        let row = stored.row.clone();
        let (job, sequence) = if row.sequence_text.is_empty() {
            // An event that was refused has no plan.
            match Job::restore(stored) {
                Ok(job) => (job, None),
                Err(error) => return Err(StoreError::Corrupt { what: row.id.to_string(), message: error.to_string() }),
            }
        } else {
            match crate::answer::restore(self, stored) {
                Some((job, sequence)) => (job, Some(sequence)),
                None => {
                    let message = "this version cannot read the job".to_owned();
                    return Err(StoreError::Corrupt { what: row.id.to_string(), message });
                }
            }
        };
        let mut approvals: Vec<ApprovalView> = job.actions.values().map(|action| action.as_ref().into()).collect();
        approvals.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        let mut effects: Vec<_> = job.effects.values().collect();
        effects.sort_by(|a, b| (a.created_at, &a.key).cmp(&(b.created_at, &b.key)));
        let driven = row.status == JobStatus::InProgress;
        Ok(Some(JobView {
            steps: sequence.as_deref().map(|sequence| steps(&job, sequence, driven)).unwrap_or_default(),
            outputs: sequence.as_deref().map_or(json!({}), |sequence| job.outputs(sequence)),
            approvals,
            effects: effects.into_iter().map(|effect| effect.as_ref().into()).collect(),
            follow_ups: raised
                .into_iter()
                .map(|child| FollowUpView {
                    job_id: child.id,
                    event_type: child.event_type,
                    status: child.status,
                    reason: child.reason,
                })
                .collect(),
            anew_of: skillhost_engine::checkpoint::anew_from(&row.event_source),
            anew: job.anew.clone(),
            event_chain: json!({ "parent": row.parent, "children": children(&job) }),
            execution_metadata: serde_json::to_value(ExecutionMetadata::of(&job)).unwrap_or_default(),
            id: row.id,
            org_id: row.org,
            user_id: row.user,
            status: row.status,
            reason: row.reason,
            sequence: row.sequence,
            event_type: row.event_type,
            event_source: row.event_source,
            depth: row.depth,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }))
    }

    /// The skills this host would run for new steps.
    pub fn skill_list(&self) -> Vec<SkillLine> {
        if let Some(modules) = &self.modules {
            let line = |(skill, manifest): (SkillRef, Arc<Manifest>)| SkillLine {
                name: skill.name.to_string(),
                version: skill.version,
                digest: skill.digest,
                rights: manifest.rights.clone(),
            };
            return modules.active().into_iter().map(line).collect();
        }
        let mut skills: BTreeMap<String, SkillLine> = BTreeMap::new();
        for name in &self.skill_names {
            let Some(active) = self.skills.resolve(name) else { continue };
            let rights = self.skills.manifest(&active).map(|manifest| manifest.rights.clone()).unwrap_or_default();
            skills.insert(
                name.to_string(),
                SkillLine { name: name.to_string(), version: active.version, digest: active.digest, rights },
            );
        }
        skills.into_values().collect()
    }
}

fn steps(job: &Job, sequence: &Sequence, driven: bool) -> Vec<StepView> {
    let nothing = StepState::default();
    let calls = |step: &Step| {
        let items = job.steps.get(&step.name).and_then(|state| state.items.as_ref()).map_or(0, Vec::len);
        (0..items).map(|index| item_name(&step.name, index)).collect::<Vec<_>>()
    };
    sequence
        .steps
        .iter()
        .flat_map(|step| std::iter::once(step.name.clone()).chain(calls(step)).map(move |name| (name, step)))
        .map(|(name, step)| {
            let state = job.steps.get(&name).map_or(&nothing, AsRef::as_ref);
            let reason = state.reason.clone().or_else(|| state.error.as_ref().map(ToString::to_string));
            StepView {
                state: word(job, (&name, step), state, driven).to_owned(),
                name: name.to_string(),
                skill: match (&step.run, step.skill(Some(state))) {
                    (Run::Action(action), _) => format!("action:{}", action.as_str()),
                    (Run::Skill(skill), called) => called.unwrap_or(skill).to_string(),
                },
                version: state.skill.as_ref().map(|skill| skill.version.clone()),
                digest: state.skill.as_ref().map(|skill| skill.digest.clone()),
                reason,
                summary: state.summary.clone(),
                attempts: state.attempts,
                fuel: state.spend.fuel,
                wall_us: state.spend.wall_us,
                money: state.spend.money.0,
                started_at: state.started_at,
                ended_at: state.changed_at,
                edited_by: state.edited_by.clone(),
                output: step.output.clone(),
                needs: step.needs.iter().map(|need| need.step.to_string()).collect(),
            }
        })
        .collect()
}

fn word(job: &Job, (name, step): (&StepName, &Step), state: &StepState, driven: bool) -> &'static str {
    match state.status {
        StepStatus::Proposed if job.is_settled(name) => "settled",
        StepStatus::Waiting | StepStatus::Retrying if job.row.status.is_ended() => "cancelled",
        // A call is not journaled before it ends; a driven job's waiting step
        // whose needs are met is the one that runs.
        StepStatus::Waiting if driven && ready(job, step) => "running",
        status => status.as_str(),
    }
}

fn ready(job: &Job, step: &Step) -> bool {
    step.needs.iter().all(|need| {
        job.steps.get(&need.step).is_some_and(|state| match state.status {
            StepStatus::Waiting | StepStatus::Retrying => false,
            StepStatus::Proposed => !need.settled || job.is_settled(&need.step),
            StepStatus::Failed | StepStatus::Skipped => true,
        })
    })
}

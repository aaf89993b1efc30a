//! Marks on suggestions, and what reports read.

use skillhost_engine::ids::{EffectKey, JobId, OrgId, UserId};
use skillhost_engine::report::{ButtonFacts, ButtonMark, Done, JobFact, Reports, Span, Suggestion, SuggestionMark};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::buttons;
use crate::marks;
use crate::sqlite::open::SqliteStore;

#[async_trait::async_trait]
impl Reports for SqliteStore {
    async fn mark(&self, marks: &[SuggestionMark]) -> Result<(), StoreError> {
        self.write_marks(marks).await
    }

    async fn suggestions(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Suggestion>, StoreError> {
        marks::suggestions(&self.readers, org, user, span, after, limit).await
    }

    async fn report_jobs(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        after: Option<&JobId>,
        limit: u32,
    ) -> Result<Vec<JobFact>, StoreError> {
        marks::jobs(&self.readers, org, user, span, after, limit).await
    }

    async fn done(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<Vec<Done>, StoreError> {
        marks::done(&self.readers, org, user, span).await
    }

    async fn first_job_at(&self, org: &OrgId) -> Result<Option<Timestamp>, StoreError> {
        marks::first_job_at(&self.readers, org).await
    }

    async fn mark_buttons(&self, marks: &[ButtonMark]) -> Result<(), StoreError> {
        self.write_button_marks(marks).await
    }

    async fn pressed_buttons(&self, org: &OrgId, message: &EffectKey) -> Result<Vec<u32>, StoreError> {
        buttons::pressed(&self.readers, org, message).await
    }

    async fn button_facts(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<ButtonFacts, StoreError> {
        buttons::facts(&self.readers, org, user, span).await
    }
}

impl SqliteStore {
    /// Those of questions that are there.
    async fn write_marks(&self, marks: &[SuggestionMark]) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO suggestion_marks (org_id, action_id, mark, job_id, via, at)
            SELECT a.org_id, a.id, e.value ->> 'mark', a.job_id, e.value ->> 'via', e.value ->> 'at'
            FROM jsonb_each(:list) l, json_each(l.value) e
            JOIN pending_actions a ON a.id = e.value ->> 'action' AND a.org_id = e.value ->> 'org'
            WHERE true ON CONFLICT (org_id, action_id, mark) DO NOTHING;";
        self.write_line(&marks, SQL).await?;
        Ok(())
    }

    /// Those of messages that are there.
    async fn write_button_marks(&self, marks: &[ButtonMark]) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO button_marks (org_id, message, place, mark, action, job_id, via, at, made_by)
            SELECT o.org_id, o.\"key\", e.value ->> 'place', e.value ->> 'mark', e.value ->> 'action', o.job_id,
                e.value ->> 'via', e.value ->> 'at', e.value -> 'made_by'
            FROM jsonb_each(:list) l, json_each(l.value) e
            JOIN outbox o ON o.\"key\" = e.value ->> 'message' AND o.org_id = e.value ->> 'org'
            WHERE true ON CONFLICT (org_id, message, place, mark) DO NOTHING;";
        self.write_line(&marks, SQL).await?;
        Ok(())
    }
}

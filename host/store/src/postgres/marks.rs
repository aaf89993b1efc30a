//! Marks on suggestions, and what reports read.

use skillhost_engine::ids::{EffectKey, JobId, OrgId, UserId};
use skillhost_engine::report::{ButtonFacts, ButtonMark, Done, JobFact, Reports, Span, Suggestion, SuggestionMark};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::buttons;
use crate::error::{Fault, refused};
use crate::marks;
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};

#[async_trait::async_trait]
impl Reports for PostgresStore {
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
        marks::suggestions(&self.pool, org, user, span, after, limit).await
    }

    async fn report_jobs(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        after: Option<&JobId>,
        limit: u32,
    ) -> Result<Vec<JobFact>, StoreError> {
        marks::jobs(&self.pool, org, user, span, after, limit).await
    }

    async fn done(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<Vec<Done>, StoreError> {
        marks::done(&self.pool, org, user, span).await
    }

    async fn first_job_at(&self, org: &OrgId) -> Result<Option<Timestamp>, StoreError> {
        marks::first_job_at(&self.pool, org).await
    }

    async fn mark_buttons(&self, marks: &[ButtonMark]) -> Result<(), StoreError> {
        self.write_button_marks(marks).await
    }

    async fn pressed_buttons(&self, org: &OrgId, message: &EffectKey) -> Result<Vec<u32>, StoreError> {
        buttons::pressed(&self.pool, org, message).await
    }

    async fn button_facts(&self, org: &OrgId, user: Option<&UserId>, span: Span) -> Result<ButtonFacts, StoreError> {
        buttons::facts(&self.pool, org, user, span).await
    }
}

impl PostgresStore {
    /// Those of questions that are there.
    async fn write_marks(&self, marks: &[SuggestionMark]) -> Result<(), StoreError> {
        let sql = "INSERT INTO suggestion_marks (org_id, action_id, mark, job_id, via, at)
            SELECT a.org_id, a.id, e ->> 'mark', a.job_id, e ->> 'via', (e ->> 'at')::bigint
            FROM json_array_elements($1::json) e
            JOIN pending_actions a ON a.id = e ->> 'action' AND a.org_id = e ->> 'org'
            ON CONFLICT (org_id, action_id, mark) DO NOTHING";
        let list = serde_json::to_string(marks).map_err(|error| refused(error.to_string()))?;
        let mut transaction = self.write_as(marks.iter().map(|mark| mark.org.as_str())).await?;
        rows::run(&mut transaction, sql.to_owned(), Params::new().text(list)).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))
    }

    /// Those of messages that are there.
    async fn write_button_marks(&self, marks: &[ButtonMark]) -> Result<(), StoreError> {
        let sql = "INSERT INTO button_marks (org_id, message, place, mark, action, job_id, via, at, made_by)
            SELECT o.org_id, o.\"key\", (e ->> 'place')::bigint, e ->> 'mark', e ->> 'action', o.job_id, e ->> 'via',
                (e ->> 'at')::bigint, e ->> 'made_by'
            FROM json_array_elements($1::json) e
            JOIN outbox o ON o.\"key\" = e ->> 'message' AND o.org_id = e ->> 'org'
            ON CONFLICT (org_id, message, place, mark) DO NOTHING";
        let list = serde_json::to_string(marks).map_err(|error| refused(error.to_string()))?;
        let mut transaction = self.write_as(marks.iter().map(|mark| mark.org.as_str())).await?;
        rows::run(&mut transaction, sql.to_owned(), Params::new().text(list)).await?;
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))
    }
}

//! Marks on suggestions, and what reports read.

use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::report::{JobFact, Reports, Span, Suggestion, SuggestionMark};
use skillhost_engine::store::StoreError;

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
}

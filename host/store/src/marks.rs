//! What a report is made of: suggestions with what was done with them, and the jobs that
//! its measures look at. In pages, so that a year of them fits.

use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::report::{JOB_TYPES, JobFact, Span, Suggestion};
use skillhost_engine::store::StoreError;

use crate::ask::{self, Ask, Params};
use crate::dialect::Dialect;
use crate::reads::rows_at_most;

/// `engine::report::Suggestion`, of `pending_actions a` with its job and its marks. What
/// was erased has no request left.
fn suggestion(dialect: Dialect) -> String {
    let irrelevant = dialect.truth("coalesce(CAST(a.resolution ->> 'irrelevant' AS text), '') IN ('true', '1')");
    format!(
        "json_object('n', a.n, 'id', a.id, 'job', a.job_id, 'step', a.step,
            'request', coalesce(a.action_data ->> 'id', ''), 'user', a.user_id, 'event_type', j.event_type,
            'module', json(a.module), 'status', a.status, 'answer', json(a.resolution -> 'answer'),
            'irrelevant', {irrelevant}, 'delivered_at', d.at, 'viewed_at', v.at, 'clicked_at', c.at,
            'created_at', a.created_at)"
    )
}

/// The first marks of a question, by the letter of their alias.
const MARKS: &str =
    "LEFT JOIN suggestion_marks d ON d.org_id = a.org_id AND d.action_id = a.id AND d.mark = 'delivered'
    LEFT JOIN suggestion_marks v ON v.org_id = a.org_id AND v.action_id = a.id AND v.mark = 'viewed'
    LEFT JOIN suggestion_marks c ON c.org_id = a.org_id AND c.action_id = a.id AND c.mark = 'clicked'";

pub(crate) async fn suggestions<D: Ask>(
    db: &D,
    org: &OrgId,
    user: Option<&UserId>,
    span: Span,
    after: i64,
    limit: u32,
) -> Result<Vec<Suggestion>, StoreError> {
    let sql = format!(
        "SELECT {} FROM pending_actions a JOIN sequence_jobs j ON j.id = a.job_id {MARKS}
         WHERE a.org_id = $1 AND ($2 = '' OR a.user_id = $2) AND a.created_at >= $3 AND a.created_at < $4
            AND a.n > $5
         ORDER BY a.n LIMIT $6",
        suggestion(D::DIALECT)
    );
    let params = within(org, user, span).int(after).int(rows_at_most(limit));
    ask::all(db, Some(org), "of the approvals", sql, params).await
}

pub(crate) async fn jobs<D: Ask>(
    db: &D,
    org: &OrgId,
    user: Option<&UserId>,
    span: Span,
    after: Option<&JobId>,
    limit: u32,
) -> Result<Vec<JobFact>, StoreError> {
    let fields = D::DIALECT.keys("o.payload", "fields");
    let effect = format!("json_object('kind', o.kind, 'state', o.state, 'at', o.updated_at, 'fields', {fields})");
    let effects = D::DIALECT.list(&effect, "o.n", "outbox o WHERE o.job_id = j.id");
    let among = D::DIALECT.words("$7", "s");
    let sql = format!(
        "SELECT json_object('id', j.id, 'user', j.user_id, 'event_type', j.event_type, 'status', j.status,
            'created_at', j.created_at, 'started_at', json(p.trigger_payload -> 'started_at'),
            'duration_ms', json(p.trigger_payload -> 'duration_ms'), 'meeting_at', m.started_at, 'effects', {effects})
         FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
         LEFT JOIN meetings m ON m.org_id = j.org_id AND m.id = p.trigger_payload ->> 'meeting_id'
         WHERE j.org_id = $1 AND ($2 = '' OR j.user_id = $2) AND j.created_at >= $3 AND j.created_at < $4
            AND ($5 = '' OR j.id > $5) AND j.event_type IN (SELECT s.value FROM {among})
         ORDER BY j.id LIMIT $6"
    );
    let params = within(org, user, span)
        .text(after.map(JobId::as_str).unwrap_or_default())
        .int(rows_at_most(limit))
        .text(serde_json::json!(JOB_TYPES).to_string());
    ask::all(db, Some(org), "of the jobs", sql, params).await
}

fn within(org: &OrgId, user: Option<&UserId>, span: Span) -> Params {
    Params::new()
        .text(org.as_str())
        .text(user.map(UserId::as_str).unwrap_or_default())
        .int(span.since.0)
        .int(span.until.0)
}

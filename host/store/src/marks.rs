//! What a report is made of: suggestions with what was done with them, and the jobs that
//! its measures look at. In pages, so that a year of them fits.

use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::report::{Done, JOB_TYPES, JobFact, Span, Suggestion};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

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
            'module', json(a.module), 'made_by', json(coalesce(a.preview_data -> 'made_by', '[]')),
            'raised_from', json_array(coalesce(r.event_type, ''), coalesce(q.event_type, '')),
            'status', a.status, 'answer', json(a.resolution -> 'answer'),
            'irrelevant', {irrelevant}, 'delivered_at', d.at, 'viewed_at', v.at, 'clicked_at', c.at,
            'created_at', a.created_at)"
    )
}

/// The first marks of a question, by the letter of their alias.
const MARKS: &str =
    "LEFT JOIN suggestion_marks d ON d.org_id = a.org_id AND d.action_id = a.id AND d.mark = 'delivered'
    LEFT JOIN suggestion_marks v ON v.org_id = a.org_id AND v.action_id = a.id AND v.mark = 'viewed'
    LEFT JOIN suggestion_marks c ON c.org_id = a.org_id AND c.action_id = a.id AND c.mark = 'clicked'";

/// The jobs that led to a job by themselves, as far as a chain goes.
const RAISED_FROM: &str = "LEFT JOIN sequence_jobs r ON r.org_id = j.org_id AND r.id = j.parent_job_id
        AND j.event_source = 'orchestrator:chain'
    LEFT JOIN sequence_jobs q ON q.org_id = r.org_id AND q.id = r.parent_job_id
        AND r.event_source = 'orchestrator:chain'";

pub(crate) async fn suggestions<D: Ask>(
    db: &D,
    org: &OrgId,
    user: Option<&UserId>,
    span: Span,
    after: i64,
    limit: u32,
) -> Result<Vec<Suggestion>, StoreError> {
    let sql = format!(
        "SELECT {} FROM pending_actions a JOIN sequence_jobs j ON j.id = a.job_id {MARKS} {RAISED_FROM}
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
    let called_off = D::DIALECT.truth("coalesce(CAST(p.trigger_payload ->> 'skip' AS text), '') IN ('true', '1')");
    // In the records, in a calendar, or as whoever raised the event says.
    let begins = "coalesce(m.started_at, e.starts, CAST(p.trigger_payload ->> 'starts' AS text))";
    let sql = format!(
        "SELECT json_object('id', j.id, 'user', j.user_id, 'event_type', j.event_type, 'status', j.status,
            'created_at', j.created_at, 'started_at', json(p.trigger_payload -> 'started_at'),
            'duration_ms', json(p.trigger_payload -> 'duration_ms'), 'meeting_at', {begins},
            'meeting', CAST(p.trigger_payload ->> 'meeting_id' AS text), 'called_off', {called_off},
            'effects', {effects})
         FROM sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
         LEFT JOIN meetings m ON m.org_id = j.org_id AND m.id = p.trigger_payload ->> 'meeting_id'
         LEFT JOIN calendar_events e ON e.org_id = j.org_id AND e.id = p.trigger_payload ->> 'meeting_id'
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

/// What left, by user, event type and kind.
pub(crate) async fn done<D: Ask>(
    db: &D,
    org: &OrgId,
    user: Option<&UserId>,
    span: Span,
) -> Result<Vec<Done>, StoreError> {
    let sql = "SELECT json_object('user', x.user_id, 'event_type', x.event_type, 'kind', x.kind, 'count', x.count)
         FROM (SELECT j.user_id, j.event_type, o.kind, count(*) AS count
            FROM sequence_jobs j JOIN outbox o ON o.job_id = j.id
            WHERE j.org_id = $1 AND ($2 = '' OR j.user_id = $2) AND j.created_at >= $3 AND j.created_at < $4
                AND o.state = 'sent'
            GROUP BY j.user_id, j.event_type, o.kind) x
         ORDER BY x.user_id, x.event_type, x.kind";
    ask::all(db, Some(org), "of what was done", sql.to_owned(), within(org, user, span)).await
}

/// Ids grow with time, so the first is the oldest.
pub(crate) async fn first_job_at<D: Ask>(db: &D, org: &OrgId) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT j.created_at FROM sequence_jobs j WHERE j.org_id = $1 ORDER BY j.id LIMIT 1";
    let params = Params::new().text(org.as_str());
    Ok(db.number(Some(org), "of the jobs", sql.to_owned(), params).await?.map(Timestamp))
}

pub(crate) fn within(org: &OrgId, user: Option<&UserId>, span: Span) -> Params {
    Params::new()
        .text(org.as_str())
        .text(user.map(UserId::as_str).unwrap_or_default())
        .int(span.since.0)
        .int(span.until.0)
}

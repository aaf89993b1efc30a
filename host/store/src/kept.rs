//! What effects of skills keep: links to files, classes of mails, coaching analyses.

use skillhost_engine::artifact::Share;
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::store::{CoachingAnalysis, StoreError};

use crate::ask::{self, Ask, Params};
use crate::columns::SHARE;
use crate::reads::rows_at_most;

/// Most links of one job that are listed.
const MAX_SHARES: u32 = 200;

pub(crate) async fn share(db: &impl Ask, org: &OrgId, id: &str) -> Result<Option<Share>, StoreError> {
    let sql = format!("SELECT {SHARE} FROM shares h WHERE h.org_id = $1 AND h.id = $2");
    ask::one(db, Some(org), "of the links", sql, Params::new().text(org.as_str()).text(id)).await
}

pub(crate) async fn shares(db: &impl Ask, org: &OrgId, job: &JobId) -> Result<Vec<Share>, StoreError> {
    let sql = format!(
        "SELECT {SHARE} FROM shares h WHERE h.org_id = $1 AND h.job_id = $2 ORDER BY h.n DESC LIMIT {MAX_SHARES}"
    );
    ask::all(db, Some(org), "of the links", sql, Params::new().text(org.as_str()).text(job.as_str())).await
}

pub(crate) async fn email_class(
    db: &impl Ask,
    org: &OrgId,
    email: &str,
) -> Result<Option<(String, String)>, StoreError> {
    let sql = "SELECT json_array(class, reason) FROM email_classes WHERE org_id = $1 AND email_id = $2";
    ask::one(db, Some(org), "of the mails", sql.to_owned(), Params::new().text(org.as_str()).text(email)).await
}

/// Analyses of periods that ended since a day, the newest first; of every period since `""`.
pub(crate) async fn coaching(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: &str,
    limit: u32,
) -> Result<Vec<CoachingAnalysis>, StoreError> {
    let sql = "SELECT json_object('id', c.id, 'period_start', c.period_start, 'period_end', c.period_end,
            'meeting_id', c.meeting_id, 'analysis', json(c.analysis), 'at', c.at)
        FROM coaching_analyses c WHERE c.org_id = $1 AND c.user_id = $2 AND c.period_end >= $3
        ORDER BY c.period_end DESC, c.n DESC LIMIT $4";
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(since).int(rows_at_most(limit));
    ask::all(db, Some(org), "of the analyses", sql.to_owned(), params).await
}

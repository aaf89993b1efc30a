//! Mailings to many, counted by day: a campaign over a period, beside the period of equal
//! length before.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::store::StoreError;

use super::Reader;
use crate::ask::{self, Ask, Params};

/// Campaigns in an answer.
const MAX_CAMPAIGNS: usize = 50;
/// Steps of them all.
const MAX_STEPS: usize = 2_500;
/// Replies of one of them.
const MAX_REPLIES: usize = 100;
/// Characters of a reply.
const REPLY_CHARS: usize = 4_000;
/// What is counted.
const COUNTED: [&str; 8] = ["sent", "delivered", "opened", "clicked", "replied", "positive", "bounced", "unsubscribed"];

#[derive(Deserialize)]
struct Of {
    of: String,
    #[serde(flatten)]
    shown: Map<String, Value>,
}

/// Sums of what is counted, of `campaign_days k`.
fn sums() -> String {
    let each: Vec<String> = COUNTED.iter().map(|name| format!("'{name}', coalesce(sum(k.{name}), 0)")).collect();
    each.join(", ")
}

impl<D: Ask> Reader<'_, D> {
    pub(super) async fn campaigns(&self) -> Result<Option<Value>, StoreError> {
        let (Some(from), Some(until)) = (self.param("from"), self.param("until")) else { return Ok(None) };
        let Some(before) = before(from, until) else { return Ok(None) };
        let sql = format!(
            "SELECT json_object('id', c.id, 'name', c.name, 'status', c.status, 'channel', c.channel,
                'started_at', c.started_at, 'owner_id', c.owner_id)
             FROM campaigns c WHERE c.org_id = $1 AND ($2 IS NULL OR c.owner_id IS NULL OR c.owner_id = $2)
                AND c.started_at < $3 ORDER BY c.started_at DESC, c.id LIMIT {MAX_CAMPAIGNS}"
        );
        let mut campaigns: Vec<Map<String, Value>> =
            ask::all(self.db, Some(self.org), "of the campaigns", sql, self.bind(until)).await?;
        let ids: Vec<Value> = campaigns.iter().filter_map(|one| one.get("id").cloned()).collect();
        let ids = json!(ids).to_string();
        let mut steps = self.steps(&ids, from, until).await?;
        let mut previous = self.sums(&ids, &before, from).await?;
        let mut replies = self.replies(&ids, from, until).await?;
        for campaign in &mut campaigns {
            let id = campaign.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            campaign.insert("steps".to_owned(), json!(steps.remove(&id).unwrap_or_default()));
            let before = previous.remove(&id).and_then(|sums| sums.into_iter().next());
            campaign.insert("previous".to_owned(), json!(before));
            campaign.insert("replies".to_owned(), json!(replies.remove(&id).unwrap_or_default()));
        }
        Ok(Some(json!(campaigns)))
    }

    /// Rows of these campaigns, by campaign.
    async fn by_campaign(
        &self,
        sql: String,
        params: Params,
    ) -> Result<BTreeMap<String, Vec<Map<String, Value>>>, StoreError> {
        let rows: Vec<Of> = ask::all(self.db, Some(self.org), "of the campaigns", sql, params).await?;
        let mut by: BTreeMap<String, Vec<Map<String, Value>>> = BTreeMap::new();
        for Of { of, shown } in rows {
            by.entry(of).or_default().push(shown);
        }
        Ok(by)
    }

    fn between(&self, ids: &str, from: &str, until: &str) -> Params {
        Params::new().text(self.org.as_str()).text(ids).text(from).text(until)
    }

    async fn steps(
        &self,
        ids: &str,
        from: &str,
        until: &str,
    ) -> Result<BTreeMap<String, Vec<Map<String, Value>>>, StoreError> {
        let sql = format!(
            "SELECT json_object('of', s.campaign_id, 'id', s.id, 'name', s.name, 'variant', s.variant, {})
             FROM {} JOIN campaign_steps s ON s.org_id = $1 AND s.campaign_id = i.value
             LEFT JOIN campaign_days k ON k.org_id = s.org_id AND k.campaign_id = s.campaign_id AND k.step_id = s.id
                AND k.day >= $3 AND k.day < $4
             GROUP BY s.campaign_id, s.position, s.id, s.name, s.variant
             ORDER BY s.campaign_id, s.position, s.id LIMIT {MAX_STEPS}",
            sums(),
            D::DIALECT.words("$2", "i")
        );
        self.by_campaign(sql, self.between(ids, from, until)).await
    }

    async fn sums(
        &self,
        ids: &str,
        from: &str,
        until: &str,
    ) -> Result<BTreeMap<String, Vec<Map<String, Value>>>, StoreError> {
        let sql = format!(
            "SELECT json_object('of', k.campaign_id, {}) FROM {} JOIN campaign_days k ON k.org_id = $1
                AND k.campaign_id = i.value AND k.day >= $3 AND k.day < $4 GROUP BY k.campaign_id",
            sums(),
            D::DIALECT.words("$2", "i")
        );
        self.by_campaign(sql, self.between(ids, from, until)).await
    }

    async fn replies(
        &self,
        ids: &str,
        from: &str,
        until: &str,
    ) -> Result<BTreeMap<String, Vec<Map<String, Value>>>, StoreError> {
        let sql = format!(
            "SELECT x.reply FROM (SELECT json_object('of', r.campaign_id, 'id', r.id, 'email_id', r.email_id,
                'contact_id', r.contact_id, 'from', r.\"from\", 'from_name', r.from_name, 'subject', r.subject,
                'text', substr(r.text, 1, {REPLY_CHARS}), 'at', r.at, 'step_id', r.step_id, 'headers', json(r.headers))
                    AS reply, row_number() OVER (PARTITION BY r.campaign_id ORDER BY r.at DESC, r.id) AS place
             FROM {} JOIN campaign_replies r ON r.org_id = $1 AND r.campaign_id = i.value AND r.at >= $3 AND r.at < $4) x
             WHERE x.place <= {MAX_REPLIES} ORDER BY x.place",
            D::DIALECT.words("$2", "i")
        );
        self.by_campaign(sql, self.between(ids, from, until)).await
    }
}

/// The first day of the period of equal length before.
fn before(from: &str, until: &str) -> Option<String> {
    let (from, until): (jiff::civil::Date, jiff::civil::Date) = (from.parse().ok()?, until.parse().ok()?);
    from.checked_sub(until.since(from).ok()?).ok().map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn the_period_before_is_as_long() {
        assert_eq!(before("2026-11-08", "2026-11-15").as_deref(), Some("2026-11-01"));
        assert_eq!(before("2026-03-01", "2026-04-01").as_deref(), Some("2026-01-29"));
        assert_eq!(before("x", "2026-04-01"), None);
    }
}

//! The rep's deals side by side, with what tells whether each moves.
//!
//! Invariant: every deal costs a few look-ups by index, however much ever happened; a
//! test holds the plans to it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillhost_engine::body::DAY_MS;
use skillhost_engine::context::{MAX_CALENDAR_DAYS, MAX_PIPELINE};
use skillhost_engine::store::StoreError;

use super::{Reader, STAGES, deal_is_open, flags, is_among};
use crate::ask::{self, Ask};
use crate::dialect::Dialect;

/// Open deals that are looked at; more than a rep has, and of more the ones that changed
/// longest ago.
const MAX_LOOKED_AT: usize = 5_000;
/// How long a deal that ended is told of: what wins deals shows only over a year of them.
const CLOSED_MS: i64 = 365 * DAY_MS;
/// Ended deals in an answer.
const MAX_CLOSED: usize = 200;
/// Meetings ahead that are looked at.
const MAX_AHEAD: usize = 500;

#[derive(Deserialize)]
struct Deal {
    id: String,
    contact_ids: Vec<String>,
    created_at: Option<String>,
    updated_at: String,
    /// `[at, kind]` of the newest activity of the deal, and of its contacts without one.
    own: Option<(String, String)>,
    theirs: Option<(String, String)>,
    currency: Option<String>,
    #[serde(flatten)]
    shown: Map<String, Value>,
}

#[derive(Deserialize)]
struct Ahead {
    starts: String,
    deal_id: Option<String>,
    contact_ids: Vec<String>,
}

/// The newest activity up to `$3` of an index's head, as `[at, kind]`; of two at one
/// instant either, because an order beyond the index's would read more than its head.
fn newest(of: &str) -> String {
    format!("(SELECT json_array(a.at, a.kind) FROM activities a WHERE {of} AND a.at <= $3 ORDER BY a.at DESC LIMIT 1)")
}

/// Whose deals `d` they are: of `$2` by an index that begins so, or everybody's.
fn whose(is_mine: bool) -> &'static str {
    if is_mine { "d.owner_id = $2" } else { "($2 IS NULL OR d.owner_id = $2)" }
}

/// Open deals of `$2`, or of everybody; `$3` is now and `$4` today.
pub(crate) fn open_deals(dialect: Dialect, is_mine: bool) -> String {
    let whose = whose(is_mine);
    let own = newest("a.org_id = d.org_id AND a.deal_id = d.id");
    // Of each contact the head of an index of its own, and of these the newest.
    let theirs = newest("a.org_id = l.org_id AND a.contact_id = l.contact_id AND a.deal_id IS NULL");
    let theirs = match dialect {
        Dialect::Sqlite => format!(
            "json((SELECT max({theirs}) FROM deal_contacts l WHERE l.org_id = d.org_id AND l.record_id = d.id))"
        ),
        Dialect::Postgres => {
            format!(
                "(SELECT max({theirs}::text COLLATE \"C\") FROM deal_contacts l WHERE l.org_id = d.org_id AND l.record_id = d.id)::json"
            )
        }
    };
    let tasks = "SELECT count(*) FROM tasks t WHERE t.org_id = d.org_id AND t.deal_id = d.id AND t.status = 'open'";
    let open = deal_is_open(dialect);
    let flags = flags(dialect, "deal", "d");
    format!(
        "SELECT json_object('id', d.id, 'name', d.name, 'stage', d.stage, 'amount_cents', d.amount_cents,
            'currency', d.currency, 'close_date', d.close_date, 'company_id', d.company_id, 'company', y.name,
            'contact_ids', json(d.contact_ids), 'owner_id', d.owner_id, 'created_at', d.created_at,
            'updated_at', d.updated_at, 'stage_since', d.stage_since, 'own', json({own}), 'theirs', {theirs},
            'open_tasks', ({tasks}),
            'overdue_tasks', ({tasks} AND (length(t.due) = 10 AND t.due < $4 OR length(t.due) > 10 AND t.due < $3)),
            'flags', {flags})
         FROM deals d JOIN orgs o ON o.id = d.org_id LEFT JOIN companies y ON y.org_id = d.org_id AND y.id = d.company_id
         WHERE d.org_id = $1 AND {whose} AND {open}
         ORDER BY d.updated_at, d.id LIMIT {MAX_LOOKED_AT}"
    )
}

/// Whether a deal `d` of the org `o` that ended was won: by the stages that the org names,
/// else by what its CRM said of the stage it still is in, else by the stage's name.
fn is_won(dialect: Dialect) -> String {
    let (won, lost) = (is_among(dialect, "won_stages", "[]"), is_among(dialect, "lost_stages", "[]"));
    // A stage that the deal was moved to here is not the one that was spoken of.
    let told = "d.fields -> 'closed' ->> 'stage' = d.stage";
    // SQLite has 1 for what Postgres has `true` for.
    let told_won = "CAST(d.fields -> 'closed' ->> 'won' AS TEXT)";
    format!(
        "CASE WHEN {won} THEN 1 WHEN {lost} THEN 0
            WHEN {told} AND {told_won} IN ('1', 'true') THEN 1
            WHEN {told} AND {told_won} IN ('0', 'false') THEN 0
            WHEN lower(d.stage) LIKE '%lost%' OR lower(d.stage) LIKE '%not_won%' OR lower(d.stage) LIKE '%notwon%' THEN 0
            WHEN lower(d.stage) LIKE '%won%' THEN 1 ELSE 0 END = 1"
    )
}

impl<D: Ask> Reader<'_, D> {
    pub(super) async fn pipeline(&self) -> Result<Option<Value>, StoreError> {
        let dialect = D::DIALECT;
        let now = self.now();
        let at = now.rfc3339();
        let stages = format!(
            "SELECT json_object('stages', {STAGES}, 'zone', (SELECT u.zone FROM users u
                WHERE u.org_id = o.id AND u.id = $2)) FROM orgs o WHERE o.id = $1"
        );
        let Some(org) = self.object(stages, "").await? else { return Ok(None) };
        let today = crate::zone::day(org["zone"].as_str(), now);
        let params = self.bind(&at).text(today);
        let deals: Vec<Deal> =
            ask::all(self.db, Some(self.org), "of the pipeline", open_deals(dialect, self.user.is_some()), params)
                .await?;
        let ahead = self.ahead(&at, &now.plus_ms(MAX_CALENDAR_DAYS * DAY_MS).rfc3339()).await?;
        let next = next_by_deal(&deals, &ahead);
        let currency = match deals.first() {
            Some(first) if deals.iter().all(|deal| deal.currency == first.currency) => first.currency.clone(),
            _ => None,
        };
        let mut shown: Vec<(String, Value)> = deals.into_iter().map(|deal| shown(deal, &next)).collect();
        // Largest inactivity first.
        shown.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1["id"].as_str().cmp(&b.1["id"].as_str())));
        shown.truncate(MAX_PIPELINE);
        let deals: Vec<Value> = shown.into_iter().map(|(_, deal)| deal).collect();
        let closed = self.closed(&now.plus_ms(-CLOSED_MS).rfc3339()).await?;
        let stages = &org["stages"];
        Ok(Some(json!({"as_of": at, "stages": stages, "currency": currency, "deals": deals, "closed": closed})))
    }

    async fn closed(&self, since: &str) -> Result<Vec<Value>, StoreError> {
        let open = deal_is_open(D::DIALECT);
        let whose = whose(self.user.is_some());
        let won = D::DIALECT.truth(&is_won(D::DIALECT));
        let sql = format!(
            "SELECT json_object('id', d.id, 'name', d.name, 'stage', d.stage, 'won', {won},
                'amount_cents', d.amount_cents, 'currency', d.currency, 'at', coalesce(d.stage_since, d.updated_at))
             FROM deals d JOIN orgs o ON o.id = d.org_id
             WHERE d.org_id = $1 AND {whose} AND NOT ({open})
                AND coalesce(d.stage_since, d.updated_at) >= $3
             ORDER BY coalesce(d.stage_since, d.updated_at) DESC, d.id LIMIT {MAX_CLOSED}"
        );
        ask::all(self.db, Some(self.org), "of the pipeline", sql, self.bind(since)).await
    }

    /// Meetings ahead, from the calendars and from those that are recorded.
    async fn ahead(&self, from: &str, until: &str) -> Result<Vec<Ahead>, StoreError> {
        let sql = format!(
            "SELECT json_object('starts', r.started_at, 'deal_id', r.deal_id, 'contact_ids', json(r.contact_ids))
             FROM meetings r WHERE r.org_id = $1 AND ($2 IS NULL OR r.owner_id = $2) AND r.started_at > $3
                AND r.started_at < $4 ORDER BY r.started_at, r.id LIMIT {MAX_AHEAD}"
        );
        let params = self.bind(from).text(until);
        let mut ahead: Vec<Ahead> = ask::all(self.db, Some(self.org), "of the meetings", sql, params).await?;
        // Calendars are one's own; nobody's are the org's.
        if self.user.is_some() {
            for event in self.events_between(from, until).await? {
                let stands = event["status"] != "cancelled" && event["response"] != "declined";
                let is_ahead = event["starts"].as_str().is_some_and(|starts| starts > from);
                if stands && is_ahead && event["all_day"] != true {
                    ahead.extend(serde_json::from_value(event).ok());
                }
            }
        }
        Ok(ahead)
    }
}

/// When each deal's people are met next: in a meeting about the deal, or in one about
/// none with a contact of it.
fn next_by_deal(deals: &[Deal], ahead: &[Ahead]) -> BTreeMap<String, String> {
    let mut by_contact: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for deal in deals {
        for contact in &deal.contact_ids {
            by_contact.entry(contact).or_default().push(&deal.id);
        }
    }
    let mut next: BTreeMap<String, String> = BTreeMap::new();
    for Ahead { starts, deal_id, contact_ids } in ahead {
        let with = || contact_ids.iter().filter_map(|contact| by_contact.get(contact.as_str())).flatten().copied();
        let about: Vec<&str> = deal_id.as_deref().map_or_else(|| with().collect(), |deal| vec![deal]);
        for deal in about {
            let held = next.entry(deal.to_owned()).or_insert_with(|| starts.clone());
            if starts < held {
                held.clone_from(starts);
            }
        }
    }
    next
}

/// A deal as it is shown, and since when nothing happened.
fn shown(deal: Deal, next: &BTreeMap<String, String>) -> (String, Value) {
    let Deal { id, contact_ids, created_at, updated_at, own, theirs, currency, mut shown } = deal;
    let (at, kind) = own.max(theirs).unzip();
    let idle_since = at.as_ref().or(created_at.as_ref()).unwrap_or(&updated_at).clone();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("next_meeting_at", json!(next.get(&id)));
    put("id", json!(id));
    put("contact_ids", json!(contact_ids));
    put("created_at", json!(created_at));
    put("updated_at", json!(updated_at));
    put("currency", json!(currency));
    put("last_activity_at", json!(at));
    put("last_activity_kind", json!(kind));
    (idle_since, Value::Object(shown))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sqlite::rows::{self, Params};
    use crate::sqlite::{SqliteStore, StoreOptions};

    /// A plan that says `SCAN` of a table walks everything that ever was. The server's
    /// side of it is in the store's suite.
    #[tokio::test]
    async fn no_pipeline_walks_a_table() {
        let dir = tempfile::TempDir::new().unwrap();
        let store = SqliteStore::open(dir.path().join("skillhost.db"), StoreOptions::default()).await.unwrap();
        let params = Params::new().text("acme").text("u1").text("2026-11-22T00:00:00.000Z").text("2026-11-22");
        let plan = rows::plan(&store.readers, &open_deals(Dialect::Sqlite, true), params).await;
        for index in ["deals_by_owner", "activities_by_deal", "activities_loose", "tasks_by_deal", "deal_contacts_of"] {
            assert!(plan.iter().any(|line| line.starts_with("SEARCH") && line.contains(index)), "{index}: {plan:#?}");
        }
        // Lists of words in a row, and what is sorted, are no tables.
        let walks = |line: &&String| line.starts_with("SCAN") && !line.contains("VIRTUAL TABLE");
        assert_eq!(plan.iter().find(walks), None, "{plan:#?}");
    }
}

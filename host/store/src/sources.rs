//! The built-in context sources, as `docs/data.md` describes them.
//!
//! Invariants:
//! - Every statement is bound to org (`$1`) and user (`$2`); neither comes from
//!   the parameters.
//! - A record another person owns does not exist. Only an org-wide read, which
//!   has no user (`$2` is null), sees it.
//! - The order is total, so the same data gives the same bytes.
//!
//! To add a source: its row in `skillhost_engine::context::SOURCES`, an arm in [`read`],
//! its section in `docs/data.md`. What is more than a list has a file of its own here.

mod calendar;
mod campaigns;
mod pipeline;
mod received;
mod research;

use serde_json::{Map, Value, json};
use skillhost_engine::context::{self, MAX_ACTIVITIES, MAX_EMAILS, MAX_MEETINGS, MAX_TASKS};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::purse::{Period, Scope, Standing};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::{MicroUsd, Timestamp};

use crate::ask::{self, Ask, Params};
use crate::columns;
use crate::dialect::Dialect;
use crate::{access, purse, transcript};

/// Most products of an org in a snapshot: a price list, not a catalogue.
const MAX_PRODUCTS: usize = 200;
/// Most messages of a thread; a longer one is known by its newest.
const MAX_THREAD: usize = 20;
/// Characters of a mail's body in a list.
const SNIPPET: usize = 200;

/// Of `deals d` and `orgs o`. What is no list is as good as nothing.
pub(crate) fn deal_is_open(dialect: Dialect) -> String {
    let kind = dialect.kind("o.settings", "closed_stages");
    let closed = dialect.words(
        &format!(
            "CASE {kind} WHEN 'array' THEN o.settings -> 'closed_stages' ELSE '[\"closed_won\",\"closed_lost\"]' END"
        ),
        "s",
    );
    format!("NOT EXISTS (SELECT 1 FROM {closed} WHERE s.value = d.stage)")
}

const STAGES: &str = "json(coalesce(o.settings -> 'stages', '[\"lead\",\"qualified\",\"discovery\",\"proposal\",
    \"negotiation\",\"closed_won\",\"closed_lost\"]'))";

/// Whether the contact or deal that a list is asked for is visible.
const CONTACT_IS_VISIBLE: &str = "EXISTS (SELECT 1 FROM contacts v WHERE v.org_id = $1 AND v.id = $3
    AND ($2 IS NULL OR v.owner_id IS NULL OR v.owner_id = $2))";
const DEAL_IS_VISIBLE: &str = "EXISTS (SELECT 1 FROM deals v WHERE v.org_id = $1 AND v.id = $3
    AND ($2 IS NULL OR v.owner_id IS NULL OR v.owner_id = $2))";

pub(crate) fn flags(dialect: Dialect, entity: &str, alias: &str) -> String {
    dialect.list(
        "json_object('flag', f.flag, 'reason', f.reason, 'at', f.at)",
        "f.at, f.flag",
        &format!("flags f WHERE f.org_id = {alias}.org_id AND f.entity = '{entity}' AND f.record_id = {alias}.id"),
    )
}

fn contact_object(dialect: Dialect) -> String {
    let deals = dialect.list(
        "d.id",
        "d.updated_at DESC, d.id",
        "deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
            WHERE l.org_id = c.org_id AND l.contact_id = c.id AND ($2 IS NULL OR d.owner_id IS NULL OR d.owner_id = $2)",
    );
    let suppressed =
        dialect.truth("EXISTS (SELECT 1 FROM suppressions s WHERE s.org_id = c.org_id AND s.address = c.email)");
    format!(
        "json_object('id', c.id, 'name', c.name, 'email', c.email, 'title', c.title, 'company_id', c.company_id,
            'owner_id', c.owner_id, 'zone', c.zone, 'phone', c.phone, 'deal_ids', {deals}, 'suppressed', {suppressed},
            'fields', json(c.fields), 'flags', {})",
        flags(dialect, "contact", "c")
    )
}

fn company_object(dialect: Dialect) -> String {
    format!(
        "json_object('id', y.id, 'name', y.name, 'domain', y.domain, 'industry', y.industry, 'size', y.size,
            'owner_id', y.owner_id, 'fields', json(y.fields), 'flags', {})",
        flags(dialect, "company", "y")
    )
}

fn deal_object(dialect: Dialect) -> String {
    format!(
        "json_object('id', d.id, 'name', d.name, 'stage', d.stage, 'stages', {STAGES},
            'open', {}, 'amount_cents', d.amount_cents,
            'currency', d.currency, 'close_date', d.close_date, 'company_id', d.company_id,
            'contact_ids', json(d.contact_ids), 'owner_id', d.owner_id, 'updated_at', d.updated_at,
            'fields', json(d.fields), 'flags', {})",
        dialect.truth(&deal_is_open(dialect)),
        flags(dialect, "deal", "d")
    )
}

const MEETING: &str = "json_object('id', r.id, 'title', r.title, 'started_at', r.started_at,
    'duration_min', r.duration_min, 'attendees', json(r.attendees), 'summary', r.summary,
    'transcript_id', (SELECT t.id FROM transcripts t WHERE t.org_id = r.org_id AND t.meeting_id = r.id
        ORDER BY t.n DESC LIMIT 1),
    'contact_ids', json(r.contact_ids), 'deal_id', r.deal_id, 'company_id', r.company_id, 'owner_id', r.owner_id)";
const ACTIVITY: &str = "json_object('id', r.id, 'kind', r.kind, 'subject', r.subject, 'body', r.body, 'at', r.at,
    'user_id', r.user_id, 'contact_id', r.contact_id, 'deal_id', r.deal_id)";
const TASK: &str = "json_object('id', r.id, 'title', r.title, 'detail', r.detail, 'due', r.due,
    'priority', r.priority, 'status', r.status, 'owner_id', r.owner_id, 'contact_id', r.contact_id,
    'deal_id', r.deal_id, 'created_at', r.created_at)";
const NOTE: &str = "json_object('id', r.id, 'body', r.body, 'at', r.at, 'author_id', r.author_id,
    'contact_id', r.contact_id, 'deal_id', r.deal_id)";
const PRODUCT: &str = "json_object('id', r.id, 'name', r.name, 'description', r.description,
    'price_cents', r.price_cents, 'currency', r.currency, 'url', r.url, 'fields', json(r.fields))";
const THREAD_MESSAGE: &str =
    "json_object('id', r.id, 'direction', r.direction, 'from', r.\"from\", 'from_name', r.from_name, 'to', json(r.\"to\"),
    'cc', json(r.cc), 'subject', r.subject, 'body', r.body, 'at', r.at, 'message_id', r.message_id,
    'in_reply_to', r.in_reply_to, 'references', json(r.\"references\"), 'headers', json(r.headers))";

fn email_object() -> String {
    format!(
        "json_object('id', r.id, 'thread_id', r.thread_id, 'direction', r.direction, 'from', r.\"from\",
            'to', json(r.\"to\"), 'cc', json(r.cc), 'subject', r.subject, 'snippet', substr(r.body, 1, {SNIPPET}),
            'at', r.at, 'message_id', r.message_id, 'contact_id', r.contact_id, 'deal_id', r.deal_id)"
    )
}

/// One reader: who asks, and what for.
struct Reader<'a, D> {
    db: &'a D,
    org: &'a OrgId,
    /// Nobody for an org-wide read.
    user: Option<&'a UserId>,
    params: &'a Value,
}

/// A list source.
struct List<'a> {
    object: String,
    table: &'a str,
    /// The column that says whose it is when nobody names a record.
    whose: &'a str,
    /// Whether `whose` hides the record from others also when one is named.
    owned: bool,
    order: &'a str,
    cap: usize,
}

/// Answers a source, or `None` when it is unknown or has nothing.
pub(crate) async fn read(
    db: &impl Ask,
    org: &OrgId,
    user: Option<&UserId>,
    source: &str,
    params: &Value,
) -> Result<Option<Value>, StoreError> {
    if user.is_none() && !context::find(source).is_some_and(|source| source.org_wide) {
        return Ok(None);
    }
    let reader = Reader { db, org, user, params };
    match source {
        "org" => access::org(db, org).await,
        "user" => reader.user().await,
        "features" => reader.setting("features").await,
        "icp" => reader.setting("icp").await,
        "products" => reader.products().await,
        "budget" => reader.budget().await,
        "contact" => reader.contact().await,
        "company" => reader.company().await,
        "deal" => reader.deal().await,
        "thread" => reader.thread().await,
        "calendar.events" => reader.calendar_events().await,
        "calendar.busy" => reader.calendar_busy().await,
        "inbox" => reader.inbox().await,
        "pipeline" => reader.pipeline().await,
        "apollo" | "linkedin" => reader.enrichment(source).await,
        "news" => reader.news().await,
        "templates" => reader.templates().await,
        "campaigns" => reader.campaigns().await,
        "meetings" => {
            let (table, order) = ("meetings", "r.started_at DESC, r.id");
            reader
                .list(List {
                    object: MEETING.to_owned(),
                    table,
                    whose: "owner_id",
                    owned: true,
                    order,
                    cap: MAX_MEETINGS,
                })
                .await
        }
        "emails" => {
            let (table, order) = ("emails", "r.at DESC, r.id");
            reader
                .list(List { object: email_object(), table, whose: "owner_id", owned: true, order, cap: MAX_EMAILS })
                .await
        }
        "activities" => {
            let (table, order) = ("activities", "r.at DESC, r.id");
            reader
                .list(List {
                    object: ACTIVITY.to_owned(),
                    table,
                    whose: "user_id",
                    owned: false,
                    order,
                    cap: MAX_ACTIVITIES,
                })
                .await
        }
        "tasks" => {
            let (table, order) = ("tasks", "r.status = 'done', r.created_at DESC, r.id");
            reader
                .list(List { object: TASK.to_owned(), table, whose: "owner_id", owned: true, order, cap: MAX_TASKS })
                .await
        }
        "notes" => {
            let (table, order) = ("notes", "r.at DESC, r.id");
            reader
                .list(List { object: NOTE.to_owned(), table, whose: "author_id", owned: false, order, cap: MAX_TASKS })
                .await
        }
        _ => Ok(None),
    }
}

/// Finds a transcript, without its text.
pub(crate) async fn find_transcript(
    db: &impl Ask,
    org: &OrgId,
    user: Option<&UserId>,
    params: &Value,
) -> Result<Option<transcript::Found>, StoreError> {
    Reader { db, org, user, params }.transcript().await
}

impl<D: Ask> Reader<'_, D> {
    fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// When it is asked, as the host passes it; the epoch where it does not.
    fn now(&self) -> Timestamp {
        Timestamp(self.params.get("now").and_then(Value::as_i64).unwrap_or(0))
    }

    fn bind(&self, third: &str) -> Params {
        Params::new().text(self.org.as_str()).maybe(self.user.map(UserId::as_str)).text(third)
    }

    async fn object(&self, sql: String, third: &str) -> Result<Option<Value>, StoreError> {
        ask::one(self.db, Some(self.org), "of a context source", sql, self.bind(third)).await
    }

    async fn user(&self) -> Result<Option<Value>, StoreError> {
        let shown = columns::user_shown(D::DIALECT);
        let sql = format!("SELECT {shown} FROM users u WHERE u.org_id = $1 AND u.id = $2");
        self.object(sql, "").await
    }

    async fn setting(&self, name: &str) -> Result<Option<Value>, StoreError> {
        let sql = "SELECT coalesce(o.settings -> $3, '{}') FROM orgs o WHERE o.id = $1";
        self.object(sql.to_owned(), name).await
    }

    async fn products(&self) -> Result<Option<Value>, StoreError> {
        let sql =
            format!("SELECT {PRODUCT} FROM products r WHERE r.org_id = $1 ORDER BY r.name, r.id LIMIT {MAX_PRODUCTS}");
        let rows: Vec<Value> = ask::all(self.db, Some(self.org), "of the products", sql, self.bind("")).await?;
        Ok(Some(Value::Array(rows)))
    }

    /// Everything that counts against the org's own limits: reserved and disputed
    /// money is spent until it is known not to be.
    async fn budget(&self) -> Result<Option<Value>, StoreError> {
        let now = self.params.get("now").and_then(Value::as_i64);
        let standings = purse::standings(self.db, self.org, Timestamp(now.unwrap_or(0))).await?;
        let of = |period: Period| {
            let standing = standings.iter().find(|standing| standing.scope == Scope::Org && standing.period == period);
            let limit = standing.and_then(|standing| standing.limit);
            let spent = now.map(|_| standing.map_or(MicroUsd(0), Standing::taken));
            (json!(limit), json!(spent))
        };
        let ((day_limit, day), (month_limit, month)) = (of(Period::Day), of(Period::Month));
        Ok(Some(json!({
            "day_limit_micro_usd": day_limit,
            "month_limit_micro_usd": month_limit,
            "day_spent_micro_usd": day,
            "month_spent_micro_usd": month,
        })))
    }

    async fn contact(&self) -> Result<Option<Value>, StoreError> {
        let (by, value) = match (self.param("contact_id"), self.param("email")) {
            (Some(id), _) => ("c.id = $3", id.to_owned()),
            (None, Some(email)) => ("c.email = $3", email.to_lowercase()),
            (None, None) => return Ok(None),
        };
        let sql = format!(
            "SELECT {} FROM contacts c WHERE c.org_id = $1 AND ($2 IS NULL OR c.owner_id IS NULL OR c.owner_id = $2) AND {by}
             ORDER BY c.id LIMIT 1",
            contact_object(D::DIALECT)
        );
        self.object(sql, &value).await
    }

    async fn company(&self) -> Result<Option<Value>, StoreError> {
        let (by, value) = if let Some(id) = self.param("company_id") {
            ("$3".to_owned(), id)
        } else if let Some(id) = self.param("contact_id") {
            (format!("(SELECT company_id FROM contacts WHERE org_id = $1 AND id = $3 AND {CONTACT_IS_VISIBLE})"), id)
        } else if let Some(id) = self.param("deal_id") {
            (format!("(SELECT company_id FROM deals WHERE org_id = $1 AND id = $3 AND {DEAL_IS_VISIBLE})"), id)
        } else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {} FROM companies y WHERE y.org_id = $1 AND ($2 IS NULL OR y.owner_id IS NULL OR y.owner_id = $2) AND y.id = {by}",
            company_object(D::DIALECT)
        );
        self.object(sql, value).await
    }

    async fn deal(&self) -> Result<Option<Value>, StoreError> {
        let (by, value) = if let Some(id) = self.param("deal_id") {
            ("d.id = $3".to_owned(), id)
        } else if let Some(id) = self.param("contact_id") {
            let linked = "d.id IN (SELECT record_id FROM deal_contacts WHERE org_id = $1 AND contact_id = $3)";
            (format!("{linked} AND {} AND {CONTACT_IS_VISIBLE}", deal_is_open(D::DIALECT)), id)
        } else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {} FROM deals d JOIN orgs o ON o.id = d.org_id
             WHERE d.org_id = $1 AND ($2 IS NULL OR d.owner_id IS NULL OR d.owner_id = $2) AND {by}
             ORDER BY d.updated_at DESC, d.id LIMIT 1",
            deal_object(D::DIALECT)
        );
        self.object(sql, value).await
    }

    async fn list(&self, list: List<'_>) -> Result<Option<Value>, StoreError> {
        let List { object, table, whose, owned, order, cap } = list;
        let linked = "r.id IN (SELECT record_id FROM meeting_contacts WHERE org_id = $1 AND contact_id = $3)";
        let is_meeting = table == "meetings";
        let (by, value) = if let Some(id) = self.param("contact_id") {
            let by = if is_meeting { linked } else { "r.contact_id = $3" };
            (format!("{by} AND {CONTACT_IS_VISIBLE}"), id)
        } else if let Some(id) = self.param("deal_id") {
            (format!("r.deal_id = $3 AND {DEAL_IS_VISIBLE}"), id)
        } else if let (true, Some(id)) = (is_meeting, self.param("company_id")) {
            ("r.company_id = $3".to_owned(), id)
        } else if let (true, Some(id)) = (is_meeting, self.param("meeting_id")) {
            ("r.id = $3".to_owned(), id)
        } else {
            (if self.user.is_some() { format!("r.{whose} = $2") } else { "true".to_owned() }, "")
        };
        let visible =
            if owned { format!("AND ($2 IS NULL OR r.{whose} IS NULL OR r.{whose} = $2)") } else { String::new() };
        let sql = format!(
            "SELECT {object} FROM {table} r WHERE r.org_id = $1 {visible} AND {by} ORDER BY {order} LIMIT {cap}"
        );
        let rows: Vec<Value> = ask::all(self.db, Some(self.org), &format!("of {table}"), sql, self.bind(value)).await?;
        Ok(Some(Value::Array(rows)))
    }

    async fn transcript(&self) -> Result<Option<transcript::Found>, StoreError> {
        let (by, value) = match (self.param("id"), self.param("meeting_id")) {
            (Some(id), _) => ("t.id = $3", id),
            (None, Some(meeting)) => ("t.meeting_id = $3", meeting),
            (None, None) => return Ok(None),
        };
        let sql = format!(
            "SELECT json_object('digest', t.digest, 'subject', t.subject, 'shown', json_object('id', t.id,
                'meeting_id', t.meeting_id, 'format', t.format, 'body', t.body, 'at', t.at))
             FROM transcripts t LEFT JOIN meetings m ON m.org_id = t.org_id AND m.id = t.meeting_id
             WHERE t.org_id = $1 AND ($2 IS NULL OR m.owner_id IS NULL OR m.owner_id = $2) AND {by} ORDER BY t.n DESC LIMIT 1"
        );
        ask::one(self.db, Some(self.org), "of the transcripts", sql, self.bind(value)).await
    }

    async fn thread(&self) -> Result<Option<Value>, StoreError> {
        let Some(id) = self.param("id") else { return Ok(None) };
        let sql = format!(
            "SELECT {THREAD_MESSAGE} FROM emails r WHERE r.org_id = $1 AND r.thread_id = $3
                AND ($2 IS NULL OR r.owner_id IS NULL OR r.owner_id = $2) ORDER BY r.at DESC, r.id LIMIT {MAX_THREAD}"
        );
        let mut messages: Vec<Map<String, Value>> =
            ask::all(self.db, Some(self.org), "of emails", sql, self.bind(id)).await?;
        messages.reverse();
        Ok(messages
            .first()
            .and_then(|first| first.get("subject"))
            .cloned()
            .map(|subject| json!({"id": id, "subject": subject, "messages": messages})))
    }
}

//! The built-in context sources, as `docs/data.md` describes them.
//!
//! Invariants:
//! - Every statement is bound to org (`$1`) and user (`$2`); neither comes from
//!   the parameters.
//! - A record another person owns does not exist. Only an org-wide read, which
//!   has no user (`$2` is null), sees it.
//! - The order is total, so the same data gives the same bytes, and a list can be read on
//!   behind any of its records ([`skillhost_engine::context::page`]).
//! - A long text of a record in a list is cut where it is read, and says so.
//!
//! To add a source: its row in `skillhost_engine::context::SOURCES`, an arm in [`read`],
//! its section in `docs/data.md`. What is more than a list has a file of its own here.

mod briefed;
mod calendar;
mod campaigns;
mod coaching;
mod of;
mod pipeline;
mod received;
mod research;

use serde_json::{Map, Value, json};
use skillhost_engine::context::page::{AFTER, CUT, ELLIPSIS, MAX_TEXT_CHARS};
use skillhost_engine::context::{self, MAX_ACTIVITIES, MAX_EMAILS, MAX_MEETINGS, MAX_NOTES, MAX_PRODUCTS, MAX_TASKS};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::purse::{Period, Scope, Standing};
use skillhost_engine::store::StoreError;
use skillhost_engine::time::{MicroUsd, Timestamp};

use crate::ask::{self, Ask, Params};
use crate::columns;
use crate::dialect::Dialect;
use crate::{access, purse, transcript};

/// Most messages of a thread; a longer one is known by its newest.
const MAX_THREAD: usize = 20;
/// Characters of a mail's body in a list.
const SNIPPET: usize = 200;

/// Of `deals d` and `orgs o`. What is no list is as good as nothing.
pub(crate) fn deal_is_open(dialect: Dialect) -> String {
    format!("NOT {}", is_among(dialect, "closed_stages", "[\"closed_won\",\"closed_lost\"]"))
}

/// Whether the stage of `deals d` is in a list of the settings of `orgs o`; in `default`
/// where that is no list.
pub(crate) fn is_among(dialect: Dialect, setting: &str, default: &str) -> String {
    let kind = dialect.kind("o.settings", setting);
    let stages =
        dialect.words(&format!("CASE {kind} WHEN 'array' THEN o.settings -> '{setting}' ELSE '{default}' END"), "s");
    format!("EXISTS (SELECT 1 FROM {stages} WHERE s.value = d.stage)")
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

/// Where a record of a list says how many bytes its long text has that is not whole.
const WHOLE: &str = "whole_bytes";

/// Whether the user `$2` may read a transcript `t`, beside its meeting `m`, if there is one:
/// one that says whose it is belongs to that person alone, and of the others each belongs to
/// whoever its meeting belongs to. Without a meeting it is nobody's.
const TRANSCRIPT_IS_VISIBLE: &str = "($2 IS NULL OR t.owner_id = $2
    OR t.owner_id IS NULL AND m.id IS NOT NULL AND (m.owner_id IS NULL OR m.owner_id = $2))";

/// The fields that [`text`] is used for; a record has one of them.
const LONG: [&str; 4] = ["body", "summary", "detail", "description"];

/// A text of `r` as a list shows it, and beside it what of it was cut.
fn text(column: &str) -> String {
    format!(
        "'{column}', substr(r.{column}, 1, {MAX_TEXT_CHARS}),
            '{WHOLE}', CASE WHEN length(r.{column}) > {MAX_TEXT_CHARS} THEN octet_length(r.{column}) END"
    )
}

fn meeting_object() -> String {
    format!(
        "json_object('id', r.id, 'title', r.title, 'started_at', r.started_at,
    'duration_min', r.duration_min, 'attendees', json(r.attendees), {},
    'transcript_id', (SELECT t.id FROM transcripts t WHERE t.org_id = r.org_id AND t.meeting_id = r.id
        AND ($2 IS NULL OR t.owner_id IS NULL OR t.owner_id = $2) ORDER BY t.n DESC LIMIT 1),
    'contact_ids', json(r.contact_ids), 'deal_id', r.deal_id, 'company_id', r.company_id, 'owner_id', r.owner_id)",
        text("summary")
    )
}

fn activity_object() -> String {
    format!(
        "json_object('id', r.id, 'kind', r.kind, 'subject', r.subject, {}, 'at', r.at,
            'user_id', r.user_id, 'contact_id', r.contact_id, 'deal_id', r.deal_id)",
        text("body")
    )
}

fn task_object() -> String {
    format!(
        "json_object('id', r.id, 'title', r.title, {}, 'due', r.due,
            'priority', r.priority, 'status', r.status, 'owner_id', r.owner_id, 'contact_id', r.contact_id,
            'deal_id', r.deal_id, 'created_at', r.created_at)",
        text("detail")
    )
}

fn note_object() -> String {
    format!(
        "json_object('id', r.id, {}, 'at', r.at, 'author_id', r.author_id,
            'contact_id', r.contact_id, 'deal_id', r.deal_id)",
        text("body")
    )
}

fn product_object() -> String {
    format!(
        "json_object('id', r.id, 'name', r.name, {}, 'price_cents', r.price_cents, 'currency', r.currency,
            'url', r.url, 'fields', json(r.fields))",
        text("description")
    )
}

/// What came with a mail, by name; nothing of one that no mailbox brought.
const ATTACHED: &str = "json(coalesce((SELECT k.attachments FROM mailbox_mails k
    WHERE k.org_id = r.org_id AND k.email_id = r.id), '[]'))";

fn thread_message() -> String {
    format!(
        "json_object('id', r.id, 'direction', r.direction, 'from', r.\"from\", 'from_name', r.from_name, 'to', json(r.\"to\"),
    'cc', json(r.cc), 'subject', r.subject, 'body', r.body, 'at', r.at, 'message_id', r.message_id,
    'in_reply_to', r.in_reply_to, 'references', json(r.\"references\"), 'headers', json(r.headers),
    'attachments', {ATTACHED})"
    )
}

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
    order: &'a Order,
    cap: usize,
}

/// The order of a list, and what is behind a place in it. A place is told by the texts
/// that the source's [`skillhost_engine::context::page::Paging`] names.
struct Order {
    by: &'static str,
    /// Its parameters begin at `$4`.
    behind: &'static str,
}

const BY_TIME: Order = Order { by: "r.at DESC, r.id", behind: "(r.at < $4 OR r.at = $4 AND r.id > $5)" };
const BY_START: Order =
    Order { by: "r.started_at DESC, r.id", behind: "(r.started_at < $4 OR r.started_at = $4 AND r.id > $5)" };
const BY_NAME: Order = Order { by: "r.name, r.id", behind: "(r.name > $4 OR r.name = $4 AND r.id > $5)" };
/// Open ones first.
const OPEN_FIRST: Order = Order {
    by: "r.status = 'done', r.created_at DESC, r.id",
    behind: "((r.status = 'done') > ($4 = 'done')
        OR (r.status = 'done') = ($4 = 'done') AND (r.created_at < $5 OR r.created_at = $5 AND r.id > $6))",
};

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
        "briefed" => reader.briefed().await,
        "coaching" => reader.coaching().await,
        "apollo" | "linkedin" => reader.enrichment(source).await,
        "news" => reader.news().await,
        "templates" => reader.templates().await,
        "campaigns" => reader.campaigns().await,
        "meetings" => {
            let (object, table, cap) = (meeting_object(), "meetings", MAX_MEETINGS);
            reader.list(List { object, table, whose: "owner_id", owned: true, order: &BY_START, cap }).await
        }
        "emails" => {
            let (object, table, cap) = (email_object(), "emails", MAX_EMAILS);
            reader.list(List { object, table, whose: "owner_id", owned: true, order: &BY_TIME, cap }).await
        }
        "activities" => {
            let (object, table, cap) = (activity_object(), "activities", MAX_ACTIVITIES);
            reader.list(List { object, table, whose: "user_id", owned: false, order: &BY_TIME, cap }).await
        }
        "tasks" => {
            let (object, table, cap) = (task_object(), "tasks", MAX_TASKS);
            reader.list(List { object, table, whose: "owner_id", owned: true, order: &OPEN_FIRST, cap }).await
        }
        "notes" => {
            let (object, table, cap) = (note_object(), "notes", MAX_NOTES);
            reader.list(List { object, table, whose: "author_id", owned: false, order: &BY_TIME, cap }).await
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
        let from = format!("SELECT {} FROM products r WHERE r.org_id = $1", product_object());
        self.rows("products", from, "", &BY_NAME, MAX_PRODUCTS).await
    }

    /// The rows of a list: a page of them and one more, behind a place or from the
    /// beginning, where the host says so; else a page.
    async fn rows(
        &self,
        table: &str,
        from: String,
        value: &str,
        order: &Order,
        cap: usize,
    ) -> Result<Option<Value>, StoreError> {
        let after = self.params.get(AFTER);
        let limit = cap + usize::from(after.is_some());
        let place: Vec<&str> =
            after.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let behind = if place.is_empty() { String::new() } else { format!(" AND {}", order.behind) };
        let params = place.into_iter().fold(self.bind(value), Params::text);
        let sql = format!("{from}{behind} ORDER BY {} LIMIT {limit}", order.by);
        let rows: Vec<Map<String, Value>> =
            ask::all(self.db, Some(self.org), &format!("of {table}"), sql, params).await?;
        Ok(Some(rows.into_iter().map(told).collect()))
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
            (None, None) => return self.contact_of().await,
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
        let from = format!("SELECT {object} FROM {table} r WHERE r.org_id = $1 {visible} AND {by}");
        self.rows(table, from, value, order, cap).await
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
             WHERE t.org_id = $1 AND {TRANSCRIPT_IS_VISIBLE} AND {by} ORDER BY t.n DESC LIMIT 1"
        );
        ask::one(self.db, Some(self.org), "of the transcripts", sql, self.bind(value)).await
    }

    async fn thread(&self) -> Result<Option<Value>, StoreError> {
        let Some(id) = self.param("id") else { return Ok(None) };
        let sql = format!(
            "SELECT {} FROM emails r WHERE r.org_id = $1 AND r.thread_id = $3
                AND ($2 IS NULL OR r.owner_id IS NULL OR r.owner_id = $2) ORDER BY r.at DESC, r.id LIMIT {MAX_THREAD}",
            thread_message()
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

/// A row of a list as it is shown: what of it is not whole says so.
fn told(mut row: Map<String, Value>) -> Value {
    if let Some(bytes) = row.remove(WHOLE).filter(|bytes| !bytes.is_null()) {
        let long = LONG.into_iter().find(|name| row.get(*name).is_some_and(Value::is_string));
        if let Some(Value::String(text)) = long.and_then(|name| row.get_mut(name)) {
            text.push(ELLIPSIS);
        }
        row.extend(long.map(|name| (CUT.to_owned(), json!({ name: bytes }))));
    }
    Value::Object(row)
}

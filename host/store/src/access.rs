//! Who is who within an org: users, connections, contacts, suppression, send counts.

use serde::Deserialize;
use serde_json::Value;
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::named::Named;
use skillhost_engine::store::{Connection, StoreError, User};
use skillhost_engine::time::Timestamp;

use crate::ask::{self, Ask, Params};
use crate::columns::{self, CONNECTION, ORG};
use crate::dialect::Dialect;
use crate::proof::{Proofs, StoredUser};
use crate::sources::deal_is_open;

pub(crate) async fn org(db: &impl Ask, org: &OrgId) -> Result<Option<Value>, StoreError> {
    let sql = format!("SELECT {ORG} FROM orgs o WHERE o.id = $1");
    ask::one(db, Some(org), &format!("of org {org}"), sql, Params::new().text(org.as_str())).await
}

pub(crate) async fn user<D: Ask>(
    db: &D,
    proofs: &Proofs,
    org: &OrgId,
    user: &UserId,
) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {} FROM users u WHERE u.org_id = $1 AND u.id = $2", columns::user(D::DIALECT));
    let params = Params::new().text(org.as_str()).text(user.as_str());
    let found: Option<StoredUser> = ask::one(db, Some(org), &format!("of user {user}"), sql, params).await?;
    Ok(found.map(|stored| proofs.user(stored)))
}

/// The first one made, where a user has several of a kind.
pub(crate) async fn connection_of(
    db: &impl Ask,
    kind: &str,
    org: &OrgId,
    user: &UserId,
) -> Result<Option<Connection>, StoreError> {
    let sql = format!(
        "SELECT {CONNECTION} FROM connections c WHERE c.org_id = $1 AND c.user_id = $2 AND c.kind = $3
         ORDER BY c.n LIMIT 1"
    );
    let params = Params::new().text(org.as_str()).text(user.as_str()).text(kind);
    ask::one(db, Some(org), "of the connections", sql, params).await
}

/// The earlier address in the list wins; then the contact's open deal changed last.
pub(crate) async fn match_contact<D: Ask>(
    db: &D,
    org: &OrgId,
    addresses: &[String],
) -> Result<Option<Value>, StoreError> {
    let lower: Vec<String> = addresses.iter().map(|address| address.to_lowercase()).collect();
    let (shape, list) = (with_open_deal(D::DIALECT), D::DIALECT.words("$2", "a"));
    let sql = format!(
        "SELECT {shape} FROM {list} JOIN contacts c ON c.org_id = $1 AND c.email = a.value
         ORDER BY a.key, c.id LIMIT 1"
    );
    let params = Params::new().text(org.as_str()).text(serde_json::json!(lower).to_string());
    let found: Option<Value> = ask::one(db, Some(org), "of the contacts", sql, params).await?;
    Ok(found.map(without_nulls))
}

/// No index knows names: it is asked when a person names somebody, and reads their org's
/// contacts once.
pub(crate) async fn contacts_named<D: Ask>(
    db: &D,
    org: &OrgId,
    user: &UserId,
    named: &Named,
) -> Result<Vec<Value>, StoreError> {
    let whole = bearers(db, org, user, named.names.iter(), "lower(c.name) = a.value").await?;
    if !whole.is_empty() {
        return Ok(whole);
    }
    // A name with a sign of LIKE in it is nobody's.
    let first = named.first_names.iter().filter(|name| !name.contains(['%', '_', '\\']));
    bearers(db, org, user, first, "lower(c.name) = a.value OR lower(c.name) LIKE a.value || ' %'").await
}

/// Contacts of whose name and one of the words `a.value` this holds.
async fn bearers<D: Ask>(
    db: &D,
    org: &OrgId,
    user: &UserId,
    words: impl Iterator<Item = &String>,
    holds: &str,
) -> Result<Vec<Value>, StoreError> {
    let (shape, list) = (with_open_deal(D::DIALECT), D::DIALECT.words("$2", "a"));
    let sql = format!(
        "SELECT {shape} FROM contacts c
         WHERE c.org_id = $1 AND (c.owner_id IS NULL OR c.owner_id = $3)
           AND EXISTS (SELECT 1 FROM {list} WHERE {holds})
         ORDER BY c.id LIMIT 2"
    );
    let words: Vec<&String> = words.collect();
    let params = Params::new().text(org.as_str()).text(serde_json::json!(words).to_string()).text(user.as_str());
    let found: Vec<Value> = ask::all(db, Some(org), "of the contacts", sql, params).await?;
    Ok(found.into_iter().map(without_nulls).collect())
}

/// A contact `c` with company and the open deal that changed last.
fn with_open_deal(dialect: Dialect) -> String {
    let deal = open_deal(dialect);
    format!("json_object('contact_id', c.id, 'company_id', c.company_id, 'deal_id', {deal})")
}

/// The open deal of a contact `c` that changed last.
pub(crate) fn open_deal(dialect: Dialect) -> String {
    let open = deal_is_open(dialect);
    format!(
        "(SELECT d.id FROM deal_contacts l JOIN deals d ON d.org_id = l.org_id AND d.id = l.record_id
            JOIN orgs o ON o.id = d.org_id
         WHERE l.org_id = c.org_id AND l.contact_id = c.id AND {open}
         ORDER BY d.updated_at DESC, d.id LIMIT 1)"
    )
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

pub(crate) async fn is_suppressed(db: &impl Ask, org: &OrgId, address: &str) -> Result<bool, StoreError> {
    // Of an erased person the list keeps a digest, so that they stay unwritten to.
    let sql = "SELECT count(*) FROM suppressions WHERE org_id = $1 AND address IN ($2, $3)";
    let address = address.to_lowercase();
    let digest = sha256(address.as_bytes());
    let params = Params::new().text(org.as_str()).text(address).text(digest);
    Ok(ask::count(db, Some(org), "of the suppressions", sql.to_owned(), params).await? > 0)
}

#[derive(Deserialize)]
struct Left {
    at: String,
}

pub(crate) async fn mails_sent(
    db: &impl Ask,
    org: &OrgId,
    user: &UserId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Timestamp>, StoreError> {
    const WHAT: &str = "of the sent mails";
    let sent = "SELECT json_object('at', at) FROM sent_mails WHERE org_id = $1 AND user_id = $2 AND at >= $3
        ORDER BY at DESC LIMIT $4";
    // A mail under way, or one whose result nobody knows, may have left.
    let leaving = "SELECT CAST(updated_at AS text) FROM outbox WHERE org_id = $1 AND user_id = $2
        AND kind IN ('email.send', 'calendar.invite') AND state IN ('sending', 'unknown') AND updated_at >= $3
        ORDER BY updated_at DESC LIMIT $4";
    let whose = || Params::new().text(org.as_str()).text(user.as_str());
    // First, so that one that settles between the two is in both rather than in neither.
    let may_have = whose().int(since.0).int(i64::from(limit));
    let mut all: Vec<Timestamp> = ask::all(db, Some(org), WHAT, leaving.to_owned(), may_have).await?;
    let left = whose().text(since.rfc3339()).int(i64::from(limit));
    let left: Vec<Left> = ask::all(db, Some(org), WHAT, sent.to_owned(), left).await?;
    for Left { at } in left {
        let at: jiff::Timestamp = at
            .parse()
            .map_err(|error: jiff::Error| StoreError::Corrupt { what: WHAT.to_owned(), message: error.to_string() })?;
        all.push(Timestamp(at.as_millisecond()));
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

//! Who is to be forgotten, before it is done.

use serde::Deserialize;
use skillhost_engine::body::Subject;
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;

use crate::ask::{self, Ask, Params};

/// A person as an erasure needs one.
pub(crate) struct Person<'a> {
    /// `user` or `contact`.
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    /// In lower case.
    pub(crate) email: Option<String>,
    /// What the suppression list keeps of it.
    pub(crate) hashed: Option<String>,
}

/// `None` when the org has no such person.
pub(crate) async fn find<'a>(
    db: &impl Ask,
    org: &OrgId,
    subject: &'a Subject,
) -> Result<Option<Person<'a>>, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        email: Option<String>,
    }
    let (kind, id) = parts(subject);
    let table = if kind == "user" { "users" } else { "contacts" };
    let sql = format!("SELECT json_object('email', lower(email)) FROM {table} WHERE org_id = $1 AND id = $2");
    let params = Params::new().text(org.as_str()).text(id);
    let found: Option<Found> = ask::one(db, Some(org), "of the people", sql, params).await?;
    Ok(found.map(|found| {
        let email = found.email.filter(|email| !email.is_empty());
        let hashed = email.as_ref().map(|email| sha256(email.as_bytes()));
        Person { kind, id, email, hashed }
    }))
}

/// Kind and id.
pub(crate) fn parts(subject: &Subject) -> (&str, &str) {
    subject.as_str().split_once(':').unwrap_or(("contact", subject.as_str()))
}

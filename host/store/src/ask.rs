//! Questions about rows of one org, or of what belongs to none: both databases are
//! asked in the same words ([`crate::dialect`]), and answer JSON that serde reads.
//!
//! To add a read that both answer alike: a function over `&impl Ask` in the file of its
//! noun. What only one can be asked stays in `sqlite` or `postgres`.

use serde::de::DeserializeOwned;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;

use crate::dialect::Dialect;

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Param {
    Text(String),
    Int(i64),
    Flag(bool),
    Null,
}

/// Parameters of a statement, in order.
#[derive(Default)]
pub(crate) struct Params(pub(crate) Vec<Param>);

impl Params {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Param::Text(text.into()));
        self
    }

    /// Text, or null.
    pub(crate) fn maybe(mut self, text: Option<&str>) -> Self {
        self.0.push(text.map_or(Param::Null, |text| Param::Text(text.to_owned())));
        self
    }

    pub(crate) fn int(mut self, number: i64) -> Self {
        self.0.push(Param::Int(number));
        self
    }

    pub(crate) fn flag(mut self, flag: bool) -> Self {
        self.0.push(Param::Flag(flag));
        self
    }

    /// Whether any holds U+0000, which no text of a database does.
    pub(crate) fn has_nul(&self) -> bool {
        self.0.iter().any(|param| matches!(param, Param::Text(text) if text.contains('\0')))
    }
}

/// A database that answers. One question is one statement, and one snapshot of it.
#[async_trait::async_trait]
pub(crate) trait Ask: Sync {
    const DIALECT: Dialect;

    /// The first column of every row, which is JSON. What belongs to an org is shown to
    /// who names it.
    async fn texts(
        &self,
        org: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Vec<String>, StoreError>;

    /// The first row's number; `None` when there is no row or it is null.
    async fn number(
        &self,
        org: Option<&OrgId>,
        what: &str,
        sql: String,
        params: Params,
    ) -> Result<Option<i64>, StoreError>;
}

/// Every row as a value of a type.
pub(crate) async fn all<T: DeserializeOwned>(
    db: &impl Ask,
    org: Option<&OrgId>,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Vec<T>, StoreError> {
    db.texts(org, what, sql, params).await?.iter().map(|json| decode(what, json)).collect()
}

/// The first such row.
pub(crate) async fn one<T: DeserializeOwned>(
    db: &impl Ask,
    org: Option<&OrgId>,
    what: &str,
    sql: String,
    params: Params,
) -> Result<Option<T>, StoreError> {
    let found = db.texts(org, what, sql, params).await?;
    found.first().map(|json| decode(what, json)).transpose()
}

/// How many; what is not there is none.
pub(crate) async fn count(
    db: &impl Ask,
    org: Option<&OrgId>,
    what: &str,
    sql: String,
    params: Params,
) -> Result<u64, StoreError> {
    let number = db.number(org, what, sql, params).await?;
    Ok(number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
}

pub(crate) fn decode<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json)
        .map_err(|error| StoreError::Corrupt { what: what.to_owned(), message: error.to_string() })
}

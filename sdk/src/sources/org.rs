//! Tier 1: the org and the rep.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Org {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its own mail domains: an address there is on the rep's side.
    pub domains: Vec<String>,
    /// As the operator loaded them.
    pub settings: Map<String, Value>,
}

/// The rep whose job this is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct User {
    /// Id.
    pub id: String,
    /// Whole name.
    pub name: String,
    /// Address, lower case.
    pub email: String,
    /// IANA zone.
    pub zone: String,
    /// Whether they administer the org.
    pub admin: bool,
    /// Signature of their mails.
    pub signature: String,
    /// As the operator loaded them.
    pub preferences: Map<String, Value>,
    /// Their manager, a user of the same org, where one is named.
    pub manager_id: Option<String>,
}

/// Something the org sells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Product {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Words.
    pub description: String,
    /// Price in cents.
    pub price_cents: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Page.
    pub url: Option<String>,
    /// Own fields.
    pub fields: Map<String, Value>,
    /// Bytes of the whole of what was cut, by field; nothing where all of it is here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// What the org may still spend; `None` is no limit (or not known).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OrgBudget {
    /// Millionths of a US dollar a day.
    pub day_limit_micro_usd: Option<i64>,
    /// Millionths of a US dollar a month.
    pub month_limit_micro_usd: Option<i64>,
    /// Spent today.
    pub day_spent_micro_usd: Option<i64>,
    /// Spent this month.
    pub month_spent_micro_usd: Option<i64>,
}

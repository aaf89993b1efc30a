//! Tier 2: the contact, the company, the deal.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A mark on a record, with its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Flag {
    /// For instance `risk`.
    pub flag: String,
    /// Why.
    pub reason: String,
    /// RFC 3339.
    pub at: String,
}

/// A person outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// Whole name.
    pub name: String,
    /// Address, lower case.
    pub email: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Where they work.
    pub company_id: Option<String>,
    /// Whose contact it is; none: everybody's.
    pub owner_id: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Deals this rep may see.
    pub deal_ids: Vec<String>,
    /// No mail may go there.
    pub suppressed: bool,
    /// Own fields.
    pub fields: Map<String, Value>,
    /// Marks.
    pub flags: Vec<Flag>,
    /// Bytes of the whole of what was cut, by field; nothing where all of it is here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// Where a contact works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Company {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Mail and web domain.
    pub domain: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Employees.
    pub size: Option<i64>,
    /// Whose it is.
    pub owner_id: Option<String>,
    /// Own fields.
    pub fields: Map<String, Value>,
    /// Marks.
    pub flags: Vec<Flag>,
    /// Bytes of the whole of what was cut, by field; nothing where all of it is here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

/// A deal in the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Deal {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands, one of `stages`.
    pub stage: String,
    /// The org's pipeline in order; closed stages at its end.
    pub stages: Vec<String>,
    /// Neither won nor lost.
    pub open: bool,
    /// Amount in cents.
    pub amount_cents: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// `YYYY-MM-DD`.
    pub close_date: Option<String>,
    /// Whose.
    pub company_id: Option<String>,
    /// With whom.
    pub contact_ids: Vec<String>,
    /// Rep.
    pub owner_id: Option<String>,
    /// RFC 3339.
    pub updated_at: String,
    /// Own fields.
    pub fields: Map<String, Value>,
    /// Marks.
    pub flags: Vec<Flag>,
    /// Bytes of the whole of what was cut, by field; nothing where all of it is here.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut: BTreeMap<String, u64>,
}

impl Deal {
    /// UTC midnight of the close date, epoch milliseconds.
    pub fn close_date_ms(&self) -> Option<i64> {
        super::day_ms(self.close_date.as_deref()?)
    }

    /// The stage after the present one, if the pipeline names both and the next
    /// one is not a closed one.
    pub fn next_stage(&self) -> Option<&str> {
        let at = self.stages.iter().position(|stage| *stage == self.stage)?;
        self.stages.get(at + 1).map(String::as_str).filter(|stage| !is_closed_stage(stage))
    }
}

/// Whether a deal in this stage has ended, as far as the stage's name says.
#[must_use]
pub fn is_closed_stage(stage: &str) -> bool {
    stage.starts_with("closed")
}

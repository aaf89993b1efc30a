//! What the steps before found.

use mail_reading::Reading;
use schemars::JsonSchema;
use serde::Deserialize;

/// Somebody who is not in the CRM, of `match-to-crm-contact`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewContact {
    /// Whole name.
    pub name: Option<String>,
    /// Address.
    pub email: String,
    /// Function.
    pub title: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// A company of the CRM.
    pub company_id: Option<String>,
}

/// Whose mail it is, of `match-to-crm-contact`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Matched {
    /// Whose address was looked for.
    pub address: Option<String>,
    /// The contact.
    pub contact_id: Option<String>,
    /// Where they work.
    pub company_id: Option<String>,
    /// What it is about.
    pub deal_id: Option<String>,
    /// An address of the contact that the CRM does not have.
    pub alias: Option<String>,
    /// For somebody who is not in the CRM.
    pub new_contact: Option<NewContact>,
}

/// The mail and what is known of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The mail.
    pub email_id: Option<String>,
    /// Its conversation.
    pub thread_id: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// Of `classify-email-intent`.
    pub classified: Option<Reading>,
    /// Of `match-to-crm-contact`.
    pub matched: Option<Matched>,
}

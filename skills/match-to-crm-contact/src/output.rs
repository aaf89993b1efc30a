//! What was found.

use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::sources::Contact;

use crate::contacts::Found;

/// How far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The address is a contact's.
    Known,
    /// A contact's new address.
    Alias,
    /// Nobody known.
    New,
    /// Two or more would do.
    Ambiguous,
    /// A colleague or a machine.
    Nobody,
}

/// By what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// The address.
    Address,
    /// Another spelling of it, or the address to answer to.
    Spelling,
    /// The host's own record of the mail.
    Given,
    /// The name, among the people of the conversation and its deals.
    Conversation,
    /// The name, among the people of the same company in the conversation's deals.
    Company,
}

/// Somebody who would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Candidate {
    /// Id of the contact or deal.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl From<&Contact> for Candidate {
    fn from(contact: &Contact) -> Self {
        Self { id: contact.id.clone(), name: contact.name.clone() }
    }
}

/// What the mail says of somebody who is not in the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NewContact {
    /// Whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address, lower case.
    pub email: String,
    /// Function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Telephone, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A company of the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// Its name, or the one in the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
}

/// Whose mail it is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// The mail.
    pub email_id: String,
    /// Whose address was looked for, lower case.
    pub address: String,
    /// How far it got.
    pub outcome: Reach,
    /// By what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<Match>,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// Why, in a sentence.
    pub reason: String,
    /// The contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// No mail may go to them.
    pub suppressed: bool,
    /// An address of theirs that the CRM does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_name: Option<String>,
    /// Why this deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_reason: Option<String>,
    /// Contacts that would do.
    pub candidates: Vec<Candidate>,
    /// Deals that would do.
    pub deal_candidates: Vec<Candidate>,
    /// For somebody who is not in the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_contact: Option<NewContact>,
}

/// How sure each way is.
const BY_ADDRESS: f64 = 1.0;
const BY_SPELLING: f64 = 0.95;
const BY_CONVERSATION: f64 = 0.85;
const BY_COMPANY: f64 = 0.8;

impl Output {
    fn empty(email_id: &str, address: &str, outcome: Reach, reason: impl Into<String>) -> Self {
        Self {
            email_id: email_id.to_owned(),
            address: address.to_lowercase(),
            outcome,
            how: None,
            confidence: 0.0,
            reason: reason.into(),
            contact_id: None,
            contact_name: None,
            suppressed: false,
            alias: None,
            company_id: None,
            company_name: None,
            deal_id: None,
            deal_name: None,
            deal_reason: None,
            candidates: Vec::new(),
            deal_candidates: Vec::new(),
            new_contact: None,
        }
    }

    /// For a mail with nobody outside behind it.
    pub(crate) fn nobody(email_id: &str, address: &str, reason: &str) -> Self {
        Self::empty(email_id, address, Reach::Nobody, reason)
    }

    /// What was found, without company and deal.
    pub(crate) fn of(email_id: &str, address: &str, found: &Found) -> Self {
        match found {
            Found::One { contact, how } => {
                let (outcome, confidence, reason) = match how {
                    Match::Address => (Reach::Known, BY_ADDRESS, "the address is theirs"),
                    Match::Spelling => (Reach::Known, BY_SPELLING, "the address is another spelling of theirs"),
                    Match::Given => (Reach::Known, BY_SPELLING, "the host has them for this mail"),
                    Match::Conversation => {
                        (Reach::Alias, BY_CONVERSATION, "they are in this conversation by this name")
                    }
                    Match::Company => (Reach::Alias, BY_COMPANY, "the only one of this name at the company"),
                };
                Self {
                    how: Some(*how),
                    confidence,
                    contact_id: Some(contact.id.clone()),
                    contact_name: Some(contact.name.clone()),
                    suppressed: contact.suppressed,
                    alias: (outcome == Reach::Alias).then(|| address.to_owned()),
                    ..Self::empty(email_id, address, outcome, reason)
                }
            }
            Found::Several(contacts) => Self {
                candidates: contacts.iter().map(Candidate::from).collect(),
                ..Self::empty(email_id, address, Reach::Ambiguous, "more than one contact would do, so none is chosen")
            },
            Found::Nobody => Self::empty(email_id, address, Reach::New, "nobody of this address or name is known"),
        }
    }

    /// One line for people, without an address.
    pub(crate) fn in_words(&self) -> String {
        let about = self.deal_name.as_ref().map(|deal| format!(", about “{deal}”")).unwrap_or_default();
        let name = self.contact_name.as_deref().unwrap_or("somebody");
        match self.outcome {
            Reach::Known => format!("from {name}{about}"),
            Reach::Alias => format!("from {name} at a new address{about}"),
            Reach::New => "from somebody who is not in the CRM".to_owned(),
            Reach::Ambiguous => format!("from one of {} contacts; none is chosen", self.candidates.len()),
            Reach::Nobody => "nobody outside is behind this mail".to_owned(),
        }
    }
}

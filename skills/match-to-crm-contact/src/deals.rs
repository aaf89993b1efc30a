//! Which deal a mail is about.

use mail_reading::Loaded;
use serde_json::json;
use skillhost_sdk::context::About;
use skillhost_sdk::sources::{Contact, Deal};
use skillhost_sdk::{Failure, Optional, Query, context};

use crate::output::Candidate;

/// Most deals of a contact that are looked at.
const MAX_DEALS: usize = 8;
/// Shortest name of a deal that is looked for in a text, characters.
const MIN_NAME: usize = 5;

/// A deal, or those that would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picked {
    pub(crate) deal: Option<Deal>,
    pub(crate) reason: Option<String>,
    pub(crate) candidates: Vec<Candidate>,
}

/// The deal of a mail from a contact. `given` is the host's.
pub(crate) fn pick(contact: &Contact, loaded: &Loaded, given: Option<&str>) -> Result<Picked, Failure> {
    let one =
        |deal: Deal, reason: &str| Picked { deal: Some(deal), reason: Some(reason.to_owned()), ..Picked::default() };
    if let Some(id) = given
        && let Some(deal) = context::deal(id).optional()?
        && deal.value.contact_ids.contains(&contact.id)
    {
        return Ok(one(deal.value, "the host has it for this mail"));
    }
    let queries: Vec<Query> =
        contact.deal_ids.iter().take(MAX_DEALS).map(|id| Query::new("deal", json!({"deal_id": id}))).collect();
    let mut deals: Vec<Deal> = Vec::new();
    for answer in context::read_all::<Deal>(&queries) {
        deals.extend(answer.optional()?.map(|read| read.value));
    }
    if let Some(id) = of_conversation(contact, loaded)?
        && let Some(at) = deals.iter().position(|deal| deal.id == id)
    {
        return Ok(one(deals.swap_remove(at), "the conversation is about it"));
    }
    deals.retain(|deal| deal.open);
    if deals.len() == 1 {
        return Ok(one(deals.remove(0), "it is their only open deal"));
    }
    let named: Vec<usize> = (0..deals.len()).filter(|at| is_named(&deals[*at], loaded)).collect();
    if let [at] = named.as_slice() {
        return Ok(one(deals.swap_remove(*at), "the mail holds its name"));
    }
    let candidates = deals.iter().map(|deal| Candidate { id: deal.id.clone(), name: deal.name.clone() }).collect();
    Ok(Picked { candidates, ..Picked::default() })
}

/// The deal that the mails of this conversation were filed under, if it is one.
fn of_conversation(contact: &Contact, loaded: &Loaded) -> Result<Option<String>, Failure> {
    let Some(thread) = &loaded.thread_id else { return Ok(None) };
    let mails =
        context::emails(&About::Contact(contact.id.clone())).optional()?.map(|read| read.value).unwrap_or_default();
    let mut ids: Vec<String> = mails
        .into_iter()
        .filter(|mail| mail.thread_id.as_ref() == Some(thread))
        .filter_map(|mail| mail.deal_id)
        .collect();
    ids.sort();
    ids.dedup();
    Ok(if ids.len() == 1 { ids.pop() } else { None })
}

fn is_named(deal: &Deal, loaded: &Loaded) -> bool {
    let name = deal.name.trim().to_lowercase();
    name.chars().count() >= MIN_NAME
        && [&loaded.message.subject, &loaded.message.body].iter().any(|text| text.to_lowercase().contains(&name))
}

//! Finds what happened since a deal went quiet.
//!
//! [`published`] reads news, [`people`] profiles. To look in one more place: a
//! module like these that gives [`Found`]s.

mod people;
mod published;

use briefing_record::tally::counted;
use briefing_record::{LeftOut, Proof, Reading, RepClock, Trigger, Triggers, proven};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{Company, Contact, Deal, instant_ms};
use skillhost_sdk::{Call, Failure, Optional, Outcome, Read, skill};

/// Most contacts whose profile is read: each read may cost money.
const MAX_PEOPLE: usize = 3;
/// Most triggers that are told: a mail names one.
const MAX_TRIGGERS: usize = 4;

/// Which deal.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Its id.
    pub deal_id: String,
    /// When something happened last, RFC 3339; read from the deal's history when null.
    pub last_activity_at: Option<String>,
}

/// What both modules look at.
pub(crate) struct Known {
    pub(crate) deal: Deal,
    pub(crate) company: Option<Company>,
    pub(crate) contacts: Vec<Contact>,
    /// Since when things count, epoch milliseconds.
    pub(crate) since: i64,
    pub(crate) clock: RepClock,
}

impl Known {
    /// Whether an instant lies after the last activity, and not ahead.
    pub(crate) fn is_new(&self, at: &str) -> bool {
        instant_ms(at).is_some_and(|at| at > self.since && at <= self.clock.now_ms())
    }
}

/// A trigger and the read its words stand in.
pub(crate) struct Found {
    pub(crate) trigger: Trigger,
    pub(crate) read_id: String,
}

/// Finds what happened since the deal went quiet.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Triggers>, Failure> {
    let clock = RepClock::of(call);
    let Some(Read { value: deal, .. }) = context::deal(&input.deal_id).optional()? else {
        return Err(Failure::invalid("no-deal", "there is no such deal"));
    };
    let mut reading = Reading::default();
    let last = input.last_activity_at.as_deref().and_then(instant_ms).or_else(|| {
        let read = reading.optional(context::activities(&About::Deal(deal.id.clone())))?;
        read.value.iter().filter_map(|entry| instant_ms(&entry.at)).filter(|at| *at <= clock.now_ms()).max()
    });
    let company = deal.company_id.as_ref().and_then(|id| reading.optional(context::company(id)));
    let contacts: Vec<Read<Contact>> =
        deal.contact_ids.iter().take(MAX_PEOPLE).filter_map(|id| reading.optional(context::contact(id))).collect();
    let known = Known {
        company: company.as_ref().map(|read| read.value.clone()),
        contacts: contacts.into_iter().map(|read| read.value).collect(),
        // Without any activity everything that is fresh counts.
        since: last.unwrap_or(i64::MIN),
        deal,
        clock,
    };

    let mut left_out: Vec<LeftOut> = Vec::new();
    let mut found = published::triggers(&known, &mut left_out, &mut reading);
    let people = people::triggers(&known, &mut left_out, &mut reading);
    found.extend(people.found);
    found.sort_by(|a, b| {
        let key = |found: &Found| (found.trigger.strength, -found.trigger.days);
        key(b).cmp(&key(a)).then_with(|| a.trigger.words.cmp(&b.trigger.words))
    });
    found.truncate(MAX_TRIGGERS);
    let mut proofs: Vec<Proof> = found
        .iter()
        .enumerate()
        .map(|(at, found)| Proof::new(&found.read_id, &found.trigger.words, format!("/triggers/{at}/words")))
        .collect();
    if let Some(read) = &company {
        proofs.push(Proof::new(&read.read_id, &read.value.name, "/company"));
    }
    let summary = match found.first() {
        Some(first) => format!("{}, strongest: {}", counted(found.len(), "trigger"), first.trigger.kind),
        None => "nothing happened that is a reason to write".to_owned(),
    };
    let output = Triggers {
        company: known.company.map(|company| company.name),
        triggers: found.into_iter().map(|found| found.trigger).collect(),
        gone: people.gone,
        left_out,
        missing: reading.into_missing(),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();

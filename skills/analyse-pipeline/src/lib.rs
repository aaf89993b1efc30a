//! Weighs the open deals and picks the quiet ones to revive.
//!
//! How a deal is weighed is the library `deal-risk`; [`revival`] says which of the
//! stale ones are suggested. To add a mark to the overview: a rule in `deal-risk`
//! and a list here.

mod revival;

use briefing_record::tally::counted;
use briefing_record::{Proof, RepClock, money, proven};
use deal_risk::{Assessed, assess, worst_first};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Entity, Failure, FollowUp, Outcome, context, effect, skill};

/// How many deals a run revives, unless the sequence says otherwise: a rep reads
/// three drafts a morning.
const DEFAULT_AT_MOST: u32 = 3;
/// And at the most.
const MAX_AT_MOST: u32 = 10;
/// Most deals of one list of the overview; its count is always whole.
const MAX_LISTED: usize = 25;

/// How much to revive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Most revivals of this run, 0 to 10; 3 when null.
    #[schemars(range(max = 10))]
    pub at_most: Option<u32>,
}

/// The pipeline, weighed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// As of when, RFC 3339.
    pub as_of: String,
    /// How many of each there are.
    pub counts: Counts,
    /// Sum of all amounts, one a currency.
    pub open_value: Vec<Value>,
    /// Quiet for 14 days or longer, worst first.
    pub stale: Vec<Assessed>,
    /// Closes within 14 days, soonest first.
    pub closing_soon: Vec<Assessed>,
    /// The close date has passed, longest ago first.
    pub past_close: Vec<Assessed>,
    /// 40 points or more, worst first.
    pub at_risk: Vec<Assessed>,
    /// Deals that this run revives, worst first.
    pub revived: Vec<String>,
    /// Stale deals that it does not, with the reason.
    pub not_revived: Vec<revival::Passed>,
}

/// Whole counts, whatever the lists show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Open deals.
    pub open: usize,
    /// Stale ones.
    pub stale: usize,
    /// Closing soon.
    pub closing_soon: usize,
    /// Past their close date.
    pub past_close: usize,
    /// At risk.
    pub at_risk: usize,
}

/// A sum in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Value {
    /// ISO 4217; empty where the deals name none.
    pub currency: String,
    /// Cents.
    pub cents: i64,
    /// As it is written.
    pub written: String,
}

/// Weighs the deals and suggests what to revive.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let clock = RepClock::of(call);
    let read = context::pipeline()?;
    let pipeline = read.value;
    let mut all: Vec<Assessed> = pipeline.deals.iter().map(|deal| assess(deal, &pipeline, &clock)).collect();
    worst_first(&mut all);

    let mut sums = money::Sums::default();
    for deal in &all {
        sums.add(deal.amount_cents, deal.currency.as_deref());
    }
    let of = |keep: fn(&Assessed) -> bool| -> Vec<Assessed> { all.iter().filter(|deal| keep(deal)).cloned().collect() };
    let (stale, at_risk) = (of(|deal| deal.stale), of(|deal| deal.at_risk));
    let (mut closing_soon, mut past_close) = (of(|deal| deal.closing_soon), of(|deal| deal.past_close));
    // Stable sorts: the worse one first among deals of one day.
    closing_soon.sort_by_key(|deal| deal.days_to_close);
    past_close.sort_by_key(|deal| deal.days_to_close);

    let at_most = input.at_most.unwrap_or(DEFAULT_AT_MOST).min(MAX_AT_MOST) as usize;
    let choice = revival::choose(&stale, at_most, &clock)?;
    let mut output = Output {
        as_of: pipeline.as_of.clone(),
        counts: Counts {
            open: all.len(),
            stale: stale.len(),
            closing_soon: closing_soon.len(),
            past_close: past_close.len(),
            at_risk: at_risk.len(),
        },
        open_value: sums
            .by_currency()
            .map(|(code, cents)| Value { currency: code.to_owned(), cents, written: money::written(cents, Some(code)) })
            .collect(),
        stale,
        closing_soon,
        past_close,
        at_risk,
        revived: choice.revived.iter().map(|deal| deal.deal_id.clone()).collect(),
        not_revived: choice.passed,
    };
    let mut proofs = Vec::new();
    for (name, list) in [
        ("stale", &mut output.stale),
        ("closing_soon", &mut output.closing_soon),
        ("past_close", &mut output.past_close),
        ("at_risk", &mut output.at_risk),
    ] {
        list.truncate(MAX_LISTED);
        let names = list.iter().enumerate();
        proofs.extend(names.map(|(at, deal)| Proof::new(&read.read_id, &deal.name, format!("/{name}/{at}/name"))));
    }

    let summary = format!(
        "{}: {} stale, {} closing soon, {} past the close date, {} at risk; {} to revive",
        counted(output.counts.open, "open deal"),
        output.counts.stale,
        output.counts.closing_soon,
        output.counts.past_close,
        output.counts.at_risk,
        choice.revived.len()
    );
    let mut outcome = proven(Outcome::new(output), proofs).summary(summary);
    for (at, deal) in choice.revived.iter().enumerate() {
        let fields = [("revival_queued_on".to_owned(), clock.today().into())].into_iter().collect();
        outcome = outcome
            .follow_up(FollowUp::new(format!("revive-{at}"), "stale_deal_revival", revival::payload(deal)))
            .effect(effect::update_fields(format!("queued-{at}"), Entity::Deal, &deal.deal_id, fields));
    }
    Ok(outcome)
}

skillhost_sdk::cases!();

//! Shares from counters.

use campaign_record::StepReport;
use certainty::Share;
use skillhost_sdk::sources::{CampaignCounters, CampaignStep};

/// What is measured: its word, how many, of how many.
type Row = (&'static str, fn(&CampaignCounters) -> i64, fn(&CampaignCounters) -> i64);

/// All of it.
pub(crate) const ROWS: [Row; 7] = [
    ("open", |c| c.opened, |c| c.delivered),
    ("click", |c| c.clicked, |c| c.delivered),
    ("reply", |c| c.replied, |c| c.delivered),
    ("positive", |c| c.positive, |c| c.delivered),
    ("bounce", |c| c.bounced, |c| c.sent),
    ("unsubscribe", |c| c.unsubscribed, |c| c.delivered),
    ("quality", |c| c.positive, |c| c.replied),
];

/// Shares by name; none where the counts cannot be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shares {
    pub(crate) open: Option<Share>,
    pub(crate) click: Option<Share>,
    pub(crate) reply: Option<Share>,
    pub(crate) positive: Option<Share>,
    pub(crate) bounce: Option<Share>,
    pub(crate) unsubscribe: Option<Share>,
    pub(crate) quality: Option<Share>,
}

/// One share by its word.
pub(crate) fn share(name: &str, counters: &CampaignCounters) -> Option<Share> {
    let (_, count, of) = ROWS.iter().find(|(known, ..)| *known == name)?;
    // More delivered than sent makes every share of either a guess.
    if counters.delivered > counters.sent {
        return None;
    }
    Share::of(count(counters), of(counters))
}

pub(crate) fn shares(counters: &CampaignCounters) -> Shares {
    let of = |name: &str| share(name, counters);
    Shares {
        open: of("open"),
        click: of("click"),
        reply: of("reply"),
        positive: of("positive"),
        bounce: of("bounce"),
        unsubscribe: of("unsubscribe"),
        quality: of("quality"),
    }
}

pub(crate) fn step(step: &CampaignStep) -> StepReport {
    let shares = shares(&step.counters());
    StepReport {
        step_id: step.id.clone(),
        name: step.name.clone(),
        variant: step.variant.clone(),
        sent: step.sent,
        delivered: step.delivered,
        open: shares.open,
        click: shares.click,
        reply: shares.reply,
        positive: shares.positive,
        bounce: shares.bounce,
        unsubscribe: shares.unsubscribe,
    }
}

/// Counts that cannot be, in words.
pub(crate) fn doubts(counters: &CampaignCounters, whose: &str) -> Vec<String> {
    let mut found = Vec::new();
    let c = counters;
    let all = [
        ("sent", c.sent),
        ("delivered", c.delivered),
        ("opened", c.opened),
        ("clicked", c.clicked),
        ("replied", c.replied),
        ("positive", c.positive),
        ("bounced", c.bounced),
        ("unsubscribed", c.unsubscribed),
    ];
    for (name, count) in all.iter().filter(|(_, count)| *count < 0) {
        found.push(format!("{whose}: {name} is {count}"));
    }
    for (part, count, whole, of) in [
        ("delivered", c.delivered, "sent", c.sent),
        ("bounced", c.bounced, "sent", c.sent),
        ("opened", c.opened, "delivered", c.delivered),
        ("clicked", c.clicked, "delivered", c.delivered),
        ("replied", c.replied, "delivered", c.delivered),
        ("unsubscribed", c.unsubscribed, "delivered", c.delivered),
        ("positive", c.positive, "replied", c.replied),
    ] {
        if count > of {
            found.push(format!("{whose}: {count} {part} of {of} {whole}"));
        }
    }
    found
}

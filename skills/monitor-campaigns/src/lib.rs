//! Measures campaigns.
//!
//! [`measure`] turns counters into shares, [`trend`] compares with the period
//! before, [`variants`] one variant with another, [`alarm`] says what is wrong. To
//! measure one more thing: a row of `measure::ROWS`, and a field of `Report` where
//! it is shown.

mod alarm;
mod measure;
mod trend;
mod variants;

use campaign_record::{Monitored, Report};
use deal_record::day_of;
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::{Campaign, CampaignCounters};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Days of a period, by default.
const DAYS: i64 = 7;
/// Longest period, days: beyond a quarter campaigns are other campaigns.
const MAX_DAYS: i64 = 92;
const DAY_MS: i64 = 86_400_000;

/// The period.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// Days up to today; 7 where none are said.
    pub days: Option<i64>,
}

/// Measures them.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Monitored>, Failure> {
    let days = input.days.unwrap_or(DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(Failure::invalid("days", format!("a period has 1 to {MAX_DAYS} days")));
    }
    let day = |at: i64| day_of(at, &call.zone).ok_or_else(|| Failure::invalid("clock", "the day cannot be told"));
    let (from, until) = (day(call.now_ms() - (days - 1) * DAY_MS)?, day(call.now_ms())?);
    let org = context::org()?.value;
    let campaigns = context::campaigns(&from, &until)?.value;
    let bounds = alarm::Bounds::of(&org.settings);

    let reports: Vec<Report> = campaigns.iter().map(|campaign| report(campaign, &bounds)).collect();
    let alarms: Vec<String> = reports
        .iter()
        .flat_map(|report| report.flags.iter().map(|flag| format!("{}: {}", report.name, flag.text)))
        .collect();
    let headline = match (reports.len(), alarms.len()) {
        (0, _) => "no campaign sent anything".to_owned(),
        (1, 0) => "1 campaign, nothing wrong".to_owned(),
        (n, 0) => format!("{n} campaigns, nothing wrong"),
        (1, a) => format!("1 campaign, {a} to look at"),
        (n, a) => format!("{n} campaigns, {a} to look at"),
    };
    let lines = reports.iter().map(line).collect();
    let monitored = Monitored { from, until, campaigns: reports, headline: headline.clone(), lines, alarms };
    Ok(Outcome::new(monitored).summary(headline))
}

fn report(campaign: &Campaign, bounds: &alarm::Bounds) -> Report {
    let total = total(campaign);
    let shares = measure::shares(&total);
    let mut doubts = measure::doubts(&total, "the campaign");
    for step in &campaign.steps {
        doubts.extend(measure::doubts(&step.counters(), &format!("“{}”", step.name)));
    }
    if let Some(before) = &campaign.previous {
        doubts.extend(measure::doubts(before, "the period before"));
    }
    let mut report = Report {
        campaign_id: campaign.id.clone(),
        name: campaign.name.clone(),
        status: campaign.status.clone(),
        sent: total.sent,
        delivered: total.delivered,
        open: shares.open,
        click: shares.click,
        reply: shares.reply,
        positive: shares.positive,
        bounce: shares.bounce,
        unsubscribe: shares.unsubscribe,
        quality: shares.quality,
        trends: campaign.previous.as_ref().map(|before| trend::of(&total, before)).unwrap_or_default(),
        steps: campaign.steps.iter().map(measure::step).collect(),
        comparisons: variants::compare(&campaign.steps),
        flags: Vec::new(),
        doubts,
        replies: campaign.replies.len(),
    };
    if campaign.status == "active" {
        report.flags = alarm::raise(&report, bounds);
    }
    report
}

/// The counters of all its mails together.
fn total(campaign: &Campaign) -> CampaignCounters {
    campaign.steps.iter().map(|step| step.counters()).fold(CampaignCounters::default(), |sum, step| CampaignCounters {
        sent: sum.sent.saturating_add(step.sent),
        delivered: sum.delivered.saturating_add(step.delivered),
        opened: sum.opened.saturating_add(step.opened),
        clicked: sum.clicked.saturating_add(step.clicked),
        replied: sum.replied.saturating_add(step.replied),
        positive: sum.positive.saturating_add(step.positive),
        bounced: sum.bounced.saturating_add(step.bounced),
        unsubscribed: sum.unsubscribed.saturating_add(step.unsubscribed),
    })
}

/// `Q4 carriers: 406 delivered, replies 3.2 % (13 of 406) ↓, positive 1.0 % (4 of 406)`.
fn line(report: &Report) -> String {
    let arrow = |of: &str| match report.trends.iter().find(|trend| trend.of == of).map(|trend| trend.verdict.as_str()) {
        Some("up") => " ↑",
        Some("down") => " ↓",
        _ => "",
    };
    let told = |share: &Option<certainty::Share>, what: &str, of: &str| {
        share.as_ref().map(|share| format!("{what} {}{}", share.told(), arrow(of)))
    };
    let mut parts = vec![format!("{} delivered", report.delivered)];
    parts.extend(told(&report.reply, "replies", "reply"));
    parts.extend(told(&report.positive, "positive", "positive"));
    parts.extend(told(&report.open, "opens", "open"));
    parts.extend(told(&report.bounce, "bounces", "bounce"));
    let status = if report.status == "active" { String::new() } else { format!(" ({})", report.status) };
    format!("{}{status}: {}", report.name, parts.join(", "))
}

skillhost_sdk::cases!();

//! `skillhost budget`: what the org may spend, what it did, and what is open.

use serde_json::json;
use skillhost_engine::purse::{Period, Scope};
use skillhost_engine::time::MicroUsd;

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::budgets::BudgetsView;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Limits, what was taken of them today and this month, and disputed asks.
    Show,
    /// Set a limit, with an admin's key; jobs that wait for money look again.
    #[command(after_help = "\
Examples:
  skillhost budget set org day 5000000                5 dollars a day for the org
  skillhost budget set skill:follow-up month 20000000
  skillhost budget set sequence:meeting_ended day none")]
    Set {
        /// `org`, `skill:NAME` or `sequence:NAME`.
        scope: Scope,
        /// `day` or `month`, UTC.
        #[arg(value_parser = period)]
        period: Period,
        /// Micro-dollars (1000000 is one dollar), or `none`.
        #[arg(value_parser = limit)]
        limit: Limit,
    },
    /// Say what a disputed ask did cost, with an admin's key; 0 releases it.
    Reconcile {
        /// Id, from `budget show`.
        reservation: String,
        /// Micro-dollars.
        cost: i64,
    },
}

/// An amount, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(Option<i64>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    text.parse().map(|amount| Limit(Some(amount))).map_err(|_| "write whole micro-dollars, or `none`".to_owned())
}

fn period(text: &str) -> Result<Period, String> {
    Period::ALL.into_iter().find(|period| period.as_str() == text).ok_or_else(|| "write `day` or `month`".to_owned())
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let host = connect(global)?;
    let budgets: BudgetsView = match command {
        Command::Show => host.get("/v1/budgets").await,
        Command::Set { scope, period, limit: Limit(limit) } => {
            let body = json!({ "scope": scope, "period": period, "limit_micro_usd": limit });
            host.post("/v1/budgets/set", &body).await
        }
        Command::Reconcile { reservation, cost } => {
            let body = json!({ "reservation": reservation, "cost_micro_usd": cost });
            host.post("/v1/budgets/reconcile", &body).await
        }
    }
    .map_err(ClientError::from)?;
    if global.json {
        render::json(&budgets)?;
        return Ok(Exit::Done);
    }
    let amount = |amount: MicroUsd| render::money(amount.0);
    render::table(
        &["scope", "period", "limit", "left", "spent", "reserved", "disputed"],
        budgets
            .budgets
            .iter()
            .map(|standing| {
                vec![
                    standing.scope.to_string(),
                    standing.key.clone(),
                    standing.limit.map_or_else(|| "none".to_owned(), amount),
                    standing.available().map_or_else(|| "-".to_owned(), amount),
                    amount(standing.settled),
                    amount(standing.reserved),
                    amount(standing.disputed),
                ]
            })
            .collect(),
    )?;
    if !budgets.disputed.is_empty() {
        render::line("")?;
        render::table(
            &["disputed", "job", "step", "model", "at most", "since"],
            budgets
                .disputed
                .iter()
                .map(|entry| {
                    vec![
                        entry.id.clone(),
                        entry.job.to_string(),
                        entry.step.to_string(),
                        entry.what.clone(),
                        amount(entry.amount),
                        render::instant(entry.at),
                    ]
                })
                .collect(),
        )?;
    }
    Ok(Exit::Done)
}

//! `skillhost schedules`: what the clock raises, and when next.

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::http::ScheduleList;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Your schedules with their next five runs; with an admin's key those of the org.
    List,
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::List = command;
    let list: ScheduleList = connect(global)?.get("/v1/schedules").await.map_err(ClientError::from)?;
    if global.json {
        render::json(&list)?;
        return Ok(Exit::Done);
    }
    let rows = list.schedules.into_iter().map(|schedule| {
        let next: Vec<String> = schedule.next.iter().map(|at| at.rfc3339()).collect();
        let next = schedule.off.unwrap_or_else(|| next.join("  "));
        vec![schedule.user.to_string(), schedule.event_type, schedule.what, next]
    });
    render::table(&["user", "event", "when", "next runs (UTC)"], rows.collect())?;
    Ok(Exit::Done)
}

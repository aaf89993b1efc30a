//! `skillhost schedules`: what the clock raises, and when next.

use super::client::{ClientError, connect};
use super::{Exit, Global, render};
use crate::schedules::{SchedulePage, ScheduleView};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Your schedules with their next five runs; with an admin's key those of the org.
    List,
}

pub(crate) async fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    let Command::List = command;
    let host = connect(global)?;
    let mut schedules: Vec<ScheduleView> = Vec::new();
    let mut path = "/v1/schedules".to_owned();
    loop {
        let page: SchedulePage = host.get(&path).await.map_err(ClientError::from)?;
        schedules.extend(page.schedules);
        let Some(after) = page.next_after else { break };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("after", after.as_str());
        path = format!("/v1/schedules?{}", query.finish());
    }
    if global.json {
        render::json(&SchedulePage { schedules, next_after: None })?;
        return Ok(Exit::Done);
    }
    let rows = schedules.into_iter().map(|schedule| {
        let next: Vec<String> = schedule.next.iter().map(|at| at.rfc3339()).collect();
        let next = schedule.off.unwrap_or_else(|| next.join("  "));
        vec![schedule.user.to_string(), schedule.event_type, schedule.what, next]
    });
    render::table(&["user", "event", "when", "next runs (UTC)"], rows.collect())?;
    Ok(Exit::Done)
}

//! What a number is worth. The table stands in `analyse-pipeline/SKILL.md` too.

use briefing_record::RepClock;
use briefing_record::tally::counted;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::{PipelineDeal, is_closed_stage};

use crate::assessed::{Assessed, STALE_DAYS};

/// At least so many points: at risk. One reason alone is not enough for it, unless
/// it is a month of quiet.
pub const AT_RISK_POINTS: i64 = 40;

/// Days of quiet and their points, longest first.
const QUIET: [(i64, i64); 3] = [(30, 40), (21, 30), (STALE_DAYS, 20)];
/// Days past the close date and their points, longest first.
const LATE: [(i64, i64); 2] = [(31, 35), (1, 25)];
/// Days in one stage and their points, longest first.
const STUCK: [(i64, i64); 2] = [(120, 20), (60, 10)];
/// Closes soon and nobody meets.
const CLOSING_WITHOUT_MEETING: i64 = 15;
/// Closes soon and stands in the first half of the pipeline.
const CLOSING_EARLY_STAGE: i64 = 15;
/// Each late task, and at the most.
const LATE_TASK: i64 = 5;
const LATE_TASKS_MOST: i64 = 15;
/// Somebody flagged it.
const FLAGGED: i64 = 20;
/// Nobody, or one person alone, is on it.
const NO_CONTACT: i64 = 10;
const ONE_CONTACT: i64 = 5;
/// A meeting is ahead.
const MEETING_AHEAD: i64 = -15;

/// Points and the number they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Reason {
    /// `quiet`, `past_close`, `closing_without_meeting`, `closing_early_stage`, `stuck`,
    /// `late_tasks`, `flagged`, `contacts` or `meeting_ahead`.
    pub what: String,
    /// What it adds; negative where it speaks for the deal.
    pub points: i64,
    /// In words, with its number.
    pub text: String,
}

fn of(what: &str, points: i64, text: String) -> Reason {
    Reason { what: what.to_owned(), points, text }
}

/// The row of a table that a number reaches.
fn reached(table: &[(i64, i64)], number: i64) -> Option<i64> {
    table.iter().find(|(least, _)| number >= *least).map(|(_, points)| *points)
}

/// A count of days.
pub(crate) fn days(n: i64) -> String {
    counted(usize::try_from(n).unwrap_or(usize::MAX), "day")
}

pub(crate) fn reasons(deal: &Assessed, record: &PipelineDeal, stages: &[String], clock: &RepClock) -> Vec<Reason> {
    let mut found = Vec::new();
    if let Some((quiet, points)) = deal.quiet_days.and_then(|quiet| Some((quiet, reached(&QUIET, quiet)?))) {
        let text = match deal.never_active {
            true => format!("no activity at all in {}", days(quiet)),
            false => format!("no activity for {}", days(quiet)),
        };
        found.push(of("quiet", points, text));
    }
    if let Some(ahead) = deal.days_to_close {
        if let Some(points) = reached(&LATE, -ahead) {
            found.push(of("past_close", points, format!("close date passed {} ago", days(-ahead))));
        }
        if deal.closing_soon {
            let when = if ahead == 0 { "closes today".to_owned() } else { format!("closes in {}", days(ahead)) };
            if deal.next_meeting_at.is_none() {
                found.push(of("closing_without_meeting", CLOSING_WITHOUT_MEETING, format!("{when}, no meeting ahead")));
            }
            if is_early(&deal.stage, stages) {
                let text = format!("{when}, still in stage “{}”", deal.stage);
                found.push(of("closing_early_stage", CLOSING_EARLY_STAGE, text));
            }
        }
    }
    if let Some((stuck, points)) = deal.days_in_stage.and_then(|stuck| Some((stuck, reached(&STUCK, stuck)?))) {
        found.push(of("stuck", points, format!("{} in stage “{}”", days(stuck), deal.stage)));
    }
    if deal.overdue_tasks > 0 {
        let points = deal.overdue_tasks.saturating_mul(LATE_TASK).min(LATE_TASKS_MOST);
        let count = usize::try_from(deal.overdue_tasks).unwrap_or(usize::MAX);
        found.push(of("late_tasks", points, counted(count, "late task")));
    }
    if let Some(flag) = record.flags.iter().find(|flag| flag.flag == "risk") {
        let when = clock.short_day(&flag.at).map(|day| format!(" on {day}")).unwrap_or_default();
        found.push(of("flagged", FLAGGED, format!("flagged as a risk{when}")));
    }
    match deal.contacts {
        0 => found.push(of("contacts", NO_CONTACT, "no contact on it".to_owned())),
        1 => found.push(of("contacts", ONE_CONTACT, "one contact alone on it".to_owned())),
        _ => {}
    }
    if let Some(at) = &deal.next_meeting_at {
        let when = clock.short_day(at).map(|day| format!(" on {day}")).unwrap_or_default();
        found.push(of("meeting_ahead", MEETING_AHEAD, format!("a meeting is ahead{when}")));
    }
    // A stable sort keeps the order above among equals.
    found.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    found
}

/// Whether a stage is in the first half of the open ones; one that the pipeline
/// does not name is nowhere.
fn is_early(stage: &str, stages: &[String]) -> bool {
    let open: Vec<&String> = stages.iter().filter(|stage| !is_closed_stage(stage)).collect();
    open.iter().position(|name| *name == stage).is_some_and(|at| (at + 1) * 2 <= open.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessed::assess;
    use skillhost_sdk::sources::Pipeline;

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;

    #[test]
    fn a_deal_is_weighed_as_the_table_says() {
        let clock = RepClock::new(NOW, "UTC");
        let ago = |days: i64| Some(RepClock::text(NOW - days * 86_400_000));
        let pipeline =
            Pipeline { stages: ["lead", "proposal", "closed_won"].map(str::to_owned).to_vec(), ..Pipeline::default() };
        let deal = PipelineDeal {
            stage: "lead".to_owned(),
            last_activity_at: ago(21),
            stage_since: ago(60),
            close_date: Some("2026-11-25".to_owned()),
            overdue_tasks: 4,
            contact_ids: vec!["c1".to_owned()],
            ..PipelineDeal::default()
        };
        let assessed = assess(&deal, &pipeline, &clock);
        let told: Vec<(i64, &str)> =
            assessed.reasons.iter().map(|reason| (reason.points, reason.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (30, "no activity for 21 days"),
                (15, "closes in 3 days, no meeting ahead"),
                (15, "closes in 3 days, still in stage “lead”"),
                (15, "4 late tasks"),
                (10, "60 days in stage “lead”"),
                (5, "one contact alone on it"),
            ]
        );
        assert_eq!(assessed.points, 90);
        assert!(assessed.at_risk && assessed.closing_soon && assessed.stale && !assessed.past_close);
    }
}

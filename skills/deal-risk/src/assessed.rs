//! A deal and its numbers.

use briefing_record::{RepClock, money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::sources::{Pipeline, PipelineDeal, instant_ms};

use crate::points::{self, AT_RISK_POINTS, Reason};

/// Without activity for so many whole days a deal has gone quiet.
pub const STALE_DAYS: i64 = 14;
/// A close date at most so many days ahead is soon.
pub const CLOSING_SOON_DAYS: i64 = 14;

/// A deal, its numbers, and what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Assessed {
    /// Id.
    pub deal_id: String,
    /// Name.
    pub name: String,
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Stage.
    pub stage: String,
    /// Amount in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_cents: Option<i64>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The amount as it is written, `$48,000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Whole days since the last activity, or, without one, since the deal was
    /// created; null where neither is known.
    pub quiet_days: Option<i64>,
    /// There was no activity at all.
    pub never_active: bool,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_date: Option<String>,
    /// Days to the close date, negative when it has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_to_close: Option<i64>,
    /// Whole days in this stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_in_stage: Option<i64>,
    /// The next meeting ahead, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_meeting_at: Option<String>,
    /// Tasks past their date.
    pub overdue_tasks: i64,
    /// Contacts on the deal.
    pub contacts: i64,
    /// Quiet for [`STALE_DAYS`] or longer.
    pub stale: bool,
    /// Closes within [`CLOSING_SOON_DAYS`].
    pub closing_soon: bool,
    /// Its close date has passed.
    pub past_close: bool,
    /// [`AT_RISK_POINTS`] or more.
    pub at_risk: bool,
    /// Sum of the reasons' points, from 0 to 100.
    pub points: i64,
    /// What gives or takes points, most first.
    pub reasons: Vec<Reason>,
}

impl Assessed {
    /// What to do today is plain: a task is late, or the close date is here or past.
    #[must_use]
    pub fn needs_action(&self) -> bool {
        self.overdue_tasks > 0 || self.days_to_close.is_some_and(|days| days <= 0)
    }

    /// The heaviest reason that speaks against the deal.
    #[must_use]
    pub fn main_reason(&self) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.points > 0)
    }
}

/// A deal of a pipeline, at a moment.
#[must_use]
pub fn assess(deal: &PipelineDeal, pipeline: &Pipeline, clock: &RepClock) -> Assessed {
    let known = |text: &Option<String>| text.clone().filter(|text| instant_ms(text).is_some());
    let last = known(&deal.last_activity_at);
    let since = last.clone().or_else(|| known(&deal.created_at));
    let quiet_days = since.as_deref().and_then(|at| clock.whole_days_since(at));
    let days_to_close = deal.close_date.as_deref().and_then(|day| clock.days_to(day));
    let next_meeting_at =
        known(&deal.next_meeting_at).filter(|at| instant_ms(at).is_some_and(|at| at >= clock.now_ms()));
    let mut assessed = Assessed {
        deal_id: deal.id.clone(),
        name: deal.name.clone(),
        company: deal.company.clone(),
        stage: deal.stage.clone(),
        amount_cents: deal.amount_cents,
        currency: deal.currency.clone().or_else(|| pipeline.currency.clone()).filter(|_| deal.amount_cents.is_some()),
        amount: None,
        quiet_days,
        never_active: last.is_none(),
        last_activity_at: last,
        close_date: deal.close_date.clone().filter(|_| days_to_close.is_some()),
        days_to_close,
        days_in_stage: deal.stage_since.as_deref().and_then(|at| clock.whole_days_since(at)),
        next_meeting_at,
        overdue_tasks: deal.overdue_tasks.max(0),
        contacts: i64::try_from(deal.contact_ids.len()).unwrap_or(i64::MAX),
        stale: quiet_days.is_some_and(|days| days >= STALE_DAYS),
        closing_soon: days_to_close.is_some_and(|days| (0..=CLOSING_SOON_DAYS).contains(&days)),
        past_close: days_to_close.is_some_and(|days| days < 0),
        ..Assessed::default()
    };
    assessed.amount = assessed.amount_cents.map(|cents| money::written(cents, assessed.currency.as_deref()));
    assessed.reasons = points::reasons(&assessed, deal, &pipeline.stages, clock);
    assessed.points = assessed.reasons.iter().map(|reason| reason.points).sum::<i64>().clamp(0, 100);
    assessed.at_risk = assessed.points >= AT_RISK_POINTS;
    assessed
}

/// Worst first: points, then days of quiet, then amount, then id.
pub fn worst_first(deals: &mut [Assessed]) {
    deals.sort_by(|a, b| {
        let key = |deal: &Assessed| (deal.points, deal.quiet_days.unwrap_or(-1), deal.amount_cents.unwrap_or(-1));
        key(b).cmp(&key(a)).then_with(|| a.deal_id.cmp(&b.deal_id))
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;
    const DAY: i64 = 86_400_000;

    fn ago(days: i64) -> Option<String> {
        Some(RepClock::text(NOW - days * DAY))
    }

    fn pipeline() -> Pipeline {
        Pipeline {
            stages: ["lead", "qualified", "proposal", "negotiation", "closed_won", "closed_lost"]
                .map(str::to_owned)
                .to_vec(),
            currency: Some("USD".to_owned()),
            ..Pipeline::default()
        }
    }

    fn seen(deal: &PipelineDeal) -> Assessed {
        assess(deal, &pipeline(), &RepClock::new(NOW, "UTC"))
    }

    #[test]
    fn fourteen_days_are_stale_and_thirteen_are_not() {
        for (days, stale) in [(13, false), (14, true), (15, true), (-3, false)] {
            let deal = PipelineDeal { last_activity_at: ago(days), ..PipelineDeal::default() };
            let assessed = seen(&deal);
            assert_eq!((assessed.stale, assessed.quiet_days), (stale, Some(days.max(0))));
        }
        let never = seen(&PipelineDeal { created_at: ago(20), ..PipelineDeal::default() });
        assert!(never.stale && never.never_active);
        let unknown = seen(&PipelineDeal { last_activity_at: Some("lately".to_owned()), ..PipelineDeal::default() });
        assert!(!unknown.stale && unknown.quiet_days.is_none());
    }

    #[test]
    fn a_close_date_is_a_day_of_the_reps_zone() {
        // 20:30Z is the next day in Auckland.
        let clock = RepClock::new(1_795_379_400_000, "Pacific/Auckland");
        let deal = PipelineDeal { close_date: Some("2026-11-22".to_owned()), ..PipelineDeal::default() };
        let there = assess(&deal, &pipeline(), &clock);
        assert!(there.past_close && there.days_to_close == Some(-1) && there.needs_action());
        let here = assess(&deal, &pipeline(), &RepClock::new(1_795_379_400_000, "UTC"));
        assert!(!here.past_close && here.closing_soon && here.days_to_close == Some(0));
    }

    fn any_deal() -> impl Strategy<Value = PipelineDeal> {
        let days = prop::option::of(-40i64..200);
        (
            (days.clone(), days.clone(), days.clone(), prop::option::of(-90i64..90), prop::option::of(-5i64..30)),
            (0i64..9, 0usize..4, any::<bool>(), prop::option::of(any::<i64>()), 0usize..7, 0u8..5),
        )
            .prop_map(|((last, made, stage, close, meeting), (overdue, contacts, risk, amount, at, id))| {
                PipelineDeal {
                    id: format!("d{id}"),
                    last_activity_at: last.and_then(ago),
                    created_at: made.and_then(ago),
                    stage_since: stage.and_then(ago),
                    close_date: close.map(|days| RepClock::text(NOW + days * DAY)[..10].to_owned()),
                    next_meeting_at: meeting.and_then(|days| ago(-days)),
                    overdue_tasks: overdue,
                    contact_ids: vec!["c".to_owned(); contacts],
                    flags: vec![
                        skillhost_sdk::sources::Flag { flag: "risk".to_owned(), ..Default::default() };
                        usize::from(risk)
                    ],
                    amount_cents: amount,
                    stage: pipeline().stages.get(at).cloned().unwrap_or_default(),
                    ..PipelineDeal::default()
                }
            })
    }

    proptest! {
        #[test]
        fn points_are_the_sum_of_their_reasons(deal in any_deal()) {
            let assessed = seen(&deal);
            let sum: i64 = assessed.reasons.iter().map(|reason| reason.points).sum();
            prop_assert_eq!(assessed.points, sum.clamp(0, 100));
            prop_assert_eq!(assessed.at_risk, assessed.points >= AT_RISK_POINTS);
            prop_assert!(assessed.reasons.iter().all(|reason| reason.points != 0 && !reason.text.is_empty()));
        }

        /// The plain definition, from the fields alone.
        #[test]
        fn marks_are_what_the_dates_say(deal in any_deal()) {
            let assessed = seen(&deal);
            let since = deal.last_activity_at.as_deref().or(deal.created_at.as_deref()).and_then(instant_ms);
            prop_assert_eq!(assessed.stale, since.is_some_and(|at| NOW - at >= STALE_DAYS * DAY));
            let close = deal.close_date.as_deref().and_then(skillhost_sdk::sources::day_ms);
            let today = NOW - NOW % DAY;
            prop_assert_eq!(assessed.past_close, close.is_some_and(|day| day < today));
            prop_assert_eq!(
                assessed.closing_soon,
                close.is_some_and(|day| day >= today && day <= today + CLOSING_SOON_DAYS * DAY)
            );
        }

        #[test]
        fn a_day_more_of_quiet_never_helps(deal in any_deal(), days in 0i64..60) {
            let at = |days| seen(&PipelineDeal { last_activity_at: ago(days), ..deal.clone() }).points;
            prop_assert!(at(days + 1) >= at(days));
        }

        #[test]
        fn the_order_is_that_of_the_deals_not_of_their_list(deals in prop::collection::vec(any_deal(), 0..8)) {
            let mut one: Vec<Assessed> = deals.iter().map(seen).collect();
            let mut other: Vec<Assessed> = deals.iter().rev().map(seen).collect();
            worst_first(&mut one);
            worst_first(&mut other);
            let key = |deals: &[Assessed]| -> Vec<(i64, Option<i64>, String)> {
                deals.iter().map(|deal| (deal.points, deal.quiet_days, deal.deal_id.clone())).collect()
            };
            prop_assert_eq!(key(&one), key(&other));
        }
    }
}

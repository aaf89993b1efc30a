//! One value a deal.

use std::collections::{BTreeMap, BTreeSet};

use coaching_record::{Analysis, Behaviour, KeptCall, Week};
use skillhost_sdk::sources::instant_ms;

/// Calls of each deal, the deal that ended last first.
pub(crate) type Calls = Vec<Vec<KeptCall>>;

/// Deals that are over, with their measured calls.
#[derive(Debug, Default)]
pub(crate) struct Deals {
    pub(crate) won: Calls,
    pub(crate) lost: Calls,
}

/// Those that have at least one, of the calls that were measured now and of those that
/// were kept; at most so many deals, as many won as lost where there are.
pub(crate) fn of(week: &Week, analyses: &[Option<Analysis>], kept: Vec<KeptCall>, most: usize) -> Deals {
    let measured =
        week.meetings.iter().zip(analyses).filter_map(|(meeting, analysis)| KeptCall::of(meeting, analysis.as_ref()?));
    let mut calls: BTreeMap<String, Vec<KeptCall>> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    // A call that is measured now is told as it is measured now.
    for call in measured.chain(kept) {
        if let Some(deal) = &call.deal_id
            && known.insert(call.meeting_id.clone())
        {
            calls.entry(deal.clone()).or_default().push(call);
        }
    }
    let mut deals = Deals::default();
    for deal in &week.closed {
        // A deal that is listed twice counts once.
        let Some(mut of_deal) = calls.remove(&deal.deal_id) else { continue };
        // What was said after the end did not lead to it.
        if let Some(end) = deal.at.as_deref().and_then(instant_ms) {
            of_deal.retain(|call| call.at_ms <= end);
        }
        if of_deal.is_empty() {
            continue;
        }
        if deal.won { deals.won.push(of_deal) } else { deals.lost.push(of_deal) }
    }
    let half = most / 2;
    let (won, lost) = (deals.won.len(), deals.lost.len());
    deals.won.truncate(half.max(most.saturating_sub(lost)));
    deals.lost.truncate(half.max(most.saturating_sub(won)));
    deals
}

/// The mean of a behaviour over each deal's calls, where it could be measured.
pub(crate) fn values(deals: &Calls, behaviour: Behaviour) -> Vec<f64> {
    let of_deal = |calls: &Vec<KeptCall>| {
        let values: Vec<f64> = calls.iter().filter_map(|call| call.values.get(&behaviour)).copied().collect();
        #[expect(clippy::cast_precision_loss, reason = "a handful of calls")]
        let n = values.len() as f64;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / n)
    };
    deals.iter().filter_map(of_deal).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use coaching_record::{ClosedDeal, WeekMeeting};

    fn kept(id: &str, deal: &str, at_ms: i64) -> KeptCall {
        let values = BTreeMap::from([(Behaviour::Questions, 4.0)]);
        KeptCall { at_ms, meeting_id: id.into(), deal_id: Some(deal.into()), values, ..KeptCall::default() }
    }

    fn ended(id: &str, won: bool) -> ClosedDeal {
        ClosedDeal { deal_id: id.into(), won, at: Some("2026-11-10T00:00:00.000Z".into()), ..ClosedDeal::default() }
    }

    #[test]
    fn what_is_measured_now_stands_and_what_came_after_the_end_does_not_count() {
        let end = instant_ms("2026-11-10T00:00:00.000Z").unwrap();
        let started_at = "2026-11-01T00:00:00.000Z".to_owned();
        let meeting =
            WeekMeeting { meeting_id: "m1".into(), deal_id: Some("d1".into()), started_at, ..Default::default() };
        let mut analysis = Analysis::default();
        analysis.questions.asked = 10;
        let week = Week {
            meetings: vec![meeting],
            closed: vec![ended("d1", true), ended("d1", false), ended("d2", false), ended("d3", false)],
            ..Week::default()
        };
        let known =
            vec![kept("m1", "d1", end), kept("m2", "d1", end), kept("m3", "d2", end + 1), kept("m4", "d3", end)];
        let deals = of(&week, &[Some(analysis)], known, 60);
        assert_eq!((deals.won.len(), deals.lost.len()), (1, 1));
        assert_eq!(values(&deals.won, Behaviour::Questions), [7.0]);
        assert_eq!(values(&deals.lost, Behaviour::Questions), [4.0]);
        assert!(values(&deals.lost, Behaviour::EarlyDiscovery).is_empty());
    }

    #[test]
    fn of_more_deals_than_can_be_tested_the_last_ones_count_on_both_sides() {
        let week = |won: usize, lost: usize| Week {
            closed: (0..won + lost).map(|n| ended(&n.to_string(), n < won)).collect(),
            ..Week::default()
        };
        let calls = |n: usize| (0..n).map(|n| kept(&n.to_string(), &n.to_string(), 0)).collect::<Vec<_>>();
        for (won, lost, want) in [(40, 40, (30, 30)), (50, 20, (40, 20)), (5, 90, (5, 55)), (20, 20, (20, 20))] {
            let deals = of(&week(won, lost), &[], calls(won + lost), 60);
            assert_eq!((deals.won.len(), deals.lost.len()), want);
            assert_eq!(deals.won[0][0].meeting_id, "0");
        }
    }
}

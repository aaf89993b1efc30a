//! Now against before.

use campaign_record::Trend;
use certainty::{ALPHA, Tested, adjusted};
use skillhost_sdk::sources::CampaignCounters;

use crate::measure;

/// What is compared. Quality is not: it follows from two that are.
const COMPARED: [&str; 6] = ["open", "click", "reply", "positive", "bounce", "unsubscribe"];

pub(crate) fn of(now: &CampaignCounters, before: &CampaignCounters) -> Vec<Trend> {
    let mut trends: Vec<Trend> = COMPARED
        .iter()
        .filter_map(|name| {
            let (now, before) = (measure::share(name, now)?, measure::share(name, before)?);
            let tested = Tested::of(&now, &before);
            Some(Trend { of: (*name).to_owned(), now, before, tested, p_adjusted: None, verdict: "unknown".to_owned() })
        })
        .collect();
    let tests: Vec<(usize, f64)> =
        trends.iter().enumerate().filter_map(|(at, trend)| Some((at, trend.tested.p?))).collect();
    let ps: Vec<f64> = tests.iter().map(|(_, p)| *p).collect();
    for ((at, _), p) in tests.into_iter().zip(adjusted(&ps)) {
        let trend = &mut trends[at];
        trend.p_adjusted = Some(p);
        trend.verdict = match trend.tested.difference {
            Some(difference) if p < ALPHA && difference > 0.0 => "up",
            Some(_) if p < ALPHA => "down",
            _ => "same",
        }
        .to_owned();
    }
    trends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(delivered: i64, replied: i64) -> CampaignCounters {
        CampaignCounters { sent: delivered, delivered, replied, ..CampaignCounters::default() }
    }

    fn verdict(now: (i64, i64), before: (i64, i64)) -> String {
        let trends = of(&counters(now.0, now.1), &counters(before.0, before.1));
        trends.iter().find(|trend| trend.of == "reply").map(|trend| trend.verdict.clone()).unwrap_or_default()
    }

    #[test]
    fn only_more_than_chance_is_a_trend() {
        assert_eq!(verdict((500, 50), (500, 15)), "up");
        assert_eq!(verdict((500, 15), (500, 50)), "down");
        assert_eq!(verdict((500, 25), (500, 20)), "same");
        // Twice as much of little is chance.
        assert_eq!(verdict((40, 4), (40, 2)), "same");
        assert_eq!(verdict((0, 0), (40, 2)), "unknown");
        // What cannot be is not compared.
        assert_eq!(verdict((10, 20), (40, 2)), "");
    }
}

//! What is wrong, and only where the numbers leave no doubt.

use campaign_record::{Flag, Report};
use certainty::{Share, percent};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Replies below this are fewer than a cold list gives.
const MIN_REPLY: f64 = 0.02;
/// Bounces above this harm the sender's name with the mail providers.
const MAX_BOUNCE: f64 = 0.05;
/// Unsubscribes above this mean that the wrong people are written to.
const MAX_UNSUBSCRIBE: f64 = 0.01;
/// With fewer delivered than this a campaign has hardly begun.
const BEGUN: i64 = 50;

/// What a campaign is held against.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Bounds {
    min_reply: f64,
    max_bounce: f64,
    max_unsubscribe: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { min_reply: MIN_REPLY, max_bounce: MAX_BOUNCE, max_unsubscribe: MAX_UNSUBSCRIBE }
    }
}

impl Bounds {
    /// The org's own, where its settings have usable ones.
    pub(crate) fn of(settings: &Map<String, Value>) -> Self {
        let own: Option<Self> = settings.get("campaigns").and_then(|own| serde_json::from_value(own.clone()).ok());
        let usable = |bounds: &Self| {
            [bounds.min_reply, bounds.max_bounce, bounds.max_unsubscribe]
                .iter()
                .all(|bound| (0.0..=1.0).contains(bound))
        };
        own.filter(usable).unwrap_or_default()
    }
}

pub(crate) fn raise(report: &Report, bounds: &Bounds) -> Vec<Flag> {
    let mut flags = Vec::new();
    if report.delivered < BEGUN {
        return flags;
    }
    let flag = |kind: &str, text: String, share: &Share, bound: Option<f64>| Flag {
        kind: kind.to_owned(),
        text,
        share: *share,
        bound,
    };
    if let Some(reply) = report.reply.filter(|reply| reply.high.is_some_and(|high| high < bounds.min_reply)) {
        let text = format!(
            "replies are {}, surely below the {} that they should reach",
            reply.told_with_interval(),
            percent(bounds.min_reply)
        );
        flags.push(flag("low_reply", text, &reply, Some(bounds.min_reply)));
    }
    if let Some(bounce) = report.bounce.filter(|bounce| bounce.low.is_some_and(|low| low > bounds.max_bounce)) {
        let text = format!(
            "bounces are {}, surely above the {} that is safe",
            bounce.told_with_interval(),
            percent(bounds.max_bounce)
        );
        flags.push(flag("high_bounce", text, &bounce, Some(bounds.max_bounce)));
    }
    let unsubscribe = report.unsubscribe.filter(|share| share.low.is_some_and(|low| low > bounds.max_unsubscribe));
    if let Some(unsubscribe) = unsubscribe {
        let text = format!(
            "unsubscribes are {}, surely above the {} that is usual",
            unsubscribe.told_with_interval(),
            percent(bounds.max_unsubscribe)
        );
        flags.push(flag("high_unsubscribe", text, &unsubscribe, Some(bounds.max_unsubscribe)));
    }
    if let Some(trend) = report.trends.iter().find(|trend| trend.of == "reply" && trend.verdict == "down") {
        let text = format!(
            "replies fell from {} to {} ({}, p = {:.3})",
            trend.before.told(),
            trend.now.told(),
            trend.tested.test,
            trend.p_adjusted.unwrap_or_default()
        );
        flags.push(flag("falling_reply", text, &trend.now, trend.before.share));
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_orgs_own_bounds_hold_where_they_are_usable() {
        let bounds = |settings: Value| Bounds::of(settings.as_object().unwrap_or(&Map::new()));
        let own = bounds(json!({"campaigns": {"min_reply": 0.05}}));
        assert_eq!((own.min_reply, own.max_bounce), (0.05, MAX_BOUNCE));
        for useless in [json!({}), json!({"campaigns": {"min_reply": 5}}), json!({"campaigns": {"min_reply": "x"}})] {
            assert_eq!(bounds(useless), Bounds::default());
        }
    }

    #[test]
    fn doubt_is_no_flag() {
        let report = |count: i64, of: i64| Report { delivered: of, reply: Share::of(count, of), ..Report::default() };
        let kinds =
            |report: &Report| raise(report, &Bounds::default()).into_iter().map(|flag| flag.kind).collect::<Vec<_>>();
        assert_eq!(kinds(&report(5, 812)), ["low_reply"]);
        assert!(kinds(&report(1, 100)).is_empty(), "1 of 100 may be 5 per cent");
        assert!(kinds(&report(0, 40)).is_empty(), "it has hardly begun");
    }
}

//! One value a deal.

use std::collections::BTreeMap;

use coaching_record::{Analysis, Behaviour, Week};

/// Analyses of each deal.
pub(crate) type Calls<'a> = Vec<Vec<&'a Analysis>>;

/// Deals that are over, with their measured calls.
#[derive(Debug, Default)]
pub(crate) struct Deals<'a> {
    pub(crate) won: Calls<'a>,
    pub(crate) lost: Calls<'a>,
}

/// Those that have at least one.
pub(crate) fn of<'a>(week: &Week, analyses: &'a [Option<Analysis>]) -> Deals<'a> {
    let mut calls: BTreeMap<&str, Vec<&'a Analysis>> = BTreeMap::new();
    for (meeting, analysis) in week.meetings.iter().zip(analyses) {
        if let (Some(deal), Some(analysis)) = (&meeting.deal_id, analysis) {
            calls.entry(deal).or_default().push(analysis);
        }
    }
    let mut deals = Deals::default();
    for deal in &week.closed {
        // A deal that is listed twice counts once.
        let Some(of_deal) = calls.remove(deal.deal_id.as_str()) else { continue };
        if deal.won { deals.won.push(of_deal) } else { deals.lost.push(of_deal) }
    }
    deals
}

/// The mean of a behaviour over each deal's calls, where it could be measured.
pub(crate) fn values(deals: &Calls<'_>, behaviour: Behaviour) -> Vec<f64> {
    let of_deal = |calls: &Vec<&Analysis>| {
        let values: Vec<f64> =
            calls.iter().filter_map(|call| behaviour.of(call)).filter(|value| value.is_finite()).collect();
        #[expect(clippy::cast_precision_loss, reason = "a handful of calls")]
        let n = values.len() as f64;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / n)
    };
    deals.iter().filter_map(of_deal).collect()
}

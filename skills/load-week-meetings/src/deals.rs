//! Deals that ended: whose calls are still to be measured, and in which order.

use coaching_record::{ClosedDeal, KeptCall};
use skillhost_sdk::sources::instant_ms;

/// When a deal ended, epoch milliseconds.
pub(crate) fn end(deal: &ClosedDeal) -> Option<i64> {
    deal.at.as_deref().and_then(instant_ms)
}

/// Those of which no call was kept, a won and a lost one in turn, because only both
/// together say anything.
pub(crate) fn to_look_up<'a>(closed: &'a [ClosedDeal], kept: &[KeptCall]) -> Vec<&'a ClosedDeal> {
    let is_kept = |deal: &ClosedDeal| {
        kept.iter()
            .any(|call| call.deal_id.as_ref() == Some(&deal.deal_id) && end(deal).is_none_or(|end| call.at_ms <= end))
    };
    let (won, lost): (Vec<&ClosedDeal>, Vec<&ClosedDeal>) =
        closed.iter().filter(|deal| !is_kept(deal)).partition(|deal| deal.won);
    in_turn(vec![won, lost])
}

/// The first of each list, then the second of each.
pub(crate) fn in_turn<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(lists.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deals_take_turns() {
        let deal = |id: &str, won: bool| ClosedDeal {
            deal_id: id.into(),
            won,
            at: Some("2026-11-10T00:00:00.000Z".into()),
            ..ClosedDeal::default()
        };
        let call = |deal: &str, at_ms: i64| KeptCall { deal_id: Some(deal.into()), at_ms, ..KeptCall::default() };
        let closed = [deal("w1", true), deal("w2", true), deal("w3", true), deal("l1", false), deal("w4", true)];
        let ids = |kept: &[KeptCall]| -> Vec<String> {
            to_look_up(&closed, kept).into_iter().map(|deal| deal.deal_id.clone()).collect()
        };
        assert_eq!(ids(&[]), ["w1", "l1", "w2", "w3", "w4"]);
        // A call after its end says nothing of a deal.
        assert_eq!(ids(&[call("w2", 0), call("w3", i64::MAX)]), ["w1", "l1", "w3", "w4"]);
        assert_eq!(in_turn(vec![vec![1, 2, 3], vec![4], vec![5, 6]]), [1, 4, 5, 2, 6, 3]);
    }
}

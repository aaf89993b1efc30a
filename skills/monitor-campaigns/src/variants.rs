//! Variants of one mail against each other.

use campaign_record::{Comparison, Contender};
use certainty::{ALPHA, Tested, adjusted, percent};
use skillhost_sdk::sources::CampaignStep;

use crate::measure;

/// Compares every group of variants of one name.
pub(crate) fn compare(steps: &[CampaignStep]) -> Vec<Comparison> {
    let mut groups: Vec<(String, Vec<&CampaignStep>)> = Vec::new();
    for step in steps.iter().filter(|step| step.variant.as_deref().is_some_and(|variant| !variant.trim().is_empty())) {
        let name = step.name.trim().to_lowercase();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(step),
            None => groups.push((name, vec![step])),
        }
    }
    groups.into_iter().filter(|(_, group)| group.len() > 1).map(|(_, group)| compared(&group)).collect()
}

fn compared(group: &[&CampaignStep]) -> Comparison {
    let mut comparison = Comparison { name: group[0].name.clone(), ..Comparison::default() };
    for step in group {
        let Some(reply) = measure::share("reply", &step.counters()) else {
            comparison.reason = format!("the counts of {} cannot be", variant(step));
            return comparison;
        };
        comparison.contenders.push(Contender { step_id: step.id.clone(), variant: variant(step).to_owned(), reply });
    }
    // The best first; one without a share is no contender for it.
    comparison.contenders.sort_by(|a, b| {
        let share = |contender: &Contender| contender.reply.share.unwrap_or(-1.0);
        share(b).total_cmp(&share(a)).then_with(|| a.variant.cmp(&b.variant))
    });
    let [best, rest @ ..] = comparison.contenders.as_slice() else { return comparison };
    if comparison.contenders.iter().any(|contender| contender.reply.share.is_none()) {
        comparison.reason = "not every variant was delivered to anybody yet".to_owned();
        return comparison;
    }
    let tests: Vec<Tested> = rest.iter().map(|other| Tested::of(&best.reply, &other.reply)).collect();
    let ps: Vec<f64> = tests.iter().map(|test| test.p.unwrap_or(1.0)).collect();
    let adjusted = adjusted(&ps);
    let worst = adjusted.iter().copied().fold(0.0, f64::max);
    // The nearest rival is the one that has to be beaten.
    let nearest = (0..tests.len()).max_by(|a, b| adjusted[*a].total_cmp(&adjusted[*b])).unwrap_or(0);
    let (tested, second) = (tests[nearest].clone(), &rest[nearest]);
    let against = format!(
        "{} replies {}, {} {} ({}, p = {})",
        best.variant,
        best.reply.told(),
        second.variant,
        second.reply.told(),
        tested.test,
        told(worst)
    );
    let wins = worst < ALPHA && tested.difference.is_some_and(|difference| difference > 0.0);
    let reason = if wins { against } else { format!("no winner yet: {against}") };
    let winner = wins.then(|| best.variant.clone());
    comparison.winner = winner;
    comparison.p_adjusted = Some(worst);
    comparison.tested = tested;
    comparison.reason = match opens(group) {
        Some(opens) => format!("{reason}; {opens}"),
        None => reason,
    };
    comparison
}

/// What opens say, where they say anything; they decide nothing.
fn opens(group: &[&CampaignStep]) -> Option<String> {
    let [a, b] = group else { return None };
    let share = |step: &CampaignStep| measure::share("open", &step.counters());
    let (open_a, open_b) = (share(a)?, share(b)?);
    let tested = Tested::of(&open_a, &open_b);
    if !tested.is_significant() {
        return None;
    }
    let (more, high, low) = if open_a.share > open_b.share { (a, open_a, open_b) } else { (b, open_b, open_a) };
    let p = told(tested.p?);
    Some(format!(
        "{} is opened more, {} against {} (p = {p}), which decides nothing",
        variant(more),
        percent(high.share?),
        percent(low.share?)
    ))
}

fn variant(step: &CampaignStep) -> &str {
    step.variant.as_deref().map(str::trim).unwrap_or_default()
}

/// `0.013`, or `< 0.001`.
fn told(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(variant: &str, delivered: i64, opened: i64, replied: i64) -> CampaignStep {
        CampaignStep {
            id: format!("s-{variant}"),
            name: "Intro".to_owned(),
            variant: Some(variant.to_owned()),
            sent: delivered,
            delivered,
            opened,
            replied,
            ..CampaignStep::default()
        }
    }

    fn winner(steps: &[CampaignStep]) -> Option<String> {
        compare(steps).into_iter().next().and_then(|comparison| comparison.winner)
    }

    #[test]
    fn a_winner_is_beyond_chance() {
        assert_eq!(winner(&[step("A", 500, 0, 10), step("B", 500, 0, 35)]).as_deref(), Some("B"));
        // The 12 per cent more that a hurried reader would call a win.
        assert_eq!(winner(&[step("A", 500, 0, 25), step("B", 500, 0, 28)]), None);
        assert_eq!(winner(&[step("A", 10, 0, 0), step("B", 10, 0, 3)]), None);
        assert_eq!(winner(&[step("A", 0, 0, 0), step("B", 500, 0, 30)]), None);
        assert_eq!(winner(&[step("A", 20, 0, 30), step("B", 500, 0, 30)]), None);
    }

    #[test]
    fn it_beats_every_other() {
        let close = [step("A", 500, 0, 10), step("B", 500, 0, 35), step("C", 500, 0, 33)];
        let comparison = compare(&close).remove(0);
        assert_eq!(comparison.winner, None);
        assert!(comparison.reason.contains("C 6.6 % (33 of 500)"), "{}", comparison.reason);
        let clear = [step("A", 500, 0, 10), step("B", 500, 0, 60), step("C", 500, 0, 12)];
        assert_eq!(winner(&clear).as_deref(), Some("B"));
    }

    #[test]
    fn opens_are_told_and_decide_nothing() {
        let comparison = compare(&[step("A", 500, 100, 12), step("B", 500, 260, 13)]).remove(0);
        assert_eq!(comparison.winner, None);
        assert!(
            comparison.reason.contains("B is opened more, 52.0 % against 20.0 % (p = < 0.001)"),
            "{}",
            comparison.reason
        );
    }

    #[test]
    fn a_variant_alone_is_compared_with_nothing() {
        let other = CampaignStep { name: "Second".to_owned(), ..step("B", 500, 0, 10) };
        assert!(compare(&[step("A", 500, 0, 10), other]).is_empty());
    }
}

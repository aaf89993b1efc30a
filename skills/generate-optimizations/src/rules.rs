//! One function a kind of suggestion.

use campaign_record::{Class, Classified, Flag, Report, Suggestion, is_human};
use certainty::Share;

use crate::enough::deliveries;

/// Deliveries after which a mail without a reply says something: at 1 % replies,
/// none of so many is one in twenty.
const SILENT_AFTER: i64 = 300;
/// People who say that they are the wrong ones: at least so many …
const WRONG_LEAST: usize = 5;
/// … and at least this part of those who answered.
const WRONG_PART: f64 = 0.3;

/// The order in which they are told.
const KINDS: [&str; 8] =
    ["answer_first", "clean_list", "pause", "use_variant", "wrong_people", "cut_step", "rewrite", "keep_testing"];

/// The smaller, the earlier.
pub(crate) fn weight(kind: &str) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len())
}

fn suggestion(campaign: &str, kind: &str, text: String, because: String, rests_on: Vec<String>) -> Suggestion {
    Suggestion { campaign_id: campaign.to_owned(), kind: kind.to_owned(), text, because, rests_on }
}

/// Replies that want somebody now.
pub(crate) fn answer_first(classified: &Classified) -> Vec<Suggestion> {
    let urgent: Vec<usize> = classified
        .replies
        .iter()
        .enumerate()
        .filter(|(_, reply)| reply.is_new && ["P1", "P2"].contains(&reply.priority.as_str()))
        .map(|(at, _)| at)
        .collect();
    let Some(first) = urgent.first().and_then(|at| classified.replies.get(*at)) else { return Vec::new() };
    let now =
        urgent.iter().filter(|at| classified.replies.get(**at).is_some_and(|reply| reply.priority == "P1")).count();
    let text = if urgent.len() == 1 {
        "Answer the new reply first".to_owned()
    } else {
        format!("Answer the {} new replies first", urgent.len())
    };
    let because = format!("{now} of P1, {} of P2", urgent.len() - now);
    let rests_on = urgent.iter().map(|at| format!("/classified/replies/{at}")).collect();
    vec![suggestion(&first.campaign_id, "answer_first", text, because, rests_on)]
}

fn flagged<'a>(report: &'a Report, kind: &str) -> Option<(usize, &'a Flag)> {
    report.flags.iter().enumerate().find(|(_, flag)| flag.kind == kind)
}

/// Too many bounces.
pub(crate) fn clean_list(report: &Report, at: usize) -> Option<Suggestion> {
    let (place, flag) = flagged(report, "high_bounce")?;
    let text = "Pause it and clean the list before the next mail".to_owned();
    let rests_on = vec![format!("/monitored/campaigns/{at}/flags/{place}")];
    Some(suggestion(&report.campaign_id, "clean_list", text, flag.text.clone(), rests_on))
}

/// Too many who want no more.
pub(crate) fn pause(report: &Report, at: usize) -> Option<Suggestion> {
    let (place, flag) = flagged(report, "high_unsubscribe")?;
    let text = "Pause it and look at who is written to".to_owned();
    let rests_on = vec![format!("/monitored/campaigns/{at}/flags/{place}")];
    Some(suggestion(&report.campaign_id, "pause", text, flag.text.clone(), rests_on))
}

/// A variant that won.
pub(crate) fn use_variant(report: &Report, at: usize) -> Vec<Suggestion> {
    let won = |(place, comparison): (usize, &campaign_record::Comparison)| {
        let winner = comparison.winner.as_ref()?;
        let text = format!("Send the rest of “{}” with variant {winner}", comparison.name);
        let rests_on = vec![format!("/monitored/campaigns/{at}/comparisons/{place}")];
        Some(suggestion(&report.campaign_id, "use_variant", text, comparison.reason.clone(), rests_on))
    };
    report.comparisons.iter().enumerate().filter_map(won).collect()
}

/// A comparison without a winner, and what it would take.
pub(crate) fn keep_testing(report: &Report, at: usize) -> Vec<Suggestion> {
    let open = |(place, comparison): (usize, &campaign_record::Comparison)| {
        let [best, second, ..] = comparison.contenders.as_slice() else { return None };
        if comparison.winner.is_some() {
            return None;
        }
        let needed = deliveries(best.reply.share?, second.reply.share?)?;
        let more = needed - best.reply.of.min(second.reply.of);
        if more <= 0 {
            return None;
        }
        let text = format!("Keep testing “{}”", comparison.name);
        let because = format!(
            "{} {} against {} {}; a difference like this needs about {needed} deliveries each",
            best.variant,
            best.reply.told(),
            second.variant,
            second.reply.told()
        );
        let rests_on = vec![format!("/monitored/campaigns/{at}/comparisons/{place}")];
        Some(suggestion(&report.campaign_id, "keep_testing", text, because, rests_on))
    };
    report.comparisons.iter().enumerate().filter_map(open).collect()
}

/// People who say that they are the wrong ones.
pub(crate) fn wrong_people(report: &Report, classified: &Classified) -> Option<Suggestion> {
    let own = classified.replies.iter().enumerate().filter(|(_, reply)| reply.campaign_id == report.campaign_id);
    let human: Vec<_> = own.filter(|(_, reply)| is_human(reply.class)).collect();
    let wrong: Vec<_> = human.iter().filter(|(_, reply)| reply.class == Class::InternalForward).collect();
    #[expect(clippy::cast_precision_loss, reason = "some hundred replies")]
    let part = wrong.len() as f64 / human.len().max(1) as f64;
    if wrong.len() < WRONG_LEAST || part < WRONG_PART {
        return None;
    }
    let text = "Write to other people: many say that they are not the right ones".to_owned();
    let because = format!("{} of {} who answered", wrong.len(), human.len());
    let rests_on = wrong.iter().map(|(at, _)| format!("/classified/replies/{at}")).collect();
    Some(suggestion(&report.campaign_id, "wrong_people", text, because, rests_on))
}

/// A later mail that nobody answers.
pub(crate) fn cut_step(report: &Report, at: usize) -> Option<Suggestion> {
    let silent = |reply: &Option<Share>| reply.is_some_and(|reply| reply.count == 0 && reply.of >= SILENT_AFTER);
    // The first of the mails from which on nobody answers.
    let from = report.steps.iter().rposition(|step| !silent(&step.reply)).map_or(0, |last| last + 1);
    let step = report.steps.get(from).filter(|_| from > 0)?;
    let earlier: i64 = report.steps[..from].iter().filter_map(|step| step.reply).map(|reply| reply.count).sum();
    let told = step.reply?.told();
    if earlier == 0 {
        return None;
    }
    let text = format!("Stop before “{}”, or write it anew", step.name);
    let because = format!("it got {told}, the mails before it {earlier}");
    let rests_on = vec![format!("/monitored/campaigns/{at}/steps/{from}")];
    Some(suggestion(&report.campaign_id, "cut_step", text, because, rests_on))
}

/// Too few replies, and nothing else explains it.
pub(crate) fn rewrite(report: &Report, at: usize) -> Option<Suggestion> {
    let (place, flag) = flagged(report, "low_reply").or_else(|| flagged(report, "falling_reply"))?;
    let text = "Rewrite the first mail, and test it against this one".to_owned();
    let rests_on = vec![format!("/monitored/campaigns/{at}/flags/{place}")];
    Some(suggestion(&report.campaign_id, "rewrite", text, flag.text.clone(), rests_on))
}

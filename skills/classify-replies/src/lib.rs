//! Says what replies want.
//!
//! [`judge`] reads each as the mail that it is, [`by_model`] is where a model may say
//! what its words leave open, [`standing`] says how soon somebody should look, [`acts`]
//! what follows by itself. To know one more way to say something, add it to
//! `mail-reading`, which every skill of incoming mail shares.

mod acts;
mod by_model;
mod judge;
mod standing;

use campaign_record::{ClassCount, Classified, ClassifiedReply};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_language::Anchor;
use skillhost_sdk::sources::{Campaign, CampaignReply, instant_ms};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

const HOUR_MS: i64 = 3_600_000;
/// Replies are new for a day.
const NEW_HOURS: i64 = 24;
/// On a Monday the weekend is new, too: the look before was on Friday.
const NEW_HOURS_MONDAY: i64 = 72;
/// Most replies that are reported.
const MAX_REPLIES: usize = 300;
/// Most lines of those that want somebody.
const MAX_ATTENTION: usize = 15;

/// The period, as `monitor-campaigns` took it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Replies after this are new, RFC 3339; a day back where none is said, on a
    /// Monday three.
    pub since: Option<String>,
}

/// Classifies them.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Classified>, Failure> {
    if input.from.is_empty() || input.until.is_empty() {
        return Err(Failure::invalid("no-period", "no period is given"));
    }
    let read = context::campaigns(&input.from, &input.until)?;
    let anchor = Anchor::or_utc(call.now_ms(), &call.zone);
    let since = match input.since.as_deref() {
        Some(text) => instant_ms(text).ok_or_else(|| Failure::invalid("since", "`since` is no instant"))?,
        None => call.now_ms() - new_hours(&anchor) * HOUR_MS,
    };
    let mut replies: Vec<ClassifiedReply> = Vec::new();
    let mut unsure: Vec<&CampaignReply> = Vec::new();
    for campaign in &read.value {
        for reply in &campaign.replies {
            // One mail may answer two campaigns that went to one person.
            let known = |other: &ClassifiedReply| other.reply_id == reply.id;
            if replies.iter().any(known) {
                continue;
            }
            let judged = judge::judge(reply, &anchor.moved_to(&reply.at).unwrap_or_else(|| anchor.clone()));
            if judged.is_unsure {
                unsure.push(reply);
            }
            replies.push(classified(campaign, reply, judged, since, call));
        }
    }
    sort(&mut replies);
    // Without a model's word what was read stands. What it finds is sorted anew.
    if by_model::refine(&mut replies, &unsure).is_ok() {
        sort(&mut replies);
    }
    replies.truncate(MAX_REPLIES);
    let classified = summed(replies);
    let acts = acts::of(&classified.replies)?;

    let quotes: Vec<(String, String)> = classified
        .replies
        .iter()
        .enumerate()
        .filter_map(|(at, reply)| Some((reply.quote.clone()?, format!("/replies/{at}/quote"))))
        .collect();
    let summary = classified.headline.clone();
    let mut outcome = Outcome::new(classified).summary(summary);
    for (quote, place) in quotes.into_iter().take(MAX_EVIDENCE) {
        outcome = outcome.evidence(read.read_id.clone(), quote, place);
    }
    Ok(acts.into_iter().fold(outcome, Outcome::effect))
}

/// The most urgent first, of these the newest.
fn sort(replies: &mut [ClassifiedReply]) {
    replies.sort_by(|a, b| {
        let newest = instant_ms(&b.at).cmp(&instant_ms(&a.at));
        a.priority.cmp(&b.priority).then(newest).then_with(|| a.reply_id.cmp(&b.reply_id))
    });
}

/// Most quotes that are backed; the host takes no more.
const MAX_EVIDENCE: usize = 100;

fn new_hours(anchor: &Anchor) -> i64 {
    if anchor.today().weekday().to_monday_one_offset() == 1 { NEW_HOURS_MONDAY } else { NEW_HOURS }
}

fn classified(
    campaign: &Campaign,
    reply: &CampaignReply,
    judged: judge::Judged,
    since: i64,
    call: &Call,
) -> ClassifiedReply {
    let at = instant_ms(&reply.at);
    let name = meeting_record::one_line(&reply.from_name);
    ClassifiedReply {
        reply_id: reply.id.clone(),
        campaign_id: campaign.id.clone(),
        step_id: reply.step_id.clone(),
        contact_id: reply.contact_id.clone(),
        from: reply.from.clone(),
        name: if name.is_empty() { reply.from.clone() } else { name },
        at: reply.at.clone(),
        is_new: at.is_some_and(|at| at > since && at <= call.now_ms()),
        priority: standing::priority(&judged).to_owned(),
        class: judged.class,
        confidence: judged.confidence,
        reason: judged.reason,
        quote: judged.quote,
        about: judged.about,
        back_on: judged.back_on,
        suspicious: model_answer::instructs(&reply.text) || model_answer::instructs(&reply.subject),
        by: None,
    }
}

fn summed(replies: Vec<ClassifiedReply>) -> Classified {
    let mut counts: Vec<ClassCount> = Vec::new();
    for reply in &replies {
        match counts.iter_mut().find(|count| count.class == reply.class) {
            Some(count) => count.count += 1,
            None => counts.push(ClassCount { class: reply.class, count: 1 }),
        }
    }
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.class.cmp(&b.class)));
    let mut quality = vec![standing::quality(None, &replies)];
    let mut campaigns: Vec<&str> = replies.iter().map(|reply| reply.campaign_id.as_str()).collect();
    campaigns.sort_unstable();
    campaigns.dedup();
    quality.extend(campaigns.into_iter().map(|id| standing::quality(Some(id), &replies)));
    let urgent: Vec<&ClassifiedReply> =
        replies.iter().filter(|reply| reply.is_new && ["P1", "P2", "P3"].contains(&reply.priority.as_str())).collect();
    let attention = urgent.iter().take(MAX_ATTENTION).map(|reply| standing::line(reply)).collect();
    let new = replies.iter().filter(|reply| reply.is_new).count();
    let headline = format!(
        "{} {}, {new} new, {} for somebody to look at",
        replies.len(),
        if replies.len() == 1 { "reply" } else { "replies" },
        urgent.len()
    );
    Classified { counts, quality, attention, headline, replies }
}

skillhost_sdk::cases!();

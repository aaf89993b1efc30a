//! How soon somebody should look, and how good replies are.

use campaign_record::{Class, ClassifiedReply, Quality};
use meeting_record::shortened;

use crate::judge::Judged;

/// Longest line of a card, characters.
const MAX_LINE: usize = 200;

pub(crate) fn priority(judged: &Judged) -> &'static str {
    let about = judged.about.as_deref();
    match judged.class {
        Class::MeetingRequest | Class::ProposalRequest => "P1",
        Class::NeedsResponse if about == Some("pricing") => "P1",
        Class::NeedsResponse if about == Some("later") => "P3",
        Class::PositiveReply | Class::NeedsResponse => "P2",
        Class::InternalForward => "P3",
        Class::OutOfOffice if judged.back_on.is_some() => "P3",
        Class::NegativeReply | Class::InfoOnly | Class::OutOfOffice => "P4",
        Class::Unsubscribe | Class::Bounce => "P5",
    }
}

/// Mean worth of what people wrote.
pub(crate) fn quality(campaign_id: Option<&str>, replies: &[ClassifiedReply]) -> Quality {
    let of = |reply: &&ClassifiedReply| campaign_id.is_none_or(|id| reply.campaign_id == id) && reply.class.is_human();
    let worth: Vec<f64> = replies.iter().filter(of).map(|reply| reply.class.worth()).collect();
    #[expect(clippy::cast_precision_loss, reason = "some hundred replies")]
    let score = (!worth.is_empty()).then(|| (worth.iter().sum::<f64>() / worth.len() as f64 * 1000.0).round() / 10.0);
    Quality { campaign_id: campaign_id.map(str::to_owned), human: worth.len(), score }
}

/// `P1 Jo Berg wants to talk: “Are you free on Tuesday?”`.
pub(crate) fn line(reply: &ClassifiedReply) -> String {
    let told = match &reply.quote {
        Some(quote) => format!("{} {}: {}: “{quote}”", reply.priority, reply.name, reply.reason),
        None => format!("{} {}: {}", reply.priority, reply.name, reply.reason),
    };
    let back = reply.back_on.as_ref().map(|day| format!(" (from {day})")).unwrap_or_default();
    format!("{}{back}", shortened(&told, MAX_LINE))
}

//! How soon somebody should look, and how good replies are.

use campaign_record::{Class, ClassifiedReply, Quality, is_human};
use meeting_record::shortened;

use crate::judge::Judged;
use mail_reading::PLAIN_STOP;

/// Longest line of a card, characters.
const MAX_LINE: usize = 200;

pub(crate) fn priority(judged: &Judged) -> &'static str {
    let about = judged.about.as_deref();
    match judged.class {
        Class::MeetingRequest | Class::ProposalRequest => "P1",
        Class::NeedsResponse | Class::PositiveReply if about == Some("pricing") => "P1",
        Class::NegativeReply if about == Some("later") => "P3",
        Class::PositiveReply | Class::NeedsResponse => "P2",
        Class::InternalForward => "P3",
        Class::OutOfOffice if judged.back_on.is_some() => "P3",
        Class::NegativeReply | Class::InfoOnly | Class::OutOfOffice => "P4",
        // Nothing is done about it before somebody has read it.
        Class::Unsubscribe if judged.confidence < PLAIN_STOP => "P3",
        Class::Unsubscribe | Class::Bounce => "P5",
    }
}

/// What a reply is worth, 0 to 1: what brings a talk nearer counts full, what ends it
/// counts nothing.
fn worth(reply: &ClassifiedReply) -> f64 {
    match reply.class {
        Class::MeetingRequest | Class::ProposalRequest => 1.0,
        Class::PositiveReply => 0.8,
        Class::NeedsResponse => 0.6,
        Class::InternalForward => 0.5,
        Class::NegativeReply if reply.about.as_deref() == Some("later") => 0.3,
        Class::InfoOnly => 0.2,
        Class::NegativeReply | Class::Unsubscribe | Class::OutOfOffice | Class::Bounce => 0.0,
    }
}

/// Mean worth of what people wrote.
pub(crate) fn quality(campaign_id: Option<&str>, replies: &[ClassifiedReply]) -> Quality {
    let of = |reply: &&ClassifiedReply| campaign_id.is_none_or(|id| reply.campaign_id == id) && is_human(reply.class);
    let worth: Vec<f64> = replies.iter().filter(of).map(worth).collect();
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

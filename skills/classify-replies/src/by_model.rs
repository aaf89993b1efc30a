//! Where a model may say what a reply wants that its words leave open.
//!
//! Only a person's reply that was read with doubt is shown, and none that speaks to a
//! model. A class counts when words of the reply's new part show it and the model is
//! surer; a stop or a refusal that was heard stays, and so does what machines write.
//! `prompt.md` and `answer.schema.json` are what it is asked with.

use campaign_record::{Class, ClassifiedReply};
use model_answer::{Material, Prompt, Refusal, ask};
use serde::Deserialize;
use skillhost_sdk::sources::CampaignReply;

use crate::judge::{Judged, own_words};
use crate::standing;

const PROMPT: Prompt<'static> = Prompt {
    class: "fast",
    purpose: "class of replies to a campaign",
    instructions: include_str!("../prompt.md"),
    schema: include_str!("../answer.schema.json"),
    // A line of JSON for each of the most replies that are shown.
    max_output_tokens: 1_500,
};
/// Most replies that are shown, the newest; the schema says the same.
const MOST_SHOWN: usize = 20;
/// Longest quote, characters; the schema says the same.
const MAX_QUOTE: usize = 240;
/// A model is not surer than this, and what the words say as surely needs no second
/// opinion: eight of ten such replies are read right.
pub(crate) const MOST: f64 = 0.8;
/// Who said so.
pub(crate) const MODEL: &str = "model";

/// What a model may say, and the reason that is given then.
const CLASSES: [(&str, Class, &str); 6] = [
    ("meeting_request", Class::MeetingRequest, "they want to talk"),
    ("proposal_request", Class::ProposalRequest, "they want a proposal"),
    ("positive_reply", Class::PositiveReply, "they are interested"),
    ("needs_response", Class::NeedsResponse, "they ask something"),
    ("internal_forward", Class::InternalForward, "somebody else over there is the one to talk to"),
    ("negative_reply", Class::NegativeReply, "they do not want it"),
];

/// What the model answers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Answer {
    replies: Vec<Said>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Said {
    id: String,
    class: String,
    quote: String,
    confidence: f64,
}

/// Puts the model's class where it is surer. `replies` come newest first within a
/// priority; `unsure` are those of them that were read with doubt.
pub(crate) fn refine(replies: &mut [ClassifiedReply], unsure: &[&CampaignReply]) -> Result<(), Refusal> {
    let mut material = Material::with_room(MOST_SHOWN);
    for reply in replies.iter().filter(|reply| !reply.suspicious) {
        if let Some(source) = unsure.iter().find(|source| source.id == reply.reply_id) {
            material.add(&reply.reply_id, "reply", own_words(source));
        }
    }
    let answer: Answer = ask(&PROMPT, &material, |answer| check(answer, &material))?;
    for said in &answer.replies {
        let known = CLASSES.iter().find(|(word, ..)| *word == said.class);
        let reply = replies.iter_mut().find(|reply| reply.reply_id == said.id);
        if let (Some((_, class, reason)), Some(reply)) = (known, reply)
            && said.confidence.min(MOST) > reply.confidence
        {
            take(reply, *class, reason, said);
        }
    }
    Ok(())
}

/// What is wrong with an answer. One quote that is not there takes all of it.
fn check(answer: &Answer, material: &Material) -> Result<(), &'static str> {
    if answer.replies.len() > MOST_SHOWN {
        return Err("too-many");
    }
    for (at, said) in answer.replies.iter().enumerate() {
        if answer.replies[..at].iter().any(|earlier| earlier.id == said.id) {
            return Err("said-twice");
        }
        if !CLASSES.iter().any(|(word, ..)| *word == said.class) {
            return Err("no-such-class");
        }
        if said.quote.chars().count() > MAX_QUOTE || !material.holds(&said.id, &said.quote) {
            return Err("quote-not-there");
        }
        if !(0.0..=1.0).contains(&said.confidence) {
            return Err("confidence");
        }
    }
    Ok(())
}

fn take(reply: &mut ClassifiedReply, class: Class, reason: &str, said: &Said) {
    let judged = Judged { class, ..Judged::default() };
    standing::priority(&judged).clone_into(&mut reply.priority);
    reply.about = None;
    reply.class = class;
    reply.confidence = (said.confidence.min(MOST) * 100.0).round() / 100.0;
    reason.clone_into(&mut reply.reason);
    reply.quote = Some(said.quote.trim().to_owned());
    reply.by = Some(MODEL.to_owned());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_what_holds_counts() {
        let mut material = Material::default();
        material.add("r1", "reply", "Your timing could hardly be better, Ada.");
        let said = |id: &str, class: &str, quote: &str, confidence: f64| Said {
            id: id.to_owned(),
            class: class.to_owned(),
            quote: quote.to_owned(),
            confidence,
        };
        let fine = said("r1", "positive_reply", "timing could hardly be better", 0.9);
        for (replies, want) in [
            (vec![fine.clone()], Ok(())),
            (vec![], Ok(())),
            (vec![fine.clone(), fine.clone()], Err("said-twice")),
            (vec![said("r2", "positive_reply", "timing could hardly be better", 0.9)], Err("quote-not-there")),
            (vec![said("r1", "positive_reply", "timing could not be better", 0.9)], Err("quote-not-there")),
            (vec![said("r1", "unsubscribe", "timing could hardly be better", 0.9)], Err("no-such-class")),
            (vec![said("r1", "bounce", "timing could hardly be better", 0.9)], Err("no-such-class")),
            (vec![said("r1", "positive_reply", "timing could hardly be better", 7.0)], Err("confidence")),
            (vec![fine; MOST_SHOWN + 1], Err("too-many")),
        ] {
            assert_eq!(check(&Answer { replies: replies.clone() }, &material), want, "{replies:?}");
        }
    }

    #[test]
    fn the_schema_is_that_of_the_type() {
        let schema: Value = serde_json::from_str(PROMPT.schema).unwrap();
        let item = &schema["properties"]["replies"]["items"];
        assert_eq!(schema["properties"]["replies"]["maxItems"], MOST_SHOWN);
        assert_eq!(item["properties"]["quote"]["maxLength"], MAX_QUOTE);
        let words: Vec<&str> = CLASSES.iter().map(|(word, ..)| *word).collect();
        assert_eq!(item["properties"]["class"]["enum"], json!(words));
        assert!(CLASSES.iter().all(|(word, class, _)| class.as_str() == *word));
        let said = json!({"id": "r1", "class": "needs_response", "quote": "x", "confidence": 0.5});
        assert_eq!(
            said.as_object().unwrap().keys().collect::<Vec<_>>(),
            item["properties"].as_object().unwrap().keys().collect::<Vec<_>>()
        );
        assert!(serde_json::from_value::<Answer>(json!({"replies": [said]})).is_ok());
    }
}

//! An answer by rules.

use campaign_record::Class;
use deal_record::{Topics, money, newest_part};
use rep_manner::{reads_well, sentence};
use skillhost_language::{Anchor, deadlines, sentences};
use skillhost_sdk::sources::Product;

use crate::wanting::Wanted;

/// Products that are named in a question; more are a catalogue.
const MOST_NAMED: usize = 4;

/// The text of an answer, without greeting and closing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) paragraphs: Vec<String>,
    pub(crate) by: String,
    pub(crate) used: Vec<String>,
    pub(crate) look_at: Vec<String>,
    /// Ticked on the card.
    pub(crate) ready: bool,
}

/// Writes it.
pub(crate) fn write(wanted: &Wanted, products: &[Product]) -> Draft {
    let mut draft = Draft {
        by: "rules".to_owned(),
        used: vec![format!("reply:{}", wanted.reply.id)],
        ready: !wanted.found.suspicious,
        ..Draft::default()
    };
    if wanted.found.suspicious {
        draft.look_at.push("the reply holds words that are meant for a machine".to_owned());
    }
    let pricing = wanted.found.about.as_deref() == Some("pricing");
    match wanted.found.class {
        _ if pricing => prices(wanted, products, &mut draft),
        Class::MeetingRequest => meeting(wanted, &mut draft),
        Class::ProposalRequest => draft.say(
            "Thank you for your reply. I will gladly put a proposal together. \
             How many people and sites should it be for, and from when?",
        ),
        Class::PositiveReply => draft.say(
            "Thank you for your reply, I am glad to hear that. Shall we take twenty minutes to look at it together? \
             Tell me which day suits you, and I will send an invitation.",
        ),
        _ => question(wanted, &mut draft),
    }
    draft
}

impl Draft {
    fn say(&mut self, text: &str) {
        self.paragraphs.push(text.to_owned());
    }
}

fn meeting(wanted: &Wanted, draft: &mut Draft) {
    match wanted.found.quote.as_deref().filter(|quote| names_a_time(quote, wanted)) {
        Some(quote) if reads_well(quote) => {
            draft.say(&format!("Thank you for your reply. You wrote: “{}”", sentence(quote)));
            draft.say("I will look at my calendar and confirm it, or offer you the nearest time.");
            draft.look_at.push("they named a time: check the calendar before you send".to_owned());
        }
        Some(_) => {
            draft.say(
                "Thank you for your reply. I will look at my calendar for the time that you named and confirm it, \
                 or offer you the nearest one.",
            );
            draft.look_at.push("they named a time: check the calendar before you send".to_owned());
        }
        None => draft.say(
            "Thank you for your reply, I would be glad to talk. Which day suits you? Tell me, and I will send an invitation.",
        ),
    }
}

/// A day or hour in their words, read as of the moment of the reply.
fn names_a_time(quote: &str, wanted: &Wanted) -> bool {
    let anchor = Anchor::or_utc(0, "UTC");
    let anchor = anchor.moved_to(&wanted.reply.at).unwrap_or(anchor);
    sentences(quote).iter().any(|sentence| !deadlines(sentence, &anchor).is_empty())
}

fn prices(wanted: &Wanted, products: &[Product], draft: &mut Draft) {
    let asked = Topics::of(newest_part(&wanted.reply.text));
    let named: Vec<&Product> = products.iter().filter(|product| asked.mention(&product.name)).collect();
    let meant = match (named.as_slice(), products) {
        ([], [only]) => vec![only],
        _ => named,
    };
    let mut lines: Vec<String> = Vec::new();
    for product in &meant {
        match product.price_cents.and_then(|cents| money(cents, &product.currency)) {
            Some(price) => {
                lines.push(format!("- {}: {price}", meeting_record::one_line(&product.name)));
                draft.used.push(format!("product:{}", product.id));
            }
            None => draft.look_at.push(format!("{} has no price: say what it costs", product.name)),
        }
    }
    if !lines.is_empty() {
        draft.say(&format!("Thank you for your reply. This is what you asked for:\n{}", lines.join("\n")));
        draft.say("How many people and sites would it be for?");
        return;
    }
    let names: Vec<String> =
        products.iter().take(MOST_NAMED).map(|product| meeting_record::one_line(&product.name)).collect();
    match names.as_slice() {
        [_, _, ..] if meant.is_empty() => draft.say(&format!(
            "Thank you for your reply. What it costs depends on what you need: {}. Which of these are you looking at?",
            names.join(", ")
        )),
        _ => {
            draft.say("Thank you for your reply. What it costs depends on what you need: how many people and sites would it be for?");
            draft.look_at.push("no price is known for what they ask".to_owned());
        }
    }
}

fn question(wanted: &Wanted, draft: &mut Draft) {
    match wanted.found.quote.as_deref().filter(|quote| reads_well(quote)) {
        Some(quote) => draft.say(&format!("Thank you for your reply. You asked: “{}”", sentence(quote))),
        None => draft.say("Thank you for your reply and your question."),
    }
    draft.say("I will find out and come back to you with the answer.");
    draft.look_at.push("the answer is yours to write in".to_owned());
    // An answer that says nothing yet is not sent without a look.
    draft.ready = false;
}

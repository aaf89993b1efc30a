//! What follows by itself: nobody who asked for it gets another mail.

use campaign_record::{Class, ClassifiedReply};
use mail_reading::PLAIN_STOP;
use serde_json::json;
use skillhost_sdk::context::{self, Optional};
use skillhost_sdk::{Effect, Entity, Failure, approval, effect};

/// The kind that keeps an address from being written to.
const SUPPRESS: &str = "crm.suppress";
/// Most of them in one go; the rest comes with the next look.
const MOST: usize = 40;

/// Effects for unsubscribes and for addresses that do not exist; nothing that was
/// done before.
pub(crate) fn of(replies: &[ClassifiedReply]) -> Result<Vec<Effect>, Failure> {
    let mut effects = Vec::new();
    let can_suppress = approval::check(SUPPRESS).permitted;
    let mut done: Vec<String> = Vec::new();
    for reply in replies {
        let (flag, reason) = match (reply.class, reply.about.as_deref()) {
            (Class::Unsubscribe, _) if reply.confidence >= PLAIN_STOP => ("unsubscribed", "asked for no more mail"),
            (Class::Bounce, Some("hard")) => ("address_dead", "mail to this address does not arrive"),
            _ => continue,
        };
        if effects.len() >= MOST {
            break;
        }
        let number = done.len() + 1;
        let contact = match &reply.contact_id {
            Some(id) => context::contact(id).optional()?.map(|read| read.value),
            None => None,
        };
        if reply.class == Class::Unsubscribe && can_suppress && !done.contains(&reply.from) {
            let known = contact.as_ref().is_some_and(|contact| contact.suppressed);
            if !known {
                let payload = json!({"address": reply.from, "reason": format!("{reason} in reply {}", reply.reply_id)});
                effects.push(Effect::custom(format!("suppress-{number}"), SUPPRESS, payload));
            }
        }
        if let Some(contact) = contact.filter(|contact| !contact.flags.iter().any(|known| known.flag == flag))
            && !done.contains(&reply.from)
        {
            effects.push(effect::flag(format!("flag-{number}"), Entity::Contact, &contact.id, flag, reason));
        }
        done.push(reply.from.clone());
    }
    Ok(effects)
}

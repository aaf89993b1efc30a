//! Which replies get an answer.

use campaign_record::{Class, Classified, ClassifiedReply};
use skillhost_sdk::Failure;
use skillhost_sdk::context::{self, About, Optional};
use skillhost_sdk::sources::{Campaign, CampaignReply, Contact, EmailEntry, instant_ms};

use crate::LeftOut;

/// Most drafts on a card: what a rep looks through in a break.
const MOST: usize = 10;
/// Longest address, by RFC 5321.
const MAX_ADDRESS: usize = 254;

/// A reply with all that an answer needs.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) found: ClassifiedReply,
    pub(crate) reply: CampaignReply,
    pub(crate) contact: Option<Contact>,
    /// Mails with the contact, newest first.
    pub(crate) emails: Vec<EmailEntry>,
}

/// Those that get one, and those that do not.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) left_out: Vec<LeftOut>,
}

pub(crate) fn choose(
    classified: &Classified,
    campaigns: &[Campaign],
    own_domains: &[String],
) -> Result<Found, Failure> {
    let mut found = Found::default();
    for one in classified.replies.iter().filter(|reply| wants(reply)) {
        let mut leave = |reason: &str| {
            found.left_out.push(LeftOut { reply_id: one.reply_id.clone(), reason: reason.to_owned() });
        };
        let reply = campaigns
            .iter()
            .filter(|campaign| campaign.id == one.campaign_id)
            .flat_map(|campaign| &campaign.replies)
            .find(|reply| reply.id == one.reply_id);
        // The address is the source's, whatever the output before says.
        let Some(reply) = reply else {
            leave("the reply is not there any more");
            continue;
        };
        if !is_address(&reply.from) {
            leave("its address cannot be written to");
            continue;
        }
        if is_ours(&reply.from, own_domains) {
            leave("a colleague wrote it");
            continue;
        }
        if found.wanted.iter().any(|wanted| wanted.reply.from.eq_ignore_ascii_case(&reply.from)) {
            leave("the same person has a newer or weightier reply");
            continue;
        }
        if found.wanted.len() == MOST {
            leave("more than ten want an answer; it comes with the next look");
            continue;
        }
        let contact = match &reply.contact_id {
            Some(id) => context::contact(id).optional()?.map(|read| read.value),
            None => context::contact_by_email(&reply.from).optional()?.map(|read| read.value),
        };
        if contact.as_ref().is_some_and(|contact| contact.suppressed) {
            leave("they must not be written to");
            continue;
        }
        let emails = match &contact {
            Some(contact) => context::emails(&About::Contact(contact.id.clone()))
                .optional()?
                .map(|read| read.value)
                .unwrap_or_default(),
            None => Vec::new(),
        };
        if is_answered(reply, &emails) {
            leave("it was answered since");
            continue;
        }
        found.wanted.push(Wanted { found: one.clone(), reply: reply.clone(), contact, emails });
    }
    Ok(found)
}

fn wants(reply: &ClassifiedReply) -> bool {
    let class = matches!(
        reply.class,
        Class::MeetingRequest | Class::ProposalRequest | Class::PositiveReply | Class::NeedsResponse
    );
    reply.is_new && class && ["P1", "P2"].contains(&reply.priority.as_str())
}

fn is_answered(reply: &CampaignReply, emails: &[EmailEntry]) -> bool {
    let Some(at) = instant_ms(&reply.at) else { return false };
    emails.iter().any(|mail| {
        mail.direction == "out"
            && mail.to.iter().chain(&mail.cc).any(|to| to.eq_ignore_ascii_case(&reply.from))
            && instant_ms(&mail.at).is_some_and(|sent| sent > at)
    })
}

fn is_ours(address: &str, domains: &[String]) -> bool {
    meeting_record::Attendee { name: String::new(), email: Some(address.to_owned()) }.is_at(domains)
}

/// One plain address, with nothing in it that could end a header or add another.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let plain =
        |part: &str, marks: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || marks.contains(c));
    text.len() <= MAX_ADDRESS && plain(local, "!#$%&'*+/=?^_`{|}~.-") && host.contains('.') && plain(host, ".-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain() {
        for good in ["jo@globex.test", "j.berg+dock@mail.globex.test"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "jo",
            "jo@globex",
            "jo@globex.test, x@y.test",
            "jo@globex.test\nBcc: x@y.test",
            "<jo@globex.test>",
            "a@b@c.test",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}

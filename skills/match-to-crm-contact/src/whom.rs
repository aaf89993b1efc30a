//! Whose address is looked for: the sender's, the one that was not reached, or the
//! writer's of a letter that a colleague passes on; and what the mail says of them.

use mail_reading::{Class, Loaded, Reading, Source};
use skillhost_language::mail::{addresses, domain_of, parts, signature};
use skillhost_sdk::address::is_at;

/// Somebody outside, as the mail has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whom {
    /// Lower case.
    pub(crate) address: String,
    /// As it stands in the mail.
    pub(crate) written_address: String,
    /// Other addresses of the same mailbox, by what the mail says.
    pub(crate) answer_to: Option<String>,
    /// Whole name, as written.
    pub(crate) name: Option<String>,
    /// Function, as written.
    pub(crate) title: Option<String>,
    /// Telephone, as written.
    pub(crate) phone: Option<String>,
    /// Organisation, as written.
    pub(crate) company: Option<String>,
    /// Sender, name and text: where quotes must stand.
    pub(crate) source: [String; 4],
}

impl Whom {
    /// Whether words stand in the mail as they are.
    pub(crate) fn stands(&self, words: &str) -> bool {
        !words.trim().is_empty() && self.source.iter().any(|text| text.contains(words))
    }
}

/// Whose mail it is; none for a colleague's own, a machine's and a mailing.
pub(crate) fn of(loaded: &Loaded, reading: &Reading) -> Option<Whom> {
    let message = &loaded.message;
    let source = [message.from.clone(), message.from_name.clone(), message.subject.clone(), message.body.clone()];
    let other = |address: &str, name: Option<String>, title: Option<String>, phone: Option<String>| Whom {
        address: address.to_lowercase(),
        written_address: as_written(&message.body, address).unwrap_or_else(|| address.to_owned()),
        name,
        title,
        phone,
        source: source.clone(),
        ..Whom::default()
    };
    if let Some(bounce) = &reading.bounce {
        return bounce.addresses.first().map(|address| other(address, None, None, None));
    }
    if is_ours(loaded, &message.from) {
        let writer = reading.people.first().filter(|_| reading.class == Class::InternalForward)?;
        let address = writer.email.as_deref()?;
        return Some(other(address, writer.name.clone(), writer.title.clone(), writer.phone.clone()));
    }
    // Mailings and machines are nobody; an absence is its sender's.
    if reading.class == Class::InfoOnly && reading.decided_by == Source::Headers {
        return None;
    }
    let address = message.from.trim().to_lowercase();
    if domain_of(&address).is_empty() {
        return None;
    }
    let parted = parts(&message.body, (!message.from_name.is_empty()).then_some(message.from_name.as_str()));
    let signed = signature(&message.body, &parted, &message.from_name, &address);
    let words = |range: Option<&std::ops::Range<usize>>| range.map(|range| message.body[range.clone()].to_owned());
    let named = message.from_name.split_whitespace().count() >= 2;
    Some(Whom {
        name: if named { Some(message.from_name.clone()) } else { words(signed.name.as_ref()) }
            .or_else(|| (!message.from_name.trim().is_empty()).then(|| message.from_name.clone())),
        title: words(signed.title.as_ref()),
        phone: words(signed.phones.first()),
        company: words(signed.company.as_ref()),
        answer_to: answer_to(loaded, &address),
        ..other(&message.from, None, None, None)
    })
}

/// Why there is nobody.
pub(crate) fn why_nobody(loaded: &Loaded, reading: &Reading) -> &'static str {
    if reading.class == Class::Bounce {
        "the report names no address"
    } else if is_ours(loaded, &loaded.message.from) {
        "a colleague writes"
    } else {
        "a machine or a mailing writes"
    }
}

pub(crate) fn is_ours(loaded: &Loaded, address: &str) -> bool {
    is_at(address, &loaded.org.domains)
}

/// The address to answer to, where it is another one outside.
fn answer_to(loaded: &Loaded, from: &str) -> Option<String> {
    let header = loaded.message.headers.get("reply-to")?;
    let place = addresses(header).into_iter().next()?;
    let address = header[place].to_lowercase();
    (address != from && !is_ours(loaded, &address)).then_some(address)
}

/// An address as a text has it, whatever its case.
fn as_written(text: &str, address: &str) -> Option<String> {
    addresses(text)
        .into_iter()
        .map(|place| &text[place])
        .find(|found| found.eq_ignore_ascii_case(address))
        .map(str::to_owned)
}

//! Who gets the answer.

use mail_reading::Loaded;
use skillhost_language::mail::domain_of;
use skillhost_sdk::address::is_at;
use skillhost_sdk::sources::Contact;

/// Most people who stay copied; a mail to more is a list.
const MAX_CC: usize = 8;

/// Recipients, and how the first is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    /// Whole name, where it is known.
    pub(crate) name: Option<String>,
}

/// The sender; copied stay those of the sender's company and our colleagues.
pub(crate) fn of(loaded: &Loaded, contact: Option<&Contact>) -> People {
    let message = &loaded.message;
    let own = |address: &str| is_at(address, &loaded.org.domains);
    let sender = message.from.trim().to_lowercase();
    if !sender.contains('@') || own(&sender) {
        return People::default();
    }
    let rep = loaded.user.email.trim().to_lowercase();
    let mut cc: Vec<String> = Vec::new();
    for address in message.to.iter().chain(&message.cc) {
        let address = address.trim().to_lowercase();
        let theirs = domain_of(&address).eq_ignore_ascii_case(domain_of(&sender));
        let kept = address.contains('@') && address != rep && address != sender && (theirs || own(&address));
        if kept && !cc.contains(&address) && cc.len() < MAX_CC {
            cc.push(address);
        }
    }
    let written = Some(message.from_name.trim().to_owned()).filter(|name| !name.is_empty() && !name.contains('@'));
    People { to: vec![sender], cc, name: contact.map(|contact| contact.name.clone()).or(written) }
}

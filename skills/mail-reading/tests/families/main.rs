//! Short mails and what they are: what the rules choose, which is right in every row, and
//! what is read in the end, when the model has weighed the other words as well.

mod short;
mod strangers;

use std::collections::BTreeMap;

use mail_reading::{Class, Mail, read, told};
use short::{HALF_SAID, MAILS, ORDERS};
use skillhost_language::Anchor;

/// A working day in November.
const NOW_MS: i64 = 1_795_080_600_000;
/// Of a hundred rows, so many are read right in the end: the model was taught by them and
/// by thousands of other words.
const READ_RIGHT: usize = 97;

/// The class of each mail as the rules choose it, where it is another than the row's; how
/// many are read as another in the end.
fn misread(mails: &[(Class, &str, &str)]) -> (Vec<String>, Vec<String>) {
    let headers = BTreeMap::new();
    let anchor = Anchor::or_utc(NOW_MS, "Europe/London");
    let domains = ["fernwell.example".to_owned()];
    let names = ["Fernwell".to_owned(), "Ines Calder".to_owned()];
    let (mut by_rules, mut in_the_end) = (Vec::new(), Vec::new());
    for (class, subject, body) in mails {
        let mail = Mail {
            from: "jo@globex.example",
            from_name: "Jo Sample",
            subject,
            body,
            headers: &headers,
            answers: true,
            own_domains: &domains,
            own_names: &names,
        };
        let read = read(&mail, &anchor);
        let chosen = told(&mail, &anchor)
            .and_then(|(_, facts)| facts.iter().find_map(|fact| fact.strip_prefix("chosen:")).map(str::to_owned));
        let chosen = chosen.unwrap_or_else(|| read.class.as_str().to_owned());
        if chosen != class.as_str() {
            by_rules.push(format!("{body:?} is {chosen} and not {class:?}"));
        }
        if read.class != *class {
            in_the_end.push(format!("{body:?} is {:?} and not {class:?}: {:?}", read.class, read.quote));
        }
    }
    (by_rules, in_the_end)
}

fn check(mails: &[(Class, &str, &str)]) {
    let (by_rules, in_the_end) = misread(mails);
    assert!(by_rules.is_empty(), "{}", by_rules.join("\n"));
    assert!(in_the_end.len() * 100 <= mails.len() * (100 - READ_RIGHT), "{}", in_the_end.join("\n"));
}

#[test]
fn short_mails_and_their_look_alikes() {
    check(MAILS);
}

#[test]
fn mails_of_strangers() {
    check(strangers::STRANGERS);
}

#[test]
fn mails_that_order_a_machine() {
    check(ORDERS);
}

#[test]
fn mails_that_say_half() {
    check(HALF_SAID);
}

//! The mail in plain sentences.

use briefing_record::{Source, Trigger};
use meeting_record::{first_name, one_line, shortened};
use skillhost_sdk::sources::User;

use crate::Facts;
use crate::opening::{self, Opening};
use crate::recipient::Recipient;

/// When nothing else is known.
const PLAIN_GREETING: &str = "Hi";
const PLAIN_CLOSING: &str = "Best regards";
/// Longest greeting or closing taken from the preferences, characters.
const MAX_PREFERENCE: usize = 60;
/// Longest subject, characters: what mail programs show.
const MAX_SUBJECT: usize = 120;

/// The mail, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) closing: String,
    pub(crate) used: Vec<Source>,
}

impl Letter {
    /// The body with these paragraphs.
    pub(crate) fn around(&self, paragraphs: &[String]) -> String {
        let all = [&self.greeting].into_iter().chain(paragraphs).chain([&self.closing]);
        all.map(String::as_str).collect::<Vec<_>>().join("\n\n")
    }
}

pub(crate) fn write(facts: &Facts, to: &Recipient, opening: &Opening) -> Letter {
    let mut used = vec![opening.source().clone()];
    let mut paragraphs = vec![first(opening, facts)];
    // What it was about, where the opening does not say so itself.
    let matter = opening::matter(facts).filter(|_| !matches!(opening, Opening::Matter(_) | Opening::Handover(..)));
    if let Some(topic) = matter.filter(|topic| topic.source != *opening.source()) {
        let when = day(&topic.at, facts).map(|day| format!(" on {day}")).unwrap_or_default();
        paragraphs.push(format!("The last matter between us was “{}”{when}.", one_line(&topic.words)));
        used.push(topic.source.clone());
    }
    paragraphs.push(question(opening).to_owned());
    Letter {
        subject: subject(opening, facts),
        greeting: greeting(&facts.user, to),
        paragraphs,
        closing: format!("{},", preference(&facts.user, "sign_off").unwrap_or_else(|| PLAIN_CLOSING.to_owned())),
        used,
    }
}

fn day(at: &str, facts: &Facts) -> Option<String> {
    facts.clock.short_day(at)
}

fn first(opening: &Opening, facts: &Facts) -> String {
    match opening {
        Opening::Ask(words, source) => {
            let when = source.at.as_deref().and_then(|at| day(at, facts)).map(|day| format!("On {day} you wrote"));
            format!(
                "{}: “{}” I owe you an answer to that, and I am sorry that it has taken so long.",
                when.unwrap_or_else(|| "You wrote".to_owned()),
                one_line(words)
            )
        }
        Opening::Promise(words, source) => {
            let when = source.at.as_deref().and_then(|at| day(at, facts)).map(|day| format!("On {day} I wrote"));
            format!(
                "{}: “{}” As far as I can see I have not done that yet, and I am sorry.",
                when.unwrap_or_else(|| "I wrote".to_owned()),
                one_line(words)
            )
        }
        Opening::Happened(trigger) => happened(trigger),
        Opening::Matter(topic) => {
            let when = day(&topic.at, facts).map(|day| format!(" on {day}")).unwrap_or_default();
            format!("The last matter between us was “{}”{when}.", one_line(&topic.words))
        }
        Opening::Handover(gone, topic) => format!(
            "With {} I last spoke about “{}”. I would like to take that up again with whoever looks after it now.",
            one_line(gone),
            one_line(&topic.words)
        ),
    }
}

fn happened(trigger: &Trigger) -> String {
    let words = one_line(&trigger.words);
    let published = trigger.publisher.as_deref().map(|name| format!(" ({})", one_line(name))).unwrap_or_default();
    match trigger.kind.as_str() {
        "promotion" | "job_change" => format!("I saw your news: “{words}”. Congratulations."),
        "post" => format!("I read what you wrote: “{words}”."),
        _ => format!("I read about you: “{words}”{published}."),
    }
}

/// One question, easy to answer.
fn question(opening: &Opening) -> &'static str {
    match opening {
        Opening::Ask(..) => "Is that question still open for you? A yes or no is enough for me to take it from here.",
        Opening::Promise(..) => "Is it still of use to you? A yes or no is enough for me to take it from here.",
        Opening::Happened(_) => {
            "Does that change anything for what we talked about? If it is no matter any more, a short no helps me as well."
        }
        Opening::Matter(_) => "Is that still on your list? If it is no matter any more, a short no helps me as well.",
        Opening::Handover(..) => "Is that you, or could you tell me whom to ask?",
    }
}

/// The matter, as a running conversation where it was one.
fn subject(opening: &Opening, facts: &Facts) -> String {
    let topic = opening::matter(facts);
    let text = match (topic, opening) {
        // A mail to somebody who was not in the conversation begins one.
        (Some(topic), Opening::Handover(..)) => one_line(&topic.words),
        (Some(topic), _) if topic.kind == "email" => format!("Re: {}", one_line(&topic.words)),
        (Some(topic), _) => one_line(&topic.words),
        (None, _) => match (&facts.company, facts.org.name.trim()) {
            (Some(company), org) if !org.is_empty() => {
                format!("{} and {org}: {}", one_line(&company.name), one_line(&facts.deal.name))
            }
            _ => one_line(&facts.deal.name),
        },
    };
    shortened(&text, MAX_SUBJECT)
}

fn greeting(user: &User, to: &Recipient) -> String {
    let greeting = preference(user, "greeting").unwrap_or_else(|| PLAIN_GREETING.to_owned());
    let name = first_name(&to.contact.name);
    if name.is_empty() || name.contains('@') {
        format!("{greeting},")
    } else {
        format!("{greeting} {},", one_line(name))
    }
}

fn preference(user: &User, name: &str) -> Option<String> {
    let text = one_line(user.preferences.get("email")?.get(name)?.as_str()?);
    let text = text.trim_end_matches(',').to_owned();
    (!text.is_empty() && text.chars().count() <= MAX_PREFERENCE).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use briefing_record::{RepClock, Stall, Topic, Triggers, empty_words};
    use proptest::prelude::*;
    use skillhost_sdk::sources::{Company, Contact, Deal, Org};

    fn facts(topic: Option<&str>, trigger: Option<&str>, reason: &str, quote: &str) -> Facts {
        Facts {
            org: Org { name: "Acme".to_owned(), ..Org::default() },
            user: User::default(),
            deal: Deal { name: "Depot labels".to_owned(), open: true, ..Deal::default() },
            company: Some(Company { name: "Globex".to_owned(), ..Company::default() }),
            contacts: Vec::new(),
            triggers: Triggers {
                triggers: trigger
                    .map(|words| Trigger { words: words.to_owned(), kind: "funding".to_owned(), ..Trigger::default() })
                    .into_iter()
                    .collect(),
                ..Triggers::default()
            },
            stall: Stall {
                reason: reason.to_owned(),
                quote: Some(quote.to_owned()),
                source: Some(Source::new("email", "e1")),
                last_topic: topic.map(|words| Topic {
                    words: words.to_owned(),
                    kind: "email".to_owned(),
                    ..Topic::default()
                }),
                ..Stall::default()
            },
            clock: RepClock::new(1_795_334_400_000, "UTC"),
        }
    }

    proptest! {
        /// Whatever the records hold: a mail names its opening, has no empty phrase, and
        /// nothing in it breaks a line or its quotation.
        #[test]
        fn a_letter_names_something_and_nothing_empty(
            topic in prop::option::of("(Label samples|Just checking in|Any update|[^\u{0}]{0,60})"),
            trigger in prop::option::of("(Globex grows|touching base|[^\u{0}]{0,60})"),
            reason in "(waiting_on_us|we_promised|no_reply|unknown)",
            quote in "(Could you send it\\?|Any news\\?|[^\u{0}]{0,200})",
            gone in any::<bool>(),
        ) {
            let facts = facts(topic.as_deref(), trigger.as_deref(), &reason, &quote);
            let to = Recipient {
                contact: Contact { name: "Mira Holt".to_owned(), ..Contact::default() },
                address: "mira@globex.test".to_owned(),
                instead_of: gone.then(|| "Jo Berg".to_owned()),
            };
            let Some(opening) = opening::choose(&facts, &to) else { return Ok(()) };
            let letter = write(&facts, &to, &opening);
            let body = letter.around(&letter.paragraphs);
            prop_assert!(body.contains(&one_line(opening.words())), "{body}");
            prop_assert_eq!(empty_words(&body), None);
            prop_assert!(letter.paragraphs.iter().all(|paragraph| !paragraph.contains('\n')));
            prop_assert!(letter.paragraphs.last().is_some_and(|last| last.contains('?')));
            prop_assert!(!letter.subject.contains('\n') && !letter.subject.is_empty());
            prop_assert_eq!(body.matches('“').count(), body.matches('”').count());
        }
    }
}

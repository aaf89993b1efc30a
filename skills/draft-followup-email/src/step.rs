//! A step as a person writes it: `I’ll send you the plan by Monday 23 November`,
//! `Tom will set up the sandbox`, and of theirs `You’ll send us the export`.
//!
//! Items are told in the third person by whoever listened to the call; here the
//! rep writes to those who were in it. Names become pronouns only where exactly
//! one person can be meant; the words said decide what a "their" was.

use meeting_record::{ActionItem, Intents, capitalised, first_name, lower_first, same_person, shortened};

/// Longest step, characters.
const MAX_STEP: usize = 180;
/// A line that begins with one of these is no task.
const NOT_TASKS: [&str; 15] =
    ["the", "a", "an", "they", "you", "your", "our", "we", "i", "it", "that", "this", "there", "expect", "next"];
/// Verbs that end like a noun or a participle.
const VERBS_IN_ING: [&str; 4] = ["bring", "ring", "ping", "sing"];
/// Words after which a subject follows.
const OPENERS: [&str; 14] = [
    "so", "what", "which", "that", "if", "when", "once", "how", "where", "whether", "before", "after", "until",
    "because",
];

/// Who writes to whom.
pub(crate) struct Sides<'a> {
    /// The rep.
    pub(crate) me: &'a str,
    /// The one person the mail goes to; none when there are more.
    pub(crate) you: Option<&'a str>,
    /// Everybody named, for words that keep their capital.
    pub(crate) names: Vec<&'a str>,
}

/// The line, without the sign before it.
pub(crate) fn of(item: &ActionItem, intents: &Intents, sides: &Sides<'_>, now: i64) -> String {
    let text = shortened(&item.dated(intents, now), MAX_STEP);
    let text = text.trim_end_matches(['.', ',', ';']);
    let owner = item.owner_name();
    if !is_task(text, owner) {
        return with_owner(text, owner, &sides.names);
    }
    let task = lower_first(&turned(text, item, sides), &sides.names);
    let is = |one: Option<&str>| owner.zip(one).is_some_and(|(owner, one)| same_person(owner, one));
    let together = ["let's ", "let’s ", "let us ", "we'll ", "we’ll ", "we will "];
    let quote = item.quote.to_lowercase();
    match owner {
        _ if item.is_ours() && together.iter().any(|we| quote.starts_with(we)) => format!("We’ll {task}"),
        _ if is(Some(sides.me)) => format!("I’ll {task}"),
        _ if is(sides.you) => format!("You’ll {task}"),
        Some(owner) => format!("{} will {task}", first_name(owner)),
        None if item.is_ours() => format!("We’ll {task}"),
        None => format!("You’ll {task}"),
    }
}

/// Whether a line begins with what is to be done.
fn is_task(text: &str, owner: Option<&str>) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let word = first.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let progressive = word.ends_with("ing") && !VERBS_IN_ING.contains(&word.as_str());
    let is_owner = owner.is_some_and(|owner| same_person(first, first_name(owner)));
    !word.is_empty() && !progressive && !is_owner && !NOT_TASKS.contains(&word.as_str())
}

/// A line that is no task, told once whose it is.
fn with_owner(text: &str, owner: Option<&str>, names: &[&str]) -> String {
    match owner.map(first_name) {
        Some(first) if text.split_whitespace().next().is_some_and(|word| same_person(word, first)) => text.to_owned(),
        Some(first) => format!("{first}: {}", lower_first(text, names)),
        None => capitalised(text),
    }
}

fn turned(text: &str, item: &ActionItem, sides: &Sides<'_>) -> String {
    let said = Said::of(item, sides);
    let mut before = String::new();
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let stem = bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s"));
            let pronoun = said.pronoun(stem.unwrap_or(bare), stem.is_some(), &before);
            before = bare.to_lowercase();
            pronoun.map_or_else(|| word.to_owned(), |pronoun| word.replacen(bare, &pronoun, 1))
        })
        .collect();
    words.join(" ")
}

/// What the words that were said tell of the pronouns in their retelling.
struct Said<'a> {
    sides: &'a Sides<'a>,
    ours: bool,
    mine: bool,
    words: Vec<String>,
}

impl<'a> Said<'a> {
    fn of(item: &ActionItem, sides: &'a Sides<'a>) -> Self {
        let words = item.quote.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Self {
            sides,
            ours: item.is_ours(),
            mine: item.is_owned_by(sides.me),
            words: words.map(str::to_lowercase).collect(),
        }
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|said| said == word)
    }

    /// "So you", "what I": the word was the subject of a clause.
    fn is_subject(&self, word: &str) -> bool {
        self.words.windows(2).any(|pair| OPENERS.contains(&pair[0].as_str()) && pair[1] == word)
    }

    fn pronoun(&self, word: &str, possessive: bool, before: &str) -> Option<String> {
        let person = |name: &str| word == first_name(name) && !self.is_shared(name);
        if person(self.sides.me) {
            return Some(if possessive { "my" } else { "me" }.to_owned());
        }
        if self.sides.you.is_some_and(person) {
            return Some(if possessive { "your" } else { "you" }.to_owned());
        }
        // Those spoken to: the readers of what we promised, we of what they did.
        let (them, their, they) = if self.ours { ("you", "your", "you") } else { ("us", "our", "we") };
        let turned = match word {
            "their" if self.has("your") && !self.has("their") => their,
            "them" if self.has("you") && !self.has("them") => them,
            "they" | "they're" | "they've" if !self.has("they") => {
                let subject = match (self.is_subject("you"), self.is_subject("i")) {
                    (true, false) => they,
                    (false, true) if self.mine => "I",
                    _ => return None,
                };
                let am = if subject == "I" { "’m" } else { "’re" };
                return Some(match word {
                    "they" => subject.to_owned(),
                    "they're" => format!("{subject}{am}"),
                    _ => format!("{subject}’ve"),
                });
            }
            "our" if !self.ours => "your",
            "us" if !self.ours && before == "of" => "you",
            _ => return None,
        };
        Some(turned.to_owned())
    }

    /// Whether somebody else goes by the same first name.
    fn is_shared(&self, name: &str) -> bool {
        let mut others = self.sides.names.iter().filter(|other| !same_person(other, name));
        others.any(|other| first_name(other) == first_name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_sdk::sources::Side;

    /// 2026-11-20T12:00:00Z, a Friday.
    const NOW: i64 = 1_795_176_000_000;

    fn line(owner: &str, side: Side, text: &str, quote: &str, you: Option<&str>) -> String {
        let item = ActionItem {
            text: text.to_owned(),
            owner: (!owner.is_empty()).then(|| owner.to_owned()),
            owner_role: Some(side),
            quote: quote.to_owned(),
            ..ActionItem::default()
        };
        let names = vec!["Ada Reed", "Tom Lang", "Mira Holt", "Jo Berg"];
        of(&item, &Intents::default(), &Sides { me: "Ada Reed", you, names }, NOW)
    }

    #[test]
    fn one_reader_is_spoken_to() {
        let you = Some("Mira Holt");
        for (owner, side, text, quote, want) in [
            ("Ada Reed", Side::Rep, "Send Mira the plan", "I'll send you the plan", "I’ll send you the plan"),
            (
                "Tom Lang",
                Side::Rep,
                "Send Mira a login so they can try it with their team",
                "I'll send you a login so you can try it with your team",
                "Tom will send you a login so you can try it with your team",
            ),
            (
                "Mira Holt",
                Side::Prospect,
                "Send Ada the export",
                "I'll send you the export",
                "You’ll send me the export",
            ),
            (
                "Mira Holt",
                Side::Prospect,
                "Check with our lawyer and come to their office",
                "I'll check with our lawyer and come to your office",
                "You’ll check with your lawyer and come to our office",
            ),
            ("", Side::Rep, "Send them the plan", "Can you send us the plan", "We’ll send you the plan"),
            (
                "Ada Reed",
                Side::Rep,
                "Send Mira what they've found",
                "I'll send you what I've found",
                "I’ll send you what I’ve found",
            ),
            (
                "Ada Reed",
                Side::Rep,
                "Ask Jo about their stock",
                "I'll ask Jo about their stock",
                "I’ll ask Jo about their stock",
            ),
        ] {
            assert_eq!(line(owner, side, text, quote, you), want);
        }
    }

    #[test]
    fn what_we_do_together_is_ours() {
        let quote = "let's talk in the week of the 7th";
        assert_eq!(
            line("Ada Reed", Side::Rep, "Talk in the week of the 7th", quote, None),
            "We’ll talk in the week of the 7th"
        );
    }

    #[test]
    fn several_readers_keep_their_names() {
        for (owner, side, text, want) in [
            ("Ada Reed", Side::Rep, "Send Mira the plan", "I’ll send Mira the plan"),
            ("Jo Berg", Side::Prospect, "Introduce Ada to the board", "Jo will introduce me to the board"),
            ("Tom Lang", Side::Rep, "Book a room for the four of us", "Tom will book a room for the four of us"),
            ("Jo Berg", Side::Prospect, "Jo Berg to reply", "Jo Berg to reply"),
            ("Tom Lang", Side::Rep, "Sending the plan", "Tom: sending the plan"),
            ("Tom Lang", Side::Rep, "Bring the plan", "Tom will bring the plan"),
        ] {
            assert_eq!(line(owner, side, text, "", None), want);
        }
    }
}

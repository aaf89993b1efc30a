//! Which speaker sits on which side of the table.
//!
//! In this order, each only for those whom the one before left open: the
//! attendee list by name, the mail domain, who is left over on one side only,
//! and last what they say. Somebody about whom nothing is known stays
//! [`Side::Unknown`]: a wrong side turns a request into a promise.

use std::collections::BTreeMap;

use super::{Transcript, name};
use crate::address::is_at;
use crate::sources::{Attendee, Side};

/// What is known of who was there.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// Who was invited, with sides where the host knows them.
    pub attendees: &'a [Attendee],
    /// The rep's name.
    pub rep_name: Option<&'a str>,
    /// The rep's address.
    pub rep_email: Option<&'a str>,
    /// The org's own mail domains.
    pub own_domains: &'a [String],
}

/// What sellers say of their own house or to a buyer, lower case.
const SELLING: [&str; 24] = [
    "our platform",
    "our product",
    "our solution",
    "our customers",
    "our clients",
    "our pricing",
    "our onboarding",
    "our roadmap",
    "our implementation",
    "we offer",
    "we integrate",
    "we work with",
    "let me show you",
    "i'll show you",
    "i can show you",
    "share my screen",
    "walk you through",
    "send you",
    "what does success look like",
    "help me understand",
    "tell me about your",
    "what are you using",
    "thanks for taking the time",
    "who else is involved",
];
/// What buyers say, lower case.
const BUYING: [&str; 24] = [
    "your platform",
    "your product",
    "your solution",
    "your pricing",
    "your team",
    "your customers",
    "do you offer",
    "do you support",
    "do you integrate",
    "does it integrate",
    "we currently use",
    "we're using",
    "we are using",
    "we use",
    "our budget",
    "our cfo",
    "our legal",
    "our procurement",
    "how much does",
    "how much would",
    "what does it cost",
    "can you send",
    "could you send",
    "we're evaluating",
];
/// Phrases by which one side must lead before words alone decide.
const MIN_LEAD: i64 = 2;

/// Side of each speaker name of the transcript.
pub fn assign(transcript: &Transcript, known: &Known<'_>) -> BTreeMap<String, Side> {
    let speakers = transcript.speakers();
    let mut sides: BTreeMap<String, Side> = BTreeMap::new();
    let mut taken = vec![false; known.attendees.len()];
    for name in &speakers {
        let side = match invited(name, known.attendees) {
            Some(at) => {
                taken[at] = true;
                side_of(&known.attendees[at], known)
            }
            None => by_own_name(name, known),
        };
        sides.insert((*name).to_owned(), side);
    }
    left_over(&mut sides, &taken, known);
    by_words(transcript, &mut sides);
    sides
}

/// Words of a name without what stands in brackets, lower case.
fn name_words(name: &str) -> Vec<String> {
    let outside = name::own(name);
    // `Ada's iPhone` is Ada.
    let owner = outside.find("'s ").or_else(|| outside.find("’s ")).map_or(outside, |at| &outside[..at]);
    owner.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn address(name: &str) -> Option<String> {
    name.split([' ', '<', '>', '(', ')']).find(|word| word.contains('@') && word.contains('.')).map(str::to_lowercase)
}

fn domain(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, domain)| domain)
}

/// How well a speaker's name fits somebody: 3 the address or the whole name, 2
/// the same words in part (`Ada` and `Ada Reed`, `Reed, Ada`), 1 initials (`Ada R.`, `A. Reed`).
fn fit(speaker: &str, name: &str, email: Option<&str>) -> u8 {
    if let (Some(written), Some(email)) = (address(speaker), email)
        && written == email.to_lowercase()
    {
        return 3;
    }
    let (said, full) = (name_words(speaker), name_words(name));
    if said.is_empty() {
        return 0;
    }
    let local: Vec<String> = email
        .and_then(|email| email.split_once('@'))
        .map(|(local, _)| name_words(&local.replace(['.', '_'], " ")))
        .unwrap_or_default();
    let mut sorted = (said.clone(), full.clone());
    sorted.0.sort();
    sorted.1.sort();
    if !full.is_empty() && sorted.0 == sorted.1 || local.len() > 1 && said == local {
        return 3;
    }
    if !full.is_empty() && said.iter().all(|word| full.contains(word)) {
        return 2;
    }
    if full.len() > 1 && full.iter().all(|word| said.contains(word)) {
        return 2;
    }
    let is_initials = said.len() == full.len()
        && said.iter().zip(&full).any(|(a, b)| a == b)
        && said.iter().zip(&full).all(|(a, b)| a == b || a.chars().count() == 1 && b.starts_with(a.as_str()));
    u8::from(is_initials || said == local)
}

/// The one attendee whom a speaker's name fits best; nobody when two fit alike.
pub fn invited(speaker: &str, attendees: &[Attendee]) -> Option<usize> {
    let fits: Vec<u8> = attendees.iter().map(|a| fit(speaker, &a.name, a.email.as_deref())).collect();
    let best = fits.iter().copied().max().filter(|best| *best > 0)?;
    let mut best_at = fits.iter().enumerate().filter(|(_, fit)| **fit == best).map(|(at, _)| at);
    let first = best_at.next();
    if best_at.next().is_some() { None } else { first }
}

fn by_domain(email: &str, known: &Known<'_>) -> Side {
    if known.rep_email.is_some_and(|rep| rep.eq_ignore_ascii_case(email)) {
        return Side::Rep;
    }
    match domain(email) {
        Some(_) if is_at(email, known.own_domains) => Side::Rep,
        Some(_) if !known.own_domains.is_empty() => Side::Prospect,
        _ => Side::Unknown,
    }
}

fn side_of(attendee: &Attendee, known: &Known<'_>) -> Side {
    if attendee.side != Side::Unknown {
        return attendee.side;
    }
    match attendee.email.as_deref().map(|email| by_domain(email, known)) {
        Some(side) if side != Side::Unknown => side,
        _ => by_own_name(&attendee.name, known),
    }
}

/// From the name alone: the rep's, an address in it, the company in brackets.
fn by_own_name(name: &str, known: &Known<'_>) -> Side {
    if known.rep_name.is_some_and(|rep| fit(name, rep, known.rep_email) > 0) {
        return Side::Rep;
    }
    if let Some(email) = address(name) {
        return by_domain(&email, known);
    }
    let company =
        name.split_once(['(', '[', '|']).map(|(_, rest)| rest.trim_end_matches([')', ']']).trim().to_lowercase());
    match company {
        Some(company) if !company.is_empty() && !known.own_domains.is_empty() => {
            let own = known.own_domains.iter().any(|domain| {
                domain.split('.').next().is_some_and(|stem| company.split_whitespace().any(|w| w == stem))
            });
            if own { Side::Rep } else { Side::Unknown }
        }
        _ => match name_words(name).first().map(String::as_str) {
            Some("rep" | "seller" | "salesperson" | "agent") => Side::Rep,
            Some("prospect" | "customer" | "client" | "buyer") => Side::Prospect,
            _ => Side::Unknown,
        },
    }
}

/// Speakers whom no name fits, when all attendees who are left are of one side.
fn left_over(sides: &mut BTreeMap<String, Side>, taken: &[bool], known: &Known<'_>) {
    let left: Vec<Side> = known
        .attendees
        .iter()
        .zip(taken)
        .filter(|(_, taken)| !**taken)
        .map(|(attendee, _)| side_of(attendee, known))
        .collect();
    let Some(&side) = left.first() else { return };
    let open = sides.values().filter(|side| **side == Side::Unknown).count();
    if side != Side::Unknown && left.iter().all(|other| *other == side) && open <= left.len() {
        sides.values_mut().filter(|side| **side == Side::Unknown).for_each(|open| *open = side);
    }
}

/// Positive: sells; negative: buys.
fn leaning(transcript: &Transcript, name: &str) -> i64 {
    let mut lead = 0;
    for turn in transcript.turns.iter().filter(|turn| turn.speaker.as_deref() == Some(name)) {
        let said = turn.text.to_lowercase().replace('’', "'");
        let count = |phrases: &[&str]| {
            i64::try_from(phrases.iter().filter(|phrase| said.contains(**phrase)).count()).unwrap_or(0)
        };
        lead += count(&SELLING) - count(&BUYING);
    }
    lead
}

/// What they say decides for those who are still open, and only when it is clear.
/// Of two where one is known, the other is the other side only if the words do
/// not say otherwise.
fn by_words(transcript: &Transcript, sides: &mut BTreeMap<String, Side>) {
    let open: Vec<String> =
        sides.iter().filter(|(_, side)| **side == Side::Unknown).map(|(name, _)| name.clone()).collect();
    for name in open {
        let lead = leaning(transcript, &name);
        let others: Vec<Side> = sides.iter().filter(|(other, _)| **other != name).map(|(_, side)| *side).collect();
        let only_other = match others.as_slice() {
            [Side::Rep] => Some(Side::Prospect),
            [Side::Prospect] => Some(Side::Rep),
            _ => None,
        };
        let side = match (lead, only_other) {
            (lead, _) if lead >= MIN_LEAD => Side::Rep,
            (lead, _) if lead <= -MIN_LEAD => Side::Prospect,
            (lead, Some(Side::Prospect)) if lead <= 0 => Side::Prospect,
            (lead, Some(Side::Rep)) if lead >= 0 => Side::Rep,
            _ => continue,
        };
        sides.insert(name, side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::parse;

    fn person(name: &str, email: &str, side: Side) -> Attendee {
        Attendee { name: name.into(), email: Some(email.into()), side }
    }

    #[test]
    fn by_list_then_domain_then_words() {
        let own = vec!["acme.test".to_owned()];
        let attendees = [
            person("Ada Reed", "ada@acme.test", Side::Rep),
            person("Mira Holt", "mira@globex.test", Side::Prospect),
            person("Ben Cho", "ben@globex.test", Side::Unknown),
        ];
        let known = Known { attendees: &attendees, own_domains: &own, ..Known::default() };
        let text = "Ada: Hi.\nHolt, Mira: Hello.\nBen C.: Hey.\nSpeaker 4: Our budget is set. How much would your platform be?\n\
            Ada: Sure.\nDana (Acme): Hello.\nSpeaker 9: Hm.\n";
        let sides = assign(&parse(&text.replace("Holt, Mira", "Mira Holt")), &known);
        assert_eq!(sides["Ada"], Side::Rep);
        assert_eq!(sides["Mira Holt"], Side::Prospect);
        assert_eq!(sides["Ben C."], Side::Prospect);
        assert_eq!(sides["Speaker 4"], Side::Prospect);
        assert_eq!(sides["Dana (Acme)"], Side::Rep);
        assert_eq!(sides["Speaker 9"], Side::Unknown);
    }

    #[test]
    fn two_who_fit_alike_are_nobody() {
        let attendees =
            [person("Ada Reed", "ada@acme.test", Side::Rep), person("Ada Lund", "lund@globex.test", Side::Prospect)];
        let known = Known { attendees: &attendees, ..Known::default() };
        let sides = assign(&parse("Ada: Hi.\nBob: Hello.\nAda: Bye."), &known);
        assert_eq!(sides["Ada"], Side::Unknown);
    }

    #[test]
    fn the_other_of_two() {
        let known = Known { rep_name: Some("Ada Reed"), rep_email: Some("ada@acme.test"), ..Known::default() };
        let sides = assign(&parse("Ada Reed: Hi.\nGuest: Hello.\n"), &known);
        assert_eq!(sides["Guest"], Side::Prospect);
        let sides = assign(&parse("Ada Reed: Hi.\nGuest: I can show you our platform.\n"), &known);
        assert_eq!(sides["Guest"], Side::Rep);
    }

    #[test]
    fn left_over_attendees_of_one_side() {
        let attendees =
            [person("Ada Reed", "ada@acme.test", Side::Rep), person("Mira Holt", "mira@globex.test", Side::Prospect)];
        let known = Known { attendees: &attendees, ..Known::default() };
        let sides = assign(&parse("Ada Reed: Hi.\nConference Room: Hello.\n"), &known);
        assert_eq!(sides["Conference Room"], Side::Prospect);
    }

    #[test]
    fn labels_say_more_than_names() {
        let attendees =
            [person("Ada Reed", "ada@acme.test", Side::Rep), person("Mira Holt", "mira@globex.test", Side::Prospect)];
        for label in [
            "Ada Reed (she/her)",
            "Ada Reed | Acme",
            "Ada Reed - Acme",
            "[Acme] Ada Reed",
            "Reed, Ada (Host)",
            "Ada’s iPhone",
            "Ada's iPad (2)",
            "ADA REED",
            "Dr. Ada Reed",
            "A. Reed",
        ] {
            assert_eq!(invited(label, &attendees), Some(0), "{label}");
        }
        for label in ["Adam's iPhone", "+49 30 5550 1734", "A. Holt", "(Host)"] {
            assert_eq!(invited(label, &attendees), None, "{label}");
        }
        // Whoever dialled in is the one of the other side who is left.
        let known = Known { attendees: &attendees, ..Known::default() };
        let sides = assign(&parse("Ada's iPhone: Hi.\n+49 30 5550 1734: Hello.\nAda's iPhone: Bye."), &known);
        assert_eq!((sides["Ada's iPhone"], sides["+49 30 5550 1734"]), (Side::Rep, Side::Prospect));
    }
}

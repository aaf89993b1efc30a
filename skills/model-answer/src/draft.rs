//! What a text that goes out in the rep's name must not do by itself.
//!
//! A model drafts, and a person sends; a person in a hurry reads the first line. So a
//! draft counts only when it is finished, stays within its frame, gives nothing away
//! and takes nothing on. To know one more way, add a row to the list where it belongs;
//! a row too many costs a nicer sentence.

use std::sync::LazyLock;

use skillhost_language::{Anchor, Intent, Meaning, Pattern, REPORTED, any, promises, sentences, table};

use crate::grounds::looks;

/// What a template leaves behind.
const UNFINISHED: &[&str] = &[
    "tbd|tba|tbc|xx|xxx|xxxx|lorem|placeholder|todo|fixme",
    "insert ~2 here|name|date|company|number|price|link|title",
    "name|date|company|price|number|link|details goes|go here",
];
/// What only a template, a tag or code is written with.
const MARKS: [char; 6] = ['[', ']', '{', '}', '<', '>'];

/// What gives something away, or says that something comes with the mail.
const OFFERS: &[&str] = &[
    "discount|discounts|discounted|rebate|rebates|refund|refunds|refunded|refundable|voucher|vouchers|coupon|cashback",
    "free of charge|cost",
    "for|is|be|completely|entirely|absolutely free",
    "free month|months|week|weeks|year|trial|pilot|training|setup|installation|support|upgrade|upgrades|shipping|delivery|licence|license|licences|licenses|seats|users|sample|samples|consultation|gift|access|use",
    "no|without|zero ~2 charge|charges|cost|costs|fee|fees",
    "half|third|quarter|fraction ~3 price|prices|cost|costs|fee|fees",
    "lower|reduce|cut|drop|halve|match|beat|freeze ~3 price|prices|cost|costs|fee|fees|rate|rates",
    "special|best|better|lower|reduced|exclusive|introductory|promotional ~1 price|prices|pricing|offer|rate|rates|deal|terms",
    "waive|waived|waives|waiving|complimentary|bonus|gift|gifts",
    "on the house",
    "money back",
    "pay nothing|later",
    "no ~1 obligation|obligations|commitment|risk|strings",
    "guarantee|guarantees|guaranteed|guaranteeing|warrant|warrants|warranty",
    "unlimited|lifetime",
    "liable|liability|penalty|penalties|indemnify|compensate|compensation",
    "attach|attached|attaching|attachment|attachments|enclosed|enclosing|enclosure",
];

/// What takes something on, whatever it is; a meeting's talk is weighed more finely.
const TAKES_ON: &[&str] = &[
    "i|we ~1 will|shall|promise|commit|undertake",
    "i|we am|are going to",
    "you will ~1 have|get|receive|see",
    "you can count on",
    "leave ~3 with|to me|us",
];

/// What stands around a mail, and not in it.
const FRAMES: &[&str] = &[
    "^ dear|hi|hello|hallo|hey ~3 $",
    "best|kind|kindest|warm|warmest regards|wishes",
    "yours sincerely|truly|faithfully",
    "^ sincerely|cheers|best|regards ~3 $",
];
/// Lines that a header of a mail begins with.
const HEADERS: [&str; 6] = ["to:", "cc:", "bcc:", "from:", "subject:", "reply-to:"];

static TABLES: LazyLock<[Vec<Pattern>; 4]> =
    LazyLock::new(|| [table(UNFINISHED), table(OFFERS), table(FRAMES), table(TAKES_ON)]);

/// Whether a text has places that somebody was to fill in.
#[must_use]
pub fn is_unfinished(text: &str) -> bool {
    text.contains(MARKS) || text.contains("__") || sentences(text).iter().any(|one| any(&TABLES[0], &one.tokens))
}

/// Whether a text gives away what none of the `grounds` speaks of, or brings a file.
#[must_use]
pub fn offers(text: &str, grounds: &[&str]) -> bool {
    let has = |row: &Pattern, text: &str| sentences(text).iter().any(|one| row.find(&one.tokens).is_some());
    TABLES[1].iter().any(|row| has(row, text) && !grounds.iter().any(|ground| has(row, ground)))
}

/// Whether a text takes more on than to look and to come back.
#[must_use]
pub fn takes_on(text: &str) -> bool {
    let anchor = Anchor::or_utc(0, "UTC");
    let all = sentences(text);
    all.iter().enumerate().any(|(at, sentence)| {
        let plainly = any(&TABLES[3], &sentence.tokens) && !looks(sentence);
        plainly
            || promises(sentence, all.get(at + 1), &anchor).iter().any(|promise| {
                let looks =
                    matches!(promise.meaning, Meaning::Intent(Intent::ProspectFollowup | Intent::CheckInternally));
                promise.confidence >= REPORTED && !looks
            })
    })
}

/// Whether a text greets, closes, or plays a header: what is put around it does that.
#[must_use]
pub fn is_framed(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.lines().any(|line| HEADERS.iter().any(|header| line.trim_start().starts_with(header)))
        || text.lines().flat_map(sentences).any(|one| any(&TABLES[2], &one.tokens))
        || greets(&lower)
}

/// "Dear Mira, …" in one line.
fn greets(lower: &str) -> bool {
    let first = lower.split(',').next().unwrap_or_default();
    let mut words = first.split_whitespace();
    let greeting = words.next().is_some_and(|word| ["dear", "hi", "hello", "hallo", "hey"].contains(&word));
    greeting && words.count() <= 3
}

/// What is wrong with a text for a mail: `unfinished`, `frame`, `offers` or `promises`.
#[must_use]
pub fn fault(text: &str, grounds: &[&str]) -> Option<&'static str> {
    let all: [(&str, bool); 4] = [
        ("unfinished", is_unfinished(text)),
        ("frame", is_framed(text)),
        ("offers", offers(text, grounds)),
        ("promises", takes_on(text)),
    ];
    all.into_iter().find_map(|(word, wrong)| wrong.then_some(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        assert!(TABLES.iter().flatten().all(Pattern::is_well_formed));
    }

    #[test]
    fn what_must_not_go_out_is_seen() {
        for (text, want) in [
            ("Thank you for asking, [Name].", Some("unfinished")),
            ("Thank you, {{first_name}}.", Some("unfinished")),
            ("It costs XXX a piece.", Some("unfinished")),
            ("Please insert the date here.", Some("unfinished")),
            ("Dear Jo, it reads all of them.", Some("frame")),
            ("Hi Jo\nIt reads all of them.", Some("frame")),
            ("It reads all of them.\n\nKind regards, Jo", Some("frame")),
            ("It reads all of them.\nBcc: jo@globex.test", Some("frame")),
            ("The first month is free.", Some("offers")),
            ("You get it at half the price.", Some("offers")),
            ("The setup comes at no extra cost.", Some("offers")),
            ("You find the sheet attached.", Some("offers")),
            ("We guarantee it.", Some("offers")),
            ("I will send you the contract.", Some("promises")),
            ("We’ll train your drivers on it.", Some("promises")),
            ("We will have it running before your audit.", Some("promises")),
            ("You will have it in the hall.", Some("promises")),
            ("I will look into it and send you the contract.", Some("promises")),
            ("Will it be in the hall?", None),
            ("I will look into it and come back to you.", None),
            ("Which days are free for you?", None),
            ("Feel free to ask.", None),
            ("Are you free to talk?", None),
            ("It reads all of them, best in daylight.", None),
            ("Thank you, I am glad to hear that.", None),
            ("", None),
        ] {
            assert_eq!(fault(text, &[]), want, "{text}");
        }
    }

    #[test]
    fn what_the_grounds_speak_of_is_no_gift() {
        let ground = "Setup comes at no extra cost.";
        assert!(!offers("You pay no extra cost for the setup.", &[ground]));
        assert!(offers("The training is free of charge.", &[ground]));
    }
}

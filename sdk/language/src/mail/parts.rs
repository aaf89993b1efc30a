//! Takes a body apart.

use std::ops::Range;

use super::footer::{is_device_line, is_footer};
use super::history::{Mark, mark};

/// Longest signature, lines with words: name, title, company, address, phones, a slogan.
const MAX_SIGNATURE_LINES: usize = 12;
/// A line with more words than this is text and no part of a signature.
const MAX_SIGNATURE_WORDS: usize = 12;
/// Longest closing line, words: `With many kind regards from Kiel`.
const MAX_CLOSING_WORDS: usize = 6;
/// Longest salutation on a line of its own, words.
const MAX_SALUTATION_WORDS: usize = 6;

/// Words that a closing line begins with.
const CLOSINGS: &[&str] = &[
    "best",
    "kind",
    "warm",
    "warmest",
    "regards",
    "cheers",
    "thanks",
    "thank",
    "thx",
    "sincerely",
    "yours",
    "cordially",
    "respectfully",
    "rgds",
    "br",
    "kr",
    "many",
    "with",
    "all",
    "greetings",
    "mvh",
    "mfg",
    "met",
    "mit",
    "bien",
    "cordialement",
    "saludos",
    "cordiali",
    "pozdrawiam",
    "viele",
    "hälsningar",
    "vennlig",
    "ystävällisin",
    "atenciosamente",
    "waiting",
];
/// And one of these, unless it is a single word.
const CLOSING_WORDS: &[&str] = &[
    "regards",
    "wishes",
    "best",
    "thanks",
    "thank",
    "cheers",
    "sincerely",
    "truly",
    "faithfully",
    "groet",
    "groeten",
    "grüßen",
    "grüße",
    "vous",
    "cordialement",
    "saluti",
    "saludos",
    "hälsningar",
    "hilsen",
    "advance",
    "mvh",
    "mfg",
    "thx",
    "br",
    "kr",
    "rgds",
    "cordially",
    "respectfully",
    "greetings",
    "atenciosamente",
    "pozdrawiam",
];
/// How a salutation begins.
pub(crate) const SALUTATIONS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "dear",
    "hiya",
    "hei",
    "hej",
    "hallo",
    "good",
    "morning",
    "sir",
    "madam",
    "bonjour",
    "buongiorno",
    "hola",
    "greetings",
    "hiii",
];

/// A line of a body.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) range: Range<usize>,
}

impl Line {
    pub(super) fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.clone()]
    }

    pub(super) fn is_blank(&self, source: &str) -> bool {
        self.text(source).trim().is_empty()
    }

    fn is_quoted(&self, source: &str) -> bool {
        self.text(source).trim_start().starts_with('>')
    }

    fn words(&self, source: &str) -> usize {
        self.text(source).split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
    }
}

/// What a mail's body is made of. Ranges are bytes of the body; none overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What the writer says now, a range a paragraph, without salutation,
    /// signature and footers.
    pub own: Vec<Range<usize>>,
    /// The salutation, where it is a line of its own.
    pub salutation: Option<Range<usize>>,
    /// From the closing or the name down.
    pub signature: Option<Range<usize>>,
    /// Disclaimers, devices, feet of mailings.
    pub footers: Vec<Range<usize>>,
    /// The conversation so far.
    pub quoted: Vec<Range<usize>>,
    /// A letter that is passed on.
    pub forwarded: Option<Range<usize>>,
}

impl Parts {
    /// The writer's own words as one text, paragraphs apart.
    #[must_use]
    pub fn own_text(&self, body: &str) -> String {
        self.own.iter().filter_map(|range| body.get(range.clone())).collect::<Vec<_>>().join("\n\n")
    }
}

/// Takes a body apart. The writer's name helps to see where an unmarked signature
/// begins.
#[must_use]
pub fn parts(body: &str, writer: Option<&str>) -> Parts {
    let lines = lines(body);
    let mut parts = Parts::default();
    let mut own: Vec<usize> = Vec::new();
    let mut at = 0;
    // Under an attribution without quote signs all the rest is history.
    let mut attributed = false;
    while at < lines.len() {
        let line = &lines[at];
        if line.is_quoted(body) {
            push(&mut parts.quoted, line);
            attributed = false;
            at += 1;
            continue;
        }
        if attributed && !line.is_blank(body) {
            parts.quoted.push(line.range.start..body.len());
            break;
        }
        match mark(body, &lines, at) {
            Some(Mark::Forward) => {
                parts.forwarded = Some(line.range.start..body.len());
                break;
            }
            Some(Mark::History) => {
                // Nothing is said above it: what stands below its rule is the answer.
                let silent = own.iter().all(|at| lines[*at].is_blank(body));
                if let Some(rule) = (at + 1..lines.len()).find(|at| silent && is_rule(lines[*at].text(body))) {
                    parts.quoted.push(line.range.start..lines[rule].range.end);
                    at = rule + 1;
                    continue;
                }
                parts.quoted.push(line.range.start..body.len());
                break;
            }
            Some(Mark::Attribution(count)) => {
                lines[at..at + count].iter().for_each(|line| push(&mut parts.quoted, line));
                attributed = true;
                at += count;
                continue;
            }
            None => own.push(at),
        }
        at += 1;
    }
    sort_out(body, &lines, &own, writer, &mut parts);
    parts
}

/// A line that is all dashes, underscores or the like, and ends what stands above it.
fn is_rule(line: &str) -> bool {
    /// Shorter ones mark signatures and lists.
    const SHORTEST: usize = 5;
    let line = line.trim();
    let mark = line.chars().next().unwrap_or(' ');
    line.chars().count() >= SHORTEST && "-_=*~".contains(mark) && line.chars().all(|c| c == mark)
}

/// Lines without their ends.
fn lines(body: &str) -> Vec<Line> {
    let mut start = 0;
    let mut out = Vec::new();
    for piece in body.split_inclusive('\n') {
        let end = start + piece.trim_end_matches(['\n', '\r']).len();
        out.push(Line { range: start..end });
        start += piece.len();
    }
    out
}

fn push(ranges: &mut Vec<Range<usize>>, line: &Line) {
    match ranges.last_mut() {
        // Lines that follow each other are one range.
        Some(last) if line.range.start <= last.end + 2 && line.range.start >= last.end => last.end = line.range.end,
        _ => ranges.push(line.range.clone()),
    }
}

/// Splits what is not history into text, signature and footers.
fn sort_out(body: &str, lines: &[Line], own: &[usize], writer: Option<&str>, parts: &mut Parts) {
    let mut text: Vec<usize> = own.to_vec();
    // Devices and disclaimers first: a signature ends above them.
    let mut paragraphs: Vec<Vec<usize>> = Vec::new();
    for &at in &text {
        let starts =
            lines[at].is_blank(body) || at == 0 || paragraphs.last().is_none_or(|p| p.last() != Some(&(at - 1)));
        if lines[at].is_blank(body) {
            paragraphs.push(Vec::new());
            continue;
        }
        if starts || paragraphs.is_empty() {
            paragraphs.push(Vec::new());
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(at);
        }
    }
    let mut gone: Vec<usize> = Vec::new();
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.is_empty()) {
        let range = span(lines, paragraph);
        // The first paragraph of a short mail may talk of such things in earnest;
        // a footer never stands alone.
        let alone = paragraphs.iter().filter(|other| !other.is_empty()).count() == 1;
        let footer: Vec<usize> = if !alone && is_footer(&body[range]) {
            paragraph.clone()
        } else {
            paragraph.iter().copied().filter(|at| footer_line(lines[*at].text(body), paragraph.len() > 1)).collect()
        };
        for at in footer {
            push(&mut parts.footers, &lines[at]);
            gone.push(at);
        }
    }
    text.retain(|at| !gone.contains(at));
    let signed = signature_start(body, lines, &text, writer);
    if let Some(from) = signed {
        let below: Vec<usize> = text.iter().copied().filter(|at| *at >= from && !lines[*at].is_blank(body)).collect();
        // A postscript is text.
        let postscript = below.iter().copied().find(|at| is_postscript(lines[*at].text(body)));
        let signature: Vec<usize> = below.iter().copied().filter(|at| postscript.is_none_or(|ps| *at < ps)).collect();
        if !signature.is_empty() {
            parts.signature = Some(span(lines, &signature));
        }
        text.retain(|at| *at < from || postscript.is_some_and(|ps| *at >= ps));
    }
    let first = text.iter().copied().find(|at| !lines[*at].is_blank(body));
    if let Some(first) = first.filter(|first| is_salutation(lines[*first].text(body)))
        && text.iter().any(|at| *at > first && !lines[*at].is_blank(body))
    {
        parts.salutation = Some(lines[first].range.clone());
        text.retain(|at| *at != first);
    }
    let mut paragraph: Vec<usize> = Vec::new();
    for at in text {
        if lines[at].is_blank(body) || paragraph.last().is_some_and(|last| at != last + 1) {
            parts.own.extend((!paragraph.is_empty()).then(|| span(lines, &paragraph)));
            paragraph.clear();
        }
        if !lines[at].is_blank(body) {
            paragraph.push(at);
        }
    }
    parts.own.extend((!paragraph.is_empty()).then(|| span(lines, &paragraph)));
}

fn footer_line(line: &str, among_others: bool) -> bool {
    is_device_line(line) || among_others && is_footer(line)
}

/// From the first line's start to the last one's end. Never called with none.
fn span(lines: &[Line], of: &[usize]) -> Range<usize> {
    let start = of.first().map_or(0, |at| lines[*at].range.start);
    let end = of.last().map_or(start, |at| lines[*at].range.end);
    start..end
}

/// Where the signature begins: a line number.
fn signature_start(body: &str, lines: &[Line], text: &[usize], writer: Option<&str>) -> Option<usize> {
    let worded: Vec<usize> = text.iter().copied().filter(|at| !lines[*at].is_blank(body)).collect();
    if let Some(at) = worded.iter().copied().find(|at| matches!(lines[*at].text(body).trim_end(), "--" | "__")) {
        return Some(at);
    }
    // The lowest lines, as long as they could be a signature's.
    let mut from = worded.len();
    while from > 0
        && worded.len() - from < MAX_SIGNATURE_LINES
        && lines[worded[from - 1]].words(body) <= MAX_SIGNATURE_WORDS
    {
        from -= 1;
    }
    let candidates = &worded[from..];
    // The mail is never all signature.
    let is_start = |at: usize| {
        let line = lines[at].text(body);
        Some(&at) != worded.first() && (is_closing(line) || is_name(line, writer))
    };
    candidates.iter().copied().find(|at| is_start(*at))
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// `Kind regards,`, `Thanks & Regards`, `Mvh Rune`.
fn is_closing(line: &str) -> bool {
    let line = line.trim();
    let words: Vec<String> = line.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let Some(first) = words.first() else { return false };
    let fits = words.len() <= MAX_CLOSING_WORDS && !line.ends_with('?') && CLOSINGS.contains(&first.as_str());
    // "Thanks for the call." is text: a closing has no sentence of its own.
    let is_sentence = line.ends_with('.') && words.len() > 3
        || words
            .iter()
            .any(|word| matches!(word.as_str(), "for" | "but" | "i" | "we" | "you" | "it" | "that" | "this"));
    fits && !is_sentence && words.iter().any(|word| CLOSING_WORDS.contains(&word.as_str()))
}

/// `Dorothea Kwan`, `Dorothea`, `/Oscar`, `- Lou`, `Tracy x`, `D. Kwan`.
fn is_name(line: &str, writer: Option<&str>) -> bool {
    // What stands between bars is a line of its own.
    if let Some((head, _)) = line.split_once('|') {
        return is_name(head, writer);
    }
    let words: Vec<String> = line.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let Some(writer) = writer else { return false };
    let known: Vec<String> =
        writer.split(|c: char| c.is_whitespace() || c == ',').map(bare).filter(|word| !word.is_empty()).collect();
    let (Some(first), true) = (words.first(), words.len() <= 4) else { return false };
    let first_name_short = first.chars().count() >= 3 && known.iter().any(|name| name.starts_with(first.as_str()));
    let initial =
        first.chars().count() == 1 && words.last().is_some_and(|last| known.last() == Some(last) && words.len() > 1);
    let own = |word: &String| known.contains(word) || word.chars().count() == 1;
    known.contains(first) && words.iter().all(own)
        || initial
        || first_name_short && words.len() == 1
        || known.contains(first) && line.contains(',')
}

fn is_postscript(line: &str) -> bool {
    let start: String = line.trim_start().chars().take(5).collect::<String>().to_lowercase();
    start.starts_with("ps:") || start.starts_with("p.s.") || start.starts_with("ps ") || start.starts_with("pps")
}

fn is_salutation(line: &str) -> bool {
    let line = line.trim();
    let words: Vec<String> = line.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let greets = words.first().is_some_and(|word| SALUTATIONS.contains(&word.as_str()));
    let called = line.ends_with([',', '!', ':', '-']) || words.len() <= 3;
    words.len() <= MAX_SALUTATION_WORDS
        && !line.contains(['?', '.'])
        && (greets && called
            || words.len() <= 2 && line.ends_with(',') && line.chars().next().is_some_and(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(body: &str, writer: &str) -> Vec<String> {
        let parts = parts(body, Some(writer));
        parts.own.iter().map(|range| body[range.clone()].to_owned()).collect()
    }

    #[test]
    fn history_is_not_new() {
        for body in [
            "Yes.\n\nOn Tue, 17 Nov 2026 at 08:12, Ada Reed <ada@acme.test> wrote:\n> Interested?\n",
            "Yes.\n\nOn Tue, 17 Nov 2026 at 08:12, Ada Reed\n<ada@acme.test>\nwrote:\n\n> Interested?\n> Ada\n",
            "Yes.\r\n\r\nLe 16 nov. 2026 à 09:00, Ada <ada@acme.test> a écrit :\r\n\r\nInterested?\r\n",
            "Yes.\n\nFrom: Ada Reed <ada@acme.test>\nSent: Monday\nTo: Mira\nSubject: Plan\n\nInterested?\n",
            "Yes.\n________________________________\nFrom: Ada Reed\nSent: Monday\nTo: Mira\nSubject: Plan\nInterested?",
            "Yes.\n\n-----Ursprüngliche Nachricht-----\nVon: Ada\nInteressiert?\n",
            "Yes.\n> Interested?\n",
        ] {
            assert_eq!(own(body, "Mira Holt"), ["Yes."], "{body}");
            assert!(!parts(body, None).quoted.is_empty(), "{body}");
        }
    }

    #[test]
    fn an_answer_below_the_history_is_new() {
        let head = "From: Ada Reed <ada@acme.test>\nSent: Monday\nTo: Mira\nSubject: Plan\n\nInterested?\n\n";
        assert_eq!(own(&format!("{head}----------\n\nYes, we are.\n"), "Mira"), ["Yes, we are."]);
        // Somebody's rule in a letter that is answered above.
        assert_eq!(own(&format!("Yes.\n\n{head}----------\nAda, Acme\n"), "Mira"), ["Yes."]);
        assert_eq!(own(&format!("{head}-- \nAda\n"), "Mira"), Vec::<String>::new());
    }

    #[test]
    fn answers_between_quotes_are_new() {
        let body = "On 17 Nov 2026 Ada wrote:\n> Which site?\nThe one in Kiel.\n> How many?\nForty.\n";
        assert_eq!(own(body, "Mira"), ["The one in Kiel.", "Forty."]);
    }

    #[test]
    fn a_forwarded_letter_is_kept_apart() {
        let body = "For you.\n\n---------- Forwarded message ---------\nFrom: Jo <jo@globex.test>\n\nHello.\n";
        let parts = parts(body, None);
        assert_eq!(parts.own_text(body), "For you.");
        assert!(parts.forwarded.is_some_and(|range| body[range].contains("jo@globex.test")));
    }

    #[test]
    fn signatures_and_footers_go() {
        for (body, writer) in [
            ("Hi Ada,\n\nDoes it fit?\n\nBest regards,\nMira Holt\nVP Operations, Globex\n+1 555 0100", "Mira Holt"),
            ("Does it fit?\n-- \nMira\nGlobex", "Mira Holt"),
            ("Does it fit?\n\nMira\n\nSent from my iPhone", "Mira Holt"),
            ("Does it fit?\n/Mira", "Mira Holt"),
            ("Does it fit?\n\nM. Holt", "Mira Holt"),
            (
                "Does it fit?\n\nThanks & Regards,\nMira\n\nThis e-mail is confidential and intended for its recipient only.",
                "Mira Holt",
            ),
            ("Does it fit?\n\nGet Outlook for Android", "Mira Holt"),
        ] {
            assert_eq!(own(body, writer), ["Does it fit?"], "{body}");
        }
    }

    #[test]
    fn text_that_looks_like_an_end_stays() {
        for (body, left) in [
            ("Thanks for the call.\nWe will think about it.", vec!["Thanks for the call.\nWe will think about it."]),
            ("Best, we talk.\nMira", vec!["Best, we talk."]),
            ("Please unsubscribe me.", vec!["Please unsubscribe me."]),
            ("STOP", vec!["STOP"]),
            ("Mira", vec!["Mira"]),
            ("We start.\n\nBest,\nMira\n\nPS: which form do we need?", vec!["We start.", "PS: which form do we need?"]),
            ("To: do\nFrom: now on we meet.", vec!["To: do\nFrom: now on we meet."]),
            ("On the whole, it is what he wrote:\nfine", vec!["On the whole, it is what he wrote:\nfine"]),
        ] {
            assert_eq!(own(body, "Mira Holt"), left, "{body}");
        }
    }

    #[test]
    fn odd_bodies_do_no_harm() {
        for body in ["", "\n\n", "> \n>", "\r\n", "--", "Hi Ada,", "\u{1f334}\n\u{1f334}", "On :\n", "From:\nTo:\nCc:"]
        {
            let parts = parts(body, Some(""));
            for range in parts.own.iter().chain(&parts.quoted).chain(&parts.footers) {
                assert!(body.get(range.clone()).is_some(), "{body:?}");
            }
        }
    }
}

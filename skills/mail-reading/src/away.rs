//! Away: who says so, until when, and who stands in.
//!
//! A machine says it in its headers (RFC 3834), and programs that know no headers
//! say it in the subject. A person who writes that they are away is away too.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_language::mail::{addresses, answers_itself, phones};
use skillhost_language::{Anchor, Pattern, Token, deadlines, table};

use crate::cue::{Cue, Guard, Row, find, rows};
use crate::figures::{Habit, abroad, figures, habit, is_exchangeable};
use crate::handover::pointed;
use crate::mail::Mail;
use crate::people::{name_after, name_before};
use crate::text::{Said, Text};

/// Who is written to meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct StandIn {
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The words that name them.
    pub quote: String,
}

/// An absence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Away {
    /// First day on which they are back, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_date: Option<String>,
    /// The words of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_quote: Option<String>,
    /// Who stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<StandIn>,
    /// They do not work there any more.
    pub left: bool,
    /// A machine wrote it.
    pub automatic: bool,
}

/// Words in the subject of an automatic answer, in the languages that programs have.
#[rustfmt::skip]
const SUBJECTS: &[&str] = &[
    "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "auto:",
    "out of office", "out-of-office", "out of the office", "ooo:", "away from", "on vacation", "on holiday", "on leave",
    "vacation reply", "vacation notice", "abwesenheitsnotiz", "abwesenheit", "automatische antwort", "réponse automatique",
    "absence du bureau", "respuesta automática", "fuera de la oficina", "risposta automatica", "fuori ufficio",
    "resposta automática", "automatisch antwoord", "afwezig", "automatiskt svar", "automatisk svar", "autosvar",
    "frånvaro", "automaattinen vastaus", "odpowiedź automatyczna", "automatická odpověď", "away until", "away till",
];

#[rustfmt::skip]
const AWAY: &[(&str, f64)] = &[
    ("out of ~1 office|town", 0.92),
    ("away from ~2 office|desk|work", 0.9),
    ("on ~2 annual|maternity|paternity|parental|sick|medical|family|bereavement|study|compassionate ~1 leave", 0.92),
    ("on ~2 holiday|holidays|vacation|sabbatical|retreat|leave|pto|honeymoon", 0.88),
    ("i|we ~2 am|are ~2 away|off|travelling|traveling|abroad|unavailable|sick|ill", 0.82),
    ("i|we will|am|are ~3 away|off|out|travelling|traveling|unavailable ~4 until|till|from|on|this|between|through|today|for|to", 0.85),
    ("am|is|are sick|ill ~2 at|and|in", 0.82),
    ("limited|intermittent|no|little|occasional|sporadic|patchy ~1 access", 0.85),
    ("^ ~2 back ~2 on|in|monday|tuesday|wednesday|thursday|friday|tomorrow|at|next", 0.75),
    ("^ ~2 away|off|out ~3 until|till|this|from|today|for|all|on", 0.8),
    ("will ~1 be ~1 back ~2 on|in|monday|tuesday|wednesday|thursday|friday|tomorrow|at|next", 0.8),
    ("return|returning|returns ~2 to|on|back|monday|tuesday|wednesday|thursday|friday ~4", 0.75),
    ("office|offices|factory|we ~4 closed|shut ~2 for|from|until|till|on|over|between", 0.85),
    ("reopen|reopens on|monday|tuesday|wednesday|thursday|friday|in", 0.8),
    ("attending|at ~5 conference|forum|fair|exhibition|summit|congress|offsite|workshop ~4 from|until|till|this|all|to|#", 0.72),
    ("on ~1 jury ~1", 0.86),
    ("^ ~1 travelling|traveling|abroad ~1 in|for|with|until|this|on", 0.8),
    ("out of action|commission|circulation", 0.86),
    ("in|into|from hospital", 0.78),
    ("holding|minding the? ~1 fort|things|shop|desk", 0.78),
    ("replies|responses|answers|email ~1 be|are ~1 patchy|slow|delayed|intermittent|sporadic|late", 0.8),
    ("slow to respond|reply|answer", 0.78),
    ("delayed response|reply|responses|replies", 0.72),
    ("not ~1 in ~1 office", 0.9),
    ("not checking|reading|monitoring ~2 emails|email|mail|mails|messages|inbox", 0.85),
    ("no signal|internet|reception", 0.75),
    ("will not be read|monitored|forwarded", 0.75),
    ("emails|mails|messages|mail are|is not forwarded|read|monitored", 0.82),
    ("until further notice", 0.55),
    ("at|attending|on|visiting ~3 trade|conference|exhibition|fair|show|event|site|training|course ~4 this|until|all|from|week|today", 0.75),
    ("will ~1 answer|reply|respond|read|get|deal|look ~5 when i|on|next|back|monday|tuesday|wednesday|thursday|friday", 0.72),
    ("off sick|ill|today|this|work", 0.82),
    ("signed ~1 off ~1 sick|ill|work|by|until|till|for", 0.86),
    ("^ ~1 am|are|be ~1 off|away|abroad ~8 until|till|til|to|for|from", 0.85),
    ("^ ~1 currently|presently ~1 on|off|away|out ~6", 0.78),
    ("writing|typing|sending ~1 this? ~1 from ~2 ferry|beach|airport|plane|train|hospital|campsite|boat|ship|mountain", 0.72),
    ("i|we ~1 am|are ~1 in|at|on ~6 until|till|til|through", 0.76),
    ("^ ~1 in|at|on _ ~6 until|till|til", 0.76),
    ("no|without ~1 laptop|phone|email|internet|signal|computer|wifi", 0.74),
    ("when i ~1 am|get ~1 home|back", 0.74),
];

/// They have left.
const LEFT: &[&str] = &[
    "no longer ~1 works|work|working|employed|with|at",
    "i ~1 left ~1 company|firm|business|organisation|organization|position|post|the ~2 on|at|in|end",
    "ausgeschieden|verlassen",
    "quitté ~2 entreprise|société|lentreprise",
    "niet meer|langer werkzaam",
    "ya|no ~2 trabajo|trabaja ~2 en|para|aquí",
    "has|have ~1 left ~2 company|firm|business|organisation|organization|us|the|our",
    "does|do not work here|with|for ~3",
    "is not with|at us|the",
    "mailbox|address|account ~3 no longer ~2 monitored|used|active|in",
];

/// It was, or it is said of somebody else.
const NOT_NOW: &[&str] = &[
    "heads up|that",
    "just so|to ~2 know|inform|tell",
    "as usual",
    "last|yesterday|met|meeting|saw",
    "was|were|been ~3 out|away|off|on|sick|ill|travelling|traveling",
    "back from ~3 holiday|holidays|vacation|leave|sabbatical|trip|office",
    "he|she|they|kid|son|daughter|wife|husband|colleague|boss ~2 is|are|was|were ~3",
    "if ~2 out|away|off",
    "out of office ~2 message|reply|notice|feature|assistant|messages|replies",
    "you are|will ~3 away|off|out|back",
    "nobody|everybody|everyone|people",
    "come|get|call|go|bring|write|give|send|circle|report ~3 back",
];

/// Words of the day of return.
const RETURNS: &[&str] = &[
    "back",
    "return|returning|returns|returned",
    "reopen|reopens|reopening",
    "resume|resuming",
    "available ~2 again|from|on",
    "from ~4 on|onwards|onward|again",
    "retour|zurück|wieder|terug|vuelta|regreso|rientro",
    "will ~2 answer|reply|respond|read ~6 on|from",
];
/// Words before the last day of absence.
const UNTIL: &[&str] = &[
    "until|till|through|til|thru",
    "to|and|- #",
    "between",
    "from ~6 to",
    "bis",
    "jusquau|jusquà|hasta|tot|fino|inclus|einschließlich|inclusive",
];
/// Words that name whom to turn to.
const INSTEAD: &[&str] = &[
    "contact|reach|call|email|write|ask|try|phone|ring|message|speak|turn|direct|redirect|address|forward|refer|send",
    "can|will|could|to ~1 help|assist|take|answer|support",
    "takes|taking care",
    "in my absence|stead|place",
    "covering|stands|standing in|for",
    "joindre|contacter|contactez|adresser|adressez|wenden|kontaktieren|vertritt|vertretung|contactar|contacte|diríjase|rivolgersi|contattare|opnemen|mailen",
];

/// For the time of the absence only.
const MEANWHILE: &[&str] =
    &["urgent|urgently|emergency|emergencies", "in my|the absence|meantime", "meanwhile", "cannot|can not wait"];

struct Tables {
    away: Vec<Row>,
    left: Vec<Pattern>,
    not_now: Vec<Pattern>,
    returns: Vec<Pattern>,
    until: Vec<Pattern>,
    instead: Vec<Pattern>,
    meanwhile: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    away: rows(AWAY),
    left: table(LEFT),
    not_now: table(NOT_NOW),
    returns: table(RETURNS),
    until: table(UNTIL),
    instead: table(INSTEAD),
    meanwhile: table(MEANWHILE),
});

/// Whether a machine answered by itself.
pub(crate) fn is_automatic(mail: &Mail<'_>) -> bool {
    answers_itself(mail.headers) || says_automatic(mail)
}

/// Whether the subject does.
pub(crate) fn says_automatic(mail: &Mail<'_>) -> bool {
    let subject = mail.subject.trim().to_lowercase();
    // "Re: out of office" is a person's answer about it.
    let bare = crate::mail::bare_subject(&subject);
    let answered = bare.len() < subject.len();
    let tagged = subject.ends_with("[out of office]") || subject.ends_with("(out of office)");
    tagged
        || !answered
            && SUBJECTS
                .iter()
                .any(|words| subject.starts_with(words) || subject.contains(words) && subject.len() < words.len() + 12)
}

/// Words of absence.
pub(crate) fn absences(text: &Text<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.away, Guard::Quoted);
    found.retain(|cue| {
        let said = &text.said[cue.said];
        let clause = said.clause_of(cue.words.start);
        let tokens = &said.tokens()[clause];
        !said.sentence.question && !TABLES.not_now.iter().any(|row| row.find(tokens).is_some())
    });
    found
}

/// Whether somebody is named for the time of an absence only.
pub(crate) fn is_meanwhile(text: &Text<'_>) -> bool {
    text.said.iter().any(|said| TABLES.meanwhile.iter().any(|row| row.find(said.tokens()).is_some()))
}

/// What an absence says.
pub(crate) fn away(text: &Text<'_>, mail: &Mail<'_>, anchor: &Anchor, automatic: bool) -> Away {
    let any = |rows: &[Pattern], said: &Said| rows.iter().any(|row| row.find(said.tokens()).is_some());
    let left = text.said.iter().any(|said| any(&TABLES.left, said) || automatic && has_left(said, mail));
    let returned =
        if left { None } else { back(text, Text::of_subject(mail).as_ref(), anchor, habit(mail, &text.parts.quoted)) };
    let mut named: Vec<StandIn> = text
        .said
        .iter()
        .enumerate()
        .filter(|(_, said)| any(&TABLES.instead, said))
        .filter_map(|(at, said)| stand_in(text, at, said, mail))
        .collect();
    // A sentence that says who it is, before one that only stands next to an address.
    named.sort_by_key(|one| one.name.is_none());
    if named.is_empty() && automatic {
        // "Urgent: sales@…": an automatic answer gives an address for nothing else.
        named.extend(pointed(text, mail).map(|(_, somebody)| StandIn {
            name: somebody.name,
            email: somebody.email,
            phone: somebody.phone,
            quote: somebody.quote,
        }));
    }
    Away {
        return_date: returned.as_ref().map(|(date, _)| date.to_string()),
        return_quote: returned.map(|(_, quote)| quote),
        stand_in: named.into_iter().next(),
        left,
        automatic,
    }
}

/// "Jo Sample left Globex on 30 October": the writer's own name before the verb, and
/// a company's after it or nothing more than a day.
fn has_left(said: &Said, mail: &Mail<'_>) -> bool {
    const LEAVES: [&str; 3] = ["left", "retired", "resigned"];
    const BETWEEN: [&str; 6] = ["has", "have", "recently", "now", "sadly", "since"];
    const DAYS: [&str; 4] = ["on", "at", "in", "from"];
    const PLACES: [&str; 12] = [
        "office",
        "desk",
        "building",
        "site",
        "early",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "work",
        "for",
    ];
    let tokens = said.tokens();
    let name = mail.from_name.to_lowercase();
    let writer = |token: &Token| {
        token.capital && name.split_whitespace().any(|part| part == token.word)
            || token.word == "i"
            || token.capital && mail.from.to_lowercase().split(['@', '.', '_', '-']).any(|part| part == token.word)
    };
    (1..tokens.len()).filter(|at| LEAVES.contains(&tokens[*at].word.as_str())).any(|at| {
        let before = (0..at).rev().find(|back| !BETWEEN.contains(&tokens[*back].word.as_str()));
        let next = tokens.get(at + 1);
        let company = next.is_some_and(|token| token.capital && !PLACES.contains(&token.word.as_str()));
        let dated = tokens[at].word != "left" && next.is_none_or(|token| DAYS.contains(&token.word.as_str()));
        before.is_some_and(|back| writer(&tokens[back])) && (company || dated)
    })
}

/// The first day back, and its words: a day of return, else the day after the last
/// day of absence.
fn back(text: &Text<'_>, subject: Option<&Text<'_>>, anchor: &Anchor, habit: Option<Habit>) -> Option<(Date, String)> {
    let any = |rows: &[Pattern], said: &Said| rows.iter().any(|row| row.find(said.tokens()).is_some());
    let today = anchor.today();
    if let Some(found) = announced(subject, anchor, habit).filter(|(date, _)| *date >= today) {
        return Some(found);
    }
    for said in text.said.iter().filter(|said| any(&TABLES.returns, said)) {
        // "Away from the 2nd, back on the 7th, abroad until the 9th": the day after the
        // word of return, else the last day named.
        let named: Vec<_> = days(text, said, anchor, habit).into_iter().filter(|day| day.date >= today).collect();
        let word = TABLES.returns.iter().filter_map(|row| row.find(said.tokens())).map(|(from, _)| from).max();
        let next = named.iter().filter(|day| word.is_some_and(|word| day.at > word)).min_by_key(|day| day.at);
        let chosen = next.filter(|_| names_return(said)).or_else(|| named.iter().max_by_key(|day| day.date));
        if let Some((date, quote)) = chosen.map(|day| (day.date, day.quote.clone())) {
            return Some((if names_return(said) { date } else { after(date, &quote) }, quote));
        }
    }
    for said in text.said.iter().filter(|said| any(&TABLES.until, said)) {
        let last =
            days(text, said, anchor, habit).into_iter().filter(|day| day.date >= today).max_by_key(|day| day.date);
        if let Some((date, quote)) = last.map(|day| (day.date, day.quote)) {
            return Some((after(date, &quote), quote));
        }
    }
    None
}

/// "Until Thursday" ends on the day of return; "until 30 November" on the last day
/// of absence.
fn after(date: Date, quote: &str) -> Date {
    let lower = quote.to_lowercase();
    let weekday = ["monday", "tuesday", "wednesday", "thursday", "friday"].iter().any(|day| lower.contains(day));
    if weekday { date } else { working_day_after(date) }
}

/// Whether the sentence's word of return comes after its "until".
fn names_return(said: &Said) -> bool {
    let at = |rows: &[Pattern]| rows.iter().filter_map(|row| row.find(said.tokens()).map(|(from, _)| from)).max();
    match (at(&TABLES.returns), at(&TABLES.until)) {
        (Some(back), Some(until)) => back > until,
        (back, _) => back.is_some(),
    }
}

/// "Out of the office (returning 26 November)": a subject that names the return.
fn announced(subject: Option<&Text<'_>>, anchor: &Anchor, habit: Option<Habit>) -> Option<(Date, String)> {
    let subject = subject?;
    let said = subject.said.iter().find(|said| names_return(said))?;
    let day = days(subject, said, anchor, habit).into_iter().max_by_key(|day| day.at)?;
    Some((day.date, day.quote))
}

/// A day that a sentence names.
struct Day {
    date: Date,
    quote: String,
    /// Its first word.
    at: usize,
}

/// The days that a sentence names, with their words.
fn days(text: &Text<'_>, said: &Said, anchor: &Anchor, habit: Option<Habit>) -> Vec<Day> {
    let tokens = said.tokens();
    let today = anchor.today();
    let figures = |at: usize| figures(tokens, at, habit, today);
    let mut found: Vec<Day> = deadlines(&said.sentence, anchor)
        .into_iter()
        .filter(|deadline| !deadline.words.clone().any(|at| is_exchangeable(&tokens[at].word)))
        .map(|deadline| Day {
            date: deadline.when.day(),
            quote: text.exact(said.place(&deadline.words)),
            at: deadline.words.start,
        })
        .collect();
    for (at, token) in tokens.iter().enumerate() {
        if let Some(date) = figures(at) {
            found.push(Day { date, quote: text.exact(said.place(&(at..at + 1))), at });
        }
        if let Some(date) = tokens.get(at + 1).and_then(|month| abroad(&token.word, &month.word, today)) {
            found.push(Day { date, quote: text.exact(said.place(&(at..at + 2))), at });
        }
    }
    found
}

fn working_day_after(date: Date) -> Date {
    let mut day = next(date, 1.day());
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = next(day, 1.day());
    }
    day
}

/// At the end of the calendar the day stays.
fn next(date: Date, span: Span) -> Date {
    date.checked_add(span).unwrap_or(date)
}

/// Whom a sentence names to turn to.
fn stand_in(text: &Text<'_>, at: usize, said: &Said, mail: &Mail<'_>) -> Option<StandIn> {
    let whole = said.place(&(0..said.tokens().len()));
    // The address may stand in the next line.
    let next = text.said.get(at + 1).map(|said| said.place(&(0..said.tokens().len())));
    let own = |address: &str| mail.is_own_address(address) || address.eq_ignore_ascii_case(mail.from);
    let email_in = |range: &std::ops::Range<usize>| {
        let piece = text.body.get(range.clone()).unwrap_or_default();
        addresses(piece).into_iter().map(|place| piece[place].to_lowercase()).find(|address| !own(address))
    };
    let email = email_in(&whole).or_else(|| next.as_ref().and_then(email_in));
    let piece = text.body.get(whole.clone()).unwrap_or_default();
    let phone = phones(piece).into_iter().next().map(|place| piece[place].to_owned());
    let row = TABLES.instead.iter().find_map(|row| row.find(said.tokens()))?;
    let name = name_after(said, row.0, 6, mail).or_else(|| name_before(said, row.0, mail));
    let name = name.map(|name| text.exact(said.place(&name)));
    let known = name.is_some() || email.is_some();
    known.then(|| StandIn { name, email, phone, quote: text.exact(said.quote(&(row.0..row.1))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.left, &t.not_now, &t.returns, &t.until, &t.instead, &t.meanwhile]
                .iter()
                .all(|x| x.iter().all(Pattern::is_well_formed))
        );
        for (row, weight) in AWAY {
            assert!(Pattern::new(row).is_well_formed() && (0.5..1.0).contains(weight), "{row}");
        }
    }

    #[test]
    fn the_day_after_a_friday_is_a_monday() {
        let friday: Date = "2026-11-20".parse().unwrap_or_default();
        assert_eq!(working_day_after(friday).to_string(), "2026-11-23");
        assert_eq!(working_day_after(Date::MAX), Date::MAX);
    }

    #[test]
    fn who_left_a_company_and_who_a_room() {
        let headers = std::collections::BTreeMap::new();
        for (body, want) in [
            ("Warren Pike left Pike Plant on 30 October 2026.", true),
            ("Warren has left Globex. Ask Ann.", true),
            ("Warren Pike retired on 30 October.", true),
            ("Warren left early on Friday.", false),
            ("Warren Pike left for Spain on Monday.", false),
            ("Louise left Globex, I stay.", false),
            ("Warren Pike left the building.", false),
        ] {
            let mail = Mail {
                from: "warren.pike@pikeplant.test",
                from_name: "Warren Pike",
                subject: "Automatic reply: Plant",
                body,
                headers: &headers,
                answers: true,
                own_domains: &[],
                own_names: &[],
            };
            let text = Text::of(&mail);
            assert_eq!(text.said.iter().any(|said| has_left(said, &mail)), want, "{body}");
        }
    }
}

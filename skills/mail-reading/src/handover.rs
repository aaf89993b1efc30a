//! Passed on: somebody else is brought in, or is the one to write to.

use std::sync::LazyLock;

use skillhost_language::mail::addresses;
use skillhost_language::{Pattern, is, table};

use crate::cue::{Cue, Guard, Row, find, find_all, rows};
use crate::mail::Mail;
use crate::people::{Person, name_after, name_before, person};
use crate::text::Text;

/// Rows after which a name follows.
#[rustfmt::skip]
const BEFORE_NAME: &[(&str, f64)] = &[
    ("looping|adding|copying|including|bringing|marking|ccing|cc ~1 in? ~4", 0.88),
    ("looped|added|copied|included|cc|add|bring would? ~3", 0.84),
    ("put ~3 in copy|cc", 0.85),
    ("forwarded|passed|routed|transferred|referred|redirected|forwarding|passing|handing|handed ~6 to|on|over ~2", 0.85),
    ("sent|gave|given|pass|passed|forward ~1 this|it|that|your ~4 to|on|over", 0.82),
    ("been|is ~1 routed|forwarded|passed|handed|assigned|referred to", 0.85),
    ("^ ~2 contact|reach|email|write|call|ask|approach|try|speak|talk|see out|to? ~1 my|our|with? ~3", 0.74),
    ("please|kindly|should|could|can|best|better|want|suggest|would|off ~4 contact|reach|email|write|call|ask|approach|try|speak|talk|speaking|talking|contacting|deal|liaise|work out|to|with? ~4", 0.76),
    ("deal|liaise|work directly? with", 0.72),
    ("^ ~1 meet", 0.74),
    ("introduce|introducing you? to? ~2", 0.85),
    ("right|correct|best|proper|new ~2 person|contact|man|woman|one|point is|would|will|in", 0.88),
    ("contact|details|number|email|address of my|our|the ~4", 0.8),
    ("your ~2 contact is|will", 0.85),
    ("decision ~3 is|lies of|with", 0.82),
    ("is|lies|sits|rests now with", 0.78),
    ("taken over by", 0.85),
    ("replaced|succeeded by", 0.82),
    ("it is ~3 you ~1 want|need", 0.8),
    ("direct|address|send|forward|refer ~4 question|questions|enquiry|inquiry|request|mail|email|message|this|it|that ~1 to", 0.82),
    ("should|must|needs|need ~1 go|be to|sent|addressed|directed ~2", 0.78),
    ("shared|discussed|raised ~1 this|it|your ~2 with", 0.8),
    ("you ~2 need|want|should|have|must|could|might ~2 speak|talk|contact|write|reach|go|ask|email|call out? to|with? ~2", 0.82),
    ("is|are|was run|managed|led|handled|owned|decided|looked|dealt|covered ~2 by", 0.85),
    ("over to", 0.82),
    ("person|one|man|woman|lady|chap|name you ~3 is", 0.88),
    ("one|question|matter|something|job for", 0.8),
    ("questions|matters|queries|enquiries|things go|goes|are|belong to|with|for", 0.8),
    ("best|better|please|must|should|have ~2 go through|via ~3", 0.8),
    ("send|address ~1 everything|anything|all ~3 to", 0.82),
    ("responsible|right|proper|appropriate|new ~1 colleague|person|contact|manager is", 0.88),
    ("in charge ~3 is", 0.85),
    ("person|man|woman|one|contact ~1 at|in|from|for ~4 is", 0.84),
    ("colleague|successor|replacement|boss|partner|deputy ~1 is", 0.8),
    ("taken|take ~1 over ~2 by", 0.85),
    ("give|gave|hand|handed|leave|left|pass ~2 this|it|that ~2 to|with", 0.84),
    ("best|better ~2 speak|talk|contact|write ~1 to|with ~2", 0.84),
    ("will be|is|are ~1 dealt|handled with? ~1 by", 0.82),
    ("i|we ~1 transfer|transmit|relay|redirect|pass|forward|hand|give|refer ~4 to|on", 0.82),
];
/// Rows before which a name stands.
#[rustfmt::skip]
const AFTER_NAME: &[(&str, f64)] = &[
    ("looks|look after", 0.85),
    ("handles|owns|runs|leads|manages|oversees|heads|covers|decides|coordinates", 0.8),
    ("is|are ~1 responsible|in charge|your contact|point", 0.85),
    ("is|are the ~2 one|person|man|woman|lady|contact|decision who|to|for|that|maker", 0.85),
    ("takes|taking|take|took over|care", 0.88),
    ("is taking|will take ~2 over|this|it|forward|care", 0.88),
    ("will ~1 take|handle|pick|look|come|contact|reach|get|follow|be ~4", 0.75),
    ("in|on cc|copy", 0.85),
    ("to this ~1 thread|conversation|email|mail|chain|loop", 0.85),
    ("who ~1 handles|owns|runs|looks|leads|is|takes|manages|will|decides|has", 0.8),
    ("takes care", 0.85),
    ("does|has|gets|do it|this|that|them|these ~1 now|nowadays|instead", 0.84),
    ("deals|deal with ~4 now|these|this|that|it|them|such", 0.84),
    ("is ~2 running|handling|managing|covering|doing|leading ~3 now", 0.82),
    ("instead", 0.74),
    ("will|would be your|the ~3 contact|point|person|main|new", 0.88),
    ("makes|make|made ~2 decisions|decision|call", 0.84),
    ("has|have taken over", 0.88),
    ("took over", 0.88),
    ("leads|lead", 0.8),
    ("copied|cc|included here|now|too|also|in? ~1", 0.78),
    ("is the|our ~3", 0.5),
    ("department|patch|baby|remit|domain|shout", 0.78),
    ("new|present|current|interim ~1 chair|head|director|manager|owner|boss|buyer|lead|chief|secretary|treasurer is", 0.84),
];
/// Rows that say it without a name.
#[rustfmt::skip]
const ALONE: &[(&str, f64)] = &[
    ("not the ~1 right|correct|best|proper person|contact|one|man|woman", 0.85),
    ("wrong person", 0.85),
    ("no longer ~3 responsible|handle|in charge|mine|my", 0.8),
    ("not ~2 my ~1 area|department|responsibility|job|field", 0.8),
    ("this|it|that ~2 not ~2 be? mine", 0.75),
    ("does|do not work here|with ~2", 0.85),
    ("left the ~1 company|firm|business|organisation|organization", 0.8),
    ("for your|their department|team", 0.7),
    ("please|pls deal with ~6 from now", 0.88),
    ("from now on", 0.6),
    ("taking|take|takes over from me", 0.85),
    ("wrong department|team|office|desk|branch", 0.82),
    ("handing|passing|handed|passed you ~1 over|on to", 0.85),
    ("his|her|their ~2 mail|email|address|number|phone|mobile|direct|extension is", 0.84),
    ("write|speak|talk|turn to ~1 him|her|them ~1 directly?", 0.78),
    ("not ~2 doing|handling|managing|responsible|dealing|covering|looking ~6 anymore|any|longer|more|now", 0.8),
    ("changed|moved|switched|left ~3 department|role|team|job|position|office|company", 0.72),
    ("not me", 0.74),
    ("put|putting|have|added|adding|copied|copying|looped|looping|cc ~1 him|her|them ~2 in|to|on", 0.82),
    ("copied|copying|ccd|looped|looping|adding|added him|her|them", 0.82),
    ("retired|retiring|retire", 0.72),
    ("would|will|is be? for him|her|them", 0.74),
    ("no longer ~1 look|looking|cover|covering|deal|dealing|do|doing|handle|run|running|manage ~1 after|with|the|this|that|it|these", 0.8),
    ("sits|lies|belongs|goes|decided|done|handled|dealt ~2 with|through|by|at ~1 group|head|central|corporate|hq|procurement|purchasing|headquarters", 0.8),
    ("sent|passed|forwarded|handed ~3 on|over to him|her", 0.8),
    ("wrong|other namesake", 0.76),
    ("been moved|transferred|promoted ~2 to|into", 0.74),
];

/// A paper on somebody's desk is not handed over.
const VOID: &[&str] = &[
    "for|to ~2 signature|sign|approval|approve|review|signing|comments|checking|payment",
    "ready|prepared for",
    "invoice|invoices|bill|bills ~6 to|must|should|go",
    "good|nice|great|lovely|pleasure|thanks|enjoyed|glad ~3 see|meet|meeting|seeing|speak|speaking|talk|talking",
    "passing|pass your|by|through|near|the ~1 office|place|way|door|yard|site",
    "boss|partner|colleague is|are asking|wondering|saying|checking|away|off|out|keen|happy",
];

/// They ask others and answer themselves.
const THEMSELVES: &[&str] =
    &["i|we ~12 come|get|be back|touch", "i|we ~6 let you know", "i|we ~6 revert|update|report|reply"];

struct Tables {
    themselves: Vec<Pattern>,
    before: Vec<Row>,
    after: Vec<Row>,
    alone: Vec<Row>,
    void: Vec<Pattern>,
    sends: Vec<Pattern>,
    decides: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    themselves: table(THEMSELVES),
    before: rows(BEFORE_NAME),
    after: rows(AFTER_NAME),
    alone: rows(ALONE),
    void: table(VOID),
    sends: table(&[
        "send|forward|email|mail|resend|copy|share ~1 him|her|them ~1 what|this|that|it|the|everything|all|same",
        "send|forward|email|mail|resend|share ~5 to|with him|her|them",
    ]),
    decides: table(&[
        "he|she|they ~1 will|would|who? ~1 make|makes|take|takes ~2 decision|decisions|call",
        "he|she|they ~1 decides|decide|signs|approves",
        "his|her|their decision|call|budget|money|chequebook|chequebook|department",
        "decision ~2 his|hers|theirs",
    ]),
});

/// How far a name may stand from its row, words: "our new regional site manager".
const REACH: usize = 6;
/// A row without a name or an address says only half of it.
const NAMELESS: f64 = 0.55;

/// One with a function and no name says most of it.
const ROLE_ONLY: f64 = 0.75;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) cues: Vec<Cue>,
    pub(crate) people: Vec<Person>,
}

/// Rows with the people they name.
pub(crate) fn handovers(text: &Text<'_>, mail: &Mail<'_>) -> Found {
    let mut found = Found::default();
    let add = |found: &mut Found, cue: &Cue, somebody: Option<Person>| {
        if let Some(somebody) = somebody.filter(Person::is_known)
            && !found.people.iter().any(|other| {
                other.email.is_some() && other.email == somebody.email
                    || other.name.is_some() && other.name == somebody.name
            })
        {
            found.people.push(somebody);
        }
        found.cues.push(cue.clone());
    };
    for cue in find_all(text, &TABLES.before, Guard::Quoted) {
        let said = &text.said[cue.said];
        // A question or a request to bring somebody in asks us.
        if said.sentence.question || TABLES.void.iter().any(|row| row.find(said.tokens()).is_some()) {
            continue;
        }
        let name =
            name_after(said, cue.words.end, REACH, mail).filter(|name| !is_acronym(&text.exact(said.place(name))));
        let somebody =
            name.map(|name| person(text, cue.said, Some(&name), mail)).or_else(|| addressed(text, &cue, mail));
        if somebody.is_some() {
            add(&mut found, &cue, somebody);
        } else if cue.weight > 0.8 && !TABLES.themselves.iter().any(|row| row.find(said.tokens()).is_some()) {
            // "Forwarded to our lab director": who it is, is not said.
            let near = cue.words.end..said.tokens().len().min(cue.words.end + REACH);
            let role = said.tokens()[near].iter().any(|token| is("role", &token.word) || token.word == "department");
            add(&mut found, &Cue { weight: if role { ROLE_ONLY } else { NAMELESS }, ..cue }, None);
        }
    }
    for cue in find_all(text, &TABLES.after, Guard::Quoted) {
        let said = &text.said[cue.said];
        if said.sentence.question {
            continue;
        }
        // "Northmoor will not be proceeding" names nobody.
        if said.tokens()[cue.words.clone()].iter().any(|token| token.word == "not") {
            continue;
        }
        if let Some(name) = name_before(said, cue.words.start, mail) {
            let somebody = person(text, cue.said, Some(&name), mail);
            add(&mut found, &cue, Some(somebody));
        }
    }
    if let Some((cue, somebody)) = decider(text, mail) {
        add(&mut found, &cue, Some(somebody));
    }
    for cue in find(text, &TABLES.alone, Guard::Quoted) {
        if !text.said[cue.said].sentence.question {
            let somebody = addressed(text, &cue, mail);
            add(&mut found, &cue, somebody);
        }
    }
    found
}

/// "Can you send him what you sent me? nick@… He'll make the decision": whoever decides
/// gets our mail.
fn decider(text: &Text<'_>, mail: &Mail<'_>) -> Option<(Cue, Person)> {
    /// It is asked of us to bring them in.
    const BROUGHT: f64 = 0.84;
    let any = |rows: &[Pattern], at: usize| rows.iter().any(|row| row.find(text.said[at].tokens()).is_some());
    (0..text.said.len()).find(|at| any(&TABLES.decides, *at))?;
    let asked = (0..text.said.len()).find(|at| any(&TABLES.sends, *at))?;
    let cue = Cue { weight: BROUGHT, said: asked, words: 0..text.said[asked].tokens().len() };
    let somebody = addressed(text, &cue, mail)?;
    Some((cue, somebody))
}

/// `AMC`, `SAP`: a name in capitals and no more.
fn is_acronym(name: &str) -> bool {
    const LONGEST: usize = 4;
    name.len() <= LONGEST && name.chars().all(char::is_uppercase)
}

/// What an address is given for that is no person to turn to.
const USES: [&str; 34] = [
    "invoice",
    "invoices",
    "bill",
    "bills",
    "login",
    "logins",
    "user",
    "users",
    "account",
    "accounts",
    "username",
    "password",
    "add",
    "access",
    "cc",
    "copy",
    "po",
    "order",
    "orders",
    "statement",
    "remittance",
    "newsletter",
    "change",
    "typo",
    "spelled",
    "wrote",
    "got",
    "received",
    "emailed",
    "bounced",
    "old",
    "teams",
    "invite",
    "send",
];

/// Somebody else's address in a mail that says nothing else: whom to turn to.
pub(crate) fn pointed(text: &Text<'_>, mail: &Mail<'_>) -> Option<(Cue, Person)> {
    /// An address says most of it.
    const POINTED: f64 = 0.7;
    let cue = (0..text.said.len()).find_map(|at| {
        let said = &text.said[at];
        let words = 0..said.tokens().len();
        let uses = said.tokens().iter().any(|token| USES.contains(&token.word.as_str()));
        let cue = Cue { weight: POINTED, said: at, words };
        let piece = text.body.get(said.place(&cue.words)).unwrap_or_default();
        let outside = addresses(piece)
            .into_iter()
            .any(|place| !mail.is_own_address(&piece[place.clone()]) && !piece[place].eq_ignore_ascii_case(mail.from));
        (outside && !uses && !said.sentence.question).then_some(cue)
    })?;
    let somebody = addressed(text, &cue, mail)?;
    Some((cue, somebody))
}

/// Whom words bring in that end before a name, or stand with an address.
pub(crate) fn brought_in(text: &Text<'_>, cue: &Cue, mail: &Mail<'_>) -> Option<Person> {
    let name = name_after(&text.said[cue.said], cue.words.end, REACH, mail);
    let somebody = addressed(text, cue, mail).or_else(|| name.map(|name| person(text, cue.said, Some(&name), mail)));
    somebody.filter(Person::is_known)
}

/// Somebody with an address: in the sentence of a row, else anywhere in the new text.
fn addressed(text: &Text<'_>, cue: &Cue, mail: &Mail<'_>) -> Option<Person> {
    let rest = (0..text.said.len()).filter(|at| *at != cue.said);
    let at = std::iter::once(cue.said).chain(rest).find(|at| {
        let said = &text.said[*at];
        let piece = text.body.get(said.place(&(0..said.tokens().len()))).unwrap_or_default();
        let outside = |place: std::ops::Range<usize>| {
            !mail.is_own_address(&piece[place.clone()]) && !piece[place].eq_ignore_ascii_case(mail.from)
        };
        addresses(piece).into_iter().any(outside)
    })?;
    let name = name_after(&text.said[at], 0, REACH, mail);
    Some(person(text, at, name.as_ref(), mail)).filter(|somebody| somebody.email.is_some())
}

/// The writer of a letter that was passed on: `From: Peggy Sloan <peggy@…>`.
pub(crate) fn forwarded_writer(text: &Text<'_>, mail: &Mail<'_>) -> Option<Person> {
    let range = text.parts.forwarded.clone().or_else(|| text.parts.quoted.last().cloned())?;
    let letter = text.body.get(range)?;
    let line = letter.lines().find(|line| {
        let name = line.trim().trim_start_matches('*').split(':').next().unwrap_or_default().trim().to_lowercase();
        ["from", "von", "de", "da", "van", "från", "fra", "od"].contains(&name.as_str())
    })?;
    let (_, writer) = line.split_once(':')?;
    let writer = writer.trim().trim_start_matches('*').trim();
    let place = addresses(writer).into_iter().next()?;
    let email = writer[place.clone()].to_lowercase();
    let name = writer[..place.start].trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
    let outside = !mail.is_own_address(&email) && !email.eq_ignore_ascii_case(mail.from);
    outside.then(|| Person {
        name: (!name.is_empty() && !name.contains('@')).then(|| name.to_owned()),
        email: Some(email),
        title: None,
        phone: None,
        quote: line.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        for table in [BEFORE_NAME, AFTER_NAME, ALONE] {
            for (row, weight) in table {
                assert!(Pattern::new(row).is_well_formed() && (0.5..1.0).contains(weight), "{row}");
            }
        }
        assert!(!TABLES.before.is_empty());
    }
}

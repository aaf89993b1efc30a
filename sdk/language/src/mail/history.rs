//! Where a mail stops being new: the marks that programs put above what they quote.

use super::parts::Line;

/// How somebody's words are introduced: a line that begins with the first and
/// holds the second, and ends in a colon.
const ATTRIBUTIONS: &[(&str, &str)] = &[
    ("on ", "wrote"),
    ("am ", "schrieb"),
    ("le ", "écrit"),
    ("el ", "escribió"),
    ("il ", "scritto"),
    ("em ", "escreveu"),
    ("op ", "schreef"),
    ("op ", "geschreven"),
    ("den ", "skrev"),
    ("fre ", "skrev"),
    ("tor ", "skrev"),
    ("ons ", "skrev"),
    ("tir ", "skrev"),
    ("man ", "skrev"),
    ("w dniu ", "napisał"),
    ("dnia ", "napisał"),
    ("dne ", "napsal"),
];

/// A program breaks a long attribution into this many lines at most.
const ATTRIBUTION_LINES: usize = 3;
/// Longest attribution, bytes: two names, two addresses and a date.
const MAX_ATTRIBUTION: usize = 300;

/// Words inside `-----…-----` above the conversation so far.
const ORIGINALS: &[&str] = &[
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "ursprungligt meddelande",
    "opprinnelig melding",
    "oprindelig meddelelse",
    "copy of the message",
];
/// The same above a letter that is passed on.
const FORWARDS: &[&str] = &[
    "forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "videresendt melding",
];

/// Names of header fields that a program writes above what it quotes: the writer's.
const FROM: &[&str] = &["from", "von", "de", "da", "van", "från", "fra", "od"];
/// And the others.
const FIELDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "enviado",
    "fecha",
    "para",
    "asunto",
    "inviato",
    "data",
    "a",
    "oggetto",
    "assunto",
    "verzonden",
    "aan",
    "onderwerp",
    "skickat",
    "till",
    "ämne",
    "sendt",
    "til",
    "emne",
    "wysłano",
    "do",
    "temat",
];
/// Fewest lines that look like a header and not like "To: be done".
const MIN_FIELDS: usize = 3;
/// The lines of a header stand together.
const HEADER_LINES: usize = 6;

/// What begins at a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// An attribution of this many lines; what follows may have quote signs.
    Attribution(usize),
    /// History down to the end.
    History,
    /// A forwarded letter down to the end.
    Forward,
}

/// The mark at a line, if there is one.
pub(super) fn mark(source: &str, lines: &[Line], at: usize) -> Option<Mark> {
    let text = lines[at].text(source).trim();
    let lower = text.to_lowercase();
    if let Some(inner) = between_rules(&lower) {
        if FORWARDS.iter().any(|words| inner.contains(words)) {
            return Some(Mark::Forward);
        }
        if ORIGINALS.iter().any(|words| inner.contains(words)) {
            return Some(Mark::History);
        }
    }
    if lower.starts_with("begin forwarded message") {
        return Some(Mark::Forward);
    }
    if is_header(source, lines, at) {
        return Some(Mark::History);
    }
    // A rule of underscores, as one program draws it above the header.
    if text.len() >= 10 && text.chars().all(|c| c == '_') {
        let next = (at + 1..lines.len()).find(|next| !lines[*next].is_blank(source));
        if next.is_some_and(|next| is_header(source, lines, next)) {
            return Some(Mark::History);
        }
    }
    attribution(source, lines, at).map(Mark::Attribution)
}

/// The words between two rules of dashes: `----- Original message -----`.
fn between_rules(line: &str) -> Option<&str> {
    let inner = line.trim_matches('-');
    let dashes = line.len() - inner.len();
    (dashes >= 3 && line.starts_with("--") && !inner.trim().is_empty()).then(|| inner.trim())
}

fn field(source: &str, line: &Line) -> Option<String> {
    let text = line.text(source).trim().trim_matches('*');
    let (name, _) = text.split_once(':')?;
    Some(name.trim().trim_matches('*').to_lowercase())
}

fn is_header(source: &str, lines: &[Line], at: usize) -> bool {
    if !field(source, &lines[at]).is_some_and(|name| FROM.contains(&name.as_str())) {
        return false;
    }
    let block = &lines[at..lines.len().min(at + HEADER_LINES)];
    let named = block.iter().take_while(|line| !line.is_blank(source)).filter_map(|line| field(source, line));
    named.filter(|name| FROM.contains(&name.as_str()) || FIELDS.contains(&name.as_str())).count() >= MIN_FIELDS
}

/// How many lines the attribution takes that begins here.
fn attribution(source: &str, lines: &[Line], at: usize) -> Option<usize> {
    let mut joined = String::new();
    for (count, line) in lines[at..].iter().take(ATTRIBUTION_LINES).enumerate() {
        if line.is_blank(source) {
            return None;
        }
        joined.push_str(&line.text(source).trim().to_lowercase());
        joined.push(' ');
        let text = joined.trim_end();
        if count == 0 && !ATTRIBUTIONS.iter().any(|(opening, _)| text.starts_with(opening))
            || text.len() > MAX_ATTRIBUTION
        {
            return None;
        }
        if !text.ends_with(':') {
            continue;
        }
        // A date or a time is in every one of them; "On the whole, he wrote:" has none.
        let dated = text.chars().any(|c| c.is_ascii_digit());
        let named = ATTRIBUTIONS.iter().any(|(opening, verb)| text.starts_with(opening) && text.contains(verb));
        return (dated && named).then_some(count + 1);
    }
    None
}

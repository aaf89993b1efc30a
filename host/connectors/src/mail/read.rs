//! A mail's bytes as what is kept of it: the envelope, the text, the headers that tell
//! machines from people, the names of what is attached.
//!
//! Invariants: everything kept is bounded and holds no U+0000; addresses are in lower
//! case; HTML becomes text; bytes of attachments are never kept. What cannot be read as a
//! mail is a mail without text, not an error: nothing that came is lost.

use std::collections::BTreeSet;

use html2text::config;
use html2text::render::TrivialDecorator;
use mail_parser::parsers::fields::thread::thread_name;
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders as _, PartType};
use serde_json::{Map, Value};
use skillhost_engine::mailbox::{Attachment, ReadMail};
use skillhost_engine::time::Timestamp;

/// Longest text that is kept, bytes: a very long thread quoted whole.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Most HTML that is turned into text, bytes: newsletters are below 200 KB, and the tree
/// that is built of it takes a multiple.
const MAX_HTML_BYTES: usize = 1024 * 1024;
/// Longest line of text made of HTML; mails are wrapped at less by whoever writes text.
const HTML_WIDTH: usize = 400;
/// Longest subject, name or header that is kept, characters.
const MAX_LINE_CHARS: usize = 998;
/// Most addresses of a field.
const MAX_ADDRESSES: usize = 200;
/// Longest address (RFC 5321).
const MAX_ADDRESS_CHARS: usize = 320;
/// Most ids of `References`: beyond it the middle says nothing.
const MAX_REFERENCES: usize = 100;
/// Most attachments that are named.
const MAX_ATTACHMENTS: usize = 100;
/// Headers that are kept, by lower-case name: who sent it, a person or a machine.
const HEADERS: [&str; 11] = [
    "auto-submitted",
    "precedence",
    "list-id",
    "list-unsubscribe",
    "x-autoreply",
    "x-auto-response-suppress",
    "return-path",
    "content-type",
    "x-failed-recipients",
    "feedback-id",
    "reply-to",
];

/// Reads a mail; `is_cut` says that these are its first bytes only.
pub fn read(bytes: &[u8], is_cut: bool) -> ReadMail {
    let Some(message) = MessageParser::default().parse(bytes) else {
        return ReadMail { is_cut: true, ..ReadMail::default() };
    };
    let from = message.from().and_then(Address::first);
    let subject = line(message.subject().unwrap_or_default());
    let (body, is_text_cut) = text(&message);
    let base = base_subject(&subject);
    ReadMail {
        message_id: message.message_id().and_then(id),
        in_reply_to: ids(message.in_reply_to()).into_iter().next(),
        references: references(ids(message.references())),
        from: from.and_then(|from| from.address()).map(address).unwrap_or_default(),
        from_name: line(from.and_then(|from| from.name()).unwrap_or_default()),
        to: addresses(message.all_to()),
        cc: addresses(message.all_cc()),
        is_reply: is_reply(&subject, &base),
        base_subject: base,
        subject,
        body,
        date: message.date().map(|date| Timestamp(date.to_timestamp().saturating_mul(1000))),
        headers: headers(&message),
        attachments: attachments(&message),
        is_cut: is_cut || is_text_cut,
    }
}

/// A subject without marks of replies, forwards and lists, in lower case.
pub fn base_subject(subject: &str) -> String {
    thread_name(subject).trim().to_lowercase()
}

/// Whether marks were taken off that are not those of a forward.
fn is_reply(subject: &str, base: &str) -> bool {
    let whole = subject.trim().to_lowercase();
    let forward = ["fw:", "fwd:", "wg:", "tr:"].iter().any(|mark| whole.starts_with(mark));
    whole != base && !forward
}

/// One line without control characters, bounded.
fn line(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MAX_LINE_CHARS).collect::<String>().trim().to_owned()
}

/// A message id as it may stand in a header again.
fn id(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>');
    let plain = !bare.is_empty() && bare.len() <= MAX_LINE_CHARS / 2;
    (plain && bare.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')).then(|| bare.to_owned())
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(one) => id(one).into_iter().collect(),
        HeaderValue::TextList(many) => many.iter().filter_map(|one| id(one)).collect(),
        _ => Vec::new(),
    }
}

/// The first and the last ones, each once.
fn references(all: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<String> = all.into_iter().filter(|id| seen.insert(id.clone())).collect();
    if kept.len() > MAX_REFERENCES {
        kept.drain(1..=kept.len() - MAX_REFERENCES);
    }
    kept
}

fn address(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    if clean.chars().count() > MAX_ADDRESS_CHARS { String::new() } else { clean.to_lowercase() }
}

fn addresses<'a>(fields: impl Iterator<Item = &'a Address<'a>>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for one in fields.flat_map(Address::iter).filter_map(|one| one.address()).map(address) {
        if all.len() < MAX_ADDRESSES && !one.is_empty() && !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The text of all its text parts; whether some was left out.
fn text(message: &Message<'_>) -> (String, bool) {
    let (mut body, mut is_cut) = (String::new(), false);
    for part in message.text_bodies() {
        let piece = match &part.body {
            PartType::Text(text) => plain(text),
            PartType::Html(html) => {
                is_cut |= html.len() > MAX_HTML_BYTES;
                of_html(cut(html, MAX_HTML_BYTES))
            }
            _ => continue,
        };
        if !body.is_empty() && !piece.is_empty() {
            body.push_str("\n\n");
        }
        body.push_str(&piece);
        if body.len() > MAX_TEXT_BYTES {
            let end = cut(&body, MAX_TEXT_BYTES).len();
            body.truncate(end);
            return (body, true);
        }
    }
    (body, is_cut)
}

/// Line ends as they are everywhere else, and nothing that no database keeps.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    text.trim_end().to_owned()
}

fn of_html(html: &str) -> String {
    let config =
        config::with_decorator(TrivialDecorator::new()).raw_mode(true).no_table_borders().allow_width_overflow();
    match config.string_from_read(html.as_bytes(), HTML_WIDTH) {
        Ok(text) => {
            let lines = text.lines().map(str::trim_end);
            // A rule is drawn across the whole width.
            let lines = lines.map(|line| if line.chars().all(|c| c == '─') { "" } else { line });
            plain(&lines.collect::<Vec<_>>().join("\n"))
        }
        Err(_) => String::new(),
    }
}

/// The beginning of a text, whole characters, at most so long.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

fn headers(message: &Message<'_>) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in message.headers_raw() {
        let name = name.to_ascii_lowercase();
        if HEADERS.contains(&name.as_str()) && !kept.contains_key(&name) {
            kept.insert(name, Value::from(line(value)));
        }
    }
    kept
}

fn attachments(message: &Message<'_>) -> Vec<Attachment> {
    let all = message.attachments().take(MAX_ATTACHMENTS);
    all.map(|part| {
        let content_type = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |kind| match kind.subtype() {
                Some(sub) => format!("{}/{sub}", kind.ctype()).to_lowercase(),
                None => kind.ctype().to_lowercase(),
            },
        );
        Attachment {
            name: line(part.attachment_name().unwrap_or_default()),
            content_type: line(&content_type),
            bytes: u64::try_from(part.len()).unwrap_or(u64::MAX),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> ReadMail {
        read(text.replace('\n', "\r\n").as_bytes(), false)
    }

    #[test]
    fn a_mail_of_parts_is_its_text_and_the_names_of_the_rest() {
        let mail = of("From: =?UTF-8?Q?Mira_H=C3=B6lt?= <Mira@Globex.Example>\n\
             To: Ada <ada@acme.example>, Team: bob@acme.example, ADA@acme.example;\nCc: <jonas@globex.example>\n\
             Subject: =?ISO-8859-1?Q?Re:_Caf=E9?=\nDate: Tue, 3 Nov 2026 10:00:00 +0100\n\
             Message-ID: <b@globex.example>\nIn-Reply-To: <a@acme.example>\nReferences: <r@x>\n <a@acme.example>\n\
             Auto-Submitted: auto-replied\nX-Secret: no\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
             --a\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
             Sch=F6ne Gr=FC=DFe\n--a\nContent-Type: text/html\n\n<p>other</p>\n--a--\n\
             --m\nContent-Type: application/pdf; name=\"quote.pdf\"\nContent-Disposition: attachment\n\
             Content-Transfer-Encoding: base64\n\naGVsbG8=\n--m--\n");
        assert_eq!((mail.from.as_str(), mail.from_name.as_str()), ("mira@globex.example", "Mira Hölt"));
        assert_eq!(mail.to, ["ada@acme.example", "bob@acme.example"]);
        assert_eq!(mail.cc, ["jonas@globex.example"]);
        assert_eq!((mail.subject.as_str(), mail.base_subject.as_str(), mail.is_reply), ("Re: Café", "café", true));
        assert_eq!(mail.message_id.as_deref(), Some("b@globex.example"));
        assert_eq!(mail.in_reply_to.as_deref(), Some("a@acme.example"));
        assert_eq!(mail.references, ["r@x", "a@acme.example"]);
        assert_eq!(mail.date, Some(Timestamp(1_793_696_400_000)));
        assert_eq!(mail.body, "Schöne Grüße");
        assert_eq!(mail.headers.get("auto-submitted").and_then(Value::as_str), Some("auto-replied"));
        assert!(!mail.headers.contains_key("x-secret"));
        let pdf = Attachment { name: "quote.pdf".into(), content_type: "application/pdf".into(), bytes: 5 };
        assert_eq!(mail.attachments, [pdf]);
        assert!(!mail.is_cut);
    }

    #[test]
    fn html_alone_becomes_text_with_its_lines() {
        let mail = of("From: a@x.example\nSubject: Hi\nContent-Type: text/html; charset=utf-8\n\n\
             <html><head><style>p{color:red}</style><title>t</title></head><body><div>Hello&nbsp;Ada,</div>\
             <div>see <a href=\"https://x.example/q?t=1\">the quote</a> &amp; tell me</div><hr><table><tr><td>1</td>\
             <td>2</td></tr></table><script>x()</script></body></html>\n");
        let lines: Vec<&str> = mail.body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.get(..2), Some(&["Hello\u{a0}Ada,", "see the quote & tell me"][..]), "{:?}", mail.body);
        assert!(
            !mail.body.contains("color") && !mail.body.contains("x()") && !mail.body.contains('─'),
            "{}",
            mail.body
        );
    }

    #[test]
    fn a_forward_is_no_reply_and_a_bare_subject_neither() {
        for (subject, reply) in [("Re: a", true), ("AW: a", true), ("Fwd: a", false), ("a", false), ("", false)] {
            assert_eq!(of(&format!("From: a@x.example\nSubject: {subject}\n\n.")).is_reply, reply, "{subject}");
        }
    }

    #[test]
    fn nothing_hostile_is_kept_or_grows() {
        let long = "x".repeat(MAX_TEXT_BYTES + 10);
        let mail = of(&format!("From: a@x.example\nSubject: a\0b\nMessage-ID: <a b\0@x>\n\nbe\0fore {long}"));
        assert!(mail.is_cut && mail.body.len() <= MAX_TEXT_BYTES && !mail.body.contains('\0'));
        assert!(!mail.subject.contains('\0') && mail.message_id.is_none(), "{mail:?}");
        let many: String = (0..500).map(|n| format!(" <{n}@x>\n")).collect();
        let mail = of(&format!("From: a@x.example\nReferences:{many}\n."));
        assert_eq!(mail.references.len(), MAX_REFERENCES);
        assert_eq!((mail.references.first(), mail.references.last()), (Some(&"0@x".into()), Some(&"499@x".into())));
        let deep = format!("From: a@x.example\nContent-Type: text/html\n\n{}deep", "<div>".repeat(20_000));
        assert!(of(&deep).body.len() <= MAX_TEXT_BYTES);
        for broken in ["", "\n", "no mail", "From", "Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x"] {
            let _read = of(broken);
        }
    }
}

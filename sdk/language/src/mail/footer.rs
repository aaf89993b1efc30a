//! Paragraphs that nobody wrote for this mail: disclaimers, a phone's line, the
//! foot of a mailing.

/// A paragraph that holds all words of a row is a footer.
const FOOTERS: &[&[&str]] = &[
    &["confidential", "intended"],
    &["confidential", "recipient"],
    &["privileged", "recipient"],
    &["intended recipient"],
    &["received this", "in error"],
    &["any files transmitted with it"],
    &["consider the environment", "print"],
    &["does not accept", "liability"],
    &["scanned", "virus"],
    &["registered in england"],
    &["registered office"],
    &["company registration"],
    &["you are receiving this"],
    &["you receive this", "because"],
    &["you received this", "because you"],
    &["you're receiving this"],
    &["to unsubscribe", "click"],
    &["unsubscribe here"],
    &["click here to unsubscribe"],
    &["unsubscribe or manage"],
    &["manage preferences"],
    &["manage your preferences"],
    &["if you no longer wish to receive"],
    &["if you would no longer like to receive"],
    &["if you do not want to receive any more"],
    &["reply stop to"],
];

/// How a line begins that a program adds by itself.
const DEVICES: &[&str] = &[
    "sent from my ",
    "sent from mobile",
    "sent via ",
    "sent with ",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "envoyé de mon ",
    "enviado desde mi ",
    "inviato da ",
    "skickat från ",
];
/// A device's line is short; a sentence that begins so is not one.
const MAX_DEVICE_WORDS: usize = 8;

/// Whether a paragraph is a footer.
pub(super) fn is_footer(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase().replace('\u{2019}', "'");
    let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    FOOTERS.iter().any(|row| row.iter().all(|words| lower.contains(words)))
}

/// Whether a line is a device's.
pub(super) fn is_device_line(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    DEVICES.iter().any(|start| lower.starts_with(start)) && lower.split_whitespace().count() <= MAX_DEVICE_WORDS
}

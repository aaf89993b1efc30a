//! Files that an effect takes along. A skill names one (`artifact:<name>`, see
//! [`crate::artifact`]) and what the recipient sees it called; the host fills in which
//! bytes that is, of what type and how many, before anybody is asked. So the card shows
//! the file that is sent, and the approval is bound to its digest.

use serde_json::{Map, Value, json};

use super::schema::MAX_LINE;
use super::text as plain;
use crate::artifact::{DIGEST_PATTERN, MAX_MEDIA_TYPE, MEDIA_TYPE_PATTERN, REFERENCE_PATTERN};

/// Most attachments of one mail.
pub const MAX_ATTACHMENTS: usize = 10;
/// Bytes of all attachments of one mail: in base64 14 MB, where mailboxes take 20 to 25.
pub const MAX_ATTACHED_BYTES: u64 = 10 * 1024 * 1024;
/// Longest name of a file: what file systems take.
pub const MAX_FILE_NAME: usize = 120;

/// A name with nothing in it that ends a header, leaves a folder or hides a type.
const FILE_NAME: &str =
    "^(?![. ])[^\\x00-\\x1f\\x7f/\\\\:*?\"<>|\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f]+(?<![. ])$";

/// What the recipient sees a file called.
pub(super) fn file_name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_FILE_NAME, "pattern": FILE_NAME})
}

/// What names a kept file: by the skill, then by the host.
pub(super) fn reference() -> Value {
    let pattern = format!("^(?:{REFERENCE_PATTERN}|{DIGEST_PATTERN})$");
    json!({"type": "string", "maxLength": MAX_LINE, "pattern": pattern})
}

/// Filled in by the host.
pub(super) fn media_type() -> Value {
    json!({"type": "string", "maxLength": MAX_MEDIA_TYPE, "pattern": format!("^{MEDIA_TYPE_PATTERN}$")})
}

/// Filled in by the host.
pub(super) fn bytes() -> Value {
    json!({"type": "integer", "minimum": 0})
}

/// A mail's list.
pub(super) fn list() -> Value {
    let item = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["artifact", "name"],
        "properties": {
            "artifact": reference(), "name": file_name(), "media_type": media_type(), "bytes": bytes(),
        },
    });
    json!({"type": "array", "items": item, "maxItems": MAX_ATTACHMENTS})
}

/// The entries of `attachments`.
pub(super) fn in_list(payload: &mut Value) -> Vec<&mut Map<String, Value>> {
    let list = payload.get_mut("attachments").and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut).collect()
}

/// Two files of one name would be one to most readers; and what is too much is too much
/// for the servers on the way.
pub(super) fn check_list(payload: &Value) -> Result<(), (String, String)> {
    let entries = payload.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (mut names, mut sum) = (Vec::new(), 0_u64);
    for (at, entry) in entries.iter().enumerate() {
        let name = entry.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        if names.contains(&name) {
            return Err((format!("/attachments/{at}/name"), "another attachment has this name".to_owned()));
        }
        names.push(name);
        sum = sum.saturating_add(entry.get("bytes").and_then(Value::as_u64).unwrap_or(0));
    }
    if sum > MAX_ATTACHED_BYTES {
        let message = format!("the attachments have {sum} bytes, more than {MAX_ATTACHED_BYTES}");
        return Err(("/attachments".to_owned(), message));
    }
    Ok(())
}

/// One a line: name, type, size and digest.
pub(super) fn words(_: &Value, list: &Value) -> Option<String> {
    let lines: Option<Vec<String>> = list.as_array()?.iter().map(|entry| describe(entry.as_object()?)).collect();
    lines.map(|lines| lines.join("\n"))
}

/// `Proposal.pdf, application/pdf, 48.2 KB, sha256:…`; what the host has not filled in
/// yet is left out, and what else is there is shown.
fn describe(entry: &Map<String, Value>) -> Option<String> {
    let mut parts = vec![entry.get("name")?.as_str()?.to_owned()];
    parts.extend(entry.get("media_type").map(plain));
    parts.extend(entry.get("bytes").map(|bytes| bytes.as_u64().map_or_else(|| plain(bytes), size)));
    parts.push(entry.get("artifact")?.as_str()?.to_owned());
    let known = ["name", "media_type", "bytes", "artifact"];
    parts.extend(
        entry
            .iter()
            .filter(|(field, _)| !known.contains(&field.as_str()))
            .map(|(field, value)| format!("{field}: {}", plain(value))),
    );
    Some(parts.join(", "))
}

/// `812 bytes`, `48.2 KB`, `1.4 MB`.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} KB", tenths(1000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::effect::kind;

    fn mail(attachments: Value) -> Value {
        json!({"to": ["b@x.example"], "subject": "s", "body": "b", "attachments": attachments})
    }

    fn digest() -> String {
        format!("sha256:{}", "ab".repeat(32))
    }

    #[test]
    fn a_file_is_shown_by_name_type_size_and_digest() {
        let email = kind("email.send").unwrap();
        let one = json!({"artifact": digest(), "name": "Offer.pdf", "media_type": "application/pdf", "bytes": 48_230});
        let two = json!({"artifact": "artifact:terms", "name": "terms.txt"});
        let payload = mail(json!([one, two]));
        email.validate(&payload).unwrap();
        let line = email.lines(&payload).into_iter().find(|line| line.label == "Attachments").unwrap();
        assert!(line.multiline);
        let shown = format!("Offer.pdf, application/pdf, 48.2 KB, {}\nterms.txt, artifact:terms", digest());
        assert_eq!(line.value, shown);
        assert_eq!((size(7), size(1_450_000)), ("7 bytes".to_owned(), "1.4 MB".to_owned()));
    }

    #[test]
    fn names_of_files_stay_names_and_references_are_references() {
        let email = kind("email.send").unwrap();
        let entry = |artifact: &str, name: &str| json!([{"artifact": artifact, "name": name}]);
        for artifact in
            ["artifact:offer-pdf", "artifact:assemble/offer-pdf", "artifact:assemble[0]/offer-pdf", &digest()]
        {
            email.validate(&mail(entry(artifact, "a.pdf"))).unwrap();
        }
        for artifact in
            ["offer", "artifact:", "artifact:../etc", "artifact:a/b/c", "sha256:ab", "artifact:A", "file:///x"]
        {
            let error = email.validate(&mail(entry(artifact, "a.pdf"))).unwrap_err();
            assert_eq!(error.pointer, "/attachments/0/artifact", "{artifact}");
        }
        for name in ["a/b.pdf", "..", ".bashrc", "a\\b", "a\r\nBcc: x", "x.exe\u{202e}fdp.", "a.pdf ", "", "a\"b"] {
            let error = email.validate(&mail(entry("artifact:a", name))).unwrap_err();
            assert_eq!(error.pointer, "/attachments/0/name", "{name:?}");
        }
        email.validate(&mail(entry("artifact:a", "Angebot für Müller, 2. Fassung.pdf"))).unwrap();
        assert!(email.validate(&mail(json!(["plan.pdf"]))).is_err());
    }

    #[test]
    fn attachments_are_bounded_in_number_bytes_and_each_has_its_name() {
        let email = kind("email.send").unwrap();
        let entry = |name: String, bytes: u64| json!({"artifact": digest(), "name": name, "media_type": "text/plain", "bytes": bytes});
        let many = |count: usize| (0..count).map(|n| entry(format!("{n}.txt"), 1)).collect::<Vec<_>>();
        email.validate(&mail(json!(many(MAX_ATTACHMENTS)))).unwrap();
        assert!(email.validate(&mail(json!(many(MAX_ATTACHMENTS + 1)))).is_err());
        email.validate(&mail(json!([entry("a".into(), MAX_ATTACHED_BYTES)]))).unwrap();
        let large = mail(json!([entry("a".into(), MAX_ATTACHED_BYTES), entry("b".into(), 1)]));
        assert_eq!(email.validate(&large).unwrap_err().pointer, "/attachments");
        let twice = mail(json!([entry("a.txt".into(), 1), entry("A.TXT".into(), 1)]));
        assert_eq!(email.validate(&twice).unwrap_err().pointer, "/attachments/1/name");
    }
}

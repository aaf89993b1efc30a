//! The end of a mail: the rep's signature, once.

use meeting_record::first_name;
use skillhost_sdk::sources::User;

/// Line ends of one kind, no NUL, no blanks at the ends.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").replace('\0', "");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// The text with the signature at its end, once; the name where there is none.
pub fn signed(text: &str, user: &User) -> String {
    let signature = clean(&user.signature);
    let signature = if signature.is_empty() { user.name.trim().to_owned() } else { signature };
    if signature.is_empty() || ends_with_signature(text, &signature) {
        return text.to_owned();
    }
    // A name the writer put under the closing would stand there twice.
    let (rest, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let own_name = last.trim().trim_end_matches([',', '.']);
    let is_name = !own_name.is_empty()
        && (own_name.eq_ignore_ascii_case(user.name.trim()) || own_name.eq_ignore_ascii_case(first_name(&user.name)));
    let text = if is_name { rest.trim_end() } else { text };
    match text.is_empty() {
        true => signature,
        false => format!("{text}\n\n{signature}"),
    }
}

/// Compared by words, so that other blanks or a `-- ` line change nothing.
fn ends_with_signature(text: &str, signature: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace().filter(|word| *word != "--").map(str::to_lowercase).collect()
    };
    let (text, signature) = (words(text), words(signature));
    text.ends_with(&signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_stands_once() {
        let ada = User { name: "Ada Reed".into(), signature: "Ada Reed\nAcme".into(), ..User::default() };
        let want = "Hi,\n\ntext\n\nBest,\n\nAda Reed\nAcme";
        for draft in ["Hi,\n\ntext\n\nBest,", "Hi,\n\ntext\n\nBest,\nAda", want] {
            assert_eq!(signed(draft, &ada), want, "{draft:?}");
        }
    }
}

//! Tags and entities of cue text.

use super::cue::Words;

/// A piece of a cue's payload in one voice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Voiced {
    pub(super) speaker: Option<String>,
    pub(super) words: Words,
}

fn entity(text: &str) -> Option<(&'static str, usize)> {
    [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&lrm;", ""),
        ("&rlm;", ""),
    ]
    .into_iter()
    .find(|(name, _)| text.starts_with(name))
    .map(|(name, char)| (char, name.len()))
}

/// The name of `<v.class Name>`; `None` for every other tag.
fn voice(tag: &str) -> Option<&str> {
    let rest = tag.strip_prefix('v')?;
    match rest.chars().next() {
        Some('.' | ' ' | '\t') => {
            let name = rest.split_once([' ', '\t']).map_or("", |(_, name)| name);
            Some(name.trim())
        }
        _ => None,
    }
}

/// Whether what stands between `<` and `>` is a tag rather than words: `a < b > c`.
fn is_tag(tag: &str) -> bool {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let name_end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
    let name = &tag[..name_end];
    tag.is_empty()
        || matches!(
            name,
            "v" | "c" | "b" | "i" | "u" | "s" | "ruby" | "rt" | "lang" | "font" | "span" | "em" | "strong" | "br"
        )
        || super::clock::millis(tag).is_some()
}

/// Takes a line apart: voices, other tags dropped, entities decoded. `speaker` is
/// the voice that is still open from the line before.
pub(super) fn pieces(line: &str, speaker: &mut Option<String>) -> Vec<Voiced> {
    let mut all = Vec::new();
    let mut now = Voiced { speaker: speaker.clone(), ..Voiced::default() };
    let mut rest = line;
    let finish = |now: &mut Voiced, all: &mut Vec<Voiced>, next: Option<String>| {
        let done = std::mem::replace(now, Voiced { speaker: next, ..Voiced::default() });
        if !done.words.text.trim().is_empty() {
            all.push(trimmed(done));
        }
    };
    while let Some(at) = rest.find(['<', '&']) {
        now.words.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((decoded, length)) = entity(rest) {
            now.words.joints.push(now.words.text.len());
            now.words.text.push_str(decoded);
            now.words.joints.push(now.words.text.len());
            rest = &rest[length..];
            continue;
        }
        let tag = rest.strip_prefix('<').and_then(|inner| inner.find('>').map(|end| &inner[..end]));
        match tag {
            Some(tag) if is_tag(tag) => {
                rest = &rest[tag.len() + 2..];
                if let Some(name) = voice(tag) {
                    *speaker = (!name.is_empty()).then(|| unescaped(name));
                    finish(&mut now, &mut all, speaker.clone());
                } else if tag == "/v" {
                    *speaker = None;
                    finish(&mut now, &mut all, None);
                } else if !now.words.text.is_empty() {
                    // The source goes on behind a tag that is gone here.
                    now.words.joints.push(now.words.text.len());
                }
            }
            _ => {
                now.words.text.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    now.words.text.push_str(rest);
    finish(&mut now, &mut all, None);
    all
}

fn unescaped(name: &str) -> String {
    name.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn trimmed(mut voiced: Voiced) -> Voiced {
    let text = &voiced.words.text;
    let lead = text.len() - text.trim_start().len();
    let kept = text.trim().to_owned();
    voiced.words.joints.retain(|joint| *joint > lead && *joint < lead + kept.len());
    voiced.words.joints.iter_mut().for_each(|joint| *joint -= lead);
    voiced.words.text = kept;
    voiced
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(line: &str) -> Vec<(Option<String>, String)> {
        pieces(line, &mut None).into_iter().map(|v| (v.speaker, v.words.text)).collect()
    }

    #[test]
    fn voices_tags_and_entities() {
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(of("<v.loud.x Mira Holt>Hi <b>there</b></v>"), vec![(some("Mira Holt"), "Hi there".into())]);
        assert_eq!(of("<v Ada>One</v><v Ben>Two"), vec![(some("Ada"), "One".into()), (some("Ben"), "Two".into())]);
        assert_eq!(of("R&amp;D &lt;3 <00:00:01.000>now"), vec![(None, "R&D <3 now".into())]);
        assert_eq!(of("if a < b and b > c"), vec![(None, "if a < b and b > c".into())]);
        assert_eq!(of("AT&T <"), vec![(None, "AT&T <".into())]);
        assert_eq!(of("<v >x"), vec![(None, "x".into())]);
        assert!(of("<v Ada></v>").is_empty());
    }

    #[test]
    fn joints_mark_what_is_not_verbatim() {
        let words = &pieces("  R&amp;D is fun", &mut None)[0].words;
        assert_eq!(words.text, "R&D is fun");
        assert_eq!(words.joints, vec![1, 2]);
    }
}

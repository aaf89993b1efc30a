//! Quotes are exact substrings of what was read.
//!
//! A statement of an output may name the read it comes from and quote it. The
//! quote counts only if that read happened in this call and its text holds the
//! quote byte for byte; a paraphrase is refused.

use serde_json::Value;

use crate::outcome::Evidence;

/// Most pieces of evidence in one outcome: an hour's talk gives some dozens.
pub const MAX_EVIDENCE: usize = 500;

/// Why a quote does not stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("evidence {index}: {message}")]
pub struct EvidenceError {
    /// Which piece.
    pub index: usize,
    /// What is wrong with it, without its words.
    pub message: String,
}

/// Checks all evidence against the bodies of the call's reads. A body is JSON
/// text, in which a quote's own marks and breaks are escaped, so the quote may
/// stand in it as written or as JSON writes it.
pub fn check<'a>(
    evidence: &[Evidence],
    output: &Value,
    read: impl Fn(&str) -> Option<&'a str>,
) -> Result<(), EvidenceError> {
    let bad = |index, message: &str| Err(EvidenceError { index, message: message.to_owned() });
    if evidence.len() > MAX_EVIDENCE {
        return bad(MAX_EVIDENCE, "too many pieces of evidence");
    }
    for (index, piece) in evidence.iter().enumerate() {
        if piece.quote.trim().is_empty() {
            return bad(index, "the quote is empty");
        }
        let Some(body) = read(&piece.read_id) else {
            return bad(index, "names a read that did not happen in this call");
        };
        if !holds(body, &piece.quote) {
            return bad(index, "the quote is not in what was read");
        }
        if output.pointer(&piece.supports).is_none() {
            return bad(index, "supports a place that the output does not have");
        }
    }
    Ok(())
}

fn holds(body: &str, quote: &str) -> bool {
    if body.contains(quote) {
        return true;
    }
    let written = Value::String(quote.to_owned()).to_string();
    body.contains(&written[1..written.len() - 1])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const BODY: &str = r#"{"text":"Ann: I'll send \"the plan\" by Friday.\nBob: fine"}"#;

    fn run(read_id: &str, quote: &str, supports: &str) -> Result<(), EvidenceError> {
        let piece = Evidence { read_id: read_id.into(), quote: quote.into(), supports: supports.into() };
        check(&[piece], &json!({"items": [1]}), |id| (id == "r1").then_some(BODY))
    }

    #[test]
    fn exact_words_stand() {
        run("r1", "I'll send", "/items/0").unwrap();
        run("r1", "\"the plan\" by Friday.\nBob", "/items").unwrap();
        run("r1", "fine", "").unwrap();
    }

    #[test]
    fn anything_else_does_not() {
        for (read, quote, place, what) in [
            ("r1", "I will send", "/items/0", "not in what was read"),
            ("r2", "I'll send", "/items/0", "did not happen"),
            ("r1", "I'll send", "/items/1", "does not have"),
            ("r1", "  ", "/items", "empty"),
        ] {
            let error = run(read, quote, place).unwrap_err();
            assert!(error.message.contains(what), "{error}");
        }
    }
}

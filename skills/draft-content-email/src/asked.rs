//! What was asked, said back.

use deal_record::{Asked, Selection};
use rep_manner::{reads_well, sentence};

/// The first paragraph.
pub(crate) fn said_back(selection: &Selection) -> String {
    let theirs =
        selection.asked.iter().find(|asked| asked.source != "request" && reads_well(&asked.quote) && is_theirs(asked));
    match theirs {
        Some(asked) if asked.source == "mail" => {
            format!("You asked: “{}” Here is what we have on it.", sentence(&asked.quote))
        }
        Some(asked) => format!("In our call you asked: “{}” Here is what we have on it.", sentence(&asked.quote)),
        None if selection.asked.iter().any(|asked| asked.source == "meeting") => {
            "As discussed in our call, here is what you asked for.".to_owned()
        }
        None => "Here is what you asked for.".to_owned(),
    }
}

/// A question or a wish; a promise is ours.
fn is_theirs(asked: &Asked) -> bool {
    let lower = asked.quote.to_lowercase().replace('\u{2019}', "'");
    !["i'll", "i will", "we'll", "we will", "let me"].iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(quote: &str, source: &str) -> String {
        let asked = Asked { quote: quote.to_owned(), source: source.to_owned(), ..Asked::default() };
        said_back(&Selection { asked: vec![asked], ..Selection::default() })
    }

    #[test]
    fn words_that_read_well_are_said_back() {
        assert_eq!(
            back("Could you send me the security paper?", "meeting"),
            "In our call you asked: “Could you send me the security paper?” Here is what we have on it."
        );
        assert_eq!(
            back("Please send me your price list", "mail"),
            "You asked: “Please send me your price list.” Here is what we have on it."
        );
    }

    #[test]
    fn spoken_words_are_not() {
        for quote in [
            "um could you send me the paper",
            "Could you, you know, send me the paper?",
            "Could could you send me the paper?",
            "I'll send you the security paper",
            "The paper please",
            "Send it to http://evil.example and me",
        ] {
            assert_eq!(back(quote, "meeting"), "As discussed in our call, here is what you asked for.", "{quote}");
        }
        assert_eq!(back("Please send the security paper over", "request"), "Here is what you asked for.");
    }
}

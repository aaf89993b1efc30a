//! A letter of law: a claim, a threat of court, a lawyer who writes for somebody.
//!
//! What it rejects is an offer to settle, and what it asks has a term: a person has to
//! read it. To know one more of its phrases, add a row; two of them make such a letter.

use std::sync::LazyLock;

use skillhost_language::{Pattern, table};

use crate::text::Text;

const ROWS: &[&str] = &[
    "without prejudice",
    "act|acting|instructed for|by|on ~2 our? client|behalf|limited|ltd|plc|mr|mrs|ms|the",
    "we are instructed",
    "our client|clients losses?|has|have|is|rejects|reserves|requires|will|and",
    "letter before|of action|claim",
    "pre action",
    "issue|commence|begin|bring|start ~2 proceedings|claim|court",
    "reserve|reserves|reserved ~5 rights|right|position",
    "rights ~4 reserved",
    "breach of ~2 contract|agreement|warranty|duty|terms",
    "liability ~2 admitted|denied|accepted|accept",
    "in default of",
    "solicitor|solicitors|attorney|attorneys|barrister|lawyers|counsel ~3 instructed|advised|advise|acting|write|written",
    "county|small|high ~1 court|claims",
    "notice of ~1 dispute|claim|arbitration|breach|default",
    "legal|formal ~1 action|claim|proceedings|dispute",
    "damages|compensation ~4 for|of|in",
    "without further notice",
    "details of your insurers|insurer",
];
/// Fewest phrases of such a letter.
const LEAST: usize = 2;

static TABLE: LazyLock<Vec<Pattern>> = LazyLock::new(|| table(ROWS));

/// Whether a mail is a letter of law.
pub(crate) fn is_dispute(text: &Text<'_>) -> bool {
    let found = |row: &&Pattern| {
        row.find(&text.subject).is_some() || text.said.iter().any(|said| row.find(said.tokens()).is_some())
    };
    TABLE.iter().filter(found).count() >= LEAST
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::mail::Mail;

    fn is(subject: &str, body: &str) -> bool {
        let headers = BTreeMap::new();
        let mail = Mail {
            from: "jo@globex.test",
            from_name: "Jo",
            subject,
            body,
            headers: &headers,
            answers: true,
            own_domains: &[],
            own_names: &[],
        };
        is_dispute(&Text::of(&mail))
    }

    #[test]
    fn letters_of_law_and_others() {
        assert!(TABLE.iter().all(Pattern::is_well_formed));
        for body in [
            "We act for Globex Limited. Your offer is rejected and our client reserves all its rights.",
            "This is a letter before action. Unless we are paid we shall issue a claim in the county court.",
            "You are in breach of contract and we will commence proceedings.",
        ] {
            assert!(is("Globex", body), "{body}");
        }
        for body in [
            "We have decided not to proceed. Our lawyers did not like clause 9.",
            "I act for the board in such matters and it is a no.",
            "Our solicitors have the contract and you will have it signed on Friday.",
            "We reject the offer, sorry.",
        ] {
            assert!(!is("Re: Offer", body), "{body}");
        }
    }
}

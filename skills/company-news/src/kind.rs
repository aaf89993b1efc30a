//! What kind of news it is.

use skillhost_sdk::sources::Article;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Money came in.
    Funding,
    /// Somebody came or went at the top.
    Leadership,
    /// One company buys another.
    Acquisition,
    /// Jobs go.
    Layoffs,
    /// They grow.
    Expansion,
    /// Something new to sell.
    Product,
    /// They work with somebody.
    Partnership,
    /// They were praised.
    Award,
    /// Anything else.
    Other,
}

use Kind::{Acquisition, Award, Expansion, Funding, Layoffs, Leadership, Other, Partnership, Product};

/// Words of a headline, the more telling first. All words of a row must stand in it.
const ROWS: [(&[&str], Kind); 44] = [
    (&["layoffs"], Layoffs),
    (&["lays", "off"], Layoffs),
    (&["laying", "off"], Layoffs),
    (&["cuts", "jobs"], Layoffs),
    (&["job", "cuts"], Layoffs),
    (&["redundancies"], Layoffs),
    (&["restructuring"], Layoffs),
    (&["acquires"], Acquisition),
    (&["acquired"], Acquisition),
    (&["acquisition"], Acquisition),
    (&["merger"], Acquisition),
    (&["merges"], Acquisition),
    (&["takeover"], Acquisition),
    (&["buys"], Acquisition),
    (&["series", "a"], Funding),
    (&["series", "b"], Funding),
    (&["series", "c"], Funding),
    (&["series", "d"], Funding),
    (&["raises", "million"], Funding),
    (&["raises", "round"], Funding),
    (&["secures", "million"], Funding),
    (&["funding"], Funding),
    (&["investment", "round"], Funding),
    (&["appoints"], Leadership),
    (&["names", "ceo"], Leadership),
    (&["names", "chief"], Leadership),
    (&["names", "coo"], Leadership),
    (&["names", "cfo"], Leadership),
    (&["steps", "down"], Leadership),
    (&["new", "ceo"], Leadership),
    (&["resigns"], Leadership),
    (&["hires", "chief"], Leadership),
    (&["expands"], Expansion),
    (&["expansion"], Expansion),
    (&["opens"], Expansion),
    (&["wins", "award"], Award),
    (&["award"], Award),
    (&["partners"], Partnership),
    (&["partnership"], Partnership),
    (&["teams", "up"], Partnership),
    (&["launches"], Product),
    (&["unveils"], Product),
    (&["introduces"], Product),
    (&["releases"], Product),
];
/// What makes news a rumour, or the news that there are none.
const UNCERTAIN: [&str; 19] = [
    "reportedly",
    "rumour",
    "rumours",
    "rumor",
    "rumors",
    "rumoured",
    "rumored",
    "speculation",
    "denies",
    "denied",
    "may",
    "might",
    "could",
    "considers",
    "considering",
    "mulls",
    "weighs",
    "allegedly",
    "talks",
];

impl Kind {
    /// The word of the source.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Funding => "funding",
            Leadership => "leadership",
            Acquisition => "acquisition",
            Layoffs => "layoffs",
            Expansion => "expansion",
            Product => "product",
            Partnership => "partnership",
            Award => "award",
            Other => "other",
        }
    }

    /// After so many days it is no news any more: what changes who decides, or with
    /// which money, is asked about for a quarter, the rest for six weeks.
    #[must_use]
    pub fn fresh_days(self) -> i64 {
        match self {
            Funding | Leadership | Acquisition | Layoffs | Expansion => 90,
            Product | Partnership | Award | Other => 45,
        }
    }

    /// What the provider says, else what the headline says.
    #[must_use]
    pub fn of(article: &Article) -> Self {
        let said = article.kind.as_deref().unwrap_or_default();
        let known = [Funding, Leadership, Acquisition, Layoffs, Expansion, Product, Partnership, Award];
        known.into_iter().find(|kind| kind.as_str() == said).unwrap_or_else(|| {
            let words = words(&article.title);
            let has = |wanted: &&str| words.iter().any(|word| word == wanted) || is_money(wanted, &words);
            ROWS.iter().find(|(row, _)| row.iter().all(has)).map_or(Other, |(_, kind)| *kind)
        })
    }
}

/// `$20M` stands for "million".
fn is_money(wanted: &str, words: &[String]) -> bool {
    wanted == "million"
        && words.iter().any(|word| {
            word.strip_suffix(['m', 'k'])
                .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
        })
}

/// Whether a headline says so itself that it is not certain.
pub(crate) fn is_uncertain(title: &str) -> bool {
    // May is a month too: a capital inside the headline makes it one.
    let month = title.split_whitespace().skip(1).any(|word| word == "May" || word == "May,");
    words(title).iter().any(|word| UNCERTAIN.contains(&word.as_str()) && !(word == "may" && month))
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, kind: Option<&str>) -> Kind {
        Kind::of(&Article { title: title.to_owned(), kind: kind.map(str::to_owned), ..Article::default() })
    }

    #[test]
    fn headlines_tell_their_kind() {
        for (title, kind) in [
            ("Globex raises $20M", Funding),
            ("Globex raises prices", Other),
            ("Globex closes Series B", Funding),
            ("Globex appoints Mira Holt as COO", Leadership),
            ("Globex to cut 40: job cuts in Kiel", Layoffs),
            ("Initech buys Globex", Acquisition),
            ("Globex opens a second depot", Expansion),
            ("Globex and the weather", Other),
        ] {
            assert_eq!(of(title, None), kind, "{title}");
        }
        assert_eq!(of("Globex opens", Some("award")), Award);
        assert_eq!(of("Globex opens", Some("other")), Expansion);
    }

    #[test]
    fn rumours_are_seen() {
        assert!(is_uncertain("Globex may cut jobs") && is_uncertain("Globex denies takeover"));
        assert!(!is_uncertain("Globex opens in May") && !is_uncertain("Globex cuts jobs"));
    }
}

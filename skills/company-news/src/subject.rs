//! Whether an article is about this company.

use skillhost_sdk::sources::Article;

use crate::name::{self, Mention};
use crate::sector;

/// Names that are common words or shared by many companies: alone they prove
/// nothing.
const COMMON: &[&str] = &[
    "advance",
    "alpha",
    "anchor",
    "apex",
    "apollo",
    "apple",
    "arc",
    "arrow",
    "ascend",
    "aspire",
    "atlas",
    "aurora",
    "axis",
    "beacon",
    "beta",
    "blue",
    "bolt",
    "bridge",
    "bright",
    "brook",
    "canvas",
    "cascade",
    "castle",
    "cedar",
    "centre",
    "century",
    "circle",
    "clear",
    "compass",
    "core",
    "crest",
    "crown",
    "delta",
    "discovery",
    "dynamic",
    "eagle",
    "echo",
    "eclipse",
    "edge",
    "element",
    "elevate",
    "ember",
    "empire",
    "endeavour",
    "equinox",
    "evergreen",
    "evolve",
    "express",
    "falcon",
    "first",
    "focus",
    "forge",
    "frontier",
    "fusion",
    "galaxy",
    "gateway",
    "genesis",
    "global",
    "granite",
    "gravity",
    "guardian",
    "harbor",
    "harbour",
    "harmony",
    "haven",
    "heritage",
    "highland",
    "horizon",
    "hub",
    "icon",
    "impact",
    "infinity",
    "insight",
    "keystone",
    "landmark",
    "latitude",
    "legacy",
    "liberty",
    "link",
    "lotus",
    "lumen",
    "magnet",
    "maple",
    "matrix",
    "maverick",
    "meridian",
    "metro",
    "momentum",
    "monarch",
    "mosaic",
    "motion",
    "national",
    "nexus",
    "north",
    "nova",
    "oak",
    "oasis",
    "omega",
    "orbit",
    "origin",
    "pacific",
    "palm",
    "paragon",
    "peak",
    "pearl",
    "phoenix",
    "pine",
    "pinnacle",
    "pioneer",
    "pivot",
    "planet",
    "premier",
    "prime",
    "prism",
    "pulse",
    "quantum",
    "quest",
    "radius",
    "rapid",
    "regent",
    "ridge",
    "river",
    "rocket",
    "royal",
    "sage",
    "sapphire",
    "shield",
    "sierra",
    "signal",
    "silver",
    "smart",
    "solid",
    "source",
    "spark",
    "spectrum",
    "spring",
    "square",
    "star",
    "sterling",
    "stone",
    "stream",
    "stripe",
    "summit",
    "sun",
    "swift",
    "target",
    "tempo",
    "terra",
    "titan",
    "torch",
    "tower",
    "trident",
    "trinity",
    "triumph",
    "united",
    "unity",
    "universal",
    "urban",
    "vanguard",
    "vector",
    "venture",
    "vertex",
    "victory",
    "vision",
    "vista",
    "vital",
    "voyage",
    "wave",
    "west",
    "zenith",
];

/// The company that news are sought of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: Option<String>,
    /// Its industry, in words.
    pub industry: Option<String>,
    /// Where it is.
    pub place: Option<String>,
    /// People whose whole names tie an article to it.
    pub people: Vec<String>,
    /// What is being talked about with it: names of deals and products.
    pub topics: Vec<String>,
}

/// What ties an article to the company, beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// Its domain stands in it.
    Domain,
    /// A person of it.
    Person,
    /// The line of business agrees.
    Sector,
    /// The place agrees.
    Place,
    /// The name alone, which is no common word.
    Name,
}

impl KnownBy {
    /// The word in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Person => "person",
            Self::Sector => "sector",
            Self::Place => "place",
            Self::Name => "name",
        }
    }
}

/// Why an article is not about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotIt {
    /// It does not name it where a reader looks.
    NotNamed,
    /// It names another one.
    Another,
}

/// People of the target whom the article names.
pub(crate) fn people<'a>(article: &Article, target: &'a Target) -> Vec<&'a str> {
    let text = format!("{} {}", article.title, article.summary).to_lowercase();
    let named = |name: &&String| {
        let name = name.trim().to_lowercase();
        name.split_whitespace().count() > 1 && holds_words(&text, &name)
    };
    target.people.iter().filter(named).map(String::as_str).collect()
}

/// Whether words stand in a text as words of their own; both lower case.
fn holds_words(text: &str, words: &str) -> bool {
    !words.is_empty()
        && text.match_indices(words).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + words.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
}

/// What ties the article to the company.
pub(crate) fn known_by(article: &Article, target: &Target) -> Result<KnownBy, NotIt> {
    let core = name::core(&target.name);
    let sectors = sector::of(target.industry.as_deref().unwrap_or_default());
    // What it is about stands in the headline or the first sentence.
    let opening = article.summary.split_inclusive(['.', '!', '?']).next().unwrap_or_default();
    let seen = [name::mention(&article.title, &core, &sectors), name::mention(opening, &core, &sectors)];
    if !seen.contains(&Mention::Whole) {
        let within = seen.contains(&Mention::Within);
        return Err(if within { NotIt::Another } else { NotIt::NotNamed });
    }
    // A longer name in the headline is whom the article is about.
    if seen[0] == Mention::Within {
        return Err(NotIt::Another);
    }
    let text = format!("{} {}", article.title, article.summary);
    match domains(article, &text, &core, target.domain.as_deref()) {
        Some(true) => return Ok(KnownBy::Domain),
        Some(false) => return Err(NotIt::Another),
        None => {}
    }
    if !people(article, target).is_empty() {
        return Ok(KnownBy::Person);
    }
    let described = sector::described(&text);
    if !sectors.is_empty() && !described.is_empty() && !described.iter().any(|sector| sectors.contains(sector)) {
        return Err(NotIt::Another);
    }
    if sector::of(&text).iter().any(|sector| sectors.contains(sector)) {
        return Ok(KnownBy::Sector);
    }
    if let Some(place) = target.place.as_deref().and_then(|place| place.split(',').next()).map(str::trim)
        && place.chars().count() > 2
        && holds_words(&text.to_lowercase(), &place.to_lowercase())
    {
        return Ok(KnownBy::Place);
    }
    let common = core.iter().all(|word| COMMON.contains(&word.as_str()) || word.chars().count() < 3);
    if common { Err(NotIt::Another) } else { Ok(KnownBy::Name) }
}

/// Whether the article names the company's domain (true), or one of another
/// company of its name (false).
fn domains(article: &Article, text: &str, core: &[String], domain: Option<&str>) -> Option<bool> {
    let domain = domain?.trim().to_lowercase();
    let host = article.url.as_deref().and_then(host_of).unwrap_or_default();
    let named: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| word.contains('.') && !word.contains(".."))
        .chain([host])
        .filter(|host| !host.is_empty())
        .collect();
    let is_own = |host: &String| *host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
    if named.iter().any(is_own) {
        return Some(true);
    }
    let flat: String = core.concat();
    let is_twin = |host: &String| {
        let label = host.trim_start_matches("www.").split('.').next().unwrap_or_default().replace('-', "");
        !flat.is_empty() && label == flat
    };
    named.iter().any(is_twin).then_some(false)
}

fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    Some(host.trim_start_matches("www.").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            name: "Globex".to_owned(),
            domain: Some("globex.test".to_owned()),
            industry: Some("Logistics".to_owned()),
            place: Some("Kiel, Germany".to_owned()),
            people: vec!["Mira Holt".to_owned()],
            topics: Vec::new(),
        }
    }

    fn seen(target: &Target, title: &str, summary: &str, url: Option<&str>) -> Result<KnownBy, NotIt> {
        let article = Article {
            title: title.to_owned(),
            summary: summary.to_owned(),
            url: url.map(str::to_owned),
            ..Article::default()
        };
        known_by(&article, target)
    }

    #[test]
    fn something_besides_the_name_agrees() {
        let target = target();
        for (title, summary, url, want) in [
            ("Globex opens", "", Some("https://news.globex.test/1"), Ok(KnownBy::Domain)),
            ("Globex opens", "See globex.test for more.", None, Ok(KnownBy::Domain)),
            ("Globex names Mira Holt COO", "", None, Ok(KnownBy::Person)),
            ("Globex opens a depot", "", None, Ok(KnownBy::Sector)),
            ("Globex hires in Kiel", "", None, Ok(KnownBy::Place)),
            ("Globex hires again", "", None, Ok(KnownBy::Name)),
        ] {
            assert_eq!(seen(&target, title, summary, url), want, "{title}");
        }
    }

    #[test]
    fn another_company_of_like_name_is_none() {
        let target = target();
        for (title, summary, url) in [
            ("Globex Pharma opens a lab", "Globex Pharma grows.", None),
            ("Globex wins approval", "The drug maker Globex said so.", None),
            ("Globex opens", "", Some("https://globex.example/news")),
            ("Globex opens", "Their site is globex.io.", None),
            ("Globex Foundation gives", "Globex is a friend.", None),
        ] {
            assert_eq!(seen(&target, title, summary, url), Err(NotIt::Another), "{title}");
        }
        let common = Target { name: "Summit Ltd".to_owned(), ..Target::default() };
        assert_eq!(seen(&common, "Summit grows", "Summit said so.", None), Err(NotIt::Another));
        assert_eq!(seen(&target, "Hauliers on strike", "Many firms, and Globex too. More", None), Ok(KnownBy::Name));
        assert_eq!(seen(&target, "Hauliers on strike", "Many firms. Also Globex.", None), Err(NotIt::NotNamed));
    }
}

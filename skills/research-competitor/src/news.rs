//! What was published on it.

use deal_record::day_of;
use meeting_record::one_line;
use schemars::JsonSchema;
use serde::Serialize;
use skillhost_sdk::context;
use skillhost_sdk::sources::{AboutCompany, Article, instant_ms};
use skillhost_sdk::{Call, ReadErrorKind};

/// Older news are history: a quarter.
const MAX_AGE_MS: i64 = 90 * 86_400_000;
/// Most articles.
const MOST: usize = 5;

/// An article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Headline, exact.
    pub title: String,
    /// Who published it.
    pub source: String,
    /// Day.
    pub day: String,
    /// Page.
    pub url: Option<String>,
    /// `funding`, `product`, …
    pub kind: Option<String>,
    /// What to read it for.
    pub why: String,
}

/// An article that was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Headline.
    pub title: String,
    /// Why not.
    pub reason: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) read_id: String,
    pub(crate) reports: Vec<Report>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// Searches; a source that fails is a gap and nothing more.
pub(crate) fn search(name: &str, call: &Call, known: &[&str]) -> Result<Found, String> {
    let since = day_of(call.now_ms() - MAX_AGE_MS, "UTC");
    let read = match context::news(&AboutCompany::Name(name.to_owned()), since.as_deref()) {
        Ok(read) => read,
        Err(error) if error.kind == ReadErrorKind::NotFound => return Ok(Found::default()),
        Err(error) => return Err(format!("the news could not be read ({})", error.kind.as_str())),
    };
    let mut found = Found { read_id: read.read_id, ..Found::default() };
    let mut articles = read.value.articles;
    articles.sort_by_key(|article| std::cmp::Reverse(instant_ms(&article.published_at)));
    for article in articles {
        match judged(&article, name, call.now_ms(), known) {
            Ok(why) if found.reports.len() < MOST => found.reports.push(Report {
                title: article.title,
                source: one_line(&article.source),
                day: article.published_at.get(..10).unwrap_or_default().to_owned(),
                url: article.url.filter(|url| url.starts_with("https://")),
                kind: article.kind,
                why,
            }),
            Ok(_) => {}
            Err(reason) => found.left_out.push(LeftOut { title: one_line(&article.title), reason }),
        }
    }
    Ok(found)
}

/// What to read it for, or why not.
fn judged(article: &Article, name: &str, now: i64, known: &[&str]) -> Result<String, String> {
    if article.title.trim().is_empty() {
        return Err("it has no headline".to_owned());
    }
    match instant_ms(&article.published_at) {
        None => return Err("its day is not known".to_owned()),
        Some(at) if at > now => return Err("it is dated after today".to_owned()),
        Some(at) if now - at > MAX_AGE_MS => return Err("it is older than 90 days".to_owned()),
        Some(_) => {}
    }
    let text = format!("{}\n{}", article.title, article.summary);
    if !names(&text, name) {
        return Err(format!("it does not name {name}"));
    }
    let ours = known.iter().find(|other| !other.trim().is_empty() && names(&text, other));
    let why = match article.kind.as_deref() {
        Some("funding") => "they have new money",
        Some("leadership") => "somebody new leads there",
        Some("product") => "they have something new to sell",
        Some("acquisition") => "they bought or were bought",
        Some("layoffs") => "they let people go",
        Some("partnership") => "they have a new partner",
        Some("expansion") => "they go somewhere new",
        Some("award") => "they were praised",
        _ => "it is about them",
    };
    Ok(match ours {
        Some(other) => format!("{why}; it names {other} too"),
        None => why.to_owned(),
    })
}

/// Whether a name stands in a text as words of its own, written as a name is: with
/// its capitals, and not as a part of a longer name.
fn names(text: &str, name: &str) -> bool {
    let name = name.trim();
    if name.is_empty() {
        return false;
    }
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let alone = !before.ends_with(char::is_alphanumeric)
            && !after.starts_with(char::is_alphanumeric)
            && !before.ends_with(['-', '@', '.', '/']);
        // "Haldane Capital" is somebody else; "Haldane Raises $5m" is a headline.
        let next = after.strip_prefix(' ').and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
        alone && !next.is_some_and(|word| OTHER_FIRMS.contains(&word.to_lowercase().as_str()))
    })
}

/// Words that make a longer name of another firm.
const OTHER_FIRMS: [&str; 16] = [
    "capital",
    "university",
    "college",
    "hospital",
    "foundation",
    "street",
    "county",
    "family",
    "museum",
    "school",
    "estate",
    "holdings",
    "ventures",
    "law",
    "church",
    "airport",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        for (text, named) in [
            ("Haldane raises 5 million", true),
            ("Haldane Raises $5m for docks", true),
            ("New at Haldane: a scanner", true),
            ("Haldane's new scanner", true),
            ("Haldane Capital buys a tower", false),
            ("McHaldane opens", false),
            ("Haldanesoft opens", false),
            ("see www.Haldane.test", false),
            ("haldane is a village", false),
            ("", false),
        ] {
            assert_eq!(names(text, "Haldane"), named, "{text}");
        }
        assert!(!names("anything", " "));
    }

    #[test]
    fn old_and_undated_news_are_none() {
        // 2026-11-20T15:00:00Z
        let now = 1_795_186_800_000;
        let article = |at: &str| Article {
            title: "Haldane has a scanner".into(),
            published_at: at.into(),
            kind: Some("product".into()),
            ..Article::default()
        };
        assert_eq!(
            judged(&article("2026-11-01T00:00:00.000Z"), "Haldane", now, &[]).as_deref(),
            Ok("they have something new to sell")
        );
        for (at, reason) in [
            ("2026-08-01T00:00:00.000Z", "it is older than 90 days"),
            ("2026-12-01T00:00:00.000Z", "it is dated after today"),
            ("lately", "its day is not known"),
        ] {
            assert_eq!(judged(&article(at), "Haldane", now, &[]), Err(reason.to_owned()));
        }
        let both = Article { summary: "Globex uses it.".into(), ..article("2026-11-01T00:00:00.000Z") };
        assert_eq!(
            judged(&both, "Haldane", now, &["Globex"]).as_deref(),
            Ok("they have something new to sell; it names Globex too")
        );
    }
}

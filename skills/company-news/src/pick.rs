//! From a provider's list to what is worth a word.

use briefing_record::RepClock;
use meeting_record::same_matter;
use skillhost_sdk::sources::{Article, instant_ms};

use crate::kind::{self, Kind};
use crate::subject::{self, KnownBy, NotIt, Target};
use crate::weight;

/// An article dated further ahead than this is misdated; a day covers all zones.
const AHEAD_MS: i64 = 86_400_000;

/// Why an article was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Too old for its kind.
    Stale,
    /// No date, or one in the future.
    Undated,
    /// It does not name the company where a reader looks.
    NotAboutIt,
    /// It is about another company of like name, or nothing tells them apart.
    Another,
    /// A rumour, or the denial of one.
    Uncertain,
    /// The same story was told by a newer one.
    Told,
    /// About the company, and of no use here.
    NoUse,
}

impl Left {
    /// The word in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Undated => "undated",
            Self::NotAboutIt => "not_about_it",
            Self::Another => "another_company",
            Self::Uncertain => "uncertain",
            Self::Told => "told_already",
            Self::NoUse => "no_use_here",
        }
    }
}

/// An article that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked<'a> {
    /// The article.
    pub article: &'a Article,
    /// What happened.
    pub kind: Kind,
    /// Whole days since it was published.
    pub days: i64,
    /// What ties it to the company.
    pub known_by: KnownBy,
    /// People of the target whom it names.
    pub named: Vec<&'a str>,
    /// How much it matters.
    pub weight: i64,
    /// Why, in words.
    pub why: String,
}

/// All articles, judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged<'a> {
    /// What matters, most first.
    pub picked: Vec<Picked<'a>>,
    /// The rest, in the order given.
    pub left: Vec<(&'a Article, Left)>,
}

/// Judges the articles of a provider.
#[must_use]
pub fn pick<'a>(articles: &'a [Article], target: &'a Target, clock: &RepClock) -> Judged<'a> {
    let mut judged = Judged::default();
    for article in articles {
        match one(article, target, clock) {
            Ok(picked) => judged.picked.push(picked),
            Err(left) => judged.left.push((article, left)),
        }
    }
    judged.picked.sort_by(|a, b| {
        let key = |picked: &Picked<'_>| (picked.weight, -picked.days);
        key(b).cmp(&key(a)).then_with(|| a.article.id.cmp(&b.article.id))
    });
    let mut kept: Vec<Picked<'a>> = Vec::new();
    for picked in std::mem::take(&mut judged.picked) {
        let told = kept
            .iter()
            .any(|other| other.kind == picked.kind && same_matter(&other.article.title, &picked.article.title));
        if told {
            judged.left.push((picked.article, Left::Told));
        } else {
            kept.push(picked);
        }
    }
    judged.picked = kept;
    judged
}

fn one<'a>(article: &'a Article, target: &'a Target, clock: &RepClock) -> Result<Picked<'a>, Left> {
    let at = instant_ms(&article.published_at).filter(|at| at - clock.now_ms() <= AHEAD_MS).ok_or(Left::Undated)?;
    let kind = Kind::of(article);
    let days = ((clock.now_ms() - at) / AHEAD_MS).max(0);
    if days > kind.fresh_days() {
        return Err(Left::Stale);
    }
    let known_by = subject::known_by(article, target).map_err(|not_it| match not_it {
        NotIt::NotNamed => Left::NotAboutIt,
        NotIt::Another => Left::Another,
    })?;
    if kind::is_uncertain(&article.title) {
        return Err(Left::Uncertain);
    }
    let named = subject::people(article, target);
    let (weight, why) = weight::of(kind, &article.title, days, &named, target).ok_or(Left::NoUse)?;
    Ok(Picked { article, kind, days, known_by, named, weight, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22T08:00:00Z.
    const NOW: i64 = 1_795_334_400_000;

    fn article(id: &str, title: &str, days: i64) -> Article {
        Article {
            id: id.to_owned(),
            title: title.to_owned(),
            published_at: RepClock::text(NOW - days * AHEAD_MS),
            ..Article::default()
        }
    }

    #[test]
    fn each_article_is_picked_or_left_with_its_reason() {
        let target = Target { name: "Globex".to_owned(), industry: Some("Logistics".to_owned()), ..Target::default() };
        let articles = [
            article("fresh", "Globex opens a depot in Kiel", 3),
            article("again", "Globex opens depot, Kiel cheers", 5),
            article("old", "Globex raises $20M", 91),
            article("edge", "Globex raises $30M for trucks", 90),
            article("award", "Globex wins award", 2),
            article("other", "Globex Pharma opens a lab", 2),
            article("rumour", "Globex may cut jobs", 2),
            article("silent", "Strike at the harbour", 2),
            article("future", "Globex opens tomorrow", -3),
            Article { published_at: "soon".to_owned(), ..article("undated", "Globex opens", 1) },
        ];
        let judged = pick(&articles, &target, &RepClock::new(NOW, "UTC"));
        let picked: Vec<&str> = judged.picked.iter().map(|picked| picked.article.id.as_str()).collect();
        assert_eq!(picked, ["fresh", "edge"]);
        let left: Vec<(&str, Left)> = judged.left.iter().map(|(article, left)| (article.id.as_str(), *left)).collect();
        assert_eq!(
            left,
            [
                ("old", Left::Stale),
                ("award", Left::NoUse),
                ("other", Left::Another),
                ("rumour", Left::Uncertain),
                ("silent", Left::NotAboutIt),
                ("future", Left::Undated),
                ("undated", Left::Undated),
                ("again", Left::Told),
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(
            titles in prop::collection::vec("(Globex |globex |Pharma |opens |May |é|[^a]){0,6}", 0..6),
            name in ".{0,12}",
        ) {
            let articles: Vec<Article> =
                titles.iter().enumerate().map(|(at, title)| article(&at.to_string(), title, 1)).collect();
            let target = Target { name, domain: Some("globex.test".to_owned()), ..Target::default() };
            let judged = pick(&articles, &target, &RepClock::new(NOW, "UTC"));
            prop_assert_eq!(judged.picked.len() + judged.left.len(), articles.len());
        }
    }
}

//! News as triggers.

use briefing_record::{LeftOut, Reading, RepClock, Source, Trigger};
use company_news::{Target, pick};
use skillhost_sdk::context;
use skillhost_sdk::sources::AboutCompany;

use crate::{Found, Known};

/// The provider is asked for as many days as the longest-lived kind stays news.
const ASKED_MS: i64 = 90 * 86_400_000;
/// Fields of a company that say where it is, as CRMs name them.
const PLACES: [&str; 4] = ["city", "location", "headquarters", "hq"];

pub(crate) fn triggers(known: &Known, left_out: &mut Vec<LeftOut>, reading: &mut Reading) -> Vec<Found> {
    let Some(company) = known.company.as_ref().filter(|company| !company.name.trim().is_empty()) else {
        return Vec::new();
    };
    let domain = company.domain.clone().filter(|domain| !domain.trim().is_empty());
    let target = Target {
        name: company.name.clone(),
        domain: domain.clone(),
        industry: company.industry.clone(),
        place: PLACES.iter().find_map(|field| company.fields.get(*field)?.as_str()).map(str::to_owned),
        people: known.contacts.iter().map(|contact| contact.name.clone()).collect(),
        topics: vec![known.deal.name.clone()],
    };
    let about = domain.map_or_else(|| AboutCompany::Name(company.name.clone()), AboutCompany::Domain);
    let since = RepClock::text(known.since.max(known.clock.now_ms() - ASKED_MS));
    let Some(read) = reading.optional(context::news(&about, since.get(..10))) else { return Vec::new() };
    let judged = pick(&read.value.articles, &target, &known.clock);
    left_out.extend(
        judged.left.iter().map(|(article, left)| LeftOut { id: article.id.clone(), why: left.as_str().to_owned() }),
    );
    let mut found = Vec::new();
    for picked in judged.picked {
        let article = picked.article;
        if !known.is_new(&article.published_at) {
            left_out.push(LeftOut { id: article.id.clone(), why: "before_the_last_activity".to_owned() });
            continue;
        }
        found.push(Found {
            trigger: Trigger {
                kind: picked.kind.as_str().to_owned(),
                words: article.title.trim().to_owned(),
                publisher: Some(article.source.trim().to_owned()).filter(|name| !name.is_empty()),
                contact_id: None,
                at: article.published_at.clone(),
                days: picked.days,
                why: picked.why,
                strength: picked.weight,
                source: Source::new("news", &article.id).at(&article.published_at),
            },
            read_id: read.read_id.clone(),
        });
    }
    found
}

//! Picks the news that matter for a meeting.
//!
//! Which articles are about the company, fresh and of use is decided in the library
//! `company-news`; here is whom the meeting is with ([`target`]) and what is told.

mod target;

use briefing_record::tally::counted;
use briefing_record::{
    Appointment, AppointmentInput, Kind, LeftOut, NewsItem, NewsItems, Proof, Reading, RepClock, Source, account,
    proven,
};
use company_news::{KnownBy, pick};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Most news of one briefing.
const MAX_NEWS: usize = 3;
/// The provider is asked for as many days as the longest-lived kind stays news.
const ASKED_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// Picks the news of the company that the meeting is with.
#[skill]
pub fn run(call: &Call, input: AppointmentInput) -> Result<Outcome<NewsItems>, Failure> {
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value);
    let user = reading.optional(context::user()).map(|read| read.value);
    let appointment = Appointment::load(call, &input, org.as_ref(), user.as_ref())?;
    let nothing = |reading: Reading, why: &str| {
        let output = NewsItems { missing: reading.into_missing(), ..NewsItems::default() };
        Ok(Outcome::new(output).summary(why))
    };
    if appointment.kind != Kind::External {
        return nothing(reading, "no meeting with people from outside is ahead: no news are asked for");
    }
    let clock = RepClock::of(call);
    let contacts = account::contacts(&appointment, &mut reading);
    let deal = account::deal(&appointment, &contacts, &mut reading);
    let company = account::company(&appointment, &contacts, deal.as_ref().map(|read| &read.value), &mut reading);
    let company = company.map(|read| read.value);
    let Some(sought) = target::of(&appointment, &contacts, deal.as_ref().map(|read| &read.value), company.as_ref())
    else {
        return nothing(reading, "no company is known: no news are asked for");
    };

    let since = RepClock::text(clock.now_ms() - ASKED_DAYS * DAY_MS);
    let Some(read) = reading.optional(context::news(&sought.about, since.get(..10))) else {
        let mut outcome = nothing(reading, "no news")?;
        outcome.output.company = Some(sought.target.name);
        return Ok(outcome);
    };
    let judged = pick(&read.value.articles, &sought.target, &clock);
    let mut output = NewsItems { company: Some(sought.target.name.clone()), ..NewsItems::default() };
    let mut proofs = Vec::new();
    for picked in judged.picked {
        // Without a record of the company only its domain, or a person, is proof.
        let sure = company.is_some() || matches!(picked.known_by, KnownBy::Domain | KnownBy::Person);
        if !sure || output.items.len() == MAX_NEWS {
            let why = if sure { "no_use_here" } else { "another_company" };
            output.left_out.push(LeftOut { id: picked.article.id.clone(), why: why.to_owned() });
            continue;
        }
        let title = picked.article.title.trim();
        proofs.push(Proof::new(&read.read_id, title, format!("/items/{}/title", output.items.len())));
        output.items.push(NewsItem {
            id: picked.article.id.clone(),
            title: title.to_owned(),
            publisher: picked.article.source.clone(),
            url: picked.article.url.clone(),
            published_at: picked.article.published_at.clone(),
            days: picked.days,
            kind: picked.kind.as_str().to_owned(),
            why: picked.why,
            known_by: picked.known_by.as_str().to_owned(),
            source: Source::new("news", &picked.article.id).at(&picked.article.published_at),
        });
    }
    output.left_out.extend(
        judged.left.iter().map(|(article, left)| LeftOut { id: article.id.clone(), why: left.as_str().to_owned() }),
    );
    output.missing = reading.into_missing();
    let summary = match output.items.first() {
        Some(first) => format!("{}, first: {}", counted(output.items.len(), "news item"), first.title),
        None => format!("no news worth a word, of {} read", read.value.articles.len()),
    };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

skillhost_sdk::cases!();

//! Makes the brief before a meeting.
//!
//! [`who`], [`standing`] and [`open_points`] word what the steps before found,
//! [`suggestions`] draws goals and questions from it, [`refine`] lets a model word
//! better ones, [`text`] puts it together for a card. To add a line: a function in
//! the section it belongs to, with its source.

mod open_points;
mod refine;
mod standing;
mod suggestions;
mod text;
mod who;

use briefing_record::{
    Appointment, AppointmentInput, Attendees, History, Kind, Line, Missing, NewsItems, OwedItems, Proof, Reading,
    RepClock, account, proven,
};
use meeting_record::shortened;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

/// Longest line, characters: three lines of a telephone.
pub(crate) const MAX_LINE: usize = 200;
/// Most news.
const MAX_NEWS: usize = 3;

/// The meeting and what the steps before found; null where one failed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The meeting, as its event names it.
    pub meeting: AppointmentInput,
    /// Of `enrich-attendees`.
    pub attendees: Option<Attendees>,
    /// Of `pull-crm-history`.
    pub history: Option<History>,
    /// Of `check-previous-action-items`.
    pub action_items: Option<OwedItems>,
    /// Of `research-company-news`.
    pub news: Option<NewsItems>,
}

/// The brief.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Output {
    /// Whether there is anything to prepare.
    pub needed: bool,
    /// The meeting's title and time.
    pub title: String,
    /// All of it for a card, Markdown.
    pub text: String,
    /// The lines and their sources.
    pub sections: Sections,
    /// Parts and sources that are not in it, with the reason.
    pub left_out: Vec<String>,
    /// Whose goals and questions stand: `rules`, or `rules+model`.
    pub by: String,
    /// Why a model's were not used, where one could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_refined: Option<String>,
}

/// The lines of a brief.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Sections {
    /// Who comes.
    pub who: Vec<Line>,
    /// How things stand.
    pub where_we_stand: Vec<Line>,
    /// What is owed.
    pub open_points: Vec<Line>,
    /// News worth a word.
    pub news: Vec<Line>,
    /// What to achieve.
    pub goals: Vec<Line>,
    /// What to ask.
    pub questions: Vec<Line>,
}

/// Everything the rules look at.
pub(crate) struct Facts {
    pub(crate) appointment: Appointment,
    pub(crate) attendees: Option<Attendees>,
    pub(crate) history: Option<History>,
    /// The history was pulled: what is not in it did not happen.
    pub(crate) history_is_whole: bool,
    pub(crate) owed: Option<OwedItems>,
    pub(crate) news: Option<NewsItems>,
    pub(crate) clock: RepClock,
}

/// Makes the brief.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Output>, Failure> {
    let mut reading = Reading::default();
    let org = reading.optional(context::org()).map(|read| read.value);
    let user = reading.optional(context::user()).map(|read| read.value);
    let appointment = Appointment::load(call, &input.meeting, org.as_ref(), user.as_ref())?;
    let clock = RepClock::of(call);
    let title = text::title(&appointment, &clock);
    let proof = appointment.read_id.as_ref().map(|read_id| Proof::new(read_id, appointment.title.trim(), "/title"));
    if let Some(why) = no_need(&appointment, org.as_ref().map(|org| org.name.as_str())) {
        let output =
            Output { title, text: format!("No prep needed: {why}."), by: "rules".to_owned(), ..Output::default() };
        return Ok(proven(Outcome::new(output), proof).summary(format!("no prep needed: {why}")));
    }

    let mut left_out = left_out(&input);
    let mut facts = Facts {
        appointment,
        attendees: input.attendees,
        history_is_whole: input.history.as_ref().is_some_and(|history| history.missing.is_empty()),
        history: input.history,
        owed: input.action_items,
        news: input.news,
        clock,
    };
    // What two of the four would have known stands in the org's own records too.
    if facts.attendees.is_none() || facts.history.is_none() {
        let contacts = account::contacts(&facts.appointment, &mut reading);
        if facts.attendees.is_none() {
            facts.attendees = Some(who::from_records(&facts.appointment, &contacts));
        }
        if facts.history.is_none() {
            let deal = account::deal(&facts.appointment, &contacts, &mut reading);
            facts.history = deal.map(|read| standing::from_record(&read.value, &facts.clock));
        }
    }
    left_out.extend(reading.into_missing().iter().map(|missing| format!("{} ({})", missing.source, missing.why)));
    left_out.dedup();

    let mut sections = Sections {
        who: who::lines(&facts),
        where_we_stand: standing::lines(&facts),
        open_points: open_points::lines(&facts),
        news: news(&facts),
        ..Sections::default()
    };
    let suggested = suggestions::of(&facts);
    let refined = refine::over(&sections, &suggested);
    let (by, not_refined) = match &refined {
        Ok(_) => ("rules+model", None),
        Err(refusal) => ("rules", Some(refusal.as_str().to_owned())),
    };
    let suggested = refined.unwrap_or(suggested);
    sections.goals = suggested.goals.into_iter().map(|goal| goal.line).collect();
    sections.questions = suggested.questions;
    let text = text::whole(&facts, &sections, &left_out);
    let summary = format!(
        "a brief of {} lines, {} open points",
        sections.who.len() + sections.where_we_stand.len() + sections.open_points.len() + sections.news.len(),
        sections.open_points.len()
    );
    let output = Output { needed: true, title, text, sections, left_out, by: by.to_owned(), not_refined };
    Ok(proven(Outcome::new(output), proof).summary(summary))
}

/// Why nobody has to prepare.
fn no_need(appointment: &Appointment, org: Option<&str>) -> Option<String> {
    match appointment.kind {
        Kind::External => None,
        Kind::Internal => Some(match org.filter(|org| !org.trim().is_empty()) {
            Some(org) => format!("everybody invited is of {org}"),
            None => "everybody invited is a colleague".to_owned(),
        }),
        Kind::Alone => Some("nobody else is invited".to_owned()),
        Kind::Off => Some("the meeting is cancelled or declined".to_owned()),
        Kind::Over => Some("the meeting has ended".to_owned()),
    }
}

/// The parts that are null, and the sources that the others could not read.
fn left_out(input: &Input) -> Vec<String> {
    let mut named: Vec<String> = [
        (input.attendees.is_none(), "who comes, in detail"),
        (input.history.is_none(), "history"),
        (input.action_items.is_none(), "earlier steps"),
        (input.news.is_none(), "news"),
    ]
    .into_iter()
    .filter(|(absent, _)| *absent)
    .map(|(_, name)| name.to_owned())
    .collect();
    let missing = [
        input.attendees.as_ref().map(|part| &part.missing),
        input.history.as_ref().map(|part| &part.missing),
        input.action_items.as_ref().map(|part| &part.missing),
        input.news.as_ref().map(|part| &part.missing),
    ];
    for Missing { source, why } in missing.into_iter().flatten().flatten() {
        let text = format!("{source} ({why})");
        if !named.contains(&text) {
            named.push(text);
        }
    }
    named
}

fn news(facts: &Facts) -> Vec<Line> {
    let items = facts.news.iter().flat_map(|news| &news.items).take(MAX_NEWS);
    items
        .map(|item| {
            let mut from = vec![item.publisher.trim().to_owned()];
            from.extend(facts.clock.ago(&item.published_at));
            from.retain(|part| !part.is_empty());
            let text = format!("{} ({}): {}", item.title, from.join(", "), item.why);
            Line::new(shortened(&text, MAX_LINE), item.source.clone())
        })
        .collect()
}

skillhost_sdk::cases!();

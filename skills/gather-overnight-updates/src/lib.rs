//! Says what happened since the last working day ended.
//!
//! One module a source: [`calendar`], [`deals`], [`campaigns`], [`logged`]; each
//! gives lines of its own. To tell of one more source: a module like these and its
//! place in `run`.

mod calendar;
mod campaigns;
mod deals;
mod logged;

use briefing_record::tally::counted;
use briefing_record::{Overnight, Proof, Reading, RepClock, Source, Update, proven};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::instant_ms;
use skillhost_sdk::{Call, Failure, Outcome, skill};

/// When a working day ends.
const EVENING: i8 = 18;
/// As many sources are read; with none of them nothing is known.
const SOURCES: usize = 4;
/// Most lines.
const MAX_UPDATES: usize = 6;

/// Since when to look.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// RFC 3339; 18:00 of the last working day when null.
    pub since: Option<String>,
}

/// The stretch that is told of.
pub(crate) struct Night<'a> {
    /// Epoch milliseconds.
    pub(crate) since: i64,
    pub(crate) clock: &'a RepClock,
}

impl Night<'_> {
    /// Whether an instant lies in it.
    pub(crate) fn holds(&self, at: &str) -> bool {
        instant_ms(at).is_some_and(|at| at >= self.since && at <= self.clock.now_ms())
    }
}

/// Says what happened overnight.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Overnight>, Failure> {
    let clock = RepClock::of(call);
    let given = match &input.since {
        Some(since) => Some(instant_ms(since).ok_or_else(|| Failure::invalid("bad-since", "`since` is no instant"))?),
        None => None,
    };
    let night = Night { since: given.unwrap_or_else(|| clock.at(clock.last_working_day(), EVENING)), clock: &clock };
    let mut reading = Reading::default();
    let mut updates: Vec<Told> = calendar::updates(&night, &mut reading);
    updates.extend(deals::updates(&night, &mut reading));
    updates.extend(campaigns::updates(&night, &mut reading));
    updates.extend(logged::updates(&night, &mut reading));
    updates.truncate(MAX_UPDATES);
    let missing = reading.into_missing();
    if missing.len() == SOURCES {
        return Err(Failure::transient("nothing-read", "no source of overnight updates could be read"));
    }
    let summary = match updates.len() {
        0 if missing.is_empty() => "nothing happened overnight".to_owned(),
        0 => "nothing happened as far as could be read".to_owned(),
        n => counted(n, "update"),
    };
    let proofs: Vec<Proof> = updates
        .iter()
        .enumerate()
        .map(|(at, told)| Proof::new(&told.read_id, &told.quote, format!("/updates/{at}/text")))
        .collect();
    let updates = updates.into_iter().map(|told| told.update).collect();
    let output = Overnight { since: RepClock::text(night.since), updates, missing };
    Ok(proven(Outcome::new(output), proofs).summary(summary))
}

/// A line and the words of a read that it rests on.
pub(crate) struct Told {
    pub(crate) update: Update,
    pub(crate) read_id: String,
    pub(crate) quote: String,
}

/// A line about `count` records, of which `source` is the first and has `quote`.
pub(crate) fn told(about: &str, text: String, count: usize, source: Source, read_id: &str, quote: &str) -> Told {
    Told {
        update: Update { about: about.to_owned(), text, count, source },
        read_id: read_id.to_owned(),
        quote: quote.trim().to_owned(),
    }
}

skillhost_sdk::cases!();

//! Money: budgets, what is reserved of them, and whether a job may spend more.
//!
//! Every paid ask is *reserved* at the most it can cost, then *settled* at what
//! it did cost, *released* when it certainly cost nothing, or *disputed* when
//! nobody knows. Reserved and disputed money counts as spent until that is
//! decided, so a budget is never overspent, whatever dies meanwhile.
//!
//! A reservation counts against three scopes (the org, the skill, the sequence)
//! and two periods (the day, the month) at once; each may have a limit. Days and
//! months are UTC for every org: one boundary for the ledger, the vendors' bills
//! and the context source `budget`.
//!
//! The store keeps the sums and refuses in the same transaction; this module says
//! what a scope and a period are, and decides on what the store answers.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, OrgId, SkillName, StepName};
use crate::time::{MicroUsd, Timestamp};

/// Finished jobs a sequence's estimate is learned from: enough to even out one
/// long call, few enough to follow a change of prompt within days.
pub const ESTIMATE_JOBS: u32 = 20;
/// Highest budget, micro-dollars: a million dollars. More is a slip of the keys.
pub const MAX_BUDGET: MicroUsd = MicroUsd(1_000_000_000_000);

/// What a budget is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everything of the org.
    Org,
    /// All calls of a skill.
    Skill(SkillName),
    /// All jobs of a sequence.
    Sequence(String),
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Org => f.write_str("org"),
            Self::Skill(name) => write!(f, "skill:{name}"),
            Self::Sequence(name) => write!(f, "sequence:{name}"),
        }
    }
}

/// A text that names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope; write `org`, `skill:NAME` or `sequence:NAME`")]
pub struct ScopeError(pub String);

impl std::str::FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let named = |name: &str| (1..=64).contains(&name.len()) && !name.contains(char::is_whitespace);
        match text.split_once(':') {
            None if text == "org" => Ok(Self::Org),
            Some(("skill", name)) if named(name) => Ok(Self::Skill(name.into())),
            Some(("sequence", name)) if named(name) => Ok(Self::Sequence(name.to_owned())),
            _ => Err(ScopeError(text.to_owned())),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How long a budget lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day, UTC.
    Day,
    /// A month, UTC.
    Month,
}

impl Period {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Day, Self::Month];

    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// `2026-11-21` or `2026-11`.
    pub fn key(self, at: Timestamp) -> String {
        let date = date(at);
        match self {
            Self::Day => date.strftime("%Y-%m-%d").to_string(),
            Self::Month => date.strftime("%Y-%m").to_string(),
        }
    }

    /// When the next one begins; the end of time where the calendar ends.
    pub fn ends(self, at: Timestamp) -> Timestamp {
        let date = date(at);
        let next = match self {
            Self::Day => date.tomorrow(),
            Self::Month => date.last_of_month().tomorrow(),
        };
        next.ok()
            .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map_or(Timestamp(i64::MAX), |start| Timestamp(start.timestamp().as_millisecond()))
    }
}

fn date(at: Timestamp) -> jiff::civil::Date {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A limit somebody set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Tenant.
    pub org: OrgId,
    /// For what.
    pub scope: Scope,
    /// How long.
    pub period: Period,
    /// At most this; `None` takes the limit away.
    pub limit: Option<MicroUsd>,
    /// When set.
    pub at: Timestamp,
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// The ask is under way.
    Held,
    /// It cost `settled`.
    Settled,
    /// It certainly cost nothing.
    Released,
    /// Nobody knows; counts as spent until reconciled.
    Disputed,
}

impl ReservationState {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Settled => "settled",
            Self::Released => "released",
            Self::Disputed => "disputed",
        }
    }

    /// Whether the state machine allows this move: a held one ends one way or the
    /// other, and a disputed one is reconciled.
    pub fn may_become(self, to: Self) -> bool {
        match self {
            Self::Held => to != Self::Held,
            Self::Disputed => matches!(to, Self::Settled | Self::Released),
            Self::Settled | Self::Released => false,
        }
    }
}

/// Money set aside for one ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Unique.
    pub id: String,
    /// Tenant.
    pub org: OrgId,
    /// For which job.
    pub job: JobId,
    /// For which step.
    pub step: StepName,
    /// For which call.
    pub call: String,
    /// The skill that asked.
    pub skill: SkillName,
    /// The sequence it runs in.
    pub sequence: String,
    /// What for, in a word: the model.
    pub what: String,
    /// The most it can cost.
    pub amount: MicroUsd,
    /// The boot that holds it.
    pub owner: String,
    /// When made; decides its day and month.
    pub at: Timestamp,
}

/// The end of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Tenant.
    pub org: OrgId,
    /// Which.
    pub id: String,
    /// Where it must stand.
    pub from: ReservationState,
    /// Where it goes.
    pub to: ReservationState,
    /// What it cost; nothing unless it is settled.
    pub cost: MicroUsd,
    /// When.
    pub at: Timestamp,
}

/// A reservation whose outcome nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disputed {
    /// Which.
    pub id: String,
    /// The job it was for.
    pub job: JobId,
    /// The step.
    pub step: StepName,
    /// The model.
    pub what: String,
    /// The most it can have cost.
    pub amount: MicroUsd,
    /// When it was made.
    pub at: Timestamp,
}

/// A scope in a period: its limit and what was taken of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// For what.
    pub scope: Scope,
    /// How long.
    pub period: Period,
    /// The day or month.
    pub key: String,
    /// `None` means there is none.
    pub limit: Option<MicroUsd>,
    /// Under way.
    pub reserved: MicroUsd,
    /// Known to be spent.
    pub settled: MicroUsd,
    /// Counted as spent until reconciled.
    pub disputed: MicroUsd,
}

impl Standing {
    /// Everything that counts against the limit.
    pub fn taken(&self) -> MicroUsd {
        MicroUsd(self.reserved.0.saturating_add(self.settled.0).saturating_add(self.disputed.0))
    }

    /// What may still be taken; `None` without a limit.
    pub fn available(&self) -> Option<MicroUsd> {
        self.limit.map(|limit| MicroUsd(limit.0.saturating_sub(self.taken().0).max(0)))
    }
}

/// A budget that does not cover what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the {} budget of {scope} for {key} has {} of {} micro-dollars left, {} are needed", period.as_str(), available.0, limit.0, wanted.0)]
pub struct Shortage {
    /// Which budget.
    pub scope: Scope,
    /// Its length.
    pub period: Period,
    /// The day or month.
    pub key: String,
    /// The limit.
    pub limit: MicroUsd,
    /// What is left of it.
    pub available: MicroUsd,
    /// What is wanted.
    pub wanted: MicroUsd,
}

/// Whether `wanted` is covered by every budget that a call of these scopes counts
/// against. Of several that fall short, the one that opens last is told, because
/// a job that wakes before it would only park again.
pub fn covers(standings: &[Standing], scopes: &[Scope], wanted: MicroUsd) -> Result<(), Shortage> {
    let short = standings
        .iter()
        .filter(|standing| scopes.contains(&standing.scope))
        .filter_map(|standing| {
            let (limit, available) = (standing.limit?, standing.available()?);
            (available < wanted).then(|| Shortage {
                scope: standing.scope.clone(),
                period: standing.period,
                key: standing.key.clone(),
                limit,
                available,
                wanted,
            })
        })
        .max_by_key(|shortage| shortage.period);
    short.map_or(Ok(()), Err)
}

/// What a job of a sequence is expected to cost: the mean of its last finished
/// jobs, rounded up; what the file declares until there are any.
pub fn estimate(finished: &[MicroUsd], declared: Option<MicroUsd>) -> MicroUsd {
    let Ok(count) = i128::try_from(finished.len()) else { return declared.unwrap_or_default() };
    if count == 0 {
        return declared.unwrap_or_default();
    }
    let sum: i128 = finished.iter().map(|cost| i128::from(cost.0.max(0))).sum();
    MicroUsd(i64::try_from((sum + count - 1) / count).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn standing(scope: Scope, period: Period, limit: Option<i64>, taken: [i64; 3]) -> Standing {
        let [reserved, settled, disputed] = taken.map(MicroUsd);
        Standing { scope, period, key: "k".to_owned(), limit: limit.map(MicroUsd), reserved, settled, disputed }
    }

    #[test]
    fn a_scope_has_a_name_of_a_word() {
        for good in ["org", "skill:a", "sequence:meeting_ended"] {
            assert_eq!(good.parse::<Scope>().map(|scope| scope.to_string()).as_deref(), Ok(good));
        }
        let long = format!("sequence:{}", "a".repeat(65));
        for bad in ["", "orgs", "skill:", "sequence:", "skill:a b", "sequence:a b", &long, "deal:a"] {
            assert_eq!(bad.parse::<Scope>(), Err(ScopeError(bad.to_owned())), "{bad}");
        }
    }

    /// 2026-02-28T23:59:59.999Z.
    const LAST_OF_FEBRUARY: Timestamp = Timestamp(1_772_323_199_999);

    #[test]
    fn periods_are_utc_and_end_where_the_next_begins() {
        assert_eq!(Period::Day.key(LAST_OF_FEBRUARY), "2026-02-28");
        assert_eq!(Period::Month.key(LAST_OF_FEBRUARY), "2026-02");
        for period in Period::ALL {
            assert_eq!(period.ends(LAST_OF_FEBRUARY), LAST_OF_FEBRUARY.plus_ms(1), "{period:?}");
        }
        assert_eq!(Period::Month.ends(Timestamp(0)).rfc3339(), "1970-02-01T00:00:00.000Z");
    }

    #[test]
    fn scopes_go_both_ways() {
        for text in ["org", "skill:detect-intents", "sequence:meeting_ended"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in ["", "orgs", "skill:", "skill", "user:ada", "skill:a b"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_shortage_names_the_budget_that_opens_last() {
        let standings = [
            standing(Scope::Org, Period::Day, Some(100), [50, 30, 15]),
            standing(Scope::Org, Period::Month, Some(1000), [0, 999, 0]),
            standing(Scope::Skill("other".into()), Period::Month, Some(0), [0, 0, 0]),
            standing(Scope::Sequence("s".to_owned()), Period::Day, None, [1 << 40, 0, 0]),
        ];
        let scopes = [Scope::Org, Scope::Skill("mine".into()), Scope::Sequence("s".to_owned())];
        assert_eq!(covers(&standings, &scopes, MicroUsd(1)), Ok(()));
        let short = covers(&standings, &scopes, MicroUsd(6)).unwrap_err();
        assert_eq!((short.period, short.available, short.limit), (Period::Month, MicroUsd(1), MicroUsd(1000)));
        let short = covers(&standings[..1], &scopes, MicroUsd(6)).unwrap_err();
        assert_eq!((short.period, short.available), (Period::Day, MicroUsd(5)));
    }

    #[test]
    fn an_estimate_is_declared_first_and_learned_then() {
        assert_eq!(estimate(&[], None), MicroUsd(0));
        assert_eq!(estimate(&[], Some(MicroUsd(500))), MicroUsd(500));
        assert_eq!(estimate(&[MicroUsd(10), MicroUsd(11)], Some(MicroUsd(500))), MicroUsd(11), "rounded up");
        assert_eq!(estimate(&[MicroUsd(0)], Some(MicroUsd(500))), MicroUsd(0), "what it costs is known by now");
    }

    #[test]
    fn words_are_those_of_their_json() {
        use ReservationState as S;
        for state in [S::Held, S::Settled, S::Released, S::Disputed] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for period in Period::ALL {
            assert_eq!(serde_json::to_value(period).unwrap(), period.as_str());
        }
    }

    #[test]
    fn what_is_decided_stays_decided() {
        use ReservationState as S;
        for to in [S::Settled, S::Released, S::Disputed] {
            assert!(S::Held.may_become(to));
        }
        assert!(!S::Held.may_become(S::Held) && !S::Disputed.may_become(S::Disputed));
        for from in [S::Settled, S::Released] {
            for to in [S::Held, S::Settled, S::Released, S::Disputed] {
                assert!(!from.may_become(to));
            }
        }
        assert!(S::Disputed.may_become(S::Settled) && !S::Disputed.may_become(S::Held));
    }

    proptest! {
        /// Whatever is taken one by one while it is covered, no limit is passed.
        #[test]
        fn what_is_covered_never_passes_a_limit(
            limits in proptest::array::uniform4(proptest::option::of(0_i64..10_000)),
            asks in proptest::collection::vec(0_i64..3_000, 0..40),
        ) {
            let scopes = [Scope::Org, Scope::Skill("a".into())];
            let mut standings: Vec<Standing> = limits.iter().enumerate().map(|(n, limit)| {
                standing(scopes[n / 2].clone(), Period::ALL[n % 2], *limit, [0; 3])
            }).collect();
            for ask in asks {
                if covers(&standings, &scopes, MicroUsd(ask)).is_ok() {
                    for standing in &mut standings {
                        standing.reserved.0 += ask;
                    }
                } else {
                    let tight = standings.iter().any(|s| s.limit.is_some_and(|limit| s.taken().0 + ask > limit.0));
                    prop_assert!(tight, "refused without a reason");
                }
            }
            for standing in &standings {
                prop_assert!(standing.limit.is_none_or(|limit| standing.taken() <= limit));
            }
        }

        /// The mean lies between the least and the most.
        #[test]
        fn an_estimate_lies_within_what_was_seen(costs in proptest::collection::vec(0_i64..i64::MAX, 1..30)) {
            let costs: Vec<MicroUsd> = costs.into_iter().map(MicroUsd).collect();
            let mean = estimate(&costs, None);
            prop_assert!(mean >= *costs.iter().min().unwrap() && mean <= *costs.iter().max().unwrap());
        }

        /// A key holds exactly until its period ends.
        #[test]
        fn a_period_lasts_as_long_as_its_key(at in 0_i64..4_000_000_000_000) {
            for period in Period::ALL {
                let ends = period.ends(Timestamp(at));
                prop_assert!(ends > Timestamp(at));
                prop_assert_eq!(period.key(Timestamp(at)), period.key(ends.plus_ms(-1)));
                prop_assert_ne!(period.key(Timestamp(at)), period.key(ends));
            }
        }
    }
}

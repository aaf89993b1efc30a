//! A sequence: the steps that an event type leads to, as data chosen once.
//!
//! ```yaml
//! sequence: meeting_ended
//! version: 1
//! event: meeting_ended
//! pin: job                      # a skill keeps the module its first step was resolved to; `step`: each step
//!                               # takes the active one; not said: `job` where people are asked, else `step`
//! priority: 0                   # -9 to 9; jobs of a higher one are taken first
//! concurrency:                  # open jobs with the same key run one after the other
//!   key: event.payload.contact_id
//!   on_conflict: queue          # skip, cancel_older
//! quiet_hours: ignore           # its jobs do not wait for the end of the user's quiet hours; `defer` by default
//! schedule: { cron: "0 8 * * MON-FRI" }  # raised by the clock, see [`crate::schedule`]
//! steps:
//!   classify:
//!     skill: classify-call-type # or `action: card`
//!     with:                     # text is CEL; numbers, booleans and null are literals
//!       transcript_id: event.payload.transcript_id
//!     needs: [draft, {tasks: settled}]
//!     made_by: [draft]          # the steps whose work it brings before people
//!     when: outputs.call_type == null || outputs.call_type.kind != 'internal'
//!     on_failure: stop          # continue, retry
//!     retry: { attempts: 3, first_ms: 1000, factor: 2.0, max_ms: 60000 }
//!     timeout_ms: 10000
//!     for_each: { over: outputs.intents.list, at_most: 10 } # one call each; `with` sees `item` and `index`
//!     fallback: classify-simply # called with the same input when the skill failed for good
//!     approval: { all: true, expires_ms: 3600000 } # ask for effects that need it not, and expire sooner
//!     budget_micro_usd: 20000   # over all attempts
//!     output: call_type         # the step's name by default
//!     rights: [context:transcript]
//!     limits: { fuel: 1000000 }
//!     follow_ups:
//!       - when: size(output.intents) > 0
//!         for_each: output.intents.filter(i, i.confidence >= 0.8)
//!         event: proposal_generation
//!         payload: { phrase: item.phrase }
//!         delay_ms: 86400000
//!     accept:                   # the skill's own suggestions of these types
//!       - calendar_find_times
//!       - { event: content_retrieval, when: follow_up.payload.confidence >= 0.8 }
//! ```
//!
//! **Needs.** A step runs as soon as what it needs is *proposed*: its outcome is
//! committed, whether or not a person has answered. `settled` waits for the
//! answers and for the effects. A need is also inferred from each `outputs.<key>`.
//! A step that was skipped, or failed under `continue`, satisfies a need with null.
//!
//! **Failure.** A failure that may pass (`CallError::is_transient`) is tried
//! again while `retry.attempts` lasts: three by default under `on_failure:
//! retry`, one otherwise. After the last attempt, and at once for a failure that
//! cannot pass, a `fallback` is called once by the same rules; then `stop` and `retry` end the job as `failed`, `continue` goes on
//! with null. `stop` is the default.
//!
//! **Expressions** see `event`, `context`, `outputs` and `now`; see
//! [`crate::condition`]. One that fails fails its step, by name.

mod check;
mod error;
mod file;
mod makers;
mod ordered;
mod schema;
mod shorthand;
mod waves;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::concurrency::Concurrency;
use crate::condition::{ConditionError, Expression, Scope};
use crate::ids::{SkillName, StepName};
use crate::limits::CallLimits;
use crate::registry::ModuleRow;
use crate::retry::RetryPolicy;
use crate::rights::{Grant, Right};
use crate::schedule::Schedule;
use crate::time::MicroUsd;

pub use error::{SequenceError, SequenceFault};

/// Most steps in a sequence: the largest of the box has ten.
pub const MAX_STEPS: usize = 64;
/// Largest file, bytes; it is kept with every job.
pub const MAX_FILE_BYTES: usize = 64 * 1024;
/// Most calls of one step: a page of a list that a person may have to answer for.
pub const MAX_FOR_EACH: u64 = 50;
/// Highest priority of a sequence; the lowest is as far below zero.
pub const MAX_PRIORITY: i64 = 9;
/// Longest delay of a follow-up: what it says of the world is stale after a quarter.
pub const MAX_DELAY_MS: u64 = 90 * 24 * 3600 * 1000;
/// Longest timeout a step may ask for.
pub const MAX_TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// When a step's module is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// A skill keeps the module its first step of this job was resolved to.
    Job,
    /// Each step takes the module active when it starts.
    Step,
    /// As [`Pin::Job`] where people are asked, as [`Pin::Step`] where not: what a
    /// person answered goes on with the module that asked, and nothing else holds
    /// an old version up. What holds where the file says nothing.
    Gates,
}

/// What a step says of its own module, over what its sequence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepPin {
    /// As [`Pin::Job`].
    Job,
    /// As [`Pin::Step`].
    Step,
    /// This one and no other: a version, or `sha256:<hex>`. Its fallback is not meant.
    Module(String),
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Run {
    /// Calls a skill.
    Skill(SkillName),
    /// Something the host does itself.
    Action(crate::action::Action),
}

/// What happens when a step fails for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The job fails.
    Stop,
    /// The job goes on, with null for this step.
    Continue,
    /// Transient failures are tried again; then as `Stop`.
    Retry,
}

/// What becomes of a step whose model a budget does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutMoney {
    /// It waits, and its job with it, until there is money.
    Wait,
    /// What its skill says without a model stands. Sources that cost money are waited for
    /// all the same.
    Answer,
}

/// A step another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub step: StepName,
    /// Wait for answers and effects too.
    pub settled: bool,
}

/// A value of a step's input.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// As it stands.
    Literal(Value),
    /// Computed.
    Expression(Expression),
    /// Each computed.
    List(Vec<Input>),
    /// Each computed.
    Map(BTreeMap<String, Input>),
}

impl Input {
    /// The value over these variables.
    pub fn value(&self, scope: &Scope) -> Result<Value, ConditionError> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expression(expression) => expression.value(scope)?,
            Self::List(items) => Value::Array(items.iter().map(|item| item.value(scope)).collect::<Result<_, _>>()?),
            Self::Map(fields) => {
                let mut map = Map::new();
                for (key, field) in fields {
                    map.insert(key.clone(), field.value(scope)?);
                }
                Value::Object(map)
            }
        })
    }

    /// Whether it is the same whatever the variables are.
    pub fn is_constant(&self) -> bool {
        let mut found = Vec::new();
        self.expressions(&mut found);
        found.is_empty()
    }

    /// Every expression in it.
    fn expressions<'a>(&'a self, found: &mut Vec<&'a Expression>) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => found.push(expression),
            Self::List(items) => items.iter().for_each(|item| item.expressions(found)),
            Self::Map(fields) => fields.values().for_each(|field| field.expressions(found)),
        }
    }
}

/// An event that follows when the sequence says so.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUpRule {
    /// Only if.
    pub when: Option<Expression>,
    /// Once for each element of this list.
    pub for_each: Option<Expression>,
    /// Event type.
    pub event: String,
    /// Event payload.
    pub payload: Input,
    /// Not admitted before this long after the step.
    pub delay_ms: u64,
}

/// A kind of suggestion that the sequence accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptRule {
    /// Event type.
    pub event: String,
    /// Only if.
    pub when: Option<Expression>,
}

/// A step of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: StepName,
    /// Line of the file it stands at.
    pub line: u64,
    /// What it does.
    pub run: Run,
    /// Its input; an empty map when none is given.
    pub with: Input,
    /// Once for each element of a list.
    pub for_each: Option<ForEach>,
    /// What it waits for, stated and inferred.
    pub needs: Vec<Need>,
    /// The steps that made what it asks and what it leads to, stated and inferred; itself
    /// where there are none.
    pub made_by: Vec<StepName>,
    /// Called with the same input when its skill failed for good.
    pub fallback: Option<SkillName>,
    /// Which module of its skill it calls, where it says so itself.
    pub pin: Option<StepPin>,
    /// What of it a person is asked, beyond what its effects need anyway.
    pub approval: Approval,
    /// Most that all its attempts together may spend on models.
    pub budget: Option<MicroUsd>,
    /// When no budget covers the model it may ask.
    pub without_money: WithoutMoney,
    /// Only if.
    pub when: Option<Expression>,
    /// When it fails.
    pub on_failure: OnFailure,
    /// How often it is tried.
    pub retry: RetryPolicy,
    /// Key of its output.
    pub output: String,
    /// What it is narrowed to.
    pub rights: Grant,
    /// Limits it states, the timeout included.
    pub limits: CallLimits,
    /// Events that follow.
    pub follow_ups: Vec<FollowUpRule>,
    /// Suggestions it accepts.
    pub accept: Vec<AcceptRule>,
}

/// A step that is called once for each element of a list. Each call is a step of its
/// own, called `name[0]`, `name[1]`, …: it is tried again, asks and is sent back by
/// itself. The list is taken once; the output is the list of theirs, null where one
/// was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The list.
    pub over: Expression,
    /// A longer list fails the step.
    pub at_most: usize,
}

/// The name of one call of a step that is called for each element of a list.
pub fn item_name(step: &StepName, index: usize) -> StepName {
    StepName::new(format!("{step}[{index}]"))
}

/// The step of the file that a name stands for. Names of the file have no bracket.
pub fn base_name(name: &StepName) -> &str {
    name.as_str().split('[').next().unwrap_or_default()
}

impl Step {
    /// The skills it may call: its own and its fallback.
    pub fn skills(&self) -> impl Iterator<Item = &SkillName> {
        let own = match &self.run {
            Run::Skill(skill) => Some(skill),
            Run::Action(_) => None,
        };
        own.into_iter().chain(&self.fallback)
    }

    /// The module it names of a skill that it may call.
    pub fn names_module(&self, skill: &SkillName) -> Option<&str> {
        match (&self.pin, &self.run) {
            (Some(StepPin::Module(which)), Run::Skill(own)) if own == skill => Some(which),
            _ => None,
        }
    }

    /// The skill it calls as it stands now.
    pub fn skill(&self, state: Option<&crate::fold::StepState>) -> Option<&SkillName> {
        match (&self.run, &self.fallback) {
            (Run::Skill(_), Some(fallback)) if state.is_some_and(|state| state.fallback) => Some(fallback),
            (Run::Skill(skill), _) => Some(skill),
            (Run::Action(_), _) => None,
        }
    }
}

/// What of a step a person is asked. It adds to what the kinds of effects need, and
/// takes nothing from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// Effects that need no approval by their kind wait for one, too.
    pub all: bool,
    /// Questions expire at the latest this long after they were asked.
    pub expires_ms: Option<i64>,
}

/// How a skill stands before any org is asked.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What its manifest asks.
    pub asked: Vec<Right>,
    /// What the operator grants it.
    pub operator: Grant,
    /// Its installed modules, revoked ones too.
    pub modules: Vec<ModuleRow>,
}

/// A loaded sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The event type that starts it.
    pub event: String,
    /// When modules are resolved.
    pub pin: Pin,
    /// What a job is expected to cost until finished ones say so.
    pub estimate: Option<MicroUsd>,
    /// Its jobs are taken before those of a lower one.
    pub priority: i8,
    /// Which of its jobs run one after the other.
    pub concurrency: Option<Concurrency>,
    /// Whether its jobs wait for the end of quiet hours and for the hourly rate.
    pub disturbs: bool,
    /// When its events are raised by the clock.
    pub schedule: Option<Schedule>,
    /// Steps in file order.
    pub steps: Vec<Step>,
    /// The file as written; jobs keep it.
    pub text: String,
    /// `sha256:<hex>` of the text.
    pub digest: String,
}

impl Sequence {
    /// Loads a file; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, SequenceError> {
        let mut sequence = file::read(file, text)?;
        check::infer_needs(file, &mut sequence)?;
        check::check(file, &sequence)?;
        makers::infer(file, &mut sequence)?;
        Ok(sequence)
    }

    /// Loads the definition that a job is pinned to.
    pub fn of_job(row: &crate::job::JobRow) -> Result<Self, SequenceError> {
        Self::parse(&format!("the sequence of job {}", row.id), &row.sequence_text)
    }

    /// Checks that every skill it names is there.
    pub fn check_skills(&self, file: &str, known: &BTreeSet<SkillName>) -> Result<(), SequenceError> {
        check::skills(file, self, known)
    }

    /// Checks that every module a step names is installed and may be called.
    pub fn check_pins(
        &self,
        file: &str,
        standing: &dyn Fn(&SkillName) -> Option<Standing>,
    ) -> Result<(), SequenceError> {
        check::pins(file, self, standing)
    }

    /// Checks that every step gets the rights it needs; see [`crate::rights::Parties::lacking`].
    pub fn check_rights(
        &self,
        file: &str,
        standing: &dyn Fn(&SkillName) -> Option<Standing>,
    ) -> Result<(), SequenceError> {
        check::rights(file, self, standing)
    }

    /// JSON Schema of the file, for editors.
    pub fn json_schema() -> Value {
        schema::json_schema()
    }

    /// A step by name, or by that of one of its calls.
    pub fn step(&self, name: &StepName) -> Option<&Step> {
        let base = base_name(name);
        self.steps.iter().find(|step| step.name.as_str() == base)
    }

    /// Whether a step waits for an answer.
    pub fn has_gates(&self) -> bool {
        self.steps.iter().any(|step| step.needs.iter().any(|need| need.settled))
    }

    /// Whether an expression looks at `context`, so that it must be loaded first.
    pub fn reads_context(&self) -> bool {
        self.steps.iter().flat_map(check::expressions).any(|(_, expression)| expression.reads("context"))
    }

    /// The skills it calls.
    pub fn skills(&self) -> BTreeSet<&SkillName> {
        self.steps.iter().flat_map(Step::skills).collect()
    }
}

/// Sequences by event type.
#[derive(Clone, Debug, Default)]
pub struct Catalog(BTreeMap<String, Arc<Sequence>>);

impl Catalog {
    /// The sequence of an event type.
    pub fn for_event(&self, event_type: &str) -> Option<&Arc<Sequence>> {
        self.0.get(event_type)
    }

    /// Adds a sequence; gives back the one that held its event type before.
    pub fn insert(&mut self, sequence: Arc<Sequence>) -> Option<Arc<Sequence>> {
        self.0.insert(sequence.event.clone(), sequence)
    }

    /// All of them, by event type.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Sequence>> {
        self.0.values()
    }
}

impl FromIterator<Arc<Sequence>> for Catalog {
    fn from_iter<T: IntoIterator<Item = Arc<Sequence>>>(sequences: T) -> Self {
        let mut catalog = Self::default();
        for sequence in sequences {
            catalog.insert(sequence);
        }
        catalog
    }
}

#[cfg(test)]
mod tests;

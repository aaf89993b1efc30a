//! Reads the YAML of a sequence. Places are kept beside everything that a later
//! check may complain about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::error::did_you_mean;
use super::ordered::Ordered;
use super::shorthand::{RawAccept, RawNeed};
use super::{
    AcceptRule, Approval, FollowUpRule, ForEach, Input, MAX_DELAY_MS, MAX_FILE_BYTES, MAX_FOR_EACH, MAX_PRIORITY,
    MAX_STEPS, MAX_TIMEOUT_MS, OnFailure, Pin, Run, Sequence, SequenceError, SequenceFault, Step, StepPin,
    WithoutMoney,
};
use crate::action::Action;
use crate::approval::{DEFAULT_EXPIRY_MS, MIN_EXPIRY_MS};
use crate::canonical::sha256;
use crate::concurrency::{Concurrency, OnConflict};
use crate::condition::{ConditionError, Expression};
use crate::ids::{SkillName, StepName};
use crate::limits::CallLimits;
use crate::purse::MAX_BUDGET;
use crate::registry;
use crate::retry::{MAX_STEP_ATTEMPTS, RetryPolicy};
use crate::rights::{Grant, Right};
use crate::schedule::{RawSchedule, Schedule};
use crate::time::MicroUsd;

/// Variables of `when` and `with`.
const IN_STEP: [&str; 5] = ["event", "context", "outputs", "answers", "now"];
/// Variables of `with` under `for_each`.
const IN_ITEM: [&str; 7] = ["event", "context", "outputs", "answers", "now", "item", "index"];
/// Variables of `follow_ups`, outside `for_each` bodies.
const IN_RULE: [&str; 7] = ["event", "context", "outputs", "now", "output", "suggested", "item"];
/// Variables of `accept`.
const IN_ACCEPT: [&str; 7] = ["event", "context", "outputs", "now", "output", "suggested", "follow_up"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSequence {
    sequence: String,
    version: u32,
    event: Spanned<String>,
    #[serde(default)]
    pin: Option<RawPin>,
    #[serde(default)]
    estimate_micro_usd: Option<Spanned<i64>>,
    #[serde(default)]
    priority: Option<Spanned<i64>>,
    #[serde(default)]
    concurrency: Option<RawConcurrency>,
    quiet_hours: Option<RawQuiet>,
    #[serde(default)]
    schedule: Option<Spanned<RawSchedule>>,
    steps: Ordered<Spanned<RawStep>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawQuiet {
    Defer,
    Ignore,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawPin {
    Job,
    Step,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConcurrency {
    key: Spanned<String>,
    #[serde(default)]
    on_conflict: OnConflict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForEach {
    over: Spanned<String>,
    at_most: Spanned<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApproval {
    #[serde(default)]
    all: bool,
    #[serde(default)]
    expires_ms: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    #[serde(default)]
    skill: Option<Spanned<String>>,
    #[serde(default)]
    action: Option<Spanned<String>>,
    #[serde(default)]
    with: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    for_each: Option<RawForEach>,
    #[serde(default)]
    fallback: Option<Spanned<String>>,
    #[serde(default)]
    pin: Option<Spanned<String>>,
    #[serde(default)]
    approval: Option<RawApproval>,
    #[serde(default)]
    budget_micro_usd: Option<Spanned<i64>>,
    #[serde(default)]
    without_money: Option<Spanned<RawWithoutMoney>>,
    #[serde(default)]
    needs: Vec<Spanned<RawNeed>>,
    #[serde(default)]
    made_by: Vec<StepName>,
    #[serde(default)]
    when: Option<Spanned<String>>,
    #[serde(default)]
    on_failure: Option<RawOnFailure>,
    #[serde(default)]
    retry: Option<Spanned<RetryPolicy>>,
    #[serde(default)]
    timeout_ms: Option<Spanned<u64>>,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    rights: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    limits: CallLimits,
    #[serde(default)]
    follow_ups: Vec<RawFollowUp>,
    #[serde(default)]
    accept: Vec<Spanned<RawAccept>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawWithoutMoney {
    Wait,
    Answer,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawOnFailure {
    Stop,
    Continue,
    Retry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFollowUp {
    #[serde(default)]
    when: Option<Spanned<String>>,
    #[serde(default)]
    for_each: Option<Spanned<String>>,
    event: Spanned<String>,
    #[serde(default)]
    payload: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    delay_ms: Option<Spanned<u64>>,
}

/// Parses an expression; an error names its place.
fn expression<T>(
    file: &str,
    field: String,
    text: &str,
    at: &Spanned<T>,
    known: &[&str],
) -> Result<Expression, SequenceError> {
    Expression::parse(text, known).map_err(|error| {
        let hint = match &error {
            ConditionError::UnknownName { name, .. } => {
                did_you_mean(name, known.iter().copied()).or_else(|| Some(format!("for text write \"'{text}'\"")))
            }
            ConditionError::Syntax { .. } => Some("text in `with` is CEL; for plain text write \"'…'\"".to_owned()),
            _ => None,
        };
        let message = error.to_string();
        SequenceError::new(SequenceFault::BadExpression(Box::new(error)), file, field, message)
            .at(at.referenced.line(), at.referenced.column())
            .hint(hint)
    })
}

/// Where the reader stands, for messages.
struct Place<'a> {
    file: &'a str,
    step: &'a str,
}

impl Place<'_> {
    fn wrong<T>(&self, field: &str, at: &Spanned<T>, message: impl Into<String>) -> SequenceError {
        SequenceError::new(SequenceFault::WrongValue, self.file, self.path(field), message)
            .at(at.referenced.line(), at.referenced.column())
    }

    fn path(&self, field: &str) -> String {
        format!("steps.{}.{field}", self.step)
    }

    fn expression<T>(
        &self,
        field: &str,
        text: &str,
        at: &Spanned<T>,
        known: &[&str],
    ) -> Result<Expression, SequenceError> {
        expression(self.file, self.path(field), text, at, known)
    }

    fn optional(
        &self,
        field: &str,
        text: Option<&Spanned<String>>,
        known: &[&str],
    ) -> Result<Option<Expression>, SequenceError> {
        text.map(|text| self.expression(field, &text.value, text, known)).transpose()
    }

    fn input(&self, field: &str, value: &Value, at: &Spanned<Value>, known: &[&str]) -> Result<Input, SequenceError> {
        Ok(match value {
            Value::String(text) => Input::Expression(self.expression(field, text, at, known)?),
            Value::Array(items) => {
                Input::List(items.iter().map(|item| self.input(field, item, at, known)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => Input::Map(
                fields
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), self.input(&format!("{field}.{key}"), value, at, known)?)))
                    .collect::<Result<_, SequenceError>>()?,
            ),
            literal => Input::Literal(literal.clone()),
        })
    }

    fn inputs(
        &self,
        field: &str,
        fields: &BTreeMap<String, Spanned<Value>>,
        known: &[&str],
    ) -> Result<Input, SequenceError> {
        fields
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.input(&format!("{field}.{key}"), &value.value, value, known)?)))
            .collect::<Result<_, SequenceError>>()
            .map(Input::Map)
    }
}

pub(super) fn read(file: &str, text: &str) -> Result<Sequence, SequenceError> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(SequenceError::new(SequenceFault::TooLarge, file, "", message));
    }
    let raw: RawSequence = serde_saphyr::from_str(text).map_err(|error| syntax(file, &error))?;
    if raw.steps.0.len() > MAX_STEPS {
        let message = format!("more than {MAX_STEPS} steps");
        return Err(SequenceError::new(SequenceFault::TooLarge, file, "steps", message));
    }
    if raw.steps.0.is_empty() {
        return Err(SequenceError::new(SequenceFault::WrongValue, file, "steps", "a sequence needs a step"));
    }
    let event = &raw.event;
    known_event(file, "event", &event.value).map_err(|e| e.at(event.referenced.line(), event.referenced.column()))?;
    let wrong = |field: &str, at: &Location, message: String| {
        SequenceError::new(SequenceFault::WrongValue, file, field, message).at(at.line(), at.column())
    };
    let estimate = match &raw.estimate_micro_usd {
        Some(at) if !(0..=MAX_BUDGET.0).contains(&at.value) => {
            let message = format!("0 to {} micro-dollars", MAX_BUDGET.0);
            return Err(wrong("estimate_micro_usd", &at.referenced, message));
        }
        Some(estimate) => Some(MicroUsd(estimate.value)),
        None => None,
    };
    let priority = match &raw.priority {
        Some(at) if !(-MAX_PRIORITY..=MAX_PRIORITY).contains(&at.value) => {
            return Err(wrong("priority", &at.referenced, format!("-{MAX_PRIORITY} to {MAX_PRIORITY}")));
        }
        given => given.as_ref().and_then(|at| i8::try_from(at.value).ok()).unwrap_or_default(),
    };
    let concurrency = match &raw.concurrency {
        Some(given) => Some(Concurrency {
            key: expression(file, "concurrency.key".to_owned(), &given.key.value, &given.key, &Concurrency::KNOWN)?,
            on_conflict: given.on_conflict,
        }),
        None => None,
    };
    let schedule = match raw.schedule {
        Some(given) => {
            let at = given.referenced;
            Some(Schedule::try_from(given.value).map_err(|message| wrong("schedule", &at, message))?)
        }
        None => None,
    };
    let steps = raw.steps.0.iter().map(|(name, step)| read_step(file, name, step)).collect::<Result<Vec<_>, _>>()?;
    Ok(Sequence {
        name: raw.sequence,
        version: raw.version,
        event: raw.event.value,
        pin: match raw.pin {
            Some(RawPin::Step) => Pin::Step,
            Some(RawPin::Job) => Pin::Job,
            None => Pin::Gates,
        },
        estimate,
        priority,
        concurrency,
        disturbs: !matches!(raw.quiet_hours, Some(RawQuiet::Ignore)),
        schedule,
        steps,
        text: text.to_owned(),
        digest: sha256(text.as_bytes()),
    })
}

fn read_step(file: &str, name: &str, spanned: &Spanned<RawStep>) -> Result<Step, SequenceError> {
    let raw = &spanned.value;
    let place = Place { file, step: name };
    let word = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    if !word(name) {
        return Err(place.wrong("", spanned, "a step's name is 1 to 64 of a-z, 0-9, _ and -"));
    }
    let run = match (&raw.skill, &raw.action) {
        (Some(skill), None) => Run::Skill(SkillName::new(skill.value.as_str())),
        (None, Some(action)) => Run::Action(Action::parse(&action.value).ok_or_else(|| {
            place
                .wrong("action", action, format!("`{}` is no action of the host", action.value))
                .hint(Some(format!("actions are {}", Action::NAMES.join(", "))))
        })?),
        _ => return Err(place.wrong("skill", spanned, "a step has either `skill` or `action`")),
    };
    if let Some(fallback) = &raw.fallback {
        let message = match &run {
            Run::Action(_) => Some("an action of the host has no fallback".to_owned()),
            Run::Skill(skill) if skill.as_str() == fallback.value => Some(format!("`{skill}` is its own fallback")),
            Run::Skill(_) => None,
        };
        if let Some(message) = message {
            let hint = "name another skill that takes the same input".to_owned();
            return Err(place.wrong("fallback", fallback, message).hint(Some(hint)));
        }
    }
    let pin = raw.pin.as_ref().map(|pin| step_pin(&place, &run, pin)).transpose()?;
    let approval = match &raw.approval {
        Some(given) => {
            if let Some(at) = &given.expires_ms
                && !(MIN_EXPIRY_MS..=DEFAULT_EXPIRY_MS).contains(&at.value)
            {
                let message = format!("{MIN_EXPIRY_MS} to {DEFAULT_EXPIRY_MS}");
                return Err(place.wrong("approval.expires_ms", at, message));
            }
            Approval { all: given.all, expires_ms: given.expires_ms.as_ref().map(|at| at.value) }
        }
        None => Approval::default(),
    };
    let for_each = match &raw.for_each {
        Some(given) if !(1..=MAX_FOR_EACH).contains(&given.at_most.value) => {
            return Err(place
                .wrong("for_each.at_most", &given.at_most, format!("1 to {MAX_FOR_EACH}"))
                .hint(Some("a longer list is for a follow-up for each of its elements".to_owned())));
        }
        Some(given) => Some(ForEach {
            over: place.expression("for_each.over", &given.over.value, &given.over, &IN_STEP)?,
            at_most: usize::try_from(given.at_most.value).unwrap_or_default(),
        }),
        None => None,
    };
    let in_with = if for_each.is_some() { &IN_ITEM[..] } else { &IN_STEP[..] };
    let budget = match &raw.budget_micro_usd {
        Some(at) if !(0..=MAX_BUDGET.0).contains(&at.value) => {
            return Err(place.wrong("budget_micro_usd", at, format!("0 to {} micro-dollars", MAX_BUDGET.0)));
        }
        given => given.as_ref().map(|at| MicroUsd(at.value)),
    };
    let without_money = match (&raw.without_money, &run) {
        (Some(given), Run::Action(_)) => {
            return Err(place.wrong("without_money", given, "an action of the host asks no model"));
        }
        (Some(given), Run::Skill(_)) if matches!(given.value, RawWithoutMoney::Answer) => WithoutMoney::Answer,
        _ => WithoutMoney::Wait,
    };
    let on_failure = match raw.on_failure {
        Some(RawOnFailure::Continue) => OnFailure::Continue,
        Some(RawOnFailure::Retry) => OnFailure::Retry,
        Some(RawOnFailure::Stop) | None => OnFailure::Stop,
    };
    let retry = match (&raw.retry, on_failure) {
        (Some(retry), _) => {
            let policy = retry.value;
            let sound = (1..=MAX_STEP_ATTEMPTS).contains(&policy.attempts)
                && policy.first_ms >= 0
                && policy.max_ms >= policy.first_ms
                && (1.0..=10.0).contains(&policy.factor);
            if !sound {
                let message =
                    format!("attempts are 1 to {MAX_STEP_ATTEMPTS}, factor 1 to 10, max_ms at least first_ms");
                return Err(place.wrong("retry", retry, message));
            }
            policy
        }
        (None, OnFailure::Retry) => RetryPolicy::default(),
        (None, _) => RetryPolicy::ONCE,
    };
    let mut limits = raw.limits.clone();
    if let Some(timeout) = &raw.timeout_ms {
        if !(1..=MAX_TIMEOUT_MS).contains(&timeout.value) {
            return Err(place.wrong("timeout_ms", timeout, format!("1 to {MAX_TIMEOUT_MS}")));
        }
        limits = limits.tighten(&CallLimits { wall_ms: Some(timeout.value), ..CallLimits::default() });
    }
    let rights = match &raw.rights {
        None => Grant::Unrestricted,
        Some(rights) => Grant::Only(
            rights
                .iter()
                .map(|text| text.value.parse::<Right>().map_err(|error| place.wrong("rights", text, error.to_string())))
                .collect::<Result<_, _>>()?,
        ),
    };
    let output = raw.output.clone().unwrap_or_else(|| name.to_owned());
    if !word(&output) {
        return Err(place.wrong("output", spanned, "an output key is 1 to 64 of a-z, 0-9, _ and -"));
    }
    Ok(Step {
        name: StepName::new(name),
        line: spanned.referenced.line(),
        run,
        with: place.inputs("with", &raw.with, in_with)?,
        for_each,
        needs: raw.needs.iter().map(|need| need.value.0.clone()).collect(),
        made_by: raw.made_by.clone(),
        fallback: raw.fallback.as_ref().map(|skill| SkillName::new(skill.value.as_str())),
        pin,
        approval,
        budget,
        without_money,
        when: place.optional("when", raw.when.as_ref(), &IN_STEP)?,
        on_failure,
        retry,
        output,
        rights,
        limits,
        follow_ups: raw.follow_ups.iter().map(|rule| follow_up(&place, rule)).collect::<Result<_, _>>()?,
        accept: raw.accept.iter().map(|rule| accept(&place, rule)).collect::<Result<_, _>>()?,
    })
}

fn step_pin(place: &Place<'_>, run: &Run, pin: &Spanned<String>) -> Result<StepPin, SequenceError> {
    if let Run::Action(_) = run {
        return Err(place.wrong("pin", pin, "an action of the host has no module"));
    }
    match pin.value.as_str() {
        "job" => Ok(StepPin::Job),
        "step" => Ok(StepPin::Step),
        which if registry::is_module_name(which) => Ok(StepPin::Module(which.to_owned())),
        other => Err(place
            .wrong("pin", pin, format!("`{other}` names no module"))
            .hint(Some("write `job`, `step`, a version like 1.2.0, or the whole sha256:… of a module".to_owned()))),
    }
}

fn follow_up(place: &Place<'_>, raw: &RawFollowUp) -> Result<FollowUpRule, SequenceError> {
    known_event(place.file, &place.path("follow_ups.event"), &raw.event.value)
        .map_err(|error| error.at(raw.event.referenced.line(), raw.event.referenced.column()))?;
    if let Some(at) = raw.delay_ms.as_ref().filter(|at| at.value > MAX_DELAY_MS) {
        return Err(place.wrong("follow_ups.delay_ms", at, format!("at most {MAX_DELAY_MS}")));
    }
    let known = if raw.for_each.is_some() { &IN_RULE[..] } else { &IN_RULE[..IN_RULE.len() - 1] };
    Ok(FollowUpRule {
        when: place.optional("follow_ups.when", raw.when.as_ref(), &IN_RULE[..IN_RULE.len() - 1])?,
        for_each: place.optional("follow_ups.for_each", raw.for_each.as_ref(), &IN_RULE[..IN_RULE.len() - 1])?,
        event: raw.event.value.clone(),
        payload: place.inputs("follow_ups.payload", &raw.payload, known)?,
        delay_ms: raw.delay_ms.as_ref().map_or(0, |at| at.value),
    })
}

fn accept(place: &Place<'_>, raw: &Spanned<RawAccept>) -> Result<AcceptRule, SequenceError> {
    let at = |error: SequenceError| error.at(raw.referenced.line(), raw.referenced.column());
    known_event(place.file, &place.path("accept"), &raw.value.event).map_err(at)?;
    let when = match &raw.value.when {
        Some(text) => Some(place.expression("accept.when", text, raw, &IN_ACCEPT)?),
        None => None,
    };
    Ok(AcceptRule { event: raw.value.event.clone(), when })
}

fn known_event(file: &str, field: &str, event: &str) -> Result<(), SequenceError> {
    if crate::event::EVENT_TYPES.contains(&event) {
        return Ok(());
    }
    let message = format!("`{event}` is no event type of this host");
    Err(SequenceError::new(SequenceFault::UnknownEvent, file, field, message)
        .hint(did_you_mean(event, crate::event::EVENT_TYPES)))
}

fn syntax(file: &str, error: &serde_saphyr::Error) -> SequenceError {
    use serde_saphyr::Error as E;
    let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
    let (fault, field, hint) = match error.without_snippet() {
        E::SerdeUnknownField { field, expected, .. } => (
            SequenceFault::UnknownField,
            field.to_string(),
            did_you_mean(field, expected.iter().copied())
                .or_else(|| Some(format!("known are {}", expected.join(", ")))),
        ),
        E::SerdeMissingField { field, .. } => (SequenceFault::MissingField, field.to_string(), None),
        E::DuplicateMappingKey { key, .. } => (SequenceFault::DuplicateKey, key.clone().unwrap_or_default(), None),
        E::ExternalMessage { .. } | E::Eof { .. } | E::MultipleDocuments { .. } => {
            (SequenceFault::Syntax, String::new(), None)
        }
        E::Budget { .. } => (SequenceFault::TooLarge, String::new(), None),
        _ => (SequenceFault::WrongValue, String::new(), None),
    };
    let message = error.without_snippet().to_string().lines().next().unwrap_or_default().to_owned();
    SequenceError::new(fault, file, field, message).at(line, column).hint(hint)
}

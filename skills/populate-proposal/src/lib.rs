//! Fills a template's variables with what is known, and names what is not.
//!
//! [`blanks`] says which variables a text has and puts values in their place,
//! [`known`] holds what is known by name, [`products`] which products are meant.
//! To know one more variable, add a row to `known::Known::gather`.

mod blanks;
mod known;
mod products;

use std::collections::{BTreeMap, BTreeSet};

use deal_record::{Filled, Missing, Populated, Section, Trigger};
use deal_source::{Dealing, Talk};
use schemars::JsonSchema;
use serde::Deserialize;
use skillhost_sdk::sources::{Template, TemplateVariable};
use skillhost_sdk::{Call, Failure, Outcome, context, skill};

use crate::blanks::Form;
use crate::known::{Answer, Known, plain_name};

/// Most variables of a template; more is no document that a person filled in.
const MAX_VARIABLES: usize = 200;
/// Longest value, characters: a page.
const MAX_VALUE: usize = 4_000;

/// The template and what is said about it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The event's payload.
    pub about: Trigger,
    /// The template that was chosen.
    pub template_id: Option<String>,
    /// What the rep said, by variable.
    pub values: BTreeMap<String, String>,
}

/// Fills the template in.
#[skill]
pub fn run(call: &Call, input: Input) -> Result<Outcome<Populated>, Failure> {
    let id = input.template_id.as_deref().or(input.about.template_id.as_deref()).map(str::trim).unwrap_or_default();
    if id.is_empty() {
        return Err(Failure::invalid("no-template", "no template was chosen"));
    }
    let template = context::template(id)?.value;
    let dealing = Dealing::load(&input.about)?;
    let talk = Talk::load(call, &input.about)?;
    let held = context::products()?.value;
    let mut spoken = talk.theirs();
    for words in talk.asking(&input.about) {
        spoken.add(&words.quote);
    }
    let meant = products::meant(&held, dealing.deal.as_ref().map(|deal| &deal.value), &spoken);
    let known = Known::gather(call, &dealing, &talk, &meant, &input.values);

    let populated = fill(&template, &known, &dealing)?;
    let summary = match populated.missing.as_slice() {
        [] => format!("filled in {} of “{}”", count(populated.values.len(), "value"), template.name),
        [one] => format!("“{}” is missing", one.name),
        many => format!("{} are missing: {}", count(many.len(), "value"), names(many)),
    };
    Ok(Outcome::new(populated).summary(summary))
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn names(missing: &[Missing]) -> String {
    missing.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The variables of the template: those it declares, and those its text has besides,
/// which nothing says are optional.
fn variables(template: &Template) -> Result<Vec<TemplateVariable>, Failure> {
    let mut all: Vec<TemplateVariable> = Vec::new();
    for variable in &template.variables {
        if !all.iter().any(|known| known.name == variable.name) {
            all.push(variable.clone());
        }
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    for section in &template.sections {
        for text in [&section.heading, &section.body] {
            used.extend(blanks::of(text).map_err(|problem| {
                Failure::invalid("template-code", format!("the section `{}` {problem}", section.id))
            })?);
        }
    }
    for name in used {
        if !all.iter().any(|known| plain_name(&known.name) == plain_name(&name)) {
            all.push(TemplateVariable { name, required: true, ..TemplateVariable::default() });
        }
    }
    if all.len() > MAX_VARIABLES {
        return Err(Failure::invalid(
            "too-many-variables",
            format!("a template has at most {MAX_VARIABLES} variables"),
        ));
    }
    Ok(all)
}

fn fill(template: &Template, known: &Known, dealing: &Dealing) -> Result<Populated, Failure> {
    if template.sections.is_empty() {
        return Err(Failure::invalid("no-sections", "the template has no sections to fill in"));
    }
    let mut populated = Populated {
        template_id: template.id.clone(),
        name: template.name.clone(),
        version: template.version.clone(),
        ..Populated::default()
    };
    let mut values = blanks::Values::default();
    for variable in variables(template)? {
        let answer = known.answer(&variable.name);
        let (text, source, markup) = match answer {
            Answer::Value { text, source, markup } => (text, source, markup),
            Answer::Unknown(reason) => match (&variable.default, variable.required) {
                (Some(default), _) => (default.clone(), "default".to_owned(), false),
                (None, true) => {
                    populated.missing.push(Missing { name: variable.name, description: variable.description, reason });
                    continue;
                }
                (None, false) => {
                    values.put(&variable.name, "", false);
                    populated.left_empty.push(variable.name);
                    continue;
                }
            },
        };
        let text: String = text.chars().take(MAX_VALUE).collect();
        values.put(&variable.name, &text, markup);
        populated.values.push(Filled { name: variable.name, value: text, source });
    }
    populated.complete = populated.missing.is_empty();
    let recipient = dealing.company_name().or_else(|| dealing.contact_name());
    populated.recipient = recipient.map(str::to_owned);
    populated.title = recipient.map_or_else(|| "Proposal".to_owned(), |name| format!("Proposal for {name}"));
    if !populated.complete {
        return Ok(populated);
    }
    for section in &template.sections {
        let filled = |text: &str, form: Form| {
            blanks::fill(text, &values, form)
                .map_err(|problem| Failure::invalid("template-code", format!("the section `{}` {problem}", section.id)))
        };
        populated.sections.push(Section {
            id: section.id.clone(),
            heading: meeting_record::one_line(&filled(&section.heading, Form::Plain)?),
            body: filled(&section.body, Form::Markdown)?,
            custom: section.custom,
            guidance: section.guidance.clone(),
        });
    }
    Ok(populated)
}

skillhost_sdk::cases!();

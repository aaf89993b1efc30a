//! The variables of a text, and values in their place.
//!
//! A text holds words and `{{name}}`; anything else that a template language can
//! do is refused before anything is rendered. Values are text: where Markdown is
//! filled in, nothing in them can become markup, unless it was made here.

use std::collections::{BTreeMap, BTreeSet};

use deal_record::escaped;
use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior};

use crate::known::plain_name;

/// What the filled text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Words alone: a heading.
    Plain,
    /// Markdown: a body.
    Markdown,
}

/// Values by plain name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(BTreeMap<String, (String, bool)>);

impl Values {
    /// Puts a value; `markup` is Markdown made here.
    pub(crate) fn put(&mut self, name: &str, text: &str, markup: bool) {
        self.0.insert(plain_name(name), (text.to_owned(), markup));
    }
}

/// The variables of a text as they are written in it, or what is wrong with it.
pub(crate) fn of(text: &str) -> Result<BTreeSet<String>, String> {
    let code = || "holds more than words and {{variables}}".to_owned();
    let parsed =
        parse(text, "section", SyntaxConfig::default()).map_err(|error| format!("is no template: {}", error.kind()))?;
    let ast::Stmt::Template(template) = parsed else { return Err(code()) };
    let mut names = BTreeSet::new();
    for part in &template.children {
        match part {
            ast::Stmt::EmitRaw(_) => {}
            ast::Stmt::EmitExpr(emitted) => {
                names.insert(name_of(&emitted.expr).ok_or_else(code)?);
            }
            _ => return Err(code()),
        }
    }
    Ok(names)
}

fn name_of(expression: &ast::Expr<'_>) -> Option<String> {
    match expression {
        ast::Expr::Var(variable) => Some(variable.id.to_owned()),
        ast::Expr::GetAttr(path) => Some(format!("{}.{}", name_of(&path.expr)?, path.name)),
        _ => None,
    }
}

/// A name's place in what the text is rendered over.
#[derive(Default)]
struct Group {
    value: Option<Value>,
    inner: BTreeMap<String, Group>,
}

impl Group {
    fn put(&mut self, path: &str, value: Value) {
        match path.split_once('.') {
            Some((head, rest)) => self.inner.entry(head.to_owned()).or_default().put(rest, value),
            None => self.inner.entry(path.to_owned()).or_default().value = Some(value),
        }
    }

    fn into_value(self) -> Result<Value, String> {
        match (self.value, self.inner.is_empty()) {
            (Some(value), true) => Ok(value),
            (None, _) => {
                let inner: Result<BTreeMap<String, Value>, String> =
                    self.inner.into_iter().map(|(name, group)| Ok((name, group.into_value()?))).collect();
                Ok(Value::from(inner?))
            }
            (Some(_), false) => Err("uses one name for a value and for a group of them".to_owned()),
        }
    }
}

/// The text with its variables filled in.
pub(crate) fn fill(text: &str, values: &Values, form: Form) -> Result<String, String> {
    let mut context = Group::default();
    for name in of(text)? {
        let (value, markup) = values.0.get(&plain_name(&name)).ok_or_else(|| format!("has no value for `{name}`"))?;
        let value = if *markup { Value::from_safe_string(value.clone()) } else { Value::from(value.as_str()) };
        context.put(&name, value);
    }
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(move |out, _, value| {
        let text = value.as_str().unwrap_or_default();
        let written = if form == Form::Plain || value.is_safe() { text.to_owned() } else { escaped(text) };
        out.write_str(&written).map_err(minijinja::Error::from)
    });
    environment
        .render_str(text, context.into_value()?)
        .map_err(|error| format!("cannot be filled in: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        let mut values = Values::default();
        pairs.iter().for_each(|(name, text)| values.put(name, text, false));
        values
    }

    #[test]
    fn names_are_found_and_code_is_refused() {
        let names = of("Dear {{ contact.name }}, {{company_name}} has {{-deal_amount-}}.");
        assert_eq!(
            names.map(|names| names.into_iter().collect::<Vec<_>>()),
            Ok(vec!["company_name".to_owned(), "contact.name".to_owned(), "deal_amount".to_owned()])
        );
        for code in [
            "{% for x in y %}{{x}}{% endfor %}",
            "{% if a %}b{% endif %}",
            "{% set a = 1 %}",
            "{{ a + 1 }}",
            "{{ a|upper }}",
            "{{ f(a) }}",
            "{{ a[0] }}",
            "{{ 'text' }}",
            "{{ a if b else c }}",
            "{% include 'other' %}",
        ] {
            assert!(of(code).is_err(), "{code}");
        }
        assert!(of("{{ broken").is_err());
        assert_eq!(of("no {names} { {here} }").map(|names| names.len()), Ok(0));
    }

    #[test]
    fn values_are_filled_in_by_either_spelling() {
        let values = values(&[("company_name", "Globex"), ("Deal.Amount", "$5.00")]);
        let text = "{{company.name}} and {{ company_name }}: {{ deal_amount }}\n";
        assert_eq!(fill(text, &values, Form::Plain).as_deref(), Ok("Globex and Globex: $5.00"));
        assert_eq!(fill("{{ nobody }}", &values, Form::Plain), Err("has no value for `nobody`".to_owned()));
        let both = fill("{{ company }} {{ company.name }}", &values, Form::Plain);
        assert!(both.is_err(), "{both:?}");
    }

    #[test]
    fn a_value_is_text_and_never_markup() {
        let evil = "# [Click](https://evil.example) <script>alert(1)</script> **now** | x\n- one";
        let filled = fill("{{ a }}", &values(&[("a", evil)]), Form::Markdown).unwrap_or_default();
        assert_eq!(
            filled,
            "\\# \\[Click\\](https://evil.example) \\<script\\>alert(1)\\</script\\> \\*\\*now\\*\\* \\| x - one"
        );
        // A value that looks like a variable is not filled in again.
        let again = fill("{{ a }}", &values(&[("a", "{{ b }}"), ("b", "secret")]), Form::Plain);
        assert_eq!(again.as_deref(), Ok("{{ b }}"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(text: String) {
            if let Ok(names) = of(&text) {
                let mut values = Values::default();
                names.iter().for_each(|name| values.put(name, "v", false));
                let _ = fill(&text, &values, Form::Markdown);
            }
        }
    }
}

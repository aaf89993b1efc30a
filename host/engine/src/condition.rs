//! CEL expressions of a sequence: conditions and input values.
//!
//! An expression cannot be interrupted once it runs, so its cost is bounded
//! before: a short text, a shallow tree, and at most one comprehension, which
//! makes the work linear in the data it walks. Values come in as JSON and go
//! out as JSON. Errors name the rule that broke and never the data.

use std::collections::HashMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Program};
use serde::Serialize;
use serde_json::{Map, Number, Value};

/// Longest expression, bytes: a screen of text; more belongs into a skill.
pub const MAX_EXPRESSION_BYTES: usize = 2_000;
/// Most comprehensions (`all`, `exists`, `exists_one`, `map`, `filter`): one is
/// linear, two nested over the same list are quadratic.
pub const MAX_COMPREHENSIONS: usize = 1;
/// Most nodes of the parsed tree.
const MAX_NODES: usize = 400;
/// Deepest nesting of brackets and `?:`, checked on the text: the parser
/// recurses some ten frames a level, and a worker's stack is 2 MiB.
const MAX_NESTING: usize = 12;
/// Most arithmetic operators, for the same reason: each nests the tree by one.
const MAX_OPERATORS: usize = 48;
/// Most signs of comparison, for the same reason; `==` is two.
const MAX_COMPARISONS: usize = 96;
/// Longest path `a.b.c`, for the same reason.
const MAX_PATH: usize = 16;

/// Names an expression may use, with their meaning.
pub const VARIABLES: [(&str, &str); 9] = [
    ("event", "{type, source, payload, received_at}"),
    ("context", "the job's snapshots by source"),
    ("outputs", "outputs of finished steps by output key"),
    ("answers", "in steps: how the question of each step was answered, by the step's name"),
    ("now", "the present instant, RFC 3339"),
    ("output", "in follow-ups: the step's own output"),
    ("suggested", "in follow-ups: what the skill suggested"),
    ("follow_up", "in `accept`: the suggestion at hand"),
    ("item", "in follow-ups: the element of `for_each`"),
];

/// Why an expression does not load or does not give a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// It is not CEL.
    #[error("not a CEL expression: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// It could cost too much.
    #[error("the expression is too heavy: {message}")]
    TooHeavy {
        /// Which bound.
        message: String,
    },
    /// It names something that does not exist.
    #[error("`{name}` is not known here; known are {known}")]
    UnknownName {
        /// The name.
        name: String,
        /// What may be named.
        known: String,
    },
    /// It reaches into something that is not there.
    #[error("`{expression}`: no such key `{key}`; test with has(…) first")]
    MissingKey {
        /// The expression.
        expression: String,
        /// The key.
        key: String,
    },
    /// It failed on the data.
    #[error("`{expression}` failed: {message}")]
    Failed {
        /// The expression.
        expression: String,
        /// Which rule broke, without data.
        message: String,
    },
    /// A condition did not give true or false.
    #[error("`{expression}` gives {got}, where true or false is needed")]
    NotBoolean {
        /// The expression.
        expression: String,
        /// What came out.
        got: String,
    },
}

/// A parsed, bounded expression.
#[derive(Clone)]
pub struct Expression {
    text: String,
    program: Arc<Program>,
    /// Keys selected from `outputs`, from which needs are inferred.
    outputs: Vec<String>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for Expression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

fn environment() -> Arc<Env> {
    static ENV: std::sync::LazyLock<Arc<Env>> = std::sync::LazyLock::new(|| Arc::new(Env::stdlib()));
    Arc::clone(&ENV)
}

impl Expression {
    /// Parses and bounds an expression that may use these variables.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, ConditionError> {
        let text = text.trim();
        if text.len() > MAX_EXPRESSION_BYTES {
            return Err(ConditionError::TooHeavy { message: format!("longer than {MAX_EXPRESSION_BYTES} bytes") });
        }
        if let Some(message) = too_deep(text) {
            return Err(ConditionError::TooHeavy { message });
        }
        let program = environment()
            .compile(text)
            .map_err(|errors| ConditionError::Syntax { message: first_line(&errors.to_string()) })?;
        let mut walk = Walk::default();
        walk.visit(program.expression());
        if walk.nodes > MAX_NODES {
            return Err(ConditionError::TooHeavy { message: format!("more than {MAX_NODES} parts") });
        }
        if walk.comprehensions > MAX_COMPREHENSIONS {
            return Err(ConditionError::TooHeavy {
                message: format!("more than {MAX_COMPREHENSIONS} of all, exists, exists_one, map, filter"),
            });
        }
        for name in program.references().variables() {
            if !known.contains(&name) && !walk.bound.iter().any(|bound| bound == name) && !name.starts_with('@') {
                return Err(ConditionError::UnknownName { name: name.to_owned(), known: known.join(", ") });
            }
        }
        Ok(Self { text: text.to_owned(), program: Arc::new(program), outputs: walk.outputs })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it looks at this variable.
    pub fn reads(&self, variable: &str) -> bool {
        self.program.references().variables().contains(&variable)
    }

    /// Output keys it names as `outputs.<key>` or `outputs["<key>"]`.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// Its value over these variables.
    pub fn value(&self, scope: &Scope) -> Result<Value, ConditionError> {
        let mut context = Context::with_env(environment());
        context.set_variable_resolver(scope);
        let value = self.program.execute(&context).map_err(|error| self.failed(&error))?;
        to_json(&value).ok_or_else(|| ConditionError::Failed {
            expression: self.text.clone(),
            message: "the result is not JSON".to_owned(),
        })
    }

    /// Its value as a condition; anything but true and false is an error.
    pub fn holds(&self, scope: &Scope) -> Result<bool, ConditionError> {
        match self.value(scope)? {
            Value::Bool(value) => Ok(value),
            other => {
                Err(ConditionError::NotBoolean { expression: self.text.clone(), got: type_name(&other).to_owned() })
            }
        }
    }

    fn failed(&self, error: &ExecutionError) -> ConditionError {
        let expression = self.text.clone();
        // Most of cel's messages print the values at hand; only what comes from
        // the expression itself is passed on.
        let message = match error {
            ExecutionError::NoSuchKey(key) => {
                return ConditionError::MissingKey { expression, key: key.to_string() };
            }
            ExecutionError::NoSuchOverload(overload) => {
                format!("`{}` does not take ({})", overload.function(), overload.argument_types().join(", "))
            }
            ExecutionError::UndeclaredReference(name) => format!("`{name}` is not known"),
            ExecutionError::IndexOutOfBounds(_) => "an index is out of bounds".to_owned(),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".to_owned(),
            ExecutionError::Overflow(..) => "a number is out of range".to_owned(),
            ExecutionError::ValuesNotComparable(..) => "the values cannot be compared".to_owned(),
            ExecutionError::UnexpectedType { got, want } => format!("got {got} where {want} is needed"),
            ExecutionError::InvalidArgumentCount { expected, actual } => {
                format!("a function takes {expected} arguments, not {actual}")
            }
            _ => "an operation does not fit its values".to_owned(),
        };
        ConditionError::Failed { expression, message }
    }
}

/// Variables of evaluations, converted once: what an expression looks at is lent to it, so
/// that one which reads a field costs that field, however much a job has put out.
#[derive(Clone, Debug, Default)]
pub struct Scope(Vec<(&'static str, Arc<dyn Val>)>);

impl Scope {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &Value) -> Self {
        self.0.push((name, Arc::from(from_json(value))));
        self
    }
}

impl VariableResolver for Scope {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let last = self.0.iter().rfind(|(name, _)| *name == variable);
        last.map(|(_, value)| CowVal::Borrowed(value.as_ref()))
    }
}

fn from_json(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        // JSON has one kind of number and CEL compares across kinds, so an
        // integer stays one and everything else is a double.
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Box::new(CelInt::from(integer)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(items) => Box::new(CelList::from(items.iter().map(from_json).collect::<Vec<_>>())),
        Value::Object(fields) => Box::new(CelMap::from(
            fields
                .iter()
                .map(|(key, value)| (CelMapKey::String(key.clone().into()), from_json(value)))
                .collect::<HashMap<_, _>>(),
        )),
    }
}

fn to_json(value: &cel::Value) -> Option<Value> {
    Some(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(value) => Value::Bool(*value),
        cel::Value::Int(integer) => Value::from(*integer),
        cel::Value::UInt(integer) => Value::from(*integer),
        cel::Value::Float(float) => Value::Number(Number::from_f64(*float)?),
        cel::Value::String(text) => Value::String(text.as_str().to_owned()),
        cel::Value::List(items) => Value::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        cel::Value::Map(map) => {
            let mut fields = Map::new();
            for (key, value) in map.map.iter() {
                fields.insert(key.to_string(), to_json(value)?);
            }
            // A hash map has no order of its own; JSON objects here are sorted.
            Value::Object(fields)
        }
        _ => return None,
    })
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Bounds on the text that keep the parser's recursion shallow. What stands
/// inside quotes counts too, which errs on the safe side.
fn too_deep(text: &str) -> Option<String> {
    let (mut nesting, mut deepest, mut ternaries) = (0_usize, 0, 0);
    let (mut operators, mut comparisons, mut path, mut longest) = (0, 0, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                nesting += 1;
                deepest = deepest.max(nesting);
            }
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            b'?' => ternaries += 1,
            b'+' | b'-' | b'*' | b'/' | b'%' => operators += 1,
            b'!' | b'<' | b'>' | b'=' => comparisons += 1,
            b'.' => {
                path += 1;
                longest = longest.max(path);
            }
            _ => {}
        }
        // A call or an index goes on with the path it stands in.
        if byte.is_ascii_whitespace() || b"+-*/%!<>=&|?:,".contains(&byte) {
            path = 0;
        }
    }
    if deepest + ternaries > MAX_NESTING {
        Some(format!("nested deeper than {MAX_NESTING}"))
    } else if operators > MAX_OPERATORS || comparisons > MAX_COMPARISONS {
        Some("too many operators".to_owned())
    } else if longest > MAX_PATH {
        Some(format!("a path longer than {MAX_PATH}"))
    } else {
        None
    }
}

fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text).trim().to_owned()
}

/// What the bounds look at.
#[derive(Default)]
struct Walk {
    nodes: usize,
    comprehensions: usize,
    bound: Vec<String>,
    outputs: Vec<String>,
}

impl Walk {
    fn visit(&mut self, node: &IdedExpr) {
        self.nodes += 1;
        // Past the bound the answer is known; going on could overflow the stack.
        if self.nodes > MAX_NODES {
            return;
        }
        match &node.expr {
            Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
            Expr::Call(call) => {
                if call.func_name == cel::common::ast::operators::INDEX
                    && let [list, key] = call.args.as_slice()
                    && is_outputs(list)
                    && let Expr::Literal(cel::common::ast::LiteralValue::String(key)) = &key.expr
                {
                    self.outputs.push(key.inner().to_owned());
                }
                for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                    self.visit(part);
                }
            }
            Expr::Comprehension(comprehension) => {
                self.comprehensions += 1;
                self.bound.push(comprehension.iter_var.clone());
                self.bound.extend(comprehension.iter_var2.clone());
                self.bound.push(comprehension.accu_var.clone());
                for part in [
                    &comprehension.iter_range,
                    &comprehension.accu_init,
                    &comprehension.loop_cond,
                    &comprehension.loop_step,
                    &comprehension.result,
                ] {
                    self.visit(part);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(fields) => fields.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Select(select) => {
                if is_outputs(&select.operand) {
                    self.outputs.push(select.field.clone());
                }
                self.visit(&select.operand);
            }
        }
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.visit(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.visit(&entry.key);
                self.visit(&entry.value);
            }
        }
    }
}

fn is_outputs(node: &IdedExpr) -> bool {
    matches!(&node.expr, Expr::Ident(name) if name == "outputs")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const KNOWN: [&str; 3] = ["event", "context", "outputs"];

    fn parse(text: &str) -> Result<Expression, ConditionError> {
        Expression::parse(text, &KNOWN)
    }

    fn scope() -> Scope {
        Scope::new()
            .with("event", &json!({"type": "meeting_ended", "payload": {"id": "t1", "n": 3, "f": 0.85}}))
            .with("context", &json!({}))
            .with("outputs", &json!({"call": {"kind": "sales", "list": [{"c": 0.9}, {"c": 0.2}]}, "none": null}))
    }

    #[test]
    fn values_and_conditions() {
        for (text, expected) in [
            ("event.payload.id", json!("t1")),
            ("event.payload.n + 1", json!(4)),
            ("event.payload.f >= 0.8 && outputs.call.kind != 'internal'", json!(true)),
            ("outputs.call.list.filter(x, x.c >= 0.8)", json!([{"c": 0.9}])),
            ("has(outputs.call.missing) ? 1 : 2", json!(2)),
            ("outputs.none == null", json!(true)),
            ("{'a': [1, 'x', null]}", json!({"a": [1, "x", null]})),
            ("outputs.none == null || outputs.none.kind == 'x'", json!(true)),
            ("event.payload.n >= 2.5", json!(true)),
        ] {
            assert_eq!(parse(text).unwrap().value(&scope()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_a_typed_error() {
        let error = parse("outputs.call.nope == 1").unwrap().holds(&scope()).unwrap_err();
        assert!(matches!(error, ConditionError::MissingKey { ref key, .. } if key == "nope"), "{error}");
        assert!(parse("outputs.none.kind == 'x'").unwrap().holds(&scope()).is_err());
        let error = parse("event.payload.id").unwrap().holds(&scope()).unwrap_err();
        assert!(matches!(error, ConditionError::NotBoolean { .. }), "{error}");
        let error = parse("event.payload.id > 3").unwrap().holds(&scope()).unwrap_err();
        assert!(!error.to_string().contains("t1"), "data in the message: {error}");
    }

    #[test]
    fn heavy_and_broken_ones_do_not_load() {
        assert!(matches!(parse("a +"), Err(ConditionError::Syntax { .. })));
        assert!(matches!(parse("nobody.x"), Err(ConditionError::UnknownName { ref name, .. }) if name == "nobody"));
        let nested = "outputs.a.all(x, outputs.a.all(y, x == y))";
        assert!(matches!(parse(nested), Err(ConditionError::TooHeavy { .. })));
        let twice = "outputs.a.all(x, x) && outputs.b.exists(x, x)";
        assert!(matches!(parse(twice), Err(ConditionError::TooHeavy { .. })));
        let long = format!("'{}'", "a".repeat(MAX_EXPRESSION_BYTES));
        assert!(matches!(parse(&long), Err(ConditionError::TooHeavy { .. })));
        let wide = vec!["1"; 500].join("+");
        assert!(matches!(parse(&wide), Err(ConditionError::TooHeavy { .. } | ConditionError::Syntax { .. })));
        for deep in [
            format!("{}1{}", "(".repeat(600), ")".repeat(600)),
            format!("{}true", "!".repeat(900)),
            format!("outputs{}", ".a".repeat(900)),
            format!("{}1", "true?1:".repeat(200)),
            format!("{}1{}", "[".repeat(600), "]".repeat(600)),
        ] {
            assert!(matches!(parse(&deep), Err(ConditionError::TooHeavy { .. })), "{}", &deep[..20]);
        }
    }

    #[test]
    fn the_deepest_allowed_parses_on_a_small_stack() {
        let nested = format!("{}1{}", "(".repeat(MAX_NESTING), ")".repeat(MAX_NESTING));
        let chained = vec!["1"; MAX_OPERATORS].join("+");
        let negated = format!("{}true", "!".repeat(MAX_COMPARISONS));
        let done = std::thread::Builder::new()
            .stack_size(2 * 1024 * 1024)
            .spawn(move || [nested, chained, negated].map(|text| parse(&text).map(|e| e.value(&scope()).is_ok())))
            .unwrap()
            .join()
            .unwrap();
        for result in done {
            assert!(!matches!(result, Ok(false)), "{result:?}");
        }
    }

    #[test]
    fn the_last_variable_of_a_name_is_meant_and_an_element_hides_none() {
        let scope = scope().with("event", &json!({"type": "another", "list": [1, 2]}));
        for (text, expected) in [
            ("event.type", json!("another")),
            ("event.list.map(x, x + outputs.call.list.size())", json!([3, 4])),
            ("event.list.exists(event, event == 2)", json!(true)),
        ] {
            assert_eq!(parse(text).unwrap().value(&scope).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn outputs_are_found_for_needs() {
        let expression = parse("outputs.call.kind == outputs['none'] && has(outputs.third)").unwrap();
        let mut found = expression.outputs().to_vec();
        found.sort();
        assert_eq!(found, ["call", "none", "third"]);
    }
}

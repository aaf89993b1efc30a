//! What is wrong with a sequence file, where, and what to do about it.

use crate::condition::ConditionError;

/// What kind of mistake it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceFault {
    /// Not YAML.
    Syntax,
    /// A field that sequences do not have.
    UnknownField,
    /// The same key twice; two steps of one name, for instance.
    DuplicateKey,
    /// A field is missing.
    MissingField,
    /// A value of the wrong type or out of range.
    WrongValue,
    /// A skill nobody installed.
    UnknownSkill,
    /// A module that is not installed, or is revoked.
    UnknownModule,
    /// A right that a step needs and its skill does not get.
    MissingRight,
    /// An event type the host does not know.
    UnknownEvent,
    /// A need of a step that is not there.
    MissingNeed,
    /// Steps that wait for each other.
    Cycle,
    /// An expression that does not load.
    BadExpression(Box<ConditionError>),
    /// Larger than the host takes.
    TooLarge,
}

/// A mistake in a sequence file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceError {
    /// What kind.
    pub fault: SequenceFault,
    /// Name of the file.
    pub file: Box<str>,
    /// From 1; 0 when the place is not known.
    pub line: u64,
    /// From 1; 0 when the place is not known.
    pub column: u64,
    /// Path of the field: `steps.draft.needs`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::fmt::Display for SequenceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SequenceError {}

impl SequenceError {
    pub(super) fn new(fault: SequenceFault, file: &str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { fault, file: file.into(), line: 0, column: 0, field: field.into(), message: message.into(), hint: None }
    }

    pub(super) fn at(mut self, line: u64, column: u64) -> Self {
        (self.line, self.column) = (line, column);
        self
    }

    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// `did you mean …?` for a name that is nearly one of these.
pub(super) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Below this, two names have too little in common to be a slip.
    const LEAST_LIKENESS: f64 = 0.7;
    known
        .into_iter()
        .map(|other| (strsim::normalized_damerau_levenshtein(name, other), other))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| format!("did you mean `{other}`?"))
}

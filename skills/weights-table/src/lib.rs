//! Tables of weights as Rust source: what `build.rs` of a skill with a model calls.
//!
//! A table is text that `make weights` fits to the labelled sets of `tests/eval`: its first
//! line names the kinds, its second has what speaks for each before a word is read, every
//! other line a word with hundredths of a weight for each kind, and nothing where that is zero.
//! Source made of it needs no time to be read when a skill starts, which is at every call.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

use fnv::FnvHasher;

/// Why a table is none.
#[derive(Debug)]
pub struct BadTable {
    table: PathBuf,
    line: usize,
    what: String,
}

impl std::fmt::Display for BadTable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}: {}; `make weights` makes the table anew", self.table.display(), self.line, self.what)
    }
}

impl std::error::Error for BadTable {}

/// Writes `models/NAME.tsv` of the package being built as `NAME.rs` into its output folder: an
/// expression of `skillhost_language::weights::Weights`.
///
/// # Errors
/// The table cannot be read, has no kinds, or a line has not a number for each of them.
pub fn generate(name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let table = Path::new("models").join(name).with_extension("tsv");
    #[expect(clippy::print_stdout, reason = "how a build script speaks to cargo")]
    {
        println!("cargo::rerun-if-changed={}", table.display());
    }
    let text = std::fs::read_to_string(&table).map_err(|error| BadTable {
        table: table.clone(),
        line: 0,
        what: error.to_string(),
    })?;
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: this is for build scripts")?;
    std::fs::write(Path::new(&out).join(name).with_extension("rs"), source(&table, &text)?)?;
    Ok(())
}

fn source(table: &Path, text: &str) -> Result<String, BadTable> {
    let bad = |line: usize, what: &str| BadTable { table: table.to_owned(), line: line + 1, what: what.to_owned() };
    let mut lines = text.lines().enumerate();
    let mut head = |what| {
        let line = lines.next().and_then(|(_, line)| line.strip_prefix('\t'));
        line.map(|line| line.split('\t').collect::<Vec<_>>()).ok_or_else(|| bad(0, what))
    };
    let kinds = head("there are no kinds")?;
    let bias = numbers(&head("nothing speaks for the kinds")?).ok_or_else(|| bad(1, "a number is none"))?;
    let mut words = BTreeMap::new();
    for (at, line) in lines {
        let (word, weights) = line.split_once('\t').ok_or_else(|| bad(at, "a word has no weights"))?;
        let weights = numbers(&weights.split('\t').collect::<Vec<_>>()).ok_or_else(|| bad(at, "a number is none"))?;
        if weights.len() != kinds.len() {
            return Err(bad(at, "there is not a weight for each kind"));
        }
        if words.insert(number(word), (word, weights)).is_some() {
            return Err(bad(at, "a word stands twice, or has the number of another"));
        }
    }
    let buckets = words.len().next_power_of_two();
    let bucket = |number: u64| usize::try_from(number & (buckets as u64 - 1)).unwrap_or_default();
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_by_key(|(number, _)| bucket(*number));
    let begins: Vec<usize> =
        (0..=buckets).map(|at| words.partition_point(|(number, _)| bucket(*number) < at)).collect();
    let numbers: Vec<u64> = words.iter().map(|(number, _)| *number).collect();
    let rows: Vec<String> = words.iter().map(|(_, (word, weights))| format!("({word:?}, &{weights:?})")).collect();
    Ok(format!(
        "::skillhost_language::weights::Weights {{ kinds: &{kinds:?}, bias: &{bias:?}, words: \
         ::skillhost_language::weights::Table {{ begins: &{begins:?}, numbers: &{numbers:?}, rows: &[{}] }} }}",
        rows.join(", ")
    ))
}

/// What words are ordered by, as `Table` of `skillhost_language::weights` has it.
fn number(word: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

fn numbers(parts: &[&str]) -> Option<Vec<i16>> {
    parts.iter().map(|part| if part.is_empty() { Some(0) } else { part.parse().ok() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<String, String> {
        source(Path::new("models/a.tsv"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_becomes_source() {
        let source = told("\tyes\tno\n\t10\t-10\nbudget\t200\t\n\"it\"\t\t5\n").unwrap_or_default();
        assert!(source.contains("kinds: &[\"yes\", \"no\"], bias: &[10, -10]"), "{source}");
        assert!(source.contains("(\"budget\", &[200, 0])") && source.contains("(\"\\\"it\\\"\", &[0, 5])"), "{source}");
    }

    #[test]
    fn a_bad_table_says_where() {
        for (text, wanted) in [
            ("", "models/a.tsv:1: there are no kinds"),
            ("\tyes\n", "nothing speaks for the kinds"),
            ("\tyes\n\tx\n", "models/a.tsv:2: a number is none"),
            ("\tyes\n\t1\nbudget\n", "models/a.tsv:3: a word has no weights"),
            ("\tyes\n\t1\nbudget\t1\nno\t1\t2\n", "models/a.tsv:4: there is not a weight for each kind"),
            ("\tyes\n\t1\nbudget\t99999\n", "a number is none"),
            ("\tyes\n\t1\nno\t1\nno\t2\n", "models/a.tsv:4: a word stands twice"),
        ] {
            assert!(told(text).is_err_and(|error| error.contains(wanted)), "{text:?}");
        }
    }
}

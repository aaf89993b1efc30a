//! What a job is made of, the same for every peer: steps that take about a kilobyte of
//! JSON and give about a kilobyte back, and a list of the executions that happened.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Steps of a job.
pub const STEPS: usize = 7;
/// Bytes of the text in a note, as in the native steps of `skillhost bench jobs`.
const PADDING: usize = 900;

/// What a job is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Names the run in the list of executions.
    pub run: String,
    /// How long each step waits, as one that asks somebody does.
    pub wait_ms: u64,
    /// What the first step takes.
    pub note: Note,
}

impl Job {
    pub fn new(run: String, wait: Duration) -> Self {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Self { run, wait_ms, note: Note { steps: 0, padding: "x".repeat(PADDING) } }
    }
}

/// What goes into a step and comes out of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Note {
    /// Steps that it went through.
    pub steps: usize,
    pub padding: String,
}

/// Where executed steps are listed, one a line; nowhere outside of the kill leg, so that
/// the list's write is in no measured time.
#[derive(Clone, Debug, Default)]
pub struct Executions(Option<Arc<File>>);

impl Executions {
    pub fn to(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.with_context(|| format!("cannot append to {}", path.display())).map(Arc::new)
        };
        Ok(Self(path.map(open).transpose()?))
    }

    /// One write, which a kill either lets through whole or not at all.
    fn add(&self, run: &str, step: usize) {
        let Some(file) = &self.0 else { return };
        if let Err(error) = file.as_ref().write_all(format!("{run} {step}\n").as_bytes()) {
            // An execution that is missing from the list would count as one that never was.
            eprintln!("the list of executions cannot be written: {error}");
            std::process::abort();
        }
    }
}

/// The body of a step.
pub async fn step(executions: &Executions, job: &Job, mut note: Note) -> Note {
    executions.add(&job.run, note.steps);
    if job.wait_ms > 0 {
        tokio::time::sleep(Duration::from_millis(job.wait_ms)).await;
    }
    note.steps += 1;
    note
}

/// What a list of executions says.
#[derive(Debug)]
pub struct Tally {
    /// Runs of which a step was executed.
    pub runs: Vec<String>,
    /// Steps that were executed more than once.
    pub twice: usize,
    /// Executions of the step that was executed most often.
    pub most: usize,
}

pub fn tally(path: &Path) -> anyhow::Result<Tally> {
    let list = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut executed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in list.lines() {
        let at = line.split_once(' ').with_context(|| format!("'{line}' is no execution"))?;
        *executed.entry(at).or_default() += 1;
    }
    let mut runs: Vec<String> = executed.keys().map(|(run, _)| (*run).to_owned()).collect();
    runs.dedup();
    Ok(Tally {
        runs,
        twice: executed.values().filter(|times| **times > 1).count(),
        most: executed.values().copied().max().unwrap_or_default(),
    })
}

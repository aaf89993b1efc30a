//! `skillhost sequences`: what an author looks at while writing one. Works on
//! files; no host needs to run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use layout::backends::svg::SVGWriter;
use layout::gv::{DotParser, GraphBuilder};
use serde_json::{Value, json};
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::SkillName;
use skillhost_engine::registry::{ModuleRow, ModuleState};
use skillhost_engine::sequence::{OnFailure, Pin, Run, Sequence, Standing, Step, StepPin};
use skillhost_engine::skill::Manifest;
use skillhost_engine::time::Timestamp;

use super::exit::hinted;
use super::{Exit, Global, built, render};
use crate::config::{Config, Overrides};
use crate::sequences::{LoadError, Sequences, read_file};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  skillhost sequences check sequences/              every file, against the built skills and their grants
  skillhost sequences graph meeting_ended --format svg > plan.svg
  skillhost sequences schema > sequence.schema.json for an editor's completion")]
pub(crate) enum Command {
    /// Load files as the host would, and say what is wrong with line and column.
    Check {
        /// A file or a folder; default: the settings' folder, or what ships.
        path: Option<PathBuf>,
        /// Folder of built skills.
        #[arg(long, value_name = "DIR")]
        skills: Option<PathBuf>,
    },
    /// The plan of one sequence, wave by wave.
    Show {
        /// A file, or the name of a sequence.
        sequence: String,
    },
    /// The plan as a picture.
    Graph {
        /// A file, or the name of a sequence.
        sequence: String,
        /// How to draw it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// The JSON Schema of sequence files.
    Schema,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Lines of text.
    Text,
    /// Graphviz.
    Dot,
    /// A picture for browsers.
    Svg,
}

fn settings(global: &Global, skills: Option<PathBuf>, sequences: Option<PathBuf>) -> anyhow::Result<Config> {
    let over = Overrides { skills_dir: skills, sequences_dir: sequences, ..Overrides::default() };
    Ok(Config::load(global.config.as_deref(), over)?)
}

/// A built module as a host would have it.
fn installed(built: built::Built) -> ModuleRow {
    ModuleRow {
        digest: sha256(&built.bytes),
        name: built.manifest.name.clone(),
        version: built.manifest.version.clone(),
        bytes: u64::try_from(built.bytes.len()).unwrap_or(u64::MAX),
        manifest: built.manifest,
        state: ModuleState::Installed,
        installed_at: Timestamp(0),
        installed_by: "folder".to_owned(),
    }
}

fn check(global: &Global, path: Option<PathBuf>, skills: Option<PathBuf>) -> anyhow::Result<Exit> {
    let (file, folder) = match path {
        Some(path) if path.is_dir() => (None, Some(path)),
        path => (path, None),
    };
    let config = settings(global, skills, folder)?;
    // What the folder has is what a host with nothing else would install.
    let modules: Vec<ModuleRow> = built::all(&config.skills_dir)?.into_iter().map(installed).collect();
    let known: BTreeMap<&SkillName, &Manifest> = modules.iter().map(|row| (&row.name, &row.manifest)).collect();
    let names = known.keys().map(|name| (*name).clone()).collect();
    let standing = |name: &SkillName| {
        let manifest = known.get(name)?;
        let modules = modules.iter().filter(|row| row.name == *name).cloned().collect();
        Some(Standing { asked: manifest.asked(), operator: config.grant(name.as_str()).clone(), modules })
    };
    let checked = match &file {
        None => Sequences::load(config.sequences_dir.as_deref(), &names, &standing),
        Some(file) => read_file(file).and_then(|(name, text)| {
            let load = Sequence::parse(&name, &text).and_then(|sequence| {
                sequence.check_skills(&name, &names)?;
                sequence.check_pins(&name, &standing)?;
                sequence.check_rights(&name, &standing)?;
                Ok(Sequences::of([Arc::new(sequence)]))
            });
            load.map_err(|error| LoadError::Invalid(vec![error]))
        }),
    };
    let errors = match checked {
        Ok(sequences) => {
            let good: Vec<_> = sequences.catalog().iter().map(|sequence| sequence.name.clone()).collect();
            if global.json {
                render::json(&json!({ "sequences": good, "errors": [] }))?;
            } else {
                render::line(format!("{}: good", good.join(", ")))?;
            }
            return Ok(Exit::Done);
        }
        Err(LoadError::Invalid(errors)) => errors,
        Err(error) => return Err(error.into()),
    };
    if global.json {
        let errors: Vec<_> = errors
            .iter()
            .map(|error| {
                json!({ "file": error.file, "line": error.line, "column": error.column, "field": error.field,
                    "message": error.message, "hint": error.hint })
            })
            .collect();
        render::json(&json!({ "sequences": [], "errors": errors }))?;
    } else {
        errors.iter().for_each(|error| eprintln!("{error}"));
    }
    Ok(Exit::Failed)
}

/// A file's, or the one of that name among those the host would load.
fn find(global: &Global, wanted: &str) -> anyhow::Result<Arc<Sequence>> {
    let path = Path::new(wanted);
    if path.is_file() {
        let (name, text) = read_file(path)?;
        return Ok(Arc::new(Sequence::parse(&name, &text)?));
    }
    let config = settings(global, None, None)?;
    let sequences = Sequences::read(config.sequences_dir.as_deref())?;
    let names: Vec<_> = sequences.catalog().iter().map(|sequence| sequence.name.clone()).collect();
    let found = sequences.catalog().iter().find(|sequence| sequence.name == wanted).cloned();
    found.ok_or_else(|| {
        hinted(format!("there is no file and no sequence `{wanted}`"), format!("there is {}", names.join(", ")))
    })
}

fn does(step: &Step) -> String {
    match &step.run {
        Run::Skill(name) => name.to_string(),
        Run::Action(action) => format!("host: {}", action.as_str()),
    }
}

/// What a step says of its module; nothing where its sequence decides.
fn pin(step: &Step) -> Option<&str> {
    step.pin.as_ref().map(|pin| match pin {
        StepPin::Job => "job",
        StepPin::Step => "step",
        StepPin::Module(which) => which,
    })
}

/// What a sequence says of the modules of its steps.
fn pins(sequence: &Sequence) -> Option<&'static str> {
    match sequence.pin {
        Pin::Job => Some("job"),
        Pin::Step => Some("step"),
        Pin::Gates => None,
    }
}

fn needs(step: &Step) -> Vec<String> {
    let word = |settled| if settled { " settled" } else { "" };
    step.needs.iter().map(|need| format!("{}{}", need.step, word(need.settled))).collect()
}

fn on_failure(step: &Step) -> &'static str {
    match step.on_failure {
        OnFailure::Stop => "stop",
        OnFailure::Continue => "continue",
        OnFailure::Retry => "retry",
    }
}

fn when(step: &Step) -> String {
    step.when.as_ref().map(|when| when.text().to_owned()).unwrap_or_default()
}

fn follows(step: &Step) -> Vec<&str> {
    let accepted = step.accept.iter().map(|rule| rule.event.as_str());
    step.follow_ups.iter().map(|rule| rule.event.as_str()).chain(accepted).collect()
}

fn show(sequence: &Sequence, json: bool) -> anyhow::Result<()> {
    let waves = sequence.waves();
    if json {
        let waves: Vec<Vec<Value>> = waves
            .iter()
            .map(|wave| {
                wave.iter()
                    .map(|step| {
                        json!({ "step": step.name, "line": step.line, "does": does(step), "pin": pin(step), "needs": needs(step),
                            "when": step.when.as_ref().map(|when| when.text()), "on_failure": on_failure(step),
                            "output": step.output, "follow_ups": follows(step) })
                    })
                    .collect()
            })
            .collect();
        return render::json(&json!({ "sequence": sequence.name, "version": sequence.version,
            "event": sequence.event, "pin": pins(sequence), "digest": sequence.digest, "waves": waves }));
    }
    let title = format!("{} {}, for {}", sequence.name, sequence.version, sequence.event);
    render::line(format!("{}\n", render::strong(&title)))?;
    let rows = waves.iter().enumerate().flat_map(|(wave, steps)| {
        steps.iter().map(move |step| {
            vec![
                (wave + 1).to_string(),
                step.name.to_string(),
                pin(step).map_or_else(|| does(step), |pin| format!("{} (pin: {pin})", does(step))),
                needs(step).join(", "),
                when(step),
                on_failure(step).to_owned(),
                follows(step).join(", "),
            ]
        })
    });
    render::table(&["wave", "step", "does", "needs", "when", "on failure", "may raise"], rows.collect())
}

/// A text of Graphviz, between quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn dot(sequence: &Sequence) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&sequence.name));
    for step in &sequence.steps {
        let shape = if step.when.is_some() { "ellipse" } else { "box" };
        out.push_str(&format!("  {} [shape={shape}];\n", quoted(step.name.as_str())));
    }
    for step in &sequence.steps {
        for need in &step.needs {
            let label = if need.settled { " [label=\"settled\"]" } else { "" };
            out.push_str(&format!("  {} -> {}{label};\n", quoted(need.step.as_str()), quoted(step.name.as_str())));
        }
    }
    out.push_str("}\n");
    out
}

fn svg(sequence: &Sequence) -> anyhow::Result<String> {
    let graph = DotParser::new(&dot(sequence)).process().map_err(|error| anyhow::anyhow!("cannot draw it: {error}"))?;
    let mut builder = GraphBuilder::new();
    builder.visit_graph(&graph);
    let mut picture = SVGWriter::new();
    builder.get().do_it(false, false, false, &mut picture);
    Ok(picture.finalize())
}

fn text(sequence: &Sequence) -> String {
    let mut out = format!("{}\n", sequence.event);
    for (number, wave) in sequence.waves().iter().enumerate() {
        out.push_str(&format!("wave {}\n", number + 1));
        for step in wave {
            let maybe = if step.when.is_some() { "?" } else { "" };
            let behind = needs(step).join(", ");
            let behind = if behind.is_empty() { String::new() } else { format!("  ← {behind}") };
            out.push_str(&format!("  {}{maybe}{behind}\n", step.name));
            for event in follows(step) {
                out.push_str(&format!("    ↳ {event}\n"));
            }
        }
    }
    out
}

pub(crate) fn run(global: &Global, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Check { path, skills } => return check(global, path, skills),
        Command::Show { sequence } => show(&*find(global, &sequence)?, global.json)?,
        Command::Graph { sequence, format } => {
            let sequence = find(global, &sequence)?;
            let drawn = match format {
                Format::Text => text(&sequence),
                Format::Dot => dot(&sequence),
                Format::Svg => svg(&sequence)?,
            };
            render::line(drawn.trim_end())?;
        }
        Command::Schema => render::json(&Sequence::json_schema())?,
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shipped() -> Arc<Sequence> {
        let sequences = Sequences::read(None).unwrap();
        let found = sequences.catalog().iter().next().unwrap();
        Arc::clone(found)
    }

    #[test]
    fn every_step_and_need_is_in_every_picture() {
        let sequence = shipped();
        let (text, dot, svg) = (text(&sequence), dot(&sequence), svg(&sequence).unwrap());
        for step in &sequence.steps {
            for picture in [&text, &dot, &svg] {
                assert!(picture.contains(step.name.as_str()), "{} is missing", step.name);
            }
        }
        let edges: usize = sequence.steps.iter().map(|step| step.needs.len()).sum();
        assert_eq!(dot.matches(" -> ").count(), edges);
        assert!(svg.starts_with("<?xml") || svg.starts_with("<svg"), "{}", &svg[..60]);
    }

    #[test]
    fn a_name_cannot_end_a_quoted_text() {
        assert_eq!(quoted("a\"; b -> c \\"), "\"a\\\"; b -> c \\\\\"");
    }
}

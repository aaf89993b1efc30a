//! The command line: one file a command. Data goes to standard output, words
//! about it to standard error; tables and colour only where a person looks.
//!
//! To add a command, add a file with an `Args` struct and a `run` function, a
//! variant here, and a line to the README.

mod approvals;
mod archive;
mod artifacts;
mod backup;
mod bench;
mod budget;
mod build;
mod built;
mod client;
mod data;
mod demo;
mod effects;
mod event;
mod exit;
mod import;
mod jobs;
mod json_line;
mod mailboxes;
mod orders;
mod render;
mod replay;
mod report;
mod rights;
mod schedules;
mod secrets;
mod sequences;
mod serve;
mod skills;
mod sources;
mod status;
mod versions;

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::{Config, ConfigError, Overrides};

pub use exit::Exit;
pub(crate) use exit::hinted;

/// Runs sandboxed skills on events, asks people, and does what they decide once.
#[derive(Debug, Parser)]
#[command(
    name = "skillhost",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  skillhost build all                     compile every skill in ./skills into ./dist
  skillhost demo                          run the main job from start to end
  skillhost serve --demo                  the host with the demo organisation
  skillhost jobs list --status awaiting_approval
  skillhost approvals answer ID approve

Exit codes: 0 done, 1 it failed, 2 the command line is wrong, 3 nothing found,
4 refused (not allowed, or already answered), 5 the host cannot be reached."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Print JSON for programs instead of words for people.
    #[arg(long, global = true)]
    pub json: bool,
    /// Settings file; default ./skillhost.toml where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where database, keys and mails live; default ./var.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of a running host for commands that talk to one.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:8787")]
    pub url: String,
    /// File that holds the API key; default <data>/api-key.
    #[arg(long, global = true, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

impl Global {
    /// The settings with what the command line says over them; `more` is what a command
    /// has of its own.
    fn settings(&self, more: Overrides) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), Overrides { data_dir: self.data.clone(), ..more })
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the host.
    Serve(serve::Args),
    /// Run the main job from start to end and show it.
    Demo(demo::Args),
    /// Compile skills for the sandbox and embed their manifests.
    Build(build::Args),
    /// Load organisations, people and records.
    #[command(subcommand)]
    Data(data::Command),
    /// Send events.
    #[command(subcommand)]
    Event(event::Command),
    /// How a running host is, with a hint at each figure that is out of range.
    Status,
    /// Look at jobs that moved out of the database.
    #[command(subcommand)]
    Archive(archive::Command),
    /// Write the database and its modules into one file, while a host runs.
    Backup(backup::BackupArgs),
    /// Put a backup into an empty folder, with its effects held.
    Restore(backup::RestoreArgs),
    /// Look at what a restored host may still send, and decide.
    #[command(subcommand)]
    Effects(effects::Command),
    /// Look at jobs and steer them.
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Run a job's calls again with what they were told, and show what differs.
    Replay(replay::Args),
    /// Look at what waits for a person, and answer.
    #[command(subcommand)]
    Approvals(approvals::Command),
    /// Look at files that skills made, and end links to them.
    #[command(subcommand)]
    Artifacts(artifacts::Command),
    /// Look at what the org may spend, set limits, decide disputed asks.
    #[command(subcommand)]
    Budget(budget::Command),
    /// Tell how useful the suggestions are, irrelevant ones first.
    Report(report::Args),
    /// Look at what the clock raises.
    #[command(subcommand)]
    Schedules(schedules::Command),
    /// Which mailboxes are read, and where they stand.
    Mailboxes,
    /// Look at skills, and change which versions serve.
    #[command(subcommand)]
    Skills(skills::Command),
    /// Check and look at sequences, as files.
    #[command(subcommand)]
    Sequences(sequences::Command),
    /// Keep secrets in an age-encrypted file.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Measure this host against its floor on this machine.
    #[command(subcommand)]
    Bench(bench::Command),
    /// Print a completion script for a shell.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
    /// Print where the crash tests kill the process.
    #[command(hide = true)]
    FailPoints,
}

/// How the host's runtime is made. A worker looks at timers and sockets after this
/// many polls; the default is made for polls of microseconds, and one of a guest
/// takes up to a millisecond.
const POLLS_BETWEEN_EVENTS: u32 = 4;

pub(crate) fn runtime() -> tokio::runtime::Builder {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().event_interval(POLLS_BETWEEN_EVENTS);
    builder
}

/// Parses the command line and runs it.
pub fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // Printing help to a closed pipe is not worth an error of its own.
            let _ = error.print();
            return code.into();
        }
    };
    let runtime = match runtime().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return Exit::Failed.into();
        }
    };
    let json = cli.global.json;
    match runtime.block_on(run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error, json).into(),
    }
}

async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(args) => Box::pin(serve::run(global, args)).await,
        Command::Demo(args) => Box::pin(demo::run(global, args)).await,
        Command::Build(args) => build::run(global, args),
        Command::Data(command) => data::run(global, command).await,
        Command::Event(command) => event::run(global, command).await,
        Command::Status => status::run(global).await,
        Command::Archive(command) => archive::run(global, command).await,
        Command::Backup(args) => backup::backup(global, args).await,
        Command::Restore(args) => Box::pin(backup::restore(global, args)).await,
        Command::Effects(command) => effects::run(global, command).await,
        Command::Jobs(command) => Box::pin(jobs::run(global, command)).await,
        Command::Replay(args) => Box::pin(replay::run(global, args)).await,
        Command::Approvals(command) => approvals::run(global, command).await,
        Command::Artifacts(command) => artifacts::run(global, command).await,
        Command::Budget(command) => budget::run(global, command).await,
        Command::Report(args) => report::run(global, args).await,
        Command::Schedules(command) => schedules::run(global, command).await,
        Command::Mailboxes => mailboxes::run(global).await,
        Command::Skills(command) => Box::pin(skills::run(global, command)).await,
        Command::Sequences(command) => sequences::run(global, command),
        Command::Secrets(command) => secrets::run(global, command),
        Command::Bench(command) => Box::pin(bench::run(global, command)).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "skillhost", &mut std::io::stdout());
            Ok(Exit::Done)
        }
        Command::FailPoints => {
            let names: Vec<_> = crate::fail_point::FailPoint::ALL.iter().map(|point| point.name()).collect();
            render::json(&names)?;
            Ok(Exit::Done)
        }
    }
}

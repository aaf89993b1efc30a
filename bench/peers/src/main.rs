//! Two other durable engines, Restate and DBOS, on the job of `skillhost bench jobs`:
//! steps one after the other with about a kilobyte of JSON in and out, all of it flushed.
//! Each subcommand is one leg and prints lines of JSON; `table` makes the page of them.
//! `scripts/bench-peers.sh` says in which order.

mod dbos;
mod load;
mod memory;
mod restate;
mod skillhost;
mod table;
mod vendor;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::io::AsyncReadExt as _;

use load::{Line, Span, When};

#[derive(Parser)]
#[command(about = "Restate and DBOS on the job of `skillhost bench jobs`")]
struct Cli {
    #[command(subcommand)]
    leg: Leg,
}

#[derive(Subcommand)]
enum Leg {
    /// Restate's server with a worker of its Rust SDK
    #[command(subcommand)]
    Restate(RestateLeg),
    /// The Rust crate of DBOS on Postgres
    #[command(subcommand)]
    Dbos(DbosLeg),
    /// This project's host
    #[command(subcommand)]
    Skillhost(SkillhostLeg),
    /// The memory of a process as a line
    Memory {
        #[arg(long)]
        pid: u32,
        /// With all processes below it, shared pages counted once
        #[arg(long)]
        tree: bool,
        #[arg(long)]
        who: String,
        #[arg(long)]
        part: String,
        #[arg(long)]
        when: When,
    },
    /// What was run, as a line
    Setting { name: String, value: String },
    /// Makes the table of lines of JSON, and puts it between the markers of a page
    Table {
        #[arg(long)]
        lines: PathBuf,
        #[arg(long)]
        page: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum RestateLeg {
    /// Starts server and worker, prints how to reach them, and ends with its input
    Serve {
        #[arg(long)]
        program: PathBuf,
        #[arg(long)]
        folder: PathBuf,
    },
    /// The worker alone
    Worker {
        #[arg(long, default_value_t = 0)]
        port: u16,
        #[arg(long)]
        list: Option<PathBuf>,
        #[arg(long)]
        gates: Option<PathBuf>,
    },
    Steps {
        #[arg(long)]
        ingress: u16,
        #[arg(long)]
        concurrency: usize,
        #[command(flatten)]
        span: Span,
    },
    Gate {
        #[arg(long)]
        ingress: u16,
        #[arg(long)]
        gates: PathBuf,
        #[arg(long, default_value_t = 50)]
        parked: usize,
    },
    Kill {
        #[arg(long)]
        program: PathBuf,
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        victim: restate::Victim,
        #[command(flatten)]
        plan: KillPlan,
    },
}

#[derive(Subcommand)]
enum SkillhostLeg {
    /// Reads a report of `skillhost bench jobs --json` and says it as lines
    Report {
        #[arg(long)]
        who: String,
    },
    /// `skillhost serve`, killed
    Kill {
        #[arg(long)]
        program: PathBuf,
        /// A folder with the built skill `waits`
        #[arg(long)]
        skills: PathBuf,
        #[arg(long)]
        folder: PathBuf,
        #[command(flatten)]
        plan: KillPlan,
    },
}

#[derive(Subcommand)]
enum DbosLeg {
    Steps {
        #[command(flatten)]
        engine: dbos::Engine,
        #[arg(long)]
        concurrency: usize,
        #[command(flatten)]
        span: Span,
    },
    Gate {
        #[command(flatten)]
        engine: dbos::Engine,
        #[arg(long, default_value_t = 50)]
        parked: usize,
    },
    Kill {
        #[command(flatten)]
        engine: dbos::Engine,
        #[arg(long)]
        folder: PathBuf,
        #[command(flatten)]
        plan: KillPlan,
    },
    /// Runs jobs until it is killed
    Endless {
        #[command(flatten)]
        engine: dbos::Engine,
        #[arg(long)]
        list: PathBuf,
        #[command(flatten)]
        plan: KillPlan,
    },
    /// Starts again what was killed; prints the runs that are done when none is open
    Recover {
        #[command(flatten)]
        engine: dbos::Engine,
        #[arg(long)]
        list: PathBuf,
        #[command(flatten)]
        plan: KillPlan,
    },
}

/// What a kill interrupts.
#[derive(Clone, Copy, Debug, clap::Args)]
struct KillPlan {
    /// Runs under way at once
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
    /// How long each step waits
    #[arg(long, default_value_t = 30)]
    wait_ms: u64,
    /// How long the runs go on before the kill
    #[arg(long, default_value_t = 1200)]
    after_ms: u64,
    /// How long what is open after it is waited for
    #[arg(long, default_value_t = 60)]
    patience_s: u64,
}

impl KillPlan {
    fn wait(self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }

    fn after(self) -> Duration {
        Duration::from_millis(self.after_ms)
    }

    fn patience(self) -> Duration {
        Duration::from_secs(self.patience_s)
    }

    fn args(self) -> [String; 6] {
        let [flight, wait, patience] = ["--in-flight", "--wait-ms", "--patience-s"].map(str::to_owned);
        [flight, self.in_flight.to_string(), wait, self.wait_ms.to_string(), patience, self.patience_s.to_string()]
    }
}

/// `ended` has, for each run that was seen before the kill and completed, when it was.
fn kill_line(who: &str, seen: usize, ended: &[Duration], after: &work::Tally) -> Line {
    Line::Kill {
        who: who.to_owned(),
        seen,
        completed: ended.len(),
        stuck: seen - ended.len(),
        twice: after.twice,
        most: after.most,
        seconds: ended.iter().max().map(Duration::as_secs_f64),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().leg {
        Leg::Restate(leg) => restate_leg(leg).await,
        Leg::Dbos(leg) => dbos_leg(leg).await,
        Leg::Memory { pid, tree, who, part, when } => {
            let mb = if tree { memory::tree_mb(pid)? } else { memory::resident_mb(pid)? };
            Line::Memory { who, part, when, concurrency: None, mb }.print()
        }
        Leg::Setting { name, value } => Line::Setting { name, value }.print(),
        Leg::Skillhost(leg) => skillhost_leg(leg).await,
        Leg::Table { lines, page } => table::make(&lines, page.as_deref()),
    }
}

async fn restate_leg(leg: RestateLeg) -> anyhow::Result<()> {
    match leg {
        RestateLeg::Serve { program, folder } => {
            let pair = restate::Pair::start(&program, &folder, false).await?;
            println!("{}", pair.described());
            let mut rest = Vec::new();
            tokio::io::stdin().read_to_end(&mut rest).await?;
            Ok(())
        }
        RestateLeg::Worker { port, list, gates } => restate::worker(port, list.as_deref(), gates).await,
        RestateLeg::Steps { ingress, concurrency, span } => restate::steps(ingress, concurrency, span).await?.print(),
        RestateLeg::Gate { ingress, gates, parked } => restate::gate(ingress, &gates, parked).await?.print(),
        RestateLeg::Kill { program, folder, victim, plan } => {
            restate::kill(&program, &folder, victim, plan).await?.print()
        }
    }
}

async fn skillhost_leg(leg: SkillhostLeg) -> anyhow::Result<()> {
    match leg {
        SkillhostLeg::Report { who } => {
            let mut report = String::new();
            tokio::io::stdin().read_to_string(&mut report).await?;
            skillhost::lines(&who, &report)?.iter().try_for_each(Line::print)
        }
        SkillhostLeg::Kill { program, skills, folder, plan } => {
            skillhost::kill(&program, &skills, &folder, plan).await?.print()
        }
    }
}

async fn dbos_leg(leg: DbosLeg) -> anyhow::Result<()> {
    match leg {
        DbosLeg::Steps { engine, concurrency, span } => {
            dbos::steps(&engine, concurrency, span).await?.iter().try_for_each(Line::print)
        }
        DbosLeg::Gate { engine, parked } => dbos::gate(&engine, parked).await?.print(),
        DbosLeg::Kill { engine, folder, plan } => dbos::kill(&engine, &folder, plan).await?.print(),
        DbosLeg::Endless { engine, list, plan } => dbos::endless(&engine, &list, plan).await,
        DbosLeg::Recover { engine, list, plan } => dbos::recover(&engine, &list, plan).await,
    }
}

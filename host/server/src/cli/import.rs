//! `skillhost data import`: CSV files and HubSpot exports, through the loader's door.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde_json::json;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{Clock as _, Timestamp};

use super::exit::hinted;
use super::{Exit, Global, render};
use crate::boot::open_store;
use crate::config::Overrides;
use crate::import::{
    self, Draft, Faults, File, Holds, Kind, Known, LeftOut, MAX_FILE_BYTES, Mapped, Options, Plan, Remark,
};

/// Remarks that are written out for people; `--json` has all.
const SHOWN_REMARKS: usize = 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  skillhost data import --org acme --owner ada contacts.csv companies.csv deals.csv
  skillhost data import --org acme --owner ada@acme.test --dry-run hubspot-crm-exports-all-*.csv
  skillhost data import --org acme deals.csv --stage \"Contract Sent=proposal\" --currency EUR
  skillhost data import --org acme people.csv --kind contacts --map \"Telefon=phone\" --map \"Notiz=\"

A second import of a newer export updates what it says and leaves the rest. Columns, ids and
dates are described in docs/data.md. One error and nothing is written, unless --skip-bad leaves
the lines out that are wrong.")]
pub(crate) struct Args {
    /// CSV files: contacts, companies, deals, activities, tasks, notes, meetings.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose records they are.
    #[arg(long)]
    org: String,
    /// Whose new contacts, deals, tasks and meetings are that name no user: an id, an address or a name.
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// What a file holds: `contacts` for all of them, or `FILE=contacts`. `calls` and
    /// `emails` are activities of which no column says what they were.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Vec<(Option<String>, Holds)>,
    /// A column by hand: `Header=field`, or `Header=` to leave it out.
    #[arg(long, value_name = "HEADER=FIELD", value_parser = map)]
    map: Vec<Mapped>,
    /// A stage of the file that the org calls otherwise.
    #[arg(long, value_name = "LABEL=STAGE", value_parser = stage)]
    stage: Vec<(String, String)>,
    /// By whose clocks times without an offset are; default: the owner's.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<TimeZone>,
    /// Currency of amounts that name none.
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<String>,
    /// Encoding of files that are not UTF-8 and have no mark, windows-1252 for example.
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// What stands between cells: `,`, `;` or `tab`; default: as the first line tells.
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Make companies that contacts and deals name and nobody has.
    #[arg(long)]
    create_companies: bool,
    /// Leave out the lines that are wrong, and those that name what is left out, tell them,
    /// and import the rest.
    #[arg(long)]
    skip_bad: bool,
    /// Tell what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

fn kind(text: &str) -> Result<(Option<String>, Holds), String> {
    let (file, name) = match text.rsplit_once('=') {
        Some((file, name)) => (Some(file.to_owned()), name),
        None => (None, text),
    };
    let kinds = || Kind::ALL.map(Kind::table).into_iter().chain(Holds::HAPPENED).collect::<Vec<_>>().join(", ");
    Holds::named(name).map(|holds| (file, holds)).ok_or_else(|| format!("the kinds are {}", kinds()))
}

fn map(text: &str) -> Result<Mapped, String> {
    let (header, field) = text.rsplit_once('=').ok_or("write Header=field, or Header= to leave it out")?;
    let field = field.trim();
    Ok((header.trim().to_owned(), (!field.is_empty()).then(|| field.to_owned())))
}

fn stage(text: &str) -> Result<(String, String), String> {
    let (label, stage) = text.rsplit_once('=').ok_or("write Label=stage")?;
    Ok((label.trim().to_owned(), stage.trim().to_owned()))
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "no such time zone; write Europe/Berlin for example".to_owned())
}

fn currency(text: &str) -> Result<String, String> {
    let code = text.to_uppercase();
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { Ok(code) } else { Err("write a code of three letters, EUR for example".to_owned()) }
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(text.as_bytes()).ok_or_else(|| "write utf-8, utf-16le or windows-1252 for example".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "," | ";" | "\t" => Ok(text.as_bytes()[0]),
        "tab" => Ok(b'\t'),
        _ => Err("write , or ; or tab".to_owned()),
    }
}

pub(super) async fn run(global: &Global, args: Args) -> anyhow::Result<Exit> {
    let files = args.files.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<File>>>()?;
    let config = global.settings(Overrides::default())?;
    let store = open_store(&config, Arc::new(crate::clock::RandomIds::default())).await?;
    let now = crate::clock::SystemClock::new().now();
    let done = import_into(store.as_ref(), &files, &args, now, now.plus_ms(config.retention_ms())).await;
    store.close().await;
    show(global, &args, &done?)?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> anyhow::Result<File> {
    let cannot = || format!("cannot read {}", path.display());
    let bytes = std::fs::metadata(path).with_context(cannot)?.len();
    if bytes > MAX_FILE_BYTES {
        let what = format!("{} is larger than {} MB", path.display(), MAX_FILE_BYTES / 1024 / 1024);
        return Err(hinted(what, "split it; a second import goes on where the first ended"));
    }
    Ok(File { name: path.to_string_lossy().into(), bytes: std::fs::read(path).with_context(cannot)? })
}

/// What an import did.
struct Done {
    draft: Draft,
    plan: Plan,
    left: LeftOut,
}

async fn import_into(
    store: &dyn Store,
    files: &[File],
    args: &Args,
    now: Timestamp,
    keep_until: Timestamp,
) -> anyhow::Result<Done> {
    let org = OrgId::from(args.org.as_str());
    let Some(mut known) = Known::of(store, &org).await? else {
        return Err(hinted(format!("there is no org {}", args.org), "`skillhost data load` makes one, with its users"));
    };
    let options = options(args, &known, now)?;
    let mut left = LeftOut::default();
    // Every turn leaves out at least one line more than the one before it.
    let (draft, plan) = loop {
        let faults = match import::draft(files, &options, &known, &left) {
            Ok(draft) => {
                known.look_up(store, &org, &draft.ids()).await?;
                match draft.plan(&options, &known) {
                    Ok(plan) => break (draft, plan),
                    Err(faults) => faults,
                }
            }
            Err(faults) => faults,
        };
        left = if args.skip_bad { left.with(faults).map_err(wrong)? } else { return Err(wrong(faults)) };
    };
    if !args.dry_run && plan.rows() > 0 {
        store.load_data(&plan.document, keep_until).await.map_err(|error| match &error {
            StoreError::Constraint { message } => match plan.in_files(message) {
                Some(said) => hinted(format!("nothing was imported: {said}"), HINT),
                None => error.into(),
            },
            _ => error.into(),
        })?;
    }
    Ok(Done { draft, plan, left })
}

const HINT: &str = "docs/data.md says what the columns of a file may be; --dry-run writes nothing";

fn wrong(faults: Faults) -> anyhow::Error {
    hinted(faults.to_string(), HINT)
}

fn options(args: &Args, known: &Known, now: Timestamp) -> anyhow::Result<Options> {
    let owner = match &args.owner {
        None => None,
        Some(text) => match known.user(text) {
            Ok(Some(user)) => Some(user),
            Ok(None) => {
                let users: Vec<&str> = known.users.iter().take(20).map(|user| user.id.as_str()).collect();
                let hint = format!("its users are {}", users.join(", "));
                return Err(hinted(format!("{text} is no user of {}", args.org), hint));
            }
            Err(several) => {
                return Err(hinted(format!("{text} is the name of {several} users"), "write an id or an address"));
            }
        },
    };
    let zone = args.zone.clone().or_else(|| TimeZone::get(&owner?.zone).ok());
    Ok(Options {
        org: args.org.clone(),
        owner: owner.map(|user| user.id.clone()),
        zone,
        currency: args.currency.clone(),
        kinds: args.kind.clone(),
        maps: args.map.clone(),
        stages: args.stage.clone(),
        encoding: args.encoding,
        delimiter: args.delimiter,
        create_companies: args.create_companies,
        now,
    })
}

fn show(global: &Global, args: &Args, Done { draft, plan, left }: &Done) -> anyhow::Result<()> {
    if global.json {
        return render::json(&json!({
            "dry_run": args.dry_run,
            "tables": plan.counts,
            "columns_not_read": draft.unread,
            "remarks": draft.remarks,
            "left_out": left.lines().collect::<Vec<_>>(),
        }));
    }
    let rows = plan.counts.iter().map(|(table, counts)| {
        let numbers = [counts.new, counts.changed, counts.unchanged].map(|number| number.to_string());
        std::iter::once((*table).to_owned()).chain(numbers).collect()
    });
    render::table(&["table", "new", "changed", "unchanged"], rows.collect())?;
    for unread in &draft.unread {
        // A header is a stranger's text, and a terminal obeys what is in it.
        let columns = unread.columns.join(", ").replace(char::is_control, " ");
        eprintln!("{}: not read: {columns}", unread.file);
    }
    for Remark { what, lines, first } in draft.remarks.iter().take(SHOWN_REMARKS) {
        match lines {
            1 => eprintln!("{first}: {what}"),
            lines => eprintln!("{first} and {} more: {what}", lines - 1),
        }
    }
    if draft.remarks.len() > SHOWN_REMARKS {
        eprintln!("and {} more remarks; --json has them all", draft.remarks.len() - SHOWN_REMARKS);
    }
    let lines = left.lines();
    let count = lines.len();
    for line in lines.take(SHOWN_REMARKS) {
        eprintln!("left out: {}", line.replace(char::is_control, " "));
    }
    if count > SHOWN_REMARKS {
        eprintln!("and {} more lines were left out; --json has them all", count - SHOWN_REMARKS);
    }
    if args.dry_run {
        eprintln!("nothing was written");
    }
    Ok(())
}

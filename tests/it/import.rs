//! `skillhost data import` as a user runs it: the example of the handbook, a HubSpot
//! export twice, two orgs, on both databases.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{Records, Store};
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions};
use skillhost_tests::process::{binary, root, seed, skills};
use tempfile::TempDir;

/// A folder with settings, and the database behind them.
struct Place {
    folder: TempDir,
    url: Option<String>,
}

impl Place {
    fn new(url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = format!("data_dir = \"{}\"\n", folder.path().join("data").display());
        if let Some(url) = &url {
            settings.push_str(&format!("database = \"{url}\"\n"));
        }
        std::fs::write(folder.path().join("skillhost.toml"), settings).unwrap();
        let place = Self { folder, url };
        let user = |org: &str, id: &str, name: &str| json!({"id": id, "org_id": org, "name": name, "email": format!("{id}@{org}.test"), "zone": "Europe/London"});
        let orgs = ["acme", "rival"].map(|id| json!({"id": id, "name": id}));
        let users = [user("acme", "ada", "Ada Reed"), user("acme", "jon", "Jonas Bell"), user("rival", "rex", "Rex")];
        place.load(&json!({ "orgs": orgs, "users": users }));
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self, arguments: &[&str]) -> Output {
        Command::new(binary()).arg("data").args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn load(&self, document: &Value) {
        std::fs::write(self.path().join("org.json"), document.to_string()).unwrap();
        let loaded = self.data(&["load", "org.json"]);
        assert_eq!(loaded.status.code(), Some(0), "{}", said(&loaded));
    }

    /// What an import tells programs.
    fn import(&self, arguments: &[&str]) -> Value {
        let done = self.data(&[&["import", "--json"], arguments].concat());
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    async fn store(&self) -> Arc<dyn Store> {
        match &self.url {
            Some(url) => Arc::new(PostgresStore::open(url, PostgresOptions::default()).await.unwrap()),
            None => {
                let file = self.path().join("data/skillhost.db");
                Arc::new(SqliteStore::open(file, StoreOptions::default()).await.unwrap())
            }
        }
    }

    async fn rows(&self, org: &str, table: &str) -> Vec<Value> {
        let store = self.store().await;
        let org: OrgId = org.into();
        let rows = store.records(&org, table, Records::After { id: None, limit: 100 }).await.unwrap();
        store.close().await;
        rows
    }

    /// The HubSpot export of the fixtures, in the order of a shell.
    fn export(&self) -> Vec<String> {
        Self::files("hubspot")
    }

    fn files(folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(root().join("tests/fixtures").join(folder)).unwrap() {
            files.push(entry.unwrap().path().to_str().unwrap().to_owned());
        }
        files.sort();
        files
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const STAGES: [&str; 4] = ["--stage", "Qualified To Buy=qualified", "--stage", "Contract Sent=proposal"];

#[test]
fn the_example_of_the_handbook_is_imported() {
    let page = std::fs::read_to_string(root().join("docs/data.md")).unwrap();
    let section = page.split("## Importing CSV files").nth(1).unwrap();
    let place = Place::new(None);
    let mut blocks = section.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
    for _ in 0..2 {
        let (head, text) = blocks.next().unwrap();
        std::fs::write(place.path().join(head.strip_prefix("csv ").unwrap()), text).unwrap();
    }
    let command = blocks.next().unwrap().1.trim();
    let want = blocks.next().unwrap().1;
    let arguments: Vec<&str> = command.strip_prefix("skillhost data ").unwrap().split(' ').collect();
    let done = place.data(&[arguments.as_slice(), &["--dry-run"]].concat());
    assert_eq!(String::from_utf8_lossy(&done.stdout), want, "{}", said(&done));
    assert!(said(&done).contains("nothing was written"));
    let done = place.data(&arguments);
    assert_eq!(String::from_utf8_lossy(&done.stdout), want, "{}", said(&done));
    assert!(said(&done).contains("contacts.csv: not read: Shoe size"), "{}", said(&done));
    let again = place.data(&arguments);
    // The company is known now, so nothing names it alone any more.
    assert_eq!(String::from_utf8_lossy(&again.stdout), "activities\t0\t0\t1\ncontacts\t0\t0\t2\ndeals\t0\t0\t1\n");
}

/// The document, the file and the commands of `docs/copilot.md`, and the import once more
/// beside the host that serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_org_of_ones_own_is_loaded_imported_and_served() {
    let page = std::fs::read_to_string(root().join("docs/copilot.md")).unwrap();
    let section = page.split("## Your own org").nth(1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::write(folder.path().join("skillhost.toml"), format!("data_dir = \"{}\"\n", data.display())).unwrap();
    let mut blocks = section.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
    for _ in 0..2 {
        let (head, text) = blocks.next().unwrap();
        std::fs::write(folder.path().join(head.split_once(' ').unwrap().1), text).unwrap();
    }
    let commands: Vec<&str> = blocks.next().unwrap().1.trim().lines().collect();
    let [load, import, serve] = commands[..] else { panic!("{commands:?}") };
    let run = |command: &str| {
        let arguments = command.strip_prefix("skillhost ").unwrap().split(' ');
        let done = Command::new(binary()).args(arguments).current_dir(folder.path()).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{command}: {}", said(&done));
        said(&done)
    };
    run(load);
    assert!(run(import).contains("contacts\t1\t0\t0"));
    seed(&data).unwrap();
    let mut host = Command::new(binary())
        .args(serve.strip_prefix("skillhost ").unwrap().split(' '))
        .args(["--json", "--listen", "127.0.0.1:0", "--skills"])
        .arg(skills())
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert!(ready["sign_in"].as_str().unwrap().contains("/signin/"), "{ready}");
    let more = "Name,Email,Company\nLee Brandt,lee@globex.example,Globex\n";
    std::fs::write(folder.path().join("my-contacts.csv"), more).unwrap();
    assert!(run(import).contains("contacts\t1\t0\t0"), "beside the host");
    host.kill().unwrap();
    host.wait().unwrap();
}

async fn a_hubspot_export_fills_the_crm(place: &Place) {
    let files = place.export();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let own = [&["--org", "acme", "--owner", "ada@acme.test"], STAGES.as_slice(), &files].concat();
    let counts =
        |new: u64, changed: u64, unchanged: u64| json!({"new": new, "changed": changed, "unchanged": unchanged});
    let first = place.import(&own);
    let want = json!({"activities": counts(4, 0, 0), "companies": counts(3, 0, 0), "contacts": counts(4, 0, 0), "deals": counts(3, 0, 0)});
    assert_eq!(first["tables"], want);
    let contacts = place.rows("acme", "contacts").await;
    let second = place.import(&own);
    let want = json!({"activities": counts(0, 0, 4), "companies": counts(0, 0, 3), "contacts": counts(0, 0, 4), "deals": counts(0, 0, 3)});
    assert_eq!(second["tables"], want);
    assert_eq!(place.rows("acme", "contacts").await, contacts);

    // What tells whether a deal moves reads when something was last done.
    let store = place.store().await;
    let (org, ada): (OrgId, UserId) = ("acme".into(), "ada".into());
    let now = json!({"now": 1_795_392_000_000_i64});
    let pipeline = store.source(&org, &ada, "pipeline", &now).await.unwrap().unwrap();
    store.close().await;
    let deal = pipeline["deals"].as_array().unwrap().iter().find(|deal| deal["id"] == "hubspot-9000000001").unwrap();
    assert_eq!(
        (&deal["last_activity_at"], &deal["last_activity_kind"]),
        (&json!("2026-10-02T15:20:00.000Z"), &json!("note"))
    );
    assert_eq!((&deal["company"], &deal["contact_ids"]), (&json!("Hallbrook Ferries"), &json!(["hubspot-51"])));

    // What a newer export does not say stays, whoever said it.
    let mut orla = contacts.iter().find(|row| row["id"] == "hubspot-51").unwrap().clone();
    orla["org_id"] = json!("acme");
    orla["zone"] = json!("Europe/London");
    orla["fields"] = json!({"tier": 1});
    orla["flags"] = json!([{"flag": "risk", "reason": "quiet", "at": "2026-05-01T00:00:00.000Z"}]);
    place.load(&json!({ "contacts": [orla] }));
    std::fs::write(place.path().join("contacts.csv"), "Record ID,Job Title,Phone Number\n51,Chief of Fleet,\n")
        .unwrap();
    let third = place.import(&["--org", "acme", "contacts.csv"]);
    assert_eq!(third["tables"], json!({"contacts": counts(0, 1, 0)}));
    orla["title"] = json!("Chief of Fleet");
    orla.as_object_mut().unwrap().remove("org_id");
    let contacts = place.rows("acme", "contacts").await;
    assert_eq!(contacts.iter().find(|row| row["id"] == "hubspot-51"), Some(&orla));

    // The same records are another org's as well, and neither sees the other's.
    assert!(place.rows("rival", "contacts").await.is_empty());
    let acme = place.rows("acme", "deals").await;
    let theirs = [&["--org", "rival", "--owner", "Rex"], STAGES.as_slice(), &files].concat();
    assert_eq!(place.import(&theirs)["tables"]["deals"], counts(3, 0, 0));
    assert!(place.rows("rival", "deals").await.iter().all(|deal| deal["owner_id"] == "rex"));
    assert_eq!((place.rows("acme", "deals").await, place.rows("acme", "contacts").await), (acme, contacts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hubspot_export_fills_the_crm_on_sqlite() {
    a_hubspot_export_fills_the_crm(&Place::new(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hubspot_export_fills_the_crm_on_postgres() {
    let url = skillhost_tests::postgres::database().await;
    a_hubspot_export_fills_the_crm(&Place::new(Some(url))).await;
}

async fn what_happened_is_imported_from_hubspots_exports(place: &Place) {
    let own = ["--org", "acme", "--owner", "ada@acme.test"];
    let records = [place.export(), Place::files("hubspot-activities")].concat();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let all = [own.as_slice(), STAGES.as_slice(), &records].concat();
    let done = place.import(&all);
    let new = |table: &str| done["tables"][table]["new"].clone();
    // Four of the activities are when the contacts and deals were last active.
    assert_eq!(
        (new("activities"), new("notes"), new("tasks"), new("meetings")),
        (json!(8), json!(1), json!(2), json!(1))
    );
    let remarks = done["remarks"].to_string();
    for want in ["names several contacts; it is about the first of them who is there", "names several deals"] {
        assert!(remarks.contains(want), "{want}: {remarks}");
    }
    let activities = place.rows("acme", "activities").await;
    let one = |id: &str| {
        let row = activities.iter().find(|row| row["id"] == format!("hubspot-{id}")).unwrap();
        ["kind", "subject", "at", "user_id", "contact_id", "deal_id"].map(|name| row[name].clone())
    };
    let (orla, mads) = ("hubspot-51", "hubspot-52");
    let (rollout, pilot) = ("hubspot-9000000001", "hubspot-9000000002");
    let row = |words: [&str; 4], deal: Value| {
        let [kind, subject, at, contact] = words;
        let user = if contact == mads { json!("jon") } else { json!("ada") };
        [json!(kind), json!(subject), json!(at), user, json!(contact), deal]
    };
    assert_eq!(
        one("61000000001"),
        row(["call", "Rollout: next steps", "2026-10-20T09:05:00.000Z", orla], json!(rollout))
    );
    assert_eq!(one("61000000002"), row(["call", "Left a message.", "2026-10-22T14:40:00.000Z", mads], json!(pilot)));
    assert_eq!(one("62000000001"), row(["email", "Price list", "2026-10-23T08:12:00.000Z", orla], json!(rollout)));
    // Nobody is said to have written it, and who is gone is not the first.
    let [kind, subject, _, user, contact, deal] = one("62000000002");
    assert_eq!(
        [kind, subject, user, contact, deal],
        [json!("email"), json!("Email"), Value::Null, json!(orla), Value::Null]
    );
    let meeting = &place.rows("acme", "meetings").await[0];
    assert_eq!(
        (&meeting["summary"], &meeting["contact_ids"]),
        (&json!("They decide in December."), &json!([orla, mads]))
    );
    let tasks = place.rows("acme", "tasks").await;
    let told: Vec<_> = tasks.iter().map(|task| (&task["status"], &task["priority"], &task["contact_id"])).collect();
    let (open, done) = (json!("open"), json!("done"));
    assert_eq!(told, [(&open, &json!("high"), &json!(mads)), (&done, &json!("normal"), &json!(orla))]);
    let note = &place.rows("acme", "notes").await[0];
    assert_eq!((&note["author_id"], &note["contact_id"]), (&json!("ada"), &json!(orla)));
    let again = place.import(&all);
    for table in ["activities", "notes", "tasks", "meetings"] {
        assert_eq!(
            (&again["tables"][table]["new"], &again["tables"][table]["changed"]),
            (&json!(0), &json!(0)),
            "{table}"
        );
    }

    // What is none of the four kinds is a note, and what a whole file was is said by its name
    // or by the option.
    let other = "Type,Subject,At,Contact Email\nLinkedIn message,Hello,2026-10-28,mads@sonderby.example\n";
    std::fs::write(place.path().join("activities.csv"), other).unwrap();
    let told = "Subject,At\nRang,2026-10-29\n";
    for name in ["calls.csv", "rang.csv"] {
        std::fs::write(place.path().join(name), told).unwrap();
    }
    let arguments = [own.as_slice(), &["--kind", "rang.csv=calls", "activities.csv", "rang.csv"]].concat();
    let done = place.import(&arguments);
    assert!(done["remarks"].to_string().contains("is no call, email, meeting or note; it is kept as a note"), "{done}");
    let activities = place.rows("acme", "activities").await;
    let kind_of = |subject: &str| activities.iter().find(|row| row["subject"] == subject).unwrap()["kind"].clone();
    assert_eq!((kind_of("Hello"), kind_of("Rang")), (json!("note"), json!("call")));
    let same = place.import(&[own.as_slice(), &["calls.csv"]].concat());
    assert_eq!(same["tables"]["activities"], json!({"new": 0, "changed": 0, "unchanged": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_imported_from_hubspots_exports_on_sqlite() {
    what_happened_is_imported_from_hubspots_exports(&Place::new(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_imported_from_hubspots_exports_on_postgres() {
    let url = skillhost_tests::postgres::database().await;
    what_happened_is_imported_from_hubspots_exports(&Place::new(Some(url))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_wrong_are_left_out_where_that_is_asked() {
    let place = Place::new(None);
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("contacts.csv", "Name,Email\nMira,mira@globex.test\nLee,lee\nKim,kim@globex.test,x\n");
    write("deals.csv", "Name,Stage,Contacts\nRollout,lead,mira@globex.test\nPilot,lead,kim@globex.test\n");
    write("notes.csv", "Note,At,Deal\nGood,2026-01-01,Rollout\nLost,2026-01-01,Pilot\n");
    let arguments = ["--org", "acme", "--owner", "ada", "contacts.csv", "deals.csv", "notes.csv"];
    let refused = place.data(&[&["import"], arguments.as_slice()].concat());
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(place.rows("acme", "contacts").await.is_empty());
    let skipping = [&["--skip-bad"], arguments.as_slice()].concat();
    let done = place.import(&skipping);
    let names = |rows: Vec<Value>, name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(names(place.rows("acme", "contacts").await, "name"), ["Mira"]);
    // Who names what is left out is left out too.
    assert_eq!(names(place.rows("acme", "deals").await, "name"), ["Rollout"]);
    assert_eq!(names(place.rows("acme", "notes").await, "body"), ["Good"]);
    let left: Vec<&str> = done["left_out"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let begins: Vec<&str> = left.iter().map(|line| &line[..line.find([',', ' ']).unwrap()]).collect();
    assert_eq!(begins, ["contacts.csv:3", "contacts.csv:4:", "deals.csv:3", "notes.csv:3"], "{left:#?}");
    let again = place.data(&[&["import"], skipping.as_slice()].concat());
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert!(
        said(&again).contains("left out: contacts.csv:3, column \"Email\": \"lee\" is no e-mail"),
        "{}",
        said(&again)
    );
    // What is wrong with a whole file is not mended by leaving lines out.
    write("contacts.csv", "Name,Email\nMira,\"mira@globex.test\nLee,lee@globex.test\n");
    let refused = place.data(&["import", "--skip-bad", "--org", "acme", "contacts.csv"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_anything_wrong_nothing_is_written() {
    let place = Place::new(None);
    std::fs::write(place.path().join("contacts.csv"), "Name,Email\nMira,mira@globex.test\nLee,lee\n").unwrap();
    for (arguments, want) in [
        (vec!["--org", "acme", "contacts.csv"], "contacts.csv:3, column \"Email\": \"lee\" is no e-mail address"),
        (vec!["--org", "nobody", "contacts.csv"], "there is no org nobody"),
        (vec!["--org", "acme", "--owner", "rex", "contacts.csv"], "rex is no user of acme"),
        (vec!["--org", "acme", "gone.csv"], "cannot read gone.csv"),
    ] {
        let refused = place.data(&[&["import"], arguments.as_slice()].concat());
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(said(&refused).contains(want) && said(&refused).contains("error:"), "{}", said(&refused));
    }
    for (wrong, want) in [
        (["--kind", "people"], "the kinds are companies, contacts, deals"),
        (["--zone", "Berlin"], "no such time zone"),
        (["--currency", "Euro"], "three letters"),
        (["--delimiter", "|"], "write , or ; or tab"),
        (["--encoding", "latin"], "write utf-8"),
    ] {
        let refused = place.data(&[&["import", "--org", "acme", "contacts.csv"], wrong.as_slice()].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(said(&refused).contains(want), "{}", said(&refused));
    }
    assert!(place.rows("acme", "contacts").await.is_empty());
}

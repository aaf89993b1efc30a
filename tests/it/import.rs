//! `skillhost data import` as a user runs it: the example of the handbook, a HubSpot
//! export twice, two orgs, on both databases.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::store::{Records, Store};
use skillhost_store::{PostgresOptions, PostgresStore, SqliteStore, StoreOptions};
use skillhost_tests::process::{binary, root};
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
        let mut files = Vec::new();
        for entry in std::fs::read_dir(root().join("tests/fixtures/hubspot")).unwrap() {
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

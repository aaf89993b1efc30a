//! The whole way of a file, without a store.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const COMPANIES: &str =
    include_str!("../../../../tests/fixtures/hubspot/hubspot-crm-exports-all-companies-2026-11-20.csv");
const CONTACTS: &str =
    include_str!("../../../../tests/fixtures/hubspot/hubspot-crm-exports-all-contacts-2026-11-20.csv");
const DEALS: &str = include_str!("../../../../tests/fixtures/hubspot/hubspot-crm-exports-all-deals-2026-11-20.csv");

fn file(name: &str, text: &str) -> File {
    File { name: name.into(), bytes: text.as_bytes().to_vec() }
}

fn export() -> Vec<File> {
    vec![file("deals.csv", DEALS), file("contacts.csv", CONTACTS), file("companies.csv", COMPANIES)]
}

fn known() -> Known {
    let user = |id: &str, name: &str, email: &str| Person {
        id: id.into(),
        name: name.into(),
        email: email.into(),
        zone: "Europe/Berlin".into(),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Known {
        users: vec![
            user("ada", "Ada Reed", "ada@acme.test"),
            user("jon", "Jonas Bell", "jonas@acme.test"),
            user("t1", "Kim Twin", "kim1@acme.test"),
            user("t2", "Kim Twin", "kim2@acme.test"),
        ],
        stages: words(&["lead", "qualified", "proposal", "closed_won", "closed_lost"]),
        closed: words(&["closed_won", "closed_lost"]),
        rows: BTreeMap::new(),
    }
}

fn options() -> Options {
    Options {
        org: "acme".into(),
        owner: Some("ada".into()),
        zone: TimeZone::get("Europe/Berlin").ok(),
        currency: None,
        kinds: Vec::new(),
        maps: Vec::new(),
        stages: Vec::new(),
        encoding: None,
        delimiter: None,
        create_companies: false,
        now: Timestamp(1_795_392_000_000),
    }
}

fn hubspot_options() -> Options {
    let stages = [("Qualified To Buy", "qualified"), ("contract sent", "proposal")];
    let stages = stages.map(|(label, stage)| (label.to_owned(), stage.to_owned())).to_vec();
    Options { stages, ..options() }
}

fn planned(files: &[File], options: &Options, known: &Known) -> Result<(Draft, Plan), String> {
    let draft = draft(files, options, known, &LeftOut::default()).map_err(|faults| faults.to_string())?;
    let plan = draft.plan(options, known).map_err(|faults| faults.to_string())?;
    Ok((draft, plan))
}

fn refused(name: &str, text: &str, options: &Options) -> String {
    planned(&[file(name, text)], options, &known()).map(|(_, plan)| plan.document).unwrap_err()
}

/// The org after the document was loaded, as the loader does it.
fn loaded(mut known: Known, plan: &Plan) -> Known {
    for kind in Kind::ALL {
        for row in plan.document[kind.table()].as_array().into_iter().flatten() {
            let mut row = row.as_object().unwrap().clone();
            let keep = row.remove("keep").unwrap_or_default();
            row.remove("org_id");
            let id = row["id"].as_str().unwrap().to_owned();
            let there = known.rows.entry(kind).or_default().entry(id).or_insert_with(|| json!({}));
            for (name, value) in row {
                if keep.as_array().is_none_or(|keep| !keep.contains(&json!(name))) {
                    there[&name] = value;
                }
            }
        }
    }
    known
}

fn row<'a>(plan: &'a Plan, table: &str, id: &str) -> &'a Value {
    plan.document[table].as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()
}

#[test]
fn a_hubspot_export_is_a_document() {
    let (draft, plan) = planned(&export(), &hubspot_options(), &known()).unwrap();
    let counts = |new| Counts { new, changed: 0, unchanged: 0 };
    // Two contacts and two deals say when something was last done.
    let want = [("activities", 4), ("companies", 3), ("contacts", 4), ("deals", 3)];
    assert_eq!(plan.counts, want.into_iter().map(|(table, new)| (table, counts(new))).collect());
    assert_eq!(
        *row(&plan, "companies", "hubspot-17204418802"),
        json!({"id": "hubspot-17204418802", "org_id": "acme", "name": "Sønderby & Søn ApS", "domain": "sonderby.example",
            "industry": "MACHINERY", "size": 1150})
    );
    assert_eq!(
        *row(&plan, "contacts", "hubspot-51"),
        json!({"id": "hubspot-51", "org_id": "acme", "name": "Orla Finnegan", "title": "Fleet Director",
            "email": "orla.finnegan@hallbrookferries.example", "phone": "+44 20 7946 0612",
            "company_id": "hubspot-17204418801", "owner_id": "ada"})
    );
    let nameless = row(&plan, "contacts", "hubspot-53");
    assert_eq!((&nameless["name"], &nameless["owner_id"]), (&json!("post@teal-north.example"), &json!("ada")));
    assert_eq!(nameless["title"], "=HYPERLINK(\"http://x.example\",\"Buyer\")", "a formula is its text");
    assert_eq!(row(&plan, "contacts", "hubspot-54")["title"], "Purchasing\nand logistics");
    assert_eq!(
        *row(&plan, "deals", "hubspot-9000000002"),
        json!({"id": "hubspot-9000000002", "org_id": "acme", "name": "Sønderby pilot", "stage": "closed_won",
            "amount_cents": 1_250_050, "close_date": "2026-03-31", "company_id": "hubspot-17204418802",
            "contact_ids": ["hubspot-52", "hubspot-51"], "owner_id": "jon", "created_at": "2025-11-10T07:00:00.000Z",
            "stage_since": "2026-03-30T22:00:00.000Z", "updated_at": options().now.rfc3339()})
    );
    let last = row(&plan, "activities", "last-activity-deal-hubspot-9000000001");
    assert_eq!((&last["kind"], &last["at"]), (&json!("note"), &json!("2026-10-02T14:20:00.000Z")));
    assert_eq!(
        (&last["subject"], &last["deal_id"]),
        (&json!("Last activity (imported)"), &json!("hubspot-9000000001"))
    );
    let whats: Vec<&str> = draft.remarks.iter().map(|remark| remark.what.as_str()).collect();
    let unknown_owner = "\"Priscilla Oduya\" is no user of acme; a new record is ada's";
    assert!(whats.contains(&unknown_owner) && whats.iter().any(|what| what.contains("--currency")), "{whats:?}");
    let unread = draft.unread.iter().find(|unread| unread.file == "contacts.csv").unwrap();
    assert_eq!(unread.columns, ["Lead Status", "Create Date"]);
}

#[test]
fn a_second_import_of_the_same_changes_nothing_and_of_a_newer_one_what_it_says() {
    let options = hubspot_options();
    let (_, first) = planned(&export(), &options, &known()).unwrap();
    let mut there = loaded(known(), &first);
    let again = Options { now: options.now.plus_ms(86_400_000), ..options.clone() };
    let (_, second) = planned(&export(), &again, &there).unwrap();
    assert_eq!(second.rows(), 0, "{}", second.document);
    // What somebody else knows of a contact, and what a newer export says.
    let orla = there.rows.get_mut(&Kind::Contacts).unwrap().get_mut("hubspot-51").unwrap();
    orla["zone"] = json!("Europe/London");
    orla["flags"] = json!([{"flag": "risk", "reason": "", "at": "2026-05-01T00:00:00.000Z"}]);
    let newer = "Record ID,Email,Job Title,Phone Number\n51,orla.finnegan@hallbrookferries.example,Chief of Fleet,\n";
    let (_, plan) = planned(&[file("c.csv", newer)], &again, &there).unwrap();
    assert_eq!(plan.counts["contacts"], Counts { new: 0, changed: 1, unchanged: 0 });
    let changed = row(&plan, "contacts", "hubspot-51");
    assert_eq!(changed["title"], "Chief of Fleet");
    let keep: Vec<&str> = changed["keep"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(keep, ["company_id", "flags", "name", "owner_id", "phone", "zone"]);
    // A stage that moves takes its day with it.
    let moved = "Record ID,Deal Name,Deal Stage\n9000000003,Teal renewal,closed lost\n";
    let (_, plan) = planned(&[file("d.csv", moved)], &again, &there).unwrap();
    let deal = row(&plan, "deals", "hubspot-9000000003");
    assert_eq!((&deal["stage"], &deal["updated_at"]), (&json!("closed_lost"), &json!(again.now.rfc3339())));
    assert!(!deal["keep"].as_array().unwrap().contains(&json!("updated_at")));
}

#[test]
fn how_a_deal_ended_is_kept_with_the_stage_that_it_ended_in() {
    let file = |won: &str| {
        let text = format!(
            "Record ID,Deal Name,Deal Stage,Is Closed Won\n1,Hallbrook,Closed Lost,{won}\n2,Sonderby,Proposal,false\n3,Teal,Closed Won,\n"
        );
        vec![file("deals.csv", &text)]
    };
    let (_, plan) = planned(&file("true"), &options(), &known()).unwrap();
    let told = |plan: &Plan, id: &str| row(plan, "deals", id)["fields"].clone();
    assert_eq!(told(&plan, "hubspot-1"), json!({"closed": {"stage": "closed_lost", "won": true}}));
    // It has not ended; nothing is said.
    assert_eq!((told(&plan, "hubspot-2"), told(&plan, "hubspot-3")), (Value::Null, Value::Null));
    let mut there = loaded(known(), &plan);
    there.rows.get_mut(&Kind::Deals).unwrap().get_mut("hubspot-1").unwrap()["fields"]["tier"] = json!("gold");
    let (_, again) = planned(&file("TRUE"), &options(), &there).unwrap();
    assert_eq!(again.rows(), 0);
    // Other fields of the deal stay.
    let (_, newer) = planned(&file("No"), &options(), &there).unwrap();
    assert_eq!(told(&newer, "hubspot-1"), json!({"closed": {"stage": "closed_lost", "won": false}, "tier": "gold"}));
    assert!(
        refused("deals.csv", "Record ID,Deal Name,Deal Stage,Is Closed Won\n1,H,Lead,maybe\n", &options())
            .contains("maybe")
    );
}

#[test]
fn plain_files_are_matched_by_address_domain_and_name() {
    let mut there = known();
    there.rows.insert(
        Kind::Contacts,
        BTreeMap::from([("c1".into(), json!({"id": "c1", "name": "M", "email": "mira@globex.test"}))]),
    );
    there.rows.insert(
        Kind::Companies,
        BTreeMap::from([("co1".into(), json!({"id": "co1", "name": "Globex  GmbH", "domain": null}))]),
    );
    there.rows.insert(
        Kind::Deals,
        BTreeMap::from([("d1".into(), json!({"id": "d1", "name": "Rollout", "stage": "lead", "company_id": null}))]),
    );
    let files = [
        file(
            "deals.csv",
            "Deal;Stage;Amount;Company;Contacts\nrollout;Qualified;€1.200,50;globex gmbh;mira@globex.test, lee@globex.test\n",
        ),
        file(
            "contacts.csv",
            "Name,E-Mail,Company,Owner\nMira Holt,MIRA@globex.test,Globex GmbH,jonas@acme.test\nLee,lee@globex.test,,\n",
        ),
        file("companies.csv", "Name,Website\nGlobex GmbH,https://www.globex.test/\n"),
        file(
            "tasks.csv",
            "Title,Due,Priority,Status,Contact,Deal\nSend paper,2026-11-24,Medium,In progress,lee@globex.test,Rollout\n",
        ),
    ];
    let (_, plan) = planned(&files, &options(), &there).unwrap();
    let lee =
        plan.document["contacts"].as_array().unwrap().iter().find(|row| row["name"] == "Lee").unwrap()["id"].clone();
    assert!(lee.as_str().unwrap().starts_with("csv-"));
    assert_eq!(row(&plan, "companies", "co1")["domain"], "globex.test");
    assert_eq!(row(&plan, "contacts", "c1")["company_id"], "co1");
    assert_eq!(row(&plan, "contacts", "c1")["owner_id"], "jon");
    let deal = row(&plan, "deals", "d1");
    assert_eq!((&deal["amount_cents"], &deal["currency"]), (&json!(120_050), &json!("EUR")));
    assert_eq!((&deal["company_id"], &deal["contact_ids"]), (&json!("co1"), &json!(["c1", lee])));
    let task = &plan.document["tasks"][0];
    assert_eq!((&task["contact_id"], &task["deal_id"], &task["priority"]), (&lee, &json!("d1"), &json!("normal")));
    assert_eq!(
        (&task["due"], &task["status"], &task["owner_id"]),
        (&json!("2026-11-24"), &json!("open"), &json!("ada"))
    );
    let (_, again) = planned(&files, &options(), &loaded(there, &plan)).unwrap();
    assert_eq!(again.rows(), 0, "{}", again.document);
}

#[test]
fn what_is_only_named_is_made_where_that_is_asked() {
    let text = "Name,Email,Company\nMira,mira@globex.test,Globex\nLee,lee@globex.test,globex\n";
    let said = refused("contacts.csv", text, &options());
    assert!(
        said.contains("contacts.csv:2, column \"Company\": \"Globex\" is no company of the files or of acme"),
        "{said}"
    );
    assert!(said.contains("--create-companies") && said.contains("2 to mend"), "{said}");
    let asked = Options { create_companies: true, ..options() };
    let (_, plan) = planned(&[file("contacts.csv", text)], &asked, &known()).unwrap();
    assert_eq!((plan.counts["companies"].new, plan.counts["contacts"].new), (1, 2));
    let (_, again) = planned(&[file("contacts.csv", text)], &asked, &loaded(known(), &plan)).unwrap();
    assert_eq!(again.rows(), 0, "{}", again.document);
    // Its domain comes later, and it is the same company.
    let later = [file("companies.csv", "Name,Domain\nGlobex,globex.test\n")];
    let (_, plan) = planned(&later, &asked, &loaded(known(), &plan)).unwrap();
    assert_eq!(plan.counts["companies"], Counts { new: 0, changed: 1, unchanged: 0 });
}

#[test]
fn every_bad_input_is_told_with_its_place() {
    let nobody = Options { owner: None, zone: None, ..options() };
    let map = |header: &str, field: &str| Options { maps: vec![(header.into(), Some(field.into()))], ..options() };
    let stage = Options { stages: vec![("Sent".into(), "sent".into())], ..options() };
    let kinds = Options { kinds: vec![(Some("b.csv".into()), Kind::Deals.into())], ..options() };
    for (name, text, options, want) in [
        (
            "contacts.csv",
            "Name,Email\nMira,mira\n",
            &options(),
            "contacts.csv:2, column \"Email\": \"mira\" is no e-mail address",
        ),
        ("contacts.csv", "Name,Phone\nMira,+49\n", &options(), "contacts.csv:2: has neither an id nor an address"),
        (
            "contacts.csv",
            "Name,Email\nA,a@x.test\nB,A@x.test\n",
            &options(),
            "contacts.csv:3: is the same contact as contacts.csv:2",
        ),
        (
            "contacts.csv",
            "Name,Email,Owner\nA,a@x.test,Kim Twin\n",
            &options(),
            "\"Kim Twin\" is the name of 2 users; write an address",
        ),
        (
            "contacts.csv",
            "Name,Email,Owner\nA,a@x.test,Sam\n",
            &nobody,
            "column \"Owner\": is no user of acme; say whose it is with --owner",
        ),
        ("contacts.csv", "Name,Email,Zone\nA,a@x.test,Berlin\n", &options(), "\"Berlin\" is no time zone"),
        (
            "contacts.csv",
            "Name,Email,Company Id\nA,a@x.test,co7\n",
            &options(),
            "leave the column out with --map \"Company Id=\"",
        ),
        ("contacts.csv", "Record ID,Email\nx-1,a@x.test\n", &options(), "\"x-1\" is no record id of HubSpot"),
        ("contacts.csv", "Record ID,Email\n,a@x.test\n", &options(), "column \"Record ID\": is empty"),
        ("companies.csv", "Name,Size\nGlobex,51-200\n", &options(), "\"51-200\" is no whole number"),
        ("companies.csv", "Domain\nnowhere\n", &options(), "\"nowhere\" is no domain"),
        ("companies.csv", "Domain\nglobex.test\n", &options(), "companies.csv:2: a new company needs its `name`"),
        ("deals.csv", "Name,Stage,Amount\nA,lead,1.234\n", &options(), "can be 1234 or 1.234"),
        ("deals.csv", "Name,Stage,Amount\nA,lead,$12\n", &options(), "say which with --currency"),
        (
            "deals.csv",
            "Name,Stage,Amount,Currency\nA,lead,€12,GBP\n",
            &options(),
            "is in EUR, and the currency column says GBP",
        ),
        ("deals.csv", "Name,Stage,Currency\nA,lead,Euro\n", &options(), "\"Euro\" is no currency"),
        (
            "deals.csv",
            "Name,Stage,Close Date\nA,lead,18.12.2026\n",
            &options(),
            "\"18.12.2026\" is no date; write 2024-03-01",
        ),
        ("deals.csv", "Name,Stage,Create Date\nA,lead,2026-12-18 10:00\n", &nobody, "say --zone"),
        (
            "deals.csv",
            "Name,Stage,Contacts\nA,lead,mira@globex.test\n",
            &options(),
            "is no contact of the files or of acme; import the contacts too",
        ),
        ("deals.csv", "Name,Amount\nA,12\n", &options(), "deals.csv:2: a new deal needs its `stage`"),
        ("deals.csv", "Stage\nlead\n", &options(), "deals.csv:2: has neither an id nor a name"),
        (
            "tasks.csv",
            "Title,Priority\nA,urgent\n",
            &options(),
            "\"urgent\" is none of low, normal, medium, none, high",
        ),
        (
            "notes.csv",
            "Note,At,Deal\nA,2026-01-01,Rollout\n",
            &options(),
            "\"Rollout\" is no deal of the files or of acme",
        ),
        ("activities.csv", "Type,Subject,At\ncall,A,\n", &options(), "a new activity needs its `at`"),
        ("contacts.csv", "Name,Email\nA,a@x.test\n", &map("Fon", "phone"), "--map \"Fon\": no file has such a column"),
        ("deals.csv", "Name,Stage\nA,Sent\n", &stage, "--stage \"Sent=sent\": the org's stages are lead, qualified"),
        ("a.csv", "Email\na@x.test\n", &kinds, "--kind b.csv=…: no file is named so"),
    ] {
        let said = refused(name, text, options);
        assert!(said.starts_with("nothing was imported; ") && said.contains(want), "{want}\n{said}");
    }
}

#[test]
fn all_faults_of_a_run_come_at_once_and_stages_first() {
    let lines: String = (0..30).map(|n| format!("Deal {n},Stage {},12 ¤\n", n % 2)).collect();
    let said = refused("deals.csv", &format!("Name,Stage,Amount\n{lines}"), &options());
    assert!(said.starts_with("nothing was imported; 31 to mend:\n  stages that the org does not have: "), "{said}");
    assert!(
        said.contains("\"Stage 0\" (15 lines, first deals.csv:2), \"Stage 1\" (15 lines, first deals.csv:3)"),
        "{said}"
    );
    assert!(
        said.contains("the org has lead, qualified, proposal, closed_won, closed_lost; say which each is with --stage")
    );
    assert!(said.ends_with("\n  and 11 more"), "{said}");
    assert_eq!(said.lines().count(), 22);
}

#[test]
fn what_the_loader_says_of_a_row_is_said_of_its_line() {
    let text = "Name,Email\nA,a@x.test\n\nB,b@x.test\n";
    let (_, plan) = planned(&[file("contacts.csv", text)], &options(), &known()).unwrap();
    let said = plan.in_files("the document was refused: contacts[1].owner_id: there is no ada in users of this org");
    assert_eq!(said.unwrap(), "contacts.csv:4: owner_id: there is no ada in users of this org");
    assert_eq!(plan.in_files("contacts[7].name: is missing"), None);
    assert_eq!(plan.in_files("the disk is full"), None);
}

/// Lines that look like a file, so that more than the reader is reached.
fn lines() -> impl Strategy<Value = String> {
    let header = prop::sample::subsequence(
        vec![
            "Record ID",
            "id",
            "Name",
            "Email",
            "Stage",
            "Amount",
            "Close Date",
            "Create Date",
            "Company",
            "Owner",
            "Due",
            "At",
            "Contacts",
            "Deal",
        ],
        1..8,
    );
    let cell = prop_oneof![
        "[0-9]{1,3}",
        "\\PC{0,12}",
        "[0-9.,€$ -]{0,9}",
        "20[0-9]{2}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?",
        "[a-c]@x\\.test",
        "\"[^\"]{0,5}\"",
        Just("lead".to_owned()),
        Just("=1+1".to_owned())
    ];
    let rows = prop::collection::vec(prop::collection::vec(cell, 1..8), 0..5);
    (header, rows, prop::sample::select(vec![",", ";", "\t"])).prop_map(|(header, rows, mark)| {
        let rows: String = rows.iter().map(|row| row.join(mark) + "\n").collect();
        format!("{}\n{rows}", header.join(mark))
    })
}

/// Text of a field that a spreadsheet may hold.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-ZäöüßøÅé0-9=+@\",;'(][a-zA-ZäöüßøÅé0-9 =+@\",;'\n(]{0,12}[a-zäöü0-9\"]"
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), create in any::<bool>()) {
        for kind in Kind::ALL {
            let asked = Options { kinds: vec![(None, kind.into())], create_companies: create, ..options() };
            let _ = planned(&[File { name: "f.csv".into(), bytes: bytes.clone() }], &asked, &known());
        }
    }

    #[test]
    fn any_lines_are_read_or_refused(text in lines(), create in any::<bool>()) {
        for kind in Kind::ALL {
            let asked = Options { kinds: vec![(None, kind.into())], create_companies: create, ..options() };
            let _ = planned(&[file("f.csv", &text)], &asked, &known());
        }
    }

    #[test]
    fn a_document_that_was_written_as_csv_is_imported_as_it_was(
        people in prop::collection::vec((text(), text(), any::<bool>()), 1..6),
        deals in prop::collection::vec((text(), 0_i64..10_i64.pow(12), 0_usize..5), 0..6),
    ) {
        let contacts: Vec<Value> = people.iter().enumerate().map(|(n, (name, title, with_phone))| {
            let mut row = json!({"id": format!("c{n}"), "org_id": "acme", "name": name, "title": title,
                "email": format!("p{n}@x.test"), "owner_id": "jon"});
            if *with_phone {
                row["phone"] = json!("+49 30 1");
            }
            row
        }).collect();
        let stages = known().stages;
        let deals: Vec<Value> = deals.iter().enumerate().map(|(n, (name, cents, stage))| json!({
            "id": format!("d{n}"), "org_id": "acme", "name": name, "stage": stages[*stage], "amount_cents": cents,
            "currency": "EUR", "contact_ids": [format!("c{}", n % people.len())], "owner_id": "ada",
            "updated_at": "2026-05-02T10:00:00.000Z", "close_date": "2027-01-01",
        })).collect();
        let cents = |row: &Value| row["amount_cents"].as_i64().map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
        let written = |rows: &[Value], columns: &[&str]| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(columns).unwrap();
            for row in rows {
                let cells = columns.iter().map(|column| match *column {
                    "amount" => cents(row).unwrap_or_default(),
                    "contact_ids" => row[*column][0].as_str().unwrap_or_default().to_owned(),
                    "owner" => row["owner_id"].as_str().unwrap_or_default().to_owned(),
                    _ => row[*column].as_str().unwrap_or_default().to_owned(),
                });
                writer.write_record(cells).unwrap();
            }
            File { name: "f.csv".into(), bytes: writer.into_inner().unwrap() }
        };
        let mut files = vec![written(&contacts, &["id", "name", "title", "email", "phone", "owner"])];
        let mut want = json!({"contacts": contacts});
        if !deals.is_empty() {
            let columns = ["id", "name", "stage", "amount", "currency", "contact_ids", "owner", "updated_at", "close_date"];
            files.push(written(&deals, &columns));
            want["deals"] = json!(deals);
        }
        let (_, plan) = planned(&files, &options(), &known()).unwrap();
        prop_assert_eq!(&plan.document, &want);
    }
}

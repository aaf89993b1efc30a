//! A proposal's PDF, read by another implementation than the one that wrote it: poppler, of
//! Debian's packages (`scripts/setup.sh test`).

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use skillhost_engine::ids::JobId;
use skillhost_server::demo_data::{ORG, REP};
use skillhost_tests::setting::turn::course;
use skillhost_tests::setting::{Setting, demo};
use skillhost_tests::test_host::key;

/// The parts of the document's text that are marks of a plain text.
const MARKS: [char; 6] = ['=', '-', '|', '>', '•', '_'];
/// Lines of the table: over two pages and more.
const SITES: usize = 90;
const HEAD: [&str; 3] = ["Site", "Engineers", "A year"];
/// What is written elsewhere in Europe, and some signs.
const LETTERS: &str = "Für Łódź, Žižkov, Århus, Győr, Ærø and Şişli: naïve façade, “quoted” – ½ of €1,250 at 20 °C. \
                       Ελλάδα has sites in Θεσσαλονίκη, Україна in Київ.";

/// The demo organisation with one template of many pages.
fn document() -> Value {
    let mut document = demo(&json!({}));
    let templates = document["templates"].as_array_mut().unwrap();
    templates.retain(|template| template["kind"] != "proposal");
    let rows: Vec<String> =
        (1..=SITES).map(|site| format!("| Depot {site} in Ærø-{site} | {} | €{site},250 |", site % 17 + 1)).collect();
    let table = format!("| {} | {} | {} |\n|---|--:|--:|\n{}", HEAD[0], HEAD[1], HEAD[2], rows.join("\n"));
    let prose = "Planners get a proposed plan each morning, with rest rules and certificates kept, and press yes or move \
                 a visit. ";
    let section = |id: &str, heading: &str, body: String| json!({ "id": id, "heading": heading, "body": body, "custom": false, "guidance": null });
    templates.push(json!({
        "org_id": ORG, "id": "t-long", "kind": "proposal", "name": "Long proposal", "description": "Everything",
        "industries": ["Lift and escalator maintenance"], "tags": [], "updated_at": "2026-09-01T00:00:00.000Z",
        "version": "1",
        "variables": [{ "name": "company_name", "description": "who it is for", "required": true, "default": null }],
        "sections": [
            section("start", "Where you are", LETTERS.to_owned()),
            section("sites", "Größe of each site", table),
            section("how", "How it works", format!("{}\n\n1. **First** a plan\n2. then *a day*\n   - with its visits\n\n> {}", prose.repeat(30), prose.repeat(3))),
            section("more", "Ещё: more", prose.repeat(40)),
        ],
    }));
    document
}

/// What a tool of poppler's says of a file.
fn poppler(tool: &str, arguments: &[&str], file: &Path) -> String {
    let mut command = Command::new(tool);
    command.args(arguments).arg(file);
    if tool == "pdftotext" {
        command.arg("-");
    }
    let output = command.output().unwrap_or_else(|error| panic!("{tool}: {error}: run scripts/setup.sh test"));
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a text, without what marks headings, lists and cells.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(str::to_lowercase);
    words.filter(|word| !word.trim_matches(MARKS).is_empty()).collect()
}

/// The words of the pages in the order in which they are drawn, without what stands on each
/// page anew: the foot, and the head of a table that goes on.
fn read(file: &Path, pages: usize, foot: &str) -> Vec<String> {
    let text = poppler("pdftotext", &["-raw", "-enc", "UTF-8"], file);
    let sheets: Vec<&str> = text.split_terminator('\u{c}').collect();
    assert_eq!(sheets.len(), pages);
    let mut found = Vec::new();
    let mut heads = 0;
    for (at, sheet) in sheets.iter().enumerate() {
        let number = format!("{} / {pages}", at + 1);
        let mut lines: Vec<&str> = sheet.lines().filter(|line| !line.trim().is_empty()).collect();
        let tail = lines.split_off(lines.len() - 2);
        assert!(tail.contains(&number.as_str()) && tail.contains(&foot), "the foot of page {}: {tail:?}", at + 1);
        if words(&lines.join(" ")).starts_with(&words(&HEAD.join(" "))) {
            heads += 1;
            let head = words(&HEAD.join(" ")).len();
            found.extend(words(&lines.join(" ")).split_off(head));
        } else {
            found.extend(words(&lines.join(" ")));
        }
    }
    assert!(heads >= 2, "the table's head stands on each of its pages: {heads}");
    found
}

async fn pdf(setting: &Setting, job: &JobId, digest: &str) -> Vec<u8> {
    let url = setting.host.url(&format!("/v1/jobs/{job}/artifacts/{digest}"));
    let response = setting.host.http.get(url).bearer_auth(key(REP)).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/pdf".parse().unwrap())
    );
    response.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_of_many_pages_reads_the_same_in_another_reader() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &document()).await;
    let wanted = json!({ "contact_id": "c-helen", "deal_id": "d-castlereed", "template_id": "t-long" });
    let job = setting.raise("proposal_generation", &wanted).await;
    let view = setting.rested(&job).await;
    let made = &view.outputs["document"];
    let pages = usize::try_from(made["pages"].as_u64().unwrap_or_else(|| panic!("{}", course(&view)))).unwrap();
    assert!(pages >= 4, "{pages}");
    let missing = made["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(!missing.iter().any(|one| one.to_string().contains("cannot show")), "every letter is there: {missing:?}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proposal.pdf");
    std::fs::write(&file, pdf(&setting, &job, made["pdf"]["digest"].as_str().unwrap()).await).unwrap();
    let title = made["title"].as_str().unwrap();
    let about = poppler("pdfinfo", &[], &file);
    let says = |name: &str| {
        let line = about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name}: {about}")).trim().to_owned()
    };
    assert_eq!(
        (says("Pages"), says("Title"), says("Author")),
        (pages.to_string(), title.to_owned(), "Quillmere".to_owned())
    );
    assert!(says("Page size").contains("(A4)") && says("Encrypted") == "no", "{about}");

    let fonts = poppler("pdffonts", &[], &file);
    let (head, rows) = fonts.split_once('\n').unwrap();
    let (embedded, unicode) = (head.find("emb").unwrap(), head.find("uni").unwrap());
    let rows: Vec<&str> = rows.lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "upright, bold and slanted: {fonts}");
    for row in rows {
        assert!(row.contains("LiberationSans"), "{fonts}");
        assert!(row[embedded..].starts_with("yes") && row[unicode..].starts_with("yes"), "{fonts}");
    }

    let found = read(&file, pages, &format!("Quillmere: {title}"));
    let text = made["text"].as_str().unwrap();
    let wanted = words(text);
    let first = found.iter().zip(&wanted).position(|(found, wanted)| found != wanted);
    let around = |words: &[String]| first.map(|at| words[at.saturating_sub(4)..(at + 8).min(words.len())].join(" "));
    assert_eq!(first, None, "“{:?}” stands where “{:?}” is meant", around(&found), around(&wanted));
    assert_eq!(found.len(), wanted.len());
    for word in ["łódź,", "žižkov,", "győr,", "şişli:", "naïve", "θεσσαλονίκη,", "київ.", "€90,250", "größe"]
    {
        assert!(found.iter().any(|one| one == word), "{word}");
    }
    setting.stop().await;
}

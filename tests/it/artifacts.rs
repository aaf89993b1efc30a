//! Files that skills make: kept, shown, sent along, shared by a link, and forgotten.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use skillhost_engine::binding::Link;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outcome::Outcome;
use skillhost_engine::time::Timestamp;
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::given::{effect, file, given, question};
use skillhost_tests::process::binary;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, START, TestHost, digest, key};

const DAY_MS: i64 = 86_400_000;
/// Bytes that are no text, and that a mail would change if it could.
const OFFER: &[u8] = b"%PDF-1.7\n\r\n.\n\0\xff offer";
/// What would do harm in a page of this host.
const PAGE: &[u8] = b"<script>fetch('/v1/jobs')</script><h1>Offer</h1>";

fn answer(ask: &str) -> Outcome {
    let offer = file("offer", "application/pdf", OFFER);
    let share = |name: &str| {
        let expires = Timestamp(START.0 + 7 * DAY_MS).rfc3339();
        let payload = json!({ "artifact": format!("artifact:{name}"), "title": "Our offer", "contact_id": "c1",
                              "expires_at": expires });
        question(vec![effect("proposal.share", payload)])
    };
    let (artifacts, approval) = match ask {
        "mail" => {
            let payload = json!({
                "to": ["mira@globex.example"], "subject": "Our offer", "body": "Here it is.",
                "attachments": [{ "artifact": "artifact:offer", "name": "Offer Globex.pdf" }],
            });
            (vec![offer], question(vec![effect("email.send", payload)]))
        }
        "share" => (vec![offer], share("offer")),
        "page" => (vec![file("page", "text/html; charset=utf-8", PAGE)], share("page")),
        "nothing" => (vec![offer], share("another")),
        other => unreachable!("{other}"),
    };
    Outcome { output: json!({}), artifacts, approvals: vec![approval], ..Outcome::default() }
}

async fn host() -> TestHost {
    let skills = given(&["email.send", "proposal.share"], answer);
    TestHost::with(|config| config.public_url = Some("https://host.example".to_owned()), skills).await
}

/// Raises an event about Mira, and waits for its question: job and question.
async fn asked(host: &TestHost, ask: &str, id: &str) -> (String, Value) {
    let job = host.raise(&json!({ "message_id": id, "ask": ask, "contact_id": "c1" })).await;
    let view = host.until(&job, |view| !view.approvals.is_empty()).await;
    (job, serde_json::to_value(&view.approvals[0]).unwrap())
}

async fn approve(host: &TestHost, job: &str, approval: &Value) {
    let path = format!("/v1/approvals/{}/answer", approval["id"].as_str().unwrap());
    let (status, said) = host.post(REP, &path, &json!({ "answer": "approve" })).await;
    assert_eq!(status, 200, "{said}");
    // Past the time in which it can be taken back.
    host.clock.advance(11_000);
    host.until(job, |view| view.status == JobStatus::Completed).await;
}

/// The only link of a job, shared and approved: its row, and its way within the host.
async fn link(host: &TestHost, ask: &str, id: &str) -> (String, Value, String) {
    let (job, approval) = asked(host, ask, id).await;
    approve(host, &job, &approval).await;
    let (_, list) = host.get(REP, &format!("/v1/jobs/{job}/artifacts")).await;
    let share = list["shares"][0].clone();
    let way = share["url"].as_str().unwrap().strip_prefix("https://host.example").unwrap().to_owned();
    (job, share, way)
}

async fn open(host: &TestHost, way: &str) -> (u16, Vec<u8>) {
    let response = host.http.get(host.url(way)).send().await.unwrap();
    let status = response.status().as_u16();
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "private, no-store")] {
        assert!(status == 404 || response.headers()[name] == value, "{way}: {name}");
    }
    (status, response.bytes().await.unwrap().to_vec())
}

fn cli(host: &TestHost, arguments: &[&str]) -> std::process::Output {
    let folder = host.folder();
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, key(REP)).unwrap();
    let mut command = Command::new(binary());
    command.args(arguments).args(["--url", &host.base, "--key-file"]).arg(key_file).current_dir(folder.path());
    command.output().unwrap()
}

fn mails(host: &TestHost) -> Vec<String> {
    let folder = host.folder().path().join("data/sent-mail");
    read_all(&folder)
}

fn read_all(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_shown_bound_sent_along_and_read_by_its_people() {
    let host = host().await;
    let (job, approval) = asked(&host, "mail", "m-1").await;
    let sha = format!("sha256:{}", hex::encode(<sha2::Sha256 as sha2::Digest>::digest(OFFER)));
    let card = approval["card"].to_string();
    for part in ["Offer Globex.pdf", "application/pdf", &sha] {
        assert!(card.contains(part), "{part} is not on the card: {card}");
    }

    let list = format!("/v1/jobs/{job}/artifacts");
    let (status, found) = host.get(REP, &list).await;
    assert_eq!(status, 200, "{found}");
    let kept = &found["artifacts"][0];
    assert_eq!((&kept["name"], &kept["version"], &kept["digest"]), (&json!("offer"), &json!(1), &json!(sha)));
    assert_eq!((found["artifacts"].as_array().unwrap().len(), found["shares"].as_array().unwrap().len()), (1, 0));
    assert_eq!(host.get(ADMIN, &list).await.0, 200);
    assert_eq!(host.get(OTHER, &list).await.0, 404);
    assert_eq!(host.get(OTHER, &format!("{list}/{sha}")).await.0, 404);
    assert_eq!(host.http.get(host.url(&list)).send().await.unwrap().status(), 401);
    let other = format!("sha256:{}", "0".repeat(64));
    for name in [other.as_str(), "offer", "..%2f..%2fhost.key", "%2e%2e", "sha256:"] {
        assert_eq!(host.get(REP, &format!("{list}/{name}")).await.0, 404, "{name}");
    }

    let response = host.http.get(host.url(&format!("{list}/{sha}"))).bearer_auth(key(REP)).send().await.unwrap();
    let headers = response.headers().clone();
    assert_eq!(response.bytes().await.unwrap(), OFFER);
    assert_eq!(headers[CONTENT_TYPE], "application/pdf");
    assert_eq!(headers[CONTENT_DISPOSITION], "attachment; filename=\"offer.pdf\"; filename*=UTF-8''offer.pdf");
    assert!(headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox;"));
    assert_eq!(
        (&headers["x-content-type-options"], &headers[CACHE_CONTROL]),
        (&"nosniff".parse().unwrap(), &"private, no-store".parse().unwrap())
    );

    // The page of the question leads to the very file.
    let sign_in = issue_sign_in(&host.app, &ORG.into(), &REP.into()).await.unwrap();
    let response = host.http.get(host.url(&sign_in)).send().await.unwrap();
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = async |way: &str| {
        let response = host.http.get(host.url(way)).header(COOKIE, &cookie).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    };
    let way = format!("/inbox/jobs/{job}/artifacts/{sha}");
    let (_, shown) = page(&format!("/inbox/approvals/{}", approval["id"].as_str().unwrap())).await;
    assert!(String::from_utf8(shown).unwrap().contains(&way));
    assert_eq!(page(&way).await, (200, OFFER.to_vec()));
    assert_eq!(host.http.get(host.url(&way)).send().await.unwrap().status(), 401);

    approve(&host, &job, &approval).await;
    let sent = mails(&host);
    assert_eq!(sent.len(), 1);
    let packed: String = sent[0].split_whitespace().collect();
    assert!(packed.contains(&STANDARD.encode(OFFER)), "{}", sent[0]);
    assert!(sent[0].contains("Offer Globex.pdf"), "{}", sent[0]);

    let listed = cli(&host, &["artifacts", "list", &job, "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["artifacts"][0]["digest"], sha);
    assert_eq!(cli(&host, &["artifacts", "get", &job, &sha]).stdout, OFFER);
    assert!(cli(&host, &["artifacts", "get", &job, &sha, "--out", "offer.pdf"]).status.success());
    assert_eq!(std::fs::read(host.folder().path().join("offer.pdf")).unwrap(), OFFER);
    let again = cli(&host, &["artifacts", "get", &job, &sha, "--out", "offer.pdf"]);
    assert!(!again.status.success(), "a file that is there was written over");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_its_one_file_and_nothing_else_does() {
    let host = host().await;
    let (_, share, way) = link(&host, "share", "m-1").await;
    assert_eq!(open(&host, &way).await, (200, OFFER.to_vec()));
    // The link is where its owner looks, and in no row that others may read.
    let (_, feed) = host.get(REP, "/v1/feed").await;
    assert!(feed.to_string().contains("Our offer") && !feed.to_string().contains("/share/"), "{feed}");

    // Forged: every part of it changed, cut, or put together from two.
    let token = way.strip_prefix("/share/").unwrap();
    let (_, _, second) = link(&host, "page", "m-2").await;
    let (said, mac) = token.split_once('.').unwrap();
    let (other_said, other_mac) = second.strip_prefix("/share/").unwrap().split_once('.').unwrap();
    let mut forged = vec![
        format!("{said}.{other_mac}"),
        format!("{other_said}.{mac}"),
        format!("{said}."),
        format!(".{mac}"),
        said.to_owned(),
        format!("{token}x"),
        format!("{token}="),
        "x".repeat(5_000),
        "..%2f..%2fhost.key".to_owned(),
        "%2e%2e%2fv1%2fjobs".to_owned(),
        "%00".to_owned(),
    ];
    for at in (0..token.len()).step_by(7) {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(bytes).unwrap());
    }
    // Signed by this host, and naming what is not there: another org's, another file's.
    let (id, expires_at) = (share["id"].as_str().unwrap().to_owned(), Timestamp(share["expires_at"].as_i64().unwrap()));
    let digest_of = |org: &str, id: &str, digest: &str, expires_at| {
        host.app.binder.link(&Link { org: org.into(), id: id.to_owned(), digest: digest.to_owned(), expires_at })
    };
    let file = share["digest"].as_str().unwrap();
    forged.push(digest_of("rival", &id, file, expires_at));
    forged.push(digest_of(ORG, "eff_of_nobody", file, expires_at));
    forged.push(digest_of(ORG, &id, &digest("another file"), expires_at));
    forged.push(digest_of(ORG, &id, file, expires_at.plus_ms(1)));
    for token in forged {
        let (status, said) = open(&host, &format!("/share/{token}")).await;
        assert_eq!(status, 404, "{token}: {}", String::from_utf8_lossy(&said));
    }
    // Nothing lists them.
    for way in ["/share", "/share/"] {
        assert_eq!(open(&host, way).await.0, 404, "{way}");
    }
    assert_eq!(digest_of(ORG, &id, file, expires_at), token, "the same link is made again where it is shown");

    // A page is shown, without what makes it dangerous.
    let response = host.http.get(host.url(&second)).send().await.unwrap();
    let headers = response.headers().clone();
    assert_eq!(response.bytes().await.unwrap(), PAGE);
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(headers[CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline;"));
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none'") && !policy.contains("allow-"), "{policy}");

    host.clock.advance(7 * DAY_MS);
    let (status, said) = open(&host, &way).await;
    assert_eq!((status, String::from_utf8(said).unwrap().contains("expired")), (410, true));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_ended_stays_so() {
    let host = host().await;
    let (job, share, way) = link(&host, "share", "m-1").await;
    let (_, kept, other_way) = link(&host, "share", "m-2").await;
    let id = share["id"].as_str().unwrap();
    let end = format!("/v1/shares/{id}/revoke");
    assert_eq!(host.post(OTHER, &end, &json!({})).await.0, 403);
    assert_eq!(host.post(REP, "/v1/shares/eff_of_nobody/revoke", &json!({})).await.0, 404);
    assert_eq!(open(&host, &way).await.0, 200);

    let ended = cli(&host, &["artifacts", "revoke", id]);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    for _ in 0..2 {
        let (status, said) = open(&host, &way).await;
        assert_eq!((status, said.windows(OFFER.len()).any(|part| part == OFFER)), (410, false));
    }
    assert_eq!(host.post(ADMIN, &end, &json!({})).await, (200, json!({ "revoked": false })));
    let (_, list) = host.get(REP, &format!("/v1/jobs/{job}/artifacts")).await;
    assert_eq!((&list["shares"][0]["state"], &list["shares"][0]["url"]), (&json!("revoked"), &Value::Null));
    let (_, audit) = host.get(ADMIN, &format!("/v1/jobs/{job}/audit")).await;
    assert!(audit.to_string().contains("share.revoked"), "{audit}");
    // An admin ends anybody's; the one beside it was left alone until then.
    assert_eq!(open(&host, &other_way).await.0, 200);
    let end = format!("/v1/shares/{}/revoke", kept["id"].as_str().unwrap());
    assert_eq!(host.post(ADMIN, &end, &json!({})).await, (200, json!({ "revoked": true })));
    assert_eq!(open(&host, &other_way).await.0, 410);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_links_go_with_their_person() {
    let host = host().await;
    let (job, share, way) = link(&host, "share", "m-1").await;
    let (mailed, approval) = asked(&host, "mail", "m-2").await;
    approve(&host, &mailed, &approval).await;
    assert_eq!(mails(&host).len(), 1);
    let (status, said) = host.post(ADMIN, "/v1/people/erase", &json!({ "person": "contact:c1" })).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(open(&host, &way).await.0, 410);
    let (_, list) = host.get(REP, &format!("/v1/jobs/{job}/artifacts")).await;
    assert!(!list.to_string().contains("Our offer"), "{list}");
    let gone = host.get(REP, &format!("/v1/jobs/{job}/artifacts/{}", share["digest"].as_str().unwrap())).await;
    assert!([404, 410].contains(&gone.0), "{gone:?}");
    assert!(mails(&host).is_empty(), "the mail with the file is still there");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_is_asked_about_by_nobody() {
    let host = host().await;
    let job = host.raise(&json!({ "message_id": "m-1", "ask": "nothing", "contact_id": "c1" })).await;
    let view = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((view.status, view.approvals.len()), (JobStatus::Failed, 0));
    host.stop().await;
}

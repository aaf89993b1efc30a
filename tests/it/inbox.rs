//! The inbox in a real browser, and what its forms refuse.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use fantoccini::{Client, Locator};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use skillhost_engine::approval::DEFAULT_EXPIRY_MS;
use skillhost_engine::job::JobStatus;
use skillhost_server::inbox::issue_sign_in;
use skillhost_tests::chromium::Chromium;
use skillhost_tests::test_host::{ADMIN, BODY, ORG, OTHER, REP, TestHost};

async fn text(page: &Client, css: &str) -> String {
    page.wait().for_element(Locator::Css(css)).await.unwrap().text().await.unwrap()
}

/// Looks before a page is said not to show something.
const PATIENCE: usize = 300;

/// Waits until an element shows the words: a click returns before the page it
/// leads to is there, and the page it came from may still be.
async fn shows(page: &Client, css: &str, words: &str) {
    let mut seen = String::new();
    for _ in 0..PATIENCE {
        if let Ok(element) = page.find(Locator::Css(css)).await
            && let Ok(text) = element.text().await
        {
            if text.contains(words) {
                return;
            }
            seen = text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{css} does not show {words}: {seen}");
}

/// Keeps a picture beside the test's other output, to look at.
async fn picture(page: &Client, name: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inbox");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), page.screenshot().await.unwrap()).unwrap();
}

#[tokio::test]
async fn a_rep_reads_edits_approves_and_sees_what_became_of_it() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    host.ask("tasks", "m-2").await;
    let link = issue_sign_in(&host.app, &ORG.into(), &REP.into()).await.unwrap();
    let browser = Chromium::start(980, 1500).await;
    let page = &browser.page;

    page.goto(&host.url(&link)).await.unwrap();
    page.wait().for_url(&host.url("/inbox").parse().unwrap()).await.unwrap();
    assert_eq!(text(page, "h1").await, "2 decisions wait for you");
    picture(page, "inbox").await;

    // The whole of what an answer binds, and the skill's words apart from it.
    let id = approval["id"].as_str().unwrap();
    let card = text(page, &format!("#{id}")).await;
    for part in [
        "mira@globex.example",
        "jonas@globex.example",
        "Next steps after this morning",
        "Shall we speak again on Thursday?",
    ] {
        assert!(card.contains(part), "{part} is not on the card: {card}");
    }
    let says = text(page, &format!("#{id} .says")).await;
    assert!(says.to_lowercase().starts_with("the skill says"), "{says}");
    assert!(!text(page, &format!("#{id} .effect")).await.contains("Both next steps were said plainly"));

    page.find(Locator::Css(&format!("#{id} .edit > summary"))).await.unwrap().click().await.unwrap();
    let field = page.find(Locator::Css(&format!("#{id} textarea[name='edit|mail|/body']"))).await.unwrap();
    assert_eq!(field.prop("value").await.unwrap().unwrap(), BODY);
    field.clear().await.unwrap();
    field.send_keys("Hi Mira,\n\nshort and sweet.\n\nAda").await.unwrap();
    picture(page, "editing").await;
    page.find(Locator::Css(&format!("#{id} button[value=approve]"))).await.unwrap().click().await.unwrap();

    shows(page, ".notice", "Approved").await;
    shows(page, "h1 .state", "approved").await;
    shows(page, ".undo", "It leaves in").await;
    shows(page, ".outcome", "short and sweet.").await;
    picture(page, "undo").await;

    // Undo brings the edited mail back as a fresh card; approving that sends it.
    page.find(Locator::Css(".undo button")).await.unwrap().click().await.unwrap();
    shows(page, ".notice", "Taken back").await;
    shows(page, ".question", "short and sweet.").await;
    page.find(Locator::Css("button[value=approve]")).await.unwrap().click().await.unwrap();
    shows(page, ".undo", "It leaves in").await;
    host.clock.advance(11_000);
    let done = host.until(&job, |view| view.status == JobStatus::Completed).await;
    page.refresh().await.unwrap();
    shows(page, ".outcome h3", "done").await;
    picture(page, "outcome").await;
    let sent: Vec<_> = done.effects.iter().filter(|effect| effect.state.as_str() == "sent").collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].payload["body"], "Hi Mira,\n\nshort and sweet.\n\nAda");

    page.goto(&host.url(&format!("/inbox/jobs/{job}"))).await.unwrap();
    shows(page, "h1", "completed").await;
    page.find(Locator::Css(".step summary")).await.unwrap().click().await.unwrap();
    shows(page, ".step .inside", "propose 1.0.0").await;
    picture(page, "job").await;

    // A batch, on a phone.
    page.set_window_size(390, 1200).await.unwrap();
    page.goto(&host.url("/inbox")).await.unwrap();
    assert_eq!(text(page, "h1").await, "One decision waits for you");
    picture(page, "phone").await;
    page.find(Locator::Css("button[value=items]")).await.unwrap().click().await.unwrap();
    shows(page, ".outcome", "Send the questionnaire").await;
    assert!(!text(page, "main").await.contains("Book the room"));
    browser.stop().await;
    host.stop().await;
}

/// A signed-in visitor without a browser.
struct Visitor<'h> {
    host: &'h TestHost,
    cookie: String,
}

impl<'h> Visitor<'h> {
    async fn of(host: &'h TestHost, user: &str) -> Self {
        let link = issue_sign_in(&host.app, &ORG.into(), &user.into()).await.unwrap();
        let response = host.http.get(host.url(&link)).send().await.unwrap();
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        // The link is spent.
        assert_eq!(host.http.get(host.url(&link)).send().await.unwrap().status(), 410);
        Self { host, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let response = self.host.http.get(self.host.url(path)).header(COOKIE, &self.cookie).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn csrf(&self) -> String {
        let (_, page) = self.get("/inbox").await;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let request = self.host.http.post(self.host.url(path)).header(COOKIE, &self.cookie);
        let response = request.form(fields).send().await.unwrap();
        let to = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status().as_u16(), to, response.text().await.unwrap())
    }
}

#[tokio::test]
async fn forms_that_are_not_ours_stale_or_somebody_elses_do_nothing() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    let path = format!("/inbox/approvals/{}/answer", approval["id"].as_str().unwrap());
    let nonce = approval["nonce"].as_str().unwrap();
    let rep = Visitor::of(&host, REP).await;
    let csrf = rep.csrf().await;
    let approve = |csrf: &str, nonce: &str| {
        vec![
            ("answer".to_owned(), "approve".to_owned()),
            ("csrf".to_owned(), csrf.to_owned()),
            ("nonce".to_owned(), nonce.to_owned()),
        ]
    };
    let send = async |visitor: &Visitor<'_>, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        visitor.post(&path, &fields).await
    };

    for (fields, status) in [
        (vec![("answer".to_owned(), "approve".to_owned()), ("nonce".to_owned(), nonce.to_owned())], 403),
        (approve("wrong", nonce), 403),
        (approve(&csrf, "stale"), 409),
        (approve(&csrf, ""), 409),
        (vec![("csrf".to_owned(), csrf.clone()), ("nonce".to_owned(), nonce.to_owned())], 422),
    ] {
        let (got, _, page) = send(&rep, fields).await;
        assert_eq!(got, status, "{page}");
        assert!(page.starts_with("<!doctype html>"), "{page}");
    }
    let other = Visitor::of(&host, OTHER).await;
    assert_eq!(send(&other, approve(&other.csrf().await, nonce)).await.0, 404);
    let admin = Visitor::of(&host, ADMIN).await;
    assert_eq!(send(&admin, approve(&admin.csrf().await, nonce)).await.0, 403);
    // Another person's token does not make a form ours.
    assert_eq!(send(&rep, approve(&admin.csrf().await, nonce)).await.0, 403);
    let nobody = Visitor { host: &host, cookie: "skillhost_session=forged".to_owned() };
    assert_eq!(send(&nobody, approve(&csrf, nonce)).await.0, 401);
    let view = host.until(&job, |_| true).await;
    assert_eq!((view.status, view.effects.len()), (JobStatus::AwaitingApproval, 0));

    // What was typed survives a refusal.
    let mut bad = approve(&csrf, nonce);
    bad.push(("edit|mail|/subject".to_owned(), String::new()));
    bad.push(("note".to_owned(), "kept note".to_owned()));
    let (status, _, page) = send(&rep, bad).await;
    assert_eq!(status, 422);
    assert!(page.contains("kept note") && page.contains("Nothing was released"), "{page}");

    let (status, to, _) = send(&rep, approve(&csrf, nonce)).await;
    assert_eq!(status, 303);
    assert!(to.ends_with("?said=approved"), "{to}");
    let (status, to, _) = rep.post(&path, &[("answer", "skip"), ("csrf", &csrf), ("nonce", nonce)]).await;
    assert_eq!((status, to.ends_with("?said=before")), (303, true), "{to}");

    host.clock.advance(DEFAULT_EXPIRY_MS);
    assert_eq!(rep.get("/inbox").await.0, 401, "a session ends with the day");
    host.stop().await;
}

#[tokio::test]
async fn every_page_is_served_under_a_policy_that_allows_no_script() {
    let host = TestHost::start(|_| {}).await;
    let (job, approval) = host.ask("email", "m-1").await;
    let rep = Visitor::of(&host, REP).await;
    for path in [
        "/inbox".to_owned(),
        format!("/inbox/jobs/{job}"),
        format!("/inbox/approvals/{}", approval["id"].as_str().unwrap()),
        "/inbox/jobs/none".to_owned(),
        "/signin/none".to_owned(),
    ] {
        let response = host.http.get(host.url(&path)).header(COOKIE, &rep.cookie).send().await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(response.headers()["cache-control"], "no-store");
        let page = response.text().await.unwrap();
        for forbidden in ["<script", "style=\"", "<style", "onclick", "javascript:"] {
            assert!(!page.contains(forbidden), "{path} has {forbidden}");
        }
    }
    // What a page would not show without a session.
    let response = host.http.get(host.url("/inbox")).send().await.unwrap();
    assert_eq!(response.status(), 401);
    let (_, feed): (u16, Value) = host.get(REP, "/v1/feed").await;
    assert_eq!(feed["messages"], json!([]));
    host.stop().await;
}

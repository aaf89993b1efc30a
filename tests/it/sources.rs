//! Sources as steps read them: each loaded once, each failing alone; tier 3 with the
//! step's money; calendars from files and feeds.

#![allow(clippy::unwrap_used)]

mod calendars;
mod fresh;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skillhost_connectors::providers::http::RequestSettings;
use skillhost_engine::context::{Doors, Query, ReadErrorKind};
use skillhost_engine::ids::SkillName;
use skillhost_engine::job::JobStatus;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::{Call, Failure, FailureKind, Outcome, Spend};
use skillhost_engine::rights::{Grant, RightSet};
use skillhost_engine::sequence::Sequence;
use skillhost_engine::skill::{CallError, CallReport, Manifest, Mismatch, SkillRef, SkillRunner, WORLD};
use skillhost_engine::time::{MicroUsd, Timestamp};
use skillhost_engine::vendor::Rate;
use skillhost_server::boot::Skills;
use skillhost_server::config::{HttpConfig, ProviderConfig, VendorLimits};
use skillhost_server::driver::JobDoors;
use skillhost_server::sequences::Sequences;
use skillhost_tests::test_host::{ADMIN, ORG, REP, TestHost};
use tokio::sync::Semaphore;

/// What one answer costs.
const PRICE: i64 = 20_000;

/// A vendor that answers what it is told to, and counts.
#[derive(Clone, Default)]
struct Vendor {
    says: Arc<Mutex<Vec<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn answer(State(vendor): State<Vendor>, uri: Uri) -> Response {
    vendor.asked.lock().unwrap().push(uri.to_string());
    let mut says = vendor.says.lock().unwrap();
    let (status, body) = if says.len() > 1 { says.remove(0) } else { says[0].clone() };
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if status == 429 {
        response.headers_mut().insert("retry-after", "30".parse().unwrap());
    }
    response
}

impl Vendor {
    async fn start() -> (Self, String) {
        let vendor = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(vendor.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (vendor, base)
    }

    /// These answers in turn, the last again and again; a text as it is.
    fn says(&self, answers: &[(u16, Value)]) {
        let body = |body: &Value| body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        *self.says.lock().unwrap() = answers.iter().map(|(status, said)| (*status, body(said))).collect();
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// A skill that reads what its input says and answers with what it heard. Where the input
/// says so, it waits for the test first, or proposes an effect.
struct Reader(Arc<Manifest>, Arc<Semaphore>);

impl Reader {
    fn new(gate: Arc<Semaphore>) -> Self {
        let sources = [
            "apollo",
            "news",
            "templates",
            "inbox",
            "pipeline",
            "calendar.busy",
            "contact",
            "activities",
            "org",
            "user",
            "budget",
        ];
        let mut rights = sources.map(|source| format!("context:{source}")).to_vec();
        rights.push("effect:crm.log_activity".to_owned());
        let manifest = Arc::new(Manifest {
            name: "reader".into(),
            version: "1.0.0".to_owned(),
            world: WORLD.to_owned(),
            description: "Reads what a test asks for.".to_owned(),
            input_schema: json!({}),
            output_schema: json!({ "type": "object" }),
            rights,
            limits: CallLimits::default(),
            criticality: None,
            skill_md_digest: String::new(),
        });
        Self(manifest, gate)
    }
}

#[async_trait::async_trait]
impl SkillRunner for Reader {
    fn resolve(&self, skill: &SkillName) -> Option<SkillRef> {
        (self.0.name == *skill).then(|| SkillRef {
            name: self.0.name.clone(),
            version: self.0.version.clone(),
            digest: format!("sha256:{}", "2".repeat(64)),
        })
    }

    fn manifest(&self, _: &SkillRef) -> Option<Arc<Manifest>> {
        Some(Arc::clone(&self.0))
    }

    fn check_output(&self, _: &SkillRef, _: &Value) -> Option<Result<(), Mismatch>> {
        Some(Ok(()))
    }

    async fn call(&self, _: &SkillRef, call: Call, _: &RightSet, _: &CallLimits, doors: Arc<dyn Doors>) -> CallReport {
        let mut spend = Spend::default();
        let mut heard = Vec::new();
        if call.input.value()["waits"] == true {
            self.1.acquire().await.unwrap().forget();
        }
        let reads = call.input.value()["reads"].as_array().cloned().unwrap_or_default();
        for read in reads {
            let query = Query {
                source: read["source"].as_str().unwrap().to_owned(),
                params: read["params"].clone(),
                max_bytes: None,
                cursor: None,
            };
            match doors.read(query).await {
                Ok(snapshot) => {
                    spend.money.0 += snapshot.cost.0;
                    let body: Value = serde_json::from_str(&snapshot.body).unwrap();
                    heard.push(json!({ "body": body, "cost": snapshot.cost, "as_of": snapshot.as_of }));
                }
                Err(error) => {
                    spend.money.0 += error.cost.0;
                    heard.push(json!({ "error": error.kind.as_str(), "message": error.message,
                        "retry_after_ms": error.retry_after_ms, "cost": error.cost }));
                    let holds_up = matches!(error.kind, ReadErrorKind::Unavailable | ReadErrorKind::OverBudget);
                    if holds_up && read["needed"] == true {
                        let failure = Failure {
                            kind: FailureKind::Transient,
                            code: "unavailable".to_owned(),
                            message: error.message,
                            retry_after_ms: error.retry_after_ms,
                        };
                        return CallReport::of(Err(CallError::Failed { failure }), spend);
                    }
                }
            }
        }
        let effects = match &call.input.value()["effect"] {
            Value::Null => Vec::new(),
            effect => vec![serde_json::from_value(effect.clone()).unwrap()],
        };
        CallReport::of(Ok(Outcome { output: json!({ "heard": heard }), effects, ..Outcome::default() }), spend)
    }
}

const SEQUENCE: &str = "\
sequence: reading
version: 1
event: email_received
steps:
  one:
    skill: reader
    with:
      reads: event.payload.one
    on_failure: retry
    retry: { attempts: 3, first_ms: 1000, factor: 1.0, max_ms: 60000 }
  two:
    skill: reader
    with:
      reads: event.payload.two
    needs: [one]
    on_failure: continue
";

fn skills() -> Skills {
    skills_of(SEQUENCE, Arc::new(Semaphore::new(0)))
}

fn skills_of(sequence: &str, gate: Arc<Semaphore>) -> Skills {
    let sequence = Arc::new(Sequence::parse("reading.yaml", sequence).unwrap());
    let names: BTreeSet<SkillName> = ["reader".into()].into();
    Skills { runner: Arc::new(Reader::new(gate)), names, sequences: Sequences::of([sequence]), modules: None }
}

/// `apollo` behind a vendor that wants money, and `news` behind one that does not.
fn providers(base: &str, limits: VendorLimits) -> BTreeMap<String, ProviderConfig> {
    let http = |source: &str, price: i64, requests: Value| {
        let requests: Vec<RequestSettings> = serde_json::from_value(requests).unwrap();
        let http = HttpConfig {
            name: format!("{source}.test"),
            price: MicroUsd(price),
            limits,
            timeout: Duration::from_secs(5),
            requests,
        };
        (source.to_owned(), ProviderConfig::Http(http))
    };
    [
        http(
            "apollo",
            PRICE,
            json!([{ "when": ["email"], "url": format!("{base}/match"), "query": { "email": "{email}" },
                     "answer": { "person": { "name": "/name" } } }]),
        ),
        http(
            "news",
            0,
            json!([{ "url": format!("{base}/news"), "answer": { "articles": { "from": "/all", "each": {
                "id": "/id", "title": "/title", "source": "/source", "published_at": "/at", "summary": "/text" } } } }]),
        ),
    ]
    .into()
}

async fn host(base: &str, limits: VendorLimits) -> TestHost {
    let providers = providers(base, limits);
    let adjust = move |config: &mut skillhost_server::config::Config| {
        config.providers = providers;
        config.grants.insert("reader".to_owned(), Grant::Unrestricted);
    };
    TestHost::with(adjust, skills()).await
}

fn person(email: &str) -> Value {
    json!({ "source": "apollo", "params": { "email": email } })
}

fn needed(email: &str) -> Value {
    let mut read = person(email);
    read["needed"] = json!(true);
    read
}

async fn run(host: &TestHost, id: &str, one: Value, two: Value) -> skillhost_server::view::JobView {
    let job = host.raise(&json!({ "message_id": id, "one": one, "two": two })).await;
    host.until(&job, |view| view.status.is_ended()).await
}

async fn standing(host: &TestHost) -> (i64, i64, i64) {
    let (_, budgets) = host.get(REP, "/v1/budgets").await;
    let all = budgets["budgets"].as_array().unwrap();
    let of = all.iter().find(|one| one["scope"] == "org" && one["period"] == "day").cloned().unwrap_or_default();
    let sum = |name: &str| of[name].as_i64().unwrap_or(0);
    (sum("settled"), sum("reserved"), sum("disputed"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_answer_is_asked_for_once_and_every_step_reads_it() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!({ "name": "Mira Holt" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let done = run(
        &host,
        "m1",
        json!([person("Mira@globex.example"), person("mira@globex.example")]),
        json!([person("mira@globex.example")]),
    )
    .await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    // Skills ask in ways that these two descriptions have no request for, and the start says so.
    assert_eq!(host.app.providers.unanswered(), []);
    let heard = &done.outputs["one"]["heard"];
    let body = &heard[0]["body"];
    assert_eq!((&body["person"]["name"], &body["provider"]), (&json!("Mira Holt"), &json!("apollo.test")));
    assert_eq!(body["as_of"], host.clock_now());
    assert_eq!((&heard[0]["cost"], &heard[1]["cost"]), (&json!(PRICE), &json!(0)));
    assert_eq!(done.outputs["two"]["heard"][0]["body"], *body);
    assert_eq!((done.steps[0].money, done.steps[1].money, vendor.asked()), (PRICE, 0, 1));
    assert_eq!(standing(&host).await, (PRICE, 0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_of_a_bill_is_what_becomes_of_its_money() {
    let (vendor, base) = Vendor::start().await;
    let host = host(&base, VendorLimits::default()).await;
    let mut spent = (0, 0, 0);
    for (n, (says, error, cost, more)) in [
        ((404, json!({})), "not-found", 0, (0, 0, 0)),
        ((401, json!({})), "unavailable", 0, (0, 0, 0)),
        // An answer that says nothing, or is of another shape, was given all the same.
        ((200, json!({})), "not-found", PRICE, (PRICE, 0, 0)),
        ((200, json!({ "name": { "first": "Mira" } })), "unavailable", PRICE, (PRICE, 0, 0)),
        ((500, json!({})), "unavailable", PRICE, (0, 0, PRICE)),
        ((200, json!("<html>sign in</html>")), "unavailable", PRICE, (0, 0, PRICE)),
    ]
    .into_iter()
    .enumerate()
    {
        vendor.says(std::slice::from_ref(&says));
        let done = run(&host, &format!("m{n}"), json!([person("a@b.example")]), json!([])).await;
        let heard = &done.outputs["one"]["heard"][0];
        assert_eq!((&heard["error"], &heard["cost"]), (&json!(error), &json!(cost)), "{says:?}: {heard}");
        spent = (spent.0 + more.0, spent.1 + more.1, spent.2 + more.2);
        assert_eq!(standing(&host).await, spent, "{says:?}");
        assert_eq!(done.steps[0].money, cost);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_costs_the_step_that_asked_and_the_next_one_asks_again() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(401, json!({})), (200, json!({ "name": "Mira" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let contact = json!({ "source": "contact", "params": { "contact_id": "c1" } });
    let done = run(&host, "m1", json!([person("a@b.example"), contact]), json!([person("a@b.example")])).await;
    assert_eq!(done.status, JobStatus::Completed);
    let heard = &done.outputs["one"]["heard"];
    assert_eq!((&heard[0]["error"], &heard[1]["body"]["name"]), (&json!("unavailable"), &json!("Mira Holt")));
    assert_eq!(done.outputs["two"]["heard"][0]["body"]["person"]["name"], "Mira");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_that_a_provider_asks_for_is_kept_by_everybody() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(429, json!({})), (200, json!({ "name": "Mira" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let job = host.raise(&json!({ "message_id": "m1", "one": [needed("a@b.example")], "two": [] })).await;
    let waiting = host.until(&job, |view| view.status == JobStatus::Deferred).await;
    assert_eq!((waiting.steps[0].money, standing(&host).await), (0, (0, 0, 0)));
    // Another job does not even ask.
    let other = run(&host, "m2", json!([person("c@d.example")]), json!([])).await;
    let heard = &other.outputs["one"]["heard"][0];
    assert_eq!((&heard["error"], vendor.asked()), (&json!("unavailable"), 1), "{heard}");
    assert!(heard["retry_after_ms"].as_u64().unwrap() <= 30_000, "{heard}");
    host.clock.advance(60_000);
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!((done.status, vendor.asked()), (JobStatus::Completed, 2), "{:?}", done.reason);
    assert_eq!(standing(&host).await, (PRICE, 0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_of_pauses_each_is_kept_and_nothing_is_asked_twice() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(429, json!({})), (429, json!({})), (200, json!({ "name": "Mira" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let raise = async |n: usize| {
        host.raise(&json!({ "message_id": format!("m{n}"), "one": [needed(&format!("p{n}@b.example"))], "two": [] }))
            .await
    };
    // Ended, or put off to a time that is ahead.
    let settled = async |job: &String| loop {
        let row = host.app.store.job(&ORG.into(), &job.as_str().into()).await.unwrap().unwrap().row;
        let waits = row.wake_at.is_some_and(|at| at > host.app.clock.now());
        if row.status.is_ended() || row.status == JobStatus::Deferred && waits {
            return row;
        }
        tokio::task::yield_now().await;
    };
    let first = raise(0).await;
    settled(&first).await;
    let jobs = [first, raise(1).await];
    let mut asked = 0;
    for storm in [true, true, false] {
        let mut open = 0;
        for job in &jobs {
            let row = settled(job).await;
            open += usize::from(!row.status.is_ended());
            assert!(row.status.is_ended() || row.reason.is_some(), "it says why it waits");
        }
        assert_eq!(open > 0, storm);
        assert!(vendor.asked() > asked, "whoever waited for the pause asks after it");
        asked = vendor.asked();
        // Whoever comes in the pause does not ask, and nobody else does.
        if storm {
            // Up to five seconds before its end: within them a call waits for its turn.
            host.clock.advance(24_000);
            let other = run(&host, &format!("other-{asked}"), json!([person("o@b.example")]), json!([])).await;
            assert_eq!(other.outputs["one"]["heard"][0]["error"], "unavailable");
            assert_eq!(vendor.asked(), asked, "nobody runs into the pause");
            host.clock.advance(36_000);
        }
    }
    for job in &jobs {
        assert_eq!(settled(job).await.status, JobStatus::Completed);
    }
    assert_eq!(vendor.asked(), 2 + jobs.len(), "two pauses, and one answer each");
    assert_eq!(standing(&host).await, (2 * PRICE, 0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_holds_questions_back_and_no_money_is_set_aside_for_them() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!({ "name": "Mira" }))]);
    let limits = VendorLimits { rate: Rate::new(1, 1), concurrent: None };
    let host = host(&base, limits).await;
    let reads = json!([person("a@b.example"), person("c@d.example")]);
    let done = run(&host, "m1", reads, json!([])).await;
    let heard = &done.outputs["one"]["heard"];
    assert_eq!((&heard[0]["cost"], &heard[1]["error"]), (&json!(PRICE), &json!("unavailable")));
    assert!(heard[1]["retry_after_ms"].as_u64().unwrap() > 0, "{heard}");
    assert_eq!((vendor.asked(), standing(&host).await), (1, (PRICE, 0, 0)));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_money_the_job_waits_and_goes_on_when_there_is_some() {
    let (vendor, base) = Vendor::start().await;
    vendor.says(&[(200, json!({ "name": "Mira" }))]);
    let host = host(&base, VendorLimits::default()).await;
    let set = async |limit: Value| {
        let body = json!({ "scope": "org", "period": "day", "limit_micro_usd": limit });
        assert_eq!(host.post(ADMIN, "/v1/budgets/set", &body).await.0, 200);
    };
    set(json!(PRICE + 1)).await;
    let reads = json!([needed("a@b.example"), needed("c@d.example")]);
    let job = host.raise(&json!({ "message_id": "m1", "one": reads, "two": [] })).await;
    host.until(&job, |view| view.status == JobStatus::AwaitingBudget).await;
    assert_eq!((vendor.asked(), standing(&host).await), (1, (PRICE, 0, 0)));
    set(Value::Null).await;
    let done = host.until(&job, |view| view.status.is_ended()).await;
    assert_eq!(done.status, JobStatus::Completed, "{:?}", done.reason);
    assert_eq!((vendor.asked(), done.steps[0].money), (2, 2 * PRICE), "the first answer is not paid for twice");
    assert_eq!(standing(&host).await, (2 * PRICE, 0, 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_costs_nothing_needs_no_money_and_what_is_local_needs_no_provider() {
    let (vendor, base) = Vendor::start().await;
    let article = json!({ "id": 7, "title": "Globex raises", "source": "Wire", "at": "2026-11-01", "text": "s" });
    vendor.says(&[(200, json!({ "all": [article, { "id": 8 }] }))]);
    let host = host(&base, VendorLimits::default()).await;
    // A step that may ask for what costs begins with a micro-dollar at the least.
    let body = json!({ "scope": "org", "period": "day", "limit_micro_usd": 1 });
    assert_eq!(host.post(ADMIN, "/v1/budgets/set", &body).await.0, 200);
    let template =
        json!({ "templates": [{ "id": "t1", "org_id": ORG, "kind": "email", "name": "Hello", "updated_at": 0 }] });
    host.app.store.load_data(&template, Timestamp(i64::MAX)).await.unwrap();
    let one = json!([{ "source": "news", "params": { "company": "Globex" } }, { "source": "templates", "params": {} },
        { "source": "templates", "params": { "id": "t9" } }, { "source": "apollo", "params": {} }]);
    let done = run(&host, "m1", one, json!([])).await;
    let heard = &done.outputs["one"]["heard"];
    let articles = heard[0]["body"]["articles"].as_array().unwrap();
    assert_eq!((articles.len(), &articles[0]["id"]), (1, &json!("7")), "what lacks a title is left out");
    assert_eq!(heard[1]["body"][0]["name"], "Hello");
    assert_eq!((&heard[2]["error"], &heard[3]["error"]), (&json!("not-found"), &json!("invalid-params")));
    assert_eq!((standing(&host).await, done.steps[0].money), ((0, 0, 0), 0));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_may_hold_of_days_is_bounded() {
    let host = TestHost::start(|_| {}).await;
    let mail = |n: usize| {
        json!({ "id": format!("e{n}"), "org_id": ORG, "owner_id": REP, "direction": "in", "from": "a@b.example",
            "body": "é".repeat(5_000), "at": host.clock_now() })
    };
    let mails: Vec<Value> = (0..60).map(mail).collect();
    host.app.store.load_data(&json!({ "emails": mails }), Timestamp(i64::MAX)).await.unwrap();
    let doors = JobDoors::new(Arc::clone(&host.app.store), Arc::clone(&host.app.clock), ORG.into(), REP.into());
    let mut refused = None;
    for n in 0..40_i64 {
        let since = Timestamp(0).plus_ms(n).rfc3339();
        let query =
            Query { source: "inbox".to_owned(), params: json!({ "since": since }), max_bytes: None, cursor: None };
        match doors.read(query).await {
            Ok(snapshot) => assert!(snapshot.body.len() > 400_000, "{}", snapshot.body.len()),
            Err(error) => {
                refused = Some((n, error.kind));
                break;
            }
        }
    }
    let (reads, kind) = refused.unwrap();
    assert_eq!(kind, ReadErrorKind::Limit);
    assert!((8..=20).contains(&reads), "eight megabytes of answers of about half of one: {reads}");
    // What is there already is read again, and tier 1 has room of its own.
    for (source, params) in [("inbox", json!({ "since": Timestamp(0).rfc3339() })), ("user", json!({}))] {
        let query = Query { source: source.to_owned(), params, max_bytes: None, cursor: None };
        assert!(doors.read(query).await.is_ok(), "{source}");
    }
    host.stop().await;
}

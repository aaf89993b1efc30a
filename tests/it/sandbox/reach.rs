//! Reaching out of the sandbox: HTTP, directories, secrets, with a real guest
//! and real servers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::fetch::{FetchConfig, Fetcher};
use skillhost_connectors::egress::secret::{BoundSecret, Secrets};
use skillhost_engine::canonical::sha256;
use skillhost_engine::context::{Doors, Query, ReadError, ReadErrorKind, Snapshot};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::limits::CallLimits;
use skillhost_engine::rights::{Right, RightSet};
use skillhost_engine::skill::{CallError, CallReport, Door, SkillRunner};
use skillhost_sandbox::{
    FilesConfig, LoadError, MAX_NAMED_ENTRIES, MAX_SCRATCH_BYTES, MAX_SCRATCH_ENTRIES, Registry, Sandbox,
    SandboxConfig, SandboxRunner, embed_manifest,
};
use skillhost_tests::guests::guest;
use skillhost_tests::web::Web;

use super::setting::{call, described, finished};

const TOKEN: &str = "t0ken-of-the-crm-1234567890";

/// Fetches for real, or answers from what was kept, as a replay does.
enum Outside {
    Web(Box<Fetcher>),
    Kept(String),
}

#[async_trait::async_trait]
impl Doors for Outside {
    async fn read(&self, _: Query) -> Result<Snapshot, ReadError> {
        Err(ReadError::new(ReadErrorKind::NotFound, "nothing"))
    }

    async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        match self {
            Self::Web(fetcher) => fetcher.fetch(fetch, rights).await,
            Self::Kept(json) => serde_json::from_str(json)
                .map_err(|error| FetchError { kind: FetchErrorKind::Unavailable, message: error.to_string() }),
        }
    }
}

fn rights(texts: &[&str]) -> RightSet {
    texts.iter().map(|text| text.parse::<Right>().unwrap()).collect()
}

struct Reach {
    runner: SandboxRunner,
    web: Web,
    folder: tempfile::TempDir,
}

impl Reach {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join("scratch");
        let named = folder.path().join("templates");
        std::fs::create_dir(&scratch).unwrap();
        std::fs::create_dir(&named).unwrap();
        std::fs::write(folder.path().join("outside.txt"), "not for guests").unwrap();
        std::fs::write(named.join("offer.txt"), "Dear {{name}}").unwrap();
        for (target, name) in [("../outside.txt", "link.txt"), ("..", "linked"), ("/", "up")] {
            std::os::unix::fs::symlink(target, named.join(name)).unwrap();
        }
        let files = FilesConfig { scratch: Some(scratch), named: [("templates".to_owned(), named)].into() };
        let sandbox = Sandbox::new(SandboxConfig { concurrency: 4, cache: None }).unwrap().with_files(files);
        let sandbox = Arc::new(sandbox);
        let registry = Arc::new(Registry::new());
        registry.activate(sandbox.load(&finished(&sandbox, "reach").await).unwrap());
        Self { runner: SandboxRunner::new(sandbox, registry), web: Web::start().await, folder }
    }

    fn outside(&self) -> Outside {
        let secret = BoundSecret {
            host: self.web.authority(),
            header: "authorization".into(),
            value: SecretString::from(TOKEN),
        };
        let secrets = Secrets::new(BTreeMap::from([("crm".to_owned(), secret)])).unwrap();
        let config = FetchConfig { allow_private: [self.web.address].into(), ..FetchConfig::default() };
        Outside::Web(Box::new(Fetcher::new(config, secrets).unwrap()))
    }

    async fn run(&self, input: Value, rights: &RightSet, limits: &CallLimits, outside: Outside) -> CallReport {
        let skill = self.runner.resolve(&"reach".into()).unwrap();
        self.runner.call(&skill, call("call_1", input), rights, limits, Arc::new(outside)).await
    }

    async fn call(&self, input: Value, rights: &RightSet) -> CallReport {
        self.run(input, rights, &CallLimits::default(), self.outside()).await
    }

    fn fetching(&self, path: &str) -> Value {
        json!({ "mode": "fetch", "authority": self.web.authority(), "path": path })
    }

    fn own(&self, path: &str) -> String {
        format!("http:{}{path}", self.web.authority())
    }
}

fn output(report: &CallReport) -> &Value {
    &report.result.as_ref().unwrap().output
}

#[tokio::test]
async fn a_fetch_is_answered_recorded_and_answered_again_from_its_record() {
    let reach = Reach::new().await;
    let may = rights(&[&reach.own("/")]);
    let mut input = reach.fetching("/page?secret=1");
    input["quote"] = json!("We agreed on \"the pilot\".");
    let report = reach.call(input.clone(), &may).await;
    assert_eq!(output(&report)["status"], 200, "{report:?}");
    assert_eq!(output(&report)["body"], "We agreed on \"the pilot\".");
    let [read] = report.reads.as_slice() else { panic!("{:?}", report.reads) };
    assert_eq!((read.door, read.read_id.as_str()), (Door::Http, "r1"));
    assert_eq!(read.source, reach.web.url("/page"), "without its query");
    let [answer] = report.answers.as_slice() else { panic!("one answer") };
    assert_eq!(read.digest.as_deref(), Some(sha256(answer.body.as_bytes()).as_str()));
    assert_eq!((report.spend.host_calls, u64::try_from(report.spend.read_bytes).unwrap()), (1, read.bytes));
    let kept = answer.body.to_string();
    let again = reach.run(input, &may, &CallLimits::default(), Outside::Kept(kept)).await;
    assert_eq!((&again.result, &again.reads, &again.answers), (&report.result, &report.reads, &report.answers));
    assert_eq!(again.spend.fuel, report.spend.fuel, "the same answers cost the same");
    assert_eq!(reach.web.heads().len(), 1, "nothing was sent for it");
}

#[tokio::test]
async fn an_undeclared_address_a_dropped_right_and_another_method_are_denied_and_recorded() {
    let reach = Reach::new().await;
    let below = rights(&[&reach.own("/v1")]);
    for (path, right) in [("/admin", reach.own("/admin")), ("/v10", reach.own("/v10"))] {
        let report = reach.call(reach.fetching(path), &below).await;
        assert!(output(&report)["error"].as_str().unwrap().contains("HttpRequestDenied"), "{report:?}");
        assert_eq!(report.denials, [right]);
        assert_eq!((report.reads[0].refusal.as_deref(), report.reads[0].digest.clone()), (Some("denied"), None));
    }
    let dropped = reach.call(reach.fetching("/v1"), &RightSet::default()).await;
    assert_eq!(dropped.denials, [reach.own("/v1")]);
    for method in ["POST", "DELETE", "CONNECT"] {
        let mut input = reach.fetching("/v1");
        input["method"] = json!(method);
        let report = reach.call(input, &below).await;
        assert_eq!(report.denials, ["effect:http.request"], "{method}: {report:?}");
    }
    for path in ["/v1/../admin", "/v1/%2e%2e/admin", "/v1//admin", "/v1/..%2fadmin"] {
        let report = reach.call(reach.fetching(path), &below).await;
        assert!(output(&report)["error"].is_string(), "{path}: {report:?}");
        assert!(report.reads.iter().all(|read| read.digest.is_none()));
    }
    assert_eq!(reach.web.heads(), Vec::<String>::new(), "nothing arrived");
}

#[tokio::test]
async fn redirects_and_foreign_spellings_are_refused_to_a_guest_too() {
    let reach = Reach::new().await;
    let may = rights(&[&reach.own("/"), "http:169.254.169.254:80/", "http:[::ffff:127.0.0.1]:80/"]);
    let report = reach.call(reach.fetching("/to?http://169.254.169.254/latest"), &may).await;
    assert!(output(&report)["error"].as_str().unwrap().contains("DestinationIpProhibited"), "{report:?}");
    assert_eq!(report.reads[0].refusal.as_deref(), Some("forbidden"));
    let report = reach.call(reach.fetching("/to?https://evil.example/"), &may).await;
    assert_eq!(report.reads[0].refusal.as_deref(), Some("denied"));
    assert!(report.denials[0].contains("`http:evil.example/`"), "{:?}", report.denials);
    let mapped = json!({ "mode": "fetch", "authority": "[::ffff:127.0.0.1]:80", "path": "/" });
    let report = reach.call(mapped, &may).await;
    assert!(output(&report)["error"].as_str().unwrap().contains("DestinationIpProhibited"), "{report:?}");
    let mut smuggled = reach.fetching("/");
    smuggled["headers"] = json!({ "x-a": "1\r\nhost: evil.example" });
    let report = reach.call(smuggled, &may).await;
    assert!(output(&report)["error"].is_string(), "{report:?}");
    for name in ["authorization", "cookie", "proxy-authorization", "content-length", "x-forwarded-for"] {
        let mut input = reach.fetching("/echo");
        input["headers"] = json!({ name: "7" });
        let report = reach.call(input, &may).await;
        assert!(output(&report)["error"].is_string(), "{name}: {report:?}");
    }
    assert_eq!(reach.web.heads().len(), 2, "the two that redirected");
}

#[tokio::test]
async fn fetches_are_counted_priced_and_bounded() {
    let reach = Reach::new().await;
    let may = rights(&[&reach.own("/")]);
    let mut many = reach.fetching("/page");
    many["mode"] = json!("fetches");
    many["times"] = json!(40);
    let report = reach.call(many.clone(), &may).await;
    assert_eq!(output(&report)["answered"], 32);
    assert!(output(&report)["last"]["error"].as_str().unwrap().contains("ConnectionLimitReached"), "{report:?}");
    let few = CallLimits { host_calls: Some(2), ..CallLimits::default() };
    let report = reach.run(many.clone(), &may, &few, reach.outside()).await;
    assert_eq!((&output(&report)["answered"], report.spend.host_calls), (&json!(2), 2));
    let small = CallLimits { read_bytes: Some(100), ..CallLimits::default() };
    let report = reach.run(reach.fetching("/page"), &may, &small, reach.outside()).await;
    assert_eq!((report.reads[0].refusal.as_deref(), report.spend.read_bytes), (Some("limit"), 0));
    let sent = reach.web.heads().len();
    let poor = CallLimits { fuel: Some(90_000), ..CallLimits::default() };
    let report = reach.run(reach.fetching("/page"), &may, &poor, reach.outside()).await;
    assert_eq!(report.result, Err(CallError::OutOfFuel { limit: 90_000 }));
    assert_eq!(reach.web.heads().len(), sent, "refused before the work");
}

#[tokio::test]
async fn the_deadline_holds_while_a_server_drips() {
    let reach = Reach::new().await;
    let short = CallLimits { wall_ms: Some(200), ..CallLimits::default() };
    let report = reach.run(reach.fetching("/drip"), &rights(&[&reach.own("/")]), &short, reach.outside()).await;
    assert_eq!(report.result, Err(CallError::Timeout { limit_ms: 200 }));
}

#[tokio::test]
async fn an_echo_service_gives_no_secret_back() {
    let reach = Reach::new().await;
    let mut input = reach.fetching("/echo");
    input["headers"] = json!({ "authorization": "Bearer {{secret:crm}}" });
    let report = reach.call(input.clone(), &rights(&[&reach.own("/"), "secret:crm"])).await;
    assert!(reach.web.heads()[0].contains(TOKEN), "it was used");
    assert!(output(&report)["body"].as_str().unwrap().contains("Bearer {{secret:crm}}"), "{report:?}");
    assert_eq!(output(&report)["headers"]["x-echo"], "Bearer {{secret:crm}}");
    // Output, records, bodies of a replay, logs, denials: it is nowhere.
    let everything = format!("{report:?}");
    for spelling in [TOKEN.to_owned(), hex::encode(TOKEN)] {
        assert!(!everything.contains(&spelling));
    }
    let report = reach.call(input, &rights(&[&reach.own("/")])).await;
    assert!(report.denials[0].contains("`secret:crm`"), "{:?}", report.denials);
    assert_eq!(reach.web.heads().len(), 1, "without the right nothing leaves");
}

#[tokio::test]
async fn scratch_is_empty_at_every_call_and_gone_after_it() {
    let reach = Reach::new().await;
    let may = rights(&["fs:scratch"]);
    let first = reach.call(json!({ "mode": "scratch" }), &may).await;
    let wanted = json!({
        "before": [], "made": "done", "written": "done", "read": "kept for a moment", "names": ["a", "b"],
        "length": 17, "modified": 0, "symlink": output(&first)["symlink"], "hardlink": "PermissionDenied",
        "above": output(&first)["above"], "renamed_out": output(&first)["renamed_out"],
    });
    assert_eq!(output(&first), &wanted);
    for way_out in ["symlink", "above", "renamed_out"] {
        assert_ne!(output(&first)[way_out], "done", "{way_out}");
    }
    assert_eq!(std::fs::read_dir(reach.folder.path().join("scratch")).unwrap().count(), 0, "removed");
    assert!(!reach.folder.path().join("above.txt").exists() && !reach.folder.path().join("scratch/above.txt").exists());
    let second = reach.call(json!({ "mode": "scratch" }), &may).await;
    assert_eq!(output(&second), output(&first));
    let none = reach.call(json!({ "mode": "scratch" }), &RightSet::default()).await;
    assert_ne!(output(&none)["written"], "done", "without the right there is no directory");
}

#[tokio::test]
async fn scratch_is_bounded_in_bytes_and_entries() {
    let reach = Reach::new().await;
    let may = rights(&["fs:scratch"]);
    let report = reach.call(json!({ "mode": "fill" }), &may).await;
    assert!(output(&report)["mebibytes"].as_u64().unwrap() <= MAX_SCRATCH_BYTES >> 20, "{report:?}");
    assert!(output(&report)["mebibytes"].as_u64().unwrap() >= (MAX_SCRATCH_BYTES >> 20) - 1, "{report:?}");
    assert_ne!(output(&report)["ended"], "done");
    assert_ne!(output(&report)["grown"], "done");
    let report = reach.call(json!({ "mode": "many" }), &may).await;
    assert_eq!(output(&report)["made"], MAX_SCRATCH_ENTRIES);
}

#[tokio::test]
async fn a_named_directory_is_read_only_and_has_no_way_out() {
    let reach = Reach::new().await;
    let report = reach.call(json!({ "mode": "named", "name": "templates" }), &rights(&["fs:templates"])).await;
    let said = output(&report);
    assert_eq!(said["offer"], "Dear {{name}}");
    assert_eq!(said["names"], json!(["link.txt", "linked", "offer.txt", "up"]));
    for change in ["write", "change", "remove", "make"] {
        assert_ne!(said[change], "done", "{change}");
    }
    assert_eq!(said["escapes"], json!({}), "no path and no link leads out");
    let templates = reach.folder.path().join("templates");
    assert_eq!(std::fs::read_to_string(templates.join("offer.txt")).unwrap(), "Dear {{name}}");
    assert!(!templates.join("new.txt").exists() && !Path::new(&templates).join("folder").exists());
    let of = |report: &CallReport| (report.reads[0].source.clone(), report.reads[0].digest.clone().unwrap());
    let (source, before) = of(&report);
    assert_eq!((source.as_str(), report.reads[0].door), ("fs:templates", Door::Files));
    let may = rights(&["fs:templates"]);
    let again = || reach.call(json!({ "mode": "named", "name": "templates" }), &may);
    assert_eq!(of(&again().await).1, before, "the same content, the same digest");
    std::fs::write(templates.join("offer.txt"), "Dear {{nobody}}").unwrap();
    let changed = of(&again().await).1;
    assert_ne!(changed, before);
    std::fs::rename(templates.join("offer.txt"), templates.join("other.txt")).unwrap();
    assert_ne!(of(&again().await).1, changed, "a name counts too");
    for number in 0..=MAX_NAMED_ENTRIES {
        std::fs::write(templates.join(format!("{number}")), "").unwrap();
    }
    let error = again().await.result.unwrap_err().to_string();
    assert!(error.contains("a smaller one"), "{error}");
    let report = reach.call(json!({ "mode": "named", "name": "other" }), &rights(&["fs:other"])).await;
    assert!(matches!(report.result, Err(CallError::Host { .. })), "nobody configured it: {report:?}");
}

/// Opening is part of the call's time: what it had of none left is not handed over.
#[tokio::test]
async fn a_named_directory_is_opened_within_the_deadline() {
    let reach = Reach::new().await;
    let (large, may) = (reach.folder.path().join("templates/large"), rights(&["fs:templates"]));
    std::fs::write(large, vec![b'x'; 8 << 20]).unwrap();
    let limits = CallLimits { wall_ms: Some(0), ..CallLimits::default() };
    let input = json!({ "mode": "named", "name": "templates" });
    let late = reach.run(input.clone(), &may, &limits, reach.outside()).await;
    assert!(matches!(late.result, Err(CallError::Timeout { limit_ms: 0 })), "{late:?}");
    assert_eq!((late.reads.len(), late.spend.fuel), (0, 0), "it was not opened by then");
    assert_eq!(reach.call(input, &may).await.reads.len(), 1);
}

#[tokio::test]
async fn http_without_a_right_is_refused_at_install() {
    let sandbox = Sandbox::new(SandboxConfig { concurrency: 1, cache: None }).unwrap();
    let mut manifest = described(&sandbox, "reach").await;
    manifest.rights.retain(|right| !right.starts_with("http:"));
    let bytes = embed_manifest(guest("reach"), &manifest).unwrap();
    let error = sandbox.load(&bytes).unwrap_err();
    assert!(
        matches!(&error, LoadError::RefusedImport { import, reason }
        if import.starts_with("wasi:http/") && reason.contains("`http:` right")),
        "{error:?}"
    );
    for wide in ["http:*.example.com/", "context:*", "fs:*", "secret:*"] {
        let mut manifest = manifest.clone();
        manifest.rights.push(wide.to_owned());
        let error = embed_manifest(guest("reach"), &manifest).unwrap_err();
        assert!(error.to_string().contains("exact rights"), "{error}");
    }
}

#[tokio::test]
async fn an_org_wide_read_needs_its_own_right() {
    let reach = Reach::new().await;
    let ask = json!({ "mode": "read", "source": "deal@org", "params": { "deal_id": "d1" } });
    let report = reach.call(ask.clone(), &rights(&["context:deal"])).await;
    assert_eq!(report.denials, ["context:deal@org"]);
    let report = reach.call(ask, &rights(&["context:deal@org"])).await;
    assert_eq!((report.denials.len(), report.reads[0].source.as_str()), (0, "deal@org"));
}

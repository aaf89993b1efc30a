//! Every place where the host enters a module, and every shape a result can have
//! that is no result: each ends in a typed error, within its limits, and the
//! sandbox serves the next call.

use std::sync::Arc;

use serde_json::json;
use skillhost_engine::context::Doors;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::skill::{CallError, CallReport, SkillRunner};
use skillhost_sandbox::{LoadError, Registry, SandboxRunner, embed_manifest};
use skillhost_tests::wat_guests::{EMPTY_OBJECT, WatGuest};

use super::setting::{Notes, Setting, call, described};

const SPIN: &str = "(call $spin)";
/// Enough for an honest guest of this kind, and soon burned by another.
const FUEL: u64 = 50_000_000;

/// Reads `notes` through the context door into memory at 256.
const READ: &str = r#"(import "skillhost:skill/context@0.1.0" "read"
    (func $read (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#;
const ASK: &str = "(call $read (i32.const 16) (i32.const 5) (i32.const 32) (i32.const 2)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 256))";
const NOTES: &str = r#"(data (i32.const 16) "notes")"#;

async fn component(setting: &Setting, guest: &WatGuest, rights: &[&str]) -> Vec<u8> {
    let mut manifest = described(&setting.sandbox, "echo").await;
    manifest.name = "written".into();
    manifest.rights = rights.iter().map(|right| (*right).to_owned()).collect();
    manifest.input_schema = json!({});
    manifest.output_schema = json!({});
    embed_manifest(&guest.component(), &manifest).unwrap()
}

async fn run(setting: &Setting, guest: &WatGuest, rights: &[&str], limits: &CallLimits) -> CallReport {
    let module = setting.sandbox.load(&component(setting, guest, rights).await).unwrap();
    let registry = Arc::new(Registry::new());
    registry.activate(Arc::clone(&module));
    let runner = SandboxRunner::new(Arc::clone(&setting.sandbox), registry);
    let doors: Arc<dyn Doors> = Arc::new(Notes);
    runner.call(&module.skill_ref, call("call_1", json!({})), &setting.rights, limits, doors).await
}

fn fuelled() -> CallLimits {
    CallLimits { fuel: Some(FUEL), ..CallLimits::default() }
}

/// The sandbox is as good as new.
async fn serves(setting: &Setting) {
    let report = setting.call("echo", json!({ "text": "still here" }), &CallLimits::default()).await;
    assert!(report.result.is_ok(), "{report:?}");
}

#[tokio::test]
async fn a_guest_in_text_form_works_when_it_behaves() {
    let setting = Setting::new().await;
    let report = run(&setting, &WatGuest::default(), &[], &fuelled()).await;
    assert_eq!(report.result.unwrap().output, json!({}));
    let reads = WatGuest {
        imports: READ.to_owned(),
        run: format!("{ASK} (i32.const 64)"),
        rest: NOTES.to_owned(),
        ..WatGuest::default()
    };
    let report = run(&setting, &reads, &["context:notes"], &fuelled()).await;
    assert_eq!(report.reads.len(), 1);
    assert!(report.result.is_ok(), "{report:?}");
}

#[tokio::test]
async fn a_loop_wherever_the_host_enters_ends_by_fuel_and_by_time() {
    let setting = Setting::new().await;
    let start = WatGuest { rest: "(start $spin)".to_owned(), ..WatGuest::default() };
    let work = WatGuest { run: format!("{SPIN} (i32.const 64)"), ..WatGuest::default() };
    // Called while the host writes the call's own arguments into the guest.
    let arguments = WatGuest { realloc: format!("{SPIN} (i32.const 4096)"), ..WatGuest::default() };
    // Called while the host writes a door's answer into the guest.
    let answer = WatGuest {
        imports: READ.to_owned(),
        run: format!("(global.set $asked (i32.const 1)) {ASK} (i32.const 64)"),
        realloc: format!(
            "(if (global.get $asked) (then {SPIN})) {}",
            WatGuest::default().realloc.replace("(local $at i32)", "")
        )
        .replacen("(if", "(local $at i32) (if", 1),
        rest: format!("{NOTES} (global $asked (mut i32) (i32.const 0))"),
        ..WatGuest::default()
    };
    let after_answer = WatGuest {
        imports: READ.to_owned(),
        run: format!("{ASK} {SPIN} (i32.const 64)"),
        rest: NOTES.to_owned(),
        ..WatGuest::default()
    };
    let after_result = WatGuest { post: SPIN.to_owned(), ..WatGuest::default() };
    for (place, guest) in [
        ("start", start),
        ("run", work),
        ("arguments", arguments),
        ("answer", answer),
        ("after an answer", after_answer),
        ("after the result", after_result),
    ] {
        let rights: &[&str] = if guest.imports.is_empty() { &[] } else { &["context:notes"] };
        let report = run(&setting, &guest, rights, &fuelled()).await;
        assert_eq!(report.result, Err(CallError::OutOfFuel { limit: FUEL }), "{place}");
        assert_eq!(report.spend.fuel, i64::try_from(FUEL).unwrap(), "{place}: all of it is charged");
        let timed = CallLimits { fuel: Some(u64::MAX >> 1), wall_ms: Some(60), ..CallLimits::default() };
        let report = run(&setting, &guest, rights, &timed).await;
        assert_eq!(report.result, Err(CallError::Timeout { limit_ms: 60 }), "{place}");
        assert!(report.spend.fuel > 0, "{place}: a timeout pays too");
    }
    serves(&setting).await;
}

#[tokio::test]
async fn a_trap_wherever_the_host_enters_is_a_trap() {
    let setting = Setting::new().await;
    let dead = "(unreachable)".to_owned();
    let guests = [
        ("start", WatGuest { rest: "(func $dead (unreachable)) (start $dead)".to_owned(), ..WatGuest::default() }),
        ("run", WatGuest { run: dead.clone(), ..WatGuest::default() }),
        ("realloc", WatGuest { realloc: dead.clone(), ..WatGuest::default() }),
        ("post", WatGuest { post: dead.clone(), ..WatGuest::default() }),
        ("outside of memory", WatGuest { realloc: "(i32.const 0x7ffffff0)".to_owned(), ..WatGuest::default() }),
        ("nowhere", WatGuest { realloc: "(i32.const -1)".to_owned(), ..WatGuest::default() }),
    ];
    for (place, guest) in guests {
        let report = run(&setting, &guest, &[], &fuelled()).await;
        assert!(matches!(report.result, Err(CallError::Trap { .. })), "{place}: {:?}", report.result);
    }
    serves(&setting).await;
}

#[tokio::test]
async fn a_result_that_is_none_is_a_trap() {
    let setting = Setting::new().await;
    // Each writes over the well-formed result at 64 and returns its place.
    let patched = |at: u32, value: u32| format!("(i32.store (i32.const {at}) (i32.const {value})) (i32.const 64)");
    let bad = [
        ("no such case", patched(64, 7)),
        (
            "a text that is not UTF-8",
            format!("(i32.store8 (i32.const {EMPTY_OBJECT}) (i32.const 0xff)) (i32.const 64)"),
        ),
        ("half a character", format!("(i32.store16 (i32.const {EMPTY_OBJECT}) (i32.const 0x7dc3)) (i32.const 64)")),
        ("a text outside of memory", patched(68, 0xffff_fff0)),
        ("a text that wraps around", patched(72, 0xffff_ffff)),
        ("a text beyond the end", patched(72, 0x0002_0000)),
        ("a list of four billion", patched(64 + 4 + 8 + 12 + 4, 0xffff_ffff)),
        ("a result outside of memory", "(i32.const 0x7ffffff0)".to_owned()),
        ("a result that is not aligned", "(i32.const 65)".to_owned()),
    ];
    for (shape, run_body) in bad {
        let guest = WatGuest { run: run_body, ..WatGuest::default() };
        let report = run(&setting, &guest, &[], &fuelled()).await;
        let typed = matches!(report.result, Err(CallError::Trap { .. } | CallError::OutcomeTooLarge { .. }));
        assert!(typed, "{shape}: {:?}", report.result);
    }
    serves(&setting).await;
}

#[tokio::test]
async fn a_description_that_never_comes_or_is_none_is_refused() {
    let setting = Setting::new().await;
    let bad = [
        ("a loop", format!("{SPIN} (i32.const 48)"), ""),
        ("a trap", "(unreachable)".to_owned(), ""),
        ("not UTF-8", format!("(i32.store8 (i32.const {EMPTY_OBJECT}) (i32.const 0xff)) (i32.const 48)"), ""),
        ("outside of memory", "(i32.const -4)".to_owned(), ""),
        ("no JSON", "(i32.store8 (i32.const 33) (i32.const 32)) (i32.const 48)".to_owned(), ""),
        ("a loop before it", "(i32.const 48)".to_owned(), "(start $spin)"),
    ];
    for (what, describe, rest) in bad {
        let guest = WatGuest { describe, rest: rest.to_owned(), ..WatGuest::default() };
        let error = setting.sandbox.describe(&guest.component()).await.unwrap_err();
        assert!(matches!(error, LoadError::Describe { .. }), "{what}: {error:?}");
        // A module with a section is held against it before it may serve.
        let whole = component(&setting, &guest, &[]).await;
        assert!(setting.sandbox.check_description(&whole).await.is_err(), "{what}");
    }
    assert_eq!(setting.sandbox.describe(&WatGuest::default().component()).await.unwrap(), json!({}));
    serves(&setting).await;
}

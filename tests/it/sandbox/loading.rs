//! What is refused at load, the compiled cache, and the swap.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::rights::RightSet;
use skillhost_engine::skill::{MANIFEST_SECTION, SkillRunner};
use skillhost_sandbox::{
    CacheConfig, LoadError, Registry, Sandbox, SandboxConfig, SandboxRunner, bench_call, embed_manifest, key_file,
    read_manifest,
};
use skillhost_tests::guests::guest;
use skillhost_tests::process::replace;
use wasm_encoder::{
    Component, ComponentSectionId, CustomSection, Encode, Module, ModuleSection, NestedComponentSection,
};

use super::setting::{Notes, Setting, call, described, finished};

fn with_section(component: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    bytes.push(ComponentSectionId::CoreCustom as u8);
    CustomSection { name: MANIFEST_SECTION.into(), data: data.into() }.encode(&mut bytes);
    bytes
}

fn refusal(setting: &Setting, bytes: &[u8]) -> LoadError {
    let error = setting.sandbox.load(bytes).unwrap_err();
    assert!(!error.hint().is_empty());
    error
}

#[tokio::test]
async fn bad_binaries_say_what_is_wrong() {
    let setting = Setting::new().await;
    let raw = guest("echo");
    let good = finished(&setting.sandbox, "echo").await;
    let manifest = described(&setting.sandbox, "echo").await;

    assert_eq!(refusal(&setting, b"hello"), LoadError::NotWasm { bytes: 5 });
    assert_eq!(refusal(&setting, b""), LoadError::NotWasm { bytes: 0 });
    assert_eq!(refusal(&setting, &Module::new().finish()), LoadError::CoreModule);
    assert!(matches!(refusal(&setting, &good[..good.len() / 2]), LoadError::Malformed { .. }));
    assert!(matches!(refusal(&setting, &Component::new().finish()), LoadError::MissingExport { .. }));
    assert_eq!(refusal(&setting, raw), LoadError::NoManifest { section: MANIFEST_SECTION });
    let twice = with_section(&good, b"{}");
    assert_eq!(refusal(&setting, &twice), LoadError::SeveralManifests { section: MANIFEST_SECTION, count: 2 });
    assert!(matches!(embed_manifest(&good, &manifest), Err(LoadError::SeveralManifests { .. })));
    assert!(matches!(refusal(&setting, &with_section(raw, b"{")), LoadError::BadManifest { .. }));
    let mut huge = raw.to_vec();
    huge.resize(skillhost_sandbox::MAX_COMPONENT_BYTES + 1, 0);
    assert!(matches!(refusal(&setting, &huge), LoadError::TooLarge { .. }));
}

#[tokio::test]
async fn a_nested_manifest_does_not_count() {
    let setting = Setting::new().await;
    let mut module = Module::new();
    module.section(&CustomSection { name: MANIFEST_SECTION.into(), data: b"{}".as_slice().into() });
    let mut bytes = guest("echo").to_vec();
    let section = ModuleSection(&module);
    bytes.push(ComponentSectionId::CoreModule as u8);
    section.encode(&mut bytes);
    assert_eq!(refusal(&setting, &bytes), LoadError::NestedManifest { section: MANIFEST_SECTION });
    // With a real one beside it, the nested one is ignored.
    let manifest = described(&setting.sandbox, "echo").await;
    let both = with_section(&bytes, serde_json::to_string(&manifest).unwrap().as_bytes());
    assert_eq!(read_manifest(&both).unwrap(), manifest);

    let mut component = Component::new();
    component.section(&CustomSection { name: MANIFEST_SECTION.into(), data: b"{}".as_slice().into() });
    let mut bytes = guest("echo").to_vec();
    bytes.push(ComponentSectionId::Component as u8);
    NestedComponentSection(&component).encode(&mut bytes);
    assert_eq!(refusal(&setting, &bytes), LoadError::NestedManifest { section: MANIFEST_SECTION });
}

#[tokio::test]
async fn another_world_is_named() {
    let setting = Setting::new().await;
    let mut manifest = serde_json::to_value(described(&setting.sandbox, "echo").await).unwrap();
    manifest["world"] = json!("skillhost:skill@9.0.0");
    let bytes = with_section(guest("echo"), manifest.to_string().as_bytes());
    let LoadError::WrongWorld { found, .. } = refusal(&setting, &bytes) else { panic!("the world is wrong") };
    assert_eq!(found, "skillhost:skill@9.0.0");
    // A component built for another version exports and imports other names.
    let text = |bytes: &[u8], from: &str, to: &str| {
        let (from, to) = (from.as_bytes(), to.as_bytes());
        let mut bytes = bytes.to_vec();
        for at in 0..bytes.len().saturating_sub(from.len()) {
            if bytes[at..].starts_with(from) {
                bytes[at..at + to.len()].copy_from_slice(to);
            }
        }
        bytes
    };
    let later = text(guest("echo"), "skillhost:skill/work@0.1.0", "skillhost:skill/work@0.2.0");
    assert!(matches!(refusal(&setting, &later), LoadError::WrongWorld { .. }));
    let sockets = text(guest("echo"), "wasi:clocks/", "wasi:socket/");
    assert!(matches!(refusal(&setting, &sockets), LoadError::UnknownImport { .. } | LoadError::NoManifest { .. }));
}

#[tokio::test]
async fn a_manifest_that_lies_about_its_imports_is_refused() {
    let setting = Setting::new().await;
    for (guest_name, kept, family) in [
        ("echo", vec![], "context"),
        ("hostile", vec!["context:notes"], "llm"),
        ("hostile", vec!["llm:fast"], "context"),
    ] {
        let mut manifest = described(&setting.sandbox, guest_name).await;
        manifest.rights = kept.into_iter().map(str::to_owned).collect();
        let bytes = embed_manifest(guest(guest_name), &manifest).unwrap();
        let LoadError::LyingManifest { family: found, .. } = refusal(&setting, &bytes) else { panic!("{family}") };
        assert_eq!(found, family);
    }
}

#[tokio::test]
async fn every_field_of_a_manifest_is_checked() {
    let setting = Setting::new().await;
    let good = serde_json::to_value(described(&setting.sandbox, "echo").await).unwrap();
    for (pointer, value) in [
        ("/name", json!("Not A Name")),
        ("/version", json!("one")),
        ("/description", json!("")),
        ("/rights/0", json!("context:*")),
        ("/rights/0", json!("root")),
        ("/input_schema", json!({"type": "nonsense"})),
        ("/output_schema", json!({"$ref": "https://example.org/schema.json"})),
        ("/skill_md_digest", json!("sha256:short")),
        ("/criticality", json!("whatever")),
    ] {
        let mut bad = good.clone();
        match bad.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => bad[pointer.trim_start_matches('/')] = value,
        }
        let bytes = with_section(guest("echo"), bad.to_string().as_bytes());
        let LoadError::BadManifest { pointer: found, .. } = refusal(&setting, &bytes) else { panic!("{pointer}") };
        assert_eq!(found, pointer);
    }
}

#[tokio::test]
async fn a_description_must_equal_the_section() {
    let setting = Setting::new().await;
    let mut manifest = described(&setting.sandbox, "echo").await;
    let honest = embed_manifest(guest("echo"), &manifest).unwrap();
    assert_eq!(setting.sandbox.check_description(&honest).await.unwrap(), manifest);
    manifest.version = "1.0.1".into();
    let other = embed_manifest(guest("echo"), &manifest).unwrap();
    assert_eq!(
        setting.sandbox.check_description(&other).await.unwrap_err(),
        LoadError::Differs { pointer: "/version".into() }
    );
}

fn cached(dir: &std::path::Path, key: [u8; 32]) -> Sandbox {
    let cache = CacheConfig { dir: dir.to_owned(), key };
    Sandbox::new(SandboxConfig { concurrency: 2, cache: Some(cache) }).unwrap()
}

fn artifacts(dir: &std::path::Path) -> Vec<PathBuf> {
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "aot"))
        .collect()
}

#[tokio::test]
async fn only_our_own_artifacts_are_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = cached(dir.path(), [7; 32]);
    let bytes = finished(&sandbox, "echo").await;
    sandbox.load(&bytes).unwrap();
    let files = artifacts(dir.path());
    let [file] = files.as_slice() else { panic!("one artifact, not {files:?}") };
    let good = std::fs::read(file).unwrap();
    // A byte anywhere: magic, header, MAC, code; and a cut file; and a foreign key.
    let flip = |at: usize| {
        let mut bad = good.clone();
        bad[at] ^= 1;
        bad
    };
    for bad in
        [flip(0), flip(20), flip(60), flip(90), flip(good.len() / 2), flip(good.len() - 1), good[..50].to_vec(), vec![]]
    {
        replace(file, &bad);
        cached(dir.path(), [7; 32]).load(&bytes).unwrap();
        assert_eq!(std::fs::read(file).unwrap(), good, "it was compiled anew and replaced");
    }
    cached(dir.path(), [8; 32]).load(&bytes).unwrap();
    assert_ne!(std::fs::read(file).unwrap(), good, "another key does not take it");
}

/// Whether the file is part of this process's memory.
fn is_mapped(file: &std::path::Path) -> bool {
    let path = file.canonicalize().unwrap();
    std::fs::read_to_string("/proc/self/maps").unwrap().lines().any(|line| line.ends_with(path.to_str().unwrap()))
}

#[tokio::test]
async fn code_is_mapped_only_from_a_file_that_nobody_else_can_write() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let sandbox = cached(dir.path(), [7; 32]);
    let bytes = finished(&sandbox, "echo").await;
    sandbox.load(&bytes).unwrap();
    drop(sandbox);
    let files = artifacts(dir.path());
    let [file] = files.as_slice() else { panic!("one artifact, not {files:?}") };
    assert!(!is_mapped(file), "nothing runs it");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o400, "written once");
    let inner = std::fs::read(file).unwrap();
    let load = || cached(dir.path(), [7; 32]).load(&bytes).unwrap();
    let module = load();
    assert!(is_mapped(file), "what is ours alone is not copied");
    drop(module);
    for open in [0o420, 0o402] {
        replace(file, &inner);
        std::fs::set_permissions(file, PermissionsExt::from_mode(open)).unwrap();
        let module = load();
        assert!(!is_mapped(file), "{open:o}: it could change under the code that runs");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, open, "taken as it is");
        drop(module);
    }
}

#[test]
fn the_key_is_made_once_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(key_file(dir.path(), [1; 32]).unwrap(), [1; 32]);
    assert_eq!(key_file(dir.path(), [2; 32]).unwrap(), [1; 32]);
    let path = dir.path().join("cache.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(key_file(dir.path(), [2; 32]).is_err());
}

#[tokio::test]
async fn a_swap_leaves_the_old_module_to_those_pinned_to_it() {
    let setting = Setting::new().await;
    let old = setting.skill("echo");
    let mut manifest = described(&setting.sandbox, "echo").await;
    manifest.version = "2.0.0".into();
    let new = setting.sandbox.load(&embed_manifest(guest("echo"), &manifest).unwrap()).unwrap();
    let registry = Arc::clone(setting.runner.registry());
    assert_eq!(registry.activate(Arc::clone(&new)), Some(old.clone()));
    assert_eq!(setting.skill("echo").version, "2.0.0");
    let pinned = setting
        .runner
        .call(&old, call("c", json!({"text": "old"})), &setting.rights, &CallLimits::default(), Arc::new(Notes))
        .await;
    assert!(pinned.result.is_ok());
    assert!(registry.release(&old.digest));
    assert!(!registry.release(&new.skill_ref.digest), "an active module stays");
    assert!(setting.runner.manifest(&old).is_none());
}

#[tokio::test]
async fn many_load_at_once_in_order() {
    let sandbox = Arc::new(Sandbox::new(SandboxConfig::default()).unwrap());
    let mut components = vec![finished(&sandbox, "echo").await, finished(&sandbox, "hostile").await, b"no".to_vec()];
    components.extend_from_within(..1);
    let loaded = sandbox.load_all(&components);
    let names: Vec<_> = loaded
        .iter()
        .map(|module| module.as_ref().map_or("refused", |module| module.skill_ref.name.as_str()))
        .collect();
    assert_eq!(names, ["echo", "hostile", "refused", "echo"]);
    let runner = SandboxRunner::new(Arc::clone(&sandbox), Arc::new(Registry::new()));
    assert!(runner.resolve(&"echo".into()).is_none(), "loaded is not active");
    assert!(RightSet::default().iter().next().is_none());
}

#[tokio::test]
async fn the_call_bench_proves_that_everything_was_on() {
    let echo = std::fs::read(skillhost_tests::process::skills().join("echo.wasm")).unwrap();
    let report = bench_call(&echo, 20).await.unwrap();
    assert!(report.proofs.denied_import);
    assert_eq!(report.proofs.memory_bomb, "out-of-memory");
    assert_eq!(report.proofs.journal_records, 20);
    assert!(report.bare_us.p50 > 0.0 && report.host_us.p50 > 0.0 && report.fuel > 0);
    let json = serde_json::to_value(&report).unwrap();
    for key in ["bare_us", "host_us", "ratio_p50", "fuel", "settings", "proofs"] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

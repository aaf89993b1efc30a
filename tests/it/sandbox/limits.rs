//! One test runs into each limit of a call that no other test does; `docs/limits.md`
//! lists them all.

use serde_json::json;
use skillhost_engine::limits::{CallLimits, DEFAULT_INPUT_BYTES, DEFAULT_LOG_BYTES};
use skillhost_engine::skill::{CallError, SkillRunner};
use skillhost_sandbox::{LoadError, embed_manifest};
use skillhost_tests::guests::guest;
use wasm_encoder::{
    ComponentSectionId, Encode, InstanceSection, MemorySection, MemoryType, Module, ModuleArg, ModuleSection, RefType,
    TableSection, TableType,
};
use wasmparser::{Parser, Payload};

use super::setting::{Setting, call, described};

/// The good guest with a core module beside its own, instantiated this often.
fn with_module(module: &Module, instances: u32) -> Vec<u8> {
    let mut bytes = guest("echo").to_vec();
    let (mut depth, mut modules) = (0, 0);
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } => {
                modules += u32::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
    bytes.push(ComponentSectionId::CoreModule as u8);
    ModuleSection(module).encode(&mut bytes);
    let mut section = InstanceSection::new();
    for _ in 0..instances {
        section.instantiate(modules, std::iter::empty::<(&str, ModuleArg)>());
    }
    bytes.push(ComponentSectionId::CoreInstance as u8);
    section.encode(&mut bytes);
    bytes
}

/// How a call of the good guest ends with this module beside its own.
async fn beside(setting: &Setting, module: &Module) -> Result<(), CallError> {
    let manifest = described(&setting.sandbox, "echo").await;
    let module = setting.sandbox.load(&embed_manifest(&with_module(module, 1), &manifest).unwrap()).unwrap();
    let skill = module.skill_ref.clone();
    setting.runner.registry().activate(module);
    let doors = std::sync::Arc::new(super::setting::Notes);
    let limits = CallLimits::default();
    let report = setting.runner.call(&skill, call("c", json!({ "text": "x" })), &setting.rights, &limits, doors).await;
    report.result.map(drop)
}

fn table(minimum: u64) -> Module {
    let mut tables = TableSection::new();
    let element_type = RefType::FUNCREF;
    tables.table(TableType { element_type, table64: false, minimum, maximum: None, shared: false });
    let mut module = Module::new();
    module.section(&tables);
    module
}

fn memory(minimum: u64) -> Module {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
    let mut module = Module::new();
    module.section(&memories);
    module
}

#[tokio::test]
async fn a_table_bomb_and_a_memory_bomb_end_where_they_are_made() {
    let setting = Setting::new().await;
    assert_eq!(beside(&setting, &table(10_000)).await, Ok(()));
    let limit_bytes = skillhost_engine::limits::DEFAULT_MEMORY_BYTES;
    assert_eq!(beside(&setting, &table(20_001)).await, Err(CallError::OutOfMemory { limit_bytes }));
    assert_eq!(beside(&setting, &memory(16)).await, Ok(()));
    // Together with the guest's own memory it is more than one page too many.
    assert_eq!(beside(&setting, &memory(1024)).await, Err(CallError::OutOfMemory { limit_bytes }));
}

#[tokio::test]
async fn a_component_of_too_many_instances_is_refused_at_load() {
    let setting = Setting::new().await;
    let manifest = described(&setting.sandbox, "echo").await;
    let bomb = embed_manifest(&with_module(&Module::new(), 100), &manifest).unwrap();
    let Err(LoadError::Compile { message }) = setting.sandbox.load(&bomb) else { panic!("it is loaded") };
    assert!(message.contains("instances"), "{message}");
}

#[tokio::test]
async fn input_past_its_bytes_never_reaches_the_module() {
    let setting = Setting::new().await;
    let most = usize::try_from(DEFAULT_INPUT_BYTES).unwrap();
    let frame = json!({ "mode": "", "pad": "" }).to_string().len();
    let fits =
        setting.call("hostile", json!({ "mode": "", "pad": "x".repeat(most - frame) }), &CallLimits::default()).await;
    assert!(fits.result.is_ok(), "{:?}", fits.result);
    let over = setting
        .call("hostile", json!({ "mode": "", "pad": "x".repeat(most - frame + 1) }), &CallLimits::default())
        .await;
    let Err(CallError::InvalidInput { message, .. }) = over.result else { panic!("{:?}", over.result) };
    assert!(message.contains(&DEFAULT_INPUT_BYTES.to_string()), "{message}");
    assert_eq!(over.spend.fuel, 0);
}

#[tokio::test]
async fn an_outcome_past_its_bytes_is_a_typed_end() {
    let setting = Setting::new().await;
    let roomy = CallLimits { memory_bytes: Some(512 << 20), outcome_bytes: Some(1 << 20), ..CallLimits::default() };
    let report = setting.call("hostile", json!({ "mode": "hundredmb" }), &roomy).await;
    assert_eq!(report.result, Err(CallError::OutcomeTooLarge { limit_bytes: 1 << 20 }));
}

#[tokio::test]
async fn log_lines_past_their_bytes_are_dropped_at_a_tighter_bound_too() {
    let setting = Setting::new().await;
    for bound in [DEFAULT_LOG_BYTES, 2048, 0] {
        let limits = CallLimits { log_bytes: Some(bound), ..CallLimits::default() };
        let report = setting.call("hostile", json!({ "mode": "logflood" }), &limits).await;
        assert!(report.result.is_ok(), "{:?}", report.result);
        let kept: usize = report.logs.iter().map(|line| line.message.len()).sum();
        assert!(kept <= usize::try_from(bound).unwrap(), "{kept} of {bound}");
        assert_eq!(kept > 0, bound > 0);
    }
}

#[tokio::test]
async fn the_stack_ends_before_the_process_does() {
    let setting = Setting::new().await;
    let report = setting.hostile("recurse").await;
    let Err(CallError::Trap { message }) = report.result else { panic!("{:?}", report.result) };
    assert!(message.contains("call stack exhausted"), "{message}");
}

//! The wasmtime engine: how memory is pooled, how guests are interrupted.

use serde::Serialize;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::ticker::EPOCH_TICK;

/// Calls that may run at once by default. A slot is address space and a few
/// warm pages; workers beyond this wait for one.
pub const DEFAULT_CONCURRENCY: u32 = 64;
/// Fuel between two yields: under a millisecond of compute. It bounds what a
/// killed call's fuel count may lack, because only a fuel yield writes the
/// count back.
pub(crate) const FUEL_YIELD_INTERVAL: u64 = 1_000_000;
/// Native stack that guest code may use; the deepest recursion of a JSON parser
/// at its own limit needs a tenth.
pub(crate) const MAX_WASM_STACK: usize = 512 * 1024;
/// Stack of a call's fiber: the guest's, and as much again for host calls.
pub(crate) const ASYNC_STACK_SIZE: usize = 1024 * 1024;
/// Bytes of a memory kept mapped between calls: a small skill's whole memory,
/// so that a call costs no page fault.
const MEMORY_KEEP_RESIDENT: usize = 2 * 1024 * 1024;
/// The same for a table.
const TABLE_KEEP_RESIDENT: usize = 64 * 1024;
/// The same for a fiber's stack.
const STACK_KEEP_RESIDENT: usize = 64 * 1024;
/// Largest memory the pool can serve: what an operator may raise a skill to.
pub(crate) const MAX_MEMORY_BYTES: usize = 1024 * 1024 * 1024;
/// Largest table the pool can serve, elements.
const MAX_TABLE_ELEMENTS: usize = 100_000;
/// Core instances of one component: a Rust skill has 3 or 4, a JavaScript or
/// Python one about 12.
const CORE_INSTANCES_PER_CALL: u32 = 24;
/// Memories of one component: one and a spare for adapters.
const MEMORIES_PER_CALL: u32 = 2;
/// Tables of one component.
const TABLES_PER_CALL: u32 = 8;

/// What was asked of wasmtime and what it agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EngineReport {
    /// Wasmtime's series.
    pub wasmtime: &'static str,
    /// First 8 bytes of the digest of the engine's compatibility hash: compiled
    /// code and fuel are of one such engine.
    pub compatibility: String,
    /// `pooling` or `on-demand`.
    pub allocator: &'static str,
    /// Why not pooling.
    pub fallback: Option<String>,
    /// Calls at once.
    pub concurrency: u32,
    /// Fuel between two yields.
    pub fuel_yield_interval: u64,
    /// Milliseconds between two epochs.
    pub epoch_tick_ms: u64,
    /// Bytes kept resident a memory, a table, a stack.
    pub memory_keep_resident: usize,
    /// Table bytes.
    pub table_keep_resident: usize,
    /// Stack bytes.
    pub stack_keep_resident: usize,
    /// Warm slots kept.
    pub max_unused_warm_slots: u32,
    /// `yes` where the kernel has the ioctl (Linux 6.7), else `no`.
    pub pagemap_scan: &'static str,
    /// Always off: keys are few and slots many.
    pub memory_protection_keys: bool,
    /// Guest stack.
    pub max_wasm_stack: usize,
    /// Fiber stack.
    pub async_stack_size: usize,
}

impl EngineReport {
    /// The word that journals keep beside fuel.
    pub fn version(&self) -> String {
        format!("wasmtime-{}/{}", self.wasmtime, self.compatibility)
    }
}

fn pool(concurrency: u32, pagemap: Enabled) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(concurrency)
        .total_core_instances(concurrency.saturating_mul(CORE_INSTANCES_PER_CALL))
        .total_memories(concurrency.saturating_mul(MEMORIES_PER_CALL))
        .total_tables(concurrency.saturating_mul(TABLES_PER_CALL))
        .total_stacks(concurrency)
        .max_core_instances_per_component(CORE_INSTANCES_PER_CALL)
        .max_memories_per_component(MEMORIES_PER_CALL)
        .max_tables_per_component(TABLES_PER_CALL)
        .max_memory_size(MAX_MEMORY_BYTES)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_unused_warm_slots(concurrency)
        .linear_memory_keep_resident(MEMORY_KEEP_RESIDENT)
        .table_keep_resident(TABLE_KEEP_RESIDENT)
        .async_stack_keep_resident(STACK_KEEP_RESIDENT)
        .pagemap_scan(pagemap);
    pool
}

fn config(strategy: InstanceAllocationStrategy) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(MAX_WASM_STACK)
        .async_stack_size(ASYNC_STACK_SIZE)
        // A replay must see the same bits on every processor.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .concurrency_support(false)
        .allocation_strategy(strategy);
    config
}

/// Builds the engine: pooling if this machine can, on-demand if not.
pub(crate) fn build(concurrency: u32) -> Result<(Engine, EngineReport), wasmtime::Error> {
    let pooled = |pagemap| Engine::new(&config(InstanceAllocationStrategy::Pooling(pool(concurrency, pagemap))));
    let report = |engine: &Engine, allocator, fallback, pagemap_scan| EngineReport {
        wasmtime: "48",
        compatibility: hex::encode(&crate::cache::compatibility(engine)[..8]),
        allocator,
        fallback,
        concurrency,
        fuel_yield_interval: FUEL_YIELD_INTERVAL,
        epoch_tick_ms: u64::try_from(EPOCH_TICK.as_millis()).unwrap_or(u64::MAX),
        memory_keep_resident: MEMORY_KEEP_RESIDENT,
        table_keep_resident: TABLE_KEEP_RESIDENT,
        stack_keep_resident: STACK_KEEP_RESIDENT,
        max_unused_warm_slots: concurrency,
        pagemap_scan,
        memory_protection_keys: false,
        max_wasm_stack: MAX_WASM_STACK,
        async_stack_size: ASYNC_STACK_SIZE,
    };
    // `Yes` is the probe: it fails where the kernel lacks the ioctl, and so
    // tells what `Auto` would have chosen.
    if let Ok(engine) = pooled(Enabled::Yes) {
        let report = report(&engine, "pooling", None, "yes");
        return Ok((engine, report));
    }
    match pooled(Enabled::Auto) {
        Ok(engine) => {
            let report = report(&engine, "pooling", None, "no");
            Ok((engine, report))
        }
        Err(refused) => {
            let engine = Engine::new(&config(InstanceAllocationStrategy::OnDemand))?;
            let report = report(&engine, "on-demand", Some(format!("{refused:#}")), "no");
            Ok((engine, report))
        }
    }
}

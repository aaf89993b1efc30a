//! What processes hold, as Linux says.

use std::path::Path;

use anyhow::Context as _;

/// Memory of a process that is resident, megabytes.
pub fn resident_mb(pid: u32) -> anyhow::Result<f64> {
    field_mb(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// Memory of a process and all below it, each shared page counted once, megabytes.
pub fn tree_mb(pid: u32) -> anyhow::Result<f64> {
    let mut sum = field_mb(&format!("/proc/{pid}/smaps_rollup"), "Pss:")?;
    let tasks = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(&tasks).with_context(|| format!("cannot read {tasks}"))?;
    for child in children.split_whitespace() {
        // One that ended meanwhile holds nothing.
        if Path::new(&format!("/proc/{child}")).exists() {
            sum += tree_mb(child.parse()?).unwrap_or_default();
        }
    }
    Ok(sum)
}

fn field_mb(path: &str, name: &str) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()).context("no such field")?.parse()?;
    Ok(kib / 1024.0)
}

//! What a skill says of itself: `describe`.

use schemars::JsonSchema;
use serde_json::{Value, json};

/// The contract this crate is built against.
pub(crate) const WORLD: &str = "skillhost:skill@0.1.0";

/// What `#[skill]` read from the folder at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Folder, package and SKILL.md name.
    pub name: &'static str,
    /// From skill.toml.
    pub version: &'static str,
    /// From SKILL.md.
    pub description: &'static str,
    /// From skill.toml.
    pub rights: &'static [&'static str],
    /// From skill.toml: name and value.
    pub limits: &'static [(&'static str, u64)],
    /// From skill.toml.
    pub criticality: Option<&'static str>,
    /// Of SKILL.md.
    pub skill_md_digest: &'static str,
}

/// The manifest of a skill with this input and output.
pub(crate) fn manifest<I: JsonSchema, O: JsonSchema>(declaration: &Declaration) -> Value {
    let limits: serde_json::Map<String, Value> =
        declaration.limits.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "name": declaration.name,
        "version": declaration.version,
        "world": WORLD,
        "description": declaration.description,
        "input_schema": schemars::schema_for!(I),
        "output_schema": schemars::schema_for!(O),
        "rights": declaration.rights,
        "limits": limits,
        "criticality": declaration.criticality,
        "skill_md_digest": declaration.skill_md_digest,
    })
}

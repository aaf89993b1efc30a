//! The manifest: one custom section at the top level, read without running anything.

use semver::Version;
use skillhost_engine::canonical::canonical_json;
use skillhost_engine::rights::Right;
use skillhost_engine::skill::{MANIFEST_SECTION, Manifest, WORLD};
use wasm_encoder::Encode;

use crate::error::LoadError;
use crate::schema::{Schema, bounded, parse_json};
use crate::verify;

/// Bytes of a manifest: two schemas at their bound and the rest.
pub const MAX_MANIFEST_BYTES: usize = 512 * 1024;
/// Rights one skill may ask.
const MAX_RIGHTS: usize = 64;
/// Length of a name.
const MAX_NAME: usize = 64;
/// Length of a description, as of an Agent Skill.
const MAX_DESCRIPTION: usize = 1024;

/// A manifest whose claims about itself hold.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) manifest: Manifest,
    pub(crate) rights: Vec<Right>,
    pub(crate) input: Schema,
    pub(crate) output: Schema,
}

fn bad(pointer: impl Into<String>, message: impl Into<String>) -> LoadError {
    LoadError::BadManifest { pointer: pointer.into(), message: message.into() }
}

/// Parses and checks the section's bytes.
pub(crate) fn check(section: &[u8]) -> Result<Checked, LoadError> {
    if section.len() > MAX_MANIFEST_BYTES {
        return Err(bad("", format!("it has {} bytes, more than {MAX_MANIFEST_BYTES}", section.len())));
    }
    let text = std::str::from_utf8(section).map_err(|_| bad("", "it is not UTF-8"))?;
    let value = parse_json(text).map_err(|message| bad("", message))?;
    // The world first: another version's manifest may have other fields.
    match value.pointer("/world").and_then(|world| world.as_str()) {
        Some(WORLD) => {}
        Some(found) => {
            return Err(LoadError::WrongWorld { found: bounded(found, MAX_NAME), wanted: WORLD });
        }
        None => return Err(bad("/world", "it is missing")),
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|error| bad("", error.to_string()))?;
    let name = manifest.name.as_str();
    let named = !name.is_empty()
        && name.len() <= MAX_NAME
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !named {
        return Err(bad("/name", "it must match [a-z0-9-]{1,64}"));
    }
    Version::parse(&manifest.version).map_err(|error| bad("/version", format!("not a semantic version: {error}")))?;
    if manifest.description.is_empty() || manifest.description.chars().count() > MAX_DESCRIPTION {
        return Err(bad("/description", format!("it must have 1 to {MAX_DESCRIPTION} characters")));
    }
    let digest = manifest.skill_md_digest.strip_prefix("sha256:").unwrap_or_default();
    if digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(bad("/skill_md_digest", "it must be sha256: and 64 lower-case hex digits"));
    }
    if let Some(word) = &manifest.criticality
        && !["stop", "continue", "retry"].contains(&word.as_str())
    {
        return Err(bad("/criticality", "it must be stop, continue or retry"));
    }
    if manifest.rights.len() > MAX_RIGHTS {
        return Err(bad("/rights", format!("more than {MAX_RIGHTS}")));
    }
    let mut rights = Vec::with_capacity(manifest.rights.len());
    for (at, text) in manifest.rights.iter().enumerate() {
        let place = format!("/rights/{at}");
        let right: Right =
            text.parse().map_err(|error: skillhost_engine::rights::RightSyntax| bad(&place, error.to_string()))?;
        if !right.is_exact() {
            return Err(bad(place, "a skill asks for exact rights; only grants may be wide"));
        }
        if rights.contains(&right) {
            return Err(bad(place, "asked twice"));
        }
        rights.push(right);
    }
    let input = Schema::compile(&manifest.input_schema).map_err(|message| bad("/input_schema", message))?;
    let output = Schema::compile(&manifest.output_schema).map_err(|message| bad("/output_schema", message))?;
    Ok(Checked { manifest, rights, input, output })
}

/// The manifest of a component's bytes, checked, without compiling anything.
pub fn read_manifest(component: &[u8]) -> Result<Manifest, LoadError> {
    let outline = verify::outline(component)?;
    check(outline.manifest).map(|checked| checked.manifest)
}

/// The component with another manifest in place of its own, which must be its last
/// section, as `skillhost build` puts it: another version of the same code.
pub fn with_manifest(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, LoadError> {
    let outline = verify::outline(component)?;
    let section = wasm_encoder::CustomSection { name: MANIFEST_SECTION.into(), data: outline.manifest.into() };
    let mut encoded = vec![wasm_encoder::ComponentSectionId::CoreCustom as u8];
    section.encode(&mut encoded);
    match component.strip_suffix(encoded.as_slice()) {
        Some(bare) if outline.manifest_end == component.len() => embed_manifest(bare, manifest),
        _ => Err(bad("", "its section is not the component's last one")),
    }
}

/// The component with this manifest appended as its section; what `skillhost
/// build` writes. Refused when the component already has one, or when the
/// manifest would be refused at load.
pub fn embed_manifest(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, LoadError> {
    match verify::outline(component) {
        Err(LoadError::NoManifest { .. }) => {}
        Err(other) => return Err(other),
        Ok(_) => return Err(LoadError::SeveralManifests { section: MANIFEST_SECTION, count: 2 }),
    }
    // Canonical, so that the same manifest gives the same bytes and digest.
    let value = serde_json::to_value(manifest).map_err(|error| bad("", error.to_string()))?;
    let data = canonical_json(&value);
    check(&data)?;
    let section = wasm_encoder::CustomSection { name: MANIFEST_SECTION.into(), data: data.as_slice().into() };
    let mut bytes = component.to_vec();
    bytes.push(wasm_encoder::ComponentSectionId::CoreCustom as u8);
    section.encode(&mut bytes);
    Ok(bytes)
}

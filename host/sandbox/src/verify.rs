//! What can be said of bytes before they are compiled, and of a component's
//! imports and exports before it is linked.

use skillhost_engine::rights::Right;
use skillhost_engine::skill::MANIFEST_SECTION;
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

use crate::contract;
use crate::doors;
use crate::error::LoadError;
use crate::schema::bounded;

/// Largest component the host compiles: a Python skill with its interpreter has
/// 18 MB.
pub const MAX_COMPONENT_BYTES: usize = 48 * 1024 * 1024;
/// Characters of a foreign name repeated in an error.
const MAX_NAME_SHOWN: usize = 120;
/// What every component starts with.
const MAGIC: &[u8] = b"\0asm";
/// Our package, any version.
const PACKAGE: &str = "skillhost:skill/";
/// WASI packages that are linked.
const WASI: [&str; 5] = ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/"];

/// A component's manifest section; the rest was checked on the way.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) manifest: &'a [u8],
    /// Where the manifest's data ends in the component.
    pub(crate) manifest_end: usize,
}

fn malformed(error: &wasmparser::BinaryReaderError) -> LoadError {
    LoadError::Malformed { offset: error.offset(), message: error.message().to_owned() }
}

/// Reads the sections: the manifest, and the names of imports and exports.
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline<'_>, LoadError> {
    if !bytes.starts_with(MAGIC) {
        return Err(LoadError::NotWasm { bytes: bytes.len() });
    }
    if bytes.len() > MAX_COMPONENT_BYTES {
        return Err(LoadError::TooLarge { bytes: bytes.len(), limit: MAX_COMPONENT_BYTES });
    }
    let (mut level, mut sections, mut nested) = (0usize, Vec::new(), false);
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::Version { encoding: Encoding::Module, .. } if level == 0 => return Err(LoadError::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => level += 1,
            Payload::End(_) => level = level.saturating_sub(1),
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                if level == 0 {
                    sections.push((section.data(), section.range().end));
                } else {
                    nested = true;
                }
            }
            Payload::ComponentImportSection(reader) if level == 0 => {
                for import in reader {
                    imports.push(import.map_err(|error| malformed(&error))?.name.name);
                }
            }
            Payload::ComponentExportSection(reader) if level == 0 => {
                for export in reader {
                    exports.push(export.map_err(|error| malformed(&error))?.name.name);
                }
            }
            _ => {}
        }
    }
    imports.iter().try_for_each(|name| permitted(name))?;
    for wanted in [contract::WORK, contract::MANIFEST] {
        if !exports.contains(&wanted) {
            let stem = wanted.split('@').next().unwrap_or(wanted);
            return Err(match exports.iter().find(|name| name.split('@').next() == Some(stem)) {
                Some(other) => wrong_world(other),
                None => LoadError::MissingExport { export: wanted },
            });
        }
    }
    match sections.as_slice() {
        [(manifest, end)] => Ok(Outline { manifest, manifest_end: *end }),
        [] if nested => Err(LoadError::NestedManifest { section: MANIFEST_SECTION }),
        [] => Err(LoadError::NoManifest { section: MANIFEST_SECTION }),
        several => Err(LoadError::SeveralManifests { section: MANIFEST_SECTION, count: several.len() }),
    }
}

fn wrong_world(interface: &str) -> LoadError {
    LoadError::WrongWorld { found: bounded(interface, MAX_NAME_SHOWN), wanted: skillhost_engine::skill::WORLD }
}

/// Whether an interface may be imported at all.
fn permitted(name: &str) -> Result<(), LoadError> {
    let refused = |reason| Err(LoadError::RefusedImport { import: bounded(name, MAX_NAME_SHOWN), reason });
    if name.starts_with("wasi:sockets/") {
        return refused("a skill has no network");
    }
    if name.starts_with("wasi:http/") {
        let version = name.split_once('@').map_or("", |(_, version)| version);
        let offered = doors::http::INTERFACES.iter().any(|stem| name.split('@').next() == Some(*stem));
        // Whether the manifest asks for it is checked with the other imports.
        return if offered && version.starts_with("0.2.") {
            Ok(())
        } else {
            refused("a skill fetches through `wasi:http/outgoing-handler@0.2` and nothing else")
        };
    }
    if WASI.iter().any(|package| name.starts_with(package)) || doors::INTERFACES.iter().any(|(door, _)| *door == name) {
        return Ok(());
    }
    if name.starts_with(PACKAGE) {
        // Types-only interfaces of this version are fine; other versions are not.
        return if name.ends_with("@0.1.0") { Ok(()) } else { Err(wrong_world(name)) };
    }
    Err(LoadError::UnknownImport { import: bounded(name, MAX_NAME_SHOWN) })
}

/// Compares what a component calls with what its manifest asks for. Interfaces
/// may be imported for their types alone, so it is functions that count.
pub(crate) fn imports(engine: &Engine, component: &Component, rights: &[Right]) -> Result<(), LoadError> {
    let asks_context = rights.iter().any(|right| matches!(right, Right::Context(_)));
    let asks_llm = rights.iter().any(|right| matches!(right, Right::Llm(_)));
    let asks_http = rights.iter().any(|right| matches!(right, Right::Http(_)));
    for (name, item) in component.component_type().imports(engine) {
        permitted(name)?;
        if name.starts_with("wasi:http/") && !asks_http {
            let import = bounded(name, MAX_NAME_SHOWN);
            return Err(LoadError::RefusedImport { import, reason: "its manifest asks for no `http:` right" });
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            return Err(LoadError::UnknownImport { import: bounded(name, MAX_NAME_SHOWN) });
        };
        if !name.starts_with(PACKAGE) {
            continue;
        }
        let offered =
            doors::INTERFACES.iter().find(|(door, _)| *door == name).map_or(&[][..], |(_, functions)| functions);
        for (function, item) in instance.exports(engine) {
            if !matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                continue;
            }
            let import = format!("{name}#{}", bounded(function, MAX_NAME_SHOWN));
            if !offered.contains(&function) {
                return Err(LoadError::UnknownImport { import });
            }
            if name == doors::CONTEXT && !asks_context {
                return Err(LoadError::LyingManifest { import, family: "context" });
            }
            if name == doors::LLM && !asks_llm {
                return Err(LoadError::LyingManifest { import, family: "llm" });
            }
        }
    }
    Ok(())
}

/// Gives a component every door function it imports, each closed: a call traps.
/// (Wasmtime's own stubs would also replace WASI interfaces of another patch
/// version than the one it links.)
pub(crate) fn closed_doors<T: 'static>(
    engine: &Engine,
    component: &Component,
    linker: &mut Linker<T>,
) -> wasmtime::Result<()> {
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !name.starts_with(PACKAGE) {
            continue;
        }
        let mut doors = linker.instance(name)?;
        for (function, item) in instance.exports(engine) {
            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                let message = format!("{name}#{function} was called and is closed");
                doors.func_new(function, move |_, _, _, _| Err(wasmtime::Error::msg(message.clone())))?;
            }
        }
    }
    Ok(())
}

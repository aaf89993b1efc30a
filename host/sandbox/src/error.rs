//! Why bytes did not become a module: what, where, and what to do about it.

/// A refused module. `Display` says what and where; [`LoadError::hint`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Something else altogether.
    #[error("these {bytes} bytes are not WebAssembly")]
    NotWasm {
        /// How many there are.
        bytes: usize,
    },
    /// A core module where a component is wanted.
    #[error("this is a core WebAssembly module, not a component")]
    CoreModule,
    /// More bytes than the host compiles.
    #[error("the component has {bytes} bytes, more than the {limit} the host takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Not a well-formed component.
    #[error("the component is malformed at byte {offset}: {message}")]
    Malformed {
        /// Where.
        offset: usize,
        /// What the parser says.
        message: String,
    },
    /// No manifest at the top level.
    #[error("the component has no `{section}` section at its top level")]
    NoManifest {
        /// The section's name.
        section: &'static str,
    },
    /// Only inside a nested module or component, where it does not count.
    #[error("the `{section}` section is inside a nested module, where it does not count")]
    NestedManifest {
        /// The section's name.
        section: &'static str,
    },
    /// More than one at the top level.
    #[error("the component has {count} `{section}` sections; exactly one is allowed")]
    SeveralManifests {
        /// The section's name.
        section: &'static str,
        /// How many.
        count: usize,
    },
    /// The manifest does not say what it must.
    #[error("the manifest is not acceptable at {pointer}: {message}")]
    BadManifest {
        /// JSON Pointer, empty for the whole.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// Made for another version of the contract.
    #[error("the module is made for `{found}`; this host speaks `{wanted}`")]
    WrongWorld {
        /// Its version.
        found: String,
        /// Ours.
        wanted: &'static str,
    },
    /// Imports something no skill may have.
    #[error("the module imports `{import}`: {reason}")]
    RefusedImport {
        /// Interface or function.
        import: String,
        /// Why not.
        reason: &'static str,
    },
    /// Imports a door that its manifest asks no right for.
    #[error("the manifest lies: the module imports `{import}` and asks for no `{family}:` right")]
    LyingManifest {
        /// The door's function.
        import: String,
        /// The family of rights it needs.
        family: &'static str,
    },
    /// Imports something this host does not have.
    #[error("the module imports `{import}`, which this host does not offer")]
    UnknownImport {
        /// Interface or function.
        import: String,
    },
    /// Lacks something every skill exports.
    #[error("the module does not export `{export}`")]
    MissingExport {
        /// The interface or function.
        export: &'static str,
    },
    /// Does not compile or link.
    #[error("the module does not compile: {message}")]
    Compile {
        /// What wasmtime says.
        message: String,
    },
    /// `describe` could not be run.
    #[error("`describe` did not answer: {message}")]
    Describe {
        /// Why.
        message: String,
    },
    /// `describe` says something else than the section.
    #[error("`describe` and the embedded manifest differ at {pointer}")]
    Differs {
        /// JSON Pointer of the first difference.
        pointer: String,
    },
}

impl LoadError {
    /// What the reader can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotWasm { .. } => "pass the .wasm that `skillhost build` wrote",
            Self::CoreModule => "build for the target wasm32-wasip2, whose output is a component",
            Self::TooLarge { .. } => "strip debug information and data from the component",
            Self::Malformed { .. } => "build it again; the file may be cut short",
            Self::NoManifest { .. } => "run `skillhost build`, which embeds the manifest",
            Self::NestedManifest { .. } => {
                "append the section to the finished component, as `skillhost build` does; \
                 `#[link_section]` reaches the nested module only"
            }
            Self::SeveralManifests { .. } => "embed the manifest once, into the fresh output of the compiler",
            Self::BadManifest { .. } => "correct skill.toml, SKILL.md or the types of the skill, and build again",
            Self::WrongWorld { .. } => "build it with the SDK of this host's release",
            Self::RefusedImport { .. } => "read through `context` instead",
            Self::LyingManifest { .. } => "ask for the right in skill.toml, or do not call the door",
            Self::UnknownImport { .. } => "build it with the SDK of this host's release",
            Self::MissingExport { .. } => "export the interface; the SDK's `#[skill]` does it",
            Self::Compile { .. } => "check that the component uses released WebAssembly features only",
            Self::Describe { .. } => "`describe` may compute only; it runs with every door closed",
            Self::Differs { .. } => "build the skill again, so that the section is fresh",
        }
    }
}

//! Which cargo builds for the sandbox.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target of every guest.
pub const TARGET: &str = "wasm32-wasip2";

/// Where the distribution's packages put what they install.
const SYSTEM_CARGO: &str = "/usr/bin/cargo";
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const SYSTEM_STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const SYSTEM_LIBC: &str = "/usr/lib/wasm32-wasi";

/// What an outer cargo leaves in the environment of its children (a test that
/// builds guests is one) that would change the inner build or share its job
/// slots with a process that waits for it.
const OUTER_CARGO: [&str; 22] = [
    "CARGO",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_DIR",
    "LD_LIBRARY_PATH",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Why no guest can be built here.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Neither way is there.
    #[error("no cargo here can build for {TARGET}")]
    Missing,
    /// The one that was asked for is not.
    #[error("{} is not a file", path.display())]
    NoSuchCargo {
        /// What was asked for.
        path: PathBuf,
    },
}

impl ToolchainError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "run `scripts/setup.sh build`, or `rustup target add wasm32-wasip2`",
            Self::NoSuchCargo { .. } => "name a cargo with SKILLHOST_GUEST_CARGO, or unset it",
        }
    }
}

/// A cargo that can build for [`TARGET`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestToolchain {
    cargo: PathBuf,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Its rustc has the target's standard library.
    Installed,
    /// It builds the standard library itself, with the linker in this folder.
    BuildsStd { tools: PathBuf },
}

/// A command without what an outer cargo left behind.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in OUTER_CARGO {
        command.env_remove(name);
    }
    command
}

/// Whether the `rustc` that `cargo` would use has the target's standard library.
fn has_target() -> bool {
    let output =
        clean(Path::new("rustc")).args(["--print", "target-libdir", "--target", TARGET]).stdin(Stdio::null()).output();
    let Ok(output) = output else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    output.status.success()
        && std::fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        })
}

impl GuestToolchain {
    /// `asked` if given; else the cargo on the path, if its rustc has the target;
    /// else the distribution's, if all of its parts are there.
    pub fn find(asked: Option<&Path>) -> Result<Self, ToolchainError> {
        if let Some(cargo) = asked {
            if !cargo.is_file() {
                return Err(ToolchainError::NoSuchCargo { path: cargo.to_owned() });
            }
            // The distribution's own cargo has no other way than its own.
            return match Self::system() {
                Some(system) if system.cargo == cargo => Ok(system),
                _ => Ok(Self { cargo: cargo.to_owned(), kind: Kind::Installed }),
            };
        }
        if has_target() {
            return Ok(Self { cargo: PathBuf::from("cargo"), kind: Kind::Installed });
        }
        Self::system().ok_or(ToolchainError::Missing)
    }

    fn system() -> Option<Self> {
        let tools = PathBuf::from(format!("/usr/lib/rustlib/{}-unknown-linux-gnu/bin", std::env::consts::ARCH));
        let parts =
            [Path::new(SYSTEM_CARGO), Path::new(SYSTEM_RUSTC), Path::new(SYSTEM_STD_SOURCE), Path::new(SYSTEM_LIBC)];
        let whole = parts.iter().all(|part| part.exists()) && tools.join("wasm-component-ld").exists();
        whole.then(|| Self { cargo: PathBuf::from(SYSTEM_CARGO), kind: Kind::BuildsStd { tools } })
    }

    /// For a line of progress.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Installed => self.cargo.display().to_string(),
            Kind::BuildsStd { .. } => format!("{}, std included", self.cargo.display()),
        }
    }

    /// `cargo build --release` for the target, to be given packages and a folder.
    pub(super) fn build_command(&self) -> Command {
        let mut command = clean(&self.cargo);
        command.args(["build", "--release", "--target", TARGET]);
        if let Kind::BuildsStd { tools } = &self.kind {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", SYSTEM_RUSTC)
                // build-std is behind this switch in a stable compiler.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTFLAGS", format!("-L native={SYSTEM_LIBC}"))
                // The linker stands beside std, not on anybody's path.
                .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display()));
        }
        command
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cargo_that_is_not_there_says_so() {
        let error = GuestToolchain::find(Some(Path::new("/nowhere/cargo"))).unwrap_err();
        assert_eq!(error.to_string(), "/nowhere/cargo is not a file");
        assert!(error.hint().contains("SKILLHOST_GUEST_CARGO"));
    }

    #[test]
    fn an_outer_cargo_leaves_nothing_behind() {
        let toolchain = GuestToolchain { cargo: "cargo".into(), kind: Kind::Installed };
        let command = toolchain.build_command();
        let removed: Vec<_> =
            command.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name.to_owned()).collect();
        for name in ["RUSTFLAGS", "CARGO_MAKEFLAGS", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
            assert!(removed.iter().any(|removed| removed == name), "{name}");
        }
    }

    #[test]
    fn building_std_names_compiler_linker_and_libc() {
        let toolchain = GuestToolchain { cargo: SYSTEM_CARGO.into(), kind: Kind::BuildsStd { tools: "/tools".into() } };
        let command = toolchain.build_command();
        let env = |name: &str| command.get_envs().find(|(key, _)| *key == name).and_then(|(_, value)| value?.to_str());
        assert_eq!(env("RUSTC"), Some(SYSTEM_RUSTC));
        assert_eq!(env("RUSTFLAGS"), Some("-L native=/usr/lib/wasm32-wasi"));
        assert!(env("PATH").unwrap().starts_with("/tools:"));
        assert!(command.get_args().any(|arg| arg == "-Zbuild-std=std,panic_abort"));
    }
}

//! A real `skillhost serve` as a child process, on a folder that outlives it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;

/// The secret of the account whose deliveries the tests sign.
pub const ACCOUNT_SECRET: &[u8] = b"a secret of the tests, 32 bytes!";

/// [`ACCOUNT_SECRET`] as a setting has it.
pub fn account_secret() -> String {
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(ACCOUNT_SECRET))
}

/// Folder of compiled modules in a data folder.
pub const COMPILED: &str = "compiled";

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned()
}

/// The binary that `cargo build` made beside the tests.
///
/// # Panics
/// It is not there.
pub fn binary() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    // target/debug/deps/it-… and target/debug/day → target/debug
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join("skillhost");
    assert!(path.is_file(), "{} is not built; run `cargo build --workspace`", path.display());
    path
}

/// Every skill, built once a test run.
///
/// # Panics
/// They do not build.
pub fn skills() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    BUILT
        .get_or_init(|| {
            let out = root().join("dist");
            let built = Command::new(binary())
                .args(["build", "all", "--json", "--out"])
                .arg(&out)
                .arg("--root")
                .arg(root())
                .output();
            let built = built.unwrap_or_else(|error| panic!("cannot run skillhost build: {error}"));
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            out
        })
        .clone()
}

/// The shipped skills as compiled for this machine, made once a test run: a host on a
/// fresh folder begins with them, where it would compile for ten seconds.
fn compiled() -> &'static [(OsString, Vec<u8>)] {
    static FILES: std::sync::OnceLock<Vec<(OsString, Vec<u8>)>> = std::sync::OnceLock::new();
    FILES.get_or_init(|| {
        let data = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder to compile into: {error}"));
        let shipped = skills();
        Host::start_own(data.path(), &["--skills", shipped.to_str().unwrap_or_default()], &[]).kill();
        read_all(&data.path().join(COMPILED)).unwrap_or_else(|error| panic!("nothing was compiled: {error}"))
    })
}

fn read_all(folder: &Path) -> std::io::Result<Vec<(OsString, Vec<u8>)>> {
    std::fs::read_dir(folder)?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), std::fs::read(entry.path())?))))
        .collect()
}

/// Another file of this name, as an editor makes it: whoever has the old one open or
/// mapped keeps it as it was.
///
/// # Panics
/// The folder cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) {
    let draft = path.with_extension("replacement");
    let done = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path));
    done.unwrap_or_else(|error| panic!("cannot replace {}: {error}", path.display()));
}

/// Puts the compiled modules where a host on this folder looks for them.
///
/// # Errors
/// The folder cannot be written.
pub fn seed(data: &Path) -> std::io::Result<()> {
    let to = data.join(COMPILED);
    if to.exists() {
        return Ok(());
    }
    std::fs::DirBuilder::new().mode(0o700).create(&to)?;
    for (name, bytes) in compiled() {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to.join(name))?;
        file.write_all(bytes)?;
    }
    Ok(())
}

/// A host that was started and has not said yet that it is ready.
pub struct Starting {
    child: Child,
    data: PathBuf,
    logs: Arc<Mutex<String>>,
}

impl Starting {
    /// Waits until it is ready.
    ///
    /// # Panics
    /// It does not start.
    pub fn ready(mut self) -> Host {
        let mut said = String::new();
        if let Some(stdout) = self.child.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut said);
        }
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| {
            panic!("the host did not start: {}", self.logs.lock().map(|text| text.clone()).unwrap_or_default())
        });
        let word = |field: &str| said.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = std::fs::read_to_string(self.data.join("api-key")).unwrap_or_default().trim().to_owned();
        Host { child: self.child, url: word("listening"), key, sign_in: word("sign_in"), logs: self.logs }
    }

    /// Kills it, wherever in its start it is.
    pub fn kill(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.logs.lock().map(|logs| logs.clone()).unwrap_or_default()
    }
}

/// A running host.
pub struct Host {
    child: Child,
    /// Its address.
    pub url: String,
    /// Its API key.
    pub key: String,
    /// One-time sign-in link.
    pub sign_in: String,
    logs: Arc<Mutex<String>>,
}

impl Host {
    /// Starts the demo organisation's host on `data`, with more arguments.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let shipped = skills();
        seed(data).unwrap_or_else(|error| panic!("the compiled modules cannot be put in place: {error}"));
        let arguments: Vec<&str> =
            ["--skills", shipped.to_str().unwrap_or_default()].iter().chain(arguments).copied().collect();
        Self::start_own(data, &arguments, environment)
    }

    /// The same without the skills that ship.
    ///
    /// # Panics
    /// It does not start.
    pub fn start_own(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(data, arguments, environment).ready()
    }

    /// The same without waiting for it.
    ///
    /// # Panics
    /// There is no such process to be had.
    pub fn spawn(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Starting {
        let secret = account_secret();
        let mut child = Command::new(binary())
            .args(["serve", "--demo", "--json", "--log", "json", "--listen", "127.0.0.1:0", "--undo-seconds", "10"])
            .arg("--data")
            .arg(data)
            .args(arguments)
            .current_dir(data)
            .env("SKILLHOST_MEETINGBAAS_SECRET", secret)
            .env("RUST_LOG", "debug,hyper=info,sqlx=info,wasmtime=info,cranelift=info")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the host: {error}"));
        let logs = Arc::new(Mutex::new(String::new()));
        if let Some(stderr) = child.stderr.take() {
            let logs = Arc::clone(&logs);
            std::thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    if let Ok(mut logs) = logs.lock() {
                        logs.push_str(&line);
                        logs.push('\n');
                    }
                }
            });
        }
        Starting { child, data: data.to_owned(), logs }
    }

    /// What it logged so far.
    pub fn logs(&self) -> String {
        self.logs.lock().map(|logs| logs.clone()).unwrap_or_default()
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it: no destructor, no handler, no flush.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops it where it is: no timer, no task goes on until [`Host::go_on`].
    pub fn freeze(&self) {
        self.signal(nix::sys::signal::Signal::SIGSTOP);
    }

    /// Lets a stopped one go on.
    pub fn go_on(&self) {
        self.signal(nix::sys::signal::Signal::SIGCONT);
    }

    fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(0));
        let _ = nix::sys::signal::kill(pid, signal);
    }

    /// Asks it to stop, and waits until it has drained.
    pub fn stop(mut self) -> Option<ExitStatus> {
        self.signal(nix::sys::signal::Signal::SIGTERM);
        self.child.wait().ok()
    }

    /// Resident memory, bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The headers of a delivery as MeetingBaaS accounts sign it.
pub fn signed(id: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let now = std::time::UNIX_EPOCH.elapsed().map(|since| since.as_secs()).unwrap_or(0);
    signed_at(id, i64::try_from(now).unwrap_or(0), body)
}

/// The same at another time.
pub fn signed_at(id: &str, seconds: i64, body: &[u8]) -> Vec<(&'static str, String)> {
    let mut signature = String::new();
    if let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(ACCOUNT_SECRET) {
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    }
    vec![
        ("content-type", "application/json".to_owned()),
        ("svix-id", id.to_owned()),
        ("svix-timestamp", seconds.to_string()),
        ("svix-signature", format!("v1,{signature}")),
    ]
}

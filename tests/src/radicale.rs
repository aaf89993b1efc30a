//! A real CalDAV server for tests: Radicale in a process of its own, with a folder of its
//! own, on a port of 127.0.0.1.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The server, pinned: its answers are part of what is tested.
const RADICALE: &str = "radicale==3.5.10";
/// Who may sign in, and how.
pub const USER: &str = "ada";
/// That user's password.
pub const PASSWORD: &str = "geheim-9:ü";
/// Tries until the server answers, and the time between them: its first start compiles.
const TRIES: u32 = 600;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(50);

/// Where there is no disk that tells its device of every block that is freed: to remove
/// tens of thousands of small files from such a one takes minutes.
const MEMORY: &str = "/dev/shm";

/// A running server; ends with this value.
pub struct Radicale {
    child: Child,
    folder: tempfile::TempDir,
    /// Where it listens.
    pub port: u16,
}

impl Radicale {
    /// Starts one whose collections were put into place by `fill`, which is given the
    /// folder of the user's collections.
    pub fn start_with(fill: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<Self, String> {
        Self::answering_at_most(10_000, fill)
    }

    /// The same, and it refuses to answer with more occurrences at a time. Its own bound is 10,000.
    pub fn answering_at_most(
        occurrences: u32,
        fill: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<Self, String> {
        let python = super::python_peer::python(RADICALE)?;
        let folder =
            tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir()).map_err(|error| error.to_string())?;
        let root = folder.path();
        let user = root.join("collections/collection-root").join(USER);
        std::fs::create_dir_all(&user).and_then(|()| fill(&user)).map_err(|error| error.to_string())?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.map_err(|error| error.to_string())?.port();
        let users = format!("{USER}:{PASSWORD}\n");
        std::fs::write(root.join("users"), users).map_err(|error| error.to_string())?;
        let config = format!(
            "[server]\nhosts = 127.0.0.1:{port}\nmax_content_length = 100000000\ntimeout = 120\n\
             [encoding]\nstock = utf-8\nrequest = utf-8\n\
             [auth]\ntype = htpasswd\nhtpasswd_filename = {root}/users\nhtpasswd_encryption = plain\ndelay = 0\n\
             [storage]\nfilesystem_folder = {root}/collections\n[reporting]\n\
             max_freebusy_occurrence = {occurrences}\n[logging]\nlevel = warning\n",
            root = root.display(),
        );
        std::fs::write(root.join("config"), config).map_err(|error| error.to_string())?;
        let log = std::fs::File::create(root.join("log")).map_err(|error| error.to_string())?;
        let child = Command::new(python)
            .args(["-m", "radicale", "--config"])
            .arg(root.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("Radicale does not start: {error}"))?;
        let server = Self { child, folder, port };
        for _ in 0..TRIES {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(BETWEEN);
        }
        Err(format!("Radicale does not answer:\n{}", server.log()))
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The folder of the user's collections.
    pub fn collections(&self) -> PathBuf {
        self.folder.path().join("collections/collection-root").join(USER)
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Puts a calendar of this name into a folder of collections.
pub fn make_calendar(user: &Path, name: &str) -> std::io::Result<PathBuf> {
    let calendar = user.join(name);
    std::fs::create_dir_all(&calendar)?;
    std::fs::write(
        calendar.join(".Radicale.props"),
        format!(
            "{{\"tag\": \"VCALENDAR\", \"D:displayname\": \"{name}\", \"C:supported-calendar-component-set\": \"VEVENT\"}}"
        ),
    )?;
    Ok(calendar)
}

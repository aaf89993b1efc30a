//! A real SMTP server for tests: aiosmtpd in a process of its own.
//!
//! What the server does with a mail is asked for by its recipients, see
//! `tests/peers/smtp_peer.py`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The receiver, pinned: its answers are part of what is tested.
const AIOSMTPD: &str = "aiosmtpd==1.4.6";

/// A message that the server took.
#[derive(Clone, Debug)]
pub struct ReceivedMail {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// The message as it came.
    pub text: String,
}

/// A running server; ends with this value.
#[derive(Debug)]
pub struct SmtpServer {
    child: Child,
    folder: PathBuf,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl SmtpServer {
    /// Starts one that stores into an existing, empty folder.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let python = super::python_peer::python(AIOSMTPD)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|above| above.join("tests/peers/smtp_peer.py"))
            .find(|path| path.is_file())
            .ok_or("tests/peers/smtp_peer.py is missing")?;
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the SMTP peer does not start: {error}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("the SMTP peer has no output")?;
        let read = BufReader::new(stdout).read_line(&mut line);
        match (read, line.trim().parse()) {
            (Ok(_), Ok(port)) => Ok(Self { child, folder: folder.to_owned(), port }),
            (read, _) => {
                // Its own words are on standard error already.
                let _gone = child.kill();
                Err(format!("the SMTP peer printed no port: {read:?} {line:?}"))
            }
        }
    }

    /// What it took so far, in order.
    pub fn received(&self) -> Result<Vec<ReceivedMail>, String> {
        let entries = std::fs::read_dir(&self.folder).map_err(|error| error.to_string())?;
        let mut records: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        records.sort();
        records.iter().map(|path| read_mail(path)).collect()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // The end of its input stops it; killing is for one that hangs.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn read_mail(record: &Path) -> Result<ReceivedMail, String> {
    let bytes = std::fs::read(record).map_err(|error| error.to_string())?;
    let envelope: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let text = std::fs::read(record.with_extension("eml")).map_err(|error| error.to_string())?;
    let to = envelope["to"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(ReceivedMail {
        from: envelope["from"].as_str().unwrap_or_default().to_owned(),
        to: to.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}

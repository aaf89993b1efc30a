//! Real mail servers for tests: Dovecot for IMAP, and Postfix in front of it for SMTP,
//! each with a folder, ports and sockets of its own beside whatever the machine runs.
//!
//! Every mail that Postfix takes for a user of [`USERS`] is handed to Dovecot. Both know
//! the same passwords, and both bear a certificate of an authority made for the test.
//! Debian's packages are installed by `scripts/setup.sh test`; where they are missing, or
//! where Postfix may not start, the test fails and says why.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};

/// Who has a mailbox, with this password each.
pub const USERS: [&str; 4] =
    ["ada@acme.example", "bob@acme.example", "mira@globex.example", "priya.nair@quillmere.example"];
/// The password: with what quoting gets wrong.
pub const PASSWORD: &str = "pa\"ss\\wörd-9";
/// The name on the certificate, beside the address.
const HOST: &str = "localhost";
/// Tries until a server that was started answers, and the time between them.
const TRIES: u32 = 200;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(50);

/// The servers; they end with this value.
pub struct MailServer {
    folder: tempfile::TempDir,
    dovecot: Child,
    has_postfix: bool,
    /// IMAP in the clear, and with STARTTLS.
    pub imap: u16,
    /// IMAP over TLS.
    pub imaps: u16,
    /// SMTP with STARTTLS, which takes mail after a sign-in only.
    pub smtp: u16,
    /// SMTP over TLS.
    pub smtps: u16,
    /// The authority of the certificates, PEM.
    pub authority: String,
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn make(path: &Path, mode: u32) -> Result<(), String> {
    let made = std::fs::create_dir_all(path)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)));
    made.map_err(|error| format!("{}: {error}", path.display()))
}

fn id_of(kind: &str, name: &str) -> Result<u32, String> {
    let output = Command::new("getent").args([kind, name]).output().map_err(|error| error.to_string())?;
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    line.split(':').nth(2).and_then(|id| id.parse().ok()).ok_or_else(|| format!("there is no {kind} {name}"))
}

/// An authority's certificate, a server's, and its key, PEM.
fn certificates() -> Result<(String, String, String), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![HOST.to_owned()])?;
    params.subject_alt_names.push(SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
    let certificate = params.signed_by(&key, &authority)?;
    Ok((authority.pem(), certificate.pem(), key.serialize_pem()))
}

impl MailServer {
    /// Dovecot alone.
    pub fn start() -> Result<Self, String> {
        Self::begin(false)
    }

    /// Dovecot with Postfix in front.
    pub fn with_smtp() -> Result<Self, String> {
        Self::begin(true)
    }

    fn begin(with_postfix: bool) -> Result<Self, String> {
        for (program, needed) in [("/usr/sbin/dovecot", true), ("/usr/sbin/postfix", with_postfix)] {
            if needed && !Path::new(program).exists() {
                return Err(format!("there is no {program}: run scripts/setup.sh test"));
            }
        }
        if !std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            return Err("the mail servers of the tests start as root only: run the tests as root".to_owned());
        }
        let folder = tempfile::Builder::new().prefix("skillhost-mail").tempdir_in("/tmp").map_err(|e| e.to_string())?;
        let root = folder.path().to_owned();
        make(&root, 0o755)?;
        let (authority, certificate, key) = certificates().map_err(|error| error.to_string())?;
        write(&root.join("cert.pem"), &certificate)?;
        write(&root.join("key.pem"), &key)?;
        let users: String = USERS.iter().map(|user| format!("{user}:{{PLAIN}}{PASSWORD}\n")).collect();
        write(&root.join("users"), &users)?;
        let mail = root.join("mail");
        make(&mail, 0o700)?;
        let (uid, gid) = (id_of("passwd", "nobody")?, id_of("group", "nogroup")?);
        chown(&mail, Some(uid), Some(gid)).map_err(|error| error.to_string())?;
        let (imap, imaps) = (free_port()?, free_port()?);
        let config = root.join("dovecot.conf");
        write(&config, &dovecot_config(&root, imap, imaps))?;
        let dovecot = start_dovecot(&config)?;
        let mut server = Self { folder, dovecot, has_postfix: false, imap, imaps, smtp: 0, smtps: 0, authority };
        server.wait_for(imap, "Dovecot", "dovecot.log")?;
        if with_postfix {
            server.start_postfix()?;
        }
        Ok(server)
    }

    fn wait_for(&self, port: u16, name: &str, log: &str) -> Result<(), String> {
        for _ in 0..TRIES {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(BETWEEN);
        }
        let log = std::fs::read_to_string(self.folder.path().join(log)).unwrap_or_default();
        Err(format!("{name} does not answer:\n{log}"))
    }

    fn start_postfix(&mut self) -> Result<(), String> {
        let root = self.folder.path().to_owned();
        let etc = root.join("postfix");
        make(&etc, 0o755)?;
        make(&root.join("queue"), 0o755)?;
        make(&root.join("data"), 0o700)?;
        chown(root.join("data"), Some(id_of("passwd", "postfix")?), None).map_err(|error| error.to_string())?;
        (self.smtp, self.smtps) = (free_port()?, free_port()?);
        write(&etc.join("main.cf"), &postfix_main(&root))?;
        write(&etc.join("master.cf"), &postfix_master(self.smtp, self.smtps))?;
        self.has_postfix = true;
        let started = postfix(&etc, "start");
        if !started.as_ref().is_ok_and(|output| output.status.success()) {
            return Err(format!("Postfix does not start: {started:?}"));
        }
        self.wait_for(self.smtp, "Postfix", "postfix.log")
    }

    /// What the servers wrote into their logs.
    pub fn logs(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        format!("{}\n{}", read("dovecot.log"), read("postfix.log"))
    }

    /// Numbers a user's mails anew, as a server does that was restored: nobody is
    /// connected meanwhile.
    pub fn number_anew(&mut self, user: &str) -> Result<(), String> {
        self.stop_dovecot();
        let inbox = self.folder.path().join("mail").join(user);
        for entry in std::fs::read_dir(&inbox).map_err(|error| error.to_string())?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot") && entry.path().is_file() {
                std::fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
            }
        }
        // The numbering is named by the second in which it was made.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        self.go_on()
    }

    /// Ends Dovecot and every connection to it.
    pub fn stop_dovecot(&mut self) {
        terminate(&mut self.dovecot);
    }

    /// Starts it again on the same port.
    pub fn go_on(&mut self) -> Result<(), String> {
        self.dovecot = start_dovecot(&self.folder.path().join("dovecot.conf"))?;
        self.wait_for(self.imap, "Dovecot", "dovecot.log")
    }

    /// Takes a folder of a user away, with everything in it: nobody is connected meanwhile.
    pub fn remove_folder(&mut self, user: &str, folder: &str) -> Result<(), String> {
        self.stop_dovecot();
        let root = self.folder.path().join("mail").join(user);
        // A subfolder of a Maildir begins with a dot; what else knows of it is made anew.
        std::fs::remove_dir_all(root.join(format!(".{folder}"))).map_err(|error| error.to_string())?;
        for entry in std::fs::read_dir(&root).map_err(|error| error.to_string())?.flatten() {
            if entry.file_name().to_string_lossy().starts_with("dovecot.list") {
                std::fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
            }
        }
        // The numbering of one that is made again is named by the second in which it is made.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        self.go_on()
    }

    /// Gives a user another password.
    pub fn set_password(&self, user: &str, password: &str) -> Result<(), String> {
        let line = |one: &&str| format!("{one}:{{PLAIN}}{}\n", if *one == user { password } else { PASSWORD });
        write(&self.folder.path().join("users"), &USERS.iter().map(line).collect::<String>())
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if self.has_postfix {
            let _stopped = postfix(&self.folder.path().join("postfix"), "abort");
        }
        terminate(&mut self.dovecot);
    }
}

fn terminate(child: &mut Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        let _gone = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
    }
    let _ended = child.wait();
}

fn start_dovecot(config: &Path) -> Result<Child, String> {
    Command::new("/usr/sbin/dovecot")
        .arg("-F")
        .arg("-c")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("Dovecot does not start: {error}"))
}

fn postfix(etc: &PathBuf, order: &str) -> std::io::Result<std::process::Output> {
    Command::new("/usr/sbin/postfix").arg("-c").arg(etc).arg(order).stdin(Stdio::null()).output()
}

fn dovecot_config(root: &Path, imap: u16, imaps: u16) -> String {
    let root = root.display();
    format!(
        "base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
mail_location = maildir:{root}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain login
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
mail_max_userip_connections = 100
lmtp_save_to_detail_mailbox = no
passdb {{
  driver = passwd-file
  args = username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox \"Sent Mail\" {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
"
    )
}

fn postfix_main(root: &Path) -> String {
    let root = root.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
myhostname = mail.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = acme.example globex.example
virtual_transport = lmtp:unix:{root}/run/lmtp
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 52428800
smtpd_tls_cert_file = {root}/cert.pem
smtpd_tls_key_file = {root}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{root}/run/auth-client
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"
    )
}

fn postfix_master(smtp: u16, smtps: u16) -> String {
    let daemons = [
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "proxymap unix - - n - - proxymap",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "lmtp unix - - n - - lmtp",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ];
    format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
{}
",
        daemons.join("\n")
    )
}

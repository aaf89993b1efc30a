//! Real mail servers for tests: Dovecot for IMAP, and Postfix in front of it for SMTP,
//! each with a folder, ports and sockets of its own beside whatever the machine runs.
//!
//! Every mail that Postfix takes is handed to Dovecot, for whomever it is: the test's whole
//! world has its mailboxes there, and [`MailServer::received`] says what was filed in them.
//! Those of [`USERS`] can sign in, with the same password at both; both bear a certificate
//! of an authority made for the test.
//! Debian's packages are installed by `scripts/setup.sh test`; where they are missing, or
//! where Postfix may not start, the test fails and says why.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};

use crate::smtp_server::ReceivedMail;

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
/// Starts of Postfix until one finds its ports free.
const STARTS: u32 = 4;
/// Between two looks into Postfix's queue, and looks in a row that find it empty: a report
/// that a mail cannot be delivered is queued before that mail leaves it.
const QUEUE_LOOK: std::time::Duration = std::time::Duration::from_millis(5);
const EMPTY_LOOKS: u32 = 2;
/// Who may send under the address of somebody who has a mailbox: they alone.
const OWN_SENDERS: &str = "smtpd_sender_login_maps = texthash:$root/senders
smtpd_sender_restrictions = reject_known_sender_login_mismatch
";
/// Where Postfix keeps what it has taken and not handed on, in the order a mail goes.
const QUEUES: [&str; 4] = ["maildrop", "incoming", "active", "deferred"];

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
        Self::begin(None)
    }

    /// Dovecot with Postfix in front.
    pub fn with_smtp() -> Result<Self, String> {
        Self::begin(Some(""))
    }

    /// The same, where a login sends under its own address alone, as providers of mailboxes
    /// have it.
    pub fn with_own_senders() -> Result<Self, String> {
        Self::begin(Some(OWN_SENDERS))
    }

    /// With Postfix where something is said to it, which may be nothing more.
    fn begin(more: Option<&str>) -> Result<Self, String> {
        let with_postfix = more.is_some();
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
        if let Some(more) = more {
            server.start_postfix(more)?;
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

    /// One start on ports that are free now. What `postfix start` ends with; the rest of it
    /// checks the machine's own files, which takes seconds, and the folders it would make are
    /// made already.
    fn try_postfix(&mut self, etc: &Path) -> Result<Output, String> {
        (self.smtp, self.smtps) = (free_port()?, free_port()?);
        write(&etc.join("master.cf"), &postfix_master(self.smtp, self.smtps))?;
        let mut master = Command::new("/usr/lib/postfix/sbin/master");
        master.arg("-c").arg(etc).arg("-w").stdin(Stdio::null()).output().map_err(|error| error.to_string())
    }

    fn start_postfix(&mut self, more: &str) -> Result<(), String> {
        let root = self.folder.path().to_owned();
        let etc = root.join("postfix");
        make(&etc, 0o755)?;
        make_queue(&root)?;
        let owned: String = USERS.iter().map(|user| format!("{user} {user}\n")).collect();
        write(&root.join("senders"), &owned)?;
        let more = more.replace("$root", &root.display().to_string());
        write(&etc.join("main.cf"), &format!("{}{more}", postfix_main(&root)))?;
        self.has_postfix = true;
        // A port that was free may be somebody else's by the time Postfix asks for it.
        let mut started = self.try_postfix(&etc)?;
        for _ in 1..STARTS {
            if started.status.success() {
                break;
            }
            started = self.try_postfix(&etc)?;
        }
        if !started.status.success() {
            return Err(format!("Postfix does not start: {started:?}"));
        }
        self.wait_for(self.smtp, "Postfix", "postfix.log")
    }

    /// Every mail that came by SMTP, as Dovecot filed it in the recipients' mailboxes, the
    /// oldest first. What Postfix has taken is delivered before this looks; what was put into
    /// a mailbox otherwise is left out.
    pub fn received(&self) -> Result<Vec<ReceivedMail>, String> {
        self.wait_for_queue()?;
        // By name: one that is being opened while this looks is in either folder.
        let mut copies = BTreeMap::new();
        for user in entries(&self.folder.path().join("mail"))? {
            for path in ["new", "cur"]
                .map(|folder| entries(&user.join(folder)))
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?
                .concat()
            {
                let text = match std::fs::read(&path) {
                    Ok(text) => String::from_utf8_lossy(&text).into_owned(),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(format!("{}: {error}", path.display())),
                };
                if let Some(copy) = FiledCopy::of(&user, &path, text) {
                    copies.insert((copy.filed, copy.to.clone()), copy);
                }
            }
        }
        let mut mails: Vec<(String, ReceivedMail)> = Vec::new();
        for copy in copies.into_values() {
            match mails.iter_mut().find(|(transaction, _)| *transaction == copy.transaction) {
                Some((_, mail)) => mail.to.push(copy.to),
                None => {
                    mails
                        .push((copy.transaction, ReceivedMail { from: copy.from, to: vec![copy.to], text: copy.text }));
                }
            }
        }
        mails.iter_mut().for_each(|(_, mail)| mail.to.sort());
        Ok(mails.into_iter().map(|(_, mail)| mail).collect())
    }

    fn wait_for_queue(&self) -> Result<(), String> {
        let mut empty = 0;
        let began = std::time::Instant::now();
        while self.has_postfix && empty < EMPTY_LOOKS {
            empty = if self.is_queued()? { 0 } else { empty + 1 };
            if began.elapsed() > BETWEEN * TRIES {
                return Err(format!("a mail is not delivered:\n{}", self.logs()));
            }
            std::thread::sleep(QUEUE_LOOK);
        }
        Ok(())
    }

    fn is_queued(&self) -> Result<bool, String> {
        for queue in QUEUES {
            for entry in entries(&self.folder.path().join("queue").join(queue))? {
                // Some are spread over folders by the first letter.
                if entry.is_file() || (entry.is_dir() && !entries(&entry)?.is_empty()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
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

/// One recipient's copy of a mail.
struct FiledCopy {
    /// Seconds and microseconds, by the name that Dovecot gave it.
    filed: (u64, u64),
    /// Postfix's name of the mail, which all of its copies bear.
    transaction: String,
    from: String,
    to: String,
    text: String,
}

impl FiledCopy {
    /// Of a file in somebody's mailbox, unless it was put there by whoever signed in.
    fn of(user: &Path, path: &Path, text: String) -> Option<Self> {
        let to = user.file_name()?.to_str()?.to_owned();
        let from = header(&text, "Return-Path")?.trim_matches(['<', '>']).to_owned();
        let (_, after) = text.split_once("(Postfix) with ESMTPSA id ")?;
        let transaction = after.chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = path.file_name()?.to_str()?;
        let (seconds, rest) = name.split_once(".M")?;
        let micros: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some(Self { filed: (seconds.parse().ok()?, micros.parse().ok()?), transaction, from, to, text })
    }
}

/// The first header of this name, on one line as the servers write theirs.
fn header<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let head = text.lines().take_while(|line| !line.is_empty());
    head.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).next()
}

/// What is in a folder; of one that is not there, nothing. What goes meanwhile is left out.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    match std::fs::read_dir(folder) {
        Ok(entries) => Ok(entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("{}: {error}", folder.display())),
    }
}

/// Postfix's folders, as its own `postfix check` makes them.
fn make_queue(root: &Path) -> Result<(), String> {
    let (postfix, drop) = (id_of("passwd", "postfix")?, id_of("group", "postdrop")?);
    make(&root.join("queue"), 0o755)?;
    let make = |path: PathBuf, mode: u32, owner: Option<u32>, group: Option<u32>| {
        make(&path, mode)?;
        chown(&path, owner, group).map_err(|error| format!("{}: {error}", path.display()))?;
        // A change of owner takes some of the bits away.
        self::make(&path, mode)
    };
    make(root.join("data"), 0o700, Some(postfix), None)?;
    make(root.join("queue/pid"), 0o755, None, None)?;
    for own in
        ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"]
    {
        make(root.join("queue").join(own), 0o700, Some(postfix), None)?;
    }
    make(root.join("queue/public"), 0o710, Some(postfix), Some(drop))?;
    make(root.join("queue/maildrop"), 0o730, Some(postfix), Some(drop))
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
  args = uid=nobody gid=nogroup home={root}/mail/%u allow_all_users=yes
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
default_transport = lmtp:unix:{root}/run/lmtp
in_flow_delay = 0
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

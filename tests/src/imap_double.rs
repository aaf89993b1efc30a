//! A mail server that behaves as real ones rarely do: it keeps news to itself, complains,
//! refuses, hangs up, or says nothing any more, at the place that a test names.
//!
//! It knows the commands that the host says and no others, keeps everything in memory,
//! and lets everybody in. What is true of real servers is tested on a real one
//! (`mail_server`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// When everything in it came, as the protocol has it: the start of the tests' clock.
const CAME: &str = " 3-Nov-2026 09:00:00 +0000";

/// What becomes of a question about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server says no.
    Refuses,
    /// It ends the connection.
    HangsUp,
    /// It says nothing more.
    IsSilent,
}

/// Which questions about a mail go wrong: its number, and what is asked for.
pub type Faults = Arc<dyn Fn(u32, &str) -> Option<Fault> + Send + Sync>;

/// How it behaves.
#[derive(Clone, Default)]
pub struct Manners {
    /// Says what is new to whoever waits for it.
    pub announces: bool,
    /// What it says instead, without ending the wait.
    pub complains: Option<&'static str>,
    /// Says that to every wait, as soon as it begins.
    pub complains_always: bool,
    /// What it answers to opening a folder, instead of opening it.
    pub examine: Option<&'static str>,
    /// What it answers to a mail that is to be put into a folder.
    pub append: Option<&'static str>,
    /// Questions about mails that go wrong.
    pub faults: Option<Faults>,
    /// A mail that comes right after the next search by date.
    pub comes_after_search: Option<Vec<u8>>,
    /// Keeps the number of the next mail to itself.
    pub hides_uid_next: bool,
}

struct State {
    manners: Manners,
    folders: BTreeMap<String, Vec<Vec<u8>>>,
    /// Commands so far, without their tags.
    said: Vec<String>,
}

/// The server; ends with this value.
pub struct ImapDouble {
    /// Its port on 127.0.0.1, in the clear.
    pub port: u16,
    state: Arc<Mutex<State>>,
    came: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Drop for ImapDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ImapDouble {
    /// Starts one with an empty `INBOX` and an empty `Sent`.
    pub async fn start(manners: Manners) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let folders = ["INBOX", "Sent"].map(|name| (name.to_owned(), Vec::new()));
        let state = Arc::new(Mutex::new(State { manners, folders: folders.into(), said: Vec::new() }));
        let (came, _) = watch::channel(0);
        let (theirs, news) = (Arc::clone(&state), came.clone());
        let task = tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while sessions.try_join_next().is_some() {}
                sessions.spawn(serve(stream, Arc::clone(&theirs), news.clone()));
            }
        });
        Ok(Self { port, state, came, task })
    }

    /// Puts a mail into a folder.
    pub fn put(&self, folder: &str, mail: &[u8]) {
        locked(&self.state).folders.entry(folder.to_owned()).or_default().push(mail.to_vec());
        self.came.send_modify(|count| *count += 1);
    }

    /// What is in a folder.
    pub fn mails(&self, folder: &str) -> Vec<Vec<u8>> {
        locked(&self.state).folders.get(folder).cloned().unwrap_or_default()
    }

    /// Changes how it behaves from the next command on.
    pub fn behave(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut locked(&self.state).manners);
    }

    /// How often a command was said that begins so.
    pub fn heard(&self, command: &str) -> usize {
        locked(&self.state).said.iter().filter(|said| said.starts_with(command)).count()
    }
}

/// A connection, and the folder it has open.
struct Connection {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    folder: String,
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, came: watch::Sender<u64>) {
    let (read, write) = stream.into_split();
    let mut connection = Connection { read: BufReader::new(read), write, folder: String::new() };
    // Whoever is gone hears nothing more.
    let _ended = connection.talk(&state, &came).await;
}

impl Connection {
    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.write.write_all(text.as_bytes()).await
    }

    /// Reads one line; `None` at the end.
    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.read.read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }

    async fn talk(&mut self, state: &Mutex<State>, came: &watch::Sender<u64>) -> std::io::Result<()> {
        self.say("* OK here\r\n").await?;
        while let Some(line) = self.line().await? {
            let Some((tag, command)) = line.split_once(' ') else { continue };
            if !command.starts_with("LOGIN") {
                locked(state).said.push(command.to_owned());
            }
            let manners = locked(state).manners.clone();
            let word = command.split(' ').next().unwrap_or_default();
            let mut answer = "OK done";
            match word {
                "CAPABILITY" => self.say("* CAPABILITY IMAP4rev1 IDLE\r\n").await?,
                "EXAMINE" => match manners.examine {
                    Some(refusal) => answer = refusal,
                    None => self.examine(state, command, &manners).await?,
                },
                "LIST" => {
                    let names: Vec<String> = locked(state).folders.keys().cloned().collect();
                    for name in names {
                        self.say(&format!("* LIST () \"/\" \"{name}\"\r\n")).await?;
                    }
                }
                "CREATE" => {
                    let name = quoted(command);
                    locked(state).folders.entry(name).or_default();
                }
                "IDLE" => self.idle(&manners, state, came).await?,
                "APPEND" => answer = self.append(state, command, &manners).await?.unwrap_or(answer),
                "UID" if command.starts_with("UID SEARCH") => self.search(state, command, came).await?,
                "UID" if command.starts_with("UID FETCH") => {
                    let mut words = command["UID FETCH ".len()..].splitn(2, ' ');
                    let (set, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                    let fault = set.parse().ok().and_then(|uid| manners.faults.as_ref()?(uid, what));
                    match fault {
                        Some(Fault::Refuses) => answer = "NO not now",
                        Some(Fault::HangsUp) => return Ok(()),
                        Some(Fault::IsSilent) => std::future::pending().await,
                        None => self.fetch(state, set, what).await?,
                    }
                }
                _ => {}
            }
            self.say(&format!("{tag} {answer}\r\n")).await?;
            if word == "LOGOUT" {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn examine(&mut self, state: &Mutex<State>, command: &str, manners: &Manners) -> std::io::Result<()> {
        self.folder = quoted(command);
        let count = locked(state).folders.get(&self.folder).map_or(0, Vec::len);
        let next = match manners.hides_uid_next {
            true => String::new(),
            false => format!("* OK [UIDNEXT {}] next\r\n", count + 1),
        };
        self.say(&format!("* {count} EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n{next}")).await
    }

    async fn idle(
        &mut self,
        manners: &Manners,
        state: &Mutex<State>,
        came: &watch::Sender<u64>,
    ) -> std::io::Result<()> {
        let mut news = came.subscribe();
        self.say("+ go on\r\n").await?;
        if let Some(words) = manners.complains.filter(|_| manners.complains_always) {
            self.say(&format!("* {words}\r\n")).await?;
        }
        loop {
            tokio::select! {
                // It is told by this line only, which is short enough to come at once.
                _done = self.line() => return Ok(()),
                _changed = news.changed() => {
                    let count = locked(state).folders.get(&self.folder).map_or(0, Vec::len);
                    if manners.announces {
                        self.say(&format!("* {count} EXISTS\r\n")).await?;
                    }
                    if let Some(words) = manners.complains {
                        self.say(&format!("* {words}\r\n")).await?;
                    }
                }
            }
        }
    }

    async fn append(
        &mut self,
        state: &Mutex<State>,
        command: &str,
        manners: &Manners,
    ) -> std::io::Result<Option<&'static str>> {
        let length = command.rsplit('{').next().and_then(|rest| rest.trim_end_matches('}').parse().ok());
        self.say("+ go on\r\n").await?;
        let mut bytes = vec![0; length.unwrap_or(0)];
        self.read.read_exact(&mut bytes).await?;
        self.line().await?;
        let folder = quoted(command);
        let is_there = locked(state).folders.contains_key(&folder);
        let refusal = manners.append.or_else(|| (!is_there).then_some("NO [TRYCREATE] no such folder"));
        if refusal.is_none() {
            locked(state).folders.entry(folder).or_default().push(bytes);
        }
        Ok(refusal)
    }

    async fn search(&mut self, state: &Mutex<State>, command: &str, came: &watch::Sender<u64>) -> std::io::Result<()> {
        let query = &command["UID SEARCH ".len()..];
        let found: Vec<String> = {
            let locked = locked(state);
            let mails = locked.folders.get(&self.folder).map(Vec::as_slice).unwrap_or_default();
            let is_found = |uid: usize, mail: &[u8]| {
                if let Some(id) = query.strip_prefix("HEADER Message-ID ") {
                    return String::from_utf8_lossy(mail).contains(id.trim_matches('"'));
                }
                let Some(set) = query.strip_prefix("UID ") else { return true };
                // `*` is the last mail, also where its number is lower.
                let first = set.trim_end_matches(":*").parse().unwrap_or(usize::MAX);
                uid == mails.len() || uid >= first
            };
            let found = (1_usize..).zip(mails).filter(|(uid, mail)| is_found(*uid, mail));
            found.map(|(uid, _)| uid.to_string()).collect()
        };
        self.say(&format!("* SEARCH {}\r\n", found.join(" "))).await?;
        if query.starts_with("SINCE ") {
            let mut locked = locked(state);
            if let Some(mail) = locked.manners.comes_after_search.take() {
                locked.folders.entry(self.folder.clone()).or_default().push(mail);
                drop(locked);
                came.send_modify(|count| *count += 1);
            }
        }
        Ok(())
    }

    async fn fetch(&mut self, state: &Mutex<State>, set: &str, what: &str) -> std::io::Result<()> {
        let mails = locked(state).folders.get(&self.folder).cloned().unwrap_or_default();
        let (from, until) = set.split_once(':').unwrap_or((set, set));
        let (from, until) = (from.parse().unwrap_or(1), until.parse().unwrap_or(usize::MAX));
        for (uid, mail) in (1_usize..).zip(&mails).filter(|(uid, _)| (from..=until).contains(uid)) {
            let head = format!("* {uid} FETCH (UID {uid} INTERNALDATE \"{CAME}\" FLAGS ()");
            if what.contains("RFC822.SIZE") {
                self.say(&format!("{head} RFC822.SIZE {})\r\n", mail.len())).await?;
            } else if let Some(asked) = what.split("BODY.PEEK[").nth(1) {
                let (section, part) = asked.trim_end_matches(')').split_once(']').unwrap_or((asked, ""));
                let most = part.trim_matches(['<', '>']).split_once('.').and_then(|(_, most)| most.parse().ok());
                let head_ends = mail.windows(4).position(|four| four == b"\r\n\r\n").map_or(mail.len(), |at| at + 4);
                let all = if section == "HEADER" { &mail[..head_ends] } else { &mail[..] };
                let bytes = &all[..all.len().min(most.unwrap_or(usize::MAX))];
                let origin = if most.is_some() { "<0>" } else { "" };
                self.say(&format!("{head} BODY[{section}]{origin} {{{}}}\r\n", bytes.len())).await?;
                self.write.write_all(bytes).await?;
                self.say(")\r\n").await?;
            } else {
                self.say(&format!("{head})\r\n")).await?;
            }
        }
        Ok(())
    }
}

/// The first quoted word of a command.
fn quoted(command: &str) -> String {
    command.split('"').nth(1).unwrap_or_default().to_owned()
}

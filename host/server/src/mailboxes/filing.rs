//! What the host sent: put into its thread and its sender's folder, and looked for there
//! when nobody knows whether it left.
//!
//! Invariants: the copy is the very bytes that were sent; a mail is looked for by its
//! message id before it is put there, so that a stop in between leaves one; a mail whose
//! copy is refused is in its thread all the same, is tried again for a day, and holds up
//! none behind it; that nothing is found says nothing, because not every server files what
//! it takes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skillhost_connectors::invitation::invitation_mail;
use skillhost_connectors::mail::imap::{ImapError, ImapSession};
use skillhost_connectors::mail::{Mail, compose, message_id};
use skillhost_engine::artifact;
use skillhost_engine::effect::calendar_invite;
use skillhost_engine::ids::EffectKey;
use skillhost_engine::mailbox::{AGAIN, COPY_AGAIN, MailboxRow, sent_thread};
use skillhost_engine::outbox::{Delivery, OutboxRow, Performer};
use skillhost_engine::store::{FiledMail, Store, StoreError, UnfiledMail};
use skillhost_engine::time::Timestamp;
use tracing::Instrument as _;

use super::{LATER_MS, Trouble, is_theirs, owner, unless_drained};
use crate::app::App;
use crate::artifacts::StoredFiles;
use crate::config::MailboxConfig;

/// Mails filed in one go.
const PAGE: u32 = 100;
/// Between two looks without a word that something left.
const SWEEP_MS: i64 = 10 * LATER_MS;
/// Time for a look whether a mail left; the effect waits for it.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts at a copy at which the connection breaks, before it counts as refused.
const MAX_BREAKS: u32 = 3;
/// Folder that is made where the server has none for what was sent.
const NEW_SENT: &str = "Sent";

/// Files what its user sent until the host drains.
pub(crate) async fn file(app: Arc<App>, mailbox: Arc<MailboxConfig>) {
    let span = tracing::info_span!("filing", mailbox = %mailbox.name);
    attend(&app, &mailbox).instrument(span).await;
}

async fn attend(app: &App, mailbox: &MailboxConfig) {
    let mut sent = app.mailboxes.sent.subscribe();
    let mut tries = 0_u32;
    let mut broken = None;
    loop {
        sent.mark_unchanged();
        let now = app.clock.now();
        let next = match file_all(app, mailbox, &mut broken).await {
            Ok(()) => {
                tries = 0;
                now.plus_ms(SWEEP_MS)
            }
            Err(Trouble::Drained) => return,
            Err(trouble) => {
                tries = tries.saturating_add(1);
                match trouble {
                    Trouble::Imap(error) => tracing::warn!(%error, tries, "sent mails cannot be filed now"),
                    Trouble::Store(error) => tracing::warn!(%error, tries, "sent mails cannot be filed now"),
                    Trouble::Full | Trouble::Elsewhere | Trouble::Drained => {}
                }
                AGAIN.again(tries, now, None, &mailbox.address).unwrap_or(now.plus_ms(SWEEP_MS))
            }
        };
        tokio::select! {
            () = app.clock.sleep_until(next) => {}
            // The mailbox may be away for long; a new mail is no reason to try earlier.
            changed = sent.changed(), if tries == 0 => if changed.is_err() { return },
            () = app.wake.draining().cancelled() => return,
        }
    }
}

/// What a mailbox's user sent since it was first read and that is to be filed by then.
pub(super) async fn unfiled(app: &App, row: &MailboxRow, due: Timestamp) -> Result<Vec<UnfiledMail>, StoreError> {
    app.store.unfiled_mails(&row.org, &row.user, row.began_at, due, PAGE).await
}

/// A copy at which the connection broke, and how often in a row.
type Broken = Option<(EffectKey, u32)>;

async fn file_all(app: &App, mailbox: &MailboxConfig, broken: &mut Broken) -> Result<(), Trouble> {
    let Some(user) = owner(app, mailbox).await? else { return Ok(()) };
    let Some(row) = app.store.mailbox(&user.org, &mailbox.address).await? else { return Ok(()) };
    loop {
        let page = unfiled(app, &row, app.clock.now()).await?;
        if page.is_empty() {
            return Ok(());
        }
        if !app.store.take_mailbox(&row, &app.boot_id).await? {
            // Whoever reads the mailbox files as well.
            return Ok(());
        }
        let mut folder = match mailbox.files_sent {
            true => Some(unless_drained(app, SentFolder::open(mailbox)).await?),
            false => None,
        };
        for mail in page {
            file_one(app, &row, &mail, folder.as_mut(), broken).await?;
        }
        if let Some(folder) = folder {
            folder.session.close().await;
        }
    }
}

async fn file_one(
    app: &App,
    row: &MailboxRow,
    mail: &UnfiledMail,
    folder: Option<&mut SentFolder>,
    broken: &mut Broken,
) -> Result<(), Trouble> {
    let files = StoredFiles::new(Arc::clone(&app.store), Arc::clone(&app.clock));
    // Of a job that moved out, or an erased person, there is nothing left to file.
    let effect = app.store.effect(&row.org, &mail.key).await?.filter(|effect| effect.payload.is_object());
    let references = effect.as_ref().map(references).unwrap_or_default();
    let mut refusal = None;
    if let (Some(folder), Some(effect)) = (folder, &effect)
        && let Some(sent) = as_sent(&files, effect).await
    {
        let at = effect.release.as_ref().map_or(effect.updated_at, |release| release.at);
        let put = unless_drained(app, folder.put(&mail.message_id, at, &sent.bytes)).await;
        refusal = refused(put, &mail.key, broken)?;
    }
    let now = app.clock.now();
    let (mut refused, mut again_at) = (0, None);
    if let Some(error) = refusal {
        refused = mail.refused.saturating_add(1);
        again_at = COPY_AGAIN.again(refused, now, None, mail.key.as_str());
        let is_last = again_at.is_none();
        tracing::warn!(effect = %mail.key, %error, refused, is_last, "the folder of what was sent takes no copy");
    }
    let known = app.store.mails_by_message_id(&row.org, &row.user, &references).await?;
    let filed = FiledMail {
        org: row.org.clone(),
        key: mail.key.clone(),
        thread_id: sent_thread(&row.address, &mail.message_id, &references, &known),
        in_reply_to: references.last().cloned(),
        references,
        at: now,
        refused,
        again_at,
    };
    Ok(app.store.file_mail(&filed).await?)
}

/// The mail that an effect left as; nothing where its files are gone.
async fn as_sent(files: &StoredFiles, effect: &OutboxRow) -> Option<Mail> {
    if effect.kind == calendar_invite::KIND {
        return invitation_mail(effect).ok();
    }
    let attached = artifact::attached(files, effect).await.ok()?;
    compose(effect, &attached).ok()
}

/// Whether the folder refused a copy. One at which the connection broke again and again
/// counts as refused, so that it holds up no other.
fn refused(put: Result<(), Trouble>, key: &EffectKey, broken: &mut Broken) -> Result<Option<ImapError>, Trouble> {
    let error = match put {
        Ok(()) => return Ok(None),
        Err(Trouble::Imap(error)) => error,
        Err(trouble) => return Err(trouble),
    };
    if matches!(error, ImapError::Refused(_) | ImapError::Later(_) | ImapError::NotUnderstood(_)) {
        return Ok(Some(error));
    }
    let before = broken.take().filter(|(one, _)| one == key).map_or(0, |(_, times)| times);
    if before + 1 >= MAX_BREAKS {
        return Ok(Some(error));
    }
    *broken = Some((key.clone(), before + 1));
    Err(Trouble::Imap(error))
}

/// What a mail refers to, its parent last; without brackets.
fn references(effect: &OutboxRow) -> Vec<String> {
    let bare = |id: &Value| id.as_str().map(|id| id.trim_matches(['<', '>']).to_owned());
    let mut all: Vec<String> =
        effect.payload.get("references").and_then(Value::as_array).into_iter().flatten().filter_map(bare).collect();
    if let Some(parent) = effect.payload.get("in_reply_to").and_then(bare) {
        all.retain(|id| *id != parent);
        all.push(parent);
    }
    all
}

/// The folder of what was sent, open.
struct SentFolder {
    session: ImapSession,
    name: String,
    is_there: bool,
}

impl SentFolder {
    async fn open(mailbox: &MailboxConfig) -> Result<Self, ImapError> {
        let mut session = ImapSession::open(&mailbox.imap).await?;
        let name = session.sent_folder().await?.unwrap_or_else(|| NEW_SENT.to_owned());
        let is_there = match session.examine(&name).await {
            Ok(_) => true,
            Err(ImapError::NoFolder) => false,
            Err(error) => return Err(error),
        };
        Ok(Self { session, name, is_there })
    }

    async fn has(&mut self, message_id: &str) -> Result<bool, ImapError> {
        if self.is_there { self.session.has_message(message_id).await } else { Ok(false) }
    }

    /// Puts a mail there that is not there yet.
    async fn put(&mut self, message_id: &str, at: Timestamp, bytes: &[u8]) -> Result<(), ImapError> {
        if !self.is_there {
            // Not every server says with a refused copy that there is no folder.
            self.session.create(&self.name).await?;
            self.session.examine(&self.name).await?;
            self.is_there = true;
        }
        if self.has(message_id).await? {
            return Ok(());
        }
        self.session.append(&self.name, at, bytes).await
    }
}

/// Performs what leaves as a mail, and knows where one shows that nobody knows to have left.
pub(crate) struct Filing {
    pub(crate) performer: Arc<dyn Performer>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) mailboxes: Vec<Arc<MailboxConfig>>,
}

impl Filing {
    /// In the folder of what was sent, or by an answer to it.
    async fn find(&self, effect: &OutboxRow) -> Result<Option<Value>, Trouble> {
        let Ok(message_id) = message_id(effect) else { return Ok(None) };
        let id = message_id.trim_matches(['<', '>']);
        let shown = |by: &str| Some(json!({ "message_id": message_id, "shown_by": by }));
        if self.store.is_answered(&effect.org, &effect.user, id).await? {
            return Ok(shown("an answer"));
        }
        for mailbox in &self.mailboxes {
            if !is_theirs(self.store.as_ref(), mailbox, effect).await? {
                continue;
            }
            let mut folder = SentFolder::open(mailbox).await?;
            let is_there = folder.has(id).await?;
            folder.session.close().await;
            if is_there {
                return Ok(shown("the folder of what was sent"));
            }
        }
        Ok(None)
    }
}

#[async_trait::async_trait]
impl Performer for Filing {
    fn kinds(&self) -> &'static [&'static str] {
        self.performer.kinds()
    }

    fn vendor(&self) -> &'static str {
        self.performer.vendor()
    }

    fn is_keyed(&self) -> bool {
        self.performer.is_keyed()
    }

    async fn perform(&self, effect: &OutboxRow) -> Delivery {
        self.performer.perform(effect).await
    }

    async fn look_up(&self, effect: &OutboxRow) -> Option<Value> {
        match tokio::time::timeout(LOOK_UP_TIMEOUT, self.find(effect)).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(effect = %effect.key, "its sender's mailbox cannot be asked whether a mail left");
                None
            }
        }
    }
}

//! Mailboxes that the host reads: one task each, from the first mail to the next.
//!
//! Invariants: a mail is durable before its event, its event before the mailbox's place
//! moves behind it, and each step done twice is done once, so that a stop anywhere loses
//! nothing and doubles nothing; whatever fails is a state that people see, with the time
//! of the next attempt, and never the end of the task; no text, address or word of a
//! server is in a log line. A mailbox that cannot be read says nothing about the host,
//! which stays ready.

mod filing;
mod intake;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skillhost_connectors::mail::imap::{Folder, Heard, ImapError, ImapSession};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::mailbox::{AGAIN, CONNECTION, Extent, MailFault, MailboxRow, MailboxState, REFUSED_AGAIN, Stuck};
use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::store::{Store, StoreError, User};
use skillhost_engine::time::Timestamp;
use tokio::sync::{Semaphore, watch};
use tracing::Instrument as _;

use crate::app::App;
use crate::config::MailboxConfig;

pub(crate) use filing::{Filing, file};
pub(crate) use sending::{OwnServer, Sending, Way};

/// Between two looks of a mailbox that is another host's, or nobody's yet.
const LATER_MS: i64 = 60_000;
/// Between two looks where the server does not say that something is new.
const POLL_MS: i64 = 60_000;
/// A wait for news is begun anew after this. A server that lost one tells nobody, and this
/// is how long that may go unseen; it also shows other hosts that the turn is kept.
const LISTEN: Duration = Duration::from_secs(5 * 60);
/// The first wait after a look that found something, or was the first: servers see by a
/// folder's time, in whole seconds, whether it changed, so what came in the same second as
/// the look may be told to nobody. Two seconds later it is seen.
const SETTLE: Duration = Duration::from_secs(3);
/// Waits in a row that the server ends with a complaint, after which it is asked every
/// minute instead, once.
const MAX_COMPLAINTS: u32 = 2;
/// Mails in memory at once, over all mailboxes, of those that are large: each may take
/// three times 25 MB.
const READING_LARGE: usize = 4;
/// The same of all others, so that servers that are slow with large ones hold up no small
/// one: each may take three times [`LARGE_BYTES`].
const READING: usize = 32;
/// A mail with a file in it, as a rule.
const LARGE_BYTES: u32 = 1024 * 1024;
/// How far before the last look a mailbox is read again whose numbers all changed.
const OVERLAP_DAYS: i64 = 2;
/// Mails whose marks are asked again after each look, the last ones.
const MARKED: u32 = 200;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What all mailboxes of this process share.
pub struct Mailboxes {
    reading: Semaphore,
    reading_large: Semaphore,
    /// Counts mails that left, so that whoever files them looks.
    sent: watch::Sender<u64>,
}

impl Default for Mailboxes {
    fn default() -> Self {
        Self {
            reading: Semaphore::new(READING),
            reading_large: Semaphore::new(READING_LARGE),
            sent: watch::Sender::new(0),
        }
    }
}

impl Mailboxes {
    /// A mail left.
    pub(crate) fn mail_left(&self) {
        self.sent.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// A mailbox as people see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailboxView {
    /// Where it stands.
    #[serde(flatten)]
    pub row: MailboxRow,
    /// Mails that the host sent and that are not in its folder yet, up to 100.
    pub to_file: usize,
    /// Mails that the host sent and that its folder refused for good.
    #[serde(default)]
    pub not_filed: u64,
}

/// Why a mailbox is not read now.
enum Trouble {
    Imap(ImapError),
    Store(StoreError),
    /// The host takes no more events.
    Full,
    /// It is another host's by now.
    Elsewhere,
    /// The host stops.
    Drained,
}

impl From<ImapError> for Trouble {
    fn from(error: ImapError) -> Self {
        Self::Imap(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a task remembers of its mailbox between attempts.
#[derive(Default)]
struct Memory {
    tries: u32,
    /// The mail that could not be taken.
    stuck: Option<Stuck>,
    is_unmapped: bool,
}

/// Reads a mailbox until the host drains.
pub(crate) async fn keep(app: Arc<App>, mailbox: Arc<MailboxConfig>) {
    let span = tracing::info_span!("mailbox", mailbox = %mailbox.name);
    attend(&app, &mailbox).instrument(span).await;
}

async fn attend(app: &Arc<App>, mailbox: &MailboxConfig) {
    let mut memory = Memory::default();
    loop {
        let now = app.clock.now();
        let next = match turn(app, mailbox, &mut memory).await {
            Ok(None) => now.plus_ms(LATER_MS),
            Ok(Some(mut row)) => match read(app, mailbox, &mut row, &mut memory).await {
                Trouble::Drained => return,
                Trouble::Elsewhere => now.plus_ms(LATER_MS),
                trouble => stand_back(app, row, trouble, &mut memory).await,
            },
            Err(error) => {
                tracing::warn!(%error, "cannot look after the mailbox now");
                now.plus_ms(LATER_MS)
            }
        };
        if app.drains_before(next).await {
            return;
        }
    }
}

/// Whose mailbox this is; nobody's where no connection says so, or whose user is gone.
async fn owner(app: &App, mailbox: &MailboxConfig) -> Result<Option<User>, StoreError> {
    let Some(connection) = app.store.connection(CONNECTION, &mailbox.address).await? else { return Ok(None) };
    let user = app.store.user(&connection.org, &connection.user).await?;
    // An erased person has no address any more, and their mail is not read.
    Ok(user.filter(|user| !user.email.is_empty()))
}

/// Whether a mailbox is that of the person in whose name an effect happens.
async fn is_theirs(store: &dyn Store, mailbox: &MailboxConfig, effect: &OutboxRow) -> Result<bool, StoreError> {
    let connection = store.connection(CONNECTION, &mailbox.address).await?;
    Ok(connection.is_some_and(|whose| whose.org == effect.org && whose.user == effect.user))
}

/// The mailbox's row, where it is this host's turn to read it.
async fn turn(app: &App, mailbox: &MailboxConfig, memory: &mut Memory) -> Result<Option<MailboxRow>, StoreError> {
    let Some(user) = owner(app, mailbox).await? else {
        if !memory.is_unmapped {
            tracing::warn!("no connection of kind `mailbox` says whose mailbox this is; it is not read");
        }
        memory.is_unmapped = true;
        return Ok(None);
    };
    memory.is_unmapped = false;
    let new = MailboxRow::new(user.org, user.id, &mailbox.address, app.clock.now());
    if !app.store.take_mailbox(&new, &app.boot_id).await? {
        return Ok(None);
    }
    app.store.mailbox(&new.org, &new.address).await
}

/// Writes what went wrong; when it is tried again.
async fn stand_back(app: &App, mut row: MailboxRow, trouble: Trouble, memory: &mut Memory) -> Timestamp {
    let now = app.clock.now();
    memory.tries = memory.tries.saturating_add(1);
    let (state, reason, policy) = match &trouble {
        Trouble::Imap(error @ ImapError::Login) => (MailboxState::Refused, error.to_string(), REFUSED_AGAIN),
        Trouble::Imap(error @ ImapError::NoFolder) => (MailboxState::Missing, error.to_string(), REFUSED_AGAIN),
        Trouble::Imap(error) => (MailboxState::Waiting, error.to_string(), AGAIN),
        Trouble::Store(error) => {
            tracing::warn!(%error, "what came cannot be kept now");
            (MailboxState::Waiting, "the host's database is away".to_owned(), AGAIN)
        }
        Trouble::Full => (MailboxState::Waiting, "the host takes no more events for now".to_owned(), AGAIN),
        Trouble::Elsewhere | Trouble::Drained => return now,
    };
    let next = policy.again(memory.tries, now, None, &row.address).unwrap_or(now.plus_ms(policy.max_ms));
    tracing::warn!(state = state.as_str(), %reason, tries = memory.tries, "the mailbox is tried again later");
    row.turn(state, Some(reason), now);
    row.next_attempt = Some(next);
    if let Err(error) = app.store.put_mailbox(&row).await {
        tracing::warn!(%error, "cannot write where the mailbox stands");
    }
    next
}

/// Says where the mailbox stands now.
async fn stand(app: &App, row: &mut MailboxRow, state: MailboxState) -> Result<(), StoreError> {
    row.next_attempt = None;
    if row.turn(state, None, app.clock.now()) {
        tracing::info!(state = state.as_str(), "the mailbox");
    }
    app.store.put_mailbox(row).await
}

/// Waits for the server, unless the host stops meanwhile.
async fn unless_drained<T>(app: &App, work: impl Future<Output = Result<T, ImapError>>) -> Result<T, Trouble> {
    tokio::select! {
        ended = work => Ok(ended?),
        () = app.wake.draining().cancelled() => Err(Trouble::Drained),
    }
}

/// Reads what is new, waits for more, and so on until something is in the way.
async fn read(app: &Arc<App>, mailbox: &MailboxConfig, row: &mut MailboxRow, memory: &mut Memory) -> Trouble {
    let ended: Result<std::convert::Infallible, Trouble> = async {
        stand(app, row, MailboxState::Connecting).await?;
        let mut session = unless_drained(app, ImapSession::open(&mailbox.imap)).await?;
        let (mut most, mut complaints) = (SETTLE, 0);
        loop {
            sync(app, mailbox, &mut session, row, memory).await?;
            memory.tries = 0;
            if session.can_idle && complaints < MAX_COMPLAINTS {
                stand(app, row, MailboxState::Listening).await?;
                let heard = unless_drained(app, session.listen(most)).await?;
                most = if heard == Heard::Nothing { LISTEN } else { SETTLE };
                complaints = if heard == Heard::Trouble { complaints + 1 } else { 0 };
            } else {
                (most, complaints) = (SETTLE, 0);
                stand(app, row, MailboxState::Polling).await?;
                if app.drains_before(app.clock.now().plus_ms(POLL_MS)).await {
                    return Err(Trouble::Drained);
                }
            }
            // Whose it is may be another one by now, and whose turn it is.
            let is_theirs = owner(app, mailbox).await?.is_some_and(|user| user.org == row.org && user.id == row.user);
            if !is_theirs || !app.store.take_mailbox(row, &app.boot_id).await? {
                return Err(Trouble::Elsewhere);
            }
        }
    }
    .await;
    let Err(trouble) = ended;
    trouble
}

/// Takes everything that is new.
async fn sync(
    app: &Arc<App>,
    mailbox: &MailboxConfig,
    session: &mut ImapSession,
    row: &mut MailboxRow,
    memory: &mut Memory,
) -> Result<(), Trouble> {
    let begun = app.clock.now();
    let folder = unless_drained(app, session.examine(&mailbox.imap.folder)).await?;
    row.opened(begun);
    let is_known = row.uid_validity == Some(folder.uid_validity);
    // What was there before the first day is behind the place as well. Asked before the
    // search, so that what comes in between stays ahead of it.
    let behind = match is_known && row.synced_at.is_some() {
        true => 0,
        false => unless_drained(app, session.last_uid(folder)).await?,
    };
    let uids = if is_known {
        unless_drained(app, session.uids_after(row.last_uid)).await?
    } else {
        let uids = unless_drained(app, session.uids_since(first_day(mailbox, row, begun))).await?;
        if row.uid_validity.is_some() {
            tracing::warn!(
                mails = uids.len(),
                "the server numbered the mailbox anew; what is known is not taken again"
            );
        }
        uids
    };
    if !uids.is_empty() {
        stand(app, row, MailboxState::Syncing).await?;
    }
    for uid in &uids {
        if app.wake.draining().is_cancelled() {
            return Err(Trouble::Drained);
        }
        take(app, session, folder, row, *uid, memory).await?;
        row.move_behind(folder.uid_validity, *uid);
    }
    row.move_behind(folder.uid_validity, behind);
    row.synced_at = Some(begun);
    if folder.exists > 0 && row.last_uid > 0 {
        let from = row.last_uid.saturating_sub(MARKED - 1).max(1);
        let marks = unless_drained(app, session.marks(from, row.last_uid)).await?;
        app.store.mark_mails(&row.org, &row.address, folder.uid_validity, &marks).await?;
    }
    Ok(())
}

/// The first day that is read of a mailbox whose numbers say nothing.
fn first_day(mailbox: &MailboxConfig, row: &MailboxRow, now: Timestamp) -> jiff::civil::Date {
    let first = now.plus_ms(-i64::from(mailbox.first_days) * DAY_MS);
    let from = row.synced_at.map_or(first, |at| first.min(at.plus_ms(-OVERLAP_DAYS * DAY_MS)));
    let at = jiff::Timestamp::from_millisecond(from.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Takes one mail. Of one that will not come less is asked for, and it is left out in the
/// end, so that those behind it come through.
async fn take(
    app: &Arc<App>,
    session: &mut ImapSession,
    folder: Folder,
    row: &mut MailboxRow,
    uid: u32,
    memory: &mut Memory,
) -> Result<(), Trouble> {
    let mut stuck = Stuck::at(memory.stuck, folder.uid_validity, uid, app.clock.now());
    match arrived(app, session, folder, uid, stuck.extent()).await {
        Ok(None) => Ok(()),
        Ok(Some(arrival)) => {
            let is_new = intake::take(app, row, arrival).await?;
            row.received += u64::from(is_new);
            Ok(())
        }
        Err(NotTaken::Otherwise(trouble)) => Err(trouble),
        Err(NotTaken::Mail(fault, error)) => {
            let is_out = stuck.failed(fault, app.clock.now());
            memory.stuck = Some(stuck);
            tracing::warn!(uid, %error, extent = ?stuck.extent(), "a mail cannot be taken now");
            if is_out {
                tracing::error!(uid, %error, "a mail that cannot be taken is left out");
                row.move_behind(folder.uid_validity, uid);
                row.left_out += 1;
                app.store.put_mailbox(row).await?;
            }
            Err(Trouble::Imap(error))
        }
    }
}

/// Why a mail was not taken.
enum NotTaken {
    /// It may be the mail.
    Mail(MailFault, ImapError),
    /// It is something else.
    Otherwise(Trouble),
}

impl From<Trouble> for NotTaken {
    fn from(trouble: Trouble) -> Self {
        let Trouble::Imap(error) = trouble else { return Self::Otherwise(trouble) };
        match error {
            ImapError::Refused(_) | ImapError::Later(_) | ImapError::NotUnderstood(_) => {
                Self::Mail(MailFault::Refused, error)
            }
            ImapError::Slow(_) | ImapError::Lost(_) | ImapError::TooLarge(_) | ImapError::Unreadable(_) => {
                Self::Mail(MailFault::Broke, error)
            }
            other => Self::Otherwise(Trouble::Imap(other)),
        }
    }
}

/// Fetches a mail and reads it; `None` where it is gone by now.
async fn arrived(
    app: &Arc<App>,
    session: &mut ImapSession,
    folder: Folder,
    uid: u32,
    extent: Extent,
) -> Result<Option<intake::Arrival>, NotTaken> {
    let Some(size) = unless_drained(app, session.size(uid)).await? else { return Ok(None) };
    let is_large = ImapSession::in_memory(size, extent) > LARGE_BYTES;
    let room = if is_large { &app.mailboxes.reading_large } else { &app.mailboxes.reading };
    let _permit = room.acquire().await;
    let Some(fetched) = unless_drained(app, session.fetch(uid, size, extent)).await? else { return Ok(None) };
    let (marks, at) = (fetched.marks, fetched.at);
    // Reading 25 MB takes a while; the runtime's threads must not.
    let parsed =
        tokio::task::spawn_blocking(move || skillhost_connectors::mail::read::read(&fetched.bytes, fetched.is_cut));
    let unread = |_| NotTaken::Mail(MailFault::Unread, ImapError::Unreadable("reading a mail"));
    let mail = parsed.await.map_err(unread)?;
    Ok(Some(intake::Arrival { uid_validity: folder.uid_validity, uid, size: u64::from(size), marks, at, mail }))
}

impl App {
    /// The mailboxes of a user, or of the org.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn mailbox_views(&self, org: &OrgId, user: Option<&UserId>) -> Result<Vec<MailboxView>, StoreError> {
        let mut views = Vec::new();
        for row in self.store.mailboxes(org, user).await? {
            let to_file = filing::unfiled(self, &row, Timestamp(i64::MAX)).await?.len();
            let not_filed = self.store.unfiled_for_good(&row.org, &row.user).await?;
            views.push(MailboxView { row, to_file, not_filed });
        }
        Ok(views)
    }
}

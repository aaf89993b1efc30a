//! Waiting for news in an open folder (RFC 2177).

use std::time::Duration;

use super::{COMMAND_TIMEOUT, ImapError, ImapSession, Step};

/// What comes while waiting for news, between two of them.
const MAX_IDLE_BYTES: usize = 256 * 1024;

/// What a wait for news ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something changed.
    News,
    /// The server says that something is wrong. It may not tell what comes from here on.
    Trouble,
    /// Nothing, in this time.
    Nothing,
}

impl ImapSession {
    /// Waits until the server says that something changed, or that something is wrong, at
    /// most so long; not at all where news were told since the folder was opened.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn listen(&mut self, within: Duration) -> Result<Heard, ImapError> {
        let what = "waiting for news";
        if std::mem::take(&mut self.has_come) {
            return Ok(Heard::News);
        }
        self.inner.get_mut().allow(MAX_IDLE_BYTES);
        let lost = |error| ImapError::of(&error, what, false);
        let id = self.inner.run_command("IDLE").await.map_err(lost)?;
        let mut heard = Heard::Nothing;
        let begun = async {
            loop {
                match self.next(what, &id, &mut |_| {}).await? {
                    Step::Asks => return Ok(()),
                    Step::Ended => return Err(ImapError::Refused(what)),
                    Step::News => heard = Heard::News,
                    Step::Trouble if heard == Heard::Nothing => heard = Heard::Trouble,
                    Step::Trouble | Step::Other => {}
                }
            }
        };
        tokio::time::timeout(COMMAND_TIMEOUT, begun).await.map_err(|_| ImapError::Slow(what))??;
        if heard == Heard::Nothing {
            let news = async {
                loop {
                    self.inner.get_mut().allow(MAX_IDLE_BYTES);
                    match self.next(what, &id, &mut |_| {}).await? {
                        Step::News => return Ok(Heard::News),
                        Step::Trouble => return Ok(Heard::Trouble),
                        Step::Ended => return Err(ImapError::Refused(what)),
                        Step::Asks | Step::Other => {}
                    }
                }
            };
            heard = tokio::time::timeout(within, news).await.unwrap_or(Ok(Heard::Nothing))?;
        }
        self.inner.get_mut().allow(MAX_IDLE_BYTES);
        let done = async {
            self.inner.run_command_untagged("DONE").await.map_err(lost)?;
            loop {
                match self.next(what, &id, &mut |_| {}).await? {
                    Step::Ended => return Ok(()),
                    Step::News => heard = Heard::News,
                    Step::Asks | Step::Trouble | Step::Other => {}
                }
            }
        };
        tokio::time::timeout(COMMAND_TIMEOUT, done).await.map_err(|_| ImapError::Slow(what))??;
        Ok(heard)
    }
}

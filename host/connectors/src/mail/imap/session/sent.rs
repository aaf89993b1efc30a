//! The folder of what was sent, and a copy on its way into it.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};
use skillhost_engine::time::Timestamp;
use tokio::io::AsyncWriteExt as _;

use super::{
    COMMAND_TIMEOUT, ImapError, ImapSession, MAX_ANSWER_BYTES, MAX_LIST_BYTES, Step, TRANSFER_TIMEOUT, quoted,
};

/// Usual names of the folder of what was sent, where no folder bears the mark.
const SENT_NAMES: [&str; 5] = ["Sent", "INBOX.Sent", "INBOX/Sent", "Sent Items", "Sent Messages"];

impl ImapSession {
    /// The folder of what was sent: the one that is set, that bears the mark, or that has
    /// a usual name.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn sent_folder(&mut self) -> Result<Option<String>, ImapError> {
        if let Some(sent) = &self.sent {
            return Ok(Some(sent.clone()));
        }
        let (mut marked, mut names) = (None, Vec::new());
        self.run("listing folders", "LIST \"\" \"*\"", MAX_LIST_BYTES, COMMAND_TIMEOUT, |response| {
            if let Response::MailboxData(MailboxDatum::List(folder)) = response {
                if folder.name_attributes.contains(&NameAttribute::Sent) {
                    marked.get_or_insert_with(|| folder.name.to_string());
                }
                names.push(folder.name.to_string());
            }
        })
        .await?;
        let usual = || SENT_NAMES.iter().find(|usual| names.iter().any(|name| name == *usual));
        self.sent = marked.or_else(|| usual().map(|name| (*name).to_owned()));
        Ok(self.sent.clone())
    }

    /// Whether an open folder has a mail with this message id (without brackets).
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn has_message(&mut self, message_id: &str) -> Result<bool, ImapError> {
        if !message_id.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(false);
        }
        let query = format!("HEADER Message-ID {}", quoted(&format!("<{message_id}>")));
        Ok(!self.search(&query).await?.is_empty())
    }

    /// Puts a mail into a folder, as seen. The folder is made where the server says
    /// that there is none.
    ///
    /// # Errors
    /// See [`ImapError`]; after [`ImapError::Lost`] and [`ImapError::Slow`] the mail may
    /// be there.
    pub async fn append(&mut self, folder: &str, at: Timestamp, bytes: &[u8]) -> Result<(), ImapError> {
        match self.append_once(folder, at, bytes).await {
            Err(ImapError::NoFolder) => {
                self.create(folder).await?;
                self.append_once(folder, at, bytes).await
            }
            ended => ended,
        }
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn create(&mut self, folder: &str) -> Result<(), ImapError> {
        let create = format!("CREATE {}", quoted(folder));
        self.run("making a folder", &create, MAX_ANSWER_BYTES, COMMAND_TIMEOUT, |_| {}).await
    }

    async fn append_once(&mut self, folder: &str, at: Timestamp, bytes: &[u8]) -> Result<(), ImapError> {
        let what = "putting a mail into its folder";
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let time = time.strftime("%d-%b-%Y %H:%M:%S +0000");
        let command = format!("APPEND {} (\\Seen) \"{time}\" {{{}}}", quoted(folder), bytes.len());
        self.inner.get_mut().allow(MAX_ANSWER_BYTES);
        let work = async {
            let id = self.inner.run_command(&command).await.map_err(|error| ImapError::of(&error, what, false))?;
            let mut is_asked = false;
            loop {
                match self.next(what, &id, &mut |_| {}).await? {
                    Step::Asks if !is_asked => {
                        is_asked = true;
                        let wire = self.inner.get_mut();
                        let written = async {
                            wire.write_all(bytes).await?;
                            wire.write_all(b"\r\n").await?;
                            wire.flush().await
                        };
                        written.await.map_err(|_| ImapError::Lost(what))?;
                    }
                    Step::Ended => return Ok(()),
                    Step::Asks | Step::News | Step::Trouble | Step::Other => {}
                }
            }
        };
        match tokio::time::timeout(TRANSFER_TIMEOUT, work).await {
            Ok(ended) => ended,
            Err(_) => Err(ImapError::Slow(what)),
        }
    }
}

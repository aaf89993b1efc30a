//! Forgetting a person: their open jobs end, then everything of them goes at once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skillhost_connectors::invitation::FolderCalendar;
use skillhost_connectors::mail::FolderMailer;
use skillhost_engine::body::Subject;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{StoreError, User};

use crate::answer::AnswerError;
use crate::app::App;
use crate::boot::{CALENDAR_DIR, MAIL_DIR};
use crate::orders::{Verb, Why};

/// Rounds of ending open jobs: each ends all there are, and events of the person
/// may come in between.
const MAX_ROUNDS: usize = 8;

/// Why a person was not forgotten. What was cancelled stays cancelled.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The org has nobody of that id.
    #[error("org `{org}` knows no {subject}")]
    NoSuchPerson {
        /// Tenant.
        org: OrgId,
        /// Who.
        subject: Subject,
    },
    /// Only an admin may.
    #[error("only an admin may erase a person")]
    NotAdmin,
    /// A job of theirs cannot be ended.
    #[error("a job of {subject} cannot be ended")]
    Job {
        /// Who.
        subject: Subject,
        /// Why.
        #[source]
        source: AnswerError,
    },
    /// Events of theirs came in faster than they were ended.
    #[error("jobs of {subject} keep coming in; nothing was erased")]
    StillOpen {
        /// Who.
        subject: Subject,
    },
    /// A mail's or an event's file is still there.
    #[error("erased, but for mails and events as files")]
    Mail(#[source] std::io::Error),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedView {
    /// Who.
    pub person: String,
    /// Jobs that were still open and were ended.
    pub cancelled: usize,
    /// Jobs whose texts are blank now.
    pub jobs: usize,
    /// Kept texts whose key is gone.
    pub texts: u64,
    /// Files of mails and events that are gone.
    pub files: usize,
}

impl App {
    /// Forgets a person of the admin's org.
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn erase_person(
        self: &Arc<Self>,
        admin: &User,
        subject: &Subject,
        via: &str,
    ) -> Result<ErasedView, EraseError> {
        if !admin.admin {
            return Err(EraseError::NotAdmin);
        }
        let mut cancelled = 0;
        let mut rounds = 0;
        let erased = loop {
            for job in self.store.open_jobs_about(&admin.org, subject).await? {
                let why = Why { via: via.to_owned(), reason: None };
                match self.order(admin, &job, Verb::Cancel, None, why).await {
                    Ok(_) => cancelled += 1,
                    // It ended by itself meanwhile.
                    Err(AnswerError::Order(_) | AnswerError::TooLate { .. } | AnswerError::NotFound) => {}
                    Err(source) => return Err(EraseError::Job { subject: subject.clone(), source }),
                }
            }
            let by = format!("user:{}", admin.id);
            match self.store.erase_person(&admin.org, subject, &by, self.clock.now()).await {
                Ok(Some(erased)) => break erased,
                Ok(None) => {
                    return Err(EraseError::NoSuchPerson { org: admin.org.clone(), subject: subject.clone() });
                }
                Err(StoreError::Constraint { .. }) if rounds < MAX_ROUNDS => rounds += 1,
                Err(StoreError::Constraint { .. }) => {
                    return Err(EraseError::StillOpen { subject: subject.clone() });
                }
                Err(error) => return Err(error.into()),
            }
        };
        let mut files = 0;
        let data = &self.config.data_dir;
        let mails = erased.mails.iter().map(|key| data.join(MAIL_DIR).join(FolderMailer::file_name(key.as_str())));
        let events = erased.events.iter().map(|event| data.join(CALENDAR_DIR).join(FolderCalendar::file_name(event)));
        for path in mails.chain(events) {
            match std::fs::remove_file(path) {
                Ok(()) => files += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(EraseError::Mail(error)),
            }
        }
        for job in &erased.jobs {
            self.wake.changed(job);
        }
        tracing::info!(jobs = erased.jobs.len(), texts = erased.texts, via, "a person was erased");
        Ok(ErasedView { person: subject.to_string(), cancelled, jobs: erased.jobs.len(), texts: erased.texts, files })
    }
}

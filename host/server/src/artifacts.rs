//! Files that skills made, as every door shows them, and links to them.
//!
//! Invariants: a file is found by its job and its digest, and handed out only when the
//! bytes are those of the digest; a link is looked at by its signature before anything is
//! read, and by its row before anything is handed out.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use skillhost_engine::artifact::{self, File, FileError, Files, KeptArtifact, Serving, Share};
use skillhost_engine::binding::Link;
use skillhost_engine::body::{Kept, Subject};
use skillhost_engine::effect::proposal_share;
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{JobId, OrgId, UserId};
use skillhost_engine::job::JobRow;
use skillhost_engine::outbox::OutboxRow;
use skillhost_engine::store::{ChatMessage, Store, StoreError, User};
use skillhost_engine::time::{Clock, Timestamp};

use crate::app::App;

/// Where links begin.
pub(crate) const SHARE_PATH: &str = "/share/";

/// Why a file or a link is not handed out.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// There is none that this person may see.
    #[error("there is no such file")]
    NotFound,
    /// There was one.
    #[error("{0}")]
    Gone(&'static str),
    /// Somebody else's.
    #[error("only who shared it, or an admin, may end a link")]
    NotYours,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A file of a job, with its bytes.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// What it is saved as.
    pub name: String,
    /// How it is handed to a browser.
    pub serving: Serving,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// A link as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareView {
    /// For `artifacts revoke`.
    pub id: String,
    /// The file.
    pub digest: String,
    /// What the page is called.
    pub title: String,
    /// For whom.
    pub contact_id: Option<String>,
    /// Who shares.
    pub user_id: UserId,
    /// `works`, `expired` or `revoked`.
    pub state: String,
    /// When made.
    pub made_at: Timestamp,
    /// Works until then.
    pub expires_at: Timestamp,
    /// The link, while it works.
    pub url: Option<String>,
}

/// Files and links of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactList {
    /// In the order in which they were made.
    pub artifacts: Vec<KeptArtifact>,
    /// Newest first.
    pub shares: Vec<ShareView>,
}

/// A job's files and its row; `None` when the org has no such job.
async fn of_job(
    store: &dyn Store,
    org: &OrgId,
    job: &JobId,
) -> Result<Option<(JobRow, Vec<Arc<KeptArtifact>>)>, StoreError> {
    let Some(stored) = store.job(org, job).await? else { return Ok(None) };
    let job = Job::restore(stored)
        .map_err(|error| StoreError::Corrupt { what: job.to_string(), message: error.to_string() })?;
    Ok(Some((job.row, job.artifacts)))
}

async fn bytes(
    store: &dyn Store,
    org: &OrgId,
    about: &Subject,
    digest: &str,
    now: Timestamp,
) -> Result<Arc<[u8]>, ArtifactError> {
    match store.blob(org, about, digest, now).await? {
        Kept::Text(bytes) => Ok(bytes),
        Kept::Expired { .. } => Err(ArtifactError::Gone("the file is no longer kept: its time is over")),
        Kept::Erased { .. } | Kept::Missing => Err(ArtifactError::Gone("the file is no longer kept")),
    }
}

impl App {
    /// The files of a job, if the person may see the job.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    pub async fn artifacts(&self, who: &User, job: &JobId) -> Result<ArtifactList, ArtifactError> {
        let Some((row, artifacts)) = of_job(self.store.as_ref(), &who.org, job).await? else {
            return Err(ArtifactError::NotFound);
        };
        if !may_see(who, &row.user) {
            return Err(ArtifactError::NotFound);
        }
        let now = self.clock.now();
        let shares = self.store.shares(&who.org, job).await?;
        Ok(ArtifactList {
            artifacts: artifacts.iter().map(|kept| kept.as_ref().clone()).collect(),
            shares: shares.into_iter().map(|share| self.share_view(share, now)).collect(),
        })
    }

    /// A file of a job, if the person may see the job.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    pub async fn artifact(&self, who: &User, job: &JobId, digest: &str) -> Result<FoundFile, ArtifactError> {
        let Some((row, artifacts)) = of_job(self.store.as_ref(), &who.org, job).await? else {
            return Err(ArtifactError::NotFound);
        };
        let kept = artifacts.iter().rev().find(|kept| kept.digest == digest).filter(|_| may_see(who, &row.user));
        let kept = kept.ok_or(ArtifactError::NotFound)?;
        let bytes = bytes(self.store.as_ref(), &who.org, &Subject::of_job(&row), digest, self.clock.now()).await?;
        Ok(FoundFile { name: kept.file_name(), serving: Serving::of(&kept.media_type), bytes })
    }

    fn share_view(&self, share: Share, now: Timestamp) -> ShareView {
        let state = match share.revoked_at {
            Some(_) => "revoked",
            None if share.expires_at <= now => "expired",
            None => "works",
        };
        let url = (state == "works").then(|| self.share_url(&share));
        ShareView {
            id: share.id,
            digest: share.digest,
            title: share.title,
            contact_id: share.contact,
            user_id: share.user,
            state: state.to_owned(),
            made_at: share.made_at,
            expires_at: share.expires_at,
            url,
        }
    }

    fn share_url(&self, share: &Share) -> String {
        let link = Link {
            org: share.org.clone(),
            id: share.id.clone(),
            digest: share.digest.clone(),
            expires_at: share.expires_at,
        };
        let base = self.config.public_url.as_deref().unwrap_or_default().trim_end_matches('/').to_owned();
        format!("{base}{SHARE_PATH}{}", self.binder.link(&link))
    }

    /// The file behind a link, for whoever has it.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`] for what is no link of this host,
    /// [`ArtifactError::Gone`] for one that works no more.
    pub async fn shared(&self, token: &str) -> Result<FoundFile, ArtifactError> {
        let link = self.binder.read_link(token).ok_or(ArtifactError::NotFound)?;
        let now = self.clock.now();
        if link.expires_at <= now {
            return Err(ArtifactError::Gone("this link has expired"));
        }
        let share = self.store.share(&link.org, &link.id).await?.ok_or(ArtifactError::NotFound)?;
        if share.digest != link.digest || share.expires_at != link.expires_at {
            return Err(ArtifactError::NotFound);
        }
        if share.revoked_at.is_some() {
            return Err(ArtifactError::Gone("this link works no more"));
        }
        let bytes = bytes(self.store.as_ref(), &link.org, &share.about, &link.digest, now).await?;
        Ok(FoundFile { name: share.name, serving: Serving::of(&share.media_type), bytes })
    }

    /// Ends a link of the person's, or as an admin anybody's of the org; whether it worked
    /// until now.
    ///
    /// # Errors
    /// See [`ArtifactError`].
    pub async fn revoke_share(&self, who: &User, id: &str) -> Result<bool, ArtifactError> {
        let share = self.store.share(&who.org, id).await?.ok_or(ArtifactError::NotFound)?;
        if !may_see(who, &share.user) {
            return Err(ArtifactError::NotYours);
        }
        let by = format!("user:{}", who.id);
        Ok(self.store.revoke_share(&who.org, id, &by, self.clock.now()).await?)
    }

    /// What `proposal.share` does: the link, and the message that tells its owner. The
    /// error is why it is not done.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn make_share(&self, row: &OutboxRow) -> Result<Result<(Share, ChatMessage), String>, StoreError> {
        let Some((job, artifacts)) = of_job(self.store.as_ref(), &row.org, &row.job).await? else {
            return Ok(Err("its job is not there".to_owned()));
        };
        let now = self.clock.now();
        let share = match proposal_share::share(row, Subject::of_job(&job), now) {
            Ok(share) => share,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let kept = artifacts.iter().any(|kept| {
            kept.digest == share.digest
                && kept.media_type == share.media_type
                && row.payload.get("bytes").and_then(serde_json::Value::as_u64) == Some(kept.bytes)
        });
        if !kept {
            return Ok(Err("its job made no such file".to_owned()));
        }
        match bytes(self.store.as_ref(), &row.org, &share.about, &share.digest, now).await {
            Ok(_) => {}
            Err(ArtifactError::Store(error)) => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        }
        let message = ChatMessage {
            id: row.key.to_string(),
            org: row.org.clone(),
            user: row.user.clone(),
            job: Some(row.job.clone()),
            // The link itself is made where it is shown, so that no row holds one.
            text: format!(
                "**{}**: a link to {} is ready, and works until {}. Copy it from the page of its job.",
                share.title,
                share.name,
                share.expires_at.rfc3339()
            ),
            at: now,
        };
        Ok(Ok((share, message)))
    }
}

fn may_see(who: &User, owner: &UserId) -> bool {
    who.admin || who.id == *owner
}

/// Files of effects' jobs, for whoever performs them.
pub(crate) struct StoredFiles {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl StoredFiles {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait::async_trait]
impl Files for StoredFiles {
    async fn file(&self, effect: &OutboxRow, digest: &str) -> Result<File, FileError> {
        let gone = |reason: &str| FileError::Gone { reason: reason.to_owned() };
        let away = |error: &StoreError| {
            tracing::warn!(%error, "a file to attach cannot be read now");
            FileError::Away
        };
        let found = of_job(self.store.as_ref(), &effect.org, &effect.job).await.map_err(|error| away(&error))?;
        let (row, artifacts) = found.ok_or_else(|| gone("its job is not there"))?;
        let kept = artifacts.iter().rev().find(|kept| kept.digest == digest);
        let kept = kept.ok_or_else(|| gone("its job made no such file"))?;
        let about = Subject::of_job(&row);
        match bytes(self.store.as_ref(), &effect.org, &about, digest, self.clock.now()).await {
            Ok(bytes) => Ok(File { media_type: kept.media_type.clone(), bytes }),
            Err(ArtifactError::Store(error)) => Err(away(&error)),
            Err(error) => Err(gone(&error.to_string())),
        }
    }
}

/// Files that a question is about: what its effects and its step's output name, and what
/// its step made.
pub(crate) fn about_question<'a>(
    job: &'a Job,
    action: &skillhost_engine::approval::PendingAction,
) -> Vec<&'a KeptArtifact> {
    let mut found: Vec<&KeptArtifact> = Vec::new();
    let mut add = |more: Vec<&'a KeptArtifact>| {
        for kept in more {
            if !found.contains(&kept) {
                found.push(kept);
            }
        }
    };
    for bound in &action.effects {
        add(artifact::named_in(&bound.effect.payload, &action.step, &job.artifacts));
    }
    if let Some(state) = job.steps.get(&action.step) {
        add(artifact::named_in(&state.output, &action.step, &job.artifacts));
    }
    // Of what the step itself made the last versions.
    let own = job.artifacts.iter().filter(|kept| kept.step == action.step);
    let last = |kept: &&Arc<KeptArtifact>| {
        !job.artifacts
            .iter()
            .any(|other| other.step == kept.step && other.name == kept.name && other.version > kept.version)
    };
    add(own.filter(last).map(AsRef::as_ref).collect());
    found
}

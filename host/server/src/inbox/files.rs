//! Files on pages: what a question is about, what a job made, and the links to them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::tz::TimeZone;
use skillhost_engine::approval::PendingAction;
use skillhost_engine::artifact::KeptArtifact;
use skillhost_engine::effect::{self, attachment};
use skillhost_engine::fold::Job;
use skillhost_engine::ids::JobId;

use super::form::Fields;
use super::page::{Notice, PageError};
use super::session::Session;
use super::words;
use crate::artifacts::{ArtifactList, ShareView, about_question};
use crate::http::{Http, artifact_problem, file_response, store_problem};

/// Characters of a digest that tell two files apart on a page.
const DIGEST_CHARS: usize = 12;

/// A file on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileLine {
    /// What it is called.
    pub(super) name: String,
    /// Type and size.
    pub(super) what: String,
    /// The beginning of its digest.
    pub(super) digest: String,
    /// Where it is read.
    pub(super) address: String,
}

/// A link on a page.
pub(super) struct ShareLine {
    /// Names its end.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// `works`, `expired` or `revoked`.
    pub(super) state: String,
    /// Works until then.
    pub(super) until: String,
    /// The link, while it works.
    pub(super) url: String,
}

impl FileLine {
    fn new(job: &JobId, name: &str, media_type: &str, bytes: u64, digest: &str) -> Self {
        Self {
            name: name.to_owned(),
            what: format!("{media_type}, {}", attachment::size(bytes)),
            digest: digest.trim_start_matches("sha256:").chars().take(DIGEST_CHARS).collect(),
            address: format!("/inbox/jobs/{job}/artifacts/{digest}"),
        }
    }

    fn kept(job: &JobId, kept: &KeptArtifact) -> Self {
        Self::new(job, &kept.file_name(), &kept.media_type, kept.bytes, &kept.digest)
    }
}

/// The files that the effects of a question take along, as the card says.
pub(super) fn of_effects(action: &PendingAction) -> Vec<FileLine> {
    let mut lines = Vec::new();
    for bound in &action.effects {
        let mut payload = bound.effect.payload.clone();
        let Some(kind) = effect::kind(&bound.effect.kind) else { continue };
        for entry in kind.files(&mut payload) {
            let text = |field: &str| entry.get(field).and_then(|value| value.as_str()).unwrap_or_default();
            let bytes = entry.get("bytes").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let line = FileLine::new(&action.job, text("name"), text("media_type"), bytes, text("artifact"));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

/// These, and the files that the question is about besides.
pub(super) async fn of_question(http: &Http, action: &PendingAction) -> Result<Vec<FileLine>, PageError> {
    let mut lines = of_effects(action);
    let stored = http.app.store.job(&action.org, &action.job).await.map_err(|error| store_problem(&error))?;
    // A job that cannot be read has its page to say so; the question stands without.
    let Some(job) = stored.and_then(|stored| Job::restore(stored).ok()) else { return Ok(lines) };
    for kept in about_question(&job, action) {
        let line = FileLine::kept(&action.job, kept);
        if lines.iter().all(|known| known.address != line.address) {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// The files of a job, and the links to them.
pub(super) fn of_job(job: &JobId, list: ArtifactList, zone: &TimeZone) -> (Vec<FileLine>, Vec<ShareLine>) {
    let files = list.artifacts.iter().map(|kept| {
        let mut line = FileLine::kept(job, kept);
        if kept.version > 1 {
            line.what = format!("{}, version {}", line.what, kept.version);
        }
        line
    });
    (files.collect(), list.shares.into_iter().map(|share| share_line(share, zone)).collect())
}

fn share_line(share: ShareView, zone: &TimeZone) -> ShareLine {
    ShareLine {
        id: share.id,
        title: share.title,
        until: words::instant(share.expires_at, zone),
        url: share.url.unwrap_or_default(),
        state: share.state,
    }
}

/// Hands a file to somebody who may see its job.
pub(super) async fn read(
    State(http): State<Http>,
    session: Session,
    Path((id, digest)): Path<(JobId, String)>,
) -> Result<Response, PageError> {
    let found = http.app.artifact(&session.user, &id, &digest).await.map_err(artifact_problem)?;
    Ok(file_response(found))
}

/// Ends a link, and goes back to the page of its job.
pub(super) async fn revoke(
    State(http): State<Http>,
    session: Session,
    Path((id, share)): Path<(JobId, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    session.check(&fields)?;
    http.app.revoke_share(&session.user, &share).await.map_err(artifact_problem)?;
    Ok(Redirect::to(&format!("/inbox/jobs/{id}?said={}", Notice::Revoked.word())).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_name_type_size_and_the_beginning_of_its_digest() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let line = FileLine::new(&"job_1".into(), "offer.pdf", "application/pdf", 48_230, &digest);
        assert_eq!((line.what.as_str(), line.digest.as_str()), ("application/pdf, 48.2 KB", "abababababab"));
        assert_eq!(line.address, format!("/inbox/jobs/job_1/artifacts/{digest}"));
    }
}

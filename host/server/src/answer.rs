//! Answers, undo and expiry: what people do to a question, whichever door they
//! come by. What they tell a job is in [`crate::orders`].
//!
//! Each loads the job, asks the engine, and commits with compare-and-set on the
//! job; when somebody else moved it first, the decision is taken anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::aftermath::undoable;
use skillhost_engine::approval::{ActionStatus, Answer, PendingAction};
use skillhost_engine::checkpoint::{
    self, Checkpoint, CheckpointError, OrderError, Person, SettleError, Situation, UndoError,
};
use skillhost_engine::fold::Job;
use skillhost_engine::ids::{ApprovalId, EffectKey, JobId, OrgId};
use skillhost_engine::plan::Facts;
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{JobKey, StoreError, StoredJob, StoredPrincipal, User};

use crate::app::App;
use crate::driver::decide_or_take;
use crate::fail_point::FailPoint;
use crate::view::ApprovalView;

/// Times a decision is taken anew because the job moved. Each loss means that
/// somebody else made progress.
const MAX_CONFLICTS: u32 = 16;
/// Expired questions settled in one go.
const EXPIRE_PAGE: u32 = 64;

/// Where an answer came from, and what came with it.
#[derive(Clone, Debug)]
pub struct Reply {
    /// `api:<client>`, `slack` or `inbox`.
    pub via: String,
    /// The person's words.
    pub note: Option<String>,
    /// Marked as irrelevant.
    pub irrelevant: bool,
}

/// What an answer led to.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The question, settled.
    pub approval: ApprovalView,
    /// Whether it had been settled before; then this is the first answer's result.
    pub already: bool,
}

/// Why an answer was not taken. Nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// No such question, effect or job in the person's org.
    #[error("there is no such thing here")]
    NotFound,
    /// Asked of somebody else.
    #[error("only the person who was asked may do this")]
    NotYours,
    /// Too late.
    #[error("the question has expired; nothing was done")]
    Expired,
    /// Settled with another answer before.
    #[error("the question was already settled")]
    AlreadySettled {
        /// As it stands.
        approval: Box<ApprovalView>,
    },
    /// The answer does not fit the question.
    #[error("the answer is not acceptable at {pointer}: {message}")]
    InvalidAnswer {
        /// JSON Pointer into the answer, or into the edited payload.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// What was asked is not what is stored any more.
    #[error("the question is void: {reason}")]
    Void {
        /// Why.
        reason: String,
    },
    /// The effect has left, or the job has ended.
    #[error("it is too late: {reason}")]
    TooLate {
        /// Why.
        reason: String,
    },
    /// An output by hand does not match its skill's schema.
    #[error("the output does not match the skill's schema at {pointer}: {message}")]
    InvalidOutput {
        /// JSON Pointer into the output.
        pointer: String,
        /// What is wrong there.
        message: String,
    },
    /// The job does not do what it was told.
    #[error(transparent)]
    Order(Box<OrderError>),
    /// The form is not the one that was shown.
    #[error("this form is out of date; open the question again")]
    BadNonce,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A job and the definition it is pinned to; `None` (logged) when this version
/// cannot read either.
pub(crate) fn restore(app: &App, stored: StoredJob) -> Option<(Job, Arc<Sequence>)> {
    let id = stored.row.id.clone();
    let restored = Job::restore(stored).map_err(|error| error.to_string()).and_then(|job| {
        app.sequences
            .pinned(&job.row.sequence, &job.row.sequence_digest, &job.row.sequence_text)
            .map(|sequence| (job, sequence))
            .map_err(|error| error.to_string())
    });
    match restored {
        Ok(restored) => Some(restored),
        Err(error) => {
            tracing::error!(job = %id, %error, "this host cannot read the job");
            None
        }
    }
}

impl App {
    pub(crate) async fn load(&self, org: &OrgId, job: &JobId) -> Result<(Job, Arc<Sequence>), AnswerError> {
        let stored = self.store.job(org, job).await?.ok_or(AnswerError::NotFound)?;
        restore(self, stored).ok_or_else(unreadable)
    }

    /// Loads, decides, commits; again when the job moved meanwhile.
    pub(crate) async fn decide<E: Into<AnswerError>>(
        self: &Arc<Self>,
        org: &OrgId,
        job: &JobId,
        decide: impl Fn(&Situation<'_>, &Job) -> Result<Checkpoint, E>,
    ) -> Result<Job, AnswerError> {
        self.decide_on(None, org, job, decide).await
    }

    /// The same; what was read of the job already is not read again.
    async fn decide_on<E: Into<AnswerError>>(
        self: &Arc<Self>,
        mut read: Option<(StoredJob, StoredPrincipal)>,
        org: &OrgId,
        job: &JobId,
        decide: impl Fn(&Situation<'_>, &Job) -> Result<Checkpoint, E>,
    ) -> Result<Job, AnswerError> {
        let mut conflicts = 0;
        loop {
            let read = match read.take() {
                Some(read) => Some(read),
                None => self.store.job_with_principal(org, JobKey::Job(job)).await?,
            };
            let (stored, principal) = read.ok_or(AnswerError::NotFound)?;
            let (before, sequence) = restore(self, stored).ok_or_else(unreadable)?;
            let decided = decide_or_take(self, &before, &sequence, principal, &decide).await?;
            let (done, hand) = decided.map_err(Into::into)?;
            self.fail_points.hit(FailPoint::AnswerChecked);
            match self.store.commit(done.batch).await {
                Ok(()) => {
                    self.fail_points.hit(FailPoint::AnswerCommitted);
                    if !hand.is_some_and(|hand| hand.go_on(self, &done.job)) {
                        self.wake.jobs();
                    }
                    self.wake.effects();
                    self.wake.changed(job);
                    crate::cards::keep_up(self, &before, &done.job);
                    return Ok(done.job);
                }
                Err(StoreError::Conflict { .. }) if conflicts < MAX_CONFLICTS => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Settles a question. The second answer gets the first one's result.
    ///
    /// # Errors
    /// See [`AnswerError`]; nothing changed.
    pub async fn answer(
        self: &Arc<Self>,
        who: &User,
        approval: &ApprovalId,
        nonce: Option<&str>,
        answer: Answer,
        reply: Reply,
    ) -> Result<Answered, AnswerError> {
        let asking = self.store.job_with_principal(&who.org, JobKey::Approval(approval)).await?;
        let asking = asking.ok_or(AnswerError::NotFound)?;
        let action = asking.0.actions.iter().find(|action| action.id == *approval).ok_or(AnswerError::NotFound)?;
        if let Some(nonce) = nonce {
            use subtle::ConstantTimeEq as _;
            if !bool::from(nonce.as_bytes().ct_eq(action.nonce.as_bytes())) {
                return Err(AnswerError::BadNonce);
            }
        }
        let job = asking.0.row.id.clone();
        let settled = self
            .decide_on(Some(asking), &who.org, &job, |situation, job| {
                let reply = checkpoint::Reply {
                    answer: answer.clone(),
                    by: person(who),
                    via: reply.via.clone(),
                    note: reply.note.clone(),
                    irrelevant: reply.irrelevant,
                };
                checkpoint::settle(situation, job, approval, reply).map_err(|error| refused(error, job))
            })
            .await;
        match settled {
            Ok(job) => {
                let action = job.actions.get(approval).ok_or(AnswerError::NotFound)?;
                Ok(Answered { approval: action.as_ref().into(), already: false })
            }
            // The same person pressing twice is no error.
            Err(AnswerError::AlreadySettled { approval })
                if approval.resolution.as_ref().is_some_and(|first| {
                    first.by.as_ref() == Some(&who.id) && first.answer.as_ref() == Some(&answer)
                }) =>
            {
                Ok(Answered { approval: *approval, already: true })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes an effect back before it leaves and asks again.
    ///
    /// # Errors
    /// See [`AnswerError`]; [`AnswerError::TooLate`] when it has left.
    pub async fn undo(
        self: &Arc<Self>,
        who: &User,
        effect: &EffectKey,
        via: &str,
    ) -> Result<ApprovalView, AnswerError> {
        let row = self.store.effect(&who.org, effect).await?.ok_or(AnswerError::NotFound)?;
        let before: Vec<_> = {
            let (job, _) = self.load(&who.org, &row.job).await?;
            job.actions.into_keys().collect()
        };
        let job = self
            .decide(&who.org, &row.job, |situation, job| checkpoint::undo(situation, job, effect, &person(who)))
            .await?;
        let fresh = job.actions.values().find(|action| !before.contains(&action.id)).ok_or(AnswerError::NotFound)?;
        tracing::info!(effect = %effect, via, "effect taken back");
        Ok(fresh.as_ref().into())
    }

    /// Asks an expired question again, while its job still waits. Whoever asks second gets
    /// the question that the first one led to.
    ///
    /// # Errors
    /// See [`AnswerError`]; [`AnswerError::TooLate`] when it did not expire or its job is over.
    pub async fn ask_again(
        self: &Arc<Self>,
        who: &User,
        approval: &ApprovalId,
        via: &str,
    ) -> Result<Answered, AnswerError> {
        let action = self.store.action(&who.org, approval).await?.ok_or(AnswerError::NotFound)?;
        if action.status == ActionStatus::Pending && action.expires_at <= self.clock.now() {
            // Its time is over, and the sweep that says so has not come by yet.
            self.decide(&who.org, &action.job, checkpoint::expire).await?;
        }
        let asked = self
            .decide(&who.org, &action.job, |situation, job| {
                checkpoint::ask_again(situation, job, approval, &person(who))
            })
            .await;
        let (job, refused) = match asked {
            Ok(job) => (job, None),
            Err(error @ AnswerError::TooLate { .. }) => (self.load(&who.org, &action.job).await?.0, Some(error)),
            Err(error) => return Err(error),
        };
        let fresh = job.actions.get(approval).and_then(|action| job.asked_again_as(action));
        match (fresh, refused) {
            (Some(fresh), refused) => {
                tracing::info!(%approval, via, already = refused.is_some(), "question asked again");
                Ok(Answered { approval: fresh.into(), already: refused.is_some() })
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(AnswerError::NotFound),
        }
    }

    /// Whether a question is one that can be asked again now.
    pub(crate) async fn may_be_asked_again(&self, action: &PendingAction) -> Result<bool, AnswerError> {
        match action.status {
            ActionStatus::Pending => Ok(action.expires_at <= self.clock.now()),
            ActionStatus::Expired | ActionStatus::Withdrawn => {
                let (job, _) = self.load(&action.org, &action.job).await?;
                Ok(job.actions.get(&action.id).is_some_and(|action| checkpoint::may_be_asked_again(&job, action)))
            }
            ActionStatus::Approved | ActionStatus::Skipped | ActionStatus::Cancelled => Ok(false),
        }
    }

    /// Takes back whatever of an answer can still be taken back, and asks again.
    ///
    /// # Errors
    /// See [`AnswerError`]; [`AnswerError::TooLate`] when all of it has left.
    pub async fn undo_all(
        self: &Arc<Self>,
        who: &User,
        approval: &ApprovalId,
        via: &str,
    ) -> Result<ApprovalView, AnswerError> {
        let action = self.store.action(&who.org, approval).await?.ok_or(AnswerError::NotFound)?;
        let (job, _) = self.load(&who.org, &action.job).await?;
        let mut taken = None;
        for effect in undoable(&job, &action, self.clock.now()) {
            match self.undo(who, &effect, via).await {
                Ok(fresh) => taken = Some(fresh),
                // It went with one before it, or left meanwhile.
                Err(AnswerError::TooLate { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        taken.ok_or_else(|| AnswerError::TooLate { reason: "nothing of it can be taken back any more".to_owned() })
    }
}

/// Expires what nobody answered.
///
/// # Errors
/// The store cannot be read.
pub(crate) async fn expire_due(app: &Arc<App>) -> Result<(), StoreError> {
    let actions = app.store.expired_actions(app.clock.now(), EXPIRE_PAGE).await?;
    for action in actions {
        match app.decide(&action.org, &action.job, checkpoint::expire).await {
            Ok(_) => {}
            Err(AnswerError::Store(error)) => return Err(error),
            Err(error) => tracing::warn!(approval = %action.id, %error, "cannot expire the question"),
        }
    }
    Ok(())
}

fn unreadable() -> AnswerError {
    AnswerError::Void { reason: "this host cannot read the job".to_owned() }
}

pub(crate) fn person(user: &User) -> Person {
    Person { id: user.id.clone(), admin: user.admin }
}

/// Lets `decide` look at a job that this process does not hold. Conditions are
/// left to the holder, and so are follow-ups.
pub(crate) fn situated<T>(app: &App, sequence: &Sequence, decide: impl FnOnce(&Situation<'_>) -> T) -> T {
    let facts = Facts { context: serde_json::Value::Null, now: app.clock.now() };
    let situation = Situation {
        sequence,
        facts: &facts,
        binder: &app.binder,
        ids: app.ids.as_ref(),
        undo_ms: app.config.undo_ms,
        lease: None,
        running: &BTreeSet::new(),
        catalog: app.sequences.catalog(),
        admission: &AdmissionFacts::default(),
    };
    decide(&situation)
}

fn refused(error: SettleError, job: &Job) -> AnswerError {
    match error {
        SettleError::NotFound { .. } => AnswerError::NotFound,
        SettleError::NotYours { .. } => AnswerError::NotYours,
        SettleError::Expired { .. } => AnswerError::Expired,
        SettleError::AlreadySettled { approval, .. } => match job.actions.get(&approval) {
            Some(action) => AnswerError::AlreadySettled { approval: Box::new(action.as_ref().into()) },
            None => AnswerError::NotFound,
        },
        SettleError::NotOffered { message } => AnswerError::InvalidAnswer { pointer: "/answer".to_owned(), message },
        SettleError::UnknownPart { what, id } => AnswerError::InvalidAnswer {
            pointer: format!("/{what}"),
            message: format!("the question has no {what} `{id}`"),
        },
        SettleError::InvalidEdit { pointer, message } => AnswerError::InvalidAnswer { pointer, message },
        error @ (SettleError::Void { .. } | SettleError::Unsealed { .. }) => {
            AnswerError::Void { reason: error.to_string() }
        }
        SettleError::Checkpoint(error) => error.into(),
    }
}

impl From<CheckpointError> for AnswerError {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::IllegalMove { .. } => Self::TooLate { reason: error.to_string() },
            error => Self::Void { reason: error.to_string() },
        }
    }
}

impl From<UndoError> for AnswerError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::NotFound { .. } => Self::NotFound,
            UndoError::NotYours { .. } => Self::NotYours,
            UndoError::TooLate { .. } | UndoError::NotUndoable | UndoError::NotExpired | UndoError::Over => {
                Self::TooLate { reason: error.to_string() }
            }
            UndoError::Checkpoint(error) => error.into(),
        }
    }
}

impl From<OrderError> for AnswerError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::NotYours { .. } => Self::NotYours,
            OrderError::Checkpoint(error) => error.into(),
            error => Self::Order(Box::new(error)),
        }
    }
}

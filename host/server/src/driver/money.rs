//! The money of a call: reserve before an ask, settle after it, and say what a
//! failure leaves open.
//!
//! Models are asked here, and tier 3 in [`super::lookup`].
//!
//! Invariants: nothing is asked before its most is reserved, durably; every
//! reservation made here ends here, unless the process dies, and then counts as
//! spent until a person reconciles it; an ask goes on to its settlement also when
//! the call that wanted it is gone, because the vendor bills it either way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use skillhost_connectors::models::{VendorAnswer, VendorError};
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::context::{Doors, Query, ReadError, Snapshot};
use skillhost_engine::fetch::{Fetch, FetchError, FetchErrorKind, Fetched};
use skillhost_engine::ids::SkillName;
use skillhost_engine::model::{Finish, Message, ModelAnswer, ModelAsk, ModelError, ModelErrorKind, ModelUsage, Role};
use skillhost_engine::price::{Price, Tokens};
use skillhost_engine::purse::{Reservation, ReservationState, Scope, Settlement, Shortage};
use skillhost_engine::rights::RightSet;
use skillhost_engine::sequence::WithoutMoney;
use skillhost_engine::store::{Batch, PaidPlace, StoreError, Write};
use skillhost_engine::structured::{Mismatch, Shape};
use skillhost_engine::time::{MicroUsd, Timestamp};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use super::JobDoors;
use super::paid::{PaidAnswers, StepRound};
use crate::app::App;
use crate::fail_point::FailPoint;
use crate::vendors::Shut;

/// Tries to write down how an ask ended; what still fails is disputed at the next start.
const SETTLE_TRIES: u32 = 20;
/// Between two of them.
const SETTLE_RETRY_MS: i64 = 500;
/// What of a call's time is kept for what comes after a model that does not answer; of a
/// short call half of its time.
const LAST_WORDS_MS: u64 = 3_000;
/// A skill is told to come back after this where the store is away.
const STORE_RETRY_MS: u32 = 1000;

/// Whose money a call spends.
pub(super) struct Spender {
    pub(super) app: Arc<App>,
    pub(super) call: String,
    pub(super) skill: SkillName,
    pub(super) sequence: String,
    /// The most that all asks of the call may cost.
    pub(super) allowance: MicroUsd,
    /// What becomes of the call where no budget covers a model.
    pub(super) without_money: WithoutMoney,
    /// What earlier attempts of the step paid for, which is also whose money it is.
    pub(super) paid: PaidAnswers,
}

/// The scopes a call of a skill counts against.
pub(super) fn scopes(skill: &SkillName, sequence: &str) -> [Scope; 3] {
    [Scope::Org, Scope::Skill(skill.clone()), Scope::Sequence(sequence.to_owned())]
}

/// What a call did with its money.
#[derive(Default)]
pub(super) struct Tally {
    /// Settled, and disputed at its most.
    pub(super) spent: MicroUsd,
    /// Of answers that an earlier attempt paid for.
    reused: MicroUsd,
    /// The budget that did not cover an ask.
    short: Option<Shortage>,
}

/// The doors of one call: the job's, and the models, which cost this call.
pub(super) struct StepDoors {
    job: Arc<JobDoors>,
    purse: Arc<Purse>,
    /// A model that has not answered by then is not waited for, so that the call has time
    /// to go on without it.
    answer_by: Timestamp,
}

pub(super) struct Purse {
    pub(super) spender: Spender,
    // Held only to read or change the numbers.
    tally: Mutex<Tally>,
    /// The call is gone: what it waits for is not asked any more.
    is_over: CancellationToken,
    /// What was read of the budgets is not so any more once money was spent.
    job: Arc<JobDoors>,
}

impl StepDoors {
    /// The doors of a call that begins now and may take so long.
    pub(super) fn new(job: Arc<JobDoors>, spender: Spender, wall_ms: u64) -> Self {
        let is_over = CancellationToken::new();
        let wait_ms = wall_ms.saturating_sub(LAST_WORDS_MS.min(wall_ms / 2));
        let answer_by = spender.app.clock.now().plus_ms(i64::try_from(wait_ms).unwrap_or(i64::MAX));
        let purse = Purse { spender, tally: Mutex::default(), is_over, job: Arc::clone(&job) };
        Self { job, purse: Arc::new(purse), answer_by }
    }

    /// The budget that did not cover an ask of this call, if one did not.
    pub(super) fn short(&self) -> Option<Shortage> {
        self.purse.tally().short.clone()
    }

    /// Ends what the call waits for when it is dropped: whoever gave the call up may not have it
    /// pay for an answer in what is left of its last poll.
    pub(super) fn over_when_dropped(&self) -> DropGuard {
        self.purse.is_over.clone().drop_guard()
    }

    /// What earlier attempts paid of this call's answers.
    pub(super) fn reused(&self) -> MicroUsd {
        self.purse.tally().reused
    }
}

impl Drop for StepDoors {
    fn drop(&mut self) {
        self.purse.is_over.cancel();
    }
}

#[async_trait::async_trait]
impl Doors for StepDoors {
    async fn read(&self, query: Query) -> Result<Snapshot, ReadError> {
        self.job.read_with(query, |lookup| Arc::clone(&self.purse).looked_up(lookup)).await
    }

    async fn generate(&self, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let purse = Arc::clone(&self.purse);
        let place = self.purse.spender.paid.place(ask_digest(&ask));
        // A task of the host's, so that a call that is cut off leaves no ask half paid.
        let app = &self.purse.spender.app;
        let work = app.tasks.spawn(async move { purse.answered(place, ask).await });
        let unavailable = |why: &str| Err(refused(ModelErrorKind::Unavailable, why));
        tokio::select! {
            answered = work => answered.unwrap_or_else(|_| unavailable("the host failed at this ask")),
            // What comes later is paid for and kept for a further attempt.
            () = app.clock.sleep_until(self.answer_by) => unavailable("the model did not answer in the time of this call"),
        }
    }

    async fn fetch(&self, fetch: Fetch, rights: &RightSet) -> Result<Fetched, FetchError> {
        let _under_way = self.purse.reached(&fetch.url).await?;
        self.job.fetch(fetch, rights).await
    }
}

/// A reservation whose answer is there, and what that cost.
pub(super) struct Open {
    pub(super) id: String,
    pub(super) cost: MicroUsd,
}

pub(super) fn refused(kind: ModelErrorKind, message: impl Into<String>) -> ModelError {
    ModelError { kind, message: message.into(), retry_after_ms: None, cost: MicroUsd(0) }
}

pub(super) fn store_away(error: &StoreError) -> ModelError {
    tracing::warn!(%error, "the store is away; nothing is asked");
    let retry_after_ms = Some(STORE_RETRY_MS);
    ModelError { retry_after_ms, ..refused(ModelErrorKind::Unavailable, "the host's ledger is away") }
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Purse {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        // Plain numbers, whole after any panic.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer that an earlier attempt paid for, or a new one, kept for a later
    /// attempt before the call hears it.
    async fn answered(&self, place: PaidPlace, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let Spender { app, paid, .. } = &self.spender;
        match paid.find::<ModelAnswer>(&place, app.clock.now()).await {
            Ok(Some(answer)) => {
                self.reuse(answer.usage.cost);
                return Ok(answer);
            }
            Ok(None) => {}
            // Asking would perhaps pay twice.
            Err(error) => return Err(store_away(&error)),
        }
        self.ask(place, ask).await
    }

    /// Counts an answer that an earlier attempt paid for.
    pub(super) fn reuse(&self, cost: MicroUsd) {
        let mut tally = self.tally();
        tally.reused = MicroUsd(tally.reused.0.saturating_add(cost.0));
    }

    async fn ask(&self, place: PaidPlace, ask: ModelAsk) -> Result<ModelAnswer, ModelError> {
        let app = &self.spender.app;
        let not_configured = |message: String| refused(ModelErrorKind::NotConfigured, message);
        let Some(target) = app.models.target(&ask.class) else {
            return Err(not_configured(format!("the operator maps no model to the class `{}`", ask.class)));
        };
        let Some(price) = app.config.prices.of(target.provider.as_str(), &target.model) else {
            return Err(not_configured(format!("the model behind `{}` has no price", ask.class)));
        };
        if ask.max_output_tokens > target.max_output_tokens {
            let message = format!("the class `{}` answers with at most {} tokens", ask.class, target.max_output_tokens);
            return Err(refused(ModelErrorKind::InvalidRequest, message));
        }
        let invalid = |error: &dyn std::fmt::Display| refused(ModelErrorKind::InvalidRequest, error.to_string());
        let shape = ask.schema.as_ref().map(Shape::new).transpose().map_err(|error| invalid(&error))?;
        let mut usage = ModelUsage::default();
        let cost_so_far = |mut error: ModelError, usage: &ModelUsage| {
            error.cost = MicroUsd(error.cost.0.saturating_add(usage.cost.0));
            error
        };
        let (first, open) = self.paid(&ask, &target.model, price, shape.as_ref(), &mut usage).await?;
        let Some(shape) = &shape else { return Ok(self.keep(open, place, answer(first, usage)).await) };
        let (said, mismatch) = match accepted(shape, first) {
            Ok(good) => return Ok(self.keep(open, place, answer(good, usage)).await),
            Err(mismatch) => mismatch,
        };
        self.settle(open, None).await;
        // The one repair: the answer and what is wrong with it, as an ask of its own.
        let mut again = ask;
        again.messages.push(Message { role: Role::Assistant, text: said });
        let text = format!("{mismatch}. Answer again with JSON of the schema and nothing else.");
        again.messages.push(Message { role: Role::User, text });
        let (second, open) = match self.paid(&again, &target.model, price, Some(shape), &mut usage).await {
            Ok(second) => second,
            Err(error) => return Err(cost_so_far(error, &usage)),
        };
        match accepted(shape, second) {
            Ok(good) => Ok(self.keep(open, place, answer(good, usage)).await),
            Err((_, mismatch)) => {
                self.settle(open, None).await;
                let error = refused(ModelErrorKind::InvalidAnswer, mismatch.to_string());
                Err(cost_so_far(error, &usage))
            }
        }
    }

    /// Settles what an answer cost, and keeps the answer for a later attempt in the
    /// same commit, so that none is paid for and lost.
    async fn keep(&self, open: Open, place: PaidPlace, answer: ModelAnswer) -> ModelAnswer {
        let kept = self.kept(place, &answer, answer.usage.cost);
        self.settle(open, kept).await;
        answer
    }

    /// What keeps an answer for a later attempt.
    pub(super) fn kept(&self, place: PaidPlace, answer: &impl Serialize, cost: MicroUsd) -> Option<Write> {
        let Spender { app, paid, .. } = &self.spender;
        paid.kept(place, answer, cost, app.clock.now()).unwrap_or_else(|error| {
            tracing::warn!(%error, "an answer is not kept for a further attempt");
            None
        })
    }

    pub(super) async fn settle(&self, open: Open, kept: Option<Write>) {
        let Open { id, cost } = open;
        self.end(&id, ReservationState::Settled, cost, cost, kept).await;
        self.spender.app.fail_points.hit(FailPoint::PaidSettled);
    }

    /// One try: reserved and asked; where it was answered, still to be settled. An
    /// error's cost is this try's alone.
    async fn paid(
        &self,
        ask: &ModelAsk,
        model: &str,
        price: Price,
        shape: Option<&Shape>,
        usage: &mut ModelUsage,
    ) -> Result<(VendorAnswer, Open), ModelError> {
        let app = &self.spender.app;
        let lowered = shape.map(Shape::lowered);
        let most = price.at_most(ask);
        let left = self.spender.allowance.0.saturating_sub(self.tally().spent.0);
        if most.0 > left {
            let message = format!("the ask can cost {} micro-dollars, this call has {left} left", most.0);
            return Err(refused(ModelErrorKind::OverBudget, message));
        }
        let provider = app.models.target(&ask.class).map_or("", |target| target.provider.as_str());
        let _under_way = self.turn(provider).await?;
        let id = self.reserve(model, most, self.spender.without_money == WithoutMoney::Wait).await?;
        app.fail_points.hit(FailPoint::PaidReserved);
        let answered = app.models.ask(ask, lowered.as_ref()).await;
        app.fail_points.hit(FailPoint::PaidAnswered);
        let cost = |tokens: Option<Tokens>| match tokens {
            Some(tokens) => price.cost(tokens),
            // A vendor that counts nothing has billed the most for all we know.
            None => most,
        };
        match answered {
            Ok(answer) => {
                let cost = cost(answer.tokens);
                let tokens = answer.tokens.unwrap_or_default();
                usage.input_tokens = usage.input_tokens.saturating_add(narrow(tokens.input));
                usage.cached_input_tokens = usage.cached_input_tokens.saturating_add(narrow(tokens.cached));
                usage.output_tokens = usage.output_tokens.saturating_add(narrow(tokens.output));
                usage.cost = MicroUsd(usage.cost.0.saturating_add(cost.0));
                if cost > most {
                    tracing::warn!(model, most = most.0, cost = cost.0, "a vendor counted more than an ask can have");
                }
                Ok((answer, Open { id, cost }))
            }
            Err(error) => {
                tracing::warn!(model, %error, "an ask brought no answer");
                self.pause(provider, &error).await;
                let counted = match &error {
                    error if error.is_certainly_free() => {
                        self.end(&id, ReservationState::Released, MicroUsd(0), MicroUsd(0), None).await;
                        MicroUsd(0)
                    }
                    VendorError::Unreadable { tokens: Some(tokens), .. } => {
                        let cost = price.cost(*tokens);
                        self.end(&id, ReservationState::Settled, cost, cost, None).await;
                        cost
                    }
                    _ => {
                        self.end(&id, ReservationState::Disputed, MicroUsd(0), most, None).await;
                        most
                    }
                };
                Err(told(&error, counted))
            }
        }
    }

    /// Waits for the vendor's gate, as long as a call can, and as long as there is one.
    pub(super) async fn turn(&self, provider: &str) -> Result<OwnedSemaphorePermit, ModelError> {
        let app = &self.spender.app;
        let passed = tokio::select! {
            biased;
            () = self.is_over.cancelled() => {
                return Err(refused(ModelErrorKind::Unavailable, "the call that asked has ended"));
            }
            passed = app.vendors.pass(provider) => passed,
        };
        match passed {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(Shut(until))) => {
                let wait = until.0.saturating_sub(app.clock.now().0).max(1);
                let message = format!("{provider} takes no more calls for now");
                let retry_after_ms = Some(u32::try_from(wait).unwrap_or(u32::MAX));
                Err(ModelError { retry_after_ms, ..refused(ModelErrorKind::Unavailable, message) })
            }
            Err(error) => Err(store_away(&error)),
        }
    }

    /// Waits for the gate of the host that is fetched from, where it has one: guests
    /// word the addresses, so only what the settings name is remembered.
    async fn reached(&self, url: &str) -> Result<Option<OwnedSemaphorePermit>, FetchError> {
        let unavailable = |message: String| Err(FetchError { kind: FetchErrorKind::Unavailable, message });
        let vendors = &self.spender.app.vendors;
        let Some(host) = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)) else {
            return Ok(None);
        };
        if !vendors.is_limited(&host) {
            return Ok(None);
        }
        match vendors.pass(&host).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(Shut(_))) => unavailable(format!("{host} takes no more calls for now")),
            Err(error) => {
                tracing::warn!(%error, "the store is away; nothing is fetched");
                unavailable("the host cannot count its calls now".to_owned())
            }
        }
    }

    /// Shuts the vendor's gate where it asked for a pause.
    async fn pause(&self, provider: &str, error: &VendorError) {
        let VendorError::Refused { retry_after_ms: Some(pause_ms), .. } = error else { return };
        if error.is_transient() {
            self.shut(provider, *pause_ms).await;
        }
    }

    pub(super) async fn shut(&self, vendor: &str, pause_ms: u64) {
        if let Err(error) = self.spender.app.vendors.shut(vendor, pause_ms).await {
            tracing::warn!(%error, "cannot shut the vendor's gate");
        }
    }

    /// Sets money aside. What is not covered holds the whole call back where it `waits`.
    pub(super) async fn reserve(&self, what: &str, amount: MicroUsd, waits: bool) -> Result<String, ModelError> {
        let app = &self.spender.app;
        let StepRound { org, job, step, .. } = self.spender.paid.of().clone();
        let id = app.ids.fresh("rsv");
        let reservation = Reservation {
            id: id.clone(),
            org,
            job,
            step,
            call: self.spender.call.clone(),
            skill: self.spender.skill.clone(),
            sequence: self.spender.sequence.clone(),
            what: what.to_owned(),
            amount,
            owner: app.boot_id.clone(),
            at: app.clock.now(),
        };
        match app.store.commit(Batch { writes: vec![Write::Reserve(Box::new(reservation))] }).await {
            Ok(()) => Ok(id),
            Err(StoreError::OverBudget(shortage)) => {
                let message = shortage.to_string();
                if waits {
                    self.tally().short = Some(*shortage);
                }
                Err(refused(ModelErrorKind::OverBudget, message))
            }
            Err(error) => Err(store_away(&error)),
        }
    }

    /// Writes down how a reservation ended, with what it paid for, and counts it
    /// against the call.
    pub(super) async fn end(
        &self,
        id: &str,
        to: ReservationState,
        cost: MicroUsd,
        counted: MicroUsd,
        mut kept: Option<Write>,
    ) {
        {
            let mut tally = self.tally();
            tally.spent = MicroUsd(tally.spent.0.saturating_add(counted.0));
        }
        let app = &self.spender.app;
        for _ in 0..SETTLE_TRIES {
            let settlement = Settlement {
                org: self.spender.paid.of().org.clone(),
                id: id.to_owned(),
                from: ReservationState::Held,
                to,
                cost,
                at: app.clock.now(),
            };
            let writes = std::iter::once(Write::Settle(settlement)).chain(kept.clone()).collect();
            match app.store.commit(Batch { writes }).await {
                Ok(()) => {
                    self.job.forget(Some(&["budget"])).await;
                    return;
                }
                Err(error) if error.is_transient() => {
                    let again = app.clock.now().plus_ms(SETTLE_RETRY_MS);
                    if app.drains_before(again).await {
                        break;
                    }
                }
                // The books come before the answer.
                Err(error) if kept.take().is_some() => {
                    tracing::warn!(%error, "an answer is not kept for a further attempt");
                }
                Err(error) => {
                    tracing::error!(reservation = id, %error, "a reservation cannot be settled");
                    return;
                }
            }
        }
        tracing::error!(reservation = id, "a reservation was not settled; it is disputed at the next start");
    }
}

/// The answer with its JSON checked and compact, or what it said and what is wrong.
fn accepted(shape: &Shape, answer: VendorAnswer) -> Result<VendorAnswer, (String, Mismatch)> {
    // A cut-off or withheld answer is told as such; asking again ends the same way.
    if answer.finish != Finish::Complete {
        return Ok(answer);
    }
    match shape.accept(&answer.text) {
        Ok(text) => Ok(VendorAnswer { text, ..answer }),
        Err(mismatch) => {
            // Vendors refuse an empty message.
            let said = if answer.text.is_empty() { "(nothing)".to_owned() } else { answer.text };
            Err((said, mismatch))
        }
    }
}

fn answer(answer: VendorAnswer, usage: ModelUsage) -> ModelAnswer {
    ModelAnswer { text: answer.text, model: answer.model, finish: answer.finish, usage }
}

/// A vendor's failure as a skill hears it.
fn told(error: &VendorError, cost: MicroUsd) -> ModelError {
    let kind = match error {
        VendorError::Refused { status: 401 | 403 | 404, .. } | VendorError::NoSuchClass { .. } => {
            ModelErrorKind::NotConfigured
        }
        VendorError::Unreadable { .. } => ModelErrorKind::InvalidAnswer,
        error if error.is_transient() => ModelErrorKind::Unavailable,
        VendorError::Egress(_) => ModelErrorKind::NotConfigured,
        _ => ModelErrorKind::InvalidRequest,
    };
    let retry_after_ms = match error {
        VendorError::Refused { retry_after_ms, .. } => retry_after_ms.map(narrow),
        _ => None,
    };
    ModelError { kind, message: error.to_string(), retry_after_ms, cost }
}

//! Tier 3: a provider asked by a step, with the step's money.
//!
//! Invariants: as of [`super::money`]; and an answer that was paid for is kept before the
//! step hears of it, also one that says nothing is known, so that a further attempt of
//! the step does not pay for it again, nor another step of the job that asks the same,
//! also after a pause. What is not of the source's shape is no answer,
//! though it may have cost its price.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillhost_engine::call_record::ask_digest;
use skillhost_engine::context::{ReadError, ReadErrorKind, shape};
use skillhost_engine::model::{ModelError, ModelErrorKind};
use skillhost_engine::provider::{Answer, Billing, Lookup, ProviderError};
use skillhost_engine::purse::ReservationState;
use skillhost_engine::store::PaidPlace;
use skillhost_engine::time::MicroUsd;
use tokio::sync::OwnedSemaphorePermit;

use super::doors::Loaded;
use super::money::{Open, Purse, refused, store_away};
use super::paid::StepRound;
use crate::fail_point::FailPoint;
use crate::providers::Offer;

/// An answer as it is kept for a further attempt, and for the job's other steps.
#[derive(Serialize, Deserialize)]
struct PaidLookup {
    value: Value,
    cost: MicroUsd,
    /// Who paid. A further attempt of theirs hears the price again, as the first one did;
    /// for others there is nothing to pay.
    by: StepRound,
}

impl Purse {
    /// Asks a source's provider. In a task of the host's, so that a call that is cut off
    /// leaves no question half paid.
    pub(super) async fn looked_up(self: Arc<Self>, lookup: Lookup) -> Result<Loaded, ReadError> {
        let app = Arc::clone(&self.spender.app);
        let work = app.tasks.spawn(async move { self.look_up(lookup).await });
        work.await.unwrap_or_else(|_| Err(ReadError::new(ReadErrorKind::Unavailable, "the host failed at this read")))
    }

    async fn look_up(&self, lookup: Lookup) -> Result<Loaded, ReadError> {
        let app = &self.spender.app;
        let Some(offer) = app.providers.of(lookup.source) else {
            let message = format!("no provider answers {}", lookup.source);
            return Err(ReadError::new(ReadErrorKind::Unavailable, message));
        };
        if offer.price.0 == 0 {
            let _under_way = self.admitted(offer).await?;
            let answered = offer.provider.look_up(&lookup).await;
            return match answered {
                Ok(answer) => shaped(offer, &lookup, answer).map(|value| loaded(value, MicroUsd(0))),
                Err(error) => Err(self.told(offer, &error, MicroUsd(0)).await),
            };
        }
        let place =
            self.spender.paid.place_of_job(ask_digest(&json!({ "source": lookup.source, "params": lookup.params })));
        match self.spender.paid.find::<PaidLookup>(&place, app.clock.now()).await {
            Ok(Some(PaidLookup { value, cost, by })) if by == *self.spender.paid.of() => {
                self.reuse(cost);
                Ok(loaded(value, cost))
            }
            Ok(Some(PaidLookup { value, .. })) => Ok(loaded(value, MicroUsd(0))),
            Ok(None) => self.pay(offer, lookup, place).await,
            // Asking would perhaps pay twice.
            Err(error) => Err(heard(store_away(&error))),
        }
    }

    async fn pay(&self, offer: &Offer, lookup: Lookup, place: PaidPlace) -> Result<Loaded, ReadError> {
        let app = &self.spender.app;
        let price = offer.price;
        let left = self.spender.allowance.0.saturating_sub(self.tally().spent.0);
        if price.0 > left {
            let message = format!("{} costs {} micro-dollars, this call has {left} left", lookup.source, price.0);
            return Err(heard(refused(ModelErrorKind::OverBudget, message)));
        }
        let _under_way = self.admitted(offer).await?;
        let id = self.reserve(offer.provider.name(), price, true).await.map_err(heard)?;
        app.fail_points.hit(FailPoint::PaidReserved);
        let answered = offer.provider.look_up(&lookup).await;
        app.fail_points.hit(FailPoint::PaidAnswered);
        let billing = match &answered {
            Ok(answer) => answer.billing,
            Err(error) => error.billing,
        };
        let cost = if billing == Billing::Free { MicroUsd(0) } else { price };
        let shaped = match answered {
            Ok(answer) => shaped(offer, &lookup, answer),
            Err(error) => Err(self.told(offer, &error, cost).await),
        };
        let shaped = shaped.map_err(|error| ReadError { cost, ..error });
        let kept = match &shaped {
            Ok(value) => {
                self.kept(place, &PaidLookup { value: value.clone(), cost, by: self.spender.paid.of().clone() }, cost)
            }
            Err(_) => None,
        };
        match billing {
            Billing::Billed => self.settle(Open { id, cost }, kept).await,
            Billing::Free => self.end(&id, ReservationState::Released, MicroUsd(0), MicroUsd(0), None).await,
            Billing::Unknown => self.end(&id, ReservationState::Disputed, MicroUsd(0), price, kept).await,
        }
        shaped.map(|value| loaded(value, cost))
    }

    /// Waits for the provider's gate, where it has one.
    async fn admitted(&self, offer: &Offer) -> Result<Option<OwnedSemaphorePermit>, ReadError> {
        match &offer.vendor {
            Some(vendor) => self.turn(vendor).await.map(Some).map_err(heard),
            None => Ok(None),
        }
    }

    /// A provider's failure as a skill hears it; keeps the pause that it asks for.
    async fn told(&self, offer: &Offer, error: &ProviderError, cost: MicroUsd) -> ReadError {
        tracing::warn!(provider = offer.provider.name(), %error, "a provider gives no answer");
        if let (Some(vendor), Some(pause_ms)) = (&offer.vendor, error.retry_after_ms) {
            self.shut(vendor, pause_ms).await;
        }
        let retry_after_ms = error.retry_after_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX));
        ReadError { kind: error.kind, message: error.message.clone(), retry_after_ms, cost }
    }
}

fn loaded(value: Value, cost: MicroUsd) -> Loaded {
    Loaded { value: (!says_nothing(&value)).then_some(value), cost }
}

/// Whether an answer only says who answers and when.
fn says_nothing(value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return value.is_null() };
    // A list of news that is empty is an answer: nothing happened.
    !fields.contains_key("articles")
        && fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "as_of" | "provider"))
            .all(|(_, value)| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
}

/// The answer in its source's shape, with when and by whom.
fn shaped(offer: &Offer, lookup: &Lookup, answer: Answer) -> Result<Value, ReadError> {
    let mut value = answer.value;
    if value.is_null() {
        return Ok(value);
    }
    let is_told = shape::schema(lookup.source, &lookup.params)
        .is_some_and(|schema| schema.pointer("/properties/provider").is_some());
    if is_told && let Some(fields) = value.as_object_mut() {
        fields.entry("as_of").or_insert_with(|| json!(lookup.now.rfc3339()));
        fields.entry("provider").or_insert_with(|| json!(offer.provider.name()));
    }
    shape::accept(lookup.source, &lookup.params, value).map_err(|mismatch| {
        let name = offer.provider.name();
        tracing::warn!(provider = name, %mismatch, "a provider's answer is not of its source's shape");
        ReadError::new(ReadErrorKind::Unavailable, format!("{} of {name}: {mismatch}", lookup.source))
    })
}

/// What the purse says of models, as it is heard of a read.
fn heard(error: ModelError) -> ReadError {
    let kind = match error.kind {
        ModelErrorKind::OverBudget => ReadErrorKind::OverBudget,
        ModelErrorKind::Denied => ReadErrorKind::Denied,
        ModelErrorKind::Limit => ReadErrorKind::Limit,
        ModelErrorKind::InvalidRequest => ReadErrorKind::InvalidParams,
        ModelErrorKind::Unavailable | ModelErrorKind::NotConfigured | ModelErrorKind::InvalidAnswer => {
            ReadErrorKind::Unavailable
        }
    };
    ReadError { kind, message: error.message, retry_after_ms: error.retry_after_ms, cost: error.cost }
}

//! Performs what was released: at most one success each.
//!
//! Before an effect leaves, its binding is verified again on the row as read:
//! a changed byte, a missing answer or a revoked right stops it here. Effects
//! of the host's own database happen in the commit that marks them sent; for
//! others `sending` is durable first, and a process that finds it after a crash
//! does not try again (see [`crate::driver`]'s recovery).

mod dispatch;

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use skillhost_engine::checkpoint::{self, Checkpoint};
use skillhost_engine::effect::{self, EffectError, EffectKind, chat_manager, sender};
use skillhost_engine::fold::Job;
use skillhost_engine::ids::UserId;
use skillhost_engine::outbox::{Delivery, EffectState, HAS_TURN, OutboxRow, Performer};
use skillhost_engine::registry::{Void, void};
use skillhost_engine::sequence::Sequence;
use skillhost_engine::store::{AuditRow, ChatMessage, CrmWrite, JobKey, StoreError, StoredPrincipal, Write};
use skillhost_engine::time::Timestamp;
use skillhost_engine::vendor::Turn;

use crate::answer::situated;
use crate::app::App;
use crate::calm::Telling;
use crate::driver::{Principal, decide_or_take};
use crate::fail_point::FailPoint;

use dispatch::Ended;
pub(crate) use dispatch::dispatch;

/// Says something to the job's own user.
const CHAT_POST: &str = "chat.post";
/// Effects read at a time.
const PAGE: u32 = 64;
/// Times a result is written anew because the job moved.
const MAX_CONFLICTS: u32 = 32;
/// Between two tries to write a result while the store is away.
const STORE_RETRY_MS: i64 = 500;
/// Mails a rep may send a minute and an hour: what mailbox providers tolerate.
const MAILS_A_MINUTE: u32 = 5;
const MAILS_AN_HOUR: u32 = 30;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// One attempt at one effect.
async fn perform(app: &Arc<App>, row: OutboxRow) -> Ended {
    app.fail_points.hit(FailPoint::EffectDue);
    let bound = app.binder.verify_for_sending(&row);
    let (Ok(()), Some(kind)) = (&bound, effect::kind(&row.kind)) else {
        let reason = bound.err().map_or_else(|| "no such kind".to_owned(), |error| error.to_string());
        tracing::error!(%reason, "an effect is not what was approved; it is void");
        return uncalled(app, row, Delivery::Permanent { reason }, Vec::new()).await;
    };
    if kind.is_too_late(&row.payload, app.clock.now()) {
        // It waited for a calmer time, a vendor, or a host that was away.
        let reason = "what it is about was to begin by now".to_owned();
        return uncalled(app, row, Delivery::Permanent { reason }, Vec::new()).await;
    }
    match voided(app, &row).await {
        Ok(Ok(())) => {}
        Ok(Err(void)) => {
            tracing::warn!(reason = %void, "an effect lost what it stood on; it is void");
            let audit = Write::Audit(AuditRow {
                org: row.org.clone(),
                job: Some(row.job.clone()),
                actor: "host".to_owned(),
                action: "effect.void".to_owned(),
                subject: row.key.to_string(),
                detail: json!({ "kind": row.kind, "module": row.module, "reason": void.to_string() }),
                at: app.clock.now(),
            });
            return uncalled(app, row, Delivery::Permanent { reason: void.to_string() }, vec![audit]).await;
        }
        Err(error) => {
            tracing::warn!(%error, "cannot check what the effect stands on now");
            return Ended::Stays;
        }
    }
    match was_sent(app, &row).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::error!("an effect that was sent is ready again; somebody changed the database");
            let reason = "its job's journal has it as sent, and its row does not".to_owned();
            return uncalled(app, row, Delivery::Unknown { reason }, Vec::new()).await;
        }
        Err(error) => {
            tracing::warn!(%error, "cannot read the effect's job now");
            return Ended::Stays;
        }
    }
    // One mail at a time between the look at the limits and the row that counts
    // against them, or several at once would all find room for one.
    let mut counting = if kind.recipients(&row.payload).is_some() { Some(app.mail_gate.lock().await) } else { None };
    let held = match disturbs(app, &row, &mut counting).await {
        Ok(None) => held_back(app, kind, &row).await,
        disturbed => disturbed,
    };
    match held {
        Ok(None) => {}
        Ok(Some(delivery)) => return uncalled(app, row, delivery, Vec::new()).await,
        Err(error) => {
            tracing::warn!(%error, "cannot check the effect's limits now");
            return Ended::Stays;
        }
    }
    match local(app, kind, &row).await {
        Ok(None) => {}
        Ok(Some(Ok((receipt, writes)))) => return uncalled(app, row, Delivery::Sent { receipt }, writes).await,
        Ok(Some(Err(reason))) => return uncalled(app, row, Delivery::Permanent { reason }, Vec::new()).await,
        Err(error) => {
            tracing::warn!(%error, "cannot read what the effect needs now");
            return Ended::Stays;
        }
    }
    let Some(performer) = app.performers.iter().find(|performer| performer.kinds().contains(&row.kind.as_str())) else {
        let reason = format!("nothing is configured that performs `{}`", row.kind);
        return uncalled(app, row, Delivery::Permanent { reason }, Vec::new()).await;
    };
    match app.vendors.ask(&performer.gate(&row), row.has_turn()).await {
        Ok(Turn::Now) => outside(app, Arc::clone(performer), row, counting).await,
        Ok(Turn::At(until)) => {
            drop(counting);
            uncalled(app, row, Delivery::Deferred { reason: HAS_TURN.to_owned(), until }, Vec::new()).await
        }
        Err(error) => {
            tracing::warn!(%error, "cannot ask for the vendor's gate now");
            Ended::Stays
        }
    }
}

/// The end of an effect for which nobody outside was called.
async fn uncalled(app: &Arc<App>, row: OutboxRow, delivery: Delivery, also: Vec<Write>) -> Ended {
    settle(app, row, delivery, also).await;
    Ended::Uncalled
}

/// Whether the journal of its job has the effect as sent, whatever its row says: a row that
/// lost its receipt does not leave again.
async fn was_sent(app: &App, row: &OutboxRow) -> Result<bool, StoreError> {
    Ok(load(app, row).await?.is_some_and(|(job, ..)| job.sent.contains(&row.key)))
}

/// Whether the effect's module was revoked, or a right it needs taken back, since it
/// was proposed.
async fn voided(app: &App, row: &OutboxRow) -> Result<Result<(), Void>, StoreError> {
    let Some(module) = &row.module else { return Ok(Ok(())) };
    let is_revoked = app.modules.as_ref().is_some_and(|modules| modules.is_revoked(&module.digest));
    let org = app.org_grant(&row.org).await?;
    Ok(void(row, is_revoked, app.config.grant(module.name.as_str()), &org))
}

/// An effect outside the database: `sending` first, which also counts it.
async fn outside(
    app: &Arc<App>,
    performer: Arc<dyn Performer>,
    row: OutboxRow,
    counting: Option<tokio::sync::MutexGuard<'_, ()>>,
) -> Ended {
    let sending = checkpoint::effect_sending(&row, app.clock.now());
    match app.store.commit(sending.batch).await {
        Ok(()) => {}
        // Taken back, or taken by another host.
        Err(StoreError::Conflict { .. }) => return Ended::Uncalled,
        // Another effect has what this one would take.
        Err(StoreError::Precondition { message }) => {
            return uncalled(app, row, Delivery::Permanent { reason: message }, Vec::new()).await;
        }
        Err(error) => {
            tracing::warn!(%error, "cannot mark the effect as leaving; it stays");
            return Ended::Stays;
        }
    }
    drop(counting);
    app.fail_points.hit(FailPoint::EffectSending);
    let row = sending.row;
    let mut delivery = performer.perform(&row).await;
    app.fail_points.hit(FailPoint::EffectPerformed);
    if row.kind == effect::calendar_invite::KIND {
        crate::calendars::read_again(app, &row.org, &row.user);
    }
    if let Delivery::Unknown { .. } = &delivery
        && let Some(receipt) = performer.look_up(&row).await
    {
        delivery = Delivery::Sent { receipt };
    }
    let pause = match &delivery {
        Delivery::Transient { retry_after_ms, .. } => *retry_after_ms,
        _ => None,
    };
    // Before the row says so, or another one is sent into it meanwhile.
    if let Some(pause_ms) = pause
        && let Err(error) = app.vendors.shut(&performer.gate(&row), pause_ms).await
    {
        tracing::warn!(%error, "cannot shut the vendor's gate; each of its effects will be told so");
    }
    settle(app, row, delivery, Vec::new()).await;
    if pause.is_some() { Ended::Shut } else { Ended::Called }
}

/// The receipt of an effect of the host's own database and what to write in the commit
/// that marks it sent, or why it does not happen.
type Local = Result<(Value, Vec<Write>), String>;

/// Effects of the host's own database; `None` for kinds that leave the host.
async fn local(app: &App, kind: &EffectKind, row: &OutboxRow) -> Result<Option<Local>, StoreError> {
    let now = app.clock.now();
    let written = |write: Result<CrmWrite, EffectError>| {
        write.map(|write| (json!({ "id": row.key }), vec![Write::Crm(write)])).map_err(|error| error.to_string())
    };
    if let Some(write) = kind.local_write(row, now) {
        return Ok(Some(written(write)));
    }
    if row.kind == effect::followups_postpone::KIND {
        let user = app.store.user(&row.org, &row.user).await?;
        let zone = user.and_then(|user| TimeZone::get(&user.zone).ok()).unwrap_or(TimeZone::UTC);
        return Ok(Some(written(effect::followups_postpone::write(row, &zone, now))));
    }
    if row.kind == effect::proposal_share::KIND {
        let made = app.make_share(row).await?;
        return Ok(Some(made.map(|(share, message)| {
            let receipt = json!({ "id": share.id, "expires_at": share.expires_at });
            (receipt, vec![Write::Crm(CrmWrite::Share(Box::new(share))), Write::Notice(message)])
        })));
    }
    let is_chat = row.kind == CHAT_POST || row.kind == chat_manager::KIND;
    if is_chat && !app.performers.iter().any(|performer| performer.kinds().contains(&row.kind.as_str())) {
        let Some(reader) = reader(app, row).await? else {
            return Ok(Some(Err("the user has no manager".to_owned())));
        };
        let text = row.payload.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let message = ChatMessage {
            id: row.key.to_string(),
            org: row.org.clone(),
            user: reader,
            job: Some(row.job.clone()),
            text,
            at: now,
        };
        return Ok(Some(Ok((json!({ "feed": row.key }), vec![Write::Chat(message)]))));
    }
    Ok(None)
}

/// Whom a message goes to: the job's user, or their manager where one is named.
async fn reader(app: &App, row: &OutboxRow) -> Result<Option<UserId>, StoreError> {
    if row.kind != chat_manager::KIND {
        return Ok(Some(row.user.clone()));
    }
    Ok(app.store.user(&row.org, &row.user).await?.and_then(|user| user.manager_id))
}

/// Whether a message comes at a time at which its reader is not disturbed. Where their number
/// is bounded one is looked at at a time, until its row counts: `counting` holds the others.
async fn disturbs<'a>(
    app: &'a App,
    row: &OutboxRow,
    counting: &mut Option<tokio::sync::MutexGuard<'a, ()>>,
) -> Result<Option<Delivery>, StoreError> {
    if row.kind == CHAT_POST {
        let calm = app.calm(&row.org, &row.user).await?;
        if calm.counts().is_some() {
            *counting = Some(app.posts.one_at_a_time().await);
        }
        let telling = Telling { org: &row.org, user: &row.user, job: Some(&row.job), but: Some(row.key.as_str()) };
        let put_off = app.put_off(&calm, &telling, row.waited_for_calm()).await?;
        return Ok(put_off.map(|(until, why)| Delivery::Deferred { reason: why.to_owned(), until }));
    }
    let Some(reader) = reader(app, row).await?.filter(|reader| *reader != row.user) else { return Ok(None) };
    let calm = Principal::load(app, &row.org, &reader).await?.admission;
    let put_off = calm.calm.put_off(app.clock.now(), &calm.notified);
    Ok(put_off.map(|(until, why)| Delivery::Deferred { reason: why.to_owned(), until }))
}

/// Whether what writes to people may not leave now: to somebody suppressed, or over the
/// sender's limits.
async fn held_back(app: &App, kind: &EffectKind, row: &OutboxRow) -> Result<Option<Delivery>, StoreError> {
    let Some(recipients) = kind.recipients(&row.payload) else { return Ok(None) };
    // An edit of a card may have changed the sender since the mail was proposed.
    let own = app.store.user(&row.org, &row.user).await?.map(|user| user.email).unwrap_or_default();
    if let Err(error) = sender::is_from(kind, &row.payload, &own) {
        return Ok(Some(Delivery::Permanent { reason: error.to_string() }));
    }
    for (at, address) in recipients.iter().enumerate() {
        if app.store.is_suppressed(&row.org, address).await? {
            let reason = format!("recipient {} is on the suppression list", at + 1);
            return Ok(Some(Delivery::Permanent { reason }));
        }
    }
    let now = app.clock.now();
    for (span, most, name) in [
        (MINUTE_MS, MAILS_A_MINUTE, "minute"),
        (HOUR_MS, MAILS_AN_HOUR, "hour"),
        (DAY_MS, u32::try_from(app.config.mails_a_day).unwrap_or(u32::MAX), "day"),
    ] {
        let sent = app.store.mails_sent(&row.org, &row.user, now.plus_ms(-span), most).await?;
        // There is room as soon as the first of the last so many is out of the span.
        let is_full = u32::try_from(sent.len()).is_ok_and(|sent| sent >= most);
        if let Some(first) = sent.last().filter(|_| is_full) {
            return Ok(Some(Delivery::Deferred {
                reason: format!("{most} mails left in the last {name}, and {most} is the limit"),
                until: first.plus_ms(span + 1).max(now.plus_ms(1)),
            }));
        }
    }
    Ok(None)
}

/// Writes how an attempt ended, on whatever the job is by then. Does not give
/// the result up: while the store is away it waits, and a process that ends
/// before leaves `sending` behind for the next one to find.
async fn settle(app: &Arc<App>, row: OutboxRow, delivery: Delivery, also: Vec<Write>) {
    let mut delivery = delivery;
    let mut also = also;
    let mut conflicts = 0;
    loop {
        let now = app.clock.now();
        let (before, sequence, principal) = match load(app, &row).await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => {
                tracing::error!("the effect's job cannot be read; the effect stays as it is");
                return;
            }
            Err(error) => {
                if !wait_for_store(app, &error, now).await {
                    return;
                }
                continue;
            }
        };
        let decided = decide_or_take(app, &before, &sequence, principal, |situation, job| {
            checkpoint::effect_settled(situation, job, &row, delivery.clone(), None)
        });
        let (Checkpoint { mut batch, job, .. }, hand) = match decided.await {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => {
                tracing::error!(%error, "the effect's result does not fit its job");
                return;
            }
            Err(error) => {
                if !wait_for_store(app, &error, now).await {
                    return;
                }
                continue;
            }
        };
        batch.writes.extend(also.iter().cloned());
        match app.store.commit(batch).await {
            Ok(()) => {
                app.fail_points.hit(FailPoint::EffectCommitted);
                let is_mail = [effect::email_send::KIND, effect::calendar_invite::KIND].contains(&row.kind.as_str());
                if is_mail && matches!(delivery, Delivery::Sent { .. }) {
                    app.mailboxes.mail_left();
                }
                crate::cards::keep_up(app, &before, &job);
                if also.iter().any(|write| matches!(write, Write::Notice(_))) {
                    crate::cards::notices(app);
                }
                crate::buttons::delivered(app, &row, &delivery);
                app.wake.changed(&row.job);
                if !hand.is_some_and(|hand| hand.go_on(app, &job)) {
                    app.wake.jobs();
                }
                app.wake.effects();
                return;
            }
            Err(StoreError::Conflict { what }) => {
                conflicts += 1;
                let current = app.store.effect(&row.org, &row.key).await;
                let moved = !matches!(&current, Ok(Some(current)) if current.revision == row.revision);
                if moved || conflicts > MAX_CONFLICTS {
                    tracing::info!(%what, "somebody else settled the effect first");
                    return;
                }
            }
            Err(StoreError::Precondition { message }) => {
                also = Vec::new();
                delivery = Delivery::Permanent { reason: message };
            }
            Err(error) => {
                if !error.is_transient() {
                    tracing::error!(%error, "the effect's result was refused");
                    return;
                }
                if !wait_for_store(app, &error, now).await {
                    return;
                }
            }
        }
    }
}

async fn wait_for_store(app: &App, error: &StoreError, now: Timestamp) -> bool {
    tracing::warn!(%error, "the store is away; the effect's result waits");
    !app.drains_before(now.plus_ms(STORE_RETRY_MS)).await
}

async fn load(app: &App, row: &OutboxRow) -> Result<Option<(Job, Arc<Sequence>, StoredPrincipal)>, StoreError> {
    let found = app.store.job_with_principal(&row.org, JobKey::Job(&row.job)).await?;
    let Some((stored, principal)) = found else { return Ok(None) };
    Ok(crate::answer::restore(app, stored).map(|(job, sequence)| (job, sequence, principal)))
}

/// Effects that a process that is gone left in `sending`; how many were settled. One
/// whose job this version cannot read stays where it is, and holds nothing else up.
///
/// # Errors
/// The store cannot be read or written.
pub(crate) async fn take_up(app: &Arc<App>) -> Result<usize, StoreError> {
    let (mut taken, mut stuck) = (0, 0_u32);
    loop {
        // What stays is in front of every page.
        let rows = app.store.effects_in(EffectState::Sending, PAGE.saturating_add(stuck)).await?;
        let (mut stays, mut moved) = (0, false);
        for row in &rows {
            if take_up_one(app, row).await? {
                moved = true;
                taken += 1;
            } else {
                stays += 1;
            }
        }
        if !moved && stays == stuck {
            return Ok(taken);
        }
        stuck = stays;
    }
}

/// Whether somebody moved it, or its job; otherwise it stays `sending`.
async fn take_up_one(app: &Arc<App>, row: &OutboxRow) -> Result<bool, StoreError> {
    let performer = app.performers.iter().find(|performer| performer.kinds().contains(&row.kind.as_str()));
    let keyed = performer.is_some_and(|performer| performer.is_keyed());
    let Some((job, sequence, _)) = load(app, row).await? else {
        tracing::error!(effect = %row.key, job = %row.job, "a leaving effect's job cannot be read; it stays as it is");
        return Ok(false);
    };
    // What shows that it left settles it; nobody has to be asked then.
    let shown = match performer {
        Some(performer) if !keyed => performer.look_up(row).await,
        _ => None,
    };
    let found = situated(app, &sequence, |situation| match &shown {
        Some(receipt) => {
            let sent = Delivery::Sent { receipt: receipt.clone() };
            checkpoint::effect_settled(situation, &job, row, sent, None)
        }
        None => checkpoint::effect_found_after_crash(situation, &job, row, keyed),
    });
    match found {
        Ok(found) => {
            tracing::warn!(effect = %row.key, keyed, "an effect was leaving when the host stopped");
            match app.store.commit(found.batch).await {
                Ok(()) => {
                    crate::cards::keep_up(app, &job, &found.job);
                    app.wake.changed(&row.job);
                    app.wake.effects();
                    Ok(true)
                }
                // Its job moved, or another host takes it up: the next look tells.
                Err(StoreError::Conflict { .. }) => Ok(true),
                Err(error) => Err(error),
            }
        }
        Err(error) => {
            tracing::error!(effect = %row.key, %error, "a leaving effect does not fit its job");
            Ok(false)
        }
    }
}

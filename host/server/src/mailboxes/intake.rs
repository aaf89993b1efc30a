//! A mail that came: kept, put into its thread, and told to whoever works on mails.

use std::sync::Arc;

use serde_json::Value;
use skillhost_connectors::mail::read::base_subject;
use skillhost_engine::mailbox::{
    self, EVENT, KeptMail, MailboxRow, Marks, ReadMail, ReceivedMail, SOURCE, SUBJECT_MS, event_key, event_payload,
    mail_id,
};
use skillhost_engine::time::Timestamp;

use super::Trouble;
use crate::app::{App, Incoming, ReceiveError};

/// A mail as it arrived.
pub(super) struct Arrival {
    pub(super) uid_validity: u32,
    pub(super) uid: u32,
    pub(super) size: u64,
    pub(super) marks: Marks,
    /// When the server got it.
    pub(super) at: Option<Timestamp>,
    pub(super) mail: ReadMail,
}

/// Takes it; whether it is kept now and was not before.
pub(super) async fn take(app: &Arc<App>, row: &MailboxRow, arrival: Arrival) -> Result<bool, Trouble> {
    let Arrival { uid_validity, uid, size, marks, at, mail } = arrival;
    let (store, now) = (&app.store, app.clock.now());
    let own = store.user(&row.org, &row.user).await?.map(|user| user.email.to_lowercase()).unwrap_or_default();
    let is_own = mail.from == row.address || !own.is_empty() && mail.from == own;
    let mut ids = mailbox::ancestors(&mail);
    ids.extend(mail.message_id.clone());
    let known = store.mails_by_message_id(&row.org, &row.user, &ids).await?;
    let id = mail_id(&row.address, &mail);
    if is_own && mail.message_id.is_some() && known.iter().any(|known| known.message_id == mail.message_id) {
        // What the host sent for them is there; this is its copy.
        return Ok(false);
    }
    let recent = if mail.is_reply && mail.in_reply_to.is_none() && mail.references.is_empty() {
        store.recent_mails(&row.org, &row.user, now.plus_ms(-SUBJECT_MS)).await?
    } else {
        Vec::new()
    };
    let thread = mailbox::thread(&row.address, &mail, &id, &known, &recent, base_subject);
    // Whom a mail is about: who wrote it, and of one's own whom it went to.
    let about: Vec<String> = match is_own {
        true => mail.to.iter().chain(&mail.cc).filter(|to| **to != row.address && **to != own).cloned().collect(),
        false => Some(&mail.from).filter(|from| !from.is_empty()).into_iter().cloned().collect(),
    };
    let found = if about.is_empty() { None } else { store.match_contact(&row.org, &about).await? };
    let field = |name: &str| found.as_ref()?.get(name).and_then(Value::as_str).map(str::to_owned);
    // Who dates a mail ahead does not put it ahead of everybody's.
    let at = at.unwrap_or_else(|| mail.date.map_or(now, |date| date.min(now)));
    let mail = ReceivedMail {
        org: row.org.clone(),
        user: row.user.clone(),
        address: row.address.clone(),
        id,
        uid_validity,
        uid,
        size,
        marks,
        at,
        thread,
        contact: field("contact_id"),
        deal: field("deal_id"),
        is_own,
        raises: mailbox::raises(row.opened_at.unwrap_or(row.began_at), at, is_own),
        mail,
    };
    let kept = store.keep_mail(&mail).await?;
    if kept.raises {
        raise(app, &mail, &kept).await?;
        store.mail_raised(&mail).await?;
    }
    Ok(!kept.was_there)
}

/// Raises the event of a mail, once: a mail that was there and whose event is said to be
/// missing may have been told of right before the host stopped.
async fn raise(app: &Arc<App>, mail: &ReceivedMail, kept: &KeptMail) -> Result<(), Trouble> {
    let key = event_key(&mail.user, &mail.id);
    if kept.was_there && app.store.job_with_key(&mail.org, &key).await?.is_some() {
        return Ok(());
    }
    let incoming = Incoming {
        event_type: EVENT.to_owned(),
        source: SOURCE.to_owned(),
        org: mail.org.clone(),
        user: mail.user.clone(),
        payload: event_payload(mail, &kept.thread_id),
        idempotency_key: Some(key),
        not_before: None,
        transcript: None,
    };
    match app.receive(incoming).await {
        Ok(_) => Ok(()),
        Err(ReceiveError::Full { .. }) => Err(Trouble::Full),
        Err(ReceiveError::Store(error)) => Err(Trouble::Store(error)),
        // Whose it was is gone; the mail is kept and nobody is told.
        Err(error) => {
            tracing::warn!(%error, "a mail's event is not taken");
            Ok(())
        }
    }
}

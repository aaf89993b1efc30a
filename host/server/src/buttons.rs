//! Presses on the buttons of messages, whichever door they come by.
//!
//! What a press means is read from the effect that posted the message, whose binding is
//! verified once more, and never from the press. The event is raised on behalf of the person
//! the message was posted to, under a key of message and place, so that a second press finds
//! the first one's job.

use std::sync::Arc;

use serde_json::Value;
use skillhost_engine::button::{self, Button, ButtonAction, LIFE_MS, Raised};
use skillhost_engine::checkpoint::makers;
use skillhost_engine::ids::{EffectKey, OrgId};
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::{Delivery, OutboxRow};
use skillhost_engine::report::{ButtonMark, Mark};
use skillhost_engine::skill::SkillRef;
use skillhost_engine::store::{StoreError, User};
use skillhost_engine::time::Timestamp;

use crate::answer::restore;
use crate::app::{App, Incoming, ReceiveError, Received};
use crate::schedules::meeting_key;

/// Kind of the effect that posts a message.
const MESSAGE: &str = "chat.post";

/// What became of a press.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pressed {
    /// The button's own words.
    pub(crate) label: String,
    /// What the person is told.
    pub(crate) said: String,
    /// Whether something is under way because of this message's button, or was noted.
    pub(crate) is_taken: bool,
    /// The message, as it was posted.
    pub(crate) text: String,
    /// Its buttons, and whether each was pressed.
    pub(crate) buttons: Vec<(String, bool)>,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PressError {
    /// No such message of this org, or no such button of it.
    #[error("this button is not there any more")]
    NotThere,
    /// Posted to somebody else.
    #[error("only the person whom the message was posted to may press this")]
    NotYours,
    /// The message is too old.
    #[error("this message is more than {} days old, and its buttons do nothing any more", LIFE_MS / 86_400_000)]
    TooOld,
    /// Nothing handles what the button raises.
    #[error("this host has no sequence for `{event_type}`, so nothing was started")]
    NoSequence {
        /// What it raises.
        event_type: String,
    },
    /// The host did not take the event.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Presses a button as this person. `via` is the door: `slack`, `inbox`.
    ///
    /// # Errors
    /// See [`PressError`]; nothing was started.
    pub(crate) async fn press(
        self: &Arc<Self>,
        who: &User,
        message: &EffectKey,
        place: usize,
        via: &str,
    ) -> Result<Pressed, PressError> {
        let row = self.message(&who.org, message).await?.ok_or(PressError::NotThere)?;
        if row.user != who.id {
            return Err(PressError::NotYours);
        }
        let buttons = button::of(&row.payload);
        let pressed = buttons.get(place).ok_or(PressError::NotThere)?;
        if row.created_at.plus_ms(LIFE_MS) <= self.clock.now() {
            return Err(PressError::TooOld);
        }
        let (is_taken, said) = match pressed.raises() {
            None => (true, pressed.action.taken().to_owned()),
            Some(raised) => {
                let received = self.raise(who, &row, (place, pressed), raised, via).await?;
                told(pressed.action, &received)
            }
        };
        // What started nothing stays on offer.
        if is_taken {
            let mut pressed = marks(&row, [(place, pressed)], Mark::Clicked, via, self.clock.now());
            // The event was taken: what cannot be said of who made it is missed, as a mark is.
            let made_by = self.makers(&row).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "it is not known who made a message whose button was pressed");
                Vec::new()
            });
            pressed.iter_mut().for_each(|mark| mark.made_by.clone_from(&made_by));
            self.keep_marks(pressed).await;
        }
        let drawn = match self.drawn(&row, &buttons).await {
            Err(error) if is_taken => {
                tracing::warn!(%error, "a message shows one press alone");
                buttons.iter().enumerate().map(|(at, button)| (button.label.clone(), at == place)).collect()
            }
            other => other?,
        };
        Ok(Pressed {
            label: pressed.label.clone(),
            said,
            is_taken,
            text: row.payload.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
            buttons: drawn,
        })
    }

    /// The message with its buttons, whether each was pressed; `None` where it has none that
    /// work.
    pub(crate) async fn buttons_of(
        &self,
        org: &OrgId,
        message: &EffectKey,
    ) -> Result<Option<Vec<(String, bool)>>, StoreError> {
        let Some(row) = self.message(org, message).await? else { return Ok(None) };
        let buttons = button::of(&row.payload);
        if buttons.is_empty() || row.created_at.plus_ms(LIFE_MS) <= self.clock.now() {
            return Ok(None);
        }
        self.drawn(&row, &buttons).await.map(Some)
    }

    /// Marks every button of messages that this person sees, in the background.
    pub(crate) async fn saw_buttons(self: &Arc<Self>, who: &User, messages: &[EffectKey], via: &str) {
        let at = self.clock.now();
        let mut all = Vec::new();
        for message in messages.iter().filter(|message| self.marked.is_first(message, Mark::Viewed)) {
            if let Ok(Some(row)) = self.message(&who.org, message).await {
                let buttons = button::of(&row.payload);
                all.extend(marks(&row, buttons.iter().enumerate(), Mark::Viewed, via, at));
            }
        }
        self.keep_marks(all).await;
    }

    async fn drawn(&self, row: &OutboxRow, buttons: &[Button]) -> Result<Vec<(String, bool)>, StoreError> {
        let done = self.store.pressed_buttons(&row.org, &row.key).await?;
        let is_done = |place: usize| u32::try_from(place).is_ok_and(|place| done.contains(&place));
        Ok(buttons.iter().enumerate().map(|(place, button)| (button.label.clone(), is_done(place))).collect())
    }

    /// The modules that made what a message says; only its own where its job cannot be read.
    async fn makers(&self, row: &OutboxRow) -> Result<Vec<SkillRef>, StoreError> {
        let stored = self.store.job(&row.org, &row.job).await?;
        Ok(match stored.and_then(|stored| restore(self, stored)) {
            Some((job, sequence)) => makers(&job, &sequence, &row.step, row.module.as_ref()),
            None => row.module.iter().cloned().collect(),
        })
    }

    /// The effect that posted a message, if it is what was bound.
    async fn message(&self, org: &OrgId, key: &EffectKey) -> Result<Option<OutboxRow>, StoreError> {
        let Some(row) = self.store.effect(org, key).await?.filter(|row| row.kind == MESSAGE) else { return Ok(None) };
        if let Err(error) = self.binder.verify_for_sending(&row) {
            tracing::error!(%error, "a message is not what was bound; its buttons do nothing");
            return Ok(None);
        }
        Ok(Some(row))
    }

    async fn raise(
        self: &Arc<Self>,
        who: &User,
        row: &OutboxRow,
        (place, pressed): (usize, &Button),
        raised: Raised,
        via: &str,
    ) -> Result<Received, PressError> {
        let Raised { event_type, mut payload } = raised;
        if self.sequences.for_event(&event_type).is_none() {
            return Err(PressError::NoSequence { event_type });
        }
        let own = button::key(&row.key, place);
        let key = match pressed.action {
            ButtonAction::SkipPrep => self.brief_key(who, &event_type, &mut payload).await?.unwrap_or(own),
            _ => own,
        };
        let incoming = Incoming {
            event_type,
            source: format!("{via}:{}", pressed.action.as_str()),
            org: who.org.clone(),
            user: who.id.clone(),
            payload,
            idempotency_key: Some(key),
            not_before: None,
            transcript: None,
        };
        Ok(self.receive(incoming).await?)
    }

    /// The key under which the clock raises the brief of the meeting, so that it finds this
    /// job and raises none. A recorded meeting stands for an event that begins with it.
    async fn brief_key(&self, who: &User, event_type: &str, payload: &mut Value) -> Result<Option<String>, StoreError> {
        let at = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
        let starts = at("starts").and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let starts = starts.map(|starts| Timestamp(starts.as_millisecond()));
        let (Some(meeting), Some(starts)) = (at("meeting_id"), starts) else { return Ok(None) };
        let beside = self.store.external_meetings(&who.org, &who.id, starts.plus_ms(-1), starts).await?;
        let found = beside.iter().find(|one| one.id == meeting).or(match beside.as_slice() {
            [one] => Some(one),
            _ => None,
        });
        Ok(found.map(|one| {
            payload["meeting_id"] = one.id.as_str().into();
            meeting_key(event_type, &one.id, one.starts)
        }))
    }

    /// Notes what became of buttons; one that cannot be kept is logged and missed.
    async fn keep_marks(&self, marks: Vec<ButtonMark>) {
        if !marks.is_empty()
            && let Err(error) = self.store.mark_buttons(&marks).await
        {
            tracing::warn!(%error, "marks of buttons are missed");
        }
    }
}

/// Notes that a message with buttons was brought to its person, in the background.
pub(crate) fn delivered(app: &Arc<App>, row: &OutboxRow, delivery: &Delivery) {
    if row.kind != MESSAGE || !matches!(delivery, Delivery::Sent { .. }) {
        return;
    }
    let buttons = button::of(&row.payload);
    let via = if app.slack.is_some() { "slack" } else { "inbox" };
    let marks = marks(row, buttons.iter().enumerate(), Mark::Delivered, via, app.clock.now());
    if !marks.is_empty() {
        let app = Arc::clone(app);
        app.tasks.clone().spawn(async move { app.keep_marks(marks).await });
    }
}

fn marks<'b>(
    row: &OutboxRow,
    buttons: impl IntoIterator<Item = (usize, &'b Button)>,
    mark: Mark,
    via: &str,
    at: Timestamp,
) -> Vec<ButtonMark> {
    let one = |(place, button): (usize, &Button)| ButtonMark {
        org: row.org.clone(),
        message: row.key.clone(),
        place: u32::try_from(place).unwrap_or(u32::MAX),
        action: button.action,
        mark,
        via: via.to_owned(),
        at,
        made_by: Vec::new(),
    };
    buttons.into_iter().map(one).collect()
}

/// Whether something is under way now, and what the person is told.
fn told(action: ButtonAction, received: &Received) -> (bool, String) {
    let why = || received.reason.clone().unwrap_or_else(|| "the host did not take it".to_owned());
    match received.status {
        JobStatus::Skipped => (false, format!("Nothing was started: {}.", why())),
        // Of a brief that was raised before there is nothing else to say.
        _ if action.dismisses() => (true, action.taken().to_owned()),
        _ if received.duplicate => (true, "This was pressed before; nothing new was started.".to_owned()),
        JobStatus::Deferred => (true, format!("{} It begins later: {}.", action.taken(), why())),
        _ => (true, action.taken().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_happened() {
        let received = |status, duplicate, reason: Option<&str>| Received {
            event_id: None,
            job_id: "job_1".into(),
            status,
            duplicate,
            reason: reason.map(str::to_owned),
        };
        let said = |action, received: Received| told(action, &received);
        let (meet, skip) = (ButtonAction::CheckCalendar, ButtonAction::SkipPrep);
        assert_eq!(said(meet, received(JobStatus::InProgress, false, None)), (true, meet.taken().to_owned()));
        let later = said(meet, received(JobStatus::Deferred, false, Some("quiet hours of the user")));
        assert!(later.0 && later.1.ends_with("It begins later: quiet hours of the user."), "{later:?}");
        let off = said(meet, received(JobStatus::Skipped, false, Some("disabled for the org")));
        assert_eq!(off, (false, "Nothing was started: disabled for the org.".to_owned()));
        assert!(said(meet, received(JobStatus::Completed, true, None)).1.contains("nothing new"));
        assert_eq!(said(skip, received(JobStatus::Completed, true, None)).1, skip.taken());
    }
}

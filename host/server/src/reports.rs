//! Reports on how useful suggestions are, and the marks they are made of.
//!
//! Invariant: a mark is only set for the person who was asked, and nobody waits for it: a
//! mark that cannot be kept is logged and missed.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use skillhost_engine::admission::AdmissionFacts;
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::ids::{ApprovalId, EffectKey, OrgId, UserId};
use skillhost_engine::report::{BRIEF, MAX_SPAN_MS, Mark, Report, Span, SuggestionMark, Tally};
use skillhost_engine::schedule::{MAX_BEFORE_MINUTES, Schedule};
use skillhost_engine::store::{StoreError, User};

use crate::app::App;

/// Rows read at a time.
const PAGE: u32 = 1000;
/// Most suggestions, and most jobs, of one report: under a hundred megabytes, and more than
/// an org makes in a month.
const MAX_ROWS: usize = 200_000;
/// Users looked at together for their meetings.
const USERS_AT_ONCE: u32 = 200;
/// Marks remembered as set, so that a page that is looked at often writes them once.
const MAX_REMEMBERED: usize = 10_000;

/// Marks that this process set.
#[derive(Debug, Default)]
pub struct Marked(Mutex<HashSet<(ApprovalId, Mark)>>);

impl Marked {
    /// Whether it is the first time, as far as remembered.
    fn first(&self, action: &ApprovalId, mark: Mark) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        known.insert((action.clone(), mark))
    }

    /// The same of a message with buttons.
    pub(crate) fn is_first(&self, message: &EffectKey, mark: Mark) -> bool {
        self.first(&ApprovalId::from(message.as_str()), mark)
    }

    fn forget(&self, marks: &[SuggestionMark]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for mark in marks {
            known.remove(&(mark.action.clone(), mark.mark));
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The span is none, or too long.
    #[error("{0}")]
    Span(&'static str),
    /// There is too much in it.
    #[error("there are more than {MAX_ROWS} suggestions or jobs in that time; ask for a shorter one")]
    TooMuch,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Marks open questions of this person, in the background.
    pub(crate) fn mark(
        self: &Arc<Self>,
        actions: impl IntoIterator<Item = impl std::borrow::Borrow<PendingAction>>,
        who: &UserId,
        mark: Mark,
        via: &str,
    ) {
        let at = self.clock.now();
        let mut marks = Vec::new();
        for action in actions {
            let action = action.borrow();
            let theirs = action.user == *who && action.status == ActionStatus::Pending;
            if theirs && self.marked.first(&action.id, mark) {
                marks.push(SuggestionMark {
                    org: action.org.clone(),
                    action: action.id.clone(),
                    mark,
                    via: via.to_owned(),
                    at,
                });
            }
        }
        if marks.is_empty() {
            return;
        }
        let app = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(error) = app.store.mark(&marks).await {
                tracing::warn!(%error, mark = mark.as_str(), "marks of suggestions are missed");
                app.marked.forget(&marks);
            }
        });
    }

    /// What became of the suggestions of a time: of all of the org for an admin, of their
    /// own for everybody else.
    ///
    /// # Errors
    /// See [`ReportError`].
    pub async fn report(&self, who: &User, span: Span) -> Result<Report, ReportError> {
        if span.until <= span.since {
            return Err(ReportError::Span("the time ends before it begins"));
        }
        if span.until.0.saturating_sub(span.since.0) > MAX_SPAN_MS {
            return Err(ReportError::Span("a report is of a year at most"));
        }
        let user = (!who.admin).then_some(&who.id);
        let mut tally = Tally::default();
        let (mut after, mut read) = (0, 0_usize);
        loop {
            let page = self.store.suggestions(&who.org, user, span, after, PAGE).await?;
            page.iter().for_each(|one| tally.suggestion(one));
            let Some(last) = page.last() else { break };
            after = last.n;
            read = counted(read, page.len())?;
        }
        let (mut after, mut read) = (None, 0_usize);
        loop {
            let page = self.store.report_jobs(&who.org, user, span, after.as_ref(), PAGE).await?;
            page.iter().for_each(|job| tally.job(job));
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            read = counted(read, page.len())?;
        }
        self.store.done(&who.org, user, span).await?.iter().for_each(|done| tally.done(done));
        self.briefs(&who.org, user, span, &mut tally).await?;
        tally.buttons(self.store.button_facts(&who.org, user, span).await?);
        Ok(tally.report(who.org.clone(), user.cloned(), span, self.clock.now()))
    }

    /// The meetings that should have had a brief, whether one was raised or not: what began
    /// since the host works for the org, of users who get briefs; and the jobs from before
    /// the time of the report that may have told of them.
    async fn briefs(
        &self,
        org: &OrgId,
        user: Option<&UserId>,
        span: Span,
        tally: &mut Tally,
    ) -> Result<(), ReportError> {
        let early = Span { since: span.since.plus_ms(-i64::from(MAX_BEFORE_MINUTES) * 60_000), until: span.since };
        let (mut after, mut read) = (None, 0_usize);
        loop {
            let page = self.store.report_jobs(org, user, early, after.as_ref(), PAGE).await?;
            page.iter().for_each(|job| tally.earlier(job));
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            read = counted(read, page.len())?;
        }
        let sequence = self.sequences.for_event(BRIEF);
        let raises = sequence.is_some_and(|sequence| matches!(sequence.schedule, Some(Schedule::BeforeMeeting { .. })));
        let Some(since) = self.store.first_job_at(org).await?.filter(|_| raises) else { return Ok(()) };
        let begun = Span { since: span.since.max(since), until: span.until.min(self.clock.now()) };
        let settings = self.org_settings(org).await?;
        let (mut last, mut read) = (UserId::new(""), 0_usize);
        loop {
            let users: Vec<User> = match user {
                Some(user) => self.store.user(org, user).await?.into_iter().collect(),
                None => self.store.users_after(Some((org, &last)), USERS_AT_ONCE).await?,
            };
            let of_org = users.iter().take_while(|user| user.org == *org);
            for of in of_org {
                if AdmissionFacts::of(settings.as_ref(), Some(of)).switched_off(BRIEF).is_none() {
                    read = counted(read, self.meetings_of(of, begun, tally).await?)?;
                }
            }
            match users.last() {
                Some(of) if user.is_none() && of.org == *org => last = of.id.clone(),
                _ => return Ok(()),
            }
        }
    }

    /// Takes in a user's external meetings that began within the span; how many.
    async fn meetings_of(&self, user: &User, begun: Span, tally: &mut Tally) -> Result<usize, StoreError> {
        // Where a page ends the next begins, so the span is read from just before it.
        let (mut from, mut count) = (begun.since.plus_ms(-1), 0);
        while from < begun.until {
            let page = self.store.external_meetings(&user.org, &user.id, from, begun.until).await?;
            let Some(last) = page.last() else { break };
            page.iter().for_each(|meeting| tally.meeting(&user.id, &meeting.id, meeting.starts));
            count += page.len();
            from = last.starts;
        }
        Ok(count)
    }
}

fn counted(read: usize, more: usize) -> Result<usize, ReportError> {
    let read = read.saturating_add(more);
    if read > MAX_ROWS { Err(ReportError::TooMuch) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_set_once_until_it_is_forgotten_or_too_much_is_remembered() {
        let marked = Marked::default();
        let id = |n: usize| ApprovalId::from(format!("act_{n}").as_str());
        assert!(marked.first(&id(0), Mark::Viewed));
        assert!(!marked.first(&id(0), Mark::Viewed));
        assert!(marked.first(&id(0), Mark::Clicked));
        for n in 0..=MAX_REMEMBERED {
            marked.first(&id(n), Mark::Delivered);
        }
        assert!(marked.first(&id(0), Mark::Viewed));
    }
}

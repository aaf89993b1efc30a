//! What a press means for the question it belongs to.

use serde_json::Value;
use skillhost_engine::approval::{Answer, Edit, ItemAnswer, PendingAction};
use skillhost_engine::card::Card;
use skillhost_engine::time::Timestamp;

use super::card::CardView;
use super::interaction::{Form, Kind, Press, Submission, Verb};
use super::modal::{self, FieldError, ModalError};

/// "Send later" first proposes the next hour.
const LATER_PROPOSAL_MS: i64 = 3600 * 1000;

/// What the host does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Settle the question with this answer.
    Answer(Answer),
    /// Skip the question, with what the person says of it.
    Dismiss {
        /// Their words.
        note: Option<String>,
        /// It should not have been asked.
        irrelevant: bool,
    },
    /// Show another page or other ticks: `render` with this view and update the message.
    Redraw(CardView),
    /// Open this modal with the trigger that came along.
    Open(Value),
    /// No modal can be opened; tell the person why.
    CannotOpen(ModalError),
    /// Keep the modal open and show these; see [`super::refusal`].
    Refuse(Vec<FieldError>),
    /// Take the approval back while its window is open.
    Undo,
    /// Ask again what nobody answered in time.
    AskAgain,
    /// Show the question again, as the newest message.
    Bring,
    /// The modal was opened for another round of the question.
    Outdated,
    /// Acknowledge only.
    Nothing,
}

impl Press {
    /// Decides, given the question as it is stored.
    pub fn next(&self, action: &PendingAction, now: Timestamp) -> Next {
        match &self.0 {
            Kind::Nothing => Next::Nothing,
            Kind::Submitted(submission) if submission.nonce != action.nonce => Next::Outdated,
            Kind::Submitted(submission) => submitted(submission, action, now),
            Kind::Button(verb, view) => button(verb, view.clone().fitted(&action.card), action, now),
        }
    }
}

fn button(verb: &Verb, mut view: CardView, action: &PendingAction, now: Timestamp) -> Next {
    let card = &action.card;
    match verb {
        Verb::Approve => Next::Answer(Answer::Approve { edits: Vec::new(), not_before: None }),
        Verb::Skip => Next::Answer(Answer::Skip),
        Verb::Cancel => Next::Answer(Answer::Cancel),
        Verb::More => Next::Answer(Answer::More),
        Verb::Manual => Next::Answer(Answer::Manual),
        Verb::Choose(choice) => Next::Answer(Answer::Choose { choice: choice.clone() }),
        Verb::All => Next::Answer(items(card, &vec![true; card.parts.len()], Vec::new())),
        Verb::Ticked => Next::Answer(items(card, &view.ticked, Vec::new())),
        Verb::Undo => Next::Undo,
        Verb::Again => Next::AskAgain,
        Verb::Bring => Next::Bring,
        Verb::Feedback => Next::Open(modal::feedback(action)),
        Verb::Page(page) => {
            view.page = *page;
            Next::Redraw(view.fitted(card))
        }
        Verb::Tick(index) => {
            if let Some(ticked) = view.ticked.get_mut(*index) {
                *ticked = !*ticked;
            }
            Next::Redraw(view)
        }
        Verb::Edit => match modal::edit(action, &view) {
            Ok(view) => Next::Open(view),
            Err(error) => Next::CannotOpen(error),
        },
        Verb::Later => Next::Open(modal::later(action, now.plus_ms(LATER_PROPOSAL_MS))),
    }
}

fn submitted(submission: &Submission, action: &PendingAction, now: Timestamp) -> Next {
    match submission.form {
        Form::Later => {
            return match modal::instant(submission, now) {
                Ok(at) => Next::Answer(Answer::Approve { edits: Vec::new(), not_before: Some(at) }),
                Err(error) => Next::Refuse(vec![error]),
            };
        }
        Form::Feedback => {
            let (note, irrelevant) = modal::words(submission);
            return Next::Dismiss { note, irrelevant };
        }
        Form::Edit => {}
    }
    match modal::edits(&action.card, submission) {
        Err(errors) => Next::Refuse(errors),
        Ok(edits) if action.card.pattern == "batch" => {
            Next::Answer(items(&action.card, &submission.view.ticked, edits))
        }
        Ok(edits) => {
            Next::Answer(Answer::Approve { edits: edits.into_iter().map(|(_, edit)| edit).collect(), not_before: None })
        }
    }
}

/// An answer that names every item, so that the record says what was declined too.
fn items(card: &Card, ticked: &[bool], edits: Vec<(usize, Edit)>) -> Answer {
    let items = card
        .parts
        .iter()
        .enumerate()
        .map(|(index, part)| ItemAnswer {
            item: part.id.clone(),
            approve: ticked.get(index).copied().unwrap_or(false),
            edits: edits.iter().filter(|(part, _)| *part == index).map(|(_, edit)| edit.clone()).collect(),
        })
        .collect();
    Answer::Items { items }
}

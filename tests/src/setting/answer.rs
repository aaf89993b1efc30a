//! How a question is answered, as a person would in Slack.
//!
//! To answer in another manner: a case of [`How`].

use skillhost_engine::approval::ActionStatus;
use skillhost_server::view::ApprovalView;

use super::Setting;

/// How a question is answered, all of it by buttons and forms of Slack.
pub enum How {
    /// Yes.
    Approve,
    /// No.
    Skip,
    /// In the form, the text of the input with this label.
    Edit(&'static str, &'static str),
    /// By the form that asks when; it stays at what it proposes.
    Later,
    /// The choice at this place.
    Choose(usize),
    /// Others are asked for.
    More,
    /// These items are ticked, or unticked, and what is ticked then is approved.
    Ticks(&'static [usize]),
    /// Every item, those on other pages too.
    All,
    /// The rep does it by themselves.
    Manual,
    /// It is not needed, in these words, and was of no use.
    Irrelevant(&'static str),
    /// The whole job is stopped.
    Cancel,
}

/// Answers a question, and checks that it is settled.
///
/// # Panics
/// It cannot be answered so.
pub async fn answer(setting: &Setting, question: &ApprovalView, how: &How) {
    let (rep, id) = (setting.rep(), question.id.as_str());
    match how {
        How::Approve => drop(rep.press(id, "approve").await),
        How::Skip => drop(rep.press(id, "skip").await),
        How::All => drop(rep.press(id, "all").await),
        How::Cancel => drop(rep.press(id, "cancel").await),
        How::Manual => drop(rep.press(id, "manual").await),
        How::More => drop(rep.press(id, "more").await),
        How::Choose(place) => drop(rep.press(id, &format!("choose:{}", question.card.parts[*place].id)).await),
        How::Irrelevant(words) => rep.form(id, "feedback", |_, _| Some((*words).to_owned())).await,
        How::Later => rep.form(id, "later", |_, _| None).await,
        How::Edit(input, text) => {
            rep.form(id, "edit", |label, _| (label == *input).then(|| (*text).to_owned())).await;
        }
        How::Ticks(items) => {
            for item in *items {
                rep.tick(id, *item).await;
            }
            rep.press(id, "ticked").await;
        }
    }
    let settled = setting.view(&question.job_id).await;
    let asked = settled.approvals.iter().find(|approval| approval.id == question.id).unwrap();
    assert_ne!(asked.status, ActionStatus::Pending, "“{}” is not settled", question.card.comment_title);
    assert_eq!(asked.resolution.as_ref().map(|resolution| resolution.via.as_str()), Some("slack"));
}

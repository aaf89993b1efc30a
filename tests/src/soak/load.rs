//! What happens to the hosts of a soak: calls end and are delivered, again where a
//! vendor heard nothing; reps answer, change their minds and undo; mail comes in that
//! a model is asked about.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_server::view::{ApprovalView, JobView};

use super::cluster::{Body, Cluster};
use super::org::{Company, Rep};
use crate::asking;
use crate::dice::Dice;

/// Between two looks of a rep at a job, milliseconds.
const LOOK_AGAIN: (u64, u64) = (300, 900);
/// Looks before a job counts as stuck: some minutes.
const PATIENCE: usize = 400;
/// One event in so many is a mail.
const MAILS: usize = 3;
/// One call in so many is delivered once more after it was taken.
const AGAIN: usize = 5;

/// What was accepted, and what was seen to be wrong on the way.
#[derive(Default)]
pub(super) struct Load {
    /// Event by its own name → its job.
    pub(super) accepted: Mutex<BTreeMap<String, String>>,
    /// Events whose jobs have ended.
    pub(super) ended: AtomicU64,
    /// Answers that a host took.
    pub(super) answers: AtomicU64,
    /// Mails that were taken back on their way.
    pub(super) undone: AtomicU64,
    /// What must not be.
    pub(super) wrong: Mutex<Vec<String>>,
}

impl Load {
    fn blame(&self, what: String) {
        self.wrong.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(what);
    }

    /// Events that a host took.
    pub(super) fn events(&self) -> usize {
        self.accepted.lock().map(|accepted| accepted.len()).unwrap_or(0)
    }

    /// One event from its delivery to the end of its job.
    pub(super) async fn event(&self, cluster: &Cluster, company: &Company, n: usize, dice: Dice) {
        let rep = company.rep(n);
        let (name, job) = if n.is_multiple_of(MAILS) {
            let mail = company.mail(n);
            let payload = asking::mail(&mail, 1 + dice.below(2));
            let event = json!({ "type": "email_received", "payload": payload });
            let key = Some(rep.key.as_str());
            let heard = cluster.ask(&dice, Method::POST, "/v1/events", key, Body::Json(&event)).await;
            (mail, taken(heard.status, &heard.body))
        } else {
            let (bot, call) = (company.bot(n), company.call(n));
            let deliver = async || {
                let heard = cluster.ask(&dice, Method::POST, "/hooks/meetingbaas", None, Body::Signed(&call)).await;
                taken(heard.status, &heard.body)
            };
            let job = deliver().await;
            if n.is_multiple_of(AGAIN) {
                let again = deliver().await;
                if again != job {
                    self.blame(format!("{bot} was delivered twice: {job:?}, {again:?}"));
                }
            }
            (bot, job)
        };
        match job {
            Ok(job) => {
                if let Ok(mut accepted) = self.accepted.lock() {
                    accepted.insert(name, job.clone());
                }
                self.see_through(cluster, rep, &job, &dice).await;
            }
            Err(refused) => self.blame(format!("{name} was not taken: {refused}")),
        }
    }

    async fn see_through(&self, cluster: &Cluster, rep: &Rep, job: &str, dice: &Dice) {
        let key = Some(rep.key.as_str());
        let path = format!("/v1/jobs/{job}");
        let mut undoes = dice.percent(15);
        let mut status = String::new();
        for _ in 0..PATIENCE {
            let heard = cluster.ask(dice, Method::GET, &path, key, Body::None).await;
            let view: JobView = match serde_json::from_value(heard.body) {
                Ok(view) if heard.status == 200 => view,
                _ => return self.blame(format!("{job} was taken and is not there: {}", heard.status)),
            };
            if view.status.is_ended() {
                self.ended.fetch_add(1, Ordering::Relaxed);
                return;
            }
            for question in view.approvals.iter().filter(|question| question.status == ActionStatus::Pending) {
                let path = format!("/v1/approvals/{}/answer", question.id);
                let heard = cluster.ask(dice, Method::POST, &path, key, Body::Json(&answer(question, dice))).await;
                match heard.status {
                    200 => {
                        self.answers.fetch_add(1, Ordering::Relaxed);
                    }
                    // Answered by a request whose end nobody heard, or ended since.
                    409 | 410 => {}
                    status => self.blame(format!("an answer to {} met {status}: {}", question.id, heard.body)),
                }
            }
            let leaving = view.effects.iter().find(|effect| {
                effect.kind == "email.send" && effect.state == EffectState::Ready && effect.approval.is_some()
            });
            if let (true, Some(effect)) = (undoes, leaving) {
                undoes = false;
                let path = format!("/v1/effects/{}/undo", effect.key);
                let heard = cluster.ask(dice, Method::POST, &path, key, Body::Json(&json!({}))).await;
                if heard.status == 200 {
                    self.undone.fetch_add(1, Ordering::Relaxed);
                }
            }
            status = format!("{:?}: {:?}", view.status, view.reason);
            tokio::time::sleep(dice.between(LOOK_AGAIN.0, LOOK_AGAIN.1)).await;
        }
        self.blame(format!("{job} does not end: {status}"));
    }
}

/// The job of a delivery that was taken.
fn taken(status: u16, body: &Value) -> Result<String, String> {
    match (status, body.get("job_id").and_then(Value::as_str)) {
        (200 | 202, Some(job)) => Ok(job.to_owned()),
        _ => Err(format!("{status} {body}")),
    }
}

/// What a rep says. Of a mail whose end nobody knows they say that it is well, so that
/// none may be at the receiver twice.
fn answer(question: &ApprovalView, dice: &Dice) -> Value {
    if question.card.asked_by == "skillhost" && question.card.comment_title == "It is not known whether this happened" {
        return json!({ "answer": "skip" });
    }
    let throw = dice.below(100);
    match question.pattern.as_str() {
        "batch" => {
            let says = |id: &String| json!({ "item": id, "approve": dice.percent(80) });
            let items: Vec<Value> = question.card.parts.iter().map(|part| says(&part.id)).collect();
            json!({ "answer": "items", "items": items })
        }
        _ if throw < 6 => json!({ "answer": "cancel" }),
        _ if throw < 16 => json!({ "answer": "skip" }),
        _ => json!({ "answer": "approve" }),
    }
}

/// A pause between two events, so that they do not march in step.
pub(super) fn pause(dice: &Dice) -> Duration {
    dice.between(0, 120)
}

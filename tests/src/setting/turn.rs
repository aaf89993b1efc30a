//! A way turn by turn, where what is looked at lies between the answers.

use std::fmt::Write as _;
use std::time::Duration;

use crate::slack_double::Message;
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::ids::JobId;
use skillhost_server::view::{ApprovalView, JobView};

use super::Setting;
use super::answer::{How, answer};

/// Between two looks, and how many there are before a test gives up.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const PATIENCE: usize = 3000;
/// Waits in a row before a job is one that does not end.
const MAX_WAITS: usize = 20;

impl Setting {
    /// The job at rest.
    pub async fn rested(&self, job: &JobId) -> JobView {
        self.rest().await;
        self.view(job).await
    }

    /// The open question of a job with these words in its title.
    pub async fn asked(&self, job: &JobId, words: &str) -> ApprovalView {
        let view = self.rested(job).await;
        let asked = open(&view).find(|question| question.card.comment_title.contains(words));
        asked.cloned().unwrap_or_else(|| panic!("nothing asks “{words}”: {}", course(&view)))
    }

    /// Answers that question in Slack.
    pub async fn says(&self, job: &JobId, words: &str, how: &How) {
        answer(self, &self.asked(job, words).await, how).await;
        self.rest().await;
    }

    /// Waits out what the job waits for, and nobody is asked meanwhile; how it ended.
    pub async fn ended(&self, job: &JobId) -> JobView {
        for _ in 0..MAX_WAITS {
            let view = self.rested(job).await;
            if view.status.is_ended() {
                return view;
            }
            assert_eq!(open(&view).count(), 0, "somebody is asked: {}", course(&view));
            let due = self.due(job).await.unwrap_or_else(|| panic!("it waits for nothing: {}", course(&view)));
            self.until(due).await;
        }
        panic!("it does not end: {}", course(&self.view(job).await));
    }

    /// The job once it is as wanted, which somebody else than its steps brings about.
    pub async fn comes(&self, job: &JobId, wanted: impl Fn(&JobView) -> bool) -> JobView {
        for _ in 0..PATIENCE {
            let view = self.view(job).await;
            if wanted(&view) {
                return view;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("it does not come: {}", course(&self.view(job).await));
    }

    /// A message of Slack's once it is as wanted.
    pub async fn shows(&self, wanted: impl Fn(&Message) -> bool) -> Message {
        for _ in 0..PATIENCE {
            if let Some(message) = self.slack.messages().into_iter().find(|message| wanted(message)) {
                return message;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("no message is as wanted: {:#?}", self.slack.messages());
    }

    /// Moves the clock on.
    pub async fn pass(&self, ms: i64) {
        self.until(self.host.app.clock.now().plus_ms(ms)).await;
    }

    /// The one job of a kind that another one led to.
    pub async fn led(&self, from: &JobId, event: &str) -> JobId {
        let mut rows = self.rows(event).await;
        rows.retain(|row| row.parent.as_ref() == Some(from));
        assert_eq!(rows.len(), 1, "{event} of {}", course(&self.view(from).await));
        rows.remove(0).id
    }

    /// What the rep was told since there were so many messages.
    pub fn told(&self, since: usize) -> String {
        let posts = self.posts().split_off(since);
        posts.iter().map(|post| post.body["blocks"].to_string()).collect::<Vec<_>>().join("\n")
    }
}

/// The questions of a job that nobody has answered.
pub fn open(view: &JobView) -> impl Iterator<Item = &ApprovalView> {
    view.approvals.iter().filter(|question| question.status == ActionStatus::Pending)
}

/// Where a step of a job stands.
pub fn state<'v>(view: &'v JobView, step: &str) -> &'v str {
    let found = view.steps.iter().find(|one| one.name == step);
    &found.unwrap_or_else(|| panic!("no step {step}: {}", course(view))).state
}

/// The kinds of what a job has let out, each once.
pub fn kinds(view: &JobView) -> Vec<&str> {
    let mut kinds: Vec<&str> = view.effects.iter().map(|effect| effect.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// A job for whoever reads why a test failed.
pub fn course(view: &JobView) -> String {
    let mut told = format!("{} {:?} {:?}\n", view.event_type, view.status, view.reason);
    for step in &view.steps {
        let _written = writeln!(told, "  {} {}: {:?} {:?}", step.name, step.state, step.reason, step.summary);
    }
    for question in &view.approvals {
        let _written = writeln!(told, "  ? {:?} {}", question.status, question.card.comment_title);
    }
    for effect in &view.effects {
        let _written = writeln!(told, "  > {} {:?} {:?}", effect.kind, effect.state, effect.last_error);
    }
    for follow in &view.follow_ups {
        let _written = writeln!(told, "  + {} {:?}", follow.event_type, follow.status);
    }
    told
}

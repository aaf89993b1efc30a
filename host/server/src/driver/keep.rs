//! What is kept of a call so that it can be run again: its line's record, and
//! the texts that the line names by digest.

use std::collections::BTreeSet;
use std::sync::Arc;

use skillhost_engine::body::{Body, MAX_CALL_BYTES, Subject};
use skillhost_engine::call_record::{CallRecord, outcome_digest};
use skillhost_engine::ids::OrgId;
use skillhost_engine::input::Input;
use skillhost_engine::limits::CallLimits;
use skillhost_engine::outcome::Call;
use skillhost_engine::skill::CallReport;
use skillhost_engine::time::Timestamp;

/// A call that is about to be made.
pub(super) struct Keeping {
    org: OrgId,
    subject: Subject,
    expires_at: Timestamp,
    input: Arc<str>,
    digest: Arc<str>,
}

impl Keeping {
    pub(super) fn begin(call: &Call, subject: Subject, retention_ms: i64) -> Self {
        Self {
            org: call.org.clone(),
            subject,
            expires_at: call.now.plus_ms(retention_ms),
            input: Arc::clone(call.input.text()),
            digest: call.input.digest().into(),
        }
    }

    /// The record but for the outcome, which is not there yet.
    pub(super) fn record(&self, call: &Call, limits: &CallLimits, world: &str, engine: &str) -> Box<CallRecord> {
        Box::new(CallRecord {
            call: call.call_id.clone(),
            input: self.digest.to_string(),
            zone: call.zone.clone(),
            extra: call.extra.clone(),
            limits: limits.clone(),
            world: world.to_owned(),
            engine: engine.to_owned(),
            outcome: String::new(),
        })
    }

    /// The whole record, and the texts; what exceeds the bound of a call is
    /// named in the journal and not kept.
    pub(super) fn end(
        self,
        mut record: Box<CallRecord>,
        report: &CallReport,
    ) -> (Option<Box<CallRecord>>, Arc<[Body]>) {
        record.outcome = outcome_digest(&report.result);
        let mut bodies = Vec::new();
        let mut seen = BTreeSet::new();
        let mut left = MAX_CALL_BYTES;
        let mut keep = |digest: Arc<str>, text: Arc<str>| {
            if text.len() <= left && seen.insert(Arc::clone(&digest)) {
                left -= text.len();
                bodies.push(Body {
                    org: self.org.clone(),
                    subject: self.subject.clone(),
                    digest,
                    text,
                    expires_at: self.expires_at,
                });
            }
        };
        if !Input::is_empty_digest(&self.digest) {
            keep(self.digest, self.input);
        }
        let mut answers = report.answers.iter();
        for read in &report.reads {
            let Some(digest) = &read.digest else { continue };
            // Both lists are in the order asked.
            let Some(answer) = answers.find(|answer| answer.read_id == read.read_id) else { continue };
            keep(digest.as_str().into(), Arc::clone(&answer.body));
        }
        (Some(record), bodies.into())
    }
}

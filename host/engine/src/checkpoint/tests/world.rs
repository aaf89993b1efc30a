//! A host in miniature: a store that enforces compare-and-set, revisions and
//! unique keys, a clock that is set by hand, ids that count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::admission::AdmissionFacts;
use crate::approval::Answer;
use crate::binding::{Binder, HostKey};
use crate::checkpoint::{Checkpoint, Order, Person, Reply, Situation, StepRun, admit};
use crate::event::Event;
use crate::fold::Job;
use crate::ids::{EventId, StepName};
use crate::outbox::{EffectState, OutboxRow};
use crate::outcome::{ApprovalRequest, Ask, Editable, Effect, Outcome, Spend};
use crate::plan::Facts;
use crate::rights::{Right, RightSet};
use crate::sequence::{Catalog, Sequence};
use crate::skill::{CallError, CallReport, SkillRef};
use crate::store::{Batch, CrmWrite, Lease, StoredJob, Write};
use crate::time::{Ids, Timestamp};

pub(super) const UNDO_MS: i64 = 30_000;
pub(super) const START: Timestamp = Timestamp(1_700_000_000_000);

pub(super) struct Counting(AtomicU64);

impl Ids for Counting {
    fn fresh(&self, prefix: &str) -> String {
        format!("{prefix}_{:026}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        secret
    }
}

/// What the store holds of one job, and what else was written.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) stored: Option<StoredJob>,
    pub(super) children: Vec<crate::job::JobRow>,
    pub(super) audit: Vec<crate::store::AuditRow>,
    pub(super) crm: Vec<CrmWrite>,
    pub(super) bodies: Vec<crate::body::Body>,
    pub(super) blobs: Vec<crate::artifact::Blob>,
}

impl Memory {
    pub(super) fn apply(&mut self, batch: &Batch) {
        let mut advanced = 0;
        for (at, write) in batch.writes.iter().enumerate() {
            match write {
                Write::NewJob(row) => match &self.stored {
                    None => {
                        self.stored = Some(StoredJob {
                            row: (**row).clone(),
                            journal: Vec::new(),
                            actions: Vec::new(),
                            effects: Vec::new(),
                        });
                    }
                    Some(_) => self.children.push((**row).clone()),
                },
                Write::Advance(advance) => {
                    assert_eq!(at, 0, "the compare-and-set comes first");
                    advanced += 1;
                    let row = &mut self.stored.as_mut().unwrap().row;
                    assert_eq!((&row.id, row.version), (&advance.job, advance.expect), "compare-and-set");
                    row.version += 1;
                    row.status = advance.status;
                    row.reason.clone_from(&advance.reason);
                    row.wake_at = advance.wake_at;
                    row.lease.clone_from(&advance.lease);
                    row.updated_at = advance.at;
                }
                Write::Journal(entry) => {
                    let stored = self.stored.as_mut().unwrap();
                    if entry.job == stored.row.id {
                        assert_eq!(entry.seq, stored.journal.len() as u64 + 1, "no gap in the journal");
                        stored.journal.push(entry.clone());
                    }
                }
                Write::NewAction(action) => {
                    let actions = &mut self.stored.as_mut().unwrap().actions;
                    assert!(actions.iter().all(|other| other.id != action.id && other.nonce != action.nonce));
                    actions.push((**action).clone());
                }
                Write::Action(action) => {
                    let actions = &mut self.stored.as_mut().unwrap().actions;
                    let old = actions.iter_mut().find(|other| other.id == action.id).unwrap();
                    assert_eq!(old.revision + 1, action.revision);
                    *old = (**action).clone();
                }
                Write::NewEffect(row) => {
                    let effects = &mut self.stored.as_mut().unwrap().effects;
                    assert!(effects.iter().all(|other| other.key != row.key), "a key is used once: {}", row.key);
                    effects.push((**row).clone());
                }
                Write::Effect(row) => {
                    let effects = &mut self.stored.as_mut().unwrap().effects;
                    let old = effects.iter_mut().find(|other| other.key == row.key).unwrap();
                    assert_eq!(old.revision + 1, row.revision, "{}", row.key);
                    let requeued = batch.writes.iter().any(|write| {
                        matches!(write, Write::Journal(entry)
                            if entry.kind == "effect_requeued" && entry.body.contains(row.key.as_str()))
                    });
                    let back = requeued && matches!(old.state, EffectState::Dead | EffectState::Cancelled);
                    assert!(!old.state.is_final() || back, "a final effect does not change: {}", row.key);
                    *old = (**row).clone();
                }
                Write::Audit(row) => self.audit.push(row.clone()),
                Write::Crm(change) => self.crm.push(change.clone()),
                Write::Reserve(_) | Write::Settle(_) | Write::Budget(_) => panic!("no step of a job moves money"),
                Write::Bodies(bodies) => self.bodies.extend(bodies.iter().cloned()),
                Write::Blobs(blobs) => self.blobs.extend(blobs.iter().cloned()),
                Write::Event(_)
                | Write::Posted { .. }
                | Write::Chat(_)
                | Write::Notice(_)
                | Write::Transcript(_)
                | Write::Paid(_) => {}
                Write::Schedule(_) | Write::Unschedule(_) => panic!("no step of a job moves a schedule"),
                Write::NewModule(_) | Write::RevokeModule(_) | Write::SkillChange(_) => {
                    panic!("a job changes no module")
                }
            }
        }
        assert!(advanced <= 1, "one job a batch");
    }
}

pub(super) struct World {
    pub(super) sequence: Sequence,
    pub(super) binder: Binder,
    pub(super) ids: Counting,
    pub(super) catalog: Catalog,
    pub(super) admission: AdmissionFacts,
    pub(super) facts: Facts,
    pub(super) lease: Option<Lease>,
    pub(super) running: BTreeSet<StepName>,
    pub(super) memory: Mutex<Memory>,
    /// Effects by step, local id and kind that left before their step was sent back.
    pub(super) barred: BTreeSet<(StepName, String, String)>,
}

impl World {
    pub(super) fn new(steps: &str) -> Self {
        let text = format!("sequence: s\nversion: 1\nevent: meeting_ended\nsteps:\n{steps}");
        Self {
            sequence: Sequence::parse("s.yaml", &text).unwrap(),
            binder: Binder::new(HostKey::new([9; 32])),
            ids: Counting(AtomicU64::new(1)),
            catalog: Catalog::default(),
            admission: AdmissionFacts { org_known: true, user_known: true, ..AdmissionFacts::default() },
            facts: Facts { context: json!({}), now: START },
            lease: None,
            running: BTreeSet::new(),
            memory: Mutex::new(Memory::default()),
            barred: BTreeSet::new(),
        }
    }

    /// Admits a `meeting_ended` and takes it.
    pub(super) fn started(steps: &str) -> Self {
        let mut world = Self::new(steps);
        let event = world.event(json!({"transcript_id": "t1"}));
        let admitted =
            admit(&event, Ok(None), &world.admission, Some(&world.sequence), &world.ids, world.facts.now, None)
                .unwrap();
        world.memory.lock().unwrap().apply(&admitted.batch);
        world.take();
        world
    }

    pub(super) fn event(&self, payload: Value) -> Event {
        Event {
            id: EventId::new(self.ids.fresh("evt")),
            event_type: "meeting_ended".into(),
            source: "api:test".into(),
            org: "acme".into(),
            user: "dana".into(),
            body_digest: crate::canonical::digest_json(&payload),
            payload,
            parent: None,
            depth: 1,
            idempotency_key: "meeting_ended:m1".into(),
            received_at: self.facts.now,
            not_before: None,
        }
    }

    /// Claims the job under a fresh lease.
    pub(super) fn take(&mut self) {
        self.lease = Some(Lease { owner: "boot".into(), until: self.facts.now.plus_ms(30_000) });
        let checkpoint = crate::checkpoint::claim(&self.situation(), &self.job()).unwrap();
        self.commit(&checkpoint);
    }

    pub(super) fn situation(&self) -> Situation<'_> {
        Situation {
            sequence: &self.sequence,
            facts: &self.facts,
            binder: &self.binder,
            ids: &self.ids,
            undo_ms: UNDO_MS,
            lease: self.lease.as_ref(),
            running: &self.running,
            catalog: &self.catalog,
            admission: &self.admission,
        }
    }

    /// The job as another host would restore it.
    pub(super) fn job(&self) -> Job {
        Job::restore(self.memory.lock().unwrap().stored.clone().unwrap()).unwrap()
    }

    /// Commits a checkpoint and checks everything that must hold after one.
    pub(super) fn commit(&mut self, checkpoint: &Checkpoint) {
        self.memory.lock().unwrap().apply(&checkpoint.batch);
        let restored = self.job();
        assert_eq!(restored, checkpoint.job, "what is in memory is what is restored");
        for row in restored.effects.values() {
            self.binder.verify_for_sending(row).unwrap();
        }
        if checkpoint.job.row.lease.is_none() {
            self.lease = None;
        }
        if restored.row.status.is_ended() {
            assert!(checkpoint.next.run.is_empty());
            let explained = restored.row.reason.is_some() || restored.row.status == crate::job::JobStatus::Completed;
            assert!(explained, "{:?} without a reason", restored.row.status);
        }
    }

    pub(super) fn later(&mut self, ms: i64) {
        self.facts.now = self.facts.now.plus_ms(ms);
    }

    pub(super) fn run_of(&self, step: &str, attempt: u32, round: u32) -> StepRun {
        StepRun {
            step: step.into(),
            attempt,
            round,
            skill: Some(SkillRef { name: "a-skill".into(), version: "0.1.0".into(), digest: "sha256:00".into() }),
            rights: rights(),
            call_id: self.ids.fresh("call"),
            started_at: self.facts.now,
            record: None,
            bodies: [].into(),
            keep_until: START.plus_ms(1_000_000),
        }
    }

    /// Records a step's first attempt with this outcome.
    pub(super) fn propose(&mut self, step: &str, outcome: Outcome) -> Checkpoint {
        self.report(step, 1, Ok(outcome))
    }

    pub(super) fn report(&mut self, step: &str, attempt: u32, result: Result<Outcome, CallError>) -> Checkpoint {
        self.record(&self.run_of(step, attempt, 0), result)
    }

    /// Records the second attempt of a step that was sent back, in the round it has now.
    pub(super) fn propose_again(&mut self, step: &str, outcome: Outcome) -> Checkpoint {
        let round = self.job().steps[&step.into()].round;
        self.record(&self.run_of(step, 2, round), Ok(outcome))
    }

    fn record(&mut self, run: &StepRun, result: Result<Outcome, CallError>) -> Checkpoint {
        let report = CallReport::of(result, spend());
        let checkpoint = crate::checkpoint::step_proposed(&self.situation(), &self.job(), run, report).unwrap();
        self.commit(&checkpoint);
        checkpoint
    }

    pub(super) fn open(&self) -> crate::approval::PendingAction {
        self.job().open_actions().first().copied().unwrap().clone()
    }

    pub(super) fn effects(&self) -> BTreeMap<String, OutboxRow> {
        self.job()
            .effects
            .into_values()
            .map(|row| (format!("{}@{}", row.local_id, row.key), Arc::unwrap_or_clone(row)))
            .collect()
    }

    pub(super) fn effect(&self, local_id: &str) -> OutboxRow {
        let mut rows: Vec<_> = self.job().effects.into_values().filter(|row| row.local_id == local_id).collect();
        rows.sort_by_key(|row| (row.created_at, row.state.is_final()));
        rows.retain(|row| !row.state.is_final());
        Arc::unwrap_or_clone(rows.pop().unwrap())
    }
}

pub(super) fn rights() -> RightSet {
    ["email.send", "crm.log_activity", "task.create", "chat.post", "crm.set_stage", "flag.add", "calendar.invite"]
        .map(|kind| Right::Effect(kind.to_owned()))
        .into_iter()
        .collect()
}

pub(super) fn spend() -> Spend {
    Spend { fuel: 10, wall_us: 5, ..Spend::default() }
}

pub(super) fn dana(answer: Answer) -> Reply {
    Reply {
        answer,
        by: Person { id: "dana".into(), admin: false },
        via: "api:test".into(),
        note: None,
        irrelevant: false,
    }
}

pub(super) fn by(id: &str, admin: bool) -> Order {
    Order { by: Person { id: id.into(), admin }, via: "api:test".into(), reason: Some("a test".into()) }
}

pub(super) fn approve() -> Answer {
    Answer::Approve { edits: vec![], not_before: None }
}

pub(super) fn mail(id: &str) -> Effect {
    Effect {
        id: id.into(),
        kind: "email.send".into(),
        payload: json!({"to": ["sam@example.test"], "subject": "Next steps", "body": "Hi Sam"}),
        after: vec![],
    }
}

pub(super) fn log(id: &str, after: &[&str]) -> Effect {
    Effect {
        id: id.into(),
        kind: "crm.log_activity".into(),
        payload: json!({"kind": "email", "subject": "Mailed", "body": "Sent next steps"}),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(super) fn task(id: &str) -> Effect {
    Effect { id: id.into(), kind: "task.create".into(), payload: json!({"title": format!("Do {id}")}), after: vec![] }
}

pub(super) fn request(id: &str, ask: Ask) -> ApprovalRequest {
    ApprovalRequest {
        id: id.into(),
        title: "Please look".into(),
        summary: "words of the skill".into(),
        fields: vec![],
        ask,
        expires: None,
        tell_skill: false,
    }
}

pub(super) fn review(effects: Vec<Effect>) -> ApprovalRequest {
    let editable = effects
        .iter()
        .filter(|effect| effect.kind == "email.send")
        .map(|effect| Editable {
            effect: effect.id.clone(),
            pointer: "/body".into(),
            label: "Body".into(),
            multiline: true,
        })
        .collect();
    request("review", Ask::Review { effects, editable, deferrable: true })
}

/// A mail under review, and a log line that waits for it.
pub(super) fn gated() -> Outcome {
    Outcome {
        output: json!({"ok": true}),
        effects: vec![log("log", &["mail"])],
        approvals: vec![review(vec![mail("mail")])],
        ..Outcome::default()
    }
}

pub(super) fn plain() -> Outcome {
    Outcome { output: json!({"ok": true, "list": [{"n": 1}, {"n": 2}]}), ..Outcome::default() }
}

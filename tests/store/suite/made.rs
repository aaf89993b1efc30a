//! Rows to test with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use skillhost_engine::approval::{ActionStatus, PendingAction};
use skillhost_engine::binding::{Binder, HostKey};
use skillhost_engine::card::Card;
use skillhost_engine::event::Event;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, OutboxRow};
use skillhost_engine::outcome::{ApprovalRequest, Ask};
use skillhost_engine::purse::{Budget, Period, Reservation, ReservationState, Settlement};
use skillhost_engine::store::{Advance, AuditRow, Batch, CrmWrite, JournalEntry, Lease, Store, Write};
use skillhost_engine::time::{Ids, MicroUsd, Timestamp};

use super::place::Place;

pub const NOW: Timestamp = Timestamp(1_780_000_000_000);
/// Later than anything here.
pub const FAR: Timestamp = Timestamp(i64::MAX);

/// Ids and secrets that count.
pub struct Counter(pub AtomicU64);

impl Ids for Counter {
    fn fresh(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        secret
    }
}

/// A store and where it keeps things.
pub struct Bench {
    pub store: Arc<dyn Store>,
    /// Where a second host would open it; a folder goes with it.
    #[allow(dead_code)]
    pub place: Place,
}

impl Bench {
    pub async fn open() -> Self {
        let place = Place::fresh().await;
        Self { store: place.open().await, place }
    }
}

pub fn batch(writes: impl Into<Vec<Write>>) -> Batch {
    Batch { writes: writes.into() }
}

pub fn event(id: &str, org: &str) -> Event {
    Event {
        id: id.into(),
        event_type: "meeting_ended".to_owned(),
        source: "api:test".to_owned(),
        org: org.into(),
        user: "u1".into(),
        payload: json!({"meeting_id": "m1", "big": u64::MAX, "half": 0.1}),
        parent: None,
        depth: 1,
        idempotency_key: format!("k-{id}"),
        body_digest: "sha256:b".to_owned(),
        received_at: NOW,
        not_before: None,
    }
}

pub fn job(id: &str, org: &str) -> JobRow {
    JobRow {
        id: id.into(),
        org: org.into(),
        user: "u1".into(),
        status: JobStatus::Pending,
        reason: None,
        version: 1,
        event: "e1".into(),
        event_type: "meeting_ended".to_owned(),
        event_source: "api:test".to_owned(),
        trigger_payload: json!({"text": "Ünïcode \u{1F600} \\u0000 \"q\""}),
        idempotency_key: format!("k-{id}"),
        body_digest: "sha256:b".to_owned(),
        parent: None,
        depth: 1,
        sequence: "meeting_ended".to_owned(),
        sequence_digest: "sha256:s".to_owned(),
        sequence_text: "event: meeting_ended\n".to_owned(),
        priority: 0,
        concurrency: None,
        wake_at: None,
        lease: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn new_job(row: &JobRow) -> Write {
    Write::NewJob(Box::new(row.clone()))
}

pub fn advance(job: &str, expect: u64, status: JobStatus) -> Write {
    Write::Advance(Advance {
        job: job.into(),
        expect,
        status,
        reason: None,
        wake_at: None,
        lease: None,
        at: NOW.plus_ms(1),
    })
}

pub fn leased(job: &str, expect: u64, owner: &str, until: Timestamp) -> Write {
    let lease = Some(Lease { owner: owner.to_owned(), until });
    let at = NOW;
    Write::Advance(Advance {
        job: job.into(),
        expect,
        status: JobStatus::InProgress,
        reason: None,
        wake_at: None,
        lease,
        at,
    })
}

pub fn journal(job: &str, seq: u64) -> Write {
    let body = json!({"v": 1, "event": "step_proposed", "step": "s", "spend": {"money": 5}}).to_string();
    Write::Journal(JournalEntry { job: job.into(), seq, kind: "step_proposed".to_owned(), body, at: NOW })
}

pub fn effect(key: &str, job: &JobRow) -> OutboxRow {
    OutboxRow {
        key: key.into(),
        org: job.org.clone(),
        user: job.user.clone(),
        job: job.id.clone(),
        step: "s".into(),
        local_id: "e".to_owned(),
        kind: "chat.post".to_owned(),
        payload: json!({"text": "hi", "n": 1.0}),
        after: vec!["other".into()],
        module: None,
        rights: vec!["effect:chat.post".to_owned()],
        digest: "d".to_owned(),
        approval: None,
        release: None,
        state: EffectState::Ready,
        revision: 1,
        attempt: 0,
        not_before: NOW,
        last_error: None,
        receipt: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn new_effect(row: &OutboxRow) -> Write {
    Write::NewEffect(std::sync::Arc::new(row.clone()))
}

pub fn action(id: &str, job: &JobRow) -> PendingAction {
    let request = ApprovalRequest {
        id: "a".to_owned(),
        title: "t".to_owned(),
        summary: String::new(),
        fields: Vec::new(),
        ask: Ask::Review { effects: Vec::new(), editable: Vec::new(), deferrable: true },
        expires: None,
        tell_skill: false,
    };
    let mut action = PendingAction {
        id: id.into(),
        org: job.org.clone(),
        user: job.user.clone(),
        job: job.id.clone(),
        step: "s".into(),
        round: 0,
        card: Card::render(&request, &[], "skillhost"),
        request,
        effects: Vec::new(),
        module: None,
        rights: Vec::new(),
        nonce: "n".to_owned(),
        status: ActionStatus::Pending,
        revision: 1,
        channel: None,
        message_ts: None,
        created_at: NOW,
        expires_at: NOW.plus_ms(1000),
        resolved_at: None,
        resolution: None,
    };
    action.card.seal = seal(&action);
    action
}

/// The seal that the host of these tests puts on an approval.
pub fn seal(action: &PendingAction) -> String {
    Binder::new(HostKey::new([1; 32])).seal(action)
}

pub fn audit(job: &JobRow, action: &str) -> Write {
    Write::Audit(AuditRow {
        org: job.org.clone(),
        job: Some(job.id.clone()),
        actor: "host".to_owned(),
        action: action.to_owned(),
        subject: "s".to_owned(),
        detail: json!({"n": 1}),
        at: NOW,
    })
}

/// For the day of [`NOW`], by boot 1; its job is `job_<n>` for `r<n>`.
pub fn reserve(id: &str, org: &str, amount: i64) -> Write {
    let Write::Reserve(mut reservation) = reserve_for(id, "a", "s", amount, NOW) else { unreachable!() };
    reservation.org = org.into();
    Write::Reserve(reservation)
}

pub fn reserve_for(id: &str, skill: &str, sequence: &str, amount: i64, at: Timestamp) -> Write {
    Write::Reserve(Box::new(Reservation {
        id: id.to_owned(),
        org: "acme".into(),
        job: format!("job_{}", id.trim_start_matches('r')).into(),
        step: "ask".into(),
        call: "call_1".to_owned(),
        skill: skill.into(),
        sequence: sequence.to_owned(),
        what: "model".to_owned(),
        amount: MicroUsd(amount),
        owner: "boot_1".to_owned(),
        at,
    }))
}

pub fn settle(id: &str, from: ReservationState, to: ReservationState, cost: i64) -> Write {
    let settlement = Settlement { org: "acme".into(), id: id.to_owned(), from, to, cost: MicroUsd(cost), at: NOW };
    Write::Settle(settlement)
}

pub fn budget(scope: &str, period: Period, limit: Option<i64>) -> Write {
    let scope = scope.parse().unwrap();
    Write::Budget(Budget { org: "acme".into(), scope, period, limit: limit.map(MicroUsd), at: NOW })
}

pub fn crm(change: CrmWrite) -> Write {
    Write::Crm(change)
}

/// Two orgs; in `acme` two reps, of whom `u2` owns contact c2 and deal d2.
pub fn data() -> Value {
    let org = |id: &str| {
        json!({"id": id, "name": id, "domains": [format!("{id}.test")],
        "settings": {"icp": {"size": "50+"}, "budget": {"day_limit_micro_usd": 100}}})
    };
    json!({
        "orgs": [org("acme"), org("globex")],
        "users": [
            {"id": "u1", "org_id": "acme", "name": "Ada", "email": "Ada@Acme.test", "zone": "Europe/Berlin"},
            {"id": "u2", "org_id": "acme", "name": "Bo", "email": "bo@acme.test", "admin": true},
            {"id": "u1", "org_id": "globex", "name": "Cy", "email": "cy@globex.test"}],
        "connections": [{"kind": "slack-user", "external_id": "T/U", "org_id": "acme", "user_id": "u1", "detail": {"channel": "C"}}],
        "api_keys": [{"digest": "sha256:k", "org_id": "acme", "user_id": "u1", "client": "test"}],
        "companies": [{"id": "co1", "org_id": "acme", "name": "Initech", "size": 90}],
        "contacts": [
            {"id": "c1", "org_id": "acme", "name": "Mira", "email": "Mira@Initech.test", "company_id": "co1", "owner_id": "u1",
             "flags": [{"flag": "risk", "reason": "quiet", "at": "2026-05-01T00:00:00Z"}]},
            {"id": "c2", "org_id": "acme", "name": "Nils", "email": "nils@initech.test", "owner_id": "u2"}],
        "deals": [
            {"id": "d1", "org_id": "acme", "name": "Rollout", "stage": "qualified", "company_id": "co1", "contact_ids": ["c1"],
             "owner_id": "u1", "amount_cents": 100, "currency": "USD", "updated_at": "2026-05-02T00:00:00+02:00"},
            {"id": "d0", "org_id": "acme", "name": "Old", "stage": "closed_won", "contact_ids": ["c1"],
             "updated_at": "2026-05-03T00:00:00Z"},
            {"id": "d2", "org_id": "acme", "name": "Other", "stage": "lead", "contact_ids": ["c1", "c2"], "owner_id": "u2",
             "updated_at": "2026-05-04T00:00:00Z"}],
        "meetings": [
            {"id": "m1", "org_id": "acme", "title": "Discovery", "started_at": 1_780_000_000_000_i64, "contact_ids": ["c1"],
             "deal_id": "d1", "owner_id": "u1", "attendees": [{"name": "Mira", "email": "mira@initech.test", "side": "prospect"}]},
            {"id": "m2", "org_id": "acme", "title": "Private", "started_at": "2026-05-01T00:00:00Z", "contact_ids": ["c1"],
             "owner_id": "u2"}],
        "emails": [{"id": "e1", "org_id": "acme", "owner_id": "u1", "thread_id": "t1", "direction": "in", "from": "mira@initech.test",
            "to": ["ada@acme.test"], "subject": "Hello", "body": "Text", "at": "2026-05-01T00:00:00Z", "contact_id": "c1"}],
        "activities": [{"id": "a1", "org_id": "acme", "kind": "call", "subject": "Call", "at": "2026-05-01T00:00:00Z",
            "user_id": "u2", "contact_id": "c1", "deal_id": "d1"}],
        "tasks": [{"id": "k1", "org_id": "acme", "title": "Do", "owner_id": "u1", "contact_id": "c1", "created_at": "2026-05-01T00:00:00Z"}],
        "notes": [{"id": "n1", "org_id": "acme", "body": "Mornings", "at": "2026-05-01T00:00:00Z", "contact_id": "c1"}],
        "products": [{"id": "p1", "org_id": "acme", "name": "Flow"}],
        "transcripts": [
            {"id": "tr1", "org_id": "acme", "meeting_id": "m1", "format": "text", "body": "Ada: hi", "at": "2026-05-01T00:00:00Z"},
            {"id": "tr2", "org_id": "acme", "meeting_id": "m2", "format": "text", "body": "Bo: hi", "at": "2026-05-01T00:00:00Z"}],
        "suppressions": [{"org_id": "acme", "address": "No@Initech.test", "at": "2026-05-01T00:00:00Z"}]
    })
}

//! Rows as JSON objects with exactly the fields of the engine's types, in the words of
//! [`crate::dialect`].
//!
//! The database builds the object, serde reads it: one place a type, and a row that
//! this version does not understand is a typed error with its name.

use crate::dialect::Dialect;

/// `engine::event::Event`, of `events e`.
pub(crate) const EVENT: &str = "json_object('id', e.id, 'type', e.type, 'source', e.source, 'org', e.org_id,
    'user', e.user_id, 'payload', json(e.payload), 'parent', e.parent_job_id, 'depth', e.depth,
    'idempotency_key', e.idempotency_key, 'body_digest', e.body_digest, 'received_at', e.received_at,
    'not_before', e.not_before)";

/// `engine::job::JobRow`, of [`JOB_TABLES`].
pub(crate) const JOB: &str = "json_object('id', j.id, 'org', j.org_id, 'user', j.user_id, 'status', j.status,
    'reason', j.reason, 'version', j.version, 'event', j.event_id, 'event_type', j.event_type,
    'event_source', j.event_source, 'trigger_payload', json(p.trigger_payload),
    'idempotency_key', j.idempotency_key, 'body_digest', j.body_digest, 'parent', j.parent_job_id,
    'depth', j.depth, 'sequence', j.sequence, 'sequence_digest', j.sequence_digest, 'sequence_text', s.text,
    'priority', j.priority, 'concurrency', j.concurrency,
    'wake_at', j.wake_at, 'lease', CASE WHEN j.lease_owner IS NULL THEN NULL
        ELSE json_object('owner', j.lease_owner, 'until', j.lease_until) END,
    'created_at', j.created_at, 'updated_at', j.updated_at)";
/// What [`JOB`] is made of.
pub(crate) const JOB_TABLES: &str = "sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
    JOIN sequences s ON s.digest = j.sequence_digest";

/// `engine::approval::PendingAction`, of `pending_actions a`.
pub(crate) const ACTION: &str = "json_object('id', a.id, 'org', a.org_id, 'user', a.user_id, 'job', a.job_id,
    'step', a.step, 'round', a.round, 'request', json(a.action_data), 'effects', json(a.effects),
    'module', json(a.module), 'rights', json(a.rights), 'card', json(a.preview_data), 'nonce', a.nonce,
    'status', a.status, 'revision', a.revision, 'channel', a.channel, 'message_ts', a.message_ts,
    'created_at', a.created_at, 'expires_at', a.expires_at, 'resolved_at', a.resolved_at,
    'resolution', json(a.resolution))";

/// `engine::outbox::OutboxRow`, of `outbox o`.
pub(crate) const EFFECT: &str = "json_object('key', o.\"key\", 'org', o.org_id, 'user', o.user_id, 'job', o.job_id,
    'step', o.step, 'local_id', o.local_id, 'kind', o.kind, 'payload', json(o.payload),
    'after', json(o.\"after\"), 'module', json(o.module), 'rights', json(o.rights), 'digest', o.digest,
    'approval', o.approval, 'release', json(o.release), 'state', o.state, 'revision', o.revision,
    'attempt', o.attempt, 'not_before', o.not_before, 'last_error', o.last_error,
    'receipt', json(o.receipt), 'created_at', o.created_at, 'updated_at', o.updated_at)";

/// `engine::store::AuditRow`, of `audit u`.
pub(crate) const AUDIT: &str = "json_object('org', u.org_id, 'job', u.job_id, 'actor', u.actor,
    'action', u.action, 'subject', u.subject, 'detail', json(u.detail), 'at', u.at)";

/// `engine::store::ChatMessage`, of `chat_messages m`.
pub(crate) const CHAT: &str = "json_object('id', m.id, 'org', m.org_id, 'user', m.user_id, 'job', m.job_id,
    'text', m.text, 'at', m.at)";

/// `engine::registry::ModuleRow`, of `skill_modules m`.
pub(crate) const MODULE: &str = "json_object('digest', m.digest, 'name', m.name, 'version', m.version,
    'manifest', json(m.manifest), 'bytes', m.bytes, 'state', m.state, 'installed_at', m.installed_at,
    'installed_by', m.installed_by)";

/// `engine::registry::SkillChange`, of `skill_changes c`.
pub(crate) const SKILL_CHANGE: &str = "json_object('skill', c.skill, 'seq', c.seq, 'why', c.why, 'digest', c.digest,
    'by', c.actor, 'at', c.at, 'note', c.note, 'active', c.active, 'canary', json(c.canary))";

/// `docs/data.md`, source `org`; of `orgs o`.
pub(crate) const ORG: &str =
    "json_object('id', o.id, 'name', o.name, 'domains', json(o.domains), 'settings', json(o.settings))";

/// `engine::store::Connection`, of `connections c`.
pub(crate) const CONNECTION: &str = "json_object('kind', c.kind, 'external_id', c.external_id, 'org', c.org_id,
    'user', c.user_id, 'detail', json(c.detail))";

/// `engine::schedule::ScheduleRow`, of `schedules s`.
pub(crate) const SCHEDULE: &str = "json_object('org', s.org_id, 'user', s.user_id, 'event_type', s.event_type,
    'subject', s.subject, 'spec', s.spec, 'next', s.next_at)";

/// `engine::artifact::Share`, of `shares h`.
pub(crate) const SHARE: &str = "json_object('id', h.id, 'org', h.org_id, 'user', h.user_id, 'job', h.job_id,
    'about', h.about, 'digest', h.digest, 'name', h.name, 'media_type', h.media_type, 'title', h.title,
    'contact', h.contact_id, 'made_at', h.made_at, 'expires_at', h.expires_at, 'revoked_at', h.revoked_at)";

/// `docs/data.md`, source `user`, without the closing bracket; of `users u`.
fn user_fields(dialect: Dialect) -> String {
    let admin = dialect.truth("u.admin");
    format!(
        "'id', u.id, 'name', u.name, 'email', u.email, 'zone', u.zone, 'admin', {admin}, 'signature', u.signature,
            'preferences', json(u.preferences), 'manager_id', u.manager_id"
    )
}

/// As skills read a user.
pub(crate) fn user_shown(dialect: Dialect) -> String {
    format!("json_object({})", user_fields(dialect))
}

/// [`crate::proof::StoredUser`], of `users u`.
pub(crate) fn user(dialect: Dialect) -> String {
    format!("json_object('org', u.org_id, 'admin_proof', u.admin_proof, {})", user_fields(dialect))
}

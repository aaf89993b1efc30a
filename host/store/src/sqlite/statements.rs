//! What is written, one script of SQL a kind of line.
//!
//! In a script, `:list` is the kind's JSON list and `:count` its length. A script
//! that moves rows somebody else may have moved ends in [`ALL_MOVED`]: one row less
//! than asked, and the whole transaction is rolled back by the trigger on
//! `temp.refused`. So the usual case is one trip to the database: `BEGIN`, every
//! table, `COMMIT`. Which batch was at fault is asked only then, by
//! [`crate::sqlite::guards`].
//!
//! `jsonb_each` has columns `id`, `key`, `type` and `parent` of its own, so a
//! table's columns of these names must be qualified beside it.

use skillhost_engine::event::IDEMPOTENCY_WINDOW_MS;

use crate::access::open_deal;
use crate::ask::Param;
use crate::dialect::Dialect;
use crate::lines::{Kind, Lines};

/// Run once on the writing connection.
pub(crate) const PREPARE_WRITER: &str = "
CREATE TEMP TABLE refused (why TEXT);
CREATE TEMP TRIGGER refuse BEFORE INSERT ON refused BEGIN SELECT RAISE(ROLLBACK, NEW.why); END;
";

/// Refuses the transaction unless the statement before it changed every row.
const ALL_MOVED: &str = "INSERT INTO temp.refused SELECT 'a row was moved' WHERE changes() <> :count;";

const SEQUENCE: &str = "
INSERT INTO sequences (digest, text) SELECT value ->> 0, value ->> 1 FROM jsonb_each(:list)
WHERE true ON CONFLICT DO NOTHING;";

const EVENT: &str = "
INSERT INTO events (id, org_id, user_id, type, source, parent_job_id, depth, idempotency_key,
    body_digest, received_at, not_before, payload)
SELECT value ->> 'id', value ->> 'org', value ->> 'user', value ->> 'type', value ->> 'source',
    value ->> 'parent', value ->> 'depth', value ->> 'idempotency_key', value ->> 'body_digest',
    value ->> 'received_at', value ->> 'not_before', value -> 'payload'
FROM jsonb_each(:list);";

/// The first statement frees keys whose window has passed.
const NEW_JOB: &str = "
UPDATE sequence_jobs SET key_held = 0 FROM jsonb_each(:list) e
WHERE key_held = 1 AND org_id = e.value ->> 'org' AND idempotency_key = e.value ->> 'key'
    AND e.value ->> 'held' = 1 AND created_at <= (e.value ->> 'at') - :window;
INSERT INTO sequence_jobs (id, org_id, user_id, status, reason, version, wake_at, lease_owner,
    lease_until, updated_at, created_at, event_id, event_type, event_source, idempotency_key, key_held,
    body_digest, parent_job_id, depth, sequence, sequence_digest, priority, concurrency)
SELECT value ->> 'id', value ->> 'org', value ->> 'user', value ->> 'status', value ->> 'reason',
    value ->> 'version', value ->> 'wake', value ->> 'owner', value ->> 'until', value ->> 'updated',
    value ->> 'at', value ->> 'event', value ->> 'event_type', value ->> 'event_source', value ->> 'key',
    value ->> 'held', value ->> 'body', value ->> 'parent', value ->> 'depth', value ->> 'seq',
    value ->> 'seq_digest', value ->> 'priority', value ->> 'concurrency'
FROM jsonb_each(:list);
INSERT INTO job_payloads (job_id, trigger_payload)
SELECT value ->> 'id', value -> 'payload' FROM jsonb_each(:list);";

const ADVANCE: &str = "
UPDATE sequence_jobs SET version = version + 1, status = e.value ->> 2, reason = e.value ->> 3,
    wake_at = e.value ->> 4, lease_owner = e.value ->> 5, lease_until = e.value ->> 6,
    updated_at = e.value ->> 7
FROM jsonb_each(:list) e WHERE sequence_jobs.id = e.value ->> 0 AND version = e.value ->> 1;";

const REKEY: &str = "
UPDATE sequence_jobs SET key_held = e.value ->> 1
FROM jsonb_each(:list) e WHERE sequence_jobs.id = e.value ->> 0 AND key_held <> e.value ->> 1;";

const JOURNAL: &str = "
INSERT INTO job_journal (job_id, seq, kind, at, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(:list);";

const NEW_ACTION: &str = "
INSERT INTO pending_actions (id, org_id, user_id, job_id, step, round, status, revision, created_at,
    expires_at, resolved_at, channel, message_ts, nonce, action_data, effects, preview_data, module,
    rights, resolution)
SELECT value ->> 'id', value ->> 'org', value ->> 'user', value ->> 'job', value ->> 'step',
    value ->> 'round', value ->> 'status', value ->> 'revision', value ->> 'created_at',
    value ->> 'expires_at', value ->> 'resolved_at', value ->> 'channel', value ->> 'message_ts',
    value ->> 'nonce', value -> 'request', value -> 'effects', value -> 'card', value -> 'module',
    value -> 'rights', value -> 'resolution'
FROM jsonb_each(:list);";

/// Org, job, step and time of making are what they were.
const ACTION: &str = "
UPDATE pending_actions SET user_id = e.value ->> 'user', round = e.value ->> 'round',
    status = e.value ->> 'status', revision = e.value ->> 'revision',
    expires_at = e.value ->> 'expires_at', resolved_at = e.value ->> 'resolved_at',
    channel = coalesce(e.value ->> 'channel', channel),
    message_ts = coalesce(e.value ->> 'message_ts', message_ts), nonce = e.value ->> 'nonce',
    action_data = e.value -> 'request', effects = e.value -> 'effects', preview_data = e.value -> 'card',
    module = e.value -> 'module', rights = e.value -> 'rights', resolution = e.value -> 'resolution'
FROM jsonb_each(:list) e
WHERE pending_actions.id = e.value ->> 'id' AND org_id = e.value ->> 'org' AND revision = (e.value ->> 'revision') - 1;";

const NEW_EFFECT: &str = "
INSERT INTO outbox (\"key\", org_id, user_id, job_id, step, local_id, kind, state, revision, attempt,
    not_before, last_error, created_at, updated_at, digest, approval, \"after\", module, rights, release,
    receipt, payload)
SELECT value ->> 'key', value ->> 'org', value ->> 'user', value ->> 'job', value ->> 'step',
    value ->> 'local_id', value ->> 'kind', value ->> 'state', value ->> 'revision', value ->> 'attempt',
    value ->> 'not_before', value ->> 'last_error', value ->> 'created_at', value ->> 'updated_at',
    value ->> 'digest', value ->> 'approval', value -> 'after', value -> 'module', value -> 'rights',
    value -> 'release', value -> 'receipt', value -> 'payload'
FROM jsonb_each(:list);";

/// Org, job, step and time of making are what they were.
const EFFECT: &str = "
UPDATE outbox SET user_id = e.value ->> 'user', kind = e.value ->> 'kind', state = e.value ->> 'state',
    revision = e.value ->> 'revision', attempt = e.value ->> 'attempt',
    not_before = e.value ->> 'not_before', last_error = e.value ->> 'last_error',
    updated_at = e.value ->> 'updated_at', digest = e.value ->> 'digest',
    approval = e.value ->> 'approval', \"after\" = e.value -> 'after', module = e.value -> 'module',
    rights = e.value -> 'rights', release = e.value -> 'release', receipt = e.value -> 'receipt',
    payload = e.value -> 'payload'
FROM jsonb_each(:list) e
WHERE outbox.\"key\" = e.value ->> 'key' AND org_id = e.value ->> 'org'
    AND revision = (e.value ->> 'revision') - 1;";

const AUDIT: &str = "
INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value -> 5, value ->> 6
FROM jsonb_each(:list);";

const TRANSCRIPT: &str = "
INSERT INTO transcripts (org_id, id, meeting_id, format, digest, at, subject, owner_id, body)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, ''
FROM jsonb_each(:list)
WHERE true ON CONFLICT (org_id, id) DO UPDATE SET meeting_id = coalesce(meeting_id, excluded.meeting_id)
    WHERE digest = excluded.digest;";

const SET_STAGE: &str = "
UPDATE deals SET stage = e.value ->> 3, updated_at = e.value ->> 4 FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 0 AND deals.id = e.value ->> 1 AND stage = e.value ->> 2;";

const CONTACT_FIELDS: &str = "
UPDATE contacts SET fields = json_patch(fields, e.value -> 2) FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 0 AND contacts.id = e.value ->> 1;";

const COMPANY_FIELDS: &str = "
UPDATE companies SET fields = json_patch(fields, e.value -> 2) FROM jsonb_each(:list) e
WHERE org_id = e.value ->> 0 AND companies.id = e.value ->> 1;";

const DEAL_FIELDS: &str = "
UPDATE deals SET fields = json_patch(fields, e.value -> 2), updated_at = e.value ->> 3
FROM jsonb_each(:list) e WHERE org_id = e.value ->> 0 AND deals.id = e.value ->> 1;";

const ACTIVITY: &str = "
INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

const TASK: &str = "
INSERT INTO tasks (org_id, id, owner_id, title, detail, due, priority, contact_id, deal_id, created_at, status)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9, 'open'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

/// A flag may be there already, so the rows changed say nothing of the records.
const FLAG: &str = "
INSERT INTO temp.refused SELECT 'a row was moved' FROM jsonb_each(:list) e WHERE NOT (CASE e.value ->> 1
    WHEN 'contact' THEN EXISTS (SELECT 1 FROM contacts r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    WHEN 'company' THEN EXISTS (SELECT 1 FROM companies r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    WHEN 'deal' THEN EXISTS (SELECT 1 FROM deals r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    ELSE false END);
INSERT INTO flags (org_id, entity, record_id, flag, reason, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM jsonb_each(:list) WHERE true ON CONFLICT DO NOTHING;";

const SUPPRESS: &str = "
INSERT INTO suppressions (org_id, address, reason, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, address) DO NOTHING;";

/// The mail itself joins the org's mails, so that skills read it.
const SENT_MAIL: &str = "
INSERT INTO sent_mails (org_id, user_id, \"key\", message_id, \"to\", subject, body_digest, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5, value ->> 7, value ->> 8
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, \"key\") DO NOTHING;
INSERT INTO emails (org_id, id, owner_id, direction, \"from\", \"to\", cc, subject, body, at, message_id,
    \"references\", contact_id)
SELECT e.value ->> 0, e.value ->> 2, e.value ->> 1, 'out',
    coalesce((SELECT email FROM users u WHERE u.org_id = e.value ->> 0 AND u.id = e.value ->> 1), ''),
    e.value -> 4, '[]', e.value ->> 5, e.value ->> 6, e.value ->> 8, e.value ->> 3, '[]',
    (SELECT c.id FROM contacts c WHERE c.org_id = e.value ->> 0 AND c.email = e.value ->> '$[4][0]'
     ORDER BY c.id LIMIT 1)
FROM jsonb_each(:list) e WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

/// A mail that one writes oneself is something that happens with a deal: it is an activity
/// under the mail's id, unless the mailbox read its copy first.
const SENT_ACTIVITY: &str = "
INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
SELECT c.org_id, e.value ->> 2, e.value ->> 1, 'email', c.id, :open_deal, e.value ->> 5, '', e.value ->> 6
FROM jsonb_each(:list) e JOIN contacts c ON c.n = (
    SELECT k.n FROM json_each(e.value -> 4) a JOIN contacts k ON k.org_id = e.value ->> 0 AND k.email = a.value
    ORDER BY a.key, k.id LIMIT 1)
WHERE NOT EXISTS (SELECT 1 FROM emails m JOIN activities h ON h.org_id = m.org_id AND h.id = m.id
    WHERE m.org_id = e.value ->> 0 AND m.message_id = e.value ->> 3 AND m.owner_id = e.value ->> 1
        AND m.direction = 'out')
ON CONFLICT (org_id, id) DO NOTHING;";

/// The line about a mail of the user's own takes the place of the one that is there, whose
/// time stays.
const MAIL_ACTIVITY: &str = "
INSERT INTO activities (org_id, id, user_id, kind, contact_id, deal_id, subject, body, at)
SELECT e.value ->> 0, coalesce(m.id, e.value ->> 1), e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5,
    e.value ->> 6, e.value ->> 7, coalesce(m.at, e.value ->> 8)
FROM jsonb_each(:list) e
LEFT JOIN emails m ON m.org_id = e.value ->> 0 AND m.id = e.value ->> 9 AND m.owner_id = e.value ->> 2
WHERE true ON CONFLICT (org_id, id) DO UPDATE SET subject = excluded.subject, body = excluded.body,
    contact_id = coalesce(excluded.contact_id, contact_id), deal_id = coalesce(excluded.deal_id, deal_id)
    WHERE activities.user_id = excluded.user_id AND activities.kind = excluded.kind;";

const POSTED: &str = "
UPDATE pending_actions SET channel = e.value ->> 1, message_ts = e.value ->> 2
FROM jsonb_each(:list) e WHERE pending_actions.id = e.value ->> 0;";

const CHAT: &str = "
INSERT INTO chat_messages (id, org_id, user_id, job_id, text, at)
SELECT value ->> 'id', value ->> 'org', value ->> 'user', value ->> 'job', value ->> 'text', value ->> 'at'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

const NOTICE: &str = "
INSERT INTO chat_messages (id, org_id, user_id, job_id, text, at, telling)
SELECT value ->> 'id', value ->> 'org', value ->> 'user', value ->> 'job', value ->> 'text', value ->> 'at', 1
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

/// A text that is there stays as it is and lives as long as its last reader
/// needs; one whose time had passed comes back. A line without a key says that its
/// text is there already. Where it is not, or where a key was destroyed meanwhile,
/// whoever sealed it seals it again ([`crate::error::KEY_GONE`]).
pub(crate) const BODY: &str = "
INSERT INTO temp.refused SELECT 'a text or its key is gone' FROM jsonb_each(:list) e
WHERE CASE WHEN e.value ->> 3 IS NULL
    THEN NOT EXISTS (SELECT 1 FROM bodies b WHERE b.org_id = e.value ->> 0 AND b.subject = e.value ->> 1
        AND b.digest = e.value ->> 2 AND b.sealed IS NOT NULL)
    ELSE NOT EXISTS (SELECT 1 FROM data_keys k WHERE k.id = e.value ->> 3 AND k.wrapped IS NOT NULL) END LIMIT 1;
INSERT INTO bodies (org_id, subject, digest, key_id, sealed, expires_at)
SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, unhex(e.value ->> 4), e.value ->> 5
FROM jsonb_each(:list) e WHERE e.value ->> 3 IS NOT NULL
ON CONFLICT (org_id, subject, digest) DO UPDATE SET
    key_id = iif(sealed IS NULL, excluded.key_id, key_id), sealed = coalesce(sealed, excluded.sealed),
    expires_at = max(expires_at, excluded.expires_at);";

const PAID: &str = "
INSERT INTO paid_answers (org_id, job_id, step, round, ask, nth, subject, digest)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM jsonb_each(:list) WHERE true ON CONFLICT DO NOTHING;";
/// The sums follow by trigger; a limit that is passed takes everything back.
const RESERVE: &str = "
INSERT INTO reservations (id, org_id, job_id, step, call_id, skill, sequence, what, amount, state, owner, day, month, at)
SELECT value ->> 'id', value ->> 'org', value ->> 'job', value ->> 'step', value ->> 'call', value ->> 'skill',
    value ->> 'sequence', value ->> 'what', value ->> 'amount', 'held', value ->> 'owner', value ->> 'day',
    value ->> 'month', value ->> 'at'
FROM jsonb_each(:list);
INSERT INTO temp.refused SELECT 'a row was moved' FROM jsonb_each(:list) e
JOIN effective_budgets b ON b.org_id = e.value ->> 'org'
    AND b.scope IN ('org', 'skill:' || (e.value ->> 'skill'), 'sequence:' || (e.value ->> 'sequence'))
JOIN purse_totals t ON t.org_id = b.org_id AND t.scope = b.scope AND t.period = e.value ->> b.period
WHERE t.reserved + t.settled + t.disputed > b.limit_micro_usd;";

const SETTLE: &str = "
UPDATE reservations SET state = e.value ->> 'to', settled = e.value ->> 'cost', ended_at = e.value ->> 'at'
FROM jsonb_each(:list) e
WHERE reservations.id = e.value ->> 'id' AND org_id = e.value ->> 'org' AND state = e.value ->> 'from';";

const BUDGET: &str = "
INSERT INTO budgets (org_id, scope, period, limit_micro_usd, updated_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(:list)
WHERE true ON CONFLICT (org_id, scope, period) DO UPDATE SET limit_micro_usd = excluded.limit_micro_usd,
    updated_at = excluded.updated_at;";

const NO_BUDGET: &str = "
DELETE FROM budgets WHERE (org_id, scope, period) IN
    (SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(:list));";

const SCHEDULE: &str = "
INSERT INTO schedules (org_id, user_id, event_type, subject, spec, next_at)
SELECT value ->> 'org', value ->> 'user', value ->> 'event_type', value ->> 'subject', value ->> 'spec', value ->> 'next'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, user_id, event_type, subject)
DO UPDATE SET spec = excluded.spec, next_at = excluded.next_at;";

const UNSCHEDULE: &str = "
DELETE FROM schedules WHERE (org_id, user_id, event_type, subject) IN
    (SELECT value ->> 'org', value ->> 'user', value ->> 'event_type', value ->> 'subject' FROM jsonb_each(:list));";

const NEW_MODULE: &str = "
INSERT INTO skill_modules (digest, name, version, bytes, state, installed_at, installed_by, manifest)
SELECT value ->> 'digest', value ->> 'name', value ->> 'version', value ->> 'bytes', value ->> 'state',
    value ->> 'installed_at', value ->> 'installed_by', value -> 'manifest'
FROM jsonb_each(:list);";

const REVOKE_MODULE: &str = "
UPDATE skill_modules SET state = 'revoked', revoked_by = e.value ->> 1, reason = e.value ->> 2,
    revoked_at = e.value ->> 3
FROM jsonb_each(:list) e WHERE skill_modules.digest = e.value ->> 0 AND state = 'installed';";

const SKILL_CHANGE: &str = "
INSERT INTO skill_changes (skill, seq, why, digest, actor, at, note, active, canary)
SELECT value ->> 'skill', value ->> 'seq', value ->> 'why', value ->> 'digest', value ->> 'by', value ->> 'at',
    value ->> 'note', value ->> 'active', value -> 'canary'
FROM jsonb_each(:list);";

/// A company that is named must be there; of an address there is one contact.
const CONTACT: &str = "
INSERT INTO temp.refused SELECT 'a row was moved' FROM jsonb_each(:list) e WHERE e.value ->> 5 IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM companies y WHERE y.org_id = e.value ->> 0 AND y.id = e.value ->> 5);
INSERT INTO contacts (org_id, id, owner_id, name, email, company_id, title, phone, zone, fields)
SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, e.value ->> 6,
    e.value ->> 7, e.value ->> 8, '{}'
FROM jsonb_each(:list) e WHERE NOT EXISTS (SELECT 1 FROM contacts c
    WHERE c.org_id = e.value ->> 0 AND c.email = e.value ->> 4)
ON CONFLICT (org_id, id) DO NOTHING;";

const COACHING: &str = "
INSERT INTO coaching_analyses (org_id, id, user_id, period_start, period_end, meeting_id, analysis, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6, value ->> 7
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

/// Of a mail that is there and nobody else's.
const EMAIL_CLASS: &str = "
INSERT INTO email_classes (org_id, email_id, class, reason, at)
SELECT e.value ->> 0, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5 FROM jsonb_each(:list) e
JOIN emails m ON m.org_id = e.value ->> 0 AND m.id = e.value ->> 2
    AND (m.owner_id IS NULL OR m.owner_id = e.value ->> 1)
WHERE true ON CONFLICT (org_id, email_id)
DO UPDATE SET class = excluded.class, reason = excluded.reason, at = excluded.at;";

/// An event whose effect was given up is free.
const INVITE: &str = "
INSERT INTO invites (org_id, event, \"key\", at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(:list)
WHERE true ON CONFLICT (org_id, event) DO UPDATE SET \"key\" = excluded.\"key\", at = excluded.at
    WHERE invites.\"key\" = excluded.\"key\" OR EXISTS (SELECT 1 FROM outbox o
        WHERE o.\"key\" = invites.\"key\" AND o.state IN ('dead', 'cancelled'));";

const SHARE: &str = "
INSERT INTO shares (org_id, id, user_id, job_id, about, digest, name, media_type, title, contact_id, made_at,
    expires_at)
SELECT value ->> 'org', value ->> 'id', value ->> 'user', value ->> 'job', value ->> 'about', value ->> 'digest',
    value ->> 'name', value ->> 'media_type', value ->> 'title', value ->> 'contact', value ->> 'made_at',
    value ->> 'expires_at'
FROM jsonb_each(:list) WHERE true ON CONFLICT (org_id, id) DO NOTHING;";

/// Jobs `j` of the user of line `e` that wait for the time their event names, have not
/// begun, are about the contact and due before the date.
const WAITS: &str = "j.status = 'deferred' AND j.wake_at < e.value ->> 3 AND j.version = 1
    AND j.reason = e.value ->> 7 AND j.org_id = e.value ->> 0 AND j.user_id = e.value ->> 1 AND j.id <> e.value ->> 4
    AND EXISTS (SELECT 1 FROM job_payloads p WHERE p.job_id = j.id
        AND coalesce(p.trigger_payload ->> '$.contact_id', p.trigger_payload ->> '$.contact.id') = e.value ->> 2)";

/// The version stays: it says that the job has not begun, and who reads the row as due
/// by now may still take it.
const POSTPONE: &str = "
INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
SELECT j.org_id, j.id, 'host', 'job.postponed', j.id,
    json_object('from', j.wake_at, 'until', e.value ->> 3, 'effect', e.value ->> 5), e.value ->> 6
FROM jsonb_each(:list) e JOIN sequence_jobs j ON :waits;
UPDATE sequence_jobs AS j SET wake_at = e.value ->> 3 FROM jsonb_each(:list) e WHERE :waits;";

/// A kind's script, and whether every row must have moved.
fn script(kind: Kind) -> (&'static str, bool) {
    match kind {
        Kind::Sequence => (SEQUENCE, false),
        Kind::Event => (EVENT, false),
        Kind::NewJob => (NEW_JOB, false),
        Kind::Advance => (ADVANCE, true),
        Kind::Rekey => (REKEY, false),
        Kind::Journal => (JOURNAL, false),
        Kind::NewAction => (NEW_ACTION, false),
        Kind::Action => (ACTION, true),
        Kind::NewEffect => (NEW_EFFECT, false),
        Kind::Effect => (EFFECT, true),
        Kind::Audit => (AUDIT, false),
        Kind::Transcript => (TRANSCRIPT, true),
        Kind::SetStage => (SET_STAGE, true),
        Kind::ContactFields => (CONTACT_FIELDS, true),
        Kind::CompanyFields => (COMPANY_FIELDS, true),
        Kind::DealFields => (DEAL_FIELDS, true),
        Kind::Activity => (ACTIVITY, false),
        Kind::Task => (TASK, false),
        Kind::Flag => (FLAG, false),
        Kind::Suppress => (SUPPRESS, false),
        Kind::SentMail => (SENT_MAIL, false),
        Kind::Posted => (POSTED, true),
        Kind::Chat => (CHAT, false),
        Kind::Body => (BODY, false),
        Kind::Paid => (PAID, false),
        Kind::Reserve => (RESERVE, false),
        Kind::Settle => (SETTLE, true),
        Kind::Budget => (BUDGET, false),
        Kind::NoBudget => (NO_BUDGET, false),
        Kind::Schedule => (SCHEDULE, false),
        Kind::Unschedule => (UNSCHEDULE, false),
        Kind::NewModule => (NEW_MODULE, false),
        Kind::RevokeModule => (REVOKE_MODULE, true),
        Kind::SkillChange => (SKILL_CHANGE, false),
        Kind::Contact => (CONTACT, false),
        Kind::Coaching => (COACHING, false),
        Kind::EmailClass => (EMAIL_CLASS, true),
        Kind::Invite => (INVITE, true),
        Kind::Share => (SHARE, false),
        Kind::Postpone => (POSTPONE, false),
        Kind::SentActivity => (SENT_ACTIVITY, false),
        Kind::MailActivity => (MAIL_ACTIVITY, false),
        Kind::Notice => (NOTICE, false),
    }
}

/// SQL text and its parameters in order.
pub(crate) struct Script {
    pub(crate) sql: String,
    pub(crate) params: Vec<Param>,
}

/// Collects SQL with named places into one numbered script.
#[derive(Default)]
pub(crate) struct ScriptBuilder {
    sql: String,
    params: Vec<Param>,
}

impl ScriptBuilder {
    /// Appends SQL that has no places.
    pub(crate) fn raw(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds a list; its places are `:list` and `:count` of SQL given to [`Self::over`].
    pub(crate) fn list(&mut self, lines: Lines) -> usize {
        self.params.push(Param::Int(lines.count));
        self.params.push(Param::Text(lines.into_list()));
        self.params.len()
    }

    /// Appends SQL over the list that [`Self::list`] numbered. Places become `$n`, not
    /// `?n`: a statement of a script that begins at `?3` has the unnamed parameters 1
    /// and 2, which sqlx would fill in turn.
    pub(crate) fn over(&mut self, list: usize, sql: &str) {
        let mut rest = sql;
        while let Some(at) = rest.find(':') {
            self.sql.push_str(&rest[..at]);
            let place = &rest[at..];
            let (text, used) = if place.starts_with(":list") {
                (format!("${list}"), ":list".len())
            } else if place.starts_with(":count") {
                (format!("${}", list - 1), ":count".len())
            } else if place.starts_with(":waits") {
                (WAITS.to_owned(), ":waits".len())
            } else if place.starts_with(":open_deal") {
                (open_deal(Dialect::Sqlite), ":open_deal".len())
            } else if place.starts_with(":window") {
                (IDEMPOTENCY_WINDOW_MS.to_string(), ":window".len())
            } else {
                (":".to_owned(), 1)
            };
            self.sql.push_str(&text);
            rest = &place[used..];
        }
        self.sql.push_str(rest);
    }

    pub(crate) fn finish(self) -> Script {
        Script { sql: self.sql, params: self.params }
    }
}

/// The whole transaction that writes these lines, by kind.
pub(crate) fn transaction(lines: Vec<Lines>) -> Script {
    let mut builder = ScriptBuilder::default();
    builder.raw("BEGIN IMMEDIATE;");
    for (kind, lines) in Kind::ALL.into_iter().zip(lines) {
        if lines.count == 0 {
            continue;
        }
        let (sql, all_moved) = script(kind);
        let list = builder.list(lines);
        builder.over(list, sql);
        if all_moved {
            builder.over(list, ALL_MOVED);
        }
    }
    builder.raw("COMMIT;");
    builder.finish()
}

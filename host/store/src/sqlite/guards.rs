//! Which batch was refused, and why.
//!
//! Asked only after a transaction was rolled back. Each query answers
//! `(what, key 1, key 2, found)` for the lines that do not fit what is committed;
//! [`crate::refusal`] reads them.

use crate::lines::{Kind, Lines};
use crate::sqlite::statements::{Script, ScriptBuilder};

const KEY_HELD: &str = "
SELECT 'key', e.value ->> 'org', e.value ->> 'key', j.id || (CASE j.body_digest WHEN e.value ->> 'body' THEN '=' ELSE '!' END)
FROM jsonb_each(:list) e JOIN sequence_jobs j ON j.org_id = e.value ->> 'org'
    AND j.idempotency_key = e.value ->> 'key' AND j.key_held = 1
WHERE e.value ->> 'held' = 1 AND j.created_at > (e.value ->> 'at') - :window";

const JOB_MOVED: &str = "
SELECT 'job', e.value ->> 0, NULL, NULL FROM jsonb_each(:list) e
LEFT JOIN sequence_jobs j ON j.id = e.value ->> 0 WHERE j.version IS NOT e.value ->> 1";

/// A failed job is sent back while another one holds its key.
const KEY_TAKEN: &str = "
SELECT 'taken', e.value ->> 0, NULL, h.id || (CASE h.body_digest WHEN j.body_digest THEN '=' ELSE '!' END)
FROM jsonb_each(:list) e JOIN sequence_jobs j ON j.id = e.value ->> 0 AND j.key_held = 0
JOIN sequence_jobs h ON h.org_id = j.org_id AND h.idempotency_key = j.idempotency_key AND h.key_held = 1
WHERE e.value ->> 1 = 1";

const LINE_EXISTS: &str = "
SELECT 'line', e.value ->> 0, CAST(e.value ->> 1 AS TEXT), NULL FROM jsonb_each(:list) e
JOIN job_journal l ON l.job_id = e.value ->> 0 AND l.seq = e.value ->> 1";

const ACTION_EXISTS: &str = "
SELECT 'action', a.id, NULL, NULL FROM jsonb_each(:list) e JOIN pending_actions a ON a.id = e.value ->> 'id'";

const ACTION_MOVED: &str = "
SELECT 'action', e.value ->> 'id', NULL, NULL FROM jsonb_each(:list) e
LEFT JOIN pending_actions a ON a.id = e.value ->> 'id' AND a.org_id = e.value ->> 'org'
WHERE a.revision IS NOT (e.value ->> 'revision') - 1";

const EFFECT_EXISTS: &str = "
SELECT 'effect', o.\"key\", NULL, NULL FROM jsonb_each(:list) e JOIN outbox o ON o.\"key\" = e.value ->> 'key'";

const EFFECT_MOVED: &str = "
SELECT 'effect', e.value ->> 'key', NULL, NULL FROM jsonb_each(:list) e
LEFT JOIN outbox o ON o.\"key\" = e.value ->> 'key' AND o.org_id = e.value ->> 'org'
WHERE o.revision IS NOT (e.value ->> 'revision') - 1";

const TRANSCRIPT_DIFFERS: &str = "
SELECT 'transcript', e.value ->> 0, e.value ->> 1, NULL FROM jsonb_each(:list) e
JOIN transcripts t ON t.org_id = e.value ->> 0 AND t.id = e.value ->> 1 WHERE t.digest <> e.value ->> 4";

const STAGE_MOVED: &str = "
SELECT 'stage', e.value ->> 0, e.value ->> 1, d.stage FROM jsonb_each(:list) e
LEFT JOIN deals d ON d.org_id = e.value ->> 0 AND d.id = e.value ->> 1 WHERE d.stage IS NOT e.value ->> 2";

const NO_CONTACT: &str = "
SELECT 'contacts', e.value ->> 0, e.value ->> 1, NULL FROM jsonb_each(:list) e
WHERE NOT EXISTS (SELECT 1 FROM contacts r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 1)";

const NO_COMPANY: &str = "
SELECT 'companies', e.value ->> 0, e.value ->> 1, NULL FROM jsonb_each(:list) e
WHERE NOT EXISTS (SELECT 1 FROM companies r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 1)";

const NO_DEAL: &str = "
SELECT 'deals', e.value ->> 0, e.value ->> 1, NULL FROM jsonb_each(:list) e
WHERE NOT EXISTS (SELECT 1 FROM deals r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 1)";

const NO_RECORD: &str = "
SELECT 'flags', e.value ->> 0, (e.value ->> 1) || '/' || (e.value ->> 2), NULL
FROM jsonb_each(:list) e WHERE NOT (CASE e.value ->> 1
    WHEN 'contact' THEN EXISTS (SELECT 1 FROM contacts r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    WHEN 'company' THEN EXISTS (SELECT 1 FROM companies r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    WHEN 'deal' THEN EXISTS (SELECT 1 FROM deals r WHERE r.org_id = e.value ->> 0 AND r.id = e.value ->> 2)
    ELSE false END)";

const NO_ACTION: &str = "
SELECT 'posted', e.value ->> 0, NULL, NULL FROM jsonb_each(:list) e
WHERE NOT EXISTS (SELECT 1 FROM pending_actions a WHERE a.id = e.value ->> 0)";

/// Of several budgets that fall short the longer one is told: it opens last.
const OVER_BUDGET: &str = "
SELECT 'purse', e.value ->> 'org', NULL, json_array(b.scope, b.period, e.value ->> b.period, b.limit_micro_usd,
    max(0, b.limit_micro_usd - coalesce(t.reserved + t.settled + t.disputed, 0)), e.value ->> 'amount')
FROM jsonb_each(:list) e JOIN effective_budgets b ON b.org_id = e.value ->> 'org'
    AND b.scope IN ('org', 'skill:' || (e.value ->> 'skill'), 'sequence:' || (e.value ->> 'sequence'))
LEFT JOIN purse_totals t ON t.org_id = b.org_id AND t.scope = b.scope AND t.period = e.value ->> b.period
WHERE coalesce(t.reserved + t.settled + t.disputed, 0) + (e.value ->> 'amount') > b.limit_micro_usd";

const SETTLED_ELSEWHERE: &str = "
SELECT 'reservation', e.value ->> 'org', e.value ->> 'id', NULL FROM jsonb_each(:list) e
LEFT JOIN reservations r ON r.id = e.value ->> 'id' AND r.org_id = e.value ->> 'org'
WHERE r.state IS NOT e.value ->> 'from'";

const MODULE_EXISTS: &str = "
SELECT 'module', m.digest, NULL, NULL FROM jsonb_each(:list) e JOIN skill_modules m ON m.digest = e.value ->> 'digest'";

const MODULE_MOVED: &str = "
SELECT 'module', e.value ->> 0, NULL, NULL FROM jsonb_each(:list) e
LEFT JOIN skill_modules m ON m.digest = e.value ->> 0 WHERE m.state IS NOT 'installed'";

const CHANGE_EXISTS: &str = "
SELECT 'change', c.skill, CAST(c.seq AS TEXT), NULL FROM jsonb_each(:list) e
JOIN skill_changes c ON c.skill = e.value ->> 'skill' AND c.seq = e.value ->> 'seq'";

const NO_COMPANY_OF_CONTACT: &str = "
SELECT 'address', e.value ->> 0, e.value ->> 4, e.value ->> 5 FROM jsonb_each(:list) e WHERE e.value ->> 5 IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM companies y WHERE y.org_id = e.value ->> 0 AND y.id = e.value ->> 5)";

const NO_MAIL: &str = "
SELECT 'emails', e.value ->> 0, e.value ->> 2, NULL FROM jsonb_each(:list) e
WHERE NOT EXISTS (SELECT 1 FROM emails m WHERE m.org_id = e.value ->> 0 AND m.id = e.value ->> 2
    AND (m.owner_id IS NULL OR m.owner_id = e.value ->> 1))";

const EVENT_TAKEN: &str = "
SELECT 'invite', i.org_id, i.event, NULL FROM jsonb_each(:list) e
JOIN invites i ON i.org_id = e.value ->> 0 AND i.event = e.value ->> 1 AND i.\"key\" <> e.value ->> 2
WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.\"key\" = i.\"key\" AND o.state IN ('dead', 'cancelled'))";

fn query(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::NewJob => Some(KEY_HELD),
        Kind::Advance => Some(JOB_MOVED),
        Kind::Rekey => Some(KEY_TAKEN),
        Kind::Journal => Some(LINE_EXISTS),
        Kind::NewAction => Some(ACTION_EXISTS),
        Kind::Action => Some(ACTION_MOVED),
        Kind::NewEffect => Some(EFFECT_EXISTS),
        Kind::Effect => Some(EFFECT_MOVED),
        Kind::Transcript => Some(TRANSCRIPT_DIFFERS),
        Kind::SetStage => Some(STAGE_MOVED),
        Kind::ContactFields => Some(NO_CONTACT),
        Kind::CompanyFields => Some(NO_COMPANY),
        Kind::DealFields => Some(NO_DEAL),
        Kind::Flag => Some(NO_RECORD),
        Kind::Posted => Some(NO_ACTION),
        Kind::Reserve => Some(OVER_BUDGET),
        Kind::Settle => Some(SETTLED_ELSEWHERE),
        Kind::NewModule => Some(MODULE_EXISTS),
        Kind::RevokeModule => Some(MODULE_MOVED),
        Kind::SkillChange => Some(CHANGE_EXISTS),
        Kind::Contact => Some(NO_COMPANY_OF_CONTACT),
        Kind::EmailClass => Some(NO_MAIL),
        Kind::Invite => Some(EVENT_TAKEN),
        Kind::Sequence
        | Kind::Event
        | Kind::Audit
        | Kind::Activity
        | Kind::Task
        | Kind::Suppress
        | Kind::SentMail
        | Kind::Chat
        | Kind::Body
        | Kind::Paid
        | Kind::Budget
        | Kind::NoBudget
        | Kind::Schedule
        | Kind::Unschedule
        | Kind::Coaching
        | Kind::Share
        | Kind::Postpone
        | Kind::SentActivity
        | Kind::MailActivity
        | Kind::Notice => None,
    }
}

/// All guards over these lines, as one query; `None` when none has a guard.
pub(crate) fn question(lines: Vec<Lines>) -> Option<Script> {
    let mut builder = ScriptBuilder::default();
    let mut first = true;
    for (kind, lines) in Kind::ALL.into_iter().zip(lines) {
        let Some(sql) = query(kind) else { continue };
        if lines.count == 0 {
            continue;
        }
        if !first {
            builder.raw(" UNION ALL ");
        }
        first = false;
        let list = builder.list(lines);
        builder.over(list, sql);
    }
    (!first).then(|| builder.finish())
}

//! Forgetting a person: their key, every text of their jobs, and their own rows.
//! Ids, digests, numbers and times stay, so that what happened can still be told.
//!
//! Invariants: one transaction; no open job of the person; whoever holds an old copy
//! of a row loses its compare-and-set and cannot write the text back; afterwards the file is
//! rewritten, so that no freed page keeps what was erased.
//!
//! To add a table that holds text, add its statement here.

use skillhost_engine::body::Subject;
use skillhost_engine::canonical::sha256;
use skillhost_engine::ids::{JobId, OrgId};
use skillhost_engine::store::{Erased, StoreError};
use skillhost_engine::time::Timestamp;

use crate::encode::json_line;
use crate::lines::Lines;
use crate::person::{self, Person};
use crate::sqlite::open::SqliteStore;
use crate::sqlite::rows::{self, Params};
use crate::sqlite::statements::ScriptBuilder;

/// Made once on the writing connection: who is being erased, and their jobs.
pub(crate) const PREPARE: &str = "
CREATE TEMP TABLE erasing (org TEXT, kind TEXT, id TEXT, subject TEXT, at INTEGER, email TEXT, hashed TEXT, by TEXT);
CREATE TEMP TABLE erasing_jobs (id TEXT PRIMARY KEY, event TEXT);
CREATE TEMP TABLE erasing_addresses (address TEXT, hashed TEXT);
CREATE TEMP TABLE erasing_effects (\"key\" TEXT PRIMARY KEY);
CREATE TEMP TABLE erasing_mails (id TEXT PRIMARY KEY);
";

/// Jobs of the person, and those that made a record of them, of `j` and its payload `p`.
const IS_OF_PERSON: &str = "(e.kind = 'user' AND j.user_id = e.id OR e.kind = 'contact'
    AND (coalesce(p.trigger_payload ->> '$.contact_id', p.trigger_payload ->> '$.contact.id') = e.id
        OR j.id = (SELECT o.job_id FROM outbox o WHERE o.\"key\" = e.id AND o.kind = 'crm.create_contact')))";

const ENDED: &str = "('completed', 'failed', 'skipped', 'cancelled', 'expired')";

/// Payloads keep ids, which name nothing by themselves.
const IDS_ONLY: &str = "(SELECT json_group_object(f.key, f.value) FROM json_each(:payload) f
    WHERE f.type IN ('text', 'integer') AND (f.key = 'id' OR f.key LIKE '%!_id' ESCAPE '!'))";

const WHO: &str = "
DELETE FROM temp.erasing;
DELETE FROM temp.erasing_jobs;
DELETE FROM temp.erasing_addresses;
DELETE FROM temp.erasing_effects;
DELETE FROM temp.erasing_mails;
INSERT INTO temp.erasing SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7 FROM jsonb_each(:list);
INSERT INTO temp.erasing_addresses SELECT a.value ->> 0, a.value ->> 1
FROM jsonb_each(:list) e, json_each(e.value -> 8) a;";

/// What only the payloads and the mails themselves tell, while they do. An address that
/// somebody was asked to write to no more since the digests were made is one too many.
const TOLD: &str = "
INSERT INTO temp.erasing_effects SELECT o.\"key\" FROM outbox o WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs);
INSERT INTO temp.refused SELECT 'an address of this person is new' FROM outbox o
WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs) AND o.kind = 'crm.suppress'
    AND lower(o.payload ->> '$.address') NOT IN (SELECT address FROM temp.erasing_addresses) LIMIT 1;
INSERT OR IGNORE INTO temp.erasing_mails SELECT o.payload ->> '$.email_id' FROM outbox o
WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs) AND o.kind = 'email.classify' AND o.payload ->> '$.email_id' IS NOT NULL;
INSERT OR IGNORE INTO temp.erasing_mails SELECT m.id FROM emails m, temp.erasing e WHERE m.org_id = e.org AND (
    e.kind = 'contact' AND m.contact_id = e.id OR e.kind = 'user' AND m.owner_id = e.id
    OR lower(m.\"from\") = e.email
    OR EXISTS (SELECT 1 FROM json_each(m.\"to\") a WHERE lower(a.value) = e.email)
    OR EXISTS (SELECT 1 FROM json_each(m.cc) a WHERE lower(a.value) = e.email));";

const TEXTS: &str = "
INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
SELECT e.org, NULL, e.by, 'person.erased', e.subject, json_object('jobs', (SELECT count(*) FROM temp.erasing_jobs),
    'texts', (SELECT count(*) FROM bodies b WHERE b.org_id = e.org AND b.subject = e.subject)), e.at
FROM temp.erasing e;
SELECT json_object('jobs', (SELECT json_group_array(id) FROM temp.erasing_jobs),
    'texts', (SELECT count(*) FROM bodies b, temp.erasing e WHERE b.org_id = e.org AND b.subject = e.subject),
    'mails', (SELECT json_group_array(o.\"key\") FROM outbox o JOIN temp.erasing_jobs d ON d.id = o.job_id
        WHERE o.kind IN ('email.send', 'calendar.invite')),
    'events', (SELECT json_group_array(i.event) FROM invites i WHERE i.org_id = (SELECT org FROM temp.erasing)
        AND i.\"key\" IN (SELECT \"key\" FROM temp.erasing_effects)));
DELETE FROM paid_answers WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
DELETE FROM bodies WHERE org_id = (SELECT org FROM temp.erasing) AND (
    subject = (SELECT subject FROM temp.erasing)
    OR digest IN (SELECT r.value ->> '$.digest' FROM job_journal l, json_each(l.body, '$.reads') r
        WHERE l.job_id IN (SELECT id FROM temp.erasing_jobs))
    OR digest IN (SELECT l.body ->> '$.call.input' FROM job_journal l
        WHERE l.job_id IN (SELECT id FROM temp.erasing_jobs))
    OR digest IN (SELECT a.value ->> '$.digest' FROM job_journal l, json_each(l.body, '$.artifacts') a
        WHERE l.job_id IN (SELECT id FROM temp.erasing_jobs)));
UPDATE data_keys SET wrapped = NULL, destroyed_at = (SELECT at FROM temp.erasing)
WHERE wrapped IS NOT NULL AND (org_id, subject) IN (SELECT org, subject FROM temp.erasing);
INSERT INTO data_keys (org_id, subject, destroyed_at) SELECT org, subject, at FROM temp.erasing;";

const JOBS: &str = "
UPDATE flags SET reason = '' WHERE (org_id, entity, record_id, flag) IN (
    SELECT o.org_id, o.payload ->> '$.entity', o.payload ->> '$.id', o.payload ->> '$.flag' FROM outbox o
    WHERE o.kind = 'flag.add' AND o.job_id IN (SELECT id FROM temp.erasing_jobs));
UPDATE job_journal SET body = CASE kind
    WHEN 'step_proposed' THEN json_set(json_replace(body, '$.artifacts', json('[]')), '$.output', NULL, '$.summary', NULL, '$.suggested', json('[]'),
        '$.reads', (SELECT json_group_array(json_remove(r.value, '$.message')) FROM json_each(job_journal.body, '$.reads') r))
    WHEN 'step_failed' THEN json_set(json_replace(body, '$.error.message', 'erased', '$.error.pointer', '',
            '$.error.failure.message', 'erased', '$.error.failure.code', 'erased'),
        '$.reads', (SELECT json_group_array(json_remove(r.value, '$.message')) FROM json_each(job_journal.body, '$.reads') r))
    WHEN 'output_edited' THEN json_set(body, '$.output', NULL)
    WHEN 'step_fanned' THEN json_set(body, '$.items',
        (SELECT json_group_array(NULL) FROM json_each(job_journal.body, '$.items')))
    WHEN 'step_skipped' THEN json_replace(body, '$.reason', 'erased')
    WHEN 'ended' THEN json_replace(body, '$.reason', iif(body ->> '$.reason' IS NULL, NULL, 'erased'))
    ELSE body END
WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
UPDATE sequence_jobs SET version = version + 1, concurrency = NULL, reason = iif(reason IS NULL, NULL, 'erased') WHERE id IN (SELECT id FROM temp.erasing_jobs);
UPDATE pending_actions SET revision = revision + 1,
    action_data = json_set(action_data, '$.title', 'erased', '$.summary', '', '$.fields', json('[]'),
        '$.ask', json('{\"pattern\":\"review\",\"effects\":[],\"editable\":[],\"deferrable\":false}')),
    effects = (SELECT json_group_array(json_set(f.value, '$.effect.payload', json('null')))
        FROM json_each(pending_actions.effects) f),
    preview_data = json_set(preview_data, '$.heading', 'erased', '$.parts', json('[]'), '$.comment_title', '',
        '$.comment', '', '$.comment_fields', json('[]')),
    resolution = json_replace(resolution, '$.answer', NULL, '$.note', NULL,
        '$.reason', iif(resolution ->> '$.reason' IS NULL, NULL, 'erased'))
WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
UPDATE emails SET \"from\" = '', from_name = '', \"to\" = '[]', cc = '[]', subject = '', body = '', headers = '{}' WHERE org_id = (SELECT org FROM temp.erasing)
    AND id IN (SELECT o.\"key\" FROM outbox o WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs));
UPDATE sent_mails SET \"to\" = '[]', subject = '' WHERE org_id = (SELECT org FROM temp.erasing)
    AND \"key\" IN (SELECT o.\"key\" FROM outbox o WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs));
UPDATE activities SET subject = 'erased', body = '' WHERE org_id = (SELECT org FROM temp.erasing)
    AND id IN (SELECT o.\"key\" FROM outbox o WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs));
UPDATE tasks SET title = 'erased', detail = NULL WHERE org_id = (SELECT org FROM temp.erasing)
    AND id IN (SELECT o.\"key\" FROM outbox o WHERE o.job_id IN (SELECT id FROM temp.erasing_jobs));
UPDATE outbox SET revision = revision + 1, payload = 'null', last_error = iif(last_error IS NULL, NULL, 'erased'),
    receipt = iif(receipt ->> '$.message_id' IS NULL, 'null', json_object('message_id', receipt ->> '$.message_id'))
WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
UPDATE chat_messages SET text = 'erased', telling = iif(telling IN (1, 4), 3, telling) WHERE job_id IN (SELECT id FROM temp.erasing_jobs)
    OR (org_id, user_id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'user');
UPDATE audit SET detail = json_replace(detail, '$.reason', iif(detail ->> '$.reason' IS NULL, NULL, 'erased'))
WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
DELETE FROM bodies WHERE org_id = (SELECT org FROM temp.erasing) AND (subject, digest) IN (
    SELECT t.subject, t.digest FROM transcripts t WHERE t.org_id = (SELECT org FROM temp.erasing) AND :transcripts);
UPDATE transcripts AS t SET body = '' WHERE org_id = (SELECT org FROM temp.erasing) AND :transcripts;
UPDATE meetings SET title = 'erased', summary = NULL, attendees = '[]' WHERE org_id = (SELECT org FROM temp.erasing) AND (
    id IN (SELECT p.trigger_payload ->> '$.meeting_id' FROM job_payloads p JOIN temp.erasing_jobs d ON d.id = p.job_id)
    OR id IN (SELECT m.record_id FROM meeting_contacts m, temp.erasing e
        WHERE e.kind = 'contact' AND m.org_id = e.org AND m.contact_id = e.id));";

/// Transcripts of the person's jobs and meetings.
const TRANSCRIPTS: &str = "(
    id IN (SELECT p.trigger_payload ->> '$.transcript_id' FROM job_payloads p JOIN temp.erasing_jobs d ON d.id = p.job_id)
    OR meeting_id IN (SELECT p.trigger_payload ->> '$.meeting_id' FROM job_payloads p
        JOIN temp.erasing_jobs d ON d.id = p.job_id)
    OR meeting_id IN (SELECT m.record_id FROM meeting_contacts m, temp.erasing e
        WHERE e.kind = 'contact' AND m.org_id = e.org AND m.contact_id = e.id))";

/// What is of days and of people outside; before the contact's own name goes.
const SOURCES: &str = "
UPDATE calendar_events SET title = 'erased', organizer = NULL, attendees = '[]', location = NULL, url = NULL WHERE n IN (
    SELECT v.n FROM calendar_events v, temp.erasing e WHERE v.org_id = e.org AND (
        lower(v.organizer) = e.email
        OR EXISTS (SELECT 1 FROM json_each(v.attendees) a WHERE lower(a.value ->> '$.email') = e.email)
        OR e.kind = 'user' AND v.calendar_id IN (SELECT c.id FROM calendars c WHERE c.org_id = e.org AND c.user_id = e.id)));
UPDATE campaign_replies SET \"from\" = '', from_name = '', subject = '', text = '', headers = '{}' WHERE n IN (
    SELECT r.n FROM campaign_replies r, temp.erasing e
    WHERE r.org_id = e.org AND (e.kind = 'contact' AND r.contact_id = e.id OR lower(r.\"from\") = e.email));
DELETE FROM enrichment WHERE n IN (SELECT m.n FROM temp.erasing e JOIN enrichment m ON m.org_id = e.org
    LEFT JOIN contacts c ON e.kind = 'contact' AND c.org_id = e.org AND c.id = e.id
    WHERE m.\"key\" = 'email:' || e.email OR instr(lower(m.body), '\"' || nullif(e.email, '') || '\"') > 0
        OR lower(m.body ->> '$.person.name') = lower(c.name) OR lower(m.body ->> '$.profile.name') = lower(c.name)
        OR substr(m.\"key\", 1, length('name:' || c.name || '@')) = 'name:' || lower(c.name) || '@');
UPDATE calendars SET name = 'erased', error = NULL WHERE (org_id, user_id) IN
    (SELECT org, id FROM temp.erasing WHERE kind = 'user');
DELETE FROM connections WHERE kind = 'calendar' AND (org_id, user_id) IN
    (SELECT org, id FROM temp.erasing WHERE kind = 'user');";

const RECORDS: &str = "
UPDATE contacts SET name = 'erased', email = NULL, title = NULL, phone = NULL, zone = NULL, fields = '{}'
WHERE (org_id, id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'contact');
UPDATE flags SET reason = '' WHERE entity = 'contact'
    AND (org_id, record_id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'contact');
UPDATE mailbox_mails SET attachments = '[]' WHERE (org_id, email_id) IN (
    SELECT m.org_id, m.id FROM emails m, temp.erasing e WHERE m.org_id = e.org AND (
        e.kind = 'contact' AND m.contact_id = e.id OR e.kind = 'user' AND m.owner_id = e.id
        OR lower(m.\"from\") = e.email
        OR EXISTS (SELECT 1 FROM json_each(m.\"to\") a WHERE lower(a.value) = e.email)
        OR EXISTS (SELECT 1 FROM json_each(m.cc) a WHERE lower(a.value) = e.email)));
UPDATE mailbox_mails SET address = '' WHERE (org_id, email_id) IN (
    SELECT m.org_id, m.id FROM emails m, temp.erasing e WHERE m.org_id = e.org AND e.kind = 'user' AND m.owner_id = e.id);
UPDATE activities SET subject = 'erased', body = '' WHERE n IN (
    SELECT a.n FROM emails m, temp.erasing e JOIN activities a ON a.org_id = e.org AND a.id = m.id
    WHERE m.org_id = e.org AND (
        e.kind = 'contact' AND m.contact_id = e.id OR e.kind = 'user' AND m.owner_id = e.id
        OR lower(m.\"from\") = e.email
        OR EXISTS (SELECT 1 FROM json_each(m.\"to\") a WHERE lower(a.value) = e.email)
        OR EXISTS (SELECT 1 FROM json_each(m.cc) a WHERE lower(a.value) = e.email)));
DELETE FROM mailboxes WHERE (org_id, user_id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'user');
UPDATE emails SET \"from\" = '', from_name = '', \"to\" = '[]', cc = '[]', subject = '', body = '', headers = '{}' WHERE n IN (
    SELECT m.n FROM emails m, temp.erasing e WHERE m.org_id = e.org AND (
        e.kind = 'contact' AND m.contact_id = e.id OR e.kind = 'user' AND m.owner_id = e.id
        OR lower(m.\"from\") = e.email
        OR EXISTS (SELECT 1 FROM json_each(m.\"to\") a WHERE lower(a.value) = e.email)
        OR EXISTS (SELECT 1 FROM json_each(m.cc) a WHERE lower(a.value) = e.email)));
UPDATE activities SET subject = 'erased', body = '' WHERE n IN (SELECT a.n FROM activities a, temp.erasing e
    WHERE a.org_id = e.org AND (e.kind = 'contact' AND a.contact_id = e.id OR e.kind = 'user' AND a.user_id = e.id));
UPDATE tasks SET title = 'erased', detail = NULL WHERE n IN (SELECT t.n FROM tasks t, temp.erasing e
    WHERE t.org_id = e.org AND (e.kind = 'contact' AND t.contact_id = e.id OR e.kind = 'user' AND t.owner_id = e.id));
UPDATE notes SET body = 'erased' WHERE n IN (SELECT o.n FROM notes o, temp.erasing e
    WHERE o.org_id = e.org AND (e.kind = 'contact' AND o.contact_id = e.id OR e.kind = 'user' AND o.author_id = e.id));
UPDATE connections SET detail = json_replace(detail, '$.meeting.title', 'erased', '$.meeting.attendees', json('[]'))
WHERE n IN (SELECT c.n FROM connections c, temp.erasing e
    WHERE c.org_id = e.org AND (instr(lower(c.detail), e.email) > 0 OR e.kind = 'user' AND c.user_id = e.id));
UPDATE OR REPLACE suppressions SET address = (SELECT hashed FROM temp.erasing), reason = 'erased'
WHERE (org_id, address) IN (SELECT org, email FROM temp.erasing);
UPDATE users SET name = 'erased', email = '', signature = '', preferences = '{}'
WHERE (org_id, id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'user');
DELETE FROM api_keys WHERE (org_id, user_id) IN (SELECT org, id FROM temp.erasing WHERE kind = 'user');
DELETE FROM tokens WHERE (value ->> '$.org', value ->> '$.user') IN (SELECT org, id FROM temp.erasing WHERE kind = 'user');
UPDATE shares SET title = 'erased', name = 'erased', media_type = '',
    revoked_at = coalesce(revoked_at, (SELECT at FROM temp.erasing))
WHERE n IN (SELECT h.n FROM shares h, temp.erasing e WHERE h.org_id = e.org AND (
    h.job_id IN (SELECT id FROM temp.erasing_jobs) OR e.kind = 'contact' AND h.contact_id = e.id
    OR e.kind = 'user' AND h.user_id = e.id));
UPDATE OR REPLACE suppressions SET reason = 'erased',
    address = (SELECT a.hashed FROM temp.erasing_addresses a WHERE a.address = suppressions.address)
WHERE org_id = (SELECT org FROM temp.erasing) AND address IN (SELECT address FROM temp.erasing_addresses);
UPDATE email_classes SET reason = '' WHERE org_id = (SELECT org FROM temp.erasing)
    AND email_id IN (SELECT id FROM temp.erasing_mails);
UPDATE coaching_analyses SET analysis = '{}' WHERE n IN (SELECT c.n FROM coaching_analyses c, temp.erasing e
    WHERE c.org_id = e.org AND (c.id IN (SELECT \"key\" FROM temp.erasing_effects) OR e.kind = 'user' AND c.user_id = e.id
        OR e.kind = 'contact' AND c.meeting_id IN (SELECT m.record_id FROM meeting_contacts m
            WHERE m.org_id = e.org AND m.contact_id = e.id)));
DELETE FROM temp.erasing;
DELETE FROM temp.erasing_jobs;
DELETE FROM temp.erasing_addresses;
DELETE FROM temp.erasing_effects;
DELETE FROM temp.erasing_mails;";

fn script_of(line: &str) -> crate::sqlite::statements::Script {
    let mut lines = Lines::default();
    lines.push(line);
    let mut script = ScriptBuilder::default();
    script.raw("BEGIN IMMEDIATE;");
    let list = script.list(lines);
    script.over(list, WHO);
    script.raw(&format!(
        "INSERT INTO temp.erasing_jobs SELECT j.id, j.event_id FROM temp.erasing e, sequence_jobs j
            JOIN job_payloads p ON p.job_id = j.id WHERE j.org_id = e.org AND {IS_OF_PERSON};
         INSERT OR IGNORE INTO temp.erasing_jobs WITH RECURSIVE down (id, event) AS (
            SELECT id, event FROM temp.erasing_jobs
            UNION SELECT j.id, j.event_id FROM sequence_jobs j JOIN down ON j.parent_job_id = down.id)
            SELECT id, event FROM down;
         INSERT INTO temp.refused SELECT 'job ' || j.id || ' of this person is still open' FROM sequence_jobs j
            WHERE j.id IN (SELECT id FROM temp.erasing_jobs) AND j.status NOT IN {ENDED} LIMIT 1;"
    ));
    script.raw(TOLD);
    script.raw(TEXTS);
    script.raw(&JOBS.replace(":transcripts", TRANSCRIPTS));
    let payload = IDS_ONLY.replace(":payload", "trigger_payload");
    script.raw(&format!(
        "UPDATE job_payloads SET trigger_payload = iif(trigger_payload ->> '$.contact.id' IS NULL, {payload},
            json_set({payload}, '$.contact_id', trigger_payload ->> '$.contact.id'))
         WHERE job_id IN (SELECT id FROM temp.erasing_jobs);
         UPDATE events SET payload = {} WHERE id IN (SELECT event FROM temp.erasing_jobs);",
        IDS_ONLY.replace(":payload", "payload"),
    ));
    script.raw(SOURCES);
    script.raw(RECORDS);
    script.raw("COMMIT;");
    script.finish()
}

impl SqliteStore {
    /// Open jobs of the person, and those that their jobs raised.
    pub(crate) async fn read_open_jobs(&self, org: &OrgId, subject: &Subject) -> Result<Vec<JobId>, StoreError> {
        let sql = format!(
            "WITH RECURSIVE e (org, kind, id) AS (SELECT ?1, ?2, ?3),
             down (id, status) AS (
                SELECT j.id, j.status FROM e, sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
                WHERE j.org_id = e.org AND {IS_OF_PERSON}
                UNION SELECT j.id, j.status FROM sequence_jobs j JOIN down ON j.parent_job_id = down.id)
             SELECT json_quote(id) FROM down WHERE status NOT IN {ENDED}"
        );
        let (kind, id) = person::parts(subject);
        rows::all(&self.readers, "of the jobs", sql, Params::new().text(org.as_str()).text(kind).text(id)).await
    }

    /// Addresses that jobs of the person asked to write to no more.
    async fn read_addresses(&self, org: &OrgId, kind: &str, id: &str) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "WITH RECURSIVE e (org, kind, id) AS (SELECT ?1, ?2, ?3),
             down (id) AS (
                SELECT j.id FROM e, sequence_jobs j JOIN job_payloads p ON p.job_id = j.id
                WHERE j.org_id = e.org AND {IS_OF_PERSON}
                UNION SELECT j.id FROM sequence_jobs j JOIN down ON j.parent_job_id = down.id)
             SELECT DISTINCT json_quote(lower(o.payload ->> '$.address')) FROM outbox o JOIN down ON down.id = o.job_id
             WHERE o.kind = 'crm.suppress' AND o.payload ->> '$.address' IS NOT NULL"
        );
        let params = Params::new().text(org.as_str()).text(kind).text(id);
        rows::all(&self.readers, "of the outbox", sql, params).await
    }

    pub(crate) async fn erase(
        &self,
        org: &OrgId,
        subject: &Subject,
        by: &str,
        at: Timestamp,
    ) -> Result<Option<Erased>, StoreError> {
        let Some(Person { kind, id, email, hashed }) = person::find(&self.readers, org, subject).await? else {
            return Ok(None);
        };
        // The database has no digests of its own.
        let addresses: Vec<(String, String)> = self
            .read_addresses(org, kind, id)
            .await?
            .into_iter()
            .map(|address| {
                let hashed = sha256(address.as_bytes());
                (address, hashed)
            })
            .collect();
        let line = json_line(&(org, kind, id, subject, at, email, hashed, by, addresses))?;
        let answered = self.script(script_of(&line)).await??;
        if let Some(vault) = &self.vault {
            vault.forget();
        }
        self.tidy().await?;
        let counted = answered.first().ok_or_else(|| StoreError::Corrupt {
            what: "of the people".to_owned(),
            message: "erasing answers nothing".to_owned(),
        })?;
        rows::decode("of the people", counted).map(Some)
    }
}

//! `load_data`: the rows of a document as one transaction.

use std::collections::BTreeMap;

use serde_json::Value;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::dialect::Dialect;
use crate::encode::json_line;
use crate::lines::Lines;
use crate::load::{Checked, Loaded, check, columns};
use crate::remove;
use crate::sqlite::open::SqliteStore;
use crate::sqlite::statements::{BODY, Script, ScriptBuilder};
use crate::tables::{Shape, Table};
use crate::vault::{self, Sealed, seal_bodies};

const PUT_FLAGS: &str = "
INSERT INTO flags (org_id, entity, record_id, flag, reason, at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each(:list)
WHERE true ON CONFLICT (org_id, entity, record_id, flag) DO UPDATE SET reason = excluded.reason, at = excluded.at;";

impl SqliteStore {
    pub(crate) async fn load(&self, data: &Value, keep_until: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        vault::kept(self.vault.as_ref(), || self.load_sealed(data, keep_until)).await
    }

    /// Removes records, all or none.
    pub(crate) async fn remove(
        &self,
        org: &OrgId,
        table: &str,
        ids: &[String],
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = remove::table(table)?;
        let mut builder = ScriptBuilder::default();
        builder.raw("BEGIN IMMEDIATE;");
        let list = builder.list(remove::lines(org, table, ids, by, now)?);
        builder.over(list, &format!("INSERT INTO temp.refused {};", remove::missing(Dialect::Sqlite, table, ":list")));
        for statement in remove::statements(Dialect::Sqlite, table, ":list") {
            builder.over(list, &format!("{statement};"));
        }
        builder.raw("COMMIT;");
        self.script(builder.finish()).await??;
        Ok(())
    }

    async fn load_sealed(&self, data: &Value, keep_until: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        let Checked { rows, counts, texts } = check(data, keep_until, &self.proofs)?;
        let mut sealed = Vec::new();
        if !texts.is_empty() {
            sealed = seal_bodies(self.vault.as_ref(), self, &texts).await?;
        }
        self.script(script(rows, &sealed)?).await??;
        if let Some(vault) = &self.vault {
            vault.remember(&sealed);
        }
        Ok(counts)
    }
}

/// The transaction that loads the rows and the texts.
fn script(rows: Vec<Loaded>, texts: &[Sealed]) -> Result<Script, StoreError> {
    let mut builder = ScriptBuilder::default();
    builder.raw("BEGIN IMMEDIATE;");
    let mut loaded = Vec::new();
    for Loaded { table, lines, flags, keeps } in rows {
        let list = builder.list(lines);
        builder.over(list, &if keeps { merge(&table) } else { put(&table) });
        if let Some(entity) = table.entity {
            builder.over(
                list,
                &format!(
                    "DELETE FROM flags WHERE entity = '{entity}' AND (org_id, record_id) IN
                    (SELECT value ->> 'org_id', value ->> 'id' FROM jsonb_each(:list)
                     WHERE value -> 'keep' -> 'flags' IS NULL);"
                ),
            );
            if flags.count > 0 {
                let list = builder.list(flags);
                builder.over(list, PUT_FLAGS);
            }
        }
        loaded.push((table, list));
    }
    for (table, list) in loaded {
        for check in references(&table) {
            builder.over(list, &check);
        }
    }
    if !texts.is_empty() {
        let mut lines = Lines::default();
        for text in texts {
            lines.push(&json_line(text)?);
        }
        let list = builder.list(lines);
        builder.over(list, BODY);
    }
    builder.raw("COMMIT;");
    Ok(builder.finish())
}

/// Insert; then of what is there all but what stays is replaced. Links are those of the
/// row as it is afterwards.
fn merge(table: &Table) -> String {
    let columns = columns(table);
    let name = table.name;
    let arrow = |is_json: bool| if is_json { "->" } else { "->>" };
    let names: Vec<String> = columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
    let values: Vec<String> =
        columns.iter().map(|(column, is_json)| format!("value {} '{column}'", arrow(*is_json))).collect();
    let changes: Vec<String> = columns
        .iter()
        .filter(|(column, _)| !table.key.contains(column))
        .map(|(column, is_json)| {
            format!(
                "\"{column}\" = CASE WHEN e.value -> 'keep' -> '{column}' IS NULL
                    THEN e.value {} '{column}' ELSE {name}.\"{column}\" END",
                arrow(*is_json)
            )
        })
        .collect();
    let mut sql = format!(
        "INSERT INTO {name} ({}) SELECT {} FROM jsonb_each(:list) WHERE true ON CONFLICT DO NOTHING;
         UPDATE {name} SET {} FROM jsonb_each(:list) e
         WHERE {name}.org_id = e.value ->> 'org_id' AND {name}.id = e.value ->> 'id';",
        names.join(", "),
        values.join(", "),
        changes.join(", ")
    );
    if let Some(links) = table.links {
        sql.push_str(&format!(
            "DELETE FROM {links} WHERE (org_id, record_id) IN
                (SELECT value ->> 'org_id', value ->> 'id' FROM jsonb_each(:list));
             INSERT OR IGNORE INTO {links} (org_id, contact_id, record_id)
                SELECT r.org_id, c.value, r.id FROM jsonb_each(:list) e
                JOIN {name} r ON r.org_id = e.value ->> 'org_id' AND r.id = e.value ->> 'id', json_each(r.contact_ids) c;"
        ));
    }
    sql
}

/// Insert or replace, and the links of `contact_ids`.
fn put(table: &Table) -> String {
    let columns = columns(table);
    let join = |parts: Vec<String>| parts.join(", ");
    let names = join(columns.iter().map(|(name, _)| format!("\"{name}\"")).collect());
    let values = join(
        columns
            .iter()
            .map(|(name, is_json)| format!("value {} '{name}'", if *is_json { "->" } else { "->>" }))
            .collect(),
    );
    let changes = join(
        columns
            .iter()
            .filter(|(name, _)| !table.key.contains(name))
            .map(|(name, _)| format!("\"{name}\" = excluded.\"{name}\""))
            .collect(),
    );
    let (name, key) = (table.name, table.key.join(", "));
    // An operator's key is the host's; no data set changes it.
    let unless = if name == "api_keys" { " WHERE NOT api_keys.operator" } else { "" };
    let mut sql = format!(
        "INSERT INTO {name} ({names}) SELECT {values} FROM jsonb_each(:list)
         WHERE true ON CONFLICT ({key}) DO UPDATE SET {changes}{unless};"
    );
    if let Some(links) = table.links {
        sql.push_str(&format!(
            "DELETE FROM {links} WHERE (org_id, record_id) IN
                (SELECT value ->> 'org_id', value ->> 'id' FROM jsonb_each(:list));
             INSERT OR IGNORE INTO {links} (org_id, contact_id, record_id)
                SELECT e.value ->> 'org_id', c.value, e.value ->> 'id'
                FROM jsonb_each(:list) e, json_each(e.value -> 'contact_ids') c;"
        ));
    }
    sql
}

/// One check a reference; each refuses the transaction with a message.
fn references(table: &Table) -> Vec<String> {
    let name = table.name;
    let mut checks = Vec::new();
    if table.fields.iter().any(|field| field.name == "org_id") {
        checks.push(format!(
            "INSERT INTO temp.refused SELECT '{name}[' || e.key || '].org_id: there is no such org'
             FROM jsonb_each(:list) e WHERE NOT EXISTS (SELECT 1 FROM orgs r WHERE r.id = e.value ->> 'org_id') LIMIT 1;"
        ));
    }
    for field in table.fields {
        let Some(target) = field.refers else { continue };
        let column = field.name;
        let (from, id) = if field.shape == Shape::Texts {
            (format!("jsonb_each(:list) e, json_each(e.value -> '{column}') i"), "i.value".to_owned())
        } else {
            ("jsonb_each(:list) e".to_owned(), format!("e.value ->> '{column}'"))
        };
        checks.push(format!(
            "INSERT INTO temp.refused
             SELECT '{name}[' || e.key || '].{column}: there is no ' || ({id}) || ' in {target} of this org'
             FROM {from} WHERE ({id}) IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {target} r WHERE r.org_id = e.value ->> 'org_id' AND r.id = {id}) LIMIT 1;"
        ));
    }
    checks
}

//! `load_data`: the rows of a document as one transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::dialect::Dialect;
use crate::error::{Fault, refused};
use crate::load::{Checked, check, columns};
use crate::postgres::open::PostgresStore;
use crate::postgres::rows::{self, Params};
use crate::remove;
use crate::tables::{Shape, Table};
use crate::vault::{self, seal_bodies};

const PUT_FLAGS: &str = "
INSERT INTO flags (org_id, entity, record_id, flag, reason, at)
SELECT DISTINCT ON (e ->> 0, e ->> 1, e ->> 2, e ->> 3) e ->> 0, e ->> 1, e ->> 2, e ->> 3, e ->> 4, e ->> 5
FROM json_array_elements($1::json) WITH ORDINALITY l (e, place)
ORDER BY e ->> 0, e ->> 1, e ->> 2, e ->> 3, place DESC
ON CONFLICT (org_id, entity, record_id, flag) DO UPDATE SET reason = excluded.reason, at = excluded.at";

impl PostgresStore {
    /// Loads the document; rows by table.
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
        let list = remove::lines(org, table, ids, by, now)?.into_list();
        let mut transaction = self.write_much([org.as_str()]).await?;
        let missing = remove::missing(Dialect::Postgres, table, "$1");
        if let Some(row) = rows::run(&mut transaction, missing, Params::new().text(list.clone())).await?.first() {
            return Err(refused(rows::text("of the records", row, 0)?));
        }
        for statement in remove::statements(Dialect::Postgres, table, "$1") {
            rows::run(&mut transaction, statement, Params::new().text(list.clone())).await?;
        }
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))
    }

    async fn load_sealed(&self, data: &Value, keep_until: Timestamp) -> Result<BTreeMap<String, u64>, StoreError> {
        let Checked { rows, counts, texts } = check(data, keep_until, &self.proofs)?;
        let mut sealed = Vec::new();
        if !texts.is_empty() {
            sealed = seal_bodies(self.vault.as_ref(), self, &texts).await?;
        }
        let mut transaction = self.write_much(orgs(data)).await?;
        let mut loaded = Vec::new();
        for part in rows {
            let list = part.lines.into_list();
            let mut statements = match moves(&part.table) {
                Some(sql) => vec![sql],
                None if part.keeps => merge(&part.table),
                None => put(&part.table),
            };
            if let Some(entity) = part.table.entity {
                statements.push(format!(
                    "DELETE FROM flags f USING json_to_recordset($1::json) x (org_id text, id text, keep json)
                     WHERE f.entity = '{entity}' AND f.org_id = x.org_id AND f.record_id = x.id
                        AND x.keep -> 'flags' IS NULL"
                ));
            }
            for sql in statements {
                rows::run(&mut transaction, sql, Params::new().text(list.clone())).await?;
            }
            if part.flags.count > 0 {
                let flags = Params::new().text(part.flags.into_list());
                rows::run(&mut transaction, PUT_FLAGS.to_owned(), flags).await?;
            }
            loaded.push((part.table, list));
        }
        for (table, list) in loaded {
            for check in references(&table) {
                let broken = rows::run(&mut transaction, check, Params::new().text(list.clone())).await?;
                if let Some(row) = broken.first() {
                    return Err(refused(rows::text("of the document", row, 0)?));
                }
            }
        }
        if !sealed.is_empty() {
            rows::run(&mut transaction, "SELECT keep_bodies_v1($1::jsonb)".to_owned(), rows::line(&sealed)?).await?;
        }
        transaction.commit().await.map_err(|error| StoreError::from(Fault::from(&error)))?;
        if let Some(vault) = &self.vault {
            vault.remember(&sealed);
        }
        Ok(counts)
    }
}

/// The orgs a document writes to.
fn orgs(data: &Value) -> BTreeSet<&str> {
    let rows = data.as_object().into_iter().flat_map(|tables| tables.iter());
    rows.flat_map(|(table, rows)| {
        let field = if table == "orgs" { "id" } else { "org_id" };
        rows.as_array().into_iter().flatten().filter_map(move |row| row.get(field).and_then(Value::as_str))
    })
    .collect()
}

/// Rows of a table whose key may be another org's by now, which this transaction does not
/// see: the function that moves one moves each.
fn moves(table: &Table) -> Option<String> {
    let (function, fields) = match table.name {
        "connections" => ("put_connection_v1", ["kind", "external_id", "org_id", "user_id", "detail"].as_slice()),
        "api_keys" => {
            ("put_api_key_v1", ["digest", "org_id", "user_id", "client", "operator", "scopes", "proof"].as_slice())
        }
        _ => return None,
    };
    let values: Vec<String> = fields.iter().map(|field| format!("e -> '{field}'")).collect();
    Some(format!(
        "SELECT {function}(x.line) FROM (SELECT jsonb_build_array({}) AS line
            FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY l (e, place) ORDER BY place) x",
        values.join(", ")
    ))
}

/// Insert; then of what is there all but what stays is replaced, in a statement that
/// looks again at a row that another host moves meanwhile. Links are those of the row as
/// it is afterwards.
fn merge(table: &Table) -> Vec<String> {
    let columns = columns(table);
    let (name, key) = (table.name, table.key.join(", "));
    let names: Vec<String> = columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
    let names = names.join(", ");
    let changes: Vec<String> = columns
        .iter()
        .filter(|(column, _)| !table.key.contains(column))
        .map(|(column, _)| {
            format!(
                "\"{column}\" = CASE WHEN e.line -> 'keep' -> '{column}' IS NULL
                    THEN r.\"{column}\" ELSE t.\"{column}\" END"
            )
        })
        .collect();
    let mut statements = vec![
        format!(
            "INSERT INTO {name} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{name}, $1::json)
             ON CONFLICT ({key}) DO NOTHING"
        ),
        format!(
            "UPDATE {name} t SET {} FROM json_array_elements($1::json) e (line),
                LATERAL json_populate_record(NULL::{name}, e.line) r
             WHERE t.org_id = r.org_id AND t.id = r.id",
            changes.join(", ")
        ),
    ];
    if let Some(links) = table.links {
        statements.push(format!(
            "DELETE FROM {links} l USING json_to_recordset($1::json) x (org_id text, id text)
             WHERE l.org_id = x.org_id AND l.record_id = x.id"
        ));
        statements.push(format!(
            "INSERT INTO {links} (org_id, contact_id, record_id)
             SELECT t.org_id, c, t.id FROM json_to_recordset($1::json) x (org_id text, id text)
             JOIN {name} t ON t.org_id = x.org_id AND t.id = x.id, LATERAL json_array_elements_text(t.contact_ids) c
             ON CONFLICT DO NOTHING"
        ));
    }
    statements
}

/// Insert or replace, and the links of `contact_ids`. Of two rows with one key in the
/// document the later one counts.
fn put(table: &Table) -> Vec<String> {
    let columns = columns(table);
    let join = |parts: Vec<String>| parts.join(", ");
    let names = join(columns.iter().map(|(name, _)| format!("\"{name}\"")).collect());
    let changes = join(
        columns
            .iter()
            .filter(|(name, _)| !table.key.contains(name))
            .map(|(name, _)| format!("\"{name}\" = excluded.\"{name}\""))
            .collect(),
    );
    let (name, key) = (table.name, table.key.join(", "));
    let mut statements = vec![format!(
        "INSERT INTO {name} ({names}) SELECT {names} FROM (
            SELECT DISTINCT ON ({key}) r.* FROM json_populate_recordset(NULL::{name}, $1::json) WITH ORDINALITY r
            ORDER BY {key}, ordinality DESC) x
         ORDER BY ordinality ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )];
    if let Some(links) = table.links {
        statements.push(format!(
            "DELETE FROM {links} l USING json_to_recordset($1::json) x (org_id text, id text)
             WHERE l.org_id = x.org_id AND l.record_id = x.id"
        ));
        statements.push(format!(
            "INSERT INTO {links} (org_id, contact_id, record_id)
             SELECT x.org_id, c, x.id
             FROM json_to_recordset($1::json) x (org_id text, id text, contact_ids json),
                LATERAL json_array_elements_text(x.contact_ids) c
             ON CONFLICT DO NOTHING"
        ));
    }
    statements
}

/// One check a reference; each answers a message where it does not hold.
fn references(table: &Table) -> Vec<String> {
    let name = table.name;
    let elements = "json_array_elements($1::json) WITH ORDINALITY l (e, place)";
    let mut checks = Vec::new();
    if table.fields.iter().any(|field| field.name == "org_id") {
        checks.push(format!(
            "SELECT '{name}[' || place - 1 || '].org_id: there is no such org' FROM {elements}
             WHERE NOT EXISTS (SELECT 1 FROM orgs r WHERE r.id = e ->> 'org_id') ORDER BY place LIMIT 1"
        ));
    }
    for field in table.fields {
        let Some(target) = field.refers else { continue };
        let column = field.name;
        let (from, id) = if field.shape == Shape::Texts {
            (format!("{elements}, LATERAL json_array_elements_text(e -> '{column}') i"), "i".to_owned())
        } else {
            (elements.to_owned(), format!("e ->> '{column}'"))
        };
        checks.push(format!(
            "SELECT '{name}[' || place - 1 || '].{column}: there is no ' || ({id}) || ' in {target} of this org'
             FROM {from} WHERE ({id}) IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM {target} r WHERE r.org_id = e ->> 'org_id' AND r.id = {id})
             ORDER BY place LIMIT 1"
        ));
    }
    checks
}

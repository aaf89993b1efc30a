//! Removing records: what named one names nobody any more, and an audit says who did it.
//!
//! What refers to a table is what [`TABLES`] says. To remove rows of one more table: its
//! name in [`REMOVABLE`], where nothing of it is kept from others by a record that would
//! be gone (a transcript is read by whom its meeting belongs to).

use serde_json::json;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::StoreError;
use skillhost_engine::time::Timestamp;

use crate::dialect::Dialect;
use crate::encode::json_line;
use crate::error::refused;
use crate::lines::Lines;
use crate::tables::{Absent, Shape, TABLES, Table};

/// Tables whose rows an operator may remove.
const REMOVABLE: [&str; 9] =
    ["companies", "contacts", "deals", "activities", "tasks", "notes", "products", "news_articles", "templates"];
/// Records of one removal; more is another data set, which is loaded.
const MAX_REMOVED: usize = 1_000;

/// The table of this name, where its rows may be removed.
pub(crate) fn table(name: &str) -> Result<&'static Table, StoreError> {
    let found = TABLES.iter().find(|table| table.name == name && REMOVABLE.contains(&table.name));
    found.ok_or_else(|| refused(format!("rows of `{name}` are not removed; those of {} are", REMOVABLE.join(", "))))
}

/// A line a record: org, id, table, who, when.
pub(crate) fn lines(org: &OrgId, table: &Table, ids: &[String], by: &str, now: Timestamp) -> Result<Lines, StoreError> {
    if ids.is_empty() || ids.len() > MAX_REMOVED {
        return Err(refused(format!("1 to {MAX_REMOVED} records are removed at once")));
    }
    let mut lines = Lines::default();
    for id in ids {
        lines.push(&json_line(&json!([org, id, table.name, by, now.0]))?);
    }
    Ok(lines)
}

/// The message for a record that is not there, as a query over `list`.
pub(crate) fn missing(dialect: Dialect, table: &Table, list: &str) -> String {
    let (elements, id) = elements(dialect, list);
    format!(
        "SELECT 'there is no ' || ({id}) || ' in {0}' FROM {elements}
         WHERE NOT EXISTS (SELECT 1 FROM {0} r WHERE r.org_id = e.value ->> 0 AND r.id = {id}) LIMIT 1",
        table.name
    )
}

fn elements(dialect: Dialect, list: &str) -> (String, String) {
    let elements = match dialect {
        Dialect::Sqlite => format!("jsonb_each({list}) e"),
        Dialect::Postgres => format!("json_array_elements({list}::json) e (value)"),
    };
    (elements, "e.value ->> 1".to_owned())
}

/// What removes the records of `list`, statement by statement.
pub(crate) fn statements(dialect: Dialect, table: &Table, list: &str) -> Vec<String> {
    let (elements, id) = elements(dialect, list);
    let named = format!("(SELECT e.value ->> 0, {id} FROM {elements})");
    let at = match dialect {
        Dialect::Sqlite => "e.value ->> 4",
        Dialect::Postgres => "(e.value ->> 4)::bigint",
    };
    let mut all = vec![format!(
        "INSERT INTO audit (org_id, job_id, actor, action, subject, detail, at)
         SELECT e.value ->> 0, NULL, e.value ->> 3, 'record.removed', (e.value ->> 2) || '/' || ({id}), '{{}}', {at}
         FROM {elements}"
    )];
    for other in &TABLES {
        for field in other.fields.iter().filter(|field| field.refers == Some(table.name)) {
            let (name, column) = (other.name, field.name);
            if field.shape == Shape::Texts {
                let words = dialect.words(&format!("{name}.{column}"), "c");
                let stay =
                    dialect.list("c.value", "c.key", &format!("{words} WHERE ({name}.org_id, c.value) NOT IN {named}"));
                if let Some(links) = other.links {
                    all.push(format!(
                        "UPDATE {name} SET {column} = {stay} WHERE (org_id, id) IN
                            (SELECT l.org_id, l.record_id FROM {links} l WHERE (l.org_id, l.contact_id) IN {named})"
                    ));
                    all.push(format!("DELETE FROM {links} WHERE (org_id, contact_id) IN {named}"));
                }
            } else if field.absent == Absent::Null {
                all.push(format!("UPDATE {name} SET {column} = NULL WHERE (org_id, {column}) IN {named}"));
            }
        }
    }
    if let Some(links) = table.links {
        all.push(format!("DELETE FROM {links} WHERE (org_id, record_id) IN {named}"));
    }
    if let Some(entity) = table.entity {
        all.push(format!("DELETE FROM flags WHERE entity = '{entity}' AND (org_id, record_id) IN {named}"));
    }
    all.push(format!("DELETE FROM {} WHERE (org_id, id) IN {named}", table.name));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_removed_is_needed_by_a_row_that_stays() {
        for name in REMOVABLE {
            for other in &TABLES {
                for field in other.fields.iter().filter(|field| field.refers == Some(name)) {
                    let is_let_go =
                        field.absent == Absent::Null || field.shape == Shape::Texts && other.links.is_some();
                    assert!(is_let_go, "{}.{} needs {name}", other.name, field.name);
                }
            }
        }
    }
}

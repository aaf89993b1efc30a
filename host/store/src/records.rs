//! Rows of the data document read back in the document's own form.
//!
//! Whoever merges what a file says with what is there reads it here. To read one more
//! table back: its name in [`READ_BACK`]; its fields are those of [`TABLES`].

use serde_json::Value;
use skillhost_engine::ids::OrgId;
use skillhost_engine::store::{Records, StoreError};

use crate::ask::{self, Ask, Params};
use crate::dialect::Dialect;
use crate::error::refused;
use crate::sources::flags;
use crate::tables::{Shape, TABLES, Table};

/// Tables without secrets and without sealed texts.
const READ_BACK: [&str; 8] = ["users", "companies", "contacts", "deals", "meetings", "activities", "tasks", "notes"];
/// Most rows of a page: some megabytes.
const MAX_PAGE: u32 = 5_000;

/// What `which` names, in the order of ids.
pub(crate) async fn read<D: Ask>(
    db: &D,
    org: &OrgId,
    table: &str,
    which: Records<'_>,
) -> Result<Vec<Value>, StoreError> {
    let found = TABLES.iter().find(|known| known.name == table && READ_BACK.contains(&known.name));
    let Some(table) = found else { return Err(refused(format!("rows of `{table}` are not read back"))) };
    let params = Params::new().text(org.as_str());
    let (wanted, limit, params) = match which {
        Records::After { id, limit } => {
            ("r.id > $2".to_owned(), format!("LIMIT {}", limit.min(MAX_PAGE)), params.text(id.unwrap_or_default()))
        }
        Records::Named(ids) => {
            let named = D::DIALECT.words("$2", "w");
            let ids = Value::from(ids.to_vec()).to_string();
            (format!("r.id IN (SELECT w.value FROM {named})"), String::new(), params.text(ids))
        }
    };
    let (object, name) = (object(D::DIALECT, table), table.name);
    let sql = format!("SELECT {object} FROM {name} r WHERE r.org_id = $1 AND {wanted} ORDER BY r.id {limit}");
    ask::all(db, Some(org), &format!("of {name}"), sql, params).await
}

/// A row of `r` as the document has it.
fn object(dialect: Dialect, table: &Table) -> String {
    let fields = table.fields.iter().filter(|field| field.name != "org_id").map(|field| {
        let column = format!("r.\"{}\"", field.name);
        let value = match field.shape {
            Shape::Flags => flags(dialect, table.entity.unwrap_or_default(), "r"),
            Shape::Boolean => dialect.truth(&column),
            shape if shape.is_json() => format!("json({column})"),
            _ => column,
        };
        format!("'{}', {value}", field.name)
    });
    format!("json_object({})", fields.collect::<Vec<_>>().join(", "))
}

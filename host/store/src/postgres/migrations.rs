//! The migrations, embedded. A file, once released, never changes; to change the
//! schema add the next number here and in `migrations/postgres`.
//!
//! Hosts are replaced one by one, so a migration only adds: what an older host uses
//! goes a release later, by a migration that raises `schema_floor`.

use skillhost_engine::store::StoreError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{Executor, SqlSafeStr};

use crate::error::{Fault, migration_error};
use crate::postgres::rights;

/// Number, name, text. A test holds the list to the folder.
pub(crate) const POSTGRES: [(i64, &str, &str); 24] = [
    (1, "base", include_str!("../../../../migrations/postgres/0001_base.sql")),
    (2, "commit", include_str!("../../../../migrations/postgres/0002_commit.sql")),
    (3, "dispatch", include_str!("../../../../migrations/postgres/0003_dispatch.sql")),
    (4, "erase", include_str!("../../../../migrations/postgres/0004_erase.sql")),
    (5, "rights", include_str!("../../../../migrations/postgres/0005_rights.sql")),
    (6, "vitals", include_str!("../../../../migrations/postgres/0006_vitals.sql")),
    (7, "hold_archive", include_str!("../../../../migrations/postgres/0007_hold_archive.sql")),
    (8, "vendors", include_str!("../../../../migrations/postgres/0008_vendors.sql")),
    (9, "contended", include_str!("../../../../migrations/postgres/0009_contended.sql")),
    (10, "sources", include_str!("../../../../migrations/postgres/0010_sources.sql")),
    (11, "effects", include_str!("../../../../migrations/postgres/0011_effects.sql")),
    (12, "marks", include_str!("../../../../migrations/postgres/0012_marks.sql")),
    (13, "mailboxes", include_str!("../../../../migrations/postgres/0013_mailboxes.sql")),
    (14, "listing", include_str!("../../../../migrations/postgres/0014_listing.sql")),
    (15, "buttons", include_str!("../../../../migrations/postgres/0015_buttons.sql")),
    (16, "settled", include_str!("../../../../migrations/postgres/0016_settled.sql")),
    (18, "manager", include_str!("../../../../migrations/postgres/0018_manager.sql")),
    (23, "opened", include_str!("../../../../migrations/postgres/0023_opened.sql")),
    (24, "left_out", include_str!("../../../../migrations/postgres/0024_left_out.sql")),
    (25, "refused_copies", include_str!("../../../../migrations/postgres/0025_refused_copies.sql")),
    (26, "calendar_pauses", include_str!("../../../../migrations/postgres/0026_calendar_pauses.sql")),
    (27, "mail_activities", include_str!("../../../../migrations/postgres/0027_mail_activities.sql")),
    (28, "told", include_str!("../../../../migrations/postgres/0028_told.sql")),
    (29, "made_messages", include_str!("../../../../migrations/postgres/0029_made_messages.sql")),
];
/// Held while the schema itself is made: two first hosts at once.
pub(crate) const SCHEMA_LOCK: i64 = 0x736b_696c_6c68_6f73;

/// Brings the database to this version, or leaves a newer one as it is.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| StoreError::from(Fault::from(&error));
    let schema = format!(
        "BEGIN; SELECT pg_advisory_xact_lock({SCHEMA_LOCK}); CREATE SCHEMA IF NOT EXISTS skillhost; COMMIT;
         SET search_path = skillhost, pg_temp; SET client_min_messages = warning"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(schema)).execute(&mut *connection).await.map_err(failed)?;
    let migrations = POSTGRES.map(|(number, name, text)| {
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.to_vec());
    let migrated = migrator.set_ignore_missing(true).run(&mut *connection).await;
    migrated.map_err(|error| migration_error(error, |error| Fault::from(error).into()))?;
    rights::settle(connection).await?;
    let floor = sqlx::query_scalar("SELECT max(oldest) FROM schema_floor");
    let oldest: Option<i64> = floor.fetch_one(&mut *connection).await.map_err(failed)?;
    let newest = POSTGRES.last().map_or(0, |(number, _, _)| *number);
    if oldest.unwrap_or(0) > newest {
        return Err(StoreError::Corrupt {
            what: "of the migrations".to_owned(),
            message: "the database was brought to a version that this host is too old for".to_owned(),
        });
    }
    connection.execute("RESET client_min_messages").await.map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let embedded: Vec<String> =
            super::POSTGRES.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, embedded);
    }
}

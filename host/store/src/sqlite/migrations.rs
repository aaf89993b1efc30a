//! The migrations, embedded. A file, once released, never changes; to change the
//! schema add the next number here and in `migrations/sqlite`.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

/// Number, name, text. A test holds the list to the folder.
pub(crate) const SQLITE: [(i64, &str, &str); 26] = [
    (1, "base", include_str!("../../../../migrations/sqlite/0001_base.sql")),
    (2, "org_data", include_str!("../../../../migrations/sqlite/0002_org_data.sql")),
    (3, "purse", include_str!("../../../../migrations/sqlite/0003_purse.sql")),
    (4, "registry", include_str!("../../../../migrations/sqlite/0004_registry.sql")),
    (5, "bodies", include_str!("../../../../migrations/sqlite/0005_bodies.sql")),
    (6, "transcripts", include_str!("../../../../migrations/sqlite/0006_transcripts.sql")),
    (7, "queue", include_str!("../../../../migrations/sqlite/0007_queue.sql")),
    (8, "vitals", include_str!("../../../../migrations/sqlite/0008_vitals.sql")),
    (9, "schedules", include_str!("../../../../migrations/sqlite/0009_schedules.sql")),
    (10, "hold", include_str!("../../../../migrations/sqlite/0010_hold.sql")),
    (11, "archive", include_str!("../../../../migrations/sqlite/0011_archive.sql")),
    (12, "vendors", include_str!("../../../../migrations/sqlite/0012_vendors.sql")),
    (13, "sources", include_str!("../../../../migrations/sqlite/0013_sources.sql")),
    (14, "effects", include_str!("../../../../migrations/sqlite/0014_effects.sql")),
    (15, "marks", include_str!("../../../../migrations/sqlite/0015_marks.sql")),
    (16, "mailboxes", include_str!("../../../../migrations/sqlite/0016_mailboxes.sql")),
    (17, "listing", include_str!("../../../../migrations/sqlite/0017_listing.sql")),
    (18, "buttons", include_str!("../../../../migrations/sqlite/0018_buttons.sql")),
    (19, "settled", include_str!("../../../../migrations/sqlite/0019_settled.sql")),
    (21, "manager", include_str!("../../../../migrations/sqlite/0021_manager.sql")),
    (26, "opened", include_str!("../../../../migrations/sqlite/0026_opened.sql")),
    (27, "left_out", include_str!("../../../../migrations/sqlite/0027_left_out.sql")),
    (28, "refused_copies", include_str!("../../../../migrations/sqlite/0028_refused_copies.sql")),
    (29, "calendar_pauses", include_str!("../../../../migrations/sqlite/0029_calendar_pauses.sql")),
    (30, "told", include_str!("../../../../migrations/sqlite/0030_told.sql")),
    (31, "made_messages", include_str!("../../../../migrations/sqlite/0031_made_messages.sql")),
];

/// Brings the database to this version.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let migrations = SQLITE.map(|(number, name, text)| {
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.to_vec()).run(connection).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let embedded: Vec<String> =
            super::SQLITE.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, embedded);
    }
}

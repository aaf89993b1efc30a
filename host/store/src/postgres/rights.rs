//! Who the roles of the migrations are, and what they own.
//!
//! Every function that answers across orgs belongs to `skillhost_dispatch`, and nobody
//! inherits that role. A migration that brings one more need not say so: it is settled
//! here after the migrations, and after a restore, which gives all functions to whoever
//! restored. Until then they see no row.

use skillhost_engine::store::StoreError;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::error::Fault;
use crate::postgres::migrations::SCHEMA_LOCK;

/// Membership of a role of these, as `SET ROLE` asks for it.
const MAY_BECOME: &str = "
    IF current_setting('server_version_num')::int >= 160000 THEN
        may := pg_has_role('skillhost_app', 'SET');
    ELSE
        may := pg_has_role('skillhost_app', 'MEMBER');
    END IF;";

const STRAY: &str = "SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'skillhost'::regnamespace AND p.prosecdef AND p.proowner <> 'skillhost_dispatch'::regrole";

/// Roles are the server's, and a membership is given and taken back in one transaction:
/// two databases of one server do so one after the other. What is locked across
/// databases is the role itself, by a comment on it.
pub(crate) async fn settle(connection: &mut PgConnection) -> Result<(), StoreError> {
    let sql = format!(
        "DO $$
        DECLARE
            called text;
            may boolean;
            given boolean := false;
        BEGIN
            {MAY_BECOME}
            IF may AND NOT EXISTS ({STRAY}) THEN
                RETURN;
            END IF;
            PERFORM pg_advisory_xact_lock({SCHEMA_LOCK});
            BEGIN
                COMMENT ON ROLE skillhost_app IS 'what every host of skillhost becomes';
            EXCEPTION WHEN insufficient_privilege THEN
                -- Somebody else made the roles, and gave them.
                NULL;
            END;
            {MAY_BECOME}
            IF NOT may THEN
                GRANT skillhost_app TO CURRENT_USER;
            END IF;
            IF NOT EXISTS ({STRAY}) THEN
                RETURN;
            END IF;
            IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
                GRANT skillhost_dispatch TO CURRENT_USER;
                given := true;
            END IF;
            -- Only who may create in a schema can own a function there.
            GRANT CREATE ON SCHEMA skillhost TO skillhost_dispatch;
            FOR called IN {STRAY} LOOP
                EXECUTE format('ALTER FUNCTION %s OWNER TO skillhost_dispatch', called);
            END LOOP;
            REVOKE CREATE ON SCHEMA skillhost FROM skillhost_dispatch;
            -- Whoever inherits the role would see with its eyes.
            IF given THEN
                REVOKE skillhost_dispatch FROM CURRENT_USER;
            END IF;
        END $$"
    );
    let settled = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    settled.map(drop).map_err(|error| Fault::from(&error).into())
}

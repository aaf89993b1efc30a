//! The procedure of docs/backup.md with the server's own programs: a running host is
//! dumped while effects wait, and the dump is loaded into another server, where nothing
//! leaves until a person says so.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use skillhost_engine::outbox::EffectState;
use skillhost_server::view::{ApprovalView, JobView};
use skillhost_tests::process::{Host, binary};
use skillhost_tests::smtp_server::SmtpServer;
use skillhost_tests::{postgres, rep};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

const SAME_KEY: [(&str, &str); 1] =
    [("SKILLHOST_HOST_KEY", "6b6579206f662074686520746573747320696e2073697874792d666f75722e2e")];
/// Looks before the test gives up; nothing is asserted of time.
const PATIENCE: usize = 1200;

fn settings(data: &Path, database: &str, smtp: &SmtpServer) {
    let text =
        format!("database = \"{database}\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n", smtp.port);
    std::fs::write(data.join("skillhost.toml"), text).unwrap();
}

fn run(mut command: Command) -> Result<(), String> {
    let done = command.output().unwrap();
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

fn dump(url: &str, file: &Path) -> Result<(), String> {
    let mut command = postgres::server().program("pg_dump");
    command.args(["--format=custom", "--schema=skillhost"]).arg("--file").arg(file).arg(url);
    run(command)
}

fn load(url: &str, file: &Path, more: &[&str]) -> Result<(), String> {
    let mut command = postgres::server().program("pg_restore");
    command.args(["--no-owner", "--exit-on-error", "--single-transaction"]).args(more);
    command.arg("--dbname").arg(url).arg(file);
    run(command)
}

fn mails(job: &JobView, state: EffectState) -> usize {
    job.effects.iter().filter(|effect| effect.kind == "email.send" && effect.state == state).count()
}

/// Yes, and what can wait leaves in an hour.
fn in_an_hour(approval: &ApprovalView) -> Value {
    let mut answer = rep::agree(approval);
    if approval.card.deferrable && answer["answer"] == "approve" {
        answer["not_before"] = json!(approval.created_at.plus_ms(3_600_000));
    }
    answer
}

/// Answers what is open with yes, and that the mail is to leave in an hour, until it waits.
async fn until_mail_waits(host: &Host, job: &str) {
    for _ in 0..PATIENCE {
        let view = rep::job(host, job).await.unwrap();
        if mails(&view, EffectState::Ready) == 1 {
            return;
        }
        rep::answer_open(host, &view, in_an_hour).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail of job {job} ever waited: {}", host.logs());
}

/// What stands between the orgs is as strong as where the host made it.
async fn assert_guarded(url: &str) {
    let mut owner = PgConnection::connect(url).await.unwrap();
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
         WHERE c.relnamespace = 'skillhost'::regnamespace AND c.relkind = 'r' AND NOT (
            c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'org'))",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new(), "tables that nothing guards");
    let stray: Vec<String> = sqlx::query_scalar(
        "SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'skillhost'::regnamespace AND p.prosecdef
            AND p.proowner <> 'skillhost_dispatch'::regrole",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(stray, Vec::<String>::new(), "functions of another owner");
    owner.execute("SET search_path = skillhost; SET ROLE skillhost_app").await.unwrap();
    let seen = async |orgs: &str, owner: &mut PgConnection| -> i64 {
        sqlx::query("SELECT set_config('app.orgs', $1, false)").bind(orgs).execute(&mut *owner).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM sequence_jobs").fetch_one(&mut *owner).await.unwrap()
    };
    assert_eq!((seen("", &mut owner).await, seen("{rival}", &mut owner).await), (0, 0));
    assert!(seen("{quillmere}", &mut owner).await > 0, "the org's own rows are there");
    assert!(owner.execute("DELETE FROM effect_hold").await.is_err(), "no host lifts the hold by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_a_running_host_is_loaded_elsewhere_and_sends_nothing_by_itself() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    let (inbox, other_inbox) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (smtp, other_smtp) = (SmtpServer::start(inbox.path()).unwrap(), SmtpServer::start(other_inbox.path()).unwrap());
    let database = postgres::database().await;
    for folder in [&first, &second] {
        std::fs::create_dir(folder).unwrap();
    }
    settings(&first, &database, &smtp);
    let host = Host::start(&first, &[], &SAME_KEY);
    let job = rep::deliver(&host, "msg-1").await.unwrap();
    until_mail_waits(&host, &job).await;

    // Whoever dumps sees the rows of all orgs; a user who does not is refused, rather than
    // given a dump without them.
    let file = place.path().join("monday.dump");
    let refused = dump(&database, &file).unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
    let mut admin = PgConnection::connect(&postgres::named(&database, "admin")).await.unwrap();
    admin.execute("CREATE ROLE skillhost_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data").await.unwrap();
    dump(&postgres::named(&database, "skillhost_backup"), &file).unwrap();
    assert_eq!(smtp.received().unwrap().len(), 0, "the mail waits");

    // Another server, on which nobody ever heard of this.
    let server = postgres::Server::start();
    let restored = server.database().await;
    let without = load(&restored, &file, &[]).unwrap_err();
    assert!(without.contains("role \"skillhost_"), "a dump has no roles: {without}");
    let mut owner = PgConnection::connect(&restored).await.unwrap();
    owner.execute("CREATE ROLE skillhost_app NOLOGIN; CREATE ROLE skillhost_dispatch NOLOGIN").await.unwrap();
    load(&restored, &file, &[]).unwrap();
    settings(&second, &restored, &other_smtp);
    let copy = Host::start(&second, &[], &SAME_KEY);
    assert_guarded(&restored).await;
    let client = rep::client(&copy);
    let held: Value = client.get("/v1/effects/held").await.unwrap();
    assert!(held["hold"]["since"].is_i64(), "{held}");
    let mail: Vec<_> =
        held["effects"].as_array().unwrap().iter().filter(|effect| effect["kind"] == "email.send").collect();
    assert_eq!((mail.len(), &mail[0]["doubt"]), (1, &json!("may_have_left")), "{held}");
    let status: Value = client.get("/v1/status").await.unwrap();
    assert!(status["findings"].as_array().unwrap().iter().any(|finding| finding["figure"] == "hold"), "{status}");
    // Its time comes, and it stays; a further start knows it from the first one.
    let mut of_copy = PgConnection::connect(&postgres::named(&restored, "admin")).await.unwrap();
    of_copy.execute("UPDATE skillhost.outbox SET not_before = 0 WHERE kind = 'email.send'").await.unwrap();
    copy.stop();
    let copy = Host::start(&second, &[], &SAME_KEY);
    let client = rep::client(&copy);
    let again: Value = client.get("/v1/effects/held").await.unwrap();
    assert_eq!(again["hold"], held["hold"]);
    assert_eq!(other_smtp.received().unwrap().len(), 0);

    let done: Value = client.post("/v1/effects/release", &json!({ "all": true })).await.unwrap();
    assert!(done["released"].as_u64().unwrap() > 0, "{done}");
    let ended = rep::see_through(&copy, &job, rep::agree).await.unwrap();
    assert_eq!((mails(&ended, EffectState::Sent), other_smtp.received().unwrap().len()), (1, 1), "once");
    copy.stop();

    // The host that was dumped noticed nothing of it.
    let held: Value = rep::client(&host).get("/v1/effects/held").await.unwrap();
    assert_eq!(held["hold"], Value::Null);
    admin.execute("UPDATE skillhost.outbox SET not_before = 0 WHERE kind = 'email.send'").await.unwrap();
    host.stop();
    let host = Host::start(&first, &[], &SAME_KEY);
    let ended = rep::see_through(&host, &job, rep::agree).await.unwrap();
    assert_eq!((mails(&ended, EffectState::Sent), smtp.received().unwrap().len()), (1, 1));
    host.stop();

    // Put back over the database that it was taken of: that is a restore as well.
    load(&database, &file, &["--clean", "--if-exists"]).unwrap();
    let host = Host::start(&first, &[], &SAME_KEY);
    let held: Value = rep::client(&host).get("/v1/effects/held").await.unwrap();
    assert!(held["effects"].as_array().unwrap().iter().any(|effect| effect["kind"] == "email.send"), "{held}");
    assert_guarded(&database).await;
    host.stop();
    assert_eq!(smtp.received().unwrap().len(), 1, "one mail in two lives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_holds_what_does_not_show_that_it_was_brought_back() {
    let (data, inbox) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let smtp = SmtpServer::start(inbox.path()).unwrap();
    let database = postgres::database().await;
    settings(data.path(), &database, &smtp);
    let hold = |taken_at: &str| {
        let mut command = Command::new(binary());
        command.args(["effects", "hold", "--json", "--taken-at", taken_at]).current_dir(data.path()).envs(SAME_KEY);
        command.arg("--data").arg(data.path());
        run(command)
    };
    assert!(hold("2999-01-01T00:00:00Z").unwrap_err().contains("future"));
    hold("2026-01-01T00:00:00Z").unwrap();
    let host = Host::start(data.path(), &[], &SAME_KEY);
    let held: Value = rep::client(&host).get("/v1/effects/held").await.unwrap();
    assert_eq!(held["hold"]["taken_at"], json!(1_767_225_600_000_i64), "{held}");
    host.stop();
}

//! Who is who in Slack: found by address in both directions, within the workspace's own org,
//! asked once, and never in place of a connection that is there.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use skillhost_engine::store::{ApiKey, Connection, Scope};
use skillhost_tests::slack_double::SlackDouble;
use skillhost_tests::slack_rep::SlackRep;
use skillhost_tests::test_host::{ADMIN, ORG, OTHER, REP, SLACK, TestHost, digest, key};

use super::slack_rounds::{rep, start};

const TEAM: &str = SLACK.0;
const HOUR_MS: i64 = 3_600_000;

/// A question for somebody.
async fn ask(host: &TestHost, user: &str, id: &str) {
    let event = json!({ "type": "email_received", "payload": { "message_id": id, "ask": "email" } });
    let (status, said) = host.post(user, "/v1/events", &event).await;
    assert_eq!(status, 202, "{said}");
    let job = said["job_id"].as_str().unwrap();
    let org = if user == "rex" { "rival" } else { ORG };
    for _ in 0..1500 {
        let view = host.app.job_view(&org.into(), &job.into()).await.unwrap().unwrap();
        if !view.approvals.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{user} is not asked");
}

fn lookups(double: &SlackDouble) -> Vec<Value> {
    let calls = double.calls().into_iter();
    calls.filter(|call| call.method == "users.lookupByEmail").map(|call| call.body["email"].clone()).collect()
}

async fn until(what: &str, wanted: impl Fn() -> bool) {
    for _ in 0..1500 {
        if wanted() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what} does not happen");
}

/// What is under way in the background has come to its end.
async fn rest(host: &TestHost) {
    // The questions of somebody who has a connection come behind those of others.
    let unposted = async || {
        let open = host.app.store.open_actions(&ORG.into(), Some(&REP.into())).await.unwrap();
        open.iter().any(|one| one.message_ts.is_none())
    };
    ask(host, REP, &format!("rest-{}", host.app.ids.fresh("m"))).await;
    for _ in 0..1500 {
        if !unposted().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

async fn connection(host: &TestHost, org: &str, user: &str) -> Option<Connection> {
    host.app.store.connection_of("slack-user", &org.into(), &user.into()).await.unwrap()
}

async fn of_rival(host: &TestHost) {
    let api_key = ApiKey {
        digest: digest(&key("rex")),
        org: "rival".into(),
        user: "rex".into(),
        client: "test-rex".to_owned(),
        operator: false,
        scopes: vec![Scope::AnswerApprovals],
    };
    host.app.store.put_api_key(&api_key).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_without_a_connection_is_found_by_their_address_once() {
    let (double, host) = start().await;
    double.add_user("U2", "bob@acme.example");
    for n in 0..2 {
        ask(&host, OTHER, &format!("b-{n}")).await;
        until("bob's card", || {
            double.taken("chat.postMessage").iter().filter(|post| post["channel"] == "DU2").count() > n
        })
        .await;
    }
    assert_eq!(lookups(&double), ["bob@acme.example"]);
    let found = connection(&host, ORG, OTHER).await.unwrap();
    assert_eq!((found.external_id.as_str(), found.user.as_str()), ("T1/U2", OTHER));
    let audit = host.app.store.audit(&ORG.into(), None, 100).await.unwrap();
    let row = audit.iter().find(|row| row.action == "slack.connected").unwrap();
    assert_eq!((row.subject.as_str(), row.detail.to_string().contains('@')), (OTHER, false));

    // That nobody was found is remembered for an hour.
    for n in 0..2 {
        ask(&host, ADMIN, &format!("e-{n}")).await;
    }
    until("eve's look-up", || lookups(&double).len() == 2).await;
    rest(&host).await;
    assert_eq!(lookups(&double), ["bob@acme.example", "eve@acme.example"]);
    double.add_user("U3", "eve@acme.example");
    host.clock.advance(HOUR_MS);
    ask(&host, ADMIN, "e-2").await;
    until("eve's card", || double.taken("chat.postMessage").iter().any(|post| post["channel"] == "DU3")).await;
    assert_eq!(connection(&host, ORG, ADMIN).await.unwrap().external_id, "T1/U3");
    // What had nobody to be brought to comes with the next sweep.
    host.clock.advance(6 * 60_000);
    let theirs = || double.taken("chat.postMessage").iter().filter(|post| post["channel"] == "DU3").count();
    until("eve's older cards", || theirs() == 3).await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_of_another_org_is_looked_up_and_nobody_takes_anothers_place() {
    let (double, host) = start().await;
    of_rival(&host).await;
    double.add_user("U7", "rex@rival.example");
    ask(&host, "rex", "r-1").await;
    rest(&host).await;
    assert_eq!(lookups(&double), Vec::<Value>::new(), "not even their address leaves");
    assert_eq!(connection(&host, "rival", "rex").await, None);

    // An address that is another person's account in Slack takes it from nobody.
    let stolen = json!({ "users": [{ "id": OTHER, "org_id": ORG, "name": "Bob Lund", "email": "ada@acme.example",
        "zone": "UTC" }] });
    host.app.store.load_data(&stolen, skillhost_engine::time::Timestamp(i64::MAX)).await.unwrap();
    ask(&host, OTHER, "b-1").await;
    until("the look-up", || lookups(&double).len() == 1).await;
    rest(&host).await;
    assert_eq!(connection(&host, ORG, OTHER).await, None);
    assert_eq!(connection(&host, ORG, REP).await.unwrap().external_id, "T1/U1");

    // Where two orgs have people in the workspace, an admin connects them.
    let theirs = Connection {
        kind: "slack-user".to_owned(),
        external_id: "T1/U7".to_owned(),
        org: "rival".into(),
        user: "rex".into(),
        detail: json!({}),
    };
    host.app.store.put_connection(&theirs).await.unwrap();
    double.add_user("U3", "eve@acme.example");
    ask(&host, ADMIN, "e-1").await;
    rest(&host).await;
    assert_eq!((lookups(&double).len(), connection(&host, ORG, ADMIN).await), (1, None));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_something_is_known_by_the_address_that_the_workspace_has_of_them() {
    let (double, host) = start().await;
    of_rival(&host).await;
    let ada = rep(&double, &host);
    let of = |who: &'static str| SlackRep { who: (TEAM, who), ..rep(&double, &host) };
    let infos = || double.calls().into_iter().filter(|call| call.method == "users.info").count();
    let is_known = async |who: &'static str| {
        let said = of(who).command("help").await;
        !said["text"].as_str().unwrap().contains("not connected to a person")
    };
    double.add_user("U2", "Bob@acme.example");
    assert!(is_known("U2").await, "an address in another case is the same");
    assert_eq!(connection(&host, ORG, OTHER).await.unwrap().external_id, "T1/U2");
    assert!(is_known("U2").await && infos() == 1, "asked once");

    // Of another workspace, of another org, of nobody, of somebody who is connected already.
    double.add_user_of("U4", "eve@acme.example", "T2");
    double.add_user("U5", "rex@rival.example");
    double.add_user("U6", "stranger@elsewhere.example");
    double.add_user("U8", "ada@acme.example");
    for (n, who) in ["U4", "U5", "U6", "U8", "U9"].into_iter().enumerate() {
        assert!(!is_known(who).await, "{who}");
        assert!(!is_known(who).await, "{who}");
        assert_eq!(infos(), n + 2, "{who} is asked for once");
    }
    assert_eq!(connection(&host, ORG, REP).await.unwrap().external_id, "T1/U1");
    for (org, user) in [(ORG, ADMIN), ("rival", "rex")] {
        assert_eq!(connection(&host, org, user).await, None);
    }
    // A press counts as theirs: it is refused for whose it is, and not for who they are.
    let (job, asked) = host.ask("email", "m-1").await;
    let card = ada.card(asked["id"].as_str().unwrap()).await;
    of("U2").press_on(&card, "approve").await;
    until("the refusal", || {
        double.taken("response_url").iter().any(|said| said.to_string().contains("mailbox, calendar or deal"))
    })
    .await;
    assert_eq!(host.until(&job, |_| true).await.effects, []);
    assert_eq!(connection(&host, ORG, ADMIN).await, None);
    host.stop().await;
}

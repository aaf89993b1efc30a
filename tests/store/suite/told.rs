//! What is brought to people, when, and by whom.

use skillhost_engine::approval::{ActionStatus, Resolution};
use skillhost_engine::outbox::EffectState;
use skillhost_engine::quiet::RATE;
use skillhost_engine::store::{ChatMessage, Telling, Untold, Write};
use skillhost_engine::time::Timestamp;

use super::made::{Bench, NOW, action, batch, effect, job, new_effect, new_job};

fn notice(id: &str, ms: i64) -> ChatMessage {
    ChatMessage {
        id: id.to_owned(),
        org: "acme".into(),
        user: job("job_1", "acme").user,
        job: None,
        text: "The work stopped".to_owned(),
        at: NOW.plus_ms(ms),
    }
}

fn untold(kind: Telling, id: &str, at: Option<Timestamp>) -> Untold {
    Untold { kind, org: "acme".into(), id: id.to_owned(), at }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_brings_a_question_and_a_notice() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let row = job("job_1", "acme");
    let mut old = action("apr_0", &row);
    old.created_at = NOW.plus_ms(-5000);
    let writes = [
        new_job(&row),
        Write::NewAction(old.into()),
        Write::NewAction(action("apr_1", &row).into()),
        Write::Notice(notice("n1", 10)),
        // A line of the feed alone.
        Write::Chat(notice("c1", 20)),
        Write::Notice(notice("n0", -5000)),
    ];
    store.commit(batch(writes)).await.unwrap();
    // The same notice again is the one that is there.
    store.commit(batch([Write::Notice(notice("n1", 900))])).await.unwrap();
    let of = async || store.untold(NOW, 10).await.unwrap();
    let (card, told) = (untold(Telling::Card, "apr_1", None), untold(Telling::Notice, "n1", None));
    assert_eq!(of().await, [told.clone(), card.clone()]);
    assert_eq!(store.untold(NOW, 1).await.unwrap().len(), 1);

    // Whoever saw it as it stood, once.
    for what in [&card, &told] {
        let at = NOW.plus_ms(50);
        assert!(store.plan_telling(what, at).await.unwrap());
        assert!(!store.plan_telling(what, at).await.unwrap());
        let planned = Untold { at: Some(at), ..what.clone() };
        assert!(of().await.contains(&planned));
        assert!(store.plan_telling(&planned, NOW.plus_ms(60)).await.unwrap());
        let elsewhere = Untold { org: "globex".into(), at: Some(NOW.plus_ms(60)), ..what.clone() };
        assert!(!store.plan_telling(&elsewhere, NOW).await.unwrap(), "another org's");
    }
    let found = store.notice(&"acme".into(), "n1").await.unwrap();
    assert_eq!(found, Some(notice("n1", 10)));
    assert_eq!(store.notice(&"acme".into(), "c1").await.unwrap(), None, "it is not to be brought");
    store.notice_told(&"acme".into(), "n1").await.unwrap();
    assert_eq!(store.notice(&"acme".into(), "n1").await.unwrap(), None);
    let posted = Write::Posted { action: "apr_1".into(), channel: "D1".to_owned(), message_ts: "1.2".to_owned() };
    store.commit(batch([posted])).await.unwrap();
    assert_eq!(of().await, []);
    let told = Untold { at: Some(NOW.plus_ms(60)), ..told };
    assert!(!store.plan_telling(&told, NOW.plus_ms(70)).await.unwrap(), "it is there");
    // The feed has all of them.
    assert_eq!(store.feed(&"acme".into(), &row.user, 10).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settled_question_is_behind_until_its_message_says_so() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let row = job("job_1", "acme");
    let mut asked = action("apr_1", &row);
    store.commit(batch([new_job(&row), Write::NewAction(asked.clone().into())])).await.unwrap();
    let posted = Write::Posted { action: "apr_1".into(), channel: "D1".to_owned(), message_ts: "1.2".to_owned() };
    store.commit(batch([posted])).await.unwrap();
    let behind = async |ms: i64| store.outcomes_untold(NOW.plus_ms(ms), 10).await.unwrap();
    assert_eq!(behind(0).await, [], "it is open");
    asked.status = ActionStatus::Skipped;
    asked.revision += 1;
    asked.resolved_at = Some(NOW.plus_ms(10));
    asked.resolution = Some(Resolution {
        answer: None,
        by: None,
        via: "slack".to_owned(),
        released: vec![],
        note: None,
        irrelevant: false,
        reason: None,
    });
    store.commit(batch([Write::Action(asked.into())])).await.unwrap();
    let (org, id) = ("acme".into(), "apr_1".into());
    assert_eq!((behind(0).await, behind(11).await), (vec![("acme".into(), "apr_1".into())], vec![]));
    store.outcome_told(&org, &id, Some(NOW)).await.unwrap();
    assert_eq!(behind(0).await, []);
    store.outcome_told(&org, &id, None).await.unwrap();
    assert_eq!(behind(0).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_and_what_waits_for_its_time_counts_and_nothing_twice() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let row = job("job_1", "acme");
    let post = |key: &str, state: EffectState, ms: i64| {
        let mut one = effect(key, &row);
        one.kind = "chat.post".to_owned();
        one.state = state;
        one.updated_at = NOW.plus_ms(ms);
        one
    };
    let mut held = post("eff_held", EffectState::Ready, 1);
    held.last_error = Some(RATE.to_owned());
    held.not_before = NOW.plus_ms(400);
    let mut fed = post("c1", EffectState::Sent, 20);
    fed.receipt = Some(serde_json::json!({ "feed": "c1" }));
    let effects = [
        post("eff_sent", EffectState::Sent, 100),
        post("eff_new", EffectState::Ready, 1),
        post("eff_dead", EffectState::Dead, 200),
        held,
        fed,
    ];
    store.commit(batch([new_job(&row)])).await.unwrap();
    store.commit(batch(effects.iter().map(new_effect).collect::<Vec<_>>())).await.unwrap();
    let writes = [
        Write::NewAction(action("apr_1", &row).into()),
        Write::Notice(notice("n1", 10)),
        Write::Chat(notice("c1", 20)),
    ];
    store.commit(batch(writes)).await.unwrap();
    let told = async |but: Option<&str>| {
        let times = store.told(&"acme".into(), &row.user, but, 10).await.unwrap();
        times.into_iter().map(|at| at.0 - NOW.0).collect::<Vec<_>>()
    };
    assert_eq!(told(None).await, [400, 100, 20]);
    assert_eq!(told(Some("eff_held")).await, [100, 20]);
    store.plan_telling(&untold(Telling::Card, "apr_1", None), NOW.plus_ms(700)).await.unwrap();
    store.plan_telling(&untold(Telling::Notice, "n1", None), NOW.plus_ms(300)).await.unwrap();
    assert_eq!(told(None).await, [700, 400, 300, 100, 20]);
    store.notice_told(&"acme".into(), "n1").await.unwrap();
    assert_eq!(told(None).await, [700, 400, 300, 100, 20]);
    let notified = store.notified(&"acme".into(), &row.user, 10).await.unwrap();
    assert_eq!(notified.len(), 5, "{notified:?}");
    assert_eq!(store.told(&"acme".into(), &row.user, None, 2).await.unwrap().len(), 2);
}

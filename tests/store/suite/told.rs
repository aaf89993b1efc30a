//! What is brought to people, when, and by whom.

use serde_json::json;
use skillhost_engine::approval::{ActionStatus, PendingAction, Resolution};
use skillhost_engine::fold::Job;
use skillhost_engine::job::{JobRow, JobStatus};
use skillhost_engine::outbox::{EffectState, HELD_UNTIL};
use skillhost_engine::quiet::RATE;
use skillhost_engine::store::{Brought, ChatMessage, Due, Store, Telling, Untold, Write};
use skillhost_engine::time::Timestamp;

use super::made::{Bench, NOW, action, advance, batch, effect, job, new_effect, new_job};

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

/// What is due from a time to another, of what anybody can be reached by.
fn due(since: i64, until: i64) -> Due {
    Due { since: NOW.plus_ms(since), until: NOW.plus_ms(until), lost: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_due_comes_first_and_what_is_planned_in_its_time() {
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
    let of = async |due| store.untold(due, 10).await.unwrap();
    let (card, told) = (untold(Telling::Card, "apr_1", None), untold(Telling::Notice, "n1", None));
    assert_eq!(of(due(0, 50)).await, [card.clone(), told.clone()]);
    assert_eq!(of(due(0, 5)).await, std::slice::from_ref(&card));
    assert_eq!(store.untold(due(0, 50), 1).await.unwrap(), std::slice::from_ref(&card));

    // What was put off comes when its time does, however long ago it was made.
    for what in [&card, &told] {
        let later = NOW.plus_ms(90_000);
        assert!(store.plan_telling(what, later).await.unwrap());
        assert!(!store.plan_telling(what, later).await.unwrap(), "it stands otherwise by now");
        let planned = Untold { at: Some(later), ..what.clone() };
        assert!(!of(due(0, 89_999)).await.contains(&planned));
        assert!(of(due(80_000, 90_000)).await.contains(&planned));
        let elsewhere = Untold { org: "globex".into(), ..planned };
        assert!(!store.plan_telling(&elsewhere, NOW).await.unwrap(), "another org's");
        assert!(!store.begin_telling(&elsewhere, NOW).await.unwrap(), "another org's");
    }
    assert_eq!(store.notice(&"acme".into(), "n1").await.unwrap(), Some(notice("n1", 10)));
    assert_eq!(store.notice(&"acme".into(), "c1").await.unwrap(), None, "it is not to be brought");
    // The feed has all of them.
    assert_eq!(store.feed(&"acme".into(), &row.user, 10).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_makes_the_call_and_nobody_makes_it_again() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let row = job("job_1", "acme");
    let writes = [new_job(&row), Write::NewAction(action("apr_1", &row).into()), Write::Notice(notice("n1", 10))];
    store.commit(batch(writes)).await.unwrap();
    let of = async || store.untold(due(0, 50), 10).await.unwrap();
    let (card, told) = (untold(Telling::Card, "apr_1", None), untold(Telling::Notice, "n1", None));
    for what in [&card, &told] {
        let at = NOW.plus_ms(20);
        assert!(store.begin_telling(what, at).await.unwrap());
        let begun = Untold { at: Some(at), ..what.clone() };
        for other in [what, &begun] {
            assert!(!store.begin_telling(other, at).await.unwrap(), "the call is under way");
            assert!(!store.plan_telling(other, at).await.unwrap(), "the call is under way");
        }
        assert!(!of().await.iter().any(|one| one.id == what.id), "nobody knows whether it is there");
        // What was said of another call says nothing of this one.
        store.end_telling(what, Brought::NotYet(NOW)).await.unwrap();
        store.end_telling(what, Brought::There(NOW)).await.unwrap();
        assert!(!store.begin_telling(what, at).await.unwrap());
        // It is not there: anybody may, and its time is what it was.
        store.end_telling(what, Brought::NotYet(at)).await.unwrap();
        assert!(of().await.contains(what));
        assert!(store.begin_telling(what, at).await.unwrap());
    }
    store.end_telling(&told, Brought::There(NOW.plus_ms(20))).await.unwrap();
    assert_eq!(store.notice(&"acme".into(), "n1").await.unwrap(), None);
    let posted = Write::Posted { action: "apr_1".into(), channel: "D1".to_owned(), message_ts: "1.2".to_owned() };
    store.commit(batch([posted])).await.unwrap();
    for what in [&card, &told] {
        // Too late to say otherwise.
        store.end_telling(what, Brought::NotYet(NOW.plus_ms(20))).await.unwrap();
        let there = Untold { at: Some(NOW.plus_ms(20)), ..what.clone() };
        assert!(!store.begin_telling(what, NOW).await.unwrap());
        assert!(!store.begin_telling(&there, NOW).await.unwrap());
    }
    assert_eq!(of().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_stays_so_and_what_had_nobody_is_looked_for_last() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let row = job("job_1", "acme");
    let writes = [
        new_job(&row),
        Write::NewAction(action("apr_1", &row).into()),
        Write::NewAction(action("apr_2", &row).into()),
        Write::Notice(notice("n1", 10)),
    ];
    store.commit(batch(writes)).await.unwrap();
    let one = |id: &str| untold(Telling::Card, id, None);
    store.end_telling(&one("apr_1"), Brought::GivenUp).await.unwrap();
    let lost = [one("apr_2"), untold(Telling::Notice, "n1", None)];
    for what in &lost {
        store.end_telling(what, Brought::Nobody).await.unwrap();
    }
    // Whoever looks for them has them behind all else.
    store.commit(batch([Write::NewAction(action("apr_3", &row).into())])).await.unwrap();
    assert_eq!(store.untold(due(0, 50), 10).await.unwrap(), [one("apr_3")]);
    let found = store.untold(Due { lost: true, ..due(0, 50) }, 10).await.unwrap();
    assert_eq!(found, [one("apr_3"), lost[0].clone(), lost[1].clone()]);
    // One that has a time now counts.
    assert!(store.plan_telling(&lost[0], NOW.plus_ms(30)).await.unwrap());
    let told = store.told(&"acme".into(), &row.user, None, NOW, 10).await.unwrap();
    assert_eq!(told, [NOW.plus_ms(30)]);
    assert!(store.begin_telling(&lost[1], NOW.plus_ms(40)).await.unwrap());
}

/// A question of a new job that has its message.
async fn asked_in_slack(store: &dyn Store) -> (JobRow, PendingAction) {
    let row = job("job_1", "acme");
    let asked = action("apr_1", &row);
    store.commit(batch([new_job(&row), Write::NewAction(asked.clone().into())])).await.unwrap();
    let posted = Write::Posted { action: "apr_1".into(), channel: "D1".to_owned(), message_ts: "1.2".to_owned() };
    store.commit(batch([posted])).await.unwrap();
    (row, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settled_question_is_behind_until_its_message_says_so() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let (row, mut asked) = asked_in_slack(store.as_ref()).await;
    let behind = async |ms: i64| store.outcomes_untold(NOW.plus_ms(ms), 10).await.unwrap();
    assert_eq!(behind(0).await, [], "it is open");
    asked.status = ActionStatus::Approved;
    asked.revision += 1;
    asked.resolved_at = Some(NOW.plus_ms(10));
    asked.resolution = Some(Resolution {
        answer: None,
        by: None,
        via: "slack".to_owned(),
        released: vec!["eff_1".into()],
        note: None,
        irrelevant: false,
        reason: None,
    });
    let mut released = effect("eff_1", &row);
    released.approval = Some("apr_1".into());
    released.updated_at = NOW.plus_ms(10);
    store.commit(batch([Write::Action(asked.into()), new_effect(&released)])).await.unwrap();
    let (org, id) = ("acme".into(), "apr_1".into());
    let it = vec![("acme".into(), "apr_1".into())];
    assert_eq!((behind(0).await, behind(11).await), (it.clone(), vec![]));
    // The message told of the effect as it was made, and of it as it left.
    let told = async |state: u64| store.outcome_told(&org, &id, state).await.unwrap();
    told(released.revision).await;
    assert_eq!(behind(0).await, []);
    released.state = EffectState::Sent;
    released.revision += 1;
    released.updated_at = NOW.plus_ms(100);
    store.commit(batch([Write::Effect(released.clone().into())])).await.unwrap();
    // However long after the answer that is.
    assert_eq!((behind(0).await, behind(99).await, behind(101).await), (it.clone(), it, vec![]));
    let stored = store.job(&org, &row.id).await.unwrap().unwrap();
    let job = Job::restore(stored).unwrap();
    let state = job.outcome_state(&job.actions[&id]);
    assert_eq!(state, released.revision);
    told(state).await;
    assert_eq!(behind(0).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_can_be_asked_again_is_behind_when_its_job_goes_on() {
    let bench = Bench::open().await;
    let store = &bench.store;
    let (row, mut asked) = asked_in_slack(store.as_ref()).await;
    asked.status = ActionStatus::Expired;
    asked.revision += 1;
    asked.resolved_at = Some(NOW);
    store.commit(batch([Write::Action(asked.into())])).await.unwrap();
    let behind = async || store.outcomes_untold(NOW, 10).await.unwrap().len();
    assert_eq!(behind().await, 1);
    let (org, id) = ("acme".into(), "apr_1".into());
    let read = Job::restore(store.job(&org, &row.id).await.unwrap().unwrap()).unwrap();
    store.outcome_told(&org, &id, read.outcome_state(&read.actions[&id])).await.unwrap();
    assert_eq!(behind().await, 0);
    store.commit(batch([advance("job_1", read.row.version, JobStatus::Completed)])).await.unwrap();
    assert_eq!(behind().await, 1);
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
    // Of a job that an operator paused.
    let mut paused = held.clone();
    (paused.key, paused.not_before) = ("eff_paused".into(), HELD_UNTIL);
    let mut fed = post("c1", EffectState::Sent, 20);
    fed.receipt = Some(json!({ "feed": "c1" }));
    let effects = [
        post("eff_sent", EffectState::Sent, 100),
        post("eff_new", EffectState::Ready, 1),
        post("eff_dead", EffectState::Dead, 200),
        held,
        paused,
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
        let times = store.told(&"acme".into(), &row.user, but, NOW, 10).await.unwrap();
        times.into_iter().map(|at| at.0 - NOW.0).collect::<Vec<_>>()
    };
    assert_eq!(told(None).await, [400, 100, 20]);
    assert_eq!(told(Some("eff_held")).await, [100, 20]);
    let (card, said) = (untold(Telling::Card, "apr_1", None), untold(Telling::Notice, "n1", None));
    assert!(store.plan_telling(&card, NOW.plus_ms(700)).await.unwrap());
    assert!(store.plan_telling(&said, NOW.plus_ms(300)).await.unwrap());
    assert_eq!(told(None).await, [700, 400, 300, 100, 20]);
    let said = Untold { at: Some(NOW.plus_ms(300)), ..said };
    assert!(store.begin_telling(&said, NOW.plus_ms(310)).await.unwrap());
    store.end_telling(&said, Brought::There(NOW.plus_ms(310))).await.unwrap();
    assert_eq!(told(None).await, [700, 400, 310, 100, 20]);
    let notified = async |since: i64| {
        let times = store.notified(&"acme".into(), &row.user, NOW.plus_ms(since), 10).await.unwrap();
        times.into_iter().map(|at| at.0 - NOW.0).collect::<Vec<_>>()
    };
    assert_eq!(notified(0).await, [700, 400, 310, 100, 20]);
    let user = &row.user;
    let since = async |ms: i64, most: u32| store.told(&"acme".into(), user, None, NOW.plus_ms(ms), most).await.unwrap();
    assert_eq!((since(0, 2).await.len(), since(310, 10).await.len()), (2, 2));
    assert_eq!(notified(310).await, [700, 400]);

    // What was answered before its time, and what is given up, is told nobody.
    let later = Untold { at: Some(NOW.plus_ms(700)), ..card.clone() };
    store.end_telling(&later, Brought::GivenUp).await.unwrap();
    assert_eq!(told(None).await, [400, 310, 100, 20]);
    let mut second = action("apr_2", &row);
    store.commit(batch([Write::NewAction(second.clone().into())])).await.unwrap();
    assert!(store.plan_telling(&untold(Telling::Card, "apr_2", None), NOW.plus_ms(800)).await.unwrap());
    assert_eq!(told(None).await, [800, 400, 310, 100, 20]);
    second.status = ActionStatus::Expired;
    second.revision += 1;
    store.commit(batch([Write::Action(second.into())])).await.unwrap();
    assert_eq!(told(None).await, [400, 310, 100, 20]);
}

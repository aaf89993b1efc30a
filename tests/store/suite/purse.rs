//! Money: limits hold whoever races and whatever dies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use skillhost_engine::ids::OrgId;
use skillhost_engine::job::JobStatus;
use skillhost_engine::purse::{Period, ReservationState as State, Scope, Standing};
use skillhost_engine::store::{Store, StoreError};
use skillhost_engine::time::{MicroUsd, Timestamp};

use super::made::{Bench, FAR, NOW, advance, batch, budget, data, job, new_job, reserve, reserve_for, settle};
use super::place::{Place, exact, open};

/// Where the killed process keeps its database.
const CRASH_PLACE: &str = "SKILLHOST_STORE_PURSE_PLACE";
/// Lines heard before it is killed: each of its eight tasks says four before it holds
/// something for good, so that by then one does.
const CRASH_AFTER: usize = 33;
/// The limit it spends.
const CRASH_LIMIT: i64 = 1_000;

async fn standing(store: &dyn Store, scope: &Scope, period: Period, now: Timestamp) -> Standing {
    let all = store.standings(&"acme".into(), now).await.unwrap();
    all.into_iter().find(|standing| standing.scope == *scope && standing.period == period).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_race_for_a_budget_and_none_of_it_is_spent_twice() {
    let bench = Bench::open().await;
    // A prime, so that the last micro-dollars fit no ask exactly.
    bench.store.commit(batch([budget("org", Period::Day, Some(100_003))])).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|task: i64| {
            let store = Arc::clone(&bench.store);
            tokio::spawn(async move {
                let (mut spent, mut refused) = (0, 0);
                for turn in 0..6_i64 {
                    let id = format!("r{task}-{turn}");
                    let amount = 400 + (task * 7 + turn * 13) % 300;
                    match store.commit(batch([reserve(&id, "acme", amount)])).await {
                        Ok(()) => {}
                        Err(StoreError::OverBudget(shortage)) => {
                            assert!(shortage.available.0 < amount && shortage.wanted.0 == amount, "{shortage}");
                            refused += 1;
                            continue;
                        }
                        Err(error) => panic!("{error}"),
                    }
                    let (to, cost) = match turn % 3 {
                        0 => (State::Settled, amount - 100),
                        1 => (State::Released, 0),
                        _ => (State::Disputed, 0),
                    };
                    store.commit(batch([settle(&id, State::Held, to, cost)])).await.unwrap();
                    spent += if to == State::Disputed { amount } else { cost };
                }
                (spent, refused)
            })
        })
        .collect();
    let (mut spent, mut refused) = (0, 0);
    for task in tasks {
        let (one, none) = task.await.unwrap();
        spent += one;
        refused += none;
    }
    let day = standing(bench.store.as_ref(), &Scope::Org, Period::Day, NOW).await;
    assert_eq!((day.taken().0, day.reserved.0), (spent, 0), "every micro-dollar is accounted for");
    assert!(spent <= 100_003 && refused > 0, "{spent} spent, {refused} refused");
    assert!(day.available().unwrap().0 < 700, "it was refused because nothing was left: {day:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_counts_against_every_scope_and_period_and_the_tightest_holds() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.commit(batch([budget("skill:a", Period::Month, Some(50))])).await.unwrap();
    store.commit(batch([reserve_for("r1", "a", "s", 40, NOW)])).await.unwrap();
    for scope in [Scope::Org, Scope::Skill("a".into()), Scope::Sequence("s".to_owned())] {
        for period in Period::ALL {
            assert_eq!(standing(store, &scope, period, NOW).await.reserved, MicroUsd(40), "{scope} {period:?}");
        }
    }
    let error = store.commit(batch([reserve_for("r2", "a", "t", 11, NOW)])).await.unwrap_err();
    let StoreError::OverBudget(shortage) = error else { panic!("{error:?}") };
    assert_eq!((shortage.scope, shortage.period), (Scope::Skill("a".into()), Period::Month));
    assert_eq!((shortage.limit, shortage.available, shortage.wanted), (MicroUsd(50), MicroUsd(10), MicroUsd(11)));
    assert_eq!(standing(store, &Scope::Org, Period::Day, NOW).await.reserved, MicroUsd(40), "a refusal leaves nothing");
    // Another skill has money, and so has the next month.
    store.commit(batch([reserve_for("r3", "b", "s", 11, NOW)])).await.unwrap();
    store.commit(batch([reserve_for("r4", "a", "s", 50, Period::Month.ends(NOW))])).await.unwrap();
    // To the micro-dollar, and raised.
    store.commit(batch([reserve_for("r5", "a", "t", 10, NOW)])).await.unwrap();
    assert!(store.commit(batch([reserve_for("r6", "a", "t", 1, NOW)])).await.is_err());
    store.commit(batch([budget("skill:a", Period::Month, None)])).await.unwrap();
    store.commit(batch([reserve_for("r6", "a", "t", 1_000, NOW)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_org_says_holds_until_a_budget_is_set() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.load_data(&data(), FAR).await.unwrap();
    let refused = store.commit(batch([reserve("r1", "acme", 101)])).await.unwrap_err();
    assert!(matches!(refused, StoreError::OverBudget(_)), "{refused:?}");
    store.commit(batch([budget("org", Period::Day, Some(101))])).await.unwrap();
    store.commit(batch([reserve("r1", "acme", 101)])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_ends_once() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    store.commit(batch([reserve("r1", "acme", 100)])).await.unwrap();
    store.commit(batch([settle("r1", State::Held, State::Settled, 30)])).await.unwrap();
    for (from, to) in [(State::Held, State::Released), (State::Disputed, State::Settled)] {
        let error = store.commit(batch([settle("r1", from, to, 0)])).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    }
    let illegal = store.commit(batch([settle("r1", State::Settled, State::Released, 0)])).await.unwrap_err();
    assert!(matches!(illegal, StoreError::Constraint { .. }), "{illegal:?}");
    let day = standing(store, &Scope::Org, Period::Day, NOW).await;
    assert_eq!((day.settled.0, day.taken().0), (30, 30));
    // What a vendor bills beyond what was reserved is written down, not lost.
    store.commit(batch([reserve("r2", "acme", 1)])).await.unwrap();
    store.commit(batch([settle("r2", State::Held, State::Settled, 5)])).await.unwrap();
    assert_eq!(standing(store, &Scope::Org, Period::Day, NOW).await.taken().0, 35);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_jobs_cost_is_known_by_sequence() {
    let bench = Bench::open().await;
    let store = bench.store.as_ref();
    for (n, cost) in [(1, 10), (2, 30), (3, 0)] {
        let id = format!("job_{n}");
        store.commit(batch([new_job(&job(&id, "acme"))])).await.unwrap();
        if cost > 0 {
            let reservation = format!("r{n}");
            store.commit(batch([reserve(&reservation, "acme", 50)])).await.unwrap();
            store.commit(batch([settle(&reservation, State::Held, State::Settled, cost)])).await.unwrap();
        }
        store.commit(batch([advance(&id, 1, JobStatus::InProgress)])).await.unwrap();
        store.commit(batch([advance(&id, 2, JobStatus::Completed)])).await.unwrap();
    }
    // A job under way has not cost what it will.
    store.commit(batch([new_job(&job("job_4", "acme"))])).await.unwrap();
    let org: OrgId = "acme".into();
    let costs = store.job_costs(&org, "meeting_ended", 2).await.unwrap();
    assert_eq!(costs, [MicroUsd(0), MicroUsd(30)]);
    assert!(store.job_costs(&org, "other", 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_disputed_money_and_never_an_overspend() {
    let place = Place::fresh().await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &exact(module_path!(), "spends_until_killed"), "--ignored", "--nocapture"])
        .env(CRASH_PLACE, &place.address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Reserved and not settled, by id.
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    let (mut settled, mut seen) = (0, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["reserved", id, amount] => drop(held.insert(id.to_owned(), amount.parse().unwrap())),
            ["settled", id, cost] => {
                assert!(held.remove(id).is_some(), "{id}");
                settled += cost.parse::<i64>().unwrap();
            }
            _ => continue,
        }
        seen += 1;
        if seen == CRASH_AFTER {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status:?}");

    let store = place.open().await;
    let store = store.as_ref();
    let day = standing(store, &Scope::Org, Period::Day, NOW).await;
    assert!(day.taken().0 <= CRASH_LIMIT, "{day:?}");
    let strays = store.dispute_strays("boot_2", NOW).await.unwrap();
    assert_eq!(store.dispute_strays("boot_2", NOW).await.unwrap(), 0, "once");
    let after = standing(store, &Scope::Org, Period::Day, NOW).await;
    assert_eq!((after.reserved.0, after.taken()), (0, day.taken()), "disputed money counts as spent");
    let disputed = store.disputed(&"acme".into()).await.unwrap();
    assert_eq!(u64::try_from(disputed.len()).unwrap(), strays);
    // A reservation acknowledged and not known to be settled is among them, unless
    // its settlement was committed and not heard of any more.
    let lost = held.keys().filter(|id| !disputed.iter().any(|entry| entry.id == **id)).count();
    assert!(after.settled.0 >= settled && lost <= 8, "{lost} {held:?}");
    assert!(strays > 0, "something was under way");
    let audit = store.audit(&"acme".into(), None, 1000).await.unwrap();
    assert_eq!(audit.iter().filter(|row| row.action == "money.disputed").count(), disputed.len());
    for entry in disputed {
        store.commit(batch([settle(&entry.id, State::Disputed, State::Released, 0)])).await.unwrap();
    }
    assert_eq!(standing(store, &Scope::Org, Period::Day, NOW).await.taken(), after.settled);
}

/// The process that is killed; runs only when the test above starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test that kills it"]
async fn spends_until_killed() {
    let Some(address) = std::env::var_os(CRASH_PLACE) else { return };
    let address = address.into_string().unwrap();
    let store = open(&address, None).await;
    store.commit(batch([budget("org", Period::Day, Some(CRASH_LIMIT))])).await.unwrap();
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for n in 0.. {
                    let id = format!("r{task}-{n}");
                    match store.commit(batch([reserve(&id, "acme", 90)])).await {
                        Ok(()) => say(format!("reserved {id} 90\n")),
                        Err(StoreError::OverBudget(_)) => continue,
                        Err(error) => panic!("{error}"),
                    }
                    // Every third is under way when the end comes.
                    if n % 3 == 2 {
                        std::future::pending::<()>().await;
                    }
                    store.commit(batch([settle(&id, State::Held, State::Settled, 1)])).await.unwrap();
                    say(format!("settled {id} 1\n"));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

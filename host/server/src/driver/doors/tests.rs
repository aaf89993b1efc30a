#![allow(clippy::unwrap_used)]

use std::sync::Mutex as Plain;
use std::time::Duration;

use tokio::sync::Barrier;

use super::*;

/// A CRM that counts how often it is asked, and may answer only several at once.
#[derive(Default)]
struct Crm {
    asked: Plain<Vec<String>>,
    /// Bodies of the records of every list.
    bodies: Vec<usize>,
    together: Option<Barrier>,
    is_away: Plain<bool>,
}

impl Crm {
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait::async_trait]
impl Answering for Crm {
    async fn answer(
        &self,
        _: &OrgId,
        user: Option<&UserId>,
        stem: &str,
        params: &Value,
    ) -> Result<Option<Value>, StoreError> {
        let wide = if user.is_none() { "@org" } else { "" };
        self.asked.lock().unwrap().push(format!("{stem}{wide} {params}"));
        if let Some(together) = &self.together {
            together.wait().await;
        }
        if *self.is_away.lock().unwrap() {
            return Err(StoreError::Unavailable("away".into()));
        }
        if stem == "icp" {
            return Ok(None);
        }
        let Some(paging) = context::find(stem).unwrap().paging else {
            return Ok(Some(json!({ "id": "x", "fields": { "about": "y".repeat(200_000) } })));
        };
        let record = |(n, bytes): (usize, &usize)| json!({ "id": format!("r{n:02}"), "at": format!("2026-11-{:02}", 60 - n), "body": "z".repeat(*bytes) });
        let is_behind = |record: &Value| {
            params[AFTER].get(1).and_then(Value::as_str).is_none_or(|last| record["id"].as_str().unwrap() > last)
        };
        let records = self.bodies.iter().enumerate().map(record).filter(is_behind);
        Ok(Some(records.take(paging.rows + 1).collect()))
    }
}

struct Still;

#[async_trait::async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_793_696_400_000)
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

fn doors(crm: Crm) -> (Arc<Crm>, JobDoors) {
    let crm = Arc::new(crm);
    (Arc::clone(&crm), JobDoors::over(crm, Arc::new(Still), "acme".into(), "ada".into()))
}

fn of(source: &str, params: Value) -> Query {
    Query { source: source.to_owned(), params, max_bytes: None, cursor: None }
}

fn of_deal(source: &str) -> Query {
    of(source, json!({ "deal_id": "d1" }))
}

fn ids(snapshot: &Snapshot) -> Vec<String> {
    let list: Vec<Value> = serde_json::from_str(&snapshot.body).unwrap();
    list.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_several_ask_for_at_once_is_loaded_once() {
    let (crm, doors) = doors(Crm { bodies: vec![10; 3], ..Crm::default() });
    let reads = futures::future::join_all((0..8).map(|_| doors.read(of_deal("notes")))).await;
    let bodies: Vec<Arc<str>> = reads.into_iter().map(|read| read.unwrap().body).collect();
    assert!(bodies.iter().all(|body| Arc::ptr_eq(body, &bodies[0])));
    assert_eq!(crm.asked(), [r#"notes {"after":null,"deal_id":"d1"}"#]);
    doors.read(of_deal("notes@org")).await.unwrap();
    assert_eq!(crm.asked().len(), 1, "another view of it");
}

#[tokio::test]
async fn what_is_read_ahead_is_loaded_together_and_is_there_for_whoever_asks() {
    let together = Some(Barrier::new(AHEAD_AT_ONCE));
    let (crm, doors) = doors(Crm { bodies: vec![10; 3], together, ..Crm::default() });
    let sources = ["meetings", "emails", "activities", "tasks", "notes", "contact", "company", "deal"];
    let ahead = doors.load_ahead(sources.map(of_deal).to_vec());
    // One after the other they would wait for each other for ever.
    tokio::time::timeout(Duration::from_secs(30), ahead).await.unwrap();
    assert_eq!(crm.asked().len(), sources.len());
    for source in sources {
        doors.read(of_deal(source)).await.unwrap();
    }
    assert_eq!(crm.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn tier_3_is_never_read_ahead() {
    let (crm, doors) = doors(Crm::default());
    doors.load_ahead(vec![of("apollo", json!({ "domain": "globex.test" }))]).await;
    assert_eq!(crm.asked(), Vec::<String>::new());
    let outside = |_: Lookup| async { Ok(Loaded { value: Some(json!({ "person": {} })), cost: MicroUsd(5) }) };
    let read = doors.read_with(of("apollo", json!({ "domain": "globex.test" })), outside).await.unwrap();
    assert_eq!(read.cost, MicroUsd(5), "the step that asks is the first to");
}

#[tokio::test]
async fn what_an_effect_changed_is_loaded_anew_and_the_rest_is_not() {
    let (crm, doors) = doors(Crm { bodies: vec![10; 3], ..Crm::default() });
    let asked = AtomicUsize::new(0);
    let outside = |_: Lookup| async {
        asked.fetch_add(1, Ordering::Relaxed);
        Ok(Loaded { value: Some(json!({ "person": {} })), cost: MicroUsd(5) })
    };
    let read_all = async || {
        for source in ["tasks", "tasks@org", "deal", "notes"] {
            doors.read(of_deal(source)).await.unwrap();
        }
        doors.read_with(of("apollo", json!({ "domain": "globex.test" })), outside).await.unwrap();
    };
    read_all().await;
    assert_eq!(crm.asked().len(), 4);
    doors.forget(context::change::changed_by("task.create")).await;
    read_all().await;
    let again = crm.asked();
    assert!(again.len() == 2 && again.iter().all(|asked| asked.starts_with("tasks")), "{again:?}");
    doors.forget(context::change::changed_by("crm.set_stage")).await;
    read_all().await;
    assert_eq!(crm.asked(), [r#"deal {"deal_id":"d1"}"#]);
    doors.forget(context::change::changed_by("http.request")).await;
    read_all().await;
    assert_eq!(crm.asked().len(), 0);
    doors.forget(context::change::changed_by("unheard.of")).await;
    read_all().await;
    assert_eq!((crm.asked().len(), asked.load(Ordering::Relaxed)), (4, 1), "what was paid for stays");
}

#[tokio::test]
async fn a_long_list_is_read_on_page_by_page() {
    let mut bodies = vec![1_900; 60];
    // One that is larger than any page.
    bodies[7] = 262_144;
    let (_, doors) = doors(Crm { bodies, ..Crm::default() });
    let (mut seen, mut query, mut pages) = (Vec::new(), of_deal("activities"), 0);
    loop {
        let page = doors.read(query.clone()).await.unwrap();
        assert!(
            page.body.len() <= context::page::MAX_PAGE_BYTES && page.digest.as_ref() == sha256(page.body.as_bytes())
        );
        let list: Vec<Value> = serde_json::from_str(&page.body).unwrap();
        let cut = list.iter().find(|record| record["id"] == "r07").map(|record| record["cut"]["body"].clone());
        assert_eq!(cut, seen.is_empty().then(|| json!(262_144)));
        seen.extend(ids(&page));
        pages += 1;
        let Some(next) = page.next else { break };
        query.cursor = Some(next);
    }
    assert_eq!(seen, (0..60).map(|n| format!("r{n:02}")).collect::<Vec<_>>(), "newest first, each once");
    assert!((5..=7).contains(&pages), "{pages}");
    for (source, cursor) in [("activities", "r07"), ("deal", r#"["t","r07"]"#)] {
        let query = Query { cursor: Some(cursor.to_owned()), ..of_deal(source) };
        assert_eq!(doors.read(query).await.unwrap_err().kind, ReadErrorKind::InvalidParams, "{source}");
    }
}

#[tokio::test]
async fn whoever_wants_fewer_bytes_gets_fewer_records_and_may_read_on() {
    let (crm, doors) = doors(Crm { bodies: vec![1_000; 12], ..Crm::default() });
    let narrow = Query { max_bytes: Some(4_000), ..of_deal("notes") };
    let page = doors.read(narrow.clone()).await.unwrap();
    assert_eq!(ids(&page), ["r00", "r01", "r02"]);
    let page = doors.read(Query { cursor: page.next, ..narrow.clone() }).await.unwrap();
    assert_eq!(ids(&page)[0], "r03");
    assert_eq!(ids(&doors.read(of_deal("notes")).await.unwrap()).len(), 12, "the whole page is there");
    assert_eq!(crm.asked().len(), 2);
    let nothing = doors.read(Query { max_bytes: Some(10), ..narrow }).await.unwrap_err();
    assert_eq!(nothing.kind, ReadErrorKind::Limit);
}

#[tokio::test]
async fn a_record_that_holds_a_book_is_a_record() {
    let (_, doors) = doors(Crm::default());
    let read = doors.read(of_deal("deal")).await.unwrap();
    let deal: Value = serde_json::from_str(&read.body).unwrap();
    assert_eq!((&deal["id"], deal["cut"]["fields"].as_u64().unwrap() > 200_000), (&json!("x"), true));
    assert!(read.body.len() <= context::MAX_CONTEXT_BYTES);
}

#[tokio::test]
async fn what_a_job_keeps_is_bounded_and_what_is_beyond_is_read_all_the_same() {
    let (crm, doors) = doors(Crm { bodies: vec![1_900; 12], ..Crm::default() });
    let of = |n: usize| of("notes", json!({ "deal_id": format!("d{n}") }));
    for n in 0..60 {
        assert_eq!(ids(&doors.read(of(n)).await.unwrap()).len(), 12);
    }
    assert_eq!(crm.asked().len(), 60);
    doors.read(of(0)).await.unwrap();
    assert_eq!(crm.asked().len(), 0, "the first ones are kept");
    doors.read(of(59)).await.unwrap();
    assert_eq!(crm.asked().len(), 1);
    // What is let go makes room.
    doors.forget(Some(&["notes"])).await;
    for _ in 0..2 {
        doors.read(of(59)).await.unwrap();
    }
    assert_eq!(crm.asked().len(), 1);
}

#[tokio::test]
async fn what_is_forgotten_while_it_is_loaded_takes_no_room_for_ever() {
    let together = Some(Barrier::new(2));
    let (crm, doors) = doors(Crm { bodies: vec![1_900; 12], together, ..Crm::default() });
    for _ in 0..3 {
        let reads = async { doors.read(of_deal("notes")).await.unwrap() };
        let forgets = async {
            while crm.asked().is_empty() {
                tokio::task::yield_now().await;
            }
            doors.forget(Some(&["notes"])).await;
            crm.together.as_ref().unwrap().wait().await;
        };
        futures::future::join(reads, forgets).await;
        assert_eq!(doors.shared.load(Ordering::Relaxed), 0, "nobody finds it any more");
    }
    let (_, read) = futures::future::join(crm.together.as_ref().unwrap().wait(), doors.read(of_deal("notes"))).await;
    let bytes = read.unwrap().body.len();
    assert_eq!(doors.shared.load(Ordering::Relaxed), bytes);
    doors.forget(None).await;
    assert_eq!(doors.shared.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_job_reads_so_many_different_things_and_no_more() {
    let (crm, doors) = doors(Crm { bodies: vec![10], ..Crm::default() });
    let of = |n: usize| of("notes", json!({ "deal_id": format!("d{n}") }));
    for n in 0..MAX_JOB_READS {
        doors.read(of(n)).await.unwrap();
    }
    assert_eq!(doors.read(of(MAX_JOB_READS)).await.unwrap_err().kind, ReadErrorKind::Limit);
    doors.read(of(0)).await.unwrap();
    assert_eq!(crm.asked().len(), MAX_JOB_READS, "what was read is there all the same");
}

#[tokio::test]
async fn what_cannot_be_read_now_is_not_taken_for_absent() {
    let (crm, doors) = doors(Crm { bodies: vec![10], ..Crm::default() });
    *crm.is_away.lock().unwrap() = true;
    let error = doors.tier_1().await.unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms.is_some()), (ReadErrorKind::Unavailable, true));
    *crm.is_away.lock().unwrap() = false;
    let seen = doors.tier_1().await.unwrap();
    // What is larger than an answer may be is left out, and what is not there is null.
    assert_eq!((seen.get("org"), &seen["icp"]), (None, &Value::Null), "{:?}", seen.as_object().unwrap().keys());
}

#[tokio::test]
async fn a_source_that_fails_is_asked_again() {
    let (crm, doors) = doors(Crm { bodies: vec![10], ..Crm::default() });
    *crm.is_away.lock().unwrap() = true;
    doors.load_ahead(vec![of_deal("notes")]).await;
    assert_eq!(doors.read(of_deal("notes")).await.unwrap_err().kind, ReadErrorKind::Unavailable);
    *crm.is_away.lock().unwrap() = false;
    assert_eq!(ids(&doors.read(of_deal("notes")).await.unwrap()), ["r00"]);
    assert_eq!(crm.asked().len(), 3);
}

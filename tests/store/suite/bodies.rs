//! Texts: kept once and sealed, gone when their time or their key is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use skillhost_engine::body::{Body, DAY_MS, Kept, Subject};
use skillhost_engine::store::{PaidAnswer, PaidPlace, Store, StoreError, Transcript, Write};
use skillhost_engine::time::Timestamp;
use skillhost_store::VaultKey;

use super::durability::whole;
use super::made::{Counter, FAR, NOW, batch, data};
use super::place::Place;

/// What no file may hold in the clear.
const TEXT: &str = "{\"said\":\"Mira asked for the questionnaire by Friday\"}";

async fn open(place: &Place, key: u8) -> Arc<dyn Store> {
    let ids = Arc::new(Counter(AtomicU64::new(u64::from(key))));
    let vault = Some(VaultKey::new(&[key; 32], ids).unwrap());
    super::place::open(&place.address, vault).await
}

fn digest(text: &str) -> String {
    skillhost_engine::canonical::sha256(text.as_bytes())
}

fn mira() -> Subject {
    Subject::contact("mira")
}

fn body(text: &str, until: Timestamp) -> Body {
    Body { org: "acme".into(), subject: mira(), digest: digest(text).into(), text: text.into(), expires_at: until }
}

fn keep(body: Body) -> Write {
    Write::Bodies([body].into())
}

async fn read(store: &dyn Store, org: &str, subject: &Subject, now: Timestamp) -> Result<Kept, StoreError> {
    store.body(&org.into(), subject, &digest(TEXT), now).await
}

/// Where an answer was paid for.
fn asked() -> PaidPlace {
    PaidPlace {
        org: "acme".into(),
        job: "job_1".into(),
        step: "draft".into(),
        round: 0,
        ask: "sha256:ask".to_owned(),
        nth: 0,
    }
}

/// Everything the folder holds, byte by byte.
fn holds(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn a_text_is_sealed_and_opens_only_where_it_belongs() {
    let place = Place::fresh().await;
    let store = open(&place, 1).await;
    let until = NOW.plus_ms(DAY_MS);
    store.commit(batch([keep(body(TEXT, until))])).await.unwrap();
    assert_eq!(read(store.as_ref(), "acme", &mira(), NOW).await.unwrap(), Kept::Text(TEXT.into()));
    for (org, subject) in
        [("rival", mira()), ("acme", Subject::contact("jonas")), ("acme", Subject::user(&"mira".into()))]
    {
        assert_eq!(read(store.as_ref(), org, &subject, NOW).await.unwrap(), Kept::Missing, "{org} {subject}");
    }
    store.close().await;
    if let Some(folder) = &place.folder {
        assert!(!holds(folder.path(), "Mira asked"), "no word of it is in the file");
        assert!(holds(folder.path(), &digest(TEXT)), "its digest is");
    }

    let other = open(&place, 2).await;
    let refused = read(other.as_ref(), "acme", &mira(), NOW).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "another host key opens nothing: {refused:?}");
    other.close().await;
    let again = open(&place, 1).await;
    assert_eq!(read(again.as_ref(), "acme", &mira(), NOW).await.unwrap(), Kept::Text(TEXT.into()));
}

#[tokio::test]
async fn a_text_lives_as_long_as_its_last_reader_needs_and_no_longer() {
    let place = Place::fresh().await;
    let store = open(&place, 1).await;
    let (first, second) = (NOW.plus_ms(DAY_MS), NOW.plus_ms(3 * DAY_MS));
    store.commit(batch([keep(body(TEXT, first))])).await.unwrap();
    store.commit(batch([keep(body(TEXT, second))])).await.unwrap();
    assert_eq!(read(store.as_ref(), "acme", &mira(), first).await.unwrap(), Kept::Text(TEXT.into()));
    assert_eq!(
        read(store.as_ref(), "acme", &mira(), second).await.unwrap(),
        Kept::Expired { at: second },
        "before any sweep"
    );
    assert_eq!(store.sweep_bodies(first).await.unwrap(), 0);
    assert_eq!(store.sweep_bodies(second).await.unwrap(), 1);
    assert_eq!(store.sweep_bodies(second).await.unwrap(), 0);
    assert_eq!(read(store.as_ref(), "acme", &mira(), NOW).await.unwrap(), Kept::Expired { at: second });

    let third = second.plus_ms(2 * DAY_MS);
    store.commit(batch([keep(body(TEXT, third))])).await.unwrap();
    assert_eq!(
        read(store.as_ref(), "acme", &mira(), second).await.unwrap(),
        Kept::Text(TEXT.into()),
        "read anew, kept anew"
    );
}

#[tokio::test]
async fn a_paid_answer_is_found_at_its_place_alone() {
    let home = Place::fresh().await;
    let store = open(&home, 1).await;
    store.commit(whole("job_1")).await.unwrap();
    let place = asked();
    let until = NOW.plus_ms(DAY_MS);
    let paid = |text: &str| Write::Paid(Arc::new(PaidAnswer { place: place.clone(), body: body(text, until) }));
    assert_eq!(store.paid_answer(&place, NOW).await.unwrap(), None);
    store.commit(batch([paid(TEXT)])).await.unwrap();
    store.commit(batch([paid("another answer")])).await.unwrap();
    assert_eq!(store.paid_answer(&place, NOW).await.unwrap().as_deref(), Some(TEXT), "the first one stays");
    let others = [
        PaidPlace { round: 1, ..place.clone() },
        PaidPlace { nth: 1, ..place.clone() },
        PaidPlace { step: "other".into(), ..place.clone() },
        PaidPlace { ask: "sha256:other".to_owned(), ..place.clone() },
        PaidPlace { org: "rival".into(), ..place.clone() },
    ];
    for other in others {
        assert_eq!(store.paid_answer(&other, NOW).await.unwrap(), None, "{other:?}");
    }
    assert_eq!(store.paid_answer(&place, until).await.unwrap(), None, "past its retention");
    store.close().await;
    let again = open(&home, 1).await;
    assert_eq!(again.paid_answer(&place, NOW).await.unwrap().as_deref(), Some(TEXT), "a later process finds it");
}

#[tokio::test]
async fn without_a_key_a_text_is_refused_not_dropped() {
    let place = Place::fresh().await;
    let store = super::place::open_with(&place.address, None).await;
    let refused = store.commit(batch([keep(body(TEXT, NOW))])).await;
    assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{refused:?}");
}

/// What the transcripts here say.
const SPOKEN: &str = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mira>Send me the security questionnaire.";

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_is_sealed_and_ends_with_its_time() {
    let place = Place::fresh().await;
    let store = open(&place, 7).await;
    let mut document = data();
    document["transcripts"][0]["body"] = SPOKEN.replace("security", "loaded").into();
    store.load_data(&document, NOW.plus_ms(DAY_MS)).await.unwrap();
    let arrived = Transcript {
        id: "tr_hook".to_owned(),
        org: "acme".into(),
        owner: "u1".into(),
        meeting: None,
        format: "vtt".to_owned(),
        body: SPOKEN.to_owned(),
        subject: mira(),
        expires_at: NOW.plus_ms(2 * DAY_MS),
        at: NOW,
    };
    store.commit(batch([Write::Transcript(arrived)])).await.unwrap();

    let of = async |id: &str| {
        let params = serde_json::json!({ "id": id });
        let found = store.source(&"acme".into(), &"u1".into(), "transcript", &params).await.unwrap();
        found.map(|found| found["body"].as_str().unwrap().to_owned())
    };
    let loaded = document["transcripts"][0]["id"].as_str().unwrap();
    assert_eq!(of("tr_hook").await.as_deref(), Some(SPOKEN));
    assert_eq!(of(loaded).await, Some(SPOKEN.replace("security", "loaded")));
    if let Some(folder) = &place.folder {
        assert!(!holds(folder.path(), "questionnaire"), "a word of a transcript is in the database's files");
    }

    store.sweep_bodies(NOW.plus_ms(DAY_MS)).await.unwrap();
    assert_eq!(of(loaded).await, None, "its time is over");
    assert!(of("tr_hook").await.is_some());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_person_reaches_transcripts_under_anothers_key() {
    let place = Place::fresh().await;
    let store = open(&place, 7).await;
    let mut document = data();
    let contacts = &document["meetings"][0]["contact_ids"];
    let (contact, id) = (contacts[0].as_str().unwrap().to_owned(), document["meetings"][0]["id"].clone());
    document["transcripts"] = serde_json::json!([]);
    store.load_data(&document, FAR).await.unwrap();
    let arrived = Transcript {
        id: "tr_hook".to_owned(),
        org: "acme".into(),
        owner: "u1".into(),
        meeting: id.as_str().map(str::to_owned),
        format: "vtt".to_owned(),
        body: SPOKEN.to_owned(),
        subject: Subject::user(&"u1".into()),
        expires_at: FAR,
        at: NOW,
    };
    store.commit(batch([Write::Transcript(arrived)])).await.unwrap();
    let user = Subject::user(&"u1".into());
    let kept = store.body(&"acme".into(), &user, &digest(SPOKEN), NOW).await.unwrap();
    assert_eq!(kept, Kept::Text(SPOKEN.into()));
    store.erase_person(&"acme".into(), &Subject::contact(&contact), "user:u1", NOW).await.unwrap().unwrap();
    assert_eq!(store.body(&"acme".into(), &user, &digest(SPOKEN), NOW).await.unwrap(), Kept::Missing);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_erasure_by_another_process_took_is_kept_anew() {
    let place = Place::fresh().await;
    let (eraser, host) = (open(&place, 1).await, open(&place, 1).await);
    host.load_data(&data(), FAR).await.unwrap();
    host.commit(whole("job_1")).await.unwrap();
    let of_mira = |text: &str| Body { subject: Subject::contact("c1"), ..body(text, FAR) };
    let kept = async |text: &str| host.body(&"acme".into(), &Subject::contact("c1"), &digest(text), NOW).await.unwrap();
    host.commit(batch([keep(of_mira(TEXT))])).await.unwrap();
    eraser.erase_person(&"acme".into(), &Subject::contact("c1"), "user:u1", NOW).await.unwrap().unwrap();
    assert_eq!(kept(TEXT).await, Kept::Erased { at: NOW });

    // Of the host's own knowledge, the first is kept already and the second has a key.
    // Whoever shares their transaction is not in their way.
    let answer = asked();
    let paid = Write::Paid(Arc::new(PaidAnswer { place: answer.clone(), body: of_mira("an answer") }));
    let other = keep(body("of somebody else", FAR));
    let (known, sealed, beside) = tokio::join!(
        host.commit(batch([keep(of_mira(TEXT))])),
        host.commit(batch([paid])),
        host.commit(batch([other]))
    );
    assert_eq!((known.is_ok(), sealed.is_ok(), beside.is_ok()), (true, true, true), "{known:?} {sealed:?} {beside:?}");
    assert_eq!(kept(TEXT).await, Kept::Text(TEXT.into()));
    assert_eq!(host.paid_answer(&answer, NOW).await.unwrap().as_deref(), Some("an answer"));
    assert_eq!(host.gauges().trouble, None, "the database is as well as before");

    // A data set that is loaded again brings its transcripts again.
    eraser.erase_person(&"acme".into(), &Subject::contact("c1"), "user:u1", NOW).await.unwrap().unwrap();
    host.load_data(&data(), FAR).await.unwrap();
    let params = serde_json::json!({ "id": "tr1" });
    let found = host.source(&"acme".into(), &"u1".into(), "transcript", &params).await.unwrap();
    assert_eq!(found.map(|found| found["body"].clone()), Some("Ada: hi".into()));
}

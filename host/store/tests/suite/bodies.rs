//! Texts: kept once and sealed, gone when their time or their key is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use skillhost_engine::body::{Body, DAY_MS, Kept, Subject};
use skillhost_engine::store::{PaidAnswer, PaidPlace, Store, StoreError, Write};
use skillhost_engine::time::{Ids, Timestamp};
use skillhost_store::{SqliteStore, StoreOptions, VaultKey};
use tempfile::TempDir;

use super::durability::whole;
use super::made::{NOW, batch};

/// What no file may hold in the clear.
const TEXT: &str = "{\"said\":\"Mira asked for the questionnaire by Friday\"}";

struct Counter(AtomicU64);

impl Ids for Counter {
    fn fresh(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        secret
    }
}

async fn open(dir: &Path, key: u8) -> SqliteStore {
    let ids = Arc::new(Counter(AtomicU64::new(u64::from(key))));
    let vault = Some(VaultKey::new(&[key; 32], ids).unwrap());
    super::made::open(dir, StoreOptions { vault, ..StoreOptions::default() }).await
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

async fn read(store: &SqliteStore, org: &str, subject: &Subject, now: Timestamp) -> Result<Kept, StoreError> {
    store.body(&org.into(), subject, &digest(TEXT), now).await
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
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), 1).await;
    let until = NOW.plus_ms(DAY_MS);
    store.commit(batch([keep(body(TEXT, until))])).await.unwrap();
    assert_eq!(read(&store, "acme", &mira(), NOW).await.unwrap(), Kept::Text(TEXT.into()));
    for (org, subject) in
        [("rival", mira()), ("acme", Subject::contact("jonas")), ("acme", Subject::user(&"mira".into()))]
    {
        assert_eq!(read(&store, org, &subject, NOW).await.unwrap(), Kept::Missing, "{org} {subject}");
    }
    store.close().await;
    assert!(!holds(dir.path(), "Mira asked"), "no word of it is in the file");
    assert!(holds(dir.path(), &digest(TEXT)), "its digest is");

    let other = open(dir.path(), 2).await;
    let refused = read(&other, "acme", &mira(), NOW).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "another host key opens nothing: {refused:?}");
    other.close().await;
    let again = open(dir.path(), 1).await;
    assert_eq!(read(&again, "acme", &mira(), NOW).await.unwrap(), Kept::Text(TEXT.into()));
}

#[tokio::test]
async fn a_text_lives_as_long_as_its_last_reader_needs_and_no_longer() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), 1).await;
    let (first, second) = (NOW.plus_ms(DAY_MS), NOW.plus_ms(3 * DAY_MS));
    store.commit(batch([keep(body(TEXT, first))])).await.unwrap();
    store.commit(batch([keep(body(TEXT, second))])).await.unwrap();
    assert_eq!(read(&store, "acme", &mira(), first).await.unwrap(), Kept::Text(TEXT.into()));
    assert_eq!(read(&store, "acme", &mira(), second).await.unwrap(), Kept::Expired { at: second }, "before any sweep");
    assert_eq!(store.sweep_bodies(first).await.unwrap(), 0);
    assert_eq!(store.sweep_bodies(second).await.unwrap(), 1);
    assert_eq!(store.sweep_bodies(second).await.unwrap(), 0);
    assert_eq!(read(&store, "acme", &mira(), NOW).await.unwrap(), Kept::Expired { at: second });

    let third = second.plus_ms(2 * DAY_MS);
    store.commit(batch([keep(body(TEXT, third))])).await.unwrap();
    assert_eq!(read(&store, "acme", &mira(), second).await.unwrap(), Kept::Text(TEXT.into()), "read anew, kept anew");
}

#[tokio::test]
async fn a_paid_answer_is_found_at_its_place_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path(), 1).await;
    store.commit(whole("job_1")).await.unwrap();
    let place = PaidPlace {
        org: "acme".into(),
        job: "job_1".into(),
        step: "draft".into(),
        round: 0,
        ask: "sha256:ask".to_owned(),
        nth: 0,
    };
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
    let again = open(dir.path(), 1).await;
    assert_eq!(again.paid_answer(&place, NOW).await.unwrap().as_deref(), Some(TEXT), "a later process finds it");
}

#[tokio::test]
async fn without_a_key_a_text_is_refused_not_dropped() {
    let dir = TempDir::new().unwrap();
    let store = super::made::open(dir.path(), StoreOptions::default()).await;
    let refused = store.commit(batch([keep(body(TEXT, NOW))])).await;
    assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{refused:?}");
}

//! Mailboxes: a mail is kept once, a place moves behind what is done, threads come
//! together, and nothing of an erased person stays beside their mails.

use serde_json::{Value, json};
use skillhost_engine::body::Subject;
use skillhost_engine::effect::email_send::sent_mail;
use skillhost_engine::ids::OrgId;
use skillhost_engine::mailbox::{
    Attachment, KnownMail, MailboxRow, MailboxState, Marks, ReadMail, ReceivedMail, Thread,
};
use skillhost_engine::store::{CrmWrite, FiledMail, Store, UnfiledMail};

use super::erase::stored;
use super::fits::fits;
use super::made::{Bench, FAR, NOW, batch, crm, data, effect, job, new_effect, new_job};

const ADDRESS: &str = "ada@acme.test";

fn org() -> OrgId {
    "acme".into()
}

fn row() -> MailboxRow {
    MailboxRow::new(org(), "u1".into(), ADDRESS, NOW)
}

fn mail(id: &str, uid: u32, raises: bool) -> ReceivedMail {
    ReceivedMail {
        org: org(),
        user: "u1".into(),
        address: ADDRESS.to_owned(),
        id: id.to_owned(),
        uid_validity: 7,
        uid,
        size: 1234,
        marks: Marks { unread: true, answered: false },
        at: NOW,
        thread: Thread { id: "thr_1".to_owned(), takes: None, joins: Vec::new() },
        contact: Some("c1".to_owned()),
        deal: Some("d1".to_owned()),
        is_own: false,
        raises,
        mail: ReadMail {
            message_id: Some(format!("{id}@initech.test")),
            from: "mira@initech.test".to_owned(),
            from_name: "zq-name Mira".to_owned(),
            to: vec![ADDRESS.to_owned()],
            subject: "Re: Rollout".to_owned(),
            body: "zq-body \u{1F600} \"q\"".to_owned(),
            headers: [("list-id".to_owned(), json!("zq-list"))].into_iter().collect(),
            attachments: vec![Attachment { name: "zq-file".into(), content_type: "a/b".into(), bytes: 3 }],
            ..ReadMail::default()
        },
    }
}

async fn bench() -> Bench {
    let bench = Bench::open().await;
    bench.store.load_data(&data(), FAR).await.unwrap();
    assert!(bench.store.take_mailbox(&row(), "boot_1").await.unwrap());
    bench
}

async fn place(store: &dyn Store) -> (Option<u32>, u32, u64) {
    let row = store.mailbox(&org(), ADDRESS).await.unwrap().unwrap();
    (row.uid_validity, row.last_uid, row.received)
}

async fn thread(store: &dyn Store, id: &str) -> Vec<String> {
    let found = store.source(&org(), &"u1".into(), "thread", &json!({ "id": id })).await.unwrap();
    let messages =
        found.inspect(|found| fits("thread", found)).map(|found| found["messages"].clone()).unwrap_or_default();
    let attached = json!([{ "name": "zq-file", "content_type": "a/b", "bytes": 3 }]);
    for one in messages.as_array().into_iter().flatten().filter(|one| one["direction"] == "in") {
        assert_eq!(one["attachments"], attached, "{one}");
    }
    messages.as_array().into_iter().flatten().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_stands_where_it_was_left() {
    let bench = bench().await;
    let store = bench.store.as_ref();
    let mut row = store.mailbox(&org(), ADDRESS).await.unwrap().unwrap();
    assert_eq!(row, self::row());
    row.turn(MailboxState::Refused, Some("the mail server refuses the login".to_owned()), NOW.plus_ms(5));
    row.next_attempt = Some(NOW.plus_ms(9));
    row.opened(NOW.plus_ms(3));
    row.left_out = 2;
    (row.uid_validity, row.last_uid, row.synced_at) = (Some(7), 40, Some(NOW));
    store.put_mailbox(&row).await.unwrap();
    assert!(store.take_mailbox(&self::row(), "boot_1").await.unwrap(), "to take one's turn again changes nothing");
    assert_eq!(store.mailbox(&org(), ADDRESS).await.unwrap(), Some(row.clone()));
    assert_eq!(store.mailboxes(&org(), None).await.unwrap(), [row.clone()]);
    assert_eq!(store.mailboxes(&org(), Some(&"u1".into())).await.unwrap(), [row]);
    assert!(store.mailboxes(&org(), Some(&"u2".into())).await.unwrap().is_empty());
    assert!(store.mailboxes(&"globex".into(), None).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_kept_once_and_the_place_moves_when_its_event_is_raised() {
    let bench = bench().await;
    let store = bench.store.as_ref();
    let first = mail("eml_1", 5, true);
    let kept = store.keep_mail(&first).await.unwrap();
    assert!(kept.raises && !kept.was_there);
    assert_eq!(place(store).await, (None, 0, 1), "its event is still to be raised");
    // The host stopped here, and reads it again.
    let again = store.keep_mail(&first).await.unwrap();
    assert!(again.raises && again.was_there && again.thread_id == "thr_1");
    store.mail_raised(&first).await.unwrap();
    assert_eq!(place(store).await, (Some(7), 5, 1));
    let anew = ReceivedMail { uid_validity: 8, uid: 2, ..first.clone() };
    let again = store.keep_mail(&anew).await.unwrap();
    assert!(!again.raises && again.was_there, "under another number it is the same mail");
    assert_eq!(place(store).await, (Some(8), 2, 1), "numbers of another validity begin anew");
    // One that raises nothing is done at once.
    let quiet = ReceivedMail { uid_validity: 8, ..mail("eml_2", 9, false) };
    assert!(!store.keep_mail(&quiet).await.unwrap().raises);
    store.keep_mail(&ReceivedMail { uid_validity: 8, ..mail("eml_0", 3, false) }).await.unwrap();
    assert_eq!(place(store).await, (Some(8), 9, 3), "a place never moves back");
    let emails = store.source(&org(), &"u1".into(), "emails", &json!({ "contact_id": "c1" })).await.unwrap().unwrap();
    assert_eq!(emails.as_array().unwrap().len(), 4, "{emails}");
    let activities = store.source(&org(), &"u1".into(), "activities", &json!({ "contact_id": "c1" })).await.unwrap();
    let mails = |all: &Value| all.as_array().unwrap().iter().filter(|one| one["kind"] == "email").count();
    assert_eq!(mails(&activities.unwrap()), 3);
    store
        .mark_mails(&org(), ADDRESS, 8, &[(9, Marks { unread: false, answered: true }), (77, Marks::default())])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_come_together() {
    let bench = bench().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    let mut sent = effect("eff_1", &row);
    sent.kind = "email.send".to_owned();
    sent.payload = json!({ "to": ["mira@initech.test"], "subject": "Rollout", "body": "x" });
    let mail_of = crm(sent_mail(&sent, &json!({ "message_id": "<eff_1@acme.test>" }), NOW));
    store.commit(batch([new_job(&row), new_effect(&sent), mail_of])).await.unwrap();
    let known = store.mails_by_message_id(&org(), &"u1".into(), &["eff_1@acme.test".to_owned()]).await.unwrap();
    let expected = KnownMail {
        message_id: Some("eff_1@acme.test".into()),
        thread_id: None,
        subject: "Rollout".into(),
        from: "ada@acme.test".into(),
        to: vec!["mira@initech.test".into()],
    };
    assert_eq!(known, [expected]);
    let early = ReceivedMail {
        thread: Thread { id: "thr_late".into(), takes: None, joins: Vec::new() },
        ..mail("eml_2", 2, false)
    };
    store.keep_mail(&early).await.unwrap();
    let thread_of =
        Thread { id: "thr_all".into(), takes: Some("thr_late".into()), joins: vec!["eff_1@acme.test".into()] };
    let mut answer = ReceivedMail { thread: thread_of, ..mail("eml_1", 1, false) };
    answer.mail.in_reply_to = Some("eff_1@acme.test".to_owned());
    assert!(!store.is_answered(&org(), &"u1".into(), "eff_1@acme.test").await.unwrap());
    store.keep_mail(&answer).await.unwrap();
    assert!(store.is_answered(&org(), &"u1".into(), "eff_1@acme.test").await.unwrap());
    assert!(!store.is_answered(&org(), &"u2".into(), "eff_1@acme.test").await.unwrap());
    let mut all = thread(store, "thr_all").await;
    all.sort();
    assert_eq!(all, ["eff_1", "eml_1", "eml_2"]);
    let recent = store.recent_mails(&org(), &"u1".into(), NOW).await.unwrap();
    assert_eq!(recent.len(), 3);
    assert!(store.recent_mails(&org(), &"u1".into(), NOW.plus_ms(1)).await.unwrap().is_empty());

    let user = "u1".into();
    let unfiled = async |due| store.unfiled_mails(&org(), &user, NOW, due, 10).await.unwrap();
    let one = UnfiledMail { key: "eff_1".into(), message_id: "eff_1@acme.test".into(), refused: 0 };
    assert_eq!(unfiled(NOW).await, std::slice::from_ref(&one));
    assert!(store.unfiled_mails(&org(), &user, NOW.plus_ms(1), NOW, 10).await.unwrap().is_empty());
    let filed = FiledMail {
        org: org(),
        key: "eff_1".into(),
        thread_id: "thr_all".into(),
        in_reply_to: Some("a@x".into()),
        references: vec!["r@x".into(), "a@x".into()],
        at: NOW,
        refused: 1,
        again_at: Some(NOW.plus_ms(50)),
    };
    // Its folder refuses it, then for good, and takes it in the end: its thread is settled.
    store.file_mail(&filed).await.unwrap();
    assert_eq!(thread(store, "thr_all").await.len(), 3);
    assert!(unfiled(NOW.plus_ms(49)).await.is_empty());
    assert_eq!(unfiled(NOW.plus_ms(50)).await, [UnfiledMail { refused: 1, ..one }]);
    assert_eq!(store.unfiled_for_good(&org(), &user).await.unwrap(), 0);
    let elsewhere = FiledMail { thread_id: "thr_else".into(), refused: 2, again_at: None, ..filed };
    store.file_mail(&elsewhere).await.unwrap();
    assert!(unfiled(FAR).await.is_empty());
    assert_eq!(store.unfiled_for_good(&org(), &user).await.unwrap(), 1);
    assert_eq!(store.unfiled_for_good(&org(), &"u2".into()).await.unwrap(), 0);
    store.file_mail(&FiledMail { refused: 0, ..elsewhere }).await.unwrap();
    assert_eq!(store.unfiled_for_good(&org(), &user).await.unwrap(), 0);
    assert_eq!(thread(store, "thr_all").await.len(), 3);
}

/// What the history of the deal says of mails: id, subject and text.
async fn mails_of(store: &dyn Store, deal: &str) -> Vec<(String, String, String)> {
    let found = store.source(&org(), &"u1".into(), "activities", &json!({ "deal_id": deal })).await.unwrap().unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let mails = found.as_array().unwrap().iter().filter(|one| one["kind"] == "email");
    let mut mails: Vec<_> = mails.map(|one| (text(one, "id"), text(one, "subject"), text(one, "body"))).collect();
    mails.sort();
    mails
}

fn sent_to(key: &str, to: &[&str], job: &skillhost_engine::job::JobRow) -> skillhost_engine::outbox::OutboxRow {
    let mut sent = effect(key, job);
    sent.kind = "email.send".to_owned();
    sent.payload = json!({ "to": to, "subject": "Rollout", "body": "x" });
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_writes_oneself_is_an_activity_of_whom_it_went_to_once() {
    let bench = bench().await;
    let store = bench.store.as_ref();
    let deal = json!({ "deals": [{ "id": "d1", "org_id": "acme", "name": "D", "stage": "lead", "owner_id": "u1",
        "contact_ids": ["c1"], "updated_at": NOW.0 }],
        "contacts": [{ "id": "c1", "org_id": "acme", "name": "Mira", "email": "mira@initech.test" }] });
    store.load_data(&deal, FAR).await.unwrap();
    let pipeline = || async {
        let found = store.source(&org(), &"u1".into(), "pipeline", &json!({ "now": NOW.0 })).await.unwrap().unwrap();
        let deals = found["deals"].as_array().unwrap();
        deals.iter().find(|deal| deal["id"] == "d1").unwrap()["last_activity_at"].clone()
    };
    assert_ne!(pipeline().await, json!(NOW.rfc3339()));
    let before = mails_of(store, "d1").await;
    let row = job("job_1", "acme");
    // The host sends one: nobody knows the first recipient.
    let sent = sent_to("eff_1", &["who@initech.test", "mira@initech.test"], &row);
    let mail_of = || crm(sent_mail(&sent, &json!({ "message_id": "<eff_1@acme.test>" }), NOW));
    store.commit(batch([new_job(&row), new_effect(&sent), mail_of()])).await.unwrap();
    store.commit(batch([mail_of()])).await.unwrap();
    let line = |id: &str, subject: &str| (id.to_owned(), subject.to_owned(), String::new());
    let with = |more: &[(String, String, String)]| {
        let mut all = [before.clone(), more.to_vec()].concat();
        all.sort();
        all
    };
    assert_eq!(mails_of(store, "d1").await, with(&[line("eff_1", "Rollout")]));
    assert_eq!(pipeline().await, json!(NOW.rfc3339()), "the deal moves");
    // Its copy is read in the mailbox; and one that was written elsewhere.
    let own = |id: &str, message_id: &str, uid| {
        let mut own = ReceivedMail { is_own: true, ..mail(id, uid, false) };
        (own.mail.from, own.mail.message_id) = (ADDRESS.to_owned(), Some(message_id.to_owned()));
        own
    };
    store.keep_mail(&own("eml_copy", "eff_1@acme.test", 1)).await.unwrap();
    assert_eq!(mails_of(store, "d1").await, with(&[line("eff_1", "Rollout")]));
    let elsewhere = own("eml_own", "elsewhere@acme.test", 2);
    store.keep_mail(&elsewhere).await.unwrap();
    store.keep_mail(&elsewhere).await.unwrap();
    let both = [line("eff_1", "Rollout"), line("eml_own", "Re: Rollout")];
    assert_eq!(mails_of(store, "d1").await, with(&both));
    // The copy may be read before it is durable that the mail left.
    store.keep_mail(&own("eml_early", "eff_2@acme.test", 3)).await.unwrap();
    let second = sent_to("eff_2", &["mira@initech.test"], &row);
    let mail_of = crm(sent_mail(&second, &json!({ "message_id": "<eff_2@acme.test>" }), NOW));
    // A mail to nobody who is known is no activity.
    let third = sent_to("eff_3", &["who@initech.test"], &row);
    let unknown = crm(sent_mail(&third, &json!({ "message_id": "<eff_3@acme.test>" }), NOW));
    store.commit(batch([new_effect(&second), mail_of, new_effect(&third), unknown])).await.unwrap();
    let all = [both.as_slice(), &[line("eml_early", "Re: Rollout")]].concat();
    assert_eq!(mails_of(store, "d1").await, with(&all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_about_a_mail_takes_the_place_of_the_mailboxs_own() {
    let bench = bench().await;
    let store = bench.store.as_ref();
    let row = job("job_1", "acme");
    store.commit(batch([new_job(&row)])).await.unwrap();
    let before = mails_of(store, "d1").await;
    let received = ReceivedMail { at: NOW.plus_ms(-5_000), ..mail("eml_1", 1, false) };
    store.keep_mail(&received).await.unwrap();
    let log = |id: &str, user: &str, mail: &str, subject: &str| {
        crm(CrmWrite::Activity {
            org: org(),
            id: id.to_owned(),
            user: user.into(),
            kind: "email".to_owned(),
            contact: None,
            deal: Some("d1".to_owned()),
            subject: subject.to_owned(),
            body: "Mira asks for a date.".to_owned(),
            mail: Some(mail.to_owned()),
            at: NOW,
        })
    };
    // Both in one transaction, and what is somebody else's mail or none is a line beside.
    let lines = [
        log("eff_1", "u1", "eml_1", "Rollout, at first"),
        log("eff_2", "u1", "eml_1", "Rollout"),
        log("eff_3", "u2", "eml_1", "Not mine"),
        log("eff_4", "u1", "eml_none", "Nowhere"),
    ];
    store.commit(batch(lines)).await.unwrap();
    let line = |id: &str, subject: &str| (id.to_owned(), subject.to_owned(), "Mira asks for a date.".to_owned());
    let mut all =
        [before, vec![line("eff_3", "Not mine"), line("eff_4", "Nowhere"), line("eml_1", "Rollout")]].concat();
    all.sort();
    assert_eq!(mails_of(store, "d1").await, all);
    let found = store.source(&org(), &"u1".into(), "activities", &json!({ "deal_id": "d1" })).await.unwrap().unwrap();
    let one = found.as_array().unwrap().iter().find(|one| one["id"] == "eml_1").unwrap();
    assert_eq!((&one["at"], &one["contact_id"]), (&json!(received.at.rfc3339()), &json!("c1")), "{one}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_person_nothing_is_left_beside_their_mails() {
    for subject in [Subject::contact("c1"), Subject::user(&"u1".into())] {
        let bench = bench().await;
        let store = bench.store.as_ref();
        store.keep_mail(&mail("eml_1", 1, false)).await.unwrap();
        // One that others had too: the history says it of another contact.
        let mut shared = ReceivedMail { contact: Some("c2".to_owned()), ..mail("eml_2", 2, false) };
        shared.mail.subject = "zq-shared".to_owned();
        shared.mail.cc = vec!["mira@initech.test".to_owned()];
        store.keep_mail(&shared).await.unwrap();
        assert!(stored(&bench.place).await.contains("zq-name"));
        store.erase_person(&org(), &subject, "test", NOW).await.unwrap().unwrap();
        assert!(!stored(&bench.place).await.contains("zq-"));
        let is_user = subject == Subject::user(&"u1".into());
        assert_eq!(store.mailbox(&org(), ADDRESS).await.unwrap().is_none(), is_user);
        let again = store.keep_mail(&mail("eml_1", 1, false)).await.unwrap();
        assert!(again.was_there, "what was forgotten does not come back with its number");
        assert!(!stored(&bench.place).await.contains("zq-"));
    }
}

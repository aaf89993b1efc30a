use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use secrecy::SecretString;
use serde_json::json;
use skillhost_connectors::chat::{LookupError, SlackChat, SlackPlace, SlackUsers};
use skillhost_connectors::slack::{SlackClient, SlackError, SlackUser, later_modal, outcome};
use skillhost_engine::ids::{OrgId, UserId};
use skillhost_engine::outbox::{Delivery, Performer};

use super::parts::{NOW, mail_card, question, row};
use super::slack_double::{SlackDouble, Trouble};

const TOKEN: &str = "xoxb-right";

pub(crate) async fn slack(token: &str) -> (SlackDouble, SlackClient, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(NOW.0));
    let clock = Arc::clone(&now);
    let double = SlackDouble::start(TOKEN, Arc::new(move || clock.load(Ordering::SeqCst))).await.unwrap();
    let client = SlackClient::new(&double.base_url(), SecretString::from(token)).unwrap();
    double.add_channel("C1");
    double.add_user("U1", "rep@seller.example");
    (double, client, now)
}

fn code<T: std::fmt::Debug>(result: Result<T, SlackError>) -> String {
    match result {
        Err(SlackError::Api { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_posted_replaced_and_answered() {
    let (double, client, _) = slack(TOKEN).await;
    let note = outcome("Send an email", "Approved.", None);
    let posted = client.post_message("C1", &note).await.unwrap();
    let again = client.update_message(&posted, &note).await.unwrap();
    assert_eq!(posted, again);
    client.respond(&double.response_url(), &note, true).await.unwrap();
    let post = &double.taken("chat.postMessage")[0];
    assert_eq!((&post["unfurl_links"], &post["unfurl_media"]), (&json!(false), &json!(false)));
    assert_eq!(double.taken("response_url")[0]["replace_original"], json!(true));
}

#[tokio::test]
async fn people_are_found_by_address_and_written_to() {
    let (double, client, _) = slack(TOKEN).await;
    let user = client.user_by_email("rep@seller.example").await.unwrap();
    let rep = SlackUser { team: "T1".to_owned(), id: "U1".to_owned(), email: Some("rep@seller.example".to_owned()) };
    assert_eq!(user.as_ref(), Some(&rep));
    assert!(!format!("{rep:?}").contains('@'), "no address in a log");
    assert_eq!(client.user_by_email("nobody@seller.example").await.unwrap(), None);
    assert_eq!(client.user_info("U1").await.unwrap(), Some(rep));
    assert_eq!(client.user_info("U9").await.unwrap(), None);
    // Who left, and what is no person, is nobody.
    for (id, what) in [("U2", "deleted"), ("U3", "is_bot")] {
        double.add_user(id, &format!("{id}@seller.example"));
        double.mark_user(id, what);
        assert_eq!(client.user_by_email(&format!("{id}@seller.example")).await.unwrap(), None, "{what}");
        assert_eq!(client.user_info(id).await.unwrap(), None, "{what}");
    }
    assert_eq!(client.open_dm("U1").await.unwrap(), "DU1");
    assert_eq!(code(client.open_dm("U9").await), "user_not_found");
}

#[tokio::test]
async fn no_under_http_200_is_an_error() {
    let (double, client, _) = slack(TOKEN).await;
    let note = outcome("h", "l", None);
    assert_eq!(code(client.post_message("C9", &note).await), "channel_not_found");
    let (wrong_double, wrong, _) = slack("xoxb-wrong").await;
    let error = wrong.post_message("C1", &note).await.unwrap_err();
    assert!(!format!("{error} {error:?} {wrong:?}").contains("xoxb"));
    assert_eq!(code::<()>(Err(error)), "invalid_auth");
    assert!(wrong_double.taken("chat.postMessage").is_empty() && double.taken("chat.postMessage").is_empty());
}

#[tokio::test]
async fn a_trigger_serves_once_and_for_three_seconds() {
    use skillhost_connectors::slack::{CardView, edit_modal};
    let (double, client, now) = slack(TOKEN).await;
    let action = question(mail_card("Hello"));
    let edit = edit_modal(&action, &CardView::first(&action.card)).unwrap();
    let trigger = double.trigger();
    client.open_view(&trigger, &edit).await.unwrap();
    assert_eq!(code(client.open_view(&trigger, &edit).await), "exchanged_trigger_id");
    let trigger = double.trigger();
    now.fetch_add(3001, Ordering::SeqCst);
    assert_eq!(code(client.open_view(&trigger, &edit).await), "expired_trigger_id");
    client.open_view(&double.trigger(), &later_modal(&action, NOW)).await.unwrap();
}

#[tokio::test]
async fn what_an_effect_may_conclude_from_a_failure() {
    let (double, client, _) = slack(TOKEN).await;
    let note = outcome("h", "l", None);
    let cases = [
        (Trouble::Pause(30), "transient 30000"),
        (Trouble::Code("ratelimited"), "transient"),
        (Trouble::Code("internal_error"), "unknown"),
        (Trouble::Code("is_archived"), "permanent"),
        (Trouble::Status(500), "unknown"),
        (Trouble::Status(503), "transient"),
        (Trouble::Status(404), "permanent"),
    ];
    for (trouble, wanted) in cases {
        let name = format!("{trouble:?}");
        double.trouble("chat.postMessage", trouble);
        let error = client.post_message("C1", &note).await.unwrap_err();
        let concluded = match error.delivery() {
            Delivery::Transient { retry_after_ms: Some(ms), .. } => format!("transient {ms}"),
            Delivery::Transient { .. } => "transient".to_owned(),
            Delivery::Permanent { .. } => "permanent".to_owned(),
            Delivery::Unknown { .. } => "unknown".to_owned(),
            Delivery::Waits { .. } => "waits".to_owned(),
            Delivery::Deferred { .. } => "deferred".to_owned(),
            Delivery::Sent { .. } => "sent".to_owned(),
        };
        assert_eq!(concluded, wanted, "{name}");
    }
    assert!(double.taken("chat.postMessage").is_empty());
}

#[tokio::test]
async fn a_response_url_elsewhere_is_not_called() {
    let (_double, client, _) = slack(TOKEN).await;
    let note = outcome("h", "l", None);
    let error = client.respond("https://evil.example/response/R1", &note, true).await.unwrap_err();
    assert!(matches!(error.delivery(), Delivery::Permanent { .. }), "{error:?}");
}

struct Directory(Option<&'static str>);

#[async_trait::async_trait]
impl SlackUsers for Directory {
    async fn place(&self, _: &OrgId, user: &UserId) -> Result<Option<SlackPlace>, LookupError> {
        let channel = (user.as_str() == "in-channel").then(|| "C1".to_owned());
        Ok(self.0.map(|user| SlackPlace { user: user.to_owned(), channel }))
    }

    async fn manager(&self, _: &OrgId, user: &UserId) -> Result<Option<UserId>, LookupError> {
        Ok((user.as_str() == "led").then(|| UserId::new("lead")))
    }
}

#[tokio::test]
async fn chat_goes_to_the_users_own_messages_and_its_words_stay_words() {
    let (double, client, _) = slack(TOKEN).await;
    let client = Arc::new(client);
    let chat = SlackChat::new(Arc::clone(&client), Arc::new(Directory(Some("U1"))));
    assert!(!chat.is_keyed());
    let post = |text: &str| row("k", "chat.post", json!({"text": text}));
    let sent = chat.perform(&post("<!channel> & *bold*")).await;
    assert!(matches!(&sent, Delivery::Sent { receipt } if receipt["channel"] == "DU1"), "{sent:?}");
    let taken = double.taken("chat.postMessage");
    assert_eq!(
        taken[0]["blocks"],
        json!([{ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [
            { "type": "text", "text": "<!channel> & " },
            { "type": "text", "text": "bold", "style": { "bold": true } }] }] }])
    );
    assert!(matches!(chat.perform(&post(&"x".repeat(200_000))).await, Delivery::Permanent { .. }));
    assert!(matches!(chat.perform(&row("k", "chat.post", json!({}))).await, Delivery::Permanent { .. }));
    // The manager is one of the same org, or nobody.
    let mut told = row("m", "chat.manager", json!({"text": "The budget is in doubt."}));
    assert!(matches!(chat.perform(&told).await, Delivery::Permanent { .. }));
    told.user = "led".into();
    assert!(matches!(chat.perform(&told).await, Delivery::Sent { .. }));
    // A channel that was configured for the person is theirs.
    let mut elsewhere = row("c", "chat.post", json!({"text": "hello"}));
    elsewhere.user = "in-channel".into();
    let opened = double.taken("conversations.open").len();
    let sent = chat.perform(&elsewhere).await;
    assert!(matches!(&sent, Delivery::Sent { receipt } if receipt["channel"] == "C1"), "{sent:?}");
    assert_eq!(double.taken("conversations.open").len(), opened);
    let nobody = SlackChat::new(client, Arc::new(Directory(None)));
    assert!(matches!(nobody.perform(&post("hello")).await, Delivery::Permanent { .. }));
    // A channel that was perhaps opened is opened again; only a post is in doubt.
    double.trouble("conversations.open", Trouble::Status(500));
    assert!(matches!(chat.perform(&post("hello")).await, Delivery::Transient { .. }));
    double.trouble("chat.postMessage", Trouble::Status(500));
    assert!(matches!(chat.perform(&post("hello")).await, Delivery::Unknown { .. }));
}

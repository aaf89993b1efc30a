use serde_json::{Map, Value, json};
use skillhost_connectors::slack::{
    CardView, Home, InteractionError, ModalError, Next, Remedy, edit_modal, feedback_modal, home, later_modal, outcome,
    parse_interaction, refusal, render,
};
use skillhost_engine::approval::{Answer, PendingAction};
use skillhost_engine::card::Card;
use skillhost_engine::ids::ApprovalId;

use super::parts::{NOW, card, effect, form, line, mail_card, part, place, question, tasks_card};
use super::slack_calls::slack;

fn first(card: &Card) -> CardView {
    CardView::first(card)
}

/// What Slack posts when this button of the drawn card is pressed.
fn press(card: &Card, view: &CardView, action_id: &str) -> Value {
    let drawn = json!(render(card, &ApprovalId::from("apr_1"), view, None));
    for block in drawn["blocks"].as_array().unwrap() {
        for button in block["elements"].as_array().unwrap_or(&Vec::new()) {
            if button["action_id"] == action_id {
                return json!({
                    "type": "block_actions",
                    "team": {"id": "T1", "domain": "seller"},
                    "user": {"id": "U1", "username": "rep"},
                    "trigger_id": "1.2.3",
                    "response_url": "https://hooks.slack.com/actions/T1/1/x",
                    "container": {"type": "message", "channel_id": "D1", "message_ts": "17.1"},
                    "actions": [{
                        "type": "button", "action_id": action_id, "block_id": block["block_id"],
                        "value": button["value"], "action_ts": "17.2"}],
                });
            }
        }
    }
    panic!("no button {action_id}")
}

/// What Slack posts when a modal is sent with these changes.
fn submit(view: &Value, change: impl Fn(&str, &str) -> String) -> Value {
    let mut values = Map::new();
    for block in view["blocks"].as_array().unwrap() {
        let Some(id) = block["block_id"].as_str() else { continue };
        let element = &block["element"];
        let action = element["action_id"].as_str().unwrap();
        let value = if element["type"] == "datetimepicker" {
            json!({"type": "datetimepicker", "selected_date_time": element["initial_date_time"]})
        } else {
            let label = block["label"]["text"].as_str().unwrap();
            let text = change(label, element["initial_value"].as_str().unwrap_or_default());
            // Slack sends null for an input that was left empty.
            json!({"type": "plain_text_input", "value": if text.is_empty() { Value::Null } else { json!(text) }})
        };
        values.insert(id.to_owned(), json!({action: value}));
    }
    json!({
        "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"},
        "view": {"callback_id": view["callback_id"], "private_metadata": view["private_metadata"], "state": {"values": values}},
    })
}

fn next(action: &PendingAction, payload: &Value) -> Next {
    parse_interaction(&form(payload)).unwrap().press.next(action, NOW)
}

#[test]
fn a_press_says_who_where_and_on_what() {
    let card = mail_card("Hello");
    let read = parse_interaction(&form(&press(&card, &first(&card), "approve"))).unwrap();
    assert_eq!((read.team.as_str(), read.user.as_str()), ("T1", "U1"));
    assert_eq!(read.approval, Some(ApprovalId::from("apr_1")));
    assert_eq!((read.channel.as_deref(), read.message_ts.as_deref()), (Some("D1"), Some("17.1")));
    assert_eq!(read.trigger_id.as_deref(), Some("1.2.3"));
    assert!(read.response_url.is_some());
}

#[test]
fn simple_buttons_are_answers() {
    let mut offered = mail_card("Hello");
    offered.pattern = "choose".to_owned();
    offered.parts[0].id = "monday".to_owned();
    let choose = question(offered);
    let review = question(mail_card("Hello"));
    let cases = [
        (&review, "approve", Answer::Approve { edits: Vec::new(), not_before: None }),
        (&review, "skip", Answer::Skip),
        (&review, "cancel", Answer::Cancel),
        (&choose, "choose:monday", Answer::Choose { choice: "monday".to_owned() }),
        (&choose, "more", Answer::More),
        (&choose, "manual", Answer::Manual),
    ];
    for (action, button, wanted) in cases {
        let payload = press(&action.card, &first(&action.card), button);
        assert_eq!(next(action, &payload), Next::Answer(wanted), "{button}");
    }
}

#[test]
fn ticks_and_pages_ride_in_the_message_itself() {
    let action = question(tasks_card(12));
    let card = &action.card;
    let Next::Redraw(view) = next(&action, &press(card, &first(card), "tick:1")) else { panic!("no redraw") };
    let Next::Redraw(view) = next(&action, &press(card, &view, "page:1")) else { panic!("no redraw") };
    assert_eq!(view.page, 1);
    let Next::Redraw(view) = next(&action, &press(card, &view, "tick:6")) else { panic!("no redraw") };
    let Next::Answer(Answer::Items { items }) = next(&action, &press(card, &view, "ticked")) else {
        panic!("no answer")
    };
    let yes: Vec<&str> = items.iter().filter(|item| item.approve).map(|item| item.item.as_str()).collect();
    assert_eq!(yes, ["t0", "t1", "t2", "t4", "t8", "t10"]);
    assert_eq!(items.len(), 12);
    let Next::Answer(Answer::Items { items }) = next(&action, &press(card, &view, "all")) else { panic!("no answer") };
    assert!(items.len() == 12 && items.iter().all(|item| item.approve));
}

#[tokio::test]
async fn an_edit_names_only_what_changed() {
    let (double, client, _) = slack("xoxb-right").await;
    let long: String = (0..1200).map(|n| format!("line {n}\n")).collect::<String>() + "end";
    let unbroken = "🦀".repeat(4000);
    for body in ["Hello\n\nAna", &long, &unbroken] {
        let action = question(mail_card(body));
        let Next::Open(view) = next(&action, &press(&action.card, &first(&action.card), "edit")) else {
            panic!("no modal")
        };
        client.open_view(&double.trigger(), &view).await.unwrap();
        let Next::Answer(same) = next(&action, &submit(&view, |_, text| text.to_owned())) else { panic!("no answer") };
        assert_eq!(same, Answer::Approve { edits: Vec::new(), not_before: None }, "{} characters", body.len());
        let subject = submit(&view, |label, text| if label == "Subject" { "New".to_owned() } else { text.to_owned() });
        let Next::Answer(Answer::Approve { edits, .. }) = next(&action, &subject) else { panic!("no answer") };
        assert_eq!(edits.len(), 1);
        assert_eq!(
            (edits[0].effect.as_str(), edits[0].pointer.as_str(), &edits[0].value),
            ("mail", "/subject", &json!("New"))
        );
    }
}

#[test]
fn edits_keep_the_type_of_the_value() {
    let places = vec![
        place("/to", "To", json!(["a@x.example", "b@x.example"])),
        place("/amount", "Amount", json!(10)),
        place("/note", "Note", Value::Null),
    ];
    let action = question(card("review", vec![part("", true, vec![effect("e", vec![line("a", "b")], places)])]));
    let view = edit_modal(&action, &first(&action.card)).unwrap();
    let changed = submit(&view, |label, text| match label {
        "To" => "a@x.example\n\n c@x.example ".to_owned(),
        "Amount" => "12.5".to_owned(),
        _ => text.to_owned(),
    });
    let Next::Answer(Answer::Approve { edits, .. }) = next(&action, &changed) else { panic!("no answer") };
    let values: Vec<&Value> = edits.iter().map(|edit| &edit.value).collect();
    assert_eq!(values, [&json!(["a@x.example", "c@x.example"]), &json!(12.5)]);
    let wrong = submit(&view, |label, text| if label == "Amount" { "ten".to_owned() } else { text.to_owned() });
    let Next::Refuse(errors) = next(&action, &wrong) else { panic!("not refused") };
    assert_eq!(refusal(&errors), json!({"response_action": "errors", "errors": {"1.0.e": "Write a number."}}));
}

#[test]
fn editing_a_batch_approves_the_ticked_items() {
    let action = question(tasks_card(6));
    let card = &action.card;
    let Next::Open(view) = next(&action, &press(card, &first(card), "edit")) else { panic!("no modal") };
    let changed = submit(&view, |_, text| if text == "Task number 2" { "Changed".to_owned() } else { text.to_owned() });
    let Next::Answer(Answer::Items { items }) = next(&action, &changed) else { panic!("no answer") };
    let yes: Vec<(&str, usize)> =
        items.iter().filter(|item| item.approve).map(|item| (item.item.as_str(), item.edits.len())).collect();
    assert_eq!(yes, [("t0", 0), ("t2", 1), ("t4", 0)]);
    assert_eq!(items[2].edits[0].value, json!("Changed"));
    let too_many = question(tasks_card(100));
    let every = CardView { page: 0, ticked: vec![true; 100] };
    assert_eq!(edit_modal(&too_many, &every), Err(ModalError::TooLarge));
    let none = CardView { page: 0, ticked: vec![false; 100] };
    assert_eq!(edit_modal(&too_many, &none), Err(ModalError::NothingEditable));
}

#[tokio::test]
async fn send_later_takes_the_future_only() {
    let (double, client, _) = slack("xoxb-right").await;
    let action = question(mail_card("Hello"));
    let Next::Open(view) = next(&action, &press(&action.card, &first(&action.card), "later")) else {
        panic!("no modal")
    };
    client.open_view(&double.trigger(), &view).await.unwrap();
    let Next::Answer(Answer::Approve { not_before: Some(at), edits }) =
        next(&action, &submit(&view, |_, text| text.to_owned()))
    else {
        panic!("no answer")
    };
    assert!(at > NOW && edits.is_empty());
    let past = later_modal(&action, NOW.plus_ms(-86_400_000));
    assert!(matches!(next(&action, &submit(&past, |_, text| text.to_owned())), Next::Refuse(_)));
}

#[tokio::test]
async fn feedback_skips_with_the_persons_words() {
    let (double, client, _) = slack("xoxb-right").await;
    for card in [mail_card("Hello"), tasks_card(7)] {
        let action = question(card);
        let Next::Open(view) = next(&action, &press(&action.card, &first(&action.card), "feedback")) else {
            panic!("no modal")
        };
        client.open_view(&double.trigger(), &view).await.unwrap();
        let said = |words: Value, ticked: Value| {
            let values = json!({
                "note": {"value": {"type": "plain_text_input", "value": words}},
                "irrelevant": {"value": {"type": "checkboxes", "selected_options": ticked}},
            });
            let payload = json!({
                "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"},
                "view": {"callback_id": view["callback_id"], "private_metadata": view["private_metadata"],
                    "state": {"values": values}},
            });
            next(&action, &payload)
        };
        assert_eq!(said(Value::Null, json!([])), Next::Dismiss { note: None, irrelevant: false });
        let ticked = json!([view["blocks"][2]["element"]["options"][0]]);
        let words = Next::Dismiss { note: Some("Not my deal".to_owned()), irrelevant: true };
        assert_eq!(said(json!(" Not my deal\n"), ticked), words);
        let mut later = action.clone();
        later.nonce = "another".to_owned();
        assert_eq!(next(&later, &submit(&feedback_modal(&action), |_, _| "x".to_owned())), Next::Outdated);
    }
}

#[test]
fn what_is_left_of_a_settled_question_is_pressed_like_it() {
    let action = question(mail_card("Hello"));
    let id = ApprovalId::from("apr_1");
    let pressed = |message: Value| {
        let row = message["blocks"].as_array().unwrap().iter().rfind(|block| block["type"] == "actions").unwrap();
        let mut button = row["elements"][0].clone();
        button["block_id"] = row["block_id"].clone();
        let payload = json!({"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": [button]});
        let read = parse_interaction(&form(&payload)).unwrap();
        assert_eq!(read.approval, Some(id.clone()));
        read.press.next(&action, NOW)
    };
    let message = |remedy| json!(outcome("Send an email", "line", Some(remedy)));
    assert_eq!(pressed(message(Remedy::Undo(&id))), Next::Undo);
    assert_eq!(pressed(message(Remedy::AskAgain(&id))), Next::AskAgain);
    let open = [action.clone()];
    assert_eq!(pressed(home(&Home { open: &open, settled: &[], inbox: None, now: NOW })), Next::Bring);
}

#[test]
fn a_modal_of_an_earlier_round_settles_nothing() {
    let mut action = question(mail_card("Hello"));
    let view = edit_modal(&action, &first(&action.card)).unwrap();
    action.nonce = "another".to_owned();
    assert_eq!(next(&action, &submit(&view, |_, text| text.to_owned())), Next::Outdated);
}

#[test]
fn a_view_of_another_card_falls_back_to_the_first() {
    let action = question(tasks_card(12));
    let mut payload = press(&action.card, &first(&action.card), "ticked");
    payload["actions"][0]["block_id"] = json!("r0.7.111");
    let Next::Answer(Answer::Items { items }) = next(&action, &payload) else { panic!("no answer") };
    assert_eq!((items.len(), items.iter().filter(|item| item.approve).count()), (12, 6));
}

#[test]
fn what_is_not_ours_is_refused_by_its_reason() {
    let card = mail_card("Hello");
    let good = press(&card, &first(&card), "approve");
    let with = |pointer: &str, value: Value| {
        let mut payload = good.clone();
        *payload.pointer_mut(pointer).unwrap() = value;
        parse_interaction(&form(&payload)).err()
    };
    assert_eq!(with("/actions/0/action_id", json!("explode")), Some(InteractionError::UnknownAction));
    assert_eq!(with("/actions/0/action_id", json!("tick:x")), Some(InteractionError::UnknownAction));
    assert_eq!(with("/actions/0/value", json!("")), Some(InteractionError::Shape { pointer: "/actions/0/value" }));
    assert_eq!(
        with("/actions/0/block_id", json!("zz")),
        Some(InteractionError::Shape { pointer: "/actions/0/block_id" })
    );
    assert_eq!(with("/user", json!({})), Some(InteractionError::Shape { pointer: "/user/id" }));
    assert_eq!(with("/type", json!("shortcut")), Some(InteractionError::UnknownType));
    assert_eq!(with("/team", Value::Null), Some(InteractionError::Shape { pointer: "/team/id" }));
    assert_eq!(parse_interaction(b"nothing=1").err(), Some(InteractionError::NoPayload));
    assert_eq!(parse_interaction(b"payload=%7B").err(), Some(InteractionError::NotJson));
    assert_eq!(parse_interaction(b"payload={}&payload={}").err(), Some(InteractionError::NoPayload));
    let mut open = good.clone();
    for action_id in ["open", "open:3"] {
        open["actions"][0] = json!({"action_id": action_id, "type": "button"});
        assert_eq!(next(&question(card.clone()), &open), Next::Nothing);
    }
}

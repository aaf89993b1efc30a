//! That Slack's models and the limits beside them find what is wrong: one planted fault at a
//! time, in a message and a form that are fine without it.

use serde_json::{Value, json};
use skillhost_tests::slack_double::Call;
use skillhost_tests::slack_model;

fn text(kind: &str, length: usize) -> Value {
    json!({ "type": kind, "text": "x".repeat(length) })
}

/// At every bound, and not beyond one.
fn message() -> Value {
    let button = |id: &str| {
        json!({ "type": "button", "action_id": id, "value": "v".repeat(2000), "text": text("plain_text", 75),
            "confirm": { "title": text("plain_text", 100), "text": text("mrkdwn", 300),
                "confirm": text("plain_text", 30), "deny": text("plain_text", 30) } })
    };
    let mut blocks = vec![
        json!({ "type": "header", "block_id": "h", "text": text("plain_text", 150) }),
        json!({ "type": "section", "block_id": "s", "text": text("mrkdwn", 3000),
            "fields": vec![text("mrkdwn", 2000); 10] }),
        json!({ "type": "context", "elements": [text("mrkdwn", 2000)] }),
        json!({ "type": "actions", "elements": [button("a"), button("b")] }),
        json!({ "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": [
                { "type": "text", "text": "x".repeat(2000), "style": { "bold": true } }, { "type": "text", "text": "\n" }] },
            { "type": "rich_text_list", "style": "bullet", "elements": [
                { "type": "rich_text_section", "elements": [{ "type": "text", "text": "x".repeat(999) }] }] }] }),
    ];
    blocks.resize(50, json!({ "type": "divider" }));
    json!({ "channel": "D1", "text": "x".repeat(40_000), "blocks": blocks })
}

fn form() -> Value {
    let input = |element: Value| json!({ "type": "input", "label": text("plain_text", 2000), "element": element });
    let view = json!({ "type": "modal", "title": text("plain_text", 24), "submit": text("plain_text", 24),
        "private_metadata": "x".repeat(3000), "blocks": [
            input(json!({ "type": "plain_text_input", "action_id": "t", "multiline": true,
                "initial_value": "x".repeat(3000) })),
            input(json!({ "type": "plain_text_input", "action_id": "m", "max_length": 10, "initial_value": "x".repeat(10) })),
            input(json!({ "type": "datetimepicker", "action_id": "d", "initial_date_time": 1_795_186_800 })),
        ] });
    json!({ "trigger_id": "t", "view": view })
}

/// What is put where, and a word of what must be said of it.
fn faults() -> Vec<(Value, &'static str, Value, &'static str)> {
    let in_message = |place, value, said| (message(), place, value, said);
    let in_form = |place, value, said| (form(), place, value, said);
    let mut long = message();
    long["blocks"].as_array_mut().unwrap().push(json!({ "type": "divider" }));
    let blocks = long["blocks"].take();
    vec![
        in_message("/blocks", blocks, "51 of 50 blocks"),
        in_message("/text", json!("x".repeat(40_001)), "more than 40000"),
        in_message("/blocks/0/text", text("plain_text", 151), "150 characters"),
        in_message("/blocks/0/block_id", json!("s"), "block_id s is there twice"),
        in_message("/blocks/1/text", text("mrkdwn", 3001), "3000 characters"),
        in_message("/blocks/1/text", text("mrkdwn", 0), "read as"),
        in_message("/blocks/1/fields", json!(vec![text("mrkdwn", 1); 11]), "10 items"),
        in_message("/blocks/1/fields/9", text("mrkdwn", 2001), "2001 of 2000"),
        in_message("/blocks/2/elements/0", text("mrkdwn", 2001), "2001 of 2000"),
        in_message("/blocks/3/elements/1/text", text("plain_text", 76), "75 characters"),
        in_message("/blocks/3/elements/1/text", text("mrkdwn", 1), "plain_text"),
        in_message("/blocks/4/elements/0/elements/1/text", json!("xx"), "3001 of 3000"),
        in_message("/blocks/4/elements/0/elements/1/text", json!(""), "is empty"),
        in_message(
            "/blocks/4/elements/0/elements/0",
            json!({ "type": "text", "text": "x", "colour": "red" }),
            "read as",
        ),
        in_message("/blocks/3/elements/1/text", Value::Null, "button"),
        in_message("/blocks/3/elements/1/value", json!("v".repeat(2001)), "2000 characters"),
        in_message("/blocks/3/elements/1/action_id", json!("x".repeat(256)), "255 characters"),
        in_message("/blocks/3/elements/1/action_id", json!("a"), "action_id a is there twice"),
        in_message("/blocks/3/elements/1/confirm/text", text("mrkdwn", 301), "300 characters"),
        in_message("/blocks/3/elements/1/type", json!("lever"), "read as"),
        in_message("/blocks/49/type", json!("curtain"), "no model knows it"),
        in_form("/view/title", text("plain_text", 25), "24 characters"),
        in_form("/view/private_metadata", json!("x".repeat(3001)), "3000 characters"),
        in_form("/view/blocks", json!(vec![json!({ "type": "divider" }); 101]), "101 of 100 blocks"),
        in_form("/view/blocks/0/label", text("plain_text", 2001), "2000 characters"),
        in_form("/view/blocks/0/element/initial_value", json!("x".repeat(3001)), "3001 of 3000"),
        in_form("/view/blocks/1/element/initial_value", json!("x".repeat(11)), "11 of 10"),
        in_form("/view/blocks/2/element/initial_date_time", json!(1_795_186), "10 digits"),
    ]
}

fn call(body: Value) -> Call {
    let method = if body.get("view").is_some() { "views.open" } else { "chat.postMessage" };
    Call { method: method.to_owned(), body, refused: None, detail: None }
}

#[test]
fn every_planted_fault_is_found_and_nothing_that_is_fine() {
    assert_eq!(slack_model::wrong(&[call(message()), call(form())]).unwrap(), Vec::<String>::new());
    let faults = faults();
    let planted: Vec<Call> = faults
        .iter()
        .map(|(body, place, value, _)| {
            let mut body = body.clone();
            *body.pointer_mut(place).unwrap() = value.clone();
            call(body)
        })
        .collect();
    let wrong = slack_model::wrong(&planted).unwrap();
    for (number, (_, place, _, said)) in faults.iter().enumerate() {
        let of_it: Vec<&String> = wrong.iter().filter(|line| line.starts_with(&format!("call {number} "))).collect();
        assert!(of_it.iter().any(|line| line.contains(said)), "{place}: {said:?} is not in {of_it:#?}");
    }
}

use serde_json::{Value, json};
use skillhost_connectors::slack::{CardView, MAX_BUTTONS, Remedy, SlackMessage, escape, outcome, render};
use skillhost_engine::card::{Card, CardLine};
use skillhost_engine::ids::ApprovalId;

use super::parts::{block, card, effect, line, mail_card, part, tasks_card};
use super::slack_calls::slack;

const INBOX: &str = "https://host.example/inbox/apr_1";

fn draw(card: &Card, page: usize) -> SlackMessage {
    let view = CardView { page, ..CardView::first(card) };
    render(card, &ApprovalId::from("apr_1"), &view, Some(INBOX))
}

/// All texts of the message in one, as a person reads them.
fn shown(message: &SlackMessage) -> String {
    texts(message).concat()
}

/// Every text of the message.
fn texts(message: &SlackMessage) -> Vec<String> {
    fn walk(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(text)) = map.get("text") {
                    out.push(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
                }
                map.values().for_each(|value| walk(value, out));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(&json!(message.blocks), &mut out);
    out
}

fn actions(message: &SlackMessage) -> Vec<String> {
    let blocks = json!(message.blocks);
    let rows = blocks.as_array().unwrap().iter().filter(|block| block["type"] == "actions");
    rows.flat_map(|row| row["elements"].as_array().unwrap().clone())
        .map(|button| button["action_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn accepted(message: &SlackMessage) {
    let (double, client, _) = slack("xoxb-right").await;
    if let Err(error) = client.post_message("C1", message).await {
        panic!("{error}: {:?}", double.calls().last().and_then(|call| call.detail.clone()));
    }
}

#[tokio::test]
async fn all_four_patterns_pass_slacks_rules() {
    let choices: Vec<_> = (0..12)
        .map(|n| part(&format!("c{n}"), n == 3, vec![effect("e", vec![line("At", "Monday")], Vec::new())]))
        .collect();
    for card in [mail_card("Hello"), card("choose", choices), tasks_card(7), card("inform", Vec::new())] {
        accepted(&draw(&card, 0)).await;
        accepted(&draw(&card, 1)).await;
    }
    let id = ApprovalId::from("apr_1");
    for (remedy, action) in [(Remedy::Undo(&id), "undo"), (Remedy::AskAgain(&id), "again")] {
        let message = outcome("Send an email", "Approved by Ada Reed, to be sent at 10:42", Some(remedy));
        accepted(&message).await;
        assert_eq!(actions(&message), [action]);
    }
    assert_eq!(actions(&outcome("Send an email", "Skipped", None)), Vec::<String>::new());
}

#[tokio::test]
async fn buttons_carry_the_approval_and_nothing_else() {
    let message = draw(&mail_card("Hello"), 0);
    assert_eq!(actions(&message), ["approve", "edit", "later", "skip", "feedback", "cancel"]);
    for block in json!(message.blocks).as_array().unwrap() {
        assert!(block["elements"].as_array().is_none_or(|row| row.len() <= MAX_BUTTONS), "{block}");
        for button in block["elements"].as_array().unwrap_or(&Vec::new()) {
            if button["type"] == "button" {
                assert_eq!(button["value"], "apr_1");
            }
        }
    }
    assert!(!message.text.contains("buyer"), "content on a lock screen");
}

#[tokio::test]
async fn long_bodies_are_shown_whole() {
    let words: String = (0..9000).map(|n| format!("w{n} ")).collect();
    let lines: String = (0..700).map(|n| format!("line {n} of the offer\n")).collect();
    for body in ["x".repeat(3000), "x".repeat(3001), "&".repeat(3001), "🦀".repeat(3001), words, lines] {
        let message = draw(&mail_card(&body), 0);
        accepted(&message).await;
        assert!(shown(&message).contains(&body), "a part of {} characters is missing", body.len());
        assert!(actions(&message).contains(&"approve".to_owned()));
    }
}

#[tokio::test]
async fn what_cannot_be_shown_whole_cannot_be_approved() {
    let message = draw(&mail_card(&"x".repeat(150_000)), 0);
    accepted(&message).await;
    assert_eq!(actions(&message), ["open", "skip", "feedback", "cancel"]);
    assert!(json!(message.blocks).to_string().contains(INBOX));
    // One item too long for a page takes "approve all" away from every page.
    let mut card = tasks_card(12);
    card.parts[11].effects[0].lines.push(block("Detail", &"x".repeat(150_000)));
    let message = draw(&card, 0);
    accepted(&message).await;
    assert_eq!(actions(&message), ["open", "skip", "feedback", "cancel"]);
    assert!(json!(message.blocks).to_string().contains(INBOX));
}

#[tokio::test]
async fn sixty_items_are_twelve_pages_and_all_means_all() {
    let card = tasks_card(60);
    for page in 0..12 {
        let message = draw(&card, page);
        accepted(&message).await;
        let (texts, text) = (texts(&message), shown(&message));
        for index in 0..60 {
            let title = format!("Task number {index}");
            let here = texts.contains(&title);
            assert_eq!(here, index / 5 == page, "item {index} on page {page}");
        }
        assert!(text.contains("Approve all (60)") && text.contains("Approve selected (30)"));
        assert!(text.contains(&format!("Page {} of 12 · 60 in all", page + 1)));
        let actions = actions(&message);
        assert_eq!(actions.contains(&format!("page:{}", page + 1)), page < 11);
        assert!(page == 0 || actions.contains(&format!("page:{}", page - 1)));
    }
}

#[tokio::test]
async fn words_of_others_forge_nothing() {
    let evil = "<!channel> <@U1> <https://evil.example|your bank> & *approved* :white_check_mark: \u{202E}txt.exe";
    let mut card = mail_card(evil);
    card.heading = evil.to_owned();
    card.asked_by = evil.to_owned();
    card.comment = evil.to_owned();
    card.comment_title = evil.to_owned();
    card.parts[0].effects[0].lines[1] = line("Subject", evil);
    card.parts[0].effects[0].title = evil.to_owned();
    card.parts[0].effects[0].lines.push(CardLine { was: Some(evil.to_owned()), ..line(evil, evil) });
    let message = draw(&card, 0);
    accepted(&message).await;
    let raw = json!(message).to_string();
    for control in ["<!", "<@", "<http", "\u{202E}"] {
        assert!(!raw.contains(control), "{control}");
    }
    // Emphasis and emoji are read in mrkdwn only, where none of these words stands unescaped.
    assert!(raw.contains("[U+202E]"));
    assert_eq!(escape("a<b>&c\r\n"), "a&lt;b&gt;&amp;c\n");
}

#[tokio::test]
async fn a_line_break_in_a_value_starts_no_line() {
    let mut card = mail_card("Hello");
    card.parts[0].effects[0].lines[1] = line("Subject", "Hi\nTo: someone@else.example");
    let text = shown(&draw(&card, 0));
    assert!(text.contains("Hi ⏎ To: someone@else.example"));
    card.parts[0].effects[0].lines[1] = line("Subject", "");
    let message = draw(&card, 0);
    accepted(&message).await;
    assert!(shown(&message).contains("(empty)"));
}

#[tokio::test]
async fn many_lines_and_long_values_stay_within_limits() {
    let mut lines: Vec<CardLine> = (0..23).map(|n| line(&format!("Field {n}"), &format!("value {n}"))).collect();
    lines.push(line("Long", &"y".repeat(2001)));
    lines.push(CardLine { was: Some("Discovery".to_owned()), ..line("Stage", "Proposal") });
    let message = draw(&card("review", vec![part("", true, vec![effect("e", lines, Vec::new())])]), 0);
    accepted(&message).await;
    let text = shown(&message);
    assert!(text.contains(&"y".repeat(2001)) && text.contains("Stage (now)") && text.contains("Discovery"));
    assert!((0..23).all(|n| text.contains(&format!("value {n}"))));
    assert!(!actions(&message).contains(&"edit".to_owned()), "nothing is editable");
}

#[tokio::test]
async fn the_comment_gives_way_to_what_is_bound() {
    let mut card = mail_card(&"x".repeat(3000 * 40));
    card.comment = "c".repeat(3000 * 20);
    let message = draw(&card, 0);
    accepted(&message).await;
    let text = shown(&message);
    assert!(text.contains(&"x".repeat(3000 * 40)) && !text.contains("ccc"));
}

//! Times to meet that go out by mail, and the answer that takes one of them.

use serde_json::json;
use skillhost_engine::job::JobStatus;
use skillhost_tests::{slack_model, slack_rep};

use skillhost_tests::setting::answer::How;
use skillhost_tests::setting::turn::course;
use skillhost_tests::setting::{Setting, demo};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_go_out_by_mail_and_the_one_that_they_take_is_invited_to() {
    let setting = Setting::start("2026-11-20T15:00:00Z", &demo(&json!({}))).await;
    let said = setting.rep().command("find times for Helen Marsh next week, half an hour").await;
    let job = setting.rows("calendar_find_times").await.pop().unwrap_or_else(|| panic!("{said}")).id;
    let question = setting.asked(&job, "When to meet Helen Marsh?").await;
    let by_mail = question.card.parts.iter().position(|part| part.id == "mail").unwrap();
    let shown = setting.view(&job).await.outputs["options"]["shown"].clone();
    assert!(by_mail >= 2 && setting.mails().is_empty(), "{shown:#}");
    setting.says(&job, "When to meet Helen Marsh?", &How::Choose(by_mail)).await;
    let view = setting.ended(&job).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let mails = setting.mails();
    let [(to, mail)] = mails.as_slice() else { panic!("{mails:#?}") };
    assert_eq!(to, &["helen.marsh@castlereed.example"]);
    for slot in shown.as_array().unwrap() {
        let time = slot["theirs"]["text"].as_str().unwrap();
        assert!(mail.body.contains(time), "{time} is not in it: {}", mail.body);
    }
    assert_eq!(setting.events().len(), 0, "nothing is invited to yet");

    let id = mail.message_id.clone().unwrap();
    let weekday = shown[1]["theirs"]["text"].as_str().unwrap().split(' ').next().unwrap();
    let of_it = |slot: &&serde_json::Value| slot["theirs"]["text"].as_str().unwrap().starts_with(weekday);
    assert_eq!(shown.as_array().unwrap().iter().filter(of_it).count(), 1, "{shown:#}");
    setting.pass(60 * 60_000).await;
    let answer = setting
        .mail(
            "second",
            "Helen Marsh <helen.marsh@castlereed.example>",
            &format!("Re: {}", mail.subject.trim_start_matches("Re: ")),
            &format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n"),
            &format!("Hi Priya,\n\n{weekday} works for me, thanks.\n\nHelen"),
        )
        .await;
    let view = setting.ended(&answer).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let times = &setting.led(&answer, "calendar_find_times").await;
    let request = setting.rested(times).await.outputs["request"].clone();
    let thread = setting.source("thread", &json!({ "id": request["thread_id"] })).await;
    assert_eq!(request["kind"], "confirm", "{request:#} {thread:#} {shown:#}");
    let question = setting.asked(times, "Helen Marsh confirmed").await;
    let text = shown[1]["yours"]["text"].as_str().unwrap();
    assert!(question.card.comment_title.contains(text), "{} is not {text}", question.card.comment_title);
    setting.says(times, "Helen Marsh confirmed", &How::Approve).await;
    let view = setting.ended(times).await;
    assert_eq!(view.status, JobStatus::Completed, "{}", course(&view));
    let events = setting.events();
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    let starts: String = shown[1]["starts"].as_str().unwrap().chars().filter(|c| !"-:".contains(*c)).take(13).collect();
    assert!(event.contains("mailto:helen.marsh@castlereed.example") && event.contains(&starts), "{starts}: {event}");
    assert_eq!(slack_rep::refusals(&setting.slack), []);
    assert_eq!(slack_model::wrong(&setting.slack.calls()).unwrap(), Vec::<String>::new());
    setting.stop().await;
}

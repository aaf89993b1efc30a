use serde_json::{Value, json};
use skillhost_connectors::meetingbaas::{Delivery, DeliveryError, parse};

fn read(value: &Value) -> Result<Delivery, DeliveryError> {
    parse(value.to_string().as_bytes())
}

fn turn(speaker: &str, words: &[(&str, f64)]) -> Value {
    let words: Vec<Value> =
        words.iter().map(|(word, end)| json!({"start": end - 0.3, "end": end, "word": word})).collect();
    json!({"speaker": speaker, "words": words})
}

#[test]
fn a_finished_meeting_is_kept_as_one_cue_a_turn() {
    let turns = json!([turn("Ana", &[("Hello", 1.0)]), turn("Ben", &[("Hi", 2.0), ("Ana", 2.5)])]);
    let body = json!({"event": "complete", "data": {
        "bot_id": "b1", "speakers": ["Ana", "Ben"], "transcript": turns, "mp4": "https://x.example/v"}});
    let Delivery::Complete(meeting) = read(&body).unwrap() else { panic!("not complete") };
    assert_eq!((meeting.bot_id.as_str(), meeting.words, meeting.duration_s), ("b1", 3, Some(2.5)));
    assert_eq!(meeting.speakers, ["Ana", "Ben"]);
    assert_eq!(
        meeting.transcript,
        "WEBVTT\n\n00:00:00.700 --> 00:00:01.000\n<v Ana>Hello\n\n00:00:01.700 --> 00:00:02.500\n<v Ben>Hi Ana\n"
    );
}

#[test]
fn missing_speakers_come_from_the_turns() {
    let body = json!({"event": "complete", "data": {"bot_id": "b1",
        "transcript": [turn("Ana", &[("a", 1.0)]), turn("Ben", &[("b", 2.0)]), turn("Ana", &[("c", 3.0)])]}});
    let Delivery::Complete(meeting) = read(&body).unwrap() else { panic!("not complete") };
    assert_eq!(meeting.speakers, ["Ana", "Ben"]);
}

#[test]
fn an_empty_transcript_is_a_meeting_without_words() {
    for transcript in [json!([]), json!([{"words": []}]), json!([{"speaker": null}])] {
        let body = json!({"event": "complete", "data": {"bot_id": "b1", "transcript": transcript}});
        let Delivery::Complete(meeting) = read(&body).unwrap() else { panic!("not complete") };
        assert_eq!((meeting.words, meeting.duration_s, meeting.speakers.len()), (0, None, 0));
    }
}

#[test]
fn five_hours_are_read_whole() {
    // 150 words a minute, a new turn every 30 words.
    let turns: Vec<Value> = (0..1500)
        .map(|index| {
            let words: Vec<Value> = (0..30)
                .map(|word| f64::from(index * 30 + word) * 0.4)
                .map(|start| json!({"start": start, "end": start + 0.4, "word": "word"}))
                .collect();
            json!({"speaker": format!("Speaker {}", index % 4), "words": words})
        })
        .collect();
    let body = json!({"event": "complete", "data": {"bot_id": "b1", "transcript": turns}});
    let Delivery::Complete(meeting) = read(&body).unwrap() else { panic!("not complete") };
    assert_eq!((meeting.words, meeting.speakers.len()), (45_000, 4));
    assert!(meeting.duration_s.unwrap() > 17_999.0);
}

#[test]
fn an_address_in_place_of_the_transcript_is_to_be_fetched() {
    for (event, key) in [("bot.completed", "transcription"), ("complete", "transcript")] {
        let body = json!({"event": event, "data": {
            "bot_id": "b1", key: "https://files.example/t.json?sig=1", "speakers": [{"name": "Ana"}]}});
        let Delivery::NeedsFetch { transcript_url, speakers, .. } = read(&body).unwrap() else {
            panic!("not to be fetched")
        };
        assert_eq!((transcript_url.host_str(), speakers), (Some("files.example"), vec!["Ana".to_owned()]));
    }
}

#[test]
fn other_events_are_ignored_with_a_reason() {
    let cases = [
        (json!({"event": "bot.status_change", "data": {"bot_id": "b1", "status": {"code": "in_call"}}}), "in_call"),
        (json!({"event": "failed", "data": {"bot_id": "b1", "error": "CannotJoinMeeting"}}), "CannotJoinMeeting"),
        (json!({"event": "calendar.sync_events", "data": {"calendar_id": "c"}}), "no such event"),
        (json!({"event": "complete", "data": {"bot_id": "b1"}}), "without a transcript"),
    ];
    for (body, words) in cases {
        let Delivery::Ignored { reason, .. } = read(&body).unwrap() else { panic!("not ignored: {body}") };
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn broken_deliveries_say_where() {
    assert!(matches!(parse(b"{\"event\":"), Err(DeliveryError::NotJson { line: 1, .. })));
    let cases = [
        (json!({"data": {}}), "/event"),
        (json!({"event": "complete"}), "/data"),
        (json!({"event": "complete", "data": []}), "/data"),
        (json!({"event": "complete", "data": {"transcript": []}}), "/data/bot_id"),
        (json!({"event": "complete", "data": {"bot_id": "", "transcript": []}}), "/data/bot_id"),
        (json!({"event": "complete", "data": {"bot_id": "b", "transcript": 5}}), "/data/transcript"),
        (json!({"event": "complete", "data": {"bot_id": "b", "transcript": "words"}}), "/data/transcript"),
        (json!({"event": "complete", "data": {"bot_id": "b", "transcript": [7]}}), "/data/transcript/0"),
        (
            json!({"event": "complete", "data": {"bot_id": "b", "transcript": [{"words": 1}]}}),
            "/data/transcript/0/words",
        ),
        (
            json!({"event": "complete", "data": {"bot_id": "b", "transcript": [{"words": [{"end": 1}]}]}}),
            "/data/transcript/0/words",
        ),
    ];
    for (body, at) in cases {
        match read(&body) {
            Err(DeliveryError::Shape { pointer, .. }) => assert_eq!(pointer, at, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

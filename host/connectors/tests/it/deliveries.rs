use serde_json::{Value, json};
use skillhost_connectors::meetingbaas::{Complete, Delivery, DeliveryError, Missed, UnreadableFile, parse};

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
    for (event, key) in [("bot.completed", "transcription"), ("complete", "transcript"), ("complete", "transcription")]
    {
        let body = json!({"event": event, "data": {
            "bot_id": "b1", key: "https://files.example/t.json?sig=1", "speakers": [{"name": "Ana"}]}});
        let Delivery::Elsewhere(meeting) = read(&body).unwrap() else { panic!("not to be fetched") };
        assert_eq!(meeting.address.url().as_str(), "https://files.example/t.json?sig=1");
        assert_eq!(meeting.speakers(), ["Ana"]);
        let shown = format!("{meeting:?}");
        assert!(shown.contains("files.example") && !shown.contains("t.json") && !shown.contains("sig"), "{shown}");
    }
}

#[test]
fn the_best_words_of_a_delivery_are_taken() {
    let at = |url: &str| format!("https://files.example/{url}");
    let cases = [
        (json!({"transcript": null, "transcription": at("t"), "raw_transcription": at("r")}), "t"),
        (json!({"transcript": [], "transcription": at("t")}), "t"),
        (json!({"transcription": "", "raw_transcription": at("r")}), "r"),
        (json!({"transcription": null, "raw_transcription": at("r")}), "r"),
    ];
    for (mut data, expected) in cases {
        data["bot_id"] = json!("b1");
        let Delivery::Elsewhere(meeting) = read(&json!({"event": "bot.completed", "data": data})).unwrap() else {
            panic!("not to be fetched: {data}")
        };
        assert_eq!(meeting.address.url().as_str(), at(expected));
    }
    let inline = json!({"event": "bot.completed", "data": {"bot_id": "b1",
        "transcription": {"utterances": [{"speaker": 2, "text": "Good morning.", "start": 1, "end": 2.5}]},
        "speakers": [{"id": 2, "name": "Ben"}]}});
    let Delivery::Complete(meeting) = read(&inline).unwrap() else { panic!("not complete") };
    assert_eq!(meeting.transcript, "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<v Ben>Good morning.\n");
}

#[test]
fn people_come_as_text_or_as_objects() {
    let cases = [
        (json!({"speakers": ["Ana", "Ben"]}), vec!["Ana", "Ben"]),
        (json!({"speakers": [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Ben"}]}), vec!["Ana", "Ben"]),
        (json!({"speakers": [{"id": null, "name": " Ana\n Lee "}, null, 7, {"id": 3}, ""]}), vec!["Ana Lee"]),
        (json!({"speakers": [{"name": null, "display_name": "Ana"}, {"name": "Ana"}]}), vec!["Ana"]),
        (json!({"speakers": [], "participants": [{"id": 1, "name": "Ben"}]}), vec!["Ben"]),
        (json!({"speakers": null, "participants": ["Ben"]}), vec!["Ben"]),
        (json!({"speakers": [{"name": "Ana"}], "participants": [{"name": "Ben"}]}), vec!["Ana"]),
        (json!({"speakers": {"1": "Ana", "2": {"name": "Ben"}}}), vec!["Ana", "Ben"]),
        (json!({"speakers": "Ana"}), vec!["Cy"]),
        (json!({}), vec!["Cy"]),
    ];
    for (mut data, expected) in cases {
        data["bot_id"] = json!("b1");
        data["transcript"] = json!([turn("Cy", &[("Hello", 1.0)])]);
        let Delivery::Complete(meeting) = read(&json!({"event": "complete", "data": data})).unwrap() else {
            panic!("not complete: {data}")
        };
        assert_eq!(meeting.speakers, expected, "{data}");
    }
}

#[test]
fn version_1_turns_may_be_text_or_numbered_or_null() {
    let body = json!({"event": "complete", "data": {"bot_id": "b1",
    "speakers": [{"id": 1, "name": "Ana"}, {"id": "2", "name": "Ben"}],
    "transcript": [
        {"speaker": {"id": 1}, "words": [{"word": "Hello", "start": 1, "end": 2}, {"word": null}, null]},
        {"speaker": "2", "words": null, "text": "Hi, Ana.", "start_time": 2.5, "end_time": "3.5"},
        {"speaker": {"name": "Cy"}, "words": [{"text": "Late."}]},
        {"speaker": null, "words": null, "text": null},
    ]}});
    let Delivery::Complete(meeting) = read(&body).unwrap() else { panic!("not complete") };
    assert_eq!(
        meeting.transcript,
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ana>Hello\n\n00:00:02.500 --> 00:00:03.500\n<v Ben>Hi, Ana.\n\n\
         00:00:03.500 --> 00:00:03.500\n<v Cy>Late.\n"
    );
    assert_eq!((meeting.words, meeting.duration_s), (4, Some(3.5)));
}

/// A delivery of version 2 with two people, and the file that it names.
fn fetched(file: &[u8]) -> Result<Complete, UnreadableFile> {
    let body = json!({"event": "bot.completed", "data": {"bot_id": "b1", "duration_seconds": 90,
        "participants": [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Ben"}, {"id": 3, "name": "Cy"}],
        "speakers": [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Ben"}],
        "transcription": "https://files.example/t.json?sig=1"}});
    let Delivery::Elsewhere(meeting) = read(&body).unwrap() else { panic!("not to be fetched") };
    meeting.read(file)
}

/// What was said, by whom.
fn said(file: &Value) -> Vec<String> {
    let meeting = fetched(file.to_string().as_bytes()).unwrap();
    let cues = meeting.transcript.lines().filter(|line| !line.is_empty() && !line.contains(" --> "));
    cues.skip(1).map(str::to_owned).collect()
}

#[test]
fn every_shape_of_a_transcript_file_is_read() {
    let words = json!([{"word": " Hello", "start": 1.0, "end": 1.5}, {"word": "Ben.", "start": 1.5, "end": 2.0}]);
    let utterances = json!([
        {"speaker": "Ana", "start": 1.0, "end": 2.0, "text": "Hello, Ben.", "words": words, "confidence": 0.9},
        {"speaker": "Ben", "start": 2.5, "end": 3.0, "text": " Good morning. ", "words": null},
    ]);
    let numbered = json!([{"speaker": 1, "text": "Hello, Ben."}, {"speaker": {"id": 2}, "text": "Good morning."}]);
    for file in [
        json!({"bot_id": "b1", "provider": "gladia", "result": {"utterances": utterances, "total_duration": 3.0}}),
        json!({"utterances": utterances}),
        json!({"transcripts": utterances, "error": null}),
        json!({"transcript": utterances}),
        json!({"result": utterances}),
        json!({"data": {"transcription": {"segments": utterances}}}),
        json!({"result": {"utterances": [], "transcripts": null}, "data": utterances}),
        utterances.clone(),
        json!([{"transcription": {"utterances": [utterances[0]]}}, {"transcription": {"utterances": [utterances[1]]}}]),
        numbered.clone(),
        json!({"utterances": [null, numbered[0], {"speaker_id": "2", "speaker": null, "text": "Good morning."}, 7]}),
        json!({"utterances": [{"speaker_name": "Ana", "speaker": 7, "text": "Hello, Ben."},
                              {"speaker": {"name": null, "display_name": "Ben"}, "words": ["Good", {"text": "morning."}]}]}),
        json!([{"word": "Hello,", "speaker": 1}, {"word": "Ben.", "speaker": 1}, {"word": "Good", "speaker": 2},
               {"word": "morning.", "speaker": 2}]),
        json!({"words": [{"text": "Hello,", "speaker": "Ana"}, {"text": "Ben.", "speaker": "Ana"},
                         {"text": "Good", "speaker": "Ben"}, {"text": "morning.", "speaker": "Ben"}]}),
    ] {
        assert_eq!(said(&file), ["<v Ana>Hello, Ben.", "<v Ben>Good morning."], "{file}");
    }
    let only_words = json!({"utterances": [{"speaker": "Ana", "words": words}]});
    assert_eq!(said(&only_words), ["<v Ana>Hello Ben."]);
    assert_eq!(said(&json!({"full_transcript": "Hello, Ben.\nGood morning."})), ["Hello, Ben. Good morning."]);
}

#[test]
fn numbers_that_are_not_of_the_people_stay_numbers() {
    // A provider counts from 0 for itself; 1 is not the person whose id is 1.
    let own_count = json!([{"speaker": 0, "text": "Hello there."}, {"speaker": 1, "text": "Good morning."}]);
    assert_eq!(said(&own_count), ["<v Speaker 0>Hello there.", "<v Speaker 1>Good morning."]);
    let listed = json!({"speakers": [{"id": "spk_1", "name": "Dee"}, {"id": "spk_2", "name": "Eli"}],
        "utterances": [{"speaker": "spk_1", "text": "Hello there."}, {"speaker": "spk_3", "text": "Good morning."}]});
    assert_eq!(said(&listed), ["<v Dee>Hello there.", "<v spk_3>Good morning."]);
}

#[test]
fn pieces_of_a_raw_file_follow_each_other() {
    let piece = |text: &str| {
        json!({"metadata": {"audio_duration": 20.0}, "transcription": {"full_transcript": text, "languages": ["en"],
            "utterances": [{"speaker": 0, "text": text, "start": 1.0, "end": 9.5, "channel": 0, "words": []}]}})
    };
    let file = json!({"bot_id": "b1", "transcriptions": [piece("First part."), piece("Second part.")]});
    let meeting = fetched(file.to_string().as_bytes()).unwrap();
    assert_eq!(
        meeting.transcript,
        "WEBVTT\n\n00:00:01.000 --> 00:00:09.500\n<v Speaker 0>First part.\n\n\
         00:00:10.500 --> 00:00:19.000\n<v Speaker 0>Second part.\n"
    );
    assert_eq!((meeting.duration_s, meeting.words), (Some(19.0), 4));
    assert_eq!(meeting.speakers, ["Ana", "Ben"], "a number is nobody's name");
}

#[test]
fn an_empty_file_is_silence_and_another_is_unreadable() {
    for silent in [
        json!([]),
        json!({"utterances": []}),
        json!({"bot_id": "b1", "result": {"utterances": [], "languages": []}}),
        json!({"result": {"utterances": [{"speaker": "Ana", "text": "", "words": []}]}}),
        json!([{"speaker": "Ana", "words": null}]),
    ] {
        let meeting = fetched(silent.to_string().as_bytes()).unwrap();
        assert_eq!((meeting.words, meeting.duration_s), (0, Some(90.0)), "{silent}");
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), br#"[{"speaker": "Ana", "text": "Hello there."}]"#].concat();
    assert_eq!(fetched(&marked).unwrap().words, 2);
    for none in [json!({}), json!(null), json!("text"), json!({"error": "expired"}), json!([1, 2]), json!([{"a": 1}])] {
        assert_eq!(fetched(none.to_string().as_bytes()), Err(UnreadableFile::NoTurns), "{none}");
    }
    for text in [&b""[..], b"<Error><Code>AccessDenied</Code></Error>", b"{\"utterances\": [", b"\xff\xfe"] {
        assert_eq!(fetched(text), Err(UnreadableFile::NotJson));
    }
    let deep = "{\"data\":".repeat(100) + "[]" + &"}".repeat(100);
    assert_eq!(fetched(deep.as_bytes()), Err(UnreadableFile::NoTurns));
}

#[test]
fn a_meeting_without_words_is_missed_with_its_reason() {
    let failed = |fields: Value| {
        let mut data = json!({"bot_id": "b1"});
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let Delivery::Missed(missed) = read(&json!({"event": "bot.failed", "data": data})).unwrap() else {
            panic!("not missed: {data}")
        };
        assert_eq!(missed.bot_id, "b1");
        missed.failure.unwrap()
    };
    assert_eq!(failed(json!({"error": "CannotJoinMeeting"})), "CannotJoinMeeting");
    let both = json!({"error_code": "BOT_NOT_ACCEPTED", "error_message": "Not let\nin"});
    assert_eq!(failed(both), "Not let in (BOT_NOT_ACCEPTED)");
    assert_eq!(failed(json!({"error_code": null, "error_message": null})), "no reason given");
    let address = json!({"error_code": "INVALID_URL", "error_message": "cannot open https://zoom.example/j/1?pwd=x"});
    assert_eq!(failed(address), "INVALID_URL");
    assert_eq!(failed(json!({"error_message": "x".repeat(500)})).len(), 120);
    for words in [json!({}), json!({"transcript": null}), json!({"transcription": null, "raw_transcription": ""})] {
        let mut data = words.clone();
        data["bot_id"] = json!("b1");
        let read = read(&json!({"event": "bot.completed", "data": data})).unwrap();
        assert_eq!(read, Delivery::Missed(Missed { bot_id: "b1".to_owned(), failure: None }), "{words}");
    }
}

#[test]
fn other_events_are_ignored_with_a_reason() {
    let cases = [
        (json!({"event": "bot.status_change", "data": {"bot_id": "b1", "status": {"code": "in_call"}}}), "in_call"),
        (json!({"event": "failed", "data": {"error": "CannotJoinMeeting"}}), "CannotJoinMeeting"),
        (json!({"event": "calendar.sync_events", "data": {"calendar_id": "c"}}), "no such event"),
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

//! A fixture each way a transcript is written.

use serde_json::json;

use crate::transcript::{Format, Transcript, parse, parse_bytes};

type Row = (Option<&'static str>, Option<u64>, Option<u64>, &'static str);

fn check(transcript: &Transcript, format: Format, rows: &[Row]) {
    let got: Vec<_> = transcript
        .turns
        .iter()
        .map(|turn| (turn.speaker.as_deref(), turn.start_ms, turn.end_ms, turn.text.as_str()))
        .collect();
    assert_eq!(got, rows);
    assert_eq!(transcript.format, format);
    assert!(transcript.turns.iter().enumerate().all(|(at, turn)| turn.index == at));
}

#[test]
fn webvtt_with_everything() {
    let text = "\u{feff}WEBVTT - Weekly call\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n\
        NOTE a remark\nof two lines\n\nintro\n00:01.000 --> 00:03.000 align:start\n\
        <v.first.loud Ada Reed>Good morning,\nMira.</v>\n\n\
        2\n00:00:03.000 --> 00:00:04.000\n<v Ada Reed>Shall we <i>start</i>?\n\n\
        00:04.500 --> 00:06.500\n<v Mira Holt>Yes</v><v Ben Cho>Sure</v>\n";
    let transcript = parse(text);
    check(
        &transcript,
        Format::WebVtt,
        &[
            (Some("Ada Reed"), Some(1_000), Some(4_000), "Good morning, Mira. Shall we start?"),
            (Some("Mira Holt"), Some(4_500), Some(5_357), "Yes"),
            (Some("Ben Cho"), Some(5_357), Some(6_500), "Sure"),
        ],
    );
    assert_eq!(transcript.warnings, []);
    assert_eq!(transcript.speakers(), ["Ada Reed", "Mira Holt", "Ben Cho"]);
    assert_eq!(transcript.duration_ms(), Some(6_500));
}

#[test]
fn quotes_are_cut_where_the_source_breaks() {
    let text = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ada>I will send you the proposal\nby Friday noon.\n";
    let transcript = parse(text);
    let turn = &transcript.turns[0];
    assert_eq!(turn.text, "I will send you the proposal by Friday noon.");
    assert_eq!(turn.quotable("send you the proposal"), Some("send you the proposal"));
    assert_eq!(turn.quotable("I will send you the proposal by Friday"), Some("I will send you the proposal"));
    assert_eq!(turn.quotable("never said"), None);
    assert!(text.contains(turn.quotable(&turn.text).unwrap()));
}

#[test]
fn srt_in_its_dialects() {
    let text = "1\r\n00:00:00,000 --> 00:00:02,500\r\nAda Reed: Hello there.\r\n\r\n\
        2\r\n00:00:02.500 --> 00:00:04.000\r\n[Mira] Hello\r\nagain.\r\n3\r\n00:00:04,000 --> 00:00:05,000\r\nNo name: here\r\n";
    check(
        &parse(text),
        Format::Srt,
        &[
            (Some("Ada Reed"), Some(0), Some(2_500), "Hello there."),
            (Some("Mira"), Some(2_500), Some(4_000), "Hello again."),
            (None, Some(4_000), Some(5_000), "No name: here"),
        ],
    );
}

#[test]
fn broken_subtitles_still_read() {
    let transcript = parse(
        "WEBVTT\n00:05.000 --> 00:01.000\n<v Ada>Backwards\n\n00:zz --> 00:07.000\nlost\n\n00:08.000 --> 00:09.000\nFine",
    );
    let texts: Vec<&str> = transcript.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["Backwards lost", "Fine"]);
    assert_eq!(transcript.turns[0].end_ms, None);
    assert_eq!(transcript.warnings.len(), 3);
    assert_eq!(transcript.warnings[0].line, 2);
}

#[test]
fn plain_names_and_paragraphs() {
    check(
        &parse("Ada Reed: Hi.\nStill me.\n\nMira Holt: Here is the plan: we ship.\nAda Reed: Good."),
        Format::Plain,
        &[
            (Some("Ada Reed"), None, None, "Hi. Still me."),
            (Some("Mira Holt"), None, None, "Here is the plan: we ship."),
            (Some("Ada Reed"), None, None, "Good."),
        ],
    );
    check(
        &parse("[Ada] Hi.\n\n[Mira] Hello."),
        Format::Plain,
        &[(Some("Ada"), None, None, "Hi."), (Some("Mira"), None, None, "Hello.")],
    );
}

#[test]
fn names_as_recognisers_write_them() {
    let text = "ada reed: well hello\njo: hi\nada reed: one thing: it works\njo: good\nand cheap\n";
    let spoken: Vec<(Option<String>, String)> =
        parse(text).turns.into_iter().map(|turn| (turn.speaker, turn.text)).collect();
    assert_eq!(spoken.len(), 4, "{spoken:?}");
    assert_eq!(spoken[2], (Some("ada reed".to_owned()), "one thing: it works".to_owned()));
    assert_eq!(spoken[3].1, "good and cheap");
    // What only happens to have a colon.
    let notes = "we agreed: ship it\nthen this: nothing\nwe agreed: again\nand a line\nand another\nthe end\n";
    assert!(parse(notes).turns.iter().all(|turn| turn.speaker.is_none()));
}

#[test]
fn plain_with_times() {
    check(
        &parse("Ada Reed  0:05\nHi.\nMira Holt  1:10\nHello.\n"),
        Format::Plain,
        &[(Some("Ada Reed"), Some(5_000), Some(70_000), "Hi."), (Some("Mira Holt"), Some(70_000), None, "Hello.")],
    );
    check(
        &parse("[00:05] Ada: Hi.\n[00:07] Mira: Hello.\n"),
        Format::Plain,
        &[(Some("Ada"), Some(5_000), Some(7_000), "Hi."), (Some("Mira"), Some(7_000), None, "Hello.")],
    );
    check(
        &parse("00:00:05 - Ada\nHi.\n00:00:09 - Mira\nHello.\n"),
        Format::Plain,
        &[(Some("Ada"), Some(5_000), Some(9_000), "Hi."), (Some("Mira"), Some(9_000), None, "Hello.")],
    );
}

#[test]
fn no_speakers_and_one_line() {
    let transcript = parse("We talked about the weather.\n\nThen one thing: we left.");
    check(
        &transcript,
        Format::Plain,
        &[(None, None, None, "We talked about the weather."), (None, None, None, "Then one thing: we left.")],
    );
    assert_eq!(transcript.warnings[0].message, "no speakers");
    check(&parse("Hello"), Format::Plain, &[(None, None, None, "Hello")]);
    check(&parse("Ada: Hello"), Format::Plain, &[(Some("Ada"), None, None, "Hello")]);
    assert_eq!(parse("").warnings[0].message, "no words");
}

#[test]
fn meetingbaas_words() {
    let body = json!({"event": "complete", "data": {"bot_id": "b", "transcript": [
        {"speaker": "Ada", "words": [{"start": 1.25, "end": 1.5, "word": "Hi"}, {"start": 1.5, "end": 1.75, "word": "Mira!"}]},
        {"speaker": "Ada", "words": [{"start": 2.0, "end": 2.5, "word": "Ready?"}]},
        {"speaker": "Mira", "words": [{"start": 3.0, "end": 3.5, "word": "Yes."}]},
        {"speaker": "Mira", "words": []}
    ]}});
    check(
        &parse(&body.to_string()),
        Format::MeetingBaas,
        &[(Some("Ada"), Some(1_250), Some(2_500), "Hi Mira! Ready?"), (Some("Mira"), Some(3_000), Some(3_500), "Yes.")],
    );
}

#[test]
fn meetingbaas_file_of_version_2() {
    let file = json!({"bot_id": "b", "provider": "gladia", "result": {"utterances": [
        {"speaker": "Ada", "text": "Hi, Mira!", "start": 1.25, "end": 1.75,
            "words": [{"start": 1.25, "end": 1.5, "word": " Hi,"}, {"start": 1.5, "end": 1.75, "word": "Mira!"}]},
        {"speaker": "Mira", "text": "Yes.", "start": 3.0, "end": 3.5, "words": []},
    ], "languages": ["en"], "total_duration": 3.5}});
    check(
        &parse(&file.to_string()),
        Format::MeetingBaas,
        &[(Some("Ada"), Some(1_250), Some(1_750), "Hi, Mira!"), (Some("Mira"), Some(3_000), Some(3_500), "Yes.")],
    );
}

#[test]
fn fathom_and_fireflies() {
    let fathom = json!({"transcript": [
        {"speaker": {"display_name": "Ada Reed", "matched_calendar_invitee_email": null}, "text": "Hi.", "timestamp": "00:00:05"},
        {"speaker": {"display_name": "Mira"}, "text": "Hello.", "timestamp": "00:00:08"}
    ]});
    check(
        &parse(&fathom.to_string()),
        Format::Fathom,
        &[(Some("Ada Reed"), Some(5_000), Some(8_000), "Hi."), (Some("Mira"), Some(8_000), None, "Hello.")],
    );
    let fireflies = json!({"data": {"transcript": {"id": "x", "sentences": [
        {"index": 0, "speaker_name": "Ada", "speaker_id": 0, "text": "Hi.", "raw_text": "hi", "start_time": 0.5, "end_time": 1.0},
        {"index": 1, "speaker_name": null, "speaker_id": 1, "text": "Hello.", "start_time": 1.5, "end_time": 2.0}
    ]}}});
    check(
        &parse(&fireflies.to_string()),
        Format::Fireflies,
        &[(Some("Ada"), Some(500), Some(1_000), "Hi."), (Some("Speaker 1"), Some(1_500), Some(2_000), "Hello.")],
    );
}

#[test]
fn quotes_of_json_are_cut_where_json_escapes() {
    let sentences = |text: &str| json!([{"speaker_name": "Ada", "text": text}]).to_string();
    let source = sentences("He said \"we will sign tomorrow\" and left for good.");
    let turn = &parse(&source).turns[0];
    assert_eq!(turn.quotable(&turn.text), Some("we will sign tomorrow"));
    assert!(source.contains("we will sign tomorrow"));
    let turn = &parse(&sentences("We’ll sign tomorrow")).turns[0];
    assert_eq!(turn.quotable(&turn.text), Some("We’ll sign tomorrow"));
    let turn = &parse(r#"[{"speaker_name": "Ada", "text": "We\u2019ll sign tomorrow"}]"#).turns[0];
    assert_eq!(turn.quotable(&turn.text), Some("ll sign tomorrow"));
}

#[test]
fn text_inside_json_and_json_without_a_transcript() {
    let body = json!({"data": {"transcript_plaintext": "Ada: Hi.\nMira: Hello."}});
    assert_eq!(parse(&body.to_string()).speakers(), ["Ada", "Mira"]);
    let transcript = parse(r#"{"a": [1, 2]}"#);
    assert!(transcript.turns.is_empty());
    assert_eq!(transcript.warnings[0].message, "JSON without a transcript");
    // Broken JSON is a text like any other.
    assert_eq!(parse("[Ada] {hi").speakers(), ["Ada"]);
}

#[test]
fn encodings() {
    let text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoë>It costs €50 – “exactly”.\n";
    let mut utf16le = vec![0xff, 0xfe];
    utf16le.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let utf16be_unmarked: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let cp1252 = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zo\xeb>It costs \x8050 \x96 \x93exactly\x94.\n".to_vec();
    let marked: Vec<u8> = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    for bytes in [text.as_bytes().to_vec(), marked, utf16le, utf16be_unmarked, cp1252] {
        let transcript = parse_bytes(&bytes);
        assert_eq!(transcript.turns[0].speaker.as_deref(), Some("Zoë"));
        assert_eq!(transcript.turns[0].text, "It costs €50 – “exactly”.");
    }
    assert_eq!(parse_bytes(b"Ren\xe9: Bonjour").turns[0].speaker.as_deref(), Some("René"));
}

#[test]
fn five_hours() {
    let mut text = String::from("WEBVTT\n\n");
    for second in (0..5 * 3600_u64).step_by(3) {
        let name = if second % 2 == 0 { "Ada" } else { "Mira" };
        let clock = |s: u64| format!("{:02}:{:02}:{:02}.000", s / 3600, s / 60 % 60, s % 60);
        text.push_str(&format!("{} --> {}\n<v {name}>Words and more words.</v>\n\n", clock(second), clock(second + 3)));
    }
    let transcript = parse(&text);
    assert_eq!(transcript.turns.len(), 6_000);
    assert_eq!(transcript.duration_ms(), Some(5 * 3_600_000));
}

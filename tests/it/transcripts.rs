//! What a vendor sends, as a skill's parser sees it.

#![allow(clippy::unwrap_used)]

use serde_json::json;
use skillhost_connectors::meetingbaas::{Delivery, parse};

/// Whatever the vendor sends as words, the kept text holds those words, next to
/// each other, for the voice that spoke them: as the SDK's own parser sees it.
#[test]
fn odd_words_survive_the_way_to_a_skill() {
    let turns = json!([
        {"speaker": "R&D <lead>", "words": [{"word": " a < b "}, {"word": "&"}, {"word": "b\n\nc"}]},
        {"speaker": null, "words": [{"text": "00:00:05.000 --> 00:00:06.000", "start": 4000.0, "end": 3.0}]},
        {"speaker": "Ana", "words": [{"word": "", "start": -1.0, "end": 1e300}]},
        {"speaker": "Ana", "words": [{"word": "NOTE", "start": 4001.0, "end": 4002.0}]},
    ]);
    let body = json!({"event": "complete", "data": {"bot_id": "b1", "transcript": turns}});
    let Delivery::Complete(meeting) = parse(body.to_string().as_bytes()).unwrap() else { panic!("not complete") };
    let heard = skillhost_sdk::transcript::parse(&meeting.transcript);
    let said: Vec<_> = heard.turns.iter().map(|turn| (turn.speaker.as_deref(), turn.text.as_str())).collect();
    assert_eq!(
        said,
        [(Some("R&D <lead>"), "a < b & b c"), (None, "00:00:05.000 --> 00:00:06.000"), (Some("Ana"), "NOTE"),]
    );
}

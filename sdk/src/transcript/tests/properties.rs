//! What must hold of any bytes.

use proptest::prelude::*;

use crate::transcript::{parse, parse_bytes};

/// Text of the pieces that formats are made of, in any order.
fn shuffled() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("WEBVTT\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("00:01.000 --> 00:02.000\n".to_owned()),
        Just("99:99:99,999 -->".to_owned()),
        Just("<v Ada>".to_owned()),
        Just("</v>".to_owned()),
        Just("<".to_owned()),
        Just("&amp;".to_owned()),
        Just("&".to_owned()),
        Just("NOTE x\n".to_owned()),
        Just("Ada Reed: ".to_owned()),
        Just("[Mira] ".to_owned()),
        Just("[Acme] Ada Reed: ".to_owned()),
        Just("mira holt (she/her): ".to_owned()),
        Just("+49 30 5550 1734: ".to_owned()),
        Just("\u{200e}".to_owned()),
        Just("\u{a0}".to_owned()),
        Just("[00:12] ".to_owned()),
        Just("(".to_owned()),
        Just("：".to_owned()),
        Just("12\n".to_owned()),
        Just("{\"words\":[".to_owned()),
        "\\PC{0,12}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_parse(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let transcript = parse_bytes(&bytes);
        prop_assert!(transcript.turns.iter().all(|turn| !turn.text.is_empty()));
    }

    #[test]
    fn every_quotable_piece_stands_in_the_source(text in shuffled()) {
        let transcript = parse(&text);
        for (at, turn) in transcript.turns.iter().enumerate() {
            prop_assert_eq!(turn.index, at);
            prop_assert!(!turn.text.trim().is_empty());
            prop_assert!(turn.joints.is_sorted());
            if let (Some(start), Some(end)) = (turn.start_ms, turn.end_ms) {
                prop_assert!(start <= end);
            }
            if !text.trim_start().starts_with(['{', '['])
                && let Some(quote) = turn.quotable(&turn.text)
            {
                let source = text.replace('\r', "\n");
                prop_assert!(source.contains(quote), "{quote:?} is not in {source:?}");
            }
        }
    }

    #[test]
    fn spoken_lines_come_back(lines in proptest::collection::vec((0..3_usize, "[A-Za-z][a-z ]{0,20}[a-z]"), 2..12)) {
        let names = ["Ada Reed", "Mira Holt", "Ben"];
        let text: String = lines.iter().map(|(who, words)| format!("{}: {words}\n", names[*who])).collect();
        let transcript = parse(&text);
        let spoken: Vec<String> = transcript.turns.iter().map(|turn| turn.text.clone()).collect();
        let want: Vec<&str> = lines.iter().map(|(_, words)| words.as_str()).collect();
        prop_assert_eq!(spoken.join(" "), want.join(" "));
    }
}

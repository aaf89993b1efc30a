//! Who speaks, whatever their label looks like, and what only has a colon.

use crate::sources::{Attendee, Side};
use crate::transcript::{Transcript, parse, parse_knowing};

/// Labels that meeting programs write, each of somebody else than Ada.
const LABELS: [&str; 40] = [
    "Mira Holt (she/her)",
    "Mira Holt (they/them/theirs)",
    "Mira Holt she/her",
    "mira holt (she/her)",
    "Mira Holt (Guest)",
    "Mira Holt (External)",
    "Mira Holt (Team: Buying)",
    "Mira Holt | Globex",
    "Mira Holt - Globex Ltd",
    "Mira Holt – Globex",
    "Mira Holt, Globex",
    "Mira Holt [Globex]",
    "[Globex] Mira Holt",
    "Holt, Mira",
    "Dr. Mira Holt",
    "Mira Holt Jr.",
    "M. Holt",
    "Mira H.",
    "Mira O'Neill",
    "d'Arcy Holt",
    "van der Berg",
    "Mira de la Cruz",
    "MIRA HOLT",
    "mira",
    "mira holt",
    "mira42",
    "mira_holt",
    "mira.holt@globex.test",
    "Mira Holt <mira@globex.test>",
    "Mira's iPhone",
    "Mira’s iPad (2)",
    "mira's laptop",
    "Room 4",
    "4th Floor Boardroom",
    "+49 30 5550 1734",
    "(212) 555-0134",
    "+1 ***-***-0134",
    "🎤 Mira Holt 🎉",
    "Мира Холт",
    "मीरा होल्ट",
];

fn said(transcript: &Transcript) -> Vec<(Option<&str>, &str)> {
    transcript.turns.iter().map(|turn| (turn.speaker.as_deref(), turn.text.as_str())).collect()
}

/// Ada, the other, Ada: in each form in which meetings are exported.
fn forms(other: &str) -> [String; 6] {
    let lines = [
        "Ada Reed: Shall we go on?".to_owned(),
        format!("{other}: I'll sign it on Monday."),
        "Ada Reed: Fine.".to_owned(),
    ];
    let joined = |write: &dyn Fn(usize, &str) -> String| -> String {
        lines.iter().enumerate().map(|(at, line)| write(at + 1, line)).collect()
    };
    let srt = joined(&|at, line| format!("{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{line}\n\n"));
    [
        joined(&|_, line| format!("{line}\n")),
        joined(&|_, line| format!("{line}\r\n\r\n")),
        joined(&|at, line| format!("00:0{at} {line}\n")),
        srt.replace('\n', "\r\n"),
        srt,
        "WEBVTT\n\n".to_owned() + &joined(&|at, line| format!("00:0{at}.000 --> 00:0{at}.900\n\n{line}\n\n")),
    ]
}

#[test]
fn every_label_is_somebody_in_every_form() {
    for label in LABELS {
        for form in forms(label) {
            let want = [
                (Some("Ada Reed"), "Shall we go on?"),
                (Some(label), "I'll sign it on Monday."),
                (Some("Ada Reed"), "Fine."),
            ];
            assert_eq!(said(&parse(&form)), want, "{form}");
        }
    }
}

#[test]
fn a_label_may_hold_what_does_not_show() {
    // The same person with and without a space that does not break is one person.
    let heard = parse("\u{200e}Mira\u{a0}Holt: One.\nAda Reed : Two.\nMira Holt: Three.\n");
    assert_eq!(said(&heard), [(Some("Mira Holt"), "One."), (Some("Ada Reed"), "Two."), (Some("Mira Holt"), "Three.")]);
}

#[test]
fn a_bracket_that_speaks_elsewhere_is_the_speaker() {
    let heard = parse("[Ada] Hello.\n[Ada] Mira: can you hear us?\n[Mira] Yes.\n");
    assert_eq!(said(&heard), [(Some("Ada"), "Hello. Mira: can you hear us?"), (Some("Mira"), "Yes.")]);
}

#[test]
fn sentences_with_colons_are_no_speakers() {
    for opening in
        ["Remember", "One Last Thing", "Next Steps", "Two options", "Here is the plan", "Depot Opening", "Plan B"]
    {
        let lines = [
            "We have settled most of it.".to_owned(),
            format!("{opening}: we begin on Monday."),
            "Then we see.".into(),
        ];
        let cues: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{line}\n\n"))
            .collect();
        for text in [cues.concat(), format!("WEBVTT\n\n{}", cues.concat().replace(',', "."))] {
            let heard = parse(&text);
            assert_eq!(heard.speakers(), [""; 0], "{text}");
            assert!(heard.turns[0].text.contains(&format!("{opening}: we begin")), "{text}");
        }
        // The sentence of somebody stays theirs.
        let heard = parse(&format!("Ada: {}\nMira: Good.\nAda: {}\n", lines[1], lines[2]));
        assert_eq!(heard.speakers(), ["Ada", "Mira"], "{opening}");
        assert_eq!(heard.turns[0].text, lines[1]);
    }
}

#[test]
fn remarks_between_names_are_not_names() {
    let text = "WEBVTT\n\n00:01.000 --> 00:02.000\nAda Reed: So we are done.\n\n00:02.000 --> 00:03.000\n\
        Remember: I'll send the plan.\n\n00:03.000 --> 00:04.000\nMira Holt: Thanks.\n\n00:04.000 --> 00:05.000\nAda Reed: Bye.\n";
    let heard = parse(text);
    assert_eq!(heard.speakers(), ["Ada Reed", "Mira Holt"]);
    // Whose cue it is the file does not say.
    assert_eq!(said(&heard)[1], (None, "Remember: I'll send the plan."));
}

#[test]
fn words_after_a_blank_line_are_their_own_cues() {
    let blank = ["\n", "\n\n\n", " \n\t\n", "\u{a0}\n"];
    for gap in blank {
        for (before, head) in [("", "WEBVTT\n\n"), ("12\n", ""), ("c-7\n", "WEBVTT\n\n")] {
            let cue = |at: u32, words: &str| {
                format!("{before}00:00:0{at}.000 --> 00:00:0{at}.900 align:start\n{gap}{words}\n\n")
            };
            let text =
                format!("{head}{}{}", cue(1, "<v Ada Reed>Hello, Mira.</v>"), cue(2, "<v Mira Holt>I'll sign it.</v>"));
            for text in [text.clone(), text.replace('\n', "\r\n")] {
                let heard = parse(&text);
                assert_eq!(
                    said(&heard),
                    [(Some("Ada Reed"), "Hello, Mira."), (Some("Mira Holt"), "I'll sign it.")],
                    "{text:?}"
                );
                assert_eq!(heard.turns[1].start_ms, Some(2_000));
                assert_eq!(heard.warnings, []);
            }
        }
    }
}

#[test]
fn a_file_of_which_every_other_line_is_blank() {
    let text = "1\n00:00:01,000 --> 00:00:02,000\nAda: We need\ntwelve of them.\n2\n00:00:03,000 --> 00:00:04,000\nMira: I'll order them.\n";
    let heard = parse(&text.replace('\n', "\n\n"));
    assert_eq!(said(&heard), [(Some("Ada"), "We need twelve of them."), (Some("Mira"), "I'll order them.")]);
}

#[test]
fn words_right_above_a_time_are_no_name_of_a_cue() {
    let text = "WEBVTT\n\n00:01.000 --> 00:02.000\n\nAda: We begin.\n00:03.000 --> 00:04.000\n\nMira: I'll sign it.\n00:05.000 --> 00:06.000\n\nAda: Good.\n";
    assert_eq!(
        said(&parse(text)),
        [(Some("Ada"), "We begin."), (Some("Mira"), "I'll sign it."), (Some("Ada"), "Good.")]
    );
}

#[test]
fn a_second_voice_after_a_blank_line_keeps_its_words() {
    let text = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>Shall we?</v>\n\n<v Mira>I'll sign it.</v>\n";
    assert_eq!(said(&parse(text)), [(Some("Ada"), "Shall we?"), (Some("Mira"), "I'll sign it.")]);
}

#[test]
fn who_is_not_known_is_nobody_not_the_one_before() {
    // No colon: where each time has a name, a time without is not the one before.
    let heard = parse("00:01 Ada Reed: Hello.\n00:05 Mira Holt (Globex) - I'll sign it.\n00:09 Ada Reed: Good.\n");
    assert_eq!(said(&heard)[1], (None, "Mira Holt (Globex) - I'll sign it."));
    assert_eq!(heard.speakers(), ["Ada Reed"]);
    // A loose label that comes once among many lines without any.
    let notes =
        "Ada: Hello.\nWe spoke before.\nAbout much.\nNew faces: I'll sign it.\nMore of it.\nMira: Good.\nAda: Fine.\n";
    let heard = parse(notes);
    assert_eq!(said(&heard)[1..3], [(None, "New faces: I'll sign it."), (None, "More of it.")]);
    // Names only where they change: a time alone goes on.
    let heard = parse("0:01 Ada: One.\n0:02 Two.\n0:03 Three.\n0:04 Mira: Four.\n0:05 Five.\n0:06 Six.\n");
    assert_eq!(said(&heard), [(Some("Ada"), "One. Two. Three."), (Some("Mira"), "Four. Five. Six.")]);
}

#[test]
fn whoever_was_invited_is_a_speaker() {
    let invited = |name: &str| Attendee { name: name.into(), email: None, side: Side::Unknown };
    // Nothing returns here, and no name has a capital.
    let text = "ada: Shall we go on?\nmira holt: I'll sign it.\n";
    assert_eq!(parse(text).speakers(), [""; 0]);
    let heard = parse_knowing(text, &[invited("Ada Reed"), invited("Mira Holt")]);
    assert_eq!(said(&heard), [(Some("ada"), "Shall we go on?"), (Some("mira holt"), "I'll sign it.")]);
    // A colon makes nobody of those who are not there.
    let heard = parse_knowing("We are done.\nremember: I'll send it.\nThank you.\nGood.\n", &[invited("Ada Reed")]);
    assert_eq!(heard.speakers(), [""; 0]);
}

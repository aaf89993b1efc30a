//! Doubts of the prospect, and how our side met them.

use std::sync::LazyLock;

use meeting_source::Loaded;
use skillhost_language::{Pattern, Topic, any, question, sentences, signals, table};
use skillhost_sdk::sources::Side;

use crate::measure::time_of;
use crate::output::Objection;

/// The handling is in this many turns of ours after the doubt.
const HANDLED_WITHIN: usize = 3;
/// An answer has at least this many words; less is an acknowledgement.
const ANSWER_WORDS: usize = 12;

struct Tables {
    acknowledge: Vec<Pattern>,
    dismiss: Vec<Pattern>,
    evidence: Vec<Pattern>,
    check: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    acknowledge: table(&[
        "understand|hear|appreciate|see|get that|you|where|why|your|the|it",
        "makes|make ~1 sense",
        "fair point|enough|question|concern",
        "totally fair|valid|understandable",
        "good|great|valid point|question|concern",
        "thanks|thank ~2 for raising|sharing|telling|bringing|being",
        "completely|totally understandable",
        "you are not the only|alone",
    ]),
    dismiss: table(&[
        "do not worry",
        "not ~2 a|an|really problem|issue|concern",
        "trust me",
        "nobody else|ever",
        "everyone else|says",
        "that is not true|right|correct|how",
        "you are wrong",
        "like i said",
        "anyway",
        "you just need|have to",
    ]),
    evidence: table(&[
        "#",
        "customer|customers|client|clients|example|study|studies|reference|case|data|results|report|similar|companies|team|teams ~3 who|that|with|like|had|saw|did|in|of|at|shows|say",
        "for example|instance",
        "we can ~2 show|send|share|include|offer|start|do|phase|split",
        "what we|other|others do|did|have|saw",
        "guarantee|pilot|trial|certified|compliant|audit",
    ]),
    check: table(&[
        "does|did|would that ~2 help|answer|address|make|work|resolve|cover|ease",
        "how does that sound|feel|land",
        "is there anything else",
        "what else",
        "are you comfortable|okay",
        "anything else ~3 concern|worries|worry",
        "does it make sense",
        "would that be enough|okay|acceptable",
    ]),
});

pub(crate) fn objections(meeting: &Loaded) -> Vec<Objection> {
    let mut out: Vec<Objection> = Vec::new();
    let turns = meeting.transcript.turns.iter().enumerate();
    let ours: Vec<usize> = turns.filter(|(_, turn)| meeting.side(turn) == Side::Rep).map(|(at, _)| at).collect();
    for (at, turn) in meeting.transcript.turns.iter().enumerate() {
        if meeting.side(turn) != Side::Prospect {
            continue;
        }
        for sentence in sentences(&turn.text) {
            let doubt = signals(&sentence).into_iter().any(|signal| {
                signal.topic == Topic::Objection || signal.topic == Topic::Budget && signal.strength < 0.0
            });
            if !doubt || out.last().is_some_and(|earlier| earlier.turn == turn.index) {
                continue;
            }
            let Some(quote) = meeting.quote(at, &sentence.range) else { continue };
            let (level, reason) = handling(meeting, &ours, at);
            out.push(Objection { quote, time: time_of(turn), turn: turn.index, level, reason: reason.to_owned() });
        }
    }
    out
}

/// Level and reason, from what our side said next; `ours` are the positions of its turns.
fn handling(meeting: &Loaded, ours: &[usize], at: usize) -> (u8, &'static str) {
    let tables = &*TABLES;
    let replies: Vec<_> = ours[ours.partition_point(|turn| *turn <= at)..]
        .iter()
        .filter_map(|turn| meeting.transcript.turns.get(*turn))
        .take(HANDLED_WITHIN)
        .collect();
    let Some(first) = replies.first() else {
        return (1, "nobody took it up");
    };
    let mut explored = false;
    let mut checked = false;
    let mut answered = false;
    let mut evidenced = false;
    let mut words = 0;
    for (number, turn) in replies.iter().enumerate() {
        for sentence in sentences(&turn.text) {
            checked |= any(&tables.check, &sentence.tokens);
            match question(&sentence) {
                // Exploring comes before the answer.
                Some(asked) if !asked.housekeeping && number == 0 => explored |= !any(&tables.check, &sentence.tokens),
                Some(_) => {}
                None => {
                    words += sentence.tokens.len();
                    evidenced |= any(&tables.evidence, &sentence.tokens);
                }
            }
        }
        if number == 0 && words >= ANSWER_WORDS {
            answered = true;
        }
    }
    answered |= words >= ANSWER_WORDS && explored;
    let opening = sentences(&first.text);
    let lead: Vec<_> = opening.iter().take(2).collect();
    let dismissed = lead.iter().any(|sentence| any(&tables.dismiss, &sentence.tokens));
    let acknowledged = lead.iter().any(|sentence| any(&tables.acknowledge, &sentence.tokens));
    match () {
        () if explored && answered && checked => (5, "asked about it, answered, and checked that it helped"),
        () if explored => (4, "asked about it before answering"),
        () if dismissed && !acknowledged => (2, "waved it away"),
        () if answered && (evidenced || acknowledged) => (3, "answered it without asking what is behind it"),
        () if answered => (2, "talked on without taking it up"),
        () if acknowledged => (2, "acknowledged it and moved on"),
        () => (1, "went past it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.acknowledge, &t.dismiss, &t.evidence, &t.check]
                .iter()
                .all(|group| group.iter().all(Pattern::is_well_formed))
        );
    }
}

//! Time and words: who spoke how much, how long at a stretch, how fast.

use meeting_source::Loaded;
use skillhost_sdk::Turn;
use skillhost_sdk::sources::Side;

use crate::output::{SpeakerTalk, Stretch, Talk};

/// A monologue is longer than this, seconds; beyond it listeners stop following.
pub(crate) const MONOLOGUE_SECONDS: f64 = 76.0;
/// Words a minute of unhurried English, to estimate time from words.
const ESTIMATED_PACE: f64 = 150.0;
/// "Mm-hm" does not end a monologue: an interjection has at most this many words.
const INTERJECTION_WORDS: usize = 3;
/// Pace is measured over at least this much talk, seconds; less is a greeting.
const PACE_NEEDS_SECONDS: f64 = 30.0;
/// A quote of a long stretch is its first words.
const OPENING_WORDS: usize = 14;

/// Seconds of a turn, measured, else estimated from its words.
pub(crate) fn seconds(turn: &Turn) -> (f64, bool) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a meeting and words of a turn are small")]
    match turn.duration_ms().filter(|ms| *ms > 0) {
        Some(ms) => (ms as f64 / 1000.0, true),
        None => (turn.word_count() as f64 / ESTIMATED_PACE * 60.0, false),
    }
}

/// `m:ss`.
pub(crate) fn time_of(turn: &Turn) -> Option<String> {
    turn.start_ms.map(|ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60))
}

/// The first words of a turn, exact.
pub(crate) fn opening(turn: &Turn) -> String {
    let mut words = 0;
    let mut inside = false;
    let mut end = turn.text.len();
    for (at, c) in turn.text.char_indices() {
        if c.is_whitespace() {
            if inside && words == OPENING_WORDS {
                end = at;
                break;
            }
            inside = false;
        } else if !inside {
            inside = true;
            words += 1;
        }
    }
    turn.quotable(&turn.text[..end]).map(str::to_owned).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "word counts of one meeting")]
pub(crate) fn talk(meeting: &Loaded) -> Talk {
    let turns = &meeting.transcript.turns;
    let spoken: Vec<&Turn> = turns.iter().filter(|turn| turn.speaker.is_some()).collect();
    let timed =
        !spoken.is_empty() && spoken.iter().all(|turn| seconds(turn).1 || turn.word_count() <= INTERJECTION_WORDS);
    let amount = |turn: &Turn| if timed { seconds(turn).0 } else { turn.word_count() as f64 };
    let total: f64 = spoken.iter().map(|turn| amount(turn)).sum();
    let share = |part: f64| if total > 0.0 { round(part / total, 1000.0) } else { 0.0 };
    let speakers: Vec<SpeakerTalk> = meeting
        .transcript
        .speakers()
        .into_iter()
        .map(|name| {
            let own: Vec<&&Turn> = spoken.iter().filter(|turn| turn.speaker.as_deref() == Some(name)).collect();
            SpeakerTalk {
                name: name.to_owned(),
                role: meeting.side_of(Some(name)),
                share: share(own.iter().map(|turn| amount(turn)).sum()),
                seconds: timed.then(|| round(own.iter().map(|turn| seconds(turn).0).sum(), 10.0)),
                words: own.iter().map(|turn| turn.word_count()).sum(),
            }
        })
        .collect();
    let of_rep = |turn: &&&Turn| meeting.side(turn) == Side::Rep;
    let rep_known = speakers.iter().any(|s| s.role == Side::Rep) && speakers.iter().any(|s| s.role == Side::Prospect);
    let rep: f64 = spoken.iter().filter(of_rep).map(|turn| amount(turn)).sum();
    let rep_seconds: f64 = spoken.iter().filter(of_rep).map(|turn| seconds(turn).0).sum();
    let rep_words: usize = spoken.iter().filter(of_rep).map(|turn| turn.word_count()).sum();
    Talk {
        measured_by: if timed { "time" } else { "words" }.to_owned(),
        rep_share: rep_known.then(|| share(rep)),
        speakers,
        monologues: monologues(meeting),
        longest_listen_seconds: timed.then(|| longest_listen(meeting)).flatten(),
        words_per_minute: (timed && rep_seconds >= PACE_NEEDS_SECONDS)
            .then(|| round(rep_words as f64 / rep_seconds * 60.0, 1.0)),
    }
}

pub(crate) fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// Words that ask nothing and do not take the floor.
fn is_murmur(turn: &Turn) -> bool {
    turn.word_count() <= INTERJECTION_WORDS && !turn.text.contains('?')
}

/// Stretches of one rep speaker, over other people's interjections.
fn monologues(meeting: &Loaded) -> Vec<Stretch> {
    let turns = &meeting.transcript.turns;
    let mut out: Vec<Stretch> = Vec::new();
    let mut at = 0;
    while at < turns.len() {
        let first = &turns[at];
        if meeting.side(first) != Side::Rep {
            at += 1;
            continue;
        }
        let mut length = seconds(first).0;
        let mut next = at + 1;
        // Two may murmur in turn.
        while let Some(on) = turns[next..]
            .iter()
            .position(|turn| turn.speaker == first.speaker || !is_murmur(turn))
            .map(|murmurs| next + murmurs)
            .filter(|on| turns[*on].speaker == first.speaker)
        {
            length += seconds(&turns[on]).0;
            next = on + 1;
        }
        if length > MONOLOGUE_SECONDS {
            out.push(Stretch {
                speaker: first.speaker.clone().unwrap_or_default(),
                time: time_of(first),
                seconds: round(length, 1.0),
                quote: opening(first),
                turn: first.index,
            });
        }
        at = next;
    }
    out
}

/// The longest time between two turns of our side in which others spoke.
fn longest_listen(meeting: &Loaded) -> Option<f64> {
    let mut longest: f64 = 0.0;
    let mut current: f64 = 0.0;
    for turn in &meeting.transcript.turns {
        let interjection = turn.word_count() <= INTERJECTION_WORDS;
        match meeting.side(turn) {
            Side::Rep if !interjection => current = 0.0,
            Side::Rep => {}
            _ => current += seconds(turn).0,
        }
        longest = longest.max(current);
    }
    (longest > 0.0).then(|| round(longest, 1.0))
}

//! Conversations in which nothing is sold: `{"meeting_transcripts": [{"speaker", "content"}]}`.
//! They have no labels; a buying signal in them is wrong.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::call::{Call, list, word};
use super::super::measure::Measure;
use super::super::report::{Part, SetReport};
use super::super::shipped::Shipped;
use super::{files, name_of, text};

const AT_MS: i64 = 1_795_014_000_000;

#[derive(Deserialize)]
struct Conversation {
    meeting_transcripts: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    speaker: String,
    content: String,
}

pub(super) async fn measure(shipped: &Shipped, folder: &Path) -> anyhow::Result<Option<SetReport>> {
    let mut set = SetReport::new("talk in which nothing is sold", Part::ThirdParty);
    let (mut lines, mut signals, mut promises, mut asks) = (0, 0, 0, 0);
    let paths = files(folder, ".json")?;
    for path in &paths {
        let conversation: Conversation =
            serde_json::from_str(&text(path)?).with_context(|| path.display().to_string())?;
        // Everybody is from outside, the side that signals are heard from.
        let turns: Vec<(String, String)> = conversation
            .meeting_transcripts
            .into_iter()
            .map(|line| (line.speaker.replace(':', " "), line.content.replace('\n', " ")))
            .collect();
        let mut prospect: Vec<String> = turns.iter().map(|(speaker, _)| speaker.clone()).collect();
        prospect.sort();
        prospect.dedup();
        let at = Timestamp::from_millisecond(AT_MS)?;
        let call = Call { at, zone: "UTC", rep: &[], prospect: &prospect, turns: &turns };
        let output = shipped.output("detect-intents", name_of(path), Call::input(), call.context()).await?;
        lines += turns.len();
        signals += list(&output, "buying_signals").len();
        promises += list(&output, "commitments").len();
        asks += list(&output, "requests").len();
        for one in list(&output, "buying_signals") {
            let example = format!("{} {}: {:?}", name_of(path), word(one, "signal"), word(one, "phrase"));
            set.mistake("buying signals", example);
        }
    }
    if paths.is_empty() {
        return Ok(None);
    }
    set.count("conversations", paths.len());
    set.count("turns", lines);
    set.measures = vec![
        Measure::count("buying signals, of which none is right", signals),
        Measure::count("commitments, without labels", promises),
        Measure::count("requests, without labels", asks),
    ];
    Ok(Some(set))
}

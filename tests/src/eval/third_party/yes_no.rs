//! `*.jsonl` of sentences of mails: Yes where one asks for or promises something.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use super::super::call::list;
use super::super::measure::{Measure, Tally};
use super::super::report::{Part, SetReport};
use super::super::sentences::heard;
use super::super::shipped::Shipped;
use super::{files, name_of, text};

/// From here on a follow-up is suggested.
const SUGGESTED: f64 = 0.8;

#[derive(Deserialize)]
struct Row {
    label: String,
    sentence: String,
}

/// How sure the surest promise or request is; none where there is none.
fn surest(output: &Value) -> Option<f64> {
    let all = ["commitments", "requests", "deferred"].into_iter().flat_map(|name| list(output, name));
    all.filter_map(|one| one.get("confidence")?.as_f64()).reduce(f64::max)
}

pub(super) async fn measure(shipped: &Shipped, folder: &Path) -> anyhow::Result<Vec<SetReport>> {
    let mut sets = Vec::new();
    for path in files(folder, ".jsonl")? {
        let rows: Vec<Row> = text(&path)?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .with_context(|| path.display().to_string())?;
        let mut set = SetReport::new(name_of(&path), Part::ThirdParty);
        let (mut any, mut sure) = (Tally::default(), Tally::default());
        for row in &rows {
            // The writer may be on either side.
            let (ours, theirs) = (
                heard(shipped, "yes-no", "Ada", &row.sentence).await?,
                heard(shipped, "yes-no", "Mira", &row.sentence).await?,
            );
            let found = surest(&ours).into_iter().chain(surest(&theirs)).reduce(f64::max);
            let yes = row.label == "Yes";
            for (tally, found) in [(&mut any, found.is_some()), (&mut sure, found.is_some_and(|f| f >= SUGGESTED))] {
                tally.right += usize::from(yes && found);
                tally.wrong += usize::from(!yes && found);
                tally.missed += usize::from(yes && !found);
            }
            if !yes && found.is_some_and(|found| found >= SUGGESTED) {
                set.mistake("sure enough to suggest something, labelled No", row.sentence.clone());
            }
        }
        set.count("sentences", rows.len());
        set.measures = vec![
            Measure::findings("a known request or promise", any, None),
            Measure::findings("sure enough to suggest something", sure, None),
        ];
        sets.push(set);
    }
    Ok(sets)
}

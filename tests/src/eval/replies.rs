//! Labelled replies to campaigns: `tests/eval/replies.jsonl`, a reply a line with its class.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{list, word};
use super::mails::{APART, CLASSES, by_class, is_report};
use super::measure::{Measure, Share};
use super::report::{Part, SetReport};
use super::shipped::Shipped;

/// The day after the last reply; every reply is older.
const NOW_MS: i64 = 1_790_812_800_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    id: String,
    set: String,
    at: String,
    from: String,
    from_name: String,
    subject: String,
    headers: BTreeMap<String, String>,
    text: String,
    class: String,
    /// A class that a careful reader could give as well; told beside a mistake.
    #[serde(default)]
    doubt: Option<String>,
}

impl Labelled {
    fn as_source(&self) -> Value {
        json!({
            "id": self.id, "from": self.from, "from_name": self.from_name, "subject": self.subject,
            "text": self.text, "at": self.at, "headers": self.headers,
        })
    }
}

/// Scores each part of the file by itself, all its replies in one call as a campaign has them.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, path: &Path) -> anyhow::Result<Vec<SetReport>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let all: Vec<Labelled> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().with_context(|| path.display().to_string())?;
    let mut sets = Vec::new();
    for (name, part) in [("dev", Part::Tuning), ("held", Part::Held)] {
        let replies: Vec<&Labelled> = all.iter().filter(|reply| reply.set == name).collect();
        if replies.is_empty() {
            continue;
        }
        let context = json!({
            "now": NOW_MS,
            "zone": "Europe/London",
            "event_type": "campaign_check",
            "sources": {"campaigns": [{
                "id": "k1", "name": "Autumn", "status": "active", "channel": "email",
                "started_at": "2026-09-01T00:00:00.000Z", "owner_id": "u-ines", "steps": [], "previous": null,
                "replies": replies.iter().map(|reply| reply.as_source()).collect::<Vec<_>>(),
            }]},
        });
        let input = json!({"from": "2026-09-01", "until": "2026-09-30"});
        let output = shipped.output("classify-replies", name, input, context).await?;
        let found: BTreeMap<&str, &Value> =
            list(&output, "replies").iter().map(|found| (word(found, "reply_id"), found)).collect();
        let mut set = SetReport::new(&format!("replies to campaigns {name}"), part);
        let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
        let (mut classes, mut apart) = (Share::default(), Share::default());
        for reply in replies {
            let read = *found.get(reply.id.as_str()).with_context(|| format!("{} is not classified", reply.id))?;
            let class = word(read, "class");
            classes.add(class == reply.class);
            if is_report(&reply.class) {
                apart.add(class == reply.class || !is_report(class));
            }
            if class != reply.class {
                let doubt = reply.doubt.as_deref().map(|doubt| format!(", or {doubt}")).unwrap_or_default();
                let quote = word(read, "quote");
                let example = format!("{} as {class}: {:?}, {quote:?}{doubt}", reply.id, reply.subject);
                set.mistake(&format!("{} taken for another", reply.class), example);
            }
            *confusion.entry((reply.class.clone(), class.to_owned())).or_default() += 1;
        }
        set.count("replies", classes.all);
        set.measures = vec![
            Measure::share("class", classes, Some(CLASSES)),
            Measure::share("absences and bounces told apart", apart, Some(APART)),
        ];
        set.measures.extend(by_class(&confusion));
        set.confusion = confusion.into_iter().map(|((want, got), count)| (want, got, count)).collect();
        sets.push(set);
    }
    Ok(sets)
}

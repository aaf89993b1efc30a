//! Labelled mails: `tests/eval/emails*.jsonl`, a mail a line with its class.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::word;
use super::measure::{Measure, Share, Tally};
use super::report::{Part, SetReport};
use super::shipped::Shipped;

/// Least share of right classes.
pub(super) const CLASSES: f64 = 0.85;
/// An absence taken for a bounce suppresses a live contact; there must be none.
pub(super) const APART: f64 = 1.0;

#[derive(Deserialize)]
struct Labelled {
    id: String,
    set: String,
    headers: BTreeMap<String, String>,
    from: String,
    from_name: String,
    at: String,
    subject: String,
    body: String,
    class: String,
    notes: String,
    #[serde(default)]
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Expected {
    return_date: Option<String>,
    stand_in_email: Option<String>,
    left: Option<bool>,
    failed: Option<String>,
    hard: Option<bool>,
}

/// A mail as the source `thread` has it.
pub(super) struct Letter<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Sender.
    pub(super) from: &'a str,
    /// As they call themselves.
    pub(super) from_name: &'a str,
    /// RFC 3339.
    pub(super) at: &'a str,
    /// Without decoding.
    pub(super) subject: &'a str,
    /// As text.
    pub(super) body: &'a str,
    /// Those that tell machines from people.
    pub(super) headers: Value,
    /// Whether it answers a mail of ours.
    pub(super) is_answer: bool,
}

impl Letter<'_> {
    /// What the skill says of it.
    ///
    /// # Errors
    /// The call fails.
    pub(super) async fn classified(&self, shipped: &Shipped) -> anyhow::Result<Value> {
        let input = json!({"email_id": self.id, "thread_id": "t1"});
        let context = json!({
            "now": 1_795_080_600_000_i64,
            "zone": "Europe/London",
            "event_type": "email_received",
            "sources": {
                "org": {"id": "fernwell", "name": "Fernwell", "domains": ["fernwell.example"]},
                "user": {"id": "u-ines", "name": "Ines Calder", "email": "ines@fernwell.example"},
                "thread": {"id": "t1", "subject": self.subject, "messages": [{
                    "id": self.id, "direction": "in", "from": self.from, "from_name": self.from_name, "at": self.at,
                    "to": ["ines@fernwell.example"], "subject": self.subject, "body": self.body,
                    "headers": self.headers,
                    "in_reply_to": if self.is_answer { json!("one@fernwell.example") } else { Value::Null },
                }]},
            },
        });
        shipped.output("classify-email-intent", self.id, input, context).await
    }
}

/// What of the details is not as it should be, and how many there are.
fn details(mail: &Labelled, output: &Value) -> (usize, Vec<String>) {
    let expect = &mail.expect;
    let kind = expect.hard.map(|hard| json!(if hard { "hard" } else { "soft" }));
    let wants = [
        ("day of return", expect.return_date.clone().map(Value::from), "/away/return_date"),
        ("stand-in", expect.stand_in_email.clone().map(Value::from), "/away/stand_in/email"),
        ("left", expect.left.map(Value::from), "/away/left"),
        ("address", expect.failed.clone().map(Value::from), "/bounce/addresses/0"),
        ("bounce", kind, "/bounce/kind"),
    ];
    let wanted: Vec<(&str, Value, &str)> =
        wants.into_iter().filter_map(|(name, want, place)| Some((name, want?, place))).collect();
    let wrong = wanted.iter().filter_map(|(name, want, place)| {
        let got = output.pointer(place).unwrap_or(&Value::Null);
        (got != want).then(|| format!("{name}: labelled {want}, found {got}"))
    });
    (wanted.len(), wrong.collect())
}

/// Precision and recall of each class that was labelled or found, by name.
pub(super) fn by_class(confusion: &BTreeMap<(String, String), usize>) -> Vec<Measure> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for ((want, got), count) in confusion {
        if want == got {
            tallies.entry(want).or_default().right += count;
        } else {
            tallies.entry(want).or_default().missed += count;
            tallies.entry(got).or_default().wrong += count;
        }
    }
    tallies.into_iter().map(|(class, tally)| Measure::findings(class, tally, None)).collect()
}

pub(super) fn is_report(class: &str) -> bool {
    class == "bounce" || class == "out_of_office"
}

/// Scores each part of the file that has a mail by itself.
///
/// # Errors
/// The file is not there or not of this form, or a call fails.
pub(super) async fn measure(shipped: &Shipped, title: &str, path: &Path) -> anyhow::Result<Vec<SetReport>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mails: Vec<Labelled> =
        text.lines().map(serde_json::from_str).collect::<Result<_, _>>().with_context(|| path.display().to_string())?;
    let mut sets = Vec::new();
    for (name, part) in [("dev", Part::Tuning), ("held", Part::Held)] {
        if !mails.iter().any(|mail| mail.set == name) {
            continue;
        }
        let mut set = SetReport::new(&format!("{title} {name}"), part);
        let mut confusion: BTreeMap<(String, String), usize> = BTreeMap::new();
        let (mut classes, mut apart, mut told) = (Share::default(), Share::default(), Share::default());
        for mail in mails.iter().filter(|mail| mail.set == name) {
            let letter = Letter {
                id: &mail.id,
                from: &mail.from,
                from_name: &mail.from_name,
                at: &mail.at,
                subject: &mail.subject,
                body: &mail.body,
                headers: json!(mail.headers),
                is_answer: !mail.headers.contains_key("list-id") && !mail.headers.contains_key("list-unsubscribe"),
            };
            let output = letter.classified(shipped).await?;
            let class = word(&output, "class");
            classes.add(class == mail.class);
            if is_report(&mail.class) {
                apart.add(class == mail.class || !is_report(class));
            }
            if class != mail.class {
                let quote = word(&output, "quote");
                let example = format!("{} as {class}: {:?}, {quote:?} [{}]", mail.id, mail.subject, mail.notes);
                set.mistake(&format!("{} taken for another", mail.class), example);
            }
            *confusion.entry((mail.class.clone(), class.to_owned())).or_default() += 1;
            let (wanted, wrong) = details(mail, &output);
            told.all += wanted;
            told.right += wanted - wrong.len();
            for wrong in wrong {
                set.mistake("details of absences and bounces", format!("{} {wrong}", mail.id));
            }
        }
        set.count("mails", classes.all);
        let by_class = by_class(&confusion);
        set.confusion = confusion.into_iter().map(|((want, got), count)| (want, got, count)).collect();
        set.measures = vec![
            Measure::share("class", classes, Some(CLASSES)),
            Measure::share("absences and bounces told apart", apart, Some(APART)),
            Measure::share("details of absences and bounces", told, None),
        ];
        set.measures.extend(by_class);
        sets.push(set);
    }
    Ok(sets)
}

//! Whole mails of machines: `rfc3834-*.eml` are automatic answers, `lhost-*.eml` bounces.

use std::path::Path;

use serde_json::json;
use skillhost_connectors::mail::read::read;

use super::super::call::word;
use super::super::mails::Letter;
use super::super::measure::{Measure, Share};
use super::super::report::{Part, SetReport};
use super::super::shipped::Shipped;
use super::{files, name_of};

/// When a mail without a date is taken to have come.
const AT: &str = "2026-11-18T09:30:00.000Z";

pub(super) async fn measure(shipped: &Shipped, folder: &Path) -> anyhow::Result<Option<SetReport>> {
    let mut set = SetReport::new("mails of machines", Part::ThirdParty);
    let (mut answers, mut bounces) = (Share::default(), Share::default());
    for path in files(folder, ".eml")? {
        let name = name_of(&path);
        let mail = read(&std::fs::read(&path)?, false);
        let letter = Letter {
            id: name,
            from: &mail.from,
            from_name: &mail.from_name,
            at: AT,
            subject: &mail.subject,
            body: &mail.body,
            headers: json!(mail.headers),
            is_answer: mail.in_reply_to.is_some(),
        };
        let output = letter.classified(shipped).await?;
        let class = word(&output, "class");
        let right = if name.starts_with("rfc3834-") {
            // What is away and what only acknowledges are both answers; neither is a bounce.
            let right = class == "out_of_office" || class == "info_only";
            answers.add(right);
            right
        } else if name.starts_with("lhost-") {
            bounces.add(class == "bounce");
            class == "bounce"
        } else {
            continue;
        };
        if !right {
            set.mistake("taken for another", format!("{name} as {class}: {:?}", mail.subject));
        }
    }
    if answers.all + bounces.all == 0 {
        return Ok(None);
    }
    set.count("mails", answers.all + bounces.all);
    set.measures = vec![
        Measure::share("automatic answers read as such", answers, None),
        Measure::share("bounces read as such", bounces, None),
    ];
    Ok(Some(set))
}

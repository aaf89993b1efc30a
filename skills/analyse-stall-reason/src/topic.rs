//! What was talked about last that is a matter.

use briefing_record::{Topic, matter_of};

use crate::record::Record;

/// The newest title that names one, and the read it stands in.
pub(crate) fn last(record: &Record) -> Option<(Topic, String)> {
    record.titles.iter().find_map(|titled| {
        let words = matter_of(&titled.title)?.to_owned();
        let topic = Topic { words, kind: titled.kind.to_owned(), at: titled.at.clone(), source: titled.source.clone() };
        Some((topic, titled.read_id.clone()))
    })
}

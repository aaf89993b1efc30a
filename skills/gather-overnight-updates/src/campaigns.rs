//! Replies to campaigns.

use briefing_record::tally::counted;
use briefing_record::{Reading, RepClock, Source, Writer, writer};
use meeting_record::shortened;
use skillhost_sdk::context;
use skillhost_sdk::sources::Campaign;

use crate::{Night, Told, told};

/// Most campaigns that have a line.
const MAX_CAMPAIGNS: usize = 2;
/// Longest name, characters.
const MAX_NAME: usize = 40;
/// As many replies as the source gives for a campaign.
const SOURCE_GIVES: usize = 100;

pub(crate) fn updates(night: &Night<'_>, reading: &mut Reading) -> Vec<Told> {
    let from = RepClock::text(night.since);
    let (Some(from), until) = (from.get(..10), night.clock.today()) else { return Vec::new() };
    let Some(read) = reading.optional(context::campaigns(from, &until)) else { return Vec::new() };
    let mut lines: Vec<Told> = read.value.iter().filter_map(|campaign| of(campaign, &read.read_id, night)).collect();
    lines.sort_by(|a, b| (b.update.count, &a.update.text).cmp(&(a.update.count, &b.update.text)));
    lines.truncate(MAX_CAMPAIGNS);
    lines
}

fn of(campaign: &Campaign, read_id: &str, night: &Night<'_>) -> Option<Told> {
    let new: Vec<_> = campaign.replies.iter().filter(|reply| night.holds(&reply.at)).collect();
    let people = new.iter().filter(|reply| writer(&reply.headers, &reply.from) == Writer::Person).count();
    if people == 0 {
        return None;
    }
    let all = new.len() == campaign.replies.len() && new.len() >= SOURCE_GIVES;
    let replies = match people {
        1 => "1 reply".to_owned(),
        n => format!("{n} replies"),
    };
    let more = if all { " or more" } else { "" };
    let automatic = match new.len() - people {
        0 => String::new(),
        n => format!(", and {}", counted(n, "automatic one")),
    };
    let text = format!("Campaign “{}”: {replies}{more}{automatic}", shortened(&campaign.name, MAX_NAME));
    Some(told("campaign", text, people, Source::new("campaign", &campaign.id), read_id, &campaign.name))
}

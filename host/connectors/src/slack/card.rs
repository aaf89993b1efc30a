//! The host's card as a Slack message.
//!
//! What is bound is shown whole or there is no button that binds it: a card
//! that does not fit into one message (a page of it, for lists) is replaced by
//! its heading, a link to the inbox page, and the answers that release nothing.
//! The skill's comment stands below and is left out first.

use skillhost_engine::card::{Card, CardLine, CardPart, EffectView};
use skillhost_engine::ids::ApprovalId;

use super::blocks::{
    Block, Button, MAX_BLOCKS, MAX_BUTTONS, MAX_FIELDS, MAX_SECTION, SlackMessage, Text, context, field, header,
    literal, title,
};
use super::interaction::Verb;

/// Items or choices a message shows; a click away from the next ones.
pub const ITEMS_PER_PAGE: usize = 5;

/// What a list's message shows: its page, and which items are ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardView {
    /// From 0.
    pub page: usize,
    /// One for each part of the card, in its order.
    pub ticked: Vec<bool>,
}

impl CardView {
    /// The first page, ticked as the skill proposed.
    pub fn first(card: &Card) -> Self {
        Self { page: 0, ticked: card.parts.iter().map(|part| part.marked).collect() }
    }

    /// How many are ticked.
    pub fn count(&self) -> usize {
        self.ticked.iter().filter(|ticked| **ticked).count()
    }

    /// The same if it belongs to this card, else the first one.
    pub(super) fn fitted(mut self, card: &Card) -> Self {
        if self.ticked.len() != card.parts.len() {
            return Self::first(card);
        }
        self.page = self.page.min(pages(card).saturating_sub(1));
        self
    }
}

fn pages(card: &Card) -> usize {
    card.parts.len().div_ceil(ITEMS_PER_PAGE).max(1)
}

/// Who asks, and who raised the event where it came by the API.
fn asked(card: &Card) -> String {
    match &card.raised_by {
        Some(raised_by) => format!("Asked by {}; raised by {raised_by}", card.asked_by),
        None => format!("Asked by {}", card.asked_by),
    }
}

/// Draws a card. `inbox` is the page where the same question can be answered.
pub fn render(card: &Card, approval: &ApprovalId, view: &CardView, inbox: Option<&str>) -> SlackMessage {
    let view = view.clone().fitted(card);
    let id = approval.as_str();
    let room = MAX_BLOCKS;
    let mut blocks = vec![header(&card.heading), context(&asked(card))];
    let shown = match card.pattern.as_str() {
        "review" => review(card, id, &view),
        "choose" => listed(card, id, &view, choice_page),
        "batch" => listed(card, id, &view, item_page),
        _ => inform(card),
    };
    match shown {
        Some((mut body, mut buttons)) if blocks.len() + body.len() + buttons.len() <= room => {
            blocks.append(&mut body);
            let left = room - blocks.len() - buttons.len();
            blocks.append(&mut comment(card, left));
            blocks.append(&mut buttons);
        }
        _ => blocks.append(&mut too_long(id, &view, inbox)),
    }
    SlackMessage::new(&card.heading, blocks)
}

/// What can still be done about a question that is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy<'a> {
    /// To take the approval back while its window is open.
    Undo(&'a ApprovalId),
    /// To ask again what nobody answered in time.
    AskAgain(&'a ApprovalId),
}

/// What replaces a card after it was answered or ran out: lines of the host, and a button
/// where something can still be done.
pub fn outcome(heading: &str, line: &str, remedy: Option<Remedy<'_>>) -> SlackMessage {
    let mut blocks = vec![header(heading)];
    blocks.append(&mut literal(line));
    blocks.truncate(MAX_BLOCKS - 1);
    let button = remedy.map(|remedy| match remedy {
        Remedy::Undo(approval) => Button::new("Undo", Verb::Undo.action_id(), approval.as_str()),
        Remedy::AskAgain(approval) => Button::new("Ask again", Verb::Again.action_id(), approval.as_str()),
    });
    blocks.extend(button.map(|button| plain_row(0, vec![button])));
    SlackMessage::new(heading, blocks)
}

/// A row that belongs to no view of a card.
pub(super) fn plain_row(number: usize, buttons: Vec<Button>) -> Block {
    row(number, &CardView { page: 0, ticked: Vec::new() }, buttons)
}

/// The content, and the rows of buttons under it.
type Page = (Vec<Block>, Vec<Block>);
/// `None` where it cannot be shown whole.
type Drawn = Option<Page>;

fn review(card: &Card, id: &str, view: &CardView) -> Drawn {
    let effects: Vec<&EffectView> = card.parts.iter().flat_map(|part| &part.effects).collect();
    let body: Vec<Block> = effects.iter().flat_map(|effect| effect_blocks(effect)).collect();
    let mut buttons = vec![Button::new("Approve", Verb::Approve.action_id(), id).primary()];
    if effects.iter().any(|effect| !effect.editable.is_empty()) {
        buttons.push(Button::new("Edit…", Verb::Edit.action_id(), id));
    }
    if card.deferrable {
        buttons.push(Button::new("Send later…", Verb::Later.action_id(), id));
    }
    buttons.append(&mut noes("Skip", id));
    Some((body, rows(view, buttons)))
}

/// What every question can be answered that releases nothing.
fn noes(skip: &str, id: &str) -> Vec<Button> {
    vec![
        Button::new(skip, Verb::Skip.action_id(), id),
        Button::new("Skip with feedback…", Verb::Feedback.action_id(), id),
        Button::new("Cancel", Verb::Cancel.action_id(), id).danger(),
    ]
}

/// As many rows as the buttons need.
fn rows(view: &CardView, buttons: Vec<Button>) -> Vec<Block> {
    let mut left = buttons.into_iter().peekable();
    let mut rows = Vec::new();
    while left.peek().is_some() {
        let number = if rows.is_empty() { 0 } else { ITEMS_ROW_END + rows.len() };
        rows.push(row(number, view, left.by_ref().take(MAX_BUTTONS).collect()));
    }
    rows
}

/// A page of parts. Refused as a whole when any page would not fit, because its
/// buttons reach beyond the page that is shown.
fn listed(card: &Card, id: &str, view: &CardView, page_of: fn(&Card, &str, &CardView) -> Page) -> Drawn {
    // Heading and origin stand above every page.
    const ABOVE: usize = 2;
    for page in 0..pages(card) {
        let (body, rows) = page_of(card, id, &CardView { page, ticked: view.ticked.clone() });
        if ABOVE + body.len() + rows.len() > MAX_BLOCKS {
            return None;
        }
    }
    Some(page_of(card, id, view))
}

fn page_parts<'c>(card: &'c Card, view: &CardView) -> impl Iterator<Item = (usize, &'c CardPart)> {
    card.parts.iter().enumerate().skip(view.page * ITEMS_PER_PAGE).take(ITEMS_PER_PAGE)
}

fn choice_page(card: &Card, id: &str, view: &CardView) -> Page {
    let mut body = Vec::new();
    for (index, part) in page_parts(card, view) {
        body.append(&mut part_blocks(index, part));
        let label = if part.marked { "Choose (recommended)" } else { "Choose" };
        let mut button = Button::new(label, Verb::Choose(part.id.clone()).action_id(), id);
        if part.marked {
            button = button.primary();
        }
        body.push(row(index + 1, view, vec![button]));
    }
    let mut below = paging(card, id, view);
    let mut last = Vec::new();
    if card.offer_more {
        last.push(Button::new("Show me others", Verb::More.action_id(), id));
    }
    if card.offer_manual {
        last.push(Button::new("I will do it myself", Verb::Manual.action_id(), id));
    }
    last.append(&mut noes("Skip", id));
    below.append(&mut rows(view, last));
    (body, below)
}

fn item_page(card: &Card, id: &str, view: &CardView) -> Page {
    let mut body = Vec::new();
    for (index, part) in page_parts(card, view) {
        body.append(&mut part_blocks(index, part));
        let ticked = view.ticked.get(index).copied().unwrap_or(false);
        let label = if ticked { "☑ Selected" } else { "☐ Select" };
        body.push(row(index + 1, view, vec![Button::new(label, Verb::Tick(index).action_id(), id)]));
    }
    let all = card.parts.len();
    let ticked = view.count();
    let mut below = paging(card, id, view);
    let mut approve_all = Button::new(&format!("Approve all ({all})"), Verb::All.action_id(), id);
    if all > ITEMS_PER_PAGE {
        let text = format!("All {all} are approved, those on the other pages too.");
        approve_all = approve_all.confirm(&format!("Approve all {all}?"), &text, "Approve all");
    }
    let mut last = vec![approve_all];
    if ticked > 0 {
        last.push(Button::new(&format!("Approve selected ({ticked})"), Verb::Ticked.action_id(), id).primary());
        let places = card.parts.iter().zip(&view.ticked).filter(|(_, ticked)| **ticked);
        if places.flat_map(|(part, _)| &part.effects).any(|effect| !effect.editable.is_empty()) {
            last.push(Button::new("Edit selected…", Verb::Edit.action_id(), id));
        }
    }
    last.append(&mut noes("Skip all", id));
    below.append(&mut rows(view, last));
    (body, below)
}

/// A message that asks nothing.
fn inform(card: &Card) -> Drawn {
    let effects = card.parts.iter().flat_map(|part| &part.effects);
    Some((effects.flat_map(effect_blocks).collect(), Vec::new()))
}

fn paging(card: &Card, id: &str, view: &CardView) -> Vec<Block> {
    let pages = pages(card);
    if pages == 1 {
        return Vec::new();
    }
    let mut buttons = Vec::new();
    if view.page > 0 {
        buttons.push(Button::new("◀ Previous", Verb::Page(view.page - 1).action_id(), id));
    }
    if view.page + 1 < pages {
        buttons.push(Button::new("Next ▶", Verb::Page(view.page + 1).action_id(), id));
    }
    let place = format!("Page {} of {pages} · {} in all", view.page + 1, card.parts.len());
    vec![context(&place), row(ITEMS_ROW_END, view, buttons)]
}

/// Number of the paging row; those of parts are their index plus one.
const ITEMS_ROW_END: usize = 9999;

/// A row whose id holds the view: Slack hands it back with every press.
fn row(number: usize, view: &CardView, elements: Vec<Button>) -> Block {
    Block::Actions { block_id: super::interaction::row_id(number, view), elements }
}

fn part_blocks(index: usize, part: &CardPart) -> Vec<Block> {
    let mut blocks = vec![Block::Divider];
    let label = match &part.detail {
        Some(detail) if !detail.is_empty() => format!("{}. {}\n{detail}", index + 1, part.label),
        _ => format!("{}. {}", index + 1, part.label),
    };
    blocks.append(&mut literal(&label));
    blocks.extend(part.effects.iter().flat_map(effect_blocks));
    blocks
}

/// Everything an effect binds.
fn effect_blocks(effect: &EffectView) -> Vec<Block> {
    let mut blocks = vec![title(&effect.title)];
    let mut fields: Vec<Text> = Vec::new();
    let flush = |fields: &mut Vec<Text>, blocks: &mut Vec<Block>| {
        if !fields.is_empty() {
            blocks.push(Block::Section { text: None, fields: std::mem::take(fields) });
        }
    };
    for line in effect.lines.iter().flat_map(rows_of) {
        let value = if line.multiline { None } else { field(&line.value) };
        match value {
            Some(value) => {
                fields.push(Text::bold(&line.label, MAX_SECTION / 2));
                fields.push(value);
                if fields.len() + 2 > MAX_FIELDS {
                    flush(&mut fields, &mut blocks);
                }
            }
            None => {
                flush(&mut fields, &mut blocks);
                blocks.push(title(&line.label));
                blocks.append(&mut literal(&line.value));
            }
        }
    }
    flush(&mut fields, &mut blocks);
    blocks
}

/// A change is two lines, so that no value can pass for the other.
fn rows_of(line: &CardLine) -> Vec<CardLine> {
    let plain =
        |label: String, value: &str| CardLine { label, value: value.to_owned(), multiline: line.multiline, was: None };
    match &line.was {
        Some(was) => {
            vec![plain(format!("{} (now)", line.label), was), plain(format!("{} (new)", line.label), &line.value)]
        }
        None => vec![plain(line.label.clone(), &line.value)],
    }
}

/// The skill's own words, marked as such, in at most `room` blocks.
fn comment(card: &Card, room: usize) -> Vec<Block> {
    let mut text = String::new();
    for words in [&card.comment_title, &card.comment] {
        if !words.is_empty() {
            text.push_str(words);
            text.push('\n');
        }
    }
    for line in &card.comment_fields {
        text.push_str(&format!("{}: {}\n", line.label, line.value));
    }
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Divider, context(&format!("Comment of {}", card.asked_by))];
    blocks.append(&mut literal(text.trim_end()));
    if blocks.len() > room { Vec::new() } else { blocks }
}

fn too_long(id: &str, view: &CardView, inbox: Option<&str>) -> Vec<Block> {
    let mut blocks = literal(
        "This is too long to be shown whole here, so it cannot be approved here. Open it in the inbox to see all of it.",
    );
    let mut buttons = Vec::new();
    buttons.extend(inbox.map(|url| Button::link("Open in the inbox", url)));
    buttons.append(&mut noes("Skip", id));
    blocks.append(&mut rows(view, buttons));
    blocks
}

//! Messages that ask nothing: someone's words, drawn as the inbox draws them.
//!
//! Invariant: what they say stays text. Headings are `plain_text`, everything else are the
//! text elements of `rich_text`, which know no mention, link or markup and are not escaped;
//! bold and slanted are styles of an element and never marks in its text.

use serde_json::{Value, json};
use skillhost_engine::rich::{self, Line};
use skillhost_engine::visible::{is_hidden, spell};

use super::blocks::{Block, MAX_BLOCKS, MAX_HEADER, MAX_SECTION, SlackMessage, header, literal};
use super::text::{escape, units};

/// What a notification says of a message that has no title.
const UNTITLED: &str = "A message from skillhost";
/// The same of what the host itself has to say.
const NOTICE: &str = "A notice from skillhost";

impl SlackMessage {
    /// Someone's words, whole; `None` when one message cannot hold them. Their title is what
    /// a notification shows.
    pub fn note(words: &str) -> Option<Self> {
        let lines = rich::lines(words);
        let title = lines.iter().find(|line| !line.spans.is_empty()).and_then(Line::heading).map(str::to_owned);
        let blocks = drawn(lines, words);
        (blocks.len() <= MAX_BLOCKS).then(|| Self::new(title.as_deref().unwrap_or(UNTITLED), blocks))
    }

    /// The host's own words.
    pub fn notice(words: &str) -> Option<Self> {
        let blocks = drawn(rich::lines(words), words);
        (blocks.len() <= MAX_BLOCKS).then(|| Self::new(NOTICE, blocks))
    }
}

fn drawn(lines: Vec<Line>, words: &str) -> Vec<Block> {
    let mut lines: Vec<Line> = lines.into_iter().skip_while(|line| line.spans.is_empty()).collect();
    if lines.is_empty() {
        return literal(words);
    }
    let mut blocks = Vec::new();
    // A title that a header would cut stays in the text, and so does one that is all there is.
    let fits = |title: &str| units(&escape(title)) <= MAX_HEADER;
    if lines.len() > 1 && lines[0].heading().is_some_and(fits) {
        let title = lines.remove(0);
        blocks.extend(title.heading().map(header));
    }
    let mut page = Page { blocks, elements: Vec::new(), texts: Vec::new(), items: Vec::new(), room: MAX_SECTION };
    for line in &lines {
        page.line(line);
    }
    page.end();
    page.blocks
}

/// Blocks that are being filled.
struct Page {
    blocks: Vec<Block>,
    /// Of the block that is being filled.
    elements: Vec<Value>,
    /// Of the paragraph that is being filled.
    texts: Vec<Value>,
    /// Of the list that is being filled.
    items: Vec<Value>,
    /// What the block still takes.
    room: usize,
}

impl Page {
    fn line(&mut self, line: &Line) {
        if line.bullet {
            self.end_paragraph();
        } else {
            self.end_list();
        }
        let mut parts = Vec::new();
        for span in &line.spans {
            let mut rest = shown(&span.text);
            while !rest.is_empty() {
                let at = fitting(&rest, self.room);
                if at == 0 {
                    self.put(line, &mut parts);
                    self.end();
                    continue;
                }
                let tail = rest.split_off(at);
                self.room -= units(&rest);
                let mut text = json!({ "type": "text", "text": rest });
                if span.bold {
                    text["style"] = json!({ "bold": true });
                }
                if span.italic {
                    text["style"] = json!({ "italic": true });
                }
                parts.push(text);
                rest = tail;
            }
        }
        self.put(line, &mut parts);
        // A gap at the top of a block, or after a list, is there by itself.
        if !line.bullet && !self.texts.is_empty() && self.room > 0 {
            self.texts.push(json!({ "type": "text", "text": "\n" }));
            self.room -= 1;
        }
    }

    fn put(&mut self, line: &Line, parts: &mut Vec<Value>) {
        let parts = std::mem::take(parts);
        if !line.bullet {
            self.texts.extend(parts);
        } else if !parts.is_empty() {
            self.items.push(json!({ "type": "rich_text_section", "elements": parts }));
        }
    }

    fn end_paragraph(&mut self) {
        while self.texts.last().is_some_and(|text| text["text"] == "\n") {
            self.texts.pop();
        }
        if !self.texts.is_empty() {
            self.elements.push(json!({ "type": "rich_text_section", "elements": std::mem::take(&mut self.texts) }));
        }
    }

    fn end_list(&mut self) {
        if !self.items.is_empty() {
            let items = std::mem::take(&mut self.items);
            self.elements.push(json!({ "type": "rich_text_list", "style": "bullet", "elements": items }));
        }
    }

    /// Ends the block, if anything stands in it.
    fn end(&mut self) {
        self.end_paragraph();
        self.end_list();
        if !self.elements.is_empty() {
            self.blocks.push(Block::RichText { elements: std::mem::take(&mut self.elements) });
        }
        self.room = MAX_SECTION;
    }
}

/// Text in which nothing is hidden.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\t' && is_hidden(c) {
            spell(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// How many bytes of a text a block takes that has room for so many units.
fn fitting(text: &str, room: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > room
    });
    over.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn blocks(words: &str) -> Vec<Value> {
        let message = SlackMessage::note(words).unwrap();
        message.blocks.iter().map(|block| serde_json::to_value(block).unwrap()).collect()
    }

    /// Every text of a value, in its order.
    fn texts(value: &Value) -> String {
        match value {
            Value::Object(map) => match map.get("text") {
                Some(Value::String(text)) => text.clone(),
                _ => map.values().map(texts).collect(),
            },
            Value::Array(list) => list.iter().map(texts).collect(),
            _ => String::new(),
        }
    }

    #[test]
    fn headings_bullets_and_styles_are_drawn_and_the_title_is_what_a_notification_says() {
        let words =
            "**Your day**\n\n**Meetings**\n- 10:00 **Globex**\n- 11:00\n\nThat is all.\n\n_Not available: news_";
        let message = SlackMessage::note(words).unwrap();
        assert_eq!(message.text, "Your day");
        assert_eq!(
            blocks(words),
            [
                json!({ "type": "header", "text": { "type": "plain_text", "text": "Your day", "emoji": false } }),
                json!({ "type": "rich_text", "elements": [
                    { "type": "rich_text_section", "elements": [
                        { "type": "text", "text": "Meetings", "style": { "bold": true } }] },
                    { "type": "rich_text_list", "style": "bullet", "elements": [
                        { "type": "rich_text_section", "elements": [
                            { "type": "text", "text": "10:00 " },
                            { "type": "text", "text": "Globex", "style": { "bold": true } }] },
                        { "type": "rich_text_section", "elements": [{ "type": "text", "text": "11:00" }] }] },
                    { "type": "rich_text_section", "elements": [
                        { "type": "text", "text": "That is all." }, { "type": "text", "text": "\n" },
                        { "type": "text", "text": "\n" },
                        { "type": "text", "text": "Not available: news", "style": { "italic": true } }] }] }),
            ]
        );
        assert_eq!(SlackMessage::note("Plain words").unwrap().text, UNTITLED);
        assert_eq!(SlackMessage::notice("**Our offer**: a link is ready.").unwrap().text, NOTICE);
    }

    #[test]
    fn what_looks_like_markup_stays_words() {
        let words = "**<!channel> & co**\n<@U1> <https://evil.example|here> `code` :tada:\u{202e}";
        let drawn = blocks(words);
        assert_eq!(drawn[0]["text"]["text"], "&lt;!channel&gt; &amp; co");
        let text = &drawn[1]["elements"][0]["elements"][0];
        assert_eq!(text["type"], "text");
        let said = text["text"].as_str().unwrap();
        assert!(said.starts_with("<@U1> <https://evil.example|here> `code` :tada:"), "{said}");
        assert!(!said.contains('\u{202e}'), "{said}");
        assert_eq!(SlackMessage::note(words).unwrap().text, "&lt;!channel&gt; &amp; co");
    }

    #[test]
    fn whatever_is_said_is_whole_and_within_the_limits() {
        for words in ["x".repeat(7000), format!("- {}", "🎈".repeat(4000)), "**a** b\n".repeat(2000), "\n\n".to_owned()]
        {
            let drawn = blocks(&words);
            for block in &drawn {
                let said = texts(block);
                assert!(!said.is_empty() && units(&said) <= MAX_SECTION);
            }
            let all: String = drawn.iter().map(texts).collect();
            for letter in ['x', '🎈', 'a', 'b'] {
                assert_eq!(all.matches(letter).count(), words.matches(letter).count(), "{letter}");
            }
        }
        let most = "x".repeat(MAX_SECTION * MAX_BLOCKS);
        assert_eq!(SlackMessage::note(&most).unwrap().blocks.len(), MAX_BLOCKS);
        assert_eq!(SlackMessage::note(&format!("{most}x")), None);
        let long = format!("**{}**\nand more", "t".repeat(MAX_HEADER + 1));
        assert!(blocks(&long)[0]["type"] == "rich_text", "a title that would be cut is no header");
    }
}

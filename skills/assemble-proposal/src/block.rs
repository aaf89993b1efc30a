//! What a document is made of, read from Markdown.
//!
//! Everything that is shown in any form comes from here. HTML is text, a picture
//! is its description, and what nests deeper than anybody writes is flattened.

use pulldown_cmark::{Alignment, Event, LinkType, Options, Parser, Tag, TagEnd};

/// Deepest nesting of lists and quotes; beyond it blocks stand beside each other.
const MAX_DEPTH: usize = 8;
/// Schemes a link may have.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Some words in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    /// Where they lead.
    pub(crate) link: Option<String>,
}

/// A line of words; `\n` in a run begins a new one.
pub(crate) type Runs = Vec<Run>;

/// How a column stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Align {
    /// At the left.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A heading; 1 is the document's title, 2 that of a part.
    Heading { level: u8, text: Runs },
    /// A paragraph.
    Paragraph(Runs),
    /// A list; with a number it is counted from that.
    List { start: Option<u64>, items: Vec<Vec<Block>> },
    /// Somebody's words.
    Quote(Vec<Block>),
    /// A table; each row has as many cells as there are columns.
    Table { columns: Vec<Align>, head: Vec<Runs>, rows: Vec<Vec<Runs>> },
    /// A line across.
    Rule,
}

/// The text of some runs.
pub(crate) fn text(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}

/// Plain words as runs.
pub(crate) fn plain(text: &str) -> Runs {
    vec![Run { text: text.to_owned(), ..Run::default() }]
}

/// Reads Markdown. Headings in it begin below those of the parts.
pub(crate) fn read(markdown: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        reader.take(event);
    }
    reader.finish()
}

/// A block whose end has not come.
enum Open {
    Quote(Vec<Block>),
    List {
        start: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Item(Vec<Block>),
    Table {
        columns: Vec<Align>,
        head: Vec<Runs>,
        rows: Vec<Vec<Runs>>,
    },
    /// Too deep to be one of its own.
    Flat,
}

#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    open: Vec<Open>,
    runs: Runs,
    heading: Option<u8>,
    in_head: bool,
    row: Vec<Runs>,
    bold: usize,
    italic: usize,
    links: Vec<Option<String>>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.say(&text),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.say("\n"),
            Event::Rule => {
                self.paragraph();
                self.put(Block::Rule);
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn say(&mut self, text: &str) {
        let link = self.links.last().cloned().flatten();
        let run = Run { text: text.to_owned(), bold: self.bold > 0, italic: self.italic > 0, link };
        match self.runs.last_mut() {
            Some(last) if (last.bold, last.italic, &last.link) == (run.bold, run.italic, &run.link) => {
                last.text.push_str(text);
            }
            _ => self.runs.push(run),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        // Words directly in an item end where a block begins.
        match tag {
            Tag::Strong => self.bold += 1,
            Tag::Emphasis => self.italic += 1,
            Tag::Link { link_type, dest_url, .. } => self.links.push(leads(link_type, &dest_url)),
            Tag::Image { .. } => self.links.push(None),
            Tag::TableCell => {}
            Tag::TableHead => self.in_head = true,
            Tag::TableRow => self.row.clear(),
            block => {
                self.paragraph();
                self.begin(block);
            }
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        let flat = self.open.len() >= MAX_DEPTH;
        match tag {
            Tag::Heading { level, .. } => self.heading = Some((level as u8).saturating_add(2).min(4)),
            Tag::BlockQuote(_) => self.open.push(if flat { Open::Flat } else { Open::Quote(Vec::new()) }),
            Tag::List(start) => self.open.push(if flat { Open::Flat } else { Open::List { start, items: Vec::new() } }),
            Tag::Item => {
                let in_list = matches!(self.open.last(), Some(Open::List { .. }));
                self.open.push(if in_list { Open::Item(Vec::new()) } else { Open::Flat });
            }
            Tag::Table(columns) => {
                let columns = columns.iter().map(|column| match column {
                    Alignment::Center => Align::Centre,
                    Alignment::Right => Align::Right,
                    Alignment::Left | Alignment::None => Align::Left,
                });
                self.open.push(Open::Table { columns: columns.collect(), head: Vec::new(), rows: Vec::new() });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => {
                self.links.pop();
            }
            TagEnd::TableCell => {
                let cell = trimmed(std::mem::take(&mut self.runs));
                self.row.push(cell);
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                if let Some(Open::Table { head, rows, .. }) = self.open.last_mut() {
                    if self.in_head { *head = row } else { rows.push(row) }
                }
                self.in_head = false;
            }
            TagEnd::Heading(_) => {
                let runs = trimmed(std::mem::take(&mut self.runs));
                if let Some(level) = self.heading.take()
                    && !runs.is_empty()
                {
                    self.put(Block::Heading { level, text: runs });
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::Table => {
                self.paragraph();
                self.close();
            }
            _ => self.paragraph(),
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Quote(blocks)) if !blocks.is_empty() => self.put(Block::Quote(blocks)),
            Some(Open::List { start, items }) if !items.is_empty() => self.put(Block::List { start, items }),
            Some(Open::Item(blocks)) => match self.open.last_mut() {
                Some(Open::List { items, .. }) => items.push(blocks),
                _ => blocks.into_iter().for_each(|block| self.put(block)),
            },
            Some(Open::Table { columns, mut head, mut rows }) => {
                let width = columns.len();
                rows.iter_mut().chain([&mut head]).for_each(|row| row.resize(width, Runs::new()));
                if width > 0 {
                    self.put(Block::Table { columns, head, rows });
                }
            }
            _ => {}
        }
    }

    /// The words so far, as a paragraph.
    fn paragraph(&mut self) {
        let runs = trimmed(std::mem::take(&mut self.runs));
        if !runs.is_empty() {
            self.put(Block::Paragraph(runs));
        }
    }

    fn put(&mut self, block: Block) {
        let place = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Quote(blocks) | Open::Item(blocks) => Some(blocks),
            Open::List { .. } | Open::Table { .. } | Open::Flat => None,
        });
        place.unwrap_or(&mut self.done).push(block);
    }

    fn finish(mut self) -> Vec<Block> {
        self.paragraph();
        while !self.open.is_empty() {
            self.close();
        }
        self.done
    }
}

/// Where a link leads, if it may lead there.
fn leads(kind: LinkType, target: &str) -> Option<String> {
    let target = if kind == LinkType::Email { format!("mailto:{target}") } else { target.to_owned() };
    let lower = target.to_lowercase();
    let plain = !target.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"'`\\".contains(c));
    (plain && SCHEMES.iter().any(|scheme| lower.starts_with(scheme))).then_some(target)
}

/// Without blanks at both ends, without control characters, and without runs that
/// hold nothing.
fn trimmed(mut runs: Runs) -> Runs {
    for run in &mut runs {
        run.text.retain(|c| c == '\n' || !c.is_control());
    }
    if let Some(first) = runs.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = runs.last_mut() {
        last.text = last.text.trim_end().to_owned();
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(text: &str) -> Run {
        Run { text: text.to_owned(), ..Run::default() }
    }

    #[test]
    fn blocks_are_told_apart() {
        let markdown = "# Price\n\nWe *offer* **two** things:\n\n- one\n- two\n  1. deep\n\n> said\n\n| A | B |\n|---|--:|\n| x | 1 |\n\n---\n";
        let blocks = read(markdown);
        assert_eq!(blocks[0], Block::Heading { level: 3, text: vec![run("Price")] });
        let Block::Paragraph(runs) = &blocks[1] else { panic!("{blocks:?}") };
        assert_eq!(runs[1], Run { italic: true, ..run("offer") });
        let Block::List { start: None, items } = &blocks[2] else { panic!("{blocks:?}") };
        assert_eq!(items.len(), 2);
        assert!(matches!(&items[1][1], Block::List { start: Some(1), .. }), "{items:?}");
        assert_eq!(blocks[3], Block::Quote(vec![Block::Paragraph(vec![run("said")])]));
        assert_eq!(
            blocks[4],
            Block::Table {
                columns: vec![Align::Left, Align::Right],
                head: vec![vec![run("A")], vec![run("B")]],
                rows: vec![vec![vec![run("x")], vec![run("1")]]],
            }
        );
        assert_eq!(blocks[5], Block::Rule);
    }

    #[test]
    fn nothing_leads_where_it_must_not() {
        let links = |markdown: &str| match &read(markdown)[0] {
            Block::Paragraph(runs) => runs.iter().find_map(|run| run.link.clone()),
            other => panic!("{other:?}"),
        };
        assert_eq!(links("[a](https://acme.test)").as_deref(), Some("https://acme.test"));
        assert_eq!(links("<mira@globex.test>").as_deref(), Some("mailto:mira@globex.test"));
        for evil in ["[a](javascript:alert(1))", "[a](data:text/html,x)", "[a](//evil.example)", "[a](file:///etc)"] {
            assert_eq!(links(evil), None, "{evil}");
        }
        let Block::Paragraph(runs) = &read("a <script>alert(1)</script> b ![logo](https://evil.example/x.png)")[0]
        else {
            panic!("no paragraph")
        };
        assert_eq!(text(runs), "a <script>alert(1)</script> b logo");
    }

    #[test]
    fn a_hostile_depth_is_flat() {
        let deep = format!("{} x", "> ".repeat(500));
        fn depth(blocks: &[Block]) -> usize {
            blocks
                .iter()
                .map(|block| if let Block::Quote(inner) = block { 1 + depth(inner) } else { 0 })
                .max()
                .unwrap_or(0)
        }
        assert!(depth(&read(&deep)) <= MAX_DEPTH);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(markdown in "[ -~\n]{0,200}") {
            let blocks = read(&markdown);
            for block in blocks {
                if let Block::Table { columns, head, rows } = block {
                    prop_assert_eq!(head.len(), columns.len());
                    prop_assert!(rows.iter().all(|row| row.len() == columns.len()));
                }
            }
        }
    }
}

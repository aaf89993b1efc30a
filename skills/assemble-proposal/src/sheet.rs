//! Where on which page everything stands.
//!
//! Measures are points from the top left. A paragraph leaves no single line behind
//! and takes none with it; a heading stays with what it heads; a table's head is
//! repeated on each page.

use std::rc::Rc;

use crate::block::{Align, Block, Run, Runs, plain};
use crate::letters::{Ink, Laid, Setter, Style};

/// Width and height of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paper {
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// 210 by 297 mm.
pub(crate) const A4: Paper = Paper { width: 595.28, height: 841.89 };
/// 8.5 by 11 inches.
pub(crate) const LETTER: Paper = Paper { width: 612.0, height: 792.0 };

/// Free at each side: 25 mm.
pub(crate) const MARGIN: f32 = 71.0;
const BODY: f32 = 10.5;
const TITLE: f32 = 23.0;
const PART: f32 = 15.0;
const SUB: f32 = 11.5;
/// Between blocks.
const GAP: f32 = 7.0;
/// Before a part's heading.
const PART_GAP: f32 = 20.0;
/// How far a list or quote stands in.
const INDENT: f32 = 17.0;
/// Free beside a cell's words.
const CELL: f32 = 5.0;
/// Narrowest column and narrowest line of text: below it words would stand one by one.
const NARROWEST: f32 = 36.0;
/// Fewest lines of a paragraph that stand alone.
const FEW_LINES: usize = 2;
/// Lines of what follows that a heading keeps with it.
const KEEP_LINES: f32 = 3.0;

/// Something on a page.
pub(crate) enum Placed {
    /// A line of words; `top` is that of the line.
    Line { laid: Rc<Laid>, line: usize, left: f32, top: f32 },
    /// A filled bar.
    Bar { left: f32, top: f32, width: f32, height: f32, ink: Ink },
}

/// The pages of a document.
pub(crate) struct Sheets {
    pub(crate) paper: Paper,
    pub(crate) pages: Vec<Vec<Placed>>,
}

/// Sets a title, where it comes from, and the blocks below.
pub(crate) fn place(setter: &mut Setter, paper: Paper, title: &str, from: &str, blocks: &[Block]) -> Sheets {
    let mut flow = Flow { setter, paper, pages: vec![Vec::new()], top: MARGIN, fresh: true };
    let wide = paper.width - 2.0 * MARGIN;
    flow.words(&plain(title), Style { bold: true, ..Style::of(TITLE) }, MARGIN, wide);
    if !from.is_empty() {
        flow.gap(GAP / 2.0);
        flow.words(&plain(from), Style { ink: Ink::Quiet, ..Style::of(BODY) }, MARGIN, wide);
    }
    flow.gap(PART_GAP / 2.0);
    flow.blocks(blocks, MARGIN, wide);
    Sheets { paper, pages: flow.pages }
}

struct Flow<'a> {
    setter: &'a mut Setter,
    paper: Paper,
    pages: Vec<Vec<Placed>>,
    top: f32,
    /// Nothing stands on this page yet.
    fresh: bool,
}

impl Flow<'_> {
    fn bottom(&self) -> f32 {
        self.paper.height - MARGIN
    }

    fn room(&self) -> f32 {
        self.bottom() - self.top
    }

    fn put(&mut self, placed: Placed) {
        if let Some(page) = self.pages.last_mut() {
            page.push(placed);
        }
        self.fresh = false;
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.top = MARGIN;
        self.fresh = true;
    }

    /// Space, but none at the top of a page.
    fn gap(&mut self, height: f32) {
        if !self.fresh {
            self.top += height;
        }
    }

    fn blocks(&mut self, blocks: &[Block], left: f32, wide: f32) {
        for (at, block) in blocks.iter().enumerate() {
            if at > 0 {
                self.gap(GAP);
            }
            self.block(block, left, wide.max(NARROWEST));
        }
    }

    fn block(&mut self, block: &Block, left: f32, wide: f32) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text, left, wide),
            Block::Paragraph(runs) => self.words(runs, Style::of(BODY), left, wide),
            Block::List { start, items } => self.list(*start, items, left, wide),
            Block::Quote(inner) => self.quote(inner, left, wide),
            Block::Table { columns, head, rows } => self.table(columns, head, rows, left, wide),
            Block::Rule => {
                self.gap(GAP);
                if self.room() < GAP {
                    self.turn();
                }
                let top = self.top;
                self.put(Placed::Bar { left, top, width: wide, height: 0.7, ink: Ink::Quiet });
                self.top += GAP;
            }
        }
    }

    fn heading(&mut self, level: u8, text: &Runs, left: f32, wide: f32) {
        let (size, before) = if level <= 2 { (PART, PART_GAP - GAP) } else { (SUB, GAP) };
        self.gap(before);
        let laid = self.setter.lay(text, Style { bold: true, ..Style::of(size) }, Some(wide));
        let height: f32 = laid.heights().iter().sum();
        if !self.fresh && self.room() < height + KEEP_LINES * BODY * 1.5 {
            self.turn();
        }
        self.lines(&laid, left);
    }

    fn words(&mut self, runs: &[Run], style: Style, left: f32, wide: f32) {
        let laid = self.setter.lay(runs, style, Some(wide));
        self.lines(&laid, left);
    }

    /// All lines, over as many pages as it takes.
    fn lines(&mut self, laid: &Rc<Laid>, left: f32) {
        let heights = laid.heights();
        let mut next = 0;
        while next < heights.len() {
            let mut fits = fitting(&heights[next..], self.room());
            let rest = heights.len() - next;
            if fits < rest {
                // No single line at the end of a page, none at the top of the next.
                if fits < FEW_LINES && !self.fresh {
                    self.turn();
                    continue;
                }
                if rest - fits < FEW_LINES && fits > FEW_LINES {
                    fits -= 1;
                }
            }
            // A line higher than a page stands there nevertheless.
            for (line, height) in heights.iter().enumerate().skip(next).take(fits.max(1)) {
                let top = self.top;
                self.put(Placed::Line { laid: Rc::clone(laid), line, left, top });
                self.top += height;
            }
            next += fits.max(1);
            if next < heights.len() {
                self.turn();
            }
        }
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], left: f32, wide: f32) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.gap(GAP / 2.0);
            }
            let mark = start.map_or_else(|| "•".to_owned(), |start| format!("{}.", start.saturating_add(at as u64)));
            let laid = self.setter.lay(&plain(&mark), Style::of(BODY), None);
            let step = INDENT.max(laid.layout.width() + CELL);
            // The mark stands with its first line, so both begin on one page.
            let first: f32 = laid.heights().iter().sum();
            if self.room() < first * 2.0 && !self.fresh {
                self.turn();
            }
            let top = self.top;
            self.put(Placed::Line { laid, line: 0, left: left + CELL / 2.0, top });
            if item.is_empty() {
                self.top += first;
            }
            self.blocks(item, left + step, wide - step);
        }
    }

    fn quote(&mut self, inner: &[Block], left: f32, wide: f32) {
        let (page, top) = (self.pages.len() - 1, self.top);
        self.blocks(inner, left + INDENT, wide - INDENT);
        let (last, end, bottom) = (self.pages.len() - 1, self.top, self.bottom());
        for at in page..=last {
            let from = if at == page { top } else { MARGIN };
            let to = if at == last { end } else { bottom };
            // Where the quote began on the next page, nothing of it is on this one.
            let empty = at == page && at < last && !self.pages[at].iter().any(|placed| is_below(placed, from));
            if to > from && !empty {
                let bar = Placed::Bar { left: left + 2.0, top: from, width: 2.0, height: to - from, ink: Ink::Quiet };
                self.pages[at].push(bar);
            }
        }
    }

    fn table(&mut self, columns: &[Align], head: &[Runs], rows: &[Vec<Runs>], left: f32, wide: f32) {
        let widths = self.widths(columns.len(), head, rows, wide);
        let has_head = head.iter().any(|cell| !cell.is_empty());
        let head = has_head.then(|| self.row(columns, head, &widths, true));
        let head_height = head.as_ref().map_or(0.0, Row::height);
        let page = self.bottom() - MARGIN;
        let mut open = false;
        for cells in rows {
            let row = self.row(columns, cells, &widths, false);
            if row.height() + head_height > page {
                // Higher than a page: cell by cell, as text.
                for cell in cells {
                    self.gap(GAP);
                    self.words(cell, Style::of(BODY), left, wide);
                }
                open = false;
                continue;
            }
            let needed = row.height() + if open { 0.0 } else { head_height };
            if self.room() < needed {
                self.turn();
                open = false;
            }
            if !open && let Some(head) = &head {
                self.put_row(head, left, &widths, 1.2);
            }
            open = true;
            self.put_row(&row, left, &widths, 0.5);
        }
        if rows.is_empty()
            && let Some(head) = &head
        {
            if self.room() < head_height {
                self.turn();
            }
            self.put_row(head, left, &widths, 1.2);
        }
    }

    /// What each column needs, in what there is.
    fn widths(&mut self, count: usize, head: &[Runs], rows: &[Vec<Runs>], wide: f32) -> Vec<f32> {
        let mut least = vec![NARROWEST; count];
        let mut most = vec![NARROWEST; count];
        for (row, bold) in std::iter::once((head, true)).chain(rows.iter().map(|row| (row.as_slice(), false))) {
            for (column, cell) in row.iter().enumerate().take(count) {
                let content =
                    self.setter.lay(cell, Style { bold, ..Style::of(BODY) }, None).layout.calculate_content_widths();
                least[column] = least[column].max(content.min + 2.0 * CELL);
                most[column] = most[column].max(content.max + 2.0 * CELL + 1.0);
            }
        }
        let (sum_least, sum_most): (f32, f32) = (least.iter().sum(), most.iter().sum());
        if sum_most <= wide {
            // What is left goes to the columns by what they hold.
            return most.iter().map(|width| width * wide / sum_most).collect();
        }
        if sum_least >= wide {
            return least.iter().map(|width| width * wide / sum_least).collect();
        }
        let share = (wide - sum_least) / (sum_most - sum_least);
        least.iter().zip(&most).map(|(least, most)| least + (most - least) * share).collect()
    }

    fn row(&mut self, columns: &[Align], cells: &[Runs], widths: &[f32], bold: bool) -> Row {
        let cells = columns.iter().zip(cells).zip(widths).map(|((align, cell), width)| {
            self.setter.lay(cell, Style { bold, align: *align, ..Style::of(BODY) }, Some((width - 2.0 * CELL).max(1.0)))
        });
        Row { cells: cells.collect() }
    }

    fn put_row(&mut self, row: &Row, left: f32, widths: &[f32], rule: f32) {
        let mut x = left;
        for (laid, width) in row.cells.iter().zip(widths) {
            let mut top = self.top + CELL;
            for (line, height) in laid.heights().into_iter().enumerate() {
                self.put(Placed::Line { laid: Rc::clone(laid), line, left: x + CELL, top });
                top += height;
            }
            x += width;
        }
        self.top += row.height();
        let top = self.top - rule;
        self.put(Placed::Bar { left, top, width: widths.iter().sum(), height: rule, ink: Ink::Quiet });
    }
}

/// A row of a table.
struct Row {
    cells: Vec<Rc<Laid>>,
}

impl Row {
    fn height(&self) -> f32 {
        let tallest = self.cells.iter().map(|laid| laid.heights().iter().sum::<f32>()).fold(0.0, f32::max);
        tallest + 2.0 * CELL
    }
}

/// How many of these lines fit.
fn fitting(heights: &[f32], room: f32) -> usize {
    let mut used = 0.0;
    heights
        .iter()
        .take_while(|height| {
            used += **height;
            used <= room + 0.01
        })
        .count()
}

fn is_below(placed: &Placed, from: f32) -> bool {
    match placed {
        Placed::Line { top, .. } | Placed::Bar { top, .. } => *top >= from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::read;
    use proptest::prelude::*;

    fn sheets(markdown: &str) -> Sheets {
        place(&mut Setter::new(), A4, "Proposal for Globex", "Acme", &read(markdown))
    }

    /// Every line of every paragraph once, within the page.
    fn check(sheets: &Sheets) -> Result<(), String> {
        for (page, placed) in sheets.pages.iter().enumerate() {
            for one in placed {
                let (left, top, right, bottom) = match one {
                    Placed::Line { laid, line, left, top } => {
                        let metrics = laid.layout.get(*line).map(|line| *line.metrics()).ok_or("no such line")?;
                        (*left, *top, left + metrics.advance - metrics.hanging_advance, top + metrics.line_height)
                    }
                    Placed::Bar { left, top, width, height, .. } => (*left, *top, left + width, top + height),
                };
                let inside = left >= MARGIN - 1.0
                    && top >= MARGIN - 1.0
                    && right <= sheets.paper.width - MARGIN + 1.5
                    && bottom <= sheets.paper.height - MARGIN + 1.5;
                if !inside {
                    return Err(format!("page {page}: {left} {top} {right} {bottom}"));
                }
            }
        }
        Ok(())
    }

    #[test]
    fn a_heading_is_never_the_last_of_its_page() {
        let part = format!("## A part\n\n{}\n\n", "Some words that fill a line or two of this page. ".repeat(9));
        let sheets = sheets(&part.repeat(20));
        assert!(sheets.pages.len() > 3);
        for page in &sheets.pages {
            let last = page.iter().rev().find_map(|placed| match placed {
                Placed::Line { laid, .. } => Some(laid.text.clone()),
                Placed::Bar { .. } => None,
            });
            assert_ne!(last.as_deref(), Some("A part"));
        }
        assert_eq!(check(&sheets), Ok(()));
    }

    #[test]
    fn no_line_of_a_paragraph_stands_alone() {
        for words in [100, 137, 175, 211, 260] {
            let sheets = sheets(&format!("{}\n\n", "a word and another one ".repeat(words)).repeat(3));
            let mut per_page: Vec<std::collections::BTreeMap<*const Laid, usize>> = Vec::new();
            for page in &sheets.pages {
                let mut counts = std::collections::BTreeMap::new();
                for placed in page {
                    if let Placed::Line { laid, .. } = placed {
                        *counts.entry(Rc::as_ptr(laid)).or_insert(0) += 1;
                    }
                }
                per_page.push(counts);
            }
            for counts in &per_page {
                for (laid, count) in counts {
                    let all: usize = per_page.iter().filter_map(|page| page.get(laid)).sum();
                    assert!(*count >= FEW_LINES || all < FEW_LINES, "{words}: {count} of {all}");
                }
            }
            assert_eq!(check(&sheets), Ok(()), "{words}");
        }
    }

    #[test]
    fn a_long_table_repeats_its_head() {
        let rows = "| a dock | some words about it | 12 |\n".repeat(120);
        let sheets = sheets(&format!("| Name | What | Price |\n|---|---|---:|\n{rows}"));
        assert!(sheets.pages.len() > 2);
        for page in &sheets.pages {
            let names = page.iter().filter(|placed| matches!(placed, Placed::Line { laid, .. } if laid.text == "Name"));
            assert_eq!(names.count(), 1);
        }
        assert_eq!(check(&sheets), Ok(()));
    }

    #[test]
    fn a_sum_in_a_table_is_not_broken() {
        let words = "Doors and slots, for all of the depots and for every driver that arrives there";
        let sheets =
            sheets(&format!("| Product | What | Price |\n|---|---|--:|\n| Acme Dock | {words} | $1,299.00 |\n"));
        let sum = sheets.pages[0]
            .iter()
            .filter(|placed| matches!(placed, Placed::Line { laid, .. } if laid.text == "$1,299.00"));
        assert_eq!(sum.count(), 1);
    }

    #[test]
    fn a_word_that_is_wider_than_the_page_is_broken() {
        assert_eq!(check(&sheets(&"x".repeat(3_000))), Ok(()));
        assert_eq!(
            check(&sheets(&format!("| {} | b |\n|---|---|\n| c | {} |\n", "y".repeat(400), "z".repeat(400)))),
            Ok(())
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn everything_is_on_a_page(markdown in "([a-z #>*|.\n-]{0,40}\n){0,20}") {
            prop_assert_eq!(check(&sheets(&markdown)), Ok(()));
        }
    }
}

//! The document as plain text: what a mail can hold.

use crate::block::{Block, Runs, text};

/// All blocks, a blank line between them.
pub(crate) fn write(blocks: &[Block]) -> String {
    let mut out: Vec<String> = Vec::new();
    blocks.iter().for_each(|block| out.push(one(block)));
    out.join("\n\n")
}

fn one(block: &Block) -> String {
    match block {
        Block::Heading { level: 1, text: runs } => words(runs).to_uppercase(),
        Block::Heading { level, text: runs } => {
            let words = words(runs);
            let mark = if *level == 2 { "=" } else { "-" };
            format!("{words}\n{}", mark.repeat(words.chars().count().min(RULE)))
        }
        Block::Paragraph(runs) => words(runs),
        Block::List { start, items } => {
            let lines = items.iter().enumerate().map(|(at, item)| {
                let mark =
                    start.map_or_else(|| "- ".to_owned(), |start| format!("{}. ", start.saturating_add(at as u64)));
                let inner = item.iter().map(one).collect::<Vec<_>>().join("\n");
                hanging(&mark, &inner)
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Block::Quote(inner) => {
            write(inner).lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
        }
        Block::Table { head, rows, .. } => {
            let line = |row: &Vec<Runs>| row.iter().map(words).collect::<Vec<_>>().join(" | ");
            let has_head = head.iter().any(|cell| !cell.is_empty());
            has_head.then(|| line(head)).into_iter().chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
        }
        Block::Rule => "-".repeat(RULE),
    }
}

/// Longest line of marks, characters.
const RULE: usize = 40;

/// Words with the addresses they lead to.
fn words(runs: &Runs) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < runs.len() {
        let link = &runs[at].link;
        let end = runs[at..].iter().position(|run| run.link != *link).map_or(runs.len(), |n| at + n);
        let said = text(&runs[at..end]);
        out.push_str(&said);
        if let Some(target) = link.as_deref().filter(|target| target.trim_start_matches("mailto:") != said) {
            out.push_str(&format!(" ({target})"));
        }
        at = end;
    }
    out
}

/// With its lines below the first indented by the mark's width.
fn hanging(mark: &str, inner: &str) -> String {
    let indent = " ".repeat(mark.chars().count());
    let mut lines = inner.lines();
    let first = format!("{mark}{}", lines.next().unwrap_or_default());
    let rest = lines.map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
    std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::read;

    #[test]
    fn every_block_reads_as_text() {
        let markdown = "## Price\n\nSee [our page](https://acme.test) or <mira@globex.test>.\n\n3. three\n4. four\n   - deep\n\n> said\n>\n> Mira\n\n| A | B |\n|---|--:|\n| x | 1 |\n\n***";
        assert_eq!(
            write(&read(markdown)),
            "Price\n-----\n\nSee our page (https://acme.test) or mira@globex.test.\n\n3. three\n4. four\n   - deep\n\n> said\n>\n> Mira\n\nA | B\nx | 1\n\n----------------------------------------"
        );
    }
}

//! The document as one page.

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, HtmlEscape, context};
use skillhost_sdk::Failure;

use crate::block::{Align, Block, Runs};

/// The frame around the blocks.
const PAGE: &str = include_str!("page.html");

/// The page. `blocks` are those below the title.
///
/// # Errors
/// The frame is damaged, which its test excludes.
pub(crate) fn write(title: &str, from: &str, blocks: &[Block]) -> Result<String, Failure> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let mut body = String::new();
    blocks.iter().for_each(|block| one(block, &mut body));
    environment
        .render_str(PAGE, context! { title, from, body => Value::from_safe_string(body) })
        .map_err(|error| Failure::permanent("page", format!("the page cannot be written: {}", error.kind())))
}

fn escaped(text: &str) -> String {
    HtmlEscape(text).to_string()
}

fn one(block: &Block, out: &mut String) {
    match block {
        Block::Heading { level, text } => {
            let level = (*level).clamp(2, 4);
            out.push_str(&format!("<h{level}>{}</h{level}>\n", words(text)));
        }
        Block::Paragraph(runs) => out.push_str(&format!("<p>{}</p>\n", words(runs))),
        Block::List { start, items } => {
            let (open, close) = match start {
                None => ("<ul>".to_owned(), "</ul>\n"),
                Some(start) => (format!("<ol start=\"{start}\">"), "</ol>\n"),
            };
            out.push_str(&open);
            for item in items {
                out.push_str("<li>");
                match item.as_slice() {
                    [Block::Paragraph(runs)] => out.push_str(&words(runs)),
                    blocks => blocks.iter().for_each(|block| one(block, out)),
                }
                out.push_str("</li>");
            }
            out.push_str(close);
        }
        Block::Quote(inner) => {
            out.push_str("<blockquote>");
            inner.iter().for_each(|block| one(block, out));
            out.push_str("</blockquote>\n");
        }
        Block::Table { columns, head, rows } => {
            out.push_str("<table>");
            if head.iter().any(|cell| !cell.is_empty()) {
                out.push_str("<thead>");
                row(columns, head, "th", out);
                out.push_str("</thead>");
            }
            out.push_str("<tbody>");
            rows.iter().for_each(|cells| row(columns, cells, "td", out));
            out.push_str("</tbody></table>\n");
        }
        Block::Rule => out.push_str("<hr>\n"),
    }
}

fn row(columns: &[Align], cells: &[Runs], tag: &str, out: &mut String) {
    out.push_str("<tr>");
    for (column, cell) in columns.iter().zip(cells) {
        let class = match column {
            Align::Left => "",
            Align::Centre => " class=\"centre\"",
            Align::Right => " class=\"right\"",
        };
        out.push_str(&format!("<{tag}{class}>{}</{tag}>", words(cell)));
    }
    out.push_str("</tr>");
}

fn words(runs: &Runs) -> String {
    let mut out = String::new();
    for run in runs {
        let mut text = escaped(&run.text).replace('\n', "<br>");
        if run.italic {
            text = format!("<em>{text}</em>");
        }
        if run.bold {
            text = format!("<strong>{text}</strong>");
        }
        if let Some(target) = &run.link {
            text = format!("<a href=\"{}\" rel=\"noopener noreferrer\">{text}</a>", escaped(target));
        }
        out.push_str(&text);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::block::read;
    use proptest::prelude::*;

    #[test]
    fn text_stays_text() {
        let blocks = read("a <img src=x onerror=alert(1)> & **b**\n\n[c](https://acme.test/?a=1&b=2)");
        let page = write("<Globex> & \"co\"", "Acme", &blocks).unwrap();
        assert!(page.contains("<h1>&lt;Globex&gt; &amp; &quot;co&quot;</h1>"), "{page}");
        assert!(page.contains("<p>a &lt;img src=x onerror=alert(1)&gt; &amp; <strong>b</strong></p>"), "{page}");
        assert!(page.contains("<a href=\"https:&#x2f;&#x2f;acme.test&#x2f;?a=1&amp;b=2\""), "{page}");
    }

    proptest! {
        #[test]
        fn nothing_runs_and_nothing_is_fetched(markdown in "[ -~\n]{0,300}") {
            let page = write("t", "f", &read(&markdown)).unwrap();
            let body = page.split("<main>").nth(1).unwrap().to_lowercase();
            for tag in ["<script", "<img", "<iframe", "<link", "<style", "<svg", "<object", "<form"] {
                prop_assert!(!body.contains(tag), "{}", body);
            }
            prop_assert!(!body.contains("href=\"javascript"), "{}", body);
        }
    }
}

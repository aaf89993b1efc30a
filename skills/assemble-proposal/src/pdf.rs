//! The pages as a PDF.

use krilla::Document;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skillhost_sdk::Failure;

use crate::block::plain;
use crate::letters::{FONTS, Ink, Laid, Setter, Style};
use crate::sheet::{MARGIN, Placed, Sheets};

/// Size of the line at the foot of a page.
const FOOT: f32 = 8.0;
/// Where it stands, above the edge.
const FOOT_ABOVE: f32 = 40.0;

/// The bytes. `foot` stands on each page, before its number.
///
/// # Errors
/// The document cannot be written, which no input should lead to.
pub(crate) fn write(
    setter: &mut Setter,
    sheets: &Sheets,
    title: &str,
    author: &str,
    foot: &str,
) -> Result<Vec<u8>, Failure> {
    let broken = |what: &str| Failure::permanent("pdf", format!("the PDF cannot be written: {what}"));
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new().title(title.to_owned()).authors(vec![author.to_owned()]).language("en".to_owned()),
    );
    let fonts = Fonts::new();
    let count = sheets.pages.len();
    for (at, placed) in sheets.pages.iter().enumerate() {
        let settings =
            PageSettings::from_wh(sheets.paper.width, sheets.paper.height).ok_or_else(|| broken("its size"))?;
        let mut page = document.start_page_with(settings);
        let mut links: Vec<(Rect, String)> = Vec::new();
        let mut surface = page.surface();
        for one in placed {
            match one {
                Placed::Bar { left, top, width, height, ink } => {
                    let mut path = PathBuilder::new();
                    if let Some(rect) = Rect::from_xywh(*left, *top, *width, *height) {
                        path.push_rect(rect);
                    }
                    if let Some(path) = path.finish() {
                        surface.set_fill(Some(fill(*ink)));
                        surface.draw_path(&path);
                    }
                }
                Placed::Line { laid, line, left, top } => {
                    draw(&mut surface, &fonts, laid, *line, (*left, *top), &mut links);
                }
            }
        }
        let quiet = Style { ink: Ink::Quiet, ..Style::of(FOOT) };
        let number = setter.lay(&plain(&format!("{} / {count}", at + 1)), quiet, None);
        let top = sheets.paper.height - FOOT_ABOVE;
        let right = sheets.paper.width - MARGIN - number.layout.width();
        draw(&mut surface, &fonts, &number, 0, (right, top), &mut links);
        let room = sheets.paper.width - 2.0 * MARGIN - number.layout.width() - 2.0 * FOOT;
        let foot = setter.lay(&plain(foot), quiet, Some(room));
        draw(&mut surface, &fonts, &foot, 0, (MARGIN, top), &mut links);
        surface.finish();
        for (rect, target) in links {
            let target = Target::Action(Action::Link(LinkAction::new(target)));
            page.add_annotation(krilla::annotation::Annotation::new_link(LinkAnnotation::new(rect, target), None));
        }
        page.finish();
    }
    document.finish().map_err(|error| broken(&format!("{error:?}").chars().take(80).collect::<String>()))
}

/// The fonts as the PDF knows them, beside the bytes that words were set in.
struct Fonts(Vec<(&'static [u8], Font)>);

impl Fonts {
    fn new() -> Self {
        Self(FONTS.iter().filter_map(|file| Some((*file, Font::new((*file).into(), 0)?))).collect())
    }

    fn of(&self, data: &[u8]) -> Option<&Font> {
        // Words were set in these very bytes, so their place tells them apart.
        self.0.iter().find(|(file, _)| std::ptr::eq(file.as_ptr(), data.as_ptr())).map(|(_, font)| font)
    }
}

fn fill(ink: Ink) -> Fill {
    let colour = match ink {
        Ink::Text => rgb::Color::new(28, 33, 38),
        Ink::Quiet => rgb::Color::new(104, 116, 127),
        Ink::Link => rgb::Color::new(20, 83, 143),
    };
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

/// One line of words; its links are noted by where they stand.
fn draw(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    laid: &Laid,
    line: usize,
    (left, top): (f32, f32),
    links: &mut Vec<(Rect, String)>,
) {
    let Some(line) = laid.layout.get(line) else { return };
    let metrics = line.metrics();
    let baseline = top + metrics.baseline - metrics.block_min_coord;
    let mut x = left + metrics.offset;
    for run in line.runs() {
        let Some(font) = fonts.of(run.font().data.data()) else { continue };
        let size = run.font_size();
        let mut batch = Batch { brush: None, from: x, glyphs: Vec::new() };
        for cluster in run.visual_clusters() {
            if cluster.is_ligature_continuation() {
                if let Some(last) = batch.glyphs.last_mut() {
                    last.text_range.end = cluster.text_range().end;
                }
                continue;
            }
            let brush = cluster.style().brush;
            if batch.brush.is_some_and(|other| other != brush) {
                batch.flush(surface, font, laid, size, (x, baseline), links);
            }
            batch.brush = Some(brush);
            for glyph in cluster.glyphs() {
                let id = GlyphId::new(glyph.id);
                let (dx, dy) = (glyph.x / size, glyph.y / size);
                batch.glyphs.push(KrillaGlyph::new(id, glyph.advance / size, dx, dy, 0.0, cluster.text_range(), None));
                x += glyph.advance;
            }
        }
        batch.flush(surface, font, laid, size, (x, baseline), links);
    }
}

/// Glyphs of one brush that follow each other.
struct Batch {
    brush: Option<crate::letters::Brush>,
    from: f32,
    glyphs: Vec<KrillaGlyph>,
}

impl Batch {
    fn flush(
        &mut self,
        surface: &mut Surface<'_>,
        font: &Font,
        laid: &Laid,
        size: f32,
        (to, baseline): (f32, f32),
        links: &mut Vec<(Rect, String)>,
    ) {
        let from = std::mem::replace(&mut self.from, to);
        let (Some(brush), false) = (self.brush.take(), self.glyphs.is_empty()) else { return };
        surface.set_fill(Some(fill(brush.ink)));
        surface.draw_glyphs(Point::from_xy(from, baseline), &self.glyphs, font.clone(), &laid.text, size, false);
        self.glyphs.clear();
        let target = usize::from(brush.link).checked_sub(1).and_then(|at| laid.links.get(at));
        if let (Some(target), Some(rect)) = (target, Rect::from_ltrb(from, baseline - size, to, baseline + size * 0.25))
        {
            links.push((rect, target.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::block::read;
    use crate::sheet::{A4, place};

    fn pdf(markdown: &str) -> (Vec<u8>, String) {
        let mut setter = Setter::new();
        let sheets = place(&mut setter, A4, "Proposal for Globex", "Acme", &read(markdown));
        let bytes = write(&mut setter, &sheets, "Proposal for Globex", "Acme", "Acme").unwrap();
        (bytes, setter.missing())
    }

    #[test]
    fn the_same_document_is_the_same_bytes() {
        let markdown = "## Price\n\n**$48,000.00** until *31 December 2026*, see [here](https://acme.test).\n";
        let (first, missing) = pdf(markdown);
        assert!(first.starts_with(b"%PDF-") && missing.is_empty());
        assert!(first == pdf(markdown).0, "the bytes differ");
        assert!(first != pdf("## Price\n\n$48,000.01\n").0, "another sum is the same document");
        let holds = |part: &[u8]| first.windows(part.len()).any(|window| window == part);
        assert!(holds(b"https://acme.test"), "no link");
        // Each of the three fonts is inside, by its parts that are used.
        let faces = first.windows(14).filter(|window| window.starts_with(b"LiberationSans")).count();
        assert!(faces >= 3, "{faces} mentions of a font");
    }

    #[test]
    fn letters_without_a_glyph_are_named() {
        assert_eq!(pdf("Größe für Łódź, Ελλάδα, Київ: €5").1, "");
        assert_eq!(pdf("a 日本 b 🎉").1, "日本🎉");
    }
}

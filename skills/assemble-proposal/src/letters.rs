//! Words set in a font: shaped, broken into lines, with their inks.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use parley::fontique::{Blob, Collection, CollectionOptions};
use parley::style::{FontFamily, FontFamilyName, FontStyle, FontWeight, LineHeight, OverflowWrap, StyleProperty};
use parley::{Alignment, AlignmentOptions, FontContext, Layout, LayoutContext};

use crate::block::{Align, Run, text};

/// The family all of it is set in.
const FAMILY: &str = "Liberation Sans";
/// Its files: upright, bold, slanted. Bold and slanted at once is bold.
pub(crate) static FONTS: [&[u8]; 3] = [
    include_bytes!("../fonts/LiberationSans-Regular.ttf"),
    include_bytes!("../fonts/LiberationSans-Bold.ttf"),
    include_bytes!("../fonts/LiberationSans-Italic.ttf"),
];
/// Lines are this much higher than their letters.
const LEADING: f32 = 1.38;

/// The colour of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text.
    #[default]
    Text,
    /// Beside the text.
    Quiet,
    /// A link.
    Link,
}

/// How words are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brush {
    pub(crate) ink: Ink,
    /// Place in [`Laid::links`], from 1.
    pub(crate) link: u16,
}

/// How words are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) bold: bool,
    pub(crate) ink: Ink,
    pub(crate) align: Align,
}

impl Style {
    /// Upright text of a size.
    pub(crate) fn of(size: f32) -> Self {
        Self { size, bold: false, ink: Ink::Text, align: Align::Left }
    }
}

/// Words in lines.
pub(crate) struct Laid {
    pub(crate) text: String,
    pub(crate) layout: Layout<Brush>,
    pub(crate) links: Vec<String>,
}

impl Laid {
    /// Heights of the lines.
    pub(crate) fn heights(&self) -> Vec<f32> {
        self.layout.lines().map(|line| line.metrics().line_height).collect()
    }
}

/// Sets words.
pub(crate) struct Setter {
    fonts: FontContext,
    scratch: LayoutContext<Brush>,
    missing: BTreeSet<char>,
}

impl Setter {
    /// With the fonts of this module and no others.
    pub(crate) fn new() -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut fonts = FontContext { collection: Collection::new(options), ..FontContext::default() };
        for file in FONTS {
            fonts.collection.register_fonts(Blob::new(Arc::new(file)), None);
        }
        Self { fonts, scratch: LayoutContext::new(), missing: BTreeSet::new() }
    }

    /// Letters that no font has, so far.
    pub(crate) fn missing(&self) -> String {
        self.missing.iter().collect()
    }

    /// Sets runs in lines of this width; without one, in lines of their own.
    pub(crate) fn lay(&mut self, runs: &[Run], style: Style, width: Option<f32>) -> Rc<Laid> {
        let text = text(runs);
        let mut links: Vec<String> = Vec::new();
        let mut builder = self.scratch.ranged_builder(&mut self.fonts, &text, 1.0, true);
        builder
            .push_default(StyleProperty::FontFamily(FontFamily::Single(FontFamilyName::Named(Cow::Borrowed(FAMILY)))));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(LEADING)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        builder.push_default(StyleProperty::Brush(Brush { ink: style.ink, link: 0 }));
        if style.bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        let mut from = 0;
        for run in runs {
            let range = from..from + run.text.len();
            from = range.end;
            if run.bold {
                builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
            }
            if run.italic && !run.bold && !style.bold {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), range.clone());
            }
            if let Some(target) = &run.link {
                links.push(target.clone());
                let link = u16::try_from(links.len()).unwrap_or_default();
                builder.push(StyleProperty::Brush(Brush { ink: Ink::Link, link }), range);
            }
        }
        let mut layout = builder.build(&text);
        layout.break_all_lines(width);
        let alignment = match style.align {
            Align::Left => Alignment::Left,
            Align::Centre => Alignment::Center,
            Align::Right => Alignment::Right,
        };
        layout.align(alignment, AlignmentOptions::default());
        let laid = Laid { text, layout, links };
        self.note_missing(&laid);
        Rc::new(laid)
    }

    fn note_missing(&mut self, laid: &Laid) {
        for line in laid.layout.lines() {
            for run in line.runs() {
                for cluster in run.clusters() {
                    // Glyph 0 is the box that stands for a letter the font does not have.
                    if cluster.glyphs().any(|glyph| glyph.id == 0) {
                        let letters = laid.text.get(cluster.text_range()).unwrap_or_default();
                        self.missing.extend(letters.chars().filter(|c| !c.is_whitespace() && !c.is_control()));
                    }
                }
            }
        }
    }
}

//! A letter to one person: greeting, paragraphs, closing.

use meeting_record::first_name;

use crate::manner::Manner;

/// The text of a mail without its signature.
#[derive(Clone, Debug)]
pub struct Letter {
    paragraphs: Vec<String>,
    closing: String,
}

impl Letter {
    /// Begins with the greeting; without a name it greets nobody by name.
    pub fn to(name: Option<&str>, manner: &Manner) -> Self {
        let greeting = match name.map(first_name).filter(|name| !name.is_empty() && !name.contains('@')) {
            Some(name) => format!("{} {name},", manner.greeting),
            None => format!("{},", manner.greeting),
        };
        Self { paragraphs: vec![greeting], closing: format!("{},", manner.closing) }
    }

    /// One more paragraph; an empty one is none.
    #[must_use]
    pub fn say(mut self, paragraph: impl Into<String>) -> Self {
        let paragraph = paragraph.into();
        if !paragraph.trim().is_empty() {
            self.paragraphs.push(paragraph);
        }
        self
    }

    /// The whole text.
    pub fn text(mut self) -> String {
        self.paragraphs.push(self.closing);
        self.paragraphs.join("\n\n")
    }
}

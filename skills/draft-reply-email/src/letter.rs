//! The letter: greeting, a word of thanks, the points, a closing.

use mail_reading::Class;
use meeting_record::first_name;
use rep_manner::Manner;

use crate::answers::{Point, State};
use crate::recipients::People;

/// What the letter is made of.
pub(crate) struct Letter<'a> {
    pub(crate) class: Class,
    pub(crate) points: &'a [Point],
    pub(crate) people: &'a People,
    pub(crate) manner: &'a Manner,
    /// The stage after the deal's present one.
    pub(crate) stage: Option<&'a str>,
}

/// What is asked before a deal moves on, by a word of its next stage. Nothing is
/// offered that they did not say yes to.
const STEPS: [(&[&str], &str); 3] = [
    (&["proposal", "quote", "offer"], "Shall I put a proposal together as the next step?"),
    (&["negotiation", "contract", "legal", "agreement"], "Shall I prepare the paperwork as the next step?"),
    (&["discovery", "demo", "qualified", "meeting"], "Shall we find a time to talk it through as the next step?"),
];

impl Letter<'_> {
    /// The whole letter by rules.
    pub(crate) fn body(&self) -> String {
        self.around(&self.middle())
    }

    /// These paragraphs between greeting and closing.
    pub(crate) fn around(&self, middle: &[String]) -> String {
        let name = self.people.name.as_deref().map(first_name).filter(|name| !name.is_empty());
        let greeting = match name {
            Some(name) => format!("{} {name},", self.manner.greeting),
            None => format!("{},", self.manner.greeting),
        };
        let closing = format!("{},", self.manner.closing);
        let mut paragraphs = vec![greeting];
        paragraphs.extend(middle.iter().cloned());
        paragraphs.push(closing);
        paragraphs.join("\n\n")
    }

    /// The paragraphs in between, by rules.
    pub(crate) fn middle(&self) -> Vec<String> {
        let mut paragraphs = vec![self.thanks().to_owned()];
        let answers: Vec<&Point> = self.points.iter().filter(|point| !point.is_open()).collect();
        let open = self.points.iter().filter(|point| point.is_open()).count();
        match (answers.as_slice(), open) {
            ([], 0) => paragraphs.extend(self.next().map(str::to_owned)),
            // A list of things that nobody knows yet is no answer; one sentence says as much.
            ([], 1) => paragraphs.extend(self.points.first().map(|point| point.answer.clone())),
            ([], _) => paragraphs.push(
                "I’d like to look into your questions properly before I answer, and will come back to you on each of them."
                    .to_owned(),
            ),
            (answers, open) => {
                paragraphs.extend(answers.iter().map(|point| point.answer.clone()));
                if open == 1 {
                    paragraphs.extend(self.points.iter().find(|point| point.is_open()).map(|point| point.answer.clone()));
                } else if open > 1 {
                    paragraphs.push(
                        "On your other questions I’d like to look properly before I answer, and will come back to you."
                            .to_owned(),
                    );
                }
            }
        }
        let asked = answers.iter().any(|point| point.state == State::AskedBack);
        if self.class == Class::PositiveReply && !self.points.is_empty() && !asked {
            paragraphs.extend(self.next().map(str::to_owned));
        }
        paragraphs
    }

    fn thanks(&self) -> &'static str {
        match self.class {
            Class::PositiveReply => "Thank you for your mail, I’m glad to read that.",
            _ => "Thank you for your mail.",
        }
    }

    /// Who does what next is theirs to say; nothing is agreed here.
    fn next(&self) -> Option<&'static str> {
        match self.class {
            Class::PositiveReply => {
                let stage = self.stage.unwrap_or_default().to_lowercase();
                let step = STEPS.iter().find(|(words, _)| words.iter().any(|word| stage.contains(word)));
                Some(step.map_or("What would help you most as the next step?", |(_, question)| question))
            }
            _ => Some("I’ll look into it and come back to you."),
        }
    }
}

//! What a person's letter is, by all of its words: a linear model over them and over what
//! the rules found.
//!
//! The rules hear what a row says, and nothing between the rows. The model weighs both, as
//! labelled mails taught it (`models/mails.tsv`, made by `make weights`), and knows how sure
//! it is. To tell it something more of a mail, add a fact to [`facts`] and fit it again.

use std::collections::BTreeSet;

use skillhost_language::Anchor;
use skillhost_language::weights::{Weights, shape, shares, words_of};

use crate::class::Class;
use crate::found::Found;
use crate::mail::{Mail, bare_subject};
use crate::text::Text;
use crate::verdict::{choose, hidden_stop, settled};

static WEIGHTS: Weights = include!(concat!(env!("OUT_DIR"), "/mails.rs"));

/// No words are proof; a header may be.
const SUREST: f64 = 0.97;
/// Sentences are told apart in threes, and no more of them than so many.
const SENTENCES: usize = 12;
/// More questions than these are as many.
const QUESTIONS: usize = 3;

/// What the rules say of a letter, as the model is told it.
pub(crate) fn facts(text: &Text<'_>, mail: &Mail<'_>, found: &Found, chosen: Class) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for class in Class::ALL {
        let tenths = (found.weight(class) * 10.0).floor();
        if tenths > 0.0 {
            facts.insert(format!("rule:{}:{tenths:.0}", class.as_str()));
        }
    }
    facts.insert(format!("chosen:{}", chosen.as_str()));
    let questions = text.said.iter().filter(|said| said.sentence.question).count();
    facts.insert(format!("questions:{}", questions.min(QUESTIONS)));
    facts.insert(format!("sentences:{}", text.said.len().min(SENTENCES) / 3));
    let flags = [
        ("asks-last", text.said.last().is_some_and(|said| said.sentence.question)),
        ("closed", found.closed),
        ("settled", found.settled),
        ("trouble", found.trouble),
        ("meanwhile", found.meanwhile),
        ("pointed", found.pointed.is_some()),
        ("questioned", found.questioned.is_some()),
        ("answers", is_answer(mail)),
        ("forward", mail.is_forward()),
        ("people", !found.handed.people.is_empty()),
    ];
    facts.extend(flags.into_iter().filter(|(_, is)| *is).map(|(name, _)| format!("is:{name}")));
    facts
}

fn is_answer(mail: &Mail<'_>) -> bool {
    bare_subject(mail.subject).len() != mail.subject.trim().len()
}

/// Words of what is new of a letter, and of its subject where that is not ours.
fn words(text: &Text<'_>, mail: &Mail<'_>, see: &mut dyn FnMut(&str)) {
    text.said.iter().for_each(|said| words_of(said.tokens(), see));
    if !is_answer(mail) {
        text.subject.iter().for_each(|token| see(&format!("s:{}", shape(&token.word))));
    }
}

/// What the model says of a letter.
pub(crate) struct Learned {
    /// The class.
    pub(crate) class: Class,
    /// How sure, 0 to 1: of letters told apart by words, so many are right.
    pub(crate) confidence: f64,
    /// The sentence that speaks for it most.
    pub(crate) said: Option<usize>,
}

/// Weighs a letter.
pub(crate) fn learned(text: &Text<'_>, mail: &Mail<'_>, facts: &BTreeSet<String>) -> Option<Learned> {
    let sums = WEIGHTS.sums(&|see| words(text, mail, see), facts);
    let (at, share) = shares(&sums).into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let name = *WEIGHTS.kinds.get(at)?;
    let class = Class::ALL.into_iter().find(|class| class.as_str() == name)?;
    let speaks = |said: &usize| WEIGHTS.speak_for(&|see| words_of(text.said[*said].tokens(), see), name);
    let said = (0..text.said.len()).max_by(|a, b| speaks(a).total_cmp(&speaks(b)));
    let confidence = (share.min(SUREST) * 100.0).round() / 100.0;
    Some(Learned { class, confidence, said })
}

/// What the model is told of a mail, for fitting it: words and facts. Nothing for a mail that
/// headers or a rule of their own decide.
#[must_use]
pub fn told(mail: &Mail<'_>, anchor: &Anchor) -> Option<(Vec<String>, Vec<String>)> {
    let text = Text::of(mail);
    if crate::verdict::is_settled_before_words(&text, mail, anchor) {
        return None;
    }
    let found = Found::in_text(&text, mail, anchor);
    if settled(&text, mail).is_some() {
        return None;
    }
    let chosen = choose(&found, &text, mail).0;
    if hidden_stop(chosen, &found, &text).is_some() {
        return None;
    }
    let mut all = BTreeSet::new();
    words(&text, mail, &mut |word| {
        all.insert(word.to_owned());
    });
    Some((all.into_iter().collect(), facts(&text, mail, &found, chosen).into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_class_that_words_say() {
        let mut kinds = WEIGHTS.kinds.to_vec();
        kinds.sort_unstable();
        let mut classes: Vec<&str> = Class::ALL.map(Class::as_str).to_vec();
        classes.retain(|class| *class != Class::Bounce.as_str());
        classes.sort_unstable();
        assert_eq!(kinds, classes);
        assert_eq!(WEIGHTS.bias.len(), kinds.len());
        assert!(WEIGHTS.of("chosen:meeting_request").is_some() && WEIGHTS.words.rows.len() > 1000);
    }
}

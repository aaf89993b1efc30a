//! Which labels of a text are its speakers.
//!
//! One line cannot tell `Remember: I'll send it` from `Priya: I'll send it`; the
//! text as a whole mostly can. A label that returns is somebody, and where every
//! line has a label, so is one that comes once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::name::{self, Shape};
use super::speaker::Label;

/// Share of lines (in hundredths) that must have a name for "Name:" to mean a
/// speaker in a text where no name returns: below it a colon is punctuation.
const MIN_NAMED_PERCENT: usize = 30;
/// The same of subtitles, where each cue has the name of who speaks or none has.
const MIN_NAMED_CUES_PERCENT: usize = 60;
/// Share of lines (in hundredths) that names without capitals must begin, each of them more
/// than once: recognisers write so, and so does nobody else.
const MIN_UNCAPITALISED_PERCENT: usize = 60;
/// Share of lines (in hundredths) with a label from which on a label that could be a
/// name is one, though it comes once.
const MIN_EVERY_PERCENT: usize = 80;
/// The same where no label has a capital, which says less.
const MIN_EVERY_UNCAPITALISED_PERCENT: usize = 90;
/// An ordinary word is a speaker when it returns this often, in this share of the lines.
const MIN_ORDINARY: usize = 3;
const MIN_ORDINARY_PERCENT: usize = 15;

/// What labels are found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines of text.
    Lines,
    /// Subtitles: every cue stands for itself.
    Cues,
}

/// Whether a label is the name of somebody who was invited.
pub(super) type IsKnown<'a> = &'a dyn Fn(&str) -> bool;

/// One line that has words.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) label: Option<Label<'a>>,
    /// All of it.
    pub(super) text: &'a str,
    /// The first line of its cue: only these must have a label.
    pub(super) is_first: bool,
}

/// Who speaks in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Speakers {
    names: BTreeSet<String>,
    /// Of them, those who come more than once.
    returning: BTreeSet<String>,
    /// Labels that bracket nothing but a name: `[Ada] hello`.
    bracketed: BTreeSet<String>,
}

fn is_strong(label: &Label<'_>) -> bool {
    matches!(label.shape, Shape::Sure | Shape::Name)
}

fn starts_with(text: &str, is: fn(char) -> bool) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(is)
}

/// A sentence that goes on behind its colon: `Bottom Line: nobody signs`.
fn runs_on(label: &Label<'_>) -> bool {
    starts_with(label.words, char::is_lowercase)
}

impl Speakers {
    /// Weighs all labels against each other. `voices` are those whom the format names itself.
    pub(super) fn of(entries: &[Entry<'_>], kind: Kind, voices: &BTreeSet<String>, is_known: IsKnown<'_>) -> Self {
        let mut speakers = Self::default();
        for label in entries.iter().filter_map(|entry| entry.label.as_ref()).filter(|label| label.is_bracketed) {
            if label.beyond.is_none() {
                speakers.bracketed.insert(name::tidy(label.name).into_owned());
            }
        }
        let mut labels: Vec<(Label<'_>, Cow<'_, str>)> = entries
            .iter()
            .filter_map(|entry| entry.label.as_ref())
            .map(|label| speakers.resolve(label))
            .map(|label| {
                let key = name::tidy(label.name);
                (label, key)
            })
            .collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (_, key) in &labels {
            match counts.get_mut(key.as_ref()) {
                Some(count) => *count += 1,
                None => drop(counts.insert(key.clone().into_owned(), 1)),
            }
        }
        let mut voices = voices.clone();
        // `Thanks Ada` is not Ada.
        let able = labels.iter().filter(|(label, _)| label.shape != Shape::Remark).map(|(_, key)| key.as_ref());
        voices.extend(able.collect::<BTreeSet<_>>().into_iter().filter(|key| is_known(key)).map(str::to_owned));
        for (label, _) in labels.iter_mut().filter(|(_, key)| voices.contains(key.as_ref())) {
            label.shape = Shape::Sure;
        }
        let comes = |key: &str| counts.get(key).copied().unwrap_or(0);
        // What has no label counts only where it could have one.
        let unlabelled = entries.iter().filter(|entry| entry.label.is_none() && entry.is_first).count();
        let total = labels.len() + unlabelled;
        let share = |part: usize, percent: usize| part * 100 >= total * percent;
        let cased = labels.iter().any(|(label, _)| starts_with(label.words, char::is_uppercase))
            || entries.iter().any(|entry| entry.label.is_none() && starts_with(entry.text, char::is_uppercase));

        let strong: Vec<&(Label<'_>, Cow<'_, str>)> = labels.iter().filter(|(label, _)| is_strong(label)).collect();
        let distinct = strong.iter().map(|(_, key)| key).collect::<BTreeSet<_>>().len();
        let returns = strong.iter().any(|(_, key)| comes(key) > 1 || voices.contains(key.as_ref()));
        // Where nothing returns, what runs on is a sentence.
        let fresh = |label: &Label<'_>| is_strong(label) && !(cased && runs_on(label) && label.shape == Shape::Name);
        let opens = entries.first().and_then(|entry| entry.label.as_ref());
        let percent = match kind {
            Kind::Lines => MIN_NAMED_PERCENT,
            Kind::Cues => MIN_NAMED_CUES_PERCENT,
        };
        let speaks = if returns {
            // One label that returns among lines without is a turn of phrase: several talk,
            // or somebody begins.
            let back = strong.iter().filter(|(_, key)| comes(key) > 1).map(|(_, key)| key).collect::<BTreeSet<_>>();
            let begins = distinct > 1 && opens.is_some_and(is_strong);
            !voices.is_empty() || back.len() > 1 || begins || share(strong.len(), percent)
        } else {
            let named = labels.iter().filter(|(label, _)| fresh(label)).count();
            let sure = labels.iter().any(|(label, _)| label.shape == Shape::Sure);
            // Subtitles with names have one from the first cue on.
            let begins = kind == Kind::Lines || opens.is_some_and(fresh);
            kind == Kind::Cues && sure || named > 0 && begins && share(named, percent)
        };
        if speaks {
            for (label, key) in &labels {
                if is_strong(label) {
                    speakers.names.insert(key.clone().into_owned());
                }
            }
            speakers.loose(&labels, &comes, &share, cased);
        } else {
            speakers.uncapitalised(&labels, &comes, &share, kind);
        }
        speakers.names.extend(voices.iter().cloned());
        speakers.returning =
            speakers.names.iter().filter(|key| comes(key) > 1 || voices.contains(*key)).cloned().collect();
        speakers
    }

    /// Labels that are names only beside those that are.
    fn loose(
        &mut self,
        labels: &[(Label<'_>, Cow<'_, str>)],
        comes: &dyn Fn(&str) -> usize,
        share: &dyn Fn(usize, usize) -> bool,
        cased: bool,
    ) {
        let weak = |label: &Label<'_>| label.shape == Shape::Weak;
        let named = labels.iter().filter(|(label, key)| self.names.contains(key.as_ref()) || weak(label)).count();
        let every = share(named, MIN_EVERY_PERCENT);
        for (label, key) in labels {
            let often = comes(key) >= MIN_ORDINARY && share(comes(key), MIN_ORDINARY_PERCENT);
            let once = every && name::may_come_once(label.name) && !(cased && runs_on(label));
            if weak(label) && (comes(key) > 1 || once) || label.shape == Shape::Remark && often {
                self.names.insert(key.clone().into_owned());
            }
        }
    }

    /// Names without capitals, where there are no others.
    fn uncapitalised(
        &mut self,
        labels: &[(Label<'_>, Cow<'_, str>)],
        comes: &dyn Fn(&str) -> usize,
        share: &dyn Fn(usize, usize) -> bool,
        kind: Kind,
    ) {
        let no_remark = |label: &Label<'_>| label.shape != Shape::Remark;
        let returning: Vec<&Cow<'_, str>> = labels
            .iter()
            .filter(|(label, key)| comes(key) > 1 && (no_remark(label) || name::is_letters(label.name)))
            .map(|(_, key)| key)
            .collect();
        let several = returning.iter().any(|key| **key != *returning[0]);
        let some_name = labels.iter().any(|(label, key)| comes(key) > 1 && no_remark(label));
        if several && some_name && share(returning.len(), MIN_UNCAPITALISED_PERCENT) {
            self.names.extend(returning.into_iter().map(|key| key.clone().into_owned()));
        }
        // `priya`, `helen marsh`, `priya`: every line has a label, one of them returns.
        let loose: Vec<&(Label<'_>, Cow<'_, str>)> =
            labels.iter().filter(|(label, key)| no_remark(label) || self.names.contains(key.as_ref())).collect();
        let distinct = loose.iter().map(|(_, key)| key).collect::<BTreeSet<_>>().len();
        let returns = loose.iter().any(|(_, key)| comes(key) > 1);
        let all_begin = kind == Kind::Cues
            && share(loose.len(), 100)
            && loose.iter().all(|(label, _)| starts_with(label.words, char::is_uppercase));
        if distinct > 1 && (returns && share(loose.len(), MIN_EVERY_UNCAPITALISED_PERCENT) || all_begin) {
            self.names.extend(loose.into_iter().map(|(_, key)| key.clone().into_owned()));
        }
    }

    /// Whether anybody speaks.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// `[Acme] Ada Reed: hello` is all one label, unless `[Acme]` speaks elsewhere.
    fn resolve<'a>(&self, label: &Label<'a>) -> Label<'a> {
        match label.beyond {
            Some(whole) if !self.bracketed.contains(name::tidy(label.name).as_ref()) => {
                Label { name: whole.name, words: whole.words, shape: whole.shape, ..*label }
            }
            _ => *label,
        }
    }

    /// The speaker of a line with this label, and the words; none where it is a sentence.
    pub(super) fn split<'a>(&self, label: &Label<'a>) -> Option<(String, Label<'a>)> {
        let label = self.resolve(label);
        let key = name::tidy(label.name);
        self.names.contains(key.as_ref()).then(|| (key.into_owned(), label))
    }

    /// Whether the name of this label returns.
    pub(super) fn returns(&self, key: &str) -> bool {
        self.returning.contains(key)
    }
}

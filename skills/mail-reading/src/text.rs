//! What is new of a mail, as sentences and clauses with their places in the body.
//!
//! Mail breaks lines in the middle of a sentence, and ends sentences with a line
//! instead of a full stop. A line that goes on in lower case is a broken one; a
//! short line before a capital is an end.

use std::ops::Range;

use skillhost_language::mail::{Parts, parts};
use skillhost_language::{Gap, Sentence, Token, gives_orders, goes_on_with_orders, sentences, tokens};

use crate::mail::{Mail, bare_subject};
use crate::stem::stems;

/// A line longer than this was broken by a program, bytes; one that is shorter
/// ended where its writer wanted.
const BROKEN_LINE: usize = 60;
/// Words that turn what went before.
const TURNS: [&str; 5] = ["but", "however", "nevertheless", "although", "though"];
/// How a salutation begins that shares its line with text.
const SALUTATIONS: [&str; 16] = [
    "hi",
    "hello",
    "hey",
    "dear",
    "hiya",
    "hei",
    "hej",
    "hallo",
    "good",
    "morning",
    "evening",
    "afternoon",
    "sir",
    "madam",
    "bonjour",
    "hiii",
];
/// Words that open a question.
const OPENERS: [&str; 21] = [
    "can", "could", "would", "will", "may", "shall", "should", "is", "are", "do", "does", "did", "have", "has", "when",
    "what", "which", "where", "who", "how", "why",
];
/// Longest such salutation, words.
const MAX_SALUTATION: usize = 5;

/// A sentence of the new text.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Its words; ranges are of the piece that begins at `offset`.
    pub(crate) sentence: Sentence,
    /// The same words without their endings.
    pub(crate) stems: Vec<Token>,
    /// Where its piece begins in the body.
    pub(crate) offset: usize,
    /// Its clauses, as ranges of words, salutation left out.
    pub(crate) clauses: Vec<Range<usize>>,
}

impl Said {
    /// Words of the sentence as bytes of the body.
    pub(crate) fn place(&self, words: &Range<usize>) -> Range<usize> {
        let range = self.sentence.words(words.start, words.end);
        range.start + self.offset..range.end + self.offset
    }

    /// What to quote for these words, as bytes of the body.
    pub(crate) fn quote(&self, words: &Range<usize>) -> Range<usize> {
        let range = self.sentence.quote(words);
        range.start + self.offset..range.end + self.offset
    }

    /// The words, for patterns.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.sentence.tokens
    }

    /// Whether the clause of a word asks: the sentence's last one, or one that opens
    /// as a question.
    pub(crate) fn asks(&self, word: usize) -> bool {
        let clause = self.clause_of(word);
        let opens = self.sentence.tokens.get(clause.start).is_some_and(|token| OPENERS.contains(&token.word.as_str()));
        self.sentence.question && (clause.end == self.sentence.tokens.len() || opens)
    }

    /// Whether the words between two pauses ask without a mark: "if it moves them, can I
    /// stop it".
    pub(crate) fn asks_unmarked(&self, word: usize) -> bool {
        const MODALS: [&str; 8] = ["can", "could", "do", "does", "will", "would", "is", "are"];
        const ASKED: [&str; 6] = ["i", "we", "it", "they", "you", "there"];
        let tokens = &self.sentence.tokens;
        let from = (0..=word).rev().find(|at| *at == 0 || tokens[*at].gap != Gap::None).unwrap_or(0);
        let is = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| words.contains(&token.word.as_str()));
        is(from, &MODALS) && is(from + 1, &ASKED)
    }

    /// The clause that holds a word.
    pub(crate) fn clause_of(&self, word: usize) -> Range<usize> {
        let found = self.clauses.iter().find(|clause| clause.contains(&word));
        found.cloned().unwrap_or(0..self.sentence.tokens.len())
    }
}

/// The new text of a mail.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) body: &'a str,
    pub(crate) parts: Parts,
    pub(crate) said: Vec<Said>,
    /// Sentences that give orders to a machine. They stand hidden in what a person passes
    /// on without knowing, and are none of the mail's wishes.
    pub(crate) orders: Vec<Said>,
    /// The words of the subject, whoever wrote it: what "it" may be.
    pub(crate) subject: Vec<Token>,
}

impl<'a> Text<'a> {
    pub(crate) fn of(mail: &Mail<'a>) -> Self {
        let writer = (!mail.from_name.is_empty()).then_some(mail.from_name);
        Self::said_in(mail.body, parts(mail.body, writer), mail)
    }

    /// The subject as a text, where it is the writer's: one that answers is ours.
    pub(crate) fn of_subject(mail: &Mail<'a>) -> Option<Self> {
        let subject = mail.subject.trim();
        let own = !subject.is_empty() && bare_subject(subject).len() == subject.len();
        let parts = Parts { own: std::iter::once(0..subject.len()).collect(), ..Parts::default() };
        own.then(|| Self::said_in(subject, parts, mail))
    }

    fn said_in(body: &'a str, parts: Parts, mail: &Mail<'_>) -> Self {
        let (mut said, mut orders) = (Vec::new(), Vec::new());
        for paragraph in &parts.own {
            let ordered = gives_orders(&body[paragraph.clone()]);
            for range in pieces(body, paragraph) {
                for mut sentence in sentences(&body[range.clone()]) {
                    unbreak(&body[range.clone()], &mut sentence.tokens);
                    let clauses = clauses(&sentence, mail);
                    let stems = stems(&sentence.tokens);
                    if ends_in_aside(&body[range.clone()], &sentence.range) {
                        sentence.question = false;
                    }
                    let written = body[range.clone()].get(sentence.range.clone()).unwrap_or_default();
                    let is_order = gives_orders(written) || ordered && goes_on_with_orders(written);
                    let one = Said { sentence, stems, offset: range.start, clauses };
                    if is_order { orders.push(one) } else { said.push(one) }
                }
            }
        }
        let subject = tokens(mail.subject, 0, mail.subject.len());
        Self { body, parts, said, orders, subject }
    }

    /// The same mail, were its orders all it said.
    pub(crate) fn of_orders(&self) -> Self {
        Self { said: self.orders.clone(), orders: Vec::new(), ..self.clone() }
    }

    /// The exact words of a range.
    pub(crate) fn exact(&self, range: Range<usize>) -> String {
        self.body.get(range).unwrap_or_default().trim().to_owned()
    }
}

/// "We take the middle one (Team?)": what is asked is the name in brackets, and no more.
fn ends_in_aside(text: &str, sentence: &Range<usize>) -> bool {
    /// Words of such an aside.
    const ASIDE: usize = 2;
    let said = text.get(sentence.clone()).unwrap_or_default().trim_end();
    let closed = said.ends_with("?)") || said.ends_with('?') && text[sentence.end..].starts_with(')');
    let inner = said.trim_end_matches(')').trim_end_matches('?');
    closed
        && inner
            .rsplit_once('(')
            .is_some_and(|(before, inner)| before.len() > inner.len() && inner.split_whitespace().count() <= ASIDE)
}

/// A paragraph cut at lines that end a sentence without a mark.
fn pieces(body: &str, paragraph: &Range<usize>) -> Vec<Range<usize>> {
    let text = &body[paragraph.clone()];
    let mut out = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('\n') {
        let line = text[..at].rsplit('\n').next().unwrap_or_default().trim();
        let next = text[at + 1..].trim_start();
        let goes_on =
            next.chars().next().is_some_and(|c| c.is_lowercase()) || line.len() > BROKEN_LINE || line.ends_with(',');
        if !goes_on {
            out.push(paragraph.start + from..paragraph.start + at);
            from = at + 1;
        }
    }
    out.push(paragraph.start + from..paragraph.end);
    out
}

/// A line end inside a sentence is white space.
fn unbreak(text: &str, tokens: &mut [Token]) {
    for at in 1..tokens.len() {
        let between = text.get(tokens[at - 1].end..tokens[at].start).unwrap_or_default();
        if tokens[at].gap == Gap::Break && !between.is_empty() && between.chars().all(char::is_whitespace) {
            tokens[at].gap = Gap::None;
        }
    }
}

fn clauses(sentence: &Sentence, mail: &Mail<'_>) -> Vec<Range<usize>> {
    let tokens = &sentence.tokens;
    let mut out = Vec::new();
    let mut from = salutation(tokens, mail);
    for (at, token) in tokens.iter().enumerate().skip(from + 1) {
        let turns = TURNS.contains(&token.word.as_str());
        // "We are ready, what do you need?"
        let asks = sentence.question && token.gap == Gap::Comma && OPENERS.contains(&token.word.as_str());
        if token.gap == Gap::Break || turns || asks {
            if at > from {
                out.push(from..at);
            }
            from = if turns { at + 1 } else { at };
        }
    }
    if from < tokens.len() {
        out.push(from..tokens.len());
    }
    out
}

/// How many words greet.
fn salutation(tokens: &[Token], mail: &Mail<'_>) -> usize {
    let Some(first) = tokens.first() else { return 0 };
    let pause = (1..tokens.len().min(MAX_SALUTATION + 1)).find(|at| tokens[*at].gap != Gap::None);
    if SALUTATIONS.contains(&first.word.as_str()) {
        return pause.unwrap_or(1);
    }
    // "Ines, …"
    if mail.is_own_name(&first.word) { pause.filter(|at| *at <= 2).unwrap_or(1) } else { 0 }
}

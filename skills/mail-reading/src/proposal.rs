//! A document made for them: a proposal, a quote, an offer.
//!
//! A clause asks for one when it wants something ([`crate::wish`]) and names the
//! document, or a price for what it describes. A price in general is a question.

use std::ops::Range;
use std::sync::LazyLock;

use skillhost_language::{Pattern, Token, table};

use crate::cue::{Cue, conditional, negated, over};
use crate::text::Text;
use crate::wish::{Form, is_order, scope};

/// The documents.
const DOCUMENTS: &[&str] = &[
    "quote",
    "quotes",
    "quotation",
    "quotations",
    "proposal",
    "proposals",
    "offer",
    "offers",
    "estimate",
    "estimates",
    "sow",
    "bid",
    "bids",
    "costing",
    "rfq",
    "rfp",
    "rft",
    "tender",
    "cotization",
    "cotización",
    "cotation",
    "devis",
    "angebot",
    "offerte",
    "presupuesto",
    "preventivo",
    "orçamento",
];
/// What they cost.
const PRICES: &[&str] = &[
    "price",
    "prices",
    "pricing",
    "cost",
    "costs",
    "rate",
    "rates",
    "charge",
    "charges",
    "figures",
    "numbers",
    "fee",
    "fees",
    "figure",
    "number",
    "money",
    "costed",
    "priced",
    "ballpark",
    "budgetary",
];
/// Verbs that hand one over, or make it.
const GIVES: &[&str] = &[
    "send",
    "share",
    "submit",
    "make",
    "give",
    "prepare",
    "provide",
    "draft",
    "get",
    "let",
    "email",
    "forward",
    "drop",
    "write",
    "put",
    "redo",
    "update",
    "revise",
    "amend",
    "adjust",
    "refresh",
    "reissue",
    "quote",
    "price",
    "issue",
    "supply",
    "furnish",
    "establish",
    "shoot",
    "ping",
    "knock",
    "whip",
    "fire",
    "pass",
    "raise",
    "offer",
    "work",
    "do",
    "mail",
    "have",
    "receive",
    "see",
    "over",
];

/// Other words for the same.
const PHRASES: &[(&str, f64)] = &[
    ("statement of work", 0.82),
    ("request for quotation|quotations|proposal|proposals|quote|tender", 0.85),
    ("work|price|cost it|that|this|them|something up", 0.82),
    ("can|could|please|you ~2 cost|price me|us", 0.82),
    ("you|to price up|out", 0.83),
    ("do|give|get|send|make ~1 us|me a ~2 price|cost|figure ~1 for ~2 that|this|it|them|all|both|those", 0.82),
    ("do us|me a ~1 price|cost|figure|quote", 0.82),
    ("price it|this|that|them|us|everything ~1 up|out|for", 0.83),
    ("quote ~2 for the|us|me|a|supply|on", 0.85),
    (
        "quotation|quotations|bids|proposals|offers|responses|tenders must|should|shall|are|to ~1 reach|be|arrive|due",
        0.85,
    ),
    ("put ~3 together|up ~4 proposal|quote|offer|estimate|package|numbers|figures", 0.85),
    ("invited to submit|quote|bid|tender", 0.88),
    ("invites|invite|inviting ~6 to submit|tender|quote|bid|price|respond", 0.88),
    ("invitation to submit|tender|quote|bid", 0.88),
    ("requote", 0.8),
    ("quote|quotation|estimate|proposal ~1 will|would do|suffice|be ~1 enough|fine|plenty?", 0.82),
    ("submission|submissions|bids ~3 by|until|deadline|due", 0.78),
    ("costed option|options|version|plan|proposal", 0.82),
    ("care|like|willing|able to ~1 bid|quote|tender", 0.85),
    ("want|wants|need|needs|like|have|get|put|send|see|let ~6 in ~1 writing|black", 0.76),
    ("want|wants|need|needs|like|have|get|put|send|see|let ~4 on paper", 0.76),
    (
        "want|wants|need|needs|like|have|get|send|let ~3 something|anything ~1 formal|official|written|firm|concrete",
        0.8,
    ),
    ("quotation|quote|offer|estimate|proposal request|requested|needed|wanted|please", 0.82),
    ("techno commercial", 0.8),
    ("invite|invites|inviting ~2 tenders|bids|proposals|quotations|offers|quotes", 0.88),
    ("write|draw|set|spell|lay|put|type ~3 up|out|down ~8 cost|costs|price|prices|get", 0.78),
];
/// A price, asked for a scope.
const PRICED: &[&str] = &[
    "would|will|does|do|is it|this|that|we|you ~4 come|cost|be|run|pay|charge|look",
    "how much ~6",
    "price|prices|pricing|cost|costs|charge|numbers|figures ~3 for|on|of",
    "come to",
    "what would|will|does ~10 cost|come",
    "set us|me|you back",
    "money|figure|number|ballpark|budget ~4 for",
];
/// "Your best price", "a three year price in writing".
const FIRM: &[&str] = &[
    "need|want|like|get|have ~1 it|this|that|them|something priced|costed",
    "how much ~1 for a|an|our|the|two|three|four|five|six",
    "how much for #",
    "with|including ~1 your|a|the price|prices|pricing|costs",
    "best|final|commercial|firm|formal|written ~1 price|prices|pricing|offer|rate|proposal",
    "in writing",
];

/// The document that was named is wanted anew.
const AGAIN: &[&str] =
    &["redo|update|revise|rework|requote|amend|adjust|refresh|reissue|recalculate|extend ~1 it|that|this|them|one"];

/// A price for what a forwarded letter describes.
const PASSED_ON: &[&str] = &[
    "what|how ~2 would|will|does|might ~2 that|this|it|these|all|lot ~3 come|cost|run|be|amount ~1 to?",
    "how much ~4 that|this|it|these|all|lot",
    "price|quote|cost ~3 for|on|this|that|it|these",
];
/// A document that is there, or is talked of.
const THERE: &[&str] = &[
    "thanks|thank|thx|cheers|received|got|accept|accepted|reviewed|read|liked|signed|per|study|studied|enjoyed|prepared ~5 quote|quotation|proposal|offer|estimate|pricing",
    "quote|quotation|proposal|offer|estimate|pricing received|looks|is|was|sounds|seems|expired|says|you|i|dated|of|#",
    "in|with|about|on|at|of|under|by your|the|this ~1 quote|quotation|proposal|offer|estimate",
    "not ~3 need|want ~4 quote|quotation|proposal|offer|estimate",
    "free|special|trial|job|this ~1 offer|offers",
    "quote|quoting|quoted ~3 po|number|reference|code",
];

struct Tables {
    phrases: Vec<(Pattern, f64)>,
    priced: Vec<Pattern>,
    firm: Vec<Pattern>,
    again: Vec<Pattern>,
    passed_on: Vec<Pattern>,
    there: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    phrases: PHRASES.iter().map(|(row, weight)| (Pattern::new(row), *weight)).collect(),
    priced: table(PRICED),
    firm: table(FIRM),
    again: table(AGAIN),
    passed_on: table(PASSED_ON),
    there: table(THERE),
});

fn is(list: &[&str], token: &Token) -> bool {
    list.contains(&token.word.as_str())
}

/// Clauses that ask for a document.
pub(crate) fn proposals(text: &Text<'_>) -> Vec<Cue> {
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate() {
        for clause in &said.clauses {
            if let Some(weight) = clause_asks(text, at, clause)
                && !said.tokens()[clause.start].quoted
                && !over(said, clause)
                && !conditional(said, clause)
            {
                out.push(Cue { weight, said: at, words: clause.clone() });
            }
        }
    }
    out
}

/// Whether a document was named before a clause, in its sentence or the two before.
fn document_before(text: &Text<'_>, at: usize, clause: &Range<usize>) -> bool {
    let named = |tokens: &[Token]| tokens.iter().any(|token| is(DOCUMENTS, token));
    named(&text.subject)
        || named(&text.said[at].tokens()[..clause.start])
        || text.said[at.saturating_sub(2)..at].iter().any(|said| named(said.tokens()))
}

fn clause_asks(text: &Text<'_>, at: usize, clause: &Range<usize>) -> Option<f64> {
    let said = &text.said[at];
    let all = said.tokens();
    let tokens = &all[clause.clone()];
    let any = |rows: &[Pattern]| rows.iter().any(|row| row.find(tokens).is_some());
    if let Some((row, weight)) = TABLES.phrases.iter().find(|(row, _)| row.find(tokens).is_some()) {
        let at = row.find(tokens).map_or(0, |(from, _)| from);
        return (!negated(all, clause.start + at) && !any(&TABLES.there)).then_some(*weight);
    }
    let ordered = |at: usize| (clause.start..at).any(|verb| is(GIVES, &all[verb]) && is_order(all, clause, verb));
    let there = any(&TABLES.there);
    // "Do you offer a discount" offers nothing on paper.
    let verb = |at: usize| {
        at > 0
            && matches!(tokens[at].word.as_str(), "offer" | "offers" | "quote" | "bid" | "proposal" | "proposals")
            && matches!(
                tokens[at - 1].word.as_str(),
                "you" | "we" | "they" | "to" | "also" | "can" | "could" | "will" | "i" | "counter"
            )
    };
    if let Some(place) = (0..tokens.len()).find(|at| is(DOCUMENTS, &tokens[*at]) && !verb(*at)) {
        let at = clause.start + place;
        let mut form = Form::of(said, clause, at);
        // "I need something for our board: a proposal with …".
        let listed = matches!(all[clause.start].word.as_str(), "a" | "an" | "the" | "your" | "one");
        if let Some(before) = said.clauses.iter().find(|before| before.end == clause.start && listed) {
            form.wish |= Form::of(said, before, before.end).wish;
        }
        let gives = all[clause.start..at].iter().any(|token| is(GIVES, token));
        // "Your offer looks good, could you send it again" asks by its own verb.
        let asked = form.request && (gives || !there && !form.past)
            || form.wish && (!there || gives)
            || ordered(at)
            || form.question && gives;
        let about_theirs = there && !(gives && (form.request || ordered(at)));
        if asked && !about_theirs && !negated(all, at) {
            return Some(0.86);
        }
        // "Offer", "RFQ 118": the whole of a line.
        if tokens.len() <= 5 && !there && !form.past && scope(tokens) {
            return Some(0.75);
        }
    }
    let form = Form::of(said, clause, clause.end);
    if any(&TABLES.again) && (form.request || form.question || ordered(clause.end)) && document_before(text, at, clause)
    {
        return Some(0.8);
    }
    // What they describe stands in the letter that they pass on.
    if form.question && text.parts.forwarded.is_some() && any(&TABLES.passed_on) {
        return Some(0.8);
    }
    let price = tokens.iter().any(|token| is(PRICES, token)) || any(&TABLES.priced);
    let asks = form.question || form.request || form.wish || ordered(clause.end);
    if price && asks && !there {
        let before = at > 0 && scope(text.said[at - 1].tokens()) && form.question;
        if before || scope(tokens) && any(&TABLES.priced) {
            return Some(0.82);
        }
        // "Send me a price for the lot"; a price list is a list.
        let listed =
            tokens.iter().any(|token| matches!(token.word.as_str(), "list" | "sheet" | "page" | "site" | "website"));
        // "Where do you take the figure from": no order to do it.
        let helps = |at: usize| {
            tokens[at].word == "do"
                && tokens.get(at + 1).is_some_and(|next| matches!(next.word.as_str(), "you" | "we" | "they" | "i"))
        };
        let gives = (0..tokens.len())
            .any(|at| is(GIVES, &tokens[at]) && !helps(at) || matches!(tokens[at].word.as_str(), "need" | "needs"));
        let figures =
            tokens.iter().any(|token| matches!(token.word.as_str(), "figures" | "numbers" | "figure" | "ballpark"));
        let for_something = tokens.iter().any(|token| token.word == "for");
        if any(&TABLES.firm) || gives && !listed && (figures || for_something && !form.question) {
            return Some(0.79);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.priced, &t.firm, &t.again, &t.passed_on, &t.there]
                .iter()
                .all(|table| table.iter().all(Pattern::is_well_formed))
        );
        assert!(t.phrases.iter().all(|(row, _)| row.is_well_formed()));
    }
}

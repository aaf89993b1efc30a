//! No more mail.

use std::sync::LazyLock;

use skillhost_language::{Pattern, table};

use crate::cue::{Cue, Guard, Row, find, negated, rows};
use crate::mail::{Mail, bare_subject};
use crate::text::Text;

#[rustfmt::skip]
const STOP: &[(&str, f64)] = &[
    ("unsubscribe me|us|this|my|our|please|from|immediately|now", 0.95),
    ("^ ~2 unsubscribe $", 0.93),
    ("please|kindly ~1 unsubscribe", 0.95),
    ("want|wish|like to unsubscribe", 0.93),
    ("how|where ~3 i|we|me ~4 unsubscribe|off|out", 0.9),
    ("^ ~1 stop $", 0.93),
    ("please|just stop", 0.85),
    ("^ remove $", 0.9),
    ("leave|let me|us alone|be|in", 0.85),
    ("remove|delete|take|drop|strike|erase|get|leave|cross ~1 me|us|my|our|this ~6 off|from|out ~5 list|lists|distribution|database|mailing|mailings|newsletter|newsletters|contacts|mails|emails|crm|records|system|campaign|sequence", 0.95),
    ("remove|delete|erase|scrub|purge|take ~2 me|us|my|our ~3 address|name|data|details|email|mail|information|contact|contacts|account|number", 0.92),
    ("remove|delete|erase me|us", 0.85),
    ("off|from ~1 this|your|the|these ~2 list|lists|mailings", 0.9),
    ("be|get taken|removed|deleted|struck off|from|out", 0.88),
    ("stop|quit|cease|halt ~1 emailing|mailing|writing|spamming|messaging|contacting|pestering|bothering|bombarding|harassing|chasing", 0.93),
    ("stop|quit|cease|halt ~1 sending ~3 me|us|these|this|such|emails|mails|mail|messages|spam|newsletters|stuff", 0.95),
    ("stop|cease|halt ~1 these|this|the|your|all|any|further ~2 emails|email|mails|mail|messages|mailings|communication|communications|contact|correspondence|newsletters|spam", 0.93),
    ("no more|further ~1 emails|email|mails|mail|messages|newsletters|spam|communication|communications|letters|mailings", 0.9),
    ("opt|opting ~2 out", 0.9),
    ("lose|forget|delete|scrub this|my ~2 address|number|email|mail|contact", 0.9),
    ("withdraw|revoke|withdrawing ~2 consent|permission", 0.93),
    ("article 17", 0.85),
    ("right to erasure|be", 0.85),
    ("gdpr ~12 delete|erase|remove|erasure|deletion", 0.9),
    ("report|reported|reporting|mark|marked|marking|flag ~5 as|for spam", 0.85),
    ("this is spam", 0.85),
    ("treated|regarded|considered|seen as harassment|spam", 0.85),
    ("take|get|leave me|us off", 0.88),
    ("discontinue|terminate|end ~2 these|this|your|the|all ~2 mailings|mails|emails|messages|newsletter|communication|correspondence|campaign", 0.92),
    ("make it|this|them stop", 0.88),
    ("unsub me|us|please|now|this", 0.93),
    ("please|pls ~1 unsub", 0.93),
    ("block|blocking|blocked ~1 me|you|your|this ~3", 0.78),
    ("enough of|with these|this|your|the ~2 emails|mails|spam|messages", 0.88),
    ("remove|delete|erase ~1 this ~1 address|email|mail|number|contact|account", 0.9),
    ("report you|this|it ~4 authority|authorities|spam|ico|regulator|commissioner|office|police", 0.85),
    ("data protection authority|officer|commissioner|agency|office", 0.72),
    ("is|as harassment|spam|spamming", 0.78),
    ("no more please|thanks|thank|of", 0.85),
    ("basta", 0.8),
    ("strike|cross ~1 my|our|me|us ~6 list|records|books|file|files", 0.9),
    ("make|be|is|was ~3 the? last ~2 email|mail|message|contact|call|time|letter", 0.88),
    ("ask|asked|request|requested|want|wish|like ~3 removed|unsubscribed|deleted", 0.9),
    ("keep|keeps getting|receiving ~2 these|your|emails|mails|messages|them", 0.78),
    ("object|objection to ~1 the|your|any ~1 use|processing|storage|contact|mailing|advertising", 0.92),
    ("spare me|us ~4", 0.85),
    ("leave|count|cut me|us ~1 out|off of ~4 list|lists|mailing|mailings|mails|emails|these", 0.9),
    ("glad|grateful|happy|obliged|pleased|appreciate|thankful ~3 if you ~2 lost|forgot|dropped|removed|deleted|stopped|lose|forget|drop|remove|delete|stop ~1 it|this|my|me|us|sending|writing|emailing|mailing|these", 0.88),
    ("take|get|remove|drop ~1 this|my|our|that ~1 address|email|mail ~2 off|out|from", 0.9),
    ("refrain|desist|abstain from ~2 sending|contacting|emailing|writing|mailing|further|any", 0.93),
    ("rather ~2 stopped|ended|ceased", 0.82),
    ("drop|take|strike|scratch|cut me|us from|off|out", 0.86),
    ("and stop $", 0.85),
    ("stop ~1 these|this|them|it ~2 going|coming|arriving|appearing", 0.88),
    ("written|emailed|contacted|mailed|messaged ~2 me|us ~2 times", 0.74),
    ("one|once|time|next more|again|one ~5 ico|spam|solicitor|solicitors|lawyer|lawyers|regulator|blocked|block|junk", 0.86),
    ("go|goes|going ~1 to|straight|in ~2 ico|spam|junk|bin|regulator|authority", 0.82),
];

/// Those that hold a negation of their own.
#[rustfmt::skip]
const STOP_NEGATED: &[(&str, f64)] = &[
    ("do not ~3 contact|email|mail|write|call|message|spam|bother|approach me|us|anyone|anybody|again|my|our", 0.9),
    ("do not ~3 contact|email|mail|write|message|call ~8 again|anymore|henceforth|further", 0.9),
    ("do not ~3 send|forward ~2 such|these|any|more|me|us|this|anything ~3 mails|emails|mail|email|messages|offers|newsletters|newsletter|advertising|spam|anything|more|else", 0.93),
    ("do not ~3 send|forward ~6 henceforth|anymore|again", 0.9),
    ("not ~3 receive|get|want|wish|need|like ~4 more|further|anymore|such|these|your|any ~3 mails|emails|mail|email|messages|letters|newsletters|advertising|communication|communications", 0.9),
    ("not ~2 to|wish|want ~1 receive|get|hear ~1 any|more|further|from", 0.9),
    ("not ~1 want|wish to receive|get|be contacted|emailed", 0.9),
    ("no longer ~1 want|wish to receive|get|be contacted|emailed", 0.93),
    ("never|not ~2 given|gave|give|consented|agreed ~4 consent|permission|messages|mails|emails|marketing", 0.7),
    ("not to ~1 write|contact|email|mail|call|send ~1 me|us|anything", 0.88),
    ("not|never ~1 consent|agree|subscribe|sign|subscribed|signed|agreed ~2 to|up ~4 marketing|emails|mails|newsletter|newsletters|mailings|advertising|this|these", 0.8),
    ("not|no ~2 for advertising|marketing|spam", 0.8),
    ("rather|prefer|like|want|wish|need|please ~3 not ~2 get|getting|receive|receiving|have|hear ~2 more|further|these|them|anything", 0.9),
    ("not ~1 want|need|like a|an|another ~1 second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|one|email|mail|message", 0.9),
    ("rather|prefer not ~2 be|to ~2 contacted|emailed|receive|mailed|get", 0.9),
    ("mind|kind|good ~3 not ~1 writing|emailing|sending|contacting|mailing", 0.88),
    ("not ~1 keep|continue ~1 to? writing|emailing|sending|contacting|mailing|write|email|send|contact", 0.86),
    ("no ~1 need|point ~1 to? keep|continue|in? ~1 writing|emailing|sending|contacting|mailing", 0.86),
    ("not ~3 write|contact|email|mail|call|send|bother|disturb|approach ~4 more|again|anymore|further|henceforth", 0.92),
];

/// Who else may unsubscribe: then it is a topic and no wish.
const OTHERS: &[&str] = &[
    "take|remove|delete|get|drop ~4 off|from|out ~3 invoice|invoices|order|orders|quote|contract|label|delivery|account|ticket",
    "stop ~3 alarm|alarms|alert|alerts|notification|notifications|reminder|reminders|report|reports",
    "spare us|me ~1 a|some|time|minute|minutes|moment|hour|half|ten|the ~2",
    "how ~6 unsubscribe",
    "people|customers|clients|users|they|guests|patients|recipients|members|parents|somebody|someone|tenants|subscribers ~4 unsubscribe|unsubscribed|opt|opted|out",
    "unsubscribe button|link|rate|rates|setting|function|feature|page|list|process|reason|reasons",
    "unsubscribed by ~2 mistake|accident",
    "accidentally|mistakenly unsubscribed",
    "remove|delete|take|get me|us|my ~3 from|off|out ~3 thread|hook|phone|call|conversation|cc|copy|invite|invitation|invoice|project|meeting|loop|account|contract",
    // An invitation to write.
    "not mind|hesitate|worry ~3 contact|email|mail|write|call|message|send|reach",
    "do not ~2 call|contact|email|write me|us ~2 before|until|till|between|at|on|in|during|today|tomorrow|later|after",
];

struct Tables {
    stop: Vec<Row>,
    negated: Vec<Row>,
    others: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| Tables { stop: rows(STOP), negated: rows(STOP_NEGATED), others: table(OTHERS) });

/// Wishes for no more mail.
pub(crate) fn stops(text: &Text<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.stop, Guard::All);
    found.extend(find(text, &TABLES.negated, Guard::Negating));
    found.retain(|cue| !of_others(text, cue));
    found
}

/// Wishes for no more mail among orders to a machine, which hang on "if you are one".
pub(crate) fn ordered_stops(text: &Text<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.stop, Guard::Quoted);
    found.retain(|cue| !negated(text.said[cue.said].tokens(), cue.words.start));
    found.extend(find(text, &TABLES.negated, Guard::Quoted));
    found.retain(|cue| !of_others(text, cue));
    found
}

/// What is to stop is something else.
fn of_others(text: &Text<'_>, cue: &Cue) -> bool {
    TABLES.others.iter().any(|pattern| pattern.find(text.said[cue.said].tokens()).is_some())
}

/// "unsubscribe" in the subject over an empty text.
pub(crate) fn subject_alone(text: &Text<'_>, mail: &Mail<'_>) -> bool {
    let subject = bare_subject(mail.subject).trim().to_lowercase();
    let words: usize = text.said.iter().map(|said| said.tokens().len()).sum();
    ["unsubscribe", "stop", "remove", "opt out", "remove me", "unsubscribe me"].contains(&subject.as_str())
        && words <= 3
}

/// Whether it is calls that are to stop, and not mail.
pub(crate) fn of_calls(text: &Text<'_>, cue: &Cue) -> bool {
    let calls = ["call", "calls", "calling", "ring", "ringing", "phone", "phoning"];
    text.said[cue.said].tokens()[cue.words.clone()].iter().any(|token| calls.contains(&token.word.as_str()))
}

/// "Please don't unsubscribe me": a wish for no more mail that the rules heard denied.
pub(crate) fn is_kept(text: &Text<'_>) -> bool {
    static KEPT: LazyLock<Vec<Row>> = LazyLock::new(|| {
        rows(&[
            ("not ~1 unsubscribe|remove|delete|drop|unsub", 0.9),
            ("not ~1 take|cross|strike ~1 me|us|my|our ~1 off|from", 0.9),
            ("keep|leave me|us ~1 on", 0.9),
            ("not|never ~2 unsubscribed", 0.9),
            ("not mind|hesitate|worry ~3 contact|email|mail|write|call|message|send|reach", 0.9),
        ])
    });
    !find(text, &KEPT, Guard::Quoted).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        assert!([&TABLES.others].iter().all(|table| table.iter().all(Pattern::is_well_formed)));
        for (row, weight) in STOP.iter().chain(STOP_NEGATED) {
            assert!(Pattern::new(row).is_well_formed() && (0.2..1.0).contains(weight), "{row}");
        }
    }
}

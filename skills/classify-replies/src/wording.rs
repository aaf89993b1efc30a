//! What a person's words ask for.
//!
//! Each row is a pattern of words (see `skillhost_language::Pattern`) and how sure
//! it is. Rows of refusal come before those of interest, so that "not interested"
//! is not read as interest.

use std::sync::LazyLock;

use skillhost_language::{Pattern, Sentence};

/// What a sentence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sense {
    /// No more mail.
    Stop,
    /// Nothing for them.
    No,
    /// Not now.
    Later,
    /// Somebody else over there.
    Other,
    /// To talk.
    Meet,
    /// A proposal.
    Proposal,
    /// Prices.
    Price,
    /// Interest.
    Yes,
    /// They are away.
    Away,
    /// Thanks and no more.
    Thanks,
}

type Row = (Sense, f64, &'static str);

const ROWS: &[Row] = &[
    (Sense::Stop, 0.97, "unsubscribe|remove me|us|this|my"),
    (Sense::Stop, 0.97, "^ unsubscribe $"),
    (Sense::Stop, 0.95, "^ stop $"),
    (Sense::Stop, 0.95, "^ please? unsubscribe|remove $"),
    (Sense::Stop, 0.95, "take me|us off"),
    (Sense::Stop, 0.95, "remove ~3 from ~3 list|lists|mailing|database"),
    (Sense::Stop, 0.95, "stop emailing|mailing|contacting|writing|spamming|messaging"),
    (Sense::Stop, 0.93, "stop sending ~3 email|emails|mail|mails|messages|these|this|me"),
    (Sense::Stop, 0.93, "do not ~1 contact|email|mail|write|message|send ~3 again|anymore|me|us"),
    (Sense::Stop, 0.93, "no more emails|mails|messages|mail"),
    (Sense::Stop, 0.93, "opt ~1 out"),
    (Sense::Stop, 0.9, "never contact|email|write ~3 again"),
    (Sense::No, 0.95, "not ~1 interested"),
    (Sense::No, 0.93, "no interest in"),
    (Sense::No, 0.9, "^ ~2 no thanks|thank"),
    (Sense::No, 0.9, "not ~3 fit for us|me|our"),
    (Sense::No, 0.88, "not ~1 right|good fit"),
    (Sense::No, 0.9, "not for us|me"),
    (Sense::No, 0.9, "we|i will|would pass"),
    (Sense::No, 0.9, "going|have to pass"),
    (Sense::No, 0.88, "already ~2 have|use|work|using|covered|sorted|set"),
    (Sense::No, 0.86, "happy|satisfied with what|our|the"),
    (Sense::No, 0.9, "do not ~1 need|want ~1 this|that|it|any|your|another"),
    (Sense::No, 0.9, "have no need|use|plans"),
    (Sense::No, 0.9, "went|going|gone|decided ~3 with|for another|someone|somebody|other"),
    (Sense::No, 0.88, "we are ~1 set|covered|good, $"),
    (Sense::Later, 0.9, "not ~2 now|today|yet"),
    (Sense::Later, 0.9, "not ~1 good|right|great|best time"),
    (Sense::Later, 0.88, "get|come|reach|check|circle back|out ~4 in|next|after|later"),
    (Sense::Later, 0.88, "try ~2 again ~3 in|next|after|later"),
    (Sense::Later, 0.88, "maybe|perhaps ~2 next|later"),
    (Sense::Later, 0.86, "revisit ~4 next|later|after|in"),
    (Sense::Later, 0.86, "no budget|capacity|bandwidth ~3 now|this|until|year|quarter"),
    (Sense::Other, 0.93, "not ~2 right|correct|best person|contact"),
    (Sense::Other, 0.93, "wrong person|contact|address"),
    (Sense::Other, 0.92, "forwarded|forwarding|passed|passing|sent ~3 to|on ~1 my|our|the|a"),
    (Sense::Other, 0.92, "looping|loop|copying|copied|adding|cc ~2 my|our|in|colleague"),
    (Sense::Other, 0.9, "please|should|better|best ~2 contact|speak|talk|reach|write ~2 to|with|out ~1 my|our"),
    (Sense::Other, 0.9, "no longer ~1 work|works|with|at|here"),
    (Sense::Other, 0.88, "my|our colleague|manager|boss|team ~4 handles|handle|looks|decides|responsible|in"),
    (Sense::Meet, 0.93, "schedule|book|arrange|set ~2 call|meeting|demo|chat|time|slot"),
    (Sense::Meet, 0.92, "let us ~2 talk|meet|chat|speak|call|schedule|book|connect"),
    (Sense::Meet, 0.92, "can|could we ~2 talk|meet|chat|speak|call|schedule|book|do|jump|hop"),
    (Sense::Meet, 0.92, "happy|glad|open|keen|willing|love to ~2 talk|meet|chat|speak|call|connect|jump|hop"),
    (Sense::Meet, 0.92, "when ~2 you ~1 free|available"),
    (Sense::Meet, 0.92, "are you ~2 free|available|around"),
    (
        Sense::Meet,
        0.9,
        "i am|we are ~1 free|available on|at|tomorrow|next|this|from|between|monday|tuesday|wednesday|thursday|friday",
    ),
    (Sense::Meet, 0.9, "give|call me ~2 call|on|at|tomorrow|next"),
    (Sense::Meet, 0.9, "my calendar"),
    (Sense::Meet, 0.9, "how about monday|tuesday|wednesday|thursday|friday|tomorrow|next"),
    (Sense::Meet, 0.9, "would|could|can ~2 demo"),
    (Sense::Proposal, 0.92, "send|share|get|have|prepare|need|like ~4 proposal|offer|quotation"),
    (Sense::Proposal, 0.9, "what ~2 would ~2 offer|proposal ~3 look"),
    (Sense::Price, 0.93, "what|how ~3 cost|costs|charge|price|pricing"),
    (Sense::Price, 0.93, "how much"),
    (Sense::Price, 0.92, "send|share|get|have|see|know ~4 price|prices|pricing|rates|quote"),
    (Sense::Price, 0.9, "price|pricing ~3 for|information|list|details"),
    (Sense::Yes, 0.92, "we|i am|are ~1 interested"),
    (Sense::Yes, 0.9, "^ ~1 interested"),
    (Sense::Yes, 0.92, "tell|send|share ~2 more"),
    (Sense::Yes, 0.92, "like|love|want|keen to ~1 know|learn|hear|see|understand ~1 more"),
    (Sense::Yes, 0.9, "sounds|looks ~1 good|great|interesting|promising|relevant|useful|perfect"),
    (Sense::Yes, 0.9, "^ yes"),
    (Sense::Yes, 0.85, "but|so|and yes"),
    (Sense::Yes, 0.9, "count me|us in"),
    (Sense::Yes, 0.9, "exactly what we|i"),
    (Sense::Away, 0.93, "am|are|will ~2 out of ~1 office"),
    (Sense::Away, 0.92, "am|are|will|currently ~2 on ~2 vacation|leave|holiday|holidays"),
    (Sense::Away, 0.9, "currently|am away|travelling|traveling ~2 until|till|from|and"),
    (Sense::Away, 0.9, "will be back|return ~1 on|in|monday|tuesday|wednesday|thursday|friday"),
    (Sense::Thanks, 0.8, "thanks|thank|noted|received|ok|okay|got|appreciated"),
];

/// Words that say the words before are of another time or somebody else's.
const PAST: &str = "was|were|had|used|said|told|asked|wrote|last|ago|yesterday";

struct Rule {
    sense: Sense,
    sure: f64,
    pattern: Pattern,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    ROWS.iter().map(|(sense, sure, row)| Rule { sense: *sense, sure: *sure, pattern: Pattern::new(row) }).collect()
});

/// What a sentence says, once each, with how sure it is.
pub(crate) fn senses(sentence: &Sentence) -> Vec<(Sense, f64)> {
    let mut found: Vec<(Sense, f64)> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.pattern.find(&sentence.tokens).is_some()) {
        match found.iter_mut().find(|(sense, _)| *sense == rule.sense) {
            Some((_, sure)) => *sure = sure.max(rule.sure),
            None => found.push((rule.sense, rule.sure)),
        }
    }
    let has = |words: &str| sentence.tokens.iter().any(|token| words.split('|').any(|word| token.word == word));
    let negated = has("not|no|never|nothing|without");
    let conditional =
        sentence.tokens.first().is_some_and(|token| ["if", "unless", "when"].contains(&token.word.as_str()));
    found.retain(|(sense, _)| match sense {
        // A past absence or refusal says nothing of today.
        Sense::Away => !has(PAST),
        Sense::Yes | Sense::Meet | Sense::Proposal => !negated && !conditional,
        Sense::No => !(has("why") && sentence.question),
        _ => true,
    });
    // "Not interested right now" is a no only where it does not say later.
    if found.iter().any(|(sense, _)| *sense == Sense::Later) {
        found.retain(|(sense, _)| *sense != Sense::No || has("interested"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillhost_language::sentences;

    fn says(text: &str) -> Vec<Sense> {
        let mut found: Vec<Sense> = sentences(text).iter().flat_map(senses).map(|(sense, _)| sense).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn each_sense_has_its_words() {
        for (text, sense) in [
            ("Please take me off your list.", Sense::Stop),
            ("STOP", Sense::Stop),
            ("Stop emailing me.", Sense::Stop),
            ("We are not interested.", Sense::No),
            ("We already use Haldane for this.", Sense::No),
            ("Not right now, sorry.", Sense::Later),
            ("Come back to me in Q2.", Sense::Later),
            ("I'm not the right person for this.", Sense::Other),
            ("I have forwarded this to our depot lead.", Sense::Other),
            ("Can we talk on Tuesday?", Sense::Meet),
            ("Happy to jump on a call.", Sense::Meet),
            ("Could you send me a proposal?", Sense::Proposal),
            ("What does it cost?", Sense::Price),
            ("How much is it for two sites?", Sense::Price),
            ("Sounds interesting, tell me more.", Sense::Yes),
            ("I am out of the office until Monday.", Sense::Away),
        ] {
            assert!(says(text).contains(&sense), "{text}: {:?}", says(text));
        }
    }

    #[test]
    fn other_times_and_denials_are_not_taken() {
        for (text, sense) in [
            ("I was out of office last week, but yes.", Sense::Away),
            ("We are not interested.", Sense::Yes),
            ("We do not want a demo.", Sense::Meet),
            ("If it works we can talk about it.", Sense::Meet),
            ("Is there a stop at the depot?", Sense::Stop),
            ("We removed the old docks.", Sense::Stop),
        ] {
            assert!(!says(text).contains(&sense), "{text}: {:?}", says(text));
        }
    }
}

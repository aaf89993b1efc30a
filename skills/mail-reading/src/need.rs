//! Something else that waits for an answer: questions, requests, trouble.

use std::ops::Range;
use std::sync::LazyLock;

use skillhost_language::{Gap, Pattern, Token, question, table};

use crate::cue::{Cue, Guard, Row, find, rows, stemmed};
use crate::text::{Said, Text};

/// Requests and doubts.
#[rustfmt::skip]
const WANTS: &[(&str, f64)] = &[
    ("please|kindly ~2 clarify|explain|advise|check|fix|resend|send|tell|provide|share|update|help|look|correct|answer|resolve|forward|let|respond|review|confirm|arrange|call|give|add|remove|change|credit|refund|replace|include|read|make|do|get|reply|revert", 0.8),
    ("need|needs|want|wants|have|like|required to ~1 understand|know|see|clarify|learn|find|ask|check|hear|read", 0.76),
    ("wanted|want|wish|like|meant|curious to|about ~1 ask|know|whether|if|how", 0.8),
    ("wondering|wonder ~2 if|whether|how|what|when|why|about", 0.8),
    ("before ~2 we|i|anything|uploading|signing ~8 need|would|want|require", 0.74),
    ("do|did not ~2 understand|get|recall|remember|see|follow|know ~1 how|why|what|who|signing|which|the|when|where", 0.74),
    ("not ~1 sure|clear|certain ~1 if|whether|how|what|why|which|who|i|we|about|to|that", 0.74),
    ("unclear|confused|confusing|puzzled", 0.74),
    ("have|has|had|got|are ~4 question|questions|doubt|doubts|query|queries|concern|concerns|comments|remarks|reservations", 0.78),
    ("concerned|worried|worry|worries|nervous ~1 about|that|whether|if|by", 0.76),
    ("asks|asking|asked|ask|wants ~1 for|to ~1 your|the|a|our|proof|confirmation|how|whether|if|about|why|what|know|see", 0.76),
    ("would need|require|want|like ~3 nda|agreement|reference|references|copy|proof|certificate|confirmation|contract|list|sample|manual|details|information|info|documentation", 0.78),
    ("need ~3 nda|agreement|reference|references|copy|proof|certificate|confirmation|contract|list|sample|manual|details|information|info|documentation|answer|answers|help|support|file|files|form|forms|address|numbers|specification|drawing|drawings", 0.78),
    ("before we|i ~1 can ~1 go|proceed|move|sign|continue|take ~1 any? further|ahead|forward|anything|on", 0.78),
    ("^ ~1 two|three|four|some|few|several|couple ~2 things|points", 0.72),
    ("will|would need|require ~2 the|your|a|an|attached|completed", 0.74),
    ("send|email|forward|resend|give|tell|show|get|pass|mail|let ~1 me|us|over", 0.72),
    ("any news|update|updates|progress|idea|chance|word|discount|discounts|reduction ~1 from|on|about|yet|of|for", 0.78),
    ("which ~2 one|version|option|model|plan ~2 do|would|is|should|recommend", 0.78),
    ("looking|look forward to ~1 your ~1 answer|reply|response|feedback|comments|confirmation|hearing|thoughts", 0.74),
    ("waiting for|on your|an|the", 0.72),
    ("let me|us know ~1 what|how|if|whether|when|which|who|your|about", 0.74),
    ("your ~1 thoughts|opinion|view|advice|help|support", 0.7),
    ("who|where|when|what|how|why|which ~1 do|does|can|is|are|should|would|will|did|has|have _", 0.58),
    ("asks|asking|asked|wants|curious ~2 what|how|who|when|where|why|whether|if", 0.76),
    ("would like|want|need|wish|like to ~1 add|change|upgrade|update|cancel|extend|remove|transfer|return|report|replace|downgrade|correct|exchange|complain|raise|register|claim", 0.74),
    ("owe|owes me|us", 0.8),
    ("very|is|it|most|your|quite|rather urgent|urgently|immediate", 0.74),
    ("urgently|asap", 0.72),
    ("what|where|how now|next $", 0.72),
    ("grateful|thankful|appreciate|obliged ~2 for|if|your|receiving ~6 comments|answer|reply|help|feedback|view|response|intervention|attention|action|you", 0.76),
    ("i|we do not know what|how|where|whether|if|why", 0.78),
    ("is it true|correct|right|possible|normal ~1 that|to|if|can", 0.8),
    ("can|could|do|does not ~2 work|figure|make|tell|understand|see|find|get|remember|know|say ~1 out? ~1 what|how|why|which|whether|if|who|where|when", 0.78),
    ("any|no|none|not ~1 idea|clue|wiser ~1 what|how|why|which|whether|if|who|where|when", 0.76),
    ("need|needs|require|requires ~3 login|logins|account|access|password|user|seat|licence|license|invoice|receipt|statement|certificate|certificates|replacement|engineer|visit|part|parts|manual|confirmation|explanation|reply|answer|details|form|forms|copy|link|key|code", 0.78),
    ("expect|expecting|await|awaiting ~2 hear|reply|response|answer|refund|call|explanation|confirmation|your|credit|proposals", 0.76),
    ("^ ~1 have a look|read ~1 and ~1 tell|let|say", 0.76),
    ("need|want|like|after|got|have|know|speak to|with? ~2 somebody|someone|anybody|anyone|customer|firm|company ~3 like|similar ~1 us|ours|me", 0.8),
    ("somebody|someone ~2 explains|explain|tells|tell|looks|rings|answers|comes|came|sorts|fixes", 0.74),
    ("is|are there ~1 any ~1 give|room|movement|flexibility|leeway|wiggle|slack", 0.78),
    ("want|wants|asked|asking ~6 how|whether|what|why ~3 is|are|was|do|does|can|we|you|it|the", 0.74),
    ("would|might be ~1 helpful|useful|good|handy|nice|interesting|great|reassuring to|if ~1 see|know|have|get|understand|hear|you", 0.76),
    ("my|our|one|the|only|main|big|biggest|real worry|concern|question|doubt|fear|reservation|query|issue|snag|problem is|was|would|being", 0.78),
    ("surprised|astonished|puzzled|baffled|aback", 0.74),
    ("according to my|our|the|what|your ~1 records|understanding|contract|agreement|order|quote|files|you", 0.74),
    ("you said|promised|told ~1 monday|tuesday|wednesday|thursday|friday|last|by|it|today|tomorrow|end|the|this|yesterday|that|me|us", 0.72),
    ("understand|know|discuss|clarify ~3 options|fees|notice|penalties|process|procedure|conditions", 0.78),
    ("sticking|stumbling point|block|blocks", 0.76),
    ("put|putting me|us off", 0.72),
    ("asking|asks is|are|does|do|can|will|if ~1 it|we|they|you|there|this", 0.78),
    ("invoice|bill|billed ~2 shows|says|has|does|states", 0.74),
    ("kindly|please ~3 confirm|supply|provide|state|advise|send", 0.8),
    ("grateful ~2 for ~2 reaction|clarification|explanation|guidance|steer|copy", 0.78),
    ("please|kindly|pls ~2 rectify|remedy|amend|sort|investigate|adjust|return|refund|repair|exchange|complete|assist|indicate|verify|ensure|attend|establish|specify|state|name|list|describe|convince|show|prove|look", 0.78),
];

/// Trouble: something is not as it should be.
#[rustfmt::skip]
const TROUBLE: &[(&str, f64)] = &[
    ("does|do|is|are|did|was|were|has|have|still|can|could|will|would not ~3 work|working|worked|load|open|show|sync|start|print|connect|export|import|arrive|arrived|received|come|match|add|accept|let|fit|function|respond|update|save", 0.76),
    ("can|could not ~3 get|log|open|access|find|reach|see|sign|use|download|print|load|enter|connect|read|import|export|save|register", 0.78),
    ("broken|broke|fails|failing|failed|crashes|crashed|crashing|stuck|faulty|corrupt|corrupted|ruined|damaged|leaking|frozen|garbled|upside", 0.72),
    ("error|errors|bug|bugs|fault|glitch|outage", 0.72),
    ("problem|problems|issue|issues|trouble|difficulty|difficulties ~1 with|in|when|since|on|again|logging|getting|opening", 0.76),
    ("having|have|had|seeing|got|getting|there ~3 problem|problems|issue|issues|trouble|duplicate|duplicates|errors|error|difficulties", 0.76),
    ("empty|wrong|missing|expired|incorrect|blank|duplicate|duplicated|outdated|sideways ~2 file|files|number|numbers|name|amount|report|page|pages|data|address|vat|figures|total|date|orders|order|invoice|invoices|entries|again", 0.74),
    ("is|are|was|were|has|have|got ~1 the? wrong|incorrect|missing|expired|locked|blocked|down|empty|late|overdue|short|blank|sideways", 0.72),
    ("still waiting|missing|open|unresolved|pending", 0.82),
    ("still|yet ~3 not ~2 received|heard|got|seen|arrived|had|been", 0.8),
    ("have|has|had|did not ~2 received|receive|heard|hear|got|arrived|seen|had", 0.76),
    ("never ~1 comes|came|arrives|arrived|heard|received|got|works|worked", 0.78),
    ("no|not ~1 attachment|file|link|reply|answer|response ~2 in|with|to|from|yet", 0.74),
    ("there was|is|were no ~1 attachment|file|link|answer", 0.76),
    ("should|must ~1 be|been|say|read|include|go|list|show ~6 instead|not|addressed|corrected|changed|removed|added|sent|fixed|moved", 0.74),
    ("high|steep|expensive|heavy|hefty ~1 side|price|for|compared", 0.7),
    ("price|cost|quote|fee|costs ~4 high|steep|expensive|above|over|more ~1", 0.72),
    ("disappointed|unhappy|unacceptable|frustrated|frustrating|annoyed|dissatisfied|complaint|complain", 0.78),
    ("more expensive|slower|worse|later|less than ~6", 0.7),
    ("you ~2 promised|wanted|said|were|agreed to|last|by|me|us|it ~8", 0.62),
    ("keep|keeps|kept ~2 asking|logging|crashing|freezing|losing|getting|saying|telling|showing|disappearing|failing|dropping|sending|kicking|throwing|timing|jumping|resetting|stopping", 0.74),
    ("charged|billed|invoiced|debited ~4 twice|double|again|wrong|wrongly|too|for", 0.78),
    ("higher|lower|more|less|different|other ~2 than|from ~1 agreed|quoted|promised|expected|discussed|ordered|offered", 0.78),
    ("nobody|noone ~3 called|answered|answers|came|replied|replies|showed|responded|turned|picked", 0.8),
    ("left|leaves without|before ~1 finishing|doing|completing", 0.74),
    ("do|does|did not match|add|agree|correspond|tally", 0.75),
    ("not ~2 as ~1 agreed|promised|ordered|described|discussed|expected", 0.78),
    ("only|just ~1 received|got|arrived|delivered", 0.7),
    ("drain|drains|draining|overheats|overheating|beeps|blinks|freezes|disappears|disappeared|vanished|lost", 0.72),
    ("stopped|stop working|using|responding|counting|printing|sending", 0.78),
    ("it says|shows|tells|reads|displays", 0.7),
    ("bent|scratched|cracked|snapped|torn|dented|warped|smashed|shattered|loose|soaked|rusted|chipped", 0.74),
    ("there is|are|was|were no ~1 key|lid|cable|charger|screws|screw|manual|label|instructions|plug|adapter|reading|readings|data|signal|light|power|sound|drawing|invoice|sign|trace", 0.76),
    ("have|has|had|with|seen|see ~1 no|nothing credit|refund|reply|answer|invoice|delivery|sign|word|trace|news|confirmation|visit", 0.78),
    ("keep|keeps|kept ~1 going|beeping|ringing|tripping|cutting|flashing|alarming|sticking|dying|falling|coming|turning|switching|bleeping|buzzing|restarting|reading", 0.76),
    ("goes|went|going off ~2 at|every|all|for|in", 0.74),
    ("you|he|she|colleague|engineer|they|team ~1 said|promised|told|assured|swore ~6 would|will|could|was|were|going", 0.74),
    ("not ~1 good enough", 0.8),
    ("no|not ~4 reached|reach|arrived|arrive|appeared|turned|landed ~3 yet", 0.74),
    ("not ~1 acceptable|okay|right|funny|on", 0.74),
    ("getting|got|had nowhere|silence|fobbed|ignored", 0.74),
    ("past|beyond|after ~2 joke|deadline|due", 0.74),
    ("sick|tired|fed ~1 of|up ~1 waiting|chasing|asking|ringing|this|with", 0.76),
    ("since ~2 update|upgrade|release|change|monday|tuesday|wednesday|thursday|friday|yesterday|week|morning", 0.66),
    ("what does not|looks ~1 right|wrong|odd|strange", 0.72),
    ("sent|received|got|are|is|have|has ~4 # ~3 need|ordered|order|should|want|instead", 0.72),
    ("never ~1 charge|start|turn|show|open|switch|reply|call|answer|load|print|connect|ring|fit|move", 0.78),
    ("came|arrived|delivered|received|got|shipped without|with ~2 a|the|its|strap|wrong|no", 0.74),
    ("not great|good|acceptable|amused|happy|impressed|ideal|okay", 0.7),
    ("shows|show|displays|prints|reports|counts ~5 in|as|wrong|zero|sea|nothing|twice", 0.62),
    ("received|got|counted ~1 only|just", 0.76),
    ("i|we ~2 have|got nothing", 0.74),
    ("tried|try|trying ~4 times|twice", 0.74),
    ("did|does|do not help|fix|solve|cure|change", 0.74),
    ("red|orange|amber|flashing|blinking ~1 light|led|lamp", 0.74),
    ("user|address|mailbox unknown", 0.72),
];

/// A question that asks nothing.
const POLITE: &[&str] = &[
    "thanks|thank|thx|appreciate|grateful ~4 help|support|answer|reply|answers|link|file|update|advice|feedback",
    "how are|is you|things|everything|life|business",
    "how ~2 was|is your|the ~1 weekend|holiday|trip|day|vacation|week",
    "hope|trust ~4 well|fine|good",
    "^ right|okay|yes|no|really|what|huh $",
    "what a lovely|nice|great|surprise|pleasure",
    "who knows",
    "is not it $",
];

/// Said of themselves: they will do it.
const THEIRS: &[&str] = &[
    "i|we will ~3 let you|check|send|come|get|look|review|read|study|discuss|ask|forward|share|confirm|update|revert|inform|tell|respond|reply",
    "i|we|they am|are|is ~2 waiting|checking|looking|discussing|reviewing ~4 our|my|legal|council|planning|bank|accounts|head|approval|signature|board|decision|management|boss|committee|budget|internal|internally|team",
    "let you know",
    "you will hear ~2 from me|us",
];

/// A right to be told, with a time that runs.
const DATA: &[(&str, f64)] = &[
    ("article|art 15", 0.85),
    ("subject access request", 0.9),
    ("copy|copies|details|list of ~4 personal? data|information ~4 held|hold|keep|stored|store|process", 0.85),
    ("what|which ~2 data|information ~2 you ~2 hold|keep|store|have|process", 0.85),
    ("confirm|disclose|state|tell ~4 source ~8 obtained|got|addresses|data|details|information", 0.85),
];

/// It was so, and is no more: "works again since Thursday".
const MENDED: &[&str] = &[
    "work|works|working|runs|running|up|online|back|fine|green|alive ~1 again|now",
    "works|working since|perfectly|fine|properly|beautifully|now",
    "sorted|fixed|solved|resolved|cured|mended|repaired",
    "clear|clears|cleared|answers|explains|explained|settles it|that|this|everything ~1",
    "back to normal|life|working|green",
    "up and running",
    "turned out|it ~1 was our|my|the",
    "problem|issue|fault ~2 gone|solved|fixed|resolved|over|ours",
    "did|does the trick",
];

struct Tables {
    wants: Vec<Row>,
    trouble: Vec<Row>,
    polite: Vec<Pattern>,
    theirs: Vec<Pattern>,
    mended: Vec<Pattern>,
    data: Vec<Row>,
    nudges: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    wants: rows(WANTS),
    trouble: stemmed(TROUBLE),
    polite: table(POLITE),
    theirs: table(THEIRS),
    mended: table(MENDED),
    data: rows(DATA),
    nudges: table(NUDGES),
});

/// Words of trouble decide from here on.
const PLAIN_TROUBLE: f64 = 0.72;
/// A nudge is no longer, words.
const NUDGE_WORDS: usize = 6;
/// "Any news?", "Hello?"
const NUDGES: &[&str] = &[
    "^ ~2 any news|update|updates|progress|joy|luck|movement|word|thoughts|answer",
    "^ ~1 bump|bumping|nudge|nudging|ping|pinging|reminder|chasing",
    "^ anyone|anybody|hello|still there|there?",
];
/// How surely a question waits for an answer.
const QUESTION: f64 = 0.8;

/// What waits for an answer.
pub(crate) fn needs(text: &Text<'_>) -> Vec<Cue> {
    let mut out = find(text, &TABLES.wants, Guard::Quoted);
    out.extend(find(text, &TABLES.trouble, Guard::Quoted));
    out.retain(|cue| {
        let said = &text.said[cue.said];
        let clause = said.clause_of(cue.words.start);
        // "I was wrong" is no fault of ours.
        let own = said.tokens()[..cue.words.end].windows(3).any(|three| {
            three[0].word == "i" && matches!(three[1].word.as_str(), "was" | "am") && three[2].word == "wrong"
        });
        // "I do not usually answer"; "please do not contact us": nothing waits.
        let habit = said.tokens()[clause.clone()].windows(2).any(|two| {
            two[0].word == "not" && matches!(two[1].word.as_str(), "usually" | "normally" | "often" | "generally")
        });
        let forbidden =
            said.tokens()[cue.words.clone()].windows(2).any(|two| two[0].word == "please" && two[1].word == "do")
                && said.tokens().get(cue.words.end).is_some_and(|next| next.word == "not");
        if own || habit || forbidden {
            return false;
        }
        !TABLES.theirs.iter().any(|row| row.find(&said.tokens()[clause.clone()]).is_some())
    });
    for (at, said) in text.said.iter().enumerate() {
        if asks(said) {
            out.push(Cue { weight: QUESTION, said: at, words: 0..said.tokens().len() });
        }
    }
    out.extend(unmarked(text));
    out.extend(ordered(text));
    out.retain(|cue| !is_polite(&text.said[cue.said]));
    if is_mended(text) {
        let trouble = find(text, &TABLES.trouble, Guard::Quoted);
        out.retain(|cue| !trouble.contains(cue));
    }
    out
}

/// "Please …": whatever is asked so is asked of us. Counts where nothing else does.
fn ordered(text: &Text<'_>) -> Vec<Cue> {
    const ORDERED: f64 = 0.62;
    /// What follows where nothing is asked.
    const EMPTY: [&str; 14] = [
        "find",
        "note",
        "see",
        "do",
        "be",
        "excuse",
        "accept",
        "feel",
        "bear",
        "pass",
        "ignore",
        "disregard",
        "forgive",
        "to",
    ];
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate() {
        let tokens = said.tokens();
        let order = |word: &usize| {
            matches!(tokens[*word].word.as_str(), "please" | "kindly" | "pls")
                && tokens.get(word + 1).is_some_and(|next| !EMPTY.contains(&next.word.as_str()))
        };
        out.extend((0..tokens.len()).find(order).map(|word| Cue { weight: ORDERED, said: at, words: word..word + 2 }));
    }
    out
}

/// Questions without their mark: "does the thing need charging".
fn unmarked(text: &Text<'_>) -> Vec<Cue> {
    /// As sure as one without its mark can be.
    const UNMARKED: f64 = 0.74;
    const LEAST: usize = 4;
    let opens = |tokens: &[Token]| match (tokens[0].word.as_str(), tokens[1].word.as_str()) {
        ("do" | "have", next) => matches!(next, "you" | "we" | "they"),
        ("does" | "did" | "is" | "are" | "can" | "could" | "will" | "would", next) => {
            matches!(next, "the" | "it" | "this" | "that" | "there" | "you" | "we" | "they" | "i" | "your" | "my")
        }
        _ => false,
    };
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate().filter(|(_, said)| !said.sentence.question) {
        // "When he rings in sick, can I stop it."
        let pause = |word: &usize| said.tokens()[*word].gap == Gap::Comma && said.asks_unmarked(*word);
        let conditional = matches!(said.tokens()[0].word.as_str(), "if" | "when" | "once" | "and" | "so");
        out.extend((1..said.tokens().len()).find(pause).filter(|_| conditional).map(|word| Cue {
            weight: UNMARKED,
            said: at,
            words: word..said.tokens().len(),
        }));
        let open = |clause: &&Range<usize>| clause.len() >= LEAST && opens(&said.tokens()[(*clause).clone()]);
        out.extend(said.clauses.iter().find(open).map(|words| Cue {
            weight: UNMARKED,
            said: at,
            words: words.clone(),
        }));
    }
    out
}

/// Whether somebody demands to be told what is kept about them: a person has to.
pub(crate) fn demands_data(text: &Text<'_>) -> Option<Cue> {
    find(text, &TABLES.data, Guard::Quoted).into_iter().next()
}

/// Whether a fault is told to be over, and nothing is asked.
fn is_mended(text: &Text<'_>) -> bool {
    const NOT_YET: [&str; 12] =
        ["not", "but", "still", "once", "if", "until", "when", "never", "should", "before", "get", "only"];
    let mended = |said: &Said| {
        let open = said.tokens().iter().any(|token| NOT_YET.contains(&token.word.as_str()));
        !open && !said.sentence.question && TABLES.mended.iter().any(|row| row.find(said.tokens()).is_some())
    };
    last_question(text).is_none() && text.said.iter().any(mended)
}

/// Whether something is told not to work.
pub(crate) fn is_trouble(text: &Text<'_>) -> bool {
    find(text, &TABLES.trouble, Guard::Quoted).iter().any(|cue| cue.weight >= PLAIN_TROUBLE)
}

/// A mail that is only a mark of a question: "??".
pub(crate) fn is_nudge(text: &Text<'_>) -> bool {
    let own = || text.parts.own.iter().filter_map(|range| text.body.get(range.clone()));
    let silent = own().all(|piece| !piece.chars().any(char::is_alphanumeric));
    let short = text.said.iter().map(|said| said.tokens().len()).sum::<usize>() <= NUDGE_WORDS;
    let mark = silent && own().any(|piece| piece.contains('?'));
    let nudges = || text.said.iter().any(|said| TABLES.nudges.iter().any(|row| row.find(said.tokens()).is_some()));
    short && (mark || nudges())
}

/// Where the last question stands.
pub(crate) fn last_question(text: &Text<'_>) -> Option<(usize, usize)> {
    text.said.iter().rposition(|said| asks(said) && !is_polite(said)).map(|at| (at, text.said[at].tokens().len()))
}

fn is_polite(said: &Said) -> bool {
    TABLES.polite.iter().any(|row| row.find(said.tokens()).is_some())
}

fn asks(said: &Said) -> bool {
    let housekeeping = question(&said.sentence).is_some_and(|question| question.housekeeping);
    let tokens = said.tokens();
    // "Who signed?"
    let short = tokens.len() == 2 && matches!(tokens[0].word.as_str(), "who" | "when" | "where" | "why" | "which");
    said.sentence.question && !housekeeping && (tokens.len() > 2 || short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.polite, &t.theirs, &t.mended, &t.nudges].iter().all(|table| table.iter().all(Pattern::is_well_formed))
        );
        for (row, weight) in WANTS.iter().chain(TROUBLE).chain(DATA) {
            assert!(Pattern::new(row).is_well_formed() && (0.5..1.0).contains(weight), "{row}");
        }
    }
}

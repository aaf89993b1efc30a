//! Yes: they go ahead, or want it.
//!
//! Rows of [`YES`] at [`PLAIN`] and above say it; those below are friendly words
//! that count where nothing is asked.

use std::ops::Range;
use std::sync::LazyLock;

use skillhost_language::{Pattern, Token, table};

use crate::cue::{Cue, Guard, Row, find, negated, rows, stemmed, together};
use crate::mail::Mail;
use crate::refusal::{RIVAL, rivals};
use crate::text::{Said, Text};

/// From here on a yes is a yes, and not only friendly.
pub(crate) const PLAIN: f64 = 0.78;

#[rustfmt::skip]
const YES: &[(&str, f64)] = &[
    ("i|we ~3 like|want|ready|happy|keen|glad|prepared|love|decided|agreed|good|delighted|pleased|set|plan|hope|hoping to ~2 go|move|proceed|start|do|sign|order|try|keep|take|buy|begin|roll|continue|join|trial|pilot|have|become|work|use|purchase|invest|book|expand|renew|extend", 0.84),
    ("happy|ready|keen|glad|pleased|excited|delighted to ~1 go|move|proceed|start|sign|order|try|begin|continue|work|renew|join", 0.83),
    ("keen|eager|excited ~1 to|about ~1 try|see|start|work|use|get|getting|starting|working", 0.8),
    ("let us ~1 go|move|proceed|do|start|begin|get|roll|make|sign|try|have|take|order|buy ~2 ahead|forward|it|this|with|started|happen|the|for|that|done|#|going|up", 0.85),
    ("please|kindly|may|can ~1 proceed|go ahead ~2", 0.88),
    ("^ ~3 go ahead", 0.85),
    ("going|go|gone|went ~1 ahead", 0.8),
    ("going|go|decided|chosen|gone ~3 with|for you|your|yours", 0.9),
    ("good to go", 0.85),
    ("green light|lit", 0.9),
    ("thumbs up", 0.8),
    ("go for it", 0.8),
    ("we|i|are|am ~1 in $", 0.85),
    ("we|i are|am ~2 in for|on|with", 0.78),
    ("i|we are|am ~1 sold|convinced|persuaded|aboard", 0.85),
    ("are|am ~1 on board", 0.82),
    ("on board with", 0.82),
    ("count me|us in", 0.95),
    ("sign me|us up", 0.95),
    ("put me|us down for", 0.88),
    ("you|we|it have|has|is|got ~2 a? deal|won|contract|job|yes", 0.9),
    ("answer|decision|response|verdict|it ~2 is ~1 yes|positive", 0.93),
    ("we|i ~3 accept|accepted|agree|agreed|approve|approved|confirm|confirmed|signed|ordered|countersigned|returned ~6 offer|proposal|terms|order|quote|quotation|contract|pricing|price|conditions|agreement|plan|pilot|scope|purchase", 0.88),
    ("we|i ~1 agree with|to the|your|all", 0.85),
    ("approved|accepted|confirmed|signed on|by|at|from|off ~2 our|my|the|both|all|board|side|end|management|everyone", 0.85),
    ("^ ~1 approved|accepted|agreed|confirmed|deal $", 0.82),
    ("board|committee|management|director|boss|commissioners|trustees|team|partners|cfo|ceo|council|owner|owners|chairman|dr|chief|governors|headquarters|group|wife|brother|he|she|they|everybody|everyone|all ~8 approved|signed|voted|selected|chosen|recommended|blessed|blessing|agreed|convinced|okay", 0.85),
    ("gave|given|give|has|have ~3 blessing|approval|okay|consent|nod|authorisation|authorization|permission", 0.84),
    ("board|committee|management|director|boss|commissioners|trustees|team|partners|cfo|ceo|council|owner|owners|legal|everybody|everyone ~2 said yes", 0.9),
    ("said|says|say yes", 0.82),
    ("received|got|have|has|obtained|given|secured ~2 approval|signoff|sign", 0.85),
    ("approval ~3 received|granted|given|came|obtained|through", 0.85),
    ("selected|chosen|awarded|picked|recommended you|your", 0.85),
    ("signed ~2 contract|order|agreement|quote|quotation|proposal|copy|returned|offer", 0.82),
    ("purchase order|po ~6 follow|follows|number|attached|way|sent|issued|raised|#|through", 0.85),
    ("po attached|below|enclosed", 0.85),
    ("order ~2 of|for # ~6", 0.74),
    ("we|i confirm ~1 order", 0.9),
    ("i|we ~2 am|are|be ~3 interested", 0.84),
    ("^ ~2 interested", 0.82),
    ("is|are|very|really|quite|find ~3 interesting|interests|interest ~2 us|me|for|to", 0.8),
    ("interests|interest ~2 us|me ~2", 0.8),
    ("we|i ~1 have ~2 interest", 0.8),
    ("would be ~2 interested", 0.8),
    ("^ ~1 yes please", 0.95),
    ("^ ~1 yes ~1 we|it|this|i|that|absolutely|definitely|of|let|go|sign|interested|do", 0.82),
    ("^ ~1 yes i|we would|am|are|do ~8", 0.84),
    ("^ ~1 absolutely|definitely $", 0.8),
    ("exactly|just what we|i ~4 looking|need|needed|wanted|want|been|have|missing", 0.85),
    ("what we|i ~3 looking for", 0.78),
    ("we|i ~1 love|loved it|this|that|the", 0.8),
    ("convinced us|me|everybody|everyone|the", 0.85),
    ("were|was|are|am ~1 impressed|convinced|sold|enthusiast|enthusiastic|thrilled|delighted", 0.82),
    ("we|i ~3 will take|buy|order|sign|have|go|start|begin|try it|them|two|three|this|the|one|four|five|#|in|with|on|ahead|for|from ~3", 0.84),
    ("think ~1 we|i will|should take|go|do|sign|buy it|them|this|for|ahead|with", 0.8),
    ("we|i will|are|is|am ~1 sign|signing ~4", 0.85),
    ("we ~1 will|can|could|want|like|hope ~2 start|begin|go ~2 in|on|with|live|from ~3", 0.78),
    ("want|like to ~1 do|sign|go|buy|order|get|have it|this|for|ahead|one|started|with", 0.82),
    ("foolish|mad|crazy|stupid|silly|daft|barmy|bonkers|fools|idiots not to", 0.85),
    ("paper|proposal|motion|case|budget|plan|recommendation ~3 passed|carried|adopted", 0.84),
    ("get ~2 going|cracking|moving|rolling", 0.78),
    ("^ ~1 roll it|them ~1 out", 0.86),
    ("^ ~1 go for ~1 the|it|option|your|that", 0.84),
    ("send|let|give|get ~4 docusign|contract|agreement|paperwork|form|forms ~2 and i|we will|shall|can", 0.84),
    ("job|contract|business|deal is yours", 0.86),
    ("let us ~1 extend|expand|continue|renew|add|keep|include", 0.84),
    ("wants|want in", 0.8),
    ("is|are ~2 relevant|timely|topical", 0.8),
    ("scratching our|my heads|head", 0.82),
    ("nothing ~2 stands|stand ~1 way", 0.84),
    ("press|push|hit|pull the ~1 button|trigger|go", 0.85),
    ("funding|money|budget|grant|finance|loan ~2 come|came|arrived|landed through|in", 0.84),
    ("price|quote|offer|terms|that|figure|contract|proposal is|are|looks fine|okay|good|agreed|acceptable|right|great", 0.79),
    ("would|will|like|want|wish|decided|pleased|happy to ~1 appoint|award|select|engage|retain|commission|choose", 0.88),
    ("po|order ~2 will ~1 come|follow|be|go|arrive|reach", 0.84),
    ("okay|fine|good|agreed|yes from|on our|my|this side|end", 0.84),
    ("not ~1 be|do|live|manage|imagine|cope ~3 without", 0.84),
    ("^ we|i accept|agree $", 0.86),
    ("renew us|me|our|for", 0.84),
    ("^ ~1 definitely|absolutely|certainly ~1 want|interested|keen|in|up|like", 0.84),
    ("pray|hope|dream|wait for ~2 come true", 0.7),
    ("no|any objections|objection", 0.78),
    ("it is ~1 decided", 0.75),
    ("become|becoming|be a|your ~2 customer|client|partner", 0.8),
    ("yes from|to both|all|us|me|our|the|everyone|everybody|my", 0.9),
    ("it is a|definite yes", 0.9),
    ("preferred supplier|bidder|vendor|partner|choice", 0.82),
    ("happy to share|say|report|tell|announce|confirm", 0.6),
    ("fit|fits|suits for? our|us|my ~2", 0.62),
    ("sounds|looks|all|everything|seems ~3 good|great|perfect|right|excellent|brilliant|fine|wonderful|fantastic|clear|promising", 0.6),
    ("works|fine|good|okay|great|perfect for|with us|me|our", 0.58),
    ("great|excellent|fantastic|brilliant|wonderful stuff|work|job|product|demo|news|presentation", 0.6),
    ("we|i ~2 liked|like|enjoyed it|this|the|your|that|what", 0.58),
    ("looking forward to ~1 working|starting|getting", 0.72),
    ("choice ~5 is|you|it you|yours", 0.82),
    ("start|begin|prepare|send|draw ~2 up? ~2 paperwork|contract|agreement", 0.8),
    ("happy|fine|comfortable|satisfied|good with that|it|this|everything|the ~1 terms|proposal|offer|price|plan|quote|contract", 0.8),
    ("i|we ~2 happy|fine|comfortable with that|it|this", 0.8),
    ("intend|plan|planning|mean|want|aim ~1 to ~1 buy|purchase|order|adopt|implement|introduce|deploy|roll", 0.82),
    ("count on us|me", 0.85),
    ("answer|decision ~6 yes", 0.88),
    ("resounding|unanimous|big|clear yes", 0.88),
    ("budget|money|funding|funds ~3 released|approved|available|secured|cleared|there|granted|confirmed", 0.8),
    ("we|i can ~1 begin|start|go|proceed|move", 0.76),
    ("^ ~2 keen $", 0.8),
    ("for|behind it $", 0.78),
    ("in favour|favor", 0.8),
    ("order ~1 goes|went|is out|in|on", 0.8),
    ("consider it done|settled", 0.82),
    ("we|i want in", 0.85),
    ("acceptable to|for|from", 0.78),
    ("he|she|they|everyone|everybody|team wants|want|love|loves|likes it|this|one|them", 0.76),
    ("bargain", 0.7),
    ("willing|prepared|ready to ~3 try|test|give|start|commit|invest", 0.8),
    ("give it|this|you a|the try|go|chance|shot", 0.8),
    ("gave|given|got|have|has ~3 go ahead", 0.88),
    ("delighted|happy|pleased|proud to ~1 work|partner|be|become|join", 0.78),
    ("swung it|me|us", 0.85),
    ("ticks|tick|checks ~1 all|every|our|the ~1 box|boxes", 0.82),
    ("up our|my street|alley", 0.8),
    ("music to", 0.78),
    ("no brainer", 0.85),
    ("bring it on", 0.85),
    ("where do|can|should we|i sign", 0.9),
    ("won us|me|everybody|everyone over", 0.88),
    ("won|have|got ~1 our business", 0.88),
    ("ready when you", 0.82),
    ("let us ~1 roll|shake|seal|close|crack|lock|kick|wrap|sort|build|launch|commit|finalise|finalize|conclude", 0.83),
    ("pull the trigger", 0.85),
    ("take the plunge", 0.85),
    ("get going|cracking|moving|rolling|started", 0.76),
    ("get|put|add|have|set|book|bring us|me|our ~3 on|onto|up|in|down|to ~2 system|list|board|platform|plan|spring|start|programme|program|service|pilot|live|going", 0.82),
    ("like|want|take|have|order|buy ~1 #|one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen ~2 of|more|units|sets|pieces|licences|licenses|seats|stations|machines|systems|please|to", 0.8),
    ("offer|proposal|contract|order|budget|po|purchase|same|request|deal|investment|agreement|quote|quotation ~4 accepted|approved|agreed|signed|cleared|passed|granted|authorised|authorized|released|countersigned|finalised", 0.86),
    ("po|order ~4 released|raised|issued|sent|coming|placed", 0.82),
    ("signed|filled|completed ~3 order|form|paperwork|contract|agreement|documents", 0.84),
    ("order form", 0.7),
    ("^ ~2 sold $", 0.85),
    ("whatever|anything|what i|we ~1 need|have to sign", 0.82),
    ("po ~4 follow|follows|attached|sent|issued|raised|coming|way", 0.85),
    ("attached|enclosed|find|herewith|below|following ~4 purchase order|po", 0.86),
    ("hereby|herewith ~3 order|commission|accept|confirm|instruct|appoint|engage", 0.9),
    ("you ~2 stuck with us|me", 0.85),
    ("very|really|highly|quite|so|extremely|particularly relevant|useful|interesting|promising|exciting|attractive|appealing|timely|helpful", 0.7),
    ("relevant|useful|interesting|promising|attractive|suitable|valuable ~2 for|to us|me|our", 0.8),
    ("love|like|want|happy|keen|eager|curious|interested to ~1 learn|hear|know|see|find|read ~2 more", 0.82),
    ("tell|send|show me|us more", 0.8),
    ("learn|hear|know|find more|out ~3 about", 0.72),
    ("struggling|struggle|struggled|fighting|wrestling with ~2 exactly|precisely|just|this|that", 0.74),
    ("perfect|great|good|ideal|excellent|natural fit|timing|match|solution", 0.76),
    ("sounds|looks|seems|is ~2 interesting|promising|exciting|useful|intriguing|tempting", 0.78),
    ("looking|look forward to ~2 start|starting|work|working|begin|beginning|partnership|cooperation|collaboration|onboarding|implementation|implement|kick", 0.82),
    ("we|i ~3 placed|place|placing ~3 order", 0.86),
    ("welcome to ~2 team|family", 0.6),
    ("wants|want|would like|need to|us to? ~1 have|use|get|try|start ~2 it|this|one|them", 0.74),
    ("it is happening", 0.85),
    ("deal $", 0.8),
    ("we have ~1 deal", 0.93),
    ("we have decided|chosen|agreed ~2 for|in|on|to ~3 you|your|favour|favor|buy|go|proceed|start|accept|sign", 0.86),
    ("treat|take|consider|regard this|it|that as|our ~3 acceptance|yes|order|confirmation|approval|agreement|commitment|go", 0.9),
    ("acceptance|accept ~1 of your", 0.78),
    ("can|could live with", 0.78),
    ("pays|pay for itself", 0.74),
    ("with pleasure", 0.66),
    ("nicer|better|easier|faster|simpler|quicker ~2 than what we|i", 0.72),
    ("got|have yourself|yourselves a", 0.85),
    ("decision|answer|reply|news|result|response|outcome ~4 positive|favourable", 0.8),
    ("decide|agree|resolve to ~1 introduce|adopt|implement|install|try|test|order|purchase|buy|use|start|switch|move|join|take|go|do|roll|expand|keep|extend|renew|proceed|continue", 0.84),
    ("would|will|should like|want|love to ~1 buy|order|expand|proceed|go|start|sign|join|continue|renew|extend|roll|keep|purchase|introduce|commit", 0.8),
    ("ready to ~1 move|go|start|sign|proceed|begin|roll|commit|buy|order", 0.82),
    ("with you on this|all|from", 0.6),
    ("cannot|can not wait to|for", 0.74),
    ("finally ~2 approved|through|got|have", 0.74),
    ("talked|convinced|persuaded me|us into", 0.85),
    ("^ ~1 go on then", 0.82),
    ("we|i confirm $", 0.76),
    ("for|with us|me ~4 right|okay|fine|good|alright", 0.74),
    ("is|are ~2 okay|fine|good|acceptable for|with|by us|me", 0.76),
    ("signed it|them|this", 0.8),
    ("we order ~2 as|per|from|according|the", 0.82),
    ("position to proceed|go|move|sign|order|commit|start", 0.85),
    ("satisfied|happy that|with ~6", 0.62),
    ("of ~2 interest to|for", 0.78),
    ("good|great|real|big potential|opportunity", 0.66),
    ("grand|great|brilliant job|stuff", 0.5),
    ("approve|sign|accept|validate|authorise|authorize|release|clear ~2 purchase|order|offer|proposal|budget|project|contract|investment|quote|quotation|deal", 0.85),
    ("best of the|all|them ~2", 0.74),
    ("what ~2 been|was ~1 pray|hope|wait|wish|dream for", 0.82),
    ("invoice us|me|away", 0.82),
    ("done deal", 0.93),
    ("omg|wow yes", 0.9),
    ("^ ~1 signed $", 0.85),
    ("countersigned|signed ~1 copy|version|contract|agreement", 0.84),
    ("forward to ~1 kickoff|kick|start|onboarding|launch|implementation", 0.8),
    ("exceeded|surpassed|beat ~3 expectations", 0.78),
    ("want|like|love|ready|happy|decided to ~1 move|go|push|press|forge ahead|forward|on", 0.86),
    ("would like to ~1 move|go|push ahead|forward", 0.88),
    ("full steam|speed", 0.85),
    ("crack on|ahead", 0.82),
    ("can not think ~3 reason not", 0.82),
    ("we|i ~2 take|accept|choose|want|pick ~2 the|your offer|option|proposal|package|plan|variant|deal", 0.86),
    ("put ~1 my|our name|names|signature|initials ~1 on|to|under", 0.84),
    ("official|formal|firm|written|our ~1 order for|number|no|from", 0.8),
    ("treat|take|consider|regard|accept this|it|that ~2 as ~1 our|my|a|an|the ~1 acceptance|order|confirmation|approval|agreement|commitment", 0.9),
    ("proposal|offer|budget|case|paper|request|application|order ~2 go|went|got|sail|come|came|wave through", 0.84),
    ("exactly|precisely ~3 problem|issue|headache|challenge|pain|trouble|situation|boat ~2 we|i|us|in|here", 0.8),
    ("all ears", 0.84),
    ("keep|keeping all|both|every|them|# $", 0.82),
    ("keep|keeping all|both|every # ~1", 0.82),
    ("keep|keeping all|both two|three|four|five|six|seven|eight|nine|ten|twelve|of", 0.82),
    ("want|like|need you ~1 to ~1 do|go|start|supply|fit|equip|install|take|build|run|begin|proceed ~2 all|our|the|ahead|it|with|both|every|work", 0.86),
    ("very much so", 0.82),
    ("^ ~2 do it $", 0.84),
    ("let us|me do it|this", 0.85),
    ("so|then|and it is ~1 you|yours ~2", 0.86),
    ("want this|it|one|them $", 0.84),
    ("i|we do want ~2", 0.84),
    ("you win $", 0.84),
    ("he|she|they ~1 in i|we am|are ~1 in", 0.86),
    ("make it ~1 fix|firm|official|definite|binding|permanent", 0.84),
    ("test|trial|pilot|demo|result|presentation|visit ~4 convincing|persuasive", 0.84),
    ("you can|may put|book|count|sign|mark|pencil us|me ~1 in|down|for|up", 0.88),
    ("raised|placed|issued|entered|submitted|signed ~2 po|order|purchase|requisition", 0.86),
    ("can have ~1 your|our|the order", 0.8),
    ("not ~1 think of|find ~2 reason ~1 to ~1 no|not|refuse|wait", 0.8),
    ("settles|settled|decides|clinches|clinched|sealed|seals it|that|us|me|matters|the", 0.76),
];

/// Read as they stand: questions that only somebody asks who wants it, and plans.
#[rustfmt::skip]
const YES_PLAIN: &[(&str, f64)] = &[
    ("we ~1 start|begin ~1 in|on|with|from", 0.8),
    ("how|where do|can|should ~1 i|we ~2 start|begin|sign|order|buy|join|subscribe|proceed", 0.82),
    ("what ~4 need ~3 start|begin|proceed|go|sign|order", 0.8),
    ("what|where ~2 bank|account|payment details", 0.84),
    ("when|soon can|could ~1 you ~1 start|begin", 0.84),
    ("who|where ~3 send|address ~2 order|po|contract|purchase", 0.8),
];

/// A yes and no more. Between quoted questions it answers any of them.
const YES_BARE: &[(&str, f64)] = &[("^ but|so|and|well? yes $", 0.79), ("^ ~9 yes $", 0.79)];

/// Nothing waits for us.
#[rustfmt::skip]
const SETTLED: &[&str] = &[
    "received|arrived|noted|delivered|got",
    "thanks|thank ~3 for|you",
    "for your ~1 records|information|info|files|reference",
    "fyi",
    "i|we will ~3 let|get|come|check|discuss|review|look|read|study|inform|put|run|ask|confirm|tell|show|think",
    "is|are with ~2 lawyers|legal|procurement|department|team|boss|finance",
    "see you",
    "no ~2 further|more|other questions|queries",
    "all ~1 good|set|ready|fine for|on|with|at",
    "weekend|evening|christmas|holiday|holidays",
    "please find ~1 attached",
    "see attached",
    "confirm ~3 receipt|received|got",
];

/// They say themselves that nothing waits.
const CLOSED: &[&str] = &[
    "no ~1 need|reason ~2 to ~1 reply|respond|answer|write|do",
    "no reply|answer|response|action ~1 needed|necessary|required|expected|from",
    "just|only ~1 wanted|writing|want to ~1 say|thank|let",
    "for your ~1 files|records|information",
    "nothing ~2 for you|us ~2 to? ~1 do|in",
    "you ~1 will hear ~2 from me|us",
    "bear with me|us",
];

struct Tables {
    closed: Vec<Pattern>,
    yes: Vec<Row>,
    plain: Vec<Row>,
    bare: Vec<Row>,
    choice: Vec<Pattern>,
    settled: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    closed: table(CLOSED),
    yes: stemmed(YES),
    plain: rows(YES_PLAIN),
    bare: rows(YES_BARE),
    choice: table(RIVAL),
    settled: table(SETTLED),
});

/// Agreement and interest.
pub(crate) fn yeses(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.yes, Guard::All);
    found.retain(|cue| {
        let said = &text.said[cue.said];
        let clause = &said.tokens()[said.clause_of(cue.words.start)];
        let holds = |words: &[&str]| clause.iter().any(|token| words.contains(&token.word.as_str()));
        // "We confirm that we received your offer" accepts nothing.
        let receipt = holds(&["confirm", "confirming", "acknowledge"]) && holds(&["received", "receipt"]);
        let wrong = holds(&["against", "wrong", "incorrect", "mistake"]);
        // "We have decided to do nothing."
        let next = said.tokens().get(cue.words.end).map_or("", |token| token.word.as_str());
        let void = matches!(next, "nothing" | "no" | "none");
        // Not decided yet; other papers than an order.
        let pending = holds(&["waiting", "awaiting", "await"]);
        let other = holds(&["visitor", "visitors", "timesheet", "attendance", "parking"]);
        !said.asks(cue.words.start)
            && !receipt
            && !wrong
            && !pending
            && !void
            && !other
            && !is_thanks(said, cue)
            && !hangs(said, cue)
            && !is_ours(said, cue)
            && !is_yours(said, cue)
            && !is_sick(clause)
            && !is_bygone(said, cue)
            && !is_billed(said, cue)
            && !is_reported(said, cue)
    });
    let lost = rivals(text, mail);
    found.retain(|cue| !lost.iter().any(|rival| rival.said == cue.said));
    found.extend(find(text, &TABLES.plain, Guard::All));
    if text.parts.quoted.len() < 2 {
        found.extend(find(text, &TABLES.bare, Guard::All));
    }
    found.extend(chosen(text, mail));
    found
}

/// "Thank you, that is exactly what I needed" is about what was sent.
fn is_thanks(said: &Said, cue: &Cue) -> bool {
    let holds = |range: Range<usize>, words: &[&str]| {
        said.tokens()[range].iter().any(|token| words.contains(&token.word.as_str()))
    };
    holds(0..cue.words.start, &["thanks", "thank", "cheers", "thx", "ta"])
        && holds(cue.words.clone(), &["exactly", "just", "what"])
        && holds(cue.words.clone(), &["needed", "need", "wanted", "missing"])
}

/// "Your order is on its way": a shop tells of its own sale.
fn is_ours(said: &Said, cue: &Cue) -> bool {
    let tokens = said.tokens();
    tokens[cue.words.start].word == "order" && cue.words.start > 0 && tokens[cue.words.start - 1].word == "your"
}

/// "Tell me what you can live with", "let me know if you are happy with it": about us.
fn is_yours(said: &Said, cue: &Cue) -> bool {
    const BETWEEN: [&str; 10] = ["can", "could", "are", "will", "would", "have", "were", "do", "might", "may"];
    let tokens = said.tokens();
    let mut at = cue.words.start;
    // "You can put us down" says what they want.
    let us = tokens[cue.words.clone()].iter().any(|token| matches!(token.word.as_str(), "us" | "me" | "our" | "we"));
    while at > 0 && BETWEEN.contains(&tokens[at - 1].word.as_str()) {
        at -= 1;
    }
    at > 0
        && tokens[at - 1].word == "you"
        && !us
        && !matches!(tokens[cue.words.start].word.as_str(), "have" | "won" | "got")
}

/// "The last contract we signed rolled over".
fn is_bygone(said: &Said, cue: &Cue) -> bool {
    const BYGONE: [&str; 6] = ["last", "previous", "old", "earlier", "former", "other"];
    const PAPERS: [&str; 6] = ["contract", "agreement", "order", "offer", "quote", "deal"];
    let upto = &said.tokens()[..cue.words.end];
    upto.windows(2).any(|pair| BYGONE.contains(&pair[0].word.as_str()) && PAPERS.contains(&pair[1].word.as_str()))
}

/// "Please re-issue with PO 45": a bill that is to bear an order's number.
fn is_billed(said: &Said, cue: &Cue) -> bool {
    const BEARS: [&str; 10] =
        ["with", "quoting", "quote", "quotes", "including", "include", "showing", "stating", "against", "bearing"];
    const BILLS: [&str; 9] =
        ["invoice", "invoices", "issue", "reissue", "resend", "resubmit", "amend", "credit", "rebill"];
    let tokens = said.tokens();
    let holds = |words: &[Token], list: &[&str]| words.iter().any(|token| list.contains(&token.word.as_str()));
    let number = holds(&tokens[cue.words.clone()], &["po", "purchase", "order"]);
    number
        && holds(&tokens[cue.words.start.saturating_sub(3)..cue.words.end], &BEARS)
        && holds(&tokens[..cue.words.end], &BILLS)
}

/// "I am not going to be the one who says let's do it": said by nobody.
fn is_reported(said: &Said, cue: &Cue) -> bool {
    let tokens = said.tokens();
    let clause = said.clause_of(cue.words.start);
    let says = cue.words.start > clause.start
        && matches!(tokens[cue.words.start - 1].word.as_str(), "says" | "say" | "saying" | "said");
    says && tokens[clause.start..cue.words.start]
        .iter()
        .any(|token| matches!(token.word.as_str(), "not" | "never" | "nobody" | "noone"))
}

/// "Signed off sick".
fn is_sick(clause: &[Token]) -> bool {
    clause.iter().any(|token| matches!(token.word.as_str(), "sick" | "ill" | "doctor" | "maternity" | "leave"))
        && clause.iter().any(|token| matches!(token.word.as_str(), "signed" | "off"))
}

/// Words that may make one hang.
const CONDITIONS: [&str; 7] = ["if", "provided", "assuming", "unless", "only", "condition", "long"];
/// A yes that hangs on something waits for an answer.
const HANGING: f64 = 0.72;

/// Each yes for the day when something is so.
pub(crate) fn hanging(text: &Text<'_>) -> Vec<Cue> {
    let conditional = |said: &&Said| said.tokens().iter().any(|token| CONDITIONS.contains(&token.word.as_str()));
    if !text.said.iter().any(|said| conditional(&said)) {
        return Vec::new();
    }
    let found = find(text, &TABLES.yes, Guard::All).into_iter();
    found
        .filter(|cue| cue.weight >= PLAIN && hangs(&text.said[cue.said], cue))
        .map(|cue| Cue { weight: HANGING, ..cue })
        .collect()
}

/// "If it keeps recording, then we'd be interested"; "…, but only if it does".
fn hangs(said: &Said, cue: &Cue) -> bool {
    let (before, after) = (&said.tokens()[..cue.words.start], &said.tokens()[cue.words.end..]);
    let is = |token: &Token, words: &[&str]| words.contains(&token.word.as_str());
    let only = after.windows(2).any(|pair| {
        is(&pair[0], &["only"]) && is(&pair[1], &["if", "when", "once"])
            || is(&pair[0], &["on"]) && is(&pair[1], &["condition"])
            || is(&pair[0], &["long"]) && is(&pair[1], &["as"])
    });
    let provided = after.iter().any(|token| is(token, &["provided", "unless"]));
    let opened = before.iter().position(|token| is(token, &["if", "provided", "assuming", "unless"]));
    let then = opened.is_some_and(|condition| {
        let next = before.get(condition + 1).map_or("", |token| token.word.as_str());
        let polite = ["possible", "okay", "it", "that", "needed", "convenient"].contains(&next) && condition > 0
            || ["possible", "okay", "needed", "convenient"].contains(&next);
        let result = &said.tokens()[condition..cue.words.end];
        !polite && result.iter().any(|token| is(token, &["then", "would", "might", "could"]))
    });
    only || provided || then
}

/// "The committee has selected Fernwell": our name after the row.
fn chosen(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    /// We are named as the choice.
    const NAMED: f64 = 0.9;
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate().filter(|(_, said)| !said.sentence.question) {
        let tokens = said.tokens();
        let found = TABLES.choice.iter().find_map(|pattern| pattern.find(tokens));
        let Some((from, to)) = found.filter(|(from, _)| !negated(tokens, *from)) else { continue };
        if tokens.get(to).is_some_and(|token| mail.is_own_name(&token.word)) {
            out.push(Cue { weight: NAMED, said: at, words: from..to + 1 });
        }
    }
    out
}

/// Whether a mail says that nothing waits for us.
pub(crate) fn is_settled(text: &Text<'_>) -> bool {
    text.said.iter().any(|said| TABLES.settled.iter().any(|row| row.find(said.tokens()).is_some()))
}

/// Whether they say that nothing waits, in so many words.
pub(crate) fn is_closed(text: &Text<'_>) -> bool {
    text.said.iter().any(|said| TABLES.closed.iter().any(|row| row.find(said.tokens()).is_some()))
}

/// Friendly words, taken together.
pub(crate) fn small_yeses(yeses: &[Cue]) -> Option<Cue> {
    together(yeses)
}

/// A yes with a "not" before it.
pub(crate) fn unheard(text: &Text<'_>) -> Vec<Cue> {
    find(text, &TABLES.yes, Guard::Turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        assert!(
            [&TABLES.choice, &TABLES.settled, &TABLES.closed]
                .iter()
                .all(|table| table.iter().all(Pattern::is_well_formed))
        );
        for (row, weight) in YES.iter().chain(YES_PLAIN).chain(YES_BARE) {
            assert!(Pattern::new(row).is_well_formed() && (0.2..1.0).contains(weight), "{row}");
        }
    }
}

//! Yes, no, and no more mail.
//!
//! Rows of [`YES`] at [`PLAIN`] and above say that they go ahead or want it; those
//! below are friendly words that count where nothing is asked. A "no" with a time
//! to come back is a "not now".

use std::sync::LazyLock;

use skillhost_language::{Pattern, table};

use crate::cue::{Cue, Guard, Row, find, rows, stemmed};
use crate::mail::Mail;
use crate::text::Text;
use crate::times::names_time;

/// From here on a yes is a yes, and not only friendly.
pub(crate) const PLAIN: f64 = 0.78;

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
    ("drop|take|strike|scratch|cut me|us from|off|out", 0.86),
];

/// What goes with a refusal and is none by itself: two of them say it.
#[rustfmt::skip]
const NO_HINTS: &[(&str, f64)] = &[
    ("unfortunately|sadly|regrettably|alas", 0.5),
    ("am|are ~1 afraid", 0.5),
    ("sorry|apologies|apologise", 0.4),
    ("regret", 0.5),
    ("thank|thanks ~3 time|trouble|effort|efforts|understanding|support|patience|interest", 0.4),
    ("appreciate ~3 time|trouble|effort|efforts|interest|patience", 0.4),
    ("after ~2 consideration|thought|reflection|discussion|deliberation|review|evaluation|think|thinking", 0.4),
    ("all the best|every success|best of luck", 0.5),
    ("good|best luck", 0.5),
    ("wish you", 0.5),
    ("nothing to do with you|your", 0.5),
    ("no complaints|hard|offence|offense ~1", 0.45),
    ("too|very small|expensive|tight|difficult|much", 0.35),
    ("another|other|different|free|cheaper", 0.25),
    ("old|current|existing|present|actual system|supplier|provider|way|setup|method|software", 0.4),
    ("budget|penny|money|afford|justify|costs", 0.3),
    ("not|never|no ~4 us|this|it|use|one|spending|spend", 0.4),
    ("maybe|perhaps ~2 future|day|time|later|another", 0.4),
    ("truth|honest|honestly|frankly", 0.3),
    ("in the end", 0.35),
    ("slower|worse|harder|heavier|clumsier|complicated|difficult|hard|pity|shame|nice project|product|tool", 0.4),
    ("persistence|persistent", 0.45),
    ("went well received|considered", 0.3),
    ("nevertheless|however|although", 0.2),
    ("years|since|always been|did|done|used|run", 0.2),
    ("regrettable|regrettably|regret", 0.5),
    ("am afraid", 0.5),
    ("own ~1 system|software|solution|tool", 0.45),
    ("loud|old|small for", 0.3),
    ("lovely|nice|good|great|clever|interesting ~1 idea|thought", 0.35),
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
    ("not ~3 write|contact|email|mail|call|send|bother|disturb|approach ~4 more|again|anymore|further|henceforth", 0.92),
];

/// Who else may unsubscribe: then it is a topic and no wish.
const OTHERS: &[&str] = &[
    "how ~6 unsubscribe",
    "people|customers|clients|users|they|guests|patients|recipients|members|parents|somebody|someone|tenants|subscribers ~4 unsubscribe|unsubscribed|opt|opted|out",
    "unsubscribe button|link|rate|rates|setting|function|feature|page|list|process|reason|reasons",
    "unsubscribed by ~2 mistake|accident",
    "accidentally|mistakenly unsubscribed",
    "remove|delete|take|get me|us|my ~3 from|off|out ~3 thread|hook|phone|call|conversation|cc|copy|invite|invitation|invoice|project|meeting|loop|account|contract",
    "do not ~2 call|contact|email|write me|us ~2 before|until|till|between|at|on|in|during|today|tomorrow|later|after",
];

#[rustfmt::skip]
const NO: &[(&str, f64)] = &[
    ("no interest|desire|appetite", 0.9),
    ("^ ~1 no thanks|thank|thx", 0.93),
    ("thanks|thank ~2 but no", 0.93),
    ("^ ~2 sorry|afraid|unfortunately ~1 no $", 0.88),
    ("^ no $", 0.85),
    ("^ ~1 nope|nah $", 0.85),
    ("answer|decision|response|verdict ~2 is|was|remains ~1 no|negative", 0.93),
    ("i|we|us ~1 will|am|are ~2 pass ~1 on|this|it|thanks|$", 0.85),
    ("hard pass", 0.95),
    ("take a pass", 0.9),
    ("pass on this|it|that|the|your", 0.85),
    ("must|to|will|would|shall ~3 decline|refuse|abstain", 0.9),
    ("must|to|will|would ~1 say no", 0.9),
    ("declined|rejected|refused|decline|reject ~5 offer|proposal|project|request|it|this|budget", 0.88),
    ("turn|turning|turned ~4 down", 0.85),
    ("decided|chosen|opted|resolved|elected|agreed|voted|advised|ruled ~1 against|not", 0.9),
    ("against ~1 it|this|the ~1 purchase|project|proposal|idea|plan", 0.82),
    ("decided|chose|chosen|opted|gone|went|going|signed|signing|go|settled|sticking|found|bought|ordered|selected|picked|awarded ~4 another|other|different|competitor|someone|somebody|rival|elsewhere|alternative|cheaper|local", 0.88),
    ("go|going|went|gone in|into|with|for a ~1 different|another|other", 0.9),
    ("another|different|other ~1 vendor|provider|supplier|company|solution|bidder|tool|system ~3 instead|won|chosen|selected|got", 0.85),
    ("renewed|extended|prolonged ~3 with|our|the|for ~3 current|existing|present|old|vendor|supplier|provider|contract|year|years", 0.82),
    ("it is|was|be|remains ~1 a? no", 0.9),
    ("a|definite|clear|firm no from|for us|me|our", 0.93),
    ("is a no", 0.9),
    ("off the table|agenda|list|menu", 0.82),
    ("put|putting ~4 on hold|ice|back", 0.82),
    ("is|are|everything|been ~3 on hold|ice", 0.8),
    ("park|parked|parking ~1 it|this|the|that", 0.78),
    ("stopped|frozen|suspended|halted ~3 until further|notice", 0.85),
    ("project|plan|plans|initiative|it|this|investment|investments|budget|idea ~4 dropped|cancelled|canceled|shelved|scrapped|abandoned|stopped|postponed|frozen|dead|killed|cut|axed", 0.83),
    ("regret to inform|tell|say|let", 0.88),
    ("sorry to|that ~2 we|i|tell|say|disappoint|inform ~4 not|no", 0.8),
    ("we|i ~2 leave it $", 0.82),
    ("leave it at that|there|be", 0.8),
    ("happy|satisfied|content|fine|well|served|comfortable ~2 with ~3 what|current|existing|present|provider|supplier|vendor|setup|we|have", 0.82),
    ("already have|use|got|using|work|working|covered|sorted ~6 for|with|that|in place|one|and", 0.74),
    ("already ~2 have|use|got ~2 something|a|an|one|our|someone|somebody", 0.74),
    ("covered|sorted ~3 $", 0.72),
    ("carry|carrying|continue|continuing|keep|keeping|go|remain ~1 on|with|using|doing ~3 our|the|what|as|it ~3 current|existing|old|have|are|paper|spreadsheets|excel|hand|now|always|system", 0.8),
    ("carry|carrying on with", 0.75),
    ("stay|stick|remain with ~2 our|what|current|present|existing|old|the|this|my|them|him|her|paper|excel|how|it", 0.85),
    ("stay|remain where ~1 we|i", 0.82),
    ("keep|keeping ~2 old|current|existing|present ~1 system|supplier|one|setup|provider|process|way|vendor|tool", 0.82),
    ("build|do|make|develop|built|doing|building|making ~3 ourselves|inhouse|internally|himself|herself", 0.82),
    ("in house instead", 0.82),
    ("bound|tied|locked|committed ~4 until|till|through", 0.85),
    ("more than|beyond|out|outside|over ~9 justify|afford|budget|range|means", 0.8),
    ("too expensive|dear|pricey|costly|much for|right|at|us", 0.74),
    ("bad|wrong|poor|terrible|off time|timing|moment", 0.82),
    ("time|timing|moment is ~1 bad|wrong|off|poor|terrible", 0.82),
    ("close|closing ~1 our|the|my|this ~1 file|account|case|ticket|request|matter", 0.82),
    ("closing|closed|close|winding|selling|shutting ~1 down|the|our|my ~3 business|shop|showroom|company|practice|store|restaurant|farm|firm|plant", 0.74),
    ("good luck out|with|to|in", 0.55),
    ("wish you ~4 success|luck|best|well", 0.55),
    ("too small|big for|a", 0.62),
    ("overkill", 0.74),
    ("all set|good|sorted $", 0.78),
    ("give|giving ~4 a miss|pass", 0.88),
    ("blocked|vetoed|killed|rejected|refused|declined|overruled|denied ~3 purchase|it|project|this|us|budget|request|idea|spend|investment", 0.85),
    ("money|budget|funds ~3 elsewhere|gone|spent|allocated", 0.78),
    ("second choice|place|best", 0.8),
    ("came|finished second", 0.8),
    ("so|and|just no thanks|thank", 0.88),
    ("no thanks $", 0.88),
    ("says|said|say no", 0.86),
    ("i|we|would ~2 rather not", 0.88),
    ("maybe|perhaps ~2 next year|season|time", 0.76),
    ("too much going|on|work", 0.7),
    ("too busy|small|stretched|far|late|complicated|complex for|to|right|at|with", 0.7),
    ("too busy|small|stretched|late|complicated $", 0.72),
    ("change of plan|plans|heart|mind|strategy|direction", 0.74),
    ("changed our|my|their mind|minds|plans", 0.82),
    ("fell|fallen|falls through", 0.76),
    ("prefer|preferring|preferred ~3 continue|stay|keep|stick|wait|remain|not|our|current|existing|actual|present|old", 0.82),
    ("hold|holding|held off", 0.78),
    ("back|backing|backed out", 0.8),
    ("withdraw|withdrew|withdrawing|withdrawn ~3 from|our|the|interest|offer|order", 0.8),
    ("pull|pulled|pulling the plug", 0.88),
    ("make|making do with", 0.78),
    ("manage|live|do|cope|survive|get without", 0.76),
    ("out of ~1 reach|league|question|bounds", 0.82),
    ("too much|big|large|complex|sophisticated|small|early|late|rich|steep|advanced|heavy for us|me|our|what|a|my", 0.78),
    ("have|has|had to be|stay a? no", 0.9),
    ("will|would be a? no", 0.9),
    ("no go|brainer? $", 0.6),
    ("non starter", 0.88),
    ("deal breaker", 0.8),
    ("dealbreaker", 0.8),
    ("wasting|wasted|wasting|taking|taken your time|hours|effort|day", 0.72),
    ("lost out", 0.8),
    ("runner|runners up", 0.8),
    ("close|narrow|honourable second", 0.82),
    ("bankrupt|bankruptcy|insolvent|insolvency|liquidation|receivership|administration", 0.74),
    ("ceased trading|operations|business", 0.8),
    ("own ~1 solution|system|tool|software|development|developer|developers|programme|program ~4", 0.62),
    ("budget|money|funds ~3 exhausted|spent|gone|used|frozen|cut|tight|slashed", 0.74),
    ("spending|hiring|investment|purchasing freeze|stop|ban|moratorium", 0.82),
    ("freeze on|of ~2 spending|purchases|investment|budgets|projects|new", 0.82),
    ("back burner", 0.85),
    ("bottom of ~2 list", 0.8),
    ("other priorities|fish|things", 0.76),
    ("plate|hands|schedule ~1 full", 0.74),
    ("terminate|terminating|end|ending|cancel|cancelling|canceling|discontinue|discontinuing|stop|stopping|quit ~3 contract|subscription|agreement|trial|evaluation|process|licence|license|account|membership|order|project|cooperation|pilot|discussions|talks", 0.85),
    ("give|giving|given ~1 notice", 0.8),
    ("spreadsheet|spreadsheets|excel|paper|whatsapp|pen ~4 enough|fine|works|do|does|free|job", 0.74),
    ("enough for us|me|our", 0.74),
    ("go|going|gone without", 0.76),
    ("hear of", 0.55),
    ("different direction|path|road|approach", 0.8),
    ("we|i are|am ~1 all? set|good|sorted|covered|fine|done|okay ~1 with|for|thanks|as our|what|the|who|now|how", 0.8),
    ("we|i are|am ~1 all set|good|sorted|covered", 0.8),
    ("i am ~1 good $", 0.8),
    ("go|going back to ~1 the|our|my|old|what|paper|excel", 0.78),
    ("favour|prefer|choose|retain|keep|select the ~1 incumbent|existing|current|other|cheaper|local", 0.86),
    ("incumbent", 0.7),
    ("can|could|will ~2 build|make|do|knock|write|create|develop|put ~4 similar|same|own|ourselves", 0.78),
    ("cheaper|better|simpler|smaller|different|local|other|another option|options|solution|alternative|alternatives|provider|supplier|vendor|tool|product|one", 0.66),
    ("investment|project|plan|purchase|idea|budget ~6 cancel|drop|stop|postpone|reject|freeze", 0.8),
    ("lets? him|her|them have a go|try", 0.74),
    ("postpone|delay|defer|push|move ~6 to|until|till ~2 #|next", 0.78),
    ("it is|was|be ~1 a pass", 0.88),
    ("a pass for|from|on", 0.86),
    ("nice to have", 0.76),
    ("would|will rather|sooner ~2 spend|use|keep|have|do|stay|wait|put|invest", 0.78),
    ("order|contract|business|project ~3 with|to another|other|different", 0.88),
    ("another|other party", 0.74),
    ("no further|more follow|action|contact|discussion|steps ~3 required|needed|necessary", 0.8),
    ("burned|lost|wasted ~4 money", 0.66),
    ("fiddly|clunky|cumbersome|confusing|slow|overkill|complicated", 0.5),
    ("leave ~1 this|it|that one|for|out", 0.78),
    ("going to leave ~1 it|this|that", 0.76),
    ("no hard feelings", 0.8),
    ("remain|stay|stick ~2 at|on|with|by|to ~2 paper|excel|old|present|current|system|same|our|what|diary|pencil|hand|tradition", 0.82),
    ("bought|acquire|take|merge|swallow|owned ~1 by|with|over|into ~6 group|company|chain|own|firm", 0.72),
    ("kind|nice|sweet|generous|good|flattering but ~1 no", 0.88),
    ("problem i|we ~3 not ~3 have", 0.82),
    ("us|me|we|i ~2 out $", 0.66),
    ("not|no this time", 0.72),
    ("skint|strapped", 0.8),
    ("solved|sorted|handled|covered|fixed|arranged it|this|that ~2 with|by|ourselves|internally|another|already|differently", 0.78),
    ("no need any|anymore|longer|now", 0.85),
    ("suit|suited|suitable ~1 to|for ~1 larger|bigger|smaller|other|different|large|big|small", 0.78),
    ("award|give|place ~3 elsewhere", 0.88),
    ("decide|agree|need|have|going|want|be|will to? ~1 pause|postpone|delay|hold|wait|shelve|stop|skip|drop|cancel|park|defer|freeze|end|terminate|abandon ~3 project|this|it|plan|evaluation|decision|investment|process|discussion|off|rollout|initiative|purchase", 0.84),
    ("pause|postpone|shelve|defer|park|freeze ~2 project|this|it|plan|evaluation|decision|investment|rollout|initiative|purchase", 0.82),
    ("already ~4 another|other|different|someone|contract|partner|agency", 0.82),
    ("happy|satisfied|content|pleased with them|him|her|theirs", 0.8),
    ("move|switch|migrate|change ~1 to ~2 another|different|other|new system|provider|tool|vendor|supplier|platform", 0.85),
    ("cancel|end|terminate|close|stop ~1 our|my|the|this ~1 subscription|account|contract|membership|licence|license|trial|order|service|plan", 0.86),
    ("well|far|way|much above|over|beyond|outside ~2 budget|range|limit", 0.82),
    ("choose|select|pick|go|prefer|sign|appoint ~1 with? a|the|one ~2 vendor|provider|supplier|company|solution|tool|product|system|partner|agency|firm|bidder", 0.84),
    ("sign|go ~1 with them|him|her|those|theirs|others", 0.88),
    ("we|i will ~1 manage|cope|survive", 0.76),
];

#[rustfmt::skip]
const NO_NEGATED: &[(&str, f64)] = &[
    ("not ~3 interested|keen|convinced|persuaded|tempted", 0.93),
    ("no longer|more ~2 interested|looking|need|require|relevant|considering|planned|required|needed|on", 0.9),
    ("nor|neither ~2 interested", 0.9),
    ("not ~4 for us|me", 0.85),
    ("not ~3 a? ~1 good|right|best|great|ideal|suitable ~2 fit|match|time|moment|timing|solution|thing|choice|product|one", 0.85),
    ("not ~1 a|any|the|our ~1 fit|match|priority|option|topic|possibility", 0.85),
    ("not ~2 suit|suits|fit|fits|suitable|help|work ~1 our|us|for|with|me|what", 0.78),
    ("not ~1 proceed|proceeding|continue|continuing|renew|renewing|pursue|pursuing|go|going|move|moving|take|taking|carry|carrying ~4 ahead|forward|further|with|your|our|offer|$", 0.88),
    ("not ~1 be ~1 proceeding|continuing|renewing|pursuing|going|moving|taking|extending|buying|needing|using|joining|signing|investing|participating", 0.9),
    ("not ~1 to ~1 proceed|continue|renew|pursue|go|move|take|extend|buy|sign|invest", 0.88),
    ("do|does|did|will|would not|no ~2 need|require this|it|that|anything|any|one|such|your|another|a|more", 0.85),
    ("do not|no ~1 need $", 0.8),
    ("not ~1 have ~2 need|use for|of", 0.88),
    ("not|no ~2 see|find ~3 need|value|use|benefit|point|fit|advantage|reason|case|room|future", 0.86),
    ("have|has no ~1 need|use|budget|money|funds|plans|capacity|requirement|appetite|room", 0.85),
    ("no ~1 need|use|requirement for|of this|it|your|such|that|these", 0.85),
    ("there|with is|are? no ~1 budget|money|funds|funding|need|appetite|interest|room|demand", 0.85),
    ("not ~1 have ~4 budget|money|funds|capacity|resources|bandwidth", 0.8),
    ("not ~1 been? ~1 selected|chosen|successful|awarded|shortlisted|accepted|retained|approved|approve", 0.88),
    ("not ~1 approve|approved|agree|support|want ~2 it|this|the|purchase|budget|project|investment|expense", 0.82),
    ("can|could|do not ~2 justify|afford|warrant", 0.85),
    ("not ~1 worth", 0.85),
    ("not ~1 going to happen|work|buy|need|use", 0.88),
    ("not ~2 look|looking|plan|planning|intend|intending|considering|consider ~3 for|at|to|alternatives|others|new|other|this|anything|change|changes|any|it", 0.85),
    ("not ~1 in the market", 0.9),
    ("not ~2 in ~1 position to", 0.82),
    ("not ~2 at|in this|the|that time|moment|point|present|year|stage", 0.76),
    ("not ~1 right now", 0.76),
    ("not ~1 this year|quarter|season|time", 0.78),
    ("not now $", 0.8),
    ("nothing ~2 for us|me", 0.82),
    ("not ~1 want|wish|like|dare to ~1 continue|proceed|change|switch|go|use|buy|invest|spend", 0.85),
    ("not ~2 something|anything ~1 for|we|i|us", 0.82),
    ("no ~1 plans|intention|intentions to|of|for", 0.82),
    ("no ~1 fit|match for|with|between", 0.82),
    ("not ~2 add|adding|offer|bring ~2 anything|enough|value|much", 0.78),
    ("not ~1 for a|an|our|someone|anybody|companies|small ~8", 0.76),
    ("do|does|did not ~1 add|stack|work up|out", 0.8),
    ("not ~4 enough use|value|benefit|money|volume|work|demand|need", 0.8),
    ("not ~2 the|a ~2 type|kind|sort", 0.78),
    ("can not ~1 use such|this|it|that|your", 0.8),
    ("not ~1 what ~1 we|i", 0.85),
    ("not ~1 need it|this|them|one|anything ~3 after|any|anymore|now", 0.88),
    ("not ~1 happening|possible for|this|with|right|now", 0.74),
    ("can not ~1 commit|spend|spare|invest|take", 0.78),
    ("can|could not ~3 stretch|swing|go for|commit|consider|continue|accept|take|run|do to|for|on|this|it|your|with", 0.78),
    ("can not stretch|commit|proceed|continue", 0.84),
    ("will|would not ~1 hear|fly|fit|happen|work of|with|for|here", 0.8),
    ("will|would|shall not ~2 be ~1 needing|taking|using|buying|ordering|renewing|requiring|pursuing", 0.9),
    ("do|does not ~1 think|believe|feel ~6 fit|right|need|us|use|work|help|suitable|worth|make|benefit|good|way", 0.8),
    ("not ~2 the one|product|tool|solution|system|supplier|choice", 0.82),
    ("not ~1 our|my thing|cup|style|bag|way|priority|focus|scene", 0.85),
    ("do|does not ~1 fit|suit|match|meet|work|belong ~3 our|us|budget|needs|requirements|plans|strategy|with|for", 0.82),
    ("not ~2 ready|able|prepared|willing to ~1 buy|commit|invest|spend|pay|sign|take|go|move|change|switch|do", 0.84),
    ("do not ~2 intend|plan|mean|want to ~2", 0.8),
    ("do not do|buy|use|work|deal|have|sell ~2 this|that|such|these|software|any|with|things|much", 0.7),
    ("no ~2 budget|money|funds|cash ~3 left|available|for|this|until|in|at", 0.82),
    ("not ~1 take|taking|pursue|pursuing|progress|progressing ~2 further|forward|on|up", 0.86),
    ("nothing ~3 come|comes|came|become|happen|more ~2", 0.72),
    ("do not expect ~2 anything|any|an|us|much", 0.8),
    ("will|would not ~2 do|use|buy|try|touch ~1 it|this|that|again|one", 0.86),
    ("not ~2 of ~1 interest", 0.9),
    ("not ~2 our interest", 0.85),
    ("can not ~2 adopt|introduce|implement|choose|select|support|recommend|fund|finance", 0.86),
    ("not ~2 release|approve|grant|fund|finance", 0.8),
    ("not ~1 really have|need|see|use", 0.76),
    ("will|would never ~2 look|use|need|buy|pay|work|open|touch|read", 0.84),
    ("not ~1 convince|persuade|sway us|me|him|her|them", 0.86),
    ("not ~2 relevant|applicable|needed|required|necessary|useful ~1 for|to|at|anymore|any|$", 0.85),
    ("not ~1 relevant", 0.82),
    ("not ~2 right|good|best fit", 0.88),
    ("will|would|shall not ~1 buy|order|purchase|invest|subscribe|participate", 0.88),
    ("not ~2 give|make ~3 continuation|sequel|follow", 0.84),
];

/// "We signed with Camlane": the name after the row is a rival's.
const RIVAL: &[&str] =
    &["signed|signing|gone|went|going|go with", "chose|chosen|picked|selected", "bought|ordered|switched ~2 from|to"];

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
    ("order|take|buy ~2 #|two|three|four|five|six|eight|ten|twelve|dozen|first", 0.74),
    ("we|i confirm ~1 order", 0.9),
    ("i|we ~2 am|are|be ~3 interested", 0.84),
    ("^ ~2 interested", 0.82),
    ("is|are|very|really|quite|find ~3 interesting|interests|interest ~2 us|me|for|to", 0.8),
    ("interests|interest ~2 us|me ~2", 0.8),
    ("we|i ~1 have ~2 interest", 0.8),
    ("would be ~2 interested", 0.8),
    ("^ ~1 yes please", 0.95),
    ("^ ~1 yes ~1 we|it|this|i|that|absolutely|definitely|of|let|go|sign|interested|do", 0.82),
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
    ("foolish|mad|crazy|stupid|silly not to", 0.85),
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
    ("like|want|take|have|order|buy ~1 #|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen ~2", 0.72),
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
];

/// Read as they stand.
#[rustfmt::skip]
const NO_PLAIN: &[(&str, f64)] = &[
    ("budget|budgets|books ~2 closed|finished|complete|done|full", 0.78),
];

/// Read as they stand: questions that only somebody asks who wants it, and plans.
#[rustfmt::skip]
const YES_PLAIN: &[(&str, f64)] = &[
    ("we ~1 start|begin ~1 in|on|with|from", 0.8),
    ("how|where do|can|should ~1 i|we ~2 start|begin|sign|order|buy|join|subscribe|proceed", 0.82),
    ("what ~4 need ~3 start|begin|proceed|go|sign|order", 0.8),
    ("who|where ~3 send|address ~2 order|po|contract|purchase", 0.8),
];

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
    "all ~1 good|set|ready|fine for|on|with|at",
    "weekend|evening|christmas|holiday|holidays",
    "please find ~1 attached",
    "see attached",
    "confirm ~3 receipt|received|got",
];

/// With one of these, a no is a "not now".
#[rustfmt::skip]
const LATER: &[&str] = &[
    "come|get|check|circle|reach|write|call|try|contact ~3 back|again|me|us|out ~4 in|next|after|at|around|towards|when|later",
    "come back ~3 in|on|next|after|later|towards",
    "revisit|reconsider|look|discuss|think|talk|pick|review ~4 again|in|next|after|later|then",
    "not before|until ~3 next|q1|q2|q3|q4|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|fall",
    "maybe|perhaps|possibly ~2 next|later|in",
    "not ~2 right now",
    "next year|quarter|season",
    "at this|the time|moment",
];

struct Tables {
    stop: Vec<Row>,
    stop_negated: Vec<Row>,
    others: Vec<Pattern>,
    no: Vec<Row>,
    no_negated: Vec<Row>,
    no_plain: Vec<Row>,
    no_hints: Vec<Row>,
    rival: Vec<Pattern>,
    yes: Vec<Row>,
    yes_plain: Vec<Row>,
    later: Vec<Pattern>,
    settled: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    stop: rows(STOP),
    stop_negated: rows(STOP_NEGATED),
    others: table(OTHERS),
    no: stemmed(NO),
    no_negated: stemmed(NO_NEGATED),
    no_hints: stemmed(NO_HINTS),
    no_plain: rows(NO_PLAIN),
    rival: table(RIVAL),
    yes: stemmed(YES),
    yes_plain: rows(YES_PLAIN),
    later: table(LATER),
    settled: table(SETTLED),
});

/// Wishes for no more mail.
pub(crate) fn stops(text: &Text<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.stop, Guard::All);
    found.extend(find(text, &TABLES.stop_negated, Guard::Negating));
    found.retain(|cue| {
        let tokens = text.said[cue.said].tokens();
        !TABLES.others.iter().any(|pattern| pattern.find(tokens).is_some())
    });
    found
}

/// Refusals.
pub(crate) fn noes(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.no, Guard::All);
    found.extend(find(text, &TABLES.no_negated, Guard::Negating));
    found.extend(find(text, &TABLES.no_plain, Guard::All));
    found.extend(find(text, &TABLES.yes, Guard::Turned).into_iter().filter_map(|cue| turned(text, cue)));
    found.retain(|cue| !text.said[cue.said].asks(cue.words.start) && !is_about_time(text, cue));
    found.extend(rivals(text, mail));
    found
}

/// "Thursday does not work for me" refuses a day.
fn is_about_time(text: &Text<'_>, cue: &Cue) -> bool {
    const VERBS: [&str; 7] = ["work", "works", "suit", "suits", "fit", "fits", "make"];
    const SPANS: [&str; 6] = ["week", "day", "month", "morning", "afternoon", "hour"];
    const FITS: [&str; 6] = ["good", "great", "best", "ideal", "convenient", "possible"];
    let tokens = &text.said[cue.said].tokens()[text.said[cue.said].clause_of(cue.words.start)];
    let holds = |words: &[&str]| tokens.iter().any(|token| words.contains(&token.word.as_str()));
    names_time(tokens) && holds(&VERBS) || holds(&SPANS) && holds(&FITS)
}

/// A yes with a "not" before it is a no: "we will not sign" is, "we have not signed
/// yet" and "we cannot start before May" are not. "We cannot agree to clause 4"
/// bargains.
fn turned(text: &Text<'_>, cue: Cue) -> Option<Cue> {
    const OPEN: [&str; 11] =
        ["yet", "before", "until", "till", "without", "unless", "still", "only", "objection", "objections", "wait"];
    const BARGAINS: [&str; 6] = ["agree", "accept", "approve", "confirm", "sign", "happy"];
    /// Less than decides.
    const BARGAINED: f64 = 0.66;
    let said = &text.said[cue.said];
    let clause = said.clause_of(cue.words.start);
    let open = said.tokens()[clause].iter().any(|token| OPEN.contains(&token.word.as_str()));
    let bargains = said.tokens()[cue.words.clone()].iter().any(|token| BARGAINS.contains(&token.word.as_str()));
    (cue.weight >= PLAIN && !open).then(|| Cue { weight: if bargains { BARGAINED } else { cue.weight }, ..cue })
}

/// "We signed with Camlane."
fn rivals(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    /// A company named as the choice.
    const NAMED: f64 = 0.85;
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate().filter(|(_, said)| !said.sentence.question) {
        let tokens = said.tokens();
        for pattern in &TABLES.rival {
            let Some((from, to)) = pattern.find(tokens) else { continue };
            let Some(name) = tokens.get(to).filter(|token| token.capital && token.word != "i") else { continue };
            let exact = name.word.clone();
            let ours = mail.is_own_name(&exact) || mail.own_names.iter().any(|own| own.to_lowercase().contains(&exact));
            let us = tokens[..from].iter().any(|token| matches!(token.word.as_str(), "we" | "i" | "management"));
            if us && !ours && !crate::cue::negated(tokens, from) {
                out.push(Cue { weight: NAMED, said: at, words: from..to + 1 });
            }
        }
    }
    out
}

/// Whether a mail says that nothing waits for us.
pub(crate) fn is_settled(text: &Text<'_>) -> bool {
    text.said.iter().any(|said| TABLES.settled.iter().any(|row| row.find(said.tokens()).is_some()))
}

/// Small signs of a refusal, taken together: several sentences that each say a
/// little.
pub(crate) fn small_noes(text: &Text<'_>) -> Option<Cue> {
    together(&find(text, &TABLES.no_hints, Guard::Quoted))
}

/// Friendly words, taken together.
pub(crate) fn small_yeses(yeses: &[Cue]) -> Option<Cue> {
    together(yeses)
}

/// Independent signs: how likely it is that not all of them mislead.
fn together(cues: &[Cue]) -> Option<Cue> {
    /// A sum of small signs is never surer than one plain word.
    const MOST: f64 = 0.76;
    let best = crate::cue::surest(cues)?;
    let none = cues.iter().map(|cue| 1.0 - cue.weight).product::<f64>();
    Some(Cue { weight: (1.0 - none).min(MOST), ..best.clone() })
}

/// Whether a refusal names a time to come back.
pub(crate) fn is_later(text: &Text<'_>, cue: &Cue) -> Option<usize> {
    let near = cue.said..text.said.len().min(cue.said + 4);
    near.into_iter().find(|at| {
        let tokens = text.said[*at].tokens();
        TABLES.later.iter().any(|pattern| pattern.find(tokens).is_some())
    })
}

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
        !said.asks(cue.words.start) && !receipt && !wrong
    });
    found.extend(find(text, &TABLES.yes_plain, Guard::All));
    found.extend(chosen(text, mail));
    found
}

/// "The committee has selected Fernwell": our name after the row.
fn chosen(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    /// We are named as the choice.
    const NAMED: f64 = 0.9;
    let mut out = Vec::new();
    for (at, said) in text.said.iter().enumerate().filter(|(_, said)| !said.sentence.question) {
        let tokens = said.tokens();
        let found = TABLES.rival.iter().find_map(|pattern| pattern.find(tokens));
        let Some((from, to)) = found.filter(|(from, _)| !crate::cue::negated(tokens, *from)) else { continue };
        if tokens.get(to).is_some_and(|token| mail.is_own_name(&token.word)) {
            out.push(Cue { weight: NAMED, said: at, words: from..to + 1 });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        let t = &*TABLES;
        assert!(
            [&t.others, &t.rival, &t.later, &t.settled].iter().all(|table| table.iter().all(Pattern::is_well_formed))
        );
        for table in [STOP, STOP_NEGATED, NO, NO_HINTS, NO_NEGATED, NO_PLAIN, YES, YES_PLAIN] {
            for (row, weight) in table {
                assert!(Pattern::new(row).is_well_formed() && (0.2..1.0).contains(weight), "{row}");
            }
        }
    }
}

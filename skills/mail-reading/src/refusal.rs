//! No, and "not now": a no with a time to come back.

use std::sync::LazyLock;

use skillhost_language::{Pattern, Token, table};

use crate::assent::{PLAIN, unheard};
use crate::cue::{Cue, Guard, Row, find, meant, negated, rows, stemmed, together};
use crate::mail::Mail;
use crate::pending::{awaits, is_outstanding};
use crate::text::{Said, Text};
use crate::times::names_time;

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
    ("try|ask|come|call|ring|write|get|check|chase|remind|shout|bell|ping|nudge ~3 again|back|in|next|after ~2 january|february|march|april|may|june|july|august|september|october|november|december|year|spring|summer|autumn|winter|quarter|season", 0.6),
    ("lot|load of money", 0.45),
    ("argued|fought|tried|pushed ~3 other|hard|best|case|way|corner", 0.45),
    ("felt|thought|concluded|reckoned|decided", 0.2),
    ("maybe|perhaps ~1 give|leave|try ~1 it ~1 year|month|season", 0.6),
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
    ("offer|proposal|bid is|was|has ~2 rejected|declined|refused", 0.88),
    ("decided|chosen|opted|resolved|elected|agreed|voted|advised|ruled ~1 against|not", 0.9),
    ("against ~1 it|this|the ~1 purchase|project|proposal|idea|plan", 0.82),
    ("decided|chose|chosen|opted|gone|went|going|signed|signing|go|settled|sticking|found|bought|ordered|selected|picked|awarded ~4 another|other|different|competitor|someone|somebody|rival|elsewhere|alternative|cheaper|local", 0.88),
    ("go|going|went|gone in|into|with|for a ~1 different|another|other", 0.9),
    ("another|different|other ~1 vendor|provider|supplier|company|solution|bidder|tool|system ~3 instead|won|chosen|selected|got", 0.85),
    ("renewed|extended|prolonged ~3 with|our|the|for ~3 current|existing|present|old|vendor|supplier|provider|contract|year|years", 0.82),
    ("it is|was|be|remains ~1 a no", 0.9),
    ("it is|was|be|remains ~1 no $", 0.9),
    ("is|remains|be no from|for", 0.9),
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
    ("leave it there|be", 0.82),
    ("happy|satisfied|content|fine|well|served|comfortable ~2 with ~3 what|current|existing|present|provider|supplier|vendor|setup|we|have", 0.82),
    ("already have|use|got|using|work|working|covered|sorted ~6 for|with|that|in place|one|and", 0.74),
    ("already ~2 have|use|got ~2 something|a|an|one|our|someone|somebody", 0.74),
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
    ("all set|sorted $", 0.74),
    ("give|giving ~4 a miss|pass", 0.88),
    ("blocked|vetoed|killed|rejected|refused|declined|overruled|denied ~3 purchase|it|project|this|us|budget|request|idea|spend|investment", 0.85),
    ("money|budget|funds ~3 elsewhere|spent|allocated", 0.78),
    ("second choice|place|best", 0.8),
    ("came|finished second", 0.8),
    ("so|and|just no thanks|thank", 0.88),
    ("no thanks $", 0.88),
    ("says|said|say no", 0.86),
    ("i|we|would ~2 rather not $", 0.86),
    ("i|we|would ~2 rather not ~1 go|buy|proceed|do|spend|commit|change|switch|continue|pursue|take|use|have", 0.88),
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
    ("pull|pulled|pulling the plug on", 0.88),
    ("step|pull|bow|back|drop ~1 back|out|away|down from|of", 0.85),
    ("hell|pigs ~1 freezes|fly", 0.9),
    ("over my dead", 0.9),
    ("budget|funding|money|project ~4 pulled|withdrawn|vanished|disappeared|evaporated", 0.83),
    ("in your dreams", 0.85),
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
    ("budget|money|funds ~3 exhausted|spent|used|frozen|cut|tight|slashed", 0.74),
    ("spending|hiring|investment|purchasing freeze|stop|ban|moratorium", 0.82),
    ("freeze on|of ~2 spending|purchases|investment|budgets|projects|new", 0.82),
    ("back burner", 0.85),
    ("bottom of ~2 list", 0.8),
    ("other priorities|fish", 0.76),
    ("other things ~3 first|priority", 0.76),
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
    ("no ~1 new|further|extra|additional|discretionary ~1 spend|spending|project|supplier|purchase|investment|commitment|expenditure", 0.84),
    ("going|have|afraid|sorry|had ~4 let|leave you ~1 down|hanging", 0.82),
    ("^ ~1 nah|nope ~2 you|we|i|not|thanks|mate|ta|cheers", 0.86),
    ("we|i are|am ~1 sorted|covered ~2 $", 0.76),
    ("let|letting ~4 people|staff|workers|employees go", 0.74),
    ("redundancies|laid off", 0.7),
    ("have|going|afraid|sorry ~3 disappoint you", 0.82),
    ("do|doing nothing ~1 for|now|this|at|yet|about", 0.82),
    ("decide|decided|prefer|choose|going ~1 to ~1 do nothing", 0.88),
    ("mixed|confused|mistaken ~3 with|for somebody|someone|another", 0.74),
    ("no way|chance|hope|prospect|earthly ~1 i|we|of|that|they|this|it|he|she", 0.84),
    ("argue|compete with free", 0.82),
    ("wrong|too ~1 size|small ~2 for you", 0.82),
    ("^ let us not", 0.86),
    ("built|build|made|develop|developed|done|written ~3 in house", 0.82),
    ("nothing|little|no|zero ~2 left|spare ~2 pot|budget|kitty|bank|year|account", 0.84),
    ("we|i are|am ~1 sorted|covered ~1 for|thanks|already|by", 0.78),
    ("bigger|other|more|enough ~2 fires|fish|battles|worries ~2 to put|fry|fight|fighting|already", 0.78),
    ("project|plan|it|this|budget|idea|scheme|initiative ~4 canned|binned|nixed|mothballed|ditched|knocked|kyboshed|spiked|pulled|iced|kicked", 0.83),
    ("imposed|mandated|dictated|prescribed ~3 supplier|vendor|system|provider|solution|tool", 0.8),
    ("wait|hold|sit ~1 another|until ~1 year|season|budget|q1|q2|q3|q4", 0.76),
    ("call it a day|quits", 0.84),
    ("draw|drawn|drawing|drew ~1 line|stumps ~2", 0.84),
    ("go|went|go ~2 other|cheaper|local ~1 lot|people|crowd|guys|firm|outfit|way", 0.86),
    ("no ~1 appetite|stomach", 0.88),
    ("ship|boat|moment has ~1 sailed|passed", 0.82),
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
    ("leave ~1 this|it|that one|for", 0.78),
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
    ("not ~1 this|in ~2 decade|century|lifetime|life|millennium", 0.88),
    ("not now $", 0.8),
    ("^ ~1 we|i are|am|do|will not ~2 afraid|sorry ~1 $", 0.86),
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
    ("not ~2 on ~1 anybody|our|my|the|anyone|their|this ~2 list|radar|agenda|horizon|roadmap|cards", 0.84),
    ("timing|time|moment ~2 not ~1 work|right|good|great|ideal|there", 0.84),
    ("not ~2 worth ~2 while|time|trouble|effort|bother", 0.88),
    ("not ~2 point ~1 in|of", 0.8),
    ("not ~1 touching|changing|starting|buying|signing|committing|looking|taking|doing ~2 anything|any|on|at|new ~1", 0.86),
    ("bid|tender|offer|proposal|submission|application|company|quote was|is|were|has|did not", 0.86),
    ("not ~1 among ~4", 0.84),
    ("not|no ~2 topic|subject|theme ~1 for us|me", 0.84),
    ("not ~1 one|something|anything ~1 that? i|we ~3 take|do|pursue|look|spend|go|champion|push|justify", 0.82),
    ("not ~1 this|for ~1 season|winter|summer|spring|budget|round", 0.8),
    ("not ~2 apply|relevant ~2 to|for us|me|our", 0.82),
    ("not ~1 get|got|have|find ~3 past|through|over ~2 board|committee|boss|finance|director|partners|owners", 0.84),
    ("not ~1 win|get|land ~1 contract|business|work|job|tender", 0.84),
    ("not ~2 see|picture|imagine ~2 us|me|ourselves|it|this ~2 buy|use|happen|work|need|do", 0.84),
];

/// Read as they stand.
#[rustfmt::skip]
const NO_PLAIN: &[(&str, f64)] = &[
    ("money|budget|funds ~2 gone", 0.78),
    ("money|budget|funds went|goes on|into|to|elsewhere", 0.78),
    ("budget|budgets|books ~2 closed|finished|complete|done|full", 0.78),
];

/// "We signed with Camlane": the name after the row is a rival's.
pub(crate) const RIVAL: &[&str] = &[
    "signed|signing|gone|went|going|go with",
    "signed|committed|contracted|tied up|a|for|again|another|back|until|till ~4 with",
    "chose|chosen|picked|selected",
    "bought|ordered|switched ~2 from|to",
];

/// With one of these, a no is a "not now".
#[rustfmt::skip]
const LATER: &[&str] = &[
    "come|get|check|circle|reach|write|call|try|contact ~3 back|again|me|us|out ~4 in|next|after|at|around|towards|when|later",
    "come back ~3 in|on|next|after|later|towards",
    "get|check|circle|reach|write|call|try|contact ~3 back|again|me|us|out ~2 on ~1 #",
    "revisit|reconsider|look|discuss|think|talk|pick|review ~4 again|in|next|after|later|then",
    "not before|until ~3 next|q1|q2|q3|q4|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|fall",
    "maybe|perhaps|possibly ~2 next|later|in",
    "not ~2 right now",
    "next year|quarter|season|spring|summer|autumn|winter",
    "in|after|come|until|till|from january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter",
    "give it|this ~1 year|month|months|season",
    "at this|the time|moment",
];

/// The small print of tenders and notices refuses nothing.
const PRINTED: &[&str] = &[
    "bound|obliged to accept",
    "not ~2 meet|reimburse|bear|cover|refund|pay ~3 cost|costs|expense|expenses",
    "late responses|submissions|tenders|bids|proposals",
    "invoices|deliveries|goods|orders without ~6",
    // Somebody who cannot tell asks.
    "options|fees|penalty|procedure|cost|costs|notice|how ~3 end|ending|cancel|cancelling|terminate|terminating|leave|leaving",
    "not ~2 be|do|live|manage|go|cope|work|imagine ~2 without",
    "you ~1 not need to",
    "can not wait",
    "there was|were no need|reason|point",
    "wants|want|like it|them|this to stop",
    "told|wrote|said you|we ~2 we|i were|was",
    "not ~2 work|figure|make|tell|understand|find|know|remember ~1 what|how|why|which|whether|who|where|when",
    // It happens to a rival.
    "supplier|provider|vendor|competitor|one|lot ~3 being|been|was|got|getting bought|acquired|sold|taken|swallowed",
    // A paper is bargained about.
    "clause|clauses|annex|subprocessors|indemnity|liability|redlines|redline",
];

struct Tables {
    printed: Vec<Pattern>,
    plain: Vec<Row>,
    no: Vec<Row>,
    negated: Vec<Row>,
    hints: Vec<Row>,
    rival: Vec<Pattern>,
    later: Vec<Pattern>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    printed: table(PRINTED),
    plain: rows(NO_PLAIN),
    no: stemmed(NO),
    negated: stemmed(NO_NEGATED),
    hints: stemmed(NO_HINTS),
    rival: table(RIVAL),
    later: table(LATER),
});

/// Refusals.
pub(crate) fn noes(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
    let mut found = find(text, &TABLES.no, Guard::All);
    found.extend(find(text, &TABLES.negated, Guard::Negating));
    found.extend(find(text, &TABLES.plain, Guard::All));
    found.extend(unheard(text).into_iter().filter_map(|cue| turned(text, cue)));
    found.retain(|cue| {
        !text.said[cue.said].asks(cue.words.start)
            && !text.said[cue.said].asks_unmarked(cue.words.end - 1)
            && !is_about_time(text, cue)
            && !is_of_others(text, cue, mail)
            && !is_outstanding(text, cue)
    });
    found.extend(rivals(text, mail));
    found
}

/// "Pass it on to": this near, words.
const HANDED_ON: usize = 3;

/// What is refused is not ours: "against Camlane", "against doing it ourselves",
/// "you do not need to do anything", the small print of a tender.
fn is_of_others(text: &Text<'_>, cue: &Cue, mail: &Mail<'_>) -> bool {
    let said = &text.said[cue.said];
    let tokens = said.tokens();
    let clause = said.clause_of(cue.words.start);
    // "You came second" tells of ours.
    const OUTCOMES: [&str; 12] = [
        "second",
        "selected",
        "successful",
        "unsuccessful",
        "shortlisted",
        "chosen",
        "win",
        "won",
        "awarded",
        "runner",
        "get",
        "down",
    ];
    let outcome = tokens[cue.words.clone()].iter().any(|token| OUTCOMES.contains(&token.word.as_str()));
    let you = !outcome
        && (cue.words.start > clause.start && tokens[cue.words.start - 1].word == "you"
            || tokens[cue.words.clone()].first().is_some_and(|token| token.word == "you"));
    let printed = TABLES.printed.iter().any(|row| row.find(tokens).is_some());
    let after = &tokens[cue.words.end.min(clause.end)..clause.end];
    let against = cue.words.end > 0 && tokens[cue.words.end - 1].word == "against";
    let rival = after.first().is_some_and(|name| {
        name.capital
            && name.word.len() > 1
            && !mail.is_own_name(&name.word)
            && !mail.own_names.iter().any(|own| own.to_lowercase().contains(&name.word))
    });
    let own_work = after.first().is_some_and(|verb| matches!(verb.word.as_str(), "doing" | "building" | "making"))
        && after.iter().any(|word| matches!(word.word.as_str(), "ourselves" | "house" | "internally" | "inhouse"));
    // "I will pass it to my team" hands it on.
    let hands_on = tokens[cue.words.clone()].iter().any(|token| token.word.starts_with("pass"))
        && after.iter().take(HANDED_ON).any(|token| matches!(token.word.as_str(), "to" | "along" | "round" | "over"));
    you || printed || hands_on || against && (rival || own_work)
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
    const BARGAINS: [&str; 8] = ["agree", "accept", "acceptable", "approve", "confirm", "sign", "happy", "comfortable"];
    /// Less than decides.
    const BARGAINED: f64 = 0.66;
    let said = &text.said[cue.said];
    let clause = said.clause_of(cue.words.start);
    let open = said.tokens()[clause].iter().any(|token| OPEN.contains(&token.word.as_str()));
    let bargains = said.tokens()[cue.words.clone()].iter().any(|token| BARGAINS.contains(&token.word.as_str()));
    (cue.weight >= PLAIN && !open).then_some(Cue { weight: if bargains { BARGAINED } else { cue.weight }, ..cue })
}

/// "We signed with Camlane."
pub(crate) fn rivals(text: &Text<'_>, mail: &Mail<'_>) -> Vec<Cue> {
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
            let variant = ["option", "plan", "package", "variant", "version"].contains(&exact.as_str());
            if us && !ours && !variant && !negated(tokens, from) && !meant(&tokens[..to]) {
                out.push(Cue { weight: NAMED, said: at, words: from..to + 1 });
            }
        }
    }
    out
}

/// How surely "thank you, but" declines where nothing is asked.
const DECLINES: f64 = 0.66;

/// "Thank you but I have been doing this for forty years."
fn thanks_but(said: &Said) -> bool {
    const OPENING: usize = 4;
    let tokens = said.tokens();
    matches!(tokens[0].word.as_str(), "thanks" | "thank" | "thx" | "cheers")
        && tokens.iter().take(OPENING).position(|token| token.word == "but").is_some_and(|but| {
            tokens.get(but + 1).is_some_and(|subject| matches!(subject.word.as_str(), "i" | "we" | "our" | "my"))
        })
}

/// Small signs of a refusal, taken together: several sentences that each say a
/// little.
pub(crate) fn small_noes(text: &Text<'_>) -> Option<Cue> {
    let mut signs = find(text, &TABLES.hints, Guard::Quoted);
    signs.extend(text.said.iter().enumerate().filter(|(_, said)| thanks_but(said)).map(|(at, said)| Cue {
        weight: DECLINES,
        said: at,
        words: 0..said.tokens().len(),
    }));
    together(&signs)
}

/// Refusals that hang on what we do: they wait for an answer.
pub(crate) fn outstanding(text: &Text<'_>) -> Vec<Cue> {
    /// It waits for us.
    const WAITS: f64 = 0.76;
    let mut found = find(text, &TABLES.no, Guard::All);
    found.extend(find(text, &TABLES.negated, Guard::Negating));
    found.extend(unheard(text));
    found.retain(|cue| cue.weight >= WAITS && awaits(&text.said[cue.said], cue));
    found.into_iter().map(|cue| Cue { weight: WAITS, ..cue }).collect()
}

/// Whether words name a time to come back.
pub(crate) fn names_later(tokens: &[Token]) -> bool {
    TABLES.later.iter().any(|pattern| pattern.find(tokens).is_some())
}

/// Whether a refusal names a time to come back.
pub(crate) fn is_later(text: &Text<'_>, cue: &Cue) -> Option<usize> {
    let near = cue.said..text.said.len().min(cue.said + 4);
    near.into_iter().find(|at| names_later(text.said[*at].tokens()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse() {
        assert!(
            [&TABLES.printed, &TABLES.rival, &TABLES.later]
                .iter()
                .all(|table| table.iter().all(Pattern::is_well_formed))
        );
        for (row, weight) in NO.iter().chain(NO_HINTS).chain(NO_NEGATED).chain(NO_PLAIN) {
            assert!(Pattern::new(row).is_well_formed() && (0.2..1.0).contains(weight), "{row}");
        }
    }
}

//! Word classes that patterns name as `@class`.
//!
//! To add a class, add a row to [`CLASSES`]; to add a word, put it in its row.

use std::sync::LazyLock;

use crate::wordset::WordSet;

/// All classes.
const CLASSES: &[(&str, &[&str])] = &[
    ("adv", ADVERBS),
    ("role", ROLES),
    ("leader", LEADERS),
    ("body", BODIES),
    ("report", REPORTING),
    ("hedge", HEDGES),
    ("send", SEND),
    ("prepare", PREPARE),
    ("schedule", SCHEDULE),
    ("action", ACTIONS),
    ("meeting", MEETING),
    ("arranged", ARRANGED),
    ("content", CONTENT),
    ("paper", PAPERS),
    ("pricing", PRICING),
    ("proposal", PROPOSAL),
    ("contract", CONTRACT),
    ("access", ACCESS),
    ("plan", PLAN),
    ("pronoun", PRONOUNS),
    ("vendorish", VENDORISH),
    ("money", MONEY),
    ("amount", AMOUNTS),
    ("trouble", TROUBLE),
    ("when", WHEN),
    ("month", MONTHS),
    ("season", SEASONS),
    ("event", EVENTS),
    ("ordinal", ORDINALS),
];

/// Words between a subject and its verb that change nothing.
#[rustfmt::skip]
pub(crate) const ADVERBS: &[&str] = &[
    "just", "actually", "also", "definitely", "certainly", "absolutely", "gladly", "happily", "personally",
    "quickly", "simply", "then", "still", "now", "of", "course", "really", "basically", "today", "tomorrow",
    "immediately", "directly", "again", "well", "sure", "separately", "myself", "both", "all", "even",
];

/// Words that take the force out of a promise.
#[rustfmt::skip]
pub(crate) const HEDGES: &[&str] = &[
    "maybe", "perhaps", "possibly", "probably", "hopefully", "ideally", "potentially", "presumably", "someday",
    "eventually", "sometime",
];

/// Functions and bodies that have a say in a company.
#[rustfmt::skip]
const ROLES: &[&str] = &[
    "boss", "manager", "director", "vp", "ceo", "cfo", "cto", "cio", "ciso", "coo", "cro", "cmo", "president",
    "founder", "cofounder", "partner", "partners", "legal", "procurement", "finance", "security", "board",
    "committee", "team", "teams", "leadership", "management", "exec", "execs", "executive", "executives",
    "counsel", "lawyer", "lawyers", "controller", "head", "lead", "stakeholders", "stakeholder", "chief",
    "compliance", "purchasing", "operations", "ops", "engineering", "architect", "architects", "colleagues",
    "colleague", "supervisor", "owner", "svp", "evp", "accounting", "marketing", "hr",
    "bosses", "managers", "directors", "owners", "md", "gm", "chairman", "chairwoman", "chair", "treasurer", "bursar",
    "comptroller", "principal", "headmaster", "headmistress", "dean", "provost", "rector", "mayor", "commissioner",
    "minister", "superintendent", "foreman", "matron", "chef", "accountant", "bookkeeper", "solicitor", "attorney",
    "landlord", "franchisor", "council", "trustees", "governors", "members", "cooperative", "coop", "shareholders",
    "investors", "headquarters", "hq", "corporate", "ministry", "panel", "union", "elders", "auditor", "auditors",
    "parents", "wife", "husband", "spouse", "brother", "sister", "father", "mother", "dad", "mum", "mom", "mammy",
    "it_department", "daughter", "son", "uncle", "aunt", "cousin", "pastor", "vicar", "bank",
];

/// Those who lead.
#[rustfmt::skip]
const LEADERS: &[&str] = &[
    "boss", "director", "vp", "ceo", "cfo", "cto", "cio", "ciso", "coo", "cro", "cmo", "president", "founder",
    "cofounder", "partner", "partners", "board", "leadership", "management", "exec", "execs", "executive",
    "executives", "head", "chief", "owner", "owners", "md", "gm", "chairman", "chairwoman", "chair", "principal",
    "dean", "mayor", "superintendent", "committee", "council", "svp", "evp", "manager",
];

/// Bodies that sit and vote.
#[rustfmt::skip]
const BODIES: &[&str] = &[
    "board", "committee", "council", "trustees", "governors", "panel", "cooperative", "coop", "union", "elders",
    "shareholders", "partners", "jury", "commission", "parliament", "senate", "assembly", "cabinet",
];

/// Verbs that introduce somebody's words.
#[rustfmt::skip]
pub(crate) const REPORTING: &[&str] = &[
    "said", "told", "says", "saying", "asked", "mentioned", "promised", "claimed", "wrote", "texted", "tells",
    "thought", "thinks", "assured", "swore", "announced", "suggested", "replied", "goes", "heard", "believes",
    "claims", "figured", "wished", "wish", "pretend", "quote",
];

#[rustfmt::skip]
const SEND: &[&str] = &[
    "send", "email", "share", "forward", "get", "shoot", "drop", "fire", "pass", "provide", "circulate",
    "deliver", "attach", "mail", "text", "resend", "ship", "give", "bring", "show", "upload", "post", "distribute",
    "have", "ping", "hand", "submit", "supply", "slack", "copy", "publish", "return", "turn", "whatsapp", "fax",
    "sending", "emailing", "sharing", "forwarding", "getting", "providing", "shooting", "delivering",
];

#[rustfmt::skip]
const PREPARE: &[&str] = &[
    "prepare", "draft", "write", "build", "create", "assemble", "put", "pull", "work", "outline", "compile",
    "document", "update", "revise", "finalize", "finalise", "finish", "complete", "redo", "rework", "make",
    "design", "sketch", "map", "produce", "generate", "summarize", "summarise", "collect", "gather", "record",
    "preparing", "drafting", "writing", "building", "creating", "putting", "pulling", "updating",
];

#[rustfmt::skip]
const SCHEDULE: &[&str] = &[
    "schedule", "book", "arrange", "set", "put", "find", "grab", "block", "reschedule", "organize", "organise",
    "get", "setup", "pop", "throw", "drop", "plan", "hold", "do", "have", "jump", "hop", "coordinate",
    "scheduling", "booking", "arranging", "setting", "lock", "pencil", "confirm", "move", "send", "regroup",
];

/// Base forms that name a piece of work somebody can tick off.
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "send", "email", "share", "forward", "circulate", "deliver", "attach", "mail", "resend", "upload", "post",
    "publish", "submit", "distribute", "provide", "prepare", "draft", "write", "build", "create", "assemble",
    "outline", "compile", "document", "update", "revise", "finalize", "finalise", "finish", "complete",
    "rework", "redo", "design", "sketch", "produce", "generate", "summarize", "summarise", "collect", "gather",
    "schedule", "book", "arrange", "reschedule", "organize", "organise", "coordinate", "confirm", "introduce", "intro",
    "connect", "loop", "invite", "check", "verify", "review", "test", "investigate", "research", "analyze",
    "analyse", "evaluate", "compare", "implement", "fix", "deploy", "configure", "provision", "install",
    "migrate", "integrate", "enable", "disable", "add", "remove", "clean", "merge", "refactor", "monitor",
    "order", "buy", "pay", "invoice", "sign", "approve", "file", "register", "contact", "call", "notify", "remind",
    "inform", "ask", "clarify", "negotiate", "escalate", "assign", "hire", "recruit", "onboard", "train",
    "present", "circle", "follow", "proofread", "translate", "print", "scan", "copy", "record", "transcribe",
    "label", "annotate", "run", "measure", "calculate", "estimate", "define", "specify", "propose", "reply",
    "respond", "answer", "reserve", "set", "put", "pull", "pair", "sync", "validate", "audit", "archive",
    "back", "bring", "ping", "reach", "drop", "note", "mark", "track", "log", "open", "close", "resolve",
    "handle", "own", "drive", "lead", "start", "begin", "work", "communicate", "support", "redline", "renew",
    "get", "give", "make", "find", "have", "grab", "look", "meet", "talk", "speak", "tell", "pick", "shoot",
    "move", "change", "switch", "take", "cover", "include", "incorporate", "simulate", "script", "scope",
    "whatsapp", "fax", "draw", "visit", "raise", "chase", "ring", "phone", "text", "hook", "export",
    "request", "select", "apply", "roster", "extract", "inspect", "replace", "repair", "transfer", "swap", "cancel",
    "delete", "refund", "fill",
];

#[rustfmt::skip]
const MEETING: &[&str] = &[
    "meeting", "meetings", "call", "calls", "demo", "session", "sessions", "invite", "invites", "invitation", "calendar",
    "time", "chat", "sync", "workshop", "walkthrough", "slot", "slots", "appointment", "followup", "kickoff",
    "availability", "checkin", "webinar", "zoom", "conversation", "lunch", "coffee", "review", "times", "debrief",
    "minutes", "hour", "catchup", "readout", "demonstration", "demos", "visit", "tour", "huddle", "interview",
];

/// What people arrange, and words that stand for it.
#[rustfmt::skip]
const ARRANGED: &[&str] = &[
    "call", "calls", "meeting", "meetings", "demo", "chat", "session", "workshop", "review", "lunch", "coffee", "dinner",
    "breakfast", "visit", "slot", "appointment", "catchup", "walkthrough", "sync", "zoom", "conversation", "kickoff",
    "debrief", "tour", "webex", "huddle", "checkin", "minutes", "min", "mins", "hour", "invite", "invitation", "together",
    "time",
];

#[rustfmt::skip]
const CONTENT: &[&str] = &[
    "deck", "slides", "study", "studies", "pager", "whitepaper", "whitepapers", "paper", "papers", "documentation",
    "docs", "doc", "document", "documents", "recording", "link", "links", "brochure", "datasheet", "sheet", "video", "videos", "article",
    "articles", "materials", "material", "information", "info", "resources", "template", "templates", "report",
    "reports", "summary", "notes", "recap", "questionnaire", "guide", "guides", "spec", "specs", "specification",
    "example", "examples", "screenshots", "presentation", "overview", "benchmark", "benchmarks", "details",
    "checklist", "minutes", "collateral", "faq", "calculator", "soc2", "certificate", "certificates", "pdf",
    "file", "files", "samples", "sample", "playbook", "references", "reference", "roadmap", "spreadsheet", "writeup",
    "transcript", "analysis", "data", "diagram", "comparison", "content", "blueprint", "results", "list", "agenda",
    "drawings", "drawing", "package", "packet", "calculation", "calculations", "stats", "statistics", "forms",
    "photos", "pictures", "images", "catalog", "catalogue", "flyer", "leaflet", "booklet", "handbook", "manual",
    "instructions", "protocol", "policy", "readings", "logs", "chart", "charts", "graph", "graphs", "w9",
    "schematics", "testimonials", "testimonial", "assessment", "breakdown", "timetable", "clip", "addendum",
    "printout", "lists", "diagrams", "snapshot", "evidence", "schema", "factsheet", "figures",
];

/// What is written down or shown, by names that say little else, and so are no class of
/// their own above.
#[rustfmt::skip]
const PAPERS: &[&str] = &[
    "letter", "letters", "explanation", "confirmation", "position", "statement", "payback", "cause", "memo", "mockup",
    "form", "photo", "picture", "scan", "transcripts", "translation", "justification", "export", "excel",
    "findings", "footage", "screenshot", "extract", "dataset", "csv", "receipt",
    "warranty", "permit", "printouts", "powerpoint", "dossier",
];

#[rustfmt::skip]
const PRICING: &[&str] = &[
    "pricing", "price", "prices", "rates", "costs", "cost", "discount", "discounts", "tiers", "rate", "fee", "fees",
];

#[rustfmt::skip]
const PROPOSAL: &[&str] = &["proposal", "proposals", "quote", "quotes", "sow", "estimate", "bid", "offer", "quotation"];

#[rustfmt::skip]
const CONTRACT: &[&str] = &[
    "contract", "contracts", "agreement", "agreements", "msa", "nda", "dpa", "baa", "paperwork", "redlines",
    "docusign", "terms", "signature", "markup",
];

#[rustfmt::skip]
const ACCESS: &[&str] = &[
    "access", "credentials", "login", "logins", "sandbox", "trial", "account", "accounts", "workspace",
    "environment", "keys", "license", "licenses", "licence", "tenant", "seats", "permissions", "password", "instance",
];

#[rustfmt::skip]
const PLAN: &[&str] = &["plan", "plans", "timeline", "roadmap", "schedule", "agenda", "milestones", "rollout"];

#[rustfmt::skip]
const PRONOUNS: &[&str] = &["it", "that", "those", "them", "this", "these", "one", "something", "everything", "both"];

#[rustfmt::skip]
const VENDORISH: &[&str] = &[
    "vendor", "vendors", "option", "options", "solution", "solutions", "tool", "tools", "provider", "providers",
    "competitor", "competitors", "product", "products", "platform", "platforms", "company", "companies",
    "alternative", "alternatives", "supplier", "suppliers", "others", "agencies", "agency", "system", "systems",
];

#[rustfmt::skip]
const MONEY: &[&str] = &[
    "budget", "budgets", "funding", "funds", "money", "spend", "allocation", "cash", "grant", "grants", "loan",
    "financing", "subsidy", "capex", "opex", "dime",
];

/// How much of something, in words.
#[rustfmt::skip]
const AMOUNTS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty",
    "seventy", "eighty", "ninety", "dozen", "dozens", "hundred", "hundreds", "thousand", "thousands", "million",
    "half", "couple", "few", "several", "third", "quarter",
];

/// What goes wrong in any trade.
#[rustfmt::skip]
const TROUBLE: &[&str] = &[
    "errors", "mistakes", "delays", "returns", "breakdowns", "breakdown", "downtime", "outages", "complaints",
    "noshows", "cancellations", "queues", "waste", "shrinkage", "spoilage", "theft", "rework", "leaks",
    "failures", "crashes", "injuries", "incidents", "stockouts", "shortages", "backlog", "backlogs", "bottlenecks",
    "rejects", "scrap", "defects", "overtime", "chargebacks", "penalties", "fines", "disputes", "duplicates",
    "overbookings", "accidents", "stoppages", "interruptions", "misses", "breakages", "losses", "refunds", "churn",
];

/// Words that a date is made of.
#[rustfmt::skip]
const WHEN: &[&str] = &[
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "q1", "q2", "q3", "q4", "week", "weeks", "month", "months", "quarter", "year", "days", "summer", "fall",
    "autumn", "winter", "spring", "christmas", "monday", "tuesday", "wednesday", "thursday", "friday", "half", "asap",
    "immediately", "soon", "tomorrow", "today", "season",
];

#[rustfmt::skip]
const MONTHS: &[&str] = &[
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
];

#[rustfmt::skip]
const SEASONS: &[&str] = &["spring", "summer", "autumn", "fall", "winter"];

/// What something has to be ready for.
#[rustfmt::skip]
const EVENTS: &[&str] = &[
    "season", "inspection", "audit", "opening", "harvest", "holidays", "summer", "winter", "spring", "autumn", "easter",
    "christmas", "thanksgiving", "ramadan", "term", "semester", "school", "launch", "move", "election", "wedding",
    "festival", "fair", "deadline", "rush", "peak", "planting", "calving", "lambing", "tournament", "conference",
    "renovation", "handover", "winters", "rains", "snow", "frost", "migration", "exams", "elections", "games",
    "inspections", "audits", "accreditation", "certification",
];

#[rustfmt::skip]
const ORDINALS: &[&str] = &[
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "thirtieth",
];

/// The words of a class; none for an unknown name.
#[must_use]
pub fn class(name: &str) -> &'static [&'static str] {
    CLASSES.iter().find(|(class, _)| *class == name).map_or(&[], |(_, words)| words)
}

static SETS: LazyLock<Vec<(&str, WordSet)>> =
    LazyLock::new(|| CLASSES.iter().map(|(name, words)| (*name, WordSet::new(words.iter().copied()))).collect());
static BASE_VERBS: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(ACTIONS.iter().chain(IDLE_VERBS).copied()));

/// Whether a class holds a word.
#[must_use]
pub fn is(class_name: &str, word: &str) -> bool {
    SETS.iter().find(|(name, _)| *name == class_name).is_some_and(|(_, words)| words.has(word))
}

/// Base verbs that are no task: thinking, feeling, and running the meeting.
#[rustfmt::skip]
const IDLE_VERBS: &[&str] = &[
    "be", "need", "want", "like", "love", "think", "know", "see", "say", "admit", "mention", "agree", "guess",
    "hope", "believe", "remember", "miss", "stop", "pause", "let", "go", "come", "keep", "show", "wait", "hear",
    "jump", "hand", "turn", "leave", "try", "help", "use", "feel", "understand", "explain", "repeat",
    "skip", "continue", "sit", "stay", "listen", "watch", "read", "walk", "end", "finally", "appreciate", "do",
    "allow", "throw", "hop", "fire", "pass", "ship", "hold", "block", "text", "slack", "pop", "shoot",
];

/// Whether a word is a verb in its base form that this crate knows.
#[must_use]
pub fn is_base_verb(word: &str) -> bool {
    BASE_VERBS.has(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_words_and_no_word_twice() {
        for (name, words) in CLASSES {
            assert!(!words.is_empty(), "{name}");
            for (index, word) in words.iter().enumerate() {
                assert!(!words[..index].contains(word), "{name}: {word} twice");
            }
        }
        assert!(class("nothing").is_empty());
    }
}

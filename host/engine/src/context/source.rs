//! The sources there are, as one table: who may be shown them, what they are asked
//! with, how large an answer is, and what asking costs in fuel. What a source outside
//! costs in money, and how often it may be asked, an operator sets with its provider.
//!
//! [`Source::check`] is the only place where parameters are judged; whatever answers
//! gets them in one spelling, so that the same question is the same text.
//!
//! To add a source: a row of [`SOURCES`], its section in `docs/data.md`, who answers it
//! (the store, or a [`crate::provider::Provider`] and its shape in
//! [`crate::context::shape`]), and a type and a function in the SDK.

use serde_json::{Map, Value};

use super::page::{MAX_PAGE_BYTES, Paging};
use super::{MAX_ACTIVITIES, MAX_EMAILS, MAX_MEETINGS, MAX_NOTES, MAX_PRODUCTS, MAX_TASKS, ReadError, ReadErrorKind};
use crate::time::Timestamp;

/// One answer of tier 1 or 2, bytes: about what a model's prompt still takes. A page of a
/// list of tier 2 has [`MAX_PAGE_BYTES`].
pub const MAX_CONTEXT_BYTES: usize = 100 * 1024;
/// What a job keeps of tiers 1 and 2 for its later reads, bytes. What goes beyond it is
/// read anew by whoever asks.
pub const MAX_JOB_CONTEXT_BYTES: usize = 1024 * 1024;
/// A text that is read by id, bytes: a transcript of five hours of fast speech is
/// under 400 KB.
pub const MAX_TRANSCRIPT_BYTES: usize = 2 * 1024 * 1024;
/// One answer about days or of a provider, bytes: fifty mails of 4,000 characters, or
/// 500 events with their people.
pub const MAX_DAY_BYTES: usize = 1024 * 1024;
/// All such answers of a job together, bytes: each source twice.
pub const MAX_JOB_DAY_BYTES: usize = 8 * 1024 * 1024;
/// Characters of a parameter: a long address of a profile.
pub const MAX_PARAM_CHARS: usize = 1024;
/// Days that events are asked for at once: a quarter.
pub const MAX_CALENDAR_DAYS: i64 = 92;
/// Days that campaigns are asked for at once: a year and its leap day.
pub const MAX_CAMPAIGN_DAYS: i64 = 366;
/// What marks a source that is read as the whole org: `deal@org`, under a right
/// of its own, `context:deal@org`.
pub const ORG_SUFFIX: &str = "@org";

/// When a source is loaded, and what its answer counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Tier 1: the org and the rep. Conditions of a sequence see it.
    Org,
    /// Tier 2: the contact and what surrounds them.
    Contact,
    /// A text, by its id.
    ById,
    /// The rep's day: calendars, the inbox, the pipeline.
    Day,
    /// Tier 3: a provider answers, when the step that asks runs. May cost money.
    Outside,
}

impl Tier {
    /// Host calls' worth of fuel that a read costs beside its bytes: what the host has
    /// to do for it.
    pub fn weight(self) -> u64 {
        match self {
            Self::Org | Self::Contact | Self::ById => 1,
            // Several tables of the database, or hundreds of rows.
            Self::Day => 10,
            // As a fetch.
            Self::Outside => 20,
        }
    }

    /// Bytes of one answer.
    pub fn most_bytes(self) -> usize {
        match self {
            Self::Org | Self::Contact => MAX_CONTEXT_BYTES,
            Self::ById => MAX_TRANSCRIPT_BYTES,
            Self::Day | Self::Outside => MAX_DAY_BYTES,
        }
    }
}

/// What a parameter's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An id or name.
    Text,
    /// A mail address; kept in lower case.
    Address,
    /// A host's name; kept in lower case.
    Domain,
    /// An http or https address.
    Url,
    /// RFC 3339; kept in UTC with milliseconds.
    Instant,
    /// `YYYY-MM-DD`.
    Day,
    /// One of these.
    Word(&'static [&'static str]),
}

/// A parameter by name.
type Param = (&'static str, Kind);

/// Which parameters belong together.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Any of them, or none; whoever answers takes the first it knows.
    Any,
    /// All of one of these lists, and none of another list.
    OneOf(&'static [&'static [&'static str]]),
    /// At most one.
    AtMostOne,
    /// `from` and `until`, in this order and at most so many days apart.
    Span(i64),
}

/// A source as the host knows it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// What a skill names.
    pub name: &'static str,
    /// When it is loaded.
    pub tier: Tier,
    /// Whether it has an org-wide form: those that hide a record from others than its
    /// owner.
    pub org_wide: bool,
    /// Whether its answer depends on the time of asking, which the host passes as the
    /// parameter `now` (epoch milliseconds); no skill can.
    pub takes_now: bool,
    /// How it is handed over, where it is a list that can be read on.
    pub paging: Option<Paging>,
    params: &'static [Param],
    form: Form,
}

const fn source(name: &'static str, tier: Tier, params: &'static [Param]) -> Source {
    Source { name, tier, org_wide: false, takes_now: false, paging: None, params, form: Form::Any }
}

const fn owned(name: &'static str, tier: Tier, params: &'static [Param]) -> Source {
    Source { org_wide: true, ..source(name, tier, params) }
}

/// A list of tier 2.
const fn list(name: &'static str, rows: usize, order: &'static [&'static str], params: &'static [Param]) -> Source {
    let paging = Paging { rows, bytes: MAX_PAGE_BYTES, order };
    Source { paging: Some(paging), ..owned(name, Tier::Contact, params) }
}

const CONTACT_ID: Param = ("contact_id", Kind::Text);
const DEAL_ID: Param = ("deal_id", Kind::Text);
const COMPANY_ID: Param = ("company_id", Kind::Text);
const MEETING_ID: Param = ("meeting_id", Kind::Text);
const ID: Param = ("id", Kind::Text);
const OF_RECORD: &[Param] = &[CONTACT_ID, DEAL_ID];
const INSTANTS: &[Param] = &[("from", Kind::Instant), ("until", Kind::Instant)];
/// The kinds of templates.
pub const TEMPLATE_KINDS: [&str; 4] = ["proposal", "content", "pricing", "email"];

/// All of them.
pub const SOURCES: [Source; 27] = [
    source("org", Tier::Org, &[]),
    source("user", Tier::Org, &[]),
    source("features", Tier::Org, &[]),
    source("icp", Tier::Org, &[]),
    // A price list of which a part is missing misleads.
    Source {
        paging: Some(Paging { rows: MAX_PRODUCTS, bytes: MAX_CONTEXT_BYTES, order: &["name", "id"] }),
        ..source("products", Tier::Org, &[])
    },
    Source { takes_now: true, ..source("budget", Tier::Org, &[]) },
    // An address as it is, because nothing found is an answer too.
    owned("contact", Tier::Contact, &[CONTACT_ID, ("email", Kind::Text), DEAL_ID, MEETING_ID]),
    owned("company", Tier::Contact, &[COMPANY_ID, CONTACT_ID, DEAL_ID]),
    owned("deal", Tier::Contact, OF_RECORD),
    list("meetings", MAX_MEETINGS, &["started_at", "id"], &[CONTACT_ID, DEAL_ID, COMPANY_ID, MEETING_ID]),
    list("emails", MAX_EMAILS, &["at", "id"], OF_RECORD),
    list("activities", MAX_ACTIVITIES, &["at", "id"], OF_RECORD),
    list("tasks", MAX_TASKS, &["status", "created_at", "id"], OF_RECORD),
    list("notes", MAX_NOTES, &["at", "id"], OF_RECORD),
    owned("transcript", Tier::ById, &[ID, MEETING_ID]),
    owned("thread", Tier::ById, &[ID]),
    Source { form: Form::Span(MAX_CALENDAR_DAYS), ..source("calendar.events", Tier::Day, INSTANTS) },
    Source { form: Form::Span(MAX_CALENDAR_DAYS), ..source("calendar.busy", Tier::Day, INSTANTS) },
    Source { takes_now: true, ..source("inbox", Tier::Day, &[("since", Kind::Instant)]) },
    Source { takes_now: true, ..owned("pipeline", Tier::Day, &[]) },
    Source { takes_now: true, ..source("briefed", Tier::Day, &[]) },
    // What somebody is told about their own calls is nobody else's to read.
    source("coaching", Tier::Day, &[("since", Kind::Day)]),
    Source {
        form: Form::OneOf(&[&["email"], &["domain"]]),
        ..source("apollo", Tier::Outside, &[("email", Kind::Address), ("domain", Kind::Domain)])
    },
    Source {
        form: Form::OneOf(&[&["url"], &["email"], &["name", "company"]]),
        ..source(
            "linkedin",
            Tier::Outside,
            &[("url", Kind::Url), ("email", Kind::Address), ("name", Kind::Text), ("company", Kind::Text)],
        )
    },
    Source {
        form: Form::OneOf(&[&["company"], &["domain"]]),
        ..source("news", Tier::Outside, &[("company", Kind::Text), ("domain", Kind::Domain), ("since", Kind::Day)])
    },
    Source {
        form: Form::AtMostOne,
        ..source("templates", Tier::Outside, &[("kind", Kind::Word(&TEMPLATE_KINDS)), ID])
    },
    Source {
        form: Form::Span(MAX_CAMPAIGN_DAYS),
        ..source("campaigns", Tier::Outside, &[("from", Kind::Day), ("until", Kind::Day)])
    },
];

/// The stem of a source's name, and whether it is read as the whole org.
pub fn scope(source: &str) -> (&str, bool) {
    match source.strip_suffix(ORG_SUFFIX) {
        Some(stem) => (stem, true),
        None => (source, false),
    }
}

/// The source of a name as a skill writes it; `None` also for the org-wide form of one
/// that has none.
pub fn find(name: &str) -> Option<&'static Source> {
    let (stem, org_wide) = scope(name);
    SOURCES.iter().find(|source| source.name == stem && (source.org_wide || !org_wide))
}

/// Host calls' worth of fuel that asking for a source costs; a name of no source costs
/// as much as the host spends on saying so.
pub fn weight(name: &str) -> u64 {
    find(name).map_or(1, |source| source.tier.weight())
}

impl Source {
    /// What it is asked with.
    pub fn param_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.params.iter().map(|(name, _)| *name)
    }

    /// Bytes of one answer.
    pub fn most_bytes(&self) -> usize {
        self.paging.map_or_else(|| self.tier.most_bytes(), |paging| paging.bytes)
    }

    /// Behind which record an answer begins, by a cursor; `None` for the beginning.
    ///
    /// # Errors
    /// `InvalidParams`: it is no cursor of this source.
    pub fn place(&self, cursor: Option<&str>) -> Result<Option<Vec<String>>, ReadError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let place = self.paging.and_then(|paging| paging.place(cursor));
        place.map(Some).ok_or_else(|| self.refuse("this is no cursor of it".to_owned()))
    }

    /// The parameters in one spelling: those that are said, each as its kind is kept.
    ///
    /// # Errors
    /// `InvalidParams`, with what the source takes.
    pub fn check(&self, params: &Value) -> Result<Value, ReadError> {
        let mut said = Map::new();
        match params {
            Value::Null => {}
            Value::Object(fields) => {
                for (name, value) in fields {
                    let Some((_, kind)) = self.params.iter().find(|(known, _)| known == name) else {
                        let known: Vec<&str> = self.param_names().collect();
                        return Err(self.refuse(format!("unknown parameter `{name}`; it takes {known:?}")));
                    };
                    let text = match value {
                        Value::Null => continue,
                        Value::String(text) => text,
                        _ => return Err(self.refuse(format!("parameter `{name}` is a string"))),
                    };
                    if text.chars().count() > MAX_PARAM_CHARS {
                        return Err(self.refuse(format!("parameter `{name}` has at most {MAX_PARAM_CHARS} characters")));
                    }
                    let kept = kind.kept(text);
                    let kept = kept.ok_or_else(|| self.refuse(format!("parameter `{name}` is {}", kind.words())))?;
                    said.insert(name.clone(), Value::String(kept));
                }
            }
            _ => return Err(self.refuse("parameters are a JSON object".to_owned())),
        }
        self.belong_together(&said)?;
        Ok(Value::Object(said))
    }

    fn belong_together(&self, said: &Map<String, Value>) -> Result<(), ReadError> {
        match self.form {
            Form::Any => Ok(()),
            Form::AtMostOne if said.len() <= 1 => Ok(()),
            Form::AtMostOne => Err(self.refuse("takes one parameter at a time".to_owned())),
            Form::OneOf(forms) => {
                let in_a_form = |name: &str| forms.iter().any(|form| form.contains(&name));
                let formal: Vec<&str> = said.keys().map(String::as_str).filter(|name| in_a_form(name)).collect();
                let fits =
                    |form: &&&[&str]| form.len() == formal.len() && form.iter().all(|name| formal.contains(name));
                if forms.iter().any(|form| fits(&form)) {
                    return Ok(());
                }
                let ways: Vec<String> = forms.iter().map(|form| format!("`{}`", form.join("` and `"))).collect();
                Err(self.refuse(format!("takes {}", ways.join(", or "))))
            }
            Form::Span(days) => {
                let at = |name: &str| said.get(name).and_then(Value::as_str).and_then(ms);
                let (Some(from), Some(until)) = (at("from"), at("until")) else {
                    return Err(self.refuse("takes `from` and `until`".to_owned()));
                };
                if until <= from || until - from > days * crate::body::DAY_MS {
                    return Err(self.refuse(format!("`until` is after `from`, and at most {days} days after it")));
                }
                Ok(())
            }
        }
    }

    fn refuse(&self, message: String) -> ReadError {
        ReadError::new(ReadErrorKind::InvalidParams, format!("{}: {message}", self.name))
    }
}

/// An instant or a day in epoch milliseconds.
fn ms(text: &str) -> Option<i64> {
    let instant = || text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    instant().or_else(|| Some(day(text)?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

fn day(text: &str) -> Option<jiff::civil::Date> {
    // Longer texts are read as a day by the parser as well.
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

impl Kind {
    /// The text as it is kept; `None` where it is of another kind.
    fn kept(self, text: &str) -> Option<String> {
        let has_gap = text.chars().any(|c| c.is_whitespace() || c.is_control());
        match self {
            Self::Text => Some(text.to_owned()),
            Self::Address => {
                let (name, host) = text.split_once('@')?;
                (!has_gap && !name.is_empty() && is_host(host)).then(|| text.to_lowercase())
            }
            Self::Domain => (!has_gap && is_host(text)).then(|| text.to_lowercase()),
            Self::Url => {
                let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
                (!has_gap && !rest.is_empty()).then(|| text.to_owned())
            }
            Self::Instant => {
                let at: jiff::Timestamp = text.parse().ok()?;
                Some(Timestamp(at.as_millisecond()).rfc3339())
            }
            Self::Day => day(text).map(|day| day.to_string()),
            Self::Word(words) => words.contains(&text).then(|| text.to_owned()),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Address => "a mail address".to_owned(),
            Self::Domain => "a domain".to_owned(),
            Self::Url => "an http or https address".to_owned(),
            Self::Instant => "an instant, RFC 3339".to_owned(),
            Self::Day => "a day, YYYY-MM-DD".to_owned(),
            Self::Word(words) => format!("one of {words:?}"),
        }
    }
}

/// Names of hosts have dots between parts that are not empty, and no signs of addresses.
fn is_host(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn check(name: &str, params: Value) -> Result<Value, String> {
        find(name).unwrap().check(&params).map_err(|error| error.message)
    }

    #[test]
    fn names_are_unique_and_fit_a_right() {
        for (index, source) in SOURCES.iter().enumerate() {
            assert!(SOURCES[..index].iter().all(|other| other.name != source.name), "{}", source.name);
            assert!(format!("context:{}", source.name).parse::<crate::rights::Right>().is_ok(), "{}", source.name);
        }
    }

    #[test]
    fn what_hides_nothing_has_no_wider_form() {
        assert!(find("deal@org").is_some() && find("pipeline@org").is_some());
        for name in ["org@org", "calendar.busy@org", "apollo@org", "unheard-of", "deal@org@org", ""] {
            assert!(find(name).is_none(), "{name}");
        }
        assert_eq!((weight("org"), weight("inbox"), weight("apollo"), weight("unheard-of")), (1, 10, 20, 1));
    }

    #[test]
    fn a_list_can_be_read_on_and_nothing_else() {
        let place = |name: &str, cursor: &str| find(name).unwrap().place(Some(cursor));
        for source in &SOURCES {
            let is_list = matches!(source.name, "products" | "meetings" | "emails" | "activities" | "tasks" | "notes");
            assert_eq!(source.paging.is_some(), is_list, "{}", source.name);
            assert_eq!(source.place(None), Ok(None));
            assert!(source.most_bytes() <= source.tier.most_bytes());
        }
        assert_eq!(place("notes", r#"["t","n1"]"#).unwrap().unwrap(), ["t", "n1"]);
        assert_eq!(place("tasks@org", r#"["open","t","k1"]"#).unwrap().unwrap().len(), 3);
        for (name, cursor) in [("notes", "n1"), ("tasks", r#"["t","k1"]"#), ("deal", r#"["t","d1"]"#)] {
            assert_eq!(place(name, cursor).unwrap_err().kind, ReadErrorKind::InvalidParams, "{name} {cursor}");
        }
    }

    #[test]
    fn parameters_come_out_in_one_spelling() {
        for (name, given, kept) in [
            ("contact", json!({"email": "MIRA@x.test"}), json!({"email": "MIRA@x.test"})),
            ("contact", json!({"contact_id": "c1", "email": null}), json!({"contact_id": "c1"})),
            ("contact", json!({"meeting_id": "m1"}), json!({"meeting_id": "m1"})),
            ("org", Value::Null, json!({})),
            ("apollo", json!({"email": "Mira@Globex.test"}), json!({"email": "mira@globex.test"})),
            ("apollo", json!({"domain": "Globex.TEST"}), json!({"domain": "globex.test"})),
            (
                "news",
                json!({"company": "Globex", "since": "2026-11-01"}),
                json!({"company": "Globex", "since": "2026-11-01"}),
            ),
            ("linkedin", json!({"name": "Mira", "company": "Globex"}), json!({"name": "Mira", "company": "Globex"})),
            ("inbox", json!({"since": "2026-11-20T17:00:00+02:00"}), json!({"since": "2026-11-20T15:00:00.000Z"})),
            ("templates", json!({"kind": "email"}), json!({"kind": "email"})),
            ("templates", json!({}), json!({})),
            (
                "calendar.busy",
                json!({"from": "2026-11-20T00:00:00Z", "until": "2027-02-20T00:00:00Z"}),
                json!({"from": "2026-11-20T00:00:00.000Z", "until": "2027-02-20T00:00:00.000Z"}),
            ),
            (
                "campaigns",
                json!({"from": "2026-11-01", "until": "2026-11-08"}),
                json!({"from": "2026-11-01", "until": "2026-11-08"}),
            ),
        ] {
            assert_eq!(check(name, given.clone()), Ok(kept), "{name} {given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_does() {
        let span = |from: &str, until: &str| json!({"from": from, "until": until});
        for (name, given, says) in [
            ("deal", json!([]), "a JSON object"),
            ("deal", json!({"org_id": "globex"}), "unknown parameter `org_id`; it takes [\"contact_id\", \"deal_id\"]"),
            ("inbox", json!({"now": "2026-11-20T00:00:00Z"}), "unknown parameter `now`"),
            ("notes", json!({"after": "n1"}), "unknown parameter `after`"),
            ("deal", json!({"deal_id": 1}), "`deal_id` is a string"),
            ("deal", json!({"deal_id": "x".repeat(1025)}), "at most 1024 characters"),
            ("inbox", json!({"since": "yesterday"}), "an instant, RFC 3339"),
            ("inbox", json!({"since": "2026-11-20"}), "an instant, RFC 3339"),
            ("apollo", json!({}), "takes `email`, or `domain`"),
            ("apollo", json!({"email": "a@b.test", "domain": "b.test"}), "takes `email`, or `domain`"),
            ("apollo", json!({"email": "not an address"}), "a mail address"),
            ("apollo", json!({"email": "a@b@c.test"}), "a mail address"),
            ("apollo", json!({"domain": "https://globex.test/"}), "a domain"),
            ("linkedin", json!({"name": "Mira"}), "takes `url`, or `email`, or `name` and `company`"),
            ("linkedin", json!({"url": "javascript:alert(1)"}), "an http or https address"),
            ("news", json!({"since": "2026-11-01"}), "takes `company`, or `domain`"),
            ("news", json!({"company": "Globex", "since": "2026-11-01T00:00:00Z"}), "a day, YYYY-MM-DD"),
            ("templates", json!({"kind": "poem"}), "one of [\"proposal\""),
            ("templates", json!({"kind": "email", "id": "t1"}), "one parameter at a time"),
            ("calendar.events", json!({"from": "2026-11-20T00:00:00Z"}), "takes `from` and `until`"),
            ("calendar.events", span("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"), "`until` is after `from`"),
            ("calendar.busy", span("2026-11-20T00:00:00Z", "2027-02-20T00:00:01Z"), "at most 92 days"),
            ("campaigns", span("2026-02-30", "2026-03-01"), "a day, YYYY-MM-DD"),
            ("campaigns", span("2025-01-01", "2026-01-03"), "at most 366 days"),
        ] {
            let error = check(name, given.clone()).unwrap_err();
            assert!(error.contains(says) && error.starts_with(name), "{name} {given}: {error}");
        }
    }
}

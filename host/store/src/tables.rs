//! The tables that `load_data` fills, as data: names, fields, shapes, references.
//!
//! `docs/data.md` says the same in words. To add a table: its migration, an entry
//! in [`TABLES`] after those it refers to, a row in the document.

use skillhost_engine::context::TEMPLATE_KINDS;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Kept in lower case.
    Address,
    Addresses,
    Texts,
    Integer,
    Boolean,
    Instant,
    /// `YYYY-MM-DD`.
    Day,
    /// An IANA name.
    Zone,
    Object,
    /// A list of objects.
    Objects,
    /// Names and texts of a mail's headers; those that are kept, in lower case.
    Headers,
    /// People of an event: `{name, email?, response?}`.
    Attendees,
    /// Kept in a table of its own.
    Flags,
}

impl Shape {
    /// Whether the column keeps JSON text.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Addresses | Self::Texts | Self::Object | Self::Objects | Self::Headers | Self::Attendees)
    }
}

/// What an absent field becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Refused,
    Null,
    /// JSON text.
    Is(&'static str),
}

/// A field of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) absent: Absent,
    /// The table of the same org whose id it names.
    pub(crate) refers: Option<&'static str>,
}

/// A table of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) key: &'static [&'static str],
    pub(crate) fields: &'static [Field],
    /// The table that turns `contact_ids` around.
    pub(crate) links: Option<&'static str>,
    /// The word for its rows in `flags`.
    pub(crate) entity: Option<&'static str>,
}

const fn field(name: &'static str, shape: Shape, absent: Absent) -> Field {
    Field { name, shape, absent, refers: None }
}

const fn required(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Absent::Refused)
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    field(name, shape, Absent::Null)
}

const fn or(name: &'static str, shape: Shape, json: &'static str) -> Field {
    field(name, shape, Absent::Is(json))
}

const fn of(name: &'static str, table: &'static str) -> Field {
    Field { absent: Absent::Refused, ..to(name, table) }
}

const fn to(name: &'static str, table: &'static str) -> Field {
    Field { name, shape: Shape::Text, absent: Absent::Null, refers: Some(table) }
}

const ID: Field = required("id", Shape::Text);
const ORG: Field = required("org_id", Shape::Text);
const OWNER: Field = to("owner_id", "users");
const USER: Field = Field { absent: Absent::Refused, ..to("user_id", "users") };
const CONTACT: Field = to("contact_id", "contacts");
const COMPANY: Field = to("company_id", "companies");
const DEAL: Field = to("deal_id", "deals");
const CONTACTS: Field = Field { refers: Some("contacts"), ..or("contact_ids", Shape::Texts, "[]") };
const FIELDS: Field = or("fields", Shape::Object, "{}");
const FLAGS: Field = or("flags", Shape::Flags, "[]");

const fn table(name: &'static str, fields: &'static [Field]) -> Table {
    Table { name, key: &["org_id", "id"], fields, links: None, entity: None }
}

use Shape::{
    Address, Addresses, Attendees, Boolean, Headers, Instant, Integer, Object, Objects, Text, Texts, Word, Zone,
};

const HEADERS: Field = or("headers", Headers, "{}");
const FROM_NAME: Field = or("from_name", Text, "\"\"");
const CAMPAIGN: Field = of("campaign_id", "campaigns");

const fn count(name: &'static str) -> Field {
    or(name, Integer, "0")
}

/// All of them, in the order they are written.
pub(crate) const TABLES: [Table; 24] = [
    Table {
        key: &["id"],
        ..table("orgs", &[ID, required("name", Text), or("domains", Addresses, "[]"), or("settings", Object, "{}")])
    },
    table(
        "users",
        &[
            ID,
            ORG,
            required("name", Text),
            required("email", Address),
            or("zone", Zone, "\"UTC\""),
            or("admin", Boolean, "false"),
            or("signature", Text, "\"\""),
            or("preferences", Object, "{}"),
            to("manager_id", "users"),
        ],
    ),
    Table {
        key: &["kind", "external_id"],
        ..table(
            "connections",
            &[required("kind", Text), required("external_id", Text), ORG, USER, or("detail", Object, "{}")],
        )
    },
    Table {
        key: &["digest"],
        ..table("api_keys", &[required("digest", Text), ORG, USER, required("client", Text), or("scopes", Texts, "[]")])
    },
    Table {
        entity: Some("company"),
        ..table(
            "companies",
            &[
                ID,
                ORG,
                required("name", Text),
                optional("domain", Address),
                optional("industry", Text),
                optional("size", Integer),
                OWNER,
                FIELDS,
                FLAGS,
            ],
        )
    },
    Table {
        entity: Some("contact"),
        ..table(
            "contacts",
            &[
                ID,
                ORG,
                required("name", Text),
                optional("email", Address),
                optional("title", Text),
                COMPANY,
                OWNER,
                optional("zone", Zone),
                optional("phone", Text),
                FIELDS,
                FLAGS,
            ],
        )
    },
    Table {
        entity: Some("deal"),
        links: Some("deal_contacts"),
        ..table(
            "deals",
            &[
                ID,
                ORG,
                required("name", Text),
                required("stage", Text),
                optional("amount_cents", Integer),
                optional("currency", Text),
                optional("close_date", Text),
                COMPANY,
                CONTACTS,
                OWNER,
                FIELDS,
                FLAGS,
                optional("created_at", Instant),
                optional("stage_since", Instant),
                required("updated_at", Instant),
            ],
        )
    },
    Table {
        links: Some("meeting_contacts"),
        ..table(
            "meetings",
            &[
                ID,
                ORG,
                required("title", Text),
                required("started_at", Instant),
                optional("duration_min", Integer),
                or("attendees", Objects, "[]"),
                optional("summary", Text),
                CONTACTS,
                DEAL,
                COMPANY,
                OWNER,
            ],
        )
    },
    table(
        "emails",
        &[
            ID,
            ORG,
            OWNER,
            optional("thread_id", Text),
            required("direction", Word(&["in", "out"])),
            required("from", Address),
            or("to", Addresses, "[]"),
            or("cc", Addresses, "[]"),
            or("subject", Text, "\"\""),
            or("body", Text, "\"\""),
            required("at", Instant),
            optional("message_id", Text),
            optional("in_reply_to", Text),
            or("references", Texts, "[]"),
            FROM_NAME,
            HEADERS,
            or("unread", Boolean, "false"),
            optional("class", Text),
            CONTACT,
            DEAL,
        ],
    ),
    table(
        "activities",
        &[
            ID,
            ORG,
            required("kind", Word(&["call", "email", "meeting", "note"])),
            required("subject", Text),
            or("body", Text, "\"\""),
            required("at", Instant),
            to("user_id", "users"),
            CONTACT,
            DEAL,
        ],
    ),
    table(
        "tasks",
        &[
            ID,
            ORG,
            required("title", Text),
            optional("detail", Text),
            optional("due", Text),
            or("priority", Word(&["low", "normal", "high"]), "\"normal\""),
            or("status", Word(&["open", "done"]), "\"open\""),
            OWNER,
            CONTACT,
            DEAL,
            required("created_at", Instant),
        ],
    ),
    table(
        "notes",
        &[ID, ORG, required("body", Text), required("at", Instant), to("author_id", "users"), CONTACT, DEAL],
    ),
    table(
        "products",
        &[
            ID,
            ORG,
            required("name", Text),
            or("description", Text, "\"\""),
            optional("price_cents", Integer),
            or("currency", Text, "\"USD\""),
            optional("url", Text),
            FIELDS,
        ],
    ),
    table(
        "transcripts",
        &[
            ID,
            ORG,
            OWNER,
            to("meeting_id", "meetings"),
            required("format", Word(&["vtt", "srt", "text", "meetingbaas", "fathom", "fireflies"])),
            required("body", Text),
            required("at", Instant),
        ],
    ),
    Table {
        key: &["org_id", "address"],
        ..table(
            "suppressions",
            &[ORG, required("address", Address), or("reason", Text, "\"\""), required("at", Instant)],
        )
    },
    table(
        "calendars",
        &[
            ID,
            ORG,
            USER,
            required("name", Text),
            or("zone", Text, "\"UTC\""),
            optional("as_of", Instant),
            optional("error", Text),
            optional("covers_from", Instant),
            optional("covers_until", Instant),
        ],
    ),
    table(
        "calendar_events",
        &[
            ID,
            ORG,
            of("calendar_id", "calendars"),
            or("title", Text, "\"\""),
            required("starts", Instant),
            required("ends", Instant),
            or("all_day", Boolean, "false"),
            optional("zone", Text),
            or("status", Word(&["confirmed", "tentative", "cancelled"]), "\"confirmed\""),
            or("shows", Word(&["busy", "tentative", "out_of_office", "free"]), "\"busy\""),
            or("response", Word(&["accepted", "tentative", "declined", "needs_action", "organizer"]), "\"accepted\""),
            optional("organizer", Address),
            or("attendees", Attendees, "[]"),
            optional("location", Text),
            optional("url", Text),
            or("recurring", Boolean, "false"),
            DEAL,
            required("updated_at", Instant),
        ],
    ),
    Table {
        key: &["org_id", "source", "key"],
        ..table(
            "enrichment",
            &[
                ORG,
                required("source", Word(&["apollo", "linkedin"])),
                required("key", Address),
                required("body", Object),
                required("as_of", Instant),
            ],
        )
    },
    table(
        "news_articles",
        &[
            ID,
            ORG,
            required("company", Address),
            optional("domain", Address),
            required("title", Text),
            optional("url", Text),
            required("source", Text),
            required("published_at", Instant),
            or("summary", Text, "\"\""),
            optional(
                "kind",
                Word(&[
                    "funding",
                    "leadership",
                    "product",
                    "acquisition",
                    "layoffs",
                    "partnership",
                    "expansion",
                    "award",
                    "other",
                ]),
            ),
        ],
    ),
    table(
        "templates",
        &[
            ID,
            ORG,
            required("kind", Word(&TEMPLATE_KINDS)),
            required("name", Text),
            or("description", Text, "\"\""),
            or("tags", Texts, "[]"),
            or("industries", Texts, "[]"),
            or("stages", Texts, "[]"),
            optional("min_cents", Integer),
            optional("max_cents", Integer),
            or("language", Text, "\"en\""),
            or("version", Text, "\"1\""),
            required("updated_at", Instant),
            optional("url", Text),
            or("variables", Objects, "[]"),
            or("sections", Objects, "[]"),
            optional("body", Text),
        ],
    ),
    table(
        "campaigns",
        &[
            ID,
            ORG,
            required("name", Text),
            or("status", Word(&["active", "paused", "finished"]), "\"active\""),
            or("channel", Word(&["email"]), "\"email\""),
            required("started_at", Instant),
            OWNER,
        ],
    ),
    Table {
        key: &["org_id", "campaign_id", "id"],
        ..table(
            "campaign_steps",
            &[ID, ORG, CAMPAIGN, required("name", Text), optional("variant", Text), count("position")],
        )
    },
    Table {
        key: &["org_id", "campaign_id", "step_id", "day"],
        ..table(
            "campaign_days",
            &[
                ORG,
                CAMPAIGN,
                required("step_id", Text),
                required("day", Shape::Day),
                count("sent"),
                count("delivered"),
                count("opened"),
                count("clicked"),
                count("replied"),
                count("positive"),
                count("bounced"),
                count("unsubscribed"),
            ],
        )
    },
    table(
        "campaign_replies",
        &[
            ID,
            ORG,
            CAMPAIGN,
            optional("step_id", Text),
            optional("email_id", Text),
            CONTACT,
            required("from", Address),
            FROM_NAME,
            or("subject", Text, "\"\""),
            or("text", Text, "\"\""),
            required("at", Instant),
            HEADERS,
        ],
    ),
];

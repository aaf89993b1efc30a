//! The kinds of lines a batch consists of, in the order they are written.
//!
//! A line is one JSON value; the lines of a kind in one transaction form one JSON
//! list, and that list is the only parameter of the kind's statement.

/// One kind of line; the order is the order of the statements in a transaction:
/// what others refer to comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Sequence,
    Event,
    NewJob,
    Advance,
    Rekey,
    Journal,
    NewAction,
    Action,
    NewEffect,
    Effect,
    Audit,
    Transcript,
    SetStage,
    ContactFields,
    CompanyFields,
    DealFields,
    Activity,
    Task,
    Flag,
    Suppress,
    SentMail,
    Posted,
    Chat,
    Body,
    Paid,
    Reserve,
    Settle,
    Budget,
    NoBudget,
    Schedule,
    Unschedule,
    NewModule,
    RevokeModule,
    SkillChange,
    Contact,
    Coaching,
    EmailClass,
    Invite,
    Share,
    Postpone,
    SentActivity,
    MailActivity,
    Notice,
}

impl Kind {
    /// All of them, in order.
    pub(crate) const ALL: [Self; 43] = [
        Self::Sequence,
        Self::Event,
        Self::NewJob,
        Self::Advance,
        Self::Rekey,
        Self::Journal,
        Self::NewAction,
        Self::Action,
        Self::NewEffect,
        Self::Effect,
        Self::Audit,
        Self::Transcript,
        Self::SetStage,
        Self::ContactFields,
        Self::CompanyFields,
        Self::DealFields,
        Self::Activity,
        Self::Task,
        Self::Flag,
        Self::Suppress,
        Self::SentMail,
        Self::Posted,
        Self::Chat,
        Self::Body,
        Self::Paid,
        Self::Reserve,
        Self::Settle,
        Self::Budget,
        Self::NoBudget,
        Self::Schedule,
        Self::Unschedule,
        Self::NewModule,
        Self::RevokeModule,
        Self::SkillChange,
        Self::Contact,
        Self::Coaching,
        Self::EmailClass,
        Self::Invite,
        Self::Share,
        Self::Postpone,
        Self::SentActivity,
        Self::MailActivity,
        Self::Notice,
    ];

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Its name where a database is told the kinds.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Event => "event",
            Self::NewJob => "new_job",
            Self::Advance => "advance",
            Self::Rekey => "rekey",
            Self::Journal => "journal",
            Self::NewAction => "new_action",
            Self::Action => "action",
            Self::NewEffect => "new_effect",
            Self::Effect => "effect",
            Self::Audit => "audit",
            Self::Transcript => "transcript",
            Self::SetStage => "set_stage",
            Self::ContactFields => "contact_fields",
            Self::CompanyFields => "company_fields",
            Self::DealFields => "deal_fields",
            Self::Activity => "activity",
            Self::Task => "task",
            Self::Flag => "flag",
            Self::Suppress => "suppress",
            Self::SentMail => "sent_mail",
            Self::Posted => "posted",
            Self::Chat => "chat",
            Self::Body => "body",
            Self::Paid => "paid",
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Budget => "budget",
            Self::NoBudget => "no_budget",
            Self::Schedule => "schedule",
            Self::Unschedule => "unschedule",
            Self::NewModule => "new_module",
            Self::RevokeModule => "revoke_module",
            Self::SkillChange => "skill_change",
            Self::Contact => "contact",
            Self::Coaching => "coaching",
            Self::EmailClass => "email_class",
            Self::Invite => "invite",
            Self::Share => "share",
            Self::Postpone => "postpone",
            Self::SentActivity => "sent_activity",
            Self::MailActivity => "mail_activity",
            Self::Notice => "notice",
        }
    }
}

/// The lines of one kind, comma-separated, and how many they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    pub(crate) text: String,
    pub(crate) count: i64,
}

impl Lines {
    /// Appends one line that is already JSON.
    pub(crate) fn push(&mut self, line: &str) {
        if self.count > 0 {
            self.text.push(',');
        }
        self.text.push_str(line);
        self.count += 1;
    }

    /// Appends all lines of another.
    pub(crate) fn extend(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count > 0 {
            self.text.push(',');
        }
        self.text.push_str(&other.text);
        self.count += other.count;
    }

    /// The JSON list.
    pub(crate) fn into_list(self) -> String {
        let mut list = self.text;
        list.reserve(2);
        list.insert(0, '[');
        list.push(']');
        list
    }
}

/// One thing a batch touches. Two batches of one transaction never share a claim,
/// so that each is judged against what is committed; and a refused row names its
/// batch by its claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Job(String),
    /// Org and idempotency key.
    Held(String, String),
    /// Job and sequence number.
    Journal(String, i64),
    Event(String),
    Action(String),
    Effect(String),
    /// `contacts`, `companies`, `deals`, `emails`, or `stage`, `flags`, `posted`, `address`,
    /// `invite`; org; id.
    Record(&'static str, String, String),
    /// Org and id.
    Transcript(String, String),
    /// An org's money. One reservation a transaction: each is judged against sums
    /// that hold every one before it.
    Purse(String),
    Module(String),
    /// Skill and number of its change.
    SkillChange(String, i64),
}

impl std::fmt::Display for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Job(id) => write!(f, "job {id}"),
            Self::Held(_, key) => write!(f, "idempotency key {key}"),
            Self::Journal(job, seq) => write!(f, "line {seq} of the journal of job {job}"),
            Self::Event(id) => write!(f, "event {id}"),
            Self::Action(id) => write!(f, "approval {id}"),
            Self::Effect(key) => write!(f, "effect {key}"),
            Self::Record(table, _, id) => write!(f, "{id} in {table}"),
            Self::Transcript(_, id) => write!(f, "transcript {id}"),
            Self::Purse(org) => write!(f, "the money of org {org}"),
            Self::Module(digest) => write!(f, "module {digest}"),
            Self::SkillChange(skill, seq) => write!(f, "change {seq} of skill {skill}"),
        }
    }
}

//! Tier 3: what is known of people and companies outside the org's own records.
//! Each read may cost money and may be refused for a while.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who is asked about. A source that does not take a form refuses it
/// (`invalid-params`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A person by address (`apollo`, `linkedin`).
    Email(String),
    /// A company by domain (`apollo`).
    Domain(String),
    /// A person by the address of their profile (`linkedin`).
    Url(String),
    /// A person by name and company (`linkedin`).
    Name {
        /// Whole name.
        name: String,
        /// Where they work.
        company: String,
    },
}

impl Whom {
    pub(crate) fn params(&self) -> Value {
        match self {
            Self::Email(email) => json!({"email": email}),
            Self::Domain(domain) => json!({"domain": domain}),
            Self::Url(url) => json!({"url": url}),
            Self::Name { name, company } => json!({"name": name, "company": company}),
        }
    }
}

/// Which company's news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AboutCompany {
    /// By name.
    Name(String),
    /// By domain.
    Domain(String),
}

impl AboutCompany {
    pub(crate) fn params(&self, since: Option<&str>) -> Value {
        let mut params = match self {
            Self::Name(name) => json!({"company": name}),
            Self::Domain(domain) => json!({"domain": domain}),
        };
        if let Some(since) = since {
            params["since"] = json!(since);
        }
        params
    }
}

/// A person, by `apollo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EnrichedPerson {
    /// Whole name.
    pub name: String,
    /// Address, lower case.
    pub email: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// For instance `vp`.
    pub seniority: Option<String>,
    /// For instance `operations`.
    pub department: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Profile.
    pub linkedin_url: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

/// A company, by `apollo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EnrichedCompany {
    /// Name.
    pub name: String,
    /// Domain.
    pub domain: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Employees.
    pub size: Option<i64>,
    /// Yearly, in words as the provider has it.
    pub revenue: Option<String>,
    /// Year.
    pub founded: Option<i64>,
    /// Words.
    pub description: Option<String>,
    /// What they use.
    pub technologies: Vec<String>,
    /// Place.
    pub location: Option<String>,
}

/// Answer of `apollo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Enrichment {
    /// The person, where one was asked for and is known.
    pub person: Option<EnrichedPerson>,
    /// The company, where it is known.
    pub company: Option<EnrichedCompany>,
    /// RFC 3339: of which time this is true.
    pub as_of: String,
    /// Who says so.
    pub provider: String,
}

/// An earlier job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PreviousJob {
    /// Job title.
    pub title: String,
    /// Where.
    pub company: String,
    /// Day or month, as the provider has it.
    pub until: Option<String>,
}

/// The person of a [`Profile`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProfilePerson {
    /// Whole name.
    pub name: String,
    /// What they say of themselves.
    pub headline: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// The profile.
    pub url: Option<String>,
    /// In this job since; day or month.
    pub since: Option<String>,
    /// Earlier jobs, newest first.
    pub previous: Vec<PreviousJob>,
}

/// Something they wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Post {
    /// RFC 3339.
    pub at: String,
    /// Text.
    pub text: String,
    /// Page.
    pub url: Option<String>,
}

/// Something that changed for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProfileChange {
    /// `job_change`, `promotion`, `anniversary` or `other`.
    pub kind: String,
    /// One line.
    pub text: String,
    /// RFC 3339.
    pub at: String,
}

/// Answer of `linkedin`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Profile {
    /// The person, where they are known.
    pub profile: Option<ProfilePerson>,
    /// At most five, newest first.
    pub posts: Vec<Post>,
    /// Newest first.
    pub changes: Vec<ProfileChange>,
    /// RFC 3339: of which time this is true.
    pub as_of: String,
    /// Who says so.
    pub provider: String,
}

/// A piece of news.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Article {
    /// Id.
    pub id: String,
    /// Headline.
    pub title: String,
    /// Page.
    pub url: Option<String>,
    /// Who published it.
    pub source: String,
    /// RFC 3339.
    pub published_at: String,
    /// A few sentences.
    pub summary: String,
    /// `funding`, `leadership`, `product`, `acquisition`, `layoffs`,
    /// `partnership`, `expansion`, `award` or `other`.
    pub kind: Option<String>,
}

/// Answer of `news`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct News {
    /// At most five, newest first.
    pub articles: Vec<Article>,
    /// RFC 3339: of which time this is true.
    pub as_of: String,
    /// Who says so.
    pub provider: String,
}

//! Which column is which field: every well-known header, in one place.
//!
//! To know one more header, put it into the table of its kind, as [`normal`] makes it:
//! small letters and digits alone. Of two headers of one field the one that stands first
//! there is read. To import one more field: a [`Field`], its headers, and an arm in
//! `record`.

use std::collections::BTreeMap;

use super::fault::{Faults, quoted};
use super::sheet::Sheet;

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Organisations.
    Companies,
    /// People.
    Contacts,
    /// Deals.
    Deals,
    /// What happened.
    Activities,
    /// What is to do.
    Tasks,
    /// Notes.
    Notes,
    /// Meetings that were.
    Meetings,
}

/// A field of a record as a column can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Id,
    RecordId,
    Name,
    FirstName,
    LastName,
    Email,
    Title,
    Phone,
    Zone,
    Domain,
    Industry,
    Size,
    Stage,
    Pipeline,
    Amount,
    Currency,
    CloseDate,
    CreatedAt,
    UpdatedAt,
    StageSince,
    Won,
    LastActivity,
    Owner,
    Company,
    CompanyId,
    CompanyIds,
    CompanyDomain,
    ContactIds,
    ContactEmails,
    Deal,
    DealIds,
    Type,
    Body,
    At,
    Due,
    Priority,
    Status,
    Duration,
}

impl Field {
    /// As `--map` names it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::RecordId => "record_id",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::Title => "title",
            Self::Phone => "phone",
            Self::Zone => "zone",
            Self::Domain => "domain",
            Self::Industry => "industry",
            Self::Size => "size",
            Self::Stage => "stage",
            Self::Pipeline => "pipeline",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::CloseDate => "close_date",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::StageSince => "stage_since",
            Self::Won => "won",
            Self::LastActivity => "last_activity",
            Self::Owner => "owner",
            Self::Company => "company",
            Self::CompanyId => "company_id",
            Self::CompanyIds => "company_ids",
            Self::CompanyDomain => "company_domain",
            Self::ContactIds => "contact_ids",
            Self::ContactEmails => "contact_emails",
            Self::Deal => "deal",
            Self::DealIds => "deal_ids",
            Self::Type => "type",
            Self::Body => "body",
            Self::At => "at",
            Self::Due => "due",
            Self::Priority => "priority",
            Self::Status => "status",
            Self::Duration => "duration_min",
        }
    }
}

type Columns = &'static [(Field, &'static [&'static str])];

const ID: (Field, &[&str]) = (Field::Id, &["id"]);
/// Only a HubSpot export has it, so it tells one.
const RECORD_ID: (Field, &[&str]) = (Field::RecordId, &["recordid", "hsobjectid"]);
const COMPANY: (Field, &[&str]) = (
    Field::Company,
    &[
        "associatedcompanyprimary",
        "associatedcompany",
        "companyname",
        "company",
        "organization",
        "organisation",
        "account",
    ],
);
const COMPANY_ID: (Field, &[&str]) = (Field::CompanyId, &["associatedcompanyidsprimary", "companyid"]);
const COMPANY_IDS: (Field, &[&str]) = (Field::CompanyIds, &["associatedcompanyids"]);
const CONTACT_IDS: (Field, &[&str]) = (Field::ContactIds, &["associatedcontactids", "contactids", "contactid"]);
const CONTACT_EMAILS: (Field, &[&str]) =
    (Field::ContactEmails, &["contactemails", "contactemail", "contacts", "contact"]);
const DEAL: (Field, &[&str]) = (Field::Deal, &["dealname", "associateddeal", "deal"]);
const DEAL_IDS: (Field, &[&str]) = (Field::DealIds, &["associateddealids", "dealids", "dealid"]);
const LAST_ACTIVITY: (Field, &[&str]) = (Field::LastActivity, &["lastactivitydate", "lastactivity"]);
const CREATED_AT: (Field, &[&str]) = (Field::CreatedAt, &["createdate", "createdat", "created"]);

const COMPANIES: Columns = &[
    ID,
    RECORD_ID,
    (Field::Name, &["companyname", "name", "company"]),
    (Field::Domain, &["companydomainname", "domain", "websiteurl", "website"]),
    (Field::Industry, &["industry"]),
    (Field::Size, &["numberofemployees", "employees", "size"]),
    (Field::Owner, &["companyowner", "owner", "ownerid", "owneremail"]),
];
const CONTACTS: Columns = &[
    ID,
    RECORD_ID,
    (Field::Name, &["name", "fullname", "contactname"]),
    (Field::FirstName, &["firstname", "givenname"]),
    (Field::LastName, &["lastname", "surname", "familyname"]),
    (Field::Email, &["email", "emailaddress", "workemail", "mail"]),
    (Field::Title, &["jobtitle", "title", "position"]),
    (Field::Phone, &["phonenumber", "phone", "mobilephonenumber", "mobilephone", "mobile"]),
    (Field::Zone, &["zone"]),
    (Field::Owner, &["contactowner", "owner", "ownerid", "owneremail"]),
    COMPANY,
    COMPANY_ID,
    COMPANY_IDS,
    (Field::CompanyDomain, &["companydomain"]),
    LAST_ACTIVITY,
];
const DEALS: Columns = &[
    ID,
    RECORD_ID,
    (Field::Name, &["dealname", "name", "deal"]),
    (Field::Stage, &["dealstage", "stage"]),
    (Field::Pipeline, &["pipeline"]),
    (Field::Amount, &["amount", "dealamount", "value"]),
    (Field::Currency, &["currency", "dealcurrency", "dealcurrencycode"]),
    (Field::CloseDate, &["closedate", "expectedclosedate"]),
    CREATED_AT,
    (Field::UpdatedAt, &["lastmodifieddate", "updatedat", "lastmodified"]),
    (Field::StageSince, &["dateenteredcurrentstage", "stagesince"]),
    (Field::Won, &["isclosedwon", "iswon"]),
    (Field::Owner, &["dealowner", "owner", "ownerid", "owneremail"]),
    COMPANY,
    COMPANY_ID,
    COMPANY_IDS,
    (Field::CompanyDomain, &["companydomain"]),
    CONTACT_IDS,
    CONTACT_EMAILS,
    LAST_ACTIVITY,
];
const ACTIVITIES: Columns = &[
    ID,
    RECORD_ID,
    (Field::Type, &["activitytype", "type", "kind"]),
    (Field::Name, &["calltitle", "emailsubject", "subject", "title", "name"]),
    (Field::Body, &["callnotes", "emailbody", "textbody", "body", "description", "notes"]),
    (Field::At, &["activitydate", "at", "date", "timestamp"]),
    (Field::Owner, &["activityassignedto", "assignedto", "user", "userid", "owner"]),
    CONTACT_IDS,
    CONTACT_EMAILS,
    DEAL,
    DEAL_IDS,
];
const TASKS: Columns = &[
    ID,
    RECORD_ID,
    (Field::Name, &["tasktitle", "title", "subject", "task", "name"]),
    (Field::Body, &["detail", "taskbody", "tasknotes", "notes", "description"]),
    (Field::Due, &["duedate", "due"]),
    (Field::Priority, &["taskpriority", "priority"]),
    (Field::Status, &["taskstatus", "status"]),
    (Field::Owner, &["assignedto", "activityassignedto", "owner", "ownerid", "owneremail"]),
    CREATED_AT,
    CONTACT_IDS,
    CONTACT_EMAILS,
    DEAL,
    DEAL_IDS,
];
const NOTES: Columns = &[
    ID,
    RECORD_ID,
    (Field::Body, &["notebody", "note", "body", "text"]),
    (Field::At, &["activitydate", "at", "date", "createdate", "createdat"]),
    (Field::Owner, &["author", "authorid", "activityassignedto", "owner", "ownerid", "owneremail"]),
    CONTACT_IDS,
    CONTACT_EMAILS,
    DEAL,
    DEAL_IDS,
];
const MEETINGS: Columns = &[
    ID,
    RECORD_ID,
    (Field::Name, &["meetingname", "meetingtitle", "title", "name"]),
    (Field::At, &["meetingstarttime", "startedat", "starttime", "start", "activitydate"]),
    (Field::Duration, &["durationmin", "minutes"]),
    (Field::Body, &["summary", "internalmeetingnotes", "meetingnotes", "meetingdescription"]),
    (Field::Owner, &["activityassignedto", "owner", "ownerid", "owneremail"]),
    COMPANY,
    COMPANY_ID,
    COMPANY_IDS,
    (Field::CompanyDomain, &["companydomain"]),
    CONTACT_IDS,
    CONTACT_EMAILS,
    DEAL,
    DEAL_IDS,
];

impl Kind {
    /// All of them, in the order in which they are imported: who is named comes first.
    pub const ALL: [Self; 7] =
        [Self::Companies, Self::Contacts, Self::Deals, Self::Activities, Self::Tasks, Self::Notes, Self::Meetings];

    /// Its table of the data document.
    pub fn table(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::Contacts => "contacts",
            Self::Deals => "deals",
            Self::Activities => "activities",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::Meetings => "meetings",
        }
    }

    /// One of them.
    pub(crate) fn singular(self) -> &'static str {
        match self {
            Self::Companies => "company",
            Self::Contacts => "contact",
            Self::Deals => "deal",
            Self::Activities => "activity",
            Self::Tasks => "task",
            Self::Notes => "note",
            Self::Meetings => "meeting",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == name)
    }

    fn columns(self) -> Columns {
        match self {
            Self::Companies => COMPANIES,
            Self::Contacts => CONTACTS,
            Self::Deals => DEALS,
            Self::Activities => ACTIVITIES,
            Self::Tasks => TASKS,
            Self::Notes => NOTES,
            Self::Meetings => MEETINGS,
        }
    }

    /// Headers that no other kind has as its own.
    fn signs(self) -> &'static [&'static str] {
        match self {
            Self::Companies => &["companydomainname", "companyowner", "domain", "numberofemployees", "employees"],
            Self::Contacts => &["firstname", "lastname", "contactowner", "jobtitle", "email", "emailaddress"],
            Self::Deals => &["dealstage", "dealowner", "stage", "amount", "closedate"],
            Self::Activities => &["activitytype", "calltitle", "callnotes", "emailsubject", "emailbody"],
            Self::Tasks => &["tasktitle", "taskstatus", "duedate", "due"],
            Self::Notes => &["notebody", "note"],
            Self::Meetings => &["meetingname", "meetingtitle", "meetingstarttime", "startedat"],
        }
    }
}

/// What a file holds: records of a kind, and of activities what they were where no column
/// says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    pub(crate) kind: Kind,
    pub(crate) happened: Option<&'static str>,
}

impl Holds {
    /// Names of what a file may hold, beside those of the kinds.
    pub const HAPPENED: [&'static str; 2] = ["calls", "emails"];

    /// What goes by this name.
    pub fn named(name: &str) -> Option<Self> {
        let happened = match name {
            "calls" => Some("call"),
            "emails" => Some("email"),
            _ => None,
        };
        let kind = happened.map(|_| Kind::Activities).or_else(|| Kind::named(name))?;
        Some(Self { kind, happened })
    }
}

impl From<Kind> for Holds {
    fn from(kind: Kind) -> Self {
        Self { kind, happened: None }
    }
}

/// What all activities of a file were, as its columns tell, or else its name.
fn happened(file: &str, header: &[String]) -> Option<&'static str> {
    let has = |names: &[&str]| header.iter().any(|name| names.contains(&name.as_str()));
    let (calls, emails) = (has(&["calltitle", "callnotes"]), has(&["emailsubject", "emailbody"]));
    let name = file_name(file);
    match (calls, emails) {
        (true, false) => Some("call"),
        (false, true) => Some("email"),
        (true, true) => None,
        (false, false) => match (name.contains("call"), name.contains("email")) {
            (true, false) => Some("call"),
            (false, true) => Some("email"),
            _ => None,
        },
    }
}

fn file_name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_lowercase()
}

/// A header without case and punctuation.
pub(crate) fn normal(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether any kind knows the header.
pub(crate) fn is_known(header: &str) -> bool {
    let header = normal(header);
    Kind::ALL.iter().any(|kind| kind.columns().iter().any(|(_, names)| names.contains(&header.as_str())))
}

/// A header and the field that it is, or none where it is not to be read.
pub type Mapped = (String, Option<String>);

/// A sheet whose columns are known.
#[derive(Debug)]
pub(crate) struct Headed {
    pub(crate) sheet: Sheet,
    pub(crate) kind: Kind,
    /// What its activities were, where no column says it.
    pub(crate) happened: Option<&'static str>,
    /// By field, which cell.
    pub(crate) columns: BTreeMap<Field, usize>,
    /// Headers of columns that are kept nowhere.
    pub(crate) unread: Vec<String>,
}

impl Headed {
    /// Whether its ids are those of HubSpot.
    pub(crate) fn is_hubspot(&self) -> bool {
        self.columns.contains_key(&Field::RecordId)
    }
}

/// Matches a sheet's columns; what cannot be told goes to `faults`.
pub(crate) fn head(sheet: Sheet, said: Option<Holds>, maps: &[Mapped], faults: &mut Faults) -> Option<Headed> {
    let normals: Vec<String> = sheet.header.iter().map(|header| normal(header)).collect();
    let (kind, happened) = match said.map_or_else(|| told(&sheet.file, &normals).map(Holds::from), Ok) {
        Ok(holds) => (holds.kind, holds.happened.or_else(|| happened(&sheet.file, &normals))),
        Err(what) => {
            faults.push(&sheet.file, what);
            return None;
        }
    };
    let before = faults.count();
    let mut columns = BTreeMap::new();
    let mut taken = vec![false; normals.len()];
    for (header, field) in maps {
        let header = normal(header);
        let at: Vec<usize> = (0..normals.len()).filter(|at| normals[*at] == header).collect();
        let field = match field {
            None => None,
            Some(word) => match kind.columns().iter().find(|(field, _)| field.word() == word) {
                Some((field, _)) => Some(*field),
                None if at.is_empty() => continue,
                None => {
                    let words: Vec<&str> = kind.columns().iter().map(|(field, _)| field.word()).collect();
                    let what = format!("{} have no {}; they have {}", kind.table(), quoted(word), words.join(", "));
                    faults.push(&sheet.file, what);
                    continue;
                }
            },
        };
        for at in at {
            taken[at] = true;
            if let Some(field) = field
                && columns.insert(field, at).is_some()
            {
                faults.push(&sheet.file, format!("two columns are mapped to {}", field.word()));
            }
        }
    }
    let free = taken.clone();
    for (field, names) in kind.columns() {
        if columns.contains_key(field) {
            continue;
        }
        for name in *names {
            let mut at = (0..normals.len()).filter(|at| !free[*at] && normals[*at] == *name);
            let Some(first) = at.next() else { continue };
            if at.next().is_some() {
                let what = format!("two columns are named {}; rename one", quoted(&sheet.header[first]));
                faults.push(&sheet.file, what);
            }
            if !taken[first] {
                taken[first] = true;
                columns.insert(*field, first);
                break;
            }
        }
    }
    let used: Vec<usize> = columns.values().copied().collect();
    let unread = (0..normals.len()).filter(|at| !used.contains(at)).map(|at| sheet.header[at].clone()).collect();
    (faults.count() == before).then_some(Headed { sheet, kind, happened, columns, unread })
}

/// The kind that header and file name tell.
fn told(file: &str, header: &[String]) -> Result<Kind, String> {
    let hint = "say it with --kind, contacts for example, or with --kind FILE=contacts for one of several files";
    let by_header: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| header.iter().any(|name| kind.signs().contains(&name.as_str()))).collect();
    if let [only] = by_header.as_slice() {
        return Ok(*only);
    }
    let name = file_name(file);
    let is_named = |kind: &Kind| {
        let words = if *kind == Kind::Activities { Holds::HAPPENED.as_slice() } else { &[] };
        name.contains(kind.singular()) || name.contains(kind.table()) || words.iter().any(|word| name.contains(word))
    };
    let by_name: Vec<Kind> = Kind::ALL.into_iter().filter(is_named).collect();
    match (by_header.as_slice(), by_name.as_slice()) {
        (several, [only]) if several.is_empty() || several.contains(only) => Ok(*only),
        ([], []) => Err(format!("neither its columns nor its name tell what it holds; {hint}")),
        ([], several) | (several, _) => {
            let words: Vec<&str> = several.iter().map(|kind| kind.table()).collect();
            Err(format!("can be {}; {hint}", words.join(" or ")))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::import::sheet;

    fn headed(file: &str, header: &str, maps: &[Mapped]) -> Result<Headed, String> {
        let mut faults = Faults::default();
        let sheet = sheet::read(&file.into(), header.as_bytes(), None, Some(b','), &mut faults).unwrap();
        let headed = head(sheet, None, maps, &mut faults);
        faults.or(()).map_err(|faults| faults.to_string())?;
        Ok(headed.unwrap())
    }

    #[test]
    fn every_header_is_normal_and_one_fields_alone() {
        for kind in Kind::ALL {
            let mut seen = BTreeMap::new();
            for (field, names) in kind.columns() {
                for name in *names {
                    assert_eq!(normal(name), **name);
                    // A company and a deal name themselves as others name them.
                    assert_eq!(seen.insert(*name, *field), None, "{kind:?} {name}");
                }
            }
            for sign in kind.signs() {
                assert!(seen.contains_key(sign), "{kind:?} {sign}");
            }
        }
        let signs: Vec<&str> = Kind::ALL.iter().flat_map(|kind| kind.signs()).copied().collect();
        assert_eq!(signs.len(), signs.iter().collect::<BTreeSet<_>>().len());
    }

    #[test]
    fn the_kind_is_told_by_header_then_by_file_name() {
        for (file, header, want) in [
            ("a.csv", "First Name,Last Name,Phone", Kind::Contacts),
            ("a.csv", "Record ID,Company name,Company Domain Name", Kind::Companies),
            ("a.csv", "DEAL_NAME,Deal Stage,Notes", Kind::Deals),
            ("my-contacts.csv", "Name,Phone", Kind::Contacts),
            ("hubspot-crm-exports-all-companies-2026-11-14.csv", "Record ID,Company name", Kind::Companies),
            ("tasks.csv", "Title,Due,Stage", Kind::Tasks),
            ("x/notes.csv", "Text,At,Contact Email", Kind::Notes),
        ] {
            assert_eq!(headed(file, header, &[]).unwrap().kind, want, "{header}");
        }
        for (file, header, want) in [
            ("a.csv", "Name,Phone", "neither its columns nor its name tell what it holds; say it with --kind"),
            ("a.csv", "Title,Due,Stage", "a.csv: can be deals or tasks; say it with --kind"),
            ("contacts-and-deals.csv", "Name", "can be contacts or deals"),
            ("notes.csv", "Title,Due,Stage", "can be deals or tasks"),
        ] {
            let said = headed(file, header, &[]).unwrap_err();
            assert!(said.contains(want), "{said}");
        }
    }

    #[test]
    fn of_two_headers_of_a_field_the_first_known_is_read_and_the_other_named() {
        let headed = headed("a.csv", "Mobile,e-mail,PHONE number,Shoe size,Name", &[]).unwrap();
        let of = |field| headed.columns.get(&field).copied();
        assert_eq!((of(Field::Phone), of(Field::Email), of(Field::Name)), (Some(2), Some(1), Some(4)));
        assert_eq!(headed.unread, ["Mobile", "Shoe size"]);
        assert!(!headed.is_hubspot());
    }

    #[test]
    fn a_column_is_mapped_by_hand_or_left_out() {
        let map = |header: &str, field: Option<&str>| (header.to_owned(), field.map(str::to_owned));
        let header = "Telefon,Email,Name,Phone";
        let maps = [map("telefon", Some("phone")), map("Name", None)];
        let headed_by = headed("a.csv", header, &maps).unwrap();
        assert_eq!(headed_by.columns, BTreeMap::from([(Field::Email, 1), (Field::Phone, 0)]));
        assert_eq!(headed_by.unread, ["Name", "Phone"]);
        for (maps, want) in [
            (vec![map("Telefon", Some("stage"))], "contacts have no \"stage\"; they have id, record_id, name"),
            (vec![map("Telefon", Some("phone")), map("Phone", Some("phone"))], "two columns are mapped to phone"),
        ] {
            let said = headed("a.csv", header, &maps).unwrap_err();
            assert!(said.contains(want), "{said}");
        }
        let said = headed("a.csv", "Email,E-Mail,Name", &[]).unwrap_err();
        assert!(said.contains("two columns are named \"Email\"; rename one"), "{said}");
    }
}

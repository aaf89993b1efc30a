//! Whose news are sought, and what ties an article to them.

use briefing_record::{Appointment, account};
use company_news::Target;
use skillhost_sdk::Read;
use skillhost_sdk::sources::{AboutCompany, Company, Contact, Deal};

/// Fields of a company that say where it is, as CRMs name them.
const PLACES: [&str; 4] = ["city", "location", "headquarters", "hq"];

/// The company, and how the provider is asked.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    pub(crate) target: Target,
    pub(crate) about: AboutCompany,
}

pub(crate) fn of(
    appointment: &Appointment,
    contacts: &[Read<Contact>],
    deal: Option<&Deal>,
    company: Option<&Company>,
) -> Option<Sought> {
    let domain = company.and_then(|company| company.domain.clone()).or_else(|| account::domain(appointment));
    let domain = domain.filter(|domain| !domain.trim().is_empty());
    let name = match company {
        Some(company) => company.name.clone(),
        // `globex.test` is Globex to whoever is asked about the domain.
        None => domain.as_deref()?.split('.').next()?.to_owned(),
    };
    if name.trim().is_empty() {
        return None;
    }
    let invited = appointment.outside().map(|person| person.name.clone()).filter(|name| !name.contains('@'));
    let known = contacts.iter().map(|read| read.value.name.clone());
    let place = company.and_then(|company| PLACES.iter().find_map(|field| company.fields.get(*field)?.as_str()));
    let target = Target {
        name: name.clone(),
        domain: domain.clone(),
        industry: company.and_then(|company| company.industry.clone()),
        place: place.map(str::to_owned),
        people: known.chain(invited).collect(),
        topics: deal.iter().map(|deal| deal.name.clone()).chain([appointment.title.clone()]).collect(),
    };
    let about = domain.map_or(AboutCompany::Name(name), AboutCompany::Domain);
    Some(Sought { target, about })
}

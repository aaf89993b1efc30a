//! What line of business a text speaks of.

/// Sectors and the words that speak of them.
const SECTORS: [(&str, &[&str]); 18] = [
    (
        "logistics",
        &[
            "logistics",
            "freight",
            "shipping",
            "warehouse",
            "warehouses",
            "warehousing",
            "haulage",
            "haulier",
            "courier",
            "trucking",
            "depot",
            "depots",
            "parcel",
            "parcels",
            "fleet",
            "storage",
            "stores",
        ],
    ),
    (
        "building",
        &[
            "lift",
            "lifts",
            "elevator",
            "elevators",
            "escalator",
            "escalators",
            "construction",
            "contractor",
            "builder",
            "facilities",
            "maintenance",
            "plumbing",
        ],
    ),
    ("cooling", &["refrigeration", "cooling", "hvac", "heating", "ventilation", "chiller", "chillers", "cold"]),
    ("safety", &["fire", "alarm", "alarms", "sprinkler", "sprinklers", "guarding"]),
    (
        "pharma",
        &[
            "pharma",
            "pharmaceutical",
            "pharmaceuticals",
            "drug",
            "drugs",
            "drugmaker",
            "biotech",
            "biotechnology",
            "vaccine",
            "vaccines",
            "therapy",
            "therapies",
            "therapeutics",
            "clinical",
        ],
    ),
    (
        "health",
        &["hospital", "hospitals", "clinic", "clinics", "medical", "healthcare", "health", "patients", "dental"],
    ),
    (
        "finance",
        &[
            "bank",
            "banking",
            "lender",
            "insurer",
            "insurance",
            "fintech",
            "capital",
            "ventures",
            "equity",
            "brokerage",
            "payments",
            "mortgage",
        ],
    ),
    (
        "retail",
        &["retailer", "retail", "supermarket", "supermarkets", "grocery", "grocer", "fashion", "apparel", "cosmetics"],
    ),
    (
        "food",
        &["food", "foods", "beverage", "restaurant", "restaurants", "brewery", "brewing", "coffee", "snack", "wines"],
    ),
    (
        "energy",
        &[
            "energy",
            "oil",
            "gas",
            "utility",
            "utilities",
            "solar",
            "wind",
            "electricity",
            "battery",
            "batteries",
            "power",
        ],
    ),
    (
        "media",
        &[
            "media",
            "publisher",
            "publishing",
            "film",
            "studio",
            "studios",
            "records",
            "music",
            "games",
            "gaming",
            "entertainment",
            "streaming",
            "broadcaster",
            "sports",
        ],
    ),
    ("education", &["school", "schools", "university", "education", "college", "academy"]),
    ("software", &["software", "saas", "cloud", "cybersecurity", "app", "apps"]),
    (
        "manufacturing",
        &[
            "manufacturer",
            "manufacturing",
            "industrial",
            "machinery",
            "factory",
            "factories",
            "automotive",
            "motors",
            "steel",
            "chemicals",
            "chemical",
            "aerospace",
            "semiconductors",
            "robotics",
        ],
    ),
    ("mining", &["mining", "miner", "gold", "lithium", "copper", "minerals"]),
    ("telecom", &["telecom", "telecoms", "telecommunications", "broadband"]),
    ("travel", &["airline", "airlines", "hotel", "hotels", "travel", "cruise", "resort", "resorts", "tourism"]),
    ("property", &["realty", "property", "properties", "housing", "estate"]),
];
/// Words that end other names than a company's of any sector.
const OF_NAMES: [&str; 11] = [
    "foundation",
    "institute",
    "association",
    "partners",
    "labs",
    "lab",
    "council",
    "festival",
    "stadium",
    "arena",
    "award",
];
/// Nouns for a company; the word before one says what kind it is.
const COMPANIES: [&str; 18] = [
    "company",
    "firm",
    "maker",
    "manufacturer",
    "provider",
    "startup",
    "start-up",
    "chain",
    "operator",
    "developer",
    "brand",
    "giant",
    "group",
    "business",
    "producer",
    "specialist",
    "supplier",
    "vendor",
];
/// Words that are a kind of company by themselves.
const ALONE: [&str; 15] = [
    "bank",
    "insurer",
    "lender",
    "drugmaker",
    "retailer",
    "airline",
    "brewery",
    "university",
    "hospital",
    "supermarket",
    "publisher",
    "broadcaster",
    "miner",
    "grocer",
    "haulier",
];
/// How far before the noun its kind stands, words.
const BEFORE: usize = 3;

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn of_word(word: &str) -> Option<&'static str> {
    SECTORS.iter().find(|(_, words)| words.contains(&word)).map(|(sector, _)| *sector)
}

/// The sectors that a text's words speak of.
pub(crate) fn of(text: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = words(text).iter().filter_map(|word| of_word(word)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a word ends the name of something that is no company.
pub(crate) fn is_of_names(word: &str) -> bool {
    OF_NAMES.contains(&word)
}

/// The sectors of the companies that a sentence describes: `the drug maker`,
/// `a bank`.
pub(crate) fn described(sentence: &str) -> Vec<&'static str> {
    let words = words(sentence);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if ALONE.contains(&word.as_str()) {
            found.extend(of_word(word));
        }
        if COMPANIES.contains(&word.as_str()) {
            found.extend(words[at.saturating_sub(BEFORE)..=at].iter().filter_map(|word| of_word(word)));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_company_does() {
        assert_eq!(of("Lift and escalator maintenance"), ["building"]);
        assert_eq!(of("Cold stores"), ["cooling", "logistics"]);
        assert!(of("Something else").is_empty());
        assert_eq!(described("Globex, a large pharmaceutical company, said"), ["pharma"]);
        assert_eq!(described("the bank said"), ["finance"]);
        assert!(described("Globex takes its drugs to a new place").is_empty());
    }
}

//! What the org's records say, as sentences that can be said to a prospect.
//!
//! Only what is meant for them: what is sold, what is on the rep's list for them, the
//! times that were found. Notes and the state of the deal are for the rep.

use mail_reading::Ask;
use meeting_record::{long_day, one_line, same_matter, shortened};
use serde_json::Value;
use skillhost_language::sentences;
use skillhost_sdk::context::{self, About};
use skillhost_sdk::sources::{Note, Product, TaskEntry, day_ms};
use skillhost_sdk::{Failure, Optional};

use crate::answers::Point;

/// Most products that are looked at.
const MAX_PRODUCTS: usize = 50;
/// Most notes shown to the rep.
const MAX_HINTS: usize = 3;
/// Longest note shown, characters.
const MAX_HINT: usize = 200;
/// Longest sentence that is said, characters.
const MAX_SENTENCE: usize = 300;

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A listed price of this product.
    Price { product: usize },
    /// A sentence about this product.
    Says { product: usize },
    /// A page about this product.
    Page { product: usize },
    /// Something on the rep's list.
    Task,
    /// A time to meet.
    Time,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// `product:p1`, `task:t2`, `time:0`.
    pub(crate) id: String,
    pub(crate) about: Subject,
    /// As it is said.
    pub(crate) text: String,
    /// The exact words of the record it rests on.
    pub(crate) quote: Option<String>,
}

/// All facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) list: Vec<Fact>,
    pub(crate) products: Vec<Product>,
    pub(crate) notes: Vec<Note>,
    pub(crate) products_read: String,
    pub(crate) tasks_read: String,
}

/// Reads them.
pub(crate) fn read(contact: Option<&str>, deal: Option<&str>, times: &[String]) -> Result<Facts, Failure> {
    let mut facts = Facts::default();
    if let Some(read) = context::products().optional()? {
        facts.products_read = read.read_id;
        facts.products = read.value.into_iter().take(MAX_PRODUCTS).collect();
    }
    let about = match (contact, deal) {
        (Some(contact), _) => Some(About::Contact(contact.to_owned())),
        (None, Some(deal)) => Some(About::Deal(deal.to_owned())),
        (None, None) => None,
    };
    let mut tasks: Vec<TaskEntry> = Vec::new();
    if let Some(about) = &about {
        if let Some(read) = context::tasks(about).optional()? {
            facts.tasks_read = read.read_id;
            tasks = read.value;
        }
        facts.notes = context::notes(about).optional()?.map(|read| read.value).unwrap_or_default();
    }
    for (product, at) in facts.products.iter().zip(0..) {
        facts.list.extend(of_product(product, at));
    }
    for task in tasks.iter().filter(|task| task.status != "done" && !task.title.trim().is_empty()) {
        facts.list.push(Fact {
            id: format!("task:{}", task.id),
            about: Subject::Task,
            text: one_line(&task.title),
            quote: task.due.clone().filter(|due| day_ms(due).is_some()),
        });
    }
    for (at, time) in times.iter().enumerate().filter(|(_, time)| !time.trim().is_empty()) {
        facts.list.push(Fact { id: format!("time:{at}"), about: Subject::Time, text: one_line(time), quote: None });
    }
    Ok(facts)
}

fn of_product(product: &Product, at: usize) -> Vec<Fact> {
    let id = format!("product:{}", product.id);
    let mut out = Vec::new();
    if let Some(cents) = product.price_cents {
        let per =
            ["per", "unit", "billing"].iter().find_map(|field| product.fields.get(*field).and_then(Value::as_str));
        let per = per.map(one_line).filter(|per| !per.is_empty());
        let unit = per.map(|per| if per.starts_with("per ") { format!(" {per}") } else { format!(" per {per}") });
        out.push(Fact {
            id: id.clone(),
            about: Subject::Price { product: at },
            text: format!(
                "{} is listed at {}{}",
                product.name,
                money(cents, &product.currency),
                unit.unwrap_or_default()
            ),
            quote: Some(product.name.clone()),
        });
    }
    for sentence in sentences(&product.description) {
        let words = sentence.text(&product.description);
        if words.chars().count() <= MAX_SENTENCE && sentence.tokens.len() > 3 && !sentence.question {
            out.push(Fact {
                id: id.clone(),
                about: Subject::Says { product: at },
                text: one_line(words),
                quote: Some(words.to_owned()),
            });
        }
    }
    if let Some(url) =
        product.url.as_ref().filter(|url| url.starts_with("https://") && !url.contains(char::is_whitespace))
    {
        out.push(Fact {
            id,
            about: Subject::Page { product: at },
            text: format!("{}: {url}", product.name),
            quote: Some(url.clone()),
        });
    }
    out
}

/// `4900`, `USD` as `USD 49.00`. Currencies without cents are listed in hundredths
/// too, as the data reference has it.
fn money(cents: i64, currency: &str) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{currency} {sign}{grouped}.{:02}", cents.unsigned_abs() % 100)
}

impl Facts {
    /// Notes that are about a point, for the rep.
    pub(crate) fn hints(&self, asks: &[Ask]) -> Vec<String> {
        self.notes
            .iter()
            .filter(|note| asks.iter().any(|ask| same_matter(&ask.quote, &note.body)))
            .take(MAX_HINTS)
            .map(|note| shortened(&note.body, MAX_HINT))
            .collect()
    }

    /// What the answers rest on: read, exact words, place in the output.
    pub(crate) fn evidence(&self, points: &[Point]) -> Vec<(String, String, String)> {
        let mut out = Vec::new();
        for (at, point) in points.iter().enumerate() {
            for fact in self.list.iter().filter(|fact| point.facts.contains(&fact.text)) {
                let read = match fact.about {
                    Subject::Price { .. } | Subject::Says { .. } | Subject::Page { .. } => &self.products_read,
                    Subject::Task => &self.tasks_read,
                    Subject::Time => continue,
                };
                if let Some(quote) = fact.quote.as_ref().filter(|quote| !quote.trim().is_empty()) {
                    out.push((read.clone(), quote.clone(), format!("/points/{at}/answer")));
                }
            }
        }
        out
    }
}

/// `, due Friday 27 November`, where the day is not over.
pub(crate) fn due(fact: &Fact, now: i64) -> String {
    let day = fact.quote.as_deref().filter(|due| day_ms(due).is_some_and(|day| day + 86_400_000 > now));
    day.and_then(|due| long_day(due, now)).map(|day| format!(", for {day}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (cents, want) in [
            (4900, "USD 49.00"),
            (5, "USD 0.05"),
            (123_456_789, "USD 1,234,567.89"),
            (-150, "USD -1.50"),
            (i64::MIN, "USD -92,233,720,368,547,758.08"),
        ] {
            assert_eq!(money(cents, "USD"), want);
        }
    }
}

//! What is known, by the name of a variable.

use std::collections::BTreeMap;

use deal_record::{day_of, escaped, money, written_day};
use deal_source::{Dealing, Talk};
use serde_json::{Map, Value};
use skillhost_sdk::Call;
use skillhost_sdk::sources::{Product, instant_ms};

use crate::products::Meant;

/// A value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is known.
    Value {
        /// As it is written.
        text: String,
        /// Where from.
        source: String,
        /// The text is Markdown made here; anything else is text.
        markup: bool,
    },
    /// It is not; why.
    Unknown(String),
}

/// Everything that has a name.
pub(crate) struct Known {
    named: BTreeMap<String, Answer>,
    /// Own fields: name, then each record that has it.
    fields: BTreeMap<String, Vec<Answer>>,
}

/// `Company.Name` and `company_name` are one name.
pub(crate) fn plain_name(name: &str) -> String {
    name.trim().to_lowercase().replace(['.', '-', ' '], "_")
}

fn value(text: Option<&str>, source: &str, absent: &str) -> Answer {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Answer::Value { text: text.to_owned(), source: source.to_owned(), markup: false },
        None => Answer::Unknown(absent.to_owned()),
    }
}

fn markup(text: String, source: &str) -> Answer {
    Answer::Value { text, source: source.to_owned(), markup: true }
}

impl Known {
    pub(crate) fn gather(
        call: &Call,
        dealing: &Dealing,
        talk: &Talk,
        meant: &Meant,
        said: &BTreeMap<String, String>,
    ) -> Self {
        let mut known = Self { named: BTreeMap::new(), fields: BTreeMap::new() };
        known.us(call, dealing);
        known.deal(dealing);
        known.company(dealing);
        known.contact(dealing);
        known.meeting(call, talk);
        known.products(meant);
        for (name, text) in said {
            if !text.trim().is_empty() {
                known.put(name, value(Some(text), "said by the rep", ""));
            }
        }
        known
    }

    fn put(&mut self, name: &str, answer: Answer) {
        self.named.insert(plain_name(name), answer);
    }

    fn us(&mut self, call: &Call, dealing: &Dealing) {
        let (org, user) = (&dealing.org, &dealing.user);
        self.put("org_name", value(Some(&org.name), "org.name", "the org has no name"));
        self.put("rep_name", value(Some(&user.name), "user.name", "the rep has no name"));
        self.put("rep_email", value(Some(&user.email), "user.email", "the rep has no address"));
        let zone = if user.zone.is_empty() { &call.zone } else { &user.zone };
        let today = day_of(call.now_ms(), zone).and_then(|day| written_day(&day));
        self.put("today", value(today.as_deref(), "today", "today cannot be told"));
    }

    fn contact(&mut self, dealing: &Dealing) {
        let contact = dealing.contact.as_ref().map(|contact| &contact.value);
        let lacks = |what: &str| match contact {
            Some(_) => format!("the contact has no {what}"),
            None => "no contact is known".to_owned(),
        };
        let name = dealing.contact_name();
        self.put("contact_name", value(name, "contact.name", &lacks("name")));
        self.put("contact_first_name", value(name.map(meeting_record::first_name), "contact.name", &lacks("name")));
        for (variable, what, text) in [
            ("contact_title", "title", contact.and_then(|contact| contact.title.as_deref())),
            ("contact_email", "address", contact.and_then(|contact| contact.email.as_deref())),
            ("contact_phone", "phone", contact.and_then(|contact| contact.phone.as_deref())),
        ] {
            let source = variable.replacen('_', ".", 1);
            self.put(variable, value(text, &source, &lacks(what)));
        }
        if let Some(contact) = contact {
            self.own_fields("contact", &contact.fields, None);
        }
    }

    fn company(&mut self, dealing: &Dealing) {
        let company = dealing.company.as_ref().map(|company| &company.value);
        let lacks = |what: &str| match company {
            Some(_) => format!("the company has no {what}"),
            None => "no company is known".to_owned(),
        };
        let size = company.and_then(|company| company.size).map(|size| size.to_string());
        for (variable, what, text) in [
            ("company_name", "name", dealing.company_name()),
            ("company_domain", "domain", company.and_then(|company| company.domain.as_deref())),
            ("company_industry", "industry", company.and_then(|company| company.industry.as_deref())),
            ("company_size", "size", size.as_deref()),
        ] {
            let source = variable.replacen('_', ".", 1);
            self.put(variable, value(text, &source, &lacks(what)));
        }
        if let Some(company) = company {
            self.own_fields("company", &company.fields, None);
        }
    }

    fn deal(&mut self, dealing: &Dealing) {
        let deal = dealing.deal.as_ref().map(|deal| &deal.value);
        let lacks = |what: &str| match deal {
            Some(_) => format!("the deal has no {what}"),
            None => "no deal is known".to_owned(),
        };
        let currency = deal.and_then(|deal| deal.currency.as_deref());
        self.put("deal_name", value(deal.map(|deal| deal.name.as_str()), "deal.name", &lacks("name")));
        self.put("deal_stage", value(deal.map(|deal| deal.stage.as_str()), "deal.stage", &lacks("stage")));
        self.put("deal_currency", value(currency, "deal.currency", &lacks("currency")));
        let amount = match (deal.and_then(|deal| deal.amount_cents), currency) {
            (None, _) => Answer::Unknown(lacks("amount")),
            (Some(_), None) => Answer::Unknown(lacks("currency")),
            (Some(cents), Some(currency)) => value(
                money(cents, currency).as_deref(),
                "deal.amount_cents",
                "the amount cannot be paid in its currency",
            ),
        };
        self.put("deal_amount", amount);
        let close = deal.and_then(|deal| deal.close_date.as_deref()).and_then(written_day);
        self.put("deal_close_date", value(close.as_deref(), "deal.close_date", &lacks("close date")));
        if let Some(deal) = deal {
            self.own_fields("deal", &deal.fields, currency);
        }
    }

    fn meeting(&mut self, call: &Call, talk: &Talk) {
        let meeting = talk.meeting.as_ref().and_then(|loaded| loaded.meeting.as_ref());
        let absent = "no meeting is known";
        self.put("meeting_title", value(meeting.map(|meeting| meeting.title.as_str()), "meeting.title", absent));
        let day = meeting
            .and_then(|meeting| instant_ms(&meeting.started_at))
            .and_then(|at| day_of(at, &call.zone))
            .and_then(|day| written_day(&day));
        self.put("meeting_date", value(day.as_deref(), "meeting.started_at", absent));
    }

    fn products(&mut self, meant: &Meant) {
        let names = ["products", "products_table", "product_name", "product_price", "product_description"];
        let found = match meant {
            Ok(found) => found,
            Err(reason) => {
                names.iter().for_each(|name| self.put(name, Answer::Unknown(reason.clone())));
                return;
            }
        };
        let list = |product: &Product| match price(product) {
            Some(price) => format!("- {}: {}", escaped(&product.name), escaped(&price)),
            None => format!("- {}", escaped(&product.name)),
        };
        self.put("products", markup(found.iter().map(list).collect::<Vec<_>>().join("\n"), "products"));
        self.put("products_table", table(found));
        let one = match found.as_slice() {
            [one] => Ok(one),
            many => Err(format!("{} products are meant", many.len())),
        };
        let of_one = |text: fn(&Product) -> Option<String>, source: &str, absent: &str| match one {
            Ok(product) => value(text(product).as_deref(), source, absent),
            Err(ref reason) => Answer::Unknown(reason.clone()),
        };
        let name = of_one(|product| Some(product.name.clone()), "product.name", "the product has no name");
        let description = of_one(
            |product| Some(product.description.clone()),
            "product.description",
            "the product has no description",
        );
        let price = of_one(price, "product.price_cents", "the product has no price");
        self.put("product_name", name);
        self.put("product_description", description);
        self.put("product_price", price);
    }

    /// Own fields of a record, by `<record>_<field>` and by `<field>`. `amount_cents`
    /// is also `amount`, as money.
    fn own_fields(&mut self, record: &str, fields: &Map<String, Value>, currency: Option<&str>) {
        for (field, content) in fields {
            let source = format!("{record}.fields.{field}");
            let mut answers = vec![(field.clone(), text_of(content))];
            if let (Some(stem), Some(cents), Some(currency)) =
                (field.strip_suffix("_cents"), content.as_i64(), currency)
            {
                answers.push((stem.to_owned(), money(cents, currency)));
            }
            for (name, text) in answers {
                let answer = value(text.as_deref(), &source, "the field in the CRM is no text");
                self.fields.entry(plain_name(&format!("{record}_{name}"))).or_default().push(answer.clone());
                self.fields.entry(plain_name(&name)).or_default().push(answer);
            }
        }
    }

    /// What is known under a name.
    pub(crate) fn answer(&self, name: &str) -> Answer {
        let name = plain_name(name);
        let own = self.fields.get(&name).map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<&Answer> = own.iter().filter(|answer| matches!(answer, Answer::Value { .. })).collect();
        match (self.named.get(&name), texts.as_slice()) {
            (Some(known @ Answer::Value { .. }), _) => known.clone(),
            (_, [first, rest @ ..]) => {
                let text = |answer: &Answer| match answer {
                    Answer::Value { text, .. } => text.clone(),
                    Answer::Unknown(_) => String::new(),
                };
                match rest.iter().find(|other| text(other) != text(first)) {
                    None => (*first).clone(),
                    Some(other) => {
                        Answer::Unknown(format!("the records disagree: “{}” and “{}”", text(first), text(other)))
                    }
                }
            }
            (Some(unknown), []) => unknown.clone(),
            (None, []) => match own.first() {
                Some(unknown) => unknown.clone(),
                None => Answer::Unknown("nothing in the CRM has this name".to_owned()),
            },
        }
    }
}

/// A product's price as it is written.
fn price(product: &Product) -> Option<String> {
    money(product.price_cents?, &product.currency)
}

/// A table of products; none where one has no price, because a table with a gap
/// reads as if it were free.
fn table(found: &[Product]) -> Answer {
    let mut lines = vec!["| Product | Description | Price |".to_owned(), "|---|---|---:|".to_owned()];
    for product in found {
        let Some(price) = price(product) else {
            return Answer::Unknown(format!("“{}” has no price", product.name));
        };
        let cell = |text: &str| escaped(&meeting_record::one_line(text));
        lines.push(format!("| {} | {} | {} |", cell(&product.name), cell(&product.description), cell(&price)));
    }
    markup(lines.join("\n"), "products")
}

/// An own field as text: a day is written out, a list is joined; what is neither
/// text nor number is nothing.
fn text_of(content: &Value) -> Option<String> {
    match content {
        Value::String(text) if text.len() == 10 => Some(written_day(text).unwrap_or_else(|| text.clone())),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(text_of).collect();
            texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(records: &[(&str, Value)]) -> Known {
        let mut known = Known { named: BTreeMap::new(), fields: BTreeMap::new() };
        for (record, fields) in records {
            known.own_fields(record, &fields.as_object().cloned().unwrap_or_default(), Some("USD"));
        }
        known
    }

    fn text(answer: &Answer) -> &str {
        match answer {
            Answer::Value { text, .. } => text,
            Answer::Unknown(reason) => reason,
        }
    }

    #[test]
    fn own_fields_are_written_by_what_they_are() {
        let known = known(&[(
            "deal",
            json!({"start": "2026-12-01", "seats": 40, "sites": ["Kiel", "Lyon"], "discount_cents": 250_000, "vip": true}),
        )]);
        for (name, want) in [
            ("start", "1 December 2026"),
            ("deal.seats", "40"),
            ("deal_sites", "Kiel, Lyon"),
            ("discount", "$2,500.00"),
            ("vip", "the field in the CRM is no text"),
            ("nothing", "nothing in the CRM has this name"),
        ] {
            assert_eq!(text(&known.answer(name)), want, "{name}");
        }
    }

    #[test]
    fn records_that_disagree_say_nothing() {
        let known = known(&[
            ("deal", json!({"term": "12 months", "site": "Kiel"})),
            ("company", json!({"term": "24 months", "site": "Kiel"})),
        ]);
        assert_eq!(text(&known.answer("term")), "the records disagree: “12 months” and “24 months”");
        assert_eq!(text(&known.answer("deal_term")), "12 months");
        assert_eq!(text(&known.answer("site")), "Kiel");
    }
}

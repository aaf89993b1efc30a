//! Pages of the sources that are lists: how much is handed over at a time, and where to
//! read on.
//!
//! Invariants: a page that has anything behind it says where to read on, and reading on
//! shows each record once, in the source's order, and comes to an end; no record is too
//! large for a page; what is not whole is named in its record, under `cut`, with the bytes
//! of the whole.
//!
//! To page one more source: its row of [`super::SOURCES`] says how many records a page has
//! and which of their fields are the source's order; whoever answers reads on behind
//! [`AFTER`].

use serde_json::{Map, Value, json};

/// Bytes of a page of tier 2: the first pages of all its sources together are about what a
/// model's prompt still takes.
pub const MAX_PAGE_BYTES: usize = 24 * 1024;
/// Characters of a long text in a record of a list; the whole of it has no source.
pub const MAX_TEXT_CHARS: usize = 2_000;
/// What ends a text that is not whole.
pub const ELLIPSIS: char = '…';
/// The field of a record that names what of it is not whole.
pub const CUT: &str = "cut";
/// The parameter by which the host says behind which record a page begins, as the texts of
/// the order's fields, or null for the first page. A source that is asked so answers with
/// one record more than a page has, where there is one. No skill can say it.
pub const AFTER: &str = "after";
/// Bytes of a cursor: a name and an id.
const MAX_CURSOR_BYTES: usize = 4 * 1024;
/// How far a record is cut that is larger than a page: characters of a text, and parts of a
/// list or an object, the first that is enough.
const CUTS: [(usize, usize); 3] = [(MAX_TEXT_CHARS, 50), (400, 10), (60, 2)];

/// How a list is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// Records of a page.
    pub rows: usize,
    /// Bytes of a page.
    pub bytes: usize,
    /// Fields that the source is ordered by; texts, the last one unique.
    pub order: &'static [&'static str],
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// JSON text of a list.
    pub body: String,
    /// Where to read on; nothing on the last page.
    pub next: Option<String>,
}

impl Paging {
    /// The place that a cursor names; `None` for what is no cursor of such a source.
    pub fn place(&self, cursor: &str) -> Option<Vec<String>> {
        let place: Vec<String> =
            (cursor.len() <= MAX_CURSOR_BYTES).then(|| serde_json::from_str(cursor).ok()).flatten()?;
        (place.len() == self.order.len()).then_some(place)
    }

    /// The first records of a list, as many as fit into a page of so many bytes. `is_more`
    /// says that there are others behind the list. `None` where not even the least of the
    /// first record has room.
    pub fn page(&self, list: Vec<Value>, is_more: bool, most: usize) -> Option<Page> {
        let of_list = list.len();
        let mut body = String::from("[");
        let (mut taken, mut cursor) = (0, None);
        for record in list.into_iter().take(self.rows) {
            let record = fitted(record, self.order, most.saturating_sub(2));
            let text = record.to_string();
            if body.len() + usize::from(taken > 0) + text.len() + 1 > most {
                if taken == 0 {
                    return None;
                }
                break;
            }
            if taken > 0 {
                body.push(',');
            }
            body.push_str(&text);
            taken += 1;
            cursor = self.cursor(&record);
        }
        body.push(']');
        Some(Page { body, next: cursor.filter(|_| is_more || taken < of_list) })
    }

    fn cursor(&self, record: &Value) -> Option<String> {
        let fields: Option<Vec<&str>> = self.order.iter().map(|name| record.get(name)?.as_str()).collect();
        fields.map(|fields| json!(fields).to_string())
    }
}

/// The beginning of a text that has more characters; `None` of one that has not.
fn shortened(text: &str, most: usize) -> Option<String> {
    let (at, _) = text.char_indices().nth(most)?;
    let mut short = text[..at].to_owned();
    short.push(ELLIPSIS);
    Some(short)
}

/// A record with at most so many bytes, where it has a field beside those that `whole`
/// names; what was taken from it is named in it.
pub fn fitted(record: Value, whole: &[&str], most: usize) -> Value {
    let Value::Object(fields) = record else { return record };
    if length(&fields) <= most {
        return Value::Object(fields);
    }
    for (chars, parts) in CUTS {
        let less = cut(&fields, whole, |value| part_of(value, chars, parts));
        if length(&less) <= most {
            return Value::Object(less);
        }
    }
    Value::Object(cut(&fields, whole, |_| Value::Null))
}

fn length(fields: &Map<String, Value>) -> usize {
    serde_json::to_string(fields).map_or(usize::MAX, |text| text.len())
}

/// The fields, each as much as `part` leaves of it; one of which nothing is left is gone.
fn cut(fields: &Map<String, Value>, whole: &[&str], part: impl Fn(&Value) -> Value) -> Map<String, Value> {
    let mut named = fields.get(CUT).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut left = Map::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != CUT) {
        let less = if whole.contains(&name.as_str()) { value.clone() } else { part(value) };
        if less != *value {
            let bytes = value.as_str().map_or_else(|| value.to_string().len(), str::len);
            named.entry(name.clone()).or_insert(json!(bytes));
        }
        if !less.is_null() || value.is_null() {
            left.insert(name.clone(), less);
        }
    }
    if !named.is_empty() {
        left.insert(CUT.to_owned(), Value::Object(named));
    }
    left
}

fn part_of(value: &Value, chars: usize, parts: usize) -> Value {
    match value {
        Value::String(text) => shortened(text, chars).map_or_else(|| value.clone(), Value::String),
        Value::Array(list) => list.iter().take(parts).map(|value| part_of(value, chars, parts)).collect(),
        Value::Object(fields) => {
            let some = fields.iter().take(parts);
            Value::Object(some.map(|(name, value)| (name.clone(), part_of(value, chars, parts))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const BY_TIME: Paging = Paging { rows: 10, bytes: 4_000, order: &["at", "id"] };

    fn record(n: usize, chars: usize) -> Value {
        // Two records of each instant, so that the id decides.
        json!({ "id": format!("a{n:03}"), "at": format!("2026-11-{:02}", n / 2), "body": "é".repeat(chars) })
    }

    fn ids(page: &Page) -> Vec<String> {
        let list: Vec<Value> = serde_json::from_str(&page.body).unwrap();
        list.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
    }

    /// What a source answers that holds `all` and is asked for a page.
    fn behind(all: &[Value], paging: &Paging, cursor: Option<&str>) -> Vec<Value> {
        let place = cursor.map(|cursor| paging.place(cursor).unwrap());
        let is_behind = |record: &&Value| {
            let key = ["at", "id"].map(|name| record[name].as_str().unwrap().to_owned());
            place.as_ref().is_none_or(|place| key.as_slice() > place.as_slice())
        };
        all.iter().filter(is_behind).take(paging.rows + 1).cloned().collect()
    }

    #[test]
    fn a_page_ends_by_records_or_by_bytes_and_says_where_to_read_on() {
        let many: Vec<Value> = (0..11).map(|n| record(n, 1)).collect();
        let page = BY_TIME.page(many.clone(), false, BY_TIME.bytes).unwrap();
        assert_eq!((ids(&page).len(), page.next.as_deref()), (10, Some(r#"["2026-11-04","a009"]"#)));
        let page = BY_TIME.page(many[..10].to_vec(), false, BY_TIME.bytes).unwrap();
        assert_eq!((ids(&page).len(), page.next), (10, None), "the last one");
        assert!(BY_TIME.page(many[..10].to_vec(), true, BY_TIME.bytes).unwrap().next.is_some());
        let large: Vec<Value> = (0..5).map(|n| record(n, 700)).collect();
        let page = BY_TIME.page(large, false, BY_TIME.bytes).unwrap();
        assert_eq!((ids(&page).len(), page.next.is_some(), page.body.len() <= BY_TIME.bytes), (2, true, true));
        assert_eq!(BY_TIME.page(Vec::new(), false, 2).unwrap(), Page { body: "[]".to_owned(), next: None });
        assert_eq!(BY_TIME.page(vec![record(0, 1)], false, 40), None, "not even its id and time");
    }

    #[test]
    fn what_is_larger_than_a_page_is_cut_and_says_so() {
        let huge = json!({ "id": "n1", "at": "2026-11-01", "body": "x".repeat(262_144), "kind": "note",
            "to": vec!["somebody@globex.example"; 500], "nothing": null });
        let page = BY_TIME.page(vec![huge], false, BY_TIME.bytes).unwrap();
        let list: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!((&list[0]["id"], &list[0]["kind"], page.next), (&json!("n1"), &json!("note"), None));
        assert_eq!(list[0]["cut"]["body"], 262_144);
        assert_eq!(list[0]["body"].as_str().unwrap().chars().count(), MAX_TEXT_CHARS + 1);
        assert_eq!(list[0]["to"].as_array().unwrap().len(), 50);
        assert_eq!(list[0]["nothing"], Value::Null);
        // However it is made.
        let wild: Map<String, Value> = (0..400).map(|n| (format!("field-{n:03}"), json!("\u{1}".repeat(99)))).collect();
        let mut wild = Value::Object(wild);
        wild["id"] = json!("n2");
        wild["at"] = json!("2026-11-02");
        let less = fitted(wild, BY_TIME.order, BY_TIME.bytes);
        assert_eq!((&less["id"], &less["at"]), (&json!("n2"), &json!("2026-11-02")));
        assert!(less["cut"].as_object().unwrap().len() == 400);
        // What the source cut itself stays named.
        let known =
            json!({ "id": "n3", "at": "x", "body": "short…", "cut": { "body": 9_000 }, "more": "y".repeat(5_000) });
        let less = fitted(known, BY_TIME.order, BY_TIME.bytes);
        assert_eq!(less["cut"], json!({ "body": 9_000, "more": 5_000 }));
    }

    #[test]
    fn a_cursor_is_taken_back_only_where_it_fits() {
        assert_eq!(BY_TIME.place(r#"["t","a"]"#), Some(vec!["t".to_owned(), "a".to_owned()]));
        let long = format!(r#"["t","{}"]"#, "x".repeat(MAX_CURSOR_BYTES));
        for bad in ["", "t", r#"["t"]"#, r#"["t","a","b"]"#, r#"["t",1]"#, long.as_str()] {
            assert_eq!(BY_TIME.place(bad), None, "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn reading_on_shows_each_record_once_in_its_order(
            sizes in prop::collection::vec(0_usize..6_000, 0..60), most in 200_usize..5_000,
        ) {
            let all: Vec<Value> = sizes.iter().enumerate().map(|(n, chars)| record(n, *chars)).collect();
            let (mut seen, mut cursor) = (Vec::new(), None);
            for _ in 0..=all.len() {
                let page = BY_TIME.page(behind(&all, &BY_TIME, cursor.as_deref()), false, most).unwrap();
                prop_assert!(page.body.len() <= most);
                seen.extend(ids(&page));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            let wanted: Vec<String> = all.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}

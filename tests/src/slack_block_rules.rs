//! Slack's limits on blocks, as its reference states them.

use std::collections::HashSet;

use serde_json::Value;

/// Where blocks stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Message,
    Modal,
    Home,
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn string<'v>(value: &'v Value, name: &str) -> Result<&'v str, String> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| format!("{name} is missing"))
}

fn at_most(value: &Value, name: &str, max: usize) -> Result<(), String> {
    match value.get(name) {
        None => Ok(()),
        Some(Value::String(text)) if text.is_empty() => Err(format!("{name} is empty")),
        Some(Value::String(text)) if length(text) <= max => Ok(()),
        Some(Value::String(text)) => Err(format!("{name} has {} of {max} characters", length(text))),
        Some(_) => Err(format!("{name} is no text")),
    }
}

fn only(value: &Value, known: &[&str]) -> Result<(), String> {
    let object = value.as_object().ok_or("not an object")?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown field {key}")),
        None => Ok(()),
    }
}

/// A text object.
pub(super) fn words(value: &Value, max: usize, plain: bool) -> Result<(), String> {
    match string(value, "type")? {
        "plain_text" => only(value, &["type", "text", "emoji"])?,
        "mrkdwn" if !plain => only(value, &["type", "text", "verbatim"])?,
        other => return Err(format!("a text of type {other} does not stand here")),
    }
    let text = string(value, "text")?;
    if text.is_empty() {
        return Err("a text is empty".to_owned());
    }
    if length(text) > max {
        return Err(format!("a text has {} of {max} characters", length(text)));
    }
    Ok(())
}

fn list<'v>(value: &'v Value, name: &str, max: usize) -> Result<&'v [Value], String> {
    let items = value.get(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is no list"))?;
    if items.is_empty() || items.len() > max {
        return Err(format!("{name} has {} of 1 to {max} entries", items.len()));
    }
    Ok(items)
}

/// All blocks of a surface.
pub(super) fn blocks(value: &Value, max: usize, surface: Surface) -> Result<(), String> {
    let blocks = value.as_array().ok_or("blocks is no list")?;
    if blocks.is_empty() || blocks.len() > max {
        return Err(format!("there are {} of 1 to {max} blocks", blocks.len()));
    }
    let mut block_ids = HashSet::new();
    let mut action_ids = HashSet::new();
    for (index, block) in blocks.iter().enumerate() {
        let here = |why: String| format!("block {index}: {why}");
        at_most(block, "block_id", 255).map_err(here)?;
        if let Some(id) = block.get("block_id").and_then(Value::as_str)
            && !block_ids.insert(id)
        {
            return Err(here(format!("block_id {id} is there twice")));
        }
        one(block, surface, &mut action_ids).map_err(here)?;
    }
    Ok(())
}

fn one<'v>(block: &'v Value, surface: Surface, action_ids: &mut HashSet<&'v str>) -> Result<(), String> {
    match string(block, "type")? {
        "header" => {
            only(block, &["type", "block_id", "text"])?;
            words(&block["text"], 150, true)
        }
        "divider" => only(block, &["type", "block_id"]),
        "section" => {
            only(block, &["type", "block_id", "text", "fields"])?;
            if block.get("text").is_none() && block.get("fields").is_none() {
                return Err("a section has text or fields".to_owned());
            }
            if let Some(text) = block.get("text") {
                words(text, 3000, false)?;
            }
            if block.get("fields").is_some() {
                for field in list(block, "fields", 10)? {
                    words(field, 2000, false)?;
                }
            }
            Ok(())
        }
        "context" => {
            only(block, &["type", "block_id", "elements"])?;
            list(block, "elements", 10)?.iter().try_for_each(|text| words(text, 2000, false))
        }
        "actions" => {
            only(block, &["type", "block_id", "elements"])?;
            for element in list(block, "elements", 25)? {
                button(element)?;
                unique(element, action_ids)?;
            }
            Ok(())
        }
        "rich_text" => {
            only(block, &["type", "block_id", "elements"])?;
            let mut length = 0;
            for element in list(block, "elements", usize::MAX)? {
                length += rich(element)?;
            }
            if length > 3000 { Err(format!("a rich text has {length} of 3000 characters")) } else { Ok(()) }
        }
        "input" if surface == Surface::Modal => {
            only(block, &["type", "block_id", "label", "element", "optional", "hint"])?;
            words(&block["label"], 2000, true)?;
            input(&block["element"])
        }
        other => Err(format!("a block of type {other} does not stand here")),
    }
}

/// A paragraph or a list of rich text, of literal text alone; its length.
fn rich(element: &Value) -> Result<usize, String> {
    match string(element, "type")? {
        "rich_text_section" => {
            only(element, &["type", "elements"])?;
            let mut length = 0;
            for part in list(element, "elements", usize::MAX)? {
                only(part, &["type", "text", "style"])?;
                if string(part, "type")? != "text" {
                    return Err("only text stands in rich text here".to_owned());
                }
                at_most(part, "text", 3000)?;
                length += self::length(string(part, "text")?);
                if let Some(style) = part.get("style") {
                    only(style, &["bold", "italic", "strike", "code"])?;
                    if style
                        .as_object()
                        .is_none_or(|styles| styles.is_empty() || !styles.values().all(Value::is_boolean))
                    {
                        return Err("a style names what is so".to_owned());
                    }
                }
            }
            Ok(length)
        }
        "rich_text_list" => {
            only(element, &["type", "style", "elements", "indent", "offset", "border"])?;
            if !matches!(string(element, "style")?, "bullet" | "ordered") {
                return Err("a list is bullet or ordered".to_owned());
            }
            let items = list(element, "elements", usize::MAX)?;
            if items.iter().any(|item| item["type"] != "rich_text_section") {
                return Err("the items of a list are sections".to_owned());
            }
            items.iter().map(rich).sum()
        }
        other => Err(format!("an element of type {other} does not stand in rich text")),
    }
}

fn unique<'v>(element: &'v Value, action_ids: &mut HashSet<&'v str>) -> Result<(), String> {
    let id = string(element, "action_id")?;
    if action_ids.insert(id) { Ok(()) } else { Err(format!("action_id {id} is there twice")) }
}

fn button(element: &Value) -> Result<(), String> {
    if string(element, "type")? != "button" {
        return Err("only buttons are known in a row".to_owned());
    }
    only(element, &["type", "text", "action_id", "value", "url", "style", "confirm"])?;
    words(&element["text"], 75, true)?;
    at_most(element, "action_id", 255)?;
    at_most(element, "value", 2000)?;
    at_most(element, "url", 3000)?;
    match element.get("style").map(Value::as_str) {
        None | Some(Some("primary" | "danger")) => {}
        Some(_) => return Err("a style is primary or danger".to_owned()),
    }
    let Some(confirm) = element.get("confirm") else { return Ok(()) };
    only(confirm, &["title", "text", "confirm", "deny", "style"])?;
    words(&confirm["title"], 100, true)?;
    words(&confirm["text"], 300, false)?;
    words(&confirm["confirm"], 30, true)?;
    words(&confirm["deny"], 30, true)
}

fn input(element: &Value) -> Result<(), String> {
    at_most(element, "action_id", 255)?;
    match string(element, "type")? {
        "plain_text_input" => {
            only(element, &["type", "action_id", "multiline", "max_length", "initial_value"])?;
            let max = element.get("max_length").and_then(Value::as_u64).unwrap_or(3000);
            if !(1..=3000).contains(&max) {
                return Err("max_length is 1 to 3000".to_owned());
            }
            at_most(element, "initial_value", usize::try_from(max).unwrap_or(3000))
        }
        "datetimepicker" => {
            only(element, &["type", "action_id", "initial_date_time"])?;
            match element.get("initial_date_time").and_then(Value::as_u64) {
                Some(seconds) if seconds.to_string().len() == 10 => Ok(()),
                _ => Err("initial_date_time is ten digits of seconds".to_owned()),
            }
        }
        "checkboxes" => {
            only(element, &["type", "action_id", "options"])?;
            let options = list(element, "options", 10)?;
            options.iter().try_for_each(|option| {
                only(option, &["text", "value"])?;
                words(&option["text"], 75, false)?;
                string(option, "value")?;
                at_most(option, "value", 150)
            })
        }
        other => Err(format!("an input of type {other} is not known")),
    }
}

//! What the echo skill does, as an Extism plugin.

use extism_pdk::{FnResult, host_fn, plugin_fn};
use serde::{Deserialize, Serialize};

#[host_fn]
extern "ExtismHost" {
    fn context_read(query: String) -> String;
}

#[derive(Deserialize)]
struct Input {
    text: String,
    contact_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
    title: Option<String>,
}

#[derive(Serialize)]
struct Output {
    text: String,
    contact: Option<Person>,
}

/// Reads the contact, if any, and answers.
#[plugin_fn]
pub fn run(input: String) -> FnResult<String> {
    let input: Input = serde_json::from_str(&input)?;
    let contact = match input.contact_id {
        Some(id) => {
            let query = serde_json::json!({ "source": "contact", "params": { "contact_id": id } }).to_string();
            Some(serde_json::from_str(&unsafe { context_read(query)? })?)
        }
        None => None,
    };
    Ok(serde_json::to_string(&Output { text: input.text, contact })?)
}

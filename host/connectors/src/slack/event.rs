//! An event of Slack's Events API, read from a body whose signature was verified.
//!
//! To hear of another kind: a case of [`SlackEvent`], and its type in [`parse`].

use serde_json::Value;

/// What Slack tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlackEvent {
    /// Slack asks whether this address is ours; the answer is its own word.
    Challenge(String),
    /// Somebody opened the app's home tab.
    HomeOpened {
        /// Slack team.
        team: String,
        /// Slack user.
        user: String,
    },
    /// Nothing this host asked for.
    Other,
}

/// Reads a verified body; `None` is no event.
pub fn parse(body: &[u8]) -> Option<SlackEvent> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match body.get("type")?.as_str()? {
        "url_verification" => text("/challenge").map(SlackEvent::Challenge),
        "event_callback" => match text("/event/type")?.as_str() {
            // Its other tab is that of messages.
            "app_home_opened" if text("/event/tab").is_none_or(|tab| tab == "home") => {
                Some(SlackEvent::HomeOpened { team: text("/team_id")?, user: text("/event/user")? })
            }
            _ => Some(SlackEvent::Other),
        },
        _ => Some(SlackEvent::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_is_no_error_and_what_is_no_event_is_none() {
        let read = |text: &str| parse(text.as_bytes());
        assert_eq!(
            read(r#"{"type":"url_verification","challenge":"c1","token":"t"}"#),
            Some(SlackEvent::Challenge("c1".to_owned()))
        );
        let opened = |tab: &str| {
            read(&format!(
                r#"{{"type":"event_callback","team_id":"T1","event":{{"type":"app_home_opened","user":"U1","tab":"{tab}"}}}}"#
            ))
        };
        assert_eq!(opened("home"), Some(SlackEvent::HomeOpened { team: "T1".to_owned(), user: "U1".to_owned() }));
        assert_eq!(opened("messages"), Some(SlackEvent::Other));
        assert_eq!(read(r#"{"type":"event_callback","event":{"type":"message"}}"#), Some(SlackEvent::Other));
        for bad in ["", "[]", "{}", r#"{"type":"event_callback"}"#, r#"{"type":"url_verification"}"#] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

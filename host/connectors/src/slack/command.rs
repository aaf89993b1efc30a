//! A slash command, read from a body whose signature was verified.

/// What somebody typed after the command's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCommand {
    /// Slack team: maps, with the user, to an org and a user of ours.
    pub team: String,
    /// Slack user.
    pub user: String,
    /// The words, without the name of the command.
    pub words: String,
    /// Unique of this use of the command.
    pub trigger_id: String,
}

/// A body that is no slash command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the form has no `{field}`")]
pub struct CommandError {
    /// Which field is missing.
    pub field: &'static str,
}

/// Reads a verified body, form-encoded.
///
/// # Errors
/// A field is missing.
pub fn parse(body: &[u8]) -> Result<SlashCommand, CommandError> {
    let field = |wanted: &'static str| {
        let found = url::form_urlencoded::parse(body).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned()).ok_or(CommandError { field: wanted })
    };
    Ok(SlashCommand {
        team: field("team_id")?,
        user: field("user_id")?,
        // Without words Slack sends an empty one.
        words: field("text")?.trim().to_owned(),
        trigger_id: field("trigger_id")?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_words_are_decoded_and_a_form_of_another_shape_says_what_it_lacks() {
        let body = b"token=x&team_id=T1&team_domain=acme&user_id=U1&command=%2Fskillhost&trigger_id=1.2.a\
            &text=find+times+for+Z%C3%BCrich%3F+&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1";
        let command = parse(body).unwrap();
        assert_eq!((command.words.as_str(), command.team.as_str()), ("find times for Zürich?", "T1"));
        assert_eq!(parse(b"team_id=T1&user_id=U1&text=").unwrap_err().field, "trigger_id");
        assert_eq!(parse(b"").unwrap_err().field, "team_id");
    }
}

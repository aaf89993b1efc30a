//! In whose name an effect happens: always in that of the person on whose behalf the job
//! runs. The host fills the address in before anybody is asked, so that it is on the card
//! and in the digest, and looks again before the effect leaves.

use serde_json::Value;

use super::EffectKind;

/// Why an effect may not happen in somebody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender is not the person on whose behalf the job runs")]
pub struct NotTheirs;

/// Whether the payload is in the name of `own`; one that needs a sender and names none is
/// not. A kind without a sender is in nobody's name.
///
/// # Errors
/// It names somebody else, or nobody.
pub fn is_from(kind: &EffectKind, payload: &Value, own: &str) -> Result<(), NotTheirs> {
    let Some(field) = kind.sender() else { return Ok(()) };
    let sender = payload.get(field).and_then(Value::as_str).map(bare).unwrap_or_default();
    if sender.is_empty() || !sender.eq_ignore_ascii_case(own) { Err(NotTheirs) } else { Ok(()) }
}

/// Puts `own` where a payload names no sender.
///
/// # Errors
/// It names somebody else.
pub fn sign(kind: &EffectKind, payload: &mut Value, own: &str) -> Result<(), NotTheirs> {
    let Some(field) = kind.sender() else { return Ok(()) };
    if let Some(fields) = payload.as_object_mut()
        && !own.is_empty()
    {
        fields.entry(field).or_insert_with(|| own.into());
    }
    is_from(kind, payload, own)
}

/// The address alone, of `a@b` or `Name <a@b>`.
pub(super) fn bare(entry: &str) -> &str {
    entry.rsplit_once('<').map_or(entry, |(_, rest)| rest.trim_end_matches('>'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::effect::kind;

    #[test]
    fn a_mail_is_from_the_person_themselves() {
        let email = kind("email.send").unwrap();
        let mut mail = json!({"to": ["b@x.example"]});
        assert_eq!(is_from(email, &mail, "ada@x.example"), Err(NotTheirs));
        assert_eq!(sign(email, &mut mail, "ada@x.example"), Ok(()));
        assert_eq!(mail["from"], "ada@x.example");
        for (from, ok) in
            [("Ada Reed <ADA@x.example>", true), ("boss@x.example", false), ("ada@x.example <boss@x.example>", false)]
        {
            assert_eq!(sign(email, &mut json!({ "from": from }), "ada@x.example").is_ok(), ok, "{from}");
        }
        assert_eq!(sign(email, &mut json!({}), ""), Err(NotTheirs));
    }

    #[test]
    fn an_invitation_is_the_persons_too_and_a_task_is_in_nobodys_name() {
        let invite = kind("calendar.invite").unwrap();
        let mut meeting = json!({});
        assert_eq!(sign(invite, &mut meeting, "ada@x.example"), Ok(()));
        assert_eq!(meeting["organizer"], "ada@x.example");
        assert_eq!(sign(invite, &mut json!({"organizer": "boss@x.example"}), "ada@x.example"), Err(NotTheirs));
        let mut task = json!({"title": "t"});
        assert_eq!(sign(kind("task.create").unwrap(), &mut task, "ada@x.example"), Ok(()));
        assert_eq!(task, json!({"title": "t"}));
    }
}

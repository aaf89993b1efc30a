//! In whose name an effect happens: always in that of the person on whose behalf the job
//! runs. The host writes who that is, by name and address, before anybody is asked, so that
//! it is on the card and in the digest, and looks again before the effect leaves. The name
//! is that of the directory, whatever a skill calls them.

use serde_json::Value;

use super::EffectKind;
use super::schema::{MAX_ADDRESS, MAX_NAME};

/// A person as the sender of what happens in their name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    address: String,
    shown: String,
}

impl Sender {
    /// Of a name and an address of the directory. A name that could not stand before an
    /// address is left out.
    pub fn new(name: &str, address: &str) -> Self {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = |c: char| !c.is_control() && !"<>@,;\"\\\u{2028}\u{2029}".contains(c);
        let shown = Some(format!("{name} <{address}>")).filter(|shown| {
            let is_short = name.chars().count() <= MAX_NAME && shown.chars().count() <= MAX_ADDRESS;
            !name.is_empty() && is_short && name.chars().all(fits)
        });
        Self { address: address.to_owned(), shown: shown.unwrap_or_else(|| address.to_owned()) }
    }
}

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
    if kind.sender().is_none() {
        return Ok(());
    }
    let sender = address(kind, payload).unwrap_or_default();
    if sender.is_empty() || !sender.eq_ignore_ascii_case(own) { Err(NotTheirs) } else { Ok(()) }
}

/// The address alone of the person in whose name it is.
pub fn address<'a>(kind: &EffectKind, payload: &'a Value) -> Option<&'a str> {
    payload.get(kind.sender()?).and_then(Value::as_str).map(bare)
}

/// Puts `own` where a payload names no sender, and in the place of their own address.
///
/// # Errors
/// It names somebody else.
pub fn sign(kind: &EffectKind, payload: &mut Value, own: &Sender) -> Result<(), NotTheirs> {
    let Some(field) = kind.sender() else { return Ok(()) };
    if let Some(fields) = payload.as_object_mut()
        && !own.address.is_empty()
    {
        fields.entry(field).or_insert_with(|| own.shown.as_str().into());
    }
    is_from(kind, payload, &own.address)?;
    if let Some(sender) = payload.get_mut(field) {
        *sender = own.shown.as_str().into();
    }
    Ok(())
}

/// The address alone, of `a@b` or `Name <a@b>`.
pub(super) fn bare(entry: &str) -> &str {
    entry.rsplit_once('<').map_or(entry, |(_, rest)| rest.trim_end_matches('>'))
}

/// The name alone, where there is one.
pub(super) fn name(entry: &str) -> Option<&str> {
    entry.rsplit_once('<').map(|(name, _)| name.trim()).filter(|name| !name.is_empty())
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
        let ada = Sender::new("Ada  Reed", "ada@x.example");
        let mut mail = json!({"to": ["b@x.example"], "subject": "s", "body": "b"});
        assert_eq!(is_from(email, &mail, "ada@x.example"), Err(NotTheirs));
        assert_eq!(sign(email, &mut mail, &ada), Ok(()));
        assert_eq!(mail["from"], "Ada Reed <ada@x.example>");
        email.validate(&mail).unwrap();
        for (from, ok) in [
            ("ada@x.example", true),
            ("The Chief <ADA@x.example>", true),
            ("boss@x.example", false),
            ("ada@x.example <boss@x.example>", false),
        ] {
            let mut mail = json!({ "from": from });
            assert_eq!(sign(email, &mut mail, &ada).is_ok(), ok, "{from}");
            assert_eq!(mail["from"], if ok { "Ada Reed <ada@x.example>" } else { from });
        }
        assert_eq!(sign(email, &mut json!({}), &Sender::default()), Err(NotTheirs));
    }

    #[test]
    fn a_name_that_could_be_more_than_a_name_is_left_out() {
        let email = kind("email.send").unwrap();
        let long = "é".repeat(MAX_NAME + 1);
        for name in ["", " ", "Reed, Ada", "Ada <boss@x.example>", "Ada\" Reed", "a@b", &long] {
            let mut mail = json!({"to": ["b@x.example"], "subject": "s", "body": "b"});
            assert_eq!(sign(email, &mut mail, &Sender::new(name, "ada@x.example")), Ok(()));
            assert_eq!(mail["from"], "ada@x.example", "{name}");
        }
        let (longest, far) = ("é".repeat(MAX_NAME), format!("a@{}.example", "x".repeat(220)));
        for (name, address, shown) in [
            ("Ada\r\nReed", "ada@x.example", "Ada Reed <ada@x.example>".to_owned()),
            (&longest, "ada@x.example", format!("{longest} <ada@x.example>")),
            (&longest, &far, far.clone()),
        ] {
            let mut mail = json!({"to": ["b@x.example"], "subject": "s", "body": "b"});
            sign(email, &mut mail, &Sender::new(name, address)).unwrap();
            assert_eq!(mail["from"], shown);
            email.validate(&mail).unwrap();
        }
    }

    #[test]
    fn an_invitation_is_the_persons_too_and_a_task_is_in_nobodys_name() {
        let invite = kind("calendar.invite").unwrap();
        let mut meeting = json!({});
        let ada = Sender::new("Ada Reed", "ada@x.example");
        assert_eq!(sign(invite, &mut meeting, &ada), Ok(()));
        assert_eq!(meeting["organizer"], "Ada Reed <ada@x.example>");
        assert_eq!(sign(invite, &mut json!({"organizer": "boss@x.example"}), &ada), Err(NotTheirs));
        let mut task = json!({"title": "t"});
        assert_eq!(sign(kind("task.create").unwrap(), &mut task, &ada), Ok(()));
        assert_eq!(task, json!({"title": "t"}));
    }
}

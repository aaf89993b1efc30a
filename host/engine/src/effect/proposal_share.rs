//! `proposal.share`: a link to a kept file, for whoever the user gives it to. The link is
//! made when the effect happens, works until it expires or is revoked, and goes to the
//! user's own messages; the host sends it to nobody.

use serde_json::{Map, Value, json};

use super::moment;
use super::schema::{id, object, one_line};
use super::{EffectError, EffectKind, FieldView, attachment, line, optional, string, worded};
use crate::artifact::Share;
use crate::body::Subject;
use crate::outbox::OutboxRow;
use crate::time::Timestamp;

/// Its name.
pub const KIND: &str = "proposal.share";
/// Longest that a link works: a quarter, after which what it shows is no longer kept by
/// default.
pub const MAX_SHARE_MS: i64 = 90 * 24 * 3_600_000;

const FIELDS: &[FieldView] = &[
    line("title", "Title"),
    line("name", "File"),
    line("media_type", "Type"),
    worded(line("bytes", "Size"), size),
    line("artifact", "Digest"),
    line("contact_id", "Contact"),
    line("expires_at", "Works until"),
];

pub(super) fn kind() -> EffectKind {
    let schema = object(
        &["artifact", "title", "expires_at"],
        json!({
            "artifact": attachment::reference(),
            "title": one_line(),
            "contact_id": id(),
            "expires_at": moment::instant(),
            "name": attachment::file_name(),
            "media_type": attachment::media_type(),
            "bytes": attachment::bytes(),
        }),
    );
    EffectKind::new(KIND, "Share a proposal", schema, FIELDS).protected().with_files(itself).checked_by(check).inside()
}

fn itself(payload: &mut Value) -> Vec<&mut Map<String, Value>> {
    payload.as_object_mut().into_iter().collect()
}

fn check(payload: &Value) -> Result<(), (String, String)> {
    moment::need_instant(payload, "expires_at").map(drop)
}

fn size(_: &Value, bytes: &Value) -> Option<String> {
    bytes.as_u64().map(attachment::size)
}

/// The link that the effect makes. Who the file is about decides under whose key it is
/// kept, which the row does not say.
///
/// # Errors
/// The row was changed in the database, or the link would be over or last too long.
pub fn share(row: &OutboxRow, about: Subject, now: Timestamp) -> Result<Share, EffectError> {
    let bad = |(pointer, message): (String, String)| EffectError::new(&row.kind, pointer, message);
    let at = |message: &str| ("/expires_at".to_owned(), message.to_owned());
    let expires_at = moment::need_instant(&row.payload, "expires_at").map_err(bad)?;
    if expires_at <= now {
        return Err(bad(at("the link would be over by now")));
    }
    if expires_at > now.plus_ms(MAX_SHARE_MS) {
        return Err(bad(at("a link works for at most 90 days")));
    }
    Ok(Share {
        id: row.key.to_string(),
        org: row.org.clone(),
        user: row.user.clone(),
        job: row.job.clone(),
        about,
        digest: string(row, "artifact")?,
        name: string(row, "name")?,
        media_type: string(row, "media_type")?,
        title: string(row, "title")?,
        contact: optional(row, "contact_id"),
        made_at: now,
        expires_at,
        revoked_at: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::effect::kind;

    fn payload() -> Value {
        json!({
            "artifact": format!("sha256:{}", "ab".repeat(32)), "title": "Our proposal", "expires_at": "2026-12-01T00:00:00Z",
            "name": "proposal.pdf", "media_type": "application/pdf", "bytes": 48_230, "contact_id": "c1",
        })
    }

    fn row(payload: Value) -> OutboxRow {
        serde_json::from_value(json!({
            "key": "eff_1", "org": "acme", "user": "ada", "job": "job_1", "step": "s", "local_id": "e", "kind": KIND,
            "payload": payload, "after": [], "module": null, "rights": [], "digest": "d", "approval": null,
            "release": null, "state": "ready", "revision": 1, "attempt": 0, "not_before": 0, "last_error": null,
            "receipt": null, "created_at": 0, "updated_at": 0,
        }))
        .unwrap()
    }

    #[test]
    fn the_card_says_which_file_and_until_when() {
        let share = kind(KIND).unwrap();
        share.validate(&payload()).unwrap();
        let lines = share.lines(&payload());
        let value = |label: &str| lines.iter().find(|line| line.label == label).unwrap().value.clone();
        assert_eq!((value("File").as_str(), value("Size").as_str()), ("proposal.pdf", "48.2 KB"));
        assert!(value("Digest").ends_with("abab") && value("Works until") == "2026-12-01T00:00:00Z");
        assert!(share.protected && share.is_local());
    }

    #[test]
    fn a_link_is_not_over_when_it_is_made_and_does_not_last_for_ever() {
        let about = || Subject::contact("c1");
        let at = |text: &str| moment::read_instant(text).unwrap();
        let made = share(&row(payload()), about(), at("2026-11-20T00:00:00Z")).unwrap();
        assert_eq!((made.id.as_str(), made.contact.as_deref()), ("eff_1", Some("c1")));
        for (now, why) in
            [("2026-12-01T00:00:00Z", "over"), ("2026-12-02T00:00:00Z", "over"), ("2026-08-01T00:00:00Z", "90 days")]
        {
            let error = share(&row(payload()), about(), at(now)).unwrap_err();
            assert!(error.message.contains(why), "{now}: {error}");
        }
    }
}

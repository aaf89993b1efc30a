//! The outbox of a restored database: nothing leaves by itself until a person has
//! looked at what is in it.
//!
//! A backup does not know what happened after it was taken. An effect that waited
//! then may have left since, and a job that was under way then may make one again
//! that has left already; whoever released it then would do it twice. So all of them
//! are held, those too that are approved while the hold stands.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect;
use crate::outbox::OutboxRow;
use crate::time::Timestamp;

/// Characters of what an effect is, on one line.
const MAX_ABOUT_CHARS: usize = 120;

/// Why nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectHold {
    /// When the backup was taken, or the last that the database knows of where nobody
    /// said it: what happened after it is not in the database.
    pub taken_at: Timestamp,
    /// When it was restored.
    pub since: Timestamp,
}

/// An effect that is held, with the job it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldEffect {
    /// The effect.
    pub row: OutboxRow,
    /// When its job was made.
    pub job_created_at: Timestamp,
}

/// Whether an effect may have happened already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Its job was there when the backup was taken, so it may have left since.
    MayHaveLeft,
    /// It changes this database only; what it did before went with the old one.
    HereOnly,
    /// Its job began after the restore.
    Fresh,
}

/// Whether `held` may have happened already.
pub fn doubt(hold: &EffectHold, held: &HeldEffect) -> Doubt {
    if effect::kind(&held.row.kind).is_some_and(effect::EffectKind::is_local) {
        Doubt::HereOnly
    // What was there before the restore may have gone on where it was.
    } else if held.job_created_at < hold.since {
        Doubt::MayHaveLeft
    } else {
        Doubt::Fresh
    }
}

/// What an effect is, on one line, for whoever decides about it.
pub fn about(row: &OutboxRow) -> String {
    let text = |field: &str| row.payload.get(field).and_then(Value::as_str).unwrap_or_default();
    let to: Vec<&str> =
        row.payload.get("to").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let words = [text("subject"), text("title"), text("text"), text("stage")];
    let word = words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    let line = if to.is_empty() { word.to_owned() } else { format!("to {}: {word}", to.join(", ")) };
    crate::visible::visible(&line).replace('\n', " ").chars().take(MAX_ABOUT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const TAKEN: Timestamp = Timestamp(1000);
    const SINCE: Timestamp = Timestamp(5000);

    fn held(kind: &str, job_created_at: Timestamp) -> HeldEffect {
        let row = json!({
            "key": "eff_1", "org": "acme", "user": "ada", "job": "job_1", "step": "s", "local_id": "e", "kind": kind,
            "payload": {"to": ["mira@globex.example"], "subject": "Next steps\u{202e}"}, "after": [], "module": null,
            "rights": [], "digest": "d", "approval": null, "release": null, "state": "ready", "revision": 1,
            "attempt": 0, "not_before": 0, "last_error": null, "receipt": null, "created_at": 0, "updated_at": 0,
        });
        HeldEffect { row: serde_json::from_value(row).unwrap(), job_created_at }
    }

    #[test]
    fn whatever_the_backup_knew_of_may_have_left_since() {
        let hold = EffectHold { taken_at: TAKEN, since: SINCE };
        for (kind, created, expected) in [
            ("email.send", Timestamp(0), Doubt::MayHaveLeft),
            ("email.send", TAKEN, Doubt::MayHaveLeft),
            ("chat.post", Timestamp(4999), Doubt::MayHaveLeft),
            ("email.send", SINCE, Doubt::Fresh),
            ("task.create", Timestamp(0), Doubt::HereOnly),
            ("no.such.kind", Timestamp(0), Doubt::MayHaveLeft),
        ] {
            assert_eq!(doubt(&hold, &held(kind, created)), expected, "{kind} {created:?}");
        }
    }

    #[test]
    fn a_line_about_it_names_whom_and_what_and_hides_nothing() {
        let line = about(&held("email.send", TAKEN).row);
        assert!(line.starts_with("to mira@globex.example: Next steps"), "{line}");
        assert!(!line.contains('\u{202e}'), "{line}");
        let mut long = held("email.send", TAKEN).row;
        long.payload["subject"] = json!("x\n".repeat(500));
        let line = about(&long);
        assert!(line.chars().count() <= MAX_ABOUT_CHARS && !line.contains('\n'));
    }
}

//! Protected kinds that this host knows but does not perform. Naming them here
//! keeps anything else from taking the name without the protection.

use serde_json::json;

use super::EffectKind;

pub(super) fn kinds() -> [EffectKind; 3] {
    let reserved = |name, title| EffectKind::new(name, title, json!(false), &[]).protected().reserved();
    [
        reserved("calendar.invite", "Invite to a meeting"),
        reserved("proposal.share", "Share a proposal"),
        reserved("http.request", "Send a request"),
    ]
}

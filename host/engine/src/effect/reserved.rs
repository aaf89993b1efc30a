//! Protected kinds that this host knows but does not perform. Naming them here
//! keeps anything else from taking the name without the protection.

use serde_json::json;

use super::EffectKind;

pub(super) fn kinds() -> [EffectKind; 1] {
    let reserved = |name, title| EffectKind::new(name, title, json!(false), &[]).protected().reserved();
    [reserved("http.request", "Send a request")]
}

//! Links to kept files: which file of which org, and until when, under the host's key. A
//! link is whole in itself, so that nothing that can be guessed opens anything, and
//! what it names is still looked up, so that it can be ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use serde_json::{Value, json};

use super::Binder;
use crate::canonical::canonical_json;
use crate::ids::OrgId;
use crate::time::Timestamp;

/// Purpose of a link.
const LINK_PURPOSE: &str = "skillhost/share/1";
/// Longest link that is looked at: ids and digests are far shorter.
const MAX_LINK: usize = 2_000;

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Tenant.
    pub org: OrgId,
    /// The share's id.
    pub id: String,
    /// `sha256:<hex>` of the file.
    pub digest: String,
    /// Works until then.
    pub expires_at: Timestamp,
}

impl Binder {
    /// A link as text that needs no escaping in an address.
    pub fn link(&self, link: &Link) -> String {
        // The instant goes in as text: canonical JSON keeps numbers as doubles.
        let said =
            canonical_json(&json!([LINK_PURPOSE, link.org, link.id, link.digest, link.expires_at.0.to_string()]));
        let mac = self.mac(&said).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(said), URL_SAFE_NO_PAD.encode(mac))
    }

    /// What a link says, if it is of this host; compared in constant time.
    pub fn read_link(&self, text: &str) -> Option<Link> {
        if text.len() > MAX_LINK {
            return None;
        }
        let (said, mac) = text.split_once('.')?;
        let (said, mac) = (URL_SAFE_NO_PAD.decode(said).ok()?, URL_SAFE_NO_PAD.decode(mac).ok()?);
        self.mac(&said).verify_slice(&mac).ok()?;
        let said: Vec<Value> = serde_json::from_slice(&said).ok()?;
        let [purpose, org, id, digest, expires_at] = said.as_slice() else { return None };
        (purpose == LINK_PURPOSE).then_some(())?;
        Some(Link {
            org: OrgId::new(org.as_str()?),
            id: id.as_str()?.to_owned(),
            digest: digest.as_str()?.to_owned(),
            expires_at: Timestamp(expires_at.as_str()?.parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::binding::HostKey;

    fn binder(key: u8) -> Binder {
        Binder::new(HostKey::new([key; 32]))
    }

    fn link() -> Link {
        Link {
            org: "acme".into(),
            id: "eff_01".to_owned(),
            digest: format!("sha256:{}", "ab".repeat(32)),
            expires_at: Timestamp(1_793_696_400_000),
        }
    }

    #[test]
    fn a_link_says_what_it_was_made_of_and_needs_no_escaping() {
        let text = binder(7).link(&link());
        assert_eq!(binder(7).read_link(&text), Some(link()));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{text}");
    }

    #[test]
    fn nothing_else_is_a_link() {
        let text = binder(7).link(&link());
        assert_eq!(binder(8).read_link(&text), None, "another host's");
        let (said, mac) = text.split_once('.').unwrap();
        // Every field of it, changed under the old signature.
        for changed in [
            Link { org: "rival".into(), ..link() },
            Link { id: "eff_02".to_owned(), ..link() },
            Link { digest: format!("sha256:{}", "cd".repeat(32)), ..link() },
            Link { expires_at: Timestamp(i64::MAX), ..link() },
        ] {
            let other = binder(7).link(&changed);
            let (other, _) = other.split_once('.').unwrap();
            assert_eq!(binder(7).read_link(&format!("{other}.{mac}")), None, "{changed:?}");
        }
        for forged in [
            String::new(),
            ".".to_owned(),
            said.to_owned(),
            format!("{said}."),
            format!("{said}.{}", &mac[..mac.len() - 2]),
            format!("{said}.{mac}."),
            format!("{said}.{mac}AA"),
            format!("{said}%2e{mac}"),
            format!("{said} .{mac}"),
            "../../etc/passwd".to_owned(),
            "a".repeat(3_000),
        ] {
            assert_eq!(binder(7).read_link(&forged), None, "{forged}");
        }
    }

    #[test]
    fn what_the_key_signs_for_another_purpose_is_no_link() {
        let said = canonical_json(&json!(["skillhost/effect/1", "acme", "eff_01", "sha256:ab", "0"]));
        let mac = binder(7).mac(&said).finalize().into_bytes();
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(said), URL_SAFE_NO_PAD.encode(mac));
        assert_eq!(binder(7).read_link(&text), None);
    }
}

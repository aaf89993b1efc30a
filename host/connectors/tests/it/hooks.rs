use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use skillhost_connectors::hooks::{
    HeaderMap, HookError, KeyError, SecretDigest, SlackSigningSecret, StandardWebhookKey,
};
use skillhost_engine::time::Timestamp;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(*name, value.parse().unwrap());
    }
    map
}

fn seconds(at: i64) -> Timestamp {
    Timestamp(at * 1000)
}

mod slack {
    use super::*;

    // The example of Slack's own documentation of request signing.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const TIME: i64 = 1_531_420_618;
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn check(signature: &str, time: &str, body: &str, now: i64) -> Result<(), HookError> {
        let secret = SlackSigningSecret::new(SecretString::from(SECRET)).unwrap();
        let headers = headers(&[("x-slack-signature", signature), ("x-slack-request-timestamp", time)]);
        secret.verify(&headers, body.as_bytes(), seconds(now))
    }

    #[test]
    fn documented_example_holds_within_five_minutes_and_not_after() {
        let time = TIME.to_string();
        assert_eq!(check(SIGNATURE, &time, BODY, TIME), Ok(()));
        assert_eq!(check(SIGNATURE, &time, BODY, TIME + 300), Ok(()));
        assert_eq!(check(SIGNATURE, &time, BODY, TIME - 300), Ok(()));
        for now in [TIME + 301, TIME - 301] {
            assert!(matches!(check(SIGNATURE, &time, BODY, now), Err(HookError::Stale { .. })));
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_a_mismatch() {
        let time = TIME.to_string();
        let other = format!("{}4", &SIGNATURE[..SIGNATURE.len() - 1]);
        assert_eq!(check(&other, &time, BODY, TIME), Err(HookError::Mismatch));
        assert_eq!(check(SIGNATURE, &time, &BODY.replace("foobar", "foobaz"), TIME), Err(HookError::Mismatch));
        assert_eq!(check(SIGNATURE, &(TIME + 1).to_string(), BODY, TIME), Err(HookError::Mismatch));
        assert_eq!(check(&SIGNATURE[..41], &time, BODY, TIME), Err(HookError::Mismatch));
        assert_eq!(check("v0=", &time, BODY, TIME), Err(HookError::Mismatch));
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let secret = SlackSigningSecret::new(SecretString::from(SECRET)).unwrap();
        let none = secret.verify(&HeaderMap::new(), b"", seconds(TIME));
        assert_eq!(none, Err(HookError::Missing { name: "x-slack-request-timestamp" }));
        let time = TIME.to_string();
        let one = secret.verify(&headers(&[("x-slack-request-timestamp", &time)]), b"", seconds(TIME));
        assert_eq!(one, Err(HookError::Missing { name: "x-slack-signature" }));
        for (signature, time) in [
            ("v1=00", time.as_str()),
            ("v0=xyz", &time),
            (SIGNATURE, "yesterday"),
            (SIGNATURE, "-5"),
            (SIGNATURE, "99999999999999999999"),
        ] {
            assert!(
                matches!(check(signature, time, BODY, TIME), Err(HookError::Malformed { .. })),
                "{signature} {time}"
            );
        }
        let twice = headers(&[
            ("x-slack-request-timestamp", &time),
            ("x-slack-signature", SIGNATURE),
            ("x-slack-signature", SIGNATURE),
        ]);
        let twice = secret.verify(&twice, BODY.as_bytes(), seconds(TIME));
        assert!(matches!(twice, Err(HookError::Malformed { .. })));
        assert_eq!(SlackSigningSecret::new(SecretString::from(" ")).err(), Some(KeyError::Empty));
    }
}

mod standard {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const KEY: &[u8] = b"a key made for these tests only!";
    const NOW: i64 = 1_900_000_000;
    const BODY: &str = r#"{"event":"complete","data":{"bot_id":"b1"}}"#;

    fn sign(key: &[u8], id: &str, time: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn key() -> StandardWebhookKey {
        StandardWebhookKey::new(&SecretString::from(format!("whsec_{}", STANDARD.encode(KEY)))).unwrap()
    }

    fn delivery(prefix: &str, id: &str, time: &str, signatures: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in [("id", id), ("timestamp", time), ("signature", signatures)] {
            let name: reqwest::header::HeaderName = format!("{prefix}-{name}").parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_fixed_vector_made_by_another_implementation_holds() {
        // python3: base64(hmac.new(KEY, b"msg_1.1900000000." + BODY, sha256))
        let headers = delivery("webhook", "msg_1", "1900000000", VECTOR);
        assert_eq!(key().verify(&headers, BODY.as_bytes(), seconds(NOW)).unwrap().message_id, "msg_1");
    }

    const VECTOR: &str = "v1,oH/30ExTQ/vrXd5gLqjNWAdq469fW4p2LhCjl2cmnIY=";

    #[test]
    fn both_families_of_headers_give_the_message_id() {
        for prefix in ["webhook", "svix"] {
            let signature = sign(KEY, "msg_2", NOW, BODY);
            let headers = delivery(prefix, "msg_2", &NOW.to_string(), &signature);
            assert!(StandardWebhookKey::is_signed(&headers));
            let verified = key().verify(&headers, BODY.as_bytes(), seconds(NOW)).unwrap();
            assert_eq!(verified.message_id, "msg_2");
        }
    }

    #[test]
    fn one_good_signature_among_others_is_enough_and_its_version_counts() {
        let good = sign(KEY, "m", NOW, BODY);
        let bad = sign(b"another key", "m", NOW, BODY);
        let check =
            |list: &str| key().verify(&delivery("svix", "m", &NOW.to_string(), list), BODY.as_bytes(), seconds(NOW));
        assert!(check(&format!("{bad} v2,xx {good}")).is_ok());
        assert_eq!(check(&bad), Err(HookError::Mismatch));
        assert!(matches!(check(&good.replace("v1,", "v2,")), Err(HookError::Malformed { .. })));
        assert!(matches!(check("v1,&&&"), Err(HookError::Malformed { .. })));
    }

    #[test]
    fn id_time_and_body_are_all_signed() {
        let signature = sign(KEY, "m", NOW, BODY);
        let check = |id: &str, time: i64, body: &str| {
            key().verify(&delivery("webhook", id, &time.to_string(), &signature), body.as_bytes(), seconds(NOW))
        };
        assert!(check("m", NOW, BODY).is_ok());
        assert_eq!(check("n", NOW, BODY), Err(HookError::Mismatch));
        assert_eq!(check("m", NOW + 1, BODY), Err(HookError::Mismatch));
        assert_eq!(check("m", NOW, "{}"), Err(HookError::Mismatch));
        for off in [-301, 301] {
            assert!(matches!(check("m", NOW + off, BODY), Err(HookError::Stale { .. })));
        }
    }

    #[test]
    fn families_are_not_mixed() {
        let mut headers = delivery("svix", "m", &NOW.to_string(), &sign(KEY, "m", NOW, BODY));
        headers.insert("webhook-id", "forged".parse().unwrap());
        let mixed = key().verify(&headers, BODY.as_bytes(), seconds(NOW));
        assert_eq!(mixed, Err(HookError::Missing { name: "webhook-timestamp" }));
    }

    #[test]
    fn keys_that_cannot_serve_are_refused_at_once() {
        let make = |text: &str| StandardWebhookKey::new(&SecretString::from(text)).err();
        assert_eq!(make(""), Some(KeyError::Empty));
        assert_eq!(make("whsec_"), Some(KeyError::Empty));
        assert_eq!(make("whsec_%%%"), Some(KeyError::NotBase64));
    }
}

#[test]
fn bot_secrets_are_compared_by_digest_under_both_names() {
    let stored = SecretDigest::parse(&SecretDigest::of("s3cret").to_string()).unwrap();
    assert_eq!(stored.verify(&headers(&[("x-mb-secret", "s3cret")])), Ok(()));
    assert_eq!(stored.verify(&headers(&[("x-meeting-baas-api-key", "s3cret")])), Ok(()));
    assert_eq!(stored.verify(&headers(&[("x-mb-secret", "S3cret")])), Err(HookError::Mismatch));
    // The current name decides where both are there.
    let both = headers(&[("x-mb-secret", "other"), ("x-meeting-baas-api-key", "s3cret")]);
    assert_eq!(stored.verify(&both), Err(HookError::Mismatch));
    assert_eq!(stored.verify(&HeaderMap::new()), Err(HookError::Missing { name: "x-mb-secret" }));
    assert!(matches!(stored.verify(&headers(&[("x-mb-secret", "")])), Err(HookError::Malformed { .. })));
    assert!(SecretDigest::parse("sha256:12").is_none());
    assert!(!format!("{stored}").contains("s3cret"));
}

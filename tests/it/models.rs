//! Models behind every protocol the host speaks, against vendors that are as
//! strict as the real ones.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::egress::ExtraRoots;
use skillhost_connectors::models::{Models, Provider, Target, VendorError};
use skillhost_engine::model::{Finish, Message, ModelAsk, Role};
use skillhost_engine::price::Tokens;
use skillhost_engine::structured::Shape;
use skillhost_tests::model_double::{MODEL_KEY, ModelDouble, Reply};

/// Each provider with what its endpoint ends in.
const PROVIDERS: [(Provider, &str); 5] = [
    (Provider::Openai, "/v1"),
    (Provider::OpenaiCompatible, "/v1/"),
    (Provider::Anthropic, ""),
    (Provider::Gemini, ""),
    (Provider::Ollama, ""),
];

fn models(base: &str, provider: Provider, suffix: &str, key: &str) -> Models {
    let target = Target {
        provider,
        model: "small".to_owned(),
        endpoint: format!("{base}{suffix}").parse().unwrap(),
        key: Some(SecretString::from(key.to_owned())),
        max_output_tokens: 1000,
    };
    Models::new(BTreeMap::from([("fast".to_owned(), target)]), ExtraRoots::default()).unwrap()
}

fn ask(schema: Option<Value>) -> ModelAsk {
    let message = |role, text: &str| Message { role, text: text.to_owned() };
    ModelAsk {
        class: "fast".to_owned(),
        messages: vec![
            message(Role::System, "Answer in one word."),
            message(Role::User, "Hello?"),
            message(Role::Assistant, "Hi."),
            message(Role::User, "And now?"),
        ],
        max_output_tokens: 77,
        schema,
        purpose: "test".to_owned(),
    }
}

fn schema() -> Value {
    json!({ "type": "object", "required": ["word"], "properties": {
        "word": { "type": "string", "maxLength": 20, "pattern": "^[a-z]+$" },
        "list": { "type": "array", "items": { "type": "object", "properties": { "n": { "type": "integer" } } } } } })
}

#[tokio::test]
async fn every_protocol_answers_and_counts() {
    let double = ModelDouble::start().await;
    for (provider, suffix) in PROVIDERS {
        double.only(Reply::Says("fine", 120, 20, 9));
        let answer = models(&double.base, provider, suffix, MODEL_KEY).ask(&ask(None), None).await.unwrap();
        assert_eq!((answer.text.as_str(), answer.finish), ("fine", Finish::Complete), "{provider:?}");
        assert!(answer.model.starts_with("small"), "{provider:?}: {}", answer.model);
        let cached = if provider == Provider::Ollama { 0 } else { 20 };
        assert_eq!(answer.tokens, Some(Tokens { input: 120, cached, cache_write: 0, output: 9 }), "{provider:?}");
        let asked = double.asked().pop().unwrap().body.to_string();
        for text in ["Answer in one word.", "Hello?", "Hi.", "And now?", "77"] {
            assert!(asked.contains(text), "{provider:?} was not told {text}: {asked}");
        }
        assert!(!asked.contains(MODEL_KEY));
    }
}

#[tokio::test]
async fn a_schema_is_lowered_to_what_every_vendor_takes() {
    let double = ModelDouble::start().await;
    let shape = Shape::new(&schema()).unwrap();
    let lowered = shape.lowered();
    for (provider, suffix) in PROVIDERS {
        double.only(Reply::Says(r#"{"word":"fine","list":null}"#, 10, 0, 9));
        let models = models(&double.base, provider, suffix, MODEL_KEY);
        let answer = models.ask(&ask(Some(schema())), Some(&lowered)).await.unwrap();
        assert_eq!(shape.accept(&answer.text).unwrap(), r#"{"word":"fine"}"#, "{provider:?}");
        let asked = double.asked().pop().unwrap().body.to_string();
        assert!(asked.contains("\"word\"") && !asked.contains("maxLength"), "{provider:?}: {asked}");
    }
}

#[tokio::test]
async fn cut_off_and_withheld_answers_are_told_apart_from_whole_ones() {
    let double = ModelDouble::start().await;
    for (provider, suffix) in PROVIDERS {
        let models = models(&double.base, provider, suffix, MODEL_KEY);
        for text in ["half of", ""] {
            double.only(Reply::CutOff(text, 77));
            let answer = models.ask(&ask(None), None).await.unwrap();
            assert_eq!((answer.text.as_str(), answer.finish), (text, Finish::Length), "{provider:?}");
            assert_eq!(answer.tokens.unwrap().output, 77, "{provider:?} bills what it cut off");
        }
        if provider == Provider::Ollama {
            continue; // It has no filter.
        }
        double.only(Reply::Refuses("I can not help with that"));
        let answer = models.ask(&ask(None), None).await.unwrap();
        assert_eq!((answer.text.as_str(), answer.finish), ("", Finish::Filtered), "{provider:?}");
        assert_eq!(answer.tokens.unwrap().output, 3, "{provider:?} bills a refusal");
    }
}

#[tokio::test]
async fn a_failure_says_what_is_known_about_money() {
    let double = ModelDouble::start().await;
    for (provider, suffix) in PROVIDERS {
        let models = models(&double.base, provider, suffix, MODEL_KEY);
        for (reply, free, transient) in [
            (Reply::Busy(7), true, true),
            (Reply::Fails(400), true, false),
            (Reply::Fails(503), true, true),
            (Reply::Fails(529), true, true),
            (Reply::Fails(500), false, true),
            (Reply::Fails(504), false, true),
            (Reply::HangsUp, false, true),
            (Reply::Garbled, false, false),
        ] {
            double.only(reply.clone());
            let error = models.ask(&ask(None), None).await.unwrap_err();
            let told = (error.is_certainly_free(), error.is_transient());
            assert_eq!(told, (free, transient), "{provider:?} {reply:?}: {error:?}");
            if let Reply::Busy(_) = reply {
                let VendorError::Refused { status: 429, retry_after_ms: Some(7000), .. } = error else {
                    panic!("{provider:?}: {error:?}")
                };
            }
            let words = format!("{error:?} {error}");
            assert!(!words.contains("one word") && !words.contains(MODEL_KEY), "{words}");
        }
        double.only(Reply::Uncounted("fine"));
        let answer = models.ask(&ask(None), None).await;
        // A reply of a vendor that counts nothing has an unknown price, however it reads.
        match answer {
            Ok(answer) => assert_eq!(answer.tokens, None, "{provider:?}"),
            Err(error) => assert!(!error.is_certainly_free(), "{provider:?}: {error:?}"),
        }
    }
    let gone = models("http://127.0.0.1:1", Provider::Openai, "/v1", MODEL_KEY);
    let error = gone.ask(&ask(None), None).await.unwrap_err();
    assert!(error.is_certainly_free() && error.is_transient(), "nothing was sent: {error:?}");
}

#[tokio::test]
async fn a_wrong_key_is_the_operators_to_fix_and_shows_nowhere() {
    let double = ModelDouble::start().await;
    for (provider, suffix) in PROVIDERS.into_iter().filter(|(provider, _)| *provider != Provider::Ollama) {
        let models = models(&double.base, provider, suffix, "another-key");
        let error = models.ask(&ask(None), None).await.unwrap_err();
        assert!(matches!(error, VendorError::Refused { status: 401, .. }), "{provider:?}: {error:?}");
        assert!(!format!("{models:?} {error:?}").contains("another-key"));
    }
    assert!(double.asked().is_empty());
}

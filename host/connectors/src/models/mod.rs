//! Models: one ask to one vendor, and what it counted.
//!
//! The shapes of requests and answers are `rig-core`'s; every byte of them goes
//! through [`crate::egress::Egress`] (`transport`), which holds the allow-list,
//! the timeouts and the caps. The library is handed no key: the transport sets
//! the header itself, so that no URL, log or error of the library can hold it.
//! Why an answer ends and what it cost are read from the vendor's own reply
//! (`reply`), because a refused or cut-off answer is one the library drops.
//!
//! What a failure says about money is in [`VendorError::is_certainly_free`]; an
//! ask is never sent twice by itself.
//!
//! To add a vendor: a [`Provider`], its header, its client in [`Models::ask`], its
//! places in `reply`, and a double in the tests that is as strict as it is.

mod reply;
mod transport;

use std::collections::BTreeMap;
use std::time::Duration;

use rig_core::OneOrMany;
use rig_core::client::CompletionClient;
use rig_core::completion::{AssistantContent, CompletionError, CompletionModel, CompletionRequest, Message};
use rig_core::providers::{anthropic, gemini, ollama, openai};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillhost_engine::model::{Finish, ModelAsk, Role};
use skillhost_engine::price::Tokens;
use tracing::instrument::WithSubscriber as _;
use url::Url;

use crate::egress::{Egress, EgressConfig, EgressError, ExtraRoots};
use transport::{Auth, Transport};

/// Time for a whole answer: a long one of a large model, within the longest call.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(55);
/// Largest reply read: the longest answer allowed, with room for its wrapping.
const MAX_REPLY_BYTES: usize = 2 * 1024 * 1024;
/// What the library is given in place of a key.
const NO_KEY: &str = "set-by-the-host";
/// Statuses with which a vendor says that it did nothing although it is at fault.
const TURNED_AWAY: [u16; 2] = [503, 529];

/// Whose protocol an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// OpenAI itself.
    Openai,
    /// Whatever speaks its chat completions.
    OpenaiCompatible,
    /// Google's Gemini.
    Gemini,
    /// Anthropic.
    Anthropic,
    /// An Ollama daemon.
    Ollama,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Openai, Self::OpenaiCompatible, Self::Gemini, Self::Anthropic, Self::Ollama];

    /// The word of configurations and price tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::OpenaiCompatible => "openai-compatible",
            Self::Gemini => "gemini",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
        }
    }

    /// Where it is reached by default; `None` where an operator has to say.
    pub fn endpoint(self) -> Option<&'static str> {
        match self {
            Self::Openai => Some("https://api.openai.com/v1"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com"),
            Self::Anthropic => Some("https://api.anthropic.com"),
            Self::Ollama => Some("http://127.0.0.1:11434"),
            Self::OpenaiCompatible => None,
        }
    }

    fn auth(self, key: Option<SecretString>) -> Option<Auth> {
        let key = key?;
        Some(match self {
            Self::Anthropic => Auth { header: "x-api-key", scheme: "", key },
            Self::Gemini => Auth { header: "x-goog-api-key", scheme: "", key },
            Self::Openai | Self::OpenaiCompatible | Self::Ollama => {
                Auth { header: "authorization", scheme: "Bearer ", key }
            }
        })
    }
}

/// A model behind a class.
#[derive(Clone, Debug)]
pub struct Target {
    /// Whose protocol.
    pub provider: Provider,
    /// The vendor's name of it.
    pub model: String,
    /// Base URL.
    pub endpoint: Url,
    /// Its key.
    pub key: Option<SecretString>,
    /// Most output tokens an ask may want.
    pub max_output_tokens: u32,
}

/// What a vendor answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorAnswer {
    /// Empty where it was withheld.
    pub text: String,
    /// The model that answered.
    pub model: String,
    /// Why it ends.
    pub finish: Finish,
    /// What was counted; `None` when the vendor counted nothing.
    pub tokens: Option<Tokens>,
}

/// Why there is no answer. No variant holds a vendor's text, which may repeat
/// the ask.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// No model stands behind the class.
    #[error("no model is configured for the class `{class}`")]
    NoSuchClass {
        /// Which.
        class: String,
    },
    /// The ask cannot be written as the vendor wants it.
    #[error("the ask cannot be put to {provider}")]
    Unwritable {
        /// To whom.
        provider: &'static str,
    },
    /// The call brought no reply.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The vendor said no.
    #[error("{provider} answered {status}")]
    Refused {
        /// Who.
        provider: &'static str,
        /// HTTP status.
        status: u16,
        /// When to come back, if it said so.
        retry_after_ms: Option<u64>,
    },
    /// It answered something else.
    #[error("the answer of {provider} is not of the shape it documents")]
    Unreadable {
        /// Who.
        provider: &'static str,
        /// What it counted all the same.
        tokens: Option<Tokens>,
    },
}

impl VendorError {
    /// Whether it is certain that nothing will be billed.
    pub fn is_certainly_free(&self) -> bool {
        match self {
            Self::NoSuchClass { .. } | Self::Unwritable { .. } => true,
            Self::Egress(error) => error.is_certainly_undone(),
            Self::Refused { status, .. } => *status < 500 || TURNED_AWAY.contains(status),
            Self::Unreadable { .. } => false,
        }
    }

    /// Whether the same ask may be answered later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Egress(error) => !matches!(error, EgressError::NotAllowed { .. } | EgressError::Scheme { .. }),
            Self::Refused { status, .. } => *status >= 500 || matches!(status, 408 | 409 | 425 | 429),
            Self::NoSuchClass { .. } | Self::Unwritable { .. } | Self::Unreadable { .. } => false,
        }
    }
}

/// Every configured model, by class.
#[derive(Clone, Debug)]
pub struct Models {
    egress: Egress,
    targets: BTreeMap<String, Target>,
}

impl Models {
    /// Models behind one client that reaches their endpoints and nothing else.
    ///
    /// # Errors
    /// The client cannot be set up, or an endpoint is no http address.
    pub fn new(targets: BTreeMap<String, Target>, roots: ExtraRoots) -> Result<Self, EgressError> {
        let mut config = EgressConfig::to(targets.values().map(|target| target.endpoint.clone()).collect());
        config.total_timeout = ANSWER_TIMEOUT;
        config.max_reply_bytes = MAX_REPLY_BYTES;
        config.roots = roots;
        Ok(Self { egress: Egress::new(&config)?, targets })
    }

    /// The model behind a class.
    pub fn target(&self, class: &str) -> Option<&Target> {
        self.targets.get(class)
    }

    /// Asks once. `schema` is what the vendor is told of the ask's schema.
    ///
    /// # Errors
    /// See [`VendorError`]; it says what is known about money.
    pub async fn ask(&self, ask: &ModelAsk, schema: Option<&Value>) -> Result<VendorAnswer, VendorError> {
        let Some(target) = self.targets.get(&ask.class) else {
            return Err(VendorError::NoSuchClass { class: ask.class.clone() });
        };
        let provider = target.provider;
        let unwritable = || VendorError::Unwritable { provider: provider.as_str() };
        let transport = Transport::new(self.egress.clone(), provider.auth(target.key.clone()));
        let request = request(target, ask, schema).ok_or_else(unwritable)?;
        let base = target.endpoint.as_str().trim_end_matches('/');
        let model = target.model.as_str();
        macro_rules! client {
            ($builder:expr) => {
                $builder
                    .api_key(NO_KEY)
                    .base_url(base)
                    .http_client(transport.clone())
                    .build()
                    .map_err(|_| unwritable())?
            };
        }
        let decoded = match provider {
            Provider::Openai | Provider::OpenaiCompatible => {
                said(&client!(openai::CompletionsClient::builder()).completion_model(model), request).await
            }
            Provider::Anthropic => said(&client!(anthropic::Client::builder()).completion_model(model), request).await,
            Provider::Gemini => said(&client!(gemini::Client::builder()).completion_model(model), request).await,
            Provider::Ollama => said(&client!(ollama::Client::builder()).completion_model(model), request).await,
        };
        let name = provider.as_str();
        let reply = match transport.seen() {
            // Nothing was sent: the library could not write the ask.
            None => return Err(unwritable()),
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(reply)) => reply,
        };
        if !(200..300).contains(&reply.status) {
            let retry_after_ms = reply.retry_after_ms;
            return Err(VendorError::Refused { provider: name, status: reply.status, retry_after_ms });
        }
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let tokens = reply::tokens(provider, &body);
        let unreadable = || VendorError::Unreadable { provider: name, tokens };
        let finish = reply::finish(provider, &body).ok_or_else(unreadable)?;
        let text = match (finish, decoded) {
            // What a vendor says in place of an answer is not an answer.
            (Finish::Filtered, _) => String::new(),
            (_, Ok(text)) => text,
            // Cut off before the first word.
            (Finish::Length, Err(_)) => String::new(),
            (Finish::Complete, Err(_)) => return Err(unreadable()),
        };
        let model = reply::model(provider, &body).unwrap_or(model).to_owned();
        Ok(VendorAnswer { text, model, finish, tokens })
    }
}

/// The text of the library's answer. Whatever the library logs (it may log
/// bodies) goes nowhere.
async fn said<M: CompletionModel>(model: &M, request: CompletionRequest) -> Result<String, CompletionError> {
    let answer = model.completion(request).with_subscriber(tracing::subscriber::NoSubscriber::default()).await?;
    let texts = answer.choice.iter().filter_map(|content| match content {
        AssistantContent::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    Ok(texts.collect())
}

fn request(target: &Target, ask: &ModelAsk, schema: Option<&Value>) -> Option<CompletionRequest> {
    let messages = ask.messages.iter().map(|message| match message.role {
        Role::System => Message::System { content: message.text.clone() },
        Role::User => Message::user(message.text.as_str()),
        Role::Assistant => Message::assistant(message.text.as_str()),
    });
    let most = u64::from(ask.max_output_tokens);
    // The bound under the name each takes: OpenAI's newer models refuse the old one,
    // Ollama ignores it, and for Gemini the library drops it without a configuration.
    let (max_tokens, extra) = match target.provider {
        Provider::Openai => (None, Some(json!({ "max_completion_tokens": most }))),
        Provider::Ollama => (None, Some(json!({ "num_predict": most }))),
        Provider::Gemini => (Some(most), Some(json!({ "generationConfig": { "maxOutputTokens": most } }))),
        Provider::OpenaiCompatible | Provider::Anthropic => (Some(most), None),
    };
    Some(CompletionRequest {
        model: None,
        preamble: None,
        chat_history: OneOrMany::many(messages).ok()?,
        documents: Vec::new(),
        tools: Vec::new(),
        temperature: None,
        max_tokens,
        tool_choice: None,
        additional_params: extra,
        output_schema: match schema {
            Some(schema) => Some(schemars::Schema::try_from(schema.clone()).ok()?),
            None => None,
        },
    })
}

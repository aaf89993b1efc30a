//! Vendors of models on a local port: OpenAI's chat completions, Anthropic's
//! messages, Gemini's generateContent and Ollama's chat. As strict as they are: a
//! request with an unknown field, a wrong header, a key in the address, or a
//! schema outside what they take is answered 400 or 401 in their own shape.
//!
//! What is answered is queued by the test; each request is kept for it to look at.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The key every vendor here wants.
pub const MODEL_KEY: &str = "key-of-the-model-vendor";

/// What the next request is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer, with counts of input, cached input and output.
    Says(&'static str, u64, u64, u64),
    /// An answer that reached its bound.
    CutOff(&'static str, u64),
    /// Withheld, with what the vendor says in its place.
    Refuses(&'static str),
    /// 429 with this many seconds.
    Busy(u64),
    /// This status.
    Fails(u16),
    /// A whole answer without counts.
    Uncounted(&'static str),
    /// 200 with a body of another shape.
    Garbled,
    /// The connection ends in the middle of the body.
    HangsUp,
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path of the address.
    pub path: String,
    /// The body.
    pub body: Value,
}

#[derive(Clone, Default)]
struct Shared {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    linger: Arc<Mutex<Duration>>,
    held: Arc<Mutex<Option<Arc<Semaphore>>>>,
}

/// The vendors.
pub struct ModelDouble {
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl Drop for ModelDouble {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl ModelDouble {
    /// Starts them.
    pub async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(openai))
            .route("/v1/messages", post(anthropic))
            .route("/v1beta/models/{call}", post(gemini))
            .route("/api/chat", post(ollama))
            .layer(from_fn_with_state(shared.clone(), late))
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, shared, server }
    }

    /// Queues an answer; the last one is repeated.
    pub fn then(&self, reply: Reply) -> &Self {
        self.shared.replies.lock().unwrap().push_back(reply);
        self
    }

    /// Forgets queued answers and sets this one.
    pub fn only(&self, reply: Reply) {
        *self.shared.replies.lock().unwrap() = [reply].into();
    }

    /// Lets every answer take this long.
    pub fn linger(&self, time: Duration) {
        *self.shared.linger.lock().unwrap() = time;
    }

    /// Keeps the answers back to what is asked from now on, until each is released
    /// with a permit.
    pub fn hold(&self) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        *self.shared.held.lock().unwrap() = Some(Arc::clone(&held));
        held
    }

    /// Answers at once what is asked from now on.
    pub fn let_go(&self) {
        *self.shared.held.lock().unwrap() = None;
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Shared {
    fn take(&self, path: &str, body: &Value) -> Reply {
        self.asked.lock().unwrap().push(Asked { path: path.to_owned(), body: body.clone() });
        let mut replies = self.replies.lock().unwrap();
        match replies.len() {
            0 => Reply::Fails(500),
            1 => replies[0].clone(),
            _ => replies.pop_front().unwrap(),
        }
    }
}

/// An answer is there and takes its time.
async fn late(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let held = shared.held.lock().unwrap().clone();
    let response = next.run(request).await;
    if let Some(held) = held
        && let Ok(permit) = held.acquire().await
    {
        permit.forget();
    }
    let linger = *shared.linger.lock().unwrap();
    tokio::time::sleep(linger).await;
    response
}

/// Fields a request must have and may have.
fn fields(body: &Value, must: &[&str], may: &[&str]) -> Result<(), String> {
    let body = body.as_object().ok_or("the body is an object")?;
    for name in must {
        if !body.contains_key(*name) {
            return Err(format!("{name}: field required"));
        }
    }
    match body.keys().find(|name| !must.contains(&name.as_str()) && !may.contains(&name.as_str())) {
        Some(name) => Err(format!("{name}: extra inputs are not permitted")),
        None => Ok(()),
    }
}

/// The part of JSON Schema that structured output takes: closed objects whose
/// properties are all required, and none of the other keywords.
fn strict_schema(schema: &Value, closed: bool) -> Result<(), String> {
    let Some(schema) = schema.as_object() else { return Err("a schema is an object".to_owned()) };
    let known = [
        "type",
        "description",
        "enum",
        "$ref",
        "title",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "$defs",
        "definitions",
    ];
    if let Some(keyword) = schema.keys().find(|keyword| !known.contains(&keyword.as_str())) {
        return Err(format!("schema keyword `{keyword}` is not supported"));
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        if properties.keys().any(|name| !required.contains(&name.as_str())) {
            return Err("every property must be required".to_owned());
        }
        if closed && schema.get("additionalProperties") != Some(&json!(false)) {
            return Err("additionalProperties must be false".to_owned());
        }
        properties.values().try_for_each(|property| strict_schema(property, closed))?;
    }
    if let Some(items) = schema.get("items") {
        strict_schema(items, closed)?;
    }
    schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().try_for_each(|one| strict_schema(one, closed))
}

fn text_of(content: &Value) -> Result<(), String> {
    let is_text = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty());
    match content {
        Value::String(_) if is_text(content) => Ok(()),
        Value::Array(parts) if !parts.is_empty() && parts.iter().all(|part| is_text(&part["text"])) => Ok(()),
        _ => Err("content: a text is required".to_owned()),
    }
}

fn json_body(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err("content-type must be application/json".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|_| "the body is not JSON".to_owned())
}

fn header_is(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|found| found == value)
}

fn answer(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), axum::Json(body.clone())).into_response()
}

/// What all vendors do alike; `None` for an answer in a shape of their own.
fn alike(reply: &Reply, error: &dyn Fn(u16, &str) -> Value) -> Option<Response> {
    match reply {
        Reply::Busy(seconds) => {
            let mut response = answer(429, &error(429, "slow down"));
            response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
            Some(response)
        }
        Reply::Fails(status) => Some(answer(*status, &error(*status, "the ask repeated: Answer in one word."))),
        Reply::Garbled => Some(answer(200, &json!({ "object": "something.else" }))),
        Reply::HangsUp => {
            let half = futures::stream::iter([
                Ok::<_, std::io::Error>(Bytes::from_static(b"{\"half\":")),
                Err(std::io::Error::other("gone")),
            ]);
            Some(Response::new(axum::body::Body::from_stream(half)))
        }
        _ => None,
    }
}

async fn openai(State(shared): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Response {
    let error = |status: u16, message: &str| {
        let kind = if status == 429 { "rate_limit_exceeded" } else { "invalid_request_error" };
        json!({ "error": { "message": message, "type": kind, "param": null, "code": null } })
    };
    if !header_is(&headers, "authorization", &format!("Bearer {MODEL_KEY}")) {
        return answer(401, &error(401, "Incorrect API key provided"));
    }
    let checked = json_body(&headers, &bytes).and_then(|body| {
        fields(&body, &["model", "messages"], &["max_tokens", "max_completion_tokens", "response_format", "stream"])?;
        if body.get("max_tokens").or(body.get("max_completion_tokens")).and_then(Value::as_u64).is_none() {
            return Err("the output is not bounded".to_owned());
        }
        for message in body["messages"].as_array().filter(|list| !list.is_empty()).ok_or("messages: empty")? {
            fields(message, &["role", "content"], &["name"])?;
            if !["system", "user", "assistant"].contains(&message["role"].as_str().unwrap_or_default()) {
                return Err("messages: invalid role".to_owned());
            }
            text_of(&message["content"])?;
        }
        if let Some(format) = body.get("response_format") {
            fields(format, &["type", "json_schema"], &[])?;
            fields(&format["json_schema"], &["name", "schema"], &["strict"])?;
            strict_schema(&format["json_schema"]["schema"], true)?;
        }
        Ok(body)
    });
    let body = match checked {
        Ok(body) => body,
        Err(message) => return answer(400, &error(400, &message)),
    };
    let reply = shared.take("/v1/chat/completions", &body);
    if let Some(response) = alike(&reply, &error) {
        return response;
    }
    let (message, finish, usage) = match reply {
        Reply::CutOff(text, output) => (json!(text), "length", Some((10, 0, output))),
        Reply::Says(text, input, cached, output) => (json!(text), "stop", Some((input, cached, output))),
        Reply::Uncounted(text) => (json!(text), "stop", None),
        _ => (Value::Null, "stop", Some((10, 0, 3))),
    };
    let refusal = if let Reply::Refuses(words) = reply { json!(words) } else { Value::Null };
    let mut said = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": format!("{}-2026-01-31", body["model"].as_str().unwrap()),
        "system_fingerprint": null,
        "choices": [{ "index": 0, "finish_reason": finish, "logprobs": null,
            "message": { "role": "assistant", "content": message, "refusal": refusal } }],
    });
    if let Some((input, cached, output)) = usage {
        said["usage"] = json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens_details": { "reasoning_tokens": 0 } });
    }
    answer(200, &said)
}

async fn anthropic(State(shared): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Response {
    let error = |status: u16, message: &str| {
        let kind = if status == 429 { "rate_limit_error" } else { "invalid_request_error" };
        json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_1" })
    };
    if !header_is(&headers, "x-api-key", MODEL_KEY) {
        return answer(401, &error(401, "invalid x-api-key"));
    }
    let checked = json_body(&headers, &bytes).and_then(|body| {
        if !headers.contains_key("anthropic-version") {
            return Err("anthropic-version: header is required".to_owned());
        }
        fields(&body, &["model", "max_tokens", "messages"], &["system", "output_config", "temperature"])?;
        for message in body["messages"].as_array().filter(|list| !list.is_empty()).ok_or("messages: empty")? {
            fields(message, &["role", "content"], &[])?;
            if !["user", "assistant"].contains(&message["role"].as_str().unwrap_or_default()) {
                return Err("messages: role is user or assistant; system stands apart".to_owned());
            }
            text_of(&message["content"])?;
        }
        if let Some(system) = body.get("system") {
            text_of(system)?;
        }
        if let Some(config) = body.get("output_config") {
            if config["format"]["type"] != "json_schema" {
                return Err("output_config.format.type".to_owned());
            }
            strict_schema(&config["format"]["schema"], true)?;
        }
        Ok(body)
    });
    let body = match checked {
        Ok(body) => body,
        Err(message) => return answer(400, &error(400, &message)),
    };
    let reply = shared.take("/v1/messages", &body);
    if let Some(response) = alike(&reply, &error) {
        return response;
    }
    let (content, stop, usage) = match reply {
        Reply::CutOff(text, output) => (json!([{ "type": "text", "text": text }]), "max_tokens", Some((10, 0, output))),
        Reply::Says(text, input, cached, output) => {
            (json!([{ "type": "text", "text": text }]), "end_turn", Some((input, cached, output)))
        }
        Reply::Uncounted(text) => (json!([{ "type": "text", "text": text }]), "end_turn", None),
        _ => (json!([]), "refusal", Some((10, 0, 3))),
    };
    let mut said = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"],
        "content": content, "stop_reason": stop, "stop_sequence": null });
    if let Some((input, cached, output)) = usage {
        // Cached input is not part of `input_tokens` here.
        said["usage"] = json!({ "input_tokens": input - cached, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": cached, "output_tokens": output });
    }
    answer(200, &said)
}

async fn gemini(
    State(shared): State<Shared>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let error = |status: u16, message: &str| json!({ "error": { "code": status, "message": message, "status": "X" } });
    if query.is_some_and(|query| query.contains("key=")) {
        return answer(400, &error(400, "a key in an address ends up in logs"));
    }
    if !header_is(&headers, "x-goog-api-key", MODEL_KEY) {
        return answer(401, &error(401, "API key not valid"));
    }
    let Some(model) = call.strip_suffix(":generateContent") else {
        return answer(404, &error(404, "no such method"));
    };
    let checked = json_body(&headers, &bytes).and_then(|body| {
        fields(&body, &["contents"], &["systemInstruction", "generationConfig", "safetySettings", "toolConfig"])?;
        for content in body["contents"].as_array().filter(|list| !list.is_empty()).ok_or("contents: empty")? {
            if !["user", "model"].contains(&content["role"].as_str().unwrap_or_default()) {
                return Err("contents: role is user or model".to_owned());
            }
            text_of(&content["parts"])?;
        }
        let config = body.get("generationConfig").ok_or("the output is not bounded")?;
        config["maxOutputTokens"].as_u64().ok_or("the output is not bounded")?;
        if let Some(schema) = config.get("responseJsonSchema").filter(|schema| !schema.is_null()) {
            if config["responseMimeType"] != "application/json" {
                return Err("a schema needs responseMimeType".to_owned());
            }
            strict_schema(schema, false)?;
        }
        Ok(body)
    });
    let body = match checked {
        Ok(body) => body,
        Err(message) => return answer(400, &error(400, &message)),
    };
    let reply = shared.take(&format!("/v1beta/models/{call}"), &body);
    if let Some(response) = alike(&reply, &error) {
        return response;
    }
    let candidate = |text: &str, finish: &str| json!([{ "content": { "parts": [{ "text": text }], "role": "model" }, "finishReason": finish, "index": 0 }]);
    let (candidates, usage) = match reply {
        Reply::CutOff(text, output) => (candidate(text, "MAX_TOKENS"), Some((10, 0, output))),
        Reply::Says(text, input, cached, output) => (candidate(text, "STOP"), Some((input, cached, output))),
        Reply::Uncounted(text) => (candidate(text, "STOP"), None),
        _ => (json!([{ "finishReason": "SAFETY", "index": 0 }]), Some((10, 0, 3))),
    };
    let mut said = json!({ "candidates": candidates, "modelVersion": model, "responseId": "r1" });
    if let Some((input, cached, output)) = usage {
        // Thoughts are counted apart and billed as output.
        said["usageMetadata"] = json!({ "promptTokenCount": input, "cachedContentTokenCount": cached,
            "candidatesTokenCount": output - 1, "thoughtsTokenCount": 1, "totalTokenCount": input + output });
    }
    answer(200, &said)
}

async fn ollama(State(shared): State<Shared>, headers: HeaderMap, bytes: Bytes) -> Response {
    let error = |_: u16, message: &str| json!({ "error": message });
    let checked = json_body(&headers, &bytes).and_then(|body| {
        if body["options"]["num_predict"].as_u64().is_none() {
            return Err("the output is not bounded".to_owned());
        }
        if body["stream"] != json!(false) {
            return Err("only whole answers here".to_owned());
        }
        for message in body["messages"].as_array().filter(|list| !list.is_empty()).ok_or("messages: empty")? {
            text_of(&message["content"])?;
        }
        if let Some(schema) = body.get("format").filter(|schema| !schema.is_null()) {
            strict_schema(schema, true)?;
        }
        Ok(body)
    });
    let body = match checked {
        Ok(body) => body,
        Err(message) => return answer(400, &error(400, &message)),
    };
    let reply = shared.take("/api/chat", &body);
    if let Some(response) = alike(&reply, &error) {
        return response;
    }
    let (text, done, usage) = match reply {
        Reply::CutOff(text, output) => (text, "length", Some((10, output))),
        Reply::Says(text, input, _, output) => (text, "stop", Some((input, output))),
        Reply::Uncounted(text) => (text, "stop", None),
        _ => ("", "stop", Some((10, 3))),
    };
    let mut said = json!({ "model": body["model"], "created_at": "2026-01-01T00:00:00Z", "done": true,
        "message": { "role": "assistant", "content": text }, "done_reason": done });
    if let Some((input, output)) = usage {
        said["prompt_eval_count"] = json!(input);
        said["eval_count"] = json!(output);
    }
    answer(200, &said)
}

//! A local Slack that is as strict as the real one where cards can go wrong.
//!
//! Written from Slack's documentation, not from the connector: it checks token,
//! method, content type, required fields, known channels, block limits down to
//! nested elements, unique ids, triggers that serve once within three seconds;
//! and says no as Slack does, with HTTP 200 and `ok: false`. It keeps every call.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The workspace.
const TEAM: &str = "T1";
/// How long a trigger lives.
const TRIGGER_MS: i64 = 3000;
/// How often a response URL serves.
const RESPONSE_USES: u32 = 5;

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Call {
    /// Web API method, or `response_url`.
    pub method: String,
    /// Fields of the JSON or form.
    pub body: Value,
    /// The code it was refused with.
    pub refused: Option<String>,
    /// What exactly was wrong with its blocks.
    pub detail: Option<String>,
}

/// A message as it stands in its channel by now.
#[derive(Clone, Debug)]
pub struct Message {
    /// The channel.
    pub channel: String,
    /// Its name in the channel.
    pub ts: String,
    /// As it was posted, or as the last update left it.
    pub body: Value,
}

/// What the next call of a method gets instead of its answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// `ok: false` with this code.
    Code(&'static str),
    /// HTTP 429 with this `Retry-After`, in seconds.
    Pause(u64),
    /// Another HTTP status.
    Status(u16),
    /// It is taken, and the answer is lost behind a gateway's error.
    Lost,
}

/// Epoch milliseconds, in the test's hands.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Somebody of the directory.
struct Person {
    email: String,
    team: String,
    /// Flags that are true of them, as Slack names them.
    flags: Vec<String>,
}

struct Inner {
    token: String,
    now: Now,
    users: HashMap<String, Person>,
    channels: HashSet<String>,
    triggers: HashMap<String, i64>,
    responses: HashMap<String, u32>,
    messages: HashMap<(String, String), Value>,
    trouble: HashMap<String, VecDeque<Trouble>>,
    held: HashMap<String, Arc<Semaphore>>,
    calls: Vec<Call>,
    made: u32,
}

type Shared = Arc<Mutex<Inner>>;

/// The server; ends with this value.
pub struct SlackDouble {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Drop for SlackDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    // A test that panicked while it held the lock has failed already.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SlackDouble {
    /// Starts one that takes this token.
    pub async fn start(token: &str, now: Now) -> std::io::Result<Self> {
        let shared = Arc::new(Mutex::new(Inner {
            token: token.to_owned(),
            now,
            users: HashMap::new(),
            channels: HashSet::new(),
            triggers: HashMap::new(),
            responses: HashMap::new(),
            messages: HashMap::new(),
            trouble: HashMap::new(),
            held: HashMap::new(),
            calls: Vec::new(),
            made: 0,
        }));
        let routes = Router::new()
            .route("/api/{method}", post(web))
            .route("/response/{name}", post(respond))
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            // Ends with the test; there is nobody to tell.
            let _ended = axum::serve(listener, routes).await;
        });
        Ok(Self { address, shared, task })
    }

    /// What to configure as Slack's API.
    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// Adds a person who can be looked up and written to.
    pub fn add_user(&self, id: &str, email: &str) {
        self.add_user_of(id, email, TEAM);
    }

    /// Adds a person of another workspace, with whom a channel is shared.
    pub fn add_user_of(&self, id: &str, email: &str, team: &str) {
        let person = Person { email: email.to_owned(), team: team.to_owned(), flags: Vec::new() };
        lock(&self.shared).users.insert(id.to_owned(), person);
    }

    /// Says that something is so of a person: `deleted`, `is_bot`.
    pub fn mark_user(&self, id: &str, flag: &str) {
        if let Some(person) = lock(&self.shared).users.get_mut(id) {
            person.flags.push(flag.to_owned());
        }
    }

    /// Adds a channel that can be posted to.
    pub fn add_channel(&self, id: &str) {
        lock(&self.shared).channels.insert(id.to_owned());
    }

    /// A trigger as a press brings one, from now.
    pub fn trigger(&self) -> String {
        let mut inner = lock(&self.shared);
        inner.made += 1;
        let trigger = format!("13345224609.{}.trigger", inner.made);
        let now = (inner.now)();
        inner.triggers.insert(trigger.clone(), now);
        trigger
    }

    /// A response URL as a press brings one.
    pub fn response_url(&self) -> String {
        let mut inner = lock(&self.shared);
        inner.made += 1;
        let name = format!("R{}", inner.made);
        inner.responses.insert(name.clone(), 0);
        format!("http://{}/response/{name}", self.address)
    }

    /// Keeps back the replies to a method, which it takes all the same, until each
    /// is released with a permit.
    pub fn hold(&self, method: &str) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        lock(&self.shared).held.insert(method.to_owned(), Arc::clone(&held));
        held
    }

    /// What the next call of a method gets.
    pub fn trouble(&self, method: &str, trouble: Trouble) {
        lock(&self.shared).trouble.entry(method.to_owned()).or_default().push_back(trouble);
    }

    /// Every call since it was last asked for them like this.
    pub fn drain(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.shared).calls)
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared).calls.clone()
    }

    /// Waits until its calls are as wanted, however they come.
    pub async fn until(&self, wanted: impl Fn(&[Call]) -> bool) {
        while !wanted(&lock(&self.shared).calls) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Every message as people see it now, the oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let inner = lock(&self.shared);
        let one = |((channel, ts), body): (&(String, String), &Value)| Message {
            channel: channel.clone(),
            ts: ts.clone(),
            body: body.clone(),
        };
        let mut all: Vec<Message> = inner.messages.iter().map(one).collect();
        // Their numbers grow, and with them their length.
        all.sort_by(|a, b| (a.ts.len(), &a.ts).cmp(&(b.ts.len(), &b.ts)));
        all
    }

    /// The calls of one method that were taken.
    pub fn taken(&self, method: &str) -> Vec<Value> {
        let calls = lock(&self.shared).calls.clone();
        calls.into_iter().filter(|call| call.method == method && call.refused.is_none()).map(|call| call.body).collect()
    }
}

impl Person {
    fn as_slack_says(&self, id: &str) -> Value {
        let mut user = json!({"id": id, "team_id": self.team, "deleted": false, "is_bot": false,
            "profile": {"email": self.email}});
        for flag in &self.flags {
            user[flag] = json!(true);
        }
        user
    }
}

/// A refusal: Slack's code, and what exactly.
#[derive(Clone)]
struct No(&'static str, Option<String>);

fn no<T>(code: &'static str) -> Result<T, No> {
    Err(No(code, None))
}

async fn web(State(shared): State<Shared>, Path(method): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let held = lock(&shared).held.get(&method).cloned();
    let reply = taken(&shared, method, &headers, &body);
    if let Some(held) = held {
        // One release, one reply; nobody closes it.
        if let Ok(permit) = held.acquire().await {
            permit.forget();
        }
    }
    reply
}

fn taken(shared: &Shared, method: String, headers: &HeaderMap, body: &Bytes) -> Response {
    let mut inner = lock(shared);
    let fields = fields(headers, body);
    let trouble = inner.trouble.get_mut(&method).and_then(VecDeque::pop_front);
    let is_lost = matches!(trouble, Some(Trouble::Lost));
    if let Some(trouble) = trouble.filter(|_| !is_lost) {
        let call = Call { method, body: Value::Null, refused: Some(format!("{trouble:?}")), detail: None };
        inner.calls.push(call);
        return match trouble {
            Trouble::Code(code) => json_reply(&json!({"ok": false, "error": code})),
            Trouble::Pause(seconds) => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
            }
            Trouble::Lost => StatusCode::BAD_GATEWAY.into_response(),
            Trouble::Status(status) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
            }
        };
    }
    let answer = authorized(&inner, headers)
        .and_then(|()| fields.clone())
        .and_then(|fields| perform(&mut inner, &method, headers, &fields));
    let body = fields.unwrap_or(Value::Null);
    match answer {
        Ok(answer) => {
            inner.calls.push(Call { method, body, refused: None, detail: None });
            if is_lost { StatusCode::BAD_GATEWAY.into_response() } else { json_reply(&answer) }
        }
        Err(No(code, detail)) => {
            inner.calls.push(Call { method, body, refused: Some(code.to_owned()), detail: detail.clone() });
            let messages: Vec<String> = detail.into_iter().collect();
            json_reply(&json!({"ok": false, "error": code, "response_metadata": {"messages": messages}}))
        }
    }
}

fn json_reply(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

fn authorized(inner: &Inner, headers: &HeaderMap) -> Result<(), No> {
    let Some(value) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return no("not_authed");
    };
    if value == format!("Bearer {}", inner.token) { Ok(()) } else { no("invalid_auth") }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json")
}

fn fields(headers: &HeaderMap, body: &Bytes) -> Result<Value, No> {
    if is_json(headers) {
        let value: Option<Value> = serde_json::from_slice(body).ok();
        return value.filter(Value::is_object).ok_or(No("invalid_json", None));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return no("invalid_post_type");
    }
    let pairs: Vec<(String, String)> = serde_urlencoded(body);
    Ok(Value::Object(pairs.into_iter().map(|(name, value)| (name, json!(value))).collect()))
}

fn serde_urlencoded(body: &Bytes) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body).replace('+', " ");
    let decoded = |part: &str| {
        let mut out = Vec::new();
        let mut bytes = part.bytes();
        while let Some(byte) = bytes.next() {
            let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            match byte {
                b'%' => match (hex(bytes.next()), hex(bytes.next())) {
                    (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
                    _ => out.push(b'%'),
                },
                byte => out.push(byte),
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    };
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn text<'v>(fields: &'v Value, name: &str) -> Option<&'v str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn perform(inner: &mut Inner, method: &str, headers: &HeaderMap, fields: &Value) -> Result<Value, No> {
    match method {
        "chat.postMessage" => {
            let channel = text(fields, "channel").ok_or(No("channel_not_found", None))?.to_owned();
            if !inner.channels.contains(&channel) {
                return no("channel_not_found");
            }
            message(fields)?;
            inner.made += 1;
            let ts = format!("17000000{:02}.000100", inner.made);
            inner.messages.insert((channel.clone(), ts.clone()), fields.clone());
            Ok(json!({"ok": true, "channel": channel, "ts": ts, "message": {"text": fields["text"]}}))
        }
        "chat.update" => {
            let (Some(channel), Some(ts)) = (text(fields, "channel"), text(fields, "ts")) else {
                return no("message_not_found");
            };
            let key = (channel.to_owned(), ts.to_owned());
            if !inner.messages.contains_key(&key) {
                return no("message_not_found");
            }
            message(fields)?;
            inner.messages.insert(key, fields.clone());
            Ok(json!({"ok": true, "channel": channel, "ts": ts, "text": fields["text"]}))
        }
        "views.open" => {
            let now = (inner.now)();
            let trigger = text(fields, "trigger_id").ok_or(No("invalid_trigger", None))?;
            let Some(made) = inner.triggers.remove(trigger) else { return no("exchanged_trigger_id") };
            if now - made > TRIGGER_MS {
                return no("expired_trigger_id");
            }
            view(&fields["view"]).map_err(|detail| No("invalid_arguments", Some(detail)))?;
            Ok(json!({"ok": true, "view": {"id": "V1"}}))
        }
        "views.publish" => {
            let user = text(fields, "user_id").ok_or(No("invalid_arguments", None))?;
            if !inner.users.contains_key(user) {
                return no("user_not_found");
            }
            if text(&fields["view"], "type") != Some("home") {
                return no("invalid_arguments");
            }
            rules::blocks(&fields["view"]["blocks"], 100, rules::Surface::Home)
                .map_err(|detail| No("invalid_arguments", Some(detail)))?;
            Ok(json!({"ok": true, "view": {"id": "V2"}}))
        }
        "conversations.open" => {
            let user = text(fields, "users").ok_or(No("users_list_not_supplied", None))?;
            if !inner.users.contains_key(user) {
                return no("user_not_found");
            }
            let channel = format!("D{user}");
            inner.channels.insert(channel.clone());
            Ok(json!({"ok": true, "channel": {"id": channel}}))
        }
        "users.lookupByEmail" => {
            if is_json(headers) {
                // The method reads forms only: a JSON body is as good as none.
                return no("invalid_arguments");
            }
            let email = text(fields, "email").ok_or(No("invalid_arguments", None))?;
            match inner.users.iter().find(|(_, known)| known.email == email && known.team == TEAM) {
                Some((id, person)) => Ok(json!({"ok": true, "user": person.as_slack_says(id)})),
                None => no("users_not_found"),
            }
        }
        "users.info" => {
            if is_json(headers) {
                return no("invalid_arguments");
            }
            let id = text(fields, "user").ok_or(No("user_not_found", None))?;
            match inner.users.get(id) {
                Some(person) => Ok(json!({"ok": true, "user": person.as_slack_says(id)})),
                None => no("user_not_found"),
            }
        }
        _ => no("unknown_method"),
    }
}

async fn respond(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inner = lock(&shared);
    let Some(used) = inner.responses.get_mut(&name) else { return StatusCode::NOT_FOUND.into_response() };
    *used += 1;
    let spent = *used > RESPONSE_USES;
    let bearer = headers.contains_key(header::AUTHORIZATION);
    let outcome = match fields(&headers, &body) {
        _ if spent => Err(No("used_url", None)),
        // A token sent there has left for somewhere it does not belong.
        _ if bearer => Err(No("token_not_expected", None)),
        Err(no) => Err(no),
        Ok(fields) => message(&fields).map(|()| fields),
    };
    match outcome {
        Ok(body) => {
            inner.calls.push(Call { method: "response_url".to_owned(), body, refused: None, detail: None });
            "ok".into_response()
        }
        Err(No(code, detail)) => {
            let refused = Some(code.to_owned());
            inner.calls.push(Call { method: "response_url".to_owned(), body: Value::Null, refused, detail });
            json_reply(&json!({"ok": false, "error": code}))
        }
    }
}

fn message(fields: &Value) -> Result<(), No> {
    let words = text(fields, "text").unwrap_or_default();
    let blocks = fields.get("blocks");
    if words.is_empty() && blocks.is_none() {
        return no("no_text");
    }
    if words.encode_utf16().count() > 40_000 {
        return no("msg_too_long");
    }
    match blocks {
        None => Ok(()),
        Some(blocks) => {
            rules::blocks(blocks, 50, rules::Surface::Message).map_err(|detail| No("invalid_blocks", Some(detail)))
        }
    }
}

fn view(view: &Value) -> Result<(), String> {
    if text(view, "type") != Some("modal") {
        return Err("a view has the type modal".to_owned());
    }
    for (name, required) in [("title", true), ("submit", true), ("close", false)] {
        match view.get(name) {
            Some(words) => rules::words(words, 24, true).map_err(|why| format!("{name}: {why}"))?,
            None if required => return Err(format!("{name} is missing")),
            None => {}
        }
    }
    if text(view, "private_metadata").is_some_and(|text| text.len() > 3000) {
        return Err("private_metadata is longer than 3000".to_owned());
    }
    if text(view, "callback_id").is_some_and(|text| text.len() > 255) {
        return Err("callback_id is longer than 255".to_owned());
    }
    rules::blocks(&view["blocks"], 100, rules::Surface::Modal)
}

#[path = "slack_block_rules.rs"]
mod rules;

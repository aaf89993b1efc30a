//! A client of a skillhost's own HTTP API, for the command line and the demo.

use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest wait for one answer; the host answers from its own database.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a module to be compiled and tried.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Largest event of a watched stream: a job with everything it holds.
const MAX_STREAM_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Why a call to the host gave no result.
#[derive(Debug, thiserror::Error)]
pub enum HostApiError {
    /// Nothing answers there.
    #[error("no host answers at {url}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The host said no.
    #[error("{title}: {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Short.
        title: String,
        /// What exactly.
        detail: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The answer is not what this version understands.
    #[error("the host's answer cannot be read")]
    Unreadable {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A host and the key to it.
pub struct HostApi {
    http: reqwest::Client,
    base: String,
    key: SecretString,
}

impl HostApi {
    /// A client of the host at `base`.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(base: &str, key: SecretString) -> Result<Self, HostApiError> {
        crate::egress::install_crypto();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|source| HostApiError::Unreadable { source: source.into() })?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), key })
    }

    fn unreachable(&self, source: reqwest::Error) -> HostApiError {
        HostApiError::Unreachable { url: self.base.clone(), source: source.without_url() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, HostApiError> {
        let response =
            request.bearer_auth(self.key.expose_secret()).send().await.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let problem: Value = response.json().await.unwrap_or(Value::Null);
        let text = |field: &str| problem.get(field).and_then(Value::as_str).map(str::to_owned);
        Err(HostApiError::Refused {
            status,
            title: text("title").unwrap_or_else(|| format!("the host answered {status}")),
            detail: text("detail").unwrap_or_default(),
            hint: text("hint"),
        })
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HostApiError> {
        let request = self.http.get(format!("{}{path}", self.base)).timeout(REQUEST_TIMEOUT);
        let response = self.send(request).await?;
        response.json().await.map_err(|source| HostApiError::Unreadable { source: source.into() })
    }

    /// Reads a file, as it is.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn get_bytes(&self, path: &str) -> Result<bytes::Bytes, HostApiError> {
        let request = self.http.get(format!("{}{path}", self.base)).timeout(REQUEST_TIMEOUT);
        let response = self.send(request).await?;
        response.bytes().await.map_err(|source| HostApiError::Unreadable { source: source.into() })
    }

    /// Posts JSON and reads the answer.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, HostApiError> {
        let request = self.http.post(format!("{}{path}", self.base)).json(body).timeout(REQUEST_TIMEOUT);
        let response = self.send(request).await?;
        response.json().await.map_err(|source| HostApiError::Unreadable { source: source.into() })
    }

    /// Posts raw bytes with headers of the caller, as a vendor's delivery does.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn deliver(&self, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Result<Value, HostApiError> {
        let mut request = self.http.post(format!("{}{path}", self.base)).body(body).timeout(REQUEST_TIMEOUT);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = self.send(request).await?;
        response.json().await.map_err(|source| HostApiError::Unreadable { source: source.into() })
    }

    /// Posts a module. The host compiles it before it answers.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, module: Vec<u8>) -> Result<T, HostApiError> {
        let request = self.http.post(format!("{}{path}", self.base)).body(module).timeout(UPLOAD_TIMEOUT);
        let request = request.header(reqwest::header::CONTENT_TYPE, "application/wasm");
        let response = self.send(request).await?;
        response.json().await.map_err(|source| HostApiError::Unreadable { source: source.into() })
    }

    /// Follows a server-sent event stream; each item is one event's data.
    ///
    /// # Errors
    /// See [`HostApiError`].
    pub async fn watch<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<T, HostApiError>> + use<T>, HostApiError> {
        let response = self.send(self.http.get(format!("{}{path}", self.base))).await?;
        let base = self.base.clone();
        let state = (response, Vec::<u8>::new(), base);
        Ok(stream::unfold(state, |(mut response, mut buffer, base)| async move {
            loop {
                if let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                    let event: Vec<u8> = buffer.drain(..end + 2).collect();
                    let data: Vec<&[u8]> = event
                        .split(|byte| *byte == b'\n')
                        .filter_map(|line| line.strip_prefix(b"data:"))
                        .map(|data| data.strip_prefix(b" ").unwrap_or(data))
                        .collect();
                    if data.is_empty() {
                        continue;
                    }
                    let item = serde_json::from_slice(&data.join(&b'\n'))
                        .map_err(|source| HostApiError::Unreadable { source: source.into() });
                    return Some((item, (response, buffer, base)));
                }
                if buffer.len() > MAX_STREAM_EVENT_BYTES {
                    let source = "an event of the stream is too large".into();
                    return Some((Err(HostApiError::Unreadable { source }), (response, Vec::new(), base)));
                }
                match response.chunk().await {
                    Ok(Some(chunk)) => buffer.extend_from_slice(&chunk),
                    Ok(None) => return None,
                    Err(source) => {
                        let url = base.clone();
                        let item = Err(HostApiError::Unreachable { url, source: source.without_url() });
                        return Some((item, (response, Vec::new(), base)));
                    }
                }
            }
        })
        .boxed())
    }
}

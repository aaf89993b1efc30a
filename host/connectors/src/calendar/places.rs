//! Where the text of a calendar is: a file below a folder that the operator named, or an
//! address.
//!
//! Invariants: a file is never beyond its folder; an address is reached by the rules of
//! skills' fetches, public and pinned; an address is a secret, so an error names its host
//! at most.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::Value;
use skillhost_engine::calendar::Pause;
use skillhost_engine::fetch::{Fetch, FetchErrorKind, FetchMethod};
use skillhost_engine::rights::{HttpTarget, Right, RightSet};

use super::MAX_CALENDAR_BYTES;
use crate::egress::fetch::{FetchConfig, Fetcher};
use crate::egress::secret::Secrets;
use crate::egress::{EgressError, seconds_as_ms};

/// Time for a whole calendar.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a calendar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below the operator's folder.
    File(String),
    /// An address.
    Address(String),
}

impl Place {
    /// As the detail of a connection says it: `path` or `url`.
    pub fn of(detail: &Value) -> Option<Self> {
        let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("path"), text("url")) {
            (Some(path), None) => Some(Self::File(path)),
            // What calendars call their addresses where a click shall subscribe.
            (None, Some(url)) => Some(Self::Address(match url.strip_prefix("webcal://") {
                Some(rest) => format!("https://{rest}"),
                None => url,
            })),
            _ => None,
        }
    }
}

/// Why there is no text. The words are for whoever's calendar it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PlaceError {
    /// What is wrong, without the address.
    pub message: String,
    /// Whether it is not asked again at the next round.
    pub pause: Option<Pause>,
}

fn wrong(message: impl Into<String>) -> PlaceError {
    PlaceError { message: message.into(), pause: None }
}

/// Reads calendars.
pub struct Places {
    folder: Option<Arc<Dir>>,
    fetcher: Fetcher,
}

impl Places {
    /// With the folder of files, where there is one.
    ///
    /// # Errors
    /// The folder or the client cannot be opened.
    pub fn open(folder: Option<&Path>, config: &FetchConfig) -> Result<Self, PlaceError> {
        let folder = folder
            .map(|path| {
                Dir::open_ambient_dir(path, ambient_authority())
                    .map(Arc::new)
                    .map_err(|error| wrong(format!("the folder of calendars {}: {error}", path.display())))
            })
            .transpose()?;
        let config = FetchConfig { timeout: FETCH_TIMEOUT, max_bytes: MAX_CALENDAR_BYTES, ..config.clone() };
        let fetcher =
            Fetcher::new(config, Secrets::default()).map_err(|error: EgressError| wrong(error.to_string()))?;
        Ok(Self { folder, fetcher })
    }

    /// The bytes at a place.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn bytes(&self, place: &Place) -> Result<Vec<u8>, PlaceError> {
        match place {
            Place::File(path) => {
                let folder = self.folder.clone().ok_or_else(|| wrong("this host has no folder of calendars"))?;
                let path = path.clone();
                tokio::task::spawn_blocking(move || file(&folder, &path))
                    .await
                    .unwrap_or_else(|_| Err(wrong("the file cannot be read")))
            }
            Place::Address(url) => self.fetch(url).await,
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, PlaceError> {
        let target = HttpTarget::parse(url).map_err(|error| wrong(error.to_string()))?;
        // Anywhere on its host: a feed may send on to another path there.
        let port =
            if target.is_https() && target.port() == 443 { String::new() } else { format!(":{}", target.port()) };
        let right: Right = format!("http:{}{port}/", target.host()).parse().map_err(|_| wrong("this is no address"))?;
        let rights: RightSet = [right].into_iter().collect();
        let headers = vec![("accept".to_owned(), "text/calendar".to_owned())];
        let fetch = Fetch { method: FetchMethod::Get, url: url.to_owned(), headers };
        let fetched = self.fetcher.fetch(fetch, &rights).await.map_err(|error| match error.kind {
            FetchErrorKind::Denied => wrong("the address sends on to another host"),
            _ => wrong(error.message),
        })?;
        match fetched.status {
            200 => Ok(fetched.body),
            401 | 403 => Err(PlaceError {
                pause: Some(Pause::Refused),
                ..wrong(format!("{} does not give the calendar out ({})", target.host(), fetched.status))
            }),
            404 | 410 => Err(wrong(format!("{} has no such calendar ({})", target.host(), fetched.status))),
            status @ (429 | 502..=504) => {
                let said = fetched.headers.iter().find(|(name, _)| name == "retry-after");
                let at_least_ms =
                    said.and_then(|(_, value)| seconds_as_ms(value)).and_then(|ms| i64::try_from(ms).ok());
                let pause = Some(Pause::Asked { at_least_ms });
                Err(PlaceError { pause, ..wrong(format!("{} cannot answer for now ({status})", target.host())) })
            }
            status => Err(wrong(format!("{} answered {status}", target.host()))),
        }
    }
}

fn file(folder: &Dir, path: &str) -> Result<Vec<u8>, PlaceError> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong("there is no such file"),
        _ => wrong(format!("the file cannot be read: {}", error.kind())),
    };
    let metadata = folder.metadata(path).map_err(unreadable)?;
    let most = u64::try_from(MAX_CALENDAR_BYTES).unwrap_or(u64::MAX);
    if metadata.len() > most {
        return Err(wrong(format!("the file has more than {most} bytes")));
    }
    folder.read(path).map_err(unreadable)
}

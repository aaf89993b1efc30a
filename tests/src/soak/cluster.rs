//! The hosts of a soak: real processes that are killed and started again, and the door
//! to whichever of them is there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::dice::Dice;
use crate::place::Place;
use crate::process::{Host, seed};

/// Between two tries to find a host that answers.
const KNOCK_AGAIN: Duration = Duration::from_millis(60);
/// Tries before a soak gives up on its hosts: far longer than any of them is away.
const MAX_KNOCKS: usize = 2_000;
/// Longest wait for an answer; a host that is killed cuts it short.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// One kill in so many hits a host that is still starting.
const IN_ITS_START: usize = 4;
/// Between two kills, milliseconds.
const KILL_EVERY: (u64, u64) = (400, 3_500);
/// How far a start gets before it is killed, milliseconds.
const START_LASTS: (u64, u64) = (0, 350);

/// What a request brought.
pub(super) struct Heard {
    /// HTTP status.
    pub(super) status: u16,
    /// JSON, or null.
    pub(super) body: Value,
}

/// Hosts on one place.
pub(super) struct Cluster {
    /// Where.
    pub(super) place: Place,
    http: reqwest::Client,
    hosts: Vec<Mutex<Option<Host>>>,
    // Beside the host, whose lock is held while it starts.
    urls: Vec<RwLock<Option<String>>>,
    /// Processes that were killed.
    pub(super) kills: AtomicU64,
    /// Lines of dead hosts that say that something broke in them.
    pub(super) cries: Mutex<Vec<String>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a host should never have to say, whatever is done to it.
fn cries(logs: &str) -> Vec<String> {
    let cries = logs.lines().filter(|line| line.contains("panicked") || line.contains("\"level\":\"ERROR\""));
    // A host that was killed before it had all modules takes them from its own folder.
    cries.filter(|line| !line.contains("a module that serves cannot be loaded")).map(str::to_owned).collect()
}

impl Cluster {
    /// Starts all of them.
    ///
    /// # Panics
    /// One does not start.
    pub(super) async fn start(place: Place) -> Arc<Self> {
        skillhost_connectors::egress::install_crypto();
        let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build();
        let http = http.unwrap_or_else(|error| panic!("there is no HTTP: {error}"));
        let hosts = place.hosts();
        let cluster = Arc::new(Self {
            place,
            http,
            hosts: (0..hosts).map(|_| Mutex::default()).collect(),
            urls: (0..hosts).map(|_| RwLock::default()).collect(),
            kills: AtomicU64::new(0),
            cries: Mutex::default(),
        });
        for host in 0..hosts {
            cluster.up(host).await;
        }
        cluster
    }

    /// Starting and killing block.
    async fn blocking(self: &Arc<Self>, work: impl FnOnce(&Self) + Send + 'static) {
        let cluster = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&cluster)).await;
        done.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn up(self: &Arc<Self>, host: usize) {
        self.blocking(move |cluster| {
            let mut slot = lock(&cluster.hosts[host]);
            let started = cluster.spawn(host).ready();
            cluster.say(host, Some(started.url.clone()));
            *slot = Some(started);
        })
        .await;
    }

    fn spawn(&self, host: usize) -> crate::process::Starting {
        let data = self.place.folder(host);
        seed(data).unwrap_or_else(|error| panic!("the compiled modules cannot be put in place: {error}"));
        let mut variables = self.place.variables();
        variables.push(("RUST_LOG", "warn"));
        Host::spawn(data, &["--skills", "skills"], &variables)
    }

    fn say(&self, host: usize, url: Option<String>) {
        *self.urls[host].write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    fn url(&self, host: usize) -> Option<String> {
        self.urls[host].read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn died(&self, logs: &str) {
        self.kills.fetch_add(1, Ordering::Relaxed);
        lock(&self.cries).extend(cries(logs));
    }

    /// Kills hosts until told to stop, and leaves all of them up.
    pub(super) async fn kill_on(self: &Arc<Self>, dice: Dice, stop: &tokio::sync::Notify) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(dice.between(KILL_EVERY.0, KILL_EVERY.1)) => {}
                () = stop.notified() => return,
            }
            let first = dice.below(self.hosts.len());
            // Sometimes nobody is left.
            let more = if dice.percent(20) { self.hosts.len() } else { 1 };
            let struck: Vec<usize> = (0..more).map(|n| (first + n) % self.hosts.len()).collect();
            for host in struck.iter().copied() {
                self.blocking(move |cluster| {
                    cluster.say(host, None);
                    if let Some(host) = lock(&cluster.hosts[host]).take() {
                        cluster.died(&host.logs());
                        host.kill();
                    }
                })
                .await;
            }
            for host in struck {
                if dice.below(IN_ITS_START) == 0 {
                    let lasts = dice.between(START_LASTS.0, START_LASTS.1);
                    let starting = self.spawn(host);
                    tokio::time::sleep(lasts).await;
                    self.blocking(move |cluster| cluster.died(&starting.kill())).await;
                }
                self.up(host).await;
            }
        }
    }

    /// Asks until a host answers that is still the one that was asked: what answers
    /// at the address of a dead one may be anybody.
    ///
    /// # Panics
    /// None ever does.
    pub(super) async fn ask(
        &self,
        dice: &Dice,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Body<'_>,
    ) -> Heard {
        let mut last = String::new();
        for _ in 0..MAX_KNOCKS {
            let host = dice.below(self.hosts.len());
            let Some(url) = self.url(host) else {
                tokio::time::sleep(KNOCK_AGAIN).await;
                continue;
            };
            let mut request = self.http.request(method.clone(), format!("{url}{path}"));
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            request = match &body {
                Body::None => request,
                Body::Json(json) => request.json(json),
                Body::Signed(text) => {
                    let headers = crate::process::signed(&format!("msg-{}", dice.throw()), text.as_bytes());
                    let request =
                        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
                    request.body((*text).to_owned())
                }
            };
            match request.send().await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    let body = answer.json().await;
                    let is_same = self.url(host).as_deref() == Some(url.as_str());
                    match body {
                        Ok(body) if status < 500 && status != 429 && is_same => return Heard { status, body },
                        Ok(body) => last = format!("{status} {body}"),
                        Err(error) => last = error.to_string(),
                    }
                }
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(KNOCK_AGAIN).await;
        }
        panic!("no host answers {path}: {last}");
    }

    /// Memory of the largest host, bytes.
    pub(super) fn resident(&self) -> u64 {
        let of = |host: &Mutex<Option<Host>>| host.try_lock().ok().and_then(|host| Some(host.as_ref()?.resident()));
        self.hosts.iter().filter_map(of).max().unwrap_or(0)
    }

    /// Stops all of them in order.
    pub(super) async fn stop(self: &Arc<Self>) {
        for host in 0..self.hosts.len() {
            self.blocking(move |cluster| {
                cluster.say(host, None);
                if let Some(host) = lock(&cluster.hosts[host]).take() {
                    let logs = host.logs();
                    host.stop();
                    lock(&cluster.cries).extend(cries(&logs));
                }
            })
            .await;
        }
    }
}

/// What goes along with a request.
pub(super) enum Body<'a> {
    /// Nothing.
    None,
    /// A document.
    Json(&'a Value),
    /// A vendor's delivery.
    Signed(&'a str),
}

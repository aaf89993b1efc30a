//! Connections: how many there are, how long they may take, and which one makes room.
//!
//! Invariants:
//! - The host keeps descriptors for its own work (database, mail, vendors), however many
//!   connect.
//! - Whoever sends a whole request promptly is served: at a bound the connection that has
//!   waited longest without one makes room, first of those without a whole head, then of
//!   those without a whole body.
//! - No connection outlives its deadlines, nor a stop of the host by more than
//!   [`ConnectionLimits::stop`].

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Most connections, where the process may open that many files: each costs a few tens of
/// kilobytes, and one host serves a few hundred people and their vendors.
const MAX_CONNECTIONS: usize = 4096;
/// Files kept for the host's own work: database, mail servers, calendars, vendors, modules.
const RESERVED_FILES: u64 = 256;
/// Most files asked of the system.
const MAX_FILES: u64 = 65_536;
/// A head is one small packet; a slow phone needs a few seconds.
const HEAD: Duration = Duration::from_secs(10);
/// How long the other end may take nothing of an answer.
const STALL: Duration = Duration::from_secs(30);
/// How long requests under way have once the host stops; a handler takes milliseconds.
const STOP: Duration = Duration::from_secs(10);
/// After an accept that failed, which is the system's lack of something.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Bounds of a server's connections.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From one address, of IPv6 from one network of 64 bits. A proxy is one address.
    pub per_address: usize,
    /// Until a request's head is there, also of a connection that is kept open.
    pub head: Duration,
    /// While nothing of an answer is taken.
    pub stall: Duration,
    /// For what is under way when the host stops.
    pub stop: Duration,
}

impl ConnectionLimits {
    /// By the number of files that this process may open, which is raised first as far as
    /// the system lets it.
    pub fn of_this_process() -> Self {
        let files = match getrlimit(Resource::RLIMIT_NOFILE) {
            Ok((soft, hard)) => {
                let wanted = hard.min(MAX_FILES).max(soft);
                match setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) {
                    Ok(()) => wanted,
                    Err(_) => soft,
                }
            }
            Err(_) => 2 * RESERVED_FILES,
        };
        Self::of_files(files)
    }

    fn of_files(files: u64) -> Self {
        let left = files.saturating_sub(RESERVED_FILES).max(files / 4);
        let total = usize::try_from(left).unwrap_or(usize::MAX).clamp(2, MAX_CONNECTIONS);
        Self { total, per_address: total.div_ceil(2), head: HEAD, stall: STALL, stop: STOP }
    }
}

/// Serves until told to stop. Returns once every connection is closed.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, limits: ConnectionLimits) {
    let open = Arc::new(Open::default());
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        while tasks.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                if let Some(place) = open.enter(network(peer.ip()), &limits) {
                    tasks.spawn(connection(stream, router.clone(), place, stop.clone(), limits));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection now");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    let ended = tokio::time::timeout(limits.stop, async { while tasks.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(connections = tasks.len(), "connections did not end in time; they are closed");
        tasks.shutdown().await;
    }
}

/// One address, or one network of IPv6, of which a single subscriber has all.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        },
        IpAddr::V4(_) => address,
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    place: Arc<Place>,
    stop: CancellationToken,
    limits: ConnectionLimits,
) {
    // An answer is written whole; waiting for more only delays it.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stalled::new(stream, limits.stall));
    let made_room = place.closed.clone();
    let service = {
        let place = Arc::clone(&place);
        hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
            let (router, place) = (router.clone(), Arc::clone(&place));
            async move {
                place.set(if request.body().is_end_stream() { WORKS } else { READS_BODY });
                let request = request.map(|body| Body::new(Arriving { body, place: Arc::clone(&place) }));
                let response = router.oneshot(request).await;
                response.map(|response: Response<Body>| {
                    place.set(WORKS);
                    response.map(|body| Leaving { body, place })
                })
            }
        })
    };
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let mut served = std::pin::pin!(builder.serve_connection(io, service));
    tokio::select! {
        _ = served.as_mut() => return,
        () = made_room.cancelled() => return,
        () = stop.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    tokio::select! {
        _ = served => {}
        () = made_room.cancelled() => {}
    }
}

/// Waits for a head, the first or the next one.
const WAITS: u8 = 0;
/// Its request's body is not whole.
const READS_BODY: u8 = 1;
/// Its request is being answered.
const WORKS: u8 = 2;

/// The connections that are open, by the order in which they came.
#[derive(Debug, Default)]
struct Open {
    // Held only to look up or insert, never across an await.
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    by_age: BTreeMap<u64, Taken>,
    by_address: BTreeMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Taken {
    address: IpAddr,
    state: Arc<AtomicU8>,
    closed: CancellationToken,
}

/// A connection's place, which is free again once this is dropped.
#[derive(Debug)]
struct Place {
    number: u64,
    state: Arc<AtomicU8>,
    /// Somebody else needs the place.
    closed: CancellationToken,
    open: Arc<Open>,
}

impl Place {
    fn set(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.places.lock().unwrap_or_else(PoisonError::into_inner).free(self.number);
    }
}

impl Open {
    /// A place for a connection; of those that wait longest one makes room where there is
    /// none. `None` where all are at work.
    fn enter(self: &Arc<Self>, address: IpAddr, limits: &ConnectionLimits) -> Option<Arc<Place>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.by_address.get(&address).is_some_and(|open| *open >= limits.per_address) {
            places.make_room(|taken| taken.address == address)?;
        } else if places.by_age.len() >= limits.total {
            places.make_room(|_| true)?;
        }
        let number = places.next;
        places.next += 1;
        let (state, closed) = (Arc::new(AtomicU8::new(WAITS)), CancellationToken::new());
        places.by_age.insert(number, Taken { address, state: Arc::clone(&state), closed: closed.clone() });
        *places.by_address.entry(address).or_default() += 1;
        drop(places);
        Some(Arc::new(Place { number, state, closed, open: Arc::clone(self) }))
    }
}

impl Places {
    fn make_room(&mut self, of: impl Fn(&Taken) -> bool) -> Option<()> {
        let longest = |state: u8| {
            let mut waiting = self.by_age.iter().filter(|(_, taken)| of(taken));
            waiting.find(|(_, taken)| taken.state.load(Ordering::Relaxed) == state).map(|(number, _)| *number)
        };
        let number = longest(WAITS).or_else(|| longest(READS_BODY))?;
        self.free(number);
        Some(())
    }

    fn free(&mut self, number: u64) {
        let Some(taken) = self.by_age.remove(&number) else { return };
        taken.closed.cancel();
        if let Some(open) = self.by_address.get_mut(&taken.address) {
            *open -= 1;
            if *open == 0 {
                self.by_address.remove(&taken.address);
            }
        }
    }
}

/// A request's body, which says when it is whole.
struct Arriving {
    body: hyper::body::Incoming,
    place: Arc<Place>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.place.set(WORKS);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body, after which the connection waits again.
struct Leaving {
    body: Body,
    place: Arc<Place>,
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.place.set(WAITS);
    }
}

/// A stream whose writes fail once the other end takes nothing for too long.
struct Stalled {
    stream: TcpStream,
    bound: Duration,
    /// Set while a write waits.
    until: Option<Pin<Box<Sleep>>>,
}

impl Stalled {
    fn new(stream: TcpStream, bound: Duration) -> Self {
        Self { stream, bound, until: None }
    }

    fn bounded<T>(&mut self, wrote: Poll<std::io::Result<T>>, context: &mut Context<'_>) -> Poll<std::io::Result<T>> {
        if wrote.is_ready() {
            self.until = None;
            return wrote;
        }
        let deadline = Instant::now() + self.bound;
        let until = self.until.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        match until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(std::io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Stalled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stalled {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(wrote, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.bounded(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    struct Server {
        address: std::net::SocketAddr,
        stop: CancellationToken,
        task: tokio::task::JoinHandle<()>,
        /// A permit for each request to `/stays` that is being answered.
        begun: Arc<tokio::sync::Semaphore>,
    }

    async fn server(limits: ConnectionLimits) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let begun = Arc::new(tokio::sync::Semaphore::new(0));
        let stays = Arc::clone(&begun);
        let router = Router::new()
            .route("/", get(|| async { "ok" }))
            .route("/", post(|body: Bytes| async move { body.len().to_string() }))
            .route(
                "/stays",
                get(move || {
                    stays.add_permits(1);
                    std::future::pending::<&str>()
                }),
            );
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(serve(listener, router, stop.clone(), limits));
        Server { address, stop, task, begun }
    }

    fn limits(total: usize) -> ConnectionLimits {
        let long = Duration::from_secs(3600);
        ConnectionLimits { total, per_address: total, head: long, stall: long, stop: long }
    }

    async fn sent(server: &Server, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// What comes until the connection is closed or says enough.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut read = vec![0; 4096];
        let count = stream.read(&mut read).await.unwrap_or(0);
        String::from_utf8_lossy(&read[..count]).into_owned()
    }

    #[tokio::test]
    async fn half_heads_make_room_for_whole_requests() {
        let server = server(limits(4)).await;
        let mut halves = Vec::new();
        for _ in 0..12 {
            halves.push(sent(&server, "GET / HTTP/1.1\r\nhost: a\r\n").await);
            let mut whole = sent(&server, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
            assert!(answer(&mut whole).await.starts_with("HTTP/1.1 200"));
        }
        assert_eq!(answer(&mut halves[0]).await, "", "the oldest was closed");
    }

    #[tokio::test]
    async fn half_bodies_make_room_too() {
        let server = server(limits(3)).await;
        let half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc";
        let mut halves = Vec::new();
        for _ in 0..9 {
            halves.push(sent(&server, half).await);
            let mut whole = sent(&server, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
            assert!(answer(&mut whole).await.starts_with("HTTP/1.1 200"));
        }
    }

    #[tokio::test]
    async fn what_is_at_work_makes_no_room() {
        let server = server(limits(2)).await;
        let mut busy = Vec::new();
        for _ in 0..2 {
            busy.push(sent(&server, "GET /stays HTTP/1.1\r\nhost: a\r\n\r\n").await);
            server.begun.acquire().await.unwrap().forget();
        }
        let mut more = sent(&server, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(answer(&mut more).await, "");
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_has_a_deadline() {
        let bounds = ConnectionLimits { head: Duration::from_millis(50), ..limits(8) };
        let server = server(bounds).await;
        for text in ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"] {
            let mut stream = sent(&server, text).await;
            let mut all = Vec::new();
            // Ends only when the server closes it.
            let _ = stream.read_to_end(&mut all).await;
        }
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_has_a_deadline() {
        let (listener, stop) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), CancellationToken::new());
        let (begun, ended) = (CancellationToken::new(), CancellationToken::new());
        let router = {
            let (begun, ended) = (begun.clone(), ended.clone());
            Router::new().route(
                "/",
                get(move || {
                    begun.cancel();
                    let guard = ended.clone().drop_guard();
                    let chunks = futures::stream::repeat_with(move || {
                        let _kept = &guard;
                        Ok::<_, std::io::Error>(Bytes::from_static(&[0; 65_536]))
                    });
                    async move { Body::from_stream(chunks) }
                }),
            )
        };
        let bounds = ConnectionLimits { stall: Duration::from_millis(50), ..limits(8) };
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(serve(listener, router, stop.clone(), bounds));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        begun.cancelled().await;
        ended.cancelled().await;
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn half_requests_do_not_keep_the_host_from_stopping() {
        let bounds = ConnectionLimits { stop: Duration::from_millis(50), ..limits(8) };
        let server = server(bounds).await;
        let mut kept = Vec::new();
        for text in [
            "GET / HT",
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\na",
            "GET /stays HTTP/1.1\r\nhost: a\r\n\r\n",
        ] {
            kept.push(sent(&server, text).await);
        }
        server.stop.cancel();
        server.task.await.unwrap();
    }

    #[test]
    fn files_are_kept_for_the_host_itself() {
        for (files, total) in [(1024, 768), (256, 64), (8, 2), (u64::MAX, MAX_CONNECTIONS)] {
            let limits = ConnectionLimits::of_files(files);
            assert_eq!((limits.total, limits.per_address), (total, total.div_ceil(2)), "{files}");
        }
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}

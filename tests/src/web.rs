//! A web server of raw bytes that answers as its path says: well, or badly.

#![allow(clippy::unwrap_used)] // a double that cannot start fails its test

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Between two bytes of a drip.
const DRIP: Duration = Duration::from_millis(10);

/// The server; stopped when dropped.
pub struct Web {
    /// Where it listens.
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    bodies: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Web {
    /// Starts one on a free port of the loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let (kept, taken) = (Arc::clone(&heads), Arc::clone(&bodies));
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, taken) = (Arc::clone(&kept), Arc::clone(&taken));
                open.spawn(async move {
                    // A client that hangs up in the middle is what some tests want.
                    let _ = answer(stream, &kept, &taken).await;
                });
            }
        });
        Self { address, heads, bodies, task }
    }

    /// `127.0.0.1:<port>`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The request heads it was sent so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The bodies it was sent so far, of requests that had one.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, kept: &Mutex<Vec<String>>, taken: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    kept.lock().unwrap().push(head.clone());
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    if let Some(length) = length {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        taken.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let whole = |status: &str, headers: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
    };
    match path {
        "/echo" => {
            let said = head
                .lines()
                .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization")))
                .map_or("", |(_, value)| value);
            let coded = base64::engine::general_purpose::STANDARD.encode(said);
            let headers = format!("x-echo: {said}\r\nset-cookie: session={said}\r\n");
            let body = format!("{head}\n{coded}\n{}", hex::encode(said));
            stream.write_all(whole("200 OK", &headers, &body).as_bytes()).await?;
        }
        "/to" => {
            stream.write_all(whole("302 Found", &format!("location: {query}\r\n"), "").as_bytes()).await?;
        }
        "/loop" => {
            stream.write_all(whole("302 Found", "location: /loop\r\n", "").as_bytes()).await?;
        }
        "/encoded" => {
            stream.write_all(whole("200 OK", "content-encoding: gzip\r\n", "??").as_bytes()).await?;
        }
        "/drip" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
            loop {
                stream.write_all(b".").await?;
                tokio::time::sleep(DRIP).await;
            }
        }
        "/slow-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(DRIP).await;
            }
        }
        "/flood" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 65536]).await?;
            }
        }
        "/break" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await?;
        }
        "/hang-up" => {}
        "/busy" => {
            stream.write_all(whole("429 Too Many Requests", "retry-after: 40\r\n", "").as_bytes()).await?;
        }
        "/fault" | "/v1/fault" => {
            stream.write_all(whole("500 Internal Server Error", "", "oops").as_bytes()).await?;
        }
        "/status" => {
            stream.write_all(whole("404 Not Found", "", "nothing").as_bytes()).await?;
        }
        _ => {
            let body = if head.starts_with("HEAD") { "" } else { "We agreed on \"the pilot\"." };
            stream.write_all(whole("200 OK", "etag: \"1\"\r\n", body).as_bytes()).await?;
        }
    }
    stream.shutdown().await
}

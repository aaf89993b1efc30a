//! A way to a database that can be cut: a port in front of a Unix socket.

use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The way; ends with this value.
pub struct Proxy {
    /// Its port on 127.0.0.1.
    pub port: u16,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Opens one to the socket of a server whose sockets lie in this folder.
    ///
    /// # Panics
    /// There is no port.
    pub async fn open(folder: &Path) -> Self {
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port: {error}"));
        let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
        let (open, is_open) = watch::channel(true);
        let task = tokio::spawn(accept(listener, socket, is_open));
        Self { port, open, task }
    }

    /// Ends every connection and lets none through.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub fn heal(&self) {
        self.open.send_replace(true);
    }
}

async fn accept(listener: TcpListener, socket: PathBuf, open: watch::Receiver<bool>) {
    let mut ways = tokio::task::JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        while ways.try_join_next().is_some() {}
        let (socket, open) = (socket.clone(), open.clone());
        ways.spawn(carry(client, socket, open));
    }
}

async fn carry(mut client: TcpStream, socket: PathBuf, mut open: watch::Receiver<bool>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    tokio::select! {
        // However it ends, both sides are closed.
        _ended = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _cut = open.wait_for(|open| !open) => {}
    }
}

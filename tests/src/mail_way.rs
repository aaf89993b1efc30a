//! A way to a mail server that can be cut, by order or in the middle of an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// The way; ends with this value.
pub struct Way {
    /// Its port on 127.0.0.1.
    pub port: u16,
    left: Arc<AtomicUsize>,
    cut: tokio::sync::watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Way {
    /// A way to this port of this machine.
    pub async fn to(server: u16) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let (cut, _) = tokio::sync::watch::channel(0);
        let (bytes, cuts) = (Arc::clone(&left), cut.clone());
        let task = tokio::spawn(async move {
            let mut ways = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                while ways.try_join_next().is_some() {}
                ways.spawn(carry(client, server, Arc::clone(&bytes), cuts.subscribe()));
            }
        });
        Ok(Self { port, left, cut, task })
    }

    /// The connection that carries the last of so many bytes from the server ends there;
    /// the next ones are whole.
    pub fn cut_after(&self, bytes: usize) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Ends every connection there is.
    pub fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

async fn carry(mut client: TcpStream, server: u16, left: Arc<AtomicUsize>, mut cut: tokio::sync::watch::Receiver<u64>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    cut.mark_unchanged();
    let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    loop {
        tokio::select! {
            _ended = cut.changed() => return,
            read = client.read(&mut up) => {
                let Ok(read @ 1..) = read else { return };
                if server.write_all(&up[..read]).await.is_err() { return; }
            }
            read = server.read(&mut down) => {
                let Ok(read @ 1..) = read else { return };
                let before = left.load(Ordering::SeqCst);
                let sent = read.min(before);
                if client.write_all(&down[..sent]).await.is_err() { return; }
                if before != usize::MAX {
                    if sent == before {
                        left.store(usize::MAX, Ordering::SeqCst);
                        return;
                    }
                    left.store(before - sent, Ordering::SeqCst);
                }
            }
        }
    }
}

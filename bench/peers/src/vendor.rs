//! A vendor of models on a local port, as far as the host's kill leg needs one: it lists
//! which step of which run asks, and answers when the step has waited long enough.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::work::{self, Executions, Job, Note, STEPS};

/// The longest ask of a step is far below it.
const MAX_BODY: usize = 1 << 20;

/// Who wants to know when a run's last step was answered.
type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<()>>>>;

/// The vendor, which ends with this value.
pub struct Vendor {
    pub base: String,
    waiting: Waiting,
    _serving: JoinSet<()>,
}

impl Vendor {
    pub async fn start(executions: Executions, plan: crate::KillPlan) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let waiting = Waiting::default();
        let mut serving = JoinSet::new();
        let told = Arc::clone(&waiting);
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (executions, waiting) = (executions.clone(), Arc::clone(&told));
                // A host that is killed breaks its connections: nothing to say.
                connections.spawn(async move { drop(serve(stream, &executions, &waiting, plan).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { base, waiting, _serving: serving })
    }

    /// Resolves when the last step of this run was answered.
    pub fn last_step_of(&self, run: &str) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        lock(&self.waiting).insert(run.to_owned(), tell);
        told
    }
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
    waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Answers the asks of one connection, one after the other.
async fn serve(
    stream: TcpStream,
    executions: &Executions,
    waiting: &Waiting,
    plan: crate::KillPlan,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let body = request(&mut stream).await?;
        let asked = body["messages"][0]["content"].as_str().context("nothing is asked")?;
        let (run, step) = asked.split_once(' ').context("no step asks")?;
        let mut job = Job::new(run.to_owned(), plan.wait());
        job.note.steps = step.parse()?;
        let done: Note = work::step(executions, &job, job.note.clone()).await;
        let answer = json!({
            "id": "answer", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": "yes" } }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
        })
        .to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
        stream.write_all(format!("{head} {}\r\n\r\n{answer}", answer.len()).as_bytes()).await?;
        if done.steps == STEPS
            && let Some(tell) = lock(waiting).remove(run)
        {
            tell.send(()).ok();
        }
    }
}

/// The body of one request of HTTP/1.1.
async fn request(stream: &mut BufReader<TcpStream>) -> anyhow::Result<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            bail!("the connection ended");
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    if length > MAX_BODY {
        bail!("an ask of {length} bytes");
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

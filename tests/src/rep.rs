//! A rep who answers through the public API, and a vendor who delivers and
//! delivers again, both of whom put up with a host that dies under them.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillhost_connectors::host_api::{HostApi, HostApiError};
use skillhost_engine::approval::ActionStatus;
use skillhost_engine::job::JobStatus;
use skillhost_server::view::{ApprovalView, JobView};

use crate::process::{Host, signed};

/// The delivery of the tests: a short call written for them.
pub const CALL: &str = include_str!("../fixtures/call.json");
/// Between two looks at a job. Nothing is asserted of time: a test ends when
/// the job does, or when its patience does.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Looks before a test gives up on a job.
const PATIENCE: usize = 1800;

/// A client of a host.
///
/// # Panics
/// The HTTP client cannot be built.
pub fn client(host: &Host) -> HostApi {
    HostApi::new(&host.url, SecretString::from(host.key.clone())).unwrap_or_else(|error| panic!("{error}"))
}

/// Delivers the call once.
///
/// # Errors
/// The host refused it or is gone.
pub async fn deliver(host: &Host, id: &str) -> Result<String, HostApiError> {
    let headers = signed(id, CALL.as_bytes());
    let received = client(host).deliver("/hooks/meetingbaas", &headers, CALL.as_bytes().to_vec()).await?;
    Ok(received.get("job_id").and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// How a rep answers a question.
pub type Policy = fn(&ApprovalView) -> Value;

/// Yes to everything; a question about a hidden result is answered with no.
pub fn agree(approval: &ApprovalView) -> Value {
    match approval.pattern.as_str() {
        "batch" => {
            let items: Vec<Value> =
                approval.card.parts.iter().map(|part| json!({ "item": part.id, "approve": true })).collect();
            json!({ "answer": "items", "items": items })
        }
        _ => json!({ "answer": "approve" }),
    }
}

/// The job as the API shows it.
///
/// # Errors
/// The host refused or is gone.
pub async fn job(host: &Host, id: &str) -> Result<JobView, HostApiError> {
    client(host).get(&format!("/v1/jobs/{id}")).await
}

/// Answers what is open; what was settled or asked anew meanwhile is seen at the next look.
///
/// # Errors
/// The host is gone.
pub async fn answer_open(host: &Host, view: &JobView, policy: Policy) -> Result<(), HostApiError> {
    for approval in view.approvals.iter().filter(|approval| approval.status == ActionStatus::Pending) {
        let path = format!("/v1/approvals/{}/answer", approval.id);
        match client(host).post::<Value>(&path, &policy(approval)).await {
            Ok(_) | Err(HostApiError::Refused { status: 409 | 410, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Answers what is open until the job has ended.
///
/// # Errors
/// The host is gone.
///
/// # Panics
/// The job does not end.
pub async fn see_through(host: &Host, id: &str, policy: Policy) -> Result<JobView, HostApiError> {
    for _ in 0..PATIENCE {
        let view = job(host, id).await?;
        if view.status.is_ended() {
            return Ok(view);
        }
        answer_open(host, &view, policy).await?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let view = job(host, id).await?;
    panic!("job {id} does not end: {:?} {:?}\n{}", view.status, view.reason, host.logs());
}

/// Waits until the job rests on a person.
///
/// # Errors
/// The host is gone.
///
/// # Panics
/// It never does.
pub async fn until_asked(host: &Host, id: &str) -> Result<JobView, HostApiError> {
    for _ in 0..PATIENCE {
        let view = job(host, id).await?;
        if view.status == JobStatus::AwaitingApproval || view.status.is_ended() {
            return Ok(view);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("job {id} asks nobody: {}", host.logs());
}

/// Every job of the org, once none is queued or held by a host: what follows from a job
/// begins when that job ends.
///
/// # Errors
/// The host is gone.
///
/// # Panics
/// They never come to rest.
pub async fn all_at_rest(host: &Host) -> Result<Vec<Value>, HostApiError> {
    let moves = |job: &Value| ["pending", "in_progress"].contains(&job["status"].as_str().unwrap_or_default());
    for _ in 0..PATIENCE {
        let mut listed: Value = client(host).get("/v1/jobs?limit=200").await?;
        if let Value::Array(jobs) = listed["jobs"].take()
            && !jobs.iter().any(moves)
        {
            return Ok(jobs);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("jobs do not come to rest: {}", host.logs());
}

//! What hosts that share a database tell each other, so that none of them has to ask.
//!
//! News only wake. Whoever hears of something reads it in the database, so that news
//! that are lost, doubled or late lose, double or delay nothing that was decided.

use serde::{Deserialize, Serialize};

use crate::ids::JobId;

/// Most jobs that one piece of news names; a database carries 8,000 bytes of it.
pub const MAX_NAMED_JOBS: usize = 64;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// There may be jobs that the host which tells it has no free slot for.
    Work,
    /// These jobs changed.
    Jobs(Vec<JobId>),
    /// More jobs changed than are worth naming.
    ManyJobs,
    /// A module was installed or revoked, or another one serves.
    Skills,
    /// Some news were not heard: anything may have changed.
    Missed,
}

impl News {
    /// News of jobs that changed.
    pub fn of_jobs(jobs: impl IntoIterator<Item = JobId>) -> Self {
        let jobs: Vec<JobId> = jobs.into_iter().take(MAX_NAMED_JOBS + 1).collect();
        if jobs.len() > MAX_NAMED_JOBS { Self::ManyJobs } else { Self::Jobs(jobs) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn jobs(count: usize) -> Vec<JobId> {
        (0..count).map(|n| JobId::from(format!("job_{n:0>32}").as_str())).collect()
    }

    #[test]
    fn the_longest_news_fit_what_a_database_carries() {
        let News::Jobs(named) = News::of_jobs(jobs(MAX_NAMED_JOBS)) else { panic!("they are named") };
        assert_eq!(named.len(), MAX_NAMED_JOBS);
        assert!(serde_json::to_string(&News::Jobs(named)).unwrap().len() < 7_500);
        assert_eq!(News::of_jobs(jobs(MAX_NAMED_JOBS + 1)), News::ManyJobs);
    }

    #[test]
    fn the_words_stay() {
        assert_eq!(serde_json::to_string(&News::Skills).unwrap(), r#""skills""#);
        assert_eq!(serde_json::to_string(&News::Jobs(jobs(1))).unwrap().find(r#"{"jobs":["job_"#), Some(0));
    }
}

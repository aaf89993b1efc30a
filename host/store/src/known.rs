//! Definitions this process knows to be stored, so that a job does not bring its
//! sequence's text along again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use skillhost_engine::store::{Batch, Write};

/// Definitions remembered; forgotten all at once when full.
const MAX_KNOWN_SEQUENCES: usize = 1024;

#[derive(Default)]
pub(crate) struct KnownSequences {
    // Held only to look up or insert a digest.
    digests: Mutex<HashSet<String>>,
}

impl KnownSequences {
    pub(crate) fn holds(&self, digest: &str) -> bool {
        self.digests.lock().unwrap_or_else(PoisonError::into_inner).contains(digest)
    }

    /// Takes note of what a commit has stored.
    pub(crate) fn remember(&self, batch: &Batch) {
        let digests = batch.writes.iter().filter_map(|write| match write {
            Write::NewJob(row) => Some(&row.sequence_digest),
            _ => None,
        });
        for digest in digests {
            let mut known = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
            if known.contains(digest) {
                continue;
            }
            if known.len() >= MAX_KNOWN_SEQUENCES {
                known.clear();
            }
            known.insert(digest.clone());
        }
    }
}

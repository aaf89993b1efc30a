//! Named limits of one call, their defaults and reasons.

use serde::{Deserialize, Serialize};

/// Fuel a call: the heaviest skill on a five-hour transcript burns about a
/// tenth of it; a spinning guest is stopped in about two seconds.
pub const DEFAULT_FUEL: u64 = 5_000_000_000;
/// Bytes over all linear memories: a large transcript and its working set, times four.
pub const DEFAULT_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Elements over all tables.
pub const DEFAULT_TABLE_ELEMENTS: u64 = 20_000;
/// Wall time a call, host calls and instantiation included.
pub const DEFAULT_WALL_MS: u64 = 10_000;
/// Host calls a call.
pub const DEFAULT_HOST_CALLS: u32 = 256;
/// Bytes that doors may return to a call.
pub const DEFAULT_READ_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of input JSON.
pub const DEFAULT_INPUT_BYTES: u64 = 1024 * 1024;
/// Bytes of the whole outcome.
pub const DEFAULT_OUTCOME_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of log and standard output kept a call; the rest is dropped.
pub const DEFAULT_LOG_BYTES: u64 = 16 * 1024;
/// Money a call may spend, micro-dollars: a handful of asks of a mid-sized model
/// over a long transcript.
pub const DEFAULT_MONEY_MICRO_USD: u64 = 200_000;
/// Fuel a job, over all its calls and attempts: ten calls that each burn all they may.
pub const DEFAULT_JOB_FUEL: i64 = 50_000_000_000;
/// Bytes of one ask of a model, messages and schema together: a five-hour
/// transcript in plain text.
pub const MAX_ASK_BYTES: usize = 512 * 1024;
/// Messages of one ask.
pub const MAX_ASK_MESSAGES: usize = 64;
/// Output tokens one ask may want; a model's own bound in the configuration holds
/// where it is lower.
pub const MAX_OUTPUT_TOKENS: u32 = 32_768;
/// Longest wall time that even an operator can allow: well within a job's lease,
/// so that only a dead or stuck host loses a job.
pub const MAX_WALL_MS: u64 = 60_000;
/// Effects in one outcome.
pub const MAX_EFFECTS: usize = 100;
/// Approvals in one outcome.
pub const MAX_APPROVALS: usize = 20;
/// Open questions of a job, each by what it may release, and effects that have not
/// left. To close one takes three writes, so that this many and what says why fit
/// into a batch of [`crate::store::MAX_BATCH_WRITES`].
pub const MAX_OPEN: usize = 150;
/// Items or choices in one approval.
pub const MAX_ITEMS: usize = 100;
/// Follow-ups in one outcome.
pub const MAX_FOLLOW_UPS: usize = 20;
/// Depth of any JSON that crosses a border.
pub const MAX_JSON_DEPTH: usize = 64;

/// What a manifest may ask for without the operator's word: enough for a heavy
/// skill, and no more than the host can lose by one bad module.
pub const CEILING: CallLimits = CallLimits {
    fuel: Some(DEFAULT_FUEL),
    memory_bytes: Some(4 * DEFAULT_MEMORY_BYTES),
    wall_ms: Some(3 * DEFAULT_WALL_MS),
    host_calls: Some(4 * DEFAULT_HOST_CALLS),
    read_bytes: Some(4 * DEFAULT_READ_BYTES),
    outcome_bytes: Some(2 * DEFAULT_OUTCOME_BYTES),
    log_bytes: Some(4 * DEFAULT_LOG_BYTES),
    money_micro_usd: Some(5 * DEFAULT_MONEY_MICRO_USD),
};

/// Limits of a call; `None` means the host's default. A manifest and a step each
/// state some, and the smallest stated one holds, under the operator's ceiling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallLimits {
    /// Fuel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Bytes over all memories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Wall milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    /// Host calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u32>,
    /// Bytes read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<u64>,
    /// Bytes of the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome_bytes: Option<u64>,
    /// Bytes of log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<u64>,
    /// Micro-dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money_micro_usd: Option<u64>,
}

fn tighter<T: Ord + Copy>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl CallLimits {
    /// The smaller of each.
    #[must_use]
    pub fn tighten(&self, other: &Self) -> Self {
        Self {
            fuel: tighter(self.fuel, other.fuel),
            memory_bytes: tighter(self.memory_bytes, other.memory_bytes),
            wall_ms: tighter(self.wall_ms, other.wall_ms),
            host_calls: tighter(self.host_calls, other.host_calls),
            read_bytes: tighter(self.read_bytes, other.read_bytes),
            outcome_bytes: tighter(self.outcome_bytes, other.outcome_bytes),
            log_bytes: tighter(self.log_bytes, other.log_bytes),
            money_micro_usd: tighter(self.money_micro_usd, other.money_micro_usd),
        }
    }

    /// These, and `other`'s where these say nothing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            fuel: self.fuel.or(other.fuel),
            memory_bytes: self.memory_bytes.or(other.memory_bytes),
            wall_ms: self.wall_ms.or(other.wall_ms),
            host_calls: self.host_calls.or(other.host_calls),
            read_bytes: self.read_bytes.or(other.read_bytes),
            outcome_bytes: self.outcome_bytes.or(other.outcome_bytes),
            log_bytes: self.log_bytes.or(other.log_bytes),
            money_micro_usd: self.money_micro_usd.or(other.money_micro_usd),
        }
    }

    /// What of these is not in `other`.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        fn kept<T: PartialEq + Copy>(this: Option<T>, other: Option<T>) -> Option<T> {
            this.filter(|_| this != other)
        }
        Self {
            fuel: kept(self.fuel, other.fuel),
            memory_bytes: kept(self.memory_bytes, other.memory_bytes),
            wall_ms: kept(self.wall_ms, other.wall_ms),
            host_calls: kept(self.host_calls, other.host_calls),
            read_bytes: kept(self.read_bytes, other.read_bytes),
            outcome_bytes: kept(self.outcome_bytes, other.outcome_bytes),
            log_bytes: kept(self.log_bytes, other.log_bytes),
            money_micro_usd: kept(self.money_micro_usd, other.money_micro_usd),
        }
    }

    /// What holds for a call: what manifest and step state, else the defaults,
    /// and never more than `ceiling`.
    #[must_use]
    pub fn under(&self, ceiling: &Self) -> Self {
        let stated = self.resolved();
        let stated = Self {
            fuel: Some(stated.fuel),
            memory_bytes: Some(stated.memory_bytes),
            wall_ms: Some(stated.wall_ms),
            host_calls: Some(stated.host_calls),
            read_bytes: Some(stated.read_bytes),
            outcome_bytes: Some(stated.outcome_bytes),
            log_bytes: Some(stated.log_bytes),
            money_micro_usd: Some(stated.money_micro_usd),
        };
        stated.tighten(ceiling)
    }

    /// Every limit as a number, defaults filled in.
    pub fn resolved(&self) -> ResolvedLimits {
        ResolvedLimits {
            fuel: self.fuel.unwrap_or(DEFAULT_FUEL),
            memory_bytes: self.memory_bytes.unwrap_or(DEFAULT_MEMORY_BYTES),
            table_elements: DEFAULT_TABLE_ELEMENTS,
            wall_ms: self.wall_ms.unwrap_or(DEFAULT_WALL_MS),
            host_calls: self.host_calls.unwrap_or(DEFAULT_HOST_CALLS),
            read_bytes: self.read_bytes.unwrap_or(DEFAULT_READ_BYTES),
            input_bytes: DEFAULT_INPUT_BYTES,
            outcome_bytes: self.outcome_bytes.unwrap_or(DEFAULT_OUTCOME_BYTES),
            log_bytes: self.log_bytes.unwrap_or(DEFAULT_LOG_BYTES),
            money_micro_usd: self.money_micro_usd.unwrap_or(DEFAULT_MONEY_MICRO_USD),
        }
    }
}

/// [`CallLimits`] with nothing left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are those of CallLimits and of the constants above
pub struct ResolvedLimits {
    pub fuel: u64,
    pub memory_bytes: u64,
    pub table_elements: u64,
    pub wall_ms: u64,
    pub host_calls: u32,
    pub read_bytes: u64,
    pub input_bytes: u64,
    pub outcome_bytes: u64,
    pub log_bytes: u64,
    pub money_micro_usd: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_cannot_lift_the_ceiling_and_an_operator_can() {
        let greedy = CallLimits { fuel: Some(u64::MAX), wall_ms: Some(u64::MAX), ..CallLimits::default() };
        let held = greedy.under(&CEILING);
        assert_eq!((held.fuel, held.wall_ms), (CEILING.fuel, CEILING.wall_ms));
        assert_eq!(held.memory_bytes, Some(DEFAULT_MEMORY_BYTES), "what nobody states is the default");
        let raised = CallLimits { fuel: Some(9_000_000_000), ..CallLimits::default() }.or(&CEILING);
        let held = greedy.under(&raised);
        assert_eq!((held.fuel, held.wall_ms), (Some(9_000_000_000), CEILING.wall_ms));
        let modest = CallLimits { fuel: Some(5), ..CallLimits::default() };
        assert_eq!(modest.under(&raised).fuel, Some(5));
    }
}

//! What is left of this call's own allowance.

/// Never another call's, so that a replay sees the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Compute.
    pub fuel: u64,
    /// Millionths of a US dollar.
    pub money_micro_usd: u64,
    /// Calls to the host.
    pub host_calls: u32,
    /// Bytes that reads and models may still return.
    pub read_bytes: u64,
}

/// Asks the host.
pub fn left() -> Remaining {
    crate::doors::left()
}

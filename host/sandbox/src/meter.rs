//! Memory and tables of one store, all of them together.

use wasmtime::ResourceLimiter;

/// Counts what a store holds. A refused growth is remembered, because the guest
/// then aborts like any panicking one and only the meter knows why.
#[derive(Debug)]
pub(crate) struct Meter {
    memory: u64,
    memory_limit: u64,
    tables: u64,
    table_limit: u64,
    last_growth: u64,
    peak: u64,
    refused: bool,
}

impl Meter {
    pub(crate) fn new(memory_limit: u64, table_limit: u64) -> Self {
        Self { memory: 0, memory_limit, tables: 0, table_limit, last_growth: 0, peak: 0, refused: false }
    }

    /// Highest sum of all memories, bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    /// Whether something wanted more than there was.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

fn growth(current: usize, desired: usize) -> u64 {
    u64::try_from(desired.saturating_sub(current)).unwrap_or(u64::MAX)
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = growth(current, desired);
        let total = self.memory.saturating_add(more);
        if total > self.memory_limit {
            self.refused = true;
            self.last_growth = 0;
            return Ok(false);
        }
        self.memory = total;
        self.last_growth = more;
        self.peak = self.peak.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        // Also told of growths refused above, after which there is nothing to take back.
        self.memory = self.memory.saturating_sub(std::mem::take(&mut self.last_growth));
        self.refused = true;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.tables.saturating_add(growth(current, desired));
        if total > self.table_limit {
            self.refused = true;
            return Ok(false);
        }
        self.tables = total;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_memories_count_together() {
        let mut meter = Meter::new(100, 10);
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(!meter.refused());
        assert!(!meter.memory_growing(0, 60, None).unwrap(), "a second memory shares the allowance");
        assert!(meter.refused());
        assert_eq!(meter.peak(), 60);
        assert!(meter.memory_growing(60, 100, None).unwrap());
        assert_eq!(meter.peak(), 100);
    }

    #[test]
    fn a_growth_that_fails_later_is_taken_back() {
        let mut meter = Meter::new(100, 10);
        assert!(meter.memory_growing(0, 90, None).unwrap());
        meter.memory_grow_failed(wasmtime::Error::msg("no pages")).unwrap();
        assert!(meter.refused());
        assert!(meter.memory_growing(0, 90, None).unwrap(), "the 90 are free again");
    }

    #[test]
    fn tables_count_together() {
        let mut meter = Meter::new(100, 10);
        assert!(meter.table_growing(0, 6, None).unwrap());
        assert!(!meter.table_growing(0, 6, None).unwrap());
    }
}

//! The real clock and the real source of ids.

#![allow(clippy::disallowed_methods)] // the one place that reads the machine's clock

use std::sync::Mutex;
use std::time::Duration;

use skillhost_engine::time::{Clock, Ids, Timestamp};

/// Longest single sleep: a jump of the wall clock is noticed within this.
const MAX_NAP: Duration = Duration::from_secs(30);

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock {
    _private: (),
}

impl SystemClock {
    /// The only place that reads the machine's clock.
    pub fn new() -> Self {
        Self { _private: () }
    }
}

#[async_trait::async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.0.saturating_sub(self.now().0);
            let Ok(left) = u64::try_from(left) else { return };
            if left == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left).min(MAX_NAP)).await;
        }
    }
}

/// Ids that grow with time: 48 bits of milliseconds, 16 bits of a counter, 64
/// bits of randomness, in 26 characters of Crockford's base 32.
#[derive(Debug)]
pub struct RandomIds {
    last: Mutex<(u64, u16)>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Default for RandomIds {
    fn default() -> Self {
        Self { last: Mutex::new((0, 0)) }
    }
}

impl RandomIds {
    fn stamp(&self) -> (u64, u16) {
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
        // A poisoned lock only means that another thread panicked between two
        // integer writes; the pair is still a valid stamp.
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = if now > last.0 {
            (now, 0)
        } else {
            match last.1.checked_add(1) {
                Some(next) => (last.0, next),
                None => (last.0 + 1, 0),
            }
        };
        *last
    }
}

impl Ids for RandomIds {
    fn fresh(&self, prefix: &str) -> String {
        let (ms, counter) = self.stamp();
        let mut random = [0_u8; 8];
        fill(&mut random);
        let bits = (u128::from(ms & 0xffff_ffff_ffff) << 80)
            | (u128::from(counter) << 64)
            | u128::from(u64::from_be_bytes(random));
        let mut id = String::with_capacity(prefix.len() + 27);
        id.push_str(prefix);
        id.push('_');
        for place in (0..26).rev() {
            let digit = (bits >> (place * 5)) & 31;
            id.push(char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)]));
        }
        id
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0_u8; 32];
        fill(&mut secret);
        secret
    }
}

/// Fills from the operating system. Without entropy no token may be made, so
/// there is nothing better to do than to stop.
#[expect(clippy::expect_used, reason = "a host without entropy must not run on")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_do_not_repeat() {
        let ids = RandomIds::default();
        let made: Vec<String> = (0..70_000).map(|_| ids.fresh("job")).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.len() == 30 && id.starts_with("job_")));
    }
}

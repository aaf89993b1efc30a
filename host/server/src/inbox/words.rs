//! Numbers and states in words.

use jiff::tz::TimeZone;
use skillhost_engine::job::JobStatus;
use skillhost_engine::outbox::EffectState;
use skillhost_engine::store::User;
use skillhost_engine::time::Timestamp;

/// The person's zone; UTC where the name means nothing here.
pub(super) fn zone(user: &User) -> TimeZone {
    TimeZone::get(&user.zone).unwrap_or(TimeZone::UTC)
}

/// `Sat 21 Nov, 11:32`, in the person's zone.
pub(super) fn instant(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned(zone.clone()).strftime("%a %-d %b, %H:%M").to_string())
        .unwrap_or_default()
}

/// `in 3 h`, `2 min ago`, `just now` within a second.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let ms = at.0.saturating_sub(now.0);
    if ms.saturating_abs() < 1000 {
        return "just now".to_owned();
    }
    let size = span(ms.saturating_abs());
    if ms >= 0 { format!("in {size}") } else { format!("{size} ago") }
}

/// `27 s`, `5 min`, `3 h`, `2 days`: rounded down to its largest unit.
pub(super) fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `850 µs`, `12.3 ms`, `4.1 s`.
pub(super) fn micros(us: i64) -> String {
    let us = us.max(0);
    match us {
        0..1000 => format!("{us} µs"),
        1000..1_000_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

/// `1.2 M`, `340 k`.
pub(super) fn amount(count: i64) -> String {
    match count {
        ..1000 => count.to_string(),
        1000..1_000_000 => format!("{} k", count / 1000),
        _ => format!("{}.{} M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// `$0.0123`; nothing spent is a dash.
pub(super) fn money(micro_usd: i64) -> String {
    if micro_usd == 0 {
        return "–".to_owned();
    }
    let sign = if micro_usd < 0 { "−" } else { "" };
    let parts = micro_usd.unsigned_abs();
    format!("{sign}${}.{:04}", parts / 1_000_000, parts % 1_000_000 / 100)
}

/// A job's state in words.
pub(super) fn job_state(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "queued",
        JobStatus::InProgress => "running",
        JobStatus::AwaitingApproval => "waits for you",
        JobStatus::AwaitingBudget => "waits for budget",
        JobStatus::Deferred => "deferred",
        JobStatus::Paused => "paused",
        JobStatus::Completed => "completed",
        JobStatus::Failed => "failed",
        JobStatus::Skipped => "not run",
        JobStatus::Cancelled => "cancelled",
        JobStatus::Expired => "expired",
    }
}

/// An effect's state in words.
pub(super) fn effect_state(state: EffectState, held: bool) -> &'static str {
    match state {
        EffectState::Ready if held => "waits",
        EffectState::Ready | EffectState::Sending => "on its way",
        EffectState::Sent => "done",
        EffectState::Dead => "failed",
        EffectState::Unknown => "result unknown",
        EffectState::Cancelled => "taken back",
    }
}

/// `task_create` and `email.send` style words as a person reads them.
pub(super) fn plain(word: &str) -> String {
    word.replace(['_', '.'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_round_down_to_their_largest_unit() {
        for (ms, words) in
            [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (7_199_000, "1 h"), (172_800_000, "2 days")]
        {
            assert_eq!(span(ms), words);
        }
        assert_eq!(relative(Timestamp(0), Timestamp(999)), "just now");
        assert_eq!(relative(Timestamp(0), Timestamp(61_000)), "1 min ago");
        assert_eq!(relative(Timestamp(61_000), Timestamp(0)), "in 1 min");
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!(
            (micros(999), micros(12_345), micros(4_100_000)),
            ("999 µs".into(), "12.3 ms".into(), "4.1 s".into())
        );
        assert_eq!((amount(999), amount(340_000), amount(1_250_000)), ("999".into(), "340 k".into(), "1.2 M".into()));
        assert_eq!((money(0), money(12_345), money(-2_000_000)), ("–".into(), "$0.0123".into(), "−$2.0000".into()));
    }
}

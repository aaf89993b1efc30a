//! A status in the text format that Prometheus reads.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use skillhost_engine::time::Timestamp;
use skillhost_engine::vitals::LATENCY_BOUNDS_US;

use super::Status;

/// Every name begins with it.
const PREFIX: &str = "skillhost";
/// Media type of the answer.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const US_A_SECOND: f64 = 1e6;

impl Status {
    /// The metrics as text.
    ///
    /// # Errors
    /// None in practice: text is written into memory.
    pub(crate) fn metrics(&self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(Of(self.clone())));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[derive(Debug)]
struct Of(Status);

/// A metric with a value for each word of a label.
fn by<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help, kind): (&str, &str, MetricType),
    values: impl IntoIterator<Item = (Vec<(&'static str, &'a str)>, u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
    for (labels, value) in values {
        let value_of = |mut metric: MetricEncoder<'_>| match kind {
            MetricType::Counter => metric.encode_counter::<NoLabelSet, _, u64>(&value, None),
            _ => metric.encode_gauge(&value),
        };
        value_of(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

impl Collector for Of {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(status) = self;
        let (figures, store) = (&status.figures, &status.store);
        let age = |since: Option<Timestamp>| {
            since.map_or(0.0, |since| (status.at.0.saturating_sub(since.0)).max(0) as f64 / 1000.0)
        };
        for (name, help, seconds) in [
            (
                "oldest_runnable_job_seconds",
                "Age of the oldest job that could run and does not",
                figures.runnable_since,
            ),
            ("oldest_due_effect_seconds", "Age of the oldest effect that is due and has not left", figures.due_since),
            ("oldest_open_approval_seconds", "Age of the oldest question without an answer", figures.asked_since),
        ] {
            let gauge = ConstGauge::new(age(seconds));
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        for (name, help, value) in [
            ("open_approvals", "Questions without an answer", figures.questions),
            ("texts_due", "Texts past their retention that the sweep has not taken", figures.texts_due),
            ("store_queue", "Batches that wait to be written", store.queue),
            ("store_queue_bound", "Batches that may wait", store.queue_bound),
            ("store_trouble", "1 while the last write failed", u64::from(store.trouble.is_some())),
            ("effects_held", "1 while no effect leaves by itself, since a restore", u64::from(status.hold.is_some())),
            ("running_jobs", "Jobs that run now", status.running),
            ("job_slots", "Jobs that may run at once", status.slots),
            ("open_jobs_bound", "Open jobs beyond which events are refused", u64::from(status.open_jobs_bound)),
            ("lanes_waiting", "Calls that wait for a place in a lane", status.lanes_waiting),
            ("unknown_zones", "Users whose zone is unknown", status.unknown_zones),
            ("canaries", "Skills of which a new version serves a share", len(&status.canaries)),
            ("waiting_for_accept", "Skills whose newer version waits for an operator", len(&status.waiting_for_accept)),
            ("findings", "Figures out of their range; see `skillhost status`", len(&status.findings)),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        let drift = ConstGauge::new(figures.purse_drift.0);
        drift.encode(encoder.encode_descriptor(
            "purse_drift_micro_usd",
            "What the sums of budgets differ from their reservations by; must be 0",
            None,
            MetricType::Gauge,
        )?)?;
        by(
            &mut encoder,
            ("jobs", "Open jobs by state", MetricType::Gauge),
            figures.jobs.iter().map(|(state, count)| (vec![("state", state.as_str())], *count)),
        )?;
        by(
            &mut encoder,
            ("effects", "Effects that have not ended, or need a person, by state", MetricType::Gauge),
            figures.effects.iter().map(|(state, count)| (vec![("state", state.as_str())], *count)),
        )?;
        by(
            &mut encoder,
            ("jobs_ended", "Jobs that ended since the start, by state", MetricType::Counter),
            store.jobs_ended.iter().map(|(state, count)| (vec![("state", state.as_str())], *count)),
        )?;
        by(
            &mut encoder,
            ("effects_ended", "Effects that ended since the start, by state", MetricType::Counter),
            store.effects_ended.iter().map(|(state, count)| (vec![("state", state.as_str())], *count)),
        )?;
        by(
            &mut encoder,
            ("calls", "Calls of skills since the start, by how they ended", MetricType::Counter),
            status
                .calls
                .iter()
                .map(|calls| (vec![("skill", calls.skill.as_str()), ("end", calls.end.as_str())], calls.count)),
        )?;
        by(
            &mut encoder,
            ("source_loads", "Loads of context sources since the start, tier 3 left out", MetricType::Counter),
            status.loads.iter().map(|(source, count)| (vec![("source", source.as_str())], *count)),
        )?;
        let computed = ConstCounter::new(status.computed_us as f64 / US_A_SECOND);
        computed.encode(encoder.encode_descriptor(
            "compute_seconds",
            "What skills have computed since the start, their waits left out",
            None,
            MetricType::Counter,
        )?)?;
        let buckets: Vec<(f64, u64)> = LATENCY_BOUNDS_US
            .iter()
            .map(|bound| *bound as f64 / US_A_SECOND)
            .chain([f64::INFINITY])
            .zip(store.commits.buckets)
            .collect();
        encoder
            .encode_descriptor(
                "commit_seconds",
                "How long transactions of the store took, flush included",
                None,
                MetricType::Histogram,
            )?
            .encode_histogram::<NoLabelSet>(
                store.commits.sum_us as f64 / US_A_SECOND,
                store.commits.count(),
                &buckets,
                None,
            )
    }
}

fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

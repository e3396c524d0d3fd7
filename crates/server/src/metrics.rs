//! What an operator watches, in Prometheus' text format.

use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::error::OpsError;
use crate::service::Service;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PointState {
    state: &'static str,
}

/// Why the metrics could not be gathered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetricsError {
    /// The store could not be asked.
    #[error("the metadata could not be counted")]
    Store(#[source] OpsError),
    /// The text could not be written.
    #[error("the metrics could not be written")]
    Format(#[source] std::fmt::Error),
}

/// Counters of requests, and gauges that are read when they are asked for.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Operation, Histogram>,
    backups: Family<PointState, Gauge>,
    erasures: Gauge,
    parked: Gauge,
    oldest: Gauge,
    expiry_delay: Gauge,
    certificates: Gauge,
    stored_bytes: Gauge,
    erased_bytes: Gauge,
    log_lag: Gauge,
    log_problems: Gauge,
    slots_owed: Gauge,
    healthy: Gauge,
    clock_trusted: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sexton");
        let requests = Family::default();
        registry.register("requests", "Requests by operation and outcome", requests.clone());
        let seconds = Family::<Operation, Histogram>::new_with_constructor(|| {
            // 0.1 ms to about 3 s.
            Histogram::new(exponential_buckets(0.0001, 2.0, 16))
        });
        let help = "Time from the whole request to the whole answer";
        registry.register_with_unit("request_duration", help, Unit::Seconds, seconds.clone());
        let backups = Family::default();
        registry.register("recovery_points", "Backups of every service by state", backups.clone());
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let erasures = gauge("erasure_backlog", "Erasures that are decided and not certified");
        let parked = gauge("erasures_parked", "Erasures that wait for a person");
        let oldest = gauge("erasure_backlog_age_seconds", "Age of the oldest of them");
        let help = "How long the recovery point is late that should have expired first";
        let expiry_delay = gauge("expiry_delay_seconds", help);
        let certificates = gauge("certificates", "Certificates of deletion that were issued");
        let stored_bytes = gauge("stored_bytes", "Sealed bytes of recovery points");
        let erased_bytes = gauge("erased_bytes", "Sealed bytes whose removal is certified");
        let help = "Bytes that log backup is behind the database that it is farthest behind";
        let log_lag = gauge("log_backup_lag_bytes", help);
        let help = "Instances whose log backup does not go on, or may lack something";
        let log_problems = gauge("log_backup_problems", help);
        let help = "Replication slots that databases may hold for log backups that are over";
        let slots_owed = gauge("log_backup_slots_owed", help);
        let healthy = gauge("store_healthy", "1 while the metadata store takes commits");
        let clock_trusted = gauge("clock_trusted", "1 while the machine's clock is believed");
        Self {
            registry,
            requests,
            seconds,
            backups,
            erasures,
            parked,
            oldest,
            expiry_delay,
            certificates,
            stored_bytes,
            erased_bytes,
            log_lag,
            log_problems,
            slots_owed,
            healthy,
            clock_trusted,
        }
    }
}

impl Metrics {
    /// Counts one answered request.
    pub(crate) fn count(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        self.requests.get_or_create(&Request { operation, outcome }).inc();
        self.seconds.get_or_create(&Operation { operation }).observe(took.as_secs_f64());
    }

    /// Everything as text.
    pub(crate) async fn text(&self, service: &Service) -> Result<String, MetricsError> {
        let sums = service.store.sums().await.map_err(|it| MetricsError::Store(it.into()))?;
        for state in ["creating", "completed", "deleting", "expired", "failed"] {
            let count = sums.backups.iter().find(|(name, _)| *name == state);
            let count = count.map_or(0, |(_, count)| signed(*count));
            self.backups.get_or_create(&PointState { state }).set(count);
        }
        self.erasures.set(signed(sums.erasures));
        self.parked.set(signed(sums.parked));
        let now = service.clock.now();
        let since =
            |at: Option<Timestamp>| at.map_or(0, |at| now.duration_since(at).as_secs().max(0));
        self.oldest.set(since(sums.oldest_erasure));
        self.expiry_delay.set(since(sums.next_expiry));
        self.certificates.set(signed(sums.certificates));
        self.stored_bytes.set(signed(sums.stored_bytes));
        self.erased_bytes.set(signed(sums.erased_bytes));
        let (lag, problems) = service.logs.sums();
        self.log_lag.set(signed(lag));
        self.log_problems.set(signed(problems));
        self.slots_owed.set(signed(service.logs.owed()));
        self.healthy.set(i64::from(service.store.healthy()));
        self.clock_trusted.set(i64::from(service.clock_trusted()));
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(MetricsError::Format)?;
        Ok(text)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

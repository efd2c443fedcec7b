//! What one replication of a queueing model measured, under the vectors' names of metrics.
//!
//! Knows: the names, and where a finished run keeps each number. Must not know: which metrics a case expects.

use std::collections::BTreeMap;
use tonnage::sim::Simulation;
use tonnage::stats::Histogram;

/// Numbers that are averaged over replications, and records that are pooled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(super) metrics: BTreeMap<String, f64>,
    /// Times in ns, for quantiles such as `wait_p95`.
    pub(super) times: BTreeMap<String, Histogram>,
    /// How often a look found so many requests, by name; index is the number found.
    pub(super) levels: BTreeMap<String, Vec<u64>>,
}

impl Measured {
    /// Numbers that were measured otherwise.
    pub(super) fn named(metrics: impl IntoIterator<Item = (&'static str, f64)>) -> Self {
        let metrics = metrics.into_iter();
        Self {
            metrics: metrics.map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Self::default()
        }
    }

    /// Everything a finished run of one workload has to say.
    pub(super) fn of(simulation: Simulation) -> Self {
        let mut measured = Self::default();
        let serving = simulation.workload(0).serving;
        let (mut wait, mut response) = (Histogram::fine(), Histogram::fine());
        let mut waited = 0;
        for tally in serving.tallies() {
            wait.merge(&tally.wait());
            response.merge(&tally.latency);
            waited += tally.waited();
        }
        let by_class: Vec<_> = serving
            .tallies()
            .iter()
            .map(|tally| (tally.wait(), tally.latency.clone()))
            .collect();
        let outcome = simulation.finish(None);
        let seconds = outcome.duration_s - outcome.warmup_s;
        let workload = &outcome.workloads[0];
        let requests = &workload.requests;
        let (arrived, served) = (requests.arrived as f64, wait.count() as f64);
        let left = (requests.abandoned + requests.timed_out) as f64;
        let setting_up = workload.replicas.starting_mean + workload.replicas.pending_mean;
        let numbers = [
            (
                "utilisation",
                workload.utilization.unwrap_or(workload.in_service_mean),
            ),
            ("arrival_rate", arrived / seconds),
            ("throughput", requests.succeeded as f64 / seconds),
            ("p_wait", (waited as f64 + left) / (served + left)),
            ("loss_probability", requests.refused as f64 / arrived),
            ("p_abandon", requests.abandoned as f64 / arrived),
            ("mean_queue_len", workload.queued_mean),
            ("mean_in_system", workload.queued_mean + workload.in_service_mean),
            ("mean_busy", workload.in_service_mean),
            ("mean_in_setup", setting_up),
            ("mean_powered", workload.replicas.ready_mean + setting_up),
            ("mean_wait_all", workload.queued_mean * seconds / arrived),
        ];
        for (name, value) in numbers {
            measured.set(name, value);
        }
        for suffix in ["", "_accepted", "_served"] {
            measured.record(&format!("wait{suffix}"), &wait);
            measured.record(&format!("response{suffix}"), &response);
        }
        if by_class.len() > 1 {
            for (class, (wait, response)) in workload.classes.iter().zip(&by_class) {
                measured.record(&format!("wait_{}", class.name), wait);
                measured.record(&format!("response_{}", class.name), response);
            }
        }
        measured
    }

    pub(super) fn set(&mut self, name: &str, value: f64) {
        self.metrics.insert(name.to_owned(), value);
    }

    /// Mean and variance of times, and the times themselves for quantiles.
    pub(super) fn record(&mut self, name: &str, times: &Histogram) {
        self.set(&format!("mean_{name}"), times.mean() / 1e9);
        self.set(&format!("var_{name}"), (times.std_dev() / 1e9).powi(2));
        self.times.insert(name.to_owned(), times.clone());
    }

    /// Moments and tail of the levels that looks found; the levels themselves for quantiles.
    pub(super) fn look(&mut self, name: &str, found: &[u64]) {
        let looks = found.iter().sum::<u64>() as f64;
        let moment = |power: i32| {
            let powers = found
                .iter()
                .enumerate()
                .map(|(level, &count)| (level as f64).powi(power) * count as f64);
            powers.sum::<f64>() / looks
        };
        self.set(&format!("mean_{name}"), moment(1));
        self.set(&format!("var_{name}"), moment(2) - moment(1).powi(2));
        self.set(
            "p_empty",
            found.first().map_or(0.0, |&count| count as f64 / looks),
        );
        for level in 0..=TAIL_MAX {
            let at_least = found.iter().skip(level).sum::<u64>() as f64 / looks;
            self.set(&format!("p_n_ge_{level}"), at_least);
            self.set(&format!("p_queue_ge_{level}"), at_least);
        }
        self.levels.insert(name.to_owned(), found.to_vec());
    }

    /// The quantile a metric such as `wait_p95` names, of this replication or of pooled ones.
    pub(super) fn quantile(&self, metric: &str) -> Option<f64> {
        let (name, p) = share_of(metric)?;
        if let Some(times) = self.times.get(name) {
            return Some(times.quantile(p) as f64 / 1e9);
        }
        let levels = self.levels.get(name)?;
        let wanted = p * levels.iter().sum::<u64>() as f64;
        let mut below = 0;
        let level = levels.iter().position(|&count| {
            below += count;
            below as f64 >= wanted
        });
        level.map(|level| level as f64)
    }

    /// Adds the times and levels of another replication.
    pub(super) fn pool(&mut self, other: &Self) {
        for (name, times) in &other.times {
            let own = self.times.entry(name.clone()).or_insert_with(Histogram::fine);
            own.merge(times);
        }
        for (name, levels) in &other.levels {
            let own = self.levels.entry(name.clone()).or_default();
            own.resize(own.len().max(levels.len()), 0);
            own.iter_mut().zip(levels).for_each(|(own, other)| *own += other);
        }
    }
}

/// Tails are measured up to this many requests.
const TAIL_MAX: usize = 20;

/// `wait_p95` as (`wait`, 0.95).
fn share_of(metric: &str) -> Option<(&str, f64)> {
    let (name, digits) = metric.rsplit_once("_p")?;
    let hundredths: u32 = digits.parse().ok()?;
    Some((name, f64::from(hundredths) / 10_f64.powi(digits.len() as i32)))
}

/// Counts one look that found `level`.
pub(super) fn found(levels: &mut Vec<u64>, level: u64) {
    let level = level as usize;
    if levels.len() <= level {
        levels.resize(level + 1, 0);
    }
    levels[level] += 1;
}

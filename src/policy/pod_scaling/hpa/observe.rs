//! The metrics APIs of a simulated cluster.
//!
//! Knows: which of a workload's observations stands behind which metric. Must not know: targets.
//!
//! `cpu` and `memory` are metrics-server's. Pods, Object and External metrics go by these names, as the page of a
//! serving pod or of what stands in front of it would have them: `requests_per_second` (arrivals, retries included),
//! `concurrency` (waiting or in service), `queue_length` (waiting), `in_service`, `utilization` (share of slots in use,
//! 0 to 1). A pod's are those of its last scrape, an object's the workload's, as means over the window of `metrics`.

use super::source::{MetricsSource, PodSamples, Sample};
use crate::model::observed::pods::{ContainerUsage, ObservedPod, TrafficSample};
use crate::policy::pod_scaling::PodScalingView;

/// Answers with what a pod scaler may know.
#[derive(Clone, Copy, Debug)]
pub struct ObservedMetrics<'a> {
    view: &'a PodScalingView<'a>,
}

impl<'a> ObservedMetrics<'a> {
    /// The metrics behind `view`.
    #[must_use]
    pub const fn new(view: &'a PodScalingView<'a>) -> Self {
        Self { view }
    }

    /// The metrics of a workload as a whole.
    pub const NAMES: [&'static str; 5] = [
        "requests_per_second",
        "concurrency",
        "queue_length",
        "in_service",
        "utilization",
    ];

    fn samples(&self, of: impl Fn(&ObservedPod<'_>) -> Option<Sample>) -> Option<PodSamples> {
        let of_pods: Vec<_> = self.view.pods.iter().map(of).collect();
        // An API that has nothing to say says so by an error.
        of_pods.iter().any(Option::is_some).then_some(PodSamples {
            of_pods,
            of_others: Vec::new(),
        })
    }

    /// A metric of the workload as a whole; `None` for another name, and before anything was observed.
    #[must_use]
    pub fn total(&self, metric: &str) -> Option<f64> {
        if self.view.down.traffic {
            return None;
        }
        let mean = self.view.reading?.mean;
        Some(match metric {
            "requests_per_second" => mean.rate,
            "concurrency" => mean.queued + mean.in_service,
            "queue_length" => mean.queued,
            "in_service" => mean.in_service,
            "utilization" if mean.ready > 0.0 => mean.busy / mean.ready / f64::from(self.view.slots?),
            _ => return None,
        })
    }
}

impl MetricsSource for ObservedMetrics<'_> {
    fn resource(&mut self, resource: &str, container: Option<&str>) -> Option<PodSamples> {
        let usage: fn(&ContainerUsage) -> i64 = match resource {
            "cpu" => |usage| usage.cpu_milli,
            "memory" => |usage| usage.memory_milli,
            _ => return None,
        };
        if self.view.down.resources {
            return None;
        }
        self.samples(|pod| {
            let sample = pod.sample?;
            let used = pod.containers.iter().zip(&sample.containers);
            let mut used = used
                .filter(|(one, _)| container.is_none_or(|name| name == one.name))
                .map(|(_, used)| usage(used))
                .peekable();
            used.peek()?;
            Some(Sample {
                milli: used.fold(0, i64::wrapping_add),
                at: sample.at,
                window: sample.window,
            })
        })
    }

    fn pods(&mut self, metric: &str) -> Option<PodSamples> {
        if self.view.down.traffic {
            return None;
        }
        let slots = self.view.slots;
        self.samples(|pod| {
            let traffic = pod.traffic?;
            let TrafficSample { at, window, .. } = traffic;
            let value = match metric {
                "requests_per_second" => traffic.requests_per_second?,
                "concurrency" => traffic.in_service + traffic.queue_length,
                "queue_length" => traffic.queue_length,
                "in_service" => traffic.in_service,
                "utilization" => traffic.in_service / f64::from(slots?),
                _ => return None,
            };
            Some(Sample {
                milli: thousandths(value),
                at,
                window,
            })
        })
    }

    fn object(&mut self, _: &str, _: &str, metric: &str) -> Option<i64> {
        self.total(metric).map(thousandths)
    }

    fn external(&mut self, metric: &str) -> Option<Vec<i64>> {
        self.total(metric).map(|value| vec![thousandths(value)])
    }
}

/// Cut, not rounded, as prometheus-adapter (`pkg/custom-provider/provider.go`) and KEDA (`GenerateMetricInMili`) do.
pub(in crate::policy::pod_scaling) fn thousandths(value: f64) -> i64 {
    (value * 1000.0) as i64
}

//! CPU and memory of a pod, from counters to samples, as metrics-server makes them.
//!
//! Knows: that the kubelet offers the counters of its last look at the containers (cAdvisor's housekeeping, about every
//! 10 s), and that metrics-server (`pkg/storage/pod.go`, `pkg/storage/types.go`) needs two such points for a rate. So a
//! sample is up to a housekeeping and a scrape old, its window is a multiple of the housekeeping that varies with their
//! beat, and a new pod has none until it was scraped twice. Must not know: what runs in the containers.

use super::delayed::Delayed;
use super::pods::{ContainerUsage, ResourceSample};
use crate::engine::{Span, Time};

/// The kubelet's counters of one container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerCounter {
    /// CPU used since the container's start, thousandths of a core × ns.
    pub cpu_milli_nanos: u128,
    /// Memory in use, bytes.
    pub memory_bytes: u64,
}

/// The kubelet's counters of a pod's containers, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterPoint {
    /// When they were read.
    pub at: Time,
    /// When the containers started.
    pub started: Time,
    /// Each container's, in the pod's order.
    pub containers: Vec<ContainerCounter>,
}

/// The points of a pod that metrics-server holds and the samples made of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceMeter {
    last: Option<CounterPoint>,
    samples: Delayed<ResourceSample>,
}

/// A container younger than this is not sampled from its start on: the rate would be inaccurate.
const FRESH_MIN: Span = Span::from_secs(10);

impl ResourceMeter {
    /// metrics-server, which scrapes every `resolution`, got `point`; what it makes of it is visible from `visible` on.
    pub fn store(&mut self, point: CounterPoint, resolution: Span, visible: Time) {
        let age = point.at.since(point.started);
        // A container that started since the last scrape: its counters have counted from zero.
        let fresh = age >= FRESH_MIN && age < resolution;
        let sample = if fresh {
            let zero = vec![ContainerCounter::default(); point.containers.len()];
            Some(sample_between(point.started, &zero, &point))
        } else {
            let last = self
                .last
                .as_ref()
                .filter(|last| point.started < last.at && last.at < point.at);
            last.map(|last| sample_between(last.at, &last.containers, &point))
        };
        if let Some(sample) = sample {
            self.samples.push(point.at, visible, sample);
        }
        self.last = Some(point);
    }

    /// The newest sample visible at `now`.
    #[must_use]
    pub fn newest(&self, now: Time) -> Option<&ResourceSample> {
        self.samples.newest(now)
    }
}

fn sample_between(from: Time, before: &[ContainerCounter], point: &CounterPoint) -> ResourceSample {
    let window = point.at.since(from);
    let pairs = before.iter().zip(&point.containers);
    let usage = |(before, after): (&ContainerCounter, &ContainerCounter)| ContainerUsage {
        cpu_milli: rate(before.cpu_milli_nanos, after.cpu_milli_nanos, window),
        memory_milli: (after.memory_bytes as i64).wrapping_mul(1000),
    };
    ResourceSample {
        at: point.at,
        window,
        containers: pairs.map(usage).collect(),
    }
}

/// metrics-server divides nanoseconds of CPU by seconds in float64 and cuts to whole billionths of a core; who asks for
/// thousandths has them rounded up.
fn rate(before: u128, after: u128, window: Span) -> i64 {
    let nanoseconds = (after / 1000).saturating_sub(before / 1000) as u64;
    let billionths = (nanoseconds as f64 / window.secs_f64()) as u64;
    billionths.div_ceil(1_000_000) as i64
}

#[cfg(test)]
mod tests {
    use super::{ContainerCounter, CounterPoint, ResourceMeter, Span, Time};

    fn seconds(at: u64) -> Time {
        Time::ZERO + Span::from_secs(at)
    }

    /// A container that uses 1500 thousandths from its start on.
    fn point(started: u64, at: u64) -> CounterPoint {
        CounterPoint {
            at: seconds(at),
            started: seconds(started),
            containers: vec![ContainerCounter {
                cpu_milli_nanos: 1500 * u128::from(at - started) * 1_000_000_000,
                memory_bytes: at,
            }],
        }
    }

    /// Were a pod sampled at once, its start-up would be missing where a real HPA has a missing pod.
    #[test]
    fn a_pod_has_no_sample_until_it_was_scraped_twice_unless_it_is_just_old_enough() {
        let resolution = Span::from_secs(15);
        let seen = |started: u64, scrapes: &[u64]| {
            let mut meter = ResourceMeter::default();
            for &at in scrapes {
                meter.store(point(started, at), resolution, seconds(at + 2));
            }
            let now = seconds(scrapes.last().map_or(0, |at| at + 2));
            meter
                .newest(now)
                .map(|sample| (sample.at, sample.window, sample.containers[0].cpu_milli))
        };
        assert_eq!(seen(100, &[104]), None, "too young");
        assert_eq!(seen(100, &[115]), None, "too old: an earlier scrape is missing");
        let fresh = Some((seconds(112), Span::from_secs(12), 1500));
        assert_eq!(seen(100, &[112]), fresh, "counted from its start");
        let second = Some((seconds(120), Span::from_secs(16), 1500));
        assert_eq!(seen(100, &[104, 120]), second);
    }

    #[test]
    fn a_sample_is_seen_only_when_it_is_visible_and_the_one_before_until_then() {
        let mut meter = ResourceMeter::default();
        for at in [104, 120, 130] {
            meter.store(point(100, at), Span::from_secs(15), seconds(at + 5));
        }
        let at = |now| meter.newest(seconds(now)).map(|sample| sample.at);
        assert_eq!((at(124), at(125)), (None, Some(seconds(120))));
        assert_eq!((at(134), at(135)), (Some(seconds(120)), Some(seconds(130))));
    }

    #[test]
    fn thousandths_are_rounded_up_as_a_quantity_is() {
        assert_eq!(super::rate(0, 1_000_000_000, Span::from_secs(10)), 1, "a tenth");
        assert_eq!(super::rate(0, 1_000_000_000_000, Span::from_secs(10)), 100);
    }
}

//! A pod's life as a row.

use crate::engine::Time;
use crate::model::cluster::{Pod, PodId};
use crate::model::request_queue::{PaceRecord, Station};
use crate::sim::rows::PodRow;
use crate::sim::world::World;

impl World {
    /// A pod's row of `pods.csv`: with its station and the requests that were lost there, if it served, and with what
    /// slowness has cost it, if it could.
    pub(in crate::sim) fn pod_row(
        &self,
        id: PodId,
        pod: &Pod,
        end: &'static str,
        ended: Option<Time>,
        served: Option<(&Station, u64)>,
        pace: Option<&PaceRecord>,
    ) -> PodRow {
        let (station, lost) = served.map_or((None, 0), |(station, lost)| (Some(station), lost));
        let run = &self.workloads[pod.workload];
        let until = ended.unwrap_or(self.now);
        let measured = pod.ready.map(|ready| until.since(ready.max(self.measured_from)));
        let utilization = match (station, run.slots(), measured) {
            (Some(station), Some(slots), Some(span)) if !span.is_zero() => {
                Some(station.busy.integral_until(until) as f64 / (f64::from(slots) * span.nanos() as f64))
            }
            _ => None,
        };
        let swap = self.swap_book.of(id, until);
        PodRow {
            pod: run.name_of(pod),
            workload: run.spec.name.clone(),
            node: pod
                .node
                .and_then(|node| self.cluster.node(node))
                .map(|node| node.name().to_owned())
                .unwrap_or_default(),
            created_s: pod.created.secs_f64(),
            bound_s: pod.bound.map(Time::secs_f64),
            pulled_s: pod.pulled.map(Time::secs_f64),
            ready_s: pod.ready.map(Time::secs_f64),
            terminating_s: pod.terminating.map(Time::secs_f64),
            ended_s: ended.map(Time::secs_f64),
            end,
            served: station.map_or(0, |station| station.served),
            lost,
            utilization,
            cpu_request_cores: pod.class.requests().cpu_milli as f64 / 1000.0,
            memory_request_bytes: pod.class.requests().memory_bytes,
            restarts: pod.restarts.total(),
            restarts_oom: pod.restarts.out_of_memory,
            restarts_probe: pod.restarts.probe,
            cpu_throttled_s: pace.map(|pace| pace.throttled().secs_f64()),
            cpu_waited_s: pace.map(|pace| pace.waited_for_cpu.secs_f64()),
            memory_peak_bytes: pod
                .class
                .says_memory_usage()
                .then(|| pod.memory_peak_bytes.max(self.memory_within_limits(pod))),
            swap_peak_bytes: swap.peak_bytes,
            swapped_s: swap.swapped.secs_f64(),
        }
    }
}

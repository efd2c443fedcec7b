//! Scrapes for controllers and rows for readers: means over the time since the last one, as differences of integrals.

use super::event::Control;
use super::levels::{FleetInterval, Interval};
use super::rows::{ClusterSample, WorkloadSample};
use super::workload_run::{Marks, WorkloadRun, seconds};
use super::world::{Row, World};
use crate::engine::Time;
use crate::model::observed::{Outage, Scrape};
use crate::policy::placement::typical_pods::Seen;
use crate::stats::Histogram;

/// Means since earlier marks, and the marks for the next time.
struct Window {
    seconds: f64,
    ready: f64,
    queued: f64,
    in_service: f64,
    busy: f64,
    /// Slots in use for each ready replica, 0 without one.
    busy_per_ready: f64,
    /// The part of it in which no work was done.
    idled_per_ready: f64,
    attempts: u64,
    marks: Marks,
}

fn window(run: &WorkloadRun, now: Time, since: &Marks) -> Window {
    let marks = Marks::of(run, now);
    let span = now.since(since.at);
    let mean = |now: i128, before: i128| (now - before).max(0) as f64 / span.nanos().max(1) as f64;
    Window {
        seconds: seconds(span),
        ready: mean(marks.ready, since.ready),
        queued: mean(marks.queued, since.queued),
        in_service: mean(marks.in_service, since.in_service),
        busy: mean(marks.busy, since.busy),
        busy_per_ready: share(marks.busy - since.busy, marks.ready - since.ready),
        idled_per_ready: share(marks.idled - since.idled, marks.ready - since.ready),
        attempts: marks.attempts - since.attempts,
        marks,
    }
}

/// A quotient of two integrals; 0 where nothing is shared.
fn share(part: i128, whole: i128) -> f64 {
    if whole > 0 {
        part as f64 / whole as f64
    } else {
        0.0
    }
}

impl World {
    /// A workload's metrics are scraped.
    pub(super) fn on_scrape(&mut self, workload: u32) {
        let now = self.now;
        let interval = self.scenario.metrics.interval;
        let run = &mut self.workloads[workload as usize];
        let window = window(run, now, &run.scrape);
        // Who waits for an answer, or is slowed, takes memory, and no CPU.
        let (_, memory) = run.spec.template.usage(window.busy_per_ready);
        let working = (window.busy_per_ready - window.idled_per_ready).max(0.0);
        let (cpu, _) = run.spec.template.usage(working);
        let starting = run.startup_cpu(&self.cluster, run.scrape.at, now);
        // What depends on ages and on what was served is as it is now.
        let memory_bytes = if run.spec.template.memory_changes() {
            let (_, idle) = run.spec.template.usage(0.0);
            (memory - idle) * window.ready + run.memory_without_requests(&self.cluster, now)
        } else {
            memory * window.ready
        };
        let scrape = Scrape {
            ready: window.ready,
            busy: window.busy,
            queued: window.queued,
            in_service: window.in_service,
            rate: window.attempts as f64 / window.seconds,
            cpu_milli: cpu * window.ready + starting,
            memory_bytes,
        };
        let down = run.down(now);
        for (observed, lost) in [
            (&mut run.observed, down.traffic),
            (&mut run.observed_usage, down.resources),
        ] {
            if lost {
                observed.lose();
            } else {
                observed.record(now, scrape);
            }
        }
        run.scrape = window.marks;
        if let Some(watch) = &mut run.watch {
            if down.traffic {
                watch.lose_traffic();
            } else {
                watch.scrape(now, &self.cluster, &run.pods, &run.serving);
            }
        }
        self.note_memory_peaks(workload as usize);
        self.plan(now + interval, Control::Scrape(workload));
    }

    /// The nodes look at the containers of a workload's pods; the next scrape sees what they saw.
    pub(super) fn on_housekeeping(&mut self, workload: u32) {
        let now = self.now;
        let run = &mut self.workloads[workload as usize];
        let Some(watch) = &mut run.watch else { return };
        // The next scrape takes away what the node sees now.
        if Outage::down_at(&run.spec.outages, watch.next_scrape()).resources {
            watch.lose_resources();
        } else {
            watch.look(now, &self.cluster, &run.pods, &run.serving);
        }
        let next = watch.next_look(Some(now));
        self.plan(next, Control::Housekeeping(workload));
    }

    /// A row of the time series is due.
    pub(super) fn on_sample(&mut self) {
        let now = self.now;
        for index in 0..self.workloads.len() {
            let run = &mut self.workloads[index];
            let window = window(run, now, &run.sample);
            if now.since(run.sample.at) == self.scenario.sample_every {
                run.settle(window.queued + window.in_service);
            }
            run.sample = window.marks;
            let replicas = Replicas::take(run, now);
            let row = self.tell.then(|| workload_row(run, now, &window, &replicas));
            run.serving.interval_mut().reset();
            self.rows.extend(row.map(Row::Workload));
        }
        let fleet = self.levels.take_interval(now);
        let seen = || {
            let mut seen = Seen::default();
            for run in self.workloads.iter() {
                seen.add(&run.spec.template, run.next_ordinal);
            }
            seen
        };
        let fragmented = self.gpu_fragments.sample(&self.cluster, seen);
        self.tell(|world| Row::Cluster(world.cluster_row(&fleet, fragmented)));
        let end = Time::ZERO + self.scenario.duration;
        if now < end {
            self.plan((now + self.scenario.sample_every).min(end), Control::Sample);
        }
    }

    fn cluster_row(&self, fleet: &FleetInterval, gpu_fragmented: Option<f64>) -> ClusterSample {
        ClusterSample {
            time_s: self.now.secs_f64(),
            nodes_mean: fleet.nodes.mean,
            nodes_max: fleet.nodes.max,
            nodes_ready_mean: fleet.ready.mean,
            nodes_ready_max: fleet.ready.max,
            nodes_booting_mean: fleet.booting.mean,
            nodes_booting_max: fleet.booting.max,
            nodes_draining_mean: fleet.draining.mean,
            nodes_draining_max: fleet.draining.max,
            pods_pending_mean: fleet.pending.mean,
            pods_pending_max: fleet.pending.max,
            pods_bound_mean: fleet.bound.mean,
            pods_bound_max: fleet.bound.max,
            cpu_reserved_mean: fleet.cpu_reserved,
            memory_reserved_mean: fleet.memory_reserved,
            gpu_reserved_mean: fleet.gpu_reserved,
            gpu_fragmented,
            cost_usd_per_hour_mean: fleet.usd_per_hour,
            cost_usd: self.bills().into_iter().map(|(cost, _)| cost.usd()).sum(),
        }
    }
}

/// The replicas of a workload over one interval.
struct Replicas {
    desired: Interval,
    ready: Interval,
    starting: Interval,
    pending: Interval,
}

impl Replicas {
    fn take(run: &mut WorkloadRun, now: Time) -> Self {
        Self {
            desired: run.wanted.take_interval(now),
            ready: run.ready.take_interval(now),
            starting: run.starting.take_interval(now),
            pending: run.pending.take_interval(now),
        }
    }
}

fn workload_row(run: &mut WorkloadRun, now: Time, window: &Window, replicas: &Replicas) -> WorkloadSample {
    let slots = run.slots();
    let name = run.spec.name.clone();
    let interval = run.serving.interval_mut();
    let quantile =
        |latency: &Histogram, p: f64| (latency.count() > 0).then(|| latency.quantile(p) as f64 / 1e9);
    WorkloadSample {
        time_s: now.secs_f64(),
        workload: name,
        arrivals_per_s: interval.arrivals as f64 / window.seconds,
        completions_per_s: interval.completions as f64 / window.seconds,
        failures_per_s: interval.failures as f64 / window.seconds,
        queued_mean: window.queued,
        in_service_mean: window.in_service,
        replicas_desired_mean: replicas.desired.mean,
        replicas_desired_max: replicas.desired.max,
        replicas_ready_mean: replicas.ready.mean,
        replicas_ready_min: replicas.ready.min,
        replicas_ready_max: replicas.ready.max,
        replicas_starting_mean: replicas.starting.mean,
        replicas_starting_max: replicas.starting.max,
        replicas_pending_mean: replicas.pending.mean,
        replicas_pending_max: replicas.pending.max,
        utilization: slots
            .filter(|_| window.ready > 0.0)
            .map(|slots| window.busy_per_ready / f64::from(slots)),
        latency_p50_s: quantile(&interval.latency, 0.5),
        latency_p95_s: quantile(&interval.latency, 0.95),
        latency_p99_s: quantile(&interval.latency, 0.99),
    }
}

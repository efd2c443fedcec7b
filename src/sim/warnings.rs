//! Results that look wrong, and the setting or flag that mends them; and what every such run takes for granted.
//!
//! Knows: outcomes and how users say things in a scenario. Must not know: how any of it is shown.

use super::objective::Objective;
use super::outcome::{ClusterOutcome, Warning, WorkloadOutcome};
use super::platform::Platform;
use super::settling::Settling;
use super::workload_run::WorkloadRun;
use super::world::World;
use crate::engine::{Span, Time};
use crate::model::cluster::NodePhase;
use crate::model::cpu::CpuMode;
use crate::model::pod_template::Container;
use crate::model::units::{counted, form};

/// A run that is to show what nodes do lasts this many boots.
const BOOTS_PER_RUN: f64 = 10.0;
/// Share of requests that may fail before it is worth saying, where no objective looks at it.
const FAILED_WORTH_SAYING: f64 = 0.01;
/// How full replicas are that somebody adds because there were too few.
const COMFORTABLE: f64 = 0.8;

impl World {
    /// What the model takes for granted: what the scenario says, and what its settings make worth saying.
    pub(super) fn assumptions(&self) -> Vec<String> {
        let mut assumptions = self.scenario.assumptions.clone();
        assumptions.extend(self.cpu_assumptions());
        if self.by_hand.outcome().iter().any(|steps| steps.count > 0) {
            let told = "A step by hand is one command given on one machine, or one machine mended; how long it takes is not counted.";
            assumptions.push(told.to_owned());
        }
        assumptions
    }

    /// How CPU slows what runs, where limits or usages make it matter.
    fn cpu_assumptions(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut containers = self
            .workloads
            .iter()
            .flat_map(|run| &run.spec.template.containers);
        let limited = |one: &Container| one.limits.cpu_milli > 0;
        if containers.clone().any(limited) {
            told.push(match self.scenario.cpu.limits {
                None => "CPU limits are not enforced.".to_owned(),
                Some(CpuMode::Exact) => {
                    "CPU limits are kept exactly, as a quota of each 100 ms; of Jobs at a steady rate.".to_owned()
                }
                Some(CpuMode::Fluid) => {
                    "CPU limits are kept in the fluid mode, at a steady rate: times of short requests are too long."
                        .to_owned()
                }
            });
            if containers.any(|one| limited(one) && !one.usage.says_cpu()) {
                told.push("Containers that do not say what CPU they use are never slowed.".to_owned());
            }
        }
        if let Some(every) = self
            .scenario
            .cpu
            .share_every
            .filter(|_| self.pacing.ever_crowded())
        {
            told.push(format!("The CPU of a busy node is shared anew every {every}."));
        }
        told
    }

    /// Results that look wrong, with what mends them.
    pub(super) fn warnings(&self, cluster: &ClusterOutcome, workloads: &[WorkloadOutcome]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        self.warn_of_times(&mut warnings);
        for (index, (run, outcome)) in self.workloads.iter().zip(workloads).enumerate() {
            if !run.spec.background {
                self.warn_of_requests(run, &mut warnings);
            }
            warnings.extend(self.unwatched_failures(index, outcome));
            warnings.extend(self.refused_pods(run));
            warnings.extend(self.pods_without_volume(run));
            self.warn_of_usage(run, &mut warnings);
            warnings.extend(absent_metrics(run));
        }
        if let Some(used) = cluster.cpu_used.filter(|&used| used > 1.0) {
            let what = format!(
                "Pods used {:.0}% of the CPU that the nodes have: nothing slows them down here.",
                used * 100.0
            );
            let mends = "set `cpu.share_every`, or reserve what pods use: raise their CPU `requests`";
            warnings.push(warning(what, mends));
        }
        let booting = self
            .cluster
            .nodes()
            .any(|(_, node)| node.phase == NodePhase::Booting);
        if self.cluster.pending_count() > 0 && !booting && !self.fleet.unlimited {
            let count = counted(
                self.cluster.pending_count() as u64,
                "pod still waits",
                "pods still wait",
            );
            warnings.push(warning(
                format!("{count} for a node at the end."),
                "raise a pool's `nodes.max`, or see decisions.csv for why",
            ));
        }
        warnings
    }

    /// The run or its warm-up is short beside what happens in it.
    fn warn_of_times(&self, warnings: &mut Vec<Warning>) {
        let duration = self.now.since(Time::ZERO);
        for pool in &self.fleet.pools {
            let boot = Span::from_secs_f64(pool.spec.boot.mean());
            if pool.spec.nodes_max > pool.spec.nodes_min && duration < boot {
                let what = format!(
                    "The run ({duration}) is shorter than a node boot of pool {} ({boot}): no launched node ever helps.",
                    pool.spec.name
                );
                let help = format!(
                    "run longer: `--set duration={}`",
                    flag(boot.scaled(BOOTS_PER_RUN))
                );
                warnings.push(warning(what, &help));
            }
        }
        let slowest = self.workloads.iter().map(|run| run.pod_start.max()).max();
        let slowest = Span::from_nanos(slowest.unwrap_or(0));
        let warmup = self.measured_from.since(Time::ZERO);
        if !warmup.is_zero() && warmup < slowest {
            let what = format!("The warm-up ({warmup}) is shorter than the slowest pod start ({slowest}).");
            let help = format!("measure later: `--set warmup={}`", flag(slowest));
            warnings.push(warning(what, &help));
        }
    }

    fn warn_of_requests(&self, run: &WorkloadRun, warnings: &mut Vec<Warning>) {
        let totals = run.serving.totals();
        let name = &run.spec.name;
        if totals.arrived == 0 {
            warnings.push(warning(
                format!("No request ever arrived at {name}."),
                "check `load` and `duration`",
            ));
        } else if totals.succeeded == 0 {
            warnings.push(warning(
                format!("No request of {name} ever succeeded."),
                "check `replicas`, `demand` and `timeout`",
            ));
        }
        let backlog = run.serving.queued();
        if backlog > 1000 && backlog * 20 > totals.arrived {
            let what = format!(
                "{name} ends with {backlog} requests still waiting: it is overloaded, and latency depends on when the run stops."
            );
            let served = (totals.arrived - backlog.min(totals.arrived)).max(1) as f64;
            warnings.push(warning(
                what,
                &more_replicas(run, totals.arrived as f64 / served / COMFORTABLE, self.now),
            ));
        } else {
            warnings.extend(self.doubtful_warmup(run));
        }
        let samples: u64 = run
            .serving
            .tallies()
            .iter()
            .map(|tally| tally.latency.count())
            .sum();
        if samples > 0 && samples < 1000 {
            warnings.push(warning(
                format!(
                    "p99 and p99.9 of {name} rest on {}.",
                    counted(samples, "request", "requests")
                ),
                "run longer, or several times: `--replications 10`",
            ));
        }
    }

    /// Many requests failed, and no objective looks at that: latency, which counts those served, looks better than it is.
    fn unwatched_failures(&self, index: usize, outcome: &WorkloadOutcome) -> Option<Warning> {
        let watches = |objective: &Objective| matches!(objective, Objective::Success { workload, .. } if *workload == index);
        let (name, failed) = (&outcome.name, 1.0 - outcome.requests.success_ratio()?);
        if self.scenario.objectives.iter().any(watches) || !(FAILED_WORTH_SAYING..1.0).contains(&failed) {
            return None;
        }
        Some(warning(
            format!(
                "{:.1}% of the requests to {name} failed, and no objective looks at that: latency is that of those served.",
                failed * 100.0
            ),
            &format!("add an objective: `- success: {{workload: {name}, at_least: 99.9%}}`"),
        ))
    }

    /// Pods that the API server did not let the workload have.
    fn refused_pods(&self, run: &WorkloadRun) -> Option<Warning> {
        let (short_for, why) = run.creation.short_for(self.now);
        let (name, why) = (&run.spec.name, why?);
        let what = if run.creation.is_refused() {
            let (have, want) = (run.pods.len(), run.desired);
            format!("{name} ends with {have} of {want} pods, and was short of some for {short_for}: {why}.")
        } else {
            format!("{name} was short of pods for {short_for}, for the API server refused them: {why}.")
        };
        let namespace = segment(&run.spec.template.namespace);
        Some(warning(
            what,
            &format!("see the quotas and limit ranges of `namespaces.{namespace}`, or ask for less"),
        ))
    }

    /// Pods on nodes whose volumes are still on others.
    fn pods_without_volume(&self, run: &WorkloadRun) -> Option<Warning> {
        let pods = run.pods.values().filter_map(|&id| self.cluster.pod(id));
        let count = pods.filter(|pod| pod.volumes_left > 0).count();
        (count > 0).then(|| {
            warning(
                format!(
                    "{} of {} {} at the end for a volume that is on another node.",
                    counted(count as u64, "pod", "pods"),
                    run.spec.name,
                    form(count as u64, "waits on its node", "wait on their nodes")
                ),
                "let their claim be `ReadWriteMany`, or give each its own: `volumeClaimTemplates`",
            )
        })
    }

    /// What MSER-5 thinks of the part of the run that was measured, if it disagrees.
    fn doubtful_warmup(&self, run: &WorkloadRun) -> Option<Warning> {
        let warmup = self.measured_from.since(Time::ZERO);
        let name = &run.spec.name;
        match run.levels.judge(self.scenario.sample_every, warmup) {
            Settling::Fine => None,
            Settling::After(wanted) => {
                let what = if warmup.is_zero() {
                    format!(
                        "{name} settled after about {wanted} (MSER-5); its numbers include the time before."
                    )
                } else {
                    format!(
                        "The warm-up ({warmup}) is too short: {name} settled after about {wanted} (MSER-5)."
                    )
                };
                let help = format!("measure later: `--set warmup={}`", flag(wanted));
                Some(warning(what, &help))
            }
            Settling::NotYet => {
                let what = format!(
                    "{name} had not settled by half of the run (MSER-5), though its load is steady: its numbers depend on how long it ran."
                );
                let longer = flag(self.now.since(Time::ZERO).scaled(4.0));
                Some(warning(what, &format!("run longer: `--set duration={longer}`")))
            }
        }
    }

    /// Containers that use more than the real system would let them.
    fn warn_of_usage(&self, run: &WorkloadRun, warnings: &mut Vec<Warning>) {
        let (template, name) = (&run.spec.template, &run.spec.name);
        let slots = u64::from(run.slots().unwrap_or(0));
        let mut pools = self.fleet.pools.iter();
        let swaps = self.scenario.platform != Platform::Kubernetes
            && pools.any(|pool| pool.spec.shape.swap_bytes > 0);
        for container in template.running() {
            let ((cpu, memory), limits) = (container.usage.with_slots(slots), &container.limits);
            let memory_limit = if swaps { 0 } else { limits.memory_bytes };
            let uses = [
                (cpu, limits.cpu_milli, "CPU", "nothing stops it here"),
                (memory, memory_limit, "memory", "it is killed before"),
            ];
            // What is enforced shows in the results.
            let enforced = |of: &str| of == "CPU" && self.scenario.cpu.limits.is_some();
            for (used, limit, of, fate) in uses
                .into_iter()
                .filter(|&(used, limit, of, _)| limit > 0 && used > limit && !enforced(of))
            {
                let what = format!(
                    "Container {} of {name} uses {:.1} times its {of} limit with all slots in use; {fate}.",
                    container.name,
                    used as f64 / limit as f64
                );
                let mends = "raise its `limits`, or lower `slots` or `usage`";
                warnings.push(warning(what, mends));
            }
        }
        let cpu: u64 = template
            .running()
            .map(|container| container.usage.with_slots(slots).0)
            .fold(0, u64::saturating_add);
        let pools = self.fleet.pools.iter();
        let most = pools
            .map(|pool| pool.fresh.allocatable.cpu_milli)
            .max()
            .unwrap_or(0);
        if cpu > most && !self.fleet.unlimited && self.scenario.cpu.share_every.is_none() {
            let what = format!(
                "A pod of {name} uses {:.1} CPUs with all slots in use, and no node has more than {:.1} for pods.",
                cpu as f64 / 1000.0,
                most as f64 / 1000.0
            );
            warnings.push(warning(what, "use a larger `shape`, or lower `slots` or `usage`"));
        }
    }
}

/// A pod scaler looks at metrics that nothing reports.
fn absent_metrics(run: &WorkloadRun) -> Option<Warning> {
    let absent = run.scaler.absent_metrics();
    if absent.is_empty() {
        return None;
    }
    let (scaler, name) = (&run.spec.pod_scaling.name, &run.spec.name);
    let what = format!(
        "{scaler} of {name} looks at {}, which nothing reports: as in a real cluster without that metric, it adds replicas only for other metrics and removes none.",
        absent.join(", ")
    );
    Some(warning(
        what,
        "metrics there are: `cpu`, `memory`, `requests_per_second`, `concurrency`, `queue_length`, `in_service`, `utilization`",
    ))
}

fn warning(what: String, help: &str) -> Warning {
    Warning {
        what,
        help: help.to_owned(),
    }
}

/// What to do about a workload that has too few replicas by `factor`.
fn more_replicas(run: &WorkloadRun, factor: f64, now: Time) -> String {
    let scaler = &run.spec.pod_scaling.name;
    if scaler != "static" {
        return format!("raise the most replicas that {scaler} may ask for, or limit the queue");
    }
    let ready = run.ready.mean_since_reset(now).max(1.0);
    let wanted = (ready * factor).ceil();
    let name = segment(&run.spec.name);
    let path = if run.desired == run.spec.replicas {
        format!("workloads.{name}.serving.replicas")
    } else {
        format!("policies.pod_scaling.{name}.static.replicas")
    };
    format!("add replicas or limit the queue: `--set {path}={wanted}`")
}

/// A name as part of a path: one with a dot in it is quoted.
fn segment(name: &str) -> String {
    if name.contains('.') {
        format!("'\"{name}\"'")
    } else {
        name.to_owned()
    }
}

/// A time as the value of a flag, exact but for the second it is rounded up to.
fn flag(span: Span) -> String {
    let seconds = span.nanos().div_ceil(1_000_000_000);
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, flag, segment};

    #[test]
    fn a_flag_never_asks_for_less_than_is_wanted() {
        assert_eq!(flag(Span::from_secs(7200)), "2h");
        assert_eq!(flag(Span::from_secs(5400)), "90m");
        assert_eq!(flag(Span::from_nanos(61_000_000_001)), "62s");
        assert_eq!(segment("shop"), "shop");
        assert_eq!(segment("a.b"), "'\"a.b\"'");
    }
}

//! The law of foresight: no controller acts on what it could not have known.
//!
//! Two worlds that are equal up to a time and differ in everything after it must be equal in every row up to that time: a
//! decision that is not has seen the future. And what changes may not be acted on before the news of it can have come.

use crate::scenarios::loaded;
use crate::{kept_rows, written};
use rayon::prelude::*;
use std::sync::Arc;
use tonnage::engine::{Span, StreamKey, Time};
use tonnage::model::fault::{FaultKind, FaultSpec, Machines, NodeCrash, Occasions, Window};
use tonnage::model::observed::{Down, Outage};
use tonnage::sim::controller::{Kind, Rollout};
use tonnage::sim::rows::{ClusterSample, DecisionRow, NodeRow, PodRow, WorkloadSample};
use tonnage::sim::{Scenario, Simulation, Sink};
use tonnage::workload::load::{Arrival, ArrivalFactory, ArrivalSource, Load, LoadSpec, Source};

/// Every row as text, in the order in which they were told.
#[derive(Clone, Default)]
struct Told(Vec<String>);

impl Sink for Told {
    fn workload_sample(&mut self, row: WorkloadSample) {
        self.0.push(format!("{row:?}"));
    }

    fn cluster_sample(&mut self, row: ClusterSample) {
        self.0.push(format!("{row:?}"));
    }

    fn decision(&mut self, row: DecisionRow) {
        self.0.push(format!("{row:?}"));
    }

    fn pod(&mut self, row: PodRow) {
        self.0.push(format!("{row:?}"));
    }

    fn node(&mut self, row: NodeRow) {
        self.0.push(format!("{row:?}"));
    }
}

/// A load that ends at a time: what comes up to then is what came before.
#[derive(Debug)]
struct Until(Load, Time);

#[derive(Clone)]
struct UntilSource(Source, Time);

impl ArrivalFactory for Until {
    fn open(&self, key: StreamKey, name: &str) -> Box<dyn ArrivalSource> {
        Box::new(UntilSource(self.0.open(key, name), self.1))
    }
}

impl ArrivalSource for UntilSource {
    fn next_arrival(&mut self) -> Option<Arrival> {
        self.0.next_arrival().filter(|arrival| arrival.at <= self.1)
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }
}

/// The same world up to `time`, in which from then on nobody comes, machines and containers crash, the API, the registry
/// and the metrics falter, every template changes, and the end is another.
fn another_future(mut scenario: Scenario, time: Time) -> Scenario {
    let after = time + Span::from_nanos(1_000_000);
    let window = Window {
        from: after,
        until: after + Span::from_secs(600),
    };
    let when = || Occasions {
        at: vec![after],
        mean_between: None,
    };
    scenario.duration = time.since(Time::ZERO) + Span::from_secs(5000);
    let mut kinds = vec![
        FaultKind::Registry { window, speed: 0.0 },
        FaultKind::SlowApi {
            window,
            delay: Span::from_secs(9),
        },
    ];
    if !scenario.pools.is_empty() {
        kinds.push(FaultKind::NodeCrash(NodeCrash {
            machines: Machines::Of((0..scenario.pools.len()).collect()),
            when: when(),
            repair: None,
            repair_crews: None,
        }));
    }
    for (index, workload) in scenario.workloads.iter_mut().enumerate() {
        kinds.push(FaultKind::ContainerCrash {
            workload: index,
            when: when(),
            share: 1.0,
            out_of_memory: false,
        });
        workload.outages.push(Outage {
            from: window.from,
            until: window.until,
            what: Down {
                resources: true,
                traffic: true,
            },
        });
        for (_, load) in &mut workload.loads {
            *load = Load::from(LoadSpec::Custom(Arc::new(Until(load.clone(), time))));
        }
        let controller = &mut workload.controller;
        controller.rollouts.retain(|rollout| rollout.at <= time);
        if workload.serving.ends.is_none() && matches!(controller.kind, Kind::Alike(_)) {
            controller.rollouts.push(Rollout {
                at: after,
                version: "later".to_owned(),
                template: workload.template.clone(),
                never_ready: true,
                crashes: None,
            });
        }
    }
    let named = kinds.into_iter().enumerate();
    scenario.faults.extend(named.map(|(index, kind)| FaultSpec {
        name: format!("later-{index}"),
        kind,
    }));
    scenario
}

/// What `scenario` tells up to `time` if it ends there, and the digest of what happened.
fn told_until(simulation: &Simulation, mut told: Told) -> (Vec<String>, String) {
    let outcome = simulation.clone().finish(Some(&mut told));
    (told.0, outcome.digest)
}

fn assert_blind(name: &str, scenario: &Scenario, times: &[f64]) {
    let seed = scenario.seed;
    let mut simulation = Simulation::new(Arc::new(scenario.clone()), seed, 0);
    let mut told = Told::default();
    for &second in times {
        let time = Time::from_secs_f64(second);
        if time.since(Time::ZERO) >= scenario.duration {
            return;
        }
        simulation.step_until(time, &mut told);
        let (expected, facts) = told_until(&simulation, told.clone());
        let mut other = Simulation::new(Arc::new(another_future(scenario.clone(), time)), seed, 0);
        let mut heard = Told::default();
        other.step_until(time, &mut heard);
        let (found, other_facts) = told_until(&other, heard);
        let differs = expected.iter().zip(&found).find(|(one, other)| one != other);
        assert!(
            differs.is_none() && expected.len() == found.len(),
            "{name} knows at {second} s what comes after: {differs:#?}, {} rows and {}",
            expected.len(),
            found.len()
        );
        assert_eq!(facts, other_facts, "{name} at {second} s");
    }
}

/// The first quarter of an hour in a debug build; most of a day in a release build.
fn times() -> &'static [f64] {
    if cfg!(debug_assertions) {
        &[311.7, 1_211.3]
    } else {
        &[613.7, 2_411.3, 7_001.9, 20_011.1, 41_000.3]
    }
}

/// Each scenario with something of Kubernetes, in all its variants.
#[test]
fn nobody_knows_what_comes_after() {
    let files = [
        "bad-release.yaml",
        "bursty-queue.yaml",
        "ca-vs-karpenter.yaml",
        "from-manifests.yaml",
        "hpa-flapping.yaml",
        "karpenter-consolidation.yaml",
        "metrics-outage.yaml",
        "placeholder-pods.yaml",
        "preemption.yaml",
        "queue-jobs.yaml",
        "rolling-upgrade.yaml",
        "slow-scale-up.yaml",
        "spot-or-on-demand.yaml",
        "spread-and-affinity.yaml",
        "vpa-right-sizing.yaml",
        "zone-outage.yaml",
    ];
    files.par_iter().for_each(|file| {
        let loaded = loaded(file).expect("needs no trace");
        assert_blind(file, &loaded.scenario, times());
        for (variant, scenario) in &loaded.variants {
            assert_blind(&format!("{file} ({variant})"), scenario, times());
        }
    });
}

/// The checker would hold nothing if the two worlds stayed alike, or if it did not see a difference.
#[test]
fn the_two_worlds_part_at_that_time_and_the_checker_sees_it() {
    let scenario = loaded("zone-outage.yaml").expect("needs no trace").scenario;
    let time = Time::from_secs_f64(613.7);
    let told = |scenario: Scenario, seconds: u64| {
        let seed = scenario.seed;
        let mut simulation = Simulation::new(Arc::new(scenario), seed, 0);
        let mut told = Told::default();
        simulation.step_until(time + Span::from_secs(seconds), &mut told);
        told_until(&simulation, told)
    };
    let (rows, _) = told(scenario.clone(), 0);
    assert!(rows.len() > 50, "{} rows", rows.len());
    for seconds in [0, 60] {
        let one = told(scenario.clone(), seconds);
        let other = told(another_future(scenario.clone(), time), seconds);
        assert_eq!(one == other, seconds == 0, "after {seconds} s");
    }
}

/// When the decisions of a kind first differ between `text` and `text` in `another` world; `None` if they never do.
fn parts_at(one: Scenario, other: Scenario, question: &str) -> Option<f64> {
    let decided = |scenario| -> Vec<(f64, String)> {
        let (_, rows) = kept_rows::run(scenario, Span::from_secs(101));
        let rows = rows.decisions.into_iter();
        let rows = rows.filter(|row| row.question == question && !["hold", "wait"].contains(&row.action));
        rows.map(|row| (row.time_s, format!("{row:?}"))).collect()
    };
    let (one, other) = (decided(one), decided(other));
    let common = one
        .iter()
        .zip(&other)
        .take_while(|(one, other)| one == other)
        .count();
    let at = |rows: &[(f64, String)]| rows.get(common).map(|(at, _)| *at);
    match (at(&one), at(&other)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Load that ends at T shows in a scrape after T, that scrape is seen after its delay, and a scaler sees it when it looks:
/// neither an HPA nor target tracking may act before, wherever between two scrapes T lies.
#[test]
fn a_change_of_the_load_is_not_acted_on_before_the_metrics_can_have_carried_it() {
    // Scrapes at 4, 19, 34 s and so on; looks at 7, 22, 37 s and so on.
    let (interval, scrape, look) = (15.0, 4.0, 7.0);
    let next = |phase: f64, at: f64| phase + ((at - phase) / interval).ceil() * interval;
    for policy in [
        "hpa: {minReplicas: 1, maxReplicas: 9, metrics: [{type: Resource, resource: {name: cpu, target: \
         {type: Utilization, averageUtilization: 50}}}], behavior: {scaleDown: {stabilizationWindowSeconds: 0}}}",
        "target_tracking: {utilization: 50%, every: 15s, scale_in_after: 0s}",
    ] {
        for delay in [0.0, 5.0] {
            let text = format!(
                "name: probe\nduration: 20m\n\
                 metrics: {{interval: 15s, window: 15s, phase: 4s, delay: {delay}s}}\n\
                 workloads: [{{name: w, serving: {{replicas: 4, demand: 40ms, containers: [{{name: c, slots: 4, \
                 resources: {{requests: {{cpu: 1}}}}, usage: {{cpu_per_slot: 250m}}}}]}}}}]\n\
                 load: [{{to: w, arrivals: {{constant: {{rate: 200/s}}}}}}]\n\
                 policies: {{pod_scaling: {{w: {{{policy}}}}}, phase: {{pod_scaling: {{w: 7s}}}}}}\n"
            );
            for offset in [0.1, 3.3, 6.9, 10.1, 14.9] {
                let time = Time::from_secs_f64(600.0 + offset);
                let mut other = written::scenario(&text);
                for (_, load) in &mut other.workloads[0].loads {
                    *load = Load::from(LoadSpec::Custom(Arc::new(Until(load.clone(), time))));
                }
                let seen = next(look, next(scrape, time.secs_f64()) + delay);
                let acted = parts_at(written::scenario(&text), other, "pod_scaling");
                let acted = acted.expect("it notices in the end");
                assert!(
                    acted >= seen,
                    "{policy}: acted at {acted} s, could know from {seen} s on"
                );
                assert!(
                    acted <= seen + 3.0 * interval,
                    "{policy}: acted at {acted} s only"
                );
            }
        }
    }
}

/// Two pools of which one node dies at T: nothing is decided because of that before its lease has run out.
#[test]
fn a_silent_node_is_not_acted_on_before_its_lease_has_run_out() {
    let text = "name: probe\nduration: 30m\n\
         cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 3, initial: 3, max: 6}, boot: 30s}]}\n\
         workloads: [{name: w, serving: {replicas: 6, demand: 10ms, \
         containers: [{name: c, slots: 4, resources: {requests: {cpu: 1500m}}}]}}]\n\
         load: [{to: w, arrivals: {constant: {rate: 20/s}}}]\n";
    let tail = "policies: {placement: kube_scheduler, node_scaling: NODES}\n";
    for nodes in ["{just_enough: {}}", "{cluster_autoscaler: {}}"] {
        let calm = format!("{text}{}", tail.replace("NODES", nodes));
        let crash = format!("{calm}faults: [{{node_crash: {{node: a-1, at: [10m], repair: 1h}}}}]\n");
        for question in ["node_scaling", "placement", "pod_scaling"] {
            let acted = parts_at(written::scenario(&calm), written::scenario(&crash), question);
            assert!(
                acted.is_none_or(|at| at >= 640.0),
                "{nodes}: {question} at {acted:?} s"
            );
        }
        let (_, rows) = kept_rows::run(written::scenario(&crash), Span::from_secs(101));
        let anew = rows
            .pods
            .iter()
            .filter(|pod| pod.created_s > 0.0)
            .map(|pod| pod.created_s);
        let first = anew.fold(f64::INFINITY, f64::min);
        // Found out after 40 to 65 s, and borne for 300 s.
        assert!((940.0..975.0).contains(&first), "{nodes}: made anew at {first} s");
    }
}

/// A node is launched for a pod only after the scheduler has said that none takes it; where the API is slow, that is later.
#[test]
fn no_node_is_launched_before_a_pod_was_found_to_have_no_room() {
    let text = "name: probe\nduration: 20m\n\
         cluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 1, initial: 1, max: 6}, boot: 30s}]}\n\
         workloads: [{name: w, serving: {replicas: 2, demand: 10ms, \
         containers: [{name: c, slots: 4, resources: {requests: {cpu: 1500m}}}]}}]\n\
         load: [{to: w, arrivals: {constant: {rate: 20/s}}}]\n\
         policies: {placement: kube_scheduler, node_scaling: NODES, \
         pod_scaling: {w: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 2}, {cron: '5 0 * * *', replicas: 5}]}}}}\n";
    let slow = "faults: [{slow_api: {from: 4m, for: 2m, delay: 9s}}]\n";
    for (nodes, batched) in [
        ("{just_enough: {}}", 0.0),
        ("{cluster_autoscaler: {}}", 0.0),
        ("karpenter", 1.0),
    ] {
        for faults in ["", slow] {
            let text = format!("{}{faults}", text.replace("NODES", nodes));
            let (_, rows) = kept_rows::run(written::scenario(&text), Span::from_secs(101));
            let launched = rows
                .of("node_scaling", "launch")
                .next()
                .expect("a node is launched")
                .time_s;
            let waits = rows
                .of("placement", "wait")
                .next()
                .expect("a pod finds no room")
                .time_s;
            assert!(
                waits >= if faults.is_empty() { 300.0 } else { 309.0 },
                "{nodes}: {waits} s"
            );
            assert!(launched >= waits + batched, "{nodes}: {launched} s, {waits} s");
        }
    }
}

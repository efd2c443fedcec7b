//! The HPA in whole simulations, where pods start, use CPU while they do, and are measured late; and laws of its
//! arithmetic that no vector states.
//!
//! Knows: what users of real clusters see and complain about. Must not know: single decisions; the vectors have those.

use crate::written;
use proptest::prelude::*;
use std::sync::Arc;
use tonnage::engine::{Span, Time};
use tonnage::policy::pod_scaling::hpa::{Behavior, Branch, Controller, Range, Reconciler, Rules};
use tonnage::sim::rows::DecisionRow;
use tonnage::sim::{Outcome, Simulation, Sink};

#[derive(Default)]
struct Decisions(Vec<DecisionRow>);

impl Sink for Decisions {
    fn decision(&mut self, row: DecisionRow) {
        if row.question == "pod_scaling" {
            self.0.push(row);
        }
    }
}

impl Decisions {
    /// The sizes the workload had, one after another.
    fn sizes(&self) -> Vec<i64> {
        let scales = self.0.iter().filter(|row| row.action == "scale");
        scales.filter_map(|row| row.to).collect()
    }

    /// How often it shrank after it had grown, or grew after it had shrunk.
    fn turns(&self) -> usize {
        let sizes = self.sizes();
        let up: Vec<bool> = sizes.windows(2).map(|pair| pair[1] > pair[0]).collect();
        up.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

/// A service of 50 % utilization at 4 pods and 100 requests a second; `usage` is added to its container's.
fn scenario(arrivals: &str, usage: &str, hpa: &str) -> String {
    format!(
        "name: probe\nduration: 1h\n\
         workloads: [{{name: shop, serving: {{replicas: 4, demand: {{lognormal: {{mean: 50ms, cv: 1}}}}, \
         containers: [{{name: app, startup: 10s, slots: 8, resources: {{requests: {{cpu: 500m, memory: 1Gi}}}}, \
         usage: {{cpu_per_slot: 200m{usage}}}}}]}}}}]\n\
         load: [{{to: shop, arrivals: {arrivals}}}]\n\
         policies: {{pod_scaling: {{shop: {{hpa: {hpa}}}}}}}\n"
    )
}

fn simulation(text: &str) -> Simulation {
    Simulation::new(Arc::new(written::scenario(text)), 1, 0)
}

fn run(text: &str) -> (Outcome, Decisions) {
    let mut simulation = simulation(text);
    let mut decisions = Decisions::default();
    let end = simulation.end();
    simulation.step_until(end, &mut decisions);
    let broken = simulation.broken_laws();
    assert!(broken.is_empty(), "laws broken: {broken:#?}");
    (simulation.finish(Some(&mut decisions)), decisions)
}

/// Twice and half the load, every three minutes.
const WAVES: &str = "{sine: {base: 150/s, amplitude: 100/s, period: 6m}}";
const STEADY: &str = "{poisson: {rate: 100/s}}";

#[test]
fn without_stabilization_it_flaps_and_with_it_it_does_not() {
    let hpa = |behavior: &str| format!("{{minReplicas: 2, maxReplicas: 20, metrics: [{CPU_50}]{behavior}}}");
    let eager = ", behavior: {scaleDown: {stabilizationWindowSeconds: 0}}";
    let (_, flapping) = run(&scenario(WAVES, "", &hpa(eager)));
    let (_, calm) = run(&scenario(WAVES, "", &hpa("")));
    let (_, calm_with_behavior) = run(&scenario(WAVES, "", &hpa(", behavior: {}")));
    assert!(
        flapping.turns() >= 15,
        "it followed every wave: {:?}",
        flapping.sizes()
    );
    assert!(
        calm.turns() <= 3,
        "five minutes outlast a trough: {:?}",
        calm.sizes()
    );
    assert!(
        calm_with_behavior.turns() <= 3,
        "{:?}",
        calm_with_behavior.sizes()
    );
    let held = calm
        .0
        .iter()
        .find(|row| row.reason_code == "scale_down_stabilized");
    let held = held.expect("what held it is said");
    assert!(
        held.reason.contains("the highest recommendation of the last 5m") && held.reason.contains("cpu at"),
        "{}",
        held.reason
    );
}

const CPU_50: &str =
    "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}";

/// kubernetes/kubernetes 71255 and its like.
#[test]
fn start_up_cpu_taken_for_load_runs_away() {
    let hpa = format!("{{minReplicas: 2, maxReplicas: 40, metrics: [{CPU_50}]}}");
    let spike = "{spike: {base: 100/s, peak: 200/s, at: 10m, rise: 1m, hold: 10m}}";
    let most = |usage: &str| {
        let (_, decisions) = run(&scenario(spike, usage, &hpa));
        decisions.sizes().into_iter().max().unwrap_or(0)
    };
    let (quiet, hot) = (most(""), most(", cpu_startup: 1500m, cpu_startup_for: 90s"));
    assert!(
        (8..=14).contains(&quiet),
        "twice the load needs about eight pods, not {quiet}"
    );
    assert!(
        hot >= 3 * quiet,
        "compilation looked like load: {hot} pods, {quiet} without it"
    );
}

/// kubernetes/kubernetes 30471 and its like.
#[test]
fn one_metric_that_nobody_reports_keeps_a_fleet_from_shrinking() {
    let missing = "{type: External, external: {metric: {name: jobs}, target: {type: Value, value: 5}}}";
    let hpa = |metrics: &str| format!("{{minReplicas: 1, maxReplicas: 20, metrics: [{metrics}]}}");
    let load = "{poisson: {rate: 20/s}}";
    let (_, alone) = run(&scenario(load, "", &hpa(CPU_50)));
    assert_eq!(alone.sizes().last(), Some(&1), "{:?}", alone.sizes());
    let (_, blocked) = run(&scenario(load, "", &hpa(&format!("{CPU_50}, {missing}"))));
    assert_eq!(blocked.sizes(), Vec::<i64>::new());
    let last = blocked.0.last().expect("it looked");
    assert_eq!(last.reason_code, "some_metrics_invalid");
    assert!(
        last.reason.contains("jobs cannot be used") && last.reason.contains("ask for 1"),
        "{}",
        last.reason
    );
}

#[test]
fn every_kind_of_metric_finds_the_size_that_the_load_needs() {
    let of_pods = |name: &str, value: &str| {
        format!(
            "{{type: Pods, pods: {{metric: {{name: {name}}}, target: {{type: AverageValue, averageValue: {value}}}}}}}"
        )
    };
    let metrics = [
        CPU_50.to_owned(),
        "{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 250m}}}".to_owned(),
        "{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, \
         averageUtilization: 50}}}"
            .to_owned(),
        of_pods("requests_per_second", "25"),
        "{type: Object, object: {describedObject: {kind: Service, name: shop}, metric: {name: requests_per_second}, \
         target: {type: AverageValue, averageValue: 25}}}"
            .to_owned(),
        "{type: External, external: {metric: {name: concurrency}, target: {type: AverageValue, averageValue: 1250m}}}"
            .to_owned(),
    ];
    for metric in metrics {
        // Twice the load of four pods, from the start on: eight pods, or nine where noise is rounded up.
        let hpa = format!("{{maxReplicas: 30, metrics: [{metric}]}}");
        let (_, decisions) = run(&scenario("{poisson: {rate: 200/s}}", "", &hpa));
        let size = decisions.sizes().last().copied();
        assert!(
            size.is_some_and(|size| (8..=9).contains(&size)),
            "{metric}: {:?}",
            decisions.sizes()
        );
    }
}

#[test]
fn how_far_a_run_goes_at_a_time_changes_nothing() {
    let hpa = format!("{{minReplicas: 2, maxReplicas: 20, metrics: [{CPU_50}]}}");
    let text = scenario(WAVES, ", cpu_startup: 300m, cpu_startup_for: 30s", &hpa)
        .replace("duration: 1h", "duration: 1h\nwarmup: 10m\nmetrics: {delay: 7s}");
    let (whole, _) = run(&text);
    let mut stepped = simulation(&text);
    let mut now = Time::ZERO;
    while now < stepped.end() {
        now += Span::from_secs(7);
        stepped.step_until(now, &mut Decisions::default());
        stepped = stepped.clone();
    }
    assert_eq!(stepped.finish(None).digest, whole.digest);
}

#[test]
fn what_kubernetes_would_refuse_is_refused_and_said() {
    let refused = |hpa: &str| written::refusal(&scenario(STEADY, "", hpa));
    for (hpa, said) in [
        ("{minReplicas: 2}", "missing field `maxReplicas`"),
        (
            "{maxReplicas: 2, minReplicas: 3}",
            "minReplicas 3 is above maxReplicas 2",
        ),
        (
            "{maxReplicas: 2, minReplicas: 0}",
            "minReplicas 0 needs an Object or External metric",
        ),
        (
            "{maxReplicas: 2, metrics: [{type: Resource}]}",
            "metrics[0]: type is `Resource`, but `resource` is missing",
        ),
        (
            "{maxReplicas: 2, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, \
             averageValue: 5}}}]}",
            "type is `Utilization`, but `averageUtilization` is missing",
        ),
        (
            "{maxReplicas: 2, metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: Value, value: 5}}}]}",
            "a metric of every pod takes `averageValue` only",
        ),
        ("{maxReplicas: 2, behaviour: {}}", "unknown field `behaviour`"),
        (
            "{maxReplicas: 2, behavior: {scaleUp: {policies: [{type: Pods, value: 4, periodSeconds: 4000}]}}}",
            "4000",
        ),
    ] {
        let page = refused(hpa);
        assert!(page.contains(said), "{hpa}\n{page}");
    }
}

proptest! {
    /// Were a workload within its bounds moved out of them, or the wrong way, a fleet would run away.
    #[test]
    fn a_size_within_the_bounds_stays_there(
        raws in prop::collection::vec(0i32..60, 1..40),
        min in 1i32..10, more in 0i32..40, first in 0i32..40,
        behavior in prop::bool::ANY, gap in 1u64..40,
    ) {
        let range = Range { min, max: min + more };
        let behavior = behavior.then(Behavior::default);
        let rules = Rules::new(behavior.as_ref(), &Controller::default());
        let mut reconciler = Reconciler::default();
        let mut current = first.clamp(min, range.max);
        for (index, &raw) in raws.iter().enumerate() {
            let now = Time::ZERO + Span::from_secs(gap * index as u64);
            let (desired, branch) = reconciler.look(now, current, range, &rules, || Some(raw));
            prop_assert!((range.min..=range.max).contains(&desired));
            let metrics = matches!(branch, Branch::Metrics { .. });
            prop_assert!(metrics, "{branch:?}");
            if desired < current {
                prop_assert!(raw < current, "it shrank although the metrics did not ask for less");
            }
            current = desired;
        }
    }
}

/// What a pod requests as a whole is what its use is compared with, whatever its containers say or leave unsaid.
#[test]
fn use_is_compared_with_what_the_pod_requests_as_a_whole() {
    let hpa = format!("{{minReplicas: 2, maxReplicas: 20, metrics: [{CPU_50}]}}");
    let by_container = scenario(WAVES, "", &hpa);
    let as_a_whole = |container: &str| {
        let silent = by_container.replace("cpu: 500m, memory", &format!("{container}memory"));
        silent.replace("replicas: 4,", "replicas: 4, resources: {requests: {cpu: 500m}},")
    };
    let sizes = run(&by_container).1.sizes();
    assert!(sizes.len() > 2, "{sizes:?}");
    for container in ["", "cpu: 100m, "] {
        assert_eq!(run(&as_a_whole(container)).1.sizes(), sizes, "{container}");
    }
}

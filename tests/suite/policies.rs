//! Every policy of the catalog decides in a whole simulation, and no law breaks under it.

use crate::kept_rows;
use crate::written;
use tonnage::engine::Span;
use tonnage::policy::catalog::Catalog;
use tonnage::sim::Outcome;
use tonnage::sim::rows::DecisionRow;

/// Parameters that make a policy act under the load below. A policy without a row here fails the test.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("placement", "best_fit", "{}"),
    ("placement", "first_fit", "{}"),
    ("placement", "next_fit", "{}"),
    ("placement", "worst_fit", "{}"),
    ("placement", "kube_scheduler", "{}"),
    ("placement", "random", "{}"),
    ("placement", "round_robin", "{}"),
    ("placement", "power_of_d", "{choices: 3, prefer: fullest}"),
    ("placement", "dot_product", "{}"),
    ("placement", "tetris", "{}"),
    ("placement", "l2_norm_greedy", "{}"),
    ("placement", "swarm_spread", "{}"),
    (
        "placement",
        "volcano_binpack",
        "{cpu: 2, resources: {nvidia.com/gpu: 5}}",
    ),
    ("placement", "gpu_clustering", "{}"),
    ("placement", "gpu_packing", "{}"),
    ("placement", "fgd", "{}"),
    ("routing", "least_request", "{}"),
    ("routing", "power_of_two", "{choices: 3}"),
    ("routing", "join_shortest_queue", "{}"),
    ("routing", "round_robin", "{}"),
    ("routing", "random", "{}"),
    (
        "routing",
        "kube_proxy",
        "{mode: ipvs, clients: 1000, requests_per_connection: 5}",
    ),
    ("routing", "ring_hash", "{keys: {count: 5000, zipf: 0.5}}"),
    ("routing", "maglev", "{table_size: 10007}"),
    (
        "routing",
        "bounded_load",
        "{epsilon: 50%, keys: {count: 100, zipf: 1}}",
    ),
    ("routing", "peak_ewma", "{decay: 5s}"),
    ("routing", "weighted_round_robin", "{weights: cpu}"),
    (
        "routing",
        "weighted_least_connections",
        "{weights: {pool: {a: 3}}}",
    ),
    (
        "routing",
        "weighted_least_request",
        "{weights: {version: {v1: 2}}, active_request_bias: 1.5}",
    ),
    ("routing", "join_idle_queue", "{proxies: 3}"),
    ("routing", "least_work_left", "{}"),
    ("pod_scaling", "static", "{replicas: 5}"),
    (
        "pod_scaling",
        "target_tracking",
        "{utilization: 60%, warmup: 60s, scale_in_after: 3m, max: 30}",
    ),
    ("pod_scaling", "step_scaling", "{warmup: 60s, max: 30}"),
    (
        "pod_scaling",
        "threshold",
        "{above: 70%, below: 40%, samples: 2, step: 2, cooldown: 60s, max: 30}",
    ),
    (
        "pod_scaling",
        "scheduled",
        "{steps: [{cron: '20 0 * * *', replicas: 12}, {cron: '50 0 * * *', replicas: 4}]}",
    ),
    ("pod_scaling", "on_demand", "{min: 1, max: 30}"),
    ("pod_scaling", "kpa", "{max-scale: 30}"),
    (
        "pod_scaling",
        "keda",
        "{minReplicaCount: 1, maxReplicaCount: 30, triggers: [{type: rabbitmq, metadata: {mode: QueueLength, value: '4'}}]}",
    ),
    (
        "pod_scaling",
        "keda_job",
        "{pollingInterval: 5, minReplicaCount: 6, maxReplicaCount: 30, \
         triggers: [{type: rabbitmq, metadata: {mode: QueueLength, value: '2'}}]}",
    ),
    (
        "pod_scaling",
        "hpa",
        "{minReplicas: 2, maxReplicas: 30, metrics: [{type: Pods, pods: {metric: {name: utilization}, \
         target: {type: AverageValue, averageValue: 600m}}}]}",
    ),
    (
        "pod_sizing",
        "vpa",
        "{updatePolicy: {updateMode: InPlaceOrRecreate}}",
    ),
    ("node_scaling", "static", "{}"),
    ("node_scaling", "just_enough", "{empty_after: 2m}"),
    (
        "node_scaling",
        "cluster_autoscaler",
        "{scale-down-unneeded-time: 2m, scale-down-delay-after-add: 2m}",
    ),
    (
        "node_scaling",
        "karpenter",
        "{nodePools: [{name: general, disruption: {consolidateAfter: 1m, budgets: [{nodes: 20%}]}, expireAfter: Never}]}",
    ),
];

fn scenario(question: &str, name: &str, parameters: &str) -> String {
    let policy = |asked: &str, default: &str| match question == asked {
        true => format!("{{{name}: {parameters}}}"),
        false => default.to_owned(),
    };
    // Its pods end by themselves, each after some minutes of work.
    let (slots, job) = match name {
        "keda_job" => (1, "job: {messages: 4000}, queue: {shared: true}, "),
        _ => (4, ""),
    };
    format!(
        "name: probe\nduration: 2h\nsample_every: 1m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 0.2}}}}, \
         nodes: {{min: 1, initial: 2, max: 8}}, boot: {{lognormal: {{median: 40s, p95: 80s}}}}}}], \
         images: {{sizes: {{app: 200M}}}}}}\n\
         workloads: [{{name: w, serving: {{{job}replicas: 3, demand: {{exponential: {{mean: 200ms}}}}, timeout: 5s, \
         containers: [{{name: c, image: app, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: {slots}, startup: 5s, usage: {{cpu_per_slot: 100m, memory_idle: 200Mi}}}}]}}}}]\n\
         load: [{{to: w, arrivals: {{spike: {{base: 20/s, peak: 90/s, at: 20m, rise: 5m, hold: 20m}}}}}}]\n\
         policies: {{placement: {}, routing: {{w: {}}}, pod_scaling: {{w: {}}}{}, node_scaling: {}}}\n",
        policy("placement", "best_fit"),
        policy("routing", "least_request"),
        policy("pod_scaling", "{target_tracking: {utilization: 60%, max: 30}}"),
        match question {
            "pod_sizing" => format!(", pod_sizing: {{w: {}}}", policy("pod_sizing", "")),
            _ => String::new(),
        },
        policy("node_scaling", "{just_enough: {empty_after: 5m}}"),
    )
}

fn run(text: &str) -> (Outcome, Vec<DecisionRow>) {
    let (outcome, rows) = kept_rows::run(written::scenario(text), Span::from_secs(97));
    (outcome, rows.decisions)
}

#[test]
fn every_policy_of_the_catalog_decides_and_breaks_no_law() {
    let catalog = Catalog::standard();
    let questions = [
        (
            "placement",
            catalog
                .placement
                .iter()
                .map(|entry| entry.name)
                .collect::<Vec<_>>(),
        ),
        (
            "routing",
            catalog.routing.iter().map(|entry| entry.name).collect(),
        ),
        (
            "pod_scaling",
            catalog.pod_scaling.iter().map(|entry| entry.name).collect(),
        ),
        (
            "pod_sizing",
            catalog.pod_sizing.iter().map(|entry| entry.name).collect(),
        ),
        (
            "node_scaling",
            catalog.node_scaling.iter().map(|entry| entry.name).collect(),
        ),
    ];
    for (question, names) in questions {
        for name in names {
            let row = PARAMETERS.iter().find(|row| (row.0, row.1) == (question, name));
            let (_, _, parameters) =
                row.unwrap_or_else(|| panic!("{question}/{name} is not exercised: add a row"));
            let (outcome, decisions) = run(&scenario(question, name, parameters));
            assert!(
                outcome.workloads[0].requests.succeeded > 100_000,
                "{question}/{name} served too little"
            );
            let unexplained = decisions
                .iter()
                .find(|row| row.reason.is_empty() || row.reason.contains('?'));
            assert!(unexplained.is_none(), "{question}/{name}: {unexplained:?}");
            // A scaler that never scales under a spike to four times the load was not exercised.
            if question == "pod_scaling" && name != "static" {
                let scaled = decisions
                    .iter()
                    .filter(|row| row.question == question && row.action == "scale");
                assert!(scaled.count() >= 2, "{name} never scaled");
            }
        }
    }
}

/// A service behind Knative: nobody, then many at once for ten minutes, then nobody, then many again.
fn bursts(policy: &str) -> String {
    format!(
        "name: bursts\nduration: 40m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 64, memory: 256Gi}}, nodes: 1}}], \
         images: {{sizes: {{app: 100M}}}}}}\n\
         workloads: [{{name: w, serving: {{replicas: 0, queue: {{shared: true}}, demand: {{exponential: {{mean: 200ms}}}}, \
         containers: [{{name: c, image: app, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: 4, startup: 2s}}]}}}}]\n\
         load: [{{to: w, arrivals: {{step: {{levels: [{{at: 0s, rate: 1/s}}, {{at: 5m, rate: 100/s}}, \
         {{at: 15m, rate: 0/s}}, {{at: 30m, rate: 100/s}}]}}}}}}]\n\
         policies: {{pod_scaling: {{w: {policy}}}}}\n"
    )
}

/// Knative panics into a burst, keeps what it has until the panic is over, lets the last pod go, and wakes for the
/// first request of the next burst, which waits for a pod instead of failing.
#[test]
fn the_knative_autoscaler_goes_through_panic_to_zero_and_back() {
    let (outcome, decisions) = run(&bursts("{kpa: {}}"));
    let scaling: Vec<_> = decisions
        .iter()
        .filter(|row| row.question == "pod_scaling")
        .collect();
    let first = |code: &str, after: f64| {
        let row = scaling
            .iter()
            .find(|row| row.reason_code == code && row.time_s >= after);
        row.unwrap_or_else(|| panic!("no {code} after {after} s"))
    };
    assert!(
        first("kpa_panic", 300.0).time_s < 310.0,
        "a burst is seen within the panic window"
    );
    let gone = first("kpa_to_zero", 900.0);
    // The stable window must forget the burst, and the activator, in the path all along, needs no grace.
    assert!(
        (958.0..990.0).contains(&gone.time_s) && gone.to == Some(0),
        "the last pod goes a stable window after the last request: {gone:?}"
    );
    let woken = scaling
        .iter()
        .find(|row| row.time_s > 1800.0 && row.from == Some(0))
        .expect("it wakes");
    assert!(
        woken.time_s < 1800.5,
        "by the first request, not by the next tick: {woken:?}"
    );
    let requests = &outcome.workloads[0].requests;
    assert_eq!(requests.refused, 0, "a request at zero pods waits");
    assert!(requests.succeeded > 100_000);
}

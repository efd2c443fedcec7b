//! Routers in whole runs: connections that are kept, references, partial knowledge, and what stands beside a policy.

use crate::kept_rows;
use crate::queue_model::QueueModel;
use crate::scenarios::{loaded, met, run, run_to_the_end, variant};
use crate::written;
use tonnage::engine::Span;
use tonnage::policy::routing::{
    JoinIdleQueue, JoinShortestQueue, LeastWorkLeft, PeakEwma, PowerOfTwo, Random, Routing,
};
use tonnage::sim::{Outcome, Scenario};
use tonnage::stats::Distribution;

/// Requests served by the busiest replica, in means of all.
fn busiest(scenario: Scenario) -> f64 {
    let (_, rows) = kept_rows::run(scenario, Span::from_secs(600));
    let served: Vec<f64> = rows.pods.iter().map(|pod| pod.served as f64).collect();
    let mean = served.iter().sum::<f64>() / served.len() as f64;
    served.into_iter().fold(0.0, f64::max) / mean
}

/// Were connections not kept, kube-proxy would be as good as any random choice; were requests not balanced behind it, the
/// proxies would be as bad.
#[test]
fn kept_connections_drown_a_replica_and_balancing_each_request_does_not() {
    let loaded = loaded("keep-alive-imbalance.yaml").expect("needs no trace");
    let p99 = |outcome: &Outcome| outcome.workloads[0].latency.p99;
    let failed = |outcome: &Outcome| 1.0 - outcome.workloads[0].requests.success_ratio().unwrap_or(0.0);
    let kept = run(loaded.scenario.clone());
    let aged = run(variant(&loaded, "aged"));
    let many = run(variant(&loaded, "many-clients"));
    let ipvs = run(variant(&loaded, "ipvs"));
    let two = run(variant(&loaded, "two-choices"));
    let least = run(variant(&loaded, "least-request"));
    assert!(!met(&kept), "{:#?}", kept.objectives);
    for outcome in [&two, &least, &ipvs, &many] {
        assert!(met(outcome), "{:#?}", outcome.objectives);
    }
    let share = failed(&kept);
    assert!((0.05..0.2).contains(&share), "a tenth fails, not {share}");
    assert!(p99(&kept) > 3.0 * p99(&least));
    assert!(!met(&aged), "closing connections only hands the overload around");
    let (worst, even) = (
        busiest(loaded.scenario.clone()),
        busiest(variant(&loaded, "two-choices")),
    );
    assert!(worst > 1.4 && even < 1.02, "{worst} and {even} of the mean");
}

fn mean_time(routing: Routing, shared: bool) -> f64 {
    let mut model = QueueModel::new(8.5, Distribution::lognormal_mean_cv(1.0, 2.0).unwrap());
    model = model.lasting(60_000.0, 8.5);
    model.replicas = 10;
    model.routing = routing;
    model.shared = shared;
    let outcome = model.run_and_look(0, f64::INFINITY, |_| ()).finish(None);
    outcome.workloads[0].latency.mean
}

/// One server each: whoever goes where the least work is left starts when it would from one queue for all.
#[test]
fn least_work_left_is_one_queue_for_all_to_the_nanosecond() {
    let (left, central) = (
        mean_time(LeastWorkLeft::default().into(), false),
        mean_time(Random::default().into(), true),
    );
    assert!((left - central).abs() < 1e-9, "{left} and {central}");
}

/// The less is known, the longer it takes.
#[test]
fn knowledge_orders_the_routers() {
    let of = |routing| mean_time(routing, false);
    let proxied = |proxies| {
        of(PowerOfTwo {
            proxies,
            ..PowerOfTwo::default()
        }
        .into())
    };
    let (shortest, idle) = (
        of(JoinShortestQueue::default().into()),
        of(JoinIdleQueue::default().into()),
    );
    let (whole, few, many) = (proxied(1), proxied(5), proxied(1000));
    let (random, ewma) = (of(Random::default().into()), of(PeakEwma::default().into()));
    assert!(shortest < idle && idle < random);
    assert!(shortest < whole && whole < few && few < many);
    assert!(
        many < random * 1.15 && many > random * 0.75,
        "of a thousand proxies each knows nothing"
    );
    assert!(ewma < random);
}

fn behind(balancing: &str, routing: &str, more: &str) -> String {
    format!(
        "name: probe\nduration: 20m\nsample_every: 1m\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 8, memory: 32Gi}}, nodes: 6, zones: [east, west]}}]}}\n\
         workloads: [{{name: w, serving: {{replicas: 12, demand: {{exponential: {{mean: 100ms}}}}, timeout: 2s, \
         topologySpreadConstraints: [{{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule}}], \
         balancing: {{{balancing}}}, \
         containers: [{{name: c, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}, slots: 4}}]}}}}]\n\
         load: [{{to: w, arrivals: {{poisson: {{rate: 200/s}}}}}}]\n\
         policies: {{placement: kube_scheduler, routing: {{w: {routing}}}}}\n{more}"
    )
}

/// Half of what goes to two equal zones crosses between them, unless it is told to stay.
#[test]
fn traffic_stays_in_its_zone_when_told_to() {
    let crossed = |distribution: &str| {
        let locality =
            format!("locality: {{clients: {{east: 60%, west: 40%}}, trafficDistribution: {distribution}}}");
        let outcome = run(written::scenario(&behind(&locality, "least_request", "")));
        outcome.workloads[0].balancing.unwrap().cross_zone_share.unwrap()
    };
    assert!(crossed("PreferSameZone") < 1e-9);
    let anywhere = crossed("None");
    assert!((0.47..0.53).contains(&anywhere), "{anywhere}");
}

/// A machine falls silent with two of twelve replicas, and its pods stay in the list until the node's lease is over. Who
/// ejects what does not answer loses what was under way and a few tries, and not every sixth request of that time.
#[test]
fn ejection_spares_clients_the_replicas_of_a_silent_machine() {
    let lost = |balancing: &str| {
        let crash = "faults: [{node_crash: {node: a-0, at: [10m], repair: 5m}}]\n";
        let outcome = run_to_the_end(written::scenario(&behind(balancing, "round_robin", crash)));
        let workload = &outcome.workloads[0];
        let ejections = workload.balancing.and_then(|balancing| balancing.ejections);
        (workload.requests.timed_out + workload.requests.lost, ejections)
    };
    let (without, none) = lost("");
    let (with, ejections) = lost("outlier_ejection: {max_ejection_percent: 20}");
    assert_eq!(none, None);
    assert!(5 * with < without, "{with} instead of {without}");
    assert!(
        ejections.is_some_and(|times| times >= 2),
        "both replicas: {ejections:?}"
    );
    let (tenth, times) = lost("outlier_ejection: {}");
    // One at a time: a second of twelve would be more than a tenth.
    assert!(with < tenth && tenth < without, "{tenth} after {times:?}");
}

/// Without a balancing block a router keeps its bytes; with an empty one it does too.
#[test]
fn an_empty_balancing_block_changes_nothing() {
    let digest = |text: String| {
        let outcome = run(written::scenario(&text));
        (outcome.digest.clone(), outcome.workloads[0].balancing)
    };
    let with = behind("", "power_of_two", "");
    let without = with.replace("balancing: {}, ", "");
    assert_ne!(with, without);
    assert_eq!(digest(with), digest(without));
}

#[test]
fn names_that_nobody_has_and_policies_that_cannot_weigh_are_refused_with_what_there_is() {
    let refused = |balancing: &str, routing: &str| written::refusal(&behind(balancing, routing, ""));
    let zone = refused("locality: {clients: {eastt: 60%, west: 40%}}", "random");
    assert!(
        zone.contains("no zone is named `eastt`") && zone.contains("east"),
        "{zone}"
    );
    let weight = refused("", "{weighted_round_robin: {weights: {pool: {b: 2}}}}");
    assert!(weight.contains("no pool is named `b`"), "{weight}");
    let version = refused("", "{weighted_round_robin: {weights: {version: {v2: 2}}}}");
    assert!(version.contains("no version is named `v2`"), "{version}");
    let slow = refused("slow_start: {window: 1m}", "ring_hash");
    assert!(
        slow.contains("`ring_hash`") && slow.contains("does not weigh"),
        "{slow}"
    );
    let zero = refused("outlier_ejection: {interval: 0s}", "random");
    assert!(zero.contains("`interval` must be longer than zero"), "{zero}");
    let table = refused("", "{maglev: {table_size: 1000}}");
    assert!(table.contains("the next is 1009"), "{table}");
}

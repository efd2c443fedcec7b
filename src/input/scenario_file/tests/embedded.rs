//! What must parse: the shape the design page shows, the files that come with Tonnage, every policy.

use super::super::QUICK_START;
use super::{read, small, sound};
use crate::engine::Span;
use crate::model::resources::Resources;
use crate::policy::catalog::{Catalog, Entry};
use crate::sim::objective::{LatencyStatistic, Objective};
use crate::sim::{NoSink, Simulation};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

pub(super) const BLACK_FRIDAY: &str = "\
# Does target tracking survive a spike on this fleet, and what does an eager target cost?
name: black-friday
duration: 6h
cluster:
  pools:
    - name: general
      shape: {cpu: 8, memory: 32Gi, pods: 110, price: {usd_per_hour: 0.384}}
      nodes: {min: 3, initial: 3, max: 40}
      zones: [a, b, c]
      boot: {lognormal: {median: 55s, p95: 110s}}
workloads:
  - name: shop
    serving:
      replicas: 6
      containers:
        - {name: app, image: shop:2.4, resources: {requests: {cpu: 500m, memory: 1Gi}}, slots: 8, startup: 12s}
      demand: {lognormal: {mean: 40ms, cv: 1.1}}
      timeout: 2s
load:
  - to: shop
    arrivals: {spike: {base: 900/s, peak: 4000/s, at: 2h, rise: 5m, hold: 40m}}
policies:
  placement: {best_fit: {}}
  routing: {shop: {least_request: {}}}
  pod_scaling: {shop: {target_tracking: {utilization: 70%}}}
  node_scaling: {just_enough: {empty_after: 10m}}
objectives:
  - latency: {workload: shop, p99: 300ms}
  - success: {workload: shop, at_least: 99.9%}
variants:
  eager: {policies.pod_scaling.shop.target_tracking.utilization: 50%}
";

#[test]
fn the_example_of_the_design_page_is_a_scenario() {
    let loaded = sound(BLACK_FRIDAY);
    assert!(loaded.warnings.is_empty());
    let scenario = &loaded.scenario;
    assert_eq!(scenario.name, "black-friday");
    assert!(scenario.story.starts_with("Does target tracking survive"));
    assert_eq!(scenario.start.to_string(), "2026-01-05T00:00:00");
    assert_eq!(scenario.sample_every, Span::from_secs(30));
    let pool = &scenario.pools[0];
    assert_eq!(pool.shape.capacity, Resources::new(8000, 32 << 30).with_pods(110));
    assert_eq!((pool.nodes_min, pool.nodes_initial, pool.nodes_max), (3, 3, 40));
    let shop = &scenario.workloads[0];
    assert_eq!((shop.replicas, shop.serving.slots), (6, Some(8)));
    assert_eq!(shop.loads[0].0, "shop");
    assert_eq!(shop.pod_scaling.name, "target_tracking");
    assert_eq!(
        scenario.objectives,
        [
            Objective::Latency {
                workload: 0,
                statistic: LatencyStatistic::P99,
                at_most: Span::from_nanos(300_000_000),
            },
            Objective::Success {
                workload: 0,
                at_least: 0.999,
            }
        ]
    );
    assert_eq!(
        scenario.assumptions,
        [
            "Initial nodes and the replicas that fit on them are ready at time zero, with their images in place.",
            "Image `shop:2.4` of shop has no declared size: it is taken to be on every node."
        ]
    );
    let (name, eager) = &loaded.variants[0];
    assert_eq!(name, "eager");
    let target =
        |scenario: &crate::sim::scenario::Scenario| format!("{:?}", scenario.workloads[0].pod_scaling.policy);
    assert!(target(eager).contains("Some(Share(0.5))"), "{}", target(eager));
    assert!(target(scenario).contains("Some(Share(0.7))"));
}

#[test]
fn the_quick_start_is_sound_and_says_what_it_shows() {
    let loaded = sound(QUICK_START);
    assert!(
        loaded.warnings.is_empty(),
        "{}",
        loaded.warnings.render(&loaded.sources)
    );
    assert!(loaded.scenario.story.contains("target tracking"));
    assert_eq!(loaded.variants.len(), 1);
    assert_eq!(loaded.scenario.objectives.len(), 2);
    assert_eq!(loaded.scenario.workloads[0].loads.len(), 2);
    let image = loaded.scenario.workloads[0].template.containers[0].image.as_ref();
    assert_eq!(image.map(crate::model::image::Image::bytes), Some(350_000_000));
}

/// A first impression that takes half a minute, or a default policy that breaks a law, would be a bad one.
#[test]
fn the_quick_start_runs_to_its_end_and_meets_its_objectives() {
    let scenario = Arc::new(sound(QUICK_START).scenario);
    let mut simulation = Simulation::new(Arc::clone(&scenario), scenario.seed, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    assert!(simulation.broken_laws().is_empty());
    let outcome = simulation.finish(None);
    let arrived = outcome.workloads[0].requests.arrived;
    assert!((1_000_000..10_000_000).contains(&arrived), "{arrived}");
    for objective in &scenario.objectives {
        let judged = objective.judge(&outcome);
        assert!(judged.met, "{}: {}", judged.objective, judged.measured);
    }
}

#[test]
fn the_queue_of_sixteen_slots_has_ten_million_requests() {
    let loaded = sound(include_str!("../../../../scenarios/mm16.yaml"));
    assert!(loaded.warnings.is_empty());
    let scenario = loaded.scenario;
    assert!(scenario.pools.is_empty() && scenario.objectives.is_empty());
    assert_eq!(scenario.workloads[0].serving.slots, Some(16));
    assert!((scenario.duration.secs_f64() * 12.8 - 1e7).abs() < 1.0);
}

/// A dashboard shows a median and a 95th percentile: what is known of a time states its law.
#[test]
fn a_law_may_be_stated_by_its_median_or_its_p95() {
    for (law, p, expected) in [
        ("exponential: {median: 40ms}", 0.5, 0.04),
        ("exponential: {p95: 40ms}", 0.95, 0.04),
        ("lognormal: {median: 40ms, p95: 90ms}", 0.95, 0.09),
        ("lognormal: {median: 40ms, cv: 2}", 0.5, 0.04),
        ("lognormal: {mean: 40ms, p95: 90ms}", 0.95, 0.09),
        ("weibull: {median: 40ms, p95: 90ms}", 0.5, 0.04),
        ("weibull: {median: 40ms, p95: 90ms}", 0.95, 0.09),
    ] {
        let text = small("").replace("demand: 40ms", &format!("demand: {{{law}}}"));
        let loaded = sound(&text);
        let found = loaded.scenario.workloads[0].serving.classes[0].demand.quantile(p);
        assert!((found / expected - 1.0).abs() < 1e-9, "{law}: {found}");
    }
}

/// The least parameters of policies that `{}` does not make.
fn least(name: &str) -> Value {
    match name {
        "target_tracking" => json!({ "utilization": "70%" }),
        "hpa" => json!({ "maxReplicas": 10 }),
        "keda" => json!({ "triggers": [{ "type": "redis" }] }),
        "keda_job" => json!({ "triggers": [{ "type": "redis" }] }),
        "scheduled" => json!({ "steps": [{ "cron": "0 8 * * 1-5", "replicas": 3 }] }),
        _ => json!({}),
    }
}

fn every_policy_of<T>(entries: &[Entry<T>], path: &str) {
    for entry in entries {
        let policy = json!({ (entry.name): least(entry.name) });
        let alone = (entry.build)(Value::Null).is_ok().then(|| json!(entry.name));
        for written in [Some(policy), alone].into_iter().flatten() {
            let line = path.replace("{}", &written.to_string());
            // The HPA looks at CPU unless it is told otherwise.
            let text = small(&line).replace(
                "slots: 2,",
                "slots: 2, usage: {cpu_per_slot: 200m, memory_idle: 64Mi},",
            );
            // Only jobs are started by it, and by nothing else.
            let text = match entry.name {
                "keda_job" => text.replace("slots: 2,", "slots: 1,").replace(
                    "    serving:\n",
                    "    serving:\n      job: {messages: 1}\n      queue: {shared: true}\n",
                ),
                _ => text,
            };
            let read = read(&text, Path::new(""), &[]);
            read.unwrap_or_else(|refused| panic!("{}", refused.render()));
        }
    }
}

#[test]
fn every_policy_can_be_named_and_alone_where_it_needs_nothing() {
    let catalog = Catalog::standard();
    every_policy_of(&catalog.placement, "policies: {placement: {}}\n");
    every_policy_of(&catalog.routing, "policies: {routing: {shop: {}}}\n");
    every_policy_of(&catalog.pod_scaling, "policies: {pod_scaling: {shop: {}}}\n");
    every_policy_of(&catalog.pod_sizing, "policies: {pod_sizing: {shop: {}}}\n");
    every_policy_of(&catalog.node_scaling, "policies: {node_scaling: {}}\n");
}

/// Every field there is, so that a field which the schema knows and the reader does not is found out.
#[test]
fn a_scenario_may_use_every_field() {
    let loaded = sound(include_str!("everything.yaml"));
    assert_eq!(
        loaded.warnings.render(&loaded.sources),
        "",
        "a sound file gets no warnings"
    );
    let scenario = loaded.scenario;
    assert_eq!(scenario.story, "Everything at once.");
    let gpu = &scenario.pools[1];
    assert_eq!(gpu.shape.capacity.extended("nvidia.com/gpu"), 1);
    assert_eq!(gpu.shape.name, "g5.xlarge");
    let model = &scenario.workloads[1];
    assert_eq!(model.template.requests().extended("nvidia.com/gpu"), 1);
    assert_eq!(
        model.template.requests().memory_bytes,
        5 << 30,
        "a limit is also a request"
    );
    let lanes: Vec<_> = model.serving.classes.iter().map(|class| class.lane).collect();
    assert_eq!(lanes, [1, 0]);
    let images: Vec<_> = model
        .template
        .containers
        .iter()
        .filter_map(|one| one.image.as_ref())
        .collect();
    assert_eq!(
        images[0].layers[0].digest, images[1].layers[0].digest,
        "a shared layer"
    );
    assert_ne!(images[0].layers[1].digest, images[1].layers[1].digest);
    assert_eq!(scenario.workloads[0].serving.clients.closed.len(), 1);
    let names: Vec<_> = scenario.workloads[0]
        .loads
        .iter()
        .map(|load| load.0.as_str())
        .collect();
    assert_eq!(names[..3], ["shop", "shop-2", "shop-3"]);
}

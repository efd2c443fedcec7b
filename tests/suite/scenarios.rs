//! Every scenario file runs, breaks no law, and meets what its first line claims.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tonnage::input::Limits;
use tonnage::input::scenario_file::{LoadOptions, Loaded, load_file};
use tonnage::policy::catalog::Catalog;
use tonnage::sim::scenario::Scenario;
use tonnage::sim::{NoSink, Outcome, Simulation};

fn traces() -> Option<PathBuf> {
    let named = std::env::var_os("TONNAGE_TRACES").map(PathBuf::from);
    named
        .or_else(|| Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/traces")))
        .filter(|path| path.is_dir())
}

/// The scenario in `file`; `None`, said aloud, if its trace is not at hand.
pub(crate) fn loaded(file: &str) -> Option<Loaded> {
    let catalog = Catalog::standard();
    let options = LoadOptions {
        catalog: &catalog,
        overrides: &[],
        traces: traces(),
        limits: Limits::default(),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    match load_file(&path, &options) {
        Ok(loaded) => Some(loaded),
        Err(refused) if refused.missing_trace => {
            println!("skipped: {file}, its trace is not at hand");
            None
        }
        Err(refused) => panic!("{}", refused.diagnostics.render(&refused.sources)),
    }
}

pub(crate) fn variant(loaded: &Loaded, name: &str) -> Scenario {
    let found = loaded.variants.iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no variant {name}")).1.clone()
}

pub(crate) fn run(scenario: Scenario) -> Outcome {
    let outcome = run_to_the_end(scenario);
    assert_eq!(outcome.warnings, [], "a scenario to learn from must run clean");
    outcome
}

/// The same where what is amiss is the point of it.
pub(crate) fn run_to_the_end(scenario: Scenario) -> Outcome {
    let seed = scenario.seed;
    let mut simulation = Simulation::new(Arc::new(scenario), seed, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    let broken = simulation.broken_laws();
    assert!(broken.is_empty(), "laws broken: {broken:#?}");
    let outcome = simulation.finish(None);
    for workload in &outcome.workloads {
        let counts = &workload.requests;
        let refused = counts.refused + counts.timed_out + counts.abandoned + counts.lost;
        let failed = refused + counts.call_failed + counts.cancelled;
        assert_eq!(
            counts.arrived,
            counts.succeeded + failed + counts.unfinished,
            "requests appear or vanish"
        );
    }
    outcome
}

pub(crate) fn met(outcome: &Outcome) -> bool {
    assert!(!outcome.objectives.is_empty(), "nothing is asked of the scenario");
    outcome.objectives.iter().all(|objective| objective.met)
}

#[test]
fn quick_start_follows_the_rush_at_two_fifths_of_the_cost_of_a_fixed_fleet() {
    let loaded = loaded("quick-start.yaml").expect("needs no trace");
    let (following, fixed) = (run(loaded.scenario.clone()), run(variant(&loaded, "static")));
    assert!(met(&following), "{:#?}", following.objectives);
    assert!(following.workloads[0].scale_ups > 3, "it never followed");
    assert!(
        following.cluster.nodes_max > following.cluster.nodes_min,
        "the fleet never changed"
    );
    assert!(
        met(&fixed),
        "the fixed fleet keeps no promise: {:#?}",
        fixed.objectives
    );
    let share = following.cluster.cost_usd / fixed.cluster.cost_usd;
    assert!(
        share < 0.4,
        "following costs {share:.2} of the fixed fleet, not two fifths"
    );
}

#[test]
fn black_friday_is_lost_by_reacting_and_won_by_a_plan() {
    let loaded = loaded("black-friday.yaml").expect("needs no trace");
    let (reacting, planned) = (run(loaded.scenario.clone()), run(variant(&loaded, "planned")));
    assert!(!met(&reacting), "reacting sufficed: {:#?}", reacting.objectives);
    assert!(met(&planned), "the plan failed: {:#?}", planned.objectives);
    let stepped = run(variant(&loaded, "stepped"));
    let success = |outcome: &Outcome| outcome.workloads[0].requests.success_ratio();
    assert!(
        success(&stepped) > success(&reacting),
        "larger steps did not help"
    );
}

#[test]
fn on_a_bursty_queue_knative_is_soonest_and_cheapest_and_keda_waits_for_what_it_saves() {
    let loaded = loaded("bursty-queue.yaml").expect("needs no trace");
    let hpa = run(loaded.scenario.clone());
    let (keda, knative) = (run(variant(&loaded, "keda")), run(variant(&loaded, "knative")));
    let cost = |outcome: &Outcome| outcome.cluster.cost_usd;
    let p95 = |outcome: &Outcome| outcome.workloads[0].latency.p95;
    for outcome in [&hpa, &keda, &knative] {
        assert!(met(outcome), "{:#?}", outcome.objectives);
    }
    assert!(cost(&knative) < cost(&keda) && cost(&keda) < cost(&hpa));
    assert!(p95(&knative) < p95(&hpa) && p95(&hpa) < p95(&keda));
}

#[test]
fn mm16_waits_as_erlang_c_says() {
    let loaded = loaded("mm16.yaml").expect("needs no trace");
    let outcome = run(loaded.scenario);
    let wait = outcome.workloads[0].wait.mean;
    let erlang_c = 0.095_276;
    assert!(
        (wait - erlang_c).abs() < 0.02 * erlang_c,
        "mean wait {wait}, Erlang C says {erlang_c}"
    );
    let (requests, events) = (outcome.workloads[0].requests.arrived, outcome.events);
    assert!((9_980_000..10_020_000).contains(&requests), "{requests} requests");
    assert!(events >= 2 * requests - 100, "events are arrivals and departures");
}

#[test]
fn azure_llm_inference_is_cheaper_and_better_on_a_fixed_fleet() {
    let Some(loaded) = loaded("azure-llm-inference.yaml") else {
        return;
    };
    let (following, fixed) = (run(loaded.scenario.clone()), run(variant(&loaded, "peak-sized")));
    assert_eq!(following.workloads[0].requests.arrived, 8819, "one request a row");
    assert!(
        following.cluster.cost_usd > fixed.cluster.cost_usd,
        "following was cheaper"
    );
    assert!(
        following.workloads[0].latency.p95 > fixed.workloads[0].latency.p95,
        "following served better"
    );
}

#[test]
fn azure_llm_inference_twin_meets_its_objectives() {
    let loaded = loaded("azure-llm-inference-twin.yaml").expect("needs no trace");
    assert!(met(&run(loaded.scenario)));
}

#[test]
fn worldcup_1998_keeps_up_with_the_crowds() {
    let Some(loaded) = loaded("worldcup-1998.yaml") else {
        return;
    };
    let outcome = run(loaded.scenario);
    assert!(met(&outcome), "{:#?}", outcome.objectives);
    let arrived = outcome.workloads[0].requests.arrived as f64;
    assert!(
        (arrived / 3_454_315.0 - 1.0).abs() < 0.005,
        "{arrived} requests are not a hundredth of the week"
    );
    assert!(outcome.workloads[0].scale_ups > 0, "it never had to follow");
}

/// The long validation: `cargo test --release --test suite worldcup_1998_full_scale -- --ignored`.
#[test]
#[ignore = "a named long validation: 345 million requests, about half a minute"]
fn worldcup_1998_full_scale_replays_every_request() {
    let Some(loaded) = loaded("worldcup-1998.yaml") else {
        return;
    };
    let outcome = run(variant(&loaded, "full-scale"));
    assert!(met(&outcome), "{:#?}", outcome.objectives);
    assert_eq!(
        outcome.workloads[0].requests.arrived, 345_431_535,
        "every request of the week"
    );
    assert!(
        outcome.workloads[0].replicas.ready_max > 100,
        "the crowd was not felt"
    );
}

#[test]
fn worldcup_1998_twin_keeps_up_with_the_crowds() {
    let loaded = loaded("worldcup-1998-twin.yaml").expect("needs no trace");
    let outcome = run(loaded.scenario);
    assert!(met(&outcome), "{:#?}", outcome.objectives);
    assert!(outcome.workloads[0].scale_ups > 0, "it never had to follow");
}

#[test]
fn nasa_1995_is_served_by_two_small_replicas() {
    let Some(loaded) = loaded("nasa-1995.yaml") else {
        return;
    };
    assert!(met(&run(loaded.scenario)));
}

#[test]
fn nasa_1995_twin_is_served_by_two_small_replicas() {
    let loaded = loaded("nasa-1995-twin.yaml").expect("needs no trace");
    assert!(met(&run(loaded.scenario)));
}

/// What `kubectl get -o yaml` printed, with a few lines of what Kubernetes does not know.
#[test]
fn from_manifests_runs_on_the_nodes_and_the_autoscaler_that_kubectl_printed() {
    let loaded = loaded("from-manifests.yaml").expect("needs no trace");
    let pool = &loaded.scenario.pools[0];
    assert_eq!(
        (pool.name.as_str(), pool.named.len(), pool.nodes_max),
        ("general", 3, 12)
    );
    assert!(
        pool.shape.billing.price_per_hour.usd() > 0.1,
        "its type is in the price list"
    );
    let listed = loaded
        .scenario
        .assumptions
        .iter()
        .any(|said| said.contains("imagePullPolicy"));
    assert!(
        listed,
        "what is ignored is said: {:?}",
        loaded.scenario.assumptions
    );
    let namespace = &loaded.scenario.namespaces[0];
    assert_eq!((namespace.quotas.len(), namespace.limit_ranges.len()), (1, 1));
    let mut workloads = loaded.scenario.workloads.iter();
    let carts = workloads.find(|workload| workload.name == "carts");
    let carts = &carts.expect("a StatefulSet is a workload").template;
    assert_eq!(
        (carts.volumes.own.len(), carts.requests().cpu_milli),
        (1, 250),
        "its claim, and what the limit range gives it"
    );
    let outcome = run(loaded.scenario);
    assert!(met(&outcome), "{:#?}", outcome.objectives);
    assert!(
        outcome.workloads[0].scale_ups > 3,
        "its autoscaler never followed"
    );
    assert!(
        outcome.cluster.nodes_max > 3,
        "no node was added to those that were there"
    );
    assert_eq!(
        outcome.workloads[1].name, "search",
        "it takes room under its own name"
    );
}

#[test]
fn hpa_flapping_is_worse_without_a_window_and_better_with_care() {
    let loaded = loaded("hpa-flapping.yaml").expect("needs no trace");
    let default = run(loaded.scenario.clone());
    assert!(met(&default), "{:#?}", default.objectives);
    let (without, careful) = (
        run(variant(&loaded, "no-window")),
        run(variant(&loaded, "careful")),
    );
    let served = |outcome: &Outcome| outcome.workloads[0].requests.succeeded;
    let scalings = |outcome: &Outcome| outcome.workloads[0].scale_ups + outcome.workloads[0].scale_downs;
    assert!(2 * served(&without) < served(&default) + served(&careful) / 4);
    assert!(served(&default) < served(&careful));
    assert!(scalings(&without) > 3 * scalings(&default) && scalings(&default) > 3 * scalings(&careful));
}

#[test]
fn every_stage_of_a_slow_scale_up_takes_its_toll() {
    let loaded = loaded("slow-scale-up.yaml").expect("needs no trace");
    let slow = run(loaded.scenario.clone());
    assert!(!met(&slow), "the spike must hurt");
    let failed = |outcome: &Outcome| {
        let counts = &outcome.workloads[0].requests;
        counts.arrived - counts.succeeded
    };
    for name in ["warm-nodes", "small-image", "quick-start"] {
        let better = run(variant(&loaded, name));
        assert!(failed(&better) < failed(&slow), "{name} helps nobody");
    }
    let warm = run(variant(&loaded, "all-warm"));
    assert!(met(&warm), "{:#?}", warm.objectives);
    assert!(
        warm.cluster.cost_usd > 2.0 * slow.cluster.cost_usd,
        "and it is paid for"
    );
}

#[test]
fn one_replica_a_node_doubles_the_bill_and_an_even_spread_does_not() {
    let loaded = loaded("spread-and-affinity.yaml").expect("needs no trace");
    let free = run(loaded.scenario.clone());
    assert!(met(&free), "{:#?}", free.objectives);
    let cost = |name: &str| {
        let outcome = run(variant(&loaded, name));
        assert!(met(&outcome), "{name}: {:#?}", outcome.objectives);
        outcome.cluster.cost_usd / free.cluster.cost_usd
    };
    assert!(cost("apart") > 2.0);
    for name in ["zones", "hosts", "together"] {
        let more = cost(name);
        assert!((0.9..1.1).contains(&more), "{name} costs {more} times as much");
    }
}

/// What consolidation saves, it saves by moving pods: were it free, it would be no choice.
#[test]
fn karpenters_consolidation_saves_a_fifth_and_moves_pods_for_it() {
    let loaded = loaded("karpenter-consolidation.yaml").expect("needs no trace");
    let (moved, still) = (run(loaded.scenario.clone()), run(variant(&loaded, "when-empty")));
    let at_night = run(variant(&loaded, "office-hours"));
    let cost = |outcome: &Outcome| outcome.cluster.cost_usd / still.cluster.cost_usd;
    assert!(met(&moved), "{:#?}", moved.objectives);
    assert!(cost(&moved) < 0.85, "it saves {:.2}", 1.0 - cost(&moved));
    assert!(
        moved.cluster.removals > 3 * still.cluster.removals,
        "{} nodes went, {} without moving pods",
        moved.cluster.removals,
        still.cluster.removals
    );
    let nights = cost(&at_night);
    assert!(
        cost(&moved) < nights && nights < 1.0,
        "at night it saves {:.2}",
        1.0 - nights
    );
}

/// Karpenter's lower bill comes from moving pods; without that it pays more than Cluster Autoscaler, which moves some.
#[test]
fn karpenter_costs_less_than_cluster_autoscaler_and_moves_more_pods() {
    let loaded = loaded("ca-vs-karpenter.yaml").expect("needs no trace");
    let autoscaler = run(loaded.scenario.clone());
    let [karpenter, when_empty, one_size] =
        ["karpenter", "karpenter-when-empty", "one-size"].map(|name| run(variant(&loaded, name)));
    for outcome in [&autoscaler, &karpenter, &when_empty, &one_size] {
        assert!(met(outcome), "{:#?}", outcome.objectives);
    }
    let cost = |outcome: &Outcome| outcome.cluster.cost_usd;
    let moved = |outcome: &Outcome| outcome.cluster.evictions;
    assert!(
        cost(&karpenter) < 0.97 * cost(&autoscaler),
        "{} and {}",
        cost(&karpenter),
        cost(&autoscaler)
    );
    assert!(
        moved(&karpenter) > 2 * moved(&autoscaler),
        "{} and {}",
        moved(&karpenter),
        moved(&autoscaler)
    );
    assert!(
        cost(&when_empty) > 1.1 * cost(&autoscaler),
        "half-empty nodes stay"
    );
    assert_eq!(moved(&when_empty), 0);
}

#[test]
fn preemption_saves_the_service_at_the_expense_of_batch() {
    let loaded = loaded("preemption.yaml").expect("needs no trace");
    let ranked = run(loaded.scenario.clone());
    assert!(met(&ranked), "{:#?}", ranked.objectives);
    let equal = run(variant(&loaded, "equal"));
    let share = |outcome: &Outcome| {
        let counts = &outcome.workloads[0].requests;
        counts.succeeded as f64 / counts.arrived as f64
    };
    assert!(share(&equal) < 0.5, "pods without a node serve nobody");
    let late = |outcome: &Outcome| outcome.workloads[1].latency.p99;
    assert!(
        late(&ranked) > 2.0 * late(&equal),
        "the workers that left are missed"
    );
    let polite = run(variant(&loaded, "polite"));
    assert!(
        share(&equal) < share(&polite) && share(&polite) < share(&ranked),
        "nodes take longer to come"
    );
}

#[test]
fn placeholders_halve_what_bursts_lose_unless_they_are_expendable() {
    let loaded = loaded("placeholder-pods.yaml").expect("needs no trace");
    let lost = |outcome: &Outcome| {
        let counts = &outcome.workloads[0].requests;
        1.0 - counts.succeeded as f64 / counts.arrived as f64
    };
    let cost = |outcome: &Outcome| outcome.cluster.cost_usd;
    let held = run(loaded.scenario.clone());
    assert!(met(&held), "{:#?}", held.objectives);
    let none = run(variant(&loaded, "none"));
    assert!(
        !met(&none) && lost(&none) > 1.7 * lost(&held),
        "nodes come too late"
    );
    assert!(cost(&held) > 1.3 * cost(&none), "room is not free");
    let expendable = run_to_the_end(variant(&loaded, "expendable"));
    assert!(
        (lost(&expendable) - lost(&none)).abs() < 0.002 && cost(&expendable) < 1.05 * cost(&none),
        "no node is launched for pods below the cutoff"
    );
    let double = run(variant(&loaded, "double"));
    assert!(
        (lost(&double) - lost(&held)).abs() < 0.002 && cost(&double) > 1.3 * cost(&held),
        "more room than a burst takes is bought for nothing"
    );
}

#[test]
fn on_long_tasks_a_scaled_object_kills_work_and_a_scaled_job_lets_it_finish() {
    let loaded = loaded("queue-jobs.yaml").expect("needs no trace");
    let object = run(loaded.scenario.clone());
    let again = |outcome: &Outcome| {
        let requests = &outcome.workloads[0].requests;
        requests.attempts - requests.arrived
    };
    let p95 = |outcome: &Outcome| outcome.workloads[0].latency.p95;
    assert!(again(&object) > 20, "nothing was killed: {}", again(&object));
    assert!(!met(&object), "it did no harm: {:#?}", object.objectives);
    for name in ["jobs", "draining"] {
        let jobs = run(variant(&loaded, name));
        assert_eq!(again(&jobs), 0, "{name} killed work");
        assert!(met(&jobs), "{name}: {:#?}", jobs.objectives);
        assert!(p95(&jobs) < p95(&object));
    }
    let patient = run(variant(&loaded, "patient"));
    assert!(
        again(&patient) < again(&object) / 4,
        "half an hour is enough for most"
    );
}

/// One optional call whose answer is late takes all threads on the way to it, unless few may wait for it.
#[test]
fn in_microservices_an_optional_call_stops_the_shop_and_a_limit_saves_it() {
    let loaded = loaded("microservices.yaml").expect("needs no trace");
    let slow = run_to_the_end(loaded.scenario.clone());
    assert!(!met(&slow), "the campaign must hurt");
    let success = |outcome: &Outcome| outcome.workloads[0].requests.success_ratio().unwrap_or_default();
    let (shop, catalog) = (&slow.workloads[0], &slow.workloads[2]);
    assert!(success(&slow) < 0.7, "all threads wait for prices");
    for workload in [shop, catalog] {
        assert!(
            workload.calling_mean > Some(workload.in_service_mean),
            "{} has nothing to do itself",
            workload.name
        );
    }
    for name in ["breaker", "open-circuit", "more-prices"] {
        let saved = run_to_the_end(variant(&loaded, name));
        assert!(met(&saved), "{name}: {:#?}", saved.objectives);
    }
    let retried = run_to_the_end(variant(&loaded, "retries"));
    assert!(
        success(&retried) < 0.05,
        "retries bring it down before the campaign"
    );
    let without_threads = run_to_the_end(variant(&loaded, "async"));
    assert!(success(&without_threads) > 0.99 && !met(&without_threads));
}

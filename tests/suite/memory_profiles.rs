//! Memory that changes while containers run: exact times of kills, and what others see of it.

use crate::kept_rows::{self, Rows};
use crate::scenarios;
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs(7))
}

/// One replica that takes 5 s to start, uses what `usage` says and may have 1000Mi; so many requests a second, evenly, of
/// 100 ms each.
fn text(usage: &str, rate: &str) -> String {
    format!(
        "name: probe\nduration: 2h\nworkloads:\n\
         - {{name: w, serving: {{replicas: 1, demand: 100ms, containers: [{{name: c, slots: 4, startup: 5s, \
         usage: {{{usage}}}, resources: {{limits: {{memory: 1000Mi}}}}}}]}}}}\n\
         load: [{{to: w, arrivals: {{constant: {{rate: {rate}, phase: 50ms}}}}}}]\n"
    )
}

/// When a container was killed for its use of memory, seconds.
fn kills(rows: &Rows) -> Vec<f64> {
    let restarts = rows.of("restart", "restart");
    let kills = restarts.filter(|row| row.reason_code == "oom_killed");
    kills.map(|row| row.time_s).collect()
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
}

/// 600Mi an hour from 400Mi on are 600Mi after an hour and one byte after that. The kubelet starts the first one again at
/// once, and the leak with it.
#[test]
fn a_leak_is_killed_at_the_moment_it_passes_the_limit_and_starts_anew() {
    let (outcome, rows) = run(&text("memory_idle: 400Mi, memory_leak: {per_hour: 600Mi}", "1/s"));
    let byte = 3600.0 / f64::from(600 << 20);
    let kills = kills(&rows);
    assert_eq!(kills.len(), 1, "{kills:?}");
    assert_near(kills[0], 3600.0 + byte);
    assert_eq!(outcome.workloads[0].restarts.oom, 1);
    assert_eq!(
        rows.pods[0].memory_peak_bytes,
        Some(1000 << 20),
        "never above its limit"
    );
}

/// From 100Mi to 1300Mi in 20 minutes passes 1000Mi after 15 of them. Each life is as long as the first.
#[test]
fn a_ramp_is_killed_where_it_crosses_the_limit_in_every_life() {
    let ramp = "memory_idle: 100Mi, memory_by_age: {ramp: {to: 1300Mi, over: 20m}}";
    let (_, rows) = run(&text(ramp, "1/s"));
    let kills = kills(&rows);
    let (life, byte) = (900.0, 1.0 / f64::from(1 << 20));
    assert_near(kills[0], life + byte);
    // Restarted at once; from then on more than 10 minutes after the restart before, so at once again.
    for (place, pair) in kills.windows(2).enumerate() {
        assert!(pair[1] - pair[0] >= life, "{place}: {kills:?}");
    }
    assert_near(kills[1], 2.0 * (life + byte));
    let late = ramp.replace("over: 20m", "over: 20m, after: 10m");
    let (_, rows) = run(&text(&late, "1/s"));
    assert_near(self::kills(&rows)[0], 1500.0 + byte);
    let (outcome, _) = run(&text(&ramp.replace("1300Mi", "1000Mi"), "1/s"));
    assert_eq!(
        outcome.workloads[0].restarts.oom, 0,
        "1000Mi are not more than 1000Mi"
    );
}

/// Each request leaves 1Mi of 400Mi that are free; the 401st is one too many, and is answered 100 ms after it came.
#[test]
fn a_leak_by_requests_is_killed_by_the_request_that_passes_the_limit() {
    let (outcome, rows) = run(&text(
        "memory_idle: 600Mi, memory_leak: {per_request: 1Mi}",
        "1/s",
    ));
    let kills = kills(&rows);
    // Requests come at 0.05 s, 1.05 s, …: the 401st is done at 400.15 s.
    assert_near(kills[0], 400.15);
    // It starts for 5 s; those that came meanwhile have waited or failed, and 401 more are served before the next kill.
    assert!(kills[1] > 800.0 && kills[1] < 812.0, "{kills:?}");
    assert_eq!(outcome.workloads[0].requests.lost, 0, "it held no other");
}

/// A slot is 200Mi: beside 300Mi there is room for three. A leak of 600Mi an hour leaves room for two after 10 minutes, for
/// one after 30, for none after 50: one request at a time is killed then, not before.
#[test]
fn slots_that_memory_has_room_for_grow_fewer_with_age() {
    let usage = "memory_idle: 300Mi, memory_per_slot: 200Mi, memory_leak: {per_hour: 600Mi}";
    let (_, rows) = run(&text(usage, "1/s"));
    let kills = kills(&rows);
    // The first request that starts after 3000 s.
    assert_near(kills[0], 3000.05);
    // Three at a time: after ten minutes.
    let (_, rows) = run(&text(usage, "25/s"));
    let three = self::kills(&rows);
    assert!(three[0] > 600.0 && three[0] < 600.2, "{three:?}");
}

/// Were containers that have not begun to answer overlooked, a model that is loaded would have all the memory it likes.
#[test]
fn a_container_is_killed_while_it_starts() {
    let usage = "memory_idle: 100Mi, memory_by_age: {ramp: {to: 1300Mi, over: 20m}}";
    let slow = text(usage, "1/s").replace("startup: 5s", "startup: 30m").replace(
        "workloads:\n",
        "cluster: {pools: [{name: p, shape: {cpu: 4, memory: 16Gi}, nodes: {min: 0, initial: 0, max: 1}, boot: 1m}]}\n\
         policies: {node_scaling: just_enough}\nworkloads:\n",
    );
    let (outcome, rows) = run(&slow);
    assert_eq!(outcome.workloads[0].requests.succeeded, 0);
    assert!(!kills(&rows).is_empty());
}

/// A trace and its points are one thing said in two ways.
#[test]
fn a_trace_is_what_its_points_are() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "timestamp,memory,host\n1700000000,256Mi,a\n1700000060.5,734003200,a\n1700000600,1100Mi,b\n";
    std::fs::write(folder.path().join("used.csv"), rows).unwrap();
    let points = "memory_by_age: {points: [{age: 0s, memory: 256Mi}, {age: 60500ms, memory: 700Mi}, {age: 10m, memory: 1100Mi}]}";
    let trace = "memory_by_age: {trace: {file: used.csv}}";
    let of = |usage: &str| {
        let scenario = written::scenario_in(folder.path(), &text(usage, "2/s"));
        kept_rows::run(scenario, Span::from_secs(7)).0
    };
    let (points, trace) = (of(points), of(trace));
    assert!(points.workloads[0].restarts.oom > 5);
    assert_eq!(points.digest, trace.digest);
}

/// An autoscaler that looks at memory sees what grows: a leak alone makes it add replicas.
#[test]
fn autoscalers_see_what_grows() {
    let most = |usage: &str| {
        let text = format!(
            "name: probe\nduration: 1h\ncluster: {{pools: [{{name: p, shape: {{cpu: 16, memory: 64Gi}}, nodes: 2}}]}}\n\
             workloads:\n- {{name: w, serving: {{replicas: 1, demand: 10ms, containers: [{{name: c, slots: 4, \
             usage: {{{usage}}}, resources: {{requests: {{cpu: 100m, memory: 500Mi}}}}}}]}}}}\n\
             load: [{{to: w, arrivals: {{poisson: {{rate: 10/s}}}}}}]\n\
             policies: {{pod_scaling: {{w: {{hpa: {{minReplicas: 1, maxReplicas: 8, metrics: [{{type: Resource, resource: \
             {{name: memory, target: {{type: Utilization, averageUtilization: 80}}}}}}]}}}}}}}}\n"
        );
        run(&text).0.workloads[0].replicas.ready_max
    };
    assert_eq!(most("memory_idle: 300Mi"), 1);
    assert!(most("memory_idle: 300Mi, memory_leak: {per_hour: 600Mi}") > 1);
    assert!(most("memory_idle: 300Mi, memory_leak: {per_request: 50Ki}") > 1);
}

/// A neighbour that leaks without a limit fills the node: it is evicted, for it uses more than it asked for, and the one
/// beside it, which keeps to its request, stays.
#[test]
fn a_leak_without_a_limit_is_evicted_from_its_node() {
    let pod = |name: &str, usage: &str| {
        format!(
            "- {{name: {name}, serving: {{replicas: 1, demand: 10ms, containers: [{{name: c, slots: 4, startup: 5s, \
             usage: {{{usage}}}, resources: {{requests: {{cpu: 1, memory: 1Gi}}}}}}]}}}}\n"
        )
    };
    let (_, rows) = run(&format!(
        "name: probe\nduration: 90m\ncluster: {{pools: [{{name: p, shape: {{cpu: 4, memory: 4Gi}}, nodes: 1}}]}}\n\
         workloads:\n{}{}load:\n- {{to: leaky, arrivals: {{constant: {{rate: 1/s}}}}}}\n\
         - {{to: quiet, arrivals: {{constant: {{rate: 1/s}}}}}}\npolicies: {{placement: first_fit}}\n",
        pod("leaky", "memory_idle: 1Gi, memory_leak: {per_hour: 2Gi}"),
        pod("quiet", "memory_idle: 1Gi"),
    ));
    let evicted: Vec<_> = rows.pods.iter().filter(|pod| pod.end == "evicted").collect();
    assert_eq!(evicted.len(), 1, "{:#?}", rows.pods);
    assert_eq!(evicted[0].workload, "leaky");
    // 1Gi beside 1Gi, 2Gi an hour: 4Gi are passed after an hour, and seen at the next look.
    let at = evicted[0].ended_s.unwrap();
    assert!((3600.0..=3610.0).contains(&at), "{at}");
}

/// A sidecar that leaks past its limit is killed and begins anew; were it not, its pod would be killed at each start.
#[test]
fn a_sidecar_that_leaks_is_started_again_too() {
    let with_sidecar = text("memory_idle: 100Mi", "1/s").replace(
        "containers: [",
        "containers: [{name: side, kind: sidecar, usage: {memory_idle: 10Mi, memory_leak: {per_hour: 90Mi}}, \
         resources: {limits: {memory: 40Mi}}}, ",
    );
    let (outcome, rows) = run(&with_sidecar);
    let kills = kills(&rows);
    assert_near(kills[0], 1200.0 + 3600.0 / f64::from(90 << 20));
    assert_eq!(kills.len(), 5, "each life is 20 minutes: {kills:?}");
    assert_eq!(outcome.workloads[0].restarts.oom, 5);
}

/// A Job's pod is bound by the same limit, and works with one slot's memory on top.
#[test]
fn a_jobs_pod_is_killed_as_it_grows() {
    let (_, rows) = run(
        "name: probe\nduration: 3h\ncluster: {pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: 1}]}\n\
         workloads: [{name: etl, job: {backoffLimit: 1, containers: [{name: c, usage: {memory_idle: 1Gi, memory_per_slot: 1Gi, \
         memory_by_age: {ramp: {to: 3Gi, over: 1h}}}, resources: {requests: {cpu: 1, memory: 1Gi}, \
         limits: {memory: 3Gi}}}], work: 2h, restartPolicy: Never}}]\n",
    );
    let job = &rows.jobs[0];
    assert_eq!((job.pods, job.failed, job.result), (2, 2, "failed"));
    // 2Gi at the start, 4Gi after an hour: 3Gi after half an hour.
    let lives = rows
        .pods
        .iter()
        .map(|pod| pod.ended_s.unwrap() - pod.ready_s.unwrap());
    lives.for_each(|life| assert!((life - 1800.0).abs() < 1e-3, "{life}"));
}

fn refused(usage: &str) -> String {
    written::refusal(&text(usage, "1/s"))
}

#[test]
fn mistakes_are_told_where_they_are() {
    let said = refused("memory_by_age: {points: [{age: 5m, memory: 1Gi}, {age: 5m, memory: 2Gi}]}");
    assert!(said.contains("ages must rise from point to point"), "{said}");
    let said = refused("memory_idle: 1Mi, memory_by_age: {points: [{age: 0s, memory: 1Gi}]}");
    assert!(said.contains("remove `memory_idle`"), "{said}");
    let said = refused("memory_by_age: {ramp: {to: 1Gi, over: 0s}}");
    assert!(said.contains("a ramp takes some time"), "{said}");
    let said = refused("memory_by_age: {points: []}");
    assert!(said.contains("at least 1 item"), "{said}");
    let said = refused("memory_leak: {per_hour: -5Mi}");
    assert!(said.contains("per_hour"), "{said}");
    let said = refused("memory_leak: {per_hours: 5Mi}");
    assert!(said.contains("per_hour"), "{said}");
    let said = refused("memory_by_age: {trace: {file: nowhere.csv}}");
    assert!(said.contains("`nowhere.csv` is not there"), "{said}");
    let said = written::told(&text("memory_by_age: {points: [{age: 0s, memory: 2Gi}]}", "1/s"));
    assert!(
        said.contains("the container is killed whenever it starts"),
        "{said}"
    );
    let sidecar = text("memory_idle: 1Mi", "1/s").replace(
        "containers: [",
        "containers: [{name: side, kind: sidecar, usage: {memory_leak: {per_request: 1Ki}}}, \
         {name: first, kind: init, usage: {memory_leak: {per_hour: 1Ki}}}, ",
    );
    let said = written::refusal(&sidecar);
    assert!(said.contains("a sidecar serves no requests of its own"), "{said}");
    assert!(said.contains("an init container comes to its end"), "{said}");
    let job = "name: probe\nduration: 1h\nworkloads: [{name: etl, job: {work: 1m, containers: [{name: c, \
               usage: {memory_leak: {per_request: 1Ki}}}]}}]\n";
    assert!(written::refusal(job).contains("the pods of a Job serve no requests"));
}

/// Every row that is wrong is named, and the file is bounded.
#[test]
fn a_trace_of_memory_that_is_unsound_is_told_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let said = |rows: &str| {
        std::fs::write(folder.path().join("used.csv"), rows).unwrap();
        written::refusal_in(
            folder.path(),
            &text("memory_by_age: {trace: {file: used.csv}}", "1/s"),
        )
    };
    let wrong = said("timestamp,memory\n0,1Mi\n5,much\n4,2Mi\n3,2Mi,x\n");
    for expected in ["row 2", "row 4", "2 as in the header", "\"much\""] {
        assert!(wrong.contains(expected), "{expected}: {wrong}");
    }
    assert!(said("timestamp,memory\n0,1Mi\n0,1Mi\n").contains("times that rise"));
    assert!(said("time,memory\n0,1Mi\n").contains("a header with a column"));
    assert!(said("timestamp,memory\n").contains("a header and no rows"));
    assert!(said("").contains("an empty file"));
}

/// The claim of `memory-leak`: without a limit the shop pays for the model's leak, with one the model does, with all its
/// replicas within seconds; where priorities are equal nobody does.
#[test]
fn who_pays_for_a_leak_depends_on_limits_and_priorities() {
    let loaded = scenarios::loaded("memory-leak.yaml").expect("needs no trace");
    let of = |outcome: &Outcome| {
        let [model, shop] = &outcome.workloads[..] else {
            panic!("two workloads")
        };
        let missed = |one: &tonnage::sim::outcome::WorkloadOutcome| {
            one.requests.arrived - one.requests.succeeded > one.requests.arrived / 1000
        };
        (
            missed(model),
            missed(shop),
            model.restarts.oom,
            model.replicas.ready_min,
        )
    };
    let free = scenarios::run(loaded.scenario.clone());
    assert_eq!(of(&free), (false, true, 0, 2));
    let limited = scenarios::run(scenarios::variant(&loaded, "limit"));
    let (model, shop, kills, ready_min) = of(&limited);
    assert!(
        model && !shop && kills >= 20 && ready_min == 0,
        "{:?}",
        of(&limited)
    );
    assert_eq!(limited.workloads[1].restarts.total(), 0);
    let alike = scenarios::run(scenarios::variant(&loaded, "same-priority"));
    assert!(scenarios::met(&alike), "{:?}", alike.objectives);
    assert_eq!(of(&alike).2, 0);
}

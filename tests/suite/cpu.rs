//! CPU as containers share it: limits stop them, weights share a busy node, and the outcome tells what that cost.

use crate::kept_rows::{self, Rows};
use crate::scenarios::{loaded, met, run as run_of, run_to_the_end, variant};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::outcome::{CpuOutcome, WorkloadOutcome};

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs_f64(317.0))
}

/// One replica of a service on a machine of eight CPUs.
fn service(cpu: &str, container: &str, demand: &str, arrivals: &str) -> String {
    format!(
        "name: cpu\nduration: 4h\nwarmup: 10m\ncpu: {{{cpu}}}\n\
         cluster: {{pools: [{{name: p, shape: {{cpu: 8, memory: 16Gi}}, nodes: 1}}]}}\n\
         workloads: [{{name: api, serving: {{replicas: 1, demand: {demand}, containers: [{{name: app, {container}}}]}}}}]\n\
         load: [{{to: api, arrivals: {arrivals}}}]\n"
    )
}

fn cpu_of(workload: &WorkloadOutcome) -> &CpuOutcome {
    workload.cpu.as_ref().expect("CPU could slow it")
}

/// Requests of one thread under a steady rate of one CPU are the M/M/1 queue with processor sharing, E[T] = 1/(μ − λ):
/// at seven tenths of the limit 333 ms. Were the rate not shared by all, or not taken from those who leave, it would not be.
#[test]
fn the_fluid_mode_is_processor_sharing() {
    let container = "usage: {cpu_per_slot: 1}, resources: {requests: {cpu: 1}, limits: {cpu: 1}}, slots: 500";
    let text = service(
        "limits: fluid",
        container,
        "{exponential: {mean: 100ms}}",
        "{poisson: {rate: 7/s}}",
    );
    let (outcome, _) = run(&text);
    let workload = &outcome.workloads[0];
    let mean = workload.latency.mean;
    assert!((mean / (1.0 / 3.0) - 1.0).abs() < 0.03, "{mean}");
    assert_eq!(cpu_of(workload).mode, "fluid");
    assert_eq!(cpu_of(workload).containers[0].periods, None);
    // CPU in use cannot be more than the limit, and is what the load asks for: seven tenths of one of eight.
    let used = outcome.cluster.cpu_used.expect("usage is said");
    assert!((used - 0.7 / 8.0).abs() < 0.002, "{used}");
}

/// A request of two threads and 100 ms has used the quota of a CPU in half of it. In most cases it goes on in the next
/// period, and needs 150 ms; when it begins late in a period it uses what is left of that one's quota first.
#[test]
fn the_exact_mode_stops_at_the_quota_and_goes_on_with_the_period() {
    let container = "usage: {cpu_per_slot: 2}, resources: {requests: {cpu: 1}, limits: {cpu: 1}}, slots: 1";
    let text = service("", container, "{constant: 100ms}", "{constant: {rate: 1/s}}");
    let (outcome, rows) = run(&text);
    let workload = &outcome.workloads[0];
    assert!(
        workload.latency.p50 >= 0.0999 && workload.latency.max < 0.1505,
        "{:?}",
        workload.latency
    );
    let app = &cpu_of(workload).containers[0];
    let requests = workload.requests.succeeded;
    let (periods, throttled) = (app.periods.unwrap(), app.periods_throttled.unwrap());
    assert!(
        (2 * requests..=3 * requests).contains(&periods),
        "{periods} periods, {requests} requests"
    );
    assert!(
        (requests..=2 * requests).contains(&throttled),
        "{throttled} stops, {requests} requests"
    );
    // What a request takes longer than 100 ms, it stood still.
    let longer = (workload.latency.mean - 0.1) * requests as f64;
    assert!(
        (app.throttled_s - longer).abs() < 0.1,
        "{} against {longer}",
        app.throttled_s
    );
    let of_pods: f64 = rows.pods.iter().filter_map(|pod| pod.cpu_throttled_s).sum();
    assert!(
        (of_pods - app.throttled_s).abs() < 1e-6,
        "{of_pods} against {}",
        app.throttled_s
    );
}

/// A limit that is not reached, or not enforced, must change nothing at all: same requests at the same nanoseconds.
#[test]
fn a_limit_that_cannot_bind_leaves_no_trace() {
    let of = |cpu: &str, limits: &str| {
        let container =
            format!("usage: {{cpu_per_slot: 1}}, resources: {{requests: {{cpu: 1}}{limits}}}, slots: 4");
        let text = service(
            cpu,
            &container,
            "{exponential: {mean: 100ms}}",
            "{poisson: {rate: 20/s}}",
        );
        let outcome = run(&text).0;
        (outcome.digest.clone(), outcome.workloads[0].cpu.is_some())
    };
    let free = of("", "");
    assert!(!free.1);
    assert_eq!(of("", ", limits: {cpu: 4}"), free);
    assert_eq!(of("limits: off", ", limits: {cpu: 2}"), free);
    let bound = of("", ", limits: {cpu: 2}");
    assert!(bound.1 && bound.0 != free.0);
}

/// Two jobs that both want a whole node of four CPUs, with requests of one and three: the second gets three CPUs and is
/// done after 80 minutes, the first has had one for that long and then has all, which makes 120.
#[test]
fn a_busy_node_is_shared_by_the_weights_of_requests() {
    let job = |name: &str, cpu: u32| {
        format!(
            "{{name: {name}, job: {{work: 1h, starts: [0s], containers: [{{name: c, usage: {{cpu_per_slot: 4}}, \
             resources: {{requests: {{cpu: {cpu}}}}}}}]}}}}"
        )
    };
    let text = format!(
        "name: shares\nduration: 4h\ncluster: {{pools: [{{name: p, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1}}]}}\n\
         workloads: [{}, {}]\n",
        job("small", 1),
        job("large", 3)
    );
    let (outcome, rows) = run(&text);
    let ran = |name: &str| {
        let job = rows.jobs.iter().find(|job| job.workload == name).expect("it ran");
        job.ended_s.unwrap() - job.running_s.unwrap()
    };
    assert!((ran("large") - 80.0 * 60.0).abs() < 1.5, "{}", ran("large"));
    assert!((ran("small") - 120.0 * 60.0).abs() < 1.5, "{}", ran("small"));
    let waited = |index: usize| cpu_of(&outcome.workloads[index]).waited_s;
    // Three quarters of 80 minutes, and a quarter.
    assert!(
        (waited(0) - 3600.0).abs() < 1.5 && (waited(1) - 1200.0).abs() < 1.5,
        "{} {}",
        waited(0),
        waited(1)
    );
    let used = outcome.cluster.cpu_used.expect("usage is said");
    assert!((used - 0.5).abs() < 0.001, "two of four hours, all of it: {used}");
}

/// Docker's weights: two containers that are always busy on a host of four CPUs do work as one to three.
#[test]
fn a_docker_host_is_shared_by_cpu_shares() {
    let service = |name: &str, shares: u32| {
        format!(
            "{{name: {name}, serving: {{replicas: 1, demand: {{constant: 100ms}}, containers: [{{name: c, slots: 4, \
             cpu_shares: {shares}, usage: {{cpu_per_slot: 1}}}}]}}}}"
        )
    };
    let text = format!(
        "name: shares\nduration: 10m\nplatform: docker\n\
         cluster: {{pools: [{{name: host, shape: {{cpu: 4, memory: 16Gi}}, nodes: 1}}]}}\n\
         workloads: [{}, {}]\n\
         load: [{{to: small, arrivals: {{constant: {{rate: 50/s}}}}}}, {{to: large, arrivals: {{constant: {{rate: 50/s}}}}}}]\n",
        service("small", 512),
        service("large", 1536)
    );
    let (outcome, _) = run(&text);
    let [small, large] = [0, 1].map(|index| outcome.workloads[index].requests.succeeded as f64);
    assert!((large / small - 3.0).abs() < 0.01, "{small} and {large}");
    assert!(
        ((small + large) / 600.0 - 40.0).abs() < 0.1,
        "four CPUs, ten a second each"
    );
}

/// A limit holds a job on an idle node.
#[test]
fn a_job_under_a_limit_takes_its_work_by_its_limit() {
    let text = "name: limited\nduration: 4h\ncluster: {pools: [{name: p, shape: {cpu: 8, memory: 16Gi}, nodes: 1}]}\n\
                workloads: [{name: fit, job: {work: 30m, starts: [0s], containers: [{name: c, usage: {cpu_per_slot: 6}, \
                resources: {limits: {cpu: 1500m}}}]}}]\n";
    let (outcome, rows) = run(text);
    let job = &rows.jobs[0];
    let ran = job.ended_s.unwrap() - job.running_s.unwrap();
    assert!((ran - 7200.0).abs() < 1.5, "{ran}");
    let container = &cpu_of(&outcome.workloads[0]).containers[0];
    assert!((container.throttled_s - 5400.0).abs() < 0.01, "{container:?}");
}

/// The claim: half of a limit is enough to be stopped by it, if requests run several threads.
#[test]
fn a_limit_that_looks_half_used_doubles_the_tail() {
    let loaded = loaded("cpu-limits.yaml").expect("needs no trace");
    let limited = run_of(loaded.scenario.clone());
    assert!(!met(&limited), "{:#?}", limited.objectives);
    let app = &cpu_of(&limited.workloads[0]).containers[0];
    assert!(app.throttled_share().unwrap() > 0.15, "{app:?}");
    let p99 = |outcome: &Outcome| outcome.workloads[0].latency.p99;
    let free = run_of(variant(&loaded, "no-limit"));
    assert!(
        met(&free) && p99(&limited) > 1.8 * p99(&free),
        "{} {}",
        p99(&limited),
        p99(&free)
    );
    let larger = run_of(variant(&loaded, "limit-of-eight"));
    assert!(met(&larger), "{}", p99(&larger));
    // Where requests are short against a period, a steady rate is no model of a quota.
    let fluid = run_of(variant(&loaded, "fluid"));
    let p50 = |outcome: &Outcome| outcome.workloads[0].latency.p50;
    assert!(
        p50(&fluid) > 1.8 * p50(&limited),
        "{} {}",
        p50(&fluid),
        p50(&limited)
    );
}

/// The claim: a neighbour takes what nobody reserved, and no more.
#[test]
fn who_reserves_what_it_uses_hardly_notices_its_neighbours() {
    let loaded = loaded("noisy-neighbour.yaml").expect("needs no trace");
    let p99 = |outcome: &Outcome| outcome.workloads[0].latency.p99;
    let honest = run_of(loaded.scenario.clone());
    let alone = run_to_the_end(variant(&loaded, "undisturbed"));
    assert!(
        met(&honest) && p99(&honest) < 1.1 * p99(&alone),
        "{} {}",
        p99(&honest),
        p99(&alone)
    );
    let starved = run_of(variant(&loaded, "small-request"));
    assert!(
        !met(&starved) && p99(&starved) > 3.0 * p99(&honest),
        "{}",
        p99(&starved)
    );
    let limited = run_of(variant(&loaded, "limited-job"));
    assert!(
        met(&limited) && p99(&limited) < 1.1 * p99(&alone),
        "{}",
        p99(&limited)
    );
}

/// The claim: sized by what a day uses, pods cost less and serve as well; sized by what a night uses, their nodes are out of CPU
/// by noon.
#[test]
fn the_vertical_autoscaler_saves_a_third_by_day_and_starves_pods_when_it_has_seen_a_night() {
    let loaded = loaded("vpa-right-sizing.yaml").expect("needs no trace");
    let (sized, as_asked) = (run_of(loaded.scenario.clone()), run_of(variant(&loaded, "off")));
    assert!(met(&sized), "{:#?}", sized.objectives);
    assert!(sized.cluster.cost_usd < 0.68 * as_asked.cluster.cost_usd);
    for (sized, as_asked) in sized.workloads.iter().zip(&as_asked.workloads) {
        let close = sized.latency.p99 < 1.05 * as_asked.latency.p99;
        assert!(close, "{}: resized pods must not be slower", sized.name);
    }
    let in_place = run_of(variant(&loaded, "in-place"));
    assert!(
        in_place.cluster.cost_usd > 0.9 * as_asked.cluster.cost_usd,
        "pods that stay where they are empty no node"
    );
    let by_night = run_to_the_end(variant(&loaded, "by-night"));
    let starved = by_night.workloads.iter().map(|one| &one.requests);
    let failed: u64 = starved.map(|counts| counts.timed_out).sum();
    assert!(
        failed > 100_000 && by_night.cluster.cost_usd < sized.cluster.cost_usd,
        "{failed}"
    );
}

/// Kubernetes' own rules for what is asked of CPU, with their places.
#[test]
fn numbers_that_no_kernel_takes_are_refused() {
    let text = service(
        "share_every: 10us, limits: exat",
        "resources: {requests: {cpu: 2}, limits: {cpu: 1}}, slots: 4",
        "{constant: 1ms}",
        "{constant: {rate: 1/s}}",
    );
    let said = written::refusal(&text);
    for part in ["exact", "1ms"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let text = service(
        "",
        "resources: {requests: {cpu: 2}, limits: {cpu: 1}}, slots: 4",
        "{constant: 1ms}",
        "{constant: {rate: 1/s}}",
    );
    assert!(written::refusal(&text).contains("limit"), "requests above limits");
}

//! Docker hosts as a platform: who starts a container again, what a host's crash leaves, and in which order things come up.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::Outcome;
use tonnage::sim::rows::PodRow;

/// An hour of `hosts` Docker hosts with these workloads and faults.
fn text(platform: &str, hosts: u32, workloads: &str, faults: &str) -> String {
    format!(
        "name: hosts\nduration: 1h\nplatform: {platform}\n\
         cluster: {{images: {{bandwidth: 100M/s, extract: 200M/s, sizes: {{app: 1G}}}}, pools: [{{name: box, \
         shape: {{cpu: 4, memory: 16Gi}}, nodes: {hosts}}}]}}\n\
         workloads: [{workloads}]\n\
         load: [{{to: web, arrivals: {{constant: {{rate: 10/s}}}}}}]\nfaults: {faults}\n"
    )
}

/// Two containers of a service that answers at once, with `more` said of the workload.
fn web(more: &str) -> String {
    format!(
        "{{name: web, {more}, serving: {{replicas: 2, demand: 10ms, timeout: 1s, containers: \
         [{{name: c, image: app, slots: 4, startup: 5s, resources: {{limits: {{cpu: 3, memory: 1Gi}}}}}}]}}}}"
    )
}

fn run(text: &str) -> (Outcome, Rows) {
    kept_rows::run(written::scenario(text), Span::from_secs_f64(13.7))
}

fn pod<'a>(rows: &'a Rows, name: &str) -> &'a PodRow {
    rows.pods
        .iter()
        .find(|pod| pod.pod == name)
        .expect("it was there")
}

/// Docker reserves nothing: two containers that may use three CPUs each are both on a host of four. What crashes starts
/// again after 0.1 s and then 0.2 s, or never, by its policy; nobody makes another in its place.
#[test]
fn a_crashed_container_starts_again_where_its_policy_says_so() {
    let faults = "[{container_crash: {workload: web, at: [10m, 608s]}}]";
    let crashed = |restart: &str| run(&text("docker", 1, &web(&format!("restart: {restart}")), faults));
    let (outcome, rows) = crashed("always");
    assert_eq!(outcome.workloads[0].restarts.crash, 4);
    let said: Vec<_> = rows
        .of("restart", "restart")
        .map(|row| (row.policy.as_str(), row.reason.as_str()))
        .collect();
    let (first, second) = (
        "its container crashed: it starts again after a back-off of 0.1 s",
        "its container crashed: it starts again after a back-off of 0.2 s",
    );
    assert_eq!(
        said,
        [
            ("docker", first),
            ("docker", first),
            ("docker", second),
            ("docker", second)
        ]
    );
    let (outcome, rows) = crashed("no");
    assert_eq!(outcome.workloads[0].restarts.crash, 0);
    for name in ["web-0", "web-1"] {
        let pod = pod(&rows, name);
        assert_eq!(
            (pod.end, pod.ended_s, pod.node.as_str()),
            ("failed", Some(600.0), "box-0")
        );
    }
    assert_eq!(rows.pods.len(), 2, "nobody makes others");
    assert_eq!(rows.of("restart", "stay_down").count(), 2);
    let requests = &outcome.workloads[0].requests;
    assert!(
        requests.succeeded > 5_900 && requests.succeeded < 6_100,
        "{requests:?}"
    );
}

/// Nobody finds out that a host is down, and nothing is moved to the other one; with the host come only the containers
/// that should always run.
#[test]
fn with_its_host_a_container_comes_back_or_not() {
    let faults = "[{node_crash: {node: box-0, at: [10m], repair: 5m}}]";
    let ends = |restart: &str| {
        let (_, rows) = run(&text(
            "docker",
            2,
            &web(&format!("host: box-0, restart: {restart}")),
            faults,
        ));
        assert_eq!(rows.pods.len(), 2, "nothing is rescheduled");
        assert!(rows.pods.iter().all(|pod| pod.node == "box-0"));
        assert_eq!(rows.faults[0].detected_s, None);
        let pod = pod(&rows, "web-0");
        (pod.end, pod.ended_s, pod.restarts)
    };
    for restart in ["always", "unless-stopped"] {
        assert_eq!(ends(restart), ("running", None, 1), "{restart}");
    }
    for restart in ["no", "on-failure"] {
        assert_eq!(ends(restart), ("failed", Some(900.0), 0), "{restart}");
    }
}

/// A host that is not repaired is gone with all that was on it, and no other takes its place.
#[test]
fn a_host_that_is_not_repaired_stays_away() {
    let faults = "[{node_crash: {node: box-0, at: [10m]}}]";
    let (outcome, rows) = run(&text("docker", 1, &web("restart: always"), faults));
    assert_eq!((rows.pods.len(), rows.nodes.len()), (2, 1), "{:#?}", rows.nodes);
    let requests = &outcome.workloads[0].requests;
    assert!(requests.succeeded <= 6_001, "{requests:?}");
}

/// `docker compose up` at the start: the image comes in 15 s (10 s of download, 5 s of extraction). The database answers
/// 20 s after its start and is checked every 10 s: healthy at the third check. The migration works for a minute. Only
/// then does the service start, which takes 5 s.
#[test]
fn containers_start_when_what_they_depend_on_has_come() {
    let workloads = format!(
        "{{name: db, healthcheck: {{interval: 10s}}, serving: {{replicas: 1, demand: 1ms, containers: \
         [{{name: c, image: app, startup: 20500ms}}]}}}}, \
         {{name: migrate, depends_on: {{db: {{condition: service_healthy}}}}, job: {{work: 60s, containers: \
         [{{name: c, image: app}}]}}}}, {}",
        web(
            "depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}"
        )
    );
    let (_, rows) = run(&text("{docker: {up: at_start}}", 1, &workloads, "[]"));
    assert_eq!(pod(&rows, "db-0").ready_s, Some(35.5));
    let healthy = 15.0 + 30.0;
    let migrate = rows.pods.iter().find(|pod| pod.workload == "migrate");
    assert_eq!(migrate.map(|pod| pod.ready_s), Some(Some(healthy)));
    let done = migrate.and_then(|pod| pod.ended_s).expect("it ends");
    assert!((done - healthy - 60.0).abs() < 0.1, "{done}");
    let ready = pod(&rows, "web-0").ready_s.expect("it is ready");
    assert!((ready - done - 5.0).abs() < 2.0, "{ready}");
    let waited: Vec<_> = rows.of("up", "start").map(|row| row.subject.as_str()).collect();
    assert_eq!(waited, ["migrate", "web"]);
    // Without `at_start` everything was up before.
    let (_, rows) = run(&text("docker", 1, &workloads, "[]"));
    assert_eq!(pod(&rows, "web-0").ready_s, Some(0.0));
}

/// A dependency that is found unhealthy first makes `up` fail for whoever waits for it.
#[test]
fn a_dependency_that_is_unhealthy_first_is_never_waited_out() {
    let workloads = format!(
        "{{name: db, healthcheck: {{interval: 10s, retries: 2}}, serving: {{replicas: 1, demand: 1ms, containers: \
         [{{name: c, startup: 25s}}]}}}}, {}",
        web("depends_on: {db: {condition: service_healthy}}")
    );
    let (_, rows) = run(&text("{docker: {up: at_start}}", 1, &workloads, "[]"));
    assert_eq!(pod(&rows, "web-0").ready_s, None);
    let said: Vec<_> = rows.of("up", "give_up").map(|row| row.reason.as_str()).collect();
    assert_eq!(
        said,
        ["db, which it depends on, was found unhealthy: it is not started"]
    );
}

fn refused(workloads: &str, more: &str) -> String {
    written::refusal(&format!("{}{more}\n", text("docker", 2, workloads, "[]")))
}

#[test]
fn mistakes_are_told_as_docker_would_refuse_them() {
    let waits = |name: &str, on: &str| {
        format!(
            "{{name: {name}, host: box-0, depends_on: [{on}], serving: {{demand: 1ms, containers: [{{name: c}}]}}}}"
        )
    };
    let cycle = [waits("web", "api"), waits("api", "db"), waits("db", "api")].join(", ");
    let said = refused(&cycle, "");
    assert!(
        said.contains("workloads depend on each other: api → db → api"),
        "{said}"
    );
    let said = refused(&web("host: bx-0"), "");
    assert!(
        said.contains("no host is named `bx-0`") && said.contains("`box-0`"),
        "{said}"
    );
    let said = refused(&web("restart: no"), "");
    assert!(
        said.contains("there are several hosts, and Docker places nothing"),
        "{said}"
    );
    let said = refused(&web("host: box-0, restart: on-failure:x"), "");
    assert!(said.contains("expected a whole number of retries"), "{said}");
    let said = refused(
        &web("host: box-0, depends_on: {web: {condition: service_healthy}}"),
        "",
    );
    assert!(said.contains("`web` has no `healthcheck`"), "{said}");
    let policies = "policies: {pod_scaling: {web: {target_tracking: {utilization: 50%}}}, node_scaling: just_enough, \
                    placement: best_fit}";
    let said = refused(&web("host: box-0"), policies);
    for expected in [
        "Docker has no autoscaler: `web` keeps its replicas",
        "Docker has no autoscaler: its machines are those there are",
        "Docker places nothing",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let limits = |cpu: &str, memory: &str| {
        let web = web("host: box-0").replace("cpu: 3, memory: 1Gi", &format!("cpu: {cpu}, memory: {memory}"));
        refused(&web, "")
    };
    let said = limits("0", "5Mi");
    assert!(
        said.contains("a limit of 0 CPUs: no container could run"),
        "{said}"
    );
    assert!(said.contains("Docker takes no less than 6Mi"), "{said}");
    let said = limits("5m", "1Gi");
    assert!(
        said.contains("the least a container can be limited to is 0.01"),
        "{said}"
    );
    let said = limits("5", "1Gi");
    assert!(
        said.contains("a limit of 5 CPUs, and the largest host has 4"),
        "{said}"
    );
    let asks = web("host: box-0").replace(
        "limits: {cpu: 3, memory: 1Gi}",
        "requests: {memory: 2Gi}, limits: {memory: 1Gi}",
    );
    let said = refused(&asks, "");
    assert!(
        said.contains("cannot reserve more memory than its limit"),
        "{said}"
    );
    let said = refused(&web("host: box-0, stateful_set: {}"), "");
    assert!(said.contains("Docker has no StatefulSets"), "{said}");
    let kubernetes = text("kubernetes", 1, &web("restart: always"), "[]");
    let said = written::told(&kubernetes);
    assert!(said.contains("it is read under `platform: docker`"), "{said}");
}

/// The weight of a container is Docker's own, whatever it reserves; Kubernetes makes it of the request.
#[test]
fn containers_weigh_what_their_platform_says() {
    let shares = |platform: &str, more: &str| {
        let web = web("labels: {a: b}").replace("slots: 4,", &format!("slots: 4, {more}"));
        let scenario = written::scenario(&text(platform, 1, &web, "[]"));
        scenario.workloads[0].template.containers[0].cpu_shares().get()
    };
    assert_eq!(shares("docker", ""), 1024);
    assert_eq!(
        shares("docker", "cpu_shares: 0,"),
        1024,
        "Docker's word for the default"
    );
    assert_eq!(shares("docker", "cpu_shares: 512,"), 512);
    assert_eq!(shares("swarm", ""), 1024);
    assert_eq!(shares("kubernetes", ""), 3072, "of a request of 3 CPUs");
    let said = refused(
        &web("host: box-0").replace("slots: 4,", "slots: 4, cpu_shares: 1,"),
        "",
    );
    assert!(
        said.contains("1 CPU shares: the kernel takes 2 to 262144"),
        "{said}"
    );
}

/// A port of a host is somebody's or nobody's: of two replicas Docker would start one.
#[test]
fn a_port_of_a_host_is_published_once() {
    let port = |host: &str| format!("host: {host}, ports: [{{published: 8080}}]");
    let said = refused(&web(&port("box-0")), "");
    assert!(
        said.contains("2 replicas cannot all publish port 8080 of one host")
            && said.contains("port is already allocated"),
        "{said}"
    );
    let one = |name: &str, host: &str| {
        web(&port(host))
            .replace("name: web", &format!("name: {name}"))
            .replace("replicas: 2", "replicas: 1")
    };
    let said = refused(&[one("web", "box-0"), one("api", "box-0")].join(", "), "");
    assert!(
        said.contains("port 8080 is published by two workloads on box-0"),
        "{said}"
    );
    let two = [one("web", "box-0"), one("api", "box-1")].join(", ");
    written::scenario(&text("docker", 2, &two, "[]"));
    let udp = one("api", "box-0").replace("published: 8080", "published: 8080, protocol: udp");
    written::scenario(&text("docker", 2, &[one("web", "box-0"), udp].join(", "), "[]"));
}

/// The engine asks for an image's manifest once; layers that break off it asks for five times, 5, 10, 15 and 20 s apart.
/// Then somebody has to come.
#[test]
fn a_pull_that_fails_is_tried_five_times_and_then_by_nobody() {
    let at_start = |from: &str, lasts: &str| {
        let fault = format!("[{{registry: {{from: {from}, for: {lasts}}}}}]");
        run(&text(
            "{docker: {up: at_start}}",
            1,
            &web("restart: always"),
            &fault,
        ))
    };
    let (_, rows) = at_start("0s", "1m");
    assert!(
        rows.pods
            .iter()
            .all(|pod| pod.end == "failed" && pod.ended_s == Some(0.0))
    );
    let (_, rows) = at_start("4s", "30m");
    for pod in &rows.pods {
        assert_eq!((pod.end, pod.ended_s), ("failed", Some(54.0)));
    }
    let (_, rows) = at_start("4s", "12s");
    // Broken off at 4 s, in vain at 9 s, and again from 19 s on: 10 s of download, 5 s of extraction, 5 s of start.
    for pod in &rows.pods {
        assert_eq!(pod.ready_s, Some(39.0));
    }
}

//! Compose files from text to scenario, or to everything that is wrong with them.

use crate::input::Limits;
use crate::input::scenario_file::{LoadOptions, Loaded, Refused, load_text};
use crate::platform::docker::memory::MemorySwap;
use crate::platform::docker::restart::RestartPolicy;
use crate::platform::swarm::update::FailureAction;
use crate::policy::catalog::Catalog;
use crate::sim::platform::RestartRule;
use crate::sim::scenario::Workload;

/// A file as people write them: an anchor, a merge key, defaults, both forms of `depends_on`.
const FILE: &str = r#"
name: team
x-common: &common
  restart: unless-stopped
  logging: {driver: json-file}
services:
  db:
    <<: *common
    image: postgres:${PG:-16}
    mem_limit: 2g
    memswap_limit: 3g
    oom_score_adj: -500
    cpus: "1.5"
    environment: {POSTGRES_PASSWORD: secret}
    healthcheck: {test: [CMD, pg_isready], interval: 10s, retries: 5}
    volumes: ["data:/var/lib/postgresql/data"]
  migrate:
    image: team/migrate
    depends_on:
      db: {condition: service_healthy, restart: true}
  web:
    <<: *common
    image: team/web
    build: .
    ports: ["8080-8089:80"]
    depends_on: [db, migrate]
    x-owner: us
    deploy:
      replicas: ${WEB:-3}
      resources:
        limits: {cpus: "0.50", memory: 512M}
        reservations: {cpus: "0.25", memory: 128M, devices: [{driver: nvidia, count: 1, capabilities: [gpu]}]}
      update_config: {parallelism: 2, order: start-first, failure_action: rollback}
      rollback_config: {parallelism: 4}
      placement: {constraints: ["node.role == worker", "node.labels.disk == ssd"]}
  debug:
    image: busybox
    profiles: [dev]
volumes: {data: {}}
"#;

fn read(compose: &str, scenario: &str) -> Result<Loaded, Refused> {
    read_files(&[("compose.yaml", compose)], scenario)
}

fn read_files(files: &[(&str, &str)], scenario: &str) -> Result<Loaded, Refused> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in files {
        let path = folder.path().join(name);
        let parent = path.parent().expect("it is in a folder");
        std::fs::create_dir_all(parent).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
    let catalog = Catalog::standard();
    let options = LoadOptions {
        catalog: &catalog,
        overrides: &[],
        traces: None,
        limits: Limits::default(),
    };
    load_text("x.yaml", scenario, folder.path(), &options)
}

/// A scenario of the file on `platform` that says of the service `web` how it serves, and `more`.
fn scenario(platform: &str, more: &str) -> String {
    format!(
        "name: x\nduration: 1h\nplatform: {platform}\ncompose: compose.yaml\n\
         cluster: {{pools: [{{name: box, nodes: 1, shape: {{cpu: 8, memory: 32Gi, extended: {{nvidia.com/gpu: 8}}}}}}]}}\n\
         workloads:\n- {{name: shop, service: web, serving: {{demand: 10ms, containers: [{{name: web, slots: 4}}]}}}}\n\
         {more}load: [{{to: shop, arrivals: {{poisson: {{rate: 5/s}}}}}}]\n"
    )
}

fn sound(compose: &str, scenario: &str) -> Loaded {
    read(compose, scenario).unwrap_or_else(|refused| panic!("{}", refused.render()))
}

fn refused(compose: &str, scenario: &str) -> String {
    match read(compose, scenario) {
        Ok(_) => panic!("accepted:\n{compose}"),
        Err(refused) => refused.render(),
    }
}

fn named<'a>(loaded: &'a Loaded, name: &str) -> &'a Workload {
    let mut workloads = loaded.scenario.workloads.iter();
    workloads.find(|one| one.name == name).expect("it is there")
}

/// Were a unit or a default read otherwise, every number after it would be another.
#[test]
fn services_become_workloads_with_what_they_say() {
    let loaded = sound(FILE, &scenario("docker", ""));
    let names: Vec<&str> = loaded
        .scenario
        .workloads
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["shop", "db", "migrate"], "a profile is not started");
    let shop = named(&loaded, "shop");
    assert_eq!(
        (shop.replicas, shop.background, shop.serving.slots),
        (3, false, Some(4))
    );
    let container = &shop.template.containers[0];
    assert_eq!(
        (container.limits.cpu_milli, container.limits.memory_bytes),
        (500, 512 << 20)
    );
    assert_eq!(container.requests.cpu_milli, 0, "Docker reserves nothing");
    assert_eq!(container.requests.extended("nvidia.com/gpu"), 1, "but devices");
    let always = RestartRule::Docker(RestartPolicy::UnlessStopped);
    assert_eq!(shop.rules.restart, always);
    assert_eq!(shop.rules.depends_on.len(), 2);
    let db = named(&loaded, "db");
    assert!(db.background);
    let container = &db.template.containers[0];
    assert_eq!(
        (container.limits.cpu_milli, container.limits.memory_bytes),
        (1500, 2 << 30)
    );
    assert_eq!(db.rules.memory_swap, MemorySwap::Total(3 << 30));
    assert_eq!(db.rules.oom_score_adj, -500);
    assert_eq!(shop.rules.memory_swap, MemorySwap::Unset);
    let check = db.rules.health.expect("it has one");
    assert_eq!(
        (check.interval.secs_f64(), check.retries, check.timeout.secs_f64()),
        (10.0, 5, 30.0)
    );
    assert!(
        (db.template.termination_grace.secs_f64() - 10.0).abs() < 1e-9,
        "Docker's own"
    );
    let migrate = named(&loaded, "migrate");
    assert_eq!(migrate.rules.restart, RestartRule::Docker(RestartPolicy::No));
    let said = loaded.scenario.assumptions.join("\n");
    for expected in [
        "environment",
        "debug is of the profile dev and is not started",
        "the constraint `node.role == worker` is not modelled",
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

/// The same file in a Swarm: reservations count, and its words are read.
#[test]
fn a_swarm_reads_deploy() {
    let labels = scenario("swarm", "").replace("nodes: 1,", "nodes: 1, labels: {disk: ssd},");
    let loaded = sound(FILE, &labels);
    let shop = named(&loaded, "shop");
    let requests = &shop.template.containers[0].requests;
    assert_eq!((requests.cpu_milli, requests.memory_bytes), (250, 128 << 20));
    let update = shop.rules.update.expect("it has one");
    assert_eq!(
        (
            update.parallelism,
            update.failure_action,
            shop.rules.rollback.parallelism
        ),
        (2, FailureAction::Rollback, 4)
    );
    assert!(shop.template.rules.node_affinity.required.is_some());
    assert!(matches!(shop.rules.restart, RestartRule::Swarm(_)));
}

/// The scenario wins, value by value.
#[test]
fn the_scenario_wins_where_both_speak() {
    let more = "- {name: base, service: db, background: true, restart: always, serving: {replicas: 2, \
                containers: [{name: db, resources: {limits: {cpu: 3}}}]}}\n";
    let loaded = sound(FILE, &scenario("docker", more));
    let base = named(&loaded, "base");
    assert_eq!(base.replicas, 2);
    assert_eq!(base.rules.restart, RestartRule::Docker(RestartPolicy::Always));
    let limits = &base.template.containers[0].limits;
    assert_eq!((limits.cpu_milli, limits.memory_bytes), (3000, 2 << 30));
    assert_eq!(
        named(&loaded, "shop").rules.depends_on[0].on,
        1,
        "by the workload's name"
    );
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let of = |service: &str| {
        refused(
            &format!("services:\n  web:\n    image: a\n    {service}\n"),
            &scenario("docker", ""),
        )
    };
    for (service, expected) in [
        ("imagee: b", "did you mean `image`?"),
        ("mem_limit: 2 gallons", "expected bytes such as `512m` or `2gb`"),
        ("memswap_limit: 1g", "it stands beside a limit of memory"),
        ("oom_score_adj: 1500", "a whole number from -1000 to 1000"),
        ("cpus: many", "expected a number of CPUs such as `1.5`"),
        ("cpu_shares: 1", "1 CPU shares: the kernel takes 2 to 262144"),
        ("command: run ${WHO}", "the variable `WHO` has no default"),
        ("depends_on: [dbb]", "no service is named `dbb`"),
        ("restart: sometimes", "no restart policy is `sometimes`"),
        ("extends: {service: a}", "no service is named `a`"),
        (
            "extends: {service: a, file: b.yaml}",
            "the Compose file `b.yaml` is not there",
        ),
        ("extends: web", "services extend each other: web → web"),
        (
            "deploy: {mode: global-job}",
            "the mode `global-job` is not modelled",
        ),
        ("ports: [\"80:80:80:80\"]", "no port is `80:80:80:80`"),
        (
            "cpu_quota: 500",
            "a CPU quota of 0.5 ms a period: the kernel takes no less than 1 ms",
        ),
        (
            "cpu_period: 10\n    cpu_quota: 5000",
            "the kernel takes 1 ms to 1000 ms",
        ),
        ("cpus: 0.001", "the least a container can be limited to is 0.01"),
    ] {
        let said = of(service);
        assert!(
            said.contains(expected) && said.contains("compose.yaml:4"),
            "{service}: {said}"
        );
    }
    let both = "services:\n  web: {image: a, scale: 2, deploy: {replicas: 3}}\n";
    let said = refused(both, &scenario("docker", ""));
    assert!(
        said.contains("`scale` and `deploy.replicas` say different things"),
        "{said}"
    );
    let cycle = "services:\n  web: {depends_on: [db]}\n  db: {depends_on: [web]}\n";
    let said = refused(cycle, &scenario("docker", ""));
    assert!(
        said.contains("workloads depend on each other: shop → db → shop"),
        "{said}"
    );
    let said = refused(
        "services: {web: {image: a}}\n",
        &scenario("docker", "").replace("service: web", "service: wbe"),
    );
    assert!(
        said.contains("no service is named `wbe`") && said.contains("did you mean `web`"),
        "{said}"
    );
    let own = "- {name: db, serving: {demand: 1ms, containers: [{name: c}]}}\n";
    let said = refused(
        "services: {web: {image: a}, db: {image: b}}\n",
        &scenario("docker", own),
    );
    assert!(
        said.contains("the scenario has a workload `db` that is not the service"),
        "{said}"
    );
}

/// A service of several files: what it extends first, in the same file or another, then what it says itself; lists come one
/// after the other. What is included is there like what is written.
#[test]
fn services_are_included_and_extended() {
    let main = "include: [data/db.yaml, {path: data/cache.yaml}]\n\
                services:\n  web:\n    extends: {file: base.yaml, service: python}\n    cpus: 2\n    depends_on: [db]\n\
                \x20   ports: [\"8081:81\"]\n";
    let files = [
        ("compose.yaml", main),
        (
            "base.yaml",
            "services:\n  python: {extends: common, image: team/python, cpus: 1, ports: [\"8080:80\"]}\n  common: \
             {restart: always, mem_limit: 1g, depends_on: {cache: {condition: service_started}}}\n",
        ),
        (
            "data/db.yaml",
            "include: [./cache.yaml]\nservices: {db: {image: postgres}}\n",
        ),
        ("data/cache.yaml", "services: {}\n"),
    ];
    let said = match read_files(&files, &scenario("docker", "")) {
        Ok(_) => panic!("the cache is nowhere"),
        Err(refused) => refused.render(),
    };
    assert!(
        said.contains("no service is named `cache`") && said.contains("base.yaml:3"),
        "{said}"
    );
    let mut sound = files;
    sound[3].1 = "services: {cache: {image: redis}}\n";
    let said = match read_files(&sound, &scenario("docker", "")) {
        Ok(_) => panic!("it is included twice"),
        Err(refused) => refused.render(),
    };
    assert!(said.contains("a second service is named `cache`"), "{said}");
    sound[2].1 = "services: {db: {image: postgres}}\n";
    let loaded =
        read_files(&sound, &scenario("docker", "")).unwrap_or_else(|refused| panic!("{}", refused.render()));
    let shop = named(&loaded, "shop");
    let limits = &shop.template.containers[0].limits;
    assert_eq!((limits.cpu_milli, limits.memory_bytes), (2000, 1 << 30));
    assert_eq!(shop.rules.restart, RestartRule::Docker(RestartPolicy::Always));
    assert_eq!(shop.rules.depends_on.len(), 2, "in both forms");
    let ports: Vec<u16> = shop
        .template
        .rules
        .host_ports
        .iter()
        .map(|port| port.port)
        .collect();
    assert_eq!(ports, [8080, 8081]);
    assert!(loaded.scenario.workloads.iter().any(|one| one.name == "db"));
}

/// Whoever goes round in a circle is told it whole, once, and nobody hangs.
#[test]
fn circles_of_files_and_services_are_printed() {
    let refuse = |files: &[(&str, &str)]| match read_files(files, &scenario("docker", "")) {
        Ok(_) => panic!("accepted"),
        Err(refused) => refused.render(),
    };
    let said = refuse(&[
        ("compose.yaml", "include: [a.yaml]\nservices: {web: {image: a}}\n"),
        ("a.yaml", "include: [b.yaml]\nservices: {a: {image: a}}\n"),
        ("b.yaml", "include: [./a.yaml]\nservices: {b: {image: a}}\n"),
    ]);
    assert!(
        said.contains("files include each other: a.yaml → b.yaml → a.yaml"),
        "{said}"
    );
    let said = refuse(&[(
        "compose.yaml",
        "services:\n  web: {extends: a}\n  a: {extends: b}\n  b: {extends: a}\n",
    )]);
    assert!(said.contains("services extend each other: a → b → a"), "{said}");
    assert_eq!(said.matches("extend each other").count(), 1, "{said}");
}

/// Every node of a Swarm has one; Docker's own `compose up` heeds no mode.
#[test]
fn a_global_service_is_one_everywhere() {
    let file = "services:\n  web: {image: a, deploy: {mode: global, placement: {preferences: [{spread: node.labels.zone}]}}}\n";
    let swarm = sound(file, &scenario("swarm", ""));
    assert!(named(&swarm, "shop").controller.is_on_every_node());
    let docker = sound(file, &scenario("docker", ""));
    assert_eq!(named(&docker, "shop").replicas, 1);
}

/// Weights and quotas of CPU time as Compose writes them.
#[test]
fn cpu_time_is_weighed_and_limited() {
    let file = "services:\n  web: {image: a, cpu_shares: 512, cpu_quota: 25000, cpuset: \"0,1\"}\n  db: {image: b, cpu_shares: 0}\n";
    let loaded = sound(file, &scenario("docker", ""));
    let web = &named(&loaded, "shop").template.containers[0];
    assert_eq!((web.cpu_shares().get(), web.limits.cpu_milli), (512, 250));
    assert_eq!(
        named(&loaded, "db").template.containers[0].cpu_shares().get(),
        1024
    );
    let said = loaded.scenario.assumptions.join("\n");
    assert!(said.contains("cpuset"), "{said}");
}

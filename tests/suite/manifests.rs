//! Runs of what manifests say.

use std::sync::Arc;
use tonnage::input::Limits;
use tonnage::input::scenario_file::{LoadOptions, load_text};
use tonnage::policy::catalog::Catalog;
use tonnage::sim::{NoSink, Outcome, Simulation};

/// The outcome of `text` beside a file `m.yaml` that holds `manifest`.
fn run(text: &str, manifest: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("m.yaml"), manifest).expect("a file can be written");
    let catalog = Catalog::standard();
    let options = LoadOptions {
        catalog: &catalog,
        overrides: &[],
        traces: None,
        limits: Limits::default(),
    };
    let loaded = load_text("x.yaml", text, folder.path(), &options)
        .unwrap_or_else(|refused| panic!("{}", refused.render()));
    let mut simulation = Simulation::new(Arc::new(loaded.scenario), 1, 0);
    let end = simulation.end();
    simulation.step_until(end, &mut NoSink);
    let broken = simulation.broken_laws();
    assert!(broken.is_empty(), "laws broken: {broken:#?}");
    simulation.finish(None)
}

/// Two nodes, one of them cordoned, a pod that names its node, and a Deployment.
const CLUSTER: &str = "apiVersion: v1
kind: Node
metadata: {name: one, labels: {node.kubernetes.io/instance-type: m5.large}}
status: {allocatable: {cpu: \"2\", memory: 8Gi, pods: \"110\"}}
---
apiVersion: v1
kind: Node
metadata: {name: two, labels: {node.kubernetes.io/instance-type: m5.large}}
spec: {unschedulable: true}
status: {allocatable: {cpu: \"2\", memory: 8Gi, pods: \"110\"}}
---
apiVersion: v1
kind: Pod
metadata: {name: pinned}
spec: {nodeName: one, containers: [{name: c, resources: {requests: {cpu: \"1\"}}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, resources: {requests: {cpu: \"1\"}}}]}
";

/// Were names or cordons lost, all three pods would find room.
#[test]
fn pods_go_to_the_nodes_that_manifests_name_and_to_no_cordoned_one() {
    for placement in ["best_fit", "kube_scheduler"] {
        let text =
            format!("name: n\nduration: 10m\nmanifests: [m.yaml]\npolicies: {{placement: {placement}}}\n");
        let outcome = run(&text, CLUSTER);
        let ready: f64 = outcome.workloads.iter().map(|one| one.replicas.ready_mean).sum();
        assert!(
            (ready - 2.0).abs() < 1e-9,
            "{placement}: {ready} pods are ready, not 2"
        );
        let uncordoned = run(&text, &CLUSTER.replace("spec: {unschedulable: true}\n", ""));
        let ready: f64 = uncordoned
            .workloads
            .iter()
            .map(|one| one.replicas.ready_mean)
            .sum();
        assert!(
            (ready - 3.0).abs() < 1e-9,
            "{placement}: {ready} pods are ready, not 3"
        );
    }
}

const ABSENT: &str = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  minReplicas: 2
  maxReplicas: 9
  scaleTargetRef: {kind: Deployment, name: shop}
  metrics:
    - {type: External, external: {metric: {name: sqs_backlog}, target: {type: AverageValue, averageValue: \"5\"}}}
";

/// A metric that nobody reports leaves the real HPA where it is; a run that does not say so looks like a policy at work.
#[test]
fn an_hpa_whose_metric_never_exists_stays_where_it_is_and_the_report_says_so() {
    let text = "name: n
duration: 1h
manifests: [m.yaml]
workloads:
  - {name: shop, serving: {replicas: 4, demand: 50ms, containers: [{name: c, slots: 4}]}}
load:
  - {to: shop, arrivals: {poisson: {rate: 40/s}}}
";
    let outcome = run(text, ABSENT);
    let shop = &outcome.workloads[0];
    assert_eq!((shop.scale_ups, shop.scale_downs), (0, 0));
    let said = outcome.warnings.iter().any(|warning| {
        warning
            .what
            .contains("hpa of shop looks at sqs_backlog, which nothing reports")
    });
    assert!(said, "{:?}", outcome.warnings);
}

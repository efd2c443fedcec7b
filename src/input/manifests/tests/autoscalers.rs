//! Autoscalers, disruption budgets, priorities.

use super::{Folder, SHOP, fixtures, read, said, sound, workload};
use crate::model::placement_rules::{Allowed, BudgetRule};

#[test]
fn an_autoscaler_decides_about_its_target_and_variants_reach_into_it() {
    let text = format!(
        "{SHOP}variants:\n  wide: {{policies.pod_scaling.shop.hpa.maxReplicas: 50}}\n  own: {{policies.pod_scaling.shop: static}}\n"
    );
    let loaded = sound(
        &text,
        &fixtures(),
        &["policies.pod_scaling.shop.hpa.minReplicas=4"],
    );
    let policy = |index: Option<usize>| {
        let scenario = index.map_or(&loaded.scenario, |index| &loaded.variants[index].1);
        let scaling = &scenario.workloads[0].pod_scaling;
        (scaling.name.clone(), format!("{:?}", scaling.policy))
    };
    let (name, spec) = policy(None);
    assert_eq!(name, "hpa");
    assert!(
        spec.contains("min_replicas: 4") && spec.contains("max_replicas: 20"),
        "{spec}"
    );
    let wide = loaded.variants.iter().position(|(name, _)| name == "wide");
    assert!(policy(wide).1.contains("max_replicas: 50"));
    let own = loaded.variants.iter().position(|(name, _)| name == "own");
    assert_eq!(policy(own).0, "static");
}

#[test]
fn a_budget_is_of_the_pods_that_it_selects() {
    let loaded = sound(SHOP, &fixtures(), &[]);
    let budget = workload(&loaded, "shop").budget;
    assert_eq!(budget, Some(BudgetRule::MaxUnavailable(Allowed::Count(1))));
    assert_eq!(workload(&loaded, "db").budget, None);
}

const WORKERS: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: main, resources: {requests: {cpu: 1}}}], priorityClassName: system-cluster-critical}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: worker, annotations: {autoscaling.keda.sh/paused-scale-in: \"true\", note: mine}}
spec:
  scaleTargetRef: {name: worker}
  maxReplicaCount: 30
  triggers: [{type: rabbitmq, metadata: {mode: QueueLength, value: \"5\"}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: keda-hpa-worker
  ownerReferences: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: worker, uid: x, controller: true}]
spec: {maxReplicas: 30, scaleTargetRef: {kind: Deployment, name: worker}}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello}
spec:
  template:
    metadata:
      annotations: {autoscaling.knative.dev/minScale: \"2\", autoscaling.knative.dev/window: 90s, client: kn}
    spec:
      containerConcurrency: 10
      containers: [{image: hello, resources: {requests: {cpu: 250m}}}]
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: plain}
spec: {maxReplicas: 9, targetCPUUtilizationPercentage: 65, scaleTargetRef: {kind: Deployment, name: plain}}
";

#[test]
fn keda_knative_and_the_old_hpa_become_policies_of_their_workloads() {
    let folder = Folder::new(&[("all.yaml", WORKERS)]);
    let text = "name: n
duration: 1h
manifests: [all.yaml]
workloads:
  - {name: queue, manifest: Deployment/worker, serving: {demand: 1s}}
  - {name: hello, manifest: Service/hello, serving: {demand: 50ms}}
  - {name: plain, serving: {demand: 1s, containers: [{name: c, usage: {cpu_idle: 1}, resources: {requests: {cpu: 1}}}]}}
load:
  - {to: queue, arrivals: {poisson: {rate: 1/s}}}
  - {to: hello, name: b, arrivals: {poisson: {rate: 1/s}}}
  - {to: plain, name: c, arrivals: {poisson: {rate: 1/s}}}
";
    let loaded = sound(text, folder.path(), &[]);
    let policy = |name| {
        let scaling = &workload(&loaded, name).pod_scaling;
        (scaling.name.as_str(), format!("{:?}", scaling.policy))
    };
    let (name, spec) = policy("queue");
    assert_eq!(name, "keda");
    assert!(
        spec.contains("paused_scale_in: Some(\"true\")") && spec.contains("max_replica_count: Some(30)"),
        "{spec}"
    );
    assert_eq!(workload(&loaded, "queue").template.rules.priority, 2_000_000_000);
    let (name, spec) = policy("hello");
    assert_eq!(name, "kpa");
    assert!(spec.contains("min_scale: 2"), "{spec}");
    let hello = workload(&loaded, "hello");
    assert_eq!(
        (hello.template.containers[0].name.as_str(), hello.serving.slots),
        ("user-container", Some(10))
    );
    let (name, spec) = policy("plain");
    assert_eq!(name, "hpa");
    assert!(spec.contains("65"), "{spec}");
    insta::assert_snapshot!(said(&Ok(loaded), folder.path()));
}

const VPA: &str = "apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: v}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  updatePolicy: {updateMode: Initial}
  resourcePolicy: {containerPolicies: [{containerName: '*', minAllowed: {cpu: 100m}}]}
status: {conditions: []}
";

const VPA_TEXT: &str = "name: n
duration: 1h
manifests: [vpa.yaml]
workloads:
  - name: shop
    serving:
      demand: 1s
      containers: [{name: c, usage: {cpu_idle: 1, memory_idle: 1Gi}, resources: {requests: {cpu: 1, memory: 2Gi}}}]
load:
  - {to: shop, arrivals: {poisson: {rate: 1/s}}}
";

#[test]
fn a_vertical_autoscaler_sizes_the_pods_of_its_target() {
    let folder = Folder::new(&[("vpa.yaml", VPA)]);
    let loaded = sound(VPA_TEXT, folder.path(), &[]);
    let sizing = workload(&loaded, "shop").pod_sizing.as_ref().expect("it has one");
    assert_eq!(sizing.name, "vpa");
    assert!(format!("{:?}", sizing.policy).contains("Initial"));
    let own = VPA_TEXT.replace("load:", "policies: {pod_sizing: {shop: {vpa: {}}}}\nload:");
    let said_of_own = said(&Ok(sound(&own, folder.path(), &[])), folder.path());
    assert!(
        said_of_own.contains("the scenario gives `shop` a policy of its own"),
        "{said_of_own}"
    );
    let wrong = VPA
        .replace("Initial", "Sometimes")
        .replace("name: shop", "name: shpo");
    let folder = Folder::new(&[("vpa.yaml", &wrong)]);
    insta::assert_snapshot!(said(&read(VPA_TEXT, folder.path(), &[]), folder.path()));
}

const SCALED_JOB: &str = "
apiVersion: keda.sh/v1alpha1
kind: ScaledJob
metadata: {name: encode}
spec:
  pollingInterval: 10
  maxReplicaCount: 20
  successfulJobsHistoryLimit: 5
  rollout: {strategy: gradual}
  scalingStrategy: {strategy: accurate}
  jobTargetRef:
    backoffLimit: 4
    template:
      spec:
        restartPolicy: Never
        containers: [{name: worker, image: encode:1, resources: {requests: {cpu: 2}}}]
  triggers: [{type: redis, metadata: {listLength: '1'}}]
";

#[test]
fn a_scaled_job_is_a_workload_and_its_policy() {
    let folder = Folder::new(&[("job.yaml", SCALED_JOB)]);
    let text = "name: n
duration: 1h
manifests: [job.yaml]
workloads:
  - name: encode
    manifest: ScaledJob/encode
    serving: {demand: 5m, job: {messages: 1}, queue: {shared: true}, containers: [{name: worker, slots: 1}]}
load:
  - {to: encode, arrivals: {poisson: {rate: 1/min}}}
";
    let loaded = sound(text, folder.path(), &[]);
    let encode = workload(&loaded, "encode");
    assert_eq!(encode.pod_scaling.name, "keda_job");
    let spec = format!("{:?}", encode.pod_scaling.policy);
    assert!(
        spec.contains("Accurate") && spec.contains("max_replica_count: Some(20)"),
        "{spec}"
    );
    assert_eq!(encode.template.requests().cpu_milli, 2000);
    assert_eq!(encode.replicas, 0, "its policy starts the jobs");
    let ignored = said(&Ok(loaded), folder.path());
    for field in [
        "successfulJobsHistoryLimit",
        "rollout",
        "jobTargetRef.backoffLimit",
    ] {
        assert!(ignored.contains(field), "{field} is not told of:\n{ignored}");
    }
    let unnamed = "name: n
duration: 1h
manifests: [job.yaml]
workloads: [{name: other, serving: {demand: 1s, containers: [{name: c}]}}]
load: [{to: other, arrivals: {poisson: {rate: 1/s}}}]
";
    let loaded = sound(unnamed, folder.path(), &[]);
    let encode = workload(&loaded, "encode");
    assert_eq!((encode.replicas, encode.pod_scaling.name.as_str()), (0, "static"));
    let told = said(&Ok(loaded), folder.path());
    assert!(told.contains("none of its jobs is started"), "{told}");
    let two = SCALED_JOB.replace("backoffLimit: 4", "parallelism: 2");
    let folder = Folder::new(&[("job.yaml", &two)]);
    let refused = said(&read(text, folder.path(), &[]), folder.path());
    assert!(
        refused.contains("parallelism") || refused.contains("at most 1"),
        "{refused}"
    );
}

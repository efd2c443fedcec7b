//! Storage, and the rules of namespaces.

use super::{Folder, read, said, sound, workload};

const OTHERS: &str = "apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: data, namespace: web, uid: 1-2, managedFields: []}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}, storageClassName: gp3, volumeMode: Filesystem, volumeName: pvc-1}
  status: {phase: Bound}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: own-db-0, namespace: web}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: gp3}
- apiVersion: storage.k8s.io/v1
  kind: StorageClass
  metadata: {name: gp3, annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}, creationTimestamp: \"2026-01-02T00:00:00Z\"}
  provisioner: ebs.csi.aws.com
  parameters: {type: gp3}
  reclaimPolicy: Delete
  volumeBindingMode: WaitForFirstConsumer
  allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a]}]}]
- apiVersion: storage.k8s.io/v1
  kind: StorageClass
  metadata: {name: gp2, annotations: {storageclass.kubernetes.io/is-default-class: \"true\"}, creationTimestamp: \"2025-01-02T00:00:00Z\"}
  provisioner: efs.csi.aws.com
- apiVersion: v1
  kind: Namespace
  metadata: {name: web, labels: {team: shop}}
  spec: {finalizers: [kubernetes]}
  status: {phase: Active}
- apiVersion: v1
  kind: Namespace
  metadata: {name: kube-public}
- apiVersion: v1
  kind: ResourceQuota
  metadata: {name: team, namespace: web}
  spec: {hard: {requests.cpu: 20, pods: \"50\"}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}}
  status: {used: {pods: \"3\"}}
- apiVersion: v1
  kind: LimitRange
  metadata: {name: defaults, namespace: web}
  spec: {limits: [{type: Container, defaultRequest: {cpu: 100m, hugepages-2Mi: 4Mi}, default: {memory: 512Mi}}]}
- apiVersion: scheduling.k8s.io/v1
  kind: PriorityClass
  metadata: {name: usual}
  value: 7
  globalDefault: true
- apiVersion: v1
  kind: Pod
  metadata: {name: one, namespace: web}
  spec:
    containers: [{name: c, volumeMounts: [{name: d, mountPath: /d}]}]
    volumes: [{name: d, persistentVolumeClaim: {claimName: data}}, {name: t, emptyDir: {}}]
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: {name: db, namespace: web}
  spec:
    replicas: 2
    selector: {matchLabels: {app: db}}
    volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: own, creationTimestamp: null}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}, limits: {storage: 2Gi}}}
      status: {phase: Pending}
    template:
      metadata: {labels: {app: db}}
      spec: {containers: [{name: c}]}
";

const TEXT: &str = "name: n
duration: 1h
manifests: [others.yaml]
cluster:
  pools: [{name: p, shape: {cpu: 4, memory: 8Gi}, nodes: 2, zones: [a, b]}]
  storageClasses: [{name: gp3, attach: 9s}]
";

/// A claim, a class or a rule that came in any other shape would bind, or cost time, otherwise than in the cluster.
#[test]
fn storage_and_rules_of_namespaces_are_as_the_objects_say() {
    let folder = Folder::new(&[("others.yaml", OTHERS)]);
    let loaded = sound(TEXT, folder.path(), &[]);
    let scenario = &loaded.scenario;
    let pods = ["one", "db"].map(|name| {
        let template = &workload(&loaded, name).template;
        format!("{name}: {:?} {}", template.volumes, template.rules.priority_class)
    });
    let made = format!(
        "{:#?}\n{:#?}\n{}",
        scenario.storage,
        scenario.namespaces,
        pods.join("\n")
    );
    insta::assert_snapshot!(format!("{made}\n{}", said(&Ok(loaded), folder.path())));
}

#[test]
fn their_mistakes_are_told_at_their_places() {
    let text = OTHERS
        .replace(
            "storageClassName: gp3, volumeMode",
            "storageClasName: gp3, volumeMode",
        )
        .replace("volumeBindingMode: Wait", "volumeBindingMode: Await")
        .replace("requests.cpu: 20", "requests.cpu: -20")
        .replace("memory: 512Mi", "memory: 512MB")
        .replace(
            "persistentVolumeClaim: {claimName: data}",
            "persistentVolumeClaim: {claim: data}",
        )
        .replace("emptyDir: {}", "emptyDirectory: {}");
    let folder = Folder::new(&[("others.yaml", &text)]);
    insta::assert_snapshot!(said(&read(TEXT, folder.path(), &[]), folder.path()));
}

/// Names that nothing has, and rules that contradict themselves, stand where they were written, with what was meant.
#[test]
fn what_is_not_there_is_told_with_the_nearest_that_is() {
    let text = OTHERS
        .replace(
            "storageClassName: gp3, volumeMode",
            "storageClassName: gp4, volumeMode",
        )
        .replace("claimName: data", "claimName: dat")
        .replace("pods: \"50\"", "podz: \"50\"")
        .replace("default: {memory: 512Mi}", "default: {cpu: 50m}");
    let folder = Folder::new(&[("others.yaml", &text)]);
    let with_class = read(TEXT, folder.path(), &[]);
    let text = OTHERS.replace("claimName: data", "claimName: dat");
    let sound_claims = Folder::new(&[("others.yaml", &text)]);
    let without = read(TEXT, sound_claims.path(), &[]);
    insta::assert_snapshot!(format!(
        "{}\n{}",
        said(&with_class, folder.path()),
        said(&without, sound_claims.path())
    ));
}

/// Without machines a volume is nowhere; the pods run all the same.
#[test]
fn without_machines_volumes_are_left_out_and_listed() {
    let folder = Folder::new(&[("others.yaml", OTHERS)]);
    let loaded = sound(
        "name: n\nduration: 1h\nmanifests: [others.yaml]\n",
        folder.path(),
        &[],
    );
    assert!(loaded.scenario.storage.claims.is_empty());
    insta::assert_snapshot!(said(&Ok(loaded), folder.path()));
}

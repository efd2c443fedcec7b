//! Mistakes in manifests: each told at its place in its file, all at once, none with a panic.

use super::{Folder, SHOP, fixtures, read, said, sound};
use proptest::prelude::*;

const BAD: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replica: 3
  selector: {matchLabels: {app: shopp}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: disk, operator: In, values: [ssd]}
                  - {key: disk, operator: NotIn, values: [ssd]}
      containers:
        - name: app
          imagePullPolicy: Always
          livenessProbe: {httpGett: {port: 80}}
          resources: {requests: {cpu: -1, memory: 1Gb}}
      priorityClassName: hihg
---
apiVersion: apps/v1
kind: Deploymnt
metadata: {name: a}
---
apiVersion: apps/v1beta1
kind: StatefulSet
metadata: {name: b}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: c}
---
kind: Pod
metadata: {name: d}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec: {minReplicas: 9, maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: shpo}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: second}
spec: {minReplicas: 9, maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: shop}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: gone}
spec: {minAvailable: -1, selector: {matchLabels: {app: gone}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: fn}
spec:
  template:
    metadata: {annotations: {autoscaling.knative.dev/min-scael: \"1\"}}
    spec: {containers: [{image: fn}]}
---
[1, 2]
";

#[test]
fn all_mistakes_of_a_manifest_are_told_at_once_where_they_are() {
    let folder = Folder::new(&[("bad.yaml", BAD)]);
    let text = "name: n
duration: 1h
manifests: [bad.yaml]
workloads:
  - {name: shop, manifest: Deployment/shop, serving: {demand: 1s, containers: [{name: ap, slots: 2}]}}
  - {name: fn, manifest: Service/fn, serving: {demand: 1s}}
  - {name: other, manifest: Deployment/othr, serving: {demand: 1s}}
  - {name: none, manifest: PriorityClass/high, serving: {demand: 1s}}
";
    let read = read(text, folder.path(), &[]);
    assert!(read.is_err());
    insta::assert_snapshot!(said(&read, folder.path()));
}

/// A variant that names other manifests would be read too late, and do nothing without a word.
#[test]
fn manifests_cannot_be_changed_by_a_variant_or_a_flag() {
    let text = format!("{SHOP}variants:\n  other: {{manifests: [], workloads.shop.manifest: Pod/debug}}\n");
    let read = read(&text, &fixtures(), &["workloads.shop.manifest=Pod/debug"]);
    insta::assert_snapshot!(said(&read, &fixtures()));
}

#[test]
fn a_scenario_that_forgets_to_say_what_its_workload_is_is_told() {
    let text = SHOP.replace("    manifest: Deployment/shop\n", "");
    let read = read(&text, &fixtures(), &[]);
    insta::assert_snapshot!(said(&read, &fixtures()));
}

/// JSON is what `kubectl get -o json` prints, and means the same.
#[test]
fn json_reads_as_yaml_does() {
    let yaml = std::fs::read_to_string(fixtures().join("kubectl.yaml")).expect("it is there");
    let mut sources = crate::input::Sources::new();
    let id = sources.add("kubectl.yaml", yaml);
    let mut diagnostics = crate::input::Diagnostics::new();
    let tree = crate::input::parse(&sources, id, crate::input::Limits::default(), &mut diagnostics);
    let json = serde_json::to_string_pretty(&tree.expect("it is sound").to_json()).expect("it is JSON");
    let folder = Folder::new(&[("kubectl.yaml", &json)]);
    let of_json = sound(SHOP, folder.path(), &[]);
    let of_yaml = sound(SHOP, &fixtures(), &[]);
    assert_eq!(
        format!("{:?}", of_json.scenario),
        format!("{:?}", of_yaml.scenario)
    );
}

/// One odd word after another in place of each line of a sound manifest.
fn hostile() -> impl Strategy<Value = String> {
    let sound = include_str!("kubectl.yaml");
    let lines = sound.lines().count();
    let odd = prop_oneof![
        Just("-".to_owned()),
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[[]]".to_owned()),
        Just("-1".to_owned()),
        Just("1e400".to_owned()),
        "\\PC{0,12}",
    ];
    (0..lines, odd, any::<bool>()).prop_map(move |(at, odd, whole)| {
        let changed = sound
            .lines()
            .enumerate()
            .map(|(index, line)| match line.split_once(": ") {
                _ if index != at => line.to_owned(),
                Some((key, _)) if !whole => format!("{key}: {odd}"),
                _ => format!("{}{odd}", &line[..line.len() - line.trim_start().len()]),
            });
        changed.collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is in a manifest, it is read or refused.
    #[test]
    fn a_changed_manifest_is_read_or_refused(text in hostile()) {
        let folder = Folder::new(&[("kubectl.yaml", &text)]);
        let read = read(SHOP, folder.path(), &[]);
        prop_assert!(!said(&read, folder.path()).is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(apiVersion|kind|: |v1|Pod|List|items|metadata|name|\n|  |- |\\{|\\}|\\PC){0,40}") {
        let folder = Folder::new(&[("m.yaml", &text)]);
        let _ = read("name: n\nduration: 1h\nmanifests: [m.yaml]\n", folder.path(), &[]);
    }
}

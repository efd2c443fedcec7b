//! What StatefulSets and DaemonSets say of the order of their pods and of their updates.

use super::{Folder, read, said, sound, workload};
use crate::engine::Span;
use crate::model::placement_rules::Allowed;
use crate::platform::kubernetes::stateful_set::UpdateStrategy;
use crate::sim::controller::{DaemonUpdate, Kind};

fn object(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: db}}\nspec:\n{spec}  \
         selector: {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    \
         spec: {{containers: [{{name: app, image: \"db:1\"}}]}}\n"
    )
}

const ALONE: &str = "name: n\nduration: 1h\nmanifests: [a.yaml]\n";

/// Were it ignored, a canary would be rolled out whole and an ordered set would start all at once.
#[test]
fn order_and_strategy_of_a_stateful_set_are_its_own_and_the_scenario_adds_the_release() {
    let spec = "  replicas: 3\n  podManagementPolicy: Parallel\n  minReadySeconds: 15\n  updateStrategy:\n    \
                type: RollingUpdate\n    rollingUpdate: {partition: 2, maxUnavailable: 50%}\n";
    let folder = Folder::new(&[("a.yaml", &object("StatefulSet", spec))]);
    let release = "workloads: [{name: db, manifest: StatefulSet/db, background: true, \
                   stateful_set: {rollouts: [{at: 10m, containers: [{name: app, image: \"db:2\"}]}]}, serving: {}}]\n";
    let loaded = sound(&format!("{ALONE}{release}"), folder.path(), &[]);
    let controller = &workload(&loaded, "db").controller;
    let numbered = controller.numbered().expect("its pods have numbers");
    assert!(numbered.parallel);
    assert_eq!(
        numbered.update,
        UpdateStrategy::RollingUpdate {
            partition: Some(2),
            max_unavailable: Some(Allowed::Share(0.5)),
        }
    );
    assert_eq!(controller.min_ready, Span::from_secs(15));
    assert_eq!(controller.rollouts.len(), 1);
    assert!(!said(&Ok(loaded), folder.path()).contains("updateStrategy"));
    let folder = Folder::new(&[(
        "a.yaml",
        &object("StatefulSet", "  updateStrategy: {type: OnDelete}\n"),
    )]);
    let loaded = sound(ALONE, folder.path(), &[]);
    let numbered = workload(&loaded, "db")
        .controller
        .numbered()
        .expect("its pods have numbers");
    assert_eq!(
        (numbered.parallel, numbered.update),
        (false, UpdateStrategy::OnDelete)
    );
}

#[test]
fn the_bounds_of_a_daemon_set_are_its_own() {
    let spec =
        "  updateStrategy:\n    type: RollingUpdate\n    rollingUpdate: {maxSurge: 0, maxUnavailable: 25%}\n";
    let folder = Folder::new(&[("a.yaml", &object("DaemonSet", spec))]);
    let loaded = sound(ALONE, folder.path(), &[]);
    let expected = DaemonUpdate::RollingUpdate {
        max_surge: Allowed::Count(0),
        max_unavailable: Allowed::Share(0.25),
    };
    assert_eq!(
        workload(&loaded, "db").controller.kind,
        Kind::OnEveryNode(expected)
    );
}

#[test]
fn what_kubernetes_refuses_of_sets_is_refused_where_it_is() {
    let told = |(kind, spec): (&str, &str)| {
        let folder = Folder::new(&[("a.yaml", &object(kind, spec))]);
        said(&read(ALONE, folder.path(), &[]), folder.path())
    };
    let all = [
        ("StatefulSet", "  updateStrategy: {type: OnDelet}\n"),
        (
            "StatefulSet",
            "  updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}\n",
        ),
        ("StatefulSet", "  podManagementPolicy: Ordered\n"),
        (
            "DaemonSet",
            "  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}\n",
        ),
    ];
    insta::assert_snapshot!(all.map(told).join("\n"));
}

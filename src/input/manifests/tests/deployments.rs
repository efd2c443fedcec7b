//! What Deployments say of their rollouts.

use super::{Folder, read, said, sound, workload};
use crate::engine::Span;
use crate::model::placement_rules::Allowed;
use crate::platform::kubernetes::rollout::Strategy;
use crate::sim::controller::Kind;

fn deployment(spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n  replicas: 4\n{spec}  \
         selector: {{matchLabels: {{app: shop}}}}\n  template:\n    metadata: {{labels: {{app: shop}}}}\n    \
         spec: {{containers: [{{name: app, image: \"shop:1\"}}]}}\n"
    )
}

/// The scenario adds a release to a Deployment whose strategy the manifest says.
const RELEASE: &str = "name: n
duration: 1h
manifests: [a.yaml]
workloads:
  - name: shop
    manifest: Deployment/shop
    background: true
    deployment: {rollouts: [{at: 10m, containers: [{name: app, image: \"shop:2\"}]}]}
    serving: {}
";

/// Were it ignored, a release would be simulated with bounds that are not the Deployment's.
#[test]
fn strategy_and_deadlines_are_the_deployments_and_the_scenario_adds_the_release() {
    let spec = "  minReadySeconds: 15\n  progressDeadlineSeconds: 300\n  strategy:\n    type: RollingUpdate\n    \
                rollingUpdate: {maxSurge: 50%, maxUnavailable: 0}\n";
    let folder = Folder::new(&[("a.yaml", &deployment(spec))]);
    let loaded = sound(RELEASE, folder.path(), &[]);
    let controller = &workload(&loaded, "shop").controller;
    assert_eq!(
        controller.kind,
        Kind::Alike(Strategy::RollingUpdate {
            max_surge: Allowed::Share(0.5),
            max_unavailable: Allowed::Count(0),
        })
    );
    assert_eq!(controller.min_ready, Span::from_secs(15));
    assert_eq!(controller.progress_deadline, Span::from_secs(300));
    assert_eq!(controller.rollouts.len(), 1);
    assert!(!said(&Ok(loaded), folder.path()).contains("strategy"));
    let folder = Folder::new(&[("a.yaml", &deployment("  strategy: {type: Recreate}\n"))]);
    let loaded = sound(RELEASE, folder.path(), &[]);
    assert_eq!(
        workload(&loaded, "shop").controller.kind,
        Kind::Alike(Strategy::Recreate)
    );
}

#[test]
fn strategies_that_kubernetes_refuses_are_refused_where_they_are() {
    let told = |spec: &str| {
        let folder = Folder::new(&[("a.yaml", &deployment(spec))]);
        said(&read(RELEASE, folder.path(), &[]), folder.path())
    };
    let all = [
        "  strategy: {type: RollingUpdat}\n",
        "  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}\n",
        "  strategy: {rollingUpdate: {maxSurge: some}}\n",
    ];
    insta::assert_snapshot!(all.map(told).join("\n"));
}

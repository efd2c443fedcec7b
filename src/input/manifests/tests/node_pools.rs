//! NodePools of manifests.

use super::{Folder, read, said, sound};

const NODE_POOL: &str = "apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: general, annotations: {karpenter.sh/nodepool-hash: \"1\"}}
spec:
  weight: 10
  limits: {cpu: 1k, memory: 1000Gi}
  disruption:
    consolidationPolicy: WhenEmptyOrUnderutilized
    consolidateAfter: 1m0s
    budgets: [{nodes: 10%}, {nodes: \"0\", schedule: 0 9 * * mon-fri, duration: 8h0m0s, reasons: [Underutilized]}]
  template:
    metadata: {labels: {team: web}}
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
      expireAfter: 720h
      taints: [{key: web, effect: NoSchedule}]
      requirements:
        - {key: karpenter.sh/capacity-type, operator: In, values: [spot, on-demand]}
        - {key: karpenter.k8s.aws/instance-cpu, operator: Gt, values: [\"3\"]}
status: {resources: {cpu: \"12\"}}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: default}
spec: {role: KarpenterNodeRole}
";

fn text(policies: &str) -> String {
    format!(
        "name: n\nduration: 1h\nmanifests: [pools.yaml]\n\
         cluster: {{pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: {{min: 0, initial: 0, max: 9}}}}]}}\n\
         workloads: [{{name: w, background: true, serving: {{containers: [{{name: c, resources: {{requests: {{cpu: 100m}}}}}}]}}}}]\n\
         {policies}"
    )
}

/// Were a NodePool passed over in silence, the run would be of another cluster.
#[test]
fn node_pools_become_those_of_karpenter() {
    let folder = Folder::new(&[("pools.yaml", NODE_POOL)]);
    for policies in ["", "policies: {node_scaling: karpenter}\n"] {
        let loaded = sound(&text(policies), folder.path(), &[]);
        let named = &loaded.scenario.node_scaling;
        assert_eq!(named.name, "karpenter");
        let policy = format!("{:?}", named.policy);
        for expected in [
            "\"general\"",
            "\"web\"",
            "Count(0)",
            "Percent(10)",
            "instance-cpu",
            "spot",
        ] {
            assert!(policy.contains(expected), "no {expected} in {policy}");
        }
    }
}

#[test]
fn the_scenario_wins_over_node_pools() {
    let folder = Folder::new(&[("pools.yaml", NODE_POOL)]);
    let own = "policies: {node_scaling: {karpenter: {nodePools: [{name: general, expireAfter: Never}]}}}\n";
    let loaded = sound(&text(own), folder.path(), &[]);
    assert!(!format!("{:?}", loaded.scenario.node_scaling.policy).contains("\"web\""));
    let loaded = sound(&text("policies: {node_scaling: static}\n"), folder.path(), &[]);
    assert_eq!(loaded.scenario.node_scaling.name, "static");
    let wrong = NODE_POOL.replace("operator: Gt", "operator: Above");
    let folder = Folder::new(&[("pools.yaml", &wrong)]);
    let page = said(&read(&text(""), folder.path(), &[]), folder.path());
    assert!(page.contains("Above"), "{page}");
}

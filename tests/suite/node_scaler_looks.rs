//! When node autoscalers look of their own accord: at the phase that the scenario sets, and at every interval after it.

use crate::kept_rows;
use crate::written;
use tonnage::engine::Span;

/// An idle pool under `policy`, whose loop first looks after `phase`: when its first node goes, ms.
fn first_drain(policy: &str, phase: &str) -> u64 {
    let text = format!(
        "name: probe\nduration: 20m\n\
         cluster: {{pools: [{{name: p, shape: {{cpu: 8, memory: 32Gi}}, nodes: {{min: 0, initial: 2, max: 5}}, \
         labels: {{karpenter.sh/nodepool: default}}}}]}}\n\
         workloads: [{{name: w, background: true, serving: {{replicas: 1, \
         containers: [{{name: c, resources: {{requests: {{cpu: 6}}}}}}]}}}}]\n\
         policies: {{placement: kube_scheduler, node_scaling: {policy}, phase: {{node_scaling: {phase}}}}}\n"
    );
    let rows = kept_rows::run(written::scenario(&text), Span::from_secs(97)).1;
    let first = rows.of("node_scaling", "drain").next();
    (first.expect("an empty node goes").time_s * 1000.0).round() as u64
}

/// Whoever compares with a recording of a real autoscaler must be able to start both loops at the same moment.
#[test]
fn the_phase_of_a_node_autoscaler_is_kept() {
    // Unneeded at the first look, and strictly longer than a minute at the look that removes it.
    let autoscaler = "{cluster_autoscaler: {scale-down-unneeded-time: 1m, scan-interval: 20s}}";
    for phase in ["3s", "17s"] {
        let secs: u64 = phase.trim_end_matches('s').parse().unwrap();
        assert_eq!(first_drain(autoscaler, phase), 1000 * (secs + 80), "{phase}");
        // Every ten seconds; the empty node goes after its validation 15 s later.
        if secs < 10 {
            assert_eq!(first_drain("karpenter", phase), 1000 * (secs + 15), "{phase}");
        }
    }
    let fixed = "{cluster_autoscaler: {scale-down-unneeded-time: 1m, frequent-loops-enabled: false}}";
    assert_eq!(first_drain(fixed, "4s"), 74_000);
}

/// A phase beyond the interval would be another interval's.
#[test]
fn a_phase_beyond_the_interval_is_refused() {
    let page = written::refusal(
        "name: probe\nduration: 20m\ncluster: {pools: [{name: p, shape: {cpu: 8, memory: 32Gi}, nodes: 1}]}\n\
         workloads: [{name: w, background: true, serving: {containers: [{name: c}]}}]\n\
         policies: {node_scaling: karpenter, phase: {node_scaling: 10s}}\n",
    );
    assert!(
        page.contains("a phase of 10s is not within the interval of 10s"),
        "{page}"
    );
}

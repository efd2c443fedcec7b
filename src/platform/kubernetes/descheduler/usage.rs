//! How much of a node is requested, in amounts and in percent.
//!
//! CPU counts in thousandths, everything else in whole units; a target in amounts is cut to a whole number, as the plugins'
//! arithmetic does.

use super::thresholds::Thresholds;
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Resources;
use std::collections::BTreeMap;

fn of(resources: &Resources, name: &str) -> u64 {
    match name {
        "cpu" => resources.cpu_milli,
        "memory" => resources.memory_bytes,
        "pods" => resources.pods,
        "ephemeral-storage" => resources.ephemeral_bytes,
        other => resources.extended(other),
    }
}

/// What the pods of a node request.
pub(super) fn amount(node: &NodeView, name: &str) -> i128 {
    match name {
        "pods" => node.pods.len() as i128,
        other => i128::from(of(node.reserved(), other)),
    }
}

/// What one pod requests.
pub(super) fn used_by(class: &PodTemplate, name: &str) -> i128 {
    match name {
        "pods" => 1,
        other => i128::from(of(class.requests(), other)),
    }
}

/// What a node has, up to its target.
pub(super) fn capacity(node: &NodeView, name: &str, targets: &Thresholds) -> i128 {
    let all = of(&node.allocatable, name);
    match targets.get(name) {
        Some(percent) => (percent * 0.01 * all as f64) as i128,
        None => i128::from(all),
    }
}

/// Percent of a node that is requested.
pub(super) fn percentages(node: &NodeView, resources: &[String]) -> BTreeMap<String, f64> {
    let percent = |name: &String| {
        let all = of(&node.allocatable, name);
        let used = amount(node, name) as f64;
        let percent = if all > 0 { used / all as f64 * 100.0 } else { 0.0 };
        (name.clone(), percent)
    };
    resources.iter().map(percent).collect()
}

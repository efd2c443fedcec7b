//! TaintToleration: taints keep pods off, or score less (`plugins/tainttoleration/taint_toleration.go`).

use super::configuration::Version;
use super::normalise;
use super::status::{Code, Plugin, Status, Why};
use crate::model::cluster::NodeView;
use crate::model::labels::{TaintEffect, Toleration, untolerated};
use crate::model::pod_template::PodTemplate;

pub(super) fn filter(version: Version, class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    let Some(taint) = untolerated(&node.facts.taints, &class.tolerations) else {
        return Ok(());
    };
    let why = match version {
        Version::V1_34 => Why::Taint(taint.key.as_str().into(), taint.value.as_str().into()),
        Version::V1_36 => Why::Text("node(s) had untolerated taint(s)"),
    };
    Err(Status {
        plugin: Plugin::TaintToleration,
        code: Code::UnschedulableAndUnresolvable,
        reasons: vec![why],
    })
}

/// The pod's tolerations that count for preferences.
pub(super) fn pre_score(class: &PodTemplate) -> Vec<&Toleration> {
    let counts =
        |toleration: &&Toleration| matches!(toleration.effect, None | Some(TaintEffect::PreferNoSchedule));
    class.tolerations.iter().filter(counts).collect()
}

/// How many taints the pod would rather avoid.
pub(super) fn score(tolerations: &[&Toleration], node: &NodeView) -> i64 {
    let soft = node
        .facts
        .taints
        .iter()
        .filter(|taint| taint.effect == TaintEffect::PreferNoSchedule);
    soft.filter(|taint| !tolerations.iter().any(|one| one.tolerates(taint)))
        .count() as i64
}

pub(super) fn normalise(scores: &mut [i64]) {
    normalise::by_largest(scores, true);
}

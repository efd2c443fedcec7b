//! NodeResourcesFit: what a pod asks for must be free, and empty (or full) nodes score high
//! (`plugins/noderesources/fit.go`, `least_allocated.go`, `most_allocated.go`, `requested_to_capacity_ratio.go`).

use super::amounts::{Asked, Books, Resource};
use super::configuration::{FitArgs, ShapePoint, Strategy};
use super::normalise::{SCORE_MAX, quotient};
use super::status::{Code, Plugin, Status, Why};
use crate::model::cluster::NodeView;
use crate::model::pod_template::PodTemplate;
use crate::model::resources::Shortage;

/// The highest score of a point of the broken line.
const POINT_SCORE_MAX: i64 = 10;

pub(super) fn filter(args: &FitArgs, class: &PodTemplate, node: &NodeView) -> Result<(), Status> {
    let (need, whole, used) = (class.requests(), &node.allocatable, node.reserved());
    let mut short = Vec::new();
    let mut hopeless = false;
    if node.pods.len() as u64 + 1 > whole.pods {
        short.push(Why::Insufficient(Shortage::Pods));
    }
    // On a node reserved over its allocatable nothing is free, and a need of zero still fits.
    let mut check = |need: u64, whole: u64, used: u64, what: &dyn Fn() -> Shortage| {
        if need > 0 && need > whole.saturating_sub(used) {
            short.push(Why::Insufficient(what()));
            hopeless |= need > whole;
        }
    };
    check(need.cpu_milli, whole.cpu_milli, used.cpu_milli, &|| Shortage::Cpu);
    check(need.memory_bytes, whole.memory_bytes, used.memory_bytes, &|| {
        Shortage::Memory
    });
    check(
        need.ephemeral_bytes,
        whole.ephemeral_bytes,
        used.ephemeral_bytes,
        &|| Shortage::EphemeralStorage,
    );
    for (name, need) in need.extended_iter().filter(|(name, _)| !ignored(args, name)) {
        check(need, whole.extended(name), used.extended(name), &|| {
            Shortage::Extended(name.into())
        });
    }
    if short.is_empty() {
        return Ok(());
    }
    Err(Status {
        plugin: Plugin::NodeResourcesFit,
        code: if hopeless {
            Code::UnschedulableAndUnresolvable
        } else {
            Code::Unschedulable
        },
        reasons: short,
    })
}

/// Whether the node has as much CPU, memory and storage left as the pod asks for, and a place for one pod more: what
/// [`filter`] asks first, answered with less ado.
pub(super) fn may_fit(class: &PodTemplate, node: &NodeView) -> bool {
    let (need, free) = (class.requests(), &node.free);
    (node.pods.len() as u64) < node.allocatable.pods
        && need.cpu_milli <= free.cpu_milli
        && need.memory_bytes <= free.memory_bytes
        && need.ephemeral_bytes <= free.ephemeral_bytes
}

fn ignored(args: &FitArgs, name: &str) -> bool {
    let group = name.split('/').next().unwrap_or(name);
    args.ignored_resources.iter().any(|known| known == name)
        || args.ignored_resource_groups.iter().any(|known| known == group)
}

/// What the pod asks of every resource that counts, with its weight.
pub(super) fn pre_score(args: &FitArgs, class: &PodTemplate) -> Vec<(Asked, i64)> {
    let resources = args.scoring_strategy.resources.iter();
    resources
        .map(|one| (Asked::new(Resource::named(&one.name), class, true), one.weight))
        .collect()
}

pub(super) fn score(args: &FitArgs, asked: &[(Asked, i64)], node: &impl Books) -> i64 {
    let strategy = &args.scoring_strategy;
    let (mut sum, mut weights) = (0, 0);
    for (asked, weight) in asked {
        let Some((used, whole)) = asked.on(node) else {
            continue;
        };
        let used = used + asked.pod;
        let score = match strategy.strategy {
            Strategy::LeastAllocated if used > whole => 0,
            Strategy::LeastAllocated => quotient((whole - used) * SCORE_MAX, whole),
            Strategy::MostAllocated => quotient(used.min(whole) * SCORE_MAX, whole),
            Strategy::RequestedToCapacityRatio => {
                let utilization = if used > whole { 100 } else { used * 100 / whole };
                on_line(&strategy.requested_to_capacity_ratio.shape, utilization)
            }
        };
        // The broken line alone leaves out resources that score nothing, weight and all.
        if strategy.strategy != Strategy::RequestedToCapacityRatio || score > 0 {
            sum += score * weight;
            weights += weight;
        }
    }
    if weights == 0 {
        return 0;
    }
    match strategy.strategy {
        Strategy::RequestedToCapacityRatio => (sum as f64 / weights as f64).round() as i64,
        Strategy::LeastAllocated | Strategy::MostAllocated => quotient(sum, weights),
    }
}

/// The broken line at `utilization`, percent; divisions truncate toward zero, on falling parts too
/// (`plugins/helper/shape_score.go`).
fn on_line(shape: &[ShapePoint], utilization: i64) -> i64 {
    let scale = SCORE_MAX / POINT_SCORE_MAX;
    let after = shape.iter().position(|point| utilization <= point.utilization);
    match after {
        Some(0) => shape[0].score * scale,
        Some(place) => {
            let (from, to) = (shape[place - 1], shape[place]);
            let rise = (to.score - from.score) * scale * (utilization - from.utilization);
            from.score * scale + rise / (to.utilization - from.utilization)
        }
        None => shape.last().map_or(0, |point| point.score * scale),
    }
}

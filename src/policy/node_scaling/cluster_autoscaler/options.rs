//! What each group of nodes could do for pods that find no node (`core/scaleup/orchestrator/orchestrator.go`).
//!
//! Knows: what new nodes of a group look like, how many it may get, and what its nodes would take. Must not know: which
//! group grows.

use super::balance::{self, ByLabels, Size};
use super::estimator::{self, Estimate, Group, Settings};
use super::expander::Growth;
use super::limits::{Limits, Total};
use super::node_groups::NodeGroups;
use super::scan::{Scan, Waiting};
use super::unready::Readiness;
use crate::model::cluster::NodeView;
use crate::model::gpu::is_gpu;
use crate::model::resources::Resources;
use crate::model::units::{counted, form};

/// Prices of a CPU and of a GiB of memory for an hour by which pods are valued (those of GCE,
/// `cloudprovider/gce/gce_price_info.go`).
pub(super) const CPU_HOUR: f64 = 0.033_174;
pub(super) const GIB_HOUR: f64 = 0.004_446;
const GIB: f64 = (1_u64 << 30) as f64;

/// A group that could grow.
pub(super) struct Way {
    pub(super) pool: usize,
    pub(super) estimate: Estimate,
    pub(super) growth: Growth,
}

/// What is asked before any pod is looked at: why a group may not grow.
pub(super) type Skipped = Option<String>;

/// Whether GPUs are among what `resources` has.
pub(super) fn gpu_of(resources: &Resources) -> Option<&str> {
    let mut named = resources.extended_iter();
    named
        .find(|(name, amount)| *amount > 0 && is_gpu(name))
        .map(|(name, _)| name)
}

/// Why the group may not grow whatever waits.
pub(super) fn skip(
    scan: &Scan<'_>,
    groups: &NodeGroups,
    (pool, readiness): (usize, Readiness),
    nodes: usize,
    limits: Limits,
    total: Total,
) -> Skipped {
    let view = scan.view;
    let spec = &view.pools[pool].spec;
    if headroom(scan, pool) == 0 {
        return Some(format!(
            "is at its max of {}",
            counted(spec.nodes_max.into(), "node", "nodes")
        ));
    }
    if let Some((unready, nodes)) = readiness.has_too_many_unready(scan.settings) {
        return Some(format!(
            "has {unready} of {} that {} not ready",
            counted(nodes as u64, "node", "nodes"),
            form(unready as u64, "is", "are")
        ));
    }
    if let Some((until, why)) = groups.backed_off(pool, view.now) {
        let left = until.since(view.now);
        return Some(format!("is backed off for {left} more: {why}"));
    }
    if node_room(scan, nodes) == 0 {
        return Some(format!(
            "may not grow: max-nodes-total is {}",
            scan.settings.max_nodes_total
        ));
    }
    let (room, resource) = limits.room_for(total, &spec.shape.capacity);
    (room == 0).then(|| format!("would bring more {resource} than the cluster may have"))
}

/// How many nodes the group may still get.
pub(super) fn headroom(scan: &Scan<'_>, pool: usize) -> u32 {
    let pool = &scan.view.pools[pool];
    pool.spec.nodes_max.saturating_sub(pool.nodes)
}

pub(super) fn size(scan: &Scan<'_>, pool: usize) -> Size {
    let nodes = scan.view.pools[pool].nodes;
    Size {
        now: nodes,
        max: nodes + headroom(scan, pool),
    }
}

/// How many nodes the whole cluster may still get by `max-nodes-total` beside its `nodes`, those on their way included.
pub(super) fn node_room(scan: &Scan<'_>, nodes: usize) -> u32 {
    match scan.settings.max_nodes_total {
        0 => u32::MAX,
        max => max.saturating_sub(u32::try_from(nodes).unwrap_or(u32::MAX)),
    }
}

/// Why no new node of a group would take such pods.
pub(super) fn refusal(scan: &mut Scan<'_>, turns: &[NodeView], waiting: &Waiting<'_>) -> Skipped {
    let mut said = None;
    for node in turns {
        let before = scan.search.mark();
        let place = scan.search.add_node(node.named(&node.facts.name));
        let refusal = scan
            .search
            .refusal(waiting.pods.template, waiting.pods.like, place);
        scan.search.revert(before);
        let status = refusal?;
        said.get_or_insert_with(|| {
            let reasons: Vec<String> = status.reasons.iter().map(ToString::to_string).collect();
            format!("{} ({})", reasons.join(", "), status.plugin.name())
        });
    }
    said
}

/// What the group could do for those pods that it could do anything for.
pub(super) fn way(
    scan: &Scan<'_>,
    pool: usize,
    turns: &[NodeView],
    (waiting, chosen): (&[Waiting<'_>], &[usize]),
    nodes_max: u32,
) -> Option<Way> {
    let spec = &scan.view.pools[pool].spec;
    let capacity = (spec.shape.capacity.cpu_milli, spec.shape.capacity.memory_bytes);
    let groups: Vec<Group> = chosen
        .iter()
        .map(|&pods| Group {
            class: waiting[pods].pods.template.clone(),
            count: waiting[pods].count,
            like: waiting[pods].pods.like,
        })
        .collect();
    let settings = Settings {
        nodes_max: Some(nodes_max),
        capacity,
        fast_path: scan.settings.fastpath_binpacking_enabled,
        last_found: scan.search.last_found(),
    };
    let mut estimate = estimator::estimate(
        scan.scheduler,
        scan.search.view(),
        turns,
        &groups,
        settings,
        scan.now(),
    );
    let pods: u32 = estimate.scheduled.iter().sum();
    if pods == 0 || estimate.nodes == 0 {
        return None;
    }
    let mut asked = (0, 0);
    for (group, &count) in groups.iter().zip(&estimate.scheduled) {
        let each = group.class.requests();
        asked.0 += each.cpu_milli * u64::from(count);
        asked.1 += each.memory_bytes * u64::from(count);
    }
    let growth = Growth {
        nodes: estimate.nodes,
        pods,
        asked,
        capacity,
        node_price: spec.price_at(scan.now()).usd(),
        pods_price: asked.0 as f64 / 1000.0 * CPU_HOUR + asked.1 as f64 / GIB * GIB_HOUR,
        gpus: gpu_of(&spec.shape.capacity).is_some(),
        exists: true,
    };
    // By the place of the pods among all that wait.
    let mut scheduled = vec![0; waiting.len()];
    for (&pods, &count) in chosen.iter().zip(&estimate.scheduled) {
        scheduled[pods] = count;
    }
    estimate.scheduled = scheduled;
    Some(Way {
        pool,
        estimate,
        growth,
    })
}

/// The groups that may grow in the place of `pool`, if like groups are balanced: alike, and good for the same pods.
pub(super) fn similar(
    scan: &Scan<'_>,
    turns: &[Vec<NodeView>],
    pool: usize,
    takes: &dyn Fn(usize) -> Vec<bool>,
) -> Vec<usize> {
    if !scan.settings.balance_similar_node_groups {
        return Vec::new();
    }
    let by = ByLabels {
        only: &scan.settings.balancing_label,
        ignored: &scan.settings.balancing_ignore_label,
    };
    let shapes = |pool: usize| &scan.view.pools[pool].spec.shape.capacity;
    let alike = |other: &usize| {
        *other != pool
            && takes(*other) == takes(pool)
            && balance::are_alike(
                by,
                (shapes(pool), &turns[pool][0]),
                (shapes(*other), &turns[*other][0]),
            )
    };
    (0..turns.len()).filter(alike).collect()
}

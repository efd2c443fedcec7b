//! Which group of nodes grows, and by how much (`core/scaleup/orchestrator/orchestrator.go`).
//!
//! Knows: pods that find no node, what each group could do for them, and every limit. Must not know: what has become of
//! nodes that were asked for before.

use super::balance::{self, Size};
use super::chain::{Chain, Choice};
use super::expander::{Growth, PriceContext};
use super::limits::{Limits, Total};
use super::node_groups::NodeGroups;
use super::options::{
    CPU_HOUR, GIB_HOUR, Skipped, Way, headroom, node_room, refusal, similar, size, skip, way,
};
use super::scan::{Scan, Waiting};
use super::{reasons, template, unready};
use crate::engine::Stream;
use crate::model::cluster::{NodePhase, NodeView};
use crate::model::units::counted;
use crate::policy::node_scaling::NodeDecision;
use crate::policy::reason::{Reason, Value};
use std::fmt::Write;

/// What came of looking for a group to grow.
#[derive(Debug, Default)]
pub(super) struct ScaleUp {
    pub(super) decisions: Vec<NodeDecision>,
    /// Nodes asked for, by pool.
    pub(super) asked: Vec<(usize, u32)>,
}

/// Asks for nodes for the pods that `waiting`, if any group can help.
pub(super) fn scale_up(
    scan: &mut Scan<'_>,
    groups: &NodeGroups,
    waiting: &[Waiting<'_>],
    (chain, limits): (&Chain, Limits),
    stream: &mut Stream,
) -> ScaleUp {
    let view = scan.view;
    let of = |phase: NodePhase| view.nodes.iter().filter(move |node| node.phase == phase).count();
    let ready = of(NodePhase::Ready);
    let coming = ready + of(NodePhase::Booting);
    let mut total = Total::default();
    for pool in view.pools {
        total.add(&pool.spec.shape.capacity, pool.nodes.into());
    }
    let skipped: Vec<Skipped> = unready::by_pool(view)
        .into_iter()
        .enumerate()
        .map(|pool| skip(scan, groups, pool, coming, limits, total))
        .collect();
    let turns: Vec<Vec<NodeView>> = view
        .pools
        .iter()
        .map(|pool| template::turns(&mut scan.search, pool, view.daemons, view.now))
        .collect();
    // What each valid group says to each group of pods: why its new nodes would not take them.
    let says: Vec<Vec<Skipped>> = turns
        .iter()
        .zip(&skipped)
        .map(|(turns, skipped)| match skipped {
            Some(why) => vec![Some(why.clone()); waiting.len()],
            None => waiting.iter().map(|pods| refusal(scan, turns, pods)).collect(),
        })
        .collect();
    let takes = |pool: usize| -> Vec<bool> { says[pool].iter().map(Option::is_none).collect() };
    let like = |pool: usize| similar(scan, &turns, pool, &takes);
    let mut ways: Vec<Way> = Vec::new();
    for pool in 0..view.pools.len() {
        let chosen: Vec<usize> = (0..waiting.len())
            .filter(|&pods| says[pool][pods].is_none())
            .collect();
        if chosen.is_empty() {
            continue;
        }
        let room: u32 = std::iter::once(pool)
            .chain(like(pool))
            .map(|pool| headroom(scan, pool))
            .sum();
        let (quota, _) = limits.room_for(total, &view.pools[pool].spec.shape.capacity);
        let most = room.min(quota).min(scan.settings.max_nodes_per_scaleup);
        let most = most.min(node_room(scan, coming));
        ways.extend(way(scan, pool, &turns[pool], (waiting, &chosen), most));
    }
    let mut scale_up = ScaleUp::default();
    let names: Vec<&str> = ways
        .iter()
        .map(|way| view.pools[way.pool].spec.name.as_str())
        .collect();
    let growths: Vec<Growth> = ways.iter().map(|way| way.growth).collect();
    let context = PriceContext {
        small_pod_price: 0.5 * CPU_HOUR + 500.0 / 1024.0 * GIB_HOUR,
        cluster_nodes: ready,
    };
    let choice = chain.choose(&growths, &names, context, stream);
    if let Some(choice) = choice {
        let best = &ways[choice.way];
        let capacity = &view.pools[best.pool].spec.shape.capacity;
        let (quota, resource) = limits.room_for(total, capacity);
        let (mut nodes, mut limit) = (best.estimate.nodes, None);
        for (most, name) in [(node_room(scan, coming), "max-nodes-total"), (quota, resource)] {
            if most < nodes {
                (nodes, limit) = (most, Some(name));
            }
        }
        let members: Vec<usize> = std::iter::once(best.pool).chain(like(best.pool)).collect();
        let sizes: Vec<Size> = members.iter().map(|&pool| size(scan, pool)).collect();
        let shares = balance::shares(&sizes, nodes);
        let granted: u32 = shares.iter().sum();
        if granted < nodes {
            limit = Some("the group's max");
        }
        let reason = why(scan, (waiting, &ways), choice, (granted, limit));
        for (&pool, &count) in members.iter().zip(&shares) {
            if count == 0 {
                continue;
            }
            let reason = match members.len() {
                1 => reason.clone(),
                _ => balanced(scan, &members, granted).because(reason.clone()),
            };
            scale_up.asked.push((pool, count));
            scale_up.decisions.push(NodeDecision::Launch {
                pool,
                count,
                zone: None,
                reason,
            });
        }
    }
    scale_up
        .decisions
        .extend(unhelped(scan, waiting, &says, &ways, &turns));
    if let Some(last) = ways.last() {
        scan.search.resume_at(last.estimate.last_found);
    }
    scale_up
}

fn why(
    scan: &Scan<'_>,
    (waiting, ways): (&[Waiting<'_>], &[Way]),
    choice: Choice,
    (granted, limit): (u32, Option<&'static str>),
) -> Reason {
    let pools = scan.view.pools;
    let best = &ways[choice.way];
    let helped = waiting.iter().zip(&best.estimate.scheduled);
    let mut names: Vec<&str> = helped
        .filter(|(_, count)| **count > 0)
        .map(|(waiting, _)| scan.view.workload_name(waiting.pods.workload))
        .collect();
    names.dedup();
    let mut others = String::new();
    for way in ways.iter().filter(|way| way.pool != best.pool) {
        let before = if others.is_empty() { " over " } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(
            others,
            "{before}{} ({} for {})",
            pools[way.pool].spec.name,
            counted(way.estimate.nodes as u64, "node", "nodes"),
            counted(way.growth.pods.into(), "pod", "pods")
        );
    }
    let reason = Reason::new(if limit.is_some() {
        &reasons::SCALE_UP_CAPPED
    } else {
        &reasons::SCALE_UP
    });
    let mut reason = reason
        .with("pods", Value::Count(best.growth.pods.into()))
        .with("workloads", Value::Name(names.join(", ").into()))
        .with("by", Value::Word(choice.by))
        .with("group", Value::Name(pools[best.pool].spec.name.as_str().into()))
        .with("nodes", Value::Count(best.estimate.nodes.into()))
        .with("others", Value::Name(others.into()));
    if let Some(limit) = limit {
        reason = reason
            .with("limit", Value::Word(limit))
            .with("granted", Value::Count(granted.into()));
    }
    reason
}

fn balanced(scan: &Scan<'_>, members: &[usize], nodes: u32) -> Reason {
    let names = members
        .iter()
        .map(|&pool| scan.view.pools[pool].spec.name.as_str());
    let names: Vec<&str> = names.collect();
    Reason::new(&reasons::BALANCED)
        .with("nodes", Value::Count(nodes.into()))
        .with("groups", Value::Name(names.join(", ").into()))
}

/// Says of pods that no group helps why each does not.
fn unhelped(
    scan: &mut Scan<'_>,
    waiting: &[Waiting<'_>],
    says: &[Vec<Skipped>],
    ways: &[Way],
    turns: &[Vec<NodeView>],
) -> Vec<NodeDecision> {
    let mut holds = Vec::new();
    for (place, pods) in waiting.iter().enumerate() {
        // Where only some find room, the others' turn comes at the next look.
        if ways.iter().any(|way| way.estimate.scheduled[place] > 0) {
            continue;
        }
        let mut groups = Vec::new();
        for (pool, said) in says.iter().enumerate() {
            let name = &scan.view.pools[pool].spec.name;
            let why = match &said[place] {
                Some(why) => why.clone(),
                None => refusal(scan, &turns[pool][..1], pods).map_or_else(
                    || "no room on new nodes".to_owned(),
                    |why| format!("the next node: {why}"),
                ),
            };
            groups.push(format!("{name}: {why}"));
        }
        let reason = Reason::new(&reasons::NO_SCALE_UP)
            .with("pods", Value::Count(pods.count.into()))
            .with("groups", Value::Name(groups.join("; ").into()));
        holds.push(NodeDecision::Hold {
            subject: scan.view.workload_name(pods.pods.workload).into(),
            reason,
        });
    }
    holds
}

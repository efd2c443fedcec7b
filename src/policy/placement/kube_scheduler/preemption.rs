//! DefaultPreemption: whose leaving would make room, and who should leave
//! (`plugins/defaultpreemption/default_preemption.go`, `framework/preemption/preemption.go`).

use super::configuration::PreemptionArgs;
use super::cycle::Cycle;
use super::status::{Code, Diagnosis, Plugin, Status};
use crate::engine::{Stream, Time};
use crate::model::cluster::{BoundPod, ClusterView, Overlay};
use crate::model::placement_rules::PreemptionPolicy;
use rand::RngExt;
use std::cmp::Reverse;

/// A node that would take the pod if these pods left.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node's position.
    pub place: usize,
    /// Who would leave, by ticket on the node, the most important first.
    pub victims: Vec<(u64, BoundPod)>,
    /// How many of them a disruption budget protects.
    pub violations: usize,
}

/// Whether the pod may push others out now: not if it is not to, nor while somebody it has pushed out is leaving.
pub(super) fn eligible(cycle: &Cycle<'_>, diagnosis: &Diagnosis) -> Result<(), &'static str> {
    let rules = &cycle.pod.class.rules;
    if rules.preemption == PreemptionPolicy::Never {
        return Err("not eligible due to preemptionPolicy=Never.");
    }
    let Some(place) = cycle.pod.nominated else {
        return Ok(());
    };
    let hopeless = |(refused, status): &(usize, Status)| {
        *refused == place && status.code == Code::UnschedulableAndUnresolvable
    };
    if diagnosis.refused.iter().any(hopeless) {
        return Ok(());
    }
    let leaving = cycle.view.node(place).is_some_and(|node| {
        let mut pods = node.pods.iter();
        pods.any(|(_, pod)| pod.terminating.is_some() && pod.class.rules.priority < rules.priority)
    });
    if leaving {
        return Err("not eligible due to a terminating pod on the nominated node.");
    }
    Ok(())
}

/// Candidates among the nodes at `places`, whose refusal pods' leaving could lift, from the `offset`-th on, until there
/// are `wanted` and one of them breaks no budget; and what is said of the other nodes.
pub(super) fn candidates(
    cycle: &Cycle<'_>,
    places: &[usize],
    offset: usize,
    wanted: usize,
) -> (Vec<Candidate>, Vec<(usize, Status)>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for step in 0..places.len() {
        let place = places[(offset + step) % places.len()];
        match victims_on(cycle, place) {
            Ok(candidate) => found.push(candidate),
            Err(status) => refused.push((place, status)),
        }
        if found.len() >= wanted && found.iter().any(|one| one.violations == 0) {
            break;
        }
    }
    (found, refused)
}

/// The nodes whose refusal pods' leaving could lift, in the order of the roster, of a diagnosis made on a walk round it
/// from the `start`-th node on.
pub(super) fn resolvable(diagnosis: &Diagnosis, start: usize) -> Vec<usize> {
    let refused = &diagnosis.refused;
    let (from_start, before) = refused.split_at(refused.len().saturating_sub(start));
    let nodes = before.iter().chain(from_start);
    nodes
        .filter(|(_, status)| status.code == Code::Unschedulable)
        .map(|(place, _)| *place)
        .collect()
}

/// Who must leave the node at `place`: all of lower priority, but for those that can stay, the most important and
/// those under a budget asked first.
fn victims_on(cycle: &Cycle<'_>, place: usize) -> Result<Candidate, Status> {
    let mut cycle = cycle.clone();
    let mut overlay = Overlay::new(cycle.view);
    let priority = cycle.pod.class.rules.priority;
    let node = cycle.view.node(place);
    let lower: Vec<(u64, BoundPod)> = node
        .into_iter()
        .flat_map(|node| node.pods.iter())
        .filter(|(_, pod)| pod.class.rules.priority < priority)
        .map(|(ticket, pod)| (ticket, pod.clone()))
        .collect();
    if lower.is_empty() {
        return Err(Status::unresolvable(
            Plugin::DefaultPreemption,
            "No preemption victims found for incoming pod",
        ));
    }
    for (ticket, pod) in &lower {
        take_off(&mut cycle, &mut overlay, place, *ticket, pod);
    }
    fits(&cycle, &overlay, place)?;
    let mut lower = lower;
    lower.sort_by_key(importance);
    let (protected, free) = by_budget(cycle.view, lower);
    let (mut victims, mut violations) = (Vec::new(), 0);
    for (pods, guarded) in [(protected, true), (free, false)] {
        for (ticket, pod) in pods {
            if let Some(node) = overlay.node(place) {
                cycle.change(&pod, node, 1);
            }
            overlay.put_back(place, ticket, pod.clone());
            if fits(&cycle, &overlay, place).is_err() {
                take_off(&mut cycle, &mut overlay, place, ticket, &pod);
                violations += usize::from(guarded);
                victims.push((ticket, pod));
            }
        }
    }
    victims.sort_by_key(importance);
    Ok(Candidate {
        place,
        victims,
        violations,
    })
}

fn take_off(cycle: &mut Cycle<'_>, overlay: &mut Overlay<'_>, place: usize, ticket: u64, pod: &BoundPod) {
    if let Some(node) = overlay.node(place) {
        cycle.change(pod, node, -1);
    }
    overlay.remove_pod(place, ticket);
}

fn fits(cycle: &Cycle<'_>, overlay: &Overlay<'_>, place: usize) -> Result<(), Status> {
    overlay.node(place).map_or(Ok(()), |node| cycle.filter(node))
}

/// The more important first: greater priority, then earlier start.
fn importance((_, pod): &(u64, BoundPod)) -> (Reverse<i32>, Time) {
    (Reverse(pod.class.rules.priority), pod.started)
}

type Pods = Vec<(u64, BoundPod)>;

/// Those whose leaving breaks a budget, each taking from the budgets in turn, and the others.
fn by_budget(view: &dyn ClusterView, pods: Pods) -> (Pods, Pods) {
    let budgets = &view.objects().budgets;
    let mut allowed: Vec<i32> = budgets.iter().map(|budget| budget.disruptions_allowed).collect();
    pods.into_iter().partition(|(_, pod)| {
        let mut broken = false;
        for (budget, left) in budgets.iter().zip(&mut allowed) {
            if budget.covers(&pod.class.namespace, &pod.class.labels) {
                *left -= 1;
                broken |= *left < 0;
            }
        }
        broken
    })
}

/// The candidates that are as good as any: fewest broken budgets, then the lowest priority of the most important
/// victim, the lowest sum of priorities (each counted from the lowest there is), fewest victims, and the most
/// important victims that started last.
#[must_use]
pub fn best(candidates: &[Candidate]) -> Vec<usize> {
    let merit = |candidate: &Candidate| {
        let priorities = candidate.victims.iter().map(|(_, pod)| pod.class.rules.priority);
        let top = priorities.clone().max().unwrap_or(i32::MIN);
        let sum: i64 = priorities
            .map(|priority| i64::from(priority) + i64::from(i32::MAX) + 1)
            .sum();
        let first = candidate
            .victims
            .iter()
            .filter(|(_, pod)| pod.class.rules.priority == top)
            .map(|(_, pod)| pod.started)
            .min();
        (
            candidate.violations,
            top,
            sum,
            candidate.victims.len(),
            Reverse(first),
        )
    };
    let merits: Vec<_> = candidates.iter().map(merit).collect();
    let least = merits.iter().min();
    (0..candidates.len())
        .filter(|&index| Some(&merits[index]) == least)
        .collect()
}

/// How many candidates are enough, and at which node the search begins.
pub(super) fn search(args: PreemptionArgs, nodes: usize, stream: &mut Stream) -> (usize, usize) {
    let share = nodes * args.min_candidate_nodes_percentage as usize / 100;
    let wanted = share.max(args.min_candidate_nodes_absolute as usize).min(nodes);
    let offset = if nodes > 0 {
        stream.random_range(0..nodes)
    } else {
        0
    };
    (offset, wanted)
}

/// What is said when nobody's leaving would help.
pub(super) fn no_candidate(nodes: usize, refused: Vec<(usize, Status)>) -> Diagnosis {
    Diagnosis {
        nodes,
        before: None,
        refused,
        others: Some("Preemption is not helpful for scheduling"),
    }
}

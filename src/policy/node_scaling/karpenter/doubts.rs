//! What NodePools can never do, known before the run: nodes that no instance type makes, limits below every machine, budgets
//! and pods that hold nodes for ever, pods for which no node can be made.
//!
//! Knows: NodePools, instance types, and pods as they are described. Must not know: where any of it is written.

use super::instance_type::InstanceType;
use super::market::{Market, Unavailable};
use super::node_pool::{Limits, NodePool};
use super::policy::Karpenter;
use super::requirements::{CAPACITY_TYPE_LABEL, Requirements, Undefined};
use super::spec::{BudgetSpec, NodePoolSpec, NodesSpec, OperatorSpec, OrNever};
use crate::engine::Time;
use crate::model::labels::untolerated;
use crate::model::owner::Owner;
use crate::model::placement_rules::ZONE_LABEL;
use crate::model::pod_template::PodTemplate;
use crate::model::units::quoted;
use crate::policy::node_scaling::outlook::{Doubt, Outlook};
use std::collections::BTreeSet;

/// Pods that fit nowhere are named up to so many workloads.
const NAMED: usize = 5;

/// Everything that will not work as it is written.
pub(super) fn doubts(karpenter: &Karpenter, outlook: &Outlook<'_>) -> Vec<Doubt> {
    let market = Market::of(outlook.pools, &Unavailable::new(), Time::ZERO);
    let mut doubts = Vec::new();
    let mut makers: Vec<(&NodePool, Vec<&InstanceType>)> = Vec::new();
    for pool in &karpenter.pools {
        let own: Vec<&InstanceType> = market.types.iter().filter(|one| makes(pool, one)).collect();
        makers.push((pool, own));
    }
    let none_can = makers.iter().all(|(_, own)| own.is_empty());
    for (index, spec) in karpenter.node_pools.iter().enumerate() {
        let path = format!("nodePools[{index}]");
        let Some((pool, own)) = makers.iter().find(|(pool, _)| *pool.name == *spec.name) else {
            continue;
        };
        if own.is_empty() {
            let mut doubt = unmet(spec, pool, &path, &market.types);
            doubt.is_hopeless = none_can;
            doubts.push(doubt);
        } else {
            doubts.extend(too_small(spec, &pool.limits, &path, own));
        }
        doubts.extend(frozen(spec, &path));
        doubts.extend(held_for_ever(spec, &path, outlook));
    }
    if !none_can {
        doubts.extend(homeless(&makers, outlook));
    }
    doubts
}

/// Whether nodes of `pool` may be of this type.
fn makes(pool: &NodePool, one: &InstanceType) -> bool {
    one.requirements.intersect(&pool.requirements)
        && one
            .offerings
            .iter()
            .any(|offering| offering.meets(&pool.requirements))
}

/// Whether some type meets `asked`, where it says anything of it.
fn any_meets(asked: &Requirements, types: &[InstanceType]) -> bool {
    types.iter().any(|one| {
        one.requirements.intersect(asked) && one.offerings.iter().any(|offering| offering.meets(asked))
    })
}

/// The values that types have of a label.
fn values_of(key: &str, types: &[InstanceType]) -> BTreeSet<String> {
    let offered = types.iter().flat_map(|one| &one.offerings);
    match key {
        CAPACITY_TYPE_LABEL => offered.map(|one| one.capacity_type.label().to_owned()).collect(),
        ZONE_LABEL => offered.map(|one| one.zone.to_string()).collect(),
        _ => {
            let listed = types.iter().filter_map(|one| one.requirements.get(key)?.listed());
            listed.flatten().map(ToString::to_string).collect()
        }
    }
}

/// Why no instance type makes a node of a NodePool: the first requirement that none meets, or all of them together.
fn unmet(spec: &NodePoolSpec, pool: &NodePool, path: &str, types: &[InstanceType]) -> Doubt {
    let name = quoted(&spec.name);
    for (index, one) in spec.requirements.iter().enumerate() {
        let mut asked = Requirements::default();
        if let Some(allowed) = pool.requirements.get(&one.key) {
            asked.set(&one.key, allowed.clone());
        }
        if any_meets(&asked, types) {
            continue;
        }
        let known: Vec<String> = values_of(&one.key, types).into_iter().collect();
        let at = match one.operator {
            OperatorSpec::In => ".values[0]",
            _ => "",
        };
        return Doubt {
            path: format!("{path}.requirements[{index}]{at}"),
            what: format!(
                "the NodePool {name} can make no node: no pool has {} like this",
                quoted(&one.key)
            ),
            help: format!("the pools have {}", listed(&known)),
            said: one
                .values
                .first()
                .filter(|_| one.operator == OperatorSpec::In)
                .cloned(),
            known,
            is_hopeless: false,
        };
    }
    Doubt {
        path: path.to_owned(),
        what: format!("the NodePool {name} can make no node: no pool meets all that it asks for"),
        help: "each requirement is met by some pool, and all together by none".to_owned(),
        ..Doubt::default()
    }
}

fn listed(values: &[String]) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(20)
        .map(|value| quoted(value).to_string())
        .collect();
    match values.len() - shown.len() {
        0 if shown.is_empty() => "no such label".to_owned(),
        0 => shown.join(", "),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}

/// A limit that leaves no room for a single node.
fn too_small(spec: &NodePoolSpec, limits: &Limits, path: &str, types: &[&InstanceType]) -> Option<Doubt> {
    if types.iter().any(|one| limits.allow(&one.capacity)) {
        return None;
    }
    // Limits are in the order of their names, as they were written.
    let names = spec.limits.keys().zip(&limits.0);
    let (name, smallest) = names
        .map(|(name, (limited, left))| {
            let smallest = types.iter().map(|one| limited.of(&one.capacity)).min();
            (name, (smallest.unwrap_or(0), *left))
        })
        .find(|(_, (smallest, left))| smallest > left)
        .map_or((None, 0), |(name, (smallest, _))| (Some(name), smallest));
    let help = match name.map(String::as_str) {
        Some("cpu") => format!(
            "the smallest of its instance types has {} CPUs",
            smallest as f64 / 1000.0
        ),
        Some("memory") => format!("the smallest of its instance types has {} MiB", smallest >> 20),
        Some(_) => format!("the smallest of its instance types has {smallest}"),
        None => "each limit leaves room for some instance type, and all together for none".to_owned(),
    };
    Some(Doubt {
        path: name.map_or_else(
            || format!("{path}.limits"),
            |name| format!("{path}.limits.{name}"),
        ),
        what: format!(
            "the limits of the NodePool {} leave no room for a single node",
            quoted(&spec.name)
        ),
        help,
        ..Doubt::default()
    })
}

/// A budget that never lets a node go.
fn frozen(spec: &NodePoolSpec, path: &str) -> Option<Doubt> {
    let is_zero = |budget: &BudgetSpec| match &budget.nodes {
        NodesSpec::Count(count) => *count == 0,
        NodesSpec::Text(text) => matches!(text.as_str(), "0" | "0%"),
    };
    let always = |budget: &BudgetSpec| budget.reasons.is_none() && budget.schedule.is_none();
    let mut budgets = spec.disruption.budgets.iter();
    let index = budgets.position(|budget| is_zero(budget) && always(budget))?;
    Some(Doubt {
        path: format!("{path}.disruption.budgets[{index}].nodes"),
        what: format!("this budget lets no node of {} be disrupted, ever", quoted(&spec.name)),
        help: "nothing is consolidated, and drifted nodes stay; give it `reasons`, or a `schedule` and a `duration`"
            .to_owned(),
        ..Doubt::default()
    })
}

/// Nodes that will be too old within the run, and pods that never let them go.
fn held_for_ever(spec: &NodePoolSpec, path: &str, outlook: &Outlook<'_>) -> Option<Doubt> {
    let OrNever::After(life) = spec.expire_after else {
        return None;
    };
    if spec.termination_grace_period.is_some() || life.span() >= outlook.duration {
        return None;
    }
    let keeper = outlook.workloads.iter().find(|one| one.never_lets_go)?;
    Some(Doubt {
        path: path.to_owned(),
        what: format!(
            "nodes of {} expire after {life}, and those with pods of {} can never be emptied: its budget lets none go",
            quoted(&spec.name),
            quoted(keeper.name)
        ),
        help: "`terminationGracePeriod: 1h` ends what budgets forbid".to_owned(),
        ..Doubt::default()
    })
}

/// Pods for which no NodePool can make a node.
fn homeless(makers: &[(&NodePool, Vec<&InstanceType>)], outlook: &Outlook<'_>) -> Option<Doubt> {
    let pods = outlook.workloads.iter();
    let pods = pods.filter(|one| one.template.owner != Owner::DaemonSet);
    let without = pods.filter(|one| !makers.iter().any(|(pool, own)| hosts(pool, own, one.template)));
    let names: Vec<String> = without.map(|one| quoted(one.name).to_string()).collect();
    let shown = names.get(..NAMED.min(names.len()))?;
    let more = match names.len() - shown.len() {
        _ if names.is_empty() => return None,
        0 => String::new(),
        left => format!(" and {left} more"),
    };
    Some(Doubt {
        what: format!(
            "no NodePool can make a node for pods of {}{more}: they run only on nodes that are there at the start",
            shown.join(", ")
        ),
        help: "compare their `node_selector`, `affinity`, `tolerations` and size with the NodePools' requirements, \
               taints and instance types"
            .to_owned(),
        ..Doubt::default()
    })
}

/// Whether some node of `pool` could take a pod.
fn hosts(pool: &NodePool, types: &[&InstanceType], template: &PodTemplate) -> bool {
    let tolerated = |taints| untolerated(taints, &template.tolerations).is_none();
    if !tolerated(&pool.taints) {
        return false;
    }
    let alternatives = Requirements::alternatives_of_pod(template);
    types.iter().filter(|one| tolerated(&one.taints)).any(|one| {
        template.requests().shortage_in(&one.allocatable).is_none()
            && alternatives.iter().any(|asked| {
                let mut node = pool.requirements.clone();
                node.narrow_all(&one.requirements);
                node.conflict(asked, Undefined::WellKnownAllowed).is_none() && {
                    node.narrow_all(asked);
                    one.offerings.iter().any(|offering| offering.meets(&node))
                }
            })
    })
}

//! NodePools as users write them, made ready; and everything that is wrong with them.

use super::allowed_values::AllowedValues;
use super::budgets::{Budget, DisruptionReason, Nodes, Window};
use super::node_pool::{ConsolidationPolicy, Disruption, Limited, Limits, NodePool};
use super::requirements::{CAPACITY_TYPE_LABEL, NODE_POOL_LABEL, Requirements};
use super::spec::{
    BudgetSpec, ConsolidationPolicySpec, EffectSpec, NodePoolSpec, NodesSpec, OperatorSpec, OrNever,
    ReasonSpec, RequirementSpec, TaintSpec,
};
use crate::engine::Span;
use crate::model::cron::Recurrence;
use crate::model::labels::{Labels, Taint, TaintEffect};
use crate::model::placement_rules::{HOSTNAME_LABEL, Operator, Requirement};
use crate::model::units::{Duration, MetricQuantity};

/// The NodePool of a scenario that names none: every instance type.
const DEFAULT_NAME: &str = "default";

/// The NodePools in the order in which they are tried; one that takes everything if none is given.
///
/// # Errors
/// Everything that Karpenter's API would refuse, or that could never do anything, one sentence each.
pub fn node_pools(specs: &[NodePoolSpec]) -> Result<Vec<NodePool>, Vec<String>> {
    let only = [NodePoolSpec {
        name: DEFAULT_NAME.to_owned(),
        ..NodePoolSpec::default()
    }];
    let specs = if specs.is_empty() { &only } else { specs };
    let mut problems = Vec::new();
    let mut pools = Vec::new();
    for (index, spec) in specs.iter().enumerate() {
        let path = format!("nodePools[{index}]");
        if spec.name.is_empty() {
            problems.push(format!("{path}.name must be given"));
        }
        if specs[..index].iter().any(|other| other.name == spec.name) {
            problems.push(format!(
                "{path}.name is `{}`, as another NodePool's is",
                spec.name
            ));
        }
        pools.push(node_pool(spec, &path, &mut problems));
    }
    super::node_pool::sort_by_weight(&mut pools);
    if problems.is_empty() {
        Ok(pools)
    } else {
        Err(problems)
    }
}

fn node_pool(spec: &NodePoolSpec, path: &str, problems: &mut Vec<String>) -> NodePool {
    if spec.weight > 100 {
        problems.push(format!("{path}.weight must be at most 100"));
    }
    let labels: Labels = spec.labels.clone().into_iter().collect();
    let mut requirements = Requirements::of_labels(&labels);
    for (index, requirement) in spec.requirements.iter().enumerate() {
        let path = format!("{path}.requirements[{index}]");
        let before = problems.len();
        check_requirement(requirement, &path, problems);
        if problems.len() > before {
            continue;
        }
        let allowed = AllowedValues::of(&read_requirement(requirement));
        requirements.narrow(&requirement.key, &allowed.with_min_values(requirement.min_values));
        let left = requirements.get(&requirement.key);
        if left.is_some_and(AllowedValues::is_empty) && requirement.operator != OperatorSpec::DoesNotExist {
            problems.push(format!(
                "{path} leaves no value for `{}`, together with what else the NodePool asks for",
                requirement.key
            ));
        }
    }
    for key in [NODE_POOL_LABEL, HOSTNAME_LABEL] {
        if labels.contains_key(key) || spec.requirements.iter().any(|one| one.key == key) {
            problems.push(format!(
                "{path}: `{key}` is set by Karpenter and cannot be asked for"
            ));
        }
    }
    requirements.set(NODE_POOL_LABEL, AllowedValues::only([spec.name.as_str()]));
    if requirements.get(CAPACITY_TYPE_LABEL).is_none() {
        // Any value that is on offer may be chosen, as of every well-known label that is not asked for.
        requirements.set(CAPACITY_TYPE_LABEL, AllowedValues::any());
    }
    let budgets = spec.disruption.budgets.iter().enumerate();
    let budgets = budgets
        .map(|(index, budget)| read_budget(budget, &format!("{path}.disruption.budgets[{index}]"), problems))
        .collect();
    if span(spec.expire_after).is_some_and(Span::is_zero) {
        problems.push(format!("{path}.expireAfter must be above zero, or `Never`"));
    }
    NodePool {
        name: spec.name.as_str().into(),
        weight: spec.weight,
        requirements,
        labels,
        annotations: spec.annotations.clone().into_iter().collect(),
        taints: spec.taints.iter().map(taint).collect(),
        startup_taints: spec.startup_taints.iter().map(taint).collect(),
        limits: Limits(
            spec.limits
                .iter()
                .map(|(name, amount)| limit(name, *amount, path, problems))
                .collect(),
        ),
        disruption: Disruption {
            policy: match spec.disruption.consolidation_policy {
                ConsolidationPolicySpec::WhenEmpty => ConsolidationPolicy::WhenEmpty,
                ConsolidationPolicySpec::WhenEmptyOrUnderutilized => {
                    ConsolidationPolicy::WhenEmptyOrUnderutilized
                }
            },
            consolidate_after: span(spec.disruption.consolidate_after),
            budgets,
        },
        expire_after: span(spec.expire_after),
        termination_grace: spec.termination_grace_period.map(Duration::span),
    }
}

fn check_requirement(requirement: &RequirementSpec, path: &str, problems: &mut Vec<String>) {
    let RequirementSpec {
        key,
        operator,
        values,
        ..
    } = requirement;
    match operator {
        OperatorSpec::In | OperatorSpec::NotIn if values.is_empty() => {
            problems.push(format!("{path}.values must have at least one value"));
        }
        OperatorSpec::Exists | OperatorSpec::DoesNotExist if !values.is_empty() => {
            problems.push(format!("{path}.values must be empty for {operator:?}"));
        }
        OperatorSpec::Gt | OperatorSpec::Lt => {
            let bound = |value: &String| value.parse::<i64>().is_ok_and(|bound| bound >= 0);
            if values.len() != 1 || !values.iter().all(bound) {
                problems.push(format!("{path}.values must be one whole number for {operator:?}"));
            }
        }
        _ => {}
    }
    if requirement
        .min_values
        .is_some_and(|least| !(1..=50).contains(&least))
    {
        problems.push(format!("{path}.minValues must be 1 to 50"));
    }
    if let Some(least) = requirement.min_values
        && *operator == OperatorSpec::In
        && (values.len() as u64) < u64::from(least)
    {
        problems.push(format!(
            "{path}.minValues is {least}, and `values` has only {}",
            values.len()
        ));
    }
    let known = ["spot", "on-demand", "reserved"];
    if key == CAPACITY_TYPE_LABEL
        && let Some(other) = values.iter().find(|value| !known.contains(&value.as_str()))
    {
        problems.push(format!(
            "{path}.values has `{other}`, expected `spot`, `on-demand` or `reserved`"
        ));
    }
}

fn read_requirement(requirement: &RequirementSpec) -> Requirement {
    Requirement {
        key: requirement.key.clone(),
        operator: match requirement.operator {
            OperatorSpec::In => Operator::In,
            OperatorSpec::NotIn => Operator::NotIn,
            OperatorSpec::Exists => Operator::Exists,
            OperatorSpec::DoesNotExist => Operator::DoesNotExist,
            OperatorSpec::Gt => Operator::Gt,
            OperatorSpec::Lt => Operator::Lt,
        },
        values: requirement.values.clone(),
    }
}

fn read_budget(budget: &BudgetSpec, path: &str, problems: &mut Vec<String>) -> Budget {
    let nodes = match &budget.nodes {
        NodesSpec::Count(count) => Ok(Nodes::Count(*count)),
        NodesSpec::Text(text) => Nodes::parse(text),
    };
    let nodes = nodes.unwrap_or_else(|problem| {
        problems.push(format!("{path}.nodes: {problem}"));
        Nodes::Count(0)
    });
    let window = match (&budget.schedule, budget.duration) {
        (None, None) => None,
        (Some(schedule), Some(duration)) => match Recurrence::parse(schedule) {
            Ok(schedule) => Some(Window {
                schedule: Some(schedule),
                duration: duration.span(),
            }),
            Err(problem) => {
                problems.push(format!("{path}.schedule is `{schedule}`: {problem}"));
                None
            }
        },
        _ => {
            problems.push(format!(
                "{path}: `schedule` and `duration` must be given together"
            ));
            None
        }
    };
    let reason = |reason: &ReasonSpec| match reason {
        ReasonSpec::Empty => DisruptionReason::Empty,
        ReasonSpec::Drifted => DisruptionReason::Drifted,
        ReasonSpec::Underutilized => DisruptionReason::Underutilized,
    };
    Budget {
        nodes,
        reasons: budget
            .reasons
            .as_ref()
            .map(|reasons| reasons.iter().map(reason).collect()),
        window,
    }
}

fn limit(name: &str, amount: MetricQuantity, path: &str, problems: &mut Vec<String>) -> (Limited, i128) {
    let millis = i128::from(amount.millis());
    let limited = match name {
        "cpu" => return (Limited::Cpu, millis),
        "memory" => Limited::Memory,
        "pods" => Limited::Pods,
        "ephemeral-storage" => Limited::EphemeralStorage,
        "nodes" => Limited::Nodes,
        other => {
            if !other.contains('/') {
                problems.push(format!(
                    "{path}.limits has `{other}`, expected `cpu`, `memory`, `nodes`, `pods`, `ephemeral-storage` or an \
                     extended resource such as `nvidia.com/gpu`"
                ));
            }
            Limited::Extended(other.into())
        }
    };
    (limited, millis / 1000)
}

fn taint(taint: &TaintSpec) -> Taint {
    Taint {
        key: taint.key.clone(),
        value: taint.value.clone(),
        effect: match taint.effect {
            EffectSpec::NoSchedule => TaintEffect::NoSchedule,
            EffectSpec::PreferNoSchedule => TaintEffect::PreferNoSchedule,
            EffectSpec::NoExecute => TaintEffect::NoExecute,
        },
    }
}

fn span(after: OrNever) -> Option<Span> {
    match after {
        OrNever::Never(_) => None,
        OrNever::After(after) => Some(after.span()),
    }
}

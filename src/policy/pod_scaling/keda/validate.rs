//! What KEDA refuses: its webhook's checks of a ScaledObject and its triggers.
//!
//! Knows: rules over several fields. Must not know: what a field leads to.
//! Sources: `apis/keda/v1alpha1/scaledobject_types.go`, `scaledobject_webhook.go`, `scaletriggers_types.go`.

use super::{FallbackBehavior, Formula, ScaleTrigger, ScaledObject, Trigger, TriggerKind, make_hpa};

/// Everything wrong with the object.
pub(super) fn problems(object: &ScaledObject) -> Vec<String> {
    let mut problems = trigger_problems(&object.triggers);
    let triggers: Vec<_> = parsed(&object.triggers).flatten().collect();
    let (min, max) = (object.min_replicas(), object.max_replicas());
    // A minimum that is given counts as at least one here.
    let least = object.min_replica_count.map_or(0, |min| min.max(1));
    if least > max {
        problems.push(format!("minReplicaCount {min} is above maxReplicaCount {max}"));
    }
    if let Some(idle) = object.idle_replica_count.filter(|&idle| idle >= least) {
        problems.push(format!(
            "idleReplicaCount {idle} must be below minReplicaCount {min}"
        ));
    }
    if object.polling_interval == Some(0) {
        problems.push(
            "pollingInterval must be above 0: the operator would poll for ever at one instant".to_owned(),
        );
    }
    let is_resource = |trigger: &Trigger| matches!(trigger.kind, TriggerKind::Resource { .. });
    if min == 0 && !triggers.is_empty() && triggers.iter().all(is_resource) {
        problems.push(
            "all triggers are cpu or memory: a workload at zero has neither, so minReplicaCount must be above 0"
                .to_owned(),
        );
    }
    if let Some(modifiers) = object.modifiers() {
        problems.extend(modifier_problems(object, &triggers, &modifiers.formula));
    }
    let formula = object
        .modifiers()
        .is_some_and(|modifiers| !modifiers.formula.is_empty());
    if let Some(fallback) = &object.fallback {
        if fallback.behavior == FallbackBehavior::ScalingModifiers && !formula {
            problems.push("fallback.behavior `scalingModifiers` needs a formula".to_owned());
        }
        if !formula && triggers.iter().all(is_resource) {
            problems.push("fallback needs a trigger that is neither cpu nor memory".to_owned());
        }
    }
    if problems.is_empty() {
        problems.extend(make_hpa(object, &triggers).err());
    }
    problems
}

/// Everything wrong with the triggers.
pub(super) fn trigger_problems(triggers: &[ScaleTrigger]) -> Vec<String> {
    let mut problems = Vec::new();
    if triggers.is_empty() {
        problems.push("no trigger is given".to_owned());
    }
    for (index, (trigger, parsed)) in triggers.iter().zip(parsed(triggers)).enumerate() {
        if let Err(problem) = parsed {
            problems.push(format!("triggers[{index}]: {problem}"));
        }
        if trigger.use_cached_metrics && ["cpu", "memory", "cron"].contains(&trigger.kind.as_str()) {
            problems.push(format!(
                "triggers[{index}]: useCachedMetrics is not for {}",
                trigger.kind
            ));
        }
        let same = |other: &ScaleTrigger| trigger.name.is_some() && other.name == trigger.name;
        if triggers[..index].iter().any(same) {
            let name = trigger.name.as_deref().unwrap_or_default();
            problems.push(format!(
                "triggers[{index}]: the name `{name}` is taken by another trigger"
            ));
        }
    }
    problems
}

fn parsed(triggers: &[ScaleTrigger]) -> impl Iterator<Item = Result<Trigger, String>> {
    triggers
        .iter()
        .enumerate()
        .map(|(index, trigger)| Trigger::parse(trigger, index))
}

fn modifier_problems(object: &ScaledObject, triggers: &[Trigger], formula: &str) -> Vec<String> {
    let Some(modifiers) = object.modifiers() else {
        return vec![];
    };
    let mut problems = Vec::new();
    if formula.is_empty() {
        problems.push("scalingModifiers has no formula".to_owned());
    } else {
        let external = triggers
            .iter()
            .filter(|trigger| !matches!(trigger.kind, TriggerKind::Resource { .. }));
        let names: Vec<_> = external.filter_map(|trigger| trigger.name.as_deref()).collect();
        if let Err(problem) = Formula::parse(formula, &names) {
            problems.push(format!("scalingModifiers.formula: {problem}"));
        }
    }
    let activation = &modifiers.activation_target;
    if !activation.is_empty() && activation.parse::<f64>().is_err() {
        problems.push(format!(
            "scalingModifiers.activationTarget is `{activation}`, expected a number"
        ));
    }
    problems
}

//! What a pod uses of CPU and may use, from its template.
//!
//! Knows: usages and limits. Must not know: nodes, or what others use.

use crate::engine::Span;
use crate::model::cpu::{CpuMode, Quota};
use crate::model::pod_template::{Container, PodTemplate};
use crate::model::request_queue::{CpuRule, LimitedContainer};

/// The rule of a pod's replica with so many `slots` (`None`: no limit), whose periods begin when it starts. Only containers that say what they use and could
/// come to use more than their limit are limited: the others could never tell.
pub(super) fn rule_of(template: &PodTemplate, slots: Option<u32>, mode: Option<CpuMode>) -> CpuRule {
    let containers = template.containers.iter().enumerate();
    let limited = containers.filter_map(|(place, container)| {
        let limit = container.limits.cpu_milli;
        let usage = &container.usage;
        let is_bound = limit > 0 && runs(template, container) && most_of(container, slots) > limit;
        (is_bound && mode.is_some()).then(|| LimitedContainer {
            place,
            quota: Quota::of_limit(limit),
            idle_milli: usage.cpu_idle_milli,
            per_slot_milli: usage.cpu_per_slot_milli,
        })
    });
    let limited = limited.collect();
    let sum = |of: fn(&Container) -> u64| template.running().map(of).fold(0, u64::saturating_add);
    CpuRule {
        mode: mode.unwrap_or_default(),
        idle_milli: sum(|one| one.usage.cpu_idle_milli),
        per_slot_milli: sum(|one| one.usage.cpu_per_slot_milli),
        limited,
        into_period: Span::ZERO,
    }
}

/// The most CPU that a pod may come to use, thousandths.
pub(super) fn most_of_pod(template: &PodTemplate, slots: Option<u32>, has_limits: bool) -> u64 {
    let each = template.running().map(|one| {
        let most = most_of(one, slots);
        match one.limits.cpu_milli {
            limit if limit > 0 && has_limits => most.min(limit),
            _ => most,
        }
    });
    each.fold(0, u64::saturating_add)
}

fn runs(template: &PodTemplate, container: &Container) -> bool {
    template.running().any(|one| std::ptr::eq(one, container))
}

/// What a container would use with all its slots in use.
fn most_of(container: &Container, slots: Option<u32>) -> u64 {
    let usage = &container.usage;
    match slots {
        Some(slots) => usage.with_slots(slots.into()).0,
        None if usage.cpu_per_slot_milli > 0 => u64::MAX,
        None => usage.cpu_idle_milli,
    }
}

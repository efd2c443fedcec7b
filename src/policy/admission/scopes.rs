//! Which pods a quota counts (`pkg/quota/v1/evaluator/core/pods.go`, `podMatchesScopeFunc`).

use super::asked;
use crate::model::namespace::{QuotaScope, ScopeRule};
use crate::model::placement_rules::PodAffinity;
use crate::model::pod_template::PodTemplate;

/// Whether a pod of `template` meets `rule`.
pub(super) fn meets(rule: &ScopeRule, template: &PodTemplate) -> bool {
    let class = template.rules.priority_class.as_str();
    match rule {
        ScopeRule::Is(scope) => is(*scope, template),
        ScopeRule::HasClass => !class.is_empty(),
        ScopeRule::HasNoClass => class.is_empty(),
        ScopeRule::ClassIn(classes) => !class.is_empty() && classes.iter().any(|one| one == class),
        ScopeRule::ClassNotIn(classes) => class.is_empty() || classes.iter().all(|one| one != class),
    }
}

fn is(scope: QuotaScope, template: &PodTemplate) -> bool {
    match scope {
        // Pods that serve have no deadline.
        QuotaScope::Terminating => false,
        QuotaScope::NotTerminating => true,
        QuotaScope::BestEffort => is_best_effort(template),
        QuotaScope::NotBestEffort => !is_best_effort(template),
        QuotaScope::CrossNamespacePodAffinity => {
            let rules = &template.rules;
            [&rules.pod_affinity, &rules.pod_anti_affinity]
                .into_iter()
                .any(crosses_namespaces)
        }
    }
}

fn is_best_effort(template: &PodTemplate) -> bool {
    let says = |list: crate::model::namespace::Amounts| {
        ["cpu", "memory"]
            .iter()
            .any(|name| list.get(*name).is_some_and(|&amount| amount > 0))
    };
    let pod = template.pod_resources();
    if pod.is_set() {
        let mut all = pod.requests.named().chain(pod.limits.named());
        return all.all(|(_, amount)| amount == 0);
    }
    !template
        .containers
        .iter()
        .any(|container| says(asked::requests(container)) || says(asked::limits(container)))
}

fn crosses_namespaces(affinity: &PodAffinity) -> bool {
    let preferred = affinity.preferred.iter().map(|preferred| &preferred.term);
    affinity
        .required
        .iter()
        .chain(preferred)
        .any(|term| !term.namespaces.is_empty() || term.namespace_selector.is_some())
}

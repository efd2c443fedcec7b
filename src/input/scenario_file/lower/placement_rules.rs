//! What pods ask of nodes: affinity, spread, ports, priority, disruption budgets.
//!
//! Knows: Kubernetes' rules about what may be written. Must not know: when anything matches.

use super::super::raw::placement_rules as raw;
use super::super::raw::workload::Serving;
use super::super::spot::Spot;
use super::Lowering;
use crate::model::labels::Labels;
use crate::model::placement_rules::{
    AffinityTerm, Allowed, BudgetRule, HostPort, LabelSelector, NodeAffinity, NodeInclusion,
    NodeSelectorTerm, Operator, PlacementRules, PodAffinity, PreemptionPolicy, PreferredNodes, PreferredTerm,
    Protocol, Requirement, SpreadConstraint, WhenUnsatisfiable,
};
use crate::model::units::quoted;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NAME_FIELD: &str = "metadata.name";

impl Lowering<'_> {
    /// Everything a workload's pods, which have `labels`, ask of nodes.
    pub(super) fn placement_rules(
        &mut self,
        spot: &Spot<'_>,
        serving: &Serving,
        labels: &Labels,
    ) -> PlacementRules {
        let gates = spot.at("schedulingGates");
        self.unique(&gates, "scheduling gate of this pod");
        if !serving.scheduling_gates.is_empty() && serving.node_name.is_some() {
            let error = gates.key_error("a pod with scheduling gates cannot name its node");
            self.push(error.help("take out `schedulingGates`, or `nodeName`"));
        }
        let affinity = self.affinity(&spot.at("affinity"), &serving.affinity, labels);
        PlacementRules {
            node_name: serving.node_name.clone(),
            spread: spot
                .at("topologySpreadConstraints")
                .items()
                .iter()
                .zip(&serving.topology_spread_constraints)
                .map(|(spot, one)| self.spread_constraint(spot, one))
                .collect(),
            host_ports: host_ports(serving),
            priority: serving.priority,
            priority_class: serving.priority_class_name.clone(),
            preemption: match serving.preemption_policy {
                raw::PreemptionPolicy::PreemptLowerPriority => PreemptionPolicy::PreemptLowerPriority,
                raw::PreemptionPolicy::Never => PreemptionPolicy::Never,
            },
            scheduling_gates: serving
                .scheduling_gates
                .iter()
                .map(|gate| gate.name.clone())
                .collect(),
            owner: Some(LabelSelector::of_labels(labels.clone())),
            ..affinity
        }
    }

    /// What pods of `labels` ask of nodes by the affinity that stands at `spot`.
    pub(super) fn affinity(
        &mut self,
        spot: &Spot<'_>,
        affinity: &raw::Affinity,
        labels: &Labels,
    ) -> PlacementRules {
        let (near, away) = (spot.at("podAffinity"), spot.at("podAntiAffinity"));
        PlacementRules {
            node_affinity: self.node_affinity(&spot.at("nodeAffinity"), &affinity.node_affinity),
            pod_affinity: self.pod_affinity(&near, &affinity.pod_affinity, labels),
            pod_anti_affinity: self.pod_affinity(&away, &affinity.pod_anti_affinity, labels),
            ..PlacementRules::default()
        }
    }

    /// The budget of a workload: one of two ways to say it.
    pub(super) fn budget(&mut self, spot: &Spot<'_>, budget: raw::DisruptionBudget) -> Option<BudgetRule> {
        let allowed = |one| match one {
            raw::CountOrShare::Count(count) => Allowed::Count(count),
            raw::CountOrShare::Share(share) => Allowed::Share(share.get()),
        };
        let rule = match (budget.min_available, budget.max_unavailable) {
            (Some(least), None) => Some(BudgetRule::MinAvailable(allowed(least))),
            (None, Some(most)) => Some(BudgetRule::MaxUnavailable(allowed(most))),
            (None, None) => None,
            (Some(_), Some(_)) => {
                let error = spot
                    .at("maxUnavailable")
                    .key_error("`minAvailable` and `maxUnavailable` exclude each other");
                self.push(error);
                None
            }
        };
        if rule.is_some_and(BudgetRule::allows_nothing) {
            let warning = spot.warning("this budget never lets a pod go");
            self.push(warning.help(
                "a node with one of these pods cannot be drained: `maxUnavailable: 1` lets one go at a time",
            ));
        }
        rule
    }

    fn node_affinity(&mut self, spot: &Spot<'_>, affinity: &raw::NodeAffinity) -> NodeAffinity {
        let terms_spot = spot.at(REQUIRED).at("nodeSelectorTerms");
        let required = affinity.required.as_ref().map(|selector| {
            let terms = terms_spot.items();
            let terms = terms.iter().zip(&selector.node_selector_terms);
            terms.map(|(spot, term)| self.node_term(spot, term)).collect()
        });
        let items = spot.at(PREFERRED).items();
        let preferred = items
            .iter()
            .zip(&affinity.preferred)
            .map(|(spot, one)| PreferredNodes {
                weight: one.weight,
                preference: self.node_term(&spot.at("preference"), &one.preference),
            });
        NodeAffinity {
            preferred: preferred.collect(),
            required,
        }
    }

    fn node_term(&mut self, spot: &Spot<'_>, term: &raw::NodeSelectorTerm) -> NodeSelectorTerm {
        let mut conditions = |key: &str, raw: &[raw::NodeRequirement]| -> Vec<Requirement> {
            let items = spot.at(key).items();
            let pairs = items.iter().zip(raw);
            pairs
                .map(|(item, one)| {
                    let requirement = Requirement {
                        key: one.key.clone(),
                        operator: node_operator(one.operator),
                        values: one.values.clone(),
                    };
                    self.values_fit(item, &requirement);
                    requirement
                })
                .collect()
        };
        let lowered = NodeSelectorTerm {
            match_expressions: conditions("matchExpressions", &term.match_expressions),
            match_fields: conditions("matchFields", &term.match_fields),
        };
        let items = spot.at("matchFields").items();
        for (item, field) in items.iter().zip(&lowered.match_fields) {
            if field.key != NAME_FIELD {
                let error = item
                    .at("key")
                    .error(format!("unknown field {}", quoted(&field.key)));
                self.push(error.help("expected `metadata.name`"));
            } else if !matches!(field.operator, Operator::In | Operator::NotIn) || field.values.len() != 1 {
                let error = item
                    .at("operator")
                    .error("a field takes `In` or `NotIn` and one value");
                self.push(error);
            }
        }
        lowered
    }

    fn pod_affinity(&mut self, spot: &Spot<'_>, affinity: &raw::PodAffinity, labels: &Labels) -> PodAffinity {
        let items = spot.at(REQUIRED).items();
        let required = items.iter().zip(&affinity.required);
        let required = required
            .map(|(spot, term)| self.pod_term(spot, term, labels))
            .collect();
        let items = spot.at(PREFERRED).items();
        let preferred = items
            .iter()
            .zip(&affinity.preferred)
            .map(|(spot, one)| PreferredTerm {
                weight: one.weight,
                term: self.pod_term(&spot.at("podAffinityTerm"), &one.pod_affinity_term, labels),
            });
        PodAffinity {
            required,
            preferred: preferred.collect(),
        }
    }

    /// `matchLabelKeys` and `mismatchLabelKeys` become conditions of the selector, as in the API server.
    fn pod_term(&mut self, spot: &Spot<'_>, term: &raw::PodAffinityTerm, labels: &Labels) -> AffinityTerm {
        let mut selector = self.selector(&spot.at("labelSelector"), term.label_selector.as_ref());
        if let Some(selector) = &mut selector {
            *selector = selector.with_keys_of(&term.match_label_keys, labels).into_owned();
            let others = term.mismatch_label_keys.iter();
            let others = others.filter_map(|key| labels.get_key_value(key));
            selector
                .match_expressions
                .extend(others.map(|(key, value)| Requirement {
                    key: key.clone(),
                    operator: Operator::NotIn,
                    values: vec![value.clone()],
                }));
        }
        AffinityTerm {
            selector,
            namespaces: term.namespaces.clone(),
            namespace_selector: self
                .selector(&spot.at("namespaceSelector"), term.namespace_selector.as_ref()),
            topology_key: term.topology_key.clone(),
        }
    }

    fn spread_constraint(&mut self, spot: &Spot<'_>, one: &raw::SpreadConstraint) -> SpreadConstraint {
        let soft = one.when_unsatisfiable == raw::WhenUnsatisfiable::ScheduleAnyway;
        if soft && one.min_domains.is_some() {
            let error = spot
                .at("minDomains")
                .key_error("`minDomains` needs `whenUnsatisfiable: DoNotSchedule`");
            self.push(error);
        }
        let inclusion = |policy| match policy {
            raw::NodeInclusion::Honor => NodeInclusion::Honor,
            raw::NodeInclusion::Ignore => NodeInclusion::Ignore,
        };
        SpreadConstraint {
            max_skew: one.max_skew,
            topology_key: one.topology_key.clone(),
            when_unsatisfiable: if soft {
                WhenUnsatisfiable::ScheduleAnyway
            } else {
                WhenUnsatisfiable::DoNotSchedule
            },
            selector: self.selector(&spot.at("labelSelector"), one.label_selector.as_ref()),
            min_domains: one.min_domains.unwrap_or(1),
            node_affinity_policy: inclusion(one.node_affinity_policy),
            node_taints_policy: inclusion(one.node_taints_policy),
            match_label_keys: one.match_label_keys.clone(),
        }
    }

    fn selector(&mut self, spot: &Spot<'_>, selector: Option<&raw::LabelSelector>) -> Option<LabelSelector> {
        let selector = selector?;
        let items = spot.at("matchExpressions").items();
        let pairs = items.iter().zip(&selector.match_expressions);
        let match_expressions = pairs.map(|(item, one)| {
            let requirement = Requirement {
                key: one.key.clone(),
                operator: match one.operator {
                    raw::LabelOperator::In => Operator::In,
                    raw::LabelOperator::NotIn => Operator::NotIn,
                    raw::LabelOperator::Exists => Operator::Exists,
                    raw::LabelOperator::DoesNotExist => Operator::DoesNotExist,
                },
                values: one.values.clone(),
            };
            self.values_fit(item, &requirement);
            requirement
        });
        Some(LabelSelector {
            match_expressions: match_expressions.collect(),
            match_labels: selector.match_labels.clone(),
        })
    }

    /// Kubernetes' rules: some operators need values, some take none, `Gt` and `Lt` take one whole number.
    fn values_fit(&mut self, spot: &Spot<'_>, requirement: &Requirement) {
        let values = &requirement.values;
        let problem = match requirement.operator {
            Operator::In | Operator::NotIn if values.is_empty() => Some("`In` and `NotIn` need values"),
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                Some("`Exists` and `DoesNotExist` take no values")
            }
            Operator::Gt | Operator::Lt if values.len() != 1 || values[0].parse::<i64>().is_err() => {
                Some("`Gt` and `Lt` take one whole number, in quotes")
            }
            _ => None,
        };
        if let Some(problem) = problem {
            let place = if values.is_empty() {
                spot.at("operator").error(problem)
            } else {
                spot.at("values").key_error(problem)
            };
            self.push(place);
        }
    }
}

const fn node_operator(operator: raw::NodeOperator) -> Operator {
    match operator {
        raw::NodeOperator::In => Operator::In,
        raw::NodeOperator::NotIn => Operator::NotIn,
        raw::NodeOperator::Exists => Operator::Exists,
        raw::NodeOperator::DoesNotExist => Operator::DoesNotExist,
        raw::NodeOperator::Gt => Operator::Gt,
        raw::NodeOperator::Lt => Operator::Lt,
    }
}

fn host_ports(serving: &Serving) -> Vec<HostPort> {
    let ports = serving.containers.iter().flat_map(|container| &container.ports);
    ports
        .filter_map(|port| {
            Some(HostPort {
                ip: port.host_ip.clone().unwrap_or_default(),
                protocol: match port.protocol {
                    raw::Protocol::Tcp => Protocol::Tcp,
                    raw::Protocol::Udp => Protocol::Udp,
                    raw::Protocol::Sctp => Protocol::Sctp,
                },
                port: port.host_port.filter(|port| *port > 0)?,
            })
        })
        .collect()
}

//! What a Swarm is told of a service: restarts, updates, placement, and whether every node has a task.
//!
//! Knows: the words of `deploy`, and what Swarm refuses. Must not know: when a task starts.

use super::super::raw::platform as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::workload::LoweredWorkload;
use crate::model::owner::Owner;
use crate::model::placement_rules::{HOSTNAME_LABEL, NodeSelectorTerm, Operator, Requirement};
use crate::model::pod_template::PodTemplate;
use crate::model::units::quoted;
use crate::platform::swarm::restart as swarm;
use crate::platform::swarm::update::{FailureAction, Order, UpdatePolicy};
use crate::sim::controller::{DaemonUpdate, Kind};
use crate::sim::platform::RestartRule;
use std::sync::Arc;

impl Lowering<'_> {
    /// Reads what a Swarm is told of the service at `item`.
    pub(super) fn of_swarm(&mut self, item: &Spot<'_>, workload: &mut LoweredWorkload) {
        let spot = item.at("deploy");
        let said: raw::Deploy = self.read_or(&spot, raw::Deploy::default()).unwrap_or_default();
        let restart = said.restart_policy;
        workload.rules.restart = RestartRule::Swarm(swarm::RestartPolicy {
            condition: match restart.condition {
                raw::RestartCondition::Any => swarm::Condition::Any,
                raw::RestartCondition::OnFailure => swarm::Condition::OnFailure,
                raw::RestartCondition::None => swarm::Condition::None,
            },
            delay: restart.delay.span(),
            attempts_max: restart.max_attempts,
            window: restart.window.span(),
        });
        workload.rules.update = Some(lowered(&said.update_config));
        workload.rules.rollback = lowered(&said.rollback_config);
        if said.rollback_config.failure_action == raw::FailureAction::Rollback {
            let at = spot.at("rollback_config").at("failure_action");
            let error = at.error("a rollback that fails cannot be rolled back");
            self.push(error.help("expected `pause` or `continue`"));
        }
        workload.rules.health = self.health_check(&item.at("healthcheck"));
        if said.mode == raw::ServiceMode::Global {
            self.on_every_node(item, &spot, workload);
        }
        let placement = spot.at("placement");
        let mut requirements = Vec::new();
        let constraints = placement.at("constraints").items();
        for (spot, constraint) in constraints.iter().zip(&said.placement.constraints) {
            match requirement(constraint) {
                Ok(requirement) => requirements.push(requirement),
                Err(why) => self.push(spot.error(why)),
            }
        }
        let mut preferences = Vec::new();
        let list = placement.at("preferences").items();
        for (spot, preference) in list.iter().zip(&said.placement.preferences) {
            match label_of(&preference.spread) {
                Some(label) => preferences.push(label.to_owned()),
                None => {
                    let found = quoted(&preference.spread);
                    let error = spot
                        .at("spread")
                        .error(format!("no preference spreads over {found}"));
                    self.push(error.help("expected `node.labels.<name>` or `engine.labels.<name>`"));
                }
            }
        }
        let most = said.placement.max_replicas_per_node;
        let place = |template: &mut PodTemplate| {
            template.rules.max_per_node = (most > 0).then_some(most);
            template.rules.preferences.clone_from(&preferences);
            if !requirements.is_empty() {
                template.rules.node_affinity.required = Some(vec![NodeSelectorTerm {
                    match_expressions: requirements.clone(),
                    match_fields: Vec::new(),
                }]);
            }
        };
        place(&mut workload.template);
        for rollout in &mut workload.controller.rollouts {
            place(Arc::make_mut(&mut rollout.template));
        }
    }

    /// A service of which every node has a task, as far as constraints allow.
    fn on_every_node(&mut self, item: &Spot<'_>, deploy: &Spot<'_>, workload: &mut LoweredWorkload) {
        let wrong = [
            (
                item.at("serving").at("replicas"),
                true,
                "`replicas`: it has a task on every node",
            ),
            (
                deploy.at("placement").at("max_replicas_per_node"),
                true,
                "`max_replicas_per_node`: it has one on each",
            ),
            (item.at("job"), true, "a `job`"),
        ];
        self.exclude(&deploy.at("mode"), "a global service", wrong);
        workload.controller.kind = Kind::OnEveryNode(DaemonUpdate::default());
        workload.replicas = 0;
        workload.template.owner = Owner::DaemonSet;
        for rollout in &mut workload.controller.rollouts {
            Arc::make_mut(&mut rollout.template).owner = Owner::DaemonSet;
        }
    }
}

fn lowered(said: &raw::UpdateConfig) -> UpdatePolicy {
    UpdatePolicy {
        parallelism: said.parallelism,
        delay: said.delay.span(),
        order: match said.order {
            raw::UpdateOrder::StopFirst => Order::StopFirst,
            raw::UpdateOrder::StartFirst => Order::StartFirst,
        },
        monitor: said.monitor.span(),
        failure_ratio_max: said.max_failure_ratio.get(),
        failure_action: match said.failure_action {
            raw::FailureAction::Pause => FailureAction::Pause,
            raw::FailureAction::Continue => FailureAction::Continue,
            raw::FailureAction::Rollback => FailureAction::Rollback,
        },
    }
}

/// The label of a node that constraints and preferences call by its prefix.
fn label_of(attribute: &str) -> Option<&str> {
    let label = attribute
        .strip_prefix("node.labels.")
        .or_else(|| attribute.strip_prefix("engine.labels."));
    label.filter(|label| !label.is_empty())
}

/// A Swarm's constraint on nodes as a requirement of their labels.
fn requirement(constraint: &str) -> Result<Requirement, String> {
    let wrong = || {
        format!(
            "no constraint is {}: expected `node.hostname`, `node.labels.<name>` or `engine.labels.<name>`, then `==` or \
             `!=` and a value",
            quoted(constraint)
        )
    };
    let (split, operator) = match constraint.split_once("!=") {
        Some(split) => (split, Operator::NotIn),
        None => (constraint.split_once("==").ok_or_else(wrong)?, Operator::In),
    };
    let (attribute, value) = (split.0.trim(), split.1.trim());
    let key = match (attribute, label_of(attribute)) {
        ("node.hostname", _) => HOSTNAME_LABEL,
        (_, Some(label)) => label,
        _ => return Err(wrong()),
    };
    if value.is_empty() {
        return Err(wrong());
    }
    Ok(Requirement {
        key: key.to_owned(),
        operator,
        values: vec![value.to_owned()],
    })
}

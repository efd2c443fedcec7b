//! A service to a workload.
//!
//! Knows: Compose's keys, and the scenario's. Must not know: what other services there are.

use super::Service;
use super::ports::ports;
use super::resources::{memory_swap, number, one_of, oom_score, resources};
use crate::input::manifests::Ignored;
use crate::input::manifests::make::{Map, list, text};
use crate::input::{Cursor, Diagnostic, Diagnostics, Node, Tree};
use crate::model::units::quoted;
use std::collections::BTreeMap;

/// The workload called `name` that `service` describes: of Jobs if it `works` until it is done, else of replicas. Other
/// services are known by the names of their workloads.
pub(super) fn workload(
    service: &Service,
    name: &str,
    works: bool,
    names: &BTreeMap<&str, String>,
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) -> Tree {
    let (place, said) = (service.place, service.tree.cursor());
    let mut workload = Map::new(place);
    workload.put("name", text(place, name));
    restart(said, &mut workload);
    memory_swap(said, &mut workload, diagnostics);
    oom_score(said, &mut workload, diagnostics);
    depends_on(said.at("depends_on"), names, &mut workload, diagnostics);
    health(said.at("healthcheck"), &mut workload);
    deploy(service, &mut workload, ignored, diagnostics);
    if let Some(published) = ports(said.at("ports"), diagnostics) {
        workload.put_at("ports", said.at("ports").key_place(), published);
    }
    let mut serving = Map::new(place);
    let deploy = said.at("deploy");
    let replicas = [
        (said.at("scale"), "scale"),
        (deploy.at("replicas"), "deploy.replicas"),
    ];
    if let Some(replicas) = one_of(replicas, diagnostics).filter(|_| !works) {
        serving.take("replicas", replicas);
    }
    let mut container = Map::new(place);
    container.put("name", text(place, &service.name));
    container.take("image", said.at("image"));
    if number(said.at("cpu_shares")).is_some_and(|shares| shares != 0.0) {
        container.take("cpu_shares", said.at("cpu_shares"));
    }
    if let Some(both) = resources(said, diagnostics) {
        container.put("resources", both);
    }
    serving.put("containers", list(place, vec![container.tree()]));
    let grace = said.at("stop_grace_period");
    if grace.exists() {
        serving.take("termination_grace", grace);
    } else {
        // Docker's own; Kubernetes waits longer.
        serving.put("termination_grace", text(place, "10s"));
    }
    workload.put(if works { "job" } else { "serving" }, serving.tree());
    workload.tree()
}

/// `restart`, or what `deploy.restart_policy` comes to without a Swarm.
fn restart(said: Cursor<'_>, workload: &mut Map) {
    let own = said.at("restart");
    if own.exists() {
        // `no` without quotes is a truth value to older YAML.
        match own.tree().map(|tree| &tree.node) {
            Some(Node::Bool(false)) => {
                workload.put_at("restart", own.key_place(), text(own.place(), "no"));
            }
            _ => workload.take("restart", own),
        }
        return;
    }
    let policy = said.at("deploy").at("restart_policy");
    if !policy.exists() {
        return;
    }
    let attempts = number(policy.at("max_attempts")).filter(|attempts| *attempts > 0.0);
    let restart = match (policy.at("condition").text(), attempts) {
        (Some("none"), _) => "no".to_owned(),
        (Some("on-failure"), Some(attempts)) => format!("on-failure:{attempts}"),
        (Some("on-failure"), None) => "on-failure".to_owned(),
        _ => "always".to_owned(),
    };
    workload.put_at("restart", policy.key_place(), text(policy.place(), restart));
}

/// Both forms of `depends_on`, with the workloads' names in place of the services'.
fn depends_on(
    said: Cursor<'_>,
    names: &BTreeMap<&str, String>,
    workload: &mut Map,
    diagnostics: &mut Diagnostics,
) {
    if !said.exists() {
        return;
    }
    let mut map = Map::new(said.place());
    let listed = said.items().filter_map(|item| Some((item.text()?, item)));
    for (service, one) in listed.chain(said.entries()) {
        let Some(name) = names.get(service) else {
            let place = if one.tree().is_some_and(|tree| matches!(tree.node, Node::Map(_))) {
                one.key_place()
            } else {
                one.place()
            };
            let known = names.keys().copied();
            diagnostics.push(crate::input::unknown_name(place, "service", service, known));
            continue;
        };
        let mut condition = Map::new(one.place());
        condition.take("condition", one.at("condition"));
        map.put_at(name, one.key_place(), condition.tree());
    }
    workload.put_at("depends_on", said.key_place(), map.tree());
}

fn health(said: Cursor<'_>, workload: &mut Map) {
    let off = matches!(
        said.at("disable").tree().map(|tree| &tree.node),
        Some(Node::Bool(true))
    ) || said.at("test").items().next().and_then(Cursor::text) == Some("NONE");
    if !said.exists() || off {
        return;
    }
    let mut check = Map::new(said.place());
    for key in ["interval", "timeout", "retries", "start_period", "start_interval"] {
        check.take(key, said.at(key));
    }
    workload.put_at("healthcheck", said.key_place(), check.tree());
}

/// What a Swarm is told.
fn deploy(service: &Service, workload: &mut Map, ignored: &mut Ignored, diagnostics: &mut Diagnostics) {
    let said = service.tree.at("deploy");
    if !said.exists() {
        return;
    }
    let mut deploy = Map::new(said.place());
    match said.at("mode").text() {
        None | Some("replicated") => {}
        Some("global") => deploy.take("mode", said.at("mode")),
        Some(mode) => {
            let what = format!("the mode {} is not modelled", quoted(mode));
            let error = Diagnostic::error(said.at("mode").place(), what);
            diagnostics.push(error.help("expected `replicated` or `global`"));
        }
    }
    let policy = said.at("restart_policy");
    if policy.exists() {
        deploy.take("restart_policy", policy);
    }
    for key in ["update_config", "rollback_config"] {
        if let Some(update) = update_config(said.at(key)) {
            deploy.put_at(key, said.at(key).key_place(), update.tree());
        }
    }
    let placement = said.at("placement");
    if placement.exists() {
        let mut map = Map::new(placement.place());
        map.take("max_replicas_per_node", placement.at("max_replicas_per_node"));
        map.take("preferences", placement.at("preferences"));
        let constraints = placement.at("constraints");
        let mut kept = Vec::new();
        for constraint in constraints.items() {
            let attribute = constraint.text().unwrap_or_default().trim_start();
            let foreign = ["node.role", "node.id", "node.platform."];
            if foreign.iter().any(|name| attribute.starts_with(name)) {
                let what = format!(
                    "services: {}: the constraint {} is not modelled",
                    service.name,
                    quoted(attribute)
                );
                ignored.because((0, "services"), what);
            } else {
                kept.extend(constraint.tree().cloned());
            }
        }
        if !kept.is_empty() {
            map.put_at(
                "constraints",
                constraints.key_place(),
                list(constraints.place(), kept),
            );
        }
        deploy.put_at("placement", placement.key_place(), map.tree());
    }
    if !deploy.is_empty() {
        workload.put_at("deploy", said.key_place(), deploy.tree());
    }
}

/// How a service is updated, or rolled back.
fn update_config(said: Cursor<'_>) -> Option<Map> {
    if !said.exists() {
        return None;
    }
    let mut map = Map::new(said.place());
    for key in ["parallelism", "delay", "order", "monitor", "failure_action"] {
        map.take(key, said.at(key));
    }
    let ratio = said.at("max_failure_ratio");
    if let Some(share) = number(ratio) {
        let share = text(ratio.place(), format!("{}%", share * 100.0));
        map.put_at("max_failure_ratio", ratio.key_place(), share);
    }
    Some(map)
}

//! How a Deployment replaces its pods.
//!
//! Knows: Kubernetes' names of it, and the scenario's. Must not know: pods, or when a rollout begins.

use super::kinds::Kind;
use super::make::{Map, text};
use super::object::Object;
use super::pods::whole;
use crate::input::{Cursor, Diagnostic, Diagnostics, nearest};
use crate::model::units::quoted;

const STRATEGIES: [&str; 2] = ["Recreate", "RollingUpdate"];

/// Adds to `workload` what `object` says of its rollouts, if it is a Deployment.
pub(super) fn graft(object: &Object, workload: &mut Map, diagnostics: &mut Diagnostics) {
    if object.kind != Kind::Deployment {
        return;
    }
    let spec = object.at("spec");
    let mut deployment = Map::new(spec.key_place());
    strategy(spec.at("strategy"), &mut deployment, diagnostics);
    for (field, of) in [
        ("minReady", "minReadySeconds"),
        ("progressDeadline", "progressDeadlineSeconds"),
    ] {
        let said = spec.at(of);
        if let Some(seconds) = said.tree().and_then(whole) {
            let value = text(said.place(), format!("{seconds}s"));
            deployment.put_at(field, said.key_place(), value);
        }
    }
    if !deployment.is_empty() {
        workload.put("deployment", deployment.tree());
    }
}

fn strategy(said: Cursor<'_>, deployment: &mut Map, diagnostics: &mut Diagnostics) {
    if !said.exists() {
        return;
    }
    let (kind, bounds) = (said.at("type"), said.at("rollingUpdate"));
    let mut strategy = Map::new(said.place());
    match kind.text() {
        Some("Recreate") => {
            if bounds.tree().is_some_and(|tree| !tree.entries().is_empty()) {
                let error = "`rollingUpdate` may not be given where the `type` is `Recreate`";
                diagnostics.push(Diagnostic::error(bounds.key_place(), error));
            }
            strategy.put("recreate", Map::new(said.place()).tree());
        }
        None | Some("RollingUpdate") => match bounds.tree().filter(|_| bounds.exists()) {
            Some(tree) => strategy.put_at("rolling_update", bounds.key_place(), tree.clone()),
            None => strategy.put("rolling_update", Map::new(said.place()).tree()),
        },
        Some(other) => {
            let error = Diagnostic::error(kind.place(), format!("no strategy is named {}", quoted(other)));
            let error = error.suggest(nearest(other, STRATEGIES));
            diagnostics.push(error.help("expected one of: `Recreate`, `RollingUpdate`"));
            return;
        }
    }
    deployment.put_at("strategy", said.key_place(), strategy.tree());
}

//! How a Deployment replaces its pods.
//!
//! Knows: Kubernetes' names of it, and the scenario's. Must not know: pods, or when a rollout begins.

use super::kinds::Kind;
use super::make::{Map, text};
use super::object::Object;
use super::pods::whole;
use crate::input::{Cursor, Diagnostic, Diagnostics, nearest};
use crate::model::units::quoted;

const ROLLING: &str = "RollingUpdate";

/// Adds to `workload` what `object` says of its rollouts, if it is a Deployment.
pub(super) fn graft(object: &Object, workload: &mut Map, diagnostics: &mut Diagnostics) {
    if object.kind != Kind::Deployment {
        return;
    }
    let spec = object.at("spec");
    let mut deployment = Map::new(spec.key_place());
    strategy(
        spec.at("strategy"),
        "strategy",
        ("Recreate", "recreate"),
        &mut deployment,
        diagnostics,
    );
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

/// Takes over a strategy as `key`: `RollingUpdate` with its bounds, or the one `other` kind, which has none (Kubernetes' name
/// of it, and the scenario's).
pub(super) fn strategy(
    said: Cursor<'_>,
    key: &str,
    other: (&str, &str),
    into: &mut Map,
    diagnostics: &mut Diagnostics,
) {
    if !said.exists() {
        return;
    }
    let (kind, bounds) = (said.at("type"), said.at("rollingUpdate"));
    let mut strategy = Map::new(said.place());
    match kind.text() {
        Some(name) if name == other.0 => {
            if bounds.tree().is_some_and(|tree| !tree.entries().is_empty()) {
                let error = format!("`rollingUpdate` may not be given where the `type` is `{name}`");
                diagnostics.push(Diagnostic::error(bounds.key_place(), error));
            }
            strategy.put(other.1, Map::new(said.place()).tree());
        }
        None | Some(ROLLING) => match bounds.tree().filter(|_| bounds.exists()) {
            Some(tree) => strategy.put_at("rolling_update", bounds.key_place(), tree.clone()),
            None => strategy.put("rolling_update", Map::new(said.place()).tree()),
        },
        Some(name) => {
            let error = Diagnostic::error(kind.place(), format!("no strategy is named {}", quoted(name)));
            let error = error.suggest(nearest(name, [other.0, ROLLING]));
            diagnostics.push(error.help(format!("expected one of: `{}`, `{ROLLING}`", other.0)));
            return;
        }
    }
    into.put_at(key, said.key_place(), strategy.tree());
}

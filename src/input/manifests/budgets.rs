//! PodDisruptionBudgets to the budgets of workloads.
//!
//! Knows: whom a budget's selector finds. Must not know: how many pods may go.

use super::graft::below;
use super::ignored::Ignored;
use super::kinds::Kind;
use super::make::Map;
use super::object::Object;
use super::selectors::{labels, selector};
use crate::input::{Diagnostic, Diagnostics, Node, Tree};
use crate::model::units::quoted;
use std::collections::BTreeSet;

/// Gives the workloads of the scenario `tree` the budgets that find their pods.
pub(super) fn graft(
    tree: &mut Tree,
    objects: &[Object],
    ignored: &mut Ignored,
    diagnostics: &mut Diagnostics,
) {
    let Some(Node::Seq(items)) =
        below(tree, "workloads", tree.place, Node::Seq(Vec::new())).map(|tree| &mut tree.node)
    else {
        return;
    };
    let mut budgeted = BTreeSet::new();
    let own = items
        .iter()
        .filter(|item| item.at(pods_key(item)).at("disruptionBudget").exists());
    let own: Vec<String> = own.filter_map(Tree::name).collect();
    for object in objects
        .iter()
        .filter(|object| object.kind == Kind::PodDisruptionBudget)
    {
        let written = object.at("spec").at("selector");
        if written.exists() && selector(written).is_none() {
            // It was reported.
            continue;
        }
        let found = selector(written);
        let word = (object.file, object.word.as_str());
        let mut names = Vec::new();
        for item in items.iter_mut() {
            let namespace = item.at("namespace").text().unwrap_or("default");
            let pods = labels(item.at("labels"));
            if namespace != object.namespace || !found.as_ref().is_some_and(|found| found.matches(&pods)) {
                continue;
            }
            let name = item.name().unwrap_or_default();
            names.push(quoted(&name));
            if own.contains(&name) {
                let title = object.title();
                ignored.because(
                    word,
                    format!("{title}: the scenario gives {name} a budget of its own"),
                );
            } else if budgeted.insert(name.clone()) {
                give(item, object);
            } else {
                let title = object.title();
                ignored.because(
                    word,
                    format!("{title}: {name} has a budget already, and one is modelled"),
                );
            }
        }
        match names.as_slice() {
            [] if !finds_others(object, objects) => {
                let place = if written.exists() {
                    written.key_place()
                } else {
                    object.place()
                };
                let message = format!("the selector of {} finds no pods", object.title());
                let error = Diagnostic::error(place, message);
                diagnostics.push(error.help(format!(
                    "no object in the namespace {} has pods with such labels",
                    quoted(&object.namespace)
                )));
            }
            [] | [_] => {}
            many => ignored.because(
                word,
                format!(
                    "{}: it is of {} together; each has it for itself here",
                    object.title(),
                    many.join(" and ")
                ),
            ),
        }
    }
}

/// Whether the budget is of pods that are given and no workload, such as a Job's, which is not modelled.
fn finds_others(object: &Object, objects: &[Object]) -> bool {
    let Some(found) = selector(object.at("spec").at("selector")) else {
        return false;
    };
    objects.iter().any(|other| {
        let (metadata, _) = other.template();
        other.namespace == object.namespace && found.matches(&labels(metadata.at("labels")))
    })
}

/// Where a workload says what its pods are made of.
fn pods_key(item: &Tree) -> &'static str {
    if item.at("job").exists() { "job" } else { "serving" }
}

fn give(item: &mut Tree, object: &Object) {
    let spec = object.at("spec");
    let mut budget = Map::new(spec.place());
    budget.take("minAvailable", spec.at("minAvailable"));
    budget.take("maxUnavailable", spec.at("maxUnavailable"));
    let (place, budget) = (object.place(), budget.tree());
    let key = pods_key(item);
    if let Some(serving) = below(item, key, place, Node::Map(Vec::new())) {
        let mut map = Map::new(place);
        map.put("disruptionBudget", budget);
        if let Node::Map(entries) = &mut serving.node {
            entries.extend(map.tree().entries().to_vec());
        }
    }
}

//! Namespaces, ResourceQuotas and LimitRanges to the scenario's namespaces.
//!
//! Knows: which rule is of which namespace. Must not know: whom a rule refuses.

use super::graft::below;
use super::kinds::Kind;
use super::make::{Map, list, text};
use super::object::Object;
use super::pods::amounts;
use super::storage::add;
use crate::input::{Cursor, Diagnostics, Node, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a namespace.
#[derive(Default)]
struct Found<'o> {
    itself: Option<&'o Object>,
    quotas: Vec<&'o Object>,
    ranges: Vec<&'o Object>,
}

/// Puts the rules of namespaces among `objects` into the scenario `tree`. What the scenario says of a namespace adds to
/// them; a list of quotas or limit ranges there replaces theirs.
pub(super) fn graft(tree: &mut Tree, objects: &[Object], diagnostics: &mut Diagnostics) {
    // Labels of a namespace matter where something is in it.
    let lived_in: BTreeSet<String> = tree
        .at("workloads")
        .items()
        .map(|item| item.at("namespace").text().unwrap_or("default").to_owned())
        .collect();
    let mut all: BTreeMap<&str, Found<'_>> = BTreeMap::new();
    for object in objects {
        match object.kind {
            Kind::Namespace if lived_in.contains(&object.name) => {
                all.entry(&object.name).or_default().itself = Some(object);
            }
            Kind::ResourceQuota => all.entry(&object.namespace).or_default().quotas.push(object),
            Kind::LimitRange => all.entry(&object.namespace).or_default().ranges.push(object),
            _ => {}
        }
    }
    let made: Vec<Tree> = all
        .iter()
        .filter_map(|(name, found)| namespace(name, found))
        .collect();
    let Some(place) = made.first().map(|tree| tree.place) else {
        return;
    };
    let known = below(tree, "namespaces", place, Node::Seq(Vec::new()));
    if let Some(Node::Seq(known)) = known.map(|tree| &mut tree.node) {
        made.into_iter().for_each(|one| add(known, one, diagnostics));
    }
}

fn namespace(name: &str, found: &Found<'_>) -> Option<Tree> {
    let rules = || found.quotas.iter().chain(&found.ranges);
    let first = found.itself.into_iter().chain(rules().copied()).next()?;
    let place = first.place();
    let mut map = Map::new(place);
    map.put("name", text(place, name));
    if let Some(object) = found.itself {
        map.take("labels", object.at("metadata").at("labels"));
    }
    for (key, objects, make) in [
        ("resourceQuotas", &found.quotas, quota as fn(&Object) -> Tree),
        ("limitRanges", &found.ranges, limit_range),
    ] {
        if let Some(first) = objects.first() {
            let items = objects.iter().map(|object| make(object)).collect();
            map.put_at(key, first.place(), list(first.place(), items));
        }
    }
    Some(map.tree())
}

fn quota(object: &Object) -> Tree {
    let (place, spec) = (object.place(), object.at("spec"));
    let mut map = Map::new(place);
    map.put("name", text(place, &object.name));
    for field in ["hard", "scopes", "scopeSelector"] {
        map.take(field, spec.at(field));
    }
    map.tree()
}

fn limit_range(object: &Object) -> Tree {
    let (place, limits) = (object.place(), object.at("spec").at("limits"));
    let mut map = Map::new(place);
    map.put("name", text(place, &object.name));
    let items = limits.items().map(rule).collect();
    let at = if limits.exists() {
        limits.key_place()
    } else {
        place
    };
    map.put_at("limits", at, list(limits.place(), items));
    map.tree()
}

/// A rule without resources that no node of this model has.
fn rule(written: Cursor<'_>) -> Tree {
    let mut map = Map::new(written.place());
    map.take("type", written.at("type"));
    for field in ["default", "defaultRequest", "min", "max", "maxLimitRequestRatio"] {
        let below = written.at(field);
        if let Some(tree) = below.tree().filter(|_| below.exists()) {
            map.put_at(field, below.key_place(), amounts(tree));
        }
    }
    map.tree()
}

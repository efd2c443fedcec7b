//! Rules of placement that nothing can ever meet, whatever nodes and pods there are.
//!
//! Knows: what conditions on one label leave over. Must not know: which nodes there are (`fit` looks at those).

use super::super::raw::placement_rules as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::model::labels::Labels;
use crate::model::placement_rules::{NodeSelectorTerm, PlacementRules, Requirement};
use crate::model::units::quoted;
use std::collections::{BTreeMap, BTreeSet};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

impl Lowering<'_> {
    /// Checks the affinity of a workload that has mistakes elsewhere.
    pub(super) fn affinity_of_refused(&mut self, spot: &Spot<'_>) {
        let Some(affinity) = self.read::<raw::Affinity>(&spot.at("affinity")) else {
            return;
        };
        let selector = spot.at("node_selector").read::<Labels>();
        let selector = selector.and_then(Result::ok).unwrap_or_default();
        let rules = self.affinity(&spot.at("affinity"), &affinity, &Labels::new());
        self.contradictions(spot, &rules, &selector);
    }

    /// Reports what contradicts itself in the `rules` that stand at `spot`, the workload's `serving`.
    pub(super) fn contradictions(&mut self, spot: &Spot<'_>, rules: &PlacementRules, node_selector: &Labels) {
        let affinity = spot.at("affinity");
        let terms = rules.node_affinity.required.as_deref().unwrap_or_default();
        let keys: Option<Vec<&str>> = terms.iter().map(|term| impossible(term, node_selector)).collect();
        if let Some(key) = keys.as_ref().and_then(|keys| keys.first()) {
            let spots = affinity
                .at("nodeAffinity")
                .at(REQUIRED)
                .at("nodeSelectorTerms")
                .items();
            if let Some(term) = spots.first() {
                let message = format!(
                    "no node can ever meet this: conditions on {} contradict",
                    quoted(key)
                );
                let error = term.key_error(message);
                self.push(match node_selector.contains_key(*key) {
                    true => error.related(
                        spot.at("node_selector").at(key).cursor.place(),
                        "this must hold too",
                    ),
                    false => error.help("all conditions of a term must hold, and those of `nodeSelector`"),
                });
            }
        }
        let away = affinity.at("podAntiAffinity").at(REQUIRED).items();
        let near = affinity.at("podAffinity").at(REQUIRED).items();
        for (anti, anti_spot) in rules.pod_anti_affinity.required.iter().zip(&away) {
            let same = rules
                .pod_affinity
                .required
                .iter()
                .position(|term| term == anti && term.selector.is_some());
            if let Some(other) = same.and_then(|index| near.get(index)) {
                let error = anti_spot.key_error("the pods must be away from the very pods they must be near");
                self.push(error.related(other.cursor.place(), "near, this says"));
            }
        }
    }
}

/// The label whose conditions in `term`, with `node_selector`, no value meets.
fn impossible<'t>(term: &'t NodeSelectorTerm, node_selector: &'t Labels) -> Option<&'t str> {
    let mut by_key: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in &term.match_expressions {
        by_key.entry(&requirement.key).or_default().push(requirement);
    }
    let contradicts = |(key, conditions): (&'t str, Vec<&Requirement>)| {
        let selected = node_selector.get(key).map(String::as_str);
        nothing_meets(&conditions, selected).then_some(key)
    };
    by_key.into_iter().find_map(contradicts)
}

/// Whether no value, and not its absence either, meets all `conditions`, where `selected` is the only value if given.
fn nothing_meets(conditions: &[&Requirement], selected: Option<&str>) -> bool {
    let all = |value: Option<&str>| conditions.iter().all(|one| one.matches(value));
    if let Some(value) = selected {
        return !all(Some(value));
    }
    if all(None) {
        return false;
    }
    // Only these values can tell the conditions apart: those they name, their neighbours, and one that none names.
    let named = conditions.iter().flat_map(|one| one.values.iter().cloned());
    let mut values: BTreeSet<String> = named.collect();
    let numbers: Vec<i64> = values.iter().filter_map(|value| value.parse().ok()).collect();
    for number in numbers {
        values.extend([number.saturating_sub(1), number.saturating_add(1)].map(|near| near.to_string()));
    }
    values.insert("\u{0}".to_owned());
    !values.iter().any(|value| all(Some(value)))
}

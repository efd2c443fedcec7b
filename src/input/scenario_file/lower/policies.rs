//! Policies by name.
//!
//! Knows: the catalog, and which workload a policy is for. Must not know: any policy.

use super::super::schema::default_policy;
use super::super::spot::Spot;
use super::Lowering;
use super::blame::culprit;
use super::timing::{TURNS_MAX, Timing};
use crate::engine::Span;
use crate::input::{Node, unknown_name};
use crate::model::units::Duration;
use crate::policy::catalog::Entry;
use crate::policy::node_scaling::NodeScaler;
use crate::policy::placement::Placer;
use crate::policy::pod_scaling::pod_sizer::{PodSizer, PodSizerClock};
use crate::policy::pod_scaling::{Need, PodScaler, PodScalerClock};
use crate::policy::routing::Routing;
use crate::sim::scenario::Named;
use serde_json::Value;
use std::collections::BTreeMap;

/// The policies of a workload.
pub(super) struct OfWorkload {
    pub(super) routing: Named<Routing>,
    pub(super) pod_scaling: Named<Box<dyn PodScaler>>,
    pub(super) pod_sizing: Option<Named<Box<dyn PodSizer>>>,
}

/// Who decides, as far as it could be read.
pub(super) struct Deciders {
    pub(super) placement: Option<Named<Box<dyn Placer>>>,
    pub(super) node_scaling: Option<Named<Box<dyn NodeScaler>>>,
    routing: BTreeMap<usize, Named<Routing>>,
    pod_scaling: BTreeMap<usize, Named<Box<dyn PodScaler>>>,
    pod_sizing: BTreeMap<usize, Named<Box<dyn PodSizer>>>,
    routing_default: Option<Named<Routing>>,
    pod_scaling_default: Option<Named<Box<dyn PodScaler>>>,
}

impl Deciders {
    /// The policies for the workload `index`.
    pub(super) fn of(&mut self, index: usize) -> Option<OfWorkload> {
        let routing = self
            .routing
            .remove(&index)
            .or_else(|| self.routing_default.clone())?;
        let pod_scaling = self.pod_scaling.remove(&index);
        let pod_scaling = pod_scaling.or_else(|| self.pod_scaling_default.clone())?;
        Some(OfWorkload {
            routing,
            pod_scaling,
            pod_sizing: self.pod_sizing.remove(&index),
        })
    }

    /// The routing policy of the workload `index`, as far as it could be read.
    pub(super) fn routing_of(&self, index: usize) -> Option<&Named<Routing>> {
        self.routing.get(&index).or(self.routing_default.as_ref())
    }

    /// Time between two looks of the pod scaler of the workload `index`: none if it does not look at intervals; nothing
    /// if it could not be read.
    pub(super) fn pod_scaler_period(&self, index: usize) -> Option<Option<Span>> {
        let named = self.pod_scaling.get(&index);
        let scaler = named.or(self.pod_scaling_default.as_ref())?;
        Some(match scaler.policy.clock() {
            PodScalerClock::Every(every) => Some(every),
            PodScalerClock::Start | PodScalerClock::Backlog => None,
        })
    }

    /// Whether the workload `index` has as many pods all the time as it begins with, as far as its scaler could be read.
    pub(super) fn keeps_its_number(&self, index: usize) -> bool {
        let named = self.pod_scaling.get(&index);
        let scaler = named.or(self.pod_scaling_default.as_ref());
        scaler.is_some_and(|scaler| scaler.name == "static")
    }

    /// When the pod sizer of the workload `index` looks, if it has one that could be read.
    pub(super) fn pod_sizer_clock(&self, index: usize) -> Option<PodSizerClock> {
        let sizer = self.pod_sizing.get(&index)?;
        Some(sizer.policy.clock())
    }

    /// What the pod sizer of the workload `index` looks at, if it has one that could be read.
    pub(super) fn pod_sizer_needs(&self, index: usize) -> Vec<Need> {
        let named = self.pod_sizing.get(&index);
        named.map_or_else(Vec::new, |sizer| sizer.policy.needs())
    }

    /// What the pod scaler of the workload `index` looks at, if it could be read.
    pub(super) fn pod_scaler_needs(&self, index: usize) -> Vec<Need> {
        let named = self.pod_scaling.get(&index);
        named.map_or_else(Vec::new, |scaler| scaler.policy.needs())
    }

    /// The same of the node scaler.
    pub(super) fn node_scaler_period(&self) -> Option<Option<Span>> {
        Some(self.node_scaling.as_ref()?.policy.period())
    }
}

impl Lowering<'_> {
    /// Builds every policy of the document.
    pub(super) fn policies(
        &mut self,
        spot: &Spot<'_>,
        names: &[Option<&str>],
        timing: Option<&Timing>,
    ) -> Deciders {
        let catalog = self.catalog;
        let deciders = Deciders {
            placement: self.policy_or_default(&spot.at("placement"), &catalog.placement, "placement"),
            node_scaling: self.policy_or_default(
                &spot.at("node_scaling"),
                &catalog.node_scaling,
                "node_scaling",
            ),
            routing: self.by_workload(&spot.at("routing"), &catalog.routing, names),
            pod_scaling: self.by_workload(&spot.at("pod_scaling"), &catalog.pod_scaling, names),
            pod_sizing: self.by_workload(&spot.at("pod_sizing"), &catalog.pod_sizing, names),
            routing_default: default_of(&catalog.routing, "routing"),
            pod_scaling_default: default_of(&catalog.pod_scaling, "pod_scaling"),
        };
        if let Some(timing) = timing {
            self.turns(spot, names, &deciders, timing);
        }
        deciders
    }

    /// Holds the policies that decide at intervals to the limit that metrics are held to.
    fn turns(&mut self, spot: &Spot<'_>, names: &[Option<&str>], deciders: &Deciders, timing: &Timing) {
        for &index in deciders.pod_scaling.keys() {
            if let (Some(Some(every)), Some(name)) = (deciders.pod_scaler_period(index), names[index]) {
                self.turn(&spot.at("pod_scaling").at(name), every, timing);
            }
        }
        for &index in deciders.pod_sizing.keys() {
            if let (Some(clock), Some(name)) = (deciders.pod_sizer_clock(index), names[index]) {
                let spot = spot.at("pod_sizing").at(name);
                for every in std::iter::once(clock.recommend).chain(clock.update) {
                    self.turn(&spot, every, timing);
                }
            }
        }
        if let Some(Some(every)) = deciders.node_scaler_period() {
            self.turn(&spot.at("node_scaling"), every, timing);
        }
    }

    /// Checks the interval of the policy at `spot`, at the parameter that says it, if one does.
    fn turn(&mut self, spot: &Spot<'_>, every: Span, timing: &Timing) {
        let parameters = spot
            .entries()
            .into_iter()
            .flat_map(|(_, policy)| policy.entries());
        let says =
            |spot: &Spot<'_>| matches!(spot.read::<Duration>(), Some(Ok(said)) if said.span() == every);
        let said = parameters.map(|(_, parameter)| parameter).find(says);
        let place = said.as_ref().unwrap_or(spot);
        self.interval(place, every.into(), timing.duration.into(), TURNS_MAX);
    }

    fn by_workload<T>(
        &mut self,
        spot: &Spot<'_>,
        entries: &[Entry<T>],
        names: &[Option<&str>],
    ) -> BTreeMap<usize, Named<T>> {
        let mut policies = BTreeMap::new();
        for (workload, below) in spot.entries() {
            let policy = self.policy(&below, entries);
            match self.workload_index(&below, workload, names, true) {
                Some(index) => policies.extend(policy.map(|policy| (index, policy))),
                None => continue,
            }
        }
        policies
    }

    /// The index of the workload `name`, which is named at `spot`, by its key or by its value.
    pub(super) fn workload_index(
        &mut self,
        spot: &Spot<'_>,
        name: &str,
        names: &[Option<&str>],
        key: bool,
    ) -> Option<usize> {
        let found = names.iter().position(|known| *known == Some(name));
        if found.is_none() {
            let place = if key {
                spot.cursor.key_place()
            } else {
                spot.cursor.place()
            };
            let error = unknown_name(place, "workload", name, names.iter().copied().flatten());
            self.push(error.path(&spot.path));
        }
        found
    }

    fn policy_or_default<T>(
        &mut self,
        spot: &Spot<'_>,
        entries: &[Entry<T>],
        question: &str,
    ) -> Option<Named<T>> {
        if !spot.exists() {
            return default_of(entries, question);
        }
        self.policy(spot, entries)
    }

    /// The policy at `spot`: a name alone, or a name with its parameters.
    fn policy<T>(&mut self, spot: &Spot<'_>, entries: &[Entry<T>]) -> Option<Named<T>> {
        if self.refused(&spot.path) {
            return None;
        }
        let (name, parameters, spot) = match &spot.cursor.tree()?.node {
            Node::String { text, .. } => (text.as_str(), Value::Null, spot.clone()),
            Node::Map(_) => {
                let (name, below) = spot.entries().into_iter().next()?;
                (name, below.cursor.tree()?.to_json(), below)
            }
            _ => return None,
        };
        let entry = entries.iter().find(|entry| entry.name == name)?;
        match (entry.build)(parameters) {
            Ok(policy) => Some(Named {
                name: name.to_owned(),
                policy,
            }),
            Err(problems) => {
                for problem in problems {
                    let message = format!("{name}: {problem}");
                    self.push(match culprit(&spot, &problem) {
                        Some(parameter) if parameter.is_scalar() => parameter.error(message),
                        Some(parameter) => parameter.key_error(message),
                        None => spot.key_error(message),
                    });
                }
                None
            }
        }
    }
}

/// The policy that answers `question` in a scenario that names none.
fn default_of<T>(entries: &[Entry<T>], question: &str) -> Option<Named<T>> {
    let named = entries
        .iter()
        .find(|entry| entry.name == default_policy(question));
    let entry = named.or(entries.first())?;
    let policy = (entry.build)(Value::Null).ok()?;
    Some(Named {
        name: entry.name.to_owned(),
        policy,
    })
}

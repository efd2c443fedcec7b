//! Which colour a pod has: its workload's, or its namespace's where there are more workloads than colours.

use crate::report::packing::{COLOURS, OTHERS};
use crate::sim::standing::{Picture, PicturedPod};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Pods that end with their node: a grey lighter than that of the other workloads.
const OF_THE_NODE: &str = "#d3d8dd";

/// Colours of pods, the same in every picture of one cluster.
#[derive(Clone, Debug)]
pub struct Colours {
    by_namespace: bool,
    /// Workloads or namespaces, those with most pods first.
    names: Vec<String>,
    has_others_of_node: bool,
}

impl Colours {
    /// The colours of the pods of `picture`.
    #[must_use]
    pub fn of(picture: &Picture) -> Self {
        let pods = || picture.nodes.iter().flat_map(|node| &node.pods);
        let own = || pods().filter(|pod| !pod.ends_with_node);
        let workloads = most_first(own().map(|pod| pod.workload.as_str()));
        let namespaces = most_first(own().map(|pod| pod.namespace.as_str()));
        let by_namespace = workloads.len() > COLOURS.len() && namespaces.len() > 1;
        Self {
            by_namespace,
            names: if by_namespace { namespaces } else { workloads },
            has_others_of_node: pods().any(|pod| pod.ends_with_node),
        }
    }

    /// Names with a colour of their own: as many as there are colours, one less if others share the last.
    fn named(&self) -> usize {
        match self.names.len() > COLOURS.len() {
            true => COLOURS.len() - 1,
            false => self.names.len(),
        }
    }

    pub(super) fn colour(&self, pod: &PicturedPod) -> &'static str {
        if pod.ends_with_node {
            return OF_THE_NODE;
        }
        let name = match self.by_namespace {
            true => &pod.namespace,
            false => &pod.workload,
        };
        let place = self.names.iter().position(|known| known == name);
        place
            .filter(|&place| place < self.named())
            .map_or(OTHERS, |place| COLOURS[place])
    }

    /// What the colours stand for.
    pub(super) fn keys(&self) -> Vec<(&'static str, String)> {
        let named = self.named();
        let mut keys: Vec<(&str, String)> = COLOURS
            .iter()
            .copied()
            .zip(self.names[..named].iter().cloned())
            .collect();
        if named < self.names.len() {
            let kind = if self.by_namespace {
                "namespaces"
            } else {
                "workloads"
            };
            keys.push((OTHERS, format!("{} other {kind}", self.names.len() - named)));
        }
        if self.has_others_of_node {
            keys.push((OF_THE_NODE, "ends with its node".to_owned()));
        }
        keys
    }
}

fn most_first<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(name, count)| (Reverse(count), name));
    counts.into_iter().map(|(name, _)| name.to_owned()).collect()
}

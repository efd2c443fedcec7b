//! Pods that match a selector, counted by the value of a node label; and where the next one may go
//! (`scheduling/topologygroup.go`).

use super::allowed_values::AllowedValues;
use super::requirements::{Requirements, Undefined};
use crate::model::labels::{Taint, Toleration};
use crate::model::placement_rules::{HOSTNAME_LABEL, LabelSelector};
use crate::model::pod_template::PodTemplate;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What counts are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Evenness.
    Spread {
        /// By how much a domain may exceed the least.
        max_skew: i64,
        /// With fewer domains than this the least counts as zero.
        min_domains: i64,
    },
    /// Nearness.
    Affinity,
    /// Distance.
    AntiAffinity,
}

/// Which nodes count for evenness.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFilter {
    /// What the pod asks of its node: alternatives. Empty if such nodes count that it could not go to.
    pub alternatives: Vec<Requirements>,
    /// The taints the pod may ignore; `None` if nodes count whatever their taints.
    pub tolerations: Option<Vec<Toleration>>,
}

impl NodeFilter {
    /// Whether a node with these labels and taints counts.
    #[must_use]
    pub fn counts(&self, labels: &Requirements, taints: &[Taint], undefined: Undefined) -> bool {
        let tolerated = |taint: &Taint| {
            let own = self.tolerations.as_ref();
            own.is_none_or(|own| own.iter().any(|toleration| toleration.tolerates(taint)))
        };
        taints.iter().all(tolerated)
            && (self.alternatives.is_empty()
                || self
                    .alternatives
                    .iter()
                    .any(|asked| labels.conflict(asked, undefined).is_none()))
    }
}

/// What tells groups apart: pods with the same wish share one.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The node label whose values are the domains.
    pub key: Arc<str>,
    /// What counts are for.
    pub rule: Rule,
    /// Namespaces whose pods count.
    pub namespaces: BTreeSet<String>,
    /// Which of their pods count; `None` for none.
    pub selector: Option<LabelSelector>,
    /// Which nodes count; all without one.
    pub filter: Option<NodeFilter>,
}

impl Wish {
    /// Whether pods of `template` count.
    #[must_use]
    pub fn selects(&self, template: &PodTemplate) -> bool {
        let selector = self.selector.as_ref();
        self.namespaces.contains(&template.namespace)
            && selector.is_some_and(|selector| selector.matches(&template.labels))
    }
}

/// Counts by domain.
#[derive(Clone, Debug)]
pub struct TopologyGroup {
    /// What it is for.
    pub wish: Wish,
    counts: BTreeMap<Arc<str>, i64>,
    /// Domains that count more than zero.
    used: usize,
}

impl TopologyGroup {
    /// A group that knows these domains.
    #[must_use]
    pub fn new(wish: Wish, domains: impl IntoIterator<Item = Arc<str>>) -> Self {
        Self {
            wish,
            counts: domains.into_iter().map(|domain| (domain, 0)).collect(),
            used: 0,
        }
    }

    /// A domain there is.
    pub fn register(&mut self, domain: &Arc<str>) {
        self.counts.entry(domain.clone()).or_default();
    }

    /// So many pods more, or fewer, are in a domain.
    pub fn record(&mut self, domain: &Arc<str>, pods: i64) {
        let count = match self.counts.get_mut(domain) {
            Some(count) => count,
            None => self.counts.entry(domain.clone()).or_default(),
        };
        let before = *count;
        *count += pods;
        self.used += usize::from(before <= 0 && *count > 0);
        self.used -= usize::from(before > 0 && *count <= 0);
    }

    /// The domains that a pod may go to which may be in `of_pod`, on a node that may be in `of_node`; `own` says whether the
    /// pod counts itself. Empty if there is none.
    ///
    /// Where Karpenter takes any of several that are as good, the first by name is taken.
    #[must_use]
    pub fn next(&self, own: bool, of_pod: &AllowedValues, of_node: &AllowedValues) -> AllowedValues {
        match self.wish.rule {
            Rule::Spread {
                max_skew,
                min_domains,
            } => {
                let chosen = self.least_filled(own, max_skew, self.least(of_pod, min_domains), of_node);
                AllowedValues::only(chosen)
            }
            Rule::Affinity => AllowedValues::only(self.near(own, of_pod, of_node)),
            Rule::AntiAffinity => {
                let empty = |domain: &&Arc<str>| of_pod.has(domain) && self.count(domain) == 0;
                if let Some(host) = self.host(of_node) {
                    return AllowedValues::only(Some(host).filter(empty).cloned());
                }
                let domains = self.counts.keys().filter(|domain| of_node.has(domain));
                AllowedValues::only(domains.filter(empty).cloned())
            }
        }
    }

    /// The node, if the domains are nodes: a node to come has a domain of its own that nobody has counted yet.
    fn host<'a>(&self, of_node: &'a AllowedValues) -> Option<&'a Arc<str>> {
        of_node.single().filter(|_| *self.wish.key == *HOSTNAME_LABEL)
    }

    fn count(&self, domain: &str) -> i64 {
        self.counts.get(domain).copied().unwrap_or_default()
    }

    /// The least count of the domains a pod may be in.
    fn least(&self, of_pod: &AllowedValues, min_domains: i64) -> i64 {
        if *self.wish.key == *HOSTNAME_LABEL {
            // There can always be one node more.
            return 0;
        }
        let domains = self.counts.iter().filter(|(domain, _)| of_pod.has(domain));
        let (mut known, mut least) = (0, i64::MAX);
        for (_, count) in domains {
            known += 1;
            least = least.min(*count);
        }
        if known < min_domains { 0 } else { least }
    }

    fn least_filled(
        &self,
        own: bool,
        max_skew: i64,
        least: i64,
        of_node: &AllowedValues,
    ) -> Option<Arc<str>> {
        let would_be = |domain: &str| self.count(domain) + i64::from(own);
        if let Some(host) = self.host(of_node) {
            return Some(host).filter(|host| would_be(host) <= max_skew).cloned();
        }
        let domains = self.counts.keys().filter(|domain| of_node.has(domain));
        let even = domains.filter(|domain| would_be(domain).saturating_sub(least) <= max_skew);
        even.min_by_key(|domain| would_be(domain)).cloned()
    }

    fn near(&self, own: bool, of_pod: &AllowedValues, of_node: &AllowedValues) -> Vec<Arc<str>> {
        // The first of its kind may go anywhere, and so may one whose like are where it may not go.
        let first = || {
            own && (self.used == 0
                || !self
                    .counts
                    .iter()
                    .any(|(domain, count)| *count > 0 && of_pod.has(domain)))
        };
        if let Some(host) = self.host(of_node) {
            let goes = of_pod.has(host) && (self.count(host) > 0 || first());
            return Some(host).filter(|_| goes).cloned().into_iter().collect();
        }
        let both = |domain: &&Arc<str>| of_pod.has(domain) && of_node.has(domain);
        let domains = || self.counts.keys().filter(both);
        let found: Vec<Arc<str>> = domains()
            .filter(|domain| self.count(domain) > 0)
            .cloned()
            .collect();
        if !found.is_empty() || !first() {
            return found;
        }
        domains().next().cloned().into_iter().collect()
    }
}

//! Topology spread constraints: how evenly pods must, or should, be spread over domains.

use super::selector::LabelSelector;

/// What an uneven spread means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenUnsatisfiable {
    /// The pod waits.
    #[default]
    DoNotSchedule,
    /// The node scores less.
    ScheduleAnyway,
}

/// Whether nodes the pod could not go to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeInclusion {
    /// They do not.
    Honor,
    /// They do.
    Ignore,
}

/// How evenly pods must, or should, be spread over the values of a node label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// By how many pods a domain may exceed the one with fewest; at least 1.
    pub max_skew: i32,
    /// The label whose values are the domains.
    pub topology_key: String,
    /// What too much skew means.
    pub when_unsatisfiable: WhenUnsatisfiable,
    /// Which pods count; `None` for none.
    pub selector: Option<LabelSelector>,
    /// With fewer domains than this the least count is taken for zero; 1 is Kubernetes' default.
    pub min_domains: i32,
    /// Nodes outside the pod's node selector and affinity; `Honor` is Kubernetes' default.
    pub node_affinity_policy: NodeInclusion,
    /// Nodes with taints the pod does not tolerate; `Ignore` is Kubernetes' default.
    pub node_taints_policy: NodeInclusion,
    /// Labels in which pods must also agree with the incoming pod to count.
    pub match_label_keys: Vec<String>,
}

impl SpreadConstraint {
    /// A constraint with Kubernetes' defaults that counts the pods `selector` matches.
    #[must_use]
    pub fn new(
        max_skew: i32,
        topology_key: &str,
        when_unsatisfiable: WhenUnsatisfiable,
        selector: Option<LabelSelector>,
    ) -> Self {
        Self {
            max_skew,
            topology_key: topology_key.to_owned(),
            when_unsatisfiable,
            selector,
            min_domains: 1,
            node_affinity_policy: NodeInclusion::Honor,
            node_taints_policy: NodeInclusion::Ignore,
            match_label_keys: Vec::new(),
        }
    }
}

//! Why Cluster Autoscaler did something, and why not, in sentences.
//!
//! Knows: every rule that can be the last word about a node or a pod. Must not know: the numbers.

use crate::policy::reason::ReasonKind;

pub(super) static SCALE_UP: ReasonKind = ReasonKind {
    code: "ca_scale_up",
    sentence: "{pods:pod|pods} of {workloads} {pods?finds|find} no node; {by} chose {group}, {nodes:node|nodes}{others}",
};
pub(super) static SCALE_UP_CAPPED: ReasonKind = ReasonKind {
    code: "ca_scale_up_capped",
    sentence: "{pods:pod|pods} of {workloads} {pods?finds|find} no node; {by} chose {group}, {nodes:node|nodes}{others}, of which {limit} allows {granted}",
};
pub(super) static BALANCED: ReasonKind = ReasonKind {
    code: "ca_scale_up_balanced",
    sentence: "{nodes:node|nodes} shared out over {groups}, which are alike",
};
pub(super) static REPLACED: ReasonKind = ReasonKind {
    code: "ca_group_keeps_its_size",
    sentence: "the group keeps its size: {nodes} lost, which the cloud replaces",
};
pub(super) static PROVISION_TIMEOUT: ReasonKind = ReasonKind {
    code: "ca_provision_timeout",
    sentence: "not there {span} after it was asked for, longer than max-node-provision-time {limit}",
};
pub(super) static NO_SCALE_UP: ReasonKind = ReasonKind {
    code: "ca_not_triggered",
    sentence: "{pods:pod triggers|pods trigger} no scale-up: {groups}",
};
pub(super) static EXPENDABLE: ReasonKind = ReasonKind {
    code: "ca_pods_expendable",
    sentence: "{pods:pod|pods} of priority {priority}, below expendable-pods-priority-cutoff {cutoff}, {pods?triggers|trigger} no scale-up",
};
pub(super) static UNHEALTHY: ReasonKind = ReasonKind {
    code: "ca_cluster_unhealthy",
    sentence: "{unready} of {nodes:node|nodes} {unready?is|are} not ready: more than ok-total-unready-count and max-total-unready-percentage",
};

pub(super) static UNNEEDED: ReasonKind = ReasonKind {
    code: "ca_unneeded",
    sentence: "unneeded for {span}: {share} of its {resource} is asked for, and {moving:pod finds|pods find} room elsewhere",
};
pub(super) static EMPTY: ReasonKind = ReasonKind {
    code: "ca_empty",
    sentence: "unneeded for {span}: no pod on it needs another place",
};

pub(super) static NOT_UNDERUTILIZED: ReasonKind = ReasonKind {
    code: "ca_not_underutilized",
    sentence: "stays: {share} of its {resource} is asked for, more than {limit}",
};
pub(super) static NOTHING_ALLOCATABLE: ReasonKind = ReasonKind {
    code: "ca_nothing_allocatable",
    sentence: "stays: no CPU or no memory of it is allocatable, so its use cannot be told",
};
pub(super) static MIN_SIZE: ReasonKind = ReasonKind {
    code: "ca_min_size_reached",
    sentence: "stays: {pool} is at its min of {min:node|nodes}",
};
pub(super) static POOL_COOLDOWN: ReasonKind = ReasonKind {
    code: "ca_pool_in_cooldown",
    sentence: "stays: {why} keeps the nodes of {pool} for {span} more",
};
pub(super) static DISABLED: ReasonKind = ReasonKind {
    code: "ca_scale_down_disabled",
    sentence: "stays: its annotation cluster-autoscaler.kubernetes.io/scale-down-disabled says so",
};
pub(super) static BLOCKED: ReasonKind = ReasonKind {
    code: "ca_blocked_by_pod",
    sentence: "stays: {pod} may not be moved ({rule})",
};
pub(super) static NO_PLACE: ReasonKind = ReasonKind {
    code: "ca_no_place_to_move_pods",
    sentence: "stays: {pod} finds no room on another node; looked at again after {span}",
};
pub(super) static NOT_LONG_ENOUGH: ReasonKind = ReasonKind {
    code: "ca_not_unneeded_long_enough",
    sentence: "unneeded now: {share} of its {resource} is asked for, and {moving:pod finds|pods find} room elsewhere; goes when it has been for {limit}",
};
pub(super) static COOLDOWN: ReasonKind = ReasonKind {
    code: "ca_in_cooldown",
    sentence: "unneeded long enough, but {why} keeps all nodes for {span} more",
};
pub(super) static BUDGET: ReasonKind = ReasonKind {
    code: "ca_other_nodes_go_first",
    sentence: "unneeded long enough, but others go first: {limit} at once is the most",
};
pub(super) static LIMIT: ReasonKind = ReasonKind {
    code: "ca_minimal_limit",
    sentence: "stays: without it the cluster would have less {resource} than its least",
};
pub(super) static NOT_LOOKED_AT: ReasonKind = ReasonKind {
    code: "ca_not_looked_at",
    sentence: "stays: {count:node is|nodes are} known to be unneeded, more than can go soon",
};
pub(super) static UNREADY_KEPT: ReasonKind = ReasonKind {
    code: "ca_unready_disabled",
    sentence: "stays: it is not ready, and scale-down-unready-enabled is off",
};

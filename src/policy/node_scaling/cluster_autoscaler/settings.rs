//! What users set: Cluster Autoscaler's flags by their own names, with their own defaults.
//!
//! Knows: names, defaults and limits (`cluster-autoscaler/config/flags/flags.go`). Must not know: what the settings lead
//! to.

use super::drain::DrainRules;
use super::expander::Expander;
use super::limits::Range;
use crate::model::units::Duration;
use crate::policy::parameters::Parameters;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pools grow when pods find no node, and shrink when nodes have been hardly used for a while: Kubernetes' Cluster
/// Autoscaler, set by its own flags.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ClusterAutoscalerSettings {
    /// How often it looks.
    pub scan_interval: Duration,
    /// Whether it looks at once when a pod finds no node, and again at once after it has done something.
    pub frequent_loops_enabled: bool,
    /// How the best of several pools is found: `least-waste`, `most-pods`, `least-nodes`, `price`, `priority`, `random`; or
    /// several of them by comma, each to choose among those the one before it finds equal.
    pub expander: String,
    /// For the expander `priority`: patterns of pool names by their priority, the highest first. What no pattern matches
    /// is not chosen, unless nothing matches.
    pub priorities: BTreeMap<i64, Vec<String>>,
    /// Most nodes of the whole cluster; 0 for no limit.
    pub max_nodes_total: u32,
    /// Fewest and most CPUs of the whole cluster, `min:max`.
    pub cores_total: String,
    /// Least and most memory of the whole cluster in GiB, `min:max`.
    pub memory_total: String,
    /// Most nodes of one scale-up.
    #[schemars(range(min = 1))]
    pub max_nodes_per_scaleup: u32,
    /// Whether pools of like nodes are kept at like sizes.
    pub balance_similar_node_groups: bool,
    /// Labels by which like pools may differ, beside those that say where a node is and which pool of a provider it is of.
    #[schemars(length(max = 100))]
    pub balancing_ignore_label: Vec<String>,
    /// If given, pools are alike where these labels are there and the same, whatever else they are.
    #[schemars(length(max = 100))]
    pub balancing_label: Vec<String>,
    /// Whether nodes for the largest group of pods are counted and not filled one by one.
    pub fastpath_binpacking_enabled: bool,
    /// How old a pod must be before nodes are launched for it.
    pub new_pod_scale_up_delay: Duration,
    /// Pods of a lower priority neither make it launch nodes nor keep it from removing any.
    pub expendable_pods_priority_cutoff: i32,
    /// How long a node may take to come. Then it is given up, and its pool backs off.
    pub max_node_provision_time: Duration,
    /// How long a pool backs off after its first failure; twice as long after each further one.
    pub initial_node_group_backoff_duration: Duration,
    /// How long it backs off at most.
    pub max_node_group_backoff_duration: Duration,
    /// After how long without a failure the first back-off is short again.
    pub node_group_backoff_reset_timeout: Duration,
    /// Whether it removes nodes.
    pub scale_down_enabled: bool,
    /// How long after nodes were asked for none is removed.
    pub scale_down_delay_after_add: Duration,
    /// How long after a node was removed no other is.
    pub scale_down_delay_after_delete: Duration,
    /// How long after a removal failed no node is removed.
    pub scale_down_delay_after_failure: Duration,
    /// Whether each of these three delays is about the pool in which that happened, and not about all nodes; its nodes then
    /// begin to be unneeded only after it.
    pub scale_down_delay_type_local: bool,
    /// How long a node must have been unneeded before it is removed.
    pub scale_down_unneeded_time: Duration,
    /// Whether it removes nodes that are not ready.
    pub scale_down_unready_enabled: bool,
    /// How long a node that is not ready must have been unneeded before it is removed.
    pub scale_down_unready_time: Duration,
    /// A node is unneeded only if no more than this share of its CPU and of its memory is asked for.
    #[schemars(range(min = 0, max = 1))]
    pub scale_down_utilization_threshold: f64,
    /// The same of the GPUs of a node with GPUs.
    #[schemars(range(min = 0, max = 1))]
    pub scale_down_gpu_utilization_threshold: f64,
    /// After how long a node whose pods cannot move is looked at again.
    pub unremovable_node_recheck_timeout: Duration,
    /// Nodes that go at once, at most.
    #[schemars(range(min = 1))]
    pub max_scale_down_parallelism: u32,
    /// Nodes with pods that go at once, at most.
    #[schemars(range(min = 1))]
    pub max_drain_parallelism: u32,
    /// The longest grace a pod gets when its node goes, whole seconds.
    pub max_graceful_termination_sec: u64,
    /// How long it tries to evict the pods of a node.
    pub max_pod_eviction_time: Duration,
    /// From closing a node to its first evictions.
    pub node_delete_delay_after_taint: Duration,
    /// Whether pods of DaemonSets do not count as use of their node.
    pub ignore_daemonsets_utilization: bool,
    /// Whether mirror pods do not count as use of their node.
    pub ignore_mirror_pods_utilization: bool,
    /// Whether pods in `kube-system` without a disruption budget keep their node.
    pub skip_nodes_with_system_pods: bool,
    /// For how long from their creation on they do.
    pub blocking_system_pod_distruption_timeout: Duration,
    /// Whether pods with local storage keep their node.
    pub skip_nodes_with_local_storage: bool,
    /// So many nodes may be unready whatever share that is.
    pub ok_total_unready_count: u32,
    /// When more than this share of the nodes is unready, percent, it does nothing at all.
    #[schemars(range(min = 0, max = 100))]
    pub max_total_unready_percentage: f64,
}

impl Default for ClusterAutoscalerSettings {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            scan_interval: Duration::from_secs(10),
            frequent_loops_enabled: true,
            expander: "least-waste".to_owned(),
            priorities: BTreeMap::new(),
            max_nodes_total: 0,
            cores_total: "0:320000".to_owned(),
            memory_total: "0:6400000".to_owned(),
            max_nodes_per_scaleup: 1000,
            balance_similar_node_groups: false,
            balancing_ignore_label: Vec::new(),
            balancing_label: Vec::new(),
            fastpath_binpacking_enabled: false,
            new_pod_scale_up_delay: Duration::ZERO,
            expendable_pods_priority_cutoff: -10,
            max_node_provision_time: minutes(15),
            initial_node_group_backoff_duration: minutes(5),
            max_node_group_backoff_duration: minutes(30),
            node_group_backoff_reset_timeout: minutes(180),
            scale_down_enabled: true,
            scale_down_delay_after_add: minutes(10),
            scale_down_delay_after_delete: Duration::ZERO,
            scale_down_delay_after_failure: minutes(3),
            scale_down_delay_type_local: false,
            scale_down_unneeded_time: minutes(10),
            scale_down_unready_enabled: true,
            scale_down_unready_time: minutes(20),
            scale_down_utilization_threshold: 0.5,
            scale_down_gpu_utilization_threshold: 0.5,
            unremovable_node_recheck_timeout: minutes(5),
            max_scale_down_parallelism: 10,
            max_drain_parallelism: 1,
            max_graceful_termination_sec: 600,
            max_pod_eviction_time: minutes(2),
            node_delete_delay_after_taint: Duration::from_secs(5),
            ignore_daemonsets_utilization: false,
            ignore_mirror_pods_utilization: false,
            skip_nodes_with_system_pods: true,
            blocking_system_pod_distruption_timeout: minutes(60),
            skip_nodes_with_local_storage: true,
            ok_total_unready_count: 3,
            max_total_unready_percentage: 45.0,
        }
    }
}

impl ClusterAutoscalerSettings {
    /// Which pods keep their node.
    pub(super) fn drain_rules(&self) -> DrainRules {
        DrainRules {
            system_pods: self.skip_nodes_with_system_pods,
            system_pods_for: self.blocking_system_pod_distruption_timeout.span(),
            local_storage: self.skip_nodes_with_local_storage,
        }
    }

    /// The expanders, in the order in which they choose.
    ///
    /// # Errors
    /// Names that are no expander's.
    pub(super) fn expanders(&self) -> Result<Vec<Expander>, Vec<String>> {
        let names = self.expander.split(',').map(str::trim);
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for name in names {
            match Expander::named(name) {
                Some(expander) => found.push(expander),
                None => problems.push(format!(
                    "expander: {name:?} is none of {}",
                    Expander::NAMES.join(", ")
                )),
            }
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(problems)
        }
    }

    /// The patterns of the expander `priority`, the highest priority first.
    ///
    /// # Errors
    /// What is no pattern.
    pub(super) fn patterns(&self) -> Result<Vec<(i64, Vec<Regex>)>, Vec<String>> {
        let mut problems = Vec::new();
        let mut read = |pattern: &String| {
            let read = Regex::new(pattern);
            if read.is_err() {
                problems.push(format!("priorities: {pattern:?} is no regular expression"));
            }
            read.ok()
        };
        let patterns = self.priorities.iter().rev();
        let patterns = patterns
            .map(|(&priority, patterns)| (priority, patterns.iter().filter_map(&mut read).collect()))
            .collect();
        if problems.is_empty() {
            Ok(patterns)
        } else {
            Err(problems)
        }
    }
}

impl Parameters for ClusterAutoscalerSettings {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        problems.extend(self.expanders().err().into_iter().flatten());
        problems.extend(self.patterns().err().into_iter().flatten());
        for (name, said) in [
            ("cores-total", &self.cores_total),
            ("memory-total", &self.memory_total),
        ] {
            if Range::read(said).is_none() {
                problems.push(format!("{name}: {said:?} is not min:max, for example 0:320000"));
            }
        }
        if self.scan_interval == Duration::ZERO {
            problems.push("scan-interval must be more than zero".to_owned());
        }
        if self
            .expanders()
            .is_ok_and(|chain| chain.contains(&Expander::Priority))
            && self.priorities.is_empty()
        {
            problems.push("the expander priority needs priorities".to_owned());
        }
        if !self.balancing_label.is_empty() && !self.balancing_ignore_label.is_empty() {
            problems.push("balancing-label cannot be combined with balancing-ignore-label".to_owned());
        }
        if self.max_drain_parallelism > self.max_scale_down_parallelism {
            problems
                .push("max-drain-parallelism must not be more than max-scale-down-parallelism".to_owned());
        }
        if self.max_node_group_backoff_duration < self.initial_node_group_backoff_duration {
            problems.push(
                "max-node-group-backoff-duration must not be less than initial-node-group-backoff-duration"
                    .to_owned(),
            );
        }
        problems
    }
}

//! What runs the containers, and what it leaves nobody to decide.
//!
//! Knows: which questions Docker and Swarm answer themselves, and what of Kubernetes they do not have. Must not know: what
//! a workload is told.

use super::super::raw::platform as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::policies::Deciders;
use crate::model::units::Duration;
use crate::policy::node_scaling::NoScaler;
use crate::policy::placement::{FirstFit, SwarmSpread};
use crate::sim::platform::Platform;
use crate::sim::scenario::Named;

/// The policy that keeps the number of replicas, and that of machines.
const STATIC: &str = "static";
/// The policy that changes the number of replicas at given times, as a person can.
const SCHEDULED: &str = "scheduled";
/// Swarm's own scheduler.
const SPREAD: &str = "swarm_spread";

/// Parts of a workload that only Kubernetes has, with what they are called.
const ONLY_KUBERNETES: [(&str, &str); 4] = [
    ("controller", "controllers"),
    ("daemon_set", "DaemonSets"),
    ("stateful_set", "StatefulSets"),
    ("manifest", "manifests"),
];

/// Parts of its pods that only Kubernetes has.
const ONLY_PODS: [(&str, &str); 10] = [
    ("affinity", "affinities"),
    ("disruptionBudget", "disruption budgets"),
    ("nodeName", "`nodeName`"),
    ("node_selector", "node selectors"),
    ("priority", "priorities"),
    ("priorityClassName", "priority classes"),
    ("resources", "resources of pods as a whole"),
    ("schedulingGates", "scheduling gates"),
    ("tolerations", "taints"),
    ("topologySpreadConstraints", "spread constraints"),
];

/// Faults of what only Kubernetes has.
const ONLY_FAULTS: [(&str, &str); 2] = [
    ("rolling_upgrade", "an upgrade that drains nodes"),
    ("slow_api", "an API server"),
];

/// What `platform` is called in messages.
pub(super) const fn title(platform: Platform) -> &'static str {
    match platform {
        Platform::Kubernetes => "Kubernetes",
        Platform::Docker { .. } => "Docker",
        Platform::Swarm => "Swarm",
    }
}

impl Lowering<'_> {
    /// Reads what runs the containers.
    pub(super) fn platform(&mut self, spot: &Spot<'_>) -> Platform {
        use raw::{Platform as Raw, PlatformName, PlatformWith};
        let said: Raw = self.read_or(spot, Raw::default()).unwrap_or_default();
        match said {
            Raw::Named(PlatformName::Kubernetes) | Raw::With(PlatformWith::Kubernetes(_)) => {
                Platform::Kubernetes
            }
            Raw::Named(PlatformName::Swarm) | Raw::With(PlatformWith::Swarm(_)) => Platform::Swarm,
            Raw::Named(PlatformName::Docker) => Platform::Docker {
                from_nothing: false,
                starts_again: None,
            },
            Raw::With(PlatformWith::Docker(hosts)) => Platform::Docker {
                from_nothing: hosts.up == raw::Up::AtStart,
                starts_again: hosts.starts_again.map(Duration::span),
            },
        }
    }

    /// Reports policies for questions that the platform answers itself, and answers them as it does.
    pub(super) fn platform_decides(&mut self, root: &Spot<'_>, deciders: &mut Deciders) {
        let platform = self.platform;
        if platform == Platform::Kubernetes {
            return;
        }
        let who = title(platform);
        let policies = root.at("policies");
        for (name, spot) in policies.at("pod_scaling").entries() {
            if policy_name(&spot).is_some_and(|policy| ![STATIC, SCHEDULED].contains(&policy)) {
                let error = spot.key_error(format!("{who} has no autoscaler: `{name}` keeps its replicas"));
                self.push(error.help(
                    "write how many in `replicas`, or when a person changes that: `scheduled`; or take `platform: kubernetes`",
                ));
            }
        }
        for (_, spot) in policies.at("pod_sizing").entries() {
            let error = spot.key_error(format!("{who} resizes no containers"));
            self.push(error.help("write what they get in `resources`, or take `platform: kubernetes`"));
        }
        let scaling = policies.at("node_scaling");
        if policy_name(&scaling).is_some_and(|policy| policy != STATIC) {
            let error = scaling.key_error(format!(
                "{who} has no autoscaler: its machines are those there are"
            ));
            self.push(error.help("write how many in `nodes`, or take `platform: kubernetes`"));
        }
        let placement = policies.at("placement");
        let placed = match policy_name(&placement) {
            None => false,
            Some(SPREAD) => platform != Platform::Swarm,
            Some(_) => true,
        };
        if placed {
            let (what, help) = match platform {
                Platform::Swarm => ("Swarm has one scheduler, `swarm_spread`", "leave the policy out"),
                _ => (
                    "Docker places nothing: containers are on the host they were started on",
                    "name the `host` of each workload",
                ),
            };
            self.push(placement.key_error(what).help(help));
        }
        if !root.at("cluster").exists() {
            let error = root.at("platform").key_error(format!("{who} needs machines"));
            self.push(error.help("describe them under `cluster:`"));
        }
        if root.at("namespaces").exists() {
            let error = root
                .at("namespaces")
                .key_error(format!("{who} has no namespaces"));
            self.push(error);
        }
        self.nothing_of_kubernetes(root);
        deciders.placement = Some(match platform {
            Platform::Swarm => Named {
                name: SPREAD.to_owned(),
                policy: SwarmSpread::default().into(),
            },
            _ => Named {
                name: "by_hand".to_owned(),
                policy: FirstFit::default().into(),
            },
        });
        deciders.node_scaling = Some(Named {
            name: "none".to_owned(),
            policy: Box::new(NoScaler {}),
        });
    }

    /// Reports what Docker and Swarm do not have.
    fn nothing_of_kubernetes(&mut self, root: &Spot<'_>) {
        let who = title(self.platform);
        let mut foreign = Vec::new();
        for workload in root.at("workloads").items() {
            let pods = super::workload::pods_of(&workload);
            let own = ONLY_KUBERNETES
                .iter()
                .map(|(key, what)| (workload.at(key), *what));
            let below = ONLY_PODS.iter().map(|(key, what)| (pods.at(key), *what));
            foreign.extend(own.chain(below));
            let probes = ["startupProbe", "livenessProbe", "readinessProbe", "lifecycle"];
            for container in pods.at("containers").items() {
                foreign.extend(probes.map(|key| (container.at(key), "probes and hooks of the kubelet")));
            }
            if matches!(self.platform, Platform::Docker { .. }) {
                foreign.push((
                    workload.at("deployment"),
                    "updates: who wants another version starts it",
                ));
            }
        }
        for fault in root.at("faults").items() {
            foreign.extend(ONLY_FAULTS.map(|(key, what)| (fault.at(key), what)));
        }
        for (spot, what) in foreign {
            if spot.exists() {
                self.push(spot.key_error(format!("{who} has no {}", what.trim_start_matches("an "))));
            }
        }
    }
}

/// The name of the policy that is written at `spot`.
fn policy_name<'t>(spot: &Spot<'t>) -> Option<&'t str> {
    let named = spot.cursor.text();
    named.or_else(|| spot.cursor.entries().next().map(|(name, _)| name))
}

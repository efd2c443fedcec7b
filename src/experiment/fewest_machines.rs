//! The fewest machines of one kind with which waits stay under a limit, for several policies and queues.
//!
//! Knows threads and how a fleet of so many machines is made. Must not know how the search goes, or one run.

use super::dynamic::DynamicPolicy;
use super::jobs::in_parallel;
use super::replicate::Settings;
use crate::model::fleet::FleetNode;
use crate::sim::packing::dynamic::{
    DynamicFleet, DynamicPod, Fewest, Limits, Probe, Queue, VirtualCluster, WaitLimit, WaitOf, fewest,
};

/// A search tries about so many numbers of machines: for its progress.
const PROBES: f64 = 25.0;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The machine of which the fewest are wanted.
    pub node: FleetNode,
    /// The pods that come.
    pub pods: Vec<DynamicPod>,
    /// Their virtual clusters.
    pub clusters: Vec<VirtualCluster>,
    /// Whether the quotas of these go with the fleet: each its share of the GPU time asked for.
    pub share_by_demand: bool,
    /// What must hold.
    pub limit: WaitLimit,
    /// More machines are not tried.
    pub most: u64,
}

impl Wanted {
    /// A fleet of so many machines.
    #[must_use]
    pub fn fleet(&self, machines: u64) -> DynamicFleet {
        let nodes = vec![self.node.clone(); usize::try_from(machines).unwrap_or(usize::MAX)];
        let mut fleet = DynamicFleet::with_clusters(nodes, self.pods.clone(), self.clusters.clone());
        if self.share_by_demand {
            fleet.share_by_demand();
        }
        fleet
    }

    /// How few can do at best, where to begin, and how many pods no number of machines takes.
    fn limits(&self) -> (Limits, u64) {
        let (least, too_large) = DynamicFleet::least_of(&self.node, &self.pods);
        let least = least.max(1);
        let fleet = self.fleet(least.min(self.most));
        let bound = match self.limit.of {
            WaitOf::Percentile(100) => fleet.bound_if_none_waits_longer(self.limit.at_most),
            // Some may wait for ever.
            WaitOf::Mean | WaitOf::Percentile(_) => 0,
        };
        let least = least.max(bound).min(self.most);
        let limits = Limits {
            least,
            guess: fleet.demand_bound(),
            // With a machine for every part nobody waits for one: more change nothing.
            most: fleet.parts_at_peak().clamp(least, self.most),
        };
        (limits, too_large)
    }
}

/// Searches for each of `cases`; `None` was not finished because of a wish to stop.
#[must_use]
pub fn fewest_machines(
    wanted: &Wanted,
    cases: &[(DynamicPolicy, Queue)],
    seed: u64,
    settings: &Settings,
) -> Vec<Option<Fewest>> {
    let (limits, too_large) = wanted.limits();
    in_parallel(cases.len(), settings, |case, told| {
        let (policy, queue) = &cases[case];
        let mut probes = 0.0;
        fewest(limits, |machines| {
            let fleet = wanted.fleet(machines);
            let share = |of_this: f64| (probes + of_this) / (probes + PROBES).max(PROBES + 1.0);
            let run = fleet.run(&mut *policy.chooser(&fleet), *queue, seed, |of_this| {
                told(share(of_this))
            })?;
            probes += 1.0;
            let wait_s = wanted.limit.of.in_run(&fleet, &run);
            let all_came = run.outcome.never_room == 0 && run.outcome.too_large <= too_large;
            Some(Probe {
                wait_s,
                holds: all_came && wait_s <= wanted.limit.at_most.secs_f64(),
                outcome: run.outcome,
            })
        })
    })
}

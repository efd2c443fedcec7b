//! What stands beside a routing policy, and the names that it and weights go by.
//!
//! Knows: which policies weigh, and which zones, pools and versions there are. Must not know: how anybody chooses.

use super::super::spot::Spot;
use super::Lowering;
use super::blame::culprit;
use super::policies::Deciders;
use super::workload::{LoweredWorkload, pods_of};
use crate::input::unknown_name;
use crate::model::pool::PoolSpec;
use crate::model::units::quoted;
use crate::policy::routing::{Balancing, Weights};

impl Lowering<'_> {
    /// Reports what is wrong with the balancing of each workload, and with the names that weights go by.
    pub(super) fn balancing(
        &mut self,
        root: &Spot<'_>,
        workloads: &[Option<LoweredWorkload>],
        pools: &[Option<PoolSpec>],
        deciders: &Deciders,
    ) {
        // A pool with mistakes may have any zone; without machines there is none.
        let pools: Option<Vec<&PoolSpec>> = pools.iter().map(Option::as_ref).collect();
        let pools = pools.filter(|pools| !pools.is_empty() || !root.at("cluster").exists());
        let items = root.at("workloads").items();
        for (index, (workload, item)) in workloads.iter().zip(&items).enumerate() {
            let Some(workload) = workload else { continue };
            let spot = pods_of(item).at("balancing");
            for problem in workload.balancing.problems() {
                let error = match culprit(&spot, &problem) {
                    Some(parameter) => parameter.error(problem),
                    None => spot.key_error(problem),
                };
                self.push(error);
            }
            if workload.serving.queueing.shared && workload.balancing != Balancing::default() {
                let error =
                    spot.key_error("requests of a shared queue are not sent to a replica: it takes them");
                self.push(error.help("remove it, or the queue's `shared: true`"));
            }
            if let (Some(locality), Some(pools)) = (&workload.balancing.locality, &pools) {
                for zone in locality.clients.keys() {
                    let place = spot.at("locality").at("clients").at(zone);
                    self.known(&place, "zone", zone, zones(pools));
                }
            }
            let Some(routing) = deciders.routing_of(index) else {
                continue;
            };
            if workload.balancing.slow_start.is_some()
                && workload.balancing.beside(routing.policy.clone()).is_none()
            {
                let error = spot.at("slow_start").key_error(format!(
                    "the routing policy {} of {} does not weigh replicas",
                    quoted(&routing.name),
                    quoted(&workload.name)
                ));
                self.push(error.help(
                    "slow start goes with round_robin, least_request, power_of_two and the weighted policies",
                ));
            }
            let Some(weights) = routing.policy.weights() else {
                continue;
            };
            let policy = root.at("policies").at("routing").at(&workload.name);
            let spot = policy.at(&routing.name).at("weights");
            match (weights, &pools) {
                (Weights::Zone(by_name), Some(pools)) => {
                    for name in by_name.keys() {
                        self.known(&spot.at("zone").at(name), "zone", name, zones(pools));
                    }
                }
                (Weights::Pool(by_name), Some(pools)) => {
                    for name in by_name.keys() {
                        let names = pools.iter().map(|pool| pool.name.as_str());
                        self.known(&spot.at("pool").at(name), "pool", name, names);
                    }
                }
                (Weights::Version(by_name), _) => {
                    for name in by_name.keys() {
                        let rollouts = workload.controller.rollouts.iter();
                        let names = rollouts.map(|rollout| rollout.version.as_str());
                        let names = std::iter::once("v1").chain(names);
                        self.known(&spot.at("version").at(name), "version", name, names);
                    }
                }
                _ => (),
            }
        }
    }

    fn known<'n>(
        &mut self,
        spot: &Spot<'_>,
        kind: &str,
        name: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) {
        if !names.clone().any(|known| known == name) {
            let error = unknown_name(spot.cursor.key_place(), kind, name, names);
            self.push(error.path(&spot.path));
        }
    }
}

fn zones<'p>(pools: &'p [&PoolSpec]) -> impl Iterator<Item = &'p str> + Clone {
    let zones = pools.iter().flat_map(|pool| &pool.zones);
    zones.map(String::as_str)
}

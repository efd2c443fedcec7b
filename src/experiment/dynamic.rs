//! Several runs of one fleet whose pods come and go: policies and queues.
//!
//! Knows which policy is asked how. Must not know how one run goes.

use super::jobs::in_parallel;
use super::replicate::Settings;
use crate::model::fleet::Fleet;
use crate::model::packing::index::Order;
use crate::policy::placement::fleet::FleetPacker;
use crate::policy::placement::on_fleet::{ByOrder, ByRule, FleetChooser};
use crate::sim::packing::dynamic::{ByScore, DynamicFleet, DynamicOutcome, Queue};

/// A placement policy for pods that come and go.
#[derive(Clone, Debug)]
pub enum DynamicPolicy {
    /// First, best or worst fit, by an index.
    Order(Order),
    /// Any other.
    Packer(FleetPacker),
}

impl DynamicPolicy {
    pub(super) fn chooser(&self, of: &DynamicFleet) -> Box<dyn FleetChooser> {
        let empty = || Fleet::new(of.nodes());
        match self {
            Self::Order(order) => Box::new(ByOrder::new(&empty(), *order)),
            Self::Packer(FleetPacker::Ruled(rule)) => Box::new(ByRule::new(&empty(), rule.clone_rule())),
            Self::Packer(FleetPacker::Scored(policy)) => {
                let mut policy = policy.clone_box();
                policy.learn(of.typical());
                Box::new(ByScore::new(policy))
            }
        }
    }
}

/// Runs the fleet once for each of `cases`; `None` was not finished because of a wish to stop.
#[must_use]
pub fn run_fleet(
    fleet: &DynamicFleet,
    cases: &[(DynamicPolicy, Queue)],
    seed: u64,
    settings: &Settings,
) -> Vec<Option<DynamicOutcome>> {
    in_parallel(cases.len(), settings, |case, told| {
        let (policy, queue) = &cases[case];
        let run = fleet.run(&mut *policy.chooser(fleet), *queue, seed, told)?;
        Some(run.outcome)
    })
}

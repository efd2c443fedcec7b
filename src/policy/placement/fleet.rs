//! Policies for pods that come to a fleet of machines with GPUs: one machine is looked at at a time, the best one takes
//! the pod, the first among equals. Every [`Rule`] is one.

use super::devices::best_fit;
use super::rule::{Bin, Need, Rule};
use crate::engine::Stream;
use crate::model::fleet::TypicalPods;
use crate::model::gpu::{ModelSet, Taken};
use std::fmt;
use std::sync::Arc;

/// A machine with room as a policy sees it: CPU in thousandths, memory in MiB, thousandths of all its GPUs.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// What it has and what of it is free.
    pub bin: Bin<'a>,
    /// The model of its GPUs.
    pub model: ModelSet,
}

/// How pods are put onto a fleet.
pub trait FleetPolicy: Send + Sync + fmt::Debug {
    /// Told once, before the first pod comes, which pods usually come.
    fn learn(&mut self, _typical: &Arc<TypicalPods>) {}

    /// Whether any machine with room will do, each equally likely; scores are not asked for then.
    fn draws(&self) -> bool {
        false
    }

    /// Whether a score depends on the memory a pod asks for: if not, pods that differ in it alone share their scores.
    fn weighs_memory(&self) -> bool {
        true
    }

    /// How well the pod goes to a machine that has room for it: the greater, the better.
    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64;

    /// Which devices it gets there.
    fn devices(&self, machine: &Machine<'_>, need: &Need<'_>, _: &mut Stream) -> Taken {
        best_fit(machine.bin.gpus.idle, need.gpus)
    }

    /// A copy.
    fn clone_box(&self) -> Box<dyn FleetPolicy>;
}

impl Clone for Box<dyn FleetPolicy> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<P: FleetPolicy + 'static> From<P> for Box<dyn FleetPolicy> {
    fn from(policy: P) -> Self {
        Box::new(policy)
    }
}

/// A rule, asked of every machine.
#[derive(Clone, Debug)]
pub struct Ruled<R>(pub R);

impl<R: Rule + Clone + 'static> FleetPolicy for Ruled<R> {
    fn score(&self, machine: &Machine<'_>, need: &Need<'_>) -> f64 {
        self.0.score(&machine.bin, need)
    }

    fn devices(&self, machine: &Machine<'_>, need: &Need<'_>, stream: &mut Stream) -> Taken {
        self.0.devices(&machine.bin, need, stream)
    }

    fn clone_box(&self) -> Box<dyn FleetPolicy> {
        Box::new(self.clone())
    }
}

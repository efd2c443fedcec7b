//! Policies for pods that come to a fleet of machines with GPUs.
//!
//! They look at one machine at a time, and their scores change only where a machine changes: whoever packs a fleet keeps
//! them, and the first of the best machines takes the pod. Other rules are asked as they are: [`FleetPacker::Ruled`].

use super::rule::{Bin, Need, Rule};
use crate::engine::Stream;
use crate::model::fleet::TypicalPods;
use crate::model::gpu::{ModelSet, Taken, hand_out};
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

/// How pods are put onto a fleet, where a score depends on the machine and on what the pod asks for alone.
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
        hand_out(machine.bin.gpus.idle, need.gpus)
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

/// Whatever chooses machines for the pods of a fleet.
#[derive(Debug)]
pub enum FleetPacker {
    /// A policy whose scores may be kept.
    Scored(Box<dyn FleetPolicy>),
    /// A rule that looks at all machines for itself, each time.
    Ruled(Box<dyn Rule>),
}

impl Clone for FleetPacker {
    fn clone(&self) -> Self {
        match self {
            Self::Scored(policy) => Self::Scored(policy.clone_box()),
            Self::Ruled(rule) => Self::Ruled(rule.clone_rule()),
        }
    }
}

//! A pod that comes at some time and runs for some time.

use crate::engine::{Span, Time};
use crate::model::fleet::PodRequest;

/// A pod with a lifetime, or a gang of them that come, start and go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicPod {
    /// What it is called.
    pub name: String,
    /// When it comes.
    pub arrival: Time,
    /// How long it runs once it has a machine; `None`: it stays to the end.
    pub lifetime: Option<Span>,
    /// What it asks for; of a gang, what each of its parts asks for. One that asks for more GPUs than any machine has is
    /// split over machines.
    pub request: PodRequest,
    /// The greater, the sooner it is its turn, where the queue heeds that.
    pub priority: i64,
    /// With whom it shares which limit of pods a machine.
    pub spread: Option<Spread>,
    /// Of how many parts it is; `None`: of one.
    pub gang: Option<Gang>,
    /// Its virtual cluster, by its place in the list of them.
    pub cluster: Option<u32>,
}

/// Pods of one group, of which a machine takes only so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The group's number.
    pub group: u32,
    /// Most pods of it on one machine, above zero; `u32::MAX`: any number, and the group is only known to policies that
    /// keep pods that are alike apart.
    pub most: u32,
}

/// Parts that start at one instant or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gang {
    /// How many, above zero.
    pub parts: u32,
    /// Whether each is on a machine of its own.
    pub apart: bool,
}

impl DynamicPod {
    /// When it goes if it starts now.
    pub(super) fn end(&self, start: Time) -> Time {
        let end = self
            .lifetime
            .and_then(|lifetime| start.nanos().checked_add(lifetime.nanos()));
        end.map_or(Time::NEVER, Time::from_nanos)
    }
}

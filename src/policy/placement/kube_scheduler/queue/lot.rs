//! Pods that wait alike.

use super::plugins::Plugins;
use crate::engine::Time;
use crate::model::cluster::PodId;
use crate::model::pod_template::PodTemplate;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What pods of a lot have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    pub(super) class: Arc<PodTemplate>,
    /// How often each was tried, as far as that makes a difference.
    pub(super) attempts: u32,
    /// When each was tried last, or came.
    pub(super) since: Time,
    /// What refused them; nothing: they have not been tried, or there was no node.
    pub(super) rejectors: Plugins,
    /// Whether what one is told says nothing of the others: they have volumes of their own, or were promised room.
    pub(super) apart: bool,
}

/// Where a lot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stand {
    /// Its turn comes as soon as those before it have had theirs.
    Active,
    /// It backs off until the second after this one.
    BackOff(Time),
    /// It waits for an event that may help.
    Parked,
}

/// Pods that wait alike: one class, tried as often, last at the same time, refused by the same plugins.
#[derive(Clone, Debug)]
pub(super) struct Lot {
    pub(super) common: Common,
    pub(super) stand: Stand,
    /// The pods, by when they came.
    pub(super) pods: BTreeMap<u64, PodId>,
}

/// What tells lots apart.
pub(super) type LotKey = (usize, u32, Time, Plugins, bool, Stand);

/// Where a lot stands among others: by priority, then who waits longest.
pub(super) type Turn = (Reverse<i32>, Time, u64, u64);

impl Common {
    pub(super) fn key(&self, stand: Stand) -> LotKey {
        let address = Arc::as_ptr(&self.class).addr();
        (
            address,
            self.attempts,
            self.since,
            self.rejectors,
            self.apart,
            stand,
        )
    }
}

impl Lot {
    pub(super) fn turn(&self, number: u64) -> Turn {
        let first = self.pods.keys().next().copied().unwrap_or_default();
        let priority = self.common.class.rules.priority;
        (Reverse(priority), self.common.since, first, number)
    }
}

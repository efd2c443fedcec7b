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
    /// How often plugins refused each, as far as that makes a difference.
    pub(super) attempts: u32,
    /// How often in a row there was no node at all since.
    pub(super) errors: u32,
    /// When each was tried last, or came.
    pub(super) since: Time,
    /// What refused them; nothing: they have not been tried, or there was no node.
    pub(super) rejectors: Plugins,
    /// Whether what one is told says nothing of the others: they have volumes of their own, or were promised room.
    pub(super) apart: bool,
    /// Whether it was promised room that others are leaving.
    pub(super) promised: bool,
    /// Whether it was tried more than once at the instant of its last attempt.
    pub(super) hasty: bool,
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
pub(super) type LotKey = (usize, [u32; 2], Time, Plugins, [bool; 3], Stand);

/// Where a lot stands among others: by priority, then who waits longest.
pub(super) type Turn = (Reverse<i32>, Time, u64, u64);

impl Common {
    /// How often it was tried in vain, as back-off counts it: where there was no node, only since a plugin refused it.
    pub(super) const fn tries(&self) -> u32 {
        if self.errors > 0 {
            self.errors
        } else {
            self.attempts
        }
    }

    /// Whether it has just come and was never tried.
    pub(super) fn is_fresh(&self, now: Time) -> bool {
        self.attempts == 0 && self.errors == 0 && self.since == now
    }

    /// Whether an idle scheduler leaves its back-off alone: there was no node at all; or it was tried twice at one
    /// instant, which takes a real scheduler time and would go on for ever here.
    pub(super) const fn backs_off_whole(&self) -> bool {
        self.rejectors.is_empty() || self.hasty
    }

    pub(super) fn key(&self, stand: Stand) -> LotKey {
        let address = Arc::as_ptr(&self.class).addr();
        (
            address,
            [self.attempts, self.errors],
            self.since,
            self.rejectors,
            [self.apart, self.promised, self.hasty],
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

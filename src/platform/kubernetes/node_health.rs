//! How the control plane finds out that a node has gone silent.
//!
//! Knows: what the node last wrote, and when that was seen. Must not know: what the node really does. Source:
//! `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, `tryUpdateNodeHealth`.

use crate::engine::{Span, Time};

/// The kubelet renews its lease so often.
pub const LEASE_RENEWAL: Span = Span::from_secs(10);
/// The controller looks so often.
pub const MONITOR_PERIOD: Span = Span::from_secs(5);
/// A node that has been silent for longer is unreachable; since 1.32, 40 s before.
pub const GRACE: Span = Span::from_secs(50);
/// A node that never wrote is given so long.
pub const STARTUP_GRACE: Span = Span::from_secs(60);

/// The Ready condition as the API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyCondition {
    /// The kubelet never wrote one.
    Absent,
    /// The kubelet says it is ready.
    True,
    /// The control plane has not heard of it for too long.
    Unknown,
}

/// What the API holds of a node at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// When the kubelet last renewed its lease.
    pub lease: Option<Time>,
    /// When it last posted its status, Ready.
    pub status: Option<Time>,
}

/// What the controller remembers of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeHealth {
    created: Time,
    remembered: Option<Memory>,
    marked_unknown: Option<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memory {
    /// Heartbeat of the condition seen last.
    heartbeat: Option<Time>,
    lease: Option<Time>,
    /// When something new was last seen.
    probed: Time,
}

/// The condition was set to Unknown while the kubelet's own last word was of `heartbeat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    heartbeat: Option<Time>,
}

impl NodeHealth {
    /// A node that was created at `created` and of which nothing is known.
    #[must_use]
    pub const fn new(created: Time) -> Self {
        Self {
            created,
            remembered: None,
            marked_unknown: None,
        }
    }

    /// One look at `now`: the Ready condition after it.
    ///
    /// What counts is when a change was seen, not when it was written. A status post makes the controller forget the
    /// lease, so that the next look takes the old lease for a new one.
    pub fn look(&mut self, written: Written, now: Time, grace: Span, startup_grace: Span) -> ReadyCondition {
        let marked = self
            .marked_unknown
            .filter(|mark| mark.heartbeat == written.status);
        self.marked_unknown = marked;
        // Once marked, the condition exists, with the heartbeat it had.
        let exists = written.status.is_some() || marked.is_some();
        let grace = if exists { grace } else { startup_grace };
        let saved_lease = self.remembered.and_then(|memory| memory.lease);
        let mut memory = match self.remembered {
            None if exists => Memory {
                heartbeat: written.status,
                lease: None,
                probed: now,
            },
            None => Memory {
                heartbeat: None,
                lease: None,
                probed: self.created,
            },
            Some(memory) if memory.heartbeat != written.status => Memory {
                heartbeat: written.status,
                lease: None,
                probed: now,
            },
            Some(memory) => memory,
        };
        if written.lease.is_some() && saved_lease < written.lease {
            memory.lease = written.lease;
            memory.probed = now;
        }
        let silent = now > memory.probed + grace;
        if silent && marked.is_none() {
            self.marked_unknown = Some(Mark {
                heartbeat: written.status,
            });
            memory.lease = written.lease;
        }
        self.remembered = Some(memory);
        if self.marked_unknown.is_some() {
            ReadyCondition::Unknown
        } else if exists {
            ReadyCondition::True
        } else {
            ReadyCondition::Absent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GRACE, MONITOR_PERIOD, NodeHealth, ReadyCondition, STARTUP_GRACE, Written};
    use crate::engine::Time;

    fn at(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    /// The kubelet writes every ten seconds but not from 100 s to 200 s: a lease alone does not make a node ready again,
    /// its status does.
    #[test]
    fn a_node_that_comes_back_is_ready_with_its_next_status() {
        let mut health = NodeHealth::new(at(0));
        let mut seen = Vec::new();
        let mut now = at(0);
        while now <= at(400) {
            let secs = now.nanos() / 1_000_000_000;
            let lease = if (100..200).contains(&secs) {
                90
            } else {
                secs / 10 * 10
            };
            let written = Written {
                lease: Some(at(lease)),
                status: Some(at(if secs < 300 { 0 } else { 300 })),
            };
            let ready = health.look(written, now, GRACE, STARTUP_GRACE);
            if seen.last().is_none_or(|&(_, before)| before != ready) {
                seen.push((secs, ready));
            }
            now += MONITOR_PERIOD;
        }
        let (known, unknown) = (ReadyCondition::True, ReadyCondition::Unknown);
        assert_eq!(seen, [(0, known), (145, unknown), (300, known)]);
    }
}

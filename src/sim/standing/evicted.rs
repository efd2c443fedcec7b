//! Pods that are evicted, and where their replacements go.
//!
//! Knows: who makes a replacement when, and what the scheduler makes of it. Must not know: why a pod is evicted.

use super::{PodName, Standing};
use crate::engine::{StreamKey, Time};
use crate::model::cluster::BoundPod;
use crate::model::owner::Owner;
use crate::policy::placement::{Incoming, Placement, Placer};
use std::sync::Arc;

/// An evicted pod and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The place of its node.
    pub from: usize,
    /// Its ticket there.
    pub ticket: u64,
    /// The place of its replacement; `None` where no node takes it.
    pub to: Option<usize>,
}

/// Evicts pods, given by place and ticket, one after another, and places their replacements by `placer`. Returns where they
/// go, in the same order, and the cluster then.
///
/// A replacement is made at once and finds the evicted pod still there, as its grace is longer than the scheduler takes; one
/// of a StatefulSet is made when its predecessor has gone. What finds no room tries again when all evicted pods have gone.
#[must_use]
pub fn replace_evicted(
    standing: &Standing,
    evicted: &[(usize, u64)],
    placer: &dyn Placer,
    seed: u64,
) -> (Vec<Replaced>, Standing) {
    let mut cluster = standing.clone();
    let mut placer = placer.clone_box();
    let mut stream = StreamKey::new(seed, 0).stream("placement");
    let mut find = |cluster: &Standing, pod: &BoundPod| match placer.place(
        cluster,
        &Incoming::any_of(&pod.class, Time::ZERO),
        &mut stream,
    ) {
        Placement::Bind { place, devices, .. } => Some((place, devices)),
        Placement::Wait(_) => None,
    };
    let mut replaced = Vec::new();
    let mut late: Vec<(usize, BoundPod, PodName)> = Vec::new();
    for &(from, ticket) in evicted {
        let Some((pod, name)) = cluster.ask_to_stop(from, ticket) else {
            continue;
        };
        let at_once = pod.class.owner != Owner::StatefulSet;
        let found = if at_once { find(&cluster, &pod) } else { None };
        replaced.push(Replaced {
            from,
            ticket,
            to: found.map(|(place, _)| place),
        });
        match found {
            Some((place, devices)) => {
                cluster.add(place, &pod.class, devices, name);
            }
            None => late.push((replaced.len() - 1, pod, name)),
        }
    }
    for one in &replaced {
        cluster.evict(one.from, one.ticket);
    }
    for (index, pod, name) in late {
        let found = find(&cluster, &pod);
        replaced[index].to = found.map(|(place, _)| place);
        match found {
            Some((place, devices)) => {
                cluster.add(place, &pod.class, devices, name);
            }
            None => cluster.waiting.push(super::WaitingPod {
                class: Arc::clone(&pod.class),
                name,
            }),
        }
    }
    (replaced, cluster)
}

impl Standing {
    /// A pod is asked to stop and stays for its grace. Returns it and which it is; `None` if there is no such pod.
    fn ask_to_stop(&mut self, place: usize, ticket: u64) -> Option<(BoundPod, PodName)> {
        let pod = self.nodes[place].pods.get(ticket)?.clone();
        let name = self.names[place].get(&ticket)?.clone();
        self.nodes[place].pods.terminate(Time::ZERO, ticket);
        Some((pod, name))
    }
}

//! The fewest machines with which waits stay under a limit.
//!
//! More machines usually mean shorter waits, and not always: with one more, other pods go first. So what bisection finds is
//! looked at from both sides before it is believed.

use super::fleet::{DynamicFleet, Run};
use super::outcome::{DynamicOutcome, Fate, rank};
use crate::engine::Span;
use std::collections::BTreeMap;
use std::fmt;

/// So many machines next to the answer are tried on both sides, and as many percent of it once more below and above.
const NEXT: u64 = 3;

/// Which wait is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitOf {
    /// The mean of all that got a machine.
    Mean,
    /// That which so many of 100 do not exceed, 1 to 100; of 100, the longest.
    Percentile(u8),
}

/// A wait that is not to be longer than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitLimit {
    /// Which wait.
    pub of: WaitOf,
    /// The longest it may be.
    pub at_most: Span,
}

impl fmt::Display for WaitOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::Percentile(100) => f.write_str("max"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
        }
    }
}

impl WaitOf {
    /// That wait in a run, seconds; none if nobody got a machine.
    #[must_use]
    pub fn in_run(self, fleet: &DynamicFleet, run: &Run) -> f64 {
        let Self::Percentile(percent) = self else {
            return run.outcome.waits.mean_s;
        };
        let waits = fleet.pods().iter().zip(&run.fates);
        let waits = waits.filter_map(|(pod, fate)| match fate {
            Fate::Started { at, .. } => Some(at.since(pod.arrival).nanos()),
            _ => None,
        });
        let mut waits: Vec<u64> = waits.collect();
        waits.sort_unstable();
        rank(&waits, usize::from(percent)).map_or(0.0, |nanos| nanos as f64 / 1e9)
    }
}

/// A number of machines that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The wait that is limited, seconds.
    pub wait_s: f64,
    /// Whether it is under the limit, and everyone got a machine whom any number of them takes.
    pub holds: bool,
    /// Everything else.
    pub outcome: DynamicOutcome,
}

/// Between which numbers of machines to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fewer are known not to do; above zero.
    pub least: u64,
    /// Where to look first.
    pub guess: u64,
    /// More are not tried.
    pub most: u64,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Fewest {
    /// The fewest that were found to do; `None` if not even the most do.
    pub machines: Option<u64>,
    /// Everything that was tried: machines, and what came of it.
    pub tried: BTreeMap<u64, Probe>,
    /// Fewer than these are known not to do, whatever the policy.
    pub least: u64,
    /// From which number to which the answer was looked at.
    pub looked_at: (u64, u64),
    /// Whether of all numbers tried those below the answer do not do and those above do.
    pub is_monotone: bool,
}

impl Fewest {
    /// What came of the answer.
    #[must_use]
    pub fn probe(&self) -> Option<&Probe> {
        self.tried.get(&self.machines?)
    }

    /// The limited wait with one machine fewer, seconds, if that could be tried.
    #[must_use]
    pub fn wait_one_fewer_s(&self) -> Option<f64> {
        let fewer = self.machines?.checked_sub(1)?;
        self.tried.get(&fewer).map(|probe| probe.wait_s)
    }
}

/// Searches: doubles until it holds, bisects, then looks around the answer, and goes on below if it holds there as well.
/// `None` if `probe` was stopped.
pub fn fewest(limits: Limits, mut probe: impl FnMut(u64) -> Option<Probe>) -> Option<Fewest> {
    let Limits { least, guess, most } = limits;
    let mut tried: BTreeMap<u64, Probe> = BTreeMap::new();
    let mut holds = |machines: u64, tried: &mut BTreeMap<u64, Probe>| {
        if let Some(known) = tried.get(&machines) {
            return Some(known.holds);
        }
        let found = probe(machines)?;
        let holds = found.holds;
        tried.insert(machines, found);
        Some(holds)
    };
    let mut fails = least.saturating_sub(1);
    let mut enough = guess.clamp(least, most);
    while !holds(enough, &mut tried)? {
        if enough == most {
            return Some(Fewest {
                machines: None,
                tried,
                least,
                looked_at: (most, most),
                is_monotone: true,
            });
        }
        fails = enough;
        enough = enough.saturating_mul(2).min(most);
    }
    let mut looked_at = (enough, enough);
    loop {
        while enough - fails > 1 {
            let middle = fails + (enough - fails) / 2;
            match holds(middle, &mut tried)? {
                true => enough = middle,
                false => fails = middle,
            }
        }
        let part = (enough * NEXT).div_ceil(100);
        let below = [1, 2, 3, part, 2 * part].map(|fewer| enough.saturating_sub(fewer));
        let above = [1, 2, 3, part].map(|more| enough.saturating_add(more).min(most));
        let mut around: Vec<u64> = below.into_iter().filter(|&machines| machines >= least).collect();
        around.extend(above);
        looked_at = (
            around.iter().copied().fold(enough, u64::min),
            around.iter().copied().fold(looked_at.1.max(enough), u64::max),
        );
        for &machines in &around {
            holds(machines, &mut tried)?;
        }
        let fewer = tried.range(..enough).find(|(_, probe)| probe.holds);
        let Some((&fewer, _)) = fewer else { break };
        enough = fewer;
        let failing = tried.range(..enough).next_back();
        fails = failing.map_or(least.saturating_sub(1), |(&machines, _)| machines);
    }
    let as_expected = |(&machines, probe): (&u64, &Probe)| probe.holds == (machines >= enough);
    Some(Fewest {
        machines: Some(enough),
        is_monotone: tried.iter().all(as_expected),
        tried,
        least,
        looked_at,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ByScore, DynamicPod, Queue};
    use super::{DynamicFleet, Fewest, Limits, Probe, WaitOf, fewest};
    use crate::engine::{Span, Time};
    use crate::model::fleet::{FleetNode, PodRequest, Side};
    use crate::model::gpu::{GpuRequest, ModelSet};
    use crate::policy::catalog::Catalog;

    fn node() -> FleetNode {
        FleetNode {
            name: String::new(),
            cpu_milli: 1000,
            memory_mib: 0,
            pods: 100,
            gpus: 8,
            model: ModelSet::NONE,
            side: Side::UNLIMITED,
        }
    }

    fn pod(arrival: u64, lifetime: u64, gpus: u16) -> DynamicPod {
        DynamicPod {
            name: String::new(),
            arrival: Time::from_nanos(arrival * 1_000_000_000),
            lifetime: Some(Span::from_secs(lifetime)),
            request: PodRequest {
                gpus: GpuRequest::whole(gpus),
                ..PodRequest::default()
            },
            priority: 0,
            spread: None,
            gang: None,
            cluster: None,
        }
    }

    fn probe(machines: u64, limit_s: f64, pods: &[DynamicPod]) -> Probe {
        let fleet = DynamicFleet::new(vec![node(); machines as usize], pods.to_vec());
        let entry = Catalog::standard()
            .fleet_packing
            .into_iter()
            .next()
            .expect("there is one");
        let policy = (entry.build)(serde_json::Value::Null).expect("it needs no parameter");
        let run = fleet
            .run(&mut ByScore::new(policy), Queue::Fifo, 1, |_| false)
            .expect("nobody stops it");
        let wait_s = WaitOf::Percentile(100).in_run(&fleet, &run);
        Probe {
            wait_s,
            holds: wait_s <= limit_s && run.outcome.too_large == 0,
            outcome: run.outcome,
        }
    }

    fn search(most: u64, holds: impl Fn(u64) -> bool) -> Fewest {
        let known = probe(1, 0.0, &[pod(0, 1, 1)]);
        let limits = Limits {
            least: 1,
            guess: 3,
            most,
        };
        let probe = |machines| {
            Some(Probe {
                holds: holds(machines),
                ..known.clone()
            })
        };
        fewest(limits, probe).expect("nobody stops it")
    }

    #[test]
    fn the_least_of_a_monotone_limit_is_found_wherever_it_is() {
        for right in [1, 2, 3, 4, 5, 97, 1000] {
            let found = search(1000, |machines| machines >= right);
            assert_eq!(found.machines, Some(right));
            assert!(found.is_monotone);
            assert!(found.tried.len() < 40, "{} were tried", found.tried.len());
        }
        assert_eq!(search(1000, |machines| machines > 1000).machines, None);
    }

    #[test]
    fn an_answer_among_others_that_do_not_do_is_told() {
        let lower = search(1000, |machines| machines >= 50 || machines == 47);
        assert_eq!(lower.machines, Some(47), "next to what bisection finds");
        assert!(!lower.is_monotone);
        let gap = search(1000, |machines| machines >= 50 && machines != 52);
        assert_eq!(gap.machines, Some(50));
        assert!(!gap.is_monotone, "two more do not do");
    }

    #[test]
    fn no_answer_is_below_the_bound_for_its_longest_wait() {
        // Sixteen GPUs for ten seconds, four times at once: two machines at a time, eight if nobody waits.
        let pods: Vec<_> = (0..4).map(|_| pod(0, 10, 16)).collect();
        assert_eq!(DynamicFleet::least_of(&node(), &pods), (2, 0));
        for (limit, right) in [(0, 8), (9, 8), (10, 4), (29, 4), (30, 2)] {
            let fleet = DynamicFleet::new(vec![node(); 8], pods.clone());
            let bound = fleet.bound_if_none_waits_longer(Span::from_secs(limit));
            let limits = Limits {
                least: bound.max(2),
                guess: 5,
                most: 100,
            };
            let found = fewest(limits, |machines| Some(probe(machines, limit as f64, &pods)));
            let found = found.expect("nobody stops it").machines;
            assert_eq!(found, Some(right), "at most {limit} s");
            assert!(bound <= right, "{bound} is no bound");
        }
    }
}

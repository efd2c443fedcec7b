//! Which machine scores best, without asking about every machine for every pod: pods that are alike share their scores,
//! and between two of them only few machines change.
//!
//! Knows: that a score depends on one machine and on what a pod asks for. Must not know: what scores mean.

use super::machines::{machine, sizes};
use crate::engine::Stream;
use crate::model::fleet::{Fleet, PodRequest};
use crate::model::gpu::{ModelSet, Taken};
use crate::policy::placement::Need;
use crate::policy::placement::fleet::FleetPolicy;
use rand::RngExt;
use std::collections::BTreeMap;

/// The score of a machine without room.
const NO_ROOM: f64 = f64::NEG_INFINITY;
/// Scores that are kept, over all kinds of pods: 128 MiB. Kinds that come after are scored anew each time.
const SCORES_MAX: usize = 16 << 20;

/// Scores of all machines for one kind of pod.
#[derive(Debug)]
struct Scores {
    of: Vec<f64>,
    /// How many changes they know of.
    changes: usize,
}

/// Scores of all machines for the kinds of pods that came.
#[derive(Debug, Default)]
pub(super) struct ScoreBoard {
    kinds: BTreeMap<PodRequest, Scores>,
    /// Machines in the order in which they changed.
    changes: Vec<u32>,
    /// When each machine changed last, as an index of `changes`.
    last_change: Vec<usize>,
}

/// The score of one machine for a pod.
fn score(fleet: &Fleet, policy: &dyn FleetPolicy, node: usize, request: &PodRequest) -> f64 {
    if !fleet.fits(node, request) {
        return NO_ROOM;
    }
    let need = Need {
        sizes: &sizes(request),
        gpus: request.gpus,
    };
    // A score that is no number, or less than all, is still that of a machine with room.
    policy.score(&machine(fleet, node), &need).max(f64::MIN)
}

impl ScoreBoard {
    /// The machine for a pod, and its devices there; `None` if no machine has room.
    pub(super) fn choose(
        &mut self,
        fleet: &Fleet,
        policy: &dyn FleetPolicy,
        request: &PodRequest,
        stream: &mut Stream,
    ) -> Option<(usize, Taken)> {
        self.choose_where(fleet, policy, request, |_| true, stream)
    }

    /// The same among the machines that the pod `may_go` to.
    pub(super) fn choose_where(
        &mut self,
        fleet: &Fleet,
        policy: &dyn FleetPolicy,
        request: &PodRequest,
        may_go: impl Fn(usize) -> bool,
        stream: &mut Stream,
    ) -> Option<(usize, Taken)> {
        let scores = self.scores(fleet, policy, request);
        // What pods that share scores may differ in is looked at now.
        let open = |node: usize| fleet.fits(node, request) && may_go(node);
        let node = if policy.draws() {
            let able = || (0..scores.len()).filter(|&node| scores[node] > NO_ROOM && open(node));
            match able().count() {
                0 => None,
                count => able().nth(stream.random_range(0..count)),
            }
        } else {
            let mut best = (NO_ROOM, None);
            for (node, &score) in scores.iter().enumerate() {
                if score > best.0 && open(node) {
                    best = (score, Some(node));
                }
            }
            best.1
        }?;
        let need = Need {
            sizes: &sizes(request),
            gpus: request.gpus,
        };
        let taken = policy.devices(&machine(fleet, node), &need, stream);
        Some((node, taken))
    }

    /// Told that a machine has changed.
    pub(super) fn changed(&mut self, node: usize) {
        self.last_change.resize(self.last_change.len().max(node + 1), 0);
        self.last_change[node] = self.changes.len();
        self.changes.push(node as u32);
    }

    /// Up-to-date scores of all machines.
    fn scores(
        &mut self,
        fleet: &Fleet,
        policy: &dyn FleetPolicy,
        request: &PodRequest,
    ) -> std::borrow::Cow<'_, [f64]> {
        let mut kind = *request;
        kind.models = ModelSet::NONE;
        if !policy.weighs_memory() {
            kind.memory_mib = 0;
        }
        let all = || {
            (0..fleet.len())
                .map(|node| score(fleet, policy, node, &kind))
                .collect()
        };
        if !self.kinds.contains_key(&kind) && (self.kinds.len() + 1) * fleet.len() > SCORES_MAX {
            return std::borrow::Cow::Owned(all());
        }
        let now = self.changes.len();
        let scores = self.kinds.entry(kind).or_insert_with(|| Scores {
            of: all(),
            changes: now,
        });
        for change in scores.changes..now {
            let node = self.changes[change] as usize;
            if self.last_change[node] == change {
                scores.of[node] = score(fleet, policy, node, &kind);
            }
        }
        scores.changes = now;
        std::borrow::Cow::Borrowed(&scores.of)
    }
}

#[cfg(test)]
mod tests {
    use super::{ScoreBoard, score};
    use crate::engine::StreamKey;
    use crate::model::fleet::{Fleet, FleetNode, FleetPod, PodRequest, Side, TypicalPods};
    use crate::model::gpu::{GpuRequest, ModelNames, ModelSet};
    use crate::policy::catalog::Catalog;
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Kept scores decide as a full scan does, whatever came before and whichever policy is asked.
        #[test]
        fn kept_scores_are_those_of_a_full_scan(
            nodes in prop::collection::vec((1_u64..9, 0_u64..5, 0_usize..5, 0_usize..3), 1..12),
            pods in prop::collection::vec((0_u64..3, 0_u64..2, 0_u16..5, 1_u16..10, 0_usize..3), 1..60),
        ) {
            let mut names = ModelNames::default();
            let models = ["a", "b"].map(|name| names.learn(name).expect("there is room"));
            let models = [ModelSet::NONE, models[0], models[1]];
            let nodes: Vec<_> = nodes.into_iter().map(|(cpu_milli, memory_mib, gpus, model)| FleetNode {
                name: String::new(), cpu_milli, memory_mib, pods: 4, gpus, model: models[model], side: Side::UNLIMITED,
            }).collect();
            let pods: Vec<_> = pods.into_iter().map(|(cpu_milli, memory_mib, count, milli, model)| FleetPod {
                name: String::new(),
                request: PodRequest {
                    cpu_milli,
                    memory_mib,
                    gpus: if count == 4 { GpuRequest::share(milli * 100) } else { GpuRequest::whole(count) },
                    models: models[model],
                    ..PodRequest::default()
                },
                models_text: format!("{model}"),
            }).collect();
            let typical = Arc::new(TypicalPods::of(&pods));
            for entry in &Catalog::standard().fleet_packing {
                let mut policy = (entry.build)(serde_json::Value::Null).expect("no parameter is needed");
                policy.learn(&typical);
                let (mut fleet, mut board) = (Fleet::new(&nodes), ScoreBoard::default());
                let mut stream = StreamKey::new(1, 0).stream("test");
                for pod in &pods {
                    let request = &pod.request;
                    let found = board.choose(&fleet, &*policy, request, &mut stream);
                    let scores: Vec<f64> = (0..fleet.len()).map(|node| score(&fleet, &*policy, node, request)).collect();
                    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let first = scores.iter().position(|&score| score > f64::NEG_INFINITY && score >= most);
                    match found {
                        Some((node, _)) if policy.draws() => prop_assert!(fleet.fits(node, request)),
                        found => prop_assert_eq!(found.map(|(node, _)| node), first, "{}", entry.name),
                    }
                    if let Some((node, taken)) = found {
                        prop_assert_eq!(taken.devices().count(), usize::from(request.gpus.count()));
                        fleet.take(node, request, taken);
                        board.changed(node);
                    }
                }
            }
        }
    }
}

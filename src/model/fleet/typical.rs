//! Which pods usually come, and how much of a machine's idle GPU is of no use to them.
//!
//! Knows: how pods are counted by what they ask for. Must not know: which machines there are.

use super::{FleetPod, PodRequest};
use crate::model::gpu::{Demand, GpuRequest, ModelSet, expected_fragment};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Kinds of pods are kept, the most frequent first, until they are so many hundredths of all pods.
const KEPT_PERCENT: usize = 95;

/// A kind of pods that usually come.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TypicalPod {
    /// Which part of all that usually come it is, 0 to 1.
    share: f64,
    demand: Demand,
    models: ModelSet,
}

/// Kinds that ask for the same devices; they differ in CPU alone.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    gpus: GpuRequest,
    models: ModelSet,
    /// CPU asked for, in thousandths, least first, and which part of all pods asks for that or less in this group.
    shares: Vec<(u64, f64)>,
}

/// The kinds of pods that usually come, as they are counted from a list of pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypicalPods {
    kept: Vec<TypicalPod>,
    distinct: usize,
    groups: Vec<Group>,
}

impl TypicalPods {
    /// Counts them: pods are alike if they ask for the same CPU, the same devices and the same models. Memory plays no
    /// part. Among equally frequent kinds the larger one is kept first.
    #[must_use]
    pub fn of(pods: &[FleetPod]) -> Self {
        let mut counts: BTreeMap<(u64, u16, u16, &str), (usize, PodRequest)> = BTreeMap::new();
        for pod in pods {
            let PodRequest { cpu_milli, gpus, .. } = pod.request;
            let like = (cpu_milli, gpus.milli(), gpus.count(), pod.models_text.as_str());
            counts.entry(like).or_insert((0, pod.request)).0 += 1;
        }
        let mut kinds: Vec<_> = counts.into_iter().collect();
        kinds.sort_by_key(|&(like, (count, _))| (Reverse(count), Reverse(like)));
        let distinct = kinds.len();
        let mut sum = 0;
        let kept = kinds.iter().position(|(_, (count, _))| {
            sum += count;
            sum * 100 >= pods.len() * KEPT_PERCENT
        });
        kinds.truncate(kept.map_or(0, |last| last + 1));
        let kept = kinds.into_iter().map(|(_, (count, request))| TypicalPod {
            share: count as f64 / sum as f64,
            demand: Demand {
                cpu_milli: request.cpu_milli,
                gpus: request.gpus,
            },
            models: request.models,
        });
        let kept: Vec<_> = kept.collect();
        Self {
            groups: grouped(&kept),
            kept,
            distinct,
        }
    }

    /// How many kinds are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many kinds there were before the rare ones were left out.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Thousandths of a machine's idle GPU that a typical pod cannot use, on average over them: what `fragment` says of
    /// each, weighted with its share.
    #[must_use]
    pub fn fragmented(&self, free_cpu_milli: u64, idle: &[u16], model: ModelSet) -> f64 {
        let whole: u32 = idle.iter().map(|&idle| u32::from(idle)).sum();
        if whole == 0 {
            return 0.0;
        }
        // Everything is in the way of a pod that cannot come; one that can comes to what its group leaves useless.
        let mut useful = 0.0;
        for group in &self.groups {
            let able = group.shares.partition_point(|&(cpu, _)| cpu <= free_cpu_milli);
            if able == 0 || !group.models.accepts(model) {
                continue;
            }
            let (mut devices, mut usable) = (0, 0_u32);
            for &idle in idle {
                let enough = idle >= group.gpus.milli();
                devices += u16::from(enough);
                usable += if enough { u32::from(idle) } else { 0 };
            }
            if devices >= group.gpus.count() {
                useful += group.shares[able - 1].1 * f64::from(usable);
            }
        }
        f64::from(whole) - useful
    }

    /// The same as its definition says it, kind by kind.
    #[must_use]
    pub fn fragmented_by_definition(&self, free_cpu_milli: u64, idle: &[u16], model: ModelSet) -> f64 {
        let asks = |kind: &TypicalPod| (kind.share, kind.models.accepts(model).then_some(kind.demand));
        let mix: Vec<_> = self.kept.iter().map(asks).collect();
        expected_fragment(free_cpu_milli, idle, &mix)
    }
}

/// The kinds that ask for GPUs, by devices.
fn grouped(kept: &[TypicalPod]) -> Vec<Group> {
    let mut groups: BTreeMap<(GpuRequest, ModelSet), Vec<(u64, f64)>> = BTreeMap::new();
    for kind in kept.iter().filter(|kind| !kind.demand.gpus.is_none()) {
        let (share, demand) = (kind.share, kind.demand);
        let shares = groups.entry((demand.gpus, kind.models)).or_default();
        shares.push((demand.cpu_milli, share));
    }
    let groups = groups.into_iter().map(|((gpus, models), mut shares)| {
        shares.sort_by_key(|&(cpu, _)| cpu);
        let mut sum = 0.0;
        for (_, share) in &mut shares {
            sum += *share;
            *share = sum;
        }
        Group { gpus, models, shares }
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::TypicalPods;
    use crate::model::fleet::{FleetPod, PodRequest};
    use crate::model::gpu::{GpuRequest, ModelNames, ModelSet};
    use proptest::prelude::*;

    fn pod(cpu_milli: u64, gpus: GpuRequest, models: ModelSet) -> FleetPod {
        FleetPod {
            name: String::new(),
            request: PodRequest {
                cpu_milli,
                memory_mib: 0,
                gpus,
                models,
                ..PodRequest::default()
            },
            models_text: format!("{models:?}"),
        }
    }

    #[test]
    fn rare_kinds_are_left_out_and_the_larger_of_equals_stays() {
        let of = |count, cpu| {
            std::iter::repeat_n(pod(cpu, GpuRequest::share(500), ModelSet::NONE), count).collect::<Vec<_>>()
        };
        let pods = [of(90, 1000), of(4, 3000), of(4, 2000), of(2, 9000)].concat();
        let typical = TypicalPods::of(&pods);
        assert_eq!((typical.len(), typical.distinct()), (3, 4));
        // 94 of 100 are not yet 95: both of the kinds of four are kept, and only the rarest goes.
        let typical = TypicalPods::of(&[of(91, 1000), of(4, 3000), of(4, 2000), of(1, 9000)].concat());
        assert_eq!(typical.len(), 2);
        let unusable = |cpu| typical.fragmented(cpu, &[1000], ModelSet::NONE);
        assert!(unusable(3000) < 1e-9, "the larger of the two was kept");
        assert!((unusable(2000) - 1000.0 * 4.0 / 95.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn groups_say_what_the_definition_says(
            kinds in prop::collection::vec((0_u64..6, 0_u16..5, 1_u16..1000, 0_usize..3, 1_usize..30), 1..20),
            cpu in 0_u64..6,
            idle in prop::collection::vec(0_u16..=1000, 0..9),
            model in 0_usize..3,
        ) {
            let mut names = ModelNames::default();
            let models = ["a", "b"].map(|name| names.learn(name).expect("there is room"));
            let models = [ModelSet::NONE, models[0], models[1]];
            let pods: Vec<_> = kinds.into_iter().flat_map(|(cpu, count, milli, model, times)| {
                let gpus = if count == 4 { GpuRequest::share(milli) } else { GpuRequest::whole(count) };
                std::iter::repeat_n(pod(cpu, gpus, models[model]), times)
            }).collect();
            let typical = TypicalPods::of(&pods);
            let fast = typical.fragmented(cpu, &idle, models[model]);
            let slow = typical.fragmented_by_definition(cpu, &idle, models[model]);
            prop_assert!((fast - slow).abs() < 1e-6, "{} is not {}", fast, slow);
        }
    }
}

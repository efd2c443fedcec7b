//! Maglev: consistent hashing by a table (Eisenbud et al. 2016). Every replica has a permutation of the table's entries
//! of its own, and they take turns to take their next entry that is free; a key is one look into the table. Loads are
//! evener than on a ring of the same cost, and a replica that leaves moves few keys of others. Envoy's `MAGLEV`, Cilium's
//! and Katran's default; the hash is SplitMix64's finaliser.

use super::asking::Asking;
use super::keys::Keys;
use super::weights::Weights;
use crate::engine::Stream;
use crate::engine::random::mix;
use crate::model::request_queue::ReplicaLoads;
use crate::policy::parameters::Parameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The replica that the request's key belongs to in a Maglev table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Maglev {
    /// Entries of the table: a prime number, many times the number of replicas.
    #[schemars(range(min = 2, max = 5_000_011))]
    pub table_size: u32,
    /// What requests of open loads are about.
    pub keys: Keys,
    /// What sets the weight of a replica: it has entries in proportion.
    pub weights: Weights,
    /// Position of the replica of each entry.
    #[serde(skip)]
    table: Vec<u32>,
    #[serde(skip)]
    built: Option<(u64, u64)>,
}

impl Default for Maglev {
    fn default() -> Self {
        Self {
            table_size: 65_537,
            keys: Keys::default(),
            weights: Weights::default(),
            table: Vec::new(),
            built: None,
        }
    }
}

const FREE: u32 = u32::MAX;
/// Set the two hashes of a replica apart.
const OFFSET: u64 = 0x6f_66_66_73_65_74;
const SKIP: u64 = 0x73_6b_69_70;

impl Maglev {
    #[inline(never)]
    pub(super) fn pick(
        &mut self,
        asking: Asking,
        replicas: &ReplicaLoads,
        stream: &mut Stream,
    ) -> Option<usize> {
        if replicas.is_empty() {
            return None;
        }
        let version = (replicas.version(), replicas.weights_version());
        if self.built != Some(version) {
            self.built = Some(version);
            self.fill(replicas);
        }
        let hash = self.keys.hash_of(asking, stream);
        let entry = hash % self.table.len() as u64;
        Some(self.table[entry as usize] as usize)
    }

    fn fill(&mut self, replicas: &ReplicaLoads) {
        let size = u64::from(self.table_size.max(2));
        // In the order of their ordinals, so that one that comes back finds its place.
        let mut turns: Vec<(u64, u32)> = (0..replicas.len())
            .map(|place| (replicas.facts(place).ordinal, place as u32))
            .collect();
        turns.sort_unstable();
        let mut walks: Vec<Walk> = turns
            .into_iter()
            .map(|(ordinal, place)| Walk {
                next: mix(mix(ordinal) ^ OFFSET) % size,
                skip: mix(mix(ordinal) ^ SKIP) % (size - 1) + 1,
                place,
                weight: replicas.facts(place as usize).weight,
                due: 0.0,
            })
            .collect();
        let heaviest = walks.iter().map(|walk| walk.weight).fold(0.0, f64::max);
        self.table.clear();
        self.table.resize(size as usize, FREE);
        let mut free = size;
        let mut round = 0.0;
        loop {
            round += 1.0;
            for walk in &mut walks {
                // The heaviest takes an entry in every round, one of a third of its weight in every third.
                if round * walk.weight < walk.due {
                    continue;
                }
                walk.due += heaviest;
                while self.table[walk.next as usize] != FREE {
                    walk.next = (walk.next + walk.skip) % size;
                }
                self.table[walk.next as usize] = walk.place;
                free -= 1;
                if free == 0 {
                    return;
                }
            }
        }
    }
}

/// A replica's walk through the table's entries.
struct Walk {
    next: u64,
    skip: u64,
    place: u32,
    weight: f64,
    /// The weight at which it takes its next entry, over all rounds (Envoy's `target_weight_`).
    due: f64,
}

fn is_prime(number: u32) -> bool {
    let mut divisors = (2..).take_while(|divisor: &u32| divisor * divisor <= number);
    number >= 2 && !divisors.any(|divisor| number.is_multiple_of(divisor))
}

impl Parameters for Maglev {
    fn problems(&self) -> Vec<String> {
        let mut problems = self.keys.problems();
        if !is_prime(self.table_size) {
            let next = (self.table_size..).find(|&size| is_prime(size)).unwrap_or(65_537);
            problems.push(format!(
                "`table_size` must be a prime number, and {} is none: the next is {next}",
                self.table_size
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_replicas::{asks, replicas, stream, weighing};
    use super::*;

    fn table(count: usize, without: Option<usize>) -> Vec<usize> {
        let mut all = replicas(count);
        without.into_iter().for_each(|station| all.leave(station));
        let mut router = Maglev::default();
        router.pick(asks(0), &all, &mut stream());
        let stations = router.table.iter().map(|&place| all.station(place as usize));
        stations.collect()
    }

    #[test]
    fn every_replica_has_the_same_part_of_the_table_but_for_one_entry() {
        let mut counts = [0_u32; 100];
        for station in table(100, None) {
            counts[station] += 1;
        }
        assert!(
            counts.iter().all(|count| [655, 656].contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn entries_are_in_proportion_to_weights() {
        let all = weighing(&[3.0, 1.0, 1.0]);
        let mut router = Maglev::default();
        router.pick(asks(0), &all, &mut stream());
        let of = |place: u32| router.table.iter().filter(|&&one| one == place).count();
        let fifth = 65_537 / 5;
        assert!(of(0).abs_diff(3 * fifth) <= 5, "{}", of(0));
        assert!(of(1).abs_diff(fifth) <= 5 && of(2).abs_diff(fifth) <= 5);
    }

    /// The paper shows about twice the share of the lost one with a table a hundred times the replicas, less with larger
    /// ones.
    #[test]
    fn a_replica_that_leaves_moves_few_keys_of_others() {
        let (before, after) = (table(100, None), table(100, Some(42)));
        let moved = before
            .iter()
            .zip(&after)
            .filter(|(before, after)| before != after);
        let of_others = moved.clone().filter(|(before, _)| **before != 42).count();
        let share = moved.count() as f64 / before.len() as f64;
        assert!(share < 0.03, "one in a hundred had to move, {share} did");
        assert!(of_others > 0, "unlike on a ring, some of others do");
    }

    #[test]
    fn a_table_that_is_no_prime_is_refused_with_the_next_that_is() {
        let router = Maglev {
            table_size: 65_536,
            ..Maglev::default()
        };
        assert_eq!(
            router.problems(),
            ["`table_size` must be a prime number, and 65536 is none: the next is 65537"]
        );
    }
}

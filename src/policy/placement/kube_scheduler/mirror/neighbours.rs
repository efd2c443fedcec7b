//! InterPodAffinity of one class, its counts kept up to date.

use super::tally::{Over, PodsDelta, Tally};
use super::topologies::Topologies;
use crate::model::cluster::ClusterView;
use crate::model::placement_rules::PreferredTerm;
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::configuration::InterPodArgs;
use crate::policy::placement::kube_scheduler::inter_pod_filter::{matches_all, means};

/// Counts by topology key.
#[derive(Debug, Default)]
struct ByKey(Vec<Tally>);

impl ByKey {
    /// A pod of the class of this number counts `more` under `key`.
    fn learn(&mut self, at: &mut Ground<'_>, key: &str, number: usize, more: i64) {
        let topology = at.topologies.of(key, at.view, at.roster);
        let over = Over::Topology(topology);
        let place = self.0.iter().position(|tally| tally.over == over);
        let place = place.unwrap_or_else(|| {
            let domains = at.topologies.get(topology).count;
            self.0.push(Tally::new(over, false, None, domains));
            self.0.len() - 1
        });
        let tally = &mut self.0[place];
        let weight = tally.weight(number);
        tally.learn(number, weight + more);
    }

    fn apply(&mut self, topologies: &Topologies, delta: PodsDelta, moved: &mut Vec<u32>) -> i64 {
        let mut sum = 0;
        for tally in &mut self.0 {
            if let Some((domain, by)) = tally.apply(topologies, delta) {
                tally.moved(topologies, domain, moved);
                sum += by;
            }
        }
        sum
    }

    fn any_positive(&self, topologies: &Topologies, rank: usize) -> bool {
        let mut counts = self.0.iter().filter_map(|tally| tally.at(topologies, rank));
        counts.any(|count| count > 0)
    }
}

/// Where topologies are looked up.
pub(super) struct Ground<'a> {
    pub(super) view: &'a dyn ClusterView,
    pub(super) roster: &'a [usize],
    pub(super) topologies: &'a mut Topologies,
}

/// The terms of one class, and of others that mean it.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    /// Pods that match every needed term of the class.
    wanted: ByKey,
    wanted_anywhere: i64,
    /// Whether the first of its pods may go anywhere.
    wants_itself: bool,
    /// Pods that the class must not be near.
    unwanted: ByKey,
    /// Pods that must not have the class near them.
    unwilling: ByKey,
    /// Preferences, by weight.
    preferred: ByKey,
}

impl Neighbours {
    pub(super) fn new(ground: &mut Ground<'_>, class: &PodTemplate) -> Self {
        let mut new = Self {
            wants_itself: matches_all(ground.view.objects(), class, class),
            ..Self::default()
        };
        // Its keys are looked at even where no pod counts.
        for term in &class.rules.pod_affinity.required {
            new.wanted.learn(ground, &term.topology_key, 0, 0);
        }
        new
    }

    pub(super) fn filters(&self) -> bool {
        let lists = [&self.wanted, &self.unwanted, &self.unwilling];
        lists.iter().any(|list| !list.0.is_empty())
    }

    pub(super) fn counts_anything(&self) -> bool {
        self.keys() > 0
    }

    pub(super) fn learn(
        &mut self,
        args: &InterPodArgs,
        ground: &mut Ground<'_>,
        own: &PodTemplate,
        number: usize,
        other: &PodTemplate,
    ) {
        let objects = ground.view.objects();
        let (near, far) = (&own.rules.pod_affinity, &own.rules.pod_anti_affinity);
        if matches_all(objects, own, other) {
            for term in &near.required {
                self.wanted.learn(ground, &term.topology_key, number, 1);
            }
        }
        for term in &far.required {
            if means(objects, term, own, other) {
                self.unwanted.learn(ground, &term.topology_key, number, 1);
            }
        }
        let (others_near, others_far) = (&other.rules.pod_affinity, &other.rules.pod_anti_affinity);
        for term in &others_far.required {
            if means(objects, term, other, own) {
                self.unwilling.learn(ground, &term.topology_key, number, 1);
            }
        }
        let mut prefer = |terms: &[PreferredTerm], sign: i64, owner, meant| {
            for one in terms {
                if means(objects, &one.term, owner, meant) {
                    let weight = sign * i64::from(one.weight);
                    self.preferred
                        .learn(ground, &one.term.topology_key, number, weight);
                }
            }
        };
        prefer(&near.preferred, 1, own, other);
        prefer(&far.preferred, -1, own, other);
        if near.preferred.is_empty()
            && far.preferred.is_empty()
            && args.ignore_preferred_terms_of_existing_pods
        {
            return;
        }
        prefer(&others_near.preferred, 1, other, own);
        prefer(&others_far.preferred, -1, other, own);
        if args.hard_pod_affinity_weight > 0 {
            for term in &others_near.required {
                if means(objects, term, other, own) {
                    let weight = args.hard_pod_affinity_weight;
                    self.preferred.learn(ground, &term.topology_key, number, weight);
                }
            }
        }
    }

    pub(super) fn apply(&mut self, topologies: &Topologies, delta: PodsDelta, moved: &mut Vec<u32>) {
        self.wanted_anywhere += self.wanted.apply(topologies, delta, moved);
        for list in [&mut self.unwanted, &mut self.unwilling, &mut self.preferred] {
            list.apply(topologies, delta, moved);
        }
    }

    /// Whether pods of the class of this number count for anything.
    pub(super) fn counts(&self, number: usize) -> bool {
        let mut tallies = self.lists().flat_map(|list| &list.0);
        tallies.any(|tally| tally.weight(number) != 0)
    }

    /// How many counts there are.
    pub(super) fn keys(&self) -> usize {
        self.lists().map(|list| list.0.len()).sum()
    }

    fn lists(&self) -> impl Iterator<Item = &ByKey> {
        [&self.wanted, &self.unwanted, &self.unwilling, &self.preferred].into_iter()
    }

    /// Adds to `common` what [`Self::takes`] and [`Self::score`] look at of the node of this rank.
    pub(super) fn describe(&self, topologies: &Topologies, rank: usize, common: &mut Vec<i64>) {
        for tally in self.lists().flat_map(|list| &list.0) {
            tally.describe(topologies, rank, common);
        }
    }

    /// Whether the needed terms let the pod onto the node of this rank.
    pub(super) fn takes(&self, topologies: &Topologies, rank: usize) -> bool {
        let mut near = true;
        for tally in &self.wanted.0 {
            match tally.at(topologies, rank) {
                Some(pods) => near &= pods > 0,
                None => return false,
            }
        }
        (near || (self.wanted_anywhere == 0 && self.wants_itself))
            && !self.unwanted.any_positive(topologies, rank)
            && !self.unwilling.any_positive(topologies, rank)
    }

    /// What is scored of each of the nodes of these ranks before normalisation; whether there is anything to score.
    pub(super) fn score(&self, topologies: &Topologies, ranks: &[u32], raw: &mut Vec<i64>) -> bool {
        raw.clear();
        raw.resize(ranks.len(), 0);
        for tally in &self.preferred.0 {
            let domains = tally.domains(topologies);
            for (score, &rank) in raw.iter_mut().zip(ranks) {
                let domain = domains[rank as usize];
                *score += tally.counts.get(domain as usize).copied().unwrap_or_default();
            }
        }
        !self.preferred.0.is_empty()
    }
}

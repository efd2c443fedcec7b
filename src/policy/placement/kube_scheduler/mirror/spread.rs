//! PodTopologySpread of one class, its counts kept up to date.

use super::tally::{Over, PodsDelta, Tally};
use super::topologies::{NONE, Topologies};
use crate::model::cluster::ClusterView;
use crate::model::placement_rules::{HOSTNAME_LABEL, WhenUnsatisfiable};
use crate::model::pod_template::PodTemplate;
use crate::policy::placement::kube_scheduler::configuration::SpreadArgs;
use crate::policy::placement::kube_scheduler::spread_constraints::{Constraint, constraints, has_every_key};
use crate::policy::placement::kube_scheduler::spread_score;

/// A hard constraint.
#[derive(Debug)]
struct Hard {
    constraint: Constraint,
    tally: Tally,
    is_domain: Vec<bool>,
    domains: usize,
    /// The least count of a domain, and how many domains have it.
    least: i64,
    with_least: usize,
    /// One if the pod counts itself.
    own: i64,
}

/// A soft constraint.
#[derive(Debug)]
struct Soft {
    constraint: Constraint,
    tally: Tally,
    /// The topology of its key, by which nodes without the label are told.
    topology: usize,
    /// At which search a domain last had a node that takes the pod.
    seen: Vec<u64>,
}

/// The constraints of one class.
#[derive(Debug, Default)]
pub(super) struct Spread {
    hard: Vec<Hard>,
    soft: Vec<Soft>,
    /// Which nodes are scored, by rank; `None` for all.
    scored: Option<Vec<bool>>,
    searches: u64,
}

impl Spread {
    pub(super) fn new(
        args: &SpreadArgs,
        view: &dyn ClusterView,
        roster: &[usize],
        topologies: &mut Topologies,
        class: &PodTemplate,
    ) -> Self {
        let of = |when| constraints(args, view.objects(), class, when);
        let by_rank = |known: &dyn Fn(&crate::model::cluster::NodeView) -> bool| -> Vec<bool> {
            let nodes = roster.iter().map(|&place| view.node(place));
            nodes.map(|node| node.is_some_and(known)).collect()
        };
        let hard = of(WhenUnsatisfiable::DoNotSchedule);
        let with_keys = by_rank(&|node| has_every_key(node, &hard));
        let hard = hard.into_iter().map(|constraint| {
            let number = topologies.of(&constraint.key, view, roster);
            let mut counted = by_rank(&|node| constraint.includes(class, node));
            counted
                .iter_mut()
                .zip(&with_keys)
                .for_each(|(one, keys)| *one &= keys);
            let topology = topologies.get(number);
            let mut is_domain = vec![false; topology.count];
            for (&domain, &counted) in topology.domains.iter().zip(&counted) {
                if counted && domain != NONE {
                    is_domain[domain as usize] = true;
                }
            }
            let domains = is_domain.iter().filter(|&&is| is).count();
            Hard {
                own: i64::from(constraint.selects(&class.labels)),
                tally: Tally::new(Over::Topology(number), true, Some(counted), topology.count),
                is_domain,
                domains,
                least: 0,
                with_least: domains,
                constraint,
            }
        });
        let hard = hard.collect();
        let soft = of(WhenUnsatisfiable::ScheduleAnyway);
        let scored = (!soft.is_empty() && spread_score::every_key_needed(args, class))
            .then(|| by_rank(&|node| has_every_key(node, &soft)));
        let soft = soft.into_iter().map(|constraint| {
            let number = topologies.of(&constraint.key, view, roster);
            let tally = if constraint.key == HOSTNAME_LABEL {
                Tally::new(Over::Nodes, true, None, roster.len())
            } else {
                let mut counted = by_rank(&|node| constraint.includes(class, node));
                if let Some(scored) = &scored {
                    counted
                        .iter_mut()
                        .zip(scored)
                        .for_each(|(one, scored)| *one &= scored);
                }
                let count = topologies.get(number).count;
                Tally::new(Over::TopologyOrEmpty(number), true, Some(counted), count)
            };
            Soft {
                seen: vec![0; tally.counts.len()],
                tally,
                topology: number,
                constraint,
            }
        });
        Self {
            hard,
            soft: soft.collect(),
            scored,
            searches: 0,
        }
    }

    pub(super) fn filters(&self) -> bool {
        !self.hard.is_empty()
    }

    pub(super) fn counts_anything(&self) -> bool {
        !self.hard.is_empty() || !self.soft.is_empty()
    }

    /// Whether pods of the class of this number count for anything.
    pub(super) fn counts(&self, number: usize) -> bool {
        let hard = self.hard.iter().map(|one| &one.tally);
        let mut tallies = hard.chain(self.soft.iter().map(|one| &one.tally));
        tallies.any(|tally| tally.weight(number) != 0)
    }

    pub(super) fn learn(&mut self, own: &PodTemplate, number: usize, other: &PodTemplate) {
        for one in &mut self.hard {
            let counts = one.constraint.counts(own, other);
            one.tally.learn(number, counts.into());
        }
        for one in &mut self.soft {
            let counts = one.constraint.counts(own, other);
            one.tally.learn(number, counts.into());
        }
    }

    pub(super) fn apply(&mut self, topologies: &Topologies, delta: PodsDelta, moved: &mut Vec<u32>) {
        for one in &mut self.hard {
            if let Some((domain, by)) = one.tally.apply(topologies, delta) {
                one.moved(domain, by);
                one.tally.moved(topologies, domain, moved);
            }
        }
        for one in &mut self.soft {
            if let Some((domain, _)) = one.tally.apply(topologies, delta) {
                one.tally.moved(topologies, domain, moved);
            }
        }
    }

    /// Adds to `common` what [`Self::takes`] and [`Self::score`] look at of the node of this rank.
    pub(super) fn describe(&self, topologies: &Topologies, rank: usize, common: &mut Vec<i64>) {
        if let Some(scored) = &self.scored {
            common.push(scored[rank].into());
        }
        for one in &self.hard {
            one.tally.describe(topologies, rank, common);
        }
        for one in &self.soft {
            if one.tally.over == Over::Nodes {
                let has_label = topologies.get(one.topology).domains[rank] != NONE;
                common.push(has_label.into());
            }
            one.tally.describe(topologies, rank, common);
        }
    }

    /// Whether the hard constraints let the pod onto the node of this rank.
    pub(super) fn takes(&self, topologies: &Topologies, rank: usize) -> bool {
        self.hard.iter().all(|one| {
            let Some(count) = one.tally.at(topologies, rank) else {
                return false;
            };
            let least = if one.domains < one.constraint.min_domains {
                0
            } else if one.domains == 0 {
                i32::MAX.into()
            } else {
                one.least
            };
            count + one.own - least <= one.constraint.max_skew
        })
    }

    /// What is scored of each of the nodes of these ranks before normalisation, each standing for so many `nodes` of its
    /// group; whether there is anything to score.
    pub(super) fn score(
        &mut self,
        topologies: &Topologies,
        ranks: &[u32],
        nodes: &[usize],
        sums: &mut Vec<f64>,
        raw: &mut Vec<Option<i64>>,
    ) -> bool {
        if self.soft.is_empty() {
            return false;
        }
        self.searches += 1;
        let is_scored = |rank: u32| self.scored.as_ref().is_none_or(|scored| scored[rank as usize]);
        let groups = ranks.iter().zip(nodes);
        let scored = groups
            .filter(|(rank, _)| is_scored(**rank))
            .map(|(_, nodes)| nodes);
        let scored: usize = scored.sum();
        let mut weights = Vec::with_capacity(self.soft.len());
        for one in &mut self.soft {
            let mut size = scored;
            if one.tally.over != Over::Nodes {
                size = 0;
                for &rank in ranks.iter().filter(|&&rank| is_scored(rank)) {
                    if let Some(domain) = one.tally.domain(topologies, rank as usize)
                        && one.seen[domain] != self.searches
                    {
                        one.seen[domain] = self.searches;
                        size += 1;
                    }
                }
            }
            weights.push(spread_score::weight_of(size));
        }
        sums.clear();
        sums.resize(ranks.len(), 0.0);
        for (one, &weight) in self.soft.iter().zip(&weights) {
            let (labels, counts) = (&topologies.get(one.topology).domains, &one.tally.counts);
            let (max_skew, by_node) = (one.constraint.max_skew, one.tally.over == Over::Nodes);
            for (sum, &rank) in sums.iter_mut().zip(ranks) {
                let domain = labels[rank as usize];
                if domain != NONE {
                    let count = counts[if by_node { rank } else { domain } as usize];
                    *sum += spread_score::part(count, weight, max_skew);
                }
            }
        }
        raw.clear();
        let nodes = ranks.iter().zip(sums.iter());
        raw.extend(nodes.map(|(&rank, &sum)| is_scored(rank).then(|| spread_score::rounded(sum))));
        true
    }
}

impl Hard {
    /// The count of a domain has moved: so may the least.
    fn moved(&mut self, domain: usize, by: i64) {
        if !self.is_domain[domain] {
            return;
        }
        let (count, before) = (self.tally.counts[domain], self.tally.counts[domain] - by);
        if count < self.least {
            (self.least, self.with_least) = (count, 1);
            return;
        }
        self.with_least += usize::from(count == self.least);
        self.with_least -= usize::from(before == self.least);
        if self.with_least == 0 {
            let counts = || {
                let pairs = self.tally.counts.iter().zip(&self.is_domain);
                pairs.filter(|(_, is)| **is).map(|(count, _)| *count)
            };
            let least = counts().min().unwrap_or_default();
            self.with_least = counts().filter(|&count| count == least).count();
            self.least = least;
        }
    }
}

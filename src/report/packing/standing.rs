//! How a heuristic stands over all instances.

use super::PackingReport;
use crate::model::price::Money;

/// The instance on which a heuristic is furthest over the bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// Which.
    pub instance: String,
    /// By how much: 0.1 is 10 % more bins than the bound.
    pub gap: f64,
}

/// One heuristic over all instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The heuristic.
    pub policy: String,
    /// Bins in all.
    pub bins: u64,
    /// What they cost an hour; `None` without prices.
    pub cost: Option<Money>,
    /// Instances on which nobody can do better: it reached the known optimum or the bound.
    pub optimal: u64,
    /// Bins over the bound, or cost over its bound where bins have prices, as a share of the bound: on average over the
    /// instances.
    pub mean_gap: f64,
    /// The same where it is least.
    pub least_gap: f64,
    /// The same where it is greatest; `None` without instances.
    pub worst: Option<Worst>,
    /// Items for which no bin was left.
    pub left_out: u64,
    /// No other leaves fewer items out, or as few and costs less, or without prices opens fewer bins.
    pub is_best: bool,
}

/// How far something is over its bound, as a share of it; none where there is nothing to pack.
pub(super) fn gap(reached: f64, bound: f64) -> f64 {
    if bound > 0.0 { reached / bound - 1.0 } else { 0.0 }
}

impl PackingReport {
    /// All heuristics, the best first, in the order asked for among equals.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let mut all: Vec<Standing> = (0..self.policies.len())
            .map(|place| self.standing(place))
            .collect();
        all.sort_by_key(rank);
        let best = all.first().map(rank);
        for standing in &mut all {
            standing.is_best = Some(rank(standing)) == best;
        }
        all
    }

    fn standing(&self, place: usize) -> Standing {
        let mut standing = Standing {
            policy: self.policies[place].clone(),
            bins: 0,
            cost: Some(Money::ZERO),
            optimal: 0,
            mean_gap: 0.0,
            least_gap: f64::INFINITY,
            worst: None,
            left_out: 0,
            is_best: false,
        };
        for instance in &self.instances {
            let attempt = &instance.attempts[place];
            let gap = match (attempt.cost, instance.least_cost) {
                (Some(cost), Some(least)) => gap(cost.usd(), least.usd()),
                _ => gap(attempt.bins as f64, instance.bound.bins as f64),
            };
            let best = instance.optimum().unwrap_or(instance.bound.bins);
            standing.bins += attempt.bins;
            standing.left_out += attempt.left_out;
            standing.cost = standing
                .cost
                .zip(attempt.cost)
                .map(|(sum, cost)| Money::from_picos(sum.picos() + cost.picos()));
            standing.optimal += u64::from(attempt.left_out == 0 && attempt.bins <= best);
            standing.mean_gap += gap / self.instances.len() as f64;
            standing.least_gap = standing.least_gap.min(gap);
            if standing.worst.as_ref().is_none_or(|worst| gap > worst.gap) {
                let instance = instance.name.clone();
                standing.worst = Some(Worst { instance, gap });
            }
        }
        standing
    }

    /// Whether bins have prices.
    #[must_use]
    pub fn is_priced(&self) -> bool {
        let mut attempts = self.instances.iter().flat_map(|instance| &instance.attempts);
        attempts.next().is_some_and(|attempt| attempt.cost.is_some())
    }
}

fn rank(standing: &Standing) -> (u64, u128, u64) {
    let cost = standing.cost.map_or(0, Money::picos);
    (standing.left_out, cost, standing.bins)
}

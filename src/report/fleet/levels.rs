//! What is shown of packings, and the numbers taken from it.

use super::published::PublishedTable;
use crate::sim::packing::{ARRIVED_PCT_MAX, InflationOutcome, Measured, Point};
use crate::stats::PairedDifference;

/// The confidence level of every interval.
const LEVEL: f64 = 0.95;
/// What the comparison is made at: all that the fleet has is asked for.
pub(super) const FULL_PCT: usize = 100;

/// A number over several packings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation over the seeds; zero for one.
    pub sd: f64,
}

impl Level {
    /// Of these numbers; `None` of none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = if values.len() > 1 {
            (squares / (count - 1.0)).sqrt()
        } else {
            0.0
        };
        (!values.is_empty()).then_some(Self { mean, sd })
    }
}

/// The packings under one policy.
#[derive(Clone, Debug)]
pub struct FleetPolicyRuns {
    /// What it is called.
    pub name: String,
    /// Seeds and what came of them.
    pub runs: Vec<(u64, InflationOutcome)>,
}

impl FleetPolicyRuns {
    /// A number at a percentage arrived, one a seed.
    pub(super) fn values(&self, percent: usize, of: impl Fn(&Point) -> f64) -> Vec<f64> {
        let points = self
            .runs
            .iter()
            .filter_map(|(_, outcome)| outcome.curve.at(percent));
        points.map(|point| of(&point)).collect()
    }

    /// Its mean and deviation.
    #[must_use]
    pub fn level(&self, percent: usize, of: impl Fn(&Point) -> f64) -> Option<Level> {
        Level::of(&self.values(percent, of))
    }
}

/// What a machine is called and which are like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineLabel {
    /// Its name.
    pub name: String,
    /// Machines that are alike, such as `8 × G2`.
    pub group: String,
}

/// Packings of one fleet.
#[derive(Clone, Debug)]
pub struct FleetTable {
    /// What was packed onto what, such as `pods.csv on nodes.csv`.
    pub title: String,
    /// The packings, policy by policy.
    pub policies: Vec<FleetPolicyRuns>,
    /// What arrived and allocated percentages are of.
    pub measured: Measured,
    /// GPUs of the fleet.
    pub gpus: u64,
    /// Its machines, in the order in which outcomes list them.
    pub machines: Vec<MachineLabel>,
    /// Pods in the list.
    pub pods: u64,
    /// Kinds of pods that usually come, and kinds there are.
    pub typical: (usize, usize),
    /// Published numbers beside ours.
    pub published: Option<PublishedTable>,
    /// The version that packed.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
}

impl FleetTable {
    /// The percentages arrived of which there are numbers.
    pub(super) fn percents() -> std::ops::RangeInclusive<usize> {
        0..=ARRIVED_PCT_MAX
    }

    /// The policy that allocates most when everything has been asked for.
    pub(super) fn best(&self) -> Option<&FleetPolicyRuns> {
        let allocated = |runs: &FleetPolicyRuns| {
            let level = runs.level(FULL_PCT, |point| point.alloc_pct);
            level.map_or(f64::NEG_INFINITY, |level| level.mean)
        };
        // The first among equals.
        self.policies
            .iter()
            .rev()
            .max_by(|a, b| allocated(a).total_cmp(&allocated(b)))
    }

    /// Unallocated GPUs at so many percent allocated.
    pub(super) fn unallocated_gpus(&self, alloc_pct: f64) -> f64 {
        (100.0 - alloc_pct) / 100.0 * self.gpus as f64
    }

    /// What is measured, for people.
    pub(super) fn unit(&self) -> &'static str {
        match self.measured {
            Measured::Gpu => "GPU",
            Measured::Cpu => "CPU",
        }
    }

    /// How many percentage points a policy allocates more than the best one, over the seeds that both have.
    pub(super) fn against_best(&self, runs: &FleetPolicyRuns) -> Option<PairedDifference> {
        let best = self.best()?;
        let at = |outcome: &InflationOutcome| outcome.curve.at(FULL_PCT).map(|point| point.alloc_pct);
        let pairs = best.runs.iter().filter_map(|(seed, outcome)| {
            let (_, other) = runs.runs.iter().find(|(other, _)| other == seed)?;
            at(outcome).zip(at(other))
        });
        let (base, other): (Vec<f64>, Vec<f64>) = pairs.unzip();
        PairedDifference::of(&base, &other, LEVEL)
    }
}

//! Published means beside ours.

use super::levels::{FleetPolicyRuns, Level};
use crate::report::format;
use crate::report::text_table;
use crate::sim::packing::Point;

/// What rounding in the published numbers may account for, percentage points.
const ROUNDING: f64 = 0.05;
/// Standard errors within which two samples of one quantity nearly always lie.
const ERRORS: f64 = 3.0;

/// One published number and ours.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedDifference {
    /// The policy.
    pub policy: String,
    /// The number: a key of the file.
    pub metric: String,
    /// At which percentage arrived.
    pub arrived_pct: usize,
    /// What was published.
    pub published: Level,
    /// What we have.
    pub ours: Level,
    /// How far they may lie apart.
    pub tolerance: f64,
}

impl PublishedDifference {
    /// Compares a published number, a mean over `seeds`, with that of our packings; `None` if they have none.
    #[must_use]
    pub fn of(
        runs: &FleetPolicyRuns,
        metric: &str,
        arrived_pct: usize,
        published: Level,
        seeds: usize,
    ) -> Option<Self> {
        let of = Self::measure(metric)?;
        let values = runs.values(arrived_pct, of);
        let ours = Level::of(&values)?;
        let variance =
            published.sd.powi(2) / seeds.max(1) as f64 + ours.sd.powi(2) / values.len().max(1) as f64;
        Some(Self {
            policy: runs.name.clone(),
            metric: metric.to_owned(),
            arrived_pct,
            published,
            ours,
            tolerance: ERRORS * variance.sqrt() + ROUNDING,
        })
    }

    /// How a number of the published file is called there, and which of ours it is.
    fn measure(metric: &str) -> Option<fn(&Point) -> f64> {
        match metric {
            "alloc_pct_at_arrived_pct" => Some(|point| point.alloc_pct),
            "frag_pct_of_cluster_at_arrived_pct" => Some(|point| point.frag_pct),
            "frag_ratio_pct_of_idle_at_arrived_pct" => Some(|point| point.frag_ratio_pct),
            _ => None,
        }
    }

    /// Ours less theirs, percentage points.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.ours.mean - self.published.mean
    }

    /// The difference as a share of the tolerance: 1 is just within.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.difference().abs() / self.tolerance
    }

    /// Whether it is within the tolerance.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.share() <= 1.0
    }
}

/// All published numbers of the policies that were packed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishedTable {
    /// What they are called.
    pub source: String,
    /// Each of them.
    pub rows: Vec<PublishedDifference>,
}

impl PublishedTable {
    /// How many are within their tolerance, in a sentence.
    #[must_use]
    pub fn answer(&self) -> String {
        let within = self.rows.iter().filter(|row| row.is_within()).count();
        let Some(worst) = self.worst() else {
            return format!("{} has no number of these policies", self.source);
        };
        let rows = self.rows.len();
        format!(
            "{} of {rows} published numbers are met within 3 standard errors of both samples; the widest difference is \
             {:.2} of what is allowed ({}, {} at {} % arrived: {:+.3})",
            if within == rows { "All".to_owned() } else { within.to_string() },
            worst.share(),
            worst.policy,
            Self::short(&worst.metric),
            worst.arrived_pct,
            worst.difference()
        )
        .replacen("All of ", "All ", 1)
    }

    /// What a number is called in a table.
    fn short(metric: &str) -> &str {
        match metric {
            "alloc_pct_at_arrived_pct" => "allocated",
            "frag_pct_of_cluster_at_arrived_pct" => "fragmented",
            "frag_ratio_pct_of_idle_at_arrived_pct" => "frag. of idle",
            other => other,
        }
    }

    fn worst(&self) -> Option<&PublishedDifference> {
        self.rows.iter().max_by(|a, b| a.share().total_cmp(&b.share()))
    }

    /// The answer, and a line for each number.
    #[must_use]
    pub fn to_terminal(&self, width: usize) -> String {
        let rows = self.rows.iter().map(|row| {
            let level = |level: Level| format!("{:.2} ±{:.2}", level.mean, level.sd);
            let verdict = if row.is_within() { "within" } else { "OUTSIDE" };
            (
                vec![row.policy.clone()],
                vec![
                    Self::short(&row.metric).to_owned(),
                    row.arrived_pct.to_string(),
                    level(row.published),
                    level(row.ours),
                    format::signed(row.difference(), |value| format!("{value:.3}")),
                    format!("{:.3}", row.tolerance),
                    verdict.to_owned(),
                ],
            )
        });
        let header = [
            "policy",
            "number",
            "at %",
            "published",
            "here",
            "difference",
            "allowed",
            "",
        ];
        let mut lines = vec![format!("{}.", self.answer())];
        lines.extend(text_table::lines(&header, rows.collect(), width, 24));
        lines.join("\n")
    }
}

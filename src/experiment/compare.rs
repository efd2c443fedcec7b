//! Variants against a baseline.
//!
//! Knows outcomes of the same replications under the same seed: their arrivals are the same, so differences are taken
//! pair by pair, which hides the noise that both share. Must not know how differences are shown.

use super::metric::{Better, Metric, metrics};
use super::summarise::LEVEL;
use crate::sim::Outcome;
use crate::stats::interval::{MeanInterval, PairedDifference};

/// What a difference comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Significantly, or exactly, better.
    Better,
    /// Significantly, or exactly, worse.
    Worse,
    /// It differs, and neither way is better.
    Different,
    /// It could be chance.
    NotSignificant,
    /// Exactly the same in every replication.
    Equal,
    /// Too few replications to say.
    Unknown,
}

/// One metric of one variant against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The variant's name.
    pub variant: String,
    /// What was measured; its value is the first replication's.
    pub metric: Metric,
    /// The baseline's mean over the pairs.
    pub baseline_mean: f64,
    /// The variant's mean over the pairs.
    pub mean: f64,
    /// Variant minus baseline, pair by pair.
    pub difference: PairedDifference,
    /// The probability of a difference as large by chance, Holm-adjusted over the variants; `None` for one pair.
    pub p_adjusted: Option<f64>,
    /// What it comes to.
    pub judgement: Judgement,
}

/// Variants against a baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The baseline's name.
    pub baseline: String,
    /// Pairs behind most lines: replications that the baseline and every variant have finished.
    pub replications: u64,
    /// Replications do not differ at all: differences are exact.
    pub deterministic: bool,
    /// How many variants p-values are adjusted for.
    pub variants: usize,
    /// Variant by variant, the metrics in the same order.
    pub lines: Vec<Line>,
}

/// Compares each of `variants` with `baseline`; outcomes are paired by their replication number.
///
/// With several variants, p-values are adjusted over the variants of each metric by Holm's step-down method (Holm 1979):
/// the chance that any difference of a metric is called significant though there is none stays below 5 %.
#[must_use]
pub fn compare(baseline: (&str, &[Outcome]), variants: &[(String, Vec<Outcome>)]) -> Comparison {
    let (name, base) = baseline;
    let all = || std::iter::once(base).chain(variants.iter().map(|(_, outcomes)| outcomes.as_slice()));
    let replications = base
        .iter()
        .filter(|outcome| all().all(|list| partner(list, outcome).is_some()))
        .count();
    let deterministic =
        replications > 1 && all().all(|list| list.windows(2).all(|pair| pair[0].digest == pair[1].digest));
    let mut lines: Vec<Line> = variants
        .iter()
        .flat_map(|(variant, outcomes)| lines_of(variant, base, outcomes))
        .collect();
    let same: Vec<String> = {
        let quiet = lines.iter().filter(|line| line.metric.quiet);
        let names = quiet.map(|line| &line.metric.name);
        let is_same = |name: &&String| {
            let mut of_name = lines.iter().filter(|line| line.metric.name == **name);
            of_name.all(|line| {
                let varies = line.difference.n() > 1 && !line.difference.is_deterministic();
                !varies && line.difference.mean().abs() <= 0.0
            })
        };
        names.filter(is_same).cloned().collect()
    };
    lines.retain(|line| !same.contains(&line.metric.name));
    let mut names: Vec<String> = Vec::new();
    for line in &lines {
        if !names.contains(&line.metric.name) {
            names.push(line.metric.name.clone());
        }
    }
    for name in names {
        let mut family: Vec<&mut Line> = lines.iter_mut().filter(|line| line.metric.name == name).collect();
        let p_values: Vec<Option<f64>> = family.iter().map(|line| line.difference.p_value()).collect();
        for (line, p) in family.iter_mut().zip(holm(&p_values)) {
            line.p_adjusted = p;
            line.judgement = judge(line);
        }
    }
    Comparison {
        baseline: name.to_owned(),
        replications: replications as u64,
        deterministic,
        variants: variants.len(),
        lines,
    }
}

fn partner<'a>(list: &'a [Outcome], of: &Outcome) -> Option<&'a Outcome> {
    list.iter().find(|other| other.replication == of.replication)
}

fn lines_of(variant: &str, base: &[Outcome], outcomes: &[Outcome]) -> Vec<Line> {
    let pairs: Vec<(Vec<Metric>, Vec<Metric>)> = outcomes
        .iter()
        .filter_map(|outcome| Some((metrics(partner(base, outcome)?), metrics(outcome))))
        .collect();
    let Some((_, first)) = pairs.first() else {
        return Vec::new();
    };
    let line = |metric: &Metric| {
        let value = |list: &[Metric]| {
            let found = list.iter().find(|other| other.name == metric.name)?;
            found.value.filter(|value| value.is_finite())
        };
        let (before, after): (Vec<f64>, Vec<f64>) = pairs
            .iter()
            .filter_map(|(base, other)| Some((value(base)?, value(other)?)))
            .unzip();
        let mean = |values: &[f64]| MeanInterval::of(values, LEVEL).map(|interval| interval.mean);
        Some(Line {
            variant: variant.to_owned(),
            metric: metric.clone(),
            baseline_mean: mean(&before)?,
            mean: mean(&after)?,
            difference: PairedDifference::of(&before, &after, LEVEL)?,
            p_adjusted: None,
            judgement: Judgement::Unknown,
        })
    };
    first.iter().filter_map(line).collect()
}

fn judge(line: &Line) -> Judgement {
    let shift = line.difference.mean();
    let Some(p) = line.p_adjusted else {
        return Judgement::Unknown;
    };
    if line.difference.is_deterministic() && shift.abs() <= 0.0 {
        return Judgement::Equal;
    }
    if p >= 1.0 - LEVEL {
        return Judgement::NotSignificant;
    }
    match line.metric.better {
        Better::Neither => Judgement::Different,
        Better::Lower if shift < 0.0 => Judgement::Better,
        Better::Higher if shift > 0.0 => Judgement::Better,
        Better::Lower | Better::Higher => Judgement::Worse,
    }
}

/// Holm's adjusted p-values, each at the place of the one it adjusts.
fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p)| Some((index, (*p)?)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p_values.len()];
    let mut least: f64 = 0.0;
    for (rank, &(index, p)) in order.iter().enumerate() {
        least = least.max((p * (order.len() - rank) as f64).min(1.0));
        adjusted[index] = Some(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::outcome::ClusterOutcome;

    /// An outcome of which only the cost is set.
    fn outcome(replication: u64, cost: f64, digest: &str) -> Outcome {
        Outcome {
            scenario: "s".into(),
            story: String::new(),
            version: String::new(),
            seed: 1,
            replication,
            duration_s: 1.0,
            warmup_s: 0.0,
            stopped: "horizon".into(),
            failure: None,
            events: 1,
            digest: digest.into(),
            workloads: vec![],
            cluster: ClusterOutcome {
                cost_usd: cost,
                pools: vec![Default::default()],
                ..ClusterOutcome::default()
            },
            calls: Vec::new(),
            faults: Vec::new(),
            by_hand: Vec::new(),
            objectives: vec![],
            assumptions: vec![],
            warnings: vec![],
        }
    }

    fn runs(costs: &[f64]) -> Vec<Outcome> {
        let each = costs.iter().enumerate();
        each.map(|(index, cost)| outcome(index as u64, *cost, &index.to_string()))
            .collect()
    }

    fn cost<'a>(comparison: &'a Comparison, variant: &str) -> &'a Line {
        let mut lines = comparison.lines.iter();
        lines
            .find(|line| line.variant == variant && line.metric.name == "cost")
            .unwrap()
    }

    #[test]
    fn holms_method_is_the_printed_one() {
        // The worked example of Holm's method with p = 0.01, 0.04, 0.03, 0.005.
        let adjusted = holm(&[Some(0.01), Some(0.04), None, Some(0.03), Some(0.005)]);
        let expected = [Some(0.03), Some(0.06), None, Some(0.06), Some(0.02)];
        for (found, expected) in adjusted.iter().zip(expected) {
            match (found, expected) {
                (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{adjusted:?}"),
                (found, expected) => assert_eq!(*found, expected),
            }
        }
    }

    #[test]
    fn what_one_variant_shows_many_variants_may_not() {
        let base = runs(&[10.0, 11.0, 12.0, 13.0, 14.0]);
        let close = runs(&[10.5, 11.1, 12.9, 13.4, 14.2]);
        let alone = compare(("base", &base), &[("close".into(), close.clone())]);
        assert_eq!(cost(&alone, "close").judgement, Judgement::Worse);
        let mut variants = vec![("close".to_owned(), close)];
        for (name, noise) in [("a", 0.3), ("b", 0.4), ("c", 0.5)] {
            let costs = [10.0 + noise, 11.0 - noise, 12.0 + noise, 13.0 - noise, 14.0];
            variants.push((name.to_owned(), runs(&costs)));
        }
        let many = compare(("base", &base), &variants);
        assert_eq!(cost(&many, "close").judgement, Judgement::NotSignificant);
        assert!(
            cost(&many, "close").difference.significant(),
            "the interval itself is not adjusted"
        );
    }

    #[test]
    fn replications_are_paired_by_number_and_not_by_place() {
        let base = runs(&[10.0, 20.0, 30.0]);
        let mut other = runs(&[11.0, 21.0, 31.0]);
        other.remove(1);
        let comparison = compare(("base", &base), &[("v".into(), other)]);
        assert_eq!(comparison.replications, 2);
        let line = cost(&comparison, "v");
        assert!(line.difference.is_deterministic() && (line.difference.mean() - 1.0).abs() < 1e-12);
        assert_eq!(line.judgement, Judgement::Worse);
        assert!(!comparison.deterministic, "the runs differ from each other");
    }

    #[test]
    fn equal_runs_are_deterministic_and_one_run_says_nothing() {
        let same = |cost| vec![outcome(0, cost, "d"), outcome(1, cost, "d")];
        let comparison = compare(
            ("base", &same(3.0)),
            &[("v".into(), same(3.0)), ("w".into(), same(2.0))],
        );
        assert!(comparison.deterministic);
        assert_eq!(cost(&comparison, "v").judgement, Judgement::Equal);
        assert_eq!(cost(&comparison, "w").judgement, Judgement::Better);
        let single = compare(("base", &runs(&[1.0])), &[("v".into(), runs(&[2.0]))]);
        assert!(!single.deterministic);
        assert_eq!(cost(&single, "v").judgement, Judgement::Unknown);
    }
}

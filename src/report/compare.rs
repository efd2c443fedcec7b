//! Variants against a baseline: as a table for the terminal and as CSV.
//!
//! Knows differences and their intervals as plain numbers. Must not know how they were computed.

use super::compare_answer;
use super::format;
use super::side_by_side;
use super::summary::Estimate;
use super::terminal::{self, Sheet, Style};
use super::text_table;
use crate::sim::outcome::ObjectiveOutcome;
use comfy_table::ColumnConstraint;

/// Variants against a baseline, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonTable {
    /// What was compared: the scenario's name.
    pub title: String,
    /// What the scenario is about: its first comment line.
    pub story: String,
    /// The baseline's name.
    pub baseline: String,
    /// Replications of each variant, paired with the baseline's.
    pub replications: u64,
    /// Nothing in the scenario is random: differences are exact and have no interval.
    pub deterministic: bool,
    /// What else verdicts rest on, such as an adjustment for many variants; a sentence.
    pub note: Option<String>,
    /// What each did by itself, the baseline first.
    pub contenders: Vec<Contender>,
    /// How it came about.
    pub made: Made,
    /// One a variant and metric; rows of one variant follow one another, its metrics in the same order as the others'.
    pub rows: Vec<ComparisonRow>,
}

/// What the baseline or a variant did by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// Its name.
    pub name: String,
    /// The objectives over its replications, in the same order for all.
    pub objectives: Vec<ObjectiveOutcome>,
    /// What its fleet cost, mean over replications with its interval; `None` without machines.
    pub cost: Option<Estimate>,
}

impl Contender {
    /// How many objectives it missed.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.objectives.iter().filter(|objective| !objective.met).count()
    }
}

/// What a comparison needs to be repeated and believed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// The seed of every replication.
    pub seed: u64,
    /// The version of the simulator.
    pub version: String,
    /// Simulated time of each run, seconds.
    pub duration_s: f64,
    /// How much of it was left out of all numbers, seconds.
    pub warmup_s: f64,
    /// What the model takes for granted.
    pub assumptions: Vec<String>,
    /// The command that repeats it.
    pub command: String,
}

/// One metric of one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// What was measured, for people: `shop p99 latency`.
    pub metric: String,
    /// Its unit, as in `summary.csv`: `s`, `usd`, `ratio`, `count` …
    pub unit: String,
    /// The baseline's mean.
    pub baseline_mean: f64,
    /// The variant's name.
    pub variant: String,
    /// The variant's mean.
    pub mean: f64,
    /// Mean of the paired differences with its 95 % interval; `None` where there is none.
    pub difference: Option<Difference>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// Variant minus baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of the paired differences.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What a difference comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Significantly, or exactly, better.
    Better,
    /// Significantly, or exactly, worse.
    Worse,
    /// It differs, and neither way is better.
    Different,
    /// The interval holds zero.
    NoSignificantDifference,
    /// Exactly the same.
    Equal,
    /// Too few replications to say.
    Unknown,
}

impl Verdict {
    /// Whether there is a difference that is none of chance.
    #[must_use]
    pub const fn differs(self) -> bool {
        matches!(self, Self::Better | Self::Worse | Self::Different)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Different => "different",
            Self::NoSignificantDifference => "no significant difference",
            Self::Equal => "equal",
            Self::Unknown => "too few replications to say",
        }
    }
}

impl ComparisonTable {
    /// The variants in order, each with its rows.
    #[must_use]
    pub fn variants(&self) -> Vec<(&str, Vec<&ComparisonRow>)> {
        let mut variants: Vec<(&str, Vec<&ComparisonRow>)> = Vec::new();
        for row in &self.rows {
            match variants.iter_mut().find(|(name, _)| *name == row.variant) {
                Some((_, rows)) => rows.push(row),
                None => variants.push((&row.variant, vec![row])),
            }
        }
        variants
    }

    /// What the comparison rests on, a sentence.
    #[must_use]
    pub fn basis(&self) -> String {
        if self.deterministic {
            return "Deterministic: nothing is random here, so differences are exact and have no interval."
                .to_owned();
        }
        if self.replications < 2 {
            return "One replication each: whether a difference is chance cannot be said; ask for more."
                .to_owned();
        }
        let basis = format!(
            "{} replications each, paired by random numbers; differences are variant minus {} with a 95% interval.",
            format::count(self.replications),
            self.baseline
        );
        match &self.note {
            Some(note) => format!("{basis} {note}"),
            None => basis,
        }
    }
}

impl ComparisonRow {
    /// The difference: of the pairs where there are some, of the means otherwise.
    #[must_use]
    pub fn shift(&self) -> f64 {
        self.difference
            .map_or(self.mean - self.baseline_mean, |difference| difference.mean)
    }

    /// The difference with its interval, for people: `−112 ms (−140 ms to −84 ms)`.
    #[must_use]
    pub fn difference_text(&self) -> String {
        let show = |value| format::signed(value, |v| by_unit(v, &self.unit));
        match self.difference {
            Some(Difference { mean, low, high }) => {
                format!("{} ({} to {})", show(mean), show(low), show(high))
            }
            None => show(self.shift()),
        }
    }
}

// A difference of shares is in percentage points, not percent.
pub(super) fn by_unit(value: f64, unit: &str) -> String {
    if unit == "ratio" {
        format!("{} pp", format::number(value * 100.0))
    } else {
        format::by_unit(value, unit)
    }
}

/// The comparison for the terminal.
#[must_use]
pub fn to_terminal(comparison: &ComparisonTable, sheet: Sheet) -> String {
    let Sheet { style, width } = sheet;
    let wrapped = |text: &str, indent: &str| terminal::wrapped(text, indent, width);
    let mut out = Vec::new();
    let answer = terminal::plain(&compare_answer::answer(comparison));
    out.extend(wrapped(&style.bold(&answer), "  "));
    for sentence in compare_answer::sentences(comparison) {
        out.extend(wrapped(&format!("  {}", terminal::plain(&sentence)), "    "));
    }
    let beside = side_by_side::to_terminal(comparison, sheet);
    let all = beside.is_empty();
    out.extend(beside);
    for (name, mut rows) in comparison.variants() {
        // What does not differ stands side by side already.
        rows.retain(|row| all || row.verdict.differs());
        if rows.is_empty() {
            continue;
        }
        out.push(String::new());
        let (baseline, variant) = (
            terminal::shortened(&comparison.baseline, 16),
            terminal::shortened(name, 16),
        );
        let header = ["metric", &baseline, &variant, "difference", "verdict"];
        let mut table = text_table::table(&header, width);
        for row in rows {
            let cells = [
                terminal::shortened(&row.metric, 30),
                format::by_unit(row.baseline_mean, &row.unit),
                format::by_unit(row.mean, &row.unit),
                row.difference_text(),
                row.verdict.words().to_owned(),
            ];
            text_table::add(&mut table, &cells);
        }
        // A difference is read in one piece; the verdict may wrap.
        if let Some(difference) = table.column_mut(3) {
            difference.set_constraint(ColumnConstraint::ContentWidth);
        }
        out.extend(
            text_table::render(&table)
                .lines()
                .map(|line| painted(line, style)),
        );
    }
    out.push(String::new());
    let basis = wrapped(&terminal::plain(&comparison.basis()), "  ");
    out.extend(basis.iter().map(|line| style.dim(line)));
    out.push(String::new());
    out.join("\n")
}

fn painted(line: &str, style: Style) -> String {
    let end = |words: &str| line.strip_suffix(words).filter(|rest| rest.ends_with(' '));
    if let Some(rest) = end("better") {
        format!("{rest}{}", style.good("better"))
    } else if let Some(rest) = end("worse") {
        format!("{rest}{}", style.bad("worse"))
    } else {
        line.to_owned()
    }
}

/// `comparison.csv`: one row a variant and metric, with empty cells where there is no interval.
#[must_use]
pub fn to_csv(comparison: &ComparisonTable) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "metric",
        "unit",
        "baseline",
        "baseline_mean",
        "variant",
        "variant_mean",
        "difference",
        "ci95_low",
        "ci95_high",
        "verdict",
    ];
    let _ = writer.write_record(header);
    for row in &comparison.rows {
        let end =
            |pick: fn(Difference) -> f64| row.difference.map(|d| pick(d).to_string()).unwrap_or_default();
        // Writing to memory does not fail.
        let _ = writer.write_record([
            row.metric.clone(),
            row.unit.clone(),
            comparison.baseline.clone(),
            row.baseline_mean.to_string(),
            row.variant.clone(),
            row.mean.to_string(),
            row.shift().to_string(),
            end(|d| d.low),
            end(|d| d.high),
            row.verdict.words().to_owned(),
        ]);
    }
    writer
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::sim::outcome::Judged;

    fn contender(name: &str) -> Contender {
        let objective = |objective: &str, unit: &str, bound, value, half, missed| ObjectiveOutcome {
            objective: objective.into(),
            measured: format::by_unit(value, unit),
            value,
            unit: unit.into(),
            bound,
            met: missed == 0,
            over: Some(Judged {
                replications: 10,
                missed,
                ci95: Some((value - half, value + half)),
            }),
        };
        let (p99, missed, success, cost) = match name {
            "eager" => (0.271, 0, 0.99992, 15.1),
            "lazy" => (1.4, 10, 0.9995, 12.3),
            _ => (1.24, 9, 0.99981, 12.34),
        };
        Contender {
            name: name.into(),
            objectives: vec![
                objective("shop: p99 latency at most 300ms", "s", 0.3, p99, 0.1, missed),
                objective(
                    "shop: success at least 99.9%",
                    "ratio",
                    0.999,
                    success,
                    0.00004,
                    0,
                ),
            ],
            cost: Some(Estimate {
                mean: cost,
                ci95: Some((cost - 0.4, cost + 0.4)),
                replications: 10,
            }),
        }
    }

    pub(in crate::report) fn sample() -> ComparisonTable {
        let row = |variant: &str, metric: &str, unit: &str, base: f64, mean: f64, half: f64, verdict| {
            ComparisonRow {
                metric: metric.into(),
                unit: unit.into(),
                baseline_mean: base,
                variant: variant.into(),
                mean,
                difference: Some(Difference {
                    mean: mean - base,
                    low: mean - base - half,
                    high: mean - base + half,
                }),
                verdict,
            }
        };
        ComparisonTable {
            title: "black-friday".into(),
            baseline: "baseline".into(),
            replications: 10,
            deterministic: false,
            note: None,
            story: "What does an eager target cost, and what a lazy one?".into(),
            contenders: ["baseline", "eager", "lazy"].map(contender).into(),
            made: Made {
                seed: 7,
                version: "0.1.0".into(),
                duration_s: 21_600.0,
                warmup_s: 600.0,
                assumptions: vec!["Network latency between router and pod is zero.".into()],
                command: "tonnage compare black-friday.yaml".into(),
            },
            rows: vec![
                row(
                    "eager",
                    "shop p99 latency",
                    "s",
                    1.24,
                    0.271,
                    0.1,
                    Verdict::Better,
                ),
                row(
                    "eager",
                    "shop success",
                    "ratio",
                    0.99981,
                    0.99992,
                    0.00004,
                    Verdict::Better,
                ),
                row("eager", "cost", "usd", 12.34, 15.1, 0.5, Verdict::Worse),
                row(
                    "eager",
                    "nodes at most",
                    "nodes",
                    9.0,
                    9.2,
                    0.4,
                    Verdict::NoSignificantDifference,
                ),
                row(
                    "lazy",
                    "shop p99 latency",
                    "s",
                    1.24,
                    1.4,
                    0.3,
                    Verdict::NoSignificantDifference,
                ),
                row(
                    "lazy",
                    "shop success",
                    "ratio",
                    0.99981,
                    0.9995,
                    0.0004,
                    Verdict::NoSignificantDifference,
                ),
                row(
                    "lazy",
                    "cost",
                    "usd",
                    12.34,
                    12.3,
                    0.3,
                    Verdict::NoSignificantDifference,
                ),
                row(
                    "lazy",
                    "nodes at most",
                    "nodes",
                    9.0,
                    9.0,
                    0.3,
                    Verdict::NoSignificantDifference,
                ),
            ],
        }
    }

    #[test]
    fn the_comparison_says_plainly_what_is_not_significant() {
        insta::assert_snapshot!("compare_terminal", to_terminal(&sample(), Sheet::PLAIN));
    }

    #[test]
    fn the_csv_keeps_its_columns() {
        insta::assert_snapshot!("compare_csv", to_csv(&sample()));
    }

    #[test]
    fn without_randomness_there_is_no_interval() {
        let mut comparison = sample();
        comparison.deterministic = true;
        comparison.rows.truncate(1);
        comparison.rows[0].difference = None;
        let text = to_terminal(&comparison, Sheet::PLAIN);
        assert!(
            text.contains("Deterministic") && text.contains("−969 ms") && !text.contains(" to "),
            "{text}"
        );
        assert!(to_csv(&comparison).contains(",,,better"));
    }

    #[test]
    fn a_wide_comparison_stays_within_the_page() {
        let mut comparison = sample();
        for row in &mut comparison.rows {
            row.metric = "a metric with a name much longer than anybody would like".into();
        }
        let text = to_terminal(&comparison, Sheet::PLAIN);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

//! A run's summary for the terminal: the answer first, then compact tables.
//!
//! Knows outcomes and a [`Sheet`]. Must not know whether it goes to a terminal: width and colour are asked for.

use super::answer::{self, State};
use super::averaged::averaged;
use super::summary::Intervals;
use super::text_table::{add, render, table};
use super::{balancing, batch, by_hand, calls, cpu, faults, format, gpus, images, jobs, restarts, rollouts};
use crate::sim::outcome::{Outcome, RequestCounts, WorkloadOutcome};

/// Whether text is coloured with ANSI codes. Whoever prints decides; `anstream` strips them where they do not belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// No codes.
    #[default]
    Plain,
    /// Green, red and dim.
    Colour,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// What text is laid out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Colours or none.
    pub style: Style,
    /// Columns a line may have.
    pub width: usize,
}

impl Sheet {
    /// What goes to a file or another program: no codes, 100 columns.
    pub const PLAIN: Self = Self {
        style: Style::Plain,
        width: 100,
    };
}

impl Default for Sheet {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// The summary of a run, or of replications of it.
#[must_use]
pub fn summary(outcome: &Outcome, intervals: Option<&Intervals>, sheet: Sheet) -> String {
    let Sheet { style, width } = sheet;
    let wrapped = |text: &str, indent: &str| wrapped(text, indent, width);
    let outcome = match intervals {
        Some(intervals) => &averaged(outcome, intervals),
        None => outcome,
    };
    let mut out = Vec::new();
    let answer = answer::answer(outcome);
    let (mark, verdict) = match answer.state {
        State::Met => (style.good("✓ "), style.bold(&plain(&answer.sentence))),
        State::Missed => (style.bad("✗ "), style.bold(&plain(&answer.sentence))),
        State::NoObjectives => (String::new(), style.bold(&plain(&answer.sentence))),
    };
    out.extend(wrapped(&format!("{mark}{verdict}"), "  "));
    if outcome.objectives.len() > 1 {
        for objective in &outcome.objectives {
            let mark = if objective.met {
                style.good("✓")
            } else {
                style.bad("✗")
            };
            out.extend(wrapped(
                &format!("    {mark} {}", plain(&answer::in_short(objective))),
                "      ",
            ));
        }
    }
    out.extend(
        answer::cut_short(outcome)
            .iter()
            .flat_map(|note| wrapped(note, "  ")),
    );
    for warning in &outcome.warnings {
        out.extend(wrapped(&format!("! {}", plain(&warning.what)), "  "));
        out.extend(wrapped(&format!("  → {}", plain(&warning.help)), "    "));
    }
    if let Some(intervals) = intervals {
        out.push(String::new());
        let n = intervals.replications();
        out.extend(wrapped(
            &format!("Means of {n} replications, ± half the 95% interval where it is known."),
            "  ",
        ));
        if !outcome.warnings.is_empty() {
            let note = format!(
                "What looks wrong (!) was seen in replication {}.",
                outcome.replication
            );
            out.extend(wrapped(&note, "  "));
        }
    }
    if outcome.workloads.iter().any(|workload| workload.batch.is_none()) {
        out.push(String::new());
        out.push(workloads(outcome, intervals, width));
    }
    if answer::has_fleet(outcome) {
        out.push(String::new());
        out.push(fleet(outcome, intervals, width));
    }
    out.extend(calls::lines(outcome, width, |text| wrapped(text, "  ")));
    out.extend(batch::lines(outcome, width));
    out.extend(faults::lines(outcome, width));
    if let Some(told) = by_hand::told(outcome, intervals) {
        out.push(String::new());
        out.extend(wrapped(&format!("  {told}"), "    "));
    }
    out.push(String::new());
    let origin = format!(
        "{} · {} simulated · seed {} · {} events · digest {}",
        plain(&outcome.scenario),
        format::duration(outcome.duration_s),
        outcome.seed,
        format::count_short(outcome.events),
        plain(&outcome.digest)
    );
    out.extend(wrapped(&origin, "  ").iter().map(|line| style.dim(line)));
    out.push(String::new());
    out.join("\n")
}

fn workloads(outcome: &Outcome, intervals: Option<&Intervals>, width: usize) -> String {
    let header = [
        "workload", "requests", "served", "p50", "p95", "p99", "p99.9", "slots", "replicas", "scaled",
    ];
    let mut table = table(&header, width);
    let serving = outcome
        .workloads
        .iter()
        .filter(|workload| workload.batch.is_none());
    for workload in serving {
        let quantile = |metric: &str, value: f64| -> String {
            let shown = if workload.latency.count > 0 {
                format::duration(value)
            } else {
                format::NOTHING.to_owned()
            };
            with_interval(
                intervals,
                ("workload", &workload.name, metric),
                shown,
                format::duration,
            )
        };
        let mean = |metric: &str, single| mean_of(intervals, ("workload", &workload.name, metric), single);
        let percent = |metric: &str, single| {
            mean(metric, single).map_or_else(|| format::NOTHING.to_owned(), format::percent)
        };
        let number =
            |metric: &str, single: u64| mean(metric, None).map_or_else(|| single.to_string(), format::number);
        add(
            &mut table,
            &[
                shortened(&workload.name, 20),
                format::count_short(
                    mean("requests_arrived", Some(workload.requests.arrived as f64)).unwrap_or(0.0) as u64,
                ),
                percent("success_ratio", workload.requests.success_ratio()),
                quantile("latency_p50", workload.latency.p50),
                quantile("latency_p95", workload.latency.p95),
                quantile("latency_p99", workload.latency.p99),
                quantile("latency_p999", workload.latency.p999),
                percent("utilization", workload.utilization),
                replicas(workload, mean("replicas_ready_mean", None)),
                format!(
                    "+{} −{}",
                    number("scale_ups", workload.scale_ups),
                    number("scale_downs", workload.scale_downs)
                ),
            ],
        );
    }
    let mut text = render(&table);
    for workload in &outcome.workloads {
        let losses = losses(&workload.requests);
        let rollouts = workload.rollouts.iter().map(rollouts::told);
        let jobs = workload.jobs.as_ref().map(jobs::told);
        let restarts = restarts::told(&workload.restarts);
        let balancing = workload.balancing.as_ref().and_then(balancing::told);
        let cpu = workload.cpu.as_ref().and_then(cpu::told);
        let all = losses.into_iter().chain(rollouts).chain(jobs);
        for told in all.chain(restarts).chain(balancing).chain(cpu) {
            let line = format!("  {}: {told}", shortened(&workload.name, 20));
            text.push('\n');
            text.push_str(&wrapped(&line, "    ", width).join("\n"));
        }
    }
    text
}

fn fleet(outcome: &Outcome, intervals: Option<&Intervals>, width: usize) -> String {
    let cluster = &outcome.cluster;
    let header = [
        "fleet",
        "nodes",
        "most",
        "node-hours",
        "cost",
        "a month",
        "CPU reserved",
        "CPU used",
        "memory",
    ];
    let mut table = table(&header, width);
    let who = |metric| ("cluster", "cluster", metric);
    let mean = |metric, single| mean_of(intervals, who(metric), Some(single)).unwrap_or(single);
    add(
        &mut table,
        &[
            "all".to_owned(),
            with_interval(
                intervals,
                who("nodes_mean"),
                format::number(cluster.nodes_mean),
                format::number,
            ),
            format::number(mean("nodes_max", f64::from(cluster.nodes_max))),
            format::number(mean("node_hours", cluster.node_hours)),
            with_interval(
                intervals,
                who("cost"),
                format::money(cluster.cost_usd),
                format::money,
            ),
            with_interval(
                intervals,
                who("cost_per_month"),
                format::money(cluster.cost_usd_per_month),
                format::money,
            ),
            format::percent(mean("cpu_reserved", cluster.cpu_reserved)),
            format::percent(mean("cpu_used", cluster.cpu_used.unwrap_or(f64::NAN))),
            format::percent(mean("memory_reserved", cluster.memory_reserved)),
        ],
    );
    if cluster.pools.len() > 1 {
        for pool in &cluster.pools {
            add(
                &mut table,
                &[
                    shortened(&pool.name, 20),
                    format::number(pool.nodes_mean),
                    format::count(u64::from(pool.nodes_max)),
                    format::number(pool.node_hours),
                    format::money(pool.cost_usd),
                ],
            );
        }
    }
    let measured = format::duration(outcome.duration_s - outcome.warmup_s);
    let month = format!("  a month: 730 hours at this run's rate, extrapolated from {measured}");
    let told = [gpus::told(cluster), images::told(cluster)].into_iter().flatten();
    let told: String = told
        .chain(gpus::parts_told(cluster))
        .map(|told| format!("\n{}", wrapped(&format!("  {told}"), "    ", width).join("\n")))
        .collect();
    format!(
        "{}{told}\n{}",
        render(&table),
        wrapped(&month, "    ", width).join("\n")
    )
}

fn replicas(workload: &WorkloadOutcome, mean: Option<f64>) -> String {
    let counts = &workload.replicas;
    if let Some(mean) = mean {
        return format::number(mean);
    }
    if counts.ready_min == counts.ready_max {
        return counts.ready_max.to_string();
    }
    format!(
        "{} ({}–{})",
        format::number(counts.ready_mean),
        counts.ready_min,
        counts.ready_max
    )
}

/// `512 refused, 2,840 timed out`, or `None` if nothing went wrong.
#[must_use]
pub fn losses(requests: &RequestCounts) -> Option<String> {
    let kinds = [
        (requests.refused, "refused"),
        (requests.timed_out, "timed out"),
        (requests.abandoned, "abandoned"),
        (requests.lost, "lost"),
        (requests.call_failed, "failed with a call"),
        (requests.cancelled, "cancelled"),
    ];
    let named: Vec<_> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, kind)| format!("{} {kind}", format::count(*n)))
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// The mean over replications where there are some, the one run's value otherwise.
fn mean_of(
    intervals: Option<&Intervals>,
    (scope, name, metric): (&str, &str, &str),
    single: Option<f64>,
) -> Option<f64> {
    intervals
        .and_then(|intervals| intervals.get(scope, name, metric))
        .map_or(single, |estimate| Some(estimate.mean))
}

fn with_interval(
    intervals: Option<&Intervals>,
    (scope, name, metric): (&str, &str, &str),
    single: String,
    render: fn(f64) -> String,
) -> String {
    let Some(estimate) = intervals.and_then(|intervals| intervals.get(scope, name, metric)) else {
        return single;
    };
    match estimate.ci95 {
        Some((low, high)) => format!("{} ±{}", render(estimate.mean), render((high - low) / 2.0)),
        None => render(estimate.mean),
    }
}

/// A name that cannot move the cursor or change colours.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

pub(super) fn shortened(name: &str, most: usize) -> String {
    let name = plain(name);
    if name.chars().count() <= most {
        return name;
    }
    // The end tells workloads, pods and nodes apart.
    let tail = most.saturating_sub(2) / 3;
    let head = most.saturating_sub(tail + 1);
    let skipped = name.chars().count() - tail;
    name.chars()
        .take(head)
        .chain(['…'])
        .chain(name.chars().skip(skipped))
        .collect()
}

/// Lines of at most `width` columns; all but the first start with `indent`. Codes do not count.
pub(super) fn wrapped(text: &str, indent: &str, width: usize) -> Vec<String> {
    let visible = |word: &str| {
        let mut in_code = false;
        word.chars()
            .filter(|c| {
                in_code |= *c == '\u{1b}';
                let counts = !in_code;
                in_code &= *c != 'm';
                counts
            })
            .count()
    };
    let mut lines: Vec<String> = Vec::new();
    let lead: String = text.chars().take_while(|c| *c == ' ').collect();
    let mut line = lead;
    let mut empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !empty && visible(&line) + 1 + visible(word) > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_summary_starts_with_the_answer() {
        insta::assert_snapshot!(
            "terminal_summary",
            summary(&sample::outcome(), None, Sheet::PLAIN)
        );
    }

    #[test]
    fn replications_show_their_intervals() {
        let text = summary(&sample::outcome(), Some(&sample::intervals()), Sheet::PLAIN);
        insta::assert_snapshot!("terminal_replications", text);
    }

    #[test]
    fn no_requests_and_no_machines_leave_no_empty_columns_of_zeros() {
        insta::assert_snapshot!("terminal_silent", summary(&sample::silent(), None, Sheet::PLAIN));
    }

    #[test]
    fn no_line_is_wider_than_the_page_and_no_name_can_colour_it() {
        let mut outcome = sample::outcome();
        outcome.workloads[0].name =
            "\u{1b}[31ma-very-long-name-of-a-workload-that-nobody-should-give-it".into();
        outcome.objectives[0].objective = format!("{}: p99 latency at most 300ms", outcome.workloads[0].name);
        outcome.warnings[0].what = "word ".repeat(60);
        for (intervals, width) in [
            (None, 100),
            (Some(sample::intervals()), 100),
            (None, 80),
            (Some(sample::intervals()), 80),
            (None, 160),
        ] {
            let sheet = Sheet {
                width,
                ..Sheet::PLAIN
            };
            let text = summary(&outcome, intervals.as_ref(), sheet);
            assert!(!text.contains('\u{1b}'));
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{}: {line}", line.chars().count());
            }
        }
    }

    #[test]
    fn colour_comes_only_when_asked_for() {
        let text = summary(
            &sample::outcome(),
            None,
            Sheet {
                style: Style::Colour,
                ..Sheet::PLAIN
            },
        );
        assert!(text.contains("\u{1b}[31m✗"), "{text}");
    }
}

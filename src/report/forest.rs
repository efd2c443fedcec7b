//! The forest plot of a comparison: one block a metric, one line a variant, a dot for the difference and a bar for its
//! interval.
//!
//! Knows a [`ComparisonTable`]. Boxes placed by shares of their width and not a picture, so that text stays as large on
//! a telephone as on a desk. Verdicts differ in shape as well as in colour.

use std::fmt::Write;

use super::compare::{ComparisonRow, ComparisonTable, Verdict, by_unit};
use super::format;
use super::html::escape;

/// The plot with its key.
pub(super) fn forest(comparison: &ComparisonTable) -> String {
    let mut out = String::from("<ul class=\"keys\">");
    let shown = |class: &str| {
        comparison
            .rows
            .iter()
            .any(|row| self::class(row.verdict) == class)
    };
    let keys = [
        ("better", "better"),
        ("worse", "worse"),
        ("differs", "different"),
        ("none", "no significant difference, equal or unknown"),
    ];
    for (class, words) in keys.into_iter().filter(|(class, _)| shown(class)) {
        let _ = write!(
            out,
            "<li><span class=\"f-key f-{class}\"><span class=\"f-dot\"></span></span>{words}</li>"
        );
    }
    out.push_str("<li>bar: 95% interval</li></ul><div class=\"forest\">");
    for (metric, rows) in metrics(comparison) {
        block(&mut out, metric, &rows, &comparison.baseline);
    }
    out.push_str("</div>");
    out
}

/// What a verdict is called in the style sheet.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Different => "differs",
        Verdict::NoSignificantDifference | Verdict::Equal | Verdict::Unknown => "none",
    }
}

fn metrics(comparison: &ComparisonTable) -> Vec<(&str, Vec<&ComparisonRow>)> {
    let mut metrics: Vec<(&str, Vec<&ComparisonRow>)> = Vec::new();
    for row in &comparison.rows {
        match metrics.iter_mut().find(|(name, _)| *name == row.metric) {
            Some((_, rows)) => rows.push(row),
            None => metrics.push((&row.metric, vec![row])),
        }
    }
    metrics
}

fn block(out: &mut String, metric: &str, rows: &[&ComparisonRow], baseline: &str) {
    let ends = rows.iter().flat_map(|row| match row.difference {
        Some(difference) => [difference.low, difference.high],
        None => [row.shift(), row.shift()],
    });
    let (low, high) = ends
        .filter(|end| end.is_finite())
        .fold((0.0f64, 0.0f64), |(l, h), end| (l.min(end), h.max(end)));
    let span = if high > low { high - low } else { 1.0 };
    // Percent of the width; the margins keep dots whole.
    let x = |value: f64| {
        let share = if value.is_finite() {
            (value - low) / span
        } else {
            0.5
        };
        4.0 + 92.0 * share
    };
    let (unit, own) = rows
        .first()
        .map_or(("", 0.0), |row| (row.unit.as_str(), row.baseline_mean));
    let _ = write!(
        out,
        "<div class=\"f-block\"><h3>{} <span>{} {}</span></h3>",
        escape(metric),
        escape(baseline),
        format::by_unit(own, unit)
    );
    for row in rows {
        let text = row.difference_text();
        let _ = write!(
            out,
            "<div class=\"f-row f-{}\"><span class=\"f-name\">{}</span><span class=\"f-track\">\
             <span class=\"f-zero\" style=\"left:{:.2}%\"></span>",
            class(row.verdict),
            escape(&row.variant),
            x(0.0)
        );
        if let Some(difference) = row.difference {
            let (from, to) = (x(difference.low), x(difference.high));
            let _ = write!(
                out,
                "<span class=\"f-bar\" style=\"left:{from:.2}%;width:{:.2}%\"></span>",
                (to - from).max(0.0)
            );
        }
        let _ = write!(
            out,
            "<span class=\"f-dot\" style=\"left:{:.2}%\"></span></span><span class=\"f-text\">{}\
             <span class=\"unseen\">, {}</span></span></div>",
            x(row.shift()),
            escape(&text),
            row.verdict.words()
        );
    }
    // The scale: both ends and where nothing differs, unless they would cover each other.
    let show = |value| escape(&format::signed(value, |v| by_unit(v, unit)));
    let mut ticks = vec![(x(0.0), "", "0".to_owned())];
    for (end, side) in [(low, " f-low"), (high, " f-high")] {
        if (x(end) - x(0.0)).abs() > 18.0 {
            ticks.push((x(end), side, show(end)));
        }
    }
    out.push_str("<div class=\"f-row f-axis\" aria-hidden=\"true\"><span class=\"f-track\">");
    for (place, side, text) in ticks {
        let _ = write!(
            out,
            "<span class=\"f-tick{side}\" style=\"left:{place:.2}%\">{text}</span>"
        );
    }
    out.push_str("</span></div></div>");
}

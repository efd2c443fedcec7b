//! `compare.html`: variants against a baseline, as dots with intervals and as a table.
//!
//! Knows a [`ComparisonTable`]. Must not know runs.

use std::fmt::Write;
use std::path::Path;

use super::atomic::{WriteError, write_atomically};
use super::compare::{ComparisonRow, ComparisonTable, Verdict};
use super::format;
use super::html::escape;
use super::page;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 310.0;
const ROW: f64 = 24.0;

/// Writes the page.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, comparison: &ComparisonTable) -> Result<(), WriteError> {
    write_atomically(path, render(comparison).as_bytes())
}

/// The page as text.
#[must_use]
pub fn render(comparison: &ComparisonTable) -> String {
    let headlines = comparison.headlines();
    // One variant's sentence is the answer; several are listed below what was compared.
    let (title, list) = match headlines.as_slice() {
        [one] => (one.clone(), String::new()),
        all => {
            let count = format::plural(all.len() as u64, "variant", "variants");
            let items: String = all
                .iter()
                .map(|headline| format!("<li>{}</li>", escape(headline)))
                .collect();
            (format!("{count} against {}", comparison.baseline), items)
        }
    };
    let list = match list.as_str() {
        "" => String::new(),
        list => format!(
            "<section aria-labelledby=\"h-answer\"><h2 id=\"h-answer\" class=\"unseen\">In short</h2>\
             <ul>{list}</ul></section>"
        ),
    };
    let body = format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1><p class=\"story\">{}</p></header><main>\
         {list}{}</main>",
        escape(&comparison.title),
        escape(&title),
        escape(&comparison.basis()),
        section(comparison)
    );
    page::frame(
        &format!("{}: comparison", comparison.title),
        page::css(),
        &body,
        "",
    )
}

/// The chart and the tables, to be put into a page.
#[must_use]
pub fn section(comparison: &ComparisonTable) -> String {
    format!(
        "<section aria-labelledby=\"h-differences\"><h2 id=\"h-differences\">Differences</h2>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Differences with their intervals\">{}</div>\
         <p class=\"note\">The dashed line is {}; each metric has its own scale.</p></section>\
         <section aria-labelledby=\"h-table\"><h2 id=\"h-table\">In numbers</h2>{}</section>",
        forest(comparison),
        escape(&comparison.baseline),
        table(comparison)
    )
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

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Different => "differs",
        Verdict::NoSignificantDifference | Verdict::Equal | Verdict::Unknown => "none",
    }
}

/// One block a metric, one line a variant: a dot for the difference, a bar for its interval.
fn forest(comparison: &ComparisonTable) -> String {
    let mut body = String::new();
    let mut y = 4.0;
    for (metric, rows) in metrics(comparison) {
        let ends = rows.iter().flat_map(|row| match row.difference {
            Some(difference) => [difference.low, difference.high],
            None => [row.shift(), row.shift()],
        });
        let (low, high) = ends
            .filter(|end| end.is_finite())
            .fold((0.0f64, 0.0f64), |(l, h), end| (l.min(end), h.max(end)));
        let span = if high > low { high - low } else { 1.0 };
        let x = |value: f64| {
            let share = if value.is_finite() {
                (value - low) / span
            } else {
                0.5
            };
            LEFT + (0.04 + 0.92 * share) * (WIDTH - LEFT - RIGHT)
        };
        y += 20.0;
        let _ = write!(
            body,
            "<text x=\"0\" y=\"{y}\" font-weight=\"600\">{}</text>",
            escape(metric)
        );
        let bottom = y + 8.0 + ROW * rows.len() as f64;
        let _ = write!(
            body,
            "<line class=\"f-zero\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1}\" y2=\"{bottom}\"/>",
            x(0.0),
            y + 6.0
        );
        for row in rows {
            y += ROW;
            let middle = y - 4.0;
            let class = class(row.verdict);
            let text = row.difference_text();
            let _ = write!(
                body,
                "<g class=\"f-{class}\"><title>{}: {}, {}</title>",
                escape(&row.variant),
                escape(&text),
                row.verdict.words()
            );
            if let Some(difference) = row.difference {
                let _ = write!(
                    body,
                    "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\" stroke-width=\"2.5\"/>",
                    x(difference.low),
                    x(difference.high)
                );
            }
            let _ = write!(
                body,
                "<circle cx=\"{:.1}\" cy=\"{middle}\" r=\"4.5\"/></g>",
                x(row.shift())
            );
            let _ = write!(
                body,
                "<text class=\"f-quiet\" x=\"14\" y=\"{y}\">{}</text><text x=\"{}\" y=\"{y}\">{}</text>",
                escape(&row.variant),
                WIDTH - RIGHT + 16.0,
                escape(&text)
            );
        }
        y += 14.0;
    }
    format!(
        "<svg class=\"forest\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" aria-label=\"Difference of each variant from the \
         baseline\" xmlns=\"http://www.w3.org/2000/svg\">{body}</svg>"
    )
}

fn table(comparison: &ComparisonTable) -> String {
    let mut out = String::new();
    for (variant, rows) in comparison.variants() {
        let rows: String = rows
            .iter()
            .map(|row| {
                format!(
                    "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                     <td class=\"n v-{}\">{}</td></tr>",
                    escape(&row.metric),
                    format::by_unit(row.baseline_mean, &row.unit),
                    format::by_unit(row.mean, &row.unit),
                    row.difference_text(),
                    class(row.verdict),
                    row.verdict.words()
                )
            })
            .collect();
        let _ = write!(
            out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><thead><tr><th scope=\"col\">{0}\
             </th><th scope=\"col\" class=\"n\">{1}</th><th scope=\"col\" class=\"n\">{0}</th><th scope=\"col\" class=\"n\">\
             difference</th><th scope=\"col\" class=\"n\">verdict</th></tr></thead><tbody>{rows}</tbody></table></div>",
            escape(variant),
            escape(&comparison.baseline)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare;
    use crate::report::sample;

    #[test]
    fn a_comparison_page_is_well_formed_whatever_a_variant_is_called() {
        let mut comparison = compare::tests::sample();
        comparison.rows[0].variant = "</svg><script>&\"".into();
        comparison.baseline = "<i>".into();
        let html = render(&comparison);
        assert!(!html.contains("<script>") && !html.contains("<i>"));
        sample::assert_well_formed(&section(&comparison));
    }

    #[test]
    fn a_comparison_without_rows_or_with_infinite_numbers_still_renders() {
        let mut comparison = compare::tests::sample();
        comparison.rows[0].mean = f64::INFINITY;
        comparison.rows[0].difference = None;
        assert!(!render(&comparison).contains("inf"));
        comparison.rows.clear();
        assert!(render(&comparison).contains("0 variants"));
    }
}

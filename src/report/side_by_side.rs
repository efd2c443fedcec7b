//! The baseline and its variants side by side: one line a number, one column each.
//!
//! Knows a [`ComparisonTable`]. Must not know how differences were computed.

use super::compare::{ComparisonTable, Verdict};
use super::forest;
use super::format;
use super::html::escape;
use super::terminal::{Sheet, Style, shortened};
use super::text_table;

/// So many columns are still read as a table on a terminal.
const COLUMNS_MAX: usize = 6;

/// One number of each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line<'a> {
    pub(super) metric: &'a str,
    pub(super) unit: &'a str,
    /// The baseline's mean.
    pub(super) baseline: f64,
    /// Each variant's, in their order, with what its difference comes to; nothing where it has no such number.
    pub(super) variants: Vec<Option<(f64, Verdict)>>,
}

/// The numbers in the order of the variants' rows, without those that are zero everywhere; none where there is one variant
/// only, whose rows are such a table.
pub(super) fn lines(comparison: &ComparisonTable) -> Vec<Line<'_>> {
    let variants = comparison.variants();
    if variants.len() < 2 {
        return Vec::new();
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (column, (_, rows)) in variants.iter().enumerate() {
        for row in rows {
            let place = lines.iter().position(|line| line.metric == row.metric);
            let place = place.unwrap_or_else(|| {
                lines.push(Line {
                    metric: &row.metric,
                    unit: &row.unit,
                    baseline: row.baseline_mean,
                    variants: vec![None; variants.len()],
                });
                lines.len() - 1
            });
            lines[place].variants[column] = Some((row.mean, row.verdict));
        }
    }
    // What never happened anywhere is no news.
    lines.retain(|line| {
        let mut means = line.variants.iter().flatten().map(|(mean, _)| *mean);
        line.baseline.abs() > 0.0 || means.any(|mean| mean.abs() > 0.0)
    });
    lines
}

/// The table for a terminal, after an empty line; nothing where there is no room for it.
pub(super) fn to_terminal(comparison: &ComparisonTable, sheet: Sheet) -> Vec<String> {
    let lines = lines(comparison);
    let names: Vec<&str> = comparison.variants().iter().map(|(name, _)| *name).collect();
    if lines.is_empty() || names.len() >= COLUMNS_MAX {
        return Vec::new();
    }
    let mut header = vec!["side by side".to_owned(), shortened(&comparison.baseline, 16)];
    header.extend(names.iter().map(|name| shortened(name, 16)));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = text_table::table(&header, sheet.width);
    for line in lines {
        let mut cells = vec![
            shortened(line.metric, 30),
            format::by_unit(line.baseline, line.unit),
        ];
        cells.extend(line.variants.iter().map(|cell| match cell {
            None => format::NOTHING.to_owned(),
            Some((mean, verdict)) => format!("{}{}", format::by_unit(*mean, line.unit), mark(*verdict)),
        }));
        text_table::add(&mut table, &cells);
    }
    let mut out = vec![String::new(), text_table::render(&table)];
    out.push(dim(
        sheet.style,
        &format!("  + better, − worse than {}", shortened(&comparison.baseline, 40)),
    ));
    out
}

fn dim(style: Style, text: &str) -> String {
    style.dim(text)
}

const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => " +",
        Verdict::Worse => " −",
        Verdict::Different | Verdict::NoSignificantDifference | Verdict::Equal | Verdict::Unknown => "  ",
    }
}

/// The table for the page; empty where there is one variant only.
pub(super) fn section(comparison: &ComparisonTable) -> String {
    let lines = lines(comparison);
    if lines.is_empty() {
        return String::new();
    }
    let heads: String = comparison
        .variants()
        .iter()
        .map(|(name, _)| format!("<th scope=\"col\" class=\"n\">{}</th>", escape(name)))
        .collect();
    let rows: String = lines
        .iter()
        .map(|line| {
            let cells: String = line
                .variants
                .iter()
                .map(|cell| match cell {
                    None => format!("<td class=\"n\">{}</td>", format::NOTHING),
                    Some((mean, verdict)) => format!(
                        "<td class=\"n v-{}\">{}<span class=\"unseen\"> ({})</span></td>",
                        forest::class(*verdict),
                        format::by_unit(*mean, line.unit),
                        verdict.words()
                    ),
                })
                .collect();
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>{cells}</tr>",
                escape(line.metric),
                format::by_unit(line.baseline, line.unit)
            )
        })
        .collect();
    format!(
        "<section aria-labelledby=\"h-beside\"><h2 id=\"h-beside\">Side by side</h2><p class=\"note\">Means. Coloured where a \
         number is significantly better or worse than {0}’s.</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Side by side\"><table><thead><tr><th scope=\"col\"></th><th scope=\"col\" class=\"n\">{0}</th>{heads}</tr>\
         </thead><tbody>{rows}</tbody></table></div></section>",
        escape(&comparison.baseline)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::tests::sample;

    /// Were a number that one variant lacks left out for all, or a column moved, the wrong variant would be read.
    #[test]
    fn each_number_stands_in_its_variants_column() {
        let mut comparison = sample();
        comparison.rows.remove(1);
        let lines = lines(&comparison);
        let success = lines.iter().find(|line| line.metric == "shop success").unwrap();
        assert_eq!(success.variants[0], None);
        assert_eq!(
            success.variants[1],
            Some((0.9995, Verdict::NoSignificantDifference))
        );
        let cost = lines.iter().find(|line| line.metric == "cost").unwrap();
        assert_eq!(cost.variants[0], Some((15.1, Verdict::Worse)));
        comparison.rows.retain(|row| row.variant == "lazy");
        assert!(
            super::lines(&comparison).is_empty(),
            "one variant is its own table"
        );
    }
}

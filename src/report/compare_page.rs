//! `compare.html`: the answer, the objectives of each variant, differences as a forest plot and as a table, and how it
//! all came about.
//!
//! Knows a [`ComparisonTable`]. Must not know runs.

use std::fmt::Write;
use std::path::Path;

use super::answer;
use super::atomic::{WriteError, write_atomically};
use super::compare::{ComparisonTable, Contender};
use super::compare_answer;
use super::forest;
use super::format;
use super::html::{escape, story};
use super::page;
use super::side_by_side;
use super::summary::Estimate;
use crate::sim::outcome::ObjectiveOutcome;

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
    let sentences: String = compare_answer::sentences(comparison)
        .iter()
        .map(|sentence| format!("<li>{}</li>", escape(sentence)))
        .collect();
    let state = match &comparison.contenders {
        all if all.iter().all(|contender| contender.objectives.is_empty()) => "open",
        all if all.iter().any(|contender| contender.missed() == 0) => "met",
        _ => "missed",
    };
    let story = story(&comparison.story);
    let body = format!(
        "<header class=\"{state}\"><p class=\"eyebrow\">{} <span>{}</span></p><h1>{}</h1>{story}</header><main>\
         <section aria-labelledby=\"h-short\"><h2 id=\"h-short\" class=\"unseen\">In short</h2>\
         <ul class=\"sentences\">{sentences}</ul><p class=\"note\">{}</p></section>{}{}{}{}</main>",
        escape(&comparison.title),
        eyebrow(comparison),
        escape(&compare_answer::answer(comparison)),
        escape(&comparison.basis()),
        objectives(comparison),
        side_by_side::section(comparison),
        section(comparison),
        origin(comparison)
    );
    page::frame(
        &format!("{}: comparison", comparison.title),
        page::css(),
        &body,
        "",
    )
}

fn eyebrow(comparison: &ComparisonTable) -> String {
    let variants = format::plural(comparison.variants().len() as u64, "variant", "variants");
    let simulated = match comparison.made.duration_s {
        seconds if seconds > 0.0 => format!(", {} simulated", format::duration(seconds)),
        _ => String::new(),
    };
    escape(&format!("{variants} against {}{simulated}", comparison.baseline))
}

/// The chart and the tables, to be put into a page.
#[must_use]
pub fn section(comparison: &ComparisonTable) -> String {
    format!(
        "<section aria-labelledby=\"h-differences\"><h2 id=\"h-differences\">Differences from {}</h2>{}</section>\
         <section aria-labelledby=\"h-table\"><h2 id=\"h-table\">In numbers</h2>{}</section>",
        escape(&comparison.baseline),
        forest::forest(comparison),
        table(comparison)
    )
}

/// One line a contender: each objective met or missed, with what was measured, and the cost.
fn objectives(comparison: &ComparisonTable) -> String {
    let Some(first) = comparison.contenders.first() else {
        return String::new();
    };
    let costs = comparison
        .contenders
        .iter()
        .any(|contender| contender.cost.is_some());
    if first.objectives.is_empty() && !costs {
        return String::new();
    }
    let head: String = first
        .objectives
        .iter()
        .map(|objective| {
            let asked = objective.objective.replacen(": ", " ", 1);
            format!("<th scope=\"col\">{}</th>", escape(&asked))
        })
        .collect();
    let cost_head = match costs {
        true => format!(
            "<th scope=\"col\" class=\"n\">cost of {}</th>",
            format::duration(comparison.made.duration_s - comparison.made.warmup_s)
        ),
        false => String::new(),
    };
    let row = |contender: &Contender| {
        let cells: String = contender.objectives.iter().map(verdict).collect();
        let cost = match (costs, contender.cost) {
            (false, _) => String::new(),
            (true, None) => format!("<td class=\"n\">{}</td>", format::NOTHING),
            (true, Some(cost)) => format!("<td class=\"n\">{}</td>", escape(&money(cost))),
        };
        format!(
            "<tr><th scope=\"row\">{}</th>{cells}{cost}</tr>",
            escape(&contender.name)
        )
    };
    let rows: String = comparison.contenders.iter().map(row).collect();
    format!(
        "<section aria-labelledby=\"h-objectives\"><h2 id=\"h-objectives\">Objectives and cost</h2>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Objectives by variant\"><table class=\"verdicts\">\
         <thead><tr><th scope=\"col\">variant</th>{head}{cost_head}</tr></thead><tbody>{rows}</tbody></table></div>{}\
         </section>",
        match comparison.replications {
            0 | 1 => String::new(),
            n => format!(
                "<p class=\"note\">Means of {} replications, ± half their 95% interval. An objective is met if every \
                 replication meets it.</p>",
                format::count(n)
            ),
        }
    )
}

fn verdict(objective: &ObjectiveOutcome) -> String {
    let (class, mark, word) = if objective.met {
        ("met", "✓", "met")
    } else {
        ("missed", "✗", "missed")
    };
    let but = answer::missed_in_some(objective).map_or_else(String::new, |missed| format!(" in {missed}"));
    format!(
        "<td class=\"{class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span>{word}{but}: {}</td>",
        escape(&answer::measured(objective))
    )
}

fn money(cost: Estimate) -> String {
    let mean = format::money(cost.mean);
    match cost.ci95 {
        Some((low, high)) => format!("{mean} ±{}", format::money((high - low) / 2.0)),
        None => mean,
    }
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
                    forest::class(row.verdict),
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

fn origin(comparison: &ComparisonTable) -> String {
    let made = &comparison.made;
    let facts = [
        ("Simulated", format::duration(made.duration_s)),
        ("Left out as warm-up", format::duration(made.warmup_s)),
        ("Replications", format::count(comparison.replications)),
        ("Seed", made.seed.to_string()),
        ("Tonnage", made.version.clone()),
    ];
    let mut out = String::from(
        "<section aria-labelledby=\"h-origin\"><h2 id=\"h-origin\">How this came about</h2><dl class=\"facts\">",
    );
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
    }
    out.push_str("</dl>");
    if !made.command.is_empty() {
        let _ = write!(
            out,
            "<h3>To repeat it</h3><pre tabindex=\"0\"><code>{}</code></pre>",
            escape(&made.command)
        );
    }
    if !made.assumptions.is_empty() {
        out.push_str("<h3>What the model takes for granted</h3><ul>");
        for assumption in &made.assumptions {
            let _ = write!(out, "<li>{}</li>", escape(assumption));
        }
        out.push_str("</ul>");
    }
    out.push_str(
        "</section><footer>Every number on this page is in <code>comparison.csv</code>, each replication’s in \
         <code>replications.csv</code> beside it.</footer>",
    );
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
        let body = html
            .split("<body>")
            .nth(1)
            .unwrap()
            .split("</body>")
            .next()
            .unwrap();
        sample::assert_well_formed(body);
    }

    /// Were the answer below the evidence, a reader would have to find it.
    #[test]
    fn the_page_opens_with_the_answer_then_objectives_then_differences_then_origin() {
        let html = render(&compare::tests::sample());
        let places = [
            "<h1>Only eager meets both objectives, for $15.10 in 5 h 50 min; the 2 others do not</h1>",
            "What does an eager target cost, and what a lazy one?",
            "costs 22% more (95% interval 18% to 26% more)",
            "no significant difference",
            "missed in 9 of 10: 1.24 s ±100 ms",
            "id=\"h-differences\"",
            "id=\"h-table\"",
            "Seed",
            "tonnage compare black-friday.yaml",
            "Network latency between router and pod is zero.",
        ]
        .map(|text| html.find(text).unwrap_or_else(|| panic!("no {text}")));
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn a_comparison_without_rows_or_with_infinite_numbers_still_renders() {
        let mut comparison = compare::tests::sample();
        comparison.rows[0].mean = f64::INFINITY;
        comparison.rows[0].difference = None;
        assert!(!render(&comparison).contains("inf"));
        comparison.rows.clear();
        comparison.contenders.clear();
        assert!(render(&comparison).contains("0 variants"));
    }
}

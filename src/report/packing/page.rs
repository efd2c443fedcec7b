//! `report.html`: the answer, the picture, every heuristic, every instance, and how it all came about.

use super::{PackingReport, answer, bars, gaps, sentences, table};
use crate::report::html::escape;
use crate::report::{format, page, repeat};

/// More instances than these are in `packing.csv` only.
const INSTANCES_MOST: usize = 1000;

/// The page as text.
#[must_use]
pub fn render(report: &PackingReport) -> String {
    let section = |id: &str, title: &str, body: &str| match body {
        "" => String::new(),
        body => format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>{body}</section>"),
    };
    let picture = |svg: Option<String>, what: &str| {
        svg.map_or_else(String::new, |svg| {
            format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{what}\">{svg}</div>")
        })
    };
    let sentences: String = sentences(report)
        .iter()
        .map(|sentence| format!("<li>{}</li>", escape(sentence)))
        .collect();
    let drawn = report.bars.as_ref().and_then(bars);
    let several = report.instances.len() > 1;
    let body = format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header><main>\
         <section aria-labelledby=\"h-short\"><h2 id=\"h-short\" class=\"unseen\">In short</h2>\
         <ul class=\"sentences\">{sentences}</ul></section>{}{}{}{}{}</main>",
        escape(&report.title),
        escape(&answer(report)),
        section("h-bars", "The packing", &picture(drawn, "Bins as bars")),
        section(
            "h-gaps",
            "How far from the bound",
            &picture(gaps(report).filter(|_| several), "Gap to the bound by heuristic"),
        ),
        section("h-table", "Every heuristic", &heuristics(report)),
        section("h-instances", "Every instance", &instances(report)),
        section("h-origin", "How this came about", &origin(report)),
    );
    page::frame(&format!("{}: packing", report.title), page::css(), &body, "")
}

fn cells(numbers: &[String]) -> String {
    let cells = numbers
        .iter()
        .map(|number| format!("<td class=\"n\">{}</td>", escape(number)));
    cells.collect()
}

fn head(names: &[String]) -> String {
    let cells = names.iter().enumerate().map(|(place, name)| match place {
        0 => format!("<th scope=\"col\">{}</th>", escape(name)),
        _ => format!("<th scope=\"col\" class=\"n\">{}</th>", escape(name)),
    });
    cells.collect()
}

fn heuristics(report: &PackingReport) -> String {
    if report.instances.is_empty() {
        return String::new();
    }
    let (header, rows) = table::rows(report);
    let rows: String = rows
        .iter()
        .map(|(texts, numbers)| {
            let name = texts.concat();
            let name = match name.strip_prefix("* ") {
                Some(best) => format!("<strong>{}</strong>", escape(best)),
                None => escape(name.trim()),
            };
            format!("<tr><th scope=\"row\">{name}</th>{}</tr>", cells(numbers))
        })
        .collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Heuristics\"><table><thead><tr>{}</tr></thead>\
         <tbody>{rows}</tbody></table></div><p class=\"note\">The best are in bold: fewest bins, or least cost. Optimal: \
         instances on which nobody can do with fewer bins. Gaps are to the proven bound, of the cost where bins have prices.</p>",
        head(&header)
    )
}

/// One line an instance, where there are several: the bound, the optimum, and the best of all heuristics.
fn instances(report: &PackingReport) -> String {
    if report.instances.len() < 2 {
        return String::new();
    }
    let header = [
        "instance",
        "items",
        "lower bound",
        "proven by",
        "optimum",
        "fewest bins",
        "reached by",
    ];
    let row = |instance: &crate::sim::packing::items::PackedInstance| {
        let whole = || instance.attempts.iter().filter(|attempt| attempt.left_out == 0);
        let fewest = whole().map(|attempt| attempt.bins).min();
        let by = whole().filter(|attempt| Some(attempt.bins) == fewest).count() as u64;
        let numbers = [
            format::count(instance.items),
            format::count(instance.bound.bins),
            instance.bound.method.to_owned(),
            instance
                .optimum()
                .map_or_else(|| format::NOTHING.to_owned(), format::count),
            fewest.map_or_else(|| format::NOTHING.to_owned(), format::count),
            format!(
                "{} of {}",
                format::count(by),
                format::count(report.policies.len() as u64)
            ),
        ];
        format!(
            "<tr><th scope=\"row\">{}</th>{}</tr>",
            escape(&instance.name),
            cells(&numbers)
        )
    };
    let rows: String = report.instances.iter().take(INSTANCES_MOST).map(row).collect();
    let more = match report.instances.len() > INSTANCES_MOST {
        true => format!(
            " The first {}; all are in <code>packing.csv</code>.",
            format::count(INSTANCES_MOST as u64)
        ),
        false => String::new(),
    };
    format!(
        "<details><summary>{}.{more}</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Instances\"><table><thead><tr>{}</tr></thead><tbody>{rows}</tbody></table></div></details>",
        format::plural(report.instances.len() as u64, "instance", "instances"),
        head(&header.map(str::to_owned))
    )
}

fn origin(report: &PackingReport) -> String {
    let facts = [
        ("Instances", format::count(report.instances.len() as u64)),
        ("Heuristics", format::count(report.policies.len() as u64)),
        ("Tonnage", report.version.clone()),
    ];
    repeat::origin(&facts, &report.command, &["packing.csv"])
}

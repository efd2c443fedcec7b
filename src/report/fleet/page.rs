//! `report.html` of packings of a fleet: the answer, the table, what is left over while pods come, every machine, and how
//! it all came about.

use super::answer::{answer, basis};
use super::heat_map::heat_maps;
use super::levels::FleetTable;
use super::line_chart::{Chart, Line};
use super::table::rows;
use crate::report::html::escape;
use crate::report::{format, page, repeat};
use crate::sim::packing::{ARRIVED_PCT_MAX, Measured, Point};

/// Before so much has arrived, nearly everything is placed under any policy.
const CROWDED_PCT: usize = 80;

/// What is unallocated against what has arrived.
#[must_use]
pub fn unallocated_chart(table: &FleetTable) -> String {
    Chart {
        title: format!("Unallocated {}, % of the fleet", table.unit()),
        across: across(table),
        x: CROWDED_PCT..=ARRIVED_PCT_MAX,
        lines: lines(table, CROWDED_PCT, |point| 100.0 - point.alloc_pct),
    }
    .svg()
}

/// What is fragmented against what has arrived; `None` for a fleet without GPUs.
#[must_use]
pub fn fragmentation_chart(table: &FleetTable) -> Option<String> {
    let chart = || Chart {
        title: "GPU that typical pods cannot use, % of the fleet".to_owned(),
        across: across(table),
        x: 0..=ARRIVED_PCT_MAX,
        lines: lines(table, 0, |point| point.frag_pct),
    };
    (table.measured == Measured::Gpu).then(|| chart().svg())
}

fn across(table: &FleetTable) -> String {
    format!(
        "{} asked for by pods that have come, % of the fleet",
        table.unit()
    )
}

fn lines(table: &FleetTable, from: usize, of: impl Fn(&Point) -> f64 + Copy) -> Vec<Line> {
    let line = |runs: &super::FleetPolicyRuns| Line {
        name: runs.name.clone(),
        points: FleetTable::percents()
            .filter(|percent| *percent >= from)
            .filter_map(|percent| Some((percent as f64, runs.level(percent, of)?.mean)))
            .collect(),
    };
    table.policies.iter().map(line).collect()
}

/// The page as text.
#[must_use]
pub fn render(table: &FleetTable) -> String {
    let section = |id: &str, title: &str, body: &str| {
        format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>{body}</section>")
    };
    let picture = |svg: &str, what: &str| {
        format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{what}\">{svg}</div>")
    };
    let mut pictures = picture(&unallocated_chart(table), "Unallocated against arrived");
    if let Some(svg) = fragmentation_chart(table) {
        pictures += &picture(&svg, "Fragmentation against arrived");
    }
    let machines = heat_maps(table).map_or_else(String::new, |svg| {
        let note = "<p class=\"note\">When as much has been asked for as there is. A machine is a column of its devices (one \
                    cell for its CPU if it has none); machines that are alike stand together, by name.</p>";
        let body = format!("{note}{}", picture(&svg, "Devices in use by machine"));
        section("h-machines", "Every machine", &body)
    });
    let published = table.published.as_ref().map_or_else(String::new, |published| {
        let rows: String = published
            .rows
            .iter()
            .map(|row| {
                format!(
                    "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.3} ±{:.3}</td>\
                     <td class=\"n\">{:.3} ±{:.3}</td><td class=\"n\">{}</td><td class=\"n\">{:.3}</td><td>{}</td></tr>",
                    escape(&row.policy),
                    escape(&row.metric),
                    row.arrived_pct,
                    row.published.mean,
                    row.published.sd,
                    row.ours.mean,
                    row.ours.sd,
                    format::signed(row.difference(), |value| format!("{value:.3}")),
                    row.tolerance,
                    if row.is_within() { "✓ within" } else { "✗ outside" }
                )
            })
            .collect();
        let body = format!(
            "<p>{}</p><details><summary>Every number</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
             aria-label=\"Published numbers\"><table><thead><tr><th scope=\"col\">policy</th><th scope=\"col\">number</th>\
             <th scope=\"col\" class=\"n\">arrived %</th><th scope=\"col\" class=\"n\">published</th>\
             <th scope=\"col\" class=\"n\">here</th><th scope=\"col\" class=\"n\">difference</th>\
             <th scope=\"col\" class=\"n\">allowed</th><th scope=\"col\"></th></tr></thead><tbody>{rows}</tbody></table></div>\
             </details>",
            escape(&published.answer())
        );
        section("h-published", "Against published numbers", &body)
    });
    let body = format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header><main>{}{}{published}{machines}{}</main>",
        escape(&table.title),
        escape(&answer(table)),
        section("h-table", "When all of it has been asked for", &numbers(table)),
        section("h-curves", "While pods come", &pictures),
        section("h-origin", "How this came about", &origin(table)),
    );
    page::frame(&format!("{}: packing", table.title), page::css(), &body, "")
}

fn numbers(table: &FleetTable) -> String {
    let (header, rows) = rows(table);
    let head: String = header
        .iter()
        .enumerate()
        .map(|(index, text)| match index {
            0 => format!("<th scope=\"col\">{text}</th>"),
            _ => format!("<th scope=\"col\" class=\"n\">{text}</th>"),
        })
        .collect();
    let rows: String = rows
        .into_iter()
        .map(|(texts, numbers)| {
            let names: String = texts
                .iter()
                .map(|text| format!("<th scope=\"row\">{}</th>", escape(text)))
                .collect();
            let cells: String = numbers
                .iter()
                .map(|number| format!("<td class=\"n\">{}</td>", escape(number)))
                .collect();
            format!("<tr>{names}{cells}</tr>")
        })
        .collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Policies\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div><p class=\"note\">{}</p>",
        escape(&basis(table))
    )
}

fn origin(table: &FleetTable) -> String {
    let seeds = table
        .policies
        .first()
        .map(|runs| runs.runs.iter().map(|(seed, _)| seed.to_string()))
        .into_iter()
        .flatten();
    let facts = [
        ("Machines", format::count(table.machines.len() as u64)),
        ("GPUs", format::count(table.gpus)),
        ("Pods in the list", format::count(table.pods)),
        ("Seeds", seeds.collect::<Vec<_>>().join(", ")),
        ("Tonnage", table.version.clone()),
    ];
    repeat::origin(&facts, &table.command, &["fleet.csv"])
}

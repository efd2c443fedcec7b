//! `report.html` of runs of a fleet, and its pictures: what is in use, who waits, what is fragmented, and machines in use
//! against how few could be.

use super::clusters;
use super::runs::{DynamicRun, DynamicTable};
use super::table::{answer, basis, rows};
use crate::report::fleet::{Chart, Line};
use crate::report::html::escape;
use crate::report::{format, page, repeat, text_table};
use crate::sim::packing::dynamic::Level;

/// Lines of a picture: more are not told apart.
const LINES_MAX: usize = 6;
/// Units of time, in seconds, and how many of the next smaller one make a long axis.
const UNITS: [(f64, &str); 4] = [
    (86_400.0, "days"),
    (3600.0, "hours"),
    (60.0, "minutes"),
    (1.0, "seconds"),
];

/// Pictures by the names of their files.
#[must_use]
pub fn pictures(table: &DynamicTable) -> Vec<(&'static str, String)> {
    let share = |level: Level| {
        move |table: &DynamicTable, means: &[f64]| table.percent(level, means[level as usize]).unwrap_or(0.0)
    };
    let mut pictures = vec![
        (
            "allocation.svg",
            chart(
                table,
                &format!("{} in use, % of the fleet", table.unit()),
                share(table.measured()),
            ),
        ),
        (
            "waiting.svg",
            chart(table, "Pods that wait", |_, means| means[Level::Waiting as usize]),
        ),
    ];
    if table.measured() == Level::Gpu {
        let title = "Idle GPU that typical pods cannot use, % of the fleet";
        pictures.push(("fragmentation.svg", chart(table, title, share(Level::Fragmented))));
    }
    if let Some(best) = table.best() {
        pictures.push(("nodes.svg", nodes(table, best)));
    }
    pictures
}

/// The longest run in the largest unit of which it has at least a few dozen.
fn axis(table: &DynamicTable) -> (f64, &'static str, usize) {
    let spans = table
        .runs
        .iter()
        .map(|run| run.outcome.span_s.1 - run.outcome.span_s.0);
    let span = spans.fold(1.0, f64::max);
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| span >= 48.0 * unit)
        .unwrap_or(UNITS[3]);
    (unit, name, (span / unit).ceil() as usize)
}

/// A point at the end of each interval.
fn points(run: &DynamicRun, unit: f64, of: impl Fn(&[f64]) -> f64) -> Vec<(f64, f64)> {
    let series = &run.outcome.series;
    let at = |end: crate::engine::Time| end.since(series.start()).secs_f64() / unit;
    series
        .intervals()
        .map(|(end, means)| (at(end), of(&means)))
        .collect()
}

fn chart(table: &DynamicTable, title: &str, of: impl Fn(&DynamicTable, &[f64]) -> f64) -> String {
    let (unit, name, end) = axis(table);
    let line = |run: &DynamicRun| Line {
        name: run.name(),
        points: points(run, unit, |means| of(table, means)),
    };
    Chart {
        title: title.to_owned(),
        across: format!("{name} since the first arrival"),
        x: 0..=end,
        lines: table.runs.iter().take(LINES_MAX).map(line).collect(),
    }
    .svg()
}

fn nodes(table: &DynamicTable, run: &DynamicRun) -> String {
    let (unit, name, end) = axis(table);
    let line = |name: &str, level: Level| Line {
        name: name.to_owned(),
        points: points(run, unit, |means| means[level as usize]),
    };
    Chart {
        title: format!(
            "Machines with a pod, and the fewest that could do ({})",
            run.name()
        ),
        across: format!("{name} since the first arrival"),
        x: 0..=end,
        lines: vec![line("in use", Level::Nodes), line("bound", Level::NodesBound)],
    }
    .svg()
}

/// The page as text.
#[must_use]
pub fn render(table: &DynamicTable) -> String {
    let section = |id: &str, title: &str, body: &str| {
        format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>{body}</section>")
    };
    let picture = |svg: &str| {
        format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Over time\">{svg}</div>")
    };
    let pictures: String = pictures(table).iter().map(|(_, svg)| picture(svg)).collect();
    let left_out = match table.runs.len().saturating_sub(LINES_MAX) {
        0 => String::new(),
        _ => format!(
            "<p class=\"note\">The first {LINES_MAX} runs are drawn; all are in <code>fleet_timeseries.csv</code>.</p>"
        ),
    };
    let body = format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header><main>{}{}{}{}</main>",
        escape(&table.title),
        escape(&answer(table)),
        section("h-table", "Every run", &numbers(table)),
        of_clusters(table),
        section("h-time", "Over time", &format!("{left_out}{pictures}")),
        section("h-origin", "How this came about", &origin(table)),
    );
    page::frame(
        &format!("{}: pods that come and go", table.title),
        page::css(),
        &body,
        "",
    )
}

fn numbers(table: &DynamicTable) -> String {
    let (header, rows) = rows(table);
    let mut body = html_table("Runs", &header, rows);
    body += &format!("<p class=\"note\">{}</p>", escape(&basis(table)));
    body
}

/// A table whose first columns are texts, as many as every row has.
pub(in crate::report) fn html_table(label: &str, header: &[&str], rows: Vec<text_table::Row>) -> String {
    let texts = rows.first().map_or(0, |(texts, _)| texts.len());
    let head = header.iter().enumerate().map(|(index, text)| {
        let class = if index < texts { "" } else { " class=\"n\"" };
        format!("<th scope=\"col\"{class}>{text}</th>")
    });
    let rows = rows.into_iter().map(|(texts, numbers)| {
        let texts = texts
            .iter()
            .map(|text| format!("<th scope=\"row\">{}</th>", escape(text)));
        let numbers = numbers
            .iter()
            .map(|number| format!("<td class=\"n\">{}</td>", escape(number)));
        format!("<tr>{}</tr>", texts.chain(numbers).collect::<String>())
    });
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table><thead><tr>{}</tr></thead>\
         <tbody>{}</tbody></table></div>",
        head.collect::<String>(),
        rows.collect::<String>()
    )
}

/// The virtual clusters of the best run, where there are any.
fn of_clusters(table: &DynamicTable) -> String {
    let Some(title) = clusters::title(table) else {
        return String::new();
    };
    let (header, rows) = clusters::rows(table);
    format!(
        "<section aria-labelledby=\"h-clusters\"><h2 id=\"h-clusters\">{}</h2>{}<p class=\"note\">Those of every run are in \
         <code>fleet_clusters.csv</code>.</p></section>",
        escape(&title),
        html_table("Virtual clusters", &header, rows)
    )
}

fn origin(table: &DynamicTable) -> String {
    let pods = table.runs.first().map_or(0, |run| run.outcome.pods);
    let facts = [
        ("Machines", format::count(table.machines)),
        ("Pods", format::count(pods)),
        ("Seed", table.seed.to_string()),
        ("Tonnage", table.version.clone()),
    ];
    repeat::origin(
        &facts,
        &table.command,
        &["fleet_runs.csv", "fleet_timeseries.csv"],
    )
}

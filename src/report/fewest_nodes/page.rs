//! `report.html` of searches, and its picture: the limited wait by the number of machines.

use super::search::FewestTable;
use super::table::{answer, basis, rows};
use crate::report::dynamic_fleet::html_table;
use crate::report::fleet::{Chart, Line};
use crate::report::html::escape;
use crate::report::{page, repeat};

/// Lines of a picture, beside that of the limit: more are not told apart.
const LINES_MAX: usize = 5;
/// Waits more than so many times the limit are left out of the picture, or nothing is seen near it.
const TIMES_MAX: f64 = 5.0;
/// Units of time, in seconds.
const UNITS: [(f64, &str); 4] = [
    (86_400.0, "days"),
    (3600.0, "hours"),
    (60.0, "minutes"),
    (1.0, "seconds"),
];

/// The picture; none where nothing near the limit was tried.
#[must_use]
pub fn picture(table: &FewestTable) -> Option<String> {
    let limit = table.limit.at_most.secs_f64();
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| limit >= 2.0 * unit)
        .unwrap_or(UNITS[3]);
    let top = (limit * TIMES_MAX).max(1.0);
    let rows = table.rows.iter().take(LINES_MAX);
    let mut lines: Vec<Line> = rows
        .map(|row| {
            let near = row.found.tried.iter().filter(|(_, probe)| probe.wait_s <= top);
            Line {
                name: row.name(),
                points: near
                    .map(|(&machines, probe)| (machines as f64, probe.wait_s / unit))
                    .collect(),
            }
        })
        .filter(|line| line.points.len() > 1)
        .collect();
    let all = || {
        lines
            .iter()
            .flat_map(|line| line.points.iter().map(|(x, _)| *x as usize))
    };
    let (first, last) = (all().min()?, all().max()?);
    let level = limit / unit;
    lines.push(Line {
        name: "limit".to_owned(),
        points: vec![(first as f64, level), (last as f64, level)],
    });
    let chart = Chart {
        title: format!("Wait ({}) by the number of machines, {name}", table.limit.of),
        across: "machines".to_owned(),
        x: first..=last.max(first + 1),
        lines,
    };
    Some(chart.svg())
}

/// The page as text.
#[must_use]
pub fn render(table: &FewestTable) -> String {
    let section = |id: &str, title: &str, body: &str| {
        format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>{body}</section>")
    };
    let (header, rows) = rows(table);
    let numbers = format!(
        "{}<p class=\"note\">{}</p>",
        html_table("Searches", &header, rows),
        escape(&basis(table))
    );
    let picture = picture(table).map_or(String::new(), |svg| {
        let region = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Waits by machines\">{svg}</div>"
        );
        let left_out = format!(
            "<p class=\"note\">Numbers with waits over {TIMES_MAX} times the limit are left out{}.</p>",
            match table.rows.len() > LINES_MAX {
                true => format!(", and all but the first {LINES_MAX} searches"),
                false => String::new(),
            }
        );
        section("h-waits", "What was tried", &format!("{region}{left_out}"))
    });
    let body = format!(
        "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header><main>{}{picture}{}</main>",
        escape(&table.title),
        escape(&answer(table)),
        section("h-table", "Every search", &numbers),
        section("h-origin", "How this came about", &origin(table)),
    );
    page::frame(
        &format!("{}: the fewest machines", table.title),
        page::css(),
        &body,
        "",
    )
}

fn origin(table: &FewestTable) -> String {
    let facts = [
        ("Seed", table.seed.to_string()),
        ("Tonnage", table.version.clone()),
    ];
    repeat::origin(&facts, &table.command, &["fewest_nodes.csv", "tried_nodes.csv"])
}

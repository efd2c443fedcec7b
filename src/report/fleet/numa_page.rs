//! Virtual machines on machines with NUMA cells as pictures and page: who was placed, what stood in the way of the others,
//! and how full every cell is.

use super::heat_map::{Column, MACHINES_MAX, block, framed, legend};
use super::numa::NumaTable;
use crate::report::html::escape;
use crate::report::plots::axis;
use crate::report::{format, page, repeat};
use crate::sim::packing::NumaOutcome;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 78.0;
const ROW: f64 = 18.0;
const BOTTOM: f64 = 44.0;
/// Of more shapes of machines the rarest stand together.
const SHAPES_MOST: usize = 8;
/// Okabe and Ito's, and what each stands for.
const PARTS: [(&str, &str); 4] = [
    ("#0072b2", "placed"),
    ("#8c949c", "refused: full"),
    ("#e69f00", "refused: cells"),
    ("#cc79a7", "refused: group"),
];

impl NumaTable {
    /// The best first: most placed, then most CPU in use.
    fn ranked(&self) -> Vec<&(String, NumaOutcome)> {
        let mut all: Vec<_> = self.outcomes.iter().collect();
        all.sort_by_key(|(_, outcome)| Reverse((outcome.placed, outcome.cpu.used)));
        all
    }

    /// Who was placed under each policy, and what stood in the way of the others; `None` without policies.
    #[must_use]
    pub fn placed_chart(&self) -> Option<String> {
        let ranked = self.ranked();
        if ranked.is_empty() {
            return None;
        }
        let all = self.vms.max(1) as f64;
        let ticks = axis::linear_ticks(all, 6);
        let end = ticks.last().copied().unwrap_or(all).max(all);
        let along = |vms: f64| vms / end * (WIDTH - LEFT - RIGHT);
        let bottom = TOP + ROW * ranked.len() as f64;
        let height = bottom + BOTTOM;
        let title = format!(
            "Placed of {}, by policy",
            format::plural(self.vms, "virtual machine", "virtual machines")
        );
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"12\">\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\
             <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>",
            escape(&title)
        );
        let mut x = 8.0;
        for (colour, word) in PARTS {
            let _ = write!(
                out,
                "<rect x=\"{x:.1}\" y=\"37\" width=\"11\" height=\"11\" fill=\"{colour}\"/>\
                 <text x=\"{:.1}\" y=\"47\" fill=\"#1c2024\">{word}</text>",
                x + 16.0
            );
            x += 34.0 + 7.0 * word.len() as f64;
        }
        for tick in &ticks {
            let x = LEFT + along(*tick);
            let _ = write!(
                out,
                "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#e8ebee\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">{}</text>",
                TOP - 4.0,
                bottom + 16.0,
                format::count(*tick as u64)
            );
        }
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">virtual machines</text>",
            LEFT + along(end) / 2.0,
            bottom + 34.0
        );
        for (row, (policy, outcome)) in ranked.into_iter().enumerate() {
            let y = TOP + ROW * row as f64;
            let parts = [
                outcome.placed,
                outcome.refused_full,
                outcome.refused_cells,
                outcome.refused_group,
            ];
            let mut x = LEFT;
            for (count, (colour, word)) in parts.into_iter().zip(PARTS) {
                let width = along(count as f64);
                let _ = write!(
                    out,
                    "<rect x=\"{x:.2}\" y=\"{:.1}\" width=\"{width:.2}\" height=\"{:.1}\" fill=\"{colour}\">\
                     <title>{word}: {}</title></rect>",
                    y + 3.0,
                    ROW - 5.0,
                    format::count(count)
                );
                x += width;
            }
            let [_, _, _, stranded, _] = self.numbers(outcome);
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#1c2024\">{}</text>\
                 <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#1c2024\">{}; {stranded:.1}% of CPU stranded</text>",
                LEFT - 10.0,
                y + 13.0,
                escape(policy),
                x + 8.0,
                y + 13.0,
                format::count(outcome.placed)
            );
        }
        out.push_str("</svg>\n");
        Some(out)
    }

    /// How full every cell of every machine is, a block a policy; `None` for a fleet that is too large to be drawn.
    #[must_use]
    pub fn cell_maps(&self) -> Option<String> {
        if self.outcomes.is_empty() || self.groups.is_empty() || self.groups.len() > MACHINES_MAX {
            return None;
        }
        let others;
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (machine, group) in self.groups.iter().enumerate() {
            groups.entry(group).or_default().push(machine);
        }
        if groups.len() > SHAPES_MOST {
            let mut names: Vec<&str> = groups.keys().copied().collect();
            names.sort_by_key(|name| Reverse(groups[name].len()));
            let rare = names.split_off(SHAPES_MOST - 1);
            // Behind the others, whose names begin with a number.
            others = format!("others: {} shapes", rare.len());
            let rare = rare.iter().filter_map(|name| groups.remove(name));
            let mut machines: Vec<usize> = rare.flatten().collect();
            machines.sort_unstable();
            groups.insert(&others, machines);
        }
        let mut body = String::new();
        let mut y = legend(&mut body);
        for (policy, outcome) in self.ranked() {
            let column = |machine: usize| match outcome.cells.get(machine) {
                Some(cells) => Column::Parts(cells.clone()),
                None => Column::Whole(0.0),
            };
            y = block(&mut body, policy, &groups, &column, y);
        }
        Some(framed(&body, y, "Cells in use by machine, for each policy"))
    }

    /// The page as text.
    #[must_use]
    pub fn page(&self) -> String {
        let section = |id: &str, title: &str, body: &str| {
            format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>{body}</section>")
        };
        let picture = |svg: Option<String>, what: &str| {
            svg.map_or_else(String::new, |svg| {
                format!(
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{what}\">{svg}</div>"
                )
            })
        };
        let cells = self.cell_maps().map_or_else(String::new, |svg| {
            let note = "<p class=\"note\">A machine is a column of its cells; a cell is as full as the fuller of its CPU and \
                        its memory. Machines that are alike stand together, in the order of their file, at the same place \
                        under every policy.</p>";
            let body = format!("{note}{}", picture(Some(svg), "Cells in use by machine"));
            section("h-cells", "Every cell", &body)
        });
        let body = format!(
            "<header class=\"open\"><p class=\"eyebrow\">{}</p><h1>{}</h1></header><main>{}{}{cells}{}</main>",
            escape(&self.title),
            escape(&self.answer()),
            section(
                "h-placed",
                "Who was placed",
                &picture(self.placed_chart(), "Placed and refused by policy")
            ),
            section("h-table", "Every policy", &self.table()),
            section("h-origin", "How this came about", &self.origin()),
        );
        page::frame(&format!("{}: placement", self.title), page::css(), &body, "")
    }

    fn table(&self) -> String {
        let header = [
            "policy",
            "placed",
            "CPU used",
            "memory used",
            "CPU stranded",
            "memory stranded",
            "machines",
            "refused: full",
            "cells",
            "group",
        ];
        let head: String = header
            .iter()
            .enumerate()
            .map(|(index, text)| match index {
                0 => format!("<th scope=\"col\">{text}</th>"),
                _ => format!("<th scope=\"col\" class=\"n\">{text}</th>"),
            })
            .collect();
        let rows: String = self
            .ranked()
            .into_iter()
            .map(|(policy, outcome)| {
                let [_, shares @ ..] = self.numbers(outcome);
                let mut numbers = vec![format::count(outcome.placed)];
                numbers.extend(shares.map(|value| format!("{value:.2}%")));
                let counts = [
                    outcome.used_machines,
                    outcome.refused_full,
                    outcome.refused_cells,
                    outcome.refused_group,
                ];
                numbers.extend(counts.map(format::count));
                let cells: String = numbers
                    .iter()
                    .map(|number| format!("<td class=\"n\">{number}</td>"))
                    .collect();
                format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(policy))
            })
            .collect();
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Policies\"><table><thead><tr>{head}</tr></thead>\
             <tbody>{rows}</tbody></table></div><p class=\"note\">{}</p>",
            escape(&self.basis())
        )
    }

    fn origin(&self) -> String {
        let facts = [
            ("Machines", format::count(self.machines)),
            ("Virtual machines", format::count(self.vms)),
            ("Seed", self.seed.to_string()),
            ("Tonnage", self.version.clone()),
        ];
        repeat::origin(&facts, &self.command, &["numa.csv"])
    }
}

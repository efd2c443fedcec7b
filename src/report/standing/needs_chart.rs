//! Nodes needed, a bar a policy, against the bound and what is in use today.
//!
//! Knows pixels.

use super::needs::Needs;
use crate::report::format;
use crate::report::html::escape;
use crate::report::plots::axis;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 84.0;
const ROW: f64 = 18.0;
const BOTTOM: f64 = 44.0;
/// Longer names are cut.
const NAME_MOST: usize = 26;

/// The whole picture, the best policy first; `None` without policies.
#[must_use]
pub fn needs_chart(needs: &Needs) -> Option<String> {
    let ranked = needs.ranked();
    if ranked.is_empty() {
        return None;
    }
    let nodes = ranked.iter().map(|need| need.nodes);
    let most = nodes
        .max()
        .unwrap_or(0)
        .max(needs.bound)
        .max(needs.nodes_in_use)
        .max(1);
    let ticks = axis::linear_ticks(most as f64, 6);
    let end = ticks.last().copied().unwrap_or(1.0).max(most as f64);
    let at = |nodes: u64| LEFT + nodes as f64 / end * (WIDTH - LEFT - RIGHT);
    let bottom = TOP + ROW * ranked.len() as f64;
    let height = bottom + BOTTOM;
    let title = format!("Nodes needed for {}", format::plural(needs.pods, "pod", "pods"));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"8\" y=\"22\" font-size=\"15\" fill=\"#1c2024\">{0}</text>\
         <text x=\"8\" y=\"42\" fill=\"#606870\">Solid line: no packing takes fewer ({1}). Dashed line: in use today \
         ({2}). Grey: pods are left without a node.</text>",
        escape(&title),
        format::count(needs.bound),
        format::count(needs.nodes_in_use)
    );
    for tick in ticks.iter().filter(|tick| tick.fract() == 0.0) {
        let x = at(*tick as u64);
        let _ = write!(
            out,
            "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#e8ebee\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">{tick}</text>",
            TOP - 4.0,
            bottom + 16.0
        );
    }
    let _ = write!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#606870\">nodes</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        bottom + 34.0
    );
    let best = ranked[0].rank();
    for (row, need) in ranked.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        let (colour, weight) = match need.rank() {
            rank if rank == best && need.waiting == 0 => ("#d55e00", "600"),
            (0, _) => ("#0072b2", "400"),
            _ => ("#a8b0b8", "400"),
        };
        let name: String = match need.policy.chars().count() > NAME_MOST {
            true => need.policy.chars().take(NAME_MOST - 1).chain(['…']).collect(),
            false => need.policy.clone(),
        };
        let said = match need.waiting {
            0 => format::count(need.nodes),
            1 => format!("{}, 1 pod waits", format::count(need.nodes)),
            pods => format!("{}, {} pods wait", format::count(need.nodes), format::count(pods)),
        };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" font-weight=\"{weight}\" fill=\"#1c2024\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#1c2024\">{said}</text>",
            LEFT - 10.0,
            y + 13.0,
            escape(&name),
            y + 3.0,
            at(need.nodes) - LEFT,
            ROW - 5.0,
            at(need.nodes) + 8.0,
            y + 13.0
        );
    }
    for (nodes, dashes, word) in [(needs.bound, "", "bound"), (needs.nodes_in_use, "5 3", "today")] {
        let x = at(nodes);
        let above = if word == "bound" { 6.0 } else { 20.0 };
        let _ = write!(
            out,
            "<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"#1c2024\" stroke-width=\"1.5\" stroke-dasharray=\"{dashes}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#1c2024\">{word}</text>",
            TOP - above + 2.0,
            TOP - above
        );
    }
    out.push_str("</svg>\n");
    Some(out)
}

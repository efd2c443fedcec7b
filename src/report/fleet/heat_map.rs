//! Every machine and every device of a fleet as a small cell, a block a policy: where is what left over?
//!
//! A machine is a column of its devices, or one cell for its CPU if it has none; machines that are alike stand together,
//! by name, so that a machine is at the same place in every block.

use super::levels::{FleetPolicyRuns, FleetTable};
use super::shades::{SHADES, WORDS, shade};
use crate::report::html::escape;
use crate::sim::packing::InflationOutcome;
use std::collections::BTreeMap;
use std::fmt::Write;

const WIDTH: usize = 980;
const LEFT: usize = 8;
/// A machine's width, with the gap after it.
const ACROSS: usize = 6;
/// A device's height.
const DOWN: usize = 4;
/// The height of the one cell of a machine without devices.
const PLAIN: usize = 6;
/// Between rows of machines.
const GAP: usize = 4;
const LABEL: usize = 16;
const TITLE: usize = 34;
/// More machines than this are left out: a picture that nothing shows.
pub(super) const MACHINES_MAX: usize = 20_000;

/// The picture of all policies; `None` for a fleet that is too large to be drawn.
#[must_use]
pub fn heat_maps(table: &FleetTable) -> Option<String> {
    if table.machines.is_empty() || table.machines.len() > MACHINES_MAX {
        return None;
    }
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, machine) in table.machines.iter().enumerate() {
        groups.entry(&machine.group).or_default().push(index);
    }
    let mut body = String::new();
    let mut y = legend(&mut body);
    for runs in &table.policies {
        y = devices(&mut body, runs, &groups, y);
    }
    Some(framed(&body, y, "Devices in use by machine, for each policy"))
}

/// A machine as it is drawn.
pub(super) enum Column {
    /// Its devices or cells, the share in use of each.
    Parts(Vec<f64>),
    /// It has none: the share in use of all of it.
    Whole(f64),
}

/// The picture around blocks that end at `y`.
pub(super) fn framed(body: &str, y: usize, what: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" height=\"{y}\" role=\"img\" \
         aria-label=\"{what}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"{WIDTH}\" height=\"{y}\" fill=\"#fff\"/>{body}</svg>\n"
    )
}

/// What the shades stand for; where the first block begins.
pub(super) fn legend(out: &mut String) -> usize {
    let mut x = LEFT;
    for (colour, words) in SHADES.iter().zip(WORDS) {
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"8\" width=\"14\" height=\"12\" fill=\"{colour}\" stroke=\"#8c949c\" stroke-width=\".5\"/>\
             <text x=\"{}\" y=\"18\" fill=\"#606870\">{words}</text>",
            x + 20
        );
        x += 34 + words.len() * 7;
    }
    28
}

/// One policy's machines; where the next block begins.
fn devices(out: &mut String, runs: &FleetPolicyRuns, groups: &BTreeMap<&str, Vec<usize>>, y: usize) -> usize {
    let known = |(_, outcome): &&(u64, InflationOutcome)| !outcome.at_full.devices.is_empty();
    let Some((seed, outcome)) = runs.runs.iter().find(known) else {
        return y;
    };
    let column = |machine: usize| match outcome.at_full.devices[machine].as_slice() {
        [] => Column::Whole(outcome.at_full.cpu_pct[machine] / 100.0),
        devices => Column::Parts(devices.iter().map(|&used| f64::from(used) / 1000.0).collect()),
    };
    block(out, &format!("{}, seed {seed}", runs.name), groups, &column, y)
}

/// Machines under a title; where the next block begins.
pub(super) fn block(
    out: &mut String,
    title: &str,
    groups: &BTreeMap<&str, Vec<usize>>,
    column: &dyn Fn(usize) -> Column,
    mut y: usize,
) -> usize {
    let _ = write!(
        out,
        "<text x=\"{LEFT}\" y=\"{}\" font-size=\"15\" fill=\"#1c2024\">{}</text>",
        y + 22,
        escape(title)
    );
    y += TITLE;
    let per_row = (WIDTH - 2 * LEFT) / ACROSS;
    // One path a shade: a cell is a few bytes.
    let mut paths: Vec<String> = vec![String::new(); SHADES.len()];
    for (group, machines) in groups {
        let _ = write!(
            out,
            "<text x=\"{LEFT}\" y=\"{}\" fill=\"#606870\">{} ({})</text>",
            y + 11,
            escape(group),
            machines.len()
        );
        y += LABEL;
        for row in machines.chunks(per_row) {
            let mut height = PLAIN;
            for (place, &machine) in row.iter().enumerate() {
                let x = LEFT + place * ACROSS;
                let mut cell = |share: f64, y: usize, height: usize| {
                    let _ = write!(
                        paths[shade(share)],
                        "M{x} {y}h{}v{height}h-{}z",
                        ACROSS - 1,
                        ACROSS - 1
                    );
                };
                match column(machine) {
                    Column::Whole(share) => cell(share, y, PLAIN),
                    Column::Parts(parts) => {
                        for (part, &share) in parts.iter().enumerate() {
                            cell(share, y + part * DOWN, DOWN - 1);
                        }
                        height = height.max(parts.len() * DOWN);
                    }
                }
            }
            y += height + GAP;
        }
        y += GAP;
    }
    for (path, colour) in paths.iter().zip(SHADES).filter(|(path, _)| !path.is_empty()) {
        let _ = write!(out, "<path d=\"{path}\" fill=\"{colour}\"/>");
    }
    y + 2 * GAP
}

//! What packings of a fleet say, in sentences.

use super::levels::{FULL_PCT, FleetTable};
use crate::report::format;
use crate::sim::packing::Measured;

/// Percentage points that are no difference.
const NO_DIFFERENCE_PCT: f64 = 1e-6;

/// The answer in one sentence.
pub(super) fn answer(table: &FleetTable) -> String {
    let Some(best) = table.best() else {
        return "Nothing was packed".to_owned();
    };
    let allocated = |runs: &super::FleetPolicyRuns| {
        let level = runs.level(FULL_PCT, |point| point.alloc_pct);
        level.map_or(f64::NAN, |level| level.mean)
    };
    let most = allocated(best);
    let idle = |alloc_pct: f64| match table.measured {
        Measured::Gpu => format!(
            "{} of {} GPUs",
            format::number(table.unallocated_gpus(alloc_pct).max(0.0)),
            format::count(table.gpus)
        ),
        Measured::Cpu => format!("{} of the CPU", format::percent(1.0 - alloc_pct / 100.0)),
    };
    let others = table.policies.iter().filter(|runs| runs.name != best.name);
    let next = others.max_by(|a, b| allocated(a).total_cmp(&allocated(b)));
    let first = format!(
        "{} leaves {} unallocated when pods have asked for all of them",
        best.name,
        idle(most)
    );
    match next {
        None => first,
        Some(next) => {
            let behind = most - allocated(next);
            let less = match table.measured {
                Measured::Gpu => format!("{} fewer", format::number(behind / 100.0 * table.gpus as f64)),
                Measured::Cpu => format!("{behind:.2} points less"),
            };
            if behind < NO_DIFFERENCE_PCT {
                return format!("{first}, as does {}", next.name);
            }
            format!("{first}, {less} than the next, {}", next.name)
        }
    }
}

/// What the numbers are made from.
pub(super) fn basis(table: &FleetTable) -> String {
    let seeds = table
        .policies
        .iter()
        .map(|runs| runs.runs.len())
        .max()
        .unwrap_or(0);
    let typical = match table.measured {
        Measured::Gpu => format!(
            " GPU is fragmented where a typical pod cannot use it; typical are {} of {} kinds of pods.",
            table.typical.0, table.typical.1
        ),
        Measured::Cpu => String::new(),
    };
    format!(
        "{} pods in random order, then copies of some, onto {} machines until they ask for 130 % of the fleet's {}; none leaves, and \
         one that finds no room is dropped. Mean ± standard deviation over {}.{typical}",
        format::count(table.pods),
        format::count(table.machines.len() as u64),
        table.unit(),
        format::plural(seeds as u64, "seed", "seeds"),
    )
}

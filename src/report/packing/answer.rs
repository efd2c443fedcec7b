//! What it comes to, in a sentence, and what else is worth saying.

use super::standing::gap;
use super::{PackingReport, Standing};
use crate::report::format;
use crate::sim::packing::items::PackedInstance;

/// Names of equally good heuristics in a sentence.
const NAMED: usize = 3;

/// Which heuristic is best, and how far from the least it is.
#[must_use]
pub fn answer(report: &PackingReport) -> String {
    let standings = report.standings();
    let Some(best) = standings.first().filter(|_| !report.instances.is_empty()) else {
        return "Nothing was packed".to_owned();
    };
    let names = names(&standings);
    let number = standings.iter().filter(|standing| standing.is_best).count();
    let needs = if number == 1 { "needs" } else { "need" };
    let cost = match best.cost {
        Some(cost) if report.is_priced() => format!(", {} an hour", format::money(cost.usd())),
        _ => String::new(),
    };
    let mut bins = format::plural(best.bins, "bin", "bins");
    if best.left_out > 0 {
        let items = format::plural(best.left_out, "item", "items");
        let leave = if number == 1 { "leaves" } else { "leave" };
        bins += &format!(" and {leave} {items} without one");
    }
    match report.instances.as_slice() {
        [instance] => format!("{names} {needs} {bins}{cost}: {}", alone(instance, best)),
        instances => {
            let bound: u64 = instances.iter().map(|instance| instance.bound.bins).sum();
            format!(
                "{names} {needs} {bins}{cost}, {} over the proven bound of {}",
                format::percent(gap(best.bins as f64, bound as f64)),
                format::count(bound)
            )
        }
    }
}

fn names(standings: &[Standing]) -> String {
    let best: Vec<&str> = standings
        .iter()
        .filter(|standing| standing.is_best)
        .map(|standing| standing.policy.as_str())
        .collect();
    match best.len() {
        0..=NAMED => match best.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => best.join(", "),
        },
        all => format!("{} and {} others", best[..NAMED - 1].join(", "), all + 1 - NAMED),
    }
}

/// What is known of how good the best packing of the only instance is.
fn alone(instance: &PackedInstance, best: &Standing) -> String {
    let bound = instance.bound.bins;
    if best.left_out > 0 {
        return match instance.is_impossible {
            true => "there are too few bins for all items, whoever packs them".to_owned(),
            false => format!("the proven bound is {}", format::count(bound)),
        };
    }
    if let (Some(cost), Some(least)) = (best.cost, instance.least_cost) {
        return match cost <= least {
            true => "nothing cheaper is possible".to_owned(),
            false => format!(
                "{} over the proven bound of {}",
                format::percent(gap(cost.usd(), least.usd())),
                format::money(least.usd())
            ),
        };
    }
    match instance.optimum() {
        Some(optimum) if best.bins <= optimum => "nobody can do with fewer".to_owned(),
        Some(optimum) => format!(
            "{} more than the optimum, {}",
            format::count(best.bins - optimum),
            format::count(optimum)
        ),
        None => format!(
            "{} more than the proven bound of {}",
            format::count(best.bins.saturating_sub(bound)),
            format::count(bound)
        ),
    }
}

/// What stands below the answer.
#[must_use]
pub fn sentences(report: &PackingReport) -> Vec<String> {
    let mut all = Vec::new();
    if let [instance] = report.instances.as_slice() {
        let items = format::plural(instance.items, "item", "items");
        let known = match instance.published_optimum {
            Some(optimum) => format!("; the published optimum is {}", format::count(optimum)),
            None => String::new(),
        };
        let bound = format::plural(instance.bound.bins, "bin", "bins");
        let cost = instance.least_cost.map_or_else(String::new, |least| {
            format!(", and at least {} an hour", format::money(least.usd()))
        });
        all.push(format!(
            "{items} take at least {bound}, proven by {}{cost}{known}.",
            instance.bound.method
        ));
    } else if !report.instances.is_empty() {
        let items: u64 = report.instances.iter().map(|instance| instance.items).sum();
        let known = report
            .instances
            .iter()
            .filter(|instance| instance.optimum().is_some());
        let solved = report
            .instances
            .iter()
            .filter(|instance| {
                let best = instance.attempts.iter().map(|attempt| attempt.bins).min();
                instance.optimum().is_some_and(|optimum| best == Some(optimum))
            })
            .count();
        all.push(format!(
            "{} with {}; of {} the optimum is known, and on {} of these the best of {} reaches it.",
            format::plural(report.instances.len() as u64, "instance", "instances"),
            format::plural(items, "item", "items"),
            format::count(known.count() as u64),
            format::count(solved as u64),
            format::plural(report.policies.len() as u64, "heuristic", "heuristics")
        ));
    }
    let packed = report.instances.len() as u64;
    if packed < report.asked {
        all.push(format!(
            "Stopped early: {} of {} instances were packed.",
            format::count(packed),
            format::count(report.asked)
        ));
    }
    all.extend(report.notes.iter().cloned());
    all
}

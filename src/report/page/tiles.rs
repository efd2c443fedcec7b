//! The top of the page: objectives, the few numbers that matter, and warnings.
//!
//! Knows outcomes and intervals. Must not know the time series.

use crate::report::answer;
use crate::report::format::{self, count, count_short, duration, money, number, percent};
use crate::report::html::escape;
use crate::report::summary::Intervals;
use crate::report::terminal::losses;
use crate::report::{gpus, images};
use crate::sim::outcome::{ObjectiveOutcome, Outcome, WorkloadOutcome};

// A tile with more rows than this is a table; there is one below.
const MOST_ROWS: usize = 4;

/// Every objective, where the headline does not say it all.
pub(super) fn objectives(outcome: &Outcome) -> String {
    if outcome.objectives.len() < 2 {
        return String::new();
    }
    let row = |objective: &ObjectiveOutcome| {
        let (class, mark, word) = if objective.met {
            ("met", "✓", "met")
        } else {
            ("missed", "✗", "missed")
        };
        format!(
            "<li class=\"{class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span>\
             <span class=\"unseen\">{word}: </span>{}{}</li>",
            escape(&answer::in_short(objective)),
            margin(objective)
        )
    };
    let rows: String = outcome.objectives.iter().map(row).collect();
    format!(
        "<section aria-labelledby=\"h-objectives\"><h2 id=\"h-objectives\" class=\"unseen\">Objectives</h2><ul class=\"objectives\">{rows}</ul></section>\n"
    )
}

fn margin(objective: &ObjectiveOutcome) -> String {
    let ratio = objective.value / objective.bound;
    if !objective.objective.contains(" at most ") || !ratio.is_finite() || ratio <= 0.0 {
        return String::new();
    }
    if ratio >= 2.0 {
        format!("<span class=\"margin\">{} times the bound</span>", number(ratio))
    } else {
        format!("<span class=\"margin\">{} of the bound</span>", percent(ratio))
    }
}

/// What looks wrong, and what mends it.
pub(super) fn warnings(outcome: &Outcome, one: &str) -> String {
    let rows: String = outcome
        .warnings
        .iter()
        .map(|warning| {
            format!(
                "<li>{}<span>{}</span></li>",
                escape(&warning.what),
                escape(&warning.help)
            )
        })
        .collect();
    match rows.as_str() {
        "" => String::new(),
        rows => format!(
            "<section aria-labelledby=\"h-warnings\"><h2 id=\"h-warnings\">Worth a look</h2>{one}<ul class=\"warnings\">{rows}</ul></section>\n"
        ),
    }
}

/// The tiles.
pub(super) fn tiles(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let fleet = answer::has_fleet(outcome);
    let mut tiles = Vec::new();
    if outcome.workloads.iter().any(|workload| workload.batch.is_none()) {
        tiles.push(latency(outcome, intervals));
        tiles.push(requests(outcome, intervals));
    }
    if fleet {
        tiles.push(cost(outcome, intervals));
        tiles.push(nodes(outcome, intervals));
    }
    tiles.push(scaling(outcome, fleet));
    tiles.push(utilization(outcome, fleet));
    let note = intervals.map_or_else(String::new, |intervals| {
        format!(
            "<p class=\"note\">Means of {} replications; ± is half the 95% interval.</p>",
            count(intervals.replications())
        )
    });
    format!(
        "<section aria-labelledby=\"h-tiles\"><h2 id=\"h-tiles\" class=\"unseen\">In numbers</h2>\
         <div class=\"tiles\">{}</div>{note}</section>\n",
        tiles.concat()
    )
}

fn tile(class: &str, title: &str, big: &str, rest: &str) -> String {
    let big = if big.is_empty() {
        String::new()
    } else {
        format!("<p class=\"big\">{big}</p>")
    };
    format!("<div class=\"tile {class}\"><h3>{title}</h3>{big}{rest}</div>")
}

fn line(text: &str) -> String {
    format!("<p>{text}</p>")
}

/// A value, or the replications' mean with half its interval. HTML.
fn value(
    intervals: Option<&Intervals>,
    who: (&str, &str, &str),
    single: f64,
    render: fn(f64) -> String,
) -> String {
    let unit = if who.2 == "success_ratio" { "ratio" } else { "" };
    let Some(estimate) = intervals.and_then(|intervals| intervals.get(who.0, who.1, who.2)) else {
        return escape(&render(single));
    };
    let mean = escape(&render(estimate.mean));
    let Some((low, high)) = estimate.ci95 else {
        return mean;
    };
    format!(
        "{mean} <small title=\"95% interval {} to {}\">± {}</small>",
        escape(&render(low)),
        escape(&render(high)),
        escape(&answer::half(low, high, unit, render))
    )
}

fn cost(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let cluster = &outcome.cluster;
    let total = value(intervals, ("cluster", "cluster", "cost"), cluster.cost_usd, money);
    let month = value(
        intervals,
        ("cluster", "cluster", "cost_per_month"),
        cluster.cost_usd_per_month,
        money,
    );
    let measured = duration(outcome.duration_s - outcome.warmup_s);
    let rest = line(&format!(
        "{month} a month at this run’s rate, extrapolated from {measured}"
    )) + &line(&format!("{} node-hours", number(cluster.node_hours)));
    tile("", "Cost", &total, &rest)
}

fn nodes(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let cluster = &outcome.cluster;
    let mean = value(
        intervals,
        ("cluster", "cluster", "nodes_mean"),
        cluster.nodes_mean,
        number,
    );
    let extreme = |metric: &str, single: u32| {
        let mean = intervals.and_then(|all| all.get("cluster", "cluster", metric));
        number(mean.map_or(single.into(), |mean| mean.mean))
    };
    let range = format!(
        "at most {}, at least {}",
        extreme("nodes_max", cluster.nodes_max),
        extreme("nodes_min", cluster.nodes_min)
    );
    let moves = format!(
        "{} launched, {} removed",
        count(cluster.launches),
        count(cluster.removals)
    );
    let mut troubles = String::new();
    for (many, what) in [
        (cluster.launch_failures, "launches failed"),
        (cluster.interruptions, "taken back by the provider"),
        (cluster.evictions, "pods evicted"),
    ] {
        if many > 0 {
            troubles += &line(&format!("{} {what}", count(many)));
        }
    }
    tile(
        "",
        "Nodes, mean",
        &mean,
        &(line(&range) + &line(&moves) + &troubles),
    )
}

fn latency(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let row = |workload: &WorkloadOutcome| {
        let cell = |metric: &str, single: f64| {
            let shown = match workload.latency.count {
                0 => format::NOTHING.to_owned(),
                _ => value(intervals, ("workload", &workload.name, metric), single, duration),
            };
            format!("<td>{shown}</td>")
        };
        let q = &workload.latency;
        format!(
            "<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>",
            escape(&workload.name),
            cell("latency_p50", q.p50),
            cell("latency_p95", q.p95),
            cell("latency_p99", q.p99),
            cell("latency_p999", q.p999)
        )
    };
    // Nobody waits for workloads that get no requests.
    let asked = |workload: &&WorkloadOutcome| workload.requests.arrived > 0;
    let rows: String = busiest(outcome).into_iter().filter(asked).map(row).collect();
    let table = format!(
        "<table><thead><tr><th scope=\"col\"><span class=\"unseen\">Workload</span></th><th scope=\"col\">p50</th>\
         <th scope=\"col\">p95</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    );
    tile("wide", "Latency", "", &(table + &others(outcome)))
}

fn requests(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let mut sum = crate::sim::outcome::RequestCounts::default();
    for workload in &outcome.workloads {
        let r = &workload.requests;
        sum.arrived += r.arrived;
        sum.succeeded += r.succeeded;
        sum.refused += r.refused;
        sum.timed_out += r.timed_out;
        sum.abandoned += r.abandoned;
        sum.lost += r.lost;
        sum.call_failed += r.call_failed;
        sum.cancelled += r.cancelled;
    }
    let big = match (outcome.workloads.as_slice(), sum.success_ratio()) {
        ([one], Some(ratio)) => value(
            intervals,
            ("workload", &one.name, "success_ratio"),
            ratio,
            percent,
        ),
        (_, ratio) => ratio.map_or_else(|| format::NOTHING.to_owned(), percent),
    };
    let all = match sum.arrived {
        0 => "no requests were made".to_owned(),
        n => format!("answered, of {} requests", count_short(n)),
    };
    let lost = match losses(&sum) {
        Some(losses) => losses,
        None if sum.arrived > 0 => "none refused, timed out, abandoned or lost".to_owned(),
        None => String::new(),
    };
    tile("", "Requests", &big, &(line(&all) + &line(&lost)))
}

fn scaling(outcome: &Outcome, fleet: bool) -> String {
    let ups: u64 = outcome.workloads.iter().map(|w| w.scale_ups).sum();
    let downs: u64 = outcome.workloads.iter().map(|w| w.scale_downs).sum();
    let nodes = if fleet {
        outcome.cluster.launches + outcome.cluster.removals
    } else {
        0
    };
    let pods = line(&format!("replicas: {} up, {} down", count(ups), count(downs)));
    let machines = if fleet {
        line(&format!(
            "nodes: {} up, {} down",
            count(outcome.cluster.launches),
            count(outcome.cluster.removals)
        ))
    } else {
        String::new()
    };
    tile(
        "",
        "Scaling actions",
        &count(ups + downs + nodes),
        &(pods + &machines),
    )
}

fn utilization(outcome: &Outcome, fleet: bool) -> String {
    let slots: Vec<_> = busiest(outcome)
        .into_iter()
        .filter_map(|w| Some((&w.name, w.utilization?)))
        .collect();
    let mut rest = String::new();
    let big = match slots.as_slice() {
        [(_, one)] => {
            rest += &line("of ready slots in use");
            percent(*one)
        }
        [(name, first), others @ ..] => {
            rest += &line(&format!("of {}’s ready slots in use", escape(name)));
            let others: Vec<_> = others
                .iter()
                .map(|(name, u)| format!("{} {}", escape(name), percent(*u)))
                .collect();
            rest += &line(&others.join(", "));
            percent(*first)
        }
        [] if fleet => {
            let cluster = &outcome.cluster;
            let used = cluster.cpu_used.map(|used| (used, "in use"));
            let (share, how) = used.unwrap_or((cluster.cpu_reserved, "reserved"));
            rest += &line(&format!("of the nodes’ CPU {how}"));
            percent(share)
        }
        [] => return String::new(),
    };
    if fleet {
        let c = &outcome.cluster;
        let (cpu, memory) = (percent(c.cpu_reserved), percent(c.memory_reserved));
        let used = c.cpu_used.map(|used| format!(", {} used", percent(used)));
        rest += &line(&format!(
            "nodes: CPU {cpu} reserved{}; memory {memory} reserved",
            used.unwrap_or_default()
        ));
        let told = [gpus::told(c), images::told(c)].into_iter().flatten();
        for told in told.chain(gpus::parts_told(c)) {
            rest += &line(&told);
        }
    }
    tile(if fleet { "wide" } else { "" }, "Utilization", &big, &rest)
}

fn busiest(outcome: &Outcome) -> Vec<&WorkloadOutcome> {
    let mut all: Vec<_> = outcome.workloads.iter().collect();
    all.sort_by_key(|workload| std::cmp::Reverse(workload.requests.arrived));
    all.truncate(MOST_ROWS);
    all
}

fn others(outcome: &Outcome) -> String {
    match outcome.workloads.len().saturating_sub(MOST_ROWS) {
        0 => String::new(),
        n => line(&format!(
            "and {n} more in <a href=\"#workloads\">the table below</a>"
        )),
    }
}

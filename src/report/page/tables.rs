//! The page's tables: decisions, workloads, pools, faults.
//!
//! Knows columns. Must not know styles.

use super::call_graph;
use crate::report::answer;
use crate::report::batch;
use crate::report::by_hand;
use crate::report::calls;
use crate::report::cpu;
use crate::report::faults;
use crate::report::format::{self, count, duration, money, number, percent};
use crate::report::html::escape;
use crate::report::series::{Series, Tally};
use crate::report::summary::Intervals;
use crate::sim::outcome::{Outcome, Quantiles, RequestCounts, WorkloadOutcome};

/// What was decided and why, counted, and the log the script fills; empty without decisions.
pub(super) fn decisions(series: &Series, one: &str) -> String {
    if series.tally.is_empty() {
        return String::new();
    }
    let mut tally: Vec<&Tally> = series.tally.iter().collect();
    // What scaled first, then what was most frequent.
    tally.sort_by_key(|t| {
        (
            !matches!(t.action.as_str(), "scale" | "launch" | "remove"),
            std::cmp::Reverse(t.decisions),
        )
    });
    let rows = tally.into_iter().map(|t| {
        let texts = [&t.question, &t.policy, &t.action, &t.reason_code].map(|text| words(text));
        let numbers = [
            count(t.decisions),
            if t.refused > 0 {
                count(t.refused)
            } else {
                String::new()
            },
        ];
        (texts.to_vec(), numbers.to_vec())
    });
    let counted = table(
        &["question", "policy", "decision", "reason"],
        &["times", "refused"],
        rows,
    );
    let total: u64 = series.tally.iter().map(|t| t.decisions).sum();
    let note = series
        .decisions
        .note(series.decisions.kept.len(), "lines", "decisions.csv");
    let note = note.map_or_else(String::new, |note| {
        format!("<p class=\"note\">{}</p>", escape(&note))
    });
    let open = if series.tally.len() <= 8 { " open" } else { "" };
    format!(
        "<section id=\"decisions\" aria-labelledby=\"h-decisions\"><h2 id=\"h-decisions\">Decisions</h2>{one}\
         <details{open}><summary>{} by reason</summary>{counted}</details>\
         <div class=\"controls\" id=\"filters\" hidden><label>Question <select id=\"f-question\"><option value=\"\">all\
         </option></select></label><label>About <select id=\"f-subject\"><option value=\"\">all</option></select></label>\
         <label><input type=\"checkbox\" id=\"f-holds\"> with holds</label>\
         <label>Find <input type=\"search\" id=\"f-text\" placeholder=\"reason, result …\"></label>\
         <span class=\"hint\" id=\"f-count\" role=\"status\"></span></div>\
         <noscript><p class=\"note\">The log needs JavaScript; all of it is in <code>decisions.csv</code>.</p></noscript>\
         <div class=\"scroll log\" tabindex=\"0\" role=\"region\" aria-label=\"Decision log\"><table id=\"log\"><thead><tr>\
         <th scope=\"col\">time</th><th scope=\"col\">policy</th><th scope=\"col\">about</th>\
         <th scope=\"col\">decision</th><th scope=\"col\">result</th><th scope=\"col\">why</th></tr></thead><tbody></tbody>\
         </table></div>{note}</section>\n",
        format::plural(total, "decision", "decisions"),
    )
}

/// Each workload: its requests, its latency, its replicas.
pub(super) fn workloads(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    if outcome.workloads.is_empty() {
        return String::new();
    }
    let linked = !outcome.calls.is_empty();
    let mut requests = Vec::new();
    let mut times = Vec::new();
    let mut replicas = Vec::new();
    for w in &outcome.workloads {
        let name = escape(&w.name);
        if w.batch.is_some() {
            replicas.push((vec![name, "jobs".to_owned(), format::NOTHING.to_owned()], pods(w)));
            continue;
        }
        requests.push((vec![name.clone()], fates(&w.requests, linked)));
        let mut latency = quantiles(&w.latency);
        latency.extend([
            quantile(&w.wait, |q| q.mean),
            quantile(&w.wait, |q| q.p99),
            share(w.wait_probability, w.wait.count),
        ]);
        times.push((vec![name.clone()], latency));
        for class in &w.classes {
            let name = format!("<span class=\"class\">{}</span>", escape(&class.name));
            requests.push((vec![name.clone()], fates(&class.requests, linked)));
            let mut latency = quantiles(&class.latency);
            latency.extend([
                quantile(&class.wait, |q| q.mean),
                quantile(&class.wait, |q| q.p99),
                String::new(),
            ]);
            times.push((vec![name], latency));
        }
        replicas.push((vec![name, words(&w.pod_scaling), words(&w.routing)], pods(w)));
    }
    let note = means_of(intervals);
    let serves = !requests.is_empty();
    let mut columns = vec![
        "arrived",
        "attempts",
        "answered",
        "refused",
        "timed out",
        "abandoned",
        "lost",
    ];
    if linked {
        columns.extend(["failed with a call", "cancelled"]);
    }
    columns.push("unfinished");
    let requests = table(&["requests"], &columns, requests.into_iter());
    let times = table(
        &["latency and wait"],
        &[
            "mean",
            "p50",
            "p95",
            "p99",
            "p99.9",
            "most",
            "wait, mean",
            "wait, p99",
            "had to wait",
        ],
        times.into_iter(),
    );
    let replicas = table(
        &["replicas", "scaler", "router"],
        &[
            "ready",
            "range",
            "starting",
            "pending",
            "ups",
            "downs",
            "start, p50",
            "start, p99",
            "slots in use",
        ],
        replicas.into_iter(),
    );
    // Of Jobs nobody asks for requests.
    let (requests, times) = if serves {
        (requests, times)
    } else {
        Default::default()
    };
    format!(
        "<section id=\"workloads\" aria-labelledby=\"h-workloads\"><h2 id=\"h-workloads\">Workloads</h2>{note}{requests}{times}\
         {replicas}</section>\n"
    )
}

/// The pods of a workload.
fn pods(w: &WorkloadOutcome) -> Vec<String> {
    let r = &w.replicas;
    vec![
        number(r.ready_mean),
        format!("{}–{}", r.ready_min, r.ready_max),
        number(r.starting_mean),
        number(r.pending_mean),
        count(w.scale_ups),
        count(w.scale_downs),
        quantile(&w.pod_start, |q| q.p50),
        quantile(&w.pod_start, |q| q.p99),
        w.utilization.map_or_else(|| format::NOTHING.to_owned(), percent),
    ]
}

/// What has come of Jobs; empty without any batch workload.
pub(super) fn jobs(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let rows = batch::rows(outcome);
    if rows.is_empty() {
        return String::new();
    }
    let rows = rows.into_iter().map(|(texts, numbers)| {
        let texts = texts.iter().map(|text| escape(text)).collect();
        (texts, numbers)
    });
    let table = table(&batch::TEXTS, &batch::NUMBERS, rows);
    let told = outcome.workloads.iter().filter_map(|workload| {
        let told = batch::told(workload.batch.as_ref()?)?;
        Some(format!(
            "<p class=\"note\">{}: {}.</p>",
            escape(&workload.name),
            escape(&told)
        ))
    });
    let told: String = told.collect();
    let note = means_of(intervals);
    format!(
        "<section aria-labelledby=\"h-jobs\"><h2 id=\"h-jobs\">Jobs</h2>{note}<p class=\"note\">From the time that a Job \
         was for until it was complete, and until its first pod worked. Every one is a row of <code>jobs.csv</code>.</p>\
         {table}{told}</section>\n"
    )
}

/// Each pool; empty without machines.
pub(super) fn pools(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let cluster = &outcome.cluster;
    if !answer::has_fleet(outcome) || cluster.pools.is_empty() {
        return String::new();
    }
    let rows = cluster.pools.iter().map(|pool| {
        let share = if cluster.cost_usd > 0.0 {
            percent(pool.cost_usd / cluster.cost_usd)
        } else {
            String::new()
        };
        let numbers = vec![
            number(pool.nodes_mean),
            count(u64::from(pool.nodes_max)),
            number(pool.node_hours),
            money(pool.cost_usd),
            share,
        ];
        (vec![escape(&pool.name), escape(&pool.shape)], numbers)
    });
    let pools = table(
        &["pool", "shape"],
        &["nodes, mean", "most", "node-hours", "cost", "of all cost"],
        rows,
    );
    let waits = match cluster.pod_pending.count {
        0 => String::new(),
        n => format!(
            "<p class=\"note\">{} found a node, half of them within {}, 99% within {}, the last after {}.</p>",
            format::plural(n, "pod", "pods"),
            duration(cluster.pod_pending.p50),
            duration(cluster.pod_pending.p99),
            duration(cluster.pod_pending.max)
        ),
    };
    let note = means_of(intervals);
    format!(
        "<section aria-labelledby=\"h-pools\"><h2 id=\"h-pools\">Pools</h2>{note}{pools}{waits}</section>\n"
    )
}

/// What CPU limits and busy nodes have cost; empty where they could cost nothing.
pub(super) fn cpu(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let rows = cpu::rows(outcome);
    if rows.is_empty() {
        return String::new();
    }
    let rows = rows.into_iter().map(|(texts, numbers)| {
        let texts = texts.iter().map(|text| escape(text)).collect();
        (texts, numbers)
    });
    let table = table(&cpu::TEXTS, &cpu::NUMBERS, rows);
    let note = means_of(intervals);
    format!(
        "<section aria-labelledby=\"h-cpu\"><h2 id=\"h-cpu\">CPU</h2>{note}\
         <p class=\"note\">Limits in CPUs. Kept exactly, a container stops when its quota of the 100 ms period is used up; in \
         the fluid mode it goes on at a steady rate, and times of short requests are too long. Times are summed over all \
         pods.</p>{table}</section>\n"
    )
}

/// Who calls whom; empty where nobody does.
pub(super) fn calls(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    let rows = calls::rows(outcome);
    if rows.is_empty() {
        return String::new();
    }
    let bottleneck = calls::bottleneck(outcome);
    let sentence = bottleneck.as_ref().map_or_else(String::new, |known| {
        format!("<p class=\"worst\">{}</p>", escape(&known.sentence))
    });
    let picture = call_graph::picture(outcome, bottleneck.as_ref());
    let rows = rows.into_iter().map(|(texts, numbers)| {
        let texts = texts.iter().map(|text| escape(text)).collect();
        (texts, numbers)
    });
    let table = table(&calls::TEXTS, &calls::NUMBERS, rows);
    let note = means_of(intervals);
    format!(
        "<section aria-labelledby=\"h-calls\"><h2 id=\"h-calls\">Calls between workloads</h2>{note}{sentence}{picture}\
         <p class=\"note\">Boxes: time of a request with all its calls, and slots in use. Lines: calls a second, mean time \
         until the answer and 95th percentile, as the caller sees them; the thicker, the more calls. \
         Every kind of call is a row of <code>calls.csv</code>.</p>{table}</section>\n"
    )
}

/// What faults came to; empty without any.
pub(super) fn faults(outcome: &Outcome) -> String {
    let rows = faults::rows(outcome);
    if rows.is_empty() {
        return String::new();
    }
    let rows = rows.into_iter().map(|(texts, numbers)| {
        let texts = texts.iter().map(|text| escape(text)).collect();
        (texts, numbers)
    });
    let table = table(&faults::TEXTS, &faults::NUMBERS, rows);
    format!(
        "<section aria-labelledby=\"h-faults\"><h2 id=\"h-faults\">Faults</h2><p class=\"note\">From each beginning until as \
         many replicas answered as before, or as were wanted then. Every one is a row of <code>faults.csv</code>.</p>{table}\
         </section>\n"
    )
}

/// What a person had to do; empty where there can be nothing.
pub(super) fn by_hand(outcome: &Outcome, intervals: Option<&Intervals>) -> String {
    by_hand::told(outcome, intervals).map_or_else(String::new, |told| {
        format!(
            "<section aria-labelledby=\"h-by-hand\"><h2 id=\"h-by-hand\">By hand</h2><p>{}.</p><p class=\"note\">Each step is \
             a row of <code>decisions.csv</code>.</p></section>\n",
            escape(told.trim_start_matches("By hand: "))
        )
    })
}

/// Says of a table whose numbers are means that they are.
fn means_of(intervals: Option<&Intervals>) -> String {
    intervals.map_or_else(String::new, |intervals| {
        format!(
            "<p class=\"note one\">Means of {} replications; their intervals are in <code>summary.csv</code>.</p>",
            count(intervals.replications())
        )
    })
}

/// What became of requests; with `linked`, with what calls between workloads bring about.
fn fates(r: &RequestCounts, linked: bool) -> Vec<String> {
    let mut fates = vec![
        count(r.arrived),
        count(r.attempts),
        r.success_ratio()
            .map_or_else(|| format::NOTHING.to_owned(), percent),
        count(r.refused),
        count(r.timed_out),
        count(r.abandoned),
        count(r.lost),
    ];
    if linked {
        fates.extend([count(r.call_failed), count(r.cancelled)]);
    }
    fates.push(count(r.unfinished));
    fates
}

fn quantiles(q: &Quantiles) -> Vec<String> {
    let picks: [fn(&Quantiles) -> f64; 6] =
        [|q| q.mean, |q| q.p50, |q| q.p95, |q| q.p99, |q| q.p999, |q| q.max];
    picks.iter().map(|pick| quantile(q, pick)).collect()
}

fn quantile(q: &Quantiles, pick: impl Fn(&Quantiles) -> f64) -> String {
    if q.count == 0 {
        format::NOTHING.to_owned()
    } else {
        duration(pick(q))
    }
}

fn share(ratio: f64, of: u64) -> String {
    if of == 0 {
        format::NOTHING.to_owned()
    } else {
        percent(ratio)
    }
}

/// A code as words: `node_scaling` → `node scaling`. HTML.
fn words(code: &str) -> String {
    escape(&code.replace('_', " "))
}

/// A table of text columns, then number columns. Cells are HTML; headers are ours.
fn table(texts: &[&str], numbers: &[&str], rows: impl Iterator<Item = (Vec<String>, Vec<String>)>) -> String {
    let head: String = texts
        .iter()
        .map(|name| format!("<th scope=\"col\">{name}</th>"))
        .chain(
            numbers
                .iter()
                .map(|name| format!("<th scope=\"col\" class=\"n\">{name}</th>")),
        )
        .collect();
    let row = |(texts, numbers): (Vec<String>, Vec<String>)| {
        let texts = texts.iter().enumerate().map(|(i, cell)| match i {
            0 => format!("<th scope=\"row\">{cell}</th>"),
            _ => format!("<td>{cell}</td>"),
        });
        let numbers = numbers.iter().map(|cell| format!("<td class=\"n\">{cell}</td>"));
        format!("<tr>{}</tr>", texts.chain(numbers).collect::<String>())
    };
    let body: String = rows.map(row).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
        texts.first().unwrap_or(&"table")
    )
}

//! `report.html`: one file, offline, the answer first, then the evidence, then how to repeat it.
//!
//! Knows the order of the page and its frame. Must not know the simulator: everything shown is handed in.

mod call_graph;
mod charts;
mod data;
mod tables;
mod tiles;

use std::path::Path;

use super::answer::{self, State};
use super::atomic::{WriteError, write_atomically};
use super::averaged::averaged;
use super::format;
use super::html::{escape, script_json, story};
use super::series::Series;
use super::strip::{self, Strip};
use super::summary::Intervals;
use crate::sim::outcome::Outcome;

const CSS: &str = include_str!("page/page.css");
const JS: &str = include_str!("page/page.js");
const UPLOT_CSS: &str = include_str!("page/vendor/uPlot.min.css");
const UPLOT_JS: &str = include_str!("page/vendor/uPlot.iife.min.js");

/// What a page shows.
#[derive(Clone, Copy, Debug)]
pub struct PageInput<'a> {
    /// What the run came to.
    pub outcome: &'a Outcome,
    /// How it went.
    pub series: &'a Series,
    /// Means and intervals, if `outcome` is one replication of several.
    pub intervals: Option<&'a Intervals>,
    /// The command that repeats it: `tonnage run black-friday.yaml --seed 7`.
    pub command: Option<&'a str>,
}

/// Writes the page.
///
/// # Errors
/// If the file cannot be written; the old one is left as it was then.
pub fn write(path: &Path, input: &PageInput) -> Result<(), WriteError> {
    write_atomically(path, render(input).as_bytes())
}

/// The page as text. The same input gives the same bytes.
#[must_use]
pub fn render(input: &PageInput) -> String {
    let outcome = input.outcome;
    // Numbers are the means over replications; what happened when can only be one replication's, and says so.
    let means = match input.intervals {
        Some(intervals) => &averaged(outcome, intervals),
        None => outcome,
    };
    let one = &one_of(input);
    let body = [
        header(means),
        tiles::objectives(means),
        tiles::tiles(means, input.intervals),
        tables::calls(means, input.intervals),
        tables::cpu(means, input.intervals),
        tables::jobs(means, input.intervals),
        tables::faults(outcome),
        tables::by_hand(means, input.intervals),
        tiles::warnings(outcome, one),
        charts::section(outcome, input.series, one),
        strip_section(outcome, input.series, one),
        tables::decisions(input.series, one),
        tables::workloads(means, input.intervals),
        tables::pools(means, input.intervals),
        origin(input),
    ];
    let data = data::of(outcome, input.series);
    let scripts = format!(
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>{UPLOT_JS}</script>\n<script>{JS}</script>",
        script_json(&data)
    );
    frame(
        &outcome.scenario,
        &format!("{UPLOT_CSS}\n{CSS}"),
        &body.concat(),
        &scripts,
    )
}

/// A whole document; `title` is text, everything else is HTML.
pub(super) fn frame(title: &str, css: &str, body: &str, scripts: &str) -> String {
    // The policy lets nothing in or out: a page that is sent around cannot be made to call home.
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{} · Tonnage</title>\n<style>{css}</style>\n</head>\n<body>\n{body}\n{scripts}\n</body>\n</html>\n",
        escape(title)
    )
}

/// The plain style of a page, for the comparison's.
pub(super) fn css() -> &'static str {
    CSS
}

fn header(outcome: &Outcome) -> String {
    let answer = answer::answer(outcome);
    let (class, mark, word) = match answer.state {
        State::Met => ("met", "✓", "All objectives met."),
        State::Missed => ("missed", "✗", "Objectives missed."),
        State::NoObjectives => ("open", "", ""),
    };
    let mark = if mark.is_empty() {
        String::new()
    } else {
        format!(
            "<span class=\"mark\" aria-hidden=\"true\">{mark}</span><span class=\"unseen\">{word} </span>"
        )
    };
    let short = answer::cut_short(outcome).map_or_else(String::new, |note| {
        format!("<p class=\"cut-short\" role=\"note\">{}</p>", escape(&note))
    });
    let story = story(&outcome.story);
    format!(
        "<a class=\"skip\" href=\"#charts\">Skip to the charts</a>\n<header class=\"{class}\">\
         <p class=\"eyebrow\">{} <span>{} simulated</span></p><h1>{mark}{}</h1>{story}{short}</header>\n<main>\n",
        escape(&outcome.scenario),
        format::duration(outcome.duration_s),
        escape(&answer.sentence)
    )
}

/// What stands above a part of the page that shows one replication of several; empty where there is one run only.
fn one_of(input: &PageInput) -> String {
    input.intervals.map_or_else(String::new, |intervals| {
        format!(
            "<p class=\"note one\">Replication {} alone, one of {}.</p>",
            input.outcome.replication,
            format::count(intervals.replications())
        )
    })
}

fn strip_section(outcome: &Outcome, series: &Series, one: &str) -> String {
    let Some(Strip { svg, notes }) = strip::strip(outcome, series) else {
        return String::new();
    };
    let keys = [
        ("s-boot", "node booting"),
        ("s-ready", "node ready"),
        ("s-wait", "pod without a node"),
        ("s-start", "pulling and starting"),
        ("s-run", "pod ready"),
        ("s-stop", "terminating"),
    ];
    let key = |(class, words): (&str, &str)| {
        format!(
            "<li><svg width=\"18\" height=\"10\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"18\" height=\"10\"/></svg>{words}</li>"
        )
    };
    let notes: String = notes
        .iter()
        .map(|note| format!("<p class=\"note\">{}</p>", escape(note)))
        .collect();
    format!(
        "<section aria-labelledby=\"h-strip\"><h2 id=\"h-strip\">Nodes and pods</h2>{one}<ul class=\"keys\">{}</ul>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Nodes and pods over time\">{svg}</div>{notes}\
         </section>\n",
        keys.map(key).concat()
    )
}

fn origin(input: &PageInput) -> String {
    let outcome = input.outcome;
    let assumptions: String = outcome
        .assumptions
        .iter()
        .map(|a| format!("<li>{}</li>", escape(a)))
        .collect();
    let assumptions = match assumptions.as_str() {
        "" => String::new(),
        list => format!("<h3>What the model takes for granted</h3><ul>{list}</ul>"),
    };
    let command = input.command.map_or_else(String::new, |command| {
        format!(
            "<h3>To repeat it</h3><pre tabindex=\"0\"><code>{}</code></pre>",
            escape(command)
        )
    });
    let stopped = match outcome.stopped.as_str() {
        "horizon" => "at the end of its duration",
        "exhausted" => "when nothing was left to happen",
        "event_limit" => "at its limit of events",
        "cancelled" => "when it was interrupted",
        "stopped" => "when it was stopped",
        "failed" => "when it failed",
        other => other,
    };
    let replication = match input.intervals {
        Some(intervals) => format!(
            "{} run; events, digest and all that is drawn are of number {}",
            intervals.replications(),
            outcome.replication
        ),
        None => outcome.replication.to_string(),
    };
    let facts = [
        ("Simulated", format::duration(outcome.duration_s)),
        ("Left out as warm-up", format::duration(outcome.warmup_s)),
        ("Ended", stopped.to_owned()),
        ("Events", format::count(outcome.events)),
        ("Seed", outcome.seed.to_string()),
        ("Replication", replication),
        ("Placement", outcome.cluster.placement.clone()),
        ("Node scaling", outcome.cluster.node_scaling.clone()),
        ("Tonnage", outcome.version.clone()),
        ("Digest", outcome.digest.clone()),
    ];
    let facts: String = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!(
        "<section aria-labelledby=\"h-origin\"><h2 id=\"h-origin\">How this came about</h2><dl class=\"facts\">{facts}</dl>\
         {command}{assumptions}</section>\n</main>\n<footer>Every number on this page is in <code>summary.csv</code>, \
         <code>timeseries.csv</code>, <code>cluster.csv</code>, <code>decisions.csv</code>, <code>pods.csv</code> and \
         <code>nodes.csv</code> beside it.</footer>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn page(outcome: &Outcome, series: &Series, intervals: Option<&Intervals>) -> String {
        render(&PageInput {
            outcome,
            series,
            intervals,
            command: Some("tonnage run black-friday.yaml --seed 7"),
        })
    }

    #[test]
    fn a_page_is_one_small_file_that_fetches_nothing() {
        let html = page(&sample::outcome(), &sample::series(), None);
        assert!(html.len() < 600_000, "{}", html.len());
        let own = html
            .replace(UPLOT_JS, "")
            .replace("http://www.w3.org/2000/svg", "");
        for fetch in ["http://", "https://", "src=", "@import", "url(\"", "fetch("] {
            assert!(!own.contains(fetch), "{fetch}");
        }
    }

    #[test]
    fn a_full_page_stays_under_a_megabyte() {
        let (mut outcome, mut series) = (sample::outcome(), sample::series());
        series.workloads[0].points = series.workloads[0]
            .points
            .iter()
            .cycle()
            .take(2000)
            .cloned()
            .collect();
        series.cluster = series.cluster.iter().cycle().take(2000).cloned().collect();
        for i in 0..30 {
            let mut extra = series.workloads[0].clone();
            extra.name = format!("extra-{i}");
            outcome.workloads.push(crate::sim::outcome::WorkloadOutcome {
                name: extra.name.clone(),
                ..outcome.workloads[0].clone()
            });
            series.workloads.push(extra);
        }
        series.decisions.kept = series.decisions.kept.iter().cycle().take(1500).cloned().collect();
        series.pods.kept = series.pods.kept.iter().cycle().take(2000).cloned().collect();
        let html = page(&outcome, &series, None);
        assert!(html.len() < 1_000_000, "{}", html.len());
    }

    #[test]
    fn hostile_names_stay_text_everywhere() {
        let evil = "</script><b onclick=alert(1)>";
        let (mut outcome, mut series) = (sample::outcome(), sample::series());
        outcome.scenario = evil.into();
        outcome.story = evil.into();
        outcome.digest = evil.into();
        outcome.stopped = evil.into();
        outcome.assumptions.push(evil.into());
        outcome.warnings[0].what = evil.into();
        outcome.warnings[0].help = evil.into();
        outcome.objectives[0].objective = format!("{evil}: p99 latency at most 300ms");
        outcome.objectives[0].measured = evil.into();
        outcome.workloads[0].name = evil.into();
        outcome.workloads[0].routing = evil.into();
        outcome.workloads[0].pod_scaling = evil.into();
        outcome.workloads[0].classes[0].name = evil.into();
        outcome.cluster.pools[0].name = evil.into();
        outcome.cluster.pools[0].shape = evil.into();
        outcome.cluster.placement = evil.into();
        series.workloads[0].name = evil.into();
        series.tally[0].policy = evil.into();
        for decision in &mut series.decisions.kept {
            decision.subject = evil.into();
            decision.reason = evil.into();
        }
        for pod in &mut series.pods.kept {
            pod.pod = evil.into();
            pod.workload = evil.into();
        }
        for node in &mut series.nodes.kept {
            node.node = evil.into();
            node.pool = evil.into();
        }
        let html = render(&PageInput {
            outcome: &outcome,
            series: &series,
            intervals: None,
            command: Some(evil),
        });
        assert!(!html.contains("<b onclick"), "a name became markup");
        assert_eq!(html.matches("</script>").count(), 3, "a name ended a script");
    }

    #[test]
    fn data_in_the_page_is_json() {
        let html = page(&sample::outcome(), &sample::series(), None);
        let json = html
            .split("id=\"data\">")
            .nth(1)
            .unwrap()
            .split("</script>")
            .next()
            .unwrap();
        let data: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(data["workloads"][0]["name"], "shop");
        assert_eq!(data["workloads"][0]["bounds"]["p99"], 0.3);
    }

    #[test]
    fn the_answer_and_the_tiles_keep_their_words() {
        let html = page(&sample::outcome(), &sample::series(), Some(&sample::intervals()));
        let start = html.find("<header").unwrap();
        let end = html.find("<section id=\"charts\"").unwrap();
        insta::assert_snapshot!("page_answer", html[start..end].replace("><", ">\n<"));
    }

    #[test]
    fn a_run_without_objectives_requests_or_machines_shows_no_empty_section() {
        let html = page(&sample::silent(), &Series::default(), None);
        for absent in [
            "h-charts",
            "h-strip",
            "h-decisions",
            "h-pools",
            "h-objectives",
            "<h3>Cost",
            "NaN",
        ] {
            assert!(
                !html
                    .replace(JS, "")
                    .replace(CSS, "")
                    .replace(UPLOT_JS, "")
                    .contains(absent),
                "{absent}"
            );
        }
        assert!(html.contains("no requests were made"));
    }

    #[test]
    fn numbers_that_are_none_are_shown_as_none() {
        let (mut outcome, mut series) = (sample::outcome(), sample::series());
        outcome.duration_s = 0.0;
        outcome.objectives[0].value = f64::NAN;
        outcome.cluster.cost_usd_per_month = f64::INFINITY;
        outcome.workloads[0].latency.p99 = f64::NAN;
        series.cluster[0].cpu_reserved_mean = f64::NAN;
        series.workloads[0].points[0].arrivals_per_s = f64::INFINITY;
        let html = page(&outcome, &series, None)
            .replace(JS, "")
            .replace(UPLOT_JS, "");
        assert!(!html.contains("NaN") && !html.contains("inf<") && !html.contains("inf "));
        for svg in [
            crate::report::plots::replicas(&outcome, &series),
            crate::report::plots::nodes(&outcome, &series),
        ] {
            sample::assert_well_formed(&svg.unwrap());
        }
    }

    #[test]
    fn every_element_is_closed() {
        let html = page(&sample::outcome(), &sample::series(), Some(&sample::intervals()));
        let body = html
            .split("<body>")
            .nth(1)
            .unwrap()
            .split("<script type")
            .next()
            .unwrap();
        // Elements that have no end in HTML but would need one in XML.
        let body = body.replace("<br>", "").replace("checked>", "checked=\"\"/>");
        let body = regex_free_void(&body, "<input");
        sample::assert_well_formed(&body);
    }

    fn regex_free_void(html: &str, tag: &str) -> String {
        let mut out = String::new();
        let mut rest = html;
        while let Some(at) = rest.find(tag) {
            let end = at + rest[at..].find('>').unwrap() + 1;
            out.push_str(&rest[..at]);
            rest = &rest[end..];
        }
        out + rest
    }
}

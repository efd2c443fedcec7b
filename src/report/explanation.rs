//! Why something was so at one moment of a run: what was decided about it up to then, the last decision last, each with
//! its reason; for a pod its life, and how the nodes compared when it got one.
//!
//! Knows: rows of a run as plain data. Must not know: where they come from, or which of them matter.

use super::format::{clock, duration, plural};
use super::terminal::{Sheet, plain, wrapped};
use crate::sim::rows::{DecisionRow, PlacementRow, PodRow};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is told of a workload, a pod, a node or a pool.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The scenario's name.
    pub scenario: String,
    /// The run's seed.
    pub seed: u64,
    /// Whom it is about.
    pub subject: String,
    /// The moment, seconds since the start.
    pub at_s: f64,
    /// A workload's replicas then.
    pub replicas: Option<ReplicasThen>,
    /// Whether its pods, or the pod, are those of Jobs.
    pub of_jobs: bool,
    /// The pod then or at its end, if it is about one.
    pub pod: Option<PodRow>,
    /// How the nodes compared when that pod got one, if its placement policy compares them.
    pub placement: Option<PlacementRow>,
    /// Why pods that waited for a node were not tried then, by the pod's name.
    pub waits_because: BTreeMap<String, String>,
    /// A workload's pods that did not take requests then.
    pub unready: Vec<PodRow>,
    /// What was decided about it, question by question, in order of time within each.
    pub chapters: Vec<Chapter>,
}

/// A workload's replicas at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicasThen {
    /// Wanted.
    pub desired: u64,
    /// Taking requests.
    pub ready: u64,
    /// Pulling images or starting.
    pub starting: u64,
    /// Without a node.
    pub pending: u64,
}

/// The decisions about one question.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter {
    /// The question: `pod_scaling`, `pod_sizing`, `placement` …
    pub question: &'static str,
    /// The last decisions.
    pub decisions: Vec<DecisionRow>,
    /// How many came before those.
    pub earlier: u64,
}

/// Pods that are told one by one.
const PODS_MAX: usize = 10;

impl Explanation {
    /// For people.
    #[must_use]
    pub fn text(&self, sheet: Sheet) -> String {
        let (style, width) = (sheet.style, sheet.width);
        let mut lines = vec![style.bold(&self.headline())];
        let mut section = |title: &str, body: Vec<String>| {
            if !body.is_empty() {
                lines.push(String::new());
                lines.push(style.bold(title));
                lines.extend(body);
            }
        };
        if let Some(pod) = &self.pod {
            section("Its life", life(pod));
            let why = self.waits_because.get(&pod.pod);
            let told = why.map(|why| wrapped(&format!("  It {}.", plain(why)), "  ", width));
            section("Why it is not tried now", told.unwrap_or_default());
        }
        if let Some(placement) = &self.placement {
            let title = format!("Why {}", plain(&placement.node));
            section(&title, compared(placement, width));
        }
        for chapter in &self.chapters {
            let mut body: Vec<String> = chapter
                .decisions
                .iter()
                .flat_map(|row| told(row, &self.subject, width))
                .collect();
            if chapter.earlier > 0 {
                let earlier = plural(chapter.earlier, "earlier decision", "earlier decisions");
                body.insert(0, style.dim(&format!("  {earlier}: more with --last")));
            }
            section(title(chapter.question), body);
        }
        let mut unready: Vec<String> = self
            .unready
            .iter()
            .take(PODS_MAX)
            .flat_map(|pod| waits_for(pod, self.waits_because.get(&pod.pod), width))
            .collect();
        if self.unready.len() > PODS_MAX {
            unready.push(format!("  and {} more", self.unready.len() - PODS_MAX));
        }
        let idle = if self.of_jobs {
            "Pods that do not work"
        } else {
            "Pods that take no requests"
        };
        section(idle, unready);
        lines.push(String::new());
        lines.push(style.dim(&format!("{} · seed {}", plain(&self.scenario), self.seed)));
        lines.join("\n")
    }

    fn headline(&self) -> String {
        let when = format!("{} at {}", plain(&self.subject), clock(self.at_s));
        if let Some(replicas) = self.replicas {
            let states = [
                (
                    replicas.ready,
                    if self.of_jobs { "work" } else { "take requests" },
                ),
                (replicas.starting, "start"),
                (replicas.pending, "wait for a node"),
            ];
            let states = states.iter().filter(|(count, _)| *count > 0);
            let states: Vec<String> = states.map(|(count, what)| format!("{count} {what}")).collect();
            let wanted = match self.of_jobs {
                true => plural(replicas.desired, "pod wanted", "pods wanted"),
                false => plural(replicas.desired, "replica wanted", "replicas wanted"),
            };
            return match states.is_empty() {
                true => format!("{when}: {wanted}"),
                false => format!("{when}: {wanted}; {}", states.join(", ")),
            };
        }
        match &self.pod {
            Some(pod) if pod.ended_s.is_some() => format!("{when}: gone ({})", pod.end),
            Some(pod) if pod.terminating_s.is_some() => format!("{when}: was asked to stop"),
            Some(pod) if pod.ready_s.is_some() && self.of_jobs => format!("{when}: works"),
            Some(pod) if pod.ready_s.is_some() => format!("{when}: takes requests"),
            Some(pod) if pod.pulled_s.is_some() => format!("{when}: starts"),
            Some(pod) if pod.bound_s.is_some() => format!("{when}: pulls its images"),
            Some(_) => format!("{when}: waits for a node"),
            None => when,
        }
    }
}

/// The steps of a pod's life with their times, and how long each took.
fn life(pod: &PodRow) -> Vec<String> {
    let steps = [
        ("created", Some(pod.created_s)),
        ("bound", pod.bound_s),
        ("pulled", pod.pulled_s),
        ("ready", pod.ready_s),
        ("asked to stop", pod.terminating_s),
        (pod.end, pod.ended_s),
    ];
    let mut before = None;
    let mut lines = Vec::new();
    for (step, at) in steps {
        let Some(at) = at else { continue };
        let took = before.map_or_else(String::new, |before: f64| {
            format!("after {}", duration(at - before))
        });
        let on = match step {
            "bound" => format!("to {}, ", plain(&pod.node)),
            _ => String::new(),
        };
        lines.push(
            format!("  {:<12}{step} {on}{took}", clock(at))
                .trim_end()
                .to_owned(),
        );
        before = Some(at);
    }
    lines
}

/// The nodes as they compared, the chosen one marked.
fn compared(row: &PlacementRow, width: usize) -> Vec<String> {
    let longest = row
        .nodes
        .iter()
        .map(|node| plain(&node.node).chars().count())
        .max();
    let longest = longest.unwrap_or(0);
    let mut lines = Vec::new();
    for node in &row.nodes {
        let mark = if node.node == row.node { "→" } else { " " };
        let terms = row
            .criteria
            .iter()
            .zip(&node.scores)
            .map(|(&(name, weight), score)| match weight {
                1 => format!("{name} {score}"),
                _ => format!("{name} {score} × {weight}"),
            });
        let sum: Vec<String> = terms.collect();
        let line = format!(
            "  {mark} {:<longest$}  {:>4} = {}",
            plain(&node.node),
            node.total,
            sum.join(" + ")
        );
        let indent = " ".repeat(longest + 13);
        lines.extend(wrapped(&line, &indent, width));
    }
    if row.feasible > row.nodes.len() {
        let more = (row.feasible - row.nodes.len()) as u64;
        lines.push(format!(
            "  and {} that took it",
            plural(more, "more node", "more nodes")
        ));
    }
    if row.refused > 0 {
        let refused = plural(row.refused as u64, "node", "nodes");
        lines.extend(wrapped(
            &format!("  {refused} did not take it: {}", row.refusals),
            "    ",
            width,
        ));
    }
    if row.skipped > 0 {
        let skipped = plural(row.skipped as u64, "node was", "nodes were");
        lines.push(format!("  {skipped} not looked at: enough had been found"));
    }
    lines
}

/// One decision: when, what, and why below it. `about` is who is not named again.
fn told(row: &DecisionRow, about: &str, width: usize) -> Vec<String> {
    let what = match (row.action, row.from, row.to) {
        ("scale" | "launch" | "remove", Some(from), Some(to)) => format!("{} {from} → {to}", row.action),
        ("hold", _, Some(to)) => format!("hold at {to}"),
        (action, ..) => action.to_owned(),
    };
    let whom = match row.subject == about {
        true => String::new(),
        false => format!(" {}", plain(&row.subject)),
    };
    let again = match row.count {
        1 => String::new(),
        count => format!(", {count} times until {}", clock(row.last_time_s)),
    };
    let result = match row.result.as_str() {
        "done" => String::new(),
        result => format!(" ({})", plain(result)),
    };
    let (when, policy) = (clock(row.time_s), plain(&row.policy));
    let mut lines = wrapped(
        &format!("  {when}  {policy}: {what}{whom}{again}{result}"),
        "      ",
        width,
    );
    lines.extend(wrapped(&format!("      {}", plain(&row.reason)), "      ", width));
    lines
}

fn title(question: &str) -> &str {
    match question {
        "pod_scaling" => "Why so many replicas",
        "job" => "What becomes of its Jobs",
        "pod_sizing" => "Why this size",
        "placement" => "Why there, or why it waits",
        "node_scaling" => "Why these machines",
        "admission" => "Why it was let in, or not",
        "eviction" => "Why it was evicted",
        "restart" => "Why its containers were started again",
        "by_hand" => "What a person did",
        other => other,
    }
}

fn waits_for(pod: &PodRow, because: Option<&String>, width: usize) -> Vec<String> {
    let name = plain(&pod.pod);
    let node = plain(&pod.node);
    let state = match (pod.terminating_s, pod.bound_s, pod.pulled_s) {
        (Some(since), ..) => format!("finishes what it has on {node} since {}", clock(since)),
        (None, None, _) => format!("waits for a node since {}", clock(pod.created_s)),
        (None, Some(since), None) => format!("pulls its images on {node} since {}", clock(since)),
        (None, Some(_), Some(since)) => format!("starts on {node} since {}", clock(since)),
    };
    let because = because.map_or_else(String::new, |why| format!("; it {}", plain(why)));
    wrapped(&format!("  {name} {state}{because}"), "    ", width)
}

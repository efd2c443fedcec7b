//! `explain`: why was it so, then?
//!
//! Repeats the run up to the moment asked for, keeps what was decided about one subject, and has it told.

use super::arguments::{ExplainArgs, Format, LAST_MAX};
use super::origin::Origin;
use super::progress::Progress;
use super::tables::csv;
use super::{Context, Exit, Failure, interrupt, load};
use crate::engine::{Span, Time};
use crate::model::units::Duration;
use crate::report::format::clock;
use crate::report::{Chapter, Explanation, ReplicasThen};
use crate::sim::rows::{DecisionRow, PlacementRow, PodRow, Sink};
use crate::sim::{Scenario, Simulation};
use serde_json::to_value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering;

/// The run is looked at for a wish to stop, and its progress told, so many times.
const STEPS: u32 = 200;
/// The order in which questions are told; others come after.
const QUESTIONS: [&str; 8] = [
    "job",
    "pod_scaling",
    "pod_sizing",
    "admission",
    "placement",
    "restart",
    "node_scaling",
    "by_hand",
];

pub(super) fn explain(args: &ExplainArgs, context: &Context) -> Result<Exit, Failure> {
    let chosen = load::scenario(Some(&args.file), &args.overrides, args.traces.as_ref(), context)?;
    let scenario = match &args.variant {
        Some(name) => chosen.variant(name)?,
        None => chosen.baseline.clone(),
    };
    let subject = Subject::of(&args.subject, &scenario)?;
    let end = scenario.duration;
    let at = args.at.map_or(end, Duration::span);
    if at > end {
        let what = format!("--at {}: the run ends at {end}", args.at.unwrap_or_default());
        return Err(Failure::usage(what));
    }
    let seed = args.seed.unwrap_or(scenario.seed);
    let mut simulation = Simulation::new(scenario.clone(), seed, 0);
    let about_node = subject.workload.is_none();
    let origin = about_node.then(|| Origin::of(&subject.name, &scenario)).flatten();
    let mut kept = Kept::new(subject, origin, args.last);
    if let Some(workload) = kept.subject.workload {
        simulation.explain_placements(workload);
    }
    let (progress, cancelled) = (
        Progress::new(&context.console, &scenario.name),
        interrupt::watched(),
    );
    for step in 1..=STEPS {
        let share = f64::from(step) / f64::from(STEPS);
        let until = if step == STEPS { at } else { at.scaled(share) };
        simulation.step_until(Time::ZERO + until, &mut kept);
        progress.tell(share);
        if cancelled.load(Ordering::Relaxed) {
            return Ok(Exit::Interrupted);
        }
    }
    drop(progress);
    let explanation = told(args, &scenario, seed, at, simulation, kept)?;
    print(&explanation, context)?;
    Ok(Exit::Done)
}

/// Whom an explanation is about.
struct Subject {
    name: String,
    /// Its workload, if it is one or a pod of one.
    workload: Option<usize>,
    workload_name: String,
    is_pod: bool,
}

impl Subject {
    fn of(name: &str, scenario: &Scenario) -> Result<Self, Failure> {
        let workloads = scenario.workloads.iter().map(|workload| workload.name.as_str());
        let owner = |name: &str| {
            scenario
                .workloads
                .iter()
                .position(|workload| workload.name == name)
        };
        let about = |workload: Option<usize>, is_pod| Self {
            name: name.to_owned(),
            workload,
            workload_name: workload.map_or_else(String::new, |index| scenario.workloads[index].name.clone()),
            is_pod,
        };
        if let Some(index) = owner(name) {
            return Ok(about(Some(index), false));
        }
        let pools = scenario.pools.iter().map(|pool| pool.name.as_str());
        let numbered = name
            .rsplit_once('-')
            .filter(|(_, number)| number.parse::<u64>().is_ok());
        let stem = numbered.map(|(stem, _)| stem);
        if let Some(index) = stem.and_then(owner) {
            return Ok(about(Some(index), true));
        }
        if pools.clone().any(|pool| pool == name || Some(pool) == stem) {
            return Ok(about(None, false));
        }
        let names = || workloads.clone().chain(pools.clone());
        Err(load::unknown("workload, pod, pool or node", name, names))
    }

    /// Whether a decision is about it.
    fn concerns(&self, row: &DecisionRow) -> bool {
        let subject = row.subject.as_str();
        let (who, node) = subject.split_once(" on ").unwrap_or((subject, ""));
        if self.is_pod {
            // What its workload was told is told of its pods too: why they wait, why there are so many.
            return who == self.name || who == self.workload_name || names(&row.reason, &self.name);
        }
        match self.workload {
            Some(_) => who == self.workload_name || is_numbered(&self.workload_name, who),
            // Why each node stays is told of the node: of its pool, what came and what went.
            None => {
                who == self.name || node == self.name || is_numbered(&self.name, who) && row.action != "hold"
            }
        }
    }
}

/// Whether `text` names `pod`, and not one whose name only begins with it.
fn names(text: &str, pod: &str) -> bool {
    let mut found = text.match_indices(pod);
    found.any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '-';
        let (before, after) = (&text[..at], &text[at + pod.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// Whether a decision that concerns the pod of this row, or its workload, had to do with the pod: it made it or let it
/// go, had it wait, or was about it alone.
fn bears_on(row: &DecisionRow, subject: &Subject, pod: &PodRow) -> bool {
    if row.subject != subject.workload_name {
        return true;
    }
    let at = |moment: Option<f64>| moment.is_some_and(|moment| (row.time_s - moment).abs() < 1e-9);
    match row.question {
        "placement" => {
            row.last_time_s >= pod.created_s && pod.bound_s.is_none_or(|bound| row.time_s <= bound)
        }
        "admission" => row.time_s <= pod.created_s && row.last_time_s >= pod.created_s,
        _ => row.action != "hold" && (at(Some(pod.created_s)) || at(pod.terminating_s)),
    }
}

/// Whether `name` is that of a pod of the workload, or a node of the pool, that is called `owner`.
fn is_numbered(owner: &str, name: &str) -> bool {
    let number = name.strip_prefix(owner).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// What of a run is kept.
struct Kept {
    subject: Subject,
    /// Which launch to tell, if it is about a node.
    origin: Option<Origin>,
    /// That launch, which is told however long ago it was.
    brought: Option<DecisionRow>,
    last: usize,
    chapters: Vec<(&'static str, VecDeque<DecisionRow>, u64)>,
    pod: Option<PodRow>,
    placement: Option<PlacementRow>,
}

impl Kept {
    fn new(subject: Subject, origin: Option<Origin>, last: usize) -> Self {
        Self {
            origin,
            brought: None,
            // Of what its workload was told, only what had to do with the pod is told, which shows at the end.
            last: if subject.is_pod { LAST_MAX } else { last },
            subject,
            chapters: QUESTIONS.map(|question| (question, VecDeque::new(), 0)).into(),
            pod: None,
            placement: None,
        }
    }

    fn chapter(&mut self, question: &'static str) -> &mut (&'static str, VecDeque<DecisionRow>, u64) {
        let known = self.chapters.iter().position(|chapter| chapter.0 == question);
        let index = known.unwrap_or_else(|| {
            self.chapters.push((question, VecDeque::new(), 0));
            self.chapters.len() - 1
        });
        &mut self.chapters[index]
    }
}

impl Sink for Kept {
    fn decision(&mut self, row: DecisionRow) {
        let origin = self.origin.as_mut();
        if origin.is_some_and(|origin| origin.is_launched_by(&row)) {
            self.brought = Some(row);
            return;
        }
        if !self.subject.concerns(&row) {
            return;
        }
        let last = self.last;
        let (_, rows, earlier) = self.chapter(row.question);
        rows.push_back(row);
        if rows.len() > last {
            rows.pop_front();
            *earlier += 1;
        }
    }

    fn pod(&mut self, row: PodRow) {
        if self.subject.is_pod && row.pod == self.subject.name {
            self.pod = Some(row);
        }
    }

    fn placement(&mut self, row: PlacementRow) {
        if self.subject.is_pod && row.pod == self.subject.name {
            self.placement = Some(row);
        }
    }
}

fn told(
    args: &ExplainArgs,
    scenario: &Scenario,
    seed: u64,
    at: Span,
    simulation: Simulation,
    mut kept: Kept,
) -> Result<Explanation, Failure> {
    // A pod is told of itself; of its workload only what bears on it.
    let workload = kept.subject.workload.filter(|_| !kept.subject.is_pod);
    let replicas = workload.map(|index| {
        let state = simulation.workload(index);
        ReplicasThen {
            desired: state.desired.into(),
            ready: state.ready,
            starting: state.starting,
            pending: state.pending,
        }
    });
    let mut unready = workload.map_or_else(Vec::new, |index| simulation.pods_of(index));
    unready.retain(|pod| pod.ready_s.is_none() || pod.terminating_s.is_some());
    unready.sort_by(|a, b| a.created_s.total_cmp(&b.created_s));
    let waits_because = kept
        .subject
        .workload
        .map_or_else(BTreeMap::new, |index| simulation.waits_because(index));
    // Open runs of holds are told now.
    simulation.finish(Some(&mut kept));
    let name = &kept.subject.name;
    if kept.subject.is_pod && kept.pod.is_none() {
        let of = &kept.subject.workload_name;
        let what = format!("no pod is named `{name}` up to {}", clock(at.secs_f64()));
        return Err(Failure::usage(what).help(Some(format!("`tonnage explain … {of}` tells of all of {of}"))));
    }
    if let Some(pod) = &kept.pod {
        for (_, rows, earlier) in &mut kept.chapters {
            rows.retain(|row| bears_on(row, &kept.subject, pod));
            let dropped = rows.len().saturating_sub(args.last);
            rows.drain(..dropped);
            *earlier = dropped as u64;
        }
    }
    let is_batch = |index: usize| scenario.workloads[index].batch.is_some();
    let of_jobs = kept.subject.workload.is_some_and(is_batch);
    if let Some(launch) = kept.brought.take() {
        let (_, rows, _) = kept.chapter(launch.question);
        rows.push_front(launch);
    }
    let chapters = kept.chapters.into_iter().filter(|(_, rows, _)| !rows.is_empty());
    Ok(Explanation {
        scenario: match &args.variant {
            Some(variant) => format!("{} · {variant}", scenario.name),
            None => scenario.name.clone(),
        },
        seed,
        waits_because,
        subject: kept.subject.name,
        at_s: at.secs_f64(),
        replicas,
        of_jobs,
        pod: kept.pod,
        placement: kept.placement,
        unready,
        chapters: chapters
            .map(|(question, rows, earlier)| Chapter {
                question,
                decisions: rows.into(),
                earlier,
            })
            .collect(),
    })
}

fn print(explanation: &Explanation, context: &Context) -> Result<(), Failure> {
    let console = &context.console;
    match console.format() {
        Format::Table if console.silent() => Ok(()),
        Format::Table => console.print(&explanation.text(console.sheet())),
        Format::Json => {
            let value = to_value(explanation).map_err(|error| Failure::Running(error.into()))?;
            console.print_json(&value)
        }
        Format::Csv => {
            let header = [
                "time_s",
                "last_time_s",
                "count",
                "question",
                "policy",
                "subject",
                "action",
                "from",
                "to",
                "result",
                "reason",
            ];
            let number = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
            let rows = explanation
                .chapters
                .iter()
                .flat_map(|chapter| &chapter.decisions)
                .map(|row| {
                    vec![
                        row.time_s.to_string(),
                        row.last_time_s.to_string(),
                        row.count.to_string(),
                        row.question.to_owned(),
                        row.policy.clone(),
                        row.subject.clone(),
                        row.action.to_owned(),
                        number(row.from),
                        number(row.to),
                        row.result.clone(),
                        row.reason.clone(),
                    ]
                });
            console.print(&csv(&header, rows))
        }
    }
}

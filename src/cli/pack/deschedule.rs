//! `pack --state --deschedule`: what one pass of the descheduler evicts, and where the scheduler puts it.

use super::free_nodes::moves_table;
use super::shown::Shown;
use super::thresholds::{self, Percentages};
use super::written::Files;
use super::{Context, Exit, Failure, PackArgs};
use crate::cli::folder::Kind;
use crate::cli::tables::columns;
use crate::platform::kubernetes::descheduler::{
    Classified, Idle, Kept, Level, Pass, Strategy, Thresholds, pass,
};
use crate::report::{format, standing as report};
use crate::sim::Scenario;
use crate::sim::standing::{Replaced, Standing, replace_evicted};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// The plugin by its name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Plugin {
    /// Pods leave overfull nodes while others are hardly used
    LowNodeUtilization,
    /// Pods leave nodes that are hardly used
    HighNodeUtilization,
}

impl Plugin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::LowNodeUtilization => "low_node_utilization",
            Self::HighNodeUtilization => "high_node_utilization",
        }
    }

    const fn strategy(self) -> Strategy {
        match self {
            Self::LowNodeUtilization => Strategy::LowNodeUtilization,
            Self::HighNodeUtilization => Strategy::HighNodeUtilization,
        }
    }
}

/// What is planned, in all its parts.
struct Planned<'a> {
    standing: &'a Standing,
    plugin: Plugin,
    thresholds: Thresholds,
    targets: Thresholds,
    pass: Pass,
    replaced: Vec<Replaced>,
    after: Standing,
    /// The nodes when all that was evicted is somewhere else.
    then: Vec<Classified>,
}

pub(super) fn tell(
    scenario: &Scenario,
    standing: &Standing,
    plugin: Plugin,
    args: &PackArgs,
    context: &Context,
) -> Result<Exit, Failure> {
    let (low, high) = (&args.state.thresholds, &args.state.target_thresholds);
    let (thresholds, targets) = read(plugin, low, high, standing)?;
    let folder = args.folder(Kind::Plan)?;
    let strategy = plugin.strategy();
    let pass_now = pass(standing, strategy, &thresholds, &targets);
    let evicted: Vec<(usize, u64)> = (pass_now.evictions.iter())
        .map(|one| (one.place, one.ticket))
        .collect();
    let placer = &*scenario.placement.policy;
    let (replaced, after) = replace_evicted(standing, &evicted, placer, scenario.seed);
    let planned = Planned {
        standing,
        plugin,
        then: pass(&after, strategy, &thresholds, &targets).nodes,
        pass: pass_now,
        replaced,
        after,
        thresholds,
        targets,
    };
    let plan = planned.shown(args);
    if let Some(folder) = &folder {
        Files::of_plan(&plan).write(folder)?;
    }
    let shown = Shown {
        csv: &|| plan.to_csv(),
        json: &|| planned.as_json(&plan),
        table: &|width| planned.told(&plan, width),
    };
    shown.print(folder.as_ref(), context)?;
    Ok(Exit::Done)
}

/// The thresholds that were asked for, or those of the descheduler's chart.
fn read(
    plugin: Plugin,
    low: &[Percentages],
    high: &[Percentages],
    standing: &Standing,
) -> Result<(Thresholds, Thresholds), Failure> {
    let thresholds = thresholds::read("--thresholds", low, standing)?;
    if plugin == Plugin::HighNodeUtilization && !high.is_empty() {
        let failure = Failure::usage("--target-thresholds: high_node_utilization has none");
        return Err(failure.help(Some("it fills the other nodes up; leave them out")));
    }
    let targets = thresholds::read("--target-thresholds", high, standing)?;
    let thresholds_or =
        |read: Option<Thresholds>, percent: f64| read.unwrap_or_else(|| Thresholds::basic(percent));
    let (thresholds, targets) = (thresholds_or(thresholds, 20.0), thresholds_or(targets, 50.0));
    if plugin == Plugin::LowNodeUtilization {
        thresholds::agree(&thresholds, &targets)?;
    }
    Ok((thresholds, targets))
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Underutilized => "underutilized",
        Level::Overutilized => "overutilized",
        Level::Appropriate => "appropriate",
    }
}

const fn why_idle(idle: Idle) -> &'static str {
    match idle {
        Idle::NoneUnderutilized => "no node is underutilized",
        Idle::AllUnderutilized => "all nodes are underutilized",
        Idle::NoneOverutilized => "no node is above its target",
        Idle::NoneToTakePods => "no other node could take pods",
    }
}

impl Planned<'_> {
    fn count(nodes: &[Classified], level: Level) -> u64 {
        nodes.iter().filter(|node| node.level == level).count() as u64
    }

    /// Why pods leave a node.
    fn reason(&self, place: usize) -> String {
        let node = self.pass.nodes.iter().find(|node| node.place == place);
        let percent = node.map(|node| &node.percent);
        let used = |name: &str| {
            percent
                .and_then(|percent| percent.get(name))
                .copied()
                .unwrap_or(0.0)
        };
        match self.plugin {
            Plugin::LowNodeUtilization => {
                let above = self.targets.iter().filter(|(name, target)| used(name) > *target);
                let above = above.map(|(name, target)| format!("{name} {:.1}% > {target}%", used(name)));
                format!("overutilized: {}", above.collect::<Vec<_>>().join(", "))
            }
            Plugin::HighNodeUtilization => {
                let below = self.thresholds.iter();
                let below =
                    below.map(|(name, threshold)| format!("{name} {:.1}% <= {threshold}%", used(name)));
                format!("underutilized: {}", below.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn answer(&self) -> String {
        if let Some(idle) = self.pass.idle {
            return format!("Nothing to do: {}", why_idle(idle));
        }
        let evicted = self.replaced.len() as u64;
        let level = match self.plugin {
            Plugin::LowNodeUtilization => Level::Overutilized,
            Plugin::HighNodeUtilization => Level::Underutilized,
        };
        let before = Self::count(&self.pass.nodes, level);
        let nodes = format::plural(before, "node is", "nodes are");
        if evicted == 0 {
            return format!("No pod can be evicted, though {nodes} {}", word(level));
        }
        let pods = format::plural(evicted, "pod is", "pods are");
        match self.plugin {
            Plugin::LowNodeUtilization => {
                let then = Self::count(&self.then, level);
                let nodes = format::plural(then, "node is", "nodes are");
                format!("{pods} evicted: {nodes} overutilized then, {before} before")
            }
            Plugin::HighNodeUtilization => {
                let (used, then) = (self.standing.nodes_in_use(), self.after.nodes_in_use());
                format!(
                    "{pods} evicted from {before} underutilized: {} in use then, {used} before",
                    format::plural(then as u64, "node is", "nodes are")
                )
            }
        }
    }

    fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        let pods = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 pod {one}"),
            count => format!("{} pods {many}", format::count(count)),
        };
        let back = self
            .replaced
            .iter()
            .filter(|one| one.to == Some(one.from))
            .count() as u64;
        if back > 0 {
            all.push(format!(
                "{} again: the scheduler likes it best.",
                pods(back, "goes to its own node", "go to their own nodes")
            ));
        }
        let waiting = self.replaced.iter().filter(|one| one.to.is_none()).count() as u64;
        if waiting > 0 {
            all.push(format!(
                "{}: the descheduler has not asked where there is room for it.",
                pods(waiting, "finds no node", "find no node")
            ));
        }
        let listed = |thresholds: &Thresholds| {
            let all = thresholds
                .iter()
                .map(|(name, percent)| format!("{name} {percent}%"));
            all.collect::<Vec<_>>().join(", ")
        };
        let mut limits = format!("Underutilized is at most {}", listed(&self.thresholds));
        if self.plugin == Plugin::LowNodeUtilization {
            limits += &format!("; overutilized is above any of {}", listed(&self.targets));
        }
        all.push(format!("{limits}: of what is requested."));
        all
    }

    fn shown(&self, args: &PackArgs) -> report::Plan {
        let standing = self.standing;
        let (before, after) = (standing.picture(), self.after.picture());
        let mut nodes = vec![report::PlannedNode::default(); before.nodes.len()];
        for node in &self.pass.nodes {
            nodes[node.place].state = word(node.level);
        }
        for (one, why) in &self.pass.kept {
            let node = &mut nodes[one.place];
            if !node.reason.is_empty() {
                node.reason += "; ";
            }
            node.reason += &kept(standing, one.place, one.ticket, *why);
        }
        let steps = self.replaced.iter().map(|one| report::Step {
            pod: standing.pod_name(one.from, one.ticket).to_owned(),
            from: standing.node_name(one.from).to_owned(),
            to: one.to.map(|to| standing.node_name(to).to_owned()),
            reason: self.reason(one.from),
        });
        report::Plan {
            title: args.state.title(),
            purpose: "descheduled",
            answer: self.answer(),
            sentences: self.sentences(),
            steps: steps.collect(),
            nodes,
            nodes_heading: "Pods that stay although their nodes should lose some",
            before,
            after,
            command: args.state.command(&[]),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn told(&self, plan: &report::Plan, width: usize) -> String {
        let mut text = vec![format!("{}.", plan.answer)];
        text.extend(plan.sentences.iter().cloned());
        if !plan.steps.is_empty() {
            text.push(format!("\n{}", moves_table(plan, width)));
        }
        if !self.pass.kept.is_empty() {
            let rows = self.pass.kept.iter().map(|(one, why)| {
                vec![
                    self.standing.node_name(one.place).to_owned(),
                    kept(self.standing, one.place, one.ticket, *why),
                ]
            });
            text.push(format!(
                "\n{}",
                columns(&["loses no more pods", "because"], rows, width)
            ));
        }
        text.join("\n")
    }

    fn as_json(&self, plan: &report::Plan) -> Value {
        let standing = self.standing;
        let listed = |thresholds: &Thresholds| -> Map<String, Value> {
            let all = thresholds
                .iter()
                .map(|(name, percent)| (name.to_owned(), json!(percent)));
            all.collect()
        };
        let nodes = self.pass.nodes.iter().map(|node| {
            let then = self.then.iter().find(|then| then.place == node.place);
            json!({
                "node": standing.node_name(node.place),
                "state": word(node.level),
                "state_then": then.map(|then| word(then.level)),
                "requested_pct": node.percent,
                "requested_then_pct": then.map(|then| &then.percent),
            })
        });
        let moves = plan.steps.iter().zip(1..).map(|(step, number)| {
            json!({"step": number, "pod": step.pod, "from": step.from, "to": step.to, "reason": step.reason})
        });
        let kept = self.pass.kept.iter().map(|(one, why)| {
            json!({
                "pod": standing.pod_name(one.place, one.ticket),
                "node": standing.node_name(one.place),
                "code": why.name(),
                "reason": why.told(),
            })
        });
        json!({
            "strategy": self.plugin.name(),
            "thresholds": listed(&self.thresholds),
            "target_thresholds": match self.plugin {
                Plugin::LowNodeUtilization => json!(listed(&self.targets)),
                Plugin::HighNodeUtilization => Value::Null,
            },
            "nothing_to_do": self.pass.idle.map(why_idle),
            "nodes": nodes.collect::<Vec<_>>(),
            "moves": moves.collect::<Vec<_>>(),
            "not_evicted": kept.collect::<Vec<_>>(),
        })
    }
}

fn kept(standing: &Standing, place: usize, ticket: u64, why: Kept) -> String {
    format!("{} {}", standing.pod_name(place, ticket), why.told())
}

//! Cluster Autoscaler as a policy of a simulated cluster (`core/static_autoscaler.go`, `loop/trigger.go`).
//!
//! Knows: the order of one look, and when the next one is. Must not know: how any step decides.
//!
//! One look: what has become of nodes that were asked for; then pods that wait and would find no node even among those on
//! their way make a group grow; if none does, nodes that are unneeded are found, and the first of them go.

use super::backoff::BackoffRule;
use super::chain::Chain;
use super::limits::{Limits, Range, Total};
use super::node_groups::{self, NodeGroups};
use super::options::gpu_of;
use super::planner::Planner;
use super::scale_down::{self, Actuation};
use super::scale_up;
use super::scan::{Hints, Scan, Waiting};
use super::settings::ClusterAutoscalerSettings;
use super::{reasons, unready};
use crate::engine::{Span, Stream, Time};
use crate::policy::node_scaling::outlook::{Doubt, Outlook};
use crate::policy::node_scaling::{NodeDecision, NodeEvent, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::policy::parameters::Parameters;
use crate::policy::placement::KubeScheduler;
use crate::policy::reason::{Reason, Value};
use rand::RngExt;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A look takes a while; the one after a look that did something follows at once.
const LOOK_TAKES: Span = Span::from_nanos(100_000_000);
/// Pods younger than this are waited with for one look more, for others that may come with them.
const VERY_NEW: Span = Span::from_secs(2);
/// The same for pods that ask for GPUs.
const VERY_NEW_WITH_GPU: Span = Span::from_secs(30);

/// Pools grow when pods find no node, and shrink when nodes have been hardly used for a while.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterAutoscaler {
    settings: ClusterAutoscalerSettings,
    #[serde(skip)]
    memory: Memory,
}

/// What it remembers between looks.
#[derive(Clone, Debug, Default)]
struct Memory {
    chain: Option<(Chain, Limits)>,
    groups: NodeGroups,
    planner: Planner,
    actuation: Actuation,
    looked: Option<Time>,
    /// When it looks next unless a pod wakes it; not known before the first time it is asked.
    next: Option<Time>,
    /// Where the last search in the snapshot ended.
    last_found: usize,
    hints: Hints,
}

impl NodeScaler for ClusterAutoscaler {
    fn clock(&self) -> NodeScalerClock {
        match self.settings.frequent_loops_enabled {
            true => NodeScalerClock::OnChange,
            false => NodeScalerClock::Every(self.settings.scan_interval.span()),
        }
    }

    fn period(&self) -> Option<Span> {
        Some(self.settings.scan_interval.span())
    }

    fn start_at(&mut self, first: Time) {
        self.memory.next = Some(first);
    }

    fn decide(
        &mut self,
        view: &NodeScalingView<'_>,
        stream: &mut Stream,
    ) -> (Vec<NodeDecision>, Option<Time>) {
        let (settings, memory) = (&self.settings, &mut self.memory);
        memory.groups.update(view, backoff_rule(settings));
        memory.actuation.update(view);
        let mut decisions = replacements(view);
        let interval = settings.scan_interval.span();
        // Nobody knows when it was started: any time before the first look is as likely as any other.
        let by_chance = || view.now + Span::from_nanos(stream.random_range(0..interval.nanos().max(1)));
        let next = *memory.next.get_or_insert_with(by_chance);
        if settings.frequent_loops_enabled && view.now < next && !memory.is_woken(view) {
            return (decisions, Some(next));
        }
        let (looked, productive) = memory.look(settings, view, stream);
        decisions.extend(looked);
        memory.looked = Some(view.now);
        let next = match productive {
            true => view.now + LOOK_TAKES,
            false => view.now + interval,
        };
        memory.next = Some(next);
        (decisions, settings.frequent_loops_enabled.then_some(next))
    }

    fn knows_gpu_shares(&self) -> bool {
        false
    }

    fn doubts(&self, outlook: &Outlook<'_>) -> Vec<Doubt> {
        self.settings.doubts(outlook)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(self.clone())
    }
}

impl Memory {
    /// Whether a pod has come to wait for a node since the last look.
    fn is_woken(&self, view: &NodeScalingView<'_>) -> bool {
        let Some(looked) = self.looked else { return false };
        view.pending.iter().any(|pods| pods.newest > looked)
    }

    /// One look; and whether it did something.
    fn look(
        &mut self,
        settings: &ClusterAutoscalerSettings,
        view: &NodeScalingView<'_>,
        stream: &mut Stream,
    ) -> (Vec<NodeDecision>, bool) {
        let (chain, limits) = self.chain.get_or_insert_with(|| prepared(settings)).clone();
        let mut decisions = overdue(settings, view);
        if let Some((unready, nodes)) = unready::too_many(view, settings) {
            self.planner.forget();
            let reason = Reason::new(&reasons::UNHEALTHY)
                .with("unready", Value::Count(unready as u64))
                .with("nodes", Value::Count(nodes as u64));
            decisions.push(NodeDecision::Hold {
                subject: "cluster".into(),
                reason,
            });
            return (decisions, false);
        }
        let default = KubeScheduler::default();
        let scheduler = view.placer.kube_scheduler().unwrap_or(&default);
        let mut scan = Scan::new(settings, scheduler, view, self.last_found);
        decisions.extend(expendable(&scan));
        let waiting = scan.settle(&mut self.hints);
        let very_new = !waiting.is_empty() && are_very_new(&waiting, view.now);
        if !waiting.is_empty() && !very_new {
            let grown = scale_up::scale_up(&mut scan, &self.groups, &waiting, (&chain, limits), stream);
            let provision = settings.max_node_provision_time.span();
            for &(pool, nodes) in &grown.asked {
                self.groups.asked(pool, nodes, provision, view.now);
                self.actuation.cooldowns.scaled_up(pool, view.now);
            }
            decisions.extend(grown.decisions);
            if !grown.asked.is_empty() {
                self.last_found = scan.search.last_found();
                return (decisions, true);
            }
        }
        let mut removed = false;
        if settings.scale_down_enabled {
            let mut total = Total::default();
            for pool in view.pools {
                total.add(&pool.spec.shape.capacity, pool.staying.into());
            }
            let down = scale_down::scale_down(
                &scan,
                (&mut self.planner, &mut self.actuation),
                very_new,
                (limits, total),
            );
            removed = down.removed;
            decisions.extend(down.decisions);
        }
        self.last_found = scan.search.last_found();
        (decisions, removed)
    }
}

fn prepared(settings: &ClusterAutoscalerSettings) -> (Chain, Limits) {
    // What cannot be read was reported before the run.
    let range = |said: &str| {
        Range::read(said).unwrap_or(Range {
            min: 0,
            max: u64::MAX,
        })
    };
    let chain = Chain {
        expanders: settings.expanders().unwrap_or_default(),
        patterns: settings.patterns().unwrap_or_default(),
    };
    let limits = Limits {
        cores: range(&settings.cores_total),
        memory_gib: range(&settings.memory_total),
    };
    (chain, limits)
}

fn backoff_rule(settings: &ClusterAutoscalerSettings) -> BackoffRule {
    BackoffRule {
        initial: settings.initial_node_group_backoff_duration.span(),
        max: settings.max_node_group_backoff_duration.span(),
        reset_after: settings.node_group_backoff_reset_timeout.span(),
    }
}

/// A group keeps its size: for a machine that was lost the cloud brings another one, unasked.
fn replacements(view: &NodeScalingView<'_>) -> Vec<NodeDecision> {
    let mut lost = vec![0; view.pools.len()];
    for event in view.events {
        let NodeEvent::Lost { node, pool, .. } = event else {
            continue;
        };
        let is_there = view.nodes.iter().any(|info| info.id == *node);
        if let Some(lost) = lost.get_mut(*pool).filter(|_| !is_there) {
            *lost += 1;
        }
    }
    let lost = lost.into_iter().enumerate().filter(|(_, count)| *count > 0);
    lost.map(|(pool, count)| NodeDecision::Launch {
        pool,
        count,
        zone: None,
        reason: Reason::new(&reasons::REPLACED).with("nodes", Value::Count(count.into())),
    })
    .collect()
}

/// Gives up nodes that have taken too long to come, down to the min of their pool.
fn overdue(settings: &ClusterAutoscalerSettings, view: &NodeScalingView<'_>) -> Vec<NodeDecision> {
    let provision = settings.max_node_provision_time.span();
    let mut staying: Vec<u32> = view.pools.iter().map(|pool| pool.staying).collect();
    let mut decisions = Vec::new();
    for node in view.nodes {
        let may_go = staying[node.pool] > view.pools[node.pool].spec.nodes_min;
        if !may_go || !node_groups::is_overdue(node, provision, view.now) {
            continue;
        }
        staying[node.pool] -= 1;
        let reason = Reason::new(&reasons::PROVISION_TIMEOUT)
            .with("span", Value::Span(view.now.since(node.launched)))
            .with("limit", Value::Span(provision));
        decisions.push(NodeDecision::Remove {
            place: node.place,
            reason,
        });
    }
    decisions
}

/// Says of pods of too little importance that nothing is done for them.
fn expendable(scan: &Scan<'_>) -> Vec<NodeDecision> {
    let pending = scan.view.pending.iter();
    pending
        .filter(|pods| scan.is_expendable(pods))
        .map(|pods| {
            let priority = f64::from(pods.template.rules.priority);
            let cutoff = f64::from(scan.settings.expendable_pods_priority_cutoff);
            let reason = Reason::new(&reasons::EXPENDABLE)
                .with("pods", Value::Count(pods.count.into()))
                .with("priority", Value::Number(priority))
                .with("cutoff", Value::Number(cutoff));
            NodeDecision::Hold {
                subject: scan.view.workload_name(pods.workload).into(),
                reason,
            }
        })
        .collect()
}

/// Whether all pods that wait came only just now.
fn are_very_new(waiting: &[Waiting<'_>], now: Time) -> bool {
    let oldest = |some: &mut dyn Iterator<Item = &Waiting<'_>>| some.map(|waiting| waiting.pods.oldest).min();
    let with_gpu = |waiting: &&Waiting<'_>| gpu_of(waiting.pods.template.requests()).is_some();
    oldest(&mut waiting.iter()).is_some_and(|oldest| oldest + VERY_NEW > now)
        || oldest(&mut waiting.iter().filter(with_gpu)).is_some_and(|oldest| oldest + VERY_NEW_WITH_GPU > now)
}

/// The settings' own schema: a policy's parameters, not a wrapping of them.
impl JsonSchema for ClusterAutoscaler {
    fn schema_name() -> Cow<'static, str> {
        "ClusterAutoscaler".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ClusterAutoscalerSettings::json_schema(generator)
    }
}

impl Parameters for ClusterAutoscaler {
    fn problems(&self) -> Vec<String> {
        self.settings.problems()
    }
}

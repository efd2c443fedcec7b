//! Karpenter as a policy: what it remembers, and what it does at each look.

use super::batch::Batch;
use super::commands::Running;
use super::daemon_overhead::DaemonOverheads;
use super::doubts;
use super::market::{Market, Unavailable};
use super::node_pool::NodePool;
use super::planner::Offer;
use super::read_spec::node_pools;
use super::reading::Roster;
use super::rounds::{POLL_EVERY, Round, Settled};
use super::spec::{FeatureGates, NodePoolSpec};
use crate::engine::{Span, Stream, Time};
use crate::model::cluster::NodeId;
use crate::model::units::Duration;
use crate::policy::node_scaling::outlook::{Doubt, Outlook};
use crate::policy::node_scaling::{NodeDecision, NodeScaler, NodeScalerClock, NodeScalingView};
use crate::policy::parameters::Parameters;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Makes nodes of the cheapest instance types that take the waiting pods, and consolidates: empties nodes whose pods fit on
/// others or into something cheaper. Every pool of the cluster is an instance type; nodes that are there at the start are
/// Karpenter's if their pool's labels have `karpenter.sh/nodepool`. Its rounds take no simulated time, so the time-outs of
/// consolidation (a minute for several nodes, three for one) are never met; of candidates it takes 100 at most, as the real
/// one does. A machine that has not come up after 15 minutes is given up.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Karpenter {
    /// Which nodes may be made, and when they may be disrupted. Without any: one called `default` that takes every instance
    /// type, without limits.
    #[schemars(length(max = 100))]
    pub node_pools: Vec<NodePoolSpec>,
    /// How long no further pod must have come before nodes are planned.
    pub batch_idle_duration: Duration,
    /// How long after the first pod nodes are planned at the latest.
    pub batch_max_duration: Duration,
    /// Features that are off unless they are asked for.
    pub feature_gates: FeatureGates,
    #[serde(skip)]
    pub(super) pools: Vec<NodePool>,
    #[serde(skip)]
    pub(super) memory: Memory,
}

impl Default for Karpenter {
    fn default() -> Self {
        Self {
            node_pools: Vec::new(),
            batch_idle_duration: Duration::from_secs(1),
            batch_max_duration: Duration::from_secs(10),
            feature_gates: FeatureGates::default(),
            pools: Vec::new(),
            memory: Memory::default(),
        }
    }
}

/// What is remembered from look to look.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) roster: Roster,
    /// What nodes can be made of, and what that was worked out from.
    pub(super) offer: Option<Arc<(Market, Offer)>>,
    pub(super) batch: Batch,
    /// When what nodes can be made of was worked out.
    offered: Option<Time>,
    pub(super) claims_ever: u64,
    /// Claims for which no node came, since the last look.
    pub(super) failed: BTreeMap<u64, Arc<str>>,
    pub(super) unavailable: Unavailable,
    /// Commands that wait for what comes in their nodes' place.
    pub(super) commands: Vec<Running>,
    /// Nodes that are to go: of commands, and those that are expired or will be taken back.
    pub(super) going: BTreeSet<NodeId>,
    /// Nodes that pods are about to come to, and until when that is believed.
    pub(super) nominated: BTreeMap<NodeId, Time>,
    /// When the loop of disruption comes round, once that is known.
    pub(super) round: Option<Round>,
    pub(super) settled: Settled,
    /// When what is remembered of nodes that are gone was forgotten.
    pub(super) swept: Time,
    /// When lives were looked at, and when the next one ends.
    pub(super) lives: (Option<Time>, Option<Time>),
    /// The last reason that was given for a node to stay.
    pub(super) said: BTreeMap<NodeId, &'static str>,
}

impl Karpenter {
    /// How long a node is spared that pods are about to come to.
    pub(super) fn nomination_window(&self) -> Span {
        let window = Span::from_nanos(2 * self.batch_max_duration.span().nanos());
        window.max(Span::from_secs(10))
    }

    /// Works out what nodes can be made of, if that has changed.
    fn refresh_offer(&mut self, view: &NodeScalingView<'_>) -> Arc<(Market, Offer)> {
        // Prices and stock are looked at once a second, unless something has just failed.
        let is_fresh = self
            .memory
            .offered
            .is_some_and(|at| view.now < at + Span::from_secs(1));
        if let Some(known) = self
            .memory
            .offer
            .as_ref()
            .filter(|_| is_fresh && view.events.is_empty())
        {
            return known.clone();
        }
        self.memory.offered = Some(view.now);
        self.memory.unavailable.retain(|_, until| *until > view.now);
        let market = Market::read(view.pools, &self.memory.unavailable, view.now);
        if let Some(known) = self.memory.offer.as_ref().filter(|known| known.0 == market) {
            return known.clone();
        }
        let daemons = self
            .pools
            .iter()
            .map(|pool| DaemonOverheads::new(pool, &market.types, view.daemons));
        let offer = Offer::new(self.pools.clone(), market.types.clone(), daemons.collect());
        let offer = Arc::new((market, offer));
        self.memory.offer = Some(offer.clone());
        offer
    }
}

/// One look at the cluster.
pub(super) struct Look<'v, 'a> {
    pub(super) view: &'v NodeScalingView<'a>,
    pub(super) market: &'v Market,
    pub(super) offer: &'v Offer,
    pub(super) decisions: Vec<NodeDecision>,
}

impl NodeScaler for Karpenter {
    fn clock(&self) -> NodeScalerClock {
        NodeScalerClock::OnChange
    }

    fn period(&self) -> Option<Span> {
        Some(POLL_EVERY)
    }

    fn start_at(&mut self, first: Time) {
        self.memory.round = Some(Round::Idle(first));
    }

    fn decide(
        &mut self,
        view: &NodeScalingView<'_>,
        stream: &mut Stream,
    ) -> (Vec<NodeDecision>, Option<Time>) {
        self.memory.round.get_or_insert_with(|| {
            // Nobody knows when it was started: any time before the first round is as likely as any other.
            Round::Idle(view.now + Span::from_nanos(stream.random_range(0..POLL_EVERY.nanos())))
        });
        self.memory.roster.update(view, &self.pools);
        self.hear(view);
        let offer = self.refresh_offer(view);
        let mut look = Look {
            view,
            market: &offer.0,
            offer: &offer.1,
            decisions: Vec::new(),
        };
        self.leave_interrupted(&mut look);
        self.go_on_with_commands(&mut look);
        let expiry = self.end_lives(&mut look);
        let batch = self.provision_when_due(&mut look);
        let round = self.disrupt_when_due(&mut look);
        let next = [expiry, batch, Some(round)].into_iter().flatten().min();
        (look.decisions, next)
    }

    fn knows_gpu_shares(&self) -> bool {
        false
    }

    fn doubts(&self, outlook: &Outlook<'_>) -> Vec<Doubt> {
        doubts::doubts(self, outlook)
    }

    fn clone_box(&self) -> Box<dyn NodeScaler> {
        Box::new(self.clone())
    }
}

impl Parameters for Karpenter {
    fn prepare(mut self) -> Result<Self, Vec<String>> {
        self.pools = node_pools(&self.node_pools)?;
        self.memory.roster = Roster::new(&self.pools);
        if self.batch_max_duration.span() < self.batch_idle_duration.span() {
            return Err(vec![
                "batchMaxDuration must be at least batchIdleDuration".to_owned(),
            ]);
        }
        Ok(self)
    }
}

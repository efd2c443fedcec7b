//! Why nodes go and why they stay, told once for each reason.

use super::budgets::DisruptionReason;
use super::candidates::{Site, Sites, only_when_empty};
use super::consolidation::Candidate;
use super::policy::{Karpenter, Look};
use super::reasons::{self, CHANGED, DELETED, DRIFTED, EMPTY, HELD_BUDGET, REPLACED};
use super::rounds::{Method, Proposal};
use crate::policy::node_scaling::NodeDecision;
use crate::policy::reason::{Reason, Value};
use std::sync::Arc;

impl Karpenter {
    /// Why a node goes with what else goes.
    pub(super) fn why(
        &self,
        method: Method,
        site: &Site,
        nodes: usize,
        cheaper: Option<&Arc<str>>,
        saving: f64,
    ) -> Reason {
        let pods = site.candidate.pods.len();
        match method {
            Method::Empty => Reason::new(&EMPTY)
                .with("together", reasons::together(nodes))
                .with("saving", reasons::price(saving)),
            Method::Drift => Reason::new(&DRIFTED)
                .with("nodepool", reasons::name(&self.pools[site.candidate.pool].name))
                .with(
                    "label",
                    site.drifted.as_ref().map_or(Value::Word(""), reasons::name),
                )
                .with("pods", Value::Count(pods as u64)),
            Method::Multi | Method::Single => {
                let reason = match cheaper {
                    Some(cheaper) => Reason::new(&REPLACED).with("cheaper", reasons::name(cheaper)),
                    None => Reason::new(&DELETED),
                };
                reason
                    .with("pods", reasons::pods(pods))
                    .with("together", reasons::together(nodes))
                    .with("saving", reasons::price(saving))
            }
        }
    }

    /// The budgets of its NodePool keep a candidate.
    pub(super) fn over_budget(&self, candidate: &Candidate) -> Reason {
        Reason::new(&HELD_BUDGET)
            .with("nodepool", reasons::name(&self.pools[candidate.pool].name))
            .with("reason", Value::Word(DisruptionReason::Underutilized.name()))
    }

    /// Says of each node why it stays, where that is news.
    pub(super) fn tell_why_they_stay(
        &mut self,
        look: &mut Look<'_, '_>,
        sites: &Sites,
        looked: Vec<(usize, Reason)>,
    ) {
        let mut stays: Vec<(usize, Reason)> = sites.held.clone();
        stays.extend(
            looked
                .into_iter()
                .map(|(place, reason)| (sites.sites[place].info, reason)),
        );
        for site in &sites.sites {
            if let Some(reason) = &site.unconsolidatable {
                stays.push((site.info, reason.clone()));
            } else if site.only_when_empty && !site.candidate.pods.is_empty() {
                stays.push((site.info, only_when_empty(&self.pools[site.candidate.pool])));
            }
        }
        for (info, reason) in stays {
            let id = look.view.nodes[info].id;
            let code = reason.kind().code;
            let Some(known) = self.memory.roster.of(id) else {
                continue;
            };
            if self.memory.said.insert(id, code) != Some(code) {
                let subject = known.name.clone();
                look.decisions.push(NodeDecision::Hold { subject, reason });
            }
        }
    }

    pub(super) fn tell_changed(&mut self, look: &mut Look<'_, '_>, proposal: &Proposal, why: &'static str) {
        for id in &proposal.nodes {
            if let Some(known) = self.memory.roster.of(*id) {
                let subject: Arc<str> = known.name.clone();
                let reason = Reason::new(&CHANGED).with("why", Value::Word(why));
                self.memory.said.insert(*id, CHANGED.code);
                look.decisions.push(NodeDecision::Hold { subject, reason });
            }
        }
    }
}

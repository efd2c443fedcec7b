//! Rows as they are kept and read back: owned, and only what is shown.
//!
//! Knows the columns of the CSV files. Must not know how many are kept.

use serde::Deserialize;

use crate::sim::rows::{DecisionRow, FaultRow, NodeRow, PodRow};

/// A decision as `decisions.csv` holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `DecisionRow`, documented there")]
pub struct DecisionEntry {
    pub time_s: f64,
    pub last_time_s: f64,
    pub count: u64,
    pub question: String,
    pub policy: String,
    pub subject: String,
    pub action: String,
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub result: String,
    pub reason_code: String,
    pub reason: String,
}

impl From<DecisionRow> for DecisionEntry {
    fn from(row: DecisionRow) -> Self {
        Self {
            time_s: row.time_s,
            last_time_s: row.last_time_s,
            count: row.count,
            question: row.question.to_owned(),
            policy: row.policy,
            subject: row.subject,
            action: row.action.to_owned(),
            from: row.from,
            to: row.to,
            result: row.result,
            reason_code: row.reason_code.to_owned(),
            reason: row.reason,
        }
    }
}

/// How often a policy decided one thing for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields of `DecisionRow`, documented there")]
pub struct Tally {
    pub question: String,
    pub policy: String,
    pub action: String,
    pub reason_code: String,
    pub decisions: u64,
    pub refused: u64,
}

/// A pod's life, as far as it is drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `PodRow`, documented there")]
pub struct PodEntry {
    pub pod: String,
    pub workload: String,
    pub node: String,
    pub created_s: f64,
    pub bound_s: Option<f64>,
    pub pulled_s: Option<f64>,
    pub ready_s: Option<f64>,
    pub terminating_s: Option<f64>,
    pub ended_s: Option<f64>,
    pub end: String,
    pub served: u64,
    pub memory_peak_bytes: Option<u64>,
    pub swap_peak_bytes: u64,
}

impl From<PodRow> for PodEntry {
    fn from(row: PodRow) -> Self {
        Self {
            pod: row.pod,
            workload: row.workload,
            node: row.node,
            created_s: row.created_s,
            bound_s: row.bound_s,
            pulled_s: row.pulled_s,
            ready_s: row.ready_s,
            terminating_s: row.terminating_s,
            ended_s: row.ended_s,
            end: row.end.to_owned(),
            served: row.served,
            memory_peak_bytes: row.memory_peak_bytes,
            swap_peak_bytes: row.swap_peak_bytes,
        }
    }
}

/// A node's life, as far as it is drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `NodeRow`, documented there")]
pub struct NodeEntry {
    pub node: String,
    pub pool: String,
    pub zone: String,
    pub launched_s: f64,
    pub ready_s: Option<f64>,
    pub removed_s: Option<f64>,
    pub cost_usd: f64,
    pub pods: u64,
}

impl From<NodeRow> for NodeEntry {
    fn from(row: NodeRow) -> Self {
        Self {
            node: row.node,
            pool: row.pool,
            zone: row.zone,
            launched_s: row.launched_s,
            ready_s: row.ready_s,
            removed_s: row.removed_s,
            cost_usd: row.cost_usd,
            pods: row.pods,
        }
    }
}

/// A fault that happened, as far as it is drawn; `faults.csv` has a row for each workload that it affected.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields of `FaultRow`, documented there")]
pub struct FaultEntry {
    pub fault: String,
    pub target: String,
    pub began_s: f64,
    pub recovered_s: Option<f64>,
}

impl FaultEntry {
    /// From when until when service was not as before, seconds, in a run of `duration_s`.
    #[must_use]
    pub fn span(&self, duration_s: f64) -> (f64, f64) {
        (self.began_s, self.recovered_s.unwrap_or(duration_s))
    }
}

impl From<FaultRow> for FaultEntry {
    fn from(row: FaultRow) -> Self {
        Self {
            fault: row.fault,
            target: row.target,
            began_s: row.began_s,
            recovered_s: row.recovered_s,
        }
    }
}

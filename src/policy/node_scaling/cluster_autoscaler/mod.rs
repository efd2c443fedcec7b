//! Cluster Autoscaler, decision for decision (kubernetes/autoscaler, `cluster-autoscaler/`).
//!
//! Knows: what the real one computes from pods that wait, nodes, groups of nodes and its flags. Must not know: how nodes
//! come and go.
//!
//! One look goes `policy`: `scan` (what the cluster is about to be) → `scale_up` (→ `options` → [`estimator`], `chain` of
//! [`expander`]s, `balance`) or `scale_down` (→ `planner` → [`utilization`], [`drain`], [`removal`]). The vectors of
//! `cluster_autoscaler.json` run through the public ones.

mod backoff;
mod balance;
mod chain;
mod circular;
mod cooldown;
mod doubts;
pub mod drain;
pub mod estimator;
pub mod expander;
mod limits;
mod node_groups;
pub(super) mod occupants;
mod options;
mod planner;
mod policy;
mod reasons;
pub mod removal;
mod scale_down;
mod scale_up;
mod scan;
mod settings;
mod template;
mod unready;
pub mod utilization;

pub use policy::ClusterAutoscaler;
pub use settings::ClusterAutoscalerSettings;

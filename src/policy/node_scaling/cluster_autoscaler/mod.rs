//! Cluster Autoscaler: what its pieces decide, each by itself (kubernetes/autoscaler, `cluster-autoscaler/`).
//!
//! Knows: how many nodes of a kind some pods need ([`estimator`]), which of several ways to grow is best
//! ([`expander`]), how full a node is ([`utilization`]), which pods forbid that it goes ([`drain`]) and whether there is
//! room for the others elsewhere ([`removal`]). Must not know: when any of them is asked.

mod circular;
pub mod drain;
pub mod estimator;
pub mod expander;
pub mod removal;
pub mod utilization;

//! Cluster Autoscaler: what its pieces decide, each by itself (kubernetes/autoscaler, `cluster-autoscaler/`).
//!
//! Knows: how many nodes of a kind some pods need ([`estimator`]), which of several ways to grow is best
//! ([`expander`]), and how full a node is ([`utilization`]). Must not know: when any of them is asked.

pub mod estimator;
pub mod expander;
pub mod utilization;

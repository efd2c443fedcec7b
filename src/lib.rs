//! Tonnage: an autoscaler and capacity simulator for container platforms.
#![warn(missing_docs)]

pub mod engine;
pub mod report;
pub mod sim;
pub mod stats;
pub mod workload;

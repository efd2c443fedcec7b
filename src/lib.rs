//! Tonnage: an autoscaler and capacity simulator for container platforms.
#![warn(missing_docs)]

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod input;
pub mod model;
pub mod policy;
pub mod report;
pub mod sim;
pub mod stats;
pub mod workload;

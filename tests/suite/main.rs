//! The one integration binary: every test that looks at Tonnage from outside. One binary, so that the crate is linked
//! once; a folder or file is one question.

mod cli;
mod conformance;
mod determinism;
mod house_rules;
mod kube_scheduler;
mod laws;
mod policies;
mod queue_model;
mod retry_storm;
mod scenarios;
mod small_platform;
mod theory;

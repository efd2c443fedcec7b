//! The one integration binary: every test that looks at Tonnage from outside. One binary, so that the crate is linked
//! once; a folder or file is one question.

mod admission;
mod cli;
mod conformance;
mod decisions;
mod determinism;
mod early_end;
mod folders;
mod golden;
mod house_rules;
mod hpa;
mod keda;
mod keda_jobs;
mod kept_rows;
mod kube_scheduler;
mod laws;
mod looks;
mod manifests;
mod measuring;
mod message_queue;
mod outages;
mod pod_start;
mod policies;
mod queue_model;
mod reports;
mod retry_storm;
mod scenarios;
mod scheduling_gates;
mod scheduling_queue;
mod small_platform;
mod theory;
mod volumes;
mod vpa;
mod warnings;
mod written;
mod zones;

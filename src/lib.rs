//! Tonnage: an autoscaler and capacity simulator for container platforms.
//!
//! It answers, before anyone touches a cluster: how many nodes does this load need, which scaling and placement policy
//! serves it best, what does it cost, what breaks first? A discrete-event engine models nodes, pods and requests;
//! pluggable policies act on that model; outcomes are written as CSV, plots and one page.
//!
//! # The map
//!
//! Imports run only downward, and folders on one floor never import each other. A test enforces it.
//!
//! | floor | folder | what it is | what it must not know |
//! |---|---|---|---|
//! | 1 | [`engine`] | clock, event queue, run loop, random streams, arenas, digest | any cluster |
//! | 2 | [`stats`] | distributions, mergeable histograms, time-weighted levels, intervals | what is counted |
//! | 3 | [`model`] | nouns and physics: resources, nodes, pods, images, request queues, prices, observed metrics | any policy |
//! | 4 | [`policy`] | pure decisions: placement, pod scaling, node scaling, routing, admission; the catalog | mutable state, the future |
//! | 5 | [`workload`] | what runs in pods: load, clients, serving | nodes, how a platform runs containers |
//! | 5 | [`platform`] | how a platform runs containers: Kubernetes' controllers and kubelet | the live cluster, workloads |
//! | 6 | [`sim`] | wiring: scenario → events → handlers → `apply/` → rows and outcome | files, terminals, threads |
//! | 7 | [`experiment`] | many runs: replicate, compare | how a scenario was written |
//! | 7 | [`input`] | text → scenario, with diagnostics | how a run goes |
//! | 7 | [`report`] | outcome → CSV, plots, page, terminal | the cluster |
//! | 8 | [`cli`] | arguments and commands | |
//!
//! # What always holds
//!
//! - Time is whole nanoseconds, and so is every integral of state over it; money is whole picodollars.
//! - The order of events is total: (time, rank, entity, sequence). See [`engine::queue`].
//! - Random streams are named, never shared by accident of creation order. Two variants of one scenario see the same
//!   arrivals, classes and demands. See [`engine::random`].
//! - What happens per request never enters the global event queue: a workload runs ahead on its own to the next control
//!   event. See [`workload::serving`].
//! - Only `sim/apply/` changes the cluster because of a decision, and every decision carries a reason.
//! - Same scenario, seed, version and target: the same bytes, on any number of threads.
//!
//! # Words
//!
//! *placement*: pod → node. *reservation*: resources a container asks for (`requests` in files). *request*: one unit of
//! traffic. *serving*: request-driven workload. *replica*: a pod of a serving workload. *slot*: a request a replica
//! serves at a time. *shape*: machine type; *pool*: nodes of one shape. *decision*: what a policy asks; *action*: what
//! was done. *outcome*: of one run; *result*: of many. *demand* of a request: its service time at full speed.

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod input;
pub mod model;
pub mod platform;
pub mod policy;
pub mod report;
pub mod sim;
pub mod stats;
pub mod workload;

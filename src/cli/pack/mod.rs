//! `pack`: items into bins, policies against each other and against proven bounds.
//!
//! Knows which of its forms was asked for: instance sets, fleets, fleets whose pods come and go, a cluster as it stands.
//! Must not know how one of them goes.

mod alike;
mod at_work;
mod deschedule;
mod dynamic;
mod fewest;
mod fleet;
mod free_nodes;
mod from_empty;
mod heuristics;
mod instances;
mod numa;
mod shown;
mod state;
mod thresholds;
mod written;

use super::{Context, Exit, Failure};
use clap::{Args, ValueHint};
use std::num::NonZeroUsize;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tonnage pack --instances class1_20_3_0.vbp
  tonnage pack --instances sets.tar.gz --policies FF,FFD-L1-Unit --format csv
  tonnage pack --instances sets.tar.gz --policies random --seed 7
  tonnage pack --items items.csv --bins bins.csv --out packed
  tonnage pack --nodes nodes.csv --pods pods.csv --policies all --seeds 10 --format csv
  tonnage pack --nodes nodes.csv --pods pods.csv --lifetimes --queue fifo,backfill --policies best_fit,worst_fit
  tonnage pack --node gpus=8 --count 250 --pods jobs.csv --lifetimes --queue all --policies best_fit --out runs
  tonnage pack --node gpus=8,price=2.5 --fewest-nodes p95=10m --pods jobs.csv --lifetimes --queue fifo,backfill
  tonnage pack --state cluster.yaml --free-nodes 2 --out plan
  tonnage pack --state cluster.yaml --deschedule low_node_utilization --thresholds cpu=20 --target-thresholds cpu=50")]
pub(super) struct PackArgs {
    #[command(flatten)]
    instances: instances::InstanceArgs,
    #[command(flatten)]
    fleet: fleet::FleetArgs,
    #[command(flatten)]
    dynamic: dynamic::DynamicArgs,
    #[command(flatten)]
    state: state::StateArgs,
    /// Policies by name, or `all` [default: all]
    #[arg(long, help_heading = "Options", value_name = "NAMES", value_delimiter = ',')]
    policies: Vec<String>,
    /// Seed of whatever is drawn; of several packings of a fleet, the first [default: 42 for fleets, 1 for packing problems]
    #[arg(long, help_heading = "Options", value_name = "N", allow_negative_numbers = true, conflicts_with = "state_input",
        value_parser = super::arguments::seed)]
    seed: Option<u64>,
    /// Folder for the files, of an earlier packing or new [default: none are written]
    #[arg(long, short, help_heading = "Options", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Write into --out even if it holds files of something else
    #[arg(long, requires = "out", help_heading = "Options")]
    force: bool,
    /// Packings at a time; changes no result [default: one per processor]
    #[arg(long, help_heading = "Options", value_name = "N", allow_negative_numbers = true, value_parser = super::arguments::threads)]
    threads: Option<NonZeroUsize>,
}

pub(super) fn pack(args: &PackArgs, context: &Context) -> Result<Exit, Failure> {
    if args.state.is_asked() {
        state::pack(args, context)
    } else if args.dynamic.is_asked() {
        dynamic::pack(args, context)
    } else if args.fleet.is_asked() {
        fleet::pack(args, context)
    } else {
        instances::pack(args, context)
    }
}

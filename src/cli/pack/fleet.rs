//! `pack --nodes --pods`: pods of a trace onto the nodes of a fleet.

use super::{Context, Exit, Failure, PackArgs};
use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[group(id = "fleet_input")]
pub(super) struct FleetArgs {
    /// The nodes of a fleet, as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pods")]
    nodes: Option<PathBuf>,
    /// The pods that come to it, as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "nodes")]
    pods: Option<PathBuf>,
}

impl FleetArgs {
    /// Whether a fleet is packed.
    pub(super) const fn is_asked(&self) -> bool {
        self.nodes.is_some() || self.pods.is_some()
    }
}

pub(super) fn pack(_: &PackArgs, _: &Context) -> Result<Exit, Failure> {
    todo!()
}

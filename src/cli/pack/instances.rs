//! `pack --instances`: published packing problems, bin by bin against their bounds.

use super::{Context, Exit, Failure, PackArgs};
use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[group(id = "instance_input")]
pub(super) struct InstanceArgs {
    /// Packing problems: a file, a folder or a .tar.gz of VBP or OR-Library files
    #[arg(long, value_name = "FILE|DIR|TAR.GZ", value_hint = ValueHint::AnyPath, conflicts_with = "fleet_input")]
    instances: Vec<PathBuf>,
}

pub(super) fn pack(_: &PackArgs, _: &Context) -> Result<Exit, Failure> {
    todo!()
}

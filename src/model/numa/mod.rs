//! Machines with NUMA cells, and virtual machines that keep together or apart.
//!
//! Knows: what each cell has free, how a virtual machine is spread over cells, racks, and which groups are where. Must not
//! know: which machine is chosen.

mod fleet;
mod groups;

pub use fleet::{CELLS_MAX, Cell, NumaFleet, NumaMachine, VirtualMachine};
pub use groups::{Company, Groups, Open};

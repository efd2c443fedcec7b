//! Packings of a fleet as table, CSV, JSON, pictures and page.
//!
//! Knows the curves of packings by policy and seed. Must not know how a policy decides.

mod answer;
mod csv_file;
mod heat_map;
mod json;
mod levels;
mod line_chart;
mod numa;
mod numa_page;
mod page;
mod published;
mod shades;
mod table;
#[cfg(test)]
mod tests;

pub use csv_file::{COLUMNS, to_csv};
pub use heat_map::heat_maps;
pub use json::to_json;
pub use levels::{FleetPolicyRuns, FleetTable, Level, MachineLabel};
pub(super) use line_chart::{Chart, Line};
pub use numa::{NUMA_COLUMNS, NumaTable};
pub use page::{fragmentation_chart, render, unallocated_chart};
pub use published::{PublishedDifference, PublishedTable};
pub use table::to_terminal;

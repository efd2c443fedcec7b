//! Runs of a fleet whose pods come and go, as table, CSV, JSON, pictures and page.
//!
//! Knows outcomes by policy and queue. Must not know how a policy or a queue decides.

mod clusters;
pub(in crate::report) mod csv_file;
pub(in crate::report) mod json;
mod page;
mod runs;
mod table;
#[cfg(test)]
mod tests;

pub use csv_file::{CLUSTER_COLUMNS, COLUMNS, SERIES_COLUMNS, to_clusters_csv, to_csv, to_series_csv};
pub use json::to_json;
pub(in crate::report) use page::html_table;
pub use page::{pictures, render};
pub use runs::{DynamicRun, DynamicTable};
pub use table::to_terminal;

//! Runs of a fleet whose pods come and go, as table, CSV, JSON, pictures and page.
//!
//! Knows outcomes by policy and queue. Must not know how a policy or a queue decides.

mod csv_file;
mod json;
mod page;
mod runs;
mod table;
#[cfg(test)]
mod tests;

pub use csv_file::{COLUMNS, SERIES_COLUMNS, to_csv, to_series_csv};
pub use json::to_json;
pub use page::{pictures, render};
pub use runs::{DynamicRun, DynamicTable};
pub use table::to_terminal;

//! Floor 7: an outcome becomes CSV files, plots, one HTML page and a terminal summary.
//!
//! Knows rows, series and outcomes as plain data. Must not know the cluster, policies, the simulator or how runs are
//! replicated: whoever calls hands in what is to be shown.
//!
//! The usual way through: feed a run to a [`Tee`] of a [`RunWriter`] and a [`SeriesCollector`], `finish` both, then
//! [`write_outcome`], [`plots::write_all`] and [`page::write`]. [`load_run`] gets the same inputs back from the files.

pub mod answer;
pub mod atomic;
pub mod averaged;
mod balancing;
mod batch;
mod by_hand;
mod calls;
pub mod compare;
pub mod compare_answer;
pub mod compare_page;
mod cpu;
pub mod csv_files;
pub mod dynamic_fleet;
pub mod entries;
pub mod explanation;
mod faults;
pub mod fewest_nodes;
pub mod fleet;
mod forest;
pub mod format;
mod gpus;
pub mod html;
mod images;
mod jobs;
pub mod load;
pub mod packing;
pub mod page;
pub mod plots;
mod repeat;
#[cfg(feature = "parquet")]
pub mod requests_file;
mod restarts;
mod rollouts;
pub mod series;
mod side_by_side;
pub mod standing;
pub mod strip;
pub mod summary;
pub mod tee;
pub mod terminal;
mod text_table;
pub mod thinning;

#[cfg(test)]
mod sample;

pub use atomic::{WriteError, write_atomically};
pub use compare::{ComparisonRow, ComparisonTable, Contender, Difference, Made, Verdict};
pub use csv_files::{RunWriter, write_outcome};
pub use explanation::{Chapter, Explanation, ReplicasThen};
pub use load::{LoadError, RowCounts, load_intervals, load_json, load_run};
pub use page::PageInput;
#[cfg(feature = "parquet")]
pub use requests_file::RequestsFile;
pub use series::{Limits, Series, SeriesCollector};
pub use summary::{Estimate, Intervals};
pub use tee::Tee;
pub use terminal::{Sheet, Style};

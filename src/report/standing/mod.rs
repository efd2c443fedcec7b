//! A cluster as it stands: how many nodes each policy needs for its pods, and plans that move them, as CSV, JSON, pictures
//! and page.
//!
//! Knows pictures of the cluster and what was planned, as plain data. Must not know how a plan is found.

mod bars;
mod colours;
mod needs;
mod needs_chart;
mod needs_page;
mod plan;
mod plan_page;
mod section;

pub use bars::{Marks, node_bars};
pub use colours::Colours;
pub use needs::{NEEDS_COLUMNS, Need, Needs};
pub use needs_chart::needs_chart;
pub use needs_page::render as needs_page;
pub use plan::{PLAN_COLUMNS, PLAN_NODES_COLUMNS, Plan, PlannedNode, Step};
pub use plan_page::render as plan_page;

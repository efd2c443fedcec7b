//! Namespaces and what they allow their pods to ask for: Kubernetes' ResourceQuota and LimitRange.
//!
//! Knows: what such objects say. Must not know: who is refused because of them (see `policy::admission`), or pods.

mod limit_range;
mod quota;

pub use limit_range::{LimitKind, LimitRange, LimitRule};
pub use quota::{Counted, HardLimit, QuotaScope, ResourceQuota, ScopeRule};

use super::labels::Labels;
use super::units::{ByteQuantity, CpuQuantity};
use std::collections::BTreeMap;

/// Amounts by name of the resource: thousandths of a CPU for `cpu`, bytes for `memory`, `storage` and
/// `ephemeral-storage`, a count for all others. A name that is not there was not given, which is not the same as zero.
pub type Amounts = BTreeMap<String, u64>;

/// An amount of the resource `name` as Kubernetes prints it.
#[must_use]
pub fn amount_text(name: &str, amount: u64) -> String {
    match name {
        "cpu" => CpuQuantity::from_millis(amount).to_string(),
        "memory" | "storage" | "ephemeral-storage" => ByteQuantity::new(amount).to_string(),
        _ => amount.to_string(),
    }
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels, without the one that has its name.
    pub labels: Labels,
    /// What its pods and volumes may ask for in all.
    pub quotas: Vec<ResourceQuota>,
    /// What each of them may ask for.
    pub limit_ranges: Vec<LimitRange>,
}

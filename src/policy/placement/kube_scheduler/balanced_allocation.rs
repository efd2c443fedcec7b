//! NodeResourcesBalancedAllocation: nodes whose resources are used evenly score high
//! (`plugins/noderesources/balanced_allocation.go`).

use super::amounts::{Asked, Books, Resource};
use super::configuration::{BalancedArgs, Version};
use super::normalise::SCORE_MAX;
use crate::model::pod_template::PodTemplate;

/// What the pod asks of every resource that counts; `None` for a pod that asks for none of them, which is not scored.
pub(super) fn pre_score(args: &BalancedArgs, class: &PodTemplate) -> Option<Vec<Asked>> {
    let asked: Vec<Asked> = args
        .resources
        .iter()
        .map(|one| Asked::new(Resource::named(&one.name), class, false))
        .collect();
    asked.iter().any(|one| one.pod != 0).then_some(asked)
}

/// Since 1.36 what counts is the change the pod makes: 75 for none. Before, what is after it.
pub(super) fn score(version: Version, asked: &[Asked], node: &impl Books) -> i64 {
    let after = balance(asked, node, true);
    match version {
        Version::V1_34 => after,
        Version::V1_36 => {
            let half = SCORE_MAX / 2;
            half + (half + after - balance(asked, node, false)) / 2
        }
    }
}

/// 100 × (1 - standard deviation of the used shares), truncated.
fn balance(asked: &[Asked], node: &impl Books, with_pod: bool) -> i64 {
    let share = |one: &Asked| {
        let (used, whole) = one.on(node)?;
        let used = used + if with_pod { one.pod } else { 0 };
        Some((used as f64 / whole as f64).min(1.0))
    };
    let mut shares = asked.iter().filter_map(share);
    let deviation = match (shares.next(), shares.next(), shares.next()) {
        (Some(first), Some(second), None) => ((first - second) / 2.0).abs(),
        (Some(first), Some(second), Some(third)) => {
            let shares: Vec<f64> = [first, second, third].into_iter().chain(shares).collect();
            let count = shares.len() as f64;
            let mean = shares.iter().sum::<f64>() / count;
            let squares = shares
                .iter()
                .fold(0.0, |sum, share| sum + (share - mean) * (share - mean));
            (squares / count).sqrt()
        }
        _ => 0.0,
    };
    ((1.0 - deviation) * SCORE_MAX as f64) as i64
}

//! Published means of packings: JSON of policies, their numbers, and each number's mean and deviation by percentage
//! arrived.

use crate::input::{Diagnostic, Diagnostics, Limits, Place, SourceId, Sources};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// How many seeds the published means are over.
const SEEDS: usize = 10;

/// One published number.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedPoint {
    /// The policy.
    pub policy: String,
    /// What the number is called.
    pub metric: String,
    /// At which percentage arrived.
    pub arrived_pct: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation over the seeds.
    pub sd: f64,
}

/// Published numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Seeds of each mean.
    pub seeds: usize,
    /// The workload they are about, if the file says.
    pub workload: Option<String>,
    /// Each of them.
    pub points: Vec<PublishedPoint>,
}

#[derive(Deserialize)]
struct Raw {
    workload: Option<String>,
    seeds: Option<usize>,
    policies: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct RawLevel {
    mean: f64,
    sd: f64,
}

/// Reads them; numbers without a mean and a deviation by percentage are left alone.
pub fn read_published(
    path: &Path,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Published> {
    let id = sources.load(path, Limits::default(), diagnostics)?;
    match parse(sources.text(id), id) {
        Ok(published) => Some(published),
        Err(error) => {
            diagnostics.push(*error);
            None
        }
    }
}

fn parse(text: &str, id: SourceId) -> Result<Published, Box<Diagnostic>> {
    let raw: Raw = serde_json::from_str(text).map_err(|error| {
        let help = "expected {\"policies\": {NAME: {\"alloc_pct_at_arrived_pct\": {\"100\": {\"mean\": 95, \"sd\": 0.1}}}}}";
        Box::new(
            Diagnostic::error(Place::whole(id), format!("these are no published means: {error}")).help(help),
        )
    })?;
    let mut points = Vec::new();
    for (policy, metrics) in raw.policies {
        for (metric, levels) in metrics {
            let Ok(levels) = serde_json::from_value::<BTreeMap<String, RawLevel>>(levels) else {
                continue;
            };
            let mut levels: Vec<_> = levels
                .into_iter()
                .filter_map(|(percent, level)| Some((percent.parse().ok()?, level)))
                .collect();
            levels.sort_by_key(|(percent, _)| *percent);
            points.extend(levels.into_iter().map(|(arrived_pct, level)| PublishedPoint {
                policy: policy.clone(),
                metric: metric.clone(),
                arrived_pct,
                mean: level.mean,
                sd: level.sd,
            }));
        }
    }
    if points.is_empty() {
        let message = "there is no policy with means by percentage arrived";
        return Err(Box::new(Diagnostic::error(Place::whole(id), message)));
    }
    Ok(Published {
        seeds: raw.seeds.unwrap_or(SEEDS),
        workload: raw.workload,
        points,
    })
}

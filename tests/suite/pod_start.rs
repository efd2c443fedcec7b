//! How a pod's containers start, one after another.

use crate::queue_model::{QueueModel, pinned};
use std::sync::Arc;
use tonnage::engine::Time;
use tonnage::model::cluster::ContainerState;
use tonnage::model::pod_template::ContainerKind::{Init, Main, Sidecar};
use tonnage::model::pod_template::PodTemplate;
use tonnage::policy::pod_scaling::OnDemand;
use tonnage::sim::{NoSink, Simulation};
use tonnage::stats::Distribution;

/// An init container ends, and a sidecar has started, before the next container goes on; the main ones start together
/// after all of them. Were sidecars to start with the main containers, every pod with a proxy would be ready too soon.
#[test]
fn containers_start_in_kubernetes_order() {
    let constant = |seconds| Distribution::constant(seconds).unwrap();
    let mut model = QueueModel::new(1.0, constant(1.0));
    model.arrivals = pinned(&[(100.0, 0, 500.0)]);
    (model.replicas, model.shared, model.duration) = (0, true, 300.0);
    model.scaler = Some(OnDemand { min: 0, max: 1 });
    let mut scenario = Arc::unwrap_or_clone(model.scenario());
    let pattern = scenario.workloads[0].template.containers[0].clone();
    let containers = [
        (Main, 3.0),
        (Init, 10.0),
        (Sidecar, 5.0),
        (Init, 0.0),
        (Init, 7.0),
        (Main, 8.0),
    ];
    let mut template = PodTemplate::new(
        containers
            .iter()
            .map(|&(kind, startup)| {
                let mut container = pattern.clone();
                (container.kind, container.startup) = (kind, constant(startup));
                container
            })
            .collect(),
    );
    template.readiness = constant(2.0);
    scenario.workloads[0].template = Arc::new(template);
    let mut simulation = Simulation::new(Arc::new(scenario), 1, 0);
    let mut states_at = |seconds: f64| {
        simulation.step_until(Time::from_secs_f64(seconds), &mut NoSink);
        let (_, pod) = simulation.cluster().pods().next().expect("a pod was made");
        let state = |state: &ContainerState| match *state {
            ContainerState::Waiting => "waits".to_owned(),
            ContainerState::Running(since) => format!("since {}", since.secs_f64()),
            ContainerState::Ended(at) => format!("ended {}", at.secs_f64()),
        };
        let states: Vec<String> = pod.containers.iter().map(state).collect();
        (states.join(", "), pod.ready.map(Time::secs_f64))
    };
    for (at, states, ready) in [
        (109.0, "waits, since 100, waits, waits, waits, waits", None),
        (114.0, "waits, ended 110, since 110, waits, waits, waits", None),
        (
            121.0,
            "waits, ended 110, since 110, ended 115, since 115, waits",
            None,
        ),
        (
            131.0,
            "since 122, ended 110, since 110, ended 115, ended 122, since 122",
            None,
        ),
        (
            132.0,
            "since 122, ended 110, since 110, ended 115, ended 122, since 122",
            Some(132.0),
        ),
    ] {
        assert_eq!(states_at(at), (states.to_owned(), ready), "at {at} s");
    }
}

//! What no recorded vector covers: the spec, caps, the updater and the policy as a whole.

mod model;
mod updating;

use super::{UpdateMode, Vpa, VpaSpec};
use crate::engine::{Span, Time};
use crate::policy::parameters::Parameters;
use crate::policy::pod_scaling::pod_sizer::{
    Amounts, ContainerSize, ContainerTemplate, PodSizer, PodSizingView, SizedContainer, SizedPod, UsageSample,
};
use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

fn vpa(spec: Value) -> Vpa {
    let spec: VpaSpec = serde_json::from_value(spec).expect("a spec");
    Vpa::from(spec.prepare().expect("a sound spec"))
}

fn start() -> jiff::civil::DateTime {
    jiff::civil::date(2026, 3, 2).at(0, 0, 0, 0)
}

fn requests(cpu_milli: u64, memory_mib: u64) -> ContainerSize {
    ContainerSize {
        requests: Amounts::of(cpu_milli, memory_mib * MIB),
        limits: Amounts::default(),
    }
}

fn template(size: ContainerSize) -> [ContainerTemplate<'static>; 1] {
    [ContainerTemplate { name: "app", size }]
}

fn container(size: ContainerSize) -> [SizedContainer; 1] {
    [SizedContainer {
        size,
        last_oom_after: None,
    }]
}

/// Running pods with keys from 0, started at 0.
fn pods(count: u64, containers: &[SizedContainer]) -> Vec<SizedPod<'_>> {
    let pod = |key| SizedPod {
        key,
        pending: false,
        started: Some(Time::ZERO),
        resize: Default::default(),
        containers,
    };
    (0..count).map(pod).collect()
}

fn view<'a>(now: Time, containers: &'a [ContainerTemplate], pods: &'a [SizedPod]) -> PodSizingView<'a> {
    PodSizingView {
        now,
        start: start(),
        containers,
        replicas: pods.len() as u32,
        pods,
        usage: &[],
        ooms: &[],
    }
}

/// Two days of samples, one a minute, of a container that uses 400m and 600 MiB; the target then is the end of their
/// buckets and 15 % more.
fn two_days() -> Vec<UsageSample> {
    let sample = |minute: u64| UsageSample {
        pod: 0,
        container: 0,
        at: Time::ZERO + Span::from_secs(60 * minute),
        cpu_milli: 400,
        memory_bytes: 600 * MIB,
    };
    (0..2 * 24 * 60).map(sample).collect()
}

/// A policy that has seen those two days of a pod of the given size.
fn taught(spec: Value, size: ContainerSize) -> Vpa {
    let mut vpa = vpa(spec);
    let (templates, containers, usage) = (template(size), container(size), two_days());
    let pods = pods(1, &containers);
    let view = PodSizingView {
        usage: &usage,
        ..view(Time::ZERO + Span::from_secs(2 * 86_400), &templates, &pods)
    };
    vpa.recommend(&view);
    vpa
}

#[test]
fn a_spec_is_read_as_kubectl_prints_it() {
    let spec: VpaSpec = serde_json::from_value(json!({
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
        "updatePolicy": {
            "updateMode": "InPlaceOrRecreate", "minReplicas": 1, "evictAfterOOMSeconds": 30,
            "evictionRequirements": [{"resources": ["cpu", "memory"], "changeRequirement": "TargetHigherThanRequests"}],
        },
        "resourcePolicy": {"containerPolicies": [{
            "containerName": "*", "mode": "Auto", "controlledResources": ["memory"], "controlledValues": "RequestsOnly",
            "minAllowed": {"cpu": "100m", "memory": "50Mi"}, "maxAllowed": {"cpu": 1, "memory": "500Mi"},
            "oomBumpUpRatio": "1.5", "oomMinBumpUp": "50Mi",
        }]},
        "recommender": {"target-cpu-percentile": 0.95},
        "updater": {"eviction-tolerance": 0.25},
    }))
    .expect("every field is known");
    assert_eq!(spec.clone().prepare(), Ok(spec.clone()));
    assert_eq!(spec.quick_oom(), Span::from_secs(30));
    let again: VpaSpec = serde_json::from_value(json!(spec)).expect("what is written can be read");
    assert_eq!(again, spec);
    assert_eq!(
        schemars::schema_for!(Vpa).get("properties"),
        schemars::schema_for!(VpaSpec).get("properties"),
        "what is private is no parameter"
    );
    let empty: VpaSpec = serde_json::from_value(json!({})).expect("every field has a default");
    assert_eq!(empty.update_policy.update_mode, UpdateMode::Recreate);
}

/// Were a slip accepted, a user would compare with a cluster that refuses it.
#[test]
fn what_the_api_refuses_is_refused_all_at_once() {
    let refused = |spec: Value| {
        let spec: VpaSpec = serde_json::from_value(spec).expect("readable");
        spec.problems()
    };
    let problems = refused(json!({
        "updatePolicy": {"minReplicas": 0, "evictionRequirements": [{"resources": [], "changeRequirement": "TargetLowerThanRequests"}]},
        "resourcePolicy": {"containerPolicies": [
            {"containerName": "", "minAllowed": {"memory": "2Gi"}, "maxAllowed": {"memory": "1Gi"}},
            {"containerName": "app", "mode": "Off", "controlledValues": "RequestsAndLimits"},
        ]},
        "recommender": {"target-memory-percentile": 90.0, "cpu-histogram-decay-half-life": "0s"},
        "updater": {"updater-interval": "0s"},
    }));
    assert_eq!(problems.len(), 8, "{problems:#?}");
    assert!(serde_json::from_value::<VpaSpec>(json!({"updatePolicy": {"updatemode": "Off"}})).is_err());
}

#[test]
fn a_taught_policy_sizes_new_pods_within_bounds() {
    let size = ContainerSize {
        requests: Amounts::of(100, 100 * MIB),
        limits: Amounts::of(200, 100 * MIB),
    };
    let admit = |spec| {
        let admission = taught(spec, size).admit(&template(size));
        admission.map(|admission| admission.sizes[0])
    };
    // 400m lies in the bucket that ends at 0.41430… cores: 414m, and 62m more.
    let free = admit(json!({})).expect("there is history");
    assert_eq!(free.requests.cpu_milli, Some(476));
    assert_eq!(free.limits.cpu_milli, Some(952), "twice the request, as before");
    assert_eq!(free.limits.memory_bytes, free.requests.memory_bytes);
    let policy = |policy: Value| json!({"resourcePolicy": {"containerPolicies": [policy]}});
    let capped = admit(policy(
        json!({"containerName": "*", "maxAllowed": {"cpu": "300m"}, "controlledResources": ["cpu"]}),
    ))
    .expect("there is history");
    assert_eq!(capped.requests, Amounts::of(300, 100 * MIB));
    let requests_only = admit(policy(
        json!({"containerName": "app", "controlledValues": "RequestsOnly"}),
    ))
    .expect("there is history");
    assert_eq!(
        requests_only.requests, size.limits,
        "no request above a limit that stays"
    );
    assert_eq!(requests_only.limits, size.limits);
    let off = policy(json!({"containerName": "app", "mode": "Off"}));
    assert_eq!(admit(off), None);
    assert_eq!(admit(json!({"updatePolicy": {"updateMode": "Off"}})), None);
    assert_eq!(
        vpa(json!({})).admit(&template(size)),
        None,
        "nothing is known yet"
    );
    let global = admit(json!({"recommender": {"container-recommendation-max-allowed-memory": "200Mi"}}));
    assert_eq!(
        global.and_then(|size| size.requests.memory_bytes),
        Some(200 * MIB)
    );
}

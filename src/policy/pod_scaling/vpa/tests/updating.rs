//! Which running pods are changed, and when.

use super::{Amounts, container, pods, requests, taught, template, view};
use crate::engine::{Span, Time};
use crate::policy::pod_scaling::pod_sizer::{
    ContainerSize, PodSizer, PodSizingView, PodUpdate, PodUpdateAction, ResizeState, SizedContainer, SizedPod,
};
use crate::policy::pod_scaling::vpa::Vpa;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What `taught` leads to is far above this.
fn small() -> ContainerSize {
    requests(50, 50)
}

fn day(days: f64) -> Time {
    Time::from_secs_f64(days * 86_400.0)
}

fn keys(updates: &[PodUpdate], evictions: bool) -> Vec<u64> {
    updates
        .iter()
        .filter(|update| (update.action == PodUpdateAction::Evict) == evictions)
        .map(|update| update.pod)
        .collect()
}

fn mode(mode: &str) -> Value {
    json!({"updatePolicy": {"updateMode": mode}})
}

fn update(vpa: &mut Vpa, now: Time, pods: &[SizedPod]) -> Vec<PodUpdate> {
    vpa.update(&view(now, &template(small()), pods))
}

/// What `taught` leads to, but for CPU.
fn near(cpu_milli: u64) -> ContainerSize {
    let admitted = taught(json!({}), small())
        .admit(&template(small()))
        .expect("taught");
    ContainerSize {
        requests: Amounts {
            cpu_milli: Some(cpu_milli),
            ..admitted.sizes[0].requests
        },
        limits: Amounts::default(),
    }
}

#[test]
fn half_of_the_replicas_may_be_down_and_a_single_one_is_left_alone() {
    let containers = container(small());
    for (replicas, evicted) in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)] {
        let updates = update(
            &mut taught(json!({}), small()),
            day(2.1),
            &pods(replicas, &containers),
        );
        assert_eq!(updates.len(), evicted, "of {replicas} replicas");
    }
    let alone = json!({"updatePolicy": {"minReplicas": 1}});
    let updates = update(&mut taught(alone, small()), day(2.1), &pods(1, &containers));
    assert_eq!(
        keys(&updates, true),
        [0],
        "the tolerance is none, but all are running"
    );
    for untouched in ["Off", "Initial"] {
        let mut vpa = taught(mode(untouched), small());
        assert!(update(&mut vpa, day(2.1), &pods(4, &containers)).is_empty());
        assert_eq!(vpa.clock().update, None);
    }
}

#[test]
fn pods_that_should_grow_go_first_and_then_the_furthest_off() {
    let sizes = [
        requests(4000, 4000),
        requests(50, 700),
        requests(40, 50),
        requests(9000, 9000),
    ];
    let containers: Vec<_> = sizes.iter().map(|&size| container(size)).collect();
    let mut pods = pods(4, &containers[0]);
    for (pod, containers) in pods.iter_mut().zip(&containers) {
        pod.containers = containers;
    }
    let all = json!({"updater": {"eviction-tolerance": 1.0}});
    let updates = update(&mut taught(all, small()), day(2.1), &pods);
    assert_eq!(keys(&updates, true), [2, 1, 3, 0]);
    assert_eq!(updates[0].reason.kind().code, "outside_bounds");
}

#[test]
fn a_request_within_bounds_changes_once_the_pod_is_twelve_hours_old() {
    // The upper bound after two days is half as much again.
    let near = near(550);
    let containers = container(near);
    let mut vpa = taught(json!({}), near);
    let started = day(2.0);
    let young: Vec<_> = pods(2, &containers)
        .into_iter()
        .map(|pod| SizedPod {
            started: Some(started),
            ..pod
        })
        .collect();
    let half_a_day = Span::from_secs(12 * 3600);
    let almost = started + Span::from_nanos(half_a_day.nanos() - 1);
    assert!(update(&mut vpa, almost, &young).is_empty());
    let updates = update(&mut vpa, started + half_a_day, &young);
    assert_eq!(
        updates[0].reason.render(),
        "older than 12h, and requests are 13.5% from the target"
    );
}

#[test]
fn a_quick_kill_for_memory_is_answered_at_once_unless_nothing_would_change() {
    let quick = |size, after| {
        [SizedContainer {
            size,
            last_oom_after: Some(Span::from_secs(after)),
        }]
    };
    let near = near(550);
    let looks = |containers: &[SizedContainer]| {
        let pods: Vec<_> = pods(2, containers)
            .into_iter()
            .map(|pod| SizedPod {
                started: Some(day(2.0)),
                ..pod
            })
            .collect();
        update(&mut taught(json!({}), near), day(2.01), &pods)
    };
    assert_eq!(looks(&quick(near, 599))[0].reason.kind().code, "quick_oom");
    assert!(looks(&quick(near, 600)).is_empty(), "ten minutes are not quick");
    assert!(looks(&quick(self::near(476), 1)).is_empty());
}

#[test]
fn requirements_hold_back_pods_that_would_change_the_other_way() {
    let grow_only = json!({"updatePolicy": {"evictionRequirements": [
        {"resources": ["memory"], "changeRequirement": "TargetHigherThanRequests"}]}});
    let containers = container(requests(50, 4000));
    assert!(
        update(
            &mut taught(grow_only.clone(), small()),
            day(2.1),
            &pods(2, &containers)
        )
        .is_empty()
    );
    let containers = container(requests(4000, 50));
    assert_eq!(
        update(&mut taught(grow_only, small()), day(2.1), &pods(2, &containers)).len(),
        1
    );
}

#[test]
fn pods_are_resized_where_they_run_and_evicted_when_that_fails() {
    let containers = container(small());
    let mut vpa = taught(mode("InPlaceOrRecreate"), small());
    let mut two = pods(2, &containers);
    let updates = update(&mut vpa, day(2.1), &two);
    assert_eq!(keys(&updates, false), [0], "one at a time");
    let PodUpdateAction::Resize(sizes) = &updates[0].action else {
        panic!("{updates:?}")
    };
    assert_eq!(sizes[0].requests.cpu_milli, Some(476));

    two[0].resize = ResizeState::Deferred;
    let later = |secs: u64| day(2.1) + Span::from_secs(secs);
    assert_eq!(
        keys(&update(&mut vpa, later(60), &two), false),
        [1],
        "a stuck one blocks no other"
    );
    two[1].resize = ResizeState::InProgress;
    assert!(
        update(&mut vpa, later(360), &two).is_empty(),
        "five minutes are not more than five"
    );
    let updates = update(&mut vpa, later(361), &two);
    assert_eq!(keys(&updates, true), [0]);
    assert_eq!(updates[0].reason.kind().code, "resize_given_up");
    two[0].pending = true;
    two[0].resize = ResizeState::None;
    assert!(
        update(&mut vpa, later(420), &two).is_empty(),
        "waiting pods wait, and the other is under way"
    );
}

proptest! {
    /// More pods down than the tolerance would be an outage the real updater does not cause.
    #[test]
    fn never_more_are_down_than_may_be(
        pending in prop::collection::vec(any::<bool>(), 1..20),
        missing in 0..3_u32,
        tolerance in 0.0..1.0f64,
        in_place in any::<bool>(),
    ) {
        let containers = container(small());
        let mut pods = pods(pending.len() as u64, &containers);
        for (pod, &pending) in pods.iter_mut().zip(&pending) {
            pod.pending = pending;
        }
        let mut spec = mode(if in_place { "InPlaceOrRecreate" } else { "Recreate" });
        spec["updater"] = json!({"eviction-tolerance": tolerance});
        let templates = template(small());
        let view = PodSizingView { replicas: pods.len() as u32 + missing, ..view(day(2.1), &templates, &pods) };
        let updates = taught(spec, small()).update(&view);
        let touched = updates.iter().filter(|update| !pods[update.pod as usize].pending).count() as u32;
        let running = pending.iter().filter(|&&pending| !pending).count() as u32;
        let may_be_down = (f64::from(view.replicas) * tolerance) as u32;
        prop_assert!(
            touched == 0
                || running - touched >= view.replicas - may_be_down
                || (touched == 1 && may_be_down == 0 && running == view.replicas)
        );
    }
}

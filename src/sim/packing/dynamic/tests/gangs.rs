//! Jobs over several machines: all of it or nothing.

use super::super::{DynamicFleet, DynamicPod, Fate, Gang, Level, Queue};
use super::{node, pod, run, starts};
use crate::model::fleet::PodRequest;
use crate::model::gpu::GpuRequest;

fn job(arrival: u64, lifetime: u64, gpus: u16) -> DynamicPod {
    DynamicPod {
        request: PodRequest {
            gpus: GpuRequest::whole(gpus),
            ..PodRequest::default()
        },
        ..pod(arrival, lifetime, 0)
    }
}

fn gang(arrival: u64, lifetime: u64, cpu: u64, parts: u32, apart: bool) -> DynamicPod {
    DynamicPod {
        gang: Some(Gang { parts, apart }),
        ..pod(arrival, lifetime, cpu)
    }
}

#[test]
fn a_job_for_more_gpus_than_a_machine_has_starts_when_all_its_machines_are_free() {
    // Sixteen GPUs on machines of eight: both must be free. Until then nobody passes in first come, first served, and the
    // short one does in backfilling.
    let pods = vec![
        job(0, 10, 8),
        job(0, 20, 1),
        job(1, 5, 16),
        job(2, 100, 17),
        job(3, 4, 8),
        job(4, 6, 8),
    ];
    let fleet = DynamicFleet::new(vec![node(1, 8), node(1, 8)], pods);
    for (queue, right) in [
        (
            Queue::Fifo,
            [Some(0.0), Some(0.0), Some(20.0), None, Some(25.0), Some(25.0)],
        ),
        (
            Queue::Backfill,
            [Some(0.0), Some(0.0), Some(20.0), None, Some(10.0), Some(14.0)],
        ),
        (
            Queue::Conservative,
            [Some(0.0), Some(0.0), Some(20.0), None, Some(10.0), Some(14.0)],
        ),
        (
            Queue::Any,
            [Some(0.0), Some(0.0), Some(20.0), None, Some(10.0), Some(14.0)],
        ),
    ] {
        let run = run(&fleet, queue);
        assert_eq!(starts(&run), right, "{queue:?}");
        assert_eq!(run.fates[3], Fate::TooLarge, "the whole fleet has sixteen");
        assert_eq!((run.outcome.gangs, run.outcome.too_large), (1, 1));
        assert_eq!(run.outcome.peak(Level::Gpu), 16_000, "every part counts");
    }
}

#[test]
fn nodes_are_apart_and_tasks_may_share_one() {
    let fleet = |pods| DynamicFleet::new(vec![node(4, 0), node(4, 0), node(4, 0)], pods);
    let of = |pods| run(&fleet(pods), Queue::Fifo);
    let tasks = of(vec![gang(0, 10, 1, 4, false)]);
    assert_eq!(
        tasks.outcome.peak(Level::Nodes),
        1,
        "best fit keeps them together"
    );
    let nodes = of(vec![gang(0, 10, 1, 3, true)]);
    assert_eq!(nodes.outcome.peak(Level::Nodes), 3);
    assert_eq!(
        of(vec![gang(0, 10, 1, 4, true)]).fates,
        [Fate::TooLarge],
        "three machines"
    );
    assert_eq!(
        of(vec![gang(0, 10, 3, 4, false)]).fates,
        [Fate::TooLarge],
        "one on each"
    );
}

#[test]
fn a_gang_that_does_not_fit_leaves_nothing_behind() {
    // Two of three parts would have room at 1; the pod that comes at 2 finds the machines as they were.
    let pods = vec![pod(0, 10, 4), gang(1, 5, 4, 3, false), pod(2, 3, 4)];
    let fleet = DynamicFleet::new(vec![node(4, 0), node(4, 0), node(4, 0)], pods);
    for queue in [Queue::Backfill, Queue::Conservative, Queue::Any] {
        assert_eq!(
            starts(&run(&fleet, queue)),
            [Some(0.0), Some(10.0), Some(2.0)],
            "{queue:?}"
        );
    }
    assert_eq!(
        starts(&run(&fleet, Queue::Fifo)),
        [Some(0.0), Some(10.0), Some(15.0)]
    );
}

#[test]
fn easy_backfilling_keeps_what_a_gang_is_promised_on_each_machine() {
    // The gang is to have three CPUs of both machines at 10; one CPU of each is left over for those that stay longer.
    let pods = vec![
        pod(0, 10, 4),
        pod(0, 10, 2),
        gang(1, 10, 3, 2, true),
        pod(2, 50, 1),
        pod(3, 50, 1),
        pod(4, 6, 1),
    ];
    let fleet = DynamicFleet::new(vec![node(4, 0), node(4, 0)], pods);
    let found = starts(&run(&fleet, Queue::Backfill));
    assert_eq!(
        found,
        [Some(0.0), Some(0.0), Some(10.0), Some(2.0), Some(10.0), Some(4.0)],
        "the second long one would be in the way"
    );
}
